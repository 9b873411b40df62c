/* From text to a plan, and back: what is said arrives, what is not said has
 * its default, and the effective config reads as the same plan. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/config.h"
#include "tests/support.h"

static const char *const full =
    "name = \"everything\"; seed = 9000000000; dt = \"0.1 ms\"; time = \"grid\";\n"
    "populations = {\n"
    "  E = { model = \"lif\"; size = 1e2;\n"
    "    param = { tau_m = \"0.02 s\"; c = 200; i_e = { dist = \"normal\"; mean = \"0.3 nA\";\n"
    "              sd = 10; }; v_th = -50.0; };\n"
    "    initial = { v = { dist = \"uniform\"; low = -70; high = \"-55 mV\"; }; wait = 3; };\n"
    "    layout = { kind = \"grid\"; shape = [4, 25]; extent = [\"400 um\", \"2.5 mm\"];\n"
    "               periodic = true; }; };\n"
    "  I = { model = \"lif_delta\"; size = 4;\n"
    "    initial = { v = [-60.0, -61.0, -62.0, -63.5]; };\n"
    "    layout = { kind = \"sheet\"; extent = [0.4, 2.5]; periodic = true; }; };\n"
    "  S = { model = \"spike_source\"; size = 4; };\n"
    "};\n"
    "projections = (\n"
    "  { source = \"E\"; target = [\"E\", \"S\"]; rule = \"fixed_indegree\"; indegree = 10;\n"
    "    weight = { dist = \"lognormal\"; mu = 1.5; sigma = 0.5; high = 100; bounds = \"clip\"; "
    "};\n"
    "    delay = { dist = \"normal\"; mean = 1.5; sd = 0.75; low = \"0.1 ms\"; }; },\n"
    "  { name = \"map\"; source = \"E\"; target = \"I\"; rule = \"distance\"; "
    "kernel = \"gaussian\";\n"
    "    probability = 0.5; scale = \"100 um\"; cutoff = 0.5; weight = \"0.1 mV\"; "
    "port = \"syn\";\n"
    "    precision = \"full\"; autapses = false; multapses = false; },\n"
    "  { source = \"S\"; target = \"I\"; rule = \"one_to_one\"; weight = 1; },\n"
    "  { name = \"listed\"; source = \"I\"; target = \"E\"; rule = \"explicit\";\n"
    "    edges = ((0, 99, -5, 1), (3, 0, \"-0.01 nA\", \"2.5 ms\")); },\n"
    "  { name = \"pairs\"; source = \"I\"; target = \"E\"; rule = \"explicit\";\n"
    "    edges = ((0, 9), (1, 8)); weight = -2; delay = [1.0, 2.0]; },\n"
    "  { name = \"some\"; source = \"I\"; target = \"I\"; rule = \"pairwise_bernoulli\";\n"
    "    probability = 0.25; weight = -1; },\n"
    "  { name = \"out\"; source = \"I\"; target = \"I\"; rule = \"fixed_outdegree\";\n"
    "    outdegree = 2; weight = -1; },\n"
    "  { name = \"total\"; source = \"E\"; target = \"E\"; rule = \"fixed_total_number\";\n"
    "    number = 5000000000; weight = 1; } );\n"
    "stimuli = (\n"
    "  { name = \"drive\"; kind = \"poisson\"; target = (\"E\", \"I\"); rate = \"8 kHz\"; "
    "weight = 0.5;\n"
    "    switches = ((\"200 ms\", 12000.0), (300, \"1 kHz\")); delay = \"0.5 ms\"; },\n"
    "  { kind = \"poisson\"; target = \"I\"; rate = (1, 2, 3, \"0.004 kHz\"); weight = -0.5; "
    "port = \"syn\"; },\n"
    "  { kind = \"spikes\"; target = \"S\"; times = [\"1 ms\", \"2.5 ms\"]; weight = 1; },\n"
    "  { name = \"pulse\"; kind = \"spikes\"; target = \"S\"; times = (1, 2.5); neurons = [3, 0];\n"
    "    weight = 1; start = 1; stop = 3; },\n"
    "  { kind = \"current\"; target = \"E\"; amplitude = \"0.1 nA\";\n"
    "    subset = { first = 10; count = 5; stride = 2; }; start = \"10 ms\"; stop = \"20 ms\"; },\n"
    "  { kind = \"noise\"; target = \"E\"; mean = 5; sd = \"1 nA\"; tau = 10; "
    "subset = { list = [0, 5, 7]; }; } );\n"
    "probes = (\n"
    "  { kind = \"spikes\"; target = \"*\"; },\n"
    "  { kind = \"field\"; target = \"E\"; field = \"v\"; interval = \"0.5 ms\"; start = 10; "
    "stop = 20;\n"
    "    subset = { first = 90; stride = 4; }; },\n"
    "  { kind = \"rate\"; target = [\"E\", \"I\"]; name = \"bins\"; },\n"
    "  { kind = \"weights\"; projection = \"map\"; times = [0, 100]; } );\n"
    "phases = (\n"
    "  { name = \"settle\"; duration = \"0.1 s\"; discard = true; },\n"
    "  { name = \"test\"; duration = 50; changes = (\n"
    "    { population = \"I\"; param = \"i_e\"; value = \"1 nA\"; },\n"
    "    { stimulus = \"drive_E\"; value = \"2 kHz\"; } ); } );\n"
    "analyses = (\n"
    "  { measure = \"activity\"; population = [\"E\", \"I\"]; label = \"a\"; "
    "param = { min_intervals = 5; }; },\n"
    "  { measure = \"activity\"; population = \"E\"; label = \"late\"; phase = \"test\"; } );\n"
    "claims = (\n"
    "  { result = \"E.rate_hz\"; lowest = 1; highest = \"0.1 kHz\"; source = \"a \\\"paper\\\"\"; "
    "},\n"
    "  { result = \"a_I.cv_isi\"; lowest = 0.5; } );\n";

static struct ecp_plan *parsed(const char *text)
{
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_config_parse(text, "dir/x.cfg", NULL, 0, &plan));
    return plan;
}

static const struct ecp_draw *field_of(const struct ecp_plan_population *p, const char *name)
{
    return &p->field[ecp_field_find(p->model->fields, name)];
}

static void reads_populations(void)
{
    struct ecp_plan *plan = parsed(full);
    const struct ecp_plan_population *e = plan->population[0], *i = plan->population[1];
    CU_ASSERT_STRING_EQUAL(plan->name, "everything");
    CU_ASSERT_EQUAL(plan->seed, 9000000000);
    CU_ASSERT_EQUAL(plan->n_populations, 3);
    CU_ASSERT_EQUAL(plan->n_neurons, 108);
    CU_ASSERT_EQUAL(e->size, 100);
    CU_ASSERT_EQUAL(i->first, 100);
    CU_ASSERT_EQUAL(field_of(e, "tau_m")->a, 20);
    CU_ASSERT_EQUAL(field_of(e, "tau_syn")->a, 2); /* the model's default */
    CU_ASSERT_EQUAL(field_of(e, "i_e")->kind, ECP_DRAW_NORMAL);
    CU_ASSERT_EQUAL(field_of(e, "i_e")->a, 300);
    CU_ASSERT_EQUAL(field_of(e, "v")->kind, ECP_DRAW_UNIFORM);
    CU_ASSERT_EQUAL(field_of(e, "v")->b, -55);
    CU_ASSERT_EQUAL(field_of(i, "v")->kind, ECP_DRAW_LIST);
    CU_ASSERT_EQUAL(field_of(i, "v")->list[3], -63.5);
    CU_ASSERT_TRUE(e->field_given[ecp_field_find(e->model->fields, "c")]);
    CU_ASSERT_FALSE(e->field_given[ecp_field_find(e->model->fields, "e_l")]);
    CU_ASSERT_EQUAL(e->layout.kind, ECP_LAYOUT_GRID);
    CU_ASSERT_EQUAL(e->layout.columns, 25);
    CU_ASSERT_EQUAL(e->layout.width, 0.4);
    CU_ASSERT_EQUAL(e->place.line, 3);
    CU_ASSERT_STRING_EQUAL(e->place.file, "dir/x.cfg");
    ecp_plan_destroy(plan);
}

