/* rdm_compare.c -- how alike two dissimilarity matrices are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/rdm.h"

/* ---- ranks -------------------------------------------------------------------------------- */

struct keyed {
    double x;
    size_t at;
};

static int by_value(const void *a, const void *b)
{
    const struct keyed *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return p->at < q->at ? -1 : p->at > q->at;
}

void ecp_ranks(size_t m, const double *x, double *ranks, double *work)
{
    struct keyed *sorted = (struct keyed *)(void *)work;
    for (size_t k = 0; k < m; k++)
        sorted[k] = (struct keyed){x[k], k};
    qsort(sorted, m, sizeof *sorted, by_value);
    for (size_t k = 0, end; k < m; k = end) {
        for (end = k; end < m && !(sorted[end].x > sorted[k].x); end++)
            continue;
        for (size_t j = k; j < end; j++) /* ranks k + 1 ... end, averaged */
            ranks[sorted[j].at] = 0.5 * (double)(k + 1 + end);
    }
}

/* ---- Kendall: Knight 1966 ------------------------------------------------------------------ */

static double pairs_of(double n)
{
    return n * (n - 1) / 2;
}

/* Inversions of y[0 .. m - 1], which is sorted meanwhile. */
static double inversions(double *y, double *spare, size_t m)
{
    double found = 0;
    for (size_t width = 1; width < m; width *= 2) {
        for (size_t low = 0; low < m; low += 2 * width) {
            const size_t middle = low + width < m ? low + width : m;
            const size_t high = low + 2 * width < m ? low + 2 * width : m;
            size_t a = low, b = middle, to = low;
            while (a < middle && b < high) {
                if (y[b] < y[a]) {
                    found += (double)(middle - a);
                    spare[to++] = y[b++];
                } else
                    spare[to++] = y[a++];
            }
            while (a < middle)
                spare[to++] = y[a++];
            while (b < high)
                spare[to++] = y[b++];
        }
        memcpy(y, spare, m * sizeof *y);
    }
    return found;
}

struct two {
    double x, y;
};

static int by_both(const void *a, const void *b)
{
    const struct two *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return p->y < q->y ? -1 : p->y > q->y;
}

/* Pairs tied in x, and in both; of elements sorted by x, then y. */
static void count_ties(const struct two *sorted, size_t m, double *in_x, double *in_both)
{
    *in_x = *in_both = 0;
    for (size_t k = 0, end; k < m; k = end) {
        for (end = k; end < m && sorted[end].x == sorted[k].x; end++)
            continue;
        *in_x += pairs_of((double)(end - k));
        for (size_t j = k, stop; j < end; j = stop) {
            for (stop = j; stop < end && sorted[stop].y == sorted[j].y; stop++)
                continue;
            *in_both += pairs_of((double)(stop - j));
        }
    }
}

/* Concordant less discordant pairs over all (tau-a), or over those untied in each (tau-b).
 * work: 4 m. */
double ecp_vector_kendall(enum ecp_rdm_measure measure, size_t m, const double *a, const double *b,
                          double *work)
{
    const int ties_count = measure == ECP_COMPARE_KENDALL;
    struct two *sorted = (struct two *)(void *)work;
    double *y = work + 2 * m, *spare = work + 3 * m, in_x, in_both, in_y = 0;
    for (size_t k = 0; k < m; k++)
        sorted[k] = (struct two){a[k], b[k]};
    qsort(sorted, m, sizeof *sorted, by_both);
    count_ties(sorted, m, &in_x, &in_both);
    for (size_t k = 0; k < m; k++)
        y[k] = sorted[k].y;
    const double discordant = inversions(y, spare, m), all = pairs_of((double)m);
    for (size_t k = 0, end; k < m; k = end) {
        for (end = k; end < m && y[end] == y[k]; end++)
            continue;
        in_y += pairs_of((double)(end - k));
    }
    const double excess = all - in_x - in_y + in_both - 2 * discordant;
    return ties_count ? excess / sqrt(all - in_x) / sqrt(all - in_y) : excess / all;
}

/* ---- as products of vectors --------------------------------------------------------------------
 */

static double dot(size_t m, const double *a, const double *b)
{
    /* Eight sums side by side, in a fixed order. */
    double part[8] = {0}, sum = 0;
    size_t k = 0;
    for (; k + 8 <= m; k += 8)
        for (size_t j = 0; j < 8; j++)
            part[j] += a[k + j] * b[k + j];
    for (; k < m; k++)
        sum += a[k] * b[k];
    for (size_t j = 0; j < 8; j++)
        sum += part[j];
    return sum;
}

static void remove_mean(size_t m, double *x)
{
    double sum = 0;
    for (size_t k = 0; k < m; k++)
        sum += x[k];
    for (size_t k = 0; k < m; k++)
        x[k] -= sum / (double)m;
}

