/* Doing what comparison.h says: files before the run, scores after it. */
#include "engine/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config_place.h"
#include "engine/experiment.h"
#include "engine/scoring.h"
#include "engine/store_tables.h"

struct comparison {
    const struct ecp_plan_comparison *plan;
    struct ecp_dataset *data, **model; /* NULL: the run; until they are taken */
    struct ecp_sheet *sheet;
};

struct ecp_comparisons {
    const struct ecp_plan *plan;
    size_t n;
    struct comparison *one;
};

void ecp_comparisons_destroy(struct ecp_comparisons *comparisons)
{
    if (!comparisons)
        return;
    for (size_t k = 0; k < comparisons->n && comparisons->one; k++) {
        struct comparison *c = &comparisons->one[k];
        for (size_t m = 0; c->model && m < c->plan->n_models; m++)
            ecp_dataset_destroy(c->model[m]);
        free(c->model);
        ecp_dataset_destroy(c->data);
        ecp_sheet_destroy(c->sheet);
    }
    free(comparisons->one);
    free(comparisons);
}

size_t ecp_comparisons_count(const struct ecp_comparisons *comparisons)
{
    return comparisons ? comparisons->n : 0;
}

const char *ecp_comparisons_label(const struct ecp_comparisons *comparisons, size_t k)
{
    return comparisons->one[k].plan->label;
}

const struct ecp_sheet *ecp_comparisons_sheet(const struct ecp_comparisons *comparisons, size_t k)
{
    return comparisons ? comparisons->one[k].sheet : NULL;
}

/* ---- reading --------------------------------------------------------------------------- */

static enum ecp_status read_one(const struct ecp_plan_comparison *c, const char *path,
                                const char *name, struct ecp_dataset **out)
{
    char key[ECP_KEY_LENGTH], own[ECP_DATASET_NAME];
    ecp_dataset_short_name(path, own);
    const struct ecp_dataset_request request = {.path = path,
                                                .name = name ? name : own,
                                                .by = c->by,
                                                .from = c->from,
                                                .to = c->to,
                                                .keep_trains = 1};
    enum ecp_status status = ecp_dataset_read(&request, out);
    (void)snprintf(key, sizeof key, "analyses.%.100s.%s", c->label, name ? "model" : "data");
    if (status == ECP_OK || status == ECP_ENOMEM)
        return status;
    char sentence[512]; /* of a file that the user names, whatever is wrong with it */
    (void)snprintf(sentence, sizeof sentence, "%s", ecp_error_message());
    ecp_error_clear();
    return ecp_refuse(&c->place, key, "%s", sentence);
}

static enum ecp_status read_files(const struct ecp_plan_comparison *c, struct comparison *to)
{
    enum ecp_status status = ECP_OK;
    to->plan = c;
    to->model = calloc(c->n_models + 1, sizeof(struct ecp_dataset *));
    if (!to->model)
        return ecp_fail(ECP_ENOMEM, "no memory for the models of %s", c->label);
    if (c->data)
        ECP_TRY(read_one(c, c->data, NULL, &to->data));
    for (size_t m = 0; m < c->n_models; m++)
        if (c->model[m].path)
            ECP_TRY(read_one(c, c->model[m].path, c->model[m].name, &to->model[m]));
done:
    return status;
}

static enum ecp_status take_run(const struct ecp_comparisons *comparisons,
                                const struct ecp_plan_comparison *c, const char *name,
                                const struct ecp_recording *recording, struct ecp_dataset **out)
{
    if (*out)
        return ECP_OK; /* from a file */
    const struct ecp_dataset_request request = {
        .path = "run",
        .name = name,
        .population =
            c->population >= 0 ? comparisons->plan->population[c->population]->name : NULL,
        .from = c->from,
        .to = c->to,
        .keep_trains = 1};
    return ecp_dataset_of_recording(recording, &request, out);
}

/* ---- before the run --------------------------------------------------------------------- */

