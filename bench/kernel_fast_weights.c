/* kernel_fast_weights.c -- what memory fast_weights reaches of OpenBLAS's own products, how
 * its forms cost over the length of a sequence, and what two threads bring.
 *
 *   kernel_fast_weights [items] [longest]
 *
 * Times are processor times of threads (that of the slowest), which other work on the
 * machine does not enter; cases and the products that they are held against take turns, the
 * best of several rounds counts. Operations are those of the algorithm, chunk C, keys d,
 * values m, an item and head: triangles once, C (d + m) + 4 d m; delta rules C (2 d + 2 m)
 * + 6 d m. Waiting must not count: OMP_WAIT_POLICY=passive. */
#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench/bench.h"
#include "engine/blas_kernels.h"
#include "engine/memory.h"

enum { ROUNDS = 5, MOST_THREADS = 64 };

static double own_seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void look(double *seconds)
{
#pragma omp parallel
    seconds[omp_get_thread_num()] = own_seconds();
}

struct shape {
    const char *rule;
    size_t n, heads, d, chunk;
    int single, form;
};

struct data {
    double *q, *k, *v, *o, *strength, *decay;
    float *a, *b, *c; /* of the product beside it */
};

static void *filled(size_t n, size_t size)
{
    void *x = malloc(n * size);
    if (!x) {
        (void)fprintf(stderr, "no memory\n");
        exit(5);
    }
    return x;
}

static struct data data_of(size_t n, size_t width)
{
    const size_t all = n * width;
    struct data x = {filled(all, 8), filled(all, 8), filled(all, 8), filled(all, 8), filled(n, 8),
                     filled(n, 8),   filled(all, 4), filled(all, 4), filled(all, 4)};
    for (size_t k = 0; k < all; k++) {
        const double r = (double)(k * 2654435761u % 1000003u) / 500001.5 - 1;
        x.q[k] = x.v[k] = r;
        x.k[k] = r * 0.1;
        x.a[k] = x.b[k] = (float)r;
        x.o[k] = 0;
        x.c[k] = 0;
    }
    for (size_t t = 0; t < n; t++) {
        x.strength[t] = 0.5;
        x.decay[t] = -0.01;
    }
    return x;
}

static void data_free(struct data *x)
{
    free(x->q);
    free(x->k);
    free(x->v);
    free(x->o);
    free(x->strength);
    free(x->decay);
    free(x->a);
    free(x->b);
    free(x->c);
}

/* ---- a case, and the product beside it ------------------------------------------------- */

static struct ecp_memory *memory_of(const struct shape *s)
{
    const struct ecp_memory_setting settings[] = {{"rule", 0, s->rule},
                                                  {"form", s->form, NULL},
                                                  {"chunk", (double)s->chunk, NULL},
                                                  {"heads", (double)s->heads, NULL},
                                                  {"precision", s->single, NULL}};
    struct ecp_memory_setup setup = {
        .shape = {s->heads * s->d, s->heads * s->d, 0}, .settings = settings, .n_settings = 5};
    struct ecp_memory *memory = NULL;
    if (ecp_memory_find("fast_weights", &setup.model) != ECP_OK ||
        ecp_memory_create(&setup, &memory) != ECP_OK) {
        (void)fprintf(stderr, "%s\n", ecp_error_message());
        exit(1);
    }
    return memory;
}

/* Seconds of the slowest thread; the member itself, as the engine calls it. */
static double once(const struct shape *s, const struct data *x, int threads)
{
    const struct ecp_memory_model *model = NULL;
    double before[MOST_THREADS], after[MOST_THREADS], most = 0;
    struct ecp_memory *memory = memory_of(s);
    const int gated = strcmp(s->rule, "gated_delta") == 0 || strcmp(s->rule, "simple_gla") == 0;
    const struct ecp_items items = {
        s->n,         x->k, x->v, s->rule[0] == 'd' ? x->strength : NULL, gated ? x->decay : NULL,
        gated ? 1 : 0};
    void *self = NULL;
    model = ecp_memory_model_of(memory);
    if (model->create(ecp_memory_param(memory), ecp_memory_shape_of(memory), 1, &self) != ECP_OK)
        exit(1);
    omp_set_num_threads(threads);
    look(before);
    if (model->sequence(self, &items, x->q, x->o) != ECP_OK) {
        (void)fprintf(stderr, "%s\n", ecp_error_message());
        exit(1);
    }
    look(after);
    for (int k = 0; k < threads; k++)
        most = fmax(most, after[k] - before[k]);
    model->destroy(self);
    ecp_memory_destroy(memory);
    return most;
}

