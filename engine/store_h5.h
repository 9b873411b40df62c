/* store_h5.h -- the little of HDF5 that the store needs (private).
 *
 * A writer is sticky, like stdio: after the first failure its functions do
 * nothing, and ecp_h5_finish tells. So the code that writes a file reads as the
 * list of what is in it. Files are the same bytes for the same content: no
 * times are tracked, datasets are contiguous and allocated as they are made. */
#ifndef ECP_STORE_H5_H
#define ECP_STORE_H5_H

#include <hdf5.h>

#include "engine/status.h"
#include "engine/store_pool.h"

/* ecp_real in memory, as HDF5 names it. */
#ifdef ECP_DOUBLE
#define ECP_H5_REAL H5T_NATIVE_DOUBLE
#else
#define ECP_H5_REAL H5T_NATIVE_FLOAT
#endif

enum {
    ECP_H5_NAME = 256,         /* longest name of a link, with its end       */
    ECP_H5_BLOCK = 4 * 1048576 /* bytes moved at once when copying           */
};

struct ecp_h5_writer {
    char *path;
    hid_t file, driver;
    int error; /* errno of the first write that failed; 0: none */
    enum ecp_status status;
};

/* A dataset: a vector of `rows` when columns is 0, otherwise a matrix. `type` is
 * the type in the file. */
#define ECP_H5_EMPTY_ROWS ((hsize_t)-1) /* a matrix without columns */
struct ecp_h5_column {
    const char *name;
    hid_t type;
    hsize_t rows, columns;
    const char *unit, *meaning;
};

/* Creates (or empties) the file. `out` must not move until it is finished. */
enum ecp_status ecp_h5_create(const char *path, struct ecp_h5_writer *out);
/* Closes; ECP_OK when all of it is on disk (fsync), otherwise the file is gone. */
enum ecp_status ecp_h5_finish(struct ecp_h5_writer *writer);

/* 1 while nothing has failed. */
int ecp_h5_fine(struct ecp_h5_writer *writer);
/* Take over a status, or the result of a call of HDF5 (negative: failed). */
void ecp_h5_note(struct ecp_h5_writer *writer, enum ecp_status status);
void ecp_h5_check(struct ecp_h5_writer *writer, hid_t result);

/* Ids are closed with ecp_h5_close; invalid ones may be passed on. */
hid_t ecp_h5_group(struct ecp_h5_writer *writer, hid_t parent, const char *name);
/* A second name for what is there. */
void ecp_h5_link_again(struct ecp_h5_writer *writer, hid_t parent, const char *name,
                       const char *also);
hid_t ecp_h5_dataset(struct ecp_h5_writer *writer, hid_t parent,
                     const struct ecp_h5_column *column);
void ecp_h5_close(hid_t id);

struct ecp_h5_rows {
    hid_t type; /* in memory */
    hsize_t first, count;
    const void *data;
};
void ecp_h5_put_rows(struct ecp_h5_writer *writer, hid_t dataset, const struct ecp_h5_rows *rows);

/* Dataset and its rows in one; `type` is that of `data`. */
void ecp_h5_put(struct ecp_h5_writer *writer, hid_t parent, const struct ecp_h5_column *column,
                hid_t type, const void *data);

/* Type of a text of any length; close it. */
hid_t ecp_h5_text_type(void);

/* Attributes. */
void ecp_h5_text(struct ecp_h5_writer *writer, hid_t object, const char *name, const char *text);
void ecp_h5_real(struct ecp_h5_writer *writer, hid_t object, const char *name, double value);
void ecp_h5_count(struct ecp_h5_writer *writer, hid_t object, const char *name, uint64_t value);
void ecp_h5_flag(struct ecp_h5_writer *writer, hid_t object, const char *name, int8_t value);
/* All attributes of `from`, which may be in another file. */
void ecp_h5_copy_attributes(struct ecp_h5_writer *writer, hid_t object, hid_t from);

/* ---- reading ----------------------------------------------------------- */

struct ecp_h5_reader {
    const char *path; /* for messages */
    hid_t file;
};

/* ECP_EIO says whether the file is missing, foreign or damaged. */
enum ecp_status ecp_h5_open(const char *path, struct ecp_h5_reader *out);
void ecp_h5_shut(struct ecp_h5_reader *reader);

/* 1 when `path` (several names with / between) leads to something. */
int ecp_h5_has(hid_t at, const char *path);

/* Number of links in a group, and the k-th name in alphabetical order. */
hsize_t ecp_h5_links(hid_t group);
enum ecp_status ecp_h5_link(const struct ecp_h5_reader *reader, hid_t group, hsize_t k,
                            char name[ECP_H5_NAME]);
enum ecp_status ecp_h5_open_group(const struct ecp_h5_reader *reader, hid_t at, const char *path,
                                  hid_t *out);
int ecp_h5_is_group(hid_t at, const char *name);

/* A dataset as rows x columns (columns = 1 for a vector), each element of memory
 * type `type`, in memory of the pool: both are given, the rest is filled in. */
struct ecp_h5_array {
    hid_t type;
    struct ecp_pool *pool;
    size_t rows, columns;
    void *data;
};
enum ecp_status ecp_h5_load(const struct ecp_h5_reader *reader, hid_t at, const char *path,
                            struct ecp_h5_array *array);
/* The same for strings; data is an array of char *, the type is not given. */
enum ecp_status ecp_h5_load_texts(const struct ecp_h5_reader *reader, hid_t at, const char *path,
                                  struct ecp_h5_array *array);

/* Attributes of the object `at`; 0 when missing or of another kind, and then
 * the output is left as it is. */
int ecp_h5_get_text(hid_t at, const char *name, struct ecp_pool *pool, const char **out);
int ecp_h5_get_real(hid_t at, const char *name, double *out);
int ecp_h5_get_count(hid_t at, const char *name, uint64_t *out);

/* ---- the driver (store_driver.c) --------------------------------------- */

/* Registers a file driver that never tells HDF5 of a failed write; the errno
 * of the first one goes to the int that ecp_h5_driver_aim named. */
hid_t ecp_h5_driver(void);
herr_t ecp_h5_driver_aim(hid_t access, hid_t driver, int *error);

#endif
