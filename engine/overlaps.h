/* overlaps.h -- patterns of signs whose overlaps with a state make its fields:
 *
 *   h_k = sum_mu x_k D(a_mu),   a_mu = m_mu - x_k s_k,   m_mu = x . s
 *
 * (x = x^mu; the component's own part is left out of a, or, where `own` is set, left in).
 * D is a table over whole numbers, as overlaps are. Since a is m - 1 or m + 1, with
 * u = D(m - 1), v = D(m + 1) and s_k = -1 or 1
 *
 *   h_k = (s_k sum (u - v) + sum x_k (u + v)) / 2 ,
 *
 * two products of matrices for a batch of states, and a product of vectors for a component. */
#ifndef ECP_OVERLAPS_H
#define ECP_OVERLAPS_H

#include "engine/signs.h"

struct ecp_overlaps {
    size_t n, count, capacity;
    double *x; /* n x capacity, pattern mu in column mu */

    /* D(a) = table[a - b + 2 n + 2]: b = n + 1, or, where `relative` is set (growing D of
     * which only ratios count), the largest overlap + 1. 2 n + 3 numbers. */
    const double *table;
    /* NULL, or, for D that is steep or beyond the range of numbers, ln |D|; `table` has the
     * signs then, and a field is relative to the largest |D| in it. */
    const double *logs;
    int relative, own;
    double slack; /* |h| up to this share of the sum of |u| + |v| is a tie (rounding) */
};

/* From {0} with `n` set; ECP_ENOMEM. patterns: count x n. */
enum ecp_status ecp_overlaps_add(struct ecp_overlaps *overlaps, const double *patterns,
                                 size_t count);
void ecp_overlaps_clear(struct ecp_overlaps *overlaps);

/* Row-major count x n, as they were added. */
void ecp_overlaps_patterns(const struct ecp_overlaps *overlaps, double *patterns);

/* m (states x patterns) = x . s of each, any numbers. 2 n count operations a state. */
void ecp_overlaps_of(const struct ecp_overlaps *overlaps, size_t states, const double *s,
                     double *m);

/* What ecp_signs_settle wants; valid while `overlaps` stays as it is. */
struct ecp_signs_rule ecp_overlaps_rule(const struct ecp_overlaps *overlaps);

#endif
