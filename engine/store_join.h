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
    int last_only;                /* of the last segment, not all one after the other */
    int is_matrix;
    hid_t out;
    hsize_t rows, done;
    double start, interval; /* of the first segment with rows */
    int started;
};

/* Bytes of a segment that go into a final file as they are. */
struct ecp_join_copy {
    uint64_t segment, final; /* by number */
    uint64_t from, to, bytes;
};

struct ecp_join {
    const char *dir, *folder;
    size_t n_segments;
    struct ecp_pool pool;
    const char **final; /* names of the files written so far, without .part */
    size_t n_finals;
    struct ecp_stream *stream; /* of the file that is being written */
    size_t n_streams;
    struct ecp_join_copy *copy;
    size_t n_copies;
};

enum ecp_status ecp_join_open(struct ecp_join *join, size_t segment, struct ecp_h5_reader *out);

/* Begin and end DIR/NAME.part. */
enum ecp_status ecp_join_begin(struct ecp_join *join, const char *name,
                               const struct ecp_h5_reader *last, struct ecp_h5_writer *out);

/* Lay out one file of all streams of `join`, below group `root`; what goes into them is
 * noted as copies. */
enum ecp_status ecp_join_streams(struct ecp_join *join, const char *name, const char *root);

struct ecp_comm;

/* All ranks together: the copies of the first rank's `join`, each rank its share of the
 * bytes; on disk when this returns. ECP_EIO, ECP_ENOMEM. */
enum ecp_status ecp_join_copies(struct ecp_comm *comm, struct ecp_join *join);

/* Copy the object at `path` of a segment, with all below it, to `target`. */
void ecp_join_copy(struct ecp_h5_writer *writer, const struct ecp_h5_reader *segment,
                   const char *path, const char *target);

#endif
