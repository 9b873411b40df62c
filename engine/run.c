/* The loop of one worker: deliver what is due, update, publish. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clock.h"
#include "engine/exchange.h"
#include "engine/finite.h"
#include "engine/flight.h"
#include "engine/floats.h"
#include "engine/gap.h"
#include "engine/machine.h"
#include "engine/plastic.h"
#include "engine/results.h"
#include "engine/stimulus.h"

enum {
    AHEAD = 32,      /* spikes whose rows are looked up in a table larger than caches */
    TIMED_STEPS = 17 /* one step in so many is timed; no multiple of a Poisson group */
};

void ecp_worker_fail(struct ecp_worker *worker, enum ecp_status status)
{
    if (worker->status != ECP_OK)
        return;
    worker->status = status;
    strncpy(worker->message, ecp_error_message(), sizeof worker->message - 1);
    ecp_error_clear();
    atomic_store(&worker->network->failed, 1);
}

/* ---- spikes ---------------------------------------------------------- */

/* A row of one synapse is added at once, to the sums of the step in which it is due; of
 * a stream the first piece goes into the calendar. */
static void take_line(struct ecp_worker *worker, struct ecp_shot shot)
{
    const struct ecp_rows *const rows = &worker->compact_rows;
    const struct ecp_row_line *line = &rows->line[(uint32_t)shot.source / ECP_ROW_LINE];
    const unsigned at = (uint32_t)shot.source % ECP_ROW_LINE;
    const uint8_t kind = line->kind[at];
    if (kind == ECP_ROW_STREAM) {
        const uint64_t start = ecp_row_stream(line, at);
        __builtin_prefetch((const uint32_t *)rows->words + ECP_ROW_POSITION(start));
        ecp_calendar_enter(&worker->compact_calendar, shot.step + ECP_ROW_DELAY(start),
                           ECP_ROW_POSITION(start), 0);
    } else if (kind != ECP_ROW_ABSENT)
        ecp_accumulators_add(worker, line->word[at], rows->one[kind].lane,
                             shot.step + rows->one[kind].delay);
}

static void take_lines(struct ecp_worker *worker, const struct ecp_shots *shots)
{
    const struct ecp_row_line *const line = worker->compact_rows.line;
    const struct ecp_shot *const shot = shots->shot;
    for (size_t k = 0; k < AHEAD && k < shots->n; k++)
        __builtin_prefetch(&line[shot[k].source / ECP_ROW_LINE]);
    for (size_t k = 0; k < shots->n; k++) {
        if (k + AHEAD < shots->n)
            __builtin_prefetch(&line[(uint32_t)shot[k + AHEAD].source / ECP_ROW_LINE]);
        take_line(worker, shot[k]);
    }
}

/* Sources are numbers of sources.h, or sources.n, which has no row. */
static void take_spikes_of(struct ecp_worker *worker, const struct ecp_shots *shots)
{
    const struct ecp_rows *const compact = &worker->compact_rows, *const wide = &worker->wide_rows;
    const uint32_t *words = compact->words;
    const int has_compact = compact->start != NULL, has_wide = ecp_rows_exist(wide);
    if (compact->line)
        take_lines(worker, shots);
    if (!has_compact && !has_wide)
        return;
    for (size_t k = 0; k < shots->n; k++) {
        const struct ecp_shot shot = shots->shot[k];
        const uint64_t key = (uint64_t)shot.step << 32 | (uint32_t)shot.source;
        const uint64_t start = has_compact ? compact->start[shot.source] : ECP_ROW_NONE;
        if (start != ECP_ROW_NONE) {
            __builtin_prefetch(words + ECP_ROW_POSITION(start));
            ecp_calendar_enter(&worker->compact_calendar, shot.step + ECP_ROW_DELAY(start),
                               ECP_ROW_POSITION(start), 0);
        }
        const uint64_t other = has_wide ? ecp_row_start(wide, shot.source) : ECP_ROW_NONE;
        if (other != ECP_ROW_NONE)
            ecp_calendar_enter(&worker->wide_calendar, shot.step + ECP_ROW_DELAY(other),
                               ECP_ROW_POSITION(other), key);
    }
}

/* Some at a time: gids become numbers. */
static void take_numbered(struct ecp_worker *worker, const struct ecp_shots *shots)
{
    ecp_gid source[ECP_EXCHANGE_SOME];
    struct ecp_shot some[ECP_EXCHANGE_SOME];
    for (size_t at = 0, n; at < shots->n; at += n) {
        n = shots->n - at < ECP_EXCHANGE_SOME ? shots->n - at : ECP_EXCHANGE_SOME;
        for (size_t k = 0; k < n; k++)
            source[k] = shots->shot[at + k].source;
        worker->network->kernels->number_sources(&worker->sources, source, n);
        for (size_t k = 0; k < n; k++)
            some[k] = (struct ecp_shot){source[k], shots->shot[at + k].step};
        take_spikes_of(worker, &(struct ecp_shots){some, n, n});
    }
}

