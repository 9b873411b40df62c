/* latent.h -- layers that learn each for itself from pairs of views of the same thing
 * (latent predictive learning; Halvagal & Zenke 2023, doi:10.1038/s41593-023-01460-y).
 *
 * A layer of M units gives z for the first views and y for the second (B pairs, B x M,
 * row-major). It lowers
 *
 *   predict    mean over pairs and units of (z - y)^2
 *   hebb       -mean over units of ln(var + epsilon), var over the batch (divisor B - 1)
 *   decorrelate  sum over i != k of C_ik^2 / (M^2 - M), C the covariance over the batch
 *
 * the last two averaged over both views, with means of a batch taken as constants. No
 * gradient passes from a layer to the one before. */
#ifndef ECP_LATENT_H
#define ECP_LATENT_H

#include <stddef.h>
#include <stdint.h>

#include "engine/status.h"

struct ecp_latent_loss {
    double predict, hebb, decorrelate; /* weights of the parts */
    double epsilon;
};

/* The parts before their weights. */
struct ecp_latent_parts {
    double predict, hebb, decorrelate;
};

/* Parts of the loss, and its derivatives by z and y (B x M; NULL: not wanted). B >= 2.
 * `work`: ecp_latent_work(M, B) doubles. M = 1 has nothing to decorrelate. */
size_t ecp_latent_work(size_t units, size_t pairs);
struct ecp_latent_parts ecp_latent_gradient(const struct ecp_latent_loss *loss, size_t pairs,
                                            size_t units, const double *z, const double *y,
                                            double *z_gradient, double *y_gradient, double *work);

/* ---- a stack of layers: a_0 = x, a_{l+1} = max(0, W_l a_l + b_l) ------------------------- */

struct ecp_latent_setup {
    size_t n_layers, pairs; /* pairs: of a batch, 2 or more */
    const size_t *size;     /* n_layers + 1, copied */
    struct ecp_latent_loss loss;
    double rate, decay; /* Adam; decay W is added to the gradient */
    uint64_t seed;      /* weights begin normal with variance 2/inputs, biases at 0 */
};
enum { ECP_LATENT_LAYERS = 8 };

struct ecp_latent;

/* ECP_EARG, ECP_ENOMEM. */
enum ecp_status ecp_latent_create(const struct ecp_latent_setup *setup, struct ecp_latent **out);
void ecp_latent_destroy(struct ecp_latent *latent); /* NULL is fine */

/* One step on `pairs` pairs of views (each pairs x size[0]). ECP_ENUMERIC: a loss is not
 * finite. */
enum ecp_status ecp_latent_train(struct ecp_latent *latent, const double *x, const double *view);

/* a_layer (1 .. n_layers) for n inputs: n x size[layer]. ECP_ENOMEM. */
enum ecp_status ecp_latent_activity(const struct ecp_latent *latent, size_t n, const double *x,
                                    size_t layer, double *out);

#endif
