/* The floor under everything: how fast this machine's memory is just now. */
#include <omp.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/bench.h"
#include "engine/alloc.h"

enum { LINE = 8, LOADS = 1000000 }; /* a cache line in 8-byte words */

static const size_t words = (size_t)64 << 20; /* 512 MB */

/* One cycle through all words in a scrambled order: x -> a x + c. */
static void scramble(uint64_t *next, int threads)
{
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t k = 0; k < words; k++)
        next[k] = (k * 6364136223846793005u + 1442695040888963407u) % words;
}

/* Every thread reads its part; GB/s of the slowest. */
static double read_rate(const uint64_t *next, int threads, uint64_t *sum)
{
    const size_t part = words / (size_t)threads / LINE * LINE;
    double longest = 0;
    uint64_t all = 0;
#pragma omp parallel num_threads(threads) reduction(max : longest) reduction(+ : all)
    {
        const uint64_t *from = next + part * (size_t)omp_get_thread_num();
#pragma omp barrier
        const double begin = bench_seconds();
        for (size_t k = 0; k < part; k += LINE)
            all += from[k];
        longest = bench_seconds() - begin;
    }
    *sum = all;
    return 8e-9 * (double)part / longest;
}

struct bench_memory bench_memory_now(int threads)
{
    struct bench_memory now = {0, 0};
    uint64_t *next = ecp_pages(words * sizeof *next), sum;
    if (!next)
        return now;
    scramble(next, threads);
    now.read_gb_s = read_rate(next, threads, &sum);
    uint64_t at = sum % words;
    const double begin = bench_seconds();
    for (int k = 0; k < LOADS; k++)
        at = next[at];
    now.load_ns = 1e9 * (bench_seconds() - begin) / LOADS;
    if (at >= words) /* never; but the loop has a result that is looked at */
        now.load_ns = 0;
    ecp_pages_free(next, words * sizeof *next);
    return now;
}

void bench_print_memory(int threads)
{
    const struct bench_memory now = bench_memory_now(threads);
    printf("memory  read %.1f GB/s a core (%d at once), dependent load %.0f ns\n", now.read_gb_s,
           threads, now.load_ns);
}
