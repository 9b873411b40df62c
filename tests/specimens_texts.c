/* Couplings, stimuli, probes, phases, ways to connect, and the exact mode. */
#include "tests/specimens_texts.h"

#define SPREAD(low, high) "{ dist = \"uniform\"; low = " low "; high = " high "; }"
#define SPIKES            "{ kind = \"spikes\"; target = \"*\"; }"

/* ---- couplings ------------------------------------------------------------------ */

static const char gaps[] =
    "seed = 2; dt = 0.1; duration = 80;\n"
    "populations = { E = { model = \"lif_exp\"; size = 31; param = { i_e = 420; };\n"
    "    initial = { v = " SPREAD(
        "-75",
        "-55") "; }; };\n"
               "  H = { model = \"hh_traub\"; size = 9; param = { i_e = 300; }; };\n"
               "  A = { model = \"astrocyte_lr\"; size = 14; initial = { ca = " SPREAD(
                   "0.1",
                   "0.5") ";\n"
                          "    ip3 = " SPREAD(
                              "0.2",
                              "0.8") "; }; }; };\n"
                                     "projections = ( { kind = \"gap\"; source = \"E\"; rule = "
                                     "\"pairwise_bernoulli\";\n"
                                     "    probability = 0.2; conductance = " SPREAD(
                                         "1", "6") "; },\n"
                                                   "  { kind = \"gap\"; name = \"one_way\"; source "
                                                   "= \"E\"; rule = \"fixed_indegree\";\n"
                                                   "    indegree = 2; conductance = 3; symmetric = "
                                                   "false; },\n"
                                                   "  { kind = \"gap\"; source = \"H\"; rule = "
                                                   "\"all_to_all\"; conductance = 1; },\n"
                                                   "  { kind = \"gap\"; source = \"A\"; field = "
                                                   "\"ip3\"; rule = \"pairwise_bernoulli\";\n"
                                                   "    probability = 0.3; conductance = 2e-4; },\n"
                                                   "  { kind = \"gap\"; name = \"calcium\"; source "
                                                   "= \"A\"; field = \"ca\"; rule = "
                                                   "\"explicit\"; edges = ((0, 1), (1, 13), (3, "
                                                   "9)); conductance = \"0.5 1/s\"; },\n"
                                                   "  { source = \"E\"; target = (\"E\", \"H\"); "
                                                   "rule = \"fixed_indegree\"; indegree = 4;\n"
                                                   "    weight = 2; delay = 1.3; } );\n"
                                                   "probes = ( " SPIKES
                                                   ", { kind = \"field\"; target = \"E\"; field = "
                                                   "\"v\"; interval = 0.9; },\n"
                                                   "  { kind = \"field\"; target = \"H\"; field = "
                                                   "\"i_stim\"; interval = 0.3; },\n"
                                                   "  { kind = \"field\"; target = \"A\"; field = "
                                                   "\"ca\"; interval = 5; } );\n";

static const char slow_currents[] =
    "seed = 3; dt = 0.1; duration = 60;\n"
    "populations = { A = { model = \"astrocyte_lr\"; size = 13;\n"
    "    initial = { ca = " SPREAD("0.15", "0.4") "; i_sic = " SPREAD(
        "0", "30") "; }; };\n"
                   "  E = { model = \"lif_exp\"; size = 23; param = { i_e = 350; }; }; };\n"
                   "projections = ( { kind = \"sic\"; source = \"A\"; target = \"E\"; rule = "
                   "\"fixed_indegree\"; indegree = 3; weight = " SPREAD(
                       "1",
                       "4") ";\n"
                            "    delay = " SPREAD(
                                "0.2",
                                "9") "; } );\n"
                                     "probes = ( " SPIKES
                                     ", { kind = \"field\"; target = \"E\"; field = \"i_stim\";\n"
                                     "    interval = 0.3; }, { kind = \"field\"; target = \"A\"; "
                                     "field = \"i_sic\"; } );\n";

