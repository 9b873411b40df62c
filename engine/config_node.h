/* config_node.h -- a config as a tree of nodes, whoever parsed it. */
#ifndef ECP_CONFIG_NODE_H
#define ECP_CONFIG_NODE_H

#include "engine/arena.h"
#include "engine/config_place.h"
#include "engine/plan.h"
#include "engine/status.h"

enum ecp_node_kind {
    ECP_NODE_GROUP, /* { key = value; ... }             */
    ECP_NODE_LIST,  /* ( ... ) or [ ... ]: no keys      */
    ECP_NODE_WHOLE, /* 64-bit                           */
    ECP_NODE_NUMBER,
    ECP_NODE_BOOL,
    ECP_NODE_TEXT
};

struct ecp_node {
    const char *name; /* NULL for elements of lists and for the root */
    enum ecp_node_kind kind;
    long long whole;  /* WHOLE; BOOL: 0 or 1 */
    double number;    /* WHOLE and NUMBER */
    const char *text; /* TEXT */
    struct ecp_place place;
    struct ecp_node *parent, *child, *last_child, *next;
    size_t n_children, index; /* index: position among its parent's children */
};

/* ---- making the tree ---------------------------------------------------- */

/* A new last child; `name` NULL in lists. ECP_ENOMEM. */
enum ecp_status ecp_node_add(struct ecp_arena *arena, struct ecp_node *parent, const char *name,
                             struct ecp_node **out);

/* Parse "value" in libconfig's syntax (engine/config.c); *out has neither
 * name nor parent. ECP_ECONFIG with libconfig's reason. */
enum ecp_status ecp_node_parse_value(struct ecp_arena *arena, const char *value,
                                     struct ecp_node **out);

/* Merge "network.scale=0.5" into the tree. */
enum ecp_status ecp_node_override(struct ecp_arena *arena, struct ecp_node *root,
                                  const char *assignment);

/* ---- reading it --------------------------------------------------------- */

/* NULL when there is none. */
struct ecp_node *ecp_node_find(const struct ecp_node *group, const char *name);
struct ecp_node *ecp_node_at(const struct ecp_node *parent, size_t index);

/* "projections.E_I.weight"; elements of lists by name, else by position.
 * Returns `text`, of ECP_KEY_LENGTH. */
const char *ecp_node_key(const struct ecp_node *node, char *text);

/* What stands there: `"20 mV"`, `a group`, `0.5`. Returns `text` of 64. */
enum { ECP_SHOWN_LENGTH = 64 };
const char *ecp_node_show(const struct ecp_node *node, char *text);

/* Refuse with place and key of the node. `allowed` may be NULL. */
enum ecp_status ecp_node_refuse_at(const char *file, int line, const struct ecp_node *node,
                                   const char *format, ...) __attribute__((format(printf, 4, 5)));
#define ecp_node_refuse(...) ecp_node_refuse_at(__FILE__, __LINE__, __VA_ARGS__)

/* Put place and key of the node before a sentence recorded without them. */
enum ecp_status ecp_node_refuse_again(const struct ecp_node *node, enum ecp_status status);

/* "found X; allowed: ALLOWED". */
enum ecp_status ecp_node_wrong(const struct ecp_node *node, const char *allowed);

/* `wrong` is none of the names: shows the nearest and all. */
enum ecp_status ecp_node_unknown(const struct ecp_node *node, const char *wrong,
                                 const char *const *names, size_t n);

#endif
