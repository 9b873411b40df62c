/* populations = { E = { model = "lif"; size = 100; param = { ... }; ... }; } */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "engine/config_reader.h"
#include "engine/plan_check.h"
#include "engine/plugin.h"
#include "engine/store.h"

enum { MODEL, SIZE, NODES, PARAM, INITIAL, LAYOUT, SCHEME, KEYS };

static int is_param(const struct ecp_field *field)
{
    return field->kind == ECP_PARAM || field->kind == ECP_PARAM_EACH;
}

static int is_initial(const struct ecp_field *field)
{
    return field->kind == ECP_STATE || field->kind == ECP_COUNTER;
}

static enum ecp_status unknown_field(const struct ecp_node *node,
                                     const struct ecp_neuron_model *model,
                                     int (*fits)(const struct ecp_field *))
{
    char text[ECP_ALLOWED_LENGTH];
    const char *names[ECP_MAX_FIELDS];
    size_t n = 0;
    const int at = ecp_field_find(model->fields, node->name);
    for (size_t k = 0; model->fields && model->fields[k].name && n < ECP_MAX_FIELDS; k++)
        if (fits(&model->fields[k]))
            names[n++] = model->fields[k].name;
    return ecp_node_refuse(node, "%s %s of model %s; %s",
                           at >= 0 ? "found a" : "found an unknown key, no",
                           at >= 0              ? ecp_field_kind_name(model->fields[at].kind)
                           : fits == is_initial ? "state"
                                                : "parameter",
                           model->name, ecp_allowed(text, node->name, names, n));
}

static enum ecp_status read_fields(struct ecp_reader *reader, const struct ecp_node *group,
                                   struct ecp_plan_population *p,
                                   int (*fits)(const struct ecp_field *))
{
    enum ecp_status status = ecp_expect_group(group);
    for (const struct ecp_node *node = group->child; node && status == ECP_OK; node = node->next) {
        const int at = ecp_field_find(p->model->fields, node->name);
        if (at < 0 || !fits(&p->model->fields[at]))
            return unknown_field(node, p->model, fits);
        struct ecp_draw law;
        status = ecp_read_field(reader, node, &p->model->fields[at], &law);
        if (status == ECP_OK && law.kind == ECP_DRAW_LIST && law.count != p->size)
            status = ecp_node_refuse(node, "found %zu numbers; allowed: %zu, one for each neuron",
                                     law.count, p->size);
        if (status != ECP_OK)
            break;
        p->field[at] = law;
        p->field_given[at] = 1;
    }
    return status;
}

/* ---- layout ------------------------------------------------------------- */

enum { L_KIND, L_SHAPE, L_EXTENT, L_PERIODIC, L_KEYS };

static enum ecp_status read_shape(const struct ecp_node *node, size_t size,
                                  struct ecp_layout *layout)
{
    size_t shape[2];
    if (node->kind != ECP_NODE_LIST || node->n_children != 2)
        return ecp_node_wrong(node, "[rows, columns]");
    for (size_t k = 0; k < 2; k++) {
        const enum ecp_status status =
            ecp_read_count(ecp_node_at(node, k), 1, UINT32_MAX, &shape[k]);
        if (status != ECP_OK)
            return status;
    }
    if (shape[0] * shape[1] != size)
        return ecp_node_refuse(node,
                               "found %zu x %zu = %zu places; allowed: as many as neurons, %zu",
                               shape[0], shape[1], shape[0] * shape[1], size);
    layout->rows = shape[0];
    layout->columns = shape[1];
    return ECP_OK;
}

static enum ecp_status read_extent(struct ecp_reader *reader, const struct ecp_node *node,
                                   struct ecp_layout *layout)
{
    size_t n;
    double *extent;
    const enum ecp_status status = ecp_read_numbers(reader, node, "mm", &n, &extent);
    if (status != ECP_OK)
        return status;
    if (n != 2)
        return ecp_node_wrong(node, "[width, height], as [\"1 mm\", \"1 mm\"]");
    if (!(extent[0] > 0) || !(extent[1] > 0))
        return ecp_node_refuse(node, "found %g x %g mm; allowed: more than 0 mm", extent[0],
                               extent[1]);
    layout->width = extent[0];
    layout->height = extent[1];
    return ECP_OK;
}

static enum ecp_status read_layout(struct ecp_reader *reader, const struct ecp_node *node,
                                   struct ecp_plan_population *p)
{
    enum ecp_status status;
    struct ecp_layout layout = {0};
    int kind = 0;
    struct ecp_key key[L_KEYS] = {
        [L_KIND] = {.name = "kind", .type = ECP_KEY_WORD, .out = &kind, .words = ecp_layout_words},
        [L_SHAPE] = {.name = "shape", .type = ECP_KEY_NODE},
        [L_EXTENT] = {.name = "extent", .type = ECP_KEY_NODE},
        [L_PERIODIC] = {.name = "periodic", .type = ECP_KEY_BOOL, .out = &layout.periodic}};
    ECP_TRY(ecp_expect_group(node));
    ECP_TRY(ecp_read_keys(reader, node, key, L_KEYS));
    if (!key[L_KIND].node)
        return ecp_refuse_missing(node, "kind", "grid, sheet");
    if (!key[L_EXTENT].node)
        return ecp_refuse_missing(node, "extent", "[width, height], as [\"1 mm\", \"1 mm\"]");
    layout.kind = (enum ecp_layout_kind)(kind + ECP_LAYOUT_GRID);
    if (layout.kind == ECP_LAYOUT_GRID && !key[L_SHAPE].node)
        return ecp_refuse_missing(node, "shape", "[rows, columns]");
    if (layout.kind == ECP_LAYOUT_SHEET && key[L_SHAPE].node)
        return ecp_node_refuse(key[L_SHAPE].node,
                               "found with kind = \"sheet\"; allowed: with kind = \"grid\"");
    if (key[L_SHAPE].node)
        ECP_TRY(read_shape(key[L_SHAPE].node, p->size, &layout));
    ECP_TRY(read_extent(reader, key[L_EXTENT].node, &layout));
    p->layout = layout;
done:
    return status;
}

