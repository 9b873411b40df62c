/* The memories of a plan at work. */
#include "engine/recall.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clock.h"
#include "engine/recall_private.h"

enum { BATCH = 1024 };

/* ---- names ------------------------------------------------------------------------ */

/* The k-th recall or link of a memory; NULL: there are no more. */
static const char *name_of(const struct ecp_plan_memory *m, size_t k)
{
    for (size_t j = 0; j < m->n_operations; j++)
        if (m->operation[j].kind == ECP_OPERATION_RECALL && k-- == 0)
            return m->operation[j].name;
    for (size_t j = 0; j < m->n_links; j++)
        if (m->link[j].use == ECP_USE_RECALL && k-- == 0)
            return m->link[j].name;
    return NULL;
}

static size_t recalls_of(const struct ecp_plan_memory *m)
{
    size_t n = 0;
    while (name_of(m, n))
        n++;
    return n;
}

int ecp_plan_recall(const struct ecp_plan *plan, size_t k, char *label)
{
    for (size_t m = 0; m < plan->n_memories; m++) {
        const size_t n = recalls_of(plan->memory[m]);
        if (k < n) {
            (void)snprintf(label, ECP_RECALL_LABEL, "%s.%s", plan->memory[m]->name,
                           name_of(plan->memory[m], k));
            return 1;
        }
        k -= n;
    }
    return 0;
}

/* ---- beginning and end -------------------------------------------------------------- */

enum ecp_status ecp_rows_more(struct ecp_rowlist *rows, size_t n, double **out)
{
    if (rows->n + n > rows->room) {
        const size_t room = rows->n + n > 2 * rows->room ? rows->n + n : 2 * rows->room;
        double *data = realloc(rows->data, (room * rows->size + 1) * sizeof *data);
        if (!data)
            return ecp_fail(ECP_ENOMEM, "no memory for %zu rows of a memory", room);
        rows->data = data;
        rows->room = room;
    }
    *out = rows->data + rows->n * rows->size;
    rows->n += n;
    return ECP_OK;
}

static enum ecp_status add_rows(struct ecp_rowlist *rows, const double *from, size_t n)
{
    double *to;
    const enum ecp_status status = ecp_rows_more(rows, n, &to);
    if (status == ECP_OK && n > 0)
        memcpy(to, from, n * rows->size * sizeof *to);
    return status;
}

static enum ecp_status begin(const struct ecp_plan *plan, size_t k, struct ecp_memory_run *run)
{
    const struct ecp_plan_memory *m = run->plan = plan->memory[k];
    const struct ecp_memory_setup setup = ecp_plan_memory_setup(plan, m);
    const enum ecp_status status = ecp_memory_create(&setup, &run->memory);
    if (status != ECP_OK)
        return status;
    const size_t value_size = ecp_memory_value_size(run->memory);
    run->keys.size = m->shape.key;
    run->values.size = m->model->has_values ? m->shape.value : 0;
    run->n_logs = recalls_of(m);
    run->log = calloc(run->n_logs + 1, sizeof *run->log);
    if (!run->log)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu recalls", run->n_logs);
    for (size_t j = 0; j < run->n_logs; j++) {
        struct ecp_recall_log *log = &run->log[j];
        log->name = name_of(m, j);
        log->cues.size = m->shape.key;
        log->recalled.size = log->targets.size = value_size;
        log->score.size = log->time.size = 1;
        log->measure.size = 4;
    }
    return ECP_OK;
}

enum ecp_status ecp_memories_create(const struct ecp_plan *plan, struct ecp_memories **out)
{
    struct ecp_memories *all = calloc(1, sizeof *all);
    size_t n = 0;
    enum ecp_status status = ECP_ENOMEM;
    if (all)
        all->run = calloc(plan->n_memories + 1, sizeof *all->run);
    if (!all || !all->run) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu memories", plan->n_memories);
        goto done;
    }
    all->plan = plan;
    for (size_t k = 0; k < plan->n_memories; k++) {
        ECP_TRY(begin(plan, k, &all->run[k]));
        n += all->run[k].n_logs;
        all->n_operations += plan->memory[k]->n_operations;
    }
    all->result = malloc((n * ECP_RECALL_RESULTS + 1) * sizeof *all->result);
    if (!all->result) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the results of %zu recalls", n);
        goto done;
    }
    for (size_t k = 0; k < n * ECP_RECALL_RESULTS; k++)
        all->result[k] = NAN;
    double *result = all->result;
    for (size_t k = 0; k < plan->n_memories; k++) {
        all->run[k].result = result;
        result += all->run[k].n_logs * ECP_RECALL_RESULTS;
    }
    *out = all;
    return ECP_OK;
