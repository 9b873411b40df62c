/* A plan in full: head, populations, projections, stimuli. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config_projection.h"
#include "engine/config_scenario.h"
#include "engine/config_write.h"
#include "engine/edges.h"
#include "engine/plan_check.h"
#include "engine/plugin.h"

void ecp_write_head(struct ecp_writer *to, const struct ecp_plan *plan)
{
    ecp_write_key_text(to, "name", plan->name);
    ecp_write_key_count(to, "seed", plan->seed);
    ecp_write_key_quantity(to, "dt", plan->dt, "ms");
    ecp_write_key_text(to, "time", ecp_time_words[plan->time]);
    for (size_t k = 0; ecp_plugins_path(plan->plugins, k); k++) {
        ecp_write(to, k ? ", " : "plugins = (");
        ecp_write_text(to, ecp_plugins_path(plan->plugins, k));
    }
    if (ecp_plugins_path(plan->plugins, 0))
        ecp_write(to, ");\n");
}

/* ---- populations -------------------------------------------------------- */

static void write_fields(struct ecp_writer *to, const struct ecp_plan_population *p,
                         const char *key, enum ecp_field_kind a, enum ecp_field_kind b)
{
    const struct ecp_field *field = p->model->fields;
    ecp_write_open(to, key, '{');
    for (size_t k = 0; field && field[k].name; k++)
        if (field[k].kind == a || field[k].kind == b)
            ecp_write_key_law(to, field[k].name, &p->field[k], field[k].unit);
    ecp_write_close(to, "};");
}

static void write_layout(struct ecp_writer *to, const struct ecp_layout *layout)
{
    if (layout->kind == ECP_LAYOUT_NONE)
        return;
    ecp_write_open(to, "layout", '{');
    ecp_write_key_text(to, "kind", ecp_layout_words[layout->kind - ECP_LAYOUT_GRID]);
    if (layout->kind == ECP_LAYOUT_GRID)
        ecp_write_line(to, "shape = (%zu, %zu);", layout->rows, layout->columns);
    const double extent[2] = {layout->width, layout->height};
    ecp_write_key_numbers(to, "extent", extent, 2, "mm");
    ecp_write_key_bool(to, "periodic", layout->periodic);
    ecp_write_close(to, "};");
}

static void write_populations(struct ecp_writer *to, const struct ecp_plan *plan)
{
    ecp_write_open(to, "populations", '{');
    for (size_t k = 0; k < plan->n_populations; k++) {
        const struct ecp_plan_population *p = plan->population[k];
        ecp_write_open(to, p->name, '{');
        ecp_write_key_text(to, "model", p->model_name);
        ecp_write_key_count(to, "size", p->size);
        if (p->scheme)
            ecp_write_key_text(to, "scheme", p->scheme);
        write_fields(to, p, "param", ECP_PARAM, ECP_PARAM_EACH);
        write_fields(to, p, "initial", ECP_STATE, ECP_COUNTER);
        write_layout(to, &p->layout);
        ecp_write_close(to, "};");
    }
    ecp_write_close(to, "};");
}

/* ---- projections -------------------------------------------------------- */

static const char *port_unit(const struct ecp_plan *plan, int population, int port)
{
    const struct ecp_field *fields = plan->population[population]->model->fields;
    return fields[ecp_field_of_kind(fields, ECP_INPUT, (size_t)port)].unit;
}

static void write_edges_file(struct ecp_writer *to, const char *name)
{
    char file[4096];
    const char *bar = strchr(name, '|'); /* "EDGES|TYPES" */
    if (!bar || (size_t)(bar - name) >= sizeof file) {
        ecp_write_key_text(to, "file", name);
        return;
    }
    (void)snprintf(file, sizeof file, "%.*s", (int)(bar - name), name);
    ecp_write_key_text(to, "file", file);
    ecp_write_key_text(to, "edge_types", bar + 1);
}

/* Columns that the edges do not have stay with the projection's own keys. */
static void write_edges(struct ecp_writer *to, const struct ecp_plan_projection *p,
                        const char *unit)
{
    const struct ecp_edges *e = &p->edges;
    ecp_write_open(to, "edges", '(');
    for (size_t k = 0; k < e->n; k++) {
        ecp_write_indent(to);
        ecp_write(to, "(%lu%s, %lu%s", (unsigned long)e->source[k],
                  e->source[k] > INT32_MAX ? "L" : "", (unsigned long)e->target[k],
                  e->target[k] > INT32_MAX ? "L" : "");
        if (e->weight) {
            ecp_write(to, ", ");
            ecp_write_quantity(to, e->weight[k], unit);
        }
        if (e->weight && e->delay) {
            ecp_write(to, ", ");
            ecp_write_quantity(to, e->delay[k], "ms");
        }
        ecp_write(to, ")%s\n", k + 1 < e->n ? "," : "");
    }
    ecp_write_close(to, ");");
}

