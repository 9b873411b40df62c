/* input_nir.c -- NIR graphs out of HDF5 files. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/nir.h"
#include "engine/store_h5.h"

enum { MOST_NODES = 65536 };

const struct ecp_nir_form ecp_nir_forms[ECP_NIR_KINDS] = {
    [ECP_NIR_INPUT] = {"Input", {{"shape", ECP_NIR_SHAPE, 0}}},
    [ECP_NIR_OUTPUT] = {"Output", {{"shape", ECP_NIR_SHAPE, 0}}},
    [ECP_NIR_LINEAR] = {"Linear", {{"weight", ECP_NIR_WEIGHT, 0}}},
    [ECP_NIR_AFFINE] = {"Affine", {{"weight", ECP_NIR_WEIGHT, 0}, {"bias", ECP_NIR_BIAS, 0}}},
    [ECP_NIR_SCALE] = {"Scale", {{"scale", ECP_NIR_FACTOR, 0}}},
    [ECP_NIR_LIF] = {"LIF",
                     {{"tau", ECP_NIR_TAU, 0},
                      {"r", ECP_NIR_R, 0},
                      {"v_leak", ECP_NIR_V_LEAK, 0},
                      {"v_threshold", ECP_NIR_V_THRESHOLD, 0},
                      {"v_reset", ECP_NIR_V_RESET, 1}}},
    [ECP_NIR_LI] = {"LI",
                    {{"tau", ECP_NIR_TAU, 0}, {"r", ECP_NIR_R, 0}, {"v_leak", ECP_NIR_V_LEAK, 0}}},
    [ECP_NIR_CUBA_LIF] = {"CubaLIF",
                          {{"tau_mem", ECP_NIR_TAU, 0},
                           {"tau_syn", ECP_NIR_TAU_SYN, 0},
                           {"r", ECP_NIR_R, 0},
                           {"v_leak", ECP_NIR_V_LEAK, 0},
                           {"v_threshold", ECP_NIR_V_THRESHOLD, 0},
                           {"v_reset", ECP_NIR_V_RESET, 1},
                           {"w_in", ECP_NIR_W_IN, 1}}}};

struct reading {
    struct ecp_h5_reader file;
    struct ecp_pool *pool;
    struct ecp_nir_graph graph;
};

/* ---- texts ------------------------------------------------------------------------ */

/* Texts of any kind: of a length of their own, or all of one; *n of them. */
static enum ecp_status load_texts(const struct reading *r, hid_t at, const char *name, size_t *n,
                                  const char ***out)
{
    const hid_t set = ecp_h5_has(at, name) ? H5Dopen2(at, name, H5P_DEFAULT) : H5I_INVALID_HID;
    const hid_t type = set >= 0 ? H5Dget_type(set) : H5I_INVALID_HID;
    const hid_t space = set >= 0 ? H5Dget_space(set) : H5I_INVALID_HID;
    const hssize_t points = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    const char **text = NULL;
    char *raw = NULL;
    enum ecp_status status = ECP_OK;
    if (points < 0 || points > 4 * MOST_NODES || H5Tget_class(type) != H5T_STRING) {
        status = ecp_fail(ECP_EIO, "%s: %s: no texts there", r->file.path, name);
        goto done;
    }
    const int is_variable = H5Tis_variable_str(type) > 0;
    const size_t size = is_variable ? sizeof(char *) : H5Tget_size(type), count = (size_t)points;
    if (size > 4096) {
        status = ecp_fail(ECP_EIO, "%s: %s: texts of %zu bytes", r->file.path, name, size);
        goto done;
    }
    ECP_TRY(ecp_pool_alloc(r->pool, count + 1, sizeof *text, &text));
    ECP_TRY(ecp_pool_alloc(r->pool, (count + 1) * size + 1, 1, &raw));
    if (count > 0 && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw) < 0) {
        status = ecp_fail(ECP_EIO, "%s: %s cannot be read: damaged?", r->file.path, name);
        goto done;
    }
    for (size_t k = 0; k < count; k++) {
        char *theirs = NULL, own[4097] = "";
        if (is_variable)
            memcpy(&theirs, raw + k * size, sizeof theirs);
        else
            memcpy(own, raw + k * size, size);
        if (status == ECP_OK)
            status = ecp_pool_text(r->pool, is_variable ? (theirs ? theirs : "") : own, &text[k]);
        (void)H5free_memory(theirs);
    }
    *n = count;
    *out = text;
