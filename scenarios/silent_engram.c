/* silent_engram.c -- a memory that is there and cannot be recalled (Ryan et al. 2015, Roy et
 * al. 2017), in a spiking network.
 *
 * Areas EC -> DG -> CA3 -> BLA; a synapse is w_0 c G. In context A some cells are driven; all
 * that fire above threshold are tagged, and contacts c are made among them. With protein
 * synthesis the gain G of synapses among tagged cells grows; without it stays 1. Then context
 * A no longer reaches BLA, but light on the engram cells of DG does: contacts are there.
 *
 * The parameters of the network are those of a trial that reproduces the orderings of the
 * experiments; its rates are claims as well (docs/scenarios/silent_engram.md). */
#include <math.h>
#include <string.h>

#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"
#include "scenarios/field_kinds.h"
#include "scenarios/silent_engram_brain.h"
#include "scenarios/silent_engram_orders.h"

enum {
    SUBJECTS,
    SEED_STEP,
    CELLS_EC,
    CELLS_DG,
    CELLS_CA3,
    CELLS_BLA,
    CUED,
    ENGRAM_DG,
    ENGRAM_CA3,
    ENGRAM_BLA,
    P_EC_DG,
    P_DG_CA3,
    P_CA3_BLA,
    LEARNT_EC_DG,
    LEARNT_DG_CA3,
    LEARNT_CA3_BLA,
    W_EC_DG,
    W_DG_CA3,
    W_CA3_BLA,
    GAIN,
    RESCUE_GAIN,
    NOISE,
    BIAS,
    INHIBITION,
    BACKGROUND,
    CUE,
    CUE_SHARE,
    VOLLEY,
    PERIOD,
    POWER_HIGH,
    POWER_MID,
    POWER_LOW,
    ALLOCATION,
    US,
    TEACH,
    TAG_SD,
    TAG_HZ,
    CONSOLIDATION,
    BLOCK_FROM,
    BLOCK_FOR,
    FIRST_TEST,
    SECOND_TEST,
    CONTACT_TAU,
    GAIN_TAU,
    SETTLE,
    TEST,
    STEP,
    END
};

