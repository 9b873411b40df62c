/* Couplings: what models must have, weights, and no exact mode; tripartite elements. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_place.h"
#include "engine/draw.h"
#include "engine/plan_check.h"

static const struct ecp_field conductance = {"conductance",      "nS",     0, 0, 1e6,
                                             "of each junction", ECP_PARAM};
static const struct ecp_field exchange = {"conductance",      "1/ms",   0, 0, 1e3,
                                          "of each junction", ECP_PARAM};
static const struct ecp_field factor = {"weight", "1", 1, -1e9, 1e9, "of each connection",
                                        ECP_PARAM};

const char *ecp_gap_field(const struct ecp_plan_projection *gap)
{
    return gap->field_name ? gap->field_name : gap->coupling == ECP_COUPLING_GAP ? "v" : "i_sic";
}

const struct ecp_field *ecp_gap_weight(const struct ecp_plan_projection *gap)
{
    if (gap->coupling == ECP_COUPLING_SIC)
        return &factor;
    return strcmp(ecp_gap_field(gap), "v") == 0 ? &conductance : &exchange;
}

/* ---- models --------------------------------------------------------------- */

/* The current input of the target's model, in pA, or -1. */
static int current_of(const struct ecp_field *fields)
{
    const int in = ecp_field_of_kind(fields, ECP_CURRENT, 0);
    return in >= 0 && strcmp(fields[in].unit, "pA") == 0 ? in : -1;
}

static enum ecp_status check_potentials(const struct ecp_plan *plan, struct ecp_plan_projection *p,
                                        const char *key)
{
    const struct ecp_plan_population *population = plan->population[p->target];
    const struct ecp_field *fields = population->model->fields;
    const int v = ecp_field_find(fields, "v");
    p->field = v;
    p->sink = current_of(fields);
    if (v >= 0 && fields[v].kind == ECP_STATE && strcmp(fields[v].unit, "mV") == 0 && p->sink >= 0)
        return ECP_OK;
    return ecp_refuse(&p->place, key,
                      "found gap junctions of population %s, model %s; allowed: models with a "
                      "state v in mV and a current input in pA",
                      population->name, population->model->name);
}

/* Diffusion of x: a state x, and an input j_x. */
static enum ecp_status check_diffusion(const struct ecp_plan *plan, struct ecp_plan_projection *p,
                                       const char *key)
{
    const struct ecp_plan_population *population = plan->population[p->target];
    const struct ecp_field *fields = population->model->fields;
    char input[ECP_KEY_LENGTH];
    (void)snprintf(input, sizeof input, "j_%s", p->field_name);
    p->field = ecp_field_find(fields, p->field_name);
    p->sink = ecp_field_find(fields, input);
    if (p->field >= 0 && fields[p->field].kind == ECP_STATE && p->sink >= 0 &&
        fields[p->sink].kind == ECP_CURRENT)
        return ECP_OK;
    return ecp_refuse(
        &p->place, key,
        "found \"%.60s\" with model %s of %s; allowed: v, and states x of models that "
        "have an input j_x, too (ip3 and ca of astrocytes)",
        p->field_name, population->model->name, population->name);
}

static enum ecp_status check_slow(const struct ecp_plan *plan, struct ecp_plan_projection *p,
                                  const char *key)
{
    const struct ecp_plan_population *source = plan->population[p->source];
    const struct ecp_plan_population *target = plan->population[p->target];
    const char *name = ecp_gap_field(p);
    p->field = ecp_field_find(source->model->fields, name);
    p->sink = current_of(target->model->fields);
    if (p->field < 0 || source->model->fields[p->field].kind != ECP_STATE)
        return ecp_refuse(&p->place, key,
                          "found population %s of model %s, which has no state %.60s; allowed: "
                          "models that have it, or `field`, the name of another state",
                          source->name, source->model->name, name);
    if (p->sink < 0)
        return ecp_refuse(&p->place, key,
                          "found a slow current into population %s of model %s; allowed: models "
                          "with a current input in pA",
                          target->name, target->model->name);
    return ECP_OK;
}

/* ---- values ----------------------------------------------------------------- */

