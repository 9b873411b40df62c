/* Rules of plasticity that go by a clock: spikes of the targets some time ago, and
 * all synapses at every step. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/plastic.h"

static enum ecp_status no_memory(const struct ecp_plastic *plastic)
{
    return ecp_fail(ECP_ENOMEM, "no memory for the synapses of %s", plastic->plan->name);
}

/* Which POST fields are kept, by their place among those. */
static void find_kept(struct ecp_plastic *plastic)
{
    const struct ecp_plasticity *rule = plastic->rule;
    for (int k = 0; k < ECP_MAX_KEPT; k++)
        plastic->post_kept[k] = -1;
    for (int k = 0; k < ECP_MAX_KEPT && rule->keeps[k]; k++)
        for (size_t f = 0; f < plastic->n_post; f++)
            if (strcmp(rule->fields[ecp_field_of_kind(rule->fields, ECP_POST, f)].name,
                       rule->keeps[k]) == 0)
                plastic->post_kept[k] = (int)f;
}

static enum ecp_status build_kept(struct ecp_plastic *plastic)
{
    const size_t n = plastic->n_pieces;
    find_kept(plastic);
    plastic->piece_of = ecp_array(plastic->n_synapses + 1, sizeof *plastic->piece_of);
    plastic->pre_kept = ecp_array(n * ECP_TICK_STEPS + 1, sizeof *plastic->pre_kept);
    plastic->arrived = ecp_array(n + 1, sizeof *plastic->arrived);
    if (!plastic->piece_of || !plastic->pre_kept || !plastic->arrived)
        return no_memory(plastic);
    for (uint32_t v = 0; v < plastic->n_views; v++)
        for (int k = 0; k < ECP_MAX_KEPT && plastic->post_kept[k] >= 0; k++) {
            struct ecp_view *view = &plastic->view[v];
            view->kept[k] =
                ecp_array((size_t)plastic->n_targets * ECP_TICK_STEPS + 1, sizeof **view->kept);
            if (!view->kept[k])
                return no_memory(plastic);
        }
    for (size_t p = 0; p < n; p++)
        for (uint32_t j = 0; j < plastic->piece[p].n; j++)
            plastic->piece_of[plastic->piece[p].first + j] = (uint32_t)p;
    return ECP_OK;
}

enum ecp_status ecp_plastic_tick_build(struct ecp_plastic *plastic)
{
    const struct ecp_plasticity *rule = plastic->rule;
    if (rule && rule->echo) {
        const int f = ecp_field_find(rule->fields, rule->echo);
        const double echo = plastic->plan->plasticity_param[f];
        plastic->echo = (uint32_t)nearbyint(echo / plastic->worker->network->plan->dt);
        plastic->echoed = ecp_array((size_t)plastic->n_targets + ECP_ALIGNMENT, 1);
        if (!plastic->echoed)
            return no_memory(plastic);
    }
    return rule && rule->tick ? build_kept(plastic) : ECP_OK;
}

/* ---- every step ----------------------------------------------------------------- */

static void keep_targets(struct ecp_plastic *plastic)
{
    const size_t n = plastic->n_targets;
    for (uint32_t v = 0; v < plastic->n_views; v++)
        for (int k = 0; k < ECP_MAX_KEPT && plastic->post_kept[k] >= 0; k++) {
            const ecp_real *restrict from = plastic->view[v].post[plastic->post_kept[k]];
            ecp_real *restrict to = plastic->view[v].kept[k] + plastic->n_kept;
            for (size_t t = 0; t < n; t++)
                to[t * ECP_TICK_STEPS] = from[t];
        }
}

static void move_sources(struct ecp_plastic *plastic)
{
    const struct ecp_moves moves = {.n = plastic->n_pieces,
                                    .param = plastic->param,
                                    .derived = plastic->derived,
                                    .pre = plastic->after,
                                    .kept = plastic->pre_kept + plastic->n_kept};
    plastic->rule->move(&moves);
}

static void tick_pieces(struct ecp_plastic *plastic, size_t first, size_t n, uint32_t stamp)
{
    const struct ecp_piece *piece = &plastic->piece[first], *last = piece + n - 1;
    const struct ecp_view *view = &plastic->view[piece->view];
    const size_t base = (size_t)piece->section * ECP_SECTION;
    const ecp_real *post[ECP_MAX_KEPT] = {NULL};
    ecp_real *synapse[ECP_MAX_SYNAPSE] = {NULL};
    for (int k = 0; k < ECP_MAX_KEPT && plastic->post_kept[k] >= 0; k++)
        post[k] = view->kept[k] + base * ECP_TICK_STEPS;
    for (size_t k = 0; k < plastic->n_synapse_fields; k++)
        synapse[k] = plastic->synapse[k] + piece->first;
    const struct ecp_tick tick = {.n = last->first + last->n - piece->first,
                                  .param = plastic->param,
                                  .derived = plastic->derived,
                                  .now = stamp,
                                  .n_steps = plastic->n_kept,
                                  .weight = plastic->weight + piece->first,
                                  .synapse = synapse,
                                  .target = plastic->target + piece->first,
                                  .piece = plastic->piece_of + piece->first,
                                  .post = post,
                                  .pre = plastic->pre_kept,
                                  .arrived = plastic->arrived};
    plastic->rule->tick(&tick);
}

/* What targets and sources did is kept for some steps, and then all synapses go through them
 * one after the other: their variables stay in registers meanwhile. All pieces at once where
 * they look at the same columns of targets. */
void ecp_plastic_tick(struct ecp_plastic *plastic, uint32_t stamp, int rests)
{
    const int alike = plastic->n_views == 1 && plastic->n_targets <= ECP_SECTION;
    const size_t run = alike ? plastic->n_pieces : 1;
    keep_targets(plastic);
    move_sources(plastic);
    plastic->n_kept++;
    if (plastic->n_kept < ECP_TICK_STEPS && !rests &&
        (!plastic->period || stamp % plastic->period != 0))
        return;
    for (size_t p = 0; p < plastic->n_pieces; p += run)
        tick_pieces(plastic, p, run, stamp);
    memset(plastic->arrived, 0, plastic->n_pieces * sizeof *plastic->arrived);
    plastic->n_kept = 0;
}

void ecp_plastic_tick_clear(struct ecp_plastic *plastic)
{
    for (uint32_t v = 0; plastic->view && v < plastic->n_views; v++)
        for (int k = 0; k < ECP_MAX_KEPT; k++)
            free(plastic->view[v].kept[k]);
    free(plastic->echoed);
    free(plastic->piece_of);
    free(plastic->pre_kept);
    free(plastic->arrived);
}
