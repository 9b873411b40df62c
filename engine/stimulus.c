/* What the stimuli bring in a step. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stimulus_private.h"

/* ---- a step ---------------------------------------------------------- */

/* One mean for all, and small: counts of eight steps at once. */
static int is_grouped(const struct ecp_stimulus_share *s, const struct ecp_level *level)
{
    return level && mean_count(s, level->value) <= ECP_POISSON_MEAN_MAX;
}

static void begin_group(struct ecp_worker *worker, struct ecp_stimulus_share *s, ecp_step step)
{
    const struct ecp_share *share = &worker->share[s->population];
    const struct ecp_poisson_table *table[ECP_POISSON_GROUP] = {NULL};
    const int64_t group = step / ECP_POISSON_GROUP;
    if (s->group == group || s->n == 0)
        return;
    for (int h = 0; h < ECP_POISSON_GROUP; h++) {
        const ecp_step at = group * ECP_POISSON_GROUP + h;
        const struct ecp_level *level = level_at(s, at);
        if (at >= s->start && at < s->stop && is_grouped(s, level) && level->value > 0)
            table[h] = &level->table;
    }
    worker->network->kernels->poisson_group(s->key, share->first + s->low, (uint64_t)group, s->n,
                                            table, s->count, s->stride);
    for (int row = 0; s->mask && row < ECP_POISSON_GROUP / 2; row++)
        for (ecp_lid j = 0; j < s->n; j++)
            s->count[(size_t)row * s->stride + j] *= s->mask[j];
    s->group = group;
}

static void begin_noise(struct ecp_worker *worker, struct ecp_stimulus_share *s, ecp_step step)
{
    const struct ecp_share *share = &worker->share[s->population];
    const double keep = exp(-s->dt / s->plan->tau);
    const double kick = s->plan->sd * sqrt(-expm1(-2 * s->dt / s->plan->tau));
    for (ecp_lid j = 0; j < s->n; j++)
        s->noise[j] = s->noise[j] * keep +
                      kick * standard_normal(s, share->first + s->low + j, (uint64_t)step);
}

void ecp_stimuli_begin(struct ecp_worker *worker, ecp_step step)
{
    for (size_t k = 0; k < worker->network->plan->n_stimuli; k++) {
        struct ecp_stimulus_share *s = &worker->stimulus[k];
        if (s->plan->kind == ECP_STIMULUS_SPIKES) {
            s->next_event = s->step_end;
            while (s->step_end < s->n_events && s->event_step[s->step_end] <= step)
                s->step_end++;
            continue;
        }
        if (step < s->start || step >= s->stop)
            continue;
        if (s->plan->kind == ECP_STIMULUS_POISSON && is_grouped(s, level_at(s, step)))
            begin_group(worker, s, step);
        if (s->plan->kind == ECP_STIMULUS_NOISE)
            begin_noise(worker, s, step);
    }
}

void ecp_stimuli_skip(struct ecp_worker *worker, ecp_step step)
{
    for (size_t k = 0; k < worker->network->plan->n_stimuli; k++) {
        struct ecp_stimulus_share *s = &worker->stimulus[k];
        while (s->step_end < s->n_events && s->event_step[s->step_end] < step)
            s->step_end++;
        s->next_event = s->step_end;
    }
}

/* The overlap of a stimulus and a block, both within the share. */
struct overlap {
    ecp_lid in_block, in_stimulus, n;
};

static struct overlap overlap_of(const struct ecp_stimulus_share *s, const struct ecp_inputs *in)
{
    const ecp_lid from = s->low > in->first ? s->low : in->first;
    const ecp_lid end_s = s->low + s->n, end_b = in->first + in->n;
    const ecp_lid to = end_s < end_b ? end_s : end_b;
    if (from >= to)
        return (struct overlap){0, 0, 0};
    return (struct overlap){from - in->first, from - s->low, to - from};
}

/* The row of counts that holds `step`. */
static const uint16_t *counts_at(const struct ecp_stimulus_share *s, ecp_step step)
{
    return s->count + (size_t)(step % ECP_POISSON_GROUP / 2) * s->stride;
}

/* Means that differ, or are large: in parts of at most 16, each of its own
 * numbers. */
