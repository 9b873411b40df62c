/* input_patterns_h5.c -- rows of one dataset of an HDF5 file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/input_patterns.h"
#include "engine/store_h5.h"

enum { MOST_DIMENSIONS = 16 };

/* The only dataset at the root; several: which one is meant is not known. */
static enum ecp_status only_dataset(const struct ecp_h5_reader *file, char name[ECP_H5_NAME])
{
    char one[ECP_H5_NAME], names[400] = "";
    size_t n = 0;
    const hid_t root = H5Gopen2(file->file, "/", H5P_DEFAULT);
    const hsize_t links = root >= 0 ? ecp_h5_links(root) : 0;
    enum ecp_status status = ECP_OK;
    for (hsize_t k = 0; k < links && status == ECP_OK; k++) {
        status = ecp_h5_link(file, root, k, one);
        if (status != ECP_OK || ecp_h5_is_group(root, one))
            continue;
        const size_t used = strlen(names);
        (void)snprintf(names + used, sizeof names - used, "%s%.60s", n ? ", " : "", one);
        if (n++ == 0)
            memcpy(name, one, sizeof one);
    }
    ecp_h5_close(root);
    if (status == ECP_OK && n != 1)
        status = ecp_fail(ECP_ECONFIG, "%s: found %zu datasets (%s); allowed: one, or `dataset`",
                          file->path, n, names);
    return status;
}

struct shape {
    hid_t dataset, space;
    int rank;
    hsize_t dimension[MOST_DIMENSIONS];
    size_t size;
};

static enum ecp_status look(const struct ecp_h5_reader *file, const char *name, struct shape *s)
{
    if (!ecp_h5_has(file->file, name) || ecp_h5_is_group(file->file, name))
        return ecp_fail(ECP_ECONFIG, "%s: there is no dataset \"%s\"", file->path, name);
    s->dataset = H5Dopen2(file->file, name, H5P_DEFAULT);
    const hid_t type = s->dataset >= 0 ? H5Dget_type(s->dataset) : H5I_INVALID_HID;
    const H5T_class_t class = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
    ecp_h5_close(type);
    if (class != H5T_INTEGER && class != H5T_FLOAT && class != H5T_ENUM)
        return ecp_fail(ECP_ECONFIG, "%s: %s does not hold numbers", file->path, name);
    s->space = H5Dget_space(s->dataset);
    s->rank = H5Sget_simple_extent_ndims(s->space);
    if (s->rank < 1 || s->rank > MOST_DIMENSIONS)
        return ecp_fail(ECP_ECONFIG, "%s: %s has %d dimensions; allowed: 1 to %d", file->path, name,
                        s->rank, MOST_DIMENSIONS);
    (void)H5Sget_simple_extent_dims(s->space, s->dimension, NULL);
    s->size = 1;
    enum ecp_status status = ECP_OK;
    for (int k = 1; k < s->rank && status == ECP_OK; k++)
        status = ecp_input_row_size(file->path, (size_t)s->dimension[k], &s->size);
    return status;
}

static enum ecp_status read_rows(const struct ecp_h5_reader *file, const char *name,
                                 struct shape *s, const size_t range[2], double *to)
{
    hsize_t first[MOST_DIMENSIONS] = {range[0]}, count[MOST_DIMENSIONS];
    memcpy(count, s->dimension, sizeof count);
    count[0] = range[1] - range[0];
    const hid_t memory = H5Screate_simple(s->rank, count, NULL);
    const int good = H5Sselect_hyperslab(s->space, H5S_SELECT_SET, first, NULL, count, NULL) >= 0 &&
                     H5Dread(s->dataset, H5T_NATIVE_DOUBLE, memory, s->space, H5P_DEFAULT, to) >= 0;
    ecp_h5_close(memory);
    if (!good)
        return ecp_fail(ECP_EIO, "%s: %s cannot be read: truncated or damaged", file->path, name);
    char what[4096];
    (void)snprintf(what, sizeof what, "%s: %s", file->path, name);
    const struct ecp_rows_read read = {.n = (size_t)count[0], .size = s->size, .data = to};
    return ecp_input_finite(what, &read, range[0]);
}

enum ecp_status ecp_input_rows_h5(const struct ecp_rows_wanted *wanted, struct ecp_rows_read *out)
{
    struct ecp_h5_reader file = {0};
    struct shape s = {.dataset = H5I_INVALID_HID, .space = H5I_INVALID_HID};
    struct ecp_rows_read read = {0};
    char name[ECP_H5_NAME] = "";
    size_t range[2] = {0, 0};
    enum ecp_status status = ecp_h5_open(wanted->path, &file);
    if (status != ECP_OK)
        return status;
    if (!wanted->dataset)
        ECP_TRY(only_dataset(&file, name));
    const char *path = wanted->dataset ? wanted->dataset : name;
    ECP_TRY(look(&file, path, &s));
    ECP_TRY(ecp_input_range(wanted, (size_t)s.dimension[0], &range[0], &range[1]));
    ECP_TRY(ecp_input_room(wanted, range[1] - range[0], s.size, &read));
    ECP_TRY(read_rows(&file, path, &s, range, read.data));
    read.all = (size_t)s.dimension[0];
    *out = read;
    read.data = NULL;
done:
    free(read.data);
    ecp_h5_close(s.space);
    ecp_h5_close(s.dataset);
    ecp_h5_shut(&file);
    return status;
}