done:
    ecp_h5_close(space);
    ecp_h5_close(type);
    ecp_h5_close(set);
    return status;
}

static enum ecp_status load_text(const struct reading *r, hid_t at, const char *name,
                                 const char **out)
{
    size_t n = 0;
    const char **text;
    const enum ecp_status status = load_texts(r, at, name, &n, &text);
    if (status != ECP_OK)
        return status;
    if (n != 1)
        return ecp_fail(ECP_EIO, "%s: %s: %zu texts; one is allowed", r->file.path, name, n);
    *out = text[0];
    return ECP_OK;
}

/* ---- one node ----------------------------------------------------------------------- */

static enum ecp_status find_kind(const struct reading *r, const char *node, const char *type,
                                 enum ecp_nir_kind *out)
{
    for (int k = 0; k < ECP_NIR_KINDS; k++)
        if (strcmp(ecp_nir_forms[k].name, type) == 0) {
            *out = (enum ecp_nir_kind)k;
            return ECP_OK;
        }
    if (strcmp(type, "NIRGraph") == 0)
        return ecp_fail(ECP_ECONFIG,
                        "%s: node %s is a graph within the graph; only flat graphs are read",
                        r->file.path, node);
    return ecp_fail(ECP_ECONFIG,
                    "%s: node %s is of type %.40s, which has no exact equivalent here; known are "
                    "Input, Output, Linear, Affine, Scale, LIF, LI, CubaLIF",
                    r->file.path, node, type);
}

/* A dataset of any number of dimensions as one row of finite numbers. */
static enum ecp_status load_numbers(const struct reading *r, const char *node, hid_t at,
                                    const char *name, hsize_t size[2], const double **out)
{
    const hid_t set = H5Dopen2(at, name, H5P_DEFAULT);
    const hid_t type = set >= 0 ? H5Dget_type(set) : H5I_INVALID_HID;
    const hid_t space = set >= 0 ? H5Dget_space(set) : H5I_INVALID_HID;
    const H5T_class_t class = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
    const int rank = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    const hssize_t points = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    double *value = NULL;
    enum ecp_status status = ECP_OK;
    size[0] = points > 0 ? (hsize_t)points : 0;
    size[1] = 1;
    if ((class != H5T_FLOAT && class != H5T_INTEGER) || rank < 0 || rank > 4 || points < 1 ||
        points > (1 << 28) || H5Dget_storage_size(set) == 0) {
        status = ecp_fail(ECP_ECONFIG, "%s: node %s: %s: no array of numbers of up to 4 dimensions",
                          r->file.path, node, name);
        goto done;
    }
    if (rank == 2)
        (void)H5Sget_simple_extent_dims(space, size, NULL);
    ECP_TRY(ecp_pool_alloc(r->pool, (size_t)points, sizeof *value, &value));
    if (H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) < 0)
        status =
            ecp_fail(ECP_EIO, "%s: node %s: %s cannot be read: damaged?", r->file.path, node, name);
    for (hssize_t k = 0; k < points && status == ECP_OK; k++)
        if (!isfinite(value[k]))
            status = ecp_fail(ECP_ECONFIG, "%s: node %s: %s[%zu] is %g; a finite number is allowed",
                              r->file.path, node, name, (size_t)k, value[k]);
    *out = value;
done:
    ecp_h5_close(space);
    ecp_h5_close(type);
    ecp_h5_close(set);
    return status;
}

static enum ecp_status take_shape(const struct reading *r, struct ecp_nir_node *node, size_t n,
                                  const double *value)
{
    double size = 1;
    for (size_t k = 0; k < n; k++)
        size *= value[k];
    if (!(size >= 1) || size > (1 << 28) || size != floor(size))
        return ecp_fail(ECP_ECONFIG, "%s: node %s: a shape of %g neurons", r->file.path, node->name,
                        size);
    node->size = node->n_in = (size_t)size;
    node->n_dims = n;
    return ECP_OK;
}

