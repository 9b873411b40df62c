/* statistics.h -- the two tests that random numbers have to pass here.
 *
 * Seeds are fixed, so a result never changes; a level of 1e-4 leaves room for
 * an unlucky seed among some hundred tests, and none for a wrong law. */
#ifndef ECP_TESTS_STATISTICS_H
#define ECP_TESTS_STATISTICS_H

#include <math.h>
#include <stdlib.h>

#define LEVEL 1e-4

/* Probability that chi-square of `freedom` degrees exceeds x: the regularised
 * incomplete gamma function, as a series below its mean, as a continued
 * fraction (Lentz) above it. */
static inline double chi_square_tail(double x, double freedom)
{
    const double a = freedom / 2, h = x / 2;
    if (x <= 0)
        return 1;
    const double front = exp(a * log(h) - h - lgamma(a));
    if (h < a + 1) {
        double term = 1 / a, sum = term;
        for (int k = 1; k < 10000 && term > 1e-16 * sum; k++)
            sum += term *= h / (a + k);
        return 1 - front * sum;
    }
    double b = h + 1 - a, c = 1e300, d = 1 / b, product = d;
    for (int k = 1; k < 10000; k++) {
        const double step = k * (a - k);
        b += 2;
        d = 1 / (step * d + b);
        c = b + step / c;
        product *= c * d;
        if (fabs(c * d - 1) < 1e-15)
            break;
    }
    return front * product;
}

/* Probability of so large a chi-square, classes with an expectation below 5
 * joined with their left neighbour; `lost`: degrees of freedom beyond one. */
static inline double chi_square_p(const double *seen, const double *expected, size_t n, size_t lost)
{
    double sum = 0, have = 0, want = 0;
    size_t classes = 0;
    for (size_t k = 0; k < n; k++) {
        double rest = 0;
        have += seen[k];
        want += expected[k];
        for (size_t j = k + 1; j < n; j++)
            rest += expected[j];
        if ((want < 5 || rest < 5) && k + 1 < n)
            continue;
        sum += (have - want) * (have - want) / want;
        classes++;
        have = want = 0;
    }
    return classes > 1 + lost ? chi_square_tail(sum, (double)(classes - 1 - lost)) : 1;
}

/* Are rows and columns of a table of counts independent? */
static inline double contingency_p(const double *table, size_t rows, size_t columns)
{
    double all = 0, sum = 0;
    for (size_t k = 0; k < rows * columns; k++)
        all += table[k];
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) {
            double row = 0, column = 0;
            for (size_t k = 0; k < columns; k++)
                row += table[r * columns + k];
            for (size_t k = 0; k < rows; k++)
                column += table[k * columns + c];
            const double want = row * column / all, have = table[r * columns + c];
            sum += want > 0 ? (have - want) * (have - want) / want : 0;
        }
    return chi_square_tail(sum, (double)((rows - 1) * (columns - 1)));
}

static inline int by_value(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Kolmogorov-Smirnov: probability of so large a distance between the sample
 * (sorted here) and the distribution function. */
static inline double kolmogorov_p(double *sample, size_t n,
                                  double (*cdf)(const void *law, double value), const void *law)
{
    double largest = 0, p = 0;
    qsort(sample, n, sizeof *sample, by_value);
    for (size_t k = 0; k < n; k++) {
        const double f = cdf(law, sample[k]);
        largest = fmax(largest, fmax(f - (double)k / (double)n, (double)(k + 1) / (double)n - f));
    }
    const double root = sqrt((double)n), x = (root + 0.12 + 0.11 / root) * largest;
    for (int k = 1; k < 100; k++)
        p += (k % 2 ? 2 : -2) * exp(-2.0 * k * k * x * x);
    return x < 0.2 ? 1 : fmin(1, fmax(0, p));
}

#endif
