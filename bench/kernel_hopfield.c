/* kernel_hopfield.c -- recall of attractor memories against the products of matrices that they
 * consist of, which OpenBLAS does on the same arrays between the recalls:
 *
 *     bench/kernel_hopfield [N [P [THREADS]]]
 *
 * Processor time of one thread, best of several rounds: other programs on the machine disturb
 * it little. With THREADS it is the time on the clock, of recalls on so many:
 * 1 and 2 on a quiet machine show what the second thread brings. "of GEMM": time of the products
 * alone over time of the recall. Peak memory is that of W (4 N^2 bytes) and twice the patterns. */
#include <cblas.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/bench.h"
#include "engine/blas_kernels.h"
#include "engine/chance.h"
#include "engine/memory.h"

enum { ROUNDS = 5, BATCH = 256 };

static double seconds(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct job {
    clockid_t clock;
    struct ecp_memory *memory;
    size_t d, p, cues;
    double *cue, *out;
    double sweeps; /* of a recall, as the products are counted */
    /* The products of one sweep. */
    int single, products; /* 1: with W (d x d); 2: with the patterns, there and back */
    void *matrix, *in, *between;
};

static void *room(size_t n, size_t each)
{
    void *at = calloc(n, each);
    if (!at) {
        (void)fprintf(stderr, "kernel_hopfield: no memory\n");
        exit(5);
    }
    return at;
}

static void want(enum ecp_status status)
{
    if (status != ECP_OK) {
        (void)fprintf(stderr, "kernel_hopfield: %s\n", ecp_error_message());
        exit(1);
    }
}

static struct ecp_memory *make(const char *name, size_t d, const struct ecp_memory_setting *setting,
                               size_t n)
{
    struct ecp_memory_setup setup = {
        .shape = {d, 0, 0}, .seed = 1, .settings = setting, .n_settings = n};
    struct ecp_memory *memory;
    want(ecp_memory_find(name, &setup.model));
    want(ecp_memory_create(&setup, &memory));
    return memory;
}

/* One sweep's products, by OpenBLAS alone. */
static void products(const struct job *j)
{
    const int d = (int)j->d, p = (int)j->p, n = (int)j->cues;
    if (j->single && n == 1)
        cblas_sgemv(CblasRowMajor, CblasNoTrans, d, d, 1, j->matrix, d, j->in, 1, 0, j->between, 1);
    else if (j->single)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, d, d, 1, j->in, d, j->matrix, d,
                    0, j->between, d);
    else if (n == 1) {
        cblas_dgemv(CblasRowMajor, CblasNoTrans, p, d, 1, j->matrix, d, j->in, 1, 0, j->between, 1);
        cblas_dgemv(CblasRowMajor, CblasTrans, p, d, 1, j->matrix, d, j->between, 1, 0, j->in, 1);
    } else {
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, p, d, 1, j->in, d, j->matrix, d, 0,
                    j->between, p);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, d, p, 1, j->between, p, j->matrix,
                    d, 0, j->in, d);
    }
}

static void measure(const char *what, struct job *j)
{
    const size_t each = j->single ? sizeof(float) : sizeof(double);
    const size_t wide = j->d > j->p ? j->d : j->p;
    double recall = 1e300, floor = 1e300;
    j->matrix = room(j->d * (j->single ? j->d : j->p), each);
    j->in = room(j->cues * j->d, each);
    j->between = room(j->cues * wide, each);
    memset(j->matrix, 1, j->d * (j->single ? j->d : j->p) * each);
    for (int round = 0; round < ROUNDS; round++) {
        double begin = seconds(j->clock);
        want(ecp_memory_recall(j->memory, j->cue, j->cues, j->out, NULL));
        double took = (seconds(j->clock) - begin) / j->sweeps;
        recall = took < recall ? took : recall;
        memset(j->in, 0, j->cues * j->d * each);
        begin = seconds(j->clock);
        products(j);
        took = seconds(j->clock) - begin;
        floor = took < floor ? took : floor;
    }
    (void)printf("%-52s  %5zu  %9.3f ms  %9.3f ms  %5.2f times  %3.0f %%\n", what, j->cues,
                 1e3 * recall, 1e3 * floor, recall / floor, 100 * floor / recall);
    (void)fflush(stdout);
    free(j->matrix);
    free(j->in);
    free(j->between);
}

