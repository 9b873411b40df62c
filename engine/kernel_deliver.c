/* Delivery: the loop that decides the speed of large networks. */
#include "engine/kernel.h"
#include "engine/kernel_private.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* How far ahead pieces are fetched, in entries of the calendar, and how much of
 * a piece whose length is not known (bench/README.md, "delivery"). */
enum {
    AHEAD = 12,
    AHEAD_LOOKS = 32, /* looks into a table, where there is little else to do */
    LINE_WORDS = 16,
    LINE_BYTES = 64,
    UNKNOWN_WORDS = 48,
    LONGEST_WORDS = 1024, /* beyond, the processor's own prefetcher has taken over */
    PIECE_LINES = 5
};

#define FETCH(address) __builtin_prefetch((address), 0, 3)

/* An entry of the compact calendar: position in the row, and in the high bits
 * how many words of it to fetch (0: not known). */
static inline uint64_t compact_entry(const uint32_t *words, uint64_t at)
{
    const uint64_t n = 1 + (words[at] & ECP_COUNT_MAX);
    return at | (n < LONGEST_WORDS ? n : LONGEST_WORDS) << 48;
}

/* The piece, and the header after it: it will be read for its length. */
static inline void fetch_piece(const uint32_t *words, uint64_t entry)
{
    const uint64_t n = entry >> 48;
    const uint32_t *line = words + ECP_ROW_POSITION(entry);
    const uint32_t *end = line + (n ? n : UNKNOWN_WORDS) + LINE_WORDS;
    for (; line < end; line += LINE_WORDS)
        FETCH(line);
}

static inline void add_piece(int32_t *restrict acc, const uint32_t *restrict synapse, size_t n)
{
#pragma GCC unroll 4
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
        if (e + AHEAD < due.n)
            fetch_piece(words, due.position[e + AHEAD]);
        uint64_t at = ECP_ROW_POSITION(due.position[e]);
        for (;;) {
            const uint32_t header = words[at];
            const uint32_t n = header & ECP_COUNT_MAX;
            const uint32_t gap = header >> ECP_COUNT_BITS & ECP_GAP_END;
            add_piece(lane[header >> (ECP_COUNT_BITS + ECP_GAP_BITS)], words + at + 1, n);
            events += n;
            at += 1 + n;
            if (gap == 0)
                continue;
            if (gap != ECP_GAP_END)
                ecp_calendar_enter(calendar, step + gap, compact_entry(words, at), 0);
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
        if (e + AHEAD < due.n) {
            const struct ecp_wide *coming = words + due.position[e + AHEAD];
            for (int line = 0; line < PIECE_LINES; line++)
                FETCH((const char *)coming + line * LINE_BYTES);
        }
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
            if (gap != ECP_GAP_END)
                ecp_calendar_enter(calendar, step + gap, at, due.key[e]);
            break;
        }
    }
    return events;
}

static void number_sources(const struct ecp_sources *sources, ecp_gid *source, size_t n)
{
    const struct ecp_source_line *const line = sources->line;
    if (!line)
        return;
    for (size_t k = 0; k < AHEAD_LOOKS && k < n; k++)
        FETCH(&line[source[k] / ECP_SOURCES_LINE]);
    for (size_t k = 0; k < n; k++) {
        if (k + AHEAD_LOOKS < n)
            FETCH(&line[source[k + AHEAD_LOOKS] / ECP_SOURCES_LINE]);
        source[k] = ecp_source_is_heard(sources, source[k]) ? ecp_source_number(sources, source[k])
                                                            : sources->n;
    }
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

static void take_with_counts(int32_t *restrict acc, ecp_real scale, const uint16_t *restrict count,
                             int odd, ecp_real weight, size_t n, ecp_real *restrict out)
{
    const int shift = 8 * odd;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const int32_t counted = count[j] >> shift & 0xff;
        out[j] = scale * (ecp_real)acc[j] + weight * (ecp_real)counted;
        acc[j] = 0;
    }
}

static void add_counts(const uint16_t *restrict count, int odd, ecp_real weight, size_t n,
                       ecp_real *restrict out)
{
    const int shift = 8 * odd;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const int32_t counted = count[j] >> shift & 0xff;
        out[j] += weight * (ecp_real)counted;
    }
}

/* Bit j: byte j of 64 is not zero. */
static inline uint64_t nonzero_bytes(const uint8_t *bytes)
{
#if defined(__AVX512BW__)
    const __m512i all = _mm512_loadu_si512(bytes);
    return _mm512_test_epi8_mask(all, all);
#elif defined(__x86_64__)
    uint64_t zero = 0;
    for (int k = 0; k < 4; k++) {
        const __m128i part = _mm_loadu_si128((const __m128i *)(bytes + 16 * k));
        const int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(part, _mm_setzero_si128()));
        zero |= (uint64_t)(unsigned)mask << 16 * k;
    }
    return ~zero;
#else
    uint64_t set = 0;
    for (int k = 0; k < 64; k++)
        set |= (uint64_t)(bytes[k] != 0) << k;
    return set;
#endif
}

static size_t fired_list(const uint8_t *fired, size_t n, ecp_lid *out)
{
    enum { STRIDE = 64 };
    size_t found = 0, at = 0;
    for (; at + STRIDE <= n; at += STRIDE)
        for (uint64_t set = nonzero_bytes(fired + at); set; set &= set - 1)
            out[found++] = (ecp_lid)(at + (size_t)__builtin_ctzll(set));
    for (; at < n; at++)
        if (fired[at])
            out[found++] = (ecp_lid)at;
    return found;
}

extern const struct ecp_kernels ECP_VARIANT(ecp_kernels);
const struct ecp_kernels ECP_VARIANT(ecp_kernels) = {
    .name = "kernels",
    .philox = ECP_VARIANT(ecp_kernel_philox),
    .poisson_group = ECP_VARIANT(ecp_kernel_poisson_group),
    .poisson_each = ECP_VARIANT(ecp_kernel_poisson_each),
    .take_compact = take_compact,
    .take_with_counts = take_with_counts,
    .take_wide = take_wide,
    .add_counts = add_counts,
    .uniform = ECP_VARIANT(ecp_kernel_uniform),
    .fired = fired_list,
    .number_sources = number_sources,
    .deliver_compact = deliver_compact,
    .deliver_wide = deliver_wide};