static void write_rule(struct ecp_writer *to, const struct ecp_plan_projection *p, const char *unit)
{
    ecp_write_key_text(to, "rule", ecp_rule_words[p->rule]);
    switch (p->rule) {
    case ECP_RULE_ALL_TO_ALL:
    case ECP_RULE_ONE_TO_ONE:
        break;
    case ECP_RULE_FIXED_INDEGREE:
        ecp_write_key_count(to, "indegree", p->number);
        break;
    case ECP_RULE_FIXED_OUTDEGREE:
        ecp_write_key_count(to, "outdegree", p->number);
        break;
    case ECP_RULE_FIXED_TOTAL_NUMBER:
        ecp_write_key_count(to, "number", p->number);
        break;
    case ECP_RULE_PAIRWISE_BERNOULLI:
        ecp_write_key_quantity(to, "probability", p->probability, "1");
        break;
    case ECP_RULE_EXPLICIT:
        if (p->edges_file)
            write_edges_file(to, p->edges_file);
        else
            write_edges(to, p, unit);
        break;
    case ECP_RULE_DISTANCE:
        ecp_write_key_text(to, "kernel", ecp_kernel_words[p->kernel]);
        ecp_write_key_quantity(to, "probability", p->probability, "1");
        ecp_write_key_quantity(to, "scale", p->scale, "mm");
        if (isfinite(p->cutoff))
            ecp_write_key_quantity(to, "cutoff", p->cutoff, "mm");
        break;
    case ECP_RULE_TO_THIRD:
    case ECP_RULE_FROM_THIRD:
        break;
    }
}

static void write_plasticity(struct ecp_writer *to, const struct ecp_plan *plan,
                             const struct ecp_plan_projection *p, const char *group)
{
    const int is_short = strcmp(group, "short_term") == 0, beside = strcmp(group, "structure") == 0;
    const struct ecp_plasticity *rule = is_short ? p->short_term
                                        : beside ? p->structure
                                                 : p->plasticity;
    const double *param = is_short ? p->short_term_param
                          : beside ? p->structure_param
                                   : p->plasticity_param;
    ecp_write_open(to, group, '{');
    ecp_write_key_text(to, "rule", rule->name);
    for (size_t f = 0; rule->fields[f].name; f++) {
        const char *unit = rule->fields[f].unit, *words[ECP_CHOICE_WORDS];
        const struct ecp_choice *choice = ecp_choice_of(rule->choices, rule->fields[f].name);
        if (choice && ecp_choice_words(plan->arena, choice, words) == ECP_OK) {
            ecp_write_key_text(to, rule->fields[f].name, words[(size_t)param[f]]);
            continue;
        }
        to->failed |= choice != NULL;
        ecp_write_key_quantity(
            to, rule->fields[f].name, param[f],
            strcmp(unit, "weight") == 0 ? port_unit(plan, p->target, p->port_positive) : unit);
    }
    if (!is_short && !beside && p->modulator >= 0) {
        ecp_write_key_text(to, "modulator", plan->population[p->modulator]->name);
        ecp_write_key_quantity(to, "modulator_delay", p->modulator_delay, "ms");
    }
    ecp_write_close(to, "};");
}

static void write_projection(struct ecp_writer *to, const struct ecp_plan *plan,
                             const struct ecp_plan_projection *p)
{
    const char *unit = port_unit(plan, p->target, p->port_positive);
    const struct ecp_edges *e = &p->edges;
    ecp_write_key_text(to, "name", p->name);
    ecp_write_key_text(to, "source", plan->population[p->source]->name);
    ecp_write_key_text(to, "target", plan->population[p->target]->name);
    write_rule(to, p, unit);
    if (!ecp_edges_have_weights(p))
        ecp_write_key_law(to, "weight", &p->weight, unit);
    if (!ecp_edges_have_delays(p))
        ecp_write_key_law(to, "delay", &p->delay, "ms");
    else if (!e->weight && !p->edges_file)
        ecp_write_key_numbers(to, "delay", e->delay, e->n, "ms");
    if (p->port_name)
        ecp_write_key_text(to, "port", p->port_name);
    ecp_write_key_text(to, "precision", ecp_precision_words[p->precision]);
    ecp_write_key_bool(to, "autapses", p->autapses);
    ecp_write_key_bool(to, "multapses", p->multapses);
    if (p->plasticity)
        write_plasticity(to, plan, p, "plasticity");
    if (p->short_term)
        write_plasticity(to, plan, p, "short_term");
    if (p->structure)
        write_plasticity(to, plan, p, "structure");
    if (p->dendritic)
        ecp_write_key_text(to, "delay_type", ecp_delay_type_words[1]);
}

