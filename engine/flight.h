/* flight.h -- spikes that are still on their way to somebody. */
#ifndef ECP_FLIGHT_H
#define ECP_FLIGHT_H

#include "engine/machine.h"

/* Keep the spike of an own neuron as long as it may be under way (worker->recent). */
void ecp_flight_keep(struct ecp_worker *worker, struct ecp_shot shot);

/* Workers rest at `now`: forget what has arrived everywhere. */
void ecp_flight_trim(struct ecp_worker *worker, ecp_step now);

/* A spike of the past, of any neuron, arrives as it would have from network->now on. */
void ecp_flight_resume(struct ecp_worker *worker, struct ecp_shot shot);

/* Longest way of any spike, in steps. */
ecp_step ecp_flight_longest(const struct ecp_network *network);

#endif
