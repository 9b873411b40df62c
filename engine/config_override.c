/* "network.scale=0.5" from the command line, merged into the tree. */
#include <ctype.h>
#include <string.h>

#include "engine/config_node.h"

enum { MAX_STEPS = 32 };

static const struct ecp_place here = {ECP_COMMAND_LINE, 0};

/* The text of a key of an element, or of the first element of a list there. */
static const char *word_of(const struct ecp_node *group, const char *key)
{
    const struct ecp_node *node = ecp_node_find(group, key);
    if (node && node->kind == ECP_NODE_LIST && node->n_children == 1)
        node = node->child;
    return node && node->kind == ECP_NODE_TEXT ? node->text : NULL;
}

static int is_pair(const char *name, const char *first, const char *second)
{
    const size_t length = first ? strlen(first) : 0;
    return first && second && strncmp(name, first, length) == 0 && name[length] == '_' &&
           strcmp(name + length + 1, second) == 0;
}

/* Is the element named so, or, being without a name, given this one? */
static int is_named(const struct ecp_node *element, const char *name)
{
    if (element->kind != ECP_NODE_GROUP)
        return 0;
    const char *own = word_of(element, "name"), *label = word_of(element, "label");
    if (own || label)
        return strcmp(own ? own : label, name) == 0;
    const char *target = word_of(element, "target"), *kind = word_of(element, "kind");
    if (kind && strcmp(kind, "gap") == 0)
        return is_pair(name, kind, word_of(element, "source"));
    const char *what = ecp_node_find(element, "field") ? "field" : "kind";
    return is_pair(name, word_of(element, "source"), target) ||
           is_pair(name, word_of(element, what), target);
}

static int is_index(const char *step, size_t *out)
{
    size_t value = 0, n = 0;
    for (; isdigit((unsigned char)step[n]) && n < 9; n++)
        value = 10 * value + (size_t)(step[n] - '0');
    *out = value;
    return n > 0 && step[n] == '\0';
}

/* An element that the file does not have: of a scenario, perhaps; the reader
 * knows by its name. */
static enum ecp_status add_element(struct ecp_arena *arena, struct ecp_node *list, const char *name,
                                   struct ecp_node **out)
{
    struct ecp_node *element, *text;
    enum ecp_status status = ecp_node_add(arena, list, NULL, &element);
    if (status == ECP_OK) {
        element->place = here;
        status = ecp_node_add(arena, element, "name", &text);
    }
    if (status != ECP_OK)
        return status;
    text->kind = ECP_NODE_TEXT;
    text->text = ecp_arena_strdup(arena, name);
    text->place = here;
    *out = element;
    return text->text ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for an override");
}

static enum ecp_status into_list(struct ecp_arena *arena, struct ecp_node *list, const char *step,
                                 struct ecp_node **out)
{
    size_t index;
    char key[ECP_KEY_LENGTH];
    if (is_index(step, &index)) {
        if (list->n_children == 0)
            return ecp_refuse(&here, ecp_node_key(list, key),
                              "found element %zu of an empty list; allowed: names of elements",
                              index);
        if (index >= list->n_children)
            return ecp_refuse(&here, ecp_node_key(list, key),
                              "found element %zu; allowed: 0 to %zu, or names of elements", index,
                              list->n_children - 1);
        *out = ecp_node_at(list, index);
        return ECP_OK;
    }
    for (struct ecp_node *n = list->child; n; n = n->next)
        if (is_named(n, step)) {
            *out = n;
            return ECP_OK;
        }
    return add_element(arena, list, step, out);
}

static int is_list_of_groups(const struct ecp_node *node)
{
    static const char *const names[] = {"projections", "stimuli",  "probes",
                                        "phases",      "analyses", "claims"};
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
        if (!node->parent->parent && strcmp(node->name, names[k]) == 0)
            return 1;
    return 0;
}

static enum ecp_status into(struct ecp_arena *arena, struct ecp_node *node, const char *step,
                            struct ecp_node **out)
{
    char key[ECP_KEY_LENGTH], shown[ECP_SHOWN_LENGTH];
    if (node->kind == ECP_NODE_LIST)
        return into_list(arena, node, step, out);
    if (node->kind != ECP_NODE_GROUP)
        return ecp_refuse(&here, ecp_node_key(node, key),
                          "found \".%.60s\" behind it, but it is %s; allowed: keys of groups and "
                          "elements of lists",
                          step, ecp_node_show(node, shown));
    struct ecp_node *child = ecp_node_find(node, step);
    if (!child) {
        const enum ecp_status status = ecp_node_add(arena, node, step, &child);
        if (status != ECP_OK)
            return status;
        child->place = here;
        child->kind = is_list_of_groups(child) ? ECP_NODE_LIST : ECP_NODE_GROUP;
    }
    *out = child;
    return ECP_OK;
}

/* A value in libconfig's syntax; what it cannot be taken for is a string. */
static enum ecp_status read_value(struct ecp_arena *arena, const char *key, const char *value,
                                  struct ecp_node **out)
{
    value += strspn(value, " \t\n");
    if (*value == '\0')
        return ecp_refuse(&here, key, "found no value behind \"=\"; allowed: KEY=VALUE");
    const enum ecp_status status = ecp_node_parse_value(arena, value, out);
    if (status != ECP_ECONFIG)
        return status;
    if (strchr("{([\"", *value))
        return ecp_refuse_again(&here, key, status);
    ecp_error_clear();
    const enum ecp_status added = ecp_node_add(arena, NULL, NULL, out);
    if (added != ECP_OK)
        return added;
    (*out)->kind = ECP_NODE_TEXT;
    (*out)->text = ecp_arena_strdup(arena, value);
    return (*out)->text ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for an override");
}

static void place_here(struct ecp_node *node)
{
    node->place = here;
    for (struct ecp_node *n = node->child; n; n = n->next)
        place_here(n);
}

/* `node` keeps its name and its place among its siblings. */
static void replace(struct ecp_node *node, const struct ecp_node *value)
{
    node->kind = value->kind;
    node->whole = value->whole;
    node->number = value->number;
    node->text = value->text;
    node->child = value->child;
    node->last_child = value->last_child;
    node->n_children = value->n_children;
    for (struct ecp_node *n = node->child; n; n = n->next)
        n->parent = node;
    place_here(node);
}

enum ecp_status ecp_node_override(struct ecp_arena *arena, struct ecp_node *root,
                                  const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    size_t length = equals ? (size_t)(equals - assignment) : 0;
    while (length > 0 && isspace((unsigned char)assignment[length - 1]))
        length--;
    if (length == 0)
        return ecp_refuse(&here, NULL, "found \"%.80s\"; allowed: KEY=VALUE, as network.scale=0.5",
                          assignment);
    char *path = ecp_arena_strndup(arena, assignment, length);
    char *key = ecp_arena_strndup(arena, assignment, length);
    if (!path || !key)
        return ecp_fail(ECP_ENOMEM, "no memory for an override");
    struct ecp_node *value;
    enum ecp_status status = read_value(arena, key, equals + 1, &value);
    struct ecp_node *node = root;
    int steps = 0;
    for (char *step = path, *next; step && status == ECP_OK; step = next) {
        next = strchr(step, '.');
        if (next)
            *next++ = '\0';
        if (*step == '\0' || ++steps > MAX_STEPS)
            return ecp_refuse(&here, key,
                              "found an empty or too deep key; allowed: names with "
                              "single dots between them");
        status = into(arena, node, step, &node);
    }
    if (status == ECP_OK)
        replace(node, value);
    return status;
}