static const struct ecp_field fields[] = {
    [SUBJECTS] = ECP_COUNT("subjects", 3, 1, 100, "animals, each with wiring and noise of its own"),
    [SEED_STEP] = ECP_COUNT("seed_step", 1, 0, 1e6, "between the seeds of subjects"),
    [CELLS_EC] = ECP_COUNT("cells_ec", 200, 4, 20000, "entorhinal cells"),
    [CELLS_DG] = ECP_COUNT("cells_dg", 500, 4, 20000, "cells of the dentate gyrus"),
    [CELLS_CA3] = ECP_COUNT("cells_ca3", 500, 4, 20000, "cells of CA3"),
    [CELLS_BLA] = ECP_COUNT("cells_bla", 200, 4, 20000, "cells of the amygdala"),
    [CUED] = ECP_COUNT("cued", 100, 1, 20000, "EC cells of each of the contexts A and B"),
    [ENGRAM_DG] =
        ECP_COUNT("engram_dg", 50, 1, 20000, "DG cells that are excitable while it learns"),
    [ENGRAM_CA3] = ECP_COUNT("engram_ca3", 50, 1, 20000, "the same of CA3"),
    [ENGRAM_BLA] = ECP_COUNT("engram_bla", 40, 1, 20000, "BLA cells that the shock drives"),
    [P_EC_DG] = ECP_NUMBER("p_ec_dg", 0.1, 0, 1, "probability of a contact before learning"),
    [P_DG_CA3] = ECP_NUMBER("p_dg_ca3", 0.05, 0, 1, "the same from DG to CA3"),
    [P_CA3_BLA] = ECP_NUMBER("p_ca3_bla", 0.05, 0, 1, "the same from CA3 to BLA"),
    [LEARNT_EC_DG] =
        ECP_NUMBER("learnt_ec_dg", 0.25, 0, 1, "by how much it rises among tagged cells"),
    [LEARNT_DG_CA3] = ECP_NUMBER("learnt_dg_ca3", 0.5, 0, 1, "the same from DG to CA3"),
    [LEARNT_CA3_BLA] = ECP_NUMBER("learnt_ca3_bla", 0.5, 0, 1, "the same from CA3 to BLA"),
    [W_EC_DG] = ECP_VOLTAGE("w_ec_dg", 2.2, 0, 1000, "w_0, jump of the synaptic drive"),
    [W_DG_CA3] = ECP_VOLTAGE("w_dg_ca3", 3.7, 0, 1000, "the same from DG to CA3"),
    [W_CA3_BLA] = ECP_VOLTAGE("w_ca3_bla", 3.7, 0, 1000, "the same from CA3 to BLA"),
    [GAIN] = ECP_NUMBER("gain", 1.8, 1, 100, "G after consolidation"),
    [RESCUE_GAIN] = ECP_NUMBER("rescue_gain", 1.8, 1, 100, "G after growth of spines"),
    [NOISE] = ECP_VOLTAGE("noise", 3, 0, 100, "standard deviation of the membrane"),
    [BIAS] = ECP_VOLTAGE("bias", 8, -100, 19.9, "mean drive over rest (-70 mV; threshold -50 mV)"),
    [INHIBITION] = ECP_VOLTAGE("inhibition", 0.6, 0, 100, "of each cell by a spike of its area"),
    [BACKGROUND] = ECP_RATE("background", 1, 0, 1000, "rate of EC cells"),
    [CUE] = ECP_RATE("cue", 15, 0, 1000, "mean rate of EC cells of the context it is in"),
    [CUE_SHARE] = ECP_NUMBER("cue_share", 1, 0, 1,
                             "share of the cells of a context that its cue has in tests"),
    [VOLLEY] =
        ECP_TIME("volley", 8, 0.5, 1000, "length of a volley of the cue; period: no volleys"),
    [PERIOD] = ECP_TIME("period", 50, 1, 1000, "from volley to volley, and from pulse to pulse"),
    [POWER_HIGH] = ECP_NUMBER("power_high", 1, 0, 1,
                              "probability that a pulse of light makes a cell "
                              "of the engram fire"),
    [POWER_MID] = ECP_NUMBER("power_mid", 0.6, 0, 1, "the same for less power"),
    [POWER_LOW] = ECP_NUMBER("power_low", 0.3, 0, 1, "the same for little"),
    [ALLOCATION] =
        ECP_VOLTAGE("allocation", 10, 0, 1000, "drive of excitable cells while it learns"),
    [US] = ECP_VOLTAGE("us", 12, 0, 1000, "drive of BLA cells by the shock"),
    [TEACH] = ECP_TIME("teach", 2000, 1, 1e6, "time of learning; as long before it is at rest"),
    [TAG_SD] = ECP_NUMBER("tag_sd", 2, 0, 100, "tagged: rate over that at rest by so many sd, and"),
    [TAG_HZ] = ECP_RATE("tag_hz", 3, 0, 1000, "over this"),
    [CONSOLIDATION] = ECP_TIME("consolidation", 2.16e7, 0, 1e12,
                               "after learning; in it gains grow evenly while proteins are made"),
    [BLOCK_FROM] =
        ECP_TIME("block_from", 0, 0, 1e12, "after learning: protein synthesis is blocked"),
    [BLOCK_FOR] = ECP_TIME("block_for", 2.16e7, 0, 1e12, "how long"),
    [FIRST_TEST] = ECP_TIME("first_test", 8.64e7, 0, 1e13, "after learning"),
    [SECOND_TEST] = ECP_TIME("second_test", 6.912e8, 0, 1e13, "after learning"),
    [CONTACT_TAU] = ECP_TIME("contact_tau", 0, 0, 1e15, "with which made contacts go; 0: never"),
    [GAIN_TAU] = ECP_TIME("gain_tau", 0, 0, 1e15, "with which gains go; 0: never"),
    [SETTLE] = ECP_TIME("settle", 200, 0, 1e6, "at the beginning of a test, not counted"),
    [TEST] = ECP_TIME("test", 1800, 1, 1e7, "length of a test, counted"),
    [STEP] = ECP_TIME("step", 0.5, 0.05, 0.5, "of time; also the delay of synapses"),
    [END] = {0}};

