/* predictivity.c -- how well responses follow, linearly, from a model's: as Brain-Score has it.
 *
 * In each of `splits` divisions (random, stratified, grouped, or given) a map from the model's
 * units to the data's is fitted on a share `train` of the conditions; r is the correlation of
 * predicted with measured responses to the others, for every unit. The score is the mean over
 * divisions of the median over units. The ceiling is the data's internal consistency: correlation
 * of two random halves of the repeats, extended to all of them (Spearman-Brown), median and mean
 * likewise; the ceiled score is r^2/ceiling. Verified in tests/verify/verify_predictivity.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/halves.h"
#include "analysis/regression.h"
#include "analysis/splits.h"
#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum { MAP, COMPONENTS, ALPHA, SPLITS, TRAIN, DIVIDE, LABEL, COMPAT, R, CEILED, CEILING, END };

static const struct ecp_field fields[] = {
    [MAP] = {"map", "1", ECP_REGRESSION_PLS, 0, ECP_REGRESSION_LINEAR,
             "from the model's units to the data's", ECP_PARAM},
    [COMPONENTS] = {"components", "1", 25, 1, 1000, "of partial least squares", ECP_WHOLE},
    [ALPHA] = {"alpha", "1", 1, 0, 1e12, "penalty of ridge regression", ECP_PARAM},
    [SPLITS] = {"splits", "1", 10, 1, 1000, "divisions of the conditions", ECP_WHOLE},
    [TRAIN] = {"train", "1", 0.9, 0.1, 0.99, "share of the conditions that is fitted", ECP_PARAM},
    [DIVIDE] = {"divide", "1", ECP_SPLIT_RANDOM, 0, ECP_SPLIT_GIVEN,
                "conditions: at random, of every class its share, by whole classes, or as labels "
                "whose names begin with \"test\" say (1 tests, 0 is fitted)",
                ECP_PARAM},
    [LABEL] = {"label", "1", 1, 1, 1000,
               "classes of stratified and grouped divisions: the k-th label of conditions",
               ECP_WHOLE},
    [COMPAT] = {"compat", "1", 0, 0, 1,
                "1: directions of partial least squares by iteration, as scikit-learn stops",
                ECP_WHOLE},
    [R] = {"r", "1", 0, -1, 1,
           "mean over divisions of the median correlation; error over "
           "divisions",
           ECP_RESULT},
    [CEILED] = {"ceiled", "1", 0, 0, INFINITY, "r^2 over the ceiling", ECP_RESULT},
    [CEILING] = {"ceiling", "1", 0, -1, 1, "internal consistency of the data", ECP_RESULT},
    [END] = {0}};

static const struct ecp_choice choices[] = {
    {"map", "pls ridge ridge_cv linear"}, {"divide", ECP_SPLIT_WORDS}, {NULL, NULL}};

enum { FOR_HALVES = 42 };

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

static enum ecp_status predict_model(const struct ecp_score_call *call,
                                     const struct ecp_splits *division, int model,
                                     struct ecp_estimate *out)
{
    const struct ecp_dataset *from = call->model[model], *data = call->data;
    const size_t n = data->n_conditions, p = from->n_units, q = data->n_units;
    const size_t splits = division->count;
    double alphas[ECP_ALPHAS], *median = calloc(splits + 1, sizeof *median);
    struct split s = {0};
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
        status = ecp_split(division, "predictivity", k, s.order, &s.n, &s.m);
        if (status != ECP_OK)
            break;
        gather(s.n + s.m, p, s.order, from->mean, s.x);
        gather(s.n + s.m, q, s.order, data->mean, s.y);
        status = ecp_regress(&how, s.n, p, q, s.x, s.y, s.m, s.x + s.n * p, s.guess, NULL);
        if (status != ECP_OK)
            break;
        ecp_column_correlations(s.m, q, s.guess, s.y + s.n * q, s.work, s.r);
        median[k] = ecp_median_of(q, s.r);
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

static enum ecp_status consistency(const struct ecp_score_call *call, struct ecp_estimate *out)
{
    struct ecp_dataset data = *call->data; /* the cube of repeats goes to the same arena */
    const size_t n = data.n_conditions, q = data.n_units, splits = (size_t)call->param[SPLITS];
    const double *repeats = NULL;
    size_t r = 0;
    double *memory = malloc((2 * n * q + 2 * n + q + splits + 1) * sizeof *memory);
    size_t *order = NULL;
    unsigned char *second = NULL;
    enum ecp_status status = memory ? ecp_dataset_repeats(&data, &r, &repeats)
                                    : ecp_fail(ECP_ENOMEM, "no memory for halves");
    if (status == ECP_OK && r < 2) {
        *out = ECP_UNDEFINED("the data have no repeats");
        goto done;
    }
    order = malloc((r + 1) * sizeof *order);
    second = calloc(r + 1, 1);
    if (status != ECP_OK || !order || !second) {
        status = status != ECP_OK ? status : ecp_fail(ECP_ENOMEM, "no memory for halves");
        goto done;
    }
    double *unit = memory + 2 * n * q + 2 * n, *median = unit + q;
    for (size_t k = 0; k < splits; k++) {
        struct ecp_chance chance = ecp_chance(call->seed, FOR_HALVES, (uint32_t)k);
        ecp_chance_order(&chance, r, order);
        for (size_t j = 0; j < r; j++)
            second[order[j]] = j >= (r + 1) / 2;
        ecp_half_consistency(n, r, q, repeats, second, memory, unit);
        median[k] = ecp_median_of(q, unit);
    }
    *out = over_splits(splits, median);
done:
    free(memory);
    free(order);
    free(second);
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
    struct ecp_estimate ceiling = ECP_UNDEFINED("the data have no single trials"), r;
    struct ecp_splits division = {.kind = (enum ecp_split_kind)call->param[DIVIDE],
                                  .set = call->data,
                                  .count = (size_t)call->param[SPLITS],
                                  .train = call->param[TRAIN],
                                  .seed = call->seed};
    enum ecp_status status;
    ECP_TRY(ecp_splits_begin(&division, "predictivity", (size_t)call->param[LABEL]));
    if (call->data->n_trials > 0 && call->data->response)
        ECP_TRY(consistency(call, &ceiling));
    ecp_sheet_put(call->sheet, -1, CEILING, ceiling);
    for (size_t k = 0; k < call->n_models && status == ECP_OK; k++) {
        ECP_TRY(predict_model(call, &division, (int)k, &r));
        ecp_sheet_put(call->sheet, (int)k, R, r);
        ecp_sheet_put(call->sheet, (int)k, CEILED, ceiled(r, ceiling));
    }
done:
    ecp_splits_clear(&division);
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
