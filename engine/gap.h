/* gap.h -- gap junctions: currents between the membranes of one population.
 *
 * In the step from t to t + dt a neuron gets g (v_other(t) - v_own(t)) through
 * each of its junctions, added to its CURRENT input. The membranes are taken as
 * they are at the end of the step before (after spikes and resets), so the
 * coupling is late by one step, its error is of order dt, and a spike itself
 * is felt only as far as v shows it.
 *
 * All workers see all membranes of a coupled population. They agree after
 * every step; two copies of v, one for even and one for odd steps, keep those
 * that are ahead from overwriting what others still read. */
#ifndef ECP_GAP_H
#define ECP_GAP_H

#include "engine/machine.h"

/* The junctions of one population, by neuron: those of neuron i are
 * row[i] .. row[i + 1] - 1, in the order in which the plan's list made them. */
struct ecp_gap {
    int v; /* field */
    uint64_t *row;
    ecp_lid *other;
    double *conductance; /* nS */
    ecp_real *voltage[2];
};

/* Make the junctions of all populations that have some. ECP_ENOMEM. */
enum ecp_status ecp_gaps_build(struct ecp_network *network);
void ecp_gaps_clear(struct ecp_network *network);

/* By workers: their neurons' membranes as they are at the beginning of `step`. */
void ecp_gaps_show(struct ecp_worker *worker, ecp_step step);

/* Add the currents of neurons first .. first + n - 1 (of the population) in `step`. */
void ecp_gaps_add(const struct ecp_gap *gap, ecp_step step, ecp_lid first, ecp_lid n,
                  ecp_real *current);

#endif
