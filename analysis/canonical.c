#include "analysis/canonical.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/dense.h"
#include "engine/matrix.h"

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory for canonical correlations");
}

/* Covariance of columns over rows, n - 1 in the divisor. */
static void covary(size_t n, size_t p, size_t q, const double *x, const double *y, double *out)
{
    ecp_matrix_atb(p, q, n, x, y, out);
    for (size_t k = 0; k < p * q; k++)
        out[k] /= (double)n - 1;
}

static double scale_of(size_t n, const double *s)
{
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, fabs(s[k]));
    return most;
}

/* s^-1/2 of a covariance p x p, in place; `work` p x p + p. */
static enum ecp_status inverse_root(size_t p, double *s, double *work)
{
    double *values = work + p * p;
    enum ecp_status status = ecp_dense_eigen(p, s, values);
    if (status != ECP_OK)
        return status;
    const double none = 1e-15 * fabs(values[p - 1]);
    for (size_t k = 0; k < p; k++)
        for (size_t j = 0; j < p; j++)
            work[k * p + j] = fabs(values[j]) > none ? s[k * p + j] / sqrt(fabs(values[j])) : 0;
    double *both = malloc((p * p + 1) * sizeof *both);
    if (!both)
        return no_memory();
    ecp_matrix_abt(p, p, p, work, s, both);
    memcpy(s, both, p * p * sizeof *s);
    free(both);
    return ECP_OK;
}

struct work {
    double *x, *y, *sxx, *syy, *sxy, *half, *u, *vt, *rest, *memory;
};

static enum ecp_status take(const struct ecp_canonical *of, struct work *w)
{
    const size_t n = of->n, p = of->p, q = of->q, k = p < q ? p : q, most = p > q ? p : q;
    const size_t sizes[] = {
        n * p, n * q, p * p, q * q, p * q, p * q, p * k, k * q, most * most + most};
    double **const place[] = {&w->x,    &w->y, &w->sxx, &w->syy, &w->sxy,
                              &w->half, &w->u, &w->vt,  &w->rest};
    size_t all = 1;
    for (size_t j = 0; j < 9; j++)
        all += sizes[j];
    double *next = w->memory = malloc(all * sizeof *next);
    if (!next)
        return no_memory();
    for (size_t j = 0; j < 9; j++) {
        *place[j] = next;
        next += sizes[j];
    }
    memcpy(w->x, of->x, n * p * sizeof *next);
    memcpy(w->y, of->y, n * q * sizeof *next);
    ecp_dense_centre(n, p, w->x, NULL);
    ecp_dense_centre(n, q, w->y, NULL);
    return ECP_OK;
}

/* Canonical variates x S^-1/2 u; without whitening where a peer leaves it out. */
static void directions_of(const struct ecp_canonical *of, const struct work *w, double scale,
                          double *out)
{
    const size_t n = of->n, p = of->p, k = p < of->q ? p : of->q;
    double *turn = w->sxy; /* p x q holds p x k */
    if (of->compat) {
        memcpy(turn, w->u, p * k * sizeof *turn);
    } else {
        ecp_matrix_ab(p, k, p, w->sxx, w->u, turn);
        for (size_t j = 0; j < p * k; j++)
            turn[j] /= sqrt(scale);
    }
    ecp_matrix_ab(n, k, p, w->x, turn, out);
}

enum ecp_status ecp_canonical(const struct ecp_canonical *of, double *rho, double *directions)
{
    const size_t n = of->n, p = of->p, q = of->q;
    struct work w = {.memory = NULL};
    enum ecp_status status;
    ECP_TRY(take(of, &w));
    covary(n, p, p, w.x, w.x, w.sxx);
    covary(n, q, q, w.y, w.y, w.syy);
    covary(n, p, q, w.x, w.y, w.sxy);
    const double sx = scale_of(p * p, w.sxx), sy = scale_of(q * q, w.syy);
    if (!(sx > 0 && sy > 0)) {
        status = ecp_fail(ECP_ENUMERIC, "responses that are all constant have no canonical "
                                        "correlations");
        goto done;
    }
    for (size_t j = 0; j < p * p; j++)
        w.sxx[j] = w.sxx[j] / sx + (j / p == j % p ? of->epsilon : 0);
    for (size_t j = 0; j < q * q; j++)
        w.syy[j] = w.syy[j] / sy + (j / q == j % q ? of->epsilon : 0);
    for (size_t j = 0; j < p * q; j++)
        w.sxy[j] /= sqrt(sx * sy);
    ECP_TRY(inverse_root(p, w.sxx, w.rest));
    ECP_TRY(inverse_root(q, w.syy, w.rest));
    ecp_matrix_ab(p, q, p, w.sxx, w.sxy, w.half);
    ecp_matrix_ab(p, q, q, w.half, w.syy, w.sxy);
    ECP_TRY(ecp_dense_svd(p, q, w.sxy, w.u, rho, w.vt));
    if (directions)
        directions_of(of, &w, sx, directions);
done:
    free(w.memory);
    return status;
}

