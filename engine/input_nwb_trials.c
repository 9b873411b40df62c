/* input_nwb_trials.c -- what was shown when: a table of /intervals, by one of its columns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/arena.h"
#include "engine/input_nwb.h"
#include "engine/names.h"

enum { MOST_TABLES = 64, MOST_PARTS = 8 };

/* "TABLE/COLUMN+COLUMN@ONSET", each part but one left out. */
struct by {
    const char *table, *onset;
    const char *column[MOST_PARTS];
    size_t n_columns;
};

struct trials {
    struct ecp_nwb *nwb;
    struct by by;
    struct ecp_nwb_table table;
    struct ecp_nwb_column column[MOST_PARTS];
    struct ecp_nwb_column session;
    size_t *row;  /* of each trial */
    size_t *show; /* of each condition: its first row */
};

/* ---- what is asked for ------------------------------------------------------------------- */

const char *ecp_nwb_allowed(char out[ECP_NWB_ALLOWED], const char *wrong, const char *const *names,
                            size_t n)
{
    const char *near = ecp_names_nearest(wrong, names, n);
    size_t used = 0;
    out[0] = '\0';
    if (near)
        (void)snprintf(out, ECP_NWB_ALLOWED, "did you mean \"%.60s\"? ", near);
    used = strlen(out);
    (void)snprintf(out + used, ECP_NWB_ALLOWED - used, "allowed: ");
    for (size_t k = 0; k < n; k++) {
        used = strlen(out);
        if (used + 80 > ECP_NWB_ALLOWED) {
            (void)snprintf(out + used, ECP_NWB_ALLOWED - used, " ...");
            break;
        }
        (void)snprintf(out + used, ECP_NWB_ALLOWED - used, "%s%.60s", k > 0 ? ", " : "", names[k]);
    }
    if (n == 0)
        (void)snprintf(out, ECP_NWB_ALLOWED, "there is none");
    return out;
}

static enum ecp_status parse_by(struct ecp_nwb *nwb, struct by *by)
{
    const char *copy = NULL;
    enum ecp_status status = ECP_OK;
    if (!nwb->request->by)
        return ECP_OK;
    ECP_TRY(ecp_pool_text(nwb->pool, nwb->request->by, &copy));
    char *text = (char *)copy, *at = strchr(text, '@'), *slash;
    if (at) {
        *at = '\0';
        by->onset = at + 1;
    }
    slash = strchr(text, '/');
    if (slash) {
        *slash = '\0';
        by->table = text;
        text = slash + 1;
    }
    char *rest = NULL;
    for (char *part = strtok_r(text, "+", &rest); part; part = strtok_r(NULL, "+", &rest)) {
        if (by->n_columns == MOST_PARTS)
            return ecp_fail(ECP_ECONFIG, "--by %s: more than %d columns", nwb->request->by,
                            MOST_PARTS);
        by->column[by->n_columns++] = part;
    }
done:
    return status;
}

/* ---- which table --------------------------------------------------------------------------- */

static int rank_of(const char *name)
{
    const char *end = strstr(name, "_presentations");
    if (strcmp(name, "trials") == 0)
        return 0;
    if (end && end[strlen("_presentations")] == '\0')
        return 1;
    return strcmp(name, "epochs") == 0 ? 2 : strcmp(name, "invalid_times") == 0 ? 4 : 3;
}

/* Names of the tables, the likeliest first. */
static enum ecp_status list_tables(struct ecp_nwb *nwb, const char **name, size_t *n)
{
    hid_t group = H5I_INVALID_HID;
    enum ecp_status status = ECP_OK;
    *n = 0;
    if (!ecp_h5_is_group(nwb->file->file, "intervals"))
        return ECP_OK;
    ECP_TRY(ecp_h5_open_group(nwb->file, nwb->file->file, "intervals", &group));
    const hsize_t links = ecp_h5_links(group);
    for (hsize_t k = 0; k < links && *n < MOST_TABLES; k++) {
        char text[ECP_H5_NAME];
        ECP_TRY(ecp_h5_link(nwb->file, group, k, text));
        if (!ecp_h5_is_group(group, text))
            continue;
        size_t i = (*n)++;
        for (; i > 0 && rank_of(name[i - 1]) > rank_of(text); i--)
            name[i] = name[i - 1];
        ECP_TRY(ecp_pool_text(nwb->pool, text, &name[i]));
    }
done:
    ecp_h5_close(group);
    return status;
}

