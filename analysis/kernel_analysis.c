/* kernel_analysis.c -- how simply classes can be told from responses: the error of the best map
 * on the leading d components of a Gaussian kernel, as d grows.
 *
 * K = exp(-|x - x'|^2/(2 s^2)) of single trials (or conditions), s the 10, 50 and 90 % quantiles
 * of their distances; U_d: its first d eigenvectors; Y: classes as +1 and -1.
 *
 *   e(d, s) = |Y - U_d U_d' Y|^2 / |Y|^2;  auc = mean over d = 0 ... n of min_s e(d, s)
 *
 * 0: at once, 1: never. A representation that puts a class together needs few components.
 * Of the data and of every model, with the classes of the data's conditions. The kernel is not
 * centred, and e is that of the fit: compare representations of the same samples.
 * Verified in tests/verify/verify_kernel_analysis.c. */
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/dense.h"
#include "analysis/kernels.h"
#include "analysis/samples.h"
#include "engine/analysis.h"
#include "engine/experiment.h"
#include "engine/matrix.h"

enum { LABEL, AUC, PRECISION, MEDIAN, END };
enum { WIDTHS = 3 };

static const double quantiles[WIDTHS] = {0.1, 0.5, 0.9};

static const struct ecp_field fields[] = {
    [LABEL] = {"label", "1", 0, 0, 1000,
               "classes: the k-th label of conditions; 0: each condition is a class", ECP_WHOLE},
    [AUC] = {"auc", "1", 0, 0, 1, "mean error over numbers of components, best width at each",
             ECP_RESULT},
    [PRECISION] = {"precision", "1", 0, 0, 1, "1 - auc", ECP_RESULT},
    [MEDIAN] = {"auc_median", "1", 0, 0, 1, "the same for the median distance as width",
                ECP_RESULT},
    [END] = {0}};

struct curves {
    size_t n, classes;
    double *d, *kernel, *value, *y, *part; /* n x n twice, n, n x classes twice */
    double *e;                             /* WIDTHS x (n + 1) */
    double width[WIDTHS];
};

static enum ecp_status curves_begin(const struct ecp_samples *s, struct curves *c)
{
    const size_t n = s->n;
    *c = (struct curves){.n = n, .classes = s->n_classes};
    c->d = malloc((2 * n * n + n + 2 * n * c->classes + WIDTHS * (n + 1) + 1) * sizeof *c->d);
    if (!c->d)
        return ecp_fail(ECP_ENOMEM, "no memory for kernels of %zu samples", n);
    c->kernel = c->d + n * n;
    c->value = c->kernel + n * n;
    c->y = c->value + n;
    c->part = c->y + n * c->classes;
    c->e = c->part + n * c->classes;
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j < c->classes; j++)
            c->y[k * c->classes + j] = s->of[k] == j ? 1 : -1;
    ecp_kernel_distances(n, s->p, s->x, c->d);
    size_t pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            c->kernel[pairs++] = sqrt(c->d[i * n + j]);
    gsl_sort(c->kernel, 1, pairs);
    for (size_t w = 0; w < WIDTHS; w++)
        c->width[w] = gsl_stats_quantile_from_sorted_data(c->kernel, 1, pairs, quantiles[w]);
    return ECP_OK;
}

/* e(d) for one width. */
static enum ecp_status fill_curve(struct curves *c, size_t width)
{
    const size_t n = c->n, classes = c->classes;
    const double s = c->width[width], all = (double)n * (double)classes;
    double *e = c->e + width * (n + 1), left = all;
    for (size_t k = 0; k < n * n; k++)
        c->kernel[k] = exp(-c->d[k] / (2 * s * s));
    const enum ecp_status status = ecp_dense_eigen(n, c->kernel, c->value);
    if (status != ECP_OK)
        return status;
    ecp_matrix_atb(n, classes, n, c->kernel, c->y, c->part);
    e[0] = 1;
    for (size_t d = 1; d <= n; d++) {
        left -= ecp_dense_square(classes, c->part + (n - d) * classes);
        e[d] = fmax(0, left) / all;
    }
    return ECP_OK;
}

