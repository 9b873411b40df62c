/* Measures of data sets in a plan. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/comparison.h"
#include "engine/config_place.h"
#include "engine/plan_check.h"
#include "engine/plugin.h"

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory for the plan");
}

enum ecp_status ecp_plan_add_comparison(struct ecp_plan *plan, const char *label,
                                        const char *measure, struct ecp_plan_comparison **out)
{
    const struct ecp_analysis *found;
    enum ecp_status status = ecp_plugins_find_analysis(plan->plugins, measure, &found);
    if (status != ECP_OK)
        return status;
    if (!found->score)
        return ecp_fail(ECP_ECONFIG, "%s is a measure of a run, not of data sets", found->name);
    const size_t n = ecp_field_count(found->fields);
    const size_t room = (plan->n_comparisons + 1) * sizeof(struct ecp_plan_comparison *);
    struct ecp_plan_comparison **all = ecp_plan_alloc(plan, room);
    struct ecp_plan_comparison *made = ecp_plan_alloc(plan, sizeof *made);
    double *param = ecp_plan_alloc(plan, (n + 1) * sizeof *param);
    const char *own_label = ecp_plan_strdup(plan, label ? label : found->name);
    if (!all || !made || !param || !own_label)
        return no_memory();
    for (size_t k = 0; k < n; k++)
        param[k] = found->fields[k].initial;
    for (size_t k = 0; k < plan->n_comparisons; k++)
        all[k] = plan->comparison[k];
    *made = (struct ecp_plan_comparison){.label = own_label,
                                         .measure = found,
                                         .param = param,
                                         .population = -1,
                                         .from = NAN,
                                         .to = NAN};
    all[plan->n_comparisons++] = made;
    plan->comparison = all;
    *out = made;
    return ECP_OK;
}

enum ecp_status ecp_comparison_models(struct ecp_plan *plan, struct ecp_plan_comparison *comparison,
                                      size_t n)
{
    comparison->model = ecp_plan_alloc(plan, (n + 1) * sizeof *comparison->model);
    comparison->n_models = n;
    return comparison->model ? ECP_OK : no_memory();
}

int ecp_comparison_uses_run(const struct ecp_plan_comparison *comparison)
{
    int uses = !comparison->data;
    for (size_t k = 0; k < comparison->n_models; k++)
        uses |= !comparison->model[k].path;
    return uses;
}

int ecp_plan_compares(const struct ecp_plan *plan, int population)
{
    for (size_t k = 0; k < plan->n_comparisons; k++)
        if (ecp_comparison_uses_run(plan->comparison[k]) &&
            (plan->comparison[k]->population < 0 || plan->comparison[k]->population == population))
            return 1;
    return 0;
}

int ecp_comparison_result(const struct ecp_plan_comparison *comparison, size_t k,
                          struct ecp_comparison_result *out)
{
    const size_t models = comparison->n_models > 1 ? comparison->n_models : 0;
    const size_t each = 1 + models;
    size_t n = 0;
    for (const struct ecp_field *f = comparison->measure->fields; f && f->name; f++) {
        if (f->kind != ECP_RESULT)
            continue;
        if (k < n + each) {
            *out = (struct ecp_comparison_result){f, (int)(k - n) - 1};
            return 1;
        }
        n += each;
    }
    return 0;
}

/* ---- checking ----------------------------------------------------------------------------- */

static const char *key_of(const struct ecp_plan_comparison *c, const char *part, char *text)
{
    (void)snprintf(text, ECP_KEY_LENGTH, "analyses.%.80s.%.120s", c->label, part);
    return text;
}

static enum ecp_status check_label(const struct ecp_plan *plan, size_t at)
{
    const struct ecp_plan_comparison *c = plan->comparison[at];
    int taken = ecp_plan_population_index(plan, c->label) >= 0;
    enum ecp_status status = ecp_plan_check_name(c->label, &c->place, "analyses.label");
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; k < at; k++)
        taken |= strcmp(plan->comparison[k]->label, c->label) == 0;
    for (size_t k = 0; k < plan->n_analyses; k++)
        taken |= strcmp(plan->analysis[k]->label, c->label) == 0;
    if (taken)
        return ecp_refuse(&c->place, "analyses.label",
                          "found \"%s\" a second time; allowed: a label of its own", c->label);
    return ECP_OK;
}

static enum ecp_status check_param(const struct ecp_plan_comparison *c)
{
    char key[ECP_KEY_LENGTH], part[144], text[ECP_FAULT_LENGTH];
    const struct ecp_field *fields = c->measure->fields;
    for (size_t k = 0; fields && fields[k].name; k++) {
        const struct ecp_draw law = ecp_draw_constant(c->param[k]);
        if (!ecp_field_is_param(&fields[k]))
            continue;
        const char *fault = ecp_draw_range_fault(&law, &fields[k], text);
        (void)snprintf(part, sizeof part, "param.%.60s", fields[k].name);
        if (fault)
            return ecp_refuse(&c->place, key_of(c, part, key), "%s", fault);
    }
    return ECP_OK;
}

static int has_spikes(const struct ecp_plan *plan, int population)
{
    for (size_t k = 0; k < plan->n_probes; k++)
        if (plan->probe[k]->kind == ECP_PROBE_SPIKES &&
            (population < 0 || plan->probe[k]->target.population == population))
            return 1;
    return 0;
}

/* Of all populations where none has a probe and none is named. */
static enum ecp_status add_probes(struct ecp_plan *plan, const struct ecp_plan_comparison *c)
{
    enum ecp_status status = ECP_OK;
    if (has_spikes(plan, c->population))
        return ECP_OK;
    for (size_t p = 0; p < plan->n_populations && status == ECP_OK; p++) {
        struct ecp_plan_probe *probe;
        if (c->population >= 0 && (size_t)c->population != p)
            continue;
        status = ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, plan->population[p]->name, &probe);
        if (status == ECP_OK)
            probe->place = c->place;
    }
    return status;
}

static enum ecp_status check_models(const struct ecp_plan_comparison *c)
{
    char key[ECP_KEY_LENGTH];
    for (size_t k = 0; k < c->n_models; k++)
        for (size_t j = 0; j < k; j++)
            if (strcmp(c->model[j].name, c->model[k].name) == 0)
                return ecp_refuse(&c->place, key_of(c, "model", key),
                                  "found two of the name \"%s\"; allowed: { name = \"...\"; file = "
                                  "\"...\"; } with names of their own",
                                  c->model[k].name);
    return ECP_OK;
}

enum ecp_status ecp_plan_check_comparisons(struct ecp_plan *plan)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < plan->n_comparisons; k++) {
        const struct ecp_plan_comparison *c = plan->comparison[k];
        ECP_TRY(check_label(plan, k));
        ECP_TRY(check_param(c));
        ECP_TRY(check_models(c));
        if (!ecp_comparison_uses_run(c))
            continue;
        if (!ecp_plan_has_network(plan))
            return ecp_refuse(&c->place, "analyses",
                              "found %s of the run, which has no populations; allowed: files as "
                              "data and model",
                              c->label);
        ECP_TRY(add_probes(plan, c));
    }
    status = ecp_plan_complete_names(plan);
done:
    return status;
}
