#include "engine/sources.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/machine.h"
#include "engine/plastic.h"

/* Below this share of the network's neurons it pays to number those that are heard. */
static const double FEW = 0.25;

struct listing {
    _Atomic uint64_t *bits;
    ecp_gid first;
};

static void mark_batch(void *context, const struct ecp_batch *batch)
{
    const struct listing *list = context;
    for (size_t k = 0; k < batch->n; k++) {
        const ecp_gid gid = list->first + batch->source[k];
        const uint64_t bit = UINT64_C(1) << gid % 64;
        if (!(atomic_load_explicit(&list->bits[gid / 64], memory_order_relaxed) & bit))
            atomic_fetch_or_explicit(&list->bits[gid / 64], bit, memory_order_relaxed);
    }
}

static void mark_sources(struct ecp_worker *worker)
{
    const struct ecp_network *network = worker->network;
    struct listing list = {.bits = (_Atomic uint64_t *)network->sources.bits};
    const struct ecp_emit emit = {mark_batch, &list, 0};
    for (size_t k = 0; k < network->plan->n_projections; k++) {
        const struct ecp_plan_projection *p = network->plan->projection[k];
        const size_t size = network->plan->population[p->target]->size;
        const ecp_lid first = ecp_share_first(network, size, network->rank, worker->id);
        const ecp_lid end = ecp_share_first(network, size, network->rank, worker->id + 1);
        list.first = network->plan->population[p->source]->first;
        const enum ecp_status status =
            ecp_connect(&network->connector[k], first, end - first, &emit);
        if (status != ECP_OK)
            ecp_worker_fail(worker, status);
    }
}

/* Static synapses on the grid, and few for the size of the network. */
static int hears_few(const struct ecp_network *network)
{
    double synapses = 0;
    if (network->n_ranks == 1 || network->plan->time == ECP_TIME_EXACT)
        return 0;
    for (size_t k = 0; k < network->plan->n_projections; k++) {
        const struct ecp_plan_projection *p = network->plan->projection[k];
        if (network->wide[k] == ECP_FORM_PLASTIC)
            return 0;
        synapses += ecp_connector_indegree(&network->connector[k]) *
                    (double)network->plan->population[p->target]->size;
    }
    return synapses / network->n_ranks < FEW * (double)network->plan->n_neurons;
}

enum ecp_status ecp_sources_build(struct ecp_network *network)
{
    struct ecp_sources *sources = &network->sources;
    const ecp_gid n = network->plan->n_neurons;
    const size_t blocks = n / ECP_SOURCES_BLOCK + 2;
    sources->n = n;
    if (!hears_few(network))
        return ECP_OK;
    sources->bits = ecp_array(blocks * (ECP_SOURCES_BLOCK / 64), sizeof *sources->bits);
    sources->before = ecp_array(blocks, sizeof *sources->before);
    if (!sources->bits || !sources->before)
        return ecp_fail(ECP_ENOMEM, "no memory to count the sources of a rank");
    const enum ecp_status status = ecp_network_on_all(network, mark_sources);
    if (status != ECP_OK)
        return status;
    uint64_t count = 0;
    for (size_t b = 0; b < blocks; b++) {
        sources->before[b] = (uint32_t)count;
        for (size_t w = 0; w < ECP_SOURCES_BLOCK / 64; w++)
            count +=
                (uint64_t)__builtin_popcountll(sources->bits[b * (ECP_SOURCES_BLOCK / 64) + w]);
    }
    sources->n = count;
    if (count > UINT32_MAX - 1)
        return ecp_fail(ECP_EARG, "a rank hears more than 4e9 neurons: use more ranks");
    return ECP_OK;
}

void ecp_sources_clear(struct ecp_sources *sources)
{
    free(sources->bits);
    free(sources->before);
    memset(sources, 0, sizeof *sources);
}
