#include "engine/store_spread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mpi/comm.h"

void ecp_spread_begin(struct ecp_spread *s, struct ecp_comm *comm, const char *path)
{
    *s = (struct ecp_spread){.comm = comm, .file = -1, .status = ECP_OK};
    if (snprintf(s->path, sizeof s->path, "%s", path) >= (int)sizeof s->path)
        s->status = ecp_fail(ECP_EIO, "%s: the name is too long", path);
}

void ecp_spread_add(struct ecp_spread *s, struct ecp_h5_writer *writer, hid_t dataset)
{
    if (s->status != ECP_OK || !ecp_h5_fine(writer))
        return;
    if ((s->n & (s->n - 1)) == 0) {
        const size_t room = s->n ? 2 * s->n : 16;
        uint64_t *longer = realloc(s->place, (room + 1) * sizeof *longer);
        if (!longer) {
            s->status = ecp_fail(ECP_ENOMEM, "%s: no memory to lay it out", s->path);
            return;
        }
        s->place = longer;
    }
    s->place[s->n++] = (uint64_t)H5Dget_offset(dataset); /* without elements: none */
}

void ecp_spread_open(struct ecp_spread *s, enum ecp_status laid_out)
{
    const int first = ecp_comm_rank(s->comm) == 0;
    if (s->status == ECP_OK)
        s->status = laid_out;
    s->status = ecp_comm_agree(s->comm, s->status);
    if (s->status != ECP_OK)
        return;
    ecp_comm_tell(s->comm, s->path, sizeof s->path);
    ecp_comm_tell(s->comm, &s->n, sizeof s->n);
    if (!first)
        s->place = malloc((s->n + 1) * sizeof *s->place);
    s->room = malloc(ECP_H5_BLOCK);
    s->file = open(s->path, O_RDWR | O_CLOEXEC);
    if (!s->place || !s->room)
        s->status = ecp_fail(ECP_ENOMEM, "%s: no memory to write it", s->path);
    else if (s->file < 0)
        s->status = ecp_fail(ECP_EIO, "%s: cannot be written: %s", s->path, strerror(errno));
    s->status = ecp_comm_agree(s->comm, s->status);
    if (s->status == ECP_OK)
        ecp_comm_tell(s->comm, s->place, s->n * sizeof *s->place);
}

enum ecp_status ecp_spread_write(int file, const char *path, const void *data, size_t n,
                                 uint64_t at)
{
    const char *from = data;
    while (n > 0) {
        const ssize_t put = pwrite(file, from, n, (off_t)at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return ecp_fail(ECP_EIO, "%s: cannot be written: %s", path,
                            strerror(put < 0 ? errno : ENOSPC));
        from += put;
        at += (uint64_t)put;
        n -= (size_t)put;
    }
    return ECP_OK;
}

/* n numbers that lie in `room`, to element `first`. */
static void convert_and_write(struct ecp_spread *s, const struct ecp_spread_some *some,
                              uint64_t first, size_t n)
{
    const size_t size = H5Tget_size(some->file);
    if (H5Tconvert(some->memory, some->file, n, s->room, NULL, H5P_DEFAULT) < 0)
        s->status = ecp_fail(ECP_EIO, "%s: cannot be written: HDF5 refused", s->path);
    else
        s->status =
            ecp_spread_write(s->file, s->path, s->room, n * size, s->place[s->at] + first * size);
}

static size_t at_once(const struct ecp_spread_some *some)
{
    const size_t memory = H5Tget_size(some->memory), file = H5Tget_size(some->file);
    return ECP_H5_BLOCK / (memory > file ? memory : file);
}

/* The order of `add` and that of the caller differ: a fault of ours, not of the disk. */
static int is_there(struct ecp_spread *s)
{
    if (s->status == ECP_OK && s->at >= s->n)
        s->status = ecp_fail(ECP_EARG, "%s: has no dataset %zu", s->path, s->at);
    return s->status == ECP_OK;
}

void ecp_spread_put(struct ecp_spread *s, const struct ecp_spread_some *some, const void *data)
{
    const size_t size = H5Tget_size(some->memory), most = at_once(some);
    for (uint64_t k = 0; k < some->n && is_there(s); k += most) {
        const size_t n = some->n - k < most ? (size_t)(some->n - k) : most;
        memcpy(s->room, (const char *)data + k * size, n * size);
        convert_and_write(s, some, some->first + k, n);
    }
}

void ecp_spread_series(struct ecp_spread *s, struct ecp_spread_some some, uint64_t step)
{
    some.memory = H5T_NATIVE_UINT64;
    const size_t most = at_once(&some);
    for (uint64_t k = 0; k < some.n && is_there(s); k += most) {
        const size_t n = some.n - k < most ? (size_t)(some.n - k) : most;
        for (size_t j = 0; j < n; j++)
            ((uint64_t *)s->room)[j] = (some.first + k + j) * step;
        convert_and_write(s, &some, some.first + k, n);
    }
}

void ecp_spread_next(struct ecp_spread *s)
{
    s->at++;
}

enum ecp_status ecp_spread_end(struct ecp_spread *s)
{
    if (s->file >= 0) {
        if (s->status == ECP_OK && fsync(s->file) != 0)
            s->status = ecp_fail(ECP_EIO, "%s: cannot be written: %s", s->path, strerror(errno));
        if (close(s->file) != 0 && s->status == ECP_OK)
            s->status = ecp_fail(ECP_EIO, "%s: cannot be written: %s", s->path, strerror(errno));
    }
    s->status = ecp_comm_agree(s->comm, s->status);
    if (s->status != ECP_OK && ecp_comm_rank(s->comm) == 0)
        (void)unlink(s->path);
    free(s->place);
    free(s->room);
    s->place = NULL;
    s->room = NULL;
    s->file = -1;
    return s->status;
}