#define TRIPARTITE(pool, model, start)                                                             \
    "seed = 5; dt = 0.1; duration = 100;\n"                                                        \
    "populations = { E = { model = \"lif_cond_exp\"; size = 40; }; I = { model = "                 \
    "\"lif_cond_exp\"; size = 11; };\n  A = { model = \"" model "\"; size = 20; " start "}; };\n"  \
    "projections = ( { source = \"E\"; target = (\"E\", \"I\"); rule = "                           \
    "\"pairwise_bernoulli\"; probability = 0.2; weight = 2; delay = " SPREAD(                      \
        "0.5",                                                                                     \
        "3") "; },\n"                                                                              \
             "  { kind = \"tripartite\"; primary = \"E_E\"; astrocytes = \"A\"; probability = "    \
             "0.5;\n"                                                                              \
             "    pool_size = 4; pool_type = \"" pool "\"; to_astrocyte = { weight = 2; };\n"      \
             "    to_target = { weight = 3; delay = 1.5; }; },\n"                                  \
             "  { kind = \"gap\"; field = \"ip3\"; source = \"A\"; rule = "                        \
             "\"pairwise_bernoulli\";\n"                                                           \
             "    probability = 0.2; conductance = 3e-4; },\n"                                     \
             "  { source = \"I\"; target = (\"E\", \"I\"); rule = \"pairwise_bernoulli\";\n"       \
             "    probability = 0.2; weight = -4; delay = 1; } );\n"                               \
             "stimuli = ( { kind = \"poisson\"; target = (\"E\", \"I\"); rate = 2000; weight = "   \
             "2; } );\n"                                                                           \
             "probes = ( { kind = \"field\"; target = \"A\"; field = \"ca\"; interval = 2; },\n"   \
             "  { kind = \"field\"; target = \"E\"; field = \"i_stim\"; interval = 1.1; "          \
             "}, " SPIKES " );\n"

#define LR_START "initial = { ip3 = 0.7; ca = " SPREAD("0.1", "0.5") "; }; "

static const char tripartite_random[] = TRIPARTITE("random", "astrocyte_lr", LR_START);
static const char tripartite_block[] = TRIPARTITE("block", "astrocyte_lr", LR_START);

static const char released[] =
    "seed = 6; dt = 0.1; duration = 120;\n"
    "populations = { E = { model = \"lif_exp\"; size = 30; };\n"
    "  A = { model = \"astrocyte_gchi\"; size = 9; param = { noise = 1.0; };\n"
    "    initial = { ca = " SPREAD("0.1", "0.9") "; ip3 = " SPREAD(
        "0.2",
        "1") "; }; }; };\n"
             "stimuli = ( { kind = \"poisson\"; target = \"E\"; rate = 7000; weight = 40; } );\n"
             "projections = ( { source = \"E\"; target = \"E\"; rule = \"fixed_indegree\"; "
             "indegree = 6;\n"
             "    weight = 50; delay = 1.5; short_term = { rule = \"tsodyks_markram\"; }; },\n"
             "  { source = \"E\"; target = \"A\"; rule = \"fixed_indegree\"; indegree = 9; weight "
             "= 5;\n"
             "    delay = 1; }, { kind = \"gap\"; source = \"A\"; field = \"ip3\"; rule = "
             "\"all_to_all\";\n    conductance = 1e-4; },\n"
             "  { source = \"A\"; target = \"E\"; rule = \"all_to_all\"; weight = 20; delay = 5; } "
             ");\n"
             "probes = ( " SPIKES ", { kind = \"field\"; target = \"A\"; field = \"ca\"; } );\n";

/* ---- stimuli, probes, phases -------------------------------------------------------- */

