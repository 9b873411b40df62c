/* test_memories.c -- what every registered associative memory owes the engine. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/memory.h"
#include "tests/support.h"

enum { KEY = 24, VALUE = 10, ITEMS = 12, CUES = 9 };

static void each_model(void (*check)(const struct ecp_memory_model *model))
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(ecp_memory_models[0]);
    for (size_t k = 0; ecp_memory_models[k]; k++)
        check(ecp_memory_models[k]);
}

/* ---- descriptions ----------------------------------------------------------- */

static int says_something(const char *text)
{
    return text != NULL && strlen(text) > 2;
}

static size_t count_words(const char *words)
{
    size_t n = 0;
    for (const char *at = words + strspn(words, " "); *at; at += strspn(at, " "), n++)
        at += strcspn(at, " ");
    return n;
}

static void check_field(const struct ecp_memory_model *m, size_t k)
{
    const struct ecp_field *f = &m->fields[k];
    if (!says_something(f->meaning) || !f->unit)
        (void)printf("\n  %s.%s says too little", m->name, f->name);
    CU_ASSERT(says_something(f->meaning) && f->unit != NULL);
    CU_ASSERT(ecp_field_is_param(f));
    CU_ASSERT(ecp_field_allows(f, f->lowest) && ecp_field_allows(f, f->initial) &&
              ecp_field_allows(f, f->highest));
    for (size_t j = 0; j < k; j++)
        CU_ASSERT(strcmp(m->fields[j].name, f->name) != 0);
}

static void check_choice(const struct ecp_memory_model *m, const struct ecp_choice *c)
{
    const int at = ecp_field_find(m->fields, c->field);
    CU_ASSERT_FATAL(at >= 0);
    CU_ASSERT_EQUAL(m->fields[at].lowest, 0);
    CU_ASSERT_EQUAL(m->fields[at].highest, (double)count_words(c->words) - 1);
}

/* Its parameter and its words are those of the model. */
static void check_need(const struct ecp_memory_model *m, const struct ecp_memory_need *need)
{
    const struct ecp_choice *c = m->choices;
    CU_ASSERT(ecp_field_find(m->fields, need->field) >= 0);
    while (c && c->field && strcmp(c->field, need->choice) != 0)
        c++;
    CU_ASSERT_FATAL(c && c->field);
    for (const char *at = need->words; *at; at += strspn(at, " ")) {
        char word[64];
        const size_t length = strcspn(at, " ");
        (void)snprintf(word, sizeof word, "%.*s", (int)length, at);
        CU_ASSERT_PTR_NOT_NULL(strstr(c->words, word));
        at += length;
    }
}

static void check_described(const struct ecp_memory_model *m)
{
    const struct ecp_memory_model *found = NULL;
    CU_ASSERT_FATAL(m->name != NULL && m->fields != NULL);
    CU_ASSERT(says_something(m->summary) && says_something(m->equations));
    CU_ASSERT(says_something(m->reference) && says_something(m->verified_by));
    CU_ASSERT(says_something(m->score_meaning));
    CU_ASSERT(m->create && m->destroy && m->store && m->recall && m->image && m->restore);
    ECP_ASSERT_OK(ecp_memory_find(m->name, &found));
    CU_ASSERT_PTR_EQUAL(found, m);
    for (size_t k = 0; m->fields[k].name; k++)
        check_field(m, k);
    for (const struct ecp_choice *c = m->choices; c && c->field; c++)
        check_choice(m, c);
    for (const struct ecp_memory_need *need = m->needs; need && need->field; need++)
        check_need(m, need);

    char path[512], first[128];
    (void)snprintf(first, sizeof first, "%.*s", (int)strcspn(m->verified_by, ", "), m->verified_by);
    (void)snprintf(path, sizeof path, "%s/%s", ECP_SOURCE_DIR, first);
    FILE *file = fopen(path, "r");
    if (!file)
        (void)printf("\n  %s: %s is not there", m->name, first);
    CU_ASSERT_PTR_NOT_NULL(file);
    if (file)
        (void)fclose(file);
}

static void described(void)
{
    const struct ecp_memory_model *found = NULL;
    each_model(check_described);
    CU_ASSERT_EQUAL(ecp_memory_find("hopfeld", &found), ECP_ENOTFOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "hopfield"));
    ecp_error_clear();
}

