/* input_matrix.c -- a matrix of an HDF5 file as a data set.
 *
 * conditions x units, conditions x repeats x units, or dissimilarities (in a group "rdms", or
 * square and symmetric). Datasets as long as there are rows, beside it or in /stimuli or
 * /conditions, are properties of conditions; those of /units are properties of units. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/dataset_kinds.h"
#include "engine/input_array.h"
#include "engine/input_rows.h"
#include "engine/store_files.h"

enum { MOST_LABELS = 64, MOST_FOUND = 32 };

struct reading {
    const struct ecp_dataset_place *place;
    struct ecp_h5_reader file;
    struct ecp_pool pool;
    const char *path; /* of the dataset, without the first / */
    struct ecp_rows_read rows;
    struct ecp_label row[MOST_LABELS], column[MOST_LABELS];
};

int ecp_matrix_is_h5(const struct ecp_dataset_place *place)
{
    return ecp_files_exists(place->file) && !ecp_files_is_folder(place->file) &&
           H5Fis_hdf5(place->file) > 0;
}

/* ---- which dataset ----------------------------------------------------------------------------
 */

struct found {
    char name[MOST_FOUND][ECP_H5_NAME];
    size_t n;
};

static herr_t look(hid_t at, const char *name, const H5L_info_t *info, void *context)
{
    struct found *found = context;
    (void)info;
    if (found->n == MOST_FOUND || strlen(name) >= ECP_H5_NAME || !ecp_h5_has(at, name) ||
        ecp_h5_is_group(at, name))
        return 0;
    const hid_t dataset = H5Dopen2(at, name, H5P_DEFAULT);
    if (dataset < 0)
        return 0;
    const hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
    const H5T_class_t class = H5Tget_class(type);
    const int rank = H5Sget_simple_extent_ndims(space);
    if ((rank == 2 || rank == 3) && (class == H5T_FLOAT || class == H5T_INTEGER))
        (void)snprintf(found->name[found->n++], ECP_H5_NAME, "%s", name);
    ecp_h5_close(type);
    ecp_h5_close(space);
    ecp_h5_close(dataset);
    return 0;
}

/* The one that is named, or the only one that there is. */
static enum ecp_status choose(struct reading *r)
{
    if (r->place->inside) {
        r->path = r->place->inside + 1;
        return ECP_OK;
    }
    struct found *found = calloc(1, sizeof *found);
    char all[400] = "";
    if (!found)
        return ecp_fail(ECP_ENOMEM, "no memory to look into %s", r->file.path);
    (void)H5Lvisit(r->file.file, H5_INDEX_NAME, H5_ITER_INC, look, found);
    enum ecp_status status;
    for (size_t k = 0; k < found->n; k++) {
        const size_t used = strlen(all);
        if (used + strlen(found->name[k]) + 6 < sizeof all)
            (void)snprintf(all + used, sizeof all - used, "%s:/%s", k > 0 ? ", " : "",
                           found->name[k]);
    }
    if (found->n == 1)
        status = ecp_pool_text(&r->pool, found->name[0], &r->path);
    else if (found->n == 0)
        status = ecp_fail(ECP_EIO,
                          "%s: is neither NWB, nor SONATA, nor a run, and has no matrix of "
                          "numbers",
                          r->file.path);
    else
        status = ecp_fail(ECP_ECONFIG, "%s: which matrix? Name one behind the file: %s",
                          r->file.path, all);
    free(found);
    return status;
}

/* ---- what is known of rows and columns
 * ----------------------------------------------------------- */

static enum ecp_status add_label(struct reading *r, hid_t group, const char *name, size_t n,
                                 struct ecp_label *label, size_t *n_labels)
{
    struct ecp_array array = {0};
    double *number;
    const char **word;
    enum ecp_status status;
    if (*n_labels == MOST_LABELS || !ecp_h5_has(group, name) || ecp_h5_is_group(group, name))
        return ECP_OK;
    ECP_TRY(ecp_array_open(&r->file, group, name, &array));
    if (array.rank != 1 || array.count != n || array.kind == ECP_ARRAY_OTHER)
        goto done;
    struct ecp_label *to = &label[*n_labels];
    if (array.kind == ECP_ARRAY_TEXTS) {
        ECP_TRY(ecp_array_texts(&array, &r->pool, &word));
        to->word = word;
    } else {
        ECP_TRY(ecp_array_numbers(&array, &r->pool, &number));
        to->number = number;
    }
    ECP_TRY(ecp_pool_text(&r->pool, name, &to->name));
    (*n_labels)++;
done:
    ecp_array_close(&array);
    return status;
}

