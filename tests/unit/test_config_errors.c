/* Every sentence in full: place, key, what was found, what is allowed. */
#include "tests/unit/config_case.h"

static const struct config_case nothing_to_run_cases[] = {
    {"", ECP_ECONFIG,
     "x.cfg: populations: is missing; allowed: one or more populations, memories, or a scenario"},
    {"\n\n", ECP_ECONFIG,
     "x.cfg: populations: is missing; allowed: one or more populations, memories, or a scenario"},
    {"duration = 100;", ECP_ECONFIG,
     "x.cfg: populations: is missing; allowed: one or more populations, memories, or a scenario"},
    {NETWORK(""), ECP_ECONFIG,
     "x.cfg: duration: is missing; allowed: a time as \"1000 ms\", or a list of phases"},
};

static const struct config_case top_level_cases[] = {
    {"duration = 100;\nx = 1;\n", ECP_ECONFIG,
     "x.cfg:2: x: found an unknown key; allowed: name, scenario, seed, dt, time, duration, "
     "plugins, network, populations, projections, stimuli, probes, phases, analyses, memories, "
     "claims, "
     "output, sweep"},
    {RUN("sed = 1;"), ECP_ECONFIG,
     "x.cfg:4: sed: found an unknown key; did you mean \"seed\"? allowed: name, scenario, seed, "
     "dt, time, duration, plugins, network, populations, projections, stimuli, probes, phases, "
     "analyses, "
     "memories, claims, output, sweep"},
    {RUN("seed = -1;"), ECP_ECONFIG, "x.cfg:4: seed: found -1; allowed: a whole number, 0 or more"},
    {RUN("seed = 1.5;"), ECP_ECONFIG,
     "x.cfg:4: seed: found 1.5; allowed: a whole number, 0 or more"},
    {RUN("seed = \"a\";"), ECP_ECONFIG,
     "x.cfg:4: seed: found \"a\"; allowed: a whole number, 0 or more"},
    {RUN("dt = \"0.1 mV\";"), ECP_ECONFIG,
     "x.cfg:4: dt: found \"0.1 mV\", and mV cannot become ms; allowed: a number in ms"},
    {RUN("dt = 0;"), ECP_ECONFIG, "x.cfg:4: dt: found 0 ms; allowed: 0.001 to 100 ms"},
    {RUN("dt = 1e999;"), ECP_ECONFIG,
     "x.cfg:4: dt: found inf; allowed: a finite number in ms, or text with a unit"},
    {RUN("dt = \"0.1 msx\";"), ECP_ECONFIG,
     "x.cfg:4: dt: found \"0.1 msx\", and \"msx\" is no known unit; allowed: a number in ms"},
    {RUN("time = \"none\";"), ECP_ECONFIG, "x.cfg:4: time: found \"none\"; allowed: grid, exact"},
    {RUN("time = \"gird\";"), ECP_ECONFIG,
     "x.cfg:4: time: found \"gird\"; did you mean \"grid\"? allowed: grid, exact"},
    {RUN("name = 5;"), ECP_ECONFIG, "x.cfg:4: name: found 5; allowed: text in \"quotes\""},
    {RUN("name = \"a/b\";"), ECP_ECONFIG,
     "x.cfg:4: name: found \"a/b\"; allowed: 1 to 120 characters without \"/\""},
    {RUN("duration_ = 5;"), ECP_ECONFIG,
     "x.cfg:4: duration_: found an unknown key; did you mean \"duration\"? allowed: name, "
     "scenario, seed, dt, time, duration, plugins, network, populations, projections, stimuli, "
     "probes, "
     "phases, analyses, memories, claims, output, sweep"},
    {NETWORK("duration = -5;"), ECP_ECONFIG,
     "x.cfg:3: duration: found -5 ms; allowed: whole multiples of dt = 0.1 ms, more than 0"},
    {NETWORK("duration = 10.05;"), ECP_ECONFIG,
     "x.cfg:3: duration: found 10.05 ms; allowed: whole multiples of dt = 0.1 ms, more than 0"},
    {NETWORK("duration = \"1 mV\";"), ECP_ECONFIG,
     "x.cfg:3: duration: found \"1 mV\", and mV cannot become ms; allowed: a number in ms"},
    {NETWORK("duration = (1, 2);"), ECP_ECONFIG,
     "x.cfg:3: duration: found a list of 2; allowed: a finite number in ms, or text with a unit"},
};

