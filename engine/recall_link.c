/* Memories beside a network: one row at a time, and in checkpoints. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/checkpoint.h"
#include "engine/network_memory.h"
#include "engine/recall_private.h"

static enum ecp_status add_row(struct ecp_rowlist *rows, const double *row)
{
    double *to;
    const enum ecp_status status = ecp_rows_more(rows, 1, &to);
    if (status == ECP_OK)
        memcpy(to, row, rows->size * sizeof *to);
    return status;
}

enum ecp_status ecp_memories_link_store(struct ecp_memories *memories, size_t memory,
                                        const double *key, const double *value)
{
    struct ecp_memory_run *run = &memories->run[memory];
    const double *own = run->values.size > 0 ? value : NULL;
    enum ecp_status status;
    ECP_TRY(ecp_memory_store_pairs(run->memory, key, own, 1));
    ECP_TRY(add_row(&run->keys, key));
    if (own)
        ECP_TRY(add_row(&run->values, own));
done:
    return status;
}

/* Logs of links come after those of recalls. */
static size_t log_of(const struct ecp_plan_memory *m, size_t link)
{
    size_t n = 0;
    for (size_t k = 0; k < m->n_operations; k++)
        n += m->operation[k].kind == ECP_OPERATION_RECALL;
    for (size_t k = 0; k < link; k++)
        n += m->link[k].use == ECP_USE_RECALL;
    return n;
}

enum ecp_status ecp_memories_link_recall(struct ecp_memories *memories, size_t memory, size_t link,
                                         double time, const double *cue, double *out, int *done)
{
    struct ecp_memory_run *run = &memories->run[memory];
    const size_t index = log_of(run->plan, link);
    struct ecp_recall_log *log = &run->log[index];
    double *values, score = NAN, sum = 0;
    enum ecp_status status = ECP_OK;
    if (ecp_memory_stored(run->memory) == 0 && !run->plan->model->recalls_empty)
        goto done;
    ECP_TRY(ecp_rows_more(&log->recalled, 1, &values));
    ECP_TRY(ecp_memory_recall(run->memory, cue, 1, values, &score));
    ECP_TRY(add_row(&log->cues, cue));
    ECP_TRY(add_row(&log->score, &score));
    ECP_TRY(add_row(&log->time, &time));
    for (size_t k = 0; k < log->score.n; k++)
        sum += log->score.data[k];
    run->result[index * ECP_RECALL_RESULTS + ECP_RECALL_CONFIDENCE] = sum / (double)log->score.n;
    if (out)
        memcpy(out, values, log->recalled.size * sizeof *out);
    *done = 1;
done:
    return status;
}

/* ---- checkpoints ------------------------------------------------------------------- */

struct saved_memory {
    double now;
    uint64_t next, n_image, n_keys, n_values;
};

static struct ecp_rowlist *list_of(struct ecp_recall_log *log, int k)
{
    struct ecp_rowlist *const all[] = {&log->cues,  &log->recalled, &log->targets,
                                       &log->score, &log->measure,  &log->time};
    return all[k];
}
enum { LISTS = 6 };

static void put_rows(struct ecp_archive *archive, const struct ecp_rowlist *rows, const char *what,
                     size_t memory, size_t number)
{
    const uint64_t n = rows->n;
    ecp_archive_put(archive, &n, 1, sizeof n, "memory.%zu.%s.%zu.n", memory, what, number);
    ecp_archive_put(archive, rows->data, rows->n * rows->size, sizeof(double), "memory.%zu.%s.%zu",
                    memory, what, number);
}

/* Rows of weights are as long as there were items. */
static void put_weights(struct ecp_archive *archive, const struct ecp_rowlist *rows, size_t memory,
                        size_t log)
{
    const uint64_t size = rows->size;
    ecp_archive_put(archive, &size, 1, sizeof size, "memory.%zu.weights.%zu.size", memory, log);
    put_rows(archive, rows, "weights", memory, log);
}

