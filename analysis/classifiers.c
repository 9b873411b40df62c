#include "analysis/classifiers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/dense.h"
#include "analysis/trains.h"
#include "engine/matrix.h"

size_t ecp_largest_of(size_t n, const double *x)
{
    size_t best = n;
    for (size_t k = 0; k < n; k++)
        if (!isnan(x[k]) && (best == n || x[k] > x[best]))
            best = k;
    return best;
}

/* Standard deviation of a column, 1 where it is nothing but rounding. */
static double spread_of(size_t n, size_t p, const double *x, double mean)
{
    double square = 0, largest = 0;
    for (size_t k = 0; k < n; k++) {
        square += (x[k * p] - mean) * (x[k * p] - mean);
        largest = fmax(largest, fabs(x[k * p]));
    }
    const double spread = sqrt(square / (double)n);
    return spread > 1e-13 * largest && spread > 0 ? spread : 1;
}

void ecp_standardise(size_t n, size_t p, double *x, size_t m, double *xt)
{
    for (size_t u = 0; u < p; u++) {
        double mean = 0;
        for (size_t k = 0; k < n; k++)
            mean += x[k * p + u];
        mean /= (double)n;
        const double spread = spread_of(n, p, x + u, mean);
        for (size_t k = 0; k < n; k++)
            x[k * p + u] = (x[k * p + u] - mean) / spread;
        for (size_t k = 0; k < m; k++)
            xt[k * p + u] = (xt[k * p + u] - mean) / spread;
    }
}

/* Means of classes (NAN without examples) and how many there are. */
static void average(size_t n, size_t p, size_t n_classes, const double *x, const size_t *of,
                    double *mean, double *count)
{
    memset(mean, 0, n_classes * p * sizeof *mean);
    memset(count, 0, n_classes * sizeof *count);
    for (size_t k = 0; k < n; k++) {
        count[of[k]]++;
        for (size_t u = 0; u < p; u++)
            mean[of[k] * p + u] += x[k * p + u];
    }
    for (size_t c = 0; c < n_classes; c++)
        for (size_t u = 0; u < p; u++)
            mean[c * p + u] /= count[c];
}

static double distance(size_t p, const double *a, const double *b)
{
    double sum = 0;
    for (size_t u = 0; u < p; u++)
        sum += (a[u] - b[u]) * (a[u] - b[u]);
    return sum;
}

static double cosine(size_t p, const double *a, const double *b)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t u = 0; u < p; u++) {
        ab += a[u] * b[u];
        aa += a[u] * a[u];
        bb += b[u] * b[u];
    }
    return ab / (sqrt(aa) * sqrt(bb));
}

/* ---- by means --------------------------------------------------------------------------- */

static enum ecp_status by_means(const struct ecp_classifier *how, size_t p, size_t n_classes,
                                const double *mean, size_t m, const double *xt, size_t *guess)
{
    double *likeness = malloc((n_classes + 1) * sizeof *likeness);
    if (!likeness)
        return ecp_fail(ECP_ENOMEM, "no memory to compare with %zu classes", n_classes);
    for (size_t k = 0; k < m; k++) {
        const double *x = xt + k * p;
        for (size_t c = 0; c < n_classes; c++)
            likeness[c] = how->kind == ECP_CLASSIFIER_CENTROID
                              ? -distance(p, x, mean + c * p)
                              : ecp_correlation(p, x, mean + c * p);
        guess[k] = ecp_largest_of(n_classes, likeness);
    }
    free(likeness);
    return ECP_OK;
}

/* ---- by neighbours ------------------------------------------------------------------------ */

static enum ecp_status by_neighbours(const struct ecp_classifier *how, size_t n, size_t p,
                                     size_t n_classes, const double *x, const size_t *of, size_t m,
                                     const double *xt, size_t *guess)
{
    const size_t wanted = how->neighbours < n ? how->neighbours : n;
    double *near = malloc((n + n_classes + 1) * sizeof *near), *votes = near + n;
    if (!near)
        return ecp_fail(ECP_ENOMEM, "no memory to compare with %zu examples", n);
    for (size_t k = 0; k < m; k++) {
        memset(votes, 0, n_classes * sizeof *votes);
        for (size_t i = 0; i < n; i++)
            near[i] = how->cosine ? cosine(p, xt + k * p, x + i * p)
                                  : -distance(p, xt + k * p, x + i * p);
        for (size_t j = 0; j < wanted; j++) {
            const size_t best = ecp_largest_of(n, near);
            if (best == n)
                break;
            votes[of[best]]++;
            near[best] = NAN;
        }
        guess[k] = ecp_largest_of(n_classes, votes);
        if (guess[k] < n_classes && !(votes[guess[k]] > 0))
            guess[k] = n_classes;
    }
    free(near);
    return ECP_OK;
}

/* ---- linear discriminants ------------------------------------------------------------------ */

/* Share of equal variances in the covariance of h (n x p, centred; `square`: h'h), by Ledoit &
 * Wolf 2004. */
