/* scenario.h -- what a scenario gives the engine.
 *
 * A scenario writes a plan from a few parameters (its fields, given in the
 * config as `network = { scale = 0.1; ... }`): populations, projections,
 * stimuli, probes, phases, analyses, and the claims it makes with their
 * sources. What the config says besides is added to it or replaces it. */
#ifndef ECP_SCENARIO_H
#define ECP_SCENARIO_H

#include "engine/field.h"
#include "engine/plan.h"
#include "engine/status.h"

struct ecp_experiment;

/* A parameter that is a text. */
struct ecp_scenario_text {
    const char *name;    /* as in the config, beside the fields: "images" */
    const char *initial; /* default; of a file: one that comes with the program, within its
                            folder of scenarios; NULL: none */
    const char *meaning; /* one sentence */
    int is_file;         /* 1: a path, looked for next to the config that names it */
    int is_required;     /* 1: a config without it is refused */
};

struct ecp_scenario {
    const char *name;
    const char *question; /* heading under which `list scenarios` puts it */
    const char *summary;
    const char *equations;
    const char *reference;
    const struct ecp_field *fields;   /* ECP_PARAM, ECP_WHOLE; ends with {0} */
    const struct ecp_choice *choices; /* NULL, or ends with {0} */

    /* `param` by position in the fields table; plan->seed and plan->dt are
     * set before (the config's, or the defaults). Fails with ECP_ECONFIG. */
    enum ecp_status (*build)(struct ecp_plan *plan, const double *param);

    /* NULL, or what it computes besides (experiment.h), and the names of the results of
     * that (ECP_RESULT, ends with {0}): claims call them "SCENARIO.FIELD". */
    const struct ecp_field *results;
    enum ecp_status (*run)(struct ecp_experiment *experiment, const double *param);

    /* NULL, or parameters that are texts, ends with {0}: `build` finds them by position in
     * plan->computes_text, `run` through ecp_experiment_text. Only of scenarios with `run`. */
    const struct ecp_scenario_text *texts;

    double dt; /* ms, where the config says nothing; 0: 0.1 */

    /* Parameters that say how many seeds, from the config's on, one run uses ("subjects
     * trials": the larger of both); NULL: "seeds subjects", those it has. */
    const char *repeats;
};

/* Number of entries before the terminating {0}; 0 for NULL. */
size_t ecp_scenario_text_count(const struct ecp_scenario_text *table);

/* In the order of scenarios/models.def; ends with NULL. */
extern const struct ecp_scenario *const ecp_scenarios[];

enum ecp_status ecp_scenario_find(const char *name, const struct ecp_scenario **out);

#endif
