/* lif_cond_exp.c -- leaky integrate-and-fire with exponential conductances.
 *
 *   c dV/dt = -g_l (V - e_l) - g_ex (V - e_ex) - g_in (V - e_in) + I_stim + i_e
 *   tau_syn_x dg_x/dt = -g_x,   g_x += |w| at every spike arriving at port x
 *
 * The threshold is tested at the end of the step; V rests at v_reset while refractory,
 * conductances go on. The schemes are those of lif_parts.h. Verified in
 * tests/verify/verify_lif_cond.c. */
#include "neurons/lif_parts.h"

enum {
    V,
    G_EX,
    G_IN,
    WAIT,
    EX,
    IN,
    STIM,
    C,
    G_L,
    E_L,
    E_EX,
    E_IN,
    TAU_EX,
    TAU_IN,
    I_E,
    V_TH,
    V_RESET,
    T_REF,
    END
};

static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -70, -1e4, 1e4, "membrane potential", ECP_STATE},
    [G_EX] = {"g_ex", "nS", 0, 0, 1e7, "excitatory conductance", ECP_STATE},
    [G_IN] = {"g_in", "nS", 0, 0, 1e7, "inhibitory conductance", ECP_STATE},
    [WAIT] = {"wait", "1", 0, 0, 65535, "refractory steps left", ECP_COUNTER},
    [EX] = {"ex", "nS", 0, -1e7, 1e7, "excitatory weights that arrive", ECP_INPUT},
    [IN] = {"in", "nS", 0, -1e7, 1e7, "inhibitory weights that arrive, of either sign", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [C] = {"c", "pF", 250, 1e-3, 1e6, "membrane capacitance", ECP_PARAM},
    [G_L] = {"g_l", "nS", 16.6667, 1e-6, 1e6, "leak conductance", ECP_PARAM},
    [E_L] = {"e_l", "mV", -70, -1e3, 1e3, "resting potential", ECP_PARAM},
    [E_EX] = {"e_ex", "mV", 0, -1e3, 1e3, "excitatory reversal potential", ECP_PARAM},
    [E_IN] = {"e_in", "mV", -85, -1e3, 1e3, "inhibitory reversal potential", ECP_PARAM},
    [TAU_EX] = {"tau_syn_ex", "ms", 0.2, 1e-3, 1e6, "excitatory time constant", ECP_PARAM},
    [TAU_IN] = {"tau_syn_in", "ms", 2, 1e-3, 1e6, "inhibitory time constant", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [V_TH] = {"v_th", "mV", -55, -1e3, 1e3, "threshold", ECP_PARAM},
    [V_RESET] = {"v_reset", "mV", -60, -1e3, 1e3, "potential after a spike", ECP_PARAM},
    [T_REF] = {"t_ref", "ms", 2, 0, 1e3, "refractory time", ECP_PARAM},
    [END] = {0}};

enum {
    AREA_EX,
    AREA_IN,
    TILT_EX,
    TILT_IN,
    DECAY_EX,
    DECAY_IN,
    LEAK,
    DRIFT,
    PER_PA,
    REST_EX,
    REST_IN,
    THRESHOLD,
    RESET,
    REFRACTORY
};

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    const enum ecp_status status = ecp_check_reset(p[V_RESET], p[V_TH], p[T_REF], dt);
    if (status != ECP_OK)
        return status;

    const struct ecp_moments ex = ecp_exp_moments(p[TAU_EX], dt);
    const struct ecp_moments in = ecp_exp_moments(p[TAU_IN], dt);
    k[AREA_EX] = (ecp_real)(ex.area / p[C]);
    k[AREA_IN] = (ecp_real)(in.area / p[C]);
    k[TILT_EX] = (ecp_real)(ex.tilt / p[C]);
    k[TILT_IN] = (ecp_real)(in.tilt / p[C]);
    k[DECAY_EX] = (ecp_real)exp(-dt / p[TAU_EX]);
    k[DECAY_IN] = (ecp_real)exp(-dt / p[TAU_IN]);
    k[LEAK] = (ecp_real)(dt / p[C] * p[G_L]);
    k[DRIFT] = (ecp_real)(dt / p[C] * (p[G_L] * p[E_L] + p[I_E]));
    k[PER_PA] = (ecp_real)(dt / p[C]);
    k[REST_EX] = (ecp_real)p[E_EX];
    k[REST_IN] = (ecp_real)p[E_IN];
    k[THRESHOLD] = (ecp_real)p[V_TH];
    k[RESET] = (ecp_real)p[V_RESET];
    k[REFRACTORY] = (ecp_real)nearbyint(p[T_REF] / dt);
    return ECP_OK;
}

