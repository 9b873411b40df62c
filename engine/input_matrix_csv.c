/* input_matrix_csv.c -- a matrix as text: a row a condition, a column a unit.
 *
 * Separators are commas, else semicolons, else tabs and blanks, as the first line has them. A
 * first line with words names the columns. Columns with words are properties of conditions; the
 * one that --by names, or the first, holds their names (also of numbers, when its header is
 * "condition", "stimulus" or nothing). Empty fields, "nan" and "NA" are missing. Behind the
 * file, ":/rdms" says that it holds dissimilarities. */
#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/dataset_kinds.h"
#include "engine/input_rows.h"
#include "engine/store_files.h"
#include "engine/store_pool.h"

enum { MOST_LABELS = 64 };

struct sheet_text {
    const struct ecp_dataset_place *place;
    struct ecp_pool pool;
    char *text;
    char separator;           /* ' ': blanks and tabs */
    size_t n_rows, n_columns; /* without the header */
    const char **field;       /* (n_rows + 1) x n_columns */
    int has_header;
    size_t *line; /* of each row, from 1 */
    locale_t numbers;
};

int ecp_matrix_is_csv(const struct ecp_dataset_place *place)
{
    static const char *const ends[] = {".csv", ".tsv", ".txt"};
    const size_t length = strlen(place->file);
    for (size_t k = 0; k < sizeof ends / sizeof ends[0]; k++)
        if (length > 4 && strcasecmp(place->file + length - 4, ends[k]) == 0)
            return !ecp_files_is_folder(place->file);
    return 0;
}

/* ---- text into fields --------------------------------------------------------------------------
 */

