/* test_passing.c -- phases that change parameters of plasticity, and phases that pass
 * at once: what they do, and what is refused. */
#include <math.h>

#include "engine/network.h"
#include "engine/score.h"
#include "tests/unit/config_case.h"

/* Twenty sources that fire every 10 ms, on neurons that follow each spike. */
#define PLASTIC(rule)                                                                              \
    "populations = { S = { model = \"spike_source\"; size = 20; };\n"                              \
    " E = { model = \"lif_exp\"; size = 10; }; };\n"                                               \
    "projections = ( { source = \"S\"; target = \"E\"; rule = \"all_to_all\"; weight = 50;\n"      \
    " plasticity = { " rule " }; } );\n"
#define STDP         PLASTIC("rule = \"stdp\"; lambda = 0.1; alpha = 1.2;")
#define STC          PLASTIC("rule = \"stc\"; sigma = 0;")
#define PHASE(text)  "phases = ( { name = \"a\"; duration = 10; }, { name = \"b\"; " text " } );"
#define CHANGE(text) PHASE("duration = 10; changes = ({ " text " });")

static const struct config_case refused[] = {
    {STDP CHANGE("projection = \"S_I\"; param = \"alpha\"; value = 1;"), ECP_ECONFIG,
     "x.cfg:5: phases.b.changes.0.projection: found unknown \"S_I\"; did you mean \"S_E\"? "
     "allowed: "
     "S_E"},
    {STDP CHANGE("projection = \"S_E\"; param = \"x_pre\"; value = 1;"), ECP_ECONFIG,
     "x.cfg:5: phases.b.changes.0.param: found unknown \"x_pre\"; *"},
    {STDP CHANGE("projection = \"S_E\"; param = \"alpha\"; value = -1;"), ECP_ECONFIG,
     "x.cfg:5: phases.b.changes.0.value: found -1; allowed: 0 to 1000"},
    {STDP CHANGE("projection = \"S_E\"; param = \"w_max\"; value = \"2 mV\";"), ECP_ECONFIG,
     "x.cfg:5: phases.b.changes.0.value: *"},
    {STDP CHANGE("projection = \"S_E\"; value = 1;"), ECP_ECONFIG,
     "x.cfg:5: phases.b.changes.0: found no clear subject; *"},
    {STDP CHANGE("projection = \"S_E\"; stimulus = \"x\"; param = \"alpha\"; value = 1;"),
     ECP_ECONFIG, "x.cfg:5: phases.b.changes.0: found no clear subject; *"},
    {STC CHANGE("projection = \"S_E\"; param = \"period\"; value = 5;"), ECP_ECONFIG,
     "x.cfg:5: phases.b.changes.S_E.period: found period, which holds for the whole run; allowed: "
     "other parameters of rule stc"},
    {STC CHANGE("projection = \"S_E\"; param = \"delay_pre\"; value = 5;"), ECP_ECONFIG,
     "x.cfg:5: phases.b.changes.S_E.delay_pre: found delay_pre, which holds for the whole run; "
     "allowed: other parameters of rule stc"},
    {PLASTIC("rule = \"calcium\";")
         CHANGE("projection = \"S_E\"; param = \"delay_pre\"; value = 5;"),
     ECP_ECONFIG,
     "x.cfg:5: phases.b.changes.S_E.delay_pre: found delay_pre, which holds for the whole run; "
     "allowed: other parameters of rule calcium"},
    {STC CHANGE("projection = \"S_E\"; param = \"theta_d\"; value = 5;"), ECP_ECONFIG,
     "x.cfg:5: phases.b.changes: theta_d (5) must not lie above theta_p (3)"},
    {STC PHASE("duration = 10; discard = false; fast_forward = true;"), ECP_ECONFIG,
     "x.cfg:5: phases.b.discard: found false with fast_forward; allowed: true"},
    {STDP PHASE("duration = 10; fast_forward = true;"), ECP_ECONFIG,
     "x.cfg:5: phases.b.fast_forward: found true with rule stdp of S_E, which has no closed form "
     "for "
     "time without spikes; allowed: rules that have one"},
    {STC PHASE("duration = \"3000 h\"; fast_forward = true;"), ECP_ECONFIG,
     "x.cfg:5: phases.b.fast_forward: found an end after 1.08e+11 steps; allowed: 2147483647 steps "
     "of dt = 0.1 ms"},
    {STC "probes = ( { kind = \"field\"; target = \"E\"; field = \"v\"; } );\n" PHASE(
         "duration = 10; fast_forward = true;"),
     ECP_ECONFIG, "x.cfg:6: phases.b.fast_forward: found true while probe v_E takes samples; *"}};

