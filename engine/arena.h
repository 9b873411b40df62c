/* arena.h -- memory that is freed all at once.
 *
 * What the readers and the plan hand out lives as long as the arena: no
 * single piece is ever freed. Not for threads to share. */
#ifndef ECP_ARENA_H
#define ECP_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "engine/status.h"

struct ecp_arena;

enum ecp_status ecp_arena_create(struct ecp_arena **out);
void ecp_arena_destroy(struct ecp_arena *arena);

/* Zeroed memory, aligned for every scalar; NULL when there is none. */
void *ecp_arena_alloc(struct ecp_arena *arena, size_t bytes);

/* The same for n elements; NULL when n * size overflows, too. */
void *ecp_arena_array(struct ecp_arena *arena, size_t n, size_t size);

/* A copy of a string, of its first `length` characters, or a printed one;
 * NULL when there is no memory. */
char *ecp_arena_strdup(struct ecp_arena *arena, const char *text);
char *ecp_arena_strndup(struct ecp_arena *arena, const char *text, size_t length);
char *ecp_arena_vprintf(struct ecp_arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
char *ecp_arena_printf(struct ecp_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
