/* What a scenario that computes is given: memory, results, tables, figures. */
#include "engine/experiment.h"

#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/arena.h"
#include "engine/clock.h"
#include "engine/config_place.h"
#include "engine/dataset_read.h"
#include "engine/experiment_run.h"
#include "engine/scenario.h"

static const double LOOK_SECONDS = 0.5;
enum { NAME_LENGTH = 100 };

enum ecp_status ecp_experiment_no_memory(const char *what, const char *name)
{
    return ecp_fail(ECP_ENOMEM, "no memory to keep the %s \"%s\"", what, name);
}

/* ---- beginning and end ---------------------------------------------------- */

enum ecp_status ecp_experiment_create(const struct ecp_plan *plan,
                                      const struct ecp_experiment_options *options,
                                      struct ecp_experiment **out)
{
    enum ecp_status status = ECP_ENOMEM;
    const size_t n = ecp_field_count(plan->computes->results);
    struct ecp_experiment *e = calloc(1, sizeof *e);
    if (!e)
        return ecp_fail(ECP_ENOMEM, "no memory to compute");
    e->plan = plan;
    e->options = *options;
    e->began = ecp_clock_seconds();
    ECP_TRY(ecp_arena_create(&e->arena));
    e->value = ecp_experiment_alloc(e, n + 1, sizeof *e->value);
    if (!e->value) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu results", n);
        goto done;
    }
    for (size_t k = 0; k < n; k++)
        e->value[k] = NAN;
    *out = e;
    return ECP_OK;
done:
    ecp_experiment_destroy(e);
    return status;
}

void ecp_experiment_destroy(struct ecp_experiment *experiment)
{
    if (!experiment)
        return;
    free(experiment->table);
    free(experiment->figure);
    ecp_arena_destroy(experiment->arena);
    free(experiment);
}

enum ecp_status ecp_experiment_run(struct ecp_experiment *e)
{
    const struct ecp_scenario *scenario = e->plan->computes;
    const double began = ecp_clock_seconds();
    const int threads = omp_get_max_threads();
    if (e->options.threads > 0)
        omp_set_num_threads(e->options.threads);
    const enum ecp_status status = scenario->run(e, e->plan->computes_param);
    omp_set_num_threads(threads);
    e->run_s = ecp_clock_seconds() - began;
    if (status != ECP_OK && ecp_error_message()[0] == '\0')
        return ecp_fail(status, "scenario %s: %s", scenario->name, ecp_status_text(status));
    return status;
}

/* ---- what it is asked ------------------------------------------------------- */

uint64_t ecp_experiment_seed(const struct ecp_experiment *experiment)
{
    return experiment->plan->seed;
}

int ecp_experiment_threads(const struct ecp_experiment *experiment)
{
    return experiment->options.threads > 0 ? experiment->options.threads : omp_get_max_threads();
}

const struct ecp_recording *ecp_experiment_recording(const struct ecp_experiment *experiment)
{
    return experiment->options.recording;
}

enum ecp_status ecp_experiment_dataset(struct ecp_experiment *experiment, int text,
                                       const char *inside, struct ecp_dataset **out)
{
    const char *file = ecp_experiment_text(experiment, text);
    if (!file)
        return ecp_experiment_refuse(experiment, text, "is not given");
    const struct ecp_dataset_request request = {
        .path = ecp_experiment_printf(experiment, "%s%s%s", file, inside ? ":" : "",
                                      inside ? inside : ""),
        .name = inside ? strrchr(inside, '/') + 1 : experiment->plan->computes->texts[text].name,
        .from = NAN,
        .to = NAN};
    if (!request.path)
        return ecp_experiment_no_memory("name of", file);
    return ecp_dataset_read(&request, out);
}

void *ecp_experiment_alloc(struct ecp_experiment *experiment, size_t count, size_t bytes)
{
    return ecp_arena_array(experiment->arena, count > 0 ? count : 1, bytes > 0 ? bytes : 1);
}

const char *ecp_experiment_printf(struct ecp_experiment *experiment, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = ecp_arena_vprintf(experiment->arena, format, arguments);
    va_end(arguments);
    return text;
}

