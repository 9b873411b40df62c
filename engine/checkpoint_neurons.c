/* Neurons, stimuli, couplings and spikes under way, in and out of a checkpoint. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/checkpoint.h"
#include "engine/flight.h"
#include "engine/gap.h"
#include "engine/stimulus.h"

/* ---- helpers ------------------------------------------------------------- */

enum ecp_status ecp_checkpoint_find(const struct ecp_archive_reader *reader, uint64_t block,
                                    size_t size, size_t n, const void **out, const char *name, ...)
{
    char text[128];
    size_t there = 0;
    va_list list;
    va_start(list, name);
    (void)vsnprintf(text, sizeof text, name, list);
    va_end(list);
    const void *data = ecp_archive_get(reader, block, size, &there, "%s", text);
    if (!data || there != n)
        return ecp_fail(ECP_EIO,
                        "%s: %s of part %llu is missing or of another size: not of this "
                        "network",
                        reader->path, text, (unsigned long long)block);
    *out = data;
    return ECP_OK;
}

struct ecp_overlap ecp_checkpoint_overlap(ecp_lid saved_first, size_t saved_n, ecp_lid own_first,
                                          size_t own_n)
{
    const size_t saved_end = saved_first + saved_n, own_end = own_first + own_n;
    const size_t low = saved_first > own_first ? saved_first : own_first;
    const size_t high = saved_end < own_end ? saved_end : own_end;
    if (low >= high)
        return (struct ecp_overlap){0, 0, 0};
    return (struct ecp_overlap){low - saved_first, low - own_first, high - low};
}

enum ecp_status ecp_checkpoint_stretch(const struct ecp_archive_reader *reader, uint64_t block,
                                       int p, ecp_lid *first, size_t *n)
{
    const void *data;
    const enum ecp_status status =
        ecp_checkpoint_find(reader, block, sizeof(uint32_t), 2, &data, "share.%d", p);
    if (status != ECP_OK)
        return status;
    *first = ((const uint32_t *)data)[0];
    *n = ((const uint32_t *)data)[1];
    return ECP_OK;
}

/* ---- neurons ------------------------------------------------------------- */

/* Columns of a population's share that a run changes: how wide, and where. */
struct column {
    char name[32];
    void *data;
    size_t size; /* of what one neuron has */
};

enum { MAX_COLUMNS = ECP_MAX_FIELDS + 8 };

static size_t columns_of(const struct ecp_worker *worker, int p, struct column *column)
{
    const struct ecp_population *population = &worker->network->population[p];
    struct ecp_share *share = &worker->share[p];
    size_t n = 0;
    for (size_t f = 0; f < population->n_fields; f++) {
        const enum ecp_field_kind kind = population->model->fields[f].kind;
        if (kind != ECP_STATE && kind != ECP_COUNTER)
            continue;
        const int counter = kind == ECP_COUNTER;
        column[n] =
            (struct column){.data = counter ? (void *)share->counter[f] : (void *)share->column[f],
                            .size = counter ? sizeof(uint16_t) : sizeof(ecp_real)};
        (void)snprintf(column[n++].name, sizeof column->name, "field %zu", f);
    }
    const struct column statistics[] = {
        {"count", share->count, sizeof *share->count},
        {"intervals", share->intervals, sizeof *share->intervals},
        {"interval sum", share->interval_sum, sizeof *share->interval_sum},
        {"interval squares", share->interval_square_sum, sizeof *share->interval_square_sum},
        {"last", share->last, sizeof *share->last}};
    memcpy(column + n, statistics, sizeof statistics);
    return n + sizeof statistics / sizeof statistics[0];
}

static void put_shots(struct ecp_archive *archive, const struct ecp_shots *shots)
{
    ecp_archive_put(archive, shots->shot, shots->n, sizeof *shots->shot, "spikes");
}

static void put_couplings(const struct ecp_worker *worker, struct ecp_archive *archive)
{
    const struct ecp_network *network = worker->network;
    for (size_t k = 0; k < network->n_published; k++) {
        const struct ecp_published *p = &network->published[k];
        const struct ecp_share *share = &worker->share[p->population];
        for (uint32_t ago = 0; ago < p->n_copies; ago++)
            ecp_archive_put(
                archive, p->copy[(network->now - (ecp_step)ago) & (p->n_copies - 1)] + share->first,
                share->n, sizeof(ecp_real), "shown.%zu.%u", k, ago);
    }
}

static void put_stimuli(const struct ecp_worker *worker, struct ecp_archive *archive)
{
    for (size_t k = 0; k < worker->network->plan->n_stimuli; k++) {
        const struct ecp_stimulus_share *s = &worker->stimulus[k];
        const uint32_t stretch[2] = {worker->share[s->population].first + s->low, s->n};
        if (!s->noise)
            continue;
        ecp_archive_put(archive, stretch, 2, sizeof *stretch, "noise.%zu.share", k);
        ecp_archive_put(archive, s->noise, s->n, sizeof *s->noise, "noise.%zu", k);
    }
}

void ecp_checkpoint_put_neurons(const struct ecp_worker *worker, struct ecp_archive *archive)
{
    struct column column[MAX_COLUMNS];
    const uint64_t totals[3] = {worker->n_spikes, worker->checksum, worker->n_events};
    for (int p = 0; p < worker->network->n_populations; p++) {
        const struct ecp_share *share = &worker->share[p];
        const uint32_t stretch[2] = {share->first, share->n};
        ecp_archive_put(archive, stretch, 2, sizeof *stretch, "share.%d", p);
        const size_t n = columns_of(worker, p, column);
        for (size_t k = 0; k < n; k++)
            ecp_archive_put(archive, column[k].data, share->n, column[k].size, "neurons.%d.%s", p,
                            column[k].name);
    }
    ecp_archive_put(archive, totals, 3, sizeof *totals, "totals");
    put_shots(archive, &worker->recent);
    put_couplings(worker, archive);
    put_stimuli(worker, archive);
}

