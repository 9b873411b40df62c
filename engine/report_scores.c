/* Scores of data sets for a person, for programs, and as a file. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/report.h"
#include "engine/scoring.h"

struct style {
    const char *bold, *dim, *plain;
};

static const struct style styles[2] = {{"", "", ""}, {"\033[1m", "\033[2m", "\033[0m"}};

/* ---- text --------------------------------------------------------------------------- */

enum { MEASURE, SUBJECT, RESULT, VALUE, SPREAD, INTERVAL, P, CELLS, CELL = 64 };

static void cells_of(const struct ecp_sheet_row *row, char cell[CELLS][CELL])
{
    const struct ecp_estimate *e = &row->estimate;
    const char *unit = strcmp(row->field->unit, "1") == 0 ? "" : row->field->unit;
    (void)snprintf(cell[MEASURE], CELL, "%s", row->measure);
    (void)snprintf(cell[SUBJECT], CELL, "%s", row->subject);
    (void)snprintf(cell[RESULT], CELL, "%s", row->field->name);
    (void)snprintf(cell[VALUE], CELL, "%s%s%s", isnan(e->value) ? "-" : "",
                   isnan(e->value) ? "" : ecp_words_number(e->value).text, "");
    if (!isnan(e->value) && unit[0])
        (void)snprintf(cell[VALUE], CELL, "%s %s", ecp_words_number(e->value).text, unit);
    cell[SPREAD][0] = cell[INTERVAL][0] = cell[P][0] = '\0';
    if (isfinite(e->error))
        (void)snprintf(cell[SPREAD], CELL, "%.2g", e->error);
    if (isfinite(e->low) || isfinite(e->high))
        (void)snprintf(cell[INTERVAL], CELL, "%.4g to %.4g", e->low, e->high);
    if (isfinite(e->p))
        (void)snprintf(cell[P], CELL, e->p < 1e-4 ? "%.1e" : "%.4f", e->p);
}

static void print_row(FILE *to, char cell[CELLS][CELL], const int *width)
{
    for (int c = 0; c < CELLS; c++)
        if (width[c] > 0)
            (void)fprintf(to, c < VALUE ? "  %-*s" : "  %*s", width[c], cell[c]);
}

static void measure_widths(const struct ecp_sheet_row *row, size_t n, int width[CELLS],
                           char head[CELLS][CELL])
{
    for (int c = 0; c < CELLS; c++)
        width[c] = 0;
    for (size_t k = 0; k < n; k++) {
        char cell[CELLS][CELL];
        cells_of(&row[k], cell);
        for (int c = 0; c < CELLS; c++)
            if ((int)strlen(cell[c]) > width[c])
                width[c] = (int)strlen(cell[c]);
    }
    for (int c = 0; c < CELLS; c++)
        if (width[c] > 0 && (int)strlen(head[c]) > width[c])
            width[c] = (int)strlen(head[c]);
}

/* Reasons are told once, below: the number of this one's, from 1; *is_first: none had it before. */
static size_t note_of(const struct ecp_sheet_row *row, size_t at, int *is_first)
{
    size_t notes = 0;
    for (size_t k = 0; k <= at; k++) {
        size_t first = 0;
        if (!row[k].estimate.why)
            continue;
        while (!row[first].estimate.why ||
               strcmp(row[first].estimate.why, row[k].estimate.why) != 0)
            first++;
        notes += first == k;
        if (k < at && strcmp(row[k].estimate.why, row[at].estimate.why) == 0) {
            *is_first = 0;
            return notes;
        }
    }
    *is_first = 1;
    return notes;
}

static void print_notes(FILE *to, const struct ecp_sheet_row *row, size_t n, const char *dim,
                        const char *plain)
{
    int is_first = 0;
    for (size_t k = 0; k < n; k++)
        if (row[k].estimate.why) {
            const size_t note = note_of(row, k, &is_first);
            if (is_first)
                (void)fprintf(to, "  %s[%zu] undefined: %s%s\n", dim, note, row[k].estimate.why,
                              plain);
        }
}

void ecp_sheet_print(FILE *to, const struct ecp_sheet *sheet, const char *dim, const char *plain)
{
    const struct ecp_sheet_row *row;
    const size_t n = ecp_sheet_rows(sheet, &row);
    char head[CELLS][CELL] = {"measure", "of", "result", "value", "error", "95 % interval", "p"};
    int width[CELLS];
    measure_widths(row, n, width, head);
    (void)fprintf(to, "\n%s", dim);
    print_row(to, head, width);
    (void)fprintf(to, "%s\n", plain);
    for (size_t k = 0; k < n; k++) {
        char cell[CELLS][CELL];
        cells_of(&row[k], cell);
        print_row(to, cell, width);
        int is_first = 0;
        if (row[k].estimate.why)
            (void)fprintf(to, "  %s[%zu]%s", dim, note_of(row, k, &is_first), plain);
        (void)fputc('\n', to);
    }
    print_notes(to, row, n, dim, plain);
}

