/* scenario_case.h -- scenarios with some of their parameters, run and judged. */
#ifndef ECP_TESTS_SCENARIO_CASE_H
#define ECP_TESTS_SCENARIO_CASE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/network.h"
#include "engine/scenario.h"
#include "engine/score.h"
#include "tests/support.h"

struct setting {
    const char *field;
    double value;
};

/* `settings` ends with {NULL}. */
static inline struct ecp_plan *plan_of(const char *name, uint64_t seed,
                                       const struct setting *settings)
{
    const struct ecp_scenario *scenario;
    struct ecp_plan *plan;
    double param[ECP_MAX_FIELDS];
    ECP_ASSERT_OK(ecp_scenario_find(name, &scenario));
    for (size_t f = 0; scenario->fields[f].name; f++)
        param[f] = scenario->fields[f].initial;
    for (; settings && settings->field; settings++) {
        const int f = ecp_field_find(scenario->fields, settings->field);
        CU_ASSERT_FATAL(f >= 0);
        param[f] = settings->value;
    }
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = 0.1;
    plan->seed = seed;
    ECP_ASSERT_OK(scenario->build(plan, param));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    ECP_ASSERT_OK(ecp_score_check(plan));
    return plan;
}

/* Run; what came out. */
static inline struct ecp_network *scored(const struct ecp_plan *plan, struct ecp_scores *scores)
{
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = 2, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    ECP_ASSERT_OK(ecp_score(plan, ecp_network_recording(network), scores));
    return network;
}

/* All claims hold. */
static inline void claims_hold(const struct ecp_scores *scores)
{
    CU_ASSERT(scores->n_verdicts > 0);
    for (size_t k = 0; k < scores->n_verdicts; k++) {
        const struct ecp_verdict *v = &scores->verdict[k];
        if (!v->pass)
            (void)printf("\n  %s = %g, not in %g to %g", v->claim, v->value, v->lowest, v->highest);
        CU_ASSERT(v->pass);
        CU_ASSERT(v->source && strlen(v->source) > 10);
    }
}

/* Run; hands out a result where `wanted` is not NULL. */
static inline double value_of(const char *name, uint64_t seed, const struct setting *settings,
                              const char *wanted, int claims)
{
    struct ecp_plan *plan = plan_of(name, seed, settings);
    struct ecp_scores scores;
    struct ecp_network *network = scored(plan, &scores);
    if (claims)
        claims_hold(&scores);
    const double value = wanted ? ecp_scores_value(&scores, wanted) : NAN;
    ecp_scores_clear(&scores);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
    return value;
}

/* Run, and all claims hold. */
static inline double run(const char *name, uint64_t seed, const struct setting *settings,
                         const char *wanted)
{
    return value_of(name, seed, settings, wanted, 1);
}

static inline const struct ecp_plan_projection *projection(const struct ecp_plan *plan,
                                                           const char *source, const char *target)
{
    const int from = ecp_plan_population_index(plan, source);
    const int to = ecp_plan_population_index(plan, target);
    for (size_t k = 0; k < plan->n_projections; k++)
        if (plan->projection[k]->source == from && plan->projection[k]->target == to)
            return plan->projection[k];
    return NULL;
}

static inline double parameter(const struct ecp_plan_population *p, const char *field)
{
    return p->field[ecp_field_find(p->model->fields, field)].a;
}

#endif
