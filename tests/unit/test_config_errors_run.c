/* Every sentence in full: place, key, what was found, what is allowed. */
#include "tests/unit/config_case.h"

static const struct config_case probes_cases[] = {
    {RUN("probes = ( { kind = \"spikes\"; } );"), ECP_ECONFIG,
     "x.cfg:4: probes.0.target: is missing; allowed: a population, a list of them, or \"*\""},
    {RUN("probes = ( { kind = \"spike\"; target = \"E\"; } );"), ECP_ECONFIG,
     "x.cfg:4: probes.0.kind: found \"spike\"; did you mean \"spikes\"? allowed: spikes, field, "
     "rate, weights, structure"},
    {RUN("probes = ( { target = \"E\"; } );"), ECP_ECONFIG,
     "x.cfg:4: probes.0.kind: is missing; allowed: spikes, field, rate, weights, structure"},
    {RUN("probes = ( { kind = \"spikes\"; target = \"Z\"; } );"), ECP_ECONFIG,
     "x.cfg:4: probes.0.target: there is no population \"Z\"; allowed: E, I, P"},
    {RUN("probes = ( { kind = \"field\"; target = \"E\"; } );"), ECP_ECONFIG,
     "x.cfg:4: probes.0.field: is missing; allowed: a state or input of the model, as \"v\""},
    {RUN("probes = ( { kind = \"field\"; target = \"E\"; field = \"tau_m\"; } );"), ECP_ECONFIG,
     "x.cfg:4: probes.tau_m_E.field: *"},
    {RUN("probes = ( { kind = \"field\"; target = \"E\"; field = \"vv\"; } );"), ECP_ECONFIG,
     "x.cfg:4: probes.vv_E.field: *"},
    {RUN("probes = ( { kind = \"field\"; target = \"E\"; field = \"v\"; interval = 0.15; } );"),
     ECP_ECONFIG,
     "x.cfg:4: probes.0.interval: found 0.15 ms; allowed: whole multiples of dt = 0.1 ms"},
    {RUN("probes = ( { kind = \"rate\"; target = \"E\"; interval = 0; } );"), ECP_ECONFIG,
     "x.cfg:4: probes.0.interval: found 0 ms; allowed: whole multiples of dt = 0.1 ms"},
    {RUN("probes = ( { kind = \"rate\"; target = \"E\"; field = \"v\"; } );"), ECP_ECONFIG,
     "x.cfg:4: probes.0.field: found in a probe of kind rate; allowed: name, kind, target, subset, "
     "interval, start, stop"},
    {RUN("probes = ( { kind = \"spikes\"; target = \"E\"; start = 10; stop = 5; } );"), ECP_ECONFIG,
     "x.cfg:4: probes.spikes_E.start: found start 10 ms and stop 5 ms; allowed: 0 <= start < stop"},
    {RUN("probes = ( { kind = \"weights\"; projection = \"E_I\"; times = [1]; } );"), ECP_ECONFIG,
     "x.cfg:4: probes.0.projection: there is no projection \"E_I\"; there are none"},
    {RUN("probes = ( { kind = \"weights\"; times = [1]; } );"), ECP_ECONFIG,
     "x.cfg:4: probes.0.projection: is missing; allowed: the name of a projection"},
    {RUN("projections = ( { source = \"E\"; target = \"I\"; rule = \"all_to_all\"; weight = 1; } "
         ");\nprobes = ( { kind = \"weights\"; projection = \"E_I\"; times = [200]; } );"),
     ECP_ECONFIG,
     "x.cfg:5: probes.weights_E_I.times: found 200 ms; allowed: ascending times from 0 to 100 ms"},
    {RUN("probes = ( { kind = \"spikes\"; target = \"E\"; name = \"a\"; },\n { kind = \"spikes\"; "
         "target = \"E\"; name = \"a\"; } );"),
     ECP_ECONFIG, "x.cfg:5: probes.a: there are two of this name; allowed: one (give a name)"},
};

static const struct config_case phases_cases[] = {
    {NETWORK("phases = ( { name = \"a\"; duration = 10.05; } );"), ECP_ECONFIG,
     "x.cfg:3: phases.a.duration: found 10.05 ms; allowed: whole multiples of dt = 0.1 ms, more "
     "than 0"},
    {NETWORK("phases = ( { name = \"a\"; } );"), ECP_ECONFIG,
     "x.cfg:3: phases.a.duration: is missing; allowed: a time, as \"500 ms\""},
    {NETWORK("phases = ( { duration = 10; } );"), ECP_ECONFIG,
     "x.cfg:3: phases.0.name: is missing; allowed: a name, as \"settle\""},
    {NETWORK("phases = ( );"), ECP_ECONFIG,
     "x.cfg: duration: is missing; allowed: a time as \"1000 ms\", or a list of phases"},
    {NETWORK("phases = ( { name = \"a\"; duration = 10; discard = true; } );"), ECP_ECONFIG,
     "x.cfg:3: phases: found discard = true in all; allowed: one or more without"},
    {NETWORK("phases = ( { name = \"a\"; duration = 10; discard = 1; } );"), ECP_ECONFIG,
     "x.cfg:3: phases.a.discard: found 1; allowed: true, false"},
    {NETWORK("phases = ( { name = \"a\"; duration = 10; }, { name = \"a\"; duration = 10; } );"),
     ECP_ECONFIG, "x.cfg:3: phases.a: there are two of this name; allowed: one"},
    {RUN("phases = ( { name = \"a\"; duration = 10; } );"), ECP_ECONFIG,
     "x.cfg:1: duration: found beside phases; allowed: one of the two"},
};

