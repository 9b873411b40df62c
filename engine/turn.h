/* turn.h -- rows that become columns: what is kept step by step for each of eight neurons,
 * side by side for all of them. */
#ifndef ECP_TURN_H
#define ECP_TURN_H

#include <stddef.h>
#include <string.h>

#include "engine/types.h"

enum { ECP_TURN_ROWS = 8, ECP_TURN_COLUMNS = 4 };

typedef ecp_real ecp_turn_half __attribute__((vector_size(4 * sizeof(ecp_real))));
typedef ecp_real ecp_turned __attribute__((vector_size(8 * sizeof(ecp_real))));

/* Numbers name elements of (a, b): 0 to 7 of a, 8 to 15 of b. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define ECP_TURN_PICK       __builtin_shufflevector
#define ECP_TURN_JOIN(x, y) __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7)
#endif
#endif
#ifndef ECP_TURN_PICK
#define ECP_TURN_JOIN(x, y)                                                                        \
    ((ecp_turned){(x)[0], (x)[1], (x)[2], (x)[3], (y)[0], (y)[1], (y)[2], (y)[3]})
#define ECP_TURN_AT(a, b, k) ((k) < 8 ? (a)[(k)&7] : (b)[(k)&7])
#define ECP_TURN_PICK(a, b, i, j, k, l, m, n, o, p)                                                \
    ((ecp_turned){ECP_TURN_AT(a, b, i), ECP_TURN_AT(a, b, j), ECP_TURN_AT(a, b, k),                \
                  ECP_TURN_AT(a, b, l), ECP_TURN_AT(a, b, m), ECP_TURN_AT(a, b, n),                \
                  ECP_TURN_AT(a, b, o), ECP_TURN_AT(a, b, p)})
#endif

/* Four elements of row r and as many of row r + 4 (r < 4). */
static inline void ecp_turn_load(const ecp_real *row, const ecp_real *later, ecp_turned *pair)
{
    ecp_turn_half x, y;
    memcpy(&x, row, sizeof x);
    memcpy(&y, later, sizeof y);
    *pair = ECP_TURN_JOIN(x, y);
}

/* pair[4], so loaded, become the four columns. */
static inline void ecp_turn(ecp_turned *pair)
{
    const ecp_turned a = pair[0], b = pair[1], c = pair[2], d = pair[3];
    const ecp_turned ab = ECP_TURN_PICK(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
    const ecp_turned ab_high = ECP_TURN_PICK(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
    const ecp_turned cd = ECP_TURN_PICK(c, d, 0, 8, 1, 9, 4, 12, 5, 13);
    const ecp_turned cd_high = ECP_TURN_PICK(c, d, 2, 10, 3, 11, 6, 14, 7, 15);
    pair[0] = ECP_TURN_PICK(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13);
    pair[1] = ECP_TURN_PICK(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
    pair[2] = ECP_TURN_PICK(ab_high, cd_high, 0, 1, 8, 9, 4, 5, 12, 13);
    pair[3] = ECP_TURN_PICK(ab_high, cd_high, 2, 3, 10, 11, 6, 7, 14, 15);
}

#endif
