/* connect_private.h -- a synapse list in the making, for the rules. */
#ifndef ECP_CONNECT_PRIVATE_H
#define ECP_CONNECT_PRIVATE_H

#include "engine/connect.h"

struct ecp_wiring {
    const struct ecp_connector *c;
    const struct ecp_emit *emit;
    ecp_lid first, n; /* targets wanted */
    struct ecp_batch batch;
    uint32_t index[ECP_BATCH];    /* which of the element's synapses it is */
    uint32_t element[ECP_BATCH];  /* whose counters it uses */
    uint32_t words[4][ECP_BATCH]; /* of each synapse's counter */
    int drawn;                    /* the rule has drawn them itself */
    int has_weights, has_delays;  /* ... or put them into the batch */
    uint64_t *seen;               /* bitmap for sampling without repeats */
    enum ecp_status status;       /* a rule that fails says so here */
};

/* Add a synapse; weight and delay come from counter {index, element}. */
void ecp_wiring_add(struct ecp_wiring *w, ecp_lid source, ecp_lid target, uint32_t element,
                    uint32_t index);
/* Delay of an edge in steps, rounded as those of a law are; at least 1. */
uint32_t ecp_edge_delay(const struct ecp_connector *c, double delay);

/* A piece of a list that stays in its file fits what is known of it, or ECP_EIO. */
struct ecp_edges_piece;
enum ecp_status ecp_edges_check_piece(const struct ecp_connector *c,
                                      const struct ecp_edges_piece *piece);

/* Hand over what is left. */
void ecp_wiring_flush(struct ecp_wiring *w);

/* Sampling `k` of 0 .. n - 1 without repeats (Floyd), in order of drawing. */
void ecp_wiring_sample(struct ecp_wiring *w, struct ecp_stream *stream, uint64_t n, uint64_t k,
                       void (*take)(void *context, uint64_t chosen), void *context);

/* The rules; each lists the synapses onto the targets wanted. */
void ecp_rule_all_to_all(struct ecp_wiring *w);
void ecp_rule_one_to_one(struct ecp_wiring *w);
void ecp_rule_fixed_indegree(struct ecp_wiring *w);
void ecp_rule_fixed_outdegree(struct ecp_wiring *w);
void ecp_rule_fixed_total_number(struct ecp_wiring *w);
void ecp_rule_pairwise_bernoulli(struct ecp_wiring *w);
void ecp_rule_explicit(struct ecp_wiring *w);
void ecp_rule_distance(struct ecp_wiring *w);
void ecp_rule_to_third(struct ecp_wiring *w);
void ecp_rule_from_third(struct ecp_wiring *w);

#endif
