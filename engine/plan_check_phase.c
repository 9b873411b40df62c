/* Phases and what changes in them; analyses; claims. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/config_place.h"
#include "engine/plan_check.h"
#include "engine/score.h"

static const char *key_of(const char *section, const char *name, const char *part, char *text)
{
    (void)snprintf(text, ECP_KEY_LENGTH, "%s.%.60s%s%.144s", section, name, part ? "." : "",
                   part ? part : "");
    return text;
}

/* ---- phases ------------------------------------------------------------- */

static enum ecp_status check_stimulus_change(const struct ecp_plan *plan,
                                             const struct ecp_plan_phase *phase,
                                             const struct ecp_plan_change *change)
{
    char key[ECP_KEY_LENGTH];
    const struct ecp_plan_stimulus *s = plan->stimulus[change->stimulus];
    (void)key_of("phases", phase->name, "changes", key);
    if (s->kind == ECP_STIMULUS_SPIKES)
        return ecp_refuse(&phase->place, key,
                          "found stimulus %s of kind spikes, which has no level; allowed: poisson, "
                          "current, noise",
                          s->name);
    if (!isfinite(change->value) || (s->kind == ECP_STIMULUS_POISSON && change->value < 0))
        return ecp_refuse(&phase->place, key, "found %g for stimulus %s; allowed: %s",
                          change->value, s->name,
                          s->kind == ECP_STIMULUS_POISSON ? "0 Hz or more" : "finite numbers");
    return ECP_OK;
}

static enum ecp_status check_change(const struct ecp_plan *plan, const struct ecp_plan_phase *phase,
                                    const struct ecp_plan_change *change)
{
    char key[ECP_KEY_LENGTH], text[ECP_FAULT_LENGTH], part[144];
    if (change->rule > 0)
        return ecp_plan_check_rule_change(plan, phase, change);
    if (change->population < 0)
        return check_stimulus_change(plan, phase, change);
    const struct ecp_plan_population *p = plan->population[change->population];
    const struct ecp_field *field = &p->model->fields[change->field];
    const struct ecp_draw law = ecp_draw_constant(change->value);
    (void)snprintf(part, sizeof part, "changes.%.60s.%.60s", p->name, field->name);
    if (field->kind != ECP_PARAM && field->kind != ECP_PARAM_EACH)
        return ecp_refuse(&phase->place, key_of("phases", phase->name, part, key),
                          "found a %s; allowed: parameters", ecp_field_kind_name(field->kind));
    const char *fault = ecp_draw_fault(&law, field->unit, text);
    if (!fault)
        fault = ecp_draw_range_fault(&law, field, text);
    if (fault)
        return ecp_refuse(&phase->place, key_of("phases", phase->name, part, key), "%s", fault);
    return ECP_OK;
}

/* The model may refuse a combination that a phase brings about. */
static enum ecp_status check_combinations(const struct ecp_plan *plan, int population)
{
    const struct ecp_plan_population *p = plan->population[population];
    double param[ECP_MAX_FIELDS] = {0};
    char key[ECP_KEY_LENGTH];
    for (size_t k = 0; p->model->fields && p->model->fields[k].name; k++)
        param[k] = ecp_draw_typical(&p->field[k]);
    for (size_t k = 0; k < plan->n_phases; k++) {
        const struct ecp_plan_phase *phase = plan->phase[k];
        int changed = 0;
        for (size_t j = 0; j < phase->n_changes; j++)
            if (phase->change[j].population == population) {
                param[phase->change[j].field] = phase->change[j].value;
                changed = 1;
            }
        const enum ecp_status status = changed ? ecp_plan_derive(plan, p, param) : ECP_OK;
        if (status != ECP_OK)
            return ecp_refuse_again(&phase->place, key_of("phases", phase->name, "changes", key),
                                    status);
    }
    return ECP_OK;
}

static enum ecp_status check_phase(const struct ecp_plan *plan, size_t k)
{
    const struct ecp_plan_phase *phase = plan->phase[k];
    char key[ECP_KEY_LENGTH];
    enum ecp_status status;
    (void)key_of("phases", phase->name, "duration", key);
    ECP_TRY(ecp_plan_check_name(phase->name, &phase->place, "phases.name"));
    if (!(phase->duration > 0) || !isfinite(phase->duration) || phase->duration / plan->dt > 1e15)
        return ecp_refuse(&phase->place, key, "found %g ms; allowed: more than 0 ms",
                          phase->duration);
    if (!ecp_is_steps(phase->duration, plan->dt))
        return ecp_refuse(&phase->place, key,
                          "found %.15g ms; allowed: whole multiples of dt = %g ms", phase->duration,
                          plan->dt);
    for (size_t j = 0; j < k; j++)
        if (strcmp(plan->phase[j]->name, phase->name) == 0)
            return ecp_refuse(&phase->place, key_of("phases", phase->name, NULL, key),
                              "there are two of this name; allowed: one");
    for (size_t j = 0; j < phase->n_changes; j++)
        ECP_TRY(check_change(plan, phase, &phase->change[j]));
    if (phase->fast_forward)
        ECP_TRY(ecp_plan_check_fast_forward(plan, k));
done:
    return status;
}

