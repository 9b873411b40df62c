/* verify_astrocyte.c -- the Li-Rinzel astrocyte: a trace of NEST's astrocyte_lr_1994, the
 * same equations solved by GSL, equilibria and oscillations with ip3 held, the slow inward
 * current.
 *
 * NEST's reference trace (ip3, ca, h = 1; a spike of weight 1 at 10 ms) is met to 1e-8 at
 * 9.8 ms. At 99.9 ms it says ca = 1.150627858 where Runge-Kutta and GSL at 1e-12 both have
 * 1.150628073: 2.2e-7 more. The integration counts here, NEST's number bounds it at 3e-7. */
#include "tests/curve.h"
#include "tests/support.h"
#include "tests/verify/block.h"

#define IS_DOUBLE (sizeof(ecp_real) == sizeof(double))

static void begin(struct block *b, size_t n, double dt)
{
    const struct ecp_neuron_model *model = NULL;
    ECP_ASSERT_OK(ecp_neuron_find("astrocyte_lr", ecp_isa_best(), &model));
    block_init(b, model, n, dt);
    ECP_ASSERT_OK(block_derive(b));
}

/* ---- a trace ------------------------------------------------------------------- */

struct point {
    double ip3, ca, h;
};

static struct point point_of(const struct block *b)
{
    return (struct point){(double)block_field(b, "ip3")[0], (double)block_field(b, "ca")[0],
                          (double)block_field(b, "h")[0]};
}

static void run_trace(const char *scheme, struct point at[2])
{
    struct block b;
    begin(&b, 1, 0.1);
    b.scheme = scheme;
    block_set(&b, "ip3", 1);
    block_set(&b, "ca", 1);
    block_set(&b, "h", 1);
    for (int step = 0; step < 999; step++) {
        block_set(&b, "in", step == 99);
        block_update(&b, step);
        if (step == 97)
            at[0] = point_of(&b);
    }
    at[1] = point_of(&b);
    block_clear(&b);
}

static double distance(struct point a, struct point b)
{
    return fmax(fabs(a.ip3 - b.ip3), fmax(fabs(a.ca - b.ca), fabs(a.h - b.h)));
}

/* Lines: GSL; dots: the default scheme. */
static void draw_trace(const char *scheme, enum ecp_curve_kind kind)
{
    struct block b;
    begin(&b, 1, 0.1);
    b.scheme = scheme;
    block_set(&b, "ip3", 1);
    block_set(&b, "ca", 1);
    block_set(&b, "h", 1);
    for (int step = 0; step < 999; step++) {
        block_set(&b, "in", step == 99);
        block_update(&b, step);
        if (step % 50 != 48)
            continue;
        const struct point at = point_of(&b);
        const double x[] = {at.ca, at.h, at.ip3};
        static const char *const curve[] = {"astrocyte_ca", "astrocyte_h", "astrocyte_ip3"};
        for (int k = 0; k < 3; k++)
            ecp_test_curve(kind, curve[k], kind == ECP_CURVE_LINE ? "GSL" : "ecphory",
                           0.1 * (step + 1), x[k]);
    }
    block_clear(&b);
}

static void trace(void)
{
    const struct point nest[2] = {{0.998848172, 1.017954191, 0.998025411},
                                  {0.988529642, 1.150627858, 0.978758625}};
    const struct point want = {0.988529642, 1.150628073, 0.978758628};
    struct point got[2], gsl[2];
    run_trace(NULL, got);
    run_trace("gsl_rkf45", gsl);
    (void)printf(" %.1e %.1e (NEST), %.1e, %.1e (GSL) ", distance(got[0], nest[0]),
                 distance(got[1], nest[1]), distance(got[1], want), distance(got[1], gsl[1]));
    CU_ASSERT(distance(got[0], nest[0]) < (IS_DOUBLE ? 2e-8 : 3e-7));
    CU_ASSERT(distance(got[1], nest[1]) < (IS_DOUBLE ? 3e-7 : 1e-6));
    CU_ASSERT(distance(got[1], want) < (IS_DOUBLE ? 1e-9 : 1e-6));
    CU_ASSERT(distance(got[1], gsl[1]) < (IS_DOUBLE ? 1e-11 : 2e-5));
    draw_trace(NULL, ECP_CURVE_POINT);
    draw_trace("gsl_rkf45", ECP_CURVE_LINE);
    for (int k = 0; k < 2; k++) {
        const double at = k ? 99.9 : 9.8;
        ecp_test_curve(ECP_CURVE_PAPER, "astrocyte_ca", "NEST's tests", at, nest[k].ca);
        ecp_test_curve(ECP_CURVE_PAPER, "astrocyte_h", "NEST's tests", at, nest[k].h);
        ecp_test_curve(ECP_CURVE_PAPER, "astrocyte_ip3", "NEST's tests", at, nest[k].ip3);
    }
}

