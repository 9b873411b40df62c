/* lif_homeostatic.c -- leaky integrate-and-fire, exponential currents, a threshold
 * that follows the neuron's own rate to a target.
 *
 *   c dV/dt = -c/tau_m (V - e_l) + I_ex + I_in + I_stim + i_e
 *   tau_syn_x dI_x/dt = -I_x,   I_x += weights that arrive at port x
 *   dtheta/dt = -eta r_0,   theta += eta at a spike;   spike where V >= theta_rest + theta
 *
 * Over any time the neuron fires r_0 of that time and theta's change over eta:
 * its rate is r_0 as long as theta keeps within its bounds. Exact below threshold,
 * which is tested at the end of the step. theta's drift in a step is below the
 * precision of a float; so theta is kept in two parts, and what rounds off the
 * first goes to the second. Verified in tests/verify/verify_homeostasis.c. */
#include <math.h>

#include "engine/neuron.h"

enum {
    V,
    I_EX,
    I_IN,
    THETA,
    THETA_LOW,
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
    ETA,
    R_0,
    THETA_MIN,
    THETA_MAX,
    END
};

static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -70, -1e4, 1e4, "membrane potential", ECP_STATE},
    [I_EX] = {"i_ex", "pA", 0, -1e7, 1e7, "excitatory synaptic current", ECP_STATE},
    [I_IN] = {"i_in", "pA", 0, -1e7, 1e7, "inhibitory synaptic current", ECP_STATE},
    [THETA] = {"theta", "mV", 0, -1e4, 1e4, "what the threshold has moved", ECP_STATE},
    [THETA_LOW] = {"theta_low", "mV", 0, -1, 1, "what theta's rounding leaves", ECP_STATE},
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
    [V_TH] = {"theta_rest", "mV", -55, -1e3, 1e3, "threshold while theta is 0", ECP_PARAM},
    [V_RESET] = {"v_reset", "mV", -70, -1e3, 1e3, "potential after a spike", ECP_PARAM},
    [T_REF] = {"t_ref", "ms", 2, 0, 1e3, "refractory time", ECP_PARAM},
    [ETA] = {"eta", "mV", 0.05, 0, 1e3, "rise of the threshold at a spike", ECP_PARAM},
    [R_0] = {"r_0", "Hz", 5, 0, 1e3, "rate to be reached", ECP_PARAM},
    [THETA_MIN] = {"theta_min", "mV", -10, -1e3, 0, "least theta", ECP_PARAM},
    [THETA_MAX] = {"theta_max", "mV", 30, 0, 1e3, "largest theta", ECP_PARAM},
    [END] = {0}};

enum {
    P_VV,
    P_VE,
    P_VI,
    P_V1,
    P_EE,
    P_II,
    DRIFT,
    THRESHOLD,
    RESET,
    REFRACTORY,
    RISE,
    FALL,
    LEAST,
    MOST
};

/* Potential after one step per unit of a current that decays with tau. */
static double response(const double *p, double tau, double dt)
{
    const double rate = 1.0 / tau - 1.0 / p[TAU_M];
    const double gain = fabs(rate * dt) < 1e-15 ? dt : -expm1(-rate * dt) / rate;
    return exp(-dt / p[TAU_M]) * gain / p[C];
}

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    if (p[V_RESET] >= p[V_TH] + p[THETA_MIN])
        return ecp_fail(ECP_ECONFIG,
                        "v_reset (%g mV) must lie below theta_rest and theta_min together (%g mV)",
                        p[V_RESET], p[V_TH] + p[THETA_MIN]);
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
    k[RISE] = (ecp_real)p[ETA];
    k[FALL] = (ecp_real)(p[ETA] * p[R_0] * dt * 1e-3);
    k[LEAST] = (ecp_real)p[THETA_MIN];
    k[MOST] = (ecp_real)p[THETA_MAX];
    return ECP_OK;
}

static void move_threshold(const struct ecp_block *b)
{
    const ecp_real rise = b->derived[RISE], fall = b->derived[FALL];
    const ecp_real least = b->derived[LEAST], most = b->derived[MOST];
    ecp_real *restrict theta = b->column[THETA];
    ecp_real *restrict low = b->column[THETA_LOW];
    const uint8_t *restrict fired = b->fired;
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real change = low[j] + (fired[j] * rise - fall);
        const ecp_real next = theta[j] + change;
        const int outside = (next < least) | (next > most);
        low[j] = outside ? 0 : change - (next - theta[j]);
        theta[j] = next < least ? least : next > most ? most : next;
    }
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
    const ecp_real *restrict theta = b->column[THETA];
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
        const int spike = next >= threshold + theta[j];
        v[j] = spike ? reset : next;
        ex[j] = ex[j] * ee + add_ex[j];
        in[j] = in[j] * ii + add_in[j];
        fired[j] = (uint8_t)spike;
    }
    /* Apart from the rest: 16-bit counters fill a vector of their own. */
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        wait[j] = fired[j] ? refractory : (uint16_t)(wait[j] - (wait[j] > 0));
    move_threshold(b);
}

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_lif_homeostatic) = {
    .name = "lif_homeostatic",
    .summary = "leaky integrate-and-fire neuron whose threshold follows its rate to a target",
    .equations = "c dV/dt = -c/tau_m (V - e_l) + I_ex + I_in + I_stim + i_e\n"
                 "tau_syn_x dI_x/dt = -I_x;  I_x += w at every spike arriving at port x = ex, in\n"
                 "V >= theta_rest + theta: spike, V = v_reset for t_ref\n"
                 "dtheta/dt = -eta r_0;  theta += eta at a spike;  theta_min <= theta <= theta_max",
    .reference = "Zhang & Linden 2003, doi:10.1038/nrn1248",
    .aliases = "",
    .verified_by = "tests/verify/verify_homeostasis.c",
    .fields = fields,
    .derive = derive,
    .update = update};
