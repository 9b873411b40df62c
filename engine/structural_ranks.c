/* Structural plasticity on many ranks: what each knows of its own neurons goes to all. */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/structural_wire.h"
#include "mpi/comm.h"

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory for structural plasticity");
}

static enum ecp_status sum_counts(struct ecp_network *network, uint32_t *count, size_t n)
{
    uint64_t *sum = ecp_array(n + 1, sizeof *sum);
    const enum ecp_status status = ecp_comm_agree(network->comm, sum ? ECP_OK : no_memory());
    for (size_t j = 0; status == ECP_OK && j < n; j++)
        sum[j] = count[j];
    if (status == ECP_OK)
        ecp_comm_sum(network->comm, sum, n);
    for (size_t j = 0; status == ECP_OK && j < n; j++)
        count[j] = (uint32_t)sum[j];
    free(sum);
    return status;
}

enum ecp_status ecp_structural_share_counts(struct ecp_network *network,
                                            struct ecp_structural_group *group)
{
    enum ecp_status status = ECP_OK;
    if (network->n_ranks == 1)
        return ECP_OK;
    ECP_TRY(sum_counts(network, group->axons.connected, group->axons.n));
    for (size_t k = 0; k < group->n_parts; k++) {
        struct ecp_elements *e = &group->part[k].dendrites;
        ECP_TRY(sum_counts(network, e->connected, e->n));
        ecp_comm_sum(network->comm, &group->part[k].synapses, 1);
    }
done:
    return status;
}

enum ecp_status ecp_structural_share_elements(struct ecp_network *network, struct ecp_elements *e)
{
    const int n_ranks = network->n_ranks;
    if (n_ranks == 1)
        return ECP_OK;
    size_t *first = ecp_array((size_t)n_ranks + 1, sizeof *first);
    const enum ecp_status status = ecp_comm_agree(network->comm, first ? ECP_OK : no_memory());
    if (status == ECP_OK) {
        for (int r = 0; r <= n_ranks; r++)
            first[r] = ecp_share_first(network, e->n, r, 0) * sizeof(double);
        ecp_comm_share(network->comm, e->calcium, first);
        ecp_comm_share(network->comm, e->z, first);
    }
    free(first);
    return status;
}

enum ecp_status ecp_structural_share_edges(struct ecp_wiring *w, enum ecp_status status)
{
    const struct ecp_network *network = w->network;
    const size_t n_ranks = (size_t)network->n_ranks;
    struct ecp_edge *all = NULL;
    if (n_ranks == 1)
        return status;
    uint64_t *n = ecp_array(n_ranks, sizeof *n);
    size_t *first = ecp_array(n_ranks + 1, sizeof *first);
    if (status == ECP_OK && (!n || !first))
        status = no_memory();
    ECP_TRY(ecp_comm_agree(network->comm, status));
    ecp_comm_numbers(network->comm, w->n, n);
    for (size_t r = 0; r < n_ranks; r++)
        first[r + 1] = first[r] + n[r] * sizeof *all;
    const size_t total = first[n_ranks] / sizeof *all;
    all = ecp_array(total + 64, sizeof *all);
    ECP_TRY(ecp_comm_agree(network->comm, all ? ECP_OK : no_memory()));
    if (w->n > 0)
        memcpy(all + first[network->rank] / sizeof *all, w->edge, w->n * sizeof *all);
    ecp_comm_share(network->comm, all, first);
    free(w->edge);
    w->edge = all;
    w->n = total;
    w->capacity = total + 64;
    all = NULL;
done:
    free(n);
    free(first);
    free(all);
    return status;
}
