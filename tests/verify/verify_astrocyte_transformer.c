/* verify_astrocyte_transformer.c -- writing and reading by neurons and astrocytes against
 * loops over pairs (linear attention), against softmax attention with many features, and
 * what happens where the process is not positive. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/feature_map.h"
#include "engine/memory.h"
#include "tests/support.h"

enum { D = 6, M = 5, N = 30, CUES = 8, RANDOM = 40 };

static const char *const maps[] = {"identity",  "elu",    "dpfp",   "favor",
                                   "performer", "cosine", "linear", "truncated"};

struct settings {
    const char *map;
    double random, residual;
    int reports;
    size_t values;
};

static struct ecp_memory *memory_of(const struct settings *s, uint64_t seed)
{
    struct ecp_memory_setup setup = {
        .shape = {D, s->values, 0},
        .seed = seed,
        .settings =
            (struct ecp_memory_setting[]){{"features", 0, s->map},
                                          {"random", s->random, NULL},
                                          {"residual", s->residual, NULL},
                                          {"not_positive", 0, s->reports ? "report" : "refuse"}},
        .n_settings = 4};
    struct ecp_memory *memory;
    ECP_ASSERT_OK(ecp_memory_find("astrocyte_transformer", &setup.model));
    ECP_ASSERT_OK(ecp_memory_create(&setup, &memory));
    return memory;
}

static void draw(double *keys, double *values, double *cues, double size)
{
    struct ecp_chance chance = ecp_chance(21, 1, 0);
    ecp_chance_normals(&chance, N * D, keys);
    ecp_chance_normals(&chance, N * M, values);
    ecp_chance_normals(&chance, CUES * D, cues);
    for (size_t k = 0; k < N * D; k++)
        keys[k] *= size;
    for (size_t k = 0; k < CUES * D; k++)
        cues[k] *= size;
}

/* phi of a vector, by its definition. */
static size_t phi(const char *map, const double *w, const double *x, double *h)
{
    const double m = RANDOM, scale = pow(D, -0.25);
    double u[D], half = 0;
    for (int j = 0; j < D; j++) {
        u[j] = scale * x[j];
        half += 0.5 * u[j] * u[j];
    }
    for (int k = 0; k < RANDOM; k++) {
        double z = 0;
        for (int j = 0; j < D; j++)
            z += w[k * D + j] * u[j];
        if (strcmp(map, "performer") == 0)
            h[k] = exp(z - half) / sqrt(m);
        else if (strcmp(map, "linear") == 0)
            h[k] = 1 + z - half - 0.5 * log(m);
        else
            h[k] = fmin(exp(z), 150);
    }
    return RANDOM;
}

static double attention(const char *map, struct ecp_memory *m, const double *keys,
                        const double *values, const double *q, double *y)
{
    struct ecp_memory_part w;
    double hq[RANDOM], hk[RANDOM], p = 0;
    CU_ASSERT_EQUAL_FATAL(ecp_memory_part_named(m, "directions", &w), 1);
    const size_t size = phi(map, w.data, q, hq);
    memset(y, 0, M * sizeof *y);
    for (size_t n = 0; n < N; n++) {
        double a = 0;
        (void)phi(map, w.data, keys + n * D, hk);
        for (size_t k = 0; k < size; k++)
            a += hk[k] * hq[k];
        p += a;
        for (size_t k = 0; k < M; k++)
            y[k] += a * values[n * M + k];
    }
    for (size_t k = 0; k < M; k++)
        y[k] = p > 0 ? y[k] / p : 0;
    return p;
}

/* Written in two parts, read at once: linear attention over pairs, normalised. */
static void identity(void)
{
    static const char *const by_hand[] = {"performer", "linear", "truncated"};
    double keys[N * D], values[N * M], cues[CUES * D], y[CUES * M], score[CUES], worst = 0;
    draw(keys, values, cues, 1);
    for (int k = 0; k < 3; k++) {
        struct ecp_memory *m = memory_of(&(struct settings){by_hand[k], RANDOM, 0, 1, M}, 5);
        ECP_ASSERT_OK(ecp_memory_store_pairs(m, keys, values, 11));
        ECP_ASSERT_OK(ecp_memory_store_pairs(m, keys + 11 * D, values + 11 * M, N - 11));
        ECP_ASSERT_OK(ecp_memory_recall(m, cues, CUES, y, score));
        for (size_t c = 0; c < CUES; c++) {
            double expected[M];
            const double p = attention(by_hand[k], m, keys, values, cues + c * D, expected);
            worst = fmax(worst, fabs(score[c] / p - 1));
            for (size_t j = 0; j < M; j++)
                worst = fmax(worst, fabs(y[c * M + j] - expected[j]) / fmax(1, fabs(expected[j])));
        }
        ecp_memory_destroy(m);
    }
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-12);
}

