#include "engine/dataset.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/arena.h"

enum ecp_status ecp_dataset_create(const char *name, struct ecp_dataset **out)
{
    struct ecp_arena *arena = NULL;
    enum ecp_status status = ecp_arena_create(&arena);
    if (status != ECP_OK)
        return status;
    struct ecp_dataset *set = ecp_arena_array(arena, 1, sizeof *set);
    const char *copy = ecp_arena_strdup(arena, name);
    if (!set || !copy) {
        ecp_arena_destroy(arena);
        return ecp_fail(ECP_ENOMEM, "no memory for a data set");
    }
    set->arena = arena;
    set->name = copy;
    *out = set;
    return ECP_OK;
}

void ecp_dataset_destroy(struct ecp_dataset *set)
{
    if (set)
        ecp_arena_destroy(set->arena);
}

void *ecp_dataset_alloc(struct ecp_dataset *set, size_t count, size_t bytes)
{
    return ecp_arena_array(set->arena, count > 0 ? count : 1, bytes);
}

const char *ecp_dataset_printf(struct ecp_dataset *set, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return ecp_arena_strdup(set->arena, text);
}

const struct ecp_label *ecp_dataset_label(const struct ecp_dataset *set, const char *name)
{
    for (size_t k = 0; k < set->n_condition_labels; k++)
        if (strcmp(set->condition_label[k].name, name) == 0)
            return &set->condition_label[k];
    return NULL;
}

/* ---- trials ----------------------------------------------------------------------- */

enum ecp_status ecp_dataset_average(struct ecp_dataset *set)
{
    const size_t n = set->n_conditions, p = set->n_units;
    double *mean = ecp_dataset_alloc(set, n * p, sizeof *mean);
    size_t *count = calloc(n * p + 1, sizeof *count);
    if (!mean || !count) {
        free(count);
        return ecp_fail(ECP_ENOMEM, "no memory for the means of %s", set->name);
    }
    for (size_t t = 0; t < set->n_trials; t++)
        for (size_t u = 0; u < p; u++) {
            const double x = set->response[t * p + u];
            const size_t at = set->trial_condition[t] * p + u;
            if (isnan(x))
                continue;
            mean[at] += x;
            count[at]++;
        }
    for (size_t k = 0; k < n * p; k++)
        mean[k] = count[k] > 0 ? mean[k] / (double)count[k] : NAN;
    free(count);
    set->mean = mean;
    return ECP_OK;
}

enum ecp_status ecp_dataset_repeats(struct ecp_dataset *set, size_t *n_repeats, const double **out)
{
    const size_t n = set->n_conditions, p = set->n_units;
    size_t *seen = calloc(n + 1, sizeof *seen), most = 0;
    double *cube = NULL;
    if (!seen)
        return ecp_fail(ECP_ENOMEM, "no memory for the repeats of %s", set->name);
    for (size_t t = 0; t < set->n_trials; t++)
        if (++seen[set->trial_condition[t]] > most)
            most = seen[set->trial_condition[t]];
    cube = ecp_dataset_alloc(set, n * most * p, sizeof *cube);
    if (!cube) {
        free(seen);
        return ecp_fail(ECP_ENOMEM, "no memory for the repeats of %s", set->name);
    }
    for (size_t k = 0; k < n * most * p; k++)
        cube[k] = NAN;
    memset(seen, 0, n * sizeof *seen);
    for (size_t t = 0; t < set->n_trials; t++) {
        const size_t c = set->trial_condition[t], r = seen[c]++;
        memcpy(cube + (c * most + r) * p, set->response + t * p, p * sizeof *cube);
    }
    free(seen);
    *n_repeats = most;
    *out = cube;
    return ECP_OK;
}

/* ---- the conditions that two sets share --------------------------------------------- */

static enum ecp_status pick_words(struct ecp_dataset *to, const char *const *from,
                                  const size_t *index, size_t n, const char *const **out)
{
    const char **words = ecp_dataset_alloc(to, n, sizeof *words);
    for (size_t k = 0; words && k < n; k++) {
        words[k] = ecp_arena_strdup(to->arena, from[index[k]]);
        if (!words[k])
            words = NULL;
    }
    if (!words)
        return ecp_fail(ECP_ENOMEM, "no memory for the names of %s", to->name);
    *out = words;
    return ECP_OK;
}

