/* What every associative memory is held to, whoever uses it. */
#include "engine/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/plugin_private.h"

struct ecp_memory {
    const struct ecp_memory_model *model;
    struct ecp_memory_shape shape;
    uint64_t seed, stored;
    double *param;
    void *self;
};

enum ecp_status ecp_memory_find(const char *name, const struct ecp_memory_model **out)
{
    const char *known[ECP_MAX_MEMBERS];
    size_t n = 0;
    for (; ecp_memory_models[n] && n < ECP_MAX_MEMBERS; n++) {
        if (strcmp(ecp_memory_models[n]->name, name) == 0) {
            *out = ecp_memory_models[n];
            return ECP_OK;
        }
        known[n] = ecp_memory_models[n]->name;
    }
    return ecp_member_not_found("memory", name, known, n);
}

/* ---- creating one ----------------------------------------------------------- */

static const char *words_of(const struct ecp_memory_model *model, const char *field)
{
    for (const struct ecp_choice *c = model->choices; c && c->field; c++)
        if (strcmp(c->field, field) == 0)
            return c->words;
    return NULL;
}

/* Position of `word` among the words of a choice, or -1. */
static int position_of(const char *words, const char *word)
{
    const size_t length = strlen(word);
    int k = 0;
    for (const char *at = words; *at; at += strspn(at, " "), k++) {
        const size_t n = strcspn(at, " ");
        if (n == length && strncmp(at, word, n) == 0)
            return k;
        at += n;
    }
    return -1;
}

static enum ecp_status set(const struct ecp_memory_model *model, double *param,
                           const struct ecp_memory_setting *setting)
{
    const int at = ecp_field_find(model->fields, setting->name);
    if (at < 0 || !ecp_field_is_param(&model->fields[at]))
        return ecp_fail(ECP_ENOTFOUND, "memory %s has no parameter \"%s\"", model->name,
                        setting->name);
    const struct ecp_field *f = &model->fields[at];
    const char *words = words_of(model, f->name);
    double value = setting->value;
    if (setting->word) {
        const int k = words ? position_of(words, setting->word) : -1;
        if (k < 0)
            return ecp_fail(ECP_ENOTFOUND, "%s.%s: found \"%s\"; allowed: %s", model->name, f->name,
                            setting->word, words ? words : "a number");
        value = k;
    }
    if (!ecp_field_allows(f, value))
        return ecp_fail(ECP_EARG, "%s.%s: found %g; allowed: %s%g to %g", model->name, f->name,
                        value, f->kind == ECP_WHOLE ? "whole numbers, " : "", f->lowest,
                        f->highest);
    param[at] = value;
    return ECP_OK;
}

static enum ecp_status check_shape(const struct ecp_memory_model *model,
                                   struct ecp_memory_shape shape)
{
    if (shape.key == 0)
        return ecp_fail(ECP_EARG, "memory %s: keys of size 0; allowed: 1 or more", model->name);
    if (model->has_values && shape.value == 0)
        return ecp_fail(ECP_EARG, "memory %s: values of size 0; allowed: 1 or more", model->name);
    if (!model->has_values && shape.value != 0 && shape.value != shape.key)
        return ecp_fail(ECP_EARG, "memory %s completes patterns: values of size %zu; allowed: none",
                        model->name, shape.value);
    return ECP_OK;
}

