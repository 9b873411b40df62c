#include "analysis/samples.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 32 };

static int same_value(const struct ecp_label *label, size_t a, size_t b)
{
    return label->number ? label->number[a] == label->number[b]
                         : strcmp(label->word[a], label->word[b]) == 0;
}

static int is_missing(const struct ecp_label *label, size_t k)
{
    return label->number ? isnan(label->number[k]) : !label->word[k] || !label->word[k][0];
}

static enum ecp_status no_such_label(const struct ecp_dataset *set, const char *measure,
                                     size_t label)
{
    char known[160] = "";
    for (size_t k = 0, at = 0; k < set->n_condition_labels && at + 40 < sizeof known; k++)
        at += (size_t)snprintf(known + at, sizeof known - at, "%s%zu = %.24s", k ? ", " : "", k + 1,
                               set->condition_label[k].name);
    return ecp_fail(ECP_ECONFIG, "%s: %s has %zu labels of conditions, not %zu%s%s", measure,
                    set->name, set->n_condition_labels, label, known[0] ? ": " : "", known);
}

enum ecp_status ecp_samples_classes(const struct ecp_dataset *labels, const char *measure,
                                    size_t label, size_t *class_of, size_t *n_classes)
{
    *n_classes = 0;
    if (label > labels->n_condition_labels)
        return no_such_label(labels, measure, label);
    for (size_t c = 0; c < labels->n_conditions; c++) {
        const struct ecp_label *by = label > 0 ? &labels->condition_label[label - 1] : NULL;
        size_t first = c;
        if (by && is_missing(by, c)) {
            class_of[c] = SIZE_MAX;
            continue;
        }
        for (size_t k = 0; by && k < c && first == c; k++)
            if (!is_missing(by, k) && same_value(by, k, c))
                first = k;
        class_of[c] = first < c ? class_of[first] : (*n_classes)++;
    }
    return ECP_OK;
}

static enum ecp_status name_classes(const struct ecp_dataset *labels, size_t label,
                                    struct ecp_samples *s)
{
    s->classes = calloc(s->n_classes + 1, sizeof *s->classes);
    s->names = calloc(s->n_classes + 1, NAME);
    if (!s->classes || !s->names)
        return ecp_fail(ECP_ENOMEM, "no memory for names of %zu classes", s->n_classes);
    for (size_t c = labels->n_conditions; c-- > 0;) {
        const size_t k = s->class_of[c];
        if (k == SIZE_MAX)
            continue;
        const struct ecp_label *by = label > 0 ? &labels->condition_label[label - 1] : NULL;
        char *own = s->names + k * NAME;
        (void)snprintf(own, NAME, "%g", by && by->number ? by->number[c] : (double)c);
        s->classes[k] = by && !by->number          ? by->word[c]
                        : !by && labels->condition ? labels->condition[c]
                                                   : own;
    }
    return ECP_OK;
}

/* Rows that are complete, one after the other. */
static void add(struct ecp_samples *s, const double *row, size_t condition, size_t repeat)
{
    int complete = s->class_of[condition] != SIZE_MAX;
    for (size_t u = 0; u < s->p; u++)
        complete &= isfinite(row[u]) != 0;
    if (!complete) {
        s->n_missing++;
        return;
    }
    memcpy(s->x + s->n * s->p, row, s->p * sizeof *row);
    s->of[s->n] = s->class_of[condition];
    s->condition[s->n] = condition;
    s->repeat[s->n++] = repeat;
}

enum ecp_status ecp_samples_take(const struct ecp_dataset *set, const struct ecp_dataset *labels,
                                 const char *measure, size_t label, struct ecp_samples *out)
{
    const int trials = set->n_trials > 0 && set->response;
    const size_t rows = trials ? set->n_trials : set->n_conditions, n = set->n_conditions;
    enum ecp_status status;
    *out = (struct ecp_samples){.p = set->n_units};
    if (!trials && !set->mean)
        return ecp_fail(ECP_ECONFIG, "%s: %s has no responses", measure, set->name);
    out->x = malloc((rows * set->n_units + 1) * sizeof *out->x);
    out->of = malloc((3 * rows + 1) * sizeof *out->of);
    out->class_of = malloc((n + 1) * sizeof *out->class_of);
    size_t *seen = calloc(n + 1, sizeof *seen);
    if (!out->x || !out->of || !out->class_of || !seen) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu samples of %zu units", rows, out->p);
        goto done;
    }
    out->repeat = out->of + rows;
    out->condition = out->repeat + rows;
    ECP_TRY(ecp_samples_classes(labels, measure, label, out->class_of, &out->n_classes));
    ECP_TRY(name_classes(labels, label, out));
    for (size_t k = 0; k < rows; k++) {
        const size_t c = trials ? set->trial_condition[k] : k;
        const size_t repeat = trials && set->trial_repeat ? set->trial_repeat[k] : seen[c];
        seen[c]++;
        add(out, (trials ? set->response : set->mean) + k * out->p, c, repeat);
    }
done:
    free(seen);
    return status;
}

void ecp_samples_clear(struct ecp_samples *samples)
{
    free(samples->x);
    free(samples->of);
    free(samples->class_of);
    free(samples->classes);
    free(samples->names);
    *samples = (struct ecp_samples){0};
}

const char *ecp_samples_fault(const struct ecp_samples *samples)
{
    size_t least = SIZE_MAX, most = 0;
    if (samples->n == 0)
        return "every sample misses a response";
    for (size_t k = 0; k < samples->n; k++) {
        least = samples->of[k] < least ? samples->of[k] : least;
        most = samples->of[k] > most ? samples->of[k] : most;
    }
    if (least == most)
        return "one class: there is nothing to tell apart";
    for (size_t u = 0; u < samples->p; u++)
        for (size_t k = 1; k < samples->n; k++)
            if (samples->x[k * samples->p + u] != samples->x[u])
                return NULL;
    return "responses are constant";
}
