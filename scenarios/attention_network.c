/* The network of attention_in_spikes: spike trains of keys and teachers, synapses that learn,
 * rates of the outputs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/network.h"
#include "engine/plasticity.h"
#include "scenarios/attention_in_spikes.h"

struct trains {
    size_t n, room;
    ecp_lid *target;
    double *time;
};

static enum ecp_status put_spike(struct trains *t, size_t target, double time)
{
    if (t->n == t->room) {
        const size_t room = t->room ? 2 * t->room : 4096;
        ecp_lid *targets = realloc(t->target, room * sizeof *targets);
        t->target = targets ? targets : t->target;
        double *times = realloc(t->time, room * sizeof *times);
        t->time = times ? times : t->time;
        if (!targets || !times)
            return ecp_fail(ECP_ENOMEM, "no memory for %zu spikes", room);
        t->room = room;
    }
    t->target[t->n] = (ecp_lid)target;
    t->time[t->n++] = time;
    return ECP_OK;
}

/* A spike in each step with probability rate dt, from `start` on; intervals are drawn. */
static enum ecp_status fire(struct ecp_chance *chance, struct trains *t, size_t neuron, double rate,
                            double start, double duration)
{
    const double p = rate * ecp_attention_dt * 1e-3;
    const long steps = lround(duration / ecp_attention_dt);
    enum ecp_status status = ECP_OK;
    if (p <= 0)
        return ECP_OK;
    for (long k = -1; status == ECP_OK;) {
        k += 1 + (long)fmin(1e9, floor(log(ecp_chance_uniform(chance)) / log1p(-fmin(p, 0.999))));
        if (k >= steps)
            break;
        status = put_spike(t, neuron, start + (double)k * ecp_attention_dt);
    }
    return status;
}

static enum ecp_status fire_all(const double *param, const struct programme *w, uint64_t seed,
                                struct trains *keys, struct trains *teachers)
{
    const size_t f = features_of(param), copies = (size_t)param[COPIES];
    const size_t p = (size_t)param[VALUES];
    enum ecp_status status = ECP_OK;
    double start = ecp_attention_gap;
    for (size_t k = 0; k < w->n_store + w->n_queries; k++) {
        const int storing = k < w->n_store;
        const double *phi = storing ? w->store + k * f : w->query + (k - w->n_store) * f;
        const double duration = storing ? param[PRESENT] : w->listen;
        struct ecp_chance chance = ecp_chance(seed, 82, (uint32_t)k);
        for (size_t j = 0; j < f * copies; j++)
            ECP_TRY(fire(&chance, keys, j, param[RATE] * phi[j / copies], start, duration));
        for (size_t j = 0; storing && param[TAUGHT] > 0 && j < p * TEACHERS; j++)
            ECP_TRY(fire(&chance, teachers, j, w->lesson[k * p + j / TEACHERS], start, duration));
        start += duration + ecp_attention_gap;
    }
done:
    return status;
}

/* Output spikes per unit of weight and spike of a key. */
static const double tau_syn = 5, capacitance = 100, reach = 10; /* ms, pF, mV */

static double gain(void)
{
    return tau_syn / (capacitance * reach);
}

static enum ecp_status add_outputs(struct ecp_plan *plan, const double *param)
{
    struct ecp_plan_population *p;
    enum ecp_status status;
    ECP_TRY(ecp_plan_add_population(plan, "output", "lif_taught", (size_t)param[VALUES], &p));
    ECP_TRY(ecp_population_set(p, "tau_m", 1e8)); /* integrates */
    ECP_TRY(ecp_population_set(p, "keep", 1));
    ECP_TRY(ecp_population_set(p, "tau_syn", tau_syn));
    ECP_TRY(ecp_population_set(p, "c", capacitance));
    ECP_TRY(ecp_population_set(p, "e_l", 0));
    ECP_TRY(ecp_population_set(p, "v", 0));
    ECP_TRY(ecp_population_set(p, "v_th", reach));
    ECP_TRY(ecp_population_set(p, "v_reset", 0));
    ECP_TRY(ecp_population_set(p, "v_low", -reach));
    ECP_TRY(ecp_population_set(p, "tau_rate", 50));
done:
    return status;
}

/* Excitatory and inhibitory synapses begin alike, so that they cancel. */
static enum ecp_status add_synapses(struct ecp_plan *plan, const double *param, int sign)
{
    const double m = param[COPIES], R = param[RATE];
    const double half = 300 / (gain() * m * R); /* the weight of 300 Hz at feature 1 */
    const double eta = param[BETA] / (gain() * m * R * R * param[PRESENT] * 1e-3);
    struct ecp_plan_projection *p;
    enum ecp_status status;
    ECP_TRY(ecp_plan_add_projection(plan, "keys", "output", ECP_RULE_ALL_TO_ALL, &p));
    p->name = sign > 0 ? "excite" : "inhibit";
    p->weight = ecp_draw_constant(sign * half);
    p->delay = ecp_draw_constant(ecp_attention_dt);
    ECP_TRY(ecp_plan_plasticity(plan, p, "delta"));
    ECP_TRY(ecp_projection_set(p, "eta", sign * eta / 2));
    status = ecp_projection_set(p, "w_max", 2 * half);
done:
    return status;
}

