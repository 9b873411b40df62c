/* Adding elements to a plan, each with its defaults. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/arena.h"
#include "engine/config_place.h"
#include "engine/plan.h"
#include "engine/plan_check.h"
#include "engine/plugin.h"
#include "engine/scenario.h"

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory for the plan");
}

/* A zeroed element at the end of one of the plan's lists of pointers. Lists
 * double; what they leave behind stays in the arena. `list` is the address of
 * a `struct ... **`, read and written as bytes for its type. */
static void *add(struct ecp_plan *plan, void *list, size_t *n, size_t bytes)
{
    void **at;
    memcpy(&at, list, sizeof at);
    if ((*n & (*n - 1)) == 0) { /* 0, 1, 2, 4, ...: full */
        void **more = ecp_arena_array(plan->arena, *n ? 2 * *n : 1, sizeof *more);
        if (!more)
            return NULL;
        if (*n)
            memcpy(more, at, *n * sizeof *more);
        at = more;
        memcpy(list, &at, sizeof at);
    }
    void *element = ecp_plan_alloc(plan, bytes);
    if (element)
        at[(*n)++] = element;
    return element;
}

enum ecp_status ecp_plan_no_population(const struct ecp_plan *plan, const struct ecp_place *place,
                                       const char *key, const char *name)
{
    enum { MANY = 64 };
    char allowed[ECP_ALLOWED_LENGTH];
    const char *names[MANY];
    size_t n = 0;
    for (; n < plan->n_populations && n < MANY; n++)
        names[n] = plan->population[n]->name;
    return ecp_refuse(place, key, "there is no population \"%.60s\"; %s", name,
                      ecp_allowed(allowed, name, names, n));
}

static enum ecp_status find_population(const struct ecp_plan *plan, const char *key,
                                       const char *name, int *out)
{
    const int at = ecp_plan_population_index(plan, name);
    if (at < 0)
        return ecp_plan_no_population(plan, NULL, key, name);
    *out = at;
    return ECP_OK;
}

static struct ecp_subset all_of(const struct ecp_plan *plan, int population)
{
    return (struct ecp_subset){population, 0, plan->population[population]->size, 1, NULL};
}

enum ecp_status ecp_plan_add_population(struct ecp_plan *plan, const char *name, const char *model,
                                        size_t size, struct ecp_plan_population **out)
{
    const struct ecp_neuron_model *found;
    if (ecp_plan_population_index(plan, name) >= 0)
        return ecp_refuse(NULL, "populations", "there are two of the name \"%.60s\"; allowed: one",
                          name);
    const enum ecp_status status = ecp_plugins_find_neuron(plan->plugins, model, &found);
    if (status != ECP_OK)
        return status;
    const size_t n = ecp_field_count(found->fields);
    const char *own_name = ecp_plan_strdup(plan, name);
    const char *own_model = ecp_plan_strdup(plan, found->name);
    struct ecp_draw *field = ecp_arena_array(plan->arena, n + 1, sizeof *field);
    int *given = ecp_arena_array(plan->arena, n + 1, sizeof *given);
    if (!own_name || !own_model || !field || !given)
        return no_memory();
    struct ecp_plan_population *made =
        add(plan, &plan->population, &plan->n_populations, sizeof *made);
    if (!made)
        return no_memory();
    for (size_t k = 0; k < n; k++)
        field[k] = ecp_draw_constant(found->fields[k].initial);
    made->name = own_name;
    made->model_name = own_model;
    made->model = found;
    made->size = size;
    made->field = field;
    made->field_given = given;
    *out = made;
    return ECP_OK;
}

