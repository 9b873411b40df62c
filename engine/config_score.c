/* analyses = ( { measure = "activity"; population = "*"; }, ... ) and
 * claims = ( { result = "E.rate_hz"; lowest = 1; highest = 10; }, ... ) */
#include <math.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/comparison.h"
#include "engine/config_reader.h"
#include "engine/config_scenario.h"
#include "engine/plan_check.h"

enum { MEASURE, LABEL, POPULATION, PROBE, PHASE, PARAM, KEYS };
enum { C_RESULT, C_LOWEST, C_HIGHEST, C_SOURCE, C_KEYS };

struct values {
    const char *measure, *label, *probe, *phase;
};

enum ecp_status ecp_reader_measure(struct ecp_reader *reader, const struct ecp_node *group,
                                   const struct ecp_analysis *measure, double *param)
{
    enum { MANY = 48 };
    const struct ecp_field *fields = measure->fields;
    enum ecp_status status = ecp_expect_group(group);
    for (const struct ecp_node *node = group->child; node && status == ECP_OK; node = node->next) {
        const int at = ecp_field_find(fields, node->name);
        if (at < 0 || !ecp_field_is_param(&fields[at])) {
            char text[ECP_ALLOWED_LENGTH];
            const char *names[MANY];
            size_t n = 0;
            for (size_t k = 0; fields && fields[k].name && n < MANY; k++)
                if (ecp_field_is_param(&fields[k]))
                    names[n++] = fields[k].name;
            return ecp_node_refuse(node, "found an unknown key, no parameter of %s; %s",
                                   measure->name, ecp_allowed(text, node->name, names, n));
        }
        const struct ecp_choice *choice = ecp_choice_of(measure->choices, node->name);
        status = choice ? ecp_read_choice(reader, node, choice, &param[at])
                        : ecp_read_field_number(reader, node, &fields[at], &param[at]);
    }
    return status;
}

static enum ecp_status add_one(struct ecp_reader *reader, const struct ecp_node *node,
                               const struct ecp_key *key, const struct values *v,
                               const char *population)
{
    struct ecp_plan_analysis *a;
    const char *label = v->label;
    if (label && population && key[POPULATION].node->kind != ECP_NODE_TEXT)
        label = ecp_plan_printf(reader->plan, "%s_%s", label, population);
    else if (label && population && strcmp(key[POPULATION].node->text, "*") == 0)
        label = ecp_plan_printf(reader->plan, "%s_%s", label, population);
    if (v->label && !label)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    enum ecp_status status = ecp_plan_add_analysis(reader->plan, label, v->measure, population, &a);
    if (status != ECP_OK)
        return ecp_node_refuse_again(key[MEASURE].node, status);
    a->place = ecp_reader_place(reader, node);
    a->phase = v->phase;
    if (key[PROBE].node) {
        a->probe = ecp_plan_probe_index(reader->plan, v->probe);
        if (a->probe < 0)
            return ecp_refuse_no_probe(reader->plan, key[PROBE].node, v->probe);
    }
    if (key[PARAM].node)
        ECP_TRY(ecp_reader_measure(reader, key[PARAM].node, a->analysis, a->param));
done:
    return status;
}

static enum ecp_status read_analysis(struct ecp_reader *reader, struct ecp_node *node)
{
    if (ecp_reader_compares(reader, node))
        return ecp_reader_comparison(reader, node);
    struct values v = {0};
    struct ecp_key key[KEYS] = {
        [MEASURE] = {.name = "measure", .type = ECP_KEY_TEXT, .out = &v.measure},
        [LABEL] = {.name = "label", .type = ECP_KEY_TEXT, .out = &v.label},
        [POPULATION] = {.name = "population", .type = ECP_KEY_NODE},
        [PROBE] = {.name = "probe", .type = ECP_KEY_TEXT, .out = &v.probe},
        [PHASE] = {.name = "phase", .type = ECP_KEY_TEXT, .out = &v.phase},
        [PARAM] = {.name = "param", .type = ECP_KEY_NODE}};
    size_t n = 0;
    int *population = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_expect_group(node));
    ECP_TRY(ecp_read_keys(reader, node, key, KEYS));
    if (!key[MEASURE].node)
        return ecp_refuse_missing(node, "measure", "the name of a measure, as \"activity\"");
    if (!key[POPULATION].node)
        return add_one(reader, node, key, &v, NULL);
    ECP_TRY(ecp_read_populations(reader, key[POPULATION].node, 1, &n, &population));
    for (size_t k = 0; k < n; k++)
        ECP_TRY(add_one(reader, node, key, &v, reader->plan->population[population[k]]->name));