/* `tilted`: with the second term of Magnus. */
static void advance(const struct ecp_block *b, int tilted)
{
    const ecp_real *k = b->derived;
    const ecp_real area_ex = k[AREA_EX], area_in = k[AREA_IN];
    const ecp_real tilt_ex = tilted ? k[TILT_EX] : 0, tilt_in = tilted ? k[TILT_IN] : 0;
    const ecp_real decay_ex = k[DECAY_EX], decay_in = k[DECAY_IN];
    const ecp_real leak = k[LEAK], drift = k[DRIFT], per_pa = k[PER_PA];
    const ecp_real e_ex = k[REST_EX], e_in = k[REST_IN];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict ex = b->column[G_EX];
    ecp_real *restrict in = b->column[G_IN];
    const ecp_real *restrict stim = b->column[STIM];
    const uint16_t *restrict wait = b->counter[WAIT];
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real x0 = ex[j] * area_ex, i0 = in[j] * area_in;
        const ecp_real x1 = ex[j] * tilt_ex, i1 = in[j] * tilt_in;
        const ecp_real next = ecp_membrane(v[j], leak + (x0 + i0),
                                           (drift + stim[j] * per_pa) + (x0 * e_ex + i0 * e_in),
                                           x1 + i1, x1 * e_ex + i1 * e_in);
        v[j] = wait[j] > 0 ? v[j] : next;
        ex[j] = ex[j] * decay_ex;
        in[j] = in[j] * decay_in;
    }
}

static void settle(const struct ecp_block *b)
{
    const ecp_real threshold = b->derived[THRESHOLD], reset = b->derived[RESET];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict ex = b->column[G_EX];
    ecp_real *restrict in = b->column[G_IN];
    const ecp_real *restrict add_ex = b->column[EX];
    const ecp_real *restrict add_in = b->column[IN];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const int spike = v[j] >= threshold;
        v[j] = spike ? reset : v[j];
        ex[j] = ex[j] + ecp_magnitude(add_ex[j]);
        in[j] = in[j] + ecp_magnitude(add_in[j]);
        fired[j] = (uint8_t)spike;
    }
    ecp_count_down(fired, (uint16_t)b->derived[REFRACTORY], b->counter[WAIT], n);
}

static void update(const struct ecp_block *b)
{
    advance(b, 1);
    settle(b);
}

static void update_euler(const struct ecp_block *b)
{
    advance(b, 0);
    settle(b);
}

static const struct ecp_scheme schemes[] = {
    {"magnus", 4, "exponential of the step's mean conductances and of their slope", update},
    {"exponential_euler", 2, "exponential of the step's mean conductances", update_euler},
    {0}};

static void slope(const double *p, double stim, int waiting, const double *y, double *dydt)
{
    const double current = -p[G_L] * (y[0] - p[E_L]) - y[1] * (y[0] - p[E_EX]) -
                           y[2] * (y[0] - p[E_IN]) + stim + p[I_E];
    dydt[0] = waiting ? 0 : current / p[C];
    dydt[1] = -y[1] / p[TAU_EX];
    dydt[2] = -y[2] / p[TAU_IN];
}

static const struct ecp_flow flow = {.n = 3,
                                     .state = {V, G_EX, G_IN},
                                     .stimulus = STIM,
                                     .wait = WAIT,
                                     .slope = slope,
                                     .settle = settle};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_lif_cond_exp) = {
    .name = "lif_cond_exp",
    .summary = "leaky integrate-and-fire neuron with exponential conductances",
    .equations =
        "c dV/dt = -g_l (V - e_l) - g_ex (V - e_ex) - g_in (V - e_in) + I_stim + i_e\n"
        "tau_syn_x dg_x/dt = -g_x;  g_x += |w| at every spike arriving at port x = ex, in\n"
        "V >= v_th: spike, V = v_reset for t_ref",
    .reference = "Meffin, Burkitt & Grayden 2004, doi:10.1023/B:JCNS.0000014108.03012.81",
    .aliases = "nest:iaf_cond_exp pynn:IF_cond_exp",
    .verified_by = "tests/verify/verify_lif_cond.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .schemes = schemes,
    .flow = &flow};