/* With the key in front, and the line where the config has it. */
static enum ecp_status refuse_text(const struct ecp_experiment *e, int text, enum ecp_status status,
                                   const char *why)
{
    const struct ecp_place *place = e->plan->computes_text_place;
    char key[NAME_LENGTH];
    (void)snprintf(key, sizeof key, "network.%s", e->plan->computes->texts[text].name);
    ecp_error_clear();
    return ecp_refuse_again(place && place[text].file ? &place[text] : NULL, key,
                            ecp_fail(status, "%s", why));
}

const char *ecp_experiment_text(const struct ecp_experiment *experiment, int text)
{
    return experiment->plan->computes_text[text];
}

enum ecp_status ecp_experiment_rows(const struct ecp_experiment *e, int text, size_t from,
                                    size_t to, struct ecp_rows_read *out)
{
    char why[512];
    const struct ecp_rows_wanted wanted = {ecp_experiment_text(e, text), NULL, from, to};
    const enum ecp_status status = ecp_input_rows(&wanted, out);
    if (status == ECP_OK)
        return status;
    (void)snprintf(why, sizeof why, "%s", ecp_error_message());
    return refuse_text(e, text, status, why);
}

enum ecp_status ecp_experiment_refuse(const struct ecp_experiment *e, int text, const char *format,
                                      ...)
{
    const char *file = ecp_experiment_text(e, text);
    char why[1024];
    const int n = snprintf(why, sizeof why, "%s%s", file ? file : "", file ? ": " : "");
    va_list arguments;
    va_start(arguments, format);
    if (n >= 0 && (size_t)n < sizeof why)
        (void)vsnprintf(why + n, sizeof why - (size_t)n, format, arguments);
    va_end(arguments);
    return refuse_text(e, text, ECP_ECONFIG, why);
}

enum ecp_status ecp_experiment_progress(struct ecp_experiment *e, double done, const char *at)
{
    const double now = ecp_clock_seconds();
    e->done = done;
    if (at)
        (void)snprintf(e->at, sizeof e->at, "%s", at);
    if (!e->stopped && now < e->next_look)
        return ECP_OK;
    e->next_look = now + LOOK_SECONDS;
    if (!e->stopped && e->options.progress)
        e->stopped = e->options.progress(e->options.context, done, e->at, now - e->began);
    if (!e->stopped)
        return ECP_OK;
    return ecp_fail(ECP_ESTOPPED, "stopped at %.0f %% of what %s computes%s%s", 100 * done,
                    e->plan->computes->name, e->at[0] ? ": " : "", e->at);
}

void ecp_experiment_result(struct ecp_experiment *experiment, int field, double value)
{
    const struct ecp_field *results = experiment->plan->computes->results;
    if (field >= 0 && (size_t)field < ecp_field_count(results))
        experiment->value[field] = value;
}

/* ---- tables ------------------------------------------------------------------- */

/* Parts of paths in files: letters, digits, and what is usual between them. */
static int is_good(const char *name)
{
    const size_t n = name ? strlen(name) : 0;
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_-.+/";
    return n > 0 && n < NAME_LENGTH && strspn(name, allowed) == n && name[0] != '/' &&
           name[0] != '.' && name[n - 1] != '/' && !strstr(name, "//") && !strstr(name, "/.");
}

enum ecp_status ecp_experiment_name(const struct ecp_experiment *e, const char *what,
                                    const char *name)
{
    if (!is_good(name))
        return ecp_fail(ECP_EARG,
                        "the %s \"%s\" cannot have that name; allowed: up to %d letters, digits, "
                        "_ - . + /",
                        what, name ? name : "", NAME_LENGTH - 1);
    for (size_t k = 0; k < e->n_tables; k++)
        if (what[0] != 'f' && strcmp(e->table[k].name, name) == 0)
            return ecp_fail(ECP_EARG, "there are two tables \"%s\"", name);
    for (size_t k = 0; k < e->n_figures; k++)
        if (what[0] == 'f' && strcmp(e->figure[k].name, name) == 0)
            return ecp_fail(ECP_EARG, "there are two figures \"%s\"", name);
    return ECP_OK;
}

