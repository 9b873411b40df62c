/* lif_exp_ports.c -- leaky integrate-and-fire, eight ports with exponential currents.
 *
 *   c dV/dt = -c/tau_m (V - e_l) + sum_k I_k + I_stim + i_e,   k = 1..8
 *   tau_syn_k dI_k/dt = -I_k,   I_k += weights that arrive at port r<k>
 *
 * Exact below threshold (Rotter & Diesmann 1999); the threshold is tested at the end of
 * the step. Where a projection names no port, positive weights go to r1, negative ones
 * to r2.
 *
 * A port with tau_syn_k = 0 is off: what arrives there carries no charge, and it costs
 * no time. A port that is silent in a stretch of neurons is read, but not written.
 * Verified in tests/verify/verify_lif_ports.c. */
#include "neurons/lif_ports.h"

enum {
    V,
    WAIT,
    STIM,
    I,
    R = I + ECP_MAX_PORTS,
    TAU = R + ECP_MAX_PORTS,
    TAU_M = TAU + ECP_MAX_PORTS,
    C,
    E_L,
    I_E,
    V_TH,
    V_RESET,
    T_REF,
    END
};

#define PORT(k)                                                                                    \
    [I + k -                                                                                       \
        1] = {"i_" #k, "pA", 0, -1e7, 1e7, "synaptic current of port " #k, ECP_STATE},             \
        [R + k - 1] = {"r" #k, "pA", 0, -1e7, 1e7, "weights that arrive at port " #k, ECP_INPUT},  \
        [TAU + k - 1] = {"tau_syn_" #k, "ms", 2, 0, 1e6, "time constant of port " #k "; 0: off",   \
                         ECP_PARAM}

static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -70, -1e4, 1e4, "membrane potential", ECP_STATE},
    [WAIT] = {"wait", "1", 0, 0, 65535, "refractory steps left", ECP_COUNTER},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    PORT(1),
    PORT(2),
    PORT(3),
    PORT(4),
    PORT(5),
    PORT(6),
    PORT(7),
    PORT(8),
    [TAU_M] = {"tau_m", "ms", 10, 1e-3, 1e6, "membrane time constant", ECP_PARAM},
    [C] = {"c", "pF", 250, 1e-3, 1e6, "membrane capacitance", ECP_PARAM},
    [E_L] = {"e_l", "mV", -70, -1e3, 1e3, "resting potential", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [V_TH] = {"v_th", "mV", -55, -1e3, 1e3, "threshold", ECP_PARAM},
    [V_RESET] = {"v_reset", "mV", -70, -1e3, 1e3, "potential after a spike", ECP_PARAM},
    [T_REF] = {"t_ref", "ms", 2, 0, 1e3, "refractory time", ECP_PARAM},
    [END] = {0}};

enum {
    PUSH, /* potential after a step per unit of a current; 0: the port is off */
    DECAY = PUSH + ECP_MAX_PORTS,
    P_VV = DECAY + ECP_MAX_PORTS,
    P_V1,
    DRIFT,
    THRESHOLD,
    RESET,
    REFRACTORY
};

/* (exp(-h/tau) - exp(-h/tau_m)) / (c (1/tau_m - 1/tau)), in a form that stays finite as
 * the two time constants meet. */
static double response(const double *p, double tau, double dt)
{
    const double rate = 1.0 / tau - 1.0 / p[TAU_M];
    const double gain = fabs(rate * dt) < 1e-15 ? dt : -expm1(-rate * dt) / rate;
    return exp(-dt / p[TAU_M]) * gain / p[C];
}

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    enum ecp_status status = ecp_check_reset(p[V_RESET], p[V_TH], p[T_REF], dt);
    for (int port = 0; status == ECP_OK && port < ECP_MAX_PORTS; port++)
        status = ecp_check_port(port + 1, p[TAU + port]);
    if (status != ECP_OK)
        return status;

    const double from_current = -expm1(-dt / p[TAU_M]) * p[TAU_M] / p[C];
    for (int port = 0; port < ECP_MAX_PORTS; port++) {
        const double tau = p[TAU + port];
        k[PUSH + port] = (ecp_real)(tau > 0 ? response(p, tau, dt) : 0);
        k[DECAY + port] = (ecp_real)(tau > 0 ? exp(-dt / tau) : 0);
    }
    k[P_VV] = (ecp_real)exp(-dt / p[TAU_M]);
    k[P_V1] = (ecp_real)from_current;
    k[DRIFT] = (ecp_real)(-expm1(-dt / p[TAU_M]) * p[E_L] + from_current * p[I_E]);
    k[THRESHOLD] = (ecp_real)p[V_TH];
    k[RESET] = (ecp_real)p[V_RESET];
    k[REFRACTORY] = (ecp_real)nearbyint(p[T_REF] / dt);
    return ECP_OK;
}

static void push_port(const struct ecp_stretch *s, int port, ecp_real *restrict pushed)
{
    const struct ecp_block *b = s->block;
    const ecp_real push = b->derived[PUSH + port], decay = b->derived[DECAY + port];
    ecp_real *restrict current = b->column[I + port] + s->first;
    const ecp_real *restrict add = b->column[R + port] + s->first;
    const size_t n = s->n;
    if (!(push > 0) || ecp_port_silent(current, add, n))
        return;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        pushed[j] = pushed[j] + current[j] * push;
        current[j] = current[j] * decay + add[j];
    }
}

static void update_stretch(const struct ecp_stretch *s)
{
    const struct ecp_block *b = s->block;
    const ecp_real *k = b->derived;
    const ecp_real vv = k[P_VV], v1 = k[P_V1], drift = k[DRIFT];
    const ecp_real threshold = k[THRESHOLD], reset = k[RESET];
    ecp_real *restrict v = b->column[V] + s->first;
    const ecp_real *restrict stim = b->column[STIM] + s->first;
    const uint16_t *restrict wait = b->counter[WAIT] + s->first;
    uint8_t *restrict fired = b->fired + s->first;
    ecp_real pushed[ECP_STRETCH];
    const size_t n = s->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++)
        pushed[j] = stim[j] * v1 + drift;
    for (int port = 0; port < ECP_MAX_PORTS; port++)
        push_port(s, port, pushed);
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real moved = v[j] * vv + (pushed[j] + 0);
        const ecp_real next = wait[j] > 0 ? v[j] : moved;
        const int spike = next >= threshold;
        v[j] = spike ? reset : next;
        fired[j] = (uint8_t)spike;
    }
}

static void update(const struct ecp_block *b)
{
    ecp_each_stretch(b, update_stretch);
    ecp_count_down(b->fired, (uint16_t)b->derived[REFRACTORY], b->counter[WAIT], b->n);
}

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_lif_exp_ports) = {
    .name = "lif_exp_ports",
    .summary = "leaky integrate-and-fire neuron with eight ports of exponential currents",
    .equations = "c dV/dt = -c/tau_m (V - e_l) + sum_k I_k + I_stim + i_e;  k = 1..8\n"
                 "tau_syn_k dI_k/dt = -I_k;  I_k += w at every spike arriving at port r<k>\n"
                 "V >= v_th: spike, V = v_reset for t_ref",
    .reference = "Rotter & Diesmann 1999, doi:10.1007/s004220050570",
    .aliases = "nest:iaf_psc_exp_multisynapse",
    .verified_by = "tests/verify/verify_lif_ports.c",
    .fields = fields,
    .derive = derive,
    .update = update};
