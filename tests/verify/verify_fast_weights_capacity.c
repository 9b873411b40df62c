/* verify_fast_weights_capacity.c -- training of keys: gradients against differences, the
 * loss against the memory itself, Adam against its formulas, what is trained against the
 * bound of rank, and the scenario's knob. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/adam.h"
#include "engine/chance.h"
#include "engine/memory.h"
#include "engine/retrieval.h"
#include "tests/support.h"

static struct ecp_retrieval *task(enum ecp_feature_kind kind, size_t pairs, size_t d, int delta,
                                  int replace)
{
    struct ecp_retrieval *r;
    const struct ecp_retrieval_setup setup = {
        .pairs = pairs,
        .delta = delta,
        .replace = replace,
        .epsilon = 1e-6,
        .map = {.kind = kind, .inputs = d, .nu = 2, .random = 12, .orthogonal = 1, .seed = 3},
        .seed = 3};
    ECP_ASSERT_OK(ecp_retrieval_create(&setup, &r));
    return r;
}

static double loss_of(struct ecp_retrieval *r, size_t n, double *gradient)
{
    double loss;
    ECP_ASSERT_OK(ecp_retrieval_loss(r, 100, n, &loss, gradient));
    return loss;
}

/* Every weight of small tasks: |difference| against the largest of the gradient. */
static void gradients(void)
{
    static const enum ecp_feature_kind kinds[] = {ECP_FEATURE_ELU, ECP_FEATURE_DPFP,
                                                  ECP_FEATURE_FAVOR, ECP_FEATURE_PERFORMER};
    double worst = 0;
    for (size_t k = 0; k < 4; k++)
        for (int delta = 0; delta < 2; delta++)
            for (int replace = 0; replace < 2; replace++) {
                struct ecp_retrieval *r = task(kinds[k], 5, 4, delta, replace);
                const size_t n = ecp_retrieval_count(r);
                double *w = ecp_retrieval_weights(r), *g = calloc(n, sizeof *g), size = 0, off = 0;
                (void)loss_of(r, 3, g);
                for (size_t i = 0; i < n; i++)
                    size = fmax(size, fabs(g[i]));
                for (size_t i = 0; i < n; i++) {
                    const double before = w[i], h = 1e-5;
                    w[i] = before + h;
                    const double up = loss_of(r, 3, NULL);
                    w[i] = before - h;
                    const double down = loss_of(r, 3, NULL);
                    w[i] = before;
                    off = fmax(off, fabs(g[i] - (up - down) / (2 * h)) / size);
                }
                if (off > 1e-6)
                    (void)printf("\n  map %d delta %d replace %d: %.1e", (int)kinds[k], delta,
                                 replace, off);
                worst = fmax(worst, off);
                free(g);
                ecp_retrieval_destroy(r);
            }
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-5);
}

/* Gradients where thousands of steps lead, and their bits on any number of threads. */
static void gradients_trained(void)
{
    for (int delta = 0; delta < 2; delta++) {
        struct ecp_retrieval *r = task(ECP_FEATURE_DPFP, 8, 4, delta, 1);
        const size_t n = ecp_retrieval_count(r);
        double *w = ecp_retrieval_weights(r), *g = calloc(n, sizeof *g), *other;
        double size = 0, off = 0, loss;
        struct ecp_adam adam;
        ECP_ASSERT_OK(ecp_adam_init(&adam, n, 1e-2));
        for (uint32_t step = 0; step < 300; step++) {
            ECP_ASSERT_OK(ecp_retrieval_loss(r, 8 * step, 8, &loss, g));
            ecp_adam_step(&adam, g, w);
        }
        (void)loss_of(r, 4, g);
        for (size_t i = 0; i < n; i++)
            size = fmax(size, fabs(g[i]));
        for (size_t i = 0; i < n; i += 3) {
            const double before = w[i], h = 1e-5;
            w[i] = before + h;
            const double up = loss_of(r, 4, NULL);
            w[i] = before - h;
            const double down = loss_of(r, 4, NULL);
            w[i] = before;
            off = fmax(off, fabs(g[i] - (up - down) / (2 * h)) / size);
        }
        (void)printf(" %.1e", off);
        CU_ASSERT(off < 1e-5);
        other = calloc(n, sizeof *other);
        omp_set_num_threads(1);
        (void)loss_of(r, 5, g);
        for (int threads = 2; threads <= 3; threads++) {
            omp_set_num_threads(threads);
            (void)loss_of(r, 5, other);
            CU_ASSERT(memcmp(g, other, n * sizeof *g) == 0);
        }
        omp_set_num_threads(2);
        free(other);
        free(g);
        ecp_adam_clear(&adam);
        ecp_retrieval_destroy(r);
    }
}

static void adam_steps(void)
{
    double x[2] = {1, -2}, m[2] = {0}, v[2] = {0}, y[2] = {1, -2};
    struct ecp_adam adam;
    ECP_ASSERT_OK(ecp_adam_init(&adam, 2, 0.1));
    for (int t = 1; t <= 50; t++) {
        const double g[2] = {2 * x[0], 20 * x[1] + 1};
        ecp_adam_step(&adam, g, x);
        for (int k = 0; k < 2; k++) {
            m[k] = 0.9 * m[k] + 0.1 * g[k];
            v[k] = 0.999 * v[k] + 0.001 * g[k] * g[k];
            y[k] -= 0.1 * m[k] / (1 - pow(0.9, t)) / (sqrt(v[k] / (1 - pow(0.999, t))) + 1e-8);
            CU_ASSERT_DOUBLE_EQUAL(x[k], y[k], 1e-12);
        }
        if (t == 1) /* the first step is as long as the rate, whatever the gradient */
            CU_ASSERT_DOUBLE_EQUAL(x[0], 0.9, 1e-8);
    }
    ecp_adam_clear(&adam);
}

