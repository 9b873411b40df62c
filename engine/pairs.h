/* pairs.h -- keys and values kept one by one, and how well each can be reached: what
 * memories consist of that can tell their items apart. */
#ifndef ECP_PAIRS_H
#define ECP_PAIRS_H

#include "engine/memory.h"

struct ecp_pairs {
    struct ecp_memory_shape shape;
    size_t n, capacity;
    double *keys, *values;                 /* n x shape.key, n x shape.value */
    double *accessibility, *amplification; /* n, both 1 at first */
};

/* From {0}; room for shape.capacity of them. ECP_ENOMEM. */
enum ecp_status ecp_pairs_init(struct ecp_pairs *pairs, struct ecp_memory_shape shape);
void ecp_pairs_clear(struct ecp_pairs *pairs);

enum ecp_status ecp_pairs_add(struct ecp_pairs *pairs, const double *keys, const double *values,
                              size_t n);
void ecp_pairs_weigh(struct ecp_pairs *pairs, size_t first, size_t n, double accessibility,
                     double amplification);

/* The whole as an array (malloc'd) with one number of the owner's; and back. ECP_EARG,
 * naming `owner`: not such an array. */
enum ecp_status ecp_pairs_image(const struct ecp_pairs *pairs, double own, double **data,
                                size_t *count);
enum ecp_status ecp_pairs_restore(struct ecp_pairs *pairs, const char *owner, const double *data,
                                  size_t count, double *own);

/* K, V, accessibility, amplification; 0 for k >= ECP_PAIRS_PARTS. */
enum { ECP_PAIRS_PARTS = 4 };
int ecp_pairs_part(const struct ecp_pairs *pairs, size_t k, struct ecp_memory_part *out);

#endif
