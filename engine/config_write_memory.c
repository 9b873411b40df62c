/* Memories of a plan, back to text. */
#include <math.h>

#include "engine/config_scenario.h"
#include "engine/config_write.h"
#include "engine/plan_check.h"
#include "engine/plan_memory.h"

static void write_file(struct ecp_writer *to, const struct ecp_row_source *p)
{
    ecp_write_key_text(to, "file", p->file);
    if (p->dataset)
        ecp_write_key_text(to, "dataset", p->dataset);
    if (p->from > 0)
        ecp_write_key_count(to, "from", p->from);
    if (p->to > 0)
        ecp_write_key_count(to, "to", p->to);
    ecp_write_key_quantity(to, "scale", p->scale, "1");
    ecp_write_key_text(to, "form", ecp_form_words[p->form]);
    if (p->form == ECP_FORM_SIGNS || p->form == ECP_FORM_BITS)
        ecp_write_key_quantity(to, "threshold", p->threshold, "1");
    if (p->classes > 0)
        ecp_write_key_count(to, "classes", p->classes);
    ecp_write_key_bool(to, "unit_length", p->unit_length);
}

static void write_seed(struct ecp_writer *to, const struct ecp_row_source *p)
{
    if (p->subject == 0)
        ecp_write_key_count(to, "seed", p->seed);
    else
        ecp_write_key_count(to, "stream", p->subject);
}

static void write_list(struct ecp_writer *to, const char *key, const struct ecp_row_source *p)
{
    ecp_write_open(to, key, '(');
    for (size_t r = 0; r < p->n; r++) {
        ecp_write_indent(to);
        for (size_t k = 0; k < p->size; k++) {
            ecp_write(to, k > 0 ? ", " : "(");
            ecp_write_number(to, p->data[r * p->size + k]);
        }
        ecp_write(to, r + 1 < p->n ? "),\n" : ")\n");
    }
    ecp_write_close(to, ");");
}

static void write_patterns(struct ecp_writer *to, const char *key, const struct ecp_row_source *p)
{
    if (p->origin == ECP_ROWS_NONE)
        return;
    if (p->origin == ECP_ROWS_LIST) {
        write_list(to, key, p);
        return;
    }
    ecp_write_open(to, key, '{');
    if (p->origin == ECP_ROWS_FILE) {
        write_file(to, p);
    } else if (p->origin == ECP_ROWS_RANDOM) {
        ecp_write_key_text(to, "random", ecp_law_words[p->law]);
        ecp_write_key_count(to, "n", p->n);
        ecp_write_key_count(to, "size", p->size);
        if (p->law == ECP_LAW_BITS)
            ecp_write_key_quantity(to, "density", p->density, "1");
        if (p->law == ECP_LAW_UNIFORM) {
            ecp_write_key_quantity(to, "low", p->low, "1");
            ecp_write_key_quantity(to, "high", p->high, "1");
        }
        ecp_write_key_bool(to, "unit_length", p->unit_length);
        write_seed(to, p);
    } else {
        ecp_write_key_text(to, "of", "stored");
        ecp_write_key_count(to, "first", p->first);
        ecp_write_key_count(to, "n", p->n);
        ecp_write_key_quantity(to, "flip", p->flip, "1");
        ecp_write_key_quantity(to, "noise", p->noise, "1");
        ecp_write_key_quantity(to, "mask", p->mask, "1");
        write_seed(to, p);
    }
    ecp_write_close(to, "};");
}

static void write_items(struct ecp_writer *to, const struct ecp_operation *o)
{
    write_patterns(to, "keys", ecp_operation_items(o));
    write_patterns(to, "values", ecp_operation_item_values(o));
    if (!isnan(o->strength))
        ecp_write_key_quantity(to, "strength", o->strength, "1");
    if (!isnan(o->decay))
        ecp_write_key_quantity(to, "decay", o->decay, "1");
    write_patterns(to, "strength", &o->strengths);
    write_patterns(to, "decay", &o->decays);
}

static void write_operation(struct ecp_writer *to, const struct ecp_operation *o)
{
    if (o->kind == ECP_OPERATION_STORE) {
        write_items(to, o);
    } else if (o->kind == ECP_OPERATION_WEIGH) {
        ecp_write_key_count(to, "first", o->first);
        ecp_write_key_count(to, "n", o->n);
        ecp_write_key_quantity(to, "accessibility", o->accessibility, "1");
        ecp_write_key_quantity(to, "amplification", o->amplification, "1");
    } else {
        ecp_write_key_text(to, "name", o->name);
        if (o->sequence) {
            ecp_write_key_bool(to, "sequence", 1);
            write_items(to, o);
        }
        write_patterns(to, "cues", &o->keys);
        write_patterns(to, "targets", &o->values);
        ecp_write_key_quantity(to, "tolerance", o->tolerance, "1");
        if (o->weights)
            ecp_write_key_bool(to, "weights", 1);
    }
    ecp_write_key_quantity(to, "time", o->time, "ms");
}