static void take_shots(struct ecp_worker *worker, const struct ecp_shots *shots)
{
    if (worker->sources.line)
        take_numbered(worker, shots);
    else
        take_spikes_of(worker, shots);
    for (size_t k = 0; worker->plastic && k < shots->n; k++)
        ecp_plastic_take(worker, shots->shot[k]);
}

static void take_spikes(struct ecp_worker *worker, int64_t epoch)
{
    struct ecp_network *network = worker->network;
    for (int w = 0; w < network->n_workers; w++)
        take_shots(worker, &network->worker[w].out[(epoch - 1) & 1]);
    struct ecp_exchange_place place = {0};
    struct ecp_shot some[ECP_EXCHANGE_SOME];
    for (size_t n = 1; network->exchange && n > 0;) {
        n = ecp_exchange_some(network, &place, some);
        take_shots(worker, &(struct ecp_shots){some, n, n});
    }
}

static void deliver_due(struct ecp_worker *worker, ecp_step step, size_t compact_from,
                        size_t wide_from)
{
    const struct ecp_kernels *kernels = worker->network->kernels;
    struct ecp_bucket *due = &worker->wide_calendar.bucket[step & (ECP_CALENDAR - 1)];
    worker->n_events += kernels->deliver_compact(
        &worker->compact_calendar, worker->compact_rows.words, worker->lane, step, compact_from);
    if (due->n > wide_from) {
        ecp_bucket_sort(due, wide_from);
        worker->n_events += kernels->deliver_wide(&worker->wide_calendar, worker->wide_rows.words,
                                                  worker->wide, step, wide_from);
    }
}

/* Everything that arrives in `step`. In the first step of an epoch the spikes
 * of the last epoch come in between: what is older is added first, while the
 * other workers may still be finishing. */
static void deliver(struct ecp_worker *worker, ecp_step step, int first_of_epoch, int64_t epoch)
{
    const size_t slot = step & (ECP_CALENDAR - 1);
    struct ecp_bucket *compact = &worker->compact_calendar.bucket[slot];
    struct ecp_bucket *wide = &worker->wide_calendar.bucket[slot];
    if (worker->n_slices > 1)
        ecp_accumulators_turn(worker, step);
    deliver_due(worker, step, 0, 0);
    if (first_of_epoch) {
        const size_t old_compact = compact->n, old_wide = wide->n;
        const double before = ecp_clock_seconds();
        const int all_there =
            ecp_worker_wait(worker, epoch) && ecp_exchange_meet(worker, epoch, step);
        worker->wait_s += ecp_clock_seconds() - before;
        if (all_there)
            take_spikes(worker, epoch);
        deliver_due(worker, step, old_compact, old_wide);
    }
    compact->n = wide->n = 0;
    uint64_t *const events = &worker->slice_events[(size_t)step & (worker->n_slices - 1)];
    worker->n_events += *events;
    *events = 0;
    if (worker->plastic)
        ecp_plastic_deliver(worker, step);
    if (worker->compact_calendar.no_memory || worker->wide_calendar.no_memory)
        ecp_worker_fail(worker, ecp_fail(ECP_ENOMEM, "no memory for the spikes under way"));
}

/* Neuron j of the share fired in `step`. */
static void emit(struct ecp_worker *worker, int p, ecp_lid j, ecp_step step)
{
    const struct ecp_network *network = worker->network;
    struct ecp_shots *out = &worker->out[(network->epoch + worker->epoch) & 1];
    const ecp_gid source = network->population[p].plan->first + worker->share[p].first + j;
    struct ecp_shot *shot = ecp_room_for_one(out->shot, out->n, &out->capacity, sizeof *shot);
    if (!shot) {
        ecp_worker_fail(worker, ecp_fail(ECP_ENOMEM, "no memory for spikes"));
        return;
    }
    out->shot = shot;
    out->shot[out->n++] = (struct ecp_shot){source, step};
    ecp_flight_keep(worker, (struct ecp_shot){source, step});
    ecp_worker_record(worker, p, j, step + 1);
    if (worker->plastic)
        ecp_plastic_fired(worker, p, j, step);
}

/* ---- update ---------------------------------------------------------- */

/* Where the inputs of one block are gathered. */
struct scratch {
    _Alignas(ECP_ALIGNMENT) ecp_real port[ECP_MAX_PORTS][ECP_BLOCK];
    _Alignas(ECP_ALIGNMENT) ecp_real current[ECP_MAX_CURRENTS][ECP_BLOCK];
    _Alignas(ECP_ALIGNMENT) ecp_real none[ECP_BLOCK]; /* stays zero */
    _Alignas(ECP_ALIGNMENT) ecp_real random[4][ECP_BLOCK];
    _Alignas(ECP_ALIGNMENT) uint8_t fired[ECP_BLOCK];
    uint32_t words[4][ECP_BLOCK];
    ecp_lid list[ECP_BLOCK];
    struct ecp_law normal;
};

