/* input_array.h -- datasets of HDF5 files that others wrote: any numbers, booleans, texts of
 * fixed and of variable length, up to four dimensions (private). */
#ifndef ECP_INPUT_ARRAY_H
#define ECP_INPUT_ARRAY_H

#include "engine/store_h5.h"

enum ecp_array_kind { ECP_ARRAY_NUMBERS, ECP_ARRAY_TEXTS, ECP_ARRAY_OTHER };
enum { ECP_ARRAY_DIMENSIONS = 4 };

struct ecp_array {
    const struct ecp_h5_reader *file;
    char name[ECP_H5_NAME]; /* for messages */
    hid_t dataset;
    enum ecp_array_kind kind;
    int rank;                          /* a scalar has 1 */
    size_t size[ECP_ARRAY_DIMENSIONS]; /* 1 beyond the rank */
    size_t count;                      /* of all elements */
};

/* ECP_EIO: not there, damaged, more dimensions. Close it in any case; a zeroed one is fine. */
enum ecp_status ecp_array_open(const struct ecp_h5_reader *file, hid_t at, const char *path,
                               struct ecp_array *out);
void ecp_array_close(struct ecp_array *array);

/* Rows first .. first + n - 1 (of the first dimension); ECP_EIO. `out` has room. */
enum ecp_status ecp_array_rows(const struct ecp_array *array, size_t first, size_t n, double *out);
/* All of it, in memory of the pool. Texts end at the first zero. ECP_EIO, ECP_ENOMEM (also
 * when it would not fit, with the numbers). */
enum ecp_status ecp_array_numbers(const struct ecp_array *array, struct ecp_pool *pool,
                                  double **out);
enum ecp_status ecp_array_texts(const struct ecp_array *array, struct ecp_pool *pool,
                                const char ***out);

/* Attribute that is one text, or a list of them. 0: there is none. */
int ecp_array_attribute(hid_t object, const char *name, struct ecp_pool *pool, size_t *n,
                        const char ***out);

/* `bytes` more for `what` of `path`; ECP_ENOMEM with the numbers when they do not fit. */
enum ecp_status ecp_array_afford(const char *path, const char *what, double bytes);

#endif
