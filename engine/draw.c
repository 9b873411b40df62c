#include "engine/draw.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"

/* ---- a law without its bounds ---------------------------------------- */

static double free_quantile(const struct ecp_draw *draw, double p)
{
    switch (draw->kind) {
    case ECP_DRAW_NORMAL:
        return draw->a + gsl_cdf_gaussian_Pinv(p, draw->b);
    case ECP_DRAW_LOGNORMAL:
        return exp(draw->a + gsl_cdf_gaussian_Pinv(p, draw->b));
    case ECP_DRAW_UNIFORM:
        return draw->a + p * (draw->b - draw->a);
    case ECP_DRAW_EXPONENTIAL:
        return -draw->a * log1p(-p);
    case ECP_DRAW_CONSTANT:
    case ECP_DRAW_LIST:
        break;
    }
    return draw->a;
}

static double free_cdf(const struct ecp_draw *draw, double x)
{
    switch (draw->kind) {
    case ECP_DRAW_NORMAL:
        return gsl_cdf_gaussian_P(x - draw->a, draw->b);
    case ECP_DRAW_LOGNORMAL:
        return x > 0 ? gsl_cdf_gaussian_P(log(x) - draw->a, draw->b) : 0;
    case ECP_DRAW_UNIFORM:
        return x <= draw->a ? 0 : x >= draw->b ? 1 : (x - draw->a) / (draw->b - draw->a);
    case ECP_DRAW_EXPONENTIAL:
        return x > 0 ? -expm1(-x / draw->a) : 0;
    case ECP_DRAW_CONSTANT:
    case ECP_DRAW_LIST:
        break;
    }
    return x >= draw->a ? 1 : 0;
}

/* A law of no width is a constant, whatever its name. */
static int is_fixed(const struct ecp_draw *draw)
{
    switch (draw->kind) {
    case ECP_DRAW_NORMAL:
    case ECP_DRAW_LOGNORMAL:
        return !(draw->b > 0);
    case ECP_DRAW_UNIFORM:
        return !(draw->b > draw->a);
    case ECP_DRAW_EXPONENTIAL:
        return !(draw->a > 0);
    case ECP_DRAW_CONSTANT:
    case ECP_DRAW_LIST:
        break;
    }
    return 1;
}

static double fixed_value(const struct ecp_draw *draw)
{
    const double value = draw->kind == ECP_DRAW_LOGNORMAL ? exp(draw->a) : draw->a;
    if (draw->bounds == ECP_BOUNDS_NONE)
        return value;
    return fmin(fmax(value, draw->lowest), draw->highest);
}

/* ---- with bounds ----------------------------------------------------- */

static void bounds_of(const struct ecp_draw *draw, double *below, double *inside)
{
    *below = 0;
    *inside = 1;
    if (draw->bounds != ECP_BOUNDS_REDRAW || is_fixed(draw))
        return;
    const double low = isinf(draw->lowest) ? 0 : free_cdf(draw, draw->lowest);
    const double high = isinf(draw->highest) ? 1 : free_cdf(draw, draw->highest);
    *below = low;
    *inside = high - low;
}

static double bounded_quantile(const struct ecp_draw *draw, double below, double inside, double p)
{
    const double value = free_quantile(draw, below + p * inside);
    if (draw->bounds == ECP_BOUNDS_NONE)
        return value;
    return fmin(fmax(value, draw->lowest), draw->highest);
}

double ecp_draw_quantile(const struct ecp_draw *draw, double probability)
{
    double below, inside;
    if (is_fixed(draw))
        return fixed_value(draw);
    bounds_of(draw, &below, &inside);
    return bounded_quantile(draw, below, inside, probability);
}

double ecp_draw_cdf(const struct ecp_draw *draw, double value)
{
    if (is_fixed(draw))
        return value >= fixed_value(draw) ? 1 : 0;
    if (draw->bounds != ECP_BOUNDS_NONE) {
        if (value < draw->lowest)
            return 0;
        if (value >= draw->highest)
            return 1;
    }
    double below, inside;
    bounds_of(draw, &below, &inside);
    return (free_cdf(draw, value) - below) / inside;
}

void ecp_draw_range(const struct ecp_draw *draw, double *lowest, double *highest)
{
    if (draw->kind == ECP_DRAW_LIST && draw->count > 0) {
        *lowest = *highest = draw->list[0];
        for (size_t k = 1; k < draw->count; k++) {
            *lowest = fmin(*lowest, draw->list[k]);
            *highest = fmax(*highest, draw->list[k]);
        }
        return;
    }
    *lowest = ecp_draw_quantile(draw, 0x1p-33);
    *highest = ecp_draw_quantile(draw, 1 - 0x1p-33);
}

double ecp_draw_mean(const struct ecp_draw *draw)
{
    double sum = 0;
    if (draw->kind == ECP_DRAW_LIST) {
        for (size_t k = 0; k < draw->count; k++)
            sum += draw->list[k];
        return draw->count ? sum / (double)draw->count : 0;
    }
    if (is_fixed(draw))
        return fixed_value(draw);
    enum { POINTS = 2048 };
    for (int k = 0; k < POINTS; k++)
        sum += ecp_draw_quantile(draw, (k + 0.5) / POINTS);
    return sum / POINTS;
}

/* ---- ready-made ------------------------------------------------------ */

