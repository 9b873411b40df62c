/* store_edges.c -- all synapses of a projection in SONATA's edges layout, without
 * ever holding them all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/store_segment.h"

enum { AT_ONCE = 65536 };

#ifdef ECP_DOUBLE
#define FILE_REAL H5T_IEEE_F64LE
#else
#define FILE_REAL H5T_IEEE_F32LE
#endif

enum { SOURCE, TARGET, TYPE, GROUP, INDEX, WEIGHT, DELAY, COLUMNS };

struct ecp_store_edges {
    struct ecp_h5_writer w;
    hid_t group, properties, indices, index, ranges;
    hid_t column[COLUMNS];
    uint64_t done, ranges_done;
    uint64_t *number; /* AT_ONCE */
};

static void make_columns(struct ecp_store_edges *e, const struct ecp_edges_facts *f)
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
    e->properties = ecp_h5_group(&e->w, e->group, "0");
    for (int k = 0; k < COLUMNS; k++)
        e->column[k] = ecp_h5_dataset(&e->w, k < WEIGHT ? e->group : e->properties, &column[k]);
    ecp_h5_text(&e->w, e->column[SOURCE], "node_population", f->source);
    ecp_h5_text(&e->w, e->column[TARGET], "node_population", f->target);
    e->indices = ecp_h5_group(&e->w, e->group, "indices");
}

enum ecp_status ecp_store_edges_begin(struct ecp_store *store, const struct ecp_edges_facts *facts,
                                      struct ecp_store_edges **out)
{
    const struct ecp_plan *plan = ecp_store_plan(store);
    const double missing = ecp_plan_duration(plan) - facts->time;
    char name[ECP_H5_NAME + 32];
    const char *path;
    struct ecp_store_edges *e = calloc(1, sizeof *e);
    enum ecp_status status = ECP_OK;
    if (e)
        e->number = calloc(AT_ONCE, sizeof *e->number);
    if (!e || !e->number) {
        status = ecp_fail(ECP_ENOMEM, "no memory to write the synapses of %s", facts->projection);
        goto done;
    }
    e->index = e->ranges = H5I_INVALID_HID;
    (void)snprintf(name, sizeof name, "edges_%s_%s.h5", facts->moment, facts->projection);
    ECP_TRY(ecp_store_draft(store, name, &path));
    ECP_TRY(ecp_h5_create(path, &e->w));
    ecp_segment_root(&e->w, plan, facts->recording, facts->time <= 0 || missing < 0.5 * plan->dt);
    const hid_t all = ecp_h5_group(&e->w, e->w.file, "edges");
    e->group = ecp_h5_group(&e->w, all, facts->projection);
    ecp_h5_close(all);
    ecp_h5_real(&e->w, e->group, "time_ms", facts->time);
    make_columns(e, facts);
    *out = e;
    e = NULL;
done:
    if (e)
        free(e->number);
    free(e);
    return status;
}

static void put_some(struct ecp_store_edges *e, int column, hid_t type, size_t n, const void *data)
{
    const struct ecp_h5_rows rows = {type, e->done, n, data};
    ecp_h5_put_rows(&e->w, e->column[column], &rows);
}

/* Columns that nobody holds: zeros, and the number of each edge. */
static void put_numbers(struct ecp_store_edges *e, int column, size_t n, uint64_t step)
{
    for (size_t first = 0; first < n; first += AT_ONCE) {
        const size_t some = n - first < AT_ONCE ? n - first : AT_ONCE;
        for (size_t k = 0; k < some; k++)
            e->number[k] = (e->done + first + k) * step;
        const struct ecp_h5_rows rows = {H5T_NATIVE_UINT64, e->done + first, some, e->number};
        ecp_h5_put_rows(&e->w, e->column[column], &rows);
    }
}

void ecp_store_edges_put(struct ecp_store_edges *edges, size_t n, const ecp_lid *source,
                         const ecp_lid *target, const ecp_real *weight, const float *delay)
{
    put_some(edges, SOURCE, H5T_NATIVE_UINT32, n, source);
    put_some(edges, TARGET, H5T_NATIVE_UINT32, n, target);
    put_numbers(edges, TYPE, n, 0);
    put_numbers(edges, GROUP, n, 0);
    put_numbers(edges, INDEX, n, 1);
    put_some(edges, WEIGHT, ECP_H5_REAL, n, weight);
    put_some(edges, DELAY, H5T_NATIVE_FLOAT, n, delay);
    edges->done += n;
}

void ecp_store_edges_index(struct ecp_store_edges *edges, const char *name, uint64_t n_ranges)
{
    const struct ecp_h5_column column = {
        "range_to_edge_id", H5T_STD_I64LE, n_ranges, 2, "1", "first and end edge of each range"};
    edges->index = ecp_h5_group(&edges->w, edges->indices, name);
    edges->ranges = ecp_h5_dataset(&edges->w, edges->index, &column);
    edges->ranges_done = 0;
}

void ecp_store_edges_ranges(struct ecp_store_edges *edges, size_t n, const int64_t (*range)[2])
{
    const struct ecp_h5_rows rows = {H5T_NATIVE_INT64, edges->ranges_done, n, range};
    ecp_h5_put_rows(&edges->w, edges->ranges, &rows);
    edges->ranges_done += n;
}

void ecp_store_edges_nodes(struct ecp_store_edges *edges, size_t n, const int64_t (*node)[2])
{
    const struct ecp_h5_column column = {
        "node_id_to_ranges",
        H5T_STD_I64LE,
        n,
        2,
        "1",
        "of each neuron: first and end row in range_to_edge_id; -1: none"};
    ecp_h5_put(&edges->w, edges->index, &column, H5T_NATIVE_INT64, node);
    /* Readers disagree on the name. */
    ecp_h5_link_again(&edges->w, edges->index, "node_id_to_ranges", "node_id_to_range");
    ecp_h5_close(edges->ranges);
    ecp_h5_close(edges->index);
    edges->index = edges->ranges = H5I_INVALID_HID;
}

enum ecp_status ecp_store_edges_end(struct ecp_store_edges *edges)
{
    for (int k = 0; k < COLUMNS; k++)
        ecp_h5_close(edges->column[k]);
    ecp_h5_close(edges->ranges);
    ecp_h5_close(edges->index);
    ecp_h5_close(edges->indices);
    ecp_h5_close(edges->properties);
    ecp_h5_close(edges->group);
    const enum ecp_status status = ecp_h5_finish(&edges->w);
    free(edges->number);
    free(edges);
    return status;
}
