/* scoring.h -- one measure of one data set, for tests. */
#ifndef ECP_TESTS_SCORING_H
#define ECP_TESTS_SCORING_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/dataset.h"
#include "engine/sheet.h"
#include "tests/support.h"

/* Parameters by name: "name", value ... of up to 8. */
struct setting {
    const char *name;
    double value;
};

/* Score; the sheet is destroyed by the caller. */
static inline enum ecp_status score_with(const char *name, size_t n_models,
                                         const struct ecp_dataset *const *model,
                                         const struct ecp_dataset *data,
                                         const struct setting *setting, struct ecp_sheet **sheet)
{
    const struct ecp_analysis *measure = NULL;
    double param[64];
    ECP_ASSERT_OK(ecp_sheet_create(sheet));
    ECP_ASSERT_OK(ecp_analysis_find(name, &measure));
    for (size_t k = 0; measure->fields[k].name; k++)
        param[k] = measure->fields[k].initial;
    for (; setting && setting->name; setting++) {
        const int field = ecp_field_find(measure->fields, setting->name);
        CU_ASSERT_FATAL(field >= 0);
        param[field] = setting->value;
    }
    const struct ecp_sheet_call call = {.measure = measure,
                                        .param = param,
                                        .n_models = n_models,
                                        .model = model,
                                        .data = data,
                                        .seed = 1};
    return ecp_sheet_score(*sheet, &call);
}

/* The whole row of a result of a subject (NULL: the first). */
static inline struct ecp_estimate estimate_of(const struct ecp_sheet *sheet, const char *field,
                                              const char *subject)
{
    const struct ecp_sheet_row *row;
    const size_t n = ecp_sheet_rows(sheet, &row);
    for (size_t k = 0; k < n; k++)
        if (strcmp(row[k].field->name, field) == 0 &&
            (!subject || strcmp(row[k].subject, subject) == 0))
            return row[k].estimate;
    (void)printf("\n  no result %s", field);
    CU_ASSERT_FATAL(0);
    return ECP_ESTIMATE(NAN);
}

static inline double value_of(const struct ecp_sheet *sheet, const char *field)
{
    return estimate_of(sheet, field, NULL).value;
}

/* A column of numbers of a table; *n: its rows. */
static inline const double *table_column(const struct ecp_sheet *sheet, const char *table,
                                         const char *column, size_t *n)
{
    const struct ecp_sheet_table *all;
    *n = 0;
    const size_t tables = ecp_sheet_tables(sheet, &all);
    for (size_t k = 0; k < tables; k++)
        for (size_t c = 0; strcmp(all[k].name, table) == 0 && c < all[k].n_columns; c++)
            if (strcmp(all[k].column[c].name, column) == 0) {
                *n = all[k].n_rows;
                return all[k].column[c].data;
            }
    (void)printf("\n  no column %s of table %s", column, table);
    CU_ASSERT_FATAL(0);
    return NULL;
}

/* Undefined, and told why. */
static inline int is_undefined(const struct ecp_sheet *sheet, const char *field)
{
    const struct ecp_estimate estimate = estimate_of(sheet, field, NULL);
    return isnan(estimate.value) && estimate.why && estimate.why[0];
}

#endif
