/* fast_weights_plan.h -- what fast_weights.c says to its three forms, in any precision. */
#ifndef ECP_FAST_WEIGHTS_PLAN_H
#define ECP_FAST_WEIGHTS_PLAN_H

#include <stddef.h>

enum fast_form { FORM_RECURRENT, FORM_PARALLEL, FORM_CHUNKWISE };

struct plan {
    size_t heads, key, value; /* features and values of one head */
    size_t chunk;
    enum fast_form form;
    int delta;      /* what the state already answers is taken off before writing */
    int normalised; /* outputs are divided by their sum of weights */
    int bounded;    /* the state's norm is held at 1 or less (recurrent alone) */
    double scale;   /* of queries */
    double epsilon; /* beside the sum of weights */
};

/* Logarithms of what the state keeps before item t is written: of head h at
 * at[t item + h head], one number, or one a channel of the key. */
struct gates {
    const double *at;
    size_t item, head;
    size_t count; /* 0: none; 1; key */
};

/* Where chunks begin: head h has count[h] of them, at[h stride], ..., and one more
 * entry n. Sums of gates since a chunk's first item (without its own). */
struct cuts {
    size_t *at, *count, stride;
    double *sum; /* (h n + t) gates.count */
};

static inline const double *gate_of(const struct gates *gates, size_t t, size_t h)
{
    return gates->at + t * gates->item + h * gates->head;
}

/* Is a pass over n items worth waking threads? */
static inline int is_worth(const struct plan *p, size_t n)
{
    return n * p->heads * p->key * p->value > 1 << 19;
}

/* Chunks of one head: no longer than `width`, and ended early where gates since the first
 * item sum to less than -limit, so that e^{-sum} and its products stay finite. */
static inline void cut_head(const struct gates *gates, size_t n, size_t h, size_t width,
                            double limit, struct cuts *cuts)
{
    size_t *start = cuts->at + h * cuts->stride, k = 0, first = 0;
    double below = 0;
    for (size_t t = 0; t < n; t++) {
        const double *g = gates->count > 0 ? gate_of(gates, t, h) : NULL;
        double *sum = cuts->sum + (h * n + t) * gates->count;
        double least = 0;
        for (size_t c = 0; c < gates->count; c++)
            least = g[c] < least ? g[c] : least;
        below += least;
        if (t == 0 || t - first == width || below < -limit) {
            start[k++] = first = t;
            below = 0;
            for (size_t c = 0; c < gates->count; c++)
                sum[c] = 0;
            continue;
        }
        for (size_t c = 0; c < gates->count; c++)
            sum[c] = cuts->sum[(h * n + t - 1) * gates->count + c] + g[c];
    }
    start[k] = n;
    cuts->count[h] = k;
}

#endif
