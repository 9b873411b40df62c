/* verify_structural_beside.c -- the group `structure` beside other rules: the same bits on
 * any number of threads; a rule that does nothing changes nothing; hours without spikes;
 * what is refused; the config again. */
#include "engine/machine.h"
#include "engine/plastic.h"
#include "tests/unit/config_case.h"
#include "tests/verify/structural_case.h"

static struct ecp_plan *parsed(const char *text)
{
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_config_parse(text, "x.cfg", NULL, 0, &plan));
    return plan;
}

struct outcome {
    uint64_t spikes, weights;
    struct ecp_network_facts facts;
};

static struct outcome outcome_of(const char *text, int threads, enum ecp_isa isa)
{
    struct ecp_plan *plan = parsed(text);
    struct ecp_network *network = ran(plan, threads, isa);
    const struct outcome out = {.spikes = ecp_network_recording(network)->checksum,
                                .weights = ecp_network_weights_checksum(network),
                                .facts = ecp_network_facts(network)};
    finish(network, plan);
    return out;
}

static int is_same(const struct outcome *a, const struct outcome *b)
{
    return a->spikes == b->spikes && a->weights == b->weights &&
           a->facts.created == b->facts.created && a->facts.deleted == b->facts.deleted;
}

/* ---- threads ------------------------------------------------------------------------ */

#define GROWTH                                                                                     \
    "rule = \"structural\"; tau_ca = 300; beta_ca = 0.03; axon_nu = 1e-2; dendrite_nu = 4e-3;\n"   \
    "axon_eps = 0.12; dendrite_eps = 0.1; update_interval = 50; axon_z = 3; dendrite_z = 2;"

/* Noise, modulated and short-term plasticity; two projections that share axons. */
#define NET(rule, more, probes)                                                                    \
    "seed = 3; dt = 0.2; duration = 1000;\n"                                                       \
    "populations = { E = { model = \"lif_exp\"; size = 61; }; I = { model = \"lif_exp\"; size = "  \
    "17; };\n D = { model = \"poisson\"; size = 2; param = { rate = 20; }; }; };\n"                \
    "stimuli = ( { kind = \"poisson\"; target = (\"E\", \"I\"); rate = 8000; weight = 26; } );\n"  \
    "projections = ( { source = \"E\"; target = \"E\"; rule = \"pairwise_bernoulli\";\n"           \
    "    probability = 0.08; delay = 2; weight = 5; " rule " structure = { " GROWTH " }; },\n"     \
    "  { source = \"E\"; target = \"I\"; rule = \"pairwise_bernoulli\"; probability = 0.03;\n"     \
    "    weight = { dist = \"uniform\"; low = 30; high = 90; }; delay = 1;\n"                      \
    "    plasticity = { rule = \"stdp\"; w_max = 100; lambda = 0.05; }; " more "\n"                \
    "    structure = { " GROWTH                                                                    \
    " }; } );\nprobes = ( { kind = \"spikes\"; target = \"*\"; }" probes " );\n"
#define STC                                                                                        \
    "plasticity = { rule = \"stc\"; theta_p = 0.5; theta_d = 0.2; tau_h = 20000; period = 70;\n"   \
    "  tau_p = 500; tau_z = 700; theta_tag = 0.2; theta_pro = 1; };"

static void threads(void)
{
    static const char *const texts[] = {
        NET(STC, "short_term = { rule = \"tsodyks_markram\"; };", ""),
        NET("plasticity = { rule = \"stdp_dopamine\"; modulator = \"D\"; w_max = 20; };", "", ""),
        NET("plasticity = { rule = \"calcium\"; w_min = 0; w_max = 20; };", "", ""),
        NET("plasticity = { rule = \"stdp_triplet\"; w_max = 20; };", "", ""),
        NET("plasticity = { rule = \"zenke\"; w_max = 20; };", "", "")};
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
        const struct outcome one = outcome_of(texts[k], 1, ecp_isa_best());
        (void)printf(" %llu created, %llu deleted;", (unsigned long long)one.facts.created,
                     (unsigned long long)one.facts.deleted);
        CU_ASSERT(one.facts.created > 100 && one.facts.deleted > 50);
        for (int n = 2; n <= 5; n++) {
            const struct outcome other =
                outcome_of(texts[k], n < 5 ? n : 3, n < 5 ? ecp_isa_best() : ECP_ISA_BASELINE);
            CU_ASSERT(is_same(&one, &other));
        }
    }
}

