#include "engine/results_ranks.h"

#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "mpi/comm.h"

static struct ecp_comm *comm_of(const struct ecp_results *results)
{
    return results->network->comm;
}

static ecp_lid first_of_rank(const struct ecp_network *network, int p, int rank)
{
    return ecp_share_first(network, network->plan->population[p]->size, rank, 0);
}

ecp_lid ecp_ranks_first(const struct ecp_results *results, int p)
{
    const struct ecp_network *network = results->network;
    return network->rank == 0 ? 0 : first_of_rank(network, p, network->rank);
}

size_t ecp_ranks_size(const struct ecp_results *results, int p)
{
    const struct ecp_network *network = results->network;
    if (network->rank == 0)
        return network->plan->population[p]->size;
    return first_of_rank(network, p, network->rank + 1) - first_of_rank(network, p, network->rank);
}

enum ecp_status ecp_ranks_agree(const struct ecp_results *results, enum ecp_status mine)
{
    return ecp_comm_agree(comm_of(results), mine);
}

void ecp_ranks_tell(const struct ecp_results *results, int *number)
{
    ecp_comm_tell(comm_of(results), number, sizeof *number);
}

void ecp_ranks_sum(const struct ecp_results *results, uint64_t *values, size_t n)
{
    ecp_comm_sum(comm_of(results), values, n);
}

/* ---- bytes of all ranks on rank 0 ---------------------------------------- */

struct joined {
    char *bytes;
    size_t *first; /* n_ranks + 1 */
};

static enum ecp_status join(const struct ecp_results *results, const void *mine, size_t bytes,
                            struct joined *out)
{
    const struct ecp_network *network = results->network;
    const size_t n = (size_t)network->n_ranks;
    enum ecp_status status = ECP_OK;
    uint64_t *size = ecp_array(n + 1, sizeof *size);
    *out = (struct joined){NULL, ecp_array(n + 1, sizeof *out->first)};
    if (!size || !out->first)
        status = ecp_fail(ECP_ENOMEM, "no memory for the results of %zu ranks", n);
    ECP_TRY(ecp_comm_agree(network->comm, status));
    ecp_comm_numbers(network->comm, bytes, size);
    for (size_t r = 0; r < n; r++)
        out->first[r + 1] = out->first[r] + size[r];
    if (network->rank == 0 && !(out->bytes = malloc(out->first[n] + 1)))
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu bytes of results", out->first[n]);
    ECP_TRY(ecp_comm_agree(network->comm, status));
    ecp_comm_gather(network->comm, mine, bytes, out->bytes, out->first);
done:
    free(size);
    if (status != ECP_OK) {
        free(out->first);
        out->first = NULL;
    }
    return status;
}

enum ecp_status ecp_ranks_join(const struct ecp_results *results, const void *mine, size_t n,
                               size_t size, void **all, size_t *total)
{
    struct joined joined;
    const enum ecp_status status = join(results, mine, n * size, &joined);
    if (status != ECP_OK)
        return status;
    *total = results->network->rank > 0 ? 0 : joined.first[results->network->n_ranks] / size;
    *all = joined.bytes;
    free(joined.first);
    return ECP_OK;
}

/* ---- spikes ---------------------------------------------------------------- */

static enum ecp_status split_events(const struct joined *joined, size_t n,
                                    struct ecp_events **theirs)
{
    struct ecp_events *list = ecp_array(n + 1, sizeof *list);
    for (size_t r = 0; list && r < n; r++) {
        const size_t bytes = joined->first[r + 2] - joined->first[r + 1];
        list[r].n = list[r].capacity = bytes / sizeof *list[r].event;
        if (!(list[r].event = malloc(bytes + 1))) {
            while (r-- > 0)
                free(list[r].event);
            free(list);
            list = NULL;
            break;
        }
        if (bytes > 0)
            memcpy(list[r].event, joined->bytes + joined->first[r + 1], bytes);
    }
    if (!list)
        return ecp_fail(ECP_ENOMEM, "no memory for the spikes of other ranks");
    *theirs = list;
    return ECP_OK;
}

