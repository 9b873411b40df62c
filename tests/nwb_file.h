/* nwb_file.h -- small NWB files, made by plain HDF5 calls. */
#ifndef ECP_TESTS_NWB_FILE_H
#define ECP_TESTS_NWB_FILE_H

#include <hdf5.h>
#include <stdio.h>
#include <string.h>

static inline void nwb_text_attribute(hid_t object, const char *name, const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    (void)H5Tset_size(type, H5T_VARIABLE);
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    (void)H5Awrite(attribute, type, &text);
    (void)H5Aclose(attribute);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
}

/* Closed by H5Fclose. */
static inline hid_t nwb_create(const char *path)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    (void)H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    (void)H5Pclose(access);
    nwb_text_attribute(file, "nwb_version", "2.7.0");
    return file;
}

static inline hid_t nwb_group(hid_t file, const char *path)
{
    const hid_t link = H5Pcreate(H5P_LINK_CREATE);
    (void)H5Pset_create_intermediate_group(link, 1);
    const hid_t group = H5Gcreate2(file, path, link, H5P_DEFAULT, H5P_DEFAULT);
    (void)H5Pclose(link);
    return group;
}

/* n numbers, in the file as `type`; columns 0: a list; n -1: one without dimensions. */
static inline void nwb_matrix(hid_t at, const char *name, hid_t type, long n, size_t columns,
                              const double *data)
{
    const hsize_t size[2] = {(hsize_t)(n < 0 ? 1 : n), columns};
    const hid_t space =
        n < 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(columns > 0 ? 2 : 1, size, NULL);
    const hid_t set = H5Dcreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (n != 0)
        (void)H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    (void)H5Dclose(set);
    (void)H5Sclose(space);
}

static inline void nwb_numbers(hid_t at, const char *name, hid_t type, long n, const double *data)
{
    nwb_matrix(at, name, type, n, 0, data);
}

/* length 0: of any length. */
static inline void nwb_words(hid_t at, const char *name, size_t length, size_t n,
                             const char *const *word)
{
    char fixed[64][32] = {{0}};
    const hsize_t size = n;
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &size, NULL);
    const hid_t memory = H5Tcopy(H5T_C_S1);
    (void)H5Tset_size(type, length > 0 ? length : H5T_VARIABLE);
    (void)H5Tset_strpad(type, length > 0 ? H5T_STR_NULLPAD : H5T_STR_NULLTERM);
    const hid_t set = H5Dcreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    (void)H5Tset_size(memory, length > 0 ? sizeof fixed[0] : H5T_VARIABLE);
    for (size_t k = 0; k < n && k < 64; k++)
        (void)snprintf(fixed[k], sizeof fixed[k], "%s", word[k]);
    if (n > 0)
        (void)H5Dwrite(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                       length > 0 ? (const void *)fixed : (const void *)word);
    (void)H5Dclose(set);
    (void)H5Tclose(memory);
    (void)H5Tclose(type);
    (void)H5Sclose(space);
}

/* FALSE and TRUE as h5py writes them. */
static inline void nwb_booleans(hid_t at, const char *name, size_t n, const signed char *value)
{
    const hsize_t size = n;
    const hid_t type = H5Tenum_create(H5T_NATIVE_INT8), space = H5Screate_simple(1, &size, NULL);
    const signed char no = 0, yes = 1;
    (void)H5Tenum_insert(type, "FALSE", &no);
    (void)H5Tenum_insert(type, "TRUE", &yes);
    const hid_t set = H5Dcreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    (void)H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value);
    (void)H5Dclose(set);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
}

#endif
