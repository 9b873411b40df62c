/* predictivity.c -- how well responses follow, linearly, from a model's: as Brain-Score has it.
 *
 * In each of `splits` random divisions a map from the model's units to the data's is fitted on
 * a share `train` of the conditions; r is the correlation of predicted with measured responses
 * to the others, for every unit. The score is the mean over divisions of the median over
 * units. The ceiling is the data's internal consistency: correlation of two random halves of
 * the repeats, extended to all of them (Spearman-Brown), median and mean likewise; the ceiled
 * score is r^2/ceiling. Verified in tests/verify/verify_predictivity.c. */
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/regression.h"
#include "analysis/trains.h"
#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum { MAP, COMPONENTS, ALPHA, SPLITS, TRAIN, COMPAT, R, CEILED, CEILING, END };

static const struct ecp_field fields[] = {
    [MAP] = {"map", "1", ECP_REGRESSION_PLS, 0, ECP_REGRESSION_LINEAR,
             "from the model's units to the data's", ECP_PARAM},
    [COMPONENTS] = {"components", "1", 25, 1, 1000, "of partial least squares", ECP_PARAM},
    [ALPHA] = {"alpha", "1", 1, 0, 1e12, "penalty of ridge regression", ECP_PARAM},
    [SPLITS] = {"splits", "1", 10, 1, 1000, "divisions of the conditions", ECP_PARAM},
    [TRAIN] = {"train", "1", 0.9, 0.1, 0.99, "share of the conditions that is fitted", ECP_PARAM},
    [COMPAT] = {"compat", "1", 0, 0, 1,
                "1: directions of partial least squares by iteration, as scikit-learn stops",
                ECP_PARAM},
    [R] = {"r", "1", 0, -1, 1,
           "mean over divisions of the median correlation; error over "
           "divisions",
           ECP_RESULT},
    [CEILED] = {"ceiled", "1", 0, 0, INFINITY, "r^2 over the ceiling", ECP_RESULT},
    [CEILING] = {"ceiling", "1", 0, -1, 1, "internal consistency of the data", ECP_RESULT},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"map", "pls ridge ridge_cv linear"}, {NULL, NULL}};

enum { FOR_SPLITS = 41, FOR_HALVES };

/* Median of those that are numbers; NAN: none. */
static double median_of(size_t n, double *x)
{
    size_t kept = 0;
    for (size_t k = 0; k < n; k++)
        if (!isnan(x[k]))
            x[kept++] = x[k];
    if (kept == 0)
        return NAN;
    gsl_sort(x, 1, kept);
    return gsl_stats_median_from_sorted_data(x, 1, kept);
}

static struct ecp_estimate over_splits(size_t n, const double *median)
{
    double sum = 0, square = 0, count = 0;
    for (size_t k = 0; k < n; k++)
        if (!isnan(median[k])) {
            sum += median[k];
            count++;
        }
    if (!(count > 0))
        return ECP_UNDEFINED("no unit's responses vary in the conditions that test");
    const double mean = sum / count;
    for (size_t k = 0; k < n; k++)
        square += isnan(median[k]) ? 0 : (median[k] - mean) * (median[k] - mean);
    struct ecp_estimate estimate = ECP_ESTIMATE(mean);
    if (count > 1)
        estimate.error = sqrt(square / count) / sqrt(count);
    return estimate;
}

/* Correlations of columns of two m x q matrices; work: 2 m. */
static void correlate(size_t m, size_t q, const double *a, const double *b, double *work, double *r)
{
    for (size_t v = 0; v < q; v++) {
        for (size_t i = 0; i < m; i++) {
            work[i] = a[i * q + v];
            work[m + i] = b[i * q + v];
        }
        r[v] = ecp_correlation(m, work, work + m);
    }
}

struct split {
    size_t n, m; /* rows that are fitted, and that test */
    size_t *order;
    double *x, *y, *xt, *yt, *guess, *r, *work, *memory;
};