static const char stimuli[] =
    "seed = 9; dt = 0.1; duration = 90;\n"
    "populations = { E = { model = \"lif_exp\"; size = 33; }; S = { model = \"spike_source\"; "
    "size = 7; };\n  I = { model = \"lif_delta\"; size = 1; }; };\n"
    "stimuli = ( { name = \"each\"; kind = \"poisson\"; target = \"E\"; rate = " SPREAD(
        "0",
        "9000") ";\n"
                "    weight = 40; switches = ((20.3, 3000), (47, 0), (60, 8000)); },\n"
                "  { name = \"part\"; kind = \"poisson\"; target = \"E\"; rate = 900; weight = "
                "-60;\n"
                "    start = 10.5; stop = 77.7; delay = 1.5; subset = { first = 2; count = 9; "
                "stride = 3; };\n"
                "  }, { name = \"few\"; kind = \"poisson\"; target = \"E\"; rate = 2000; weight = "
                "90;\n"
                "    subset = { list = (0, 15, 16, 32); }; },\n"
                "  { kind = \"current\"; target = \"E\"; amplitude = " SPREAD(
                    "-100",
                    "200") ";\n"
                           "    switches = ((30, 100), (31.4, -50)); start = 5; stop = 70; },\n"
                           "  { name = \"all\"; kind = \"noise\"; target = \"E\"; mean = 100; sd = "
                           "300; tau = 3; },\n"
                           "  { name = \"some\"; kind = \"noise\"; target = \"E\"; sd = 200; tau = "
                           "20; start = 25;\n"
                           "    subset = { first = 7; count = 20; }; },\n"
                           "  { kind = \"spikes\"; target = \"S\"; times = (1, 1, 7.7, 20, 50.1, "
                           "80); neurons = (0, 3, "
                           "6, 3, 2, 6); weight = 1; },\n"
                           "  { name = \"given\"; kind = \"spikes\"; target = \"E\"; times = (12, "
                           "60.5, 60.6); weight = "
                           "500; delay = 7.3;\n    subset = { first = 30; count = 3; }; },\n"
                           "  { name = \"to_one\"; kind = \"noise\"; target = \"I\"; mean = 500; "
                           "sd = 100; tau = 5; } );\n"
                           "projections = ( { source = \"S\"; target = (\"E\", \"I\"); rule = "
                           "\"all_to_all\"; weight = "
                           "15;\n    delay = " SPREAD(
                               "0.1", "12") "; }, { source = \"E\"; target = (\"E\", \"I\"); rule "
                                            "= \"fixed_outdegree\";\n    outdegree = 3; weight = "
                                            "-20; delay = 2.2; } );\n"
                                            "probes = ( " SPIKES
                                            ", { kind = \"field\"; target = \"E\"; field = "
                                            "\"i_stim\"; interval = "
                                            "0.2; } );\n";

