#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/forecast.h"
#include "engine/store_h5.h"

#define LARGE 1e8 /* bytes from which on it matters whether they are there */

enum ecp_status ecp_h5_open(const char *path, struct ecp_h5_reader *out)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return ecp_fail(ECP_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    struct stat facts;
    const int regular = fstat(fileno(file), &facts) == 0 && S_ISREG(facts.st_mode);
    (void)fclose(file);
    if (!regular)
        return ecp_fail(ECP_EIO, "%s: is not a file", path);
    if (H5Fis_hdf5(path) <= 0)
        return ecp_fail(ECP_EIO, "%s: is not an HDF5 file", path);

    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    (void)H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
    /* Files are renamed when whole, so that locks guard nothing; and file systems
     * of clusters often have none. */
    (void)H5Pset_file_locking(access, 0, 1);
#endif
    const hid_t id = H5Fopen(path, H5F_ACC_RDONLY, access);
    ecp_h5_close(access);
    if (id < 0)
        return ecp_fail(ECP_EIO, "%s: cannot be read: truncated or damaged HDF5 file", path);
    *out = (struct ecp_h5_reader){path, id};
    return ECP_OK;
}

void ecp_h5_shut(struct ecp_h5_reader *reader)
{
    if (reader->path != NULL && reader->file >= 0)
        (void)H5Fclose(reader->file);
    *reader = (struct ecp_h5_reader){NULL, H5I_INVALID_HID};
}

int ecp_h5_has(hid_t at, const char *path)
{
    /* H5Lexists fails where a name on the way is missing: ask for each. */
    char part[4 * ECP_H5_NAME];
    if (strlen(path) >= sizeof part)
        return 0;
    for (size_t k = 0;; k++) {
        const int end = path[k] == '\0';
        if (k > 0 && (end || path[k] == '/')) {
            part[k] = '\0';
            if (H5Lexists(at, part, H5P_DEFAULT) <= 0 ||
                H5Oexists_by_name(at, part, H5P_DEFAULT) <= 0)
                return 0;
        }
        if (end)
            return 1;
        part[k] = path[k];
    }
}

hsize_t ecp_h5_links(hid_t group)
{
    H5G_info_t info;
    return H5Gget_info(group, &info) < 0 ? 0 : info.nlinks;
}

enum ecp_status ecp_h5_link(const struct ecp_h5_reader *reader, hid_t group, hsize_t k,
                            char name[ECP_H5_NAME])
{
    const ssize_t length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, k, name,
                                              ECP_H5_NAME, H5P_DEFAULT);
    if (length <= 0 || length >= ECP_H5_NAME)
        return ecp_fail(ECP_EIO, "%s: a name in it cannot be read", reader->path);
    return ECP_OK;
}

int ecp_h5_is_group(hid_t at, const char *name)
{
    if (!ecp_h5_has(at, name))
        return 0;
    const hid_t object = H5Oopen(at, name, H5P_DEFAULT);
    const int group = object >= 0 && H5Iget_type(object) == H5I_GROUP;
    ecp_h5_close(object);
    return group;
}

enum ecp_status ecp_h5_open_group(const struct ecp_h5_reader *reader, hid_t at, const char *path,
                                  hid_t *out)
{
    const hid_t group = ecp_h5_has(at, path) ? H5Gopen2(at, path, H5P_DEFAULT) : H5I_INVALID_HID;
    if (group < 0)
        return ecp_fail(ECP_EIO, "%s: has no group %s", reader->path, path);
    *out = group;
    return ECP_OK;
}

/* Shape of a dataset, and that it can be what is asked for. */
static enum ecp_status shape(const struct ecp_h5_reader *reader, const char *path, hid_t dataset,
                             struct ecp_h5_array *out)
{
    const hid_t space = H5Dget_space(dataset);
    hsize_t size[2] = {1, 1};
    const H5S_class_t class = H5Sget_simple_extent_type(space);
    const int rank = class == H5S_SIMPLE ? H5Sget_simple_extent_ndims(space) : 0;
    if (rank == 1 || rank == 2)
        (void)H5Sget_simple_extent_dims(space, size, NULL);
    ecp_h5_close(space);
    if (class == H5S_NULL)
        size[0] = 0;
    if (class == H5S_NO_CLASS || rank < 0 || rank > 2)
        return ecp_fail(ECP_EIO, "%s: %s has %d dimensions; 1 or 2 are allowed", reader->path, path,
                        rank);
    /* A damaged header may promise more than the file has. */
    if (size[0] > 0 && size[1] > 0 && H5Dget_storage_size(dataset) == 0)
        return ecp_fail(ECP_EIO, "%s: %s is declared, but its data is not there", reader->path,
                        path);
    out->rows = (size_t)size[0];
    out->columns = (size_t)size[1];
    return ECP_OK;
}

