/* The exact mode's loop: windows, and where they are cut. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/exact.h"
#include "engine/exact_private.h"
#include "engine/exchange.h"
#include "engine/results.h"
#include "engine/stimulus.h"

static void add_arrival(struct ecp_worker *worker, size_t bucket, struct ecp_arrival arrival)
{
    struct ecp_arrivals *to = &worker->exact->arriving[bucket];
    struct ecp_arrival *at = ecp_room_for_one(to->at, to->n, &to->capacity, sizeof *at);
    if (!at) {
        ecp_exact_no_memory(worker);
        return;
    }
    to->at = at;
    at[to->n++] = arrival;
}

/* ---- a window -------------------------------------------------------- */

static int comes_before(const struct ecp_arrival *a, const struct ecp_arrival *b)
{
    if (a->time != b->time)
        return a->time < b->time;
    if (a->drive != b->drive)
        return a->drive < b->drive;
    if (a->source != b->source)
        return a->source < b->source;
    return a->order < b->order;
}

static int by_order(const void *left, const void *right)
{
    return comes_before(left, right) ? -1 : comes_before(right, left);
}

static void mark(uint64_t *active, uint32_t slot)
{
    active[slot / 64] |= UINT64_C(1) << slot % 64;
}

/* Neurons to look at: those that something reaches, and those filed here. The
 * arrivals of a neuron are chained: a sort of the whole window costs more. */
static int mark_active(const struct ecp_exact_pass *pass, const struct ecp_arrivals *arrivals)
{
    struct ecp_exact_worker *x = pass->worker->exact;
    struct ecp_slots *due = &x->due[(size_t)pass->window & (x->n_buckets - 1)];
    if (arrivals->n > x->next_capacity) {
        uint32_t *next = realloc(x->next, arrivals->n * 2 * sizeof *next);
        if (!next) {
            ecp_exact_no_memory(pass->worker);
            return 0;
        }
        x->next = next;
        x->next_capacity = arrivals->n * 2;
    }
    for (size_t k = 0; k < arrivals->n; k++) {
        const uint32_t slot = arrivals->at[k].slot;
        mark(x->active, slot);
        x->next[k] = x->first[slot];
        x->first[slot] = (uint32_t)k + 1;
    }
    for (size_t k = 0; k < due->n; k++) { /* filed anew after the pass */
        const int p = x->population[due->at[k]];
        mark(x->active, due->at[k]);
        x->share[p].filed[due->at[k] - pass->worker->share[p].slot] = -1;
    }
    due->n = 0;
    return 1;
}

/* The slot's arrivals, in order, into x->mine. */
static void gather_mine(struct ecp_worker *worker, const struct ecp_arrivals *arrivals,
                        uint32_t slot)
{
    struct ecp_exact_worker *x = worker->exact;
    struct ecp_arrivals *mine = &x->mine;
    mine->n = 0;
    for (uint32_t k = x->first[slot]; k > 0; k = x->next[k - 1]) {
        struct ecp_arrival *at = ecp_room_for_one(mine->at, mine->n, &mine->capacity, sizeof *at);
        if (!at) {
            ecp_exact_no_memory(worker);
            break;
        }
        mine->at = at;
        mine->at[mine->n++] = arrivals->at[k - 1];
    }
    x->first[slot] = 0;
    if (mine->n > 1)
        qsort(mine->at, mine->n, sizeof *mine->at, by_order);
}

static void look_at_active(const struct ecp_exact_pass *pass, struct ecp_arrivals *arrivals)
{
    struct ecp_worker *worker = pass->worker;
    struct ecp_exact_worker *x = worker->exact;
    struct ecp_arrivals later = {NULL, 0, 0};
    for (uint32_t word = 0; word <= worker->n_slots / 64; word++) {
        uint64_t set = x->active[word];
        x->active[word] = 0;
        for (; set; set &= set - 1) {
            const uint32_t slot = word * 64 + (uint32_t)__builtin_ctzll(set);
            const int p = x->population[slot];
            const struct ecp_exact_neuron neuron =
                ecp_exact_neuron_at(worker, p, slot - worker->share[p].slot);
            gather_mine(worker, arrivals, slot);
            size_t taken = ecp_exact_live(pass, &neuron, x->mine.at, x->mine.n);
            for (; taken < x->mine.n; taken++) { /* beyond the cut */
                struct ecp_arrival *at =
                    ecp_room_for_one(later.at, later.n, &later.capacity, sizeof *at);
                if (!at) {
                    ecp_exact_no_memory(worker);
                    break;
                }
                later.at = at;
                later.at[later.n++] = x->mine.at[taken];
            }
            ecp_exact_file(pass, &neuron);
        }
    }
    if (later.n > 0)
        memcpy(arrivals->at, later.at, later.n * sizeof *later.at);
    arrivals->n = later.n;
    free(later.at);
}

