/* kernel_deliver.c -- delivery alone, on rows like the microcircuit's.
 *
 * Each thread has rows of 77,169 sources with 1,940 synapses each, delays
 * normal(1.5, 0.75) ms in steps of 0.1; 24.7 random sources fire in each step.
 * The floors: all cache lines of the pieces once, at the bandwidth of this moment,
 * and, for what prefetching saves, one dependent load for every piece.
 * Argument: threads (2). About 0.6 GB for each. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "bench/bench.h"
#include "engine/alloc.h"
#include "engine/kernel.h"
#include "engine/kernel_random.h"

enum { SOURCES = 77169, TARGETS = 38592, SYNAPSES = 1940, DELAYS = 50 };
enum { STEPS = 4000, SETTLE = 1000, ROUNDS = 3 };

static const double step_s = 1e-4;

struct bed {
    struct ecp_rows rows;
    struct ecp_calendar calendar;
    int32_t *acc, *lane[ECP_LANES];
};

struct count {
    double seconds, events, pieces;
};

static uint32_t word_at(uint32_t a, uint32_t b)
{
    return ecp_philox_block(a, b, 0, 7, 1, 2).word[0];
}

/* Synapses of each delay, by a rounded normal law. */
static uint32_t delay_counts(uint32_t count[DELAYS])
{
    uint32_t given = 0, units = 0;
    for (int d = 0; d < DELAYS; d++) {
        const double p = 0.5 * erfc(-((d + 1.5) * 0.1 - 1.5) / 0.75 * M_SQRT1_2);
        const uint32_t until = d == DELAYS - 1 ? SYNAPSES : (uint32_t)(p * SYNAPSES);
        count[d] = until - given;
        given = until;
        units += count[d] ? 1 + count[d] : 0;
    }
    return units;
}

static void fill_row(uint32_t *row, uint32_t source, const uint32_t count[DELAYS])
{
    uint32_t k = 0;
    int last = 0;
    for (int d = 0; d < DELAYS; d++)
        last = count[d] ? d : last;
    for (int d = 0; d <= last; d++) {
        uint32_t gap = 1;
        if (!count[d])
            continue;
        while (d < last && !count[d + (int)gap])
            gap++;
        *row++ = ecp_piece_header(count[d], d == last ? ECP_GAP_END : gap, 0);
        for (uint32_t j = 0; j < count[d]; j++) {
            const uint32_t low = (uint32_t)((uint64_t)j * TARGETS / count[d]);
            const uint32_t target = low + word_at(source, k++) % (TARGETS / count[d] + 1);
            *row++ = (target < TARGETS ? target : TARGETS - 1) | 5000u << 16;
        }
    }
}

static int fill_bed(struct bed *bed)
{
    uint32_t count[DELAYS], *words;
    const uint32_t units = delay_counts(count);
    bed->rows.start = ecp_array(SOURCES, sizeof *bed->rows.start);
    bed->rows.bytes = (size_t)SOURCES * units * sizeof *words;
    bed->rows.words = words = ecp_pages(bed->rows.bytes);
    bed->acc = ecp_array(TARGETS, sizeof *bed->acc);
    if (!bed->rows.start || !words || !bed->acc || ecp_calendar_init(&bed->calendar, 0) != ECP_OK)
        return 0;
    bed->lane[0] = bed->acc;
    for (uint32_t s = 0; s < SOURCES; s++) {
        bed->rows.start[s] = (uint64_t)s * units | UINT64_C(1) << 48;
        fill_row(words + (size_t)s * units, s, count);
    }
    return 1;
}