/* What arrives through synapses, and the population's Poisson drive in the same
 * pass where there is one. */
static void gather_ports(struct ecp_worker *worker, struct ecp_inputs *in)
{
    const struct ecp_kernels *kernels = worker->network->kernels;
    const struct ecp_population *population = &worker->network->population[in->population];
    struct ecp_block_counts drive = {.port = -1};
    if (ecp_stimuli_counts(worker, in, &drive))
        in->skip = drive.stimulus;
    for (size_t k = 0; k < population->n_ports; k++) {
        const size_t at = k * worker->n_slots + worker->share[in->population].slot + in->first;
        const ecp_real scale = (ecp_real)population->scale[k];
        if ((int)k == drive.port)
            kernels->take_with_counts(worker->compact + at, scale, drive.count, drive.odd,
                                      drive.weight, in->n, in->port[k]);
        else
            kernels->take_compact(worker->compact + at, scale, in->n, in->port[k]);
        if (population->wide_in)
            kernels->take_wide(worker->wide + at, in->n, in->port[k]);
    }
}

/* Random inputs of the model: word w of a neuron's counter is its w-th. */
static void draw_random(struct ecp_worker *worker, struct scratch *scratch,
                        const struct ecp_inputs *in, ecp_real **column)
{
    const struct ecp_network *network = worker->network;
    const struct ecp_neuron_model *model = network->population[in->population].model;
    const ecp_lid neuron = worker->share[in->population].first + in->first;
    uint32_t *const word[4] = {scratch->words[0], scratch->words[1], scratch->words[2],
                               scratch->words[3]};
    int drawn = 0;
    for (int f = 0; model->fields[f].name; f++) {
        const enum ecp_field_kind kind = model->fields[f].kind;
        if ((kind != ECP_UNIFORM && kind != ECP_NORMAL) || drawn == 4)
            continue;
        if (drawn == 0)
            network->kernels->philox(
                ecp_rng_key(network->plan->seed, ECP_FOR_UNIFORM, (size_t)in->population), neuron,
                (uint32_t)in->step, (uint32_t)(in->step >> 32), in->n, word);
        column[f] = scratch->random[drawn];
        if (kind == ECP_UNIFORM)
            network->kernels->uniform(word[drawn], in->n, column[f]);
        else
            for (ecp_lid j = 0; j < in->n; j++)
                column[f][j] = (ecp_real)ecp_law_value(&scratch->normal, word[drawn][j], 0);
        drawn++;
    }
}

static void advance(const struct ecp_population *population, const struct ecp_block *block,
                    double dt)
{
    if (population->update)
        population->update(block);
    else
        ecp_flow_update(population->model->flow, dt, block);
}

/* Neurons whose parameters differ are advanced one at a time. */
static void update_spread(const struct ecp_population *population, const struct ecp_share *share,
                          struct ecp_block block, double dt)
{
    ecp_real *column[ECP_MAX_FIELDS], *const *all = block.column;
    uint16_t *counter[ECP_MAX_FIELDS], *const *counters = block.counter;
    const size_t n = block.n, width = population->n_fields;
    const ecp_lid first = block.first - share->first;
    uint8_t *fired = block.fired;
    block.n = 1;
    block.column = column;
    block.counter = counter;
    for (size_t j = 0; j < n; j++) {
        for (size_t f = 0; f < width; f++) {
            column[f] = all[f] ? all[f] + j : NULL;
            counter[f] = counters[f] ? counters[f] + j : NULL;
        }
        block.param = share->own_param + (first + j) * width;
        block.derived = share->own_derived + (first + j) * ECP_MAX_DERIVED;
        block.first = share->first + first + (ecp_lid)j;
        block.fired = fired + j;
        advance(population, &block, dt);
    }
}