/* Which tables there are besides: in the files. */
static void print_tables(FILE *to, const struct ecp_sheet *sheet, const struct style *s)
{
    const struct ecp_sheet_table *table;
    const size_t n = ecp_sheet_tables(sheet, &table);
    if (n > 0)
        (void)fprintf(to, "\n  %stables%s ", s->dim, s->plain);
    for (size_t k = 0; k < n; k++)
        (void)fprintf(to, " %s/%s (%zu row%s)", table[k].measure, table[k].name, table[k].n_rows,
                      table[k].n_rows == 1 ? "" : "s");
    if (n > 0)
        (void)fputc('\n', to);
}

void ecp_scores_print(FILE *to, const struct ecp_scoring *scoring, const struct ecp_sheet *sheet,
                      int colour)
{
    const struct style *s = &styles[colour != 0];
    (void)fprintf(to, "%s%s%s  %zu conditions  %zu units  %zu trials  %zu model%s  seed %llu\n",
                  s->bold, scoring->data->name, s->plain, scoring->data->n_conditions,
                  scoring->data->n_units, scoring->data->n_trials, scoring->n_models,
                  scoring->n_models == 1 ? "" : "s", (unsigned long long)scoring->seed);
    ecp_sheet_print(to, sheet, s->dim, s->plain);
    print_tables(to, sheet, s);
}

/* ---- JSON --------------------------------------------------------------------------- */

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *text(const char *s)
{
    json_t *string = s ? json_string(s) : json_null();
    return string ? string : json_string("(not UTF-8)");
}

static json_t *row_object(const struct ecp_sheet_row *row)
{
    json_t *o = json_object();
    json_object_set_new(o, "measure", text(row->measure));
    json_object_set_new(o, "subject", text(row->subject));
    json_object_set_new(o, "result", text(row->field->name));
    json_object_set_new(o, "unit", text(row->field->unit));
    json_object_set_new(o, "value", number(row->estimate.value));
    json_object_set_new(o, "error", number(row->estimate.error));
    json_object_set_new(o, "lowest", number(row->estimate.low));
    json_object_set_new(o, "highest", number(row->estimate.high));
    json_object_set_new(o, "p", number(row->estimate.p));
    json_object_set_new(o, "undefined", text(row->estimate.why));
    return o;
}

static json_t *table_object(const struct ecp_sheet_table *table)
{
    json_t *o = json_object(), *columns = json_object();
    json_object_set_new(o, "measure", text(table->measure));
    json_object_set_new(o, "name", text(table->name));
    for (size_t c = 0; c < table->n_columns; c++) {
        const struct ecp_table_column *column = &table->column[c];
        json_t *values = json_array();
        for (size_t r = 0; r < table->n_rows; r++)
            json_array_append_new(values,
                                  column->data ? number(column->data[r]) : text(column->words[r]));
        json_object_set_new(columns, column->name, values);
    }
    json_object_set_new(o, "columns", columns);
    return o;
}

enum { LARGE_TABLE = 2000 }; /* rows that JSON still carries; all are in scores.h5 */

enum ecp_status ecp_scores_json(const struct ecp_scoring *scoring, const struct ecp_sheet *sheet,
                                enum ecp_status ended, char **out)
{
    const struct ecp_sheet_row *row;
    const struct ecp_sheet_table *table;
    const size_t n = ecp_sheet_rows(sheet, &row), n_tables = ecp_sheet_tables(sheet, &table);
    json_t *o = json_object(), *scores = json_array(), *tables = json_array();
    json_t *models = json_array();
    json_object_set_new(o, "status", text(ecp_status_name(ended)));
    json_object_set_new(o, "version", text(ECP_VERSION));
    json_object_set_new(o, "seed", json_integer((json_int_t)scoring->seed));
    json_object_set_new(o, "data", text(scoring->data->name));
    json_object_set_new(o, "conditions", json_integer((json_int_t)scoring->data->n_conditions));
    json_object_set_new(o, "units", json_integer((json_int_t)scoring->data->n_units));
    json_object_set_new(o, "trials", json_integer((json_int_t)scoring->data->n_trials));
    for (size_t k = 0; k < scoring->n_models; k++)
        json_array_append_new(models, text(scoring->model[k]->name));
    json_object_set_new(o, "models", models);
    for (size_t k = 0; k < n; k++)
        json_array_append_new(scores, row_object(&row[k]));
    json_object_set_new(o, "scores", scores);
    for (size_t k = 0; k < n_tables; k++)
        if (table[k].n_rows <= LARGE_TABLE)
            json_array_append_new(tables, table_object(&table[k]));
    json_object_set_new(o, "tables", tables);
    char *line = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    if (!line)
        return ecp_fail(ECP_ENOMEM, "no memory for the scores as JSON");
    *out = line;
    return ECP_OK;
}
