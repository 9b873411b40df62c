/* What is typed on the command line wins, and is checked like the file. */
#include <stdio.h>
#include <string.h>

#include "engine/config.h"
#include "tests/support.h"

static const char *const text =
    "duration = 100;\n"
    "populations = { E = { model = \"lif\"; size = 4; param = { c = 200; };\n"
    "  layout = { kind = \"grid\"; shape = [2, 2]; extent = [1.0, 1.0]; }; }; };\n"
    "projections = ( { source = \"E\"; target = \"E\"; rule = \"all_to_all\"; weight = 1; },\n"
    "  { name = \"slow\"; source = \"E\"; target = \"E\"; rule = \"all_to_all\"; weight = 2; } );\n"
    "stimuli = ( { kind = \"current\"; target = \"E\"; amplitude = 5; } );\n"
    "probes = ( { kind = \"field\"; target = \"E\"; field = \"v\"; } );\n";

static struct ecp_plan *with(const char *base, const char *const *overrides, size_t n)
{
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_config_parse(base, "x.cfg", overrides, n, &plan));
    return plan;
}

static double param_of(const struct ecp_plan *plan, const char *field)
{
    const struct ecp_plan_population *p = plan->population[0];
    return p->field[ecp_field_find(p->model->fields, field)].a;
}

static void overrides_values(void)
{
    static const char *const all[] = {"seed=7",
                                      "name=two words",
                                      "populations.E.size = 6",
                                      "populations.E.layout.shape.1=3",
                                      "populations.E.param.tau_m=20 ms",
                                      "populations.E.param.c=0.3 nF",
                                      "populations.E.param.c=0.4 nF",
                                      "projections.E_E.weight={dist=\"normal\"; mean=5; sd=1;}",
                                      "projections.1.delay=2",
                                      "projections.slow.autapses=false",
                                      "stimuli.current_E.amplitude=0.1 nA",
                                      "probes.v_E.interval=0.5 ms",
                                      "phases=({ name=\"a\"; duration=10; })"};
    struct ecp_plan *plan = with(text, all, sizeof all / sizeof all[0]);
    CU_ASSERT_EQUAL(plan->seed, 7);
    CU_ASSERT_STRING_EQUAL(plan->name, "two words");
    CU_ASSERT_EQUAL(plan->population[0]->size, 6);
    CU_ASSERT_EQUAL(plan->population[0]->layout.columns, 3);
    CU_ASSERT_EQUAL(param_of(plan, "tau_m"), 20);
    CU_ASSERT_EQUAL(param_of(plan, "c"), 400); /* the later one */
    CU_ASSERT_EQUAL(plan->projection[0]->weight.kind, ECP_DRAW_NORMAL);
    CU_ASSERT_EQUAL(plan->projection[1]->delay.a, 2);
    CU_ASSERT_FALSE(plan->projection[1]->autapses);
    CU_ASSERT_EQUAL(plan->stimulus[0]->level.a, 100);
    CU_ASSERT_EQUAL(plan->probe[0]->interval, 0.5);
    CU_ASSERT_EQUAL(plan->n_phases, 1); /* instead of the duration */
    CU_ASSERT_EQUAL(ecp_plan_duration(plan), 10);
    ecp_plan_destroy(plan);
}

static void overrides_scenarios(void)
{
    static const char *const all[] = {"network.scale=0.1",
                                      "network.state=sr",
                                      "seed=12345678901",
                                      "stimuli.external_E.rate=5 Hz",
                                      "duration=50",
                                      "populations.I.param.t_ref=3 ms",
                                      "projections.E_E.weight=5 mV"};
    struct ecp_plan *plan = NULL, *again = NULL;
    ECP_ASSERT_OK(ecp_config_read("brunel", all, sizeof all / sizeof all[0], &plan));
    CU_ASSERT_STRING_EQUAL(plan->name, "brunel");
    CU_ASSERT_EQUAL(plan->seed, 12345678901);
    CU_ASSERT_EQUAL(plan->n_neurons, 1250);
    CU_ASSERT_EQUAL(plan->stimulus[ecp_plan_stimulus_index(plan, "external_E")]->level.a, 5);
    CU_ASSERT_EQUAL(plan->projection[ecp_plan_projection_index(plan, "E_E")]->weight.a, 5);
    CU_ASSERT_EQUAL(ecp_plan_duration(plan), 50);
    again = with(plan->config_text, NULL, 0); /* overrides are in the effective config */
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    ecp_plan_destroy(plan);
    ecp_plan_destroy(again);
}

