#include "analysis/tuning_curve.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multimin.h>
#include <math.h>

#define RADIANS (3.14159265358979323846 / 180)

double ecp_angle_difference(double a, double b, double period)
{
    const double d = fmod(a - b, period);
    return d > period / 2 ? d - period : d < -period / 2 ? d + period : d;
}

void ecp_tuning_vector(size_t n, const double *angle, const double *rate, double harmonic,
                       double sum[2])
{
    sum[0] = sum[1] = 0;
    for (size_t k = 0; k < n; k++) {
        sum[0] += rate[k] * cos(harmonic * angle[k] * RADIANS);
        sum[1] += rate[k] * sin(harmonic * angle[k] * RADIANS);
    }
}

/* Response at an angle, or NAN where it was not shown. */
static double response_at(size_t n, const double *angle, const double *rate, double at,
                          double period)
{
    for (size_t k = 0; k < n; k++)
        if (fabs(ecp_angle_difference(angle[k], at, period)) < 1e-6)
            return rate[k];
    return NAN;
}

static double contrast(double best, double other)
{
    return best + other > 0 ? (best - other) / (best + other) : NAN;
}

/* arg of a sum in degrees over the harmonic, 0 to 360/harmonic. */
static double angle_of(const double sum[2], double harmonic)
{
    const double angle = atan2(sum[1], sum[0]) / RADIANS / harmonic;
    return angle < 0 ? angle + 360 / harmonic : angle;
}

struct ecp_tuning ecp_tuning_of(size_t n, const double *angle, const double *rate, double period)
{
    struct ecp_tuning t = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    double total = 0, sum[2], best = -INFINITY;
    for (size_t k = 0; k < n; k++) {
        total += rate[k];
        if (rate[k] > best) {
            best = rate[k];
            t.peak = angle[k];
        }
    }
    if (!(total > 0) || isinf(total)) {
        t.peak = NAN;
        return t;
    }
    const double side[2] = {response_at(n, angle, rate, t.peak + 90, period),
                            response_at(n, angle, rate, t.peak - 90, period)};
    t.osi = contrast(best, isnan(side[0])   ? side[1]
                           : isnan(side[1]) ? side[0]
                                            : (side[0] + side[1]) / 2);
    ecp_tuning_vector(n, angle, rate, 2, sum);
    t.gosi = hypot(sum[0], sum[1]) / total;
    t.orientation = t.gosi > 0 ? angle_of(sum, 2) : NAN;
    if (period < 360)
        return t;
    t.dsi = contrast(best, response_at(n, angle, rate, t.peak + 180, period));
    ecp_tuning_vector(n, angle, rate, 1, sum);
    t.gdsi = hypot(sum[0], sum[1]) / total;
    t.direction = t.gdsi > 0 ? angle_of(sum, 1) : NAN;
    return t;
}

/* ---- von Mises curves -------------------------------------------------------------------- */

struct bump {
    size_t n;
    const double *angle, *rate;
    double period;
    double base, amplitude; /* of the last evaluation */
};

/* Squared error with the best base and amplitude (not negative) for a shape. */
static double error_of(struct bump *b, double kappa, double centre)
{
    const double n = (double)b->n;
    double s = 0, ss = 0, r = 0, sr = 0, error = 0;
    for (size_t k = 0; k < b->n; k++) {
        const double x = cos(360 * RADIANS * (b->angle[k] - centre) / b->period) - 1;
        const double shape = exp(kappa * x);
        s += shape;
        ss += shape * shape;
        r += b->rate[k];
        sr += shape * b->rate[k];
    }
    const double spread = ss - s * s / n;
    b->amplitude = spread > 1e-300 ? fmax((sr - s * r / n) / spread, 0) : 0;
    b->base = (r - b->amplitude * s) / n;
    for (size_t k = 0; k < b->n; k++) {
        const double x = cos(360 * RADIANS * (b->angle[k] - centre) / b->period) - 1;
        const double d = b->rate[k] - b->base - b->amplitude * exp(kappa * x);
        error += d * d;
    }
    return error;
}

static const double least_kappa = 1e-3, most_kappa = 1e3;

static double objective(const gsl_vector *at, void *context)
{
    const double log_kappa = gsl_vector_get(at, 0), centre = gsl_vector_get(at, 1);
    const double low = log(least_kappa), high = log(most_kappa);
    const double within = fmin(fmax(log_kappa, low), high);
    const double outside = log_kappa - within;
    return error_of(context, exp(within), centre) * (1 + outside * outside);
}

/* Nelder & Mead's simplex from a first guess; without memory the guess stays. */
static void refine(struct bump *b, double *log_kappa, double *centre)
{
    double start[2] = {*log_kappa, *centre}, size[2] = {0.5, b->period / 36};
    gsl_vector_view at = gsl_vector_view_array(start, 2), step = gsl_vector_view_array(size, 2);
    gsl_multimin_function function = {objective, 2, b};
    gsl_multimin_fminimizer *search =
        gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, 2);
    if (!search)
        return;
    int fine =
        gsl_multimin_fminimizer_set(search, &function, &at.vector, &step.vector) == GSL_SUCCESS;
    for (int k = 0; fine && k < 2000; k++)
        fine = gsl_multimin_fminimizer_iterate(search) == GSL_SUCCESS &&
               gsl_multimin_test_size(gsl_multimin_fminimizer_size(search), 1e-10) == GSL_CONTINUE;
    *log_kappa = fmin(fmax(gsl_vector_get(search->x, 0), log(least_kappa)), log(most_kappa));
    *centre = gsl_vector_get(search->x, 1);
    gsl_multimin_fminimizer_free(search);
}

struct ecp_von_mises ecp_von_mises_fit(size_t n, const double *angle, const double *rate,
                                       double period)
{
    struct ecp_von_mises fit = {NAN, NAN, NAN, NAN, NAN, NAN};
    struct bump b = {n, angle, rate, period, 0, 0};
    double sum = 0, square = 0, best = INFINITY, log_kappa = 0, centre = 0;
    for (size_t k = 0; k < n; k++)
        sum += rate[k];
    for (size_t k = 0; k < n; k++)
        square += (rate[k] - sum / (double)n) * (rate[k] - sum / (double)n);
    if (n < 5 || !(square < 1e200) || !(square > 1e-20 * sum * sum))
        return fit;
    for (int k = 0; k < 12; k++)
        for (int j = 0; j < 36; j++) {
            const double l = log(0.05) + k * log(2), c = j * period / 36;
            const double error = error_of(&b, exp(l), c);
            if (error < best) {
                best = error;
                log_kappa = l;
                centre = c;
            }
        }
    refine(&b, &log_kappa, &centre);
    fit.kappa = exp(log_kappa);
    fit.r2 = 1 - error_of(&b, fit.kappa, centre) / square;
    fit.base = b.base;
    fit.amplitude = b.amplitude;
    fit.centre = fmod(centre, period);
    fit.centre += fit.centre < 0 ? period : 0;
    const double half = 1 - log(2) / fit.kappa;
    fit.width = half >= -1 ? acos(half) / RADIANS * period / 360 : NAN;
    return fit;
}
