/* lif_noise.c -- leaky integrate-and-fire with exponential synaptic currents and
 * a background current of its own (Ornstein-Uhlenbeck), as used in studies of
 * consolidation.
 *
 *   tau_m dV/dt = -(V - e_l) + r_m (I_syn + I_ou + I_stim + i_e)
 *   tau_syn dI_syn/dt = -I_syn,   I_syn += w/r_m at every arriving weight w (mV)
 *   tau_ou dI_ou/dt = -(I_ou - i_0) + sigma sqrt(2 tau_ou) xi(t)
 *
 * A weight is the integral of r_m I_syn over time/tau_syn. I_syn and I_ou are
 * exact at the ends of steps; between them V sees the mean of the paths that
 * join I_ou's two ends, which leaves out (dt/tau_ou)^2 (1 + tau_ou/tau_m)/12 of
 * its variance. The threshold is tested at the end of the step. Verified in
 * tests/verify/verify_lif_noise.c. */
#include <math.h>

#include "engine/neuron.h"

enum {
    V,
    I_SYN,
    I_OU,
    WAIT,
    SYN,
    STIM,
    XI,
    TAU_M,
    R_M,
    TAU_SYN,
    E_L,
    V_TH,
    V_RESET,
    T_REF,
    I_0,
    SIGMA,
    TAU_OU,
    I_E,
    END
};

static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -65, -1e4, 1e4, "membrane potential", ECP_STATE},
    [I_SYN] = {"i_syn", "pA", 0, -1e7, 1e7, "synaptic current", ECP_STATE},
    [I_OU] = {"i_ou", "pA", 150, -1e7, 1e7, "background current", ECP_STATE},
    [WAIT] = {"wait", "1", 0, 0, 65535, "refractory steps left", ECP_COUNTER},
    [SYN] = {"syn", "mV", 0, -1e4, 1e4, "weights that arrive, of either sign", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [XI] = {"xi", "1", 0, -1e3, 1e3, "normal number of the background", ECP_NORMAL},
    [TAU_M] = {"tau_m", "ms", 10, 1e-3, 1e6, "membrane time constant", ECP_PARAM},
    [R_M] = {"r_m", "MOhm", 10, 1e-6, 1e6, "membrane resistance", ECP_PARAM},
    [TAU_SYN] = {"tau_syn", "ms", 5, 1e-3, 1e6, "synaptic time constant", ECP_PARAM},
    [E_L] = {"e_l", "mV", -65, -1e3, 1e3, "resting potential", ECP_PARAM},
    [V_TH] = {"v_th", "mV", -55, -1e3, 1e3, "threshold", ECP_PARAM},
    [V_RESET] = {"v_reset", "mV", -70, -1e3, 1e3, "potential after a spike", ECP_PARAM},
    [T_REF] = {"t_ref", "ms", 2, 0, 1e3, "refractory time", ECP_PARAM},
    [I_0] = {"i_0", "pA", 150, -1e7, 1e7, "mean of the background", ECP_PARAM},
    [SIGMA] = {"sigma", "pA", 500, 0, 1e7, "standard deviation of the background", ECP_PARAM},
    [TAU_OU] = {"tau_ou", "ms", 5, 1e-3, 1e6, "time constant of the background", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [END] = {0}};

enum {
    P_VV,
    P_VS,
    P_VB,
    P_VA,
    P_V1,
    P_SS,
    P_OO,
    DRIFT,
    MEAN,
    KICK,
    PER_R,
    THRESHOLD,
    RESET,
    REFRACTORY
};

/* (1 - exp(-x)) / x for any sign of x. */
static double phi1(double x)
{
    return fabs(x) < 1e-15 ? 1.0 : -expm1(-x) / x;
}

/* mV of V at the end of the step per pA of a current exp(-s/tau) from its start. */
static double response(const double *p, double tau, double dt)
{
    const double x = dt / tau - dt / p[TAU_M];
    return exp(-dt / p[TAU_M]) * dt * phi1(x) * (p[R_M] * 1e-3) / p[TAU_M];
}

/* The mean path from I_0 to I_1 is I_0 sinh((dt - s)/tau)/S + I_1 sinh(s/tau)/S,
 * S = sinh(dt/tau). Of each, mV at the end of the step per pA; the two sum
 * with S e^{-dt/tau} to the response of a plain decay. Where dt is small to
 * tau the path is a straight line but for (dt/tau)^2. */
static void bridge(const double *p, double dt, double *before, double *after)
{
    const double q = dt / p[TAU_OU];
    if (q > 1e-4) {
        const double grow = response(p, -p[TAU_OU], dt), fall = response(p, p[TAU_OU], dt);
        *after = (grow * exp(-q) - fall * exp(-q)) / -expm1(-2 * q);
        *before = (fall - grow * exp(-2 * q)) / -expm1(-2 * q);
        return;
    }
    const double x = dt / p[TAU_M], gain = p[R_M] * 1e-3;
    const double ramp = x < 1e-3 ? x / 2 - x * x / 6 : 1 + expm1(-x) / x; /* of s/dt */
    *after = gain * ramp;
    *before = gain * (-expm1(-x) - ramp);
}

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    double before, after;
    if (p[V_RESET] >= p[V_TH])
        return ecp_fail(ECP_ECONFIG, "v_reset (%g mV) must lie below v_th (%g mV)", p[V_RESET],
                        p[V_TH]);
    if (p[T_REF] / dt > 65535)
        return ecp_fail(ECP_ECONFIG, "t_ref (%g ms) is longer than 65535 steps of %g ms", p[T_REF],
                        dt);

    const double away = -expm1(-dt / p[TAU_M]);
    bridge(p, dt, &before, &after);
    k[P_VV] = (ecp_real)exp(-dt / p[TAU_M]);
    k[P_VS] = (ecp_real)response(p, p[TAU_SYN], dt);
    k[P_VB] = (ecp_real)before;
    k[P_VA] = (ecp_real)after;
    k[P_V1] = (ecp_real)(away * p[R_M] * 1e-3);
    k[P_SS] = (ecp_real)exp(-dt / p[TAU_SYN]);
    k[P_OO] = (ecp_real)exp(-dt / p[TAU_OU]);
    /* The background enters without its mean, for which this is exact. */
    k[DRIFT] = (ecp_real)(away * (p[E_L] + p[R_M] * 1e-3 * (p[I_0] + p[I_E])));
    k[MEAN] = (ecp_real)p[I_0];
    k[KICK] = (ecp_real)(p[SIGMA] * sqrt(-expm1(-2 * dt / p[TAU_OU])));
    k[PER_R] = (ecp_real)(1e3 / p[R_M]);
    k[THRESHOLD] = (ecp_real)p[V_TH];
    k[RESET] = (ecp_real)p[V_RESET];
    k[REFRACTORY] = (ecp_real)nearbyint(p[T_REF] / dt);
    return ECP_OK;
}

