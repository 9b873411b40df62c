#include "engine/input_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows and columns ----------------------------------------------------------------------- */

static int is_index(hid_t group, const char *name)
{
    char base[ECP_H5_NAME];
    const size_t length = strlen(name), end = strlen("_index");
    if (length <= end || length >= sizeof base || strcmp(name + length - end, "_index") != 0)
        return 0;
    memcpy(base, name, length - end);
    base[length - end] = '\0';
    return ecp_h5_has(group, base);
}

static enum ecp_status list_columns(struct ecp_nwb_table *table)
{
    const hsize_t n = ecp_h5_links(table->group);
    enum ecp_status status = ECP_OK;
    for (hsize_t k = 0; k < n && table->n_columns < ECP_TABLE_COLUMNS; k++) {
        char name[ECP_H5_NAME];
        ECP_TRY(ecp_h5_link(table->file, table->group, k, name));
        if (strcmp(name, "id") == 0 || is_index(table->group, name) ||
            !ecp_h5_has(table->group, name) || ecp_h5_is_group(table->group, name))
            continue;
        ECP_TRY(ecp_pool_text(table->pool, name, &table->column[table->n_columns]));
        table->n_columns++;
    }
done:
    return status;
}

/* By `id`; tables without one have a column that every such table has. */
static enum ecp_status count_rows(struct ecp_nwb_table *table)
{
    static const char *const names[] = {"id", "start_time", "spike_times_index"};
    struct ecp_array array = {0};
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        if (!ecp_h5_has(table->group, names[k]))
            continue;
        status = ecp_array_open(table->file, table->group, names[k], &array);
        table->n_rows = array.size[0];
        ecp_array_close(&array);
        break;
    }
    return status;
}

enum ecp_status ecp_nwb_table_open(const struct ecp_h5_reader *file, const char *path,
                                   struct ecp_pool *pool, struct ecp_nwb_table *out)
{
    enum ecp_status status;
    *out = (struct ecp_nwb_table){.pool = pool, .group = H5I_INVALID_HID};
    ECP_TRY(ecp_h5_open_group(file, file->file, path, &out->group));
    out->file = file;
    ECP_TRY(ecp_pool_text(pool, path, &out->path));
    ECP_TRY(count_rows(out));
    status = list_columns(out);
done:
    return status;
}

void ecp_nwb_table_close(struct ecp_nwb_table *table)
{
    if (table->file)
        ecp_h5_close(table->group);
    *table = (struct ecp_nwb_table){.group = H5I_INVALID_HID};
}

int ecp_nwb_table_has(const struct ecp_nwb_table *table, const char *column)
{
    for (size_t k = 0; k < table->n_columns; k++)
        if (strcmp(table->column[k], column) == 0)
            return 1;
    return 0;
}

/* ---- ragged columns ---------------------------------------------------------------------------
 */

static enum ecp_status bad_index(const struct ecp_nwb_table *table, const char *name,
                                 const char *how)
{
    return ecp_fail(ECP_EIO, "%s: %s/%s_index %s", table->file->path, table->path, name, how);
}

enum ecp_status ecp_nwb_row_ends(const struct ecp_nwb_table *table, const char *name, size_t count,
                                 size_t **out)
{
    char index[ECP_H5_NAME];
    struct ecp_array array = {0};
    double *end;
    enum ecp_status status;
    (void)snprintf(index, sizeof index, "%.240s_index", name);
    ECP_TRY(ecp_pool_alloc(table->pool, table->n_rows, sizeof **out, out));
    if (!ecp_h5_has(table->group, index)) {
        if (count != table->n_rows)
            status = ecp_fail(ECP_EIO, "%s: %s/%s has %zu values for %zu rows and no index",
                              table->file->path, table->path, name, count, table->n_rows);
        for (size_t k = 0; k < table->n_rows; k++)
            (*out)[k] = k + 1;
        goto done;
    }
    ECP_TRY(ecp_array_open(table->file, table->group, index, &array));
    if (array.count != table->n_rows) {
        status = bad_index(table, name, "has not one entry for each row");
        goto done;
    }
    ECP_TRY(ecp_array_numbers(&array, table->pool, &end));
    for (size_t k = 0; k < table->n_rows; k++) {
        if (!(end[k] >= (k > 0 ? end[k - 1] : 0)) || !(end[k] <= (double)count)) {
            status = bad_index(table, name, "does not ascend, or leads beyond the end");
            goto done;
        }
        (*out)[k] = (size_t)end[k];
    }
done:
    ecp_array_close(&array);
    return status;
}

