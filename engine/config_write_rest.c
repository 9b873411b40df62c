/* A plan in full: probes, phases, analyses, claims. And a tree as it stands,
 * for configs that name a scenario. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/comparison.h"
#include "engine/config_reader.h"
#include "engine/config_scenario.h"
#include "engine/config_write.h"
#include "engine/plan_check.h"
#include "engine/scenario.h"

void ecp_write_probes(struct ecp_writer *to, const struct ecp_plan *plan)
{
    if (plan->n_probes == 0)
        return;
    ecp_write_open(to, "probes", '(');
    for (size_t k = 0; k < plan->n_probes; k++) {
        const struct ecp_plan_probe *p = plan->probe[k];
        ecp_write_open(to, NULL, '{');
        ecp_write_key_text(to, "name", p->name);
        ecp_write_key_text(to, "kind", ecp_probe_words[p->kind]);
        if (p->kind == ECP_PROBE_WEIGHTS || p->kind == ECP_PROBE_STRUCTURE) {
            ecp_write_key_text(to, "projection", plan->projection[p->projection]->name);
            if (p->n_times > 0)
                ecp_write_key_numbers(to, "times", p->times, p->n_times, "ms");
        } else {
            ecp_write_key_text(to, "target", plan->population[p->target.population]->name);
            ecp_write_subset(to, plan, &p->target);
        }
        if (p->field_name)
            ecp_write_key_text(to, "field", p->field_name);
        if (p->kind == ECP_PROBE_FIELD || p->kind == ECP_PROBE_RATE)
            ecp_write_key_quantity(to, "interval", p->interval, "ms");
        ecp_write_key_quantity(to, "start", p->start, "ms");
        if (isfinite(p->stop))
            ecp_write_key_quantity(to, "stop", p->stop, "ms");
        ecp_write_close(to, k + 1 < plan->n_probes ? "}," : "}");
    }
    ecp_write_close(to, ");");
}

static void write_rule_change(struct ecp_writer *to, const struct ecp_plan *plan,
                              const struct ecp_plan_change *change)
{
    const struct ecp_plan_projection *p = plan->projection[change->rule - 1];
    const struct ecp_plasticity *rule = ecp_rule_of_change(p, change);
    const struct ecp_field *field = &rule->fields[change->field];
    const struct ecp_field *of_target = plan->population[p->target]->model->fields;
    const int port = ecp_field_of_kind(of_target, ECP_INPUT, (size_t)p->port_positive);
    const struct ecp_choice *choice = ecp_choice_of(rule->choices, field->name);
    const char *words[ECP_CHOICE_WORDS];
    ecp_write(to, "{ projection = \"%s\"; param = \"%s%s\"; value = ", p->name,
              rule == p->structure ? "structure." : "", field->name);
    if (!choice)
        ecp_write_quantity(to, change->value,
                           strcmp(field->unit, "weight") == 0 ? of_target[port].unit : field->unit);
    else if (ecp_choice_words(plan->arena, choice, words) == ECP_OK)
        ecp_write_text(to, words[(size_t)change->value]);
    else
        to->failed = 1;
}

static void write_change(struct ecp_writer *to, const struct ecp_plan *plan,
                         const struct ecp_plan_change *change, const char *end)
{
    const char *unit = "pA";
    ecp_write_indent(to);
    if (change->rule > 0) {
        write_rule_change(to, plan, change);
        ecp_write(to, "; }%s\n", end);
        return;
    }
    if (change->population >= 0) {
        const struct ecp_plan_population *p = plan->population[change->population];
        const struct ecp_field *field = &p->model->fields[change->field];
        unit = field->unit;
        ecp_write(to, "{ population = \"%s\"; param = \"%s\"; value = ", p->name, field->name);
    } else {
        const struct ecp_plan_stimulus *s = plan->stimulus[change->stimulus];
        unit = s->kind == ECP_STIMULUS_POISSON ? "Hz" : "pA";
        ecp_write(to, "{ stimulus = \"%s\"; value = ", s->name);
    }
    ecp_write_quantity(to, change->value, unit);
    ecp_write(to, "; }%s\n", end);
}

void ecp_write_phases(struct ecp_writer *to, const struct ecp_plan *plan)
{
    ecp_write_open(to, "phases", '(');
    for (size_t k = 0; k < plan->n_phases; k++) {
        const struct ecp_plan_phase *p = plan->phase[k];
        ecp_write_open(to, NULL, '{');
        ecp_write_key_text(to, "name", p->name);
        ecp_write_key_quantity(to, "duration", p->duration, "ms");
        ecp_write_key_bool(to, "discard", p->discard);
        if (p->fast_forward)
            ecp_write_key_bool(to, "fast_forward", 1);
        if (p->n_changes > 0) {
            ecp_write_open(to, "changes", '(');
            for (size_t j = 0; j < p->n_changes; j++)
                write_change(to, plan, &p->change[j], j + 1 < p->n_changes ? "," : "");
            ecp_write_close(to, ");");
        }
        ecp_write_close(to, k + 1 < plan->n_phases ? "}," : "}");
    }
    ecp_write_close(to, ");");
}

static void write_param(struct ecp_writer *to, const struct ecp_plan *plan,
                        const struct ecp_analysis *measure, const double *param)
{
    const struct ecp_field *field = measure->fields;
    ecp_write_open(to, "param", '{');
    for (size_t k = 0; field && field[k].name; k++) {
        const struct ecp_choice *choice = ecp_choice_of(measure->choices, field[k].name);
        const char *words[ECP_CHOICE_WORDS];
        if (!ecp_field_is_param(&field[k]))
            continue;
        if (!choice)
            ecp_write_key_quantity(to, field[k].name, param[k], field[k].unit);
        else if (ecp_choice_words(plan->arena, choice, words) == ECP_OK)
            ecp_write_key_text(to, field[k].name, words[(size_t)param[k]]);
        else
            to->failed = 1;
    }
    ecp_write_close(to, "};");
}

static void write_analysis(struct ecp_writer *to, const struct ecp_plan *plan,
                           const struct ecp_plan_analysis *a)
{
    ecp_write_key_text(to, "measure", a->analysis_name);
    ecp_write_key_text(to, "label", a->label);
    if (a->population >= 0)
        ecp_write_key_text(to, "population", plan->population[a->population]->name);
    if (a->probe >= 0)
        ecp_write_key_text(to, "probe", plan->probe[a->probe]->name);
    if (a->phase)
        ecp_write_key_text(to, "phase", a->phase);
    write_param(to, plan, a->analysis, a->param);
}

static void write_comparison(struct ecp_writer *to, const struct ecp_plan *plan,
                             const struct ecp_plan_comparison *c)
{
    ecp_write_key_text(to, "measure", c->measure->name);
    ecp_write_key_text(to, "label", c->label);
    ecp_write_key_text(to, "data", c->data ? c->data : "run");
    if (c->n_models > 0) {
        ecp_write_open(to, "model", '(');
        for (size_t k = 0; k < c->n_models; k++) {
            ecp_write_open(to, NULL, '{');
            ecp_write_key_text(to, "name", c->model[k].name);
            ecp_write_key_text(to, "file", c->model[k].path ? c->model[k].path : "run");
            ecp_write_close(to, k + 1 < c->n_models ? "}," : "}");
        }
        ecp_write_close(to, ");");
    }
    if (c->population >= 0)
        ecp_write_key_text(to, "population", plan->population[c->population]->name);
    if (c->by)
        ecp_write_key_text(to, "by", c->by);
    if (!isnan(c->from))
        ecp_write_key_numbers(to, "window", (const double[]){c->from, c->to}, 2, "ms");
    write_param(to, plan, c->measure, c->param);
}

void ecp_write_scores(struct ecp_writer *to, const struct ecp_plan *plan)
{
    const size_t n = plan->n_analyses + plan->n_comparisons;
    if (n > 0) {
        ecp_write_open(to, "analyses", '(');
        for (size_t k = 0; k < n; k++) {
            ecp_write_open(to, NULL, '{');
            if (k < plan->n_analyses)
                write_analysis(to, plan, plan->analysis[k]);
            else
                write_comparison(to, plan, plan->comparison[k - plan->n_analyses]);
            ecp_write_close(to, k + 1 < n ? "}," : "}");
        }
        ecp_write_close(to, ");");
    }
    if (plan->n_claims == 0)
        return;
    ecp_write_open(to, "claims", '(');
    for (size_t k = 0; k < plan->n_claims; k++) {
        const struct ecp_plan_claim *c = plan->claim[k];
        ecp_write_open(to, NULL, '{');
        ecp_write_key_text(to, "result", c->result);
        if (isfinite(c->lowest))
            ecp_write_key_quantity(to, "lowest", c->lowest, "1");
        if (isfinite(c->highest))
            ecp_write_key_quantity(to, "highest", c->highest, "1");
        ecp_write_key_text(to, "source", c->source);
        ecp_write_close(to, k + 1 < plan->n_claims ? "}," : "}");
    }
    ecp_write_close(to, ");");
}

/* ---- a tree ------------------------------------------------------------- */

