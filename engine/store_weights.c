/* store_weights.c -- weights of projections in SONATA's edges layout. */
#include <stdio.h>
#include <string.h>

#include "engine/store_segment.h"

enum { AT_ONCE = 65536 };

/* A column of n numbers first, first + step, ... that nobody holds. */
static void put_series(struct ecp_h5_writer *w, hid_t group, const struct ecp_h5_column *column,
                       uint64_t step)
{
    struct ecp_pool pool = {0};
    uint64_t *value = NULL;
    ecp_h5_note(w, ecp_pool_alloc(&pool, AT_ONCE, sizeof *value, &value));
    const hid_t dataset = ecp_h5_dataset(w, group, column);
    for (hsize_t first = 0; first < column->rows && ecp_h5_fine(w); first += AT_ONCE) {
        const hsize_t left = column->rows - first;
        const hsize_t n = left < AT_ONCE ? left : AT_ONCE;
        for (hsize_t k = 0; k < n; k++)
            value[k] = (first + k) * step;
        const struct ecp_h5_rows rows = {H5T_NATIVE_UINT64, first, n, value};
        ecp_h5_put_rows(w, dataset, &rows);
    }
    ecp_h5_close(dataset);
    ecp_pool_clear(&pool);
}

static void put_nodes(struct ecp_h5_writer *w, hid_t group, struct ecp_h5_column column,
                      const ecp_lid *node, const char *population)
{
    const hid_t dataset = ecp_h5_dataset(w, group, &column);
    ecp_h5_text(w, dataset, "node_population", population);
    const struct ecp_h5_rows rows = {H5T_NATIVE_UINT32, 0, column.rows, node};
    ecp_h5_put_rows(w, dataset, &rows);
    ecp_h5_close(dataset);
}

/* For each of n_nodes, the runs of consecutive edges that have it in `node`. */
struct runs {
    size_t n_nodes, n_runs;
    int64_t (*of_node)[2]; /* [first, end) of the runs; -1, -1: none */
    int64_t (*run)[2];     /* [first, end) of the edges              */
};

static enum ecp_status find_runs(const ecp_lid *node, size_t n, struct runs *runs,
                                 struct ecp_pool *pool)
{
    enum ecp_status status =
        ecp_pool_alloc(pool, runs->n_nodes, sizeof *runs->of_node, &runs->of_node);
    if (status != ECP_OK)
        return status;
    size_t count = 0;
    for (size_t e = 0; e < n; e++) {
        if (node[e] >= runs->n_nodes)
            return ecp_fail(ECP_EARG, "edge %zu has node %u of %zu", e, node[e], runs->n_nodes);
        if (e == 0 || node[e] != node[e - 1]) {
            runs->of_node[node[e]][1]++;
            count++;
        }
    }
    status = ecp_pool_alloc(pool, count, sizeof *runs->run, &runs->run);
    if (status != ECP_OK)
        return status;
    int64_t end = 0;
    for (size_t k = 0; k < runs->n_nodes; k++) {
        end += runs->of_node[k][1];
        runs->of_node[k][0] = runs->of_node[k][1] = end - runs->of_node[k][1];
    }
    for (size_t e = 0; e < n; e++) {
        if (e == 0 || node[e] != node[e - 1])
            runs->run[runs->of_node[node[e]][1]++][0] = (int64_t)e;
        runs->run[runs->of_node[node[e]][1] - 1][1] = (int64_t)e + 1;
    }
    for (size_t k = 0; k < runs->n_nodes; k++)
        if (runs->of_node[k][0] == runs->of_node[k][1])
            runs->of_node[k][0] = runs->of_node[k][1] = -1;
    runs->n_runs = count;
    return ECP_OK;
}

static void put_index(struct ecp_h5_writer *w, hid_t indices, const char *name,
                      const struct runs *runs)
{
    const hid_t group = ecp_h5_group(w, indices, name);
    struct ecp_h5_column c = {"node_id_to_ranges",
                              H5T_STD_I64LE,
                              runs->n_nodes,
                              2,
                              "1",
                              "of each neuron: first and end row in range_to_edge_id; -1: none"};
    ecp_h5_put(w, group, &c, H5T_NATIVE_INT64, runs->of_node);
    /* Readers disagree on the name. */
    ecp_h5_link_again(w, group, "node_id_to_ranges", "node_id_to_range");
    c = (struct ecp_h5_column){"range_to_edge_id",
                               H5T_STD_I64LE,
                               runs->n_runs,
                               2,
                               "1",
                               "first and end edge of each range"};
    ecp_h5_put(w, group, &c, H5T_NATIVE_INT64, runs->run);
    ecp_h5_close(group);
}

