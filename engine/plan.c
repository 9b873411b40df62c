#include "engine/plan.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/arena.h"
#include "engine/config_place.h"
#include "engine/plugin.h"

enum ecp_status ecp_plan_create(struct ecp_plan **out)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return ecp_fail(ECP_ENOMEM, "no memory for a plan");
    ECP_TRY(ecp_arena_create(&plan->arena));
    plan->name = "unnamed";
    plan->seed = 1;
    plan->dt = 0.1;
    plan->time = ECP_TIME_GRID;
    *out = plan;
    plan = NULL;
done:
    free(plan);
    return status;
}

void ecp_plan_destroy(struct ecp_plan *plan)
{
    if (!plan)
        return;
    ecp_arena_destroy(plan->arena);
    ecp_plugins_destroy(plan->plugins);
    free(plan);
}

void ecp_plan_use_plugins(struct ecp_plan *plan, struct ecp_plugins *plugins)
{
    struct ecp_plugins *before = plan->plugins;
    plan->plugins = ecp_plugins_share(plugins);
    ecp_plugins_destroy(before);
}

void *ecp_plan_alloc(struct ecp_plan *plan, size_t bytes)
{
    return ecp_arena_alloc(plan->arena, bytes);
}

char *ecp_plan_strdup(struct ecp_plan *plan, const char *text)
{
    return ecp_arena_strdup(plan->arena, text);
}

char *ecp_plan_printf(struct ecp_plan *plan, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = ecp_arena_vprintf(plan->arena, format, arguments);
    va_end(arguments);
    return text;
}

/* ---- finding ------------------------------------------------------------ */

int ecp_plan_population_index(const struct ecp_plan *plan, const char *name)
{
    for (size_t k = 0; k < plan->n_populations; k++)
        if (strcmp(plan->population[k]->name, name) == 0)
            return (int)k;
    return -1;
}

int ecp_plan_projection_index(const struct ecp_plan *plan, const char *name)
{
    for (size_t k = 0; k < plan->n_projections; k++)
        if (plan->projection[k]->name && strcmp(plan->projection[k]->name, name) == 0)
            return (int)k;
    return -1;
}

int ecp_plan_gap_index(const struct ecp_plan *plan, const char *name)
{
    for (size_t k = 0; k < plan->n_gaps; k++)
        if (strcmp(plan->gap[k]->name, name) == 0)
            return (int)k;
    return -1;
}

int ecp_plan_third_index(const struct ecp_plan *plan, const char *name)
{
    for (size_t k = 0; k < plan->n_thirds; k++)
        if (strcmp(plan->third[k]->name, name) == 0)
            return (int)k;
    return -1;
}

const struct ecp_plan_third *ecp_plan_third_of(const struct ecp_plan *plan, int projection)
{
    for (size_t k = 0; k < plan->n_thirds; k++)
        if (plan->third[k]->primary == projection)
            return plan->third[k];
    return NULL;
}

int ecp_gap_is_halved(const struct ecp_plan_projection *gap)
{
    return gap->coupling == ECP_COUPLING_GAP && gap->symmetric &&
           (gap->rule == ECP_RULE_ALL_TO_ALL || gap->rule == ECP_RULE_PAIRWISE_BERNOULLI ||
            gap->rule == ECP_RULE_DISTANCE);
}

int ecp_plan_stimulus_index(const struct ecp_plan *plan, const char *name)
{
    for (size_t k = 0; k < plan->n_stimuli; k++)
        if (plan->stimulus[k]->name && strcmp(plan->stimulus[k]->name, name) == 0)
            return (int)k;
    return -1;
}

double ecp_plan_duration(const struct ecp_plan *plan)
{
    double sum = 0;
    for (size_t k = 0; k < plan->n_phases; k++)
        sum += plan->phase[k]->duration;
    return sum;
}

/* ---- laws --------------------------------------------------------------- */

struct ecp_draw ecp_draw_constant(double value)
{
    return (struct ecp_draw){.kind = ECP_DRAW_CONSTANT,
                             .bounds = ECP_BOUNDS_NONE,
                             .a = value,
                             .lowest = -INFINITY,
                             .highest = INFINITY};
}

struct ecp_draw ecp_draw_normal(double mean, double sd)
{
    struct ecp_draw law = ecp_draw_constant(mean);
    law.kind = ECP_DRAW_NORMAL;
    law.b = sd;
    return law;
}

struct ecp_draw ecp_draw_bounded(struct ecp_draw law, enum ecp_draw_bounds bounds, double lowest,
                                 double highest)
{
    law.bounds = bounds;
    law.lowest = lowest;
    law.highest = highest;
    return law;
}

/* ---- fields of a population --------------------------------------------- */

static int may_set(const struct ecp_field *field)
{
    return field->kind == ECP_PARAM || field->kind == ECP_PARAM_EACH || field->kind == ECP_STATE ||
           field->kind == ECP_COUNTER;
}

enum ecp_status ecp_population_set_draw(struct ecp_plan_population *population, const char *field,
                                        struct ecp_draw law)
{
    const struct ecp_field *fields = population->model->fields;
    const int at = ecp_field_find(fields, field);
    if (at >= 0 && may_set(&fields[at])) {
        population->field[at] = law;
        population->field_given[at] = 1;
        return ECP_OK;
    }
    char allowed[ECP_ALLOWED_LENGTH];
    const char *names[ECP_MAX_FIELDS];
    size_t n = 0;
    for (size_t k = 0; fields && fields[k].name && n < ECP_MAX_FIELDS; k++)
        if (may_set(&fields[k]))
            names[n++] = fields[k].name;
    return ecp_refuse(&population->place, population->name,
                      "%s has no parameter or state \"%.60s\"; %s", population->model->name, field,
                      ecp_allowed(allowed, field, names, n));
}

enum ecp_status ecp_population_set(struct ecp_plan_population *population, const char *field,
                                   double value)
{
    return ecp_population_set_draw(population, field, ecp_draw_constant(value));
}
