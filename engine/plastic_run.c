/* Plastic projections while the network runs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/plastic.h"
#include "engine/structural.h"

static uint32_t stamp_of(ecp_step step)
{
    return (uint32_t)(step + 1);
}

/* ---- spikes of targets ------------------------------------------------ */

void ecp_plastic_fired(struct ecp_worker *worker, int p, ecp_lid j, ecp_step step)
{
    struct ecp_fired_list *list = ecp_plastic_fired_list(worker, p, stamp_of(step));
    ecp_lid *room = ecp_room_for_one(list->neuron, list->n, &list->capacity, sizeof *room);
    if (!room) {
        ecp_worker_fail(worker, ecp_fail(ECP_ENOMEM, "no memory for spikes"));
        return;
    }
    list->neuron = room;
    list->neuron[list->n++] = j;
    if (worker->network->structural)
        ecp_structural_fired(worker->network->structural, p, worker->share[p].first + j, step + 1);
}

/* Twice as many entries for every target. Rare: entries move by doubling. */
int ecp_plastic_grow_rings(struct ecp_plastic *plastic, struct ecp_view *view)
{
    const size_t n = plastic->n_targets, old = (size_t)1 << view->bits;
    const int n_marks = plastic->rule->n_marks;
    uint32_t *time = ecp_array((n + ECP_ALIGNMENT) << (view->bits + 1), sizeof *time);
    ecp_real *mark[ECP_MAX_MARKS] = {NULL};
    int missing = time == NULL;
    for (int m = 0; m < n_marks; m++)
        missing |= !(mark[m] = ecp_array((n + ECP_ALIGNMENT) << (view->bits + 1), sizeof **mark));
    if (missing) {
        free(time);
        for (int m = 0; m < n_marks; m++)
            free(mark[m]);
        return 0;
    }
    for (size_t t = 0; t < n; t++) {
        const uint32_t count = view->count[t];
        for (uint32_t e = count > old ? count - (uint32_t)old : 0; e < count; e++) {
            const size_t from = t * old + (e & (old - 1)), to = t * 2 * old + (e & (2 * old - 1));
            time[to] = view->time[from];
            for (int m = 0; m < n_marks; m++)
                mark[m][to] = view->mark[m][from];
        }
    }
    free(view->time);
    view->time = time;
    for (int m = 0; m < n_marks; m++) {
        free(view->mark[m]);
        view->mark[m] = mark[m];
    }
    view->bits++;
    return 1;
}

static void file_event(struct ecp_plastic *plastic, struct ecp_view *view, ecp_lid t,
                       uint32_t stamp)
{
    const uint32_t count = view->count[t];
    size_t at = ((size_t)t << view->bits) + (count & ((1u << view->bits) - 1));
    if (count >> view->bits > 0 && view->time[at] > view->floor) {
        if (!ecp_plastic_grow_rings(plastic, view)) {
            ecp_worker_fail(plastic->worker,
                            ecp_fail(ECP_ENOMEM, "no memory for the spikes that %s waits for",
                                     plastic->plan->name));
            return;
        }
        at = ((size_t)t << view->bits) + (count & ((1u << view->bits) - 1));
    }
    view->time[at] = stamp;
    for (int m = 0; m < plastic->rule->n_marks; m++)
        view->mark[m][at] = plastic->marks[m][t];
    view->latest[t] = stamp;
    view->count[t] = count + 1;
}

struct ecp_post_block ecp_plastic_block(struct ecp_plastic *plastic, const struct ecp_view *view)
{
    return (struct ecp_post_block){.n = plastic->n_targets,
                                   .param = plastic->param,
                                   .derived = plastic->derived,
                                   .post = view->post,
                                   .seen = plastic->seen,
                                   .late = plastic->late,
                                   .fired = plastic->fired,
                                   .event = plastic->event,
                                   .mark = plastic->marks,
                                   .sum = plastic->sum};
}

/* NULL: nobody fired. */
static void flag(uint8_t *flags, const struct ecp_fired_list *list, uint8_t value)
{
    for (size_t k = 0; list && k < list->n; k++)
        flags[list->neuron[k]] = value;
}

