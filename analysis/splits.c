#include "analysis/splits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/samples.h"
#include "engine/chance.h"

enum { FOR_SPLITS = 41 };

/* The k-th label that gives a division; NULL: there are fewer. */
static const struct ecp_label *given(const struct ecp_dataset *set, size_t k)
{
    for (size_t j = 0; j < set->n_condition_labels; j++) {
        const struct ecp_label *label = &set->condition_label[j];
        if (label->number && strncmp(label->name, "test", 4) == 0 && k-- == 0)
            return label;
    }
    return NULL;
}

enum ecp_status ecp_splits_begin(struct ecp_splits *s, const char *measure, size_t label)
{
    const size_t n = s->set->n_conditions;
    s->class_of = calloc(4 * n + 1, sizeof *s->class_of);
    if (!s->class_of)
        return ecp_fail(ECP_ENOMEM, "no memory to divide %zu conditions", n);
    s->of = s->class_of + n;
    s->room = s->of + n;
    if (s->kind == ECP_SPLIT_GIVEN) {
        for (s->count = 0; given(s->set, s->count);)
            s->count++;
        return s->count > 0 ? ECP_OK
                            : ecp_fail(ECP_ECONFIG,
                                       "%s.divide: %s has no label of conditions whose name "
                                       "begins with \"test\"",
                                       measure, s->set->name);
    }
    if (s->kind == ECP_SPLIT_RANDOM)
        return ECP_OK;
    const enum ecp_status status =
        ecp_samples_classes(s->set, measure, label, s->class_of, &s->n_classes);
    for (size_t c = 0; status == ECP_OK && c < n; c++)
        if (s->class_of[c] == SIZE_MAX)
            return ecp_fail(ECP_ECONFIG, "%s.label: condition %zu of %s has no value of %s",
                            measure, c, s->set->name, s->set->condition_label[label - 1].name);
    return status;
}

void ecp_splits_clear(struct ecp_splits *s)
{
    free(s->class_of);
    s->class_of = NULL;
}

/* How many of each class are fitted: its share, and those with the largest rests one more;
 * `room`: fitted, then the order in which rests are looked at. */
static void allot(const struct ecp_splits *s, struct ecp_chance *chance, size_t fitted)
{
    const size_t n = s->set->n_conditions;
    size_t *take = s->room, *order = s->room + n, given_out = 0;
    double share = (double)fitted / (double)n;
    for (size_t c = 0; c < s->n_classes; c++) {
        size_t count = 0;
        for (size_t k = 0; k < n; k++)
            count += s->class_of[k] == c;
        s->of[c] = count;
        take[c] = (size_t)(share * (double)count);
        given_out += take[c];
    }
    ecp_chance_order(chance, s->n_classes, order);
    while (given_out < fitted) {
        size_t best = SIZE_MAX;
        double most = -1;
        for (size_t j = 0; j < s->n_classes; j++) {
            const size_t c = order[j];
            const double rest = share * (double)s->of[c] - (double)take[c];
            if (take[c] < s->of[c] && rest > most + 1e-12) {
                most = rest;
                best = c;
            }
        }
        if (best == SIZE_MAX)
            return;
        take[best]++;
        given_out++;
    }
}

/* `random` order; those that are fitted come first, otherwise as they were. */
static size_t sort_out(const struct ecp_splits *s, const size_t *random, size_t *order)
{
    const size_t n = s->set->n_conditions;
    size_t fitted = 0, tested = 0, *take = s->room, *late = s->room + n;
    for (size_t k = 0; k < n; k++) {
        const size_t c = random[k];
        if (take[s->class_of[c]] > 0) {
            take[s->class_of[c]] -= s->kind == ECP_SPLIT_STRATIFIED;
            order[fitted++] = c;
        } else
            late[tested++] = c;
    }
    memcpy(order + fitted, late, tested * sizeof *order);
    return fitted;
}

static size_t divide_given(const struct ecp_splits *s, size_t k, size_t *order, size_t *tested)
{
    const struct ecp_label *label = given(s->set, k);
    size_t fitted = 0;
    for (size_t c = 0; c < s->set->n_conditions; c++)
        if (label->number[c] == 0)
            order[fitted++] = c;
    *tested = 0;
    for (size_t c = 0; c < s->set->n_conditions; c++)
        if (label->number[c] == 1)
            order[fitted + (*tested)++] = c;
    return fitted;
}

enum ecp_status ecp_split(const struct ecp_splits *s, const char *measure, size_t k, size_t *order,
                          size_t *n_fitted, size_t *n_tested)
{
    const size_t n = s->set->n_conditions;
    struct ecp_chance chance = ecp_chance(s->seed, FOR_SPLITS, (uint32_t)k);
    size_t fitted = (size_t)(s->train * (double)n), tested = n - fitted;
    if (s->kind == ECP_SPLIT_GIVEN)
        fitted = divide_given(s, k, order, &tested);
    else {
        ecp_chance_order(&chance, n, order);
        if (s->kind == ECP_SPLIT_STRATIFIED)
            allot(s, &chance, fitted);
        else if (s->kind == ECP_SPLIT_GROUPED) {
            ecp_chance_order(&chance, s->n_classes, s->of);
            const size_t groups = (size_t)(s->train * (double)s->n_classes);
            for (size_t g = 0; g < s->n_classes; g++)
                s->room[s->of[g]] = g < groups;
        }
        if (s->kind != ECP_SPLIT_RANDOM) {
            memcpy(s->of, order, n * sizeof *order);
            fitted = sort_out(s, s->of, order);
            tested = n - fitted;
        }
    }
    *n_fitted = fitted;
    *n_tested = tested;
    if (fitted < 2 || tested < 2)
        return ecp_fail(ECP_ECONFIG,
                        "%s: a division of %zu conditions leaves %zu to fit and %zu to test; 2 of "
                        "each are needed",
                        measure, n, fitted, tested);
    return ECP_OK;
}
