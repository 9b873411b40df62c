/* experience.h -- a perceptron that is trained while each of its layers is also kept as a
 * dual_form memory of that training: weights as attention over what was experienced.
 *
 * Items are counted as they come in training, from 0, alike in all layers; before them
 * each memory holds the weights training began with. */
#ifndef ECP_EXPERIENCE_H
#define ECP_EXPERIENCE_H

#include "engine/memory.h"
#include "engine/mlp.h"

struct ecp_experience_setup {
    struct ecp_mlp_setup mlp; /* its witness is ours */
    size_t batch, capacity;   /* items of a step; items that will come (0: unknown) */
    int plain;                /* 1: memories that know nothing of momentum and decay, wrongly */
};

struct ecp_experience;

/* ECP_EARG, ECP_ENOMEM. */
enum ecp_status ecp_experience_create(const struct ecp_experience_setup *setup,
                                      struct ecp_experience **out);
void ecp_experience_destroy(struct ecp_experience *experience); /* NULL is fine */

/* One step on a whole batch. */
enum ecp_status ecp_experience_train(struct ecp_experience *experience, const double *x,
                                     const int *classes, double *loss);

struct ecp_mlp *ecp_experience_mlp(struct ecp_experience *experience);
struct ecp_memory *ecp_experience_memory(struct ecp_experience *experience, size_t layer);
size_t ecp_experience_items(const struct ecp_experience *experience);

/* Items first .. first + n - 1 in all layers; the weights before training. */
enum ecp_status ecp_experience_weigh(struct ecp_experience *experience, size_t first, size_t n,
                                     double accessibility, double amplification);
enum ecp_status ecp_experience_weigh_begun(struct ecp_experience *experience, double accessibility,
                                           double amplification);

/* Through the memories instead of the weights: logits, n x classes; share of right classes. */
enum ecp_status ecp_experience_logits(struct ecp_experience *experience, size_t n, const double *x,
                                      double *logits);
enum ecp_status ecp_experience_accuracy(struct ecp_experience *experience, size_t n,
                                        const double *x, const int *classes, double *share);

/* Largest difference of a layer's memory from its weights, over n test items, relative to
 * the layer's largest output. */
enum ecp_status ecp_experience_error(struct ecp_experience *experience, size_t layer, size_t n,
                                     const double *x, double *error);

/* How much n test items attend to each training item in a layer, |x_t.x|: n x items. */
enum ecp_status ecp_experience_attention(struct ecp_experience *experience, size_t layer, size_t n,
                                         const double *x, double *attention);
#endif
