/* store_nir.c -- NIR graphs into HDF5 files. */
#include <string.h>

#include "engine/nir.h"
#include "engine/store_files.h"
#include "engine/store_h5.h"

static void put_text(struct ecp_h5_writer *w, hid_t at, const char *name, const char *text)
{
    const hid_t type = ecp_h5_text_type(), space = H5Screate(H5S_SCALAR);
    const hid_t set = ecp_h5_fine(w)
                          ? H5Dcreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)
                          : H5I_INVALID_HID;
    ecp_h5_check(w, set);
    if (set >= 0)
        ecp_h5_check(w, H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text));
    ecp_h5_close(set);
    ecp_h5_close(space);
    ecp_h5_close(type);
}

static void put_part(struct ecp_h5_writer *w, hid_t at, const struct ecp_nir_node *node,
                     const struct ecp_nir_part *part)
{
    const int is_shape = part->parameter == ECP_NIR_SHAPE;
    const int is_weight = part->parameter == ECP_NIR_WEIGHT;
    const struct ecp_h5_column column = {.name = part->name,
                                         .type = is_shape ? H5T_STD_I64LE : H5T_IEEE_F64LE,
                                         .rows = is_shape ? node->n_dims : node->size,
                                         .columns = is_weight ? node->n_in : 0};
    ecp_h5_put(w, at, &column, H5T_NATIVE_DOUBLE, node->value[part->parameter]);
}

static void put_node(struct ecp_h5_writer *w, hid_t nodes, const struct ecp_nir_node *node)
{
    const struct ecp_nir_form *form = &ecp_nir_forms[node->kind];
    const hid_t at = ecp_h5_group(w, nodes, node->name);
    put_text(w, at, "type", form->name);
    for (const struct ecp_nir_part *part = form->part; part->name; part++)
        if (node->value[part->parameter])
            put_part(w, at, node, part);
    ecp_h5_close(at);
}

static void put_edges(struct ecp_h5_writer *w, hid_t graph, const struct ecp_nir_graph *g)
{
    struct ecp_pool pool = {0};
    const char **name = NULL;
    const hid_t text = ecp_h5_text_type();
    ecp_h5_note(w, ecp_pool_alloc(&pool, 2 * g->n_edges, sizeof *name, &name));
    for (size_t k = 0; name && k < 2 * g->n_edges; k++)
        name[k] = g->node[g->edge[k / 2][k % 2]].name;
    const struct ecp_h5_column column = {
        .name = "edges", .type = text, .rows = g->n_edges, .columns = 2};
    ecp_h5_put(w, graph, &column, text, name);
    ecp_h5_close(text);
    ecp_pool_clear(&pool);
}

enum ecp_status ecp_nir_write(const char *path, const struct ecp_nir_graph *g)
{
    struct ecp_h5_writer w;
    const enum ecp_status status = ecp_h5_create(path, &w);
    if (status != ECP_OK)
        return status;
    put_text(&w, w.file, "version", g->version);
    const hid_t graph = ecp_h5_group(&w, w.file, "node");
    put_text(&w, graph, "type", "NIRGraph");
    const hid_t nodes = ecp_h5_group(&w, graph, "nodes");
    for (size_t k = 0; k < g->n_nodes; k++)
        put_node(&w, nodes, &g->node[k]);
    put_edges(&w, graph, g);
    ecp_h5_close(nodes);
    ecp_h5_close(graph);
    return ecp_h5_finish(&w);
}