static enum ecp_status open_table(struct trials *t, const char *name)
{
    const char *path;
    enum ecp_status status;
    ecp_nwb_table_close(&t->table);
    ECP_TRY(ecp_pool_print(t->nwb->pool, &path, "intervals/%s", name));
    status = ecp_nwb_table_open(t->nwb->file, path, t->nwb->pool, &t->table);
done:
    return status;
}

static int has_columns(const struct trials *t)
{
    for (size_t k = 0; k < t->by.n_columns; k++)
        if (!ecp_nwb_table_has(&t->table, t->by.column[k]))
            return 0;
    return 1;
}

/* The first table that has the columns; without columns the likeliest. */
static enum ecp_status choose_table(struct trials *t, const char *const *name, size_t n)
{
    struct by *by = &t->by;
    char allowed[ECP_NWB_ALLOWED];
    for (size_t k = 0; by->n_columns == 1 && !by->table && k < n; k++)
        if (strcmp(name[k], by->column[0]) == 0) {
            by->table = name[k];
            by->n_columns = 0;
        }
    for (size_t k = 0; k < n; k++) {
        if (by->table && strcmp(by->table, name[k]) != 0)
            continue;
        const enum ecp_status status = open_table(t, name[k]);
        if (status != ECP_OK || has_columns(t) || by->table)
            return status;
    }
    if (by->table)
        return ecp_fail(ECP_ECONFIG, "%s: there is no table intervals/%.60s; %s",
                        t->nwb->file->path, by->table,
                        ecp_nwb_allowed(allowed, by->table, name, n));
    return open_table(t, name[0]);
}

/* ---- which columns --------------------------------------------------------------------------- */

static int is_time(const char *name)
{
    static const char *const names[] = {"start_time", "stop_time", "timeseries", "session",
                                        "session_id"};
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
        if (strcmp(name, names[k]) == 0)
            return 1;
    return 0;
}

static int is_missing(const struct ecp_nwb_column *column, size_t row)
{
    return column->word ? column->word[row][0] == '\0' : isnan(column->number[row]);
}

/* Texts or whole numbers, some of which come again. */
static int may_be_shown(const struct ecp_nwb_column *column, size_t n)
{
    size_t again = 0;
    for (size_t k = 0; column->number && k < n; k++)
        if (column->number[k] != floor(column->number[k]))
            return 0;
    for (size_t k = 1; k < n && again == 0; k++)
        for (size_t j = k > 1000 ? k - 1000 : 0; j < k && again == 0; j++)
            again += column->word ? strcmp(column->word[k], column->word[j]) == 0
                                  : column->number[k] == column->number[j];
    return again > 0 || n == 1;
}

/* The column when none is named: one of a usual name, or the only one that may be it. */
static enum ecp_status guess_column(struct trials *t)
{
    static const char *const usual[] = {"stimulus",   "stimulus_name", "stimulus_id", "condition",
                                        "image",      "image_name",    "image_id",    "stim_name",
                                        "trial_type", "tags"};
    const char *name[ECP_TABLE_COLUMNS];
    char allowed[ECP_NWB_ALLOWED];
    size_t n = 0;
    for (size_t k = 0; k < sizeof usual / sizeof usual[0]; k++)
        if (ecp_nwb_table_has(&t->table, usual[k])) {
            t->by.column[t->by.n_columns++] = usual[k];
            return ECP_OK;
        }
    for (size_t k = 0; k < t->table.n_columns; k++) {
        struct ecp_nwb_column column;
        int found = 0;
        if (is_time(t->table.column[k]))
            continue;
        const enum ecp_status status =
            ecp_nwb_column_load(&t->table, t->table.column[k], &column, &found);
        if (status != ECP_OK)
            return status;
        if (found && may_be_shown(&column, t->table.n_rows))
            name[n++] = t->table.column[k];
    }
    if (n > 1)
        return ecp_fail(ECP_ECONFIG,
                        "%s: which column of %s says what was shown? --by names one; %s",
                        t->nwb->file->path, t->table.path, ecp_nwb_allowed(allowed, "", name, n));
    if (n == 1)
        t->by.column[t->by.n_columns++] = name[0];
    return ECP_OK;
}

static enum ecp_status no_column(const struct trials *t, const char *name)
{
    char allowed[ECP_NWB_ALLOWED];
    return ecp_fail(ECP_ECONFIG, "%s: %s has no column \"%.60s\" of numbers or texts; %s",
                    t->nwb->file->path, t->table.path, name,
                    ecp_nwb_allowed(allowed, name, t->table.column, t->table.n_columns));
}

