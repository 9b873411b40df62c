/* neighbours.h -- do two sets of responses have the same neighbours? (Huh et al. 2024) */
#ifndef ECP_ANALYSIS_NEIGHBOURS_H
#define ECP_ANALYSIS_NEIGHBOURS_H

#include <stddef.h>

/* The k nearest of each row (n x p) by inner product, nearest first, itself left out; of
 * equals the one of lower index comes first. near: n x k; `work`: n x n. */
void ecp_neighbours(size_t n, size_t p, const double *x, size_t k, size_t *near, double *work);

/* Mean share of neighbours in common. */
double ecp_neighbours_mutual(size_t n, size_t k, const size_t *a, const size_t *b);
/* Share of rows that are among the b-neighbours' a-neighbours. */
double ecp_neighbours_cycle(size_t n, size_t k, const size_t *a, const size_t *b);
/* Mean length of the longest common subsequence of the two lists of neighbours. */
double ecp_neighbours_order(size_t n, size_t k, const size_t *a, const size_t *b);
/* CKA (unbiased) of inner products, of pairs that are neighbours in both alone; NAN where
 * undefined. `work`: n (4 n + 2 k). */
double ecp_neighbours_alignment(size_t n, size_t p, size_t q, const double *x, const double *y,
                                size_t k, double *work);

#endif
