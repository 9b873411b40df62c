#include "engine/experience.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/matrix.h"

struct ecp_experience {
    struct ecp_experience_setup setup;
    struct ecp_mlp *mlp;
    struct ecp_memory *memory[ECP_MLP_LAYERS];
    size_t size[ECP_MLP_LAYERS + 1];
    size_t items;
};

/* ---- training ---------------------------------------------------------------------- */

static enum ecp_status take(void *user, size_t layer, size_t n, const double *x,
                            const double *gradient)
{
    struct ecp_experience *e = user;
    const size_t count = n * ecp_mlp_outputs(e->mlp, layer);
    double *error = ecp_array(count, sizeof *error);
    if (!error)
        return ecp_fail(ECP_ENOMEM, "no memory for the error signals of %zu items", n);
    for (size_t k = 0; k < count; k++)
        error[k] = -gradient[k];
    const enum ecp_status status = ecp_memory_store_pairs(e->memory[layer], x, error, n);
    free(error);
    return status;
}

/* The weights training begins with: columns under unit keys. */
static enum ecp_status keep_weights(struct ecp_experience *e, size_t l)
{
    const size_t from = ecp_mlp_inputs(e->mlp, l), to = ecp_mlp_outputs(e->mlp, l);
    double *w = ecp_array(from * to, sizeof *w), *column = ecp_array(from * to, sizeof *w);
    double *unit = ecp_array(from * from, sizeof *w);
    enum ecp_status status = ECP_ENOMEM;
    if (!w || !column || !unit) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the weights of a layer");
        goto done;
    }
    ecp_mlp_weights_read(e->mlp, l, w);
    for (size_t j = 0; j < from; j++) {
        unit[j * from + j] = 1;
        for (size_t i = 0; i < to; i++)
            column[j * to + i] = w[i * from + j];
    }
    status = ecp_memory_store_pairs(e->memory[l], unit, column, from);
done:
    free(w);
    free(column);
    free(unit);
    return status;
}

static enum ecp_status create_memory(struct ecp_experience *e, size_t l)
{
    const struct ecp_mlp_setup *mlp = &e->setup.mlp;
    const size_t inputs = ecp_mlp_inputs(e->mlp, l);
    const struct ecp_memory_setting settings[] = {
        {"rate", mlp->rate, NULL},
        {"momentum", e->setup.plain ? 0 : mlp->momentum, NULL},
        {"decay", e->setup.plain ? 0 : mlp->decay, NULL},
        {"batch", (double)e->setup.batch, NULL},
        {"prior", (double)inputs, NULL}};
    struct ecp_memory_setup setup = {
        .shape = {inputs, ecp_mlp_outputs(e->mlp, l), e->setup.capacity + inputs},
        .settings = settings,
        .n_settings = 5};
    enum ecp_status status;
    ECP_TRY(ecp_memory_find("dual_form", &setup.model));
    ECP_TRY(ecp_memory_create(&setup, &e->memory[l]));
    status = keep_weights(e, l);
done:
    return status;
}

enum ecp_status ecp_experience_create(const struct ecp_experience_setup *setup,
                                      struct ecp_experience **out)
{
    struct ecp_experience *e = calloc(1, sizeof *e);
    enum ecp_status status;
    if (!e)
        return ecp_fail(ECP_ENOMEM, "no memory for experience");
    e->setup = *setup;
    e->setup.mlp.witness = (struct ecp_mlp_witness){take, e};
    ECP_TRY(ecp_mlp_create(&e->setup.mlp, &e->mlp));
    memcpy(e->size, setup->mlp.size, (setup->mlp.n_layers + 1) * sizeof *e->size);
    e->setup.mlp.size = e->size;
    for (size_t l = 0; l < setup->mlp.n_layers; l++)
        ECP_TRY(create_memory(e, l));
    *out = e;
    return ECP_OK;
done:
    ecp_experience_destroy(e);
    return status;
}

void ecp_experience_destroy(struct ecp_experience *experience)
{
    if (!experience)
        return;
    for (size_t l = 0; l < ECP_MLP_LAYERS; l++)
        ecp_memory_destroy(experience->memory[l]);
    ecp_mlp_destroy(experience->mlp);
    free(experience);
}

enum ecp_status ecp_experience_train(struct ecp_experience *experience, const double *x,
                                     const int *classes, double *loss)
{
    const size_t batch = experience->setup.batch;
    const enum ecp_status status = ecp_mlp_train(experience->mlp, batch, x, classes, loss);
    if (status == ECP_OK)
        experience->items += batch;
    return status;
}

/* ---- looking at it ------------------------------------------------------------------- */

struct ecp_mlp *ecp_experience_mlp(struct ecp_experience *experience)
{
    return experience->mlp;
}

struct ecp_memory *ecp_experience_memory(struct ecp_experience *experience, size_t layer)
{
    return experience->memory[layer];
}

size_t ecp_experience_items(const struct ecp_experience *experience)
{
    return experience->items;
}

enum ecp_status ecp_experience_weigh(struct ecp_experience *experience, size_t first, size_t n,
                                     double accessibility, double amplification)
{
    enum ecp_status status = ECP_OK;
    for (size_t l = 0; l < experience->setup.mlp.n_layers; l++)
        ECP_TRY(ecp_memory_weigh(experience->memory[l], first + ecp_mlp_inputs(experience->mlp, l),
                                 n, accessibility, amplification));
done:
    return status;
}

