/* Values that may be random, and names of populations. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config_reader.h"
#include "engine/config_text.h"
#include "engine/plan_check.h"
#include "engine/store.h"

static const char *const value_forms = "a number, text with a unit, a law { dist = ... }, a list "
                                       "or { file = ... }";

enum ecp_status ecp_read_path(struct ecp_reader *reader, struct ecp_node *node, const char **out)
{
    if (node->kind != ECP_NODE_TEXT || node->text[0] == '\0')
        return ecp_node_wrong(node, "the name of a .csv or .h5 file");
    /* An override is typed where the program runs, not where the file lies. */
    const char *beside = ecp_is_typed(node) || !node->place.file ? "" : node->place.file;
    char *path = ecp_text_path(reader->plan->arena, beside, node->text);
    if (!path)
        return ecp_fail(ECP_ENOMEM, "no memory for a path");
    char *inside = strstr(path, ":/"); /* "FILE.h5:/GROUP/NAME" */
    if (inside)
        *inside = '\0';
    char *real = realpath(path, NULL);
    if (inside)
        *inside = ':';
    char *kept = real ? ecp_plan_printf(reader->plan, "%s%s", real, inside ? inside : "") : path;
    free(real);
    if (!kept)
        return ecp_fail(ECP_ENOMEM, "no memory for a path");
    node->text = kept;
    *out = kept;
    return ECP_OK;
}

static enum ecp_status read_file(struct ecp_reader *reader, const struct ecp_node *node,
                                 struct ecp_draw *out)
{
    struct ecp_draw law = ecp_draw_constant(0);
    struct ecp_node *file = ecp_node_find(node, "file");
    enum ecp_status status = ecp_read_path(reader, file, &law.file);
    if (status != ECP_OK)
        return status;
    status = ecp_input_values(reader->plan, law.file, &law.count, &law.list);
    if (status != ECP_OK)
        return ecp_node_refuse_again(file, status);
    law.kind = ECP_DRAW_LIST;
    *out = law;
    return ECP_OK;
}

/* Two parameters of each law, by the order of ecp_dist_words. */
static const char *const law_keys[][2] = {
    {"mean", "sd"}, {"mu", "sigma"}, {"low", "high"}, {"mean", NULL}};

/* Keys of another law are refused with those of this one. */
static enum ecp_status read_law_keys(struct ecp_reader *reader, const struct ecp_node *node,
                                     int dist, const char *unit, struct ecp_draw *law)
{
    const int is_log = dist == 1, is_uniform = dist == 2;
    const char *first = law_keys[dist][0], *second = law_keys[dist][1];
    const char *scale = is_log ? "1" : unit;
    int bounds = 1;
    struct ecp_key keys[6] = {
        {.name = "dist", .type = ECP_KEY_NODE},
        {.name = first, .type = ECP_KEY_NUMBER, .out = &law->a, .unit = scale}};
    size_t n = 2;
    if (second)
        keys[n++] =
            (struct ecp_key){.name = second, .type = ECP_KEY_NUMBER, .out = &law->b, .unit = scale};
    const size_t own = n;
    if (!is_uniform) {
        keys[n++] = (struct ecp_key){
            .name = "low", .type = ECP_KEY_NUMBER, .out = &law->lowest, .unit = unit};
        keys[n++] = (struct ecp_key){
            .name = "high", .type = ECP_KEY_NUMBER, .out = &law->highest, .unit = unit};
        keys[n++] = (struct ecp_key){
            .name = "bounds", .type = ECP_KEY_WORD, .out = &bounds, .words = ecp_bounds_words};
    }
    const enum ecp_status status = ecp_read_keys(reader, node, keys, n);
    if (status != ECP_OK)
        return status;
    for (size_t k = 1; k < own; k++)
        if (!keys[k].node)
            return ecp_refuse_missing(node, keys[k].name, "a number, or text with a unit");
    if (!is_uniform && (keys[own].node || keys[own + 1].node))
        law->bounds = (enum ecp_draw_bounds)(bounds + ECP_BOUNDS_CLIP);
    else if (!is_uniform && keys[own + 2].node)
        return ecp_node_refuse(keys[own + 2].node,
                               "found bounds without low or high; allowed: one of them or both");
    return ECP_OK;
}

static enum ecp_status read_law(struct ecp_reader *reader, const struct ecp_node *node,
                                const char *unit, struct ecp_draw *out)
{
    const struct ecp_node *dist = ecp_node_find(node, "dist"), *file = ecp_node_find(node, "file");
    char text[ECP_FAULT_LENGTH];
    int which = 0;
    if (file && !dist && node->n_children == 1)
        return read_file(reader, node, out);
    if (!dist)
        return ecp_refuse_missing(node, "dist",
                                  "normal, lognormal, uniform, exponential; or a "
                                  "single key file");
    enum ecp_status status = ecp_read_word(dist, ecp_dist_words, &which);
    if (status != ECP_OK)
        return status;
    struct ecp_draw law = ecp_draw_constant(0);
    law.kind = (enum ecp_draw_kind)(which + ECP_DRAW_NORMAL);
    status = read_law_keys(reader, node, which, unit, &law);
    if (status != ECP_OK)
        return status;
    const char *fault = ecp_draw_fault(&law, unit, text);
    if (fault)
        return ecp_node_refuse(node, "%s", fault);
    *out = law;
    return ECP_OK;
}