static void reads_projections(void)
{
    struct ecp_plan *plan = parsed(full);
    struct ecp_plan_projection **p = plan->projection;
    CU_ASSERT_EQUAL_FATAL(plan->n_projections, 9);
    CU_ASSERT_STRING_EQUAL(p[1]->name, "E_S");
    CU_ASSERT_EQUAL(p[1]->number, 10);
    CU_ASSERT_EQUAL(p[0]->weight.bounds, ECP_BOUNDS_CLIP);
    CU_ASSERT_EQUAL(p[0]->weight.lowest, -INFINITY);
    CU_ASSERT_EQUAL(p[0]->delay.bounds, ECP_BOUNDS_REDRAW);
    CU_ASSERT_EQUAL(p[0]->delay.lowest, 0.1);
    CU_ASSERT_TRUE(p[0]->autapses && p[0]->multapses);
    CU_ASSERT_EQUAL(p[2]->kernel, ECP_KERNEL_GAUSSIAN);
    CU_ASSERT_EQUAL(p[2]->scale, 0.1);
    CU_ASSERT_EQUAL(p[2]->precision, ECP_PRECISION_FULL);
    CU_ASSERT_FALSE(p[2]->autapses || p[2]->multapses);
    CU_ASSERT_EQUAL(p[3]->delay.a, 1); /* the default */
    CU_ASSERT_EQUAL(p[4]->edges.n, 2);
    CU_ASSERT_EQUAL(p[4]->edges.source[1], 3);
    CU_ASSERT_EQUAL(p[4]->edges.weight[1], -10);
    CU_ASSERT_EQUAL(p[4]->edges.delay[1], 2.5);
    CU_ASSERT_PTR_NULL(p[5]->edges.weight);
    CU_ASSERT_EQUAL(p[5]->weight.a, -2);
    CU_ASSERT_EQUAL(p[5]->edges.delay[1], 2);
    CU_ASSERT_EQUAL(p[8]->number, 5000000000);
    ecp_plan_destroy(plan);
}

