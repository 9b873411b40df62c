/* lif_exp.c -- leaky integrate-and-fire, exponential currents with separate
 * time constants for excitation and inhibition.
 *
 *   c dV/dt = -c/tau_m (V - e_l) + I_ex + I_in + I_stim + i_e
 *   tau_syn_x dI_x/dt = -I_x,   I_x += weights that arrive at port x
 *
 * Exact below threshold (Rotter & Diesmann 1999); the threshold is tested at
 * the end of the step. Inhibitory weights are negative. Verified in
 * tests/verify/verify_lif_exp.c. */
#include <math.h>

#include "engine/neuron.h"

enum {
    V,
    I_EX,
    I_IN,
    WAIT,
    EX,
    IN,
    STIM,
    TAU_M,
    TAU_EX,
    TAU_IN,
    C,
    E_L,
    I_E,
    V_TH,
    V_RESET,
    T_REF,
    END
};

static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -70, -1e4, 1e4, "membrane potential", ECP_STATE},
    [I_EX] = {"i_ex", "pA", 0, -1e7, 1e7, "excitatory synaptic current", ECP_STATE},
    [I_IN] = {"i_in", "pA", 0, -1e7, 1e7, "inhibitory synaptic current", ECP_STATE},
    [WAIT] = {"wait", "1", 0, 0, 65535, "refractory steps left", ECP_COUNTER},
    [EX] = {"ex", "pA", 0, -1e7, 1e7, "excitatory weights that arrive", ECP_INPUT},
    [IN] = {"in", "pA", 0, -1e7, 1e7, "inhibitory weights that arrive (negative)", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [TAU_M] = {"tau_m", "ms", 10, 1e-3, 1e6, "membrane time constant", ECP_PARAM},
    [TAU_EX] = {"tau_syn_ex", "ms", 2, 1e-3, 1e6, "excitatory time constant", ECP_PARAM},
    [TAU_IN] = {"tau_syn_in", "ms", 2, 1e-3, 1e6, "inhibitory time constant", ECP_PARAM},
    [C] = {"c", "pF", 250, 1e-3, 1e6, "membrane capacitance", ECP_PARAM},
    [E_L] = {"e_l", "mV", -70, -1e3, 1e3, "resting potential", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [V_TH] = {"v_th", "mV", -55, -1e3, 1e3, "threshold", ECP_PARAM},
    [V_RESET] = {"v_reset", "mV", -70, -1e3, 1e3, "potential after a spike", ECP_PARAM},
    [T_REF] = {"t_ref", "ms", 2, 0, 1e3, "refractory time", ECP_PARAM},
    [END] = {0}};

enum { P_VV, P_VE, P_VI, P_V1, P_EE, P_II, DRIFT, THRESHOLD, RESET, REFRACTORY };

/* Potential after one step per unit of a current that decays with tau:
 * (exp(-h/tau) - exp(-h/tau_m)) / (c (1/tau_m - 1/tau)), in a form that stays
 * finite as the two time constants meet. */
static double response(const double *p, double tau, double dt)
{
    const double rate = 1.0 / tau - 1.0 / p[TAU_M];
    const double gain = fabs(rate * dt) < 1e-15 ? dt : -expm1(-rate * dt) / rate;
    return exp(-dt / p[TAU_M]) * gain / p[C];
}

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
    k[P_VE] = (ecp_real)response(p, p[TAU_EX], dt);
    k[P_VI] = (ecp_real)response(p, p[TAU_IN], dt);
    k[P_V1] = (ecp_real)from_current;
    k[P_EE] = (ecp_real)exp(-dt / p[TAU_EX]);
    k[P_II] = (ecp_real)exp(-dt / p[TAU_IN]);
    k[DRIFT] = (ecp_real)(-expm1(-dt / p[TAU_M]) * p[E_L] + from_current * p[I_E]);
    k[THRESHOLD] = (ecp_real)p[V_TH];
    k[RESET] = (ecp_real)p[V_RESET];
    k[REFRACTORY] = (ecp_real)nearbyint(p[T_REF] / dt);
    return ECP_OK;
}

static void update(const struct ecp_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real vv = k[P_VV], ve = k[P_VE], vi = k[P_VI], v1 = k[P_V1];
    const ecp_real ee = k[P_EE], ii = k[P_II], drift = k[DRIFT];
    const ecp_real threshold = k[THRESHOLD], reset = k[RESET];
    const uint16_t refractory = (uint16_t)k[REFRACTORY];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict ex = b->column[I_EX];
    ecp_real *restrict in = b->column[I_IN];
    const ecp_real *restrict add_ex = b->column[EX];
    const ecp_real *restrict add_in = b->column[IN];
    const ecp_real *restrict stim = b->column[STIM];
    uint16_t *restrict wait = b->counter[WAIT];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real pushed = (ex[j] * ve + in[j] * vi) + (stim[j] * v1 + drift);
        const ecp_real next = wait[j] > 0 ? v[j] : v[j] * vv + pushed;
        const int spike = next >= threshold;
        v[j] = spike ? reset : next;
        ex[j] = ex[j] * ee + add_ex[j];
        in[j] = in[j] * ii + add_in[j];
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
                                       .n_currents = 2,
                                       .current = {I_EX, I_IN},
                                       .slope = {-1, -1},
                                       .tau = {TAU_EX, TAU_IN},
                                       .port_current = {0, 1}};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_lif_exp) = {
    .name = "lif_exp",
    .summary = "leaky integrate-and-fire neuron with exponential currents, ex and in apart",
    .equations = "c dV/dt = -c/tau_m (V - e_l) + I_ex + I_in + I_stim + i_e\n"
                 "tau_syn_x dI_x/dt = -I_x;  I_x += w at every spike arriving at port x = ex, in\n"
                 "V >= v_th: spike, V = v_reset for t_ref",
    .reference = "Rotter & Diesmann 1999, doi:10.1007/s004220050570",
    .aliases = "nest:iaf_psc_exp pynn:IF_curr_exp",
    .verified_by = "tests/verify/verify_lif_exp.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .exact = &exact};