static void put_indices(struct ecp_h5_writer *w, hid_t edges, const struct ecp_recording *part,
                        const struct ecp_recorded_weights *s)
{
    const hid_t indices = ecp_h5_group(w, edges, "indices");
    struct ecp_pool pool = {0};
    struct runs runs = {.n_nodes = part->population[s->source_population].size};
    ecp_h5_note(w, ecp_h5_fine(w) ? find_runs(s->source, s->n, &runs, &pool) : w->status);
    if (ecp_h5_fine(w))
        put_index(w, indices, "source_to_target", &runs);
    ecp_pool_clear(&pool);
    runs = (struct runs){.n_nodes = part->population[s->target_population].size};
    ecp_h5_note(w, ecp_h5_fine(w) ? find_runs(s->target, s->n, &runs, &pool) : w->status);
    if (ecp_h5_fine(w))
        put_index(w, indices, "target_to_source", &runs);
    ecp_pool_clear(&pool);
    ecp_h5_close(indices);
}

static void put_edges(struct ecp_h5_writer *w, hid_t edges, const struct ecp_recording *part,
                      const struct ecp_recorded_weights *s)
{
    const struct ecp_recorded_population *population = part->population;
    put_nodes(w, edges,
              (struct ecp_h5_column){"source_node_id", H5T_STD_U64LE, s->n, 0, "1",
                                     "presynaptic neuron of each synapse"},
              s->source, population[s->source_population].name);
    put_nodes(w, edges,
              (struct ecp_h5_column){"target_node_id", H5T_STD_U64LE, s->n, 0, "1",
                                     "postsynaptic neuron of each synapse"},
              s->target, population[s->target_population].name);
    struct ecp_h5_column c = {"edge_type_id", H5T_STD_I64LE, s->n, 0, "1", "all of one type"};
    put_series(w, edges, &c, 0);
    c = (struct ecp_h5_column){"edge_group_id", H5T_STD_U64LE, s->n, 0, "1", "all in group 0"};
    put_series(w, edges, &c, 0);
    c = (struct ecp_h5_column){
        "edge_group_index", H5T_STD_U64LE, s->n, 0, "1", "row of each synapse in its group"};
    put_series(w, edges, &c, 1);

    const hid_t group = ecp_h5_group(w, edges, "0");
    c = (struct ecp_h5_column){"syn_weight", H5T_IEEE_F32LE, s->n, 0, s->unit, "synaptic weight"};
    ecp_h5_put(w, group, &c, H5T_NATIVE_FLOAT, s->weight);
    c = (struct ecp_h5_column){"delay", H5T_IEEE_F32LE, s->n, 0, "ms", "synaptic delay"};
    ecp_h5_put(w, group, &c, H5T_NATIVE_FLOAT, s->delay);
    ecp_h5_close(group);
    put_indices(w, edges, part, s);
}

/* The group is there already when the probe has more than one snapshot. */
static hid_t probe_group(struct ecp_h5_writer *w, hid_t all, const char *probe)
{
    if (!ecp_h5_fine(w) || !ecp_h5_has(all, probe))
        return ecp_h5_group(w, all, probe);
    const hid_t group = H5Gopen2(all, probe, H5P_DEFAULT);
    ecp_h5_check(w, group);
    return group;
}

void ecp_segment_weights(struct ecp_h5_writer *w, const struct ecp_recording *part)
{
    const hid_t all = ecp_h5_group(w, w->file, "weights");
    for (size_t k = 0; k < part->n_weights && ecp_h5_fine(w); k++) {
        const struct ecp_recorded_weights *s = &part->weights[k];
        char moment[ECP_H5_NAME];
        (void)snprintf(moment, sizeof moment, "time_%013.6fms", s->time);
        const hid_t probe = probe_group(w, all, s->probe);
        const hid_t at = ecp_h5_group(w, probe, moment);
        const hid_t roots = ecp_h5_group(w, at, "edges");
        const hid_t edges = ecp_h5_group(w, roots, s->projection_name);
        ecp_h5_text(w, edges, "probe", s->probe);
        ecp_h5_count(w, edges, "projection", (uint64_t)s->projection);
        ecp_h5_real(w, edges, "time_ms", s->time);
        put_edges(w, edges, part, s);
        ecp_h5_close(edges);
        ecp_h5_close(roots);
        ecp_h5_close(at);
        ecp_h5_close(probe);
    }
    ecp_h5_close(all);
}