static void update_block(struct ecp_worker *worker, struct scratch *scratch, int p, ecp_lid first,
                         ecp_step step)
{
    struct ecp_network *network = worker->network;
    const struct ecp_population *population = &network->population[p];
    struct ecp_share *share = &worker->share[p];
    const struct ecp_field *fields = population->model->fields;
    const ecp_lid n = share->n - first < ECP_BLOCK ? share->n - first : ECP_BLOCK;
    ecp_real *column[ECP_MAX_FIELDS], *port[ECP_MAX_PORTS];
    uint16_t *counter[ECP_MAX_FIELDS];
    struct ecp_inputs in = {p, first, n, step, port, NULL, -1};
    size_t ports = 0, currents = 0;
    for (size_t f = 0; f < population->n_fields; f++) {
        /* Inputs live in scratch, or in a column where a probe wants them. */
        column[f] = share->column[f] ? share->column[f] + first : NULL;
        counter[f] = share->counter[f] ? share->counter[f] + first : NULL;
        if (fields[f].kind == ECP_INPUT) {
            if (!column[f])
                column[f] = scratch->port[ports];
            port[ports++] = column[f];
        } else if (fields[f].kind == ECP_CURRENT) {
            const int driven = (currents == 0 && share->driven) || (population->reached >> f & 1);
            if (!column[f])
                column[f] = driven ? scratch->current[currents] : scratch->none;
            if (column[f] != scratch->none)
                memset(column[f], 0, n * sizeof(ecp_real));
            if (column[f] != scratch->none && currents == 0)
                in.current = column[f];
            currents++;
        }
    }
    gather_ports(worker, &in);
    ecp_stimuli_add(worker, &in);
    if (population->reached)
        ecp_gaps_add(worker, p, step, first, n, column);
    draw_random(worker, scratch, &in, column);
    const struct ecp_block block = {
        n,       share->first + first, step, population->param, population->derived, column,
        counter, scratch->fired};
    if (population->spread)
        update_spread(population, share, block, network->plan->dt);
    else
        advance(population, &block, network->plan->dt);
    const size_t n_fired = network->kernels->fired(scratch->fired, n, scratch->list);
    for (size_t k = 0; k < n_fired; k++)
        emit(worker, p, first + scratch->list[k], step);
    if (n_fired > 0 && network->results->n_probes > 0)
        ecp_results_count(network->results, &(struct ecp_fired){p, step, share->first + first,
                                                                scratch->list, n_fired});
}

static void update(struct ecp_worker *worker, struct scratch *scratch, ecp_step step)
{
    ecp_stimuli_begin(worker, step);
    for (int p = 0; p < worker->network->n_populations; p++)
        for (ecp_lid first = 0; first < worker->share[p].n; first += ECP_BLOCK)
            update_block(worker, scratch, p, first, step);
    if (worker->plastic)
        ecp_plastic_follow(worker, step);
    ecp_gaps_show(worker, step + 1, 0);
    if (worker->network->results->n_probes > 0)
        ecp_results_sample(worker->network->results, worker, step + 1);
}

/* ---- the loop -------------------------------------------------------- */

static void run_epoch(struct ecp_worker *worker, struct scratch *scratch, ecp_step from,
                      ecp_step to)
{
    const int64_t epoch = worker->network->epoch + worker->epoch;
    for (ecp_step step = from; step < to; step++) {
        const int timed = step % TIMED_STEPS == 0;
        const double waited = worker->wait_s;
        const double start = timed ? ecp_clock_seconds() : 0;
        deliver(worker, step, step == from, epoch);
        if (step == from) /* the others have read it: see deliver */
            worker->out[epoch & 1].n = 0;
        const double middle = timed ? ecp_clock_seconds() : 0;
        update(worker, scratch, step);
        ecp_finite_look(worker, step + 1);
        if (timed) {
            const double end = ecp_clock_seconds();
            worker->deliver_s += TIMED_STEPS * (middle - start - (worker->wait_s - waited));
            worker->update_s += TIMED_STEPS * (end - middle);
        }
    }
    worker->epoch++;
    ecp_gate_open(worker->network, &worker->gate, epoch + 1);
}

static void run_epochs(struct ecp_worker *worker, struct scratch *scratch, ecp_step from,
                       ecp_step to)
{
    const ecp_step epoch_steps = worker->network->epoch_steps;
    memset(scratch->none, 0, sizeof scratch->none);
    const unsigned floats = ecp_floats_flush();
    if (from == 0)
        ecp_results_sample(worker->network->results, worker, 0);
    for (ecp_step at = from; at < to; at += epoch_steps) {
        if (atomic_load_explicit(&worker->network->failed, memory_order_relaxed))
            break;
        run_epoch(worker, scratch, at, at + epoch_steps < to ? at + epoch_steps : to);
    }
    ecp_floats_restore(floats);
}

void ecp_worker_run(struct ecp_worker *worker, ecp_step from, ecp_step to)
{
    const struct ecp_draw normal = ecp_draw_normal(0, 1);
    struct scratch *scratch = aligned_alloc(ECP_ALIGNMENT, sizeof *scratch);
    enum ecp_status status = scratch ? ecp_law_init(&scratch->normal, &normal)
                                     : ecp_fail(ECP_ENOMEM, "no memory to run");
    worker->epoch = 0;
    if (status == ECP_OK) {
        run_epochs(worker, scratch, from, to);
        ecp_law_clear(&scratch->normal);
    } else
        ecp_worker_fail(worker, status);
    free(scratch);
}
