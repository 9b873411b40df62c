/* Synapses that come and go. */
#include "tests/specimens_texts.h"

#define GROWTH                                                                                     \
    "rule = \"structural\"; tau_ca = 100; beta_ca = 0.05; axon_nu = 6e-2; dendrite_nu = 5e-2;\n"   \
    "axon_eps = 0.15; dendrite_eps = 0.3; update_interval = 10; axon_z = 3; dendrite_z = 2;"
#define GROWING(more, kind)                                                                        \
    "seed = 3; dt = 0.2; duration = 120;\n"                                                        \
    "populations = { E = { model = \"lif_exp\"; size = 41; }; I = { model = \"lif_exp\"; size = "  \
    "17; }; };\n"                                                                                  \
    "stimuli = ( { kind = \"poisson\"; target = (\"E\", \"I\"); rate = 8000; weight = 30; } );\n"  \
    "projections = ( { source = \"E\"; target = \"E\"; rule = \"pairwise_bernoulli\";\n"           \
    "    probability = 0.08; delay = 2; weight = 5; " more kind " = { " GROWTH " }; },\n"          \
    "  { source = \"E\"; target = \"I\"; rule = \"fixed_total_number\"; number = 0; weight = 9;\n" \
    "    delay = 7; plasticity = { " GROWTH " }; } );\n"                                           \
    "probes = ( "                                                                                  \
    "{ kind = \"spikes\"; target = \"*\"; }"                                                       \
    ", { kind = \"structure\"; projection = \"E_E\"; }, { name = \"gone\"; kind = \"structure\"; " \
    "projection = \"E_I\"; field = \"deleted\"; },\n"                                              \
    "  { kind = \"weights\"; projection = \"E_E\"; times = (0, 33, 120); } );\n"

const char ecp_specimen_structural[] = GROWING("", "plasticity");
const char ecp_specimen_structural_beside[] =
    GROWING("plasticity = { rule = \"stdp\"; w_max = 20; lambda = 0.05; };", "structure");
const char ecp_specimen_structural_stacked[] =
    GROWING("plasticity = { rule = \"calcium\"; w_min = 0; w_max = 20; }; short_term = { rule = "
            "\"tsodyks_markram\"; };",
            "structure");
