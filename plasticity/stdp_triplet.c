/* stdp_triplet.c -- triplets of spikes (Pfister & Gerstner 2006).
 *
 *   post spike: w += w_0 r1 (a2_plus + a3_plus o2)
 *   pre spike:  w -= w_0 o1 (a2_minus + a3_minus r2)
 *
 * r1, r2 are traces of the pre spikes (tau_plus, tau_x), o1, o2 of the post spikes
 * (tau_minus, tau_y); r2 and o2 as they are just before the spike. A spike adds 1
 * to its traces (pairs = all) or sets them to 1 (nearest). o2 just before a post
 * spike goes with it as a mark. Verified in tests/verify/verify_stdp_triplet.c. */
#include <math.h>

#include "engine/visit.h"

enum {
    R1,
    R2,
    O1,
    O2,
    PAIRS,
    A2_PLUS,
    A3_PLUS,
    A2_MINUS,
    A3_MINUS,
    TAU_PLUS,
    TAU_X,
    TAU_MINUS,
    TAU_Y,
    W_0,
    W_MAX,
    END
};

static const struct ecp_field fields[] = {
    [R1] = {"r1", "1", 0, 0, 1e9, "fast trace of the source's spikes", ECP_PRE},
    [R2] = {"r2", "1", 0, 0, 1e9, "slow trace of the source's spikes", ECP_PRE},
    [O1] = {"o1", "1", 0, 0, 1e9, "fast trace of the target's spikes", ECP_POST},
    [O2] = {"o2", "1", 0, 0, 1e9, "slow trace of the target's spikes", ECP_POST},
    [PAIRS] = {"pairs", "1", 0, 0, 1, "do traces remember all spikes, or the latest one?",
               ECP_PARAM},
    [A2_PLUS] = {"a2_plus", "1", 0, 0, 1e6, "potentiation of a pair", ECP_PARAM},
    [A3_PLUS] = {"a3_plus", "1", 6.5e-3, 0, 1e6, "potentiation of post-pre-post", ECP_PARAM},
    [A2_MINUS] = {"a2_minus", "1", 7.1e-3, 0, 1e6, "depression of a pair", ECP_PARAM},
    [A3_MINUS] = {"a3_minus", "1", 0, 0, 1e6, "depression of pre-post-pre", ECP_PARAM},
    [TAU_PLUS] = {"tau_plus", "ms", 16.8, 1e-3, 1e6, "time constant of r1", ECP_PARAM},
    [TAU_X] = {"tau_x", "ms", 101, 1e-3, 1e6, "time constant of r2", ECP_PARAM},
    [TAU_MINUS] = {"tau_minus", "ms", 33.7, 1e-3, 1e6, "time constant of o1", ECP_PARAM},
    [TAU_Y] = {"tau_y", "ms", 114, 1e-3, 1e6, "time constant of o2", ECP_PARAM},
    [W_0] = {"w_0", "weight", 1, 1e-12, 1e9, "the amplitudes are multiples of it", ECP_PARAM},
    [W_MAX] = {"w_max", "weight", 100, 1e-12, 1e9, "largest weight", ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"pairs", "all nearest"}, {NULL, NULL}};

enum {
    RATE_PLUS,
    RATE_X,
    FALL_MINUS,
    FALL_Y,
    PAIR_PLUS,
    TRIPLET_PLUS,
    PAIR_MINUS,
    TRIPLET_MINUS,
    TOP,
    KEEP /* of a trace when its neuron fires */
};

/* Traces of targets fall by a share of themselves each step: in single precision a
 * factor just below 1 would be off by more. */
static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    if (p[PAIRS] != 0 && p[PAIRS] != 1)
        return ecp_fail(ECP_ECONFIG, "pairs: found %g; allowed: 0 (all) or 1 (nearest)", p[PAIRS]);
    k[RATE_PLUS] = (ecp_real)(-dt / p[TAU_PLUS]);
    k[RATE_X] = (ecp_real)(-dt / p[TAU_X]);
    k[FALL_MINUS] = (ecp_real)expm1(-dt / p[TAU_MINUS]);
    k[FALL_Y] = (ecp_real)expm1(-dt / p[TAU_Y]);
    k[PAIR_PLUS] = (ecp_real)(p[W_0] * p[A2_PLUS]);
    k[TRIPLET_PLUS] = (ecp_real)(p[W_0] * p[A3_PLUS]);
    k[PAIR_MINUS] = (ecp_real)(p[W_0] * p[A2_MINUS]);
    k[TRIPLET_MINUS] = (ecp_real)(p[W_0] * p[A3_MINUS]);
    k[TOP] = (ecp_real)p[W_MAX];
    k[KEEP] = p[PAIRS] == 0 ? 1 : 0;
    return ECP_OK;
}

