#include "engine/sources.h"

#include <string.h>

#include "engine/alloc.h"
#include "engine/machine.h"
#include "engine/plastic.h"

struct listing {
    struct ecp_source_line *line;
    ecp_gid first;
};

static void mark_batch(void *context, const struct ecp_batch *batch)
{
    const struct listing *list = context;
    for (size_t k = 0; k < batch->n; k++) {
        const ecp_gid gid = list->first + batch->source[k];
        const unsigned at = ecp_source_bit(gid);
        list->line[gid / ECP_SOURCES_LINE].word[at / 64] |= UINT64_C(1) << at % 64;
    }
}

static enum ecp_status mark_sources(struct ecp_worker *worker)
{
    const struct ecp_network *network = worker->network;
    struct listing list = {.line = worker->sources.line};
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
            return status;
    }
    return ECP_OK;
}

/* Counts before and within each line; all of them. */
static uint64_t count_sources(struct ecp_source_line *line, size_t n_lines)
{
    uint64_t count = 0;
    for (size_t k = 0; k < n_lines; k++) {
        uint64_t *word = line[k].word, here = 0;
        word[0] = count & UINT32_MAX;
        for (unsigned w = 1; w < 8; w++) {
            if (w % 2 && w > 1)
                word[0] |= here << (32 + ECP_SOURCES_COUNT_BITS * ((w - 3) / 2));
            here += ecp_bits_set(word[w]);
        }
        count += here;
    }
    return count;
}

static enum ecp_status number_sources(struct ecp_worker *worker)
{
    struct ecp_sources *sources = &worker->sources;
    const size_t n_lines = worker->network->plan->n_neurons / ECP_SOURCES_LINE + 1;
    sources->bytes = n_lines * sizeof *sources->line;
    sources->line = ecp_pages(sources->bytes);
    if (!sources->line)
        return ecp_fail(ECP_ENOMEM, "no memory to count the sources of a rank");
    const enum ecp_status status = mark_sources(worker);
    if (status != ECP_OK)
        return status;
    sources->n = count_sources(sources->line, n_lines);
    if (sources->n > UINT32_MAX - 1)
        return ecp_fail(ECP_EARG, "a worker hears more than 4e9 neurons: use more ranks");
    return ECP_OK;
}

static void number_or_fail(struct ecp_worker *worker)
{
    const enum ecp_status status = number_sources(worker);
    if (status != ECP_OK)
        ecp_worker_fail(worker, status);
}

/* Static synapses on the grid, and few for the size of the network. */
static int hear_few(const struct ecp_network *network)
{
    const double workers = (double)network->n_ranks * network->n_workers;
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
    return synapses / workers < ECP_SOURCES_FEW * (double)network->plan->n_neurons;
}

enum ecp_status ecp_sources_build(struct ecp_network *network)
{
    for (int w = 0; w < network->n_workers; w++)
        network->worker[w].sources.n = network->plan->n_neurons;
    return hear_few(network) ? ecp_network_on_all(network, number_or_fail) : ECP_OK;
}

void ecp_sources_clear(struct ecp_sources *sources)
{
    ecp_pages_free(sources->line, sources->bytes);
    memset(sources, 0, sizeof *sources);
}
