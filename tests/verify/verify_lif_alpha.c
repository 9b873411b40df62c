/* verify_lif_alpha.c -- lif_alpha against NEST's iaf_psc_alpha (tests/data/nest). */
#include "tests/verify/nest_case.h"

static struct nest_case c;

static void constant_current(void)
{
    nest_case_const(&c, "lif_alpha");
    nest_verify("lif_alpha_const", &c);
}

static void current_steps(void)
{
    nest_case_step(&c, "lif_alpha");
    nest_verify("lif_alpha_step", &c);
}

static void spikes(void)
{
    const double weight[] = {150, 250, -200};
    nest_case_spikes(&c, "lif_alpha", weight);
    nest_verify("lif_alpha_spikes", &c);
}

static void network(void)
{
    nest_case_network(&c, "lif_alpha", 300);
    nest_verify("net50_lif_alpha", &c);
}

ECP_TEST_MAIN("lif_alpha", {"constant current", constant_current}, {"current steps", current_steps},
              {"spikes", spikes}, {"network of 50", network})
