/* rsa_evaluate.h -- models against subjects, for all conditions or for a draw of them. */
#ifndef ECP_ANALYSIS_RSA_EVALUATE_H
#define ECP_ANALYSIS_RSA_EVALUATE_H

#include <stdint.h>

#include "analysis/rdm.h"

struct ecp_rsa {
    enum ecp_rdm_measure measure;
    size_t n, n_models, n_subjects; /* conditions ... */
    const double *model;            /* n_models x pairs */
    const double *subject;          /* n_subjects x pairs */
};

/* Conditions and subjects of a bootstrap sample, n and n_subjects of them with repeats;
 * NULL: all as they are. Pairs of one condition with itself are left out. */
struct ecp_rsa_draw {
    const size_t *condition, *subject;
};

/* What a draw gives. */
struct ecp_rsa_scores {
    double *mean;      /* n_models: over subjects */
    double *each;      /* n_models x n_subjects, or NULL */
    double ceiling[2]; /* lower, upper; NAN with one subject */
    size_t n_pairs;    /* that were compared */
};

/* Room for evaluations; one for each thread. NULL: no memory. */
struct ecp_rsa_room;
struct ecp_rsa_room *ecp_rsa_room_create(const struct ecp_rsa *rsa);
void ecp_rsa_room_destroy(struct ecp_rsa_room *room);

/* 0: fewer than 3 different conditions; nothing is written. */
int ecp_rsa_evaluate(const struct ecp_rsa *rsa, struct ecp_rsa_draw draw, struct ecp_rsa_room *room,
                     struct ecp_rsa_scores *out);

/* The best average of S matrices for a measure, m pairs each (rows of `rdms`): corr, z-scores
 * less the smallest; cosine, over the root mean square; rank measures, ranks. `work`: 3 m. */
void ecp_rdm_pool(enum ecp_rdm_measure measure, size_t m, size_t n_rdms, const double *const *rdm,
                  double *out, double *work);

#endif