/* ---- one of each ---------------------------------------------------------------- */

/* Rows of what a model takes, and cues near them. */
struct rows {
    double key[ITEMS * KEY], value[ITEMS * VALUE], cue[CUES * KEY];
};

static void fill(enum ecp_pattern_kind kind, struct ecp_chance *chance, size_t n, double *out)
{
    for (size_t k = 0; k < n; k++) {
        if (kind == ECP_PATTERN_REAL)
            out[k] = ecp_chance_normal(chance) / 5;
        else if (kind == ECP_PATTERN_SIGNS)
            out[k] = ecp_chance_sign(chance);
        else
            out[k] = ecp_chance_uniform(chance) < 0.3;
    }
}

static void make_rows(const struct ecp_memory_model *m, struct rows *rows)
{
    struct ecp_chance chance = ecp_chance(7, 1, 0);
    fill(m->keys, &chance, (size_t)ITEMS * KEY, rows->key);
    fill(m->values, &chance, (size_t)ITEMS * VALUE, rows->value);
    memcpy(rows->cue, rows->key, sizeof rows->cue);
    for (size_t k = 0; k < CUES; k++) { /* a component of each is wrong */
        double *x = &rows->cue[k * KEY + k];
        *x = m->keys == ECP_PATTERN_BITS ? 1 - *x : -*x;
    }
}

static struct ecp_memory *make(const struct ecp_memory_model *m)
{
    const struct ecp_memory_setup setup = {
        .model = m, .shape = {KEY, m->has_values ? VALUE : 0, ITEMS}, .seed = 11};
    struct ecp_memory *memory = NULL;
    ECP_ASSERT_OK(ecp_memory_create(&setup, &memory));
    return memory;
}

static const double *values_of(const struct ecp_memory_model *m, const struct rows *rows)
{
    return m->has_values ? rows->value : NULL;
}

static void store_all(const struct ecp_memory_model *m, struct ecp_memory *memory,
                      const struct rows *rows)
{
    ECP_ASSERT_OK(ecp_memory_store_pairs(memory, rows->key, values_of(m, rows), ITEMS));
}

/* What all cues bring; room for CUES rows of values, then their scores. */
enum { ANSWER = CUES * (KEY + 1) };
static void answer(struct ecp_memory *memory, const struct rows *rows, double out[ANSWER])
{
    const size_t width = ecp_memory_value_size(memory);
    for (size_t k = 0; k < ANSWER; k++)
        out[k] = 0;
    ECP_ASSERT_OK(ecp_memory_recall(memory, rows->cue, CUES, out, out + CUES * width));
}

static int same_bits(const char *name, const char *what, const double *a, const double *b, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (memcmp(&a[k], &b[k], sizeof a[k]) != 0 && !(isnan(a[k]) && isnan(b[k]))) {
            (void)printf("\n  %s: %s: number %zu is %.17g and %.17g", name, what, k, a[k], b[k]);
            return 0;
        }
    return 1;
}

/* ---- what is refused -------------------------------------------------------------- */

static void refused(enum ecp_status status, enum ecp_status wanted, const char *model,
                    const char *sentence)
{
    if (status != wanted || !strstr(ecp_error_message(), sentence))
        (void)printf("\n  %s: found \"%s\", wanted \"%s\"", model, ecp_error_message(), sentence);
    CU_ASSERT_EQUAL(status, wanted);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), sentence));
    ecp_error_clear();
}

