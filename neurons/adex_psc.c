/* adex_psc.c -- adaptive exponential integrate-and-fire (Brette & Gerstner 2005),
 * synapses that are exponentially decaying currents.
 *
 *   c dV/dt = -g_l (V - e_l) + g_l delta_t exp((V - v_t) / delta_t)
 *             + I_ex + I_in - w + I_stim + i_e
 *   tau_w dw/dt = a (V - e_l) - w
 *   tau_syn_x dI_x/dt = -I_x,   I_x += weights that arrive at port x
 *   V >= v_peak: spike, V = v_reset, w += b, at once; V rests there for t_ref
 *
 * Inhibitory weights are negative. Verified in tests/verify/verify_adex.c. */
#include "neurons/adex.h"

enum { I_EX = ADEX_OWN, I_IN, EX, IN, TAU_EX, TAU_IN, END };

static const struct ecp_field fields[] = {
    ADEX_FIELDS,
    [I_EX] = {"i_ex", "pA", 0, -1e7, 1e7, "excitatory synaptic current", ECP_STATE},
    [I_IN] = {"i_in", "pA", 0, -1e7, 1e7, "inhibitory synaptic current", ECP_STATE},
    [EX] = {"ex", "pA", 0, -1e7, 1e7, "excitatory weights that arrive", ECP_INPUT},
    [IN] = {"in", "pA", 0, -1e7, 1e7, "inhibitory weights that arrive (negative)", ECP_INPUT},
    [TAU_EX] = {"tau_syn_ex", "ms", 0.2, 1e-3, 1e6, "excitatory time constant", ECP_PARAM},
    [TAU_IN] = {"tau_syn_in", "ms", 2, 1e-3, 1e6, "inhibitory time constant", ECP_PARAM},
    [END] = {0}};

enum { MID_EX = ADEX_K, MID_IN, END_EX, END_IN, K_COUNT };

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    adex_decay(p[TAU_EX], dt, &k[MID_EX], &k[END_EX]);
    adex_decay(p[TAU_IN], dt, &k[MID_IN], &k[END_IN]);
    return adex_derive(p, fmin(p[TAU_EX], p[TAU_IN]), dt, k);
}

ADEX_INLINE struct adex_input adex_input(struct adex_kinetics k, struct adex_states i, double t)
{
    return (struct adex_input){0, i.a * ecp_expd(-t * k.rate_ex) + i.b * ecp_expd(-t * k.rate_in)};
}

#include "neurons/adex_upstroke.h"

static void leap(const struct ecp_block *b)
{
    ecp_real k[K_COUNT];
    memcpy(k, b->derived, sizeof k);
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict w = b->column[W];
    const ecp_real *restrict i_ex = b->column[I_EX];
    const ecp_real *restrict i_in = b->column[I_IN];
    const ecp_real *restrict stim = b->column[STIM];
    const uint16_t *restrict wait = b->counter[WAIT];
    uint8_t *restrict hard = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real ex = i_ex[j] * k[K_PER_C], in = i_in[j] * k[K_PER_C];
        const ecp_real push = k[K_DRIFT] + stim[j] * k[K_PER_C];
        const struct adex_drives on = {{0, push + (ex + in)},
                                       {0, push + (ex * k[MID_EX] + in * k[MID_IN])},
                                       {0, push + (ex * k[END_EX] + in * k[END_IN])}};
        const struct adex_leap to = adex_step(v[j], w[j], wait[j] > 0, on, k);
        v[j] = to.v;
        w[j] = to.w;
        hard[j] = (uint8_t)to.hard;
    }
}

/* Currents at the end of the step, and refractory steps. */
static void settle(const struct ecp_block *b, ecp_real keep_ex, ecp_real keep_in)
{
    ecp_real *restrict i_ex = b->column[I_EX];
    ecp_real *restrict i_in = b->column[I_IN];
    const ecp_real *restrict ex = b->column[EX];
    const ecp_real *restrict in = b->column[IN];
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        i_ex[j] = i_ex[j] * keep_ex + ex[j];
        i_in[j] = i_in[j] * keep_in + in[j];
    }
    adex_count(b);
}

static void update(const struct ecp_block *b)
{
    const double *p = b->param;
    const struct adex_kinetics synapses = {1 / p[TAU_EX], 1 / p[TAU_IN], 0, 0};
    leap(b);
    adex_climb_marked(b, synapses, (const int[]){I_EX, I_IN, -1, -1});
    settle(b, b->derived[END_EX], b->derived[END_IN]);
}

static const struct ecp_scheme schemes[] = {
    {"rk4", 4, "fourth-order Runge-Kutta; the upstroke in pieces, reset within the step", update},
    {0}};

/* ---- the plain equations: V, w, I_ex, I_in ------------------------------------ */

static void flow_slope(const double *p, double stim, int waiting, const double *y, double *dydt)
{
    adex_flow(p, stim + y[2] + y[3], waiting, y, dydt);
    dydt[2] = -y[2] / p[TAU_EX];
    dydt[3] = -y[3] / p[TAU_IN];
}

static void flow_settle(const struct ecp_block *b)
{
    adex_flow_rest(b);
    settle(b, 1, 1);
}

static const struct ecp_flow flow = {.n = 4,
                                     .state = {V, W, I_EX, I_IN},
                                     .stimulus = STIM,
                                     .wait = WAIT,
                                     .slope = flow_slope,
                                     .fire = adex_flow_fire,
                                     .settle = flow_settle};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_adex_psc) = {
    .name = "adex_psc",
    .summary = "adaptive exponential integrate-and-fire neuron, exponential currents",
    .equations = "c dV/dt = -g_l (V - e_l) + g_l delta_t exp((V - v_t) / delta_t)\n"
                 "          + I_ex + I_in - w + I_stim + i_e\n"
                 "tau_w dw/dt = a (V - e_l) - w\n"
                 "tau_syn_x dI_x/dt = -I_x;  I_x += w at every spike arriving at port x = ex, in\n"
                 "V >= v_peak: spike, V = v_reset, w += b, at once; V = v_reset for t_ref",
    .reference = "Brette & Gerstner 2005, doi:10.1152/jn.00686.2005",
    .aliases = "nest:aeif_psc_exp",
    .verified_by = "tests/verify/verify_adex.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .schemes = schemes,
    .flow = &flow};
