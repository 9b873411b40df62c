/* Refusing links of memories with populations that cannot be. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_place.h"
#include "engine/plan_check.h"
#include "engine/plan_memory.h"

struct check {
    const struct ecp_plan *plan;
    const struct ecp_plan_memory *m;
    char key[ECP_KEY_LENGTH];
};

static const char *link_key(struct check *c, const struct ecp_memory_link *l, const char *part)
{
    (void)snprintf(c->key, sizeof c->key, "memories.%.60s.links.%.60s%s%s", c->m->name, l->name,
                   part ? "." : "", part ? part : "");
    return c->key;
}

static enum ecp_status check_reading(struct check *c, const struct ecp_memory_link *l,
                                     const struct ecp_memory_reading *r, int is_value)
{
    static const char *const allowed[] = {"any", "\"signs\"", "\"bits\""};
    static const enum ecp_row_form form[] = {ECP_FORM_REAL, ECP_FORM_SIGNS, ECP_FORM_BITS};
    const struct ecp_memory_model *model = c->m->model;
    const enum ecp_pattern_kind kind = is_value ? model->values : model->keys;
    const size_t wanted = is_value ? c->m->shape.value : c->m->shape.key;
    const char *part = is_value ? "values" : NULL;
    if (r->source.count != wanted)
        return ecp_refuse(&l->place, link_key(c, l, is_value ? "values.source" : "source"),
                          "found %zu neurons; allowed: %zu, as many as numbers in a %s of %s",
                          r->source.count, wanted, is_value ? "value" : "key", c->m->name);
    if (l->use == ECP_USE_STORE && kind != ECP_PATTERN_REAL && r->form != form[kind])
        return ecp_refuse(&l->place, link_key(c, l, is_value ? "values.form" : "form"),
                          "found \"%s\"; allowed: %s, as %s stores such patterns",
                          ecp_form_words[r->form], allowed[kind], model->name);
    return ecp_plan_check_subset(c->plan, &r->source, &l->place, link_key(c, l, part));
}

/* The level is the memory's alone. */
static enum ecp_status check_driven(struct check *c, const struct ecp_memory_link *l)
{
    const struct ecp_plan *plan = c->plan;
    const struct ecp_plan_stimulus *s = plan->stimulus[l->stimulus];
    const size_t n = c->m->model->has_values ? c->m->shape.value : c->m->shape.key;
    (void)link_key(c, l, "stimulus");
    if (l->use != ECP_USE_RECALL)
        return ecp_refuse(&l->place, c->key, "found in a link that stores; allowed: none");
    if (s->kind != ECP_STIMULUS_POISSON && s->kind != ECP_STIMULUS_CURRENT)
        return ecp_refuse(&l->place, c->key, "found %s of kind %s; allowed: poisson, current",
                          s->name, ecp_stimulus_words[s->kind]);
    if (s->target.count != n)
        return ecp_refuse(&l->place, c->key,
                          "found %s with %zu targets; allowed: %zu, as many as "
                          "numbers are recalled",
                          s->name, s->target.count, n);
    int others = s->n_switches > 0;
    for (size_t k = 0; k < plan->n_phases; k++)
        for (size_t j = 0; j < plan->phase[k]->n_changes; j++)
            others |= plan->phase[k]->change[j].stimulus == l->stimulus &&
                      plan->phase[k]->change[j].population < 0 &&
                      plan->phase[k]->change[j].rule <= 0;
    for (size_t k = 0; k < plan->n_memories; k++)
        for (size_t j = 0; j < plan->memory[k]->n_links; j++)
            others |=
                plan->memory[k]->link[j].stimulus == l->stimulus && &plan->memory[k]->link[j] != l;
    if (others)
        return ecp_refuse(&l->place, c->key,
                          "found %s, whose level something else changes, too; "
                          "allowed: a stimulus without switches, changes of "
                          "phases and other links",
                          s->name);
    return ECP_OK;
}

