/* input_ragged.c -- a group of an HDF5 file with spike times of single presentations.
 *
 * `times` (s from the onset) of one row after the other, `times_index` (where each row ends),
 * and a list `row_NAME` for each property of rows: `row_unit` (or `row_cell`, `row_neuron`)
 * says whose spikes they are, `row_repeat` (or `row_trial`) which presentation it was; --by
 * NAME+NAME is what was shown, without it all others together. Attributes t_start and t_stop
 * (s) of the group are the beginning and the end of presentations. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/dataset_kinds.h"
#include "engine/input_table.h"
#include "engine/store_files.h"

enum { MOST_PARTS = 16 };

struct ragged {
    const struct ecp_dataset_request *request;
    struct ecp_h5_reader file;
    struct ecp_pool pool;
    struct ecp_nwb_table table;
    struct ecp_dataset *set;
    size_t n_parts;
    struct ecp_nwb_column part[MOST_PARTS], unit, repeat;
    int has_unit, has_repeat;
    size_t *condition_of, *unit_of, *trial_of; /* n_rows */
    double start, stop;                        /* s: of presentations */
    double *time;
    size_t *end;
};

static int has_ragged(const struct ecp_h5_reader *file, const char *group)
{
    char name[ECP_H5_NAME + 16];
    (void)snprintf(name, sizeof name, "%.240s/times_index", group);
    const int found = ecp_h5_has(file->file, name);
    (void)snprintf(name, sizeof name, "%.240s/times", group);
    return found && ecp_h5_has(file->file, name);
}

int ecp_ragged_is(const struct ecp_dataset_place *place)
{
    struct ecp_h5_reader file = {0};
    if (!place->inside || !ecp_files_exists(place->file) || ecp_files_is_folder(place->file) ||
        H5Fis_hdf5(place->file) <= 0)
        return 0;
    if (ecp_h5_open(place->file, &file) != ECP_OK) {
        ecp_error_clear();
        return 0;
    }
    const int is = has_ragged(&file, place->inside + 1);
    ecp_h5_shut(&file);
    return is;
}

/* ---- what rows are ------------------------------------------------------------------------ */

/* Name of the list row_NAME as the table has it; NULL: there is none. */
static const char *row_column(const struct ragged *r, const char *name)
{
    for (size_t k = 0; k < r->table.n_columns; k++)
        if (strncmp(r->table.column[k], "row_", 4) == 0 &&
            strcmp(r->table.column[k] + 4, name) == 0)
            return r->table.column[k];
    return NULL;
}

static enum ecp_status load(struct ragged *r, const char *name, struct ecp_nwb_column *out)
{
    const char *column = row_column(r, name);
    int found = 0;
    enum ecp_status status = ECP_OK;
    if (column)
        status = ecp_nwb_column_load(&r->table, column, out, &found);
    if (status != ECP_OK || found)
        return status;
    return ecp_fail(ECP_ECONFIG, "%s: %s has no list row_%.60s with a value for each row",
                    r->file.path, r->table.path, name);
}

/* The first of `names` that there is. */
static enum ecp_status load_any(struct ragged *r, const char *const *names, size_t n,
                                struct ecp_nwb_column *out, int *found)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < n && !*found && status == ECP_OK; k++)
        if (row_column(r, names[k]))
            status = ecp_nwb_column_load(&r->table, row_column(r, names[k]), out, found);
    return status;
}

static enum ecp_status load_parts(struct ragged *r)
{
    const char *by = r->request->by, *copy;
    enum ecp_status status = ECP_OK;
    if (by) {
        ECP_TRY(ecp_pool_text(&r->pool, by, &copy));
        char *rest = NULL;
        for (char *name = strtok_r((char *)copy, "+", &rest); name && r->n_parts < MOST_PARTS;
             name = strtok_r(NULL, "+", &rest))
            ECP_TRY(load(r, name, &r->part[r->n_parts++]));
        goto done;
    }
    for (size_t k = 0; k < r->table.n_columns && r->n_parts < MOST_PARTS; k++) {
        const char *name = r->table.column[k];
        if (strncmp(name, "row_", 4) != 0 || (r->has_unit && strcmp(name, r->unit.name) == 0) ||
            (r->has_repeat && strcmp(name, r->repeat.name) == 0))
            continue;
        int found = 0;
        ECP_TRY(ecp_nwb_column_load(&r->table, name, &r->part[r->n_parts], &found));
        r->n_parts += found != 0;
    }
done:
    return status;
}

static enum ecp_status load_rows(struct ragged *r)
{
    static const char *const units[] = {"unit", "cell", "neuron"};
    static const char *const repeats[] = {"repeat", "trial"};
    enum ecp_status status;
    ECP_TRY(load_any(r, units, 3, &r->unit, &r->has_unit));
    ECP_TRY(load_any(r, repeats, 2, &r->repeat, &r->has_repeat));
    ECP_TRY(load_parts(r));
done:
    return status;
}