static const struct config_case populations_cases[] = {
    {"duration = 1;\npopulations = (1, 2);", ECP_ECONFIG,
     "x.cfg:2: populations: found a list of 2; allowed: a group { key = value; ... }"},
    {"duration = 1;\npopulations = { E = 5; };", ECP_ECONFIG,
     "x.cfg:2: populations.E: found 5; allowed: a group { key = value; ... }"},
    {"duration = 1;\npopulations = { E = { model = \"lif\"; }; };", ECP_ECONFIG,
     "x.cfg:2: populations.E.size: is missing; allowed: the number of neurons"},
    {"duration = 1;\npopulations = { E = { size = 4; }; };", ECP_ECONFIG,
     "x.cfg:2: populations.E.model: is missing; allowed: a neuron model, as \"lif\""},
    {"duration = 1;\npopulations = { E = {\n model = \"liff\"; size = 4; }; };", ECP_ECONFIG,
     "x.cfg:3: populations.E.model: no neuron model*"},
    {"duration = 1;\npopulations = { E = {\n model = \"lif\"; sise = 4; }; };", ECP_ECONFIG,
     "x.cfg:3: populations.E.sise: found an unknown key; did you mean \"size\"? allowed: model, "
     "size, nodes, param, initial, layout, scheme"},
    {"duration = 1;\npopulations = { E = {\n model = \"lif\"; size = 0; }; };", ECP_ECONFIG,
     "x.cfg:3: populations.E.size: found 0; allowed: a whole number from 1 to 4294967294"},
    {"duration = 1;\npopulations = { E = {\n model = \"lif\"; size = 4.5; }; };", ECP_ECONFIG,
     "x.cfg:3: populations.E.size: found 4.5; allowed: a whole number from 1 to 4294967294"},
    {"duration = 1;\npopulations = { E = {\n model = \"lif\"; size = \"4\"; }; };", ECP_ECONFIG,
     "x.cfg:3: populations.E.size: found \"4\"; allowed: a whole number from 1 to 4294967294"},
    {"duration = 1;\npopulations = { E = {\n model = \"lif\"; size = 4294967295; }; };",
     ECP_ECONFIG,
     "x.cfg:3: populations.E.size: found 4294967295; allowed: a whole number from 1 to 4294967294"},
    {"duration = 1;\npopulations = { E* = {\n model = \"lif\"; size = 4; }; };", ECP_ECONFIG,
     "x.cfg:2: populations.E*: found the name \"E*\"; allowed: a letter, then letters, digits, _ "
     "and -, at most 60"},
};

