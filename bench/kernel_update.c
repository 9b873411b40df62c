/* kernel_update.c -- one step of every registered neuron model, and the passes
 * beside it (taking what arrived, finding who fired).
 *
 * A block of 1,024 neurons stays in L1; 38 blocks are a thread's share of the
 * microcircuit and stream from L2, as in the engine. The floor: bytes of all
 * columns between L1 and the registers, arithmetic for nothing. Argument:
 * largest number of threads (2). */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "engine/alloc.h"
#include "engine/kernel.h"
#include "engine/neuron.h"

enum { BLOCK = 1024, BLOCKS = 38, THREADS_MAX = 64 };

static const double dt = 0.1; /* ms */

/* Neurons of one thread. */
struct bed {
    const struct ecp_neuron_model *model;
    size_t n_fields;
    int blocks;
    ecp_step step;
    double param[ECP_MAX_FIELDS];
    ecp_real derived[ECP_MAX_DERIVED];
    ecp_real *column[ECP_MAX_FIELDS];
    uint16_t *counter[ECP_MAX_FIELDS];
    uint8_t *fired;
};

static int has_column(enum ecp_field_kind kind)
{
    return kind != ECP_PARAM && kind != ECP_COUNTER && kind != ECP_RESULT;
}

/* What a block moves in a step, by the fields' kinds. */
static double floor_cycles(const struct ecp_neuron_model *model, enum ecp_isa isa)
{
    double read = 0, written = 1; /* fired */
    for (const struct ecp_field *f = model->fields; f->name; f++) {
        const int changed = f->kind == ECP_STATE || f->kind == ECP_COUNTER;
        const double bytes = f->kind == ECP_COUNTER ? sizeof(uint16_t)
                             : has_column(f->kind)  ? sizeof(ecp_real)
                                                    : 0;
        read += bytes;
        written += changed ? bytes : 0;
    }
    return bench_l1_cycles(isa, read, written);
}

/* Inputs keep neurons away from rest; their sizes do not matter to the time. */
static ecp_real first_value(const struct ecp_field *field, size_t j)
{
    const double u = (double)(j * 2654435761u % 1024) / 1024;
    switch (field->kind) {
    case ECP_INPUT:
    case ECP_CURRENT:
    case ECP_UNIFORM:
    case ECP_NORMAL:
        return (ecp_real)u;
    default:
        return (ecp_real)field->initial;
    }
}

static void clear_bed(struct bed *bed)
{
    for (size_t f = 0; f < ECP_MAX_FIELDS; f++) {
        free(bed->column[f]);
        free(bed->counter[f]);
    }
    free(bed->fired);
}

static int init_bed(struct bed *bed, const struct ecp_neuron_model *model)
{
    const size_t n = (size_t)BLOCK * BLOCKS;
    *bed = (struct bed){.model = model, .n_fields = ecp_field_count(model->fields)};
    bed->fired = ecp_array(n, 1);
    int failed = !bed->fired;
    for (size_t f = 0; f < bed->n_fields; f++) {
        const struct ecp_field *field = &model->fields[f];
        bed->param[f] = field->initial;
        if (field->kind == ECP_COUNTER)
            failed |= !(bed->counter[f] = ecp_array(n, sizeof *bed->counter[f]));
        if (!has_column(field->kind))
            continue;
        failed |= !(bed->column[f] = ecp_array(n, sizeof *bed->column[f]));
        for (size_t j = 0; j < n && bed->column[f]; j++)
            bed->column[f][j] = first_value(field, j);
    }
    if (!failed && model->derive)
        failed = model->derive(bed->param, dt, bed->derived) != ECP_OK;
    return !failed;
}

/* All blocks, one step. */
static void advance(void *context)
{
    struct bed *bed = context;
    for (size_t at = 0; at < (size_t)BLOCK * (size_t)bed->blocks; at += BLOCK) {
        ecp_real *column[ECP_MAX_FIELDS];
        uint16_t *counter[ECP_MAX_FIELDS];
        for (size_t f = 0; f < bed->n_fields; f++) {
            column[f] = bed->column[f] ? bed->column[f] + at : NULL;
            counter[f] = bed->counter[f] ? bed->counter[f] + at : NULL;
        }
        const struct ecp_block block = {BLOCK,        (ecp_lid)at, bed->step, bed->param,
                                        bed->derived, column,      counter,   bed->fired + at};
        bed->model->update(&block);
    }
    bed->step++;
}

