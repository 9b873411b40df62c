#include "engine/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/alloc.h"
#include "engine/exact.h"
#include "engine/exchange.h"
#include "engine/network_memory.h"
#include "engine/results.h"
#include "engine/results_ranks.h"
#include "engine/store.h"
#include "engine/structural.h"
#include "mpi/comm.h"

/* ---- names ------------------------------------------------------------------- */

static const char *const FILES[] = {"checkpoint.ecp", "checkpoint.previous.ecp", "checkpoint.part"};
enum { CURRENT, PREVIOUS, PART };

static enum ecp_status name_file(const char *dir, int which, char **out)
{
    const size_t size = strlen(dir) + strlen(FILES[which]) + 2;
    char *path = malloc(size);
    if (!path)
        return ecp_fail(ECP_ENOMEM, "no memory for the name of a checkpoint");
    (void)snprintf(path, size, "%s/%s", dir, FILES[which]);
    *out = path;
    return ECP_OK;
}

int ecp_checkpoint_exists(const char *dir, int previous)
{
    char *path = NULL;
    const int found =
        name_file(dir, previous ? PREVIOUS : CURRENT, &path) == ECP_OK && access(path, F_OK) == 0;
    free(path);
    return found;
}

void ecp_checkpoint_remove(const char *dir)
{
    for (int which = CURRENT; which <= PART; which++) {
        char *path = NULL;
        if (name_file(dir, which, &path) == ECP_OK)
            (void)unlink(path);
        free(path);
    }
}

/* ---- what is written ------------------------------------------------------------ */

struct saved_network {
    int64_t now, phase, counting, pending_from, segments;
};

static void put_network(void *context, struct ecp_archive *archive)
{
    const struct ecp_network *network = context;
    const char *text = network->plan->config_text ? network->plan->config_text : "";
    const struct saved_network saved = {
        network->now, network->phase, network->counting, network->pending_from,
        network->options.store ? (int64_t)ecp_store_segments(network->options.store) : 0};
    ecp_archive_put(archive, &saved, 1, sizeof saved, "network");
    ecp_archive_put(archive, text, strlen(text) + 1, 1, "config");
    ecp_checkpoint_put_results(network->results, archive);
    ecp_checkpoint_put_structural(network, archive);
    ecp_network_memories_put(network, archive);
}

static void put_worker(void *context, struct ecp_archive *archive)
{
    const struct ecp_worker *worker = context;
    ecp_checkpoint_put_neurons(worker, archive);
    ecp_checkpoint_put_plastic(worker, archive);
    ecp_checkpoint_put_exact(worker, archive);
    ecp_checkpoint_put_elements(worker, archive);
}

/* Blocks of this rank: its workers', before them the network's on rank 0. */
struct writing {
    struct ecp_network *network;
    struct ecp_archive_entry *entry; /* of all blocks */
    uint64_t n_blocks, own_first, n_own;
    int file;
    char *part, *current, *previous;
};

static void measure(struct writing *w)
{
    struct ecp_network *network = w->network;
    w->n_blocks = 1 + (uint64_t)network->n_ranks * (uint64_t)network->n_workers;
    w->own_first = 1 + (uint64_t)network->rank * (uint64_t)network->n_workers;
    w->n_own = (uint64_t)network->n_workers;
    if (network->rank == 0)
        w->entry[0].bytes = ecp_archive_measure(put_network, network);
    for (int k = 0; k < network->n_workers; k++)
        w->entry[w->own_first + (uint64_t)k].bytes =
            ecp_archive_measure(put_worker, &network->worker[k]);
    /* Each block's size is known to its rank alone, and all need to know all. */
    uint64_t *const all = &w->entry[0].at;
    for (uint64_t k = 0; k < w->n_blocks; k++)
        w->entry[k].at = w->entry[k].checksum = 0;
    ecp_comm_sum(network->comm, all, 3 * w->n_blocks);
    uint64_t at = ecp_archive_first(w->n_blocks);
    for (uint64_t k = 0; k < w->n_blocks; k++) {
        w->entry[k].at = at;
        at += (w->entry[k].bytes + 4095) / 4096 * 4096;
    }
}

