/* hh_traub.c -- Hodgkin-Huxley neuron after Traub & Miles, exponential conductances.
 *
 *   c dV/dt = -g_na m^3 h (V - e_na) - g_k n^4 (V - e_k) - g_l (V - e_l)
 *             - g_ex (V - e_ex) - g_in (V - e_in) + I_stim + i_e
 *   dx/dt   = a_x (1 - x) - b_x x,   x = n, m, h,   at u = V - v_t:
 *   a_n = 0.032 (u - 15) / (1 - exp(-(u - 15)/5))   b_n = 0.5 exp((10 - u)/40)
 *   a_m = 0.32 (u - 13) / (1 - exp(-(u - 13)/4))    b_m = 0.28 (40 - u) / (1 - exp(-(40 - u)/5))
 *   a_h = 0.128 exp((17 - u)/18)                    b_h = 4 / (1 + exp((40 - u)/5))
 *   tau_syn_x dg_x/dt = -g_x,   g_x += size of the weights that arrive at port x
 *
 * A spike where V >= v_t + 30 mV begins to fall, if none was in the last t_ref;
 * the membrane is not reset. Schemes: hh_steps.h. Verified in
 * tests/verify/verify_hh.c. */
#include <math.h>

#include "neurons/hh_form.h"

enum {
    V,
    N,
    M,
    H,
    G_EX,
    G_IN,
    V_LAST,
    WAIT,
    EX,
    IN,
    STIM,
    TAU_EX,
    TAU_IN,
    C,
    G_NA,
    G_K,
    G_L,
    E_NA,
    E_K,
    E_L,
    E_EX,
    E_IN,
    V_T,
    I_E,
    T_REF,
    END
};

