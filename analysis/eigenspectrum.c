/* eigenspectrum.c -- over how many directions responses spread: eigenvalues of their covariance
 * over conditions, how steeply they fall, and the dimension.
 *
 * Where there are repeats, the spectrum is cross-validated (cvPCA): directions are the principal
 * components of one half of the repeats, and lambda_i is the covariance of both halves'
 * projections on the i-th, which noise does not add to; mean over random halves, each used both
 * ways. It may be negative. Otherwise it is the plain one, of the means.
 * alpha: minus the slope of ln |lambda_i| over ln i, weighted by 1/i.
 * Verified in tests/verify/verify_eigenspectrum.c. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/dense.h"
#include "analysis/halves.h"
#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/experiment.h"
#include "engine/matrix.h"

enum {
    FIRST,
    LAST,
    SPLITS,
    SHARE,
    COMPAT,
    ALPHA,
    PARTICIPATION,
    DIMENSION,
    RELIABLE,
    PLAIN_ALPHA,
    PLAIN_PARTICIPATION,
    END
};

static const struct ecp_field fields[] = {
    [FIRST] = {"first", "1", 11, 1, 1e6, "first rank that alpha is fitted to", ECP_WHOLE},
    [LAST] = {"last", "1", 500, 2, 1e6, "last one, or the last that there is", ECP_WHOLE},
    [SPLITS] = {"splits", "1", 10, 1, 1000, "random halves of the repeats", ECP_WHOLE},
    [SHARE] = {"share", "1", 0.9, 0.01, 1, "of the variance, for `dimension`", ECP_PARAM},
    [COMPAT] = {"compat", "1", 0, 0, 1,
                "1: components as in Stringer et al.'s program, which takes the mean over units "
                "from each condition first",
                ECP_WHOLE},
    [ALPHA] = {"alpha", "1", 0, -INFINITY, INFINITY, "exponent: lambda_i ~ i^-alpha", ECP_RESULT},
    [PARTICIPATION] = {"participation", "1", 0, 0, INFINITY,
                       "participation ratio (sum lambda)^2 / sum lambda^2", ECP_RESULT},
    [DIMENSION] = {"dimension", "1", 0, 0, INFINITY,
                   "first components that hold `share` of the variance", ECP_RESULT},
    [RELIABLE] = {"reliable", "1", 0, -INFINITY, 1, "cross-validated over plain variance of halves",
                  ECP_RESULT},
    [PLAIN_ALPHA] = {"plain_alpha", "1", 0, -INFINITY, INFINITY,
                     "alpha of the means' spectrum, with its noise", ECP_RESULT},
    [PLAIN_PARTICIPATION] = {"plain_participation", "1", 0, 0, INFINITY,
                             "participation ratio of the same", ECP_RESULT},
    [END] = {0}};

enum { FOR_HALVES = 53 };

struct spectrum {
    size_t n, p, ranks;     /* conditions, units that are known, min(n - 1, p) */
    size_t *unit;           /* p: positions in the set */
    double *x, *a, *b;      /* n x p: means; halves */
    double *square, *other; /* m x m, m = min(n, p) (compat: n) */
    double *value;          /* m */
    double *plain, *cross;  /* ranks */
    double half_variance;   /* of halves, mean over splits */
    int has_cross;
};

/* a (n x p) a' or a' a, whichever is smaller; b the second factor. */
static size_t multiply(const struct spectrum *s, int rows, const double *a, const double *b,
                       double *out)
{
    if (rows)
        ecp_matrix_abt(s->n, s->n, s->p, a, b, out);
    else
        ecp_matrix_atb(s->p, s->p, s->n, a, b, out);
    return rows ? s->n : s->p;
}

/* Eigenvalues of the covariance over conditions of x (centred), largest first. */
static enum ecp_status plain_spectrum(struct spectrum *s)
{
    const size_t m = multiply(s, s->n <= s->p, s->x, s->x, s->square);
    const enum ecp_status status = ecp_dense_eigen(m, s->square, s->value);
    for (size_t k = 0; status == ECP_OK && k < s->ranks; k++)
        s->plain[k] = fmax(0, s->value[m - 1 - k]) / (double)s->n;
    return status;
}

/* Add to `cross`: directions of a, both halves projected. With rows, the i-th direction is
 * a' u_i / s_i, and lambda_i = u_i' (b a') u_i. */
