/* visit.h -- loops that rules share: the pending events of a piece's targets,
 * oldest first, in vectors.
 *
 * The synapses of a visit whose targets had events are sorted by depth: level 1
 * holds all with one pending event or more, level 2 those with two or more, ...
 * Event number d from the newest is then applied to all of level d at once, from
 * the deepest level down to 1. Every synapse sees its events in order of time,
 * and every level is a plain vector loop. */
#ifndef ECP_VISIT_H
#define ECP_VISIT_H

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include "engine/plasticity.h"
#include "engine/vector_math.h"

enum { ECP_VISIT_LEVELS = 8 };

/* Level d: list[start[d] .. start[d + 1] - 1], positions in the visit and their
 * targets. Deeper events than there are levels: `deep` synapses, at the end. */
struct ecp_pending {
    uint32_t n_levels;
    uint32_t start[ECP_VISIT_LEVELS + 2];
    uint32_t synapse[ECP_VISIT_SIZE * ECP_VISIT_LEVELS + 64];
    uint32_t target[ECP_VISIT_SIZE * ECP_VISIT_LEVELS + 64];
};

static inline size_t ecp_event_place(const struct ecp_events_seen *e, uint32_t target, uint32_t k)
{
    return ((size_t)target << e->bits) + ((e->count[target] - k) & ((1u << e->bits) - 1));
}

/* Synapses whose targets have had any event after `from`. */
static inline uint32_t ecp_pending_first(const struct ecp_visit *v, uint32_t *synapse,
                                         uint32_t *target)
{
    const uint32_t *restrict latest = v->events->latest;
    const uint16_t *restrict of = v->target;
    const uint32_t n = (uint32_t)v->n;
    uint32_t m = 0, j = 0;
#ifdef __AVX512F__
    const __m512i from = _mm512_set1_epi32((int)v->from);
    const __m512i step = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (; j + 16 <= n; j += 16) {
        const __m512i t = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)(of + j)));
        const __m512i last = _mm512_i32gather_epi32(t, latest, 4);
        const __mmask16 pending = _mm512_cmpgt_epu32_mask(last, from);
        _mm512_storeu_si512(synapse + m,
                            _mm512_maskz_compress_epi32(
                                pending, _mm512_add_epi32(_mm512_set1_epi32((int)j), step)));
        _mm512_storeu_si512(target + m, _mm512_maskz_compress_epi32(pending, t));
        m += (uint32_t)__builtin_popcount(pending);
    }
#endif
    for (; j < n; j++) {
        synapse[m] = j;
        target[m] = of[j];
        m += latest[of[j]] > v->from;
    }
    return m;
}

/* Those of a level whose event number `depth` + 1 from the newest is pending, too. */
static inline uint32_t ecp_pending_next(const struct ecp_visit *v, struct ecp_pending *p,
                                        uint32_t depth)
{
    const struct ecp_events_seen *e = v->events;
    const uint32_t to = p->start[depth + 1];
    uint32_t m = to;
    for (uint32_t i = p->start[depth]; i < to; i++) {
        const uint32_t t = p->target[i];
        p->synapse[m] = p->synapse[i];
        p->target[m] = t;
        m += e->count[t] > depth && e->time[ecp_event_place(e, t, depth + 1)] > v->from;
    }
    return m - to;
}

static inline void ecp_pending_find(const struct ecp_visit *v, struct ecp_pending *p)
{
    p->start[1] = 0;
    p->start[2] = ecp_pending_first(v, p->synapse, p->target);
    p->n_levels = p->start[2] > 0;
    while (p->n_levels > 0 && p->n_levels < ECP_VISIT_LEVELS) {
        const uint32_t more = ecp_pending_next(v, p, p->n_levels);
        if (more == 0)
            return;
        p->n_levels++;
        p->start[p->n_levels + 1] = p->start[p->n_levels] + more;
    }
}

/* One level's events, side by side. */
struct ecp_level {
    uint32_t n;
    int32_t at[ECP_VISIT_SIZE];
    uint32_t when[ECP_VISIT_SIZE];
    ecp_real weight[ECP_VISIT_SIZE];
};