/* The gates begin where they rest at -60 mV. */
static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -60, -1e4, 1e4, "membrane potential", ECP_STATE},
    [N] = {"n", "1", 0.06043403467863595, 0, 1, "activation of potassium", ECP_STATE},
    [M] = {"m", "1", 0.02686332979844545, 0, 1, "activation of sodium", ECP_STATE},
    [H] = {"h", "1", 0.9913058218943975, 0, 1, "inactivation of sodium (1: none)", ECP_STATE},
    [G_EX] = {"g_ex", "nS", 0, 0, 1e7, "excitatory conductance", ECP_STATE},
    [G_IN] = {"g_in", "nS", 0, 0, 1e7, "inhibitory conductance", ECP_STATE},
    [V_LAST] = {"v_last", "mV", -60, -1e4, 1e4, "potential at the end of the last step", ECP_STATE},
    [WAIT] = {"wait", "1", 0, 0, 65535, "steps left in which no spike is told", ECP_COUNTER},
    [EX] = {"ex", "nS", 0, -1e7, 1e7, "excitatory weights that arrive", ECP_INPUT},
    [IN] = {"in", "nS", 0, -1e7, 1e7, "inhibitory weights that arrive, of either sign", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [TAU_EX] = {"tau_syn_ex", "ms", 5, 1e-3, 1e6, "excitatory time constant", ECP_PARAM},
    [TAU_IN] = {"tau_syn_in", "ms", 10, 1e-3, 1e6, "inhibitory time constant", ECP_PARAM},
    [C] = {"c", "pF", 200, 1e-3, 1e6, "membrane capacitance", ECP_PARAM},
    [G_NA] = {"g_na", "nS", 20000, 0, 1e7, "largest conductance of sodium", ECP_PARAM},
    [G_K] = {"g_k", "nS", 6000, 0, 1e7, "largest conductance of potassium", ECP_PARAM},
    [G_L] = {"g_l", "nS", 10, 1e-6, 1e7, "leak conductance", ECP_PARAM},
    [E_NA] = {"e_na", "mV", 50, -1e3, 1e3, "reversal potential of sodium", ECP_PARAM},
    [E_K] = {"e_k", "mV", -90, -1e3, 1e3, "reversal potential of potassium", ECP_PARAM},
    [E_L] = {"e_l", "mV", -60, -1e3, 1e3, "reversal potential of the leak", ECP_PARAM},
    [E_EX] = {"e_ex", "mV", 0, -1e3, 1e3, "reversal potential of excitation", ECP_PARAM},
    [E_IN] = {"e_in", "mV", -80, -1e3, 1e3, "reversal potential of inhibition", ECP_PARAM},
    [V_T] = {"v_t", "mV", -63, -1e3, 1e3, "shift of the rates' potential", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [T_REF] = {"t_ref", "ms", 2, 0, 1e3, "time after a spike in which none is told", ECP_PARAM},
    [END] = {0}};

/* mV above v_t beyond which spikes are seen. */
#define HH_SPIKE 30

/* Six exponentials from two: all but that of a_h are powers of one. */
HH_INLINE struct hh_powers hh_powers(ecp_real at)
{
    const ecp_real u = hh_bounded(at);
    return (struct hh_powers){ecp_exp(u * (ecp_real)-0.025), ecp_exp(u * (ecp_real)(-1.0 / 18))};
}

HH_INLINE struct hh_rates hh_rates(ecp_real at, struct hh_powers e)
{
    const ecp_real u = hh_bounded(at), fifth = (ecp_real)0.2, quarter = (ecp_real)0.25;
    const ecp_real e40 = e.slow, e20 = e40 * e40, e10 = e20 * e20, e5 = e10 * e10, e4 = e5 * e20;
    const ecp_real at_n = e5 * (ecp_real)20.085536923187668; /* exp(-(u - 15)/5) */
    const ecp_real at_m = e4 * (ecp_real)25.790339917193062; /* exp(-(u - 13)/4) */
    const ecp_real at_h = e5 * (ecp_real)2980.9579870417283; /* exp(-(u - 40)/5) */
    /* x/(1 - exp(-x)) = x + (-x)/(1 - exp(x)): the exponential at hand is that of -x. */
    const ecp_real x = (40 - u) * fifth;
    return (struct hh_rates){.an = (ecp_real)0.16 * hh_linoid((u - 15) * fifth, at_n),
                             .bn = (ecp_real)0.642012708343871 * e40,
                             .am = (ecp_real)1.28 * hh_linoid((u - 13) * quarter, at_m),
                             .bm = (ecp_real)1.4 * (x + hh_linoid(-x, at_h)),
                             .ah = (ecp_real)0.3291372076528678 * e.other,
                             .bh = 4 / (1 + at_h)};
}

HH_INLINE struct hh_synapse hh_decay(struct hh_synapse s, struct hh_tier t)
{
    return (struct hh_synapse){s.ex * t.ex, 0, s.in * t.in, 0};
}

HH_INLINE struct hh_drive hh_drive(const struct hh_form *f, struct hh_synapse s, ecp_real stim)
{
    const ecp_real current = (s.ex * f->e_ex + s.in * f->e_in) + stim;
    return (struct hh_drive){current * f->per_c + f->drive, -((s.ex + s.in) * f->per_c)};
}

static inline struct hh_columns hh_columns(const struct ecp_block *b, size_t j)
{
    return (struct hh_columns){.v = b->column[V] + j,
                               .v_last = b->column[V_LAST] + j,
                               .n = b->column[N] + j,
                               .m = b->column[M] + j,
                               .h = b->column[H] + j,
                               .ex = b->column[G_EX] + j,
                               .in = b->column[G_IN] + j,
                               .stim = b->column[STIM] + j,
                               .wait = b->counter[WAIT] + j,
                               .fired = b->fired + j};
}

/* A conductance at the end of the step: `decay` over the whole of it. */
static void hh_port(size_t n, ecp_real decay, ecp_real *restrict g,
                    const ecp_real *restrict arrived)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real size = arrived[j] < 0 ? -arrived[j] : arrived[j];
        g[j] = g[j] * decay + size;
    }
}

static void hh_arrive(const struct hh_form *f, const struct ecp_block *b)
{
    ecp_real *const *c = b->column;
    hh_port(b->n, f->step.ex, c[G_EX], c[EX]);
    hh_port(b->n, f->step.in, c[G_IN], c[IN]);
}

#include "neurons/hh_steps.h"

static struct hh_tier decays(const double *p, double h)
{
    return (struct hh_tier){.ex = (ecp_real)exp(-h / p[TAU_EX]),
                            .in = (ecp_real)exp(-h / p[TAU_IN])};
}

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    if (p[T_REF] / dt > 65535)
        return ecp_fail(ECP_ECONFIG, "t_ref (%g ms) is longer than 65535 steps of %g ms", p[T_REF],
                        dt);
    if (p[E_K] >= p[E_NA])
        return ecp_fail(ECP_ECONFIG, "e_k (%g mV) must lie below e_na (%g mV)", p[E_K], p[E_NA]);

    const double pieces = ceil(dt / 0.1 - 1e-9), piece = dt / pieces;
    const struct hh_form form = {
        .g_na = (ecp_real)(p[G_NA] / p[C]),
        .g_k = (ecp_real)(p[G_K] / p[C]),
        .g_l = (ecp_real)(p[G_L] / p[C]),
        .drive = (ecp_real)((p[G_L] * p[E_L] + p[I_E]) / p[C]),
        .e_na = (ecp_real)p[E_NA],
        .e_k = (ecp_real)p[E_K],
        .per_c = (ecp_real)(1 / p[C]),
        .e_ex = (ecp_real)p[E_EX],
        .e_in = (ecp_real)p[E_IN],
        .shift = (ecp_real)p[V_T],
        .refractory = (ecp_real)nearbyint(p[T_REF] / dt),
        .pieces = (ecp_real)pieces,
        .piece = (ecp_real)piece,
        .tier = {decays(p, piece / 2), decays(p, piece / 4), decays(p, piece / 16)},
        .step = decays(p, dt)};
    memcpy(k, &form, sizeof form);
    return ECP_OK;
}

