/* signs.h -- states of -1 and 1 under fields that they make themselves, updated until
 * nothing changes: what attractor memories of signs have in common.
 *
 * Component k becomes the sign of its field h_k and stays as it is where h_k = 0 (a tie).
 * A component that begins as 0 is unknown: it takes the first sign that it gets. */
#ifndef ECP_SIGNS_H
#define ECP_SIGNS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/status.h"

enum ecp_signs_order {
    ECP_SIGNS_RANDOM, /* one after the other, in an order of its own for each sweep */
    ECP_SIGNS_FIXED,  /* one after the other, from the first to the last */
    ECP_SIGNS_SYNC    /* all at once */
};

/* Who makes the fields. States: rows of n numbers -1, 0, 1. */
struct ecp_signs_rule {
    const void *self;
    size_t n;
    /* Fields (count x n) of `count` states, on all threads. ECP_ENOMEM. */
    enum ecp_status (*fields)(const void *self, size_t count, const double *state, double *field);
    /* One after the other: `room` numbers are kept for each state, filled for `count` of
     * them by `begin` (on all threads), read by `field`, kept up by `change`. */
    size_t room;
    enum ecp_status (*begin)(const void *self, size_t count, const double *state, double *room);
    double (*field)(const void *self, size_t k, double state, const double *room);
    void (*change)(const void *self, size_t k, double from, double to, double *room);
    /* NULL, or, where room[k] is what the field of component k is made of, the same for many
     * changes at once. Out (count x count): what a change of unit[j] by 1 adds to
     * room[unit[k]]. */
    void (*among)(const void *self, size_t count, const size_t *unit, double *out);
    double (*field_from)(const void *self, size_t k, double state, double room);
    /* room[first .. end - 1] after `count` changes by step[k] of unit[k], added in turn: the
     * same bits as of `change`. */
    void (*changes)(const void *self, size_t count, const size_t *unit, const double *step,
                    size_t first, size_t end, double *room);
};

struct ecp_signs {
    enum ecp_signs_order order;
    size_t sweeps; /* at most; a sweep looks at every component once */
    uint64_t seed; /* of the random orders: sweep k has the same one for every state */
    uint32_t subject;
};

/* How it ended. */
struct ecp_signs_end {
    double changed; /* share of components that the last sweep changed: 0 at a fixed point,
                       and what alternates where two states follow each other for ever */
    double support; /* mean of state times field as the last sweep found them */
    size_t sweeps;
};

/* The signs of `count` x n numbers. */
void ecp_signs_of(size_t count, const double *x, double *state);

/* In place, state: count x n; end: count. Of two states that alternate (all at once) the one
 * remains that is an even number of steps from the beginning. A state ends the same whatever
 * others are beside it, up to the rounding of fields. ECP_ENOMEM. */
enum ecp_status ecp_signs_settle(const struct ecp_signs *how, const struct ecp_signs_rule *rule,
                                 size_t count, double *state, struct ecp_signs_end *end);

#endif
