#include "engine/config_node.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum ecp_status ecp_node_add(struct ecp_arena *arena, struct ecp_node *parent, const char *name,
                             struct ecp_node **out)
{
    struct ecp_node *node = ecp_arena_alloc(arena, sizeof *node);
    char *copy = name ? ecp_arena_strdup(arena, name) : NULL;
    if (!node || (name && !copy))
        return ecp_fail(ECP_ENOMEM, "no memory for the tree of the config");
    node->name = copy;
    node->parent = parent;
    if (parent) {
        node->index = parent->n_children++;
        if (parent->last_child)
            parent->last_child->next = node;
        else
            parent->child = node;
        parent->last_child = node;
    }
    *out = node;
    return ECP_OK;
}

struct ecp_node *ecp_node_find(const struct ecp_node *group, const char *name)
{
    for (struct ecp_node *n = group ? group->child : NULL; n; n = n->next)
        if (n->name && strcmp(n->name, name) == 0)
            return n;
    return NULL;
}

struct ecp_node *ecp_node_at(const struct ecp_node *parent, size_t index)
{
    struct ecp_node *n = parent->child;
    while (n && index-- > 0)
        n = n->next;
    return n;
}

/* What an element of a list is called: by its `name`, or nothing. */
static const char *own_name(const struct ecp_node *node)
{
    if (node->name || node->kind != ECP_NODE_GROUP)
        return node->name;
    const struct ecp_node *name = ecp_node_find(node, "name");
    return name && name->kind == ECP_NODE_TEXT ? name->text : NULL;
}

const char *ecp_node_key(const struct ecp_node *node, char *text)
{
    const struct ecp_node *path[64];
    size_t depth = 0, at = 0;
    text[0] = '\0';
    for (; node && node->parent && depth < sizeof path / sizeof path[0]; node = node->parent)
        path[depth++] = node;
    while (depth-- > 0 && at + 1 < ECP_KEY_LENGTH) {
        const char *name = own_name(path[depth]);
        const char *dot = at ? "." : "";
        const int n =
            name ? snprintf(text + at, ECP_KEY_LENGTH - at, "%s%s", dot, name)
                 : snprintf(text + at, ECP_KEY_LENGTH - at, "%s%zu", dot, path[depth]->index);
        at += n > 0 ? (size_t)n : 0;
    }
    return text;
}

const char *ecp_node_show(const struct ecp_node *node, char *text)
{
    switch (node->kind) {
    case ECP_NODE_GROUP:
        (void)snprintf(text, ECP_SHOWN_LENGTH, "a group { }");
        break;
    case ECP_NODE_LIST:
        (void)snprintf(text, ECP_SHOWN_LENGTH, "a list of %zu", node->n_children);
        break;
    case ECP_NODE_WHOLE:
        (void)snprintf(text, ECP_SHOWN_LENGTH, "%lld", node->whole);
        break;
    case ECP_NODE_NUMBER:
        (void)snprintf(text, ECP_SHOWN_LENGTH, "%.15g", node->number);
        break;
    case ECP_NODE_BOOL:
        (void)snprintf(text, ECP_SHOWN_LENGTH, "%s", node->whole ? "true" : "false");
        break;
    case ECP_NODE_TEXT:
        (void)snprintf(text, ECP_SHOWN_LENGTH, "\"%.*s\"", ECP_SHOWN_LENGTH - 4, node->text);
        break;
    }
    return text;
}

enum ecp_status ecp_node_refuse_at(const char *file, int line, const struct ecp_node *node,
                                   const char *format, ...)
{
    char key[ECP_KEY_LENGTH], reason[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return ecp_refuse_at(file, line, &node->place, ecp_node_key(node, key), "%s", reason);
}

enum ecp_status ecp_node_refuse_again(const struct ecp_node *node, enum ecp_status status)
{
    char key[ECP_KEY_LENGTH];
    return ecp_refuse_again(&node->place, ecp_node_key(node, key), status);
}

enum ecp_status ecp_node_wrong(const struct ecp_node *node, const char *allowed)
{
    char shown[ECP_SHOWN_LENGTH];
    return ecp_node_refuse(node, "found %s; allowed: %s", ecp_node_show(node, shown), allowed);
}

enum ecp_status ecp_node_unknown(const struct ecp_node *node, const char *wrong,
                                 const char *const *names, size_t n)
{
    char text[ECP_ALLOWED_LENGTH];
    return ecp_node_refuse(node, "found unknown \"%.60s\"; %s", wrong,
                           ecp_allowed(text, wrong, names, n));
}
