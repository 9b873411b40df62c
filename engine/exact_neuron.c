/* One neuron of the exact mode: what happens to it between two times. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/exact.h"
#include "engine/exact_private.h"
#include "engine/stimulus.h"

int64_t ecp_exact_window_of(const struct ecp_exact_pass *pass, double time)
{
    return time < 1e15 ? (int64_t)floor(time * pass->inverse) : INT64_MAX;
}

struct ecp_exact_neuron ecp_exact_neuron_at(struct ecp_worker *worker, int p, ecp_lid j)
{
    struct ecp_exact_share *exact = &worker->exact->share[p];
    return (struct ecp_exact_neuron){worker,
                                     exact,
                                     exact->constants + j * exact->constants_stride,
                                     exact->state + (size_t)j * ECP_EXACT_STATES,
                                     p,
                                     j};
}

void ecp_exact_no_memory(struct ecp_worker *worker)
{
    ecp_worker_fail(worker, ecp_fail(ECP_ENOMEM, "no memory for events"));
}

/* The k-th exponential interval (ms) of a neuron; rate per ms. */
static double interval(struct ecp_philox_key key, ecp_lid neuron, uint64_t k, double rate)
{
    uint32_t word[4];
    ecp_rng_words(key, (uint32_t)k, neuron, (uint32_t)(k >> 32), word);
    const uint64_t bits = (uint64_t)word[1] << 32 | word[0];
    return -log(((double)(bits >> 11) + 0.5) * 0x1p-53) / rate;
}

/* ---- one neuron ------------------------------------------------------ */

void ecp_exact_move(const struct ecp_exact_neuron *neuron, double to)
{
    struct ecp_exact_share *e = neuron->exact;
    const ecp_lid j = neuron->j;
    const double current = e->current[j];
    if (e->table->kind != ECP_EXACT_LEAKY) {
        e->time[j] = fmax(to, e->time[j]);
        return;
    }
    if (e->free_at[j] > e->time[j]) {
        const double end = fmin(e->free_at[j], to);
        ecp_exact_advance(neuron->constants, neuron->state, current, end - e->time[j], 1);
        e->time[j] = end;
    }
    if (to > e->time[j])
        ecp_exact_advance(neuron->constants, neuron->state, current, to - e->time[j], 0);
    e->time[j] = fmax(to, e->time[j]);
}

/* A Poisson source knows nothing of what was predicted before. */
static double next_of_source(const struct ecp_exact_neuron *neuron)
{
    struct ecp_exact_share *e = neuron->exact;
    const struct ecp_worker *worker = neuron->worker;
    const struct ecp_share *share = &worker->share[neuron->population];
    if (e->table->kind != ECP_EXACT_POISSON)
        return INFINITY;
    const double rate = (double)share->column[e->table->rate][neuron->j] * 1e-3;
    const struct ecp_philox_key key =
        ecp_rng_key(worker->network->plan->seed, ECP_FOR_UNIFORM, (size_t)neuron->population);
    if (!(rate > 0))
        return INFINITY;
    return e->time[neuron->j] +
           interval(key, share->first + neuron->j, e->fired[neuron->j]++, rate);
}

void ecp_exact_predict(const struct ecp_exact_neuron *neuron)
{
    struct ecp_exact_share *e = neuron->exact;
    const ecp_lid j = neuron->j;
    if (e->table->kind != ECP_EXACT_LEAKY) {
        e->crossing[j] = next_of_source(neuron);
        return;
    }
    const double current = e->current[j];
    double later[ECP_EXACT_STATES], *state = neuron->state, from = e->time[j];
    if (e->free_at[j] > from) {
        memcpy(later, state, sizeof later);
        ecp_exact_advance(neuron->constants, later, current, e->free_at[j] - from, 1);
        state = later;
        from = e->free_at[j];
    }
    e->crossing[j] = from + ecp_exact_crossing(neuron->constants, state, current);
}

static void fire(const struct ecp_exact_neuron *neuron, double time)
{
    struct ecp_worker *worker = neuron->worker;
    struct ecp_exact_share *e = neuron->exact;
    struct ecp_exact_shots *out = &worker->exact->out[worker->exact->window & 1];
    struct ecp_exact_shot *shot = ecp_room_for_one(out->shot, out->n, &out->capacity, sizeof *shot);
    neuron->state[0] = neuron->constants->reset; /* in any case: or it would never end */
    e->free_at[neuron->j] = time + neuron->constants->refractory;
    if (!shot) {
        ecp_exact_no_memory(worker);
        return;
    }
    out->shot = shot;
    const ecp_gid first = worker->network->population[neuron->population].plan->first;
    shot[out->n++] =
        (struct ecp_exact_shot){time, first + worker->share[neuron->population].first + neuron->j};
}

