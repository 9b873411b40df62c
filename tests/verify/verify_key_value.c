/* verify_key_value.c -- the key-value memory against loops over its items: similarities,
 * separation, primal = dual, the decomposition of its errors, silent items, forgetting. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/memory.h"
#include "tests/support.h"

enum { D = 7, M = 4, N = 23, CUES = 9 };

static const char *const similarities[] = {"dot", "cosine", "gaussian", "elu"};
static const char *const separations[] = {"identity",  "softmax", "top_k",
                                          "threshold", "argmax",  "sparsemax"};

static struct ecp_memory *memory_of(const struct ecp_memory_setting *setting, size_t n)
{
    struct ecp_memory_setup setup = {
        .shape = {D, M, 0}, .seed = 3, .settings = setting, .n_settings = n};
    struct ecp_memory *memory;
    ECP_ASSERT_OK(ecp_memory_find("key_value", &setup.model));
    ECP_ASSERT_OK(ecp_memory_create(&setup, &memory));
    return memory;
}

static void draw(double *keys, double *values, double *cues)
{
    struct ecp_chance chance = ecp_chance(11, 1, 0);
    ecp_chance_normals(&chance, N * D, keys);
    ecp_chance_normals(&chance, N * M, values);
    ecp_chance_normals(&chance, CUES * D, cues);
}

static double worst(const double *a, const double *b, size_t n)
{
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, fabs(a[k] - b[k]));
    return most;
}

/* ---- plain loops ------------------------------------------------------------------ */

static double dot(const double *a, const double *b)
{
    double sum = 0;
    for (int j = 0; j < D; j++)
        sum += a[j] * b[j];
    return sum;
}

static double similarity(int kind, const double *k, const double *q)
{
    double square = 0, mapped = 0;
    for (int j = 0; j < D; j++) {
        square += (k[j] - q[j]) * (k[j] - q[j]);
        mapped += (k[j] > 0 ? k[j] + 1 : exp(k[j])) * (q[j] > 0 ? q[j] + 1 : exp(q[j]));
    }
    const double of[] = {dot(k, q), dot(k, q) / sqrt(dot(k, k) * dot(q, q)),
                         exp(-square / (2 * 1.3 * 1.3)), mapped};
    return of[kind];
}

/* Sparsemax by its definition: tau by bisection. */
static void project(const double *u, double *w)
{
    double low = -1e6, high = 1e6;
    for (int step = 0; step < 300; step++) {
        const double tau = 0.5 * (low + high);
        double sum = 0;
        for (int n = 0; n < N; n++)
            sum += fmax(u[n] - tau, 0);
        *(sum > 1 ? &low : &high) = tau;
    }
    for (int n = 0; n < N; n++)
        w[n] = fmax(u[n] - low, 0);
}

/* How many are larger, or as large and earlier. */
static int rank(const double *u, int at)
{
    int before = 0;
    for (int n = 0; n < N; n++)
        before += u[n] > u[at] || (u[n] == u[at] && n < at);
    return before;
}

static void separate(int kind, const double *s, const double *a, double *w)
{
    double u[N], sum = 0;
    for (int n = 0; n < N; n++)
        u[n] = a[n] > 0 ? 1.7 * s[n] + log(a[n]) : -1e300;
    for (int n = 0; n < N; n++) {
        const int in = kind == 1 || (kind == 2 && rank(u, n) < 4);
        w[n] = in && a[n] > 0 ? exp(u[n]) : 0;
        sum += w[n];
    }
    for (int n = 0; n < N; n++) {
        if (kind == 0 || kind == 3)
            w[n] = kind == 3 && a[n] * s[n] < 0.2 ? 0 : a[n] * s[n];
        else
            w[n] = kind == 4 ? rank(u, n) == 0 : w[n] / sum;
    }
    if (kind == 5)
        project(u, w);
}

