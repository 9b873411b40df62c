/* test_vector_math.c -- ecp_expf and ecp_expd: error, bounds, order, and the same
 * bits in scalar and in vectorised loops. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/vector_math.h"
#include "tests/support.h"

enum { LOOP = 1009 };

static uint64_t draw(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 11;
}

static double between(double low, double high, uint64_t *state)
{
    return low + (high - low) * ((double)draw(state) / 9007199254740992.0);
}

/* Distance in units of the last place of the correct value. */
static double units_f(float x)
{
    const long double want = expl((long double)x);
    const float near = (float)want;
    return (double)(fabsl((long double)ecp_expf(x) - want) /
                    (long double)(nextafterf(near, INFINITY) - near));
}

static double units_d(double x)
{
    const long double want = expl((long double)x);
    const double near = (double)want;
    return (double)(fabsl((long double)ecp_expd(x) - want) /
                    (long double)(nextafter(near, INFINITY) - near));
}

/* All over the range, and closely around the places where k steps. */
static void error_f(void)
{
    uint64_t state = 1;
    double worst = 0;
    for (int n = 0; n < 4000000; n++)
        worst = fmax(worst, units_f((float)between(-87, 88, &state)));
    for (int n = 0; n < 400000; n++)
        worst = fmax(worst, units_f((float)between(-1, 1, &state)));
    for (int k = -126; k < 127; k++) {
        float x = (float)((k + 0.5) * 0.69314718055994531);
        for (int n = 0; n < 200; n++)
            x = nextafterf(x, -INFINITY);
        for (int n = 0; n < 400 && x < 88; n++, x = nextafterf(x, INFINITY))
            worst = x > -87 ? fmax(worst, units_f(x)) : worst;
    }
    (void)printf(" %.3f units ", worst);
    CU_ASSERT(worst < 1.1);
    CU_ASSERT(worst > 0.5);
}

static void error_d(void)
{
    uint64_t state = 2;
    double worst = 0;
    for (int n = 0; n < 2000000; n++)
        worst = fmax(worst, units_d(between(-708, 709, &state)));
    for (int n = 0; n < 400000; n++)
        worst = fmax(worst, units_d(between(-1, 1, &state)));
    for (int k = -1021; k < 1022; k++) {
        double x = (k + 0.5) * 0.69314718055994531;
        for (int n = 0; n < 30; n++)
            x = nextafter(x, -INFINITY);
        for (int n = 0; n < 60 && x < 709; n++, x = nextafter(x, INFINITY))
            worst = x > -708 ? fmax(worst, units_d(x)) : worst;
    }
    (void)printf(" %.3f units ", worst);
    CU_ASSERT(worst < 1.1);
    CU_ASSERT(worst > 0.5);
}

/* Just beside each place where k steps, a larger x has no smaller value. */
static void rising(void)
{
    int bad = 0;
    for (int k = -126; k < 127; k++) {
        float x = (float)((k + 0.5) * 0.69314718055994531);
        for (int n = 0; n < 300; n++)
            x = nextafterf(x, -INFINITY);
        for (int n = 0; n < 600; n++, x = nextafterf(x, INFINITY))
            bad += ecp_expf(nextafterf(x, INFINITY)) < ecp_expf(x);
    }
    for (int k = -1021; k < 1022; k++) {
        const double x = (k + 0.5) * 0.69314718055994531, step = fabs(x) * 1e-15 + 1e-300;
        for (int n = -200; n < 200; n++)
            bad += ecp_expd(x + (n + 1) * step) < ecp_expd(x + n * step);
    }
    CU_ASSERT_EQUAL(bad, 0);
}

static void special(void)
{
    CU_ASSERT_EQUAL(ecp_expf(0), 1.0f);
    CU_ASSERT_EQUAL(ecp_expd(0), 1.0);
    CU_ASSERT_EQUAL(ecp_expf(-0.0f), 1.0f);
    CU_ASSERT_EQUAL(ecp_expd(-0.0), 1.0);
    CU_ASSERT(isnan(ecp_expf(NAN)) && isnan(ecp_expd((double)NAN)));
    CU_ASSERT_EQUAL(ecp_expf(-INFINITY), ecp_expf(-87));
    CU_ASSERT_EQUAL(ecp_expf(-1e30f), ecp_expf(-87));
    CU_ASSERT_EQUAL(ecp_expf(INFINITY), ecp_expf(88));
    CU_ASSERT_EQUAL(ecp_expd(-INFINITY), ecp_expd(-708));
    CU_ASSERT_EQUAL(ecp_expd(INFINITY), ecp_expd(709));
    CU_ASSERT(isnormal(ecp_expf(-87)) && isfinite(ecp_expf(88)));
    CU_ASSERT(isnormal(ecp_expd(-708)) && isfinite(ecp_expd(709)));
    CU_ASSERT_EQUAL(ecp_expf(1e-10f), 1.0f);
    CU_ASSERT_EQUAL(ecp_expd(1e-20), 1.0);
    CU_ASSERT_EQUAL(ecp_exp(1),
                    sizeof(ecp_real) == 4 ? (ecp_real)ecp_expf(1) : (ecp_real)ecp_expd(1));
}

/* Vectorised by the compiler, with a remainder. */
static void loop_f(size_t n, const float *restrict x, float *restrict y)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        y[j] = ecp_expf(x[j]);
}

static void loop_d(size_t n, const double *restrict x, double *restrict y)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        y[j] = ecp_expd(x[j]);
}

static void same_bits(void)
{
    static float xf[LOOP], yf[LOOP];
    static double xd[LOOP], yd[LOOP];
    uint64_t state = 3;
    int bad = 0;
    for (int round = 0; round < 200; round++) {
        for (int j = 0; j < LOOP; j++) {
            xf[j] = (float)between(-95, 95, &state);
            xd[j] = between(-720, 720, &state);
        }
        loop_f(LOOP, xf, yf);
        loop_d(LOOP, xd, yd);
        for (int j = 0; j < LOOP; j++) {
            volatile float one_f = xf[j]; /* alone: not in a vector */
            volatile double one_d = xd[j];
            const float f = ecp_expf(one_f);
            const double d = ecp_expd(one_d);
            bad += memcmp(&f, &yf[j], sizeof f) != 0;
            bad += memcmp(&d, &yd[j], sizeof d) != 0;
        }
    }
    CU_ASSERT_EQUAL(bad, 0);
}

ECP_TEST_MAIN("vector_math", {"error of expf", error_f}, {"error of exp", error_d},
              {"rising", rising}, {"special values", special},
              {"same bits alone and in vectors", same_bits})