/* To length 1; 0 stays 0, and so does what is constant but for rounding. */
static void to_unit(size_t m, double *x, double scale)
{
    const double length = sqrt(dot(m, x, x));
    const int none = !(length > 1e-13 * scale * sqrt((double)m));
    for (size_t k = 0; k < m; k++)
        x[k] = none ? 0 : x[k] / length;
}

static double largest(size_t m, const double *x)
{
    double found = 0;
    for (size_t k = 0; k < m; k++)
        found = fmax(found, fabs(x[k]));
    return found;
}

/* Vectors of equal measure have this product as their likeness; work: 2 m. */
void ecp_vector_prepare(enum ecp_rdm_measure measure, size_t m, const double *x, double *out,
                        double *work)
{
    const int by_rank = measure == ECP_COMPARE_SPEARMAN || measure == ECP_COMPARE_RHO_A;
    if (by_rank)
        ecp_ranks(m, x, out, work);
    else
        memcpy(out, x, m * sizeof *out);
    if (measure == ECP_COMPARE_TAU_A || measure == ECP_COMPARE_KENDALL)
        return;
    const double scale = largest(m, out);
    if (measure != ECP_COMPARE_COSINE)
        remove_mean(m, out);
    if (measure == ECP_COMPARE_RHO_A) {
        const double n = (double)m, size = sqrt(12 / (n * n * n - n));
        for (size_t k = 0; k < m; k++)
            out[k] *= size;
    } else
        to_unit(m, out, scale);
}

/* The doubly centred -D/2 as a vector of n + n (n - 1)/2: off the diagonal each counts
 * twice. Its cosine is that of vectors whitened by the covariance of dissimilarities of
 * independent, equal noise (Diedrichsen et al. 2021). */
static void centre_matrix(size_t n, const double *rdm, double *out)
{
    const double size = (double)n;
    double *row = out, all = 0; /* means of rows, on the diagonal's place */
    double *rest = out + n;
    memset(row, 0, n * sizeof *row);
    for (size_t i = 0, at = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, at++) {
            row[i] += rdm[at] / size;
            row[j] += rdm[at] / size;
        }
    for (size_t i = 0; i < n; i++)
        all += row[i] / size;
    for (size_t i = 0, at = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, at++)
            rest[at] = sqrt(2) * -0.5 * (rdm[at] - row[i] - row[j] + all);
    for (size_t i = 0; i < n; i++)
        row[i] = -0.5 * (all - 2 * row[i]);
}

static int is_whitened(enum ecp_rdm_measure measure)
{
    return measure == ECP_COMPARE_COSINE_COV || measure == ECP_COMPARE_CORR_COV;
}

size_t ecp_prepared_size(enum ecp_rdm_measure measure, size_t n)
{
    return ecp_rdm_pairs(n) + (is_whitened(measure) ? n : 0);
}

size_t ecp_compare_work(size_t n)
{
    return 6 * (ecp_rdm_pairs(n) + n) + 16;
}

void ecp_rdm_prepare(enum ecp_rdm_measure measure, size_t n, const double *rdm, double *prepared,
                     double *work)
{
    const size_t pairs = ecp_rdm_pairs(n);
    if (!is_whitened(measure)) {
        ecp_vector_prepare(measure, pairs, rdm, prepared, work);
        return;
    }
    memcpy(work, rdm, pairs * sizeof *work);
    if (measure == ECP_COMPARE_CORR_COV)
        remove_mean(pairs, work);
    centre_matrix(n, work, prepared);
    to_unit(pairs + n, prepared, largest(pairs, rdm));
}

double ecp_prepared_compare(enum ecp_rdm_measure measure, size_t n, const double *a,
                            const double *b, double *work)
{
    if (measure == ECP_COMPARE_TAU_A || measure == ECP_COMPARE_KENDALL)
        return ecp_vector_kendall(measure, ecp_rdm_pairs(n), a, b, work);
    return dot(ecp_prepared_size(measure, n), a, b);
}

double ecp_rdm_compare(enum ecp_rdm_measure measure, size_t n, const double *a, const double *b,
                       double *work)
{
    const size_t size = ecp_rdm_pairs(n) + n;
    double *first = work, *second = work + size, *rest = work + 2 * size;
    ecp_rdm_prepare(measure, n, a, first, rest);
    ecp_rdm_prepare(measure, n, b, second, rest);
    return ecp_prepared_compare(measure, n, first, second, rest);
}

double ecp_vector_compare(enum ecp_rdm_measure measure, size_t m, const double *a, const double *b,
                          double *work)
{
    if (measure == ECP_COMPARE_TAU_A || measure == ECP_COMPARE_KENDALL)
        return ecp_vector_kendall(measure, m, a, b, work);
    ecp_vector_prepare(measure, m, a, work, work + 2 * m);
    ecp_vector_prepare(measure, m, b, work + m, work + 2 * m);
    return dot(m, work, work + m);
}