static const char probes[] =
    "seed = 4; dt = 0.1; phases = ( { name = \"before\"; duration = 20; discard = true; },\n"
    "  { name = \"seen\"; duration = 30; }, { name = \"unseen\"; duration = 13.3; discard = true; "
    "},\n  { name = \"after\"; duration = 26.7; } );\n"
    "populations = { E = { model = \"lif_exp\"; size = 41; initial = { v = " SPREAD(
        "-70",
        "-50") "; }; };\n"
               "  F = { model = \"izhikevich\"; size = 13; }; one = { model = \"lif_exp\"; size = "
               "1; }; };\n"
               "stimuli = ( { kind = \"poisson\"; target = (\"E\", \"one\"); rate = 8000; weight = "
               "40; },\n"
               "  { kind = \"poisson\"; target = \"F\"; rate = 2000; weight = 4; } );\n"
               "projections = ( { source = \"E\"; target = (\"E\", \"one\"); rule = "
               "\"fixed_indegree\";\n"
               "    indegree = 7; weight = " SPREAD("10", "90") "; delay = " SPREAD(
                   "0.3",
                   "5") ";\n"
                        "    plasticity = { rule = \"stdp\"; w_max = 100; lambda = 0.05; }; },\n"
                        "  { source = \"E\"; target = \"F\"; rule = \"fixed_indegree\"; indegree = "
                        "3; weight = 2; } "
                        ");\n"
                        "probes = ( { kind = \"spikes\"; target = \"E\"; start = 11.1; stop = "
                        "71.3; },\n"
                        "  { name = \"few\"; kind = \"spikes\"; target = \"F\"; subset = { list = "
                        "(0, 5, 12); }; },\n"
                        "  { kind = \"spikes\"; target = \"one\"; },\n"
                        "  { kind = \"field\"; target = \"E\"; field = \"v\"; interval = 0.1; stop "
                        "= 3; },\n"
                        "  { name = \"late\"; kind = \"field\"; target = \"E\"; field = \"v\"; "
                        "interval = 1.7;\n"
                        "    start = 35.5; subset = { first = 4; count = 9; stride = 4; }; },\n"
                        "  { name = \"arrive\"; kind = \"field\"; target = \"E\"; field = \"ex\"; "
                        "interval = 0.7;\n"
                        "    subset = { list = (0, 20, 21, 40); }; },\n"
                        "  { name = \"u\"; kind = \"field\"; target = \"F\"; field = \"u\"; "
                        "interval = 90; },\n"
                        "  { kind = \"field\"; target = \"one\"; field = \"v\"; interval = 0.3; "
                        "},\n"
                        "  { name = \"coarse\"; kind = \"rate\"; target = \"E\"; interval = 7.7; "
                        "start = 1.2; },\n"
                        "  { name = \"fine\"; kind = \"rate\"; target = \"E\"; interval = 0.1; "
                        "stop = 50.05; },\n"
                        "  { name = \"of_few\"; kind = \"rate\"; target = \"F\"; interval = 3.1; "
                        "subset = { first = "
                        "5; count = 4; }; },\n"
                        "  { kind = \"weights\"; projection = \"E_E\"; times = (0, 13.7, 50, 50.1, "
                        "90); },\n"
                        "  { kind = \"weights\"; projection = \"E_one\"; times = (33.3); },\n"
                        "  { kind = \"weights\"; projection = \"E_F\"; times = (2, 88); } );\n";

static const char phases[] =
    "seed = 8; dt = 0.1;\n"
    "populations = { E = { model = \"lif_exp\"; size = 37; initial = { v = " SPREAD(
        "-70",
        "-50") "; }; };\n"
               "  P = { model = \"poisson\"; size = 19; param = { rate = " SPREAD(
                   "0",
                   "100") "; }; };\n"
                          "  A = { model = \"adex\"; size = 5; param = { i_e = " SPREAD(
                              "0",
                              "800") "; }; }; };\n"
                                     "stimuli = ( { name = \"drive\"; kind = \"poisson\"; target = "
                                     "\"E\"; rate = 8000; weight = "
                                     "40; },\n  { name = \"push\"; kind = \"current\"; target = "
                                     "\"E\"; amplitude = 20; },\n"
                                     "  { name = \"shake\"; kind = \"noise\"; target = \"E\"; sd = "
                                     "100; tau = 7; } );\n"
                                     "projections = ( { source = \"E\"; target = \"E\"; rule = "
                                     "\"fixed_indegree\"; indegree = 8;\n"
                                     "    weight = " SPREAD("10", "90") "; delay = " SPREAD(
                                         "0.4",
                                         "6") ";\n"
                                              "    plasticity = { rule = \"stdp\"; w_max = 100; "
                                              "lambda = 0.02; }; },\n"
                                              "  { source = \"P\"; target = \"E\"; rule = "
                                              "\"fixed_indegree\"; indegree = 4; weight = 60;\n"
                                              "    delay = 3; plasticity = { rule = "
                                              "\"stdp_triplet\"; w_max = 120; }; } );\n"
                                              "phases = ( { name = \"settle\"; duration = 17.3; "
                                              "discard = true; },\n"
                                              "  { name = \"weak\"; duration = 21; changes = ( { "
                                              "stimulus = \"drive\"; value = 6000; },\n"
                                              "      { population = \"E\"; param = \"v_th\"; value "
                                              "= -54; },\n"
                                              "      { projection = \"E_E\"; param = \"lambda\"; "
                                              "value = 0.1; } ); },\n"
                                              "  { name = \"off\"; duration = 9.9; discard = true; "
                                              "changes = ( { stimulus = \"shake\"; "
                                              "value = 300; },\n      { population = \"P\"; param "
                                              "= \"rate\"; value = 70; } ); },\n"
                                              "  { name = \"again\"; duration = 0.3; }, { name = "
                                              "\"more\"; duration = 30; changes = (\n"
                                              "      { stimulus = \"push\"; value = 200; }, { "
                                              "projection = \"P_E\"; param = \"a2_plus\"; "
                                              "value = 0.5; },\n"
                                              "      { population = \"A\"; param = \"i_e\"; value "
                                              "= 900; } ); } );\n"
                                              "probes = ( " SPIKES ", { kind = \"rate\"; target = "
                                              "\"E\"; interval = 2.3; },\n"
                                              "  { kind = \"field\"; target = \"A\"; field = "
                                              "\"v\"; interval = 0.7; },\n"
                                              "  { kind = \"weights\"; projection = \"E_E\"; times "
                                              "= (17.3, 38.3, 78.5); } );\n";

