/* canonical.h -- canonical correlations of two sets of responses. */
#ifndef ECP_ANALYSIS_CANONICAL_H
#define ECP_ANALYSIS_CANONICAL_H

#include <stddef.h>

#include "engine/status.h"

/* Of x (n x p) and y (n x q), rows observations: min(p, q) correlations, descending, in
 * `rho`. With `directions` (n x min(p, q), may be NULL): canonical variates of x. `compat`
 * 1: instead, what google/svcca takes for them (x times the singular vectors, without
 * whitening). Covariances are scaled by their largest element, and `epsilon` is added to
 * their diagonals. */
struct ecp_canonical {
    size_t n, p, q;
    const double *x, *y;
    double epsilon;
    int compat;
};
enum ecp_status ecp_canonical(const struct ecp_canonical *of, double *rho, double *directions);

/* Mean of the first ones up to the `share` of their sum (0.98: as google/svcca). */
double ecp_canonical_mean(size_t n, const double *rho, double share);

/* Mean weighted by how much of x each variate carries: sum_j |<h_i, x_j>| (Morcos et al. 2018);
 * h: n x k directions, x centred n x p. ECP_ENOMEM. */
enum ecp_status ecp_canonical_weighted(size_t n, size_t p, size_t k, const double *x,
                                       const double *directions, const double *rho, double *out);

/* The first singular directions of centred x that carry `share` of the sum of singular
 * values' squares: n x *k in `out` (n x min(n, p) large), scaled by the singular values. */
enum ecp_status ecp_canonical_reduce(size_t n, size_t p, const double *x, double share, double *out,
                                     size_t *k);

/* |Q_x' Q_y|^2 / min(p, q), of orthonormal bases of the centred columns: needs p, q < n. */
enum ecp_status ecp_canonical_r2(size_t n, size_t p, size_t q, const double *x, const double *y,
                                 double *out);

#endif