/* A half of a count, and strengths and decays of items that nothing is made of. */
static void check_ignored(const struct ecp_memory_model *m)
{
    const double twice[ITEMS] = {2, 2, 2}, less[ITEMS] = {-1, -1, -1};
    struct rows rows;
    struct ecp_memory *memory = NULL;
    make_rows(m, &rows);
    for (const struct ecp_field *f = m->fields; f->name; f++) {
        const struct ecp_memory_setting half = {f->name, f->lowest + 0.5, NULL};
        const struct ecp_memory_setup setup = {.model = m,
                                               .shape = {KEY, m->has_values ? VALUE : 0, 0},
                                               .settings = &half,
                                               .n_settings = 1};
        if (f->kind == ECP_WHOLE)
            refused(ecp_memory_create(&setup, &memory), ECP_EARG, m->name, "whole numbers, ");
    }
    for (int what = 0; what < 2; what++) {
        const struct ecp_items items = {.n = 3,
                                        .keys = rows.key,
                                        .values = values_of(m, &rows),
                                        .strength = what ? NULL : twice,
                                        .decay = what ? less : NULL,
                                        .decay_columns = 1};
        double plain[ANSWER], with[ANSWER];
        struct ecp_memory *other = make(m);
        memory = make(m);
        ECP_ASSERT_OK(ecp_memory_store_pairs(memory, rows.key, values_of(m, &rows), 3));
        if (ecp_memory_store(other, &items) == ECP_OK) {
            answer(memory, &rows, plain);
            answer(other, &rows, with);
            CU_ASSERT(memcmp(plain, with, sizeof plain) != 0);
        } else {
            refused(ECP_EARG, ECP_EARG, m->name, what ? "decay" : "strength");
        }
        ecp_memory_destroy(memory);
        ecp_memory_destroy(other);
    }
}

static void ignored(void)
{
    each_model(check_ignored);
}

static void check_shapes(const struct ecp_memory_model *m)
{
    struct ecp_memory *const untouched = (struct ecp_memory *)(void *)&untouched;
    struct ecp_memory *memory = untouched;
    struct ecp_memory_setup setup = {.model = m, .shape = {0, VALUE, 0}};
    refused(ecp_memory_create(&setup, &memory), ECP_EARG, m->name, "keys of size 0");
    setup.shape = (struct ecp_memory_shape){KEY, m->has_values ? 0 : VALUE, 0};
    refused(ecp_memory_create(&setup, &memory), ECP_EARG, m->name, "values of size");
    setup.shape.value = m->has_values ? VALUE : 0;
    setup.settings = &(struct ecp_memory_setting){"no such", 0, NULL};
    setup.n_settings = 1;
    refused(ecp_memory_create(&setup, &memory), ECP_ENOTFOUND, m->name, "no parameter");
    for (size_t k = 0; m->fields[k].name; k++) {
        const struct ecp_field *f = &m->fields[k];
        const double beyond = isfinite(f->highest) ? f->highest + 1 : NAN;
        setup.settings = &(struct ecp_memory_setting){f->name, beyond, NULL};
        if (isfinite(f->highest) && beyond > f->highest)
            refused(ecp_memory_create(&setup, &memory), ECP_EARG, m->name, "allowed: ");
        setup.settings = &(struct ecp_memory_setting){f->name, NAN, NULL};
        refused(ecp_memory_create(&setup, &memory), ECP_EARG, m->name, "allowed: ");
    }
    CU_ASSERT_PTR_EQUAL(memory, untouched);
}

static void shapes(void)
{
    each_model(check_shapes);
    ecp_memory_destroy(NULL);
    for (size_t k = 0; ecp_memory_models[k]; k++)
        ecp_memory_models[k]->destroy(NULL);
}