/* Time that passes at once, with synapses that go on meanwhile. */
static const char passing[] =
    "seed = 8; dt = 0.1;\n"
    "populations = { E = { model = \"lif_exp\"; size = 29; initial = { v = " SPREAD(
        "-70",
        "-50") "; }; }; };\n"
               "stimuli = ( { name = \"drive\"; kind = \"poisson\"; target = \"E\"; rate = 8000; "
               "weight = "
               "40; },\n  { name = \"shake\"; kind = \"noise\"; target = \"E\"; sd = 100; tau = 7; "
               "} );\n"
               "projections = ( { source = \"E\"; target = \"E\"; rule = \"fixed_indegree\"; "
               "indegree = 8;\n"
               "    weight = 50; delay = " SPREAD(
                   "0.4",
                   "6") ";\n"
                        "    plasticity = { rule = \"stc\"; theta_p = 0.5; theta_d = 0.2; tau_h = "
                        "20000; period = 7;\n"
                        "      tau_p = 500; tau_z = 700; theta_tag = 0.2; theta_pro = 1; }; } );\n"
                        "phases = ( { name = \"learn\"; duration = 40; },\n"
                        "  { name = \"hours\"; duration = \"2 h\"; discard = true; fast_forward = "
                        "true; },\n"
                        "  { name = \"recall\"; duration = 40; }, { name = \"night\"; duration = "
                        "\"8 h\"; discard = "
                        "true; fast_forward = true; },\n  { name = \"next\"; duration = 20; } );\n"
                        "probes = ( " SPIKES
                        ", { kind = \"weights\"; projection = \"E_E\"; times = (40, 7200040, "
                        "7200080); },\n  { kind = \"field\"; target = \"E\"; field = \"v\"; stop = "
                        "40; } );\n";

/* ---- ways to connect ------------------------------------------------------------------ */

static const char rules[] =
    "seed = 12; dt = 0.1; duration = 60;\n"
    "populations = { E = { model = \"lif_exp\"; size = 36; param = { i_e = 300; };\n"
    "    layout = { kind = \"grid\"; shape = [6, 6]; extent = [1.0, 1.0]; periodic = true; }; };\n"
    "  I = { model = \"lif_exp\"; size = 25; layout = { kind = \"sheet\"; extent = [1.0, 1.0]; "
    "periodic = true; }; };\n  F = { model = \"lif_exp\"; size = 36; }; };\n"
    "stimuli = ( { kind = \"poisson\"; target = \"*\"; rate = 5000; weight = 40; } );\n"
    "projections = (\n"
    "  { source = \"E\"; target = \"F\"; rule = \"one_to_one\"; weight = 300; delay = " SPREAD(
        "0.1", "30") "; },\n"
                     "  { source = \"E\"; target = \"I\"; rule = \"distance\"; kernel = "
                     "\"gaussian\"; scale = 0.2; "
                     "probability = 0.5; weight = 70; },\n"
                     "  { source = \"I\"; target = \"E\"; rule = \"distance\"; kernel = \"disc\"; "
                     "scale = 0.3; "
                     "probability = 0.4; weight = -70; delay = 0.8; },\n"
                     "  { source = \"I\"; target = \"I\"; rule = \"fixed_outdegree\"; outdegree = "
                     "5; weight = -30; "
                     "multapses = false; },\n"
                     "  { source = \"E\"; target = \"E\"; rule = \"fixed_total_number\"; number = "
                     "150; weight = "
                     "30; delay = 2; autapses = false; },\n"
                     "  { source = \"F\"; target = \"E\"; rule = \"pairwise_bernoulli\"; "
                     "probability = 0.15; "
                     "weight = " SPREAD("-40",
                                        "60") "; delay = 55.5; port = \"ex\"; },\n"
                                              "  { source = \"F\"; target = \"I\"; rule = "
                                              "\"all_to_all\"; weight = 3; delay = 0.1; },\n"
                                              "  { source = \"F\"; target = \"F\"; rule = "
                                              "\"explicit\"; edges = ((0, 1, 500, 0.4), (1, 2, "
                                              "400, 20), (35, 0, 300, 1), (7, 7, 200, 0.1)); } );\n"
                                              "probes = ( " SPIKES " );\n";