enum ecp_status ecp_plan_add_projection(struct ecp_plan *plan, const char *source,
                                        const char *target, enum ecp_rule rule,
                                        struct ecp_plan_projection **out)
{
    enum ecp_status status = ECP_OK;
    int from = 0, to = 0;
    char name[ECP_KEY_LENGTH];
    ECP_TRY(find_population(plan, "source", source, &from));
    ECP_TRY(find_population(plan, "target", target, &to));
    ecp_plan_projection_name(plan, source, target, name);
    const char *own_name = ecp_plan_strdup(plan, name);
    struct ecp_plan_projection *made =
        own_name ? add(plan, &plan->projection, &plan->n_projections, sizeof *made) : NULL;
    if (!made)
        return no_memory();
    made->name = own_name;
    made->source = from;
    made->target = to;
    made->rule = rule;
    made->cutoff = INFINITY;
    made->weight = ecp_draw_constant(0);
    made->delay = ecp_draw_constant(plan->dt > 1 ? plan->dt : 1);
    made->precision = ECP_PRECISION_AUTO;
    made->autapses = 1;
    made->multapses = 1;
    made->modulator = -1;
    made->modulator_delay = plan->dt > 1 ? plan->dt : 1;
    *out = made;
done:
    return status;
}

/* `name` NULL: "gap_SOURCE", "sic_SOURCE_TARGET". */
static enum ecp_status add_coupling(struct ecp_plan *plan, const char *name, int source, int target,
                                    enum ecp_coupling coupling, struct ecp_plan_projection **out)
{
    char text[ECP_KEY_LENGTH], from[ECP_KEY_LENGTH];
    if (!name) {
        (void)snprintf(from, sizeof from, "sic_%s", plan->population[source]->name);
        ecp_plan_projection_name(plan, coupling == ECP_COUPLING_GAP ? "gap" : from,
                                 plan->population[target]->name, text);
    }
    const char *own_name = ecp_plan_strdup(plan, name ? name : text);
    struct ecp_plan_projection *made =
        own_name ? add(plan, &plan->gap, &plan->n_gaps, sizeof *made) : NULL;
    if (!made)
        return no_memory();
    made->name = own_name;
    made->source = source;
    made->target = target;
    made->coupling = coupling;
    made->cutoff = INFINITY;
    made->weight = ecp_draw_constant(0);
    made->delay = ecp_draw_constant(plan->dt);
    made->autapses = coupling != ECP_COUPLING_GAP;
    made->multapses = 1;
    made->modulator = -1;
    made->symmetric = 1;
    *out = made;
    return ECP_OK;
}

enum ecp_status ecp_plan_add_gap(struct ecp_plan *plan, const char *population, enum ecp_rule rule,
                                 struct ecp_plan_projection **out)
{
    int at = 0;
    enum ecp_status status = find_population(plan, "source", population, &at);
    if (status == ECP_OK)
        status = add_coupling(plan, NULL, at, at, ECP_COUPLING_GAP, out);
    if (status == ECP_OK)
        (*out)->rule = rule;
    return status;
}

enum ecp_status ecp_plan_add_sic(struct ecp_plan *plan, const char *source, const char *target,
                                 enum ecp_rule rule, struct ecp_plan_projection **out)
{
    enum ecp_status status = ECP_OK;
    int from = 0, to = 0;
    ECP_TRY(find_population(plan, "source", source, &from));
    ECP_TRY(find_population(plan, "target", target, &to));
    ECP_TRY(add_coupling(plan, NULL, from, to, ECP_COUPLING_SIC, out));
    (*out)->rule = rule;
    (*out)->delay = ecp_draw_constant(plan->dt > 1 ? plan->dt : 1);
done:
    return status;
}

