/* rdm.c -- making dissimilarity matrices. */
#include "analysis/rdm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/matrix.h"

static const double prior = 1, prior_weight = 0.1;

static double rate_of(double x)
{
    return (x + prior * prior_weight) / (1 + prior_weight);
}

/* Columns about their means: differences stay, and lose fewer digits. */
static void centre_columns(size_t n, size_t p, double *x)
{
    for (size_t u = 0; u < p; u++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += x[i * p + u];
        for (size_t i = 0; i < n; i++)
            x[i * p + u] -= sum / (double)n;
    }
}

/* Rows of length 1, about their means or not; NAN where there is no direction. */
static void normalise_rows(size_t n, size_t p, int centred, double *x)
{
    for (size_t i = 0; i < n; i++) {
        double *row = x + i * p, mean = 0, square = 0, largest = 0;
        for (size_t u = 0; u < p; u++) {
            mean += row[u] / (double)p;
            largest = fmax(largest, fabs(row[u]));
        }
        for (size_t u = 0; u < p; u++) {
            row[u] -= centred ? mean : 0;
            square += row[u] * row[u];
        }
        const int none = !(sqrt(square) > 1e-14 * largest * sqrt((double)p));
        for (size_t u = 0; u < p; u++)
            row[u] = none ? NAN : row[u] / sqrt(square);
    }
}

/* ---- products by rows --------------------------------------------------------------------- */

enum { TILE = 256 }; /* rows at a time: memory beside the result is TILE n */

struct products {
    size_t n, p;
    const double *a, *b; /* n x p; k_ij = a_i . b_j */
    double *k, *turned;  /* TILE x n each: k_ij and k_ji of some rows i, j from the first on */
    double *own;         /* n: k_ii */
};

/* Rows from `first` on into k (and k_ji into turned, unless a is b); how many. */
static size_t multiply(const struct products *s, size_t first, size_t columns)
{
    const size_t rows = s->n - first < TILE ? s->n - first : TILE, p = s->p;
    ecp_matrix_abt(rows, columns, p, s->a + first * p, s->b + first * p, s->k);
    if (s->turned != s->k)
        ecp_matrix_abt(rows, columns, p, s->b + first * p, s->a + first * p, s->turned);
    return rows;
}

/* d_ij = (k_ii + k_jj - k_ij - k_ji) / p; or 1 - k_ij where there is no `own`. */
static void put_rows(const struct products *s, double *rdm)
{
    const double p = (double)s->p;
    for (size_t first = 0; s->own && first < s->n; first += TILE) {
        const size_t columns = s->n - first < TILE ? s->n - first : TILE;
        const size_t rows = multiply(s, first, columns);
        for (size_t i = 0; i < rows; i++)
            s->own[first + i] = s->k[i * columns + i];
    }
    for (size_t first = 0; first < s->n; first += TILE) {
        const size_t columns = s->n - first, rows = multiply(s, first, columns);
        for (size_t i = 0; i < rows; i++) {
            const double *k = s->k + i * columns, *turned = s->turned + i * columns;
            for (size_t j = i + 1; j < columns; j++)
                *rdm++ = s->own ? (s->own[first + i] + s->own[first + j] - k[j] - turned[j]) / p
                                : 1 - k[j];
        }
    }
}

/* sum (a_i - a_j)(b_i - b_j) / p, or 1 - a_i.b_j (`angle`), by products. */
static enum ecp_status by_products(size_t n, size_t p, const double *a, const double *b, int angle,
                                   double *rdm)
{
    const size_t rows = n < TILE ? n : TILE;
    struct products s = {.n = n, .p = p, .a = a, .b = b};
    s.k = malloc((2 * rows * n + n + 1) * sizeof *s.k);
    if (!s.k)
        return ecp_fail(ECP_ENOMEM, "no memory for dissimilarities of %zu conditions", n);
    s.turned = a == b || angle ? s.k : s.k + rows * n;
    s.own = angle ? NULL : s.k + 2 * rows * n;
    put_rows(&s, rdm);
    free(s.k);
    return ECP_OK;
}

/* The same with a precision between (NULL: the identity). */
static enum ecp_status differences(size_t n, size_t p, const double *a, const double *precision,
                                   const double *b, double *rdm)
{
    if (!precision)
        return by_products(n, p, a, b, 0, rdm);
    double *turned = malloc((n * p + 1) * sizeof *turned);
    if (!turned)
        return ecp_fail(ECP_ENOMEM, "no memory for dissimilarities of %zu conditions", n);
    ecp_matrix_ab(n, p, p, a, precision, turned);
    const enum ecp_status status = by_products(n, p, turned, b, 0, rdm);
    free(turned);
    return status;
}

