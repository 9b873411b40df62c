/* retrieval_private.h -- a sequence on its way through retrieval.c and the rules of
 * retrieval_rules.c. */
#ifndef ECP_RETRIEVAL_PRIVATE_H
#define ECP_RETRIEVAL_PRIVATE_H

#include "engine/retrieval.h"

/* Sizes, and where the parts of the weights are. */
struct ecp_retrieval_layout {
    size_t s, t, e, d, f;            /* values, pairs, embedding, key, features */
    size_t embedding, k_value, k, q; /* S x e, S x d, d x e, d x e */
    size_t b_value, b, c, count;     /* S, e, 1 */
};

struct ecp_retrieval {
    struct ecp_retrieval_setup setup;
    struct ecp_retrieval_layout at;
    struct ecp_feature_map *map;
    double *weight;
};

/* The same for all sequences of a batch. */
struct ecp_retrieval_common {
    double *k, *q, *b;  /* of each key, before the value's part: S x d, S x d, S */
    double *phi, *seen; /* S x F: features of q, and as the rule uses them */
    double *total;      /* S: sums of features, + epsilon */
};

/* One sequence: what is computed, and the derivatives that it leaves. */
struct ecp_retrieval_run {
    size_t *key, *value, *last; /* T, T, S (T: never) */
    double *k, *phi, *b, *sum;  /* T x d, T x F, T, T */
    double *work, *y, *g;       /* S x T or F x S; S x S, S x S */
    double *u, *d_phi, *d_x;    /* T x S, T x F, T x d */
    double *d_k, *d_value;      /* S x d, S x d: of common.k, of weights k_value */
    double *d_seen, *d_b;       /* S x F, T */
    double loss;
    size_t asked;
    int backward; /* derivatives are wanted */
    enum ecp_status status;
};

/* Forward, x->loss, and, where wanted, derivatives to d_phi, d_seen, d_b. */
void ecp_retrieval_sum_rule(const struct ecp_retrieval *r, const struct ecp_retrieval_common *c,
                            struct ecp_retrieval_run *x, int backward);
void ecp_retrieval_delta_rule(const struct ecp_retrieval *r, const struct ecp_retrieval_common *c,
                              struct ecp_retrieval_run *x, int backward);
/* dL/dphi from dL/d(phi over its sum), both n x f. */
void ecp_retrieval_through_sum(size_t n, size_t f, const double *shares, const double *sum,
                               double *d);

#endif
