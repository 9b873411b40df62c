/* patterns.h -- items of d numbers, kept one by one, row-major: what memories consist of
 * that complete patterns. */
#ifndef ECP_PATTERNS_H
#define ECP_PATTERNS_H

#include "engine/memory.h"

struct ecp_patterns {
    size_t d, n, capacity;
    double *x;      /* n x d */
    double longest; /* largest x.x of an item */
};

/* From {0} with d set. ECP_ENOMEM; ECP_EARG naming `owner` where items bring strength or
 * decay of their own. */
enum ecp_status ecp_patterns_add(struct ecp_patterns *patterns, const char *owner,
                                 const struct ecp_items *items);
void ecp_patterns_clear(struct ecp_patterns *patterns);

/* The whole as an array (malloc'd), and back. ECP_EARG, naming `owner`: not such an array. */
enum ecp_status ecp_patterns_image(const struct ecp_patterns *patterns, double **data,
                                   size_t *count);
enum ecp_status ecp_patterns_restore(struct ecp_patterns *patterns, const char *owner,
                                     const double *data, size_t count);

/* "patterns"; 0 for k > 0. */
int ecp_patterns_part(const struct ecp_patterns *patterns, size_t k, struct ecp_memory_part *out);

#endif