static void every_kind(void)
{
    double keys[N * D], values[N * M], cues[CUES * D], out[CUES * M], score[CUES];
    double largest = 0;
    draw(keys, values, cues);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 6; j++) {
            double a[N], g[N];
            struct ecp_memory *m =
                memory_of((struct ecp_memory_setting[]){{"similarity", 0, similarities[i]},
                                                        {"separation", 0, separations[j]},
                                                        {"beta", 1.7, NULL},
                                                        {"width", 1.3, NULL},
                                                        {"k", 4, NULL},
                                                        {"threshold", 0.2, NULL}},
                          6);
            ECP_ASSERT_OK(ecp_memory_store_pairs(m, keys, values, N));
            for (size_t n = 0; n < N; n++) {
                a[n] = n % 5 == 4 ? 0 : 1 - 0.03 * (double)n;
                g[n] = 1 + 0.1 * (double)n;
                ECP_ASSERT_OK(ecp_memory_weigh(m, n, 1, a[n], g[n]));
            }
            ECP_ASSERT_OK(ecp_memory_recall(m, cues, CUES, out, score));
            for (size_t c = 0; c < CUES; c++) {
                double s[N], w[N], y[M] = {0}, most = 0, sum = 0;
                for (size_t n = 0; n < N; n++)
                    s[n] = similarity(i, keys + n * D, cues + c * D);
                separate(j, s, a, w);
                for (size_t n = 0; n < N; n++) {
                    for (size_t k = 0; k < M; k++)
                        y[k] += g[n] * w[n] * values[n * M + k];
                    most = fmax(most, fabs(w[n]));
                    sum += fabs(w[n]);
                }
                largest = fmax(largest, worst(y, out + c * M, M));
                largest = fmax(largest, fabs(score[c] - (sum > 0 ? most / sum : 0)));
            }
            ecp_memory_destroy(m);
        }
    (void)printf(" %.1e", largest);
    CU_ASSERT(largest < 1e-12);
}

/* Without beta it is 1/sqrt(d); 0 is refused. */
static void temperature(void)
{
    double keys[N * D], values[N * M], cues[CUES * D], out[CUES * M], same[CUES * M];
    struct ecp_memory *a = memory_of(NULL, 0);
    struct ecp_memory *b = memory_of((struct ecp_memory_setting[]){{"beta", 1 / sqrt(D), NULL}}, 1);
    draw(keys, values, cues);
    ECP_ASSERT_OK(ecp_memory_store_pairs(a, keys, values, N));
    ECP_ASSERT_OK(ecp_memory_store_pairs(b, keys, values, N));
    ECP_ASSERT_OK(ecp_memory_recall(a, cues, CUES, out, NULL));
    ECP_ASSERT_OK(ecp_memory_recall(b, cues, CUES, same, NULL));
    CU_ASSERT_EQUAL(memcmp(out, same, sizeof out), 0);
    ecp_memory_destroy(a);
    ecp_memory_destroy(b);

    struct ecp_memory *none = NULL;
    struct ecp_memory_setup setup = {.shape = {D, M, 0},
                                     .settings = (struct ecp_memory_setting[]){{"beta", 0, NULL}},
                                     .n_settings = 1};
    ECP_ASSERT_OK(ecp_memory_find("key_value", &setup.model));
    CU_ASSERT_EQUAL(ecp_memory_create(&setup, &none), ECP_EARG);
    ecp_error_clear();
}

/* ---- the linear case --------------------------------------------------------------- */

static void primal_is_dual(void)
{
    double keys[N * D], values[N * M], cues[CUES * D], y[2][CUES * M], score[2][CUES];
    double largest = 0;
    draw(keys, values, cues);
    for (int map = 0; map < 2; map++) {
        for (int form = 0; form < 2; form++) {
            struct ecp_memory_part part;
            struct ecp_memory *m =
                memory_of((struct ecp_memory_setting[]){{"separation", 0, "identity"},
                                                        {"similarity", 0, map ? "elu" : "dot"},
                                                        {"form", 0, form ? "primal" : "dual"}},
                          3);
            ECP_ASSERT_OK(ecp_memory_store_pairs(m, keys, values, N - 5));
            ECP_ASSERT_OK(ecp_memory_recall(m, cues, CUES, y[form], NULL));
            ECP_ASSERT_OK(ecp_memory_store_pairs(m, keys + (N - 5) * D, values + (N - 5) * M, 5));
            ECP_ASSERT_OK(ecp_memory_weigh(m, 3, 4, 0.5, 3));
            ECP_ASSERT_OK(ecp_memory_recall(m, cues, CUES, y[form], score[form]));
            CU_ASSERT_EQUAL(ecp_memory_part_named(m, "M", &part), form);
            ecp_memory_destroy(m);
        }
        largest = fmax(largest, worst(y[0], y[1], CUES * M));
        largest = fmax(largest, worst(score[0], score[1], CUES));
    }
    (void)printf(" %.1e", largest);
    CU_ASSERT(largest < 1e-12);

    struct ecp_memory_setup setup = {.shape = {D, M, 0},
                                     .settings =
                                         (struct ecp_memory_setting[]){{"form", 0, "primal"}},
                                     .n_settings = 1};
    struct ecp_memory *none = NULL;
    ECP_ASSERT_OK(ecp_memory_find("key_value", &setup.model));
    CU_ASSERT_EQUAL(ecp_memory_create(&setup, &none), ECP_ECONFIG);
    ecp_error_clear();
}

