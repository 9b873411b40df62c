/* verify_fast_weights_scenarios.c -- the scenarios fast_weights_duality and
 * fast_weights_capacity in short forms: claims hold, and their knobs break them; the same
 * results on any number of threads. */
#include <stdio.h>

#include "tests/experiment_case.h"

/* The claim on `result` passed. */
static int holds(const struct computed *c, const char *result)
{
    for (size_t k = 0; k < c->scores.n_verdicts; k++)
        if (strcmp(c->scores.verdict[k].claim, result) == 0)
            return c->scores.verdict[k].pass;
    CU_FAIL_FATAL("no such claim");
    return 0;
}

#define DUALITY "name = \"t\"; scenario = \"fast_weights_duality\"; network = { "
#define SHORT   "items = 101; d = 16; m = 12; seeds = 1; "

static const double *matrix_of(const struct computed *c, const char *name, size_t columns)
{
    const struct ecp_stored_table *table = computed_table(c, name);
    CU_ASSERT_FATAL(table && table->rows == 101 && table->columns == columns);
    return table->matrix;
}

/* The items that are put out, through the recurrence of gla, give the answers beside them. */
static void items_of(const struct computed *c)
{
    const double *key = matrix_of(c, "items/K", 32), *value = matrix_of(c, "items/V", 24);
    const double *query = matrix_of(c, "items/Q", 32), *gate = matrix_of(c, "items/decay", 32);
    const double *b = matrix_of(c, "items/strength", 1), *answer = matrix_of(c, "items/gla", 24);
    double s[32][12] = {{0}}, worst = 0;
    for (size_t t = 0; t < 101; t++)
        for (size_t h = 0; h < 2; h++)
            for (size_t j = 0; j < 12; j++) {
                double sum = 0;
                for (size_t i = 16 * h; i < 16 * h + 16; i++) {
                    s[i][j] = exp(gate[32 * t + i]) * s[i][j] +
                              b[t] * key[32 * t + i] * value[24 * t + 12 * h + j];
                    sum += s[i][j] * query[32 * t + i] / 4; /* scale 1/sqrt(16) */
                }
                worst = fmax(worst, fabs(sum - answer[24 * t + 12 * h + j]));
            }
    CU_ASSERT(worst < 1e-13);
}

static void duality(void)
{
    struct computed one, two;
    compute(DUALITY SHORT "};", 1, &one);
    claims_of(&one, 1);
    CU_ASSERT_PTR_NOT_NULL(computed_table(&one, "forms"));
    items_of(&one);
    CU_ASSERT_EQUAL(one.experiment->n_figures, 1);
    compute(DUALITY SHORT "};", 3, &two);
    for (int k = 0; k < 7; k++)
        CU_ASSERT(one.experiment->value[k] == two.experiment->value[k]);
    computed_clear(&one);
    computed_clear(&two);
}

/* In single precision nothing is the same to 1e-12, but still to 1e-5; keys that are longer
 * than 1 let the state grow. */
static void duality_knobs(void)
{
    struct computed c;
    compute(DUALITY SHORT "precision = \"single\"; };", 2, &c);
    claims_of(&c, 0);
    CU_ASSERT(!holds(&c, "fast_weights_duality.double_error"));
    CU_ASSERT(holds(&c, "fast_weights_duality.single_error"));
    computed_clear(&c);
    compute(DUALITY SHORT "length = 1.3; };", 2, &c);
    claims_of(&c, 0);
    CU_ASSERT(!holds(&c, "fast_weights_duality.state_growth"));
    computed_clear(&c);
}

#define CAPACITY "name = \"t\"; scenario = \"fast_weights_capacity\"; network = { d = 8; "

static void capacity(void)
{
    struct computed one, two;
    compute(CAPACITY "sizes = 4; maps = 2; };", 2, &one);
    claims_of(&one, 1);
    CU_ASSERT_PTR_NOT_NULL(computed_table(&one, "losses"));
    compute(CAPACITY "sizes = 2; maps = 1; seeds = 1; steps = 40; steps_replace = 40; };", 3, &two);
    computed_clear(&one);
    compute(CAPACITY "sizes = 2; maps = 1; seeds = 1; steps = 40; steps_replace = 40; };", 1, &one);
    CU_ASSERT(memcmp(one.experiment->value, two.experiment->value, 3 * sizeof(double)) == 0);
    computed_clear(&one);
    computed_clear(&two);
}

/* dpfp-1 has the features of elu: what its F promises is not held. */
static void capacity_knob(void)
{
    struct computed c;
    compute(CAPACITY "sizes = 2; maps = 2; same_map = 1; seeds = 1; };", 2, &c);
    claims_of(&c, 0);
    CU_ASSERT(holds(&c, "fast_weights_capacity.elu_full"));
    CU_ASSERT(!holds(&c, "fast_weights_capacity.dpfp1_solved"));
    computed_clear(&c);
}

ECP_TEST_MAIN("fast_weights_scenarios", {"duality", duality}, {"duality_knobs", duality_knobs},
              {"capacity", capacity}, {"capacity_knob", capacity_knob})