static enum ecp_status read_text(struct sheet_text *s)
{
    const char *path = s->place->file;
    FILE *file = fopen(path, "rb");
    size_t n = 0, room = 0;
    if (!file)
        return ecp_fail(ECP_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    for (size_t got = 1; got > 0; n += got) {
        if (n + 65536 + 1 > room) {
            room = 2 * room + 2 * 65536;
            char *more = realloc(s->text, room);
            if (!more) {
                (void)fclose(file);
                return ecp_fail(ECP_ENOMEM, "no memory for %s", path);
            }
            s->text = more;
        }
        got = fread(s->text + n, 1, 65536, file);
    }
    const int failed = ferror(file);
    (void)fclose(file);
    if (failed)
        return ecp_fail(ECP_EIO, "%s: cannot be read", path);
    s->text[n] = '\0';
    if (strlen(s->text) != n)
        return ecp_fail(ECP_EIO, "%s: binary data; text is allowed", path);
    return ECP_OK;
}

static char *next_field(char **at, char separator)
{
    char *field = *at + strspn(*at, separator == '\t' ? " " : " \t"), *end = field;
    if (*field == '"') {
        end = ++field;
        end += strcspn(end, "\"");
        char *after = end + (*end == '"');
        *end = '\0';
        after += strcspn(after, separator == ' ' ? " \t" : (char[]){separator, '\0'});
        *at = *after ? after + 1 : NULL;
        return field;
    }
    end += strcspn(end, separator == ' ' ? " \t" : (char[]){separator, '\0'});
    *at = *end ? end + 1 : NULL;
    *end = '\0';
    while (end > field && isspace((unsigned char)end[-1]))
        *--end = '\0';
    if (separator == ' ' && *at && (*at)[strspn(*at, " \t")] == '\0')
        *at = NULL;
    return field;
}

/* Fields of all lines; ragged ones are refused. */
static enum ecp_status cut(struct sheet_text *s)
{
    size_t lines = 1, most = 1;
    for (const char *c = s->text; *c; c++) {
        lines += *c == '\n';
        most += *c == '\n' || *c == ',' || *c == ';' || *c == '\t' || *c == ' ';
    }
    size_t at = 0, number = 0, rows = 0;
    char *next = s->text;
    enum ecp_status status;
    if (strncmp(next, "\xEF\xBB\xBF", 3) == 0)
        next += 3;
    ECP_TRY(ecp_pool_alloc(&s->pool, most, sizeof *s->field, &s->field));
    ECP_TRY(ecp_pool_alloc(&s->pool, lines, sizeof *s->line, &s->line));
    while (next) {
        char *line = next;
        size_t n = 0;
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        number++;
        line[strcspn(line, "\r")] = '\0';
        const char *first = line + strspn(line, " \t");
        if (*first == '\0' || *first == '#')
            continue;
        if (rows == 0)
            s->separator = strchr(line, ',')    ? ','
                           : strchr(line, ';')  ? ';'
                           : strchr(line, '\t') ? '\t'
                                                : ' ';
        for (char *rest = line; rest && at < most; n++)
            s->field[at++] = next_field(&rest, s->separator);
        if (rows > 0 && n != s->n_columns)
            return ecp_fail(ECP_ECONFIG, "%s:%zu: %zu fields; %zu are in the first line",
                            s->place->file, number, n, s->n_columns);
        s->n_columns = n;
        s->line[rows++] = number;
    }
    s->n_rows = rows;
done:
    return status;
}

/* ---- what fields are
 * ----------------------------------------------------------------------------- */

static int number_of(const struct sheet_text *s, const char *text, double *out)
{
    char *end;
    *out = NAN;
    if (*text == '\0' || strcasecmp(text, "na") == 0 || strcasecmp(text, "nan") == 0)
        return 1;
    *out = strtod_l(text, &end, s->numbers);
    return end > text && *end == '\0' && isfinite(*out);
}

static const char *field(const struct sheet_text *s, size_t row, size_t column)
{
    return s->field[(row + (size_t)s->has_header) * s->n_columns + column];
}

/* The first line is one of names when a column has a word there and only numbers below. */
static void find_header(struct sheet_text *s)
{
    double x;
    for (size_t c = 0; c < s->n_columns && !s->has_header && s->n_rows > 1; c++) {
        int numbers = !number_of(s, s->field[c], &x);
        for (size_t r = 1; r < s->n_rows && numbers; r++)
            numbers = number_of(s, s->field[r * s->n_columns + c], &x);
        s->has_header = numbers;
    }
    s->n_rows -= (size_t)s->has_header;
}

static int is_words(const struct sheet_text *s, size_t column)
{
    double x;
    for (size_t r = 0; r < s->n_rows; r++)
        if (!number_of(s, field(s, r, column), &x))
            return 1;
    return 0;
}

/* Numbers that name conditions all the same. */
static int names_rows(const struct sheet_text *s, size_t column)
{
    static const char *const usual[] = {"", "condition", "stimulus"};
    const char *by = s->place->request->by, *header = s->has_header ? s->field[column] : "x";
    if (by && strcmp(by, header) == 0)
        return 1;
    for (size_t k = 0; k < sizeof usual / sizeof usual[0] && column == 0; k++)
        if (strcasecmp(header, usual[k]) == 0)
            return 1;
    return 0;
}

/* ---- into rows
 * ------------------------------------------------------------------------------------ */

static enum ecp_status take_label(struct sheet_text *s, size_t column, struct ecp_rows_read *rows,
                                  struct ecp_label *label)
{
    const char *by = s->place->request->by, **word;
    if (rows->n_row_labels == MOST_LABELS)
        return ECP_OK;
    const enum ecp_status status = ecp_pool_alloc(&s->pool, s->n_rows, sizeof *word, &word);
    for (size_t r = 0; r < s->n_rows && status == ECP_OK; r++)
        word[r] = field(s, r, column);
    struct ecp_label *to = &label[rows->n_row_labels];
    *to = (struct ecp_label){.name = s->has_header ? s->field[column] : "name", .word = word};
    if (rows->row_name < 0 || (by && strcmp(by, to->name) == 0))
        rows->row_name = (int)rows->n_row_labels;
    rows->n_row_labels++;
    return status;
}

static enum ecp_status take_columns(struct sheet_text *s, struct ecp_rows_read *rows,
                                    struct ecp_label *row, struct ecp_label *unit)
{
    double *data;
    const char **name;
    size_t *of, n = 0;
    enum ecp_status status;
    ECP_TRY(ecp_pool_alloc(&s->pool, s->n_columns, sizeof *of, &of));
    ECP_TRY(ecp_pool_alloc(&s->pool, s->n_columns, sizeof *name, &name));
    for (size_t c = 0; c < s->n_columns; c++) {
        if (is_words(s, c) || names_rows(s, c)) {
            ECP_TRY(take_label(s, c, rows, row));
            continue;
        }
        name[n] = s->field[c];
        of[n++] = c;
    }
    ECP_TRY(ecp_pool_alloc(&s->pool, s->n_rows * n, sizeof *data, &data));
    for (size_t r = 0; r < s->n_rows; r++)
        for (size_t k = 0; k < n; k++)
            (void)number_of(s, field(s, r, of[k]), &data[r * n + k]);
    rows->n_rows = s->n_rows;
    rows->n_columns = n;
    rows->data = data;
    if (s->has_header && rows->is_rdm <= 0) {
        unit[0] = (struct ecp_label){.name = "name", .word = name};
        rows->column_label = unit;
        rows->n_column_labels = 1;
        rows->column_name = 0;
    }
    /* Of a square matrix without names of rows, columns have those of conditions. */
    if (rows->row_name < 0 && s->has_header && rows->n_rows == n) {
        row[0] = (struct ecp_label){.name = "name", .word = name};
        rows->n_row_labels = 1;
        rows->row_name = 0;
    }
done:
    return status;
}

static enum ecp_status read_sheet(struct sheet_text *s, struct ecp_dataset *set)
{
    const char *inside = s->place->inside;
    struct ecp_label row[MOST_LABELS], unit[1];
    struct ecp_rows_read rows = {.path = s->place->request->path,
                                 .n_repeats = 1,
                                 .row_label = row,
                                 .row_name = -1,
                                 .column_name = -1,
                                 .is_rdm = inside ? 1 : -1};
    enum ecp_status status;
    if (inside && strcmp(inside, "/rdms") != 0)
        return ecp_fail(ECP_ECONFIG, "%s: behind a file of text only :/rdms is allowed", rows.path);
    ECP_TRY(read_text(s));
    ECP_TRY(cut(s));
    find_header(s);
    ECP_TRY(take_columns(s, &rows, row, unit));
    if (rows.n_rows == 0 || rows.n_columns == 0)
        status = ecp_fail(ECP_ECONFIG, "%s: no numbers in it", rows.path);
    else
        status = ecp_rows_take(set, &rows);
done:
    return status;
}

enum ecp_status ecp_matrix_read_csv(const struct ecp_dataset_place *place, struct ecp_dataset **out)
{
    struct sheet_text s = {.place = place, .numbers = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0)};
    const struct ecp_dataset_request *request = place->request;
    struct ecp_dataset *set = NULL;
    enum ecp_status status;
    if (s.numbers == (locale_t)0)
        return ecp_fail(ECP_ENOMEM, "no memory to read %s", place->file);
    ECP_TRY(ecp_dataset_create(request->name ? request->name : request->path, &set));
    set->source = ecp_dataset_printf(set, "%s", place->file);
    ECP_TRY(read_sheet(&s, set));
    *out = set;
    set = NULL;
done:
    ecp_dataset_destroy(set);
    ecp_pool_clear(&s.pool);
    free(s.text);
    freelocale(s.numbers);
    return status;
}