/* ---- nodes of SONATA ---------------------------------------------------- */

static enum ecp_status count_nodes(struct ecp_reader *reader, struct ecp_node *node, size_t *size)
{
    const char *path;
    enum ecp_status status = ecp_read_path(reader, node, &path);
    if (status == ECP_OK)
        status = ecp_node_refuse_again(node, ecp_input_nodes(path, size));
    return status;
}

/* ---- the section -------------------------------------------------------- */

static enum ecp_status add_population(struct ecp_reader *reader, const struct ecp_node *node,
                                      const struct ecp_key *key, const char *model, size_t size)
{
    char path[ECP_KEY_LENGTH];
    const struct ecp_neuron_model *found;
    struct ecp_plan_population *p;
    const struct ecp_place place = ecp_reader_place(reader, node);
    enum ecp_status status;
    if (!key[MODEL].node)
        return ecp_refuse_missing(node, "model", "a neuron model, as \"lif\"");
    if (!key[SIZE].node && !key[NODES].node)
        return ecp_refuse_missing(node, "size", "the number of neurons");
    if (key[SIZE].node && key[NODES].node)
        return ecp_node_refuse(key[NODES].node, "found beside size; allowed: one of the two");
    if (key[NODES].node)
        ECP_TRY(count_nodes(reader, key[NODES].node, &size));
    ECP_TRY(ecp_plan_check_name(node->name, &place, ecp_node_key(node, path)));
    status = ecp_plugins_find_neuron(reader->plan->plugins, model, &found);
    if (status != ECP_OK)
        return ecp_node_refuse_again(key[MODEL].node, status);
    status = ecp_plan_add_population(reader->plan, node->name, model, size, &p);
    if (status != ECP_OK)
        return ecp_node_refuse_again(node, status);
    p->place = place;
done:
    return status;
}

static enum ecp_status read_scheme(const struct ecp_node *node, const char *scheme,
                                   struct ecp_plan_population *p)
{
    void (*update)(const struct ecp_block *);
    const enum ecp_status status = ecp_neuron_scheme(p->model, scheme, &update);
    if (status != ECP_OK)
        return ecp_node_refuse_again(node, status);
    p->scheme = scheme;
    return ECP_OK;
}

static enum ecp_status read_population(struct ecp_reader *reader, const struct ecp_node *node)
{
    enum ecp_status status;
    const char *model = NULL, *scheme = NULL;
    size_t size = 0;
    struct ecp_key key[KEYS] = {
        [MODEL] = {.name = "model", .type = ECP_KEY_TEXT, .out = &model},
        [SIZE] = {.name = "size",
                  .type = ECP_KEY_COUNT,
                  .out = &size,
                  .lowest = 1,
                  .highest = UINT32_MAX - 1.0},
        [NODES] = {.name = "nodes", .type = ECP_KEY_NODE},
        [PARAM] = {.name = "param", .type = ECP_KEY_NODE},
        [INITIAL] = {.name = "initial", .type = ECP_KEY_NODE},
        [LAYOUT] = {.name = "layout", .type = ECP_KEY_NODE},
        [SCHEME] = {.name = "scheme", .type = ECP_KEY_TEXT, .out = &scheme}};
    ECP_TRY(ecp_expect_group(node));
    ECP_TRY(ecp_read_keys(reader, node, key, KEYS));
    int at = ecp_plan_population_index(reader->plan, node->name);
    if (at >= 0 && (key[MODEL].node || key[SIZE].node || key[NODES].node))
        return ecp_node_refuse(key[MODEL].node  ? key[MODEL].node
                               : key[SIZE].node ? key[SIZE].node
                                                : key[NODES].node,
                               "found for a population that the scenario made; allowed: param, "
                               "initial, layout, scheme");
    if (at < 0) {
        if (ecp_is_typed(node) && !key[MODEL].node) {
            char path[ECP_KEY_LENGTH];
            return ecp_plan_no_population(reader->plan, &node->place, ecp_node_key(node, path),
                                          node->name);
        }
        ECP_TRY(add_population(reader, node, key, model, size));
        at = (int)reader->plan->n_populations - 1;
    }
    struct ecp_plan_population *p = reader->plan->population[at];
    if (key[PARAM].node)
        ECP_TRY(read_fields(reader, key[PARAM].node, p, is_param));
    if (key[INITIAL].node)
        ECP_TRY(read_fields(reader, key[INITIAL].node, p, is_initial));
    if (key[LAYOUT].node)
        ECP_TRY(read_layout(reader, key[LAYOUT].node, p));
    if (key[SCHEME].node)
        ECP_TRY(read_scheme(key[SCHEME].node, scheme, p));
done:
    return status;
}

enum ecp_status ecp_reader_populations(struct ecp_reader *reader, const struct ecp_node *node)
{
    enum ecp_status status = ecp_expect_group(node);
    for (const struct ecp_node *p = node->child; p && status == ECP_OK; p = p->next)
        status = read_population(reader, p);
    return status;
}
