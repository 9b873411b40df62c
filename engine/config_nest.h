/* config_nest.h -- groups within groups while a config's text is scanned:
 * keys given twice, and nesting without end. */
#ifndef ECP_CONFIG_NEST_H
#define ECP_CONFIG_NEST_H

#include "engine/arena.h"
#include "engine/plan.h"

/* Deeper than any key of the language; libconfig and we walk it by recursion. */
enum { ECP_MAX_NESTING = 32 };

struct ecp_nest_key; /* a name seen in a group */

struct ecp_nest_level {
    char mark;                /* '{', '(' or '['; 0: the file itself */
    struct ecp_nest_key *key; /* names seen, latest first */
    size_t index;             /* elements passed, in a list */
    const char *name;         /* of the key whose value is open, or NULL */
    int expects_value;        /* behind '=' or ':' */
};

struct ecp_nest {
    struct ecp_arena *arena;
    struct ecp_nest_level level[ECP_MAX_NESTING + 1];
    int depth;
};

/* A name where a key may stand: ECP_ECONFIG when the group has it already. */
enum ecp_status ecp_nest_name(struct ecp_nest *nest, const char *name, size_t length,
                              struct ecp_place place);

/* A string or a number went by. */
void ecp_nest_value(struct ecp_nest *nest);

/* Any other character: ECP_ECONFIG when it opens a level too deep. */
enum ecp_status ecp_nest_mark(struct ecp_nest *nest, char mark, struct ecp_place place);

#endif
