/* recall_case.h -- associative memories in tests: made, filled, asked. */
#ifndef ECP_TESTS_RECALL_CASE_H
#define ECP_TESTS_RECALL_CASE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/memory.h"
#include "tests/support.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* A memory of `key` numbers (`value`: 0 where it completes patterns). */
static inline enum ecp_status try_memory(const char *name, size_t key, size_t value,
                                         const struct ecp_memory_setting *setting, size_t n,
                                         struct ecp_memory **out)
{
    struct ecp_memory_setup setup = {
        .shape = {key, value, 0}, .seed = 7, .settings = setting, .n_settings = n};
    ECP_ASSERT_OK(ecp_memory_find(name, &setup.model));
    return ecp_memory_create(&setup, out);
}

static inline struct ecp_memory *memory_of(const char *name, size_t key, size_t value,
                                           const struct ecp_memory_setting *setting, size_t n)
{
    struct ecp_memory *memory;
    ECP_ASSERT_OK(try_memory(name, key, value, setting, n, &memory));
    return memory;
}

/* MEMORY("hopfield", N, {"rule", 0, "hebb"}, ...) */
#define MEMORY(name, key, ...)                                                                     \
    memory_of(name, key, 0, (const struct ecp_memory_setting[]){__VA_ARGS__},                      \
              COUNT_OF(((const struct ecp_memory_setting[]){__VA_ARGS__})))

/* Whether these settings are refused, with a sentence. */
static inline int refused(const char *name, size_t key, size_t value,
                          const struct ecp_memory_setting *setting, size_t n)
{
    struct ecp_memory *memory = NULL;
    ecp_error_clear();
    const enum ecp_status status = try_memory(name, key, value, setting, n, &memory);
    const int ok = status != ECP_OK && memory == NULL && strlen(ecp_error_message()) > 10;
    ecp_memory_destroy(memory);
    ecp_error_clear();
    return ok;
}

#define REFUSED(name, key, ...)                                                                    \
    refused(name, key, 0, (const struct ecp_memory_setting[]){__VA_ARGS__},                        \
            COUNT_OF(((const struct ecp_memory_setting[]){__VA_ARGS__})))

static inline double *numbers(size_t n)
{
    double *x = calloc(n + 1, sizeof *x);
    CU_ASSERT_PTR_NOT_NULL_FATAL(x);
    return x;
}

static inline double *random_signs(size_t n, uint32_t number)
{
    struct ecp_chance chance = ecp_chance(11, 1, number);
    double *x = numbers(n);
    ecp_chance_signs(&chance, n, x);
    return x;
}

static inline double *random_normals(size_t n, uint32_t number)
{
    struct ecp_chance chance = ecp_chance(11, 2, number);
    double *x = numbers(n);
    ecp_chance_normals(&chance, n, x);
    return x;
}

/* A copy with each component turned round with probability p. */
static inline double *flipped(const double *x, size_t n, double p, uint32_t number)
{
    struct ecp_chance chance = ecp_chance(11, 3, number);
    double *y = numbers(n);
    for (size_t k = 0; k < n; k++)
        y[k] = ecp_chance_uniform(&chance) < p ? -x[k] : x[k];
    return y;
}

static inline void keep(struct ecp_memory *memory, const double *keys, size_t n)
{
    ECP_ASSERT_OK(ecp_memory_store_pairs(memory, keys, NULL, n));
}

static inline double scalar(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += a[k] * b[k];
    return sum;
}

static inline double largest_difference(const double *a, const double *b, size_t n)
{
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, fabs(a[k] - b[k]));
    return most;
}

/* Largest relative error of `gradient` (d) against differences of the memory's energy. */
static inline double gradient_error(struct ecp_memory *memory, const double *state,
                                    const double *gradient, size_t d)
{
    const double h = 1e-4;
    double *x = numbers(d), size = 1e-300, most = 0;
    for (size_t k = 0; k < d; k++)
        size = fmax(size, fabs(gradient[k]));
    for (size_t k = 0; k < d; k++) {
        double e[4];
        for (int side = 0; side < 4; side++) {
            static const double by[] = {-2, -1, 1, 2};
            memcpy(x, state, d * sizeof *x);
            x[k] += by[side] * h;
            ECP_ASSERT_OK(ecp_memory_energy(memory, x, 1, &e[side]));
        }
        const double slope = (e[0] - 8 * e[1] + 8 * e[2] - e[3]) / (12 * h);
        most = fmax(most, fabs(slope - gradient[k]) / size);
    }
    free(x);
    return most;
}

/* The same answers after the state went through an array. */
static inline void restores(const char *name, struct ecp_memory *memory, const double *cue,
                            size_t n)
{
    const size_t width = ecp_memory_value_size(memory);
    double *before = numbers(n * width), *after = numbers(n * width), *data;
    size_t count;
    (void)name;
    ECP_ASSERT_OK(ecp_memory_recall(memory, cue, n, before, NULL));
    ECP_ASSERT_OK(ecp_memory_image(memory, &data, &count));
    ECP_ASSERT_OK(ecp_memory_clear(memory));
    ECP_ASSERT_OK(ecp_memory_restore(memory, data, count));
    ECP_ASSERT_OK(ecp_memory_recall(memory, cue, n, after, NULL));
    CU_ASSERT_EQUAL(memcmp(before, after, n * width * sizeof *before), 0);
    CU_ASSERT_NOT_EQUAL(ecp_memory_restore(memory, data, count > 2 ? count - 2 : 0), ECP_OK);
    ecp_error_clear();
    free(data);
    free(before);
    free(after);
}

#endif
