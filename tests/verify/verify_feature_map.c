/* verify_feature_map.c -- features against their formulas written again, derivatives against
 * differences, random features as estimates of exp(q.k). */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/feature_map.h"
#include "tests/support.h"

enum { KINDS = ECP_FEATURE_LAST + 1, D = 6, M = 16 };

static struct ecp_feature_map *map_of(enum ecp_feature_kind kind, size_t d, size_t m,
                                      int orthogonal, uint32_t number)
{
    struct ecp_feature_map *map;
    ECP_ASSERT_OK(ecp_feature_map_create(
        &(struct ecp_feature_setup){kind, d, 3, m, orthogonal, 0, 5, number}, &map));
    return map;
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += a[k] * b[k];
    return sum;
}

/* Feature j of x, as the header says; phases of cosine are found from x = 0. */
static double formula(enum ecp_feature_kind kind, const double *x, const double *w,
                      const double *at_zero, size_t j)
{
    const double half = dot(D, x, x) / 2, u = w ? dot(D, w + j % M * D, x) : 0;
    double r[2 * D];
    for (size_t c = 0; c < 2 * D; c++)
        r[c] = c < D ? (x[c] > 0 ? x[c] : 0) : (x[c - D] < 0 ? -x[c - D] : 0);
    switch (kind) {
    case ECP_FEATURE_IDENTITY:
        return x[j];
    case ECP_FEATURE_ELU:
        return x[j] > 0 ? x[j] + 1 : exp(x[j]);
    case ECP_FEATURE_DPFP:
        return r[j % (2 * D)] * r[(j % (2 * D) + 2 * D - j / (2 * D) - 1) % (2 * D)];
    case ECP_FEATURE_FAVOR:
        return exp((j < M ? u : -u) - half) / sqrt(2 * M);
    case ECP_FEATURE_PERFORMER:
        return exp(u - half) / sqrt(M);
    case ECP_FEATURE_COSINE: /* cos(u + b), either sign of sin b: tried by the caller */
        return at_zero[j] * cos(u) * exp(half);
    case ECP_FEATURE_LINEAR:
        return 1 + u - half - 0.5 * log(M);
    default:
        return fmin(exp(u), 150);
    }
}

static void formulas(void)
{
    double x[D], zero[D] = {0}, y[8 * M], at_zero[8 * M], worst = 0;
    struct ecp_chance chance = ecp_chance(1, 1, 1);
    static const size_t sizes[] = {D, D, 6 * D, 2 * M, M, M, M, M};
    for (int kind = 0; kind < KINDS; kind++) {
        struct ecp_feature_map *map = map_of((enum ecp_feature_kind)kind, D, M, 0, 0);
        const double *w = ecp_feature_map_directions(map);
        CU_ASSERT_EQUAL(ecp_feature_map_size(map), sizes[kind]);
        ecp_feature_map_apply(map, 1, zero, at_zero);
        for (int repeat = 0; repeat < 20; repeat++) {
            ecp_chance_normals(&chance, D, x);
            ecp_feature_map_apply(map, 1, x, y);
            for (size_t j = 0; j < sizes[kind]; j++) {
                double e = formula((enum ecp_feature_kind)kind, x, w, at_zero, j);
                if (kind == ECP_FEATURE_COSINE) {
                    const double u = dot(D, w + j * D, x), half = dot(D, x, x) / 2;
                    const double sine = sqrt(fmax(0, 2.0 / M - at_zero[j] * at_zero[j]));
                    const double a = e - sine * sin(u) * exp(half),
                                 b = e + sine * sin(u) * exp(half);
                    e = fabs(a - y[j]) < fabs(b - y[j]) ? a : b;
                }
                worst = fmax(worst, fabs(y[j] - e) / (1 + fabs(e)));
            }
        }
        ecp_feature_map_destroy(map);
    }
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-12);
}