/* The first results are mean recall indices, by condition. */
enum {
    OPTO_RATIO = ECP_CONDITIONS,
    LEARNED,
    SILENT,
    DIRECT_RATIO,
    PARTIAL,
    POWER_STEP,
    INPUT_CHANGE,
    RESCUE_RATIO,
    RESCUE_DG_RATIO,
    DAYS_CHANGE,
    STRUCTURE,
    STRUCTURE_RATIO,
    OTHERS_HZ,
    DG_SALINE,
    CA3_SALINE,
    BLA_SALINE,
    DG_BLOCKED,
    DG_LIGHT,
    CA3_LIGHT,
    BLA_LIGHT,
    BLA_SALINE_LIGHT,
    TAGGED,
    OVERLAP_SALINE,
    OVERLAP_BLOCKED,
    OVERLAP_RATIO,
    FREEZING_SALINE,
    FREEZING_BLOCKED,
    FREEZING_LIGHT,
    SE_LARGEST,
    RESULTS
};

#define RI(name, meaning)                                                                          \
    {                                                                                              \
        "ri_" name, "1", 0, -1, 1, "recall index, mean of subjects, 1 day: " meaning, ECP_RESULT   \
    }
static const struct ecp_field results[] = {
    [ECP_SALINE_NATURAL] = RI("saline_natural", "saline, context A"),
    [ECP_SALINE_OTHER] = RI("saline_other", "saline, context B"),
    [ECP_SALINE_HIGH] = RI("saline_high", "saline, light"),
    [ECP_SALINE_MID] = RI("saline_mid", "saline, less light"),
    [ECP_SALINE_LOW] = RI("saline_low", "saline, little light"),
    [ECP_BLOCKED_NATURAL] = RI("blocked_natural", "synthesis blocked, context A"),
    [ECP_BLOCKED_OTHER] = RI("blocked_other", "blocked, context B"),
    [ECP_BLOCKED_HIGH] = RI("blocked_high", "blocked, light"),
    [ECP_BLOCKED_MID] = RI("blocked_mid", "blocked, less light"),
    [ECP_BLOCKED_LOW] = RI("blocked_low", "blocked, little light"),
    [ECP_CUT_OUTPUT_HIGH] = RI("cut_output", "blocked, light, DG -> CA3 silenced"),
    [ECP_CUT_INPUT_HIGH] = RI("cut_input", "blocked, light, EC -> DG silenced"),
    [ECP_RESCUE_DG_NATURAL] = RI("rescue_dg", "blocked, spines grown in DG, context A"),
    [ECP_RESCUE_NATURAL] = RI("rescue", "blocked, spines grown in all areas, context A"),
    [ECP_UNTAUGHT_NATURAL] = RI("untaught_natural", "no contacts made, context A"),
    [ECP_UNTAUGHT_HIGH] = RI("untaught_high", "no contacts made, light"),
    [OPTO_RATIO] = ECP_FOUND("opto_ratio", "1", "saline: index by light over that in context A"),
    [LEARNED] = ECP_FOUND("learned", "1", "index in context A: saline less untaught"),
    [SILENT] = ECP_FOUND("silent", "1",
                         "largest difference of indices: blocked in A, untaught in A, "
                         "saline in B"),
    [DIRECT_RATIO] = ECP_FOUND("direct_ratio", "1", "blocked by light over saline in context A"),
    [PARTIAL] = ECP_FOUND("partial", "1", "blocked: less light, from context A (0) to light (1)"),
    [POWER_STEP] = ECP_FOUND("power_step", "1",
                             "blocked: least gain of index from power to power, "
                             "of any subject"),
    [INPUT_CHANGE] = ECP_FOUND("input_change", "1", "blocked, light: change by cutting EC -> DG"),
    [RESCUE_RATIO] = ECP_FOUND("rescue_ratio", "1", "context A: rescue in all areas over saline"),
    [RESCUE_DG_RATIO] = ECP_FOUND("rescue_dg_ratio", "1", "context A: rescue in DG over saline"),
    [DAYS_CHANGE] = ECP_FOUND("days_change", "1",
                              "largest change of an index from the first test to "
                              "the second"),
    [STRUCTURE] = ECP_FOUND("structure", "1", "saline: contacts among tagged cells over chance"),
    [STRUCTURE_RATIO] = ECP_FOUND("structure_ratio", "1", "the same, blocked over saline"),
    [OTHERS_HZ] = ECP_FOUND("others_hz", "Hz", "largest mean rate of cells that are not tagged"),
    [DG_SALINE] = ECP_FOUND("dg_saline", "Hz", "saline, context A: tagged cells of DG"),
    [CA3_SALINE] = ECP_FOUND("ca3_saline", "Hz", "of CA3"),
    [BLA_SALINE] = ECP_FOUND("bla_saline", "Hz", "of BLA"),
    [DG_BLOCKED] = ECP_FOUND("dg_blocked", "Hz", "blocked, context A: tagged cells of DG"),
    [DG_LIGHT] = ECP_FOUND("dg_light", "Hz", "blocked, light: tagged cells of DG"),
    [CA3_LIGHT] = ECP_FOUND("ca3_light", "Hz", "of CA3"),
    [BLA_LIGHT] = ECP_FOUND("bla_light", "Hz", "of BLA"),
    [BLA_SALINE_LIGHT] = ECP_FOUND("bla_saline_light", "Hz", "saline, light: tagged cells of BLA"),
    [TAGGED] = ECP_FOUND("tagged", "1",
                         "share of driven cells that are tagged, times share of tagged "
                         "cells that were driven"),
    [OVERLAP_SALINE] = ECP_FOUND("overlap_saline", "1",
                                 "context A: share of tagged cells that are "
                                 "active again"),
    [OVERLAP_BLOCKED] = ECP_FOUND("overlap_blocked", "1", "the same, blocked"),
    [OVERLAP_RATIO] = ECP_FOUND("overlap_ratio", "1",
                                "saline, context A: that share over the share "
                                "of all cells that are active"),
    [FREEZING_SALINE] = ECP_FOUND("freezing_saline", "1",
                                  "context A: 1/(1 + exp(-(BLA - 5 Hz)/1.5 "
                                  "Hz))"),
    [FREEZING_BLOCKED] = ECP_FOUND("freezing_blocked", "1", "the same, blocked"),
    [FREEZING_LIGHT] = ECP_FOUND("freezing_light", "1", "the same, blocked, light"),
    [SE_LARGEST] = ECP_FOUND("se_largest", "1", "largest standard error of a mean index"),
    [RESULTS] = {0}};

