/* lif_cond_alpha.c -- leaky integrate-and-fire with alpha-shaped conductances.
 *
 *   c dV/dt = -g_l (V - e_l) - g_ex (V - e_ex) - g_in (V - e_in) + I_stim + i_e
 *   a spike of weight w at port x, t ms ago:  g_x = |w| e t/tau_x exp(-t/tau_x)
 *
 * so that |w| is the peak of the conductance, reached tau_x after the spike. As two
 * equations: dg/dt = s - g/tau, ds/dt = -s/tau, s += |w| e/tau. The threshold is
 * tested at the end of the step; V rests at v_reset while refractory, conductances go
 * on. The schemes are those of lif_parts.h. Verified in tests/verify/verify_lif_cond.c. */
#include "neurons/lif_parts.h"

enum {
    V,
    G_EX,
    S_EX,
    G_IN,
    S_IN,
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
    [S_EX] = {"s_ex", "nS/ms", 0, 0, 1e9, "slope variable of g_ex", ECP_STATE},
    [G_IN] = {"g_in", "nS", 0, 0, 1e7, "inhibitory conductance", ECP_STATE},
    [S_IN] = {"s_in", "nS/ms", 0, 0, 1e9, "slope variable of g_in", ECP_STATE},
    [WAIT] = {"wait", "1", 0, 0, 65535, "refractory steps left", ECP_COUNTER},
    [EX] = {"ex", "nS", 0, -1e7, 1e7, "excitatory weights that arrive", ECP_INPUT},
    [IN] = {"in", "nS", 0, -1e7, 1e7, "inhibitory weights that arrive, of either sign", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [C] = {"c", "pF", 250, 1e-3, 1e6, "membrane capacitance", ECP_PARAM},
    [G_L] = {"g_l", "nS", 16.6667, 1e-6, 1e6, "leak conductance", ECP_PARAM},
    [E_L] = {"e_l", "mV", -70, -1e3, 1e3, "resting potential", ECP_PARAM},
    [E_EX] = {"e_ex", "mV", 0, -1e3, 1e3, "excitatory reversal potential", ECP_PARAM},
    [E_IN] = {"e_in", "mV", -85, -1e3, 1e3, "inhibitory reversal potential", ECP_PARAM},
    [TAU_EX] = {"tau_syn_ex", "ms", 0.2, 1e-3, 1e6, "excitatory time to peak", ECP_PARAM},
    [TAU_IN] = {"tau_syn_in", "ms", 2, 1e-3, 1e6, "inhibitory time to peak", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [V_TH] = {"v_th", "mV", -55, -1e3, 1e3, "threshold", ECP_PARAM},
    [V_RESET] = {"v_reset", "mV", -60, -1e3, 1e3, "potential after a spike", ECP_PARAM},
    [T_REF] = {"t_ref", "ms", 2, 0, 1e3, "refractory time", ECP_PARAM},
    [END] = {0}};

/* For each port: integrals of the courses that g and s start, decay, g after a step
 * for each unit of s before it, jump of s. */
enum { AREA_G, AREA_S, TILT_G, TILT_S, DECAY, RISE, JUMP, REST, PER_PORT };
enum {
    P_EX = 0,
    P_IN = PER_PORT,
    LEAK = 2 * PER_PORT,
    DRIFT,
    PER_PA,
    THRESHOLD,
    RESET,
    REFRACTORY
};

static double rising(const struct ecp_course *course, double t)
{
    return t * exp(-t / course->tau);
}

static void derive_port(double c, double tau, double reversal, double dt, ecp_real *k)
{
    const struct ecp_course course = {.at = rising, .tau = tau};
    const struct ecp_moments g = ecp_exp_moments(tau, dt), s = ecp_course_moments(&course, dt);
    k[AREA_G] = (ecp_real)(g.area / c);
    k[AREA_S] = (ecp_real)(s.area / c);
    k[TILT_G] = (ecp_real)(g.tilt / c);
    k[TILT_S] = (ecp_real)(s.tilt / c);
    k[DECAY] = (ecp_real)exp(-dt / tau);
    k[RISE] = (ecp_real)(dt * exp(-dt / tau));
    k[JUMP] = (ecp_real)(exp(1) / tau);
    k[REST] = (ecp_real)reversal;
}

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    const enum ecp_status status = ecp_check_reset(p[V_RESET], p[V_TH], p[T_REF], dt);
    if (status != ECP_OK)
        return status;

    derive_port(p[C], p[TAU_EX], p[E_EX], dt, k + P_EX);
    derive_port(p[C], p[TAU_IN], p[E_IN], dt, k + P_IN);
    k[LEAK] = (ecp_real)(dt / p[C] * p[G_L]);
    k[DRIFT] = (ecp_real)(dt / p[C] * (p[G_L] * p[E_L] + p[I_E]));
    k[PER_PA] = (ecp_real)(dt / p[C]);
    k[THRESHOLD] = (ecp_real)p[V_TH];
    k[RESET] = (ecp_real)p[V_RESET];
    k[REFRACTORY] = (ecp_real)nearbyint(p[T_REF] / dt);
    return ECP_OK;
}

/* `tilted`: with the second term of Magnus. */
static void advance(const struct ecp_block *b, int tilted)
{
    const ecp_real *k = b->derived, *x = k + P_EX, *i = k + P_IN;
    const ecp_real x_g = x[AREA_G], x_s = x[AREA_S], i_g = i[AREA_G], i_s = i[AREA_S];
    const ecp_real tilt = tilted ? 1 : 0;
    const ecp_real x_tg = tilt * x[TILT_G], x_ts = tilt * x[TILT_S];
    const ecp_real i_tg = tilt * i[TILT_G], i_ts = tilt * i[TILT_S];
    const ecp_real decay_ex = x[DECAY], rise_ex = x[RISE], e_ex = x[REST];
    const ecp_real decay_in = i[DECAY], rise_in = i[RISE], e_in = i[REST];
    const ecp_real leak = k[LEAK], drift = k[DRIFT], per_pa = k[PER_PA];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict ex = b->column[G_EX];
    ecp_real *restrict s_ex = b->column[S_EX];
    ecp_real *restrict in = b->column[G_IN];
    ecp_real *restrict s_in = b->column[S_IN];
    const ecp_real *restrict stim = b->column[STIM];
    const uint16_t *restrict wait = b->counter[WAIT];
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real x0 = ex[j] * x_g + s_ex[j] * x_s, i0 = in[j] * i_g + s_in[j] * i_s;
        const ecp_real x1 = ex[j] * x_tg + s_ex[j] * x_ts, i1 = in[j] * i_tg + s_in[j] * i_ts;
        const ecp_real next = ecp_membrane(v[j], leak + (x0 + i0),
                                           (drift + stim[j] * per_pa) + (x0 * e_ex + i0 * e_in),
                                           x1 + i1, x1 * e_ex + i1 * e_in);
        v[j] = wait[j] > 0 ? v[j] : next;
        ex[j] = ex[j] * decay_ex + s_ex[j] * rise_ex;
        s_ex[j] = s_ex[j] * decay_ex;
        in[j] = in[j] * decay_in + s_in[j] * rise_in;
        s_in[j] = s_in[j] * decay_in;
    }
}

