#include "engine/store_pool.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ecp_pool_block {
    struct ecp_pool_block *before;
    _Alignas(max_align_t) unsigned char bytes[];
};

/* The callers pass the address of a pointer of any type as `void *`; memcpy is
 * the way to write it that breaks no aliasing rule. */
enum ecp_status ecp_pool_alloc(struct ecp_pool *pool, size_t count, size_t size, void *out)
{
    struct ecp_pool_block *block = NULL;
    size_t bytes;
    if (!__builtin_mul_overflow(count, size, &bytes) && bytes < SIZE_MAX / 2)
        block = calloc(1, sizeof *block + bytes);
    if (block == NULL)
        return ecp_fail(ECP_ENOMEM, "no memory for %.1f MB of recorded data",
                        (double)count * (double)size / 1e6);
    block->before = pool->last;
    pool->last = block;
    void *memory = block->bytes;
    memcpy(out, &memory, sizeof memory);
    return ECP_OK;
}

enum ecp_status ecp_pool_text(struct ecp_pool *pool, const char *text, const char **out)
{
    const size_t length = strlen(text) + 1;
    char *copy = NULL;
    const enum ecp_status status = ecp_pool_alloc(pool, length, 1, &copy);
    if (status != ECP_OK)
        return status;
    memcpy(copy, text, length);
    *out = copy;
    return ECP_OK;
}

enum ecp_status ecp_pool_print(struct ecp_pool *pool, const char **out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    const int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return ecp_fail(ECP_ENOMEM, "no memory for a name");
    const enum ecp_status status = ecp_pool_text(pool, text, out);
    free(text);
    return status;
}

enum ecp_status ecp_pool_extend(struct ecp_pool *pool, size_t count, size_t size, void *list)
{
    if ((count & (count - 1)) != 0) /* full only at 0 and at powers of two */
        return ECP_OK;
    void *old, *fresh = NULL;
    memcpy(&old, list, sizeof old);
    const enum ecp_status status = ecp_pool_alloc(pool, count == 0 ? 1 : 2 * count, size, &fresh);
    if (status != ECP_OK)
        return status;
    if (count > 0)
        memcpy(fresh, old, count * size);
    memcpy(list, &fresh, sizeof fresh);
    return ECP_OK;
}

void ecp_pool_clear(struct ecp_pool *pool)
{
    while (pool->last != NULL) {
        struct ecp_pool_block *block = pool->last;
        pool->last = block->before;
        free(block);
    }
}
