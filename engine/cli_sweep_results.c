/* What the runs of a sweep left: results of all, means over seeds; files and text. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cli_sweep.h"
#include "engine/experiment.h"
#include "engine/report.h"
#include "engine/store_tables.h"

enum { SHOWN_WITHOUT_CLAIMS = 6, SHOWN_CLAIMS = 12 };

/* ---- reading ------------------------------------------------------------------------------ */

static json_t *load(const struct ecp_sweep_work *work, size_t k)
{
    char *dir = ecp_sweep_folder(work, k);
    size_t bytes = 0;
    char *text = dir ? ecp_report_slurp(dir, "run.json", &bytes) : NULL;
    json_t *object = text ? json_loadb(text, bytes, 0, NULL) : NULL;
    free(text);
    free(dir);
    return object;
}

static const char *text_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* The first run that is done says which results there are. */
static enum ecp_status name_results(struct ecp_sweep_work *work, const json_t *results)
{
    const size_t n = json_array_size(results);
    work->result = ecp_plan_alloc(work->plan, (n + 1) * sizeof *work->result);
    work->unit = ecp_plan_alloc(work->plan, (n + 1) * sizeof *work->unit);
    for (size_t k = 0; work->result && work->unit && k < n; k++) {
        const json_t *one = json_array_get(results, k);
        work->result[k] = ecp_plan_strdup(work->plan, text_in(one, "name"));
        work->unit[k] = ecp_plan_strdup(work->plan, text_in(one, "unit"));
        if (!work->result[k] || !work->unit[k])
            work->result = NULL;
    }
    work->n_results = n;
    return work->result && work->unit ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for the results");
}

static size_t find_result(const struct ecp_sweep_work *work, const char *name, size_t guess)
{
    if (guess < work->n_results && strcmp(work->result[guess], name) == 0)
        return guess;
    size_t k = 0;
    while (k < work->n_results && strcmp(work->result[k], name) != 0)
        k++;
    return k;
}

static enum ecp_status read_job(struct ecp_sweep_work *work, struct ecp_sweep_job *job,
                                const json_t *run)
{
    const json_t *results = json_object_get(run, "results");
    const json_t *verdicts = json_object_get(run, "verdicts");
    enum ecp_status status = ECP_OK;
    if (work->n_results == 0)
        status = name_results(work, results);
    if (status != ECP_OK)
        return status;
    job->value = malloc((work->n_results + 1) * sizeof *job->value);
    if (!job->value)
        return ecp_fail(ECP_ENOMEM, "no memory for the results");
    for (size_t k = 0; k < work->n_results; k++)
        job->value[k] = NAN;
    for (size_t k = 0; k < json_array_size(results); k++) {
        const json_t *one = json_array_get(results, k), *value = json_object_get(one, "value");
        const size_t at = find_result(work, text_in(one, "name"), k);
        if (at < work->n_results && json_is_number(value))
            job->value[at] = json_number_value(value);
    }
    job->n_claims = json_array_size(verdicts);
    job->n_failed = 0;
    for (size_t k = 0; k < job->n_claims; k++)
        job->n_failed += !json_is_true(json_object_get(json_array_get(verdicts, k), "pass"));
    job->exit_code = (int)json_integer_value(json_object_get(run, "exit_code"));
    return ECP_OK;
}

static void show_one(struct ecp_sweep_work *work, const char *name)
{
    const size_t at = find_result(work, name, work->n_results);
    for (size_t k = 0; k < work->n_shown; k++)
        if (work->shown[k] == at)
            return;
    if (at < work->n_results)
        work->shown[work->n_shown++] = at;
}

/* Those asked for; else those of claims; else the first. */
static enum ecp_status choose_shown(struct ecp_sweep_work *work)
{
    work->shown = calloc(work->n_results + 1, sizeof *work->shown);
    if (!work->shown)
        return ecp_fail(ECP_ENOMEM, "no memory for the results");
    for (size_t k = 0; k < work->sweep.n_shown; k++)
        show_one(work, work->sweep.shown[k]);
    for (size_t k = 0; work->sweep.n_shown == 0 && k < work->plan->n_claims; k++)
        if (work->n_shown < SHOWN_CLAIMS)
            show_one(work, work->plan->claim[k]->result);
    for (size_t k = 0; work->plan->n_claims == 0 && work->sweep.n_shown == 0 &&
                       k < work->n_results && k < SHOWN_WITHOUT_CLAIMS;
         k++)
        show_one(work, work->result[k]);
    return ECP_OK;
}

enum ecp_status ecp_sweep_collect(struct ecp_sweep_work *work)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < work->n_jobs && status == ECP_OK; k++) {
        struct ecp_sweep_job *job = &work->job[k];
        if (job->state != ECP_SWEEP_DONE)
            continue;
        json_t *run = load(work, k);
        if (run)
            status = read_job(work, job, run);
        else
            status = ecp_fail(ECP_EIO, "%s/jobs/%05zu/run.json: cannot be read", work->dir, k + 1);
        json_decref(run);
    }
    return status == ECP_OK ? choose_shown(work) : status;
}

