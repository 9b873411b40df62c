/* shape.h -- distances between responses up to rotation, whitening or the order of units. */
#ifndef ECP_ANALYSIS_SHAPE_H
#define ECP_ANALYSIS_SHAPE_H

#include <stddef.h>

#include "engine/status.h"

/* x: n x p, y: n x q; the narrower one is padded by columns of 0. alpha 1: rotations
 * (Procrustes); 0: full whitening first (canonical correlations); between: partly. The
 * angle (rad) and the Euclidean distance after the best rotation. */
struct ecp_shape_distance {
    double angle, euclidean;
};
enum ecp_status ecp_shape(size_t n, size_t p, size_t q, const double *x, const double *y,
                          double alpha, struct ecp_shape_distance *out);
/* The same after the best one-to-one matching of units. */
enum ecp_status ecp_shape_permuted(size_t n, size_t p, size_t q, const double *x, const double *y,
                                   struct ecp_shape_distance *out);

#endif
