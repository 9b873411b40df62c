/* scoring.h -- what a measure has put out, for tests. */
#ifndef ECP_TESTS_SCORING_H
#define ECP_TESTS_SCORING_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/verify/score_case.h"

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

/* A column of numbers of a table that is there; *n: its rows. */
static inline const double *table_column(const struct ecp_sheet *sheet, const char *table,
                                         const char *column, size_t *n)
{
    *n = 0;
    const struct ecp_table_column *found = score_column(sheet, table, column, n);
    CU_ASSERT_PTR_NOT_NULL_FATAL(found);
    return found->data;
}

/* Undefined, and told why. */
static inline int is_undefined(const struct ecp_sheet *sheet, const char *field)
{
    return isnan(value_of(sheet, field)) && score_why(sheet, field)[0];
}

#endif
