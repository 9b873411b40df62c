/* stdp_dopamine.c -- STDP gated by dopamine (Izhikevich 2007; Potjans, Morrison &
 * Diesmann 2010).
 *
 *   dw/dt = c (n - b)
 *   dc/dt = -c/tau_c;  c += a_plus x_pre at a spike of the target,
 *                      c -= a_minus x_post at a spike of the source
 *   dn/dt = -n/tau_n;  n += 1/tau_n at a spike of the modulating population
 *
 * Exact between spikes. Verified in tests/verify/verify_dopamine.c. */
#include "plasticity/eligibility.h"

enum { B = ELIGIBLE_OWN, END };

static const struct ecp_field fields[] = {
    ELIGIBLE_FIELDS, [B] = {"b", "1/ms", 0, -1e6, 1e6, "dopamine at which weights stay", ECP_PARAM},
    [END] = {0}};

static void visit(const struct ecp_visit *v)
{
    (void)eligible_visit(v, eligible_begin(v, v->param[B], 0, 0));
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_stdp_dopamine) = {
    .name = "stdp_dopamine",
    .summary = "STDP that leaves an eligibility, turned into weight by dopamine",
    .equations = "dw/dt = c (n - b),  within w_min and w_max\n"
                 "dc/dt = -c/tau_c;  post: c += a_plus x_pre;  pre: c -= a_minus x_post\n"
                 "dn/dt = -n/tau_n;  n += 1/tau_n at a spike of the modulating population\n"
                 "dx/dt = -x/tau;    x += 1 at a spike\n"
                 "\n"
                 "One pair that leaves c_0, one spike of dopamine a time T later:\n"
                 "w changes by c_0 exp(-T/tau_c) tau_c/(tau_c + tau_n). No dopamine, b = 0:\n"
                 "no change.",
    .reference = "Potjans, Morrison & Diesmann 2010, doi:10.3389/fncom.2010.00141",
    .aliases = "nest:stdp_dopamine_synapse",
    .verified_by = "tests/verify/verify_dopamine.c",
    .example = "projections = ( { source = \"E\"; target = \"E\"; rule = \"all_to_all\"; "
               "weight = 1;\n                  plasticity = { rule = \"stdp_dopamine\"; "
               "modulator = \"I\"; modulator_delay = 1; }; } );",
    .fields = fields,
    .needs_modulator = 1,
    .derive = eligible_derive,
    .arrive = eligible_arrive,
    .advance = eligible_advance,
    .visit = visit};
