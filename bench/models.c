/* models.c -- nanoseconds for a neuron and step of every registered model and
 * each of its schemes, while it fires: ./dev bench models.
 *
 * 4,096 neurons of a thread, in blocks as in the engine: states come from L2,
 * what arrives from L1, where the engine has just gathered it. Every port gets
 * weights at 1 kHz (10 Hz where a weight is a spike); the stimulus current
 * that makes a population fire at 15 Hz is found by bisection, after weights
 * that alone do more are made smaller, and neurons have between half and one
 * and a half times as much. Sources have a rate of 15 Hz.
 * Floors: loads and stores of all columns as if from L1 (as in kernel_update),
 * and, measured in the same run, a copy of the columns that change.
 * Arguments: largest number of threads (2), one model. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "engine/alloc.h"
#include "engine/neuron.h"

enum { BLOCK = 1024, BLOCKS = 4, NEURONS = BLOCK * BLOCKS, THREADS_MAX = 64 };
enum { SETTLE = 3000, LOOK = 3000, TRIALS = 14 };                 /* steps, steps, bisections */
enum { SHIFT = 16, SHIFTS = 64, STRIP = BLOCK + SHIFT * SHIFTS }; /* see inputs_at */

static const double dt = 0.1, rate_wanted = 15; /* ms, Hz */

/* Neurons of one thread. */
struct bed {
    const struct ecp_neuron_model *model;
    void (*update)(const struct ecp_block *block); /* NULL: gsl_rkf45 */
    size_t n_fields;
    int blocks;
    ecp_step step;
    uint64_t spikes;
    double param[ECP_MAX_FIELDS];
    ecp_real derived[ECP_MAX_DERIVED];
    ecp_real *column[ECP_MAX_FIELDS];
    uint16_t *counter[ECP_MAX_FIELDS];
    ecp_real *column_copy[ECP_MAX_FIELDS]; /* of what changes */
    uint16_t *counter_copy[ECP_MAX_FIELDS];
    uint8_t *fired;
};

static int is_input(enum ecp_field_kind kind)
{
    return kind == ECP_INPUT || kind == ECP_UNIFORM || kind == ECP_NORMAL;
}

static int has_column(enum ecp_field_kind kind)
{
    return kind == ECP_PARAM_EACH || kind == ECP_STATE || kind == ECP_CURRENT || is_input(kind);
}

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 33) + 0.5) / 2147483648.0;
}

/* What makes a model fire as it should. */
struct drive {
    double current, weights; /* pA; as a factor */
};

/* One weight that arrives now and then. */
static double weight_of(const struct ecp_field *field, uint64_t *random)
{
    const int spikes = strcmp(field->unit, "1") == 0;
    const double size = strcmp(field->unit, "pA") == 0   ? 20
                        : strcmp(field->unit, "mV") == 0 ? 0.1
                        : spikes                         ? 1
                                                         : 0.5; /* nS */
    const double sign = strcmp(field->name, "in") == 0 && !spikes ? -1 : 1;
    return uniform(random) < (spikes ? 10 : 1000) * dt * 1e-3 ? sign * size : 0;
}

static double first_value(const struct ecp_field *field, uint64_t *random)
{
    switch (field->kind) {
    case ECP_INPUT:
        return weight_of(field, random);
    case ECP_UNIFORM:
        return uniform(random);
    case ECP_NORMAL:
        return sqrt(-2 * log(uniform(random))) * cos(6.283185307179586 * uniform(random));
    case ECP_CURRENT:
        return 0;
    default:
        return strcmp(field->name, "rate") == 0 ? rate_wanted : field->initial;
    }
}

static void clear_bed(struct bed *bed)
{
    for (size_t f = 0; f < ECP_MAX_FIELDS; f++) {
        free(bed->column[f]);
        free(bed->counter[f]);
        free(bed->column_copy[f]);
        free(bed->counter_copy[f]);
    }
    free(bed->fired);
}

