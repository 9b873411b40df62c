/* Manual pages of the sections of a config: stimuli, probes, and all others. */
#include <math.h>

#include "engine/describe.h"

#define KEY(name, unit, initial, lowest, highest, meaning)                                         \
    {                                                                                              \
        name, unit, initial, lowest, highest, meaning, ECP_PARAM                                   \
    }

/* ---- stimuli ----------------------------------------------------------- */

#define STIMULUS_KEYS                                                                              \
    "kind      its name\n"                                                                         \
    "target    a population, a list of them, or \"*\" for all\n"                                   \
    "subset    a part of it: { first, count, stride } or { list = [...] }\n"                       \
    "name      to change it in phases; without it KIND_TARGET\n"
#define START_STOP                                                                                 \
    KEY("start", "ms", 0, 0, INFINITY, "when it begins"),                                          \
        KEY("stop", "ms", INFINITY, 0, INFINITY, "when it ends")
#define WEIGHT_DELAY                                                                               \
    KEY("weight", "port", NAN, -INFINITY, INFINITY, "of each spike, in the unit of the port"),     \
        KEY("delay", "ms", 0, 0, INFINITY, "from a spike to its effect")

static const char poisson_keys[] =
    STIMULUS_KEYS "port      receptor port of the target; without it by the sign of the weight\n"
                  "rate      Hz: a number, a law or a list of a number for each neuron\n"
                  "switches  ( (time, rate), ... ): the rate from each time on";
static const char current_keys[] =
    STIMULUS_KEYS "amplitude pA: a number, a law or a list of a number for each neuron\n"
                  "switches  ( (time, amplitude), ... ): the amplitude from each time on";
static const char noise_keys[] = STIMULUS_KEYS "Every neuron has noise of its own.";
static const char spikes_keys[] =
    STIMULUS_KEYS "port      receptor port of the target; without it by the sign of the weight\n"
                  "times     [ ... ] in ms, for all neurons of the target, or with\n"
                  "neurons   [ ... ] as many: spike k goes to neuron k of this list\n"
                  "file      instead of both: .csv with columns neuron and time, or a SONATA file";

static const struct ecp_field weighted[] = {WEIGHT_DELAY, START_STOP, {0}};
static const struct ecp_field timed[] = {START_STOP, {0}};
static const struct ecp_field noise[] = {
    KEY("mean", "pA", 0, -INFINITY, INFINITY, "mean current"),
    KEY("sd", "pA", NAN, 0, INFINITY, "standard deviation of the current"),
    KEY("tau", "ms", NAN, 0, INFINITY, "time constant of the correlation"),
    START_STOP,
    {0}};

const struct ecp_page ecp_pages_stimuli[] = {
    {.name = "poisson",
     .summary = "an independent random spike train into each neuron",
     .keys = poisson_keys,
     .fields = weighted,
     .aliases = "nest:poisson_generator",
     .example = "stimuli = ( { kind = \"poisson\"; target = \"E\"; rate = \"8 kHz\";\n"
                "              weight = \"87.8 pA\"; } );"},
    {.name = "spikes",
     .summary = "spikes at given times",
     .keys = spikes_keys,
     .fields = weighted,
     .aliases = "nest:spike_generator",
     .example = "stimuli = ( { kind = \"spikes\"; target = \"E\"; times = [10.0, 20.0];\n"
                "              weight = 100.0; } );"},
    {.name = "current",
     .summary = "a current that is constant, or changes in steps",
     .keys = current_keys,
     .fields = timed,
     .aliases = "nest:dc_generator nest:step_current_generator",
     .example = "stimuli = ( { kind = \"current\"; target = \"E\"; amplitude = \"0.4 nA\";\n"
                "              start = \"100 ms\"; stop = \"200 ms\"; } );"},
    {.name = "noise",
     .summary = "a noisy current (Ornstein-Uhlenbeck)",
     .equations = "dI/dt = (mean - I) / tau + sd sqrt(2 / tau) xi(t)",
     .keys = noise_keys,
     .fields = noise,
     .reference = "Uhlenbeck & Ornstein 1930, doi:10.1103/PhysRev.36.823",
     .example = "stimuli = ( { kind = \"noise\"; target = \"E\"; mean = 100.0; sd = 50.0;\n"
                "              tau = \"5 ms\"; } );"},
    {0}};

