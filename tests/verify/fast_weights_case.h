/* fast_weights_case.h -- items for memory fast_weights in tests, and its ways through them. */
#ifndef ECP_TESTS_FAST_WEIGHTS_CASE_H
#define ECP_TESTS_FAST_WEIGHTS_CASE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/chance.h"
#include "engine/memory.h"
#include "tests/support.h"

enum { LINEAR, RETNET, SIMPLE_GLA, GLA, DELTA_NET, GATED_DELTA, FWM, RULES };
enum { NONE, ATTENTION, SUM, UNIT };
enum { RECURRENT, PARALLEL, CHUNKWISE };
enum { MAPS = 3 };

struct data {
    size_t n, heads, d, m; /* of a head */
    double *q, *k, *v, *strength, *decay;
    size_t decay_columns;
};

struct way {
    int rule, map, normaliser, form;
    double chunk, single, scale, nu, epsilon;
};

static inline int is_delta(int rule)
{
    return rule >= DELTA_NET;
}

/* `depth`: of the gates; columns 0: none. */
static inline struct data make(uint64_t seed, size_t n, size_t heads, size_t d, size_t m)
{
    struct data x = {.n = n, .heads = heads, .d = d, .m = m};
    struct ecp_chance chance = ecp_chance(seed, 7, 0);
    x.q = calloc(n * heads * d, sizeof *x.q);
    x.k = calloc(n * heads * d, sizeof *x.k);
    x.v = calloc(n * heads * m, sizeof *x.v);
    x.strength = calloc(n, sizeof *x.strength);
    x.decay = calloc(n * heads * d, sizeof *x.decay);
    ecp_chance_normals(&chance, n * heads * d, x.q);
    ecp_chance_normals(&chance, n * heads * d, x.k);
    ecp_chance_normals(&chance, n * heads * m, x.v);
    for (size_t t = 0; t < n; t++)
        x.strength[t] = ecp_chance_uniform(&chance);
    return x;
}

static inline void gates(struct data *x, size_t columns, double depth)
{
    struct ecp_chance chance = ecp_chance(99, 8, 0);
    x->decay_columns = columns;
    for (size_t k = 0; k < x->n * columns; k++)
        x->decay[k] = -depth * ecp_chance_uniform(&chance);
}

static inline void clear(struct data *x)
{
    free(x->q);
    free(x->k);
    free(x->v);
    free(x->strength);
    free(x->decay);
}

static inline struct ecp_items items_of(const struct data *x, size_t first, size_t n)
{
    return (struct ecp_items){.n = n,
                              .keys = x->k + first * x->heads * x->d,
                              .values = x->v + first * x->heads * x->m,
                              .strength = x->strength ? x->strength + first : NULL,
                              .decay =
                                  x->decay_columns ? x->decay + first * x->decay_columns : NULL,
                              .decay_columns = x->decay_columns};
}

static inline struct ecp_memory *memory_of(const struct data *x, struct way way)
{
    const struct ecp_memory_setting settings[] = {
        {"rule", way.rule, NULL},
        {"map", way.map, NULL},
        {"nu", way.nu > 0 ? way.nu : 1, NULL},
        {"normaliser", way.normaliser, NULL},
        {"form", way.form, NULL},
        {"chunk", way.chunk > 0 ? way.chunk : 64, NULL},
        {"precision", way.single, NULL},
        {"scale", way.scale, NULL},
        {"heads", (double)x->heads, NULL},
        {"epsilon", way.epsilon > 0 ? way.epsilon : 1e-6, NULL}};
    struct ecp_memory_setup setup = {.shape = {x->heads * x->d, x->heads * x->m, 0},
                                     .seed = 5,
                                     .settings = settings,
                                     .n_settings = sizeof settings / sizeof *settings};
    struct ecp_memory *memory;
    ECP_ASSERT_OK(ecp_memory_find("fast_weights", &setup.model));
    ECP_ASSERT_OK(ecp_memory_create(&setup, &memory));
    return memory;
}

/* Outputs of the whole sequence; the state, where wanted, into `state`. */
static inline double *outputs(const struct data *x, struct way way, double **state)
{
    struct ecp_memory *memory = memory_of(x, way);
    struct ecp_items items = items_of(x, 0, x->n);
    double *o = calloc(x->n * x->heads * x->m, sizeof *o);
    size_t count;
    ECP_ASSERT_OK(ecp_memory_sequence(memory, &items, x->q, o));
    if (state)
        ECP_ASSERT_OK(ecp_memory_image(memory, state, &count));
    ecp_memory_destroy(memory);
    return o;
}

static inline double difference(size_t n, const double *a, const double *b)
{
    double worst = 0;
    for (size_t k = 0; k < n; k++)
        worst = fmax(worst, isfinite(a[k]) ? fabs(a[k] - b[k]) : INFINITY);
    return worst;
}

static inline double largest(size_t n, const double *a)
{
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, fabs(a[k]));
    return most;
}

static inline void normalise(struct way way, size_t n, double *x, double epsilon)
{
    double sum = 0;
    for (size_t c = 0; c < n; c++)
        sum += way.normaliser == UNIT ? x[c] * x[c] : x[c];
    if (way.normaliser == UNIT)
        sum = sqrt(sum);
    for (size_t c = 0; c < n && way.normaliser >= SUM; c++)
        x[c] /= sum + (way.normaliser == SUM ? epsilon : 0);
}

#endif
