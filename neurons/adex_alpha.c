/* adex_alpha.c -- adaptive exponential integrate-and-fire (Brette & Gerstner 2005),
 * synapses that are conductances in the form of alpha functions.
 *
 *   c dV/dt = -g_l (V - e_l) + g_l delta_t exp((V - v_t) / delta_t)
 *             - g_ex (V - e_ex) - g_in (V - e_in) - w + I_stim + i_e
 *   tau_w dw/dt = a (V - e_l) - w
 *   dg_x/dt = s_x - g_x / tau_syn_x,   ds_x/dt = -s_x / tau_syn_x,
 *   s_x += e / tau_syn_x |weights| that arrive at port x: one peaks at its weight
 *   V >= v_peak: spike, V = v_reset, w += b, at once; V rests there for t_ref
 *
 * Verified in tests/verify/verify_adex.c. */
#include "neurons/adex.h"

enum { G_EX = ADEX_OWN, S_EX, G_IN, S_IN, EX, IN, E_EX, E_IN, TAU_EX, TAU_IN, END };

static const struct ecp_field fields[] = {
    ADEX_FIELDS,
    [G_EX] = {"g_ex", "nS", 0, 0, 1e7, "excitatory conductance", ECP_STATE},
    [S_EX] = {"s_ex", "nS/ms", 0, 0, 1e9, "slope variable of g_ex", ECP_STATE},
    [G_IN] = {"g_in", "nS", 0, 0, 1e7, "inhibitory conductance", ECP_STATE},
    [S_IN] = {"s_in", "nS/ms", 0, 0, 1e9, "slope variable of g_in", ECP_STATE},
    [EX] = {"ex", "nS", 0, -1e7, 1e7, "excitatory weights that arrive", ECP_INPUT},
    [IN] = {"in", "nS", 0, -1e7, 1e7, "inhibitory weights that arrive, of either sign", ECP_INPUT},
    [E_EX] = {"e_ex", "mV", 0, -1e3, 1e3, "excitatory reversal potential", ECP_PARAM},
    [E_IN] = {"e_in", "mV", -85, -1e3, 1e3, "inhibitory reversal potential", ECP_PARAM},
    [TAU_EX] = {"tau_syn_ex", "ms", 0.2, 1e-3, 1e6, "excitatory time constant", ECP_PARAM},
    [TAU_IN] = {"tau_syn_in", "ms", 2, 1e-3, 1e6, "inhibitory time constant", ECP_PARAM},
    [END] = {0}};

enum {
    MID_EX = ADEX_K,
    MID_IN,
    END_EX,
    END_IN,
    MID_S_EX,
    MID_S_IN,
    REV_EX,
    REV_IN,
    RISE_EX,
    RISE_IN,
    K_COUNT
};

/* What s adds to g in the middle of the step; in Simpson's sense, as in adex_decay. */
static double middle_rise(double tau, double dt)
{
    const double x = dt / tau;
    if (x < 1e-3 || x > 2)
        return 0.5 * dt * exp(-0.5 * x);
    const double integral = tau * (-expm1(-x) - x * exp(-x)) / x; /* / dt */
    return 0.25 * (6 * integral - dt * exp(-x));
}

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    adex_decay(p[TAU_EX], dt, &k[MID_EX], &k[END_EX]);
    adex_decay(p[TAU_IN], dt, &k[MID_IN], &k[END_IN]);
    k[MID_S_EX] = (ecp_real)middle_rise(p[TAU_EX], dt);
    k[MID_S_IN] = (ecp_real)middle_rise(p[TAU_IN], dt);
    k[REV_EX] = (ecp_real)p[E_EX];
    k[REV_IN] = (ecp_real)p[E_IN];
    k[RISE_EX] = (ecp_real)(exp(1) / p[TAU_EX]);
    k[RISE_IN] = (ecp_real)(exp(1) / p[TAU_IN]);
    return adex_derive(p, fmin(p[TAU_EX], p[TAU_IN]), dt, k);
}

ADEX_INLINE struct adex_input adex_input(struct adex_kinetics k, struct adex_states g, double t)
{
    const double ex = (g.a + g.b * t) * ecp_expd(-t * k.rate_ex);
    const double in = (g.c + g.d * t) * ecp_expd(-t * k.rate_in);
    return (struct adex_input){ex + in, ex * k.e_ex + in * k.e_in};
}

#include "neurons/adex_upstroke.h"