/* ---- and back ------------------------------------------------------------ */

static enum ecp_status get_population(struct ecp_worker *worker,
                                      const struct ecp_archive_reader *reader, uint64_t block,
                                      int p)
{
    struct column column[MAX_COLUMNS];
    const struct ecp_share *share = &worker->share[p];
    enum ecp_status status;
    ecp_lid first;
    size_t n;
    ECP_TRY(ecp_checkpoint_stretch(reader, block, p, &first, &n));
    const struct ecp_overlap o = ecp_checkpoint_overlap(first, n, share->first, share->n);
    const size_t columns = o.n > 0 ? columns_of(worker, p, column) : 0;
    for (size_t k = 0; k < columns; k++) {
        const void *data;
        const size_t size = column[k].size;
        ECP_TRY(
            ecp_checkpoint_find(reader, block, size, n, &data, "neurons.%d.%s", p, column[k].name));
        memcpy((char *)column[k].data + o.to * size, (const char *)data + o.from * size,
               o.n * size);
    }
done:
    return status;
}

static enum ecp_status get_couplings(struct ecp_worker *worker,
                                     const struct ecp_archive_reader *reader, uint64_t block)
{
    const struct ecp_network *network = worker->network;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < network->n_published; k++) {
        const struct ecp_published *p = &network->published[k];
        const struct ecp_share *share = &worker->share[p->population];
        ecp_lid first;
        size_t n;
        ECP_TRY(ecp_checkpoint_stretch(reader, block, p->population, &first, &n));
        const struct ecp_overlap o = ecp_checkpoint_overlap(first, n, share->first, share->n);
        for (uint32_t ago = 0; o.n > 0 && ago < p->n_copies; ago++) {
            const void *data;
            ecp_real *copy = p->copy[(network->now - (ecp_step)ago) & (p->n_copies - 1)];
            ECP_TRY(ecp_checkpoint_find(reader, block, sizeof(ecp_real), n, &data, "shown.%zu.%u",
                                        k, ago));
            memcpy(copy + share->first + o.to, (const ecp_real *)data + o.from,
                   o.n * sizeof(ecp_real));
        }
    }
done:
    return status;
}

static enum ecp_status get_stimuli(struct ecp_worker *worker,
                                   const struct ecp_archive_reader *reader, uint64_t block)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < worker->network->plan->n_stimuli; k++) {
        struct ecp_stimulus_share *s = &worker->stimulus[k];
        const void *data, *noise;
        if (!s->noise)
            continue;
        ECP_TRY(
            ecp_checkpoint_find(reader, block, sizeof(uint32_t), 2, &data, "noise.%zu.share", k));
        const uint32_t *stretch = data;
        ECP_TRY(ecp_checkpoint_find(reader, block, sizeof *s->noise, stretch[1], &noise,
                                    "noise.%zu", k));
        const struct ecp_overlap o = ecp_checkpoint_overlap(
            stretch[0], stretch[1], worker->share[s->population].first + s->low, s->n);
        if (o.n > 0)
            memcpy(s->noise + o.to, (const double *)noise + o.from, o.n * sizeof *s->noise);
    }
done:
    return status;
}

/* Totals of all go to one: they are only ever summed. */
static enum ecp_status get_totals(struct ecp_worker *worker,
                                  const struct ecp_archive_reader *reader, uint64_t block)
{
    const void *data;
    const enum ecp_status status =
        ecp_checkpoint_find(reader, block, sizeof(uint64_t), 3, &data, "totals");
    if (status != ECP_OK || worker->id > 0 || worker->network->rank > 0)
        return status;
    const uint64_t *totals = data;
    worker->n_spikes += totals[0];
    worker->checksum += totals[1];
    worker->n_events += totals[2];
    return ECP_OK;
}

static enum ecp_status get_spikes(struct ecp_worker *worker,
                                  const struct ecp_archive_reader *reader, uint64_t block)
{
    size_t n = 0;
    const struct ecp_shot *shot =
        ecp_archive_get(reader, block, sizeof(struct ecp_shot), &n, "spikes");
    if (!shot)
        return ecp_fail(ECP_EIO, "%s: no spikes in part %llu", reader->path,
                        (unsigned long long)block);
    const struct ecp_network *network = worker->network;
    for (size_t k = 0; k < n && !worker->exact; k++) {
        if (shot[k].source >= network->plan->n_neurons || shot[k].step < 0 ||
            shot[k].step >= network->now)
            return ecp_fail(ECP_EIO, "%s: damaged: a spike that cannot be", reader->path);
        ecp_flight_resume(worker, shot[k]);
    }
    return worker->status;
}

enum ecp_status ecp_checkpoint_get_neurons(struct ecp_worker *worker,
                                           const struct ecp_archive_reader *reader)
{
    enum ecp_status status = ECP_OK;
    for (uint64_t block = 1; block < reader->n_blocks; block++) {
        for (int p = 0; p < worker->network->n_populations; p++)
            ECP_TRY(get_population(worker, reader, block, p));
        ECP_TRY(get_totals(worker, reader, block));
        ECP_TRY(get_couplings(worker, reader, block));
        ECP_TRY(get_stimuli(worker, reader, block));
        ECP_TRY(get_spikes(worker, reader, block));
    }
    ecp_stimuli_skip(worker, worker->network->now);
done:
    return status;
}
