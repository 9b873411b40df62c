/* dense.h -- small dense algebra that measures share: centring, factorisations. Row-major;
 * LAPACK's failures and a lack of memory come back as a status. */
#ifndef ECP_ANALYSIS_DENSE_H
#define ECP_ANALYSIS_DENSE_H

#include <stddef.h>

#include "engine/status.h"

/* Columns less their means; `mean` (p) may be NULL. */
void ecp_dense_centre(size_t n, size_t p, double *x, double *mean);
/* Sum of squares. */
double ecp_dense_square(size_t n, const double *x);

/* Eigenvalues (ascending) of a symmetric matrix, and eigenvectors as its columns, in place. */
enum ecp_status ecp_dense_eigen(size_t n, double *a, double *values);

/* a (n x p) = u s vt with k = min(n, p): u n x k, s k (descending), vt k x p; u or vt NULL:
 * not wanted (then both are not computed). `a` is destroyed. */
enum ecp_status ecp_dense_svd(size_t n, size_t p, double *a, double *u, double *s, double *vt);

/* Solve the symmetric positive definite a x = b, b n x m; both are overwritten. ECP_ENUMERIC:
 * not positive definite. */
enum ecp_status ecp_dense_solve(size_t n, size_t m, double *a, double *b);

/* The assignment of columns to rows (each once) with the largest sum of value (n x n). O(n^3).
 * (Jonker & Volgenant 1987.) */
enum ecp_status ecp_dense_assign(size_t n, const double *value, size_t *column);

#endif
