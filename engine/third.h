/* third.h -- which synapses of a projection have an astrocyte, and which.
 *
 * A synapse is known by its target and by its ordinal: how many synapses onto
 * the same target the primary projection lists before it. What is drawn for it
 * depends on these two only, so that any worker can tell. */
#ifndef ECP_THIRD_H
#define ECP_THIRD_H

#include "engine/plan.h"
#include "engine/rng.h"

struct ecp_third {
    const struct ecp_plan_third *plan;
    struct ecp_philox_key key;
    uint64_t n_astrocytes, n_targets;
    ecp_lid *pool; /* plan->pool_size, of target `of` */
    uint64_t of;
    uint64_t *seen;
};

/* ECP_ENOMEM. */
enum ecp_status ecp_third_init(struct ecp_third *third, const struct ecp_plan *plan,
                               const struct ecp_plan_third *what);
void ecp_third_clear(struct ecp_third *third);

/* 1, and the astrocyte, where the synapse has one. Fast for synapses that come
 * target by target. */
int ecp_third_of(struct ecp_third *third, ecp_lid target, uint32_t ordinal, ecp_lid *astrocyte);

#endif
