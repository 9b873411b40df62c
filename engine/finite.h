/* finite.h -- states that left the finite range, found at fixed moments of model time.
 *
 * Workers look at their states after every ECP_FINITE_STEPS steps and at the end of a
 * phase, which has nothing to do with threads, ranks, spans or checkpoints; and they go
 * on to the end of the span, so that each has looked as often as the others. What is
 * found first is therefore the same on any shape, and so is the sentence. */
#ifndef ECP_FINITE_H
#define ECP_FINITE_H

#include "engine/machine.h"

enum { ECP_FINITE_STEPS = 64 };

/* By each worker after `now` steps: keeps its first stray where it is time to look.
 * A 64th of the states read a step. */
void ecp_finite_look(struct ecp_worker *worker, ecp_step now);

/* After a span, on all ranks together: ECP_ENUMERIC, with the same sentence everywhere,
 * of the stray that is first by time, population and index. */
enum ecp_status ecp_finite_agree(const struct ecp_network *network);

#endif
