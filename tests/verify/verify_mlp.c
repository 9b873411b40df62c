/* verify_mlp.c -- the perceptron: its derivatives against differences of the loss, its steps
 * against the formula, threads, precisions, and that it learns. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/mlp.h"
#include "tests/support.h"

enum { ITEMS = 12, INPUTS = 6, CLASSES = 4 };

static const size_t sizes[] = {INPUTS, 9, 7, CLASSES};

static void draw(double *x, int *classes, size_t n, size_t inputs)
{
    struct ecp_chance chance = ecp_chance(4, 2, 0);
    ecp_chance_normals(&chance, n * inputs, x);
    for (size_t k = 0; k < n; k++)
        classes[k] = (int)(k % CLASSES);
}

static struct ecp_mlp *network(const struct ecp_mlp_setup *setup)
{
    struct ecp_mlp *mlp;
    ECP_ASSERT_OK(ecp_mlp_create(setup, &mlp));
    return mlp;
}

/* dL/dW by the step that plain descent takes, and by central differences. */
static void gradients(void)
{
    double x[ITEMS * INPUTS], worst = 0;
    int classes[ITEMS];
    draw(x, classes, ITEMS, INPUTS);
    for (int bias = 0; bias < 2; bias++) {
        struct ecp_mlp *mlp = network(&(struct ecp_mlp_setup){
            .n_layers = 3, .size = sizes, .bias = bias, .rate = 1, .seed = 8});
        for (size_t l = 0; l < 3; l++) {
            const size_t count = ecp_mlp_inputs(mlp, l) * ecp_mlp_outputs(mlp, l);
            double *w = calloc(count, sizeof *w), *after = calloc(count, sizeof *w);
            double *all[3], error = 0, size = 0;
            CU_ASSERT_FATAL(w && after);
            for (size_t j = 0; j < 3; j++) {
                all[j] = calloc(ecp_mlp_inputs(mlp, j) * ecp_mlp_outputs(mlp, j), sizeof *w);
                ecp_mlp_weights_read(mlp, j, all[j]);
            }
            ecp_mlp_weights_read(mlp, l, w);
            ECP_ASSERT_OK(ecp_mlp_train(mlp, ITEMS, x, classes, NULL));
            ecp_mlp_weights_read(mlp, l, after);
            for (size_t j = 0; j < 3; j++)
                ecp_mlp_weights_write(mlp, j, all[j]);
            for (size_t k = 0; k < count; k++) {
                const double h = 1e-6, was = w[k], gradient = was - after[k];
                double up, down;
                w[k] = was + h;
                ecp_mlp_weights_write(mlp, l, w);
                ECP_ASSERT_OK(ecp_mlp_loss(mlp, ITEMS, x, classes, &up));
                w[k] = was - h;
                ecp_mlp_weights_write(mlp, l, w);
                ECP_ASSERT_OK(ecp_mlp_loss(mlp, ITEMS, x, classes, &down));
                w[k] = was;
                ecp_mlp_weights_write(mlp, l, w);
                const double measured = (up - down) / (2 * h);
                error += (measured - gradient) * (measured - gradient);
                size += gradient * gradient;
            }
            worst = fmax(worst, sqrt(error / size));
            for (size_t j = 0; j < 3; j++)
                free(all[j]);
            free(w);
            free(after);
        }
        ecp_mlp_destroy(mlp);
    }
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-5);
}

/* What a witness is told makes the gradient of each step; from it, by the formula, the
 * weights. */
struct told {
    double *gradient[3];
    const struct ecp_mlp *mlp;
};

static enum ecp_status take(void *user, size_t layer, size_t n, const double *x, const double *d)
{
    struct told *told = user;
    const size_t from = ecp_mlp_inputs(told->mlp, layer);
    const size_t to = ecp_mlp_outputs(told->mlp, layer);
    memset(told->gradient[layer], 0, from * to * sizeof(double));
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < to; i++)
            for (size_t j = 0; j < from; j++)
                told->gradient[layer][i * from + j] += d[k * to + i] * x[k * from + j];
    return ECP_OK;
}

