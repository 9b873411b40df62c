/* input_h5.c -- columns of an HDF5 file: datasets at its root, or SONATA edges
 * or spikes (one population). */
#include <stdlib.h>
#include <string.h>

#include "engine/input_columns.h"
#include "engine/store_h5.h"

/* The only group in `parent`; several: which one is meant is not known. */
static enum ecp_status only_group(const struct ecp_h5_reader *file, const char *parent, hid_t *out)
{
    hid_t all = H5I_INVALID_HID;
    char name[ECP_H5_NAME], chosen[ECP_H5_NAME] = "";
    size_t n = 0;
    enum ecp_status status;
    ECP_TRY(ecp_h5_open_group(file, file->file, parent, &all));
    const hsize_t links = ecp_h5_links(all);
    for (hsize_t k = 0; k < links; k++) {
        ECP_TRY(ecp_h5_link(file, all, k, name));
        if (!ecp_h5_is_group(all, name))
            continue;
        if (n++ == 0)
            memcpy(chosen, name, sizeof name);
    }
    if (n != 1)
        status =
            ecp_fail(ECP_ECONFIG, "%s: %s: %zu populations; one is allowed", file->path, parent, n);
    else
        status = ecp_h5_open_group(file, all, chosen, out);
done:
    ecp_h5_close(all);
    return status;
}

static enum ecp_status find_table(const struct ecp_h5_reader *file, hid_t *out)
{
    if (ecp_h5_is_group(file->file, "edges"))
        return only_group(file, "edges", out);
    if (ecp_h5_has(file->file, "spikes/timestamps"))
        return ecp_h5_open_group(file, file->file, "spikes", out);
    if (ecp_h5_is_group(file->file, "spikes"))
        return only_group(file, "spikes", out);
    const hid_t root = H5Gopen2(file->file, "/", H5P_DEFAULT);
    if (root < 0)
        return ecp_fail(ECP_EIO, "%s: cannot be read", file->path);
    *out = root;
    return ECP_OK;
}

/* The first of the allowed names that is there; with `any`, the only dataset. */
static int find_column(const struct ecp_h5_reader *file, hid_t table,
                       const struct ecp_column *column, int any, char name[ECP_H5_NAME])
{
    for (const char *word = column->names; *word != '\0'; word += strspn(word, " ")) {
        const size_t n = strcspn(word, " ");
        memcpy(name, word, n);
        name[n] = '\0';
        if (ecp_h5_has(table, name))
            return 1;
        word += n;
    }
    return any && ecp_h5_links(table) == 1 && ecp_h5_link(file, table, 0, name) == ECP_OK;
}

static enum ecp_status check_rows(const struct ecp_h5_reader *file, const struct ecp_column *column,
                                  const double *value, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!ecp_column_accepts(column->kind, value[k]))
            return ecp_fail(ECP_ECONFIG, "%s: row %zu: %.*s: %g; %s is allowed", file->path, k,
                            ecp_column_word(column->names), column->names, value[k],
                            ecp_column_allowed(column->kind));
    return ECP_OK;
}

static enum ecp_status check_unit(const struct ecp_h5_reader *file, hid_t table, const char *name,
                                  struct ecp_pool *pool)
{
    const hid_t dataset = H5Dopen2(table, name, H5P_DEFAULT);
    const char *unit = "ms";
    (void)ecp_h5_get_text(dataset, "units", pool, &unit);
    ecp_h5_close(dataset);
    if (strcmp(unit, "ms") != 0 && strcmp(unit, "milliseconds") != 0)
        return ecp_fail(ECP_ECONFIG, "%s: %s: unit '%s'; ms is allowed", file->path, name, unit);
    return ECP_OK;
}