enum ecp_status ecp_memory_create(const struct ecp_memory_setup *setup, struct ecp_memory **out)
{
    const struct ecp_memory_model *model = setup->model;
    const size_t n = ecp_field_count(model->fields);
    struct ecp_memory *memory = NULL;
    enum ecp_status status;
    ECP_TRY(check_shape(model, setup->shape));
    memory = calloc(1, sizeof *memory);
    if (memory)
        memory->param = calloc(n + 1, sizeof *memory->param);
    if (!memory || !memory->param) {
        status = ecp_fail(ECP_ENOMEM, "no memory for a memory");
        goto done;
    }
    memory->model = model;
    memory->shape = setup->shape;
    memory->seed = setup->seed;
    for (size_t k = 0; k < n; k++)
        memory->param[k] = model->fields[k].initial;
    for (size_t k = 0; k < setup->n_settings; k++)
        ECP_TRY(set(model, memory->param, &setup->settings[k]));
    ECP_TRY(model->create(memory->param, memory->shape, memory->seed, &memory->self));
    *out = memory;
    return ECP_OK;
done:
    ecp_memory_destroy(memory);
    return status;
}

void ecp_memory_destroy(struct ecp_memory *memory)
{
    if (!memory)
        return;
    memory->model->destroy(memory->self);
    free(memory->param);
    free(memory);
}

enum ecp_status ecp_memory_clear(struct ecp_memory *memory)
{
    void *fresh = NULL;
    const enum ecp_status status =
        memory->model->create(memory->param, memory->shape, memory->seed, &fresh);
    if (status != ECP_OK)
        return status;
    memory->model->destroy(memory->self);
    memory->self = fresh;
    memory->stored = 0;
    return ECP_OK;
}

/* ---- looking at what comes and goes ---------------------------------------- */

static int is_of_kind(enum ecp_pattern_kind kind, double x)
{
    if (kind == ECP_PATTERN_SIGNS)
        return x == 1 || x == -1;
    return kind == ECP_PATTERN_REAL || x == 0 || x == 1;
}

struct looked {
    const char *what; /* "key" */
    size_t n, width;
    const double *data;
    enum ecp_pattern_kind kind;
};

static enum ecp_status look(const struct ecp_memory *memory, const struct looked *at)
{
    static const char *const allowed[] = {"any number", "-1 and 1", "0 and 1"};
    const char *name = memory->model->name;
    if (!at->data)
        return ecp_fail(ECP_EARG, "memory %s: no %ss are given", name, at->what);
    for (size_t k = 0; k < at->n * at->width; k++) {
        const double x = at->data[k];
        if (!isfinite(x))
            return ecp_fail(ECP_EARG,
                            "memory %s: %s %zu, component %zu: found %g; allowed: "
                            "finite numbers",
                            name, at->what, k / at->width, k % at->width, x);
        if (!is_of_kind(at->kind, x))
            return ecp_fail(ECP_EARG, "memory %s: %s %zu, component %zu: found %g; allowed: %s",
                            name, at->what, k / at->width, k % at->width, x, allowed[at->kind]);
    }
    return ECP_OK;
}

static enum ecp_status look_at_items(const struct ecp_memory *memory, const struct ecp_items *items)
{
    const struct ecp_memory_model *m = memory->model;
    const size_t n = items->n;
    enum ecp_status status;
    ECP_TRY(look(memory, &(struct looked){"key", n, memory->shape.key, items->keys, m->keys}));
    if (m->has_values)
        ECP_TRY(look(memory,
                     &(struct looked){"value", n, memory->shape.value, items->values, m->values}));
    if (items->strength)
        ECP_TRY(
            look(memory, &(struct looked){"strength", n, 1, items->strength, ECP_PATTERN_REAL}));
    if (items->decay) {
        const size_t width = items->decay_columns;
        if (width != 1 && width != memory->shape.key)
            return ecp_fail(ECP_EARG, "memory %s: %zu columns of decay; allowed: 1 or %zu", m->name,
                            width, memory->shape.key);
        ECP_TRY(look(memory, &(struct looked){"decay", n, width, items->decay, ECP_PATTERN_REAL}));
        for (size_t k = 0; k < n * width; k++)
            if (items->decay[k] > 0)
                return ecp_fail(ECP_EARG,
                                "memory %s: decay of item %zu: found %g; allowed: 0 and "
                                "less (a logarithm)",
                                m->name, k / width, items->decay[k]);
    }
done:
    return status;
}

