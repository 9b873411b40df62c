/* visit.h -- loops that rules share: the pending events of a piece's targets,
 * oldest first, in vectors.
 *
 * The synapses of a visit whose targets had events are listed by depth: the first
 * n[1] of the list have one pending event or more, the first n[2] of it two or
 * more, ... Event number d from the newest is then applied to the first n[d] at
 * once, from the deepest level up to the newest events. Every synapse sees its
 * events in order of time, and every level is a plain vector loop over weights
 * side by side. Where most synapses have an event, the newest ones are applied to
 * all in their own order instead, and kept where there was one. */
#ifndef ECP_VISIT_H
#define ECP_VISIT_H

#ifdef __AVX512F__
#include <immintrin.h>
/* GCC does not use the gather instructions of AVX-512 unless it knows the processor. */
#ifndef __clang__
#pragma GCC target("tune=icelake-server")
#endif
#endif

#include <string.h>

#include "engine/plasticity.h"
#include "engine/vector_math.h"

enum { ECP_VISIT_LEVELS = 64, ECP_VISIT_ROOM = ECP_VISIT_SIZE + 16 };

/* `place` of an entry: row and count of its target, as (target << bits) + (count
 * modulo the row's length), so that event d from the newest lies d before it. */
struct ecp_pending {
    uint32_t n_levels;
    uint32_t n[ECP_VISIT_LEVELS + 2];
    uint32_t synapse[ECP_VISIT_ROOM]; /* positions in the visit */
    uint32_t place[ECP_VISIT_ROOM];
    ecp_real weight[ECP_VISIT_ROOM];
};

static inline size_t ecp_event_place(const struct ecp_events_seen *e, uint32_t target, uint32_t k)
{
    return ((size_t)target << e->bits) + ((e->count[target] - k) & ((1u << e->bits) - 1));
}

static inline int32_t ecp_event_before(uint32_t place, uint32_t depth, uint32_t mask)
{
    return (int32_t)((place & ~mask) | ((place - depth) & mask));
}

/* Synapses whose targets have had any event after `from`, and those targets. */
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

#ifdef __AVX512F__
static inline uint32_t ecp_keep_lanes(uint32_t *to, uint32_t at, __m512i x, __mmask16 lanes)
{
    const uint32_t n = (uint32_t)__builtin_popcount(lanes);
    _mm512_mask_storeu_epi32(to + at, (__mmask16)((1u << n) - 1),
                             _mm512_maskz_compress_epi32(lanes, x));
    return at + n;
}
#endif

/* The first n[depth] of the list: those whose event number `depth` + 1 from the
 * newest is pending, too, move to the front. An event that never was has the
 * stamp 0, which is never after `from`. */
static inline uint32_t ecp_pending_deeper(const struct ecp_visit *v, struct ecp_pending *p,
                                          uint32_t depth)
{
    const uint32_t *time = v->events->time;
    const uint32_t mask = (1u << v->events->bits) - 1, end = p->n[depth];
    uint32_t synapse[ECP_VISIT_ROOM], place[ECP_VISIT_ROOM]; /* the others */
    uint32_t m = 0, k = 0, i = 0;
#ifdef __AVX512F__
    const __m512i from = _mm512_set1_epi32((int)v->from), ring = _mm512_set1_epi32((int)mask);
    const __m512i back = _mm512_set1_epi32((int)depth + 1);
    for (; i < end; i += 16) {
        const __mmask16 here = (__mmask16)(end - i < 16 ? (1u << (end - i)) - 1 : 0xffffu);
        const __m512i s = _mm512_maskz_loadu_epi32(here, p->synapse + i);
        const __m512i q = _mm512_maskz_loadu_epi32(here, p->place + i);
        const __m512i at = _mm512_or_si512(_mm512_andnot_si512(ring, q),
                                           _mm512_and_si512(ring, _mm512_sub_epi32(q, back)));
        const __mmask16 deep = _mm512_mask_cmpgt_epu32_mask(
            here, _mm512_mask_i32gather_epi32(from, here, at, time, 4), from);
        const __mmask16 rest = (__mmask16)(here & ~deep);
        (void)ecp_keep_lanes(p->synapse, m, s, deep);
        m = ecp_keep_lanes(p->place, m, q, deep);
        (void)ecp_keep_lanes(synapse, k, s, rest);
        k = ecp_keep_lanes(place, k, q, rest);
    }
#endif
    for (; i < end; i++) {
        const uint32_t s = p->synapse[i], q = p->place[i];
        const uint32_t deep = time[ecp_event_before(q, depth + 1, mask)] > v->from;
        p->synapse[m] = synapse[k] = s;
        p->place[m] = place[k] = q;
        m += deep;
        k += 1 - deep;
    }
    memcpy(p->synapse + m, synapse, k * sizeof *synapse);
    memcpy(p->place + m, place, k * sizeof *place);
    return m;
}

