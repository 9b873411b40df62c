/* Groups of known keys, and plain values. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_reader.h"
#include "engine/config_text.h"
#include "engine/plan_check.h"

enum { MANY = 64 };

enum ecp_status ecp_refuse_missing(const struct ecp_node *group, const char *key,
                                   const char *allowed)
{
    char path[ECP_KEY_LENGTH], whole[2 * ECP_KEY_LENGTH];
    (void)ecp_node_key(group, path);
    (void)snprintf(whole, sizeof whole, "%s%s%s", path, path[0] ? "." : "", key);
    return ecp_refuse(&group->place, whole, "is missing; allowed: %s", allowed);
}

enum ecp_status ecp_expect_group(const struct ecp_node *node)
{
    return node->kind == ECP_NODE_GROUP ? ECP_OK
                                        : ecp_node_wrong(node, "a group { key = value; ... }");
}

enum ecp_status ecp_expect_list(const struct ecp_node *node)
{
    return node->kind == ECP_NODE_LIST ? ECP_OK : ecp_node_wrong(node, "a list ( { ... }, ... )");
}

static enum ecp_status refuse_range(const struct ecp_key *key, double value)
{
    const int is_plain = strcmp(key->unit, "1") == 0;
    const char *blank = is_plain ? "" : " ", *unit = is_plain ? "" : key->unit;
    return ecp_node_refuse(key->node, "found %.15g%s%s; allowed: %g to %g%s%s", value, blank, unit,
                           key->lowest, key->highest, blank, unit);
}

static enum ecp_status read_key(struct ecp_reader *reader, struct ecp_key *key)
{
    enum ecp_status status;
    switch (key->type) {
    case ECP_KEY_NODE:
        break;
    case ECP_KEY_TEXT:
        return ecp_read_text(reader, key->node, key->out);
    case ECP_KEY_WORD:
        return ecp_read_word(key->node, key->words, key->out);
    case ECP_KEY_COUNT:
        return ecp_read_count(key->node, key->lowest, key->highest, key->out);
    case ECP_KEY_BOOL:
        return ecp_read_bool(key->node, key->out);
    case ECP_KEY_NUMBER: {
        double value;
        status = ecp_read_number(reader, key->node, key->unit, &value);
        if (status != ECP_OK)
            return status;
        const int any = !(key->lowest < key->highest);
        if (!any && !(value >= key->lowest && value <= key->highest))
            return refuse_range(key, value);
        *(double *)key->out = value;
        break;
    }
    }
    return ECP_OK;
}

enum ecp_status ecp_read_keys(struct ecp_reader *reader, const struct ecp_node *group,
                              struct ecp_key *keys, size_t n)
{
    const char *names[MANY];
    for (size_t k = 0; k < n; k++)
        keys[k].node = NULL;
    for (struct ecp_node *node = group->child; node; node = node->next) {
        size_t k = 0;
        while (k < n && strcmp(keys[k].name, node->name) != 0)
            k++;
        if (k == n) {
            for (k = 0; k < n && k < MANY; k++)
                names[k] = keys[k].name;
            char text[ECP_ALLOWED_LENGTH];
            return ecp_node_refuse(node, "found an unknown key; %s",
                                   ecp_allowed(text, node->name, names, k));
        }
        keys[k].node = node;
        const enum ecp_status status = read_key(reader, &keys[k]);
        if (status != ECP_OK)
            return status;
    }
    return ECP_OK;
}

/* ---- values ------------------------------------------------------------- */

enum ecp_status ecp_read_text(struct ecp_reader *reader, const struct ecp_node *node,
                              const char **out)
{
    if (node->kind != ECP_NODE_TEXT)
        return ecp_node_wrong(node, "text in \"quotes\"");
    const char *text = ecp_plan_strdup(reader->plan, node->text);
    if (!text)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    *out = text;
    return ECP_OK;
}

enum ecp_status ecp_read_word(const struct ecp_node *node, const char *const *words, int *out)
{
    char text[ECP_ALLOWED_LENGTH], shown[ECP_SHOWN_LENGTH];
    size_t n = 0;
    for (; words[n]; n++)
        if (node->kind == ECP_NODE_TEXT && strcmp(words[n], node->text) == 0) {
            *out = (int)n;
            return ECP_OK;
        }
    return ecp_node_refuse(
        node, "found %s; %s", ecp_node_show(node, shown),
        ecp_allowed(text, node->kind == ECP_NODE_TEXT ? node->text : NULL, words, n));
}

enum ecp_status ecp_read_count(const struct ecp_node *node, double lowest, double highest,
                               size_t *out)
{
    char shown[ECP_SHOWN_LENGTH];
    /* Whole numbers that are written as 1e4 are as good; above 2^53 there is
     * no telling. */
    const int is_whole = node->kind == ECP_NODE_WHOLE ||
                         (node->kind == ECP_NODE_NUMBER && fabs(node->number) <= 0x1p53 &&
                          node->number == nearbyint(node->number));
    if (!(lowest < highest))
        highest = 0x1p63;
    if (is_whole && node->number >= lowest && node->number <= highest) {
        *out = node->kind == ECP_NODE_WHOLE ? (size_t)node->whole : (size_t)node->number;
        return ECP_OK;
    }
    if (highest > 0x1p53)
        return ecp_node_refuse(node, "found %s; allowed: a whole number, %.0f or more",
                               ecp_node_show(node, shown), lowest);
    return ecp_node_refuse(node, "found %s; allowed: a whole number from %.0f to %.0f",
                           ecp_node_show(node, shown), lowest, highest);
}

