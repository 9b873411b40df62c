/* verify_stdp.c -- pair-based STDP: NEST's synapses, and sums over all pairs. */
#include "tests/verify/plastic_case.h"

static struct plastic_case c;

static void set_rule(double mu_plus, double mu_minus, double alpha, double lambda)
{
    plastic_set(&c, "w_max", 100);
    plastic_set(&c, "mu_plus", mu_plus);
    plastic_set(&c, "mu_minus", mu_minus);
    plastic_set(&c, "alpha", alpha);
    plastic_set(&c, "lambda", lambda);
}

static void additive(void)
{
    plastic_nest(&c, "stdp");
    set_rule(0, 0, 1.1, 0.01);
    plastic_verify_nest("plast_stdp_additive", &c);
}

static void multiplicative(void)
{
    plastic_nest(&c, "stdp");
    set_rule(1, 1, 1.1, 0.01);
    plastic_verify_nest("plast_stdp_multiplicative", &c);
}

static void mixed(void)
{
    plastic_nest(&c, "stdp");
    set_rule(0.4, 0.7, 0.9, 0.05);
    plastic_set(&c, "tau_plus", 15);
    plastic_set(&c, "tau_minus", 30);
    plastic_verify_nest("plast_stdp_mixed_mu", &c);
}

static void homogeneous(void)
{
    plastic_nest(&c, "stdp");
    set_rule(0.5, 0.5, 1.1, 0.01);
    plastic_verify_nest("plast_stdp_hom", &c);
}

static void power_law(void)
{
    plastic_nest(&c, "stdp_power");
    plastic_verify_nest("plast_stdp_pl_hom", &c);
}

ECP_TEST_MAIN("stdp", {"additive", additive}, {"multiplicative", multiplicative},
              {"mixed powers", mixed}, {"equal powers", homogeneous}, {"power law", power_law})
