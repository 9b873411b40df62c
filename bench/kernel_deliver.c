/* kernel_deliver.c -- delivery alone, on rows like the microcircuit's.
 *
 * Each thread has rows of 77,169 sources with 1,940 synapses each, delays
 * normal(1.5, 0.75) ms in steps of 0.1; 24.7 random sources fire in each step.
 * Beside it, in the same run: how fast one core reads memory in a row
 * (bandwidth) and at dependent random places (latency). */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "engine/alloc.h"
#include "engine/kernel.h"
#include "engine/kernel_random.h"

enum { SOURCES = 77169, TARGETS = 38592, SYNAPSES = 1940, DELAYS = 50, STEPS = 4000 };

struct bed {
    struct ecp_rows rows;
    struct ecp_calendar calendar;
    int32_t *acc, *lane[ECP_LANES];
    double seconds;
    uint64_t events, pieces;
};

static uint32_t word_at(uint32_t a, uint32_t b)
{
    return ecp_philox_block(a, b, 0, 7, 1, 2).word[0];
}

/* Synapses of each delay, by a rounded normal law. */
static void delay_counts(uint32_t count[DELAYS])
{
    double before = 0;
    uint32_t given = 0;
    for (int d = 0; d < DELAYS; d++) {
        const double p = 0.5 * erfc(-((d + 1.5) * 0.1 - 1.5) / 0.75 * M_SQRT1_2);
        const uint32_t until = d == DELAYS - 1 ? SYNAPSES : (uint32_t)(p * SYNAPSES);
        count[d] = until - given;
        given = until;
        before = p;
    }
    (void)before;
}

static int fill_bed(struct bed *bed)
{
    uint32_t count[DELAYS], *words, units = 0;
    delay_counts(count);
    for (int d = 0; d < DELAYS; d++)
        units += count[d] ? 1 + count[d] : 0;
    bed->rows.start = ecp_array(SOURCES, sizeof *bed->rows.start);
    bed->rows.bytes = (size_t)SOURCES * units * sizeof *words;
    bed->rows.words = words = ecp_pages(bed->rows.bytes);
    bed->acc = ecp_array(TARGETS, sizeof *bed->acc);
    if (!bed->rows.start || !words || !bed->acc || ecp_calendar_init(&bed->calendar, 0) != ECP_OK)
        return 0;
    bed->lane[0] = bed->acc;
    for (uint32_t s = 0; s < SOURCES; s++) {
        uint32_t *row = words + (size_t)s * units, k = 0;
        bed->rows.start[s] = (uint64_t)s * units | UINT64_C(1) << 48;
        for (int d = 0; d < DELAYS; d++) {
            if (!count[d])
                continue;
            *row++ = ecp_piece_header(count[d], d == DELAYS - 1 ? ECP_GAP_END : 1, 0);
            for (uint32_t j = 0; j < count[d]; j++) {
                const uint64_t low = (uint64_t)j * TARGETS / count[d];
                const uint64_t wide = TARGETS / count[d] + 1;
                const uint32_t target = (uint32_t)(low + word_at(s, k++) % wide);
                *row++ = (target < TARGETS ? target : TARGETS - 1) | 5000u << 16;
            }
        }
    }
    return 1;
}

static void run_bed(struct bed *bed, const struct ecp_kernels *kernels, uint32_t salt)
{
    bed->events = bed->pieces = 0;
    double begin = 0;
    for (ecp_step step = 0; step < STEPS; step++) {
        struct ecp_bucket *due = &bed->calendar.bucket[step & (ECP_CALENDAR - 1)];
        if (step == STEPS / 4) {
            begin = bench_seconds();
            bed->events = bed->pieces = 0;
        }
        const uint32_t spikes = 24 + (word_at(salt, (uint32_t)step) % 10 < 7);
        for (uint32_t k = 0; k < spikes; k++) {
            const uint32_t s = word_at(salt + 1 + k, (uint32_t)step) % SOURCES;
            ecp_calendar_enter(&bed->calendar, step + 1, ECP_ROW_POSITION(bed->rows.start[s]), 0);
        }
        bed->pieces += due->n;
        bed->events +=
            kernels->deliver_compact(&bed->calendar, bed->rows.words, bed->lane, step, 0);
        due->n = 0;
        if (step % 1000 == 999)
            memset(bed->acc, 0, TARGETS * sizeof *bed->acc);
    }
    bed->seconds = bench_seconds() - begin;
}

int main(int argc, char **argv)
{
    const int threads = argc > 1 ? atoi(argv[1]) : 2;
    const enum ecp_isa isa = ecp_isa_best();
    struct bed *bed = ecp_array((size_t)threads, sizeof *bed);
    int failed = bed == NULL;
    for (int round = -1; round < 3 && !failed; round++) {
#pragma omp parallel num_threads(threads) reduction(| : failed)
        {
            struct bed *mine = &bed[omp_get_thread_num()];
            if (round < 0)
                failed = !fill_bed(mine);
            else
                run_bed(mine, ecp_kernels_of(isa), (uint32_t)(100 * round));
        }
        if (round < 0)
            continue;
        const double model_s = STEPS * 0.75e-4;
        printf(
            "deliver_compact  %d threads  %.2f ns/event  %.1f ns/piece  %.3f s per model second\n",
            threads, 1e9 * bed[0].seconds / (double)bed[0].events,
            1e9 * bed[0].seconds / (double)bed[0].pieces, bed[0].seconds / model_s);
    }
    bench_print_memory();
    return failed;
}
