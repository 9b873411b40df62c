/* mat2.c -- leaky integrator with a threshold of two time constants, exponential
 * currents (multi-timescale adaptive threshold).
 *
 *   c dV/dt = -c/tau_m (V - e_l) + I_ex + I_in + I_stim + i_e
 *   tau_syn_x dI_x/dt = -I_x,   I_x += weights that arrive at port x
 *   tau_k dth_k/dt = -th_k,  k = 1, 2
 *   V >= omega + th_1 + th_2, none in the last t_ref: spike, th_k += alpha_k
 *
 * The membrane is never reset, and goes on while the neuron is refractory. All
 * equations are linear, so each step is exact; the threshold is tested at its
 * end. Inhibitory weights are negative. Verified in tests/verify/verify_mat2.c. */
#include <math.h>

#include "engine/neuron.h"

enum {
    V,
    TH_1,
    TH_2,
    I_EX,
    I_IN,
    WAIT,
    EX,
    IN,
    STIM,
    TAU_M,
    TAU_EX,
    TAU_IN,
    TAU_1,
    TAU_2,
    ALPHA_1,
    ALPHA_2,
    OMEGA,
    C,
    E_L,
    I_E,
    T_REF,
    END
};

static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -70, -1e4, 1e4, "membrane potential", ECP_STATE},
    [TH_1] = {"th_1", "mV", 0, -1e6, 1e6, "fast part of the threshold", ECP_STATE},
    [TH_2] = {"th_2", "mV", 0, -1e6, 1e6, "slow part of the threshold", ECP_STATE},
    [I_EX] = {"i_ex", "pA", 0, -1e7, 1e7, "excitatory synaptic current", ECP_STATE},
    [I_IN] = {"i_in", "pA", 0, -1e7, 1e7, "inhibitory synaptic current", ECP_STATE},
    [WAIT] = {"wait", "1", 0, 0, 65535, "refractory steps left", ECP_COUNTER},
    [EX] = {"ex", "pA", 0, -1e7, 1e7, "excitatory weights that arrive", ECP_INPUT},
    [IN] = {"in", "pA", 0, -1e7, 1e7, "inhibitory weights that arrive (negative)", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [TAU_M] = {"tau_m", "ms", 5, 1e-3, 1e6, "membrane time constant", ECP_PARAM},
    [TAU_EX] = {"tau_syn_ex", "ms", 1, 1e-3, 1e6, "excitatory time constant", ECP_PARAM},
    [TAU_IN] = {"tau_syn_in", "ms", 3, 1e-3, 1e6, "inhibitory time constant", ECP_PARAM},
    [TAU_1] = {"tau_1", "ms", 10, 1e-3, 1e6, "time constant of th_1", ECP_PARAM},
    [TAU_2] = {"tau_2", "ms", 200, 1e-3, 1e6, "time constant of th_2", ECP_PARAM},
    [ALPHA_1] = {"alpha_1", "mV", 37, -1e3, 1e3, "step of th_1 at a spike", ECP_PARAM},
    [ALPHA_2] = {"alpha_2", "mV", 2, -1e3, 1e3, "step of th_2 at a spike", ECP_PARAM},
    [OMEGA] = {"omega", "mV", -51, -1e3, 1e3, "threshold at rest", ECP_PARAM},
    [C] = {"c", "pF", 100, 1e-3, 1e6, "membrane capacitance", ECP_PARAM},
    [E_L] = {"e_l", "mV", -70, -1e3, 1e3, "resting potential", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [T_REF] = {"t_ref", "ms", 2, 0, 1e3, "refractory time", ECP_PARAM},
    [END] = {0}};

enum { P_VV, P_VE, P_VI, P_V1, P_EE, P_II, DRIFT, P_11, P_22, JUMP_1, JUMP_2, REST, REFRACTORY };

/* Potential after one step per unit of a current that decays with tau, also
 * where the two time constants meet. */
static double response(const double *p, double tau, double dt)
{
    const double rate = 1.0 / tau - 1.0 / p[TAU_M];
    const double gain = fabs(rate * dt) < 1e-15 ? dt : -expm1(-rate * dt) / rate;
    return exp(-dt / p[TAU_M]) * gain / p[C];
}

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
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
    k[P_11] = (ecp_real)exp(-dt / p[TAU_1]);
    k[P_22] = (ecp_real)exp(-dt / p[TAU_2]);
    k[JUMP_1] = (ecp_real)p[ALPHA_1];
    k[JUMP_2] = (ecp_real)p[ALPHA_2];
    k[REST] = (ecp_real)p[OMEGA];
    k[REFRACTORY] = (ecp_real)nearbyint(p[T_REF] / dt);
    return ECP_OK;
}

static void update_membrane(const struct ecp_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real vv = k[P_VV], ve = k[P_VE], vi = k[P_VI], v1 = k[P_V1];
    const ecp_real ee = k[P_EE], ii = k[P_II], drift = k[DRIFT];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict ex = b->column[I_EX];
    ecp_real *restrict in = b->column[I_IN];
    const ecp_real *restrict add_ex = b->column[EX];
    const ecp_real *restrict add_in = b->column[IN];
    const ecp_real *restrict stim = b->column[STIM];
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real pushed = (ex[j] * ve + in[j] * vi) + (stim[j] * v1 + drift);
        v[j] = v[j] * vv + pushed;
        ex[j] = ex[j] * ee + add_ex[j];
        in[j] = in[j] * ii + add_in[j];
    }
}

static void update_threshold(const struct ecp_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real decay_1 = k[P_11], decay_2 = k[P_22], jump_1 = k[JUMP_1], jump_2 = k[JUMP_2];
    const ecp_real rest = k[REST];
    const uint16_t refractory = (uint16_t)k[REFRACTORY];
    const ecp_real *restrict v = b->column[V];
    ecp_real *restrict th_1 = b->column[TH_1];
    ecp_real *restrict th_2 = b->column[TH_2];
    uint16_t *restrict wait = b->counter[WAIT];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real fast = th_1[j] * decay_1, slow = th_2[j] * decay_2;
        const int spike = (wait[j] == 0) & (v[j] >= rest + (fast + slow));
        th_1[j] = spike ? fast + jump_1 : fast;
        th_2[j] = spike ? slow + jump_2 : slow;
        fired[j] = (uint8_t)spike;
    }
    /* Apart from the rest: 16-bit counters fill a vector of their own. */
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        wait[j] = fired[j] ? refractory : (uint16_t)(wait[j] - (wait[j] > 0));
}

static void update(const struct ecp_block *b)
{
    update_membrane(b);
    update_threshold(b);
}

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_mat2) = {
    .name = "mat2",
    .summary = "leaky integrator with a multi-timescale adaptive threshold, exponential currents",
    .equations =
        "c dV/dt = -c/tau_m (V - e_l) + I_ex + I_in + I_stim + i_e\n"
        "tau_syn_x dI_x/dt = -I_x;  I_x += w at every spike arriving at port x = ex, in\n"
        "tau_k dth_k/dt = -th_k, k = 1, 2\n"
        "V >= omega + th_1 + th_2, none in the last t_ref: spike, th_k += alpha_k; no reset",
    .reference = "Kobayashi, Tsubo & Shinomoto 2009, doi:10.3389/neuro.10.009.2009",
    .aliases = "nest:mat2_psc_exp",
    .verified_by = "tests/verify/verify_mat2.c",
    .fields = fields,
    .derive = derive,
    .update = update};
