/* Refusing memories that cannot be. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_place.h"
#include "engine/plan_check.h"
#include "engine/plan_memory.h"

/* ---- checks -------------------------------------------------------------------- */

struct check {
    const struct ecp_plan *plan;
    struct ecp_plan_memory *m;
    char key[ECP_KEY_LENGTH];
};

static const char *key_of(struct check *c, const struct ecp_operation *o, const char *part)
{
    static const char *const kinds[] = {"store", "weigh", "recall"};
    (void)snprintf(c->key, sizeof c->key, "memories.%.60s%s%s%s%s", c->m->name, o ? "." : "",
                   o ? kinds[o->kind] : "", part ? "." : "", part ? part : "");
    return c->key;
}

/* Shapes come from the first rows that have them. */
static void take_shape(struct ecp_plan_memory *m)
{
    size_t stored = 0;
    for (size_t k = 0; k < m->n_operations; k++) {
        const struct ecp_operation *o = &m->operation[k];
        const struct ecp_row_source *items = ecp_operation_items(o);
        if (o->kind == ECP_OPERATION_WEIGH)
            continue;
        stored += items ? items->n : 0;
        if (items && m->shape.key == 0)
            m->shape.key = items->size;
        if (items && m->shape.value == 0 && m->model->has_values)
            m->shape.value = ecp_operation_item_values(o)->size;
        if (m->shape.key == 0)
            m->shape.key = o->keys.size;
        if (m->shape.value == 0 && m->model->has_values)
            m->shape.value = o->values.size;
    }
    for (size_t k = 0; k < m->n_links; k++) {
        if (m->shape.key == 0)
            m->shape.key = m->link[k].key.source.count;
        if (m->shape.value == 0 && m->model->has_values && m->link[k].value.every > 0)
            m->shape.value = m->link[k].value.source.count;
    }
    if (m->shape.capacity == 0)
        m->shape.capacity = stored;
}

static enum ecp_status check_rows(struct check *c, const struct ecp_operation *o,
                                  const struct ecp_row_source *p, const char *part)
{
    static const char *const allowed[] = {"any numbers", "-1 and 1 (form = \"signs\")",
                                          "0 and 1 (form = \"bits\")"};
    const int values = strcmp(part, "values") == 0 || strcmp(part, "targets") == 0;
    const int is_stored = strcmp(part, "keys") == 0 || strcmp(part, "values") == 0;
    const size_t wanted = values ? c->m->shape.value : c->m->shape.key;
    const enum ecp_pattern_kind kind = values ? c->m->model->values : c->m->model->keys;
    if (!p->data)
        return ECP_OK;
    if (p->size != (wanted ? wanted : c->m->shape.key))
        return ecp_refuse(&o->place, key_of(c, o, part),
                          "found rows of %zu numbers; allowed: %zu, as in the memory's other rows",
                          p->size, wanted ? wanted : c->m->shape.key);
    const enum ecp_pattern_kind found = ecp_rows_kind(p->data, p->n * p->size);
    if (is_stored && kind != ECP_PATTERN_REAL && found != kind)
        return ecp_refuse(&o->place, key_of(c, o, part),
                          "found other numbers; allowed: %s, as %s "
                          "is a memory of such patterns",
                          allowed[kind], c->m->model->name);
    return ECP_OK;
}

/* Strengths and decays that come row by row. */
static enum ecp_status check_gates(struct check *c, const struct ecp_operation *o,
                                   const struct ecp_row_source *p, const char *part)
{
    const size_t n = ecp_operation_items(o)->n;
    const int decay = p == &o->decays;
    if (!p->data)
        return ECP_OK;
    if (p->n != n)
        return ecp_refuse(&o->place, key_of(c, o, part),
                          "found %zu rows; allowed: %zu, as many as "
                          "items",
                          p->n, n);
    if (p->size != 1 && !(decay && p->size == c->m->shape.key))
        return ecp_refuse(&o->place, key_of(c, o, part), "found rows of %zu numbers; allowed: 1%s",
                          p->size, decay ? ", or as many as a key has" : "");
    for (size_t k = 0; k < p->n * p->size; k++)
        if (!(p->data[k] >= 0) || (decay && !(p->data[k] > 0 && p->data[k] <= 1)))
            return ecp_refuse(&o->place, key_of(c, o, part),
                              "row %zu, column %zu: found %g; allowed: %s", k / p->size,
                              k % p->size, p->data[k],
                              decay ? "more than 0, up to 1" : "0 and more");
    return ECP_OK;
}

