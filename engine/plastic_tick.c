/* Rules of plasticity that go by a clock: spikes of the targets some time ago, and
 * all synapses at every step. */
#include <math.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/plastic.h"

static enum ecp_status no_memory(const struct ecp_plastic *plastic)
{
    return ecp_fail(ECP_ENOMEM, "no memory for the synapses of %s", plastic->plan->name);
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
    if (!rule || !rule->tick)
        return ECP_OK;
    plastic->piece_of = ecp_array(plastic->n_synapses + 1, sizeof *plastic->piece_of);
    if (!plastic->piece_of)
        return no_memory(plastic);
    for (size_t p = 0; p < plastic->n_pieces; p++)
        for (uint32_t j = 0; j < plastic->piece[p].n; j++)
            plastic->piece_of[plastic->piece[p].first + j] = (uint32_t)p;
    return ECP_OK;
}

static void tick_pieces(struct ecp_plastic *plastic, size_t first, size_t n, uint32_t stamp)
{
    const struct ecp_piece *piece = &plastic->piece[first], *last = piece + n - 1;
    const struct ecp_view *view = &plastic->view[piece->view];
    const size_t base = (size_t)piece->section * ECP_SECTION;
    const ecp_real *post[ECP_MAX_TRACES] = {NULL};
    ecp_real *synapse[ECP_MAX_SYNAPSE] = {NULL};
    for (size_t k = 0; k < plastic->n_post; k++)
        post[k] = view->post[k] + base;
    for (size_t k = 0; k < plastic->n_synapse_fields; k++)
        synapse[k] = plastic->synapse[k] + piece->first;
    const struct ecp_tick tick = {.n = last->first + last->n - piece->first,
                                  .param = plastic->param,
                                  .derived = plastic->derived,
                                  .now = stamp,
                                  .weight = plastic->weight + piece->first,
                                  .synapse = synapse,
                                  .target = plastic->target + piece->first,
                                  .piece = plastic->piece_of + piece->first,
                                  .post = post,
                                  .first_piece = first,
                                  .n_pieces = n,
                                  .pre = plastic->after};
    plastic->rule->tick(&tick);
}

/* All at once where they look at the same columns of targets. */
void ecp_plastic_tick(struct ecp_plastic *plastic, uint32_t stamp)
{
    const int alike = plastic->n_views == 1 && plastic->n_targets <= ECP_SECTION;
    const size_t run = alike ? plastic->n_pieces : 1;
    for (size_t p = 0; p < plastic->n_pieces; p += run)
        tick_pieces(plastic, p, run, stamp);
}
