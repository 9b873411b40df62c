/* verify_lif_delta.c -- lif_delta against NEST's iaf_psc_delta (tests/data/nest). */
#include "tests/verify/nest_case.h"

static struct nest_case c;

static void constant_current(void)
{
    nest_case_const(&c, "lif_delta");
    nest_verify("lif_delta_const", &c);
}

static void current_steps(void)
{
    nest_case_step(&c, "lif_delta");
    nest_verify("lif_delta_step", &c);
}

static void spikes(void)
{
    const double weight[] = {2, 4, -2.5};
    nest_case_spikes(&c, "lif_delta", weight);
    nest_verify("lif_delta_spikes", &c);
}

static void network(void)
{
    nest_case_network(&c, "lif_delta", 3.5);
    nest_verify("net50_lif_delta", &c);
}

ECP_TEST_MAIN("lif_delta", {"constant current", constant_current}, {"current steps", current_steps},
              {"spikes", spikes}, {"network of 50", network})
