/* Projections: numbers, delays, ports and room for the synapses. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config_place.h"
#include "engine/edges.h"
#include "engine/plan_check.h"

/* One projection under check, with its ends. */
struct check {
    struct ecp_plan *plan;
    struct ecp_plan_projection *p;
    const struct ecp_plan_population *source, *target;
    char key[ECP_KEY_LENGTH];
};

static const char *key_of(struct check *c, const char *part)
{
    (void)snprintf(c->key, sizeof c->key, "projections.%s%s%s", c->p->name, part ? "." : "",
                   part ? part : "");
    return c->key;
}

/* ---- ports -------------------------------------------------------------- */

enum ecp_status ecp_plan_find_port(const struct ecp_plan_population *target, const char *name,
                                   const struct ecp_place *place, const char *key, int *positive,
                                   int *negative)
{
    const char *names[ECP_MAX_PORTS];
    size_t n = 0;
    int at;
    while (n < ECP_MAX_PORTS && (at = ecp_field_of_kind(target->model->fields, ECP_INPUT, n)) >= 0)
        names[n++] = target->model->fields[at].name;
    if (n == 0)
        return ecp_refuse(place, key,
                          "found population %s of model %s, which has no receptor port; allowed: "
                          "models that receive spikes",
                          target->name, target->model->name);
    if (!name) {
        *positive = 0;
        *negative = n > 1;
        return ECP_OK;
    }
    for (size_t k = 0; k < n; k++)
        if (strcmp(names[k], name) == 0) {
            *positive = *negative = (int)k;
            return ECP_OK;
        }
    char allowed[ECP_ALLOWED_LENGTH];
    return ecp_refuse(place, key, "%s of model %s has no receptor port \"%.60s\"; %s", target->name,
                      target->model->name, name, ecp_allowed(allowed, name, names, n));
}

/* ---- values ------------------------------------------------------------- */

/* A list of an explicit projection is a column of its edges. */
static enum ecp_status list_to_edges(struct check *c, struct ecp_draw *law, const double **column,
                                     const char *part)
{
    if (law->kind != ECP_DRAW_LIST)
        return ECP_OK;
    if (c->p->rule != ECP_RULE_EXPLICIT)
        return ecp_refuse(&c->p->place, key_of(c, part),
                          "found a list, with rule %s; allowed: a number or a law (lists go with "
                          "rule explicit)",
                          ecp_rule_words[c->p->rule]);
    if (law->count != c->p->edges.n)
        return ecp_refuse(&c->p->place, key_of(c, part),
                          "found %zu numbers; allowed: %zu, one for each edge", law->count,
                          c->p->edges.n);
    const enum ecp_status status = ecp_edges_load(c->plan, c->p);
    if (status != ECP_OK)
        return status;
    *column = law->list;
    c->p->edges_file = NULL; /* no longer the file's alone */
    *law = ecp_draw_constant(law->list[0]);
    return ECP_OK;
}

static enum ecp_status check_delay(struct check *c)
{
    char text[ECP_FAULT_LENGTH];
    enum ecp_status status;
    const char *fault = ecp_draw_fault(&c->p->delay, "ms", text);
    if (fault)
        return ecp_refuse(&c->p->place, key_of(c, "delay"), "%s", fault);
    ECP_TRY(list_to_edges(c, &c->p->delay, &c->p->edges.delay, "delay"));
    if (ecp_edges_have_delays(c->p))
        return ECP_OK; /* checked edge by edge */
    fault = ecp_draw_delay_fault(&c->p->delay, c->plan->dt, text);
    if (fault)
        return ecp_refuse(&c->p->place, key_of(c, "delay"), "%s", fault);
done:
    return status;
}

static enum ecp_status check_weight(struct check *c)
{
    char text[ECP_FAULT_LENGTH];
    const int at =
        ecp_field_of_kind(c->target->model->fields, ECP_INPUT, (size_t)c->p->port_positive);
    const struct ecp_field *port = &c->target->model->fields[at];
    const char *fault = ecp_draw_fault(&c->p->weight, port->unit, text);
    if (!fault)
        fault = ecp_draw_range_fault(&c->p->weight, port, text);
    if (fault)
        return ecp_refuse(&c->p->place, key_of(c, "weight"), "%s", fault);
    return list_to_edges(c, &c->p->weight, &c->p->edges.weight, "weight");
}

/* ---- how many synapses -------------------------------------------------- */

static enum ecp_status check_number(struct check *c, const char *part, const char *what,
                                    uint64_t room)
{
    if (c->p->number == 0 || (room > 0 && (c->p->multapses || c->p->number <= room)))
        return ECP_OK;
    return ecp_refuse(&c->p->place, key_of(c, part),
                      "found %zu of %llu %s with multapses = %s and autapses = %s; allowed: 0 to "
                      "%llu",
                      c->p->number, (unsigned long long)room, what,
                      c->p->multapses ? "true" : "false", c->p->autapses ? "true" : "false",
                      (unsigned long long)room);
}

static enum ecp_status check_probability(struct check *c)
{
    if (c->p->probability >= 0 && c->p->probability <= 1)
        return ECP_OK;
    return ecp_refuse(&c->p->place, key_of(c, "probability"), "found %g; allowed: 0 to 1",
                      c->p->probability);
}