/* ---- probes ------------------------------------------------------------ */

#define PROBE_KEYS                                                                                 \
    "kind      its name\n"                                                                         \
    "name      in the names of files; without it KIND_TARGET\n"
#define PROBE_TARGET                                                                               \
    PROBE_KEYS "target    a population, a list of them, or \"*\" for all\n"                        \
               "subset    a part of it: { first, count, stride } or { list = [...] }"

static const char field_keys[] = PROBE_TARGET "\nfield     a state or an input of the model: \"v\"";
static const char weights_keys[] = PROBE_KEYS "projection  its name\n"
                                              "times       [ ... ] in ms, ascending";
static const char structure_keys[] = PROBE_KEYS
    "projection  its name\n"
    "field     synapses (default); created, deleted: by the update; calcium, source_calcium:\n"
    "          means of targets and sources; dendrites, axons: mean elements of a neuron";
static const struct ecp_field sampled[] = {
    KEY("interval", "ms", 1, 0, INFINITY, "between samples, or width of a bin"), START_STOP, {0}};

const struct ecp_page ecp_pages_probes[] = {
    {.name = "spikes",
     .summary = "every spike of a population or of a part of it",
     .keys = PROBE_TARGET,
     .fields = timed,
     .example = "probes = ( { kind = \"spikes\"; target = \"*\"; } );"},
    {.name = "field",
     .summary = "a state or an input of neurons, at an interval",
     .keys = field_keys,
     .fields = sampled,
     .example =
         "probes = ( { kind = \"field\"; target = \"E\"; field = \"v\"; interval = \"0.1 ms\";\n"
         "             subset = { count = 10; }; } );"},
    {.name = "rate",
     .summary = "mean rate of a population, in bins",
     .keys = PROBE_TARGET,
     .fields = sampled,
     .example = "probes = ( { kind = \"rate\"; target = \"E\"; interval = \"5 ms\"; } );"},
    {.name = "weights",
     .summary = "all weights of a projection, at given times",
     .keys = weights_keys,
     .example =
         "probes = ( { kind = \"weights\"; projection = \"E_E\"; times = [0.0, 1000.0]; } );"},
    {.name = "structure",
     .summary = "a projection of plasticity rule structural, at every update",
     .keys = structure_keys,
     .fields = timed,
     .example =
         "projections = ( { name = \"E_E\"; source = \"E\"; target = \"E\"; rule = "
         "\"pairwise_bernoulli\";\n                  probability = 0.0; weight = 1.0; plasticity = "
         "{ "
         "rule = \"structural\"; }; } );\n"
         "probes = ( { kind = \"structure\"; projection = \"E_E\"; field = \"created\"; } );"},
    {0}};

/* ---- sections ---------------------------------------------------------- */

static const struct ecp_field top[] = {
    KEY("seed", "1", 1, 0, INFINITY, "chooses all random numbers of the run"),
    KEY("dt", "ms", 0.1, 1e-3, 100, "step"),
    KEY("duration", "ms", NAN, 0, INFINITY, "model time, in place of phases"),
    {0}};
static const struct ecp_field claim[] = {
    KEY("lowest", "any", -INFINITY, -INFINITY, INFINITY, "value that still holds; one or both"),
    KEY("highest", "any", INFINITY, -INFINITY, INFINITY, "value that still holds"),
    {0}};
static const struct ecp_field phase[] = {
    KEY("duration", "ms", NAN, 0, INFINITY, "a whole number of steps"), {0}};

