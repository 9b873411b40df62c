/* izhikevich.c -- the simple model of spiking neurons (Izhikevich 2003).
 *
 *   dV/dt = 0.04 V^2 + 5 V + 140 - u + I_stim + i_e
 *   du/dt = a (b V - u)
 *   V += weights (mV) that arrive, at the end of the step
 *   V >= v_th at the end of the step: spike, V = c, u += d
 *
 * V in mV, t in ms; a current of 1 pA moves V by 1 mV/ms. The published numbers
 * of spikes belong to Euler steps, which is why they are the default, as in
 * NEST; "rk4" is close to the equations. Verified in
 * tests/verify/verify_izhikevich.c. */
#include <string.h>

#include "engine/neuron.h"

enum { V, V_LOW, U, U_LOW, SYN, STIM, I_E, A, B, C, D, V_TH, V_MIN, END };

static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -65, -1e4, 1e4, "membrane potential", ECP_STATE},
    [V_LOW] = {"v_low", "mV", 0, -1, 1, "what the precision of v leaves out", ECP_STATE},
    [U] = {"u", "1", -13, -1e6, 1e6, "recovery variable (mV/ms)", ECP_STATE},
    [U_LOW] = {"u_low", "1", 0, -1, 1, "what the precision of u leaves out", ECP_STATE},
    [SYN] = {"syn", "mV", 0, -1e7, 1e7, "jumps that arrive, of either sign", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [A] = {"a", "1", 0.02, 0, 100, "rate of recovery (1/ms)", ECP_PARAM},
    [B] = {"b", "1", 0.2, -100, 100, "sensitivity of recovery to V (1/ms)", ECP_PARAM},
    [C] = {"c", "mV", -65, -1e3, 1e3, "potential after a spike", ECP_PARAM},
    [D] = {"d", "1", 8, -1e4, 1e4, "jump of u at a spike (mV/ms)", ECP_PARAM},
    [V_TH] = {"v_th", "mV", 30, -1e3, 1e3, "peak at which a spike is cut", ECP_PARAM},
    [V_MIN] = {"v_min", "mV", -1e4, -1e4, 1e3, "V does not fall below", ECP_PARAM},
    [END] = {0}};

enum { DT, DRIVE, RATE, COUPLING, THRESHOLD, FLOOR, RESET, JUMP };

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    if (p[C] >= p[V_TH])
        return ecp_fail(ECP_ECONFIG, "c (%g mV) must lie below v_th (%g mV)", p[C], p[V_TH]);
    if (p[V_MIN] > p[C])
        return ecp_fail(ECP_ECONFIG, "v_min (%g mV) must not lie above c (%g mV)", p[V_MIN], p[C]);
    if (p[A] * dt > 1)
        return ecp_fail(ECP_ECONFIG, "a (%g /ms) is too fast for steps of %g ms; allowed: %g /ms",
                        p[A], dt, 1 / dt);
    k[DT] = (ecp_real)dt;
    k[DRIVE] = (ecp_real)(p[I_E] - 16.25);
    k[RATE] = (ecp_real)p[A];
    k[COUPLING] = (ecp_real)p[B];
    k[THRESHOLD] = (ecp_real)p[V_TH];
    k[FLOOR] = (ecp_real)p[V_MIN];
    k[RESET] = (ecp_real)p[C];
    k[JUMP] = (ecp_real)p[D];
    return ECP_OK;
}

/* V and u, and what a step adds to them: one function for each scheme. */
struct pair {
    ecp_real v, u;
};

/* 0.04 V^2 + 5 V + 140 = 0.04 (V + 62.5)^2 - 16.25, where no large terms cancel. */
static inline ecp_real rise(ecp_real v, ecp_real u, ecp_real drive)
{
    const ecp_real above = v + (ecp_real)62.5;
    return (ecp_real)0.04 * above * above + (drive - u);
}

static inline struct pair euler(struct pair y, ecp_real drive, const ecp_real *k)
{
    return (struct pair){k[DT] * rise(y.v, y.u, drive),
                         k[DT] * (k[RATE] * (k[COUPLING] * y.v - y.u))};
}

/* Izhikevich's own loop: V in two half steps, then u with the new V. */
static inline struct pair half_euler(struct pair y, ecp_real drive, const ecp_real *k)
{
    const ecp_real half = (ecp_real)0.5 * k[DT];
    const ecp_real first = half * rise(y.v, y.u, drive);
    const ecp_real middle = y.v + first < k[FLOOR] ? k[FLOOR] : y.v + first;
    const ecp_real both = first + half * rise(middle, y.u, drive);
    return (struct pair){both, k[DT] * (k[RATE] * (k[COUPLING] * (y.v + both) - y.u))};
}

/* V stops at peak and floor within the equations, as V^2 would overflow beyond. */
static inline struct pair slope(struct pair y, ecp_real drive, const ecp_real *k)
{
    const ecp_real low = y.v < k[THRESHOLD] ? y.v : k[THRESHOLD];
    const ecp_real v = low < k[FLOOR] ? k[FLOOR] : low;
    return (struct pair){rise(v, y.u, drive), k[RATE] * (k[COUPLING] * v - y.u)};
}

