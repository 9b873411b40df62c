/* verify_istdp_global.c -- inhibition under the rate of a whole population: loops over all
 * spikes of both neurons and of the population, the mean change in closed form, the same
 * bits on any number of threads; variables of synapses that a weights probe reads. */
#include "tests/verify/plastic_pairs.h"

static struct plastic_case c;

/* ---- loops over spikes --------------------------------------------------------------- */

/* G at `now`: the population's spikes up to and with it, and what is left of the beginning. */
static double global(const struct pairs *p, long long now)
{
    const double tau = pairs_value(p->c, "tau_n", 10000), dt = p->c->dt;
    const double aim = pairs_value(p->c, "rho_0", 4) * pairs_value(p->c, "cells", 1);
    double rate = aim * exp(-(double)now * dt / tau);
    for (size_t k = 0; k < p->c->modulator.n; k++) {
        const double felt = p->c->modulator.time[k] + p->c->modulator_delay;
        if (felt <= (double)now * dt + 1e-6)
            rate += 1000 / tau * exp(-((double)now * dt - felt) / tau);
    }
    return rate / aim - 1;
}

static double all_pairs(const struct pairs *p, double w, long long now, int is_pre)
{
    const double tau = pairs_value(p->c, "tau", 20), eta = pairs_value(p->c, "eta", 2e-5);
    const double x = is_pre ? pairs_sum(p->post, p->n_post, -1, now, p->c->dt, tau) + 1
                            : pairs_sum(p->pre, p->n_pre, -1, now, p->c->dt, tau);
    return pairs_clip(w + eta * global(p, now) * x, pairs_value(p->c, "w_max", 5));
}

/* A population that is too quiet, about right, and too loud, with a long pause. */
static void against_loops(void)
{
    static const double pause[] = {2500, 3900};
    for (int k = 0; k < 6; k++) {
        uint64_t state = 50 + (uint64_t)k;
        pairs_random(&c, "istdp_global", k % 2, 3 + (unsigned)k);
        pairs_train(&c.modulator, 90, c.duration, c.dt, pause, &state);
        c.modulator_delay = k < 2 ? 0.5 : 2;
        c.weight = k < 4 ? -2 : 3;
        plastic_set(&c, "cells", 10);
        plastic_set(&c, "rho_0", 3 * (1 + k));
        plastic_set(&c, "tau_n", k < 3 ? 10000 : 700);
        plastic_set(&c, "tau", 15);
        plastic_set(&c, "eta", 0.004);
        plastic_set(&c, "w_max", 4);
        pairs_verify(&c, all_pairs);
    }
}

/* ---- a population ----------------------------------------------------------------------- */

enum { SOURCES = 30, TARGETS = 90 };

/* Poisson spikes on both sides: the targets are the population. */
static struct ecp_plan *crowd(double rate_hz, const char *rule, const char *field)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_projection *s;
    struct ecp_plan_stimulus *drive;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = 0.5;
    plan->seed = 4;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "I", "poisson", SOURCES, &p));
    ECP_ASSERT_OK(ecp_population_set(p, "rate", 10));
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "E", "lif_delta", TARGETS, &p));
    ECP_ASSERT_OK(ecp_population_set(p, "t_ref", 0));
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, "E", &drive));
    drive->level = ecp_draw_constant(rate_hz);
    drive->weight = 1e6;
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "I", "E", ECP_RULE_ALL_TO_ALL, &s));
    s->weight = ecp_draw_constant(rule[0] == 'z' ? 0.3 : -1e-9); /* felt by nobody */
    s->delay = ecp_draw_constant(1);
    ECP_ASSERT_OK(ecp_plan_plasticity(plan, s, rule));
    if (rule[0] == 'i') {
        s->weight = ecp_draw_constant(-1);
        ECP_ASSERT_OK(ecp_projection_set(s, "cells", TARGETS));
        ECP_ASSERT_OK(ecp_projection_set(s, "eta", 0.001));
        s->modulator = ecp_plan_population_index(plan, "E");
        s->modulator_delay = 1;
    }
    double *time = ecp_plan_alloc(plan, 2 * sizeof *time);
    time[0] = 10000;
    time[1] = 30000;
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_WEIGHTS, "I_E", &probe));
    probe->n_times = 2;
    probe->times = time;
    probe->field_name = field;
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", 30000, 0, &phase));
    return plan;
}

