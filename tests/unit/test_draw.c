/* Laws: the table against the exact quantile, samples against the law. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "engine/draw.h"
#include "tests/support.h"
#include "tests/unit/statistics.h"

static struct ecp_draw law_of(enum ecp_draw_kind kind, double a, double b)
{
    struct ecp_draw law = ecp_draw_constant(a);
    law.kind = kind;
    law.b = b;
    return law;
}

/* A law without its bounds, by GSL and by hand. */
static double plain_cdf(const struct ecp_draw *law, double x)
{
    switch (law->kind) {
    case ECP_DRAW_NORMAL:
        return gsl_cdf_gaussian_P(x - law->a, law->b);
    case ECP_DRAW_LOGNORMAL:
        return gsl_cdf_lognormal_P(x, law->a, law->b);
    case ECP_DRAW_UNIFORM:
        return gsl_cdf_flat_P(x, law->a, law->b);
    default:
        return gsl_cdf_exponential_P(x, law->a);
    }
}

static double plain_quantile(const struct ecp_draw *law, double p)
{
    switch (law->kind) {
    case ECP_DRAW_NORMAL:
        return law->a + gsl_cdf_gaussian_Pinv(p, law->b);
    case ECP_DRAW_LOGNORMAL:
        return gsl_cdf_lognormal_Pinv(p, law->a, law->b);
    case ECP_DRAW_UNIFORM:
        return gsl_cdf_flat_Pinv(p, law->a, law->b);
    default:
        return gsl_cdf_exponential_Pinv(p, law->a);
    }
}

/* The distribution function within the bounds, for both kinds of them: what a
 * clipped law has inside is the truncated law. */
static double inside_cdf(const void *context, double x)
{
    const struct ecp_draw *law = context;
    const double low = plain_cdf(law, law->lowest), high = plain_cdf(law, law->highest);
    return (plain_cdf(law, x) - low) / (high - low);
}

static const struct {
    enum ecp_draw_kind kind;
    double a, b, lowest, highest, sd;
} laws[] = {{ECP_DRAW_NORMAL, 10, 3, 7, 18, 3},
            {ECP_DRAW_NORMAL, -5, 2, -4.5, 1, 2},
            {ECP_DRAW_NORMAL, 1.5, 0.75, 0.05, INFINITY, 0.75},
            {ECP_DRAW_LOGNORMAL, 0.5, 0.4, 1, 3, 0.75},
            {ECP_DRAW_UNIFORM, -1, 4, 0, 3, 1.5},
            {ECP_DRAW_EXPONENTIAL, 2.5, 0, 0.5, 6, 2.5}};
enum { LAWS = sizeof laws / sizeof *laws };

static struct ecp_draw law_number(size_t k, enum ecp_draw_bounds bounds)
{
    const struct ecp_draw law = law_of(laws[k].kind, laws[k].a, laws[k].b);
    if (bounds == ECP_BOUNDS_NONE)
        return law;
    return ecp_draw_bounded(law, bounds, laws[k].lowest, laws[k].highest);
}

static double exact_quantile(const struct ecp_draw *law, double p)
{
    if (law->bounds == ECP_BOUNDS_NONE)
        return plain_quantile(law, p);
    if (law->bounds == ECP_BOUNDS_CLIP)
        return fmin(fmax(plain_quantile(law, p), law->lowest), law->highest);
    const double low = plain_cdf(law, law->lowest), high = plain_cdf(law, law->highest);
    return plain_quantile(law, low + p * (high - low));
}

/* Largest error of the table over words that meet every bin, both ends of it
 * and its middle; and of the exact function. */
static void quantile_errors(const struct ecp_draw *draw, double *table, double *exact)
{
    struct ecp_law law;
    *table = *exact = 0;
    ECP_ASSERT_OK(ecp_law_init(&law, draw));
    for (uint64_t bin = 0; bin < ECP_LAW_BINS; bin++)
        for (uint64_t part = 0; part <= 8; part++) {
            const uint64_t in_bin = part < 8 ? part << 17 : (1 << 20) - 1;
            const uint32_t word = (uint32_t)(bin << 20 | in_bin);
            const double p = ((double)word + 0.5) * 0x1p-32, want = exact_quantile(draw, p);
            *table = fmax(*table, fabs(ecp_law_value(&law, word, 0) - want));
            *exact = fmax(*exact, fabs(ecp_draw_quantile(draw, p) - want));
        }
    ecp_law_clear(&law);
}