const struct ecp_page ecp_pages_sections[] = {
    {.name = "file",
     .summary = "what a config may say at its top",
     .keys = "scenario     a name of `ecphory list scenarios`: the network is ready-made;\n"
             "             all other sections add to it or replace its parts\n"
             "network      { ... }: the parameters of the scenario\n"
             "name         of the run; without it the name of the file\n"
             "populations  projections  stimuli  probes  phases  memories  analyses  claims\n"
             "             the sections, each with a page of its own\n"
             "time         \"grid\": steps of dt; \"exact\": real spike times, dt only for phases "
             "and probes\n"
             "plugins      [ \"FILE.so\", ... ]: models of your own (docs/ADDING.md)\n"
             "@include \"other.cfg\" puts a file in its place. Numbers are in the unit of the\n"
             "key; a text carries its own: \"20 ms\".",
     .fields = top,
     .example = "populations = { E = { model = \"lif\"; size = 100; }; };\n"
                "stimuli = ( { kind = \"current\"; target = \"E\"; amplitude = \"500 pA\"; } );\n"
                "duration = \"1 s\";"},
    {.name = "populations",
     .summary = "groups of neurons of one model: { NAME = { ... }; ... }",
     .keys = "model    a name of `ecphory list neurons`\n"
             "size     number of neurons; or nodes = \"FILE.h5:/nodes/NAME\": as many as there\n"
             "param    { ... }: parameters of the model, each a number or a law\n"
             "initial  { ... }: states at time 0, each a number or a law\n"
             "scheme   of integration, one of the model's page; without it the first there\n"
             "layout   { kind = \"grid\"; shape = [rows, columns]; extent = [width, height];\n"
             "           periodic = true; } or kind = \"sheet\" (random places), in mm",
     .example = "populations = {\n"
                "    E = { model = \"lif\"; size = 800; param = { tau_m = \"20 ms\"; };\n"
                "          initial = { v = { dist = \"normal\"; mean = -60; sd = 5; }; }; };\n"
                "    I = { model = \"lif\"; size = 200; };\n"
                "};"},
    {.name = "projections",
     .summary = "synapses from one population to another: ( { ... }, ... )",
     .keys =
         "source     a population, a list of them, or \"*\"\n"
         "target     likewise: a projection for each pair\n"
         "rule       a name of `ecphory list rules`, with the keys of its page\n"
         "weight     a number or a law, in the unit of the target's port\n"
         "delay      a number or a law, in ms; at least one step\n"
         "port       receptor port; without it by the sign of the weight\n"
         "autapses   may a neuron connect to itself? true\n"
         "multapses  may a pair have several synapses? true\n"
         "precision  of weights: \"auto\", \"compact\" (16 bits) or \"full\"\n"
         "kind       \"chemical\"; or \"gap\": junctions of the source with itself, with the\n"
         "           keys source, rule, conductance (nS), symmetric (true), multapses, name,\n"
         "           field (v; ip3 or ca of astrocytes, conductance in 1/ms)\n"
         "           or \"sic\": current weight * field (i_sic) of astrocytes into neurons, with\n"
         "           source, target, rule, weight, delay, field, multapses, name\n"
         "           or \"tripartite\": astrocytes at the synapses of a projection, with the\n"
         "           keys primary, astrocytes, probability, pool_size, pool_type (\"random\",\n"
         "           \"block\"), to_astrocyte { weight, delay, port }, to_target { weight, delay,\n"
         "           field }, name\n"
         "name       without it SOURCE_TARGET",
     .example =
         "projections = ( { source = \"E\"; target = [\"E\", \"I\"]; rule = \"fixed_indegree\";\n"
         "                  indegree = 80; weight = \"20 pA\"; delay = \"1.5 ms\"; } );"},
    {.name = "phases",
     .summary = "stretches of time, in order: ( { ... }, ... )",
     .keys = "name     as claims and pictures show it\n"
             "discard  true: settling time, no part of results\n"
             "fast_forward  true: nobody fires; synapses go on in one step\n"
             "changes  ( { population; param; value }, { projection; param; value },\n"
             "         { stimulus; value }, ... ):\n"
             "         what is different from the beginning of the phase on; of a projection\n"
             "         a parameter of its plasticity",
     .fields = phase,
     .example = "phases = ( { name = \"settle\"; duration = \"500 ms\"; discard = true; },\n"
                "           { name = \"test\"; duration = \"1 s\";\n"
                "             changes = ( { stimulus = \"drive\"; value = \"9 kHz\"; } ); } );"},
    {.name = "memories",
     .summary = "associative memories: ( { ... }, ... )",
     .keys =
         "name, model  of `ecphory list memories`; results are MEMORY.RECALL.FIELD\n"
         "parameters   { ... } of the model\n"
         "store        { patterns } or { keys; values }: rows; strength, decay\n"
         "recall       { name; cues; targets; tolerance }, or a list of them\n"
         "weigh        { first; n; accessibility; amplification } of items\n"
         "             each of these with time (ms) or phase\n"
         "links        beside populations: { name; use = \"store\" or \"recall\"; source;\n"
         "             every; start; stop; scale; offset; form; threshold; values;\n"
         "             stimulus; gain; base }\n"
         "size, value_size, capacity, seed, keep\n"
         "rows         \"FILE\" or { file; dataset; from; to; scale; form; threshold; classes;\n"
         "             unit_length }; { random; n; size; density; seed }; cues also\n"
         "             { of = \"stored\"; first; n; flip; noise; mask; seed }",
     .example =
         "memories = ( { name = \"m\"; model = \"hopfield\";\n"
         "    store = { patterns = { random = \"signs\"; n = 20; size = 400; }; };\n"
         "    recall = { name = \"noisy\"; cues = { of = \"stored\"; flip = 0.1; }; }; } );"},
    {.name = "analyses",
     .summary = "measures of what was recorded: ( { ... }, ... )",
     .keys = "measure     a name of `ecphory list analyses`\n"
             "population  a population, a list of them, or \"*\"\n"
             "probe       the probe whose samples are measured, where a measure needs one\n"
             "phase       the phase to look at; without it all that is not discarded\n"
             "param       { ... }: parameters of the measure\n"
             "label       results are named LABEL.FIELD; without it the population's name\n"
             "Measures of data sets, as rsa, also (docs/SCORING.md):\n"
             "data        a recording, \"FILE\" or \"FILE:/GROUP/DATASET\"; or \"run\"\n"
             "model       \"run\", or a file, or a list of these and { name; file }: results are\n"
             "            LABEL.FIELD, of several models LABEL.MODEL.FIELD\n"
             "by          column of the trials that says what was shown; of the run, phases do\n"
             "window      (\"50 ms\", \"200 ms\"): from the onset of each trial",
     .example =
         "analyses = ( { measure = \"synchrony\"; population = \"E\"; label = \"sync\"; } );"},
    {.name = "claims",
     .summary = "what must come out: ( { ... }, ... )",
     .keys = "result  \"POPULATION.rate_hz\", \"POPULATION.cv_isi\", or \"LABEL.FIELD\" of an\n"
             "        analysis; an undefined result fails\n"
             "source  the paper or derivation that the bounds come from",
     .fields = claim,
     .example = "claims = ( { result = \"E.rate_hz\"; lowest = 3; highest = 8;\n"
                "             source = \"a paper\"; } );"},
    {.name = "sweep",
     .summary = "values that `ecphory sweep` goes through: { ... }",
     .keys = "over      ( { key; values }, { key; from; to; count; log }, ... )\n"
             "seeds     how many of each, or a list of them\n"
             "together  true: values of all keys side by side; without it all combinations\n"
             "show      results for the table and the figure; without it those of claims",
     .example =
         "sweep = { over = ( { key = \"network.scale\"; values = (0.1, 0.2); } ); seeds = 3; };"},
    {0}};
