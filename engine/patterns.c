#include "engine/patterns.h"

#include <stdlib.h>
#include <string.h>

/* Room for n more. */
static enum ecp_status reserve(struct ecp_patterns *p, size_t n)
{
    if (p->n + n <= p->capacity)
        return ECP_OK;
    const size_t capacity = p->n + n > 2 * p->capacity ? p->n + n : 2 * p->capacity;
    double *x =
        capacity <= SIZE_MAX / sizeof *x / p->d ? realloc(p->x, capacity * p->d * sizeof *x) : NULL;
    if (!x)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu patterns of %zu", capacity, p->d);
    p->x = x;
    p->capacity = capacity;
    return ECP_OK;
}

static enum ecp_status add(struct ecp_patterns *p, const double *x, size_t n)
{
    const enum ecp_status status = reserve(p, n);
    if (status != ECP_OK || n == 0)
        return status;
    memcpy(p->x + p->n * p->d, x, n * p->d * sizeof *x);
    for (size_t k = 0; k < n; k++) {
        double square = 0;
        for (size_t j = 0; j < p->d; j++)
            square += x[k * p->d + j] * x[k * p->d + j];
        p->longest = square > p->longest ? square : p->longest;
    }
    p->n += n;
    return ECP_OK;
}

enum ecp_status ecp_patterns_add(struct ecp_patterns *patterns, const char *owner,
                                 const struct ecp_items *items)
{
    if (items->strength || items->decay)
        return ecp_fail(ECP_EARG, "memory %s: its items have neither strength nor decay", owner);
    return add(patterns, items->keys, items->n);
}

void ecp_patterns_clear(struct ecp_patterns *patterns)
{
    free(patterns->x);
}

enum ecp_status ecp_patterns_image(const struct ecp_patterns *patterns, double **data,
                                   size_t *count)
{
    const size_t n = patterns->n * patterns->d;
    double *all = malloc((n + 1) * sizeof *all);
    if (!all)
        return ecp_fail(ECP_ENOMEM, "no memory for the image of %zu patterns", patterns->n);
    all[0] = (double)patterns->n;
    if (n > 0)
        memcpy(all + 1, patterns->x, n * sizeof *all);
    *data = all;
    *count = n + 1;
    return ECP_OK;
}

enum ecp_status ecp_patterns_restore(struct ecp_patterns *patterns, const char *owner,
                                     const double *data, size_t count)
{
    if (count < 1 || (count - 1) % patterns->d != 0 ||
        data[0] != (double)((count - 1) / patterns->d))
        return ecp_fail(ECP_EARG, "memory %s: this is not an image of it", owner);
    patterns->n = 0;
    patterns->longest = 0;
    return add(patterns, data + 1, (count - 1) / patterns->d);
}

int ecp_patterns_part(const struct ecp_patterns *patterns, size_t k, struct ecp_memory_part *out)
{
    if (k > 0)
        return 0;
    *out = (struct ecp_memory_part){"patterns", "one a row", patterns->n, patterns->d, patterns->x};
    return 1;
}
