/* hh.c -- Hodgkin-Huxley neuron of the squid axon, alpha-shaped currents.
 *
 *   c dV/dt = -g_na m^3 h (V - e_na) - g_k n^4 (V - e_k) - g_l (V - e_l) + I
 *   I       = I_ex + I_in + I_stim + i_e
 *   dx/dt   = a_x (1 - x) - b_x x,   x = n, m, h
 *   a_n = 0.01 (V + 55) / (1 - exp(-(V + 55)/10))   b_n = 0.125 exp(-(V + 65)/80)
 *   a_m = 0.1 (V + 40) / (1 - exp(-(V + 40)/10))    b_m = 4 exp(-(V + 65)/18)
 *   a_h = 0.07 exp(-(V + 65)/20)                    b_h = 1 / (1 + exp(-(V + 35)/10))
 *   a spike of weight w at port x, t ms ago:  I_x = w e t/tau_x exp(-t/tau_x)
 *
 * A spike where V >= 0 mV begins to fall, if none was in the last t_ref; the
 * membrane is not reset. Schemes: hh_steps.h. Verified in
 * tests/verify/verify_hh.c. */
#include <math.h>

#include "neurons/hh_form.h"

enum {
    V,
    N,
    M,
    H,
    I_EX,
    S_EX,
    I_IN,
    S_IN,
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
    I_E,
    T_REF,
    END
};

