/* verify_adex_patterns.c -- adex: where rest ends and how, in closed form (Touboul &
 * Brette 2008, doi:10.1007/s00422-008-0267-4; Naud et al. 2008), and the firing
 * patterns of Naud, Marcille, Clopath & Gerstner 2008, doi:10.1007/s00422-008-0264-7. */
#include "tests/verify/pattern.h"

struct cell {
    const char *name;
    double c, g_l, e_l, a, tau_w, b, v_reset, i; /* v_t = -50 mV, delta_t = 2 mV for all */
};

static void cell_block(struct block *b, const struct cell *p, const char *scheme)
{
    pattern_block(b, "adex", scheme, 0.1);
    block_set(b, "c", p->c);
    block_set(b, "g_l", p->g_l);
    block_set(b, "e_l", p->e_l);
    block_set(b, "v_t", -50);
    block_set(b, "delta_t", 2);
    block_set(b, "a", p->a);
    block_set(b, "tau_w", p->tau_w);
    block_set(b, "b", p->b);
    block_set(b, "v_reset", p->v_reset);
    block_set(b, "v", p->e_l);
    block_set(b, "i_stim", p->i);
    ECP_ASSERT_OK(block_derive(b));
}

/* ---- closed forms ------------------------------------------------------------------- */

/* At rest w = a (V - e_l), so i(V) = (g_l + a)(V - e_l) - g_l delta_t exp(...). Rest ends
 * where di/dV = 0 (saddle-node), exp(...) = 1 + a / g_l; or before, where the trace of
 * the Jacobian is 0 (Hopf), exp(...) = 1 + tau_m / tau_w. */
static double current(const struct cell *p, double v)
{
    return (p->g_l + p->a) * (v - p->e_l) - p->g_l * 2 * exp((v + 50) / 2);
}

static int is_hopf(const struct cell *p)
{
    return p->a / p->g_l > p->c / p->g_l / p->tau_w;
}

static double last_rest(const struct cell *p)
{
    return -50 + 2 * log(1 + fmin(p->a / p->g_l, p->c / p->g_l / p->tau_w));
}

/* The resting potential at i, below last_rest. */
static double rest_at(const struct cell *p, double i)
{
    double low = -200, high = last_rest(p);
    for (int k = 0; k < 60; k++)
        *(current(p, 0.5 * (low + high)) < i ? &low : &high) = 0.5 * (low + high);
    return high;
}

/* Number of spikes in 6 s under i, from a state at rest. */
static size_t spikes_at(const struct cell *p, double i, double v)
{
    static struct pattern got;
    struct block b;
    ecp_step step = 0;
    cell_block(&b, p, NULL);
    block_set(&b, "i_stim", i);
    block_set(&b, "v", v);
    block_set(&b, "w", p->a * (v - p->e_l));
    got.n = 0;
    pattern_run(&b, &step, 6000, &got);
    block_clear(&b);
    return got.n;
}

static const struct cell type_1 = {"saddle-node", 200, 10, -70, 2, 30, 0, -58, 0};
static const struct cell type_2 = {"Hopf", 281, 30, -70.6, 30, 144, 0, -58, 0};
static const struct cell cortical = {"Brette & Gerstner", 281, 30, -70.6, 4, 144, 80.5, -70.6, 0};

static void rheobase(void)
{
    const struct cell *const cells[] = {&type_1, &type_2, &cortical};
    CU_ASSERT(!is_hopf(&type_1) && is_hopf(&type_2) && is_hopf(&cortical));
    for (size_t k = 0; k < 3; k++) {
        const struct cell *p = cells[k];
        const double v = last_rest(p), i = current(p, v);
        (void)printf("\n    %s: %.3f pA at %.3f mV", p->name, i, v);
        CU_ASSERT_EQUAL(spikes_at(p, 0.998 * i, rest_at(p, 0.998 * i)), 0);
        CU_ASSERT(spikes_at(p, 1.002 * i, v) > 0);
    }
    /* Without adaptation: the exponential neuron, g_l (v_t - e_l - delta_t). */
    struct cell plain = type_1;
    plain.a = 0;
    CU_ASSERT_DOUBLE_EQUAL(current(&plain, last_rest(&plain)), 10 * (20 - 2), 1e-9);
    CU_ASSERT_EQUAL(spikes_at(&plain, 180 - 0.2, rest_at(&plain, 180 - 0.2)), 0);
    CU_ASSERT(spikes_at(&plain, 180 + 0.2, -50) > 0);
}

