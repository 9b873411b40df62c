/* edges.h -- edges given one by one: those in the plan, and lists that stay in their file.
 *
 * A long list is read in pieces of 65,536 edges: once when the config is read, for what is
 * to be known of it as a whole, and once by each rank when the network is built, which
 * keeps the edges onto its own targets until its synapses are made. */
#ifndef ECP_EDGES_H
#define ECP_EDGES_H

#include "engine/plan.h"
#include "engine/store.h"

/* What a list of edges is like as a whole; rows count from 0. Lowest and highest of
 * weights (unit of the port) and delays (ms). Without edges all is 0. */
struct ecp_edges_extent {
    int has_weights, has_delays;
    ecp_lid source, target; /* the largest */
    size_t source_row, target_row;
    ecp_lid self;    /* the first from a number to itself, */
    size_t self_row; /* SIZE_MAX: none */
    double weight[2], delay[2];
    size_t weight_row[2], delay_row[2];
    double first_weight;
    int sign; /* of the first weight that is not 0; else 0 */
};

struct ecp_connector;

/* One more piece; the first has first = 0. */
void ecp_edges_extend(struct ecp_edges_extent *extent, const struct ecp_edges_piece *piece);

/* Of the projection's edges; O(edges) where they are in the plan. */
struct ecp_edges_extent ecp_edges_extent_of(const struct ecp_plan_projection *p);
/* With rule explicit: weights, delays are given edge by edge. */
int ecp_edges_have_weights(const struct ecp_plan_projection *p);
int ecp_edges_have_delays(const struct ecp_plan_projection *p);

/* A list that stayed in its file comes into the plan as a whole. */
enum ecp_status ecp_edges_load(struct ecp_plan *plan, struct ecp_plan_projection *p);

/* Some edges of a list, with their rows; malloc'd. */
struct ecp_own_edges {
    ecp_lid first, n_targets; /* those onto these targets */
    size_t n, capacity;
    uint32_t *row;
    ecp_lid *source, *target;
    double *weight, *delay; /* NULL: not given */
};

/* Of a list that stays in its file, those onto targets first .. first + n - 1: `connector`
 * keeps them until it forgets them. Nothing to do for others. ECP_EIO: the file is not what
 * it was; ECP_ENOMEM. */
enum ecp_status ecp_connector_keep(struct ecp_connector *connector, ecp_lid first, ecp_lid n);
void ecp_connector_forget(struct ecp_connector *connector);

#endif
