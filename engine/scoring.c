#include "engine/scoring.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/arena.h"
#include "engine/config_place.h"
#include "engine/names.h"
#include "engine/units.h"

void ecp_scoring_clear(struct ecp_scoring *scoring)
{
    for (size_t k = 0; k < scoring->n_measures; k++)
        free(scoring->measure[k].param);
    for (size_t k = 0; k < scoring->n_models; k++)
        ecp_dataset_destroy(scoring->model[k]);
    ecp_dataset_destroy(scoring->data);
    free(scoring->measure);
    free(scoring->model);
    *scoring = (struct ecp_scoring){0};
}

/* ---- measures and their parameters --------------------------------------------------- */

static enum ecp_status add_measure(struct ecp_scoring *scoring, const char *name)
{
    const struct ecp_analysis *measure;
    enum ecp_status status = ecp_analysis_find(name, &measure);
    if (status != ECP_OK)
        return status;
    if (!measure->score)
        return ecp_fail(ECP_ECONFIG,
                        "%s is a measure of a run, not of data sets; `ecphory list "
                        "analyses` shows which are",
                        name);
    for (size_t k = 0; k < scoring->n_measures; k++)
        if (scoring->measure[k].measure == measure)
            return ecp_fail(ECP_ECONFIG, "found measure %s twice; allowed: once", name);
    const size_t n = ecp_field_count(measure->fields);
    struct ecp_scoring_measure *grown =
        realloc(scoring->measure, (scoring->n_measures + 1) * sizeof *grown);
    double *param = calloc(n + 1, sizeof *param);
    if (grown)
        scoring->measure = grown;
    if (!grown || !param) {
        free(param);
        return ecp_fail(ECP_ENOMEM, "no memory for the measures");
    }
    for (size_t k = 0; k < n; k++)
        param[k] = measure->fields[k].initial;
    scoring->measure[scoring->n_measures++] = (struct ecp_scoring_measure){measure, param};
    return ECP_OK;
}

enum ecp_status ecp_scoring_measures(struct ecp_scoring *scoring, const char *names)
{
    char *copy = strdup(names), *rest = NULL;
    enum ecp_status status = copy ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for names");
    for (char *name = copy ? strtok_r(copy, ", ", &rest) : NULL; name && status == ECP_OK;
         name = strtok_r(NULL, ", ", &rest))
        status = add_measure(scoring, name);
    free(copy);
    if (status == ECP_OK && scoring->n_measures == 0)
        status = ecp_fail(ECP_EUSAGE, "no measure is named; `ecphory list analyses` shows them");
    return status;
}

static const char *words_of(const struct ecp_analysis *measure, const char *field)
{
    for (const struct ecp_choice *c = measure->choices; c && c->field; c++)
        if (strcmp(c->field, field) == 0)
            return c->words;
    return NULL;
}

/* Position of `word` among words with blanks between, or -1. */
static int position_of(const char *words, const char *word)
{
    const size_t length = strlen(word);
    int k = 0;
    for (const char *at = words; *at != '\0'; at += strspn(at, " "), k++) {
        const size_t n = strcspn(at, " ");
        if (n == length && strncmp(at, word, n) == 0)
            return k;
        at += n;
    }
    return -1;
}

static enum ecp_status read_value(const struct ecp_analysis *measure, const struct ecp_field *field,
                                  const char *text, double *out)
{
    const char *words = words_of(measure, field->name);
    const int k = words ? position_of(words, text) : -1;
    if (k >= 0) {
        *out = k;
        return ECP_OK;
    }
    if (words)
        return ecp_fail(ECP_ECONFIG, "%s.%s: found \"%s\"; allowed: %s", measure->name, field->name,
                        text, words);
    if (ecp_units_read(text, field->unit, out) != ECP_OK) {
        ecp_error_clear();
        return ecp_fail(ECP_ECONFIG, "%s.%s: found \"%s\"; allowed: a number in %s", measure->name,
                        field->name, text, field->unit);
    }
    if (!ecp_field_allows(field, *out))
        return ecp_fail(ECP_ECONFIG, "%s.%s: found %g; allowed: %s%g to %g", measure->name,
                        field->name, *out, field->kind == ECP_WHOLE ? "whole numbers, " : "",
                        field->lowest, field->highest);
    return ECP_OK;
}