static const struct config_case fields_cases[] = {
    {IN_E("param = { tau_n = 5; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.param.tau_n: found an unknown key, no parameter of model lif; did you "
     "mean \"tau_m\"? allowed: tau_m, tau_syn, c, e_l, i_e, v_th, v_reset, t_ref"},
    {IN_E("param = { v = 5; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.param.v: found a state of model lif; allowed: tau_m, tau_syn, c, e_l, "
     "i_e, v_th, v_reset, t_ref"},
    {IN_E("initial = { tau_m = 5; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.tau_m: found a parameter of model lif; allowed: v, i, wait"},
    {IN_E("initial = { u = 5; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.u: found an unknown key, no state of model lif; allowed: v, "
     "i, wait"},
    {IN_E("param = 5;"), ECP_ECONFIG,
     "x.cfg:4: populations.E.param: found 5; allowed: a group { key = value; ... }"},
    {IN_E("param = { tau_m = -5; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.param.tau_m: found -5 ms; allowed: 0.001 to 1e+06 ms"},
    {IN_E("param = { tau_m = \"5 mV\"; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.param.tau_m: found \"5 mV\", and mV cannot become ms; allowed: a "
     "number in ms"},
    {IN_E("param = { tau_m = \"5 Hz\"; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.param.tau_m: found \"5 Hz\", and Hz cannot become ms; allowed: a "
     "number in ms"},
    {IN_E("param = { tau_m = \"fast\"; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.param.tau_m: found \"fast\"; allowed: a number in ms, as \"20 ms\""},
    {IN_E("param = { tau_m = \"nan\"; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.param.tau_m: found \"nan\"; allowed: a number in ms, as \"20 ms\""},
    {IN_E("param = { tau_m = \"5 0.5\"; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.param.tau_m: found \"5 0.5\"; allowed: a number in ms, as \"20 ms\""},
    {IN_E("param = { tau_m = true; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.param.tau_m: found true; allowed: a number, text with a unit, a law { "
     "dist = ... }, a list or { file = ... }"},
    {IN_E("param = { v_reset = -50; v_th = -55; };"), ECP_ECONFIG,
     "x.cfg:2: populations.E.param: v_reset (*"},
    {IN_E("initial = { wait = 1.5; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.wait: found 1.5; allowed: whole steps, 0 to 65535"},
};

static const struct config_case laws_cases[] = {
    {IN_E("initial = { v = [1.0, 2.0]; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v: found 2 numbers; allowed: 4, one for each neuron"},
    {IN_E("initial = { v = []; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v: found a list of 0; allowed: a number, text with a unit, a "
     "law { dist = ... }, a list or { file = ... }"},
    {IN_E("initial = { v = (1, 2, 3, \"x\"); };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v.3: found \"x\"; allowed: a number in mV, as \"20 mV\""},
    {IN_E("initial = { v = (1, 2, 3, 1e5); };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v: found number 3 = 100000 mV; allowed: -10000 to 10000 mV"},
    {IN_E("initial = { v = { dist = \"norml\"; mean = 1; sd = 1; }; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v.dist: found \"norml\"; did you mean \"normal\"? allowed: "
     "normal, lognormal, uniform, exponential"},
    {IN_E("initial = { v = { dist = \"normal\"; mean = 1; }; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v.sd: is missing; allowed: a number, or text with a unit"},
    {IN_E("initial = { v = { dist = \"normal\"; mean = 1; sd = -1; }; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v: found sd -1 mV; allowed: 0 or more"},
    {IN_E("initial = { v = { dist = \"normal\"; mean = 1; sd = 1; low = 5; high = 3; }; };"),
     ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v: found low 5 and high 3 mV; allowed: low < high"},
    {IN_E("initial = { v = { dist = \"normal\"; mean = 1; sd = 1; low = 50; }; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v: found bounds 50 to inf mV that leave less than 1e-06 of "
     "the law; allowed: bounds around its bulk, or bounds = \"clip\""},
    {IN_E("initial = { v = { dist = \"normal\"; mean = 1; sd = 1; bounds = \"clip\"; }; };"),
     ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v.bounds: found bounds without low or high; allowed: one of "
     "them or both"},
    {IN_E(
         "initial = { v = { dist = \"normal\"; mean = 1; sd = 1; low = 0; bounds = \"cut\"; }; };"),
     ECP_ECONFIG, "x.cfg:4: populations.E.initial.v.bounds: found \"cut\"; allowed: clip, redraw"},
    {IN_E("initial = { v = { dist = \"normal\"; mean = 1; sd = 1; low = -1e5; }; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v: found low = -100000 mV; allowed: -10000 to 10000 mV"},
    {IN_E("initial = { v = { dist = \"lognormal\"; mean = 1; sd = 1; }; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v.mean: found an unknown key; allowed: dist, mu, sigma, low, "
     "high, bounds"},
    {IN_E("initial = { v = { dist = \"lognormal\"; mu = \"1 mV\"; sigma = 1; }; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v.mu: found \"1 mV\", and mV cannot become a plain number; "
     "allowed: a plain number without unit"},
    {IN_E("initial = { v = { dist = \"uniform\"; low = 2; high = 1; }; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v: found low 2 and high 1 mV; allowed: low <= high"},
    {IN_E("initial = { v = { dist = \"uniform\"; mean = 2; }; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v.mean: found an unknown key; allowed: dist, low, high"},
    {IN_E("initial = { v = { dist = \"uniform\"; low = -1e9; high = 0; }; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v: found low = -1000000000 mV; allowed: -10000 to 10000 mV"},
    {IN_E("initial = { v = { dist = \"exponential\"; mean = -2; }; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v: found mean -2 mV; allowed: more than 0"},
    {IN_E("initial = { v = { mean = 2; }; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v.dist: is missing; allowed: normal, lognormal, uniform, "
     "exponential; or a single key file"},
    {IN_E("initial = { v = { file = \"none.csv\"; }; };"), ECP_EIO,
     "x.cfg:4: populations.E.initial.v.file: *"},
    {IN_E("initial = { v = { file = 5; }; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.initial.v.file: found 5; allowed: the name of a .csv or .h5 file"},
};

static const struct config_case layouts_cases[] = {
    {IN_E("layout = { kind = \"grid\"; shape = [2, 3]; extent = [1.0, 1.0]; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.layout.shape: found 2 x 3 = 6 places; allowed: as many as neurons, 4"},
    {IN_E("layout = { kind = \"grid\"; shape = [4]; extent = [1.0, 1.0]; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.layout.shape: found a list of 1; allowed: [rows, columns]"},
    {IN_E("layout = { kind = \"grid\"; extent = [1.0, 1.0]; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.layout.shape: is missing; allowed: [rows, columns]"},
    {IN_E("layout = { kind = \"grd\"; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.layout.kind: found \"grd\"; did you mean \"grid\"? allowed: grid, "
     "sheet"},
    {IN_E("layout = { kind = \"sheet\"; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.layout.extent: is missing; allowed: [width, height], as [\"1 mm\", "
     "\"1 mm\"]"},
    {IN_E("layout = { kind = \"sheet\"; extent = [1.0, 0.0]; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.layout.extent: found 1 x 0 mm; allowed: more than 0 mm"},
    {IN_E("layout = { kind = \"sheet\"; extent = [\"1 mm\", \"1 ms\"]; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.layout.extent.1: found \"1 ms\", and ms cannot become mm; allowed: a "
     "number in mm"},
    {IN_E("layout = { kind = \"sheet\"; shape = [2, 2]; extent = [1.0, 1.0]; };"), ECP_ECONFIG,
     "x.cfg:4: populations.E.layout.shape: found with kind = \"sheet\"; allowed: with kind = "
     "\"grid\""},
};

static void refuses_nothing_to_run(void)
{
    CHECK(nothing_to_run_cases);
}

static void refuses_top_level(void)
{
    CHECK(top_level_cases);
}

static void refuses_populations(void)
{
    CHECK(populations_cases);
}

static void refuses_fields(void)
{
    CHECK(fields_cases);
}

static void refuses_laws(void)
{
    CHECK(laws_cases);
}

static void refuses_layouts(void)
{
    CHECK(layouts_cases);
}

ECP_TEST_MAIN("config: keys, populations and values", {"nothing to run", refuses_nothing_to_run},
              {"top level", refuses_top_level}, {"populations", refuses_populations},
              {"fields", refuses_fields}, {"laws", refuses_laws}, {"layouts", refuses_layouts})