static void add_given_spikes(const struct ecp_exact_pass *pass)
{
    struct ecp_worker *worker = pass->worker;
    const size_t bucket = (size_t)pass->window & (worker->exact->n_buckets - 1);
    for (size_t k = 0; k < worker->network->plan->n_stimuli; k++) {
        const struct ecp_stimulus_share *s = &worker->stimulus[k];
        size_t *next = &worker->exact->next_event[k];
        for (;
             *next < s->n_events && ecp_exact_window_of(pass, s->event_time[*next]) <= pass->window;
             ++*next)
            add_arrival(worker, bucket,
                        (struct ecp_arrival){s->event_time[*next], s->plan->weight,
                                             worker->share[s->population].slot + s->event[*next],
                                             (uint32_t)k, (uint32_t)*next, (uint16_t)s->port, 1});
    }
}

/* The shot at all its targets, but not what is due before `from`. */
static void take_shot(const struct ecp_exact_pass *pass, struct ecp_exact_shot shot, double from)
{
    struct ecp_worker *worker = pass->worker;
    struct ecp_exact_worker *x = worker->exact;
    for (uint64_t s = x->row[shot.source]; s < x->row[shot.source + 1]; s++) {
        const struct ecp_exact_synapse synapse = x->synapse[s];
        const double time = shot.time + synapse.delay;
        int64_t window = ecp_exact_window_of(pass, time);
        window = window < pass->window ? pass->window : window;
        if (time < from)
            continue;
        add_arrival(worker, (size_t)window & (x->n_buckets - 1),
                    (struct ecp_arrival){time, synapse.weight, synapse.slot, (uint32_t)shot.source,
                                         (uint32_t)(s - x->row[shot.source]),
                                         (uint16_t)synapse.port, 0});
    }
}

static void take_shots(const struct ecp_exact_pass *pass, const struct ecp_exact_shots *from)
{
    for (size_t k = 0; k < from->n; k++)
        take_shot(pass, from->shot[k], -INFINITY);
}

static void take_spikes(const struct ecp_exact_pass *pass)
{
    const struct ecp_network *network = pass->worker->network;
    for (int w = 0; w < network->n_workers; w++)
        take_shots(pass, &network->worker[w].exact->out[(pass->window - 1) & 1]);
    if (network->exchange)
        take_shots(pass, ecp_exchange_exact_shots(network));
}

static int by_time(const void *left, const void *right)
{
    const struct ecp_exact_shot *a = left, *b = right;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return (a->source > b->source) - (a->source < b->source);
}

/* As long as it may be under way. */
static void keep(struct ecp_worker *worker, struct ecp_exact_shot shot)
{
    struct ecp_exact_shots *recent = &worker->exact->recent;
    struct ecp_exact_shot *room =
        ecp_room_for_one(recent->shot, recent->n, &recent->capacity, sizeof *room);
    if (!room) {
        ecp_exact_no_memory(worker);
        return;
    }
    recent->shot = room;
    room[recent->n++] = shot;
}

void ecp_exact_trim(struct ecp_worker *worker, double now)
{
    struct ecp_exact_shots *recent = &worker->exact->recent;
    size_t n = 0;
    for (size_t k = 0; k < recent->n; k++)
        if (recent->shot[k].time + worker->network->longest_way_ms >= now)
            recent->shot[n++] = recent->shot[k];
    recent->n = n;
}

