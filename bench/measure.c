/* Loops that take the best of several rounds, and the form of the output. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "engine/floats.h"

enum { ROUNDS = 7, CALLS_MAX = 1 << 28 };

static const double round_seconds = 4e-3;

/* So many calls that a round lasts long enough for the clock. */
static int calls_of(void (*body)(void *context), void *context)
{
    int calls = 1;
    const unsigned before = ecp_floats_flush();
    for (; calls < CALLS_MAX; calls *= 2) {
        const double begin = bench_seconds();
        for (int k = 0; k < calls; k++)
            body(context);
        if (bench_seconds() - begin > round_seconds)
            break;
    }
    ecp_floats_restore(before);
    return calls;
}

double bench_best(void (*body)(void *context), void *const *context, int threads)
{
    const int calls = calls_of(body, context[0]);
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double longest = 0;
#pragma omp parallel num_threads(threads) reduction(max : longest)
        {
            void *mine = context[omp_get_thread_num()];
            const unsigned before = ecp_floats_flush();
#pragma omp barrier
            const double begin = bench_seconds();
            for (int k = 0; k < calls; k++)
                body(mine);
            longest = bench_seconds() - begin;
            ecp_floats_restore(before);
        }
        best = longest < best ? longest : best;
    }
    return best / calls;
}

void bench_print_heading(void)
{
    printf("%-18s  %-20s  %-8s  %7s  %9s  %-20s  %9s  %-18s  %s\n", "kernel", "case", "set",
           "threads", "measured", "unit", "floor", "floor set by", "ratio");
}

void bench_print(const struct bench_line *l)
{
    printf("%-18s  %-20s  %-8s  %7d  %9.4g  %-20s  ", l->kernel, l->what, l->isa, l->threads,
           l->measured, l->unit);
    if (l->floor > 0)
        printf("%9.3g  %-18s  %.1f\n", l->floor, l->bound, l->measured / l->floor);
    else
        printf("%9s  %-18s  %s\n", "-", "-", "-");
    (void)fflush(stdout);
}

double bench_argument(int argc, char **argv, int at, double otherwise)
{
    const double value = at < argc ? strtod(argv[at], NULL) : 0;
    return value > 0 ? value : otherwise;
}
