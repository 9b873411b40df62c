/* plasticity = { rule = "stdp"; tau_plus = "20 ms"; ... }; of a projection, and
 * short_term = { ... }, and structure = { ... }. */
#include <string.h>

#include "engine/config_projection.h"
#include "engine/config_scenario.h"
#include "engine/plan_check.h"

static enum ecp_status unknown_key(const struct ecp_node *node, const struct ecp_plasticity *rule)
{
    char text[ECP_ALLOWED_LENGTH];
    const char *names[ECP_MAX_FIELDS + 3] = {"rule", "modulator", "modulator_delay"};
    size_t n = 3;
    for (size_t k = 0; rule->fields[k].name; k++)
        names[n++] = rule->fields[k].name;
    return ecp_node_refuse(node, "found an unknown key of rule %s; %s", rule->name,
                           ecp_allowed(text, node->name, names, n));
}

static enum ecp_status read_modulator(struct ecp_reader *reader, const struct ecp_node *node,
                                      struct ecp_plan_projection *p)
{
    size_t n = 0;
    int *population = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_read_populations(reader, node, 0, &n, &population));
    p->modulator = population[0];
done:
    return status;
}

/* Weights are in the unit of the port that they go to. */
static struct ecp_field with_unit(const struct ecp_field *field, const char *port_unit)
{
    struct ecp_field own = *field;
    if (strcmp(own.unit, "weight") == 0)
        own.unit = port_unit;
    return own;
}

static enum ecp_status read_keys(struct ecp_reader *reader, const struct ecp_node *group,
                                 struct ecp_plan_projection *p, const struct ecp_plasticity *rule,
                                 double *param)
{
    const struct ecp_plan_population *target = reader->plan->population[p->target];
    const int port = ecp_field_of_kind(target->model->fields, ECP_INPUT, (size_t)p->port_positive);
    enum ecp_status status = ECP_OK;
    for (const struct ecp_node *node = group->child; node; node = node->next) {
        if (strcmp(node->name, "rule") == 0)
            continue;
        if (strcmp(node->name, "modulator") == 0) {
            ECP_TRY(read_modulator(reader, node, p));
            continue;
        }
        if (strcmp(node->name, "modulator_delay") == 0) {
            ECP_TRY(ecp_read_number(reader, node, "ms", &p->modulator_delay));
            continue;
        }
        const int at = ecp_field_find(rule->fields, node->name);
        if (at < 0)
            return unknown_key(node, rule);
        const struct ecp_choice *choice = ecp_choice_of(rule->choices, node->name);
        if (choice) {
            ECP_TRY(ecp_read_choice(reader, node, choice, &param[at]));
            continue;
        }
        const struct ecp_field field =
            with_unit(&rule->fields[at], target->model->fields[port].unit);
        ECP_TRY(ecp_read_field_number(reader, node, &field, &param[at]));
    }
done:
    return status;
}

enum ecp_status ecp_read_rule_value(struct ecp_reader *reader, const struct ecp_node *node,
                                    const struct ecp_plan_projection *p,
                                    const struct ecp_plasticity *rule, int field, double *out)
{
    const struct ecp_choice *choice = ecp_choice_of(rule->choices, rule->fields[field].name);
    const struct ecp_field *of_target = reader->plan->population[p->target]->model->fields;
    const int port = ecp_field_of_kind(of_target, ECP_INPUT, (size_t)p->port_positive);
    if (choice)
        return ecp_read_choice(reader, node, choice, out);
    const struct ecp_field own = with_unit(&rule->fields[field], of_target[port].unit);
    return ecp_read_field_number(reader, node, &own, out);
}

static const struct ecp_node *child(const struct ecp_node *group, const char *name)
{
    const struct ecp_node *node = group->child;
    while (node && strcmp(node->name, name) != 0)
        node = node->next;
    return node;
}

/* What the slot holds, and where it keeps it. */
static const struct ecp_plasticity *rule_in(const struct ecp_plan_projection *p, enum ecp_slot slot,
                                            double **param)
{
    const struct ecp_plasticity *const rule[] = {[ECP_SLOT_RULE] = p->plasticity,
                                                 [ECP_SLOT_SHORT_TERM] = p->short_term,
                                                 [ECP_SLOT_STRUCTURE] = p->structure};
    double *const params[] = {[ECP_SLOT_RULE] = p->plasticity_param,
                              [ECP_SLOT_SHORT_TERM] = p->short_term_param,
                              [ECP_SLOT_STRUCTURE] = p->structure_param};
    *param = params[slot];
    return rule[slot];
}

enum ecp_status ecp_read_plasticity(struct ecp_reader *reader, const struct ecp_node *group,
                                    struct ecp_plan_projection *p, enum ecp_slot slot)
{
    static enum ecp_status (*const take[])(struct ecp_plan *, struct ecp_plan_projection *,
                                           const char *) = {
        [ECP_SLOT_RULE] = ecp_plan_plasticity,
        [ECP_SLOT_SHORT_TERM] = ecp_plan_short_term,
        [ECP_SLOT_STRUCTURE] = ecp_plan_structure};
    double *param;
    enum ecp_status status;
    ECP_TRY(ecp_expect_group(group));
    const struct ecp_node *rule = child(group, "rule");
    if (rule && rule->kind != ECP_NODE_TEXT)
        return ecp_node_wrong(rule, "the name of a rule, as \"stdp\"");
    if (!rule && !rule_in(p, slot, &param))
        return ecp_refuse_missing(group, "rule", "a name of `ecphory list plasticity`");
    if (rule) {
        status = take[slot](reader->plan, p, rule->text);
        if (status != ECP_OK)
            return ecp_node_refuse_again(rule, status);
    }
    const struct ecp_plasticity *found = rule_in(p, slot, &param);
    status = read_keys(reader, group, p, found, param);
done:
    return status;
}