static enum ecp_status load_named(const struct trials *t, const char *name,
                                  struct ecp_nwb_column *out)
{
    int found = 0;
    const enum ecp_status status = ecp_nwb_table_has(&t->table, name)
                                       ? ecp_nwb_column_load(&t->table, name, out, &found)
                                       : ECP_OK;
    return status != ECP_OK || found ? status : no_column(t, name);
}

static enum ecp_status load_numbers(const struct trials *t, const char *name, const double **out)
{
    struct ecp_nwb_column column = {0};
    const enum ecp_status status = load_named(t, name, &column);
    if (status == ECP_OK && !column.number)
        return ecp_fail(ECP_ECONFIG, "%s: %s/%s holds texts; times in s are needed",
                        t->nwb->file->path, t->table.path, name);
    *out = column.number;
    return status;
}

/* ---- trials ------------------------------------------------------------------------------------
 */

static enum ecp_status name_of_row(const struct trials *t, size_t row, char out[ECP_NWB_WORD])
{
    out[0] = '\0';
    for (size_t k = 0; k < t->by.n_columns; k++) {
        char one[ECP_NWB_WORD];
        const size_t used = strlen(out);
        ecp_nwb_word(&t->column[k], row, one);
        if (used + strlen(one) + 2 > ECP_NWB_WORD)
            return ecp_fail(ECP_ECONFIG, "%s: %s: row %zu: a name longer than %d letters",
                            t->nwb->file->path, t->table.path, row, ECP_NWB_WORD - 2);
        if (k > 0)
            out[used] = '_';
        memcpy(out + used + (k > 0), one, strlen(one) + 1);
    }
    if (t->by.n_columns == 0)
        (void)snprintf(out, ECP_NWB_WORD, "%s", t->table.path + strlen("intervals/"));
    return ECP_OK;
}

static int shows_nothing(const struct trials *t, size_t row)
{
    for (size_t k = 0; k < t->by.n_columns; k++)
        if (is_missing(&t->column[k], row))
            return 1;
    return 0;
}

/* A trial for each row in which something is shown, conditions as they come. */
static enum ecp_status sort_rows(struct trials *t, const char **condition, size_t *of_trial,
                                 size_t *repeat, size_t *n_repeats)
{
    struct ecp_dataset *set = t->nwb->set;
    for (size_t r = 0; r < t->table.n_rows; r++) {
        char name[ECP_NWB_WORD];
        if (shows_nothing(t, r))
            continue;
        const enum ecp_status status = name_of_row(t, r, name);
        if (status != ECP_OK)
            return status;
        size_t c = 0;
        while (c < set->n_conditions && strcmp(condition[c], name) != 0)
            c++;
        if (c == set->n_conditions) {
            condition[c] = ecp_dataset_printf(set, "%s", name);
            if (!condition[c])
                return ecp_fail(ECP_ENOMEM, "no memory for the conditions of %s", set->name);
            t->show[c] = r;
            set->n_conditions++;
        }
        of_trial[set->n_trials] = c;
        repeat[set->n_trials] = n_repeats[c]++;
        t->row[set->n_trials++] = r;
    }
    return ECP_OK;
}

/* Conditions that are numbers, in ascending order. */
static enum ecp_status order_numbers(struct trials *t, const char **condition, size_t *of_trial)
{
    struct ecp_dataset *set = t->nwb->set;
    const size_t n = set->n_conditions;
    const double *number = t->column[0].number;
    size_t *order, *place;
    enum ecp_status status = ECP_OK;
    const char **name;
    if (t->by.n_columns != 1 || !number)
        return ECP_OK;
    ECP_TRY(ecp_pool_alloc(t->nwb->pool, n, sizeof *order, &order));
    ECP_TRY(ecp_pool_alloc(t->nwb->pool, n, sizeof *place, &place));
    ECP_TRY(ecp_pool_alloc(t->nwb->pool, n, sizeof *name, &name));
    for (size_t k = 0; k < n; k++) {
        size_t i = k;
        for (; i > 0 && number[t->show[order[i - 1]]] > number[t->show[k]]; i--)
            order[i] = order[i - 1];
        order[i] = k;
    }
    for (size_t k = 0; k < n; k++) {
        place[order[k]] = k;
        name[k] = condition[order[k]];
    }
    memcpy(condition, name, n * sizeof *name);
    for (size_t k = 0; k < n; k++)
        order[k] = t->show[order[k]];
    memcpy(t->show, order, n * sizeof *order);
    for (size_t k = 0; k < set->n_trials; k++)
        of_trial[k] = place[of_trial[k]];
done:
    return status;
}