/* Two synapses of a pair are never the same to their noise. */
static void check_ordinals(const struct ecp_network *network, size_t *pairs, size_t *later)
{
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_plastic *plastic = ecp_plastic_of(&network->worker[w], 0);
        const ecp_real *ordinal = plastic->synapse[ecp_plastic_ordinal(plastic)];
        for (size_t p = 0; p < plastic->n_pieces; p++)
            for (uint64_t k = plastic->piece[p].first + 1;
                 k < plastic->piece[p].first + plastic->piece[p].n; k++)
                for (uint64_t j = k; j-- > plastic->piece[p].first;)
                    if (plastic->target[j] == plastic->target[k]) {
                        CU_ASSERT(ordinal[j] != ordinal[k]);
                        *pairs += 1;
                        *later += ordinal[j] > ordinal[k]; /* an earlier one's number is free */
                    }
    }
}

/* Looking at weights changes nothing. */
static void numbers(void)
{
    static const char plain[] = NET(STC, "", ""),
                      read[] = NET(STC, "",
                                   ", { kind = \"weights\"; projection = \"E_E\"; times = [3.0, "
                                   "111.0, 450.0, 777.8, 1000.0]; }");
    const struct outcome one = outcome_of(plain, 2, ecp_isa_best());
    struct ecp_plan *plan = parsed(read);
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    size_t pairs = 0, later = 0;
    CU_ASSERT_EQUAL(ecp_network_recording(network)->checksum, one.spikes);
    CU_ASSERT_EQUAL(ecp_network_weights_checksum(network), one.weights);
    check_ordinals(network, &pairs, &later);
    finish(network, plan);
    /* Few neurons, many synapses of every pair. */
    plan = parsed("seed = 2; dt = 0.2; duration = 3000; populations = {\n"
                  "  P = { model = \"poisson\"; size = 5; param = { rate = 20; }; };\n"
                  "  E = { model = \"lif_exp\"; size = 4; }; };\n"
                  "projections = ( { source = \"P\"; target = \"E\"; rule = "
                  "\"fixed_total_number\"; number = 60; weight = 5; " STC
                  " structure = { rule = \"structural\"; axon_nu = 0.03; dendrite_nu = 0.03;\n"
                  "  axon_eps = 0.15; dendrite_curve = \"linear\"; tau_ca = 100; beta_ca = 0.07;\n"
                  "  update_interval = 20; }; } );\n");
    network = ran(plan, 3, ecp_isa_best());
    const struct ecp_network_facts facts = ecp_network_facts(network);
    check_ordinals(network, &pairs, &later);
    (void)printf(" %llu created, %llu deleted, %zu pairs, %zu later;",
                 (unsigned long long)facts.created, (unsigned long long)facts.deleted, pairs,
                 later);
    CU_ASSERT(facts.created > 100 && facts.deleted > 50 && pairs > 100 && later > 10);
    finish(network, plan);
}

/* ---- nothing else changed ------------------------------------------------------------- */

static void unchanged(void)
{
    char text[4096];
    struct outcome out[3];
    static const char *const rules[] = {
        "plasticity = { " GROWTH " };", "structure = { " GROWTH " };",
        "plasticity = { rule = \"stdp\"; lambda = 0; }; structure = { " GROWTH " };"};
    for (int k = 0; k < 3; k++) {
        (void)snprintf(
            text, sizeof text,
            "seed = 5; dt = 0.2; duration = 1000;\n"
            "populations = { E = { model = \"lif_exp\"; size = 61; }; };\n"
            "stimuli = ( { kind = \"poisson\"; target = \"E\"; rate = 8000; weight = 26; } );\n"
            "projections = ( { source = \"E\"; target = \"E\"; rule = \"pairwise_bernoulli\";\n"
            "  probability = 0.03; delay = 2; weight = { dist = \"uniform\"; low = 20; high = 60; "
            "};\n  %s } );\nprobes = ( { kind = \"spikes\"; target = \"E\"; } );\n",
            rules[k]);
        out[k] = outcome_of(text, 1 + k, ecp_isa_best());
        CU_ASSERT(out[k].facts.created > 50 && out[k].facts.deleted > 20);
        CU_ASSERT(is_same(&out[0], &out[k]));
    }
}

