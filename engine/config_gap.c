/* projections = ( { kind = "gap"; source = "E"; rule = "..."; conductance = ...; },
 *                 { kind = "sic"; source = "A"; target = "E"; rule = "..."; weight = ...; }, ... )
 */
#include <math.h>
#include <string.h>

#include "engine/config_projection.h"
#include "engine/edges.h"
#include "engine/plan_check.h"

/* The keys of a projection that couplings take; gap junctions call `weight` by
 * another name, and have no delay. */
static const int taken[] = {ECP_PJ_KIND,   ECP_PJ_NAME,      ECP_PJ_SOURCE, ECP_PJ_TARGET,
                            ECP_PJ_RULE,   ECP_PJ_INDEGREE,  ECP_PJ_NUMBER, ECP_PJ_PROBABILITY,
                            ECP_PJ_FILE,   ECP_PJ_EDGES,     ECP_PJ_KERNEL, ECP_PJ_SCALE,
                            ECP_PJ_CUTOFF, ECP_PJ_OUTDEGREE, ECP_PJ_WEIGHT, ECP_PJ_MULTAPSES,
                            ECP_PJ_DELAY};

enum { TAKEN = sizeof taken / sizeof taken[0], OWN = 2 };

/* What couplings have besides. */
struct own_values {
    int symmetric;
    const char *field;
};

static enum ecp_status read_keys(struct ecp_reader *reader, const struct ecp_node *node,
                                 struct ecp_key *key, struct ecp_projection_values *v,
                                 struct own_values *own)
{
    struct ecp_key packed[TAKEN + OWN];
    const int is_gap = v->coupling == ECP_COUPLING_GAP;
    size_t n = is_gap ? TAKEN - 1 : TAKEN;
    ecp_projection_table(key, v);
    for (size_t k = 0; k < ECP_PJ_KEYS; k++)
        key[k].node = NULL;
    if (is_gap)
        key[ECP_PJ_WEIGHT].name = "conductance";
    for (size_t k = 0; k < TAKEN; k++)
        packed[k] = key[taken[k]];
    packed[n++] = (struct ecp_key){.name = "field", .type = ECP_KEY_TEXT, .out = &own->field};
    if (is_gap)
        packed[n++] =
            (struct ecp_key){.name = "symmetric", .type = ECP_KEY_BOOL, .out = &own->symmetric};
    const enum ecp_status status = ecp_read_keys(reader, node, packed, n);
    for (size_t k = 0; k < (is_gap ? TAKEN - 1 : TAKEN); k++)
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
        ECP_TRY(ecp_read_field(reader, key[ECP_PJ_WEIGHT].node, ecp_gap_weight(p), &p->weight));
    if (key[ECP_PJ_DELAY].node)
        ECP_TRY(ecp_read_delay(reader, key[ECP_PJ_DELAY].node, &p->delay));
    if (key[ECP_PJ_FILE].node || key[ECP_PJ_EDGES].node) {
        ECP_TRY(ecp_projection_edges(reader, p, key, ecp_gap_weight(p)->unit));
        ECP_TRY(ecp_edges_load(reader->plan, p)); /* each junction has two ends: all need all */
        if (p->edges.delay && p->coupling == ECP_COUPLING_GAP)
            return ecp_node_refuse(
                key[ECP_PJ_FILE].node ? key[ECP_PJ_FILE].node : key[ECP_PJ_EDGES].node,
                "found delays of gap junctions; allowed: source, target and conductance");
    }
done:
    return status;
}

/* Where the element's couplings begin and end: pairs of populations. Gap junctions: each
 * population with itself, target is left out, or says the same. */
struct ends {
    size_t n_sources, n_targets;
    int *source, *target;
};

static enum ecp_status read_ends(struct ecp_reader *reader, const struct ecp_node *node,
                                 const struct ecp_key *key, int is_gap, struct ends *e)
{
    enum ecp_status status;
    if (!key[ECP_PJ_SOURCE].node)
        return ecp_refuse_missing(node, "source", "a population, or a list of them");
    ECP_TRY(ecp_read_populations(reader, key[ECP_PJ_SOURCE].node, 1, &e->n_sources, &e->source));
    if (!key[ECP_PJ_TARGET].node)
        return is_gap ? ECP_OK
                      : ecp_refuse_missing(node, "target", "a population, or a list of them");
    ECP_TRY(ecp_read_populations(reader, key[ECP_PJ_TARGET].node, 1, &e->n_targets, &e->target));
    if (is_gap && (e->n_targets != e->n_sources ||
                   memcmp(e->target, e->source, e->n_sources * sizeof *e->target) != 0))
        return ecp_node_refuse(key[ECP_PJ_TARGET].node,
                               "found another population than the source; allowed: gap junctions "
                               "of a population with itself");
done:
    return status;
}

