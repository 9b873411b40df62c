/* projections = ( { kind = "gap"; source = "E"; rule = "..."; conductance = ...; }, ... ) */
#include <math.h>
#include <string.h>

#include "engine/config_projection.h"
#include "engine/plan_check.h"

/* The keys of a projection that gap junctions take, `weight` under another name. */
static const int taken[] = {ECP_PJ_KIND,   ECP_PJ_NAME,      ECP_PJ_SOURCE, ECP_PJ_TARGET,
                            ECP_PJ_RULE,   ECP_PJ_INDEGREE,  ECP_PJ_NUMBER, ECP_PJ_PROBABILITY,
                            ECP_PJ_FILE,   ECP_PJ_EDGES,     ECP_PJ_KERNEL, ECP_PJ_SCALE,
                            ECP_PJ_CUTOFF, ECP_PJ_OUTDEGREE, ECP_PJ_WEIGHT, ECP_PJ_MULTAPSES};

enum { TAKEN = sizeof taken / sizeof taken[0] };

static enum ecp_status read_keys(struct ecp_reader *reader, const struct ecp_node *node,
                                 struct ecp_key *key, struct ecp_projection_values *v,
                                 int *symmetric)
{
    struct ecp_key packed[TAKEN + 1];
    ecp_projection_table(key, v);
    for (size_t k = 0; k < ECP_PJ_KEYS; k++)
        key[k].node = NULL;
    key[ECP_PJ_WEIGHT].name = "conductance";
    for (size_t k = 0; k < TAKEN; k++)
        packed[k] = key[taken[k]];
    packed[TAKEN] = (struct ecp_key){.name = "symmetric", .type = ECP_KEY_BOOL, .out = symmetric};
    const enum ecp_status status = ecp_read_keys(reader, node, packed, TAKEN + 1);
    for (size_t k = 0; k < TAKEN; k++)
        key[taken[k]].node = packed[k].node;
    return status;
}

static enum ecp_status apply(struct ecp_reader *reader, struct ecp_plan_projection *p,
                             const struct ecp_key *key, const struct ecp_projection_values *v)
{
    enum ecp_status status = ECP_OK;
    p->rule = (enum ecp_rule)v->rule;
    p->number = v->number;
    p->probability = v->probability;
    p->kernel = (enum ecp_distance_kernel)v->kernel;
    p->scale = v->scale;
    p->cutoff = v->cutoff;
    p->multapses = v->multapses;
    if (key[ECP_PJ_WEIGHT].node)
        ECP_TRY(ecp_read_field(reader, key[ECP_PJ_WEIGHT].node, &ecp_gap_conductance, &p->weight));
    if (key[ECP_PJ_FILE].node || key[ECP_PJ_EDGES].node) {
        ECP_TRY(ecp_projection_edges(reader, p, key, ecp_gap_conductance.unit));
        if (p->edges.delay)
            return ecp_node_refuse(
                key[ECP_PJ_FILE].node ? key[ECP_PJ_FILE].node : key[ECP_PJ_EDGES].node,
                "found delays of gap junctions; allowed: source, target and conductance");
    }
done:
    return status;
}

/* Each population with itself: target is left out, or says the same. */
static enum ecp_status read_populations(struct ecp_reader *reader, const struct ecp_node *node,
                                        const struct ecp_key *key, size_t *n, int **source)
{
    enum ecp_status status;
    size_t n_targets;
    int *target;
    if (!key[ECP_PJ_SOURCE].node)
        return ecp_refuse_missing(node, "source", "a population, or a list of them");
    ECP_TRY(ecp_read_populations(reader, key[ECP_PJ_SOURCE].node, 1, n, source));
    if (!key[ECP_PJ_TARGET].node)
        return ECP_OK;
    ECP_TRY(ecp_read_populations(reader, key[ECP_PJ_TARGET].node, 1, &n_targets, &target));
    if (n_targets != *n || memcmp(target, *source, *n * sizeof *target) != 0)
        return ecp_node_refuse(key[ECP_PJ_TARGET].node,
                               "found another population than the source; allowed: gap junctions "
                               "of a population with itself");
done:
    return status;
}