static enum ecp_status make_poisson(size_t n, size_t p, double *x, double *rdm)
{
    double *logs = malloc((n * p + 1) * sizeof *logs);
    if (!logs)
        return ecp_fail(ECP_ENOMEM, "no memory for dissimilarities of %zu conditions", n);
    for (size_t k = 0; k < n * p; k++) {
        x[k] = rate_of(x[k]);
        logs[k] = log(x[k]);
    }
    const enum ecp_status status = differences(n, p, x, NULL, logs, rdm);
    free(logs);
    return status;
}

enum ecp_status ecp_rdm_make(enum ecp_rdm_kind kind, size_t n, size_t p, const double *x,
                             const double *precision, double *rdm)
{
    const int is_angle = kind == ECP_RDM_CORRELATION || kind == ECP_RDM_COSINE;
    double *own = malloc((n * p + 1) * sizeof *own);
    enum ecp_status status = ECP_OK;
    if (!own)
        return ecp_fail(ECP_ENOMEM, "no memory for dissimilarities of %zu conditions", n);
    memcpy(own, x, n * p * sizeof *own);
    if (kind == ECP_RDM_POISSON) {
        status = make_poisson(n, p, own, rdm);
    } else if (is_angle) {
        normalise_rows(n, p, kind == ECP_RDM_CORRELATION, own);
        status = by_products(n, p, own, own, 1, rdm);
    } else {
        centre_columns(n, p, own);
        status = differences(n, p, own, kind == ECP_RDM_MAHALANOBIS ? precision : NULL, own, rdm);
    }
    free(own);
    return status;
}

/* ---- across folds ---------------------------------------------------------------------------- */

/* Fold f, and the mean of the other folds, n x p each. */
static void split_fold(size_t n, size_t r, size_t p, const double *repeats, size_t f, double *fold,
                       double *rest)
{
    for (size_t i = 0; i < n; i++)
        for (size_t u = 0; u < p; u++) {
            double sum = 0;
            for (size_t k = 0; k < r; k++)
                if (k != f)
                    sum += repeats[(i * r + k) * p + u];
            rest[i * p + u] = sum / (double)(r - 1);
            fold[i * p + u] = repeats[(i * r + f) * p + u];
        }
}

static enum ecp_status check_folds(size_t n, size_t r, size_t p, const double *repeats)
{
    if (r < 2)
        return ecp_fail(ECP_ECONFIG,
                        "cross-validated dissimilarities need 2 repeats or more; "
                        "found %zu",
                        r);
    for (size_t k = 0; k < n * r * p; k++)
        if (isnan(repeats[k]))
            return ecp_fail(ECP_ECONFIG,
                            "cross-validated dissimilarities need every repeat; "
                            "repeat %zu of condition %zu is missing for unit %zu",
                            k / p % r, k / p / r, k % p);
    return ECP_OK;
}

enum ecp_status ecp_rdm_cross(enum ecp_rdm_kind kind, size_t n, size_t r, size_t p,
                              const double *repeats, const double *precision, int last_fold_only,
                              double *rdm)
{
    const size_t pairs = ecp_rdm_pairs(n);
    double *fold = malloc((n * p + 1) * sizeof *fold), *rest = malloc((n * p + 1) * sizeof *rest);
    double *one = malloc((pairs + 1) * sizeof *one);
    enum ecp_status status;
    if (!fold || !rest || !one) {
        status = ecp_fail(ECP_ENOMEM, "no memory for dissimilarities of %zu conditions", n);
        goto done;
    }
    ECP_TRY(check_folds(n, r, p, repeats));
    memset(rdm, 0, pairs * sizeof *rdm);
    const size_t first = last_fold_only ? r - 1 : 0;
    for (size_t f = first; f < r; f++) {
        split_fold(n, r, p, repeats, f, fold, rest);
        for (size_t k = 0; kind == ECP_RDM_POISSON_CV && k < n * p; k++) {
            rest[k] = rate_of(rest[k]);
            fold[k] = log(rate_of(fold[k]));
        }
        ECP_TRY(differences(n, p, rest, kind == ECP_RDM_CROSSNOBIS ? precision : NULL, fold, one));
        for (size_t k = 0; k < pairs; k++)
            rdm[k] += one[k] / (double)(r - first);
    }
done:
    free(fold);
    free(rest);
    free(one);
    return status;
}