done:
    ecp_memories_destroy(all);
    return status;
}

static void end(struct ecp_memory_run *run)
{
    for (size_t k = 0; run->log && k < run->n_logs; k++) {
        struct ecp_recall_log *log = &run->log[k];
        free(log->cues.data);
        free(log->recalled.data);
        free(log->targets.data);
        free(log->score.data);
        free(log->measure.data);
        free(log->time.data);
        free(log->weights.data);
    }
    free(run->log);
    free(run->keys.data);
    free(run->values.data);
    ecp_memory_destroy(run->memory);
}

void ecp_memories_destroy(struct ecp_memories *memories)
{
    if (!memories)
        return;
    for (size_t k = 0; memories->run && memories->plan && k < memories->plan->n_memories; k++)
        end(&memories->run[k]);
    free(memories->run);
    free(memories->result);
    free(memories);
}

struct ecp_memory *ecp_memories_at(const struct ecp_memories *memories, size_t k)
{
    return memories->run[k].memory;
}

const double *ecp_memories_results(const struct ecp_memories *memories)
{
    return memories->result;
}

size_t ecp_memories_cues(const struct ecp_memories *memories, size_t k)
{
    for (size_t m = 0; m < memories->plan->n_memories; m++) {
        if (k < memories->run[m].n_logs)
            return memories->run[m].log[k].cues.n;
        k -= memories->run[m].n_logs;
    }
    return 0;
}

/* ---- storing ----------------------------------------------------------------------------- */

static double *filled(size_t n, double value)
{
    double *all = malloc((n + 1) * sizeof *all);
    for (size_t k = 0; all && k < n; k++)
        all[k] = value;
    return all;
}

/* The items of an operation; strengths and decays that are not rows of it are made. */
struct items {
    struct ecp_items items;
    double *strength, *decay; /* ours */
};

static void clear_items(struct items *i)
{
    free(i->strength);
    free(i->decay);
}

static enum ecp_status make_items(const struct ecp_operation *o, struct items *out)
{
    const struct ecp_row_source *keys = ecp_operation_items(o);
    const size_t n = keys->n, width = o->decays.data ? o->decays.size : 1;
    const int decays = o->decays.data || !isnan(o->decay);
    *out = (struct items){
        .items = {.n = n, .keys = keys->data, .values = ecp_operation_item_values(o)->data}};
    out->items.strength = o->strengths.data;
    if (!isnan(o->strength))
        out->items.strength = out->strength = filled(n, o->strength);
    if (decays)
        out->items.decay = out->decay = filled(n * width, isnan(o->decay) ? 0 : log(o->decay));
    if ((!out->strength && !isnan(o->strength)) || (!out->decay && decays))
        return ecp_fail(ECP_ENOMEM, "no memory for the strengths of %zu items", n);
    for (size_t k = 0; o->decays.data && k < n * width; k++)
        out->decay[k] = log(o->decays.data[k]);
    out->items.decay_columns = decays ? width : 0;
    return ECP_OK;
}

static enum ecp_status keep_items(struct ecp_memory_run *run, const struct ecp_items *items)
{
    enum ecp_status status = add_rows(&run->keys, items->keys, items->n);
    if (status == ECP_OK && items->values)
        status = add_rows(&run->values, items->values, items->n);
    return status;
}

static enum ecp_status store(struct ecp_memory_run *run, const struct ecp_operation *o)
{
    struct items all;
    enum ecp_status status;
    ECP_TRY(make_items(o, &all));
    ECP_TRY(ecp_memory_store(run->memory, &all.items));
    status = keep_items(run, &all.items);
done:
    clear_items(&all);
    return status;
}

