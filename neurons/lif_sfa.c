/* lif_sfa.c -- leaky integrate-and-fire with exponential conductances, spike-frequency
 * adaptation and relative refractoriness.
 *
 *   c dV/dt = -g_l (V - e_l) - sum_k g_k (V - e_k) + I_stim + i_e,  k = ex, in, sfa, rr
 *   tau_k dg_k/dt = -g_k
 *   g_x += |w| at every spike arriving at port x = ex, in
 *   g_sfa += q_sfa, g_rr += q_rr at every spike of the neuron
 *
 * The threshold is tested at the end of the step; V rests at v_reset while refractory,
 * conductances go on. The schemes are those of lif_parts.h. Verified in
 * tests/verify/verify_lif_sfa.c. */
#include "neurons/lif_parts.h"

enum {
    V,
    G_EX,
    G_IN,
    G_SFA,
    G_RR,
    WAIT,
    EX,
    IN,
    STIM,
    C,
    G_L,
    E_L,
    E_EX,
    E_IN,
    E_SFA,
    E_RR,
    TAU_EX,
    TAU_IN,
    TAU_SFA,
    TAU_RR,
    Q_SFA,
    Q_RR,
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
    [G_SFA] = {"g_sfa", "nS", 0, 0, 1e7, "conductance of adaptation", ECP_STATE},
    [G_RR] = {"g_rr", "nS", 0, 0, 1e7, "conductance of relative refractoriness", ECP_STATE},
    [WAIT] = {"wait", "1", 0, 0, 65535, "refractory steps left", ECP_COUNTER},
    [EX] = {"ex", "nS", 0, -1e7, 1e7, "excitatory weights that arrive", ECP_INPUT},
    [IN] = {"in", "nS", 0, -1e7, 1e7, "inhibitory weights that arrive, of either sign", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [C] = {"c", "pF", 289.5, 1e-3, 1e6, "membrane capacitance", ECP_PARAM},
    [G_L] = {"g_l", "nS", 28.95, 1e-6, 1e6, "leak conductance", ECP_PARAM},
    [E_L] = {"e_l", "mV", -70, -1e3, 1e3, "resting potential", ECP_PARAM},
    [E_EX] = {"e_ex", "mV", 0, -1e3, 1e3, "excitatory reversal potential", ECP_PARAM},
    [E_IN] = {"e_in", "mV", -75, -1e3, 1e3, "inhibitory reversal potential", ECP_PARAM},
    [E_SFA] = {"e_sfa", "mV", -70, -1e3, 1e3, "reversal potential of adaptation", ECP_PARAM},
    [E_RR] = {"e_rr", "mV", -70, -1e3, 1e3, "reversal potential of refractoriness", ECP_PARAM},
    [TAU_EX] = {"tau_syn_ex", "ms", 1.5, 1e-3, 1e6, "excitatory time constant", ECP_PARAM},
    [TAU_IN] = {"tau_syn_in", "ms", 10, 1e-3, 1e6, "inhibitory time constant", ECP_PARAM},
    [TAU_SFA] = {"tau_sfa", "ms", 110, 1e-3, 1e6, "time constant of adaptation", ECP_PARAM},
    [TAU_RR] = {"tau_rr", "ms", 1.97, 1e-3, 1e6, "time constant of refractoriness", ECP_PARAM},
    [Q_SFA] = {"q_sfa", "nS", 14.48, 0, 1e6, "jump of g_sfa at a spike", ECP_PARAM},
    [Q_RR] = {"q_rr", "nS", 3214, 0, 1e6, "jump of g_rr at a spike", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [V_TH] = {"v_th", "mV", -57, -1e3, 1e3, "threshold", ECP_PARAM},
    [V_RESET] = {"v_reset", "mV", -70, -1e3, 1e3, "potential after a spike", ECP_PARAM},
    [T_REF] = {"t_ref", "ms", 0.5, 0, 1e3, "absolute refractory time", ECP_PARAM},
    [END] = {0}};

/* For each conductance: integrals of its course, decay, reversal potential. */
enum { AREA, TILT, DECAY, REST, PER_CONDUCTANCE };
enum {
    P_EX = 0,
    P_IN = PER_CONDUCTANCE,
    P_SFA = 2 * PER_CONDUCTANCE,
    P_RR = 3 * PER_CONDUCTANCE,
    LEAK = 4 * PER_CONDUCTANCE,
    DRIFT,
    PER_PA,
    JUMP_SFA,
    JUMP_RR,
    THRESHOLD,
    RESET,
    REFRACTORY
};

static void derive_conductance(double c, double tau, double reversal, double dt, ecp_real *k)
{
    const struct ecp_moments course = ecp_exp_moments(tau, dt);
    k[AREA] = (ecp_real)(course.area / c);
    k[TILT] = (ecp_real)(course.tilt / c);
    k[DECAY] = (ecp_real)exp(-dt / tau);
    k[REST] = (ecp_real)reversal;
}

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    const enum ecp_status status = ecp_check_reset(p[V_RESET], p[V_TH], p[T_REF], dt);
    if (status != ECP_OK)
        return status;

    derive_conductance(p[C], p[TAU_EX], p[E_EX], dt, k + P_EX);
    derive_conductance(p[C], p[TAU_IN], p[E_IN], dt, k + P_IN);
    derive_conductance(p[C], p[TAU_SFA], p[E_SFA], dt, k + P_SFA);
    derive_conductance(p[C], p[TAU_RR], p[E_RR], dt, k + P_RR);
    k[LEAK] = (ecp_real)(dt / p[C] * p[G_L]);
    k[DRIFT] = (ecp_real)(dt / p[C] * (p[G_L] * p[E_L] + p[I_E]));
    k[PER_PA] = (ecp_real)(dt / p[C]);
    k[JUMP_SFA] = (ecp_real)p[Q_SFA];
    k[JUMP_RR] = (ecp_real)p[Q_RR];
    k[THRESHOLD] = (ecp_real)p[V_TH];
    k[RESET] = (ecp_real)p[V_RESET];
    k[REFRACTORY] = (ecp_real)nearbyint(p[T_REF] / dt);
    return ECP_OK;
}

/* `tilted`: with the second term of Magnus. */
static void advance(const struct ecp_block *b, int tilted)
{
    const ecp_real *x = b->derived + P_EX, *i = b->derived + P_IN;
    const ecp_real *s = b->derived + P_SFA, *r = b->derived + P_RR;
    const ecp_real tilt = tilted ? 1 : 0;
    const ecp_real x_area = x[AREA], x_tilt = tilt * x[TILT], x_rest = x[REST], x_decay = x[DECAY];
    const ecp_real i_area = i[AREA], i_tilt = tilt * i[TILT], i_rest = i[REST], i_decay = i[DECAY];
    const ecp_real s_area = s[AREA], s_tilt = tilt * s[TILT], s_rest = s[REST], s_decay = s[DECAY];
    const ecp_real r_area = r[AREA], r_tilt = tilt * r[TILT], r_rest = r[REST], r_decay = r[DECAY];
    const ecp_real leak = b->derived[LEAK], drift = b->derived[DRIFT], per_pa = b->derived[PER_PA];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict ex = b->column[G_EX];
    ecp_real *restrict in = b->column[G_IN];
    ecp_real *restrict sfa = b->column[G_SFA];
    ecp_real *restrict rr = b->column[G_RR];
    const ecp_real *restrict stim = b->column[STIM];
    const uint16_t *restrict wait = b->counter[WAIT];
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real x0 = ex[j] * x_area, i0 = in[j] * i_area;
        const ecp_real s0 = sfa[j] * s_area, r0 = rr[j] * r_area;
        const ecp_real x1 = ex[j] * x_tilt, i1 = in[j] * i_tilt;
        const ecp_real s1 = sfa[j] * s_tilt, r1 = rr[j] * r_tilt;
        const ecp_real a0 = leak + ((x0 + i0) + (s0 + r0));
        const ecp_real b0 = (drift + stim[j] * per_pa) +
                            ((x0 * x_rest + i0 * i_rest) + (s0 * s_rest + r0 * r_rest));
        const ecp_real a1 = (x1 + i1) + (s1 + r1);
        const ecp_real b1 = (x1 * x_rest + i1 * i_rest) + (s1 * s_rest + r1 * r_rest);
        const ecp_real next = ecp_membrane(v[j], a0, b0, a1, b1);
        v[j] = wait[j] > 0 ? v[j] : next;
        ex[j] = ex[j] * x_decay;
        in[j] = in[j] * i_decay;
        sfa[j] = sfa[j] * s_decay;
        rr[j] = rr[j] * r_decay;
    }
}

