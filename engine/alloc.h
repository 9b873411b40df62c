/* alloc.h -- aligned arrays, and large ones on large pages. */
#ifndef ECP_ALLOC_H
#define ECP_ALLOC_H

#include <stddef.h>

/* Zeroed, aligned to ECP_ALIGNMENT, padded by one alignment at the end; free()
 * releases it. NULL when there is none, or when n * size overflows. */
void *ecp_array(size_t n, size_t size);

/* Zeroed pages, untouched until written (so that the thread that writes first
 * has them near), on 2 MiB pages where the system gives them. NULL when there
 * is no memory; bytes 0 gives one page. */
void *ecp_pages(size_t bytes);
/* Enlarge from `bytes` to `larger` (contents kept; the place may change). On
 * failure NULL, and the old pages stay as they are. `pages` may be NULL. */
void *ecp_pages_grow(void *pages, size_t bytes, size_t larger);
void ecp_pages_free(void *pages, size_t bytes);

/* `array` (malloc'd, or NULL) with room for element n, grown when needed; NULL: no memory,
 * and the array stays as it is. */
void *ecp_room_for_one(void *array, size_t n, size_t *capacity, size_t size);

#endif
