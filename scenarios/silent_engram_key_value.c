/* silent_engram_key_value.c -- the experiments on silent engrams (scenario silent_engram) in a
 * memory of keys and values, beside the spiking network, by the same measures.
 *
 * What is learnt in context A are pairs: a key, cells of the engram in DG, and a value, rates
 * of the engram in BLA. Context A, as it arrives in DG, is compared with the keys (dot
 * product); what matches well enough answers. Consolidation makes keys match (accessibility);
 * without protein synthesis they do not, though values are intact. Light puts a key itself in
 * the place of the cue, amplified.
 *
 * Direct-access test: a memory that cannot be found answers when its key is given directly; a
 * memory whose values are gone does not. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"
#include "scenarios/field_kinds.h"
#include "scenarios/silent_engram_brain.h"
#include "scenarios/silent_engram_orders.h"

enum {
    SUBJECTS,
    SEED_STEP,
    PAIRS,
    OTHERS,
    CELLS_DG,
    ENGRAM_DG,
    CELLS_BLA,
    ENGRAM_BLA,
    VARIATION,
    CUE_MATCH,
    CUE_NOISE,
    THRESHOLD,
    MATCH,
    GAIN,
    BLOCK,
    LIGHT,
    POWER_HIGH,
    POWER_MID,
    POWER_LOW,
    ANSWER,
    TRIALS,
    CONSOLIDATION,
    BLOCK_FROM,
    BLOCK_FOR,
    FIRST_TEST,
    SECOND_TEST,
    GAIN_TAU,
    TEST,
    END
};
enum { LOSES_MATCH, LOSES_VALUES };

static const struct ecp_field fields[] = {
    [SUBJECTS] = {"subjects", "1", 3, 1, 100, "memories, and spiking networks", ECP_WHOLE},
    [SEED_STEP] = {"seed_step", "1", 1, 0, 1e6, "between the seeds of subjects", ECP_WHOLE},
    [PAIRS] = {"pairs", "1", 20, 1, 10000, "of key and value, learnt in context A", ECP_WHOLE},
    [OTHERS] = {"others", "1", 30, 0, 10000, "pairs of other memories", ECP_WHOLE},
    [CELLS_DG] = {"cells_dg", "1", 500, 4, 20000, "components of a key", ECP_WHOLE},
    [ENGRAM_DG] = {"engram_dg", "1", 50, 1, 20000, "of which keys learnt in A draw theirs",
                   ECP_WHOLE},
    [CELLS_BLA] = {"cells_bla", "1", 200, 4, 20000, "components of a value", ECP_WHOLE},
    [ENGRAM_BLA] = {"engram_bla", "1", 40, 1, 20000, "of which values learnt in A have rates",
                    ECP_WHOLE},
    [VARIATION] = {"variation", "1", 0.1, 0, 0.9, "share of the engram that a key lacks",
                   ECP_PARAM},
    [CUE_MATCH] = {"cue_match", "1", 0.85, 0, 1, "share of the engram that context A activates",
                   ECP_PARAM},
    [CUE_NOISE] = {"cue_noise", "1", 0.02, 0, 1, "share of the other cells that are active",
                   ECP_PARAM},
    [THRESHOLD] = {"threshold", "1", 0.7, 0, 100, "match from which a pair answers", ECP_PARAM},
    [MATCH] = {"match", "1", 0.5556, 0, 1, "accessibility of a pair with gain 1", ECP_PARAM},
    [GAIN] = {"gain", "1", 1.8, 1, 100, "gain by consolidation, and by rescue", ECP_PARAM},
    [BLOCK] = {"block", "1", LOSES_MATCH, 0, LOSES_VALUES,
               "what a pair loses without protein synthesis", ECP_PARAM},
    [LIGHT] = {"light", "1", 1.8, 0, 100, "amplification of a key that light puts in", ECP_PARAM},
    [POWER_HIGH] = {"power_high", "1", 1, 0, 1, "share of a key's cells that light activates",
                    ECP_PARAM},
    [POWER_MID] = {"power_mid", "1", 0.6, 0, 1, "the same for less power", ECP_PARAM},
    [POWER_LOW] = {"power_low", "1", 0.3, 0, 1, "the same for little", ECP_PARAM},
    [ANSWER] = {"answer", "Hz", 25, 0, 1000, "rate of the engram in BLA at a match of 1",
                ECP_PARAM},
    [TRIALS] = {"trials", "1", 300, 1, 1e5, "cues of a test", ECP_WHOLE},
    [CONSOLIDATION] = {"consolidation", "ms", 2.16e7, 0, 1e12, "as in silent_engram", ECP_PARAM},
    [BLOCK_FROM] = {"block_from", "ms", 0, 0, 1e12, "as in silent_engram", ECP_PARAM},
    [BLOCK_FOR] = {"block_for", "ms", 2.16e7, 0, 1e12, "as in silent_engram", ECP_PARAM},
    [FIRST_TEST] = {"first_test", "ms", 8.64e7, 0, 1e13, "after learning", ECP_PARAM},
    [SECOND_TEST] = {"second_test", "ms", 6.912e8, 0, 1e13, "after learning", ECP_PARAM},
    [GAIN_TAU] = {"gain_tau", "ms", 0, 0, 1e15, "with which gains go; 0: never", ECP_PARAM},
    [TEST] = {"test", "ms", 900, 1, 1e7, "length of a test of the spiking network", ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"block", "match values"}, {NULL, NULL}};

enum {
    OPTO_RATIO = ECP_CONDITIONS,
    LEARNED,
    SILENT,
    DIRECT_RATIO,
    PARTIAL,
    POWER_STEP,
    INPUT_CHANGE,
    RESCUE_RATIO,
    DAYS_CHANGE,
    CORRELATION,
    AGREEMENT,
    LARGEST_GAP,
    GAP_RESCUE_DG,
    LIGHT_RATE_MEMORY,
    LIGHT_RATE_SPIKES,
    FAILURE_MEMORY,
    ERASURE_MEMORY,
    FAILURE_SPIKES,
    ERASURE_SPIKES,
    RESULTS
};

#define RESULT(name, meaning) ECP_FOUND(name, "1", meaning)
#define RI(name)              RESULT("ri_" name, "recall index of the memory, mean of subjects, first test")
static const struct ecp_field results[] = {
    [ECP_SALINE_NATURAL] = RI("saline_natural"),
    [ECP_SALINE_OTHER] = RI("saline_other"),
    [ECP_SALINE_HIGH] = RI("saline_high"),
    [ECP_SALINE_MID] = RI("saline_mid"),
    [ECP_SALINE_LOW] = RI("saline_low"),
    [ECP_BLOCKED_NATURAL] = RI("blocked_natural"),
    [ECP_BLOCKED_OTHER] = RI("blocked_other"),
    [ECP_BLOCKED_HIGH] = RI("blocked_high"),
    [ECP_BLOCKED_MID] = RI("blocked_mid"),
    [ECP_BLOCKED_LOW] = RI("blocked_low"),
    [ECP_CUT_OUTPUT_HIGH] = RI("cut_output"),
    [ECP_CUT_INPUT_HIGH] = RI("cut_input"),
    [ECP_RESCUE_DG_NATURAL] = RI("rescue_dg"),
    [ECP_RESCUE_NATURAL] = RI("rescue"),
    [ECP_UNTAUGHT_NATURAL] = RI("untaught_natural"),
    [ECP_UNTAUGHT_HIGH] = RI("untaught_high"),
    [OPTO_RATIO] = RESULT("opto_ratio", "saline: index by light over that in context A"),
    [LEARNED] = RESULT("learned", "index in context A: saline less untaught"),
    [SILENT] = RESULT("silent", "largest difference of indices: blocked in A, untaught in A, "
                                "saline in B"),
    [DIRECT_RATIO] = RESULT("direct_ratio", "blocked by light over saline in context A"),
    [PARTIAL] = RESULT("partial", "blocked: less light, from context A (0) to light (1)"),
    [POWER_STEP] = RESULT("power_step", "blocked: least gain of index from power to power, of any "
                                        "subject"),
    [INPUT_CHANGE] = RESULT("input_change", "blocked, light: change without a cue"),
    [RESCUE_RATIO] = RESULT("rescue_ratio", "context A: rescue over saline"),
    [DAYS_CHANGE] = RESULT("days_change", "largest change of an index between the tests"),
    [CORRELATION] = RESULT("correlation", "of indices of memory and spiking network, over "
                                          "conditions"),
    [AGREEMENT] = RESULT("agreement", "share of pairs of conditions, more than 0.1 apart in the "
                                      "spiking network, whose order is the memory's"),
    [LARGEST_GAP] = RESULT("largest_gap", "largest difference of indices of a condition"),
    [GAP_RESCUE_DG] = RESULT("gap_rescue_dg", "rescue in DG alone: index of the memory less that "
                                              "of the spiking network"),
    [LIGHT_RATE_MEMORY] = RESULT("light_rate_memory", "saline: rate in BLA by light over that in "
                                                      "context A, memory"),
    [LIGHT_RATE_SPIKES] = RESULT("light_rate_spikes", "the same, spiking network"),
    [FAILURE_MEMORY] = RESULT("direct_access_failure_memory",
                              "direct-access test of the blocked memory: index by light less that "
                              "in context A"),
    [ERASURE_MEMORY] = RESULT("direct_access_erasure_memory", "the same, values erased"),
    [FAILURE_SPIKES] =
        RESULT("direct_access_failure_spikes", "direct-access test of the blocked spiking network"),
    [ERASURE_SPIKES] = RESULT("direct_access_erasure_spikes", "the same, without the contacts that "
                                                              "learning made"),
    [RESULTS] = {0}};

#include "scenarios/silent_engram_pairs.h"

/* ---- comparison --------------------------------------------------------------------------------
 */

