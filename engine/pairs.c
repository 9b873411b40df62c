#include "engine/pairs.h"

#include <stdlib.h>
#include <string.h>

/* Room for n of them, as arrays of their own. */
static enum ecp_status reserve(struct ecp_pairs *p, size_t n)
{
    double **array[] = {&p->keys, &p->values, &p->accessibility, &p->amplification};
    const size_t width[] = {p->shape.key, p->shape.value, 1, 1};
    if (n <= p->capacity)
        return ECP_OK;
    for (int k = 0; k < 4; k++) {
        if (width[k] > SIZE_MAX / sizeof(double) / n)
            return ecp_fail(ECP_ENOMEM, "no memory for %zu items", n);
        double *larger = realloc(*array[k], n * width[k] * sizeof *larger);
        if (!larger)
            return ecp_fail(ECP_ENOMEM, "no memory for %zu items of %zu numbers", n, width[k]);
        *array[k] = larger;
    }
    p->capacity = n;
    return ECP_OK;
}

enum ecp_status ecp_pairs_init(struct ecp_pairs *pairs, struct ecp_memory_shape shape)
{
    pairs->shape = shape;
    return reserve(pairs, shape.capacity > 16 ? shape.capacity : 16);
}

void ecp_pairs_clear(struct ecp_pairs *pairs)
{
    free(pairs->keys);
    free(pairs->values);
    free(pairs->accessibility);
    free(pairs->amplification);
}

enum ecp_status ecp_pairs_add(struct ecp_pairs *pairs, const double *keys, const double *values,
                              size_t n)
{
    const size_t d = pairs->shape.key, m = pairs->shape.value, all = pairs->n + n;
    if (all > pairs->capacity) {
        const size_t twice = 2 * pairs->capacity;
        const enum ecp_status status = reserve(pairs, all > twice ? all : twice);
        if (status != ECP_OK)
            return status;
    }
    memcpy(pairs->keys + pairs->n * d, keys, n * d * sizeof *keys);
    memcpy(pairs->values + pairs->n * m, values, n * m * sizeof *values);
    pairs->n = all;
    ecp_pairs_weigh(pairs, all - n, n, 1, 1);
    return ECP_OK;
}

void ecp_pairs_weigh(struct ecp_pairs *pairs, size_t first, size_t n, double accessibility,
                     double amplification)
{
    for (size_t k = first; k < first + n; k++) {
        pairs->accessibility[k] = accessibility;
        pairs->amplification[k] = amplification;
    }
}

enum ecp_status ecp_pairs_image(const struct ecp_pairs *pairs, double own, double **data,
                                size_t *count)
{
    const double *array[] = {pairs->keys, pairs->values, pairs->accessibility,
                             pairs->amplification};
    const size_t width[] = {pairs->shape.key, pairs->shape.value, 1, 1};
    const size_t size = 2 + pairs->n * (pairs->shape.key + pairs->shape.value + 2);
    double *all = malloc(size * sizeof *all), *at = all;
    if (!all)
        return ecp_fail(ECP_ENOMEM, "no memory for the image of %zu items", pairs->n);
    *at++ = (double)pairs->n;
    *at++ = own;
    for (int k = 0; k < 4; k++) {
        memcpy(at, array[k], pairs->n * width[k] * sizeof *at);
        at += pairs->n * width[k];
    }
    *data = all;
    *count = size;
    return ECP_OK;
}

enum ecp_status ecp_pairs_restore(struct ecp_pairs *pairs, const char *owner, const double *data,
                                  size_t count, double *own)
{
    double *const *array[] = {&pairs->keys, &pairs->values, &pairs->accessibility,
                              &pairs->amplification};
    const size_t width[] = {pairs->shape.key, pairs->shape.value, 1, 1};
    const size_t each = pairs->shape.key + pairs->shape.value + 2;
    if (count < 2 || (count - 2) % each != 0 || data[0] != (double)((count - 2) / each) ||
        !(data[1] >= 0 && data[1] < 0x1p53))
        return ecp_fail(ECP_EARG, "memory %s: this is not an image of it", owner);
    const size_t n = (count - 2) / each;
    const enum ecp_status status = reserve(pairs, n);
    if (status != ECP_OK)
        return status;
    const double *at = data + 2;
    for (int k = 0; k < 4; k++) {
        memcpy(*array[k], at, n * width[k] * sizeof *at);
        at += n * width[k];
    }
    pairs->n = n;
    *own = data[1];
    return ECP_OK;
}

int ecp_pairs_part(const struct ecp_pairs *pairs, size_t k, struct ecp_memory_part *out)
{
    const struct ecp_memory_part all[ECP_PAIRS_PARTS] = {
        {"K", "keys, one a row", pairs->n, pairs->shape.key, pairs->keys},
        {"V", "values, one a row", pairs->n, pairs->shape.value, pairs->values},
        {"accessibility", "how well each item can be reached", pairs->n, 1, pairs->accessibility},
        {"amplification", "how strongly each item answers", pairs->n, 1, pairs->amplification}};
    if (k >= ECP_PAIRS_PARTS)
        return 0;
    *out = all[k];
    return 1;
}
