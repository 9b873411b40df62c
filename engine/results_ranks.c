#include "engine/results_ranks.h"

#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/score.h"
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
    return first_of_rank(results->network, p, results->network->rank);
}

size_t ecp_ranks_size(const struct ecp_results *results, int p)
{
    const struct ecp_network *network = results->network;
    return first_of_rank(network, p, network->rank + 1) - first_of_rank(network, p, network->rank);
}

enum ecp_status ecp_ranks_agree(const struct ecp_results *results, enum ecp_status mine)
{
    return ecp_comm_agree(comm_of(results), mine);
}

int ecp_ranks_any(const struct ecp_results *results, int mine)
{
    int64_t any = mine != 0;
    ecp_comm_most(comm_of(results), &any, 1);
    return any != 0;
}

void ecp_ranks_sum(const struct ecp_results *results, uint64_t *values, size_t n)
{
    ecp_comm_sum(comm_of(results), values, n);
}

/* ---- bytes of all ranks on rank 0 ---------------------------------------- */

enum ecp_status ecp_ranks_join(const struct ecp_results *results, const void *mine, size_t n,
                               size_t size, void **all, size_t *total)
{
    const struct ecp_network *network = results->network;
    const size_t n_ranks = (size_t)network->n_ranks;
    enum ecp_status status = ECP_OK;
    char *bytes = NULL;
    uint64_t *each = ecp_array(n_ranks + 1, sizeof *each);
    size_t *first = ecp_array(n_ranks + 1, sizeof *first);
    if (!each || !first)
        status = ecp_fail(ECP_ENOMEM, "no memory for the results of %zu ranks", n_ranks);
    ECP_TRY(ecp_comm_agree(network->comm, status));
    ecp_comm_numbers(network->comm, n * size, each);
    for (size_t r = 0; r < n_ranks; r++)
        first[r + 1] = first[r] + each[r];
    if (network->rank == 0 && !(bytes = malloc(first[n_ranks] + 1)))
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu bytes of results", first[n_ranks]);
    ECP_TRY(ecp_comm_agree(network->comm, status));
    ecp_comm_gather(network->comm, mine, n * size, bytes, first);
    *total = network->rank > 0 ? 0 : first[n_ranks] / size;
    *all = bytes;
done:
    free(each);
    free(first);
    return status;
}

/* ---- counts ---------------------------------------------------------------- */

static void copy_own(struct ecp_results *results, int p)
{
    const struct ecp_network *network = results->network;
    const struct ecp_counts *to = &results->own[p];
    const ecp_lid base = ecp_ranks_first(results, p);
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_share *from = &network->worker[w].share[p];
        const size_t at = from->first - base, n = from->n;
        memcpy(to->count + at, from->count, n * sizeof *to->count);
        memcpy(to->intervals + at, from->intervals, n * sizeof *to->intervals);
        memcpy(to->interval_sum + at, from->interval_sum, n * sizeof *to->interval_sum);
        memcpy(to->interval_square_sum + at, from->interval_square_sum,
               n * sizeof *to->interval_square_sum);
    }
}

static void gather(const struct ecp_results *results, int p, const void *own, void *all,
                   size_t size)
{
    const struct ecp_network *network = results->network;
    for (int r = 0; r <= network->n_ranks; r++)
        results->rank_first[r] = first_of_rank(network, p, r) * size;
    ecp_comm_gather(network->comm, own, ecp_ranks_size(results, p) * size, all,
                    results->rank_first);
}

/* Where rank 0 has room for all: what decides that is the same on all ranks. */
static void gather_counts(const struct ecp_results *results, int p)
{
    const struct ecp_counts *own = &results->own[p], *all = &results->all[p];
    if (results->network->n_ranks == 1 || !results->gathers[p])
        return;
    gather(results, p, own->count, all->count, sizeof *own->count);
    gather(results, p, own->intervals, all->intervals, sizeof *own->intervals);
    gather(results, p, own->interval_sum, all->interval_sum, sizeof *own->interval_sum);
    gather(results, p, own->interval_square_sum, all->interval_square_sum,
           sizeof *own->interval_square_sum);
}

/* What other ranks have added so far comes in `data`, one for each population. */
static void add_intervals(void *context, void *data)
{
    const struct ecp_results *results = context;
    struct ecp_intervals *sum = data;
    for (int p = 0; p < results->network->n_populations; p++) {
        const struct ecp_counts *own = &results->own[p];
        ecp_intervals_add(&sum[p], own->intervals, own->interval_sum, own->interval_square_sum,
                          ecp_ranks_size(results, p));
    }
}

void ecp_ranks_statistics(struct ecp_results *results, int all)
{
    const struct ecp_network *network = results->network;
    struct ecp_recording *r = &results->recording;
    const size_t np = (size_t)network->n_populations;
    uint64_t *number = results->number;
    memset(number, 0, (np + 2) * sizeof *number);
    for (int w = 0; w < network->n_workers; w++) {
        number[np] += network->worker[w].n_spikes;
        number[np + 1] += network->worker[w].checksum;
    }
    for (size_t p = 0; p < np; p++) {
        const size_t n = ecp_ranks_size(results, (int)p);
        copy_own(results, (int)p);
        for (size_t j = 0; j < n; j++)
            number[p] += results->own[p].count[j];
    }
    ecp_ranks_sum(results, number, np + 2);
    for (size_t p = 0; p < np; p++)
        r->population[p].spikes = number[p];
    r->spikes = number[np];
    r->checksum = number[np + 1];
    if (!all)
        return;
    for (size_t p = 0; p < np; p++) {
        results->sum[p] = (struct ecp_intervals){0, 0};
        gather_counts(results, (int)p);
    }
    ecp_comm_relay(network->comm, results->sum, np * sizeof *results->sum, add_intervals, results);
    for (size_t p = 0; p < np; p++)
        r->population[p].summed = results->sum[p];
}

/* ---- bins -------------------------------------------------------------------- */

static enum ecp_status gather_bins(const struct ecp_results *results, struct ecp_probe_run *run)
{
    int64_t most = (int64_t)run->n_bins; /* more than that are empty */
    ecp_comm_most(comm_of(results), &most, 1);
    uint64_t *n = ecp_array((size_t)most + 1, sizeof *n);
    const enum ecp_status status = ecp_ranks_agree(
        results, n ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for the bins of a probe"));
    if (status == ECP_OK) {
        for (size_t b = 0; b < run->n_bins; b++)
            n[b] = atomic_load(&run->bin[b]);
        ecp_ranks_sum(results, n, (size_t)most);
        for (size_t b = 0; b < run->n_bins; b++)
            atomic_store(&run->bin[b], results->network->rank == 0 ? (uint32_t)n[b] : 0);
    }
    free(n);
    return status;
}

enum ecp_status ecp_ranks_bins(struct ecp_results *results)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < results->n_probes && status == ECP_OK; k++)
        if (results->network->n_ranks > 1 && results->probe[k].plan->kind == ECP_PROBE_RATE)
            status = gather_bins(results, &results->probe[k]);
    return status;
}