static void compare(struct ecp_experiment *e, const double *memory, const double *spikes)
{
    double sum[5] = {0}, pairs = 0, same = 0, gap = 0;
    const double n = ECP_CONDITIONS;
    for (int c = 0; c < ECP_CONDITIONS; c++) {
        const double m = memory[c], s = spikes[c], product[5] = {m, s, m * m, s * s, m * s};
        for (int k = 0; k < 5; k++)
            sum[k] += product[k];
        gap = fmax(gap, fabs(m - s));
        for (int d = 0; d < c; d++)
            if (fabs(s - spikes[d]) > 0.1) {
                pairs++;
                same += (s - spikes[d]) * (m - memory[d]) > 0;
            }
    }
    ecp_experiment_result(e, CORRELATION,
                          (sum[4] - sum[0] * sum[1] / n) / sqrt((sum[2] - sum[0] * sum[0] / n) *
                                                                (sum[3] - sum[1] * sum[1] / n)));
    ecp_experiment_result(e, AGREEMENT, pairs > 0 ? same / pairs : NAN);
    ecp_experiment_result(e, LARGEST_GAP, gap);
    ecp_experiment_result(e, GAP_RESCUE_DG,
                          memory[ECP_RESCUE_DG_NATURAL] - spikes[ECP_RESCUE_DG_NATURAL]);
}

