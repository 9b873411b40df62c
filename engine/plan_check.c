/* Refusing what cannot be: the whole, and its populations. */
#include "engine/plan_check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/comparison.h"
#include "engine/config_place.h"
#include "engine/config_write.h"
#include "engine/plan_memory.h"
#include "engine/plugin.h"

/* Keys of the sentences: "populations.E.param.tau_m". */
static const char *key_of(const struct ecp_plan_population *p, const char *part, char *text)
{
    (void)snprintf(text, ECP_KEY_LENGTH, "populations.%s%s%s", p->name, part ? "." : "",
                   part ? part : "");
    return text;
}

static const char *field_key(const struct ecp_plan_population *p, const struct ecp_field *field,
                             char *text)
{
    const int is_state = field->kind == ECP_STATE || field->kind == ECP_COUNTER;
    (void)snprintf(text, ECP_KEY_LENGTH, "populations.%s.%s.%s", p->name,
                   is_state ? "initial" : "param", field->name);
    return text;
}

static int is_value(const struct ecp_field *field)
{
    return field->kind == ECP_PARAM || field->kind == ECP_PARAM_EACH || field->kind == ECP_STATE ||
           field->kind == ECP_COUNTER;
}

static enum ecp_status check_field(const struct ecp_plan_population *p, size_t k)
{
    const struct ecp_field *field = &p->model->fields[k];
    const struct ecp_draw *law = &p->field[k];
    char key[ECP_KEY_LENGTH], text[ECP_FAULT_LENGTH];
    const char *fault = ecp_draw_fault(law, field->unit, text);
    if (!fault)
        fault = ecp_draw_range_fault(law, field, text);
    if (fault)
        return ecp_refuse(&p->place, field_key(p, field, key), "%s", fault);
    if (law->kind == ECP_DRAW_LIST && law->count != p->size)
        return ecp_refuse(&p->place, field_key(p, field, key),
                          "found %zu numbers; allowed: %zu, one for each neuron", law->count,
                          p->size);
    return ECP_OK;
}

enum ecp_status ecp_plan_derive(const struct ecp_plan *plan, const struct ecp_plan_population *p,
                                const double *param)
{
    ecp_real derived[ECP_MAX_DERIVED] = {0};
    return p->model->derive ? p->model->derive(param, plan->dt, derived) : ECP_OK;
}

static enum ecp_status check_fields(const struct ecp_plan *plan,
                                    const struct ecp_plan_population *p)
{
    char key[ECP_KEY_LENGTH];
    double param[ECP_MAX_FIELDS] = {0};
    for (size_t k = 0; p->model->fields && p->model->fields[k].name; k++) {
        if (!is_value(&p->model->fields[k]))
            continue;
        const enum ecp_status status = check_field(p, k);
        if (status != ECP_OK)
            return status;
        param[k] = ecp_draw_typical(&p->field[k]);
    }
    return ecp_refuse_again(&p->place, key_of(p, "param", key), ecp_plan_derive(plan, p, param));
}

static enum ecp_status check_layout(const struct ecp_plan_population *p)
{
    const struct ecp_layout *l = &p->layout;
    char key[ECP_KEY_LENGTH];
    if (l->kind == ECP_LAYOUT_NONE)
        return ECP_OK;
    if (!(l->width > 0) || !(l->height > 0) || !isfinite(l->width) || !isfinite(l->height))
        return ecp_refuse(&p->place, key_of(p, "layout.extent", key),
                          "found %g x %g mm; allowed: more than 0 mm", l->width, l->height);
    if (l->kind == ECP_LAYOUT_GRID &&
        (l->columns == 0 || l->rows != p->size / l->columns || p->size % l->columns != 0))
        return ecp_refuse(&p->place, key_of(p, "layout.shape", key),
                          "found %zu x %zu = %zu places; allowed: as many as neurons, %zu", l->rows,
                          l->columns, l->rows * l->columns, p->size);
    return ECP_OK;
}