/* The two connections of a tripartite element, NAME_in and NAME_out. */
static enum ecp_status add_parts(struct ecp_plan *plan, struct ecp_plan_third *third)
{
    const struct ecp_plan_projection *primary = plan->projection[third->primary];
    const char *astrocytes = plan->population[third->astrocytes]->name;
    const char *source = plan->population[primary->source]->name;
    const int target = primary->target;
    enum ecp_status status = ECP_OK;
    ECP_TRY(ecp_plan_add_projection(plan, source, astrocytes, ECP_RULE_TO_THIRD, &third->in));
    third->in->name = ecp_plan_printf(plan, "%s_in", third->name);
    const char *out = ecp_plan_printf(plan, "%s_out", third->name);
    if (!third->in->name || !out)
        return no_memory();
    ECP_TRY(add_coupling(plan, out, third->astrocytes, target, ECP_COUPLING_SIC, &third->out));
    third->out->rule = ECP_RULE_FROM_THIRD;
    third->out->delay = third->in->delay;
    third->in->weight = third->out->weight = ecp_draw_constant(1);
    third->in->third = third->out->third = third;
done:
    return status;
}

enum ecp_status ecp_plan_add_third(struct ecp_plan *plan, const char *name, const char *primary,
                                   const char *astrocytes, struct ecp_plan_third **out)
{
    int population = 0;
    char text[ECP_KEY_LENGTH];
    const int projection = ecp_plan_projection_index(plan, primary);
    if (projection < 0)
        return ecp_plan_no_projection(plan, NULL, "primary", primary);
    enum ecp_status status = find_population(plan, "astrocytes", astrocytes, &population);
    if (status != ECP_OK)
        return status;
    ecp_plan_projection_name(plan, primary, astrocytes, text);
    const char *own_name = ecp_plan_strdup(plan, name ? name : text);
    struct ecp_plan_third *made =
        own_name ? add(plan, &plan->third, &plan->n_thirds, sizeof *made) : NULL;
    if (!made)
        return no_memory();
    made->name = own_name;
    made->primary = projection;
    made->astrocytes = population;
    made->index = plan->n_thirds - 1;
    made->probability = 1;
    made->pool_size = 1;
    status = add_parts(plan, made);
    if (status == ECP_OK)
        *out = made;
    return status;
}

enum ecp_status ecp_plan_add_stimulus(struct ecp_plan *plan, enum ecp_stimulus_kind kind,
                                      const char *target, struct ecp_plan_stimulus **out)
{
    int population = 0;
    const enum ecp_status status = find_population(plan, "target", target, &population);
    if (status != ECP_OK)
        return status;
    struct ecp_plan_stimulus *made = add(plan, &plan->stimulus, &plan->n_stimuli, sizeof *made);
    if (!made)
        return no_memory();
    made->kind = kind;
    made->target = all_of(plan, population);
    made->stop = INFINITY;
    made->level = ecp_draw_constant(0);
    *out = made;
    return ECP_OK;
}

enum ecp_status ecp_plan_add_probe(struct ecp_plan *plan, enum ecp_probe_kind kind,
                                   const char *target, struct ecp_plan_probe **out)
{
    int population = 0, projection = -1;
    if (kind == ECP_PROBE_WEIGHTS || kind == ECP_PROBE_STRUCTURE) {
        projection = ecp_plan_projection_index(plan, target);
        if (projection < 0)
            return ecp_plan_no_projection(plan, NULL, "projection", target);
        population = plan->projection[projection]->target;
    } else {
        const enum ecp_status status = find_population(plan, "target", target, &population);
        if (status != ECP_OK)
            return status;
    }
    struct ecp_plan_probe *made = add(plan, &plan->probe, &plan->n_probes, sizeof *made);
    if (!made)
        return no_memory();
    made->kind = kind;
    made->target = all_of(plan, population);
    made->field = -1;
    made->projection = projection;
    made->stop = INFINITY;
    *out = made;
    return ECP_OK;
}

enum ecp_status ecp_plan_no_projection(const struct ecp_plan *plan, const struct ecp_place *place,
                                       const char *key, const char *name)
{
    enum { MANY = 64 };
    char allowed[ECP_ALLOWED_LENGTH];
    const char *names[MANY];
    size_t n = 0;
    for (; n < plan->n_projections && n < MANY; n++)
        names[n] = plan->projection[n]->name;
    return ecp_refuse(place, key, "there is no projection \"%.60s\"; %s", name,
                      ecp_allowed(allowed, name, names, n));
}