static double light_rate(const struct ecp_engram_asked *a)
{
    return ECP_ENGRAM_MEAN(a, 0, ECP_SALINE_HIGH, engram[ECP_BLA]).mean /
           ECP_ENGRAM_MEAN(a, 0, ECP_SALINE_NATURAL, engram[ECP_BLA]).mean;
}

static void conclude(struct ecp_experiment *e, const struct ecp_engram_asked *memory,
                     const double *erased, const struct ecp_engram_asked *spikes)
{
    const struct ecp_engram_orders o = ecp_engram_orders_of(memory);
    double m[ECP_CONDITIONS], s[ECP_CONDITIONS];
    for (int c = 0; c < ECP_CONDITIONS; c++) {
        m[c] = ECP_ENGRAM_MEAN(memory, 0, c, index).mean;
        s[c] = ECP_ENGRAM_MEAN(spikes, 0, c, index).mean;
        ecp_experiment_result(e, c, m[c]);
    }
    ecp_experiment_result(e, OPTO_RATIO, o.opto_ratio);
    ecp_experiment_result(e, LEARNED, o.learned);
    ecp_experiment_result(e, SILENT, o.silent);
    ecp_experiment_result(e, DIRECT_RATIO, o.direct_ratio);
    ecp_experiment_result(e, PARTIAL, o.partial);
    ecp_experiment_result(e, POWER_STEP, o.power_step);
    ecp_experiment_result(e, INPUT_CHANGE, o.input_change);
    ecp_experiment_result(e, RESCUE_RATIO, o.rescue_ratio);
    ecp_experiment_result(e, DAYS_CHANGE, o.days_change);
    compare(e, m, s);
    ecp_experiment_result(e, LIGHT_RATE_MEMORY, light_rate(memory));
    ecp_experiment_result(e, LIGHT_RATE_SPIKES, light_rate(spikes));
    ecp_experiment_result(e, FAILURE_MEMORY, m[ECP_BLOCKED_HIGH] - m[ECP_BLOCKED_NATURAL]);
    ecp_experiment_result(e, ERASURE_MEMORY,
                          ecp_engram_mean_of(erased, sizeof *erased, memory->subjects).mean);
    ecp_experiment_result(e, FAILURE_SPIKES, s[ECP_BLOCKED_HIGH] - s[ECP_BLOCKED_NATURAL]);
    ecp_experiment_result(e, ERASURE_SPIKES, s[ECP_UNTAUGHT_HIGH] - s[ECP_UNTAUGHT_NATURAL]);
}

