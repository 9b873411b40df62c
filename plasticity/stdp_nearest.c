/* stdp_nearest.c -- pair-based STDP of neighbouring spikes only (Morrison, Diesmann
 * & Gerstner 2008), with the weight dependence of stdp.c.
 *
 *   post spike: w += w_max lambda (1 - w/w_max)^mu_plus x
 *   pre spike:  w -= w_max lambda alpha (w/w_max)^mu_minus y
 *
 * y = exp(-(t - t_post)/tau_minus) of the latest post spike before. x:
 *   symm          exp(-(t - t_pre)/tau_plus) of the latest pre spike before;
 *   pre_centered  the sum of it over the pre spikes since the post spike before:
 *                 each pre spike counts with the next post spike;
 *   restr         as symm, but only for the first post spike after a pre
 *                 spike, and y only for the first pre spike after a post spike.
 * Where both coincide the post spike counts as the earlier one, and the two are
 * no pair. Verified in tests/verify/verify_stdp_nearest.c. */
#include <math.h>

#include "engine/visit.h"

enum {
    PLUS,
    MINUS,
    OPEN,
    SCHEME,
    TAU_PLUS,
    TAU_MINUS,
    LAMBDA,
    ALPHA,
    MU_PLUS,
    MU_MINUS,
    W_MAX,
    END
};

enum { SYMMETRIC, PRE_CENTERED, RESTRICTED };

static const struct ecp_field fields[] = {
    [PLUS] = {"x_pre", "1", 0, 0, 1, "trace of the source's latest spike", ECP_PRE},
    [MINUS] = {"x_post", "1", 0, 0, 1, "trace of the target's latest spike", ECP_POST},
    [OPEN] = {"open", "1", 0, 0, 1e9,
              "trace, at the source's latest spike, of its spikes that wait for the next one of "
              "the target (not in symm)",
              ECP_SYNAPSE},
    [SCHEME] = {"scheme", "1", SYMMETRIC, 0, 2, "which neighbours are pairs", ECP_PARAM},
    [TAU_PLUS] = {"tau_plus", "ms", 20, 1e-3, 1e6, "time constant of potentiation", ECP_PARAM},
    [TAU_MINUS] = {"tau_minus", "ms", 20, 1e-3, 1e6, "time constant of depression", ECP_PARAM},
    [LAMBDA] = {"lambda", "1", 0.01, 0, 1e3, "size of a change", ECP_PARAM},
    [ALPHA] = {"alpha", "1", 1, 0, 1e3, "depression over potentiation", ECP_PARAM},
    [MU_PLUS] = {"mu_plus", "1", 1, 0, 10, "weight dependence of potentiation", ECP_PARAM},
    [MU_MINUS] = {"mu_minus", "1", 1, 0, 10, "weight dependence of depression", ECP_PARAM},
    [W_MAX] = {"w_max", "weight", 100, 1e-12, 1e9, "largest weight", ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"scheme", "symm pre_centered restr"}, {NULL, NULL}};

enum { RATE_PLUS, FALL_MINUS, GAIN_PLUS, GAIN_MINUS, PER_MAX, TOP, POWER_PLUS, POWER_MINUS };

/* Traces of targets fall by a share of themselves each step: in single precision a
 * factor just below 1 would be off by more. */
static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    if (p[SCHEME] != floor(p[SCHEME]))
        return ecp_fail(ECP_ECONFIG, "scheme: found %g; allowed: 0, 1 or 2", p[SCHEME]);
    k[RATE_PLUS] = (ecp_real)(-dt / p[TAU_PLUS]);
    k[FALL_MINUS] = (ecp_real)expm1(-dt / p[TAU_MINUS]);
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
    a->after[0] = 1;
}

static void advance(const struct ecp_post_block *b)
{
    const ecp_real fall = b->derived[FALL_MINUS];
    ecp_real *restrict x = b->post[0];
    const uint8_t *restrict fired = b->fired;
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real y = fired[j] ? 1 : x[j];
        x[j] = y + y * fall;
    }
}

/* Weight dependences 0 and 1 need no power: the compiler makes a loop of each. */
static inline ecp_real dependence(ecp_real x, ecp_real mu, int kind)
{
    return kind == 0 ? 1 : kind == 1 ? x : ecp_pow(x, mu);
}