size_t ecp_sweep_mean(const struct ecp_sweep_work *work, size_t point, size_t result, double *mean,
                      double *sd)
{
    const size_t seeds = work->sweep.n_seeds > 0 ? work->sweep.n_seeds : 1;
    const struct ecp_sweep_job *job = &work->job[point * seeds];
    double sum = 0, squares = 0;
    size_t n = 0;
    for (size_t k = 0; k < seeds; k++)
        if (job[k].value && isfinite(job[k].value[result])) {
            sum += job[k].value[result];
            n++;
        }
    *mean = n > 0 ? sum / (double)n : NAN;
    for (size_t k = 0; k < seeds; k++)
        if (job[k].value && isfinite(job[k].value[result]))
            squares += pow(job[k].value[result] - *mean, 2);
    *sd = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
    return n;
}

/* ---- JSON -------------------------------------------------------------------------------------
 */

static const char *const state_words[] = {[ECP_SWEEP_WAITING] = "waiting",
                                          [ECP_SWEEP_RUNNING] = "running",
                                          [ECP_SWEEP_DONE] = "done",
                                          [ECP_SWEEP_FAILED] = "failed",
                                          [ECP_SWEEP_STOPPED] = "stopped"};

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *text(const char *s)
{
    json_t *string = json_string(s);
    return string ? string : json_string("(not UTF-8)");
}

static json_t *settings(const struct ecp_sweep_work *work, size_t point)
{
    json_t *o = json_object();
    for (size_t a = 0; a < work->sweep.n_axes; a++) {
        const struct ecp_sweep_axis *axis = &work->sweep.axis[a];
        json_object_set_new(o, axis->key,
                            text(axis->word[ecp_sweep_index(&work->sweep, point, a)]));
    }
    return o;
}

static json_t *job_object(const struct ecp_sweep_work *work, size_t k)
{
    const struct ecp_sweep_job *job = &work->job[k];
    json_t *o = json_object(), *results = json_object();
    char folder[32];
    (void)snprintf(folder, sizeof folder, "jobs/%05zu", k + 1);
    json_object_set_new(o, "folder", text(folder));
    json_object_set_new(o, "state", text(state_words[job->state]));
    json_object_set_new(o, "values", settings(work, job->point));
    json_object_set_new(
        o, "seed", json_integer((json_int_t)ecp_sweep_seed(&work->sweep, work->plan, job->seed)));
    json_object_set_new(o, "exit_code", json_integer(job->exit_code));
    json_object_set_new(o, "claims", json_integer((json_int_t)job->n_claims));
    json_object_set_new(o, "claims_failed", json_integer((json_int_t)job->n_failed));
    json_object_set_new(o, "wall_s", number(job->wall_s));
    for (size_t r = 0; job->value && r < work->n_results; r++)
        json_object_set_new(results, work->result[r], number(job->value[r]));
    json_object_set_new(o, "results", results);
    return o;
}

static json_t *point_object(const struct ecp_sweep_work *work, size_t p)
{
    json_t *o = json_object(), *results = json_object();
    json_object_set_new(o, "values", settings(work, p));
    for (size_t s = 0; s < work->n_results; s++) {
        double mean, sd;
        const size_t n = ecp_sweep_mean(work, p, s, &mean, &sd);
        json_t *one = json_object();
        json_object_set_new(one, "mean", number(mean));
        json_object_set_new(one, "sd", number(sd));
        json_object_set_new(one, "n", json_integer((json_int_t)n));
        json_object_set_new(results, work->result[s], one);
    }
    json_object_set_new(o, "results", results);
    return o;
}

static enum ecp_status make_json(const struct ecp_sweep_work *work, enum ecp_status ended,
                                 char **out)
{
    json_t *o = json_object(), *jobs = json_array(), *points = json_array();
    json_object_set_new(o, "status", text(ecp_status_name(ended)));
    json_object_set_new(o, "config", text(work->cli->argument[0]));
    json_object_set_new(o, "name", text(work->plan->name));
    json_object_set_new(o, "version", text(ECP_VERSION));
    json_object_set_new(o, "folder", text(work->dir));
    for (size_t k = 0; k < work->n_jobs; k++)
        json_array_append_new(jobs, job_object(work, k));
    for (size_t p = 0; p < ecp_sweep_points(&work->sweep); p++)
        json_array_append_new(points, point_object(work, p));
    json_object_set_new(o, "jobs", jobs);
    json_object_set_new(o, "points", points);
    *out = json_dumps(o, JSON_REAL_PRECISION(12));
    json_decref(o);
    return *out ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for the JSON result");
}

/* ---- CSV and HDF5
 * --------------------------------------------------------------------------------- */

static void put_cell(FILE *to, const char *cell)
{
    if (!strpbrk(cell, ",\"\n")) {
        (void)fputs(cell, to);
        return;
    }
    (void)fputc('"', to);
    for (; *cell; cell++)
        (void)fprintf(to, *cell == '"' ? "\"\"" : "%c", *cell);
    (void)fputc('"', to);
}

