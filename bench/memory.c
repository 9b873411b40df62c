/* The floor under everything: how fast this machine's memory is just now. */
#include <stdint.h>
#include <stdio.h>

#include "bench/bench.h"
#include "engine/alloc.h"

void bench_print_memory(void)
{
    const size_t n = (size_t)64 << 20; /* 512 MB of 8 bytes */
    uint64_t *next = ecp_pages(n * sizeof *next);
    if (!next)
        return;
    /* One cycle through all lines in a scrambled order: x -> a x + c. */
    for (size_t k = 0; k < n; k++)
        next[k] = (k * 6364136223846793005u + 1442695040888963407u) % n;
    uint64_t sum = 0;
    double begin = bench_seconds();
    for (size_t k = 0; k < n; k += 8)
        sum += next[k];
    const double read = bench_seconds() - begin;
    const int loads = 2000000;
    uint64_t at = sum % n;
    begin = bench_seconds();
    for (int k = 0; k < loads; k++)
        at = next[at];
    const double chase = bench_seconds() - begin;
    printf("memory           read %.1f GB/s a core, dependent load %.0f ns%s\n",
           (double)n * 8e-9 / read, 1e9 * chase / loads, at == n ? "!" : "");
    ecp_pages_free(next, n * sizeof *next);
}
