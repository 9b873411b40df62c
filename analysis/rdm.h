/* rdm.h -- representational dissimilarity matrices: making and comparing them.
 *
 * A matrix of n conditions is its strict upper triangle, row by row ((0,1), (0,2) ...
 * (1,2) ...), ecp_rdm_pairs(n) long. NAN: missing. */
#ifndef ECP_ANALYSIS_RDM_H
#define ECP_ANALYSIS_RDM_H

#include <stddef.h>

#include "engine/status.h"

static inline size_t ecp_rdm_pairs(size_t n)
{
    return n * (n - (n > 0)) / 2;
}

/* Of pair (i, j), i < j. */
static inline size_t ecp_rdm_at(size_t n, size_t i, size_t j)
{
    return i * n - i * (i + 1) / 2 + (j - i - 1);
}

/* ---- making ------------------------------------------------------------------------------ */

/* How two conditions differ; P units.
 *   euclidean    |x - y|^2 / P
 *   correlation  1 - r(x, y)
 *   cosine       1 - x.y / (|x| |y|)
 *   mahalanobis  (x - y)' S^-1 (x - y) / P
 *   poisson      sum (a - b)(ln a - ln b) / P, a = (x + 0.1)/1.1 (a prior of rate 1, weight 0.1)
 *   crossnobis   mean over folds f of (a_i - a_j)' S^-1 (b_i - b_j) / P, b the means of fold f,
 *                a those of the other folds; negative values stay
 *   poisson_cv   as poisson, with rates from the other folds, logarithms from the fold */
enum ecp_rdm_kind {
    ECP_RDM_EUCLIDEAN,
    ECP_RDM_CORRELATION,
    ECP_RDM_COSINE,
    ECP_RDM_MAHALANOBIS,
    ECP_RDM_POISSON,
    ECP_RDM_CROSSNOBIS,
    ECP_RDM_POISSON_CV
};

/* From means x (n x p, row-major); `precision` p x p, NULL: identity. Kinds up to POISSON.
 * NAN where a condition's responses are constant (correlation) or all 0 (cosine). ECP_ENOMEM.
 * O(n^2 p), by matrix products; memory beside the result is O(n p). */
enum ecp_status ecp_rdm_make(enum ecp_rdm_kind kind, size_t n, size_t p, const double *x,
                             const double *precision, double *rdm);

/* From repeats (n x r x p, NAN: missing): repeat k of every condition is fold k. Units that
 * miss a repeat of any condition are not for this: ECP_ECONFIG. `last_fold_only` 1: what
 * rsatoolbox returns for poisson_cv (its loop keeps the last fold). */
enum ecp_status ecp_rdm_cross(enum ecp_rdm_kind kind, size_t n, size_t r, size_t p,
                              const double *repeats, const double *precision, int last_fold_only,
                              double *rdm);

/* Precision (inverse covariance) of the noise: repeats about their condition's mean. */
enum ecp_noise_kind {
    ECP_NOISE_IDENTITY,
    ECP_NOISE_DIAG,
    ECP_NOISE_FULL,
    ECP_NOISE_SHRINKAGE_EYE, /* Ledoit & Wolf 2004, towards a multiple of the identity */
    ECP_NOISE_SHRINKAGE_DIAG /* Schaefer & Strimmer 2005, towards the diagonal */
};
/* n x r x p to p x p. Degrees of freedom are repeats in all less conditions; with `compat`,
 * less repeats of one condition, as rsatoolbox counts. ECP_ECONFIG: a covariance that cannot
 * be inverted. */
struct ecp_noise {
    enum ecp_noise_kind kind;
    int compat;
};
enum ecp_status ecp_noise_precision(struct ecp_noise noise, size_t n, size_t r, size_t p,
                                    const double *repeats, double *precision);

/* ---- comparing ----------------------------------------------------------------------------- */

enum ecp_rdm_measure {
    ECP_COMPARE_CORR,
    ECP_COMPARE_COSINE,
    ECP_COMPARE_SPEARMAN,
    ECP_COMPARE_RHO_A,
    ECP_COMPARE_TAU_A,
    ECP_COMPARE_KENDALL,
    ECP_COMPARE_COSINE_COV,
    ECP_COMPARE_CORR_COV
};

/* Two matrices of n conditions, with every pair present; `work` has
 * ecp_compare_work(n) doubles. Constant and zero ones give 0 (kendall: NAN). */
double ecp_rdm_compare(enum ecp_rdm_measure measure, size_t n, const double *a, const double *b,
                       double *work);
size_t ecp_compare_work(size_t n);

/* The same in two parts, for many comparisons: what depends on one matrix alone is done
 * once (`prepared` has ecp_prepared_size(n) doubles). tau-a and kendall have no such part:
 * they are copied. */
size_t ecp_prepared_size(enum ecp_rdm_measure measure, size_t n);
void ecp_rdm_prepare(enum ecp_rdm_measure measure, size_t n, const double *rdm, double *prepared,
                     double *work);
double ecp_prepared_compare(enum ecp_rdm_measure measure, size_t n, const double *a,
                            const double *b, double *work);

/* Of vectors of any length (pairs that are present in both): conditions do not matter to
 * the first six measures. `work`: 4 m + 16 doubles. */
double ecp_vector_compare(enum ecp_rdm_measure measure, size_t m, const double *a, const double *b,
                          double *work);

/* What such a comparison does once for each vector (m numbers out; `work`: 2 m), and
 * Kendall's two of m numbers (`work`: 4 m). */
void ecp_vector_prepare(enum ecp_rdm_measure measure, size_t m, const double *x, double *out,
                        double *work);
double ecp_vector_kendall(enum ecp_rdm_measure measure, size_t m, const double *a, const double *b,
                          double *work);

/* Average ranks of m numbers, from 1; `work`: m doubles and m size_t (2 m doubles). */
void ecp_ranks(size_t m, const double *x, double *ranks, double *work);

#endif
