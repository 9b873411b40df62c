#include "analysis/kernels.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

#include "engine/matrix.h"

void ecp_kernel_linear(size_t n, size_t p, const double *x, double *k)
{
    ecp_matrix_abt(n, n, p, x, x, k);
}

void ecp_kernel_distances(size_t n, size_t p, const double *x, double *d)
{
    ecp_matrix_abt(n, n, p, x, x, d);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            const double square = d[i * n + i] + d[j * n + j] - 2 * d[i * n + j];
            d[i * n + j] = d[j * n + i] = square > 0 ? square : 0;
        }
    for (size_t i = 0; i < n; i++)
        d[i * n + i] = 0;
}

void ecp_kernel_gaussian(size_t n, size_t p, const double *x, double t, double *k, double *work)
{
    ecp_kernel_distances(n, p, x, k);
    memcpy(work, k, n * n * sizeof *work);
    gsl_sort(work, 1, n * n);
    const double median = gsl_stats_median_from_sorted_data(work, 1, n * n);
    for (size_t j = 0; j < n * n; j++)
        k[j] = exp(-k[j] / (2 * t * t * median));
}

void ecp_kernel_centre(size_t n, double *k)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += k[i * n + j];
        for (size_t j = 0; j < n; j++)
            k[i * n + j] -= sum / (double)n;
    }
    for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += k[i * n + j];
        for (size_t i = 0; i < n; i++)
            k[i * n + j] -= sum / (double)n;
    }
}

void ecp_kernel_centre_unbiased(size_t n, double *k)
{
    const double size = (double)n;
    double all = 0;
    for (size_t i = 0; i < n; i++)
        k[i * n + i] = 0;
    for (size_t j = 0; j < n * n; j++)
        all += k[j];
    const double rest = all / (size - 2) / (2 * (size - 1));
    /* Means of rows wait on the diagonal. */
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += j == i ? 0 : k[i * n + j];
        k[i * n + i] = sum / (size - 2) - rest;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (i != j)
                k[i * n + j] -= k[i * n + i] + k[j * n + j];
    for (size_t i = 0; i < n; i++)
        k[i * n + i] = 0;
}

double ecp_kernel_alignment(size_t n, const double *k, const double *l)
{
    double kl = 0, kk = 0, ll = 0;
    for (size_t j = 0; j < n * n; j++) {
        kl += k[j] * l[j];
        kk += k[j] * k[j];
        ll += l[j] * l[j];
    }
    const double size = sqrt(kk) * sqrt(ll);
    return size > 0 ? kl / size : NAN;
}
