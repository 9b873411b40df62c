/* consolidation.c -- a recurrent network learns an assembly, sleeps for hours, and
 * recalls it from a half (Luboeinski & Tetzlaff 2021).
 *
 * 1600 excitatory neurons with plastic synapses among each other (rule stc), 400
 * inhibitory ones, all pairs connected with probability 0.1 (more where there are fewer neurons). A
 * current makes the first `core` neurons fire as fast as they can for 0.1 s, three times. Then 8
 * hours without spikes pass at once (`recall` = "8h"), in which tagged synapses capture proteins,
 * or 10 seconds as they are ("10s"). A cue of 0.1 s to half of the assembly recalls
 * the rest. `proteins` = "blocked" is a block of protein synthesis during the night, from
 * `block_after` on: 0 is an injection after learning; a block that begins when the tags
 * are gone (3.08 h) changes nothing any more. */
#include <math.h>

#include "engine/scenario.h"
#include "scenarios/consolidation_network.h"

enum { CORE, RECALL, PROTEINS, BLOCK_AFTER, LEARNING, NEURONS, END };

static const struct ecp_field fields[] = {
    [CORE] = {"core", "1", 150, 10, 1000, "neurons of the assembly", ECP_WHOLE},
    [RECALL] = {"recall", "1", 1, 0, 1, "how long after learning", ECP_PARAM},
    [PROTEINS] = {"proteins", "1", 1, 0, 1, "are proteins made in the night?", ECP_PARAM},
    [BLOCK_AFTER] = {"block_after", "ms", 0, 0, 8 * 3.6e6 - 2e4,
                     "how long after learning they are blocked", ECP_PARAM},
    [LEARNING] = {"learning", "1", 1, 0, 1, "is the assembly stimulated before?", ECP_PARAM},
    [NEURONS] = {"neurons", "1", 1600, 200, 1e6, "excitatory neurons; a fourth is inhibitory",
                 ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {
    {"recall", "10s 8h"}, {"proteins", "blocked made"}, {"learning", "off on"}, {NULL, NULL}};

static enum ecp_status add_claims(struct ecp_plan *plan, const double *param)
{
    static const char early[] = "Luboeinski & Tetzlaff 2021, their published code, 50 trials, 10 s "
                                "after learning: 92.6, 8.7, 5.9 Hz; quality 0.031 +- 0.014";
    static const char late[] = "Luboeinski & Tetzlaff 2021, their published code, 50 trials, 8 h "
                               "after learning: 92.8, 10.2, 7.0 Hz; quality 0.034 +- 0.016";
    static const char none[] = "Luboeinski & Tetzlaff 2021: without learning, or without proteins "
                               "after 8 h, nothing is recalled";
    static const char window[] = "closed forms: tags live for 3.08 h, what comes later finds none";
    enum ecp_status status = ECP_OK;
    const int long_after = param[RECALL] > 0, blocked = long_after && param[PROTEINS] <= 0;
    const double tags = 3.08 * 3.6e6;
    if (param[CORE] != 150 || param[NEURONS] != 1600)
        return ECP_OK;
    if (param[LEARNING] <= 0 || (blocked && param[BLOCK_AFTER] <= 0)) {
        ECP_TRY(ecp_plan_add_claim(plan, "recall.cued_hz", 83, 102, late));
        ECP_TRY(ecp_plan_add_claim(plan, "recall.quality", -0.02, 0.02, none));
        return ECP_OK;
    }
    if (blocked && param[BLOCK_AFTER] < tags)
        return ECP_OK; /* some of the late phase is there */
    const char *const source = blocked ? window : long_after ? late : early;
    ECP_TRY(ecp_plan_add_claim(plan, "recall.cued_hz", 83, 102, source));
    ECP_TRY(ecp_plan_add_claim(plan, "recall.uncued_hz", long_after ? 7.1 : 6.1,
                               long_after ? 13.3 : 11.3, source));
    ECP_TRY(ecp_plan_add_claim(plan, "recall.others_hz", long_after ? 4.9 : 4.1,
                               long_after ? 9.1 : 7.7, source));
    ECP_TRY(ecp_plan_add_claim(plan, "recall.quality", 0.003, 0.07, source));
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    const struct ecp_consolidation run = {.neurons = param[NEURONS],
                                          .core = param[CORE],
                                          .learning = param[LEARNING] > 0,
                                          .night = param[RECALL] > 0,
                                          .block =
                                              param[PROTEINS] > 0 ? INFINITY : param[BLOCK_AFTER]};
    enum ecp_status status = ECP_OK;
    ECP_TRY(ecp_consolidation_add(plan, &run));
    ECP_TRY(ecp_consolidation_measure(plan, &run, "recall"));
    ECP_TRY(add_claims(plan, param));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_consolidation = {
    .name = "consolidation",
    .question = "How are memories kept for hours?",
    .summary = "an assembly is learned, consolidated over 8 hours, and recalled from a half",
    .equations = "E -> E: rule stc; weights E -> I 2 h_0, I -> E and I -> I 4 h_0, p = 0.1\n"
                 "quality = (rate of uncued - rate of others) / rate of cued neurons\n"
                 "information: of the counts while learning and at recall, in 0.5 s",
    .reference = "Luboeinski & Tetzlaff 2021, doi:10.1038/s42003-021-01778-y",
    .fields = fields,
    .choices = choices,
    .build = build,
    .dt = 0.2};