static void settle(const struct ecp_block *b)
{
    const ecp_real threshold = b->derived[THRESHOLD], reset = b->derived[RESET];
    const ecp_real jump_ex = b->derived[P_EX + JUMP], jump_in = b->derived[P_IN + JUMP];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict s_ex = b->column[S_EX];
    ecp_real *restrict s_in = b->column[S_IN];
    const ecp_real *restrict add_ex = b->column[EX];
    const ecp_real *restrict add_in = b->column[IN];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const int spike = v[j] >= threshold;
        v[j] = spike ? reset : v[j];
        s_ex[j] = s_ex[j] + ecp_magnitude(add_ex[j]) * jump_ex;
        s_in[j] = s_in[j] + ecp_magnitude(add_in[j]) * jump_in;
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
                           y[3] * (y[0] - p[E_IN]) + stim + p[I_E];
    dydt[0] = waiting ? 0 : current / p[C];
    dydt[1] = y[2] - y[1] / p[TAU_EX];
    dydt[2] = -y[2] / p[TAU_EX];
    dydt[3] = y[4] - y[3] / p[TAU_IN];
    dydt[4] = -y[4] / p[TAU_IN];
}

static const struct ecp_flow flow = {.n = 5,
                                     .state = {V, G_EX, S_EX, G_IN, S_IN},
                                     .stimulus = STIM,
                                     .wait = WAIT,
                                     .slope = slope,
                                     .settle = settle};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_lif_cond_alpha) = {
    .name = "lif_cond_alpha",
    .summary = "leaky integrate-and-fire neuron with alpha-shaped conductances",
    .equations =
        "c dV/dt = -g_l (V - e_l) - g_ex (V - e_ex) - g_in (V - e_in) + I_stim + i_e\n"
        "g_x(t) = |w| e t/tau_syn_x exp(-t/tau_syn_x), summed over the spikes of port x = ex, in\n"
        "V >= v_th: spike, V = v_reset for t_ref",
    .reference = "Meffin, Burkitt & Grayden 2004, doi:10.1023/B:JCNS.0000014108.03012.81",
    .aliases = "nest:iaf_cond_alpha pynn:IF_cond_alpha",
    .verified_by = "tests/verify/verify_lif_cond.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .schemes = schemes,
    .flow = &flow};
