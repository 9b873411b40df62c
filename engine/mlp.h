/* mlp.h -- a small multilayer perceptron: ReLU, softmax cross-entropy, gradient descent
 * with momentum and weight decay.
 *
 *   a_0 = x, a_{l+1} = max(0, W_l a_l), logits y = W_L a_L (1 appended to a_l where `bias`)
 *   L = mean over the batch of -ln softmax(y)[class]
 *   v <- momentum v + dL/dW + decay W;  W <- W - rate v
 *
 * Data are double, row-major; `single` computes in single precision inside. The same bits
 * on any number of threads. A network is used by one thread at a time. */
#ifndef ECP_MLP_H
#define ECP_MLP_H

#include <stddef.h>
#include <stdint.h>

#include "engine/status.h"

/* Called for every layer of every step, the last layer first: inputs x (n x inputs, with
 * the 1 appended) and derivatives of the loss dL/dy (n x outputs), one row an item. */
struct ecp_mlp_witness {
    enum ecp_status (*take)(void *user, size_t layer, size_t n, const double *x,
                            const double *gradient);
    void *user;
};

struct ecp_mlp_setup {
    size_t n_layers;    /* of weights, 1 to ECP_MLP_LAYERS */
    const size_t *size; /* n_layers + 1: inputs, hidden units ..., classes; copied */
    int bias, single;
    double rate, momentum, decay;
    uint64_t seed; /* weights begin uniform within 1/sqrt(inputs) */
    struct ecp_mlp_witness witness;
};
enum { ECP_MLP_LAYERS = 8 };

struct ecp_mlp;

/* ECP_EARG (sizes), ECP_ENOMEM. */
enum ecp_status ecp_mlp_create(const struct ecp_mlp_setup *setup, struct ecp_mlp **out);
void ecp_mlp_destroy(struct ecp_mlp *mlp); /* NULL is fine */

/* One step on a batch; *loss, before the step, may be NULL. ECP_ENUMERIC: the loss is not
 * finite. ECP_ENOMEM; a witness' own status. */
enum ecp_status ecp_mlp_train(struct ecp_mlp *mlp, size_t n, const double *x, const int *classes,
                              double *loss);
enum ecp_status ecp_mlp_loss(struct ecp_mlp *mlp, size_t n, const double *x, const int *classes,
                             double *loss);

/* What layer `layer` is given (n x ecp_mlp_inputs); layer n_layers: the logits. */
enum ecp_status ecp_mlp_activity(struct ecp_mlp *mlp, size_t n, const double *x, size_t layer,
                                 double *out);
/* The class of the largest logit (of equals the first). */
enum ecp_status ecp_mlp_classes(struct ecp_mlp *mlp, size_t n, const double *x, int *classes);
/* Share of items whose class is right. */
enum ecp_status ecp_mlp_accuracy(struct ecp_mlp *mlp, size_t n, const double *x, const int *classes,
                                 double *share);

/* Inputs of a layer, the 1 included; its outputs. */
size_t ecp_mlp_inputs(const struct ecp_mlp *mlp, size_t layer);
size_t ecp_mlp_outputs(const struct ecp_mlp *mlp, size_t layer);

/* W_layer, outputs x inputs. Writing leaves the velocity as it is. */
void ecp_mlp_weights_read(const struct ecp_mlp *mlp, size_t layer, double *out);
void ecp_mlp_weights_write(struct ecp_mlp *mlp, size_t layer, const double *weights);

#endif