static void put_curves(const struct ecp_score_call *call, int subject, const struct curves *c)
{
    double sum = 0, median = 0;
    for (size_t d = 0; d <= c->n; d++) {
        double least = INFINITY;
        for (size_t w = 0; w < WIDTHS; w++)
            least = fmin(least, c->e[w * (c->n + 1) + d]);
        sum += least;
        median += c->e[(c->n + 1) + d];
    }
    sum /= (double)(c->n + 1);
    ecp_sheet_put(call->sheet, subject, AUC, ECP_ESTIMATE(sum));
    ecp_sheet_put(call->sheet, subject, PRECISION, ECP_ESTIMATE(1 - sum));
    ecp_sheet_put(call->sheet, subject, MEDIAN, ECP_ESTIMATE(median / (double)(c->n + 1)));
}

/* "curve" of the data, "curve_1" of the first model ... */
static enum ecp_status put_table(const struct ecp_score_call *call, int subject,
                                 const struct curves *c)
{
    const size_t rows = c->n + 1;
    double *number = malloc((rows + 1) * sizeof *number);
    char name[32] = "curve";
    if (!number)
        return ecp_fail(ECP_ENOMEM, "no memory for a curve");
    for (size_t d = 0; d < rows; d++)
        number[d] = (double)d;
    if (subject >= 0)
        (void)snprintf(name, sizeof name, "curve_%d", subject + 1);
    const struct ecp_table_column columns[] = {
        {"components", "1", "d, of the kernel", number, NULL},
        {"error_narrow", "1", "e(d), width: 10 % quantile of distances", c->e, NULL},
        {"error_median", "1", "e(d), width: median distance", c->e + rows, NULL},
        {"error_wide", "1", "e(d), width: 90 % quantile", c->e + 2 * rows, NULL}};
    const enum ecp_status status =
        ecp_sheet_table(call->sheet, name, rows, columns, sizeof columns / sizeof columns[0]);
    free(number);
    return status;
}

static enum ecp_status score_set(const struct ecp_score_call *call, int subject)
{
    const struct ecp_dataset *set = subject < 0 ? call->data : call->model[subject];
    struct ecp_samples samples = {0};
    struct curves curves = {0};
    enum ecp_status status;
    ECP_TRY(
        ecp_samples_take(set, call->data, "kernel_analysis", (size_t)call->param[LABEL], &samples));
    const char *fault = ecp_samples_fault(&samples);
    if (!fault) {
        ECP_TRY(curves_begin(&samples, &curves));
        if (!(curves.width[0] > 0))
            fault = "a tenth of the samples are equal to others";
    }
    if (fault) {
        for (int f = AUC; f <= MEDIAN; f++)
            ecp_sheet_put(call->sheet, subject, f, ECP_UNDEFINED(fault));
        goto done;
    }
    for (size_t w = 0; w < WIDTHS; w++)
        ECP_TRY(fill_curve(&curves, w));
    put_curves(call, subject, &curves);
    status = put_table(call, subject, &curves);
done:
    free(curves.d);
    ecp_samples_clear(&samples);
    return status;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    enum ecp_status status = ECP_OK;
    for (int k = -1; k < (int)call->n_models && status == ECP_OK; k++) {
        status = score_set(call, k);
        if (status == ECP_OK)
            status =
                ecp_sheet_progress(call->sheet, (double)(k + 2) / (double)(call->n_models + 1));
    }
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    double most = 0;
    *operations = 0;
    for (int k = -1; k < (int)call->n_models; k++) {
        const struct ecp_dataset *set = k < 0 ? call->data : call->model[k];
        const double n = (double)(set->n_trials > 0 ? set->n_trials : set->n_conditions);
        most = fmax(most, 5 * n * n + n * (double)set->n_units);
        *operations += n * n * ((double)set->n_units / 4 + 10 * n);
    }
    *bytes = 8 * most;
}

const struct ecp_analysis ecp_analysis_kernel_analysis = {
    .name = "kernel_analysis",
    .summary = "kernel analysis: error in telling classes apart against complexity",
    .equations = "K = exp(-|x - x'|^2/(2 s^2)), U_d: first d eigenvectors, Y: classes as +-1\n"
                 "e(d, s) = |Y - U_d U_d' Y|^2/|Y|^2; auc = mean_d min_s e(d, s)",
    .reference = "Montavon, Braun & Mueller 2011, JMLR 12:2563; Cadieu et al. 2014, "
                 "doi:10.1371/journal.pcbi.1003963",
    .verified_by = "tests/verify/verify_kernel_analysis.c",
    .fields = fields,
    .score = score,
    .cost = cost};