static enum ecp_status cross_spectrum(struct spectrum *s, const double *a, const double *b,
                                      int compat, double weight)
{
    const int rows = compat || s->n <= s->p;
    const size_t m = multiply(s, rows, a, a, s->square);
    const size_t n = s->n, p = s->p;
    for (size_t i = 0; compat && i < n; i++) /* a with every condition about its mean over units */
        for (size_t j = 0; j < n; j++) {
            double mean_i = 0, mean_j = 0;
            for (size_t u = 0; u < p; u++) {
                mean_i += a[i * p + u] / (double)p;
                mean_j += a[j * p + u] / (double)p;
            }
            s->square[i * n + j] -= (double)p * mean_i * mean_j;
        }
    const enum ecp_status status = ecp_dense_eigen(m, s->square, s->value);
    if (status != ECP_OK)
        return status;
    if (compat) { /* (a a' u)(b a' u) / s^2 */
        double *one = s->other, *two = s->other + n;
        for (size_t k = 0; k < s->ranks; k++) {
            double sum = 0, *turned = s->other + 2 * n;
            memset(turned, 0, p * sizeof *turned);
            for (size_t i = 0; i < n; i++)
                for (size_t u = 0; u < p; u++)
                    turned[u] += a[i * p + u] * s->square[i * n + (m - 1 - k)];
            ecp_matrix_times(n, p, a, turned, one);
            ecp_matrix_times(n, p, b, turned, two);
            for (size_t i = 0; i < n; i++)
                sum += one[i] * two[i];
            s->cross[k] += weight * sum / s->value[m - 1 - k] / (double)n;
        }
        return ECP_OK;
    }
    (void)multiply(s, rows, a, b, s->other);
    for (size_t k = 0; k < s->ranks; k++) {
        double sum = 0;
        for (size_t i = 0; i < m; i++) {
            double row = 0;
            for (size_t j = 0; j < m; j++)
                row += s->other[i * m + j] * s->square[j * m + (m - 1 - k)];
            sum += row * s->square[i * m + (m - 1 - k)];
        }
        s->cross[k] += weight * sum / (double)n;
    }
    return ECP_OK;
}

/* ---- halves ------------------------------------------------------------------------------- */

/* The repeats of every condition in another random order, those that there are of it halved. */
static void halve(const struct ecp_score_call *call, const struct ecp_dataset *set,
                  const double *cube, size_t r, uint32_t split, struct spectrum *s, size_t *order,
                  unsigned char *second, double *rows)
{
    struct ecp_chance chance = ecp_chance(call->seed, FOR_HALVES, split);
    for (size_t c = 0; c < s->n; c++) {
        size_t count = 0;
        ecp_chance_order(&chance, r, order);
        for (size_t k = 0; k < r; k++)
            second[order[k]] =
                !isnan(cube[(c * r + order[k]) * set->n_units + s->unit[0]]) ? count++ % 2 : 0;
        ecp_half_means(1, r, set->n_units, cube + c * r * set->n_units, second, rows,
                       rows + set->n_units);
        for (size_t u = 0; u < s->p; u++) {
            s->a[c * s->p + u] = rows[s->unit[u]];
            s->b[c * s->p + u] = rows[set->n_units + s->unit[u]];
        }
    }
    ecp_dense_centre(s->n, s->p, s->a, NULL);
    ecp_dense_centre(s->n, s->p, s->b, NULL);
}

static int all_known(const double *x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!isfinite(x[k]))
            return 0;
    return 1;
}

static enum ecp_status cross_validate(const struct ecp_score_call *call,
                                      const struct ecp_dataset *set, struct spectrum *s)
{
    struct ecp_dataset own = *set; /* the cube of repeats goes to the same arena */
    const size_t splits = (size_t)call->param[SPLITS];
    const double *cube = NULL;
    size_t r = 0, *order = NULL;
    double *rows = malloc((2 * set->n_units + 1) * sizeof *rows);
    unsigned char *second = NULL;
    enum ecp_status status =
        rows ? ecp_dataset_repeats(&own, &r, &cube) : ecp_fail(ECP_ENOMEM, "no memory for halves");
    if (status != ECP_OK || r < 2)
        goto done;
    order = malloc((r + 1) * sizeof *order);
    second = malloc(r + 1);
    if (!order || !second) {
        status = ecp_fail(ECP_ENOMEM, "no memory for halves");
        goto done;
    }
    const int compat = call->param[COMPAT] > 0;
    for (size_t k = 0; k < splits; k++) {
        halve(call, set, cube, r, (uint32_t)k, s, order, second, rows);
        if (!all_known(s->a, s->n * s->p) || !all_known(s->b, s->n * s->p))
            goto done; /* a condition with one repeat */
        s->half_variance +=
            (ecp_dense_square(s->n * s->p, s->a) + ecp_dense_square(s->n * s->p, s->b)) /
            (double)(2 * splits * s->n);
        ECP_TRY(cross_spectrum(s, s->a, s->b, compat, 0.5 / (double)splits));
        ECP_TRY(cross_spectrum(s, s->b, s->a, compat, 0.5 / (double)splits));
        ECP_TRY(ecp_sheet_progress(call->sheet, (double)(k + 1) / (double)splits));
    }
    s->has_cross = 1;
done:
    free(rows);
    free(order);
    free(second);
    return status;
}

