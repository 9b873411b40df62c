/* kernel_memory.c -- the bandwidth and latency lines by themselves, to stand
 * beside runs of the program. Argument: cores that read at once (2). */
#include <stdio.h>

#include "bench/bench.h"

int main(int argc, char **argv)
{
    bench_print_memory((int)bench_argument(argc, argv, 1, 2));
    printf("clock   %.3f ns a cycle\n", bench_cycle_ns());
    return 0;
}
