/* lif_nmda.c -- leaky integrate-and-fire with AMPA, NMDA and GABA conductances, a moving
 * threshold and adaptation (the IFGroup, AIFGroup and AIF2Group of the simulator Auryn).
 *
 *   tau_m dV/dt = -(V - e_l) - g_exc (V - e_ex) - (g_gaba + g_sfa) (V - e_in)
 *                 + (I_stim + i_e) / g_l
 *   g_exc = (r g_ampa + g_nmda) / (1 + r),   r = ampa_nmda
 *   tau_ampa dg_ampa/dt = -g_ampa        g_ampa += |w| at every spike arriving at ex
 *   tau_nmda dg_nmda/dt = g_ampa - g_nmda
 *   tau_gaba dg_gaba/dt = -g_gaba        g_gaba += |w| at every spike arriving at in
 *   tau_sfa  dg_sfa/dt  = -g_sfa
 *   tau_theta dtheta/dt = -theta
 *   V >= theta_rest + theta: spike, V = v_reset, theta = theta_spike (not added),
 *                            g_sfa += q_sfa
 *
 * Conductances are in units of the leak's. At the end of a step V is clipped to
 * [e_in, e_ex]. There is no refractory time: the raised threshold does its work.
 *
 * Halvagal & Zenke 2023 (latent predictive learning): all neurons have the defaults
 *   (ampa_nmda = 1, q_sfa = 0); scheme "euler".
 * Zenke, Agnes & Gerstner 2015 (orchestrated plasticity): excitatory neurons (AIF2Group)
 *   ampa_nmda = 0.2, q_sfa = 0.1, tau_sfa = 100 ms; inhibitory ones (IFGroup) ampa_nmda =
 *   0.3. The second adaptation of AIF2Group has a jump of 0 there and is left out here.
 *
 * Verified in tests/verify/verify_lif_nmda.c. */
#include "neurons/lif_parts.h"

enum {
    V,
    G_AMPA,
    G_NMDA,
    G_GABA,
    G_SFA,
    THETA,
    EX,
    IN,
    STIM,
    TAU_M,
    G_L,
    E_L,
    E_EX,
    E_IN,
    AMPA_NMDA,
    TAU_AMPA,
    TAU_NMDA,
    TAU_GABA,
    TAU_SFA,
    Q_SFA,
    THETA_REST,
    THETA_SPIKE,
    TAU_THETA,
    I_E,
    V_RESET,
    END
};