/* What the view's targets did `shift` steps before `stamp`, for the synapses. */
static void file_events(struct ecp_plastic *plastic, struct ecp_view *view, uint32_t stamp)
{
    if (stamp <= view->shift || !plastic->rule->visit)
        return;
    const struct ecp_fired_list *list =
        ecp_plastic_fired_list(plastic->worker, plastic->plan->target, stamp - view->shift);
    if (!plastic->rule->mark) {
        for (size_t k = 0; k < list->n; k++)
            file_event(plastic, view, list->neuron[k], stamp);
        return;
    }
    flag(plastic->fired, list, 1);
    const struct ecp_post_block block = ecp_plastic_block(plastic, view);
    plastic->rule->mark(&block);
    const size_t n =
        plastic->worker->network->kernels->fired(plastic->event, plastic->n_targets, plastic->list);
    for (size_t k = 0; k < n; k++)
        file_event(plastic, view, plastic->list[k], stamp);
    flag(plastic->fired, list, 0);
}

/* Traces of the targets go on to the next stamp. */
static void advance_view(struct ecp_plastic *plastic, struct ecp_view *view, uint32_t stamp)
{
    if (!plastic->rule->advance)
        return;
    const struct ecp_worker *worker = plastic->worker;
    const int p = plastic->plan->target;
    const uint32_t late = view->shift + plastic->echo;
    const struct ecp_fired_list *list =
        stamp > view->shift ? ecp_plastic_fired_list(worker, p, stamp - view->shift) : NULL;
    const struct ecp_fired_list *old =
        plastic->echoed && stamp > late ? ecp_plastic_fired_list(worker, p, stamp - late) : NULL;
    struct ecp_post_block block = ecp_plastic_block(plastic, view);
    block.echo = plastic->echoed;
    flag(plastic->fired, list, 1);
    flag(plastic->echoed, old, 1);
    plastic->rule->advance(&block);
    flag(plastic->fired, list, 0);
    flag(plastic->echoed, old, 0);
}

/* ---- visits ------------------------------------------------------------ */

struct visiting {
    struct ecp_visit visit;
    struct ecp_events_seen events;
    const ecp_real *post[ECP_MAX_TRACES];
    ecp_real *synapse[ECP_MAX_SYNAPSE];
};

static void begin_visit(const struct ecp_plastic *plastic, size_t index, uint32_t now,
                        struct visiting *v)
{
    const struct ecp_piece *piece = &plastic->piece[index];
    const struct ecp_view *view = &plastic->view[piece->view];
    const size_t base = (size_t)piece->section * ECP_SECTION;
    for (size_t k = 0; k < plastic->n_post; k++)
        v->post[k] = view->post[k] + base;
    v->events = (struct ecp_events_seen){.count = view->count + base,
                                         .latest = view->latest + base,
                                         .time = view->time + (base << view->bits),
                                         .bits = view->bits};
    for (int m = 0; plastic->rule && m < plastic->rule->n_marks; m++)
        v->events.mark[m] = view->mark[m] + (base << view->bits);
    v->visit = (struct ecp_visit){.param = plastic->param,
                                  .derived = plastic->derived,
                                  .dt = plastic->worker->network->plan->dt,
                                  .synapse = v->synapse,
                                  .post = v->post,
                                  .events = &v->events,
                                  .now = now,
                                  .from = piece->from,
                                  .last = piece->last,
                                  .before = plastic->before + index * plastic->n_pre,
                                  .after = plastic->after + index * plastic->n_pre,
                                  .recent = plastic->recent,
                                  .modulator = plastic->modulator,
                                  .modulator_level = plastic->modulator_level,
                                  .n_modulator = plastic->n_modulator,
                                  .modulator_shift = view->shift / 2,
                                  .seed = plastic->worker->network->plan->seed,
                                  .projection = (uint32_t)plastic->projection,
                                  .first_target = plastic->first_target + (ecp_lid)base};
    if (plastic->recent)
        v->visit.recent += index * (size_t)plastic->rule->n_recent;
    v->visit.first_modulator =
        ecp_plastic_modulator_after(plastic, piece->from, v->visit.modulator_shift);
}

static void take_part(const struct ecp_plastic *plastic, struct visiting *v, uint64_t first,
                      size_t n)
{
    v->visit.n = n;
    v->visit.weight = plastic->weight + first;
    v->visit.target = plastic->target + first;
    for (size_t k = 0; k < plastic->n_synapse_fields; k++)
        v->synapse[k] = plastic->synapse[k] + first;
}

