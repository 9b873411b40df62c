/* Weights probes: synapses of a projection at a moment, on rank 0. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/plastic.h"
#include "engine/results.h"
#include "engine/results_ranks.h"

struct listing {
    const struct ecp_network *network;
    const struct ecp_population *population;
    struct ecp_synapse_record *synapse;
    size_t n, capacity;
    int wide, no_memory;
    const struct ecp_plan_projection *projection;
};

struct ecp_synapse_record {
    ecp_lid target, source;
    uint32_t order;
    float weight, delay;
};

static int list_room(struct listing *list, size_t n)
{
    if (list->n + n <= list->capacity)
        return 1;
    const size_t capacity = 2 * list->capacity + n;
    struct ecp_synapse_record *grown = realloc(list->synapse, capacity * sizeof *grown);
    if (!grown) {
        list->no_memory = 1;
        return 0;
    }
    list->synapse = grown;
    list->capacity = capacity;
    return 1;
}

/* The field of the rule that a probe reads; NULL: weights. */
static const struct ecp_field *variable(const struct ecp_plan_projection *projection, int field)
{
    if (field < 0)
        return NULL;
    const struct ecp_field *table = projection->plasticity->fields;
    return &table[ecp_field_of_kind(table, ECP_SYNAPSE, (size_t)field)];
}

/* Is it a weight, or like one, and has the sign of the projection? */
static int is_weight(const struct ecp_plan_projection *projection, int field)
{
    const struct ecp_field *v = variable(projection, field);
    return !v || strcmp(v->unit, "weight") == 0;
}

/* Plastic weights as they are now; the workers rest. */
static void list_plastic(struct listing *list, const struct ecp_plan_probe *probe, uint32_t now)
{
    const int projection = probe->projection;
    const struct ecp_network *network = list->network;
    const double dt = network->plan->dt;
    ecp_real weight[ECP_VISIT_SIZE];
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_plastic *plastic = ecp_plastic_of(&network->worker[w], projection);
        const double sign = is_weight(list->projection, probe->field) ? plastic->sign : 1;
        for (ecp_lid source = 0; source < network->connector[projection].n_source; source++)
            for (uint32_t p = plastic->start[source]; p < plastic->start[source + 1]; p++) {
                const struct ecp_piece *piece = &plastic->piece[p];
                const ecp_lid base = plastic->first_target + (ecp_lid)piece->section * ECP_SECTION;
                for (uint32_t at = 0; at < piece->n; at += ECP_VISIT_SIZE) {
                    const uint32_t left = piece->n - at;
                    const uint32_t n = left < ECP_VISIT_SIZE ? left : ECP_VISIT_SIZE;
                    if (!list_room(list, n))
                        return;
                    const struct ecp_reading reading = {piece->first + at, n, now, probe->field};
                    ecp_plastic_read_field(plastic, p, &reading, weight);
                    for (uint32_t k = 0; k < n; k++, list->n++)
                        list->synapse[list->n] = (struct ecp_synapse_record){
                            base + plastic->target[piece->first + at + k], source,
                            (uint32_t)list->n, (float)(sign * (double)weight[k]),
                            (float)(piece->delay * dt)};
                }
            }
    }
}

static void list_batch(void *context, const struct ecp_batch *batch)
{
    struct listing *list = context;
    if (!list_room(list, batch->n))
        return;
    for (size_t k = 0; k < batch->n; k++) {
        double weight = batch->weight[k];
        const int port =
            weight < 0 ? list->projection->port_negative : list->projection->port_positive;
        const double scale = list->population->scale[port];
        if (!list->wide)
            weight = ecp_weight_units(weight, 1 / scale) * scale;
        list->synapse[list->n] = (struct ecp_synapse_record){
            batch->target[k], batch->source[k], (uint32_t)list->n, (float)weight,
            (float)(batch->delay[k] * list->network->plan->dt)};
        list->n++;
    }
}

static int by_target(const void *a, const void *b)
{
    const struct ecp_synapse_record *left = a, *right = b;
    if (left->target != right->target)
        return left->target < right->target ? -1 : 1;
    if (left->source != right->source)
        return left->source < right->source ? -1 : 1;
    return (left->order > right->order) - (left->order < right->order);
}

static enum ecp_status split_columns(struct ecp_recorded_weights *w, const struct listing *list)
{
    ecp_lid *source = ecp_array(list->n + 1, sizeof *source);
    ecp_lid *target = ecp_array(list->n + 1, sizeof *target);
    float *weight = ecp_array(list->n + 1, sizeof *weight);
    float *delay = ecp_array(list->n + 1, sizeof *delay);
    w->source = source;
    w->target = target;
    w->weight = weight;
    w->delay = delay;
    if (!source || !target || !weight || !delay)
        return ecp_fail(ECP_ENOMEM, "no memory for the weights of %s", w->projection_name);
    for (size_t k = 0; k < list->n; k++) {
        source[k] = list->synapse[k].source;
        target[k] = list->synapse[k].target;
        weight[k] = list->synapse[k].weight;
        delay[k] = list->synapse[k].delay;
    }
    w->n = list->n;
    return ECP_OK;
}

