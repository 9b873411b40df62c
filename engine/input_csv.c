/* input_csv.c -- a table as text: a line of names, then lines of numbers.
 *
 * Separators: comma, else semicolon, else blanks and tabs, as the first line
 * has them. Empty lines and lines that begin with # are skipped. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/input_columns.h"

enum { MOST_FIELDS = 256 };

struct table {
    const char *path;
    const struct ecp_wanted *wanted;
    FILE *file;
    char *text;
    size_t room_text;
    size_t line;
    char separator; /* ' ': blanks and tabs */
    char *field[MOST_FIELDS];
    size_t n_fields, n_header;
    int of[ECP_COLUMNS_MAX]; /* field of each wanted column, -1: none */
    const struct ecp_columns_taker *taker;
    size_t first;             /* row of the file that is the first of the piece */
    struct ecp_columns piece; /* ECP_COLUMNS_AT_ONCE rows */
    locale_t numbers;         /* a decimal point, whatever the user's language */
};

/* Next line with something in it; *more = 0 at the end. */
static enum ecp_status next_line(struct table *t, int *more)
{
    for (;;) {
        errno = 0;
        const ssize_t length = getline(&t->text, &t->room_text, t->file);
        if (length < 0) {
            if (ferror(t->file) || !feof(t->file))
                return ecp_fail(ECP_EIO, "%s: cannot be read: %s", t->path, strerror(errno));
            *more = 0;
            return ECP_OK;
        }
        t->line++;
        if (strlen(t->text) != (size_t)length)
            return ecp_fail(ECP_ECONFIG, "%s:%zu: binary data; text or HDF5 is allowed", t->path,
                            t->line);
        t->text[strcspn(t->text, "\r\n")] = '\0';
        if (t->line == 1 && strncmp(t->text, "\xEF\xBB\xBF", 3) == 0)
            memmove(t->text, t->text + 3, (size_t)length - 2);
        const char *first = t->text + strspn(t->text, " \t");
        if (*first != '\0' && *first != '#') {
            *more = 1;
            return ECP_OK;
        }
    }
}

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        text[--n] = '\0';
    if (n >= 2 && text[0] == '"' && text[n - 1] == '"') {
        text[n - 1] = '\0';
        text++;
    }
    return text;
}

static enum ecp_status split(struct table *t)
{
    char *at = t->text;
    t->n_fields = 0;
    for (;;) {
        const char *separators = t->separator == ' ' ? " \t" : (char[]){t->separator, '\0'};
        if (t->separator == ' ')
            at += strspn(at, separators);
        if (t->separator == ' ' && *at == '\0')
            return ECP_OK;
        if (t->n_fields == MOST_FIELDS)
            return ecp_fail(ECP_ECONFIG, "%s:%zu: more than %d columns", t->path, t->line,
                            MOST_FIELDS);
        char *end = at + strcspn(at, separators);
        const int last = *end == '\0';
        *end = '\0';
        t->field[t->n_fields++] = trim(at);
        if (last)
            return ECP_OK;
        at = end + 1;
    }
}

static int is_number(const struct table *t, const char *text, double *out)
{
    char *end;
    const double value = strtod_l(text, &end, t->numbers);
    if (end == text || *end != '\0')
        return 0;
    *out = value;
    return 1;
}

/* "FILE:1: source: no such column (found: a, b); allowed: source source_node_id" */
static enum ecp_status missing(const struct table *t, const struct ecp_column *column)
{
    char found[256] = "";
    size_t used = 0;
    for (size_t k = 0; k < t->n_fields && used < sizeof found - 1; k++) {
        const int n =
            snprintf(found + used, sizeof found - used, "%s%s", k > 0 ? ", " : "", t->field[k]);
        used += n > 0 ? (size_t)n : 0;
    }
    return ecp_fail(ECP_ECONFIG,
                    "%s:%zu: %.*s: no column of that name (found: %s); the first line must name "
                    "the columns, allowed here: %s",
                    t->path, t->line, ecp_column_word(column->names), column->names, found,
                    column->names);
}

