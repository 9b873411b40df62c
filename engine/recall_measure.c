/* What a recall is worth. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/matrix.h"
#include "engine/recall.h"

enum { TILE = 256 };

const struct ecp_field ecp_recall_fields[] = {
    [ECP_RECALL_OVERLAP] = {"overlap", "1", 0, -1, 1,
                            "mean cosine between what was recalled and what was sought",
                            ECP_RESULT},
    [ECP_RECALL_EXACT] = {"exact", "1", 0, 0, 1, "fraction of the cues recalled without an error",
                          ECP_RESULT},
    [ECP_RECALL_ERROR] = {"error", "1", 0, 0, INFINITY,
                          "root mean square of the errors over that of what was sought",
                          ECP_RESULT},
    [ECP_RECALL_FOUND] = {"found", "1", 0, 0, 1,
                          "fraction of the cues whose recall is nearest to what was sought, of all "
                          "that is stored",
                          ECP_RESULT},
    [ECP_RECALL_CONFIDENCE] = {"confidence", "1", 0, -INFINITY, INFINITY,
                               "mean of the memory's own score", ECP_RESULT},
    {0}};

struct row {
    double overlap, exact, square_error, square;
};

static int is_exact(enum ecp_pattern_kind kind, const struct ecp_recalled *r, const double *a,
                    const double *t)
{
    double error = 0, square = 0;
    for (size_t k = 0; k < r->size; k++) {
        if (kind == ECP_PATTERN_SIGNS && !(a[k] * t[k] > 0))
            return 0;
        if (kind == ECP_PATTERN_BITS && (a[k] > 0.5) != (t[k] > 0.5))
            return 0;
        error += (a[k] - t[k]) * (a[k] - t[k]);
        square += t[k] * t[k];
    }
    return kind != ECP_PATTERN_REAL || error <= r->tolerance * r->tolerance * square;
}

static struct row measure_row(enum ecp_pattern_kind kind, const struct ecp_recalled *r, size_t k)
{
    const double *a = r->recalled + k * r->size, *t = r->target + k * r->size;
    struct row row = {0};
    double dot = 0, aa = 0;
    for (size_t j = 0; j < r->size; j++) {
        dot += a[j] * t[j];
        aa += a[j] * a[j];
        row.square += t[j] * t[j];
        row.square_error += (a[j] - t[j]) * (a[j] - t[j]);
    }
    row.overlap = aa > 0 && row.square > 0 ? dot / sqrt(aa) / sqrt(row.square) : 0;
    row.exact = is_exact(kind, r, a, t);
    return row;
}

static double length(const double *row, size_t size)
{
    double square = 0;
    for (size_t k = 0; k < size; k++)
        square += row[k] * row[k];
    return sqrt(square);
}

/* Is no stored row nearer than the one that was sought? Equal ones count. */
static enum ecp_status find(const struct ecp_recalled *r, double *found)
{
    double *product = calloc((TILE + 1) * r->n_stored + 1, sizeof *product);
    if (!product)
        return ecp_fail(ECP_ENOMEM, "no memory to compare with %zu stored patterns", r->n_stored);
    double *lengths = product + TILE * r->n_stored;
    for (size_t k = 0; k < r->n_stored; k++)
        lengths[k] = length(r->stored + k * r->size, r->size);
    for (size_t first = 0; first < r->n; first += TILE) {
        const size_t n = r->n - first < TILE ? r->n - first : TILE;
        ecp_matrix_abt(n, r->n_stored, r->size, r->recalled + first * r->size, r->stored, product);
        for (size_t k = 0; k < n; k++) {
            const double *a = r->recalled + (first + k) * r->size;
            const double *t = r->target + (first + k) * r->size;
            const double own = length(a, r->size), wanted = length(t, r->size);
            double dot = 0, most = -INFINITY;
            for (size_t j = 0; j < r->size; j++)
                dot += a[j] * t[j];
            for (size_t j = 0; j < r->n_stored; j++)
                if (lengths[j] > 0)
                    most = fmax(most, product[k * r->n_stored + j] / lengths[j]);
            found[first + k] = own > 0 && wanted > 0 && dot / wanted >= most - 1e-9 * own;
        }
    }
    free(product);
    return ECP_OK;
}

enum ecp_status ecp_recall_measure(const struct ecp_recalled *r, double *result, double *cue)
{
    const enum ecp_pattern_kind kind = ecp_rows_kind(r->target, r->n * r->size);
    double sum[ECP_RECALL_RESULTS] = {0}, square = 0;
    double *found = calloc(r->n + 1, sizeof *found);
    if (!found)
        return ecp_fail(ECP_ENOMEM, "no memory to measure %zu recalls", r->n);
    const enum ecp_status status = find(r, found);
    for (size_t k = 0; status == ECP_OK && k < r->n; k++) {
        const struct row row = measure_row(kind, r, k);
        sum[ECP_RECALL_OVERLAP] += row.overlap;
        sum[ECP_RECALL_EXACT] += row.exact;
        sum[ECP_RECALL_ERROR] += row.square_error;
        sum[ECP_RECALL_FOUND] += found[k];
        square += row.square;
        if (!cue)
            continue;
        cue[4 * k] = row.overlap;
        cue[4 * k + 1] = row.exact;
        cue[4 * k + 2] = row.square > 0 ? sqrt(row.square_error / row.square) : NAN;
        cue[4 * k + 3] = found[k];
    }
    free(found);
    if (status != ECP_OK)
        return status;
    const double n = (double)r->n;
    result[ECP_RECALL_OVERLAP] = sum[ECP_RECALL_OVERLAP] / n;
    result[ECP_RECALL_EXACT] = sum[ECP_RECALL_EXACT] / n;
    result[ECP_RECALL_ERROR] = square > 0 ? sqrt(sum[ECP_RECALL_ERROR] / square) : NAN;
    result[ECP_RECALL_FOUND] = sum[ECP_RECALL_FOUND] / n;
    return ECP_OK;
}
