/* input_matrix.c -- a matrix of an HDF5 file as a data set: conditions x units, or, where
 * the row length is that of a strict upper triangle and the dataset lies in a group named
 * "rdms", dissimilarities. */
#include <math.h>
#include <string.h>

#include "engine/dataset_kinds.h"
#include "engine/store_h5.h"

int ecp_matrix_is_h5(const struct ecp_dataset_place *place)
{
    return place->inside != NULL;
}

/* n with n (n - 1) / 2 pairs; 0: there is none. */
static size_t conditions_of(size_t pairs)
{
    const size_t n = (size_t)((1 + sqrt(1 + 8 * (double)pairs)) / 2 + 0.5);
    return n * (n - 1) / 2 == pairs ? n : 0;
}

static enum ecp_status fill(struct ecp_dataset *set, const struct ecp_dataset_place *place,
                            const struct ecp_h5_array *array)
{
    const int dissimilar = strstr(place->inside, "/rdms/") != NULL;
    const size_t all = array->rows * array->columns;
    double *data = ecp_dataset_alloc(set, all, sizeof *data);
    if (!data)
        return ecp_fail(ECP_ENOMEM, "no memory for %s", set->name);
    memcpy(data, array->data, all * sizeof *data);
    if (!dissimilar) {
        set->n_conditions = array->rows;
        set->n_units = array->columns;
        set->mean = data;
        return ECP_OK;
    }
    const int is_vector = array->columns == 1 && array->rows > 1;
    const size_t pairs = is_vector ? array->rows : array->columns;
    set->n_conditions = conditions_of(pairs);
    set->n_rdms = is_vector ? 1 : array->rows;
    set->rdm = data;
    if (set->n_conditions == 0)
        return ecp_fail(ECP_ECONFIG,
                        "%s: rows of %zu; dissimilarities of n conditions are "
                        "n (n - 1) / 2",
                        set->name, pairs);
    return ECP_OK;
}

enum ecp_status ecp_matrix_read_h5(const struct ecp_dataset_place *place, struct ecp_dataset **out)
{
    struct ecp_pool pool = {0};
    struct ecp_h5_reader file = {0};
    struct ecp_h5_array array = {.type = H5T_NATIVE_DOUBLE, .pool = &pool};
    struct ecp_dataset *set = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_h5_open(place->file, &file));
    ECP_TRY(ecp_h5_load(&file, file.file, place->inside + 1, &array));
    ECP_TRY(ecp_dataset_create(place->request->name ? place->request->name : place->request->path,
                               &set));
    ECP_TRY(fill(set, place, &array));
    *out = set;
    set = NULL;
done:
    ecp_dataset_destroy(set);
    ecp_h5_shut(&file);
    ecp_pool_clear(&pool);
    return status;
}
