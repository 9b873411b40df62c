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
#include "engine/neuron.h"

enum { V, U, SYN, STIM, I_E, A, B, C, D, V_TH, V_MIN, END };

static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -65, -1e4, 1e4, "membrane potential", ECP_STATE},
    [U] = {"u", "1", -13, -1e6, 1e6, "recovery variable (mV/ms)", ECP_STATE},
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

/* Where the step leads, and the end of it: one function for each scheme. */
struct state {
    ecp_real v, u;
};

/* 0.04 V^2 + 5 V + 140 = 0.04 (V + 62.5)^2 - 16.25, where no large terms cancel. */
static inline ecp_real rise(ecp_real v, ecp_real u, ecp_real drive)
{
    const ecp_real above = v + (ecp_real)62.5;
    return (ecp_real)0.04 * above * above + (drive - u);
}

static inline struct state euler(struct state y, ecp_real drive, const ecp_real *k)
{
    const ecp_real v = y.v + k[DT] * rise(y.v, y.u, drive);
    const ecp_real u = y.u + k[DT] * (k[RATE] * (k[COUPLING] * y.v - y.u));
    return (struct state){v, u};
}

/* Izhikevich's own loop: V in two half steps, then u with the new V. */
static inline struct state half_euler(struct state y, ecp_real drive, const ecp_real *k)
{
    const ecp_real half = (ecp_real)0.5 * k[DT];
    const ecp_real free = y.v + half * rise(y.v, y.u, drive);
    const ecp_real middle = free < k[FLOOR] ? k[FLOOR] : free;
    const ecp_real v = middle + half * rise(middle, y.u, drive);
    const ecp_real u = y.u + k[DT] * (k[RATE] * (k[COUPLING] * v - y.u));
    return (struct state){v, u};
}

/* V stops at peak and floor within the equations, as V^2 would overflow beyond. */
static inline struct state slope(struct state y, ecp_real drive, const ecp_real *k)
{
    const ecp_real low = y.v < k[THRESHOLD] ? y.v : k[THRESHOLD];
    const ecp_real v = low < k[FLOOR] ? k[FLOOR] : low;
    return (struct state){rise(v, y.u, drive), k[RATE] * (k[COUPLING] * v - y.u)};
}

static inline struct state rk4(struct state y, ecp_real drive, const ecp_real *k)
{
    const ecp_real dt = k[DT], half = (ecp_real)0.5 * dt, sixth = dt / 6;
    const struct state k1 = slope(y, drive, k);
    const struct state k2 = slope((struct state){y.v + half * k1.v, y.u + half * k1.u}, drive, k);
    const struct state k3 = slope((struct state){y.v + half * k2.v, y.u + half * k2.u}, drive, k);
    const struct state k4 = slope((struct state){y.v + dt * k3.v, y.u + dt * k3.u}, drive, k);
    return (struct state){y.v + sixth * ((k1.v + k4.v) + 2 * (k2.v + k3.v)),
                          y.u + sixth * ((k1.u + k4.u) + 2 * (k2.u + k3.u))};
}

static inline void advance(const struct ecp_block *b,
                           struct state (*scheme)(struct state, ecp_real, const ecp_real *))
{
    ecp_real k[JUMP + 1];
    for (int c = 0; c <= JUMP; c++)
        k[c] = b->derived[c];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict u = b->column[U];
    const ecp_real *restrict syn = b->column[SYN];
    const ecp_real *restrict stim = b->column[STIM];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const struct state next = scheme((struct state){v[j], u[j]}, k[DRIVE] + stim[j], k);
        const ecp_real pushed = next.v + syn[j];
        const ecp_real bounded = pushed < k[FLOOR] ? k[FLOOR] : pushed;
        const int spike = bounded >= k[THRESHOLD];
        v[j] = spike ? k[RESET] : bounded;
        u[j] = spike ? next.u + k[JUMP] : next.u;
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

static inline struct state stay(struct state y, ecp_real drive, const ecp_real *k)
{
    (void)drive;
    (void)k;
    return y;
}

static void flow_settle(const struct ecp_block *b)
{
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