static enum ecp_status add_teachers(struct ecp_plan *plan, const double *param)
{
    const size_t n = (size_t)param[VALUES] * TEACHERS;
    ecp_lid *ends = ecp_plan_alloc(plan, 2 * n * sizeof *ends);
    struct ecp_plan_population *population;
    struct ecp_plan_projection *p;
    enum ecp_status status;
    if (!ends)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    for (size_t k = 0; k < n; k++) {
        ends[k] = (ecp_lid)k;
        ends[n + k] = (ecp_lid)(k / TEACHERS);
    }
    ECP_TRY(ecp_plan_add_population(plan, "teachers", "spike_source", n, &population));
    ECP_TRY(ecp_plan_add_projection(plan, "teachers", "output", ECP_RULE_EXPLICIT, &p));
    p->edges = (struct ecp_edges){.n = n, .source = ends, .target = ends + n};
    p->port_name = "lesson";
    p->weight = ecp_draw_constant(1.0 / TEACHERS);
    p->delay = ecp_draw_constant(ecp_attention_dt);
done:
    return status;
}

static enum ecp_status add_trains(struct ecp_plan *plan, const char *target,
                                  const struct trains *trains)
{
    struct ecp_plan_stimulus *s;
    const enum ecp_status status = ecp_plan_add_stimulus(plan, ECP_STIMULUS_SPIKES, target, &s);
    if (status != ECP_OK)
        return status;
    s->name = ecp_plan_printf(plan, "%s_fire", target);
    s->weight = 1;
    s->n_events = trains->n;
    s->event_target = trains->target;
    s->event_time = trains->time;
    return ECP_OK;
}

/* Two phases: in the second nothing is learnt. */
static enum ecp_status add_phases(struct ecp_plan *plan, const double *param,
                                  const struct programme *w)
{
    const double store =
        ecp_attention_gap + (double)w->n_store * (param[PRESENT] + ecp_attention_gap);
    const double recall = (double)w->n_queries * (w->listen + ecp_attention_gap);
    const struct ecp_plasticity *rule = plan->projection[0]->plasticity;
    const int eta = ecp_field_find(rule->fields, "eta");
    struct ecp_plan_phase *phase;
    enum ecp_status status;
    ECP_TRY(ecp_plan_add_phase(plan, "store", store, 1, &phase));
    ECP_TRY(ecp_plan_add_phase(plan, "recall", recall, 0, &phase));
    struct ecp_plan_change *change = ecp_plan_alloc(plan, 2 * sizeof *change);
    if (!change)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    for (int k = 0; k < 2; k++)
        change[k] = (struct ecp_plan_change){
            .population = -1, .stimulus = -1, .rule = k + 1, .field = eta, .value = 0};
    phase->n_changes = 2;
    phase->change = change;
done:
    return status;
}

enum ecp_status ecp_attention_network(struct ecp_experiment *e, const double *param,
                                      const struct programme *w, uint64_t seed, double window,
                                      double *rates, double *weight)
{
    const size_t f = features_of(param), copies = (size_t)param[COPIES];
    const size_t p = (size_t)param[VALUES], windows = (size_t)(w->listen / window + 0.5);
    const double begin =
        ecp_attention_gap + (double)w->n_store * (param[PRESENT] + ecp_attention_gap);
    struct ecp_plan *plan = NULL;
    struct ecp_plan_population *population;
    struct ecp_plan_probe *probe;
    struct ecp_simulated run = {0};
    struct trains keys = {0}, teachers = {0};
    double *end = NULL;
    enum ecp_status status;
    ECP_TRY(fire_all(param, w, seed, &keys, &teachers));
    ECP_TRY(ecp_plan_create(&plan));
    plan->dt = ecp_attention_dt;
    plan->seed = seed;
    ECP_TRY(ecp_plan_add_population(plan, "keys", "spike_source", f * copies, &population));
    ECP_TRY(add_outputs(plan, param));
    ECP_TRY(add_synapses(plan, param, 1));
    ECP_TRY(add_synapses(plan, param, -1));
    ECP_TRY(add_teachers(plan, param));
    ECP_TRY(add_trains(plan, "keys", &keys));
    ECP_TRY(add_trains(plan, "teachers", &teachers));
    ECP_TRY(add_phases(plan, param, w));
    ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "output", &probe));
    end = ecp_plan_alloc(plan, sizeof *end);
    if (!end) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the plan");
        goto done;
    }
    *end = plan->phase[0]->duration + plan->phase[1]->duration;
    for (int k = 0; weight && k < 2; k++) {
        ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_WEIGHTS, k ? "inhibit" : "excite", &probe));
        probe->times = end;
        probe->n_times = 1;
    }
    ECP_TRY(ecp_experiment_simulate(e, plan, &run));
    memset(rates, 0, w->n_queries * windows * p * sizeof *rates);
    const struct ecp_recorded_population *out = &run.recording->population[1];
    for (size_t k = 0; k < out->n_events; k++) {
        const double t = (double)out->event[k].step * ecp_attention_dt - begin;
        const double query = floor(t / (w->listen + ecp_attention_gap)),
                     at = t - query * (w->listen + ecp_attention_gap);
        if (t >= 0 && at < w->listen)
            rates[((size_t)query * windows + (size_t)(at / window)) * p + out->event[k].index] +=
                1e3 / window;
    }
    for (size_t k = 0; weight && k < run.recording->n_weights; k++) {
        const struct ecp_recorded_weights *r = &run.recording->weights[k];
        for (size_t j = 0; j < r->n; j++)
            weight[r->target[j] * f + r->source[j] / copies] +=
                (double)r->weight[j] * gain() * param[RATE];
    }
done:
    ecp_experiment_release(&run);
    ecp_plan_destroy(plan);
    free(keys.target);
    free(keys.time);
    free(teachers.target);
    free(teachers.time);
    return status;
}