static void check_inputs(const struct ecp_memory_model *m)
{
    struct ecp_memory *memory = make(m);
    struct rows rows;
    double out[ANSWER];
    make_rows(m, &rows);
    if (m->recalls_empty)
        answer(memory, &rows, out);
    else
        refused(ecp_memory_recall(memory, rows.cue, 1, out, NULL), ECP_EARG, m->name,
                "recall before anything is stored");
    ECP_ASSERT_OK(ecp_memory_store(memory, &(struct ecp_items){.n = 0}));
    refused(ecp_memory_store_pairs(memory, NULL, rows.value, 1), ECP_EARG, m->name, "no keys");
    rows.key[KEY + 3] = NAN;
    refused(ecp_memory_store_pairs(memory, rows.key, values_of(m, &rows), 2), ECP_EARG, m->name,
            "key 1, component 3");
    rows.key[KEY + 3] = INFINITY;
    refused(ecp_memory_store_pairs(memory, rows.key, values_of(m, &rows), 2), ECP_EARG, m->name,
            "key 1, component 3");
    rows.key[KEY + 3] = 0.5;
    if (m->keys != ECP_PATTERN_REAL)
        refused(ecp_memory_store_pairs(memory, rows.key, values_of(m, &rows), 2), ECP_EARG, m->name,
                "found 0.5; allowed: ");
    make_rows(m, &rows);
    if (m->has_values) {
        refused(ecp_memory_store_pairs(memory, rows.key, NULL, 1), ECP_EARG, m->name, "no values");
        rows.value[2] = NAN;
        refused(ecp_memory_store_pairs(memory, rows.key, rows.value, 1), ECP_EARG, m->name,
                "value 0, component 2");
        make_rows(m, &rows);
    }
    CU_ASSERT_EQUAL(ecp_memory_stored(memory), 0);
    store_all(m, memory, &rows);
    CU_ASSERT_EQUAL(ecp_memory_stored(memory), ITEMS);
    rows.cue[KEY] = NAN;
    refused(ecp_memory_recall(memory, rows.cue, 2, out, NULL), ECP_EARG, m->name,
            "cue 1, component 0");
    refused(ecp_memory_pass_time(memory, -1), ECP_EARG, m->name, "-1 ms");
    refused(ecp_memory_weigh(memory, ITEMS, 1, 1, 1), ECP_EARG, m->name,
            m->weigh ? "items 12 to 13 of 12" : "cannot tell");
    refused(ecp_memory_restore(memory, NULL, 0), ECP_EARG, m->name, "not an image");
    refused(ecp_memory_restore(memory, (double[]){1, -7, 3.5}, 3), ECP_EARG, m->name, "");
    ecp_memory_destroy(memory);
}

static void inputs(void)
{
    each_model(check_inputs);
}

/* ---- what must not matter -------------------------------------------------------------- */

/* Rows one after the other, and all at once. */
static void check_batches(const struct ecp_memory_model *m)
{
    struct ecp_memory *all = make(m), *single = make(m);
    struct rows rows;
    double a[ANSWER], b[ANSWER] = {0};
    const size_t width = m->has_values ? VALUE : KEY;
    make_rows(m, &rows);
    store_all(m, all, &rows);
    for (size_t k = 0; k < ITEMS; k++)
        ECP_ASSERT_OK(ecp_memory_store_pairs(single, rows.key + k * KEY,
                                             m->has_values ? rows.value + k * VALUE : NULL, 1));
    answer(all, &rows, a);
    for (size_t k = 0; k < CUES; k++)
        ECP_ASSERT_OK(
            ecp_memory_recall(single, rows.cue + k * KEY, 1, b + k * width, b + CUES * width + k));
    for (size_t k = 0; k < CUES * (width + 1); k++) {
        const double error = fabs(a[k] - b[k]) / fmax(1, fabs(a[k]));
        if (!(error <= 1e-9) && !(isnan(a[k]) && isnan(b[k])))
            (void)printf("\n  %s: in a batch %.12g, alone %.12g", m->name, a[k], b[k]);
        CU_ASSERT(error <= 1e-9 || (isnan(a[k]) && isnan(b[k])));
    }
    /* What a recall changes no later one sees. */
    answer(all, &rows, b);
    CU_ASSERT(same_bits(m->name, "the same recall again", a, b, ANSWER));
    ecp_memory_destroy(all);
    ecp_memory_destroy(single);
}

static void batches(void)
{
    each_model(check_batches);
}

static void check_images(const struct ecp_memory_model *m)
{
    struct ecp_memory *memory = make(m), *other = make(m);
    struct rows rows;
    double a[ANSWER], b[ANSWER], *image = NULL, *again = NULL;
    size_t n = 0, n_again = 0;
    make_rows(m, &rows);
    store_all(m, memory, &rows);
    ECP_ASSERT_OK(ecp_memory_pass_time(memory, 3));
    if (m->weigh)
        ECP_ASSERT_OK(ecp_memory_weigh(memory, 2, 3, 0.5, 2));
    answer(memory, &rows, a);
    ECP_ASSERT_OK(ecp_memory_image(memory, &image, &n));
    ECP_ASSERT_OK(ecp_memory_restore(other, image, n));
    CU_ASSERT_EQUAL(ecp_memory_stored(other), ITEMS);
    answer(other, &rows, b);
    CU_ASSERT(same_bits(m->name, "from its image", a, b, ANSWER));
    ECP_ASSERT_OK(ecp_memory_image(other, &again, &n_again));
    CU_ASSERT_EQUAL_FATAL(n, n_again);
    CU_ASSERT(same_bits(m->name, "the image of what came from one", image, again, n));
    /* Cleared it is as created; stored again it is as it was. */
    ECP_ASSERT_OK(ecp_memory_clear(memory));
    CU_ASSERT_EQUAL(ecp_memory_stored(memory), 0);
    ECP_ASSERT_OK(ecp_memory_restore(memory, image, n));
    answer(memory, &rows, b);
    CU_ASSERT(same_bits(m->name, "from its image, after clearing", a, b, ANSWER));
    /* And both go on alike. */
    store_all(m, memory, &rows);
    store_all(m, other, &rows);
    answer(memory, &rows, a);
    answer(other, &rows, b);
    CU_ASSERT(same_bits(m->name, "storing more after an image", a, b, ANSWER));
    free(image);
    free(again);
    ecp_memory_destroy(memory);
    ecp_memory_destroy(other);
}

