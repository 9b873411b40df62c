/* Probes: what they record is what happened, at the times they say. */
#include "engine/connect.h"
#include "engine/machine.h"
#include "tests/unit/network_case.h"

static struct ecp_plan *active(void)
{
    struct ecp_plan *plan = new_plan(8);
    struct ecp_plan_population *p = add_population(plan, "a", "lif_exp", 60);
    ECP_ASSERT_OK(ecp_population_set(p, "i_e", 500));
    ECP_ASSERT_OK(ecp_population_set_draw(p, "v", ecp_draw_normal(-65, 5)));
    (void)add_population(plan, "b", "lif", 10);
    struct ecp_plan_projection *q = add_projection(plan, "a", "a", ECP_RULE_FIXED_INDEGREE, 90);
    q->number = 12;
    q->weight = ecp_draw_normal(90, 20);
    q->delay = ecp_draw_bounded(ecp_draw_normal(3, 2), ECP_BOUNDS_REDRAW, 0.1, 30);
    (void)add_projection(plan, "a", "b", ECP_RULE_ALL_TO_ALL, 3);
    return plan;
}

static struct ecp_network *lasting(struct ecp_plan *plan, double duration)
{
    (void)add_phase(plan, "all", duration, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return ran(plan, 3, ecp_isa_best());
}

/* ---- fields ------------------------------------------------------------- */

static void fields(void)
{
    static const ecp_lid who[] = {0, 19, 20, 21, 59};
    struct ecp_plan *plan = active();
    struct ecp_plan_probe *all = add_probe(plan, ECP_PROBE_FIELD, "a", "v", 0.1);
    struct ecp_plan_probe *part = add_probe(plan, ECP_PROBE_FIELD, "a", "v", 0.7);
    struct ecp_plan_probe *late = add_probe(plan, ECP_PROBE_FIELD, "a", "v", 2);
    all->name = "all";
    part->name = "part";
    part->start = 1.3;
    part->stop = 20.9; /* 1.3 + 28 x 0.7: not any more */
    part->target.list = who;
    part->target.count = 5;
    late->name = "late";
    late->start = 29.9;
    late->target.first = 4;
    late->target.stride = 7;
    late->target.count = 8;
    struct ecp_network *network = lasting(plan, 30);
    const struct ecp_recorded_signal *a = signal_of(network, "all");
    const struct ecp_recorded_signal *p = signal_of(network, "part");
    const struct ecp_recorded_signal *l = signal_of(network, "late");
    CU_ASSERT(a->n_frames == 301 && a->n_columns == 60); /* 0, 0.1 .. 30 */
    CU_ASSERT_FATAL(p->n_frames == 28 && p->n_columns == 5);
    CU_ASSERT_DOUBLE_EQUAL(p->start, 1.3, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(p->interval, 0.7, 1e-12);
    for (size_t k = 0; k < 28; k++)
        for (size_t j = 0; j < 5; j++)
            CU_ASSERT(p->index[j] == who[j] &&
                      sample_of(p, k, j) == sample_of(a, 13 + 7 * k, who[j]));
    CU_ASSERT_FATAL(l->n_frames == 1 && l->n_columns == 8);
    for (size_t j = 0; j < 8; j++)
        CU_ASSERT(l->index[j] == 4 + 7 * j && sample_of(l, 0, j) == sample_of(a, 299, 4 + 7 * j));
    finish(network, plan);
}

/* The initial state is there, as the plan says; a counter and an input. */
static void kinds_of_fields(void)
{
    struct ecp_plan *plan = active();
    ECP_ASSERT_OK(ecp_population_set(plan->population[1], "v", -68.5));
    add_probe(plan, ECP_PROBE_FIELD, "b", "v", 0.1)->name = "v";
    add_probe(plan, ECP_PROBE_FIELD, "a", "wait", 0.1)->name = "wait";
    add_probe(plan, ECP_PROBE_FIELD, "b", "syn", 0.1)->name = "syn";
    (void)add_probe(plan, ECP_PROBE_SPIKES, "a", NULL, 0);
    struct ecp_network *network = lasting(plan, 40);
    CU_ASSERT_EQUAL(sample_of(signal_of(network, "v"), 0, 9), -68.5);
    const struct ecp_recorded_population *a = &ecp_network_recording(network)->population[0];
    double arrived[401] = {0};
    CU_ASSERT(a->n_events > 50);
    for (size_t k = 0; k < a->n_events; k++) {
        const size_t stamp = (size_t)a->event[k].step;
        CU_ASSERT_EQUAL(sample_of(signal_of(network, "wait"), stamp, a->event[k].index), 20);
        if (stamp + 10 <= 400) /* 1 ms later at all of b */
            arrived[stamp + 10] += 3;
    }
    for (size_t stamp = 0; stamp <= 400; stamp++)
        CU_ASSERT_DOUBLE_EQUAL(sample_of(signal_of(network, "syn"), stamp, 5), arrived[stamp],
                               1e-4);
    finish(network, plan);
}

/* ---- rates -------------------------------------------------------------- */

static double rate_by_hand(const struct ecp_recorded_population *p, ecp_step from, ecp_step to,
                           const struct ecp_subset *part)
{
    double n = 0;
    for (size_t k = 0; k < p->n_events; k++) /* a spike of step s has stamp s + 1 */
        n += p->event[k].step > from && p->event[k].step <= to &&
             ecp_subset_position(part, p->event[k].index) >= 0;
    return n / ((double)part->count * (double)(to - from) * 1e-4);
}

static void rates(void)
{
    static const double interval[] = {0.1, 0.7, 13, 60};
    struct ecp_plan *plan = active();
    (void)add_probe(plan, ECP_PROBE_SPIKES, "a", NULL, 0);
    for (size_t k = 0; k < 8; k++) {
        struct ecp_plan_probe *p = add_probe(plan, ECP_PROBE_RATE, "a", NULL, interval[k % 4]);
        p->start = k < 4 ? 0 : 3.3;
        p->stop = k < 4 ? INFINITY : 31;
        if (k % 2) {
            p->target.first = 3;
            p->target.stride = 2;
            p->target.count = 20;
        }
    }
    struct ecp_network *network = lasting(plan, 50);
    const struct ecp_recording *r = ecp_network_recording(network);
    CU_ASSERT_EQUAL_FATAL(r->n_signals, 8);
    for (size_t k = 0; k < 8; k++) {
        const struct ecp_recorded_signal *rate = &r->signal[k];
        const ecp_step start = k < 4 ? 0 : 33, stop = k < 4 ? 500 : 310;
        const ecp_step every = (ecp_step)llround(interval[k % 4] * 10);
        CU_ASSERT_EQUAL(rate->n_frames, (size_t)((stop - start) / every)); /* whole bins */
        for (size_t bin = 0; bin < rate->n_frames; bin++) {
            const ecp_step from = start + (ecp_step)bin * every;
            CU_ASSERT_DOUBLE_EQUAL(
                sample_of(rate, bin, 0),
                rate_by_hand(&r->population[0], from, from + every, &plan->probe[k + 1]->target),
                1e-3);
        }
    }
    finish(network, plan);
}

/* ---- spikes ------------------------------------------------------------- */

/* A part of the neurons, a part of the time: two probes add up. The part of
 * the time begins and ends at spikes: the first is in it, the last is not. */
static int is_in_part(ecp_lid j)
{
    return j >= 2 && (j - 2) % 5 == 0 && j <= 42;
}

static struct ecp_spike spike_outside(const struct ecp_recorded_population *p, size_t from)
{
    while (from < p->n_events && is_in_part(p->event[from].index))
        from++;
    CU_ASSERT_FATAL(from < p->n_events);
    return p->event[from];
}

static struct ecp_plan *partial(ecp_step start, ecp_step stop)
{
    struct ecp_plan *plan = active();
    struct ecp_plan_probe *p = add_probe(plan, ECP_PROBE_SPIKES, "a", NULL, 0);
    p->target.first = 2;
    p->target.stride = 5;
    p->target.count = 9;
    p = add_probe(plan, ECP_PROBE_SPIKES, "a", NULL, 0);
    p->start = (double)start * plan->dt;
    p->stop = (double)stop * plan->dt;
    return plan;
}

static void parts_of_spikes(void)
{
    struct ecp_plan *whole_plan = active();
    (void)add_probe(whole_plan, ECP_PROBE_SPIKES, "a", NULL, 0);
    struct ecp_network *whole = lasting(whole_plan, 50);
    const struct ecp_recorded_population *all = &ecp_network_recording(whole)->population[0];
    const ecp_step start = spike_outside(all, all->n_events / 3).step;
    const ecp_step stop = spike_outside(all, all->n_events / 2).step;
    struct ecp_plan *plan = partial(start, stop);
    struct ecp_network *network = lasting(plan, 50);
    const struct ecp_recorded_population *some = &ecp_network_recording(network)->population[0];
    size_t n = 0;
    for (size_t k = 0; k < all->n_events; k++) {
        const struct ecp_spike event = all->event[k];
        if (!is_in_part(event.index) && (event.step < start || event.step >= stop))
            continue;
        CU_ASSERT_FATAL(n < some->n_events);
        CU_ASSERT(some->event[n].step == event.step && some->event[n].index == event.index);
        n++;
    }
    CU_ASSERT(n == some->n_events && n > 20 && n < all->n_events / 2);
    CU_ASSERT_EQUAL(some->spikes, all->spikes); /* counts are of all, always */
    CU_ASSERT_EQUAL(ecp_network_recording(whole)->checksum,
                    ecp_network_recording(network)->checksum);
    finish(whole, whole_plan);
    finish(network, plan);
}

/* Without a probe nothing is kept, and the counts are there. */
static void no_probe(void)
{
    struct ecp_plan *plan = active();
    struct ecp_network *network = lasting(plan, 50);
    const struct ecp_recorded_population *a = &ecp_network_recording(network)->population[0];
    uint64_t sum = 0;
    for (size_t j = 0; j < a->size; j++)
        sum += a->count[j];
    CU_ASSERT(a->recorded == 0 && a->n_events == 0 && sum == a->spikes && sum > 100);
    finish(network, plan);
}

/* ---- weights ------------------------------------------------------------ */

struct seen {
    ecp_lid source[1000], target[1000];
    double weight[1000];
    uint32_t delay[1000];
    size_t n;
};

static void keep(void *context, const struct ecp_batch *batch)
{
    struct seen *seen = context;
    for (size_t k = 0; k < batch->n; k++, seen->n++) {
        seen->source[seen->n] = batch->source[k];
        seen->target[seen->n] = batch->target[k];
        seen->weight[seen->n] = batch->weight[k];
        seen->delay[seen->n] = batch->delay[k];
    }
}

/* Is synapse k of the recording one of the list? It is taken out. */
static int take_out(struct seen *seen, const struct ecp_recorded_weights *w, size_t k, double error)
{
    for (size_t j = 0; j < seen->n; j++)
        if (seen->source[j] == w->source[k] && seen->target[j] == w->target[k] &&
            fabs(seen->delay[j] * 0.1 - (double)w->delay[k]) < 1e-5 &&
            fabs(seen->weight[j] - (double)w->weight[k]) <= error) {
            seen->source[j] = UINT32_MAX;
            return 1;
        }
    return 0;
}

static void weights(void)
{
    static const double times[] = {0, 0.1, 17.3, 50};
    struct ecp_plan *plan = active();
    struct ecp_plan_probe *p = add_probe(plan, ECP_PROBE_WEIGHTS, "a_a", NULL, 0);
    p->times = times;
    p->n_times = 4;
    struct ecp_network *network = lasting(plan, 50);
    const struct ecp_recording *r = ecp_network_recording(network);
    CU_ASSERT_EQUAL_FATAL(r->n_weights, 4);
    for (size_t t = 0; t < 4; t++) {
        const struct ecp_recorded_weights *w = &r->weights[t];
        struct seen seen = {.n = 0};
        const struct ecp_emit emit = {keep, &seen, 1};
        ECP_ASSERT_OK(ecp_connect(&network->connector[0], 0, 60, &emit));
        CU_ASSERT_DOUBLE_EQUAL(w->time, times[t], 1e-12);
        CU_ASSERT_EQUAL_FATAL(w->n, 720);
        for (size_t k = 0; k < w->n; k++) {
            /* Half a unit of 16 bits: 0.1 % of the mean at most. */
            CU_ASSERT(take_out(&seen, w, k, 0.09));
            CU_ASSERT(k == 0 || w->target[k] > w->target[k - 1] ||
                      (w->target[k] == w->target[k - 1] && w->source[k] >= w->source[k - 1]));
        }
    }
    finish(network, plan);
}

ECP_TEST_MAIN("probes", {"fields", fields}, {"kinds of fields", kinds_of_fields}, {"rates", rates},
              {"parts of spikes", parts_of_spikes}, {"no probe", no_probe}, {"weights", weights})