enum ecp_status ecp_plan_add_phase(struct ecp_plan *plan, const char *name, double duration,
                                   int discard, struct ecp_plan_phase **out)
{
    const char *own_name = ecp_plan_strdup(plan, name);
    struct ecp_plan_phase *made =
        own_name ? add(plan, &plan->phase, &plan->n_phases, sizeof *made) : NULL;
    if (!made)
        return no_memory();
    made->name = own_name;
    made->duration = duration;
    made->discard = discard;
    *out = made;
    return ECP_OK;
}

enum ecp_status ecp_plan_add_analysis(struct ecp_plan *plan, const char *label,
                                      const char *analysis, const char *population,
                                      struct ecp_plan_analysis **out)
{
    enum ecp_status status = ECP_OK;
    const struct ecp_analysis *found;
    int subject = -1;
    if (population)
        ECP_TRY(find_population(plan, "population", population, &subject));
    ECP_TRY(ecp_plugins_find_analysis(plan->plugins, analysis, &found));
    if (!found->run)
        return ecp_fail(ECP_ECONFIG, "%s is a measure of data sets: `ecphory score`", found->name);
    const size_t n = ecp_field_count(found->fields);
    const char *own_label = ecp_plan_strdup(plan, label        ? label
                                                  : population ? population
                                                               : found->name);
    double *param = ecp_arena_array(plan->arena, n + 1, sizeof *param);
    struct ecp_plan_analysis *made =
        own_label && param ? add(plan, &plan->analysis, &plan->n_analyses, sizeof *made) : NULL;
    if (!made)
        return no_memory();
    for (size_t k = 0; k < n; k++)
        param[k] = found->fields[k].initial;
    made->label = own_label;
    made->analysis_name = found->name;
    made->analysis = found;
    made->population = subject;
    made->probe = -1;
    made->param = param;
    *out = made;
done:
    return status;
}

enum ecp_status ecp_plan_add_claim(struct ecp_plan *plan, const char *result, double lowest,
                                   double highest, const char *source)
{
    const char *own_result = ecp_plan_strdup(plan, result);
    const char *own_source = ecp_plan_strdup(plan, source ? source : "");
    struct ecp_plan_claim *made =
        own_result && own_source ? add(plan, &plan->claim, &plan->n_claims, sizeof *made) : NULL;
    if (!made)
        return no_memory();
    made->result = own_result;
    made->lowest = lowest;
    made->highest = highest;
    made->source = own_source;
    return ECP_OK;
}

size_t ecp_scenario_text_count(const struct ecp_scenario_text *table)
{
    size_t n = 0;
    while (table && table[n].name)
        n++;
    return n;
}

enum ecp_status ecp_plan_compute(struct ecp_plan *plan, const struct ecp_scenario *scenario,
                                 const double *param, const char *const *text)
{
    const size_t n = ecp_field_count(scenario->fields);
    const size_t n_texts = ecp_scenario_text_count(scenario->texts);
    if (!scenario->run)
        return ECP_OK;
    double *own = ecp_arena_array(plan->arena, n + 1, sizeof *own);
    const char **own_text = ecp_arena_array(plan->arena, n_texts + 1, sizeof *own_text);
    if (!own || !own_text)
        return no_memory();
    for (size_t k = 0; k < n; k++)
        own[k] = param[k];
    for (size_t k = 0; k < n_texts; k++) {
        const struct ecp_scenario_text *const one = &scenario->texts[k];
        const char *given = text ? text[k] : one->is_file ? NULL : one->initial;
        own_text[k] = given ? ecp_plan_strdup(plan, given) : NULL;
        if (given && !own_text[k])
            return no_memory();
    }
    plan->computes_text = own_text;
    plan->computes = scenario;
    plan->computes_param = own;
    return ECP_OK;
}

int ecp_plan_has_network(const struct ecp_plan *plan)
{
    return plan->n_populations > 0;
}
