/* What a program can ask for and cannot have: ecp_plan_check says it without a
 * file, by key. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/plan.h"
#include "tests/support.h"

/* A plan that is fine, with handles to spoil it by. */
struct bench {
    struct ecp_plan *plan;
    struct ecp_plan_population *e, *i;
    struct ecp_plan_projection *j;
    struct ecp_plan_stimulus *s;
    struct ecp_plan_probe *p;
    struct ecp_plan_phase *phase;
};

static struct bench bench(void)
{
    struct bench b = {0};
    ECP_ASSERT_OK(ecp_plan_create(&b.plan));
    ECP_ASSERT_OK(ecp_plan_add_population(b.plan, "E", "lif", 10, &b.e));
    ECP_ASSERT_OK(ecp_plan_add_population(b.plan, "I", "lif", 5, &b.i));
    ECP_ASSERT_OK(ecp_plan_add_projection(b.plan, "E", "I", ECP_RULE_ALL_TO_ALL, &b.j));
    ECP_ASSERT_OK(ecp_plan_add_stimulus(b.plan, ECP_STIMULUS_POISSON, "E", &b.s));
    ECP_ASSERT_OK(ecp_plan_add_probe(b.plan, ECP_PROBE_RATE, "E", &b.p));
    ECP_ASSERT_OK(ecp_plan_add_phase(b.plan, "run", 10, 0, &b.phase));
    return b;
}

static void check_refused(struct bench b, const char *sentence)
{
    CU_ASSERT_EQUAL(ecp_plan_check(b.plan), ECP_ECONFIG);
    CU_ASSERT_STRING_EQUAL(ecp_error_message(), sentence);
    if (strcmp(ecp_error_message(), sentence) != 0)
        (void)printf("\n  found  %s\n  wanted %s", ecp_error_message(), sentence);
    ecp_error_clear();
    ecp_plan_destroy(b.plan);
}

#define REFUSED(change, sentence)                                                                  \
    do {                                                                                           \
        struct bench b = bench();                                                                  \
        change;                                                                                    \
        check_refused(b, sentence);                                                                \
    } while (0)

static void takes_what_is_fine(void)
{
    struct bench b = bench();
    ECP_ASSERT_OK(ecp_plan_check(b.plan));
    ecp_plan_destroy(b.plan);
}

static void populations(void)
{
    REFUSED(b.plan->dt = NAN, "dt: found nan ms; allowed: 0.001 to 100 ms");
    REFUSED(b.plan->n_populations = 0,
            "populations: found none; allowed: one or more, memories, or a scenario");
    REFUSED(b.e->size = 0, "populations.E.size: found 0; allowed: 1 to 4294967294");
    REFUSED(b.e->name = "a/b", "populations.a/b: found the name \"a/b\"; allowed: a letter, then "
                               "letters, digits, _ and -, at most 60");
    REFUSED(ECP_ASSERT_OK(ecp_population_set(b.e, "tau_m", 0)),
            "populations.E.param.tau_m: found 0 ms; allowed: 0.001 to 1e+06 ms");
    REFUSED(ECP_ASSERT_OK(ecp_population_set(b.e, "v", NAN)),
            "populations.E.initial.v: found nan; allowed: finite numbers");
    REFUSED(ECP_ASSERT_OK(ecp_population_set_draw(b.e, "v", ecp_draw_normal(0, -1))),
            "populations.E.initial.v: found sd -1 mV; allowed: 0 or more");
    REFUSED(b.e->layout = ((struct ecp_layout){ECP_LAYOUT_GRID, 3, 3, 1, 1, 0}),
            "populations.E.layout.shape: found 3 x 3 = 9 places; allowed: as many as neurons, 10");
}

static void projections(void)
{
    REFUSED(b.j->weight.a = NAN, "projections.E_I.weight: found nan; allowed: finite numbers");
    REFUSED(b.j->delay.a = 0,
            "projections.E_I.delay: found 0 ms; allowed: 0.1 ms (one step) or more");
    REFUSED(b.j->delay.a = 6000.1, "projections.E_I.delay: found 6000.1 ms, more than 60000 steps "
                                   "of 0.1 ms; allowed: up to 6000 ms");
    REFUSED(b.j->delay = ecp_draw_normal(1, 1),
            "projections.E_I.delay: found values down to -5.338 ms; allowed: 0.1 ms (one step) or "
            "more, as with low = \"0.1 ms\" and bounds = \"redraw\"");
    REFUSED(b.j->port_name = "exc",
            "projections.E_I.port: I of model lif has no receptor port \"exc\"; allowed: syn");
    REFUSED((b.j->rule = ECP_RULE_FIXED_INDEGREE, b.j->number = 11, b.j->multapses = 0),
            "projections.E_I.indegree: found 11 of 10 sources with multapses = false and autapses "
            "= true; allowed: 0 to 10");
    REFUSED((b.j->rule = ECP_RULE_PAIRWISE_BERNOULLI, b.j->probability = NAN),
            "projections.E_I.probability: found nan; allowed: 0 to 1");
    REFUSED(b.j->rule = ECP_RULE_DISTANCE,
            "projections.E_I.kernel: population E has no layout; allowed: populations with a "
            "layout");
}

