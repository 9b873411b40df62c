/* input_rows.h -- a matrix that was read, with what is known of its rows and columns, into a
 * data set (private). */
#ifndef ECP_INPUT_ROWS_H
#define ECP_INPUT_ROWS_H

#include "engine/dataset.h"

struct ecp_rows_read {
    const char *path; /* for messages */
    size_t n_rows, n_repeats, n_columns;
    const double *data; /* n_rows x n_repeats x n_columns; n_repeats 1: no third axis */
    int is_rdm; /* 1: dissimilarities; -1: where it is square, symmetric, 0 on the diagonal */

    /* Of rows and of columns: words or numbers, n_rows (n_columns) each; `name` is one of the
     * labels (-1: none). */
    size_t n_row_labels, n_column_labels;
    const struct ecp_label *row_label, *column_label;
    int row_name, column_name;
    const char *unit;            /* of responses; NULL */
    const char *const *rdm_name; /* n_rdms; NULL */
};

/* Rows that have equal names are repeats of one condition. All is copied. ECP_ECONFIG, ECP_ENOMEM.
 */
enum ecp_status ecp_rows_take(struct ecp_dataset *set, const struct ecp_rows_read *rows);

#endif