static double operations(const struct shape *s)
{
    const double d = (double)s->d, c = (double)s->chunk;
    const int delta = strstr(s->rule, "delta") != NULL;
    const double an_item = delta ? 4 * c * d + 6 * d * d : 2 * c * d + 4 * d * d;
    return an_item * (double)(s->n * s->heads);
}

/* OpenBLAS on one thread: (n x d) (d x d); operations a second. */
static double product(const struct shape *s, const struct data *x, size_t n, size_t d)
{
    const int i = (int)n, j = (int)d;
    openblas_set_num_threads(1);
    const double before = own_seconds();
    if (s->single)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, i, j, j, 1, x->a, j, x->b, j, 0,
                    x->c, j);
    else
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, i, j, j, 1, x->q, j, x->k, j, 0,
                    x->o, j);
    return 2 * (double)n * (double)(d * d) / (own_seconds() - before);
}

static void throughput(size_t n)
{
    static const char *const rules[] = {"linear", "simple_gla", "delta_net", "gated_delta"};
    (void)printf("\nchunkwise, T = %zu, chunks of 64; GF/s on one thread\n"
                 "%-12s %-7s %5s %5s %7s | %9s %9s | %7s %7s | %s\n",
                 n, "rule", "number", "d", "heads", "reached", "T d d", "1024^3", "/ Tdd", "/ 1024",
                 "2 threads");
    for (size_t d = 64; d <= 128; d *= 2)
        for (size_t heads = 1; heads <= 4; heads += 3) {
            struct data x = data_of(n, heads * d), square = data_of(1024, 1024);
            for (int single = 0; single < 2; single++)
                for (size_t r = 0; r < 4; r++) {
                    const struct shape s = {rules[r], n, heads, d, 64, single, 2};
                    double best = 1e9, two = 1e9, narrow = 0, wide = 0;
                    for (int k = 0; k < ROUNDS; k++) {
                        best = fmin(best, once(&s, &x, 1));
                        narrow = fmax(narrow, product(&s, &x, n, d));
                        two = fmin(two, once(&s, &x, 2));
                        wide = fmax(wide, product(&s, &square, 1024, 1024));
                    }
                    const double reached = operations(&s) / best;
                    (void)printf("%-12s %-7s %5zu %7zu | %9.1f %9.1f %9.1f | %6.0f%% %6.0f%% | "
                                 "%.2f times\n",
                                 s.rule, single ? "single" : "double", d, heads, reached * 1e-9,
                                 narrow * 1e-9, wide * 1e-9, 100 * reached / narrow,
                                 100 * reached / wide, best / two);
                    (void)fflush(stdout);
                }
            data_free(&x);
            data_free(&square);
        }
}

/* ---- over the length ----------------------------------------------------------------------- */

static double best_of(const struct shape *s, const struct data *x, int rounds)
{
    double best = 1e9;
    for (int k = 0; k < rounds; k++) {
        const int repeats = s->n < 1024 ? (int)(4096 / s->n) : 1;
        double sum = 0;
        for (int j = 0; j < repeats; j++)
            sum += once(s, x, 1) / repeats;
        best = fmin(best, sum);
    }
    return best;
}

static double peak_mb(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

/* The last column: how far the peak of memory has grown beyond the items themselves. */
static void lengths(size_t longest)
{
    static const char *const rules[] = {"linear", "delta_net"};
    struct data x = data_of(longest, 64);
    const double before = peak_mb();
    (void)printf("microseconds an item, d = 64, one head, double, one thread\n"
                 "%-10s %9s %10s %10s %10s %12s\n",
                 "rule", "T", "recurrent", "parallel", "chunkwise", "peak + MB");
    for (size_t r = 0; r < 2; r++)
        for (size_t n = 16; n <= longest; n *= n < 16384 ? 2 : 4) {
            double us[3] = {NAN, NAN, NAN};
            for (int form = 0; form < 3; form++) {
                const struct shape s = {rules[r], n, 1, 64, 64, 0, form};
                if (form == 1 && n > 8192)
                    continue;
                us[form] = 1e6 * best_of(&s, &x, n > 100000 ? 1 : 3) / (double)n;
            }
            (void)printf("%-10s %9zu %10.3f %10.3f %10.3f %12.0f\n", rules[r], n, us[0], us[1],
                         us[2], peak_mb() - before);
            (void)fflush(stdout);
        }
    data_free(&x);
}

int main(int argc, char **argv)
{
    ecp_blas_kernels_choose(argv);
    const double items = bench_argument(argc, argv, 1, 65536);
    const double longest = bench_argument(argc, argv, 2, 1048576);
    (void)printf("%s\n", openblas_get_config());
    (void)printf("threads %d\n", omp_get_max_threads());
    lengths((size_t)longest);
    if (items > 0)
        throughput((size_t)items);
    return 0;
}
