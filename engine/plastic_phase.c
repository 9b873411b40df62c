/* Plastic projections at the beginning of a phase: a parameter of a rule changes;
 * or hours pass in which nobody fires. */
#include "engine/plastic.h"

/* Nothing that happened up to `now` is still to be applied. */
void ecp_plastic_bring_all(struct ecp_plastic *plastic, uint32_t now)
{
    if (!plastic->rule || !plastic->rule->visit)
        return;
    ecp_plastic_bring(plastic, now, now);
    for (uint32_t v = 0; v < plastic->n_views; v++)
        plastic->view[v].floor = now;
}

enum ecp_status ecp_plastic_change(struct ecp_worker *worker, int projection, int field,
                                   double value, ecp_step now)
{
    for (size_t k = 0; k < worker->plastic->n; k++) {
        struct ecp_plastic *plastic = &worker->plastic->projection[k];
        if (plastic->projection != projection)
            continue;
        ecp_plastic_bring_all(plastic, (uint32_t)now);
        plastic->param[field] = value;
        if (plastic->rule->derive)
            return plastic->rule->derive(plastic->param, worker->network->plan->dt,
                                         plastic->derived);
    }
    return ECP_OK;
}

static void pass(struct ecp_plastic *plastic, uint32_t from, uint32_t to)
{
    const struct ecp_plasticity *rule = plastic->rule;
    ecp_plastic_bring_all(plastic, from);
    if (!rule->pass)
        return;
    ecp_plastic_gather(plastic, from);
    for (uint32_t v = 0; rule->pass_targets && v < plastic->n_views; v++) {
        struct ecp_post_block block = ecp_plastic_block(plastic, &plastic->view[v]);
        block.span = (double)(to - from) * plastic->worker->network->plan->dt;
        rule->pass_targets(&block);
    }
    for (size_t p = 0; p < plastic->n_pieces; p++) {
        ecp_plastic_visit(plastic, p, to, rule->pass);
        plastic->piece[p].from = to;
    }
    for (uint32_t v = 0; v < plastic->n_views; v++)
        plastic->view[v].floor = to;
}

void ecp_plastic_pass(struct ecp_worker *worker, ecp_step from, ecp_step to)
{
    struct ecp_plastic_worker *all = worker->plastic;
    for (size_t k = 0; all && k < all->n; k++) {
        struct ecp_plastic *plastic = &all->projection[k];
        for (uint32_t d = 0; d < plastic->n_due; d++)
            plastic->due[d].n = 0;
        plastic->n_modulator = 0;
        if (plastic->rule)
            pass(plastic, (uint32_t)from, (uint32_t)to);
    }
    const size_t lists = all ? (size_t)worker->network->n_populations * all->n_history : 0;
    for (size_t k = 0; k < lists; k++)
        all->fired[k].n = 0;
}