/* ---- what is shown
 * -------------------------------------------------------------------------------- */

static enum ecp_status show(struct ecp_experiment *e, const struct ecp_engram_asked *memory,
                            const struct ecp_engram_asked *spikes)
{
    enum { FIRST, FIRST_SE, SECOND, SPIKES, SPIKES_SE, HZ, SPIKES_HZ, COLUMNS };
    struct ecp_engram_series index[2] = {{.name = "spikes", .colour = 0},
                                         {.name = "keys, values", .colour = 1}};
    struct ecp_engram_series rate[2] = {{.name = "spikes", .colour = 0},
                                        {.name = "keys, values", .colour = 1}};
    double data[COLUMNS][ECP_CONDITIONS];
    const char *words[ECP_CONDITIONS];
    struct ecp_picture picture[2];
    enum ecp_status status;
    for (int c = 0; c < ECP_CONDITIONS; c++) {
        index[0].at[c] = ECP_ENGRAM_MEAN(spikes, 0, c, index);
        index[1].at[c] = ECP_ENGRAM_MEAN(memory, 0, c, index);
        rate[0].at[c] = ECP_ENGRAM_MEAN(spikes, 0, c, engram[ECP_BLA]);
        rate[1].at[c] = ECP_ENGRAM_MEAN(memory, 0, c, engram[ECP_BLA]);
        words[c] = ecp_engram_conditions[c].name;
        data[FIRST][c] = index[1].at[c].mean;
        data[FIRST_SE][c] = index[1].at[c].error;
        data[SECOND][c] = ECP_ENGRAM_MEAN(memory, 1, c, index).mean;
        data[SPIKES][c] = index[0].at[c].mean;
        data[SPIKES_SE][c] = index[0].at[c].error;
        data[HZ][c] = rate[1].at[c].mean;
        data[SPIKES_HZ][c] = rate[0].at[c].mean;
    }
    const struct ecp_table_column column[] = {
        {"condition", "1", "fate and test", NULL, words},
        {"memory", "1", "recall index of the memory, first test", data[FIRST], NULL},
        {"memory_se", "1", "its standard error", data[FIRST_SE], NULL},
        {"memory_later", "1", "second test", data[SECOND], NULL},
        {"spikes", "1", "recall index of the spiking network, first test", data[SPIKES], NULL},
        {"spikes_se", "1", "its standard error", data[SPIKES_SE], NULL},
        {"memory_bla", "Hz", "rate of the engram, memory, first test", data[HZ], NULL},
        {"spikes_bla", "Hz", "rate of the engram, spiking network", data[SPIKES_HZ], NULL}};
    ECP_TRY(ecp_experiment_table(e, "conditions", ECP_CONDITIONS, column, COLUMNS + 1));
    ECP_TRY(ecp_engram_picture(e, index, 2, index[0].at[ECP_SALINE_NATURAL].mean, &picture[0]));
    picture[0].title = "recall index; SAL: saline, PSI: synthesis blocked";
    picture[0].x = (struct ecp_picture_axis){"recall index", NULL, -0.15, 1.05, 0};
    ECP_TRY(ecp_engram_picture(e, rate, 2, NAN, &picture[1]));
    picture[1].title = "rate of the engram in BLA";
    picture[1].x = (struct ecp_picture_axis){"rate", "Hz", 0, 0, 0};
    status =
        ecp_experiment_figure(e, "silent_engram_key_value",
                              "Silent engrams, in spikes and in keys and values", picture, 2, 2);
done:
    return status;
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    const struct ecp_engram_seeds seeds = {(size_t)param[SUBJECTS], param[SEED_STEP]};
    struct ecp_engram_setup setup = spiking(param);
    struct ecp_engram_asked spikes = {.subjects = seeds.n}, memory = {.subjects = seeds.n};
    struct ecp_engram_subject *subject = ecp_experiment_alloc(e, seeds.n, sizeof *subject);
    double *erased = ecp_experiment_alloc(e, seeds.n, sizeof *erased);
    enum ecp_status status;
    if (!subject || !erased)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu subjects", seeds.n);
    spikes.subject = subject;
    ECP_TRY(ask_memories(e, param, &seeds, &memory, erased));
    ECP_TRY(ecp_engram_learn(e, &setup, &seeds, 0.1, subject));
    ECP_TRY(ecp_engram_ask(e, 0.1, 1, &spikes));
    conclude(e, &memory, erased, &spikes);
    status = show(e, &memory, &spikes);
done:
    return status;
}

