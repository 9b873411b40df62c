/* kernel_vector.h -- philox on vectors as wide as the instruction set has.
 *
 * A lane holds a 32-bit number in its low half; the high half is whatever the
 * products left there and is never looked at. So a round is two multiplications
 * of 32 by 32 bits, which every set has (compilers do not find it by
 * themselves: they take the three times slower 64-bit product). */
#ifndef ECP_KERNEL_VECTOR_H
#define ECP_KERNEL_VECTOR_H

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define ECP_VECTOR_BYTES 64
#elif defined(__AVX2__)
#define ECP_VECTOR_BYTES 32
#else
#define ECP_VECTOR_BYTES 16
#endif

typedef uint64_t ecp_lanes __attribute__((vector_size(ECP_VECTOR_BYTES)));
typedef uint32_t ecp_half_lanes __attribute__((vector_size(ECP_VECTOR_BYTES / 2)));

enum { ECP_LANE_COUNT = ECP_VECTOR_BYTES / 8 };

/* Products of the low halves. */
static inline ecp_lanes ecp_lanes_product(ecp_lanes a, ecp_lanes b)
{
#if defined(__AVX512F__)
    return (ecp_lanes)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    return (ecp_lanes)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__x86_64__)
    return (ecp_lanes)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
    return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

static inline ecp_lanes ecp_lanes_of(uint64_t value)
{
    return value - (ecp_lanes){0};
}

/* 0, 1, 2, ... */
static inline ecp_lanes ecp_lanes_counting(void)
{
#if ECP_VECTOR_BYTES == 64
    return (ecp_lanes){0, 1, 2, 3, 4, 5, 6, 7};
#elif ECP_VECTOR_BYTES == 32
    return (ecp_lanes){0, 1, 2, 3};
#else
    return (ecp_lanes){0, 1};
#endif
}

/* Ten rounds of philox4x32, in place. */
static inline void ecp_lanes_philox(ecp_lanes c[4], uint32_t k0, uint32_t k1)
{
    const ecp_lanes m0 = ecp_lanes_of(0xD2511F53u), m1 = ecp_lanes_of(0xCD9E8D57u);
    ecp_lanes c0 = c[0], c1 = c[1], c2 = c[2], c3 = c[3];
    for (int round = 0; round < 10; round++) {
        const ecp_lanes low = ecp_lanes_product(c0, m0);
        const ecp_lanes high = ecp_lanes_product(c2, m1);
        c0 = (high >> 32) ^ c1 ^ ecp_lanes_of(k0);
        c2 = (low >> 32) ^ c3 ^ ecp_lanes_of(k1);
        c1 = high;
        c3 = low;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    c[0] = c0;
    c[1] = c1;
    c[2] = c2;
    c[3] = c3;
}

/* The low halves, as 32-bit numbers in memory. */
static inline void ecp_lanes_store(uint32_t *to, ecp_lanes lanes)
{
    const ecp_half_lanes half = __builtin_convertvector(lanes, ecp_half_lanes);
    memcpy(to, &half, sizeof half);
}

#endif