/* ---- ip3 held -------------------------------------------------------------------- */

enum { MOST = 16 };

struct held {
    size_t n;
    double ip3[MOST], ca[MOST], h[MOST];         /* begin */
    double low[MOST], high[MOST], peak[MOST];    /* ca, and i_sic, late in the run */
    double early[MOST], late[MOST];              /* largest distance from ca at the beginning */
    int onsets[MOST], spikes[MOST], rises[MOST]; /* late; rises through the middle */
    double first[MOST], last[MOST];              /* rise, s */
    int count_from;                              /* step from which rises count */
};

static void follow(struct held *r, const struct block *b, size_t j, int step, double was)
{
    const double ca = (double)block_field(b, "ca")[j], sic = (double)block_field(b, "i_sic")[j];
    const double middle = (r->low[j] + r->high[j]) / 2;
    r->low[j] = fmin(r->low[j], ca);
    r->high[j] = fmax(r->high[j], ca);
    r->peak[j] = fmax(r->peak[j], sic);
    if (step < r->count_from || !(was < middle && ca >= middle) || r->high[j] - r->low[j] < 1e-3)
        return;
    r->first[j] = r->rises[j]++ ? r->first[j] : step * 1e-3;
    r->last[j] = step * 1e-3;
}

/* Steps of 1 ms; `late` begins after two thirds. */
static void run_held(struct held *r, double seconds)
{
    struct block b;
    const int steps = (int)(seconds * 1000);
    r->count_from = 3 * (steps / 4); /* the middle is known by then */
    begin(&b, r->n, 1);
    for (size_t j = 0; j < r->n; j++) {
        block_field(&b, "ca")[j] = (ecp_real)r->ca[j];
        block_field(&b, "h")[j] = (ecp_real)r->h[j];
        r->low[j] = 1e9;
        r->high[j] = r->early[j] = r->late[j] = r->peak[j] = 0;
        r->onsets[j] = r->spikes[j] = r->rises[j] = 0;
    }
    for (int step = 0; step < steps; step++) {
        double ca[MOST], sic[MOST];
        block_set(&b, "ip3_low", 0);
        for (size_t j = 0; j < r->n; j++) {
            block_field(&b, "ip3")[j] = (ecp_real)r->ip3[j];
            ca[j] = (double)block_field(&b, "ca")[j];
            sic[j] = (double)block_field(&b, "i_sic")[j];
        }
        block_update(&b, step);
        for (size_t j = 0; j < r->n; j++) {
            const double off = fabs((double)block_field(&b, "ca")[j] - r->ca[j]);
            if (step < 15000)
                r->early[j] = fmax(r->early[j], off);
            if (step > steps - 15000)
                r->late[j] = fmax(r->late[j], off);
            r->onsets[j] += sic[j] <= 0 && block_field(&b, "i_sic")[j] > 0;
            r->spikes[j] += b.fired[j];
            if (step > 2 * (steps / 3))
                follow(r, &b, j, step, ca[j]);
        }
    }
    block_clear(&b);
}

/* The equilibrium, by bisection on the net flux, written anew; h follows from ca. */
static double net_flux(double ip3, double ca, double *h)
{
    const double alpha = 2e-4 * 1.049 * (ip3 + 0.13) / (ip3 + 0.9434);
    *h = alpha / (alpha + 2e-4 * ca);
    const double open = ip3 / (ip3 + 0.13) * ca / (ca + 0.08234) * *h;
    const double store = (2 - ca) / 0.185;
    return 0.185 * (0.006 * open * open * open + 1.1e-4) * (store - ca) -
           9e-4 * ca * ca / (0.01 + ca * ca);
}