/* ---- claims
 * ---------------------------------------------------------------------------------------- */

static enum ecp_status check(const double *p)
{
    const struct ecp_engram_setup setup = spiking(p);
    if (p[ENGRAM_DG] >= p[CELLS_DG])
        return ecp_fail(ECP_ECONFIG,
                        "engram_dg (%g): found a cue larger than the %g components of a key; "
                        "allowed: less",
                        p[ENGRAM_DG], p[CELLS_DG]);
    if (p[ENGRAM_BLA] >= p[CELLS_BLA])
        return ecp_fail(ECP_ECONFIG,
                        "engram_bla (%g): found an engram larger than the %g components of a "
                        "value; allowed: less",
                        p[ENGRAM_BLA], p[CELLS_BLA]);
    if (p[SUBJECTS] > 1 && floor(p[SEED_STEP]) < 1)
        return ecp_fail(ECP_ECONFIG,
                        "seed_step (%g): found seeds repeated among %g subjects; allowed: 1 or "
                        "more",
                        p[SEED_STEP], p[SUBJECTS]);
    return ecp_engram_setup_check(&setup);
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char order[] = "the order that Ryan et al. 2015 and Roy et al. 2017 found, as for "
                                "the spiking network";
    static const char theory[] = "Gershman, Fiete & Irie 2025: forgetting is failure of retrieval, "
                                 "engrams are as keys and values";
    static const char test[] = "direct-access test: what cannot be found answers to its own key";
    static const char gone[] = "direct-access test: what is erased answers to nothing";
    static const char breaks[] = "where the analogy breaks: one match stands for three areas in "
                                 "series";
    static const char grows[] = "where the analogy breaks: a linear answer grows with the light, "
                                "inhibition and refractoriness hold that of cells";
#define OWN(name) "silent_engram_key_value." name
    const struct {
        const char *result;
        double lowest, highest;
        const char *source;
    } claims[] = {{OWN("ri_saline_natural"), 0.9, 1, order},
                  {OWN("opto_ratio"), 0.9, 1.1, order},
                  {OWN("learned"), 0.8, 1, order},
                  {OWN("silent"), 0, 0.1, order},
                  {OWN("direct_ratio"), 0.8, 1.05, order},
                  {OWN("partial"), 0.1, 0.9, order},
                  {OWN("power_step"), 1e-3, 1, order},
                  {OWN("ri_cut_output"), -0.1, 0.1, order},
                  {OWN("input_change"), -0.1, 0.1, order},
                  {OWN("ri_untaught_high"), -0.1, 0.1, order},
                  {OWN("rescue_ratio"), 0.7, 1.05, order},
                  {OWN("days_change"), 0, 0.1, order},
                  {OWN("correlation"), 0.9, 1, theory},
                  {OWN("agreement"), 0.9, 1, theory},
                  {OWN("direct_access_failure_memory"), 0.8, 1, test},
                  {OWN("direct_access_erasure_memory"), -0.1, 0.1, gone},
                  {OWN("direct_access_failure_spikes"), 0.8, 1, test},
                  {OWN("direct_access_erasure_spikes"), -0.1, 0.1, gone},
                  {OWN("gap_rescue_dg"), 0.1, 0.6, breaks},
                  {OWN("light_rate_memory"), 1.8, 2.4, grows},
                  {OWN("light_rate_spikes"), 1.2, 1.7, grows}};
#undef OWN
    enum ecp_status status;
    ECP_TRY(check(param));
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++)
        ECP_TRY(ecp_plan_add_claim(plan, claims[k].result, claims[k].lowest, claims[k].highest,
                                   claims[k].source));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_silent_engram_key_value = {
    .name = "silent_engram_key_value",
    .question = "Is memory lost, or out of reach?",
    .summary = "silent engrams in a memory of keys and values, beside the spiking network",
    .equations =
        "answer y = sum_n w_n v_n, w_n = a_n k_n.q where that reaches the threshold, else 0\n"
        "a_n = match G: G as in silent_engram (consolidation, block, rescue)\n"
        "q: cells of the engram that context A activates, or light: a share `power` of them,\n"
        "amplified; v_n: rates in BLA. The same conditions and measures as silent_engram.\n"
        "direct-access test: index by light less index in context A",
    .reference = "Gershman, Fiete & Irie 2025, Neuron 113; doi:10.48550/arXiv.2501.02950; Ryan et "
                 "al. 2015, doi:10.1126/science.aaa5542",
    .fields = fields,
    .choices = choices,
    .build = build,
    .results = results,
    .run = run};