/* The source of a piece: the last one whose pieces begin at or before it. */
static uint32_t source_of(const struct ecp_plastic *plastic, size_t index)
{
    size_t low = 0, high = plastic->worker->network->connector[plastic->projection].n_source;
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (plastic->start[middle] <= index)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)low;
}

void ecp_plastic_visit(struct ecp_plastic *plastic, size_t index, uint32_t now,
                       ecp_plastic_visitor *rule)
{
    const struct ecp_piece *piece = &plastic->piece[index];
    struct visiting v;
    begin_visit(plastic, index, now, &v);
    v.visit.source = source_of(plastic, index);
    for (uint32_t at = 0; at < piece->n; at += ECP_VISIT_SIZE) {
        const uint32_t left = piece->n - at;
        take_part(plastic, &v, piece->first + at, left < ECP_VISIT_SIZE ? left : ECP_VISIT_SIZE);
        if (plastic->astrocyte && rule == plastic->rule->apply)
            v.visit.third =
                ecp_plastic_third(plastic, ECP_SLOT_RULE, piece->first + at, v.visit.n, now);
        rule(&v.visit);
    }
}

void ecp_plastic_read(const struct ecp_plastic *plastic, size_t index, uint64_t first, size_t n,
                      uint32_t now, ecp_real *weight)
{
    ecp_plastic_read_field(plastic, index, &(struct ecp_reading){first, n, now, -1}, weight);
}

void ecp_plastic_read_field(const struct ecp_plastic *plastic, size_t index,
                            const struct ecp_reading *r, ecp_real *out)
{
    ecp_real synapse[ECP_MAX_SYNAPSE][ECP_VISIT_SIZE], other[ECP_VISIT_SIZE];
    ecp_real *weight = r->variable < 0 ? out : other;
    const uint64_t first = r->first;
    const size_t n = r->n;
    struct visiting v;
    memcpy(weight, plastic->weight + first, n * sizeof *weight);
    for (size_t k = 0; k < plastic->n_synapse_fields; k++)
        memcpy(synapse[k], plastic->synapse[k] + first, n * sizeof *weight);
    if (plastic->rule && plastic->rule->visit) {
        begin_visit(plastic, index, r->now, &v);
        v.visit.source = source_of(plastic, index);
        take_part(plastic, &v, first, n);
        v.visit.weight = weight;
        for (size_t k = 0; k < plastic->n_synapse_fields; k++)
            v.synapse[k] = synapse[k];
        plastic->rule->visit(&v.visit);
    }
    if (r->variable >= 0)
        memcpy(out, synapse[r->variable], n * sizeof *out);
}

/* ---- spikes of sources -------------------------------------------------- */

static void enter_due(struct ecp_plastic *plastic, uint32_t piece, uint32_t stamp)
{
    struct ecp_due *due = &plastic->due[stamp & (plastic->n_due - 1)];
    uint32_t *room = ecp_room_for_one(due->piece, due->n, &due->capacity, sizeof *room);
    if (!room) {
        ecp_worker_fail(plastic->worker, ecp_fail(ECP_ENOMEM, "no memory for spikes"));
        return;
    }
    due->piece = room;
    due->piece[due->n++] = piece;
}

void ecp_plastic_take(struct ecp_worker *worker, struct ecp_shot shot)
{
    const struct ecp_network *network = worker->network;
    for (size_t k = 0; k < worker->plastic->n; k++) {
        struct ecp_plastic *plastic = &worker->plastic->projection[k];
        const struct ecp_plan_population *from = network->plan->population[plastic->plan->source];
        const ecp_gid source = shot.source - from->first;
        const uint32_t stamp = stamp_of(shot.step);
        if (source < from->size)
            for (uint32_t p = plastic->start[source]; p < plastic->start[source + 1]; p++)
                if (shot.step + plastic->piece[p].delay >= network->now)
                    enter_due(plastic, p, stamp + plastic->piece[p].delay);
        if (plastic->plan->modulator < 0 || shot.step < network->pending_from)
            continue;
        const struct ecp_plan_population *of = network->plan->population[plastic->plan->modulator];
        if (shot.source - of->first < of->size)
            ecp_plastic_modulate(plastic, stamp + (uint32_t)llround(plastic->plan->modulator_delay /
                                                                    network->plan->dt));
    }
}

