/* retrieval.h -- learning to store and to find: what a fast weight memory can hold when its
 * keys are trained (the synthetic task of Schlag, Irie & Schmidhuber 2021).
 *
 * A sequence is T pairs of S keys and S values (one-hot): each once in random order (T = S),
 * or drawn with replacement (T = 2 S). Then every key that occurred is asked for the value
 * that it came with last. With a learned embedding e_i of each key,
 *
 *   k_t = W_k [v_t; e_i],  q_i = W_q e_i,  b_t = sigmoid(w_b [v_t; e_i] + c)
 *   sum rule    y_i = sum_t v_t (phi(k_t).phi(q_i)) / (sum_t phi(k_t).phi(q_i) + epsilon)
 *   delta rule  W += b_t (v_t - W k~_t) k~_t^T, y_i = W q~_i,
 *               k~ = phi(k)/sum phi(k), q~ = phi(q)/(sum phi(q) + epsilon)
 *
 * the loss is |v - y|^2 / 2, averaged over queries. With F features no rule comes below
 * (1 - F/S)/2 when all S keys are asked: y is of rank F, the values of rank S. Computes in
 * double, on all threads, the same bits on any number of them. */
#ifndef ECP_RETRIEVAL_H
#define ECP_RETRIEVAL_H

#include "engine/feature_map.h"
#include "engine/status.h"

struct ecp_retrieval_setup {
    size_t pairs; /* S >= 2 */
    int delta;    /* rule */
    int replace;  /* 2 S pairs with replacement */
    int redraw;   /* other random features for each batch */
    double epsilon;
    struct ecp_feature_setup map; /* inputs: size of a key */
    uint64_t seed;                /* of weights, sequences and features */
};

struct ecp_retrieval;

/* ECP_ECONFIG (sizes; features that may be negative), ECP_ENOMEM. */
enum ecp_status ecp_retrieval_create(const struct ecp_retrieval_setup *setup,
                                     struct ecp_retrieval **out);
void ecp_retrieval_destroy(struct ecp_retrieval *retrieval); /* NULL is fine */

/* All that is trained, one array; embeddings begin normal, weights uniform within
 * 1/sqrt(inputs). */
size_t ecp_retrieval_count(const struct ecp_retrieval *retrieval);
double *ecp_retrieval_weights(struct ecp_retrieval *retrieval);
size_t ecp_retrieval_features(const struct ecp_retrieval *retrieval);

/* Mean loss of the sequences numbered first .. first + n - 1, and its gradient (NULL: not
 * wanted). ECP_ENUMERIC: features that are not finite or vanish, or a loss that is not
 * finite; ECP_ENOMEM. */
enum ecp_status ecp_retrieval_loss(struct ecp_retrieval *retrieval, uint32_t first, size_t n,
                                   double *loss, double *gradient);

/* Sequence `number` as the memory meets it, for T = S or 2 S pairs. Room is the caller's. */
struct ecp_retrieval_pairs {
    double *keys, *values, *strength; /* T x d, before the map; T x S; T */
    double *queries;                  /* S x d, before the map */
    size_t *answer;                   /* S: which value; S: the key did not occur */
};
enum ecp_status ecp_retrieval_sequence(struct ecp_retrieval *retrieval, uint32_t number,
                                       struct ecp_retrieval_pairs *out);

#endif
