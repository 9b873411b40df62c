/* The first zero of sums of decays, against a scan in long double. */
#include <math.h>

#include "engine/crossing.h"
#include "engine/kernel_random.h"
#include "tests/support.h"

static double uniform(uint32_t a, uint32_t b)
{
    return (ecp_philox_block(a, b, 0, 5, 6, 7).word[0] + 0.5) * 0x1p-32;
}

static long double value(const struct ecp_decays *f, long double t)
{
    long double sum = f->constant;
    for (int k = 0; k < f->n; k++)
        sum += (f->term[k].a + f->term[k].b * t) * expl(-f->term[k].rate * t);
    return sum;
}

/* First t at which the scan finds f >= 0, by bisection within its step. */
static long double scanned(const struct ecp_decays *f, long double until, long double step)
{
    for (long double t = step; t < until; t += step)
        if (value(f, t) >= 0) {
            long double low = t - step, high = t;
            for (int k = 0; k < 80; k++) {
                const long double middle = (low + high) / 2;
                if (value(f, middle) >= 0)
                    high = middle;
                else
                    low = middle;
            }
            return high;
        }
    return INFINITY;
}

static struct ecp_decays random_sum(uint32_t k)
{
    struct ecp_decays f = {.n = 3, .constant = -10 * uniform(k, 0)};
    if (uniform(k, 1) < 0.3)
        f.constant += 12;
    for (uint32_t s = 0; s < 3; s++) {
        const double rate[] = {0.1, 0.5, 0.25}, size[] = {10, 30, 30};
        f.term[s] = (struct ecp_decay){size[s] * (2 * uniform(k, 2 + s) - 1), 0, rate[s]};
        if (s > 0 && k % 2)
            f.term[s].b = 30 * (uniform(k, 5 + s) - 0.5);
    }
    const double start = ecp_decays_value(&f, 0);
    if (start >= 0)
        f.constant -= start + 1e-6 + 0.01 * uniform(k, 9);
    return f;
}

static void random_sums(void)
{
    int crossings = 0, wrong = 0;
    for (uint32_t k = 0; k < 1500; k++) {
        const struct ecp_decays f = random_sum(k);
        const double got = ecp_decays_crossing(&f, INFINITY);
        const long double want = scanned(&f, 150, 0.01L);
        if (!isinf(got)) {
            crossings++;
            /* it is a zero, and none that the scan sees lies before it */
            wrong += fabsl(value(&f, got)) > 1e-9 || want < got - 1e-9L;
            if (!isinf((double)want) && want - got < 1e-3L)
                wrong += fabsl(want - got) > 1e-9L;
        } else {
            wrong += !isinf((double)want);
        }
    }
    CU_ASSERT(crossings > 200);
    CU_ASSERT_EQUAL(wrong, 0);
}

/* A maximum that just reaches, or just misses, zero: the constant is set from
 * the maximum in long double. */
static void near_tangents(void)
{
    for (uint32_t k = 0; k < 200; k++) {
        struct ecp_decays f = {.n = 2, .constant = 0};
        f.term[0] = (struct ecp_decay){-8 - 4 * uniform(k, 0), 0, 0.1};
        f.term[1] = (struct ecp_decay){0, 15 + 10 * uniform(k, 1), 0.5};
        long double low = 0, high = 20; /* of the derivative's sign */
        for (int i = 0; i < 200; i++) {
            const long double a = low + (high - low) / 3, b = high - (high - low) / 3;
            if (value(&f, a) < value(&f, b))
                low = a;
            else
                high = b;
        }
        const double top = (double)value(&f, (low + high) / 2);
        for (int sign = -1; sign <= 1; sign += 2) {
            struct ecp_decays g = f;
            g.constant = -top + sign * 1e-11;
            if (ecp_decays_value(&g, 0) >= 0 || g.constant >= 0)
                continue;
            const double t = ecp_decays_crossing(&g, INFINITY);
            CU_ASSERT(sign > 0 ? !isinf(t) : isinf(t));
            if (sign > 0 && !isinf(t))
                CU_ASSERT(fabsl(value(&g, t)) < 1e-12L);
        }
    }
}

static void horizons(void)
{
    const struct ecp_decays f = {.constant = 1, .n = 1, .term = {{-2, 0, 1}}};
    CU_ASSERT_DOUBLE_EQUAL(ecp_decays_crossing(&f, INFINITY), log(2), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ecp_decays_crossing(&f, 1), log(2), 1e-12);
    CU_ASSERT(isinf(ecp_decays_crossing(&f, 0.5)));
    const struct ecp_decays none = {.constant = -1};
    CU_ASSERT(isinf(ecp_decays_crossing(&none, INFINITY)));
}

ECP_TEST_MAIN("crossing", {"random sums", random_sums}, {"near tangents", near_tangents},
              {"horizons", horizons})