static double follow(int single)
{
    const double rate = 0.05, momentum = 0.9, decay = 0.01;
    double x[ITEMS * INPUTS], *w[3], *v[3], worst = 0;
    int classes[ITEMS];
    struct told told = {{NULL, NULL, NULL}, NULL};
    struct ecp_mlp *mlp = network(&(struct ecp_mlp_setup){.n_layers = 3,
                                                          .size = sizes,
                                                          .bias = 1,
                                                          .single = single,
                                                          .rate = rate,
                                                          .momentum = momentum,
                                                          .decay = decay,
                                                          .seed = 5,
                                                          .witness = {take, &told}});
    told.mlp = mlp;
    draw(x, classes, ITEMS, INPUTS);
    for (size_t l = 0; l < 3; l++) {
        const size_t count = ecp_mlp_inputs(mlp, l) * ecp_mlp_outputs(mlp, l);
        told.gradient[l] = calloc(count, sizeof(double));
        w[l] = calloc(count, sizeof(double));
        v[l] = calloc(count, sizeof(double));
        CU_ASSERT_FATAL(told.gradient[l] && w[l] && v[l]);
        ecp_mlp_weights_read(mlp, l, w[l]);
    }
    for (int step = 0; step < 20; step++) {
        ECP_ASSERT_OK(ecp_mlp_train(mlp, ITEMS, x, classes, NULL));
        for (size_t l = 0; l < 3; l++)
            for (size_t k = 0; k < ecp_mlp_inputs(mlp, l) * ecp_mlp_outputs(mlp, l); k++) {
                v[l][k] = momentum * v[l][k] + told.gradient[l][k] + decay * w[l][k];
                w[l][k] -= rate * v[l][k];
            }
    }
    for (size_t l = 0; l < 3; l++) {
        const size_t count = ecp_mlp_inputs(mlp, l) * ecp_mlp_outputs(mlp, l);
        ecp_mlp_weights_read(mlp, l, told.gradient[l]);
        for (size_t k = 0; k < count; k++)
            worst = fmax(worst, fabs(told.gradient[l][k] - w[l][k]));
        free(told.gradient[l]);
        free(w[l]);
        free(v[l]);
    }
    ecp_mlp_destroy(mlp);
    return worst;
}

static void steps(void)
{
    const double fine = follow(0), coarse = follow(1);
    (void)printf(" %.1e %.1e", fine, coarse);
    CU_ASSERT(fine < 1e-13);
    CU_ASSERT(coarse < 1e-5 && coarse > 0);
}

/* The mean loss of equal logits is ln of the classes. */
static void losses(void)
{
    double x[ITEMS * INPUTS], zero[9 * CLASSES] = {0}, loss;
    int classes[ITEMS];
    const size_t one[] = {INPUTS, CLASSES};
    struct ecp_mlp *mlp = network(&(struct ecp_mlp_setup){.n_layers = 1, .size = one, .rate = 0.1});
    draw(x, classes, ITEMS, INPUTS);
    ecp_mlp_weights_write(mlp, 0, zero);
    ECP_ASSERT_OK(ecp_mlp_loss(mlp, ITEMS, x, classes, &loss));
    CU_ASSERT_DOUBLE_EQUAL(loss, log(CLASSES), 1e-15);
    for (size_t k = 0; k < INPUTS * CLASSES; k++)
        zero[k] = 1e6 * (double)k;
    ecp_mlp_weights_write(mlp, 0, zero);
    ECP_ASSERT_OK(ecp_mlp_loss(mlp, ITEMS, x, classes, &loss));
    CU_ASSERT(isfinite(loss));
    classes[3] = CLASSES;
    CU_ASSERT_EQUAL(ecp_mlp_train(mlp, ITEMS, x, classes, NULL), ECP_EARG);
    ecp_error_clear();
    ecp_mlp_destroy(mlp);
}

/* Four clusters on the corners of a cross, not linearly separable by pairs: learnt, with
 * the same bits on one and on three threads. */
static void learns(void)
{
    enum { N = 256, WIDE = 300 };
    const size_t wide[] = {2, WIDE, WIDE, CLASSES};
    double *x = calloc(N * 2, sizeof *x), *w[2], accuracy = 0, loss = 0;
    int classes[N];
    struct ecp_chance chance = ecp_chance(9, 3, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(x);
    for (int k = 0; k < N; k++) {
        const int half = (int)ecp_chance_below(&chance, 2), at = k % CLASSES;
        const double angle = (at + CLASSES * half) * 3.14159265358979 / CLASSES;
        classes[k] = at;
        x[2 * k] = cos(angle) + 0.1 * ecp_chance_normal(&chance);
        x[2 * k + 1] = sin(angle) + 0.1 * ecp_chance_normal(&chance);
    }
    for (int run = 0; run < 2; run++) {
        struct ecp_mlp *mlp = network(&(struct ecp_mlp_setup){
            .n_layers = 3, .size = wide, .bias = 1, .rate = 0.1, .momentum = 0.9, .seed = 2});
        omp_set_num_threads(run ? 3 : 1);
        for (int step = 0; step < 60; step++)
            ECP_ASSERT_OK(ecp_mlp_train(mlp, N, x, classes, &loss));
        ECP_ASSERT_OK(ecp_mlp_accuracy(mlp, N, x, classes, &accuracy));
        w[run] = calloc(WIDE * (WIDE + 1), sizeof(double));
        CU_ASSERT_PTR_NOT_NULL_FATAL(w[run]);
        ecp_mlp_weights_read(mlp, 1, w[run]);
        ecp_mlp_destroy(mlp);
    }
    (void)printf(" accuracy %.3f loss %.3f", accuracy, loss);
    CU_ASSERT(accuracy > 0.98);
    CU_ASSERT_EQUAL(memcmp(w[0], w[1], WIDE * (WIDE + 1) * sizeof(double)), 0);
    free(w[0]);
    free(w[1]);
    free(x);
}

ECP_TEST_MAIN("mlp", {"gradients", gradients}, {"steps", steps}, {"losses", losses},
              {"learns, on any number of threads", learns})
