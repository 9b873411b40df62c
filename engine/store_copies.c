/* store_copies.c -- bytes of segments into final files, by all ranks at once.
 *
 * The copies of all files are one long row of bytes. Each rank takes an equal stretch of
 * it, so nobody has more than a block in memory, and every byte is read once and written
 * once. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/store_files.h"
#include "engine/store_join.h"
#include "engine/store_spread.h"
#include "mpi/comm.h"

/* Where files are, as ranks tell each other. */
struct places {
    char dir[ECP_FILES_PATH], folder[ECP_FILES_PATH];
    uint64_t n_copies, name_bytes;
};

struct copying {
    struct ecp_comm *comm;
    struct places places;
    struct ecp_join_copy *copy;
    char *names, **name; /* of the final files, one after the other */
    char *block;         /* ECP_H5_BLOCK */

    uint64_t segment, final; /* that are open */
    int from, to;
    char from_path[2 * ECP_FILES_PATH], to_path[2 * ECP_FILES_PATH];
    enum ecp_status status;
};

/* ---- what the first rank tells ------------------------------------------------ */

static enum ecp_status describe(struct copying *c, const struct ecp_join *join)
{
    struct places *p = &c->places;
    if (snprintf(p->dir, sizeof p->dir, "%s", join->dir) >= (int)sizeof p->dir ||
        snprintf(p->folder, sizeof p->folder, "%s", join->folder) >= (int)sizeof p->folder)
        return ecp_fail(ECP_EIO, "%s: the name is too long", join->folder);
    p->n_copies = join->n_copies;
    for (size_t k = 0; k < join->n_finals; k++)
        p->name_bytes += strlen(join->final[k]) + 1;
    return ECP_OK;
}

static enum ecp_status make_room(struct copying *c)
{
    c->copy = malloc((c->places.n_copies + 1) * sizeof *c->copy);
    c->names = malloc(c->places.name_bytes + 1);
    c->name = malloc((c->places.name_bytes + 1) * sizeof *c->name);
    c->block = malloc(ECP_H5_BLOCK);
    if (!c->copy || !c->names || !c->name || !c->block)
        return ecp_fail(ECP_ENOMEM, "no memory to join the stretches of a run");
    return ECP_OK;
}

static void tell_all(struct copying *c, const struct ecp_join *join)
{
    char *to = c->names;
    size_t k = 0;
    if (ecp_comm_rank(c->comm) == 0) {
        if (join->n_copies > 0)
            memcpy(c->copy, join->copy, join->n_copies * sizeof *c->copy);
        for (size_t f = 0; f < join->n_finals; f++) {
            const size_t n = strlen(join->final[f]) + 1;
            memcpy(to, join->final[f], n);
            to += n;
        }
    }
    ecp_comm_tell(c->comm, c->copy, c->places.n_copies * sizeof *c->copy);
    ecp_comm_tell(c->comm, c->names, c->places.name_bytes);
    for (size_t at = 0; at < c->places.name_bytes; at += strlen(c->names + at) + 1)
        c->name[k++] = c->names + at;
}

/* ---- copying -------------------------------------------------------------------- */

static void finish_final(struct copying *c)
{
    if (c->to < 0)
        return;
    if (c->status == ECP_OK && fsync(c->to) != 0)
        c->status = ecp_fail(ECP_EIO, "%s: cannot be written: %s", c->to_path, strerror(errno));
    if (close(c->to) != 0 && c->status == ECP_OK)
        c->status = ecp_fail(ECP_EIO, "%s: cannot be written: %s", c->to_path, strerror(errno));
    c->to = -1;
}

static void finish_segment(struct copying *c)
{
    if (c->from >= 0)
        (void)close(c->from);
    c->from = -1;
}

