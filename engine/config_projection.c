/* projections = ( { source = "E"; target = "I"; rule = "..."; ... }, ... ) */
#include <math.h>
#include <string.h>

#include "engine/config_projection.h"
#include "engine/config_reader.h"
#include "engine/edges.h"
#include "engine/plan_check.h"

void ecp_projection_table(struct ecp_key *key, struct ecp_projection_values *v)
{
    static const char *const nodes[] = {[ECP_PJ_SOURCE] = "source",
                                        [ECP_PJ_TARGET] = "target",
                                        [ECP_PJ_FILE] = "file",
                                        [ECP_PJ_EDGES] = "edges",
                                        [ECP_PJ_EDGE_TYPES] = "edge_types",
                                        [ECP_PJ_WEIGHT] = "weight",
                                        [ECP_PJ_DELAY] = "delay",
                                        [ECP_PJ_PLASTICITY] = "plasticity",
                                        [ECP_PJ_SHORT_TERM] = "short_term",
                                        [ECP_PJ_STRUCTURE] = "structure"};
    for (size_t k = 0; k < sizeof nodes / sizeof nodes[0]; k++)
        if (nodes[k])
            key[k] = (struct ecp_key){.name = nodes[k], .type = ECP_KEY_NODE};
    key[ECP_PJ_KIND] = (struct ecp_key){
        .name = "kind", .type = ECP_KEY_WORD, .out = &v->kind, .words = ecp_connection_words};
    key[ECP_PJ_NAME] = (struct ecp_key){.name = "name", .type = ECP_KEY_TEXT, .out = &v->name};
    key[ECP_PJ_RULE] = (struct ecp_key){
        .name = "rule", .type = ECP_KEY_WORD, .out = &v->rule, .words = ecp_rule_words};
    key[ECP_PJ_INDEGREE] =
        (struct ecp_key){.name = "indegree", .type = ECP_KEY_COUNT, .out = &v->number};
    key[ECP_PJ_OUTDEGREE] =
        (struct ecp_key){.name = "outdegree", .type = ECP_KEY_COUNT, .out = &v->number};
    key[ECP_PJ_NUMBER] =
        (struct ecp_key){.name = "number", .type = ECP_KEY_COUNT, .out = &v->number};
    key[ECP_PJ_PROBABILITY] = (struct ecp_key){.name = "probability",
                                               .type = ECP_KEY_NUMBER,
                                               .out = &v->probability,
                                               .unit = "1",
                                               .lowest = 0,
                                               .highest = 1};
    key[ECP_PJ_KERNEL] = (struct ecp_key){
        .name = "kernel", .type = ECP_KEY_WORD, .out = &v->kernel, .words = ecp_kernel_words};
    key[ECP_PJ_SCALE] =
        (struct ecp_key){.name = "scale", .type = ECP_KEY_NUMBER, .out = &v->scale, .unit = "mm"};
    key[ECP_PJ_CUTOFF] =
        (struct ecp_key){.name = "cutoff", .type = ECP_KEY_NUMBER, .out = &v->cutoff, .unit = "mm"};
    key[ECP_PJ_PORT] = (struct ecp_key){.name = "port", .type = ECP_KEY_TEXT, .out = &v->port};
    key[ECP_PJ_PRECISION] = (struct ecp_key){.name = "precision",
                                             .type = ECP_KEY_WORD,
                                             .out = &v->precision,
                                             .words = ecp_precision_words};
    key[ECP_PJ_DELAY_TYPE] = (struct ecp_key){.name = "delay_type",
                                              .type = ECP_KEY_WORD,
                                              .out = &v->dendritic,
                                              .words = ecp_delay_type_words};
    key[ECP_PJ_AUTAPSES] =
        (struct ecp_key){.name = "autapses", .type = ECP_KEY_BOOL, .out = &v->autapses};
    key[ECP_PJ_MULTAPSES] =
        (struct ecp_key){.name = "multapses", .type = ECP_KEY_BOOL, .out = &v->multapses};
}

static const struct ecp_field *port_field(const struct ecp_plan_population *target, int port)
{
    return &target->model
                ->fields[ecp_field_of_kind(target->model->fields, ECP_INPUT, (size_t)port)];
}