static enum ecp_status check_store(struct check *c, const struct ecp_operation *o)
{
    const struct ecp_row_source *keys = ecp_operation_items(o);
    const struct ecp_row_source *values = ecp_operation_item_values(o);
    enum ecp_status status;
    const int has_values = c->m->model->has_values;
    if (keys->n == 0)
        return ecp_refuse(&o->place, key_of(c, o, NULL), "found nothing to store; allowed: %s",
                          has_values ? "keys and values" : "patterns");
    if (has_values && !values->data)
        return ecp_refuse(&o->place, key_of(c, o, "values"),
                          "is missing; allowed: rows, as %s stores keys with values",
                          c->m->model->name);
    if (!has_values && values->data)
        return ecp_refuse(&o->place, key_of(c, o, "values"),
                          "found; allowed: none, as %s completes patterns", c->m->model->name);
    if (has_values && values->n != keys->n)
        return ecp_refuse(&o->place, key_of(c, o, "values"),
                          "found %zu rows; allowed: %zu, as many "
                          "as keys",
                          values->n, keys->n);
    ECP_TRY(check_rows(c, o, keys, "keys"));
    ECP_TRY(check_rows(c, o, values, "values"));
    ECP_TRY(check_gates(c, o, &o->strengths, "strength"));
    ECP_TRY(check_gates(c, o, &o->decays, "decay"));
done:
    return status;
}

/* One cue for each item. */
static enum ecp_status check_sequence(struct check *c, struct ecp_operation *o)
{
    struct ecp_row_source *p = &o->keys;
    const size_t n = o->item_keys.n;
    const enum ecp_status status = check_store(c, o);
    if (status != ECP_OK)
        return status;
    if (o->weights)
        return ecp_refuse(&o->place, key_of(c, o, "weights"),
                          "found beside sequence = true; allowed: one of the two");
    if (p->origin == ECP_ROWS_STORED && p->n == 0)
        p->n = n;
    if (p->origin == ECP_ROWS_STORED && p->first > 0)
        return ecp_refuse(&o->place, key_of(c, o, "cues.first"),
                          "found %zu; allowed: 0, as each item of a sequence is asked for once",
                          p->first);
    if (p->n != n)
        return ecp_refuse(&o->place, key_of(c, o, "cues"),
                          "found %zu rows; allowed: %zu, one for each item of the sequence", p->n,
                          n);
    return ECP_OK;
}

static enum ecp_status check_cues(struct check *c, struct ecp_operation *o, size_t stored)
{
    struct ecp_row_source *p = &o->keys;
    if (p->origin != ECP_ROWS_STORED)
        return ECP_OK;
    p->size = c->m->shape.key;
    if (o->sequence)
        return ECP_OK;
    if (p->n == 0 && p->first < stored)
        p->n = stored - p->first;
    if (p->first + p->n > stored || p->n == 0)
        return ecp_refuse(&o->place, key_of(c, o, "cues"),
                          "found items %zu to %zu of those stored; allowed: 0 to %zu", p->first,
                          p->first + p->n, stored);
    return ECP_OK;
}

/* What a flip is of numbers that are not binary, nobody knows. */
static enum ecp_status check_flips(struct check *c, const struct ecp_operation *o)
{
    if (o->keys.origin != ECP_ROWS_STORED || !(o->keys.flip > 0))
        return ECP_OK;
    for (size_t k = 0; k < c->m->n_operations; k++) {
        const struct ecp_row_source *items = ecp_operation_items(&c->m->operation[k]);
        if (items && ecp_rows_kind(items->data, items->n * items->size) == ECP_PATTERN_REAL)
            return ecp_refuse(&o->place, key_of(c, o, "cues.flip"),
                              "found for patterns that are not binary; allowed: noise, mask");
    }
    return ECP_OK;
}

static enum ecp_status check_weights(struct check *c, const struct ecp_operation *o, size_t stored)
{
    (void)key_of(c, o, "weights");
    if (!c->m->model->attend)
        return ecp_refuse(
            &o->place, c->key,
            "found for %s, which does not keep items one by one; allowed: with models "
            "that do (docs/MEMORY.md)",
            c->m->model->name);
    if (!c->m->keep)
        return ecp_refuse(&o->place, c->key,
                          "found beside keep = false, which puts out no matrices; allowed: one of "
                          "the two");
    if (o->keys.n > 0 && stored > (size_t)ECP_RECALL_WEIGHTS / o->keys.n)
        return ecp_refuse(&o->place, c->key,
                          "found %zu cues and %zu stored items; allowed: a product up to %d",
                          o->keys.n, stored, ECP_RECALL_WEIGHTS);
    return ECP_OK;
}

