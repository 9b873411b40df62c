#include "engine/lif_form.h"

#include <math.h>

/* Rates this close (relative) count as equal: the response is then t exp(-t). */
static const double EQUAL = 1e-8;

struct ecp_decays ecp_lif_form_decays(const struct ecp_lif_form *form, double v)
{
    struct ecp_decays f = {.constant = form->rest};
    struct ecp_decay membrane = {v - form->rest, 0, form->rate};
    for (int s = 0; s < form->n; s++) {
        const double i = form->current[s] / form->c, slope = form->slope[s] / form->c;
        const double apart = form->rate - form->current_rate[s];
        if (i == 0 && slope == 0)
            continue;
        if (fabs(apart) < EQUAL * form->rate && slope == 0) {
            membrane.b += i;
            continue;
        }
        /* (a + b t) exp(-rate_s t):  b apart = slope,  a apart + b = i */
        const double gap = fabs(apart) < EQUAL * form->rate ? EQUAL * form->rate : apart;
        const double b = slope / gap, a = (i - b) / gap;
        membrane.a -= a;
        int same = 0;
        while (same < f.n && f.term[same].rate != form->current_rate[s])
            same++;
        if (same == f.n)
            f.term[f.n++] = (struct ecp_decay){0, 0, form->current_rate[s]};
        f.term[same].a += a;
        f.term[same].b += b;
    }
    f.term[f.n++] = membrane;
    return f;
}

double ecp_lif_form_response(const struct ecp_lif_input *input, double t, double membrane_left,
                             double current_left)
{
    const double apart = input->rate - input->current_rate;
    const int equal = fabs(apart) < EQUAL * input->rate;
    if (equal && input->slope == 0)
        return input->i * t * membrane_left;
    const double gap = equal ? EQUAL * input->rate : apart;
    const double b = input->slope / gap, a = (input->i - b) / gap;
    return (a + b * t) * current_left - a * membrane_left;
}

double ecp_lif_form_crossing(const struct ecp_lif_form *form, double v)
{
    if (v >= form->threshold)
        return 0;
    struct ecp_decays f = ecp_lif_form_decays(form, v);
    f.constant -= form->threshold;
    if (f.n == 1 && f.term[0].b == 0) { /* the membrane alone: a logarithm */
        if (f.constant <= 0)
            return INFINITY;
        return log(-f.term[0].a / f.constant) / form->rate;
    }
    return ecp_decays_crossing(&f, INFINITY);
}
