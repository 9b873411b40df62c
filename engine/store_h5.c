#include "engine/store_h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int ecp_h5_fine(struct ecp_h5_writer *writer)
{
    if (writer->status == ECP_OK && writer->error != 0)
        writer->status =
            ecp_fail(ECP_EIO, "%s: cannot be written: %s", writer->path, strerror(writer->error));
    return writer->status == ECP_OK;
}

void ecp_h5_note(struct ecp_h5_writer *writer, enum ecp_status status)
{
    if (ecp_h5_fine(writer))
        writer->status = status;
}

void ecp_h5_check(struct ecp_h5_writer *writer, hid_t result)
{
    if (ecp_h5_fine(writer) && result < 0)
        writer->status = ecp_fail(ECP_EIO, "%s: cannot be written: HDF5 refused", writer->path);
}

enum ecp_status ecp_h5_create(const char *path, struct ecp_h5_writer *out)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    *out = (struct ecp_h5_writer){.path = strdup(path), .file = H5I_INVALID_HID};
    if (out->path == NULL)
        return ecp_fail(ECP_ENOMEM, "%s: no memory for its name", path);

    out->driver = ecp_h5_driver();
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    ecp_h5_check(out, ecp_h5_driver_aim(access, out->driver, &out->error));
    ecp_h5_check(out, H5Pset_fclose_degree(access, H5F_CLOSE_STRONG));
    if (ecp_h5_fine(out))
        out->file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    ecp_h5_check(out, out->file);
    ecp_h5_close(access);
    return out->file < 0 ? ecp_h5_finish(out) : ECP_OK;
}

enum ecp_status ecp_h5_finish(struct ecp_h5_writer *writer)
{
    const int made = writer->file >= 0;
    if (made)
        ecp_h5_check(writer, H5Fclose(writer->file));
    if (!ecp_h5_fine(writer) && made)
        (void)unlink(writer->path);
    if (writer->driver >= 0)
        (void)H5FDunregister(writer->driver);
    free(writer->path);
    const enum ecp_status status = writer->status;
    *writer = (struct ecp_h5_writer){.file = H5I_INVALID_HID, .status = status};
    return status;
}

void ecp_h5_close(hid_t id)
{
    if (id >= 0)
        (void)H5Idec_ref(id);
}