static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -65, -1e4, 1e4, "membrane potential", ECP_STATE},
    [N] = {"n", "1", 0.3176769140606974, 0, 1, "activation of potassium", ECP_STATE},
    [M] = {"m", "1", 0.05293248525724958, 0, 1, "activation of sodium", ECP_STATE},
    [H] = {"h", "1", 0.5961207535084603, 0, 1, "inactivation of sodium (1: none)", ECP_STATE},
    [I_EX] = {"i_ex", "pA", 0, -1e7, 1e7, "excitatory synaptic current", ECP_STATE},
    [S_EX] = {"s_ex", "pA/ms", 0, -1e9, 1e9, "slope variable of i_ex", ECP_STATE},
    [I_IN] = {"i_in", "pA", 0, -1e7, 1e7, "inhibitory synaptic current", ECP_STATE},
    [S_IN] = {"s_in", "pA/ms", 0, -1e9, 1e9, "slope variable of i_in", ECP_STATE},
    [V_LAST] = {"v_last", "mV", -65, -1e4, 1e4, "potential at the end of the last step", ECP_STATE},
    [WAIT] = {"wait", "1", 0, 0, 65535, "steps left in which no spike is told", ECP_COUNTER},
    [EX] = {"ex", "pA", 0, -1e7, 1e7, "excitatory weights that arrive", ECP_INPUT},
    [IN] = {"in", "pA", 0, -1e7, 1e7, "inhibitory weights that arrive (negative)", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [TAU_EX] = {"tau_syn_ex", "ms", 0.2, 1e-3, 1e6, "excitatory time to peak", ECP_PARAM},
    [TAU_IN] = {"tau_syn_in", "ms", 2, 1e-3, 1e6, "inhibitory time to peak", ECP_PARAM},
    [C] = {"c", "pF", 100, 1e-3, 1e6, "membrane capacitance", ECP_PARAM},
    [G_NA] = {"g_na", "nS", 12000, 0, 1e7, "largest conductance of sodium", ECP_PARAM},
    [G_K] = {"g_k", "nS", 3600, 0, 1e7, "largest conductance of potassium", ECP_PARAM},
    [G_L] = {"g_l", "nS", 30, 1e-6, 1e7, "leak conductance", ECP_PARAM},
    [E_NA] = {"e_na", "mV", 50, -1e3, 1e3, "reversal potential of sodium", ECP_PARAM},
    [E_K] = {"e_k", "mV", -77, -1e3, 1e3, "reversal potential of potassium", ECP_PARAM},
    [E_L] = {"e_l", "mV", -54.402, -1e3, 1e3, "reversal potential of the leak", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [T_REF] = {"t_ref", "ms", 2, 0, 1e3, "time after a spike in which none is told", ECP_PARAM},
    [END] = {0}};

/* mV above which spikes are seen. */
#define HH_SPIKE 0

/* Six exponentials from two: all but that of b_m are powers of one. */
HH_INLINE struct hh_powers hh_powers(ecp_real u)
{
    const ecp_real v = hh_bounded(u);
    return (struct hh_powers){ecp_exp((v + 65) * (ecp_real)-0.0125),
                              ecp_exp((v + 65) * (ecp_real)(-1.0 / 18))};
}

HH_INLINE struct hh_rates hh_rates(ecp_real u, struct hh_powers e)
{
    const ecp_real v = hh_bounded(u), tenth = (ecp_real)0.1;
    const ecp_real e80 = e.slow, e40 = e80 * e80, e20 = e40 * e40, e10 = e20 * e20;
    const ecp_real at_n = e10 * (ecp_real)2.718281828459045;  /* exp(-(v + 55)/10) */
    const ecp_real at_m = e10 * (ecp_real)12.182493960703473; /* exp(-(v + 40)/10) */
    const ecp_real at_h = e10 * (ecp_real)20.085536923187668; /* exp(-(v + 35)/10) */
    return (struct hh_rates){.an = tenth * hh_linoid((v + 55) * tenth, at_n),
                             .bn = (ecp_real)0.125 * e80,
                             .am = hh_linoid((v + 40) * tenth, at_m),
                             .bm = 4 * e.other,
                             .ah = (ecp_real)0.07 * e20,
                             .bh = 1 / (1 + at_h)};
}

HH_INLINE struct hh_synapse hh_decay(struct hh_synapse s, struct hh_tier t)
{
    return (struct hh_synapse){s.ex * t.ex + s.ex_slope * t.ex_slope, s.ex_slope * t.ex,
                               s.in * t.in + s.in_slope * t.in_slope, s.in_slope * t.in};
}

HH_INLINE struct hh_drive hh_drive(const struct hh_form *f, struct hh_synapse s, ecp_real stim)
{
    return (struct hh_drive){((s.ex + s.in) + stim) * f->per_c + f->drive, 0};
}

static inline struct hh_columns hh_columns(const struct ecp_block *b, size_t j)
{
    return (struct hh_columns){.v = b->column[V] + j,
                               .v_last = b->column[V_LAST] + j,
                               .n = b->column[N] + j,
                               .m = b->column[M] + j,
                               .h = b->column[H] + j,
                               .ex = b->column[I_EX] + j,
                               .ex_slope = b->column[S_EX] + j,
                               .in = b->column[I_IN] + j,
                               .in_slope = b->column[S_IN] + j,
                               .stim = b->column[STIM] + j,
                               .wait = b->counter[WAIT] + j,
                               .fired = b->fired + j};
}

/* The currents at the end of the step: `decay` and `gain` over the whole of it. */
static void hh_port(size_t n, ecp_real decay, ecp_real gain, ecp_real *restrict i,
                    ecp_real *restrict s)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        i[j] = i[j] * decay + s[j] * gain;
        s[j] = s[j] * decay;
    }
}

static void hh_add(size_t n, ecp_real jump, ecp_real *restrict s, const ecp_real *restrict arrived)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        s[j] += arrived[j] * jump;
}

static void hh_arrive(const struct hh_form *f, const struct ecp_block *b)
{
    ecp_real *const *c = b->column;
    hh_port(b->n, f->step.ex, f->step.ex_slope, c[I_EX], c[S_EX]);
    hh_port(b->n, f->step.in, f->step.in_slope, c[I_IN], c[S_IN]);
    hh_add(b->n, f->jump_ex, c[S_EX], c[EX]);
    hh_add(b->n, f->jump_in, c[S_IN], c[IN]);
}

#include "neurons/hh_steps.h"

