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
    const double high =
        1.0 / 362880 +
        r * (1.0 / 3628800 + r * (1.0 / 39916800 + r * (1.0 / 479001600 + r / 6227020800.0)));
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

/* ln(x) for x > 0: x = 2^k m, m in [0.707, 1.414), ln m = 2 atanh(s), s =
 * (m - 1) / (m + 1). Error below 2 units in the last place; subnormal x and 0
 * count as the smallest normal number. */
static inline float ecp_logf(float x)
{
    const float bounded = x < 1.17549435e-38f ? 1.17549435e-38f : x;
    uint32_t bits;
    memcpy(&bits, &bounded, sizeof bits);
    const int32_t k = (int32_t)(bits - 0x3f3504f3u) >> 23;
    bits -= (uint32_t)k << 23;
    float m;
    memcpy(&m, &bits, sizeof m);
    const float s = (m - 1.0f) / (m + 1.0f), z = s * s;
    const float tail = z * (2.0f / 3 + z * (2.0f / 5 + z * (2.0f / 7 + z * (2.0f / 9))));
    const float kf = (float)k;
    return kf * 0.693145751953125f + (2.0f * s + (s * tail + kf * 1.42860677e-6f));
}

static inline double ecp_logd(double x)
{
    const double bounded = x < 0x1p-1022 ? 0x1p-1022 : x;
    uint64_t bits;
    memcpy(&bits, &bounded, sizeof bits);
    /* The exponent as a double without a conversion of 64-bit integers, which
     * older instruction sets lack: its bits under those of 2^52. */
    const uint64_t shifted = (bits - 0x3fe6a09e667f3bcdu + 0x3ff0000000000000u) >> 52;
    const uint64_t as_real = shifted | 0x4330000000000000u;
    double biased;
    memcpy(&biased, &as_real, sizeof biased);
    const double k = biased - 0x1p52 - 1023.0;
    bits -= (shifted << 52) - 0x3ff0000000000000u;
    double m;
    memcpy(&m, &bits, sizeof m);
    const double s = (m - 1.0) / (m + 1.0), z = s * s;
    const double high =
        2.0 / 13 + z * (2.0 / 15 + z * (2.0 / 17 + z * (2.0 / 19 + z * (2.0 / 21))));
    const double tail =
        z * (2.0 / 3 + z * (2.0 / 5 + z * (2.0 / 7 + z * (2.0 / 9 + z * (2.0 / 11 + z * high)))));
    return k * 0x1.62e42feep-1 + (2.0 * s + (s * tail + k * 0x1.a39ef35793c76p-33));
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

static inline ecp_real ecp_log(ecp_real x)
{
#ifdef ECP_DOUBLE
    return ecp_logd(x);
#else
    return ecp_logf(x);
#endif
}

/* x^p for x >= 0, p > 0 and moderate results: relative error about
 * |p ln x| + 2 units in the last place; 0^p is 1e-38^p (1e-308^p in double). */
static inline ecp_real ecp_pow(ecp_real x, ecp_real p)
{
    return ecp_exp(p * ecp_log(x));
}

#endif
