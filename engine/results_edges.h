/* results_edges.h -- all synapses of a plastic projection on their way into a file (private
 * to results_edges.c and results_edges_index.c).
 *
 * Edges are ordered by target, so those of a rank, and of a worker, are one stretch. */
#ifndef ECP_RESULTS_EDGES_H
#define ECP_RESULTS_EDGES_H

#include "engine/plastic.h"
#include "engine/results.h"
#include "engine/store.h"

/* Consecutive edges [first, end) of one source. */
struct ecp_edge_run {
    uint64_t first, end, source;
};

struct ecp_edge_listing {
    const struct ecp_results *results;
    const struct ecp_network *network;
    int projection;
    size_t n_sources, n_targets; /* targets: the own ones */
    ecp_lid base;                /* the first of them */
    uint64_t edge;               /* number of the first own edge, */
    uint64_t n, n_all;           /* own edges and those of all ranks */
    uint64_t *first;             /* n_targets + 1: first edge of each target, from 0 here */
    uint32_t *placed;            /* n_targets: of its synapses so far */

    /* Some own targets, and the columns of their edges. */
    ecp_lid low, high;
    size_t capacity;
    ecp_lid *source, *target;
    ecp_real *weight;
    float *delay;

    /* Runs of each source, of all ranks; `begin` sums them up (n_sources + 1). `ends`: the
     * source of the first own edge and of the last one, of every rank. */
    uint64_t *begin, *ends[2];

    /* Edges of one source, and rows that are not yet written. */
    uint64_t *number, *spare;
    size_t number_capacity;
    int64_t (*row)[2];
    int no_memory;
};

static inline const struct ecp_plastic *ecp_edges_part(const struct ecp_edge_listing *l, int worker)
{
    return ecp_plastic_of(&l->network->worker[worker], l->projection);
}

/* Target 0 of the piece's section, in the population. */
static inline ecp_lid ecp_edges_base(const struct ecp_plastic *plastic,
                                     const struct ecp_piece *piece)
{
    return plastic->first_target + (ecp_lid)piece->section * ECP_SECTION;
}

enum ecp_status ecp_edges_no_memory(const struct ecp_edge_listing *l);

/* Count the runs of every source; *n of all ranks. All ranks; ECP_ENOMEM. */
enum ecp_status ecp_edges_count_runs(struct ecp_edge_listing *l, uint64_t *n);

/* Both indices into the file. All ranks; ECP_ENOMEM. */
enum ecp_status ecp_edges_put_sources(struct ecp_edge_listing *l, struct ecp_store_edges *edges);
void ecp_edges_put_targets(struct ecp_edge_listing *l, struct ecp_store_edges *edges);

#endif
