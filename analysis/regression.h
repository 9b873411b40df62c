/* regression.h -- linear maps from x (n x p) to y (n x q), with intercepts; row-major. */
#ifndef ECP_ANALYSIS_REGRESSION_H
#define ECP_ANALYSIS_REGRESSION_H

#include <stddef.h>

#include "engine/status.h"

enum ecp_regression_kind {
    ECP_REGRESSION_PLS,      /* partial least squares, `components` of them, units not scaled */
    ECP_REGRESSION_RIDGE,    /* penalty `alpha` */
    ECP_REGRESSION_RIDGE_CV, /* the penalty of `alphas` with the least leave-one-out error */
    ECP_REGRESSION_LINEAR
};

struct ecp_regression {
    enum ecp_regression_kind kind;
    size_t components;
    double alpha;
    const double *alphas;
    size_t n_alphas;
    int compat; /* PLS: directions by power iteration to 1e-6, as scikit-learn stops */
};

/* Fit on n rows and predict m rows xt (m x p) into out (m x q). PLS: W maximises covariance
 * with y in turn, x and y are deflated by its scores (Wold's mode A, each direction exact).
 * `chosen` (may be NULL): the penalty. ECP_ENOMEM; ECP_ENUMERIC. O(n p (q + components)) and
 * a cube of the smaller of n and p. */
enum ecp_status ecp_regress(const struct ecp_regression *how, size_t n, size_t p, size_t q,
                            const double *x, const double *y, size_t m, const double *xt,
                            double *out, double *chosen);

/* 10^(first + k step), as Brain-Score's list: 96 values from 0.01 to 1e7. */
enum { ECP_ALPHAS = 96 };
void ecp_regression_alphas(double alphas[ECP_ALPHAS]);

#endif
