/* stdp_power.c -- pair-based STDP with power-law potentiation (Morrison, Aertsen
 * & Diesmann 2007).
 *
 *   post spike: w += lambda w0 (w/w0)^mu x_pre
 *   pre spike:  w -= lambda alpha w x_post
 *
 * Weights have no upper bound unless w_max gives one. Verified in
 * tests/verify/verify_stdp.c. */
#include <math.h>

#include "engine/visit.h"

enum { PLUS, MINUS, TAU_PLUS, TAU_MINUS, LAMBDA, ALPHA, MU, W_0, W_MAX, END };

static const struct ecp_field fields[] = {
    [PLUS] = {"x_pre", "1", 0, 0, 1e9, "trace of the source's spikes", ECP_PRE},
    [MINUS] = {"x_post", "1", 0, 0, 1e9, "trace of the target's spikes", ECP_POST},
    [TAU_PLUS] = {"tau_plus", "ms", 15, 1e-3, 1e6, "time constant of potentiation", ECP_PARAM},
    [TAU_MINUS] = {"tau_minus", "ms", 30, 1e-3, 1e6, "time constant of depression", ECP_PARAM},
    [LAMBDA] = {"lambda", "1", 0.1, 0, 1e3, "size of a change", ECP_PARAM},
    [ALPHA] = {"alpha", "1", 0.0513, 0, 1e3, "depression over potentiation", ECP_PARAM},
    [MU] = {"mu", "1", 0.4, 0, 10, "exponent of potentiation", ECP_PARAM},
    [W_0] = {"w_0", "weight", 1, 1e-12, 1e9, "unit of weight in the power", ECP_PARAM},
    [W_MAX] = {"w_max", "weight", 1e9, 1e-12, 1e9, "largest weight", ECP_PARAM},
    [END] = {0}};

enum { RATE_PLUS, LOSS_MINUS, GAIN_PLUS, GAIN_MINUS, POWER, TOP };

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    k[RATE_PLUS] = (ecp_real)(-dt / p[TAU_PLUS]);
    k[LOSS_MINUS] = (ecp_real)-expm1(-dt / p[TAU_MINUS]);
    k[GAIN_PLUS] = (ecp_real)(p[LAMBDA] * pow(p[W_0], 1 - p[MU]));
    k[GAIN_MINUS] = (ecp_real)(p[LAMBDA] * p[ALPHA]);
    k[POWER] = (ecp_real)p[MU];
    k[TOP] = (ecp_real)p[W_MAX];
    return ECP_OK;
}

static void arrive(const struct ecp_source_spike *a)
{
    a->before[0] = a->after[0] * ecp_decay(a->interval, a->derived[RATE_PLUS]);
    a->after[0] = a->before[0] + 1;
}

static void advance(const struct ecp_post_block *b)
{
    const ecp_real loss = b->derived[LOSS_MINUS];
    ecp_real *restrict x = b->post[0];
    const uint8_t *restrict fired = b->fired;
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        /* Not times exp(-dt/tau): its rounding would add up over the steps. */
        const ecp_real y = x[j] + fired[j];
        x[j] = y - y * loss;
    }
}

static void visit(const struct ecp_visit *v)
{
    const ecp_real *k = v->derived;
    const ecp_real rate = k[RATE_PLUS], gain_plus = k[GAIN_PLUS], gain_minus = k[GAIN_MINUS];
    const ecp_real power = k[POWER], top = k[TOP], before = v->before[0], after = v->after[0];
    const uint32_t last = v->last;
    ecp_real *restrict w = v->weight;
    if (last != ECP_NEVER)
        ECP_EACH_PENDING(v, weight, at, when, {
            const ecp_real x = when == last ? before : after * ecp_decay(when - last, rate);
            weight = ecp_clip(weight + gain_plus * ecp_pow(weight, power) * x, 0, top);
        });
    if (!v->arrival)
        return;
    const ecp_real *restrict post = v->post[0];
    const uint16_t *restrict target = v->target;
    const size_t n = v->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        w[j] = ecp_clip(w[j] - gain_minus * w[j] * post[target[j]], 0, top);
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_stdp_power) = {
    .name = "stdp_power",
    .summary = "pair-based STDP with power-law potentiation and multiplicative depression",
    .equations = "post: w += lambda w_0 (w/w_0)^mu x_pre\n"
                 "pre:  w -= lambda alpha w x_post\n"
                 "dx/dt = -x/tau;  x += 1 at a spike",
    .reference = "Morrison, Aertsen & Diesmann 2007, doi:10.1162/neco.2007.19.6.1437",
    .aliases = "nest:stdp_pl_synapse_hom",
    .verified_by = "tests/verify/verify_stdp.c",
    .fields = fields,
    .derive = derive,
    .arrive = arrive,
    .advance = advance,
    .visit = visit};