/* ---- what a spectrum says ------------------------------------------------------------------ */

/* Least squares of ln |lambda_i| on ln i with weights 1/i, ranks first .. last from 1. */
static struct ecp_estimate power_law(size_t ranks, const double *lambda, size_t first, size_t last)
{
    double w = 0, x = 0, y = 0, xx = 0, xy = 0;
    last = last < ranks ? last : ranks;
    if (last < first + 2)
        return ECP_UNDEFINED("fewer than three ranks to fit");
    for (size_t i = first; i <= last; i++) {
        const double weight = 1 / (double)i, lx = log((double)i), ly = log(fabs(lambda[i - 1]));
        if (!isfinite(ly))
            return ECP_UNDEFINED("an eigenvalue of the ranks is 0");
        w += weight;
        x += weight * lx;
        y += weight * ly;
        xx += weight * lx * lx;
        xy += weight * lx * ly;
    }
    return ECP_ESTIMATE(-(w * xy - x * y) / (w * xx - x * x));
}

static double participation(size_t ranks, const double *lambda)
{
    double sum = 0, square = 0;
    for (size_t k = 0; k < ranks; k++) {
        sum += lambda[k];
        square += lambda[k] * lambda[k];
    }
    return sum * sum / square;
}

static struct ecp_estimate dimension(size_t ranks, const double *lambda, double share)
{
    double all = 0, sum = 0;
    for (size_t k = 0; k < ranks; k++)
        all += lambda[k];
    if (!(all > 0))
        return ECP_UNDEFINED("no variance that repeats");
    for (size_t k = 0; k < ranks; k++) {
        sum += lambda[k];
        if (sum >= share * all * (1 - 1e-12))
            return ECP_ESTIMATE((double)(k + 1));
    }
    return ECP_ESTIMATE((double)ranks);
}

static void put(const struct ecp_score_call *call, int subject, const struct spectrum *s)
{
    const double *lambda = s->has_cross ? s->cross : s->plain;
    const size_t first = (size_t)call->param[FIRST], last = (size_t)call->param[LAST];
    double sum = 0;
    for (size_t k = 0; k < s->ranks; k++)
        sum += s->cross[k];
    ecp_sheet_put(call->sheet, subject, ALPHA, power_law(s->ranks, lambda, first, last));
    ecp_sheet_put(call->sheet, subject, PARTICIPATION,
                  ECP_ESTIMATE(participation(s->ranks, lambda)));
    ecp_sheet_put(call->sheet, subject, DIMENSION, dimension(s->ranks, lambda, call->param[SHARE]));
    ecp_sheet_put(call->sheet, subject, RELIABLE,
                  s->has_cross ? ECP_ESTIMATE(sum / s->half_variance)
                               : ECP_UNDEFINED("no two repeats of every condition"));
    ecp_sheet_put(call->sheet, subject, PLAIN_ALPHA, power_law(s->ranks, s->plain, first, last));
    ecp_sheet_put(call->sheet, subject, PLAIN_PARTICIPATION,
                  ECP_ESTIMATE(participation(s->ranks, s->plain)));
}

/* "spectrum" of the data, "spectrum_1" of the first model ... */
static enum ecp_status put_table(const struct ecp_score_call *call, int subject,
                                 const struct spectrum *s)
{
    double *rank = malloc((2 * s->ranks + 1) * sizeof *rank);
    char name[32] = "spectrum";
    if (!rank)
        return ecp_fail(ECP_ENOMEM, "no memory for a spectrum");
    for (size_t k = 0; k < s->ranks; k++) {
        rank[k] = (double)(k + 1);
        rank[s->ranks + k] = s->has_cross ? s->cross[k] : NAN;
    }
    if (subject >= 0)
        (void)snprintf(name, sizeof name, "spectrum_%d", subject + 1);
    const struct ecp_table_column columns[] = {
        {"rank", "1", "i, from 1", rank, NULL},
        {"cross_validated", "1", "lambda_i across halves of the repeats", rank + s->ranks, NULL},
        {"plain", "1", "eigenvalue of the covariance of the means", s->plain, NULL}};
    const enum ecp_status status =
        ecp_sheet_table(call->sheet, name, s->ranks, columns, sizeof columns / sizeof columns[0]);
    free(rank);
    return status;
}