hid_t ecp_h5_group(struct ecp_h5_writer *writer, hid_t parent, const char *name)
{
    if (!ecp_h5_fine(writer))
        return H5I_INVALID_HID;
    const hid_t group = H5Gcreate2(parent, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ecp_h5_check(writer, group);
    return group;
}

void ecp_h5_link_again(struct ecp_h5_writer *writer, hid_t parent, const char *name,
                       const char *also)
{
    if (ecp_h5_fine(writer))
        ecp_h5_check(writer, H5Lcreate_hard(parent, name, parent, also, H5P_DEFAULT, H5P_DEFAULT));
}

hid_t ecp_h5_dataset(struct ecp_h5_writer *writer, hid_t parent, const struct ecp_h5_column *column)
{
    if (!ecp_h5_fine(writer))
        return H5I_INVALID_HID;
    const hsize_t width = column->columns == ECP_H5_EMPTY_ROWS ? 0 : column->columns;
    const hid_t space =
        H5Screate_simple(column->columns > 0 ? 2 : 1, (hsize_t[]){column->rows, width}, NULL);
    const hid_t how = H5Pcreate(H5P_DATASET_CREATE);
    ecp_h5_check(writer, H5Pset_obj_track_times(how, 0));
    ecp_h5_check(writer, H5Pset_layout(how, H5D_CONTIGUOUS));
    /* Placed now, so that the file does not depend on the order of writing. */
    ecp_h5_check(writer, H5Pset_alloc_time(how, H5D_ALLOC_TIME_EARLY));
    if (H5Tis_variable_str(column->type) <= 0)
        ecp_h5_check(writer, H5Pset_fill_time(how, H5D_FILL_TIME_NEVER));
    const hid_t dataset =
        H5Dcreate2(parent, column->name, column->type, space, H5P_DEFAULT, how, H5P_DEFAULT);
    ecp_h5_check(writer, dataset);
    ecp_h5_close(how);
    ecp_h5_close(space);
    if (column->unit != NULL)
        ecp_h5_text(writer, dataset, "units", column->unit);
    if (column->meaning != NULL)
        ecp_h5_text(writer, dataset, "meaning", column->meaning);
    return dataset;
}

void ecp_h5_put_rows(struct ecp_h5_writer *writer, hid_t dataset, const struct ecp_h5_rows *rows)
{
    if (!ecp_h5_fine(writer) || rows->count == 0)
        return;
    const hid_t space = H5Dget_space(dataset);
    hsize_t size[2] = {0, 0}, first[2] = {rows->first, 0};
    const int rank = H5Sget_simple_extent_dims(space, size, NULL);
    size[0] = rows->count;
    const hid_t memory = H5Screate_simple(rank, size, NULL);
    ecp_h5_check(writer, H5Sselect_hyperslab(space, H5S_SELECT_SET, first, NULL, size, NULL));
    ecp_h5_check(writer, H5Dwrite(dataset, rows->type, memory, space, H5P_DEFAULT, rows->data));
    ecp_h5_close(memory);
    ecp_h5_close(space);
}

void ecp_h5_put(struct ecp_h5_writer *writer, hid_t parent, const struct ecp_h5_column *column,
                hid_t type, const void *data)
{
    const hid_t dataset = ecp_h5_dataset(writer, parent, column);
    ecp_h5_put_rows(writer, dataset,
                    &(struct ecp_h5_rows){.type = type, .count = column->rows, .data = data});
    ecp_h5_close(dataset);
}

hid_t ecp_h5_text_type(void)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    (void)H5Tset_size(type, H5T_VARIABLE);
    (void)H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

static void scalar(struct ecp_h5_writer *writer, hid_t object, const char *name,
                   const hid_t type[2], const void *value)
{
    if (!ecp_h5_fine(writer))
        return;
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(object, name, type[0], space, H5P_DEFAULT, H5P_DEFAULT);
    ecp_h5_check(writer, attribute);
    if (attribute >= 0)
        ecp_h5_check(writer, H5Awrite(attribute, type[1], value));
    ecp_h5_close(attribute);
    ecp_h5_close(space);
}

void ecp_h5_text(struct ecp_h5_writer *writer, hid_t object, const char *name, const char *text)
{
    const hid_t type = ecp_h5_text_type();
    const char *value = text == NULL ? "" : text;
    scalar(writer, object, name, (hid_t[]){type, type}, &value);
    ecp_h5_close(type);
}

void ecp_h5_real(struct ecp_h5_writer *writer, hid_t object, const char *name, double value)
{
    scalar(writer, object, name, (hid_t[]){H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE}, &value);
}

void ecp_h5_count(struct ecp_h5_writer *writer, hid_t object, const char *name, uint64_t value)
{
    scalar(writer, object, name, (hid_t[]){H5T_STD_U64LE, H5T_NATIVE_UINT64}, &value);
}

void ecp_h5_flag(struct ecp_h5_writer *writer, hid_t object, const char *name, int8_t value)
{
    scalar(writer, object, name, (hid_t[]){H5T_STD_I8LE, H5T_NATIVE_INT8}, &value);
}

struct attribute_copy {
    struct ecp_h5_writer *writer;
    hid_t object;
};

static herr_t copy_attribute(hid_t from, const char *name, const H5A_info_t *info, void *context)
{
    (void)info;
    const struct attribute_copy *copy = context;
    const hid_t source = H5Aopen(from, name, H5P_DEFAULT);
    const hid_t type = H5Aget_type(source), space = H5Aget_space(source);
    const hssize_t points = H5Sget_simple_extent_npoints(space);
    void *value = points > 0 ? calloc((size_t)points, H5Tget_size(type)) : NULL;
    const hid_t target = H5Acreate2(copy->object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const int read = value != NULL && H5Aread(source, type, value) >= 0;
    const int fine = read && target >= 0 && H5Awrite(target, type, value) >= 0;
    if (read && H5Tis_variable_str(type) > 0)
        (void)H5Dvlen_reclaim(type, space, H5P_DEFAULT, value);
    free(value);
    ecp_h5_close(target);
    ecp_h5_close(space);
    ecp_h5_close(type);
    ecp_h5_close(source);
    return fine ? 0 : -1;
}

void ecp_h5_copy_attributes(struct ecp_h5_writer *writer, hid_t object, hid_t from)
{
    struct attribute_copy copy = {writer, object};
    if (ecp_h5_fine(writer))
        ecp_h5_check(writer,
                     H5Aiterate2(from, H5_INDEX_NAME, H5_ITER_INC, NULL, copy_attribute, &copy));
}
