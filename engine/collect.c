/* After a span: workers' spikes, samples and bins become one recording. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/clock.h"
#include "engine/plastic.h"
#include "engine/results.h"
#include "engine/results_ranks.h"
#include "engine/store.h"
#include "engine/structural.h"

/* A stretch is written when it is this old, or this large. */
static const double FLUSH_SECONDS = 5;
static const size_t FLUSH_ITEMS = 4000000;

/* ---- spikes ---------------------------------------------------------- */

static enum ecp_status reserve_events(struct ecp_events *events, size_t more)
{
    if (events->n + more <= events->capacity)
        return ECP_OK;
    const size_t capacity = (events->n + more) * 3 / 2 + 1024;
    struct ecp_spike *grown = realloc(events->event, capacity * sizeof *grown);
    if (!grown)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu recorded spikes", capacity);
    events->event = grown;
    events->capacity = capacity;
    return ECP_OK;
}

/* Those who recorded own ascending ranges and record by step: a merge by step alone
 * gives the order (step, index). They are emptied. */
static enum ecp_status merge(struct ecp_results *results, int p, struct ecp_events *const *from,
                             size_t n)
{
    struct ecp_events *to = &results->events[p];
    size_t total = 0, *at = ecp_array(n + 1, sizeof *at);
    for (size_t w = 0; w < n; w++)
        total += from[w]->n;
    const enum ecp_status status =
        at ? reserve_events(to, total) : ecp_fail(ECP_ENOMEM, "no memory to merge spikes");
    for (size_t k = 0; status == ECP_OK && k < total;) {
        ecp_step step = INT64_MAX;
        for (size_t w = 0; w < n; w++)
            if (at[w] < from[w]->n && from[w]->event[at[w]].step < step)
                step = from[w]->event[at[w]].step;
        for (size_t w = 0; w < n; w++)
            for (; at[w] < from[w]->n && from[w]->event[at[w]].step == step; k++)
                to->event[to->n++] = from[w]->event[at[w]++];
    }
    for (size_t w = 0; w < n; w++)
        from[w]->n = 0;
    results->unwritten += total;
    free(at);
    return status;
}

/* Rank 0 has them all; the others keep none. */
static enum ecp_status merge_events(struct ecp_results *results, int p)
{
    struct ecp_network *network = results->network;
    const size_t n = (size_t)network->n_workers;
    struct ecp_events *theirs = NULL;
    size_t n_theirs = 0;
    enum ecp_status status = ECP_OK;
    struct ecp_events **from = ecp_array(n + (size_t)network->n_ranks, sizeof *from);
    for (size_t w = 0; from && w < n; w++)
        from[w] = &network->worker[w].events[p];
    if (!from)
        status = ecp_fail(ECP_ENOMEM, "no memory to merge spikes");
    ECP_TRY(ecp_ranks_agree(results, status));
    if (network->rank > 0)
        status = merge(results, p, from, n);
    ECP_TRY(ecp_ranks_events(results, p, status, &theirs, &n_theirs));
    for (size_t r = 0; r < n_theirs; r++)
        from[n + r] = &theirs[r];
    if (network->rank == 0)
        status = merge(results, p, from, n + n_theirs);
done:
    for (size_t r = 0; r < n_theirs; r++)
        free(theirs[r].event);
    free(theirs);
    free(from);
    return status;
}

/* Arrays of the recording hold the neurons of all ranks on rank 0, elsewhere the own
 * ones. */