void ecp_results_name_weights(const struct ecp_results *results, const struct ecp_plan_probe *probe,
                              double time, struct ecp_recorded_weights *out)
{
    const struct ecp_network *network = results->network;
    const struct ecp_plan_projection *p = network->plan->projection[probe->projection];
    const struct ecp_population *target = &network->population[p->target];
    const char *unit = target->model->fields[target->port_field[p->port_positive]].unit;
    *out = (struct ecp_recorded_weights){
        .probe = probe->name,
        .projection = probe->projection,
        .projection_name = p->name,
        .unit = is_weight(p, probe->field) ? unit : variable(p, probe->field)->unit,
        .source_population = p->source,
        .target_population = p->target,
        .time = time};
}

/* Plastic ones from all ranks. Static weights are listed anew from their counters, as
 * the rows hold them, by rank 0. */
static enum ecp_status list_weights(const struct ecp_results *results,
                                    const struct ecp_plan_probe *probe, double time,
                                    struct listing *list)
{
    const int projection = probe->projection;
    const struct ecp_network *network = results->network;
    const struct ecp_emit emit = {list_batch, list, 1};
    enum ecp_status status = ECP_OK;
    if (network->wide[projection] == ECP_FORM_PLASTIC)
        list_plastic(list, probe, (uint32_t)llround(time / network->plan->dt));
    else if (network->rank == 0)
        status = ecp_connect(&network->connector[projection], 0,
                             (ecp_lid)list->population->plan->size, &emit);
    if (status == ECP_OK && list->no_memory)
        status = ecp_fail(ECP_ENOMEM, "no memory for the weights of %s", list->projection->name);
    status = ecp_ranks_agree(results, status);
    if (status != ECP_OK || network->n_ranks == 1)
        return status;
    void *all = NULL;
    size_t n = 0;
    status = ecp_ranks_join(results, list->synapse, list->n, sizeof *list->synapse, &all, &n);
    if (status != ECP_OK)
        return status;
    free(list->synapse);
    list->synapse = all;
    list->n = list->capacity = network->rank == 0 ? n : 0;
    return ECP_OK;
}

static enum ecp_status take_weights(struct ecp_results *results, const struct ecp_plan_probe *probe,
                                    double time)
{
    const struct ecp_network *network = results->network;
    const struct ecp_plan_projection *p = network->plan->projection[probe->projection];
    struct ecp_recorded_weights *w = &results->recording.weights[results->recording.n_weights];
    struct listing list = {.network = network,
                           .population = &network->population[p->target],
                           .wide = network->wide[probe->projection],
                           .projection = p};
    ecp_results_name_weights(results, probe, time, w);
    results->recording.n_weights++;
    enum ecp_status status = list_weights(results, probe, time, &list);
    if (status == ECP_OK) {
        if (list.n > 0)
            qsort(list.synapse, list.n, sizeof *list.synapse, by_target);
        status = split_columns(w, &list);
    }
    free(list.synapse);
    return ecp_ranks_agree(results, status);
}

static ecp_step time_step(const struct ecp_results *results, double time)
{
    return (ecp_step)llround(time / results->network->plan->dt);
}

enum ecp_status ecp_results_weights(struct ecp_results *results, ecp_step now)
{
    const struct ecp_plan *plan = results->network->plan;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < plan->n_probes; k++) {
        const struct ecp_plan_probe *probe = plan->probe[k];
        if (probe->kind != ECP_PROBE_WEIGHTS)
            continue;
        for (size_t t = 0; t < probe->n_times && status == ECP_OK; t++)
            if (time_step(results, probe->times[t]) == now)
                status = take_weights(results, probe, probe->times[t]);
    }
    return status;
}

ecp_step ecp_results_next_rest(const struct ecp_results *results, ecp_step now)
{
    const struct ecp_plan *plan = results->network->plan;
    ecp_step next = INT64_MAX;
    for (size_t k = 0; k < plan->n_probes; k++) {
        const struct ecp_plan_probe *probe = plan->probe[k];
        for (size_t t = 0; probe->kind == ECP_PROBE_WEIGHTS && t < probe->n_times; t++) {
            const ecp_step at = time_step(results, probe->times[t]);
            if (at > now && at < next)
                next = at;
        }
    }
    return next;
}
