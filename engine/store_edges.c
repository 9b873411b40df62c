/* store_edges.c -- all synapses of a projection in SONATA's edges layout, without
 * ever holding them all. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/store_segment.h"
#include "mpi/comm.h"

#ifdef ECP_DOUBLE
#define FILE_REAL H5T_IEEE_F64LE
#else
#define FILE_REAL H5T_IEEE_F32LE
#endif

enum { SOURCE, TARGET, TYPE, GROUP, INDEX, WEIGHT, DELAY, COLUMNS };

/* Datasets in the order in which they are laid out: the columns, then of each index its
 * ranges and its nodes. */
enum { RANGES = COLUMNS, NODES, PER_INDEX = 2 };

struct ecp_store_edges {
    struct ecp_spread spread;
};

/* ---- laying out ------------------------------------------------------------ */

static void add(struct ecp_h5_writer *w, hid_t group, const struct ecp_h5_column *column,
                const char *population, struct ecp_spread *spread)
{
    const hid_t dataset = ecp_h5_dataset(w, group, column);
    if (population)
        ecp_h5_text(w, dataset, "node_population", population);
    ecp_spread_add(spread, w, dataset);
    ecp_h5_close(dataset);
}

static void add_columns(struct ecp_h5_writer *w, hid_t group, const struct ecp_edges_facts *f,
                        struct ecp_spread *spread)
{
    const struct ecp_h5_column column[COLUMNS] = {
        [SOURCE] = {"source_node_id", H5T_STD_U64LE, f->n, 0, "1",
                    "presynaptic neuron of each synapse"},
        [TARGET] = {"target_node_id", H5T_STD_U64LE, f->n, 0, "1",
                    "postsynaptic neuron of each synapse"},
        [TYPE] = {"edge_type_id", H5T_STD_I64LE, f->n, 0, "1", "all of one type"},
        [GROUP] = {"edge_group_id", H5T_STD_U64LE, f->n, 0, "1", "all in group 0"},
        [INDEX] = {"edge_group_index", H5T_STD_U64LE, f->n, 0, "1",
                   "row of each synapse in its group"},
        [WEIGHT] = {"syn_weight", FILE_REAL, f->n, 0, f->unit, "synaptic weight"},
        [DELAY] = {"delay", H5T_IEEE_F32LE, f->n, 0, "ms", "synaptic delay"}};
    const hid_t properties = ecp_h5_group(w, group, "0");
    for (int k = 0; k < COLUMNS; k++)
        add(w, k < WEIGHT ? group : properties, &column[k],
            k == SOURCE   ? f->source
            : k == TARGET ? f->target
                          : NULL,
            spread);
    ecp_h5_close(properties);
}

static void add_index(struct ecp_h5_writer *w, hid_t indices, const struct ecp_edges_facts *f,
                      int which, struct ecp_spread *spread)
{
    const int of_source = which == ECP_EDGES_OF_SOURCE;
    const hid_t group =
        ecp_h5_group(w, indices, of_source ? "source_to_target" : "target_to_source");
    struct ecp_h5_column column = {"range_to_edge_id",
                                   H5T_STD_I64LE,
                                   f->n_runs[which],
                                   2,
                                   "1",
                                   "first and end edge of each range"};
    add(w, group, &column, NULL, spread);
    column =
        (struct ecp_h5_column){"node_id_to_ranges",
                               H5T_STD_I64LE,
                               of_source ? f->n_sources : f->n_targets,
                               2,
                               "1",
                               "of each neuron: first and end row in range_to_edge_id; -1: none"};
    add(w, group, &column, NULL, spread);
    /* Readers disagree on the name. */
    ecp_h5_link_again(w, group, "node_id_to_ranges", "node_id_to_range");
    ecp_h5_close(group);
}