/* dL/dx of L = sum g.phi(scale x) against central differences. */
static void derivatives(void)
{
    double x[D], y[8 * M], g[8 * M], d_x[D], worst = 0;
    struct ecp_chance chance = ecp_chance(2, 1, 1);
    for (int kind = 0; kind < KINDS; kind++) {
        struct ecp_feature_setup setup = {(enum ecp_feature_kind)kind, D, 3, M, 1, 0.7, 5, 0};
        struct ecp_feature_map *map;
        ECP_ASSERT_OK(ecp_feature_map_create(&setup, &map));
        const size_t size = ecp_feature_map_size(map);
        ecp_chance_normals(&chance, D, x);
        ecp_chance_normals(&chance, size, g);
        ecp_feature_map_apply(map, 1, x, y);
        ECP_ASSERT_OK(ecp_feature_map_pull(map, 1, x, y, g, d_x));
        for (size_t c = 0; c < D; c++) {
            const double h = 1e-5, before = x[c];
            double side[2];
            for (int k = 0; k < 2; k++) {
                x[c] = before + (k ? h : -h);
                ecp_feature_map_apply(map, 1, x, y);
                side[k] = dot(size, g, y);
            }
            x[c] = before;
            const double expected = (side[1] - side[0]) / (2 * h);
            worst = fmax(worst, fabs(d_x[c] - expected) / (1e-3 + fabs(expected)));
        }
        ecp_feature_map_destroy(map);
    }
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-6);
}

/* Blocks of d directions are orthogonal; lengths are chi distributed; draws differ, and come
 * back by their number. */
static void directions(void)
{
    enum { MANY = 600 };
    struct ecp_feature_map *map = map_of(ECP_FEATURE_FAVOR, D, MANY, 1, 7);
    const double *w = ecp_feature_map_directions(map);
    double worst = 0, square = 0, first = w[0];
    for (size_t i = 0; i < MANY; i++) {
        square += dot(D, w + i * D, w + i * D) / MANY;
        for (size_t j = i / D * D; j < i; j++)
            worst = fmax(worst, fabs(dot(D, w + i * D, w + j * D)));
    }
    CU_ASSERT(worst < 1e-13);
    /* |w|^2 has mean d and variance 2 d */
    CU_ASSERT_DOUBLE_EQUAL(square, D, 4 * sqrt(2.0 * D / MANY));
    ecp_feature_map_redraw(map, 8);
    CU_ASSERT(ecp_feature_map_directions(map)[0] != first);
    ecp_feature_map_redraw(map, 7);
    CU_ASSERT(ecp_feature_map_directions(map)[0] == first);
    ecp_feature_map_destroy(map);
}

/* phi(q).phi(k) over many draws: mean exp(q.k); performer: relative standard deviation
 * sqrt((exp(|q + k|^2) - 1)/m). */
static void estimates(void)
{
    enum { DRAWS = 4000 };
    static const enum ecp_feature_kind kinds[] = {ECP_FEATURE_FAVOR, ECP_FEATURE_PERFORMER,
                                                  ECP_FEATURE_COSINE};
    double q[D], k[D], y[2][2 * M];
    struct ecp_chance chance = ecp_chance(3, 1, 1);
    for (size_t c = 0; c < D; c++) {
        q[c] = 0.25 * ecp_chance_normal(&chance);
        k[c] = 0.25 * ecp_chance_normal(&chance);
    }
    const double expected = exp(dot(D, q, k));
    const double along = dot(D, q, q) + dot(D, k, k) + 2 * dot(D, q, k);
    for (size_t e = 0; e < 3; e++)
        for (int orthogonal = 0; orthogonal < 2; orthogonal++) {
            struct ecp_feature_map *map = map_of(kinds[e], D, M, orthogonal, 0);
            double sum = 0, square = 0;
            for (uint32_t draw = 0; draw < DRAWS; draw++) {
                ecp_feature_map_redraw(map, draw);
                ecp_feature_map_apply(map, 1, q, y[0]);
                ecp_feature_map_apply(map, 1, k, y[1]);
                const double p = dot(ecp_feature_map_size(map), y[0], y[1]);
                sum += p / DRAWS;
                square += p * p / DRAWS;
            }
            const double sd = sqrt(square - sum * sum);
            CU_ASSERT(fabs(sum - expected) < 4 * sd / sqrt(DRAWS));
            if (kinds[e] == ECP_FEATURE_PERFORMER && !orthogonal)
                CU_ASSERT_DOUBLE_EQUAL(sd / expected, sqrt((exp(along) - 1) / M),
                                       0.1 * sqrt((exp(along) - 1) / M));
            ecp_feature_map_destroy(map);
        }
}

