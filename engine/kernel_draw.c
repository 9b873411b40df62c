/* Random numbers and Poisson counts for many neurons at once. */
#include <string.h>

#include "engine/kernel.h"
#include "engine/kernel_private.h"
#include "engine/kernel_random.h"
#include "engine/kernel_vector.h"

/* Counters first, first + 1, ... of one vector. */
static inline void draw_lanes(struct ecp_philox_key key, uint32_t first, uint32_t b, uint32_t c,
                              ecp_lanes four[4])
{
    four[0] = ecp_lanes_counting() + ecp_lanes_of(first);
    four[1] = ecp_lanes_of(b);
    four[2] = ecp_lanes_of(c);
    four[3] = ecp_lanes_of(key.tag);
    ecp_lanes_philox(four, key.seed[0], key.seed[1]);
}

void ECP_VARIANT(ecp_kernel_philox)(struct ecp_philox_key key, uint32_t first, uint32_t b,
                                    uint32_t c, size_t n, uint32_t *const word[4])
{
    ecp_lanes four[4];
    size_t i = 0;
    for (; i + ECP_LANE_COUNT <= n; i += ECP_LANE_COUNT) {
        draw_lanes(key, first + (uint32_t)i, b, c, four);
        for (int w = 0; w < 4; w++)
            ecp_lanes_store(word[w] + i, four[w]);
    }
    for (; i < n; i++) {
        const struct ecp_four last =
            ecp_philox_block(first + (uint32_t)i, b, c, key.tag, key.seed[0], key.seed[1]);
        for (int w = 0; w < 4; w++)
            word[w][i] = last.word[w];
    }
}

/* ---- Poisson counts -------------------------------------------------- */

/* The number fell on a threshold: 32 more bits, of the neuron's own, decide. */
static uint8_t refined(const struct ecp_poisson_table *table, struct ecp_philox_key key,
                       uint32_t neuron, uint64_t step, uint16_t coarse)
{
    const struct ecp_four more = ecp_philox_block(neuron, (uint32_t)step, (uint32_t)(step >> 32),
                                                  key.tag ^ 0x80000000u, key.seed[0], key.seed[1]);
    const uint64_t number = (uint64_t)coarse << 32 | more.word[0];
    int count = 0;
    while (count < table->n && number >= table->fine[count])
        count++;
    return (uint8_t)count;
}

enum { NUMBERS = 2 * ECP_POISSON_CHUNK }; /* 16-bit ones in a chunk of words */

/* Thresholds below each number; a bit of doubt[j / 64] is set where number j
 * lies on one. */
static void count_below(const struct ecp_poisson_table *table, const uint16_t number[NUMBERS],
                        uint8_t count[NUMBERS], uint64_t doubt[2])
{
#if defined(__AVX512BW__)
    /* A number can only lie on the first threshold that is not below it. */
    if (table->n_coarse < 32) {
        const __m512i one = _mm512_set1_epi16(1);
        const __m512i thresholds = _mm512_loadu_si512(table->coarse);
        uint32_t on[NUMBERS / 32];
        for (int at = 0; at < NUMBERS; at += 64) {
            const __m512i u = _mm512_loadu_si512(number + at);
            const __m512i v = _mm512_loadu_si512(number + at + 32);
            __m512i a = _mm512_setzero_si512(), b = a;
            for (int k = 0; k < table->n_coarse; k++) {
                const __m512i t = _mm512_set1_epi16((short)table->coarse[k]);
                a = _mm512_mask_add_epi16(a, _mm512_cmpgt_epu16_mask(u, t), a, one);
                b = _mm512_mask_add_epi16(b, _mm512_cmpgt_epu16_mask(v, t), b, one);
            }
            _mm256_storeu_si256((__m256i *)(count + at), _mm512_cvtepi16_epi8(a));
            _mm256_storeu_si256((__m256i *)(count + at + 32), _mm512_cvtepi16_epi8(b));
            on[at / 32] = _mm512_cmpeq_epi16_mask(u, _mm512_permutexvar_epi16(a, thresholds));
            on[at / 32 + 1] = _mm512_cmpeq_epi16_mask(v, _mm512_permutexvar_epi16(b, thresholds));
        }
        memcpy(doubt, on, sizeof on);
        return;
    }
#endif
    /* Compared as signed numbers, half the range lower: narrower sets have no
     * comparison of unsigned ones. */
    typedef int16_t shorts __attribute__((vector_size(ECP_VECTOR_BYTES)));
    const shorts half = INT16_MIN - (shorts){0};
    uint16_t below[NUMBERS], on[NUMBERS], any = 0;
    for (size_t at = 0; at < NUMBERS; at += sizeof(shorts) / 2) {
        shorts u, above = {0}, equal = {0};
        memcpy(&u, number + at, sizeof u);
        u ^= half;
        for (int k = 0; k < table->n_coarse; k++) {
            const shorts threshold = (int16_t)(table->coarse[k] ^ 0x8000) - (shorts){0};
            above -= (shorts)(u > threshold);
            equal |= (shorts)(u == threshold);
        }
        memcpy(below + at, &above, sizeof above);
        memcpy(on + at, &equal, sizeof equal);
    }
    for (int j = 0; j < NUMBERS; j++) {
        count[j] = (uint8_t)below[j];
        any |= on[j];
    }
    doubt[0] = doubt[1] = 0;
    for (int j = 0; any && j < NUMBERS; j++)
        doubt[j / 64] |= (uint64_t)(on[j] & 1) << j % 64;
}

