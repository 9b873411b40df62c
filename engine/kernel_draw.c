/* Random numbers and Poisson counts for many neurons at once. */
#include <string.h>

#include "engine/kernel.h"
#include "engine/kernel_private.h"
#include "engine/kernel_random.h"

void ECP_VARIANT(ecp_kernel_philox)(struct ecp_philox_key key, uint32_t first, uint32_t b,
                                    uint32_t c, size_t n, uint32_t *const word[4])
{
    uint32_t *restrict w0 = word[0], *restrict w1 = word[1];
    uint32_t *restrict w2 = word[2], *restrict w3 = word[3];
    const uint32_t k0 = key.seed[0], k1 = key.seed[1], tag = key.tag;
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const struct ecp_four four = ecp_philox_block(first + (uint32_t)i, b, c, tag, k0, k1);
        w0[i] = four.word[0];
        w1[i] = four.word[1];
        w2[i] = four.word[2];
        w3[i] = four.word[3];
    }
}

/* 16-bit numbers, a vector register at a time; the width is fixed so that the
 * order of nothing depends on the instruction set. */
typedef uint16_t lanes __attribute__((vector_size(64)));
enum { LANES = sizeof(lanes) / sizeof(uint16_t) };

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

static void count_half(const struct ecp_poisson_table *table, struct ecp_philox_key key,
                       uint32_t first, uint64_t step, const uint16_t *number, uint8_t *count)
{
    uint16_t total[ECP_POISSON_CHUNK], doubt[ECP_POISSON_CHUNK];
    uint16_t any = 0;
    for (int at = 0; at < ECP_POISSON_CHUNK; at += LANES) {
        lanes u, above = {0}, on = {0};
        memcpy(&u, number + at, sizeof u);
        for (int k = 0; k < table->n_coarse; k++) {
            const lanes threshold = table->coarse[k] - (lanes){0};
            above -= (lanes)(u > threshold);
            on |= (lanes)(u == threshold);
        }
        memcpy(total + at, &above, sizeof above);
        memcpy(doubt + at, &on, sizeof on);
    }
    for (int j = 0; j < ECP_POISSON_CHUNK; j++) {
        count[j] = (uint8_t)total[j];
        any |= doubt[j];
    }
    if (any)
        for (int j = 0; j < ECP_POISSON_CHUNK; j++)
            if (doubt[j])
                count[j] = refined(table, key, first + (uint32_t)j, step, number[j]);
}

void ECP_VARIANT(ecp_kernel_poisson_group)(
    struct ecp_philox_key key, uint32_t first, uint64_t group, size_t n,
    const struct ecp_poisson_table *const table[ECP_POISSON_GROUP], uint8_t *count, size_t stride)
{
    uint32_t words[4][ECP_POISSON_CHUNK];
    uint32_t *const word[4] = {words[0], words[1], words[2], words[3]};
    uint16_t number[ECP_POISSON_CHUNK];
    for (size_t at = 0; at < n; at += ECP_POISSON_CHUNK) {
        const uint32_t neuron = first + (uint32_t)at;
        ECP_VARIANT(ecp_kernel_philox)
        (key, neuron, (uint32_t)group, (uint32_t)(group >> 32), ECP_POISSON_CHUNK, word);
        for (int h = 0; h < ECP_POISSON_GROUP; h++) {
            uint8_t *out = count + (size_t)h * stride + at;
            if (!table[h]) {
                memset(out, 0, ECP_POISSON_CHUNK);
                continue;
            }
            const int shift = 16 * (h & 1);
            for (int j = 0; j < ECP_POISSON_CHUNK; j++)
                number[j] = (uint16_t)(words[h >> 1][j] >> shift);
            count_half(table[h], key, neuron, group * ECP_POISSON_GROUP + (uint64_t)h, number, out);
        }
    }
}

void ECP_VARIANT(ecp_kernel_poisson_each)(const uint32_t *word, const double *mean,
                                          const double *p0, int kmax, size_t n, uint8_t *count)
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
            count[at + j] = (uint8_t)total[j];
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
