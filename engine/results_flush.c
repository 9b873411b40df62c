/* What ranks hold goes into files, and what is read in the end to rank 0.
 *
 * Everything stays held until all ranks have succeeded, so a failure loses nothing. */
#include <stdlib.h>

#include "engine/alloc.h"
#include "engine/clock.h"
#include "engine/results.h"
#include "engine/results_ranks.h"
#include "engine/store.h"
#include "mpi/comm.h"

/* One stretch on its way: of each population and of each signal. */
struct handing {
    struct ecp_results *results;
    struct ecp_dealt *event, *frame;
    struct ecp_slices slices;
    struct ecp_recording part; /* borrows */
};

static enum ecp_status begin(struct handing *h, struct ecp_results *results)
{
    const size_t np = results->recording.n_populations, ns = results->recording.n_signals;
    *h = (struct handing){.results = results, .part = results->recording};
    h->event = ecp_array(np + 1, sizeof *h->event);
    h->frame = ecp_array(ns + 1, sizeof *h->frame);
    h->slices.event = ecp_array(np + 1, sizeof *h->slices.event);
    h->slices.neuron = ecp_array(np + 1, sizeof *h->slices.neuron);
    h->slices.frame = ecp_array(ns + 1, sizeof *h->slices.frame);
    h->slices.column = ecp_array(ns + 1, sizeof *h->slices.column);
    h->part.population = ecp_array(np + 1, sizeof *h->part.population);
    h->part.signal = ecp_array(ns + 1, sizeof *h->part.signal);
    if (h->event && h->frame && h->slices.event && h->slices.neuron && h->slices.frame &&
        h->slices.column && h->part.population && h->part.signal)
        return ECP_OK;
    return ecp_fail(ECP_ENOMEM, "no memory to hand over results");
}

static void end(struct handing *h)
{
    for (size_t p = 0; h->event && p < h->part.n_populations; p++)
        ecp_dealt_clear(&h->event[p]);
    for (size_t k = 0; h->frame && k < h->part.n_signals; k++)
        ecp_dealt_clear(&h->frame[k]);
    free(h->event);
    free(h->frame);
    free(h->slices.event);
    free(h->slices.neuron);
    free(h->slices.frame);
    free(h->slices.column);
    free(h->part.population);
    free(h->part.signal);
}

/* ---- the stretch ----------------------------------------------------------- */

static enum ecp_status deal_populations(struct handing *h)
{
    const struct ecp_results *results = h->results;
    enum ecp_status status = ECP_OK;
    for (size_t p = 0; p < h->part.n_populations && status == ECP_OK; p++) {
        struct ecp_recorded_population *part = &h->part.population[p];
        const struct ecp_counts *own = &results->own[p];
        *part = results->recording.population[p];
        if (part->recorded)
            status = ecp_deal_events(results, &results->held[p], part->size, &h->event[p]);
        if (status != ECP_OK)
            break;
        part->event = h->event[p].data;
        part->n_events = h->event[p].slice.n;
        h->slices.event[p] = h->event[p].slice;
        part->count = own->count;
        part->intervals = own->intervals;
        part->interval_sum = own->interval_sum;
        part->interval_square_sum = own->interval_square_sum;
        h->slices.neuron[p] = (struct ecp_slice){ecp_ranks_first(results, (int)p),
                                                 ecp_ranks_size(results, (int)p), part->size};
    }
    return status;
}

/* Rates and structure are rank 0's, and stay in its recording. */
static void take_numbers(struct handing *h, const struct ecp_probe_run *run)
{
    struct ecp_recorded_signal *part = &h->part.signal[run->signal];
    const size_t handed = h->results->handed_frames[run->signal];
    if (h->results->network->rank > 0) {
        part->n_frames = 0;
        return;
    }
    part->n_frames -= handed;
    if (part->data)
        part->data += handed * part->n_columns;
    h->slices.frame[run->signal] = (struct ecp_slice){0, part->n_frames, part->n_frames};
}

static enum ecp_status deal_signals(struct handing *h)
{
    struct ecp_results *results = h->results;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < results->n_probes && status == ECP_OK; k++) {
        const struct ecp_probe_run *run = &results->probe[k];
        struct ecp_recorded_signal *part = &h->part.signal[run->signal];
        struct ecp_dealt *dealt = &h->frame[run->signal];
        *part = results->recording.signal[run->signal];
        part->start += (double)results->handed_frames[run->signal] * part->interval;
        if (run->plan->kind != ECP_PROBE_FIELD) {
            take_numbers(h, run);
            continue;
        }
        status = ecp_deal_frames(results, run, dealt);
        if (status != ECP_OK)
            break;
        part->data = dealt->data;
        part->n_frames = dealt->slice.n;
        h->slices.frame[run->signal] = dealt->slice;
        h->slices.column[run->signal] =
            (struct ecp_slice){run->first_column, run->n_columns, run->n_all};
    }
    return status;
}

