/* store_join.h -- a final file out of many segments (private to the join). */
#ifndef ECP_STORE_JOIN_H
#define ECP_STORE_JOIN_H

#include "engine/store_h5.h"

/* One dataset that is joined along its first dimension. */
struct ecp_stream {
    char source[3 * ECP_H5_NAME]; /* its group in the segments              */
    char target[2 * ECP_H5_NAME]; /* its group in the final file            */
    const char *name;             /* of the dataset                         */
    const char *extra;            /* copied with it, from the last segment  */
    const char *clock;            /* {start, stop, step} of its rows, NULL: none */
    hid_t out;
    hsize_t rows, done;
    double start, interval; /* of the first segment with rows */
    int started;
};

struct ecp_join {
    const char *dir, *folder;
    size_t n_segments;
    struct ecp_pool pool;
    const char **final; /* names of the files written so far, without .part */
    size_t n_finals;
    struct ecp_stream *stream; /* of the file that is being written */
    size_t n_streams;
};

enum ecp_status ecp_join_open(struct ecp_join *join, size_t segment, struct ecp_h5_reader *out);

/* Begin and end DIR/NAME.part. */
enum ecp_status ecp_join_begin(struct ecp_join *join, const char *name,
                               const struct ecp_h5_reader *last, struct ecp_h5_writer *out);

/* Write one file of all streams of `join`, below group `root`. */
enum ecp_status ecp_join_streams(struct ecp_join *join, const char *name, const char *root);

/* Copy the object at `path` of a segment, with all below it, to `target`. */
void ecp_join_copy(struct ecp_h5_writer *writer, const struct ecp_h5_reader *segment,
                   const char *path, const char *target);

#endif
