/* rsa_data.h -- the dissimilarities that measures compare, of data sets. */
#ifndef ECP_ANALYSIS_RSA_DATA_H
#define ECP_ANALYSIS_RSA_DATA_H

#include <stddef.h>

#include "analysis/rdm.h"
#include "analysis/rdm_transform.h"
#include "engine/status.h"

struct ecp_dataset;

struct ecp_rsa_making {
    enum ecp_rdm_kind distance;
    enum ecp_noise_kind noise;
    int compat;
    struct ecp_rdm_shape shape;
};
#define ECP_DISTANCE_WORDS "euclidean correlation cosine mahalanobis poisson crossnobis poisson_cv"
#define ECP_NOISE_WORDS    "identity diag full shrinkage_eye shrinkage_diag"
#define ECP_COMPARE_WORDS  "corr cosine spearman rho-a tau-a kendall cosine_cov corr_cov"

/* RDMs of a set: those that were read, or sessions of its trials; 1 at least. */
size_t ecp_rsa_subjects(const struct ecp_dataset *set);

/* All of them, or one for all trials (`single`: of a model), made and reshaped. Distances that
 * need repeats become their plain form in a model that has means alone. ECP_ECONFIG: trials are
 * missing, or a dissimilarity is not a number. */
enum ecp_status ecp_rsa_take(const struct ecp_rsa_making *how, const struct ecp_dataset *set,
                             int single, double *rdm);

#endif
