#include "engine/input_array.h"

#include <stdlib.h>
#include <string.h>

#include "engine/forecast.h"

/* No filter packs numbers much tighter than so many times; a damaged header may claim it. */
enum { MOST_PACKED = 8192 };

enum ecp_status ecp_array_afford(const char *path, const char *what, double bytes)
{
    const double available = ecp_memory_available();
    if (bytes <= available)
        return ECP_OK;
    return ecp_fail(ECP_ENOMEM, "%s: %s take %.3g GB of memory and %.3g GB are available", path,
                    what, bytes / 1e9, available / 1e9);
}

/* ---- what it is --------------------------------------------------------------------------- */

static enum ecp_array_kind kind_of(hid_t dataset)
{
    const hid_t type = H5Dget_type(dataset);
    const H5T_class_t class = H5Tget_class(type);
    ecp_h5_close(type);
    if (class == H5T_INTEGER || class == H5T_FLOAT || class == H5T_ENUM)
        return ECP_ARRAY_NUMBERS;
    return class == H5T_STRING ? ECP_ARRAY_TEXTS : ECP_ARRAY_OTHER;
}

static enum ecp_status damaged(const struct ecp_array *array, const char *how)
{
    return ecp_fail(ECP_EIO, "%s: %s %s", array->file->path, array->name, how);
}

static enum ecp_status measure(struct ecp_array *array)
{
    const hid_t space = H5Dget_space(array->dataset);
    hsize_t size[H5S_MAX_RANK] = {0};
    const H5S_class_t class = H5Sget_simple_extent_type(space);
    array->rank = class == H5S_SIMPLE ? H5Sget_simple_extent_dims(space, size, NULL) : 0;
    ecp_h5_close(space);
    array->count = class != H5S_NULL;
    for (int k = 0; k < ECP_ARRAY_DIMENSIONS; k++)
        array->size[k] = array->count;
    if (class == H5S_NO_CLASS || array->rank < 0)
        return damaged(array, "cannot be read: damaged?");
    if (array->rank > ECP_ARRAY_DIMENSIONS)
        return damaged(array, "has more than 4 dimensions");
    for (int k = 0; k < array->rank; k++) {
        array->size[k] = (size_t)size[k];
        if (__builtin_mul_overflow(array->count, array->size[k], &array->count))
            return damaged(array, "is impossibly large");
    }
    array->rank += array->rank == 0;
    const hid_t type = H5Dget_type(array->dataset);
    const size_t element = H5Tget_size(type), stored = (size_t)H5Dget_storage_size(array->dataset);
    ecp_h5_close(type);
    if (array->count > 0 &&
        (element == 0 || array->count / MOST_PACKED > stored / element + 1 || stored == 0))
        return damaged(array, "is declared, but its data is not there");
    return ECP_OK;
}

enum ecp_status ecp_array_open(const struct ecp_h5_reader *file, hid_t at, const char *path,
                               struct ecp_array *out)
{
    *out = (struct ecp_array){.file = file, .dataset = H5I_INVALID_HID};
    (void)snprintf(out->name, sizeof out->name, "%s", path);
    if (ecp_h5_has(at, path) && !ecp_h5_is_group(at, path))
        out->dataset = H5Dopen2(at, path, H5P_DEFAULT);
    if (out->dataset < 0)
        return damaged(out, "is no dataset of it");
    out->kind = kind_of(out->dataset);
    return measure(out);
}

void ecp_array_close(struct ecp_array *array)
{
    if (array->file)
        ecp_h5_close(array->dataset);
    *array = (struct ecp_array){.dataset = H5I_INVALID_HID};
}

/* ---- numbers ------------------------------------------------------------------------------ */

/* Booleans of h5py are an enumeration: HDF5 converts them only by hand. */
static int read_enumeration(const struct ecp_array *array, hid_t memory, hid_t space, size_t count,
                            double *out)
{
    const hid_t stored = H5Dget_type(array->dataset), base = H5Tget_super(stored);
    const size_t size = H5Tget_size(stored);
    const size_t room = size > sizeof *out ? size : sizeof *out;
    void *raw = calloc(count + 1, room);
    const int fine = raw && base >= 0 &&
                     H5Dread(array->dataset, stored, memory, space, H5P_DEFAULT, raw) >= 0 &&
                     H5Tconvert(base, H5T_NATIVE_DOUBLE, count, raw, NULL, H5P_DEFAULT) >= 0;
    if (fine)
        memcpy(out, raw, count * sizeof *out);
    free(raw);
    ecp_h5_close(base);
    ecp_h5_close(stored);
    return fine;
}

