/* network_case.h -- small plans, and running them. */
#ifndef ECP_TESTS_NETWORK_CASE_H
#define ECP_TESTS_NETWORK_CASE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/network.h"
#include "engine/plan.h"
#include "tests/support.h"

static inline struct ecp_plan *new_plan(uint64_t seed)
{
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->seed = seed;
    return plan;
}

static inline struct ecp_plan_population *add_population(struct ecp_plan *plan, const char *name,
                                                         const char *model, size_t size)
{
    struct ecp_plan_population *made = NULL;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, name, model, size, &made));
    return made;
}

static inline struct ecp_plan_projection *add_projection(struct ecp_plan *plan, const char *source,
                                                         const char *target, enum ecp_rule rule,
                                                         double weight)
{
    struct ecp_plan_projection *made = NULL;
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, source, target, rule, &made));
    made->weight = ecp_draw_constant(weight);
    return made;
}

static inline struct ecp_plan_stimulus *
add_stimulus(struct ecp_plan *plan, enum ecp_stimulus_kind kind, const char *target, double level)
{
    struct ecp_plan_stimulus *made = NULL;
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, kind, target, &made));
    made->level = ecp_draw_constant(level);
    made->weight = 1;
    return made;
}

/* `interval` in ms; `field` is NULL for a rate and for spikes. */
static inline struct ecp_plan_probe *add_probe(struct ecp_plan *plan, enum ecp_probe_kind kind,
                                               const char *target, const char *field,
                                               double interval)
{
    struct ecp_plan_probe *made = NULL;
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, kind, target, &made));
    made->field_name = field;
    made->interval = interval;
    return made;
}

static inline struct ecp_plan_phase *add_phase(struct ecp_plan *plan, const char *name,
                                               double duration, int discard)
{
    struct ecp_plan_phase *made = NULL;
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, name, duration, discard, &made));
    return made;
}

static inline struct ecp_plan_change
change_field(const struct ecp_plan *plan, const char *population, const char *field, double value)
{
    const int p = ecp_plan_population_index(plan, population);
    return (struct ecp_plan_change){
        p, ecp_field_find(plan->population[p]->model->fields, field), -1, 0, value, 0};
}

static inline struct ecp_network *built(const struct ecp_plan *plan, int threads, enum ecp_isa isa)
{
    const struct ecp_run_options options = {.threads = threads, .isa = isa};
    struct ecp_network *network = NULL;
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    return network;
}

/* Checked, built and run. */
static inline struct ecp_network *ran(const struct ecp_plan *plan, int threads, enum ecp_isa isa)
{
    struct ecp_network *network = built(plan, threads, isa);
    ECP_ASSERT_OK(ecp_network_run(network));
    return network;
}

static inline void finish(struct ecp_network *network, struct ecp_plan *plan)
{
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

static inline const struct ecp_recorded_signal *signal_of(const struct ecp_network *network,
                                                          const char *probe)
{
    const struct ecp_recording *r = ecp_network_recording(network);
    for (size_t k = 0; k < r->n_signals; k++)
        if (strcmp(r->signal[k].probe, probe) == 0)
            return &r->signal[k];
    CU_FAIL_FATAL("no such probe");
    return NULL;
}

/* Sample of a frame and a column. */
static inline double sample_of(const struct ecp_recorded_signal *signal, size_t frame,
                               size_t column)
{
    return (double)signal->data[frame * signal->n_columns + column];
}

#endif