static enum ecp_status pick_labels(struct ecp_dataset *to, const struct ecp_dataset *from,
                                   const size_t *index, size_t n)
{
    struct ecp_label *label = ecp_dataset_alloc(to, from->n_condition_labels, sizeof *label);
    enum ecp_status status = ECP_OK;
    if (!label)
        return ecp_fail(ECP_ENOMEM, "no memory for the labels of %s", to->name);
    for (size_t k = 0; k < from->n_condition_labels; k++) {
        const struct ecp_label *old = &from->condition_label[k];
        label[k].name = ecp_arena_strdup(to->arena, old->name);
        label[k].unit = old->unit ? ecp_arena_strdup(to->arena, old->unit) : NULL;
        if (old->word)
            ECP_TRY(pick_words(to, old->word, index, n, &label[k].word));
        double *number = old->number ? ecp_dataset_alloc(to, n, sizeof *number) : NULL;
        for (size_t j = 0; number && j < n; j++)
            number[j] = old->number[index[j]];
        label[k].number = number;
    }
    to->condition_label = label;
    to->n_condition_labels = from->n_condition_labels;
done:
    return status;
}

/* Trials of the conditions that stay; `place`: the new number of each, or -1. */
static enum ecp_status pick_trials(struct ecp_dataset *to, const struct ecp_dataset *from,
                                   const long *place)
{
    const size_t p = from->n_units, n = from->n_trials;
    size_t *of[3];
    const size_t *const old[3] = {from->trial_condition, from->trial_repeat, from->trial_session};
    double *response = ecp_dataset_alloc(to, n * p, sizeof *response);
    struct ecp_train *train = ecp_dataset_alloc(to, n * p, sizeof *train);
    size_t kept = 0;
    for (int k = 0; k < 3; k++)
        of[k] = ecp_dataset_alloc(to, n, sizeof *of[k]);
    if (!response || !train || !of[0] || !of[1] || !of[2])
        return ecp_fail(ECP_ENOMEM, "no memory for the trials of %s", to->name);
    for (size_t t = 0; t < n; t++) {
        if (place[from->trial_condition[t]] < 0)
            continue;
        for (int k = 0; k < 3; k++)
            of[k][kept] = old[k] ? old[k][t] : 0;
        of[0][kept] = (size_t)place[from->trial_condition[t]];
        if (from->response)
            memcpy(response + kept * p, from->response + t * p, p * sizeof *response);
        for (size_t u = 0; from->train && u < p; u++) {
            const struct ecp_train *spikes = &from->train[t * p + u];
            double *time = ecp_dataset_alloc(to, spikes->n, sizeof *time);
            if (!time)
                return ecp_fail(ECP_ENOMEM, "no memory for the spikes of %s", to->name);
            if (spikes->n > 0)
                memcpy(time, spikes->time, spikes->n * sizeof *time);
            train[kept * p + u] = (struct ecp_train){spikes->n, time};
        }
        kept++;
    }
    to->n_trials = kept;
    to->trial_condition = of[0];
    to->trial_repeat = old[1] ? of[1] : NULL;
    to->trial_session = old[2] ? of[2] : NULL;
    to->response = from->response ? response : NULL;
    to->train = from->train ? train : NULL;
    return ECP_OK;
}

static enum ecp_status pick_rdms(struct ecp_dataset *to, const struct ecp_dataset *from,
                                 const size_t *index, size_t n)
{
    const size_t all = from->n_conditions, pairs = n * (n - (n > 0)) / 2;
    const size_t old_pairs = all * (all - (all > 0)) / 2;
    double *rdm = ecp_dataset_alloc(to, from->n_rdms * pairs, sizeof *rdm);
    size_t *same = calloc(from->n_rdms + 1, sizeof *same);
    enum ecp_status status = ECP_OK;
    if (!rdm || !same) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the dissimilarities of %s", to->name);
        goto done;
    }
    for (size_t k = 0; k < from->n_rdms; k++) {
        size_t at = k * pairs;
        same[k] = k;
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++) {
                const size_t a = index[i] < index[j] ? index[i] : index[j];
                const size_t b = index[i] < index[j] ? index[j] : index[i];
                rdm[at++] = from->rdm[k * old_pairs + a * all - a * (a + 1) / 2 + (b - a - 1)];
            }
    }
    if (from->rdm_name)
        ECP_TRY(pick_words(to, from->rdm_name, same, from->n_rdms, &to->rdm_name));
    to->rdm = rdm;
    to->n_rdms = from->n_rdms;
done:
    free(same);
    return status;
}