/* ---- conditions, units, trials ----------------------------------------------------------------
 */

/* Number of `word` among the n words so far; it is added where it is new. */
static enum ecp_status number_of(struct ecp_dataset *set, const char **list, size_t *n,
                                 const char *word, size_t *out)
{
    for (*out = 0; *out < *n; (*out)++)
        if (strcmp(list[*out], word) == 0)
            return ECP_OK;
    list[*n] = ecp_dataset_printf(set, "%s", word);
    return list[(*n)++] ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for %s", set->name);
}

static enum ecp_status name_rows(struct ragged *r)
{
    struct ecp_dataset *set = r->set;
    const size_t n = r->table.n_rows;
    const char **condition = ecp_dataset_alloc(set, n, sizeof *condition);
    const char **unit = ecp_dataset_alloc(set, n, sizeof *unit);
    enum ecp_status status = ECP_OK;
    if (!condition || !unit)
        return ecp_fail(ECP_ENOMEM, "no memory for %s", set->name);
    for (size_t k = 0; k < n; k++) {
        char name[ECP_NWB_WORD] = "", word[ECP_NWB_WORD] = "0";
        for (size_t p = 0; p < r->n_parts; p++) {
            const size_t used = strlen(name);
            ecp_nwb_word(&r->part[p], k, word);
            if (used + strlen(word) + 2 <= sizeof name) {
                name[used] = '_';
                memcpy(name + used + (p > 0), word, strlen(word) + 1);
            }
        }
        ECP_TRY(number_of(set, condition, &set->n_conditions, r->n_parts > 0 ? name : "spikes",
                          &r->condition_of[k]));
        (void)snprintf(word, sizeof word, "0");
        if (r->has_unit)
            ecp_nwb_word(&r->unit, k, word);
        ECP_TRY(number_of(set, unit, &set->n_units, word, &r->unit_of[k]));
    }
    set->condition = condition;
    set->unit = unit;
done:
    return status;
}

/* The k-th row of a unit under a condition is of the k-th trial of that condition. */
static enum ecp_status number_trials(struct ragged *r)
{
    struct ecp_dataset *set = r->set;
    const size_t n = r->table.n_rows, p = set->n_units;
    size_t *condition = ecp_dataset_alloc(set, n, sizeof *condition);
    size_t *repeat = ecp_dataset_alloc(set, n, sizeof *repeat);
    size_t *session = ecp_dataset_alloc(set, n, sizeof *session), *count, *first;
    enum ecp_status status;
    if (!condition || !repeat || !session)
        return ecp_fail(ECP_ENOMEM, "no memory for %s", set->name);
    ECP_TRY(ecp_pool_alloc(&r->pool, set->n_conditions * p, sizeof *count, &count));
    ECP_TRY(ecp_pool_alloc(&r->pool, set->n_conditions, sizeof *first, &first));
    for (size_t k = 0; k < n; k++)
        r->trial_of[k] = count[r->condition_of[k] * p + r->unit_of[k]]++;
    for (size_t c = 0; c < set->n_conditions; c++) {
        size_t most = 0;
        for (size_t u = 0; u < p; u++)
            most = count[c * p + u] > most ? count[c * p + u] : most;
        first[c] = set->n_trials;
        for (size_t k = 0; k < most; k++) {
            condition[set->n_trials] = c;
            repeat[set->n_trials++] = k;
        }
    }
    for (size_t k = 0; k < n; k++)
        r->trial_of[k] += first[r->condition_of[k]];
    set->trial_condition = condition;
    set->trial_repeat = repeat;
    set->trial_session = session;
done:
    return status;
}

/* ---- spikes ------------------------------------------------------------------------------------
 */

static enum ecp_status load_times(struct ragged *r)
{
    struct ecp_array array = {0};
    const char *unit = "seconds";
    enum ecp_status status;
    ECP_TRY(ecp_array_open(&r->file, r->table.group, "times", &array));
    (void)ecp_h5_get_text(array.dataset, "units", &r->pool, &unit);
    if (strcmp(unit, "seconds") != 0 && strcmp(unit, "s") != 0) {
        status = ecp_fail(ECP_ECONFIG, "%s: %s/times are in \"%.40s\"; seconds are allowed",
                          r->file.path, r->table.path, unit);
        goto done;
    }
    ECP_TRY(ecp_array_numbers(&array, &r->pool, &r->time));
    ECP_TRY(ecp_nwb_row_ends(&r->table, "times", array.count, &r->end));
    r->start = 0;
    r->stop = NAN;
    (void)ecp_h5_get_real(r->table.group, "t_start", &r->start);
    (void)ecp_h5_get_real(r->table.group, "t_stop", &r->stop);
    for (size_t k = 0; k < r->table.n_rows; k++)
        for (size_t i = k > 0 ? r->end[k - 1] : 0; i < r->end[k]; i++)
            if (!isfinite(r->time[i]) ||
                (i > (k > 0 ? r->end[k - 1] : 0) && r->time[i] < r->time[i - 1])) {
                status = ecp_fail(ECP_ECONFIG, "%s: %s: row %zu: times do not ascend", r->file.path,
                                  r->table.path, k);
                goto done;
            }
done:
    ecp_array_close(&array);
    return status;
}