static const struct config_case changes_cases[] = {
    {NETWORK("phases = ( { name = \"b\"; duration = 10; changes = ({ population = \"E\"; param = "
             "\"ie\"; value = 5; }); } );"),
     ECP_ECONFIG,
     "x.cfg:3: phases.b.changes.0.param: found unknown \"ie\"; did you mean \"i_e\"? allowed: "
     "tau_m, tau_syn, c, e_l, i_e, v_th, v_reset, t_ref"},
    {NETWORK("phases = ( { name = \"b\"; duration = 10; changes = ({ population = \"E\"; param = "
             "\"v\"; value = 5; }); } );"),
     ECP_ECONFIG,
     "x.cfg:3: phases.b.changes.0.param: found unknown \"v\"; allowed: tau_m, tau_syn, c, e_l, "
     "i_e, v_th, v_reset, t_ref"},
    {NETWORK("phases = ( { name = \"b\"; duration = 10; changes = ({ population = \"E\"; param = "
             "\"v_th\"; value = -80; }); } );"),
     ECP_ECONFIG, "x.cfg:3: phases.b.changes: v_reset (*"},
    {NETWORK("phases = ( { name = \"b\"; duration = 10; changes = ({ population = \"E\"; param = "
             "\"tau_m\"; value = 0; }); } );"),
     ECP_ECONFIG, "x.cfg:3: phases.b.changes.0.value: found 0 ms; allowed: 0.001 to 1e+06 ms"},
    {NETWORK("phases = ( { name = \"b\"; duration = 10; changes = ({ population = \"E\"; value = "
             "0; }); } );"),
     ECP_ECONFIG,
     "x.cfg:3: phases.b.changes.0: found no clear subject; allowed: population and param, "
     "projection and param, or stimulus"},
    {NETWORK("phases = ( { name = \"b\"; duration = 10; changes = ({ population = \"E\"; param = "
             "\"v_th\"; }); } );"),
     ECP_ECONFIG,
     "x.cfg:3: phases.b.changes.0.value: is missing; allowed: a number, or text with a unit"},
    {NETWORK("phases = ( { name = \"b\"; duration = 10; changes = ({ stimulus = \"drive\"; value = "
             "5; }); } );"),
     ECP_ECONFIG,
     "x.cfg:3: phases.b.changes.0.stimulus: there is no stimulus \"drive\"; there are none"},
    {NETWORK("stimuli = ( { kind = \"poisson\"; target = \"E\"; rate = 1; weight = 1; } );\nphases "
             "= ( { name = \"b\"; duration = 10; changes = ({ stimulus = \"poisson_E\"; value = "
             "-5; }); } );"),
     ECP_ECONFIG, "x.cfg:4: phases.b.changes.0.value: found -5; allowed: 0 Hz or more"},
    {NETWORK("stimuli = ( { kind = \"spikes\"; target = \"E\"; times = [1]; weight = 1; } "
             ");\nphases = ( { name = \"b\"; duration = 10; changes = ({ stimulus = \"spikes_E\"; "
             "value = 5; }); } );"),
     ECP_ECONFIG,
     "x.cfg:4: phases.b.changes.0.stimulus: found \"spikes_E\"; allowed: stimuli of kind poisson, "
     "current or noise; spikes have no level"},
};