/* A copy of `from` with conditions index[0 .. n - 1], in this order. */
static enum ecp_status pick(const struct ecp_dataset *from, const size_t *index, size_t n,
                            struct ecp_dataset **out)
{
    const size_t p = from->n_units;
    struct ecp_dataset *to = NULL;
    enum ecp_status status;
    long *place = calloc(from->n_conditions + 1, sizeof *place);
    size_t *units = calloc(p + 1, sizeof *units);
    if (!place || !units) {
        status = ecp_fail(ECP_ENOMEM, "no memory to match %s", from->name);
        goto done;
    }
    for (size_t k = 0; k < from->n_conditions; k++)
        place[k] = -1;
    for (size_t k = 0; k < n; k++)
        place[index[k]] = (long)k;
    for (size_t u = 0; u < p; u++)
        units[u] = u;
    ECP_TRY(ecp_dataset_create(from->name, &to));
    to->source = from->source ? ecp_arena_strdup(to->arena, from->source) : NULL;
    to->response_unit =
        from->response_unit ? ecp_arena_strdup(to->arena, from->response_unit) : NULL;
    to->n_conditions = n;
    to->n_units = p;
    to->start = from->start;
    to->stop = from->stop;
    if (from->condition)
        ECP_TRY(pick_words(to, from->condition, index, n, &to->condition));
    if (from->unit)
        ECP_TRY(pick_words(to, from->unit, units, p, &to->unit));
    ECP_TRY(pick_labels(to, from, index, n));
    if (from->n_trials > 0)
        ECP_TRY(pick_trials(to, from, place));
    if (from->mean) {
        double *mean = ecp_dataset_alloc(to, n * p, sizeof *mean);
        if (!mean) {
            status = ecp_fail(ECP_ENOMEM, "no memory for the means of %s", to->name);
            goto done;
        }
        for (size_t k = 0; k < n; k++)
            memcpy(mean + k * p, from->mean + index[k] * p, p * sizeof *mean);
        to->mean = mean;
    }
    if (from->n_rdms > 0)
        ECP_TRY(pick_rdms(to, from, index, n));
    *out = to;
    to = NULL;
done:
    ecp_dataset_destroy(to);
    free(place);
    free(units);
    return status;
}

static size_t find_condition(const struct ecp_dataset *set, const char *name)
{
    size_t k = 0;
    while (k < set->n_conditions && strcmp(set->condition[k], name) != 0)
        k++;
    return k;
}

/* Pairs of conditions of the same name. */
static enum ecp_status pair_names(const struct ecp_dataset *a, const struct ecp_dataset *b,
                                  size_t *in_a, size_t *in_b, size_t *n)
{
    size_t found = 0;
    for (size_t k = 0; k < a->n_conditions; k++) {
        const size_t j = find_condition(b, a->condition[k]);
        if (j == b->n_conditions)
            continue;
        in_a[found] = k;
        in_b[found++] = j;
    }
    if (found == 0)
        return ecp_fail(ECP_ECONFIG,
                        "%s and %s have no condition in common: the first has \"%s\", the "
                        "second \"%s\"",
                        a->name, b->name, a->n_conditions > 0 ? a->condition[0] : "",
                        b->n_conditions > 0 ? b->condition[0] : "");
    *n = found;
    return ECP_OK;
}

enum ecp_status ecp_dataset_match(const struct ecp_dataset *a, const struct ecp_dataset *b,
                                  struct ecp_dataset **a_out, struct ecp_dataset **b_out)
{
    const size_t most = a->n_conditions;
    struct ecp_dataset *first = NULL;
    enum ecp_status status = ECP_OK;
    size_t *in_a = calloc(most + 1, sizeof *in_a), *in_b = calloc(most + 1, sizeof *in_b);
    size_t n = most;
    if (!in_a || !in_b) {
        status = ecp_fail(ECP_ENOMEM, "no memory to match %s and %s", a->name, b->name);
        goto done;
    }
    if (a->condition && b->condition) {
        ECP_TRY(pair_names(a, b, in_a, in_b, &n));
    } else if (a->n_conditions != b->n_conditions) {
        status = ecp_fail(ECP_ECONFIG,
                          "%s has %zu conditions and %s %zu; without names on both sides the "
                          "numbers must be equal",
                          a->name, a->n_conditions, b->name, b->n_conditions);
        goto done;
    }
    for (size_t k = 0; k < n && !(a->condition && b->condition); k++)
        in_a[k] = in_b[k] = k;
    ECP_TRY(pick(a, in_a, n, &first));
    ECP_TRY(pick(b, in_b, n, b_out));
    *a_out = first;
    first = NULL;
done:
    ecp_dataset_destroy(first);
    free(in_a);
    free(in_b);
    return status;
}
