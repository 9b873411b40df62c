/* pattern.h -- spike times of one neuron, and what their intervals look like. */
#ifndef ECP_TESTS_PATTERN_H
#define ECP_TESTS_PATTERN_H

#include "tests/support.h"
#include "tests/verify/block.h"

enum { PATTERN_SPIKES = 8000 };

struct pattern {
    size_t n;
    double time[PATTERN_SPIKES]; /* ms */
};

/* A neuron of `model` at its defaults; derive is not called. */
static inline void pattern_block(struct block *b, const char *model, const char *scheme, double dt)
{
    const struct ecp_neuron_model *m = NULL;
    ECP_ASSERT_OK(ecp_neuron_find(model, ecp_isa_best(), &m));
    block_init(b, m, 1, dt);
    b->scheme = scheme;
}

/* `duration` ms more from step *step on; its spikes are added. */
static inline void pattern_run(struct block *b, ecp_step *step, double duration, struct pattern *to)
{
    const ecp_step end = *step + (ecp_step)nearbyint(duration / b->dt);
    for (; *step < end; (*step)++) {
        block_update(b, *step);
        if (!b->fired[0])
            continue;
        CU_ASSERT_FATAL(to->n < PATTERN_SPIKES);
        to->time[to->n++] = (double)(*step + 1) * b->dt;
    }
}

static inline double pattern_isi(const struct pattern *p, size_t k)
{
    CU_ASSERT_FATAL(k + 1 < p->n);
    return p->time[k + 1] - p->time[k];
}

static inline double pattern_last(const struct pattern *p)
{
    CU_ASSERT_FATAL(p->n >= 2);
    return pattern_isi(p, p->n - 2);
}

/* Smallest and largest interval from the k-th on. */
static inline double pattern_shortest(const struct pattern *p, size_t k)
{
    double least = HUGE_VAL;
    for (; k + 1 < p->n; k++)
        least = fmin(least, pattern_isi(p, k));
    return least;
}

static inline double pattern_longest(const struct pattern *p, size_t k)
{
    double most = 0;
    for (; k + 1 < p->n; k++)
        most = fmax(most, pattern_isi(p, k));
    return most;
}

/* Standard deviation over mean of the intervals from the k-th on. */
static inline double pattern_cv(const struct pattern *p, size_t k)
{
    double sum = 0, squares = 0, n = 0;
    for (; k + 1 < p->n; k++, n++) {
        sum += pattern_isi(p, k);
        squares += pattern_isi(p, k) * pattern_isi(p, k);
    }
    const double mean = sum / n;
    return sqrt(fmax(squares / n - mean * mean, 0)) / mean;
}

/* Groups of spikes, split where an interval exceeds `gap`. */
struct pattern_bursts {
    size_t n, smallest, largest; /* sizes without the first and the last group */
};

static inline struct pattern_bursts pattern_bursts(const struct pattern *p, double gap)
{
    struct pattern_bursts b = {1, SIZE_MAX, 0};
    size_t size = 1;
    for (size_t k = 0; k + 1 < p->n; k++, size++) {
        if (pattern_isi(p, k) <= gap)
            continue;
        if (b.n > 1) {
            b.smallest = size < b.smallest ? size : b.smallest;
            b.largest = size > b.largest ? size : b.largest;
        }
        b.n++;
        size = 0;
    }
    return b;
}

static inline void pattern_print(const char *name, const struct pattern *p)
{
    (void)printf("\n    %s: %zu spikes, intervals", name, p->n);
    for (size_t k = 0; k + 1 < p->n && k < 8; k++)
        (void)printf(" %.1f", pattern_isi(p, k));
    if (p->n > 10)
        (void)printf(" ... %.1f ms", pattern_last(p));
}

#endif
