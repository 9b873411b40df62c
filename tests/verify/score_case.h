/* score_case.h -- a measure of data sets with some parameters by name, called as `ecphory score`
 * calls it. */
#ifndef ECP_TESTS_SCORE_CASE_H
#define ECP_TESTS_SCORE_CASE_H

#include <stdlib.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/dataset.h"
#include "engine/sheet.h"
#include "tests/support.h"

struct score_setting {
    const char *name; /* NULL ends a list */
    double value;
};

/* The status; the sheet is the caller's, also after a failure. */
static inline enum ecp_status score_try(const char *measure, const struct score_setting *setting,
                                        size_t n_models, const struct ecp_dataset *const *model,
                                        const struct ecp_dataset *data, struct ecp_sheet **sheet)
{
    const struct ecp_analysis *of;
    double param[96] = {0};
    ECP_ASSERT_OK(ecp_analysis_find(measure, &of));
    ECP_ASSERT_OK(ecp_sheet_create(sheet));
    for (size_t k = 0; of->fields[k].name; k++)
        param[k] = of->fields[k].initial;
    for (; setting && setting->name; setting++) {
        const int at = ecp_field_find(of->fields, setting->name);
        CU_ASSERT_FATAL(at >= 0);
        param[at] = setting->value;
    }
    const struct ecp_sheet_call call = {.measure = of,
                                        .param = param,
                                        .n_models = n_models,
                                        .model = model,
                                        .data = data,
                                        .seed = 1};
    return ecp_sheet_score(*sheet, &call);
}

static inline struct ecp_sheet *score_sheet(const char *measure,
                                            const struct score_setting *setting, size_t n_models,
                                            const struct ecp_dataset *const *model,
                                            const struct ecp_dataset *data)
{
    struct ecp_sheet *sheet = NULL;
    ECP_ASSERT_OK(score_try(measure, setting, n_models, model, data, &sheet));
    return sheet;
}

/* One result of the data, or of the first subject that has it. */
static inline double score_value(const char *measure, const struct score_setting *setting,
                                 const struct ecp_dataset *data, const char *field)
{
    struct ecp_sheet *sheet = score_sheet(measure, setting, 0, NULL, data);
    const double value = ecp_sheet_value(sheet, measure, field, NULL);
    ecp_sheet_destroy(sheet);
    return value;
}

/* Why a result is undefined; "" where it is not. */
static inline const char *score_why(const struct ecp_sheet *sheet, const char *field)
{
    const struct ecp_sheet_row *row;
    const size_t n = ecp_sheet_rows(sheet, &row);
    for (size_t k = 0; k < n; k++)
        if (strcmp(row[k].field->name, field) == 0)
            return row[k].estimate.why ? row[k].estimate.why : "";
    return "no such result";
}

/* A column of a table; NULL: there is none. */
static inline const struct ecp_table_column *
score_column(const struct ecp_sheet *sheet, const char *table, const char *column, size_t *rows)
{
    const struct ecp_sheet_table *t;
    const size_t n = ecp_sheet_tables(sheet, &t);
    for (size_t k = 0; k < n; k++)
        for (size_t c = 0; strcmp(t[k].name, table) == 0 && c < t[k].n_columns; c++)
            if (strcmp(t[k].column[c].name, column) == 0) {
                *rows = t[k].n_rows;
                return &t[k].column[c];
            }
    return NULL;
}

#endif