static enum ecp_status load(const struct ecp_h5_reader *reader, const char *path, hid_t dataset,
                            struct ecp_h5_array *array)
{
    struct ecp_h5_array read = *array;
    enum ecp_status status = shape(reader, path, dataset, &read);
    if (status != ECP_OK)
        return status;
    size_t count;
    if (__builtin_mul_overflow(read.rows, read.columns, &count))
        return ecp_fail(ECP_EIO, "%s: %s is impossibly large", reader->path, path);
    /* Before the system ends a process that takes more than there is. */
    const double bytes = (double)count * (double)H5Tget_size(read.type);
    if (bytes > LARGE && bytes > ecp_memory_available())
        return ecp_fail(ECP_ENOMEM, "%s: %s needs %.3g GB of memory and %.3g GB are available",
                        reader->path, path, 1e-9 * bytes, 1e-9 * ecp_memory_available());
    status = ecp_pool_alloc(read.pool, count, H5Tget_size(read.type), &read.data);
    if (status != ECP_OK)
        return status;
    if (count > 0 && H5Dread(dataset, read.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, read.data) < 0)
        return ecp_fail(ECP_EIO, "%s: %s cannot be read: damaged?", reader->path, path);
    *array = read;
    return ECP_OK;
}

static hid_t open_dataset(const struct ecp_h5_reader *reader, hid_t at, const char *path)
{
    const hid_t dataset = ecp_h5_has(at, path) ? H5Dopen2(at, path, H5P_DEFAULT) : H5I_INVALID_HID;
    if (dataset < 0)
        (void)ecp_fail(ECP_EIO, "%s: has no dataset %s", reader->path, path);
    return dataset;
}

enum ecp_status ecp_h5_load(const struct ecp_h5_reader *reader, hid_t at, const char *path,
                            struct ecp_h5_array *array)
{
    const hid_t dataset = open_dataset(reader, at, path);
    if (dataset < 0)
        return ECP_EIO;
    const hid_t stored = H5Dget_type(dataset);
    const H5T_class_t class = H5Tget_class(stored);
    ecp_h5_close(stored);
    enum ecp_status status;
    if (class != H5T_INTEGER && class != H5T_FLOAT)
        status = ecp_fail(ECP_EIO, "%s: %s does not hold numbers", reader->path, path);
    else
        status = load(reader, path, dataset, array);
    ecp_h5_close(dataset);
    return status;
}

enum ecp_status ecp_h5_load_texts(const struct ecp_h5_reader *reader, hid_t at, const char *path,
                                  struct ecp_h5_array *array)
{
    const hid_t dataset = open_dataset(reader, at, path);
    if (dataset < 0)
        return ECP_EIO;
    struct ecp_h5_array read = {.type = H5Dget_type(dataset), .pool = array->pool};
    enum ecp_status status;
    if (H5Tis_variable_str(read.type) <= 0)
        status = ecp_fail(ECP_EIO, "%s: %s does not hold texts", reader->path, path);
    else
        status = load(reader, path, dataset, &read);
    ecp_h5_close(dataset);

    char **text = read.data;
    for (size_t k = 0; status == ECP_OK && k < read.rows; k++) {
        char *theirs = text[k];
        status = ecp_pool_text(read.pool, theirs == NULL ? "" : theirs, (const char **)&text[k]);
        (void)H5free_memory(theirs);
    }
    ecp_h5_close(read.type);
    if (status == ECP_OK)
        *array = read;
    return status;
}

static hid_t open_attribute(hid_t at, const char *name)
{
    return H5Aexists(at, name) > 0 ? H5Aopen(at, name, H5P_DEFAULT) : H5I_INVALID_HID;
}

int ecp_h5_get_text(hid_t at, const char *name, struct ecp_pool *pool, const char **out)
{
    const hid_t attribute = open_attribute(at, name);
    if (attribute < 0)
        return 0;
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    int found = 0;
    if (H5Tget_class(type) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1) {
        if (H5Tis_variable_str(type) > 0) {
            char *theirs = NULL;
            found = H5Aread(attribute, type, &theirs) >= 0 &&
                    ecp_pool_text(pool, theirs == NULL ? "" : theirs, out) == ECP_OK;
            (void)H5free_memory(theirs);
        } else {
            char *fixed = calloc(H5Tget_size(type) + 1, 1);
            found = fixed != NULL && H5Aread(attribute, type, fixed) >= 0 &&
                    ecp_pool_text(pool, fixed, out) == ECP_OK;
            free(fixed);
        }
    }
    ecp_h5_close(space);
    ecp_h5_close(type);
    ecp_h5_close(attribute);
    return found;
}

static int get_number(hid_t at, const char *name, hid_t memory, void *out)
{
    const hid_t attribute = open_attribute(at, name);
    if (attribute < 0)
        return 0;
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    const H5T_class_t class = H5Tget_class(type);
    const int found = (class == H5T_INTEGER || class == H5T_FLOAT) &&
                      H5Sget_simple_extent_npoints(space) == 1 &&
                      H5Aread(attribute, memory, out) >= 0;
    ecp_h5_close(space);
    ecp_h5_close(type);
    ecp_h5_close(attribute);
    return found;
}

int ecp_h5_get_real(hid_t at, const char *name, double *out)
{
    return get_number(at, name, H5T_NATIVE_DOUBLE, out);
}

int ecp_h5_get_count(hid_t at, const char *name, uint64_t *out)
{
    return get_number(at, name, H5T_NATIVE_UINT64, out);
}