/* y - v_m = (w_m - 1) v_m + sum over the others of w_n v_n, cue by cue. */
static void decomposition(void)
{
    double keys[N * D], values[N * M], cues[CUES * D], y[N * M], largest = 0;
    struct ecp_memory *m =
        memory_of((struct ecp_memory_setting[]){{"separation", 0, "identity"}}, 1);
    draw(keys, values, cues);
    ECP_ASSERT_OK(ecp_memory_store_pairs(m, keys, values, N));
    ECP_ASSERT_OK(ecp_memory_recall(m, keys, N, y, NULL));
    for (size_t at = 0; at < N; at++)
        for (size_t k = 0; k < M; k++) {
            double error = (dot(keys + at * D, keys + at * D) - 1) * values[at * M + k];
            for (size_t n = 0; n < N; n++)
                error += n == at ? 0 : dot(keys + n * D, keys + at * D) * values[n * M + k];
            largest = fmax(largest, fabs(y[at * M + k] - values[at * M + k] - error));
        }
    (void)printf(" %.1e", largest);
    CU_ASSERT(largest < 1e-12);
    ecp_memory_destroy(m);

    /* Orthonormal keys: neither part is there. */
    double unit[D * D] = {0}, back[D * M];
    for (size_t k = 0; k < D; k++)
        unit[k * D + k] = 1;
    m = memory_of((struct ecp_memory_setting[]){{"separation", 0, "identity"}}, 1);
    ECP_ASSERT_OK(ecp_memory_store_pairs(m, unit, values, D));
    ECP_ASSERT_OK(ecp_memory_recall(m, unit, D, back, NULL));
    CU_ASSERT(worst(back, values, D * M) < 1e-15);
    ecp_memory_destroy(m);
}

/* ---- silence, loss, recovery --------------------------------------------------------- */

static void silent(void)
{
    double keys[N * D], values[N * M], cues[CUES * D], before[M], after[M], score;
    struct ecp_memory *m = memory_of(
        (struct ecp_memory_setting[]){{"similarity", 0, "cosine"}, {"beta", 50, NULL}}, 2);
    struct ecp_memory_part part;
    draw(keys, values, cues);
    ECP_ASSERT_OK(ecp_memory_store_pairs(m, keys, values, N));
    ECP_ASSERT_OK(ecp_memory_recall(m, keys + 2 * D, 1, before, &score));
    CU_ASSERT(worst(before, values + 2 * M, M) < 1e-3 && score > 0.999);
    ECP_ASSERT_OK(ecp_memory_weigh(m, 2, 1, 0, 1));
    ECP_ASSERT_OK(ecp_memory_recall(m, keys + 2 * D, 1, after, NULL));
    CU_ASSERT(worst(after, values + 2 * M, M) > 0.1);
    /* It is silent, not gone. */
    CU_ASSERT_EQUAL_FATAL(ecp_memory_part_named(m, "V", &part), 1);
    CU_ASSERT_EQUAL(memcmp(part.data + 2 * M, values + 2 * M, M * sizeof *values), 0);
    ECP_ASSERT_OK(ecp_memory_weigh(m, 2, 1, 1, 1));
    ECP_ASSERT_OK(ecp_memory_recall(m, keys + 2 * D, 1, after, NULL));
    CU_ASSERT_EQUAL(memcmp(before, after, sizeof before), 0);
    /* All silent: nothing answers. */
    ECP_ASSERT_OK(ecp_memory_weigh(m, 0, N, 0, 1));
    ECP_ASSERT_OK(ecp_memory_recall(m, keys + 2 * D, 1, after, &score));
    for (int k = 0; k < M; k++)
        CU_ASSERT_EQUAL(after[k], 0);
    CU_ASSERT_EQUAL(score, 0);
    ecp_memory_destroy(m);
}

