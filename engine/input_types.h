/* input_types.h -- tables of edge types beside SONATA edges, and names of files with a place
 * inside (private). */
#ifndef ECP_INPUT_TYPES_H
#define ECP_INPUT_TYPES_H

#include <stdint.h>

#include "engine/input_columns.h"

/* "FILE", "FILE:/GROUP", either with "|TYPES" behind it, cut into its parts. */
struct ecp_edges_name {
    char *file;         /* owns the memory of all */
    const char *inside; /* "GROUP/NAME"; NULL: not given */
    const char *types;  /* a .csv file; NULL: none */
};
enum ecp_status ecp_edges_name_read(const char *name, struct ecp_edges_name *out);
void ecp_edges_name_clear(struct ecp_edges_name *name);

/* What edge_types.csv says of each type, in the columns that are wanted of edges. */
struct ecp_edge_types {
    struct ecp_columns columns; /* [0]: edge_type_id; the others as in `of` */
    int of[ECP_COLUMNS_MAX];    /* column of edges -> column here, or -1 */
};

/* Columns of `wanted` that are optional and that the file has. ECP_ECONFIG, ECP_EIO. */
enum ecp_status ecp_edge_types_read(const char *path, const struct ecp_wanted *wanted,
                                    struct ecp_edge_types *out);
/* Row of a type; ECP_ECONFIG: there is none. O(types). */
enum ecp_status ecp_edge_types_find(const struct ecp_edge_types *types, const char *path,
                                    int64_t id, size_t *row);
void ecp_edge_types_clear(struct ecp_edge_types *types);

#endif
