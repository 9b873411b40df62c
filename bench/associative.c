/* associative.c -- what storing and recalling cost in every memory, beside the product of
 * matrices that the same data would need at least.
 *
 *     associative [size of keys 256] [items 512] [cues 512] [threads 2] [model]
 *
 * ns: of one item stored, or one cue. GFLOP/s: as if each cue were compared with every
 * component of every item, and answered from them: 2 (key + value) items a cue. ratio: of
 * that to GEMM (or, one cue at a time, GEMV) of these shapes, measured in turn with it in
 * the same run. Peak memory is that of the process so far. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "engine/blas_kernels.h"
#include "engine/chance.h"
#include "engine/matrix.h"
#include "engine/memory.h"

static const double PATIENCE_S = 10;

struct setup {
    size_t key, items, cues;
    const double *keys, *values, *cue; /* of the model's kinds */
    double *out, *score, *product;
};

static double peak_mb(void)
{
    char line[256];
    double kb = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = strtod(line + 6, NULL);
    if (file)
        (void)fclose(file);
    return kb * 1024e-6;
}

static double *rows(enum ecp_pattern_kind kind, size_t n, size_t size)
{
    double *all = calloc(n * size + 1, sizeof *all);
    struct ecp_chance chance = ecp_chance(1, 1, 0);
    for (size_t k = 0; all && k < n * size; k++)
        all[k] = kind == ECP_PATTERN_REAL    ? ecp_chance_normal(&chance) / sqrt((double)size)
                 : kind == ECP_PATTERN_SIGNS ? ecp_chance_sign(&chance)
                                             : ecp_chance_uniform(&chance) < 0.1;
    return all;
}

/* Both products of a recall; n cues at once, or one after the other. */
static double floor_seconds(const struct setup *s, size_t value, size_t n)
{
    const double begin = bench_seconds();
    if (n > 1) {
        ecp_matrix_abt(n, s->items, s->key, s->cue, s->keys, s->product);
        ecp_matrix_ab(n, value, s->items, s->product, s->values ? s->values : s->keys, s->out);
    } else {
        ecp_matrix_times(s->items, s->key, s->keys, s->cue, s->product);
        ecp_matrix_transposed_times(s->items, value, s->values ? s->values : s->keys, s->product,
                                    s->out);
    }
    return bench_seconds() - begin;
}

/* Best of several rounds, the floor in turn with it. */
static enum ecp_status time_recall(struct ecp_memory *memory, const struct setup *s, size_t n,
                                   double best[2])
{
    const size_t value = ecp_memory_value_size(memory);
    const double until = bench_seconds() + 0.5;
    enum ecp_status status = ECP_OK;
    best[0] = best[1] = INFINITY;
    for (int round = 0; status == ECP_OK && (round < 3 || bench_seconds() < until); round++) {
        const double begin = bench_seconds();
        status = ecp_memory_recall(memory, s->cue, n, s->out, s->score);
        best[0] = fmin(best[0], bench_seconds() - begin);
        best[1] = fmin(best[1], floor_seconds(s, value, n));
        if (best[0] > 3)
            break;
    }
    return status;
}

static void line(const char *model, const char *what, int threads, const double *numbers)
{
    (void)printf("%-22s %-12s %7d %14.1f", model, what, threads, numbers[0]);
    if (isfinite(numbers[1]))
        (void)printf(" %9.2f %7.2f", numbers[1], numbers[2]);
    else
        (void)printf(" %9s %7s", "-", "-");
    (void)printf(" %9.1f\n", peak_mb());
    (void)fflush(stdout);
}

static enum ecp_status bench(const struct ecp_memory_model *m, const struct setup *s, int threads)
{
    const struct ecp_memory_setup setup = {
        .model = m, .shape = {s->key, m->has_values ? s->key : 0, s->items}, .seed = 1};
    struct ecp_memory *memory = NULL;
    double best[2] = {0, 0};
    enum ecp_status status;
    omp_set_num_threads(threads);
    ECP_TRY(ecp_memory_create(&setup, &memory));
    const double begin = bench_seconds();
    ECP_TRY(ecp_memory_store_pairs(memory, s->keys, m->has_values ? s->values : NULL, s->items));
    const double store = (bench_seconds() - begin) * 1e9 / (double)s->items;
    line(m->name, "store", threads, (const double[]){store, NAN, NAN});
    const double flop = 4 * (double)s->key * (double)s->items;
    const size_t cues[] = {1, s->cues};
    for (int k = 0; k < 2; k++) {
        const double n = (double)cues[k];
        if (k == 1 && best[0] * n > PATIENCE_S)
            break; /* what relaxes for long is not asked for a batch */
        ECP_TRY(time_recall(memory, s, cues[k], best));
        line(m->name, k ? "recall batch" : "recall one", threads,
             (const double[]){best[0] * 1e9 / n, flop * n / best[0] * 1e-9, best[1] / best[0]});
    }
done:
    if (status != ECP_OK)
        (void)printf("%-22s %s\n", m->name, ecp_error_message());
    ecp_error_clear();
    ecp_memory_destroy(memory);
    return status;
}

int main(int argc, char **argv)
{
    ecp_blas_kernels_choose(argv);
    struct setup s = {.key = (size_t)bench_argument(argc, argv, 1, 256),
                      .items = (size_t)bench_argument(argc, argv, 2, 512),
                      .cues = (size_t)bench_argument(argc, argv, 3, 512)};
    const int most = (int)bench_argument(argc, argv, 4, 2);
    const char *only = argc > 5 ? argv[5] : NULL;
    int failed = 0;
    s.out = calloc(s.cues * s.key + 1, sizeof *s.out);
    s.score = calloc(s.cues + 1, sizeof *s.score);
    s.product = calloc(s.cues * s.items + 1, sizeof *s.product);
    (void)printf("keys of %zu, %zu items, %zu cues in a batch\n", s.key, s.items, s.cues);
    (void)printf("%-22s %-12s %7s %14s %9s %7s %9s\n", "model", "what", "threads", "ns", "GFLOP/s",
                 "ratio", "peak MB");
    for (size_t k = 0; ecp_memory_models[k]; k++) {
        const struct ecp_memory_model *m = ecp_memory_models[k];
        if (only && strcmp(only, m->name) != 0)
            continue;
        double *keys = rows(m->keys, s.items, s.key), *cue = rows(m->keys, s.cues, s.key);
        double *values = m->has_values ? rows(m->values, s.items, s.key) : NULL;
        s.keys = keys;
        s.cue = cue;
        s.values = values;
        failed |= !keys || !cue || (m->has_values && !values) || !s.out || !s.score || !s.product;
        for (int threads = 1; !failed && threads <= most; threads++)
            failed |= bench(m, &s, threads) == ECP_ENOMEM;
        free(keys);
        free(cue);
        free(values);
    }
    free(s.out);
    free(s.score);
    free(s.product);
    return failed;
}
