#include "engine/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/clock.h"
#include "engine/results_ranks.h"
#include "engine/store.h"

/* ---- set-up ---------------------------------------------------------- */

/* Columns of the own neurons; rank 0, whose neurons are the first, names all. */
static enum ecp_status probe_columns(const struct ecp_results *results, struct ecp_probe_run *run,
                                     size_t population_size)
{
    const ecp_lid low = ecp_ranks_first(results, run->population);
    const size_t own = ecp_ranks_size(results, run->population);
    const int all = results->network->rank == 0;
    const struct ecp_subset *subset = &run->plan->target;
    const size_t stride = subset->stride ? subset->stride : 1;
    size_t n = subset->count, room = 0;
    if (!subset->list && subset->first + (n ? n - 1 : 0) * stride >= population_size)
        n = population_size > subset->first ? (population_size - subset->first - 1) / stride + 1
                                            : 0;
    for (size_t k = 0; k < n; k++) {
        const ecp_lid neuron =
            subset->list ? subset->list[k] : (ecp_lid)(subset->first + k * stride);
        run->first_column += neuron < low;
        run->n_columns += neuron - low < own;
    }
    run->n_all = n;
    run->index = ecp_array((all ? n : run->n_columns) + 1, sizeof *run->index);
    if (!run->index)
        return ecp_fail(ECP_ENOMEM, "no memory for a probe");
    for (size_t k = 0; k < n; k++) {
        const ecp_lid neuron =
            subset->list ? subset->list[k] : (ecp_lid)(subset->first + k * stride);
        if (all || neuron - low < own)
            run->index[room++] = neuron;
    }
    return ECP_OK;
}

/* Does a measure look at the samples? */
static int is_read(const struct ecp_plan *plan, const struct ecp_plan_probe *probe)
{
    for (size_t k = 0; k < plan->n_analyses; k++)
        if (plan->analysis[k]->probe >= 0 && plan->probe[plan->analysis[k]->probe] == probe)
            return 1;
    return 0;
}

static enum ecp_status add_probe(struct ecp_results *results, const struct ecp_plan_probe *plan)
{
    const struct ecp_plan *p = results->network->plan;
    struct ecp_recording *r = &results->recording;
    struct ecp_probe_run *run = &results->probe[results->n_probes];
    const struct ecp_plan_population *population = p->population[plan->target.population];
    const int rate = plan->kind == ECP_PROBE_RATE;
    const int structure = plan->kind == ECP_PROBE_STRUCTURE;
    run->plan = plan;
    run->population = plan->target.population;
    run->field = plan->field;
    run->every = (ecp_step)llround(plan->interval / p->dt);
    run->every = run->every < 1 ? 1 : run->every;
    run->start = (ecp_step)llround(plan->start / p->dt);
    run->stop = plan->stop >= 1e15 ? INT64_MAX : (ecp_step)llround(plan->stop / p->dt);
    run->signal = (int)r->n_signals;
    results->n_probes++;
    run->is_whole = plan->target.count >= population->size;
    run->keep = !results->network->options.store || is_read(p, plan);
    if (rate || structure)
        run->n_columns = run->n_all = 1;
    else {
        const enum ecp_status status = probe_columns(results, run, population->size);
        if (status != ECP_OK)
            return status;
    }
    r->signal[r->n_signals++] = (struct ecp_recorded_signal){
        .probe = plan->name,
        .population = run->population,
        .field = rate ? "rate" : plan->field_name,
        .unit = rate        ? "Hz"
                : structure ? "1"
                            : population->model->fields[plan->field].unit,
        .start = (double)run->start * p->dt,
        .interval = (double)run->every * p->dt,
        .n_columns = run->n_all,
        .index = run->index};
    return ECP_OK;
}

static size_t count_weights(const struct ecp_plan *plan)
{
    size_t n = 0;
    for (size_t k = 0; k < plan->n_probes; k++)
        n += plan->probe[k]->kind == ECP_PROBE_WEIGHTS ? plan->probe[k]->n_times : 0;
    return n;
}

