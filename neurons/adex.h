/* adex.h -- what the adaptive exponential neurons share: adex.c, adex_alpha.c,
 * adex_psc.c, which differ in their synapses.
 *
 *   c dV/dt = -g_l (V - e_l) + g_l delta_t exp((V - v_t) / delta_t)
 *             + (synapses) - w + I_stim + i_e
 *   tau_w dw/dt = a (V - e_l) - w
 *   V >= v_peak: spike, V = v_reset, w += b, at once; V rests there for t_ref
 *
 * Two ways through a step. Nearly always the classical Runge-Kutta method does,
 * in a vector loop over all neurons (adex_leap). A neuron whose exponential
 * term or conductance is too strong for it, so one in some hundred, is marked
 * by that loop and goes through the step in pieces (neurons/adex_upstroke.h).
 * Each neuron's own numbers decide, so blocks may be cut anywhere. */
#ifndef ECP_NEURONS_ADEX_H
#define ECP_NEURONS_ADEX_H

#include <math.h>
#include <string.h>

#include "engine/neuron.h"
#include "engine/vector_math.h"

/* A loop becomes vector code only when nothing is left to call in it. */
#define ADEX_INLINE static inline __attribute__((always_inline))
#define ADEX_LOOP   static __attribute__((noinline, flatten))

/* Fields that all have, at the same positions; a model's own follow. */
enum {
    V,
    W,
    WAIT,
    STIM,
    C,
    G_L,
    E_L,
    DELTA_T,
    V_T,
    V_PEAK,
    V_RESET,
    T_REF,
    A,
    B,
    TAU_W,
    I_E,
    ADEX_OWN
};

#define ADEX_FIELDS                                                                                \
    [V] = {"v", "mV", -70.6, -1e4, 1e4, "membrane potential", ECP_STATE},                          \
    [W] = {"w", "pA", 0, -1e7, 1e7, "adaptation current", ECP_STATE},                              \
    [WAIT] = {"wait", "1", 0, 0, 65535, "refractory steps left", ECP_COUNTER},                     \
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},                \
    [C] = {"c", "pF", 281, 1e-3, 1e6, "membrane capacitance", ECP_PARAM},                          \
    [G_L] = {"g_l", "nS", 30, 1e-6, 1e6, "leak conductance", ECP_PARAM},                           \
    [E_L] = {"e_l", "mV", -70.6, -1e3, 1e3, "leak reversal potential", ECP_PARAM},                 \
    [DELTA_T] = {"delta_t", "mV", 2, 0, 1e3, "slope factor; 0: none, spikes at v_t", ECP_PARAM},   \
    [V_T] = {"v_t", "mV", -50.4, -1e3, 1e3, "where the spike begins (NEST: V_th)", ECP_PARAM},     \
    [V_PEAK] = {"v_peak", "mV", 0, -1e3, 1e3, "where the spike is cut", ECP_PARAM},                \
    [V_RESET] = {"v_reset", "mV", -60, -1e3, 1e3, "potential after a spike", ECP_PARAM},           \
    [T_REF] = {"t_ref", "ms", 0, 0, 1e3, "refractory time", ECP_PARAM},                            \
    [A] = {"a", "nS", 4, -1e6, 1e6, "coupling of adaptation to V", ECP_PARAM},                     \
    [B] = {"b", "pA", 80.5, -1e6, 1e6, "jump of adaptation at a spike", ECP_PARAM},                \
    [TAU_W] = {"tau_w", "ms", 144, 1e-3, 1e6, "time constant of adaptation", ECP_PARAM},           \
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM}

/* Constants of the step that all have; a model's own follow. Rates per ms. */
enum {
    K_DT,
    K_LEAK,      /* g_l / c                        */
    K_DRIFT,     /* (g_l e_l + i_e) / c, mV/ms     */
    K_PER_C,     /* 1 / c                          */
    K_SPIKE,     /* g_l delta_t / c, mV/ms         */
    K_PER_DELTA, /* 1 / delta_t, or 0              */
    K_SOFT,      /* v_t                            */
    K_TOP,       /* most of (V - v_t) / delta_t    */
    K_PEAK,      /* v_peak; v_t where delta_t is 0 */
    K_RESET,
    K_REFRACTORY,
    K_W_RATE,  /* 1 / tau_w                      */
    K_W_V,     /* a / tau_w                      */
    K_W_DRIFT, /* a e_l / tau_w                  */
    K_W_KEEP,  /* exp(-dt / tau_w)               */
    K_W_REST,  /* what w gains beside, at v_reset */
    K_MOST,    /* of rates * dt, for a leap       */
    K_FASTEST, /* the shortest time constant      */
    ADEX_K
};

/* The exponential's argument ends here: beyond, the peak is 1e-25 ms away. */
static const double adex_top = 60;

static inline double adex_peak(const double *p)
{
    return p[DELTA_T] > 0 ? p[V_PEAK] : p[V_T];
}