static enum ecp_status look_at_results(const struct ecp_memory *memory, const double *values,
                                       size_t n, size_t width)
{
    for (size_t k = 0; k < n * width; k++)
        if (!isfinite(values[k]))
            return ecp_fail(ECP_ENUMERIC,
                            "memory %s: what it recalls left the finite range: row "
                            "%zu, component %zu is %g (after %llu items)",
                            memory->model->name, k / width, k % width, values[k],
                            (unsigned long long)memory->stored);
    return ECP_OK;
}

/* ---- using it ------------------------------------------------------------------ */

enum ecp_status ecp_memory_store(struct ecp_memory *memory, const struct ecp_items *items)
{
    enum ecp_status status = ECP_OK;
    if (items->n == 0)
        return ECP_OK;
    ECP_TRY(look_at_items(memory, items));
    ECP_TRY(memory->model->store(memory->self, items));
    memory->stored += items->n;
done:
    return status;
}

enum ecp_status ecp_memory_store_pairs(struct ecp_memory *memory, const double *keys,
                                       const double *values, size_t n)
{
    return ecp_memory_store(memory, &(struct ecp_items){.n = n, .keys = keys, .values = values});
}

enum ecp_status ecp_memory_recall(struct ecp_memory *memory, const double *cues, size_t n,
                                  double *values, double *score)
{
    enum ecp_status status = ECP_OK;
    if (memory->stored == 0 && !memory->model->recalls_empty)
        return ecp_fail(ECP_EARG, "memory %s: recall before anything is stored",
                        memory->model->name);
    if (n == 0)
        return ECP_OK;
    ECP_TRY(look(memory, &(struct looked){"cue", n, memory->shape.key, cues, ECP_PATTERN_REAL}));
    ECP_TRY(memory->model->recall(memory->self, cues, n, values, score));
    status = look_at_results(memory, values, n, ecp_memory_value_size(memory));
done:
    return status;
}

/* The sequence of a member that has no way of its own. */
static enum ecp_status one_by_one(struct ecp_memory *memory, const struct ecp_items *items,
                                  const double *queries, double *out)
{
    const size_t d = memory->shape.key, m = ecp_memory_value_size(memory);
    const size_t width = items->decay_columns;
    enum ecp_status status = ECP_OK;
    for (size_t t = 0; t < items->n; t++) {
        const struct ecp_items one = {.n = 1,
                                      .keys = items->keys + t * d,
                                      .values = items->values ? items->values + t * m : NULL,
                                      .strength = items->strength ? items->strength + t : NULL,
                                      .decay = items->decay ? items->decay + t * width : NULL,
                                      .decay_columns = width};
        ECP_TRY(memory->model->store(memory->self, &one));
        ECP_TRY(memory->model->recall(memory->self, queries + t * d, 1, out + t * m, NULL));
    }
done:
    return status;
}

enum ecp_status ecp_memory_sequence(struct ecp_memory *memory, const struct ecp_items *items,
                                    const double *queries, double *out)
{
    enum ecp_status status = ECP_OK;
    const struct ecp_memory_model *model = memory->model;
    if (items->n == 0)
        return ECP_OK;
    ECP_TRY(look_at_items(memory, items));
    ECP_TRY(look(
        memory, &(struct looked){"query", items->n, memory->shape.key, queries, ECP_PATTERN_REAL}));
    if (model->sequence)
        ECP_TRY(model->sequence(memory->self, items, queries, out));
    else
        ECP_TRY(one_by_one(memory, items, queries, out));
    memory->stored += items->n;
    status = look_at_results(memory, out, items->n, ecp_memory_value_size(memory));
done:
    return status;
}

enum ecp_status ecp_memory_pass_time(struct ecp_memory *memory, double ms)
{
    if (!(ms >= 0 && isfinite(ms)))
        return ecp_fail(ECP_EARG, "memory %s: %g ms pass; allowed: 0 and more", memory->model->name,
                        ms);
    return memory->model->pass_time ? memory->model->pass_time(memory->self, ms) : ECP_OK;
}

