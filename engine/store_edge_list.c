/* store_edge_list.c -- edges in memory to a file of SONATA edges. */
#include <stdint.h>
#include <stdlib.h>

#include "engine/edge_list.h"
#include "engine/store_circuit.h"
#include "engine/store_h5.h"

struct ecp_edge_file {
    struct ecp_h5_writer w;
    hid_t edges;
};

void ecp_circuit_root(struct ecp_h5_writer *w)
{
    const uint32_t version[2] = {0, 1}, magic = 0x0A7A;
    const hid_t scalar = H5Screate(H5S_SCALAR), pair = H5Screate_simple(1, (hsize_t[]){2}, NULL);
    if (ecp_h5_fine(w)) {
        const hid_t a =
            H5Acreate2(w->file, "version", H5T_STD_U32LE, pair, H5P_DEFAULT, H5P_DEFAULT);
        ecp_h5_check(w, a < 0 ? -1 : H5Awrite(a, H5T_NATIVE_UINT32, version));
        ecp_h5_close(a);
        const hid_t b =
            H5Acreate2(w->file, "magic", H5T_STD_U32LE, scalar, H5P_DEFAULT, H5P_DEFAULT);
        ecp_h5_check(w, b < 0 ? -1 : H5Awrite(b, H5T_NATIVE_UINT32, &magic));
        ecp_h5_close(b);
        ecp_h5_text(w, w->file, "ecphory_version", ECP_VERSION);
    }
    ecp_h5_close(pair);
    ecp_h5_close(scalar);
}

enum ecp_status ecp_edge_file_begin(const char *path, struct ecp_edge_file **out)
{
    struct ecp_edge_file *file = calloc(1, sizeof *file);
    if (!file)
        return ecp_fail(ECP_ENOMEM, "%s: no memory to write it", path);
    const enum ecp_status status = ecp_h5_create(path, &file->w);
    if (status != ECP_OK) {
        free(file);
        return status;
    }
    ecp_circuit_root(&file->w);
    file->edges = ecp_h5_group(&file->w, file->w.file, "edges");
    *out = file;
    return ECP_OK;
}

/* ---- columns ---------------------------------------------------------------------- */

/* Edge numbers by ascending target, otherwise as they came. */
static enum ecp_status by_target(const struct ecp_edge_list *l, struct ecp_pool *pool,
                                 size_t **order)
{
    size_t *next, *sorted;
    enum ecp_status status = ecp_pool_alloc(pool, l->n_target + 1, sizeof *next, &next);
    if (status == ECP_OK)
        status = ecp_pool_alloc(pool, l->n, sizeof *sorted, &sorted);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; k < l->n; k++)
        next[l->target[k] + 1]++;
    for (size_t t = 1; t <= l->n_target; t++)
        next[t] += next[t - 1];
    for (size_t k = 0; k < l->n; k++)
        sorted[next[l->target[k]]++] = k;
    *order = sorted;
    return ECP_OK;
}

static void put_nodes(struct ecp_h5_writer *w, hid_t at, const char *name, size_t n,
                      const uint64_t *node, const char *population)
{
    const struct ecp_h5_column column = {name, H5T_STD_U64LE, n, 0, NULL, NULL};
    const hid_t set = ecp_h5_dataset(w, at, &column);
    ecp_h5_put_rows(w, set, &(struct ecp_h5_rows){H5T_NATIVE_UINT64, 0, n, node});
    if (ecp_h5_fine(w))
        ecp_h5_text(w, set, "node_population", population);
    ecp_h5_close(set);
}

static void put_numbers(struct ecp_h5_writer *w, hid_t at, const struct ecp_edge_list *l,
                        const size_t *order, double *room)
{
    const hid_t group = ecp_h5_group(w, at, "0");
    for (size_t k = 0; k < l->n; k++)
        room[k] = l->weight[order[k]];
    const struct ecp_h5_column weight = {"syn_weight", H5T_IEEE_F64LE, l->n, 0, l->unit, NULL};
    ecp_h5_put(w, group, &weight, H5T_NATIVE_DOUBLE, room);
    for (size_t k = 0; k < l->n && l->delay; k++)
        room[k] = l->delay[order[k]];
    const struct ecp_h5_column delay = {"delay", H5T_IEEE_F64LE, l->n, 0, "ms", NULL};
    if (l->delay)
        ecp_h5_put(w, group, &delay, H5T_NATIVE_DOUBLE, room);
    ecp_h5_close(group);
}