/* Patterns, and copies of them with a tenth of the components turned round. */
static void fill(struct job *j, int signs)
{
    struct ecp_chance chance = ecp_chance(1, 1, 1);
    double *x = room(j->p * j->d, sizeof *x);
    if (signs)
        ecp_chance_signs(&chance, j->p * j->d, x);
    else
        ecp_chance_normals(&chance, j->p * j->d, x);
    j->cue = room(BATCH * j->d, sizeof *j->cue);
    j->out = room(BATCH * j->d, sizeof *j->out);
    for (size_t k = 0; k < BATCH * j->d; k++)
        j->cue[k] = x[k % (j->p * j->d)] * (ecp_chance_uniform(&chance) < 0.1 && signs ? -1 : 1);
    want(ecp_memory_store_pairs(j->memory, x, NULL, j->p));
    free(x);
}

static void finish(struct job *j)
{
    ecp_memory_destroy(j->memory);
    free(j->cue);
    free(j->out);
}

#define SET(...)                                                                                   \
    (const struct ecp_memory_setting[]){__VA_ARGS__},                                              \
        sizeof((const struct ecp_memory_setting[]){__VA_ARGS__}) /                                 \
            sizeof(struct ecp_memory_setting)

static void hopfield(clockid_t clock, size_t n, size_t p)
{
    struct job j = {.clock = clock, .d = n, .p = p, .single = 1};
    j.memory = make("hopfield", n,
                    SET({"precision", 0, "single"}, {"update", 0, "sync"}, {"sweeps", 1, NULL}));
    fill(&j, 1);
    j.sweeps = 1;
    j.cues = 1;
    measure("hopfield, W single, all at once: a sweep", &j);
    j.cues = BATCH;
    measure("hopfield, W single, all at once: a sweep", &j);
    finish(&j);
    j.memory = make("hopfield", n, SET({"precision", 0, "single"}));
    fill(&j, 1);
    j.cues = 1;
    measure("hopfield, W single, one by one: whole recall", &j);
    j.cues = BATCH;
    measure("hopfield, W single, one by one: whole recall", &j);
    finish(&j);

    j = (struct job){.clock = clock, .d = n, .p = p, .sweeps = 1};
    j.memory = make("hopfield", n,
                    SET({"form", 0, "patterns"}, {"update", 0, "sync"}, {"sweeps", 1, NULL}));
    fill(&j, 1);
    j.cues = 1;
    measure("hopfield, patterns, all at once: a sweep", &j);
    j.cues = BATCH;
    measure("hopfield, patterns, all at once: a sweep", &j);
    finish(&j);
    j.memory = make("hopfield", n, SET({"form", 0, "patterns"}));
    fill(&j, 1);
    j.cues = 1;
    measure("hopfield, patterns, one by one: whole recall", &j);
    finish(&j);
}

static void dense(clockid_t clock)
{
    struct job j = {.clock = clock, .d = 1000, .p = 5000, .sweeps = 1, .cues = BATCH};
    j.memory = make("dense", j.d, SET({"update", 0, "sync"}, {"sweeps", 1, NULL}));
    fill(&j, 1);
    measure("dense, m^3, 5,000 patterns of 1,000: a sweep", &j);
    finish(&j);
    j.memory = make("dense", j.d,
                    SET({"update", 0, "sync"}, {"sweeps", 1, NULL}, {"kernel", 0, "exponential"}));
    fill(&j, 1);
    measure("dense, e^m, the same", &j);
    finish(&j);
}

static void modern(clockid_t clock)
{
    static const char *const separation[] = {"softmax", "sparsemax", "entmax15"};
    for (int k = 0; k < 6; k++) {
        struct job j = {
            .clock = clock, .d = k < 3 ? 64 : 256, .p = 5000, .sweeps = 1, .cues = BATCH};
        char what[80];
        j.memory = make("modern_hopfield", j.d,
                        SET({"steps", 1, NULL}, {"separation", 0, separation[k % 3]}));
        fill(&j, 0);
        (void)snprintf(what, sizeof what, "modern_hopfield, %s, 5,000 of %zu: a step",
                       separation[k % 3], j.d);
        measure(what, &j);
        finish(&j);
    }
}

int main(int argc, char **argv)
{
    ecp_blas_kernels_choose(argv);
    const int threads = (int)bench_argument(argc, argv, 3, 0);
    const clockid_t clock = threads > 0 ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID;
    omp_set_num_threads(threads > 0 ? threads : 1);
    openblas_set_num_threads(threads > 0 ? threads : 1);
    (void)printf("%-52s  %5s  %12s  %12s  %11s  %s\n", "what", "cues", "recall", "products",
                 "recall is", "of GEMM");
    modern(clock);
    dense(clock);
    hopfield(clock, (size_t)bench_argument(argc, argv, 1, 10000),
             (size_t)bench_argument(argc, argv, 2, 1000));
    return 0;
}