static double mean_of(const struct ecp_recorded_weights *w)
{
    double sum = 0;
    for (size_t k = 0; k < w->n; k++)
        sum += (double)w->weight[k];
    return sum / (double)w->n;
}

static struct ecp_network *run(struct ecp_plan *plan, int threads)
{
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_plan_check(plan));
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    return network;
}

/* d|w|/dt = eta G r_I (1 + 2 tau r_E), G = (r_E/rho_0 - 1)(1 - exp(-t/tau_n)). */
static void mean_change(void)
{
    static const double rates[] = {1, 4, 12};
    for (int k = 0; k < 3; k++) {
        struct ecp_plan *plan = crowd(rates[k], "istdp_global", NULL);
        struct ecp_network *network = run(plan, 1);
        const struct ecp_recording *r = ecp_network_recording(network);
        const double late = exp(-3.0), early = exp(-1.0);
        const double seconds = 20 - 10 * (early - late);
        const double want = 0.001 * (rates[k] / 4 - 1) * 10 * (1 + 0.04 * rates[k]) * seconds;
        const double got = mean_of(&r->weights[0]) - mean_of(&r->weights[1]);
        (void)printf(" %.4f (%.4f)", got, want);
        CU_ASSERT_DOUBLE_EQUAL(got, want, 0.06 * fabs(want) + 0.008);
        ecp_network_destroy(network);
        ecp_plan_destroy(plan);
    }
}

static void threads(void)
{
    struct ecp_plan *plan[2];
    struct ecp_network *network[2];
    const struct ecp_recorded_weights *w[2];
    for (int k = 0; k < 2; k++) {
        plan[k] = crowd(9, "istdp_global", NULL);
        network[k] = run(plan[k], k ? 3 : 1);
        w[k] = &ecp_network_recording(network[k])->weights[1];
    }
    CU_ASSERT_EQUAL_FATAL(w[0]->n, SOURCES * TARGETS);
    CU_ASSERT_EQUAL(memcmp(w[0]->weight, w[1]->weight, w[0]->n * sizeof *w[0]->weight), 0);
    for (int k = 0; k < 2; k++) {
        ecp_network_destroy(network[k]);
        ecp_plan_destroy(plan[k]);
    }
}

/* ---- variables of synapses ------------------------------------------------------------------ */

/* Weights that nothing moves: w_ref follows 0.3 with tau_c, every period. */
static void variables(void)
{
    struct ecp_plan *plan = crowd(0, "zenke", "w_ref");
    struct ecp_plan_projection *s = plan->projection[0];
    ECP_ASSERT_OK(ecp_projection_set(s, "delta", 0));
    ECP_ASSERT_OK(ecp_projection_set(s, "p", 0));
    ECP_ASSERT_OK(ecp_projection_set(s, "period", 1000));
    ECP_ASSERT_OK(ecp_projection_set(s, "tau_c", 20000));
    struct ecp_network *network = run(plan, 2);
    const struct ecp_recording *r = ecp_network_recording(network);
    CU_ASSERT_EQUAL_FATAL(r->n_weights, 2);
    CU_ASSERT_STRING_EQUAL(r->weights[0].probe, "w_ref_I_E");
    CU_ASSERT_DOUBLE_EQUAL(mean_of(&r->weights[0]), 0.3 * (1 - pow(0.95, 10)), 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(mean_of(&r->weights[1]), 0.3 * (1 - pow(0.95, 30)), 1e-5);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

static void no_such_variable(void)
{
    static const char *const rules[] = {"zenke", "istdp_global"};
    for (int k = 0; k < 2; k++) {
        struct ecp_plan *plan = crowd(1, rules[k], "w_reff");
        CU_ASSERT_EQUAL(ecp_plan_check(plan), ECP_ECONFIG);
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "w_reff"));
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), k ? "none" : "w_ref"));
        ecp_error_clear();
        ecp_plan_destroy(plan);
    }
}

ECP_TEST_MAIN("istdp_global", {"loops over all spikes", against_loops},
              {"mean change", mean_change}, {"threads", threads},
              {"variables of synapses", variables}, {"no such variable", no_such_variable})