static void time_passes(void)
{
    double keys[N * D], values[N * M], cues[CUES * D];
    struct ecp_memory_part part;
    draw(keys, values, cues);
    struct ecp_memory *m =
        memory_of((struct ecp_memory_setting[]){{"tau", 500, NULL}, {"floor", 0.2, NULL}}, 2);
    ECP_ASSERT_OK(ecp_memory_store_pairs(m, keys, values, N));
    ECP_ASSERT_OK(ecp_memory_weigh(m, 1, 1, 0.1, 1));
    ECP_ASSERT_OK(ecp_memory_pass_time(m, 200));
    ECP_ASSERT_OK(ecp_memory_pass_time(m, 400));
    CU_ASSERT_EQUAL_FATAL(ecp_memory_part_named(m, "accessibility", &part), 1);
    CU_ASSERT_DOUBLE_EQUAL(part.data[0], 0.2 + 0.8 * exp(-600.0 / 500), 1e-14);
    CU_ASSERT_EQUAL(part.data[1], 0.1);
    ecp_memory_destroy(m);

    /* Keys wander off: the variance of the way is drift^2 t. */
    enum { MANY = 4000 };
    double *many = calloc(MANY * (D + M), sizeof *many), square = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(many);
    m = memory_of((struct ecp_memory_setting[]){{"drift", 0.3, NULL}}, 1);
    ECP_ASSERT_OK(ecp_memory_store_pairs(m, many, many + MANY * D, MANY));
    ECP_ASSERT_OK(ecp_memory_pass_time(m, 500));
    ECP_ASSERT_OK(ecp_memory_pass_time(m, 1500));
    CU_ASSERT_EQUAL_FATAL(ecp_memory_part_named(m, "K", &part), 1);
    for (size_t k = 0; k < MANY * D; k++)
        square += part.data[k] * part.data[k] / (MANY * D);
    (void)printf(" %.4f", square / (0.09 * 2));
    CU_ASSERT_DOUBLE_EQUAL(square / (0.09 * 2), 1, 5 * sqrt(2.0 / (MANY * D)));
    ecp_memory_destroy(m);
    free(many);
}

/* ---- odd input --------------------------------------------------------------------------- */

static void odd_input(void)
{
    const double zero[D] = {0}, same[2 * D] = {1, 2, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0};
    const double values[2 * M] = {1, 0, 0, 0, 0, 1, 0, 0};
    double out[M], score;
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 6; j++) {
            struct ecp_memory *m =
                memory_of((struct ecp_memory_setting[]){{"similarity", 0, similarities[i]},
                                                        {"separation", 0, separations[j]},
                                                        {"beta", 1e4, NULL}},
                          3);
            double big[D] = {1e100, -1e100}, tiny[D] = {1e-200, 1e-300};
            /* Two of the same key: shared, but where one must win, the first. */
            ECP_ASSERT_OK(ecp_memory_store_pairs(m, same, values, 2));
            ECP_ASSERT_OK(ecp_memory_recall(m, same, 1, out, &score));
            if (j == 1 || j == 5)
                CU_ASSERT(fabs(out[0] - 0.5) < 1e-12 && fabs(out[1] - 0.5) < 1e-12);
            if (j == 2 || j == 4)
                CU_ASSERT(out[0] == 1 && out[1] == 0 && score == 1);
            ECP_ASSERT_OK(ecp_memory_recall(m, zero, 1, out, NULL));
            ECP_ASSERT_OK(ecp_memory_recall(m, big, 1, out, NULL));
            ECP_ASSERT_OK(ecp_memory_recall(m, tiny, 1, out, NULL));
            /* One item, far more than are asked for. */
            ECP_ASSERT_OK(ecp_memory_clear(m));
            ECP_ASSERT_OK(ecp_memory_store_pairs(m, zero, values, 1));
            ECP_ASSERT_OK(ecp_memory_recall(m, zero, 1, out, &score));
            CU_ASSERT(isfinite(score));
            ecp_memory_destroy(m);
        }
}

/* An image brings back items, weights and the number of moves. */
static void images(void)
{
    double keys[N * D], values[N * M], cues[CUES * D], y[2][CUES * M], *data = NULL;
    size_t count = 0;
    const struct ecp_memory_setting drifts[] = {{"drift", 1, NULL}, {"tau", 900, NULL}};
    struct ecp_memory *a = memory_of(drifts, 2), *b = memory_of(drifts, 2);
    draw(keys, values, cues);
    ECP_ASSERT_OK(ecp_memory_store_pairs(a, keys, values, N));
    ECP_ASSERT_OK(ecp_memory_pass_time(a, 100));
    ECP_ASSERT_OK(ecp_memory_image(a, &data, &count));
    ECP_ASSERT_OK(ecp_memory_restore(b, data, count));
    CU_ASSERT_EQUAL(ecp_memory_restore(b, data, count - 1), ECP_EARG);
    ecp_error_clear();
    ECP_ASSERT_OK(ecp_memory_pass_time(a, 70));
    ECP_ASSERT_OK(ecp_memory_pass_time(b, 70));
    ECP_ASSERT_OK(ecp_memory_recall(a, cues, CUES, y[0], NULL));
    ECP_ASSERT_OK(ecp_memory_recall(b, cues, CUES, y[1], NULL));
    CU_ASSERT_EQUAL(memcmp(y[0], y[1], sizeof y[0]), 0);
    free(data);
    ecp_memory_destroy(a);
    ecp_memory_destroy(b);
}

ECP_TEST_MAIN("key_value", {"every similarity and separation", every_kind},
              {"temperature", temperature}, {"primal = dual", primal_is_dual},
              {"errors", decomposition}, {"silent items", silent}, {"time", time_passes},
              {"odd input", odd_input}, {"images", images})