/* Up to which dt * (g_l + conductances) / c the leap is good enough. In double
 * precision, fast conductances of a few nS are already too much. */
static inline double adex_most(const double *p, double fastest, double dt)
{
    if (dt > fastest)
        return -1;
    const int strict = sizeof(ecp_real) == sizeof(double) && fastest < 10 * dt;
    return strict ? fmin(0.5, dt * p[G_L] / p[C] + 0.004) : 0.5;
}

/* `fastest`: the shortest time constant of the synapses. A step that is longer
 * than it, or than tau_w, is too long for everybody. */
static inline enum ecp_status adex_derive(const double *p, double fastest, double dt, ecp_real *k)
{
    if (p[DELTA_T] > 0 && p[V_PEAK] < p[V_T])
        return ecp_fail(ECP_ECONFIG, "v_peak (%g mV) must not lie below v_t (%g mV)", p[V_PEAK],
                        p[V_T]);
    if (p[V_RESET] >= adex_peak(p))
        return ecp_fail(ECP_ECONFIG, "v_reset (%g mV) must lie below %s (%g mV)", p[V_RESET],
                        p[DELTA_T] > 0 ? "v_peak" : "v_t, as delta_t is 0,", adex_peak(p));
    if (p[T_REF] / dt > 65535)
        return ecp_fail(ECP_ECONFIG, "t_ref (%g ms) is longer than 65535 steps of %g ms", p[T_REF],
                        dt);

    const double per_delta = p[DELTA_T] > 0 ? 1 / p[DELTA_T] : 0;
    const double w_rest = p[A] * (p[V_RESET] - p[E_L]);
    k[K_DT] = (ecp_real)dt;
    k[K_LEAK] = (ecp_real)(p[G_L] / p[C]);
    k[K_DRIFT] = (ecp_real)((p[G_L] * p[E_L] + p[I_E]) / p[C]);
    k[K_PER_C] = (ecp_real)(1 / p[C]);
    k[K_SPIKE] = (ecp_real)(p[G_L] * p[DELTA_T] / p[C]);
    k[K_PER_DELTA] = (ecp_real)per_delta;
    k[K_SOFT] = (ecp_real)p[V_T];
    k[K_TOP] = (ecp_real)fmin((p[V_PEAK] - p[V_T]) * per_delta, adex_top);
    k[K_PEAK] = (ecp_real)adex_peak(p);
    k[K_RESET] = (ecp_real)p[V_RESET];
    k[K_REFRACTORY] = (ecp_real)nearbyint(p[T_REF] / dt);
    k[K_W_RATE] = (ecp_real)(1 / p[TAU_W]);
    k[K_W_V] = (ecp_real)(p[A] / p[TAU_W]);
    k[K_W_DRIFT] = (ecp_real)(p[A] * p[E_L] / p[TAU_W]);
    k[K_W_KEEP] = (ecp_real)exp(-dt / p[TAU_W]);
    k[K_W_REST] = (ecp_real)(-expm1(-dt / p[TAU_W]) * w_rest);
    k[K_MOST] = (ecp_real)adex_most(p, fmin(fastest, p[TAU_W]), dt);
    k[K_FASTEST] = (ecp_real)fmin(fastest, p[TAU_W]);
    return ECP_OK;
}

/* ---- the step of nearly all -------------------------------------------------- */

/* All synapses together at one moment, and the stimulus: conductance / c (1/ms)
 * and current / c (mV/ms). */
struct adex_drive {
    ecp_real rate, push;
};

/* Over a step. */
struct adex_drives {
    struct adex_drive start, middle, end;
};

struct adex_slope {
    ecp_real v, w, growth; /* growth: of the exponential term, mV/ms */
};

struct adex_leap {
    ecp_real v, w;
    int hard; /* the step is too long for this neuron */
};

static inline struct adex_slope adex_slope(ecp_real v, ecp_real w, struct adex_drive at,
                                           const ecp_real *k)
{
    const ecp_real over = (v - k[K_SOFT]) * k[K_PER_DELTA];
    const ecp_real growth = k[K_SPIKE] * ecp_exp(over < k[K_TOP] ? over : k[K_TOP]);
    const ecp_real linear = at.push - (k[K_LEAK] + at.rate) * v - w * k[K_PER_C];
    return (struct adex_slope){linear + growth, k[K_W_V] * v - k[K_W_DRIFT] - w * k[K_W_RATE],
                               growth};
}

/* One step with the drive at its start, in its middle and at its end. Too hard: where V
 * would blow up within dt / most, where it climbs by more than 0.7 delta_t and the
 * exponential counts, where conductance is so strong that the method would lose its
 * footing, and where the peak is reached. NAN is hard. */
