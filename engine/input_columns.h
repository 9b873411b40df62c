/* input_columns.h -- named columns of numbers out of a file (private).
 *
 * Both readers give the columns in the order of `wanted`; a column that is
 * not there stays NULL when it is optional. */
#ifndef ECP_INPUT_COLUMNS_H
#define ECP_INPUT_COLUMNS_H

#include <stddef.h>

#include "engine/status.h"
#include "engine/types.h"

enum { ECP_COLUMNS_MAX = 4 };

enum ecp_column_kind {
    ECP_COLUMN_INDEX,   /* a whole number from 0 on */
    ECP_COLUMN_INSTANT, /* ms, from 0 on            */
    ECP_COLUMN_NUMBER   /* any finite number        */
};

struct ecp_column {
    const char *names; /* allowed ones, separated by blanks; the first is used in messages */
    enum ecp_column_kind kind;
    int optional;
};

struct ecp_wanted {
    size_t n;
    const struct ecp_column *column;
    int any; /* a single column may have any name, or none */
};

struct ecp_columns {
    size_t n_rows;
    double *value[ECP_COLUMNS_MAX]; /* malloc */
};

/* `path` may be "FILE.h5:/GROUP", and of edges "FILE.h5:/GROUP|TYPES.csv" (input_types.h).
 * ECP_EIO: not readable. ECP_ECONFIG: readable, but not what is wanted; the sentence
 * names the place. */
enum ecp_status ecp_columns_read(const char *path, const struct ecp_wanted *wanted,
                                 struct ecp_columns *out);

/* The same in pieces of at most ECP_COLUMNS_AT_ONCE rows, of which `take` gets one after
 * the other, at least one (which may be empty); row 0 of a piece is row `first` of all. */
enum { ECP_COLUMNS_AT_ONCE = 65536 };
struct ecp_columns_taker {
    enum ecp_status (*take)(void *context, const struct ecp_columns *piece, size_t first);
    void *context;
};
enum ecp_status ecp_columns_pieces(const char *path, const struct ecp_wanted *wanted,
                                   const struct ecp_columns_taker *taker);
void ecp_columns_clear(struct ecp_columns *columns);

enum ecp_status ecp_columns_csv(const char *path, const struct ecp_wanted *wanted,
                                const struct ecp_columns_taker *taker);
struct ecp_edges_name; /* input_types.h */
enum ecp_status ecp_columns_h5(const struct ecp_edges_name *name, const struct ecp_wanted *wanted,
                               const struct ecp_columns_taker *taker);

/* Column k in the plan's memory; numbers that are not there stay as *out is. ECP_ENOMEM. */
struct ecp_plan;
enum ecp_status ecp_columns_keep_indices(struct ecp_plan *plan, const struct ecp_columns *columns,
                                         size_t k, const ecp_lid **out);
enum ecp_status ecp_columns_keep_numbers(struct ecp_plan *plan, const struct ecp_columns *columns,
                                         size_t k, const double **out);

/* What a column may hold, as a phrase; and whether `value` is that. */
const char *ecp_column_allowed(enum ecp_column_kind kind);
int ecp_column_accepts(enum ecp_column_kind kind, double value);
/* Length of the first name in `names`. */
int ecp_column_word(const char *names);
/* 1 when `name` is one of the names. */
int ecp_column_matches(const struct ecp_column *column, const char *name);

#endif