static void quantiles(void)
{
    static const enum ecp_draw_bounds all[] = {ECP_BOUNDS_NONE, ECP_BOUNDS_CLIP, ECP_BOUNDS_REDRAW};
    for (size_t k = 0; k < LAWS; k++)
        for (size_t b = 0; b < 3; b++) {
            const struct ecp_draw draw = law_number(k, all[b]);
            /* Twice what is said for a normal law: the tails of others curve more. */
            const double allowed = (laws[k].kind == ECP_DRAW_NORMAL ? 1e-4 : 2e-4) * laws[k].sd;
            double table, exact;
            quantile_errors(&draw, &table, &exact);
            CU_ASSERT(table <= allowed);
            CU_ASSERT(exact <= 1e-9 * laws[k].sd);
        }
}

static void ranges(void)
{
    for (size_t k = 0; k < LAWS; k++) {
        const struct ecp_draw draw = law_number(k, ECP_BOUNDS_REDRAW);
        struct ecp_law law;
        double lowest, highest;
        ecp_draw_range(&draw, &lowest, &highest);
        ECP_ASSERT_OK(ecp_law_init(&law, &draw));
        CU_ASSERT_EQUAL(ecp_law_value(&law, 0, 0), lowest);
        CU_ASSERT_EQUAL(ecp_law_value(&law, UINT32_MAX, 0), highest);
        for (uint32_t word = 0; word < UINT32_MAX - 1000003; word += 1000003)
            CU_ASSERT_FALSE(ecp_law_value(&law, word + 1000003, 0) < ecp_law_value(&law, word, 0));
        CU_ASSERT(lowest >= laws[k].lowest && highest <= laws[k].highest);
        ecp_law_clear(&law);
    }
}

enum { SAMPLE = 40000 };

static size_t sample(const struct ecp_draw *draw, size_t seed, double *value)
{
    struct ecp_law law;
    const struct ecp_philox_key key = ecp_rng_key(seed, ECP_FOR_PARAMETER, 2);
    ECP_ASSERT_OK(ecp_law_init(&law, draw));
    for (uint32_t k = 0; k < SAMPLE; k++) {
        uint32_t word[4];
        ecp_rng_words(key, k, 7, 0, word);
        value[k] = ecp_law_value(&law, word[0], k);
    }
    ecp_law_clear(&law);
    return SAMPLE;
}

/* Values at a bound of a clipped law: how many there should be. */
static double atom_z(const struct ecp_draw *law, const double *value, double bound)
{
    const double p = bound < law->highest ? plain_cdf(law, bound) : 1 - plain_cdf(law, bound);
    double n = 0;
    for (size_t k = 0; k < SAMPLE; k++)
        n += value[k] == bound;
    return p * SAMPLE < 1e-9 ? n : (n - p * SAMPLE) / sqrt(SAMPLE * p * (1 - p));
}

static void samples(void)
{
    static double value[SAMPLE];
    for (size_t k = 0; k < LAWS; k++) {
        struct ecp_draw law = law_number(k, ECP_BOUNDS_NONE);
        (void)sample(&law, k, value);
        CU_ASSERT(kolmogorov_p(value, SAMPLE, inside_cdf, &law) > LEVEL);
        law = law_number(k, ECP_BOUNDS_REDRAW);
        (void)sample(&law, k + 100, value);
        CU_ASSERT(kolmogorov_p(value, SAMPLE, inside_cdf, &law) > LEVEL);
        law = law_number(k, ECP_BOUNDS_CLIP);
        size_t n = 0;
        (void)sample(&law, k + 200, value);
        CU_ASSERT(fabs(atom_z(&law, value, law.lowest)) < 4);
        CU_ASSERT(fabs(atom_z(&law, value, law.highest)) < 4);
        for (size_t j = 0; j < SAMPLE; j++)
            if (value[j] > law.lowest && value[j] < law.highest)
                value[n++] = value[j];
        CU_ASSERT(kolmogorov_p(value, n, inside_cdf, &law) > LEVEL);
    }
}