static void add_poisson_parts(struct ecp_worker *worker, const struct ecp_stimulus_share *s,
                              const struct ecp_inputs *in, const struct ecp_level *level)
{
    const struct overlap o = overlap_of(s, in);
    const struct ecp_kernels *kernels = worker->network->kernels;
    const double largest = mean_count(s, level ? level->value : s->own_max);
    const int parts =
        largest > ECP_POISSON_MEAN_MAX ? (int)ceil(largest / ECP_POISSON_MEAN_MAX) : 1;
    uint32_t words[4][ECP_BLOCK];
    uint32_t *const word[4] = {words[0], words[1], words[2], words[3]};
    double mean[ECP_BLOCK], p0[ECP_BLOCK];
    uint16_t count[ECP_BLOCK];
    for (ecp_lid j = 0; j < o.n; j++) {
        const ecp_lid k = o.in_stimulus + j;
        mean[j] = mean_count(s, level ? level->value : s->own_level[k]) / parts;
        p0[j] = level ? exp(-mean[j]) : s->own_p0[k];
    }
    const ecp_lid neuron = worker->share[s->population].first + s->low + o.in_stimulus;
    const uint64_t group = (uint64_t)in->step / 4;
    for (int part = 0; part < parts; part++) {
        kernels->philox(s->key, neuron, (uint32_t)group,
                        (uint32_t)(group >> 32) | (uint32_t)(part + 1) << 16, o.n, word);
        kernels->poisson_each(words[in->step % 4], mean, p0, ECP_POISSON_MAX, o.n, count);
        for (ecp_lid j = 0; s->mask && j < o.n; j++)
            count[j] *= s->mask[o.in_stimulus + j];
        kernels->add_counts(count, 0, (ecp_real)s->plan->weight, o.n,
                            in->port[s->port] + o.in_block);
    }
}

static void add_poisson(struct ecp_worker *worker, const struct ecp_stimulus_share *s,
                        const struct ecp_inputs *in)
{
    const struct ecp_level *level = level_at(s, in->step);
    const struct overlap o = overlap_of(s, in);
    if (o.n == 0)
        return;
    if (!is_grouped(s, level)) {
        add_poisson_parts(worker, s, in, level);
        return;
    }
    worker->network->kernels->add_counts(counts_at(s, in->step) + o.in_stimulus,
                                         (int)(in->step & 1), (ecp_real)s->plan->weight, o.n,
                                         in->port[s->port] + o.in_block);
}

int ecp_stimuli_counts(const struct ecp_worker *worker, const struct ecp_inputs *in,
                       struct ecp_block_counts *out)
{
    for (size_t k = 0; k < worker->network->plan->n_stimuli; k++) {
        const struct ecp_stimulus_share *s = &worker->stimulus[k];
        const struct ecp_subset *target = &s->plan->target;
        const size_t size = worker->network->population[s->population].plan->size;
        if (s->population != in->population || s->plan->kind != ECP_STIMULUS_POISSON ||
            in->step < s->start || in->step >= s->stop || !is_grouped(s, level_at(s, in->step)))
            continue;
        /* All of it: a part would add in another order on another worker. */
        if (target->list || target->stride > 1 || target->first > 0 || target->count < size)
            continue;
        *out = (struct ecp_block_counts){(int)k, s->port, (int)(in->step & 1),
                                         counts_at(s, in->step) + in->first,
                                         (ecp_real)s->plan->weight};
        return 1;
    }
    return 0;
}

int ecp_stimuli_have_current(const struct ecp_worker *worker, int population)
{
    for (size_t k = 0; k < worker->network->plan->n_stimuli; k++) {
        const struct ecp_stimulus_share *s = &worker->stimulus[k];
        if (s->population == population &&
            (s->plan->kind == ECP_STIMULUS_CURRENT || s->plan->kind == ECP_STIMULUS_NOISE))
            return 1;
    }
    return 0;
}

static void add_current(const struct ecp_stimulus_share *s, const struct ecp_inputs *in)
{
    const struct ecp_level *level = level_at(s, in->step);
    const struct overlap o = overlap_of(s, in);
    for (ecp_lid j = 0; j < o.n; j++) {
        const ecp_lid k = o.in_stimulus + j;
        const double noise = s->noise ? s->noise[k] : 0;
        const double amplitude = (level ? level->value : s->own_level[k]) + noise;
        if (!s->mask || s->mask[k])
            in->current[o.in_block + j] += (ecp_real)amplitude;
    }
}

static void add_events(struct ecp_stimulus_share *s, const struct ecp_inputs *in)
{
    while (s->next_event < s->step_end && s->event[s->next_event] < in->first + in->n)
        in->port[s->port][s->event[s->next_event++] - in->first] += (ecp_real)s->plan->weight;
}

void ecp_stimuli_add(struct ecp_worker *worker, const struct ecp_inputs *in)
{
    for (size_t k = 0; k < worker->network->plan->n_stimuli; k++) {
        struct ecp_stimulus_share *s = &worker->stimulus[k];
        if (s->population != in->population || (int)k == in->skip)
            continue;
        if (s->plan->kind == ECP_STIMULUS_SPIKES) {
            add_events(s, in);
            continue;
        }
        if (in->step < s->start || in->step >= s->stop)
            continue;
        if (s->plan->kind == ECP_STIMULUS_POISSON)
            add_poisson(worker, s, in);
        else if (in->current)
            add_current(s, in);
    }
}
