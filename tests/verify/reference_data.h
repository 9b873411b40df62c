/* reference_data.h -- values that other programs have computed (tests/data/analysis) and
 * recordings (tests/data/recordings). A test that cannot read them fails. */
#ifndef ECP_TESTS_REFERENCE_DATA_H
#define ECP_TESTS_REFERENCE_DATA_H

#include <hdf5.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support.h"

/* The whole of analysis/NAME.json; freed by json_decref. */
static inline json_t *reference_json(const char *name)
{
    char path[512];
    json_error_t error;
    (void)snprintf(path, sizeof path, "%s/analysis/%s.json", ECP_TEST_DATA, name);
    json_t *root = json_load_file(path, 0, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    return root;
}

/* "a|b|0": keys and positions; keys contain dots, slashes and blanks. */
static inline json_t *reference_at(json_t *at, const char *path)
{
    char copy[256], *rest = NULL;
    (void)snprintf(copy, sizeof copy, "%s", path);
    for (char *key = strtok_r(copy, "|", &rest); key && at; key = strtok_r(NULL, "|", &rest))
        at = json_is_array(at) ? json_array_get(at, strtoul(key, NULL, 10))
                               : json_object_get(at, key);
    if (!at)
        (void)printf("\n  no %s in the reference", path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    return at;
}

/* Numbers of nested lists, one after the other; null is NAN. */
static inline size_t reference_flatten(const json_t *at, double *out, size_t most)
{
    size_t n = 0;
    if (!json_is_array(at)) {
        if (most > 0)
            out[0] = json_is_number(at) ? json_number_value(at) : NAN;
        return most > 0;
    }
    for (size_t k = 0; k < json_array_size(at); k++)
        n += reference_flatten(json_array_get(at, k), out + n, most - n);
    return n;
}

static inline size_t reference_numbers(json_t *root, const char *path, double *out, size_t most)
{
    return reference_flatten(reference_at(root, path), out, most);
}

static inline double reference_number(json_t *root, const char *path)
{
    double value = NAN;
    (void)reference_numbers(root, path, &value, 1);
    return value;
}

/* A dataset of recordings/FILE as doubles, malloc'd; *n: how many. */
static inline double *recording_numbers(const char *file, const char *dataset, size_t *n)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/recordings/%s", ECP_TEST_DATA, file);
    const hid_t h5 = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    CU_ASSERT_FATAL(h5 >= 0);
    const hid_t set = H5Dopen2(h5, dataset, H5P_DEFAULT);
    CU_ASSERT_FATAL(set >= 0);
    const hid_t space = H5Dget_space(set);
    *n = (size_t)H5Sget_simple_extent_npoints(space);
    double *data = malloc((*n + 1) * sizeof *data);
    CU_ASSERT_PTR_NOT_NULL_FATAL(data);
    CU_ASSERT_FATAL(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    (void)H5Sclose(space);
    (void)H5Dclose(set);
    (void)H5Fclose(h5);
    return data;
}

/* Largest |a - b|, and the same over |b|; NAN against NAN is 0, against a number infinite. */
static inline double largest_difference(const double *a, const double *b, size_t n, int relative)
{
    double worst = 0;
    for (size_t k = 0; k < n; k++) {
        const double d = isnan(a[k]) && isnan(b[k])   ? 0
                         : isnan(a[k]) || isnan(b[k]) ? INFINITY
                         : relative                   ? fabs(a[k] - b[k]) / fabs(b[k])
                                                      : fabs(a[k] - b[k]);
        worst = d > worst ? d : worst;
    }
    return worst;
}

#define ASSERT_NEAR(a, b, n, relative, tolerance)                                                  \
    do {                                                                                           \
        const double worst_difference = largest_difference(a, b, n, relative);                     \
        if (!(worst_difference <= (tolerance)))                                                    \
            (void)printf("\n  %s:%d: %s differs by %.3g; allowed: %.3g", __FILE__, __LINE__, #a,   \
                         worst_difference, (double)(tolerance));                                   \
        CU_ASSERT(worst_difference <= (tolerance));                                                \
    } while (0)

#endif