static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -70, -1e4, 1e4, "membrane potential", ECP_STATE},
    [G_AMPA] = {"g_ampa", "1", 0, 0, 1e6, "AMPA conductance, in leaks", ECP_STATE},
    [G_NMDA] = {"g_nmda", "1", 0, 0, 1e6, "NMDA conductance, in leaks", ECP_STATE},
    [G_GABA] = {"g_gaba", "1", 0, 0, 1e6, "GABA conductance, in leaks", ECP_STATE},
    [G_SFA] = {"g_sfa", "1", 0, 0, 1e6, "conductance of adaptation, in leaks", ECP_STATE},
    [THETA] = {"theta", "mV", 0, -1e4, 1e4, "threshold above theta_rest", ECP_STATE},
    [EX] = {"ex", "1", 0, -1e6, 1e6, "excitatory weights that arrive", ECP_INPUT},
    [IN] = {"in", "1", 0, -1e6, 1e6, "inhibitory weights that arrive, of either sign", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [TAU_M] = {"tau_m", "ms", 20, 1e-3, 1e6, "membrane time constant", ECP_PARAM},
    [G_L] = {"g_l", "nS", 10, 1e-6, 1e6, "leak conductance, for currents only", ECP_PARAM},
    [E_L] = {"e_l", "mV", -70, -1e3, 1e3, "resting potential", ECP_PARAM},
    [E_EX] = {"e_ex", "mV", 0, -1e3, 1e3, "excitatory reversal potential", ECP_PARAM},
    [E_IN] = {"e_in", "mV", -80, -1e3, 1e3, "inhibitory reversal potential", ECP_PARAM},
    [AMPA_NMDA] = {"ampa_nmda", "1", 1, 0, 1e6, "weight of AMPA over that of NMDA", ECP_PARAM},
    [TAU_AMPA] = {"tau_ampa", "ms", 5, 1e-3, 1e6, "time constant of AMPA", ECP_PARAM},
    [TAU_NMDA] = {"tau_nmda", "ms", 100, 1e-3, 1e6, "time constant of NMDA", ECP_PARAM},
    [TAU_GABA] = {"tau_gaba", "ms", 10, 1e-3, 1e6, "time constant of GABA", ECP_PARAM},
    [TAU_SFA] = {"tau_sfa", "ms", 100, 1e-3, 1e6, "time constant of adaptation", ECP_PARAM},
    [Q_SFA] = {"q_sfa", "1", 0, 0, 1e6, "jump of g_sfa at a spike, in leaks", ECP_PARAM},
    [THETA_REST] = {"theta_rest", "mV", -50, -1e3, 1e3, "threshold long after a spike", ECP_PARAM},
    [THETA_SPIKE] = {"theta_spike", "mV", 100, 0, 1e4, "theta at a spike", ECP_PARAM},
    [TAU_THETA] = {"tau_theta", "ms", 5, 1e-3, 1e6, "time constant of theta", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [V_RESET] = {"v_reset", "mV", -70, -1e3, 1e3, "potential after a spike", ECP_PARAM},
    [END] = {0}};

/* Integrals of what a unit of AMPA, NMDA, GABA, adaptation adds (AMPA: with the NMDA
 * that follows), then what the states and the other terms need. */
enum {
    AREA_A,
    AREA_N,
    AREA_G,
    AREA_S,
    TILT_A,
    TILT_N,
    TILT_G,
    TILT_S,
    DECAY_A,
    DECAY_N,
    DECAY_G,
    DECAY_S,
    FOLLOW, /* NMDA after a step from a unit of AMPA before it */
    LEAK,
    DRIFT,
    PER_PA,
    REST_EX,
    REST_IN,
    REST_THETA,
    HIGH_THETA,
    DECAY_THETA,
    RESET,
    JUMP_S,
    SHARE_A,
    SHARE_N,
    CHASE /* of NMDA after AMPA, in a step of Euler's method */
};

/* NMDA, t after a unit of AMPA: exp(-t/tau_n)/tau_n times the integral of
 * exp(-s (1/tau_a - 1/tau_n)) from 0 to t, which stays finite as the two meet. */
static double follow(const struct ecp_course *c, double t)
{
    const double rate = 1.0 / c->tau - 1.0 / c->other;
    const double gain = fabs(rate * t) < 1e-15 ? t : -expm1(-rate * t) / rate;
    return exp(-t / c->other) * gain / c->other;
}

static void derive_courses(const double *p, double dt, ecp_real *k)
{
    const double share_a = p[AMPA_NMDA] / (1 + p[AMPA_NMDA]), share_n = 1 / (1 + p[AMPA_NMDA]);
    const struct ecp_course followed = {.at = follow, .tau = p[TAU_AMPA], .other = p[TAU_NMDA]};
    const struct ecp_moments f = ecp_course_moments(&followed, dt);
    const struct ecp_moments a = ecp_exp_moments(p[TAU_AMPA], dt);
    const struct ecp_moments n = ecp_exp_moments(p[TAU_NMDA], dt);
    const struct ecp_moments g = ecp_exp_moments(p[TAU_GABA], dt);
    const struct ecp_moments s = ecp_exp_moments(p[TAU_SFA], dt);
    k[AREA_A] = (ecp_real)((share_a * a.area + share_n * f.area) / p[TAU_M]);
    k[TILT_A] = (ecp_real)((share_a * a.tilt + share_n * f.tilt) / p[TAU_M]);
    k[AREA_N] = (ecp_real)(share_n * n.area / p[TAU_M]);
    k[TILT_N] = (ecp_real)(share_n * n.tilt / p[TAU_M]);
    k[AREA_G] = (ecp_real)(g.area / p[TAU_M]);
    k[TILT_G] = (ecp_real)(g.tilt / p[TAU_M]);
    k[AREA_S] = (ecp_real)(s.area / p[TAU_M]);
    k[TILT_S] = (ecp_real)(s.tilt / p[TAU_M]);
    k[FOLLOW] = (ecp_real)follow(&followed, dt);
    k[SHARE_A] = (ecp_real)share_a;
    k[SHARE_N] = (ecp_real)share_n;
}

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    if (p[V_RESET] >= p[THETA_REST])
        return ecp_fail(ECP_ECONFIG, "v_reset (%g mV) must lie below theta_rest (%g mV)",
                        p[V_RESET], p[THETA_REST]);
    if (p[E_IN] >= p[E_EX])
        return ecp_fail(ECP_ECONFIG, "e_in (%g mV) must lie below e_ex (%g mV)", p[E_IN], p[E_EX]);

    derive_courses(p, dt, k);
    k[DECAY_A] = (ecp_real)exp(-dt / p[TAU_AMPA]);
    k[DECAY_N] = (ecp_real)exp(-dt / p[TAU_NMDA]);
    k[DECAY_G] = (ecp_real)exp(-dt / p[TAU_GABA]);
    k[DECAY_S] = (ecp_real)exp(-dt / p[TAU_SFA]);
    k[LEAK] = (ecp_real)(dt / p[TAU_M]);
    k[DRIFT] = (ecp_real)(dt / p[TAU_M] * (p[E_L] + p[I_E] / p[G_L]));
    k[PER_PA] = (ecp_real)(dt / p[TAU_M] / p[G_L]);
    k[REST_EX] = (ecp_real)p[E_EX];
    k[REST_IN] = (ecp_real)p[E_IN];
    k[REST_THETA] = (ecp_real)p[THETA_REST];
    k[HIGH_THETA] = (ecp_real)p[THETA_SPIKE];
    k[DECAY_THETA] = (ecp_real)exp(-dt / p[TAU_THETA]);
    k[RESET] = (ecp_real)p[V_RESET];
    k[JUMP_S] = (ecp_real)p[Q_SFA];
    k[CHASE] = (ecp_real)(dt / p[TAU_NMDA]);
    return ECP_OK;
}