static inline struct adex_leap adex_leap(ecp_real v, ecp_real w, struct adex_drives on,
                                         const ecp_real *k)
{
    const ecp_real most = sizeof(ecp_real) == sizeof(double) ? (ecp_real)0.04 : (ecp_real)0.35;
    const ecp_real dt = k[K_DT], half = (ecp_real)0.5 * dt, sixth = dt / 6;
    const struct adex_slope k1 = adex_slope(v, w, on.start, k);
    const struct adex_slope k2 = adex_slope(v + half * k1.v, w + half * k1.w, on.middle, k);
    const struct adex_slope k3 = adex_slope(v + half * k2.v, w + half * k2.w, on.middle, k);
    const struct adex_slope k4 = adex_slope(v + dt * k3.v, w + dt * k3.w, on.end, k);
    const ecp_real next = v + sixth * ((k1.v + k4.v) + 2 * (k2.v + k3.v));
    const ecp_real next_w = w + sixth * ((k1.w + k4.w) + 2 * (k2.w + k3.w));
    const ecp_real steep = dt * k[K_PER_DELTA];
    const int calm = (steep * k4.growth < most) & (steep * k1.growth < most) &
                     ((steep * k4.growth < most / 32) | (k4.growth < 2 * k1.growth)) &
                     (dt * (k[K_LEAK] + on.start.rate + on.end.rate) < k[K_MOST]) &
                     (v < k[K_PEAK]) & (next < k[K_PEAK]);
    return (struct adex_leap){next, next_w, !calm};
}

/* The step of a neuron, refractory or not; a hard one stays where it is. */
static inline struct adex_leap adex_step(ecp_real v, ecp_real w, int waiting, struct adex_drives on,
                                         const ecp_real *k)
{
    const struct adex_leap leap = adex_leap(v, w, on, k);
    const ecp_real free_v = leap.hard ? v : leap.v, free_w = leap.hard ? w : leap.w;
    return (struct adex_leap){waiting ? k[K_RESET] : free_v,
                              waiting ? w * k[K_W_KEEP] + k[K_W_REST] : free_w,
                              leap.hard & !waiting};
}

/* An exponentially decaying synapse over the step: its factor at the end, and
 * in the middle. The latter is off by O(dt^4), such that Simpson's rule, by which
 * Runge-Kutta adds up what depends on time alone, gives the integral exactly. */
static inline void adex_decay(double tau, double dt, ecp_real *middle, ecp_real *end)
{
    const double last = exp(-dt / tau);
    *middle = (ecp_real)(dt > 2 * tau ? exp(-0.5 * dt / tau)
                                      : 0.25 * (-6 * expm1(-dt / tau) * tau / dt - 1 - last));
    *end = (ecp_real)last;
}

/* For neurons/adex_upstroke.h: up to four synaptic states of a neuron at the start of
 * a step, what they go by (1/ms, mV), and all synapses together at a moment, in nS and
 * pA. Each model has its adex_input(kinetics, states, t). */
struct adex_states {
    double a, b, c, d;
};

struct adex_kinetics {
    double rate_ex, rate_in, e_ex, e_in;
};

struct adex_input {
    double g, i;
};

/* ---- refractory steps and the plain equations --------------------------------- */

static inline void adex_count(const struct ecp_block *b)
{
    const uint16_t refractory = (uint16_t)b->derived[K_REFRACTORY];
    uint16_t *restrict wait = b->counter[WAIT];
    const uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++)
        wait[j] = fired[j] ? refractory : (uint16_t)(wait[j] - (wait[j] > 0));
}

/* For flows, whose first two variables are V and w: the potential that the
 * equations see, and the slopes without synapses. From adex_flow_top on V rises straight,
 * which costs 1e-6 ms; the kink at the peak itself no adaptive method would take. */
static const double adex_flow_top = 18;

static inline double adex_flow_v(const double *p, int waiting, double v)
{
    return waiting ? p[V_RESET] : fmin(v, adex_peak(p));
}

static inline void adex_flow(const double *p, double current, int waiting, const double *y,
                             double *dydt)
{
    const double v = adex_flow_v(p, waiting, y[0]);
    const double over = p[DELTA_T] > 0 ? fmin((v - p[V_T]) / p[DELTA_T], adex_flow_top) : 0;
    const double free = -p[G_L] * (v - p[E_L]) + p[G_L] * p[DELTA_T] * exp(over) - y[1];
    dydt[0] = waiting ? 0 : (free + current + p[I_E]) / p[C];
    dydt[1] = (p[A] * (v - p[E_L]) - y[1]) / p[TAU_W];
}

static inline int adex_flow_fire(const double *p, int waiting, double *y)
{
    if (waiting || !(y[0] >= adex_peak(p)))
        return 0;
    y[0] = p[V_RESET];
    y[1] += p[B];
    return 1;
}

/* The end of a flow's step: V rests where it is refractory, and where it has
 * just become so. */
static inline void adex_flow_rest(const struct ecp_block *b)
{
    const int rests = b->derived[K_REFRACTORY] > 0;
    for (size_t j = 0; j < b->n; j++)
        if (b->counter[WAIT][j] > 0 || (rests && b->fired[j]))
            b->column[V][j] = b->derived[K_RESET];
}

#endif