enum ecp_status ecp_law_init(struct ecp_law *law, const struct ecp_draw *draw)
{
    struct ecp_law made = {.draw = *draw};
    bounds_of(draw, &made.below, &made.inside);
    if (!is_fixed(draw)) {
        made.knot = ecp_array(ECP_LAW_BINS + 1, sizeof *made.knot);
        if (!made.knot)
            return ecp_fail(ECP_ENOMEM, "no memory for the table of a law");
        for (int k = ECP_LAW_TAIL; k <= ECP_LAW_BINS - ECP_LAW_TAIL; k++)
            made.knot[k] = free_quantile(draw, made.below + made.inside * k / ECP_LAW_BINS);
    }
    *law = made;
    return ECP_OK;
}

void ecp_law_clear(struct ecp_law *law)
{
    free(law->knot);
    memset(law, 0, sizeof *law);
}

double ecp_law_value(const struct ecp_law *law, uint32_t word, size_t element)
{
    if (!law->knot) {
        if (law->draw.kind == ECP_DRAW_LIST)
            return law->draw.list[element < law->draw.count ? element : 0];
        return fixed_value(&law->draw);
    }
    const uint32_t bin = word >> 20;
    if (bin < ECP_LAW_TAIL || bin >= ECP_LAW_BINS - ECP_LAW_TAIL)
        return bounded_quantile(&law->draw, law->below, law->inside, ecp_rng_uniform(word));
    const double part = ((double)(word & 0xfffff) + 0.5) * 0x1p-20;
    const double value = law->knot[bin] + part * (law->knot[bin + 1] - law->knot[bin]);
    /* Here and not in the knots: between two of them a bound would be blurred. */
    return law->draw.bounds == ECP_BOUNDS_CLIP
               ? fmin(fmax(value, law->draw.lowest), law->draw.highest)
               : value;
}

/* ---- delays ---------------------------------------------------------- */

static uint32_t threshold_of(const struct ecp_draw *draw, double steps, double dt)
{
    const double p = ecp_draw_cdf(draw, (steps + 0.5) * dt) * 0x1p32;
    return p >= 0x1p32 ? UINT32_MAX : (uint32_t)p;
}

enum ecp_status ecp_delay_law_init(struct ecp_delay_law *law, const struct ecp_draw *draw,
                                   double dt)
{
    struct ecp_delay_law made = {0};
    double lowest, highest;
    ecp_draw_range(draw, &lowest, &highest);
    const double first = fmax(1, floor(lowest / dt + 0.5)), last = floor(highest / dt + 0.5);
    made.first = (uint32_t)first;
    made.n = last > first ? (uint32_t)(last - first) + 1 : 1;
    if (made.n > 1) {
        made.threshold = ecp_array(made.n - 1, sizeof *made.threshold);
        if (!made.threshold)
            return ecp_fail(ECP_ENOMEM, "no memory for the table of delays");
        for (uint32_t k = 0; k + 1 < made.n; k++)
            made.threshold[k] = threshold_of(draw, first + k, dt);
    }
    uint32_t k = 0;
    for (uint32_t top = 0; top < 256; top++) {
        while (k + 1 < made.n && made.threshold[k] <= top << 24)
            k++;
        made.guide[top] = k;
    }
    *law = made;
    return ECP_OK;
}

void ecp_delay_law_clear(struct ecp_delay_law *law)
{
    free(law->threshold);
    memset(law, 0, sizeof *law);
}

/* ---- counts ---------------------------------------------------------- */

void ecp_poisson_table_init(struct ecp_poisson_table *table, double mean)
{
    memset(table, 0, sizeof *table);
    table->mean = mean;
    double term = exp(-mean), cdf = term;
    while (table->n < ECP_POISSON_MAX && cdf < 1 - 0x1p-49) {
        const int k = table->n++;
        table->fine[k] = (uint64_t)(cdf * 0x1p48);
        table->coarse[k] = (uint16_t)(table->fine[k] >> 32);
        if (k == 0 || table->coarse[k - 1] < UINT16_MAX)
            table->n_coarse = k + 1;
        term *= mean / (k + 1);
        cdf += term;
    }
}

static unsigned long stream_get(void *state)
{
    return (unsigned long)(ecp_stream_next(state) >> 32);
}

static double stream_get_double(void *state)
{
    return (double)(ecp_stream_next(state) >> 11) * 0x1p-53;
}

static void stream_set(void *state, unsigned long seed)
{
    (void)state;
    (void)seed;
}

static const gsl_rng_type stream_type = {.name = "ecphory",
                                         .max = 0xffffffffUL,
                                         .min = 0,
                                         .size = sizeof(struct ecp_stream),
                                         .set = stream_set,
                                         .get = stream_get,
                                         .get_double = stream_get_double};

uint64_t ecp_draw_binomial(struct ecp_stream *stream, double p, uint64_t n)
{
    const gsl_rng rng = {.type = &stream_type, .state = stream};
    uint64_t sum = 0;
    while (n > 0) { /* GSL counts in unsigned int */
        const unsigned part = n > INT_MAX ? (unsigned)INT_MAX : (unsigned)n;
        sum += gsl_ran_binomial(&rng, p, part);
        n -= part;
    }
    return sum;
}

uint64_t ecp_draw_hypergeometric(struct ecp_stream *stream, uint64_t good, uint64_t bad,
                                 uint64_t drawn)
{
    uint64_t found = 0;
    for (; drawn > 0 && good > 0; drawn--) {
        if (ecp_stream_below(stream, good + bad) < good) {
            found++;
            good--;
        } else {
            bad--;
        }
    }
    return found;
}
