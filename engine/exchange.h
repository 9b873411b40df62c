/* exchange.h -- what ranks know of each other: spikes, and fields that are read.
 *
 * A neuron's spikes go to the ranks that have targets of it, and to no other. Ranks
 * agree as workers do, once an epoch: the first worker of each sends what its rank
 * fired in the last epoch and waits for what the others did, while all workers still
 * deliver what is older.
 *
 * Where ranks have many neighbours, letters go in two hops (route.h).
 *
 * A rank on which something failed goes on to exchange, with nothing to say, until the
 * span ends; then all agree on what happened. So no rank waits for one that is gone. */
#ifndef ECP_EXCHANGE_H
#define ECP_EXCHANGE_H

#include "engine/machine.h"

/* After everything else is built; all ranks together. network->exchange stays NULL on
 * one rank. ECP_ENOMEM, ECP_EARG (ranks with different numbers of threads). */
enum ecp_status ecp_exchange_build(struct ecp_network *network);
void ecp_exchange_clear(struct ecp_network *network);

/* By each worker at the beginning of an epoch (or window, `step` is then not used), when
 * all workers of the rank have completed the last one: until spikes of other ranks are
 * here. 0 when a worker failed. */
int ecp_exchange_meet(struct ecp_worker *worker, int64_t epoch, ecp_step step);

/* When the workers rest at the end of a span: meetings that were missed, up to `epochs`. */
void ecp_exchange_drain(struct ecp_network *network, int64_t epochs);

/* Spikes of other ranks in the last epoch, some at a time: *n of them into shot[ECP_EXCHANGE_SOME];
 * 0: no more. `place` begins as {0}. */
enum { ECP_EXCHANGE_SOME = 256 };
struct ecp_exchange_place {
    int letter, rank; /* whose words these are, up to `end` */
    size_t word, end;
};
size_t ecp_exchange_some(const struct ecp_network *network, struct ecp_exchange_place *place,
                         struct ecp_shot *shot);
struct ecp_exact_shots;
const struct ecp_exact_shots *ecp_exchange_exact_shots(const struct ecp_network *network);

/* What was sent, and the memory of it all. */
void ecp_exchange_facts(const struct ecp_network *network, struct ecp_network_facts *facts);

/* Workers rest: fields as they are at the beginning of `step` and were before. */
void ecp_exchange_fields(struct ecp_network *network, ecp_step step);

/* The network has been brought to the moment of a checkpoint. */
void ecp_exchange_resume(struct ecp_network *network);

/* Synapses may have come from sources that had none here: ask for their spikes, too. */
enum ecp_status ecp_exchange_renew(struct ecp_network *network);

#endif
