/* Delivery: the loop that decides the speed of large networks. */
#include "engine/kernel.h"
#include "engine/kernel_private.h"

/* How far ahead pieces are fetched, in entries of the calendar, and how many
 * cache lines of the piece to come (bench/README.md, "delivery"). */
enum { AHEAD = 24, NEXT_LINES = 4, LINE_WORDS = 16 };

#define FETCH(address) __builtin_prefetch((address), 0, 3)

static inline void add_piece(int32_t *restrict acc, const uint32_t *restrict synapse, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const uint32_t s = synapse[k];
        acc[s & 0xffffu] += (int32_t)s >> 16;
    }
}

static uint64_t deliver_compact(struct ecp_calendar *calendar, const uint32_t *words,
                                int32_t *const *lane, ecp_step step, size_t from)
{
    const struct ecp_bucket due = calendar->bucket[step & (ECP_CALENDAR - 1)];
    uint64_t events = 0;
    for (size_t e = from; e < due.n; e++) {
        if (e + AHEAD < due.n) {
            const uint32_t *coming = words + due.position[e + AHEAD];
            FETCH(coming);
            FETCH(coming + LINE_WORDS);
        }
        uint64_t at = due.position[e];
        for (;;) {
            const uint32_t header = words[at];
            const uint32_t n = header & ECP_COUNT_MAX;
            const uint32_t gap = header >> ECP_COUNT_BITS & ECP_GAP_END;
            add_piece(lane[header >> (ECP_COUNT_BITS + ECP_GAP_BITS)], words + at + 1, n);
            events += n;
            at += 1 + n;
            if (gap == 0)
                continue;
            if (gap != ECP_GAP_END) {
                for (int line = 0; line < NEXT_LINES; line++)
                    FETCH(words + at + line * LINE_WORDS);
                ecp_calendar_enter(calendar, step + gap, at, 0);
            }
            break;
        }
    }
    return events;
}

static uint64_t deliver_wide(struct ecp_calendar *calendar, const struct ecp_wide *words,
                             ecp_real *acc, ecp_step step, size_t from)
{
    const struct ecp_bucket due = calendar->bucket[step & (ECP_CALENDAR - 1)];
    uint64_t events = 0;
    for (size_t e = from; e < due.n; e++) {
        if (e + AHEAD < due.n)
            FETCH(words + due.position[e + AHEAD]);
        uint64_t at = due.position[e];
        for (;;) {
            const uint32_t n = words[at].slot;
            const uint32_t gap = (uint32_t)words[at].weight;
            for (uint64_t k = at + 1; k <= at + n; k++)
                acc[words[k].slot] += words[k].weight;
            events += n;
            at += 1 + (uint64_t)n;
            if (gap == 0)
                continue;
            if (gap != ECP_GAP_END) {
                FETCH(words + at);
                FETCH(words + at + LINE_WORDS / 2);
                ecp_calendar_enter(calendar, step + gap, at, due.key[e]);
            }
            break;
        }
    }
    return events;
}

static void take_compact(int32_t *restrict acc, ecp_real scale, size_t n, ecp_real *restrict out)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        out[j] = scale * (ecp_real)acc[j];
        acc[j] = 0;
    }
}

static void take_wide(ecp_real *restrict acc, size_t n, ecp_real *restrict out)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        out[j] += acc[j];
        acc[j] = 0;
    }
}

static void add_counts(const uint8_t *restrict count, ecp_real weight, size_t n,
                       ecp_real *restrict out)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        out[j] += weight * (ecp_real)count[j];
}

static size_t fired_list(const uint8_t *fired, size_t n, ecp_lid *out)
{
    enum { STRIDE = 64 };
    size_t found = 0;
    for (size_t at = 0; at < n; at += STRIDE) {
        const size_t end = n - at < STRIDE ? n : at + STRIDE;
        uint8_t any = 0;
        for (size_t j = at; j < end; j++)
            any |= fired[j];
        if (!any)
            continue;
        for (size_t j = at; j < end; j++)
            if (fired[j])
                out[found++] = (ecp_lid)j;
    }
    return found;
}

extern const struct ecp_kernels ECP_VARIANT(ecp_kernels);
const struct ecp_kernels ECP_VARIANT(ecp_kernels) = {
    .name = "kernels",
    .philox = ECP_VARIANT(ecp_kernel_philox),
    .poisson_group = ECP_VARIANT(ecp_kernel_poisson_group),
    .poisson_each = ECP_VARIANT(ecp_kernel_poisson_each),
    .take_compact = take_compact,
    .take_wide = take_wide,
    .add_counts = add_counts,
    .uniform = ECP_VARIANT(ecp_kernel_uniform),
    .fired = fired_list,
    .deliver_compact = deliver_compact,
    .deliver_wide = deliver_wide};
