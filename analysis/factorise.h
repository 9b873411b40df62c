/* factorise.h -- non-negative factors of a tensor. */
#ifndef ECP_ANALYSIS_FACTORISE_H
#define ECP_ANALYSIS_FACTORISE_H

#include <stddef.h>

#include "engine/chance.h"
#include "engine/status.h"

struct ecp_tensor {
    size_t n[3];
    const double *x; /* n[0] x n[1] x n[2], row-major; not negative */
};

/* x_ijk = sum_r a_ir b_jr c_kr, all not negative, with the least sum of squared errors: by
 * hierarchical alternating least squares (one column after the other), from a random start,
 * until a sweep changes the relative error by less than `tolerance`, or `sweeps`. Columns of b
 * and c have length 1, components are in order of their weight (the length of a's column).
 * factor: a, b, c one after the other, each n x rank. *error: |x - model|/|x| (NAN: x is 0).
 * ECP_ENOMEM. 4 n0 n1 n2 rank operations a sweep. (Cichocki & Phan 2009,
 * doi:10.1587/transfun.E92.A.708) */
struct ecp_factorising {
    size_t rank, sweeps;
    double tolerance;
};
enum ecp_status ecp_factorise(const struct ecp_factorising *how, const struct ecp_tensor *tensor,
                              struct ecp_chance *chance, double *factor, double *error);
size_t ecp_factor_size(const struct ecp_tensor *tensor, size_t rank);

/* How alike two sets of factors are, 0 to 1: components are paired so that the mean over pairs of
 * the product of the three cosines is largest (a component that is 0 is like none). ECP_ENOMEM. */
enum ecp_status ecp_factor_match(const struct ecp_tensor *tensor, size_t rank, const double *f,
                                 const double *g, double *match);

#endif