/* All at once: forms and chunks of a sequence are the member's. */
static enum ecp_status sequence(struct ecp_memory_run *run, const struct ecp_operation *o,
                                const double *cues, double *values)
{
    struct items all;
    enum ecp_status status;
    ECP_TRY(make_items(o, &all));
    ECP_TRY(ecp_memory_sequence(run->memory, &all.items, cues, values));
    status = keep_items(run, &all.items);
done:
    clear_items(&all);
    return status;
}

/* ---- recalling ---------------------------------------------------------------------------- */

static enum ecp_status make_cues(struct ecp_memory_run *run, const struct ecp_operation *o,
                                 struct ecp_recall_log *log)
{
    const struct ecp_row_source *p = &o->keys;
    const struct ecp_rowlist *sought = run->values.size > 0 ? &run->values : &run->keys;
    const double *keys = run->keys.data, *values = sought->data;
    double *cues;
    enum ecp_status status = ecp_rows_more(&log->cues, p->n, &cues);
    if (status != ECP_OK)
        return status;
    if (p->origin != ECP_ROWS_STORED) {
        memcpy(cues, p->data, p->n * p->size * sizeof *cues);
        return o->values.data ? add_rows(&log->targets, o->values.data, p->n) : ECP_OK;
    }
    if (o->sequence) { /* of its own items, which are not stored yet */
        keys = o->item_keys.data;
        values = run->values.size > 0 ? o->item_values.data : keys;
    }
    ecp_row_source_change(p, keys + p->first * p->size, p->n, p->size, cues);
    return add_rows(&log->targets, values + p->first * sought->size, p->n);
}

static enum ecp_status ask(const struct ecp_memories *all, const struct ecp_memories_asking *asking,
                           const struct ecp_memory_run *run, double part)
{
    if (!asking || !asking->ask)
        return ECP_OK;
    const double done = ((double)all->n_done + part) / (double)(all->n_operations + 1);
    if (asking->ask(asking->context, done, run->plan->name))
        return ecp_fail(ECP_ESTOPPED, "stopped at %.0f %% of what is asked of the memories: %s",
                        100 * done, run->plan->name);
    return ECP_OK;
}

static enum ecp_status measure(struct ecp_memory_run *run, size_t index)
{
    struct ecp_recall_log *log = &run->log[index];
    double *result = run->result + index * ECP_RECALL_RESULTS, sum = 0, *cue;
    const struct ecp_rowlist *stored = run->values.size > 0 ? &run->values : &run->keys;
    const struct ecp_recalled recalled = {.n = log->recalled.n,
                                          .size = log->recalled.size,
                                          .recalled = log->recalled.data,
                                          .target = log->targets.data,
                                          .stored = stored->data,
                                          .n_stored = stored->n,
                                          .tolerance = log->tolerance};
    for (size_t k = 0; k < log->score.n; k++)
        sum += log->score.data[k];
    result[ECP_RECALL_CONFIDENCE] = sum / (double)log->score.n;
    enum ecp_status status = ECP_OK;
    if (log->targets.n > 0) {
        ECP_TRY(ecp_rows_more(&log->measure, log->recalled.n, &cue));
        ECP_TRY(ecp_recall_measure(&recalled, result, cue));
    }
    for (size_t k = 0; k < ECP_RECALL_RESULTS; k++)
        if (isinf(result[k]))
            return ecp_fail(ECP_ENUMERIC,
                            "memories.%s: %s of recall %s left the range of numbers, as what was "
                            "recalled is too large",
                            run->plan->name, ecp_recall_fields[k].name, log->name);
done:
    return status;
}

/* Room for the weights of all that is stored now; *out NULL: they are not wanted. */
static enum ecp_status room_for_weights(const struct ecp_memory_run *run,
                                        const struct ecp_operation *o, struct ecp_recall_log *log,
                                        double **out)
{
    const size_t stored = (size_t)ecp_memory_stored(run->memory);
    *out = NULL;
    if (!o->weights)
        return ECP_OK;
    if (stored > (size_t)ECP_RECALL_WEIGHTS / o->keys.n)
        return ecp_fail(ECP_EARG,
                        "memories.%s.%s.weights: found %zu cues and %zu stored items; allowed: a "
                        "product up to %d",
                        run->plan->name, o->name, o->keys.n, stored, ECP_RECALL_WEIGHTS);
    log->weights.size = stored;
    return ecp_rows_more(&log->weights, o->keys.n, out);
}