enum ecp_status ecp_array_rows(const struct ecp_array *array, size_t first, size_t n, double *out)
{
    if (array->kind != ECP_ARRAY_NUMBERS)
        return damaged(array, "does not hold numbers");
    if (n == 0 || array->count == 0)
        return ECP_OK;
    const hid_t type = H5Dget_type(array->dataset);
    const int is_enum = H5Tget_class(type) == H5T_ENUM;
    const size_t count = array->count / array->size[0] * n;
    const hsize_t all = count;
    hsize_t from[ECP_ARRAY_DIMENSIONS] = {first}, size[ECP_ARRAY_DIMENSIONS] = {n};
    for (int k = 1; k < ECP_ARRAY_DIMENSIONS; k++)
        size[k] = array->size[k];
    const hid_t space = H5Dget_space(array->dataset);
    const hid_t memory = H5Screate_simple(1, &all, NULL);
    int fine = space >= 0 && memory >= 0;
    if (fine && H5Sget_simple_extent_ndims(space) > 0)
        fine = H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, size, NULL) >= 0;
    if (fine && is_enum)
        fine = read_enumeration(array, memory, space, count, out);
    else if (fine)
        fine = H5Dread(array->dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, out) >= 0;
    ecp_h5_close(memory);
    ecp_h5_close(space);
    ecp_h5_close(type);
    return fine ? ECP_OK : damaged(array, "cannot be read: damaged?");
}

enum ecp_status ecp_array_numbers(const struct ecp_array *array, struct ecp_pool *pool,
                                  double **out)
{
    enum ecp_status status;
    ECP_TRY(ecp_array_afford(array->file->path, array->name, (double)array->count * sizeof **out));
    ECP_TRY(ecp_pool_alloc(pool, array->count, sizeof **out, out));
    status = ecp_array_rows(array, 0, array->size[0], *out);
done:
    return status;
}

/* ---- texts -------------------------------------------------------------------------------- */

/* Bytes as HDF5 handed them out, as texts of the pool; pointers of HDF5's are freed. */
static enum ecp_status take_texts(struct ecp_pool *pool, void *raw, size_t n, size_t size,
                                  int variable, const char **out)
{
    enum ecp_status status = ECP_OK;
    char *fixed = variable ? NULL : calloc(size + 1, 1);
    if (!variable && !fixed)
        return ecp_fail(ECP_ENOMEM, "no memory for texts");
    for (size_t k = 0; k < n; k++) {
        char *theirs = variable ? ((char **)raw)[k] : fixed;
        if (!variable)
            memcpy(fixed, (char *)raw + k * size, size);
        if (status == ECP_OK)
            status = ecp_pool_text(pool, theirs ? theirs : "", &out[k]);
        if (variable)
            (void)H5free_memory(theirs);
    }
    free(fixed);
    return status;
}

enum ecp_status ecp_array_texts(const struct ecp_array *array, struct ecp_pool *pool,
                                const char ***out)
{
    if (array->kind != ECP_ARRAY_TEXTS)
        return damaged(array, "does not hold texts");
    const hid_t type = H5Dget_type(array->dataset);
    const size_t size = H5Tget_size(type);
    enum ecp_status status;
    void *raw = NULL;
    ECP_TRY(ecp_array_afford(array->file->path, array->name,
                             (double)array->count * ((double)size + 16)));
    ECP_TRY(ecp_pool_alloc(pool, array->count, sizeof **out, out));
    raw = calloc(array->count + 1, size);
    if (!raw)
        status = ecp_fail(ECP_ENOMEM, "no memory for %s", array->name);
    else if (array->count > 0 &&
             H5Dread(array->dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw) < 0)
        status = damaged(array, "cannot be read: damaged?");
    else
        status = take_texts(pool, raw, array->count, size, H5Tis_variable_str(type) > 0, *out);
done:
    free(raw);
    ecp_h5_close(type);
    return status;
}

int ecp_array_attribute(hid_t object, const char *name, struct ecp_pool *pool, size_t *n,
                        const char ***out)
{
    const hid_t attribute =
        H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : H5I_INVALID_HID;
    if (attribute < 0)
        return 0;
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    const size_t size = H5Tget_size(type);
    int found = 0;
    if (H5Tget_class(type) == H5T_STRING && count >= 0 && count < 65536 && size < 65536) {
        void *raw = calloc((size_t)count + 1, size);
        *n = (size_t)count;
        found = raw && (count == 0 || H5Aread(attribute, type, raw) >= 0) &&
                ecp_pool_alloc(pool, *n, sizeof **out, out) == ECP_OK &&
                take_texts(pool, raw, *n, size, H5Tis_variable_str(type) > 0, *out) == ECP_OK;
        free(raw);
    }
    ecp_h5_close(space);
    ecp_h5_close(type);
    ecp_h5_close(attribute);
    return found;
}