static enum ecp_status make_trials(struct trials *t)
{
    struct ecp_dataset *set = t->nwb->set;
    const size_t n = t->table.n_rows;
    const char **condition = ecp_dataset_alloc(set, n, sizeof *condition);
    size_t *of_trial = ecp_dataset_alloc(set, n, sizeof *of_trial);
    size_t *repeat = ecp_dataset_alloc(set, n, sizeof *repeat);
    size_t *session = ecp_dataset_alloc(set, n, sizeof *session), *n_repeats;
    enum ecp_status status;
    if (!condition || !of_trial || !repeat || !session)
        return ecp_fail(ECP_ENOMEM, "no memory for the trials of %s", set->name);
    ECP_TRY(ecp_pool_alloc(t->nwb->pool, n, sizeof *n_repeats, &n_repeats));
    ECP_TRY(ecp_pool_alloc(t->nwb->pool, n, sizeof *t->row, &t->row));
    ECP_TRY(ecp_pool_alloc(t->nwb->pool, n, sizeof *t->show, &t->show));
    for (size_t k = 0; k < t->by.n_columns; k++)
        ECP_TRY(load_named(t, t->by.column[k], &t->column[k]));
    ECP_TRY(sort_rows(t, condition, of_trial, repeat, n_repeats));
    ECP_TRY(order_numbers(t, condition, of_trial));
    set->condition = condition;
    set->trial_condition = of_trial;
    set->trial_repeat = repeat;
    set->trial_session = session;
    const char *name = ecp_nwb_table_has(&t->table, "session") ? "session" : "session_id";
    if (ecp_nwb_table_has(&t->table, name)) {
        size_t n_sessions = 0, *first;
        ECP_TRY(load_named(t, name, &t->session));
        ECP_TRY(ecp_pool_alloc(t->nwb->pool, n, sizeof *first, &first));
        for (size_t k = 0; k < set->n_trials; k++) {
            char one[ECP_NWB_WORD], other[ECP_NWB_WORD];
            size_t s = 0;
            ecp_nwb_word(&t->session, t->row[k], one);
            for (; s < n_sessions; s++) {
                ecp_nwb_word(&t->session, first[s], other);
                if (strcmp(one, other) == 0)
                    break;
            }
            if (s == n_sessions)
                first[n_sessions++] = t->row[k];
            session[k] = s;
        }
    }
done:
    return status;
}

/* ---- times ------------------------------------------------------------------------------------
 */

static const char *onset_column(const struct trials *t)
{
    static const char *const usual[] = {"stimulus_onset", "stimulus_onset_time", "stim_onset"};
    if (t->by.onset)
        return t->by.onset;
    for (size_t k = 0; k < sizeof usual / sizeof usual[0]; k++)
        if (ecp_nwb_table_has(&t->table, usual[k]))
            return usual[k];
    return "start_time";
}

static enum ecp_status read_times(struct trials *t)
{
    struct ecp_nwb *nwb = t->nwb;
    const char *name = onset_column(t);
    const double *start, *onset, *stop = NULL;
    const size_t n = nwb->set->n_trials;
    enum ecp_status status;
    ECP_TRY(load_numbers(t, "start_time", &start));
    ECP_TRY(load_numbers(t, name, &onset));
    if (ecp_nwb_table_has(&t->table, "stop_time"))
        ECP_TRY(load_numbers(t, "stop_time", &stop));
    ECP_TRY(ecp_pool_alloc(nwb->pool, n, sizeof *nwb->onset, &nwb->onset));
    ECP_TRY(ecp_pool_alloc(nwb->pool, n, sizeof *nwb->stop, &nwb->stop));
    for (size_t k = 0; k < n; k++) {
        const size_t r = t->row[k];
        nwb->onset[k] = onset[r];
        nwb->stop[k] = stop ? stop[r] : NAN;
        if (!isfinite(onset[r]) || !isfinite(start[r]))
            return ecp_fail(ECP_ECONFIG, "%s: %s: row %zu: %s is %g; a time in s is needed",
                            nwb->file->path, t->table.path, r, name, onset[r]);
        if (nwb->stop[k] < start[r] || isinf(nwb->stop[k]))
            return ecp_fail(ECP_ECONFIG, "%s: %s: row %zu ends (%g s) before it begins (%g s)",
                            nwb->file->path, t->table.path, r, nwb->stop[k], start[r]);
        nwb->first = fmin(nwb->first, fmin(start[r], onset[r]));
        nwb->last = fmax(nwb->last, fmax(onset[r], nwb->stop[k]));
    }
    const char *with = strcmp(name, "start_time") == 0 ? "" : ", from ";
    nwb->set->source = ecp_dataset_printf(nwb->set, "%s, %s%s%s", nwb->file->path, t->table.path,
                                          with, *with ? name : "");
done:
    return status;
}