static void put_types(struct ecp_h5_writer *w, hid_t at, const struct ecp_edge_list *l,
                      int64_t *room)
{
    const struct ecp_h5_column column[3] = {
        {"edge_type_id", H5T_STD_I64LE, l->n, 0, NULL, NULL},
        {"edge_group_id", H5T_STD_U64LE, l->n, 0, NULL, NULL},
        {"edge_group_index", H5T_STD_U64LE, l->n, 0, NULL, NULL}};
    for (int c = 0; c < 3; c++) {
        for (size_t k = 0; k < l->n; k++)
            room[k] = c == 0 ? l->type : c == 1 ? 0 : (int64_t)k;
        ecp_h5_put(w, at, &column[c], H5T_NATIVE_INT64, room);
    }
}

/* ---- indices ---------------------------------------------------------------------- */

/* Runs of edges with the same node, ordered by node; `node` is that of each edge. */
static void put_index(struct ecp_h5_writer *w, hid_t indices, const char *name,
                      const uint64_t *node, size_t n, size_t n_nodes)
{
    struct ecp_pool pool = {0};
    int64_t(*range)[2] = NULL, (*of)[2] = NULL;
    size_t *next = NULL, runs = 0;
    ecp_h5_note(w, ecp_pool_alloc(&pool, n, sizeof *range, &range));
    ecp_h5_note(w, ecp_pool_alloc(&pool, n_nodes, sizeof *of, &of));
    ecp_h5_note(w, ecp_pool_alloc(&pool, n_nodes + 1, sizeof *next, &next));
    if (!ecp_h5_fine(w))
        goto done;
    for (size_t k = 0; k < n; k++)
        if (k == 0 || node[k] != node[k - 1]) {
            next[node[k] + 1]++;
            runs++;
        }
    for (size_t i = 0; i < n_nodes; i++) {
        next[i + 1] += next[i];
        of[i][0] = next[i + 1] > next[i] ? (int64_t)next[i] : -1;
        of[i][1] = next[i + 1] > next[i] ? (int64_t)next[i + 1] : -1;
    }
    for (size_t k = 0, first = 0; k < n; k++)
        if (k + 1 == n || node[k + 1] != node[k]) {
            const size_t row = next[node[k]]++;
            range[row][0] = (int64_t)first;
            range[row][1] = (int64_t)k + 1;
            first = k + 1;
        }
    const hid_t group = ecp_h5_group(w, indices, name);
    const struct ecp_h5_column ranges = {"range_to_edge_id", H5T_STD_I64LE, runs, 2, NULL, NULL};
    const struct ecp_h5_column nodes = {"node_id_to_ranges", H5T_STD_I64LE, n_nodes, 2, NULL, NULL};
    ecp_h5_put(w, group, &ranges, H5T_NATIVE_INT64, range);
    ecp_h5_put(w, group, &nodes, H5T_NATIVE_INT64, of);
    ecp_h5_link_again(w, group, "node_id_to_ranges", "node_id_to_range");
    ecp_h5_close(group);
done:
    ecp_pool_clear(&pool);
}

void ecp_edge_file_put(struct ecp_edge_file *file, const struct ecp_edge_list *l)
{
    struct ecp_h5_writer *w = &file->w;
    struct ecp_pool pool = {0};
    size_t *order = NULL;
    uint64_t *source = NULL, *target = NULL;
    double *room = NULL;
    ecp_h5_note(w, by_target(l, &pool, &order));
    ecp_h5_note(w, ecp_pool_alloc(&pool, l->n, sizeof *source, &source));
    ecp_h5_note(w, ecp_pool_alloc(&pool, l->n, sizeof *target, &target));
    ecp_h5_note(w, ecp_pool_alloc(&pool, l->n, sizeof *room, &room));
    if (ecp_h5_fine(w)) {
        for (size_t k = 0; k < l->n; k++) {
            source[k] = l->source[order[k]];
            target[k] = l->target[order[k]];
        }
        const hid_t at = ecp_h5_group(w, file->edges, l->name);
        put_nodes(w, at, "source_node_id", l->n, source, l->source_name);
        put_nodes(w, at, "target_node_id", l->n, target, l->target_name);
        put_numbers(w, at, l, order, room);
        put_types(w, at, l, (int64_t *)room);
        const hid_t indices = ecp_h5_group(w, at, "indices");
        put_index(w, indices, "source_to_target", source, l->n, l->n_source);
        put_index(w, indices, "target_to_source", target, l->n, l->n_target);
        ecp_h5_close(indices);
        ecp_h5_close(at);
    }
    ecp_pool_clear(&pool);
}

enum ecp_status ecp_edge_file_end(struct ecp_edge_file *file)
{
    ecp_h5_close(file->edges);
    const enum ecp_status status = ecp_h5_finish(&file->w);
    free(file);
    return status;
}