static void write_operations(struct ecp_writer *to, const struct ecp_plan_memory *m,
                             const char *key, enum ecp_operation_kind kind)
{
    int begun = 0;
    for (size_t k = 0; k < m->n_operations; k++) {
        if (m->operation[k].kind != kind)
            continue;
        if (!begun)
            ecp_write_open(to, key, '(');
        else
            ecp_write_close(to, "},");
        begun = 1;
        ecp_write_open(to, NULL, '{');
        write_operation(to, &m->operation[k]);
    }
    if (!begun)
        return;
    ecp_write_close(to, "}");
    ecp_write_close(to, ");");
}

/* The last of several for one parameter holds. */
static void write_settings(struct ecp_writer *to, const struct ecp_plan *plan,
                           const struct ecp_plan_memory *m)
{
    const struct ecp_field *field = m->model->fields;
    ecp_write_open(to, "parameters", '{');
    for (size_t k = 0; field && field[k].name; k++) {
        double value = field[k].initial;
        const char *words[ECP_CHOICE_WORDS];
        const struct ecp_choice *choice = ecp_choice_of(m->model->choices, field[k].name);
        for (size_t j = 0; j < m->n_settings; j++)
            if (ecp_field_find(field, m->setting[j].name) == (int)k)
                value = m->setting[j].value;
        if (isnan(value)) /* what the member chooses is no number that may be given */
            continue;
        if (!choice)
            ecp_write_key_quantity(to, field[k].name, value, field[k].unit);
        else if (ecp_choice_words(plan->arena, choice, words) == ECP_OK)
            ecp_write_key_text(to, field[k].name, words[(size_t)value]);
        else
            to->failed = 1;
    }
    ecp_write_close(to, "};");
}

static void write_reading(struct ecp_writer *to, const struct ecp_plan *plan,
                          const struct ecp_memory_reading *r)
{
    ecp_write_key_text(to, "source", plan->population[r->source.population]->name);
    ecp_write_subset(to, plan, &r->source);
    ecp_write_key_quantity(to, "scale", r->scale, "1/Hz");
    ecp_write_key_quantity(to, "offset", r->offset, "Hz");
    ecp_write_key_text(to, "form", ecp_form_words[r->form]);
    ecp_write_key_quantity(to, "threshold", r->threshold, "1");
}

static void write_links(struct ecp_writer *to, const struct ecp_plan *plan,
                        const struct ecp_plan_memory *m)
{
    if (m->n_links == 0)
        return;
    ecp_write_open(to, "links", '(');
    for (size_t k = 0; k < m->n_links; k++) {
        const struct ecp_memory_link *l = &m->link[k];
        ecp_write_open(to, NULL, '{');
        ecp_write_key_text(to, "name", l->name);
        ecp_write_key_text(to, "use", ecp_use_words[l->use]);
        ecp_write_key_quantity(to, "every", l->key.every, "ms");
        ecp_write_key_quantity(to, "start", l->key.start, "ms");
        if (isfinite(l->key.stop))
            ecp_write_key_quantity(to, "stop", l->key.stop, "ms");
        write_reading(to, plan, &l->key);
        if (l->value.every > 0) {
            ecp_write_open(to, "values", '{');
            write_reading(to, plan, &l->value);
            ecp_write_close(to, "};");
        }
        if (l->stimulus >= 0) {
            ecp_write_key_text(to, "stimulus", plan->stimulus[l->stimulus]->name);
            ecp_write_key_quantity(to, "gain", l->gain, "1");
            ecp_write_key_quantity(to, "base", l->base, "1");
        }
        ecp_write_close(to, k + 1 < m->n_links ? "}," : "}");
    }
    ecp_write_close(to, ");");
}

void ecp_write_memories(struct ecp_writer *to, const struct ecp_plan *plan)
{
    if (plan->n_memories == 0)
        return;
    ecp_write_open(to, "memories", '(');
    for (size_t k = 0; k < plan->n_memories; k++) {
        const struct ecp_plan_memory *m = plan->memory[k];
        ecp_write_open(to, NULL, '{');
        ecp_write_key_text(to, "name", m->name);
        ecp_write_key_text(to, "model", m->model->name);
        ecp_write_key_count(to, "size", m->shape.key);
        if (m->shape.value > 0)
            ecp_write_key_count(to, "value_size", m->shape.value);
        if (m->shape.capacity > 0)
            ecp_write_key_count(to, "capacity", m->shape.capacity);
        if (m->seed_given)
            ecp_write_key_count(to, "seed", m->seed);
        ecp_write_key_bool(to, "keep", m->keep);
        write_settings(to, plan, m);
        write_operations(to, m, "store", ECP_OPERATION_STORE);
        write_operations(to, m, "weigh", ECP_OPERATION_WEIGH);
        write_operations(to, m, "recall", ECP_OPERATION_RECALL);
        write_links(to, plan, m);
        ecp_write_close(to, k + 1 < plan->n_memories ? "}," : "}");
    }
    ecp_write_close(to, ");");
}