/* ---- hours ------------------------------------------------------------------------------ */

/* Every ten minutes each of ten axons grows an element more, which becomes a synapse; its
 * early phase relaxes from then on. Without proteins there is nothing else. */
static void hours(void)
{
    static const char text[] =
        "populations = { A = { model = \"poisson\"; size = 10; };\n"
        "  B = { model = \"lif_exp\"; size = 7; }; };\n"
        "projections = ( { source = \"A\"; target = \"B\"; rule = \"fixed_total_number\"; number = "
        "20;\n    weight = 6; plasticity = { rule = \"stc\"; alpha = 0; };\n"
        "    structure = { rule = \"structural\"; axon_curve = \"linear\"; dendrite_nu = 0.0;\n"
        "      axon_nu = 1.66683e-6; dendrite_z = 100; tau_vacant = 0.0; update_interval = \"100 "
        "s\"; }; } );\n"
        "phases = ( { name = \"a\"; duration = 100; },\n"
        "  { name = \"b\"; duration = \"3600 s\"; fast_forward = true; },\n"
        "  { name = \"c\"; duration = 100; } );\n"
        "probes = ( { kind = \"weights\"; projection = \"A_B\"; times = [0.0, 3600100.0]; } );\n";
    const double h_0 = 4.20075, tau = 6.884e6;
    for (int n = 1; n <= 3; n++) {
        struct ecp_plan *plan = parsed(text);
        struct ecp_network *network = ran(plan, n, ecp_isa_best());
        const struct ecp_recorded_weights *w = &ecp_network_recording(network)->weights[1];
        size_t born[7] = {0};
        CU_ASSERT_EQUAL_FATAL(w->n, 20 + 60);
        for (size_t k = 0; k < w->n; k++)
            for (int b = 0; b < 7; b++) {
                const double age = 3600100 - 600000.0 * b;
                const double want = h_0 + (6 - h_0) * exp(-age / tau);
                born[b] += fabs((double)w->weight[k] - want) < 3e-6;
            }
        for (int b = 0; b < 7; b++)
            CU_ASSERT_EQUAL(born[b], b ? 10 : 20);
        finish(network, plan);
    }
}

/* ---- what is refused -------------------------------------------------------------------- */

#define BESIDE(keys)                                                                               \
    RUN("projections = ( { source = \"P\"; target = \"E\"; weight = 1; rule = \"all_to_all\";\n"   \
        "  " keys " } );")
#define GROWS "structure = { rule = \"structural\"; };"

static void refused(void)
{
    static const struct config_case cases[] = {
        {BESIDE("plasticity = { rule = \"stdp\"; }; structure = { rule = \"istdp\"; };"),
         ECP_ECONFIG,
         "x.cfg:4: projections.P_E.structure.rule: found istdp, which leaves synapses where they "
         "are; allowed: structural"},
        {BESIDE("structure = { rule = \"stdp\"; };"), ECP_ECONFIG,
         "x.cfg:4: projections.P_E.structure.rule: found stdp, which leaves synapses where they "
         "are; allowed: structural"},
        {BESIDE("plasticity = { rule = \"structural\"; }; " GROWS), ECP_ECONFIG,
         "x.cfg:4: projections.P_E.structure: found beside plasticity rule structural, which makes "
         "and removes synapses, too; allowed: one of the two"},
        {BESIDE("plasticity = { rule = \"stdp\"; }; delay_type = \"dendritic\"; " GROWS),
         ECP_ECONFIG,
         "x.cfg:4: projections.P_E.delay_type: found dendritic with rule structural; allowed: "
         "axonal"},
        {BESIDE("plasticity = { rule = \"stdp\"; }; structure = { };"), ECP_ECONFIG,
         "x.cfg:5: projections.0.structure.rule: is missing; allowed: a name of `ecphory list "
         "plasticity`"},
        {BESIDE("plasticity = { rule = \"stdp\"; };\n  structure = { rule = \"structural\"; "
                "axon_zeta = 1; };"),
         ECP_ECONFIG, "x.cfg:6: projections.0.structure.axon_zeta: found an unknown key of rule *"},
        {BESIDE("plasticity = { rule = \"stdp\"; }; structure = { rule = \"structural\"; "
                "axon_eta = 1; };"),
         ECP_ECONFIG,
         "x.cfg:4: projections.P_E.structure: found a gaussian growth curve with eta not below eps "
         "of axonal elements; allowed: eta below eps, eps above 0"}};
    CHECK(cases);
}

