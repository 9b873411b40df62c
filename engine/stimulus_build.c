/* Making the stimuli ready: who is driven, how strongly, when. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/stimulus_private.h"

/* ---- who is driven --------------------------------------------------- */

static int by_lid(const void *a, const void *b)
{
    const ecp_lid left = *(const ecp_lid *)a, right = *(const ecp_lid *)b;
    return (left > right) - (left < right);
}

int64_t ecp_subset_position(const struct ecp_subset *subset, ecp_lid neuron)
{
    if (subset->list) {
        const ecp_lid *found = bsearch(&neuron, subset->list, subset->count, sizeof neuron, by_lid);
        return found ? found - subset->list : -1;
    }
    const size_t stride = subset->stride ? subset->stride : 1;
    if (neuron < subset->first || (neuron - subset->first) % stride != 0)
        return -1;
    const size_t position = (neuron - subset->first) / stride;
    return position < subset->count ? (int64_t)position : -1;
}

static ecp_lid subset_neuron(const struct ecp_subset *subset, size_t position)
{
    const size_t stride = subset->stride ? subset->stride : 1;
    return subset->list ? subset->list[position] : (ecp_lid)(subset->first + position * stride);
}

static enum ecp_status find_targets(struct ecp_stimulus_share *s, const struct ecp_share *share)
{
    const struct ecp_subset *subset = &s->plan->target;
    ecp_lid low = share->n, high = 0, found = 0;
    for (ecp_lid j = 0; j < share->n; j++)
        if (ecp_subset_position(subset, share->first + j) >= 0) {
            low = j < low ? j : low;
            high = j + 1;
            found++;
        }
    s->low = low < high ? low : 0;
    s->n = low < high ? high - low : 0;
    if (found == s->n)
        return ECP_OK;
    s->mask = ecp_array(s->n + ECP_POISSON_CHUNK, 1);
    if (!s->mask)
        return ecp_fail(ECP_ENOMEM, "no memory for the targets of a stimulus");
    for (ecp_lid j = 0; j < s->n; j++)
        s->mask[j] = ecp_subset_position(subset, share->first + s->low + j) >= 0;
    return ECP_OK;
}

/* ---- how strongly ---------------------------------------------------- */

static ecp_step step_of(double time, double dt)
{
    return time >= 1e15 ? INT64_MAX : (ecp_step)llround(time / dt);
}

/* The step from which on the neurons notice what the stimulus does at `time`. */
static ecp_step felt_from(const struct ecp_stimulus_share *s, double time)
{
    const int on_its_way = s->plan->kind == ECP_STIMULUS_POISSON;
    return step_of(time + (on_its_way ? s->plan->delay : 0), s->dt);
}

static enum ecp_status add_level(struct ecp_stimulus_share *s, ecp_step from, double value)
{
    struct ecp_level *grown = realloc(s->level, (s->n_levels + 1) * sizeof *grown);
    if (!grown)
        return ecp_fail(ECP_ENOMEM, "no memory for the levels of a stimulus");
    s->level = grown;
    size_t at = s->n_levels;
    while (at > 0 && grown[at - 1].from >= from)
        at--;
    if (at == s->n_levels || grown[at].from > from) {
        memmove(grown + at + 1, grown + at, (s->n_levels - at) * sizeof *grown);
        s->n_levels++;
    }
    struct ecp_level *level = &grown[at];
    *level = (struct ecp_level){.from = from, .value = value};
    if (s->plan->kind == ECP_STIMULUS_POISSON && mean_count(s, value) <= ECP_POISSON_MEAN_MAX)
        ecp_poisson_table_init(&level->table, mean_count(s, value));
    return ECP_OK;
}