/* The member's array, with the number of items before it. */
enum ecp_status ecp_memory_image(struct ecp_memory *memory, double **data, size_t *count)
{
    double *own = NULL, *all = NULL;
    size_t n = 0;
    enum ecp_status status = memory->model->image(memory->self, &own, &n);
    if (status != ECP_OK)
        return status;
    all = realloc(own, (n + 1) * sizeof *all);
    if (!all) {
        free(own);
        return ecp_fail(ECP_ENOMEM, "no memory for the image of a memory");
    }
    memmove(all + 1, all, n * sizeof *all);
    all[0] = (double)memory->stored;
    *data = all;
    *count = n + 1;
    return ECP_OK;
}

enum ecp_status ecp_memory_restore(struct ecp_memory *memory, const double *data, size_t count)
{
    if (count < 1 || !(data[0] >= 0 && data[0] < 0x1p53))
        return ecp_fail(ECP_EARG, "memory %s: this is not an image of it", memory->model->name);
    const enum ecp_status status = memory->model->restore(memory->self, data + 1, count - 1);
    if (status == ECP_OK)
        memory->stored = (uint64_t)data[0];
    return status;
}

int ecp_memory_part(struct ecp_memory *memory, size_t k, struct ecp_memory_part *out)
{
    return memory->model->part ? memory->model->part(memory->self, k, out) : 0;
}

int ecp_memory_part_named(struct ecp_memory *memory, const char *name, struct ecp_memory_part *out)
{
    struct ecp_memory_part part;
    for (size_t k = 0; ecp_memory_part(memory, k, &part); k++)
        if (strcmp(part.name, name) == 0) {
            *out = part;
            return 1;
        }
    return 0;
}

enum ecp_status ecp_memory_energy(struct ecp_memory *memory, const double *states, size_t n,
                                  double *energy)
{
    enum ecp_status status;
    if (!memory->model->energy)
        return ecp_fail(ECP_EARG, "memory %s has no energy", memory->model->name);
    ECP_TRY(
        look(memory, &(struct looked){"state", n, memory->shape.key, states, ECP_PATTERN_REAL}));
    status = memory->model->energy(memory->self, states, n, energy);
done:
    return status;
}

enum ecp_status ecp_memory_weigh(struct ecp_memory *memory, size_t first, size_t n,
                                 double accessibility, double amplification)
{
    if (!memory->model->weigh)
        return ecp_fail(ECP_EARG, "memory %s cannot tell its items apart", memory->model->name);
    if (first > memory->stored || n > memory->stored - first)
        return ecp_fail(ECP_EARG, "memory %s: items %zu to %zu of %llu", memory->model->name, first,
                        first + n, (unsigned long long)memory->stored);
    if (!(accessibility >= 0 && isfinite(accessibility) && amplification >= 0 &&
          isfinite(amplification)))
        return ecp_fail(ECP_EARG,
                        "memory %s: accessibility %g, amplification %g; allowed: 0 and "
                        "more",
                        memory->model->name, accessibility, amplification);
    return memory->model->weigh(memory->self, first, n, accessibility, amplification);
}

const struct ecp_memory_model *ecp_memory_model_of(const struct ecp_memory *memory)
{
    return memory->model;
}

struct ecp_memory_shape ecp_memory_shape_of(const struct ecp_memory *memory)
{
    return memory->shape;
}

const double *ecp_memory_param(const struct ecp_memory *memory)
{
    return memory->param;
}

uint64_t ecp_memory_stored(const struct ecp_memory *memory)
{
    return memory->stored;
}

size_t ecp_memory_value_size(const struct ecp_memory *memory)
{
    return memory->model->has_values ? memory->shape.value : memory->shape.key;
}
