/* gap.h -- couplings at all times: gap junctions, diffusion between astrocytes,
 * and the slow currents that astrocytes give to neurons.
 *
 * A coupling reads one field of its source, as it was at the end of a step, and
 * adds to one CURRENT field of its target. In the step from t to t + dt:
 *
 *   gap, sink += weight (x_other - x_own) with both as they were at t
 *   sic, sink += weight x_source(t + dt - delay)
 *
 * So a coupling is late by a step at least; its error is of order dt.
 *
 * All workers see the fields of all neurons of a source. They agree after every
 * epoch, which is no longer than the shortest delay of all couplings; a ring of
 * copies, one for each step, keeps those that are ahead from overwriting what
 * others still read. Before time 0 fields are taken to have been as they are then. */
#ifndef ECP_GAP_H
#define ECP_GAP_H

#include "engine/machine.h"

/* A field of a population that others read. */
struct ecp_published {
    int population, field;
    uint32_t longest;  /* steps: the longest delay with which it is read */
    uint32_t n_copies; /* power of two */
    ecp_real **copy;   /* n_copies columns of the whole population */
};

/* The part of one coupling that ends at one worker's neurons. Those of its j-th
 * target are row[j] .. row[j + 1] - 1, in the order in which the plan's list
 * made them. */
struct ecp_coupled {
    const struct ecp_plan_projection *plan;
    const struct ecp_published *from;
    uint64_t *row;
    ecp_lid *other;
    double *weight;
    uint16_t *delay; /* NULL: all have `steps` */
    uint32_t steps;
};

/* Make the lists' connectors; with the network's epoch known, what is published
 * (ECP_ENOMEM); take all of it down. */
enum ecp_status ecp_gaps_connect(struct ecp_network *network);
enum ecp_status ecp_gaps_publish(struct ecp_network *network);
void ecp_gaps_clear(struct ecp_network *network);

/* What population's `field` is published as, if it is; and one that will be
 * read `delay` steps late, besides those of couplings (before ecp_gaps_publish). */
const struct ecp_published *ecp_published_find(const struct ecp_network *network, int population,
                                               int field);
enum ecp_status ecp_published_add(struct ecp_network *network, int population, int field,
                                  uint32_t delay);

/* Column as it was `delay` steps before the end of `step`. */
static inline const ecp_real *ecp_published_at(const struct ecp_published *published, ecp_step step,
                                               uint32_t delay)
{
    return published->copy[(step + 1 - (ecp_step)delay) & (published->n_copies - 1)];
}

/* The couplings of one worker. ECP_ENOMEM. */
enum ecp_status ecp_gaps_build(struct ecp_worker *worker);
void ecp_gaps_clear_worker(struct ecp_worker *worker);

/* By workers: their neurons' fields as they are at the beginning of `step`. `all`: so
 * they were before, too. */
void ecp_gaps_show(struct ecp_worker *worker, ecp_step step, int all);

/* Does anything of a population move by its field `sink`? */
int ecp_gaps_reach(const struct ecp_plan *plan, int population, int sink);

/* Add to the columns, by position, of the worker's neurons first .. first + n - 1 of
 * population p in `step`. */
void ecp_gaps_add(const struct ecp_worker *worker, int p, ecp_step step, ecp_lid first, ecp_lid n,
                  ecp_real *const *column);

#endif