static enum ecp_status add_one(struct ecp_reader *reader, const struct ecp_node *node,
                               const struct ecp_projection_values *v, const char *const name[2],
                               struct ecp_plan_projection **out)
{
    const enum ecp_rule rule = (enum ecp_rule)v->rule;
    const int is_gap = v->coupling == ECP_COUPLING_GAP;
    struct ecp_plan_projection *p = NULL;
    const enum ecp_status status = is_gap
                                       ? ecp_plan_add_gap(reader->plan, name[0], rule, &p)
                                       : ecp_plan_add_sic(reader->plan, name[0], name[1], rule, &p);
    if (status != ECP_OK)
        return status;
    p->place = ecp_reader_place(reader, node);
    if (v->name && v->many)
        p->name = is_gap ? ecp_plan_printf(reader->plan, "%s_%s", v->name, name[0])
                         : ecp_plan_printf(reader->plan, "%s_%s_%s", v->name, name[0], name[1]);
    else if (v->name)
        p->name = v->name;
    if (!p->name)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    *out = p;
    return ECP_OK;
}

static enum ecp_status add_all(struct ecp_reader *reader, const struct ecp_node *node,
                               const struct ecp_key *key, struct ecp_projection_values *v,
                               const struct own_values *own)
{
    enum ecp_status status = ECP_OK;
    const int is_gap = v->coupling == ECP_COUPLING_GAP;
    struct ends e = {0};
    if (!key[ECP_PJ_RULE].node)
        return ecp_projection_no_rule(node);
    ECP_TRY(read_ends(reader, node, key, is_gap, &e));
    ECP_TRY(ecp_projection_rule_keys(node, key, v->rule, 1));
    const size_t n = e.n_sources * (is_gap ? 1 : e.n_targets);
    v->many = n > 1;
    for (size_t k = 0; k < n; k++) {
        const int s = e.source[is_gap ? k : k / e.n_targets];
        const int t = is_gap ? s : e.target[k % e.n_targets];
        const char *const name[2] = {reader->plan->population[s]->name,
                                     reader->plan->population[t]->name};
        struct ecp_plan_projection *p = NULL;
        ECP_TRY(add_one(reader, node, v, name, &p));
        p->symmetric = own->symmetric;
        p->field_name = own->field;
        ECP_TRY(apply(reader, p, key, v));
        if (!key[ECP_PJ_WEIGHT].node && !p->edges.weight)
            return ecp_refuse_missing(node, is_gap ? "conductance" : "weight",
                                      "a number, text with a unit, or a law");
    }
done:
    return status;
}

/* Couplings of the scenario: what is not said stays. */
static enum ecp_status change(struct ecp_reader *reader, const struct ecp_node *node,
                              struct ecp_plan_projection *p)
{
    struct ecp_projection_values v = {.rule = (int)p->rule,
                                      .number = p->number,
                                      .probability = p->probability,
                                      .kernel = (int)p->kernel,
                                      .scale = p->scale,
                                      .cutoff = p->cutoff,
                                      .multapses = p->multapses,
                                      .coupling = (int)p->coupling};
    struct own_values own = {p->symmetric, p->field_name};
    const int before = (int)p->rule;
    struct ecp_key key[ECP_PJ_KEYS];
    enum ecp_status status;
    if (p->third)
        return ecp_node_refuse(node, "found a part of %s; allowed: its own name", p->third->name);
    ECP_TRY(read_keys(reader, node, key, &v, &own));
    p->symmetric = own.symmetric;
    p->field_name = own.field;
    ECP_TRY(ecp_projection_rule_keys(node, key, v.rule, before != v.rule));
    ECP_TRY(apply(reader, p, key, &v));
done:
    return status;
}

/* 1: the scenario's couplings of the name that the element gives. */
static int is_given(const struct ecp_reader *reader, const struct ecp_node *node, int *at)
{
    const struct ecp_node *name = ecp_node_find(node, "name");
    if (!name || name->kind != ECP_NODE_TEXT || ecp_node_find(node, "source") ||
        ecp_node_find(node, "target"))
        return 0;
    *at = ecp_plan_gap_index(reader->plan, name->text);
    return *at >= 0 && (size_t)*at < reader->given_gaps;
}

static int is_kind(const struct ecp_node *node, const char *word)
{
    const struct ecp_node *kind = ecp_node_find(node, "kind");
    return kind && kind->kind == ECP_NODE_TEXT && strcmp(kind->text, word) == 0;
}

int ecp_is_gap(const struct ecp_reader *reader, const struct ecp_node *node)
{
    int at;
    if (ecp_node_find(node, "kind"))
        return is_kind(node, "gap") || is_kind(node, "sic");
    return is_given(reader, node, &at);
}

enum ecp_status ecp_read_gap(struct ecp_reader *reader, const struct ecp_node *node)
{
    struct ecp_key key[ECP_PJ_KEYS];
    struct ecp_projection_values v = {.rule = -1,
                                      .cutoff = INFINITY,
                                      .multapses = 1,
                                      .coupling = is_kind(node, "sic") ? ECP_COUPLING_SIC
                                                                       : ECP_COUPLING_GAP};
    struct own_values own = {.symmetric = 1};
    int at = 0;
    if (is_given(reader, node, &at))
        return change(reader, node, reader->plan->gap[at]);
    enum ecp_status status = read_keys(reader, node, key, &v, &own);
    if (status == ECP_OK)
        status = add_all(reader, node, key, &v, &own);
    return status;
}
