/* rsa_inference.h -- how sure scores of models are, and which model is better. */
#ifndef ECP_ANALYSIS_RSA_INFERENCE_H
#define ECP_ANALYSIS_RSA_INFERENCE_H

#include "analysis/rsa_evaluate.h"
#include "engine/status.h"

/* Where the spread of scores comes from. */
enum ecp_rsa_generalise {
    ECP_RSA_FIXED,    /* t-tests over the subjects as they are                       */
    ECP_RSA_SUBJECTS, /* bootstrap over subjects                                      */
    ECP_RSA_CONDITIONS,
    ECP_RSA_BOTH /* the dual bootstrap with its corrections (Schuett et al. 2023)     */
};

/* Variances of one kind of bootstrap, or of the fixed evaluation: of models, of differences
 * of pairs (i < j, row by row), and of models less the lower and the upper ceiling. */
struct ecp_rsa_variances {
    size_t n_models;
    double *model, *pair, *ceiling; /* M; M (M - 1)/2; 2 M */
};

/* From evaluations n_draws x (M + 2) (two columns of ceilings at the end); ddof 1 as of
 * bootstraps, or for ECP_RSA_FIXED of subjects over their number. */
void ecp_rsa_variances_of(size_t n_models, size_t n_draws, const double *evaluations, double scale,
                          struct ecp_rsa_variances *out);

/* Element by element: both factors resampled (v0), subjects alone (v1), conditions alone
 * (v2); never less than either margin's corrected variance, never more than v0. */
double ecp_rsa_dual_variance(double v0, double v1, double v2, double n_subjects,
                             double n_conditions);

/* One-sided: is the score above 0? Two-sided: do two differ? */
double ecp_rsa_p_above(double mean, double variance, double dof);
double ecp_rsa_p_differs(double difference, double variance, double dof);

/* p values of n tests as corrected for their number: Holm's, or Benjamini and Hochberg's
 * rate of false discoveries. In place. ECP_ENOMEM. */
enum ecp_status ecp_p_holm(size_t n, double *p);
enum ecp_status ecp_p_fdr(size_t n, double *p);

/* All of it. `evaluations`: n_draws x (M + 2), of the draws of both (or the only) kind. */
struct ecp_rsa_result {
    size_t n_models, n_draws;
    double *score;       /* M: of the data as they are */
    double *each;        /* M x n_subjects */
    double ceiling[2];   /* lower, upper */
    double *evaluations; /* or NULL (fixed) */
    struct ecp_rsa_variances of;
    double dof;
    double *p_pair, *p_pair_corrected; /* M (M - 1)/2 */
    double *best;                      /* M: share of draws in which the model is the best; NAN */
    double *memory;
};

struct ecp_rsa_options {
    enum ecp_rsa_generalise generalise;
    size_t n_draws;
    int fdr; /* correct pairs by FDR, else by Holm */
    uint64_t seed;
    /* Called now and then with the share that is done; 0: go on. NULL: nobody listens. */
    int (*progress)(void *context, double done);
    void *context;
};

/* O(draws (models + subjects) n^2) on all threads; the same bits on any number. ECP_ENOMEM,
 * ECP_ESTOPPED. */
enum ecp_status ecp_rsa_infer(const struct ecp_rsa *rsa, const struct ecp_rsa_options *options,
                              struct ecp_rsa_result *out);
void ecp_rsa_result_clear(struct ecp_rsa_result *result);

/* Permutation of the conditions of each model (rows and columns together): p of the score
 * with the mean of the subjects being this high by chance, (1 + #{>=}) / (1 + n). */
enum ecp_status ecp_rsa_permute(const struct ecp_rsa *rsa, size_t n_permutations, uint64_t seed,
                                double *p);

#endif