/* All parameters of one length; single numbers hold for all. */
static enum ecp_status broadcast(const struct reading *r, struct ecp_nir_node *node,
                                 const size_t count[ECP_NIR_PARAMETERS])
{
    const int has_weight = node->value[ECP_NIR_WEIGHT] != NULL;
    size_t size = has_weight ? node->size : 1;
    for (int k = ECP_NIR_BIAS; k < ECP_NIR_PARAMETERS && !has_weight; k++)
        size = node->value[k] && count[k] > size ? count[k] : size;
    for (int k = ECP_NIR_BIAS; k < ECP_NIR_PARAMETERS; k++) {
        double *all;
        if (!node->value[k] || count[k] == size)
            continue;
        if (count[k] != 1)
            return ecp_fail(ECP_ECONFIG, "%s: node %s: parameters of %zu and of %zu numbers",
                            r->file.path, node->name, count[k], size);
        const enum ecp_status status = ecp_pool_alloc(r->pool, size, sizeof *all, &all);
        if (status != ECP_OK)
            return status;
        for (size_t i = 0; i < size; i++)
            all[i] = node->value[k][0];
        node->value[k] = all;
    }
    node->size = size;
    if (!has_weight)
        node->n_in = size;
    return ECP_OK;
}

/* What a missing optional parameter is. */
static double left_out(enum ecp_nir_parameter parameter)
{
    return parameter == ECP_NIR_W_IN ? 1 : 0;
}

static enum ecp_status read_parameters(const struct reading *r, hid_t at, struct ecp_nir_node *node)
{
    const struct ecp_nir_form *form = &ecp_nir_forms[node->kind];
    size_t count[ECP_NIR_PARAMETERS] = {0};
    enum ecp_status status = ECP_OK;
    for (const struct ecp_nir_part *part = form->part; part->name; part++) {
        hsize_t size[2];
        double *none;
        if (!ecp_h5_has(at, part->name)) {
            if (!part->optional)
                return ecp_fail(ECP_ECONFIG, "%s: node %s (%s): %s is missing", r->file.path,
                                node->name, form->name, part->name);
            ECP_TRY(ecp_pool_alloc(r->pool, 1, sizeof *none, &none));
            *none = left_out(part->parameter);
            node->value[part->parameter] = none;
            count[part->parameter] = 1;
            continue;
        }
        ECP_TRY(load_numbers(r, node->name, at, part->name, size, &node->value[part->parameter]));
        if (part->parameter == ECP_NIR_SHAPE)
            return take_shape(r, node, (size_t)size[0] * (size_t)size[1],
                              node->value[ECP_NIR_SHAPE]);
        if (part->parameter == ECP_NIR_WEIGHT) {
            node->size = (size_t)size[0];
            node->n_in = (size_t)size[1];
        }
        count[part->parameter] = (size_t)size[0] * (size_t)size[1];
    }
    status = broadcast(r, node, count);
done:
    return status;
}

static enum ecp_status check_node(const struct reading *r, const struct ecp_nir_node *node)
{
    static const enum ecp_nir_parameter positive[] = {ECP_NIR_TAU, ECP_NIR_TAU_SYN, ECP_NIR_R};
    for (size_t p = 0; p < sizeof positive / sizeof positive[0]; p++)
        for (size_t k = 0; node->value[positive[p]] && k < node->size; k++)
            if (!(node->value[positive[p]][k] > 0))
                return ecp_fail(ECP_ECONFIG,
                                "%s: node %s: tau and r are %g for neuron %zu; above "
                                "0 is allowed",
                                r->file.path, node->name, node->value[positive[p]][k], k);
    for (size_t k = 0; node->value[ECP_NIR_V_THRESHOLD] && k < node->size; k++)
        if (!(node->value[ECP_NIR_V_RESET][k] < node->value[ECP_NIR_V_THRESHOLD][k]))
            return ecp_fail(ECP_ECONFIG,
                            "%s: node %s: v_reset (%g) must lie below v_threshold "
                            "(%g)",
                            r->file.path, node->name, node->value[ECP_NIR_V_RESET][k],
                            node->value[ECP_NIR_V_THRESHOLD][k]);
    return ECP_OK;
}

static enum ecp_status read_node(const struct reading *r, hid_t nodes, struct ecp_nir_node *node)
{
    hid_t at = H5I_INVALID_HID;
    const char *type;
    enum ecp_status status;
    ECP_TRY(ecp_h5_open_group(&r->file, nodes, node->name, &at));
    ECP_TRY(load_text(r, at, "type", &type));
    ECP_TRY(find_kind(r, node->name, type, &node->kind));
    ECP_TRY(read_parameters(r, at, node));
    status = check_node(r, node);
done:
    ecp_h5_close(at);
    return status;
}

