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
                          "fraction of the cues whose recall is nearer to what was sought than to "
                          "anything else that is stored",
                          ECP_RESULT},
    [ECP_RECALL_CONFIDENCE] = {"confidence", "1", 0, -INFINITY, INFINITY,
                               "mean of the memory's own score", ECP_RESULT},
    {0}};

/* ---- powers of two that keep squares within the range of numbers ---------------------------- */

enum { SAFE = 400 }; /* exponents whose squares are within it */

/* That of the largest number of x; 0 where it is safe. Scaling by it changes no bit. */
static int exponent_of(const double *x, size_t n)
{
    double most = 0;
    int exponent = 0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, fabs(x[k]));
    if (most > 0)
        (void)frexp(most, &exponent);
    return abs(exponent) <= SAFE ? 0 : exponent < -1000 ? -1000 : exponent;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* Rows whose squares are safe: x itself, or a copy, which is the caller's. */
static enum ecp_status tame(const double *x, size_t n, size_t size, double **copy)
{
    int safe = 1;
    *copy = NULL;
    for (size_t k = 0; k < n && safe; k++)
        safe = exponent_of(x + k * size, size) == 0;
    if (safe)
        return ECP_OK;
    *copy = malloc((n * size + 1) * sizeof **copy);
    if (!*copy)
        return ecp_fail(ECP_ENOMEM, "no memory to compare %zu rows", n);
    for (size_t k = 0; k < n; k++) {
        const double factor = ldexp(1, -exponent_of(x + k * size, size));
        for (size_t j = 0; j < size; j++)
            (*copy)[k * size + j] = x[k * size + j] * factor;
    }
    return ECP_OK;
}

/* ---- a row -------------------------------------------------------------------------------- */

/* Squares of the error and of what was sought, over 4^error_power and 4^power. */
struct row {
    double overlap, exact, square_error, square;
    int error_power, power;
};

static int is_exact(enum ecp_pattern_kind kind, const struct ecp_recalled *r, const double *a,
                    const double *t, const struct row *row)
{
    for (size_t k = 0; k < r->size; k++) {
        if (kind == ECP_PATTERN_SIGNS && !(a[k] * t[k] > 0))
            return 0;
        if (kind == ECP_PATTERN_BITS && (a[k] > 0.5) != (t[k] > 0.5))
            return 0;
    }
    return kind != ECP_PATTERN_REAL ||
           row->square_error <= r->tolerance * r->tolerance *
                                    ldexp(row->square, 2 * (row->power - row->error_power));
}

static struct row measure_row(enum ecp_pattern_kind kind, const struct ecp_recalled *r, size_t k)
{
    const double *a = r->recalled + k * r->size, *t = r->target + k * r->size;
    const int power = exponent_of(a, r->size);
    struct row row = {.power = exponent_of(t, r->size)};
    row.error_power = larger(power, row.power);
    const double of_a = ldexp(1, -power), of_t = ldexp(1, -row.power);
    const double of_error = ldexp(1, -row.error_power);
    double dot = 0, aa = 0;
    for (size_t j = 0; j < r->size; j++) {
        const double x = a[j] * of_a, y = t[j] * of_t;
        const double error = a[j] * of_error - t[j] * of_error;
        dot += x * y;
        aa += x * x;
        row.square += y * y;
        row.square_error += error * error;
    }
    row.overlap = aa > 0 && row.square > 0 ? dot / sqrt(aa) / sqrt(row.square) : 0;
    row.exact = is_exact(kind, r, a, t, &row);
    return row;
}

static double relative_error(double square_error, int error_power, double square, int power)
{
    return square > 0 ? ldexp(sqrt(square_error / square), error_power - power) : NAN;
}

/* ---- which of all that is stored ------------------------------------------------------------- */

static double scalar(const double *a, const double *b, size_t size)
{
    double sum = 0;
    for (size_t k = 0; k < size; k++)
        sum += a[k] * b[k];
    return sum;
}

static const double alike = 1e-9; /* cosines that differ by less are one */

/* A recall, what was sought, and the scalar products of the recall with all stored rows. */
struct sought {
    const double *recalled, *target, *product;
    double own, wanted; /* lengths of the first two */
};