/* Both layouts must span the same sheet. */
static void distances(void)
{
    const struct ecp_layout wide = {ECP_LAYOUT_SHEET, 0, 0, 2, 1, 1};
    const struct ecp_layout square = {ECP_LAYOUT_SHEET, 0, 0, 1, 1, 1};
    REFUSED((b.j->rule = ECP_RULE_DISTANCE, b.e->layout = wide, b.i->layout = square),
            "projections.E_I.kernel: E is 2 x 1 mm, periodic = true, and I is 1 x 1 mm, periodic = "
            "true; allowed: equal layouts");
    REFUSED((b.j->rule = ECP_RULE_DISTANCE, b.e->layout = wide, b.i->layout = wide),
            "projections.E_I.scale: found 0 mm; allowed: more than 0 mm");
}

static void stimuli_and_probes(void)
{
    static const ecp_lid descending[] = {3, 2};
    REFUSED(b.s->level.a = -1, "stimuli.poisson_E.rate: found -1 Hz; allowed: 0 Hz or more");
    REFUSED(b.s->weight = INFINITY, "stimuli.poisson_E.weight: found inf; allowed: finite numbers");
    REFUSED(b.s->delay = -1, "stimuli.poisson_E.delay: found -1 ms; allowed: 0 to 6000 ms");
    REFUSED(b.s->target.count = 11,
            "stimuli.poisson_E.subset: found 11 neurons of E; allowed: 1 to 10");
    REFUSED(b.s->target.stride = 0, "stimuli.poisson_E.subset: found stride 0; allowed: 1 or more");
    REFUSED((b.s->target.list = descending, b.s->target.count = 2),
            "stimuli.poisson_E.subset: found neuron 2 behind 3; allowed: ascending, each once");
    REFUSED((b.s->kind = ECP_STIMULUS_NOISE),
            "stimuli.noise_E.tau: found 0 ms; allowed: more than 0 ms");
    REFUSED(b.p->interval = 0.25,
            "probes.rate_E.interval: found 0.25 ms; allowed: whole multiples of dt = 0.1 ms");
    REFUSED(b.p->start = -1,
            "probes.rate_E.start: found start -1 ms and stop inf ms; allowed: 0 <= start < stop");
    REFUSED((b.p->kind = ECP_PROBE_FIELD, b.p->field_name = "c"),
            "probes.c_E.field: lif of E does not change its \"c\"; allowed: v, i, wait, syn, "
            "i_stim");
}

static void phases(void)
{
    static struct ecp_plan_change low = {.population = 0, .field = 0, .stimulus = -1, .value = -80};
    REFUSED(b.plan->n_phases = 0,
            "duration: is missing; allowed: a time as \"1000 ms\", or a list of phases");
    REFUSED(b.phase->duration = -1, "phases.run.duration: found -1 ms; allowed: more than 0 ms");
    REFUSED(b.phase->duration = 0.05,
            "phases.run.duration: found 0.05 ms; allowed: whole multiples of dt = 0.1 ms");
    REFUSED(b.phase->discard = 1,
            "phases: found discard = true in all; allowed: one or more without");
    REFUSED((b.phase->n_changes = 1, b.phase->change = &low),
            "phases.run.changes.E.v: found a state; allowed: parameters");
    REFUSED(ECP_ASSERT_OK(ecp_plan_add_claim(b.plan, "E.rate_hz", 2, 1, "")),
            "claims.E.rate_hz: found the band 2 to 1; allowed: lowest <= highest, one of them or "
            "both given");
}

ECP_TEST_MAIN("plan check", {"takes what is fine", takes_what_is_fine},
              {"populations", populations}, {"projections", projections}, {"distances", distances},
              {"stimuli and probes", stimuli_and_probes}, {"phases", phases})