/* `tilted`: with the second term of Magnus. */
static void advance(const struct ecp_block *b, int tilted)
{
    const ecp_real *k = b->derived;
    const ecp_real area_a = k[AREA_A], area_n = k[AREA_N], area_g = k[AREA_G], area_s = k[AREA_S];
    const ecp_real tilt = tilted ? 1 : 0, tilt_a = tilt * k[TILT_A], tilt_n = tilt * k[TILT_N];
    const ecp_real tilt_g = tilt * k[TILT_G], tilt_s = tilt * k[TILT_S];
    const ecp_real decay_a = k[DECAY_A], decay_n = k[DECAY_N], decay_g = k[DECAY_G];
    const ecp_real decay_s = k[DECAY_S], decay_theta = k[DECAY_THETA], from_a = k[FOLLOW];
    const ecp_real leak = k[LEAK], drift = k[DRIFT], per_pa = k[PER_PA];
    const ecp_real e_ex = k[REST_EX], e_in = k[REST_IN];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict ampa = b->column[G_AMPA];
    ecp_real *restrict nmda = b->column[G_NMDA];
    ecp_real *restrict gaba = b->column[G_GABA];
    ecp_real *restrict sfa = b->column[G_SFA];
    ecp_real *restrict theta = b->column[THETA];
    const ecp_real *restrict stim = b->column[STIM];
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real x0 = ampa[j] * area_a + nmda[j] * area_n;
        const ecp_real i0 = gaba[j] * area_g + sfa[j] * area_s;
        const ecp_real x1 = ampa[j] * tilt_a + nmda[j] * tilt_n;
        const ecp_real i1 = gaba[j] * tilt_g + sfa[j] * tilt_s;
        v[j] = ecp_membrane(v[j], leak + (x0 + i0),
                            (drift + stim[j] * per_pa) + (x0 * e_ex + i0 * e_in), x1 + i1,
                            x1 * e_ex + i1 * e_in);
        nmda[j] = nmda[j] * decay_n + ampa[j] * from_a;
        ampa[j] = ampa[j] * decay_a;
        gaba[j] = gaba[j] * decay_g;
        sfa[j] = sfa[j] * decay_s;
        theta[j] = theta[j] * decay_theta;
    }
}

/* As Auryn goes: conductances first, the membrane with their new values. */
static void advance_euler(const struct ecp_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real decay_a = k[DECAY_A], decay_g = k[DECAY_G], decay_s = k[DECAY_S];
    const ecp_real decay_theta = k[DECAY_THETA], chase = k[CHASE];
    const ecp_real share_a = k[SHARE_A], share_n = k[SHARE_N];
    const ecp_real leak = k[LEAK], drift = k[DRIFT], per_pa = k[PER_PA];
    const ecp_real e_ex = k[REST_EX], e_in = k[REST_IN];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict ampa = b->column[G_AMPA];
    ecp_real *restrict nmda = b->column[G_NMDA];
    ecp_real *restrict gaba = b->column[G_GABA];
    ecp_real *restrict sfa = b->column[G_SFA];
    ecp_real *restrict theta = b->column[THETA];
    const ecp_real *restrict stim = b->column[STIM];
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        ampa[j] = ampa[j] * decay_a;
        nmda[j] = nmda[j] + chase * (ampa[j] - nmda[j]);
        gaba[j] = gaba[j] * decay_g;
        sfa[j] = sfa[j] * decay_s;
        theta[j] = theta[j] * decay_theta;
        const ecp_real pull = (share_a * ampa[j] + share_n * nmda[j]) * (v[j] - e_ex) +
                              (gaba[j] + sfa[j]) * (v[j] - e_in);
        v[j] = v[j] + ((drift + stim[j] * per_pa) - leak * (v[j] + pull));
    }
}

