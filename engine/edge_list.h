/* edge_list.h -- networks as SONATA files: edges that are held in memory, nodes, and the
 * texts beside them. */
#ifndef ECP_EDGE_LIST_H
#define ECP_EDGE_LIST_H

#include "engine/connect.h"
#include "engine/status.h"
#include "engine/types.h"

/* All synapses of a projection, in any order. */
struct ecp_edge_list {
    const char *name, *source_name, *target_name, *unit; /* of weights */
    size_t n_source, n_target;
    int64_t type; /* edge_type_id of all */
    size_t n, room;
    ecp_lid *source, *target;
    double *weight, *delay; /* delay: ms, NULL: not known */
};

/* Those that the connector lists, with weights and delays; ECP_ENOMEM. */
enum ecp_status ecp_edge_list_of(const struct ecp_plan *plan, size_t projection,
                                 struct ecp_edge_list *out);
void ecp_edge_list_clear(struct ecp_edge_list *list);

/* A file of SONATA edges under way: one group a list, sorted by target, both indices. From
 * a failure on `put` does nothing, and `end` tells; `end` frees in any case. */
struct ecp_edge_file;
enum ecp_status ecp_edge_file_begin(const char *path, struct ecp_edge_file **out);
void ecp_edge_file_put(struct ecp_edge_file *file, const struct ecp_edge_list *list);
enum ecp_status ecp_edge_file_end(struct ecp_edge_file *file);

/* The network of a plan as a SONATA circuit in DIR: nodes.h5, edges.h5 (all projections,
 * their synapses drawn), node_types.csv, edge_types.csv, circuit_config.json and
 * simulation_config.json, which names spikes.h5 and reports of a run there. ECP_EIO. */
enum ecp_status ecp_circuit_write(const struct ecp_plan *plan, const char *dir);

#endif