/* ---- all ------------------------------------------------------------------------------------ */

/* Units with a response to every condition, centred. */
static enum ecp_status spectrum_begin(const struct ecp_dataset *set, int compat, struct spectrum *s)
{
    const size_t n = set->n_conditions, q = set->n_units;
    s->unit = malloc((q + 1) * sizeof *s->unit);
    if (!s->unit)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu units", q);
    for (size_t u = 0; u < q; u++) {
        int known = 1;
        for (size_t c = 0; c < n; c++)
            known &= isfinite(set->mean[c * q + u]) != 0;
        if (known)
            s->unit[s->p++] = u;
    }
    const size_t p = s->p, m = compat || n < p ? n : p;
    s->n = n;
    s->ranks = n - 1 < p ? n - 1 : p;
    s->x = calloc(3 * n * p + 2 * m * m + 2 * n + p + m + 2 * s->ranks + 1, sizeof *s->x);
    if (!s->x)
        return ecp_fail(ECP_ENOMEM, "no memory for spectra of %zu units", p);
    s->a = s->x + n * p;
    s->b = s->a + n * p;
    s->square = s->b + n * p;
    s->other = s->square + m * m;
    s->value = s->other + m * m + 2 * n + p;
    s->plain = s->value + m;
    s->cross = s->plain + s->ranks;
    for (size_t c = 0; c < n; c++)
        for (size_t u = 0; u < p; u++)
            s->x[c * p + u] = set->mean[c * q + s->unit[u]];
    ecp_dense_centre(n, p, s->x, NULL);
    return ECP_OK;
}

static enum ecp_status score_set(const struct ecp_score_call *call, int subject)
{
    const struct ecp_dataset *set = subject < 0 ? call->data : call->model[subject];
    struct spectrum s = {0};
    enum ecp_status status = spectrum_begin(set, call->param[COMPAT] > 0, &s);
    const char *fault = NULL;
    if (status != ECP_OK)
        goto done;
    fault = s.p == 0 ? "every unit misses a response" : NULL;
    if (!fault && !(ecp_dense_square(s.n * s.p, s.x) > 0))
        fault = "responses do not differ between conditions";
    if (fault) {
        for (int f = ALPHA; f <= PLAIN_PARTICIPATION; f++)
            ecp_sheet_put(call->sheet, subject, f, ECP_UNDEFINED(fault));
        goto done;
    }
    ECP_TRY(plain_spectrum(&s));
    if (set->n_trials > 0 && set->response)
        ECP_TRY(cross_validate(call, set, &s));
    put(call, subject, &s);
    status = put_table(call, subject, &s);
done:
    free(s.unit);
    free(s.x);
    return status;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    enum ecp_status status = ECP_OK;
    for (int k = -1; k < (int)call->n_models && status == ECP_OK; k++)
        status = score_set(call, k);
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    *bytes = *operations = 0;
    for (int k = -1; k < (int)call->n_models; k++) {
        const struct ecp_dataset *set = k < 0 ? call->data : call->model[k];
        const double n = (double)set->n_conditions, p = (double)set->n_units, m = fmin(n, p);
        const double times = set->n_trials > 0 ? 1 + 2 * call->param[SPLITS] : 1;
        *bytes = fmax(*bytes, 8 * (3 * n * p + 2 * m * m + (double)set->n_trials * p));
        *operations += times * (4 * n * p * m / 8 + 10 * m * m * m);
    }
}

const struct ecp_analysis ecp_analysis_eigenspectrum = {
    .name = "eigenspectrum",
    .summary = "spectrum of responses (cross-validated PCA), power law and dimension",
    .equations = "v_i: principal components of half A; lambda_i = sum_stim (A v_i)(B v_i)/n\n"
                 "alpha = -slope of ln|lambda_i| on ln i, weights 1/i; (sum l)^2/sum l^2",
    .reference = "Stringer et al. 2019, doi:10.1038/s41586-019-1346-5",
    .verified_by = "tests/verify/verify_eigenspectrum.c",
    .fields = fields,
    .score = score,
    .needs = ECP_NEEDS_MEANS,
    .cost = cost};