static enum ecp_status add_all(struct ecp_reader *reader, const struct ecp_node *node,
                               const struct ecp_key *key, const struct ecp_projection_values *v,
                               int symmetric)
{
    enum ecp_status status = ECP_OK;
    size_t n = 0;
    int *source = NULL;
    if (!key[ECP_PJ_RULE].node)
        return ecp_projection_no_rule(node);
    ECP_TRY(read_populations(reader, node, key, &n, &source));
    ECP_TRY(ecp_projection_rule_keys(node, key, v->rule, 1));
    for (size_t k = 0; k < n; k++) {
        const char *population = reader->plan->population[source[k]]->name;
        struct ecp_plan_projection *p = NULL;
        ECP_TRY(ecp_plan_add_gap(reader->plan, population, (enum ecp_rule)v->rule, &p));
        p->place = ecp_reader_place(reader, node);
        p->symmetric = symmetric;
        if (v->name)
            p->name = n > 1 ? ecp_plan_printf(reader->plan, "%s_%s", v->name, population) : v->name;
        if (!p->name)
            return ecp_fail(ECP_ENOMEM, "no memory for the plan");
        ECP_TRY(apply(reader, p, key, v));
        if (!key[ECP_PJ_WEIGHT].node && !p->edges.weight)
            return ecp_refuse_missing(node, "conductance", "a number, text with a unit, or a law");
    }
done:
    return status;
}

/* Junctions of the scenario: what is not said stays. */
static enum ecp_status change(struct ecp_reader *reader, const struct ecp_node *node,
                              struct ecp_plan_projection *p)
{
    struct ecp_projection_values v = {.rule = (int)p->rule,
                                      .number = p->number,
                                      .probability = p->probability,
                                      .kernel = (int)p->kernel,
                                      .scale = p->scale,
                                      .cutoff = p->cutoff,
                                      .multapses = p->multapses};
    const int before = (int)p->rule;
    struct ecp_key key[ECP_PJ_KEYS];
    enum ecp_status status;
    ECP_TRY(read_keys(reader, node, key, &v, &p->symmetric));
    ECP_TRY(ecp_projection_rule_keys(node, key, v.rule, before != v.rule));
    ECP_TRY(apply(reader, p, key, &v));
done:
    return status;
}

/* 1: the scenario's junctions of the name that the element gives. */
static int is_given(const struct ecp_reader *reader, const struct ecp_node *node, int *at)
{
    const struct ecp_node *name = ecp_node_find(node, "name");
    if (!name || name->kind != ECP_NODE_TEXT || ecp_node_find(node, "source") ||
        ecp_node_find(node, "target"))
        return 0;
    *at = ecp_plan_gap_index(reader->plan, name->text);
    return *at >= 0 && (size_t)*at < reader->given_gaps;
}

int ecp_is_gap(const struct ecp_reader *reader, const struct ecp_node *node)
{
    const struct ecp_node *kind = ecp_node_find(node, "kind");
    int at;
    if (kind)
        return kind->kind == ECP_NODE_TEXT && strcmp(kind->text, "gap") == 0;
    return is_given(reader, node, &at);
}

enum ecp_status ecp_read_gap(struct ecp_reader *reader, const struct ecp_node *node)
{
    struct ecp_key key[ECP_PJ_KEYS];
    struct ecp_projection_values v = {.rule = -1, .cutoff = INFINITY, .multapses = 1};
    int symmetric = 1, at = 0;
    if (is_given(reader, node, &at))
        return change(reader, node, reader->plan->gap[at]);
    enum ecp_status status = read_keys(reader, node, key, &v, &symmetric);
    if (status == ECP_OK)
        status = add_all(reader, node, key, &v, symmetric);
    return status;
}