/* Weight and port: the unit is the port's. */
static enum ecp_status apply_weight(struct ecp_reader *reader, struct ecp_plan_projection *p,
                                    const struct ecp_key *key)
{
    const struct ecp_plan_population *target = reader->plan->population[p->target];
    const struct ecp_node *said = key[ECP_PJ_PORT].node     ? key[ECP_PJ_PORT].node
                                  : key[ECP_PJ_TARGET].node ? key[ECP_PJ_TARGET].node
                                                            : key[ECP_PJ_NAME].node;
    char path[ECP_KEY_LENGTH];
    int negative;
    enum ecp_status status;
    ECP_TRY(ecp_plan_find_port(target, p->port_name, &said->place, ecp_node_key(said, path),
                               &p->port_positive, &negative));
    const struct ecp_field *field = port_field(target, p->port_positive);
    if (key[ECP_PJ_WEIGHT].node)
        ECP_TRY(ecp_read_field(reader, key[ECP_PJ_WEIGHT].node, field, &p->weight));
    if (key[ECP_PJ_FILE].node || key[ECP_PJ_EDGES].node)
        ECP_TRY(ecp_projection_edges(reader, p, key, field->unit));
done:
    return status;
}

enum ecp_status ecp_read_delay(struct ecp_reader *reader, const struct ecp_node *node,
                               struct ecp_draw *out)
{
    char text[ECP_FAULT_LENGTH];
    const enum ecp_status status = ecp_read_value(reader, node, "ms", out);
    const char *fault = status == ECP_OK ? ecp_draw_delay_fault(out, reader->plan->dt, text) : NULL;
    return fault ? ecp_node_refuse(node, "%s", fault) : status;
}

static enum ecp_status apply(struct ecp_reader *reader, struct ecp_plan_projection *p,
                             const struct ecp_key *key, const struct ecp_projection_values *v)
{
    enum ecp_status status;
    p->rule = (enum ecp_rule)v->rule;
    p->number = v->number;
    p->probability = v->probability;
    p->kernel = (enum ecp_distance_kernel)v->kernel;
    p->scale = v->scale;
    p->cutoff = v->cutoff;
    p->port_name = v->port;
    p->precision = (enum ecp_precision)v->precision;
    p->autapses = v->autapses;
    p->multapses = v->multapses;
    p->dendritic = v->dendritic;
    ECP_TRY(apply_weight(reader, p, key));
    if (key[ECP_PJ_DELAY].node)
        ECP_TRY(ecp_read_delay(reader, key[ECP_PJ_DELAY].node, &p->delay));
    if (key[ECP_PJ_PLASTICITY].node)
        ECP_TRY(ecp_read_plasticity(reader, key[ECP_PJ_PLASTICITY].node, p, ECP_SLOT_RULE));
    if (key[ECP_PJ_SHORT_TERM].node)
        ECP_TRY(ecp_read_plasticity(reader, key[ECP_PJ_SHORT_TERM].node, p, ECP_SLOT_SHORT_TERM));
    if (key[ECP_PJ_STRUCTURE].node)
        ECP_TRY(ecp_read_plasticity(reader, key[ECP_PJ_STRUCTURE].node, p, ECP_SLOT_STRUCTURE));
done:
    return status;
}

/* ---- one element, one or more projections -------------------------------- */

static enum ecp_status add_one(struct ecp_reader *reader, const struct ecp_node *node,
                               const struct ecp_projection_values *v,
                               const struct ecp_plan_population *const ends[2],
                               struct ecp_plan_projection **out)
{
    struct ecp_plan_projection *p;
    enum ecp_status status = ecp_plan_add_projection(reader->plan, ends[0]->name, ends[1]->name,
                                                     (enum ecp_rule)v->rule, &p);
    if (status != ECP_OK)
        return ecp_node_refuse_again(node, status);
    p->place = ecp_reader_place(reader, node);
    if (v->name)
        p->name = v->many ? ecp_plan_printf(reader->plan, "%s_%s_%s", v->name, ends[0]->name,
                                            ends[1]->name)
                          : v->name;
    if (!p->name)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    *out = p;
    return ECP_OK;
}