static void threads(void)
{
    enum { N = 5000 };
    double *x = malloc(N * D * sizeof *x), *y[2], *d_x[2];
    struct ecp_chance chance = ecp_chance(4, 1, 1);
    ecp_chance_normals(&chance, N * D, x);
    for (int kind = 0; kind < KINDS; kind++) {
        struct ecp_feature_map *map = map_of((enum ecp_feature_kind)kind, D, M, 0, 0);
        const size_t size = ecp_feature_map_size(map);
        for (int k = 0; k < 2; k++) {
            y[k] = malloc(N * size * sizeof *y[k]);
            d_x[k] = malloc(N * D * sizeof *d_x[k]);
            omp_set_num_threads(k ? 3 : 1);
            ecp_feature_map_apply(map, N, x, y[k]);
            ECP_ASSERT_OK(ecp_feature_map_pull(map, N, x, y[k], y[k], d_x[k]));
        }
        CU_ASSERT(memcmp(y[0], y[1], N * size * sizeof *y[0]) == 0);
        CU_ASSERT(memcmp(d_x[0], d_x[1], N * D * sizeof *d_x[0]) == 0);
        for (int k = 0; k < 2; k++) {
            free(y[k]);
            free(d_x[k]);
        }
        ecp_feature_map_destroy(map);
    }
    free(x);
}

/* Zeros, and inputs at the ends of the range: infinities and zeros, no NaN but in cosine. */
static void ends(void)
{
    double x[4 * D] = {0}, y[4 * 8 * M];
    for (size_t c = 0; c < D; c++) {
        x[D + c] = 1e200;
        x[2 * D + c] = -1e4;
        x[3 * D + c] = 1e-300;
    }
    for (int kind = 0; kind < KINDS; kind++) {
        struct ecp_feature_map *map = map_of((enum ecp_feature_kind)kind, D, M, 1, 0);
        ecp_feature_map_apply(map, 4, x, y);
        for (size_t j = 0; j < 4 * ecp_feature_map_size(map); j++) {
            if (kind != ECP_FEATURE_COSINE)
                CU_ASSERT(!isnan(y[j]));
            if (ecp_feature_map_positive((enum ecp_feature_kind)kind))
                CU_ASSERT(y[j] >= 0);
        }
        ecp_feature_map_destroy(map);
    }
}

static void refused_one(struct ecp_feature_setup setup, const char *says)
{
    struct ecp_feature_map *map = NULL;
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_feature_map_create(&setup, &map), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), says));
    CU_ASSERT_PTR_NULL(map);
    ecp_error_clear();
}

static void refused(void)
{
    refused_one((struct ecp_feature_setup){.kind = ECP_FEATURE_ELU}, "0 inputs");
    refused_one((struct ecp_feature_setup){.kind = ECP_FEATURE_DPFP, .inputs = 3, .nu = 6},
                "allowed: 1 to 5");
    refused_one((struct ecp_feature_setup){.kind = ECP_FEATURE_DPFP, .inputs = 3}, "nu = 0");
    refused_one((struct ecp_feature_setup){.kind = ECP_FEATURE_FAVOR, .inputs = 3}, "0 random");
}

ECP_TEST_MAIN("feature_map", {"formulas", formulas}, {"derivatives", derivatives},
              {"directions", directions}, {"estimates", estimates}, {"threads", threads},
              {"ends", ends}, {"refused", refused})