enum ecp_status ecp_read_value(struct ecp_reader *reader, const struct ecp_node *node,
                               const char *unit, struct ecp_draw *out)
{
    struct ecp_draw law = ecp_draw_constant(0);
    enum ecp_status status;
    double *list;
    switch (node->kind) {
    case ECP_NODE_GROUP:
        return read_law(reader, node, unit, out);
    case ECP_NODE_LIST:
        status = ecp_read_numbers(reader, node, unit, &law.count, &list);
        if (status != ECP_OK)
            return status;
        if (law.count == 0)
            return ecp_node_wrong(node, value_forms);
        law.kind = ECP_DRAW_LIST;
        law.list = list;
        break;
    case ECP_NODE_BOOL:
        return ecp_node_wrong(node, value_forms);
    default:
        status = ecp_read_number(reader, node, unit, &law.a);
        if (status != ECP_OK)
            return status;
    }
    *out = law;
    return ECP_OK;
}

enum ecp_status ecp_read_field(struct ecp_reader *reader, const struct ecp_node *node,
                               const struct ecp_field *field, struct ecp_draw *out)
{
    char text[ECP_FAULT_LENGTH];
    struct ecp_draw law;
    const enum ecp_status status = ecp_read_value(reader, node, field->unit, &law);
    if (status != ECP_OK)
        return status;
    const char *fault = ecp_draw_range_fault(&law, field, text);
    if (fault)
        return ecp_node_refuse(node, "%s", fault);
    *out = law;
    return ECP_OK;
}

enum ecp_status ecp_read_field_number(struct ecp_reader *reader, const struct ecp_node *node,
                                      const struct ecp_field *field, double *out)
{
    char text[ECP_FAULT_LENGTH];
    struct ecp_draw law = ecp_draw_constant(0);
    const enum ecp_status status = ecp_read_number(reader, node, field->unit, &law.a);
    if (status != ECP_OK)
        return status;
    const char *fault = ecp_draw_range_fault(&law, field, text);
    if (fault)
        return ecp_node_refuse(node, "%s", fault);
    *out = law.a;
    return ECP_OK;
}

/* ---- populations -------------------------------------------------------- */

static enum ecp_status find_population(const struct ecp_reader *reader, const struct ecp_node *node,
                                       int *out)
{
    char key[ECP_KEY_LENGTH];
    if (node->kind != ECP_NODE_TEXT)
        return ecp_node_wrong(node, "the name of a population, or a list of names");
    const int at = ecp_plan_population_index(reader->plan, node->text);
    if (at < 0)
        return ecp_plan_no_population(reader->plan, &node->place, ecp_node_key(node, key),
                                      node->text);
    *out = at;
    return ECP_OK;
}

enum ecp_status ecp_read_populations(struct ecp_reader *reader, const struct ecp_node *node,
                                     int star, size_t *n, int **out)
{
    const int all = star && node->kind == ECP_NODE_TEXT && strcmp(node->text, "*") == 0;
    const int is_list = node->kind == ECP_NODE_LIST;
    const size_t count = all ? reader->plan->n_populations : is_list ? node->n_children : 1;
    int *index = ecp_arena_array(reader->arena, count, sizeof *index);
    if (!index)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu populations", count);
    if (count == 0)
        return ecp_node_wrong(node, "one or more names of populations");
    const struct ecp_node *at = is_list ? node->child : node;
    for (size_t k = 0; k < count; k++) {
        enum ecp_status status = ECP_OK;
        if (all)
            index[k] = (int)k;
        else
            status = find_population(reader, at, &index[k]);
        for (size_t j = 0; j < k && status == ECP_OK; j++)
            if (index[j] == index[k])
                status = ecp_node_wrong(at, "each population once");
        if (status != ECP_OK)
            return status;
        at = is_list ? at->next : at;
    }
    *n = count;
    *out = index;
    return ECP_OK;
}

enum ecp_status ecp_read_subset(struct ecp_reader *reader, const struct ecp_node *node,
                                struct ecp_subset *out)
{
    const size_t size = reader->plan->population[out->population]->size;
    const double last = (double)(size - 1);
    struct ecp_subset part = *out;
    struct ecp_key keys[] = {
        {.name = "first", .type = ECP_KEY_COUNT, .out = &part.first, .highest = last},
        {.name = "count",
         .type = ECP_KEY_COUNT,
         .out = &part.count,
         .lowest = 1,
         .highest = last + 1},
        {.name = "stride",
         .type = ECP_KEY_COUNT,
         .out = &part.stride,
         .lowest = 1,
         .highest = last + 1},
        {.name = "list", .type = ECP_KEY_NODE}};
    enum ecp_status status = ecp_expect_group(node);
    if (status == ECP_OK)
        status = ecp_read_keys(reader, node, keys, sizeof keys / sizeof keys[0]);
    if (status != ECP_OK)
        return status;
    if (keys[3].node && (keys[0].node || keys[1].node || keys[2].node))
        return ecp_node_refuse(node, "found list beside first, count or stride; allowed: either");
    if (keys[3].node) {
        ecp_lid *list;
        status = ecp_read_indices(reader, keys[3].node, &part.count, &list);
        if (status != ECP_OK)
            return status;
        part.first = 0;
        part.stride = 1;
        part.list = list;
    } else if (!keys[1].node) {
        part.count = (size - part.first + part.stride - 1) / part.stride;
    }
    char key[ECP_KEY_LENGTH];
    status = ecp_plan_check_subset(reader->plan, &part, &node->place, ecp_node_key(node, key));
    if (status == ECP_OK)
        *out = part;
    return status;
}