static void write_value(struct ecp_writer *to, const struct ecp_node *node)
{
    switch (node->kind) {
    case ECP_NODE_GROUP:
        ecp_write(to, "{\n");
        to->depth++;
        for (const struct ecp_node *n = node->child; n; n = n->next)
            ecp_write_node(to, n);
        to->depth--;
        ecp_write_indent(to);
        ecp_write(to, "}");
        break;
    case ECP_NODE_LIST:
        ecp_write(to, "(");
        for (const struct ecp_node *n = node->child; n; n = n->next) {
            write_value(to, n);
            ecp_write(to, "%s", n->next ? ", " : "");
        }
        ecp_write(to, ")");
        break;
    case ECP_NODE_WHOLE:
        ecp_write(to, "%lld%s", node->whole,
                  node->whole > INT32_MAX || node->whole < INT32_MIN ? "L" : "");
        break;
    case ECP_NODE_NUMBER:
        ecp_write_number(to, node->number);
        break;
    case ECP_NODE_BOOL:
        ecp_write(to, "%s", node->whole ? "true" : "false");
        break;
    case ECP_NODE_TEXT:
        ecp_write_text(to, node->text);
        break;
    }
}

void ecp_write_node(struct ecp_writer *to, const struct ecp_node *node)
{
    ecp_write_indent(to);
    ecp_write(to, "%s = ", node->name);
    write_value(to, node);
    ecp_write(to, ";\n");
}

