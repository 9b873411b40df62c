#include "engine/sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/arena.h"
#include "engine/dataset.h"

enum { MANY_FIELDS = 96 };

struct ecp_sheet {
    struct ecp_arena *arena;
    size_t n_rows, rows_capacity, n_tables, tables_capacity;
    struct ecp_sheet_row *row;
    struct ecp_sheet_table *table;
    const struct ecp_sheet_call *call; /* while a measure scores */
    size_t first_row;                  /* of this call */
    int no_memory;
    int (*progress)(void *context, const char *measure, double done);
    void *context;
};

enum ecp_status ecp_sheet_create(struct ecp_sheet **out)
{
    struct ecp_arena *arena = NULL;
    enum ecp_status status = ecp_arena_create(&arena);
    if (status != ECP_OK)
        return status;
    struct ecp_sheet *sheet = calloc(1, sizeof *sheet);
    if (!sheet) {
        ecp_arena_destroy(arena);
        return ecp_fail(ECP_ENOMEM, "no memory for the scores");
    }
    sheet->arena = arena;
    *out = sheet;
    return ECP_OK;
}

void ecp_sheet_destroy(struct ecp_sheet *sheet)
{
    if (!sheet)
        return;
    ecp_arena_destroy(sheet->arena);
    free(sheet->row);
    free(sheet->table);
    free(sheet);
}

void ecp_sheet_listen(struct ecp_sheet *sheet,
                      int (*progress)(void *context, const char *measure, double done),
                      void *context)
{
    sheet->progress = progress;
    sheet->context = context;
}

enum ecp_status ecp_sheet_progress(struct ecp_sheet *sheet, double done)
{
    if (sheet->progress && sheet->progress(sheet->context, sheet->call->measure->name, done))
        return ecp_fail(ECP_ESTOPPED, "stopped while %s was being computed",
                        sheet->call->measure->name);
    return ECP_OK;
}

/* ---- writing -------------------------------------------------------------------- */

static const char *subject_of(const struct ecp_sheet_call *call, int model)
{
    return model >= 0 && (size_t)model < call->n_models ? call->model[model]->name
                                                        : call->data->name;
}

void ecp_sheet_put(struct ecp_sheet *sheet, int model, int field, struct ecp_estimate estimate)
{
    const struct ecp_sheet_call *call = sheet->call;
    const char *subject = subject_of(call, model);
    const struct ecp_field *of = &call->measure->fields[field];
    struct ecp_sheet_row *row = NULL;
    if (estimate.why)
        estimate.why = ecp_arena_strdup(sheet->arena, estimate.why);
    for (size_t k = sheet->first_row; k < sheet->n_rows; k++)
        if (sheet->row[k].field == of && strcmp(sheet->row[k].subject, subject) == 0)
            row = &sheet->row[k];
    if (!row) {
        row = ecp_room_for_one(sheet->row, sheet->n_rows, &sheet->rows_capacity, sizeof *row);
        if (!row) {
            sheet->no_memory = 1;
            return;
        }
        sheet->row = row;
        row = &sheet->row[sheet->n_rows++];
    }
    *row = (struct ecp_sheet_row){call->measure->name, ecp_arena_strdup(sheet->arena, subject), of,
                                  estimate};
}

static int copy_column(struct ecp_arena *arena, struct ecp_table_column *column, size_t n)
{
    column->name = ecp_arena_strdup(arena, column->name);
    column->unit = ecp_arena_strdup(arena, column->unit ? column->unit : "1");
    column->meaning = ecp_arena_strdup(arena, column->meaning ? column->meaning : "");
    if (column->data) {
        double *data = ecp_arena_array(arena, n + 1, sizeof *data);
        if (data && n > 0)
            memcpy(data, column->data, n * sizeof *data);
        column->data = data;
        return data != NULL;
    }
    const char **words = ecp_arena_array(arena, n + 1, sizeof *words);
    for (size_t k = 0; words && k < n; k++)
        words[k] = ecp_arena_strdup(arena, column->words[k]);
    column->words = words;
    return words != NULL;
}

enum ecp_status ecp_sheet_table(struct ecp_sheet *sheet, const char *name, size_t n_rows,
                                const struct ecp_table_column *column, size_t n_columns)
{
    struct ecp_table_column *own = ecp_arena_array(sheet->arena, n_columns + 1, sizeof *own);
    struct ecp_sheet_table *table =
        ecp_room_for_one(sheet->table, sheet->n_tables, &sheet->tables_capacity, sizeof *table);
    if (table)
        sheet->table = table;
    int fine = own && table;
    for (size_t k = 0; fine && k < n_columns; k++) {
        own[k] = column[k];
        fine = copy_column(sheet->arena, &own[k], n_rows);
    }
    if (!fine)
        return ecp_fail(ECP_ENOMEM, "no memory for table %s", name);
    sheet->table[sheet->n_tables++] = (struct ecp_sheet_table){
        sheet->call->measure->name, ecp_arena_strdup(sheet->arena, name), n_rows, n_columns, own};
    return ECP_OK;
}

