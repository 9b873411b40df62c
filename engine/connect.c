#include "engine/connect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/connect_private.h"
#include "engine/edges.h"

typedef void rule_function(struct ecp_wiring *);

static rule_function *const rules[] = {
    [ECP_RULE_ALL_TO_ALL] = ecp_rule_all_to_all,
    [ECP_RULE_ONE_TO_ONE] = ecp_rule_one_to_one,
    [ECP_RULE_FIXED_INDEGREE] = ecp_rule_fixed_indegree,
    [ECP_RULE_FIXED_OUTDEGREE] = ecp_rule_fixed_outdegree,
    [ECP_RULE_FIXED_TOTAL_NUMBER] = ecp_rule_fixed_total_number,
    [ECP_RULE_PAIRWISE_BERNOULLI] = ecp_rule_pairwise_bernoulli,
    [ECP_RULE_EXPLICIT] = ecp_rule_explicit,
    [ECP_RULE_DISTANCE] = ecp_rule_distance,
    [ECP_RULE_TO_THIRD] = ecp_rule_to_third,
    [ECP_RULE_FROM_THIRD] = ecp_rule_from_third,
};

enum ecp_status ecp_layout_positions(const struct ecp_plan *plan, int population, double **out)
{
    const struct ecp_plan_population *p = plan->population[population];
    const struct ecp_layout *layout = &p->layout;
    *out = NULL;
    if (layout->kind == ECP_LAYOUT_NONE)
        return ECP_OK;
    double *xy = ecp_array(2 * p->size, sizeof *xy);
    if (!xy)
        return ecp_fail(ECP_ENOMEM, "no memory for the positions of %s", p->name);
    const struct ecp_philox_key key = ecp_rng_key(plan->seed, ECP_FOR_POSITION, (size_t)population);
    for (size_t k = 0; k < p->size; k++) {
        if (layout->kind == ECP_LAYOUT_GRID) {
            xy[2 * k] = ((double)(k % layout->columns) + 0.5) / (double)layout->columns;
            const size_t row = k / layout->columns;
            xy[2 * k + 1] = ((double)row + 0.5) / (double)layout->rows;
        } else {
            uint32_t word[4];
            ecp_rng_words(key, (uint32_t)k, 0, 0, word);
            xy[2 * k] = ecp_rng_uniform(word[0]);
            xy[2 * k + 1] = ecp_rng_uniform(word[1]);
        }
        xy[2 * k] *= layout->width;
        xy[2 * k + 1] *= layout->height;
    }
    *out = xy;
    return ECP_OK;
}

/* `connector` comes with its keys and kernels. */
static enum ecp_status init(struct ecp_connector *connector, const struct ecp_plan *plan,
                            const struct ecp_plan_projection *p)
{
    const struct ecp_layout *layout = &plan->population[p->target]->layout;
    double *from = NULL, *to = NULL;
    struct ecp_connector made = {.whole = plan,
                                 .plan = p,
                                 .n_source = plan->population[p->source]->size,
                                 .n_target = plan->population[p->target]->size,
                                 .same = p->source == p->target,
                                 .key = connector->key,
                                 .total_key = connector->total_key,
                                 .dt = plan->dt,
                                 .kernels = connector->kernels,
                                 .width = layout->width,
                                 .height = layout->height,
                                 .periodic = layout->periodic};
    enum ecp_status status;
    ECP_TRY(ecp_law_init(&made.weight, &p->weight));
    ECP_TRY(ecp_delay_law_init(&made.delay, &p->delay, plan->dt));
    ECP_TRY(ecp_law_init(&made.delay_ms, &p->delay));
    if (p->rule == ECP_RULE_DISTANCE) {
        ECP_TRY(ecp_layout_positions(plan, p->source, &from));
        made.source_position = from;
        ECP_TRY(ecp_layout_positions(plan, p->target, &to));
        made.target_position = to;
    }
    if (p->third) {
        made.primary = ecp_array(1, sizeof *made.primary);
        status = made.primary ? ecp_connector_init(made.primary, plan, (size_t)p->third->primary,
                                                   connector->kernels)
                              : ecp_fail(ECP_ENOMEM, "no memory to list synapses");
        if (status != ECP_OK)
            goto done;
    }
    *connector = made;
done:
    if (status != ECP_OK)
        ecp_connector_clear(&made);
    return status;
}

enum ecp_status ecp_connector_init(struct ecp_connector *connector, const struct ecp_plan *plan,
                                   size_t projection, const struct ecp_kernels *kernels)
{
    connector->key = ecp_rng_key(plan->seed, ECP_FOR_SYNAPSE, projection);
    connector->total_key = ecp_rng_key(plan->seed, ECP_FOR_TOTAL, projection);
    connector->kernels = kernels;
    return init(connector, plan, plan->projection[projection]);
}

enum ecp_status ecp_connector_init_gap(struct ecp_connector *connector, const struct ecp_plan *plan,
                                       size_t k, const struct ecp_kernels *kernels)
{
    connector->key = ecp_rng_key(plan->seed, ECP_FOR_GAP, k);
    connector->total_key = ecp_rng_key(plan->seed, ECP_FOR_GAP_TOTAL, k);
    connector->kernels = kernels;
    return init(connector, plan, plan->gap[k]);
}

void ecp_connector_clear(struct ecp_connector *connector)
{
    ecp_law_clear(&connector->weight);
    ecp_delay_law_clear(&connector->delay);
    ecp_law_clear(&connector->delay_ms);
    free((void *)connector->source_position);
    free((void *)connector->target_position);
    if (connector->primary)
        ecp_connector_clear(connector->primary);
    free(connector->primary);
    ecp_connector_forget(connector);
    memset(connector, 0, sizeof *connector);
}