done:
    return status;
}

enum ecp_status ecp_reader_analyses(struct ecp_reader *reader, struct ecp_node *node)
{
    enum ecp_status status = ecp_expect_list(node);
    for (struct ecp_node *a = node->child; a && status == ECP_OK; a = a->next)
        status = read_analysis(reader, a);
    return status;
}

/* ---- claims ------------------------------------------------------------- */

/* The unit of a result, where an analysis of that label has it; rates of
 * populations are in Hz, all else is a pure number. */
static const char *unit_of(const struct ecp_plan *plan, const char *result)
{
    const char *dot = strrchr(result, '.');
    if (!dot)
        return "1";
    for (size_t k = 0; k < plan->n_analyses; k++) {
        const struct ecp_plan_analysis *a = plan->analysis[k];
        const int at = ecp_field_find(a->analysis->fields, dot + 1);
        if (strlen(a->label) == (size_t)(dot - result) &&
            strncmp(a->label, result, strlen(a->label)) == 0 && at >= 0)
            return a->analysis->fields[at].unit;
    }
    for (size_t k = 0; k < plan->n_comparisons; k++) {
        const struct ecp_plan_comparison *c = plan->comparison[k];
        const size_t n = strlen(c->label);
        const int at = ecp_field_find(c->measure->fields, dot + 1);
        if (strncmp(c->label, result, n) == 0 && result[n] == '.' && at >= 0)
            return c->measure->fields[at].unit;
    }
    return strcmp(dot, ".rate_hz") == 0 ? "Hz" : "1";
}

static enum ecp_status read_claim(struct ecp_reader *reader, const struct ecp_node *node)
{
    const char *result = NULL, *source = NULL;
    double lowest = -INFINITY, highest = INFINITY;
    struct ecp_key key[C_KEYS] = {
        [C_RESULT] = {.name = "result", .type = ECP_KEY_TEXT, .out = &result},
        [C_LOWEST] = {.name = "lowest", .type = ECP_KEY_NODE},
        [C_HIGHEST] = {.name = "highest", .type = ECP_KEY_NODE},
        [C_SOURCE] = {.name = "source", .type = ECP_KEY_TEXT, .out = &source}};
    enum ecp_status status;
    ECP_TRY(ecp_expect_group(node));
    ECP_TRY(ecp_read_keys(reader, node, key, C_KEYS));
    if (!result)
        return ecp_refuse_missing(node, "result", "the name of a result, as \"E.rate_hz\"");
    if (!key[C_LOWEST].node && !key[C_HIGHEST].node)
        return ecp_refuse_missing(node, "lowest", "a number; lowest, highest or both");
    const char *unit = unit_of(reader->plan, result);
    if (key[C_LOWEST].node)
        ECP_TRY(ecp_read_number(reader, key[C_LOWEST].node, unit, &lowest));
    if (key[C_HIGHEST].node)
        ECP_TRY(ecp_read_number(reader, key[C_HIGHEST].node, unit, &highest));
    if (lowest > highest)
        return ecp_node_refuse(node, "found lowest %g and highest %g; allowed: lowest <= highest",
                               lowest, highest);
    ECP_TRY(ecp_plan_add_claim(reader->plan, result, lowest, highest, source));
    reader->plan->claim[reader->plan->n_claims - 1]->place = ecp_reader_place(reader, node);
done:
    return status;
}

enum ecp_status ecp_reader_claims(struct ecp_reader *reader, const struct ecp_node *node)
{
    enum ecp_status status = ecp_expect_list(node);
    for (const struct ecp_node *c = node->child; c && status == ECP_OK; c = c->next)
        status = read_claim(reader, c);
    return status;
}