static void arrive(const struct ecp_source_spike *a)
{
    const ecp_real *k = a->derived;
    a->before[0] = a->after[0] * ecp_decay(a->interval, k[RATE_PLUS]);
    a->before[1] = a->after[1] * ecp_decay(a->interval, k[RATE_X]);
    a->after[0] = k[KEEP] * a->before[0] + 1;
    a->after[1] = k[KEEP] * a->before[1] + 1;
}

static void mark(const struct ecp_post_block *b)
{
    const ecp_real *restrict o2 = b->post[1];
    const uint8_t *restrict fired = b->fired;
    uint8_t *restrict event = b->event;
    ecp_real *restrict carried = b->mark[0];
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        event[j] = fired[j];
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        carried[j] = o2[j];
}

static void advance(const struct ecp_post_block *b)
{
    const ecp_real fall_minus = b->derived[FALL_MINUS], fall_y = b->derived[FALL_Y];
    const ecp_real keep = b->derived[KEEP];
    ecp_real *restrict o1 = b->post[0], *restrict o2 = b->post[1];
    const uint8_t *restrict fired = b->fired;
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real fast = fired[j] ? keep * o1[j] + 1 : o1[j];
        const ecp_real slow = fired[j] ? keep * o2[j] + 1 : o2[j];
        o1[j] = fast + fast * fall_minus;
        o2[j] = slow + slow * fall_y;
    }
}

static void visit(const struct ecp_visit *v)
{
    const ecp_real *k = v->derived;
    const ecp_real pair_plus = k[PAIR_PLUS], triplet_plus = k[TRIPLET_PLUS];
    const ecp_real rate = k[RATE_PLUS], top = k[TOP];
    const ecp_real before = v->before[0], after = v->after[0];
    const ecp_real *restrict o2 = v->events->mark[0];
    const uint32_t last = v->last;
    ecp_real *restrict w = v->weight;
    if (last != ECP_NEVER)
        ECP_EACH_PENDING(v, weight, at, when, {
            const ecp_real r1 = when == last ? before : after * ecp_decay(when - last, rate);
            weight = ecp_clip(weight + r1 * (pair_plus + triplet_plus * o2[at]), 0, top);
        });
    if (!v->arrival)
        return;
    const ecp_real since = last == ECP_NEVER ? 1 : ecp_decay(v->now - last, k[RATE_X]);
    const ecp_real loss = k[PAIR_MINUS] + k[TRIPLET_MINUS] * (v->after[1] * since);
    const ecp_real *restrict o1 = v->post[0];
    const uint16_t *restrict target = v->target;
    const size_t n = v->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        w[j] = ecp_clip(w[j] - loss * o1[target[j]], 0, top);
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_stdp_triplet) = {
    .name = "stdp_triplet",
    .summary = "triplet STDP, all spikes or the nearest",
    .equations = "post: w += w_0 r1 (a2_plus + a3_plus o2)\n"
                 "pre:  w -= w_0 o1 (a2_minus + a3_minus r2)\n"
                 "r1, r2, o1, o2 decay with tau_plus, tau_x, tau_minus, tau_y; a spike adds 1\n"
                 "(nearest: sets them to 1); r2, o2 just before the spike\n"
                 "\n"
                 "published sets, tau_plus 16.8 ms, tau_minus 33.7 ms, pairs = \"all\":\n"
                 "                           a2_plus a3_plus a2_minus a3_minus tau_x tau_y\n"
                 "visual cortex, minimal        0     6.5e-3  7.1e-3     0       -    114\n"
                 "visual cortex, full         5e-10   6.2e-3  7e-3     2.3e-4   101   125\n"
                 "hippocampal culture, minimal 5.3e-3 8e-3    3.5e-3     0       -     40",
    .reference = "Pfister & Gerstner 2006, doi:10.1523/JNEUROSCI.1425-06.2006",
    .aliases = "nest:stdp_triplet_synapse auryn:TripletConnection",
    .verified_by = "tests/verify/verify_stdp_triplet.c",
    .fields = fields,
    .choices = choices,
    .n_marks = 1,
    .derive = derive,
    .arrive = arrive,
    .mark = mark,
    .advance = advance,
    .visit = visit};