static inline void ecp_pending_find(const struct ecp_visit *v, struct ecp_pending *p)
{
    const uint32_t *restrict count = v->events->count;
    const unsigned bits = v->events->bits;
    const uint32_t mask = (1u << bits) - 1;
    const uint32_t most = mask < ECP_VISIT_LEVELS ? mask + 1 : ECP_VISIT_LEVELS;
    uint32_t *restrict place = p->place;
    p->n[1] = ecp_pending_first(v, p->synapse, p->place);
    p->n_levels = p->n[1] > 0;
    const int32_t n = (int32_t)p->n[1];
#pragma omp simd
    for (int32_t i = 0; i < n; i++)
        place[i] = (place[i] << bits) + (count[(int32_t)place[i]] & mask);
    while (p->n_levels > 0 && p->n_levels < most) {
        const uint32_t more = ecp_pending_deeper(v, p, p->n_levels);
        if (more == 0)
            return;
        p->n[++p->n_levels] = more;
    }
}

/* Weights of the first n of the list, and back. */
static inline void ecp_pending_take(const struct ecp_visit *v, struct ecp_pending *p, uint32_t n)
{
    const uint32_t *restrict synapse = p->synapse;
    const ecp_real *restrict from = v->weight;
    ecp_real *restrict weight = p->weight;
#pragma omp simd
    for (int32_t i = 0; i < (int32_t)n; i++)
        weight[i] = from[(int32_t)synapse[i]];
}

static inline void ecp_pending_give(const struct ecp_visit *v, const struct ecp_pending *p,
                                    uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        v->weight[p->synapse[i]] = p->weight[i];
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
 * `when` its stamp. `body` must be straight code: it becomes vector loops, and may
 * run where its result is not wanted. */
#define ECP_EACH_PENDING(v, w, at, when, body)                                                     \
    do {                                                                                           \
        struct ecp_pending pending_;                                                               \
        const uint32_t *restrict const time_ = (v)->events->time;                                  \
        const uint32_t *restrict const place_ = pending_.place;                                    \
        ecp_real *restrict const list_ = pending_.weight;                                          \
        const uint32_t mask_ = (1u << (v)->events->bits) - 1;                                      \
        ecp_pending_find((v), &pending_);                                                          \
        const uint32_t last_ = 2 * (size_t)pending_.n[1] > (v)->n ? 2 : 1;                         \
        ecp_each_deep((v), &pending_, at, when, w, body);                                          \
        if (pending_.n_levels >= last_)                                                            \
            ecp_pending_take((v), &pending_, pending_.n[last_]);                                   \
        for (uint32_t d_ = pending_.n_levels; d_ >= last_; d_--) {                                 \
            const int32_t n_ = (int32_t)pending_.n[d_];                                            \
            _Pragma("omp simd") for (int32_t i_ = 0; i_ < n_; i_++)                                \
            {                                                                                      \
                ecp_real w = list_[i_];                                                            \
                const int32_t at = ecp_event_before(place_[i_], d_, mask_);                        \
                const uint32_t when = time_[at];                                                   \
                body;                                                                              \
                list_[i_] = w;                                                                     \
            }                                                                                      \
        }                                                                                          \
        if (pending_.n_levels >= last_)                                                            \
            ecp_pending_give((v), &pending_, pending_.n[last_]);                                   \
        if (last_ == 2)                                                                            \
            ecp_each_newest(v, at, when, w, body);                                                 \
    } while (0)

/* The newest event of every target, if it is pending. */
#define ecp_each_newest(v, at, when, w, body)                                                      \
    do {                                                                                           \
        const uint32_t *restrict const latest_ = (v)->events->latest;                              \
        const uint32_t *restrict const count_ = (v)->events->count;                                \
        const uint16_t *restrict const target_ = (v)->target;                                      \
        ecp_real *restrict const weight_ = (v)->weight;                                            \
        const unsigned bits_ = (v)->events->bits;                                                  \
        const uint32_t from_ = (v)->from;                                                          \
        const int32_t n_ = (int32_t)(v)->n;                                                        \
        _Pragma("omp simd") for (int32_t i_ = 0; i_ < n_; i_++)                                    \
        {                                                                                          \
            const ecp_real old_ = weight_[i_];                                                     \
            ecp_real w = old_;                                                                     \
            const int32_t t_ = target_[i_];                                                        \
            const int32_t at = (int32_t)(((uint32_t)t_ << bits_) + ((count_[t_] - 1) & mask_));    \
            const uint32_t when = latest_[t_];                                                     \
            (void)at;                                                                              \
            body;                                                                                  \
            weight_[i_] = when > from_ ? w : old_;                                                 \
        }                                                                                          \
    } while (0)

/* Events deeper than the levels, one by one. */
#define ecp_each_deep(v, p, at, when, w, body)                                                     \
    do {                                                                                           \
        if ((p)->n_levels < ECP_VISIT_LEVELS)                                                      \
            break;                                                                                 \
        for (uint32_t i_ = 0; i_ < (p)->n[ECP_VISIT_LEVELS]; i_++) {                               \
            const uint32_t t_ = (v)->target[(p)->synapse[i_]];                                     \
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
