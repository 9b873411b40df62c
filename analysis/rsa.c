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
#include "analysis/rsa_gram.h"
#include "analysis/rsa_inference.h"
#include "engine/analysis.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum {
    DISTANCE,
    NOISE,
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
    [COMPARE] = {"compare", "1", ECP_COMPARE_CORR, 0, ECP_COMPARE_CORR_COV,
                 "how alike two RDMs are (rho-a and tau-a for models with ties)", ECP_PARAM},
    [GENERALISE] = {"generalise", "1", ECP_RSA_FIXED, 0, ECP_RSA_BOTH,
                    "to what scores shall hold beyond these: nothing (t-tests over subjects), "
                    "or by bootstrap other subjects, conditions, or both",
                    ECP_PARAM},
    [BOOTSTRAPS] = {"bootstraps", "1", 1000, 10, 1e6, "samples of a bootstrap", ECP_PARAM},
    [PERMUTATIONS] = {"permutations", "1", 0, 0, 1e6,
                      "of the conditions of each model, for p_permuted; 0: none", ECP_PARAM},
    [CORRECTION] = {"correction", "1", 0, 0, 1, "of p values for the number of pairs of models",
                    ECP_PARAM},
    [COMPAT] = {"compat", "1", 0, 0, 1,
                "1: as rsatoolbox where it departs from its papers: degrees of freedom of the "
                "noise, last fold of poisson_cv",
                ECP_PARAM},
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

static const struct ecp_choice choices[] = {
    {"distance", "euclidean correlation cosine mahalanobis poisson crossnobis poisson_cv"},
    {"noise", "identity diag full shrinkage_eye shrinkage_diag"},
    {"compare", "corr cosine spearman rho-a tau-a kendall cosine_cov corr_cov"},
    {"generalise", "fixed subjects conditions both"},
    {"correction", "holm fdr"},
    {NULL, NULL}};

/* ---- RDMs of a data set ------------------------------------------------------------------ */

/* Of repeats n x r x p, with what noise and folds they need. */
static enum ecp_status make_of_repeats(const double *param, size_t n, size_t r, size_t p,
                                       const double *repeats, double *rdm)
{
    const enum ecp_rdm_kind kind = (enum ecp_rdm_kind)param[DISTANCE];
    const int compat = param[COMPAT] > 0;
    const int whitened = kind == ECP_RDM_MAHALANOBIS || kind == ECP_RDM_CROSSNOBIS;
    const struct ecp_noise noise = {(enum ecp_noise_kind)param[NOISE], compat};
    double *precision = whitened ? malloc((p * p + 1) * sizeof *precision) : NULL;
    double *mean = calloc(n * p + 1, sizeof *mean);
    enum ecp_status status = ECP_OK;
    if (!mean || (whitened && !precision)) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the dissimilarities of %zu units", p);
        goto done;
    }
    if (whitened)
        ECP_TRY(ecp_noise_precision(noise, n, r, p, repeats, precision));
    if (kind == ECP_RDM_CROSSNOBIS || kind == ECP_RDM_POISSON_CV) {
        status = ecp_rdm_cross(kind, n, r, p, repeats, precision, compat, rdm);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t u = 0; u < p; u++) {
            double sum = 0, count = 0;
            for (size_t k = 0; k < r; k++)
                if (!isnan(repeats[(i * r + k) * p + u])) {
                    sum += repeats[(i * r + k) * p + u];
                    count++;
                }
            mean[i * p + u] = sum / count;
        }
    status = ecp_rdm_make(kind, n, p, mean, precision, rdm);
done:
    free(precision);
    free(mean);
    return status;
}

static int needs_repeats(const double *param)
{
    const enum ecp_rdm_kind kind = (enum ecp_rdm_kind)param[DISTANCE];
    return kind == ECP_RDM_MAHALANOBIS || kind == ECP_RDM_CROSSNOBIS || kind == ECP_RDM_POISSON_CV;
}

