/* Manual pages of the config language: laws, rules, stimuli, probes, and the
 * sections of a file. The keys are those that engine/config_*.c reads. */
#include <math.h>

#include "engine/describe.h"

#define KEY(name, unit, initial, lowest, highest, meaning)                                         \
    {                                                                                              \
        name, unit, initial, lowest, highest, meaning, ECP_PARAM                                   \
    }

/* ---- laws -------------------------------------------------------------- */

static const char law_keys[] =
    "low, high   bounds of the values; one of them or both may be given\n"
    "bounds      \"redraw\" (the law, cut off at the bounds; the default) or \"clip\"\n"
    "            (values beyond move to the bound)\n"
    "All numbers are in the unit of the key that takes the law, or carry their own.";

static const struct ecp_field normal[] = {KEY("mean", "any", NAN, -INFINITY, INFINITY, "mean"),
                                          KEY("sd", "any", NAN, 0, INFINITY, "standard deviation"),
                                          {0}};
static const struct ecp_field lognormal[] = {
    KEY("mu", "1", NAN, -INFINITY, INFINITY, "mean of the logarithm of the value in its unit"),
    KEY("sigma", "1", NAN, 0, INFINITY, "standard deviation of the logarithm"),
    {0}};
static const struct ecp_field uniform[] = {KEY("low", "any", NAN, -INFINITY, INFINITY, "lowest"),
                                           KEY("high", "any", NAN, -INFINITY, INFINITY, "highest"),
                                           {0}};
static const struct ecp_field exponential[] = {KEY("mean", "any", NAN, 0, INFINITY, "mean"), {0}};

const struct ecp_page ecp_pages_laws[] = {
    {.name = "normal",
     .summary = "values around a mean",
     .equations = "p(x) = exp(-(x - mean)^2 / (2 sd^2)) / (sd sqrt(2 pi))",
     .fields = normal,
     .keys = law_keys,
     .example =
         "delay = { dist = \"normal\"; mean = \"1.5 ms\"; sd = \"0.75 ms\"; low = \"0.1 ms\"; "
         "};"},
    {.name = "lognormal",
     .summary = "positive values with a long tail",
     .equations = "ln x is normal with mean mu and standard deviation sigma",
     .fields = lognormal,
     .keys = law_keys,
     .example = "weight = { dist = \"lognormal\"; mu = 3.0; sigma = 0.5; };"},
    {.name = "uniform",
     .summary = "all values between two bounds alike",
     .fields = uniform,
     .example = "initial = { v = { dist = \"uniform\"; low = \"-60 mV\"; high = \"-50 mV\"; }; };"},
    {.name = "exponential",
     .summary = "positive values, small ones more often",
     .equations = "p(x) = exp(-x / mean) / mean",
     .fields = exponential,
     .keys = law_keys,
     .example = "delay = { dist = \"exponential\"; mean = 1.0; low = 0.1; high = 10.0; };"},
    {0}};

/* ---- connection rules -------------------------------------------------- */

static const char common[] =
    "Every projection also takes source, target, weight, delay, port, autapses,\n"
    "multapses and precision: see `ecphory describe config/projections`.";

static const struct ecp_field indegree[] = {
    KEY("indegree", "1", NAN, 0, INFINITY, "synapses of each target"), {0}};
static const struct ecp_field outdegree[] = {
    KEY("outdegree", "1", NAN, 0, INFINITY, "synapses of each source"), {0}};
static const struct ecp_field number[] = {KEY("number", "1", NAN, 0, INFINITY, "synapses in all"),
                                          {0}};
static const struct ecp_field probability[] = {
    KEY("probability", "1", NAN, 0, 1, "of each pair to be connected"), {0}};
static const struct ecp_field distance[] = {
    KEY("probability", "1", NAN, 0, 1, "of a pair at distance 0"),
    KEY("scale", "mm", NAN, 0, INFINITY, "width of the kernel"),
    KEY("cutoff", "mm", INFINITY, 0, INFINITY, "no synapses beyond this distance"),
    {0}};

#define EXAMPLE(rest)                                                                              \
    "projections = ( { source = \"E\"; target = \"I\"; " rest " weight = 20.0; } );"

const struct ecp_page ecp_pages_rules[] = {
    {.name = "all_to_all",
     .summary = "every source to every target",
     .keys = common,
     .example = EXAMPLE("rule = \"all_to_all\";")},
    {.name = "one_to_one",
     .summary = "source k to target k; both populations have one size",
     .keys = common,
     .example = EXAMPLE("rule = \"one_to_one\";")},
    {.name = "fixed_indegree",
     .summary = "each target draws the same number of sources",
     .keys = common,
     .fields = indegree,
     .aliases = "nest:fixed_indegree pynn:FixedNumberPreConnector",
     .example = EXAMPLE("rule = \"fixed_indegree\"; indegree = 100;")},
    {.name = "fixed_outdegree",
     .summary = "each source draws the same number of targets",
     .keys = common,
     .fields = outdegree,
     .aliases = "nest:fixed_outdegree pynn:FixedNumberPostConnector",
     .example = EXAMPLE("rule = \"fixed_outdegree\"; outdegree = 100;")},
    {.name = "fixed_total_number",
     .summary = "a number of synapses between pairs drawn at random",
     .keys = common,
     .fields = number,
     .aliases = "nest:fixed_total_number pynn:FixedTotalNumberConnector",
     .example = EXAMPLE("rule = \"fixed_total_number\"; number = 10000;")},
    {.name = "pairwise_bernoulli",
     .summary = "each pair is connected with the same probability",
     .keys = common,
     .fields = probability,
     .aliases = "nest:pairwise_bernoulli pynn:FixedProbabilityConnector",
     .example = EXAMPLE("rule = \"pairwise_bernoulli\"; probability = 0.1;")},
    {.name = "explicit",
     .summary = "the synapses of a list or a file",
     .keys = "edges   ( (source, target), ... ), or with weight and delay behind them\n"
             "file    a .csv or .h5 file with columns source, target and, where wanted,\n"
             "        weight and delay (ms); one of edges and file. FILE.h5:/edges/NAME: one of\n"
             "        several groups of SONATA edges\n"
             "edge_types  a .csv file that says of edge types what edges do not say\n"
             "Neurons count from 0 within their populations.",
     .example = EXAMPLE("rule = \"explicit\"; file = \"edges.csv\";")},
    {.name = "distance",
     .summary = "probability falls with the distance of the pair on a sheet or grid",
     .equations = "gaussian:    probability exp(-d^2 / (2 scale^2))\n"
                  "exponential: probability exp(-d / scale)\n"
                  "disc:        probability where d <= scale, else 0",
     .keys = "kernel   \"gaussian\", \"exponential\" or \"disc\"\n"
             "Both populations need a layout.",
     .fields = distance,
     .example = EXAMPLE("rule = \"distance\"; kernel = \"gaussian\"; probability = 0.3;\n"
                        "                  scale = \"0.2 mm\";")},
    {0}};
