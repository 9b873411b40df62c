/* Plasticity of projections in a plan: defaults, values, and what cannot be. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_place.h"
#include "engine/draw.h"
#include "engine/edges.h"
#include "engine/plan_check.h"

static enum ecp_status take_rule(struct ecp_plan *plan, const char *name,
                                 const struct ecp_plasticity **rule, double **param)
{
    const struct ecp_plasticity *found;
    const enum ecp_status status = ecp_plasticity_find(name, ECP_ISA_BASELINE, &found);
    if (status != ECP_OK)
        return status;
    double *values = ecp_plan_alloc(plan, ECP_MAX_FIELDS * sizeof *values);
    if (!values)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    for (size_t f = 0; found->fields[f].name; f++)
        values[f] = found->fields[f].initial;
    *rule = found;
    *param = values;
    return ECP_OK;
}

enum ecp_status ecp_plan_plasticity(struct ecp_plan *plan, struct ecp_plan_projection *projection,
                                    const char *rule)
{
    return take_rule(plan, rule, &projection->plasticity, &projection->plasticity_param);
}

enum ecp_status ecp_plan_short_term(struct ecp_plan *plan, struct ecp_plan_projection *projection,
                                    const char *rule)
{
    return take_rule(plan, rule, &projection->short_term, &projection->short_term_param);
}

enum ecp_status ecp_plan_structure(struct ecp_plan *plan, struct ecp_plan_projection *projection,
                                   const char *rule)
{
    return take_rule(plan, rule, &projection->structure, &projection->structure_param);
}

static enum ecp_status set(const struct ecp_plasticity *rule, double *param, const char *field,
                           double value)
{
    const int at = rule ? ecp_field_find(rule->fields, field) : -1;
    if (at < 0)
        return ecp_fail(ECP_ENOTFOUND, "no \"%s\" in plasticity rule %s", field,
                        rule ? rule->name : "none");
    param[at] = value;
    return ECP_OK;
}

enum ecp_status ecp_projection_set(struct ecp_plan_projection *projection, const char *field,
                                   double value)
{
    return set(projection->plasticity, projection->plasticity_param, field, value);
}

enum ecp_status ecp_projection_set_short_term(struct ecp_plan_projection *projection,
                                              const char *field, double value)
{
    return set(projection->short_term, projection->short_term_param, field, value);
}

enum ecp_status ecp_projection_set_structure(struct ecp_plan_projection *projection,
                                             const char *field, double value)
{
    return set(projection->structure, projection->structure_param, field, value);
}

/* ---- checks ------------------------------------------------------------- */

static const char *key_of(const struct ecp_plan_projection *p, const char *part, char *key)
{
    (void)snprintf(key, ECP_KEY_LENGTH, "projections.%s.%s", p->name, part);
    return key;
}

static enum ecp_status check_values(const struct ecp_plan *plan,
                                    const struct ecp_plan_projection *p,
                                    const struct ecp_plasticity *rule, const double *param,
                                    const char *part)
{
    char key[ECP_KEY_LENGTH];
    ecp_real derived[ECP_MAX_DERIVED] = {0};
    for (size_t f = 0; rule->fields[f].name; f++) {
        const struct ecp_field *field = &rule->fields[f];
        if (param[f] >= field->lowest && param[f] <= field->highest)
            continue;
        return ecp_refuse(&p->place, key_of(p, part, key), "%s: found %g; allowed: %g to %g",
                          field->name, param[f], field->lowest, field->highest);
    }
    return ecp_refuse_again(&p->place, key_of(p, part, key),
                            rule->derive ? rule->derive(param, plan->dt, derived) : ECP_OK);
}

/* Initial weights must lie within the rule's bounds. */
static enum ecp_status check_bounds(const struct ecp_plan_projection *p)
{
    char key[ECP_KEY_LENGTH];
    double lowest, highest;
    const int top = ecp_field_find(p->plasticity->fields, "w_max");
    const int bottom = ecp_field_find(p->plasticity->fields, "w_min");
    ecp_draw_range(&p->weight, &lowest, &highest);
    if (ecp_edges_have_weights(p) && p->edges.n > 0) {
        const struct ecp_edges_extent e = ecp_edges_extent_of(p);
        lowest = e.weight[0];
        highest = e.weight[1];
    }
    if (lowest < 0 && highest > 0)
        return ecp_refuse(
            &p->place, key_of(p, "weight", key),
            "found %g to %g, weights of both signs, with plasticity; allowed: one sign", lowest,
            highest);
    const double least = fmin(fabs(lowest), fabs(highest)),
                 most = fmax(fabs(lowest), fabs(highest));
    const double max = top >= 0 ? p->plasticity_param[top] : INFINITY;
    const double min = bottom >= 0 ? p->plasticity_param[bottom] : 0;
    if (most > max * (1 + 1e-12) || least < min * (1 - 1e-12))
        return ecp_refuse(&p->place, key_of(p, "weight", key),
                          "found %g to %g with plasticity %s; allowed: magnitudes from %g to %g",
                          lowest, highest, p->plasticity->name, min, max);
    return ECP_OK;
}

