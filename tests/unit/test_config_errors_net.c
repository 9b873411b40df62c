/* Every sentence in full: place, key, what was found, what is allowed. */
#include "tests/unit/config_case.h"

static const struct config_case rules_cases[] = {
    {RUN("projections = ( { source=\"E\"; target=\"I\"; weight = 1; } );"), ECP_ECONFIG,
     "x.cfg:4: projections.0.rule: is missing; allowed: all_to_all, one_to_one, fixed_indegree, "
     "fixed_outdegree, fixed_total_number, pairwise_bernoulli, explicit, distance"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_al\"; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.rule: found \"all_to_al\"; did you mean \"all_to_all\"? allowed: "
     "all_to_all, one_to_one, fixed_indegree, fixed_outdegree, fixed_total_number, "
     "pairwise_bernoulli, explicit, distance"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; indegree = 5; "
         "weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.indegree: found with rule all_to_all; allowed: no key of its own"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"fixed_indegree\"; weight = 1; } "
         ");"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.indegree: is missing; allowed: a value, as rule fixed_indegree needs "
     "it"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"fixed_indegree\"; indegree = -1; "
         "weight = 1; } );"),
     ECP_ECONFIG, "x.cfg:4: projections.0.indegree: found -1; allowed: a whole number, 0 or more"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"fixed_indegree\"; indegree = 5; "
         "probability = 0.1; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.probability: found with rule fixed_indegree; allowed: indegree"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"pairwise_bernoulli\"; probability "
         "= 1.5; weight = 1; } );"),
     ECP_ECONFIG, "x.cfg:4: projections.0.probability: found 1.5; allowed: 0 to 1"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"distance\"; kernel = "
         "\"gaussian\"; probability = 0.5; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.scale: is missing; allowed: a value, as rule distance needs it"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"distance\"; kernel = "
         "\"gaussian\"; scale = 1; probability = 0.5; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_I.kernel: population E has no layout; allowed: populations with a "
     "layout"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"one_to_one\"; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_I.rule: found one_to_one from 100 to 20 neurons; allowed: equal "
     "sizes"},
};

