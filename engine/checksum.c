/* One number for all weights and targets, whatever the number of workers. */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/machine.h"
#include "engine/plastic.h"
#include "mpi/comm.h"

static uint64_t mixed(uint64_t x)
{
    x ^= x >> 31;
    x *= UINT64_C(0x7fb5d329728ea185);
    x ^= x >> 27;
    x *= UINT64_C(0x81dadef4bc2dd44d);
    return x ^ x >> 33;
}

/* One worker's rows, and the global id of each of its slots. */
struct reading {
    const struct ecp_worker *worker;
    const struct ecp_rows *rows;
    ecp_gid *gid;
    int wide;
};

static ecp_gid *gids_of_slots(const struct ecp_worker *worker)
{
    const struct ecp_network *network = worker->network;
    ecp_gid *gid = ecp_array((size_t)worker->n_slots + 1, sizeof *gid);
    for (int p = 0; gid && p < network->n_populations; p++) {
        const struct ecp_share *share = &worker->share[p];
        for (ecp_lid j = 0; j < share->n; j++)
            gid[share->slot + j] = network->population[p].plan->first + share->first + j;
    }
    return gid;
}

/* What all synapses of a piece share goes into `like`. */
static uint64_t synapse_hash(uint64_t like, ecp_gid target, uint64_t weight)
{
    return mixed(like + target * UINT64_C(0x9e3779b97f4a7c15) + (weight << 3));
}

static uint64_t piece_like(ecp_gid source, uint64_t delay, uint64_t port)
{
    return mixed(mixed(source + 1) + (delay << 8 | port));
}

static uint64_t compact_piece(const struct reading *r, uint64_t at, ecp_gid source, uint64_t delay)
{
    const uint32_t *words = r->rows->words;
    const uint32_t n = words[at] & ECP_COUNT_MAX;
    const uint32_t lane = words[at] >> (ECP_COUNT_BITS + ECP_GAP_BITS);
    const uint32_t sections = r->worker->n_slots / ECP_SECTION + 1;
    const uint64_t like = piece_like(source, delay, lane / sections);
    const ecp_gid *gid = r->gid + (size_t)(lane % sections) * ECP_SECTION;
    uint64_t sum = 0;
    for (uint64_t k = at + 1; k <= at + n; k++)
        sum += synapse_hash(like, gid[words[k] % ECP_SECTION], words[k] >> 16);
    return sum;
}

static uint64_t wide_piece(const struct reading *r, uint64_t at, ecp_gid source, uint64_t delay)
{
    const struct ecp_wide *words = r->rows->words;
    const uint32_t n_slots = r->worker->n_slots;
    uint64_t sum = 0;
    for (uint64_t k = at + 1; k <= at + words[at].slot; k++) {
        const uint64_t like = piece_like(source, delay, words[k].slot / n_slots);
        uint64_t weight = 0;
        memcpy(&weight, &words[k].weight, sizeof words[k].weight);
        sum += synapse_hash(like, r->gid[words[k].slot % n_slots], mixed(weight));
    }
    return sum;
}

/* A synapse in the place of its row. */
static uint64_t one_synapse(const struct reading *r, uint32_t synapse, ecp_gid source, uint8_t kind)
{
    const uint32_t sections = r->worker->n_slots / ECP_SECTION + 1;
    const uint32_t lane = r->rows->one[kind].lane;
    const uint64_t like = piece_like(source, r->rows->one[kind].delay, lane / sections);
    const ecp_gid *gid = r->gid + (size_t)(lane % sections) * ECP_SECTION;
    return synapse_hash(like, gid[synapse % ECP_SECTION], synapse >> 16);
}

static uint64_t row_hash(const struct reading *r, ecp_gid source)
{
    const struct ecp_sources *sources = &r->worker->sources;
    if (!ecp_source_is_heard(sources, source))
        return 0;
    const uint64_t number = ecp_source_number(sources, source);
    uint8_t kind;
    const uint32_t *one = ecp_row_one(r->rows, number, &kind);
    if (one)
        return one_synapse(r, *one, source, kind);
    const uint64_t start = ecp_row_start(r->rows, number);
    if (start == ECP_ROW_NONE)
        return 0;
    uint64_t sum = 0, at = ECP_ROW_POSITION(start), delay = (uint64_t)ECP_ROW_DELAY(start);
    for (;;) {
        uint32_t n, gap;
        if (r->wide) {
            const struct ecp_wide header = ((const struct ecp_wide *)r->rows->words)[at];
            n = header.slot;
            gap = (uint32_t)header.weight;
            sum += wide_piece(r, at, source, delay);
        } else {
            const uint32_t header = ((const uint32_t *)r->rows->words)[at];
            n = header & ECP_COUNT_MAX;
            gap = header >> ECP_COUNT_BITS & ECP_GAP_END;
            sum += compact_piece(r, at, source, delay);
        }
        if (gap == ECP_GAP_END)
            return sum;
        delay += gap;
        at += 1 + (uint64_t)n;
    }
}

/* Plastic weights as they are now, from all pieces of one projection. */
static uint64_t plastic_hash(const struct ecp_plastic *plastic, const ecp_gid *gid, uint32_t now)
{
    const ecp_gid first = plastic->worker->network->population[plastic->plan->source].plan->first;
    const size_t n_sources = plastic->worker->network->connector[plastic->projection].n_source;
    ecp_real weight[ECP_VISIT_SIZE];
    uint64_t sum = 0;
    for (size_t source = 0; source < n_sources; source++)
        for (uint32_t p = plastic->start[source]; p < plastic->start[source + 1]; p++) {
            const struct ecp_piece *piece = &plastic->piece[p];
            const uint64_t like = piece_like(first + source, piece->delay, piece->port);
            const ecp_gid *of = gid + plastic->slot + (size_t)piece->section * ECP_SECTION;
            for (uint32_t k = 0; k < piece->n; k++) {
                const uint32_t at = k % ECP_VISIT_SIZE, left = piece->n - k;
                uint64_t bits = 0;
                if (at == 0)
                    ecp_plastic_read(plastic, p, piece->first + k,
                                     left < ECP_VISIT_SIZE ? left : ECP_VISIT_SIZE, now, weight);
                memcpy(&bits, &weight[at], sizeof weight[at]);
                sum += synapse_hash(like, of[plastic->target[piece->first + k]], mixed(bits));
            }
        }
    return sum;
}

static uint64_t worker_hash(const struct ecp_worker *worker)
{
    ecp_gid *gid = gids_of_slots(worker);
    uint64_t sum = 0;
    for (int wide = 0; gid && wide < 2; wide++) {
        const struct ecp_rows *rows = wide ? &worker->wide_rows : &worker->compact_rows;
        const struct reading reading = {worker, rows, gid, wide};
        const ecp_gid n = ecp_rows_exist(rows) ? worker->network->plan->n_neurons : 0;
        for (ecp_gid source = 0; source < n; source++)
            sum += row_hash(&reading, source);
    }
    for (size_t k = 0; gid && worker->plastic && k < worker->plastic->n; k++)
        sum += plastic_hash(&worker->plastic->projection[k], gid, (uint32_t)worker->network->now);
    free(gid);
    return sum;
}

uint64_t ecp_network_weights_checksum(const struct ecp_network *network)
{
    uint64_t sum = 0;
#pragma omp parallel for num_threads(network->n_workers) reduction(+ : sum)
    for (int w = 0; w < network->n_workers; w++)
        sum += worker_hash(&network->worker[w]);
    ecp_comm_sum(network->comm, &sum, 1);
    return sum;
}