static struct ecp_engram_setup setup_of(const double *p)
{
    return (struct ecp_engram_setup){
        .size = {(size_t)p[CELLS_EC], (size_t)p[CELLS_DG], (size_t)p[CELLS_CA3],
                 (size_t)p[CELLS_BLA]},
        .cued = (size_t)p[CUED],
        .engram = {0, (size_t)p[ENGRAM_DG], (size_t)p[ENGRAM_CA3], (size_t)p[ENGRAM_BLA]},
        .contact = {p[P_EC_DG], p[P_DG_CA3], p[P_CA3_BLA]},
        .learnt = {p[LEARNT_EC_DG], p[LEARNT_DG_CA3], p[LEARNT_CA3_BLA]},
        .weight = {p[W_EC_DG], p[W_DG_CA3], p[W_CA3_BLA]},
        .gain = p[GAIN],
        .rescue = p[RESCUE_GAIN],
        .noise = p[NOISE],
        .bias = p[BIAS],
        .inhibition = p[INHIBITION],
        .background = p[BACKGROUND],
        .cue = p[CUE],
        .cue_share = p[CUE_SHARE],
        .volley = p[VOLLEY],
        .period = p[PERIOD],
        .power = {p[POWER_HIGH], p[POWER_MID], p[POWER_LOW]},
        .allocation = p[ALLOCATION],
        .us = p[US],
        .teach = p[TEACH],
        .tag_sd = p[TAG_SD],
        .tag_hz = p[TAG_HZ],
        .settle = p[SETTLE],
        .test = p[TEST],
        .dt = p[STEP],
        .time = {.consolidation = p[CONSOLIDATION],
                 .block_from = p[BLOCK_FROM],
                 .block_for = p[BLOCK_FOR],
                 .test = {p[FIRST_TEST], p[SECOND_TEST]},
                 .contact_tau = p[CONTACT_TAU],
                 .gain_tau = p[GAIN_TAU]}};
}

