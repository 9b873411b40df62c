/* verify_stdp.c -- pair-based STDP: NEST's synapses, sums over all pairs, the window
 * of a pair, and what many synapses come to. */
#include "tests/curve.h"
#include "tests/verify/plastic_pairs.h"

static struct plastic_case c;

static void set_rule(double mu_plus, double mu_minus, double alpha, double lambda)
{
    plastic_set(&c, "w_max", 100);
    plastic_set(&c, "mu_plus", mu_plus);
    plastic_set(&c, "mu_minus", mu_minus);
    plastic_set(&c, "alpha", alpha);
    plastic_set(&c, "lambda", lambda);
}

static void additive(void)
{
    plastic_nest(&c, "stdp");
    set_rule(0, 0, 1.1, 0.01);
    plastic_verify_nest("plast_stdp_additive", &c);
}

static void multiplicative(void)
{
    plastic_nest(&c, "stdp");
    set_rule(1, 1, 1.1, 0.01);
    plastic_verify_nest("plast_stdp_multiplicative", &c);
}

static void mixed(void)
{
    plastic_nest(&c, "stdp");
    set_rule(0.4, 0.7, 0.9, 0.05);
    plastic_set(&c, "tau_plus", 15);
    plastic_set(&c, "tau_minus", 30);
    plastic_verify_nest("plast_stdp_mixed_mu", &c);
}

static void homogeneous(void)
{
    plastic_nest(&c, "stdp");
    set_rule(0.5, 0.5, 1.1, 0.01);
    plastic_verify_nest("plast_stdp_hom", &c);
}

static void power_law(void)
{
    plastic_nest(&c, "stdp_power");
    plastic_verify_nest("plast_stdp_pl_hom", &c);
}

/* ---- sums over all pairs ------------------------------------------------- */

static double pairs_of(const struct pairs *p, int is_pre, long long now)
{
    const struct plastic_case *k = p->c;
    return is_pre ? pairs_sum(p->post, p->n_post, -1, now, k->dt, pairs_value(k, "tau_minus", 20))
                  : pairs_sum(p->pre, p->n_pre, -1, now, k->dt, pairs_value(k, "tau_plus", 20));
}

static double all_pairs(const struct pairs *p, double w, long long now, int is_pre)
{
    const struct plastic_case *k = p->c;
    const double top = pairs_value(k, "w_max", 100), lambda = pairs_value(k, "lambda", 0.01);
    const double x = pairs_of(p, is_pre, now), alpha = pairs_value(k, "alpha", 1);
    if (is_pre)
        return pairs_clip(
            w - lambda * alpha * top * pow(w / top, pairs_value(k, "mu_minus", 1)) * x, top);
    return pairs_clip(w + lambda * top * pow(1 - w / top, pairs_value(k, "mu_plus", 1)) * x, top);
}

static double power_pairs(const struct pairs *p, double w, long long now, int is_pre)
{
    const double x = pairs_of(p, is_pre, now), lambda = pairs_value(p->c, "lambda", 0.1);
    const double w_0 = pairs_value(p->c, "w_0", 1), mu = pairs_value(p->c, "mu", 0.4);
    if (is_pre)
        return w - lambda * pairs_value(p->c, "alpha", 0.0513) * w * x;
    return w + lambda * w_0 * pow(w / w_0, mu) * x;
}

static void random_trains(void)
{
    static const double mu[][2] = {{0, 0}, {1, 1}, {0, 1}, {0.4, 0.7}};
    for (size_t k = 0; k < sizeof mu / sizeof mu[0]; k++)
        for (int dendritic = 0; dendritic < 2; dendritic++) {
            pairs_random(&c, "stdp", dendritic, 21 + k);
            set_rule(mu[k][0], mu[k][1], 1.1, 0.01);
            plastic_set(&c, "tau_plus", 14);
            plastic_set(&c, "tau_minus", 16);
            pairs_verify(&c, all_pairs);
        }
}

static void random_trains_power(void)
{
    for (int k = 0; k < 4; k++) {
        pairs_random(&c, "stdp_power", k % 2, 41 + (unsigned)k);
        plastic_set(&c, "tau_plus", 15);
        plastic_set(&c, "tau_minus", 30);
        plastic_set(&c, "lambda", 0.05);
        plastic_set(&c, "w_0", k < 2 ? 1 : 10);
        plastic_set(&c, "mu", k < 2 ? 0.4 : 0.7);
        plastic_set(&c, "alpha", 0.1);
        pairs_verify(&c, power_pairs);
    }
}