/* ---- labels ------------------------------------------------------------------------------------
 */

static int equal_values(const struct ecp_nwb_column *column, size_t a, size_t b)
{
    return column->word ? strcmp(column->word[a], column->word[b]) == 0
                        : column->number[a] == column->number[b] ||
                              (isnan(column->number[a]) && isnan(column->number[b]));
}

/* A column that is the same in all trials of a condition is a property of it. */
static enum ecp_status add_label(struct trials *t, const struct ecp_nwb_column *column,
                                 struct ecp_label *label)
{
    struct ecp_dataset *set = t->nwb->set;
    for (size_t k = 0; k < set->n_trials; k++)
        if (!equal_values(column, t->row[k], t->show[set->trial_condition[k]]))
            return ECP_OK;
    const char **word = ecp_dataset_alloc(set, set->n_conditions, sizeof *word);
    double *number = ecp_dataset_alloc(set, set->n_conditions, sizeof *number);
    int fine = word && number;
    for (size_t c = 0; fine && c < set->n_conditions; c++) {
        if (column->number)
            number[c] = column->number[t->show[c]];
        else
            fine = (word[c] = ecp_dataset_printf(set, "%s", column->word[t->show[c]])) != NULL;
    }
    const char *name = ecp_dataset_printf(set, "%s", column->name);
    if (!fine || !name)
        return ecp_fail(ECP_ENOMEM, "no memory for the labels of %s", set->name);
    label[set->n_condition_labels++] = (struct ecp_label){.name = name,
                                                          .number = column->number ? number : NULL,
                                                          .word = column->number ? NULL : word};
    return ECP_OK;
}

static enum ecp_status read_labels(struct trials *t)
{
    struct ecp_dataset *set = t->nwb->set;
    struct ecp_label *label = ecp_dataset_alloc(set, t->table.n_columns, sizeof *label);
    enum ecp_status status = ECP_OK;
    if (!label)
        return ecp_fail(ECP_ENOMEM, "no memory for the labels of %s", set->name);
    for (size_t k = 0; k < t->table.n_columns; k++) {
        const char *name = t->table.column[k];
        struct ecp_nwb_column column;
        int found = 0;
        if (is_time(name) || strcmp(name, onset_column(t)) == 0 ||
            (t->by.n_columns == 1 && strcmp(name, t->by.column[0]) == 0))
            continue;
        ECP_TRY(ecp_nwb_column_load(&t->table, name, &column, &found));
        if (found)
            ECP_TRY(add_label(t, &column, label));
    }
    set->condition_label = label;
done:
    return status;
}

enum ecp_status ecp_nwb_read_trials(struct ecp_nwb *nwb)
{
    struct trials t = {.nwb = nwb};
    const char *name[MOST_TABLES];
    size_t n = 0;
    enum ecp_status status;
    nwb->first = nwb->last = NAN;
    ECP_TRY(parse_by(nwb, &t.by));
    ECP_TRY(list_tables(nwb, name, &n));
    if (n == 0) {
        if (nwb->request->by)
            status = ecp_fail(ECP_ECONFIG,
                              "%s: has no trials (no table in /intervals), so that "
                              "nothing can be told apart by \"%.60s\"",
                              nwb->file->path, nwb->request->by);
        goto done;
    }
    ECP_TRY(choose_table(&t, name, n));
    if (t.by.n_columns == 0)
        ECP_TRY(guess_column(&t));
    ECP_TRY(make_trials(&t));
    if (nwb->set->n_trials == 0) {
        status = ecp_fail(ECP_ECONFIG, "%s: %s has no trials in which something was shown",
                          nwb->file->path, t.table.path);
        goto done;
    }
    ECP_TRY(read_times(&t));
    status = read_labels(&t);
done:
    ecp_nwb_table_close(&t.table);
    return status;
}
