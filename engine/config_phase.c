/* phases = ( { name = "settle"; duration = "500 ms"; discard = true; }, ... ) */
#include <string.h>

#include "engine/config_projection.h"
#include "engine/plan_check.h"

enum { NAME, DURATION, DISCARD, FAST_FORWARD, CHANGES, KEYS };
enum { C_POPULATION, C_PROJECTION, C_PARAM, C_STIMULUS, C_VALUE, C_KEYS };

static enum ecp_status read_stimulus_change(struct ecp_reader *reader, const struct ecp_key *key,
                                            const char *name, struct ecp_plan_change *out)
{
    const struct ecp_plan *plan = reader->plan;
    const int at = ecp_plan_stimulus_index(plan, name);
    if (at < 0)
        return ecp_refuse_no_stimulus(plan, key[C_STIMULUS].node, name);
    const enum ecp_stimulus_kind kind = plan->stimulus[at]->kind;
    if (kind == ECP_STIMULUS_SPIKES)
        return ecp_node_wrong(key[C_STIMULUS].node,
                              "stimuli of kind poisson, current or noise; spikes have no level");
    *out = (struct ecp_plan_change){.population = -1, .field = -1, .stimulus = at};
    enum ecp_status status = ecp_read_number(
        reader, key[C_VALUE].node, kind == ECP_STIMULUS_POISSON ? "Hz" : "pA", &out->value);
    if (status == ECP_OK && kind == ECP_STIMULUS_POISSON && out->value < 0)
        status = ecp_node_wrong(key[C_VALUE].node, "0 Hz or more");
    return status;
}

static enum ecp_status read_param_change(struct ecp_reader *reader, const struct ecp_key *key,
                                         const char *param, struct ecp_plan_change *out)
{
    int *population = NULL;
    size_t n;
    enum ecp_status status;
    if (key[C_POPULATION].node->kind != ECP_NODE_TEXT)
        return ecp_node_wrong(key[C_POPULATION].node, "the name of a population");
    ECP_TRY(ecp_read_populations(reader, key[C_POPULATION].node, 0, &n, &population));
    const struct ecp_field *fields = reader->plan->population[*population]->model->fields;
    const int at = ecp_field_find(fields, param);
    if (at < 0 || (fields[at].kind != ECP_PARAM && fields[at].kind != ECP_PARAM_EACH)) {
        const char *names[ECP_MAX_FIELDS];
        size_t count = 0;
        for (size_t k = 0; fields && fields[k].name && count < ECP_MAX_FIELDS; k++)
            if (fields[k].kind == ECP_PARAM || fields[k].kind == ECP_PARAM_EACH)
                names[count++] = fields[k].name;
        return ecp_node_unknown(key[C_PARAM].node, param, names, count);
    }
    *out = (struct ecp_plan_change){.population = *population, .field = at, .stimulus = -1};
    ECP_TRY(ecp_read_field_number(reader, key[C_VALUE].node, &fields[at], &out->value));
done:
    return status;
}

/* A parameter of a projection's plasticity. */
static enum ecp_status read_rule_change(struct ecp_reader *reader, const struct ecp_key *key,
                                        const char *projection, const char *param,
                                        struct ecp_plan_change *out)
{
    const struct ecp_plan *plan = reader->plan;
    const char *names[ECP_MAX_FIELDS];
    size_t count = 0;
    const int at = ecp_plan_projection_index(plan, projection);
    if (at < 0) {
        for (size_t k = 0; k < plan->n_projections && count < ECP_MAX_FIELDS; k++)
            if (plan->projection[k]->plasticity || plan->projection[k]->structure)
                names[count++] = plan->projection[k]->name;
        return ecp_node_unknown(key[C_PROJECTION].node, projection, names, count);
    }
    const struct ecp_plan_projection *p = plan->projection[at];
    if (!p->plasticity && !p->structure)
        return ecp_node_wrong(key[C_PROJECTION].node, "the name of a projection with plasticity");
    /* "structure.axon_nu" beside another rule */
    const size_t prefix = strlen("structure.");
    const int structure = p->structure && strncmp(param, "structure.", prefix) == 0;
    const struct ecp_plasticity *rule = structure || !p->plasticity ? p->structure : p->plasticity;
    const struct ecp_field *fields = rule->fields;
    const int field = ecp_field_find(fields, structure ? param + prefix : param);
    if (field < 0 || fields[field].kind != ECP_PARAM) {
        for (size_t k = 0; fields[k].name && count < ECP_MAX_FIELDS; k++)
            if (fields[k].kind == ECP_PARAM)
                names[count++] = fields[k].name;
        return ecp_node_unknown(key[C_PARAM].node, param, names, count);
    }
    *out = (struct ecp_plan_change){.population = -1,
                                    .field = field,
                                    .stimulus = -1,
                                    .rule = at + 1,
                                    .structure = rule == p->structure};
    return ecp_read_rule_value(reader, key[C_VALUE].node, p, rule, field, &out->value);
}