/* Spikes since the last call, in order, into counts and recordings. */
static void record(struct ecp_worker *worker, struct ecp_exact_shots *out, size_t *recorded)
{
    if (out->n <= *recorded)
        return;
    qsort(out->shot + *recorded, out->n - *recorded, sizeof *out->shot, by_time);
    const double dt = worker->network->plan->dt;
    for (; *recorded < out->n; ++*recorded) {
        const struct ecp_exact_shot shot = out->shot[*recorded];
        keep(worker, shot);
        int p = worker->network->n_populations - 1;
        while (worker->network->population[p].plan->first > shot.source)
            p--;
        const ecp_gid first = worker->network->population[p].plan->first;
        ecp_worker_record(worker, p, (ecp_lid)(shot.source - first) - worker->share[p].first,
                          (ecp_step)llround(shot.time / ECP_EXACT_TICK));
        const ecp_lid index = (ecp_lid)(shot.source - first), none = 0;
        ecp_results_count(worker->network->results,
                          &(struct ecp_fired){p, (ecp_step)floor(shot.time / dt), index, &none, 1});
    }
}

/* The window as far as the cut; 1 when it is finished. */
static int run_window(struct ecp_exact_pass *pass)
{
    struct ecp_worker *worker = pass->worker;
    struct ecp_exact_worker *x = worker->exact;
    struct ecp_arrivals *arrivals = &x->arriving[(size_t)pass->window & (x->n_buckets - 1)];
    struct ecp_exact_shots *out = &x->out[pass->window & 1];
    if (x->taken < pass->window) {
        if (!ecp_worker_wait(worker, pass->window) || !ecp_exchange_meet(worker, pass->window, 0))
            return 1;
        take_spikes(pass);
        add_given_spikes(pass);
        x->taken = pass->window;
        x->recorded = out->n = 0;
    }
    if (!mark_active(pass, arrivals))
        return 1;
    look_at_active(pass, arrivals);
    record(worker, out, &x->recorded);
    if (ecp_exact_window_of(pass, pass->cut) <= pass->window)
        return 0;
    x->window = ++pass->window;
    ecp_gate_open(worker->network, &worker->gate, pass->window);
    return 1;
}

/* ---- boundaries ------------------------------------------------------ */

void ecp_exact_show(struct ecp_worker *worker, double time)
{
    for (int p = 0; p < worker->network->n_populations; p++) {
        const struct ecp_population *population = &worker->network->population[p];
        const struct ecp_share *share = &worker->share[p];
        if (!population->probed || population->model->exact->kind != ECP_EXACT_LEAKY)
            continue;
        for (ecp_lid j = 0; j < share->n; j++) {
            struct ecp_exact_neuron neuron = ecp_exact_neuron_at(worker, p, j);
            struct ecp_exact_share *e = neuron.exact;
            double copy[ECP_EXACT_STATES], field[ECP_MAX_FIELDS] = {0};
            const double at = e->time[j], *kept = neuron.state;
            memcpy(copy, kept, sizeof copy);
            neuron.state = copy;
            ecp_exact_move(&neuron, time);
            e->time[j] = at;
            ecp_exact_store(e->table, copy, field);
            for (size_t f = 0; f < population->n_fields; f++)
                if (share->column[f] && population->probed >> f & 1)
                    share->column[f][j] = (ecp_real)field[f];
        }
    }
}

static void refresh_neuron(const struct ecp_exact_pass *pass, const struct ecp_exact_neuron *neuron,
                           double time, ecp_step step)
{
    struct ecp_exact_share *e = neuron->exact;
    const struct ecp_worker *worker = pass->worker;
    double current = 0;
    for (size_t k = 0; k < worker->network->plan->n_stimuli; k++) {
        const struct ecp_stimulus_share *s = &worker->stimulus[k];
        if (s->population == neuron->population && s->plan->kind == ECP_STIMULUS_CURRENT)
            current += ecp_stimulus_level(s, neuron->j, step);
    }
    ecp_exact_move(neuron, time);
    e->current[neuron->j] = current;
    for (int d = 0; d < e->n_drives; d++)
        ecp_exact_draw_drive(neuron, d, time, step);
    ecp_exact_predict(neuron);
    ecp_exact_file(pass, neuron);
}

/* With the constants that held until now: they are about to change. */
static void move_all(struct ecp_worker *worker, double time)
{
    for (int p = 0; p < worker->network->n_populations; p++)
        for (ecp_lid j = 0; j < worker->share[p].n; j++) {
            const struct ecp_exact_neuron neuron = ecp_exact_neuron_at(worker, p, j);
            ecp_exact_move(&neuron, time);
        }
}

