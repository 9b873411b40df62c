/* couplings.h -- a symmetric matrix w of couplings between n signs, in double or single
 * precision, and what learning does to it. 8 (or 4) n^2 bytes.
 *
 * Fields are h_k = sum_j w_kj s_j, without j = k unless `own` is set. What is learned comes
 * as rows of n numbers. Row j of w is changed by one thread, item after item. */
#ifndef ECP_COUPLINGS_H
#define ECP_COUPLINGS_H

#include "engine/signs.h"

struct ecp_couplings {
    size_t n;
    int own;
    int wide;  /* this machine has vectors of four numbers */
    double *w; /* n x n; or */
    float *single;
    double *left_out; /* n: the diagonal, or 0 where it counts */
};

enum ecp_status ecp_couplings_init(struct ecp_couplings *couplings, size_t n, int single, int own);
void ecp_couplings_clear(struct ecp_couplings *couplings);

/* w += sum of x x^T: whole numbers stay exact, so that ties do. 2 n^2 operations an item. */
enum ecp_status ecp_couplings_add(struct ecp_couplings *couplings, const double *x, size_t count);

/* For each x: w = keep w + strength x x^T, and no further than `bound` from 0. */
struct ecp_coupling_law {
    double keep, bound;
    const double *strength; /* count; NULL: 1 */
};
enum ecp_status ecp_couplings_learn(struct ecp_couplings *couplings,
                                    const struct ecp_coupling_law *law, const double *x,
                                    size_t count);

/* Storkey's rule, for each x: w_ij += (x_i x_j - x_i h_ji - h_ij x_j)/n, h_ij = sum of
 * w_ik x_k over k that are neither i nor j. 4 n^2 operations an item. */
enum ecp_status ecp_couplings_storkey(struct ecp_couplings *couplings, const double *x,
                                      size_t count);

/* w becomes the projection on what it had and x: w += r r^T/(r.r), r = x - w x (twice, for
 * rounding); an x that depends on what was there (r ~ 0) changes nothing. */
enum ecp_status ecp_couplings_project(struct ecp_couplings *couplings, const double *x,
                                      size_t count);

/* h (count x n) of any states; on all threads. */
enum ecp_status ecp_couplings_fields(const struct ecp_couplings *couplings, size_t count,
                                     const double *state, double *field);
struct ecp_signs_rule ecp_couplings_rule(const struct ecp_couplings *couplings);

/* All of w times `unit` (n x n), what is left out being 0; and w itself, as it is kept. */
void ecp_couplings_matrix(const struct ecp_couplings *couplings, double unit, double *out);
void ecp_couplings_read(const struct ecp_couplings *couplings, double *out);
void ecp_couplings_write(struct ecp_couplings *couplings, const double *w);

#endif