static enum ecp_status own_levels(struct ecp_stimulus_share *s, struct ecp_philox_key key,
                                  const struct ecp_share *share)
{
    struct ecp_law law;
    double lowest;
    const enum ecp_status status = ecp_law_init(&law, &s->plan->level);
    if (status != ECP_OK)
        return status;
    /* Of the law, not of this share: the numbers that are drawn depend on it. */
    ecp_draw_range(&s->plan->level, &lowest, &s->own_max);
    s->own_level = ecp_array(s->n, sizeof *s->own_level);
    s->own_p0 = ecp_array(s->n, sizeof *s->own_p0);
    for (ecp_lid j = 0; s->own_level && s->own_p0 && j < s->n; j++) {
        const ecp_lid neuron = share->first + s->low + j;
        const int64_t position = ecp_subset_position(&s->plan->target, neuron);
        uint32_t word[4];
        ecp_rng_words(key, neuron, 0, 0, word);
        s->own_level[j] = position < 0 ? 0 : ecp_law_value(&law, word[0], (size_t)position);
    }
    ecp_law_clear(&law);
    if (!s->own_level || !s->own_p0)
        return ecp_fail(ECP_ENOMEM, "no memory for the levels of a stimulus");
    const int parts = (int)ceil(mean_count(s, s->own_max) / ECP_POISSON_MEAN_MAX);
    for (ecp_lid j = 0; j < s->n; j++)
        s->own_p0[j] = exp(-mean_count(s, s->own_level[j]) / (parts > 1 ? parts : 1));
    return ECP_OK;
}

static enum ecp_status init_levels(struct ecp_worker *worker, size_t index,
                                   struct ecp_stimulus_share *s)
{
    const struct ecp_plan *plan = worker->network->plan;
    const struct ecp_draw *draw = &s->plan->level;
    enum ecp_status status = ECP_OK;
    if (s->plan->kind == ECP_STIMULUS_NOISE)
        ECP_TRY(add_level(s, INT64_MIN, s->plan->mean));
    else if (draw->kind == ECP_DRAW_CONSTANT)
        ECP_TRY(add_level(s, INT64_MIN, draw->a));
    else
        ECP_TRY(own_levels(s, ecp_rng_key(plan->seed, ECP_FOR_LEVEL, index),
                           &worker->share[s->population]));
    for (size_t k = 0; k < s->plan->n_switches; k++)
        ECP_TRY(add_level(s, felt_from(s, s->plan->switch_time[k]), s->plan->switch_value[k]));
done:
    return status;
}

enum ecp_status ecp_stimulus_change(struct ecp_worker *worker, int stimulus, ecp_step from,
                                    double value)
{
    struct ecp_stimulus_share *s = &worker->stimulus[stimulus];
    s->group = -1;
    return add_level(s, felt_from(s, (double)from * s->dt), value);
}

double ecp_stimulus_level(const struct ecp_stimulus_share *s, ecp_lid j, ecp_step step)
{
    const struct ecp_level *level = level_at(s, step);
    if (step < s->start || step >= s->stop || j < s->low || j >= s->low + s->n ||
        (s->mask && !s->mask[j - s->low]))
        return 0;
    return level ? level->value : s->own_level[j - s->low];
}

ecp_step ecp_stimulus_next_change(const struct ecp_stimulus_share *s, ecp_step step)
{
    ecp_step next = INT64_MAX;
    if (s->plan->kind == ECP_STIMULUS_SPIKES)
        return next;
    if (s->start > step)
        next = s->start;
    if (s->stop > step && s->stop < next)
        next = s->stop;
    for (size_t k = 0; k < s->n_levels; k++)
        if (s->level[k].from > step && s->level[k].from < next)
            next = s->level[k].from;
    return next;
}

/* ---- given spikes ---------------------------------------------------- */

struct event {
    double time;
    ecp_step step;
    ecp_lid neuron;
};

static int by_step(const void *a, const void *b)
{
    const struct event *left = a, *right = b;
    if (left->step != right->step)
        return left->step < right->step ? -1 : 1;
    return (left->neuron > right->neuron) - (left->neuron < right->neuron);
}

/* In the exact mode a window takes events as they come in time. */
static int by_time(const void *a, const void *b)
{
    const struct event *left = a, *right = b;
    if (left->time != right->time)
        return left->time < right->time ? -1 : 1;
    return by_step(a, b);
}

/* A spike that is felt from time t on arrives in the step that ends at t. */
static ecp_step arrival(const struct ecp_stimulus_share *s, double time)
{
    const ecp_step stamp = step_of(time + s->plan->delay, s->dt);
    return stamp > 0 ? stamp - 1 : 0;
}

