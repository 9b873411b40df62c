/* vector_math.h -- functions for the loops of models, the same bits everywhere.
 *
 * Written without branches, tables and calls, so that `omp simd` loops with
 * them become vector code; every operation is one that IEEE 754 fixes, in one
 * order, so that all instruction sets agree bit for bit (a library's vector
 * exp does not promise that between its SSE, AVX2 and AVX-512 forms). */
#ifndef ECP_VECTOR_MATH_H
#define ECP_VECTOR_MATH_H

#include <stdint.h>
#include <string.h>

#include "engine/types.h"

/* exp(x), x = k ln 2 + r, |r| <= ln 2 / 2: a polynomial in r times 2^k.
 * Largest error: 1.1 units in the last place (1.2e-7 of the value; tests/unit/
 * test_vector_math.c). Below -87 it stays at exp(-87), above 88 at exp(88);
 * NAN stays NAN. About 20 operations. */
static inline float ecp_expf(float x)
{
    const float low = x < -87.0f ? -87.0f : x;
    const float bounded = low > 88.0f ? 88.0f : low;
    /* 1.5 * 2^23: the sum is rounded to a whole number, kept in its low bits. */
    const float shifted = bounded * 1.44269504088896f + 12582912.0f;
    const float k = shifted - 12582912.0f;
    /* ln 2 in two parts, the first with few bits: k times it is exact. */
    const float r = (bounded - k * 0.693145751953125f) - k * 1.42860677e-6f;
    const float high = 1.0f / 120 + r * (1.0f / 720 + r * (1.0f / 5040));
    const float odd = 1.0f / 6 + r * (1.0f / 24 + r * high);
    const float tail = r * r * (0.5f + r * odd);
    const float value = 1.0f + (r + tail);
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (int32_t)(((uint32_t)bits + 127u) << 23);
    float power;
    memcpy(&power, &bits, sizeof power);
    return value * power;
}

/* The same in double precision: 1.1 units in the last place; bounds -708, 709. */
static inline double ecp_expd(double x)
{
    const double low = x < -708.0 ? -708.0 : x;
    const double bounded = low > 709.0 ? 709.0 : low;
    const double shifted = bounded * 1.4426950408889634 + 6755399441055744.0;
    const double k = shifted - 6755399441055744.0;
    const double r = (bounded - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33;
    const double high = 1.0 / 362880 +
                        r * (1.0 / 3628800 +
                             r * (1.0 / 39916800 + r * (1.0 / 479001600 + r / 6227020800.0)));
    const double middle =
        1.0 / 120 + r * (1.0 / 720 + r * (1.0 / 5040 + r * (1.0 / 40320 + r * high)));
    const double tail = r * r * (0.5 + r * (1.0 / 6 + r * (1.0 / 24 + r * middle)));
    const double value = 1.0 + (r + tail);
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023u) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return value * power;
}

/* exp(x) in the precision of the build. */
static inline ecp_real ecp_exp(ecp_real x)
{
#ifdef ECP_DOUBLE
    return ecp_expd(x);
#else
    return ecp_expf(x);
#endif
}

#endif
