/* consolidation_network.h -- the recurrent network of Luboeinski & Tetzlaff (2021) and its
 * protocol, of the scenarios consolidation and silent_engram_consolidation.
 *
 * 1600 excitatory neurons with plastic synapses among each other (rule stc), 400
 * inhibitory ones. Learning: three pulses of 0.1 s to the first `core` neurons; recall: one to
 * the first half of them. Times in ms, weights in mV. */
#ifndef ECP_CONSOLIDATION_NETWORK_H
#define ECP_CONSOLIDATION_NETWORK_H

#include <stddef.h>

#include "engine/plan.h"

/* One run: what is learned, how long after, what is blocked. */
struct ecp_consolidation {
    double neurons; /* excitatory ones; a fourth as many are inhibitory */
    double core;    /* neurons of the assembly */
    int learning;   /* is the assembly stimulated before? If not, 10 s are not waited */
    int night;      /* 0: recall 10 s after learning; 1: 8 h */
    double block;   /* proteins are blocked from then on in the night; INFINITY: never */
};

/* Rates are those of 0.5 s, of which the cue's 0.1 s begin after 0.15 s; the reference for
 * the mutual information is as long and begins 0.75 s after the first pulse of learning: their
 * windows are centred 0.1 s and 1 s after the first pulse. */
enum { ECP_CONSOLIDATION_WINDOW = 500 };
double ecp_consolidation_reference(void); /* where that begins */

/* Populations E and I, synapses, phases (the last one is `recall`, which alone is counted),
 * stimuli. ECP_ENOMEM. */
enum ecp_status ecp_consolidation_add(struct ecp_plan *plan, const struct ecp_consolidation *run);

/* The analysis `assembly` of the recall, under `label`. */
enum ecp_status ecp_consolidation_measure(struct ecp_plan *plan,
                                          const struct ecp_consolidation *run, const char *label);

#endif