/* One pair, post `lag` after pre, both counted at the synapse. */
static void window(void)
{
    for (int dendritic = 0; dendritic < 2; dendritic++)
        for (int lag = -80; lag <= 80; lag += 5) {
            static struct plastic_result got;
            memset(&c, 0, sizeof c);
            c.rule = "stdp";
            c.dt = 0.5;
            c.weight = 40;
            c.delay = 3;
            c.dendritic = dendritic;
            c.duration = 500;
            c.read_at = 390; /* before the second pre spike */
            c.pre = (struct plastic_train){2, {100, 400}};
            c.post = (struct plastic_train){1, {100 + c.delay * (dendritic ? -1 : 1) + lag}};
            set_rule(0, 1, 1.5, 0.02);
            plastic_set(&c, "tau_plus", 10);
            plastic_run(&c, &got);
            const double up = lag > 0 ? 2 * exp(-lag / 10.0) : 0, raised = 40 + up;
            const double down = lag < 0 ? exp(lag / 20.0) : 0;
            const double late = exp(-(300 - lag) / 20.0); /* at the second pre spike */
            CU_ASSERT_DOUBLE_EQUAL(got.sent[1], raised * (1 - 0.03 * down) * (1 - 0.03 * late),
                                   sizeof(ecp_real) == sizeof(double) ? 1e-12 : 1e-5);
            CU_ASSERT_DOUBLE_EQUAL(got.final, raised * (1 - 0.03 * down), 1e-5);
            if ((lag / 5 % 2 != 0) == dendritic) /* in turn: the two coincide */
                ecp_test_curve(ECP_CURVE_POINT, "stdp_pair", dendritic ? "dendritic" : "axonal",
                               lag, got.final / 0.4 - 100);
        }
    for (int lag = -62; lag <= 62; lag++)
        ecp_test_curve(ECP_CURVE_LINE, "stdp_pair", "exponentials", lag,
                       lag > 0   ? 5 * exp(-lag / 10.0)
                       : lag < 0 ? -3 * exp(lag / 20.0)
                                 : 0);
}

/* ---- equilibria -------------------------------------------------------------- */

static void shares(const double *weight, size_t n, double top, double *share, double *mean)
{
    *mean = 0;
    memset(share, 0, 10 * sizeof *share);
    for (size_t k = 0; k < n; k++) {
        const double place = fmin(fmax(10 * weight[k] / top, 0), 9.999);
        share[(size_t)place] += 1 / (double)n;
        *mean += weight[k] / top / (double)n;
    }
    (void)printf(" mean %.3f, %.2f .. %.2f", *mean, share[0], share[9]);
}

static void draw_shares(const char *curve, const double *share, double zero)
{
    static const char *const series = "ecphory";
    double top = 0;
    for (int k = 0; k < 10; k++) {
        ecp_test_curve(ECP_CURVE_BAR, curve, series, k / 10.0, share[k]);
        top = fmax(top, share[k]);
    }
    ecp_test_curve(ECP_CURVE_BAR, curve, series, 1, 0);
    for (int k = 0; zero > 0 && k < 2; k++)
        ecp_test_curve(ECP_CURVE_LINE, curve, "zero of the drift", zero, k * top);
}

/* Additive: synapses compete for the target, each ends near 0 or near the top. */
static void bimodal(void)
{
    enum { N = 200 * 8 };
    static double weight[N];
    double share[10], mean;
    const struct pairs_crowd crowd = {
        .rule = "stdp",
        .n_sources = 200,
        .n_targets = 8,
        .dt = 1,
        .pre_rate = 20,
        .seconds = 500,
        .weight = {.kind = ECP_DRAW_UNIFORM, .a = 0, .b = 60},
        .n_values = 5,
        .value = {
            {"w_max", 60}, {"mu_plus", 0}, {"mu_minus", 0}, {"alpha", 1.05}, {"lambda", 0.01}}};
    pairs_crowd_run(&crowd, weight);
    shares(weight, N, 60, share, &mean);
    draw_shares("stdp_bimodal", share, 0);
    CU_ASSERT(share[0] + share[9] > 0.7);
    CU_ASSERT(share[0] > 0.1 && share[9] > 0.05);
}

/* Multiplicative: all gather round w* = 1 / (1 + alpha). */
static void unimodal(void)
{
    enum { SIDE = 100, N = SIDE * SIDE };
    static const double alphas[] = {1.05, 1.5};
    static double weight[N];
    for (size_t a = 0; a < 2; a++) {
        double share[10], mean;
        size_t peak = 0;
        const struct pairs_crowd crowd = {.rule = "stdp",
                                          .n_sources = SIDE,
                                          .n_targets = SIDE,
                                          .dt = 1,
                                          .pre_rate = 20,
                                          .post_rate = 20,
                                          .seconds = 60,
                                          .weight = {.kind = ECP_DRAW_UNIFORM, .a = 0, .b = 0.01},
                                          .n_values = 2,
                                          .value = {{"w_max", 0.01}, {"alpha", alphas[a]}}};
        pairs_crowd_run(&crowd, weight);
        shares(weight, N, 0.01, share, &mean);
        CU_ASSERT_DOUBLE_EQUAL(mean, 1 / (1 + alphas[a]), 0.02);
        if (a == 0)
            draw_shares("stdp_unimodal", share, 1 / (1 + alphas[a]));
        for (size_t k = 1; k < 10; k++)
            peak = share[k] > share[peak] ? k : peak;
        for (size_t k = 1; k < 10; k++)
            CU_ASSERT(k <= peak ? share[k] >= share[k - 1] : share[k] <= share[k - 1]);
        CU_ASSERT(share[0] + share[9] < 0.01);
    }
}

ECP_TEST_MAIN("stdp", {"additive", additive}, {"multiplicative", multiplicative},
              {"mixed powers", mixed}, {"equal powers", homogeneous}, {"power law", power_law},
              {"sums over all pairs", random_trains},
              {"sums over all pairs, power law", random_trains_power}, {"window of a pair", window},
              {"additive: bimodal", bimodal}, {"multiplicative: unimodal", unimodal})
