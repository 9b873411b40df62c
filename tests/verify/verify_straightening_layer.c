/* verify_straightening_layer.c -- scenario straightening: a small case against claims, without
 * noise they fail, the same numbers on any number of threads. The measure itself is checked in
 * verify_straightening.c, the gradient by the loss that training without noise ends at. */
#include <math.h>

#include "tests/experiment_case.h"

#define SMALL(steps, network)                                                                      \
    "scenario = \"straightening\"; seed = 1;\n"                                                    \
    "network = { units = 100; steps = " steps "; side = 8; batch = 32; rate = 3e-3; \n"            \
    "            textures = 20; seeds = 1; " network " };"

static void test_claims(void)
{
    struct computed c;
    compute(SMALL("1200", "speed = 0.6;"), 2, &c);
    CU_ASSERT(computed_value(&c, "straightening.straightened") > 3);
    CU_ASSERT(computed_value(&c, "straightening.beyond") > 8);
    CU_ASSERT(computed_value(&c, "straightening.by_control") < 2);
    /* What noise moves less is what it was trained for. */
    CU_ASSERT(computed_value(&c, "straightening.sensitivity") <
              computed_value(&c, "straightening.control_sensitivity"));
    CU_ASSERT(computed_value(&c, "straightening.loss") < 0.9);
    CU_ASSERT_PTR_NOT_NULL(computed_table(&c, "curvature"));
    computed_clear(&c);
}

/* Without noise both layers are the same layer, and learn to copy: nothing is straightened. */
static void test_without_noise(void)
{
    struct computed c;
    compute(SMALL("1200", "speed = 0.6; noise = 0;"), 2, &c);
    CU_ASSERT_EQUAL(computed_value(&c, "straightening.beyond"), 0);
    CU_ASSERT(computed_value(&c, "straightening.straightened") < 2);
    CU_ASSERT(computed_value(&c, "straightening.loss") < 0.05);
    claims_of(&c, 0);
    computed_clear(&c);
}

/* A movie that stands still has no direction; one over smooth textures bends less. */
static void test_movies(void)
{
    struct computed rough, smooth;
    compute(SMALL("1", "slope = 0.3;"), 1, &rough);
    compute(SMALL("1", "slope = 2;"), 1, &smooth);
    CU_ASSERT(computed_value(&rough, "straightening.input") > 80);
    CU_ASSERT(computed_value(&smooth, "straightening.input") < 60);
    CU_ASSERT(computed_value(&rough, "straightening.input") >
              computed_value(&smooth, "straightening.input") + 20);
    computed_clear(&rough);
    computed_clear(&smooth);
    compute(SMALL("1", "speed = 0; turn = 0;"), 1, &rough);
    CU_ASSERT(isnan(computed_value(&rough, "straightening.input")));
    claims_of(&rough, 0);
    computed_clear(&rough);
}

static void test_threads(void)
{
    struct computed one, two;
    compute(SMALL("50", ""), 1, &one);
    compute(SMALL("50", ""), 2, &two);
    CU_ASSERT_EQUAL(computed_value(&one, "straightening.robust"),
                    computed_value(&two, "straightening.robust"));
    computed_clear(&one);
    computed_clear(&two);
}

ECP_TEST_MAIN("straightening", {"claims of a small case", test_claims},
              {"without noise", test_without_noise}, {"movies", test_movies},
              {"threads", test_threads})
