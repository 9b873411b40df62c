/* kernels.h -- kernels between conditions. Matrices n x n. */
#ifndef ECP_ANALYSIS_KERNELS_H
#define ECP_ANALYSIS_KERNELS_H

#include <stddef.h>

/* x.y of rows (n x p). */
void ecp_kernel_linear(size_t n, size_t p, const double *x, double *k);
/* Squared distances of rows; 0 on the diagonal, never negative. */
void ecp_kernel_distances(size_t n, size_t p, const double *x, double *d);
/* exp(-d^2/(2 t^2 m)), m the median of all n^2 squared distances d^2; `work`: n x n. */
void ecp_kernel_gaussian(size_t n, size_t p, const double *x, double t, double *k, double *work);

void ecp_kernel_centre(size_t n, double *k);
/* Diagonal 0, rows of sum 0: inner products are unbiased (n >= 3). */
void ecp_kernel_centre_unbiased(size_t n, double *k);

/* <k, l> / (|k| |l|); NAN where one is 0. */
double ecp_kernel_alignment(size_t n, const double *k, const double *l);

#endif
