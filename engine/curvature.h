/* curvature.h -- how much a trajectory bends (Henaff et al. 2019, doi:10.1038/s41593-019-0377-4).
 */
#ifndef ECP_CURVATURE_H
#define ECP_CURVATURE_H

#include <stddef.h>

/* Mean angle (degrees) between successive steps of n points in p dimensions (n x p,
 * row-major): arccos of v_t.v_(t+1)/((|v_t| + 1e-8)(|v_(t+1)| + 1e-8)). NAN with fewer than
 * three points. O(n p). */
double ecp_curvature_degrees(size_t n, size_t p, const double *x);

#endif