static const struct config_case room_cases[] = {
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"fixed_indegree\"; indegree = 101; "
         "multapses = false; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_I.indegree: found 101 of 100 sources with multapses = false and "
     "autapses = true; allowed: 0 to 100"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"fixed_outdegree\"; outdegree = "
         "21; multapses = false; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_I.outdegree: found 21 of 20 targets with multapses = false and "
     "autapses = true; allowed: 0 to 20"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"fixed_total_number\"; number = "
         "2001; multapses = false; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_I.number: found 2001 of 2000 pairs with multapses = false and "
     "autapses = true; allowed: 0 to 2000"},
    {RUN("projections = ( { source = \"E\"; target = \"E\"; rule = \"fixed_indegree\"; indegree = "
         "100;\n multapses = false; autapses = false; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_E.indegree: found 100 of 99 sources with multapses = false and "
     "autapses = false; allowed: 0 to 99"},
    {RUN("projections = ( { source = \"E\"; target = \"E\"; rule = \"fixed_total_number\"; number "
         "= 9901;\n multapses = false; autapses = false; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_E.number: found 9901 of 9900 pairs with multapses = false and "
     "autapses = false; allowed: 0 to 9900"},
    {RUN("projections = ( { source = \"E\"; target = \"E\"; rule = \"one_to_one\"; autapses = "
         "false;\n weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_E.autapses: found false with one_to_one of E to itself, which has "
     "nothing else; allowed: true"},
};

static const struct config_case ends_cases[] = {
    {RUN("projections = 5;"), ECP_ECONFIG,
     "x.cfg:4: projections: found 5; allowed: a list ( { ... }, ... )"},
    {RUN("projections = ( 5 );"), ECP_ECONFIG,
     "x.cfg:4: projections.0: found 5; allowed: a group { key = value; ... }"},
    {RUN("projections = ( { source = \"E\"; target = \"J\"; rule = \"all_to_all\"; weight = 1; } "
         ");"),
     ECP_ECONFIG, "x.cfg:4: projections.0.target: there is no population \"J\"; allowed: E, I, P"},
    {RUN("projections = ( { source = [\"E\", \"e\"]; target = \"I\"; rule = \"all_to_all\"; weight "
         "= 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.source.1: there is no population \"e\"; did you mean \"E\"? allowed: "
     "E, I, P"},
    {RUN("projections = ( { source = [\"E\", \"E\"]; target = \"I\"; rule = \"all_to_all\"; weight "
         "= 1; } );"),
     ECP_ECONFIG, "x.cfg:4: projections.0.source.1: found \"E\"; allowed: each population once"},
    {RUN("projections = ( { source = []; target = \"I\"; rule = \"all_to_all\"; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.source: found a list of 0; allowed: one or more names of populations"},
    {RUN("projections = ( { target = \"I\"; rule = \"all_to_all\"; weight = 1; } );"), ECP_ECONFIG,
     "x.cfg:4: projections.0.source: is missing; allowed: a population, or a list of them"},
    {RUN("projections = ( { source = \"I\"; rule = \"all_to_all\"; weight = 1; } );"), ECP_ECONFIG,
     "x.cfg:4: projections.0.target: is missing; allowed: a population, or a list of them"},
    {RUN("projections = ( { name = \"a\"; source = \"E\"; target = \"I\"; rule = \"all_to_all\"; "
         "weight = 1; },\n { name = \"a\"; source = \"E\"; target = \"I\"; rule = \"all_to_all\"; "
         "weight = 1; } );"),
     ECP_ECONFIG, "x.cfg:5: projections.a: there are two of this name; allowed: one (give a name)"},
    {RUN("projections = ( { name = \"a b\"; source = \"E\"; target = \"I\"; rule = \"all_to_all\"; "
         "weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.a b.name: found the name \"a b\"; allowed: a letter, then letters, "
     "digits, _ and -, at most 60"},
    {RUN("projections = ( { name = \"x\"; weight = 1; } );"), ECP_ECONFIG,
     "x.cfg:4: projections.x.rule: is missing; allowed: all_to_all, one_to_one, fixed_indegree, "
     "fixed_outdegree, fixed_total_number, pairwise_bernoulli, explicit, distance"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; wieght = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.wieght: found an unknown key; did you mean \"weight\"? allowed: name, "
     "source, target, rule, indegree, outdegree, number, probability, file, edges, edge_types, "
     "kernel, scale, "
     "cutoff, weight, delay, port, precision, autapses, multapses, plasticity, short_term, "
     "structure, "
     "delay_type, kind"},
    {RUN("projections = ( { source = \"E\"; target = \"P\"; rule = \"all_to_all\"; weight = 1; } "
         ");"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.target: found population P of model poisson, which has no receptor "
     "port; allowed: models that receive spikes"},
};

static const struct config_case weights_cases[] = {
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; } );"), ECP_ECONFIG,
     "x.cfg:4: projections.0.weight: is missing; allowed: a number, text with a unit, or a law"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; weight = \"1 mV\"; "
         "} );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.weight: found \"1 mV\", and mV cannot become pA; allowed: a number in "
     "pA"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; weight = [1.0, "
         "2.0]; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_I.weight: found a list, with rule all_to_all; allowed: a number or a "
     "law (lists go with rule explicit)"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; weight = 1e9; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.weight: found 1000000000 pA; allowed: -1e+07 to 1e+07 pA"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; weight = 1; port = "
         "\"exc\"; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.port: I of model lif has no receptor port \"exc\"; allowed: syn"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; weight = 1; "
         "precision = \"half\"; } );"),
     ECP_ECONFIG, "x.cfg:4: projections.0.precision: found \"half\"; allowed: auto, compact, full"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; weight = 1; "
         "autapses = 0; } );"),
     ECP_ECONFIG, "x.cfg:4: projections.0.autapses: found 0; allowed: true, false"},
};

static const struct config_case delays_cases[] = {
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; weight = 1;\n delay "
         "= -1; } );"),
     ECP_ECONFIG, "x.cfg:5: projections.0.delay: found -1 ms; allowed: 0.1 ms (one step) or more"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; weight = 1;\n delay "
         "= \"0.04 ms\"; } );"),
     ECP_ECONFIG,
     "x.cfg:5: projections.0.delay: found 0.04 ms; allowed: 0.1 ms (one step) or more"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; weight = 1;\n delay "
         "= { dist = \"normal\"; mean = 1.5; sd = 0.75; }; } );"),
     ECP_ECONFIG,
     "x.cfg:5: projections.0.delay: found values down to -3.253 ms; allowed: 0.1 ms (one step) or "
     "more, as with low = \"0.1 ms\" and bounds = \"redraw\""},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; weight = 1;\n delay "
         "= { dist = \"normal\"; mean = 1.5; sd = 0.75; low = \"0.04 ms\"; }; } );"),
     ECP_ECONFIG,
     "x.cfg:5: projections.0.delay: found values down to 0.04 ms; allowed: 0.1 ms (one step) or "
     "more, as with low = \"0.1 ms\" and bounds = \"redraw\""},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; weight = 1;\n delay "
         "= { dist = \"exponential\"; mean = 1.5; }; } );"),
     ECP_ECONFIG,
     "x.cfg:5: projections.0.delay: found values down to 1.746e-10 ms; allowed: 0.1 ms (one step) "
     "or more, as with low = \"0.1 ms\" and bounds = \"redraw\""},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; weight = 1;\n delay "
         "= \"7 s\"; } );"),
     ECP_ECONFIG,
     "x.cfg:5: projections.0.delay: found 7000 ms, more than 60000 steps of 0.1 ms; allowed: up to "
     "6000 ms"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"all_to_all\"; weight = 1;\n delay "
         "= \"7 mV\"; } );"),
     ECP_ECONFIG,
     "x.cfg:5: projections.0.delay: found \"7 mV\", and mV cannot become ms; allowed: a number in "
     "ms"},
};

