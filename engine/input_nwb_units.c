/* input_nwb_units.c -- /units of an NWB file: which of them, their names and labels. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/arena.h"
#include "engine/input_nwb.h"

enum { MOST_LABELS = 64 };

struct units {
    struct ecp_nwb *nwb;
    struct ecp_nwb_table table;
    size_t n_columns;
    struct ecp_nwb_column column[MOST_LABELS]; /* one value for each row of the table */
    size_t *row;                               /* set->n_units */
};

/* ---- where they are ----------------------------------------------------------------------- */

static int is_units(hid_t at, const char *path, struct ecp_pool *pool)
{
    const char *type = "";
    if (!ecp_h5_is_group(at, path))
        return 0;
    const hid_t group = H5Gopen2(at, path, H5P_DEFAULT);
    (void)ecp_h5_get_text(group, "neurodata_type", pool, &type);
    ecp_h5_close(group);
    return strcmp(type, "Units") == 0;
}

/* "units", or the first table of units of a processing module. */
static enum ecp_status find_units(struct ecp_nwb *nwb, const char **path)
{
    const hid_t file = nwb->file->file;
    hid_t modules = H5I_INVALID_HID, module = H5I_INVALID_HID;
    enum ecp_status status = ECP_OK;
    *path = "units";
    if (ecp_h5_is_group(file, "units") || !ecp_h5_is_group(file, "processing"))
        return ECP_OK;
    ECP_TRY(ecp_h5_open_group(nwb->file, file, "processing", &modules));
    const hsize_t n = ecp_h5_links(modules);
    for (hsize_t k = 0; k < n; k++) {
        char name[ECP_H5_NAME], table[ECP_H5_NAME];
        ECP_TRY(ecp_h5_link(nwb->file, modules, k, name));
        if (!ecp_h5_is_group(modules, name))
            continue;
        ECP_TRY(ecp_h5_open_group(nwb->file, modules, name, &module));
        const hsize_t inside = ecp_h5_links(module);
        for (hsize_t j = 0; j < inside; j++) {
            ECP_TRY(ecp_h5_link(nwb->file, module, j, table));
            if (is_units(module, table, nwb->pool)) {
                status = ecp_pool_print(nwb->pool, path, "processing/%s/%s", name, table);
                goto done;
            }
        }
        ecp_h5_close(module);
        module = H5I_INVALID_HID;
    }
done:
    ecp_h5_close(module);
    ecp_h5_close(modules);
    return status;
}

/* ---- columns -----------------------------------------------------------------------------------
 */

static int is_data(const char *name)
{
    static const char *const names[] = {"spike_times",    "obs_intervals", "waveform_mean",
                                        "waveform_sd",    "waveforms",     "electrodes",
                                        "electrode_group"};
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
        if (strcmp(name, names[k]) == 0)
            return 1;
    return strncmp(name, "spike_amplitudes", strlen("spike_amplitudes")) == 0;
}

static enum ecp_status read_columns(struct units *u)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < u->table.n_columns && u->n_columns < MOST_LABELS; k++) {
        char index[ECP_H5_NAME];
        int found = 0;
        (void)snprintf(index, sizeof index, "%.240s_index", u->table.column[k]);
        if (is_data(u->table.column[k]) || ecp_h5_has(u->table.group, index))
            continue;
        ECP_TRY(
            ecp_nwb_column_load(&u->table, u->table.column[k], &u->column[u->n_columns], &found));
        u->n_columns += found != 0;
    }
done:
    return status;
}

/* Row of the table of electrodes that each unit is seen on (the first); -1: none. */
static enum ecp_status electrode_rows(struct units *u, const struct ecp_nwb_table *electrodes,
                                      double **out)
{
    struct ecp_array array = {0};
    double *flat;
    size_t *end;
    enum ecp_status status;
    ECP_TRY(ecp_array_open(u->nwb->file, u->table.group, "electrodes", &array));
    ECP_TRY(ecp_array_numbers(&array, u->nwb->pool, &flat));
    ECP_TRY(ecp_nwb_row_ends(&u->table, "electrodes", array.count, &end));
    ECP_TRY(ecp_pool_alloc(u->nwb->pool, u->table.n_rows, sizeof **out, out));
    for (size_t k = 0; k < u->table.n_rows; k++) {
        const size_t first = k > 0 ? end[k - 1] : 0;
        const double row = end[k] > first ? flat[first] : -1;
        (*out)[k] = row >= 0 && row < (double)electrodes->n_rows ? row : -1;
    }
done:
    ecp_array_close(&array);
    return status;
}