double ecp_canonical_mean(size_t n, const double *rho, double share)
{
    double all = 0, sum = 0;
    size_t k = 0;
    for (size_t j = 0; j < n; j++)
        all += rho[j];
    while (k < n && !(sum / all >= share))
        sum += rho[k++];
    return k > 0 ? sum / (double)k : NAN;
}

enum ecp_status ecp_canonical_weighted(size_t n, size_t p, size_t k, const double *x,
                                       const double *directions, const double *rho, double *out)
{
    double *q = malloc((n * k + k * p + k + 1) * sizeof *q);
    double sum = 0, weighted = 0;
    if (!q)
        return no_memory();
    double *tau = q + n * k, *with = tau + k;
    memcpy(q, directions, n * k * sizeof *q);
    const lapack_int rows = (lapack_int)n, columns = (lapack_int)k;
    if (LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, rows, columns, q, columns, tau) != 0 ||
        LAPACKE_dorgqr(LAPACK_ROW_MAJOR, rows, columns, columns, q, columns, tau) != 0) {
        free(q);
        return ecp_fail(ECP_ENUMERIC, "canonical variates that are not finite");
    }
    ecp_matrix_atb(k, p, n, q, x, with);
    for (size_t i = 0; i < k; i++) {
        double weight = 0;
        for (size_t j = 0; j < p; j++)
            weight += fabs(with[i * p + j]);
        sum += weight;
        weighted += weight * rho[i];
    }
    free(q);
    *out = weighted / sum;
    return ECP_OK;
}

enum ecp_status ecp_canonical_reduce(size_t n, size_t p, const double *x, double share, double *out,
                                     size_t *k)
{
    const size_t most = n < p ? n : p;
    double *a = malloc((n * p + n * most + most + most * p + 1) * sizeof *a);
    enum ecp_status status;
    if (!a)
        return no_memory();
    double *u = a + n * p, *s = u + n * most, *vt = s + most, all = 0, sum = 0;
    memcpy(a, x, n * p * sizeof *a);
    ecp_dense_centre(n, p, a, NULL);
    ECP_TRY(ecp_dense_svd(n, p, a, u, s, vt));
    size_t kept = 0;
    for (size_t j = 0; j < most; j++)
        all += s[j] * s[j];
    while (kept < most && sum < share * all) {
        sum += s[kept] * s[kept];
        kept++;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < kept; j++)
            out[i * kept + j] = u[i * most + j] * s[j];
    *k = kept;
done:
    free(a);
    return status;
}

/* An orthonormal basis of centred columns, in place. */
static enum ecp_status basis(size_t n, size_t p, double *x, double *tau)
{
    const lapack_int rows = (lapack_int)n, columns = (lapack_int)p;
    ecp_dense_centre(n, p, x, NULL);
    if (LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, rows, columns, x, columns, tau) != 0 ||
        LAPACKE_dorgqr(LAPACK_ROW_MAJOR, rows, columns, columns, x, columns, tau) != 0)
        return ecp_fail(ECP_ENUMERIC, "responses that are not finite");
    return ECP_OK;
}

enum ecp_status ecp_canonical_r2(size_t n, size_t p, size_t q, const double *x, const double *y,
                                 double *out)
{
    double *a = malloc((n * (p + q) + p * q + p + q + 1) * sizeof *a);
    enum ecp_status status;
    if (!a)
        return no_memory();
    double *b = a + n * p, *product = b + n * q, *tau = product + p * q;
    memcpy(a, x, n * p * sizeof *a);
    memcpy(b, y, n * q * sizeof *b);
    ECP_TRY(basis(n, p, a, tau));
    ECP_TRY(basis(n, q, b, tau));
    ecp_matrix_atb(p, q, n, a, b, product);
    *out = ecp_dense_square(p * q, product) / (double)(p < q ? p : q);
done:
    free(a);
    return status;
}