/* ---- what stays in memory ---------------------------------------------------- */

static enum ecp_status keep_events(struct handing *h, size_t p)
{
    struct ecp_results *results = h->results;
    const struct ecp_dealt *dealt = &h->event[p];
    struct ecp_events *kept = &results->kept[p];
    struct ecp_spike *all = dealt->data;
    size_t n = dealt->slice.n;
    enum ecp_status status = ECP_OK;
    if (results->network->n_ranks > 1)
        status =
            ecp_ranks_join(results, dealt->data, dealt->slice.n, sizeof *all, (void **)&all, &n);
    if (status != ECP_OK)
        return status;
    status = ecp_events_reserve(kept, n);
    for (size_t k = 0; k < n && status == ECP_OK; k++)
        kept->event[kept->n + k] = all[k];
    if (results->network->n_ranks > 1)
        free(all);
    status = ecp_ranks_agree(results, status);
    kept->n += status == ECP_OK ? n : 0;
    return status;
}

static enum ecp_status keep_frames(struct handing *h, const struct ecp_probe_run *run)
{
    struct ecp_results *results = h->results;
    const struct ecp_dealt *dealt = &h->frame[run->signal];
    void *all = dealt->data;
    size_t n = dealt->slice.n * run->n_all;
    enum ecp_status status = ECP_OK;
    if (results->network->n_ranks > 1)
        status = ecp_ranks_join(results, dealt->data, n, sizeof(ecp_real), &all, &n);
    if (status != ECP_OK)
        return status;
    if (results->network->rank == 0)
        status = ecp_results_append(results, run, all, dealt->slice.total);
    if (results->network->n_ranks > 1)
        free(all);
    return ecp_ranks_agree(results, status);
}

/* Nothing is held any more, whatever happens: it is in the files. */
static enum ecp_status keep(struct handing *h)
{
    struct ecp_results *results = h->results;
    const struct ecp_network *network = results->network;
    enum ecp_status status = ECP_OK;
    for (size_t p = 0; p < h->part.n_populations; p++) {
        if (status == ECP_OK && network->population[p].record && network->population[p].keep)
            status = keep_events(h, p);
        results->held[p].n = 0;
        results->recording.population[p].event = results->kept[p].event;
        results->recording.population[p].n_events = results->kept[p].n;
    }
    for (size_t k = 0; k < results->n_probes; k++) {
        struct ecp_probe_run *run = &results->probe[k];
        const int is_field = run->plan->kind == ECP_PROBE_FIELD;
        if (status == ECP_OK && is_field && run->keep)
            status = keep_frames(h, run);
        results->handed_frames[run->signal] +=
            is_field ? run->n_held : h->slices.frame[run->signal].n;
        run->n_held = 0;
    }
    results->unwritten = 0;
    results->last_flush = ecp_clock_seconds();
    return status;
}

/* ---- all of it ----------------------------------------------------------------- */

static enum ecp_status flush(struct handing *h, int all)
{
    struct ecp_results *results = h->results;
    h->part.weights += results->written_weights;
    h->part.n_weights -= results->written_weights;
    h->slices.without_counts = !all && results->network->plan->n_neurons > ECP_FEW_NEURONS;
    const enum ecp_status status =
        ecp_store_flush(results->network->options.store, &h->part, &h->slices);
    if (status == ECP_OK)
        results->written_weights = results->recording.n_weights;
    return status;
}

enum ecp_status ecp_results_hand_over(struct ecp_results *results, int all)
{
    struct handing h;
    ecp_ranks_statistics(results, all);
    const enum ecp_status begun = begin(&h, results);
    enum ecp_status status;
    ECP_TRY(ecp_ranks_agree(results, begun));
    for (size_t p = 0; p < h.part.n_populations; p++)
        h.part.population[p] = results->recording.population[p];
    ECP_TRY(deal_populations(&h));
    ECP_TRY(deal_signals(&h));
    if (results->network->options.store)
        ECP_TRY(flush(&h, all));
    status = keep(&h);
done:
    end(&h);
    return status;
}

/* The run has handed over all its stretches: the last one is empty but for what is known
 * at the end. */
enum ecp_status ecp_results_finish(struct ecp_results *results)
{
    struct handing h;
    enum ecp_status status;
    ecp_ranks_statistics(results, 0);
    const enum ecp_status begun = begin(&h, results);
    ECP_TRY(ecp_ranks_agree(results, begun));
    ECP_TRY(deal_populations(&h));
    ECP_TRY(deal_signals(&h));
    h.part.weights += results->written_weights;
    h.part.n_weights -= results->written_weights;
    status = ecp_store_finish(results->network->options.store, &h.part, &h.slices);
done:
    end(&h);
    return status;
}