size_t ecp_results_most_weights(const struct ecp_results *results)
{
    return count_weights(results->network->plan);
}

static int allocate(struct ecp_results *r, const struct ecp_plan *plan)
{
    const size_t np = plan->n_populations, ns = plan->n_probes;
    r->recording.population = ecp_array(np + 1, sizeof *r->recording.population);
    r->recording.signal = ecp_array(ns + 1, sizeof *r->recording.signal);
    r->recording.phase = ecp_array(plan->n_phases + 1, sizeof *r->recording.phase);
    r->recording.weights = ecp_array(count_weights(plan) + 1, sizeof *r->recording.weights);
    r->held = ecp_array(np + 1, sizeof *r->held);
    r->kept = ecp_array(np + 1, sizeof *r->kept);
    r->own = ecp_array(np + 1, sizeof *r->own);
    r->all = ecp_array(np + 1, sizeof *r->all);
    r->gathers = ecp_array(np + 1, sizeof *r->gathers);
    r->number = ecp_array(np + 2, sizeof *r->number);
    r->sum = ecp_array(np + 1, sizeof *r->sum);
    r->handed_frames = ecp_array(ns + 1, sizeof *r->handed_frames);
    r->signal_capacity = ecp_array(ns + 1, sizeof *r->signal_capacity);
    r->probe = ecp_array(ns + 1, sizeof *r->probe);
    r->rank_first = ecp_array((size_t)r->network->n_ranks + 1, sizeof *r->rank_first);
    return r->recording.population && r->recording.signal && r->recording.phase &&
           r->recording.weights && r->held && r->kept && r->own && r->all && r->gathers &&
           r->number && r->sum && r->handed_frames && r->signal_capacity && r->probe &&
           r->rank_first;
}

/* Rank 0 has the counts of all neurons where there are few, or a measure looks at them. */
static int gathers_counts(const struct ecp_plan *plan, size_t p)
{
    if (plan->n_neurons <= ECP_FEW_NEURONS)
        return 1;
    for (size_t k = 0; k < plan->n_analyses; k++)
        if (plan->analysis[k]->population == (int)p)
            return 1;
    return 0;
}

static enum ecp_status counts_init(struct ecp_counts *counts, size_t n)
{
    *counts = (struct ecp_counts){ecp_array(n, sizeof *counts->count),
                                  ecp_array(n, sizeof *counts->intervals),
                                  ecp_array(n, sizeof *counts->interval_sum),
                                  ecp_array(n, sizeof *counts->interval_square_sum)};
    if (counts->count && counts->intervals && counts->interval_sum && counts->interval_square_sum)
        return ECP_OK;
    return ecp_fail(ECP_ENOMEM, "no memory for results");
}

static void counts_clear(struct ecp_counts *counts)
{
    free(counts->count);
    free(counts->intervals);
    free(counts->interval_sum);
    free(counts->interval_square_sum);
}

static enum ecp_status add_population(struct ecp_results *results, size_t p)
{
    const struct ecp_network *network = results->network;
    const struct ecp_population *population = &network->population[p];
    struct ecp_recorded_population *r = &results->recording.population[p];
    const struct ecp_counts *here = network->n_ranks == 1 ? &results->own[p] : &results->all[p];
    enum ecp_status status;
    ECP_TRY(counts_init(&results->own[p], ecp_ranks_size(results, (int)p)));
    results->gathers[p] = network->n_ranks > 1 && gathers_counts(network->plan, p);
    if (results->gathers[p] && network->rank == 0)
        ECP_TRY(counts_init(&results->all[p], population->plan->size));
    *r = (struct ecp_recorded_population){.name = population->plan->name,
                                          .model = population->model->name,
                                          .first = population->plan->first,
                                          .size = population->plan->size,
                                          .recorded = population->record,
                                          .count = here->count,
                                          .intervals = here->intervals,
                                          .interval_sum = here->interval_sum,
                                          .interval_square_sum = here->interval_square_sum};
done:
    return status;
}