/* Where the unit's electrode is, as columns of the units that lack them. */
static enum ecp_status read_electrodes(struct units *u)
{
    static const char *const names[] = {"x", "y", "z", "location", "group_name"};
    static const char *const path = "general/extracellular_ephys/electrodes";
    struct ecp_nwb_table electrodes = {0};
    double *row;
    enum ecp_status status = ECP_OK;
    if (!ecp_nwb_table_has(&u->table, "electrodes") || !ecp_h5_is_group(u->nwb->file->file, path))
        return ECP_OK;
    ECP_TRY(ecp_nwb_table_open(u->nwb->file, path, u->nwb->pool, &electrodes));
    ECP_TRY(electrode_rows(u, &electrodes, &row));
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        struct ecp_nwb_column column = {0};
        int found = 0;
        if (ecp_nwb_table_has(&u->table, names[k]) || u->n_columns == MOST_LABELS ||
            !ecp_nwb_table_has(&electrodes, names[k]))
            continue;
        ECP_TRY(ecp_nwb_column_load(&electrodes, names[k], &column, &found));
        if (!found)
            continue;
        double *number;
        const char **word;
        ECP_TRY(ecp_pool_alloc(u->nwb->pool, u->table.n_rows, sizeof *number, &number));
        ECP_TRY(ecp_pool_alloc(u->nwb->pool, u->table.n_rows, sizeof *word, &word));
        for (size_t i = 0; i < u->table.n_rows; i++) {
            number[i] = column.number && row[i] >= 0 ? column.number[(size_t)row[i]] : NAN;
            word[i] = column.word && row[i] >= 0 ? column.word[(size_t)row[i]] : "";
        }
        u->column[u->n_columns++] = (struct ecp_nwb_column){.name = names[k],
                                                            .number = column.number ? number : NULL,
                                                            .word = column.number ? NULL : word};
    }
done:
    ecp_nwb_table_close(&electrodes);
    return status;
}

/* ---- which of them ----------------------------------------------------------------------------
 */

/* Is row `r` one of "VALUE" or "COLUMN=VALUE"? */
static int is_asked(const struct units *u, const char *asked, size_t r)
{
    const char *equals = strchr(asked, '=');
    for (size_t k = 0; k < u->n_columns; k++) {
        const struct ecp_nwb_column *column = &u->column[k];
        char word[ECP_NWB_WORD];
        if (equals ? strncmp(column->name, asked, (size_t)(equals - asked)) != 0 ||
                         column->name[equals - asked] != '\0'
                   : column->word == NULL)
            continue;
        ecp_nwb_word(column, r, word);
        if (strcmp(word, equals ? equals + 1 : asked) == 0)
            return 1;
    }
    return 0;
}

static enum ecp_status no_such_units(const struct units *u, const char *asked)
{
    const char *names[ECP_TABLE_COLUMNS];
    char allowed[ECP_NWB_ALLOWED];
    size_t n = 0;
    for (size_t k = 0; k < u->n_columns; k++)
        for (size_t r = 0; u->column[k].word && r < u->table.n_rows && n < 32; r++) {
            size_t j = 0;
            while (j < n && strcmp(names[j], u->column[k].word[r]) != 0)
                j++;
            if (j == n && u->column[k].word[r][0])
                names[n++] = u->column[k].word[r];
        }
    return ecp_fail(ECP_ECONFIG,
                    "%s: no unit is of population \"%.60s\" (a value of a column of units, or "
                    "COLUMN=VALUE); %s",
                    u->nwb->file->path, asked, ecp_nwb_allowed(allowed, asked, names, n));
}