static int bench_model(const struct ecp_neuron_model *model, enum ecp_isa isa, int threads,
                       double cycle)
{
    struct bed bed[THREADS_MAX];
    void *context[THREADS_MAX];
    int failed = 0;
#pragma omp parallel num_threads(threads) reduction(| : failed)
    failed = !init_bed(&bed[omp_get_thread_num()], model);
    for (int blocks = 1; blocks <= BLOCKS && !failed; blocks += BLOCKS - 1) {
        for (int t = 0; t < threads; t++) {
            bed[t].blocks = blocks;
            context[t] = &bed[t];
        }
        const struct bench_line line = {model->name,
                                        blocks == 1 ? "a block, in L1" : "38 blocks, in L2",
                                        ecp_isa_name(isa),
                                        threads,
                                        1e9 * bench_best(advance, context, threads) /
                                            ((double)BLOCK * blocks),
                                        "ns/neuron and step",
                                        floor_cycles(model, isa) * cycle,
                                        "L1 loads, stores"};
        bench_print(&line);
    }
    for (int t = 0; t < threads; t++)
        clear_bed(&bed[t]);
    return !failed;
}

/* ---- the passes beside the update ------------------------------------- */

struct passes {
    const struct ecp_kernels *kernels;
    int32_t *acc;
    uint16_t *count;
    ecp_real *out;
    uint8_t *fired;
    ecp_lid *list;
    size_t found;
};

static void take(void *context)
{
    struct passes *p = context;
    p->kernels->take_compact(p->acc, (ecp_real)0.01, BLOCK, p->out);
}

static void take_with_counts(void *context)
{
    struct passes *p = context;
    p->kernels->take_with_counts(p->acc, (ecp_real)0.01, p->count, 1, (ecp_real)87.8, BLOCK,
                                 p->out);
}

static void find_fired(void *context)
{
    struct passes *p = context;
    p->found += p->kernels->fired(p->fired, BLOCK, p->list);
}

static int bench_passes(enum ecp_isa isa, double cycle)
{
    const double real = sizeof(ecp_real);
    const struct {
        const char *name;
        void (*body)(void *context);
        double read, written;
    } pass[] = {{"take_compact", take, 4, 4 + real},
                {"take_with_counts", take_with_counts, 4 + 2, 4 + real},
                {"fired", find_fired, 1, 0}};
    struct passes p = {.kernels = ecp_kernels_of(isa),
                       .acc = ecp_array(BLOCK, sizeof *p.acc),
                       .count = ecp_array(BLOCK, sizeof *p.count),
                       .out = ecp_array(BLOCK, sizeof *p.out),
                       .fired = ecp_array(BLOCK, sizeof *p.fired),
                       .list = ecp_array(BLOCK, sizeof *p.list)};
    void *const context[] = {&p};
    const int ok = p.acc && p.count && p.out && p.fired && p.list;
    if (ok)
        p.fired[BLOCK / 3] = 1; /* 3.2 Hz: one spike in three blocks */
    for (size_t k = 0; k < sizeof pass / sizeof pass[0] && ok; k++) {
        const struct bench_line line = {pass[k].name,
                                        "a block, in L1",
                                        ecp_isa_name(isa),
                                        1,
                                        1e9 * bench_best(pass[k].body, context, 1) / BLOCK,
                                        "ns/neuron and step",
                                        bench_l1_cycles(isa, pass[k].read, pass[k].written) * cycle,
                                        "L1 loads, stores"};
        bench_print(&line);
    }
    free(p.acc);
    free(p.count);
    free(p.out);
    free(p.fired);
    free(p.list);
    return ok;
}

int main(int argc, char **argv)
{
    const int asked = (int)bench_argument(argc, argv, 1, 2);
    const int most = asked < THREADS_MAX ? asked : THREADS_MAX;
    const double cycle = bench_cycle_ns();
    int ok = 1;
    bench_print_heading();
    for (int isa = ECP_ISA_COUNT - 1; isa >= 0; isa--) {
        if (!ecp_isa_available((enum ecp_isa)isa))
            continue;
        const struct ecp_neuron_model *const *models = ecp_neuron_models((enum ecp_isa)isa);
        for (size_t m = 0; models[m]; m++)
            for (int threads = 1; threads <= most && ok; threads++)
                ok = bench_model(models[m], (enum ecp_isa)isa, threads, cycle);
        ok = ok && bench_passes((enum ecp_isa)isa, cycle);
    }
    if (!ok)
        (void)fprintf(stderr, "kernel_update: no memory\n");
    return !ok;
}
