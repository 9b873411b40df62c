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

/* Keys and values as they are put out give the gap and the error of the results. */
static void items_of(const struct computed *c)
{
    const struct ecp_stored_table *key = computed_table(c, "items/K");
    const struct ecp_stored_table *value = computed_table(c, "items/V");
    const struct ecp_stored_table *query = computed_table(c, "items/Q");
    double sum[2] = {0, 0}, count[2] = {0, 0}, error = 0;
    CU_ASSERT_FATAL(key && value && query && computed_table(c, "items/begun/K"));
    CU_ASSERT_FATAL(computed_table(c, "items/begun/V") != NULL);
    CU_ASSERT_FATAL(key->rows == 60 && key->columns == 2 && value->rows == 60);
    CU_ASSERT_EQUAL(memcmp(key->matrix, query->matrix, 120 * sizeof(double)), 0);
    for (size_t i = 0; i < 60; i++) {
        const double *a = key->matrix + 2 * i, *v = value->matrix + 2 * i;
        error += (fabs(v[0] - (i % 2 == 0)) + fabs(v[1] - (i % 2 == 1))) / 120;
        for (size_t j = 0; j < i; j++) {
            const double *b = key->matrix + 2 * j;
            sum[i % 2 == j % 2] +=
                (a[0] * b[0] + a[1] * b[1]) / hypot(a[0], a[1]) / hypot(b[0], b[1]);
            count[i % 2 == j % 2]++;
        }
    }
    CU_ASSERT_DOUBLE_EQUAL(sum[1] / count[1] - sum[0] / count[0],
                           computed_value(c, "key_value_forgetting.gap_after"), 1e-13);
    CU_ASSERT_DOUBLE_EQUAL(error, computed_value(c, "key_value_forgetting.value_error"), 1e-13);
}

static void key_value_forgetting(void)
{
    struct computed c;
    compute(KEYS "};", 2, &c);
    items_of(&c);
    computed_clear(&c);
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