enum ecp_status ecp_experience_weigh_begun(struct ecp_experience *experience, double accessibility,
                                           double amplification)
{
    enum ecp_status status = ECP_OK;
    for (size_t l = 0; l < experience->setup.mlp.n_layers; l++)
        ECP_TRY(ecp_memory_weigh(experience->memory[l], 0, ecp_mlp_inputs(experience->mlp, l),
                                 accessibility, amplification));
done:
    return status;
}

/* Rows of `size`, with a 1 behind each where there is a bias. */
static void append_one(size_t n, size_t size, int bias, int relu, const double *x, double *out)
{
    const size_t width = size + (bias != 0);
    for (size_t k = 0; k < n; k++) {
        for (size_t j = 0; j < size; j++) {
            const double y = x[k * size + j];
            out[k * width + j] = relu && y < 0 ? 0 : y;
        }
        if (bias)
            out[k * width + size] = 1;
    }
}

enum ecp_status ecp_experience_logits(struct ecp_experience *experience, size_t n, const double *x,
                                      double *logits)
{
    const struct ecp_experience *e = experience;
    size_t widest = e->size[0];
    enum ecp_status status = ECP_OK;
    for (size_t l = 0; l <= e->setup.mlp.n_layers; l++)
        widest = e->size[l] > widest ? e->size[l] : widest;
    double *a = ecp_array(n * (widest + 1), sizeof *a), *y = ecp_array(n * widest, sizeof *a);
    if (!a || !y) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the activity of %zu items", n);
        goto done;
    }
    memcpy(y, x, n * e->size[0] * sizeof *y);
    for (size_t l = 0; l < e->setup.mlp.n_layers; l++) {
        append_one(n, e->size[l], e->setup.mlp.bias, l > 0, y, a);
        ECP_TRY(ecp_memory_recall(e->memory[l], a, n, y, NULL));
    }
    memcpy(logits, y, n * e->size[e->setup.mlp.n_layers] * sizeof *y);
done:
    free(a);
    free(y);
    return status;
}

enum ecp_status ecp_experience_accuracy(struct ecp_experience *experience, size_t n,
                                        const double *x, const int *classes, double *share)
{
    const size_t m = experience->size[experience->setup.mlp.n_layers];
    double *logits = ecp_array(n * m, sizeof *logits);
    size_t right = 0;
    if (!logits)
        return ecp_fail(ECP_ENOMEM, "no memory for the logits of %zu items", n);
    const enum ecp_status status = ecp_experience_logits(experience, n, x, logits);
    for (size_t k = 0; status == ECP_OK && k < n; k++) {
        size_t best = 0;
        for (size_t j = 1; j < m; j++)
            best = logits[k * m + j] > logits[k * m + best] ? j : best;
        right += (int)best == classes[k];
    }
    free(logits);
    if (status == ECP_OK)
        *share = (double)right / (double)n;
    return status;
}

enum ecp_status ecp_experience_error(struct ecp_experience *experience, size_t layer, size_t n,
                                     const double *x, double *error)
{
    const size_t from = ecp_mlp_inputs(experience->mlp, layer);
    const size_t to = ecp_mlp_outputs(experience->mlp, layer);
    double *a = ecp_array(n * from, sizeof *a), *w = ecp_array(from * to, sizeof *a);
    double *y = ecp_array(n * to, sizeof *a), *z = ecp_array(n * to, sizeof *a);
    double worst = 0, size = 0;
    enum ecp_status status = ECP_ENOMEM;
    if (!a || !w || !y || !z) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the outputs of %zu items", n);
        goto done;
    }
    ECP_TRY(ecp_mlp_activity(experience->mlp, n, x, layer, a));
    ecp_mlp_weights_read(experience->mlp, layer, w);
    ecp_matrix_abt(n, to, from, a, w, y);
    ECP_TRY(ecp_memory_recall(experience->memory[layer], a, n, z, NULL));
    for (size_t k = 0; k < n * to; k++) {
        worst = fmax(worst, fabs(y[k] - z[k]));
        size = fmax(size, fabs(y[k]));
    }
    *error = size > 0 ? worst / size : worst;
done:
    free(a);
    free(w);
    free(y);
    free(z);
    return status;
}

enum ecp_status ecp_experience_attention(struct ecp_experience *experience, size_t layer, size_t n,
                                         const double *x, double *attention)
{
    const size_t from = ecp_mlp_inputs(experience->mlp, layer), items = experience->items;
    struct ecp_memory_part keys;
    double *a = ecp_array(n * from, sizeof *a);
    enum ecp_status status;
    if (!a)
        return ecp_fail(ECP_ENOMEM, "no memory for the activity of %zu items", n);
    ECP_TRY(ecp_mlp_activity(experience->mlp, n, x, layer, a));
    if (!ecp_memory_part_named(experience->memory[layer], "K", &keys) || items == 0) {
        status = ecp_fail(ECP_EARG, "attention before any training");
        goto done;
    }
    ecp_matrix_abt(n, items, from, a, keys.data + from * from, attention);
    for (size_t k = 0; k < n * items; k++)
        attention[k] = fabs(attention[k]);
done:
    free(a);
    return status;
}