/* Does it find something stored, and a time within the run? */
static enum ecp_status check_use(struct check *c, const struct ecp_memory_link *l)
{
    const double duration = ecp_plan_duration(c->plan), end = fmin(l->key.stop, duration);
    int stored = c->m->model->recalls_empty || l->use == ECP_USE_STORE;
    for (size_t k = 0; k < c->m->n_operations; k++)
        stored |= ecp_operation_items(&c->m->operation[k]) != NULL; /* sequences store, too */
    for (size_t k = 0; k < c->m->n_links; k++)
        stored |= c->m->link[k].use == ECP_USE_STORE;
    if (!stored)
        return ecp_refuse(&l->place, link_key(c, l, "use"),
                          "found a recall from %s, in which nothing is ever stored; allowed: "
                          "beside store, or a link with use = \"store\"",
                          c->m->name);
    if (duration > 0 && l->key.start + l->key.every > end + c->plan->dt / 2)
        return ecp_refuse(&l->place, link_key(c, l, "every"),
                          "found %.15g ms: from %g ms on there is no such time up to %g ms; "
                          "allowed: at most %g ms",
                          l->key.every, l->key.start, end, fmax(end - l->key.start, 0));
    return ECP_OK;
}

static enum ecp_status check_link(struct check *c, const struct ecp_memory_link *l)
{
    const double dt = c->plan->dt;
    enum ecp_status status;
    ECP_TRY(ecp_plan_check_name(l->name, &l->place, link_key(c, l, "name")));
    for (const struct ecp_memory_link *other = c->m->link; other < l; other++)
        if (strcmp(other->name, l->name) == 0)
            return ecp_refuse(&l->place, link_key(c, l, "name"), "there are two; allowed: one");
    for (size_t k = 0; k < c->m->n_operations; k++)
        if (c->m->operation[k].name && strcmp(c->m->operation[k].name, l->name) == 0)
            return ecp_refuse(&l->place, link_key(c, l, "name"),
                              "there is a recall of this name; allowed: one of both");
    ECP_TRY(ecp_memory_check_result(l->name, &l->place, link_key(c, l, "name")));
    if (c->plan->time == ECP_TIME_EXACT)
        return ecp_refuse(&l->place, link_key(c, l, NULL),
                          "found in exact mode; allowed: time = "
                          "\"grid\"");
    if (!(l->key.every > 0) || !ecp_is_steps(l->key.every, dt))
        return ecp_refuse(&l->place, link_key(c, l, "every"),
                          "found %.15g ms; allowed: whole multiples of dt = %g ms, more than 0",
                          l->key.every, dt);
    if (!(l->key.start >= 0) || !ecp_is_steps(l->key.start, dt) || !(l->key.stop > l->key.start))
        return ecp_refuse(&l->place, link_key(c, l, "start"),
                          "found %.15g to %g ms; allowed: whole multiples of dt = %g ms, from 0 "
                          "on, before stop",
                          l->key.start, l->key.stop, dt);
    ECP_TRY(check_reading(c, l, &l->key, 0));
    if (l->value.every > 0)
        ECP_TRY(check_reading(c, l, &l->value, 1));
    if (l->use == ECP_USE_STORE && (l->value.every > 0) != (c->m->model->has_values != 0))
        return ecp_refuse(&l->place, link_key(c, l, "values"), "%s; allowed: %s",
                          l->value.every > 0 ? "found" : "is missing",
                          c->m->model->has_values ? "a source of the values" : "none");
    if (l->stimulus >= 0)
        ECP_TRY(check_driven(c, l));
    status = check_use(c, l);
done:
    return status;
}

enum ecp_status ecp_plan_check_links(const struct ecp_plan *plan,
                                     const struct ecp_plan_memory *memory)
{
    struct check c = {.plan = plan, .m = memory};
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < memory->n_links && status == ECP_OK; k++)
        status = check_link(&c, &memory->link[k]);
    return status;
}
