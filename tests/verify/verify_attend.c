/* verify_attend.c -- which stored items answer a cue: weights of key_value, modern_hopfield
 * dual_form and dense against their definitions, and recall = weights . values. */
#include <math.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/memory.h"
#include "tests/support.h"

enum { D = 6, M = 3, N = 17, CUES = 5 };

struct data {
    double keys[N * D], values[N * M], cues[CUES * D];
    double weights[CUES * N], recalled[CUES * D];
    double accessibility[N], amplification[N];
};

static void draw(struct data *data)
{
    struct ecp_chance chance = ecp_chance(5, 2, 0);
    ecp_chance_normals(&chance, N * D, data->keys);
    ecp_chance_normals(&chance, N * M, data->values);
    ecp_chance_normals(&chance, CUES * D, data->cues);
    for (size_t k = 0; k < N; k++)
        data->accessibility[k] = data->amplification[k] = 1;
}

static struct ecp_memory *memory_of(const char *model, size_t value,
                                    const struct ecp_memory_setting *setting, size_t n)
{
    struct ecp_memory_setup setup = {
        .shape = {D, value, 0}, .seed = 3, .settings = setting, .n_settings = n};
    struct ecp_memory *memory;
    ECP_ASSERT_OK(ecp_memory_find(model, &setup.model));
    ECP_ASSERT_OK(ecp_memory_create(&setup, &memory));
    return memory;
}

static double dot(const double *a, const double *b)
{
    double sum = 0;
    for (int j = 0; j < D; j++)
        sum += a[j] * b[j];
    return sum;
}

/* Largest difference of the answers from the weighted sum of rows of `width`. */
static double error_of_sum(const struct data *data, const double *rows, size_t width)
{
    double most = 0;
    for (size_t c = 0; c < CUES; c++)
        for (size_t j = 0; j < width; j++) {
            double sum = 0;
            for (size_t k = 0; k < N; k++)
                sum += data->weights[c * N + k] * rows[k * width + j];
            most = fmax(most, fabs(sum - data->recalled[c * width + j]));
        }
    return most;
}

/* Weights and answers; a cue alone has the same weights, and asking changes no recall. */
static void ask(struct ecp_memory *memory, struct data *data)
{
    const size_t width = ecp_memory_value_size(memory);
    double before[CUES * D], alone[N];
    ECP_ASSERT_OK(ecp_memory_recall(memory, data->cues, CUES, before, NULL));
    ECP_ASSERT_OK(ecp_memory_attend(memory, data->cues, CUES, data->weights));
    ECP_ASSERT_OK(ecp_memory_recall(memory, data->cues, CUES, data->recalled, NULL));
    CU_ASSERT_EQUAL(memcmp(before, data->recalled, CUES * width * sizeof *before), 0);
    for (size_t c = 0; c < CUES; c++) {
        ECP_ASSERT_OK(ecp_memory_attend(memory, data->cues + c * D, 1, alone));
        for (size_t k = 0; k < N; k++)
            CU_ASSERT_DOUBLE_EQUAL(alone[k], data->weights[c * N + k], 1e-13);
    }
}

/* ---- key_value --------------------------------------------------------------------- */

static void weigh(struct ecp_memory *memory, struct data *data)
{
    data->accessibility[2] = 0;
    data->amplification[2] = 5;
    data->accessibility[9] = 0.25;
    data->amplification[9] = 3;
    ECP_ASSERT_OK(ecp_memory_weigh(memory, 2, 1, 0, 5));
    ECP_ASSERT_OK(ecp_memory_weigh(memory, 9, 1, 0.25, 3));
}

static void softmax_of_products(void)
{
    const double beta = 0.7;
    const struct ecp_memory_setting set[] = {{"beta", beta, NULL}};
    struct ecp_memory *memory = memory_of("key_value", M, set, 1);
    struct data data;
    draw(&data);
    ECP_ASSERT_OK(ecp_memory_store_pairs(memory, data.keys, data.values, N));
    weigh(memory, &data);
    ask(memory, &data);
    for (size_t c = 0; c < CUES; c++) {
        double sum = 0;
        for (size_t k = 0; k < N; k++)
            sum += data.accessibility[k] * exp(beta * dot(data.keys + k * D, data.cues + c * D));
        for (size_t k = 0; k < N; k++) {
            const double e = exp(beta * dot(data.keys + k * D, data.cues + c * D));
            CU_ASSERT_DOUBLE_EQUAL(data.weights[c * N + k],
                                   data.amplification[k] * data.accessibility[k] * e / sum, 1e-14);
        }
    }
    CU_ASSERT(error_of_sum(&data, data.values, M) < 1e-14);
    ecp_memory_destroy(memory);
}