static enum ecp_status refuse_parameter(const struct ecp_analysis *measure, const char *name)
{
    enum { MANY = 64 };
    char text[ECP_ALLOWED_LENGTH];
    const char *names[MANY];
    size_t n = 0;
    for (const struct ecp_field *f = measure->fields; f->name && n < MANY; f++)
        if (ecp_field_is_param(f))
            names[n++] = f->name;
    return ecp_fail(ECP_ECONFIG, "%s has no parameter \"%s\"; %s", measure->name, name,
                    ecp_allowed(text, name, names, n));
}

enum ecp_status ecp_scoring_set(struct ecp_scoring *scoring, const char *assignment)
{
    const char *dot = strchr(assignment, '.'), *equal = strchr(assignment, '=');
    if (!dot || !equal || dot > equal)
        return ecp_fail(ECP_EUSAGE, "--set: found \"%s\"; allowed: MEASURE.PARAMETER=VALUE",
                        assignment);
    const size_t n = (size_t)(dot - assignment), m = (size_t)(equal - dot - 1);
    for (size_t k = 0; k < scoring->n_measures; k++) {
        const struct ecp_scoring_measure *at = &scoring->measure[k];
        if (strlen(at->measure->name) != n || strncmp(at->measure->name, assignment, n) != 0)
            continue;
        char name[64];
        (void)snprintf(name, sizeof name, "%.*s", (int)m, dot + 1);
        const int field = ecp_field_find(at->measure->fields, name);
        if (field < 0 || !ecp_field_is_param(&at->measure->fields[field]))
            return refuse_parameter(at->measure, name);
        return read_value(at->measure, &at->measure->fields[field], equal + 1, &at->param[field]);
    }
    return ecp_fail(ECP_EUSAGE, "--set: found \"%s\"; %.*s is none of the measures asked for",
                    assignment, (int)n, assignment);
}

/* ---- models and data -------------------------------------------------------------------- */

/* One model of each dissimilarity matrix: shallow, in the memory of a set of its own. */
static enum ecp_status split(const struct ecp_dataset *from, size_t k, struct ecp_dataset **out)
{
    const size_t n = from->n_conditions, pairs = n * (n - (n > 0)) / 2;
    char number[32];
    struct ecp_dataset *one = NULL;
    (void)snprintf(number, sizeof number, "%zu", k);
    enum ecp_status status = ecp_dataset_create(from->rdm_name ? from->rdm_name[k] : number, &one);
    if (status != ECP_OK)
        return status;
    double *rdm = ecp_dataset_alloc(one, pairs, sizeof *rdm);
    const char **names = ecp_dataset_alloc(one, n, sizeof *names);
    if (!rdm || !names) {
        ecp_dataset_destroy(one);
        return ecp_fail(ECP_ENOMEM, "no memory for a model");
    }
    memcpy(rdm, from->rdm + k * pairs, pairs * sizeof *rdm);
    for (size_t c = 0; from->condition && c < n; c++)
        names[c] = ecp_arena_strdup(one->arena, from->condition[c]);
    one->n_conditions = n;
    one->condition = from->condition ? names : NULL;
    one->n_rdms = 1;
    one->rdm = rdm;
    *out = one;
    return ECP_OK;
}

static int is_many(const struct ecp_dataset *model)
{
    return model->n_rdms > 1 && !model->mean && model->n_trials == 0;
}