/* Attributes of an edge lie in a group of their own, in their own order. */
static enum ecp_status sort_by_edge(const struct ecp_h5_reader *file, hid_t table, const char *name,
                                    double *value, size_t n)
{
    if (strchr(name, '/') == NULL || !ecp_h5_has(table, "edge_group_index"))
        return ECP_OK;
    struct ecp_pool pool = {0};
    struct ecp_h5_array row = {.type = H5T_NATIVE_INT64, .pool = &pool};
    double *copy;
    enum ecp_status status;
    if (ecp_h5_is_group(table, "1")) {
        status = ecp_fail(ECP_ECONFIG, "%s: several edge groups; one is allowed", file->path);
        goto done;
    }
    ECP_TRY(ecp_h5_load(file, table, "edge_group_index", &row));
    ECP_TRY(ecp_pool_alloc(&pool, n, sizeof *copy, &copy));
    if (row.rows != n) {
        status = ecp_fail(ECP_ECONFIG, "%s: edge_group_index: %zu rows; %zu are allowed",
                          file->path, row.rows, n);
        goto done;
    }
    if (n > 0)
        memcpy(copy, value, n * sizeof *copy);
    for (size_t k = 0; k < n; k++) {
        const int64_t from = ((int64_t *)row.data)[k];
        if (from < 0 || (uint64_t)from >= n) {
            status = ecp_fail(ECP_ECONFIG,
                              "%s: edge_group_index: row %zu: %lld; 0 to %zu are "
                              "allowed",
                              file->path, k, (long long)from, n - 1);
            goto done;
        }
        value[k] = copy[from];
    }
done:
    ecp_pool_clear(&pool);
    return status;
}

static enum ecp_status read_column(const struct ecp_h5_reader *file, hid_t table,
                                   const struct ecp_column *column, const char *name,
                                   struct ecp_h5_array *out)
{
    struct ecp_pool pool = {0};
    struct ecp_h5_array array = {.type = H5T_NATIVE_DOUBLE, .pool = &pool};
    double *value = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_h5_load(file, table, name, &array));
    if (array.columns != 1) {
        status = ecp_fail(ECP_ECONFIG, "%s: %s: %zu columns; one is allowed", file->path, name,
                          array.columns);
        goto done;
    }
    if (column->kind == ECP_COLUMN_INSTANT)
        ECP_TRY(check_unit(file, table, name, &pool));
    ECP_TRY(check_rows(file, column, array.data, array.rows));
    ECP_TRY(sort_by_edge(file, table, name, array.data, array.rows));
    value = malloc((array.rows + 1) * sizeof *value);
    if (value == NULL) {
        status = ecp_fail(ECP_ENOMEM, "%s: no memory for %s", file->path, name);
        goto done;
    }
    if (array.rows > 0)
        memcpy(value, array.data, array.rows * sizeof *value);
    *out = (struct ecp_h5_array){.rows = array.rows, .columns = 1, .data = value};
done:
    ecp_pool_clear(&pool);
    return status;
}

static enum ecp_status read_columns(const struct ecp_h5_reader *file, hid_t table,
                                    const struct ecp_wanted *wanted, struct ecp_columns *columns)
{
    const char *first = NULL;
    for (size_t c = 0; c < wanted->n; c++) {
        const struct ecp_column *column = &wanted->column[c];
        char name[ECP_H5_NAME];
        if (!find_column(file, table, column, wanted->any, name)) {
            if (column->optional)
                continue;
            return ecp_fail(ECP_ECONFIG, "%s: %.*s: no dataset of that name; allowed here: %s",
                            file->path, ecp_column_word(column->names), column->names,
                            column->names);
        }
        struct ecp_h5_array read = {0};
        const enum ecp_status status = read_column(file, table, column, name, &read);
        if (status != ECP_OK)
            return status;
        columns->value[c] = read.data;
        if (first != NULL && read.rows != columns->n_rows)
            return ecp_fail(ECP_ECONFIG, "%s: %.*s: %zu rows; %zu as in %.*s are allowed",
                            file->path, ecp_column_word(column->names), column->names, read.rows,
                            columns->n_rows, ecp_column_word(first), first);
        columns->n_rows = read.rows;
        first = first == NULL ? column->names : first;
    }
    return ECP_OK;
}

enum ecp_status ecp_columns_h5(const char *path, const struct ecp_wanted *wanted,
                               struct ecp_columns *out)
{
    struct ecp_h5_reader file = {0};
    struct ecp_columns columns = {0};
    hid_t table = H5I_INVALID_HID;
    enum ecp_status status;
    ECP_TRY(ecp_h5_open(path, &file));
    ECP_TRY(find_table(&file, &table));
    ECP_TRY(read_columns(&file, table, wanted, &columns));
    *out = columns;
    columns = (struct ecp_columns){0};
done:
    ecp_columns_clear(&columns);
    ecp_h5_close(table);
    ecp_h5_shut(&file);
    return status;
}