static void leap(const struct ecp_block *b)
{
    ecp_real k[K_COUNT];
    memcpy(k, b->derived, sizeof k);
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict w = b->column[W];
    const ecp_real *restrict g_ex = b->column[G_EX];
    const ecp_real *restrict s_ex = b->column[S_EX];
    const ecp_real *restrict g_in = b->column[G_IN];
    const ecp_real *restrict s_in = b->column[S_IN];
    const ecp_real *restrict stim = b->column[STIM];
    const uint16_t *restrict wait = b->counter[WAIT];
    uint8_t *restrict hard = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real ex = g_ex[j] * k[K_PER_C], ex_s = s_ex[j] * k[K_PER_C];
        const ecp_real in = g_in[j] * k[K_PER_C], in_s = s_in[j] * k[K_PER_C];
        const ecp_real push = k[K_DRIFT] + stim[j] * k[K_PER_C];
        const ecp_real ex_mid = ex * k[MID_EX] + ex_s * k[MID_S_EX];
        const ecp_real in_mid = in * k[MID_IN] + in_s * k[MID_S_IN];
        const ecp_real ex_end = (ex + ex_s * k[K_DT]) * k[END_EX];
        const ecp_real in_end = (in + in_s * k[K_DT]) * k[END_IN];
        const struct adex_drives on = {
            {ex + in, push + (ex * k[REV_EX] + in * k[REV_IN])},
            {ex_mid + in_mid, push + (ex_mid * k[REV_EX] + in_mid * k[REV_IN])},
            {ex_end + in_end, push + (ex_end * k[REV_EX] + in_end * k[REV_IN])}};
        const struct adex_leap to = adex_step(v[j], w[j], wait[j] > 0, on, k);
        v[j] = to.v;
        w[j] = to.w;
        hard[j] = (uint8_t)to.hard;
    }
}

/* Conductances after `dt`, with what has arrived. */
struct decay {
    ecp_real dt, keep, rise;
};

static void settle_port(ecp_real *restrict g, ecp_real *restrict s, const ecp_real *restrict add,
                        size_t n, struct decay by)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        g[j] = (g[j] + s[j] * by.dt) * by.keep;
        s[j] = s[j] * by.keep + by.rise * (add[j] < 0 ? -add[j] : add[j]);
    }
}

static void settle(const struct ecp_block *b, struct decay by_ex, struct decay by_in)
{
    settle_port(b->column[G_EX], b->column[S_EX], b->column[EX], b->n, by_ex);
    settle_port(b->column[G_IN], b->column[S_IN], b->column[IN], b->n, by_in);
    adex_count(b);
}

static void update(const struct ecp_block *b)
{
    const ecp_real *k = b->derived;
    const double *p = b->param;
    const struct adex_kinetics synapses = {1 / p[TAU_EX], 1 / p[TAU_IN], p[E_EX], p[E_IN]};
    leap(b);
    adex_climb_marked(b, synapses, (const int[]){G_EX, S_EX, G_IN, S_IN});
    settle(b, (struct decay){k[K_DT], k[END_EX], k[RISE_EX]},
           (struct decay){k[K_DT], k[END_IN], k[RISE_IN]});
}

static const struct ecp_scheme schemes[] = {
    {"rk4", 4, "fourth-order Runge-Kutta; the upstroke in pieces, reset within the step", update},
    {0}};

/* ---- the plain equations: V, w, g_ex, s_ex, g_in, s_in ------------------------------------ */

static void flow_slope(const double *p, double stim, int waiting, const double *y, double *dydt)
{
    const double v = adex_flow_v(p, waiting, y[0]);
    adex_flow(p, stim - y[2] * (v - p[E_EX]) - y[4] * (v - p[E_IN]), waiting, y, dydt);
    dydt[2] = y[3] - y[2] / p[TAU_EX];
    dydt[3] = -y[3] / p[TAU_EX];
    dydt[4] = y[5] - y[4] / p[TAU_IN];
    dydt[5] = -y[5] / p[TAU_IN];
}

static void flow_settle(const struct ecp_block *b)
{
    adex_flow_rest(b);
    settle(b, (struct decay){0, 1, b->derived[RISE_EX]}, (struct decay){0, 1, b->derived[RISE_IN]});
}

static const struct ecp_flow flow = {.n = 6,
                                     .state = {V, W, G_EX, S_EX, G_IN, S_IN},
                                     .stimulus = STIM,
                                     .wait = WAIT,
                                     .slope = flow_slope,
                                     .fire = adex_flow_fire,
                                     .settle = flow_settle};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_adex_alpha) = {
    .name = "adex_alpha",
    .summary = "adaptive exponential integrate-and-fire neuron, alpha conductances",
    .equations = "c dV/dt = -g_l (V - e_l) + g_l delta_t exp((V - v_t) / delta_t)\n"
                 "          - g_ex (V - e_ex) - g_in (V - e_in) - w + I_stim + i_e\n"
                 "tau_w dw/dt = a (V - e_l) - w\n"
                 "dg_x/dt = s_x - g_x / tau_syn_x, ds_x/dt = -s_x / tau_syn_x;\n"
                 "s_x += e / tau_syn_x |w| at every spike arriving at port x = ex, in\n"
                 "V >= v_peak: spike, V = v_reset, w += b, at once; V = v_reset for t_ref",
    .reference = "Brette & Gerstner 2005, doi:10.1152/jn.00686.2005",
    .aliases = "nest:aeif_cond_alpha pynn:EIF_cond_alpha_isfa_ista",
    .verified_by = "tests/verify/verify_adex.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .schemes = schemes,
    .flow = &flow};
