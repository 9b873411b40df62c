/* reward.c -- reward-modulated STDP by covariance (Fremaux & Gerstner 2016): the
 * third factor is the modulating population's rate less its running mean.
 *
 *   dw/dt = c (n - m)
 *   dc/dt = -c/tau_c;  c += a_plus x_pre at a spike of the target,
 *                      c -= a_minus x_post at a spike of the source
 *   dn/dt = -n/tau_n;  n += 1/tau_n at a spike of the modulating population
 *   tau_mean dm/dt = n - m
 *
 * n - m is 0 on average, so that a reward which nothing the synapse did has to do
 * with does not move it on average. Exact between spikes. Verified in
 * tests/verify/verify_dopamine.c. */
#include "plasticity/eligibility.h"

enum { MEAN = ELIGIBLE_OWN, TAU_MEAN, END };

static const struct ecp_field fields[] = {
    ELIGIBLE_FIELDS,
    [MEAN] = {"mean", "1/ms", 0, 0, 1e9, "running mean of the reward", ECP_SYNAPSE},
    [TAU_MEAN] = {"tau_mean", "ms", 10000, 1e-3, 1e9, "time constant of that mean", ECP_PARAM},
    [END] = {0}};

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    if (p[TAU_MEAN] < 1.001 * p[ELIGIBLE_TAU_N])
        return ecp_fail(ECP_ECONFIG, "tau_mean (%g ms) must be longer than tau_n (%g ms)",
                        p[TAU_MEAN], p[ELIGIBLE_TAU_N]);
    return eligible_derive(p, dt, k);
}

/* All synapses of a piece have the same mean: they were visited together. */
static void visit(const struct ecp_visit *v)
{
    ecp_real *restrict mean = v->synapse[1];
    const struct eligible_factor end =
        eligible_visit(v, eligible_begin(v, 0, v->param[TAU_MEAN], mean[0]));
    for (size_t j = 0; j < v->n; j++)
        mean[j] = (ecp_real)end.m;
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_reward) = {
    .name = "reward",
    .summary = "reward-modulated STDP: eligibility times reward less its running mean",
    .equations = "dw/dt = c (n - m),  within w_min and w_max\n"
                 "dc/dt = -c/tau_c;  post: c += a_plus x_pre;  pre: c -= a_minus x_post\n"
                 "dn/dt = -n/tau_n;  n += 1/tau_n at a spike of the modulating population\n"
                 "tau_mean dm/dt = n - m\n"
                 "dx/dt = -x/tau;    x += 1 at a spike\n"
                 "\n"
                 "n is the rate of the modulating population (1/ms). No reward: no change.",
    .reference = "Fremaux & Gerstner 2016, doi:10.3389/fncir.2015.00085",
    .aliases = "",
    .verified_by = "tests/verify/verify_dopamine.c",
    .example = "projections = ( { source = \"E\"; target = \"E\"; rule = \"all_to_all\"; "
               "weight = 1;\n                  plasticity = { rule = \"reward\"; "
               "modulator = \"I\"; modulator_delay = 1; }; } );",
    .fields = fields,
    .needs_modulator = 1,
    .derive = derive,
    .arrive = eligible_arrive,
    .advance = eligible_advance,
    .visit = visit};