static int by_number(const void *a, const void *b)
{
    const uint32_t p = *(const uint32_t *)a, q = *(const uint32_t *)b;
    return (p > q) - (p < q);
}

/* What the source releases at this arrival, in weights; its traces go on. Synapses that
 * release each for itself have their own. */
static ecp_real arrive(struct ecp_plastic *plastic, size_t index, uint32_t now)
{
    const struct ecp_piece *piece = &plastic->piece[index];
    ecp_real release = 1;
    struct ecp_source_spike arrival = {.interval = piece->last == ECP_NEVER ? 0 : now - piece->last,
                                       .release = &release};
    if (plastic->rule && plastic->rule->arrive && !plastic->glia[ECP_SLOT_RULE]) {
        arrival.param = plastic->param;
        arrival.derived = plastic->derived;
        arrival.before = plastic->before + index * plastic->n_pre;
        arrival.after = plastic->after + index * plastic->n_pre;
        memcpy(arrival.before, arrival.after, plastic->n_pre * sizeof *arrival.before);
        plastic->rule->arrive(&arrival);
    }
    if (plastic->short_term && !plastic->glia[ECP_SLOT_SHORT_TERM]) {
        arrival.param = plastic->plan->short_term_param;
        arrival.derived = plastic->short_derived;
        arrival.before = plastic->short_before + index * plastic->n_short_pre;
        arrival.after = plastic->short_after + index * plastic->n_short_pre;
        memcpy(arrival.before, arrival.after, plastic->n_short_pre * sizeof *arrival.before);
        plastic->short_term->arrive(&arrival);
    }
    return release;
}

static void deliver_piece(struct ecp_plastic *plastic, size_t index, uint32_t now)
{
    struct ecp_worker *worker = plastic->worker;
    struct ecp_piece *piece = &plastic->piece[index];
    struct visiting v;
    ecp_plastic_visitor *rule = plastic->rule ? plastic->rule->visit : NULL;
    ecp_real *restrict acc = worker->wide + (size_t)piece->port * worker->n_slots + plastic->slot +
                             (size_t)piece->section * ECP_SECTION;
    begin_visit(plastic, index, now, &v);
    v.visit.arrival = 1;
    if (rule) {
        v.visit.source = source_of(plastic, index);
        for (uint32_t at = 0; at < piece->n; at += ECP_VISIT_SIZE) {
            const uint32_t left = piece->n - at;
            take_part(plastic, &v, piece->first + at,
                      left < ECP_VISIT_SIZE ? left : ECP_VISIT_SIZE);
            rule(&v.visit);
        }
    }
    const ecp_real factor = (ecp_real)plastic->sign * arrive(plastic, index, now);
    const uint16_t *restrict target = plastic->target + piece->first;
    const ecp_real *restrict weight = plastic->weight + piece->first;
    if (plastic->glia[ECP_SLOT_RULE] || plastic->glia[ECP_SLOT_SHORT_TERM])
        ecp_plastic_glia_deliver(plastic, index, now, factor, acc);
    else
        for (uint32_t j = 0; j < piece->n; j++)
            acc[target[j]] += factor * weight[j];
    ecp_plastic_past_arrive(plastic, index, now);
    if (plastic->arrived)
        plastic->arrived[index] |= (uint16_t)(1u << plastic->n_kept);
    piece->last = now;
    /* What the targets do at this very stamp is known before only where they are
     * seen late. */
    piece->from = plastic->view[piece->view].shift > 0 ? now : now - 1;
    worker->n_events += piece->n;
}

void ecp_plastic_deliver(struct ecp_worker *worker, ecp_step step)
{
    const uint32_t now = stamp_of(step);
    for (size_t k = 0; k < worker->plastic->n; k++) {
        struct ecp_plastic *plastic = &worker->plastic->projection[k];
        struct ecp_due *due = &plastic->due[now & (plastic->n_due - 1)];
        for (uint32_t v = 0; plastic->rule && v < plastic->n_views; v++)
            if (plastic->view[v].shift > 0)
                file_events(plastic, &plastic->view[v], now);
        if (due->n > 1)
            qsort(due->piece, due->n, sizeof *due->piece, by_number);
        for (size_t d = 0; d < due->n; d++) {
            if (d + 1 < due->n) {
                const uint64_t next = plastic->piece[due->piece[d + 1]].first;
                __builtin_prefetch(plastic->weight + next, 1);
                __builtin_prefetch(plastic->target + next);
            }
            deliver_piece(plastic, due->piece[d], now);
        }
        due->n = 0;
    }
}