/* Time to the first spike at `beyond` pA above the saddle-node, from a state that was
 * at rest below it. */
static double passage(const struct cell *p, double beyond)
{
    static struct pattern got;
    struct block b;
    ecp_step step = 0;
    cell_block(&b, p, NULL);
    const double v = last_rest(p) - 3;
    block_set(&b, "i_stim", current(p, last_rest(p)) + beyond);
    block_set(&b, "v", v);
    block_set(&b, "w", p->a * (v - p->e_l));
    got.n = 0;
    for (int k = 0; k < 50 && got.n == 0; k++)
        pattern_run(&b, &step, 100, &got);
    block_clear(&b);
    CU_ASSERT_FATAL(got.n > 0);
    return got.time[0];
}

/* Past a saddle-node V creeps along x' = p + q x^2, which takes pi / sqrt(p q): p and q
 * by projection onto the critical direction, with k = 1 - a tau_w / c,
 * p = beyond / (c k), q = g_l (1 + a / g_l) / (2 c delta_t k). What comes before and
 * after is the same for two currents, and falls out of the difference. */
static void creeping(void)
{
    struct cell weak = type_1; /* the slower w is felt, the later the law holds */
    weak.a = 0.5;
    const struct cell *p = &weak;
    const double k = 1 - p->a * p->tau_w / p->c;
    const double per_i = 1 / (p->c * k), q = (p->g_l + p->a) / (2 * p->c * 2 * k);
    const double beyond = 1;
    const double theory = acos(-1) / sqrt(per_i * q) * (1 / sqrt(beyond / 4) - 1 / sqrt(beyond));
    const double found = passage(p, beyond / 4) - passage(p, beyond);
    (void)printf("\n    %.1f ms more, theory %.1f ms", found, theory);
    CU_ASSERT_DOUBLE_EQUAL(found, theory, 0.05 * theory);
}

/* Near the Hopf point V swings back to rest at sqrt(det - trace^2 / 4); near the
 * saddle-node it returns without crossing. Upward crossings of rest in 3000 ms. */
static size_t swing(const struct cell *p, double v, double *period)
{
    static struct pattern none;
    struct block b;
    ecp_step step = 0;
    size_t n = 0;
    double before = 0, crossing[4] = {0};
    cell_block(&b, p, NULL);
    block_set(&b, "i_stim", current(p, v));
    block_set(&b, "v", v + 0.06);
    block_set(&b, "w", p->a * (v - p->e_l));
    none.n = 0;
    while (step < 30000 && n < 3) {
        pattern_run(&b, &step, 0.1, &none);
        const double now = (double)block_field(&b, "v")[0] - v;
        const double seen = fabs(now) < 1e-4 ? 0 : now; /* not the noise of rest */
        if (before < 0 && seen > 0)
            crossing[n++] = (double)step * 0.1;
        before = fabs(seen) > 0 ? seen : before;
    }
    *period = crossing[2] - crossing[1];
    CU_ASSERT_EQUAL(none.n, 0);
    block_clear(&b);
    return n;
}

static void bifurcation(void)
{
    double period;
    const struct cell *p = &type_2;
    const double v = last_rest(p) - 0.1;
    const double s = p->g_l / p->c * (exp((v + 50) / 2) - 1), r = 1 / p->tau_w;
    const double det = r * (p->a / p->c - s), trace = s - r;
    const double theory = 2 * acos(-1) / sqrt(det - 0.25 * trace * trace);
    CU_ASSERT_EQUAL(swing(p, v, &period), 3);
    (void)printf("\n    Hopf: %.1f ms, linear theory %.1f ms", period, theory);
    CU_ASSERT_DOUBLE_EQUAL(period, theory, 0.03 * theory);
    CU_ASSERT_EQUAL(swing(&type_1, last_rest(&type_1) - 1, &period), 0);
}

/* ---- firing patterns ------------------------------------------------------------------ */

static const struct cell tonic = {"tonic", 200, 10, -70, 2, 30, 0, -58, 500};
static const struct cell adapting = {"adapting", 200, 12, -70, 2, 300, 60, -58, 500};
static const struct cell initial = {"initial burst", 130, 18, -58, 4, 150, 120, -50, 400};
static const struct cell bursting = {"bursting", 200, 10, -58, 2, 120, 100, -46, 210};
static const struct cell delayed = {"delayed", 200, 12, -70, -10, 300, 0, -58, 300};
static const struct cell delayed_bursting = {
    "delayed bursting", 100, 10, -65, -10, 90, 30, -47, 110};