static void reads_stimuli(void)
{
    struct ecp_plan *plan = parsed(full);
    struct ecp_plan_stimulus **s = plan->stimulus;
    CU_ASSERT_EQUAL_FATAL(plan->n_stimuli, 7);
    CU_ASSERT_STRING_EQUAL(s[1]->name, "drive_I");
    CU_ASSERT_EQUAL(s[0]->level.a, 8000);
    CU_ASSERT_EQUAL(s[0]->n_switches, 2);
    CU_ASSERT_EQUAL(s[0]->switch_value[1], 1000);
    CU_ASSERT_STRING_EQUAL(s[2]->name, "poisson_I");
    CU_ASSERT_EQUAL(s[2]->level.list[3], 4);
    CU_ASSERT_EQUAL(s[3]->n_events, 8); /* two times for each of four */
    CU_ASSERT_EQUAL(s[4]->n_events, 2);
    CU_ASSERT_EQUAL(s[4]->event_target[0], 3);
    CU_ASSERT_EQUAL(s[4]->stop, 3);
    CU_ASSERT_EQUAL(s[5]->target.first, 10);
    CU_ASSERT_EQUAL(s[5]->target.stride, 2);
    CU_ASSERT_EQUAL(s[5]->level.a, 100);
    CU_ASSERT_EQUAL(s[6]->target.count, 3);
    CU_ASSERT_EQUAL(s[6]->target.list[2], 7);
    CU_ASSERT_EQUAL(s[6]->sd, 1000);
    CU_ASSERT_EQUAL(s[6]->stop, INFINITY);
    ecp_plan_destroy(plan);
}

