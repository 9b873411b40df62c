/* scaling.c -- synaptic scaling (Turrigiano et al. 1998; van Rossum, Bi &
 * Turrigiano 2000): all synapses of a target grow or shrink by the same factor
 * until it fires at its target rate.
 *
 *   every period:  r += (1 - exp(-period/tau_rate)) (rate since the last - r)
 *                  w *= exp(period/tau (1 - r/r_0))
 *
 * Additive pair STDP may run beside it. Verified in
 * tests/verify/verify_homeostasis.c. */
#include "plasticity/additive.h"

enum { COUNT = ADDITIVE_OWN, RATE, FACTOR, R_0, TAU, TAU_RATE, PERIOD, END };

static const struct ecp_field fields[] = {
    ADDITIVE_FIELDS,
    [COUNT] = {"count", "1", 0, 0, 1e9, "spikes of the target in this period", ECP_POST},
    [RATE] = {"rate", "Hz", 5, 0, 1e6, "rate of the target", ECP_POST},
    [FACTOR] = {"factor", "1", 1, 0, 1e9, "last factor of its weights", ECP_POST},
    [R_0] = {"r_0", "Hz", 5, 1e-9, 1e6, "rate to be reached", ECP_PARAM},
    [TAU] = {"tau", "ms", 1e5, 1e-3, 1e12, "time constant of scaling", ECP_PARAM},
    [TAU_RATE] = {"tau_rate", "ms", 1e4, 1e-3, 1e12, "time over which the rate is taken",
                  ECP_PARAM},
    [PERIOD] = {"period", "ms", 1000, 1e-3, 1e9, "time between changes", ECP_PARAM},
    [END] = {0}};

enum { NEAR = ADDITIVE_K, PER_SPIKE, SPEED, PER_RATE };

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    k[NEAR] = (ecp_real)-expm1(-p[PERIOD] / p[TAU_RATE]);
    k[PER_SPIKE] = (ecp_real)(1000 / p[PERIOD]);
    k[SPEED] = (ecp_real)(p[PERIOD] / p[TAU]);
    k[PER_RATE] = (ecp_real)(1 / p[R_0]);
    return additive_derive(p, dt, k);
}

static void advance(const struct ecp_post_block *b)
{
    ecp_real *restrict count = b->post[1];
    const uint8_t *restrict fired = b->fired;
    const size_t n = b->n;
    additive_advance(b);
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        count[j] += fired[j];
}

static void settle(const struct ecp_post_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real near = k[NEAR], per_spike = k[PER_SPIKE], speed = k[SPEED];
    const ecp_real per_rate = k[PER_RATE];
    ecp_real *restrict count = b->post[1];
    ecp_real *restrict rate = b->post[2];
    ecp_real *restrict factor = b->post[3];
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real r = rate[j] + near * (count[j] * per_spike - rate[j]);
        rate[j] = r;
        count[j] = 0;
        factor[j] = ecp_exp(speed * (1 - r * per_rate));
    }
}

static void apply(const struct ecp_visit *v)
{
    additive_scale(v, v->post[3]);
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_scaling) = {
    .name = "scaling",
    .summary = "multiplicative synaptic scaling towards a target rate, STDP beside it if wanted",
    .equations = "every period:  r += (1 - exp(-period/tau_rate)) (rate in the period - r)\n"
                 "               w *= exp(period/tau (1 - r/r_0)),  within w_min and w_max\n"
                 "post: w += a_plus x_pre;  pre: w -= a_minus x_post  (0: off)\n"
                 "dx/dt = -x/tau_x;  x += 1 at a spike",
    .reference = "van Rossum, Bi & Turrigiano 2000, doi:10.1523/JNEUROSCI.20-23-08812.2000",
    .aliases = "",
    .verified_by = "tests/verify/verify_homeostasis.c",
    .fields = fields,
    .derive = derive,
    .arrive = additive_arrive,
    .advance = advance,
    .visit = additive_visit,
    .settle = settle,
    .apply = apply};