static enum ecp_status init_events(struct ecp_stimulus_share *s, const struct ecp_share *share,
                                   int exact)
{
    const struct ecp_plan_stimulus *plan = s->plan;
    struct event *all = ecp_array(plan->n_events + 1, sizeof *all);
    s->event = ecp_array(plan->n_events + 1, sizeof *s->event);
    s->event_step = ecp_array(plan->n_events + 1, sizeof *s->event_step);
    s->event_time = ecp_array(plan->n_events + 1, sizeof *s->event_time);
    if (!all || !s->event || !s->event_step || !s->event_time) {
        free(all);
        return ecp_fail(ECP_ENOMEM, "no memory for the spikes of a stimulus");
    }
    size_t n = 0;
    for (size_t k = 0; k < plan->n_events; k++) {
        const ecp_lid neuron = subset_neuron(&plan->target, plan->event_target[k]);
        const double time = plan->event_time[k];
        if (neuron - share->first < share->n && time >= plan->start && time < plan->stop)
            all[n++] = (struct event){time + plan->delay, arrival(s, time), neuron - share->first};
    }
    qsort(all, n, sizeof *all, exact ? by_time : by_step);
    for (size_t k = 0; k < n; k++) {
        s->event[k] = all[k].neuron;
        s->event_step[k] = all[k].step;
        s->event_time[k] = all[k].time;
    }
    s->n_events = n;
    free(all);
    return ECP_OK;
}

/* ---- all of them ----------------------------------------------------- */

static enum ecp_status init_noise(struct ecp_stimulus_share *s, const struct ecp_share *share)
{
    const struct ecp_draw normal = ecp_draw_normal(0, 1);
    const enum ecp_status status = ecp_law_init(&s->normal, &normal);
    if (status != ECP_OK)
        return status;
    s->noise = ecp_array(s->n, sizeof *s->noise);
    if (!s->noise)
        return ecp_fail(ECP_ENOMEM, "no memory for a noisy current");
    for (ecp_lid j = 0; j < s->n; j++)
        s->noise[j] = s->plan->sd * standard_normal(s, share->first + s->low + j, UINT64_MAX);
    return ECP_OK;
}

static enum ecp_status init_one(struct ecp_worker *worker, size_t index)
{
    const struct ecp_plan *plan = worker->network->plan;
    struct ecp_stimulus_share *s = &worker->stimulus[index];
    enum ecp_status status;
    s->plan = plan->stimulus[index];
    s->population = s->plan->target.population;
    s->port = s->plan->port;
    s->key = ecp_rng_key(plan->seed, ECP_FOR_STIMULUS, index);
    s->dt = plan->dt;
    s->start = felt_from(s, s->plan->start);
    s->stop = felt_from(s, s->plan->stop);
    s->group = -1;
    const struct ecp_share *share = &worker->share[s->population];
    ECP_TRY(find_targets(s, share));
    if (s->plan->kind == ECP_STIMULUS_SPIKES) {
        ECP_TRY(init_events(s, share, plan->time == ECP_TIME_EXACT));
        goto done;
    }
    ECP_TRY(init_levels(worker, index, s));
    if (s->plan->kind == ECP_STIMULUS_NOISE)
        ECP_TRY(init_noise(s, share));
    if (s->plan->kind == ECP_STIMULUS_POISSON) {
        s->stride = (s->n / ECP_POISSON_CHUNK + 2) * ECP_POISSON_CHUNK;
        s->count = ecp_array(ECP_POISSON_GROUP / 2 * s->stride, sizeof *s->count);
        if (!s->count)
            status = ecp_fail(ECP_ENOMEM, "no memory for a Poisson drive");
    }
done:
    return status;
}

enum ecp_status ecp_stimuli_init(struct ecp_worker *worker)
{
    const size_t n = worker->network->plan->n_stimuli;
    enum ecp_status status = ECP_OK;
    worker->stimulus = ecp_array(n + 1, sizeof *worker->stimulus);
    if (!worker->stimulus)
        return ecp_fail(ECP_ENOMEM, "no memory for stimuli");
    for (size_t k = 0; k < n && status == ECP_OK; k++)
        status = init_one(worker, k);
    return status;
}

void ecp_stimuli_clear(struct ecp_worker *worker)
{
    for (size_t k = 0; worker->stimulus && k < worker->network->plan->n_stimuli; k++) {
        struct ecp_stimulus_share *s = &worker->stimulus[k];
        free(s->mask);
        free(s->own_level);
        free(s->own_p0);
        free(s->level);
        free(s->count);
        free(s->event);
        free(s->event_step);
        free(s->event_time);
        free(s->noise);
        ecp_law_clear(&s->normal);
    }
    free(worker->stimulus);
    worker->stimulus = NULL;
}
