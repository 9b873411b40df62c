/* verify_scenarios_recall.c -- scenarios dual_form, key_value_forgetting,
 * astrocyte_transformer and astrocyte_memory in short forms: their claims, the same on any
 * number of threads, and that a claim fails where its cause is taken away. */
#include "tests/experiment_case.h"

#include <stdio.h>

/* All claims hold, or (cause taken away) at least one does not; `result` by itself. */
static double value_of(const char *config, int holds, int threads, const char *result)
{
    struct computed c;
    compute(config, threads, &c);
    claims_of(&c, holds);
    const double value = computed_value(&c, result);
    (void)printf(" %.3g", value);
    computed_clear(&c);
    return value;
}

#define DUAL                                                                                       \
    "scenario = \"dual_form\"; network = { inputs = 64; hidden = 40; steps = 300; items = 500; "   \
    "tested = 50; top = 200; seeds = 1; "

static void dual_form(void)
{
    const double one = value_of(DUAL "};", 1, 1, "dual_form.error");
    CU_ASSERT_EQUAL(one, value_of(DUAL "};", 1, 3, "dual_form.error"));
    /* Momentum and decay left out of the coefficients. */
    CU_ASSERT(value_of(DUAL "coefficients = \"plain\"; };", 0, 1, "dual_form.error") > 0.1);
}

#define KEYS                                                                                       \
    "scenario = \"key_value_forgetting\"; network = { memories = 60; iterations = 1500; items = "  \
    "1280; epochs = 8; seeds = 1; "

static void key_value_forgetting(void)
{
    const double one = value_of(KEYS "};", 1, 1, "key_value_forgetting.drop");
    CU_ASSERT_EQUAL(one, value_of(KEYS "};", 1, 3, "key_value_forgetting.drop"));
    /* All weights amplified: nothing comes back. */
    CU_ASSERT(value_of(KEYS "amplified = \"all\"; pairs = 0; };", 0, 1,
                       "key_value_forgetting.recovery") < 0.1);
}

#define BLOCKS "scenario = \"astrocyte_transformer\"; network = { most = 10000; "

static void astrocyte_transformer(void)
{
    const double one = value_of(BLOCKS "};", 1, 1, "astrocyte_transformer.slope");
    CU_ASSERT_EQUAL(one, value_of(BLOCKS "};", 1, 3, "astrocyte_transformer.slope"));
    /* Other features have another variance. */
    (void)value_of(BLOCKS "features = \"truncated\"; };", 0, 2, "astrocyte_transformer.bias");
}

#define CELLS "scenario = \"astrocyte_memory\"; network = { cues = 16; seeds = 2; largest = 20; "

static void astrocyte_memory(void)
{
    const double one = value_of(CELLS "};", 1, 1, "astrocyte_memory.slope");
    CU_ASSERT_EQUAL(one, value_of(CELLS "};", 1, 3, "astrocyte_memory.slope"));
    /* Repeated indices hold errors in place. */
    CU_ASSERT(value_of(CELLS "repeated = \"kept\"; };", 0, 2, "astrocyte_memory.slope") < 2.3);
}

ECP_TEST_MAIN("scenarios that recall", {"dual_form", dual_form},
              {"key_value_forgetting", key_value_forgetting},
              {"astrocyte_transformer", astrocyte_transformer},
              {"astrocyte_memory", astrocyte_memory})
