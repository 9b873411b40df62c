/* Synapses that release each for itself, because their astrocytes have a say in it:
 * what pieces keep of their source elsewhere, each of these keeps. */
#include <stdlib.h>

#include "engine/alloc.h"
#include "engine/plastic.h"

struct ecp_glia {
    const struct ecp_plasticity *rule;
    const double *param; /* now */
    const ecp_real *derived;
    size_t n_pre, bytes;
    ecp_real *pre[ECP_MAX_TRACES]; /* of every synapse, after the last arrival */
};

static enum ecp_status no_memory(const struct ecp_plastic *plastic)
{
    return ecp_fail(ECP_ENOMEM, "no memory for the synapses of %s", plastic->plan->name);
}

/* Every synapse begins with the PRE values of the plan. */
static enum ecp_status make(struct ecp_plastic *plastic, int slot, struct ecp_glia made,
                            const double *initial)
{
    const size_t n = (size_t)plastic->n_synapses + ECP_ALIGNMENT;
    struct ecp_glia *glia = plastic->glia[slot] = ecp_array(1, sizeof *glia);
    if (!glia)
        return no_memory(plastic);
    *glia = made;
    glia->bytes = n * sizeof **glia->pre;
    for (int f; (f = ecp_field_of_kind(glia->rule->fields, ECP_PRE, glia->n_pre)) >= 0;) {
        ecp_real *pre = glia->pre[glia->n_pre++] = ecp_pages(glia->bytes);
        if (!pre)
            return no_memory(plastic);
        for (uint64_t s = 0; s < plastic->n_synapses; s++)
            pre[s] = (ecp_real)initial[f];
    }
    return ECP_OK;
}

enum ecp_status ecp_plastic_glia_build(struct ecp_plastic *plastic)
{
    const struct ecp_plan_projection *plan = plastic->plan;
    enum ecp_status status = ECP_OK;
    if (ecp_is_glial(plastic->rule, plan->plasticity_param))
        ECP_TRY(make(plastic, ECP_SLOT_RULE,
                     (struct ecp_glia){.rule = plastic->rule,
                                       .param = plastic->param,
                                       .derived = plastic->derived},
                     plan->plasticity_param));
    if (ecp_is_glial(plastic->short_term, plan->short_term_param))
        ECP_TRY(make(plastic, ECP_SLOT_SHORT_TERM,
                     (struct ecp_glia){.rule = plastic->short_term,
                                       .param = plan->short_term_param,
                                       .derived = plastic->short_derived},
                     plan->short_term_param));
done:
    return status;
}

/* Some synapses of a piece. */
static void release(struct ecp_plastic *plastic, int slot, const struct ecp_piece *piece,
                    uint32_t now, struct ecp_releases *r, uint64_t first)
{
    const struct ecp_glia *glia = plastic->glia[slot];
    const uint32_t late = plastic->view[piece->view].shift / 2; /* dendritic: since it fired */
    ecp_real *pre[ECP_MAX_TRACES] = {NULL};
    for (size_t k = 0; k < glia->n_pre; k++)
        pre[k] = glia->pre[k] + first;
    r->param = glia->param;
    r->derived = glia->derived;
    r->interval = piece->last == ECP_NEVER ? 0 : now - piece->last;
    r->pre = pre;
    r->third = ecp_plastic_third(plastic, slot, first, r->n, (ecp_step)now - late);
    glia->rule->release(r);
}

void ecp_plastic_glia_deliver(struct ecp_plastic *plastic, size_t index, uint32_t now,
                              ecp_real factor, ecp_real *acc)
{
    const struct ecp_piece *piece = &plastic->piece[index];
    ecp_real released[ECP_VISIT_SIZE];
    for (uint32_t at = 0; at < piece->n; at += ECP_VISIT_SIZE) {
        const uint32_t left = piece->n - at;
        const uint64_t first = piece->first + at;
        struct ecp_releases r = {.n = left < ECP_VISIT_SIZE ? left : ECP_VISIT_SIZE,
                                 .release = released};
        for (size_t j = 0; j < r.n; j++)
            released[j] = factor;
        for (int slot = 0; slot < ECP_SLOTS; slot++)
            if (plastic->glia[slot])
                release(plastic, slot, piece, now, &r, first);
        for (size_t j = 0; j < r.n; j++)
            acc[plastic->target[first + j]] += released[j] * plastic->weight[first + j];
    }
}

size_t ecp_plastic_glia_columns(const struct ecp_plastic *plastic, ecp_real **column)
{
    size_t n = 0;
    for (int slot = 0; slot < ECP_SLOTS; slot++)
        for (size_t k = 0; plastic->glia[slot] && k < plastic->glia[slot]->n_pre; k++)
            column[n++] = plastic->glia[slot]->pre[k];
    return n;
}

void ecp_plastic_glia_clear(struct ecp_plastic *plastic)
{
    for (int slot = 0; slot < ECP_SLOTS; slot++) {
        struct ecp_glia *glia = plastic->glia[slot];
        for (size_t k = 0; glia && k < glia->n_pre; k++)
            ecp_pages_free(glia->pre[k], glia->bytes);
        free(glia);
    }
}

double ecp_plastic_glia_bytes(const struct ecp_plastic *plastic)
{
    double bytes = plastic->astrocyte ? (double)(plastic->n_synapses * sizeof(ecp_lid)) : 0;
    for (int slot = 0; slot < ECP_SLOTS; slot++)
        if (plastic->glia[slot])
            bytes += (double)(plastic->glia[slot]->bytes * plastic->glia[slot]->n_pre);
    return bytes;
}
