/* store_pool.h -- memory that is freed in one go (private). */
#ifndef ECP_STORE_POOL_H
#define ECP_STORE_POOL_H

#include <stddef.h>

#include "engine/status.h"

struct ecp_pool_block;

/* Starts as {0}. */
struct ecp_pool {
    struct ecp_pool_block *last;
};

/* count x size zeroed bytes at *out (never NULL on success); ECP_ENOMEM names
 * the amount. */
enum ecp_status ecp_pool_alloc(struct ecp_pool *pool, size_t count, size_t size, void *out);
enum ecp_status ecp_pool_text(struct ecp_pool *pool, const char *text, const char **out);
enum ecp_status ecp_pool_print(struct ecp_pool *pool, const char **out, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Room for one more in a list of `count` elements: *list moves now and then. */
enum ecp_status ecp_pool_extend(struct ecp_pool *pool, size_t count, size_t size, void *list);
void ecp_pool_clear(struct ecp_pool *pool);

#endif