static double shrinkage(size_t n, size_t p, const double *h, const double *square)
{
    const double size = (double)n, width = (double)p;
    double trace = 0, fourth = 0;
    for (size_t u = 0; u < p; u++)
        trace += square[u * p + u] / size;
    for (size_t k = 0; k < n; k++) {
        const double row = ecp_dense_square(p, h + k * p);
        fourth += row * row;
    }
    const double second = ecp_dense_square(p * p, square) / (size * size);
    const double mean = trace / width;
    const double delta = (second - 2 * mean * trace + width * mean * mean) / width;
    const double beta = fmin(delta, (fourth / size - second) / (width * size));
    return beta > 0 ? beta / delta : 0;
}

/* Add the covariance of one class, shrunk after scaling and scaled back. `h`: n x p rows of the
 * class, then destroyed; `square`: p x p; `spread`: p. */
static void add_covariance(size_t n, size_t p, double weight, double *h, double *square,
                           double *spread, double *sum)
{
    for (size_t u = 0; u < p; u++) {
        double mean = 0;
        for (size_t k = 0; k < n; k++)
            mean += h[k * p + u] / (double)n;
        spread[u] = spread_of(n, p, h + u, mean);
        for (size_t k = 0; k < n; k++)
            h[k * p + u] = (h[k * p + u] - mean) / spread[u];
    }
    ecp_matrix_atb(p, p, n, h, h, square);
    const double share = shrinkage(n, p, h, square);
    double trace = 0;
    for (size_t u = 0; u < p; u++)
        trace += square[u * p + u] / (double)n;
    for (size_t u = 0; u < p; u++)
        for (size_t v = 0; v < p; v++) {
            const double s = (1 - share) * square[u * p + v] / (double)n +
                             (u == v ? share * trace / (double)p : 0);
            sum[u * p + v] += weight * spread[u] * s * spread[v];
        }
}

static enum ecp_status by_discriminants(size_t n, size_t p, size_t n_classes, const double *x,
                                        const size_t *of, const double *mean, const double *count,
                                        size_t m, const double *xt, size_t *guess)
{
    double *sum = calloc(2 * p * p + n * p + 2 * n_classes * p + p + n_classes + 1, sizeof *sum);
    enum ecp_status status;
    if (!sum)
        return ecp_fail(ECP_ENOMEM, "no memory for covariances of %zu units", p);
    double *square = sum + p * p, *h = square + p * p, *w = h + n * p, *spread = w + n_classes * p;
    double *likeness = spread + p;
    for (size_t c = 0; c < n_classes; c++) {
        size_t rows = 0;
        for (size_t k = 0; k < n; k++)
            if (of[k] == c)
                memcpy(h + rows++ * p, x + k * p, p * sizeof *h);
        if (rows > 0)
            add_covariance(rows, p, count[c] / (double)n, h, square, spread, sum);
        for (size_t u = 0; u < p; u++)
            w[u * n_classes + c] = rows > 0 ? mean[c * p + u] : 0;
    }
    for (size_t u = 0; u < p; u++) /* a unit that is constant in every class tells nothing */
        if (!(sum[u * p + u] > 0))
            sum[u * p + u] = 1;
    ECP_TRY(ecp_dense_solve(p, n_classes, sum, w));
    for (size_t k = 0; k < m; k++) {
        for (size_t c = 0; c < n_classes; c++) {
            likeness[c] = log(count[c] / (double)n);
            for (size_t u = 0; u < p; u++)
                likeness[c] += (xt[k * p + u] - mean[c * p + u] / 2) * w[u * n_classes + c];
            if (!(count[c] > 0))
                likeness[c] = NAN;
        }
        guess[k] = ecp_largest_of(n_classes, likeness);
    }
done:
    free(sum);
    return status;
}

/* ---- all --------------------------------------------------------------------------------- */

enum ecp_status ecp_classify(const struct ecp_classifier *how, size_t n, size_t p, size_t n_classes,
                             const double *x, const size_t *of, size_t m, const double *xt,
                             size_t *guess)
{
    if (how->kind == ECP_CLASSIFIER_KNN)
        return by_neighbours(how, n, p, n_classes, x, of, m, xt, guess);
    if (how->kind == ECP_CLASSIFIER_LOGISTIC || how->kind == ECP_CLASSIFIER_SVM)
        return ecp_classify_linear(how, n, p, n_classes, x, of, m, xt, guess);
    if (how->kind == ECP_CLASSIFIER_SVM_PAIRS)
        return ecp_classify_pairs(how, n, p, n_classes, x, of, m, xt, guess);
    double *mean = malloc((n_classes * (p + 1) + 1) * sizeof *mean), *count = mean + n_classes * p;
    if (!mean)
        return ecp_fail(ECP_ENOMEM, "no memory for means of %zu classes", n_classes);
    average(n, p, n_classes, x, of, mean, count);
    const enum ecp_status status =
        how->kind == ECP_CLASSIFIER_LDA
            ? by_discriminants(n, p, n_classes, x, of, mean, count, m, xt, guess)
            : by_means(how, p, n_classes, mean, m, xt, guess);
    free(mean);
    return status;
}
