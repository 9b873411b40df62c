/* Plasticity that cannot be: every sentence with place, key, what was found, what is
 * allowed. */
#include "tests/unit/config_case.h"

#define NETS                                                                                       \
    "duration = 10;\n"                                                                             \
    "populations = { E = { model = \"lif_exp\"; size = 100; }; I = { model = \"lif\"; size = 20; " \
    "};\n"                                                                                         \
    " P = { model = \"poisson\"; size = 5; }; D = { model = \"parrot\"; size = 3; }; };\n"
#define ONE(keys) NETS "projections = ( { " keys " } );\n"
#define TO_E      "source = \"E\"; target = \"E\"; rule = "
#define SOME(weight, plasticity)                                                                   \
    ONE(TO_E "\"fixed_indegree\"; indegree = 5; weight = " weight ";\n plasticity = { " plasticity \
             " };")
#define LISTED(keys) ONE(TO_E "\"explicit\"; " keys)

static const struct config_case weight_cases[] = {
    {SOME("100", "rule = \"stdp\"; w_max = 90;"), ECP_ECONFIG,
     "x.cfg:4: projections.E_E.weight: found 100 to 100 with plasticity stdp; allowed: magnitudes "
     "from 0 to 90"},
    {SOME("-100", "rule = \"stdp\"; w_max = 90;"), ECP_ECONFIG,
     "x.cfg:4: projections.E_E.weight: found -100 to -100 with plasticity stdp; allowed: "
     "magnitudes from 0 to 90"},
    {SOME("10", "rule = \"calcium\"; w_min = 20; w_max = 100;"), ECP_ECONFIG,
     "x.cfg:4: projections.E_E.weight: found 10 to 10 with plasticity calcium; allowed: magnitudes "
     "from 20 to 100"},
    {SOME("{ dist = \"uniform\"; low = -5; high = 5; }", "rule = \"stdp\"; w_max = 90;"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_E.weight: found -5 to 5, weights of both signs, with plasticity; "
     "allowed: one sign"},
    {SOME("{ dist = \"normal\"; mean = 50; sd = 10; }", "rule = \"stdp\"; w_max = 90;"),
     ECP_ECONFIG, "x.cfg:4: projections.E_E.weight: found *"},
    {SOME("{ dist = \"normal\"; mean = 80; sd = 10; low = 0; }", "rule = \"stdp\"; w_max = 90;"),
     ECP_ECONFIG, "x.cfg:4: projections.E_E.weight: found 16.6204 to *"},
    {LISTED("edges = ((0, 1, 50.0, 1.0), (1, 2, 95.0, 1.0));\n plasticity = { rule = \"stdp\"; "
            "w_max = 90; };"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_E.weight: found 50 to 95 with plasticity stdp; allowed: magnitudes "
     "from 0 to 90"},
    {LISTED("edges = ((0, 1), (1, 2)); weight = (50, 95);\n plasticity = { rule = \"stdp\"; "
            "w_max = 90; };"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_E.weight: found 50 to 95 with plasticity stdp; allowed: magnitudes "
     "from 0 to 90"},
    {SOME("50", "rule = \"stdp\"; w_max = \"90 mV\";"), ECP_ECONFIG,
     "x.cfg:5: projections.0.plasticity.w_max: found \"90 mV\", and mV cannot become pA; allowed: "
     "a number in pA"},
};

static const struct config_case kind_cases[] = {
    {ONE("kind = \"gap\"; source = \"E\"; rule = \"all_to_all\"; conductance = 1;\n plasticity = "
         "{ rule = \"stdp\"; };"),
     ECP_ECONFIG, "x.cfg:5: projections.0.plasticity: found an unknown key; allowed: kind, *"},
    {ONE("kind = \"sic\"; source = \"E\"; target = \"E\"; rule = \"all_to_all\"; weight = 1;\n "
         "plasticity = { rule = \"stdp\"; };"),
     ECP_ECONFIG, "x.cfg:5: projections.0.plasticity: found an unknown key; allowed: kind, *"},
    {NETS "projections = ( { " TO_E "\"all_to_all\"; weight = 1; },\n { kind = \"tripartite\"; "
          "primary = \"E_E\"; astrocytes = \"I\";\n plasticity = { rule = \"stdp\"; }; } );",
     ECP_ECONFIG, "x.cfg:6: projections.1.plasticity: found an unknown key; allowed: kind, *"},
    {"time = \"exact\"; " SOME("50", "rule = \"stdp\"; w_max = 90;"), ECP_ECONFIG,
     "x.cfg:4: projections.E_E.plasticity: found in exact mode; allowed: time = \"grid\""},
    {ONE("source = \"P\"; target = \"D\"; rule = \"all_to_all\"; weight = 1;\n plasticity = { rule "
         "= \"clopath\"; };"),
     ECP_ECONFIG,
     "x.cfg:4: projections.P_D.plasticity: rule clopath looks at \"v\" of its targets, which "
     "model parrot of D does not have; allowed: models that have it"},
    {ONE("source = \"E\"; target = \"P\"; rule = \"all_to_all\"; weight = 1;\n plasticity = { rule "
         "= \"stdp\"; };"),
     ECP_ECONFIG,
     "x.cfg:4: projections.0.target: found population P of model poisson, which has no receptor "
     "port; allowed: models that receive spikes"},
    {ONE(TO_E "\"all_to_all\"; weight = 1;\n short_term = { rule = \"stdp\"; };"), ECP_ECONFIG,
     "x.cfg:4: projections.E_E.short_term.rule: found stdp, a rule that changes weights; allowed: "
     "rules of short-term plasticity"},
    {ONE(TO_E "\"all_to_all\"; weight = 1; delay_type = \"dendritic\";\n plasticity = { rule = "
              "\"lpl\"; };"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_E.delay_type: found dendritic with rule lpl; allowed: axonal"},
    {ONE(TO_E "\"all_to_all\"; weight = 1; delay_type = \"dendritic\";"), ECP_ECONFIG,
     "x.cfg:4: projections.E_E.delay_type: found dendritic without plasticity, where it means "
     "nothing; allowed: with plasticity"},
    {ONE(TO_E "\"all_to_all\"; weight = 1;\n plasticity = { w_max = 5; };"), ECP_ECONFIG,
     "x.cfg:5: projections.0.plasticity.rule: is missing; allowed: a name of `ecphory list "
     "plasticity`"},
    {ONE(TO_E "\"all_to_all\"; weight = 1;\n plasticity = { rule = \"stpd\"; };"), ECP_ECONFIG,
     "x.cfg:5: projections.0.plasticity.rule: no plasticity rule \"stpd\"; did you mean "
     "\"stdp\"?"},
    {ONE(TO_E "\"all_to_all\"; weight = 1;\n plasticity = { rule = \"stdp\"; tau_puls = 5; };"),
     ECP_ECONFIG,
     "x.cfg:5: projections.0.plasticity.tau_puls: found an unknown key of rule stdp; did you mean "
     "\"tau_plus\"? allowed: *"},
};

static const struct config_case factor_cases[] = {
    {SOME("50", "rule = \"stdp_dopamine\";"), ECP_ECONFIG,
     "x.cfg:4: projections.E_E.plasticity.modulator: is missing with rule stdp_dopamine; allowed: "
     "a population whose spikes release the modulator"},
    {SOME("50", "rule = \"reward\";"), ECP_ECONFIG,
     "x.cfg:4: projections.E_E.plasticity.modulator: is missing with rule reward; allowed: a "
     "population whose spikes release the modulator"},
    {SOME("50", "rule = \"stdp_dopamine\"; modulator = \"X\";"), ECP_ECONFIG,
     "x.cfg:5: projections.0.plasticity.modulator: there is no population \"X\"; allowed: E, I, P, "
     "D"},
    {SOME("50", "rule = \"stdp_dopamine\"; modulator = \"D\"; modulator_delay = 0;"), ECP_ECONFIG,
     "x.cfg:4: projections.E_E.plasticity.modulator_delay: found 0 ms; allowed: at least one step, "
     "0.1 ms"},
    {SOME("50", "rule = \"stdp\"; modulator = \"D\";"), ECP_ECONFIG,
     "x.cfg:4: projections.E_E.plasticity.modulator: found with rule stdp, which has no third "
     "factor; allowed: without it"},
    {SOME("50", "rule = \"astrocyte_gate\";"), ECP_ECONFIG,
     "x.cfg:4: projections.E_E.plasticity: found rule astrocyte_gate without astrocytes at the "
     "synapses; allowed: with a projection of kind \"tripartite\" whose primary is E_E"},
};

static const struct config_case structure_cases[] = {
    {LISTED("edges = ((0, 1), (1, 2)); weight = 50;\n plasticity = { rule = \"structural\"; };"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_E.rule: found explicit with plasticity rule structural, which makes "
     "and removes synapses; allowed: any other rule (none at first: fixed_total_number with number "
     "= 0)"},
    {ONE(TO_E "\"all_to_all\"; weight = 50; delay = { dist = \"uniform\"; low = 1; high = 2; };\n "
              "plasticity = { rule = \"structural\"; };"),
     ECP_ECONFIG,
     "x.cfg:4: projections.E_E.delay: found a law with plasticity rule structural; allowed: one "
     "delay for all synapses"},
};

#define STDP(output) SOME("50", "rule = \"stdp\"; w_max = 90;") output
static const struct config_case output_cases[] = {
    {STDP("output = { weights = \"last\"; };"), ECP_ECONFIG,
     "x.cfg:6: output.weights: found \"last\"; allowed: none, final, both"},
    {STDP("output = { wieghts = \"final\"; };"), ECP_ECONFIG,
     "x.cfg:6: output.wieghts: found an unknown key; did you mean \"weights\"? allowed: weights, "
     "nwb"},
    {STDP("output = { nwb = 1; };"), ECP_ECONFIG,
     "x.cfg:6: output.nwb: found 1; allowed: true, false"},
    {STDP("output = \"final\";"), ECP_ECONFIG,
     "x.cfg:6: output: found \"final\"; allowed: a group { key = value; ... }"},
    {ONE(TO_E "\"all_to_all\"; weight = 50;") "output = { weights = \"final\"; };", ECP_ECONFIG,
     "x.cfg:5: output.weights: found \"final\" without a plastic projection; allowed: \"none\", or "
     "projections with `plasticity`"},
};

static void weights(void)
{
    CHECK(weight_cases);
}

static void kinds_of_projections(void)
{
    CHECK(kind_cases);
}

static void third_factors(void)
{
    CHECK(factor_cases);
}

static void structure(void)
{
    CHECK(structure_cases);
}

static void output(void)
{
    CHECK(output_cases);
}

/* What is asked for is in the effective config, and gives the same plan again. */
static void output_is_kept(void)
{
    static const char *const words[] = {"none", "final", "both"};
    for (int k = 0; k < 3; k++) {
        char text[1024], shown[64];
        struct ecp_plan *plan = NULL, *again = NULL;
        (void)snprintf(text, sizeof text, STDP("output = { weights = \"%s\"; };"), words[k]);
        ECP_ASSERT_OK(ecp_config_parse(text, "x.cfg", NULL, 0, &plan));
        CU_ASSERT_EQUAL((int)plan->output_weights, k);
        (void)snprintf(shown, sizeof shown, "weights = \"%s\"", words[k]);
        CU_ASSERT_EQUAL(strstr(plan->config_text, shown) != NULL, k > 0);
        ECP_ASSERT_OK(ecp_config_parse(plan->config_text, "x.cfg", NULL, 0, &again));
        CU_ASSERT_EQUAL((int)again->output_weights, k);
        CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
        ecp_plan_destroy(plan);
        ecp_plan_destroy(again);
    }
}

ECP_TEST_MAIN("config_errors_plastic", {"weights outside bounds", weights},
              {"kinds of projections", kinds_of_projections}, {"third factors", third_factors},
              {"structure", structure}, {"output", output}, {"output is kept", output_is_kept})
