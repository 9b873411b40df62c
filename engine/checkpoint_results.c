/* What was recorded and is still in memory, in and out of a checkpoint: on rank 0, which
 * has it all. */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/checkpoint.h"
#include "engine/results.h"
#include "engine/results_ranks.h"

struct saved_phase {
    double start, stop;
    int64_t discarded;
};

struct saved_signal {
    double start;
    uint64_t n_frames;
    int64_t first; /* step of the first bin that is open, for rates */
};

struct saved_weights {
    double time;
    uint64_t n;
    int64_t projection, probe;
};

/* ---- saving ---------------------------------------------------------------- */

static void put_signals(const struct ecp_results *results, struct ecp_archive *archive)
{
    const struct ecp_recording *r = &results->recording;
    for (size_t k = 0; k < results->n_probes; k++) {
        const struct ecp_probe_run *run = &results->probe[k];
        const struct ecp_recorded_signal *signal = &r->signal[run->signal];
        const struct saved_signal saved = {signal->start, signal->n_frames, run->first};
        ecp_archive_put(archive, &saved, 1, sizeof saved, "probe.%zu", k);
        ecp_archive_put(archive, signal->data, signal->n_frames * signal->n_columns,
                        sizeof(ecp_real), "probe.%zu.data", k);
        ecp_archive_put(archive, (const void *)(uintptr_t)run->bin, run->n_bins, sizeof(uint32_t),
                        "probe.%zu.bins", k);
    }
}

static int64_t probe_of(const struct ecp_plan *plan, const char *name)
{
    for (size_t k = 0; k < plan->n_probes; k++)
        if (plan->probe[k]->name == name)
            return (int64_t)k;
    return -1;
}

static void put_weights(const struct ecp_results *results, struct ecp_archive *archive)
{
    const struct ecp_recording *r = &results->recording;
    for (size_t k = 0; k < r->n_weights; k++) {
        const struct ecp_recorded_weights *w = &r->weights[k];
        const struct saved_weights saved = {w->time, w->n, w->projection,
                                            probe_of(results->network->plan, w->probe)};
        ecp_archive_put(archive, &saved, 1, sizeof saved, "weights.%zu", k);
        ecp_archive_put(archive, w->source, w->n, sizeof *w->source, "weights.%zu.source", k);
        ecp_archive_put(archive, w->target, w->n, sizeof *w->target, "weights.%zu.target", k);
        ecp_archive_put(archive, w->weight, w->n, sizeof *w->weight, "weights.%zu.weight", k);
        ecp_archive_put(archive, w->delay, w->n, sizeof *w->delay, "weights.%zu.delay", k);
    }
}

void ecp_checkpoint_put_results(const struct ecp_results *results, struct ecp_archive *archive)
{
    const struct ecp_recording *r = &results->recording;
    const uint64_t counts[2] = {r->n_phases, r->n_weights};
    ecp_archive_put(archive, counts, 2, sizeof *counts, "results");
    for (size_t k = 0; k < r->n_phases; k++) {
        const struct saved_phase phase = {r->phase[k].start, r->phase[k].stop,
                                          r->phase[k].discarded};
        ecp_archive_put(archive, &phase, 1, sizeof phase, "phase.%zu", k);
    }
    for (int p = 0; p < results->network->n_populations; p++)
        ecp_archive_put(archive, results->kept[p].event, results->kept[p].n,
                        sizeof *results->kept[p].event, "events.%d", p);
    put_signals(results, archive);
    put_weights(results, archive);
    size_t size = 0;
    const void *tally = ecp_results_tally(results, &size);
    ecp_archive_put(archive, tally, size, 1, "tally");
}

/* ---- and back -------------------------------------------------------------- */

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory for what was recorded");
}

static enum ecp_status get_phases(struct ecp_results *results,
                                  const struct ecp_archive_reader *reader, size_t n)
{
    struct ecp_recording *r = &results->recording;
    const struct ecp_plan *plan = results->network->plan;
    enum ecp_status status = ECP_OK;
    if (n > plan->n_phases)
        return ecp_fail(ECP_EIO, "%s: more phases than the config has", reader->path);
    for (size_t k = 0; k < n; k++) {
        const void *data;
        ECP_TRY(
            ecp_checkpoint_find(reader, 0, sizeof(struct saved_phase), 1, &data, "phase.%zu", k));
        const struct saved_phase *phase = data;
        r->phase[k] = (struct ecp_recorded_phase){plan->phase[k]->name, phase->start, phase->stop,
                                                  (int)phase->discarded};
    }
    r->n_phases = n;
done:
    return status;
}

static enum ecp_status get_events(struct ecp_results *results,
                                  const struct ecp_archive_reader *reader)
{
    for (int p = 0; p < results->network->n_populations; p++) {
        struct ecp_events *events = &results->kept[p];
        size_t n = 0;
        const struct ecp_spike *saved =
            ecp_archive_get(reader, 0, sizeof *saved, &n, "events.%d", p);
        if (!saved)
            return ecp_fail(ECP_EIO, "%s: recorded spikes are missing", reader->path);
        free(events->event);
        events->event = malloc((n + 1) * sizeof *events->event);
        if (!events->event)
            return no_memory();
        memcpy(events->event, saved, n * sizeof *saved);
        events->n = events->capacity = n;
        results->recording.population[p].event = events->event;
        results->recording.population[p].n_events = n;
    }
    return ECP_OK;
}

