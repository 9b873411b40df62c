#include "engine/separation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/simplex.h"

/* Larger ones first; of equals the one that came first. */
static int compare(const void *a, const void *b)
{
    const struct ecp_ranked *x = a, *y = b;
    if (x->s != y->s)
        return x->s > y->s ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static void rank(const double *s, size_t n, struct ecp_ranked *order)
{
    for (size_t k = 0; k < n; k++)
        order[k] = (struct ecp_ranked){s[k], k};
    qsort(order, n, sizeof *order, compare);
}

static void argmax(double *s, size_t n)
{
    size_t best = 0;
    for (size_t k = 1; k < n; k++)
        if (s[k] > s[best])
            best = k;
    for (size_t k = 0; k < n; k++)
        s[k] = k == best;
}

static int any(const double *s, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (s[k] > -INFINITY)
            return 1;
    return 0;
}

static void linear(const struct ecp_separation *separation, size_t n, const double *a, double *s)
{
    const int cut = separation->kind == ECP_SEPARATION_THRESHOLD;
    for (size_t k = 0; k < n; k++) {
        s[k] *= a ? a[k] : 1;
        if (cut && !(s[k] >= separation->threshold))
            s[k] = 0;
    }
}

void ecp_separate(const struct ecp_separation *separation, size_t n, const double *a, double *s,
                  struct ecp_ranked *room)
{
    const enum ecp_separation_kind kind = separation->kind;
    if (kind == ECP_SEPARATION_IDENTITY || kind == ECP_SEPARATION_THRESHOLD) {
        linear(separation, n, a, s);
        return;
    }
    for (size_t k = 0; k < n; k++) {
        const double reach = a ? a[k] : 1;
        s[k] = reach > 0 ? separation->beta * s[k] + log(reach) : -INFINITY;
    }
    if (kind == ECP_SEPARATION_TOP_K) {
        rank(s, n, room);
        for (size_t k = separation->k; k < n; k++)
            s[room[k].at] = -INFINITY;
    }
    if (!any(s, n))
        memset(s, 0, n * sizeof *s);
    else if (kind == ECP_SEPARATION_ARGMAX)
        argmax(s, n);
    else
        (void)ecp_simplex_weights(kind == ECP_SEPARATION_SPARSEMAX ? ECP_SIMPLEX_SPARSEMAX
                                                                   : ECP_SIMPLEX_SOFTMAX,
                                  n, s, NULL);
}
