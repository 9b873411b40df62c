/* Which keys a connection rule takes, and edges given one by one. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_projection.h"
#include "engine/edges.h"
#include "engine/plan_check.h"
#include "engine/store.h"

/* By rule: the keys it takes, and how many of the first it needs. */
static const struct {
    int key[5]; /* ends with 0 */
    int needed; /* 0: one of all */
} taken[] = {
    [ECP_RULE_ALL_TO_ALL] = {{0}, 0},
    [ECP_RULE_ONE_TO_ONE] = {{0}, 0},
    [ECP_RULE_FIXED_INDEGREE] = {{ECP_PJ_INDEGREE, 0}, 1},
    [ECP_RULE_FIXED_OUTDEGREE] = {{ECP_PJ_OUTDEGREE, 0}, 1},
    [ECP_RULE_FIXED_TOTAL_NUMBER] = {{ECP_PJ_NUMBER, 0}, 1},
    [ECP_RULE_PAIRWISE_BERNOULLI] = {{ECP_PJ_PROBABILITY, 0}, 1},
    [ECP_RULE_EXPLICIT] = {{ECP_PJ_EDGES, ECP_PJ_FILE, ECP_PJ_EDGE_TYPES, 0}, 0},
    [ECP_RULE_DISTANCE] = {{ECP_PJ_KERNEL, ECP_PJ_SCALE, ECP_PJ_PROBABILITY, ECP_PJ_CUTOFF, 0}, 3},
};

static const int rule_keys[] = {
    ECP_PJ_INDEGREE, ECP_PJ_OUTDEGREE,  ECP_PJ_NUMBER, ECP_PJ_PROBABILITY, ECP_PJ_FILE,
    ECP_PJ_EDGES,    ECP_PJ_EDGE_TYPES, ECP_PJ_KERNEL, ECP_PJ_SCALE,       ECP_PJ_CUTOFF};

static int takes(int rule, int key)
{
    for (size_t k = 0; taken[rule].key[k]; k++)
        if (taken[rule].key[k] == key)
            return 1;
    return 0;
}

static enum ecp_status refuse_key(const struct ecp_node *node, const struct ecp_key *key, int rule)
{
    char text[ECP_ALLOWED_LENGTH];
    const char *names[5];
    size_t n = 0;
    for (; taken[rule].key[n]; n++)
        names[n] = key[taken[rule].key[n]].name;
    if (n == 0)
        return ecp_node_refuse(node, "found with rule %s; allowed: no key of its own",
                               ecp_rule_words[rule]);
    return ecp_node_refuse(node, "found with rule %s; %s", ecp_rule_words[rule],
                           ecp_allowed(text, NULL, names, n));
}

enum ecp_status ecp_projection_rule_keys(const struct ecp_node *element, const struct ecp_key *key,
                                         int rule, int complete)
{
    for (size_t k = 0; k < sizeof rule_keys / sizeof rule_keys[0]; k++)
        if (key[rule_keys[k]].node && !takes(rule, rule_keys[k]))
            return refuse_key(key[rule_keys[k]].node, key, rule);
    for (int k = 0; complete && k < taken[rule].needed; k++)
        if (!key[taken[rule].key[k]].node) {
            char why[80];
            (void)snprintf(why, sizeof why, "a value, as rule %s needs it", ecp_rule_words[rule]);
            return ecp_refuse_missing(element, key[taken[rule].key[k]].name, why);
        }
    if (key[ECP_PJ_EDGES].node && key[ECP_PJ_FILE].node)
        return ecp_node_refuse(key[ECP_PJ_FILE].node,
                               "found beside edges; allowed: one of the two");
    if (key[ECP_PJ_EDGE_TYPES].node && !key[ECP_PJ_FILE].node)
        return ecp_node_refuse(key[ECP_PJ_EDGE_TYPES].node,
                               "found without file; allowed: beside a file of SONATA edges");
    if (complete && rule == ECP_RULE_EXPLICIT && !key[ECP_PJ_EDGES].node && !key[ECP_PJ_FILE].node)
        return ecp_refuse_missing(element, "edges",
                                  "((source, target, weight, delay), ...), or file = \"...\"");
    return ECP_OK;
}

/* ---- edges -------------------------------------------------------------- */

struct columns {
    ecp_lid *source, *target;
    double *weight, *delay;
};

