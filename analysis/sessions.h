/* sessions.h -- the same conditions in several sessions: how alike population responses are
 * across sessions, against two halves of one. */
#ifndef ECP_ANALYSIS_SESSIONS_H
#define ECP_ANALYSIS_SESSIONS_H

#include <stddef.h>

#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/status.h"

/* Trials of the conditions that every session has twice at least, of units that miss nothing
 * there. */
struct ecp_sessions {
    size_t n_sessions, n_conditions, n_units, n_trials;
    size_t *session, *condition; /* of each trial, numbered from 0 */
    double *response;            /* n_trials x n_units */
    void *memory;
    double *data;
};
/* ECP_ENOMEM. Empty (n_sessions 0) where sessions are not known or there is but one;
 * n_conditions or n_units 0 where none qualifies. */
enum ecp_status ecp_sessions_take(const struct ecp_dataset *set, struct ecp_sessions *out);
void ecp_sessions_drop(struct ecp_sessions *s);

/* For a pair of sessions i <= j, from halves a of i and b of j (and a of j, b of i): the mean of
 * both. i = j: two halves of one session. */
struct ecp_likeness {
    double vectors; /* correlation over units, mean over conditions */
    double rdm;     /* correlation of matrices of 1 - r */
    double decoded; /* share of trials of half b whose condition's mean of half a is the nearest
                       (by correlation) */
    double inner;   /* sum of products of means less those over conditions; not averaged over
                       units */
};

/* One division of the trials of each condition and session into halves (the first has one more
 * where they are odd); fills n_sessions x n_sessions (symmetric). `unit`: the units that
 * count, n of them. ECP_ENOMEM. */
enum ecp_status ecp_sessions_compare(const struct ecp_sessions *s, size_t n, const size_t *unit,
                                     struct ecp_chance *chance, struct ecp_likeness *out);

#endif
