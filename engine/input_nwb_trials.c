/* input_nwb_trials.c -- what was shown when: rows of a table of /intervals. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/arena.h"
#include "engine/input_nwb.h"

/* ---- trials ------------------------------------------------------------------------------------
 */

static enum ecp_status name_of_row(const struct ecp_nwb_trials *t, size_t row,
                                   char out[ECP_NWB_WORD])
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

static int is_missing(const struct ecp_nwb_column *column, size_t row)
{
    return column->word ? column->word[row][0] == '\0' : isnan(column->number[row]);
}

static int shows_nothing(const struct ecp_nwb_trials *t, size_t row)
{
    for (size_t k = 0; k < t->by.n_columns; k++)
        if (is_missing(&t->column[k], row))
            return 1;
    return 0;
}

/* A trial for each row in which something is shown, conditions as they come. */
static enum ecp_status sort_rows(struct ecp_nwb_trials *t, const char **condition, size_t *of_trial,
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
static enum ecp_status order_numbers(struct ecp_nwb_trials *t, const char **condition,
                                     size_t *of_trial)
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

static int equal_values(const struct ecp_nwb_column *column, size_t a, size_t b)
{
    return column->word ? strcmp(column->word[a], column->word[b]) == 0
                        : column->number[a] == column->number[b] ||
                              (isnan(column->number[a]) && isnan(column->number[b]));
}

/* Sessions by a column of that name, in the order in which they come. */
static enum ecp_status number_sessions(struct ecp_nwb_trials *t, size_t *session)
{
    const char *name = ecp_nwb_table_has(&t->table, "session") ? "session" : "session_id";
    const size_t n = t->nwb->set->n_trials;
    struct ecp_nwb_column column = {0};
    size_t n_sessions = 0, *first;
    enum ecp_status status = ECP_OK;
    if (!ecp_nwb_table_has(&t->table, name))
        return ECP_OK;
    ECP_TRY(ecp_nwb_load_named(t, name, &column));
    ECP_TRY(ecp_pool_alloc(t->nwb->pool, n, sizeof *first, &first));
    for (size_t k = 0; k < n; k++) {
        size_t s = 0;
        while (s < n_sessions && !equal_values(&column, t->row[k], first[s]))
            s++;
        if (s == n_sessions)
            first[n_sessions++] = t->row[k];
        session[k] = s;
    }
done:
    return status;
}

static enum ecp_status make_trials(struct ecp_nwb_trials *t)
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
        ECP_TRY(ecp_nwb_load_named(t, t->by.column[k], &t->column[k]));
    ECP_TRY(sort_rows(t, condition, of_trial, repeat, n_repeats));
    ECP_TRY(order_numbers(t, condition, of_trial));
    set->condition = condition;
    set->trial_condition = of_trial;
    set->trial_repeat = repeat;
    set->trial_session = session;
    status = number_sessions(t, session);
done:
    return status;
}

/* ---- times ------------------------------------------------------------------------------------
 */

static const char *onset_column(const struct ecp_nwb_trials *t)
{
    static const char *const usual[] = {"stimulus_onset", "stimulus_onset_time", "stim_onset"};
    if (t->by.onset)
        return t->by.onset;
    for (size_t k = 0; k < sizeof usual / sizeof usual[0]; k++)
        if (ecp_nwb_table_has(&t->table, usual[k]))
            return usual[k];
    return "start_time";
}

static enum ecp_status read_times(struct ecp_nwb_trials *t)
{
    struct ecp_nwb *nwb = t->nwb;
    const char *name = onset_column(t);
    const double *start, *onset, *stop = NULL;
    const size_t n = nwb->set->n_trials;
    enum ecp_status status;
    ECP_TRY(ecp_nwb_load_numbers(t, "start_time", &start));
    ECP_TRY(ecp_nwb_load_numbers(t, name, &onset));
    if (ecp_nwb_table_has(&t->table, "stop_time"))
        ECP_TRY(ecp_nwb_load_numbers(t, "stop_time", &stop));
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

/* A column that is the same in all trials of a condition is a property of it. */
static enum ecp_status add_label(struct ecp_nwb_trials *t, const struct ecp_nwb_column *column,
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

static enum ecp_status read_labels(struct ecp_nwb_trials *t)
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
        if (ecp_nwb_is_time(name) || strcmp(name, onset_column(t)) == 0 ||
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
    struct ecp_nwb_trials t = {.nwb = nwb};
    enum ecp_status status;
    nwb->first = nwb->last = NAN;
    ECP_TRY(ecp_nwb_find_columns(&t));
    if (!t.table.file)
        goto done;
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