/* ---- the graph ------------------------------------------------------------------------ */

static enum ecp_status read_nodes(struct reading *r, hid_t graph)
{
    struct ecp_nir_graph *g = &r->graph;
    hid_t nodes = H5I_INVALID_HID;
    char name[ECP_H5_NAME];
    enum ecp_status status;
    ECP_TRY(ecp_h5_open_group(&r->file, graph, "nodes", &nodes));
    const hsize_t n = ecp_h5_links(nodes);
    if (n == 0 || n > MOST_NODES) {
        status = ecp_fail(ECP_ECONFIG, "%s: %zu nodes; 1 to %d are allowed", r->file.path,
                          (size_t)n, MOST_NODES);
        goto done;
    }
    ECP_TRY(ecp_pool_alloc(r->pool, (size_t)n, sizeof *g->node, &g->node));
    for (hsize_t k = 0; k < n; k++, g->n_nodes++) {
        ECP_TRY(ecp_h5_link(&r->file, nodes, k, name));
        ECP_TRY(ecp_pool_text(r->pool, name, &g->node[k].name));
        ECP_TRY(read_node(r, nodes, &g->node[k]));
    }
done:
    ecp_h5_close(nodes);
    return status;
}

static enum ecp_status find_node(const struct reading *r, const char *name, size_t *out)
{
    for (size_t k = 0; k < r->graph.n_nodes; k++)
        if (strcmp(r->graph.node[k].name, name) == 0) {
            *out = k;
            return ECP_OK;
        }
    return ecp_fail(ECP_ECONFIG, "%s: an edge names node \"%.80s\", which is not there",
                    r->file.path, name);
}

static enum ecp_status read_edges(struct reading *r, hid_t graph)
{
    struct ecp_nir_graph *g = &r->graph;
    const char **name;
    size_t n = 0;
    enum ecp_status status;
    ECP_TRY(load_texts(r, graph, "edges", &n, &name));
    if (n % 2 != 0)
        return ecp_fail(ECP_EIO, "%s: edges: %zu names, not pairs", r->file.path, n);
    ECP_TRY(ecp_pool_alloc(r->pool, n / 2, sizeof *g->edge, &g->edge));
    for (size_t k = 0; k < n / 2; k++, g->n_edges++) {
        size_t *edge = g->edge[k];
        ECP_TRY(find_node(r, name[2 * k], &edge[0]));
        ECP_TRY(find_node(r, name[2 * k + 1], &edge[1]));
        const struct ecp_nir_node *from = &g->node[edge[0]], *to = &g->node[edge[1]];
        if (from->size != to->n_in)
            return ecp_fail(ECP_ECONFIG, "%s: edge %s to %s: %zu come out and %zu go in",
                            r->file.path, from->name, to->name, from->size, to->n_in);
    }
done:
    return status;
}

enum ecp_status ecp_nir_read(const char *path, struct ecp_pool *pool, struct ecp_nir_graph *out)
{
    struct reading r = {.pool = pool};
    hid_t graph = H5I_INVALID_HID;
    const char *type;
    enum ecp_status status = ecp_h5_open(path, &r.file);
    if (status != ECP_OK)
        return status;
    if (!ecp_h5_is_group(r.file.file, "node")) {
        status = ecp_fail(ECP_EIO, "%s: is no NIR file: it has no group node", path);
        goto done;
    }
    if (ecp_h5_has(r.file.file, "version"))
        ECP_TRY(load_text(&r, r.file.file, "version", &r.graph.version));
    ECP_TRY(ecp_h5_open_group(&r.file, r.file.file, "node", &graph));
    ECP_TRY(load_text(&r, graph, "type", &type));
    if (strcmp(type, "NIRGraph") != 0) {
        status = ecp_fail(ECP_ECONFIG, "%s: node is a %.40s; a NIRGraph is allowed", path, type);
        goto done;
    }
    ECP_TRY(read_nodes(&r, graph));
    ECP_TRY(read_edges(&r, graph));
    *out = r.graph;
done:
    ecp_h5_close(graph);
    ecp_h5_shut(&r.file);
    return status;
}