/* What the plan will leave, without any spikes: names of conditions, windows. */
static enum ecp_status foresee(const struct ecp_plan *plan, struct ecp_recording *out)
{
    double now = 0;
    out->dt = plan->dt;
    out->duration = ecp_plan_duration(plan);
    out->population = calloc(plan->n_populations + 1, sizeof *out->population);
    out->phase = calloc(plan->n_phases + 1, sizeof *out->phase);
    if (!out->population || !out->phase)
        return ecp_fail(ECP_ENOMEM, "no memory for comparisons");
    out->n_populations = plan->n_populations;
    out->n_phases = plan->n_phases;
    for (size_t k = 0; k < plan->n_populations; k++) {
        struct ecp_recorded_population *p = &out->population[k];
        p->name = plan->population[k]->name;
        p->size = 1;
        for (size_t j = 0; j < plan->n_probes; j++)
            p->recorded |= plan->probe[j]->kind == ECP_PROBE_SPIKES &&
                           plan->probe[j]->target.population == (int)k;
    }
    for (size_t k = 0; k < plan->n_phases; k++) {
        const struct ecp_plan_phase *p = plan->phase[k];
        out->phase[k] = (struct ecp_recorded_phase){p->name, now, now + p->duration, p->discard};
        now += p->duration;
    }
    return ECP_OK;
}

/* Do the conditions of the run fit those of the files? */
static enum ecp_status rehearse(const struct ecp_comparisons *comparisons,
                                const struct comparison *c)
{
    const struct ecp_plan *plan = comparisons->plan;
    struct ecp_recording recording = {0};
    struct ecp_dataset *run = NULL, *one = NULL, *other = NULL;
    char key[ECP_KEY_LENGTH];
    enum ecp_status status = ECP_OK;
    if (!ecp_comparison_uses_run(c->plan))
        return ECP_OK;
    ECP_TRY(foresee(plan, &recording));
    ECP_TRY(take_run(comparisons, c->plan, "run", &recording, &run));
    if (c->data && c->plan->n_models > 0)
        status = ecp_dataset_match(c->data, run, &one, &other);
done:
    ecp_dataset_destroy(one);
    ecp_dataset_destroy(other);
    ecp_dataset_destroy(run);
    free(recording.population);
    free(recording.phase);
    (void)snprintf(key, sizeof key, "analyses.%.100s", c->plan->label);
    return status == ECP_OK ? status : ecp_refuse_again(&c->plan->place, key, status);
}

enum ecp_status ecp_comparisons_read(const struct ecp_plan *plan, struct ecp_comparisons **out)
{
    enum ecp_status status = ECP_OK;
    struct ecp_comparisons *made = calloc(1, sizeof *made);
    if (made)
        made->one = calloc(plan->n_comparisons + 1, sizeof *made->one);
    if (!made || !made->one) {
        free(made);
        return ecp_fail(ECP_ENOMEM, "no memory for comparisons");
    }
    made->plan = plan;
    for (size_t k = 0; k < plan->n_comparisons && status == ECP_OK; k++) {
        made->n++;
        status = read_files(plan->comparison[k], &made->one[k]);
        if (status == ECP_OK)
            status = rehearse(made, &made->one[k]);
    }
    if (status == ECP_OK)
        *out = made;
    else
        ecp_comparisons_destroy(made);
    return status;
}

/* ---- scoring --------------------------------------------------------------------------- */