/* The recall that is the index-th of its memory. */
static enum ecp_status recall(struct ecp_memories *all, struct ecp_memory_run *run,
                              const struct ecp_operation *o,
                              const struct ecp_memories_asking *asking)
{
    struct ecp_recall_log *log = run->log;
    double *values, *score, *weights;
    const size_t n = o->keys.n;
    enum ecp_status status;
    while (strcmp(log->name, o->name) != 0)
        log++;
    log->tolerance = o->tolerance;
    ECP_TRY(make_cues(run, o, log));
    ECP_TRY(ecp_rows_more(&log->recalled, n, &values));
    ECP_TRY(ecp_rows_more(&log->score, n, &score));
    ECP_TRY(room_for_weights(run, o, log, &weights));
    for (size_t k = 0; k < n; k++)
        score[k] = NAN;
    if (o->sequence)
        ECP_TRY(sequence(run, o, log->cues.data, values));
    for (size_t first = 0; first < n && !o->sequence; first += BATCH) {
        const size_t count = n - first < BATCH ? n - first : BATCH;
        ECP_TRY(ask(all, asking, run, (double)first / (double)n));
        const double *cues = log->cues.data + first * log->cues.size;
        ECP_TRY(ecp_memory_recall(run->memory, cues, count, values + first * log->recalled.size,
                                  score + first));
        if (weights)
            ECP_TRY(
                ecp_memory_attend(run->memory, cues, count, weights + first * log->weights.size));
    }
    status = measure(run, (size_t)(log - run->log));
done:
    return status;
}

/* ---- time ------------------------------------------------------------------------------------ */

static enum ecp_status pass(struct ecp_memory_run *run, double time)
{
    enum ecp_status status = ECP_OK;
    if (time > run->now && isfinite(time)) {
        status = ecp_memory_pass_time(run->memory, time - run->now);
        run->now = time;
    }
    return status;
}

static enum ecp_status operate(struct ecp_memories *all, struct ecp_memory_run *run,
                               const struct ecp_operation *o,
                               const struct ecp_memories_asking *asking)
{
    enum ecp_status status;
    ECP_TRY(ask(all, asking, run, 0));
    ECP_TRY(pass(run, o->time));
    if (o->kind == ECP_OPERATION_STORE)
        ECP_TRY(store(run, o));
    else if (o->kind == ECP_OPERATION_WEIGH)
        ECP_TRY(ecp_memory_weigh(run->memory, o->first, o->n, o->accessibility, o->amplification));
    else
        ECP_TRY(recall(all, run, o, asking));
    all->n_done++;
done:
    return status;
}

enum ecp_status ecp_memories_until(struct ecp_memories *memories, double time,
                                   const struct ecp_memories_asking *asking)
{
    enum ecp_status status = ECP_OK;
    const double began = ecp_clock_seconds();
    for (size_t k = 0; k < memories->plan->n_memories; k++) {
        struct ecp_memory_run *run = &memories->run[k];
        while (run->next < run->plan->n_operations &&
               run->plan->operation[run->next].time <= time) {
            ECP_TRY(operate(memories, run, &run->plan->operation[run->next], asking));
            run->next++;
        }
        ECP_TRY(pass(run, time));
    }
done:
    memories->seconds += ecp_clock_seconds() - began;
    return status;
}

double ecp_memories_seconds(const struct ecp_memories *memories)
{
    return memories->seconds;
}

double ecp_memories_next(const struct ecp_memories *memories)
{
    double next = INFINITY;
    for (size_t k = 0; k < memories->plan->n_memories; k++) {
        const struct ecp_memory_run *run = &memories->run[k];
        if (run->next < run->plan->n_operations)
            next = fmin(next, run->plan->operation[run->next].time);
    }
    return next;
}
