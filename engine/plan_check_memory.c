/* Refusing memories that cannot be. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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

enum ecp_status ecp_memory_check_result(const char *name, const struct ecp_place *place,
                                        const char *key)
{
    static const char *const taken[] = {"K", "Q", "V", "state"};
    for (size_t k = 0; k < sizeof taken / sizeof taken[0]; k++)
        if (strcmp(name, taken[k]) == 0)
            return ecp_refuse(place, key,
                              "found \"%s\", which memories.h5 has beside it; allowed: names "
                              "other than K, Q, V, state",
                              name);
    return ECP_OK;
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
    const int is_stored = strcmp(part, "cues") != 0 && strcmp(part, "targets") != 0;
    const size_t wanted = values ? c->m->shape.value : c->m->shape.key;
    const enum ecp_pattern_kind kind = values ? c->m->model->values : c->m->model->keys;
    if (!p->data)
        return ECP_OK;
    if (p->size != (wanted ? wanted : c->m->shape.key))
        return ecp_refuse(&o->place, key_of(c, o, part),
                          "found rows of %zu numbers; allowed: %zu, as in the memory's other rows",
                          p->size, wanted ? wanted : c->m->shape.key);
    if (!is_stored || kind == ECP_PATTERN_REAL)
        return ECP_OK;
    for (size_t k = 0; k < p->n * p->size; k++)
        if (!(p->data[k] == 1 || p->data[k] == (kind == ECP_PATTERN_SIGNS ? -1 : 0)))
            return ecp_refuse(&o->place, key_of(c, o, part),
                              "row %zu, column %zu: found %g; allowed: %s, as %s is a memory of "
                              "such patterns",
                              p->from + k / p->size, k % p->size, p->data[k], allowed[kind],
                              c->m->model->name);
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
    ECP_TRY(check_rows(c, o, keys, has_values ? "keys" : "patterns"));
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
    ECP_TRY(ecp_memory_check_result(o->name, &o->place, key_of(c, o, "name")));
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

/* ---- a memory --------------------------------------------------------------------- */

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

/* Does the empty memory take this item? */
static enum ecp_status try_item(struct ecp_memory *memory, const struct ecp_items *one)
{
    const enum ecp_status status = ecp_memory_clear(memory);
    return status == ECP_OK ? ecp_memory_store(memory, one) : status;
}

/* Does the model take the strength and the decay of an operation's items? It says so of the
 * first of them, if it takes that item without; else what is wrong with it has another cause,
 * which the run will name. */
static enum ecp_status try_first(struct check *c, struct ecp_memory *memory,
                                 const struct ecp_operation *o)
{
    const struct ecp_row_source *keys = ecp_operation_items(o);
    const double strength = o->strengths.data ? o->strengths.data[0] : o->strength;
    const size_t columns = o->decays.data ? o->decays.size : 1;
    const struct ecp_items bare = {
        .n = 1, .keys = keys->data, .values = ecp_operation_item_values(o)->data};
    struct ecp_items one[2] = {bare, bare};
    double *decay = malloc(columns * sizeof *decay);
    enum ecp_status status = ECP_OK;
    if (!decay)
        return ecp_fail(ECP_ENOMEM, "no memory for the decay of an item");
    for (size_t k = 0; k < columns; k++)
        decay[k] = log(o->decays.data ? o->decays.data[k] : o->decay);
    one[0].strength = isnan(strength) ? NULL : &strength;
    one[1].decay = isnan(decay[0]) ? NULL : decay;
    one[1].decay_columns = columns;
    for (int j = 0; j < 2 && status == ECP_OK; j++)
        if ((one[j].strength || one[j].decay) && try_item(memory, &bare) == ECP_OK) {
            status = try_item(memory, &one[j]);
            if (status != ECP_OK)
                status =
                    ecp_refuse_again(&o->place, key_of(c, o, j ? "decay" : "strength"), status);
        }
    if (status == ECP_OK)
        ecp_error_clear();
    free(decay);
    return status;
}

static enum ecp_status try_to_store(struct check *c, struct ecp_memory *memory)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < c->m->n_operations && status == ECP_OK; k++)
        if (ecp_operation_items(&c->m->operation[k]))
            status = try_first(c, memory, &c->m->operation[k]);
    return status;
}

/* The model's own checks; what it made goes again. */
static enum ecp_status try_to_make(struct check *c)
{
    const struct ecp_memory_setup setup = ecp_plan_memory_setup(c->plan, c->m);
    const struct ecp_memory_shape shape = c->m->shape;
    struct ecp_memory *memory = NULL;
    if (shape.key == 0 || (c->m->model->has_values && shape.value == 0))
        return ecp_refuse(&c->m->place, key_of(c, NULL, shape.key == 0 ? "size" : "value_size"),
                          "is missing; allowed: a whole number from 1 on, as no rows tell it");
    enum ecp_status status = ecp_memory_create(&setup, &memory);
    if (status == ECP_OK)
        status = try_to_store(c, memory);
    else if (status != ECP_ENOMEM)
        status = ecp_refuse_again(&c->m->place, key_of(c, NULL, "parameters"), status);
    ecp_memory_destroy(memory);
    return status;
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
    ECP_TRY(try_to_make(c));
    status = ecp_plan_check_links(c->plan, c->m);
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