/* The models that those of the files are; takes them over. */
static enum ecp_status unfold(struct ecp_scoring *scoring, struct ecp_dataset **model, size_t n)
{
    enum ecp_status status = ECP_OK;
    size_t all = 0;
    for (size_t k = 0; k < n; k++)
        all += is_many(model[k]) ? model[k]->n_rdms : 1;
    scoring->model = calloc(all + 1, sizeof *scoring->model);
    if (!scoring->model)
        status = ecp_fail(ECP_ENOMEM, "no memory for the models");
    for (size_t k = 0; k < n; k++) {
        if (status == ECP_OK && !is_many(model[k])) {
            scoring->model[scoring->n_models++] = model[k];
            continue;
        }
        for (size_t r = 0; status == ECP_OK && r < model[k]->n_rdms; r++) {
            status = split(model[k], r, &scoring->model[scoring->n_models]);
            scoring->n_models += status == ECP_OK;
        }
        ecp_dataset_destroy(model[k]);
    }
    return status;
}

static enum ecp_status match(struct ecp_scoring *scoring, size_t k)
{
    struct ecp_dataset *data = NULL, *model = NULL;
    const enum ecp_status status =
        ecp_dataset_match(scoring->data, scoring->model[k], &data, &model);
    if (status != ECP_OK)
        return status;
    ecp_dataset_destroy(scoring->data);
    ecp_dataset_destroy(scoring->model[k]);
    scoring->data = data;
    scoring->model[k] = model;
    return ECP_OK;
}

enum ecp_status ecp_scoring_take(struct ecp_scoring *scoring, struct ecp_dataset *data,
                                 struct ecp_dataset **model, size_t n_models)
{
    scoring->data = data;
    enum ecp_status status = unfold(scoring, model, n_models);
    /* Twice: what the last model lacks, the first ones lose, too. */
    for (int round = 0; round < 2; round++)
        for (size_t k = 0; status == ECP_OK && k < scoring->n_models; k++)
            status = match(scoring, k);
    if (status == ECP_OK && !scoring->data->mean && scoring->data->response)
        status = ecp_dataset_average(scoring->data);
    for (size_t k = 0; status == ECP_OK && k < scoring->n_models; k++)
        if (!scoring->model[k]->mean && scoring->model[k]->n_trials > 0 &&
            scoring->model[k]->response)
            status = ecp_dataset_average(scoring->model[k]);
    return status;
}

/* ---- scoring -------------------------------------------------------------------------------- */

static const double operations_a_second = 5e8;

static struct ecp_score_call call_of(const struct ecp_scoring *s, size_t k)
{
    return (struct ecp_score_call){.n_models = s->n_models,
                                   .model = (const struct ecp_dataset *const *)s->model,
                                   .data = s->data,
                                   .param = s->measure[k].param,
                                   .seed = s->seed};
}

struct ecp_scoring_forecast ecp_scoring_forecast(const struct ecp_scoring *scoring)
{
    struct ecp_scoring_forecast forecast = {0, 0};
    for (size_t k = 0; k < scoring->n_measures; k++) {
        const struct ecp_score_call call = call_of(scoring, k);
        double bytes = 0, operations = 0;
        if (scoring->measure[k].measure->cost)
            scoring->measure[k].measure->cost(&call, &bytes, &operations);
        forecast.bytes = fmax(forecast.bytes, bytes);
        forecast.seconds += operations / operations_a_second;
    }
    return forecast;
}

enum ecp_status ecp_scoring_run(const struct ecp_scoring *scoring, struct ecp_sheet *sheet)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < scoring->n_measures && status == ECP_OK; k++) {
        const struct ecp_sheet_call call = {.measure = scoring->measure[k].measure,
                                            .param = scoring->measure[k].param,
                                            .n_models = scoring->n_models,
                                            .model =
                                                (const struct ecp_dataset *const *)scoring->model,
                                            .data = scoring->data,
                                            .seed = scoring->seed};
        status = ecp_sheet_score(sheet, &call);
    }
    return status;
}