static enum ecp_status choose_units(struct units *u)
{
    const char *asked = u->nwb->request->population;
    enum ecp_status status;
    ECP_TRY(ecp_pool_alloc(u->nwb->pool, u->table.n_rows, sizeof *u->row, &u->row));
    for (size_t r = 0; r < u->table.n_rows; r++)
        if (!asked || is_asked(u, asked, r))
            u->row[u->nwb->set->n_units++] = r;
    if (asked && u->nwb->set->n_units == 0)
        status = no_such_units(u, asked);
done:
    return status;
}

/* ---- names and labels
 * ---------------------------------------------------------------------------- */

/* By `unit_name`, `name` or `id`. */
static enum ecp_status name_units(struct units *u)
{
    static const char *const names[] = {"unit_name", "name", "unit_id", "id"};
    struct ecp_dataset *set = u->nwb->set;
    struct ecp_nwb_column column = {0};
    const char **unit = ecp_dataset_alloc(set, set->n_units, sizeof *unit);
    enum ecp_status status = ECP_OK;
    int found = 0;
    for (size_t k = 0; k < 4 && !found; k++)
        if (ecp_h5_has(u->table.group, names[k]))
            ECP_TRY(ecp_nwb_column_load(&u->table, names[k], &column, &found));
    int fine = unit != NULL;
    for (size_t k = 0; fine && k < set->n_units; k++) {
        char word[ECP_NWB_WORD];
        (void)snprintf(word, sizeof word, "%zu", u->row[k]);
        if (found)
            ecp_nwb_word(&column, u->row[k], word);
        fine = (unit[k] = ecp_dataset_printf(set, "%s", word)) != NULL;
    }
    if (!fine)
        return ecp_fail(ECP_ENOMEM, "no memory for the units of %s", set->name);
    set->unit = unit;
done:
    return status;
}

static enum ecp_status label_units(struct units *u)
{
    struct ecp_dataset *set = u->nwb->set;
    struct ecp_label *label = ecp_dataset_alloc(set, u->n_columns, sizeof *label);
    int fine = label != NULL;
    for (size_t k = 0; fine && k < u->n_columns; k++) {
        const struct ecp_nwb_column *column = &u->column[k];
        double *number = ecp_dataset_alloc(set, set->n_units, sizeof *number);
        const char **word = ecp_dataset_alloc(set, set->n_units, sizeof *word);
        fine = number && word && (label[k].name = ecp_dataset_printf(set, "%s", column->name));
        for (size_t i = 0; fine && i < set->n_units; i++) {
            if (column->number)
                number[i] = column->number[u->row[i]];
            else
                fine = (word[i] = ecp_dataset_printf(set, "%s", column->word[u->row[i]])) != NULL;
        }
        label[k].number = column->number ? number : NULL;
        label[k].word = column->number ? NULL : word;
    }
    if (!fine)
        return ecp_fail(ECP_ENOMEM, "no memory for the labels of %s", set->name);
    set->unit_label = label;
    set->n_unit_labels = u->n_columns;
    return ECP_OK;
}

enum ecp_status ecp_nwb_read_units(struct ecp_nwb *nwb)
{
    struct units u = {.nwb = nwb};
    const char *path;
    enum ecp_status status;
    ECP_TRY(find_units(nwb, &path));
    if (!ecp_h5_is_group(nwb->file->file, path)) {
        status = ecp_fail(ECP_ECONFIG, "%s: has no units (sorted spike trains)", nwb->file->path);
        goto done;
    }
    ECP_TRY(ecp_nwb_table_open(nwb->file, path, nwb->pool, &u.table));
    if (u.table.n_rows == 0 || !ecp_nwb_table_has(&u.table, "spike_times")) {
        status = ecp_fail(ECP_ECONFIG, "%s: %s has no %s", nwb->file->path, path,
                          u.table.n_rows == 0 ? "rows" : "column spike_times");
        goto done;
    }
    ECP_TRY(read_columns(&u));
    ECP_TRY(read_electrodes(&u));
    ECP_TRY(choose_units(&u));
    ECP_TRY(name_units(&u));
    ECP_TRY(label_units(&u));
    status = ecp_nwb_read_spikes(nwb, &u.table, u.row);
done:
    ecp_nwb_table_close(&u.table);
    return status;
}