static enum ecp_status split_begin(size_t n, size_t p, size_t q, struct split *s)
{
    s->memory = malloc((n * (p + 2 * q) + 2 * n + q + 1) * sizeof *s->memory);
    s->order = malloc((n + 1) * sizeof *s->order);
    if (!s->memory || !s->order)
        return ecp_fail(ECP_ENOMEM, "no memory to predict %zu units", q);
    s->x = s->memory;
    s->y = s->x + n * p;
    s->guess = s->y + n * q;
    s->work = s->guess + n * q;
    s->r = s->work + 2 * n;
    return ECP_OK;
}

/* Rows in the order of the split: fitted first. */
static void gather(size_t n, size_t width, const size_t *order, const double *from, double *to)
{
    for (size_t k = 0; k < n; k++)
        memcpy(to + k * width, from + order[k] * width, width * sizeof *to);
}

static enum ecp_status predict_model(const struct ecp_score_call *call, int model,
                                     struct ecp_estimate *out)
{
    const struct ecp_dataset *from = call->model[model], *data = call->data;
    const size_t n = data->n_conditions, p = from->n_units, q = data->n_units;
    const size_t splits = (size_t)call->param[SPLITS];
    const size_t fitted = (size_t)(call->param[TRAIN] * (double)n);
    double alphas[ECP_ALPHAS], *median = calloc(splits + 1, sizeof *median);
    struct split s = {.n = fitted, .m = n - fitted};
    enum ecp_status status;
    ecp_regression_alphas(alphas);
    const struct ecp_regression how = {.kind = (enum ecp_regression_kind)call->param[MAP],
                                       .components = (size_t)call->param[COMPONENTS],
                                       .alpha = call->param[ALPHA],
                                       .alphas = alphas,
                                       .n_alphas = ECP_ALPHAS,
                                       .compat = call->param[COMPAT] > 0};
    status = median ? split_begin(n, p, q, &s) : ecp_fail(ECP_ENOMEM, "no memory for splits");
    for (size_t k = 0; k < splits && status == ECP_OK; k++) {
        struct ecp_chance chance = ecp_chance(call->seed, FOR_SPLITS, (uint32_t)k);
        ecp_chance_order(&chance, n, s.order);
        gather(n, p, s.order, from->mean, s.x);
        gather(n, q, s.order, data->mean, s.y);
        status = ecp_regress(&how, s.n, p, q, s.x, s.y, s.m, s.x + s.n * p, s.guess, NULL);
        if (status != ECP_OK)
            break;
        correlate(s.m, q, s.guess, s.y + s.n * q, s.work, s.r);
        median[k] = median_of(q, s.r);
        status = ecp_sheet_progress(call->sheet, ((double)model + (double)k / (double)splits) /
                                                     (double)call->n_models);
    }
    if (status == ECP_OK)
        *out = over_splits(splits, median);
    free(median);
    free(s.memory);
    free(s.order);
    return status;
}

/* Means of the repeats of each half; repeats that are missing are left out. */
static void halve(size_t n, size_t r, size_t q, const double *repeats, const size_t *order,
                  double *half[2])
{
    for (size_t c = 0; c < n; c++)
        for (size_t v = 0; v < q; v++) {
            double sum[2] = {0, 0}, count[2] = {0, 0};
            for (size_t k = 0; k < r; k++) {
                const double x = repeats[(c * r + order[k]) * q + v];
                const int h = k >= (r + 1) / 2;
                sum[h] += isnan(x) ? 0 : x;
                count[h] += !isnan(x);
            }
            for (int h = 0; h < 2; h++)
                half[h][c * q + v] = sum[h] / count[h];
        }
}

