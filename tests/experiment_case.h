/* experiment_case.h -- scenarios that compute, run from a config's text and judged:
 *
 *     struct computed c;
 *     compute("scenario = \"pavlov\"; network = { trials = 50; };", 1, &c);
 *     CU_ASSERT_DOUBLE_EQUAL(computed_value(&c, "pavlov.final"), 1, 1e-3);
 *     claims_of(&c, 1);
 *     computed_clear(&c);
 */
#ifndef ECP_TESTS_EXPERIMENT_CASE_H
#define ECP_TESTS_EXPERIMENT_CASE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/config.h"
#include "engine/experiment_run.h"
#include "engine/network.h"
#include "engine/score.h"
#include "tests/support.h"

struct computed {
    struct ecp_plan *plan;
    struct ecp_network *network; /* NULL: it has none */
    struct ecp_experiment *experiment;
    struct ecp_scores scores;
};

/* On `threads` threads. */
static inline void compute(const char *config, int threads, struct computed *c)
{
    struct ecp_outcome outcome = {0};
    struct ecp_experiment_options options = {.threads = threads, .isa = ecp_isa_best()};
    const struct ecp_run_options run = {.threads = threads, .isa = ecp_isa_best()};
    *c = (struct computed){0};
    ECP_ASSERT_OK(ecp_config_parse(config, "test.cfg", NULL, 0, &c->plan));
    if (ecp_plan_has_network(c->plan)) {
        ECP_ASSERT_OK(ecp_network_create(c->plan, &run, &c->network));
        ECP_ASSERT_OK(ecp_network_run(c->network));
        outcome.recording = options.recording = ecp_network_recording(c->network);
    }
    ECP_ASSERT_OK(ecp_experiment_create(c->plan, &options, &c->experiment));
    ECP_ASSERT_OK(ecp_experiment_run(c->experiment));
    outcome.computed = c->experiment->value;
    ECP_ASSERT_OK(ecp_score_outcome(c->plan, &outcome, &c->scores));
}

static inline double computed_value(const struct computed *c, const char *result)
{
    return ecp_scores_value(&c->scores, result);
}

/* What has gone wrong must be shown, too: every figure can be drawn. */
static inline void computed_draw(struct computed *c)
{
    char dir[] = "computed_XXXXXX", path[300];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    ECP_ASSERT_OK(ecp_experiment_write(c->experiment, dir));
    for (size_t k = 0; k < c->experiment->n_figures; k++) {
        const char *why = c->experiment->figure[k].why_not;
        if (why)
            (void)printf("\n  %s: %s", c->experiment->figure[k].name, why);
        CU_ASSERT_PTR_NULL(why);
        (void)snprintf(path, sizeof path, "%s/%s.svg", dir, c->experiment->figure[k].name);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/tables.h5", dir);
    (void)unlink(path);
    CU_ASSERT_EQUAL(rmdir(dir), 0);
}

/* All claims hold, or (hold = 0) at least one fails, and the figures can be drawn. */
static inline void claims_of(struct computed *c, int hold)
{
    size_t failed = 0;
    CU_ASSERT(c->scores.n_verdicts > 0);
    for (size_t k = 0; k < c->scores.n_verdicts; k++) {
        const struct ecp_verdict *v = &c->scores.verdict[k];
        if (hold && !v->pass)
            (void)printf("\n  %s = %g, not in %g to %g", v->claim, v->value, v->lowest, v->highest);
        failed += !v->pass;
        CU_ASSERT(v->source && strlen(v->source) > 10);
    }
    CU_ASSERT(hold ? failed == 0 : failed > 0);
    if (!hold)
        computed_draw(c);
}

/* Whether the claim on `result` holds. */
static inline int claim_holds(const struct computed *c, const char *result)
{
    for (size_t k = 0; k < c->scores.n_verdicts; k++)
        if (strcmp(c->scores.verdict[k].claim, result) == 0)
            return c->scores.verdict[k].pass;
    (void)printf("\n  there is no claim on %s", result);
    CU_ASSERT(0);
    return -1;
}

/* A table that was put out, or NULL. */
static inline const struct ecp_stored_table *computed_table(const struct computed *c,
                                                            const char *name)
{
    for (size_t k = 0; k < c->experiment->n_tables; k++)
        if (strcmp(c->experiment->table[k].name, name) == 0)
            return &c->experiment->table[k];
    return NULL;
}

static inline void computed_clear(struct computed *c)
{
    ecp_scores_clear(&c->scores);
    ecp_experiment_destroy(c->experiment);
    ecp_network_destroy(c->network);
    ecp_plan_destroy(c->plan);
    *c = (struct computed){0};
}

/* A config with these keys of `network`, on its line 2, is refused with that line and `key`. */
static inline void scenario_refuses(const char *scenario, const char *network, const char *key)
{
    char text[500];
    struct ecp_plan *plan = NULL;
    (void)snprintf(text, sizeof text, "scenario = \"%s\";\nnetwork = { %s };", scenario, network);
    CU_ASSERT_EQUAL(ecp_config_parse(text, "test.cfg", NULL, 0, &plan), ECP_ECONFIG);
    if (!strstr(ecp_error_message(), key) || !strstr(ecp_error_message(), "test.cfg:2"))
        (void)printf("\n  %s: %s", network, ecp_error_message());
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), key));
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "test.cfg:2"));
    ecp_error_clear();
}

#endif