static inline ecp_real raised(const ecp_real *k, ecp_real weight, ecp_real x, int plus)
{
    const ecp_real room = 1 - weight * k[PER_MAX];
    return ecp_clip(weight + k[GAIN_PLUS] * dependence(room, k[POWER_PLUS], plus) * x, 0, k[TOP]);
}

static inline ecp_real lowered(const ecp_real *k, ecp_real weight, ecp_real y, int minus)
{
    const ecp_real share = weight * k[PER_MAX];
    return ecp_clip(weight - k[GAIN_MINUS] * dependence(share, k[POWER_MINUS], minus) * y, 0,
                    k[TOP]);
}

static inline __attribute__((always_inline)) void visit_all(const struct ecp_visit *v, int plus,
                                                            int minus)
{
    const ecp_real *k = v->derived;
    const ecp_real rate = k[RATE_PLUS], before = v->before[0], after = v->after[0];
    const uint32_t last = v->last;
    ecp_real *restrict w = v->weight;
    if (last != ECP_NEVER)
        ECP_EACH_PENDING(v, weight, at, when, {
            const ecp_real x = when == last ? before : after * ecp_decay(when - last, rate);
            weight = raised(k, weight, x, plus);
        });
    if (!v->arrival)
        return;
    const ecp_real *restrict post = v->post[0];
    const uint16_t *restrict target = v->target;
    const size_t n = v->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        w[j] = lowered(k, w[j], post[target[j]], minus);
}

/* `open` is 1 + what waited before the latest pre spike, so that a post spike at the
 * same moment can take the latter and leave the former. Anything above 0 waits. */
static inline __attribute__((always_inline)) void visit_first(const struct ecp_visit *v, int plus,
                                                              int minus)
{
    const ecp_real *k = v->derived;
    const int restricted = v->param[SCHEME] == RESTRICTED;
    const uint32_t last = v->last;
    const ecp_real since = ecp_decay(v->now - last, k[RATE_PLUS]);
    ecp_real *restrict w = v->weight;
    ecp_real *restrict open = v->synapse[0];
    for (size_t j = 0; j < v->n; j++) {
        ecp_real weight = w[j], waits = open[j];
        int follows = waits == 0; /* the coming pre spike a post spike, none between */
        if (last != ECP_NEVER)
            ECP_EACH_EVENT(v, j, at, when, {
                const ecp_real own = restricted ? (ecp_real)(waits > 0) : waits;
                const ecp_real x =
                    when == last ? waits - 1 : own * ecp_decay(when - last, k[RATE_PLUS]);
                weight = raised(k, weight, x, plus);
                waits = when == last ? 1 : 0;
                follows |= when > last && when < v->now;
            });
        if (v->arrival) {
            const ecp_real y = v->post[0][v->target[j]];
            weight = lowered(k, weight, restricted && !follows ? 0 : y, minus);
            waits = 1 + (restricted ? (ecp_real)(waits > 0) : waits) * since;
        }
        w[j] = weight;
        open[j] = waits;
    }
}

static inline __attribute__((always_inline)) void visit_as(const struct ecp_visit *v, int plus,
                                                           int minus)
{
    if (v->param[SCHEME] == SYMMETRIC)
        visit_all(v, plus, minus);
    else
        visit_first(v, plus, minus);
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

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_stdp_nearest) = {
    .name = "stdp_nearest",
    .summary = "pair-based STDP of neighbouring spikes, three schemes, with weight dependence",
    .equations = "post: w += w_max lambda (1 - w/w_max)^mu_plus x\n"
                 "pre:  w -= w_max lambda alpha (w/w_max)^mu_minus y\n"
                 "y = exp(-(t - t_post)/tau_minus), t_post the latest post spike before\n"
                 "symm:         x = exp(-(t - t_pre)/tau_plus), t_pre the latest pre spike before\n"
                 "pre_centered: x sums that over the pre spikes since the post spike before\n"
                 "restr:        symm, of neighbours in the joint train of pre and post only",
    .reference = "Morrison, Diesmann & Gerstner 2008, doi:10.1007/s00422-008-0233-1",
    .aliases = "nest:stdp_nn_symm_synapse nest:stdp_nn_pre_centered_synapse "
               "nest:stdp_nn_restr_synapse",
    .verified_by = "tests/verify/verify_stdp_nearest.c",
    .fields = fields,
    .choices = choices,
    .derive = derive,
    .arrive = arrive,
    .advance = advance,
    .visit = visit};