static enum ecp_status consistency(const struct ecp_score_call *call, struct ecp_estimate *out)
{
    struct ecp_dataset data = *call->data; /* the cube of repeats goes to the same arena */
    const size_t n = data.n_conditions, q = data.n_units, splits = (size_t)call->param[SPLITS];
    const double *repeats = NULL;
    size_t r = 0;
    double *memory = malloc((2 * n * q + 2 * n + q + splits + 1) * sizeof *memory);
    size_t *order = NULL;
    enum ecp_status status = memory ? ecp_dataset_repeats(&data, &r, &repeats)
                                    : ecp_fail(ECP_ENOMEM, "no memory for halves");
    if (status == ECP_OK && r < 2) {
        *out = ECP_UNDEFINED("the data have no repeats");
        goto done;
    }
    order = malloc((r + 1) * sizeof *order);
    if (status != ECP_OK || !order) {
        status = status != ECP_OK ? status : ecp_fail(ECP_ENOMEM, "no memory for halves");
        goto done;
    }
    double *half[2] = {memory, memory + n * q}, *work = memory + 2 * n * q, *unit = work + 2 * n;
    double *median = unit + q;
    for (size_t k = 0; k < splits; k++) {
        struct ecp_chance chance = ecp_chance(call->seed, FOR_HALVES, (uint32_t)k);
        ecp_chance_order(&chance, r, order);
        halve(n, r, q, repeats, order, half);
        correlate(n, q, half[0], half[1], work, unit);
        for (size_t v = 0; v < q; v++)
            unit[v] = 2 * unit[v] / (1 + unit[v]);
        median[k] = median_of(q, unit);
    }
    *out = over_splits(splits, median);
done:
    free(memory);
    free(order);
    return status;
}

static struct ecp_estimate ceiled(struct ecp_estimate r, struct ecp_estimate ceiling)
{
    if (isnan(r.value))
        return ECP_UNDEFINED(r.why);
    if (isnan(ceiling.value))
        return ECP_UNDEFINED(ceiling.why);
    if (!(ceiling.value > 0))
        return ECP_UNDEFINED("the data are not consistent with themselves");
    struct ecp_estimate estimate = ECP_ESTIMATE(r.value * r.value / ceiling.value);
    estimate.error = 2 * fabs(r.value) * r.error / ceiling.value;
    return estimate;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    const size_t n = call->data->n_conditions;
    struct ecp_estimate ceiling = ECP_UNDEFINED("the data have no single trials"), r;
    enum ecp_status status = ECP_OK;
    const size_t fitted = (size_t)(call->param[TRAIN] * (double)n);
    if (fitted < 2 || n - fitted < 2)
        return ecp_fail(ECP_ECONFIG,
                        "predictivity: %zu conditions leave %zu to fit and %zu to "
                        "test; 2 of each are needed",
                        n, fitted, n - fitted);
    if (call->data->n_trials > 0 && call->data->response)
        ECP_TRY(consistency(call, &ceiling));
    ecp_sheet_put(call->sheet, -1, CEILING, ceiling);
    for (size_t k = 0; k < call->n_models && status == ECP_OK; k++) {
        ECP_TRY(predict_model(call, (int)k, &r));
        ecp_sheet_put(call->sheet, (int)k, R, r);
        ecp_sheet_put(call->sheet, (int)k, CEILED, ceiled(r, ceiling));
    }
done:
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const double n = (double)call->data->n_conditions, q = (double)call->data->n_units;
    double p = 0;
    for (size_t k = 0; k < call->n_models; k++)
        p = fmax(p, (double)call->model[k]->n_units);
    const double smaller = fmin(n, p), k = fmin(p, q);
    *bytes = 8 * (3 * n * (p + 2 * q) + smaller * smaller + p * q);
    *operations = (double)call->n_models * call->param[SPLITS] / 8 *
                  (call->param[MAP] < 1
                       ? call->param[COMPONENTS] * (2 * n * p * q + 4 * n * p + 10 * k * k * k)
                       : 2 * n * p * smaller + smaller * smaller * smaller);
}

const struct ecp_analysis ecp_analysis_predictivity = {
    .name = "predictivity",
    .summary = "linear predictivity: PLS, ridge (given or chosen penalty), with ceiling",
    .equations =
        "r = mean over splits, median over units, of corr(y, map(x)) on held-out conditions\n"
        "ceiling = the same of 2 c/(1 + c), c the correlation of halves of the repeats",
    .reference = "Schrimpf et al. 2018, doi:10.1101/407007; Yamins et al. 2014, "
                 "doi:10.1073/pnas.1403112111",
    .verified_by = "tests/verify/verify_predictivity.c",
    .fields = fields,
    .choices = choices,
    .score = score,
    .needs = ECP_NEEDS_MODELS | ECP_NEEDS_MEANS,
    .cost = cost};