enum ecp_status ecp_read_bool(const struct ecp_node *node, int *out)
{
    if (node->kind != ECP_NODE_BOOL)
        return ecp_node_wrong(node, "true, false");
    *out = (int)node->whole;
    return ECP_OK;
}

enum ecp_status ecp_read_number(struct ecp_reader *reader, const struct ecp_node *node,
                                const char *unit, double *out)
{
    if (node->kind == ECP_NODE_TEXT)
        return ecp_node_refuse_again(node, ecp_units_convert(reader->units, node->text, unit, out));
    const int is_plain = strcmp(unit, "1") == 0;
    if ((node->kind != ECP_NODE_WHOLE && node->kind != ECP_NODE_NUMBER) ||
        !isfinite(node->number)) {
        char shown[ECP_SHOWN_LENGTH];
        return ecp_node_refuse(node, "found %s; allowed: a finite number%s%s%s",
                               ecp_node_show(node, shown), is_plain ? "" : " in ",
                               is_plain ? "" : unit, is_plain ? "" : ", or text with a unit");
    }
    *out = node->number;
    return ECP_OK;
}

enum ecp_status ecp_read_numbers(struct ecp_reader *reader, const struct ecp_node *node,
                                 const char *unit, size_t *n, double **out)
{
    const int is_list = node->kind == ECP_NODE_LIST;
    const size_t count = is_list ? node->n_children : 1;
    double *values = ecp_arena_array(reader->plan->arena, count, sizeof *values);
    if (!values)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu numbers", count);
    size_t k = 0;
    for (const struct ecp_node *at = is_list ? node->child : node; at && k < count;
         at = is_list ? at->next : NULL) {
        const enum ecp_status status = ecp_read_number(reader, at, unit, &values[k++]);
        if (status != ECP_OK)
            return status;
    }
    *n = count;
    *out = values;
    return ECP_OK;
}

enum ecp_status ecp_read_indices(struct ecp_reader *reader, const struct ecp_node *node, size_t *n,
                                 ecp_lid **out)
{
    enum ecp_status status = ecp_expect_list(node);
    if (status != ECP_OK)
        return status;
    ecp_lid *list = ecp_arena_array(reader->plan->arena, node->n_children, sizeof *list);
    if (!list)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu indices", node->n_children);
    size_t k = 0;
    for (const struct ecp_node *at = node->child; at; at = at->next) {
        size_t value = 0;
        status = ecp_read_count(at, 0, UINT32_MAX - 1, &value);
        if (status != ECP_OK)
            return status;
        list[k++] = (ecp_lid)value;
    }
    *n = k;
    *out = list;
    return ECP_OK;
}

struct ecp_place ecp_reader_place(struct ecp_reader *reader, const struct ecp_node *node)
{
    if (!node->place.file)
        return (struct ecp_place){NULL, 0};
    if (node->place.file != reader->tree_file) {
        const char *copy = ecp_plan_strdup(reader->plan, node->place.file);
        reader->tree_file = node->place.file;
        reader->plan_file = copy ? copy : reader->name;
    }
    return (struct ecp_place){reader->plan_file, node->place.line};
}

enum ecp_status ecp_refuse_no_element(const struct ecp_node *node, const char *kind,
                                      const char *name, const char *const *names, size_t n)
{
    char text[ECP_ALLOWED_LENGTH];
    return ecp_node_refuse(node, "there is no %s \"%.60s\"; %s", kind, name,
                           ecp_allowed(text, name, names, n));
}

enum ecp_status ecp_refuse_no_stimulus(const struct ecp_plan *plan, const struct ecp_node *node,
                                       const char *name)
{
    const char *names[MANY];
    size_t n = 0;
    for (size_t k = 0; k < plan->n_stimuli && n < MANY; k++)
        if (plan->stimulus[k]->name)
            names[n++] = plan->stimulus[k]->name;
    return ecp_refuse_no_element(node, "stimulus", name, names, n);
}

enum ecp_status ecp_refuse_no_probe(const struct ecp_plan *plan, const struct ecp_node *node,
                                    const char *name)
{
    const char *names[MANY];
    size_t n = 0;
    for (size_t k = 0; k < plan->n_probes && n < MANY; k++)
        if (plan->probe[k]->name)
            names[n++] = plan->probe[k]->name;
    return ecp_refuse_no_element(node, "probe", name, names, n);
}

int ecp_is_typed(const struct ecp_node *node)
{
    return node->place.file && strcmp(node->place.file, ECP_COMMAND_LINE) == 0;
}
