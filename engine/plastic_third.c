/* Astrocytes at plastic synapses: which one each has, and what rules read of them. */
#include <stdlib.h>

#include "engine/alloc.h"
#include "engine/gap.h"
#include "engine/plastic.h"
#include "engine/third.h"

#define ECP_NO_ASTROCYTE UINT32_MAX

/* While the pieces are filled: synapses come in the order of the list, so that the
 * number of a synapse among those of its target is known. */
struct ecp_third_fill {
    struct ecp_third third;
    uint32_t *ordinal; /* of the next synapse of each target */
};

static enum ecp_status no_memory(const struct ecp_plastic *plastic)
{
    return ecp_fail(ECP_ENOMEM, "no memory for the astrocytes of %s", plastic->plan->name);
}

static const struct ecp_plasticity *rule_of(const struct ecp_plastic *plastic, int slot)
{
    return slot == ECP_SLOT_RULE ? plastic->rule : plastic->short_term;
}

/* The fields that the rules read; 1: there are rules that do. */
static int find_fields(struct ecp_plastic *plastic, const struct ecp_plan_third *third)
{
    const struct ecp_network *network = plastic->worker->network;
    const struct ecp_plan_projection *plan = plastic->plan;
    const double *const param[ECP_SLOTS] = {plan->plasticity_param, plan->short_term_param};
    int any = 0;
    for (int slot = 0; slot < ECP_SLOTS; slot++) {
        const struct ecp_plasticity *rule = rule_of(plastic, slot);
        if (!ecp_reads_third(rule, param[slot]))
            continue;
        const struct ecp_field *fields = network->population[third->astrocytes].model->fields;
        for (size_t k = 0; rule->third[k]; k++)
            plastic->third[slot][k] = ecp_published_find(network, third->astrocytes,
                                                         ecp_field_find(fields, rule->third[k]));
        any = 1;
    }
    return any;
}

enum ecp_status ecp_plastic_third_begin(struct ecp_plastic *plastic)
{
    const struct ecp_network *network = plastic->worker->network;
    const struct ecp_plan_third *third = ecp_plan_third_of(network->plan, plastic->projection);
    uint32_t longest;
    if (!find_fields(plastic, third))
        return ECP_OK;
    for (size_t k = 0; k < ECP_MAX_THIRD; k++)
        if (!(plastic->third_value[k] = ecp_array(ECP_VISIT_SIZE, sizeof **plastic->third_value)))
            return no_memory(plastic);
    for (size_t k = 0; k < network->plan->n_gaps; k++)
        if (network->plan->gap[k] == third->out)
            ecp_connector_delays(&network->gap_connector[k], &plastic->third_delay, &longest);
    plastic->astrocyte = ecp_array(plastic->n_synapses + 1, sizeof *plastic->astrocyte);
    plastic->third_fill = ecp_array(1, sizeof *plastic->third_fill);
    if (!plastic->astrocyte || !plastic->third_fill)
        return no_memory(plastic);
    plastic->third_fill->ordinal =
        ecp_array((size_t)plastic->n_targets + 1, sizeof *plastic->third_fill->ordinal);
    if (!plastic->third_fill->ordinal)
        return no_memory(plastic);
    return ecp_third_init(&plastic->third_fill->third, network->plan, third);
}

void ecp_plastic_third_place(struct ecp_plastic *plastic, uint64_t at, ecp_lid target)
{
    struct ecp_third_fill *fill = plastic->third_fill;
    const uint32_t ordinal = fill->ordinal[target - plastic->first_target]++;
    if (!ecp_third_of(&fill->third, target, ordinal, &plastic->astrocyte[at]))
        plastic->astrocyte[at] = ECP_NO_ASTROCYTE;
}

void ecp_plastic_third_end(struct ecp_plastic *plastic)
{
    if (!plastic->third_fill)
        return;
    ecp_third_clear(&plastic->third_fill->third);
    free(plastic->third_fill->ordinal);
    free(plastic->third_fill);
    plastic->third_fill = NULL;
}

const ecp_real *const *ecp_plastic_third(struct ecp_plastic *plastic, int slot, uint64_t first,
                                         size_t n, ecp_step now)
{
    const ecp_lid *astrocyte = plastic->astrocyte + first;
    for (size_t k = 0; k < ECP_MAX_THIRD; k++) {
        const struct ecp_published *field = plastic->third[slot][k];
        ecp_real *value = plastic->third_value[k];
        const ecp_real *x = field ? ecp_published_at(field, now - 1, plastic->third_delay) : NULL;
        for (size_t j = 0; j < n; j++)
            value[j] = !x || astrocyte[j] == ECP_NO_ASTROCYTE ? 0 : x[astrocyte[j]];
    }
    return (const ecp_real *const *)plastic->third_value;
}

void ecp_plastic_third_clear(struct ecp_plastic *plastic)
{
    for (size_t k = 0; k < ECP_MAX_THIRD; k++)
        free(plastic->third_value[k]);
    free(plastic->astrocyte);
}