static const char lpl[] =
    "duration = 10; populations = { E = { model = \"lif_nmda\"; size = 4; }; };\n"
    "projections = ( { source = \"E\"; target = \"E\"; rule = \"all_to_all\"; weight = 0.1;\n"
    "  plasticity = { rule = \"lpl\"; }; " GROWS " } );\n";

static void refused_rules(void)
{
    static const struct config_case cases[] = {
        {lpl, ECP_ECONFIG,
         "x.cfg:2: projections.E_E.structure: found beside plasticity rule lpl, which goes by a "
         "clock of its own; allowed: rules that go by spikes"},
        {"duration = 10; populations = { E = { model = \"lif\"; size = 4; };\n"
         "  A = { model = \"astrocyte_lr\"; size = 4; }; };\n"
         "projections = ( { source = \"E\"; target = \"E\"; rule = \"all_to_all\"; weight = 1;\n"
         "  plasticity = { rule = \"astrocyte_gate\"; }; " GROWS " },\n"
         "  { kind = \"tripartite\"; primary = \"E_E\"; astrocytes = \"A\"; } );\n",
         ECP_ECONFIG,
         "x.cfg:5: projections.E_E_A.primary: found E_E with plasticity rule structural, whose "
         "synapses come and go; allowed: projections whose synapses stay"},
        {"populations = { E = { model = \"lif\"; size = 4; }; };\n"
         "projections = ( { source = \"E\"; target = \"E\"; rule = \"all_to_all\"; weight = 1;\n"
         "  plasticity = { rule = \"stdp\"; }; " GROWS " } );\n"
         "phases = ( { name = \"a\"; duration = 5; changes = ( { projection = \"E_E\"; param = "
         "\"structure.update_interval\"; value = 0.01; } ); } );\n",
         ECP_ECONFIG,
         "x.cfg:4: phases.a.changes: update_interval: found 0.01 ms; allowed: at least a step, "
         "0.1 ms"}};
    CHECK(cases);
}

/* The effective config describes the same run; both rules' parameters change. */
static void echo(void)
{
    static const char text[] =
        "populations = { P = { model = \"poisson\"; size = 9; param = { rate = 40; }; };\n"
        "  E = { model = \"lif\"; size = 4; }; };\n"
        "projections = ( { source = \"P\"; target = \"E\"; weight = 30; rule = \"all_to_all\";\n"
        "  plasticity = { rule = \"stdp\"; }; structure = { rule = \"structural\"; axon_nu = 0.0;\n"
        "  dendrite_nu = 0.0; update_interval = 100; axon_curve = \"linear\"; }; } );\n"
        "phases = ( { name = \"a\"; duration = 500; }, { name = \"b\"; duration = 500; changes = "
        "(\n"
        "  { projection = \"P_E\"; param = \"structure.axon_nu\"; value = \"-10 1/s\"; },\n"
        "  { projection = \"P_E\"; param = \"lambda\"; value = 0.5; } ); } );\n"
        "probes = ( { kind = \"structure\"; projection = \"P_E\"; },\n"
        "  { kind = \"weights\"; projection = \"P_E\"; times = [0.0, 500.0, 1000.0]; } );\n";
    struct ecp_plan *plan = parsed(text), *again = parsed(plan->config_text);
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    CU_ASSERT_PTR_NOT_NULL(strstr(plan->config_text, "structure.axon_nu"));
    struct ecp_network *network = ran(again, 2, ecp_isa_best());
    const struct ecp_recorded_weights *w = ecp_network_recording(network)->weights;
    CU_ASSERT(w[0].n == 36 && w[1].n == 36 && w[2].n < 36);
    finish(network, again);
    ecp_plan_destroy(plan);
    ECP_ASSERT_OK(ecp_config_read(ECP_SOURCE_DIR "/docs/examples/contacts.cfg", NULL, 0, &plan));
    CU_ASSERT_PTR_NOT_NULL(plan->projection[0]->structure);
    ecp_plan_destroy(plan);
}

ECP_TEST_MAIN("structural beside", {"threads", threads}, {"numbers", numbers},
              {"unchanged", unchanged}, {"hours", hours}, {"refused", refused},
              {"refused rules", refused_rules}, {"echo", echo})
