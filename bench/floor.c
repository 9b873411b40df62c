/* What the cores themselves allow: clock, width of the vectors, L1. */
#include <stdint.h>

#include "bench/bench.h"

enum { ADDITIONS = 100000, ROUNDS = 100, PHILOX_ROUNDS = 10, PHILOX_LANE_BYTES = 8 };

/* The empty statement keeps additions from becoming one. */
static inline uint64_t doubled(uint64_t x)
{
    x += x;
    __asm__ volatile("" : "+r"(x));
    return x;
}

/* Rounds so short that some of them are not interrupted. */
double bench_cycle_ns(void)
{
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t x = 1;
        const double begin = bench_seconds();
        for (int k = 0; k < ADDITIONS; k += 8)
            x = doubled(doubled(doubled(doubled(doubled(doubled(doubled(doubled(x))))))));
        const double ns = 1e9 * (bench_seconds() - begin) / ADDITIONS;
        best = ns < best ? ns : best;
    }
    return best;
}

int bench_vector_bytes(enum ecp_isa isa)
{
    return isa == ECP_ISA_AVX512 ? 64 : isa == ECP_ISA_AVX2 ? 32 : 16;
}

int bench_vectors_a_cycle(enum ecp_isa isa)
{
    return isa == ECP_ISA_AVX512 ? 2 : 3;
}

double bench_l1_cycles(enum ecp_isa isa, double read, double written)
{
    const double load = read / (2 * bench_vector_bytes(isa));
    const double store = written / bench_vector_bytes(isa);
    return load > store ? load : store;
}

/* A round: two products, two shifts, and four exclusive ors, of which AVX-512
 * does two at a time. */
double bench_philox_cycles(enum ecp_isa isa)
{
    const int operations = PHILOX_ROUNDS * (isa == ECP_ISA_AVX512 ? 6 : 8);
    const int blocks = bench_vector_bytes(isa) / PHILOX_LANE_BYTES;
    return (double)operations / bench_vectors_a_cycle(isa) / blocks;
}