static enum ecp_status check_population(const struct ecp_plan *plan,
                                        const struct ecp_plan_population *p)
{
    char key[ECP_KEY_LENGTH];
    enum ecp_status status;
    ECP_TRY(ecp_plan_check_name(p->name, &p->place, key_of(p, NULL, key)));
    if (p->size == 0 || p->size > UINT32_MAX - 1)
        return ecp_refuse(&p->place, key_of(p, "size", key), "found %zu; allowed: 1 to %lu",
                          p->size, (unsigned long)UINT32_MAX - 1);
    ECP_TRY(check_layout(p));
    void (*update)(const struct ecp_block *);
    ECP_TRY(ecp_refuse_again(&p->place, key_of(p, "scheme", key),
                             ecp_neuron_scheme(p->model, p->scheme, &update)));
    ECP_TRY(check_fields(plan, p));
done:
    return status;
}

enum ecp_status ecp_plan_check_populations(struct ecp_plan *plan)
{
    ecp_gid first = 0;
    for (size_t k = 0; k < plan->n_populations; k++) {
        struct ecp_plan_population *p = plan->population[k];
        const enum ecp_status status = check_population(plan, p);
        if (status != ECP_OK)
            return status;
        p->first = first;
        first += p->size;
    }
    plan->n_neurons = first;
    return ECP_OK;
}

static enum ecp_status check_time(const struct ecp_plan *plan)
{
    if (!(plan->dt >= 1e-3 && plan->dt <= 100))
        return ecp_refuse(NULL, "dt", "found %g ms; allowed: 0.001 to 100 ms", plan->dt);
    return ECP_OK;
}

/* Names of the models with a closed form, for the error. */
static void exact_models(const struct ecp_plan *plan, char *text, size_t size)
{
    const struct ecp_neuron_model *const *registered = ecp_neuron_models(ECP_ISA_BASELINE);
    const struct ecp_neuron_model *model;
    size_t used = 0, n = 0;
    while (registered[n])
        n++;
    for (size_t k = 0; (model = k < n ? registered[k] : ecp_plugins_neuron(plan->plugins, k - n));
         k++)
        if (model->exact && used < size)
            used +=
                (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", model->name);
}

/* No grid: every neuron must have a closed form, every drive a time. */
static enum ecp_status check_exact(const struct ecp_plan *plan)
{
    char allowed[256] = "";
    if (plan->time != ECP_TIME_EXACT)
        return ECP_OK;
    exact_models(plan, allowed, sizeof allowed);
    for (size_t k = 0; k < plan->n_populations; k++)
        if (!plan->population[k]->model->exact)
            return ecp_refuse(&plan->population[k]->place, plan->population[k]->name,
                              "found model %s in exact mode, for which it has no closed form; "
                              "allowed: %s",
                              plan->population[k]->model->name, allowed);
    for (size_t k = 0; k < plan->n_stimuli; k++)
        if (plan->stimulus[k]->kind == ECP_STIMULUS_NOISE)
            return ecp_refuse(&plan->stimulus[k]->place, plan->stimulus[k]->name,
                              "found noise in exact mode; allowed: poisson, spikes, current");
    return ECP_OK;
}

enum ecp_status ecp_plan_check(struct ecp_plan *plan)
{
    enum ecp_status status;
    ECP_TRY(check_time(plan));
    if (plan->n_populations == 0 && !plan->computes && plan->n_memories == 0)
        return ecp_refuse(NULL, "populations",
                          "found none; allowed: one or more, memories, or a scenario");
    ECP_TRY(ecp_plan_complete_names(plan));
    ECP_TRY(ecp_plan_check_populations(plan));
    ECP_TRY(ecp_plan_check_projections(plan));
    if (plan->n_phases > 0 || ecp_plan_has_network(plan))
        ECP_TRY(ecp_plan_check_phases(plan));
    ECP_TRY(ecp_plan_check_stimuli(plan));
    ECP_TRY(ecp_plan_check_memories(plan));
    ECP_TRY(check_exact(plan));
    ECP_TRY(ecp_plan_check_analyses(plan));
    ECP_TRY(ecp_plan_check_comparisons(plan));
    ECP_TRY(ecp_plan_check_probes(plan));
    ECP_TRY(ecp_plan_check_claims(plan));
    if (!plan->config_text)
        ECP_TRY(ecp_plan_write(plan, &plan->config_text));
done:
    return status;
}