/* The loss of a sequence by the memory `fast_weights` that is trained here. */
static void same_memory(void)
{
    enum { S = 9, D = 5, T = 2 * S };
    double keys[T * D], values[T * S], strength[T], queries[S * D], y[S * S];
    size_t answer[S];
    double worst = 0;
    for (int delta = 0; delta < 2; delta++)
        for (int form = 0; form < 3; form++) {
            struct ecp_retrieval *r = task(ECP_FEATURE_DPFP, S, D, delta, 1);
            struct ecp_retrieval_pairs pairs = {keys, values, strength, queries, answer};
            const struct ecp_memory_setting settings[] = {
                {"rule", 0, delta ? "delta_net" : "linear"},
                {"map", 0, "dpfp"},
                {"nu", 2, NULL},
                {"normaliser", 0, delta ? "sum" : "attention"},
                {"form", form, NULL},
                {"chunk", 4, NULL}};
            struct ecp_memory_setup setup = {
                .shape = {D, S, 0}, .settings = settings, .n_settings = 6};
            struct ecp_memory *memory;
            double loss, own = 0;
            size_t asked = 0;
            ECP_ASSERT_OK(ecp_memory_find("fast_weights", &setup.model));
            ECP_ASSERT_OK(ecp_memory_create(&setup, &memory));
            ECP_ASSERT_OK(ecp_retrieval_loss(r, 17, 1, &loss, NULL));
            ECP_ASSERT_OK(ecp_retrieval_sequence(r, 17, &pairs));
            const struct ecp_items items = {
                .n = T, .keys = keys, .values = values, .strength = delta ? strength : NULL};
            ECP_ASSERT_OK(ecp_memory_store(memory, &items));
            ECP_ASSERT_OK(ecp_memory_recall(memory, queries, S, y, NULL));
            for (size_t i = 0; i < S; i++) {
                asked += answer[i] < S;
                for (size_t j = 0; j < S && answer[i] < S; j++)
                    own += 0.5 * pow(y[i * S + j] - (double)(answer[i] == j), 2);
            }
            worst = fmax(worst, fabs(own / (double)asked - loss));
            ecp_memory_destroy(memory);
            ecp_retrieval_destroy(r);
        }
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-12);
}

/* Twice as many keys as features: training comes near the bound of rank, never below. */
static void bound_of_rank(void)
{
    struct ecp_retrieval *r = task(ECP_FEATURE_ELU, 16, 8, 0, 0);
    const size_t n = ecp_retrieval_count(r);
    double *g = calloc(n, sizeof *g), loss = 1, least = 1;
    struct ecp_adam adam;
    ECP_ASSERT_OK(ecp_adam_init(&adam, n, 1e-2));
    for (uint32_t step = 0; step < 1500; step++) {
        ECP_ASSERT_OK(ecp_retrieval_loss(r, 4 * step, 4, &loss, g));
        least = fmin(least, loss);
        ecp_adam_step(&adam, g, ecp_retrieval_weights(r));
    }
    (void)printf(" %.3f", least);
    CU_ASSERT(least >= 0.25 && least < 0.30);
    free(g);
    ecp_adam_clear(&adam);
    ecp_retrieval_destroy(r);
}

static void refused(void)
{
    struct ecp_retrieval *r = NULL;
    struct ecp_retrieval_setup setup = {.pairs = 1, .map = {.kind = ECP_FEATURE_ELU, .inputs = 4}};
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_retrieval_create(&setup, &r), ECP_ECONFIG);
    ecp_error_clear();
    setup.pairs = 4;
    setup.map.kind = ECP_FEATURE_COSINE;
    CU_ASSERT_EQUAL(ecp_retrieval_create(&setup, &r), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "negative"));
    ecp_error_clear();
    CU_ASSERT_PTR_NULL(r);
}

/* Favor with keys that training made large: the end has a name. */
static void not_finite(void)
{
    for (int delta = 0; delta < 2; delta++) {
        struct ecp_retrieval *r = task(ECP_FEATURE_FAVOR, 8, 4, delta, 1);
        double loss = 7;
        for (size_t i = 0; i < ecp_retrieval_count(r); i++)
            ecp_retrieval_weights(r)[i] *= 100;
        ecp_error_clear();
        CU_ASSERT_EQUAL(ecp_retrieval_loss(r, 0, 4, &loss, NULL), ECP_ENUMERIC);
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "range of numbers"));
        CU_ASSERT(loss == 7);
        ecp_error_clear();
        ecp_retrieval_destroy(r);
    }
}

ECP_TEST_MAIN("fast_weights_capacity", {"gradients", gradients},
              {"gradients_trained", gradients_trained}, {"adam_steps", adam_steps},
              {"same_memory", same_memory}, {"bound_of_rank", bound_of_rank}, {"refused", refused},
              {"not_finite", not_finite})
