#include "engine/sdr.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double ecp_sdr_log_choose(double n, double k)
{
    double sum = 0;
    int sign;
    if (k < 0 || k > n)
        return -INFINITY;
    if (k > n - k)
        k = n - k;
    if (k > 1e5)
        return lgamma_r(n + 1, &sign) - lgamma_r(k + 1, &sign) - lgamma_r(n - k + 1, &sign);
    /* As a sum the differences of large logarithms do not cost digits. */
    for (double j = 1; j <= k; j++)
        sum += log((n - k + j) / j);
    return sum;
}

/* b of s chosen bits are on in a row with a of n on. */
static double exactly(double n, double a, double s, double b)
{
    return exp(ecp_sdr_log_choose(s, b) + ecp_sdr_log_choose(n - s, a - b) -
               ecp_sdr_log_choose(n, a));
}

/* From one b to the next the probability changes by a ratio of whole numbers. */
double ecp_sdr_match(double n, double a, double s, double theta)
{
    const double least = fmax(fmax(theta, 0), a + s - n), most = fmin(s, a);
    double p, sum = 0;
    if (least > most)
        return 0;
    p = exactly(n, a, s, least);
    for (double b = least; b <= most; b++) {
        sum += p;
        p *= (s - b) * (a - b) / ((b + 1) * (n - s - a + b + 1));
    }
    return fmin(sum, 1);
}

double ecp_sdr_union_density(double n, double a, double m)
{
    return a < n ? -expm1(m * log1p(-a / n)) : m > 0;
}

/* now[c]: probability that c of the w bits are on; another row adds k of those w - c that
 * are not. */
double ecp_sdr_union_match(double n, double a, size_t m, size_t w, size_t theta)
{
    const size_t size = w + 1;
    double *now = calloc(2 * size + size * size, sizeof *now), *next, *step, sum = 0;
    if (!now)
        return NAN;
    next = now + size;
    step = next + size;
    for (size_t c = 0; c <= w; c++)
        for (size_t k = 0; k + c <= w; k++)
            step[c * size + k] = exactly(n, a, (double)(w - c), (double)k);
    now[0] = 1;
    for (size_t row = 0; row < m; row++) {
        memset(next, 0, size * sizeof *next);
        for (size_t c = 0; c <= w; c++)
            for (size_t k = 0; k + c <= w; k++)
                next[c + k] += now[c] * step[c * size + k];
        memcpy(now, next, size * sizeof *now);
    }
    for (size_t c = w + 1; c-- > theta;)
        sum += now[c];
    free(now);
    return fmin(sum, 1);
}

void ecp_bits_pack(const double *x, size_t n, uint64_t *row)
{
    memset(row, 0, ecp_bits_words(n) * sizeof *row);
    for (size_t k = 0; k < n; k++)
        row[k / 64] |= (uint64_t)(x[k] > 0.5) << k % 64;
}

void ecp_bits_unpack(const uint64_t *row, size_t n, double *x)
{
    for (size_t k = 0; k < n; k++)
        x[k] = (double)(row[k / 64] >> k % 64 & 1);
}

size_t ecp_bits_common(const uint64_t *a, const uint64_t *b, size_t words)
{
    size_t count = 0;
    for (size_t k = 0; k < words; k++)
        count += (size_t)__builtin_popcountll(a[k] & b[k]);
    return count;
}

size_t ecp_bits_count(const uint64_t *a, size_t words)
{
    return ecp_bits_common(a, a, words);
}
