/* input_table.h -- a table of an NWB file (a DynamicTable): a group with one dataset a column,
 * `id`, and X_index of each column X whose rows have several values (private). */
#ifndef ECP_INPUT_TABLE_H
#define ECP_INPUT_TABLE_H

#include "engine/input_array.h"

enum { ECP_TABLE_COLUMNS = 256 };

struct ecp_nwb_table {
    const struct ecp_h5_reader *file;
    const char *path; /* in the file; for messages */
    hid_t group;
    size_t n_rows, n_columns;
    const char *column[ECP_TABLE_COLUMNS]; /* names, without id and indices */
    struct ecp_pool *pool;
};

/* One value a row. `word` NULL: numbers. */
struct ecp_nwb_column {
    const char *name;
    const double *number;
    const char *const *word;
};

/* `pool` holds what is read. Close it in any case; a zeroed one is fine. ECP_EIO. */
enum ecp_status ecp_nwb_table_open(const struct ecp_h5_reader *file, const char *path,
                                   struct ecp_pool *pool, struct ecp_nwb_table *out);
void ecp_nwb_table_close(struct ecp_nwb_table *table);
int ecp_nwb_table_has(const struct ecp_nwb_table *table, const char *column);

/* A column as one value a row; several texts or numbers of a row are joined with "_".
 * *found 0: one that is neither (references, images ...). ECP_EIO: lengths do not agree. */
enum ecp_status ecp_nwb_column_load(const struct ecp_nwb_table *table, const char *name,
                                    struct ecp_nwb_column *out, int *found);
/* Where the values of each row of a ragged column end, of `count` values in all;
 * one a row without an index. ECP_EIO: not ascending, beyond the end. */
enum ecp_status ecp_nwb_row_ends(const struct ecp_nwb_table *table, const char *name, size_t count,
                                 size_t **out);

/* "%.10g" of row k, or its text. */
enum { ECP_NWB_WORD = 256 };
void ecp_nwb_word(const struct ecp_nwb_column *column, size_t row, char out[ECP_NWB_WORD]);

#endif