/* ---- after the neurons ---------------------------------------------------- */

void ecp_plastic_bring(struct ecp_plastic *plastic, uint32_t now, uint32_t older_than)
{
    for (size_t p = 0; p < plastic->n_pieces; p++) {
        if (plastic->piece[p].from >= older_than)
            continue;
        ecp_plastic_visit(plastic, p, now, plastic->rule->visit);
        plastic->piece[p].from = now;
    }
}

static void sweep(struct ecp_plastic *plastic, uint32_t now)
{
    const uint32_t limit = now - plastic->sweep / 2; /* the first sweep is a whole one later */
    ecp_plastic_bring(plastic, now, limit);
    for (uint32_t v = 0; v < plastic->n_views; v++)
        plastic->view[v].floor = limit - 1;
    ecp_plastic_modulator_trim(plastic, limit);
}

/* Sums run over pieces in their order, so that every target adds its synapses in
 * one order on any number of workers. */
void ecp_plastic_gather(struct ecp_plastic *plastic, uint32_t now)
{
    const struct ecp_plasticity *rule = plastic->rule;
    for (int k = 0; k < rule->n_sums; k++)
        memset(plastic->sum[k], 0, plastic->n_targets * sizeof *plastic->sum[k]);
    for (size_t p = 0; rule->gather && p < plastic->n_pieces; p++) {
        const struct ecp_piece *piece = &plastic->piece[p];
        ecp_real *sum[ECP_MAX_MARKS];
        struct visiting v;
        begin_visit(plastic, p, now, &v);
        for (int k = 0; k < rule->n_sums; k++)
            sum[k] = plastic->sum[k] + (size_t)piece->section * ECP_SECTION;
        for (uint32_t at = 0; at < piece->n; at += ECP_VISIT_SIZE) {
            const uint32_t left = piece->n - at;
            take_part(plastic, &v, piece->first + at,
                      left < ECP_VISIT_SIZE ? left : ECP_VISIT_SIZE);
            rule->gather(&v.visit, sum);
        }
    }
}

/* The rule's own clock. */
static void do_period(struct ecp_plastic *plastic, uint32_t now)
{
    const struct ecp_plasticity *rule = plastic->rule;
    if (rule->visit) {
        ecp_plastic_bring(plastic, now, now);
        for (uint32_t v = 0; v < plastic->n_views; v++)
            plastic->view[v].floor = now;
    }
    ecp_plastic_gather(plastic, now);
    if (rule->settle)
        for (uint32_t k = 0; k < plastic->n_views; k++) {
            const struct ecp_post_block block = ecp_plastic_block(plastic, &plastic->view[k]);
            rule->settle(&block);
        }
    for (size_t p = 0; rule->apply && p < plastic->n_pieces; p++)
        ecp_plastic_visit(plastic, p, now, rule->apply);
}

void ecp_plastic_follow(struct ecp_worker *worker, ecp_step step)
{
    struct ecp_plastic_worker *all = worker->plastic;
    const uint32_t now = stamp_of(step);
    for (size_t k = 0; k < all->n; k++) {
        struct ecp_plastic *plastic = &all->projection[k];
        if (!plastic->rule)
            continue;
        ecp_plastic_past_keep(plastic, now);
        for (uint32_t v = 0; v < plastic->n_views; v++)
            if (plastic->view[v].shift == 0)
                file_events(plastic, &plastic->view[v], now);
        if (plastic->period && now % plastic->period == 0)
            do_period(plastic, now);
        else if (plastic->rule->visit && now % plastic->sweep == 0)
            sweep(plastic, now);
        for (uint32_t v = 0; v < plastic->n_views; v++)
            advance_view(plastic, &plastic->view[v], now);
        if (plastic->rule->tick)
            ecp_plastic_tick(plastic, now, step + 1 >= worker->network->span_end);
    }
    /* The oldest lists give their room to the stamp to come. */
    for (int p = 0; p < worker->network->n_populations; p++)
        ecp_plastic_fired_list(worker, p, now + 1)->n = 0;
}
