/* verify_stdp_nearest.c -- nearest-neighbour STDP: NEST's synapses, and loops over
 * all spikes that look for the neighbours anew each time. */
#include "tests/curve.h"
#include "tests/verify/plastic_pairs.h"

static struct plastic_case c;

enum { SYMMETRIC, PRE_CENTERED, RESTRICTED };

static void nest_symmetric(void)
{
    plastic_nest(&c, "stdp_nearest");
    plastic_set(&c, "scheme", SYMMETRIC);
    plastic_verify_nest("plast_stdp_nn_symm", &c);
}

static void nest_pre_centered(void)
{
    plastic_nest(&c, "stdp_nearest");
    plastic_set(&c, "scheme", PRE_CENTERED);
    plastic_verify_nest("plast_stdp_nn_pre_centered", &c);
}

/* ---- loops over spikes ---------------------------------------------------- */

static size_t between(const long long *time, size_t n, long long from, long long to)
{
    size_t found = 0;
    for (size_t k = 0; k < n; k++)
        found += time[k] >= from && time[k] < to;
    return found;
}

static double potentiation(const struct pairs *p, int scheme, long long now, double tau)
{
    const double dt = p->c->dt;
    const long long pre = pairs_latest(p->pre, p->n_pre, now);
    const long long post = pairs_latest(p->post, p->n_post, now);
    if (scheme == PRE_CENTERED) /* a pre spike at the moment of `post` came after it */
        return pairs_sum(p->pre, p->n_pre, post - 1, now, dt, tau);
    if (pre < 0 || (scheme == RESTRICTED && between(p->post, p->n_post, pre + 1, now) > 0))
        return 0;
    return exp(-(double)(now - pre) * dt / tau);
}

static double depression(const struct pairs *p, int scheme, long long now, double tau)
{
    const long long post = pairs_latest(p->post, p->n_post, now);
    if (post < 0 || (scheme == RESTRICTED && between(p->pre, p->n_pre, post, now) > 0))
        return 0;
    return exp(-(double)(now - post) * p->c->dt / tau);
}

static double neighbours(const struct pairs *p, double w, long long now, int is_pre)
{
    const struct plastic_case *k = p->c;
    const int scheme = (int)pairs_value(k, "scheme", -1);
    const double top = pairs_value(k, "w_max", 100), lambda = pairs_value(k, "lambda", 0.01);
    if (is_pre) {
        const double y = depression(p, scheme, now, pairs_value(k, "tau_minus", 20));
        const double size = lambda * pairs_value(k, "alpha", 1) * top;
        return pairs_clip(w - size * pow(w / top, pairs_value(k, "mu_minus", 1)) * y, top);
    }
    const double x = potentiation(p, scheme, now, pairs_value(k, "tau_plus", 20));
    return pairs_clip(w + lambda * top * pow(1 - w / top, pairs_value(k, "mu_plus", 1)) * x, top);
}

static void random_trains(int scheme)
{
    static const double mu[][2] = {{1, 1}, {0, 0}, {0, 1}, {0.3, 0.6}};
    for (size_t k = 0; k < sizeof mu / sizeof mu[0]; k++)
        for (int dendritic = 0; dendritic < 2; dendritic++) {
            pairs_random(&c, "stdp_nearest", dendritic, 11 + k);
            plastic_set(&c, "scheme", scheme);
            plastic_set(&c, "mu_plus", mu[k][0]);
            plastic_set(&c, "mu_minus", mu[k][1]);
            plastic_set(&c, "tau_plus", 12);
            plastic_set(&c, "tau_minus", 27);
            plastic_set(&c, "alpha", scheme == PRE_CENTERED ? 1.1 : 0.6);
            plastic_set(&c, "lambda", 0.02);
            plastic_set(&c, "w_max", 100);
            pairs_verify(&c, neighbours);
        }
}

static void symmetric(void)
{
    random_trains(SYMMETRIC);
}

static void pre_centered(void)
{
    random_trains(PRE_CENTERED);
}

static void restricted(void)
{
    random_trains(RESTRICTED);
}

/* ---- by hand --------------------------------------------------------------- */

/* Pre spikes at 10 and 25 ms, post spikes at 40 and 50 ms: which pairs count. */
static void which_pairs(void)
{
    const double near = exp(-15 / 20.0), next = exp(-25 / 20.0), before = exp(-30 / 20.0);
    const double want[] = {
        [SYMMETRIC] = near + next, [PRE_CENTERED] = near + before, [RESTRICTED] = near};
    for (int scheme = SYMMETRIC; scheme <= RESTRICTED; scheme++) {
        static struct plastic_result got;
        memset(&c, 0, sizeof c);
        c.rule = "stdp_nearest";
        c.dt = 0.5;
        c.weight = 10;
        c.delay = 1;
        c.duration = 100;
        c.read_at = 90;
        c.pre = (struct plastic_train){2, {9, 24}};
        c.post = (struct plastic_train){2, {40, 50}};
        plastic_set(&c, "scheme", scheme);
        plastic_set(&c, "mu_plus", 0);
        plastic_run(&c, &got);
        CU_ASSERT_DOUBLE_EQUAL(got.final - 10, want[scheme], 1e-5);
    }
}

/* Two spikes of either neuron, 10 ms apart, additive: where the schemes part. Lags are odd
 * halves of a ms, so that no two spikes coincide. */
static void window(void)
{
    static const char *const name[] = {"symmetric", "pre-centred", "restricted"};
    static struct plastic_result got, want;
    for (int scheme = SYMMETRIC; scheme <= RESTRICTED; scheme++)
        for (int step = -40; step < 40; step++) {
            const double lag = step + 0.5;
            memset(&c, 0, sizeof c);
            c.rule = "stdp_nearest";
            c.dt = 0.5;
            c.weight = 50;
            c.delay = 1;
            c.duration = 300;
            c.read_at = 250;
            c.pre = (struct plastic_train){2, {99, 109}};
            c.post = (struct plastic_train){2, {100 + lag, 110 + lag}};
            plastic_set(&c, "scheme", scheme);
            plastic_set(&c, "mu_plus", 0);
            plastic_set(&c, "mu_minus", 0);
            pairs_run(&c, neighbours, &want);
            ecp_test_curve(ECP_CURVE_LINE, "stdp_nearest", name[scheme], lag, want.final - 50);
            if ((step + 39) % 12 != 4 * scheme) /* in turn: they often coincide */
                continue;
            plastic_run(&c, &got);
            CU_ASSERT_DOUBLE_EQUAL(got.final, want.final, 2e-5);
            ecp_test_curve(ECP_CURVE_POINT, "stdp_nearest", name[scheme], lag, got.final - 50);
        }
}

ECP_TEST_MAIN("stdp_nearest", {"NEST, symmetric", nest_symmetric},
              {"NEST, pre-centred", nest_pre_centered}, {"symmetric, random trains", symmetric},
              {"pre-centred, random trains", pre_centered},
              {"restricted, random trains", restricted}, {"which pairs count", which_pairs},
              {"window of two spikes", window})