static void gather_statistics(struct ecp_results *results)
{
    const struct ecp_network *network = results->network;
    struct ecp_recording *r = &results->recording;
    uint64_t sums[2] = {0, 0};
    for (int w = 0; w < network->n_workers; w++) {
        sums[0] += network->worker[w].n_spikes;
        sums[1] += network->worker[w].checksum;
    }
    ecp_ranks_sum(results, sums, 2);
    r->spikes = sums[0];
    r->checksum = sums[1];
    for (int p = 0; p < network->n_populations; p++) {
        struct ecp_recorded_population *to = &r->population[p];
        const ecp_lid base = ecp_ranks_first(results, p);
        for (int w = 0; w < network->n_workers; w++) {
            const struct ecp_share *from = &network->worker[w].share[p];
            const size_t at = from->first - base, n = from->n;
            memcpy((uint32_t *)to->count + at, from->count, n * sizeof(uint32_t));
            memcpy((uint32_t *)to->intervals + at, from->intervals, n * sizeof(uint32_t));
            memcpy((uint64_t *)to->interval_sum + at, from->interval_sum, n * sizeof(uint64_t));
            memcpy((double *)to->interval_square_sum + at, from->interval_square_sum,
                   n * sizeof(double));
        }
        ecp_ranks_statistics(results, p);
        to->spikes = 0;
        for (size_t j = 0; network->rank == 0 && j < to->size; j++)
            to->spikes += to->count[j];
        to->event = results->events[p].event;
        to->n_events = results->events[p].n;
    }
}

/* ---- signals --------------------------------------------------------- */

static enum ecp_status append_frames(struct ecp_results *results, const struct ecp_probe_run *run,
                                     const ecp_real *frame, size_t n)
{
    struct ecp_recorded_signal *signal = &results->recording.signal[run->signal];
    size_t *capacity = &results->signal_capacity[run->signal];
    if (n == 0)
        return ECP_OK;
    if (signal->n_frames + n > *capacity) {
        const size_t larger = (signal->n_frames + n) * 3 / 2 + 16;
        ecp_real *grown =
            realloc((void *)signal->data, (larger * run->n_columns + 1) * sizeof *grown);
        if (!grown)
            return ecp_fail(ECP_ENOMEM, "no memory for the samples of %s", signal->probe);
        signal->data = grown;
        *capacity = larger;
    }
    memcpy((ecp_real *)signal->data + signal->n_frames * run->n_columns, frame,
           n * run->n_columns * sizeof *frame);
    signal->n_frames += n;
    results->unwritten += n * run->n_columns;
    return ECP_OK;
}

static enum ecp_status close_bins(struct ecp_results *results, struct ecp_probe_run *run,
                                  ecp_step now)
{
    const struct ecp_plan *plan = results->network->plan;
    const double size = (double)run->plan->target.count;
    const double to_hz = 1e3 / (size * (double)run->every * plan->dt);
    const ecp_step end = now < run->stop ? now : run->stop;
    const size_t n = end > run->first ? (size_t)((end - run->first) / run->every) : 0;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < n && status == ECP_OK; k++) {
        uint64_t count = atomic_load(&run->bin[k]);
        ecp_ranks_sum(results, &count, 1);
        const ecp_real hz = (ecp_real)((double)count * to_hz);
        status = append_frames(results, run, &hz, 1);
    }
    for (size_t k = 0; k < run->n_bins; k++)
        atomic_store(&run->bin[k], k + n < run->n_bins ? atomic_load(&run->bin[k + n]) : 0);
    run->first += (ecp_step)n * run->every;
    return status;
}

enum ecp_status ecp_results_structure(struct ecp_results *results, ecp_step now)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < results->n_probes && status == ECP_OK; k++) {
        const struct ecp_probe_run *run = &results->probe[k];
        if (run->plan->kind != ECP_PROBE_STRUCTURE || now < run->start || now >= run->stop ||
            now % run->every != 0)
            continue;
        const ecp_real value = (ecp_real)ecp_structural_value(
            results->network, run->plan->projection, run->plan->field);
        if (results->recording.signal[run->signal].n_frames == 0)
            results->recording.signal[run->signal].start = (double)now * results->network->plan->dt;
        status = append_frames(results, run, &value, 1);
    }
    return status;
}

/* ---- weights --------------------------------------------------------- */

struct listing {
    const struct ecp_network *network;
    const struct ecp_population *population;
    struct ecp_synapse_record *synapse;
    size_t n, capacity;
    int wide, no_memory;
    const struct ecp_plan_projection *projection;
};

