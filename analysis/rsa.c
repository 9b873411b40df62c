/* rsa.c -- representational similarity analysis: which model orders the conditions as the
 * data do, how sure that is, and how far a perfect model could go.
 *
 * Dissimilarity matrices (RDMs) are made of the responses, or given. Each model is compared
 * with each subject (a given RDM, or a session of the recording) and scored by the mean;
 * the ceilings are what the subjects' best average reaches (upper) and what it reaches
 * without the subject that it is compared with (lower). Errors, intervals and p values
 * come from t-tests over subjects or from bootstraps over subjects, conditions or both.
 * Verified in tests/verify/verify_rsa.c. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/rdm.h"
#include "analysis/rsa_data.h"
#include "analysis/rsa_gram.h"
#include "analysis/rsa_inference.h"
#include "engine/analysis.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum {
    DISTANCE,
    NOISE,
    TRANSFORM,
    LOWER,
    UPPER,
    KEPT,
    COMPARE,
    GENERALISE,
    BOOTSTRAPS,
    PERMUTATIONS,
    CORRECTION,
    COMPAT,
    SCORE,
    P_CEILING,
    P_PERMUTED,
    BEST,
    CEILING_LOWER,
    CEILING_UPPER,
    END
};

static const struct ecp_field fields[] = {
    [DISTANCE] = {"distance", "1", ECP_RDM_CORRELATION, 0, ECP_RDM_POISSON_CV,
                  "how responses to two conditions differ", ECP_PARAM},
    [NOISE] = {"noise", "1", ECP_NOISE_SHRINKAGE_DIAG, 0, ECP_NOISE_SHRINKAGE_DIAG,
               "estimate of the noise that mahalanobis and crossnobis whiten by", ECP_PARAM},
    [TRANSFORM] = {"transform", "1", ECP_TRANSFORM_NONE, 0, ECP_TRANSFORM_GEODESIC_NEAREST,
                   "of dissimilarities before they are compared: topological RSA, geodesics",
                   ECP_PARAM},
    [LOWER] = {"lower", "1", 0, 0, 1, "quantile below which geo_topological and joint give 0",
               ECP_PARAM},
    [UPPER] = {"upper", "1", 1, 0, 1, "quantile above which they give 1", ECP_PARAM},
    [KEPT] = {"kept", "1", 0.1, 0, 1,
              "share of the smallest dissimilarities that geodesic_shortest walks along; of the "
              "nearest conditions, geodesic_nearest",
              ECP_PARAM},
    [COMPARE] = {"compare", "1", ECP_COMPARE_CORR, 0, ECP_COMPARE_CORR_COV,
                 "how alike two RDMs are (rho-a and tau-a for models with ties)", ECP_PARAM},
    [GENERALISE] = {"generalise", "1", ECP_RSA_FIXED, 0, ECP_RSA_BOTH,
                    "to what scores shall hold beyond these: nothing (t-tests over subjects), "
                    "or by bootstrap other subjects, conditions, or both",
                    ECP_PARAM},
    [BOOTSTRAPS] = {"bootstraps", "1", 1000, 10, 1e6, "samples of a bootstrap", ECP_WHOLE},
    [PERMUTATIONS] = {"permutations", "1", 0, 0, 1e6,
                      "of the conditions of each model, for p_permuted; 0: none", ECP_WHOLE},
    [CORRECTION] = {"correction", "1", 0, 0, 1, "of p values for the number of pairs of models",
                    ECP_PARAM},
    [COMPAT] = {"compat", "1", 0, 0, 1,
                "1: as rsatoolbox where it departs from its papers: degrees of freedom of the "
                "noise, last fold of poisson_cv, joint and geodesic transforms",
                ECP_WHOLE},
    [SCORE] = {"score", "1", 0, -1, 1,
               "mean likeness of the model's RDM to the subjects'; p: not above 0", ECP_RESULT},
    [P_CEILING] = {"below_ceiling", "1", 0, -2, 2,
                   "lower ceiling less score; p: the model reaches the ceiling", ECP_RESULT},
    [P_PERMUTED] = {"p_permuted", "1", 0, 0, 1,
                    "chance that conditions in another order score so high", ECP_RESULT},
    [BEST] = {"best", "1", 0, 0, 1, "share of bootstrap samples in which this model is the best",
              ECP_RESULT},
    [CEILING_LOWER] = {"ceiling_lower", "1", 0, -1, 1,
                       "mean likeness of each subject to the average of the others", ECP_RESULT},
    [CEILING_UPPER] = {"ceiling_upper", "1", 0, -1, 1,
                       "mean likeness of each subject to the average of all", ECP_RESULT},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"distance", ECP_DISTANCE_WORDS},
                                            {"noise", ECP_NOISE_WORDS},
                                            {"transform", ECP_TRANSFORM_WORDS},
                                            {"compare", ECP_COMPARE_WORDS},
                                            {"generalise", "fixed subjects conditions both"},
                                            {"correction", "holm fdr"},
                                            {NULL, NULL}};

static struct ecp_rsa_making making(const double *param)
{
    return (struct ecp_rsa_making){.distance = (enum ecp_rdm_kind)param[DISTANCE],
                                   .noise = (enum ecp_noise_kind)param[NOISE],
                                   .compat = param[COMPAT] > 0,
                                   .shape = {.kind = (enum ecp_rdm_transform)param[TRANSFORM],
                                             .lower = param[LOWER],
                                             .upper = param[UPPER],
                                             .kept = param[KEPT],
                                             .compat = param[COMPAT] > 0}};
}

/* ---- results --------------------------------------------------------------------------- */

