/* cka.c -- centred kernel alignment: how alike two sets of responses are, whatever rotates or
 * scales their units.
 *
 * K, L: kernels between conditions (linear, x.y; or Gaussian, exp(-d^2/(2 (t m)^2)), m the
 * square root of the median of all n^2 squared distances, also those of 0). Centred,
 *
 *   CKA = <K, L> / (|K| |L|).
 *
 * The unbiased form sets diagonals to 0 and centres so that unrelated responses give 0 on
 * average; it needs 4 conditions. Verified in tests/verify/verify_similarity.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/kernels.h"
#include "engine/analysis.h"
#include "engine/dataset.h"

enum { KERNEL, BANDWIDTH, CKA, UNBIASED, END };

static const struct ecp_field fields[] = {
    [KERNEL] = {"kernel", "1", 0, 0, 1, "between conditions", ECP_PARAM},
    [BANDWIDTH] = {"bandwidth", "1", 1, 1e-6, 1e6,
                   "of the Gaussian kernel, in units of the root of the median squared distance",
                   ECP_PARAM},
    [CKA] = {"cka", "1", 0, 0, 1, "alignment; grows with the number of units", ECP_RESULT},
    [UNBIASED] = {"cka_unbiased", "1", 0, -1, 1, "alignment; 0 on average for unrelated responses",
                  ECP_RESULT},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"kernel", "linear rbf"}, {NULL, NULL}};

/* Does any unit differ between conditions by more than rounding? */
static int varies(const struct ecp_dataset *set)
{
    for (size_t u = 0; u < set->n_units; u++) {
        double least = INFINITY, most = -INFINITY;
        for (size_t c = 0; c < set->n_conditions; c++) {
            least = fmin(least, set->mean[c * set->n_units + u]);
            most = fmax(most, set->mean[c * set->n_units + u]);
        }
        if (most - least > 1e-13 * fmax(fabs(most), fabs(least)))
            return 1;
    }
    return 0;
}

static struct ecp_estimate of(size_t n, const double *k, const double *l, int unbiased)
{
    if (unbiased && n < 4)
        return ECP_UNDEFINED("fewer than 4 conditions");
    const double value = ecp_kernel_alignment(n, k, l);
    return isnan(value) ? ECP_UNDEFINED("responses that do not differ between conditions")
                        : ECP_ESTIMATE(value);
}

static enum ecp_status score_model(const struct ecp_score_call *call, size_t m, double *memory)
{
    const struct ecp_dataset *set[2] = {call->data, call->model[m]};
    const size_t n = call->data->n_conditions;
    double *plain = memory, *kernel[2] = {memory + n * n, memory + 2 * n * n};
    if (!varies(set[0]) || !varies(set[1])) { /* centred, they are nothing but rounding */
        for (int f = CKA; f <= UNBIASED; f++)
            ecp_sheet_put(call->sheet, (int)m, f,
                          ECP_UNDEFINED("responses that do not differ between conditions"));
        return ECP_OK;
    }
    for (int unbiased = 0; unbiased < 2; unbiased++) {
        for (int s = 0; s < 2; s++) {
            if (call->param[KERNEL] > 0)
                ecp_kernel_gaussian(n, set[s]->n_units, set[s]->mean, call->param[BANDWIDTH],
                                    kernel[s], plain);
            else
                ecp_kernel_linear(n, set[s]->n_units, set[s]->mean, kernel[s]);
            if (unbiased && n >= 4)
                ecp_kernel_centre_unbiased(n, kernel[s]);
            else
                ecp_kernel_centre(n, kernel[s]);
        }
        ecp_sheet_put(call->sheet, (int)m, unbiased ? UNBIASED : CKA,
                      of(n, kernel[0], kernel[1], unbiased));
    }
    return ECP_OK;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    const size_t n = call->data->n_conditions;
    double *memory = malloc((3 * n * n + 1) * sizeof *memory);
    enum ecp_status status = ECP_OK;
    if (!memory)
        return ecp_fail(ECP_ENOMEM, "no memory for kernels of %zu conditions", n);
    for (size_t m = 0; m < call->n_models && status == ECP_OK; m++)
        status = score_model(call, m, memory);
    free(memory);
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const double n = (double)call->data->n_conditions;
    double units = (double)call->data->n_units;
    for (size_t m = 0; m < call->n_models; m++)
        units += (double)call->model[m]->n_units;
    *bytes = 24 * n * n;
    *operations = 4 * n * n * (units / 8 + 10 * (double)call->n_models);
}

const struct ecp_analysis ecp_analysis_cka = {
    .name = "cka",
    .summary = "centred kernel alignment, linear or Gaussian, plain and unbiased",
    .equations = "CKA = <HKH, HLH> / (|HKH| |HLH|), H = 1 - 11'/n\n"
                 "unbiased: K_ii = 0, centred as Song et al. 2012",
    .reference = "Kornblith et al. 2019, arXiv:1905.00414; Song et al. 2012, JMLR 13:1393",
    .verified_by = "tests/verify/verify_similarity.c",
    .fields = fields,
    .choices = choices,
    .score = score,
    .needs = ECP_NEEDS_MODELS | ECP_NEEDS_MEANS,
    .cost = cost};
