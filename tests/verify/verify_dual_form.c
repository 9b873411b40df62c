/* verify_dual_form.c -- trained layers as attention over their training: equal for plain
 * descent, momentum, weight decay and bias; experiences removed and amplified. The run of
 * 5000 steps is verify_dual_form_long.c. */
#include <stdio.h>

#include "tests/verify/dual_case.h"

enum { INPUTS = 20, BATCH = 8, ITEMS = 400, TESTED = 12, STEPS = 100 };

static const size_t sizes[] = {INPUTS, 30, 30, 10};

struct data {
    double *x, *tested;
    int *classes;
};

static struct data data_of(size_t inputs, size_t n)
{
    struct data d = {calloc(n * inputs, sizeof(double)), calloc(TESTED * inputs, sizeof(double)),
                     calloc(n + TESTED, sizeof(int))};
    const struct ecp_clusters clusters = {.dimensions = inputs,
                                          .classes = 10,
                                          .noise = 0.5,
                                          .size = 1 / sqrt((double)inputs),
                                          .seed = 6,
                                          .set = 1};
    struct ecp_clusters others = clusters;
    CU_ASSERT_FATAL(d.x && d.tested && d.classes);
    ecp_clusters_draw(&clusters, n, d.x, d.classes);
    others.set = 2;
    ecp_clusters_draw(&others, TESTED, d.tested, d.classes + n);
    return d;
}

static void data_clear(struct data *d)
{
    free(d->x);
    free(d->tested);
    free(d->classes);
}

/* ---- equality -------------------------------------------------------------------- */

static void equal(void)
{
    struct data d = data_of(INPUTS, ITEMS);
    double worst[2] = {0, 0};
    for (int kind = 0; kind < 16; kind++) {
        const int single = kind & 8;
        const struct ecp_mlp_setup setup = {.n_layers = 3,
                                            .size = sizes,
                                            .bias = kind & 1,
                                            .momentum = kind & 2 ? 0.9 : 0,
                                            .decay = kind & 4 ? 0.02 : 0,
                                            .single = single,
                                            .rate = 0.2,
                                            .seed = 3};
        struct dual dual;
        dual_begin(&dual, &setup, BATCH, STEPS * BATCH);
        dual_train(&dual, STEPS, ITEMS, d.x, d.classes);
        for (size_t l = 0; l < 3; l++)
            worst[single != 0] = fmax(worst[single != 0], dual_error(&dual, l, TESTED, d.tested));
        dual_end(&dual);
    }
    (void)printf(" %.1e %.1e", worst[0], worst[1]);
    CU_ASSERT(worst[0] < 1e-10);
    CU_ASSERT(worst[1] < 1e-4 && worst[1] > 0);
    data_clear(&d);
}

/* The size of the paper's network, for a few steps. */
static void wide(void)
{
    static const size_t paper[] = {784, 800, 800, 10};
    struct data d = data_of(784, 320);
    struct dual dual;
    double worst = 0;
    const struct ecp_mlp_setup setup = {
        .n_layers = 3, .size = paper, .bias = 1, .momentum = 0.9, .rate = 0.05, .seed = 3};
    dual_begin(&dual, &setup, 16, 40 * 16);
    dual_train(&dual, 40, 320, d.x, d.classes);
    for (size_t l = 0; l < 3; l++)
        worst = fmax(worst, dual_error(&dual, l, TESTED, d.tested));
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-10);
    dual_end(&dual);
    data_clear(&d);
}

/* ---- single experiences -------------------------------------------------------------- */

struct snapshot {
    size_t from, to;
    double *w, *a, *y, *z; /* weights; inputs of test; what comes out */
};

static struct snapshot snapshot(const struct dual *dual, size_t l)
{
    struct snapshot s = {
        ecp_mlp_inputs(dual->mlp, l), ecp_mlp_outputs(dual->mlp, l), NULL, NULL, NULL, NULL};
    s.w = calloc(s.from * s.to, sizeof *s.w);
    s.a = calloc(TESTED * s.from, sizeof *s.w);
    s.y = calloc(TESTED * s.to, sizeof *s.w);
    s.z = calloc(TESTED * s.to, sizeof *s.w);
    CU_ASSERT_FATAL(s.w && s.a && s.y && s.z);
    ecp_mlp_weights_read(dual->mlp, l, s.w);
    return s;
}

static void snapshot_clear(struct snapshot *s)
{
    free(s->w);
    free(s->a);
    free(s->y);
    free(s->z);
}

/* Largest difference between weights `w` and the memory of layer l. */
static double differs(struct dual *dual, size_t l, struct snapshot *s, const double *w)
{
    double worst = 0;
    dual_weights_times(w, TESTED, s->from, s->to, s->a, s->y);
    ECP_ASSERT_OK(ecp_memory_recall(dual->memory[l], s->a, TESTED, s->z, NULL));
    for (size_t k = 0; k < TESTED * s->to; k++)
        worst = fmax(worst, fabs(s->y[k] - s->z[k]));
    return worst;
}

/* beta W_60 + (W_100 - W_60), and the memory with the experiences of the first 60 steps (and
 * the weights before) times beta; W_60, and the memory without the last 40 steps. */