/* One item after the other leaves the same bits; a query that is added; a sequence begins
 * from nothing after clear; causal answers. */
static void phases(void)
{
    double keys[N * D], values[N * M], cues[CUES * D], y[2][CUES * D], square[N * D];
    double *image[2];
    size_t count[2];
    draw(keys, values, cues, 1);
    for (size_t map = 0; map < sizeof maps / sizeof *maps; map++) {
        struct ecp_memory *a = memory_of(&(struct settings){maps[map], RANDOM, 0, 1, M}, 5);
        struct ecp_memory *b = memory_of(&(struct settings){maps[map], RANDOM, 0, 1, M}, 5);
        ECP_ASSERT_OK(ecp_memory_store_pairs(b, cues, values, CUES));
        ECP_ASSERT_OK(ecp_memory_clear(b));
        ECP_ASSERT_OK(ecp_memory_store_pairs(a, keys, values, N));
        ECP_ASSERT_OK(ecp_memory_store_pairs(b, keys, values, 7));
        ECP_ASSERT_OK(ecp_memory_store_pairs(b, keys + 7 * D, values + 7 * M, N - 7));
        ECP_ASSERT_OK(ecp_memory_image(a, &image[0], &count[0]));
        ECP_ASSERT_OK(ecp_memory_image(b, &image[1], &count[1]));
        CU_ASSERT_EQUAL_FATAL(count[0], count[1]);
        double worst = 0;
        for (size_t k = 0; k < count[0]; k++)
            worst = fmax(worst, fabs(image[0][k] - image[1][k]) / fmax(1, fabs(image[0][k])));
        CU_ASSERT(worst < 1e-13);
        free(image[0]);
        free(image[1]);
        ecp_memory_destroy(a);
        ecp_memory_destroy(b);
    }
    for (size_t k = 0; k < N * D; k++)
        square[k] = keys[k] * 2;
    for (int residual = 0; residual < 2; residual++) {
        struct ecp_memory *m =
            memory_of(&(struct settings){"performer", RANDOM, residual, 0, D}, 5);
        ECP_ASSERT_OK(ecp_memory_store_pairs(m, keys, square, N));
        ECP_ASSERT_OK(ecp_memory_recall(m, cues, CUES, y[residual], NULL));
        ecp_memory_destroy(m);
    }
    for (size_t k = 0; k < CUES * D; k++)
        CU_ASSERT_DOUBLE_EQUAL(y[1][k] - y[0][k], cues[k], 1e-14);
}

/* ---- softmax attention --------------------------------------------------------------- */

static void softmax_attention(const double *keys, const double *values, const double *q, double *y)
{
    double p = 0;
    memset(y, 0, M * sizeof *y);
    for (size_t n = 0; n < N; n++) {
        double dot = 0;
        for (size_t j = 0; j < D; j++)
            dot += keys[n * D + j] * q[j];
        const double a = exp(dot / sqrt(D));
        p += a;
        for (size_t k = 0; k < M; k++)
            y[k] += a * values[n * M + k];
    }
    for (size_t k = 0; k < M; k++)
        y[k] /= p;
}

/* The error falls with 1/sqrt(m): by 10 for 100 times the features, within noise. */
static void many_features(void)
{
    double keys[N * D], values[N * M], cues[CUES * D], y[CUES * M], error[2] = {0, 0};
    draw(keys, values, cues, 0.7);
    for (int large = 0; large < 2; large++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct ecp_memory *m =
                memory_of(&(struct settings){"performer", large ? 20000 : 200, 0, 0, M}, seed);
            ECP_ASSERT_OK(ecp_memory_store_pairs(m, keys, values, N));
            ECP_ASSERT_OK(ecp_memory_recall(m, cues, CUES, y, NULL));
            for (size_t c = 0; c < CUES; c++) {
                double expected[M];
                softmax_attention(keys, values, cues + c * D, expected);
                for (size_t k = 0; k < M; k++)
                    error[large] += pow(y[c * M + k] - expected[k], 2) / (20.0 * CUES * M);
            }
            ecp_memory_destroy(m);
        }
    (void)printf(" %.4f %.4f", sqrt(error[0]), sqrt(error[1]));
    CU_ASSERT(sqrt(error[0] / error[1]) > 7 && sqrt(error[0] / error[1]) < 14);
    CU_ASSERT(sqrt(error[1]) < 0.01);
}