/* ---- synapses that come and go ------------------------------------------ */

double ecp_structure_interval(const struct ecp_plan_projection *p, double dt)
{
    const double *param;
    const struct ecp_plasticity *rule = ecp_structure_of(p, &param);
    return fmax(1, nearbyint(param[ecp_field_find(rule->fields, "update_interval")] / dt)) * dt;
}

/* Is this parameter one of what projections that share axonal elements share? */
static int is_of_axons(const char *field)
{
    static const char *const names[] = {"tau_ca", "beta_ca", "ca", "tau_vacant", "update_interval"};
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
        if (strcmp(names[k], field) == 0)
            return 1;
    return strncmp(field, "axon_", 5) == 0;
}

/* The key of the group that says so. */
static const char *structure_key(const struct ecp_plan_projection *p)
{
    return p->structure ? "structure" : "plasticity";
}

/* Parameters of a projection that shares axonal elements, or NULL. */
static const double *sharing(const struct ecp_plan_projection *p)
{
    const double *param;
    const struct ecp_plasticity *rule = ecp_structure_of(p, &param);
    return rule && param[ecp_field_find(rule->fields, "axons")] == 0 ? param : NULL;
}

static enum ecp_status check_axons(const struct ecp_plan *plan, const struct ecp_plan_projection *p)
{
    char key[ECP_KEY_LENGTH], part[96];
    const struct ecp_field *fields = ecp_structure_of(p, NULL)->fields;
    const double *own = sharing(p);
    for (size_t k = 0; k < plan->n_projections && own; k++) {
        const struct ecp_plan_projection *other = plan->projection[k];
        const double *theirs = other->source == p->source ? sharing(other) : NULL;
        if (other == p)
            return ECP_OK;
        for (size_t f = 0; theirs && fields[f].name; f++) {
            if (!is_of_axons(fields[f].name) || own[f] == theirs[f])
                continue;
            (void)snprintf(part, sizeof part, "%s.%s", structure_key(p), fields[f].name);
            return ecp_refuse(&p->place, key_of(p, part, key),
                              "found %g, and %g with %s, which shares axonal elements; allowed: "
                              "the same, or axons = \"own\"",
                              own[f], theirs[f], other->name);
        }
    }
    return ECP_OK;
}

/* What a rule for weights must be like where synapses come and go. */
static enum ecp_status check_beside(const struct ecp_plan_projection *p)
{
    char key[ECP_KEY_LENGTH];
    const struct ecp_plasticity *rule = p->plasticity;
    if (!p->structure->structure)
        return ecp_refuse(&p->place, key_of(p, "structure.rule", key),
                          "found %s, which leaves synapses where they are; allowed: structural",
                          p->structure->name);
    if (rule->structure)
        return ecp_refuse(&p->place, key_of(p, "structure", key),
                          "found beside plasticity rule %s, which makes and removes synapses, too; "
                          "allowed: one of the two",
                          rule->name);
    if (rule->tick)
        return ecp_refuse(&p->place, key_of(p, "structure", key),
                          "found beside plasticity rule %s, which goes by a clock of its own; "
                          "allowed: rules that go by spikes",
                          rule->name);
    return ECP_OK;
}

static enum ecp_status check_structure(const struct ecp_plan *plan,
                                       const struct ecp_plan_projection *p)
{
    char key[ECP_KEY_LENGTH];
    const char *name = ecp_structure_of(p, NULL)->name;
    if (p->rule == ECP_RULE_EXPLICIT)
        return ecp_refuse(&p->place, key_of(p, "rule", key),
                          "found explicit with plasticity rule %s, which makes and removes "
                          "synapses; allowed: any other rule (none at first: fixed_total_number "
                          "with number = 0)",
                          name);
    if (p->third)
        return ecp_refuse(&p->place, key_of(p, structure_key(p), key),
                          "found rule %s in a tripartite connection; allowed: without it", name);
    if (p->delay.kind != ECP_DRAW_CONSTANT)
        return ecp_refuse(
            &p->place, key_of(p, "delay", key),
            "found a law with plasticity rule %s; allowed: one delay for all synapses", name);
    return check_axons(plan, p);
}

/* A rule that reads the astrocytes of synapses. */
static enum ecp_status check_astrocytes(const struct ecp_plan *plan,
                                        const struct ecp_plan_projection *p,
                                        const struct ecp_plasticity *rule, const double *param)
{
    char key[ECP_KEY_LENGTH];
    const char *part = param == p->plasticity_param ? "plasticity" : "short_term";
    const int at = ecp_plan_projection_index(plan, p->name);
    const struct ecp_plan_third *third = ecp_plan_third_of(plan, at);
    if (!third)
        return ecp_refuse(&p->place, key_of(p, part, key),
                          "found rule %s%s%s without astrocytes at the synapses; allowed: with a "
                          "projection of kind \"tripartite\" whose primary is %s",
                          rule->name, rule->glia ? " with " : "", rule->glia ? rule->glia : "",
                          p->name);
    const struct ecp_plan_population *astrocytes = plan->population[third->astrocytes];
    const int factor = ecp_field_find(rule->fields, "factor");
    for (size_t k = 0; rule->third[k]; k++) {
        const int f = ecp_field_find(astrocytes->model->fields, rule->third[k]);
        if (factor >= 0 && param[factor] != (double)k)
            continue;
        if (f < 0 || astrocytes->model->fields[f].kind != ECP_STATE)
            return ecp_refuse(
                &p->place, key_of(p, part, key),
                "rule %s looks at \"%s\" of astrocytes, which model %s of %s does not "
                "have; allowed: models that have it",
                rule->name, rule->third[k], astrocytes->model->name, astrocytes->name);
    }
    return ECP_OK;
}