static enum ecp_status take_all(const struct ecp_comparisons *comparisons, struct comparison *c,
                                const struct ecp_recording *recording, struct ecp_scoring *scoring)
{
    const struct ecp_plan_comparison *plan = c->plan;
    enum ecp_status status;
    ECP_TRY(ecp_scoring_measures(scoring, plan->measure->name));
    memcpy(scoring->measure[0].param, plan->param,
           ecp_field_count(plan->measure->fields) * sizeof(double));
    scoring->seed = comparisons->plan->seed;
    ECP_TRY(take_run(comparisons, plan, "run", recording, &c->data));
    for (size_t m = 0; m < plan->n_models; m++)
        ECP_TRY(take_run(comparisons, plan, plan->model[m].name, recording, &c->model[m]));
    struct ecp_dataset *data = c->data;
    c->data = NULL;
    status = ecp_scoring_take(scoring, data, c->model, plan->n_models);
    for (size_t m = 0; m < plan->n_models; m++)
        c->model[m] = NULL; /* they are the scoring's, also after a failure */
    if (status == ECP_OK && scoring->n_models != plan->n_models)
        status = ecp_fail(ECP_ECONFIG,
                          "a model has several matrices of dissimilarities; allowed: one for each "
                          "model (`ecphory score` takes them apart)");
done:
    return status;
}

static enum ecp_status score_one(const struct ecp_comparisons *comparisons, struct comparison *c,
                                 const struct ecp_recording *recording,
                                 int (*progress)(void *, const char *, double), void *context)
{
    struct ecp_scoring scoring = {0};
    struct ecp_sheet *sheet = NULL;
    char key[ECP_KEY_LENGTH];
    enum ecp_status status;
    ECP_TRY(take_all(comparisons, c, recording, &scoring));
    ECP_TRY(ecp_sheet_create(&sheet));
    ecp_sheet_listen(sheet, progress, context);
    ECP_TRY(ecp_scoring_run(&scoring, sheet));
    ecp_sheet_listen(sheet, NULL, NULL);
    c->sheet = sheet;
    sheet = NULL;
done:
    ecp_sheet_destroy(sheet);
    ecp_scoring_clear(&scoring);
    (void)snprintf(key, sizeof key, "analyses.%.100s", c->plan->label);
    return status == ECP_OK || status == ECP_ESTOPPED
               ? status
               : ecp_refuse_again(&c->plan->place, key, status);
}

enum ecp_status
ecp_comparisons_score(struct ecp_comparisons *comparisons, const struct ecp_recording *recording,
                      int (*progress)(void *context, const char *measure, double done),
                      void *context)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < comparisons->n && status == ECP_OK; k++)
        status = score_one(comparisons, &comparisons->one[k], recording, progress, context);
    return status;
}

double ecp_comparisons_value(const struct ecp_comparisons *comparisons, size_t k,
                             const struct ecp_comparison_result *result)
{
    const struct ecp_sheet *sheet = ecp_comparisons_sheet(comparisons, k);
    if (!sheet)
        return NAN;
    const struct ecp_plan_comparison *c = comparisons->one[k].plan;
    const struct ecp_sheet_row *row;
    const size_t n = ecp_sheet_rows(sheet, &row);
    for (size_t r = 0; r < n; r++) {
        int of_model = 0;
        for (size_t m = 0; m < c->n_models; m++)
            of_model |= strcmp(row[r].subject, c->model[m].name) == 0;
        if (row[r].field != result->field)
            continue;
        /* Of several models, LABEL.FIELD is what is said of the data. */
        if (result->model < 0 ? c->n_models < 2 || !of_model
                              : strcmp(row[r].subject, c->model[result->model].name) == 0)
            return row[r].estimate.value;
    }
    return NAN;
}

/* ---- files ------------------------------------------------------------------------------- */

enum ecp_status ecp_comparisons_write(const struct ecp_comparisons *comparisons, const char *dir)
{
    struct ecp_scores_file *file = NULL;
    enum ecp_status status = ecp_scores_file_create(&file);
    for (size_t k = 0; k < comparisons->n && status == ECP_OK; k++)
        if (comparisons->one[k].sheet)
            status = ecp_scores_file_add(file, comparisons->one[k].plan->label,
                                         comparisons->one[k].sheet);
    if (status == ECP_OK)
        status = ecp_scores_file_write(file, dir, comparisons->plan);
    ecp_scores_file_destroy(file);
    return status;
}