struct ecp_synapse_record {
    ecp_lid target, source;
    uint32_t order;
    float weight, delay;
};

static int list_room(struct listing *list, size_t n)
{
    if (list->n + n <= list->capacity)
        return 1;
    const size_t capacity = 2 * list->capacity + n;
    struct ecp_synapse_record *grown = realloc(list->synapse, capacity * sizeof *grown);
    if (!grown) {
        list->no_memory = 1;
        return 0;
    }
    list->synapse = grown;
    list->capacity = capacity;
    return 1;
}

/* Plastic weights as they are now; the workers rest. */
static void list_plastic(struct listing *list, int projection, uint32_t now)
{
    const struct ecp_network *network = list->network;
    const double dt = network->plan->dt;
    ecp_real weight[ECP_VISIT_SIZE];
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_plastic *plastic = ecp_plastic_of(&network->worker[w], projection);
        for (ecp_lid source = 0; source < network->connector[projection].n_source; source++)
            for (uint32_t p = plastic->start[source]; p < plastic->start[source + 1]; p++) {
                const struct ecp_piece *piece = &plastic->piece[p];
                const ecp_lid base = plastic->first_target + (ecp_lid)piece->section * ECP_SECTION;
                for (uint32_t at = 0; at < piece->n; at += ECP_VISIT_SIZE) {
                    const uint32_t left = piece->n - at;
                    const uint32_t n = left < ECP_VISIT_SIZE ? left : ECP_VISIT_SIZE;
                    if (!list_room(list, n))
                        return;
                    ecp_plastic_read(plastic, p, piece->first + at, n, now, weight);
                    for (uint32_t k = 0; k < n; k++, list->n++)
                        list->synapse[list->n] = (struct ecp_synapse_record){
                            base + plastic->target[piece->first + at + k], source,
                            (uint32_t)list->n, (float)(plastic->sign * (double)weight[k]),
                            (float)(piece->delay * dt)};
                }
            }
    }
}

static void list_batch(void *context, const struct ecp_batch *batch)
{
    struct listing *list = context;
    if (!list_room(list, batch->n))
        return;
    for (size_t k = 0; k < batch->n; k++) {
        double weight = batch->weight[k];
        const int port =
            weight < 0 ? list->projection->port_negative : list->projection->port_positive;
        const double scale = list->population->scale[port];
        if (!list->wide)
            weight = ecp_weight_units(weight, 1 / scale) * scale;
        list->synapse[list->n] = (struct ecp_synapse_record){
            batch->target[k], batch->source[k], (uint32_t)list->n, (float)weight,
            (float)(batch->delay[k] * list->network->plan->dt)};
        list->n++;
    }
}

static int by_target(const void *a, const void *b)
{
    const struct ecp_synapse_record *left = a, *right = b;
    if (left->target != right->target)
        return left->target < right->target ? -1 : 1;
    if (left->source != right->source)
        return left->source < right->source ? -1 : 1;
    return (left->order > right->order) - (left->order < right->order);
}

static enum ecp_status split_columns(struct ecp_recorded_weights *w, const struct listing *list)
{
    ecp_lid *source = ecp_array(list->n + 1, sizeof *source);
    ecp_lid *target = ecp_array(list->n + 1, sizeof *target);
    float *weight = ecp_array(list->n + 1, sizeof *weight);
    float *delay = ecp_array(list->n + 1, sizeof *delay);
    w->source = source;
    w->target = target;
    w->weight = weight;
    w->delay = delay;
    if (!source || !target || !weight || !delay)
        return ecp_fail(ECP_ENOMEM, "no memory for the weights of %s", w->projection_name);
    for (size_t k = 0; k < list->n; k++) {
        source[k] = list->synapse[k].source;
        target[k] = list->synapse[k].target;
        weight[k] = list->synapse[k].weight;
        delay[k] = list->synapse[k].delay;
    }
    w->n = list->n;
    return ECP_OK;
}