/* Fewer synapses than ranks, neurons without any. */
static const char sparse[] =
    "seed = 13; dt = 0.1; duration = 70;\n"
    "populations = { E = { model = \"lif_exp\"; size = 43; param = { i_e = 500; };\n"
    "    initial = { v = " SPREAD(
        "-75", "-55") "; }; };\n"
                      "  I = { model = \"lif_exp\"; size = 17; param = { i_e = 480; }; }; };\n"
                      "projections = ( { source = \"E\"; target = \"I\"; rule = "
                      "\"fixed_total_number\"; number = 3;\n"
                      "    weight = 400; delay = 4.4; }, { source = \"I\"; target = \"E\"; rule = "
                      "\"fixed_total_number\"; number = 2;\n    weight = 90; delay = 1.2; "
                      "plasticity = { rule = "
                      "\"stdp\"; w_max = 100; }; } );\n"
                      "probes = ( " SPIKES
                      ", { kind = \"weights\"; projection = \"I_E\"; times = (0, 70); } );\n";

/* Few synapses for so many neurons: on several ranks sources have numbers, and most rows
 * are one synapse. Delays beyond what the calendar holds, rows of several, full weights. */
#define FEW(number, rest)                                                                          \
    "seed = 18; dt = 0.1;\n"                                                                       \
    "populations = { E = { model = \"lif_exp\"; size = 420; param = { i_e = 420; };\n"             \
    "    initial = { v = { dist = \"uniform\"; low = -75; high = -55; }; }; };\n"                  \
    "  I = { model = \"lif_exp\"; size = 180; param = { i_e = 440; }; }; };\n"                     \
    "projections = ( { source = (\"E\", \"I\"); target = (\"E\", \"I\");\n"                        \
    "    rule = \"fixed_total_number\"; number = " number ";\n"                                    \
    "    weight = { dist = \"uniform\"; low = -200; high = 400; };\n"                              \
    "    delay = { dist = \"uniform\"; low = 0.5; high = 20; }; },\n"                              \
    "  { source = \"I\"; target = \"E\"; rule = \"fixed_total_number\"; number = " number ";\n"    \
    "    weight = -200; delay = 1.5; },\n"                                                         \
    "  { name = \"full\"; source = \"E\"; target = \"I\"; rule = \"fixed_total_number\";\n"        \
    "    number = " number "; precision = \"full\";\n"                                             \
    "    weight = { dist = \"uniform\"; low = 20; high = 400; };\n"                                \
    "    delay = { dist = \"uniform\"; low = 0.5; high = 15; }; },\n"                              \
    "  { name = \"edges\"; source = \"E\"; target = \"E\"; rule = \"explicit\";\n"                 \
    "    edges = ((0, 1, 300, 0.5), (0, 2, 200, 0.5), (0, 419, 350, 0.5), (0, 7, 250, 12.8),\n"    \
    "      (3, 8, -300, 12.9), (419, 4, 500, 9)); } );\n" rest "probes = ( " SPIKES " );\n"

