/* sheet.h -- where measures of data sets write (analysis.h), and who reads it. */
#ifndef ECP_SHEET_H
#define ECP_SHEET_H

#include "engine/analysis.h"
#include "engine/experiment.h"

struct ecp_sheet_row {
    const char *measure; /* name of the analysis */
    const char *subject; /* name of the model, or of the data */
    const struct ecp_field *field;
    struct ecp_estimate estimate; /* `why` belongs to the sheet */
};

/* A table that a measure put out besides; all belongs to the sheet. */
struct ecp_sheet_table {
    const char *measure, *name;
    size_t n_rows, n_columns;
    const struct ecp_table_column *column;
};

enum ecp_status ecp_sheet_create(struct ecp_sheet **out);
void ecp_sheet_destroy(struct ecp_sheet *sheet);

/* Tells of progress, and is told to stop (returns 1); NULL: nobody listens. */
void ecp_sheet_listen(struct ecp_sheet *sheet,
                      int (*progress)(void *context, const char *measure, double done),
                      void *context);

/* Check what the measure needs (ECP_ECONFIG: what is missing, in which set), make means and
 * dissimilarities where they follow, and score. Rows and tables are added to the sheet,
 * those that were never put as undefined. `param` NULL: the defaults. */
struct ecp_sheet_call {
    const struct ecp_analysis *measure;
    const double *param;
    size_t n_models;
    const struct ecp_dataset *const *model;
    const struct ecp_dataset *data;
    uint64_t seed;
};
enum ecp_status ecp_sheet_score(struct ecp_sheet *sheet, const struct ecp_sheet_call *call);

size_t ecp_sheet_rows(const struct ecp_sheet *sheet, const struct ecp_sheet_row **out);
size_t ecp_sheet_tables(const struct ecp_sheet *sheet, const struct ecp_sheet_table **out);

/* For tests: the value of "measure.field" of a subject (NULL: the first), or NAN. */
double ecp_sheet_value(const struct ecp_sheet *sheet, const char *measure, const char *field,
                       const char *subject);

#endif