void ecp_results_name_weights(const struct ecp_results *results, const struct ecp_plan_probe *probe,
                              double time, struct ecp_recorded_weights *out)
{
    const struct ecp_network *network = results->network;
    const struct ecp_plan_projection *p = network->plan->projection[probe->projection];
    const struct ecp_population *target = &network->population[p->target];
    *out = (struct ecp_recorded_weights){
        .probe = probe->name,
        .projection = probe->projection,
        .projection_name = p->name,
        .unit = target->model->fields[target->port_field[p->port_positive]].unit,
        .source_population = p->source,
        .target_population = p->target,
        .time = time};
}

/* Plastic ones from all ranks. Static weights are listed anew from their counters, as
 * the rows hold them, by rank 0. */
static enum ecp_status list_weights(const struct ecp_results *results, int projection, double time,
                                    struct listing *list)
{
    const struct ecp_network *network = results->network;
    const struct ecp_emit emit = {list_batch, list, 1};
    enum ecp_status status = ECP_OK;
    if (network->wide[projection] == ECP_FORM_PLASTIC)
        list_plastic(list, projection, (uint32_t)llround(time / network->plan->dt));
    else if (network->rank == 0)
        status = ecp_connect(&network->connector[projection], 0,
                             (ecp_lid)list->population->plan->size, &emit);
    if (status == ECP_OK && list->no_memory)
        status = ecp_fail(ECP_ENOMEM, "no memory for the weights of %s", list->projection->name);
    status = ecp_ranks_agree(results, status);
    if (status != ECP_OK || network->n_ranks == 1)
        return status;
    void *all = NULL;
    size_t n = 0;
    status = ecp_ranks_join(results, list->synapse, list->n, sizeof *list->synapse, &all, &n);
    if (status != ECP_OK)
        return status;
    free(list->synapse);
    list->synapse = all;
    list->n = list->capacity = network->rank == 0 ? n : 0;
    return ECP_OK;
}

static enum ecp_status take_weights(struct ecp_results *results, const struct ecp_plan_probe *probe,
                                    double time)
{
    const struct ecp_network *network = results->network;
    const struct ecp_plan_projection *p = network->plan->projection[probe->projection];
    struct ecp_recorded_weights *w = &results->recording.weights[results->recording.n_weights];
    struct listing list = {.network = network,
                           .population = &network->population[p->target],
                           .wide = network->wide[probe->projection],
                           .projection = p};
    ecp_results_name_weights(results, probe, time, w);
    results->recording.n_weights++;
    enum ecp_status status = list_weights(results, probe->projection, time, &list);
    if (status == ECP_OK) {
        if (list.n > 0)
            qsort(list.synapse, list.n, sizeof *list.synapse, by_target);
        status = split_columns(w, &list);
    }
    free(list.synapse);
    return ecp_ranks_agree(results, status);
}

static ecp_step time_step(const struct ecp_results *results, double time)
{
    return (ecp_step)llround(time / results->network->plan->dt);
}

enum ecp_status ecp_results_weights(struct ecp_results *results, ecp_step now)
{
    const struct ecp_plan *plan = results->network->plan;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < plan->n_probes; k++) {
        const struct ecp_plan_probe *probe = plan->probe[k];
        if (probe->kind != ECP_PROBE_WEIGHTS)
            continue;
        for (size_t t = 0; t < probe->n_times && status == ECP_OK; t++)
            if (time_step(results, probe->times[t]) == now)
                status = take_weights(results, probe, probe->times[t]);
    }
    return status;
}

ecp_step ecp_results_next_rest(const struct ecp_results *results, ecp_step now)
{
    const struct ecp_plan *plan = results->network->plan;
    ecp_step next = INT64_MAX;
    for (size_t k = 0; k < plan->n_probes; k++) {
        const struct ecp_plan_probe *probe = plan->probe[k];
        for (size_t t = 0; probe->kind == ECP_PROBE_WEIGHTS && t < probe->n_times; t++) {
            const ecp_step at = time_step(results, probe->times[t]);
            if (at > now && at < next)
                next = at;
        }
    }
    return next;
}