struct ecp_engram_setup ecp_engram_setup_default(void)
{
    double param[END];
    for (int k = 0; k < END; k++)
        param[k] = fields[k].initial;
    return setup_of(param);
}

#include "scenarios/silent_engram_show.h"

/* ---- running ------------------------------------------------------------------------------- */

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    const struct ecp_engram_setup setup = setup_of(param);
    const struct ecp_engram_seeds seeds = {(size_t)param[SUBJECTS], param[SEED_STEP]};
    struct ecp_engram_raster raster[ECP_CONDITIONS] = {{0}};
    struct ecp_engram_asked found = {.subjects = seeds.n, .raster = raster};
    struct ecp_engram_subject *subject = ecp_experiment_alloc(e, seeds.n, sizeof *subject);
    enum ecp_status status;
    if (!subject)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu subjects", seeds.n);
    found.subject = subject;
    ECP_TRY(make_rasters(e, &setup, raster));
    ECP_TRY(ecp_engram_learn(e, &setup, &seeds, 0.06, subject));
    ECP_TRY(ecp_engram_ask(e, 0.06, 1, &found));
    conclude(e, &found);
    ECP_TRY(tell(e, &found));
    ECP_TRY(draw(e, &found));
    status = draw_raster(e, &found);
done:
    return status;
}

