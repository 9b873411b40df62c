/* built_h5.h -- bytes as instructions to build a whole HDF5 file with odd contents: what is
 * fuzzed is what reads the contents, and not the HDF5 library.
 *
 * Each instruction: path, type, shape, then one byte a value; or an attribute of what was
 * made last. */
#ifndef TESTS_FUZZ_BUILT_H5_H
#define TESTS_FUZZ_BUILT_H5_H

#include <hdf5.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUILT_VALUES = 64, BUILT_TYPES = 7, BUILT_TEXTS = 6 };

struct built {
    const uint8_t *data;
    size_t size, at;
    const char *const *path; /* ends with NULL */
    const char *const *text; /* of strings; ends with NULL */
};

static inline unsigned built_byte(struct built *b)
{
    return b->at < b->size ? b->data[b->at++] : 0;
}

static inline size_t built_count(const char *const *list)
{
    size_t n = 0;
    while (list[n])
        n++;
    return n;
}

/* Small numbers mostly; some that are hard to take. */
static inline double built_value(unsigned byte)
{
    static const double odd[] = {NAN, INFINITY, -INFINITY, -1,     0x1p63, 1e300,
                                 0.5, 1e-3,     -0.25,     0x1p32, 1e-300, 1000};
    return byte < 200 ? byte : odd[byte % (sizeof odd / sizeof odd[0])];
}

static inline void built_dataset(struct built *b, hid_t file, const char *path)
{
    const hid_t types[] = {H5T_NATIVE_DOUBLE,
                           H5T_NATIVE_FLOAT,
                           H5T_NATIVE_UINT64,
                           H5T_NATIVE_INT32,
                           H5T_NATIVE_UINT8,
                           -1,
                           -2};
    const unsigned type = built_byte(b) % BUILT_TYPES, rank = built_byte(b) % 4;
    hsize_t size[3] = {1, 1, 1};
    const char *text[BUILT_VALUES];
    char fixed[BUILT_VALUES][8] = {{0}};
    double value[BUILT_VALUES];
    size_t n = 1;
    for (unsigned k = 0; k < rank; k++) {
        size[k] = built_byte(b) % 9;
        n *= (size_t)size[k];
    }
    if (n > BUILT_VALUES)
        return;
    for (size_t k = 0; k < n; k++) {
        const unsigned byte = built_byte(b);
        value[k] = built_value(byte);
        text[k] = b->text[byte % built_count(b->text)];
        memcpy(fixed[k], text[k], strnlen(text[k], sizeof fixed[k]));
    }
    const hid_t string = H5Tcopy(H5T_C_S1);
    (void)H5Tset_size(string, type == 5 ? H5T_VARIABLE : sizeof fixed[0]);
    const hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple((int)rank, size, NULL);
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    (void)H5Pset_create_intermediate_group(links, 1);
    const hid_t set = H5Dcreate2(file, path, type < 5 ? types[type] : string, space, links,
                                 H5P_DEFAULT, H5P_DEFAULT);
    if (set >= 0 && type < 5)
        (void)H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value);
    else if (set >= 0)
        (void)H5Dwrite(set, string, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                       type == 5 ? (const void *)text : (const void *)fixed);
    if (set >= 0)
        (void)H5Dclose(set);
    (void)H5Pclose(links);
    (void)H5Sclose(space);
    (void)H5Tclose(string);
}

static inline void built_attribute(struct built *b, hid_t file, const char *path)
{
    static const char *const names[] = {"units", "size", "duration_ms", "sorting"};
    const char *name = names[built_byte(b) % 4];
    const unsigned as_text = built_byte(b) % 2, byte = built_byte(b);
    const char *text = b->text[byte % built_count(b->text)];
    const double value = built_value(byte);
    const hid_t object = H5Oopen(file, path, H5P_DEFAULT), space = H5Screate(H5S_SCALAR);
    const hid_t string = H5Tcopy(H5T_C_S1);
    (void)H5Tset_size(string, H5T_VARIABLE);
    const hid_t type = as_text ? string : H5T_NATIVE_DOUBLE;
    if (object >= 0) {
        const hid_t a = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
        if (a >= 0) {
            (void)H5Awrite(a, type, as_text ? (const void *)&text : (const void *)&value);
            (void)H5Aclose(a);
        }
        (void)H5Oclose(object);
    }
    (void)H5Tclose(string);
    (void)H5Sclose(space);
}

/* 1: the file `name` is there. */
static inline int built_file(struct built *b, const char *name)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    const hid_t file = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (file < 0)
        return 0;
    const size_t n = built_count(b->path);
    while (b->at < b->size) {
        const unsigned op = built_byte(b);
        const char *path = b->path[built_byte(b) % n];
        if (op % 4 == 0)
            built_attribute(b, file, path);
        else
            built_dataset(b, file, path);
    }
    (void)H5Fclose(file);
    return 1;
}

static inline void built_name(char name[64], const char *what)
{
    const int shared = access("/dev/shm", W_OK) == 0;
    (void)snprintf(name, 64, "%s/fuzz_%s_%ld.h5", shared ? "/dev/shm" : ".", what, (long)getpid());
}

#endif