/* Without competition, in both forms: a direct sum. */
static void direct_sum(void)
{
    static const char *const forms[] = {"dual", "primal"};
    for (size_t f = 0; f < 2; f++) {
        const struct ecp_memory_setting set[] = {{"separation", 0, "identity"},
                                                 {"form", 0, forms[f]}};
        struct ecp_memory *memory = memory_of("key_value", M, set, 2);
        struct data data;
        draw(&data);
        ECP_ASSERT_OK(ecp_memory_store_pairs(memory, data.keys, data.values, N));
        weigh(memory, &data);
        ask(memory, &data);
        for (size_t c = 0; c < CUES; c++)
            for (size_t k = 0; k < N; k++)
                CU_ASSERT_DOUBLE_EQUAL(data.weights[c * N + k],
                                       data.amplification[k] * data.accessibility[k] *
                                           dot(data.keys + k * D, data.cues + c * D),
                                       1e-14);
        CU_ASSERT(error_of_sum(&data, data.values, M) < 1e-13);
        ecp_memory_destroy(memory);
    }
}

/* Every similarity with every separation: what is recalled is the weighted sum of values. */
static void every_kind(void)
{
    static const char *const similarities[] = {"dot", "cosine", "gaussian", "elu"};
    static const char *const separations[] = {"identity",  "softmax", "top_k",
                                              "threshold", "argmax",  "sparsemax"};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 6; j++) {
            const struct ecp_memory_setting set[] = {{"similarity", 0, similarities[i]},
                                                     {"separation", 0, separations[j]},
                                                     {"k", 3, NULL},
                                                     {"threshold", 0.2, NULL}};
            struct ecp_memory *memory = memory_of("key_value", M, set, 4);
            struct data data;
            draw(&data);
            ECP_ASSERT_OK(ecp_memory_store_pairs(memory, data.keys, data.values, N));
            weigh(memory, &data);
            ask(memory, &data);
            CU_ASSERT(error_of_sum(&data, data.values, M) < 1e-13);
            ecp_memory_destroy(memory);
        }
}

/* ---- modern_hopfield ------------------------------------------------------------------ */

/* One step of the update: p = softmax(beta X xi); xi becomes sum p x. */
static void one_step(const struct data *data, double beta, double *state, double *p)
{
    double most = -INFINITY, sum = 0, next[D] = {0};
    for (size_t k = 0; k < N; k++)
        most = fmax(most, p[k] = beta * dot(data->keys + k * D, state));
    for (size_t k = 0; k < N; k++)
        sum += p[k] = exp(p[k] - most);
    for (size_t k = 0; k < N; k++) {
        p[k] /= sum;
        for (size_t j = 0; j < D; j++)
            next[j] += p[k] * data->keys[k * D + j];
    }
    memcpy(state, next, sizeof next);
}

static void patterns(void)
{
    for (int steps = 1; steps <= 4; steps += 3) {
        const double beta = 0.9;
        const struct ecp_memory_setting set[] = {
            {"beta", beta, NULL}, {"steps", steps, NULL}, {"tolerance", 0, NULL}};
        struct ecp_memory *memory = memory_of("modern_hopfield", 0, set, 3);
        struct data data;
        draw(&data);
        ECP_ASSERT_OK(ecp_memory_store_pairs(memory, data.keys, NULL, N));
        ask(memory, &data);
        for (size_t c = 0; c < CUES; c++) {
            double state[D], p[N];
            memcpy(state, data.cues + c * D, sizeof state);
            for (int s = 0; s < steps; s++)
                one_step(&data, beta, state, p);
            for (size_t k = 0; k < N; k++)
                CU_ASSERT_DOUBLE_EQUAL(data.weights[c * N + k], p[k], 1e-13);
        }
        CU_ASSERT(error_of_sum(&data, data.keys, D) < 1e-13);
        ecp_memory_destroy(memory);
    }
}

/* Cues that come to rest at different steps keep their rows. */
static void at_rest(void)
{
    const struct ecp_memory_setting set[] = {{"beta", 6, NULL}, {"tolerance", 1e-12, NULL}};
    struct ecp_memory *memory = memory_of("modern_hopfield", 0, set, 2);
    struct data data;
    draw(&data);
    memcpy(data.cues + D, data.keys + 4 * D, D * sizeof(double));
    ECP_ASSERT_OK(ecp_memory_store_pairs(memory, data.keys, NULL, N));
    ask(memory, &data);
    CU_ASSERT(error_of_sum(&data, data.keys, D) < 1e-11);
    for (size_t c = 0; c < CUES; c++) { /* at a fixed point weights are those of the state */
        double state[D], p[N];
        memcpy(state, data.recalled + c * D, sizeof state);
        one_step(&data, 6, state, p);
        for (size_t k = 0; k < N; k++)
            CU_ASSERT_DOUBLE_EQUAL(data.weights[c * N + k], p[k], 1e-9);
    }
    ecp_memory_destroy(memory);
}