static void weighed(void)
{
    static const double betas[] = {0, 1, 1.7};
    struct data d = data_of(INPUTS, ITEMS);
    struct snapshot early[3];
    struct dual dual;
    double worst = 0, moved = 0;
    const struct ecp_mlp_setup setup = {
        .n_layers = 3, .size = sizes, .bias = 1, .rate = 0.2, .seed = 3};
    dual_begin(&dual, &setup, BATCH, STEPS * BATCH);
    dual_train(&dual, 60, ITEMS, d.x, d.classes);
    for (size_t l = 0; l < 3; l++)
        early[l] = snapshot(&dual, l);
    dual_train(&dual, 40, ITEMS, d.x, d.classes);
    for (size_t l = 0; l < 3; l++) {
        struct snapshot late = snapshot(&dual, l);
        const size_t first = late.from + 60 * BATCH;
        ECP_ASSERT_OK(ecp_mlp_activity(dual.mlp, TESTED, d.tested, l, early[l].a));
        for (int b = 0; b < 3; b++) {
            double *mixed = calloc(late.from * late.to, sizeof *mixed);
            CU_ASSERT_PTR_NOT_NULL_FATAL(mixed);
            for (size_t k = 0; k < late.from * late.to; k++)
                mixed[k] = betas[b] * early[l].w[k] + (late.w[k] - early[l].w[k]);
            ECP_ASSERT_OK(ecp_memory_weigh(dual.memory[l], 0, first, 1, betas[b]));
            worst = fmax(worst, differs(&dual, l, &early[l], mixed));
            free(mixed);
        }
        ECP_ASSERT_OK(ecp_memory_weigh(dual.memory[l], 0, first, 1, 1));
        moved = fmax(moved, differs(&dual, l, &early[l], early[l].w));
        ECP_ASSERT_OK(ecp_memory_weigh(dual.memory[l], first, 40 * BATCH, 0, 1));
        worst = fmax(worst, differs(&dual, l, &early[l], early[l].w));
        snapshot_clear(&late);
        snapshot_clear(&early[l]);
    }
    (void)printf(" %.1e (moved %.2g)", worst, moved);
    CU_ASSERT(worst < 1e-12);
    CU_ASSERT(moved > 0.01);
    dual_end(&dual);
    data_clear(&d);
}

/* ---- the memory by itself --------------------------------------------------------------- */

static struct ecp_memory *memory_of(const struct ecp_memory_setting *settings, size_t n)
{
    struct ecp_memory_setup setup = {.shape = {2, 1, 0}, .settings = settings, .n_settings = n};
    struct ecp_memory *memory;
    ECP_ASSERT_OK(ecp_memory_find("dual_form", &setup.model));
    ECP_ASSERT_OK(ecp_memory_create(&setup, &memory));
    return memory;
}

/* Coefficients in closed form: momentum alone gives rate (1 - mu^(s + 1))/(1 - mu), decay
 * alone rate (1 - rate decay)^s; a step that is not full counts; strengths multiply. */
static void coefficients(void)
{
    const double keys[] = {1, 0, 0, 1, 1, 1, 2, 0, 0, 3}, values[] = {1, 2, 3, 4, 5};
    const double strength[] = {1, 1, 1, 1, 0.5};
    struct ecp_memory_part c, v;
    const struct ecp_items items = {.n = 5, .keys = keys, .values = values, .strength = strength};
    struct ecp_memory *m = memory_of(
        (struct ecp_memory_setting[]){
            {"rate", 0.1, NULL}, {"momentum", 0.8, NULL}, {"batch", 2, NULL}, {"prior", 1, NULL}},
        4);
    ECP_ASSERT_OK(ecp_memory_store(m, &items));
    CU_ASSERT_EQUAL_FATAL(ecp_memory_part_named(m, "coefficient", &c), 1);
    CU_ASSERT_EQUAL_FATAL(ecp_memory_part_named(m, "V", &v), 1);
    CU_ASSERT_EQUAL(c.data[0], 1);
    CU_ASSERT_DOUBLE_EQUAL(c.data[1], 0.1 * 1.8, 1e-15);
    CU_ASSERT_EQUAL(c.data[1], c.data[2]);
    CU_ASSERT_EQUAL(c.data[3], 0.1);
    CU_ASSERT_EQUAL(v.data[4], 2.5);
    ecp_memory_destroy(m);

    m = memory_of((struct ecp_memory_setting[]){{"prior", 3, NULL}}, 1);
    CU_ASSERT_EQUAL(ecp_memory_store(m, &items), ECP_EARG);
    CU_ASSERT_STRING_EQUAL(ecp_error_message(), "memory dual_form: key 2 is among the first 3 "
                                                "(`prior`) and has length 1.41421; allowed: 1");
    ecp_error_clear();
    ecp_memory_destroy(m);

    m = memory_of((struct ecp_memory_setting[]){{"rate", 0.1, NULL}, {"decay", 0.5, NULL}}, 2);
    for (size_t k = 0; k < 5; k++)
        ECP_ASSERT_OK(ecp_memory_store_pairs(m, keys + 2 * k, values + k, 1));
    CU_ASSERT_EQUAL_FATAL(ecp_memory_part_named(m, "coefficient", &c), 1);
    for (int k = 0; k < 5; k++)
        CU_ASSERT_DOUBLE_EQUAL(c.data[k], 0.1 * pow(1 - 0.05, 4 - k), 1e-15);
    double y, score, zero[2] = {0, 0};
    ECP_ASSERT_OK(ecp_memory_recall(m, zero, 1, &y, &score));
    CU_ASSERT(y == 0 && score == 0);
    ecp_memory_destroy(m);
}

ECP_TEST_MAIN("dual_form", {"equal", equal}, {"784-800-800-10", wide},
              {"removed and amplified", weighed}, {"coefficients", coefficients})
