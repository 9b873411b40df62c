/* input_h5.c -- columns of an HDF5 file: datasets at its root, or SONATA edges
 * or spikes (one population). */
#include <stdlib.h>
#include <string.h>

#include "engine/input_columns.h"
#include "engine/input_types.h"
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
        status = ecp_fail(ECP_ECONFIG, "%s: %s: %zu populations; name one, as \"FILE.h5:/%s/NAME\"",
                          file->path, parent, n, parent);
    else
        status = ecp_h5_open_group(file, all, chosen, out);
done:
    ecp_h5_close(all);
    return status;
}

static enum ecp_status find_table(const struct ecp_h5_reader *file, const char *inside, hid_t *out)
{
    if (inside)
        return ecp_h5_open_group(file, file->file, inside, out);
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
                                  const double *value, size_t first, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!ecp_column_accepts(column->kind, value[k]))
            return ecp_fail(ECP_ECONFIG, "%s: row %zu: %.*s: %g; %s is allowed", file->path,
                            first + k, ecp_column_word(column->names), column->names, value[k],
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

/* ---- pieces --------------------------------------------------------------- */

/* A table that is read; datasets of columns that are not there are invalid. */
struct table {
    const struct ecp_h5_reader *file;
    const struct ecp_wanted *wanted;
    hid_t group, dataset[ECP_COLUMNS_MAX];
    const struct ecp_edges_name *name;
    struct ecp_edge_types types;  /* edge_types.csv */
    hid_t type;                   /* edge_type_id; invalid: no use */
    hid_t order;                  /* edge_group_index */
    int ordered[ECP_COLUMNS_MAX]; /* the column's rows are in an order of their own */
    size_t n_rows;
    struct ecp_columns piece; /* ECP_COLUMNS_AT_ONCE rows */
    int64_t *row;             /* of the piece's rows: where attributes are */
    hsize_t *point;
    double *some; /* ECP_COLUMNS_AT_ONCE */
};

enum { FAR = 64 * ECP_COLUMNS_AT_ONCE };

static enum ecp_status size_of(const struct table *t, hid_t dataset, const char *name, size_t *n)
{
    hsize_t size[2] = {0, 1};
    const hid_t space = H5Dget_space(dataset);
    const int rank = H5Sget_simple_extent_ndims(space);
    enum ecp_status status = ECP_OK;
    if (rank >= 1 && rank <= 2)
        (void)H5Sget_simple_extent_dims(space, size, NULL);
    ecp_h5_close(space);
    if (rank < 1 || rank > 2)
        status = ecp_fail(ECP_EIO, "%s: %s is no column of numbers", t->file->path, name);
    else if (size[1] != 1)
        status = ecp_fail(ECP_ECONFIG, "%s: %s: %zu columns; one is allowed", t->file->path, name,
                          (size_t)size[1]);
    else
        *n = (size_t)size[0];
    return status;
}

/* Attributes of an edge lie in a group of their own, in their own order. */
static enum ecp_status open_order(struct table *t, size_t n)
{
    size_t rows = 0;
    if (t->order >= 0)
        return ECP_OK;
    if (ecp_h5_is_group(t->group, "1"))
        return ecp_fail(ECP_ECONFIG, "%s: several edge groups; one is allowed", t->file->path);
    t->order = H5Dopen2(t->group, "edge_group_index", H5P_DEFAULT);
    const enum ecp_status status = size_of(t, t->order, "edge_group_index", &rows);
    if (status == ECP_OK && rows != n)
        return ecp_fail(ECP_ECONFIG, "%s: edge_group_index: %zu rows; %zu are allowed",
                        t->file->path, rows, n);
    return status;
}

static enum ecp_status open_column(struct table *t, size_t c, const char *name, size_t *n)
{
    struct ecp_pool pool = {0};
    enum ecp_status status;
    t->dataset[c] = H5Dopen2(t->group, name, H5P_DEFAULT);
    if (t->dataset[c] < 0) {
        status = ecp_fail(ECP_EIO, "%s: %s cannot be read", t->file->path, name);
        goto done;
    }
    ECP_TRY(size_of(t, t->dataset[c], name, n));
    if (t->wanted->column[c].kind == ECP_COLUMN_INSTANT)
        ECP_TRY(check_unit(t->file, t->group, name, &pool));
    t->ordered[c] = strchr(name, '/') != NULL && ecp_h5_has(t->group, "edge_group_index");
    if (t->ordered[c])
        ECP_TRY(open_order(t, *n));
    t->piece.value[c] = malloc(ECP_COLUMNS_AT_ONCE * sizeof *t->piece.value[c]);
    if (t->piece.value[c] == NULL)
        status = ecp_fail(ECP_ENOMEM, "%s: no memory for %s", t->file->path, name);
done:
    ecp_pool_clear(&pool);
    return status;
}

static enum ecp_status open_columns(struct table *t)
{
    const char *first = NULL, *path = t->file->path;
    for (size_t c = 0; c < t->wanted->n; c++) {
        const struct ecp_column *column = &t->wanted->column[c];
        const int word = ecp_column_word(column->names);
        char name[ECP_H5_NAME];
        size_t n = 0;
        if (!find_column(t->file, t->group, column, t->wanted->any, name)) {
            if (column->optional)
                continue;
            return ecp_fail(ECP_ECONFIG, "%s: %.*s: no dataset of that name; allowed here: %s",
                            path, word, column->names, column->names);
        }
        const enum ecp_status status = open_column(t, c, name, &n);
        if (status != ECP_OK)
            return status;
        if (first != NULL && n != t->n_rows)
            return ecp_fail(ECP_ECONFIG, "%s: %.*s: %zu rows; %zu as in %.*s are allowed", path,
                            word, column->names, n, t->n_rows, ecp_column_word(first), first);
        t->n_rows = n;
        first = first == NULL ? column->names : first;
    }
    return ECP_OK;
}

static enum ecp_status read_rows(const struct table *t, hid_t dataset, hid_t type, size_t first,
                                 size_t n, void *out)
{
    const hsize_t start[2] = {first, 0}, count[2] = {n, 1};
    const hid_t space = H5Dget_space(dataset), memory = H5Screate_simple(1, count, NULL);
    const int fine = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                     H5Dread(dataset, type, memory, space, H5P_DEFAULT, out) >= 0;
    ecp_h5_close(memory);
    ecp_h5_close(space);
    return fine ? ECP_OK : ecp_fail(ECP_EIO, "%s: cannot be read: damaged?", t->file->path);
}

/* Rows that lie not too far apart: all between them are read, some at a time. */
static enum ecp_status read_between(struct table *t, size_t c, const int64_t range[2], double *out)
{
    enum ecp_status status = ECP_OK;
    for (int64_t at = range[0]; at <= range[1] && status == ECP_OK; at += ECP_COLUMNS_AT_ONCE) {
        const int64_t left = range[1] - at + 1;
        const size_t n = left < ECP_COLUMNS_AT_ONCE ? (size_t)left : ECP_COLUMNS_AT_ONCE;
        status = read_rows(t, t->dataset[c], H5T_NATIVE_DOUBLE, (size_t)at, n, t->some);
        for (size_t k = 0; k < t->piece.n_rows && status == ECP_OK; k++)
            if ((uint64_t)(t->row[k] - at) < n)
                out[k] = t->some[t->row[k] - at];
    }
    return status;
}

/* Rows that lie anywhere, one by one: HDF5 needs microseconds for each. */
static enum ecp_status read_scattered(struct table *t, size_t c, double *out)
{
    const hsize_t n = t->piece.n_rows;
    const hid_t space = H5Dget_space(t->dataset[c]), memory = H5Screate_simple(1, &n, NULL);
    const size_t rank = (size_t)H5Sget_simple_extent_ndims(space);
    for (size_t k = 0; k < n; k++) {
        t->point[rank * k] = (hsize_t)t->row[k];
        if (rank == 2)
            t->point[rank * k + 1] = 0;
    }
    const int fine =
        H5Sselect_elements(space, H5S_SELECT_SET, (size_t)n, t->point) >= 0 &&
        H5Dread(t->dataset[c], H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, out) >= 0;
    ecp_h5_close(memory);
    ecp_h5_close(space);
    return fine ? ECP_OK : ecp_fail(ECP_EIO, "%s: cannot be read: damaged?", t->file->path);
}

/* Rows t->row[0] .. of the piece, in any order. */
static enum ecp_status read_ordered(struct table *t, size_t c, double *out)
{
    int64_t range[2] = {t->row[0], t->row[0]};
    int in_order = 1;
    for (size_t k = 0; k < t->piece.n_rows; k++) {
        in_order &= t->row[k] == t->row[0] + (int64_t)k;
        range[0] = t->row[k] < range[0] ? t->row[k] : range[0];
        range[1] = t->row[k] > range[1] ? t->row[k] : range[1];
    }
    if (in_order)
        return read_rows(t, t->dataset[c], H5T_NATIVE_DOUBLE, (size_t)range[0], t->piece.n_rows,
                         out);
    if (range[1] - range[0] < FAR)
        return read_between(t, c, range, out);
    return read_scattered(t, c, out);
}

static enum ecp_status read_order(struct table *t, size_t first, size_t n)
{
    enum ecp_status status = read_rows(t, t->order, H5T_NATIVE_INT64, first, n, t->row);
    for (size_t k = 0; k < n && status == ECP_OK; k++)
        if (t->row[k] < 0 || (uint64_t)t->row[k] >= t->n_rows)
            status = ecp_fail(ECP_ECONFIG,
                              "%s: edge_group_index: row %zu: %lld; 0 to %zu are "
                              "allowed",
                              t->file->path, first + k, (long long)t->row[k], t->n_rows - 1);
    return status;
}

/* What edges do not say themselves, of their types. */
static enum ecp_status read_types(struct table *t, size_t first, size_t n)
{
    enum ecp_status status = read_rows(t, t->type, H5T_NATIVE_INT64, first, n, t->row);
    size_t row = 0;
    for (size_t k = 0; k < n && status == ECP_OK; k++) {
        if (k == 0 || t->row[k] != t->row[k - 1])
            status = ecp_edge_types_find(&t->types, t->name->types, t->row[k], &row);
        for (size_t c = 0; c < t->wanted->n && status == ECP_OK; c++)
            if (t->dataset[c] < 0 && t->types.of[c] >= 0)
                t->piece.value[c][k] = t->types.columns.value[t->types.of[c]][row];
    }
    return status;
}

static enum ecp_status read_piece(struct table *t, size_t first, size_t n)
{
    enum ecp_status status = ECP_OK;
    t->piece.n_rows = n;
    if (n > 0 && t->order >= 0)
        ECP_TRY(read_order(t, first, n));
    for (size_t c = 0; c < t->wanted->n; c++) {
        double *value = t->piece.value[c];
        if (value == NULL || n == 0 || t->dataset[c] < 0)
            continue;
        if (t->ordered[c])
            ECP_TRY(read_ordered(t, c, value));
        else
            ECP_TRY(read_rows(t, t->dataset[c], H5T_NATIVE_DOUBLE, first, n, value));
        ECP_TRY(check_rows(t->file, &t->wanted->column[c], value, first, n));
    }
    if (n > 0 && t->type >= 0)
        status = read_types(t, first, n);
done:
    return status;
}

static enum ecp_status open_types(struct table *t)
{
    size_t rows = 0;
    if (!t->name->types)
        return ECP_OK;
    enum ecp_status status = ecp_edge_types_read(t->name->types, t->wanted, &t->types);
    if (status != ECP_OK)
        return status;
    if (!ecp_h5_has(t->group, "edge_type_id"))
        return ecp_fail(ECP_ECONFIG, "%s: has no edge_type_id, which %s would tell more of",
                        t->file->path, t->name->types);
    t->type = H5Dopen2(t->group, "edge_type_id", H5P_DEFAULT);
    status = size_of(t, t->type, "edge_type_id", &rows);
    if (status == ECP_OK && rows != t->n_rows)
        status = ecp_fail(ECP_ECONFIG, "%s: edge_type_id: %zu rows; %zu are allowed", t->file->path,
                          rows, t->n_rows);
    for (size_t c = 0; c < t->wanted->n && status == ECP_OK; c++) {
        if (t->dataset[c] >= 0 || t->types.of[c] < 0)
            continue;
        t->piece.value[c] = calloc(ECP_COLUMNS_AT_ONCE, sizeof *t->piece.value[c]);
        if (!t->piece.value[c])
            status = ecp_fail(ECP_ENOMEM, "%s: no memory for its edges", t->file->path);
    }
    return status;
}

static enum ecp_status read_pieces(struct table *t, const struct ecp_columns_taker *taker)
{
    enum ecp_status status;
    t->row = malloc(ECP_COLUMNS_AT_ONCE * sizeof *t->row);
    t->point = malloc(2 * ECP_COLUMNS_AT_ONCE * sizeof *t->point);
    t->some = malloc(ECP_COLUMNS_AT_ONCE * sizeof *t->some);
    if (!t->row || !t->point || !t->some)
        return ecp_fail(ECP_ENOMEM, "%s: no memory to read it", t->file->path);
    ECP_TRY(find_table(t->file, t->name->inside, &t->group));
    ECP_TRY(open_columns(t));
    ECP_TRY(open_types(t));
    for (size_t first = 0; first == 0 || first < t->n_rows; first += ECP_COLUMNS_AT_ONCE) {
        const size_t left = t->n_rows - first;
        ECP_TRY(read_piece(t, first, left < ECP_COLUMNS_AT_ONCE ? left : ECP_COLUMNS_AT_ONCE));
        ECP_TRY(taker->take(taker->context, &t->piece, first));
    }
done:
    return status;
}

static enum ecp_status read_file(const struct ecp_edges_name *name, const struct ecp_wanted *wanted,
                                 const struct ecp_columns_taker *taker)
{
    struct ecp_h5_reader file = {0};
    struct table t = {.file = &file,
                      .wanted = wanted,
                      .name = name,
                      .group = H5I_INVALID_HID,
                      .type = H5I_INVALID_HID,
                      .order = H5I_INVALID_HID};
    enum ecp_status status = ecp_h5_open(name->file, &file);
    for (size_t c = 0; c < ECP_COLUMNS_MAX; c++)
        t.dataset[c] = H5I_INVALID_HID;
    if (status == ECP_OK)
        status = read_pieces(&t, taker);
    for (size_t c = 0; c < ECP_COLUMNS_MAX; c++)
        ecp_h5_close(t.dataset[c]);
    ecp_columns_clear(&t.piece);
    ecp_edge_types_clear(&t.types);
    ecp_h5_close(t.type);
    ecp_h5_close(t.order);
    ecp_h5_close(t.group);
    ecp_h5_shut(&file);
    free(t.row);
    free(t.point);
    free(t.some);
    return status;
}

/* The library is not for several threads at once, and workers list edges. */
enum ecp_status ecp_columns_h5(const struct ecp_edges_name *name, const struct ecp_wanted *wanted,
                               const struct ecp_columns_taker *taker)
{
    enum ecp_status status;
#pragma omp critical(ecp_columns_h5)
    status = read_file(name, wanted, taker);
    return status;
}
