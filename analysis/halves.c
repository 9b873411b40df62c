#include "analysis/halves.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

#include "analysis/trains.h"

void ecp_half_means(size_t n, size_t r, size_t q, const double *repeats,
                    const unsigned char *second, double *first_half, double *second_half)
{
    for (size_t c = 0; c < n; c++)
        for (size_t v = 0; v < q; v++) {
            double sum[2] = {0, 0}, count[2] = {0, 0};
            for (size_t k = 0; k < r; k++) {
                const double x = repeats[(c * r + k) * q + v];
                const int h = second[k] != 0;
                sum[h] += isnan(x) ? 0 : x;
                count[h] += !isnan(x);
            }
            first_half[c * q + v] = sum[0] / count[0];
            second_half[c * q + v] = sum[1] / count[1];
        }
}

void ecp_column_correlations(size_t m, size_t q, const double *a, const double *b, double *work,
                             double *r)
{
    for (size_t v = 0; v < q; v++) {
        for (size_t i = 0; i < m; i++) {
            work[i] = a[i * q + v];
            work[m + i] = b[i * q + v];
        }
        r[v] = ecp_correlation(m, work, work + m);
    }
}

void ecp_half_consistency(size_t n, size_t r, size_t q, const double *repeats,
                          const unsigned char *second, double *work, double *consistency)
{
    ecp_half_means(n, r, q, repeats, second, work, work + n * q);
    ecp_column_correlations(n, q, work, work + n * q, work + 2 * n * q, consistency);
    for (size_t v = 0; v < q; v++)
        consistency[v] = 2 * consistency[v] / (1 + consistency[v]);
}

double ecp_median_of(size_t n, double *x)
{
    size_t kept = 0;
    for (size_t k = 0; k < n; k++)
        if (!isnan(x[k]))
            x[kept++] = x[k];
    if (kept == 0)
        return NAN;
    gsl_sort(x, 1, kept);
    return gsl_stats_median_from_sorted_data(x, 1, kept);
}