static int init_bed(struct bed *bed, const struct ecp_neuron_model *model, struct drive drive)
{
    uint64_t random = 1;
    *bed = (struct bed){.model = model,
                        .update = model->update,
                        .n_fields = ecp_field_count(model->fields),
                        .blocks = BLOCKS,
                        .fired = ecp_array(NEURONS, 1)};
    int failed = !bed->fired;
    for (size_t f = 0; f < bed->n_fields; f++) {
        const struct ecp_field *field = &model->fields[f];
        const size_t n = is_input(field->kind) ? STRIP : NEURONS;
        bed->param[f] = first_value(field, &random);
        if (field->kind == ECP_COUNTER)
            failed |= !(bed->counter[f] = ecp_array(n, sizeof *bed->counter[f])) ||
                      !(bed->counter_copy[f] = ecp_array(n, sizeof *bed->counter[f]));
        if (field->kind == ECP_STATE)
            failed |= !(bed->column_copy[f] = ecp_array(n, sizeof *bed->column[f]));
        if (!has_column(field->kind))
            continue;
        failed |= !(bed->column[f] = ecp_array(n, sizeof *bed->column[f]));
        for (size_t j = 0; j < n && bed->column[f]; j++)
            bed->column[f][j] = (ecp_real)(first_value(field, &random) *
                                           (field->kind == ECP_INPUT ? drive.weights : 1));
    }
    if (!failed && model->derive)
        failed = model->derive(bed->param, dt, bed->derived) != ECP_OK;
    return !failed;
}

/* Inputs are a strip somewhat longer than a block, which each block and step
 * sees from another place on. */
static size_t inputs_at(ecp_step step, size_t block)
{
    return ((size_t)step * 29 + block * 7) % SHIFTS * SHIFT;
}

/* All blocks, one step. */
static void advance(void *context)
{
    struct bed *bed = context;
    for (size_t at = 0; at < (size_t)BLOCK * (size_t)bed->blocks; at += BLOCK) {
        ecp_real *column[ECP_MAX_FIELDS];
        uint16_t *counter[ECP_MAX_FIELDS];
        for (size_t f = 0; f < bed->n_fields; f++) {
            const size_t from =
                is_input(bed->model->fields[f].kind) ? inputs_at(bed->step, at / BLOCK) : at;
            column[f] = bed->column[f] ? bed->column[f] + from : NULL;
            counter[f] = bed->counter[f] ? bed->counter[f] + at : NULL;
        }
        const struct ecp_block block = {BLOCK,        (ecp_lid)at, bed->step, bed->param,
                                        bed->derived, column,      counter,   bed->fired + at};
        if (bed->update)
            bed->update(&block);
        else
            ecp_flow_update(bed->model->flow, dt, &block);
    }
    bed->step++;
}

static void copy(void *context)
{
    struct bed *bed = context;
    for (size_t at = 0; at < (size_t)BLOCK * (size_t)bed->blocks; at += BLOCK)
        for (size_t f = 0; f < bed->n_fields; f++) {
            if (bed->column_copy[f])
                memcpy(bed->column_copy[f] + at, bed->column[f] + at, BLOCK * sizeof(ecp_real));
            if (bed->counter_copy[f])
                memcpy(bed->counter_copy[f] + at, bed->counter[f] + at, BLOCK * sizeof(uint16_t));
        }
}

/* Loads and stores of all columns, between L1 and the registers. */
static double floor_cycles(const struct ecp_neuron_model *model)
{
    double read = 0, written = 1; /* fired */
    for (const struct ecp_field *f = model->fields; f->name; f++) {
        const double bytes = f->kind == ECP_COUNTER ? sizeof(uint16_t)
                             : has_column(f->kind)  ? sizeof(ecp_real)
                                                    : 0;
        read += bytes;
        written += f->kind == ECP_STATE || f->kind == ECP_COUNTER ? bytes : 0;
    }
    return bench_l1_cycles(ecp_isa_best(), read, written);
}

/* ---- a state in which it fires ------------------------------------------- */

static void set_current(struct bed *bed, double mean)
{
    for (size_t f = 0; f < bed->n_fields; f++)
        for (size_t j = 0; bed->model->fields[f].kind == ECP_CURRENT && j < NEURONS; j++)
            bed->column[f][j] = (ecp_real)(mean * (0.5 + (double)(j * 2654435761u % 1024) / 1023));
}

/* Mean rate (Hz) of the first block over some steps after others. */
static double rate_of(struct bed *bed, int settle, int look)
{
    uint64_t spikes = 0;
    const int blocks = bed->blocks;
    bed->blocks = 1;
    for (int step = 0; step < settle + look; step++) {
        advance(bed);
        for (size_t j = 0; step >= settle && j < BLOCK; j++)
            spikes += bed->fired[j];
    }
    bed->blocks = blocks;
    return (double)spikes / BLOCK / (look * dt * 1e-3);
}

