/* cca.c -- canonical correlations between two sets of responses, and what is made of them.
 *
 * r2: mean square correlation of orthonormal bases, needs fewer units than conditions. svcca:
 * both are first reduced to the directions that carry a share of their variance; the mean of
 * the correlations up to 98 % of their sum, and of all. pwcca: the mean of the latter weighted
 * by how much of the smaller set each variate carries. Verified in
 * tests/verify/verify_similarity.c. */
#include <math.h>
#include <stdlib.h>

#include "analysis/canonical.h"
#include "engine/analysis.h"
#include "engine/dataset.h"

enum { VARIANCE, EPSILON, COMPAT, R2, SVCCA, SVCCA_ALL, PWCCA, DIRECTIONS, END };

static const struct ecp_field fields[] = {
    [VARIANCE] = {"variance", "1", 0.99, 0.01, 1, "share of the variance that is kept (svcca)",
                  ECP_PARAM},
    [EPSILON] = {"epsilon", "1", 1e-10, 0, 1, "added to the diagonals of scaled covariances",
                 ECP_PARAM},
    [COMPAT] = {"compat", "1", 0, 0, 1,
                "1: pwcca by directions that are not whitened, as google/svcca has them",
                ECP_WHOLE},
    [R2] = {"r2", "1", 0, 0, 1, "mean squared canonical correlation of all units", ECP_RESULT},
    [SVCCA] = {"svcca", "1", 0, 0, 1, "mean correlation of the directions up to 98 % of the sum",
               ECP_RESULT},
    [SVCCA_ALL] = {"svcca_all", "1", 0, 0, 1, "mean correlation of all kept directions",
                   ECP_RESULT},
    [PWCCA] = {"pwcca", "1", 0, 0, 1, "mean weighted by what each variate carries", ECP_RESULT},
    [DIRECTIONS] = {"directions", "1", 0, 0, 1e9, "that are compared: of the smaller set",
                    ECP_RESULT},
    [END] = {0}};

static void put_r2(const struct ecp_score_call *call, int m, size_t n, size_t p, size_t q)
{
    double r2 = NAN;
    if (p >= n || q >= n) {
        ecp_sheet_put(call->sheet, m, R2, ECP_UNDEFINED("no fewer units than conditions"));
        return;
    }
    if (ecp_canonical_r2(n, p, q, call->data->mean, call->model[m]->mean, &r2) == ECP_OK) {
        ecp_sheet_put(call->sheet, m, R2, ECP_ESTIMATE(r2));
        return;
    }
    ecp_sheet_put(call->sheet, m, R2, ECP_UNDEFINED(ecp_error_message()));
    ecp_error_clear();
}

static enum ecp_status compare(const struct ecp_score_call *call, int m, double *memory)
{
    const size_t n = call->data->n_conditions;
    const size_t units[2] = {call->data->n_units, call->model[m]->n_units};
    const double *of[2] = {call->data->mean, call->model[m]->mean};
    size_t k[2];
    double *reduced[2] = {memory, memory + n * n}, *rho = memory + 2 * n * n, *turned = rho + n;
    double weighted = NAN;
    enum ecp_status status = ECP_OK;
    for (int s = 0; s < 2; s++)
        ECP_TRY(ecp_canonical_reduce(n, units[s], of[s], call->param[VARIANCE], reduced[s], &k[s]));
    const int small = k[1] < k[0];
    const size_t p = k[small];
    if (k[0] == 0 || k[1] == 0) {
        for (int f = SVCCA; f <= DIRECTIONS; f++)
            ecp_sheet_put(call->sheet, m, f, ECP_UNDEFINED("responses that are all constant"));
        goto done;
    }
    const struct ecp_canonical canonical = {.n = n,
                                            .p = p,
                                            .q = k[!small],
                                            .x = reduced[small],
                                            .y = reduced[!small],
                                            .epsilon = call->param[EPSILON],
                                            .compat = call->param[COMPAT] > 0};
    ECP_TRY(ecp_canonical(&canonical, rho, turned));
    ECP_TRY(ecp_canonical_weighted(n, p, p, reduced[small], turned, rho, &weighted));
    ecp_sheet_put(call->sheet, m, SVCCA, ECP_ESTIMATE(ecp_canonical_mean(p, rho, 0.98)));
    ecp_sheet_put(call->sheet, m, SVCCA_ALL, ECP_ESTIMATE(ecp_canonical_mean(p, rho, 2)));
    ecp_sheet_put(call->sheet, m, PWCCA, ECP_ESTIMATE(weighted));
    ecp_sheet_put(call->sheet, m, DIRECTIONS, ECP_ESTIMATE((double)p));
done:
    return status;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    const size_t n = call->data->n_conditions;
    double *memory = malloc((3 * n * n + n + 1) * sizeof *memory);
    enum ecp_status status = ECP_OK;
    if (!memory)
        return ecp_fail(ECP_ENOMEM, "no memory for canonical correlations of %zu conditions", n);
    for (size_t m = 0; m < call->n_models && status == ECP_OK; m++) {
        put_r2(call, (int)m, n, call->data->n_units, call->model[m]->n_units);
        status = compare(call, (int)m, memory);
    }
    free(memory);
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const double n = (double)call->data->n_conditions, p = (double)call->data->n_units;
    const double k = fmin(n, p);
    *bytes = 8 * (4 * n * n + 3 * n * p);
    *operations = (double)call->n_models * 10 * (n * p * k + k * k * k);
}

const struct ecp_analysis ecp_analysis_cca = {
    .name = "cca",
    .summary = "canonical correlations: R2, SVCCA and projection-weighted CCA",
    .equations = "rho = singular values of S_xx^-1/2 S_xy S_yy^-1/2\n"
                 "pwcca = sum a_i rho_i / sum a_i, a_i = sum_j |<h_i, x_j>|",
    .reference = "Raghu et al. 2017, arXiv:1706.05806; Morcos, Raghu & Bengio 2018, "
                 "arXiv:1806.05759",
    .verified_by = "tests/verify/verify_similarity.c",
    .fields = fields,
    .score = score,
    .needs = ECP_NEEDS_MODELS | ECP_NEEDS_MEANS,
    .cost = cost};