static void write_network(struct ecp_writer *to, const struct ecp_reader *reader)
{
    const struct ecp_scenario *scenario = reader->scenario;
    const struct ecp_field *field = scenario->fields;
    const double *param = reader->scenario_param;
    ecp_write_open(to, "network", '{');
    for (size_t k = 0; field && field[k].name; k++) {
        const char *words[ECP_CHOICE_WORDS];
        const struct ecp_choice *choice = ecp_choice_of(scenario->choices, field[k].name);
        if (!ecp_field_is_param(&field[k]))
            continue;
        if (!choice)
            ecp_write_key_quantity(to, field[k].name, param[k], field[k].unit);
        else if (ecp_choice_words(reader->plan->arena, choice, words) == ECP_OK)
            ecp_write_key_text(to, field[k].name, words[(size_t)param[k]]);
        else
            to->failed = 1;
    }
    for (size_t k = 0; k < ecp_scenario_text_count(scenario->texts); k++)
        if (reader->scenario_text[k])
            ecp_write_key_text(to, scenario->texts[k].name, reader->scenario_text[k]);
        else if (scenario->texts[k].initial)
            ecp_write_key_text(to, scenario->texts[k].name, "");
    ecp_write_close(to, "};");
}

enum ecp_status ecp_plan_write_scenario(const struct ecp_reader *reader)
{
    static const char *const written[] = {"name",    "seed",     "dt",      "time",
                                          "plugins", "scenario", "network", "sweep"};
    struct ecp_plan *plan = reader->plan;
    struct ecp_writer to = {0};
    ecp_write_head(&to, plan);
    ecp_write_key_text(&to, "scenario", reader->scenario->name);
    write_network(&to, reader);
    for (const struct ecp_node *n = reader->root->child; n; n = n->next) {
        int known = n == ecp_reader_overruled(reader->root);
        for (size_t k = 0; k < sizeof written / sizeof written[0]; k++)
            known |= strcmp(n->name, written[k]) == 0;
        if (!known)
            ecp_write_node(&to, n);
    }
    const char *text = to.failed || !to.text ? NULL : ecp_plan_strdup(plan, to.text);
    free(to.text);
    if (!text)
        return ecp_fail(ECP_ENOMEM, "no memory for the effective config");
    plan->config_text = text;
    return ECP_OK;
}
