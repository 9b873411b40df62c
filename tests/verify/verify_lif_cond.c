/* verify_lif_cond.c -- lif_cond_exp and lif_cond_alpha against NEST's iaf_cond_exp and
 * iaf_cond_alpha (tests/data/nest), closed forms, and the orders of their schemes. */
#include "tests/verify/conductance_case.h"

static struct nest_case c;
static const char *const models[] = {"lif_cond_exp", "lif_cond_alpha"};

static void constant_current(void)
{
    static const char *const data[] = {"lif_cond_exp_const", "lif_cond_alpha_const"};
    for (int m = 0; m < 2; m++) {
        nest_case_const(&c, models[m]);
        c.i_e = 300;
        conductance_verify(data[m], &c);
    }
}

static void current_steps(void)
{
    static const char *const data[] = {"lif_cond_exp_step", "lif_cond_alpha_step"};
    const double level[] = {200, 300, 0, 350, -200, 280, 0};
    for (int m = 0; m < 2; m++) {
        nest_case_step(&c, models[m]);
        memcpy(c.switch_value, level, sizeof level);
        conductance_verify(data[m], &c);
    }
}

static void spikes(void)
{
    static const char *const data[] = {"lif_cond_exp_spikes", "lif_cond_alpha_spikes"};
    const double weight[2][3] = {{8, 15, -10}, {6, 10, -8}};
    for (int m = 0; m < 2; m++) {
        nest_case_spikes(&c, models[m], weight[m]);
        conductance_verify(data[m], &c);
    }
}

static void network(void)
{
    nest_case_network(&c, "lif_cond_exp", 6);
    nest_set(&c, "tau_syn_ex", 2);
    c.tau_syn_in = 4;
    conductance_verify("net50_lif_cond_exp", &c);
}

static void orders(void)
{
    static const struct nest_value start[] = {{"g_ex", 40}, {"g_in", 60}, {"v_th", 1000}};
    static const struct nest_value alpha[] = {{"g_ex", 20}, {"s_ex", 90},   {"g_in", 10},
                                              {"s_in", 50}, {"v_th", 1000}, {"tau_syn_ex", 1}};
    conductance_orders("lif_cond_exp", start, 3);
    conductance_orders("lif_cond_alpha", alpha, 6);
}

/* Spikes of weight w every `every` steps: the mean conductance is rate * area * w, the
 * area of one spike being tau, or e tau of a peak of 1. With a membrane much slower than
 * the synapses V comes to rest at sum g E / sum g. */
static void mean_conductance(void)
{
    const int every = 2, steps = 60000, counted = 20000;
    for (int m = 0; m < 2; m++) {
        const struct ecp_neuron_model *model;
        struct block b;
        ECP_ASSERT_OK(ecp_neuron_find(models[m], ecp_isa_best(), &model));
        block_init(&b, model, 1, 0.1);
        block_set(&b, "v_th", 1000);
        block_set(&b, "c", 2500);
        block_set(&b, "tau_syn_ex", 2);
        block_set(&b, "tau_syn_in", 5);
        ECP_ASSERT_OK(block_derive(&b));
        /* From the start of a step to its mean; an alpha course is smooth. */
        const double mean_ex = m == 0 ? -expm1(-0.1 / 2) * 2 / 0.1 : 1;
        const double mean_in = m == 0 ? -expm1(-0.1 / 5) * 5 / 0.1 : 1;
        double ex = 0, in = 0, v = 0;
        for (int step = 0; step < steps; step++) {
            block_field(&b, "ex")[0] = step % every == 0 ? (ecp_real)0.4 : 0;
            block_field(&b, "in")[0] = step % every == 0 ? (ecp_real)-0.7 : 0; /* magnitude */
            block_update(&b, step);
            if (step < steps - counted)
                continue;
            ex += (double)block_field(&b, "g_ex")[0] * mean_ex / counted;
            in += (double)block_field(&b, "g_in")[0] * mean_in / counted;
            v += (double)block_field(&b, "v")[0] / counted;
        }
        const double area = m == 0 ? 1 : exp(1), rate = 1 / (every * 0.1);
        const double want_ex = rate * 2 * area * 0.4, want_in = rate * 5 * area * 0.7;
        const double want_v = (16.6667 * -70 + want_in * -85) / (16.6667 + want_ex + want_in);
        (void)printf(" %.5f %.5f nS %.4f mV;", ex / want_ex, in / want_in, v - want_v);
        CU_ASSERT_DOUBLE_EQUAL(ex / want_ex, 1, 1e-3);
        CU_ASSERT_DOUBLE_EQUAL(in / want_in, 1, 1e-3);
        CU_ASSERT_DOUBLE_EQUAL(v, want_v, 0.01);
        block_clear(&b);
    }
}

/* One spike of weight w at time 0: exp(-t/tau), and the peak w at tau after it. */
static void one_spike(void)
{
    for (int m = 0; m < 2; m++) {
        const struct ecp_neuron_model *model;
        struct block b;
        double worst = 0;
        ECP_ASSERT_OK(ecp_neuron_find(models[m], ecp_isa_best(), &model));
        block_init(&b, model, 1, 0.1);
        block_set(&b, "tau_syn_in", 3);
        ECP_ASSERT_OK(block_derive(&b));
        for (int step = 0; step < 200; step++) {
            const double x = step * 0.1 / 3;
            block_field(&b, "in")[0] = step == 0 ? -5 : 0;
            block_update(&b, step);
            const double want = m == 0 ? 5 * exp(-x) : 5 * x * exp(1 - x);
            worst = worse(worst, fabs((double)block_field(&b, "g_in")[0] - want));
        }
        CU_ASSERT(worst < (sizeof(ecp_real) == sizeof(double) ? 1e-12 : 1e-5));
        block_clear(&b);
    }
}

ECP_TEST_MAIN("lif_cond", {"constant current", constant_current}, {"current steps", current_steps},
              {"spikes", spikes}, {"network of 50", network}, {"orders of the schemes", orders},
              {"mean conductance", mean_conductance}, {"one spike", one_spike})