static enum ecp_status check_recall(struct check *c, struct ecp_operation *o, size_t stored)
{
    enum ecp_status status;
    ECP_TRY(ecp_plan_check_name(o->name, &o->place, key_of(c, o, "name")));
    for (const struct ecp_operation *other = c->m->operation; other < o; other++)
        if (other->name && strcmp(other->name, o->name) == 0)
            return ecp_refuse(&o->place, key_of(c, o, "name"),
                              "there are two recalls \"%.60s\"; allowed: one", o->name);
    const int of_stored = o->keys.origin == ECP_ROWS_STORED;
    if (o->sequence)
        ECP_TRY(check_sequence(c, o));
    if (stored == 0 && !o->sequence &&
        (of_stored || (!c->m->model->recalls_empty && c->m->n_links == 0)))
        return ecp_refuse(&o->place, key_of(c, o, NULL),
                          "found \"%.60s\" before anything is stored; allowed: after a store",
                          o->name);
    ECP_TRY(check_cues(c, o, stored));
    ECP_TRY(check_flips(c, o));
    ECP_TRY(check_rows(c, o, &o->keys, "cues"));
    ECP_TRY(check_rows(c, o, &o->values, "targets"));
    if (o->values.data && o->values.n != o->keys.n)
        return ecp_refuse(&o->place, key_of(c, o, "targets"),
                          "found %zu rows; allowed: %zu, one for each cue", o->values.n, o->keys.n);
    if (o->weights)
        ECP_TRY(check_weights(c, o, stored));
done:
    return status;
}

static enum ecp_status check_weigh(struct check *c, struct ecp_operation *o, size_t stored)
{
    if (!c->m->model->weigh)
        return ecp_refuse(&o->place, key_of(c, o, NULL),
                          "found for %s, which cannot tell its items "
                          "apart; allowed: none",
                          c->m->model->name);
    if (o->n == 0 && o->first < stored)
        o->n = stored - o->first;
    if (o->n == 0 || o->first + o->n > stored)
        return ecp_refuse(&o->place, key_of(c, o, NULL),
                          "found items %zu to %zu of those stored; allowed: 0 to %zu", o->first,
                          o->first + o->n, stored);
    return ECP_OK;
}

/* ---- links ---------------------------------------------------------------------- */

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

static enum ecp_status check_link(struct check *c, const struct ecp_memory_link *l)
{
    const double dt = c->plan->dt;
    enum ecp_status status;
    ECP_TRY(ecp_plan_check_name(l->name, &l->place, link_key(c, l, "name")));
    for (const struct ecp_memory_link *other = c->m->link; other < l; other++)
        if (strcmp(other->name, l->name) == 0)
            return ecp_refuse(&l->place, link_key(c, l, "name"), "there are two; allowed: one");
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
done:
    return status;
}

/* By time; at equal times what is stored, weighed, recalled; else as given. */
static void order(struct ecp_plan_memory *m)
{
    for (size_t k = 1; k < m->n_operations; k++) {
        const struct ecp_operation o = m->operation[k];
        size_t j = k;
        for (; j > 0; j--) {
            const struct ecp_operation *before = &m->operation[j - 1];
            if (before->time < o.time || (before->time == o.time && before->kind <= o.kind))
                break;
            m->operation[j] = *before;
        }
        m->operation[j] = o;
    }
}

/* The model's own checks; what it made goes again. */
static enum ecp_status try_to_make(struct check *c)
{
    const struct ecp_memory_setup setup = ecp_plan_memory_setup(c->plan, c->m);
    struct ecp_memory *memory = NULL;
    const enum ecp_status status = ecp_memory_create(&setup, &memory);
    ecp_memory_destroy(memory);
    if (status == ECP_OK || status == ECP_ENOMEM)
        return status;
    return ecp_refuse_again(&c->m->place, key_of(c, NULL, "parameters"), status);
}

static enum ecp_status check_memory(struct check *c)
{
    const double duration = ecp_plan_duration(c->plan);
    size_t stored = 0;
    enum ecp_status status;
    ECP_TRY(ecp_plan_check_name(c->m->name, &c->m->place, "memories.name"));
    if (c->m->n_operations + c->m->n_links == 0)
        return ecp_refuse(&c->m->place, key_of(c, NULL, NULL),
                          "found nothing to do; allowed: store, recall");
    order(c->m);
    take_shape(c->m);
    ECP_TRY(try_to_make(c));
    for (size_t k = 0; k < c->m->n_operations; k++) {
        struct ecp_operation *o = &c->m->operation[k];
        if (duration > 0 && o->time > duration)
            return ecp_refuse(&o->place, key_of(c, o, "time"),
                              "found %g ms; allowed: 0 to %g ms, the time of the run", o->time,
                              duration);
        if (o->kind == ECP_OPERATION_STORE)
            ECP_TRY(check_store(c, o));
        else if (o->kind == ECP_OPERATION_WEIGH)
            ECP_TRY(check_weigh(c, o, stored));
        else
            ECP_TRY(check_recall(c, o, stored));
        stored += ecp_operation_items(o) ? ecp_operation_items(o)->n : 0;
    }
    for (size_t k = 0; k < c->m->n_links; k++)
        ECP_TRY(check_link(c, &c->m->link[k]));
done:
    return status;
}

enum ecp_status ecp_plan_check_memories(struct ecp_plan *plan)
{
    for (size_t k = 0; k < plan->n_memories; k++) {
        struct check c = {.plan = plan, .m = plan->memory[k]};
        const enum ecp_status status = check_memory(&c);
        if (status != ECP_OK)
            return status;
    }
    return ECP_OK;
}
