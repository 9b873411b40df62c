/* verify_silent_engram_key_value.c -- scenario silent_engram_key_value: its claims in a short
 * form, indices that follow by hand, that claims fail where what is lost is the values, or
 * where nothing is lost; bad input. */
#include "tests/experiment_case.h"

#define SHORT "scenario = \"silent_engram_key_value\"; network = { subjects = 1; "

static double value(const struct computed *c, const char *name)
{
    char result[100];
    (void)snprintf(result, sizeof result, "silent_engram_key_value.%s", name);
    return computed_value(c, result);
}

static double index_at(double hz)
{
    return hz / (hz + 1);
}

static void claims(void)
{
    struct computed c;
    compute(SHORT "test = 400; };", 2, &c);
    claims_of(&c, 1);
    /* All cells of each key are lit: k.q is the light, and all pairs answer. */
    CU_ASSERT_DOUBLE_EQUAL(value(&c, "ri_saline_high"), index_at(25 * 1.8 * 1.8 * 0.5556), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(value(&c, "ri_blocked_high"), index_at(25 * 1.8 * 0.5556), 1e-12);
    CU_ASSERT_EQUAL(value(&c, "ri_cut_input"), value(&c, "ri_blocked_high"));
    /* Context A activates 0.85 of them, nearly always enough. */
    CU_ASSERT_DOUBLE_EQUAL(value(&c, "ri_saline_natural"), index_at(25 * 0.85), 0.004);
    CU_ASSERT_EQUAL(computed_table(&c, "conditions")->rows, 16);
    computed_clear(&c);
}

/* Erased, the memory answers to nothing; its spiking counterpart still does. */
static void erased(void)
{
    struct computed c;
    compute(SHORT "test = 150; block = \"values\"; };", 2, &c);
    claims_of(&c, 0);
    CU_ASSERT_EQUAL(value(&c, "direct_access_failure_memory"), 0);
    CU_ASSERT_EQUAL(value(&c, "rescue_ratio"), 0);
    CU_ASSERT(value(&c, "direct_access_failure_spikes") > 0.8);
    CU_ASSERT(value(&c, "agreement") < 0.9);
    computed_clear(&c);
}

/* A threshold that keys without consolidation reach: nothing is silent. */
static void found_anyway(void)
{
    struct computed c;
    compute(SHORT "test = 150; threshold = 0.3; };", 2, &c);
    claims_of(&c, 0);
    CU_ASSERT(value(&c, "silent") > 0.8);
    computed_clear(&c);
}

/* Gains that go with 4 days: a + (1 - a) exp(-2) is below the threshold at 8 days. */
static void lost_match(void)
{
    struct computed c;
    compute(SHORT "test = 150; gain_tau = \"4 d\"; };", 2, &c);
    const struct ecp_stored_table *t = computed_table(&c, "conditions");
    CU_ASSERT_PTR_NOT_NULL_FATAL(t);
    CU_ASSERT(value(&c, "days_change") > 0.8);
    CU_ASSERT(t->column[3].data[0] < 0.1); /* saline, context A, second test */
    CU_ASSERT(t->column[1].data[0] > 0.9);
    computed_clear(&c);
}

static void refused(const char *network, const char *key)
{
    scenario_refuses("silent_engram_key_value", network, key);
}

static void bad_input(void)
{
    refused("engram_dg = 500;", "engram_dg (500)");
    refused("engram_bla = 300;", "engram_bla (300)");
    refused("seed_step = 0;", "seeds repeated");
    refused("seed_step = 0.5;", "seed_step: found 0.5; allowed: whole numbers");
    refused("first_test = 0;", "lacks a test");
    refused("first_test = \"2 h\";", "overlaps");
    refused("block = \"keys\";", "block");
}

ECP_TEST_MAIN("silent_engram_key_value", {"claims", claims}, {"erased", erased},
              {"found anyway", found_anyway}, {"lost match", lost_match}, {"bad input", bad_input})