static enum ecp_status lay_out(const char *path, const struct ecp_plan *plan,
                               const struct ecp_edges_facts *f, struct ecp_spread *spread)
{
    const double missing = ecp_plan_duration(plan) - f->time;
    struct ecp_h5_writer w;
    const enum ecp_status status = ecp_h5_create(path, &w);
    if (status != ECP_OK)
        return status;
    ecp_segment_root(&w, plan, f->recording, f->time <= 0 || missing < 0.5 * plan->dt);
    const hid_t all = ecp_h5_group(&w, w.file, "edges");
    const hid_t group = ecp_h5_group(&w, all, f->projection);
    ecp_h5_real(&w, group, "time_ms", f->time);
    add_columns(&w, group, f, spread);
    const hid_t indices = ecp_h5_group(&w, group, "indices");
    add_index(&w, indices, f, ECP_EDGES_OF_SOURCE, spread);
    add_index(&w, indices, f, ECP_EDGES_OF_TARGET, spread);
    ecp_h5_close(indices);
    ecp_h5_close(group);
    ecp_h5_close(all);
    return ecp_h5_finish(&w);
}

enum ecp_status ecp_store_edges_begin(struct ecp_store *store, const struct ecp_edges_facts *facts,
                                      struct ecp_store_edges **out)
{
    struct ecp_comm *comm = ecp_store_comm(store);
    const int is_first = ecp_comm_rank(comm) == 0;
    char name[ECP_H5_NAME + 32];
    const char *path = "";
    struct ecp_store_edges *e = calloc(1, sizeof *e);
    enum ecp_status status = ECP_OK;
    if (!e)
        status = ecp_fail(ECP_ENOMEM, "no memory to write the synapses of %s", facts->projection);
    (void)snprintf(name, sizeof name, "edges_%s_%s.h5", facts->moment, facts->projection);
    if (status == ECP_OK && is_first)
        status = ecp_store_draft(store, name, &path);
    ECP_TRY(ecp_comm_agree(comm, status));
    ecp_spread_begin(&e->spread, comm, path);
    if (is_first)
        status = lay_out(path, ecp_store_plan(store), facts, &e->spread);
    ecp_spread_open(&e->spread, status);
    *out = e;
    return ECP_OK;
done:
    free(e);
    return status;
}

/* ---- filling ----------------------------------------------------------------- */

static void put(struct ecp_store_edges *edges, size_t dataset, const struct ecp_spread_some *some,
                const void *data)
{
    edges->spread.at = dataset;
    ecp_spread_put(&edges->spread, some, data);
}

void ecp_store_edges_put(struct ecp_store_edges *edges, const struct ecp_edge_columns *c)
{
    struct ecp_spread_some some = {H5T_NATIVE_UINT32, H5T_STD_U64LE, c->first, c->n};
    put(edges, SOURCE, &some, c->source);
    put(edges, TARGET, &some, c->target);
    for (size_t k = TYPE; k <= INDEX; k++) { /* columns that nobody holds */
        some.file = k == TYPE ? H5T_STD_I64LE : H5T_STD_U64LE;
        edges->spread.at = k;
        ecp_spread_series(&edges->spread, some, k == INDEX);
    }
    some = (struct ecp_spread_some){ECP_H5_REAL, FILE_REAL, c->first, c->n};
    put(edges, WEIGHT, &some, c->weight);
    some.memory = H5T_NATIVE_FLOAT;
    some.file = H5T_IEEE_F32LE;
    put(edges, DELAY, &some, c->delay);
}

void ecp_store_edges_ranges(struct ecp_store_edges *edges, int index, uint64_t first, size_t n,
                            const int64_t (*range)[2])
{
    const struct ecp_spread_some some = {H5T_NATIVE_INT64, H5T_STD_I64LE, 2 * first, 2 * n};
    put(edges, RANGES + (size_t)index * PER_INDEX, &some, range);
}

void ecp_store_edges_nodes(struct ecp_store_edges *edges, int index, uint64_t first, size_t n,
                           const int64_t (*node)[2])
{
    const struct ecp_spread_some some = {H5T_NATIVE_INT64, H5T_STD_I64LE, 2 * first, 2 * n};
    put(edges, NODES + (size_t)index * PER_INDEX, &some, node);
}

enum ecp_status ecp_store_edges_end(struct ecp_store_edges *edges)
{
    const enum ecp_status status = ecp_spread_end(&edges->spread);
    free(edges);
    return status;
}
