/* rdm_noise.c -- precision of the noise about condition means. */
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/rdm.h"
#include "engine/matrix.h"

/* Repeats that are there, about their condition's mean: *rows x p; degrees of freedom. */
static double residuals(size_t n, size_t r, size_t p, const double *repeats, double *out,
                        size_t *rows)
{
    size_t used = 0, conditions = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t first = used;
        for (size_t k = 0; k < r; k++) {
            const double *row = repeats + (i * r + k) * p;
            int whole = 1;
            for (size_t u = 0; u < p; u++)
                whole &= !isnan(row[u]);
            if (whole)
                memcpy(out + used++ * p, row, p * sizeof *out);
        }
        for (size_t u = 0; u < p; u++) {
            double sum = 0;
            for (size_t k = first; k < used; k++)
                sum += out[k * p + u];
            for (size_t k = first; k < used; k++)
                out[k * p + u] -= sum / (double)(used - first);
        }
        conditions += used > first;
    }
    *rows = used;
    return (double)used - (double)conditions;
}

/* Sums over rows of products of squares, p x p. */
static void square_products(size_t rows, size_t p, const double *x, double *squares, double *out)
{
    for (size_t k = 0; k < rows * p; k++)
        squares[k] = x[k] * x[k];
    ecp_matrix_atb(p, p, rows, squares, squares, out);
}

/* Ledoit & Wolf 2004; `s` holds sums of products, and becomes the covariance. */
static void shrink_to_eye(size_t p, double rows, double dof, const double *s2, double *s)
{
    double m = 0, d2 = 0, b2 = 0;
    for (size_t k = 0; k < p * p; k++)
        s[k] /= rows;
    for (size_t u = 0; u < p; u++)
        m += s[u * p + u] / (double)p;
    for (size_t u = 0; u < p; u++)
        for (size_t v = 0; v < p; v++) {
            const double d = s[u * p + v] - (u == v ? m : 0);
            d2 += d * d;
            b2 += (s2[u * p + v] / rows - s[u * p + v] * s[u * p + v]) / rows;
        }
    b2 = fmin(b2, d2);
    for (size_t u = 0; u < p; u++)
        for (size_t v = 0; v < p; v++)
            s[u * p + v] = (b2 / d2 * m * (u == v) + (d2 - b2) / d2 * s[u * p + v]) * rows / dof;
}

/* Schaefer & Strimmer 2005. */
static void shrink_to_diag(size_t p, double rows, double dof, const double *s2, double *s)
{
    double spread = 0, square = 0;
    for (size_t u = 0; u < p; u++)
        for (size_t v = 0; v < p; v++) {
            if (u == v)
                continue;
            const double var = s[u * p + u] / dof * (s[v * p + v] / dof);
            const double mean = s[u * p + v] / sqrt(var) / (rows - 1);
            const double mean2 = s2[u * p + v] / var / (rows - 1);
            spread += rows / (dof * dof) * (mean2 - mean * mean);
            square += mean * mean;
        }
    const double lambda = fmax(0, fmin(1, spread / square));
    for (size_t u = 0; u < p; u++)
        for (size_t v = 0; v < p; v++)
            s[u * p + v] *= (u == v ? 1 : 1 - lambda) / dof;
}

static enum ecp_status invert(size_t p, double *s)
{
    const lapack_int n = (lapack_int)p;
    if (LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'U', n, s, n) != 0 ||
        LAPACKE_dpotri(LAPACK_ROW_MAJOR, 'U', n, s, n) != 0)
        return ecp_fail(ECP_ECONFIG,
                        "the covariance of the noise of %zu units cannot be inverted; "
                        "shrinkage helps",
                        p);
    for (size_t u = 0; u < p; u++)
        for (size_t v = 0; v < u; v++)
            s[u * p + v] = s[v * p + u];
    return ECP_OK;
}

static enum ecp_status estimate(enum ecp_noise_kind kind, size_t rows, size_t p, double dof,
                                double *x, double *s)
{
    double *squares = malloc((rows * p + 1) * sizeof *squares);
    double *s2 = malloc((p * p + 1) * sizeof *s2);
    enum ecp_status status = ECP_OK;
    if (!squares || !s2) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the covariance of %zu units", p);
        goto done;
    }
    ecp_matrix_atb(p, p, rows, x, x, s);
    square_products(rows, p, x, squares, s2);
    if (kind == ECP_NOISE_SHRINKAGE_EYE)
        shrink_to_eye(p, (double)rows, dof, s2, s);
    else if (kind == ECP_NOISE_SHRINKAGE_DIAG)
        shrink_to_diag(p, (double)rows, dof, s2, s);
    else
        for (size_t k = 0; k < p * p; k++)
            s[k] = kind == ECP_NOISE_DIAG && k / p != k % p ? 0 : s[k] / dof;
    status = invert(p, s);
done:
    free(squares);
    free(s2);
    return status;
}

enum ecp_status ecp_noise_precision(struct ecp_noise noise, size_t n, size_t r, size_t p,
                                    const double *repeats, double *precision)
{
    if (noise.kind == ECP_NOISE_IDENTITY) {
        for (size_t k = 0; k < p * p; k++)
            precision[k] = k / p == k % p;
        return ECP_OK;
    }
    double *x = malloc((n * r * p + 1) * sizeof *x);
    size_t rows = 0;
    if (!x)
        return ecp_fail(ECP_ENOMEM, "no memory for the noise of %zu units", p);
    double dof = residuals(n, r, p, repeats, x, &rows);
    if (noise.compat)
        dof = (double)rows - (double)r;
    const enum ecp_status status =
        dof >= 1 ? estimate(noise.kind, rows, p, dof, x, precision)
                 : ecp_fail(ECP_ECONFIG, "no condition has two repeats: the noise is unknown");
    free(x);
    return status;
}