/* ---- claims ---------------------------------------------------------------------------------- */

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char natural[] = "Ryan et al. 2015: recall in the context of learning, and by "
                                  "light, after saline";
    static const char amnesia[] =
        "Ryan et al. 2015: without protein synthesis no recall by natural cues";
    static const char direct[] = "Ryan et al. 2015: light on engram cells retrieves the memory; at "
                                 "least 0.8 of natural recall";
    static const char power[] = "Roy et al. 2017: light of low power retrieves a part";
    static const char cut[] = "Roy et al. 2017: recall by light needs what follows the engram "
                              "cells, not what precedes them";
    static const char rescue[] = "Roy et al. 2017: more spines make natural recall return; at "
                                 "least 0.7 of it";
    static const char rescue_dg[] =
        "a part of it returns; bound chosen (the experiment grew spines in DG: at least 0.7 of "
        "natural recall; a trial with these parameters: 0.73, on the edge of its mechanism)";
    static const char days[] = "Roy et al. 2017: the same after 8 days";
    static const char contacts[] = "Ryan et al. 2015: connectivity among engram cells is kept "
                                   "without protein synthesis";
    static const char trial[] = "a trial with these parameters, 3 seeds, +- 20 % or 2 Hz";
    static const char tags[] = "cells that are driven are those that are tagged";
    const struct {
        const char *result;
        double lowest, highest;
        const char *source;
    } claims[] = {{"silent_engram.ri_saline_natural", 0.9, 1, natural},
                  {"silent_engram.opto_ratio", 0.9, 1.1, natural},
                  {"silent_engram.learned", 0.8, 1, natural},
                  {"silent_engram.silent", 0, 0.1, amnesia},
                  {"silent_engram.direct_ratio", 0.8, 1.05, direct},
                  {"silent_engram.partial", 0.1, 0.9, power},
                  {"silent_engram.power_step", 1e-3, 1, power},
                  {"silent_engram.ri_cut_output", -0.1, 0.1, cut},
                  {"silent_engram.input_change", -0.1, 0.1, cut},
                  {"silent_engram.ri_untaught_high", -0.1, 0.1,
                   "Ryan et al. 2015: light on cells tagged without learning retrieves nothing"},
                  {"silent_engram.rescue_ratio", 0.7, 1.05, rescue},
                  {"silent_engram.rescue_dg_ratio", 0.5, 1.05, rescue_dg},
                  {"silent_engram.days_change", 0, 0.1, days},
                  {"silent_engram.structure", 2, 20, contacts},
                  {"silent_engram.structure_ratio", 0.95, 1.05, contacts},
                  {"silent_engram.others_hz", 0, 0.5, trial},
                  {"silent_engram.dg_saline", 11.4, 17.2, trial},
                  {"silent_engram.ca3_saline", 14.2, 21.4, trial},
                  {"silent_engram.bla_saline", 19.6, 29.4, trial},
                  {"silent_engram.dg_blocked", 3.3, 7.3, trial},
                  {"silent_engram.dg_light", 15.5, 23.3, trial},
                  {"silent_engram.ca3_light", 11.2, 16.8, trial},
                  {"silent_engram.bla_light", 6.9, 10.9, trial},
                  {"silent_engram.bla_saline_light", 26.6, 40, trial},
                  {"silent_engram.tagged", 0.9, 1, tags}};
    const struct ecp_engram_setup setup = setup_of(param);
    enum ecp_status status;
    ECP_TRY(ecp_engram_setup_check(&setup));
    if (param[SUBJECTS] > 1 && floor(param[SEED_STEP]) < 1)
        return ecp_fail(ECP_ECONFIG,
                        "seed_step (%g): found seeds repeated among %g subjects; allowed: 1 or "
                        "more",
                        param[SEED_STEP], param[SUBJECTS]);
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++)
        ECP_TRY(ecp_plan_add_claim(plan, claims[k].result, claims[k].lowest, claims[k].highest,
                                   claims[k].source));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_silent_engram = {
    .name = "silent_engram",
    .question = "Is memory lost, or out of reach?",
    .summary = "a memory whose consolidation is blocked: no cue finds it, light on its cells does",
    .equations =
        "EC -> DG -> CA3 -> BLA; w = w_0 c G, c: contacts among cells tagged while learning,\n"
        "G: 1, or more after consolidation with protein synthesis\n"
        "20 ms dV/dt = -(V + 70 mV) + bias + I - g + noise, threshold -50 mV, reset -60 mV, 2 ms\n"
        "I += w (5 ms); g += inhibition at each spike of the area (10 ms)\n"
        "recall index (r_engram - r_other)/(r_engram + r_other + 1 Hz) in BLA",
    .reference = "Ryan, Roy, Pignatelli, Arons & Tonegawa 2015, doi:10.1126/science.aaa5542; Roy, "
                 "Muralidhar, Smith & Tonegawa 2017, doi:10.1073/pnas.1714248114",
    .fields = fields,
    .build = build,
    .results = results,
    .run = run};