/* ---- scoring ---------------------------------------------------------------------- */

static enum ecp_status need(const struct ecp_sheet_call *call, const struct ecp_dataset *set)
{
    const unsigned needs = call->measure->needs;
    const char *name = call->measure->name;
    if ((needs & ECP_NEEDS_MEANS) && !set->mean)
        return ecp_fail(ECP_ECONFIG, "%s: %s has no responses to conditions", name, set->name);
    if ((needs & ECP_NEEDS_TRIALS) && set == call->data && (set->n_trials == 0 || !set->response))
        return ecp_fail(ECP_ECONFIG, "%s: %s has no single trials", name, set->name);
    if ((needs & ECP_NEEDS_TRAINS) && !set->train)
        return ecp_fail(ECP_ECONFIG, "%s: %s has no spike times", name, set->name);
    if ((needs & ECP_NEEDS_RDMS) && set->n_rdms == 0 && !set->mean)
        return ecp_fail(ECP_ECONFIG, "%s: %s has neither dissimilarities nor responses", name,
                        set->name);
    if ((needs & (ECP_NEEDS_MEANS | ECP_NEEDS_RDMS)) && set->n_conditions < 2)
        return ecp_fail(ECP_ECONFIG, "%s: %s has %zu condition; two are the least", name, set->name,
                        set->n_conditions);
    return ECP_OK;
}

static enum ecp_status check(const struct ecp_sheet_call *call)
{
    enum ecp_status status = ECP_OK;
    if (!call->measure->score)
        return ecp_fail(ECP_ECONFIG, "%s is a measure of a run, not of data sets",
                        call->measure->name);
    if ((call->measure->needs & ECP_NEEDS_MODELS) && call->n_models == 0)
        return ecp_fail(ECP_ECONFIG, "%s compares: a model is needed (--model FILE)",
                        call->measure->name);
    ECP_TRY(need(call, call->data));
    for (size_t k = 0; k < call->n_models; k++) {
        ECP_TRY(need(call, call->model[k]));
        if (call->model[k]->n_conditions != call->data->n_conditions)
            return ecp_fail(ECP_ECONFIG, "%s: %s has %zu conditions, %s %zu", call->measure->name,
                            call->model[k]->name, call->model[k]->n_conditions, call->data->name,
                            call->data->n_conditions);
    }
done:
    return status;
}

/* Results that the measure has not put are undefined. */
static void fill(struct ecp_sheet *sheet, const struct ecp_sheet_call *call)
{
    const struct ecp_field *fields = call->measure->fields;
    for (int f = 0; fields[f].name && f < MANY_FIELDS; f++) {
        int found = fields[f].kind != ECP_RESULT;
        for (size_t k = sheet->first_row; k < sheet->n_rows; k++)
            found |= sheet->row[k].field == &fields[f];
        if (!found)
            ecp_sheet_put(sheet, call->n_models > 0 ? 0 : -1, f,
                          ECP_UNDEFINED("not computed for these data"));
    }
}

enum ecp_status ecp_sheet_score(struct ecp_sheet *sheet, const struct ecp_sheet_call *call)
{
    const size_t n = ecp_field_count(call->measure->fields);
    double *param = calloc(n + 1, sizeof *param);
    enum ecp_status status;
    if (!param)
        return ecp_fail(ECP_ENOMEM, "no memory for the parameters of %s", call->measure->name);
    for (size_t k = 0; k < n; k++)
        param[k] = call->param ? call->param[k] : call->measure->fields[k].initial;
    ECP_TRY(check(call));
    sheet->call = call;
    sheet->first_row = sheet->n_rows;
    const struct ecp_score_call inner = {.n_models = call->n_models,
                                         .model = call->model,
                                         .data = call->data,
                                         .param = param,
                                         .seed = call->seed,
                                         .sheet = sheet};
    ECP_TRY(call->measure->score(&inner));
    fill(sheet, call);
    if (sheet->no_memory)
        status = ecp_fail(ECP_ENOMEM, "no memory for the scores");
done:
    free(param);
    return status;
}

/* ---- reading ------------------------------------------------------------------------ */

size_t ecp_sheet_rows(const struct ecp_sheet *sheet, const struct ecp_sheet_row **out)
{
    *out = sheet->row;
    return sheet->n_rows;
}

size_t ecp_sheet_tables(const struct ecp_sheet *sheet, const struct ecp_sheet_table **out)
{
    *out = sheet->table;
    return sheet->n_tables;
}

double ecp_sheet_value(const struct ecp_sheet *sheet, const char *measure, const char *field,
                       const char *subject)
{
    for (size_t k = 0; k < sheet->n_rows; k++) {
        const struct ecp_sheet_row *row = &sheet->row[k];
        if (strcmp(row->measure, measure) == 0 && strcmp(row->field->name, field) == 0 &&
            (!subject || strcmp(row->subject, subject) == 0))
            return row->estimate.value;
    }
    return NAN;
}