/* A stretch of neurons in the two steps that share a row of counts. */
struct pair {
    struct ecp_philox_key key;
    uint32_t first;
    uint64_t step;
    const struct ecp_poisson_table *even, *odd;
};

static void count_with(const struct pair *pair, const struct ecp_poisson_table *table,
                       const uint16_t number[NUMBERS], uint8_t count[NUMBERS])
{
    uint64_t doubt[2];
    if (!table) {
        memset(count, 0, NUMBERS);
        return;
    }
    count_below(table, number, count, doubt);
    for (int half = 0; half < 2; half++)
        for (uint64_t left = doubt[half]; left; left &= left - 1) {
            const unsigned j = (unsigned)half * 64 + (unsigned)__builtin_ctzll(left);
            count[j] =
                refined(table, pair->key, pair->first + j / 2, pair->step + j % 2, number[j]);
        }
}

/* One chunk: even numbers are the even step's. */
static void count_pair(const struct pair *pair, const uint32_t words[ECP_POISSON_CHUNK],
                       uint16_t *out)
{
    uint16_t number[NUMBERS];
    uint8_t count[NUMBERS], odd[NUMBERS];
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(number, words, sizeof number);
#else
    for (int j = 0; j < ECP_POISSON_CHUNK; j++) {
        number[2 * j] = (uint16_t)words[j];
        number[2 * j + 1] = (uint16_t)(words[j] >> 16);
    }
#endif
    count_with(pair, pair->even, number, count);
    if (pair->odd != pair->even) {
        count_with(pair, pair->odd, number, odd);
        for (int j = 1; j < NUMBERS; j += 2)
            count[j] = odd[j];
    }
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(out, count, sizeof count);
#else
    for (int j = 0; j < ECP_POISSON_CHUNK; j++)
        out[j] = (uint16_t)(count[2 * j] | count[2 * j + 1] << 8);
#endif
}

void ECP_VARIANT(ecp_kernel_poisson_group)(
    struct ecp_philox_key key, uint32_t first, uint64_t group, size_t n,
    const struct ecp_poisson_table *const table[ECP_POISSON_GROUP], uint16_t *count, size_t stride)
{
    uint32_t words[4][ECP_POISSON_CHUNK];
    uint32_t *const word[4] = {words[0], words[1], words[2], words[3]};
    for (size_t at = 0; at < n; at += ECP_POISSON_CHUNK) {
        const uint32_t neuron = first + (uint32_t)at;
        ECP_VARIANT(ecp_kernel_philox)
        (key, neuron, (uint32_t)group, (uint32_t)(group >> 32), ECP_POISSON_CHUNK, word);
        for (unsigned w = 0; w < 4; w++) {
            const struct pair pair = {key, neuron, group * ECP_POISSON_GROUP + 2 * w, table[2 * w],
                                      table[2 * w + 1]};
            count_pair(&pair, words[w], count + w * stride + at);
        }
    }
}

void ECP_VARIANT(ecp_kernel_poisson_each)(const uint32_t *word, const double *mean,
                                          const double *p0, int kmax, size_t n, uint16_t *count)
{
    enum { CHUNK = 64 };
    double term[CHUNK], sum[CHUNK], number[CHUNK], total[CHUNK];
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t some = n - at < CHUNK ? n - at : CHUNK;
        for (size_t j = 0; j < some; j++) {
            number[j] = ((double)word[at + j] + 0.5) * 0x1p-32;
            term[j] = sum[j] = p0[at + j];
            total[j] = 0;
        }
        for (int k = 1; k <= kmax; k++) {
            const double inverse = 1.0 / k;
#pragma omp simd
            for (size_t j = 0; j < some; j++) {
                total[j] += number[j] >= sum[j] ? 1.0 : 0.0;
                term[j] *= mean[at + j] * inverse;
                sum[j] += term[j];
            }
        }
        for (size_t j = 0; j < some; j++)
            count[at + j] = (uint16_t)total[j];
    }
}

void ECP_VARIANT(ecp_kernel_uniform)(const uint32_t *restrict word, size_t n,
                                     ecp_real *restrict out)
{
#ifdef ECP_DOUBLE
    for (size_t j = 0; j < n; j++)
        out[j] = ((double)word[j] + 0.5) * 0x1p-32;
#else
    for (size_t j = 0; j < n; j++)
        out[j] = ((float)(word[j] >> 9) + 0.5f) * 0x1p-23f;
#endif
}
