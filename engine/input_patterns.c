/* input_patterns.c -- which format a file has, and IDX: two zero bytes, the type of the
 * numbers, how many dimensions, each of them as four bytes, then the numbers; all with
 * the first byte the highest. */
#include "engine/input_patterns.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum ecp_status ecp_input_range(const struct ecp_rows_wanted *wanted, size_t n, size_t *from,
                                size_t *to)
{
    const size_t end = wanted->to > 0 ? wanted->to : n;
    if (n == 0)
        return ecp_fail(ECP_ECONFIG, "%s: has no rows; allowed: one or more", wanted->path);
    if (wanted->from >= end || end > n)
        return ecp_fail(ECP_ECONFIG, "%s: found %zu rows; rows %zu to %zu are not among them",
                        wanted->path, n, wanted->from, end);
    *from = wanted->from;
    *to = end;
    return ECP_OK;
}

enum ecp_status ecp_input_room(const struct ecp_rows_wanted *wanted, size_t n, size_t size,
                               struct ecp_rows_read *out)
{
    if (size == 0)
        return ecp_fail(ECP_ECONFIG, "%s: its rows have no columns; allowed: one or more",
                        wanted->path);
    double *data = n <= SIZE_MAX / sizeof *data / size ? malloc(n * size * sizeof *data) : NULL;
    if (!data)
        return ecp_fail(ECP_ENOMEM, "%s: no memory for %zu rows of %zu numbers", wanted->path, n,
                        size);
    *out = (struct ecp_rows_read){.n = n, .size = size, .data = data};
    return ECP_OK;
}

enum ecp_status ecp_input_finite(const char *what, const struct ecp_rows_read *rows, size_t from)
{
    for (size_t k = 0; k < rows->n * rows->size; k++)
        if (!isfinite(rows->data[k]))
            return ecp_fail(ECP_ECONFIG,
                            "%s: row %zu, column %zu: found %g; allowed: finite numbers", what,
                            from + k / rows->size, k % rows->size, rows->data[k]);
    return ECP_OK;
}

enum ecp_status ecp_input_row_size(const char *what, size_t factor, size_t *size)
{
    if (factor > 0 && *size > ((size_t)1 << 40) / factor)
        return ecp_fail(ECP_EIO, "%s: its rows are larger than any machine", what);
    *size *= factor;
    return ECP_OK;
}

/* ---- IDX ------------------------------------------------------------------------ */

enum { MOST_DIMENSIONS = 16, CHUNK = 1 << 16 };

struct idx {
    FILE *file;
    int type;
    size_t bytes; /* of a number */
    size_t n, size;
    double head; /* bytes before the numbers */
};