static double equilibrium(double ip3, double *h)
{
    double low = 1e-3, high = 1.5;
    for (int k = 0; k < 100; k++) {
        const double middle = (low + high) / 2;
        if (net_flux(ip3, middle, h) > 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void rests(void)
{
    static struct held r = {.n = 5, .ip3 = {0.16, 0.2, 0.3, 0.8, 1.0}};
    const double want[] = {0.0722, 0.0823, 0.1231, 0.3906, 0.4527};
    for (size_t j = 0; j < r.n; j++) {
        r.ca[j] = 0.073;
        r.h[j] = 0.793;
    }
    run_held(&r, 300);
    for (size_t j = 0; j < r.n; j++) {
        double h;
        CU_ASSERT_DOUBLE_EQUAL(r.high[j], want[j], 6e-5);
        CU_ASSERT_DOUBLE_EQUAL(r.low[j], want[j], 6e-5);
        CU_ASSERT_DOUBLE_EQUAL(r.high[j], equilibrium(r.ip3[j], &h), 2e-5);
        if (j == 0)
            CU_ASSERT_DOUBLE_EQUAL(h, 0.7924, 5e-5);
    }
}

/* A small push away from the equilibrium grows between the two Hopf points only. */
static void hopf(void)
{
    static struct held r = {
        .n = 8, .ip3 = {0.3445, 0.3525, 0.3565, 0.3645, 0.6269, 0.6349, 0.6389, 0.6469}};
    const int grows[] = {0, 0, 1, 1, 1, 1, 0, 0};
    for (size_t j = 0; j < r.n; j++) {
        r.ca[j] = equilibrium(r.ip3[j], &r.h[j]);
        r.h[j] += 2e-4;
    }
    run_held(&r, 900);
    for (size_t j = 0; j < r.n; j++) {
        (void)printf(" %.4f:%.2f", r.ip3[j], r.late[j] / r.early[j]);
        CU_ASSERT_EQUAL(r.late[j] > 1.1 * r.early[j], grows[j]);
        CU_ASSERT(grows[j] || r.late[j] < 0.9 * r.early[j]);
    }
    double h;
    CU_ASSERT_DOUBLE_EQUAL(equilibrium(0.3545, &h), 0.1556, 1e-4);
    CU_ASSERT_DOUBLE_EQUAL(equilibrium(0.6369, &h), 0.3232, 2e-4);
    (void)printf(" %.5f T %.2f %.2f s ", equilibrium(0.6369, &h),
                 (r.last[2] - r.first[2]) / (r.rises[2] - 1),
                 (r.last[5] - r.first[5]) / (r.rises[5] - 1));
    CU_ASSERT_DOUBLE_EQUAL((r.last[2] - r.first[2]) / (r.rises[2] - 1), 12.57, 0.2);
    CU_ASSERT_DOUBLE_EQUAL((r.last[5] - r.first[5]) / (r.rises[5] - 1), 10.5, 0.1);
}

/* ---- the range of oscillation -------------------------------------------------------- */

static void slopes(double ip3, double ca, double h, double *d)
{
    const double alpha = 2e-4 * 1.049 * (ip3 + 0.13) / (ip3 + 0.9434);
    const double open = ip3 / (ip3 + 0.13) * ca / (ca + 0.08234) * h;
    d[0] = 0.185 * (0.006 * open * open * open + 1.1e-4) * ((2 - ca) / 0.185 - ca) -
           9e-4 * ca * ca / (0.01 + ca * ca);
    d[1] = alpha * (1 - h) - 2e-4 * ca * h;
}

/* Extremes and frequency (Hz) in the last half, by Runge-Kutta in steps of 5 ms. */
static void naive_range(double ip3, int steps, double *low, double *high, double *frequency)
{
    const double step = 5;
    double ca = 0.073, h = 0.793, first = 0, last = 0;
    int rises = 0;
    *low = 1e9;
    *high = 0;
    for (int k = 0; k < steps; k++) {
        double a[2], b[2], c[2], d[2];
        slopes(ip3, ca, h, a);
        slopes(ip3, ca + step / 2 * a[0], h + step / 2 * a[1], b);
        slopes(ip3, ca + step / 2 * b[0], h + step / 2 * b[1], c);
        slopes(ip3, ca + step * c[0], h + step * c[1], d);
        const double was = ca, middle = (*low + *high) / 2;
        ca += step / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0]);
        h += step / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1]);
        if (k < steps / 2)
            continue;
        *low = fmin(*low, ca);
        *high = fmax(*high, ca);
        if (was < middle && ca >= middle && k > steps / 8 * 5) {
            first = rises++ ? first : k * step;
            last = k * step;
        }
    }
    *frequency = rises > 1 && *high - *low > 5e-3 ? 1000 * (rises - 1) / (last - first) : NAN;
}