static inline struct pair rk4(struct pair y, ecp_real drive, const ecp_real *k)
{
    const ecp_real dt = k[DT], half = (ecp_real)0.5 * dt, sixth = dt / 6;
    const struct pair k1 = slope(y, drive, k);
    const struct pair k2 = slope((struct pair){y.v + half * k1.v, y.u + half * k1.u}, drive, k);
    const struct pair k3 = slope((struct pair){y.v + half * k2.v, y.u + half * k2.u}, drive, k);
    const struct pair k4 = slope((struct pair){y.v + dt * k3.v, y.u + dt * k3.u}, drive, k);
    return (struct pair){sixth * ((k1.v + k4.v) + 2 * (k2.v + k3.v)),
                         sixth * ((k1.u + k4.u) + 2 * (k2.u + k3.u))};
}

/* Near its threshold the neuron multiplies an error by thousands: what is lost when
 * the step is added to V and u (4e-6 and 1e-6 in single precision) is kept for the
 * next one. */
static inline void advance(const struct ecp_block *b,
                           struct pair (*scheme)(struct pair, ecp_real, const ecp_real *))
{
    ecp_real k[JUMP + 1];
    for (int c = 0; c <= JUMP; c++)
        k[c] = b->derived[c];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict v_low = b->column[V_LOW];
    ecp_real *restrict u = b->column[U];
    ecp_real *restrict u_low = b->column[U_LOW];
    const ecp_real *restrict syn = b->column[SYN];
    const ecp_real *restrict stim = b->column[STIM];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real v0 = v[j], u0 = u[j];
        const struct pair add = scheme((struct pair){v0, u0}, k[DRIVE] + stim[j], k);
        const ecp_real up = (add.v + v_low[j]) + syn[j];
        const ecp_real next = v0 + up, rest = up - (next - v0);
        const ecp_real bounded = next < k[FLOOR] ? k[FLOOR] : next;
        const int spike = bounded >= k[THRESHOLD];
        const ecp_real jump = (add.u + u_low[j]) + (spike ? k[JUMP] : 0);
        const ecp_real next_u = u0 + jump;
        v[j] = spike ? k[RESET] : bounded;
        v_low[j] = spike ? 0 : rest;
        u[j] = next_u;
        u_low[j] = jump - (next_u - u0);
        fired[j] = (uint8_t)spike;
    }
}

static void update_euler(const struct ecp_block *b)
{
    advance(b, euler);
}

static void update_half_euler(const struct ecp_block *b)
{
    advance(b, half_euler);
}

static void update_rk4(const struct ecp_block *b)
{
    advance(b, rk4);
}

static const struct ecp_scheme schemes[] = {
    {"euler", 1, "forward Euler for V and u together, as NEST's consistent_integration",
     update_euler},
    {"rk4", 4, "classical Runge-Kutta of fourth order", update_rk4},
    {"half_euler", 1, "two half steps of V, then u with the new V, as published",
     update_half_euler},
    {0}};

/* ---- the plain equations ---------------------------------------------------- */

static void flow_slope(const double *p, double stim, int waiting, const double *y, double *dydt)
{
    const double low = y[0] < p[V_TH] ? y[0] : p[V_TH];
    const double v = low < p[V_MIN] ? p[V_MIN] : low;
    (void)waiting;
    dydt[0] = 0.04 * v * v + 5 * v + 140 - y[1] + stim + p[I_E];
    dydt[1] = p[A] * (p[B] * v - y[1]);
}

static inline struct pair stay(struct pair y, ecp_real drive, const ecp_real *k)
{
    (void)y;
    (void)drive;
    (void)k;
    return (struct pair){0, 0};
}

static void flow_settle(const struct ecp_block *b)
{
    /* Not among the flow's variables. */
    memset(b->column[V_LOW], 0, b->n * sizeof **b->column);
    memset(b->column[U_LOW], 0, b->n * sizeof **b->column);
    advance(b, stay);
}

static const struct ecp_flow flow = {.n = 2,
                                     .state = {V, U},
                                     .stimulus = STIM,
                                     .wait = -1,
                                     .slope = flow_slope,
                                     .fire = NULL,
                                     .settle = flow_settle};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_izhikevich) = {
    .name = "izhikevich",
    .summary = "Izhikevich's quadratic neuron with recovery, synapses that jump V",
    .equations =
        "dV/dt = 0.04 V^2 + 5 V + 140 - u + I_stim + i_e;  V += w at every arriving spike\n"
        "du/dt = a (b V - u)\n"
        "V >= v_th at the end of a step: spike, V = c, u += d",
    .reference = "Izhikevich 2003, doi:10.1109/TNN.2003.820440",
    .aliases = "nest:izhikevich pynn:Izhikevich",
    .verified_by = "tests/verify/verify_izhikevich.c",
    .fields = fields,
    .derive = derive,
    .update = update_euler,
    .schemes = schemes,
    .flow = &flow};
