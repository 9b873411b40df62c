/* What rules of plasticity look back at: the targets some time ago, the last
 * spikes of a source, and which of several synapses between two neurons one is. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/plastic.h"

static enum ecp_status no_memory(const struct ecp_plastic *plastic)
{
    return ecp_fail(ECP_ENOMEM, "no memory for the synapses of %s", plastic->plan->name);
}

/* Rings of columns; all entries begin as the targets are now. */
static enum ecp_status make_late(struct ecp_plastic *plastic)
{
    const struct ecp_plasticity *rule = plastic->rule;
    const size_t n = plastic->n_targets;
    const double lag = plastic->plan->plasticity_param[ecp_field_find(rule->fields, rule->lag)];
    plastic->lag = (uint32_t)nearbyint(lag / plastic->worker->network->plan->dt);
    for (int k = 0; rule->sees[k]; k++) {
        const size_t length = (size_t)plastic->lag + 1;
        if (!(plastic->past[k] = ecp_array(length * n + 1, sizeof **plastic->past)))
            return no_memory(plastic);
        for (size_t s = 0; s < length; s++)
            memcpy(plastic->past[k] + s * n, plastic->seen[k], n * sizeof **plastic->past);
    }
    return ECP_OK;
}

/* Pieces of a source follow each other; its synapses are counted target by
 * target through all of them, so the order is that of delays, then of drawing,
 * on any number of workers. */
static enum ecp_status make_ordinals(struct ecp_plastic *plastic, ecp_real *ordinal)
{
    const size_t n_sources = plastic->worker->network->connector[plastic->projection].n_source;
    uint32_t *count = ecp_array((size_t)plastic->n_targets + 1, sizeof *count);
    if (!count)
        return no_memory(plastic);
    for (size_t s = 0; s < n_sources; s++)
        for (int pass = 0; pass < 2; pass++) /* count, then leave zeros */
            for (uint32_t p = plastic->start[s]; p < plastic->start[s + 1]; p++) {
                const struct ecp_piece *piece = &plastic->piece[p];
                uint32_t *own = count + (size_t)piece->section * ECP_SECTION;
                for (uint64_t at = piece->first; at < piece->first + piece->n; at++) {
                    if (pass == 0)
                        ordinal[at] = (ecp_real)own[plastic->target[at]]++;
                    else
                        own[plastic->target[at]] = 0;
                }
            }
    free(count);
    return ECP_OK;
}

int ecp_plastic_ordinal(const struct ecp_plastic *plastic)
{
    for (size_t k = 0; k < plastic->n_synapse_fields; k++) {
        const int f = ecp_field_of_kind(plastic->rule->fields, ECP_SYNAPSE, k);
        if (strcmp(plastic->rule->fields[f].name, "ordinal") == 0)
            return (int)k;
    }
    return -1;
}

enum ecp_status ecp_plastic_past_build(struct ecp_plastic *plastic)
{
    const struct ecp_plasticity *rule = plastic->rule;
    enum ecp_status status = ECP_OK;
    if (!rule)
        return ECP_OK;
    if (rule->lag)
        ECP_TRY(make_late(plastic));
    if (rule->n_recent > 0) {
        const size_t n = plastic->n_pieces * (size_t)rule->n_recent;
        if (!(plastic->recent = ecp_array(n + 1, sizeof *plastic->recent)))
            return no_memory(plastic);
    }
    const int ordinal = ecp_plastic_ordinal(plastic);
    if (ordinal >= 0)
        ECP_TRY(make_ordinals(plastic, plastic->synapse[ordinal]));
done:
    return status;
}

void ecp_plastic_past_keep(struct ecp_plastic *plastic, uint32_t stamp)
{
    const size_t n = plastic->n_targets, length = (size_t)plastic->lag + 1;
    for (int k = 0; plastic->rule->lag && plastic->rule->sees[k]; k++) {
        ecp_real *newest = plastic->past[k] + stamp % length * n;
        memcpy(newest, plastic->seen[k], n * sizeof *newest);
        plastic->late[k] = plastic->past[k] + (stamp + 1) % length * n;
    }
}

void ecp_plastic_past_arrive(struct ecp_plastic *plastic, size_t piece, uint32_t stamp)
{
    if (!plastic->recent)
        return;
    const size_t n = (size_t)plastic->rule->n_recent;
    uint32_t *recent = plastic->recent + piece * n;
    memmove(recent + 1, recent, (n - 1) * sizeof *recent);
    recent[0] = stamp;
}

void ecp_plastic_past_clear(struct ecp_plastic *plastic)
{
    for (size_t k = 0; k < ECP_MAX_SEEN; k++)
        free(plastic->past[k]);
    free(plastic->recent);
}
