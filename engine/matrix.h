/* matrix.h -- products of dense matrices on all threads, with the same bits on any
 * number of them.
 *
 * OpenBLAS does the work, one thread a tile; tiles are cut by the shapes alone. (Bits may
 * differ between kinds of processors: OpenBLAS chooses its kernels by them.) Row-major.
 * The home of cblas; other libraries call LAPACKE where they need more. */
#ifndef ECP_MATRIX_H
#define ECP_MATRIX_H

#include <stddef.h>

/* c (m x n) = alpha op(a) op(b) + beta c, op(a) m x k, op(b) k x n; `lda` ... are the
 * lengths of stored rows. beta 0: c need not be set. 2 m n k operations. */
struct ecp_product {
    int a_transposed, b_transposed;
    size_t m, n, k;
    size_t lda, ldb, ldc;
};
void ecp_matrix_multiply(const struct ecp_product *shape, double alpha, const double *a,
                         const double *b, double beta, double *c);
void ecp_matrix_multiply_single(const struct ecp_product *shape, float alpha, const float *a,
                                const float *b, float beta, float *c);

/* Dense ones without gaps between rows: c (m x n) = a (m x k) b (k x n); = a b^T with b
 * n x k; = a^T b with a k x m. */
void ecp_matrix_ab(size_t m, size_t n, size_t k, const double *a, const double *b, double *c);
void ecp_matrix_abt(size_t m, size_t n, size_t k, const double *a, const double *b, double *c);
void ecp_matrix_atb(size_t m, size_t n, size_t k, const double *a, const double *b, double *c);

/* y (m) = a x, a m x n; and y (n) = a^T x. */
void ecp_matrix_times(size_t m, size_t n, const double *a, const double *x, double *y);
void ecp_matrix_times_single(size_t m, size_t n, const float *a, const float *x, float *y);
void ecp_matrix_transposed_times(size_t m, size_t n, const double *a, const double *x, double *y);

#endif