static void put_memory(struct ecp_memory_run *run, size_t k, struct ecp_archive *archive)
{
    double *image = NULL;
    struct saved_memory saved = {run->now, run->next, 0, run->keys.n, run->values.n};
    size_t n = 0;
    if (archive->status == ECP_OK)
        archive->status = ecp_memory_image(run->memory, &image, &n);
    saved.n_image = n;
    ecp_archive_put(archive, &saved, 1, sizeof saved, "memory.%zu", k);
    ecp_archive_put(archive, image, n, sizeof *image, "memory.%zu.image", k);
    free(image);
    put_rows(archive, &run->keys, "keys", k, 0);
    put_rows(archive, &run->values, "values", k, 0);
    for (size_t j = 0; j < run->n_logs; j++)
        for (int list = 0; list < LISTS; list++)
            put_rows(archive, list_of(&run->log[j], list), "log", k, LISTS * j + (size_t)list);
    for (size_t j = 0; j < run->n_logs; j++)
        put_weights(archive, &run->log[j].weights, k, j);
    ecp_archive_put(archive, run->result, run->n_logs * ECP_RECALL_RESULTS, sizeof *run->result,
                    "memory.%zu.results", k);
}

void ecp_memories_put(const struct ecp_memories *memories, struct ecp_archive *archive)
{
    for (size_t k = 0; k < memories->plan->n_memories; k++)
        put_memory(&memories->run[k], k, archive);
}

static enum ecp_status get_rows(const struct ecp_archive_reader *reader, struct ecp_rowlist *rows,
                                const char *what, size_t memory, size_t number)
{
    const void *n, *data;
    double *to;
    enum ecp_status status;
    ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(uint64_t), 1, &n, "memory.%zu.%s.%zu.n", memory,
                                what, number));
    const size_t count = (size_t) * (const uint64_t *)n;
    ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(double), count * rows->size, &data,
                                "memory.%zu.%s.%zu", memory, what, number));
    rows->n = 0;
    ECP_TRY(ecp_rows_more(rows, count, &to));
    if (count > 0)
        memcpy(to, data, count * rows->size * sizeof *to);
done:
    return status;
}

static enum ecp_status get_weights(const struct ecp_archive_reader *reader,
                                   struct ecp_rowlist *rows, size_t memory, size_t log)
{
    const void *data;
    const enum ecp_status status = ecp_checkpoint_find(reader, 0, sizeof(uint64_t), 1, &data,
                                                       "memory.%zu.weights.%zu.size", memory, log);
    if (status != ECP_OK)
        return status;
    const uint64_t size = *(const uint64_t *)data;
    if (size > ECP_RECALL_WEIGHTS)
        return ecp_fail(ECP_EIO, "the checkpoint is damaged: rows of %llu weights",
                        (unsigned long long)size);
    rows->size = (size_t)size;
    return get_rows(reader, rows, "weights", memory, log);
}

static enum ecp_status get_memory(struct ecp_memory_run *run, size_t k,
                                  const struct ecp_archive_reader *reader)
{
    const void *data;
    const size_t n_results = run->n_logs * ECP_RECALL_RESULTS;
    enum ecp_status status;
    ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(struct saved_memory), 1, &data, "memory.%zu", k));
    const struct saved_memory saved = *(const struct saved_memory *)data;
    ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(double), (size_t)saved.n_image, &data,
                                "memory.%zu.image", k));
    ECP_TRY(ecp_memory_restore(run->memory, data, (size_t)saved.n_image));
    ECP_TRY(get_rows(reader, &run->keys, "keys", k, 0));
    ECP_TRY(get_rows(reader, &run->values, "values", k, 0));
    for (size_t j = 0; j < run->n_logs; j++)
        for (int list = 0; list < LISTS; list++)
            ECP_TRY(
                get_rows(reader, list_of(&run->log[j], list), "log", k, LISTS * j + (size_t)list));
    for (size_t j = 0; j < run->n_logs; j++)
        ECP_TRY(get_weights(reader, &run->log[j].weights, k, j));
    ECP_TRY(
        ecp_checkpoint_find(reader, 0, sizeof(double), n_results, &data, "memory.%zu.results", k));
    if (n_results > 0)
        memcpy(run->result, data, n_results * sizeof *run->result);
    run->now = saved.now;
    run->next = (size_t)saved.next;
done:
    return status;
}

enum ecp_status ecp_memories_get(struct ecp_memories *memories,
                                 const struct ecp_archive_reader *reader)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < memories->plan->n_memories && status == ECP_OK; k++)
        status = get_memory(&memories->run[k], k, reader);
    return status;
}