static void refusals(void)
{
    CHECK(refused);
}

static struct ecp_plan *parse(const char *text)
{
    struct ecp_plan *plan;
    ECP_ASSERT_OK(ecp_config_parse(text, "x.cfg", NULL, 0, &plan));
    return plan;
}

/* What is written gives the same plan again. */
static void round_trip(void)
{
    struct ecp_plan *plan =
        parse(STDP CHANGE("projection = \"S_E\"; param = \"w_max\"; value = \"0.2 nA\";"));
    struct ecp_plan *again = parse(plan->config_text);
    CU_ASSERT_EQUAL(plan->phase[1]->n_changes, 1);
    CU_ASSERT_EQUAL(again->phase[1]->n_changes, 1);
    CU_ASSERT_EQUAL(plan->phase[1]->change[0].rule, 1);
    CU_ASSERT_DOUBLE_EQUAL(plan->phase[1]->change[0].value, 200, 1e-9);
    CU_ASSERT_EQUAL(
        memcmp(plan->phase[1]->change, again->phase[1]->change, sizeof *plan->phase[1]->change), 0);
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    ecp_plan_destroy(again);
    ecp_plan_destroy(plan);

    plan = parse(STC PHASE("duration = \"8 h\"; fast_forward = true;"));
    again = parse(plan->config_text);
    CU_ASSERT(again->phase[1]->fast_forward && again->phase[1]->discard);
    CU_ASSERT(!again->phase[0]->fast_forward);
    ecp_plan_destroy(again);
    ecp_plan_destroy(plan);
}

/* Spikes and final weights of a run. */
struct outcome {
    uint64_t spikes, checksum, weights;
};

static struct outcome run(const char *text, int threads)
{
    struct ecp_plan *plan = parse(text);
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    const struct outcome out = {r->spikes, r->checksum, ecp_network_weights_checksum(network)};
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
    return out;
}

#define DRIVEN(rule, phases)                                                                       \
    "seed = 5;\npopulations = { S = { model = \"poisson\"; size = 80; param = { rate = 20; }; "    \
    "};\n"                                                                                         \
    " E = { model = \"lif_exp\"; size = 10; }; };\n"                                               \
    "projections = ( { source = \"S\"; target = \"E\"; rule = \"all_to_all\"; weight = 150;\n"     \
    " plasticity = { " rule " }; } );\n" phases
#define TWO(change)                                                                                \
    "phases = ( { name = \"a\"; duration = 1300; },\n"                                             \
    "           { name = \"b\"; duration = 1300; changes = ( " change " ); } );"
#define RULE "rule = \"stdp\"; w_max = 300; "

/* A parameter that changes to what it was changes nothing; switched off, nothing
 * moves any more; what comes before the phase goes by the old value. */
