/* store_tables.h -- tables and matrices in an HDF5 file of a run.
 *
 * A table is a group with a dataset for each column; a matrix is one dataset. Each has
 * the attributes `units` and `meaning`; the root says what was run, as in store.h. */
#ifndef ECP_STORE_TABLES_H
#define ECP_STORE_TABLES_H

#include <stddef.h>

#include "engine/plan.h"
#include "engine/status.h"

struct ecp_table_column; /* experiment.h */

struct ecp_stored_table {
    const char *name;    /* path in the file: "curve", "memory/K"; no two alike */
    const char *meaning; /* NULL: nothing to say */
    size_t rows, columns;
    const struct ecp_table_column *column; /* NULL: a matrix */
    const double *matrix;                  /* rows x columns, row-major */
    const char *unit;                      /* of the matrix; NULL: "1" */
};

/* DIR/FILE with n tables (`plan` NULL: not of a run); it appears when whole, in place of an
 * earlier one. No tables:
 * no file, and an earlier one goes. ECP_EIO, ECP_ENOMEM. */
enum ecp_status ecp_store_tables(const char *dir, const char *file, const struct ecp_plan *plan,
                                 const struct ecp_stored_table *table, size_t n);

#endif