static struct count run_bed(struct bed *bed, const struct ecp_kernels *kernels, uint32_t salt)
{
    uint64_t events = 0, pieces = 0;
    double begin = 0;
    for (ecp_step step = 0; step < STEPS; step++) {
        struct ecp_bucket *due = &bed->calendar.bucket[step & (ECP_CALENDAR - 1)];
        if (step == SETTLE) {
            begin = bench_seconds();
            events = pieces = 0;
        }
        const uint32_t spikes = 24 + (word_at(salt, (uint32_t)step) % 10 < 7);
        for (uint32_t k = 0; k < spikes; k++) {
            const uint32_t s = word_at(salt + 1 + k, (uint32_t)step) % SOURCES;
            ecp_calendar_enter(&bed->calendar, step + 1, ECP_ROW_POSITION(bed->rows.start[s]), 0);
        }
        pieces += due->n;
        events += kernels->deliver_compact(&bed->calendar, bed->rows.words, bed->lane, step, 0);
        due->n = 0;
        if (step % 1000 == 999)
            memset(bed->acc, 0, TARGETS * sizeof *bed->acc);
    }
    const double seconds = bench_seconds() - begin;
    for (size_t k = 0; k < ECP_CALENDAR; k++)
        bed->calendar.bucket[k].n = 0;
    return (struct count){seconds, (double)events, (double)pieces};
}

/* One round on all threads; the slowest counts. */
static struct count run_round(struct bed *bed, int threads, enum ecp_isa isa, int round)
{
    struct count slowest = {0, 1, 1};
#pragma omp parallel num_threads(threads)
    {
        struct bed *mine = &bed[omp_get_thread_num()];
#pragma omp barrier
        const struct count c = run_bed(mine, ecp_kernels_of(isa), (uint32_t)(100 * round));
#pragma omp critical(bench_deliver)
        if (c.seconds > slowest.seconds)
            slowest = c;
    }
    return slowest;
}

static void report(const struct count *best, const struct bench_memory *memory, const char *isa,
                   int threads)
{
    /* A piece begins anywhere in a line: its 4 (n + 1) bytes bring 60 of others. */
    const double bytes = 4 * best->events + 64 * best->pieces;
    const double stream = bytes / memory->read_gb_s; /* ns */
    const double chased = best->pieces * memory->load_ns;
    const double model_s = (STEPS - SETTLE) * step_s;
    struct bench_line line = {
        "deliver_compact", "microcircuit rows", isa, threads, 0, "ns/event", 0, "bandwidth"};
    line.measured = 1e9 * best->seconds / best->events;
    line.floor = stream / best->events;
    bench_print(&line);
    line.unit = "s/model second";
    line.measured = best->seconds / model_s;
    line.floor = 1e-9 * stream / model_s;
    bench_print(&line);
    line.unit = "ns/piece";
    line.measured = 1e9 * best->seconds / best->pieces;
    line.floor = chased / best->pieces;
    line.bound = "latency, unhidden";
    bench_print(&line);
}

int main(int argc, char **argv)
{
    const int threads = (int)bench_argument(argc, argv, 1, 2);
    struct bed *bed = ecp_array((size_t)threads, sizeof *bed);
    struct count best[ECP_ISA_COUNT];
    int failed = bed == NULL;
#pragma omp parallel num_threads(threads) reduction(| : failed)
    failed = failed || !fill_bed(&bed[omp_get_thread_num()]);
    if (failed) {
        (void)fprintf(stderr, "kernel_deliver: no memory\n");
        return 1;
    }
    /* Instruction sets in turn, so that a slow minute falls on all of them. */
    for (int round = 0; round < ROUNDS; round++)
        for (int isa = 0; isa < ECP_ISA_COUNT; isa++) {
            if (!ecp_isa_available((enum ecp_isa)isa))
                continue;
            const struct count c = run_round(bed, threads, (enum ecp_isa)isa, round);
            if (round == 0 || c.seconds < best[isa].seconds)
                best[isa] = c;
        }
    const struct bench_memory memory = bench_memory_now(threads);
    bench_print_heading();
    for (int isa = ECP_ISA_COUNT - 1; isa >= 0; isa--)
        if (ecp_isa_available((enum ecp_isa)isa))
            report(&best[isa], &memory, ecp_isa_name((enum ecp_isa)isa), threads);
    return 0;
}
