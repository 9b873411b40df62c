/* Memories in DIR/memories.h5: one group each,
 *   K, V              what was stored, in order
 *   state/PART        the matrices of the memory at the end
 *   RECALL/Q          its cues; besides recalled, target, weights, and a value of each cue */
#include <stdlib.h>
#include <string.h>

#include "engine/arena.h"
#include "engine/experiment.h"
#include "engine/recall_private.h"

struct list {
    struct ecp_arena *arena;
    struct ecp_stored_table *table;
    size_t n, room;
    int failed;
};

static const char *path_of(struct list *list, const char *memory, const char *a, const char *b)
{
    return ecp_arena_printf(list->arena, "%s/%s%s%s", memory, a, b ? "/" : "", b ? b : "");
}

static void add(struct list *list, struct ecp_stored_table table)
{
    if (list->n == list->room) {
        const size_t room = 2 * list->room + 16;
        struct ecp_stored_table *all = realloc(list->table, room * sizeof *all);
        if (!all) {
            list->failed = 1;
            return;
        }
        list->table = all;
        list->room = room;
    }
    list->failed |= !table.name;
    list->table[list->n++] = table;
}

static void add_matrix(struct list *list, const char *path, const struct ecp_rowlist *rows,
                       const char *meaning)
{
    if (rows->n > 0 && rows->size > 0)
        add(list, (struct ecp_stored_table){.name = path,
                                            .meaning = meaning,
                                            .rows = rows->n,
                                            .columns = rows->size,
                                            .matrix = rows->data});
}

/* A column out of rows of `width` numbers. */
static const double *column_of(struct list *list, const struct ecp_rowlist *rows, size_t at)
{
    double *column = ecp_arena_array(list->arena, rows->n + 1, sizeof *column);
    for (size_t k = 0; column && k < rows->n; k++)
        column[k] = rows->data[k * rows->size + at];
    list->failed |= !column;
    return column;
}

/* Of each cue. */
static void add_cues(struct list *list, const char *memory, const struct ecp_recall_log *log,
                     const char *score_meaning)
{
    static const struct {
        const char *name, *meaning;
    } measured[] = {{"overlap", "cosine between what was recalled and what was sought"},
                    {"exact", "1: recalled without an error"},
                    {"error", "length of the error over that of what was sought"},
                    {"found", "1: nothing that is stored is nearer than what was sought"}};
    struct ecp_table_column *column = ecp_arena_array(list->arena, 6, sizeof *column);
    size_t n = 0;
    if (!column) {
        list->failed = 1;
        return;
    }
    if (log->time.n > 0)
        column[n++] = (struct ecp_table_column){"time", "ms", "model time of the recall",
                                                log->time.data, NULL};
    for (size_t k = 0; k < 4 && log->measure.n > 0; k++)
        column[n++] = (struct ecp_table_column){measured[k].name, "1", measured[k].meaning,
                                                column_of(list, &log->measure, k), NULL};
    column[n++] = (struct ecp_table_column){
        "confidence", "1", score_meaning ? score_meaning : "score of the memory itself",
        log->score.data, NULL};
    add(list, (struct ecp_stored_table){.name = path_of(list, memory, log->name, NULL),
                                        .meaning = "a recall: one row for each cue",
                                        .rows = log->score.n,
                                        .columns = n,
                                        .column = column});
}

static const char *weights_meaning(struct list *list, const struct ecp_memory_model *model)
{
    const char *own = model->attend_meaning ? model->attend_meaning : "weights of items";
    const char *meaning =
        ecp_arena_printf(list->arena, "a row for each cue, a column for each row of K: %s", own);
    list->failed |= !meaning;
    return meaning;
}

static void add_memory(struct list *list, const struct ecp_memory_run *run)
{
    const char *name = run->plan->name;
    struct ecp_memory_part part;
    for (size_t k = 0; k < run->n_logs; k++)
        if (run->log[k].score.n > 0)
            add_cues(list, name, &run->log[k], run->plan->model->score_meaning);
    if (!run->plan->keep)
        return;
    add_matrix(list, path_of(list, name, "K", NULL), &run->keys,
               run->values.size > 0 ? "keys that were stored, in order"
                                    : "patterns that were stored, in order");
    add_matrix(list, path_of(list, name, "V", NULL), &run->values,
               "values that were stored, in order");
    for (size_t k = 0; ecp_memory_part(run->memory, k, &part); k++)
        if (part.rows * part.columns > 0)
            add(list, (struct ecp_stored_table){.name = path_of(list, name, "state", part.name),
                                                .meaning = part.meaning,
                                                .rows = part.rows,
                                                .columns = part.columns,
                                                .matrix = part.data});
    for (size_t k = 0; k < run->n_logs; k++) {
        const struct ecp_recall_log *log = &run->log[k];
        add_matrix(list, path_of(list, name, log->name, "Q"), &log->cues, "cues, one a row");
        add_matrix(list, path_of(list, name, log->name, "recalled"), &log->recalled,
                   "what was recalled, a row for each cue");
        add_matrix(list, path_of(list, name, log->name, "target"), &log->targets,
                   "what was sought, a row for each cue");
        add_matrix(list, path_of(list, name, log->name, "weights"), &log->weights,
                   weights_meaning(list, run->plan->model));
    }
}

enum ecp_status ecp_memories_write(const struct ecp_memories *memories, const char *dir)
{
    struct list list = {0};
    enum ecp_status status = ecp_arena_create(&list.arena);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; k < memories->plan->n_memories; k++)
        add_memory(&list, &memories->run[k]);
    if (list.failed)
        status = ecp_fail(ECP_ENOMEM, "no memory to write the memories");
    else
        status = ecp_store_tables(dir, "memories.h5", memories->plan, list.table, list.n);
    free(list.table);
    ecp_arena_destroy(list.arena);
    return status;
}