/* Repeats of one session; SIZE_MAX: of all. */
static enum ecp_status make_session(const double *param, const struct ecp_dataset *set,
                                    size_t session, double *rdm)
{
    struct ecp_dataset *own = NULL;
    size_t kept = 0, r = 0;
    const double *repeats = NULL;
    enum ecp_status status = ecp_dataset_create(set->name, &own);
    if (status != ECP_OK)
        return status;
    size_t *condition = ecp_dataset_alloc(own, set->n_trials, sizeof *condition);
    double *response = ecp_dataset_alloc(own, set->n_trials * set->n_units, sizeof *response);
    if (!condition || !response) {
        status = ecp_fail(ECP_ENOMEM, "no memory for session %zu", session);
        goto done;
    }
    for (size_t t = 0; t < set->n_trials; t++)
        if (!set->trial_session || session == SIZE_MAX || set->trial_session[t] == session) {
            condition[kept] = set->trial_condition[t];
            memcpy(response + kept++ * set->n_units, set->response + t * set->n_units,
                   set->n_units * sizeof *response);
        }
    own->n_conditions = set->n_conditions;
    own->n_units = set->n_units;
    own->n_trials = kept;
    own->trial_condition = condition;
    own->response = response;
    ECP_TRY(ecp_dataset_repeats(own, &r, &repeats));
    status = make_of_repeats(param, set->n_conditions, r, set->n_units, repeats, rdm);
done:
    ecp_dataset_destroy(own);
    return status;
}

static size_t count_subjects(const struct ecp_dataset *set)
{
    size_t sessions = 1;
    if (set->n_rdms > 0)
        return set->n_rdms;
    for (size_t t = 0; set->trial_session && t < set->n_trials; t++)
        if (set->trial_session[t] + 1 > sessions)
            sessions = set->trial_session[t] + 1;
    return sessions;
}

/* All RDMs of the data, or the one of a model. */
static enum ecp_status take_rdms(const double *param, const struct ecp_dataset *set, int single,
                                 double *rdm)
{
    const size_t n = set->n_conditions, pairs = ecp_rdm_pairs(n);
    const size_t subjects = single ? 1 : count_subjects(set);
    enum ecp_status status = ECP_OK;
    if (set->n_rdms > 0) {
        memcpy(rdm, set->rdm, subjects * pairs * sizeof *rdm);
        return ECP_OK;
    }
    if (set->n_trials == 0 || !set->response) {
        if (needs_repeats(param) && !single)
            return ecp_fail(ECP_ECONFIG, "rsa: %s has no single trials, which this distance needs",
                            set->name);
        const enum ecp_rdm_kind kind = (enum ecp_rdm_kind)param[DISTANCE];
        const enum ecp_rdm_kind plain = kind == ECP_RDM_POISSON_CV ? ECP_RDM_POISSON
                                        : needs_repeats(param)     ? ECP_RDM_EUCLIDEAN
                                                                   : kind;
        return ecp_rdm_make(plain, n, set->n_units, set->mean, NULL, rdm);
    }
    for (size_t s = 0; s < subjects && status == ECP_OK; s++)
        status = make_session(param, set, single ? SIZE_MAX : s, rdm + s * pairs);
    return status;
}

static enum ecp_status check_pairs(const struct ecp_score_call *call, const double *rdm, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (isnan(rdm[k]))
            return ecp_fail(ECP_ECONFIG,
                            "rsa: a dissimilarity of %s or a model is not a number "
                            "(constant responses?)",
                            call->data->name);
    return ECP_OK;
}

/* ---- results
 * ------------------------------------------------------------------------------------- */

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
    const size_t subjects = count_subjects(call->data);
    const size_t permutations = (size_t)call->param[PERMUTATIONS];
    double *rdm = malloc(((m + subjects) * pairs + m + 1) * sizeof *rdm);
    double *p = rdm ? rdm + (m + subjects) * pairs : NULL;
    struct ecp_rsa_result result = {0};
    enum ecp_status status = ECP_OK;
    if (!rdm)
        return ecp_fail(ECP_ENOMEM, "no memory for the dissimilarities of %zu conditions", n);
    for (size_t k = 0; k < m; k++)
        ECP_TRY(take_rdms(call->param, call->model[k], 1, rdm + k * pairs));
    ECP_TRY(take_rdms(call->param, call->data, 0, rdm + m * pairs));
    ECP_TRY(check_pairs(call, rdm, (m + subjects) * pairs));
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
    const double all = (double)(call->n_models + count_subjects(call->data));
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