static enum ecp_status write_blocks(struct writing *w)
{
    struct ecp_network *network = w->network;
    enum ecp_status status = ECP_OK;
    w->file = open(w->part, O_RDWR | O_CLOEXEC);
    if (w->file < 0)
        return ecp_fail(ECP_EIO, "%s: cannot be written: %s", w->part, strerror(errno));
    if (network->rank == 0)
        ECP_TRY(ecp_archive_write(w->file, w->part, &w->entry[0], put_network, network));
    for (int k = 0; k < network->n_workers; k++)
        ECP_TRY(ecp_archive_write(w->file, w->part, &w->entry[w->own_first + (uint64_t)k],
                                  put_worker, &network->worker[k]));
    if (fsync(w->file) != 0)
        status = ecp_fail(ECP_EIO, "%s: cannot be written: %s", w->part, strerror(errno));
done:
    return status;
}

/* Checksums of all blocks come to rank 0, which writes the head and gives the names. */
static enum ecp_status seal(struct writing *w, const char *dir)
{
    enum ecp_status status = ECP_OK;
    if (w->network->rank > 0)
        return ECP_OK;
    ECP_TRY(ecp_archive_seal(w->file, w->part, w->entry, w->n_blocks));
    if (fsync(w->file) != 0 ||
        (access(w->current, F_OK) == 0 && rename(w->current, w->previous) != 0) ||
        rename(w->part, w->current) != 0) {
        status = ecp_fail(ECP_EIO, "%s: cannot be written: %s", w->current, strerror(errno));
        goto done;
    }
    const int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        (void)fsync(folder);
        (void)close(folder);
    }
done:
    return status;
}

static enum ecp_status create(struct writing *w)
{
    const struct ecp_network *network = w->network;
    if (network->rank > 0)
        return ECP_OK;
    const int file = open(w->part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0)
        return ecp_fail(ECP_EIO, "%s: cannot be written: %s", w->part, strerror(errno));
    (void)close(file);
    return ECP_OK;
}

enum ecp_status ecp_checkpoint_write(struct ecp_network *network, const char *dir)
{
    struct writing w = {.network = network, .file = -1};
    const uint64_t blocks = 1 + (uint64_t)network->n_ranks * (uint64_t)network->n_workers;
    enum ecp_status status = ECP_OK;
    w.entry = ecp_array(blocks, sizeof *w.entry);
    if (!w.entry)
        status = ecp_fail(ECP_ENOMEM, "no memory to write a checkpoint");
    if (status == ECP_OK)
        status = name_file(dir, PART, &w.part);
    if (status == ECP_OK)
        status = name_file(dir, CURRENT, &w.current);
    if (status == ECP_OK)
        status = name_file(dir, PREVIOUS, &w.previous);
    ECP_TRY(ecp_comm_agree(network->comm, status));
    ECP_TRY(ecp_ranks_bins(network->results));
    ECP_TRY(ecp_network_memories_gather(network));
    measure(&w);
    ECP_TRY(ecp_comm_agree(network->comm, create(&w)));
    ECP_TRY(ecp_comm_agree(network->comm, write_blocks(&w)));
    for (uint64_t k = 0; k < w.n_blocks; k++) {
        const int own =
            (k >= w.own_first && k < w.own_first + w.n_own) || (k == 0 && network->rank == 0);
        w.entry[k].checksum = own ? w.entry[k].checksum : 0;
        ecp_comm_sum(network->comm, &w.entry[k].checksum, 1);
    }
    status = ecp_comm_agree(network->comm, seal(&w, dir));
done:
    if (w.file >= 0)
        (void)close(w.file);
    if (status != ECP_OK && w.part && network->rank == 0)
        (void)unlink(w.part);
    free(w.part);
    free(w.current);
    free(w.previous);
    free(w.entry);
    return status;
}

/* ---- reading ---------------------------------------------------------------------- */

/* The first line in which two texts differ. */
static void differing_line(const char *a, const char *b, char *out, size_t size)
{
    const char *line = b;
    while (*a && *a == *b) {
        if (*b == '\n')
            line = b + 1;
        a++;
        b++;
    }
    const int n = (int)strcspn(line, "\n");
    (void)snprintf(out, size, "%.*s", n, line);
}

static enum ecp_status check_config(const struct ecp_network *network,
                                    const struct ecp_archive_reader *reader)
{
    const char *own = network->plan->config_text ? network->plan->config_text : "";
    size_t n = 0;
    const char *text = ecp_archive_get(reader, 0, 1, &n, "config");
    char line[160];
    if (reader->n_blocks < 2) /* the network's, and one at least of a worker */
        return ecp_fail(ECP_EIO, "%s: damaged: it has no neurons", reader->path);
    if (!text || n == 0 || text[n - 1] != '\0')
        return ecp_fail(ECP_EIO, "%s: damaged: it has no config", reader->path);
    if (strcmp(text, own) == 0)
        return ECP_OK;
    differing_line(own, text, line, sizeof line);
    return ecp_fail(ECP_ECONFIG,
                    "%s: of another config: there it says `%s`; a run can only go on with the "
                    "config and seed that it began with",
                    reader->path, line + strspn(line, " \t"));
}