enum ecp_status ecp_ranks_events(struct ecp_results *results, int p, enum ecp_status mine,
                                 struct ecp_events **theirs, size_t *n)
{
    const struct ecp_network *network = results->network;
    struct ecp_events *own = &results->events[p];
    struct joined joined = {NULL, NULL};
    enum ecp_status status = mine;
    if (network->n_ranks == 1)
        return status;
    ECP_TRY(ecp_comm_agree(network->comm, status));
    ECP_TRY(
        join(results, own->event, network->rank == 0 ? 0 : own->n * sizeof *own->event, &joined));
    if (network->rank == 0) {
        *n = (size_t)network->n_ranks - 1;
        status = split_events(&joined, *n, theirs);
        if (status != ECP_OK)
            *n = 0;
    } else
        own->n = 0;
done:
    free(joined.bytes);
    free(joined.first);
    return ecp_comm_agree(network->comm, status);
}

/* ---- counts ---------------------------------------------------------------- */

static void gather(const struct ecp_results *results, int p, const void *array, size_t size,
                   size_t *first)
{
    const struct ecp_network *network = results->network;
    for (int r = 0; r <= network->n_ranks; r++)
        first[r] = first_of_rank(network, p, r) * size;
    const size_t bytes = first[network->rank + 1] - first[network->rank];
    ecp_comm_gather(network->comm, array, bytes,
                    network->rank == 0 ? (void *)(uintptr_t)array : NULL, first);
}

void ecp_ranks_statistics(const struct ecp_results *results, int p)
{
    const struct ecp_network *network = results->network;
    const struct ecp_recorded_population *r = &results->recording.population[p];
    if (network->n_ranks == 1)
        return;
    gather(results, p, r->count, sizeof *r->count, results->rank_first);
    gather(results, p, r->intervals, sizeof *r->intervals, results->rank_first);
    gather(results, p, r->interval_sum, sizeof *r->interval_sum, results->rank_first);
    gather(results, p, r->interval_square_sum, sizeof *r->interval_square_sum, results->rank_first);
}

void ecp_ranks_bins(struct ecp_results *results)
{
    const struct ecp_network *network = results->network;
    for (size_t k = 0; k < results->n_probes && network->n_ranks > 1; k++) {
        struct ecp_probe_run *run = &results->probe[k];
        int64_t most = (int64_t)run->n_bins; /* more than that are empty */
        ecp_comm_most(network->comm, &most, 1);
        for (size_t b = 0; b < (size_t)most; b++) {
            uint64_t n = b < run->n_bins ? atomic_load(&run->bin[b]) : 0;
            ecp_comm_sum(network->comm, &n, 1);
            if (b < run->n_bins)
                atomic_store(&run->bin[b], network->rank == 0 ? (uint32_t)n : 0);
        }
    }
}

/* ---- samples --------------------------------------------------------------- */

/* Columns of rank 0's frames that belong to rank r. */
static void columns_of(const struct ecp_results *results, const struct ecp_probe_run *run, int r,
                       size_t *first, size_t *end)
{
    const struct ecp_network *network = results->network;
    const ecp_lid low = first_of_rank(network, run->population, r);
    const ecp_lid high = first_of_rank(network, run->population, r + 1);
    *first = *end = 0;
    for (size_t k = 0; k < run->n_columns; k++) {
        *first += run->index[k] < low;
        *end += run->index[k] < high;
    }
}

static void place_columns(const struct ecp_results *results, struct ecp_probe_run *run,
                          const struct joined *joined)
{
    for (int r = 1; r < results->network->n_ranks; r++) {
        const ecp_real *from = (const ecp_real *)(const void *)(joined->bytes + joined->first[r]);
        size_t first, end;
        columns_of(results, run, r, &first, &end);
        for (size_t k = 0; k < run->n_frames && end > first; k++, from += end - first)
            memcpy(run->frame + k * run->n_columns + first, from, (end - first) * sizeof *from);
    }
}

enum ecp_status ecp_ranks_frames(const struct ecp_results *results, struct ecp_probe_run *run)
{
    const struct ecp_network *network = results->network;
    struct joined joined;
    if (network->n_ranks == 1)
        return ECP_OK;
    const size_t n = network->rank == 0 ? 0 : run->n_frames * run->n_columns;
    const enum ecp_status status = join(results, run->frame, n * sizeof *run->frame, &joined);
    if (status != ECP_OK)
        return status;
    if (network->rank == 0)
        place_columns(results, run, &joined);
    else
        run->n_frames = 0;
    free(joined.bytes);
    free(joined.first);
    return ECP_OK;
}