static void changes(void)
{
    const char *const plain = DRIVEN(RULE, TWO(""));
    const char *const same =
        DRIVEN(RULE, TWO("{ projection = \"S_E\"; param = \"lambda\"; value = 0.01; }"));
    const char *const off =
        DRIVEN(RULE, TWO("{ projection = \"S_E\"; param = \"lambda\"; value = 0; }"));
    const char *const half = DRIVEN(RULE, "duration = 1300;");
    const char *const on = DRIVEN(
        RULE "lambda = 0;", TWO("{ projection = \"S_E\"; param = \"lambda\"; value = 0.01; }"));
    const struct outcome a = run(plain, 1), b = run(same, 1), c = run(off, 1), d = run(off, 3);
    CU_ASSERT(a.spikes > 3000);
    CU_ASSERT_EQUAL(a.checksum, b.checksum);
    CU_ASSERT_EQUAL(c.checksum, d.checksum);
    CU_ASSERT_EQUAL(c.weights, d.weights);
    CU_ASSERT_EQUAL(c.weights, run(half, 2).weights);
    CU_ASSERT_NOT_EQUAL(a.weights, c.weights);
    CU_ASSERT_NOT_EQUAL(run(on, 1).weights, c.weights);
}

#define NIGHT(rule)                                                                                \
    "seed = 5;\npopulations = { P = { model = \"poisson\"; size = 100; param = { rate = 50; }; "   \
    "};\n"                                                                                         \
    " E = { model = \"lif_exp\"; size = 10; param = { e_l = -65; }; initial = { v = -65; }; }; "   \
    "};\n"                                                                                         \
    "projections = ( { source = \"P\"; target = \"E\"; rule = \"all_to_all\"; weight = 60;\n"      \
    " delay = 5; " rule " } );\n"                                                                  \
    "stimuli = ( { kind = \"spikes\"; target = \"E\"; times = (500, 5000, 3601500.05);\n"          \
    " weight = 90000; } );\n"                                                                      \
    "probes = ( { kind = \"spikes\"; target = \"*\"; },\n"                                         \
    " { kind = \"field\"; target = \"E\"; field = \"v\"; interval = 0.1; start = 3601000.1; } "    \
    ");\n"                                                                                         \
    "phases = ( { name = \"a\"; duration = 1000; },\n"                                             \
    "           { name = \"night\"; duration = \"1 h\"; fast_forward = true; },\n"                 \
    "           { name = \"b\"; duration = 1000; } );\n"

static void look_at_spikes(const struct ecp_recording *r)
{
    size_t between = 0, after = 0, forced = 0;
    for (size_t p = 0; p < 2; p++)
        for (size_t k = 0; k < r->population[p].n_events; k++) {
            const ecp_step at = r->population[p].event[k].step;
            between += at > 10000 && at <= 36010000;
            after += at > 36010000;
            forced += p == 1 && (at == 5001 || at == 5002 || at == 36015001 || at == 36015002);
        }
    CU_ASSERT_EQUAL(between, 0);
    CU_ASSERT(after > 4000);
    CU_ASSERT(forced >= 20); /* the stimulus at 5000 ms is lost, those outside are not */
}

/* Nobody fires in the night, and rates leave it out. Neurons begin anew; nothing is
 * under way until the first spikes of P arrive, 5 ms after it. */
static void night(const char *text)
{
    struct ecp_plan *plan = parse(text);
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = 2, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    look_at_spikes(r);
    CU_ASSERT_DOUBLE_EQUAL(r->counted, 2000, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(ecp_recorded_rate_hz(r, 0), 50, 2);
    CU_ASSERT_DOUBLE_EQUAL(r->duration, 3602000, 1e-6);
    const struct ecp_recorded_signal *v = &r->signal[0];
    size_t moved = 0, quiet = 0;
    CU_ASSERT_EQUAL_FATAL(v->n_frames * v->n_columns, 100000);
    for (size_t k = 0; k < 50 * 10; k++)
        moved += v->data[k] != -65;
    for (size_t k = 100 * 10; k < 200 * 10; k++)
        quiet += v->data[k] == -65;
    CU_ASSERT_EQUAL(moved, 0);
    CU_ASSERT_EQUAL(quiet, 0);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

static void nights(void)
{
    night(NIGHT(""));
    night(NIGHT("short_term = { rule = \"tsodyks_markram\"; };"));
    night(NIGHT("plasticity = { rule = \"stc\"; h_0 = 60; };"));
}

ECP_TEST_MAIN("phases that pass", {"refusals", refusals}, {"round trip", round_trip},
              {"changes of rules", changes}, {"nobody fires", nights})
