/* verify_hopfield_scenarios.c -- the scenarios hopfield_capacity, dense_capacity,
 * modern_hopfield_bound, diffusion_hopfield and sdr_false_match: claims hold, their knobs
 * break them, and results do not depend on threads. */
#include <stdio.h>

#include "tests/experiment_case.h"

static int holds(const struct computed *c, const char *result)
{
    for (size_t k = 0; k < c->scores.n_verdicts; k++)
        if (strcmp(c->scores.verdict[k].claim, result) == 0)
            return c->scores.verdict[k].pass;
    CU_FAIL_FATAL("no such claim");
    return 0;
}

#define SCENARIO(name) "name = \"t\"; scenario = \"" name "\"; network = { "

/* The same results, `n` of them, on 1 and 3 threads; claims hold. */
static void same(const char *config, size_t n)
{
    struct computed one, three;
    compute(config, 1, &one);
    compute(config, 3, &three);
    claims_of(&one, 1);
    CU_ASSERT(memcmp(one.experiment->value, three.experiment->value, n * sizeof(double)) == 0);
    CU_ASSERT(one.experiment->n_figures > 0 && one.experiment->n_tables > 0);
    computed_clear(&one);
    computed_clear(&three);
}

/* 2,000 components, as theory wants them; then patterns that are alike. */
static void hopfield_capacity(void)
{
    struct computed c;
    same(SCENARIO("hopfield_capacity") "n = 400; seeds = 2; cues = 30; };", 8);
    compute(SCENARIO("hopfield_capacity") "n = 2000; seeds = 1; cues = 30; };", 2, &c);
    claims_of(&c, 1);
    (void)printf(" overlap %.4f, jump %.4f", c.experiment->value[0], c.experiment->value[2]);
    CU_ASSERT_PTR_NOT_NULL(computed_table(&c, "overlap_2000"));
    CU_ASSERT_PTR_NOT_NULL(computed_table(&c, "palimpsest"));
    computed_clear(&c);
    compute(SCENARIO("hopfield_capacity") "n = 400; seeds = 1; bias = 0.3; };", 2, &c);
    CU_ASSERT(!holds(&c, "hopfield_capacity.kept"));
    CU_ASSERT(!holds(&c, "hopfield_capacity.held_best"));
    computed_clear(&c);
}

static void dense_capacity(void)
{
    struct computed c;
    same(SCENARIO("dense_capacity") "highest = 3; seeds = 2; };", 2);
    compute(SCENARIO("dense_capacity") "highest = 3; seeds = 1; power = 2; };", 2, &c);
    CU_ASSERT(holds(&c, "dense_capacity.slope_2"));
    CU_ASSERT(!holds(&c, "dense_capacity.ratio_low"));
    CU_ASSERT(!holds(&c, "dense_capacity.theory_ratio"));
    computed_clear(&c);
}

static void modern_hopfield_bound(void)
{
    struct computed c;
    same(SCENARIO("modern_hopfield_bound") "draws = 1000; };", 8);
    compute(SCENARIO("modern_hopfield_bound") "draws = 100; beta = 0.1; };", 2, &c);
    CU_ASSERT(holds(&c, "modern_hopfield_bound.within")); /* it is true, but tells nothing */
    CU_ASSERT(!holds(&c, "modern_hopfield_bound.telling"));
    CU_ASSERT(!holds(&c, "modern_hopfield_bound.retrieved"));
    computed_clear(&c);
}

static void diffusion_hopfield(void)
{
    struct computed c;
    same(SCENARIO("diffusion_hopfield") "cues = 1000; seeds = 2; };", 8);
    compute(SCENARIO("diffusion_hopfield") "cues = 1000; seeds = 1; copies = 2; };", 2, &c);
    CU_ASSERT(holds(&c, "diffusion_hopfield.identity"));
    CU_ASSERT(!holds(&c, "diffusion_hopfield.sigma_ode"));
    CU_ASSERT(!holds(&c, "diffusion_hopfield.sigma_sde"));
    computed_clear(&c);
}

static void sdr_false_match(void)
{
    struct computed c;
    same(SCENARIO("sdr_false_match") "cues = 4000; };", 6);
    compute(SCENARIO("sdr_false_match") "cues = 2000; region = 0.6; };", 2, &c);
    CU_ASSERT(holds(&c, "sdr_false_match.table_error"));
    CU_ASSERT(!holds(&c, "sdr_false_match.match_sigma"));
    CU_ASSERT(!holds(&c, "sdr_false_match.union_sigma"));
    CU_ASSERT(!holds(&c, "sdr_false_match.density_sigma"));
    computed_clear(&c);
}

ECP_TEST_MAIN("hopfield_scenarios", {"hopfield_capacity", hopfield_capacity},
              {"dense_capacity", dense_capacity}, {"modern_hopfield_bound", modern_hopfield_bound},
              {"diffusion_hopfield", diffusion_hopfield}, {"sdr_false_match", sdr_false_match})
