#include "engine/experiment.h"
#include "engine/scenario.h"
#include "scenarios/silent_engram_published.h"
#include <math.h>
enum { TABLE, TRIALS, SEED_STEP, NEURONS, END };
static const struct ecp_field fields[] = {
    [TABLE] = {"table", "1", 1, 0, 2, "assemblies", ECP_PARAM},
    [TRIALS] = {"trials", "1", 3, 1, 1000, "of each size", ECP_PARAM},
    [SEED_STEP] = {"seed_step", "1", 1, 0, 1e6, "between seeds", ECP_PARAM},
    [NEURONS] = {"neurons", "1", 1600, 200, 1e6, "excitatory neurons", ECP_PARAM},
    [END] = {0}};
static const struct ecp_choice choices[] = {{"table", "off one full"}, {NULL, NULL}};
static const struct ecp_field results[] = {
    {"rates_off", "1", 0, -INFINITY, INFINITY, "x", ECP_RESULT},
    {"rates_beyond", "1", 0, -INFINITY, INFINITY, "x", ECP_RESULT},
    {"quality_off", "1", 0, -INFINITY, INFINITY, "x", ECP_RESULT},
    {"information_off", "1", 0, -INFINITY, INFINITY, "x", ECP_RESULT},
    {"improves", "1", 0, -INFINITY, INFINITY, "x", ECP_RESULT},
    {"improves_quality", "1", 0, -INFINITY, INFINITY, "x", ECP_RESULT},
    {"blocked", "1", 0, -INFINITY, INFINITY, "x", ECP_RESULT},
    {0}};
static enum ecp_status run(struct ecp_experiment *e, const double *p)
{
    struct ecp_table t = {.first = p[TABLE] == 1,
                          .sizes = p[TABLE] == 1 ? 1 : 4,
                          .trials = (size_t)p[TRIALS],
                          .neurons = p[NEURONS],
                          .seed_step = p[SEED_STEP]};
    enum ecp_status status;
    ECP_TRY(ecp_table_run(e, 0, 1, &t));
    struct ecp_table_judged j = ecp_table_judge(&t);
    ecp_experiment_result(e, 0, j.rates);
    ecp_experiment_result(e, 1, j.rates_beyond);
    ecp_experiment_result(e, 2, j.quality);
    ecp_experiment_result(e, 3, j.information);
    ecp_experiment_result(e, 4, j.improves);
    ecp_experiment_result(e, 5, j.improves_quality);
    ecp_experiment_result(e, 6, j.blocked);
    status = ecp_table_show(e, &t);
done:
    return status;
}
static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    (void)plan;
    (void)param;
    return ECP_OK;
}
const struct ecp_scenario ecp_scenario_silent_engram_consolidation = {
    .name = "silent_engram_consolidation",
    .question = "Is memory lost, or out of reach?",
    .summary = "x",
    .equations = "x",
    .reference = "x",
    .fields = fields,
    .choices = choices,
    .build = build,
    .results = results,
    .run = run};
