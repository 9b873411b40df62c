/* store_scores.c -- DIR/scores.h5: sheets of scores with their tables. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/alloc.h"
#include "engine/arena.h"
#include "engine/scoring.h"
#include "engine/store_tables.h"

enum { NUMBERS = 5, WORDS = 5 };

struct ecp_scores_file {
    struct ecp_arena *arena;
    size_t n, capacity;
    struct ecp_stored_table *table;
};

enum ecp_status ecp_scores_file_create(struct ecp_scores_file **out)
{
    struct ecp_scores_file *file = calloc(1, sizeof *file);
    if (!file)
        return ecp_fail(ECP_ENOMEM, "no memory to write the scores");
    const enum ecp_status status = ecp_arena_create(&file->arena);
    if (status != ECP_OK) {
        free(file);
        return status;
    }
    *out = file;
    return ECP_OK;
}

void ecp_scores_file_destroy(struct ecp_scores_file *file)
{
    if (!file)
        return;
    ecp_arena_destroy(file->arena);
    free(file->table);
    free(file);
}

static enum ecp_status add(struct ecp_scores_file *file, const struct ecp_stored_table *table)
{
    struct ecp_stored_table *all =
        ecp_room_for_one(file->table, file->n, &file->capacity, sizeof *all);
    if (!all || !table->name)
        return ecp_fail(ECP_ENOMEM, "no memory to write the scores");
    file->table = all;
    all[file->n++] = *table;
    return ECP_OK;
}

static void fill(const struct ecp_sheet_row *row, size_t n, double *number, const char **word)
{
    for (size_t k = 0; k < n; k++) {
        const struct ecp_estimate *e = &row[k].estimate;
        const double numbers[NUMBERS] = {e->value, e->error, e->low, e->high, e->p};
        const char *const words[WORDS] = {row[k].measure, row[k].subject, row[k].field->name,
                                          row[k].field->unit, e->why ? e->why : ""};
        for (size_t c = 0; c < NUMBERS; c++)
            number[c * n + k] = numbers[c];
        for (size_t c = 0; c < WORDS; c++)
            word[c * n + k] = words[c];
    }
}

/* One row a result. */
static enum ecp_status add_rows(struct ecp_scores_file *file, const char *name,
                                const struct ecp_sheet *sheet)
{
    const struct ecp_sheet_row *row;
    const size_t n = ecp_sheet_rows(sheet, &row);
    double *number = ecp_arena_array(file->arena, NUMBERS * n + 1, sizeof *number);
    const char **word = ecp_arena_array(file->arena, WORDS * n + 1, sizeof *word);
    struct ecp_table_column *column = ecp_arena_array(file->arena, NUMBERS + WORDS, sizeof *column);
    if (!number || !word || !column)
        return ecp_fail(ECP_ENOMEM, "no memory to write the scores");
    fill(row, n, number, word);
    const struct ecp_table_column columns[NUMBERS + WORDS] = {
        {"measure", "1", "name of the measure", NULL, word},
        {"subject", "1", "model, or data", NULL, word + n},
        {"result", "1", "name of the result", NULL, word + 2 * n},
        {"unit", "1", "unit of value, error and interval", NULL, word + 3 * n},
        {"value", "1", "the result; NaN: undefined", number, NULL},
        {"error", "1", "standard error", number + n, NULL},
        {"lowest", "1", "lower end of the 95 % interval", number + 2 * n, NULL},
        {"highest", "1", "upper end of it", number + 3 * n, NULL},
        {"p", "1", "of the null hypothesis", number + 4 * n, NULL},
        {"undefined", "1", "why the value is undefined", NULL, word + 4 * n}};
    for (size_t c = 0; c < NUMBERS + WORDS; c++)
        column[c] = columns[c];
    return add(file, &(struct ecp_stored_table){.name = name,
                                                .meaning = "one row for each result",
                                                .rows = n,
                                                .columns = NUMBERS + WORDS,
                                                .column = column});
}

enum ecp_status ecp_scores_file_add(struct ecp_scores_file *file, const char *label,
                                    const struct ecp_sheet *sheet)
{
    const struct ecp_sheet_table *table;
    const size_t n = ecp_sheet_tables(sheet, &table);
    enum ecp_status status =
        add_rows(file, label ? ecp_arena_printf(file->arena, "%s/scores", label) : "scores", sheet);
    for (size_t k = 0; k < n && status == ECP_OK; k++) {
        const char *name =
            label ? ecp_arena_printf(file->arena, "%s/%s", label, table[k].name)
                  : ecp_arena_printf(file->arena, "tables/%s/%s", table[k].measure, table[k].name);
        status = add(file, &(struct ecp_stored_table){.name = name,
                                                      .rows = table[k].n_rows,
                                                      .columns = table[k].n_columns,
                                                      .column = table[k].column});
    }
    return status;
}

enum ecp_status ecp_scores_file_write(const struct ecp_scores_file *file, const char *dir,
                                      const struct ecp_plan *plan)
{
    return ecp_store_tables(dir, "scores.h5", plan, file->table, file->n);
}

enum ecp_status ecp_scores_write(const char *dir, const struct ecp_sheet *sheet)
{
    struct ecp_scores_file *file = NULL;
    enum ecp_status status = ecp_scores_file_create(&file);
    if (status == ECP_OK)
        status = ecp_scores_file_add(file, NULL, sheet);
    if (status == ECP_OK)
        status = ecp_scores_file_write(file, dir, NULL);
    ecp_scores_file_destroy(file);
    return status;
}