static const struct config_case edges_cases[] = {
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"explicit\"; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.edges: is missing; allowed: ((source, target, weight, delay), ...), "
     "or file = \"...\""},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"explicit\"; edges = ((0, 0, 1), "
         "(100, 1, 1)); } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_I.edges: found source 100 in edge 1; allowed: 0 to 99, in E"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"explicit\"; edges = ((0, 20, 1)); "
         "} );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_I.edges: found target 20 in edge 0; allowed: 0 to 19, in I"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"explicit\"; edges = ((0, 0, 1), "
         "(1, 1)); } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.edges.1: found a list of 2; allowed: (source, target), (source, "
     "target, weight) or (source, target, weight, delay), the same for all edges"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"explicit\"; edges = ((0, 0, 1, "
         "0)); } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_I.edges: found delay 0 ms in edge 0; allowed: 0.1 to 6000 ms"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"explicit\"; edges = ((0, 0)); "
         "weight = [1.0, 2.0]; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_I.weight: found 2 numbers; allowed: 1, one for each edge"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"explicit\"; edges = ((0, 0, 1)); "
         "weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.weight: found beside weights of the edges; allowed: one of the two"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"explicit\"; edges = ((0, 0, 1, "
         "1)); delay = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.delay: found beside delays of the edges; allowed: one of the two"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"explicit\"; multapses = false; "
         "edges = ((0, 0, 1), (0, 0, 1)); } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_I.edges: found the pair 0 -> 0 twice with multapses = false; allowed: "
     "once"},
    {RUN("projections = ( { source = \"E\"; target = \"E\"; rule = \"explicit\"; autapses = "
         "false;\n edges = ((5, 5, 1)); } );"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_E.edges: found the autapse 5 -> 5 in edge 0 with autapses = false; "
     "allowed: other pairs"},
    {RUN("projections = ( { source=\"E\"; target=\"I\"; rule = \"explicit\"; file = \"none.csv\"; "
         "} );"),
     ECP_EIO, "x.cfg:4: projections.0.file: *"},
};