/* Levels or parameters changed: what was predicted with the old ones is void.
 * A Poisson process has no memory, so its next spike may be drawn anew. */
static void refresh(const struct ecp_exact_pass *pass, double time, ecp_step step)
{
    for (int p = 0; p < pass->worker->network->n_populations; p++)
        for (ecp_lid j = 0; j < pass->worker->share[p].n; j++) {
            const struct ecp_exact_neuron neuron = ecp_exact_neuron_at(pass->worker, p, j);
            refresh_neuron(pass, &neuron, time, step);
        }
}

static int levels_change_at(const struct ecp_worker *worker, ecp_step step)
{
    for (size_t k = 0; k < worker->network->plan->n_stimuli; k++)
        if (ecp_stimulus_next_change(&worker->stimulus[k], step - 1) == step)
            return 1;
    return 0;
}

static ecp_step next_boundary(const struct ecp_worker *worker, ecp_step step, ecp_step to)
{
    ecp_step next = ecp_results_next_sample(worker->network->results, step);
    for (size_t k = 0; k < worker->network->plan->n_stimuli; k++) {
        const ecp_step change = ecp_stimulus_next_change(&worker->stimulus[k], step);
        next = change < next ? change : next;
    }
    return next < to ? next : to;
}

void ecp_exact_run(struct ecp_worker *worker, ecp_step from, ecp_step to)
{
    struct ecp_network *network = worker->network;
    const double dt = network->plan->dt;
    struct ecp_exact_pass pass = {worker, 1 / ecp_exact_window(network), 0, worker->exact->window};
    if (worker->exact->stale || levels_change_at(worker, from)) {
        move_all(worker, (double)from * dt);
        ecp_exact_parameters(worker);
        refresh(&pass, (double)from * dt, from);
        worker->exact->stale = 0;
    }
    if (from == 0)
        ecp_results_sample(network->results, worker, 0);
    for (ecp_step at = from; at < to && !atomic_load(&network->failed);) {
        const ecp_step next = next_boundary(worker, at, to);
        pass.cut = (double)next * dt;
        while (ecp_exact_window_of(&pass, pass.cut) >= pass.window && run_window(&pass) &&
               !atomic_load(&network->failed))
            continue;
        at = next;
        if (ecp_results_next_sample(network->results, at - 1) == at) {
            ecp_exact_show(worker, pass.cut);
            ecp_results_sample(network->results, worker, at);
        }
        if (at < to && levels_change_at(worker, at))
            refresh(&pass, pass.cut, at);
    }
}

/* ---- from a checkpoint -------------------------------------------------- */

static struct ecp_exact_pass pass_at(struct ecp_worker *worker)
{
    return (struct ecp_exact_pass){worker, 1 / ecp_exact_window(worker->network), 0,
                                   worker->exact->window};
}

int64_t ecp_exact_window_at(const struct ecp_network *network, double time)
{
    const struct ecp_exact_pass pass = {.inverse = 1 / ecp_exact_window(network)};
    return ecp_exact_window_of(&pass, time);
}

void ecp_exact_resume(struct ecp_worker *worker, double now)
{
    struct ecp_exact_worker *x = worker->exact;
    const struct ecp_exact_pass pass = pass_at(worker);
    x->window = ecp_exact_window_of(&pass, now);
    x->taken = x->window - 1;
    x->stale = 0;
    atomic_store(&worker->gate.done, x->window);
}

void ecp_exact_resend(struct ecp_worker *worker, struct ecp_exact_shot shot, double now)
{
    const struct ecp_exact_pass pass = pass_at(worker);
    take_shot(&pass, shot, now);
    for (int p = 0; p < worker->network->n_populations; p++) {
        const struct ecp_share *share = &worker->share[p];
        const ecp_gid own = worker->network->plan->population[p]->first + share->first;
        if (shot.source - own < share->n)
            keep(worker, shot);
    }
}

void ecp_exact_file_all(struct ecp_worker *worker)
{
    const struct ecp_exact_pass pass = pass_at(worker);
    for (int p = 0; p < worker->network->n_populations; p++)
        for (ecp_lid j = 0; j < worker->share[p].n; j++) {
            const struct ecp_exact_neuron neuron = ecp_exact_neuron_at(worker, p, j);
            ecp_exact_file(&pass, &neuron);
        }
}