static void settle(const struct ecp_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real theta_rest = k[REST_THETA], theta_spike = k[HIGH_THETA], reset = k[RESET];
    const ecp_real jump = k[JUMP_S], lowest = k[REST_IN], highest = k[REST_EX];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict ampa = b->column[G_AMPA];
    ecp_real *restrict gaba = b->column[G_GABA];
    ecp_real *restrict sfa = b->column[G_SFA];
    ecp_real *restrict theta = b->column[THETA];
    const ecp_real *restrict add_ex = b->column[EX];
    const ecp_real *restrict add_in = b->column[IN];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real above = v[j] < lowest ? lowest : v[j];
        const ecp_real clipped = above > highest ? highest : above;
        const int spike = clipped >= theta_rest + theta[j];
        v[j] = spike ? reset : clipped;
        theta[j] = spike ? theta_spike : theta[j];
        sfa[j] = sfa[j] + (spike ? jump : 0);
        ampa[j] = ampa[j] + ecp_magnitude(add_ex[j]);
        gaba[j] = gaba[j] + ecp_magnitude(add_in[j]);
        fired[j] = (uint8_t)spike;
    }
}

static void update(const struct ecp_block *b)
{
    advance(b, 1);
    settle(b);
}

static void update_exponential(const struct ecp_block *b)
{
    advance(b, 0);
    settle(b);
}

static void update_euler(const struct ecp_block *b)
{
    advance_euler(b);
    settle(b);
}

static const struct ecp_scheme schemes[] = {
    {"magnus", 4, "exponential of the step's mean conductances and of their slope", update},
    {"exponential_euler", 2, "exponential of the step's mean conductances", update_exponential},
    {"euler", 1, "as Auryn does: Euler's method, exact decays", update_euler},
    {0}};

static void slope(const double *p, double stim, int waiting, const double *y, double *dydt)
{
    const double g_exc = (p[AMPA_NMDA] * y[1] + y[2]) / (1 + p[AMPA_NMDA]);
    const double pull = (y[0] - p[E_L]) + g_exc * (y[0] - p[E_EX]) +
                        (y[3] + y[4]) * (y[0] - p[E_IN]) - (stim + p[I_E]) / p[G_L];
    (void)waiting;
    dydt[0] = -pull / p[TAU_M];
    dydt[1] = -y[1] / p[TAU_AMPA];
    dydt[2] = (y[1] - y[2]) / p[TAU_NMDA];
    dydt[3] = -y[3] / p[TAU_GABA];
    dydt[4] = -y[4] / p[TAU_SFA];
    dydt[5] = -y[5] / p[TAU_THETA];
}

static const struct ecp_flow flow = {.n = 6,
                                     .state = {V, G_AMPA, G_NMDA, G_GABA, G_SFA, THETA},
                                     .stimulus = STIM,
                                     .wait = -1,
                                     .slope = slope,
                                     .settle = settle};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_lif_nmda) = {
    .name = "lif_nmda",
    .summary = "leaky integrate-and-fire neuron with AMPA, NMDA and GABA, moving threshold, "
               "adaptation",
    .equations =
        "tau_m dV/dt = -(V - e_l) - g_exc (V - e_ex) - (g_gaba + g_sfa) (V - e_in) + (I_stim + "
        "i_e)/g_l\n"
        "g_exc = (r g_ampa + g_nmda) / (1 + r), r = ampa_nmda;  conductances in units of the "
        "leak's\n"
        "tau_x dg_x/dt = -g_x, x = ampa, gaba, sfa;  tau_nmda dg_nmda/dt = g_ampa - g_nmda\n"
        "g_ampa += |w| at spikes of port ex, g_gaba += |w| of port in;  tau_theta dtheta/dt = "
        "-theta\n"
        "V >= theta_rest + theta: spike, V = v_reset, theta = theta_spike, g_sfa += q_sfa",
    .reference = "Zenke, Agnes & Gerstner 2015, doi:10.1038/ncomms7922; Zenke & Gerstner 2014, "
                 "doi:10.3389/fninf.2014.00076",
    .aliases = "auryn:IFGroup auryn:AIFGroup auryn:AIF2Group",
    .verified_by = "tests/verify/verify_lif_nmda.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .schemes = schemes,
    .flow = &flow};
