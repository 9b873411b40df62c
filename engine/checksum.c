/* One number for all weights and targets, whatever the number of workers. */
#include <string.h>

#include "engine/machine.h"

static uint64_t mixed(uint64_t x)
{
    x ^= x >> 31;
    x *= UINT64_C(0x7fb5d329728ea185);
    x ^= x >> 27;
    x *= UINT64_C(0x81dadef4bc2dd44d);
    return x ^ x >> 33;
}

/* Global id of each of the worker's slots. */
static ecp_gid gid_of_slot(const struct ecp_worker *worker, uint32_t slot)
{
    const struct ecp_network *network = worker->network;
    int p = network->n_populations - 1;
    while (p > 0 && worker->share[p].slot > slot)
        p--;
    const struct ecp_share *share = &worker->share[p];
    return network->population[p].plan->first + share->first + (slot - share->slot);
}

struct synapse {
    ecp_gid source, target;
    uint64_t delay, port, weight;
};

static uint64_t synapse_hash(struct synapse s)
{
    return mixed(mixed(mixed(s.source + 1) + s.target) + (s.delay << 8 | s.port)) + mixed(s.weight);
}

static uint64_t compact_piece(const struct ecp_worker *worker, uint64_t at, struct synapse like)
{
    const uint32_t *words = worker->compact_rows.words;
    const uint32_t n = words[at] & ECP_COUNT_MAX;
    const uint32_t lane = words[at] >> (ECP_COUNT_BITS + ECP_GAP_BITS);
    const uint32_t sections = worker->n_slots / ECP_SECTION + 1;
    uint64_t sum = 0;
    like.port = lane / sections;
    for (uint64_t k = at + 1; k <= at + n; k++) {
        like.target =
            gid_of_slot(worker, lane % sections * ECP_SECTION + (words[k] & (ECP_SECTION - 1)));
        like.weight = words[k] >> 16;
        sum += synapse_hash(like);
    }
    return sum;
}

static uint64_t wide_piece(const struct ecp_worker *worker, uint64_t at, struct synapse like)
{
    const struct ecp_wide *words = worker->wide_rows.words;
    uint64_t sum = 0;
    for (uint64_t k = at + 1; k <= at + words[at].slot; k++) {
        like.port = words[k].slot / worker->n_slots;
        like.target = gid_of_slot(worker, words[k].slot % worker->n_slots);
        like.weight = 0;
        memcpy(&like.weight, &words[k].weight, sizeof words[k].weight);
        sum += synapse_hash(like);
    }
    return sum;
}

static uint64_t row_hash(const struct ecp_worker *worker, int wide, ecp_gid source)
{
    const struct ecp_rows *rows = wide ? &worker->wide_rows : &worker->compact_rows;
    if (!rows->start || rows->start[source] == ECP_ROW_NONE)
        return 0;
    struct synapse like = {source, 0, (uint64_t)ECP_ROW_DELAY(rows->start[source]), 0, 0};
    uint64_t sum = 0, at = ECP_ROW_POSITION(rows->start[source]);
    for (;;) {
        uint32_t n, gap;
        if (wide) {
            const struct ecp_wide header = ((const struct ecp_wide *)rows->words)[at];
            n = header.slot;
            gap = (uint32_t)header.weight;
            sum += wide_piece(worker, at, like);
        } else {
            const uint32_t header = ((const uint32_t *)rows->words)[at];
            n = header & ECP_COUNT_MAX;
            gap = header >> ECP_COUNT_BITS & ECP_GAP_END;
            sum += compact_piece(worker, at, like);
        }
        if (gap == ECP_GAP_END)
            return sum;
        like.delay += gap;
        at += 1 + (uint64_t)n;
    }
}

uint64_t ecp_network_weights_checksum(const struct ecp_network *network)
{
    uint64_t sum = 0;
#pragma omp parallel for num_threads(network->n_workers) reduction(+ : sum)
    for (int w = 0; w < network->n_workers; w++)
        for (ecp_gid source = 0; source < network->plan->n_neurons; source++)
            sum +=
                row_hash(&network->worker[w], 0, source) + row_hash(&network->worker[w], 1, source);
    return sum;
}