static void settle(const struct ecp_block *b)
{
    const ecp_real threshold = b->derived[THRESHOLD], reset = b->derived[RESET];
    const ecp_real jump_sfa = b->derived[JUMP_SFA], jump_rr = b->derived[JUMP_RR];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict ex = b->column[G_EX];
    ecp_real *restrict in = b->column[G_IN];
    ecp_real *restrict sfa = b->column[G_SFA];
    ecp_real *restrict rr = b->column[G_RR];
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
        sfa[j] = sfa[j] + (spike ? jump_sfa : 0);
        rr[j] = rr[j] + (spike ? jump_rr : 0);
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
                           y[2] * (y[0] - p[E_IN]) - y[3] * (y[0] - p[E_SFA]) -
                           y[4] * (y[0] - p[E_RR]) + stim + p[I_E];
    dydt[0] = waiting ? 0 : current / p[C];
    dydt[1] = -y[1] / p[TAU_EX];
    dydt[2] = -y[2] / p[TAU_IN];
    dydt[3] = -y[3] / p[TAU_SFA];
    dydt[4] = -y[4] / p[TAU_RR];
}

static const struct ecp_flow flow = {.n = 5,
                                     .state = {V, G_EX, G_IN, G_SFA, G_RR},
                                     .stimulus = STIM,
                                     .wait = WAIT,
                                     .slope = slope,
                                     .settle = settle};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_lif_sfa) = {
    .name = "lif_sfa",
    .summary = "leaky integrate-and-fire neuron with conductances, adaptation and relative "
               "refractoriness",
    .equations =
        "c dV/dt = -g_l (V - e_l) - sum_k g_k (V - e_k) + I_stim + i_e;  k = ex, in, sfa, rr\n"
        "tau_k dg_k/dt = -g_k;  g_x += |w| at every spike arriving at port x = ex, in\n"
        "V >= v_th: spike, V = v_reset for t_ref, g_sfa += q_sfa, g_rr += q_rr",
    .reference = "Muller, Buesing, Schemmel & Meier 2007, doi:10.1162/neco.2007.19.11.2958",
    .aliases = "nest:iaf_cond_exp_sfa_rr pynn:IF_cond_exp_gsfa_grr",
    .verified_by = "tests/verify/verify_lif_sfa.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .schemes = schemes,
    .flow = &flow};
