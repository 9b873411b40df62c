/* kernel_poisson.c -- random numbers, and Poisson counts of eight steps.
 *
 * The means are those of the microcircuit's background in a step of 0.1 ms:
 * least (0.8 is below all: 1,000 sources of 8 Hz), middle, and largest. Floor:
 * all vector units busy with the operations that cannot be left out: a philox
 * block for every eight counts; two for each threshold and vector of 16-bit
 * numbers. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "engine/alloc.h"
#include "engine/draw.h"
#include "engine/kernel.h"

enum { N = 1024, WORDS = 4 };

struct bed {
    const struct ecp_kernels *kernels;
    struct ecp_philox_key key;
    struct ecp_poisson_table table;
    uint32_t *word[WORDS];
    uint16_t *count;
    uint64_t group;
};

static void draw_words(void *context)
{
    struct bed *bed = context;
    bed->kernels->philox(bed->key, 0, (uint32_t)bed->group++, 0, N, bed->word);
}

static void draw_counts(void *context)
{
    struct bed *bed = context;
    const struct ecp_poisson_table *table[ECP_POISSON_GROUP];
    for (int h = 0; h < ECP_POISSON_GROUP; h++)
        table[h] = &bed->table;
    bed->kernels->poisson_group(bed->key, 0, bed->group++, N, table, bed->count, N);
}

/* Cycles of one count. */
static double count_cycles(const struct ecp_poisson_table *table, enum ecp_isa isa)
{
    const double numbers = bench_vector_bytes(isa) / 2.0;
    const double compares = 2.0 * table->n_coarse / numbers / bench_vectors_a_cycle(isa);
    return bench_philox_cycles(isa) / ECP_POISSON_GROUP + compares;
}

static void bench_isa(struct bed *bed, enum ecp_isa isa, double cycle)
{
    static const double means[] = {0.8, 1.28, 2.32};
    void *const context[] = {bed};
    struct bench_line line = {"philox", "1024 counters", ecp_isa_name(isa), 1, 0, "ns/number",
                              0,        "vector units"};
    char what[32];
    bed->kernels = ecp_kernels_of(isa);
    line.measured = 1e9 * bench_best(draw_words, context, 1) / ((double)N * WORDS);
    line.floor = cycle * bench_philox_cycles(isa) / WORDS;
    bench_print(&line);
    line.kernel = "poisson_group";
    line.unit = "ns/count";
    line.what = what;
    for (size_t k = 0; k < sizeof means / sizeof means[0]; k++) {
        ecp_poisson_table_init(&bed->table, means[k]);
        (void)snprintf(what, sizeof what, "mean %g", means[k]);
        line.measured = 1e9 * bench_best(draw_counts, context, 1) / ((double)N * ECP_POISSON_GROUP);
        line.floor = cycle * count_cycles(&bed->table, isa);
        bench_print(&line);
    }
}

int main(void)
{
    const double cycle = bench_cycle_ns();
    struct bed bed = {.key = ecp_rng_key(1, ECP_FOR_STIMULUS, 0)};
    int failed = !(bed.count = ecp_array((size_t)N * WORDS, sizeof *bed.count));
    for (int w = 0; w < WORDS; w++)
        failed |= !(bed.word[w] = ecp_array(N, sizeof *bed.word[w]));
    if (!failed)
        bench_print_heading();
    for (int isa = ECP_ISA_COUNT - 1; isa >= 0 && !failed; isa--)
        if (ecp_isa_available((enum ecp_isa)isa))
            bench_isa(&bed, (enum ecp_isa)isa, cycle);
    free(bed.count);
    for (int w = 0; w < WORDS; w++)
        free(bed.word[w]);
    return failed;
}