static const struct cell transient = {"transient", 100, 10, -65, 10, 90, 100, -47, 180};
static const struct cell irregular = {"irregular", 100, 12, -60, -11, 130, 30, -48, 160};

static const struct pattern *show(const struct cell *p, const char *scheme, double duration)
{
    static struct pattern got;
    struct block b;
    ecp_step step = 0;
    cell_block(&b, p, scheme);
    got.n = 0;
    pattern_run(&b, &step, duration, &got);
    block_clear(&b);
    pattern_print(p->name, &got);
    return &got;
}

static void regular_with(const char *scheme)
{
    const struct pattern *p = show(&tonic, scheme, 600);
    CU_ASSERT(p->n > 10 && pattern_cv(p, 1) < 0.02);
    CU_ASSERT(pattern_last(p) < 1.15 * pattern_isi(p, 0));

    p = show(&adapting, scheme, 600);
    CU_ASSERT_FATAL(p->n > 6);
    CU_ASSERT(pattern_last(p) > 2 * pattern_isi(p, 0));
    for (size_t k = 1; k + 1 < p->n; k++)
        CU_ASSERT(pattern_isi(p, k) > pattern_isi(p, k - 1) - 0.11);

    p = show(&initial, scheme, 600);
    CU_ASSERT_FATAL(p->n > 6);
    CU_ASSERT(pattern_isi(p, 0) < 0.3 * pattern_last(p));
    CU_ASSERT(pattern_cv(p, 4) < 0.05);

    p = show(&delayed, scheme, 600);
    CU_ASSERT_FATAL(p->n > 4);
    CU_ASSERT(p->time[0] > 2 * pattern_last(p));
    for (size_t k = 1; k + 1 < p->n; k++)
        CU_ASSERT(pattern_isi(p, k) < pattern_isi(p, k - 1) + 0.11);

    p = show(&transient, scheme, 1000);
    CU_ASSERT(p->n >= 1 && p->time[p->n - 1] < 200);
}

static void bursts_with(const char *scheme)
{
    const struct pattern *p = show(&bursting, scheme, 1500);
    struct pattern_bursts groups = pattern_bursts(p, 40);
    CU_ASSERT(groups.n >= 5 && groups.smallest >= 2 && groups.largest == groups.smallest);
    CU_ASSERT(pattern_longest(p, 0) > 4 * pattern_shortest(p, 0));

    p = show(&delayed_bursting, scheme, 1500);
    groups = pattern_bursts(p, 40);
    CU_ASSERT(groups.n >= 5 && groups.smallest >= 2 && groups.largest == groups.smallest);
    CU_ASSERT(p->time[0] > 2 * pattern_shortest(p, 0));
}

static void regular(void)
{
    regular_with(NULL);
    regular_with("gsl_rkf45");
}

static void bursts(void)
{
    bursts_with(NULL);
    bursts_with("gsl_rkf45");
}

/* How far two neurons come apart, in ms, that start `apart` mV from each other. */
static double divergence(const struct cell *p, double apart)
{
    static struct pattern got[2];
    double most = 0;
    for (int k = 0; k < 2; k++) {
        struct block b;
        ecp_step step = 0;
        cell_block(&b, p, NULL);
        block_set(&b, "v", p->e_l + k * apart);
        got[k].n = 0;
        pattern_run(&b, &step, 4000, &got[k]);
        block_clear(&b);
    }
    for (size_t k = 0; k < got[0].n && k < got[1].n; k++)
        most = fmax(most, fabs(got[0].time[k] - got[1].time[k]));
    return most;
}

/* Deterministic, of variable intervals, and chaotic: a small difference grows. */
static void chaos(void)
{
    const struct pattern *p = show(&irregular, NULL, 4000);
    CU_ASSERT(p->n > 40);
    CU_ASSERT(pattern_cv(p, p->n / 2) > 0.2);
    const double here = divergence(&irregular, 0.01), there = divergence(&bursting, 0.01);
    (void)printf("\n    0.01 mV become %.1f ms, when bursting %.1f ms", here, there);
    CU_ASSERT(here > 10);
    CU_ASSERT(there < 1);
}

ECP_TEST_MAIN("adex patterns", {"where rest ends", rheobase}, {"creeping past it", creeping},
              {"how rest ends", bifurcation}, {"regular patterns", regular}, {"bursts", bursts},
              {"irregular", chaos})
