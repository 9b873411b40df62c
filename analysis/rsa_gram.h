/* rsa_gram.h -- correlations and cosines of draws from weighted products.
 *
 * A draw of conditions in which i comes c_i times weighs the pair (i, j) by c_i c_j. All
 * scores and ceilings of such a draw follow from the products of all matrices under these
 * weights; draws of subjects only choose among them. */
#ifndef ECP_ANALYSIS_RSA_GRAM_H
#define ECP_ANALYSIS_RSA_GRAM_H

#include "analysis/rsa_evaluate.h"

struct ecp_rsa_gram;

/* 1: for this measure (corr, cosine). */
int ecp_rsa_has_gram(enum ecp_rdm_measure measure);

/* NULL: no memory. One for each thread. */
struct ecp_rsa_gram *ecp_rsa_gram_create(const struct ecp_rsa *rsa);
void ecp_rsa_gram_destroy(struct ecp_rsa_gram *gram);

/* Likenesses of all with all under the weights of a draw (NULL: all once); 0 with fewer than
 * 3 different conditions. O((models + subjects)^2 n^2). */
int ecp_rsa_gram_draw(struct ecp_rsa_gram *gram, const size_t *condition);

/* Scores and ceilings for subjects (NULL: all once), as ecp_rsa_evaluate. */
void ecp_rsa_gram_scores(const struct ecp_rsa_gram *gram, const size_t *subject,
                         struct ecp_rsa_scores *out);

#endif