static void reads_the_rest(void)
{
    struct ecp_plan *plan = parsed(full);
    CU_ASSERT_EQUAL_FATAL(plan->n_probes, 7);
    CU_ASSERT_STRING_EQUAL(plan->probe[0]->name, "spikes_E");
    CU_ASSERT_STRING_EQUAL(plan->probe[3]->name, "v_E");
    CU_ASSERT_EQUAL(plan->probe[3]->target.count, 3); /* 90, 94, 98 */
    CU_ASSERT_STRING_EQUAL(plan->probe[5]->name, "bins_I");
    CU_ASSERT_DOUBLE_EQUAL(plan->probe[5]->interval, 1, 1e-9); /* the default */
    CU_ASSERT_EQUAL(plan->probe[6]->times[1], 100);
    CU_ASSERT_EQUAL(plan->n_phases, 2);
    CU_ASSERT_EQUAL(ecp_plan_duration(plan), 150);
    CU_ASSERT_TRUE(plan->phase[0]->discard);
    CU_ASSERT_EQUAL_FATAL(plan->phase[1]->n_changes, 2);
    CU_ASSERT_EQUAL(plan->phase[1]->change[0].population, 1);
    CU_ASSERT_EQUAL(plan->phase[1]->change[0].value, 1000);
    CU_ASSERT_EQUAL(plan->phase[1]->change[1].population, -1);
    CU_ASSERT_EQUAL(plan->phase[1]->change[1].stimulus, 0);
    CU_ASSERT_EQUAL_FATAL(plan->n_analyses, 3);
    CU_ASSERT_STRING_EQUAL(plan->analysis[1]->label, "a_I");
    CU_ASSERT_EQUAL(plan->analysis[1]->param[0], 5);
    CU_ASSERT_STRING_EQUAL(plan->analysis[2]->phase, "test");
    CU_ASSERT_EQUAL_FATAL(plan->n_claims, 2);
    CU_ASSERT_EQUAL(plan->claim[0]->highest, 100);
    CU_ASSERT_EQUAL(plan->claim[1]->highest, INFINITY);
    CU_ASSERT_STRING_EQUAL(plan->claim[0]->source, "a \"paper\"");
    ecp_plan_destroy(plan);
}

static void adds_what_analyses_need(void)
{
    struct ecp_plan *plan =
        parsed("duration = 10; populations = { E = { model = \"lif\"; size = 5; }; };\n"
               "analyses = ( { measure = \"synchrony\"; population = \"E\"; } );");
    CU_ASSERT_EQUAL_FATAL(plan->n_probes, 1);
    CU_ASSERT_EQUAL(plan->probe[0]->kind, ECP_PROBE_SPIKES);
    CU_ASSERT_STRING_EQUAL(plan->phase[0]->name, "run");
    CU_ASSERT_STRING_EQUAL(plan->name, "x"); /* the stem of the file */
    CU_ASSERT_EQUAL(plan->seed, 1);
    ecp_plan_destroy(plan);
}

static void check_round_trip(const char *text)
{
    struct ecp_plan *plan = parsed(text);
    struct ecp_plan *again = parsed(plan->config_text);
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    CU_ASSERT_EQUAL(plan->n_neurons, again->n_neurons);
    CU_ASSERT_EQUAL(plan->n_projections, again->n_projections);
    CU_ASSERT_EQUAL(plan->n_stimuli, again->n_stimuli);
    CU_ASSERT_EQUAL(plan->n_probes, again->n_probes);
    CU_ASSERT_EQUAL(plan->n_analyses, again->n_analyses);
    CU_ASSERT_EQUAL(plan->n_claims, again->n_claims);
    CU_ASSERT_EQUAL(ecp_plan_duration(plan), ecp_plan_duration(again));
    for (size_t p = 0; p < plan->n_populations && p < again->n_populations; p++)
        for (size_t k = 0; k < ecp_field_count(plan->population[p]->model->fields); k++) {
            const struct ecp_draw *a = &plan->population[p]->field[k];
            const struct ecp_draw *b = &again->population[p]->field[k];
            CU_ASSERT_TRUE(a->kind == b->kind && a->a == b->a && a->b == b->b &&
                           a->bounds == b->bounds && a->count == b->count);
        }
    ecp_plan_destroy(plan);
    ecp_plan_destroy(again);
}

