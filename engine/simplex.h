/* simplex.h -- from a row of numbers z to weights p >= 0 of sum 1: the p at which
 *
 *   Psi*(z) = max_p (p.z - Psi(p))
 *
 * is reached, which is also its gradient; Psi is minus an entropy of Tsallis:
 *
 *   softmax    Psi = sum p ln p               p = exp(z)/sum exp(z)
 *   sparsemax  Psi = (sum p^2 - 1)/2          p = max(z - tau, 0)
 *   entmax15   Psi = 4/3 (sum p^(3/2) - 1)    p = max(z/2 - tau, 0)^2
 *
 * tau such that the sum is 1. Everything is relative to the largest z: no size of z
 * overflows, equals get equal weights. */
#ifndef ECP_SIMPLEX_H
#define ECP_SIMPLEX_H

#include <stddef.h>

enum ecp_simplex_kind { ECP_SIMPLEX_SOFTMAX, ECP_SIMPLEX_SPARSEMAX, ECP_SIMPLEX_ENTMAX15 };

/* n > 0 numbers in place; *most (NULL: not wanted): the largest weight. Returns Psi*(z).
 * O(n), times some ten with sparsemax and entmax15. */
double ecp_simplex_weights(enum ecp_simplex_kind kind, size_t n, double *z, double *most);

/* Largest entropy of n weights: -Psi of equal ones. */
double ecp_simplex_entropy(enum ecp_simplex_kind kind, size_t n);

/* Rows of n numbers, on all threads; conjugate and most: rows, or NULL. */
void ecp_simplex_rows(enum ecp_simplex_kind kind, size_t rows, size_t n, double *z,
                      double *conjugate, double *most);

#endif
