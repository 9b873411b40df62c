#include "engine/config_text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config_nest.h"
#include "engine/config_place.h"

/* libconfig's own limit of includes is 10 as well. */
enum { MAX_INCLUDES = 10, MAX_OUT = 256 * 1024 * 1024 };

struct scan {
    struct ecp_arena *arena;
    struct ecp_nest nest; /* which group we are in */
    char *out;
    size_t length, room;
    struct ecp_place *line;
    size_t n_lines, line_room;
};

/* One file on its way through the scan. */
struct source {
    const char *at;
    struct ecp_place place; /* of `at` */
    int depth;              /* of includes */
    int at_line_start;
};

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory for the text of the config");
}

static enum ecp_status put(struct scan *scan, const char *text, size_t n)
{
    if (scan->length + n + 1 > scan->room) {
        const size_t room = 2 * (scan->length + n) + 4096;
        char *more = room < MAX_OUT ? realloc(scan->out, room) : NULL;
        if (!more)
            return no_memory();
        scan->out = more;
        scan->room = room;
    }
    memcpy(scan->out + scan->length, text, n);
    scan->length += n;
    scan->out[scan->length] = '\0';
    return ECP_OK;
}

static enum ecp_status begin_line(struct scan *scan, struct ecp_place place)
{
    if (scan->n_lines == scan->line_room) {
        const size_t room = 2 * scan->line_room + 256;
        struct ecp_place *more = realloc(scan->line, room * sizeof *more);
        if (!more)
            return no_memory();
        scan->line = more;
        scan->line_room = room;
    }
    scan->line[scan->n_lines++] = place;
    return ECP_OK;
}

/* Copy `n` characters and keep the line table; what a token may span. */
static enum ecp_status pass(struct scan *scan, struct source *from, size_t n)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < n && status == ECP_OK; k++) {
        const char c = *from->at++;
        status = put(scan, &c, 1);
        from->at_line_start = c == '\n';
        if (c != '\n')
            continue;
        from->place.line++;
        if (status == ECP_OK)
            status = begin_line(scan, from->place);
    }
    return status;
}

/* ---- tokens ------------------------------------------------------------- */

static int is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '*';
}

static size_t comment_length(const struct source *from)
{
    const char *at = from->at;
    if (at[0] == '#' || (at[0] == '/' && at[1] == '/'))
        return strcspn(at, "\n");
    if (at[0] != '/' || at[1] != '*')
        return 0;
    const char *end = strstr(at + 2, "*/");
    return end ? (size_t)(end + 2 - at) : SIZE_MAX;
}

/* With its quotes; SIZE_MAX when it never ends. */
static size_t string_length(const char *at)
{
    size_t n = 1;
    for (; at[n] && at[n] != '"'; n++)
        if (at[n] == '\\' && at[n + 1])
            n++;
    return at[n] ? n + 1 : SIZE_MAX;
}

/* Whole and fractional numbers as libconfig writes them. */
static enum ecp_status pass_number(struct scan *scan, struct source *from)
{
    const char *at = from->at;
    size_t n = at[0] == '+' || at[0] == '-';
    const int hex = at[n] == '0' && (at[n + 1] == 'x' || at[n + 1] == 'X');
    if (hex) {
        n += 2;
        while (isxdigit((unsigned char)at[n]))
            n++;
    } else {
        while (isdigit((unsigned char)at[n]))
            n++;
        const size_t e = n + 1 + (at[n] != '\0' && (at[n + 1] == '+' || at[n + 1] == '-'));
        const int power = (at[n] == 'e' || at[n] == 'E') && isdigit((unsigned char)at[e]);
        if (at[n] == '.' || power) { /* the fraction and power are copied as they are */
            n += power && !isdigit((unsigned char)at[n + 1]) ? 2 : 1;
            while (isdigit((unsigned char)at[n]) || at[n] == 'e' || at[n] == 'E' ||
                   ((at[n] == '+' || at[n] == '-') && (at[n - 1] == 'e' || at[n - 1] == 'E')))
                n++;
            return pass(scan, from, n);
        }
    }
    errno = 0;
    (void)(hex ? (long long)strtoull(at, NULL, 16) : strtoll(at, NULL, 10));
    if (errno == ERANGE)
        return ecp_refuse(&from->place, NULL,
                          "found %.*s; allowed: whole numbers from %lld to %lld", (int)n, at,
                          LLONG_MIN, LLONG_MAX);
    enum ecp_status status = pass(scan, from, n);
    if (status == ECP_OK && *from->at != 'L')
        return put(scan, "L", 1);
    while (status == ECP_OK && *from->at == 'L')
        status = pass(scan, from, 1);
    return status;
}

static int starts_number(const char *at)
{
    if (at[0] == '+' || at[0] == '-')
        at++;
    return isdigit((unsigned char)at[0]) || (at[0] == '.' && isdigit((unsigned char)at[1]));
}