static enum ecp_status put_pairs(const struct ecp_score_call *call,
                                 const struct ecp_rsa_result *result)
{
    const size_t m = result->n_models, pairs = ecp_rdm_pairs(m);
    double *column = malloc((6 * pairs + 1) * sizeof *column);
    const char **name = malloc((2 * pairs + 1) * sizeof *name);
    enum ecp_status status = ECP_OK;
    if (m < 2 || !column || !name) {
        status = m < 2 ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for pairs of models");
        goto done;
    }
    for (size_t a = 0, at = 0; a < m; a++)
        for (size_t b = a + 1; b < m; b++, at++) {
            const double difference = result->score[a] - result->score[b];
            const double error = sqrt(result->of.pair[at]);
            const double row[] = {difference,         error,
                                  difference / error, result->dof,
                                  result->p_pair[at], result->p_pair_corrected[at]};
            for (size_t c = 0; c < 6; c++)
                column[c * pairs + at] = row[c];
            name[at] = call->model[a]->name;
            name[pairs + at] = call->model[b]->name;
        }
    const struct ecp_table_column columns[] = {
        {"model", "1", "first model", NULL, name},
        {"other", "1", "second model", NULL, name + pairs},
        {"difference", "1", "score of the first less that of the second", column, NULL},
        {"error", "1", "standard error of the difference", column + pairs, NULL},
        {"t", "1", "difference over error", column + 2 * pairs, NULL},
        {"dof", "1", "degrees of freedom", column + 3 * pairs, NULL},
        {"p", "1", "two-sided: the two score alike", column + 4 * pairs, NULL},
        {"p_corrected", "1", "the same, corrected for the number of pairs", column + 5 * pairs,
         NULL}};
    status =
        ecp_sheet_table(call->sheet, "pairs", pairs, columns, sizeof columns / sizeof columns[0]);
done:
    free(column);
    free(name);
    return status;
}

static void put_model(const struct ecp_score_call *call, const struct ecp_rsa_result *result,
                      size_t k)
{
    const double score = result->score[k], variance = result->of.model[k];
    struct ecp_estimate estimate = ECP_ESTIMATE(score), below;
    if (result->dof >= 1) {
        const double half = gsl_cdf_tdist_Pinv(0.975, result->dof) * sqrt(variance);
        estimate = (struct ecp_estimate){score,
                                         sqrt(variance),
                                         score - half,
                                         score + half,
                                         ecp_rsa_p_above(score, variance, result->dof),
                                         NULL};
    }
    ecp_sheet_put(call->sheet, (int)k, SCORE, estimate);
    below = ECP_ESTIMATE(result->ceiling[0] - score);
    if (isnan(below.value))
        below = ECP_UNDEFINED("one subject has no lower ceiling");
    else if (result->dof >= 1) {
        below.error = sqrt(result->of.ceiling[2 * k]);
        below.p = ecp_rsa_p_differs(below.value, result->of.ceiling[2 * k], result->dof);
    }
    ecp_sheet_put(call->sheet, (int)k, P_CEILING, below);
    ecp_sheet_put(call->sheet, (int)k, BEST,
                  isnan(result->best[k]) ? ECP_UNDEFINED("generalise = \"fixed\" draws no samples")
                                         : ECP_ESTIMATE(result->best[k]));
}

