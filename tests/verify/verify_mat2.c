/* verify_mat2.c -- mat2 against NEST's mat2_psc_exp (tests/data/nest), and its
 * period under a constant current. */
#include "tests/verify/nest_case.h"

static struct nest_case c;

static void constant_current(void)
{
    nest_case_const(&c, "mat2");
    nest_verify("mat2_const", &c);
}

static void current_steps(void)
{
    nest_case_step(&c, "mat2");
    nest_verify("mat2_step", &c);
}

static void spikes(void)
{
    const double weight[] = {200, 400, -300};
    nest_case_spikes(&c, "mat2", weight);
    nest_verify("mat2_spikes", &c);
}

/* Spikes every `steps`: the threshold just before one, by geometric series. */
static double threshold(int steps)
{
    const double t = steps * 0.1;
    return -51 + 37 / expm1(t / 10) + 2 / expm1(t / 200);
}

/* With V at rest, the period is the shortest at which the threshold has come
 * down to it; th_1 and th_2 wander within it, so compare means. */
static void period(void)
{
    const double current[] = {500, 800, 1500, 4000};
    for (int k = 0; k < 4; k++) {
        const struct ecp_neuron_model *m;
        struct block b;
        int first = -1, last = 0, n = 0, want = 1;
        const double v = -70 + current[k] * 5 / 100;
        ECP_ASSERT_OK(ecp_neuron_find("mat2", ecp_isa_best(), &m));
        block_init(&b, m, 1, 0.1);
        block_set(&b, "i_e", current[k]);
        ECP_ASSERT_OK(block_derive(&b));
        for (int step = 0; step < 200000; step++) {
            block_update(&b, step);
            if (b.fired[0] && step >= 50000) {
                n += first >= 0;
                first = first < 0 ? step : first;
                last = step;
            }
        }
        while (want < 21 || threshold(want) > v)
            want++;
        const double mean = (double)(last - first) / n;
        (void)printf(" %.2f (%d)", mean, want);
        CU_ASSERT(mean <= want + 0.01 && mean > want - 1);
        block_clear(&b);
    }
}

/* A threshold that does not move: a spike every t_ref and one step. */
static void refractory(void)
{
    const struct ecp_neuron_model *m;
    struct block b;
    ECP_ASSERT_OK(ecp_neuron_find("mat2", ecp_isa_best(), &m));
    block_init(&b, m, 1, 0.1);
    block_set(&b, "alpha_1", 0);
    block_set(&b, "alpha_2", 0);
    block_set(&b, "v", -40);
    block_set(&b, "i_e", 1000);
    ECP_ASSERT_OK(block_derive(&b));
    for (int step = 0; step < 500; step++) {
        block_update(&b, step);
        CU_ASSERT_EQUAL(b.fired[0], step % 21 == 0);
    }
    block_clear(&b);
}

/* One spike, then silence: V goes on, th_k decay each by its own constant. */
static void no_reset(void)
{
    const struct ecp_neuron_model *m;
    struct block b;
    const double near = sizeof(ecp_real) == sizeof(double) ? 1e-10 : 2e-4;
    ECP_ASSERT_OK(ecp_neuron_find("mat2", ecp_isa_best(), &m));
    block_init(&b, m, 1, 0.1);
    ECP_ASSERT_OK(block_derive(&b));
    block_field(&b, "v")[0] = -50;
    for (int step = 0; step < 1000; step++) {
        const double t = (step + 1) * 0.1, after = step * 0.1;
        block_update(&b, step);
        CU_ASSERT_EQUAL(b.fired[0], step == 0);
        CU_ASSERT_DOUBLE_EQUAL(block_field(&b, "v")[0], -70 + 20 * exp(-t / 5), near);
        CU_ASSERT_DOUBLE_EQUAL(block_field(&b, "th_1")[0], 37 * exp(-after / 10), near);
        CU_ASSERT_DOUBLE_EQUAL(block_field(&b, "th_2")[0], 2 * exp(-after / 200), near);
    }
    block_clear(&b);
}

ECP_TEST_MAIN("mat2", {"constant current", constant_current}, {"current steps", current_steps},
              {"spikes", spikes}, {"period", period}, {"refractory", refractory},
              {"no reset", no_reset})