static const char few[] = FEW("20", "duration = 70;\n");
static const char few_passing[] = FEW(
    "20", "phases = ( { name = \"one\"; duration = 30.7; },\n  { name = \"rest\"; duration = "
          "777.7; discard = true; fast_forward = true; }, { name = \"two\"; duration = 30; } );\n");
static const char few_on_many[] = FEW("160", "duration = 60;\n");

/* A source with more synapses on a rank than its counts hold in bytes: on 2 ranks. */
static const char hub[] =
    "seed = 19; dt = 0.1; duration = 60;\n"
    "populations = { E = { model = \"lif_exp\"; size = 620; param = { i_e = 420; };\n"
    "    initial = { v = { dist = \"uniform\"; low = -75; high = -55; }; }; };\n"
    "  H = { model = \"poisson\"; size = 1; param = { rate = 300; }; }; };\n"
    "projections = ( { source = \"H\"; target = \"E\"; rule = \"all_to_all\"; weight = 60;\n"
    "    delay = 1.5; }, { source = \"E\"; target = \"E\"; rule = \"fixed_total_number\";\n"
    "    number = 40; weight = 300; delay = 2; } );\n"
    "probes = ( { kind = \"spikes\"; target = \"*\"; } );\n";

/* One neuron each, in a ring: more ranks than neurons of any population. */
static const char singles[] =
    "seed = 14; dt = 0.1; duration = 60;\n"
    "populations = { A = { model = \"lif_exp\"; size = 1; }; B = { model = \"adex\"; size = 1; };\n"
    "  C = { model = \"lif_delta\"; size = 1; }; D = { model = \"poisson\"; size = 1; param = { "
    "rate = 400; }; }; };\n"
    "projections = ( { source = \"D\"; target = \"A\"; rule = \"one_to_one\"; weight = 2000; "
    "delay = 0.1; plasticity = { rule = \"stdp\"; w_max = 4000; }; },\n"
    "  { source = \"A\"; target = \"B\"; rule = \"all_to_all\"; weight = 60; delay = 3; },\n"
    "  { source = \"B\"; target = \"C\"; rule = \"all_to_all\"; weight = 12; delay = 0.7; },\n"
    "  { source = \"C\"; target = \"A\"; rule = \"all_to_all\"; weight = 900; delay = 9; } );\n"
    "probes = ( " SPIKES
    ", { kind = \"field\"; target = (\"A\", \"B\"); field = \"v\"; interval = 0.7; } );\n";

static const char alone[] =
    "seed = 15; dt = 0.1; duration = 30;\n"
    "populations = { A = { model = \"lif_exp\"; size = 1; param = { i_e = 900; }; }; };\n"
    "probes = ( " SPIKES ", { kind = \"field\"; target = \"A\"; field = \"v\"; interval = 0.1; },\n"
    "  { kind = \"rate\"; target = \"A\"; interval = 7; } );\n";

/* ---- a network of everybody ------------------------------------------------------------- */

static const char busy[] =
    "seed = 16; dt = 0.1; duration = 60;\n"
    "populations = { E = { model = \"lif_exp\"; size = 80; }; I = { model = \"lif_exp\"; size = "
    "20; };\n  X = { model = \"poisson\"; size = 50; param = { rate = 900; }; }; };\n"
    "projections = ( { source = \"X\"; target = (\"E\", \"I\"); rule = \"fixed_indegree\";\n"
    "    indegree = 10; weight = 90; delay = " SPREAD(
        "0.1",
        "2") "; },\n"
             "  { source = \"E\"; target = (\"E\", \"I\"); rule = \"fixed_indegree\"; indegree = "
             "20;\n"
             "    weight = 30; delay = " SPREAD(
                 "0.1",
                 "3") "; },\n"
                      "  { source = \"I\"; target = (\"E\", \"I\"); rule = \"fixed_indegree\"; "
                      "indegree = 10;\n"
                      "    weight = -90; delay = 0.1; plasticity = { rule = \"istdp\"; }; } );\n"
                      "probes = ( " SPIKES " );\n";

