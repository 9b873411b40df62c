/* connect_case.h -- a projection between two populations, and its list. */
#ifndef ECP_TESTS_CONNECT_CASE_H
#define ECP_TESTS_CONNECT_CASE_H

#include <stdlib.h>
#include <string.h>

#include "engine/connect.h"
#include "engine/plan.h"
#include "tests/support.h"

struct synapse {
    ecp_lid target, source;
    uint32_t delay, order;
    double weight;
};

struct list {
    struct synapse *synapse;
    size_t n, capacity;
    ecp_lid first, end; /* targets that may come */
    int strayed;
};

/* A plan with `sources` and `targets` neurons (one population when both are
 * called "a") and one projection, which is yet to be filled. */
struct case_of {
    struct ecp_plan *plan;
    struct ecp_plan_projection *p;
    struct ecp_connector connector;
};

static inline void case_begin(struct case_of *c, enum ecp_rule rule, size_t sources, size_t targets)
{
    struct ecp_plan_population *population;
    struct ecp_plan_phase *phase;
    ECP_ASSERT_OK(ecp_plan_create(&c->plan));
    ECP_ASSERT_OK(ecp_plan_add_population(c->plan, "a", "lif", sources, &population));
    if (targets > 0)
        ECP_ASSERT_OK(ecp_plan_add_population(c->plan, "b", "lif", targets, &population));
    ECP_ASSERT_OK(ecp_plan_add_phase(c->plan, "all", 1, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_add_projection(c->plan, "a", targets > 0 ? "b" : "a", rule, &c->p));
    c->p->weight = ecp_draw_normal(20, 2);
    c->p->delay = ecp_draw_bounded(ecp_draw_normal(1.5, 0.75), ECP_BOUNDS_REDRAW, 0.1, 10);
}

static inline void case_ready(struct case_of *c, uint64_t seed, enum ecp_isa isa)
{
    c->plan->seed = seed;
    ECP_ASSERT_OK(ecp_plan_check(c->plan));
    ECP_ASSERT_OK(ecp_connector_init(&c->connector, c->plan, 0, ecp_kernels_of(isa)));
}

static inline void case_end(struct case_of *c)
{
    ecp_connector_clear(&c->connector);
    ecp_plan_destroy(c->plan);
}

static inline void list_take(void *context, const struct ecp_batch *batch)
{
    struct list *list = context;
    while (list->n + batch->n > list->capacity) {
        list->capacity = 2 * list->capacity + ECP_BATCH;
        list->synapse = realloc(list->synapse, list->capacity * sizeof *list->synapse);
        CU_ASSERT_PTR_NOT_NULL_FATAL(list->synapse);
    }
    for (size_t k = 0; k < batch->n; k++, list->n++) {
        list->synapse[list->n] =
            (struct synapse){batch->target[k], batch->source[k], batch->delay[k], (uint32_t)list->n,
                             batch->weight[k]};
        list->strayed |= batch->target[k] < list->first || batch->target[k] >= list->end;
    }
}

/* Add the synapses onto some targets to a list. */
static inline void list_targets(struct list *list, const struct ecp_connector *c, ecp_lid first,
                                ecp_lid n)
{
    const struct ecp_emit emit = {list_take, list, 1};
    list->first = first;
    list->end = first + n;
    ECP_ASSERT_OK(ecp_connect(c, first, n, &emit));
    CU_ASSERT_FALSE(list->strayed);
}

static inline int by_target(const void *a, const void *b)
{
    const struct synapse *left = a, *right = b;
    if (left->target != right->target)
        return left->target < right->target ? -1 : 1;
    return (left->order > right->order) - (left->order < right->order);
}

static inline int by_pair(const void *a, const void *b)
{
    const struct synapse *left = a, *right = b;
    if (left->target != right->target)
        return left->target < right->target ? -1 : 1;
    if (left->source != right->source)
        return left->source < right->source ? -1 : 1;
    return (left->order > right->order) - (left->order < right->order);
}

static inline void list_sort(struct list *list, int (*order)(const void *, const void *))
{
    if (list->n > 0)
        qsort(list->synapse, list->n, sizeof *list->synapse, order);
}

static inline int same_synapse(const struct synapse *a, const struct synapse *b)
{
    return a->target == b->target && a->source == b->source && a->delay == b->delay &&
           memcmp(&a->weight, &b->weight, sizeof a->weight) == 0;
}

/* Equal, synapse by synapse, in the order of each target. */
static inline int list_equal(struct list *a, struct list *b)
{
    int equal = a->n == b->n;
    list_sort(a, by_target);
    list_sort(b, by_target);
    for (size_t k = 0; equal && k < a->n; k++)
        equal = same_synapse(&a->synapse[k], &b->synapse[k]);
    return equal;
}

static inline void list_free(struct list *list)
{
    free(list->synapse);
    memset(list, 0, sizeof *list);
}

#endif
