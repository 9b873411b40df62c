/* verify_dual_form_long.c -- the dual form over whole training runs of 5000 steps of a
 * 784-800-800-10 perceptron: in double from stored experiences, in single with batches of
 * 128 by training twice (first for the activity of the test items at the end, then adding up
 * what each experience gives to them as it comes). Minutes: `./dev test --full`. */
#include <stdio.h>

#include "engine/matrix.h"
#include "tests/verify/dual_case.h"

enum { INPUTS = 784, STEPS = 5000, ITEMS = 3840, TESTED = 10 };

static const size_t sizes[] = {INPUTS, 800, 800, 10};

struct data {
    double *x, *tested;
    int *classes;
};

static struct data data_of(void)
{
    struct data d = {calloc((size_t)ITEMS * INPUTS, sizeof(double)),
                     calloc((size_t)TESTED * INPUTS, sizeof(double)),
                     calloc(ITEMS + TESTED, sizeof(int))};
    struct ecp_clusters clusters = {
        .dimensions = INPUTS, .classes = 10, .noise = 1, .size = 0.1, .seed = 4, .set = 1};
    CU_ASSERT_FATAL(d.x && d.tested && d.classes);
    ecp_clusters_draw(&clusters, ITEMS, d.x, d.classes);
    clusters.set = 2;
    ecp_clusters_draw(&clusters, TESTED, d.tested, d.classes + ITEMS);
    return d;
}

static void data_clear(struct data *d)
{
    free(d->x);
    free(d->tested);
    free(d->classes);
}

static void in_double(void)
{
    enum { BATCH = 8 };
    struct data d = data_of();
    struct dual dual;
    double worst = 0;
    const struct ecp_mlp_setup setup = {.n_layers = 3,
                                        .size = sizes,
                                        .bias = 1,
                                        .momentum = 0.9,
                                        .decay = 1e-4,
                                        .rate = 3e-3,
                                        .seed = 3};
    dual_begin(&dual, &setup, BATCH, (size_t)STEPS * BATCH);
    dual_train(&dual, STEPS, ITEMS, d.x, d.classes);
    for (size_t l = 0; l < 3; l++)
        worst = fmax(worst, dual_error(&dual, l, TESTED, d.tested));
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-10);
    dual_end(&dual);
    data_clear(&d);
}

/* ---- batches of 128 ------------------------------------------------------------------ */

struct replay {
    const struct ecp_mlp *mlp;
    double rate;
    double *activity[3], *sum[3]; /* of the test items: inputs of a layer; what it adds up to */
};

static enum ecp_status add(void *user, size_t layer, size_t n, const double *x,
                           const double *gradient)
{
    struct replay *r = user;
    const size_t from = ecp_mlp_inputs(r->mlp, layer), to = ecp_mlp_outputs(r->mlp, layer);
    double *score = malloc(TESTED * n * sizeof *score);
    CU_ASSERT_PTR_NOT_NULL_FATAL(score);
    ecp_matrix_abt(TESTED, n, from, r->activity[layer], x, score);
    ecp_matrix_multiply(&(struct ecp_product){0, 0, TESTED, to, n, n, to, to}, -r->rate, score,
                        gradient, 1, r->sum[layer]);
    free(score);
    return ECP_OK;
}

static struct ecp_mlp *train(const struct ecp_mlp_setup *setup, struct replay *replay,
                             const struct data *d)
{
    enum { BATCH = 128 };
    struct ecp_mlp *mlp;
    ECP_ASSERT_OK(ecp_mlp_create(setup, &mlp));
    for (size_t l = 0; replay && l < 3; l++) {
        const size_t from = ecp_mlp_inputs(mlp, l), to = ecp_mlp_outputs(mlp, l);
        double *w = calloc(from * to, sizeof *w);
        CU_ASSERT_PTR_NOT_NULL_FATAL(w);
        replay->mlp = mlp;
        ecp_mlp_weights_read(mlp, l, w);
        dual_weights_times(w, TESTED, from, to, replay->activity[l], replay->sum[l]);
        free(w);
    }
    for (size_t k = 0; k < STEPS; k++) {
        const size_t at = k * BATCH % ITEMS;
        ECP_ASSERT_OK(ecp_mlp_train(mlp, BATCH, d->x + at * INPUTS, d->classes + at, NULL));
    }
    return mlp;
}

static void in_single(void)
{
    struct data d = data_of();
    struct replay r = {NULL, 3e-3, {NULL, NULL, NULL}, {NULL, NULL, NULL}};
    struct ecp_mlp_setup setup = {
        .n_layers = 3, .size = sizes, .single = 1, .rate = r.rate, .seed = 3};
    struct ecp_mlp *mlp = train(&setup, NULL, &d);
    double worst = 0, moved = 0;
    for (size_t l = 0; l < 3; l++) {
        r.activity[l] = calloc(TESTED * ecp_mlp_inputs(mlp, l), sizeof(double));
        r.sum[l] = calloc(TESTED * ecp_mlp_outputs(mlp, l), sizeof(double));
        CU_ASSERT_FATAL(r.activity[l] && r.sum[l]);
        ECP_ASSERT_OK(ecp_mlp_activity(mlp, TESTED, d.tested, l, r.activity[l]));
    }
    ecp_mlp_destroy(mlp);
    setup.witness = (struct ecp_mlp_witness){add, &r};
    mlp = train(&setup, &r, &d);
    for (size_t l = 0; l < 3; l++) {
        const size_t from = ecp_mlp_inputs(mlp, l), to = ecp_mlp_outputs(mlp, l);
        double *w = calloc(from * to, sizeof *w), *y = calloc(TESTED * to, sizeof *w);
        double error = 0, size = 0;
        CU_ASSERT_FATAL(w && y);
        ecp_mlp_weights_read(mlp, l, w);
        dual_weights_times(w, TESTED, from, to, r.activity[l], y);
        for (size_t k = 0; k < TESTED * to; k++) {
            error = fmax(error, fabs(y[k] - r.sum[l][k]));
            size = fmax(size, fabs(y[k]));
        }
        worst = fmax(worst, error / size);
        moved = fmax(moved, size);
        free(w);
        free(y);
        free(r.activity[l]);
        free(r.sum[l]);
    }
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-4 && worst > 0 && moved > 0.1);
    ecp_mlp_destroy(mlp);
    data_clear(&d);
}

ECP_TEST_MAIN("dual_form, 5000 steps", {"double", in_double}, {"single, batches of 128", in_single})