static double rate_under(const struct ecp_neuron_model *model, struct drive drive)
{
    struct bed bed;
    double rate = NAN;
    if (init_bed(&bed, model, drive)) {
        set_current(&bed, drive.current);
        rate = rate_of(&bed, SETTLE, LOOK);
    }
    clear_bed(&bed);
    return rate;
}

/* Weights that alone do not suffice, then the current, by halving a range of
 * factors. */
static struct drive find_drive(const struct ecp_neuron_model *model)
{
    double low = 1e-3, high = 1e5;
    struct drive drive = {low, 1};
    if (ecp_field_of_kind(model->fields, ECP_CURRENT, 0) < 0)
        return drive;
    while (drive.weights > 1e-6 && rate_under(model, drive) > rate_wanted)
        drive.weights /= 10;
    for (int k = 0; k < TRIALS; k++) {
        drive.current = sqrt(low * high);
        if (rate_under(model, drive) < rate_wanted)
            low = drive.current;
        else
            high = drive.current;
    }
    return drive;
}

/* ---- measuring ----------------------------------------------------------- */

struct row {
    const char *model, *scheme;
    int threads;
    double ns, floor, copy, rate;
};

static void print(const struct row *r)
{
    printf("%-18s  %-20s  %-8s  %7d  %9.3f  %7.3f  %7.3f  ", r->model, r->scheme,
           ecp_isa_name(ecp_isa_best()), r->threads, r->ns, r->floor, r->copy);
    if (isnan(r->rate))
        printf("%7s\n", "-");
    else
        printf("%7.1f\n", r->rate);
    (void)fflush(stdout);
}

/* Settled by the default scheme, then timed by `scheme`. */
static int bench_scheme(const struct ecp_neuron_model *model, const char *scheme,
                        struct drive drive, int threads)
{
    struct bed bed[THREADS_MAX];
    void *context[THREADS_MAX];
    void (*update)(const struct ecp_block *block) = NULL;
    int failed = ecp_neuron_scheme(model, scheme, &update) != ECP_OK;
#pragma omp parallel num_threads(threads) reduction(| : failed)
    {
        struct bed *mine = &bed[omp_get_thread_num()];
        failed |= !init_bed(mine, model, drive);
        set_current(mine, drive.current);
        for (int step = 0; step < SETTLE && !failed; step++)
            advance(mine);
    }
    for (int t = 0; t < threads; t++) {
        bed[t].update = update;
        bed[t].blocks = update ? BLOCKS : 1; /* gsl_rkf45: microseconds */
        context[t] = &bed[t];
    }
    if (!failed) {
        const double n = (double)BLOCK * bed[0].blocks;
        struct row row = {model->name, scheme ? scheme : "-", threads, 0, 0, 0, NAN};
        row.ns = 1e9 * bench_best(advance, context, threads) / n;
        row.floor = floor_cycles(model) * bench_cycle_ns();
        row.copy = 1e9 * bench_best(copy, context, threads) / n;
        row.rate = update ? rate_of(&bed[0], 0, LOOK) : NAN;
        print(&row);
    }
    for (int t = 0; t < threads; t++)
        clear_bed(&bed[t]);
    return !failed;
}

static int bench_model(const struct ecp_neuron_model *model, int most)
{
    int ok = 1;
    const struct drive drive = find_drive(model);
    for (int threads = 1; threads <= most && ok; threads++) {
        if (!model->schemes)
            ok = bench_scheme(model, NULL, drive, threads);
        for (const struct ecp_scheme *s = model->schemes; s && s->name && ok; s++)
            ok = bench_scheme(model, s->name, drive, threads);
        if (model->flow && ok)
            ok = bench_scheme(model, "gsl_rkf45", drive, threads);
    }
    return ok;
}

int main(int argc, char **argv)
{
    const int asked = (int)bench_argument(argc, argv, 1, 2);
    const int most = asked < THREADS_MAX ? asked : THREADS_MAX;
    const struct ecp_neuron_model *const *models = ecp_neuron_models(ecp_isa_best());
    int ok = 1;
    printf("%-18s  %-20s  %-8s  %7s  %9s  %7s  %7s  %7s\n", "model", "scheme", "set", "threads",
           "ns", "floor", "copy", "rate Hz");
    for (size_t m = 0; models[m]; m++) {
        if (argc > 2 && strcmp(argv[2], models[m]->name) != 0)
            continue;
        if (!bench_model(models[m], most)) {
            (void)fprintf(stderr, "models: %s: %s\n", models[m]->name, ecp_error_message());
            ok = 0;
        }
    }
    return !ok;
}