static void update(const struct ecp_block *b)
{
    hh_update(b, 0);
}

static void update_split(const struct ecp_block *b)
{
    hh_update(b, 1);
}

static const struct ecp_scheme schemes[] = {
    {"rk4", 4, "Runge-Kutta, at most 0.1 ms a piece, as fine as 0.0125 ms where rates are fast",
     update},
    {"exponential_euler", 2, "membrane and gates by turns, each exactly, at most 0.1 ms a piece",
     update_split},
    {0}};

/* ---- the plain equations ---------------------------------------------------- */

static double linoid(double x)
{
    return fabs(x) < 1e-6 ? 1 + x / 2 + x * x / 12 : -x / expm1(-x);
}

enum { Y_V, Y_N, Y_M, Y_H, Y_G_EX, Y_G_IN, Y_END };

static void slope(const double *p, double stim, int waiting, const double *y, double *dydt)
{
    const double v = y[Y_V], u = v - p[V_T], n = y[Y_N], m = y[Y_M], h = y[Y_H];
    (void)waiting;
    const double ionic = p[G_NA] * m * m * m * h * (v - p[E_NA]) +
                         p[G_K] * n * n * n * n * (v - p[E_K]) + p[G_L] * (v - p[E_L]);
    const double synaptic = y[Y_G_EX] * (v - p[E_EX]) + y[Y_G_IN] * (v - p[E_IN]);
    dydt[Y_V] = (stim + p[I_E] - ionic - synaptic) / p[C];
    dydt[Y_N] = 0.16 * linoid((u - 15) / 5) * (1 - n) - 0.5 * exp((10 - u) / 40) * n;
    dydt[Y_M] = 1.28 * linoid((u - 13) / 4) * (1 - m) - 1.4 * linoid((40 - u) / 5) * m;
    dydt[Y_H] = 0.128 * exp((17 - u) / 18) * (1 - h) - 4 / (1 + exp((40 - u) / 5)) * h;
    dydt[Y_G_EX] = -y[Y_G_EX] / p[TAU_EX];
    dydt[Y_G_IN] = -y[Y_G_IN] / p[TAU_IN];
}

static void settle(const struct ecp_block *b)
{
    struct hh_form form;
    memcpy(&form, b->derived, sizeof form);
    hh_settle(&form, b);
    hh_port(b->n, 1, b->column[G_EX], b->column[EX]);
    hh_port(b->n, 1, b->column[G_IN], b->column[IN]);
}

static const struct ecp_flow flow = {.n = Y_END,
                                     .state = {V, N, M, H, G_EX, G_IN},
                                     .stimulus = STIM,
                                     .wait = WAIT,
                                     .slope = slope,
                                     .settle = settle};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_hh_traub) = {
    .name = "hh_traub",
    .summary = "Hodgkin-Huxley neuron (Traub) with exponential conductances, ex and in apart",
    .equations =
        "c dV/dt = -g_na m^3 h (V - e_na) - g_k n^4 (V - e_k) - g_l (V - e_l)\n"
        "          - g_ex (V - e_ex) - g_in (V - e_in) + I_stim + i_e\n"
        "dx/dt = a_x (1 - x) - b_x x, x = n, m, h, at u = V - v_t:\n"
        "a_n = 0.032 (u - 15)/(1 - exp(-(u - 15)/5)), b_n = 0.5 exp((10 - u)/40)\n"
        "a_m = 0.32 (u - 13)/(1 - exp(-(u - 13)/4)), b_m = 0.28 (40 - u)/(1 - exp(-(40 - u)/5))\n"
        "a_h = 0.128 exp((17 - u)/18), b_h = 4/(1 + exp((40 - u)/5))\n"
        "tau_syn_x dg_x/dt = -g_x;  g_x += |w| at every spike arriving at port x = ex, in\n"
        "V >= v_t + 30 mV begins to fall, none in the last t_ref: spike; no reset",
    .reference = "Traub & Miles 1991, doi:10.1017/CBO9780511895401; Brette et al. 2007, "
                 "doi:10.1007/s10827-007-0038-6",
    .aliases = "nest:hh_cond_exp_traub pynn:HH_cond_exp",
    .verified_by = "tests/verify/verify_hh.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .schemes = schemes,
    .flow = &flow};
