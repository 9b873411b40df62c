/* additive.h -- additive pair STDP beside the homeostasis of a rule; off unless
 * a_plus or a_minus is set. Fields come first in the rule's table. */
#ifndef ECP_ADDITIVE_H
#define ECP_ADDITIVE_H

#include <math.h>

#include "engine/visit.h"

enum {
    ADDITIVE_PRE,
    ADDITIVE_POST,
    ADDITIVE_PLUS,
    ADDITIVE_MINUS,
    ADDITIVE_TAU_PLUS,
    ADDITIVE_TAU_MINUS,
    ADDITIVE_W_MIN,
    ADDITIVE_W_MAX,
    ADDITIVE_OWN /* the rule's own fields; its POST fields count from 1 */
};

#define ADDITIVE_FIELDS                                                                            \
    [ADDITIVE_PRE] = {"x_pre", "1", 0, 0, 1e9, "trace of the source's spikes", ECP_PRE},           \
    [ADDITIVE_POST] = {"x_post", "1", 0, 0, 1e9, "trace of the target's spikes", ECP_POST},        \
    [ADDITIVE_PLUS] = {"a_plus", "weight", 0, 0, 1e9, "STDP: pre before post", ECP_PARAM},         \
    [ADDITIVE_MINUS] = {"a_minus", "weight", 0, 0, 1e9, "STDP: post before pre", ECP_PARAM},       \
    [ADDITIVE_TAU_PLUS] = {"tau_plus", "ms", 20, 1e-3, 1e6, "time constant of x_pre", ECP_PARAM},  \
    [ADDITIVE_TAU_MINUS] =                                                                         \
        {"tau_minus", "ms", 20, 1e-3, 1e6, "time constant of x_post", ECP_PARAM},                  \
    [ADDITIVE_W_MIN] = {"w_min", "weight", 0, 0, 1e9, "least weight", ECP_PARAM},                  \
    [ADDITIVE_W_MAX] = {"w_max", "weight", 1e6, 1e-12, 1e9, "largest weight", ECP_PARAM}

enum { ADDITIVE_RATE, ADDITIVE_LOSS, ADDITIVE_K };

static enum ecp_status additive_derive(const double *p, double dt, ecp_real *k)
{
    if (p[ADDITIVE_W_MIN] >= p[ADDITIVE_W_MAX])
        return ecp_fail(ECP_ECONFIG, "w_min (%g) must lie below w_max (%g)", p[ADDITIVE_W_MIN],
                        p[ADDITIVE_W_MAX]);
    k[ADDITIVE_RATE] = (ecp_real)(-dt / p[ADDITIVE_TAU_PLUS]);
    k[ADDITIVE_LOSS] = (ecp_real)-expm1(-dt / p[ADDITIVE_TAU_MINUS]);
    return ECP_OK;
}

static void additive_arrive(const struct ecp_source_spike *a)
{
    a->before[0] = a->after[0] * ecp_decay(a->interval, a->derived[ADDITIVE_RATE]);
    a->after[0] = a->before[0] + 1;
}

static inline void additive_advance(const struct ecp_post_block *b)
{
    const ecp_real loss = b->derived[ADDITIVE_LOSS];
    ecp_real *restrict x = b->post[0];
    const uint8_t *restrict fired = b->fired;
    const size_t n = b->n;
    /* A float holds the loss of a step far better than what is left. */
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real with = x[j] + fired[j];
        x[j] = with - with * loss;
    }
}

static void additive_visit(const struct ecp_visit *v)
{
    const ecp_real plus = (ecp_real)v->param[ADDITIVE_PLUS];
    const ecp_real minus = (ecp_real)v->param[ADDITIVE_MINUS];
    const ecp_real low = (ecp_real)v->param[ADDITIVE_W_MIN];
    const ecp_real high = (ecp_real)v->param[ADDITIVE_W_MAX];
    const ecp_real rate = v->derived[ADDITIVE_RATE], before = v->before[0], after = v->after[0];
    const uint32_t last = v->last;
    ecp_real *restrict w = v->weight;
    if (last != ECP_NEVER && plus > 0)
        ECP_EACH_PENDING(v, weight, at, when, {
            const ecp_real x = when == last ? before : after * ecp_decay(when - last, rate);
            weight = ecp_clip(weight + plus * x, low, high);
        });
    if (!v->arrival || !(minus > 0))
        return;
    const ecp_real *restrict post = v->post[0];
    const uint16_t *restrict target = v->target;
    const size_t n = v->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        w[j] = ecp_clip(w[j] - minus * post[target[j]], low, high);
}

/* w = w times the `factor` (a POST column) of the target, within the bounds. */
static inline void additive_scale(const struct ecp_visit *v, const ecp_real *restrict factor)
{
    const ecp_real low = (ecp_real)v->param[ADDITIVE_W_MIN];
    const ecp_real high = (ecp_real)v->param[ADDITIVE_W_MAX];
    const uint16_t *restrict target = v->target;
    ecp_real *restrict w = v->weight;
    const size_t n = v->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        w[j] = ecp_clip(w[j] * factor[target[j]], low, high);
}

#endif
