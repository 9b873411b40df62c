/* The exact mode in and out of a checkpoint. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/checkpoint.h"
#include "engine/exact.h"
#include "engine/exact_private.h"
#include "engine/stimulus.h"

/* What one neuron of a share has. */
struct column {
    const char *name;
    void *data;
    size_t size;
};

enum { COLUMNS = 8 };

static void columns_of(const struct ecp_exact_share *e, struct column *column)
{
    const size_t drives = (size_t)e->n_drives;
    const struct column all[COLUMNS] = {{"state", e->state, ECP_EXACT_STATES * sizeof *e->state},
                                        {"time", e->time, sizeof *e->time},
                                        {"free", e->free_at, sizeof *e->free_at},
                                        {"crossing", e->crossing, sizeof *e->crossing},
                                        {"current", e->current, sizeof *e->current},
                                        {"fired", e->fired, sizeof *e->fired},
                                        {"next", e->next, drives * sizeof *e->next},
                                        {"drawn", e->drawn, drives * sizeof *e->drawn}};
    memcpy(column, all, sizeof all);
}

void ecp_checkpoint_put_exact(const struct ecp_worker *worker, struct ecp_archive *archive)
{
    const struct ecp_exact_worker *x = worker->exact;
    if (!x)
        return;
    for (int p = 0; p < worker->network->n_populations; p++) {
        struct column column[COLUMNS];
        columns_of(&x->share[p], column);
        for (size_t k = 0; k < COLUMNS; k++)
            ecp_archive_put(archive, column[k].data, worker->share[p].n, column[k].size,
                            "exact.%d.%s", p, column[k].name);
    }
    ecp_archive_put(archive, x->recent.shot, x->recent.n, sizeof *x->recent.shot, "exact spikes");
}

static enum ecp_status get_share(struct ecp_worker *worker, const struct ecp_archive_reader *reader,
                                 uint64_t block, int p)
{
    struct column column[COLUMNS];
    enum ecp_status status;
    ecp_lid first;
    size_t n;
    columns_of(&worker->exact->share[p], column);
    ECP_TRY(ecp_checkpoint_stretch(reader, block, p, &first, &n));
    const struct ecp_overlap o =
        ecp_checkpoint_overlap(first, n, worker->share[p].first, worker->share[p].n);
    for (size_t k = 0; k < COLUMNS && o.n > 0; k++) {
        const void *data;
        const size_t size = column[k].size;
        if (size == 0)
            continue; /* no drives */
        ECP_TRY(
            ecp_checkpoint_find(reader, block, size, n, &data, "exact.%d.%s", p, column[k].name));
        memcpy((char *)column[k].data + o.to * size, (const char *)data + o.from * size,
               o.n * size);
    }
done:
    return status;
}

/* What given spikes have not arrived yet. */
static void skip_given(struct ecp_worker *worker, double now)
{
    for (size_t k = 0; k < worker->network->plan->n_stimuli; k++) {
        const struct ecp_stimulus_share *s = &worker->stimulus[k];
        size_t *next = &worker->exact->next_event[k];
        *next = 0;
        while (*next < s->n_events && s->event_time[*next] < now)
            ++*next;
    }
}

enum ecp_status ecp_checkpoint_get_exact(struct ecp_worker *worker,
                                         const struct ecp_archive_reader *reader)
{
    struct ecp_exact_worker *x = worker->exact;
    const struct ecp_network *network = worker->network;
    enum ecp_status status = ECP_OK;
    if (!x)
        return ECP_OK;
    const double now = (double)network->now * network->plan->dt;
    ecp_exact_parameters(worker);
    ecp_exact_resume(worker, now);
    for (uint64_t block = 1; block < reader->n_blocks; block++) {
        size_t n = 0;
        for (int p = 0; p < network->n_populations; p++)
            ECP_TRY(get_share(worker, reader, block, p));
        const struct ecp_exact_shot *shot =
            ecp_archive_get(reader, block, sizeof *shot, &n, "exact spikes");
        if (!shot) {
            status = ecp_fail(ECP_EIO, "%s: no spikes in part %llu", reader->path,
                              (unsigned long long)block);
            goto done;
        }
        for (size_t k = 0; k < n; k++) {
            if (shot[k].source >= network->plan->n_neurons ||
                !(shot[k].time >= 0 && shot[k].time <= now)) {
                status = ecp_fail(ECP_EIO, "%s: damaged: a spike that cannot be", reader->path);
                goto done;
            }
            ecp_exact_resend(worker, shot[k], now);
        }
    }
    skip_given(worker, now);
    ecp_exact_file_all(worker);
    status = worker->status;
done:
    return status;
}