static uint32_t word(const unsigned char *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static double number(const struct idx *idx, const unsigned char *b)
{
    uint64_t bits = 0;
    for (size_t k = 0; k < idx->bytes; k++)
        bits = bits << 8 | b[k];
    float single;
    double full;
    const uint32_t half = (uint32_t)bits;
    switch (idx->type) {
    case 0x08:
        return (double)bits;
    case 0x09:
        return (double)(int8_t)bits;
    case 0x0B:
        return (double)(int16_t)bits;
    case 0x0C:
        return (double)(int32_t)bits;
    case 0x0D:
        memcpy(&single, &half, sizeof single);
        return (double)single;
    default:
        memcpy(&full, &bits, sizeof full);
        return full;
    }
}

static size_t bytes_of(int type)
{
    static const size_t bytes[] = {
        [0x08] = 1, [0x09] = 1, [0x0B] = 2, [0x0C] = 4, [0x0D] = 4, [0x0E] = 8};
    return type >= 0 && type <= 0x0E ? bytes[type] : 0;
}

static enum ecp_status read_head(const char *path, struct idx *idx)
{
    unsigned char start[4], size[4];
    enum ecp_status status;
    if (fread(start, 1, 4, idx->file) != 4)
        return ecp_fail(ECP_EIO, "%s: is truncated: no head of an IDX file", path);
    idx->type = start[2];
    idx->bytes = bytes_of(start[2]);
    idx->size = 1;
    idx->head = 4 + 4.0 * start[3];
    if (idx->bytes == 0 || start[3] == 0 || start[3] > MOST_DIMENSIONS)
        return ecp_fail(ECP_EIO,
                        "%s: an IDX file of type 0x%02x with %d dimensions; allowed: types 0x08, "
                        "0x09, 0x0b to 0x0e, 1 to %d dimensions",
                        path, start[2], start[3], MOST_DIMENSIONS);
    for (int k = 0; k < start[3]; k++) {
        if (fread(size, 1, 4, idx->file) != 4)
            return ecp_fail(ECP_EIO, "%s: is truncated in its head", path);
        if (k == 0)
            idx->n = word(size);
        else
            ECP_TRY(ecp_input_row_size(path, word(size), &idx->size));
    }
    status = ECP_OK;
done:
    return status;
}

/* As long as its head says? */
static enum ecp_status check_length(const char *path, const struct idx *idx)
{
    struct stat facts;
    const double wanted = idx->head + (double)idx->n * (double)idx->size * (double)idx->bytes;
    if (fstat(fileno(idx->file), &facts) != 0)
        return ecp_fail(ECP_EIO, "%s: cannot be read: %s", path, strerror(errno));
    if ((double)facts.st_size < wanted)
        return ecp_fail(ECP_EIO, "%s: is truncated: %.0f bytes, and its head says %.0f", path,
                        (double)facts.st_size, wanted);
    if ((double)facts.st_size > wanted)
        return ecp_fail(ECP_EIO, "%s: has %.0f bytes more than its head says", path,
                        (double)facts.st_size - wanted);
    return ECP_OK;
}

static enum ecp_status read_numbers(const char *path, const struct idx *idx, size_t count,
                                    double *to)
{
    unsigned char *chunk = malloc((size_t)CHUNK * 8);
    enum ecp_status status = ECP_OK;
    if (!chunk)
        return ecp_fail(ECP_ENOMEM, "%s: no memory to read it", path);
    for (size_t k = 0; k < count && status == ECP_OK; k += CHUNK) {
        const size_t n = count - k < CHUNK ? count - k : CHUNK;
        if (fread(chunk, idx->bytes, n, idx->file) != n)
            status = ecp_fail(ECP_EIO, "%s: cannot be read to its end", path);
        for (size_t j = 0; j < n && status == ECP_OK; j++)
            to[k + j] = number(idx, chunk + j * idx->bytes);
    }
    free(chunk);
    return status;
}

static enum ecp_status read_idx(const struct ecp_rows_wanted *wanted, FILE *file,
                                struct ecp_rows_read *out)
{
    struct idx idx = {.file = file};
    struct ecp_rows_read read = {0};
    size_t from = 0, to = 0;
    enum ecp_status status;
    rewind(file);
    ECP_TRY(read_head(wanted->path, &idx));
    ECP_TRY(check_length(wanted->path, &idx));
    ECP_TRY(ecp_input_range(wanted, idx.n, &from, &to));
    ECP_TRY(ecp_input_room(wanted, to - from, idx.size, &read));
    if (fseeko(file, (off_t)(idx.head + (double)from * (double)(idx.size * idx.bytes)), SEEK_SET))
        status = ecp_fail(ECP_EIO, "%s: cannot be read: %s", wanted->path, strerror(errno));
    else
        status = read_numbers(wanted->path, &idx, read.n * read.size, read.data);
    ECP_TRY(status);
    ECP_TRY(ecp_input_finite(wanted->path, &read, from));
    read.all = idx.n;
    *out = read;
    return ECP_OK;
done:
    free(read.data);
    return status;
}

/* ---- any of them ------------------------------------------------------------------- */

enum ecp_status ecp_input_rows(const struct ecp_rows_wanted *wanted, struct ecp_rows_read *out)
{
    static const unsigned char h5[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    unsigned char start[8] = {0};
    struct stat facts;
    FILE *file = fopen(wanted->path, "rbe");
    if (!file)
        return ecp_fail(ECP_EIO, "%s: cannot be opened: %s", wanted->path, strerror(errno));
    const int is_file = fstat(fileno(file), &facts) == 0 && S_ISREG(facts.st_mode);
    const size_t n = is_file ? fread(start, 1, sizeof start, file) : 0;
    enum ecp_status status = ECP_OK;
    if (!is_file)
        status = ecp_fail(ECP_EIO, "%s: is not a file", wanted->path);
    else if (n == 0)
        status = ecp_fail(ECP_EIO, "%s: is empty", wanted->path);
    else if (n >= 2 && start[0] == 0x1f && start[1] == 0x8b)
        status = ecp_fail(ECP_EIO, "%s: is compressed; unpack it with gunzip", wanted->path);
    else if (n >= 4 && start[0] == 0 && start[1] == 0)
        status = read_idx(wanted, file, out);
    (void)fclose(file);
    if (status != ECP_OK || (n >= 4 && start[0] == 0 && start[1] == 0))
        return status;
    const char *dot = strrchr(wanted->path, '.');
    if (n == sizeof h5 && memcmp(start, h5, n) == 0)
        return ecp_input_rows_h5(wanted, out);
    if (dot && (strcmp(dot, ".h5") == 0 || strcmp(dot, ".hdf5") == 0))
        return ecp_fail(ECP_EIO, "%s: is not an HDF5 file", wanted->path);
    if (wanted->dataset)
        return ecp_fail(ECP_ECONFIG, "%s: is text, which has no datasets", wanted->path);
    return ecp_input_rows_text(wanted, out);
}