/* The engine's extremes and frequencies beside an integration of the test's own. */
static void oscillation_range(void)
{
    static struct held r = {.n = 16};
    for (size_t j = 0; j < r.n; j++) {
        r.ip3[j] = j < 2 ? 0.31 + 0.02 * (double)j : 0.36 + 0.02 * (double)(j - 2);
        r.ip3[j] = j == 15 ? 0.66 : r.ip3[j];
        r.ca[j] = 0.073;
        r.h[j] = 0.793;
    }
    run_held(&r, 900);
    for (size_t j = 0; j < r.n; j++) {
        double low, high, frequency;
        naive_range(r.ip3[j], 160000, &low, &high, &frequency);
        CU_ASSERT_DOUBLE_EQUAL(r.low[j], low, 1e-3);
        CU_ASSERT_DOUBLE_EQUAL(r.high[j], high, 1e-3);
        CU_ASSERT_EQUAL(r.high[j] - r.low[j] > 5e-3, r.ip3[j] > 0.3545 && r.ip3[j] < 0.6369);
        ecp_test_curve(ECP_CURVE_POINT, "astrocyte_range", "highest", r.ip3[j], r.high[j]);
        ecp_test_curve(ECP_CURVE_POINT, "astrocyte_range", "lowest", r.ip3[j], r.low[j]);
        if (!isnan(frequency)) {
            const double got = (r.rises[j] - 1) / (r.last[j] - r.first[j]);
            CU_ASSERT_DOUBLE_EQUAL(got / frequency, 1, 3e-3);
            ecp_test_curve(ECP_CURVE_POINT, "astrocyte_frequency", "ecphory", r.ip3[j], got);
        }
    }
    for (int k = 0; k <= 80 && ecp_test_curves_wanted(); k++) {
        double low, high, frequency, ip3 = 0.3 + 0.005 * k;
        naive_range(ip3, 800000, &low, &high, &frequency);
        ecp_test_curve(ECP_CURVE_LINE, "astrocyte_range", "highest", ip3, high);
        ecp_test_curve(ECP_CURVE_LINE, "astrocyte_range", "lowest", ip3, low);
        ecp_test_curve(ECP_CURVE_LINE, "astrocyte_frequency", "integration", ip3, frequency);
    }
    for (int k = 0; k < 2; k++) {
        ecp_test_curve(ECP_CURVE_LINE, "astrocyte_range", "Hopf points", k ? 0.6369 : 0.3545, 0);
        ecp_test_curve(ECP_CURVE_LINE, "astrocyte_range", "Hopf points", k ? 0.6369 : 0.3545, 0.6);
        ecp_test_curve(ECP_CURVE_LINE, "astrocyte_range", "Hopf points", NAN, NAN);
        ecp_test_curve(ECP_CURVE_PAPER, "astrocyte_frequency", "linear theory", k ? 0.6369 : 0.3545,
                       k ? 1 / 10.5 : 1 / 12.57);
    }
}

