/* lif_delta.c -- leaky integrate-and-fire, synapses that jump the membrane.
 *
 *   c dV/dt = -c/tau_m (V - e_l) + I_stim + i_e
 *   V += weights (mV) that arrive, at the end of the step
 *
 * What arrives while the neuron is refractory is lost, as in NEST's
 * iaf_psc_delta with refractory_input off. Verified in
 * tests/verify/verify_lif_delta.c. */
#include <math.h>

#include "engine/neuron.h"

enum { V, WAIT, SYN, STIM, TAU_M, C, E_L, I_E, V_TH, V_RESET, T_REF, END };

static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -70, -1e4, 1e4, "membrane potential", ECP_STATE},
    [WAIT] = {"wait", "1", 0, 0, 65535, "refractory steps left", ECP_COUNTER},
    [SYN] = {"syn", "mV", 0, -1e7, 1e7, "jumps that arrive, of either sign", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [TAU_M] = {"tau_m", "ms", 10, 1e-3, 1e6, "membrane time constant", ECP_PARAM},
    [C] = {"c", "pF", 250, 1e-3, 1e6, "membrane capacitance", ECP_PARAM},
    [E_L] = {"e_l", "mV", -70, -1e3, 1e3, "resting potential", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [V_TH] = {"v_th", "mV", -55, -1e3, 1e3, "threshold", ECP_PARAM},
    [V_RESET] = {"v_reset", "mV", -70, -1e3, 1e3, "potential after a spike", ECP_PARAM},
    [T_REF] = {"t_ref", "ms", 2, 0, 1e3, "refractory time", ECP_PARAM},
    [END] = {0}};

enum { P_VV, P_V1, DRIFT, THRESHOLD, RESET, REFRACTORY };

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    if (p[V_RESET] >= p[V_TH])
        return ecp_fail(ECP_ECONFIG, "v_reset (%g mV) must lie below v_th (%g mV)", p[V_RESET],
                        p[V_TH]);
    if (p[T_REF] / dt > 65535)
        return ecp_fail(ECP_ECONFIG, "t_ref (%g ms) is longer than 65535 steps of %g ms", p[T_REF],
                        dt);

    const double from_current = -expm1(-dt / p[TAU_M]) * p[TAU_M] / p[C];

    k[P_VV] = (ecp_real)exp(-dt / p[TAU_M]);
    k[P_V1] = (ecp_real)from_current;
    k[DRIFT] = (ecp_real)(-expm1(-dt / p[TAU_M]) * p[E_L] + from_current * p[I_E]);
    k[THRESHOLD] = (ecp_real)p[V_TH];
    k[RESET] = (ecp_real)p[V_RESET];
    k[REFRACTORY] = (ecp_real)nearbyint(p[T_REF] / dt);
    return ECP_OK;
}

static void update(const struct ecp_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real vv = k[P_VV], v1 = k[P_V1], drift = k[DRIFT];
    const ecp_real threshold = k[THRESHOLD], reset = k[RESET];
    const uint16_t refractory = (uint16_t)k[REFRACTORY];
    ecp_real *restrict v = b->column[V];
    const ecp_real *restrict syn = b->column[SYN];
    const ecp_real *restrict stim = b->column[STIM];
    uint16_t *restrict wait = b->counter[WAIT];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real moved = (v[j] * vv + (stim[j] * v1 + drift)) + syn[j];
        const ecp_real next = wait[j] > 0 ? v[j] : moved;
        const int spike = next >= threshold;
        v[j] = spike ? reset : next;
        fired[j] = (uint8_t)spike;
    }
    /* Apart from the rest: 16-bit counters fill a vector of their own. */
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        wait[j] = fired[j] ? refractory : (uint16_t)(wait[j] - (wait[j] > 0));
}

static const struct ecp_exact exact = {.v = V,
                                       .tau_m = TAU_M,
                                       .c = C,
                                       .e_l = E_L,
                                       .i_e = I_E,
                                       .v_th = V_TH,
                                       .v_reset = V_RESET,
                                       .t_ref = T_REF,
                                       .port_current = {-1}};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_lif_delta) = {
    .name = "lif_delta",
    .summary = "leaky integrate-and-fire neuron whose membrane jumps at every arriving spike",
    .equations = "c dV/dt = -c/tau_m (V - e_l) + I_stim + i_e;  V += w (mV) at every spike\n"
                 "V >= v_th: spike, V = v_reset for t_ref, and spikes that arrive then are lost",
    .reference = "Brunel 2000, doi:10.1023/A:1008925309027; "
                 "Rotter & Diesmann 1999, doi:10.1007/s004220050570",
    .aliases = "nest:iaf_psc_delta",
    .verified_by = "tests/verify/verify_lif_delta.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .exact = &exact};