uint32_t ecp_edge_delay(const struct ecp_connector *c, double delay)
{
    return (uint32_t)fmax(1, floor(delay / c->dt + 0.5));
}

void ecp_connector_delays(const struct ecp_connector *connector, uint32_t *shortest,
                          uint32_t *longest)
{
    *shortest = connector->delay.first;
    *longest = connector->delay.first + connector->delay.n - 1;
    if (!ecp_edges_have_delays(connector->plan))
        return;
    const struct ecp_edges_extent e = ecp_edges_extent_of(connector->plan);
    const int any = connector->plan->edges.n > 0;
    *shortest = any ? ecp_edge_delay(connector, e.delay[0]) : 1;
    *longest = any ? ecp_edge_delay(connector, e.delay[1]) : 1;
}

double ecp_connector_shortest_ms(const struct ecp_connector *connector)
{
    double lowest, highest;
    ecp_draw_range(&connector->plan->delay, &lowest, &highest);
    if (!ecp_edges_have_delays(connector->plan) || connector->plan->edges.n == 0)
        return isinf(lowest) || ecp_edges_have_delays(connector->plan) ? highest : lowest;
    return ecp_edges_extent_of(connector->plan).delay[0];
}

double ecp_connector_longest_ms(const struct ecp_connector *connector)
{
    double lowest, highest;
    ecp_draw_range(&connector->plan->delay, &lowest, &highest);
    if (!ecp_edges_have_delays(connector->plan))
        return highest;
    return ecp_edges_extent_of(connector->plan).delay[1];
}

/* Weights and delays of the batch: word 1 and word 2 of each synapse's own
 * counter. Runs of one element with consecutive indices are drawn together. */
static void draw_words(struct ecp_wiring *w)
{
    const struct ecp_batch *b = &w->batch;
    for (size_t at = 0; at < b->n;) {
        size_t run = 1;
        while (at + run < b->n && w->element[at + run] == w->element[at] &&
               w->index[at + run] == w->index[at] + run)
            run++;
        uint32_t *const word[4] = {w->words[0] + at, w->words[1] + at, w->words[2] + at,
                                   w->words[3] + at};
        w->c->kernels->philox(w->c->key, w->index[at], w->element[at], 0, run, word);
        at += run;
    }
}

static void draw_values(struct ecp_wiring *w)
{
    const struct ecp_connector *c = w->c;
    struct ecp_batch *b = &w->batch;
    const int real_delays = w->emit->weights == ECP_EMIT_REAL_DELAYS;
    const int random_weight = c->weight.knot && w->emit->weights && !w->has_weights;
    const int random_delay =
        (c->delay.n > 1 || (c->delay_ms.knot && real_delays)) && !w->has_delays;
    if (!w->drawn && (random_weight || random_delay))
        draw_words(w);
    for (size_t k = 0; k < b->n && !w->has_delays; k++)
        b->delay[k] = random_delay ? ecp_delay_steps(&c->delay, w->words[2][k]) : c->delay.first;
    for (size_t k = 0; k < b->n && w->emit->weights && !w->has_weights; k++)
        b->weight[k] = ecp_law_value(&c->weight, random_weight ? w->words[1][k] : 0, w->index[k]);
    for (size_t k = 0; k < b->n && real_delays && !w->has_delays; k++)
        b->delay_ms[k] = ecp_law_value(&c->delay_ms, c->delay_ms.knot ? w->words[2][k] : 0, 0);
}

void ecp_wiring_flush(struct ecp_wiring *w)
{
    if (w->batch.n == 0)
        return;
    draw_values(w);
    w->emit->batch(w->emit->context, &w->batch);
    w->batch.n = 0;
}

void ecp_wiring_add(struct ecp_wiring *w, ecp_lid source, ecp_lid target, uint32_t element,
                    uint32_t index)
{
    const size_t at = w->batch.n++;
    w->batch.source[at] = source;
    w->batch.target[at] = target;
    w->element[at] = element;
    w->index[at] = index;
    if (w->batch.n == ECP_BATCH)
        ecp_wiring_flush(w);
}

static int bit_taken(uint64_t *bits, uint64_t k)
{
    const uint64_t mask = UINT64_C(1) << (k & 63);
    const int taken = (bits[k >> 6] & mask) != 0;
    bits[k >> 6] |= mask;
    return taken;
}

void ecp_wiring_sample(struct ecp_wiring *w, struct ecp_stream *stream, uint64_t n, uint64_t k,
                       void (*take)(void *context, uint64_t chosen), void *context)
{
    memset(w->seen, 0, (n / 64 + 1) * sizeof *w->seen);
    for (uint64_t j = n - k; j < n; j++) {
        uint64_t chosen = ecp_stream_below(stream, j + 1);
        if (bit_taken(w->seen, chosen)) {
            chosen = j;
            (void)bit_taken(w->seen, chosen);
        }
        take(context, chosen);
    }
}

enum ecp_status ecp_connect(const struct ecp_connector *connector, ecp_lid first, ecp_lid n,
                            const struct ecp_emit *emit)
{
    if (n == 0)
        return ECP_OK;
    struct ecp_wiring *w = ecp_array(1, sizeof *w);
    const size_t larger =
        connector->n_source > connector->n_target ? connector->n_source : connector->n_target;
    if (w)
        w->seen = ecp_array(larger / 64 + 1, sizeof *w->seen);
    if (!w || !w->seen) {
        free(w);
        return ecp_fail(ECP_ENOMEM, "no memory to list synapses");
    }
    w->c = connector;
    w->emit = emit;
    w->first = first;
    w->n = n;
    rules[connector->plan->rule](w);
    ecp_wiring_flush(w);
    const enum ecp_status status = w->status;
    free(w->seen);
    free(w);
    return status;
}
