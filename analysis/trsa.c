/* trsa.c -- topological RSA: how much of the likeness of two representations lies in which
 * conditions are neighbours, and how much in distances beyond.
 *
 * Dissimilarities become ranks from 0 to 1; below the quantile l they count as 0, above u as 1.
 * Small u keeps who is near whom, l = u a graph, (0, 1) the plain ranks. All pairs l <= u of a
 * grid are scored as in `rsa`. The best pair of a grid is better than it should be; therefore
 * `held_out` is the score of each subject with the pair that is best for the others.
 * Verified in tests/verify/verify_trsa.c. */
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/rsa_data.h"
#include "engine/analysis.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum { DISTANCE, NOISE, COMPARE, STEPS, PLAIN, BEST, LOWER, UPPER, HELD_OUT, END };

static const struct ecp_field fields[] = {
    [DISTANCE] = {"distance", "1", ECP_RDM_CORRELATION, 0, ECP_RDM_POISSON_CV,
                  "how responses to two conditions differ", ECP_PARAM},
    [NOISE] = {"noise", "1", ECP_NOISE_SHRINKAGE_DIAG, 0, ECP_NOISE_SHRINKAGE_DIAG,
               "estimate of the noise that mahalanobis and crossnobis whiten by", ECP_PARAM},
    [COMPARE] = {"compare", "1", ECP_COMPARE_CORR, 0, ECP_COMPARE_CORR_COV,
                 "how alike two transformed RDMs are", ECP_PARAM},
    [STEPS] = {"steps", "1", 10, 1, 100, "of the grid of quantiles from 0 to 1", ECP_WHOLE},
    [PLAIN] = {"ranks", "1", 0, -1, 1, "mean likeness of plain ranks: l = 0, u = 1", ECP_RESULT},
    [BEST] = {"best", "1", 0, -1, 1, "largest mean likeness of the grid", ECP_RESULT},
    [LOWER] = {"best_lower", "1", 0, 0, 1, "its l", ECP_RESULT},
    [UPPER] = {"best_upper", "1", 0, 0, 1, "its u", ECP_RESULT},
    [HELD_OUT] = {"held_out", "1", 0, -1, 1, "mean over subjects with l and u chosen on the others",
                  ECP_RESULT},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"distance", ECP_DISTANCE_WORDS},
                                            {"noise", ECP_NOISE_WORDS},
                                            {"compare", ECP_COMPARE_WORDS},
                                            {NULL, NULL}};

/* Pairs of quantiles l <= u, and the likeness of every model and subject at each. */
struct grid {
    size_t n, pairs, models, subjects, steps, cells;
    double *rank;          /* (models + subjects) x pairs, 0 to 1 */
    double *sorted;        /* the same, sorted */
    double *lower, *upper; /* cells */
    double *each;          /* models x cells x subjects */
    double *score;         /* models x cells: means over subjects */
    double *work;
};

static enum ecp_status grid_begin(const struct ecp_score_call *call, struct grid *g)
{
    const size_t steps = (size_t)call->param[STEPS];
    *g = (struct grid){.n = call->data->n_conditions,
                       .pairs = ecp_rdm_pairs(call->data->n_conditions),
                       .models = call->n_models,
                       .subjects = ecp_rsa_subjects(call->data),
                       .steps = steps,
                       .cells = (steps + 1) * (steps + 2) / 2};
    const size_t all = g->models + g->subjects;
    const size_t size = 3 * all * g->pairs + 3 * g->pairs + g->cells * (2 + g->models) +
                        g->models * g->cells * g->subjects + ecp_compare_work(g->n) + 1;
    g->rank = malloc(size * sizeof *g->rank);
    if (!g->rank)
        return ecp_fail(ECP_ENOMEM, "no memory for the dissimilarities of %zu conditions", g->n);
    g->sorted = g->rank + all * g->pairs;
    g->lower = g->sorted + all * g->pairs;
    g->upper = g->lower + g->cells;
    g->each = g->upper + g->cells;
    g->score = g->each + g->models * g->cells * g->subjects;
    g->work = g->score + g->models * g->cells; /* all x pairs, 3 pairs, comparing */
    for (size_t a = 0, at = 0; a <= steps; a++)
        for (size_t b = a; b <= steps; b++, at++) {
            g->lower[at] = (double)a / (double)steps;
            g->upper[at] = (double)b / (double)steps;
        }
    return ECP_OK;
}

