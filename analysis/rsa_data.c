/* rsa_data.c -- dissimilarities of data sets: those that were read, or made of responses. */
#include "analysis/rsa_data.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/dataset.h"

/* Of repeats n x r x p, with what noise and folds they need. */
static enum ecp_status make_of_repeats(const struct ecp_rsa_making *how, size_t n, size_t r,
                                       size_t p, const double *repeats, double *rdm)
{
    const enum ecp_rdm_kind kind = how->distance;
    const int compat = how->compat;
    const int whitened = kind == ECP_RDM_MAHALANOBIS || kind == ECP_RDM_CROSSNOBIS;
    const struct ecp_noise noise = {how->noise, compat};
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

static int needs_repeats(const struct ecp_rsa_making *how)
{
    const enum ecp_rdm_kind kind = how->distance;
    return kind == ECP_RDM_MAHALANOBIS || kind == ECP_RDM_CROSSNOBIS || kind == ECP_RDM_POISSON_CV;
}

/* Repeats of one session; SIZE_MAX: of all. */
static enum ecp_status make_session(const struct ecp_rsa_making *how, const struct ecp_dataset *set,
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
    status = make_of_repeats(how, set->n_conditions, r, set->n_units, repeats, rdm);
done:
    ecp_dataset_destroy(own);
    return status;
}

size_t ecp_rsa_subjects(const struct ecp_dataset *set)
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
static enum ecp_status take_plain(const struct ecp_rsa_making *how, const struct ecp_dataset *set,
                                  int single, double *rdm)
{
    const size_t n = set->n_conditions, pairs = ecp_rdm_pairs(n);
    const size_t subjects = single ? 1 : ecp_rsa_subjects(set);
    enum ecp_status status = ECP_OK;
    if (set->n_rdms > 0) {
        memcpy(rdm, set->rdm, subjects * pairs * sizeof *rdm);
        return ECP_OK;
    }
    if (set->n_trials == 0 || !set->response) {
        if (needs_repeats(how) && !single)
            return ecp_fail(ECP_ECONFIG, "%s has no single trials, which this distance needs",
                            set->name);
        const enum ecp_rdm_kind kind = how->distance;
        const enum ecp_rdm_kind plain = kind == ECP_RDM_POISSON_CV ? ECP_RDM_POISSON
                                        : needs_repeats(how)       ? ECP_RDM_EUCLIDEAN
                                                                   : kind;
        return ecp_rdm_make(plain, n, set->n_units, set->mean, NULL, rdm);
    }
    for (size_t s = 0; s < subjects && status == ECP_OK; s++)
        status = make_session(how, set, single ? SIZE_MAX : s, rdm + s * pairs);
    return status;
}

enum ecp_status ecp_rsa_take(const struct ecp_rsa_making *how, const struct ecp_dataset *set,
                             int single, double *rdm)
{
    const size_t n = set->n_conditions, count = single ? 1 : ecp_rsa_subjects(set);
    enum ecp_status status = take_plain(how, set, single, rdm);
    for (size_t k = 0; status == ECP_OK && k < count * ecp_rdm_pairs(n); k++)
        if (isnan(rdm[k]))
            status =
                ecp_fail(ECP_ECONFIG, "a dissimilarity of %s is not a number (constant responses?)",
                         set->name);
    return status == ECP_OK ? ecp_rdm_reshape(&how->shape, n, count, rdm) : status;
}
