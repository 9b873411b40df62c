/* dual_case.h -- a perceptron that is trained while each of its layers is kept as a
 * dual_form memory of that training. */
#ifndef ECP_TESTS_DUAL_CASE_H
#define ECP_TESTS_DUAL_CASE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clusters.h"
#include "engine/memory.h"
#include "engine/mlp.h"
#include "tests/support.h"

enum { DUAL_LAYERS = 3 };

struct dual {
    struct ecp_mlp *mlp;
    struct ecp_memory *memory[DUAL_LAYERS];
    struct ecp_mlp_setup setup;
    size_t batch, items; /* stored, without the first weights */
};

static inline enum ecp_status dual_take(void *user, size_t layer, size_t n, const double *x,
                                        const double *gradient)
{
    struct dual *dual = user;
    const size_t count = n * ecp_mlp_outputs(dual->mlp, layer);
    double *error = malloc(count * sizeof *error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(error);
    for (size_t k = 0; k < count; k++)
        error[k] = -gradient[k];
    ECP_ASSERT_OK(ecp_memory_store_pairs(dual->memory[layer], x, error, n));
    free(error);
    return ECP_OK;
}

/* The weights before training: columns under unit keys. */
static inline void dual_store_weights(struct dual *dual, size_t l)
{
    const size_t from = ecp_mlp_inputs(dual->mlp, l), to = ecp_mlp_outputs(dual->mlp, l);
    double *w = calloc(from * to, sizeof *w), *columns = calloc(from * to, sizeof *w);
    double *unit = calloc(from * from, sizeof *w);
    CU_ASSERT_FATAL(w && columns && unit);
    ecp_mlp_weights_read(dual->mlp, l, w);
    for (size_t j = 0; j < from; j++) {
        unit[j * from + j] = 1;
        for (size_t i = 0; i < to; i++)
            columns[j * to + i] = w[i * from + j];
    }
    ECP_ASSERT_OK(ecp_memory_store_pairs(dual->memory[l], unit, columns, from));
    free(w);
    free(columns);
    free(unit);
}

/* setup->n_layers must be 3; capacity: items that will come. */
static inline void dual_begin(struct dual *dual, const struct ecp_mlp_setup *setup, size_t batch,
                              size_t capacity)
{
    memset(dual, 0, sizeof *dual);
    dual->setup = *setup;
    dual->setup.witness = (struct ecp_mlp_witness){dual_take, dual};
    dual->batch = batch;
    ECP_ASSERT_OK(ecp_mlp_create(&dual->setup, &dual->mlp));
    for (size_t l = 0; l < DUAL_LAYERS; l++) {
        const size_t inputs = ecp_mlp_inputs(dual->mlp, l);
        const struct ecp_memory_setting settings[] = {{"rate", setup->rate, NULL},
                                                      {"momentum", setup->momentum, NULL},
                                                      {"decay", setup->decay, NULL},
                                                      {"batch", (double)batch, NULL},
                                                      {"prior", (double)inputs, NULL}};
        struct ecp_memory_setup memory = {
            .shape = {inputs, ecp_mlp_outputs(dual->mlp, l), capacity + inputs},
            .settings = settings,
            .n_settings = 5};
        ECP_ASSERT_OK(ecp_memory_find("dual_form", &memory.model));
        ECP_ASSERT_OK(ecp_memory_create(&memory, &dual->memory[l]));
        dual_store_weights(dual, l);
    }
}

static inline void dual_end(struct dual *dual)
{
    for (size_t l = 0; l < DUAL_LAYERS; l++)
        ecp_memory_destroy(dual->memory[l]);
    ecp_mlp_destroy(dual->mlp);
}

/* `steps` batches, one after the other out of n items (n a multiple of batch). */
static inline void dual_train(struct dual *dual, size_t steps, size_t n, const double *x,
                              const int *classes)
{
    const size_t inputs = dual->setup.size[0], b = dual->batch;
    for (size_t k = 0; k < steps; k++) {
        const size_t at = k * b % n;
        ECP_ASSERT_OK(ecp_mlp_train(dual->mlp, b, x + at * inputs, classes + at, NULL));
    }
    dual->items += steps * b;
}

/* What layer l makes of its inputs a (n rows): W a, without the activation. */
static inline void dual_weights_times(const double *w, size_t n, size_t from, size_t to,
                                      const double *a, double *y)
{
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < to; i++) {
            double sum = 0;
            for (size_t j = 0; j < from; j++)
                sum += w[i * from + j] * a[k * from + j];
            y[k * to + i] = sum;
        }
}

/* Largest error of a layer's memory over n test items, relative to the largest output. */
static inline double dual_error(struct dual *dual, size_t l, size_t n, const double *x)
{
    const size_t from = ecp_mlp_inputs(dual->mlp, l), to = ecp_mlp_outputs(dual->mlp, l);
    double *a = calloc(n * from, sizeof *a), *w = calloc(from * to, sizeof *a);
    double *y = calloc(n * to, sizeof *a), *z = calloc(n * to, sizeof *a);
    double error = 0, size = 0;
    CU_ASSERT_FATAL(a && w && y && z);
    ECP_ASSERT_OK(ecp_mlp_activity(dual->mlp, n, x, l, a));
    ecp_mlp_weights_read(dual->mlp, l, w);
    dual_weights_times(w, n, from, to, a, y);
    ECP_ASSERT_OK(ecp_memory_recall(dual->memory[l], a, n, z, NULL));
    for (size_t k = 0; k < n * to; k++) {
        error = fmax(error, fabs(y[k] - z[k]));
        size = fmax(size, fabs(y[k]));
    }
    free(a);
    free(w);
    free(y);
    free(z);
    return error / size;
}

#endif