/* The file of a scenario has phases; a duration typed behind it replaces them,
 * and the effective config keeps one of the two. */
static void overrides_phases(void)
{
    static const char *const all[] = {"duration=50"};
    const char *base = "scenario = \"brunel\"; phases = ( { name = \"a\"; duration = 10; } );";
    struct ecp_plan *plan = with(base, all, 1);
    struct ecp_plan *again = with(plan->config_text, NULL, 0);
    CU_ASSERT_EQUAL(ecp_plan_duration(again), 50);
    ecp_plan_destroy(plan);
    ecp_plan_destroy(again);
}

static const struct {
    const char *override, *sentence;
} refused[] = {
    {"", "command line: found \"\"; allowed: KEY=VALUE, as network.scale=0.5"},
    {"seed", "command line: found \"seed\"; allowed: KEY=VALUE, as network.scale=0.5"},
    {"=5", "command line: found \"=5\"; allowed: KEY=VALUE, as network.scale=0.5"},
    {"seed=", "command line: seed: found no value behind \"=\"; allowed: KEY=VALUE"},
    {"seed=x", "command line: seed: found \"x\"; allowed: a whole number, 0 or more"},
    {"seed=-1", "command line: seed: found -1; allowed: a whole number, 0 or more"},
    {"sede=1",
     "command line: sede: found an unknown key; did you mean \"seed\"? allowed: name, "
     "scenario, seed, dt, time, duration, plugins, network, populations, projections, stimuli, "
     "probes, phases, analyses, memories, claims, output, sweep"},
    {"a..b=1", "command line: a..b: found an empty or too deep key; allowed: names with single "
               "dots between them"},
    {"populations.E.param.tau_n=1",
     "command line: populations.E.param.tau_n: found an unknown key, no parameter of model lif; "
     "did you mean \"tau_m\"? allowed: tau_m, tau_syn, c, e_l, i_e, v_th, v_reset, t_ref"},
    {"populations.E.param.tau_m=1 mV", "command line: populations.E.param.tau_m: found \"1 mV\", "
                                       "and mV cannot become ms; allowed: a number in ms"},
    {"populations.E.size.x=1", "command line: populations.E.size: found \".x\" behind it, but it "
                               "is 4; allowed: keys of groups and elements of lists"},
    {"populations.F.size=1",
     "command line: populations.F: there is no population \"F\"; allowed: E"},
    {"projections.2.weight=1",
     "command line: projections: found element 2; allowed: 0 to 1, or names of elements"},
    {"projections.slw.weight=1", "command line: projections: there is no projection \"slw\"; did "
                                 "you mean \"slow\"? allowed: E_E, slow"},
    {"stimuli.drive.rate=1",
     "command line: stimuli.drive.name: there is no stimulus \"drive\"; allowed: current_E"},
    {"populations={", "command line: populations: found \"{\"; allowed: a value in libconfig's "
                      "syntax"},
    {"name=\"a", "command line: name: found \"\"a\"; allowed: a value in libconfig's syntax"},
    {"duration=1; seed=2", "command line: duration: found \"1; seed=2\"; allowed: a number in ms, "
                           "as \"20 ms\""},
    {"duration=@include \"x\"", "command line: duration: found \"@include \"x\"\"; allowed: a "
                                "number in ms, as \"20 ms\""}};

static void refuses_overrides(void)
{
    for (size_t k = 0; k < sizeof refused / sizeof refused[0]; k++) {
        struct ecp_plan *plan = NULL;
        CU_ASSERT_EQUAL(ecp_config_parse(text, "x.cfg", &refused[k].override, 1, &plan),
                        ECP_ECONFIG);
        CU_ASSERT_STRING_EQUAL(ecp_error_message(), refused[k].sentence);
        if (strcmp(ecp_error_message(), refused[k].sentence) != 0)
            (void)printf("\n  -s %s\n  %s", refused[k].override, ecp_error_message());
        CU_ASSERT_PTR_NULL(plan);
        ecp_error_clear();
    }
}

ECP_TEST_MAIN("overrides", {"values", overrides_values}, {"scenarios", overrides_scenarios},
              {"phases", overrides_phases}, {"refused", refuses_overrides})