static enum ecp_status read_edge(struct ecp_reader *reader, const struct ecp_node *edge,
                                 const char *weight_unit, struct columns *c, size_t k)
{
    enum ecp_status status;
    size_t source = 0, target = 0;
    if (edge->kind != ECP_NODE_LIST || edge->n_children != (c->delay ? 4u : c->weight ? 3u : 2u))
        return ecp_node_wrong(edge, "(source, target), (source, target, weight) or (source, "
                                    "target, weight, delay), the same for all edges");
    ECP_TRY(ecp_read_count(ecp_node_at(edge, 0), 0, UINT32_MAX - 1, &source));
    ECP_TRY(ecp_read_count(ecp_node_at(edge, 1), 0, UINT32_MAX - 1, &target));
    if (c->weight)
        ECP_TRY(ecp_read_number(reader, ecp_node_at(edge, 2), weight_unit, &c->weight[k]));
    if (c->delay)
        ECP_TRY(ecp_read_number(reader, ecp_node_at(edge, 3), "ms", &c->delay[k]));
    c->source[k] = (ecp_lid)source;
    c->target[k] = (ecp_lid)target;
done:
    return status;
}

static enum ecp_status read_edges(struct ecp_reader *reader, const struct ecp_node *node,
                                  const char *weight_unit, struct ecp_edges *out)
{
    struct ecp_arena *arena = reader->plan->arena;
    struct columns c = {0};
    enum ecp_status status = ecp_expect_list(node);
    if (status != ECP_OK)
        return status;
    const size_t n = node->n_children;
    const size_t width = n && node->child->kind == ECP_NODE_LIST ? node->child->n_children : 2;
    c.source = ecp_arena_array(arena, n, sizeof *c.source);
    c.target = ecp_arena_array(arena, n, sizeof *c.target);
    c.weight = width > 2 ? ecp_arena_array(arena, n, sizeof *c.weight) : NULL;
    c.delay = width > 3 ? ecp_arena_array(arena, n, sizeof *c.delay) : NULL;
    if (!c.source || !c.target || (width > 2 && !c.weight) || (width > 3 && !c.delay))
        return ecp_fail(ECP_ENOMEM, "no memory for %zu edges", n);
    size_t k = 0;
    for (const struct ecp_node *edge = node->child; edge && status == ECP_OK; edge = edge->next)
        status = read_edge(reader, edge, weight_unit, &c, k++);
    if (status == ECP_OK)
        *out = (struct ecp_edges){n, c.source, c.target, c.weight, c.delay};
    return status;
}

/* "EDGES|TYPES", one name for those who read edges. */
static enum ecp_status add_types(struct ecp_reader *reader, struct ecp_node *node,
                                 struct ecp_plan_projection *p)
{
    const char *types;
    const enum ecp_status status = ecp_read_path(reader, node, &types);
    if (status != ECP_OK)
        return status;
    p->edges_file = ecp_plan_printf(reader->plan, "%s|%s", p->edges_file, types);
    return p->edges_file ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for a path");
}

enum ecp_status ecp_projection_edges(struct ecp_reader *reader, struct ecp_plan_projection *p,
                                     const struct ecp_key *key, const char *weight_unit)
{
    enum ecp_status status;
    struct ecp_edges edges = {0};
    p->edges_file = NULL;
    p->edges_in_file = NULL;
    if (key[ECP_PJ_FILE].node) {
        ECP_TRY(ecp_read_path(reader, key[ECP_PJ_FILE].node, &p->edges_file));
        if (key[ECP_PJ_EDGE_TYPES].node)
            ECP_TRY(add_types(reader, key[ECP_PJ_EDGE_TYPES].node, p));
        status = ecp_input_edges_scan(reader->plan, p->edges_file, &edges, &p->edges_in_file);
        if (status != ECP_OK)
            return ecp_node_refuse_again(key[ECP_PJ_FILE].node, status);
    } else {
        ECP_TRY(read_edges(reader, key[ECP_PJ_EDGES].node, weight_unit, &edges));
    }
    p->edges = edges;
    if (ecp_edges_have_weights(p) && key[ECP_PJ_WEIGHT].node)
        return ecp_node_refuse(key[ECP_PJ_WEIGHT].node,
                               "found beside weights of the edges; allowed: one of the two");
    if (ecp_edges_have_delays(p) && key[ECP_PJ_DELAY].node)
        return ecp_node_refuse(key[ECP_PJ_DELAY].node,
                               "found beside delays of the edges; allowed: one of the two");
done:
    return status;
}
