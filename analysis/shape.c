/* shape.c -- shape metrics of Williams et al. 2021 (netrep). */
#include "analysis/shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/dense.h"
#include "engine/matrix.h"

static const double least_variance = 1e-7; /* eigenvalues below are taken as this */

static void pad(size_t n, size_t p, size_t d, const double *x, double *out)
{
    for (size_t k = 0; k < n; k++)
        for (size_t u = 0; u < d; u++)
            out[k * d + u] = u < p ? x[k * p + u] : 0;
    ecp_dense_centre(n, d, out, NULL);
}

/* x V diag(alpha + (1 - alpha) l^-1/2) V', with the variance it had; `work`: 3 d x d + d. */
static enum ecp_status whiten(size_t n, size_t d, double alpha, double *x, double *work)
{
    double *v = work, *scaled = v + d * d, *z = scaled + d * d, *values = z + d * d;
    double before = 0, after = 0;
    if (alpha > 1 - 1e-7)
        return ECP_OK;
    ecp_matrix_atb(d, d, n, x, x, v);
    const enum ecp_status status = ecp_dense_eigen(d, v, values);
    if (status != ECP_OK)
        return status;
    for (size_t j = 0; j < d; j++) {
        values[j] = fmax(values[j], least_variance);
        const double root = alpha * sqrt(values[j]) + 1 - alpha;
        before += values[j];
        after += root * root;
    }
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
            scaled[i * d + j] =
                v[i * d + j] * (alpha + (1 - alpha) / sqrt(values[j])) * sqrt(before / after);
    ecp_matrix_abt(d, d, d, scaled, v, z);
    double *row = values;
    for (size_t k = 0; k < n; k++) {
        for (size_t j = 0; j < d; j++) {
            row[j] = 0;
            for (size_t i = 0; i < d; i++)
                row[j] += x[k * d + i] * z[i * d + j];
        }
        memcpy(x + k * d, row, d * sizeof *row);
    }
    return ECP_OK;
}

/* From <x, y> after the best transform. */
static struct ecp_shape_distance distances(double xx, double yy, double xy)
{
    const double cosine = fmax(-1, fmin(1, xy / (sqrt(xx) * sqrt(yy))));
    return (struct ecp_shape_distance){acos(cosine), sqrt(fmax(0, xx + yy - 2 * xy))};
}

static enum ecp_status prepare(size_t n, size_t p, size_t q, const double *x, const double *y,
                               size_t extra, double **out)
{
    const size_t d = p > q ? p : q;
    double *a = malloc((2 * n * d + extra + 1) * sizeof *a);
    if (!a)
        return ecp_fail(ECP_ENOMEM, "no memory for shapes of %zu units", d);
    pad(n, p, d, x, a);
    pad(n, q, d, y, a + n * d);
    if (!(ecp_dense_square(n * d, a) > 0 && ecp_dense_square(n * d, a + n * d) > 0)) {
        free(a);
        return ecp_fail(ECP_ENUMERIC, "responses that are all constant have no shape");
    }
    *out = a;
    return ECP_OK;
}

enum ecp_status ecp_shape(size_t n, size_t p, size_t q, const double *x, const double *y,
                          double alpha, struct ecp_shape_distance *out)
{
    const size_t d = p > q ? p : q;
    double *a = NULL, sum = 0;
    enum ecp_status status;
    ECP_TRY(prepare(n, p, q, x, y, 4 * d * d + 2 * d, &a));
    double *b = a + n * d, *product = b + n * d, *s = product + d * d, *work = s + d;
    ECP_TRY(whiten(n, d, alpha, a, work));
    ECP_TRY(whiten(n, d, alpha, b, work));
    ecp_matrix_atb(d, d, n, a, b, product);
    ECP_TRY(ecp_dense_svd(d, d, product, NULL, s, NULL));
    for (size_t j = 0; j < d; j++)
        sum += s[j];
    *out = distances(ecp_dense_square(n * d, a), ecp_dense_square(n * d, b), sum);
done:
    free(a);
    return status;
}

enum ecp_status ecp_shape_permuted(size_t n, size_t p, size_t q, const double *x, const double *y,
                                   struct ecp_shape_distance *out)
{
    const size_t d = p > q ? p : q;
    double *a = NULL, sum = 0;
    size_t *column = malloc((d + 1) * sizeof *column);
    enum ecp_status status;
    ECP_TRY(prepare(n, p, q, x, y, d * d, &a));
    double *b = a + n * d, *product = b + n * d;
    if (!column) {
        status = ecp_fail(ECP_ENOMEM, "no memory to match %zu units", d);
        goto done;
    }
    ecp_matrix_atb(d, d, n, a, b, product);
    ECP_TRY(ecp_dense_assign(d, product, column));
    for (size_t j = 0; j < d; j++)
        sum += product[j * d + column[j]];
    *out = distances(ecp_dense_square(n * d, a), ecp_dense_square(n * d, b), sum);
done:
    free(a);
    free(column);
    return status;
}