/* ---- columns ------------------------------------------------------------------------------------
 */

void ecp_nwb_word(const struct ecp_nwb_column *column, size_t row, char out[ECP_NWB_WORD])
{
    if (column->word)
        (void)snprintf(out, ECP_NWB_WORD, "%s", column->word[row]);
    else
        (void)snprintf(out, ECP_NWB_WORD, "%.10g", column->number[row]);
}

static enum ecp_status load_flat(const struct ecp_nwb_table *table, const struct ecp_array *array,
                                 struct ecp_nwb_column *out)
{
    enum ecp_status status;
    if (array->kind == ECP_ARRAY_TEXTS) {
        const char **word;
        status = ecp_array_texts(array, table->pool, &word);
        if (status == ECP_OK)
            out->word = word;
        return status;
    }
    double *number;
    status = ecp_array_numbers(array, table->pool, &number);
    if (status == ECP_OK)
        out->number = number;
    return status;
}

/* Values of each row, joined. */
static enum ecp_status join(const struct ecp_nwb_table *table, const struct ecp_nwb_column *flat,
                            size_t count, struct ecp_nwb_column *out)
{
    const char **word;
    size_t *end;
    enum ecp_status status;
    ECP_TRY(ecp_nwb_row_ends(table, flat->name, count, &end));
    ECP_TRY(ecp_pool_alloc(table->pool, table->n_rows, sizeof *word, &word));
    for (size_t r = 0; r < table->n_rows; r++) {
        char text[2 * ECP_NWB_WORD] = "", one[ECP_NWB_WORD];
        for (size_t k = r > 0 ? end[r - 1] : 0; k < end[r] && strlen(text) < ECP_NWB_WORD; k++) {
            const size_t used = strlen(text);
            ecp_nwb_word(flat, k, one);
            (void)snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? "_" : "", one);
        }
        ECP_TRY(ecp_pool_text(table->pool, text, &word[r]));
    }
    out->word = word;
done:
    return status;
}

enum ecp_status ecp_nwb_column_load(const struct ecp_nwb_table *table, const char *name,
                                    struct ecp_nwb_column *out, int *found)
{
    struct ecp_array array = {0};
    struct ecp_nwb_column flat = {.name = name};
    char index[ECP_H5_NAME], twice[ECP_H5_NAME];
    enum ecp_status status;
    *out = (struct ecp_nwb_column){.name = name};
    *found = 0;
    (void)snprintf(index, sizeof index, "%.240s_index", name);
    ECP_TRY(ecp_array_open(table->file, table->group, name, &array));
    if (array.rank > 1 || array.kind == ECP_ARRAY_OTHER)
        goto done;
    const int ragged = ecp_h5_has(table->group, index);
    (void)snprintf(twice, sizeof twice, "%.240s_index_index", name);
    if (ecp_h5_has(table->group, twice))
        goto done;
    if (!ragged && array.count != table->n_rows) {
        status = ecp_fail(ECP_EIO, "%s: %s/%s has %zu values for %zu rows", table->file->path,
                          table->path, name, array.count, table->n_rows);
        goto done;
    }
    ECP_TRY(load_flat(table, &array, ragged ? &flat : out));
    if (ragged)
        ECP_TRY(join(table, &flat, array.count, out));
    *found = 1;
done:
    ecp_array_close(&array);
    return status;
}