static enum ecp_status check_rule(const struct ecp_plan *plan, const struct ecp_plan_projection *p)
{
    char key[ECP_KEY_LENGTH];
    const struct ecp_plasticity *rule = p->plasticity;
    const struct ecp_plan_population *target = plan->population[p->target];
    enum ecp_status status;
    ECP_TRY(check_values(plan, p, rule, p->plasticity_param, "plasticity"));
    ECP_TRY(check_bounds(p));
    for (size_t k = 0; rule->sees[k]; k++) {
        const int at = ecp_field_find(target->model->fields, rule->sees[k]);
        if (at < 0 || target->model->fields[at].kind != ECP_STATE)
            return ecp_refuse(
                &p->place, key_of(p, "plasticity", key),
                "rule %s looks at \"%s\" of its targets, which model %s of %s does not "
                "have; allowed: models that have it",
                rule->name, rule->sees[k], target->model->name, target->name);
    }
    if (ecp_reads_third(rule, p->plasticity_param))
        ECP_TRY(check_astrocytes(plan, p, rule, p->plasticity_param));
    if (rule->needs_modulator && p->modulator < 0)
        return ecp_refuse(&p->place, key_of(p, "plasticity.modulator", key),
                          "is missing with rule %s; allowed: a population whose spikes release the "
                          "modulator",
                          rule->name);
    if (p->modulator >= 0 && !rule->needs_modulator)
        return ecp_refuse(&p->place, key_of(p, "plasticity.modulator", key),
                          "found with rule %s, which has no third factor; allowed: without it",
                          rule->name);
    if (p->modulator >= 0 && !(p->modulator_delay >= plan->dt))
        return ecp_refuse(&p->place, key_of(p, "plasticity.modulator_delay", key),
                          "found %g ms; allowed: at least one step, %g ms", p->modulator_delay,
                          plan->dt);
done:
    return status;
}

static enum ecp_status check_axonal(const struct ecp_plan_projection *p,
                                    const struct ecp_plasticity *rule)
{
    char key[ECP_KEY_LENGTH];
    if (!rule || !rule->axonal_only || !p->dendritic)
        return ECP_OK;
    return ecp_refuse(&p->place, key_of(p, "delay_type", key),
                      "found dendritic with rule %s; allowed: axonal", rule->name);
}

enum ecp_status ecp_plan_check_plasticity(const struct ecp_plan *plan,
                                          struct ecp_plan_projection *p)
{
    char key[ECP_KEY_LENGTH];
    enum ecp_status status = ECP_OK;
    if (p->structure && p->structure->structure &&
        !p->plasticity) { /* alone: the same in fewer words */
        p->plasticity = p->structure;
        p->plasticity_param = p->structure_param;
        p->structure = NULL;
    }
    if (!p->plasticity && !p->short_term && !p->structure) {
        if (p->dendritic)
            return ecp_refuse(
                &p->place, key_of(p, "delay_type", key),
                "found dendritic without plasticity, where it means nothing; allowed: "
                "with plasticity");
        return ECP_OK;
    }
    if (plan->time == ECP_TIME_EXACT)
        return ecp_refuse(&p->place, key_of(p, "plasticity", key),
                          "found in exact mode; allowed: time = \"grid\"");
    if (p->plasticity)
        ECP_TRY(check_rule(plan, p));
    if (p->structure) {
        ECP_TRY(check_beside(p));
        ECP_TRY(check_values(plan, p, p->structure, p->structure_param, "structure"));
    }
    if (ecp_structure_of(p, NULL))
        ECP_TRY(check_structure(plan, p));
    ECP_TRY(check_axonal(p, p->plasticity));
    ECP_TRY(check_axonal(p, p->structure));
    if (p->short_term)
        ECP_TRY(check_values(plan, p, p->short_term, p->short_term_param, "short_term"));
    const struct ecp_plasticity *s = p->short_term;
    if (s && (!s->arrive || s->visit || s->tick || s->gather || s->settle || s->apply))
        return ecp_refuse(&p->place, key_of(p, "short_term.rule", key),
                          "found %s, a rule that changes weights; allowed: rules of short-term "
                          "plasticity",
                          s->name);
    if (ecp_reads_third(s, p->short_term_param))
        ECP_TRY(check_astrocytes(plan, p, s, p->short_term_param));
done:
    return status;
}
