/* verify_istdp.c -- inhibitory plasticity: NEST's synapse, sums over all pairs, the
 * pairing window, and the rate that it aims at. */
#include "tests/curve.h"
#include "tests/verify/plastic_pairs.h"

static struct plastic_case c;

static void nest(void)
{
    plastic_nest(&c, "istdp");
    c.weight = -50;
    plastic_set(&c, "w_max", 300);
    plastic_set(&c, "eta", 0.5);
    plastic_verify_nest("plast_vogels_sprekeler", &c);
}

static double all_pairs(const struct pairs *p, double w, long long now, int is_pre)
{
    const struct plastic_case *k = p->c;
    const double tau = pairs_value(k, "tau", 20), eta = pairs_value(k, "eta", 0.01);
    const double alpha = 2 * pairs_value(k, "rho_0", 3) * tau / 1000;
    const double x = is_pre ? pairs_sum(p->post, p->n_post, -1, now, k->dt, tau) - alpha
                            : pairs_sum(p->pre, p->n_pre, -1, now, k->dt, tau);
    return pairs_clip(w + eta * x, pairs_value(k, "w_max", 100));
}

static void random_trains(void)
{
    for (int k = 0; k < 6; k++) {
        pairs_random(&c, "istdp", k % 2, 3 + (unsigned)k);
        c.weight = k < 3 ? -50 : 50;
        plastic_set(&c, "rho_0", k < 4 ? 75 : 300);
        plastic_set(&c, "tau", 15);
        plastic_set(&c, "eta", 0.3);
        pairs_verify(&c, all_pairs);
    }
}

/* One pair: eta (exp(-|d|/tau) - alpha), the same for either order. */
static void window(void)
{
    for (int d = -60; d <= 60; d += 4) {
        static struct plastic_result got;
        memset(&c, 0, sizeof c);
        c.rule = "istdp";
        c.dt = 0.5;
        c.weight = -10;
        c.delay = 1;
        c.duration = 300;
        c.read_at = 290;
        c.pre = (struct plastic_train){1, {99}};
        c.post = (struct plastic_train){1, {100.0 + d}};
        plastic_set(&c, "eta", 1);
        plastic_run(&c, &got);
        const double pair = d == 0 ? 0 : exp(-abs(d) / 20.0);
        CU_ASSERT_DOUBLE_EQUAL(-got.final - 10, pair - 0.12, 1e-5);
        if (d % 8 == 0)
            ecp_test_curve(ECP_CURVE_POINT, "istdp_window", "ecphory", d, -got.final - 10);
    }
    for (int d = -60; d <= 60; d++)
        ecp_test_curve(ECP_CURVE_LINE, "istdp_window", "exponential", d,
                       d ? exp(-abs(d) / 20.0) - 0.12 : NAN);
}

/* ---- neurons that are inhibited to the target rate -------------------------- */

enum { TARGETS = 40, SOURCES = 600 };

/* Neurons that currents of all sizes drive far above the target, each inhibited
 * by the same Poisson sources. */
static struct ecp_plan *inhibited(double rho_0)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *source, *target;
    struct ecp_plan_projection *p;
    struct ecp_plan_stimulus *s;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = 0.5;
    plan->seed = 5;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "source", "poisson", SOURCES, &source));
    ECP_ASSERT_OK(ecp_population_set(source, "rate", 20));
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "target", "lif_exp", TARGETS, &target));
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, "target", &s));
    s->level = ecp_draw_constant(6000);
    s->weight = 60;
    s->port_name = "ex";
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "source", "target", ECP_RULE_ALL_TO_ALL, &p));
    p->weight = ecp_draw_constant(-1);
    p->delay = ecp_draw_constant(1);
    ECP_ASSERT_OK(ecp_plan_plasticity(plan, p, "istdp"));
    ECP_ASSERT_OK(ecp_projection_set(p, "eta", 0.05));
    ECP_ASSERT_OK(ecp_projection_set(p, "w_max", 300));
    ECP_ASSERT_OK(ecp_projection_set(p, "rho_0", rho_0));
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "target", &probe));
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "settle", 30000, 1, &phase));
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", 30000, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

/* The course of the mean rate. */
static void draw_settling(const struct ecp_recorded_population *p, double rho_0)
{
    enum { BINS = 60 };
    double count[BINS] = {0};
    char series[32];
    (void)snprintf(series, sizeof series, "\u03c1_0 = %g Hz", rho_0);
    for (size_t e = 0; e < p->n_events; e++)
        if (p->event[e].step < 2000 * BINS)
            count[p->event[e].step / 2000] += 1.0 / TARGETS;
    for (int b = 0; b < BINS; b++)
        ecp_test_curve(ECP_CURVE_POINT, "istdp_rate", series, b + 0.5, count[b]);
    for (int end = 0; end < 2; end++)
        ecp_test_curve(ECP_CURVE_LINE, "istdp_rate", series, BINS * end, rho_0);
}

static void fixed_point(void)
{
    static const double rates[] = {10, 20};
    for (size_t k = 0; k < 2; k++) {
        struct ecp_plan *plan = inhibited(rates[k]);
        struct ecp_network *network;
        const struct ecp_run_options options = {.threads = 2, .isa = ecp_isa_best()};
        ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
        ECP_ASSERT_OK(ecp_network_run(network));
        const struct ecp_recorded_population *p = &ecp_network_recording(network)->population[1];
        size_t early = 0, late = 0;
        for (size_t e = 0; e < p->n_events; e++) {
            early += p->event[e].step < 2000;
            late += p->event[e].step >= 60000;
        }
        const double rate = (double)late / TARGETS / 30;
        (void)printf(" %.2f -> %.3f Hz", (double)early / TARGETS, rate);
        CU_ASSERT_DOUBLE_EQUAL(rate / rates[k], 1, 0.05);
        draw_settling(p, rates[k]);
        ecp_network_destroy(network);
        ecp_plan_destroy(plan);
    }
}

ECP_TEST_MAIN("istdp", {"NEST", nest}, {"sums over all pairs", random_trains},
              {"window of a pair", window}, {"targets settle at rho_0", fixed_point})
