/* verify_lif_sfa.c -- lif_sfa against NEST's iaf_cond_exp_sfa_rr (tests/data/nest), its
 * schemes against their orders, adaptation against a closed form. */
#include "tests/verify/conductance_case.h"

static struct nest_case c;

static void constant_current(void)
{
    nest_case_const(&c, "lif_sfa");
    c.i_e = 700;
    conductance_verify("lif_sfa_const", &c);
}

static void current_steps(void)
{
    const double level[] = {500, 700, 0, 800, -200, 650, 0};
    nest_case_step(&c, "lif_sfa");
    memcpy(c.switch_value, level, sizeof level);
    conductance_verify("lif_sfa_step", &c);
}

static void spikes(void)
{
    const double weight[] = {8, 15, -10};
    nest_case_spikes(&c, "lif_sfa", weight);
    conductance_verify("lif_sfa_spikes", &c);
}

static void orders(void)
{
    static const struct nest_value start[] = {
        {"g_ex", 80}, {"g_in", 30}, {"g_sfa", 25}, {"g_rr", 300}, {"v_th", 1000}};
    conductance_orders("lif_sfa", start, 5);
}

/* Each spike adds q to what is left: q (1 + x + x^2 ...), x = exp(-T/tau), with the
 * intervals T that the neuron itself chose. */
static void adaptation(void)
{
    const struct ecp_neuron_model *model;
    struct block b;
    double sfa = 0, rr = 0, worst = 0;
    int n = 0;
    ECP_ASSERT_OK(ecp_neuron_find("lif_sfa", ecp_isa_best(), &model));
    block_init(&b, model, 1, 0.1);
    block_set(&b, "i_e", 900);
    ECP_ASSERT_OK(block_derive(&b));
    for (int step = 0; step < 5000; step++) {
        block_update(&b, step);
        sfa = sfa * exp(-0.1 / 110) + (b.fired[0] ? 14.48 : 0);
        rr = rr * exp(-0.1 / 1.97) + (b.fired[0] ? 3214 : 0);
        worst = worse(worst, fabs((double)block_field(&b, "g_sfa")[0] - sfa) / 14.48);
        worst = worse(worst, fabs((double)block_field(&b, "g_rr")[0] - rr) / 3214);
        n += b.fired[0];
    }
    CU_ASSERT(n > 5);
    CU_ASSERT(worst < (sizeof(ecp_real) == sizeof(double) ? 1e-11 : 2e-4));
    block_clear(&b);
}

ECP_TEST_MAIN("lif_sfa", {"constant current", constant_current}, {"current steps", current_steps},
              {"spikes", spikes}, {"orders of the schemes", orders}, {"adaptation", adaptation})
