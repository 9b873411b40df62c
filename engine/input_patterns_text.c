/* input_patterns_text.c -- rows as lines of numbers, separated by commas, semicolons,
 * blanks or tabs. Empty lines and lines that begin with # are skipped, and so is a first
 * line of names. */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/input_patterns.h"

struct lines {
    const struct ecp_rows_wanted *wanted;
    FILE *file;
    char *text;
    size_t room_text, line;
    double *data;
    size_t n, size, room; /* rows; columns; numbers that fit */
    locale_t numbers;     /* a decimal point, whatever the user's language */
};

static const char separators[] = ",; \t\r\n";

static enum ecp_status make_room(struct lines *l, size_t count)
{
    if (count <= l->room)
        return ECP_OK;
    const size_t room = count > 2 * l->room ? count : 2 * l->room;
    double *data = realloc(l->data, room * sizeof *data);
    if (!data)
        return ecp_fail(ECP_ENOMEM, "%s: no memory for %zu rows", l->wanted->path, l->n);
    l->data = data;
    l->room = room;
    return ECP_OK;
}

static int is_name(const struct lines *l, const char *word)
{
    char *end;
    (void)strtod_l(word, &end, l->numbers);
    return end == word;
}

/* The numbers of one line; *skipped = 1: there are none. */
static enum ecp_status take_line(struct lines *l, int *skipped)
{
    char *rest = NULL;
    size_t columns = 0;
    enum ecp_status status;
    *skipped = 1;
    for (char *word = strtok_r(l->text, separators, &rest); word;
         word = strtok_r(NULL, separators, &rest), columns++) {
        char *end;
        if (columns == 0 && word[0] == '#')
            return ECP_OK;
        if (columns == 0 && l->n == 0 && l->line == 1 && is_name(l, word))
            return ECP_OK;
        const double value = strtod_l(word, &end, l->numbers);
        if (end == word || *end != '\0' || !isfinite(value))
            return ecp_fail(ECP_ECONFIG, "%s:%zu: found \"%.40s\"; allowed: finite numbers",
                            l->wanted->path, l->line, word);
        status = make_room(l, l->n * l->size + columns + 1);
        if (status != ECP_OK)
            return status;
        l->data[l->n * l->size + columns] = value;
        *skipped = 0;
    }
    if (*skipped)
        return ECP_OK;
    if (l->n > 0 && columns != l->size)
        return ecp_fail(ECP_ECONFIG,
                        "%s:%zu: found %zu numbers; allowed: %zu, as in the lines "
                        "before",
                        l->wanted->path, l->line, columns, l->size);
    l->size = columns;
    return ECP_OK;
}

static enum ecp_status read_lines(struct lines *l)
{
    size_t row = 0;
    for (;;) {
        int skipped;
        errno = 0;
        const ssize_t length = getline(&l->text, &l->room_text, l->file);
        if (length < 0 && (ferror(l->file) || !feof(l->file)))
            return ecp_fail(ECP_EIO, "%s: cannot be read: %s", l->wanted->path, strerror(errno));
        if (length < 0)
            break;
        l->line++;
        if (strlen(l->text) != (size_t)length)
            return ecp_fail(ECP_EIO, "%s:%zu: binary data; allowed: text, IDX or HDF5",
                            l->wanted->path, l->line);
        if (l->line == 1 && strncmp(l->text, "\xEF\xBB\xBF", 3) == 0)
            memmove(l->text, l->text + 3, (size_t)length - 2);
        const enum ecp_status status = take_line(l, &skipped);
        if (status != ECP_OK)
            return status;
        if (skipped)
            continue;
        l->n++;
        if (++row == l->wanted->to)
            break;
    }
    return ECP_OK;
}

enum ecp_status ecp_input_rows_text(const struct ecp_rows_wanted *wanted, struct ecp_rows_read *out)
{
    struct lines l = {.wanted = wanted, .numbers = newlocale(LC_NUMERIC_MASK, "C", NULL)};
    size_t from = 0, to = 0;
    enum ecp_status status = ECP_OK;
    l.file = l.numbers ? fopen(wanted->path, "re") : NULL;
    if (!l.file) {
        status = ecp_fail(ECP_EIO, "%s: cannot be opened: %s", wanted->path, strerror(errno));
        goto done;
    }
    ECP_TRY(read_lines(&l));
    ECP_TRY(ecp_input_range(wanted, l.n, &from, &to));
    memmove(l.data, l.data + from * l.size, (to - from) * l.size * sizeof *l.data);
    *out = (struct ecp_rows_read){
        .n = to - from, .size = l.size, .data = l.data, .all = wanted->to > 0 ? 0 : l.n};
    l.data = NULL;
done:
    if (l.file)
        (void)fclose(l.file);
    if (l.numbers)
        freelocale(l.numbers);
    free(l.text);
    free(l.data);
    return status;
}