static struct hh_tier decays(const double *p, double h)
{
    const double ex = exp(-h / p[TAU_EX]), in = exp(-h / p[TAU_IN]);
    return (struct hh_tier){(ecp_real)ex, (ecp_real)(h * ex), (ecp_real)in, (ecp_real)(h * in)};
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
        .refractory = (ecp_real)nearbyint(p[T_REF] / dt),
        .pieces = (ecp_real)pieces,
        .piece = (ecp_real)piece,
        .tier = {decays(p, piece / 2), decays(p, piece / 4), decays(p, piece / 16)},
        .step = decays(p, dt),
        .jump_ex = (ecp_real)(exp(1.0) / p[TAU_EX]),
        .jump_in = (ecp_real)(exp(1.0) / p[TAU_IN])};
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

enum { Y_V, Y_N, Y_M, Y_H, Y_I_EX, Y_S_EX, Y_I_IN, Y_S_IN, Y_END };

static void slope(const double *p, double stim, int waiting, const double *y, double *dydt)
{
    const double v = y[Y_V], n = y[Y_N], m = y[Y_M], h = y[Y_H];
    (void)waiting;
    const double ionic = p[G_NA] * m * m * m * h * (v - p[E_NA]) +
                         p[G_K] * n * n * n * n * (v - p[E_K]) + p[G_L] * (v - p[E_L]);
    dydt[Y_V] = (y[Y_I_EX] + y[Y_I_IN] + stim + p[I_E] - ionic) / p[C];
    dydt[Y_N] = 0.1 * linoid((v + 55) / 10) * (1 - n) - 0.125 * exp(-(v + 65) / 80) * n;
    dydt[Y_M] = linoid((v + 40) / 10) * (1 - m) - 4 * exp(-(v + 65) / 18) * m;
    dydt[Y_H] = 0.07 * exp(-(v + 65) / 20) * (1 - h) - h / (1 + exp(-(v + 35) / 10));
    dydt[Y_I_EX] = y[Y_S_EX] - y[Y_I_EX] / p[TAU_EX];
    dydt[Y_S_EX] = -y[Y_S_EX] / p[TAU_EX];
    dydt[Y_I_IN] = y[Y_S_IN] - y[Y_I_IN] / p[TAU_IN];
    dydt[Y_S_IN] = -y[Y_S_IN] / p[TAU_IN];
}

static void settle(const struct ecp_block *b)
{
    struct hh_form form;
    memcpy(&form, b->derived, sizeof form);
    hh_settle(&form, b);
    hh_add(b->n, form.jump_ex, b->column[S_EX], b->column[EX]);
    hh_add(b->n, form.jump_in, b->column[S_IN], b->column[IN]);
}

static const struct ecp_flow flow = {.n = Y_END,
                                     .state = {V, N, M, H, I_EX, S_EX, I_IN, S_IN},
                                     .stimulus = STIM,
                                     .wait = WAIT,
                                     .slope = slope,
                                     .settle = settle};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_hh) = {
    .name = "hh",
    .summary = "Hodgkin-Huxley neuron (squid axon) with alpha-shaped currents, ex and in apart",
    .equations = "c dV/dt = -g_na m^3 h (V - e_na) - g_k n^4 (V - e_k) - g_l (V - e_l) + I\n"
                 "I = I_ex + I_in + I_stim + i_e;  dx/dt = a_x (1 - x) - b_x x, x = n, m, h\n"
                 "a_n = 0.01 (V + 55)/(1 - exp(-(V + 55)/10)), b_n = 0.125 exp(-(V + 65)/80)\n"
                 "a_m = 0.1 (V + 40)/(1 - exp(-(V + 40)/10)), b_m = 4 exp(-(V + 65)/18)\n"
                 "a_h = 0.07 exp(-(V + 65)/20), b_h = 1/(1 + exp(-(V + 35)/10))\n"
                 "a spike of weight w at port x = ex, in adds w e t/tau_syn_x exp(-t/tau_syn_x)\n"
                 "V >= 0 mV begins to fall, none in the last t_ref: spike; no reset",
    .reference = "Hodgkin & Huxley 1952, doi:10.1113/jphysiol.1952.sp004764",
    .aliases = "nest:hh_psc_alpha",
    .verified_by = "tests/verify/verify_hh.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .schemes = schemes,
    .flow = &flow};