static enum ecp_status get_bins(struct ecp_probe_run *run, const struct ecp_archive_reader *reader,
                                size_t k)
{
    size_t n = 0;
    const uint32_t *saved = ecp_archive_get(reader, 0, sizeof *saved, &n, "probe.%zu.bins", k);
    if (!saved)
        return ecp_fail(ECP_EIO, "%s: bins of a probe are missing", reader->path);
    _Atomic uint32_t *bin = ecp_array(n + 1, sizeof *bin);
    if (!bin)
        return no_memory();
    for (size_t b = 0; b < n; b++)
        atomic_store(&bin[b], saved[b]);
    free((void *)run->bin);
    run->bin = bin;
    run->n_bins = n;
    return ECP_OK;
}

static enum ecp_status get_signals(struct ecp_results *results,
                                   const struct ecp_archive_reader *reader)
{
    enum ecp_status status = ECP_OK;
    const int first_rank = results->network->rank == 0;
    for (size_t k = 0; k < results->n_probes; k++) {
        struct ecp_probe_run *run = &results->probe[k];
        struct ecp_recorded_signal *signal = &results->recording.signal[run->signal];
        const void *data;
        ECP_TRY(
            ecp_checkpoint_find(reader, 0, sizeof(struct saved_signal), 1, &data, "probe.%zu", k));
        const struct saved_signal *saved = data;
        if (run->plan->kind == ECP_PROBE_RATE)
            run->first = saved->first;
        if (!first_rank)
            continue;
        signal->start = saved->start;
        ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(ecp_real),
                                    saved->n_frames * signal->n_columns, &data, "probe.%zu.data",
                                    k));
        const size_t n = saved->n_frames * signal->n_columns;
        ecp_real *copy = malloc((n + 1) * sizeof *copy);
        if (!copy) {
            status = no_memory();
            goto done;
        }
        memcpy(copy, data, n * sizeof *copy);
        free((void *)(uintptr_t)signal->data);
        signal->data = copy;
        signal->n_frames = saved->n_frames;
        results->signal_capacity[run->signal] = saved->n_frames;
        results->handed_frames[run->signal] = saved->n_frames;
        ECP_TRY(get_bins(run, reader, k));
    }
done:
    return status;
}

static enum ecp_status copy_column(const struct ecp_archive_reader *reader, size_t size, size_t n,
                                   void *out, const char *name, size_t k)
{
    const void *data;
    const enum ecp_status status =
        ecp_checkpoint_find(reader, 0, size, n, &data, "weights.%zu.%s", k, name);
    if (status != ECP_OK)
        return status;
    void *copy = ecp_array(n + 1, size);
    if (!copy)
        return no_memory();
    memcpy(copy, data, n * size);
    memcpy(out, &copy, sizeof copy);
    return ECP_OK;
}

static enum ecp_status get_weights(struct ecp_results *results,
                                   const struct ecp_archive_reader *reader, size_t n)
{
    struct ecp_recording *r = &results->recording;
    const struct ecp_plan *plan = results->network->plan;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < n; k++) {
        const void *data;
        ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(struct saved_weights), 1, &data,
                                    "weights.%zu", k));
        const struct saved_weights *saved = data;
        if (saved->projection < 0 || saved->projection >= (int64_t)plan->n_projections ||
            saved->probe < 0 || saved->probe >= (int64_t)plan->n_probes ||
            k >= ecp_results_most_weights(results)) {
            status = ecp_fail(ECP_EIO, "%s: weights of another network", reader->path);
            goto done;
        }
        struct ecp_recorded_weights *w = &r->weights[k];
        ecp_results_name_weights(results, plan->probe[saved->probe], saved->time, w);
        w->n = saved->n;
        r->n_weights = k + 1;
        ECP_TRY(copy_column(reader, sizeof *w->source, w->n, &w->source, "source", k));
        ECP_TRY(copy_column(reader, sizeof *w->target, w->n, &w->target, "target", k));
        ECP_TRY(copy_column(reader, sizeof *w->weight, w->n, &w->weight, "weight", k));
        ECP_TRY(copy_column(reader, sizeof *w->delay, w->n, &w->delay, "delay", k));
    }
    results->written_weights = n;
done:
    return status;
}

enum ecp_status ecp_checkpoint_get_results(struct ecp_results *results,
                                           const struct ecp_archive_reader *reader)
{
    const void *data;
    enum ecp_status status;
    ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(uint64_t), 2, &data, "results"));
    const uint64_t *counts = data;
    ECP_TRY(get_phases(results, reader, counts[0]));
    ECP_TRY(get_signals(results, reader));
    if (results->network->rank > 0)
        goto done;
    ECP_TRY(get_events(results, reader));
    ECP_TRY(get_weights(results, reader, counts[1]));
    size_t size = 0;
    void *tally = ecp_results_tally(results, &size);
    ECP_TRY(ecp_checkpoint_find(reader, 0, 1, size, &data, "tally"));
    if (size > 0)
        memcpy(tally, data, size);
    results->unwritten = 0;
done:
    return status;
}
