/* verify_pavlov.c -- scenario pavlov: its claims in a short form, its courses against loops
 * of the delta rule by hand, and that they fail where the rule is Hebb's. */
#include "tests/experiment_case.h"

#include <math.h>

static const char shorter[] = "scenario = \"pavlov\"; network = { repeats = 60; };";

static void claims(void)
{
    struct computed c;
    compute(shorter, 2, &c);
    claims_of(&c, 1);
    CU_ASSERT(computed_value(&c, "pavlov.curve_error") < 1e-14);
    computed_clear(&c);
}

/* Rescorla and Wagner by hand: A alone, then A and B. */
static void by_hand(void)
{
    struct computed c;
    double a = 0, b = 0;
    compute("scenario = \"pavlov\"; network = { rate = 0.2; trials = 17; repeats = 4; };", 1, &c);
    for (int k = 0; k < 17; k++)
        a += 0.2 * (1 - a);
    CU_ASSERT_DOUBLE_EQUAL(computed_value(&c, "pavlov.acquired"), a, 1e-14);
    for (int k = 0; k < 17; k++) {
        const double error = 1 - a - b;
        a += 0.2 * error;
        b += 0.2 * error;
    }
    CU_ASSERT_DOUBLE_EQUAL(computed_value(&c, "pavlov.blocked"), b, 1e-14);
    computed_clear(&c);
}

/* Hebb's rule learns all that comes together: nothing is blocked, nothing is lost. */
static void hebb(void)
{
    struct computed c;
    compute("scenario = \"pavlov\"; network = { rule = \"hebb\"; repeats = 4; };", 1, &c);
    claims_of(&c, 0);
    CU_ASSERT_DOUBLE_EQUAL(computed_value(&c, "pavlov.blocked"), 6, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(computed_value(&c, "pavlov.extinguished"), 6, 1e-12);
    computed_clear(&c);
}

static void threads(void)
{
    struct computed one, three;
    compute("scenario = \"pavlov\"; network = { repeats = 10; };", 1, &one);
    compute("scenario = \"pavlov\"; network = { repeats = 10; };", 3, &three);
    for (size_t k = 0; k < one.scores.n_results; k++)
        CU_ASSERT(one.scores.result[k].value == three.scores.result[k].value);
    computed_clear(&one);
    computed_clear(&three);
}

ECP_TEST_MAIN("pavlov", {"claims", claims}, {"by hand", by_hand}, {"Hebb", hebb},
              {"threads", threads})
