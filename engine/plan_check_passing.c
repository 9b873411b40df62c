/* Phases that change parameters of plasticity, and phases that pass at once. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_place.h"
#include "engine/plan_check.h"

static const char *key_of(const struct ecp_plan_phase *phase, const char *part, char *text)
{
    (void)snprintf(text, ECP_KEY_LENGTH, "phases.%.60s.%.160s", phase->name, part);
    return text;
}

/* What the engine has built upon: time constants of what is kept elsewhere. */
static int is_built_in(const struct ecp_plasticity *rule, const char *field)
{
    return strcmp(field, "period") == 0 || strcmp(field, "tau_n") == 0 ||
           (rule->n_recent > 0 && strcmp(field, "delay_pre") == 0) ||
           (rule->lag && strcmp(field, rule->lag) == 0) ||
           (rule->echo && strcmp(field, rule->echo) == 0);
}

enum ecp_status ecp_plan_check_rule_change(const struct ecp_plan *plan,
                                           const struct ecp_plan_phase *phase,
                                           const struct ecp_plan_change *change)
{
    char key[ECP_KEY_LENGTH], part[160], text[ECP_FAULT_LENGTH];
    const struct ecp_plan_projection *p = plan->projection[change->rule - 1];
    const struct ecp_plasticity *rule = ecp_rule_of_change(p, change);
    const struct ecp_field *field = &rule->fields[change->field];
    const struct ecp_draw law = ecp_draw_constant(change->value);
    (void)snprintf(part, sizeof part, "changes.%.60s.%s%.60s", p->name,
                   rule == p->structure ? "structure." : "", field->name);
    if (field->kind != ECP_PARAM)
        return ecp_refuse(&phase->place, key_of(phase, part, key),
                          "found a %s; allowed: parameters", ecp_field_kind_name(field->kind));
    if (is_built_in(rule, field->name))
        return ecp_refuse(&phase->place, key_of(phase, part, key),
                          "found %s, which holds for the whole run; allowed: other parameters of "
                          "rule %s",
                          field->name, rule->name);
    /* From 0 on, every synapse has variables of its own. */
    const double first = rule->glia ? p->plasticity_param[change->field] : 0;
    if (rule->glia && strcmp(field->name, rule->glia) == 0 && (first >= 0) != (change->value >= 0))
        return ecp_refuse(&phase->place, key_of(phase, part, key),
                          "found %g after %g; allowed: below 0 as long as the run, or never",
                          change->value, first);
    const char *fault = ecp_draw_fault(&law, field->unit, text);
    if (!fault)
        fault = ecp_draw_range_fault(&law, field, text);
    if (fault)
        return ecp_refuse(&phase->place, key_of(phase, part, key), "%s", fault);
    return ECP_OK;
}

/* The rule may refuse a combination that a phase brings about. */
static enum ecp_status check_combinations(const struct ecp_plan *plan, size_t projection,
                                          const struct ecp_plasticity *rule, const double *first)
{
    const struct ecp_plan_projection *p = plan->projection[projection];
    double param[ECP_MAX_FIELDS];
    ecp_real derived[ECP_MAX_DERIVED];
    char key[ECP_KEY_LENGTH];
    if (!rule || !rule->derive)
        return ECP_OK;
    memcpy(param, first, sizeof param);
    for (size_t k = 0; k < plan->n_phases; k++) {
        const struct ecp_plan_phase *phase = plan->phase[k];
        int changed = 0;
        for (size_t j = 0; j < phase->n_changes; j++) {
            const struct ecp_plan_change *change = &phase->change[j];
            if (change->rule != (int)projection + 1 || ecp_rule_of_change(p, change) != rule)
                continue;
            param[change->field] = change->value;
            changed = 1;
        }
        const enum ecp_status status = changed ? rule->derive(param, plan->dt, derived) : ECP_OK;
        if (status != ECP_OK)
            return ecp_refuse_again(&phase->place, key_of(phase, "changes", key), status);
    }
    return ECP_OK;
}

enum ecp_status ecp_plan_check_rule_changes(const struct ecp_plan *plan, size_t projection)
{
    const struct ecp_plan_projection *p = plan->projection[projection];
    const enum ecp_status status =
        check_combinations(plan, projection, p->plasticity, p->plasticity_param);
    return status == ECP_OK ? check_combinations(plan, projection, p->structure, p->structure_param)
                            : status;
}

/* Does time that nobody sees touch the rule's own clock, or traces of targets? */
static int can_pass(const struct ecp_plasticity *rule)
{
    return rule->pass || (!rule->advance && !rule->mark && !rule->gather && !rule->settle &&
                          !rule->apply && !rule->tick);
}

static enum ecp_status check_no_probe(const struct ecp_plan *plan,
                                      const struct ecp_plan_phase *phase, double start)
{
    char key[ECP_KEY_LENGTH];
    for (size_t k = 0; k < plan->n_probes; k++) {
        const struct ecp_plan_probe *p = plan->probe[k];
        const double half = plan->dt / 2; /* a sample at the edge belongs to the other phase */
        if ((p->kind == ECP_PROBE_FIELD || p->kind == ECP_PROBE_RATE) &&
            p->start < start + phase->duration - half && p->stop > start + plan->dt + half)
            return ecp_refuse(&phase->place, key_of(phase, "fast_forward", key),
                              "found true while probe %.60s takes samples; allowed: probes of "
                              "fields and rates that stop before or start after (%.15g to %.15g "
                              "ms)",
                              p->name ? p->name : "(unnamed)", start, start + phase->duration);
    }
    return ECP_OK;
}

enum ecp_status ecp_plan_check_fast_forward(const struct ecp_plan *plan, size_t index)
{
    const struct ecp_plan_phase *phase = plan->phase[index];
    char key[ECP_KEY_LENGTH];
    double start = 0;
    (void)key_of(phase, "fast_forward", key);
    for (size_t k = 0; k < index; k++)
        start += plan->phase[k]->duration;
    if (!phase->discard)
        return ecp_refuse(&phase->place, key,
                          "found true in a phase that counts; allowed: with "
                          "discard = true");
    if (plan->time == ECP_TIME_EXACT)
        return ecp_refuse(&phase->place, key, "found true in exact mode; allowed: time = \"grid\"");
    if ((start + phase->duration) / plan->dt > INT32_MAX)
        return ecp_refuse(&phase->place, key,
                          "found an end after %.3g steps; allowed: %d steps of dt = %g ms",
                          (start + phase->duration) / plan->dt, INT32_MAX, plan->dt);
    for (size_t k = 0; k < plan->n_projections; k++) {
        const struct ecp_plan_projection *p = plan->projection[k];
        if (p->plasticity && !can_pass(p->plasticity))
            return ecp_refuse(&phase->place, key,
                              "found true with rule %s of %.60s, which has no closed form for time "
                              "without spikes; allowed: rules that have one",
                              p->plasticity->name, p->name);
    }
    return check_no_probe(plan, phase, start);
}