/* All datasets of a group that have n entries, but for `but`. */
static enum ecp_status add_group(struct reading *r, const char *path, size_t n, const char *but,
                                 struct ecp_label *label, size_t *n_labels)
{
    const int is_root = path[0] == '\0';
    hid_t group = H5I_INVALID_HID;
    enum ecp_status status = ECP_OK;
    if (!is_root && !ecp_h5_is_group(r->file.file, path))
        return ECP_OK;
    group = H5Gopen2(r->file.file, is_root ? "/" : path, H5P_DEFAULT);
    const hsize_t links = ecp_h5_links(group);
    for (hsize_t k = 0; k < links; k++) {
        char name[ECP_H5_NAME];
        ECP_TRY(ecp_h5_link(&r->file, group, k, name));
        if (!but || strcmp(name, but) != 0)
            ECP_TRY(add_label(r, group, name, n, label, n_labels));
    }
done:
    ecp_h5_close(group);
    return status;
}

static int all_different(const struct ecp_label *label, size_t n)
{
    for (size_t k = 1; k < n; k++)
        for (size_t j = 0; j < k; j++)
            if (label->word ? strcmp(label->word[j], label->word[k]) == 0
                            : label->number[j] == label->number[k])
                return 0;
    return 1;
}

/* The label that names: the one asked for, one of a usual name, or the first different words. */
static int naming(const struct ecp_label *label, size_t n_labels, size_t n, const char *asked)
{
    static const char *const usual[] = {"condition", "stimulus", "name", "image", "id"};
    for (size_t k = 0; asked && k < n_labels; k++)
        if (strcmp(label[k].name, asked) == 0)
            return (int)k;
    for (size_t j = 0; j < sizeof usual / sizeof usual[0]; j++)
        for (size_t k = 0; k < n_labels; k++)
            if (strcmp(label[k].name, usual[j]) == 0 && all_different(&label[k], n))
                return (int)k;
    for (size_t k = 0; k < n_labels; k++)
        if (label[k].word && all_different(&label[k], n))
            return (int)k;
    return -1;
}

static enum ecp_status label_rows(struct reading *r, size_t n, int is_rdm)
{
    const char *slash = strrchr(r->path, '/');
    const char *group, *name = slash ? slash + 1 : r->path;
    enum ecp_status status;
    r->rows.row_name = -1;
    ECP_TRY(ecp_pool_print(&r->pool, &group, "%.*s", slash ? (int)(slash - r->path) : 0, r->path));
    ECP_TRY(add_group(r, "stimuli", n, NULL, r->row, &r->rows.n_row_labels));
    ECP_TRY(add_group(r, "conditions", n, NULL, r->row, &r->rows.n_row_labels));
    if (!is_rdm && strcmp(group, "stimuli") != 0 && strcmp(group, "conditions") != 0)
        ECP_TRY(add_group(r, group, n, name, r->row, &r->rows.n_row_labels));
    r->rows.row_label = r->row;
    r->rows.row_name = naming(r->row, r->rows.n_row_labels, n, r->place->request->by);
done:
    return status;
}

/* "models" has "model_name" or "models_name" beside it. */
static enum ecp_status name_rdms(struct reading *r, size_t n)
{
    const size_t length = strlen(r->path);
    enum ecp_status status = ECP_OK;
    for (size_t less = 0; less < 2 && !r->rows.rdm_name; less++) {
        struct ecp_array array = {0};
        const char *name, **word;
        if (less > 0 && (length < 2 || r->path[length - 1] != 's'))
            break;
        ECP_TRY(ecp_pool_print(&r->pool, &name, "%.*s_name", (int)(length - less), r->path));
        if (!ecp_h5_has(r->file.file, name))
            continue;
        status = ecp_array_open(&r->file, r->file.file, name, &array);
        if (status == ECP_OK && array.kind == ECP_ARRAY_TEXTS && array.count == n) {
            status = ecp_array_texts(&array, &r->pool, &word);
            r->rows.rdm_name = status == ECP_OK ? word : NULL;
        }
        ecp_array_close(&array);
        if (status != ECP_OK)
            goto done;
    }
done:
    return status;
}

/* ---- numbers
 * ------------------------------------------------------------------------------------- */