static void fixed_values(void)
{
    static const double list[] = {4, 5, 6};
    struct ecp_draw draw = ecp_draw_constant(-2.5);
    struct ecp_law law;
    ECP_ASSERT_OK(ecp_law_init(&law, &draw));
    CU_ASSERT_PTR_NULL(law.knot);
    CU_ASSERT_EQUAL(ecp_law_value(&law, 12345, 6), -2.5);
    draw = ecp_draw_normal(3, 0); /* no width */
    ECP_ASSERT_OK(ecp_law_init(&law, &draw));
    CU_ASSERT_EQUAL(ecp_law_value(&law, 0, 0), 3);
    draw.kind = ECP_DRAW_LIST;
    draw.list = list;
    draw.count = 3;
    ECP_ASSERT_OK(ecp_law_init(&law, &draw));
    for (size_t k = 0; k < 3; k++)
        CU_ASSERT_EQUAL(ecp_law_value(&law, 99, k), list[k]);
    CU_ASSERT_DOUBLE_EQUAL(ecp_draw_mean(&draw), 5, 1e-12);
    draw = law_number(0, ECP_BOUNDS_NONE);
    CU_ASSERT_DOUBLE_EQUAL(ecp_draw_mean(&draw), 10, 1e-9);
}

/* ---- delays ---------------------------------------------------------- */

static void check_guide(const struct ecp_delay_law *law)
{
    for (uint32_t k = 0; k < law->n; k++)
        for (int side = -1; side <= 1; side++) {
            const uint32_t word = (k + 1 < law->n ? law->threshold[k] : 0) + (uint32_t)side;
            uint32_t step = 0;
            while (step + 1 < law->n && word >= law->threshold[step])
                step++;
            CU_ASSERT_EQUAL(ecp_delay_steps(law, word), law->first + step);
        }
}

static void check_delays(const struct ecp_draw *draw, double dt, size_t seed)
{
    enum { N = 100000, MOST = 3000 };
    static double seen[MOST], expected[MOST];
    struct ecp_delay_law law;
    ECP_ASSERT_OK(ecp_delay_law_init(&law, draw, dt));
    CU_ASSERT_FATAL(law.n <= MOST && law.first >= 1);
    check_guide(&law);
    for (uint32_t k = 0; k < law.n; k++) {
        const double low = draw->bounds == ECP_BOUNDS_NONE ? 0 : draw->lowest;
        const double high = draw->bounds == ECP_BOUNDS_NONE ? INFINITY : draw->highest;
        const double left = k == 0 ? low : fmax(low, (law.first + k - 0.5) * dt);
        const double right = k + 1 == law.n ? high : fmin(high, (law.first + k + 0.5) * dt);
        const double all = plain_cdf(draw, high) - plain_cdf(draw, low);
        seen[k] = 0;
        expected[k] = N * (plain_cdf(draw, right) - plain_cdf(draw, left)) / all;
    }
    for (uint32_t k = 0; k < N; k++) {
        uint32_t word[4];
        ecp_rng_words(ecp_rng_key(seed, ECP_FOR_SYNAPSE, 0), k, 0, 0, word);
        const uint32_t step = ecp_delay_steps(&law, word[2]) - law.first;
        CU_ASSERT_FATAL(step < law.n);
        seen[step]++;
    }
    CU_ASSERT(chi_square_p(seen, expected, law.n, 0) > LEVEL);
    ecp_delay_law_clear(&law);
}

static void delays(void)
{
    struct ecp_draw draw =
        ecp_draw_bounded(ecp_draw_normal(1.5, 0.75), ECP_BOUNDS_REDRAW, 0.1, INFINITY);
    check_delays(&draw, 0.1, 1);
    draw = ecp_draw_bounded(ecp_draw_normal(0.75, 0.375), ECP_BOUNDS_REDRAW, 0.05, 2);
    check_delays(&draw, 0.1, 2);
    draw = ecp_draw_bounded(law_of(ECP_DRAW_EXPONENTIAL, 30, 0), ECP_BOUNDS_REDRAW, 1, 250);
    check_delays(&draw, 0.1, 3);
    draw = law_of(ECP_DRAW_UNIFORM, 0.95, 3.05);
    check_delays(&draw, 0.1, 4);
    draw = ecp_draw_bounded(law_of(ECP_DRAW_LOGNORMAL, 0, 0.5), ECP_BOUNDS_REDRAW, 0.5, 50);
    check_delays(&draw, 1, 5);
}