static void images(void)
{
    each_model(check_images);
}

/* Large enough that threads share the work. */
static void check_threads(const struct ecp_memory_model *m)
{
    enum { LARGE = 64, MANY = 40, FEW = 4 };
    const struct ecp_memory_setup setup = {
        .model = m, .shape = {LARGE, m->has_values ? LARGE : 0, MANY}, .seed = 11};
    const size_t n = (size_t)LARGE * MANY;
    double *key = calloc(n, sizeof *key), *value = calloc(n, sizeof *value);
    double *out[2] = {calloc(n + MANY, sizeof(double)), calloc(n + MANY, sizeof(double))};
    struct ecp_chance chance = ecp_chance(3, 1, 0);
    CU_ASSERT_FATAL(key && value && out[0] && out[1]);
    fill(m->keys, &chance, n, key);
    fill(m->values, &chance, n, value);
    for (int run = 0; run < 2; run++) {
        struct ecp_memory *memory = NULL;
        omp_set_num_threads(run ? 3 : 1);
        ECP_ASSERT_OK(ecp_memory_create(&setup, &memory));
        ECP_ASSERT_OK(ecp_memory_store_pairs(memory, key, m->has_values ? value : NULL, MANY));
        ECP_ASSERT_OK(ecp_memory_recall(memory, key, FEW, out[run], out[run] + n));
        ecp_memory_destroy(memory);
    }
    CU_ASSERT(same_bits(m->name, "one thread, three threads", out[0], out[1], n + MANY));
    free(key);
    free(value);
    free(out[0]);
    free(out[1]);
}

static void threads(void)
{
    each_model(check_threads);
}

/* ---- what can be looked at -------------------------------------------------------------- */

static void check_parts(const struct ecp_memory_model *m)
{
    struct ecp_memory *memory = make(m);
    struct ecp_memory_part part, named;
    struct rows rows;
    make_rows(m, &rows);
    store_all(m, memory, &rows);
    for (size_t k = 0; ecp_memory_part(memory, k, &part); k++) {
        CU_ASSERT(says_something(part.meaning) && part.name && part.name[0]);
        CU_ASSERT(part.rows > 0 && part.columns > 0 && part.data);
        for (size_t j = 0; j < part.rows * part.columns; j++)
            CU_ASSERT(isfinite(part.data[j]));
        CU_ASSERT(ecp_memory_part_named(memory, part.name, &named) && named.rows == part.rows);
        CU_ASSERT_FATAL(k < 64);
    }
    CU_ASSERT(!ecp_memory_part_named(memory, "no such part", &named));
    double energy[CUES];
    const enum ecp_status status = ecp_memory_energy(memory, rows.cue, CUES, energy);
    CU_ASSERT_EQUAL(status, m->energy ? ECP_OK : ECP_EARG);
    for (size_t k = 0; m->energy && k < CUES; k++)
        CU_ASSERT(isfinite(energy[k]));
    ecp_error_clear();
    ecp_memory_destroy(memory);
}

static void parts(void)
{
    each_model(check_parts);
}

ECP_TEST_MAIN("associative memories", {"described", described}, {"shapes and parameters", shapes},
              {"nothing is ignored", ignored}, {"inputs", inputs}, {"batches", batches},
              {"images", images}, {"threads", threads}, {"parts and energies", parts})