/* What stands for a missing response: attribute `missing`; in files of the format neurorep-h5
 * -1 of whole numbers and 255 of bytes in /responses. */
static double missing_value(struct reading *r, const struct ecp_array *array)
{
    double value = NAN;
    const char **format;
    size_t n;
    if (ecp_h5_get_real(array->dataset, "missing", &value))
        return value;
    if (strncmp(r->path, "responses/", strlen("responses/")) != 0 ||
        !ecp_array_attribute(r->file.file, "format", &r->pool, &n, &format) || n == 0 ||
        strcmp(format[0], "neurorep-h5") != 0)
        return NAN;
    const hid_t type = H5Dget_type(array->dataset);
    if (H5Tget_class(type) == H5T_INTEGER)
        value = H5Tget_sign(type) == H5T_SGN_2 ? -1 : H5Tget_size(type) == 1 ? 255 : NAN;
    ecp_h5_close(type);
    return value;
}

static enum ecp_status load(struct reading *r)
{
    struct ecp_rows_read *rows = &r->rows;
    struct ecp_array array = {0};
    double *data;
    enum ecp_status status;
    ECP_TRY(ecp_array_open(&r->file, r->file.file, r->path, &array));
    if (array.rank > 3 || array.kind != ECP_ARRAY_NUMBERS) {
        status = ecp_fail(ECP_EIO,
                          "%s: %s: conditions x units, or conditions x repeats x units of numbers "
                          "are needed",
                          r->file.path, array.name);
        goto done;
    }
    ECP_TRY(ecp_array_numbers(&array, &r->pool, &data));
    const double missing = missing_value(r, &array);
    for (size_t k = 0; k < array.count; k++)
        if (data[k] == missing)
            data[k] = NAN;
    rows->path = r->place->request->path;
    rows->data = data;
    rows->n_rows = array.size[0];
    rows->n_repeats = array.rank == 3 ? array.size[1] : 1;
    rows->n_columns = array.size[array.rank == 3 ? 2 : 1];
    rows->is_rdm = strncmp(r->path, "rdms/", 5) == 0 || strstr(r->path, "/rdms/") ? 1 : -1;
    (void)ecp_h5_get_text(array.dataset, "units", &r->pool, &rows->unit);
done:
    ecp_array_close(&array);
    return status;
}

/* How many conditions dissimilarities are of, before they are taken. */
static size_t rdm_conditions(const struct ecp_rows_read *rows)
{
    const size_t n = rows->n_columns == 1 ? rows->n_rows : rows->n_columns;
    if (rows->n_repeats > 1 || rows->n_rows == rows->n_columns)
        return rows->n_columns;
    const size_t found = (size_t)((1 + sqrt(1 + 8 * (double)n)) / 2 + 0.5);
    return found * (found - 1) / 2 == n ? found : 0;
}

enum ecp_status ecp_matrix_read_h5(const struct ecp_dataset_place *place, struct ecp_dataset **out)
{
    struct reading *r = calloc(1, sizeof *r);
    struct ecp_dataset *set = NULL;
    enum ecp_status status;
    if (!r)
        return ecp_fail(ECP_ENOMEM, "no memory to read %s", place->file);
    r->place = place;
    ECP_TRY(ecp_h5_open(place->file, &r->file));
    ECP_TRY(choose(r));
    ECP_TRY(load(r));
    const int is_rdm = r->rows.is_rdm > 0;
    ECP_TRY(label_rows(r, is_rdm ? rdm_conditions(&r->rows) : r->rows.n_rows, is_rdm));
    ECP_TRY(add_group(r, "units", r->rows.n_columns, NULL, r->column, &r->rows.n_column_labels));
    r->rows.column_label = r->column;
    r->rows.column_name = naming(r->column, r->rows.n_column_labels, r->rows.n_columns, NULL);
    if (is_rdm)
        ECP_TRY(name_rdms(r, r->rows.n_columns == 1 ? 1 : r->rows.n_rows));
    ECP_TRY(ecp_dataset_create(place->request->name ? place->request->name : place->request->path,
                               &set));
    set->source = ecp_dataset_printf(set, "%s:/%s", place->file, r->path);
    ECP_TRY(ecp_rows_take(set, &r->rows));
    *out = set;
    set = NULL;
done:
    ecp_dataset_destroy(set);
    ecp_h5_shut(&r->file);
    ecp_pool_clear(&r->pool);
    free(r);
    return status;
}
