/* input_patterns_text.c -- rows as lines of numbers. The first line of numbers tells what
 * separates them: commas, else semicolons, else tabs, else blanks. An empty field is refused,
 * as its row would be cut short or shift. Empty lines and lines that begin with # are skipped,
 * and so is the first line else where it has names alone. */
#include <ctype.h>
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
    char separator;       /* '\0': not known yet; ' ': blanks and tabs */
    int may_be_names;     /* nothing but comments came yet */
    locale_t numbers;     /* a decimal point, whatever the user's language */
};

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

static char separator_of(const char *line)
{
    return strchr(line, ',') ? ',' : strchr(line, ';') ? ';' : strchr(line, '\t') ? '\t' : ' ';
}

/* It does not begin like a number ("1.5x"), or only by its letters ("info", not "inf"). */
static int is_name(const struct lines *l, const char *field, size_t length)
{
    char *end;
    (void)strtod_l(field, &end, l->numbers);
    return end == field || (isalpha((unsigned char)field[0]) && end != field + length);
}

/* No field is a number, and there are some. */
static int is_names(const struct lines *l)
{
    const char between[] = {separator_of(l->text), '\0'}, around[] = " \t\"";
    size_t words = 0;
    for (const char *at = l->text; *at;) {
        at += strspn(at, around);
        const size_t length = strcspn(at, between);
        size_t word = length;
        while (word > 0 && strchr(around, at[word - 1]))
            word--;
        if (word > 0 && !is_name(l, at, word))
            return 0;
        words += word > 0;
        at += length + (at[length] != '\0');
    }
    return words > 0;
}

static enum ecp_status refuse_field(const struct lines *l, const char *field, int length,
                                    size_t column)
{
    const char *path = l->wanted->path;
    const char *between = l->separator == ','    ? "commas"
                          : l->separator == ';'  ? "semicolons"
                          : l->separator == '\t' ? "tabs"
                                                 : "blanks";
    if (length == 0)
        return ecp_fail(ECP_ECONFIG, "%s:%zu: column %zu is empty; allowed: finite numbers", path,
                        l->line, column);
    return ecp_fail(ECP_ECONFIG,
                    "%s:%zu: found \"%.*s\"; allowed: finite numbers, separated by %s%s", path,
                    l->line, length < 40 ? length : 40, field, between,
                    l->n == 0 ? "; a first line may hold names alone" : ", as in the lines before");
}

/* The numbers of one line that has some. */
static enum ecp_status take_numbers(struct lines *l)
{
    const char stop[] = {l->separator, l->separator == ' ' ? '\t' : '\0', '\0'};
    const char *blanks = l->separator == '\t' ? " " : " \t";
    size_t columns = 0;
    for (const char *at = l->text; at; columns++) {
        at += strspn(at, blanks);
        const size_t length = strcspn(at, stop);
        char *end;
        const double value = strtod_l(at, &end, l->numbers);
        if (end == at || end > at + length || end + strspn(end, blanks) < at + length ||
            !isfinite(value))
            return refuse_field(l, at, (int)length, columns);
        const enum ecp_status status = make_room(l, l->n * l->size + columns + 1);
        if (status != ECP_OK)
            return status;
        l->data[l->n * l->size + columns] = value;
        at += length;
        if (l->separator == ' ')
            at += strspn(at, blanks);
        at = *at == '\0' ? NULL : l->separator == ' ' ? at : at + 1;
    }
    if (l->n > 0 && columns != l->size)
        return ecp_fail(ECP_ECONFIG,
                        "%s:%zu: found %zu numbers; allowed: %zu, as in the lines "
                        "before",
                        l->wanted->path, l->line, columns, l->size);
    l->size = columns;
    return ECP_OK;
}

/* *skipped = 1: there are no numbers in it. */
static enum ecp_status take_line(struct lines *l, size_t length, int *skipped)
{
    while (length > 0 && (l->text[length - 1] == '\n' || l->text[length - 1] == '\r'))
        l->text[--length] = '\0';
    if (strchr(l->text, '\r'))
        return ecp_fail(ECP_ECONFIG,
                        "%s:%zu: found a carriage return within a line; allowed: lines that "
                        "end in a line feed",
                        l->wanted->path, l->line);
    const char first = l->text[strspn(l->text, " \t")];
    *skipped = first == '\0' || first == '#';
    if (*skipped)
        return ECP_OK;
    *skipped = l->may_be_names && is_names(l);
    l->may_be_names = 0;
    if (*skipped)
        return ECP_OK;
    if (l->separator == '\0')
        l->separator = separator_of(l->text);
    return take_numbers(l);
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
        const enum ecp_status status = take_line(l, strlen(l->text), &skipped);
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
    struct lines l = {
        .wanted = wanted, .may_be_names = 1, .numbers = newlocale(LC_NUMERIC_MASK, "C", NULL)};
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