static void write_gap(struct ecp_writer *to, const struct ecp_plan *plan,
                      const struct ecp_plan_projection *p)
{
    const int is_gap = p->coupling == ECP_COUPLING_GAP;
    const char *unit = ecp_gap_weight(p)->unit;
    ecp_write_key_text(to, "kind", is_gap ? "gap" : "sic");
    ecp_write_key_text(to, "name", p->name);
    ecp_write_key_text(to, "source", plan->population[p->source]->name);
    if (!is_gap)
        ecp_write_key_text(to, "target", plan->population[p->target]->name);
    ecp_write_key_text(to, "field", ecp_gap_field(p));
    write_rule(to, p, unit);
    if (!ecp_edges_have_weights(p))
        ecp_write_key_law(to, is_gap ? "conductance" : "weight", &p->weight, unit);
    if (!is_gap && !ecp_edges_have_delays(p))
        ecp_write_key_law(to, "delay", &p->delay, "ms");
    ecp_write_key_bool(to, "multapses", p->multapses);
    if (is_gap)
        ecp_write_key_bool(to, "symmetric", p->symmetric);
}

static void write_third(struct ecp_writer *to, const struct ecp_plan *plan,
                        const struct ecp_plan_third *third)
{
    const struct ecp_plan_projection *in = third->in, *out = third->out;
    ecp_write_key_text(to, "kind", "tripartite");
    ecp_write_key_text(to, "name", third->name);
    ecp_write_key_text(to, "primary", plan->projection[third->primary]->name);
    ecp_write_key_text(to, "astrocytes", plan->population[third->astrocytes]->name);
    ecp_write_key_quantity(to, "probability", third->probability, "1");
    ecp_write_key_count(to, "pool_size", third->pool_size);
    ecp_write_key_text(to, "pool_type", ecp_pool_words[third->block]);
    ecp_write_open(to, "to_astrocyte", '{');
    ecp_write_key_law(to, "weight", &in->weight, port_unit(plan, in->target, in->port_positive));
    ecp_write_key_law(to, "delay", &in->delay, "ms");
    if (in->port_name)
        ecp_write_key_text(to, "port", in->port_name);
    ecp_write_close(to, "};");
    ecp_write_open(to, "to_target", '{');
    ecp_write_key_text(to, "field", ecp_gap_field(out));
    ecp_write_key_law(to, "weight", &out->weight, ecp_gap_weight(out)->unit);
    ecp_write_key_law(to, "delay", &out->delay, "ms");
    ecp_write_close(to, "};");
}

/* The next element of the list. */
static void next_element(struct ecp_writer *to, int *begun)
{
    if (*begun)
        ecp_write_close(to, "},");
    ecp_write_open(to, NULL, '{');
    *begun = 1;
}

/* What a tripartite element made is written with it, at a place where it makes the
 * same again: projections and couplings keep their order. */
void ecp_write_projections(struct ecp_writer *to, const struct ecp_plan *plan)
{
    size_t gap = 0;
    int begun = 0;
    if (plan->n_projections + plan->n_gaps == 0)
        return;
    ecp_write_open(to, "projections", '(');
    for (size_t k = 0; k <= plan->n_projections; k++) {
        const struct ecp_plan_projection *p = k < plan->n_projections ? plan->projection[k] : NULL;
        const struct ecp_plan_third *third = p ? p->third : NULL;
        for (; (third || !p) && gap < plan->n_gaps && !plan->gap[gap]->third; gap++) {
            next_element(to, &begun);
            write_gap(to, plan, plan->gap[gap]);
        }
        if (!p)
            continue;
        next_element(to, &begun);
        if (third)
            write_third(to, plan, third);
        else
            write_projection(to, plan, p);
        gap += third != NULL;
    }
    ecp_write_close(to, "}");
    ecp_write_close(to, ");");
}

/* ---- stimuli ------------------------------------------------------------ */

static void write_switches(struct ecp_writer *to, const struct ecp_plan_stimulus *s,
                           const char *unit)
{
    if (s->n_switches == 0)
        return;
    ecp_write_indent(to);
    ecp_write(to, "switches = (");
    for (size_t k = 0; k < s->n_switches; k++) {
        ecp_write(to, "%s(", k ? ", " : "");
        ecp_write_quantity(to, s->switch_time[k], "ms");
        ecp_write(to, ", ");
        ecp_write_quantity(to, s->switch_value[k], unit);
        ecp_write(to, ")");
    }
    ecp_write(to, ");\n");
}

