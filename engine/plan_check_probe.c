/* Probes: what is recorded, and when. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_place.h"
#include "engine/plan_check.h"

struct check {
    const struct ecp_plan *plan;
    struct ecp_plan_probe *p;
    const struct ecp_plan_population *target;
    char key[ECP_KEY_LENGTH];
};

static const char *key_of(struct check *c, const char *part)
{
    (void)snprintf(c->key, sizeof c->key, "probes.%s%s%s", c->p->name, part ? "." : "",
                   part ? part : "");
    return c->key;
}

static int may_record(const struct ecp_field *field)
{
    return field->kind == ECP_STATE || field->kind == ECP_COUNTER || field->kind == ECP_INPUT ||
           field->kind == ECP_CURRENT;
}

static enum ecp_status check_field(struct check *c)
{
    const struct ecp_field *fields = c->target->model->fields;
    const int at = c->p->field_name ? ecp_field_find(fields, c->p->field_name) : -1;
    if (at >= 0 && may_record(&fields[at])) {
        c->p->field = at;
        return ECP_OK;
    }
    char allowed[ECP_ALLOWED_LENGTH];
    const char *names[ECP_MAX_FIELDS];
    size_t n = 0;
    for (size_t k = 0; fields && fields[k].name && n < ECP_MAX_FIELDS; k++)
        if (may_record(&fields[k]))
            names[n++] = fields[k].name;
    if (!c->p->field_name)
        return ecp_refuse(&c->p->place, key_of(c, "field"), "is missing; %s",
                          ecp_allowed(allowed, NULL, names, n));
    return ecp_refuse(&c->p->place, key_of(c, "field"), "%s of %s %s \"%.60s\"; %s",
                      c->target->model->name, c->target->name,
                      at >= 0 ? "does not change its" : "has no", c->p->field_name,
                      ecp_allowed(allowed, c->p->field_name, names, n));
}

static enum ecp_status check_interval(struct check *c)
{
    const double dt = c->plan->dt;
    if (c->p->interval == 0) /* not given: about 1 ms */
        c->p->interval = dt * fmax(1, ceil(1 / dt - 1e-6));
    if (!(c->p->interval >= dt * (1 - 1e-6)) || !isfinite(c->p->interval) ||
        !ecp_is_steps(c->p->interval, dt))
        return ecp_refuse(&c->p->place, key_of(c, "interval"),
                          "found %.15g ms; allowed: whole multiples of dt = %g ms", c->p->interval,
                          dt);
    if (!ecp_is_steps(c->p->start, dt))
        return ecp_refuse(&c->p->place, key_of(c, "start"),
                          "found %.15g ms; allowed: whole multiples of dt = %g ms", c->p->start,
                          dt);
    return ECP_OK;
}

static enum ecp_status check_times(struct check *c)
{
    const double end = ecp_plan_duration(c->plan);
    if (c->p->n_times == 0)
        return ecp_refuse(&c->p->place, key_of(c, "times"),
                          "found none; allowed: one or more times in ms");
    for (size_t k = 0; k < c->p->n_times; k++) {
        const double time = c->p->times[k];
        if (!(time >= 0 && time <= end) || (k > 0 && time <= c->p->times[k - 1]))
            return ecp_refuse(&c->p->place, key_of(c, "times"),
                              "found %.15g ms; allowed: ascending times from 0 to %g ms", time,
                              end);
    }
    return ECP_OK;
}

/* What a weights probe reads instead of weights: a variable of each synapse. */
static enum ecp_status check_variable(struct check *c)
{
    char allowed[ECP_ALLOWED_LENGTH];
    const struct ecp_plan_projection *p = c->plan->projection[c->p->projection];
    const struct ecp_field *fields = p->plasticity ? p->plasticity->fields : NULL;
    const char *names[ECP_MAX_FIELDS];
    size_t n = 0;
    c->p->field = -1;
    if (!c->p->field_name)
        return ECP_OK;
    for (size_t k = 0; fields && fields[k].name && n < ECP_MAX_FIELDS; k++)
        if (fields[k].kind == ECP_SYNAPSE) {
            if (strcmp(fields[k].name, c->p->field_name) == 0)
                c->p->field = (int)n;
            names[n++] = fields[k].name;
        }
    if (c->p->field >= 0)
        return ECP_OK;
    return ecp_refuse(&c->p->place, key_of(c, "field"), "found \"%.60s\"; %s", c->p->field_name,
                      n > 0 ? ecp_allowed(allowed, c->p->field_name, names, n)
                            : "allowed: none, since these synapses have weights alone");
}

static enum ecp_status check_structure(struct check *c)
{
    char allowed[ECP_ALLOWED_LENGTH];
    const struct ecp_plan_projection *p = c->plan->projection[c->p->projection];
    size_t n = 0;
    if (!ecp_structure_of(p, NULL))
        return ecp_refuse(&c->p->place, key_of(c, "projection"),
                          "found %s, whose synapses do not come and go; allowed: projections with "
                          "plasticity rule structural",
                          p->name);
    if (!c->p->field_name)
        c->p->field_name = ecp_structure_words[0];
    c->p->interval = ecp_structure_interval(p, c->plan->dt);
    for (; ecp_structure_words[n]; n++)
        if (strcmp(ecp_structure_words[n], c->p->field_name) == 0) {
            c->p->field = (int)n;
            return ECP_OK;
        }
    return ecp_refuse(&c->p->place, key_of(c, "field"), "found \"%.60s\"; %s", c->p->field_name,
                      ecp_allowed(allowed, c->p->field_name, ecp_structure_words, n));
}

static enum ecp_status check_probe(struct check *c, size_t k)
{
    struct ecp_plan_probe *p = c->p;
    enum ecp_status status;
    ECP_TRY(ecp_plan_check_name(p->name, &p->place, key_of(c, "name")));
    if (ecp_plan_probe_index(c->plan, p->name) != (int)k)
        return ecp_refuse(&p->place, key_of(c, NULL),
                          "there are two of this name; allowed: one (give a name)");
    if (!(p->start >= 0) || !(p->stop > p->start))
        return ecp_refuse(&p->place, key_of(c, "start"),
                          "found start %g ms and stop %g ms; allowed: 0 <= start < stop", p->start,
                          p->stop);
    ECP_TRY(ecp_plan_check_subset(c->plan, &p->target, &p->place, key_of(c, "subset")));
    if (p->kind == ECP_PROBE_FIELD)
        ECP_TRY(check_field(c));
    if (p->kind == ECP_PROBE_FIELD || p->kind == ECP_PROBE_RATE)
        ECP_TRY(check_interval(c));
    if (p->kind == ECP_PROBE_WEIGHTS) {
        ECP_TRY(check_times(c));
        ECP_TRY(check_variable(c));
    }
    if (p->kind == ECP_PROBE_STRUCTURE)
        ECP_TRY(check_structure(c));
done:
    return status;
}

enum ecp_status ecp_plan_check_probes(struct ecp_plan *plan)
{
    for (size_t k = 0; k < plan->n_probes; k++) {
        struct check c = {.plan = plan, .p = plan->probe[k]};
        c.target = plan->population[c.p->target.population];
        const enum ecp_status status = check_probe(&c, k);
        if (status != ECP_OK)
            return status;
    }
    return ECP_OK;
}