static void receive(const struct ecp_exact_neuron *neuron, double time, int port, double weight)
{
    struct ecp_exact_share *e = neuron->exact;
    ecp_exact_move(neuron, time);
    const int clamped = e->free_at[neuron->j] > time;
    if (ecp_exact_arrive(neuron->constants, neuron->state, port, weight, clamped))
        fire(neuron, time);
    ecp_exact_predict(neuron);
    neuron->worker->exact->touched++;
}

/* ---- drives ---------------------------------------------------------- */

/* Time of the next spike of Poisson drive d after `time`; the k-th number of a
 * neuron is its own whoever draws it. */
void ecp_exact_draw_drive(const struct ecp_exact_neuron *neuron, int d, double time, ecp_step step)
{
    struct ecp_exact_share *e = neuron->exact;
    const struct ecp_stimulus_share *s = &neuron->worker->stimulus[e->drive[d]];
    const size_t at = (size_t)neuron->j * (size_t)e->n_drives + (size_t)d;
    const double rate = ecp_stimulus_level(s, neuron->j, step) * 1e-3;
    e->next[at] = INFINITY;
    if (!(rate > 0))
        return;
    const ecp_lid index = neuron->worker->share[neuron->population].first + neuron->j;
    e->next[at] = time + interval(s->key, index, e->drawn[at]++, rate);
}

static int next_drive(const struct ecp_exact_neuron *neuron, double *time)
{
    const struct ecp_exact_share *e = neuron->exact;
    int which = -1;
    *time = INFINITY;
    for (int d = 0; d < e->n_drives; d++) {
        const double at = e->next[(size_t)neuron->j * (size_t)e->n_drives + (size_t)d];
        if (at < *time) {
            *time = at;
            which = d;
        }
    }
    return which;
}

/* ---- a neuron in a window -------------------------------------------- */

/* Look at the neuron again in the window of its own next event, unless it is
 * looked at before that anyway. */
void ecp_exact_file(const struct ecp_exact_pass *pass, const struct ecp_exact_neuron *neuron)
{
    struct ecp_exact_worker *x = pass->worker->exact;
    struct ecp_exact_share *e = neuron->exact;
    double drive;
    (void)next_drive(neuron, &drive);
    const int64_t last = pass->window + (int64_t)x->n_buckets - 1;
    int64_t window = ecp_exact_window_of(pass, fmin(drive, e->crossing[neuron->j]));
    if (window == INT64_MAX)
        return;
    window = window < pass->window ? pass->window : window > last ? last : window;
    int64_t *filed = &e->filed[neuron->j];
    if (*filed >= pass->window && *filed <= window)
        return;
    struct ecp_slots *due = &x->due[(size_t)window & (x->n_buckets - 1)];
    uint32_t *at = ecp_room_for_one(due->at, due->n, &due->capacity, sizeof *at);
    if (!at) {
        ecp_exact_no_memory(pass->worker);
        return;
    }
    due->at = at;
    at[due->n++] = pass->worker->share[neuron->population].slot + neuron->j;
    *filed = window;
}

/* Everything that happens to the neuron before the cut; returns how many of
 * the arrivals were taken. */
size_t ecp_exact_live(const struct ecp_exact_pass *pass, const struct ecp_exact_neuron *neuron,
                      const struct ecp_arrival *arrival, size_t n)
{
    struct ecp_exact_share *e = neuron->exact;
    const ecp_lid j = neuron->j;
    size_t taken = 0;
    for (;;) {
        double drive_time;
        const int drive = next_drive(neuron, &drive_time);
        const double arrival_time = taken < n ? arrival[taken].time : INFINITY;
        const double time = fmin(e->crossing[j], fmin(arrival_time, drive_time));
        if (time >= pass->cut || ecp_exact_window_of(pass, time) > pass->window)
            break;
        if (e->crossing[j] <= time) {
            ecp_exact_move(neuron, time);
            fire(neuron, time);
            ecp_exact_predict(neuron);
        } else if (arrival_time <= time) {
            receive(neuron, time, arrival[taken].port, arrival[taken].weight);
            taken++;
        } else {
            const struct ecp_stimulus_share *s = &pass->worker->stimulus[e->drive[drive]];
            receive(neuron, time, s->port, s->plan->weight);
            ecp_exact_draw_drive(neuron, drive, time,
                                 (ecp_step)floor(time / pass->worker->network->plan->dt));
        }
    }
    return taken;
}