static enum ecp_status verify(const struct ecp_network *network,
                              const struct ecp_archive_reader *reader)
{
    enum ecp_status status = ECP_OK;
    for (uint64_t k = (uint64_t)network->rank; k < reader->n_blocks && status == ECP_OK;
         k += (uint64_t)network->n_ranks)
        status = ecp_archive_verify(reader, k);
    return status;
}

/* Parameters as phases have set them so far. */
static enum ecp_status replay_phases(struct ecp_network *network, int64_t phase)
{
    double begin = 0;
    enum ecp_status status = ECP_OK;
    for (int64_t k = 0; k <= phase && status == ECP_OK; k++) {
        const ecp_step at = (ecp_step)llround(begin / network->plan->dt);
        status = ecp_network_apply(network, (int)k, at);
        begin += network->plan->phase[k]->duration;
    }
    return status;
}

static void get_worker(struct ecp_worker *worker, const struct ecp_archive_reader *reader)
{
    enum ecp_status status = ecp_checkpoint_get_plastic(worker, reader);
    if (status == ECP_OK)
        status = ecp_checkpoint_get_neurons(worker, reader);
    if (status == ECP_OK)
        status = ecp_checkpoint_get_exact(worker, reader);
    if (status != ECP_OK)
        ecp_worker_fail(worker, status);
}

static enum ecp_status get_workers(struct ecp_network *network,
                                   const struct ecp_archive_reader *reader)
{
#pragma omp parallel for num_threads(network->n_workers)
    for (int w = 0; w < network->n_workers; w++)
        get_worker(&network->worker[w], reader);
    for (int w = 0; w < network->n_workers; w++)
        if (network->worker[w].status != ECP_OK)
            return ecp_fail(network->worker[w].status, "%s", network->worker[w].message);
    return ECP_OK;
}

static enum ecp_status get_network(struct ecp_network *network,
                                   const struct ecp_archive_reader *reader)
{
    const void *data;
    enum ecp_status status;
    ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(struct saved_network), 1, &data, "network"));
    const struct saved_network saved = *(const struct saved_network *)data;
    if (saved.phase < 0 || saved.phase >= (int64_t)network->plan->n_phases || saved.now <= 0 ||
        saved.now > network->n_steps) {
        status = ecp_fail(ECP_EIO, "%s: a moment that the config does not have", reader->path);
        goto done;
    }
    ECP_TRY(replay_phases(network, saved.phase));
    network->now = network->span_end = saved.now;
    network->phase = (int)saved.phase;
    network->counting = (int)saved.counting;
    network->pending_from = saved.pending_from;
    ECP_TRY(ecp_checkpoint_get_structural(network, reader));
    ECP_TRY(get_workers(network, reader));
    ECP_TRY(ecp_checkpoint_get_results(network->results, reader));
    ECP_TRY(ecp_network_memories_get(network, reader));
    if (network->options.store)
        ECP_TRY(ecp_store_resume(network->options.store, (size_t)saved.segments));
done:
    return status;
}

static enum ecp_status offer_previous(enum ecp_status status, const char *dir, int previous)
{
    char reason[400];
    if (status != ECP_EIO || previous || !ecp_checkpoint_exists(dir, 1))
        return status;
    (void)snprintf(reason, sizeof reason, "%s", ecp_error_message());
    ecp_error_clear();
    return ecp_fail(status, "%s; the checkpoint before it is there: go on with --resume-previous",
                    reason);
}

enum ecp_status ecp_checkpoint_read(struct ecp_network *network, const char *dir, int previous)
{
    struct ecp_archive_reader reader = {.bytes = NULL};
    char *path = NULL;
    enum ecp_status status = name_file(dir, previous ? PREVIOUS : CURRENT, &path);
    if (status == ECP_OK)
        status = ecp_archive_open(path, &reader);
    ECP_TRY(ecp_comm_agree(network->comm, status));
    ECP_TRY(ecp_comm_agree(network->comm, verify(network, &reader)));
    ECP_TRY(ecp_comm_agree(network->comm, check_config(network, &reader)));
    ECP_TRY(ecp_comm_agree(network->comm, get_network(network, &reader)));
    ecp_exchange_resume(network);
done:
    ecp_archive_close(&reader);
    free(path);
    return offer_previous(status, dir, previous);
}