static void update(const struct ecp_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real vv = k[P_VV], vs = k[P_VS], vb = k[P_VB], va = k[P_VA], v1 = k[P_V1];
    const ecp_real ss = k[P_SS], oo = k[P_OO], drift = k[DRIFT], mean = k[MEAN], kick = k[KICK];
    const ecp_real per_r = k[PER_R], threshold = k[THRESHOLD], reset = k[RESET];
    const uint16_t refractory = (uint16_t)k[REFRACTORY];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict i_syn = b->column[I_SYN];
    ecp_real *restrict i_ou = b->column[I_OU];
    const ecp_real *restrict syn = b->column[SYN];
    const ecp_real *restrict stim = b->column[STIM];
    const ecp_real *restrict xi = b->column[XI];
    uint16_t *restrict wait = b->counter[WAIT];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real before = i_ou[j] - mean, after = before * oo + kick * xi[j];
        const ecp_real pushed =
            (i_syn[j] * vs + (before * vb + after * va)) + (stim[j] * v1 + drift);
        const ecp_real next = wait[j] > 0 ? v[j] : v[j] * vv + pushed;
        const int spike = next >= threshold;
        v[j] = spike ? reset : next;
        i_syn[j] = i_syn[j] * ss + syn[j] * per_r;
        i_ou[j] = mean + after;
        fired[j] = (uint8_t)spike;
    }
    /* Apart from the rest: 16-bit counters fill a vector of their own. */
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        wait[j] = fired[j] ? refractory : (uint16_t)(wait[j] - (wait[j] > 0));
}

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_lif_noise) = {
    .name = "lif_noise",
    .summary = "leaky integrate-and-fire neuron with an Ornstein-Uhlenbeck background current",
    .equations = "tau_m dV/dt = -(V - e_l) + r_m (I_syn + I_ou + I_stim + i_e)\n"
                 "tau_syn dI_syn/dt = -I_syn;  I_syn += w/r_m at every arriving spike\n"
                 "tau_ou dI_ou/dt = -(I_ou - i_0) + sigma sqrt(2 tau_ou) xi(t)\n"
                 "V >= v_th: spike, V = v_reset for t_ref",
    .reference = "Luboeinski & Tetzlaff 2021, doi:10.1038/s42003-021-01778-y",
    .aliases = "",
    .verified_by = "tests/verify/verify_lif_noise.c",
    .fields = fields,
    .derive = derive,
    .update = update};