static enum ecp_status check_weight(const struct ecp_plan_projection *p, const char *key)
{
    const struct ecp_field *field = ecp_gap_weight(p);
    char text[ECP_FAULT_LENGTH];
    double lowest, highest;
    const char *fault = ecp_draw_fault(&p->weight, field->unit, text);
    if (!fault)
        fault = ecp_draw_range_fault(&p->weight, field, text);
    if (fault)
        return ecp_refuse(&p->place, key, "%s", fault);
    if (p->coupling == ECP_COUPLING_SIC)
        return ECP_OK;
    ecp_draw_range(&p->weight, &lowest, &highest);
    if (lowest < 0)
        return ecp_refuse(&p->place, key,
                          "found a law that goes below 0 %s; allowed: one with low = 0",
                          field->unit);
    for (size_t k = 0; p->edges.weight && k < p->edges.n; k++)
        if (!(p->edges.weight[k] >= 0))
            return ecp_refuse(&p->place, key, "found %g %s in edge %zu; allowed: 0 %s or more",
                              p->edges.weight[k], field->unit, k, field->unit);
    return ECP_OK;
}

enum ecp_status ecp_plan_check_gap(const struct ecp_plan *plan, size_t k)
{
    struct ecp_plan_projection *p = plan->gap[k];
    const int is_gap = p->coupling == ECP_COUPLING_GAP;
    const char *what = is_gap ? "gap junctions" : "slow currents";
    char key[ECP_KEY_LENGTH];
    enum ecp_status status;
    (void)snprintf(key, sizeof key, "projections.%s", p->name);
    ECP_TRY(ecp_plan_check_name(p->name, &p->place, key));
    if (ecp_plan_gap_index(plan, p->name) != (int)k ||
        ecp_plan_projection_index(plan, p->name) >= 0)
        return ecp_refuse(&p->place, key, "there are two of this name; allowed: one (give a name)");
    if (plan->time == ECP_TIME_EXACT)
        return ecp_refuse(&p->place, key,
                          "found %s in exact mode, in which neurons meet only by spikes; allowed: "
                          "time = \"grid\"",
                          what);
    if (!is_gap)
        ECP_TRY(check_slow(plan, p, key));
    else if (strcmp(ecp_gap_field(p), "v") == 0)
        ECP_TRY(check_potentials(plan, p, key));
    else
        ECP_TRY(check_diffusion(plan, p, key));
    if (is_gap && p->rule == ECP_RULE_ONE_TO_ONE)
        return ecp_refuse(&p->place, key,
                          "found rule one_to_one, which joins each neuron with itself; allowed: "
                          "the other rules");
    (void)snprintf(key, sizeof key, "projections.%s.%s", p->name,
                   is_gap ? "conductance" : "weight");
    ECP_TRY(check_weight(p, key));
done:
    return status;
}

/* ---- tripartite elements ------------------------------------------------------ */

static const char *key_of(const struct ecp_plan_third *third, const char *part, char *key)
{
    (void)snprintf(key, ECP_KEY_LENGTH, "projections.%s%s%s", third->name, part ? "." : "",
                   part ? part : "");
    return key;
}

static enum ecp_status check_third(const struct ecp_plan *plan, size_t k)
{
    const struct ecp_plan_third *third = plan->third[k];
    const struct ecp_plan_projection *primary = plan->projection[third->primary];
    const size_t n = plan->population[third->astrocytes]->size;
    char key[ECP_KEY_LENGTH];
    enum ecp_status status;
    ECP_TRY(ecp_plan_check_name(third->name, &third->place, key_of(third, NULL, key)));
    if (ecp_plan_third_index(plan, third->name) != (int)k ||
        ecp_plan_projection_index(plan, third->name) >= 0 ||
        ecp_plan_gap_index(plan, third->name) >= 0)
        return ecp_refuse(&third->place, key,
                          "there are two of this name; allowed: one (give a name)");
    if (primary->third)
        return ecp_refuse(&third->place, key_of(third, "primary", key),
                          "found %s, itself a part of a tripartite element; allowed: projections "
                          "with a rule of their own",
                          primary->name);
    if (!(third->probability >= 0 && third->probability <= 1))
        return ecp_refuse(&third->place, key_of(third, "probability", key),
                          "found %g; allowed: 0 to 1", third->probability);
    if (third->pool_size < 1 || third->pool_size > n)
        return ecp_refuse(&third->place, key_of(third, "pool_size", key),
                          "found %zu; allowed: 1 to %zu, the size of %s", third->pool_size, n,
                          plan->population[third->astrocytes]->name);
    if (ecp_structure_of(primary, NULL))
        return ecp_refuse(&third->place, key_of(third, "primary", key),
                          "found %s with plasticity rule %s, whose synapses come and go; allowed: "
                          "projections whose synapses stay",
                          primary->name, ecp_structure_of(primary, NULL)->name);
done:
    return status;
}

enum ecp_status ecp_plan_check_thirds(const struct ecp_plan *plan)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < plan->n_thirds && status == ECP_OK; k++)
        status = check_third(plan, k);
    return status;
}