static void constant_delays(void)
{
    static const double of[] = {0.1, 0.14, 0.16, 1, 25.4, 25.5, 25.6, 6000};
    static const uint32_t steps[] = {1, 1, 2, 10, 254, 255, 256, 60000};
    for (size_t k = 0; k < sizeof of / sizeof *of; k++) {
        struct ecp_delay_law law;
        const struct ecp_draw draw = ecp_draw_constant(of[k]);
        ECP_ASSERT_OK(ecp_delay_law_init(&law, &draw, 0.1));
        CU_ASSERT_EQUAL(law.n, 1);
        CU_ASSERT_EQUAL(ecp_delay_steps(&law, 0), steps[k]);
        CU_ASSERT_EQUAL(ecp_delay_steps(&law, UINT32_MAX), steps[k]);
        ecp_delay_law_clear(&law);
    }
}

/* ---- counts ---------------------------------------------------------- */

static void counts(void)
{
    enum { N = 50000, MOST = 60 };
    double binomial[MOST] = {0}, urn[MOST] = {0}, binomial_law[MOST], urn_law[MOST];
    for (uint32_t k = 0; k < N; k++) {
        struct ecp_stream a = {ecp_rng_key(6, ECP_FOR_TOTAL, 1), 0, k, 0};
        struct ecp_stream b = {ecp_rng_key(6, ECP_FOR_TOTAL, 2), 0, k, 0};
        binomial[ecp_draw_binomial(&a, 0.37, 50)]++;
        urn[ecp_draw_hypergeometric(&b, 40, 25, 30)]++;
    }
    for (unsigned k = 0; k < MOST; k++) {
        binomial_law[k] = N * gsl_ran_binomial_pdf(k, 0.37, 50);
        urn_law[k] = N * gsl_ran_hypergeometric_pdf(k, 40, 25, 30);
    }
    CU_ASSERT(chi_square_p(binomial, binomial_law, MOST, 0) > LEVEL);
    CU_ASSERT(chi_square_p(urn, urn_law, MOST, 0) > LEVEL);
    struct ecp_stream stream = {ecp_rng_key(6, ECP_FOR_TOTAL, 3), 0, 0, 0};
    const double n = 5e9; /* beyond GSL's unsigned int */
    const double z =
        ((double)ecp_draw_binomial(&stream, 0.25, (uint64_t)n) - n / 4) / sqrt(n * 0.25 * 0.75);
    CU_ASSERT(fabs(z) < 4);
    CU_ASSERT_EQUAL(ecp_draw_hypergeometric(&stream, 10, 0, 10), 10);
    CU_ASSERT_EQUAL(ecp_draw_hypergeometric(&stream, 0, 10, 10), 0);
    CU_ASSERT_EQUAL(ecp_draw_hypergeometric(&stream, 7, 9, 16), 7);
}

/* What the verdicts of these tests rest on. */
static void tail_of_chi_square(void)
{
    static const double freedom[] = {1, 2, 5, 30, 300};
    for (size_t k = 0; k < sizeof freedom / sizeof *freedom; k++)
        for (double x = 0.01; x < 4 * freedom[k] + 20; x *= 1.3)
            CU_ASSERT_DOUBLE_EQUAL(chi_square_tail(x, freedom[k]), gsl_cdf_chisq_Q(x, freedom[k]),
                                   1e-10);
}

ECP_TEST_MAIN("laws", {"chi-square", tail_of_chi_square}, {"quantiles", quantiles},
              {"ranges", ranges}, {"samples", samples}, {"fixed values", fixed_values},
              {"delays", delays}, {"constant delays", constant_delays}, {"counts", counts})
