#include "engine/mlp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/chance.h"
#include "engine/matrix.h"

enum { WEIGHTS = 0x31b }; /* subject of chance */

#define REAL    double
#define NAME(f) f##_double
#define GEMM    ecp_matrix_multiply
#include "engine/mlp_net.h"
#undef REAL
#undef NAME
#undef GEMM

#define REAL    float
#define NAME(f) f##_single
#define GEMM    ecp_matrix_multiply_single
#include "engine/mlp_net.h"

struct ecp_mlp {
    struct ecp_mlp_setup setup; /* `size` is that of the nets */
    struct net_double fine;
    struct net_single coarse;
};

static enum ecp_status check(const struct ecp_mlp_setup *setup)
{
    if (setup->n_layers < 1 || setup->n_layers > ECP_MLP_LAYERS)
        return ecp_fail(ECP_EARG, "a perceptron of %zu layers; allowed: 1 to %d", setup->n_layers,
                        ECP_MLP_LAYERS);
    for (size_t l = 0; l <= setup->n_layers; l++)
        if (setup->size[l] == 0)
            return ecp_fail(ECP_EARG, "layer %zu of a perceptron has 0 units", l);
    return ECP_OK;
}

enum ecp_status ecp_mlp_create(const struct ecp_mlp_setup *setup, struct ecp_mlp **out)
{
    struct ecp_mlp *mlp = NULL;
    enum ecp_status status;
    ECP_TRY(check(setup));
    mlp = calloc(1, sizeof *mlp);
    if (!mlp)
        return ecp_fail(ECP_ENOMEM, "no memory for a perceptron");
    mlp->setup = *setup;
    mlp->setup.size = setup->single ? mlp->coarse.size : mlp->fine.size;
    ECP_TRY(setup->single ? init_single(&mlp->coarse, setup) : init_double(&mlp->fine, setup));
    *out = mlp;
    return ECP_OK;
done:
    ecp_mlp_destroy(mlp);
    return status;
}

void ecp_mlp_destroy(struct ecp_mlp *mlp)
{
    if (!mlp)
        return;
    clear_double(&mlp->fine);
    clear_single(&mlp->coarse);
    free(mlp);
}

size_t ecp_mlp_outputs(const struct ecp_mlp *mlp, size_t layer)
{
    return mlp->setup.size[layer + 1];
}

size_t ecp_mlp_inputs(const struct ecp_mlp *mlp, size_t layer)
{
    return mlp->setup.single ? inputs_single(&mlp->coarse, layer)
                             : inputs_double(&mlp->fine, layer);
}

static enum ecp_status forward(struct ecp_mlp *mlp, size_t n, const double *x)
{
    return mlp->setup.single ? forward_single(&mlp->coarse, n, x)
                             : forward_double(&mlp->fine, n, x);
}

static enum ecp_status check_classes(const struct ecp_mlp *mlp, size_t n, const int *classes)
{
    const size_t most = mlp->setup.size[mlp->setup.n_layers];
    for (size_t k = 0; k < n; k++)
        if (classes[k] < 0 || (size_t)classes[k] >= most)
            return ecp_fail(ECP_EARG, "item %zu: class %d; allowed: 0 to %zu", k, classes[k],
                            most - 1);
    return ECP_OK;
}

enum ecp_status ecp_mlp_loss(struct ecp_mlp *mlp, size_t n, const double *x, const int *classes,
                             double *loss)
{
    enum ecp_status status;
    ECP_TRY(check_classes(mlp, n, classes));
    ECP_TRY(forward(mlp, n, x));
    const double found = mlp->setup.single ? judge_single(&mlp->coarse, n, classes)
                                           : judge_double(&mlp->fine, n, classes);
    if (!isfinite(found))
        return ecp_fail(ECP_ENUMERIC, "the loss of a perceptron is %g", found);
    if (loss)
        *loss = found;
done:
    return status;
}

enum ecp_status ecp_mlp_train(struct ecp_mlp *mlp, size_t n, const double *x, const int *classes,
                              double *loss)
{
    enum ecp_status status = ECP_OK;
    if (n == 0)
        return ECP_OK;
    ECP_TRY(ecp_mlp_loss(mlp, n, x, classes, loss));
    status = mlp->setup.single ? step_single(&mlp->coarse, &mlp->setup, n)
                               : step_double(&mlp->fine, &mlp->setup, n);
done:
    return status;
}

enum ecp_status ecp_mlp_activity(struct ecp_mlp *mlp, size_t n, const double *x, size_t layer,
                                 double *out)
{
    const enum ecp_status status = forward(mlp, n, x);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; k < n * ecp_mlp_inputs(mlp, layer); k++)
        out[k] = mlp->setup.single ? (double)mlp->coarse.a[layer][k] : mlp->fine.a[layer][k];
    return ECP_OK;
}

enum ecp_status ecp_mlp_classes(struct ecp_mlp *mlp, size_t n, const double *x, int *classes)
{
    const size_t last = mlp->setup.n_layers, m = mlp->setup.size[last];
    const enum ecp_status status = forward(mlp, n, x);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; k < n; k++) {
        size_t best = 0;
        for (size_t j = 1; j < m; j++)
            if (mlp->setup.single
                    ? mlp->coarse.a[last][k * m + j] > mlp->coarse.a[last][k * m + best]
                    : mlp->fine.a[last][k * m + j] > mlp->fine.a[last][k * m + best])
                best = j;
        classes[k] = (int)best;
    }
    return ECP_OK;
}

enum ecp_status ecp_mlp_accuracy(struct ecp_mlp *mlp, size_t n, const double *x, const int *classes,
                                 double *share)
{
    int *found = ecp_array(n, sizeof *found);
    size_t right = 0;
    if (!found)
        return ecp_fail(ECP_ENOMEM, "no memory for the classes of %zu items", n);
    const enum ecp_status status = ecp_mlp_classes(mlp, n, x, found);
    for (size_t k = 0; status == ECP_OK && k < n; k++)
        right += found[k] == classes[k];
    free(found);
    if (status == ECP_OK)
        *share = n ? (double)right / (double)n : NAN;
    return status;
}

void ecp_mlp_weights_read(const struct ecp_mlp *mlp, size_t layer, double *out)
{
    const size_t count = ecp_mlp_inputs(mlp, layer) * ecp_mlp_outputs(mlp, layer);
    for (size_t k = 0; k < count; k++)
        out[k] = mlp->setup.single ? (double)mlp->coarse.w[layer][k] : mlp->fine.w[layer][k];
}

void ecp_mlp_weights_write(struct ecp_mlp *mlp, size_t layer, const double *weights)
{
    const size_t count = ecp_mlp_inputs(mlp, layer) * ecp_mlp_outputs(mlp, layer);
    for (size_t k = 0; k < count; k++) {
        if (mlp->setup.single)
            mlp->coarse.w[layer][k] = (float)weights[k];
        else
            mlp->fine.w[layer][k] = weights[k];
    }
}
