/* classify_pairs.c -- a support vector machine with hinges, class against class: the dual by
 * pairs of examples that violate its conditions most (Fan, Chen & Lin 2005). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/classifiers.h"
#include "engine/matrix.h"

enum { PASSES = 1000000 };

/* Least a'Qa/2 - sum a, Q_ij = y_i y_j x_i.x_j, 0 <= a <= c, sum y a = 0. */
struct dual {
    size_t n;
    double c;
    const size_t *row; /* of examples in the kernel */
    const double *kernel;
    size_t width; /* of the kernel */
    double *y, *a, *gradient;
};

static double q(const struct dual *d, size_t i, size_t j)
{
    return d->kernel[d->row[i] * d->width + d->row[j]];
}

static int may_rise(const struct dual *d, size_t i)
{
    return d->y[i] > 0 ? d->a[i] < d->c : d->a[i] > 0;
}

static int may_fall(const struct dual *d, size_t i)
{
    return d->y[i] > 0 ? d->a[i] > 0 : d->a[i] < d->c;
}

/* The pair that gains most, of those with the first that violates most; 0: none violates by
 * more than 1e-6. */
static int choose(const struct dual *d, size_t *first, size_t *second)
{
    double most = -INFINITY, least = INFINITY, best = INFINITY;
    *first = *second = d->n;
    for (size_t i = 0; i < d->n; i++)
        if (may_rise(d, i) && -d->y[i] * d->gradient[i] > most) {
            most = -d->y[i] * d->gradient[i];
            *first = i;
        }
    for (size_t j = 0; j < d->n && *first < d->n; j++) {
        const double at = -d->y[j] * d->gradient[j];
        if (!may_fall(d, j))
            continue;
        least = fmin(least, at);
        const double gap = most - at;
        double curve = q(d, *first, *first) + q(d, j, j) - 2 * q(d, *first, j);
        curve = curve > 0 ? curve : 1e-12;
        if (gap > 0 && -gap * gap / curve < best) {
            best = -gap * gap / curve;
            *second = j;
        }
    }
    return most - least > 1e-6 && *second < d->n;
}

/* Move two along sum y a = 0, within their bounds. */
static void move(struct dual *d, size_t i, size_t j)
{
    double curve = q(d, i, i) + q(d, j, j) - 2 * q(d, i, j);
    curve = curve > 0 ? curve : 1e-12;
    double by = (-d->y[i] * d->gradient[i] + d->y[j] * d->gradient[j]) / curve;
    by = fmin(by, d->y[i] > 0 ? d->c - d->a[i] : d->a[i]);
    by = fmin(by, d->y[j] > 0 ? d->a[j] : d->c - d->a[j]);
    d->a[i] = fmin(d->c, fmax(0, d->a[i] + d->y[i] * by));
    d->a[j] = fmin(d->c, fmax(0, d->a[j] - d->y[j] * by));
    for (size_t k = 0; k < d->n; k++)
        d->gradient[k] += d->y[k] * by * (q(d, i, k) - q(d, j, k));
}

/* Solve; the intercept, from examples between the bounds or the middle of what is allowed. */
static double solve(struct dual *d)
{
    size_t i, j;
    for (size_t k = 0; k < d->n; k++) {
        d->a[k] = 0;
        d->gradient[k] = -1;
    }
    for (int pass = 0; pass < PASSES && choose(d, &i, &j); pass++)
        move(d, i, j);
    double sum = 0, free_ones = 0, low = -INFINITY, high = INFINITY;
    for (size_t k = 0; k < d->n; k++) {
        const double at = -d->y[k] * d->gradient[k];
        if (d->a[k] > 0 && d->a[k] < d->c) {
            sum += at;
            free_ones++;
        }
        low = may_rise(d, k) ? fmax(low, at) : low;
        high = may_fall(d, k) ? fmin(high, at) : high;
    }
    return free_ones > 0 ? sum / free_ones : (low + high) / 2;
}

/* Votes of the pair (first, second) for each of m responses; `cross`: m x n products. */
static void vote(struct dual *d, size_t first, size_t second, size_t n_classes, size_t m,
                 const double *cross, double *votes)
{
    const double intercept = solve(d);
    for (size_t t = 0; t < m; t++) {
        double score = intercept;
        for (size_t k = 0; k < d->n; k++)
            score += d->a[k] * d->y[k] * cross[t * d->width + d->row[k]];
        votes[t * n_classes + (score > 0 ? first : second)]++;
    }
}

enum ecp_status ecp_classify_pairs(const struct ecp_classifier *how, size_t n, size_t p,
                                   size_t n_classes, const double *x, const size_t *of, size_t m,
                                   const double *xt, size_t *guess)
{
    double *kernel = malloc((n * n + m * n + 3 * n + 1) * sizeof *kernel);
    double *votes = calloc(m * n_classes + 1, sizeof *votes);
    size_t *row = malloc((n + 1) * sizeof *row);
    enum ecp_status status = ECP_ENOMEM;
    if (!kernel || !votes || !row) {
        (void)ecp_fail(status, "no memory for products of %zu examples", n);
        goto done;
    }
    double *cross = kernel + n * n, *y = cross + m * n;
    ecp_matrix_abt(n, n, p, x, x, kernel);
    ecp_matrix_abt(m, n, p, xt, x, cross);
    for (size_t a = 0; a < n_classes; a++)
        for (size_t b = a + 1; b < n_classes; b++) {
            struct dual d = {.c = how->c,
                             .row = row,
                             .kernel = kernel,
                             .width = n,
                             .y = y,
                             .a = y + n,
                             .gradient = y + 2 * n};
            size_t of_a = 0;
            for (size_t k = 0; k < n; k++)
                if (of[k] == a || of[k] == b) {
                    of_a += of[k] == a;
                    y[d.n] = of[k] == a ? 1 : -1;
                    row[d.n++] = k;
                }
            if (of_a > 0 && of_a < d.n)
                vote(&d, a, b, n_classes, m, cross, votes);
        }
    for (size_t t = 0; t < m; t++)
        guess[t] = ecp_largest_of(n_classes, votes + t * n_classes);
    status = ECP_OK;
done:
    free(kernel);
    free(votes);
    free(row);
    return status;
}
