/* lif_alpha.c -- leaky integrate-and-fire, alpha-shaped synaptic currents.
 *
 *   c dV/dt = -c/tau_m (V - e_l) + I_ex + I_in + I_stim + i_e
 *   a spike of weight w at port x, t ms ago:  I_x = w e t/tau_x exp(-t/tau_x)
 *
 * so that w is the peak of the current, reached tau_x after the spike. As two
 * equations: dI/dt = S - I/tau, dS/dt = -S/tau, S += w e/tau. Exact below
 * threshold (Rotter & Diesmann 1999); the threshold is tested at the end of
 * the step. Verified in tests/verify/verify_lif_alpha.c. */
#include <math.h>

#include "engine/neuron.h"

enum {
    V,
    I_EX,
    S_EX,
    I_IN,
    S_IN,
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
    [S_EX] = {"s_ex", "pA/ms", 0, -1e9, 1e9, "slope variable of i_ex", ECP_STATE},
    [I_IN] = {"i_in", "pA", 0, -1e7, 1e7, "inhibitory synaptic current", ECP_STATE},
    [S_IN] = {"s_in", "pA/ms", 0, -1e9, 1e9, "slope variable of i_in", ECP_STATE},
    [WAIT] = {"wait", "1", 0, 0, 65535, "refractory steps left", ECP_COUNTER},
    [EX] = {"ex", "pA", 0, -1e7, 1e7, "excitatory weights that arrive", ECP_INPUT},
    [IN] = {"in", "pA", 0, -1e7, 1e7, "inhibitory weights that arrive (negative)", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [TAU_M] = {"tau_m", "ms", 10, 1e-3, 1e6, "membrane time constant", ECP_PARAM},
    [TAU_EX] = {"tau_syn_ex", "ms", 2, 1e-3, 1e6, "excitatory time to peak", ECP_PARAM},
    [TAU_IN] = {"tau_syn_in", "ms", 2, 1e-3, 1e6, "inhibitory time to peak", ECP_PARAM},
    [C] = {"c", "pF", 250, 1e-3, 1e6, "membrane capacitance", ECP_PARAM},
    [E_L] = {"e_l", "mV", -70, -1e3, 1e3, "resting potential", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [V_TH] = {"v_th", "mV", -55, -1e3, 1e3, "threshold", ECP_PARAM},
    [V_RESET] = {"v_reset", "mV", -70, -1e3, 1e3, "potential after a spike", ECP_PARAM},
    [T_REF] = {"t_ref", "ms", 2, 0, 1e3, "refractory time", ECP_PARAM},
    [END] = {0}};

/* For each port: decay of I and S, I from S, V from I, V from S, jump of S. */
enum { DECAY, I_FROM_S, V_FROM_I, V_FROM_S, JUMP, PER_PORT };
enum { P_EX = 0, P_IN = PER_PORT, P_VV = 2 * PER_PORT, P_V1, DRIFT, THRESHOLD, RESET, REFRACTORY };

/* (1 - exp(-x)) / x and (1 - (1 + x) exp(-x)) / x^2, for any sign of x: as
 * series near 0, where the closed forms lose all digits. */
static double phi1(double x)
{
    return fabs(x) < 1e-15 ? 1.0 : -expm1(-x) / x;
}

static double phi2(double x)
{
    if (fabs(x) >= 1.0)
        return (-expm1(-x) - x * exp(-x)) / (x * x);
    double sum = 0, power = 0.5; /* (-x)^(n-2) / n! at n = 2 */
    for (int n = 2; n < 24; n++) {
        sum += (n - 1) * power;
        power *= -x / (n + 1);
    }
    return sum;
}

static void derive_port(const double *p, double tau, double dt, ecp_real *k)
{
    const double x = dt / tau - dt / p[TAU_M];
    const double decay_m = exp(-dt / p[TAU_M]);
    k[DECAY] = (ecp_real)exp(-dt / tau);
    k[I_FROM_S] = (ecp_real)(dt * exp(-dt / tau));
    k[V_FROM_I] = (ecp_real)(decay_m * dt * phi1(x) / p[C]);
    k[V_FROM_S] = (ecp_real)(decay_m * dt * dt * phi2(x) / p[C]);
    k[JUMP] = (ecp_real)(exp(1.0) / tau);
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

    derive_port(p, p[TAU_EX], dt, k + P_EX);
    derive_port(p, p[TAU_IN], dt, k + P_IN);
    k[P_VV] = (ecp_real)exp(-dt / p[TAU_M]);
    k[P_V1] = (ecp_real)from_current;
    k[DRIFT] = (ecp_real)(-expm1(-dt / p[TAU_M]) * p[E_L] + from_current * p[I_E]);
    k[THRESHOLD] = (ecp_real)p[V_TH];
    k[RESET] = (ecp_real)p[V_RESET];
    k[REFRACTORY] = (ecp_real)nearbyint(p[T_REF] / dt);
    return ECP_OK;
}

/* The membrane, which reads the currents of before; then the currents. */
static void update_membrane(const struct ecp_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real vv = k[P_VV], v1 = k[P_V1], drift = k[DRIFT];
    const ecp_real ve = k[P_EX + V_FROM_I], se = k[P_EX + V_FROM_S];
    const ecp_real vi = k[P_IN + V_FROM_I], si = k[P_IN + V_FROM_S];
    const ecp_real threshold = k[THRESHOLD], reset = k[RESET];
    const uint16_t refractory = (uint16_t)k[REFRACTORY];
    ecp_real *restrict v = b->column[V];
    const ecp_real *restrict i_ex = b->column[I_EX];
    const ecp_real *restrict s_ex = b->column[S_EX];
    const ecp_real *restrict i_in = b->column[I_IN];
    const ecp_real *restrict s_in = b->column[S_IN];
    const ecp_real *restrict stim = b->column[STIM];
    uint16_t *restrict wait = b->counter[WAIT];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real from_ex = i_ex[j] * ve + s_ex[j] * se;
        const ecp_real from_in = i_in[j] * vi + s_in[j] * si;
        const ecp_real pushed = (from_ex + from_in) + (stim[j] * v1 + drift);
        const ecp_real next = wait[j] > 0 ? v[j] : v[j] * vv + pushed;
        const int spike = next >= threshold;
        v[j] = spike ? reset : next;
        fired[j] = (uint8_t)spike;
    }
    /* Apart from the rest: 16-bit counters fill a vector of their own. */
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        wait[j] = fired[j] ? refractory : (uint16_t)(wait[j] - (wait[j] > 0));
}

static void update_current(size_t n, const ecp_real *k, ecp_real *restrict i, ecp_real *restrict s,
                           const ecp_real *restrict arrived)
{
    const ecp_real decay = k[DECAY], from_s = k[I_FROM_S], jump = k[JUMP];
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        i[j] = i[j] * decay + s[j] * from_s;
        s[j] = s[j] * decay + arrived[j] * jump;
    }
}

static void update(const struct ecp_block *b)
{
    update_membrane(b);
    update_current(b->n, b->derived + P_EX, b->column[I_EX], b->column[S_EX], b->column[EX]);
    update_current(b->n, b->derived + P_IN, b->column[I_IN], b->column[S_IN], b->column[IN]);
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
                                       .slope = {S_EX, S_IN},
                                       .tau = {TAU_EX, TAU_IN},
                                       .port_current = {0, 1}};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_lif_alpha) = {
    .name = "lif_alpha",
    .summary = "leaky integrate-and-fire neuron with alpha-shaped currents, ex and in apart",
    .equations = "c dV/dt = -c/tau_m (V - e_l) + I_ex + I_in + I_stim + i_e\n"
                 "a spike of weight w at port x = ex, in adds w e t/tau_syn_x exp(-t/tau_syn_x)\n"
                 "V >= v_th: spike, V = v_reset for t_ref",
    .reference = "Rotter & Diesmann 1999, doi:10.1007/s004220050570",
    .aliases = "nest:iaf_psc_alpha pynn:IF_curr_alpha",
    .verified_by = "tests/verify/verify_lif_alpha.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .exact = &exact};