static int copy_column(struct ecp_arena *arena, size_t rows, const struct ecp_table_column *from,
                       struct ecp_table_column *to)
{
    to->name = ecp_arena_strdup(arena, from->name);
    to->unit = ecp_arena_strdup(arena, from->unit ? from->unit : "1");
    to->meaning = ecp_arena_strdup(arena, from->meaning ? from->meaning : "");
    if (!to->name || !to->unit || !to->meaning)
        return 0;
    if (from->data) {
        double *data = ecp_arena_array(arena, rows + 1, sizeof *data);
        if (data && rows > 0)
            memcpy(data, from->data, rows * sizeof *data);
        to->data = data;
        return data != NULL;
    }
    const char **words = ecp_arena_array(arena, rows + 1, sizeof *words);
    for (size_t k = 0; words && k < rows; k++)
        if (!(words[k] = ecp_arena_strdup(arena, from->words[k] ? from->words[k] : "")))
            return 0;
    to->words = words;
    return words != NULL;
}

enum ecp_status ecp_table_copy(struct ecp_arena *arena, const struct ecp_stored_table *table,
                               struct ecp_stored_table *out)
{
    struct ecp_stored_table copy = {.rows = table->rows, .columns = table->columns};
    copy.name = ecp_arena_strdup(arena, table->name);
    copy.meaning = ecp_arena_strdup(arena, table->meaning ? table->meaning : "");
    copy.unit = ecp_arena_strdup(arena, table->unit ? table->unit : "1");
    int good = copy.name && copy.meaning && copy.unit;
    if (table->column) {
        struct ecp_table_column *column =
            ecp_arena_array(arena, table->columns + 1, sizeof *column);
        good = good && column;
        for (size_t k = 0; good && k < table->columns; k++)
            good = copy_column(arena, table->rows, &table->column[k], &column[k]);
        copy.column = column;
    } else {
        const size_t n = table->rows * table->columns;
        double *matrix = ecp_arena_array(arena, n + 1, sizeof *matrix);
        good = good && matrix;
        if (good && n > 0)
            memcpy(matrix, table->matrix, n * sizeof *matrix);
        copy.matrix = matrix;
    }
    if (!good)
        return ecp_experiment_no_memory("table", table->name);
    *out = copy;
    return ECP_OK;
}

static enum ecp_status keep_table(struct ecp_experiment *e, const struct ecp_stored_table *table)
{
    struct ecp_stored_table *all = realloc(e->table, (e->n_tables + 1) * sizeof *all);
    if (!all)
        return ecp_experiment_no_memory("table", table->name);
    e->table = all;
    const enum ecp_status status = ecp_table_copy(e->arena, table, &all[e->n_tables]);
    e->n_tables += status == ECP_OK;
    return status;
}

enum ecp_status ecp_experiment_table(struct ecp_experiment *e, const char *name, size_t n_rows,
                                     const struct ecp_table_column *column, size_t n_columns)
{
    enum ecp_status status = ecp_experiment_name(e, "table", name);
    for (size_t k = 0; status == ECP_OK && k < n_columns; k++) {
        if (!is_good(column[k].name) || strchr(column[k].name, '/'))
            status = ecp_fail(ECP_EARG, "table %s: column %zu cannot be called \"%s\"", name, k,
                              column[k].name ? column[k].name : "");
        else if (n_rows > 0 && !column[k].data && !column[k].words)
            status = ecp_fail(ECP_EARG, "table %s: column %s has no data", name, column[k].name);
    }
    if (status != ECP_OK)
        return status;
    return keep_table(e, &(struct ecp_stored_table){
                             .name = name, .rows = n_rows, .columns = n_columns, .column = column});
}

enum ecp_status ecp_experiment_matrix(struct ecp_experiment *e, const char *name,
                                      const char *meaning, size_t rows, size_t columns,
                                      const double *data)
{
    const enum ecp_status status = ecp_experiment_name(e, "table", name);
    if (status != ECP_OK)
        return status;
    if (!data && rows * columns > 0)
        return ecp_fail(ECP_EARG, "matrix %s has no data", name);
    return keep_table(
        e, &(struct ecp_stored_table){
               .name = name, .meaning = meaning, .rows = rows, .columns = columns, .matrix = data});
}

enum ecp_status ecp_experiment_memory(struct ecp_experiment *e, const char *name,
                                      struct ecp_memory *memory)
{
    struct ecp_memory_part part;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; status == ECP_OK && ecp_memory_part(memory, k, &part); k++) {
        const char *path = ecp_experiment_printf(e, "%s/%s", name, part.name);
        if (!path)
            return ecp_experiment_no_memory("memory", name);
        status = ecp_experiment_matrix(e, path, part.meaning, part.rows, part.columns, part.data);
    }
    return status;
}
