/* bench.h -- what the kernel benches share: the clock, the machine's floors,
 * loops that take the best of several rounds, and one form of output. */
#ifndef ECP_BENCH_H
#define ECP_BENCH_H

#include <stddef.h>

#include "engine/clock.h"
#include "engine/isa.h"

static inline double bench_seconds(void)
{
    return ecp_clock_seconds();
}

/* ---- floors ---------------------------------------------------------- */

/* The memory of this moment: sequential reading by `threads` cores at once
 * (GB/s of each) and dependent random loads of one (ns), both over 512 MB;
 * zeros where there is no room. About half a second. */
struct bench_memory {
    double read_gb_s, load_ns;
};

struct bench_memory bench_memory_now(int threads);

/* One line: "memory  read X GB/s a core, dependent load Y ns". */
void bench_print_memory(int threads);

/* Length of a clock cycle (ns), from additions that wait for each other. */
double bench_cycle_ns(void);

/* Bytes of a vector of the instruction set, and how many vector operations a
 * core can begin in one cycle (2 of 64 bytes, 3 of shorter ones). */
int bench_vector_bytes(enum ecp_isa isa);
int bench_vectors_a_cycle(enum ecp_isa isa);

/* Cycles that `read` and `written` bytes take between L1 and the registers, at
 * two loads and one store of a vector in a cycle. */
double bench_l1_cycles(enum ecp_isa isa, double read, double written);

/* Cycles of one philox block (four 32-bit numbers) when every vector unit is
 * always busy. */
double bench_philox_cycles(enum ecp_isa isa);

/* ---- measuring ------------------------------------------------------- */

/* Seconds of one call of `body`, best of several rounds of some milliseconds.
 * Each of `threads` threads calls it with its own context at the same time;
 * a round counts as long as the slowest of them took. Denormals are flushed,
 * as they are while a network runs. */
double bench_best(void (*body)(void *context), void *const *context, int threads);

/* ---- output ---------------------------------------------------------- */

struct bench_line {
    const char *kernel, *what, *isa;
    int threads;
    double measured;
    const char *unit;
    double floor; /* in the same unit; 0: none */
    const char *bound;
};

/* The heading, and one aligned line; columns are two or more spaces apart. */
void bench_print_heading(void);
void bench_print(const struct bench_line *line);

/* argv[at] as a positive number, or `otherwise`. */
double bench_argument(int argc, char **argv, int at, double otherwise);

#endif
