#include "engine/lif_form.h"

#include <math.h>
#include <stddef.h>

/* ---- the response ---------------------------------------------------- */

/* (1 - (1 + x) exp(-x)) / x^2 for |x| <= 1, where the closed form loses digits:
 * sum_n (n - 1) (-x)^(n - 2) / n!, n = 2 to 20. */
static double phi2(double x)
{
    static const double c[] = {1 / 2.0,
                               2 / 6.0,
                               3 / 24.0,
                               4 / 120.0,
                               5 / 720.0,
                               6 / 5040.0,
                               7 / 40320.0,
                               8 / 362880.0,
                               9 / 3628800.0,
                               10 / 39916800.0,
                               11 / 479001600.0,
                               12 / 6227020800.0,
                               13 / 87178291200.0,
                               14 / 1307674368000.0,
                               15 / 20922789888000.0,
                               16 / 355687428096000.0,
                               17 / 6402373705728000.0,
                               18 / 121645100408832000.0,
                               19 / 2432902008176640000.0};
    double sum = 0;
    for (size_t n = sizeof c / sizeof *c; n-- > 0;)
        sum = c[n] - x * sum;
    return sum;
}

/* exp(-rate t) int_0^t (i + slope u) exp(-d u) du,  d = current_rate - rate. */
double ecp_lif_form_response(const struct ecp_lif_input *input, double t, double membrane_left,
                             double current_left)
{
    const double d = input->current_rate - input->rate, x = d * t;
    const int far = input->slope == 0 && fabs(d) > 0.1 * input->rate;
    if (far || fabs(x) > 1) {
        const double b = -input->slope / d, a = (input->i - b) / -d;
        return (a + b * t) * current_left - a * membrane_left;
    }
    const double phi1 = fabs(x) < 1e-15 ? 1 : -expm1(-x) / x;
    const double of_slope = input->slope != 0 ? input->slope * t * phi2(x) : 0;
    return (input->i * phi1 + of_slope) * t * membrane_left;
}

/* V - threshold; context: the form, from V(0) = form->v. */
static double above_threshold(const void *context, double t)
{
    const struct ecp_lif_form *form = context;
    const double membrane_left = exp(-form->rate * t);
    double v = form->rest - form->threshold + (form->v - form->rest) * membrane_left;
    for (int s = 0; s < form->n; s++) {
        const struct ecp_lif_input input = {form->current[s] / form->c, form->slope[s] / form->c,
                                            form->rate, form->current_rate[s]};
        if (input.i != 0 || input.slope != 0)
            v += ecp_lif_form_response(&input, t, membrane_left, exp(-input.current_rate * t));
    }
    return v;
}

/* ---- V as constant and decays ---------------------------------------- */

/* Rates this close (relative): the partial fractions of two exponentials have
 * coefficients up to 1/NEAR^2 times too large. The response is then taken as
 * exp(-rate t) times a polynomial. What a series of n terms leaves out is at most
 * NEAR^n of the response, whatever the time: x^m exp(-x) / m! < 1. */
static const double NEAR = 0.02;

/* Coefficients of 1, t, t^2 ...; returns the degree. With d = rate - current_rate,
 *   exp(-rate t) int_0^t (i + slope u) exp(d u) du,  exp(d u) = sum_n d^n u^n / n!. */
static int near_response(const struct ecp_lif_input *input,
                         double c[static ECP_CROSSING_DEGREE + 1])
{
    const double apart = input->rate - input->current_rate;
    const double ratio = fabs(apart) / input->rate;
    double power = 1, left = 1; /* apart^n / n!; of the series */
    int n = 0;
    for (int d = 0; d <= ECP_CROSSING_DEGREE; d++)
        c[d] = 0;
    for (; n + 2 <= ECP_CROSSING_DEGREE && left > 1e-17; n++) {
        c[n + 1] += power * input->i / (n + 1);
        c[n + 2] += power * input->slope / (n + 2);
        power *= apart / (n + 1);
        left *= ratio;
    }
    return input->slope != 0 ? n + 1 : n;
}

static int is_near(const struct ecp_lif_input *input)
{
    return fabs(input->rate - input->current_rate) < NEAR * input->rate;
}

/* Add (a + b t) exp(-rate t). */
static void add_term(struct ecp_decays *f, double rate, double a, double b)
{
    int same = 0;
    while (same < f->n && f->term[same].rate != rate)
        same++;
    if (same == f->n)
        f->term[f->n++] = (struct ecp_decay){.rate = rate};
    struct ecp_decay *term = &f->term[same];
    term->c[0] += a;
    term->c[1] += b;
    term->degree = b != 0 && term->degree < 1 ? 1 : term->degree;
}

/* Less the threshold. */
static struct ecp_decays decays_of(const struct ecp_lif_form *form)
{
    struct ecp_decays f = {.constant = form->rest - form->threshold,
                           .n = 1,
                           .value = above_threshold,
                           .context = form};
    f.term[0] = (struct ecp_decay){.rate = form->rate, .c = {form->v - form->rest}};
    for (int s = 0; s < form->n; s++) {
        const struct ecp_lif_input input = {form->current[s] / form->c, form->slope[s] / form->c,
                                            form->rate, form->current_rate[s]};
        if (input.i == 0 && input.slope == 0)
            continue;
        if (is_near(&input)) {
            double c[ECP_CROSSING_DEGREE + 1];
            const int degree = near_response(&input, c);
            for (int d = 0; d <= degree; d++)
                f.term[0].c[d] += c[d];
            f.term[0].degree = degree > f.term[0].degree ? degree : f.term[0].degree;
            continue;
        }
        /* (a + b t) exp(-rate_s t):  b apart = slope,  a apart + b = i */
        const double apart = input.rate - input.current_rate;
        const double b = input.slope / apart, a = (input.i - b) / apart;
        f.term[0].c[0] -= a;
        add_term(&f, input.current_rate, a, b);
    }
    return f;
}

double ecp_lif_form_crossing(const struct ecp_lif_form *form)
{
    if (form->v >= form->threshold)
        return 0;
    const struct ecp_decays f = decays_of(form);
    if (f.n == 1 && f.term[0].degree == 0) { /* the membrane alone: a logarithm */
        if (f.constant <= 0)
            return INFINITY;
        return log(-f.term[0].c[0] / f.constant) / form->rate;
    }
    return ecp_decays_crossing(&f, INFINITY);
}