static void open_files(struct copying *c, const struct ecp_join_copy *copy)
{
    if (c->to < 0 || c->final != copy->final) {
        finish_final(c);
        (void)snprintf(c->to_path, sizeof c->to_path, "%s/%s.part", c->places.dir,
                       c->name[copy->final]);
        c->final = copy->final;
        c->to = open(c->to_path, O_WRONLY | O_CLOEXEC);
        if (c->to < 0 && c->status == ECP_OK)
            c->status = ecp_fail(ECP_EIO, "%s: cannot be written: %s", c->to_path, strerror(errno));
    }
    if (c->from < 0 || c->segment != copy->segment) {
        finish_segment(c);
        (void)snprintf(c->from_path, sizeof c->from_path, "%s/%06llu.h5", c->places.folder,
                       (unsigned long long)copy->segment);
        c->segment = copy->segment;
        c->from = open(c->from_path, O_RDONLY | O_CLOEXEC);
        if (c->from < 0 && c->status == ECP_OK)
            c->status = ecp_fail(ECP_EIO, "%s: cannot be read: %s", c->from_path, strerror(errno));
    }
}

static void read_block(struct copying *c, uint64_t at, size_t n)
{
    for (size_t got = 0; got < n && c->status == ECP_OK;) {
        const ssize_t more = pread(c->from, c->block + got, n - got, (off_t)(at + got));
        if (more < 0 && errno == EINTR)
            continue;
        if (more < 0)
            c->status = ecp_fail(ECP_EIO, "%s: cannot be read: %s", c->from_path, strerror(errno));
        else if (more == 0)
            c->status = ecp_fail(ECP_EIO, "%s: ends too early: damaged?", c->from_path);
        else
            got += (size_t)more;
    }
}

/* Bytes first .. end - 1 of one copy. */
static void copy_some(struct copying *c, const struct ecp_join_copy *copy, uint64_t first,
                      uint64_t end)
{
    open_files(c, copy);
    for (uint64_t at = first; at < end && c->status == ECP_OK; at += ECP_H5_BLOCK) {
        const size_t n = end - at < ECP_H5_BLOCK ? (size_t)(end - at) : ECP_H5_BLOCK;
        read_block(c, copy->from + at, n);
        if (c->status == ECP_OK)
            c->status = ecp_spread_write(c->to, c->to_path, c->block, n, copy->to + at);
    }
}

static void copy_share(struct copying *c)
{
    const uint64_t rank = (uint64_t)ecp_comm_rank(c->comm), size = (uint64_t)ecp_comm_size(c->comm);
    uint64_t total = 0, at = 0;
    for (uint64_t k = 0; k < c->places.n_copies; k++)
        total += c->copy[k].bytes;
    const uint64_t low = total / size * rank + total % size * rank / size;
    const uint64_t high = total / size * (rank + 1) + total % size * (rank + 1) / size;
    for (uint64_t k = 0; k < c->places.n_copies && c->status == ECP_OK && at < high; k++) {
        const uint64_t end = at + c->copy[k].bytes;
        if (end > low)
            copy_some(c, &c->copy[k], low > at ? low - at : 0, (high < end ? high : end) - at);
        at = end;
    }
    finish_final(c);
    finish_segment(c);
}

enum ecp_status ecp_join_copies(struct ecp_comm *comm, struct ecp_join *join)
{
    struct copying *c = calloc(1, sizeof *c);
    enum ecp_status status = ECP_OK;
    if (!c)
        status = ecp_fail(ECP_ENOMEM, "no memory to join the stretches of a run");
    else {
        c->comm = comm;
        c->from = c->to = -1;
        if (ecp_comm_rank(comm) == 0)
            status = describe(c, join);
    }
    ECP_TRY(ecp_comm_agree(comm, status));
    ecp_comm_tell(comm, &c->places, sizeof c->places);
    ECP_TRY(ecp_comm_agree(comm, make_room(c)));
    tell_all(c, join);
    copy_share(c);
    status = ecp_comm_agree(comm, c->status);
done:
    if (c) {
        free(c->copy);
        free(c->names);
        free(c->name);
        free(c->block);
    }
    free(c);
    return status;
}