static void write_port(struct ecp_writer *to, const struct ecp_plan *plan,
                       const struct ecp_plan_stimulus *s)
{
    ecp_write_key_quantity(to, "weight", s->weight, port_unit(plan, s->target.population, s->port));
    ecp_write_key_quantity(to, "delay", s->delay, "ms");
    if (s->port_name)
        ecp_write_key_text(to, "port", s->port_name);
}

/* The same times for every neuron are written once. */
static void write_events(struct ecp_writer *to, const struct ecp_plan_stimulus *s)
{
    const size_t count = s->target.count;
    int for_all = s->n_events % count == 0;
    for (size_t k = 0; k < s->n_events && for_all; k++)
        for_all =
            s->event_target[k] == k % count && s->event_time[k] == s->event_time[k - k % count];
    ecp_write_indent(to);
    ecp_write(to, "times = (");
    for (size_t k = 0; k < s->n_events; k += for_all ? count : 1) {
        ecp_write(to, "%s", k ? ", " : "");
        ecp_write_quantity(to, s->event_time[k], "ms");
    }
    ecp_write(to, ");\n");
    if (!for_all)
        ecp_write_key_indices(to, "neurons", s->event_target, s->n_events);
}

static void write_kind(struct ecp_writer *to, const struct ecp_plan *plan,
                       const struct ecp_plan_stimulus *s)
{
    switch (s->kind) {
    case ECP_STIMULUS_POISSON:
        ecp_write_key_law(to, "rate", &s->level, "Hz");
        write_switches(to, s, "Hz");
        write_port(to, plan, s);
        break;
    case ECP_STIMULUS_SPIKES:
        if (s->events_file) {
            ecp_write_key_text(to, "file", s->events_file);
        } else {
            write_events(to, s);
        }
        write_port(to, plan, s);
        break;
    case ECP_STIMULUS_CURRENT:
        ecp_write_key_law(to, "amplitude", &s->level, "pA");
        write_switches(to, s, "pA");
        break;
    case ECP_STIMULUS_NOISE:
        ecp_write_key_quantity(to, "mean", s->mean, "pA");
        ecp_write_key_quantity(to, "sd", s->sd, "pA");
        ecp_write_key_quantity(to, "tau", s->tau, "ms");
        break;
    }
}

void ecp_write_stimuli(struct ecp_writer *to, const struct ecp_plan *plan)
{
    if (plan->n_stimuli == 0)
        return;
    ecp_write_open(to, "stimuli", '(');
    for (size_t k = 0; k < plan->n_stimuli; k++) {
        const struct ecp_plan_stimulus *s = plan->stimulus[k];
        ecp_write_open(to, NULL, '{');
        ecp_write_key_text(to, "name", s->name);
        ecp_write_key_text(to, "kind", ecp_stimulus_words[s->kind]);
        ecp_write_key_text(to, "target", plan->population[s->target.population]->name);
        ecp_write_subset(to, plan, &s->target);
        write_kind(to, plan, s);
        ecp_write_key_quantity(to, "start", s->start, "ms");
        if (isfinite(s->stop))
            ecp_write_key_quantity(to, "stop", s->stop, "ms");
        ecp_write_close(to, k + 1 < plan->n_stimuli ? "}," : "}");
    }
    ecp_write_close(to, ");");
}

enum ecp_status ecp_plan_write(struct ecp_plan *plan, const char **out)
{
    struct ecp_writer to = {0};
    ecp_write_head(&to, plan);
    write_populations(&to, plan);
    ecp_write_projections(&to, plan);
    ecp_write_stimuli(&to, plan);
    ecp_write_probes(&to, plan);
    ecp_write_phases(&to, plan);
    ecp_write_memories(&to, plan);
    ecp_write_scores(&to, plan);
    if (plan->output_weights != ECP_OUTPUT_NONE || plan->output_nwb)
        ecp_write_line(&to, "output = { weights = \"%s\"; nwb = %s; };",
                       ecp_output_words[plan->output_weights], plan->output_nwb ? "true" : "false");
    const char *text = to.failed || !to.text ? NULL : ecp_plan_strdup(plan, to.text);
    free(to.text);
    if (!text)
        return ecp_fail(ECP_ENOMEM, "no memory for the effective config");
    *out = text;
    return ECP_OK;
}