static enum ecp_status read_change(struct ecp_reader *reader, const struct ecp_node *node,
                                   struct ecp_plan_change *out)
{
    const char *stimulus = NULL, *param = NULL, *projection = NULL;
    struct ecp_key key[C_KEYS] = {
        [C_POPULATION] = {.name = "population", .type = ECP_KEY_NODE},
        [C_PROJECTION] = {.name = "projection", .type = ECP_KEY_TEXT, .out = &projection},
        [C_PARAM] = {.name = "param", .type = ECP_KEY_TEXT, .out = &param},
        [C_STIMULUS] = {.name = "stimulus", .type = ECP_KEY_TEXT, .out = &stimulus},
        [C_VALUE] = {.name = "value", .type = ECP_KEY_NODE}};
    enum ecp_status status = ecp_expect_group(node);
    if (status == ECP_OK)
        status = ecp_read_keys(reader, node, key, C_KEYS);
    if (status != ECP_OK)
        return status;
    const int subjects =
        (key[C_POPULATION].node != NULL) + (projection != NULL) + (stimulus != NULL);
    if (subjects != 1 || (stimulus == NULL) != (param != NULL))
        return ecp_node_refuse(node, "found no clear subject; allowed: population and param, "
                                     "projection and param, or stimulus");
    if (!key[C_VALUE].node)
        return ecp_refuse_missing(node, "value", "a number, or text with a unit");
    if (projection)
        return read_rule_change(reader, key, projection, param, out);
    return stimulus ? read_stimulus_change(reader, key, stimulus, out)
                    : read_param_change(reader, key, param, out);
}

static enum ecp_status read_changes(struct ecp_reader *reader, const struct ecp_node *node,
                                    struct ecp_plan_phase *phase)
{
    enum ecp_status status = ecp_expect_list(node);
    if (status != ECP_OK)
        return status;
    struct ecp_plan_change *change =
        ecp_arena_array(reader->plan->arena, node->n_children, sizeof *change);
    if (!change)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    size_t n = 0;
    for (const struct ecp_node *c = node->child; c && status == ECP_OK; c = c->next)
        status = read_change(reader, c, &change[n++]);
    phase->change = change;
    phase->n_changes = n;
    return status;
}

static enum ecp_status read_phase(struct ecp_reader *reader, const struct ecp_node *node)
{
    const char *name = NULL;
    double duration = 0;
    int discard = 0, fast_forward = 0;
    struct ecp_plan_phase *phase;
    struct ecp_key key[KEYS] = {
        [NAME] = {.name = "name", .type = ECP_KEY_TEXT, .out = &name},
        [DURATION] = {.name = "duration", .type = ECP_KEY_NUMBER, .out = &duration, .unit = "ms"},
        [DISCARD] = {.name = "discard", .type = ECP_KEY_BOOL, .out = &discard},
        [FAST_FORWARD] = {.name = "fast_forward", .type = ECP_KEY_BOOL, .out = &fast_forward},
        [CHANGES] = {.name = "changes", .type = ECP_KEY_NODE}};
    enum ecp_status status;
    ECP_TRY(ecp_expect_group(node));
    ECP_TRY(ecp_read_keys(reader, node, key, KEYS));
    if (!name)
        return ecp_refuse_missing(node, "name", "a name, as \"settle\"");
    if (!key[DURATION].node)
        return ecp_refuse_missing(node, "duration", "a time, as \"500 ms\"");
    if (!(duration > 0) || !ecp_is_steps(duration, reader->plan->dt))
        return ecp_node_refuse(key[DURATION].node,
                               "found %.15g ms; allowed: whole multiples of dt = %g ms, more "
                               "than 0",
                               duration, reader->plan->dt);
    if (fast_forward && key[DISCARD].node && !discard)
        return ecp_node_refuse(key[DISCARD].node, "found false with fast_forward; allowed: true");
    ECP_TRY(ecp_plan_add_phase(reader->plan, name, duration, discard || fast_forward, &phase));
    phase->fast_forward = fast_forward;
    phase->place = ecp_reader_place(reader, node);
    if (key[CHANGES].node)
        ECP_TRY(read_changes(reader, key[CHANGES].node, phase));
done:
    return status;
}

/* The config's phases replace those of a scenario. */
enum ecp_status ecp_reader_phases(struct ecp_reader *reader, const struct ecp_node *node)
{
    enum ecp_status status = ecp_expect_list(node);
    reader->plan->n_phases = 0;
    for (const struct ecp_node *p = node->child; p && status == ECP_OK; p = p->next)
        status = read_phase(reader, p);
    return status;
}