enum ecp_status ecp_results_create(struct ecp_network *network)
{
    const struct ecp_plan *plan = network->plan;
    struct ecp_results *r = ecp_array(1, sizeof *r);
    enum ecp_status status = ECP_OK;
    if (!r)
        return ecp_fail(ECP_ENOMEM, "no memory for results");
    network->results = r;
    r->network = network;
    r->recording.dt = network->results_dt;
    if (!allocate(r, plan))
        return ecp_fail(ECP_ENOMEM, "no memory for results");
    r->recording.n_populations = plan->n_populations;
    for (size_t p = 0; p < plan->n_populations; p++)
        ECP_TRY(add_population(r, p));
    for (size_t k = 0; k < plan->n_probes; k++)
        if (plan->probe[k]->kind != ECP_PROBE_SPIKES && plan->probe[k]->kind != ECP_PROBE_WEIGHTS)
            ECP_TRY(add_probe(r, plan->probe[k]));
    r->last_flush = ecp_clock_seconds();
done:
    return status;
}

static void weights_clear(struct ecp_recorded_weights *w)
{
    free((void *)w->source);
    free((void *)w->target);
    free((void *)w->weight);
    free((void *)w->delay);
}

void ecp_results_destroy(struct ecp_results *results)
{
    if (!results)
        return;
    struct ecp_recording *r = &results->recording;
    for (size_t p = 0; p < r->n_populations; p++) {
        counts_clear(&results->own[p]);
        counts_clear(&results->all[p]);
        free(results->held[p].event);
        free(results->kept[p].event);
    }
    for (size_t k = 0; k < r->n_signals; k++)
        free((void *)r->signal[k].data);
    for (size_t k = 0; k < results->n_probes; k++) {
        free(results->probe[k].index);
        free(results->probe[k].frame);
        free(results->probe[k].held);
        free((void *)results->probe[k].bin);
    }
    for (size_t k = 0; k < r->n_weights; k++)
        weights_clear(&r->weights[k]);
    free(r->population);
    free(r->signal);
    free(r->phase);
    free(r->weights);
    free(r->histogram);
    free(results->tally);
    free(results->held);
    free(results->kept);
    free(results->own);
    free(results->all);
    free(results->gathers);
    free(results->number);
    free(results->sum);
    free(results->handed_frames);
    free(results->signal_capacity);
    free(results->probe);
    free(results->rank_first);
    free(results);
}

/* ---- before and during a span ---------------------------------------- */

static ecp_step round_up(ecp_step at, ecp_step start, ecp_step every)
{
    return at <= start ? start : start + (at - start + every - 1) / every * every;
}

static enum ecp_status prepare_field(struct ecp_probe_run *run, ecp_step from, ecp_step to)
{
    /* Stamps from + 1 .. to; the state at 0 belongs to the first span. */
    run->first = round_up(from == 0 ? 0 : from + 1, run->start, run->every);
    const ecp_step end = to < run->stop ? to : run->stop - 1;
    run->n_frames = end < run->first ? 0 : (size_t)((end - run->first) / run->every) + 1;
    if (run->n_frames <= run->capacity)
        return ECP_OK;
    free(run->frame);
    run->capacity = run->n_frames;
    run->frame = ecp_array(run->capacity * run->n_columns + 1, sizeof *run->frame);
    if (run->frame)
        return ECP_OK;
    run->capacity = run->n_frames = 0;
    return ecp_fail(ECP_ENOMEM, "no memory for the samples of a probe");
}