static const struct config_case scores_cases[] = {
    {RUN("analyses = ( { measure = \"activty\"; population = \"E\"; } );"), ECP_ECONFIG,
     "x.cfg:4: analyses.0.measure: no measure*"},
    {RUN("analyses = ( { population = \"E\"; } );"), ECP_ECONFIG,
     "x.cfg:4: analyses.0.measure: is missing; allowed: the name of a measure, as \"activity\""},
    {RUN("analyses = ( { measure = \"activity\"; population = \"F\"; } );"), ECP_ECONFIG,
     "x.cfg:4: analyses.0.population: there is no population \"F\"; allowed: E, I, P"},
    {RUN("analyses = ( { measure = \"activity\"; population = \"E\"; param = { foo = 1; }; } );"),
     ECP_ECONFIG,
     "x.cfg:4: analyses.0.param.foo: found an unknown key, no parameter of activity; allowed: "
     "min_intervals"},
    {RUN("analyses = ( { measure = \"activity\"; population = \"E\"; param = { min_intervals = 0; "
         "}; } );"),
     ECP_ECONFIG,
     "x.cfg:4: analyses.0.param.min_intervals: found 0; allowed: whole numbers, 2 to 1e+09"},
    {RUN("analyses = ( { measure = \"activity\"; population = \"E\"; phase = \"runn\"; } );"),
     ECP_ECONFIG,
     "x.cfg:4: analyses.E.phase: there is no phase \"runn\"; did you mean \"run\"? allowed: run"},
    {RUN("analyses = ( { measure = \"activity\"; population = \"E\"; probe = \"runn\"; } );"),
     ECP_ECONFIG, "x.cfg:4: analyses.0.probe: there is no probe \"runn\"; there are none"},
    {RUN("claims = ( { result = \"E.rate\"; lowest = 1; } );"), ECP_ECONFIG, "x.cfg:4: claims: *"},
    {RUN("claims = ( { result = \"E.rate_hz\"; lowest = 2; highest = 1; } );"), ECP_ECONFIG,
     "x.cfg:4: claims.0: found lowest 2 and highest 1; allowed: lowest <= highest"},
    {RUN("claims = ( { result = \"E.rate_hz\"; } );"), ECP_ECONFIG,
     "x.cfg:4: claims.0.lowest: is missing; allowed: a number; lowest, highest or both"},
    {RUN("claims = ( { lowest = 1; } );"), ECP_ECONFIG,
     "x.cfg:4: claims.0.result: is missing; allowed: the name of a result, as \"E.rate_hz\""},
    {RUN("claims = ( { result = \"E.rate_hz\"; lowest = \"1 ms\"; } );"), ECP_ECONFIG,
     "x.cfg:4: claims.0.lowest: found \"1 ms\", and ms cannot become Hz; allowed: a number in Hz"},
};

static const struct config_case syntax_cases[] = {
    {"a = { b = 1;\n c = 2;\n b = 3; };", ECP_ECONFIG,
     "x.cfg:3: a.b: found a second time, first in line 1; a key may stand once"},
    {"a = ( { b = 1; }, { b = 1; b = 2; } );", ECP_ECONFIG,
     "x.cfg:1: a.1.b: found a second time, first in line 1; a key may stand once"},
    {"a = 20 ms;", ECP_ECONFIG,
     "x.cfg:1: syntax error at or before \"a = 20 ms;\"; allowed: key = value; with text and units "
     "in \"quotes\", { groups }, [ arrays ] and ( lists )"},
    {"\n\na = {;", ECP_ECONFIG,
     "x.cfg:3: syntax error at or before \"a = {;\"; allowed: key = value; with text and units in "
     "\"quotes\", { groups }, [ arrays ] and ( lists )"},
    {"a = [0, 0.5];", ECP_ECONFIG,
     "x.cfg:1: mismatched element type in array at \"a = [0, 0.5];\"; allowed: one type in [ ] "
     "(0.0, not 0, beside 0.5), any types in ( )"},
    {"\na = \"x", ECP_ECONFIG, "x.cfg:2: a string begins here and never ends; allowed: \"...\""},
    {"\n\n/* x", ECP_ECONFIG, "x.cfg:3: a comment begins here and never ends; allowed: /* ... */"},
    {"a = 99999999999999999999;", ECP_ECONFIG,
     "x.cfg:1: found 99999999999999999999; allowed: whole numbers from -9223372036854775808 to "
     "9223372036854775807"},
    {"a = ((((((((((((((((((((((((((((((((((1", ECP_ECONFIG,
     "x.cfg:1: found brackets inside each other; allowed: at most 32 deep"},
    {"a = 1);", ECP_ECONFIG,
     "x.cfg:1: syntax error at or before \"a = 1);\"; allowed: key = value; with text and units in "
     "\"quotes\", { groups }, [ arrays ] and ( lists )"},
};

static const struct config_case includes_cases[] = {
    {"@include 5\n", ECP_ECONFIG,
     "x.cfg:1: @include: found no file name; allowed: @include \"other.cfg\""},
    {"\n@include \"none.cfg\"\n", ECP_EIO,
     "x.cfg:2: @include: none.cfg: cannot be opened: No such file or directory"},
    {"@include \"/\"\n", ECP_EIO, "x.cfg:1: @include: /: found a folder; a config is a text file"},
    {"@include \"a\" b\n", ECP_ECONFIG,
     "x.cfg:1: @include: found more behind the file name; allowed: nothing else on the line"},
};

