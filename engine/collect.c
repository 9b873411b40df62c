/* After a span: workers' spikes, samples and bins become one recording. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/clock.h"
#include "engine/results.h"
#include "engine/results_ranks.h"
#include "engine/structural.h"

/* A stretch is written when it is this old, or this large. */
static const double FLUSH_SECONDS = 5;
static const size_t FLUSH_ITEMS = 4000000;

/* ---- spikes ---------------------------------------------------------- */

enum ecp_status ecp_events_reserve(struct ecp_events *events, size_t more)
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

/* Workers own ascending ranges and record by step: a merge by step gives the order (step,
 * index). They are emptied. */
static enum ecp_status take_events(struct ecp_results *results, int p)
{
    const struct ecp_network *network = results->network;
    const size_t n = (size_t)network->n_workers;
    struct ecp_events *to = &results->held[p];
    size_t total = 0, *first = ecp_array(n + 1, sizeof *first);
    struct ecp_spike *spare = NULL;
    for (size_t w = 0; w < n; w++)
        total += network->worker[w].events[p].n;
    enum ecp_status status = ecp_events_reserve(to, total);
    if (status == ECP_OK && n > 1)
        spare = malloc((total + 1) * sizeof *spare);
    if (status == ECP_OK && (!first || (n > 1 && !spare)))
        status = ecp_fail(ECP_ENOMEM, "no memory to merge spikes");
    for (size_t w = 0; w < n && status == ECP_OK; w++) {
        struct ecp_events *from = &network->worker[w].events[p];
        if (from->n > 0)
            memcpy(to->event + to->n + first[w], from->event, from->n * sizeof *from->event);
        first[w + 1] = first[w] + from->n;
        from->n = 0;
    }
    if (status == ECP_OK && total > 0) {
        ecp_events_merge(to->event + to->n, spare, first, n);
        to->n += total;
        results->unwritten += total;
    }
    free(first);
    free(spare);
    return status;
}

/* ---- signals --------------------------------------------------------- */

enum ecp_status ecp_results_append(struct ecp_results *results, const struct ecp_probe_run *run,
                                   const ecp_real *frame, size_t n)
{
    struct ecp_recorded_signal *signal = &results->recording.signal[run->signal];
    size_t *capacity = &results->signal_capacity[run->signal];
    if (n == 0)
        return ECP_OK;
    if (signal->n_frames + n > *capacity) {
        const size_t larger = (signal->n_frames + n) * 3 / 2 + 16;
        ecp_real *grown = realloc((void *)signal->data, (larger * run->n_all + 1) * sizeof *grown);
        if (!grown)
            return ecp_fail(ECP_ENOMEM, "no memory for the samples of %s", signal->probe);
        signal->data = grown;
        *capacity = larger;
    }
    memcpy((ecp_real *)signal->data + signal->n_frames * run->n_all, frame,
           n * run->n_all * sizeof *frame);
    signal->n_frames += n;
    return ECP_OK;
}

/* Frames of a span wait beside those before. */
static enum ecp_status hold_frames(struct ecp_results *results, struct ecp_probe_run *run)
{
    const size_t n = run->n_held + run->n_frames, width = run->n_columns * sizeof *run->held;
    if (n > run->held_capacity) {
        ecp_real *grown = realloc(run->held, n * 3 / 2 * width + 1);
        if (!grown)
            return ecp_fail(ECP_ENOMEM, "no memory for the samples of %s", run->plan->name);
        run->held = grown;
        run->held_capacity = n * 3 / 2;
    }
    if (run->n_frames * width > 0)
        memcpy(run->held + run->n_held * run->n_columns, run->frame, run->n_frames * width);
    run->n_held = n;
    results->unwritten += run->n_frames * (run->n_columns + 1);
    run->n_frames = 0; /* taken: a failure later must not take them again */
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
    uint64_t *count = ecp_array(n + 1, sizeof *count);
    enum ecp_status status =
        count ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for the bins of %s", run->plan->name);
    status = ecp_ranks_agree(results, status);
    for (size_t k = 0; k < n && status == ECP_OK; k++)
        count[k] = atomic_load(&run->bin[k]);
    if (status == ECP_OK && n > 0)
        ecp_ranks_sum(results, count, n);
    for (size_t k = 0; k < n && status == ECP_OK && results->network->rank == 0; k++) {
        const ecp_real hz = (ecp_real)((double)count[k] * to_hz);
        status = ecp_results_append(results, run, &hz, 1);
        results->unwritten++;
    }
    free(count);
    status = ecp_ranks_agree(results, status);
    if (status != ECP_OK)
        return status;
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
        if (results->network->rank > 0)
            continue;
        if (results->recording.signal[run->signal].n_frames == 0)
            results->recording.signal[run->signal].start = (double)now * results->network->plan->dt;
        status = ecp_results_append(results, run, &value, 1);
        results->unwritten++;
    }
    return status;
}

/* ---- after a span ------------------------------------------------------ */

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
    for (int p = 0; p < results->network->n_populations && status == ECP_OK; p++)
        if (results->network->population[p].record)
            status = take_events(results, p);
    for (size_t k = 0; k < results->n_probes && status == ECP_OK; k++)
        if (results->probe[k].plan->kind == ECP_PROBE_FIELD)
            status = hold_frames(results, &results->probe[k]);
    ECP_TRY(ecp_ranks_agree(results, status));
    for (size_t k = 0; k < results->n_probes; k++)
        if (results->probe[k].plan->kind == ECP_PROBE_RATE)
            ECP_TRY(close_bins(results, &results->probe[k], now));
    const double age = ecp_clock_seconds() - results->last_flush;
    const int is_old = results->network->options.store && age > FLUSH_SECONDS;
    const int due = results->unwritten > FLUSH_ITEMS || (results->unwritten > 0 && is_old);
    if (all || ecp_ranks_any(results, due))
        status = ecp_results_hand_over(results, all);
done:
    return status;
}