/* One pair: p is an unbiased estimate of exp(q.k) with the relative standard deviation
 * sqrt((exp|q + k|^2 - 1)/m). */
static void one_pair(void)
{
    enum { DRAWS = 1000 };
    double key[D] = {0.4, -0.1, 0.3, 0.2, -0.5, 0.1}, cue[D] = {0.3, 0.2, -0.2, 0.6, 0.1, 0.4};
    const double value[M] = {1}, random[] = {10, 100, 1000};
    double dot = 0, both = 0;
    for (int j = 0; j < D; j++) {
        dot += key[j] * cue[j] / sqrt(D);
        both += pow(key[j] + cue[j], 2) / sqrt(D);
    }
    for (int k = 0; k < 3; k++) {
        double mean = 0, square = 0;
        for (uint64_t seed = 0; seed < DRAWS; seed++) {
            double y[M], p;
            struct ecp_memory *m =
                memory_of(&(struct settings){"performer", random[k], 0, 0, M}, seed);
            ECP_ASSERT_OK(ecp_memory_store_pairs(m, key, value, 1));
            ECP_ASSERT_OK(ecp_memory_recall(m, cue, 1, y, &p));
            CU_ASSERT_DOUBLE_EQUAL(y[0], 1, 1e-14);
            mean += p / exp(dot) / DRAWS;
            square += p * p / exp(2 * dot) / DRAWS;
            ecp_memory_destroy(m);
        }
        const double theory = sqrt((exp(both) - 1) / random[k]);
        const double sd = sqrt(square - mean * mean);
        (void)printf(" %.4f/%.4f", sd, theory);
        CU_ASSERT_DOUBLE_EQUAL(mean, 1, 4 * theory / sqrt(DRAWS));
        CU_ASSERT_DOUBLE_EQUAL(sd / theory, 1, 0.1);
    }
}

/* ---- p <= 0 ------------------------------------------------------------------------------ */

/* Positive features never give it; cosine ones do, and it is never divided by. */
static void not_positive(void)
{
    enum { MANY = 400 };
    double keys[N * D], values[N * M], cues[CUES * D], *many = calloc(MANY * D, sizeof *many);
    double *y = calloc(MANY * M, sizeof *y), *p = calloc(MANY, sizeof *p);
    struct ecp_chance chance = ecp_chance(2, 2, 2);
    int found = 0;
    CU_ASSERT_FATAL(many && y && p);
    draw(keys, values, cues, 2);
    ecp_chance_normals(&chance, MANY * D, many);
    for (size_t k = 0; k < MANY * D; k++)
        many[k] *= 2;
    for (int cosine = 0; cosine < 2; cosine++) {
        struct settings s = {cosine ? "cosine" : "performer", 10, 0, 1, M};
        struct ecp_memory *m = memory_of(&s, 1);
        ECP_ASSERT_OK(ecp_memory_store_pairs(m, keys, values, 4));
        ECP_ASSERT_OK(ecp_memory_recall(m, many, MANY, y, p));
        for (size_t k = 0; k < MANY; k++) {
            CU_ASSERT(cosine || p[k] > 0);
            for (size_t j = 0; j < M && !(p[k] > 0); j++)
                CU_ASSERT_EQUAL(y[k * M + j], 0);
            found += !(p[k] > 0);
        }
        ecp_memory_destroy(m);
        if (!cosine)
            CU_ASSERT_EQUAL(found, 0);
        s.reports = 0;
        m = memory_of(&s, 1);
        ECP_ASSERT_OK(ecp_memory_store_pairs(m, keys, values, 4));
        CU_ASSERT_EQUAL(ecp_memory_recall(m, many, MANY, y, p), cosine ? ECP_ENUMERIC : ECP_OK);
        if (cosine)
            CU_ASSERT(strstr(ecp_error_message(), "process of cue") != NULL);
        ecp_error_clear();
        ecp_memory_destroy(m);
    }
    (void)printf(" %d of %d", found, MANY);
    CU_ASSERT(found > 10);
    free(many);
    free(y);
    free(p);
}

ECP_TEST_MAIN("astrocyte_transformer", {"linear attention", identity}, {"phases", phases},
              {"softmax attention", many_features}, {"one pair", one_pair},
              {"not positive", not_positive})