static enum ecp_status read_header(struct table *t, int *is_data)
{
    int more;
    enum ecp_status status = next_line(t, &more);
    if (status != ECP_OK)
        return status;
    if (!more)
        return ecp_fail(ECP_ECONFIG, "%s: is empty; a line with the names of the columns is needed",
                        t->path);
    t->separator = strchr(t->text, ',') != NULL ? ',' : strchr(t->text, ';') != NULL ? ';' : ' ';
    status = split(t);
    if (status != ECP_OK)
        return status;
    t->n_header = t->n_fields;

    double ignored;
    *is_data = t->wanted->any && t->n_fields == 1 && is_number(t, t->field[0], &ignored);
    for (size_t c = 0; c < t->wanted->n; c++) {
        const struct ecp_column *column = &t->wanted->column[c];
        t->of[c] = t->wanted->any && t->n_fields == 1 ? 0 : -1;
        for (size_t k = 0; k < t->n_fields; k++) {
            if (!ecp_column_matches(column, t->field[k]))
                continue;
            if (t->of[c] > 0 || (t->of[c] == 0 && k > 0))
                return ecp_fail(ECP_ECONFIG, "%s:%zu: %s: the column is there twice", t->path,
                                t->line, t->field[k]);
            t->of[c] = (int)k;
        }
        if (t->of[c] < 0 && !column->optional)
            return missing(t, column);
    }
    return ECP_OK;
}

static enum ecp_status make_room(struct table *t)
{
    for (size_t c = 0; c < t->wanted->n; c++) {
        if (t->of[c] < 0)
            continue;
        t->piece.value[c] = malloc(ECP_COLUMNS_AT_ONCE * sizeof *t->piece.value[c]);
        if (t->piece.value[c] == NULL)
            return ecp_fail(ECP_ENOMEM, "%s: no memory to read it", t->path);
    }
    return ECP_OK;
}

static enum ecp_status hand_over(struct table *t)
{
    const enum ecp_status status = t->taker->take(t->taker->context, &t->piece, t->first);
    t->first += t->piece.n_rows;
    t->piece.n_rows = 0;
    return status;
}

static enum ecp_status take_row(struct table *t)
{
    if (t->n_fields != t->n_header)
        return ecp_fail(ECP_ECONFIG, "%s:%zu: %zu fields; %zu as in the first line are allowed",
                        t->path, t->line, t->n_fields, t->n_header);
    for (size_t c = 0; c < t->wanted->n; c++) {
        const struct ecp_column *column = &t->wanted->column[c];
        if (t->of[c] < 0)
            continue;
        const char *text = t->field[t->of[c]];
        double value;
        if (!is_number(t, text, &value) || !ecp_column_accepts(column->kind, value))
            return ecp_fail(ECP_ECONFIG, "%s:%zu: %.*s: '%.40s'; %s is allowed", t->path, t->line,
                            ecp_column_word(column->names), column->names, text,
                            ecp_column_allowed(column->kind));
        t->piece.value[c][t->piece.n_rows] = value;
    }
    return ++t->piece.n_rows < ECP_COLUMNS_AT_ONCE ? ECP_OK : hand_over(t);
}

enum ecp_status ecp_columns_csv(const char *path, const struct ecp_wanted *wanted,
                                const struct ecp_columns_taker *taker)
{
    struct table t = {.path = path, .wanted = wanted, .of = {-1, -1, -1, -1}, .taker = taker};
    int is_data = 0, more = 1;
    enum ecp_status status = ECP_OK;
    t.numbers = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    t.file = fopen(path, "r");
    if (t.file == NULL || t.numbers == (locale_t)0) {
        status = ecp_fail(ECP_EIO, "%s: cannot be opened: %s", path, strerror(errno));
        goto done;
    }
    ECP_TRY(read_header(&t, &is_data));
    ECP_TRY(make_room(&t)); /* columns that are there are not NULL, even without lines */
    if (is_data)
        ECP_TRY(take_row(&t));
    for (;;) {
        ECP_TRY(next_line(&t, &more));
        if (!more)
            break;
        ECP_TRY(split(&t));
        ECP_TRY(take_row(&t));
    }
    if (t.piece.n_rows > 0 || t.first == 0)
        status = hand_over(&t);
done:
    ecp_columns_clear(&t.piece);
    if (t.file != NULL)
        (void)fclose(t.file);
    if (t.numbers != (locale_t)0)
        freelocale(t.numbers);
    free(t.text);
    return status;
}
