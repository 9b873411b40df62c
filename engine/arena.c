#include "engine/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Small pieces share a slab; a large one gets a slab of its own, so that
 * little is lost at the end of a slab. */
enum { SLAB = 16 * 1024, LARGE = SLAB / 4 };

struct slab {
    struct slab *next;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
};

struct ecp_arena {
    struct slab *open; /* small pieces go here, while they fit */
    struct slab *full;
};

enum ecp_status ecp_arena_create(struct ecp_arena **out)
{
    struct ecp_arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        return ecp_fail(ECP_ENOMEM, "no memory for an arena");
    *out = arena;
    return ECP_OK;
}

static void free_slabs(struct slab *slab)
{
    while (slab) {
        struct slab *next = slab->next;
        free(slab);
        slab = next;
    }
}

void ecp_arena_destroy(struct ecp_arena *arena)
{
    if (!arena)
        return;
    free_slabs(arena->open);
    free_slabs(arena->full);
    free(arena);
}

static struct slab *add_slab(struct slab **list, size_t size)
{
    struct slab *slab = calloc(1, sizeof *slab + size);
    if (!slab)
        return NULL;
    slab->size = size;
    slab->next = *list;
    *list = slab;
    return slab;
}

void *ecp_arena_alloc(struct ecp_arena *arena, size_t bytes)
{
    const size_t grain = alignof(max_align_t);
    if (bytes > SIZE_MAX / 2)
        return NULL;
    bytes = bytes ? (bytes + grain - 1) / grain * grain : grain;
    if (bytes >= LARGE) {
        struct slab *own = add_slab(&arena->full, bytes);
        return own ? own->bytes : NULL;
    }
    struct slab *slab = arena->open;
    if (!slab || slab->size - slab->used < bytes)
        slab = add_slab(&arena->open, SLAB);
    if (!slab)
        return NULL;
    void *piece = slab->bytes + slab->used;
    slab->used += bytes;
    return piece;
}

void *ecp_arena_array(struct ecp_arena *arena, size_t n, size_t size)
{
    if (size > 0 && n > SIZE_MAX / 2 / size)
        return NULL;
    return ecp_arena_alloc(arena, n * size);
}

char *ecp_arena_strndup(struct ecp_arena *arena, const char *text, size_t length)
{
    char *copy = ecp_arena_alloc(arena, length + 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

char *ecp_arena_strdup(struct ecp_arena *arena, const char *text)
{
    return ecp_arena_strndup(arena, text, strlen(text));
}

char *ecp_arena_vprintf(struct ecp_arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    char *text = length < 0 ? NULL : ecp_arena_alloc(arena, (size_t)length + 1);
    if (text)
        (void)vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *ecp_arena_printf(struct ecp_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = ecp_arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}
