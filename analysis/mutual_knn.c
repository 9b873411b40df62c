/* mutual_knn.c -- do model and data have the same neighbours? Rows are scaled to length 1
 * unless asked otherwise. Verified in tests/verify/verify_similarity.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/neighbours.h"
#include "engine/analysis.h"
#include "engine/dataset.h"

enum { K, ROWS, MUTUAL, CHANCE, CYCLE, ORDER, ALIGNMENT, END };

static const struct ecp_field fields[] = {
    [K] = {"k", "1", 10, 1, 255, "neighbours of each condition", ECP_WHOLE},
    [ROWS] = {"rows", "1", 0, 0, 1, "responses to a condition: scaled to length 1, or as they are",
              ECP_PARAM},
    [MUTUAL] = {"mutual", "1", 0, 0, 1, "mean share of neighbours in common", ECP_RESULT},
    [CHANCE] = {"chance", "1", 0, 0, 1, "the same for unrelated responses: k/(n - 1)", ECP_RESULT},
    [CYCLE] = {"cycle", "1", 0, 0, 1,
               "share of conditions that are the data's neighbour of a neighbour in the model",
               ECP_RESULT},
    [ORDER] = {"order", "1", 0, 0, 255,
               "mean length of the longest common subsequence of neighbours", ECP_RESULT},
    [ALIGNMENT] = {"cknna", "1", 0, -1, 1, "unbiased CKA of pairs that are neighbours in both",
                   ECP_RESULT},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"rows", "unit as_they_are"}, {NULL, NULL}};

static void copy_rows(size_t n, size_t p, const double *from, int unit, double *to)
{
    for (size_t i = 0; i < n; i++) {
        double square = 0;
        for (size_t u = 0; u < p; u++)
            square += from[i * p + u] * from[i * p + u];
        const double scale = unit && square > 0 ? 1 / sqrt(square) : 1;
        for (size_t u = 0; u < p; u++)
            to[i * p + u] = from[i * p + u] * scale;
    }
}

static enum ecp_status compare(const struct ecp_score_call *call, int m)
{
    const struct ecp_dataset *model = call->model[m];
    const size_t n = call->data->n_conditions, k = (size_t)call->param[K];
    const size_t p = call->data->n_units, q = model->n_units;
    double *x = malloc((n * (p + q) + 6 * n * n + 2 * n * k + 1) * sizeof *x);
    size_t *near = malloc((2 * n * k + 1) * sizeof *near);
    enum ecp_status status = ECP_OK;
    if (!x || !near) {
        status = ecp_fail(ECP_ENOMEM, "no memory for neighbours of %zu conditions", n);
        goto done;
    }
    double *y = x + n * p, *work = y + n * q;
    copy_rows(n, p, call->data->mean, call->param[ROWS] < 1, x);
    copy_rows(n, q, model->mean, call->param[ROWS] < 1, y);
    ecp_neighbours(n, p, x, k, near, work);
    ecp_neighbours(n, q, y, k, near + n * k, work);
    ecp_sheet_put(call->sheet, m, MUTUAL,
                  ECP_ESTIMATE(ecp_neighbours_mutual(n, k, near, near + n * k)));
    ecp_sheet_put(call->sheet, m, CYCLE,
                  ECP_ESTIMATE(ecp_neighbours_cycle(n, k, near, near + n * k)));
    ecp_sheet_put(call->sheet, m, ORDER,
                  ECP_ESTIMATE(ecp_neighbours_order(n, k, near, near + n * k)));
    const double alignment = ecp_neighbours_alignment(n, p, q, x, y, k, work);
    ecp_sheet_put(call->sheet, m, ALIGNMENT,
                  isnan(alignment) ? ECP_UNDEFINED("k below 2 or above half of the conditions, or "
                                                   "no pair in common")
                                   : ECP_ESTIMATE(alignment));
done:
    free(x);
    free(near);
    return status;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    const size_t n = call->data->n_conditions, k = (size_t)call->param[K];
    enum ecp_status status = ECP_OK;
    for (size_t m = 0; m < call->n_models && status == ECP_OK; m++) {
        if (k < n) {
            status = compare(call, (int)m);
            continue;
        }
        for (int f = MUTUAL; f < END; f++)
            ecp_sheet_put(call->sheet, (int)m, f,
                          ECP_UNDEFINED("as many neighbours as conditions, or more"));
    }
    if (k < n && status == ECP_OK)
        ecp_sheet_put(call->sheet, -1, CHANCE, ECP_ESTIMATE((double)k / (double)(n - 1)));
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const double n = (double)call->data->n_conditions, k = call->param[K];
    double units = (double)call->data->n_units;
    for (size_t m = 0; m < call->n_models; m++)
        units += (double)call->model[m]->n_units;
    *bytes = 8 * (6 * n * n + n * units);
    *operations = n * n * (units / 4 + 10 * (double)call->n_models) + n * k * k;
}

const struct ecp_analysis ecp_analysis_mutual_knn = {
    .name = "mutual_knn",
    .summary = "neighbours in common: mutual k-nearest neighbours, cycles, order, CKNNA",
    .equations = "mutual = mean_i |N_x(i) & N_y(i)| / k, N the k nearest by inner product",
    .reference = "Huh, Cheung, Wang & Isola 2024, arXiv:2405.07987",
    .verified_by = "tests/verify/verify_similarity.c",
    .fields = fields,
    .choices = choices,
    .score = score,
    .needs = ECP_NEEDS_MODELS | ECP_NEEDS_MEANS,
    .cost = cost};