static void oscillates(void)
{
    static struct held r = {.n = 4, .ip3 = {0.4, 0.5, 0.36, 0.38}};
    const double low[] = {0.105, 0.108}, high[] = {0.313, 0.445}, period[] = {12.8, 11.5};
    for (size_t j = 0; j < r.n; j++) {
        r.ca[j] = 0.073;
        r.h[j] = 0.793;
    }
    run_held(&r, 600);
    for (size_t j = 0; j < 2; j++) {
        CU_ASSERT_DOUBLE_EQUAL(r.low[j], low[j], 6e-4);
        CU_ASSERT_DOUBLE_EQUAL(r.high[j], high[j], 6e-4);
        CU_ASSERT_DOUBLE_EQUAL((r.last[j] - r.first[j]) / (r.rises[j] - 1), period[j], 0.06);
    }
    for (size_t j = 0; j < r.n; j++)
        CU_ASSERT_EQUAL(r.spikes[j], r.onsets[j]);
    CU_ASSERT(r.spikes[0] > 40);
    /* The current first appears between the last two. */
    CU_ASSERT_DOUBLE_EQUAL(r.high[2], 0.1961, 6e-4);
    CU_ASSERT_EQUAL(r.peak[2], 0);
    CU_ASSERT(r.peak[3] > 0);
}

/* ---- the slow inward current -------------------------------------------------------- */

static void slow_inward_current(void)
{
    const double ca[] = {0.19, 0.1976, 0.2, 0.25, 0.3, 0.5, 0.7};
    const double want[] = {0, 0, 1.197, 3.976, 4.638, 5.715, 6.221};
    struct block b;
    begin(&b, 7, 1e-3);
    for (size_t j = 0; j < 7; j++)
        block_field(&b, "ca")[j] = (ecp_real)ca[j];
    block_update(&b, 0);
    for (size_t j = 0; j < 7; j++) {
        const double y = 1000 * ((double)block_field(&b, "ca")[j] - 0.19669);
        CU_ASSERT_DOUBLE_EQUAL((double)block_field(&b, "i_sic")[j], want[j], 2e-3);
        CU_ASSERT_DOUBLE_EQUAL((double)block_field(&b, "i_sic")[j], y > 1 ? log(y) : 0,
                               IS_DOUBLE ? 1e-12 : 1e-4);
        CU_ASSERT_EQUAL(b.fired[j], want[j] > 0);
    }
    block_update(&b, 1); /* it goes on: no spike */
    for (size_t j = 0; j < 7; j++)
        CU_ASSERT_EQUAL(b.fired[j], 0);
    block_clear(&b);
}

/* Spikes every 10 ms: the mean of ip3 is ip3_0 + delta_ip3 w rate tau_ip3. */
static void mean_of_ip3(void)
{
    struct block b;
    double sum = 0;
    const int steps = 1200000;
    begin(&b, 1, 0.1);
    for (int step = 0; step < steps; step++) {
        block_field(&b, "in")[0] = step % 100 == 99 ? 2 : 0;
        block_update(&b, step);
        sum += step >= steps / 2 ? (double)block_field(&b, "ip3")[0] : 0;
    }
    CU_ASSERT_DOUBLE_EQUAL(sum / (steps / 2), 0.16 + 2e-4 * 2 * 0.1 * 7142, 3e-4);
    block_clear(&b);
}

/* Stimuli and the fluxes that other astrocytes bring, next to calcium alone. */
static void fluxes(void)
{
    struct block b;
    begin(&b, 1, 0.1);
    block_set(&b, "j_ip3", 1e-3);
    block_set(&b, "i_stim", 2e-3);
    block_set(&b, "rate_l", 0);
    block_set(&b, "rate_ip3r", 0);
    block_set(&b, "rate_serca", 0);
    block_set(&b, "tau_ip3", 1e9);
    ECP_ASSERT_OK(block_derive(&b));
    block_set(&b, "j_ca", 1e-3);
    for (int step = 0; step < 1000; step++)
        block_update(&b, step);
    CU_ASSERT_DOUBLE_EQUAL(point_of(&b).ip3, 0.16 + 0.1, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(point_of(&b).ca, 0.073 + 0.3, 1e-6);
    block_clear(&b);
}

ECP_TEST_MAIN("astrocyte", {"trace", trace}, {"rests", rests}, {"hopf", hopf},
              {"oscillates", oscillates}, {"range of oscillation", oscillation_range},
              {"slow inward current", slow_inward_current}, {"mean of ip3", mean_of_ip3},
              {"fluxes", fluxes})
