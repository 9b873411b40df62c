/* stdp.c -- pair-based STDP with weight dependence, all pairs of spikes.
 *
 *   post spike: w += w_max lambda (1 - w/w_max)^mu_plus x_pre
 *   pre spike:  w -= w_max lambda alpha (w/w_max)^mu_minus x_post
 *   x jumps by 1 at its spike and decays with tau_plus, tau_minus
 *
 * mu = 0: additive; mu = 1: multiplicative; mu_plus 0, mu_minus 1: van Rossum;
 * between: Guetig. Verified in tests/verify/verify_stdp.c. */
#include <math.h>

#include "engine/visit.h"

enum { PLUS, MINUS, TAU_PLUS, TAU_MINUS, LAMBDA, ALPHA, MU_PLUS, MU_MINUS, W_MAX, END };

static const struct ecp_field fields[] = {
    [PLUS] = {"x_pre", "1", 0, 0, 1e9, "trace of the source's spikes", ECP_PRE},
    [MINUS] = {"x_post", "1", 0, 0, 1e9, "trace of the target's spikes", ECP_POST},
    [TAU_PLUS] = {"tau_plus", "ms", 20, 1e-3, 1e6, "time constant of potentiation", ECP_PARAM},
    [TAU_MINUS] = {"tau_minus", "ms", 20, 1e-3, 1e6, "time constant of depression", ECP_PARAM},
    [LAMBDA] = {"lambda", "1", 0.01, 0, 1e3, "size of a change", ECP_PARAM},
    [ALPHA] = {"alpha", "1", 1, 0, 1e3, "depression over potentiation", ECP_PARAM},
    [MU_PLUS] = {"mu_plus", "1", 1, 0, 10, "weight dependence of potentiation", ECP_PARAM},
    [MU_MINUS] = {"mu_minus", "1", 1, 0, 10, "weight dependence of depression", ECP_PARAM},
    [W_MAX] = {"w_max", "weight", 100, 1e-12, 1e9, "largest weight", ECP_PARAM},
    [END] = {0}};

enum { RATE_PLUS, LOSS_MINUS, GAIN_PLUS, GAIN_MINUS, PER_MAX, TOP, POWER_PLUS, POWER_MINUS };

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    k[RATE_PLUS] = (ecp_real)(-dt / p[TAU_PLUS]);
    k[LOSS_MINUS] = (ecp_real)-expm1(-dt / p[TAU_MINUS]);
    k[GAIN_PLUS] = (ecp_real)(p[LAMBDA] * p[W_MAX]);
    k[GAIN_MINUS] = (ecp_real)(p[LAMBDA] * p[ALPHA] * p[W_MAX]);
    k[PER_MAX] = (ecp_real)(1 / p[W_MAX]);
    k[TOP] = (ecp_real)p[W_MAX];
    k[POWER_PLUS] = (ecp_real)p[MU_PLUS];
    k[POWER_MINUS] = (ecp_real)p[MU_MINUS];
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

/* Weight dependences 0 and 1 need no power: the compiler makes a loop of each. */
static inline ecp_real dependence(ecp_real x, ecp_real mu, int kind)
{
    return kind == 0 ? 1 : kind == 1 ? x : ecp_pow(x, mu);
}

static inline __attribute__((always_inline)) void visit_as(const struct ecp_visit *v, int plus,
                                                           int minus)
{
    const ecp_real *k = v->derived;
    const ecp_real rate = k[RATE_PLUS], gain_plus = k[GAIN_PLUS], gain_minus = k[GAIN_MINUS];
    const ecp_real per_max = k[PER_MAX], top = k[TOP], mu_plus = k[POWER_PLUS];
    const ecp_real mu_minus = k[POWER_MINUS];
    const ecp_real before = v->before[0], after = v->after[0];
    const uint32_t last = v->last;
    ecp_real *restrict w = v->weight;
    if (last != ECP_NEVER)
        ECP_EACH_PENDING(v, weight, at, when, {
            const ecp_real x = when == last ? before : after * ecp_decay(when - last, rate);
            const ecp_real room = 1 - weight * per_max;
            weight = ecp_clip(weight + gain_plus * dependence(room, mu_plus, plus) * x, 0, top);
        });
    if (!v->arrival)
        return;
    const ecp_real *restrict post = v->post[0];
    const uint16_t *restrict target = v->target;
    const size_t n = v->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real share = w[j] * per_max;
        w[j] = ecp_clip(w[j] - gain_minus * dependence(share, mu_minus, minus) * post[target[j]], 0,
                        top);
    }
}

static int kind_of(double mu)
{
    return mu == 0 ? 0 : mu == 1 ? 1 : 2;
}

static void visit(const struct ecp_visit *v)
{
    const int plus = kind_of(v->param[MU_PLUS]), minus = kind_of(v->param[MU_MINUS]);
    if (plus == 0 && minus == 0)
        visit_as(v, 0, 0);
    else if (plus == 1 && minus == 1)
        visit_as(v, 1, 1);
    else if (plus == 0 && minus == 1)
        visit_as(v, 0, 1);
    else
        visit_as(v, 2, 2);
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_stdp) = {
    .name = "stdp",
    .summary = "pair-based spike-timing-dependent plasticity, all pairs, with weight dependence",
    .equations = "post: w += w_max lambda (1 - w/w_max)^mu_plus x_pre\n"
                 "pre:  w -= w_max lambda alpha (w/w_max)^mu_minus x_post\n"
                 "dx/dt = -x/tau;  x += 1 at a spike",
    .reference =
        "Guetig, Aharonov, Rotter & Sompolinsky 2003, doi:10.1523/JNEUROSCI.23-09-03697.2003",
    .aliases = "nest:stdp_synapse nest:stdp_synapse_hom pynn:SpikePairRule",
    .verified_by = "tests/verify/verify_stdp.c",
    .fields = fields,
    .derive = derive,
    .arrive = arrive,
    .advance = advance,
    .visit = visit};
