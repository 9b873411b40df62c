/* lif_taught.c -- leaky integrate-and-fire, exponential current, and a dendrite that hears a
 * teacher: its spikes do not move the potential, they say at what rate the neuron should fire.
 *
 *   c dV/dt = -c/tau_m (V - e_l) + I_syn + I_stim + i_e,   V >= v_low
 *   tau_syn dI_syn/dt = -I_syn,   I_syn += weights that arrive at ex and in
 *   tau_rate dT/dt = -T,   T += weights that arrive at lesson, over tau_rate
 *   tau_rate dR/dt = -R,   R += 1/tau_rate at a spike of its own
 *   error = T - R
 *
 * Exact below threshold, which is tested at the end of the step. With keep = 1 what lies
 * above the threshold at a spike is kept (V -= v_th - v_reset): with a long tau_m the number
 * of spikes is then the integral of the current, where that is positive, and the rate is
 * linear in it. Verified in tests/verify/verify_delta.c. */
#include <math.h>

#include "engine/neuron.h"

enum {
    V,
    I_SYN,
    TEACHER,
    RATE,
    ERROR,
    EX,
    IN,
    LESSON,
    STIM,
    TAU_M,
    TAU_SYN,
    C,
    E_L,
    I_E,
    V_TH,
    V_RESET,
    V_LOW,
    TAU_RATE,
    KEEP,
    END
};

static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -70, -1e4, 1e4, "membrane potential", ECP_STATE},
    [I_SYN] = {"i_syn", "pA", 0, -1e7, 1e7, "synaptic current", ECP_STATE},
    [TEACHER] = {"teacher", "Hz", 0, -1e7, 1e7, "running rate of the teacher", ECP_STATE},
    [RATE] = {"rate", "Hz", 0, 0, 1e6, "running rate of its own spikes", ECP_STATE},
    [ERROR] = {"error", "Hz", 0, -1e7, 1e7, "teacher less rate", ECP_STATE},
    [EX] = {"ex", "pA", 0, -1e7, 1e7, "excitatory weights that arrive", ECP_INPUT},
    [IN] = {"in", "pA", 0, -1e7, 1e7, "inhibitory weights that arrive (negative)", ECP_INPUT},
    [LESSON] = {"lesson", "1", 0, -1e7, 1e7, "spikes of the teacher that arrive", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [TAU_M] = {"tau_m", "ms", 10, 1e-3, 1e9, "membrane time constant", ECP_PARAM},
    [TAU_SYN] = {"tau_syn", "ms", 2, 1e-3, 1e6, "time constant of the synaptic current", ECP_PARAM},
    [C] = {"c", "pF", 250, 1e-3, 1e6, "membrane capacitance", ECP_PARAM},
    [E_L] = {"e_l", "mV", -70, -1e3, 1e3, "resting potential", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [V_TH] = {"v_th", "mV", -55, -1e3, 1e3, "threshold", ECP_PARAM},
    [V_RESET] = {"v_reset", "mV", -70, -1e3, 1e3, "potential after a spike", ECP_PARAM},
    [V_LOW] = {"v_low", "mV", -1000, -1e4, 1e3, "the potential does not fall below", ECP_PARAM},
    [TAU_RATE] = {"tau_rate", "ms", 100, 1e-3, 1e6, "over which rates are taken", ECP_PARAM},
    [KEEP] = {"keep", "1", 0, 0, 1, "1: what lies above the threshold at a spike is kept",
              ECP_PARAM},
    [END] = {0}};

enum { P_VV, P_VS, P_V1, P_SS, DRIFT, THRESHOLD, RESET, DROP, LOWEST, P_RATE, KICK, KEEPS };

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    if (p[V_RESET] >= p[V_TH] || p[V_LOW] > p[V_RESET])
        return ecp_fail(ECP_ECONFIG, "v_low (%g mV), v_reset (%g mV) and v_th (%g mV) must ascend",
                        p[V_LOW], p[V_RESET], p[V_TH]);
    const double rate = 1 / p[TAU_SYN] - 1 / p[TAU_M];
    const double gain = fabs(rate * dt) < 1e-15 ? dt : -expm1(-rate * dt) / rate;
    const double from_current = -expm1(-dt / p[TAU_M]) * p[TAU_M] / p[C];
    k[P_VV] = (ecp_real)exp(-dt / p[TAU_M]);
    k[P_VS] = (ecp_real)(exp(-dt / p[TAU_M]) * gain / p[C]);
    k[P_V1] = (ecp_real)from_current;
    k[P_SS] = (ecp_real)exp(-dt / p[TAU_SYN]);
    k[DRIFT] = (ecp_real)(-expm1(-dt / p[TAU_M]) * p[E_L] + from_current * p[I_E]);
    k[THRESHOLD] = (ecp_real)p[V_TH];
    k[RESET] = (ecp_real)p[V_RESET];
    k[DROP] = (ecp_real)(p[V_TH] - p[V_RESET]);
    k[LOWEST] = (ecp_real)p[V_LOW];
    k[P_RATE] = (ecp_real)exp(-dt / p[TAU_RATE]);
    k[KICK] = (ecp_real)(1000 / p[TAU_RATE]);
    k[KEEPS] = (ecp_real)(p[KEEP] > 0.5);
    return ECP_OK;
}

static void update(const struct ecp_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real vv = k[P_VV], vs = k[P_VS], v1 = k[P_V1], ss = k[P_SS], drift = k[DRIFT];
    const ecp_real threshold = k[THRESHOLD], reset = k[RESET], drop = k[DROP], lowest = k[LOWEST];
    const int keeps = k[KEEPS] > 0;
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict i = b->column[I_SYN];
    const ecp_real *restrict ex = b->column[EX];
    const ecp_real *restrict in = b->column[IN];
    const ecp_real *restrict stim = b->column[STIM];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real free = v[j] * vv + (i[j] * vs + (stim[j] * v1 + drift));
        const ecp_real next = free < lowest ? lowest : free;
        const int spike = next >= threshold;
        v[j] = spike ? (keeps ? next - drop : reset) : next;
        i[j] = i[j] * ss + (ex[j] + in[j]);
        fired[j] = (uint8_t)spike;
    }
    const ecp_real fall = k[P_RATE], kick = k[KICK];
    const ecp_real *restrict lesson = b->column[LESSON];
    ecp_real *restrict teacher = b->column[TEACHER];
    ecp_real *restrict rate = b->column[RATE];
    ecp_real *restrict error = b->column[ERROR];
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        teacher[j] = teacher[j] * fall + lesson[j] * kick;
        rate[j] = rate[j] * fall + fired[j] * kick;
        error[j] = teacher[j] - rate[j];
    }
}

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_lif_taught) = {
    .name = "lif_taught",
    .summary = "leaky integrate-and-fire neuron with a dendrite that hears a teacher",
    .equations = "c dV/dt = -c/tau_m (V - e_l) + I_syn + I_stim + i_e,  V >= v_low\n"
                 "tau_syn dI_syn/dt = -I_syn;  I_syn += w at every spike arriving at ex, in\n"
                 "V >= v_th: spike, V = v_reset; with keep = 1: V -= v_th - v_reset\n"
                 "error = T - R: running rates of the spikes at port lesson, and of its own",
    .reference = "Urbanczik & Senn 2014, doi:10.1016/j.neuron.2013.11.030 (errors of a dendrite)",
    .aliases = "",
    .verified_by = "tests/verify/verify_delta.c",
    .fields = fields,
    .derive = derive,
    .update = update};
