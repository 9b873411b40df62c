/* input_patterns.h -- rows of numbers out of a file: IDX (images and labels as those of
 * MNIST), HDF5 (one dataset) or text (a row a line).
 *
 * The first dimension counts the items; all others are one row. ECP_EIO: cannot be read,
 * truncated, another format; ECP_ECONFIG: readable, but not numbers, or not that many.
 * The sentences begin with the file's name. */
#ifndef ECP_INPUT_PATTERNS_H
#define ECP_INPUT_PATTERNS_H

#include <stddef.h>

#include "engine/status.h"

struct ecp_rows_wanted {
    const char *path;
    const char *dataset; /* of an HDF5 file; NULL: the only one */
    size_t from, to;     /* rows from .. to - 1; to 0: to the end */
};

struct ecp_rows_read {
    size_t n, size;
    double *data; /* n x size, malloc'd: the caller frees */
    size_t all;   /* rows in the file, wanted or not; 0: a text, read no further than wanted */
};

enum ecp_status ecp_input_rows(const struct ecp_rows_wanted *wanted, struct ecp_rows_read *out);

/* By format (input_patterns_h5.c, input_patterns_text.c). */
enum ecp_status ecp_input_rows_h5(const struct ecp_rows_wanted *wanted, struct ecp_rows_read *out);
enum ecp_status ecp_input_rows_text(const struct ecp_rows_wanted *wanted,
                                    struct ecp_rows_read *out);

/* Of n rows those that are wanted; "FILE: found 100 rows; ...". */
enum ecp_status ecp_input_range(const struct ecp_rows_wanted *wanted, size_t n, size_t *from,
                                size_t *to);
/* Room for n rows. */
enum ecp_status ecp_input_room(const struct ecp_rows_wanted *wanted, size_t n, size_t size,
                               struct ecp_rows_read *out);
/* Refuses NaN and infinity: "WHAT: row 3, column 0: found nan; ..."; the first row is `from`. */
enum ecp_status ecp_input_finite(const char *what, const struct ecp_rows_read *rows, size_t from);
/* *size *= factor; ECP_EIO beyond 2^40 numbers a row. */
enum ecp_status ecp_input_row_size(const char *what, size_t factor, size_t *size);

#endif