static const struct config_case stimuli_cases[] = {
    {RUN("stimuli = ( { kind = \"poison\"; target = \"E\"; } );"), ECP_ECONFIG,
     "x.cfg:4: stimuli.0.kind: found \"poison\"; did you mean \"poisson\"? allowed: poisson, "
     "spikes, current, noise"},
    {RUN("stimuli = ( { target = \"E\"; } );"), ECP_ECONFIG,
     "x.cfg:4: stimuli.0.kind: is missing; allowed: poisson, spikes, current, noise"},
    {RUN("stimuli = ( { kind = \"poisson\"; rate = 5; weight = 1; } );"), ECP_ECONFIG,
     "x.cfg:4: stimuli.0.target: is missing; allowed: a population, a list of them, or \"*\""},
    {RUN("stimuli = ( { kind = \"poisson\"; target = \"E\"; weight = 1; } );"), ECP_ECONFIG,
     "x.cfg:4: stimuli.0.rate: is missing; allowed: a value in Hz, or switches"},
    {RUN("stimuli = ( { kind = \"poisson\"; target = \"E\"; rate = 5; } );"), ECP_ECONFIG,
     "x.cfg:4: stimuli.0.weight: is missing; allowed: a number, or text with a unit"},
    {RUN("stimuli = ( { kind = \"poisson\"; target = \"E\"; rate = -5; weight = 1; } );"),
     ECP_ECONFIG, "x.cfg:4: stimuli.0.rate: found -5 Hz; allowed: 0 Hz or more"},
    {RUN("stimuli = ( { kind = \"poisson\"; target = \"E\"; rate = \"5 ms\"; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.0.rate: found \"5 ms\", and ms cannot become Hz; allowed: a number in Hz"},
    {RUN("stimuli = ( { kind = \"poisson\"; target = \"E\"; rate = { dist = \"normal\"; mean = 5; "
         "sd = 5; }; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.poisson_E.rate: found values down to -26.6898 Hz; allowed: 0 Hz or more, as "
     "with low = 0"},
    {RUN("stimuli = ( { kind = \"poisson\"; target = \"E\"; rate = [1, 2]; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.poisson_E.rate: found 2 numbers; allowed: 100, one for each neuron"},
    {RUN("stimuli = ( { kind = \"poisson\"; target = \"E\"; amplitude = 5; weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.0.amplitude: found in a stimulus of kind poisson; allowed: name, kind, "
     "target, subset, start, stop, rate, switches, weight, delay, port"},
    {RUN("stimuli = ( { kind = \"poisson\"; target = \"E\"; rate = 5; weight = \"1 nS\"; } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.0.weight: found \"1 nS\", and nS cannot become pA; allowed: a number in pA"},
    {RUN("stimuli = ( { kind = \"poisson\"; target = \"E\"; rate = 5; weight = 1; delay = -1; } "
         ");"),
     ECP_ECONFIG, "x.cfg:4: stimuli.poisson_E.delay: found -1 ms; allowed: 0 to 6000 ms"},
    {RUN("stimuli = ( { kind = \"poisson\"; target = \"E\"; rate = 5; weight = 1; switches = ((5, "
         "-1)); } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.poisson_E.switches: found -1 Hz in step 0; allowed: 0 Hz or more"},
    {RUN("stimuli = ( { kind = \"current\"; target = \"E\"; switches = ((5, 1), (4, 2)); } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.0.switches.1.0: found 4; allowed: ascending times, from 0 ms on"},
    {RUN("stimuli = ( { kind = \"current\"; target = \"E\"; switches = (5, 1); } );"), ECP_ECONFIG,
     "x.cfg:4: stimuli.0.switches.0: found 5; allowed: (time, value), as (\"200 ms\", 1000.0)"},
    {RUN("stimuli = ( { kind = \"current\"; target = \"E\"; amplitude = \"1 nA\"; start = 5; stop "
         "= 5; } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.current_E.start: found start 5 ms and stop 5 ms; allowed: 0 <= start < "
     "stop"},
    {RUN("stimuli = ( { kind = \"current\"; target = \"P\"; amplitude = \"1 nA\"; } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.current_P.target: found population P of model poisson, which takes no "
     "current; allowed: models with an input current"},
    {RUN("stimuli = ( { kind = \"noise\"; target = \"E\"; mean = 1; sd = 1; tau = 0; } );"),
     ECP_ECONFIG, "x.cfg:4: stimuli.noise_E.tau: found 0 ms; allowed: more than 0 ms"},
    {RUN("stimuli = ( { kind = \"noise\"; target = \"E\"; mean = 1; sd = -1; tau = 1; } );"),
     ECP_ECONFIG, "x.cfg:4: stimuli.noise_E.sd: found -1 pA; allowed: 0 pA or more"},
    {RUN("stimuli = ( { kind = \"noise\"; target = \"E\"; mean = 1; tau = 1; } );"), ECP_ECONFIG,
     "x.cfg:4: stimuli.0.sd: is missing; allowed: a number in pA"},
};

static const struct config_case spikes_and_subsets_cases[] = {
    {RUN("stimuli = ( { kind = \"spikes\"; target = \"E\"; weight = 1; } );"), ECP_ECONFIG,
     "x.cfg:4: stimuli.0.times: is missing; allowed: a list of times in ms, or a file"},
    {RUN("stimuli = ( { kind = \"spikes\"; target = \"E\"; times = [1, 2]; neurons = [1]; weight = "
         "1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.0.neurons: found 1 neurons and 2 times; allowed: as many of both"},
    {RUN("stimuli = ( { kind = \"spikes\"; target = \"E\"; times = [1, 2]; neurons = [1, 100]; "
         "weight = 1; } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.spikes_E.neurons: found neuron 100 in spike 1; allowed: 0 to 99"},
    {RUN("stimuli = ( { kind = \"spikes\"; target = \"E\"; times = [-1]; weight = 1; } );"),
     ECP_ECONFIG, "x.cfg:4: stimuli.spikes_E.times: found -1 ms in spike 0; allowed: 0 ms or more"},
    {RUN("stimuli = ( { kind = \"spikes\"; target = \"E\"; file = \"none.csv\"; weight = 1; } );"),
     ECP_EIO, "x.cfg:4: stimuli.0.file: *"},
    {RUN("stimuli = ( { kind = \"current\"; target = \"E\"; amplitude = 1; subset = { first = 100; "
         "}; } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.0.subset.first: found 100; allowed: a whole number from 0 to 99"},
    {RUN("stimuli = ( { kind = \"current\"; target = \"E\"; amplitude = 1; subset = { first = 50; "
         "count = 60; }; } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.0.subset: found first 50, count 60, stride 1; allowed: neurons 0 to 99 of "
     "E"},
    {RUN("stimuli = ( { kind = \"current\"; target = \"E\"; amplitude = 1; subset = { list = [3, "
         "2]; }; } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.0.subset: found neuron 2 behind 3; allowed: ascending, each once"},
    {RUN("stimuli = ( { kind = \"current\"; target = \"E\"; amplitude = 1; subset = { list = "
         "[100]; }; } );"),
     ECP_ECONFIG, "x.cfg:4: stimuli.0.subset: found neuron 100; allowed: 0 to 99, in E"},
    {RUN("stimuli = ( { kind = \"current\"; target = \"E\"; amplitude = 1; subset = { list = [1]; "
         "first = 1; }; } );"),
     ECP_ECONFIG,
     "x.cfg:4: stimuli.0.subset: found list beside first, count or stride; allowed: either"},
};

static void refuses_rules(void)
{
    CHECK(rules_cases);
}

static void refuses_room(void)
{
    CHECK(room_cases);
}

static void refuses_ends(void)
{
    CHECK(ends_cases);
}

static void refuses_weights(void)
{
    CHECK(weights_cases);
}

static void refuses_delays(void)
{
    CHECK(delays_cases);
}

static void refuses_edges(void)
{
    CHECK(edges_cases);
}

static void refuses_stimuli(void)
{
    CHECK(stimuli_cases);
}

static void refuses_spikes_and_subsets(void)
{
    CHECK(spikes_and_subsets_cases);
}

ECP_TEST_MAIN("config: projections and stimuli", {"rules", refuses_rules}, {"room", refuses_room},
              {"ends", refuses_ends}, {"weights", refuses_weights}, {"delays", refuses_delays},
              {"edges", refuses_edges}, {"stimuli", refuses_stimuli},
              {"spikes and subsets", refuses_spikes_and_subsets})