static void rank_all(struct grid *g)
{
    for (size_t k = 0; k < g->models + g->subjects; k++) {
        double *rank = g->rank + k * g->pairs, *sorted = g->sorted + k * g->pairs;
        ecp_rdm_unit_range(g->pairs, 1, rank, g->work);
        memcpy(sorted, rank, g->pairs * sizeof *rank);
        gsl_sort(sorted, 1, g->pairs);
    }
}

static void score_cell(struct grid *g, enum ecp_rdm_measure measure, size_t cell)
{
    const size_t all = g->models + g->subjects, pairs = g->pairs;
    double *shaped = g->work, *work = shaped + all * pairs;
    for (size_t k = 0; k < all; k++) {
        const double *sorted = g->sorted + k * pairs;
        const double lower = gsl_stats_quantile_from_sorted_data(sorted, 1, pairs, g->lower[cell]);
        const double upper = gsl_stats_quantile_from_sorted_data(sorted, 1, pairs, g->upper[cell]);
        for (size_t j = 0; j < pairs; j++)
            shaped[k * pairs + j] = ecp_rdm_ramp(g->rank[k * pairs + j], lower, upper);
    }
    for (size_t m = 0; m < g->models; m++) {
        double *each = g->each + (m * g->cells + cell) * g->subjects, sum = 0;
        for (size_t s = 0; s < g->subjects; s++) {
            each[s] = ecp_rdm_compare(measure, g->n, shaped + m * pairs,
                                      shaped + (g->models + s) * pairs, work);
            sum += each[s];
        }
        g->score[m * g->cells + cell] = sum / (double)g->subjects;
    }
}

/* Cell that is best for all subjects but `left` (SIZE_MAX: for all); the first of equals. */
static size_t best_cell(const struct grid *g, size_t model, size_t left)
{
    size_t best = g->cells;
    double most = -INFINITY;
    for (size_t c = 0; c < g->cells; c++) {
        const double *each = g->each + (model * g->cells + c) * g->subjects;
        double sum = 0;
        for (size_t s = 0; s < g->subjects; s++)
            sum += s == left ? 0 : each[s];
        if (sum > most) {
            most = sum;
            best = c;
        }
    }
    return best;
}

static struct ecp_estimate held_out(const struct grid *g, size_t model)
{
    double sum = 0, square = 0;
    const double n = (double)g->subjects;
    if (g->subjects < 2)
        return ECP_UNDEFINED("one subject: none to choose on");
    for (size_t s = 0; s < g->subjects; s++) {
        const size_t best = best_cell(g, model, s);
        if (best == g->cells)
            return ECP_UNDEFINED("no likeness is defined");
        const double r = g->each[(model * g->cells + best) * g->subjects + s];
        sum += r;
        square += r * r;
    }
    struct ecp_estimate estimate = ECP_ESTIMATE(sum / n);
    estimate.error = sqrt(fmax(0, square / n - estimate.value * estimate.value) / (n - 1));
    return estimate;
}

