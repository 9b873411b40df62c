#include "engine/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/types.h"

enum { LARGE_PAGE = 2 << 20 };

void *ecp_array(size_t n, size_t size)
{
    if (size > 0 && n > (SIZE_MAX - 2 * ECP_ALIGNMENT) / size)
        return NULL;
    const size_t padded = (n * size / ECP_ALIGNMENT + 2) * ECP_ALIGNMENT;
    void *array = aligned_alloc(ECP_ALIGNMENT, padded);
    if (array)
        memset(array, 0, padded);
    return array;
}

static size_t rounded(size_t bytes)
{
    return (bytes / LARGE_PAGE + 1) * LARGE_PAGE;
}

void *ecp_pages(size_t bytes)
{
    if (bytes > SIZE_MAX - (size_t)2 * LARGE_PAGE)
        return NULL;
    void *pages = mmap(NULL, rounded(bytes), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
    (void)madvise(pages, rounded(bytes), MADV_HUGEPAGE);
    return pages;
}

void *ecp_pages_grow(void *pages, size_t bytes, size_t larger)
{
    if (!pages)
        return ecp_pages(larger);
    if (larger > SIZE_MAX - (size_t)2 * LARGE_PAGE)
        return NULL;
    void *grown = mremap(pages, rounded(bytes), rounded(larger), MREMAP_MAYMOVE);
    if (grown == MAP_FAILED)
        return NULL;
    (void)madvise(grown, rounded(larger), MADV_HUGEPAGE);
    return grown;
}

void ecp_pages_free(void *pages, size_t bytes)
{
    if (pages)
        (void)munmap(pages, rounded(bytes));
}

void *ecp_room_for_one(void *array, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return array;
    const size_t larger = *capacity ? 2 * *capacity : 64;
    void *grown = realloc(array, larger * size);
    if (grown)
        *capacity = larger;
    return grown;
}