static void writes_what_it_reads(void)
{
    check_round_trip(full);
    check_round_trip("duration = 0.3; dt = 0.1;\n"
                     "populations = { E = { model = \"lif\"; size = 1;"
                     " param = { i_e = 0.1234567890123456789; c = 1e-3; }; }; };");
}

static void writes_scenarios(void)
{
    check_round_trip("scenario = \"brunel\";");
    check_round_trip("scenario = \"brunel\"; seed = 5; dt = \"0.05 ms\";\n"
                     "network = { state = \"sr\"; scale = 0.2; };\n"
                     "populations = { E = { param = { t_ref = \"1 ms\"; }; };\n"
                     "  X = { model = \"parrot\"; size = 7; }; };\n"
                     "projections = ( { name = \"E_I\"; weight = \"0.3 mV\"; },\n"
                     "  { source = \"E\"; target = \"X\"; rule = \"all_to_all\"; weight = 1; } );\n"
                     "stimuli = ( { name = \"external_E\"; rate = \"5 kHz\"; } );\n"
                     "probes = ( { name = \"spikes_E\"; stop = \"50 ms\"; } );\n"
                     "duration = \"0.1 s\"; claims = ( { result = \"X.rate_hz\"; lowest = 0; } );");
}

static void changes_scenarios(void)
{
    struct ecp_plan *plain = parsed("scenario = \"brunel\"; network = { scale = 0.1; };");
    struct ecp_plan *plan = parsed("scenario = \"brunel\"; network = { scale = 0.1; };\n"
                                   "populations = { E = { param = { t_ref = \"1 ms\"; }; }; };\n"
                                   "projections = ( { name = \"E_I\"; weight = \"0.3 mV\"; } );\n"
                                   "duration = 100;");
    const int at = ecp_plan_projection_index(plan, "E_I");
    CU_ASSERT_STRING_EQUAL(plan->scenario, "brunel");
    CU_ASSERT_EQUAL(plan->n_neurons, 1250);
    CU_ASSERT_EQUAL(plan->n_projections, plain->n_projections);
    CU_ASSERT_EQUAL(plan->n_claims, plain->n_claims);
    CU_ASSERT_EQUAL_FATAL(at >= 0, 1);
    CU_ASSERT_EQUAL(plan->projection[at]->weight.a, 0.3);
    CU_ASSERT_EQUAL(plan->projection[at]->number, plain->projection[at]->number);
    CU_ASSERT_EQUAL(field_of(plan->population[0], "t_ref")->a, 1);
    CU_ASSERT_EQUAL(field_of(plan->population[0], "tau_m")->a, 20);
    CU_ASSERT_EQUAL(plan->n_phases, 1);
    CU_ASSERT_EQUAL(ecp_plan_duration(plan), 100);
    ecp_plan_destroy(plain);
    ecp_plan_destroy(plan);
}

ECP_TEST_MAIN("config to plan", {"populations", reads_populations},
              {"projections", reads_projections}, {"stimuli", reads_stimuli},
              {"probes, phases, scores", reads_the_rest},
              {"what analyses need", adds_what_analyses_need},
              {"round trip in full", writes_what_it_reads},
              {"round trip of scenarios", writes_scenarios},
              {"changes to scenarios", changes_scenarios})
