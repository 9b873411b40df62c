/* store_spread.h -- datasets of one file that all ranks fill at once (private).
 *
 * The first rank lays a file out with HDF5: groups, attributes, small datasets, and large
 * ones of their full size, contiguous, without data. It closes it and tells the others
 * where each of these begins; then every rank writes its own elements there with pwrite. So
 * the bytes of a file do not depend on how many wrote it, and the HDF5 library stays the
 * serial one. Alone it goes the same way.
 *
 * Sticky like a writer: after the first failure functions do nothing, and `end` tells. All
 * functions but `add` are collective where the comm has several ranks. */
#ifndef ECP_STORE_SPREAD_H
#define ECP_STORE_SPREAD_H

#include "engine/store_files.h"
#include "engine/store_h5.h"

struct ecp_comm;

struct ecp_spread {
    struct ecp_comm *comm;
    char path[ECP_FILES_PATH];
    uint64_t *place; /* byte in the file of each dataset, in the order of `add` */
    size_t n, at;    /* at: the next one to be filled */
    int file;
    void *room; /* ECP_H5_BLOCK bytes for numbers as the file has them */
    enum ecp_status status;
};

/* Some elements of a dataset: as they are in memory, and in the file. */
struct ecp_spread_some {
    hid_t memory, file;
    uint64_t first, n;
};

/* Begins as the same {comm} on all ranks; `path` counts on the first. */
void ecp_spread_begin(struct ecp_spread *spread, struct ecp_comm *comm, const char *path);

/* On the first rank, while `writer` is open: one more dataset to be filled. */
void ecp_spread_add(struct ecp_spread *spread, struct ecp_h5_writer *writer, hid_t dataset);

/* The file is laid out and closed, with what status on the first rank: all learn of the
 * datasets and open it. */
void ecp_spread_open(struct ecp_spread *spread, enum ecp_status laid_out);

/* Elements of the dataset that is next; `next` goes on to the one after it. Datasets come
 * on every rank in the order of `add`. */
void ecp_spread_put(struct ecp_spread *spread, const struct ecp_spread_some *some,
                    const void *data);
/* The same for whole numbers (first + k) * step that nobody holds. */
void ecp_spread_series(struct ecp_spread *spread, struct ecp_spread_some some, uint64_t step);
void ecp_spread_next(struct ecp_spread *spread);

/* All of it on disk (fsync) on all ranks, or the worst of what happened; the file then is
 * gone. Frees. ECP_EIO, ECP_ENOMEM. */
enum ecp_status ecp_spread_end(struct ecp_spread *spread);

/* n bytes at `at`; ECP_EIO. */
enum ecp_status ecp_spread_write(int file, const char *path, const void *data, size_t n,
                                 uint64_t at);

#endif
