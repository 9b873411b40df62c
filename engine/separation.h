/* separation.h -- how items compete: a row of similarities becomes a row of weights. */
#ifndef ECP_SEPARATION_H
#define ECP_SEPARATION_H

#include <stddef.h>

enum ecp_separation_kind {
    ECP_SEPARATION_IDENTITY,  /* w = a s                                            */
    ECP_SEPARATION_SOFTMAX,   /* u = beta s + ln a from here on; a = 0 takes no part */
    ECP_SEPARATION_TOP_K,     /* softmax over the k largest u                       */
    ECP_SEPARATION_THRESHOLD, /* w = a s where that is >= threshold, else 0         */
    ECP_SEPARATION_ARGMAX,    /* 1 for the largest u                                */
    ECP_SEPARATION_SPARSEMAX  /* the point of the simplex next to u                 */
};

struct ecp_separation {
    enum ecp_separation_kind kind;
    double beta, threshold;
    size_t k;
};

/* An item and what it is ranked by. */
struct ecp_ranked {
    double s;
    size_t at;
};

/* Of n > 0 items, in place; a: accessibility, NULL: all 1. `room` (n) for TOP_K, else
 * NULL. Of equals the one that comes first wins with TOP_K and ARGMAX. Nothing can be
 * reached: all 0. O(n), TOP_K O(n log n). */
void ecp_separate(const struct ecp_separation *separation, size_t n, const double *a, double *s,
                  struct ecp_ranked *room);

#endif