enum ecp_status ecp_plan_check_phases(struct ecp_plan *plan)
{
    enum ecp_status status = ECP_OK;
    int counted = 0;
    if (plan->n_phases == 0)
        return ecp_refuse(NULL, "duration",
                          "is missing; allowed: a time as \"1000 ms\", or a list of phases");
    for (size_t k = 0; k < plan->n_phases; k++) {
        ECP_TRY(check_phase(plan, k));
        counted |= !plan->phase[k]->discard;
    }
    if (!counted)
        return ecp_refuse(&plan->phase[0]->place, "phases",
                          "found discard = true in all; allowed: one or more without");
    for (size_t k = 0; k < plan->n_populations; k++)
        ECP_TRY(check_combinations(plan, (int)k));
    for (size_t k = 0; k < plan->n_projections; k++)
        ECP_TRY(ecp_plan_check_rule_changes(plan, k));
done:
    return status;
}

/* ---- analyses ----------------------------------------------------------- */

static int has_spikes(const struct ecp_plan *plan, int population)
{
    for (size_t k = 0; k < plan->n_probes; k++)
        if (plan->probe[k]->kind == ECP_PROBE_SPIKES &&
            plan->probe[k]->target.population == population)
            return 1;
    return 0;
}

static enum ecp_status check_phase_name(const struct ecp_plan *plan,
                                        const struct ecp_plan_analysis *a)
{
    enum { MANY = 32 };
    char allowed[ECP_ALLOWED_LENGTH], key[ECP_KEY_LENGTH];
    const char *names[MANY];
    size_t n = 0;
    for (size_t k = 0; k < plan->n_phases; k++) {
        if (strcmp(plan->phase[k]->name, a->phase) == 0)
            return ECP_OK;
        if (n < MANY)
            names[n++] = plan->phase[k]->name;
    }
    return ecp_refuse(&a->place, key_of("analyses", a->label, "phase", key),
                      "there is no phase \"%.60s\"; %s", a->phase,
                      ecp_allowed(allowed, a->phase, names, n));
}

static enum ecp_status check_analysis(struct ecp_plan *plan, const struct ecp_plan_analysis *a)
{
    char key[ECP_KEY_LENGTH], part[144], text[ECP_FAULT_LENGTH];
    enum ecp_status status;
    ECP_TRY(ecp_plan_check_name(a->label, &a->place, "analyses.label"));
    for (size_t k = 0; a->analysis->fields && a->analysis->fields[k].name; k++) {
        const struct ecp_field *field = &a->analysis->fields[k];
        const struct ecp_draw law = ecp_draw_constant(a->param[k]);
        if (!ecp_field_is_param(field))
            continue;
        const char *fault = ecp_draw_range_fault(&law, field, text);
        (void)snprintf(part, sizeof part, "param.%.60s", field->name);
        if (fault)
            return ecp_refuse(&a->place, key_of("analyses", a->label, part, key), "%s", fault);
    }
    if (a->phase)
        ECP_TRY(check_phase_name(plan, a));
    if (a->analysis->needs_spikes && a->population < 0)
        return ecp_refuse(&a->place, key_of("analyses", a->label, "population", key),
                          "is missing; allowed: a population, as %s looks at spikes",
                          a->analysis_name);
    if (a->analysis->needs_spikes && !has_spikes(plan, a->population)) {
        struct ecp_plan_probe *probe;
        ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, plan->population[a->population]->name,
                                   &probe));
        probe->place = a->place;
    }
done:
    return status;
}

enum ecp_status ecp_plan_check_analyses(struct ecp_plan *plan)
{
    for (size_t k = 0; k < plan->n_analyses; k++) {
        const enum ecp_status status = check_analysis(plan, plan->analysis[k]);
        if (status != ECP_OK)
            return status;
    }
    return ecp_plan_complete_names(plan);
}

/* ---- claims ------------------------------------------------------------- */

enum ecp_status ecp_plan_check_claims(struct ecp_plan *plan)
{
    char key[ECP_KEY_LENGTH];
    for (size_t k = 0; k < plan->n_claims; k++) {
        const struct ecp_plan_claim *c = plan->claim[k];
        if (!(c->lowest <= c->highest) || (isinf(c->lowest) && isinf(c->highest)))
            return ecp_refuse(&c->place, key_of("claims", c->result, NULL, key),
                              "found the band %g to %g; allowed: lowest <= highest, one of them "
                              "or both given",
                              c->lowest, c->highest);
    }
    return ecp_score_check(plan);
}