static void put_all(const struct ecp_score_call *call, const struct ecp_rsa_result *result,
                    const double *p_permuted)
{
    for (size_t k = 0; k < result->n_models; k++) {
        put_model(call, result, k);
        ecp_sheet_put(call->sheet, (int)k, P_PERMUTED,
                      p_permuted ? ECP_ESTIMATE(p_permuted[k]) : ECP_UNDEFINED("permutations = 0"));
    }
    ecp_sheet_put(call->sheet, -1, CEILING_LOWER,
                  isnan(result->ceiling[0]) ? ECP_UNDEFINED("one subject has no lower ceiling")
                                            : ECP_ESTIMATE(result->ceiling[0]));
    ecp_sheet_put(call->sheet, -1, CEILING_UPPER, ECP_ESTIMATE(result->ceiling[1]));
}

static int told(void *context, double done)
{
    return ecp_sheet_progress(context, done) != ECP_OK;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    const size_t n = call->data->n_conditions, pairs = ecp_rdm_pairs(n), m = call->n_models;
    const size_t subjects = ecp_rsa_subjects(call->data);
    const size_t permutations = (size_t)call->param[PERMUTATIONS];
    const struct ecp_rsa_making how = making(call->param);
    double *rdm = malloc(((m + subjects) * pairs + m + 1) * sizeof *rdm);
    double *p = rdm ? rdm + (m + subjects) * pairs : NULL;
    struct ecp_rsa_result result = {0};
    enum ecp_status status = ECP_OK;
    if (!rdm)
        return ecp_fail(ECP_ENOMEM, "no memory for the dissimilarities of %zu conditions", n);
    for (size_t k = 0; k < m; k++)
        ECP_TRY(ecp_rsa_take(&how, call->model[k], 1, rdm + k * pairs));
    ECP_TRY(ecp_rsa_take(&how, call->data, 0, rdm + m * pairs));
    const struct ecp_rsa rsa = {
        (enum ecp_rdm_measure)call->param[COMPARE], n, m, subjects, rdm, rdm + m * pairs};
    struct ecp_rsa_options options = {.generalise =
                                          (enum ecp_rsa_generalise)call->param[GENERALISE],
                                      .n_draws = (size_t)call->param[BOOTSTRAPS],
                                      .fdr = call->param[CORRECTION] > 0,
                                      .seed = call->seed,
                                      .progress = told,
                                      .context = call->sheet};
    if (subjects < 2 &&
        (options.generalise == ECP_RSA_SUBJECTS || options.generalise == ECP_RSA_BOTH)) {
        status = ecp_fail(ECP_ECONFIG,
                          "rsa.generalise: %s is one subject; allowed: fixed, "
                          "conditions",
                          call->data->name);
        goto done;
    }
    ECP_TRY(ecp_rsa_infer(&rsa, &options, &result));
    if (permutations > 0)
        ECP_TRY(ecp_rsa_permute(&rsa, permutations, call->seed, p));
    put_all(call, &result, permutations > 0 ? p : NULL);
    status = put_pairs(call, &result);
done:
    ecp_rsa_result_clear(&result);
    free(rdm);
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const double n = (double)call->data->n_conditions, pairs = n * (n - 1) / 2;
    const double all = (double)(call->n_models + ecp_rsa_subjects(call->data));
    const double draws =
        call->param[GENERALISE] > 0
            ? call->param[BOOTSTRAPS] * (call->param[GENERALISE] == ECP_RSA_BOTH ? 3 : 1)
            : 1;
    *bytes = 8 * pairs * all * 6 + 8 * n * n;
    const double each = ecp_rsa_has_gram((enum ecp_rdm_measure)call->param[COMPARE])
                            ? all * all / 8 + 2 * all /* products, vectorised */
                            : 60 * all + 4 * all * all;
    *operations = draws * pairs * each +
                  call->param[PERMUTATIONS] * (double)call->n_models * pairs * 60 +
                  2 * n * n * (double)call->data->n_units * all;
}

const struct ecp_analysis ecp_analysis_rsa = {
    .name = "rsa",
    .summary = "representational similarity analysis, with ceilings, tests and model selection",
    .equations =
        "RDM d_ij by distance; score = mean over subjects of compare(model, subject)\n"
        "ceilings: mean_s compare(pool of all (others), s)\n"
        "dual bootstrap: V = r V_s + c V_c - r c (V_sc - V_s - V_c), r = n_s/(n_s - 1), c likewise",
    .reference = "Kriegeskorte, Mur & Bandettini 2008, doi:10.3389/neuro.06.004.2008; Schuett et "
                 "al. 2023, doi:10.7554/eLife.82566",
    .verified_by = "tests/verify/verify_rsa.c",
    .fields = fields,
    .choices = choices,
    .score = score,
    .needs = ECP_NEEDS_MODELS | ECP_NEEDS_RDMS,
    .cost = cost};
