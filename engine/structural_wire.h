/* structural_wire.h -- one update of a group of structural projections, from inside. */
#ifndef ECP_STRUCTURAL_WIRE_H
#define ECP_STRUCTURAL_WIRE_H

#include "engine/structural.h"

#define ECP_NEW_SYNAPSE UINT64_MAX

struct ecp_edge {
    uint64_t place; /* among its worker's, before the update; or ECP_NEW_SYNAPSE */
    uint32_t source, column;
    uint32_t age;
    uint32_t dead;
    ecp_real weight; /* magnitude */
};

struct ecp_wiring {
    struct ecp_network *network;
    struct ecp_structural_group *group;
    struct ecp_philox_key key;
    struct ecp_edge *edge;
    size_t n, n_old, capacity; /* edges: those that were there, then new ones */
    size_t *start;             /* of each source among the old ones; one more */
    size_t *choice;            /* room for a list of edges */
    size_t *fresh, *before;    /* last new edge of each source; the one before it */
    size_t n_before;
    int changed;
};

/* Edges by source, then column, then in the order in which they stand; `start` (room for
 * n + 2) follows. ECP_ENOMEM. */
enum ecp_status ecp_structural_sort(struct ecp_wiring *wiring);

/* Those of all ranks, on all, one rank after the other; `status`: of what this rank did so
 * far, on which all agree (engine/structural_ranks.c). */
enum ecp_status ecp_structural_share_edges(struct ecp_wiring *wiring, enum ecp_status status);

/* Pieces are brought to the present, so that what is listed holds now. */
void ecp_structural_bring(const struct ecp_wiring *wiring, ecp_step now);

/* Edges, by source, then column, then age, become the workers' columns: variables of
 * synapses that stay are kept, others begin (engine/structural_rows.c). ECP_ENOMEM. */
enum ecp_status ecp_structural_write_back(const struct ecp_wiring *wiring);

#endif
