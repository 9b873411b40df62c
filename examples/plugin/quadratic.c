/* quadratic.c -- quadratic integrate-and-fire (theta) neuron with an exponential current:
 *
 *   c dv/dt = k ((v - v_mid)^2 - width^2) + i_e + I_syn + I_stim
 *   tau_syn dI_syn/dt = -I_syn,   I_syn += weights that arrive
 *
 * v reaches infinity in finite time, which is the spike, and comes back from
 * minus infinity: there is no threshold and no reset to choose. For a constant
 * current the map of a step is (u + a) / (1 - b u), u = v - v_mid, and exact:
 * the period is pi c / (k q), q^2 = i_e / k - width^2. The other currents act
 * in two kicks, before and after. */
#include <math.h>

#include "engine/plugin.h"

enum { V, I_SYN, SYN, STIM, C, K, V_MID, WIDTH, I_E, TAU_SYN, END };

static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -70, -1e6, 1e6, "membrane potential", ECP_STATE},
    [I_SYN] = {"i_syn", "pA", 0, -1e7, 1e7, "synaptic current", ECP_STATE},
    [SYN] = {"syn", "pA", 0, -1e7, 1e7, "weights that arrive", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [C] = {"c", "pF", 200, 1e-3, 1e6, "membrane capacitance", ECP_PARAM},
    [K] = {"k", "nS/mV", 1, 1e-6, 1e3, "steepness of the parabola", ECP_PARAM},
    [V_MID] = {"v_mid", "mV", -60, -1e3, 1e3, "middle between rest and threshold", ECP_PARAM},
    [WIDTH] = {"width", "mV", 10, 0, 1e3, "half the distance from rest to threshold", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [TAU_SYN] = {"tau_syn", "ms", 5, 1e-3, 1e6, "time constant of the synapse", ECP_PARAM},
    [END] = {0}};

enum { A, B, MIDDLE, KICK, DECAY };

static enum ecp_status derive(const double *p, double dt, ecp_real *constant)
{
    const double square = p[I_E] / p[K] - p[WIDTH] * p[WIDTH], q = sqrt(fabs(square));
    const double angle = p[K] * q * dt / p[C];
    if (square > 0 && angle >= 1.5)
        return ecp_fail(ECP_ECONFIG,
                        "i_e (%g pA) makes the neuron fire every %.3g ms; allowed: at most once in "
                        "two steps of %g ms",
                        p[I_E], 3.14159265358979 * p[C] / (p[K] * q), dt);
    constant[A] = (ecp_real)(square > 0 ? q * tan(angle) : -q * tanh(angle));
    constant[B] = (ecp_real)(square > 0   ? tan(angle) / q
                             : square < 0 ? tanh(angle) / q
                                          : p[K] * dt / p[C]);
    constant[MIDDLE] = (ecp_real)p[V_MID];
    constant[KICK] = (ecp_real)(0.5 * dt / p[C]);
    constant[DECAY] = (ecp_real)exp(-dt / p[TAU_SYN]);
    return ECP_OK;
}

static void update(const struct ecp_block *block)
{
    const ecp_real a = block->derived[A], b = block->derived[B], middle = block->derived[MIDDLE];
    const ecp_real kick = block->derived[KICK], decay = block->derived[DECAY];
    ecp_real *restrict v = block->column[V];
    ecp_real *restrict i_syn = block->column[I_SYN];
    const ecp_real *restrict syn = block->column[SYN];
    const ecp_real *restrict stim = block->column[STIM];
    uint8_t *restrict fired = block->fired;
    const size_t n = block->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real push = kick * (i_syn[j] + stim[j]);
        const ecp_real u = (v[j] - middle) + push;
        const ecp_real below = 1 - b * u; /* not positive: through infinity */
        const ecp_real safe =
            below < (ecp_real)1e-6 && below > (ecp_real)-1e-6 ? -(ecp_real)1e-6 : below;
        v[j] = (u + a) / safe + push + middle;
        i_syn[j] = i_syn[j] * decay + syn[j];
        fired[j] = safe < 0;
    }
}

static const struct ecp_neuron_model quadratic = {
    .name = "quadratic",
    .summary = "quadratic integrate-and-fire neuron with an exponential current",
    .equations = "c dv/dt = k ((v - v_mid)^2 - width^2) + i_e + I_syn + I_stim\n"
                 "tau_syn dI_syn/dt = -I_syn;  I_syn += w at every arriving spike\n"
                 "v = infinity: spike, v = -infinity",
    .reference = "Ermentrout & Kopell 1986, doi:10.1137/0146017",
    .fields = fields,
    .derive = derive,
    .update = update};

static const struct ecp_neuron_model *const neurons[] = {&quadratic, NULL};

const struct ecp_plugin ecp_plugin = {ECP_PLUGIN_HEAD, .neurons = neurons};