static enum ecp_status check_distance(struct check *c)
{
    const struct ecp_layout *a = &c->source->layout, *b = &c->target->layout;
    const struct ecp_plan_population *bare = a->kind == ECP_LAYOUT_NONE ? c->source : c->target;
    if (a->kind == ECP_LAYOUT_NONE || b->kind == ECP_LAYOUT_NONE)
        return ecp_refuse(&c->p->place, key_of(c, "kernel"),
                          "population %s has no layout; allowed: populations with a layout",
                          bare->name);
    if (a->width != b->width || a->height != b->height || !a->periodic != !b->periodic)
        return ecp_refuse(&c->p->place, key_of(c, "kernel"),
                          "%s is %g x %g mm, periodic = %s, and %s is %g x %g mm, periodic = %s; "
                          "allowed: equal layouts",
                          c->source->name, a->width, a->height, a->periodic ? "true" : "false",
                          c->target->name, b->width, b->height, b->periodic ? "true" : "false");
    if (!(c->p->scale > 0) || !isfinite(c->p->scale))
        return ecp_refuse(&c->p->place, key_of(c, "scale"), "found %g mm; allowed: more than 0 mm",
                          c->p->scale);
    if (!(c->p->cutoff > 0))
        return ecp_refuse(&c->p->place, key_of(c, "cutoff"), "found %g mm; allowed: more than 0 mm",
                          c->p->cutoff);
    return check_probability(c);
}

static enum ecp_status check_rule(struct check *c)
{
    const int self = c->p->source == c->p->target && !c->p->autapses;
    const uint64_t sources = c->source->size, targets = c->target->size;
    const uint64_t others = self ? sources - 1 : sources;
    switch (c->p->rule) {
    case ECP_RULE_ALL_TO_ALL:
        break;
    case ECP_RULE_ONE_TO_ONE:
        if (sources != targets)
            return ecp_refuse(&c->p->place, key_of(c, "rule"),
                              "found one_to_one from %llu to %llu neurons; allowed: equal sizes",
                              (unsigned long long)sources, (unsigned long long)targets);
        if (self)
            return ecp_refuse(&c->p->place, key_of(c, "autapses"),
                              "found false with one_to_one of %s to itself, which has nothing "
                              "else; allowed: true",
                              c->source->name);
        break;
    case ECP_RULE_FIXED_INDEGREE:
        return check_number(c, "indegree", "sources", others);
    case ECP_RULE_FIXED_OUTDEGREE:
        return check_number(c, "outdegree", "targets", self ? targets - 1 : targets);
    case ECP_RULE_FIXED_TOTAL_NUMBER:
        return check_number(c, "number", "pairs", others * targets);
    case ECP_RULE_PAIRWISE_BERNOULLI:
        return check_probability(c);
    case ECP_RULE_EXPLICIT:
        return ecp_plan_check_edges(c->plan, c->p, key_of(c, c->p->edges_file ? "file" : "edges"));
    case ECP_RULE_DISTANCE:
        return check_distance(c);
    case ECP_RULE_TO_THIRD:
    case ECP_RULE_FROM_THIRD:
        break;
    }
    return ECP_OK;
}

static enum ecp_status check_projection(struct check *c, size_t k)
{
    struct ecp_plan_projection *p = c->p;
    enum ecp_status status;
    ECP_TRY(ecp_plan_check_name(p->name, &p->place, key_of(c, "name")));
    if (ecp_plan_projection_index(c->plan, p->name) != (int)k)
        return ecp_refuse(&p->place, key_of(c, NULL),
                          "there are two of this name; allowed: one (give a name)");
    ECP_TRY(ecp_plan_find_port(c->target, p->port_name, &p->place,
                               key_of(c, p->port_name ? "port" : "target"), &p->port_positive,
                               &p->port_negative));
    ECP_TRY(check_weight(c));
    ECP_TRY(check_delay(c));
    ECP_TRY(check_rule(c));
    ECP_TRY(ecp_plan_check_plasticity(c->plan, p));
done:
    return status;
}

enum ecp_status ecp_plan_check_projections(struct ecp_plan *plan)
{
    for (size_t k = 0; k < plan->n_projections; k++) {
        struct check c = {.plan = plan, .p = plan->projection[k]};
        c.source = plan->population[c.p->source];
        c.target = plan->population[c.p->target];
        const enum ecp_status status = check_projection(&c, k);
        if (status != ECP_OK)
            return status;
    }
    for (size_t k = 0; k < plan->n_gaps; k++) {
        struct check c = {.plan = plan, .p = plan->gap[k]};
        c.source = plan->population[c.p->source];
        c.target = plan->population[c.p->target];
        const int is_gap = c.p->coupling == ECP_COUPLING_GAP;
        enum ecp_status status = ecp_plan_check_gap(plan, k);
        if (status == ECP_OK)
            status = list_to_edges(&c, &c.p->weight, &c.p->edges.weight,
                                   is_gap ? "conductance" : "weight");
        if (status == ECP_OK && !is_gap)
            status = check_delay(&c);
        if (status == ECP_OK)
            status = check_rule(&c);
        if (status != ECP_OK)
            return status;
    }
    return ecp_plan_check_thirds(plan);
}