static enum ecp_status prepare_rate(struct ecp_probe_run *run, ecp_step to)
{
    /* bin[0] may hold spikes of before: `first` stays where the rest began. */
    if (run->first < run->start)
        run->first = run->start;
    const ecp_step end = to < run->stop ? to : run->stop;
    const size_t n = end > run->first ? (size_t)((end - run->first) / run->every) + 2 : 1;
    if (n <= run->n_bins)
        return ECP_OK;
    _Atomic uint32_t *bin = ecp_array(n, sizeof *bin);
    if (!bin)
        return ecp_fail(ECP_ENOMEM, "no memory for the bins of a probe");
    for (size_t k = 0; k < run->n_bins; k++)
        atomic_store(&bin[k], atomic_load(&run->bin[k]));
    free((void *)run->bin);
    run->bin = bin;
    run->n_bins = n;
    return ECP_OK;
}

enum ecp_status ecp_results_prepare(struct ecp_results *results, ecp_step from, ecp_step to)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < results->n_probes && status == ECP_OK; k++) {
        struct ecp_probe_run *run = &results->probe[k];
        if (run->plan->kind == ECP_PROBE_RATE)
            status = prepare_rate(run, to);
        if (run->plan->kind == ECP_PROBE_FIELD)
            status = prepare_field(run, from, to);
    }
    return status;
}

static void sample_share(struct ecp_probe_run *run, const struct ecp_share *share, ecp_real *frame)
{
    const ecp_real *column = share->column[run->field];
    const uint16_t *counter = share->counter[run->field];
    size_t low = 0, high = run->n_columns;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (run->index[middle] < share->first)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t k = low; k < run->n_columns && run->index[k] < share->first + share->n; k++) {
        const ecp_lid j = run->index[k] - share->first;
        frame[k] = column ? column[j] : (ecp_real)counter[j];
    }
}

void ecp_results_sample(struct ecp_results *results, const struct ecp_worker *worker,
                        ecp_step stamp)
{
    for (size_t k = 0; k < results->n_probes; k++) {
        struct ecp_probe_run *run = &results->probe[k];
        if (run->plan->kind != ECP_PROBE_FIELD || stamp < run->first ||
            (stamp - run->first) % run->every != 0)
            continue;
        const size_t frame = (size_t)((stamp - run->first) / run->every);
        if (frame < run->n_frames)
            sample_share(run, &worker->share[run->population], run->frame + frame * run->n_columns);
    }
}

/* How many of them a probe looks at. */
static uint32_t looked_at(const struct ecp_probe_run *run, const struct ecp_fired *fired)
{
    const struct ecp_subset *target = &run->plan->target;
    uint32_t n = 0;
    if (run->is_whole)
        return (uint32_t)fired->n;
    for (size_t k = 0; k < fired->n; k++)
        n += ecp_subset_position(target, fired->first + fired->list[k]) >= 0;
    return n;
}

void ecp_results_count(struct ecp_results *results, const struct ecp_fired *fired)
{
    for (size_t k = 0; k < results->n_probes; k++) {
        struct ecp_probe_run *run = &results->probe[k];
        if (run->plan->kind == ECP_PROBE_RATE && run->population == fired->population &&
            fired->step >= run->first && fired->step < run->stop)
            atomic_fetch_add_explicit(&run->bin[(fired->step - run->first) / run->every],
                                      looked_at(run, fired), memory_order_relaxed);
    }
}

void ecp_results_phase(struct ecp_results *results, int phase, ecp_step now)
{
    struct ecp_recording *r = &results->recording;
    const struct ecp_plan_phase *plan = results->network->plan->phase[phase];
    const double time = (double)now * results->network->plan->dt;
    r->phase[r->n_phases++] = (struct ecp_recorded_phase){plan->name, time, time, plan->discard};
}

ecp_step ecp_results_next_sample(const struct ecp_results *results, ecp_step step)
{
    ecp_step next = INT64_MAX;
    for (size_t k = 0; k < results->n_probes; k++) {
        const struct ecp_probe_run *run = &results->probe[k];
        if (run->plan->kind != ECP_PROBE_FIELD)
            continue;
        const ecp_step at = round_up(step + 1, run->start, run->every);
        if (at < run->stop && at < next)
            next = at;
    }
    return next;
}
