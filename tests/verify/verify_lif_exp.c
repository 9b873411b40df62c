/* verify_lif_exp.c -- lif_exp against NEST's iaf_psc_exp (tests/data/nest). */
#include "tests/verify/nest_case.h"

static struct nest_case c;

static void constant_current(void)
{
    nest_case_const(&c, "lif_exp");
    nest_verify("lif_exp_const", &c);
}

static void current_steps(void)
{
    nest_case_step(&c, "lif_exp");
    nest_verify("lif_exp_step", &c);
}

static void spikes(void)
{
    const double weight[] = {250, 400, -300};
    nest_case_spikes(&c, "lif_exp", weight);
    nest_verify("lif_exp_spikes", &c);
}

static void network(void)
{
    nest_case_network(&c, "lif_exp", 500);
    c.tau_syn_in = 4;
    nest_verify("net50_lif_exp", &c);
}

ECP_TEST_MAIN("lif_exp", {"constant current", constant_current}, {"current steps", current_steps},
              {"spikes", spikes}, {"network of 50", network})