/* ---- the store ------------------------------------------------------- */

/* Spikes that are written and that no measure needs leave the memory. */
static void forget_written(struct ecp_results *results)
{
    for (int p = 0; p < results->network->n_populations; p++) {
        results->written_events[p] = results->events[p].n;
        if (!results->network->population[p].keep)
            results->events[p].n = results->written_events[p] = 0;
    }
    for (size_t k = 0; k < results->recording.n_signals; k++)
        results->written_frames[k] = results->recording.signal[k].n_frames;
    results->written_weights = results->recording.n_weights;
    results->unwritten = 0;
    results->last_flush = ecp_clock_seconds();
}

/* What is not yet written, as a recording of its own that borrows. */
static enum ecp_status flush(struct ecp_results *results)
{
    struct ecp_recording part = results->recording;
    const size_t np = part.n_populations, ns = part.n_signals;
    enum ecp_status status;
    part.population = ecp_array(np + 1, sizeof *part.population);
    part.signal = ecp_array(ns + 1, sizeof *part.signal);
    if (!part.population || !part.signal) {
        status = ecp_fail(ECP_ENOMEM, "no memory to write results");
        goto done;
    }
    for (size_t p = 0; p < np; p++) {
        part.population[p] = results->recording.population[p];
        part.population[p].event = results->events[p].event + results->written_events[p];
        part.population[p].n_events = results->events[p].n - results->written_events[p];
    }
    for (size_t k = 0; k < ns; k++) {
        const size_t written = results->written_frames[k];
        part.signal[k] = results->recording.signal[k];
        part.signal[k].start += (double)written * part.signal[k].interval;
        part.signal[k].n_frames -= written;
        if (part.signal[k].data)
            part.signal[k].data += written * part.signal[k].n_columns;
    }
    part.weights += results->written_weights;
    part.n_weights -= results->written_weights;
    ECP_TRY(ecp_store_flush(results->network->options.store, &part));
    forget_written(results);
done:
    free(part.population);
    free(part.signal);
    return status;
}

enum ecp_status ecp_results_collect(struct ecp_results *results, ecp_step now, int all)
{
    struct ecp_recording *r = &results->recording;
    enum ecp_status status = ECP_OK;
    r->duration = (double)now * results->network->plan->dt;
    r->n_steps = (ecp_step)llround(r->duration / r->dt);
    r->counted = 0; /* anew: a sum over spans would depend on how long they were */
    if (r->n_phases > 0)
        r->phase[r->n_phases - 1].stop = r->duration;
    for (size_t k = 0; k < r->n_phases; k++)
        if (!r->phase[k].discarded)
            r->counted += r->phase[k].stop - r->phase[k].start;
    for (int p = 0; p < results->network->n_populations; p++)
        if (results->network->population[p].record)
            ECP_TRY(merge_events(results, p));
    for (size_t k = 0; k < results->n_probes; k++) {
        struct ecp_probe_run *run = &results->probe[k];
        if (run->plan->kind == ECP_PROBE_RATE) {
            ECP_TRY(close_bins(results, run, now));
            continue;
        }
        if (run->plan->kind == ECP_PROBE_STRUCTURE)
            continue; /* taken at its updates */
        ECP_TRY(ecp_ranks_frames(results, run));
        ECP_TRY(append_frames(results, run, run->frame, run->n_frames));
        run->n_frames = 0; /* taken: a failure later must not take them again */
    }
    const double age = ecp_clock_seconds() - results->last_flush;
    int due = results->network->options.store && (all || results->unwritten > FLUSH_ITEMS ||
                                                  (results->unwritten > 0 && age > FLUSH_SECONDS));
    ecp_ranks_tell(results, &due);
    if (due || all)
        gather_statistics(results);
    if (due && results->network->options.store)
        ECP_TRY(flush(results));
    for (int p = 0; p < results->network->n_populations; p++) {
        r->population[p].event = results->events[p].event;
        r->population[p].n_events = results->events[p].n;
    }
done:
    return status;
}