static void put_jobs(FILE *to, const struct ecp_sweep_work *work)
{
    (void)fputs("job", to);
    for (size_t a = 0; a < work->sweep.n_axes; a++) {
        (void)fputc(',', to);
        put_cell(to, work->sweep.axis[a].key);
    }
    (void)fputs(",seed,state,exit_code,claims,claims_failed", to);
    for (size_t r = 0; r < work->n_results; r++) {
        (void)fputc(',', to);
        put_cell(to, work->result[r]);
    }
    for (size_t k = 0; k < work->n_jobs; k++) {
        const struct ecp_sweep_job *job = &work->job[k];
        (void)fprintf(to, "\n%zu", k + 1);
        for (size_t a = 0; a < work->sweep.n_axes; a++) {
            const struct ecp_sweep_axis *axis = &work->sweep.axis[a];
            (void)fputc(',', to);
            put_cell(to, axis->word[ecp_sweep_index(&work->sweep, job->point, a)]);
        }
        (void)fprintf(to, ",%llu,%s,%d,%zu,%zu",
                      (unsigned long long)ecp_sweep_seed(&work->sweep, work->plan, job->seed),
                      state_words[job->state], job->exit_code, job->n_claims, job->n_failed);
        for (size_t r = 0; r < work->n_results; r++)
            if (job->value && isfinite(job->value[r]))
                (void)fprintf(to, ",%.12g", job->value[r]);
            else
                (void)fputs(",", to);
    }
    (void)fputc('\n', to);
}

static enum ecp_status write_csv(const struct ecp_sweep_work *work)
{
    char *made = NULL;
    size_t bytes = 0;
    FILE *to = open_memstream(&made, &bytes);
    if (!to)
        return ecp_fail(ECP_ENOMEM, "no memory for sweep.csv");
    put_jobs(to, work);
    enum ecp_status status = fclose(to) == 0 ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory");
    if (status == ECP_OK)
        status = ecp_report_file(work->dir, "sweep.csv", made);
    free(made);
    return status;
}

/* Columns of the table: numbers where an axis has them, words where not. */
static enum ecp_status write_h5(const struct ecp_sweep_work *work)
{
    const struct ecp_sweep *sweep = &work->sweep;
    const size_t n = work->n_jobs, most = sweep->n_axes + 1 + work->n_results;
    struct ecp_table_column *column = calloc(most, sizeof *column);
    double *data = calloc(most * n + 1, sizeof *data);
    const char **words = calloc(sweep->n_axes * n + 1, sizeof *words);
    enum ecp_status status = ECP_OK;
    if (!column || !data || !words) {
        status = ecp_fail(ECP_ENOMEM, "no memory for sweep.h5");
        goto done;
    }
    for (size_t c = 0; c < most; c++)
        column[c] = (struct ecp_table_column){.unit = "1", .meaning = "", .data = data + c * n};
    for (size_t a = 0; a < sweep->n_axes; a++) {
        const struct ecp_sweep_axis *axis = &sweep->axis[a];
        column[a].name = axis->key;
        column[a].meaning = "key of the config";
        column[a].unit = axis->unit;
        for (size_t k = 0; k < n; k++) {
            const size_t at = ecp_sweep_index(sweep, work->job[k].point, a);
            words[a * n + k] = axis->word[at];
            data[a * n + k] = axis->number ? axis->number[at] : NAN;
        }
        if (!axis->number) {
            column[a].data = NULL;
            column[a].words = words + a * n;
        }
    }
    column[sweep->n_axes].name = "seed";
    for (size_t k = 0; k < n; k++)
        data[sweep->n_axes * n + k] = (double)ecp_sweep_seed(sweep, work->plan, work->job[k].seed);
    for (size_t r = 0; r < work->n_results; r++) {
        column[sweep->n_axes + 1 + r].name = work->result[r];
        column[sweep->n_axes + 1 + r].unit = work->unit[r];
        column[sweep->n_axes + 1 + r].meaning = "result";
        for (size_t k = 0; k < n; k++)
            data[(sweep->n_axes + 1 + r) * n + k] =
                work->job[k].value ? work->job[k].value[r] : NAN;
    }
    const struct ecp_stored_table table = {
        .name = "jobs", .meaning = "one row a run", .rows = n, .columns = most, .column = column};
    status = ecp_store_tables(work->dir, "sweep.h5", work->plan, &table, 1);
done:
    free(column);
    free(data);
    free(words);
    return status;
}

enum ecp_status ecp_sweep_write(const struct ecp_sweep_work *work, enum ecp_status ended,
                                char **json)
{
    enum ecp_status status;
    ECP_TRY(make_json(work, ended, json));
    ECP_TRY(ecp_report_file(work->dir, "sweep.json", *json));
    ECP_TRY(write_csv(work));
    status = write_h5(work);
done:
    return status;
}