static const struct config_case scenarios_cases[] = {
    {RUN("scenario = \"bruenl\";"), ECP_ECONFIG, "x.cfg:4: scenario: no scenario*"},
    {"scenario = \"silent_engram\";\nnetwork = {\n subjects = 2;\n cued = 150; };", ECP_ECONFIG,
     "x.cfg:4: network.cued: cued (150): found a cue larger than its population*"},
    {"scenario = \"astrocyte_gate\";\nnetwork = {\n pairing = \"1 ms\";\n seeds = 1; };",
     ECP_ECONFIG, "x.cfg:3: network.pairing: jitter (*"},
    {"scenario = \"silent_engram\";\nnetwork = {\n cells_bla = 30; };", ECP_ECONFIG,
     "x.cfg:3: network.cells_bla: engram_bla (40): found*"},
    {"scenario = \"silent_engram\";\nnetwork = {\n subjects = 2;\n cells_bla = 30; };", ECP_ECONFIG,
     "x.cfg:2: network: engram_bla (40): found*"},
    {RUN("scenario = 5;"), ECP_ECONFIG,
     "x.cfg:4: scenario: found 5; allowed: the name of a scenario"},
    {RUN("network = { scale = 1; };"), ECP_ECONFIG,
     "x.cfg:4: network: found without a scenario; allowed: with scenario = \"...\""},
    {BRUNEL("network = { state = \"xx\"; };"), ECP_ECONFIG,
     "x.cfg:2: network.state: found \"xx\"; allowed: sr, si_fast, ai, si_slow"},
    {BRUNEL("network = { state = 1; };"), ECP_ECONFIG,
     "x.cfg:2: network.state: found 1; allowed: sr, si_fast, ai, si_slow"},
    {BRUNEL("network = { stat = \"ai\"; };"), ECP_ECONFIG,
     "x.cfg:2: network.stat: found an unknown key of scenario brunel; did you mean \"state\"? "
     "allowed: state, g, eta, scale, j, delay, settle, duration"},
    {BRUNEL("network = { scale = 100; };"), ECP_ECONFIG,
     "x.cfg:2: network.scale: found 100; allowed: 0.1 to 20"},
    {BRUNEL("network = { j = \"1 pA\"; };"), ECP_ECONFIG,
     "x.cfg:2: network.j: found \"1 pA\", and pA cannot become mV; allowed: a number in mV"},
    {BRUNEL("populations = { E = { size = 5; }; };"), ECP_ECONFIG,
     "x.cfg:2: populations.E.size: found for a population that the scenario made; allowed: param, "
     "initial, layout, scheme"},
    {BRUNEL("populations = { E = { param = { t_reff = 5; }; }; };"), ECP_ECONFIG,
     "x.cfg:2: populations.E.param.t_reff: found an unknown key, no parameter of model lif_delta; "
     "did you mean \"t_ref\"? allowed: tau_m, c, e_l, i_e, v_th, v_reset, t_ref"},
    {BRUNEL("projections = ( { name = \"E_X\"; weight = 1; } );"), ECP_ECONFIG,
     "x.cfg:2: projections: there is no projection \"E_X\"; did you mean \"E_E\"? allowed: E_E, "
     "I_E, E_I, I_I"},
    {BRUNEL("stimuli = ( { name = \"drive\"; rate = 1; } );"), ECP_ECONFIG,
     "x.cfg:2: stimuli.drive.name: there is no stimulus \"drive\"; allowed: external_E, "
     "external_I"},
    {BRUNEL("probes = ( { name = \"spiks_E\"; stop = 1; } );"), ECP_ECONFIG,
     "x.cfg:2: probes.spiks_E.name: there is no probe \"spiks_E\"; did you mean \"spikes_E\"? "
     "allowed: spikes_E, spikes_I"},
    {BRUNEL("stimuli = ( { name = \"external_E\"; kind = \"noise\"; } );"), ECP_ECONFIG,
     "x.cfg:2: stimuli.external_E.kind: found for a stimulus of kind poisson; allowed: poisson"},
};

static void refuses_probes(void)
{
    CHECK(probes_cases);
}

static void refuses_phases(void)
{
    CHECK(phases_cases);
}

static void refuses_changes(void)
{
    CHECK(changes_cases);
}

static void refuses_scores(void)
{
    CHECK(scores_cases);
}

static void refuses_syntax(void)
{
    CHECK(syntax_cases);
}

static void refuses_includes(void)
{
    CHECK(includes_cases);
}

static void refuses_scenarios(void)
{
    CHECK(scenarios_cases);
}

ECP_TEST_MAIN("config: probes, phases, scores and syntax", {"probes", refuses_probes},
              {"phases", refuses_phases}, {"changes", refuses_changes}, {"scores", refuses_scores},
              {"syntax", refuses_syntax}, {"includes", refuses_includes},
              {"scenarios", refuses_scenarios})