static enum ecp_status add_all(struct ecp_reader *reader, const struct ecp_node *node,
                               const struct ecp_key *key, struct ecp_projection_values *v)
{
    enum ecp_status status = ECP_OK;
    size_t n_sources = 0, n_targets = 0;
    int *source = NULL, *target = NULL;
    if (!key[ECP_PJ_SOURCE].node)
        return ecp_refuse_missing(node, "source", "a population, or a list of them");
    if (!key[ECP_PJ_TARGET].node)
        return ecp_refuse_missing(node, "target", "a population, or a list of them");
    ECP_TRY(ecp_read_populations(reader, key[ECP_PJ_SOURCE].node, 1, &n_sources, &source));
    ECP_TRY(ecp_read_populations(reader, key[ECP_PJ_TARGET].node, 1, &n_targets, &target));
    ECP_TRY(ecp_projection_rule_keys(node, key, v->rule, 1));
    v->many = n_sources * n_targets > 1;
    for (size_t s = 0; s < n_sources; s++)
        for (size_t t = 0; t < n_targets; t++) {
            const struct ecp_plan_population *const ends[2] = {reader->plan->population[source[s]],
                                                               reader->plan->population[target[t]]};
            struct ecp_plan_projection *p = NULL;
            ECP_TRY(add_one(reader, node, v, ends, &p));
            ECP_TRY(apply(reader, p, key, v));
            if (!key[ECP_PJ_WEIGHT].node && !ecp_edges_have_weights(p))
                return ecp_refuse_missing(node, "weight", "a number, text with a unit, or a law");
        }
done:
    return status;
}

/* A projection of the scenario: what is not said stays. */
static enum ecp_status change(struct ecp_reader *reader, const struct ecp_node *node,
                              struct ecp_key *key, struct ecp_plan_projection *p)
{
    struct ecp_projection_values v = {.rule = (int)p->rule,
                                      .number = p->number,
                                      .probability = p->probability,
                                      .kernel = (int)p->kernel,
                                      .scale = p->scale,
                                      .cutoff = p->cutoff,
                                      .port = p->port_name,
                                      .precision = (int)p->precision,
                                      .autapses = p->autapses,
                                      .multapses = p->multapses,
                                      .dendritic = p->dendritic};
    const enum ecp_rule before = p->rule;
    enum ecp_status status;
    if (p->third)
        return ecp_node_refuse(node, "found a part of %s; allowed: its own name", p->third->name);
    ecp_projection_table(key, &v);
    ECP_TRY(ecp_read_keys(reader, node, key, ECP_PJ_KEYS));
    ECP_TRY(ecp_projection_rule_keys(node, key, v.rule, (int)before != v.rule));
    ECP_TRY(apply(reader, p, key, &v));
done:
    return status;
}

enum ecp_status ecp_projection_no_rule(const struct ecp_node *element)
{
    char text[ECP_ALLOWED_LENGTH];
    size_t n = 0;
    while (ecp_rule_words[n])
        n++;
    return ecp_refuse_missing(element, "rule",
                              ecp_allowed(text, NULL, ecp_rule_words, n) + strlen("allowed: "));
}

static enum ecp_status read_projection(struct ecp_reader *reader, const struct ecp_node *node)
{
    enum ecp_status status;
    struct ecp_key key[ECP_PJ_KEYS];
    struct ecp_projection_values v = {
        .rule = -1, .cutoff = INFINITY, .autapses = 1, .multapses = 1};
    ECP_TRY(ecp_expect_group(node));
    if (ecp_is_gap(reader, node))
        return ecp_read_gap(reader, node);
    if (ecp_is_third(reader, node))
        return ecp_read_third(reader, node);
    ecp_projection_table(key, &v);
    ECP_TRY(ecp_read_keys(reader, node, key, ECP_PJ_KEYS));
    if (v.name && !key[ECP_PJ_SOURCE].node && !key[ECP_PJ_TARGET].node) {
        const int at = ecp_plan_projection_index(reader->plan, v.name);
        if (at >= 0 && (size_t)at < reader->given_projections)
            return change(reader, node, key, reader->plan->projection[at]);
        if (ecp_is_typed(node) || (reader->scenario && !key[ECP_PJ_RULE].node))
            return ecp_plan_no_projection(reader->plan, &node->place, "projections", v.name);
    }
    if (!key[ECP_PJ_RULE].node)
        return ecp_projection_no_rule(node);
    ECP_TRY(add_all(reader, node, key, &v));
done:
    return status;
}

enum ecp_status ecp_reader_projections(struct ecp_reader *reader, const struct ecp_node *node)
{
    enum ecp_status status = ecp_expect_list(node);
    for (const struct ecp_node *p = node->child; p && status == ECP_OK; p = p->next)
        status = read_projection(reader, p);
    return status;
}