/* ---- dual_form ---------------------------------------------------------------------- */

enum { BATCH = 3 };

/* Training in which only item t has an error, 1: what is left of W x at the end. */
static double trained(const struct data *data, size_t t, const double *x)
{
    double w[D] = {0}, v[D] = {0};
    for (size_t first = 0; first < N; first += BATCH)
        for (size_t j = 0; j < D; j++) {
            const int here = t >= first && t < first + BATCH;
            v[j] = 0.8 * v[j] + 0.05 * w[j] - (here ? data->keys[t * D + j] : 0);
            w[j] -= 0.3 * v[j];
        }
    return dot(w, x);
}

static void experience(void)
{
    const struct ecp_memory_setting set[] = {{"rate", 0.3, NULL},
                                             {"momentum", 0.8, NULL},
                                             {"decay", 0.05, NULL},
                                             {"batch", BATCH, NULL}};
    struct ecp_memory *memory = memory_of("dual_form", M, set, 4);
    struct data data;
    draw(&data);
    ECP_ASSERT_OK(ecp_memory_store_pairs(memory, data.keys, data.values, N));
    ask(memory, &data);
    for (size_t c = 0; c < CUES; c++)
        for (size_t k = 0; k < N; k++)
            CU_ASSERT_DOUBLE_EQUAL(data.weights[c * N + k], trained(&data, k, data.cues + c * D),
                                   1e-13);
    CU_ASSERT(error_of_sum(&data, data.values, M) < 1e-12);
    ecp_memory_destroy(memory);
}

/* ---- dense ------------------------------------------------------------------------------ */

static double of_overlap(int kernel, double m)
{
    return kernel == 0 ? m * m * m : kernel == 1 ? pow(fmax(m, 0), 4) : exp(m);
}

static void overlaps(void)
{
    static const char *const kernels[] = {"power", "rectified", "exponential"};
    for (int kernel = 0; kernel < 3; kernel++) {
        const struct ecp_memory_setting set[] = {{"kernel", 0, kernels[kernel]},
                                                 {"n", kernel == 1 ? 4 : 3, NULL}};
        struct ecp_memory *memory = memory_of("dense", 0, set, 2);
        struct ecp_chance chance = ecp_chance(5, 3, 0);
        struct data data;
        ecp_chance_signs(&chance, N * D, data.keys);
        ecp_chance_signs(&chance, CUES * D, data.cues);
        ECP_ASSERT_OK(ecp_memory_store_pairs(memory, data.keys, NULL, N));
        ask(memory, &data);
        for (size_t c = 0; c < CUES; c++) {
            const double *s = data.recalled + c * D;
            double sum = 0;
            for (size_t k = 0; k < N; k++)
                sum += fabs(of_overlap(kernel, dot(data.keys + k * D, s)));
            for (size_t k = 0; k < N; k++)
                CU_ASSERT_DOUBLE_EQUAL(data.weights[c * N + k],
                                       of_overlap(kernel, dot(data.keys + k * D, s)) / sum, 1e-14);
        }
        ecp_memory_destroy(memory);
    }
}

/* ---- what is refused ------------------------------------------------------------------ */

static void refused(void)
{
    struct data data;
    struct ecp_memory *memory = memory_of("fast_weights", M, NULL, 0);
    draw(&data);
    CU_ASSERT_EQUAL(ecp_memory_attend(memory, data.cues, CUES, data.weights), ECP_EARG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "does not keep items one by one"));
    ecp_error_clear();
    ecp_memory_destroy(memory);
    memory = memory_of("key_value", M, NULL, 0);
    CU_ASSERT_EQUAL(ecp_memory_attend(memory, data.cues, CUES, data.weights), ECP_EARG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "before anything is stored"));
    ecp_error_clear();
    ECP_ASSERT_OK(ecp_memory_store_pairs(memory, data.keys, data.values, N));
    CU_ASSERT_EQUAL(ecp_memory_attend(memory, data.cues, CUES, NULL), ECP_EARG);
    CU_ASSERT_EQUAL(ecp_memory_attend(memory, NULL, CUES, data.weights), ECP_EARG);
    ecp_error_clear();
    data.cues[7] = NAN;
    CU_ASSERT_EQUAL(ecp_memory_attend(memory, data.cues, CUES, data.weights), ECP_EARG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "cue 1, component 1: found nan"));
    ecp_error_clear();
    ecp_memory_destroy(memory);
}

ECP_TEST_MAIN("weights of stored items", {"softmax of products", softmax_of_products},
              {"direct sum", direct_sum}, {"every kind", every_kind}, {"patterns", patterns},
              {"at rest", at_rest}, {"experience", experience}, {"overlaps", overlaps},
              {"refused", refused})
