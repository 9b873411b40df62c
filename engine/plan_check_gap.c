/* Gap junctions: what a model must have, conductances, and no exact mode. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_place.h"
#include "engine/draw.h"
#include "engine/plan_check.h"

const struct ecp_field ecp_gap_conductance = {"conductance",      "nS",     0, 0, 1e6,
                                              "of each junction", ECP_PARAM};

static enum ecp_status check_model(const struct ecp_plan *plan, const struct ecp_plan_projection *p,
                                   const char *key)
{
    const struct ecp_plan_population *population = plan->population[p->target];
    const struct ecp_field *fields = population->model->fields;
    const int v = ecp_field_find(fields, "v"), in = ecp_field_of_kind(fields, ECP_CURRENT, 0);
    if (v >= 0 && fields[v].kind == ECP_STATE && strcmp(fields[v].unit, "mV") == 0 && in >= 0 &&
        strcmp(fields[in].unit, "pA") == 0)
        return ECP_OK;
    return ecp_refuse(&p->place, key,
                      "found gap junctions of population %s, model %s; allowed: models with a "
                      "state v in mV and a current input in pA",
                      population->name, population->model->name);
}

static enum ecp_status check_conductance(const struct ecp_plan_projection *p, const char *key)
{
    char text[ECP_FAULT_LENGTH];
    double lowest, highest;
    const char *fault = ecp_draw_fault(&p->weight, ecp_gap_conductance.unit, text);
    if (!fault)
        fault = ecp_draw_range_fault(&p->weight, &ecp_gap_conductance, text);
    if (fault)
        return ecp_refuse(&p->place, key, "%s", fault);
    ecp_draw_range(&p->weight, &lowest, &highest);
    if (lowest < 0)
        return ecp_refuse(&p->place, key,
                          "found a law that goes below 0 nS; allowed: one with low = 0");
    for (size_t k = 0; p->edges.weight && k < p->edges.n; k++)
        if (!(p->edges.weight[k] >= 0))
            return ecp_refuse(&p->place, key, "found %g nS in edge %zu; allowed: 0 nS or more",
                              p->edges.weight[k], k);
    return ECP_OK;
}

enum ecp_status ecp_plan_check_gap(const struct ecp_plan *plan, size_t k)
{
    const struct ecp_plan_projection *p = plan->gap[k];
    char key[ECP_KEY_LENGTH];
    enum ecp_status status;
    (void)snprintf(key, sizeof key, "projections.%s", p->name);
    ECP_TRY(ecp_plan_check_name(p->name, &p->place, key));
    if (ecp_plan_gap_index(plan, p->name) != (int)k ||
        ecp_plan_projection_index(plan, p->name) >= 0)
        return ecp_refuse(&p->place, key, "there are two of this name; allowed: one (give a name)");
    if (plan->time == ECP_TIME_EXACT)
        return ecp_refuse(&p->place, key,
                          "found gap junctions in exact mode, in which neurons meet only by "
                          "spikes; allowed: time = \"grid\"");
    ECP_TRY(check_model(plan, p, key));
    if (p->rule == ECP_RULE_ONE_TO_ONE)
        return ecp_refuse(&p->place, key,
                          "found rule one_to_one, which joins each neuron with itself; allowed: "
                          "the other rules");
    (void)snprintf(key, sizeof key, "projections.%s.conductance", p->name);
    ECP_TRY(check_conductance(p, key));
done:
    return status;
}
