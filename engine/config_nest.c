#include "engine/config_nest.h"

#include <stdio.h>
#include <string.h>

#include "engine/config_place.h"

struct ecp_nest_key {
    struct ecp_nest_key *next;
    const char *name;
    struct ecp_place place;
};

/* "populations.E.size", as on the command line. */
static void write_path(const struct ecp_nest *nest, const char *last, char *text)
{
    size_t at = 0;
    text[0] = '\0';
    for (int d = 0; d <= nest->depth && at + 1 < ECP_KEY_LENGTH; d++) {
        const struct ecp_nest_level *level = &nest->level[d];
        const char *dot = at ? "." : "";
        int n;
        if (d == nest->depth)
            n = snprintf(text + at, ECP_KEY_LENGTH - at, "%s%s", dot, last);
        else if (level->mark == '(' || level->mark == '[')
            n = snprintf(text + at, ECP_KEY_LENGTH - at, "%s%zu", dot, level->index);
        else
            n = snprintf(text + at, ECP_KEY_LENGTH - at, "%s%s", dot,
                         level->name ? level->name : "?");
        at += n > 0 ? (size_t)n : 0;
    }
}

enum ecp_status ecp_nest_name(struct ecp_nest *nest, const char *name, size_t length,
                              struct ecp_place place)
{
    struct ecp_nest_level *level = &nest->level[nest->depth];
    if (level->expects_value || level->mark == '(' || level->mark == '[') {
        level->expects_value = 0; /* true, false, or an error for libconfig */
        return ECP_OK;
    }
    char path[ECP_KEY_LENGTH];
    char *copy = ecp_arena_strndup(nest->arena, name, length);
    struct ecp_nest_key *key = ecp_arena_alloc(nest->arena, sizeof *key);
    if (!copy || !key)
        return ecp_fail(ECP_ENOMEM, "no memory for the keys of the config");
    for (const struct ecp_nest_key *k = level->key; k; k = k->next) {
        if (strcmp(k->name, copy) != 0)
            continue;
        write_path(nest, copy, path);
        return ecp_refuse(&place, path,
                          "found a second time, first in line %d%s%s; a key may "
                          "stand once",
                          k->place.line, strcmp(k->place.file, place.file) ? " of " : "",
                          strcmp(k->place.file, place.file) ? k->place.file : "");
    }
    *key = (struct ecp_nest_key){level->key, copy, place};
    level->key = key;
    level->name = copy;
    return ECP_OK;
}

void ecp_nest_value(struct ecp_nest *nest)
{
    nest->level[nest->depth].expects_value = 0;
}

enum ecp_status ecp_nest_mark(struct ecp_nest *nest, char mark, struct ecp_place place)
{
    struct ecp_nest_level *level = &nest->level[nest->depth];
    switch (mark) {
    case '=':
    case ':':
        level->expects_value = 1;
        break;
    case ',':
        level->index++;
        break;
    case '{':
    case '(':
    case '[':
        if (nest->depth == ECP_MAX_NESTING)
            return ecp_refuse(&place, NULL,
                              "found brackets inside each other; allowed: at most "
                              "%d deep",
                              ECP_MAX_NESTING);
        level->expects_value = 0;
        nest->level[++nest->depth] = (struct ecp_nest_level){.mark = mark};
        break;
    case '}':
    case ')':
    case ']':
        if (nest->depth > 0)
            nest->depth--; /* a wrong partner is libconfig's to report */
        break;
    default:
        break;
    }
    return ECP_OK;
}