static void put_model(const struct ecp_score_call *call, const struct grid *g, size_t m)
{
    const double *sorted = g->sorted + m * g->pairs;
    const size_t best = best_cell(g, m, g->subjects);
    const int model = (int)m;
    if (best == g->cells || !(sorted[g->pairs - 1] > sorted[0])) {
        for (int f = PLAIN; f <= HELD_OUT; f++)
            ecp_sheet_put(call->sheet, model, f,
                          ECP_UNDEFINED("all dissimilarities of the model are equal"));
        return;
    }
    ecp_sheet_put(call->sheet, model, PLAIN, ECP_ESTIMATE(g->score[m * g->cells + g->steps]));
    ecp_sheet_put(call->sheet, model, BEST, ECP_ESTIMATE(g->score[m * g->cells + best]));
    ecp_sheet_put(call->sheet, model, LOWER, ECP_ESTIMATE(g->lower[best]));
    ecp_sheet_put(call->sheet, model, UPPER, ECP_ESTIMATE(g->upper[best]));
    ecp_sheet_put(call->sheet, model, HELD_OUT, held_out(g, m));
}

static enum ecp_status put_grid(const struct ecp_score_call *call, const struct grid *g)
{
    const size_t rows = g->models * g->cells;
    double *column = malloc((2 * rows + 1) * sizeof *column);
    const char **name = malloc((rows + 1) * sizeof *name);
    enum ecp_status status = ECP_ENOMEM;
    if (!column || !name) {
        (void)ecp_fail(status, "no memory for the grid of quantiles");
        goto done;
    }
    for (size_t k = 0; k < rows; k++) {
        column[k] = g->lower[k % g->cells];
        column[rows + k] = g->upper[k % g->cells];
        name[k] = call->model[k / g->cells]->name;
    }
    const struct ecp_table_column columns[] = {
        {"model", "1", "model", NULL, name},
        {"lower", "1", "quantile l", column, NULL},
        {"upper", "1", "quantile u", column + rows, NULL},
        {"score", "1", "mean likeness over subjects", g->score, NULL}};
    status =
        ecp_sheet_table(call->sheet, "grid", rows, columns, sizeof columns / sizeof columns[0]);
done:
    free(column);
    free(name);
    return status;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    const struct ecp_rsa_making how = {.distance = (enum ecp_rdm_kind)call->param[DISTANCE],
                                       .noise = (enum ecp_noise_kind)call->param[NOISE]};
    struct grid g = {0};
    enum ecp_status status = grid_begin(call, &g);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; k < g.models; k++)
        ECP_TRY(ecp_rsa_take(&how, call->model[k], 1, g.rank + k * g.pairs));
    ECP_TRY(ecp_rsa_take(&how, call->data, 0, g.rank + g.models * g.pairs));
    rank_all(&g);
    for (size_t c = 0; c < g.cells; c++) {
        score_cell(&g, (enum ecp_rdm_measure)call->param[COMPARE], c);
        ECP_TRY(ecp_sheet_progress(call->sheet, (double)(c + 1) / (double)g.cells));
    }
    for (size_t m = 0; m < g.models; m++)
        put_model(call, &g, m);
    status = put_grid(call, &g);
done:
    free(g.rank);
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const double n = (double)call->data->n_conditions, pairs = n * (n - 1) / 2;
    const double m = (double)call->n_models, s = (double)ecp_rsa_subjects(call->data);
    const double steps = call->param[STEPS], cells = (steps + 1) * (steps + 2) / 2;
    *bytes = 8 * pairs * (3 * (m + s) + 7) + 8 * n * n;
    *operations = cells * pairs * (4 * (m + s) + 10 * m * s) +
                  2 * n * n * (double)call->data->n_units * (m + s);
}

const struct ecp_analysis ecp_analysis_trsa = {
    .name = "trsa",
    .summary = "topological RSA: likeness of neighbourhoods, over a grid of two quantiles",
    .equations = "d: ranks from 0 to 1; 0 below quantile l, 1 above u, (d - g_l)/(g_u - g_l) "
                 "between\n"
                 "l = u: 1 from the quantile on; score(l, u) = mean over subjects of compare",
    .reference = "Lin & Kriegeskorte 2024, doi:10.1073/pnas.2317881121",
    .verified_by = "tests/verify/verify_trsa.c",
    .fields = fields,
    .choices = choices,
    .score = score,
    .needs = ECP_NEEDS_MODELS | ECP_NEEDS_RDMS,
    .cost = cost};