/* ---- the exact mode -------------------------------------------------------------------------- */

static const char exact_phases[] =
    "seed = 17; dt = 0.1; time = \"exact\";\n"
    "populations = { E = { model = \"lif_exp\"; size = 31; param = { i_e = " SPREAD(
        "100",
        "500") "; }; };\n"
               "  D = { model = \"lif_delta\"; size = 9; param = { i_e = 350; }; };\n"
               "  S = { model = \"spike_source\"; size = 5; }; P = { model = \"poisson\"; size = "
               "3; param = { "
               "rate = 200; }; };\n  one = { model = \"lif_alpha\"; size = 1; param = { i_e = 400; "
               "}; }; };\n"
               "stimuli = ( { name = \"drive\"; kind = \"poisson\"; target = \"E\"; rate = " SPREAD(
                   "500",
                   "3000") "; weight = 60;\n    switches = ((31.7, 2000), (60, 100)); },\n"
                           "  { name = \"less\"; kind = \"poisson\"; target = \"E\"; rate = 400; "
                           "weight = -80; start = 12;\n"
                           "    stop = 55; subset = { first = 3; count = 8; stride = 2; }; },\n"
                           "  { name = \"push\"; kind = \"current\"; target = (\"E\", \"D\"); "
                           "amplitude = 30; switches = "
                           "((22.2, 90), (40, 0)); },\n"
                           "  { kind = \"spikes\"; target = \"S\"; times = (1.234567, 1.25, 7.7, "
                           "50.123, 71); neurons = "
                           "(0, 3, 3, 4, 1); weight = 1; } );\n"
                           "projections = ( { source = \"E\"; target = (\"E\", \"D\"); rule = "
                           "\"fixed_indegree\"; indegree "
                           "= 6;\n    weight = 30; delay = " SPREAD(
                               "0.4",
                               "7") "; },\n"
                                    "  { source = (\"S\", \"P\"); target = (\"E\", \"D\", "
                                    "\"one\"); rule = "
                                    "\"pairwise_bernoulli\"; probability = 0.3; weight = 8; delay "
                                    "= 1.0625; },\n"
                                    "  { source = \"D\"; target = (\"E\", \"one\"); rule = "
                                    "\"all_to_all\"; weight = -9; delay = 2.5; } );\n"
                                    "phases = ( { name = \"settle\"; duration = 15.3; discard = "
                                    "true; },\n"
                                    "  { name = \"run\"; duration = 40; changes = ( { population = "
                                    "\"D\"; param = \"v_th\"; value "
                                    "= -53; },\n      { stimulus = \"less\"; value = 900; } ); },\n"
                                    "  { name = \"rest\"; duration = 20; changes = ( { population "
                                    "= \"P\"; param = \"rate\"; value "
                                    "= 500; } ); } );\n"
                                    "probes = ( " SPIKES
                                    ", { kind = \"rate\"; target = \"E\"; interval = 3.3; } );\n";

const struct ecp_specimen_text ecp_specimen_texts[] = {
    {"gap junctions", gaps},
    {"slow currents", slow_currents},
    {"tripartite, random pools", tripartite_random},
    {"tripartite, pools in blocks", tripartite_block},
    {"astrocytes that release", released},
    {"stimuli", stimuli},
    {"probes", probes},
    {"phases", phases},
    {"fast forward", passing},
    {"ways to connect", rules},
    {"sparse", sparse},
    {"few sources", few},
    {"few sources, fast forward", few_passing},
    {"few sources on many ranks", few_on_many},
    {"few sources and a hub", hub},
    {"single neurons", singles},
    {"one neuron", alone},
    {"busy", busy},
    {"exact, phases", exact_phases},
    {"structural", ecp_specimen_structural},
    {"structural beside stdp", ecp_specimen_structural_beside},
    {"structural beside calcium, stacked", ecp_specimen_structural_stacked},
    {"memories", ecp_specimen_memories},
    {NULL, NULL}};
