/* input_nwb_columns.c -- which table of /intervals says what was shown when, and which of its
 * columns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/input_nwb.h"
#include "engine/names.h"

enum { MOST_TABLES = 64 };

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

static enum ecp_status parse_by(struct ecp_nwb *nwb, struct ecp_nwb_by *by)
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
        if (by->n_columns == ECP_NWB_PARTS)
            return ecp_fail(ECP_ECONFIG, "--by %s: more than %d columns", nwb->request->by,
                            ECP_NWB_PARTS);
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

static enum ecp_status open_table(struct ecp_nwb_trials *t, const char *name)
{
    const char *path;
    enum ecp_status status;
    ecp_nwb_table_close(&t->table);
    ECP_TRY(ecp_pool_print(t->nwb->pool, &path, "intervals/%s", name));
    status = ecp_nwb_table_open(t->nwb->file, path, t->nwb->pool, &t->table);
done:
    return status;
}

static int has_columns(const struct ecp_nwb_trials *t)
{
    for (size_t k = 0; k < t->by.n_columns; k++)
        if (!ecp_nwb_table_has(&t->table, t->by.column[k]))
            return 0;
    return 1;
}

/* The first table that has the columns; without columns the likeliest. */
static enum ecp_status choose_table(struct ecp_nwb_trials *t, const char *const *name, size_t n)
{
    struct ecp_nwb_by *by = &t->by;
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

int ecp_nwb_is_time(const char *name)
{
    static const char *const names[] = {"start_time", "stop_time", "timeseries", "session",
                                        "session_id"};
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
        if (strcmp(name, names[k]) == 0)
            return 1;
    return 0;
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
static enum ecp_status guess_column(struct ecp_nwb_trials *t)
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
        if (ecp_nwb_is_time(t->table.column[k]))
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

static enum ecp_status no_column(const struct ecp_nwb_trials *t, const char *name)
{
    char allowed[ECP_NWB_ALLOWED];
    return ecp_fail(ECP_ECONFIG, "%s: %s has no column \"%.60s\" of numbers or texts; %s",
                    t->nwb->file->path, t->table.path, name,
                    ecp_nwb_allowed(allowed, name, t->table.column, t->table.n_columns));
}

enum ecp_status ecp_nwb_load_named(const struct ecp_nwb_trials *t, const char *name,
                                   struct ecp_nwb_column *out)
{
    int found = 0;
    const enum ecp_status status = ecp_nwb_table_has(&t->table, name)
                                       ? ecp_nwb_column_load(&t->table, name, out, &found)
                                       : ECP_OK;
    return status != ECP_OK || found ? status : no_column(t, name);
}

enum ecp_status ecp_nwb_load_numbers(const struct ecp_nwb_trials *t, const char *name,
                                     const double **out)
{
    struct ecp_nwb_column column = {0};
    const enum ecp_status status = ecp_nwb_load_named(t, name, &column);
    if (status == ECP_OK && !column.number)
        return ecp_fail(ECP_ECONFIG, "%s: %s/%s holds texts; times in s are needed",
                        t->nwb->file->path, t->table.path, name);
    *out = column.number;
    return status;
}

enum ecp_status ecp_nwb_find_columns(struct ecp_nwb_trials *t)
{
    const char *name[MOST_TABLES];
    const struct ecp_nwb *nwb = t->nwb;
    size_t n = 0;
    enum ecp_status status;
    ECP_TRY(parse_by(t->nwb, &t->by));
    ECP_TRY(list_tables(t->nwb, name, &n));
    if (n == 0 && nwb->request->by)
        status = ecp_fail(ECP_ECONFIG,
                          "%s: has no trials (no table in /intervals), so that nothing can be "
                          "told apart by \"%.60s\"",
                          nwb->file->path, nwb->request->by);
    if (n == 0)
        goto done;
    ECP_TRY(choose_table(t, name, n));
    if (t->by.n_columns == 0)
        status = guess_column(t);
done:
    return status;
}