static enum ecp_status respond(struct ragged *r)
{
    struct ecp_dataset *set = r->set;
    const size_t cells = set->n_trials * set->n_units;
    const double from = isnan(r->request->from) ? r->start * 1000 : r->request->from;
    const double to = isnan(r->request->to) ? r->stop * 1000 : r->request->to;
    enum ecp_status status;
    if (!(to > from))
        return ecp_fail(ECP_ECONFIG,
                        "%s: %s: where does a presentation end? --window says where spikes are "
                        "counted",
                        r->file.path, r->table.path);
    ECP_TRY(ecp_array_afford(r->file.path, "its responses (trials x units)", (double)cells * 24));
    double *response = ecp_dataset_alloc(set, cells, sizeof *response);
    struct ecp_train *train = ecp_dataset_alloc(set, cells, sizeof *train);
    if (!response || !train)
        return ecp_fail(ECP_ENOMEM, "no memory for the responses of %s", set->name);
    for (size_t k = 0; k < cells; k++)
        response[k] = NAN;
    for (size_t k = 0; k < r->table.n_rows; k++) {
        const size_t at = r->trial_of[k] * set->n_units + r->unit_of[k];
        const size_t first = k > 0 ? r->end[k - 1] : 0;
        double *time = ecp_dataset_alloc(set, r->end[k] - first, sizeof *time);
        size_t n = 0;
        if (!time)
            return ecp_fail(ECP_ENOMEM, "no memory for the spikes of %s", set->name);
        for (size_t i = first; i < r->end[k]; i++)
            if (r->time[i] >= from / 1000 && r->time[i] < to / 1000)
                time[n++] = r->time[i] * 1000;
        response[at] = (double)n / (to - from) * 1000;
        train[at] = (struct ecp_train){n, time};
    }
    set->response = response;
    set->response_unit = "Hz";
    set->train = r->request->keep_trains ? train : NULL;
    set->start = from;
    set->stop = to;
    status = ecp_dataset_average(set);
done:
    return status;
}

static enum ecp_status fill(struct ragged *r)
{
    const size_t n = r->table.n_rows;
    enum ecp_status status;
    ECP_TRY(ecp_pool_alloc(&r->pool, n, sizeof *r->condition_of, &r->condition_of));
    ECP_TRY(ecp_pool_alloc(&r->pool, n, sizeof *r->unit_of, &r->unit_of));
    ECP_TRY(ecp_pool_alloc(&r->pool, n, sizeof *r->trial_of, &r->trial_of));
    ECP_TRY(load_rows(r));
    ECP_TRY(load_times(r));
    ECP_TRY(name_rows(r));
    ECP_TRY(number_trials(r));
    status = respond(r);
done:
    return status;
}

enum ecp_status ecp_ragged_read(const struct ecp_dataset_place *place, struct ecp_dataset **out)
{
    struct ragged *r = calloc(1, sizeof *r);
    const struct ecp_dataset_request *request = place->request;
    struct ecp_array index = {0};
    enum ecp_status status;
    if (!r)
        return ecp_fail(ECP_ENOMEM, "no memory to read %s", place->file);
    r->request = request;
    ECP_TRY(ecp_h5_open(place->file, &r->file));
    ECP_TRY(ecp_nwb_table_open(&r->file, place->inside + 1, &r->pool, &r->table));
    ECP_TRY(ecp_array_open(&r->file, r->table.group, "times_index", &index));
    r->table.n_rows = index.count;
    ECP_TRY(ecp_dataset_create(request->name ? request->name : request->path, &r->set));
    r->set->source = ecp_dataset_printf(r->set, "%s", request->path);
    ECP_TRY(fill(r));
    *out = r->set;
    r->set = NULL;
done:
    ecp_array_close(&index);
    ecp_nwb_table_close(&r->table);
    ecp_dataset_destroy(r->set);
    ecp_h5_shut(&r->file);
    ecp_pool_clear(&r->pool);
    free(r);
    return status;
}