static inline void ecp_level_take(const struct ecp_visit *v, const struct ecp_pending *p,
                                  uint32_t depth, struct ecp_level *level)
{
    const uint32_t first = p->start[depth], n = p->start[depth + 1] - first;
    const uint32_t *restrict synapse = p->synapse + first;
    const uint32_t *restrict target = p->target + first;
    const uint32_t *restrict count = v->events->count;
    const uint32_t *restrict time = v->events->time;
    const ecp_real *restrict weight = v->weight;
    const unsigned bits = v->events->bits;
    const uint32_t mask = (1u << bits) - 1;
    level->n = n;
#pragma omp simd
    for (int32_t i = 0; i < (int32_t)n; i++) {
        const int32_t t = (int32_t)target[i];
        level->at[i] = (int32_t)(((uint32_t)t << bits) + ((count[t] - depth) & mask));
    }
#pragma omp simd
    for (int32_t i = 0; i < (int32_t)n; i++) {
        level->when[i] = time[level->at[i]];
        level->weight[i] = weight[(int32_t)synapse[i]];
    }
}

static inline void ecp_level_give(const struct ecp_visit *v, const struct ecp_pending *p,
                                  uint32_t depth, const struct ecp_level *level)
{
    const uint32_t *restrict synapse = p->synapse + p->start[depth];
    for (uint32_t i = 0; i < level->n; i++)
        v->weight[synapse[i]] = level->weight[i];
}

/* How many events of `target` are later than `from`. */
static inline uint32_t ecp_pending_count(const struct ecp_visit *v, uint32_t target)
{
    const struct ecp_events_seen *e = v->events;
    const uint32_t most = e->count[target];
    uint32_t n = 0;
    while (n < most && e->time[ecp_event_place(e, target, n + 1)] > v->from)
        n++;
    return n;
}

/* Run `body` for every pending event, oldest first for each synapse, with `w` its
 * weight, to be changed; `at` the place of the event in the rings (of marks);
 * `when` its stamp. `body` must be straight code: it becomes a vector loop. */
#define ECP_EACH_PENDING(v, w, at, when, body)                                                     \
    do {                                                                                           \
        struct ecp_pending pending_;                                                               \
        struct ecp_level level_;                                                                   \
        ecp_pending_find((v), &pending_);                                                          \
        ecp_each_deep((v), &pending_, at, when, w, body);                                          \
        for (uint32_t d_ = pending_.n_levels; d_ > 0; d_--) {                                      \
            ecp_level_take((v), &pending_, d_, &level_);                                           \
            const int32_t n_ = (int32_t)level_.n;                                                  \
            _Pragma("omp simd") for (int32_t i_ = 0; i_ < n_; i_++)                                \
            {                                                                                      \
                ecp_real w = level_.weight[i_];                                                    \
                const int32_t at = level_.at[i_];                                                  \
                const uint32_t when = level_.when[i_];                                             \
                (void)at;                                                                          \
                body;                                                                              \
                level_.weight[i_] = w;                                                             \
            }                                                                                      \
            ecp_level_give((v), &pending_, d_, &level_);                                           \
        }                                                                                          \
    } while (0)

/* Events deeper than the levels, one by one. */
#define ecp_each_deep(v, p, at, when, w, body)                                                     \
    do {                                                                                           \
        if ((p)->n_levels < ECP_VISIT_LEVELS)                                                      \
            break;                                                                                 \
        for (uint32_t i_ = (p)->start[ECP_VISIT_LEVELS]; i_ < (p)->start[ECP_VISIT_LEVELS + 1];    \
             i_++) {                                                                               \
            const uint32_t t_ = (p)->target[i_];                                                   \
            ecp_real w = (v)->weight[(p)->synapse[i_]];                                            \
            for (uint32_t k_ = ecp_pending_count((v), t_); k_ > ECP_VISIT_LEVELS; k_--) {          \
                const int32_t at = (int32_t)ecp_event_place((v)->events, t_, k_);                  \
                const uint32_t when = (v)->events->time[at];                                       \
                body;                                                                              \
            }                                                                                      \
            (v)->weight[(p)->synapse[i_]] = w;                                                     \
        }                                                                                          \
    } while (0)

/* The same for rules with variables of their own: `j` is the synapse, and `body`
 * any code; synapse by synapse. */
#define ECP_EACH_EVENT(v, j, at, when, body)                                                       \
    do {                                                                                           \
        const uint32_t t_ = (v)->target[j];                                                        \
        for (uint32_t k_ = ecp_pending_count((v), t_); k_ > 0; k_--) {                             \
            const size_t at = ecp_event_place((v)->events, t_, k_);                                \
            const uint32_t when = (v)->events->time[at];                                           \
            (void)at;                                                                              \
            body;                                                                                  \
        }                                                                                          \
    } while (0)

/* exp(-n dt / tau) with rate = -dt / tau. */
static inline ecp_real ecp_decay(uint32_t n, ecp_real rate)
{
    return ecp_exp((ecp_real)(int32_t)n * rate);
}

#endif
