/* structural_case.h -- small networks whose synapses come and go. */
#ifndef ECP_TESTS_STRUCTURAL_CASE_H
#define ECP_TESTS_STRUCTURAL_CASE_H

#include <stdio.h>

#include "tests/unit/network_case.h"

struct setting {
    const char *field;
    double value;
};

/* Without synapses at first; `settings` ends with {NULL, 0}. */
static inline struct ecp_plan_projection *add_structural(struct ecp_plan *plan, const char *source,
                                                         const char *target, double weight,
                                                         const struct setting *settings)
{
    struct ecp_plan_projection *p =
        add_projection(plan, source, target, ECP_RULE_FIXED_TOTAL_NUMBER, weight);
    p->number = 0;
    p->delay = ecp_draw_constant(1);
    ECP_ASSERT_OK(ecp_plan_plasticity(plan, p, "structural"));
    for (; settings->field; settings++)
        ECP_ASSERT_OK(ecp_projection_set(p, settings->field, settings->value));
    return p;
}

/* Spikes of all neurons of a population. */
static inline void add_spikes(struct ecp_plan *plan, const char *population)
{
    (void)add_probe(plan, ECP_PROBE_SPIKES, population, NULL, 0);
}

/* What there is after every update, and at time 0: one listing each. */
static inline void add_listings(struct ecp_plan *plan, const char *projection, double interval,
                                size_t n)
{
    struct ecp_plan_probe *probe = add_probe(plan, ECP_PROBE_WEIGHTS, projection, NULL, 0);
    double *times = ecp_plan_alloc(plan, n * sizeof *times);
    for (size_t k = 0; k < n; k++)
        times[k] = interval * (double)k;
    probe->times = times;
    probe->n_times = n;
}

static inline void add_structure(struct ecp_plan *plan, const char *projection, const char *field)
{
    struct ecp_plan_probe *probe = add_probe(plan, ECP_PROBE_STRUCTURE, projection, field, 0);
    probe->name = ecp_plan_printf(plan, "%s_%s", field, projection);
}

static inline const struct ecp_recorded_signal *
structure_of(const struct ecp_network *network, const char *projection, const char *field)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s_%s", field, projection);
    return signal_of(network, name);
}

#endif