static enum ecp_status pass_token(struct scan *scan, struct source *from)
{
    const size_t comment = comment_length(from);
    if (comment == SIZE_MAX)
        return ecp_refuse(&from->place, NULL,
                          "a comment begins here and never ends; "
                          "allowed: /* ... */");
    if (comment > 0)
        return pass(scan, from, comment);
    if (*from->at == '"') {
        const size_t n = string_length(from->at);
        if (n == SIZE_MAX)
            return ecp_refuse(&from->place, NULL,
                              "a string begins here and never ends; "
                              "allowed: \"...\"");
        ecp_nest_value(&scan->nest);
        return pass(scan, from, n);
    }
    if (starts_number(from->at)) {
        ecp_nest_value(&scan->nest);
        return pass_number(scan, from);
    }
    size_t n = 0;
    while (is_name(from->at[n]))
        n++;
    if (n > 0) {
        const enum ecp_status status = ecp_nest_name(&scan->nest, from->at, n, from->place);
        return status == ECP_OK ? pass(scan, from, n) : status;
    }
    const enum ecp_status status = ecp_nest_mark(&scan->nest, *from->at, from->place);
    return status == ECP_OK ? pass(scan, from, 1) : status;
}

/* ---- includes ----------------------------------------------------------- */

static enum ecp_status scan_source(struct scan *scan, struct source *from);

/* `@include "path"` alone on its line; `at` is behind the word. */
static enum ecp_status include(struct scan *scan, struct source *from, const char *at)
{
    at += strspn(at, " \t");
    const size_t quoted = at[0] == '"' ? strcspn(at + 1, "\"\n") : 0;
    const char *end = at + quoted + 2;
    if (quoted == 0 || end[-1] != '"')
        return ecp_refuse(&from->place, "@include",
                          "found no file name; allowed: @include "
                          "\"other.cfg\"");
    end += strspn(end, " \t\r");
    if (*end != '\n' && *end != '\0')
        return ecp_refuse(&from->place, "@include",
                          "found more behind the file name; allowed: "
                          "nothing else on the line");
    if (from->depth >= MAX_INCLUDES)
        return ecp_refuse(&from->place, "@include",
                          "found includes inside each other; allowed: "
                          "at most %d deep",
                          MAX_INCLUDES);
    char *name = ecp_arena_strndup(scan->arena, at + 1, quoted);
    char *path = name ? ecp_text_path(scan->arena, from->place.file, name) : NULL;
    if (!path)
        return no_memory();
    char *text = NULL;
    enum ecp_status status = ecp_text_read_file(scan->arena, path, &text);
    if (status == ECP_EIO)
        return ecp_refuse_again(&from->place, "@include", status);
    if (status != ECP_OK)
        return status;
    struct source inner = {text, {path, 1}, from->depth + 1, 1};
    scan->line[scan->n_lines - 1] = inner.place;
    status = scan_source(scan, &inner);
    from->at = end;
    if (status == ECP_OK && *end == '\0')
        status = put(scan, "\n", 1);
    if (status == ECP_OK && *end == '\0')
        status = begin_line(scan, from->place);
    return status;
}

static enum ecp_status scan_source(struct scan *scan, struct source *from)
{
    enum ecp_status status = ECP_OK;
    while (*from->at && status == ECP_OK) {
        const char *word = from->at + (from->at_line_start ? strspn(from->at, " \t") : 0);
        if (from->at_line_start && strncmp(word, "@include", 8) == 0)
            status = include(scan, from, word + 8);
        else if (isspace((unsigned char)*from->at))
            status = pass(scan, from, 1);
        else
            status = pass_token(scan, from);
    }
    return status;
}

enum ecp_status ecp_text_prepare(struct ecp_arena *arena, const char *text, const char *name,
                                 struct ecp_text *out)
{
    enum ecp_status status;
    struct scan scan = {.arena = arena, .nest = {.arena = arena}};
    const int mark = strncmp(text, "\xEF\xBB\xBF", 3) == 0; /* a byte order mark */
    struct source from = {text + (mark ? 3 : 0), {name, 1}, 0, 1};
    char *kept = NULL;
    struct ecp_place *lines = NULL;
    ECP_TRY(begin_line(&scan, from.place));
    ECP_TRY(put(&scan, "", 0));
    ECP_TRY(scan_source(&scan, &from));
    kept = ecp_arena_strndup(arena, scan.out, scan.length);
    lines = ecp_arena_array(arena, scan.n_lines, sizeof *lines);
    if (!kept || !lines) {
        status = no_memory();
        goto done;
    }
    memcpy(lines, scan.line, scan.n_lines * sizeof *lines);
    *out = (struct ecp_text){kept, lines, scan.n_lines};
done:
    free(scan.out);
    free(scan.line);
    return status;
}