/* Is it nearest to the row that was sought, and to none of another direction? */
static int is_found(const struct sought *s, const double *stored, const double *lengths,
                    size_t n_stored, size_t size)
{
    if (!(s->own > 0 && s->wanted > 0))
        return 0;
    const double near = scalar(s->recalled, s->target, size) / s->wanted;
    double most = -INFINITY;
    for (size_t j = 0; j < n_stored; j++)
        if (lengths[j] > 0)
            most = fmax(most, s->product[j] / lengths[j]);
    if (!(near >= most - alike * s->own))
        return 0;
    for (size_t j = 0; j < n_stored; j++) {
        const double *row = stored + j * size;
        if (!(lengths[j] > 0) || s->product[j] / lengths[j] < near - alike * s->own)
            continue;
        if (memcmp(row, s->target, size * sizeof *row) != 0 &&
            scalar(row, s->target, size) < (1 - alike) * lengths[j] * s->wanted)
            return 0;
    }
    return 1;
}

/* `r` with rows whose squares are safe. */
static enum ecp_status find_tame(const struct ecp_recalled *r, double *found)
{
    double *product = calloc((TILE + 1) * r->n_stored + 1, sizeof *product);
    if (!product)
        return ecp_fail(ECP_ENOMEM, "no memory to compare with %zu stored patterns", r->n_stored);
    double *lengths = product + TILE * r->n_stored;
    for (size_t k = 0; k < r->n_stored; k++) {
        const double *row = r->stored + k * r->size;
        lengths[k] = sqrt(scalar(row, row, r->size));
    }
    for (size_t first = 0; first < r->n; first += TILE) {
        const size_t n = r->n - first < TILE ? r->n - first : TILE;
        ecp_matrix_abt(n, r->n_stored, r->size, r->recalled + first * r->size, r->stored, product);
        for (size_t k = 0; k < n; k++) {
            const double *a = r->recalled + (first + k) * r->size;
            const double *t = r->target + (first + k) * r->size;
            const struct sought s = {a, t, product + k * r->n_stored, sqrt(scalar(a, a, r->size)),
                                     sqrt(scalar(t, t, r->size))};
            found[first + k] = is_found(&s, r->stored, lengths, r->n_stored, r->size);
        }
    }
    free(product);
    return ECP_OK;
}

static enum ecp_status find(const struct ecp_recalled *r, double *found)
{
    struct ecp_recalled tamed = *r;
    double *recalled = NULL, *target = NULL, *stored = NULL;
    enum ecp_status status;
    ECP_TRY(tame(r->recalled, r->n, r->size, &recalled));
    ECP_TRY(tame(r->target, r->n, r->size, &target));
    ECP_TRY(tame(r->stored, r->n_stored, r->size, &stored));
    tamed.recalled = recalled ? recalled : r->recalled;
    tamed.target = target ? target : r->target;
    tamed.stored = stored ? stored : r->stored;
    status = find_tame(&tamed, found);
done:
    free(recalled);
    free(target);
    free(stored);
    return status;
}

enum ecp_status ecp_recall_measure(const struct ecp_recalled *r, double *result, double *cue)
{
    const enum ecp_pattern_kind kind = ecp_rows_kind(r->target, r->n * r->size);
    const int power = exponent_of(r->target, r->n * r->size);
    const int error_power = larger(power, exponent_of(r->recalled, r->n * r->size));
    double sum[ECP_RECALL_RESULTS] = {0}, square = 0;
    double *found = calloc(r->n + 1, sizeof *found);
    if (!found)
        return ecp_fail(ECP_ENOMEM, "no memory to measure %zu recalls", r->n);
    const enum ecp_status status = find(r, found);
    for (size_t k = 0; status == ECP_OK && k < r->n; k++) {
        const struct row row = measure_row(kind, r, k);
        sum[ECP_RECALL_OVERLAP] += row.overlap;
        sum[ECP_RECALL_EXACT] += row.exact;
        sum[ECP_RECALL_ERROR] += ldexp(row.square_error, 2 * (row.error_power - error_power));
        sum[ECP_RECALL_FOUND] += found[k];
        square += ldexp(row.square, 2 * (row.power - power));
        if (!cue)
            continue;
        cue[4 * k] = row.overlap;
        cue[4 * k + 1] = row.exact;
        cue[4 * k + 2] = relative_error(row.square_error, row.error_power, row.square, row.power);
        cue[4 * k + 3] = found[k];
    }
    free(found);
    if (status != ECP_OK)
        return status;
    const double n = (double)r->n;
    result[ECP_RECALL_OVERLAP] = sum[ECP_RECALL_OVERLAP] / n;
    result[ECP_RECALL_EXACT] = sum[ECP_RECALL_EXACT] / n;
    result[ECP_RECALL_ERROR] = relative_error(sum[ECP_RECALL_ERROR], error_power, square, power);
    result[ECP_RECALL_FOUND] = sum[ECP_RECALL_FOUND] / n;
    return ECP_OK;
}
