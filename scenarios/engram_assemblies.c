/* engram_assemblies.c -- assemblies that form while patterns are shown, stay through a rest
 * without stimuli, and complete half cues (Zenke, Agnes & Gerstner 2015).
 *
 * Hebbian learning alone runs away, and global homeostasis is too slow to hold it. Here several
 * forms of plasticity hold it together, on the time scale of learning: a heterosynaptic term
 * that pulls the weights of a bursting cell to references, gain by transmitter alone, inhibition
 * that holds the rate of all; and the references, which follow weights slowly, have two wells: so
 * assemblies are consolidated. Each is taken away in a control. The network, its timeline and its
 * measures: engram_assemblies_network.h. */
#include <math.h>
#include <string.h>

#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"
#include "scenarios/engram_assemblies_network.h"
#include "scenarios/field_kinds.h"

enum {
    SEEDS,
    SEED_STEP,
    CONTROLS,
    SCALE,
    PATTERNS,
    SHARE,
    OVERLAP,
    INPUTS,
    FIELD,
    W_EE,
    W_EI,
    W_IE,
    W_II,
    W_IN,
    Q_SFA,
    TAU_SFA,
    BACKGROUND,
    SHOWN,
    CUED,
    ON,
    OFF,
    SETTLE,
    LEARN,
    REST,
    RUNAWAY_LEARN,
    RUNAWAY_REST,
    FORGET_LEARN,
    FORGET_REST,
    RESET,
    CUE,
    DELAY,
    GAP,
    ROUNDS,
    ETA,
    BETA,
    DELTA,
    TAU_C,
    HOMEOSTASIS,
    ETA_I,
    RHO_0,
    SPEED,
    STEP,
    BIN,
    END
};

static const struct ecp_field fields[] = {
    [SEEDS] = ECP_COUNT("seeds", 3, 1, 100, "networks, each with wiring and inputs of its own"),
    [SEED_STEP] = ECP_COUNT("seed_step", 1, 0, 1e6, "between their seeds"),
    [CONTROLS] = ECP_COUNT("controls", 1, 0, 1, "1: also without some of the terms"),
    [SCALE] =
        ECP_NUMBER("scale", 0.125, 0.03125, 8, "1: 4096 excitatory and 1024 inhibitory cells"),
    [PATTERNS] = ECP_COUNT("patterns", 4, 2, ECP_ASSEMBLIES_MOST, "that are shown"),
    [SHARE] = ECP_NUMBER("share", 0.125, 0.005, 0.5, "of the cells that a pattern has"),
    [OVERLAP] = ECP_NUMBER("overlap", 0, 0, 0.4, "share of a pattern that the next one has, too"),
    [INPUTS] =
        ECP_NUMBER("inputs", 120, 4, 1000,
                   "mean number of excitatory inputs of a cell from the network; a quarter of "
                   "it is inhibitory"),
    [FIELD] = ECP_COUNT("field", 51, 1, 10000, "inputs of an excitatory cell from outside"),
    [W_EE] = ECP_NUMBER("w_ee", 0.1, 0, 5, "first weight among excitatory cells (plastic)"),
    [W_EI] = ECP_NUMBER("w_ei", 0.6, 0, 100, "weight of excitatory on inhibitory cells"),
    [W_IE] =
        ECP_NUMBER("w_ie", 0.2, 0, 5, "first weight of inhibitory on excitatory cells (plastic)"),
    [W_II] = ECP_NUMBER("w_ii", 0.2, 0, 100, "weight among inhibitory cells"),
    [W_IN] = ECP_NUMBER("w_in", 0.5, 0, 100, "weight of inputs from outside"),
    [Q_SFA] = ECP_NUMBER("q_sfa", 0.015, 0, 100, "jump of adaptation at a spike, in leaks"),
    [TAU_SFA] = ECP_TIME("tau_sfa", 1000, 1, 1e6, "time constant of adaptation"),
    [BACKGROUND] = ECP_RATE("background", 8, 0, 1000, "rate of all inputs from outside"),
    [SHOWN] = ECP_RATE("shown", 60, 0, 1000, "more of it at the inputs of a pattern that is shown"),
    [CUED] = ECP_RATE("cued", 60, 0, 1000, "more of it at the half of a pattern that is a cue"),
    [ON] = ECP_TIME("on", 1000, 20, 1e6, "mean length of a presentation while learning"),
    [OFF] = ECP_TIME("off", 2000, 0, 1e6, "mean time between presentations"),
    [SETTLE] = ECP_TIME("settle", 1e4, 1000, 1e7, "before"),
    [LEARN] = ECP_TIME("learn", 1.2e6, 1000, 1e9, "patterns are shown in random order"),
    [REST] = ECP_TIME("rest", 3.6e6, 1000, 1e9, "without stimuli, between the tests"),
    [RUNAWAY_LEARN] =
        ECP_TIME("runaway_learn", 1e5, 1000, 1e9,
                 "learn in the controls without heterosynaptic term; their tests have "
                 "one round"),
    [RUNAWAY_REST] = ECP_TIME("runaway_rest", 2e4, 1000, 1e9, "their rest"),
    [FORGET_LEARN] =
        ECP_TIME("forget_learn", 3e5, 1000, 1e9, "learn in the control without consolidation"),
    [FORGET_REST] = ECP_TIME("forget_rest", 6e5, 1000, 1e9, "its rest"),
    [RESET] = ECP_TIME("reset", 0, 0, 1e6,
                       "before a cue all excitatory cells are held below threshold for so long"),
    [CUE] = ECP_TIME("cue", 400, 20, 1e6, "length of a cue"),
    [DELAY] = ECP_TIME("delay", 200, 20, 1e6, "after a cue, what is taken as recall"),
    [GAP] = ECP_TIME("gap", 3000, 20, 1e7, "between cues"),
    [ROUNDS] = ECP_COUNT("rounds", 3, 1, 1000, "how often a test cues every pattern"),
    [ETA] = ECP_NUMBER("eta", 1e-3, 0, 1, "size of Hebbian changes"),
    [BETA] = ECP_NUMBER("beta", 0.05, 0, 10, "strength of the heterosynaptic term"),
    [DELTA] = ECP_NUMBER("delta", 2e-5, 0, 1, "gain by a spike of the source"),
    [TAU_C] = ECP_TIME("tau_c", 6e5, 1000, 1e12, "with which references follow weights"),
    [HOMEOSTASIS] = ECP_NUMBER("homeostasis", 0, 0, 1,
                               "depression: constant, or adaptive by the rate of the target"),
    [ETA_I] = ECP_NUMBER("eta_i", 4e-4, 0, 1, "size of changes of inhibition"),
    [RHO_0] = ECP_RATE("rho_0", 5.5, 0.01, 100, "mean rate that inhibition aims at"),
    [SPEED] = ECP_NUMBER("speed", 1, 0.01, 10,
                         "eta, beta, delta and eta_i times this, tau_c divided by it"),
    [STEP] = ECP_TIME("step", 0.5, 0.05, 1, "of time"),
    [BIN] = ECP_TIME("bin", 100, 10, 1000, "in which rates are counted"),
    [END] = {0}};

static const struct ecp_choice choices[] = {{"homeostasis", "constant adaptive"}, {NULL, NULL}};

enum {
    OVERLAP_AFTER,
    OVERLAP_SE,
    OVERLAP_LOWEST,
    OVERLAP_BEFORE,
    OVERLAP_CHANGE,
    DURING,
    RIGHT,
    NEAR_HALF,
    NEAR_ZERO,
    UPPER,
    LOWER,
    REFERENCE,
    REFERENCE_ACROSS,
    WITHIN,
    WITHIN_SE,
    ACROSS,
    CONTRAST,
    WITHIN_BEFORE,
    WITHIN_CHANGE,
    WEAKEST,
    HIGHEST,
    REST_HZ,
    REST_SE,
    INHIBITORY_HZ,
    SILENT,
    FAILS,
    HEBB_FAILS,
    HEBB_OVERLAP,
    HEBB_HZ,
    HEBB_CONTRAST,
    HETERO_FAILS,
    HETERO_OVERLAP,
    HETERO_HZ,
    HETERO_CONTRAST,
    REFERENCE_FAILS,
    REFERENCE_OVERLAP,
    REFERENCE_HZ,
    REFERENCE_CONTRAST,
    RESULTS
};

static const struct ecp_field results[] = {
    [OVERLAP_AFTER] = ECP_FOUND("overlap", "1", "recall after the rest, mean of seeds"),
    [OVERLAP_SE] = ECP_FOUND("overlap_se", "1", "its standard error"),
    [OVERLAP_LOWEST] = ECP_FOUND("overlap_lowest", "1", "of the worst seed"),
    [OVERLAP_BEFORE] = ECP_FOUND("overlap_before", "1", "recall before the rest, mean of seeds"),
    [OVERLAP_CHANGE] = ECP_FOUND("overlap_change", "1", "after less before, mean of seeds"),
    [DURING] = ECP_FOUND("overlap_during", "1", "the same measure during the cues, after the rest"),
    [RIGHT] = ECP_FOUND("right", "1", "share of cues after which the cued assembly leads"),
    [NEAR_HALF] =
        ECP_FOUND("near_half", "1", "share of references within assemblies of 0.4 or more"),
    [NEAR_ZERO] = ECP_FOUND("near_zero", "1", "share of references across of 0.1 or less"),
    [UPPER] =
        ECP_FOUND("upper", "1", "share of references within above the border of the wells, 0.25"),
    [LOWER] = ECP_FOUND("lower", "1", "share of references across below it"),
    [REFERENCE] = ECP_FOUND("reference", "1", "mean reference within assemblies, after the rest"),
    [REFERENCE_ACROSS] = ECP_FOUND("reference_across", "1", "across"),
    [WITHIN] = ECP_FOUND("within", "1", "mean weight within assemblies, after the rest"),
    [WITHIN_SE] = ECP_FOUND("within_se", "1", "its standard error"),
    [ACROSS] = ECP_FOUND("across", "1", "mean weight from one assembly to another"),
    [CONTRAST] = ECP_FOUND("contrast", "1", "(within - across)/(within + across)"),
    [WITHIN_BEFORE] = ECP_FOUND("within_before", "1", "mean weight within, before the rest"),
    [WITHIN_CHANGE] = ECP_FOUND("within_change", "1", "change within over the rest, relative"),
    [WEAKEST] = ECP_FOUND("weakest", "1", "mean weight within the weakest assembly of any seed"),
    [HIGHEST] = ECP_FOUND("highest", "1", "largest weight of any seed"),
    [REST_HZ] = ECP_FOUND("rest_hz", "Hz", "mean rate of excitatory cells in the rest"),
    [REST_SE] = ECP_FOUND("rest_se", "Hz", "its standard error"),
    [INHIBITORY_HZ] = ECP_FOUND("inhibitory_hz", "Hz", "of inhibitory cells"),
    [SILENT] = ECP_FOUND("silent", "1", "share of seconds of the rest below 0.1 Hz"),
    [FAILS] =
        ECP_FOUND("fails", "1",
                  "share of seeds in which recall, before or after the rest, is below 0.7, or "
                  "the rate in the rest is not 1 to 10 Hz"),
    [HEBB_FAILS] = ECP_FOUND("hebb_fails", "1", "Hebbian term alone: share of seeds that fail"),
    [HEBB_OVERLAP] = ECP_FOUND("hebb_overlap", "1", "recall after the rest, mean of seeds"),
    [HEBB_HZ] = ECP_FOUND("hebb_hz", "Hz", "mean rate in the rest"),
    [HEBB_CONTRAST] = ECP_FOUND("hebb_contrast", "1", "contrast of weights"),
    [HETERO_FAILS] =
        ECP_FOUND("no_hetero_fails", "1", "no heterosynaptic term: share of seeds that fail"),
    [HETERO_OVERLAP] = ECP_FOUND("no_hetero_overlap", "1", "recall after the rest, mean of seeds"),
    [HETERO_HZ] = ECP_FOUND("no_hetero_hz", "Hz", "mean rate in the rest"),
    [HETERO_CONTRAST] = ECP_FOUND("no_hetero_contrast", "1", "contrast of weights"),
    [REFERENCE_FAILS] =
        ECP_FOUND("no_reference_fails", "1", "references stay 0: share of seeds that fail"),
    [REFERENCE_OVERLAP] = ECP_FOUND("no_reference_overlap", "1", "recall after the rest, mean"),
    [REFERENCE_HZ] = ECP_FOUND("no_reference_hz", "Hz", "mean rate in the rest"),
    [REFERENCE_CONTRAST] = ECP_FOUND("no_reference_contrast", "1", "contrast of weights"),
    [RESULTS] = {0}};

static struct ecp_assemblies_setup setup_of(const double *p)
{
    const double cells = round(4096 * p[SCALE]), size = round(p[SHARE] * cells);
    return (struct ecp_assemblies_setup){.cells = (size_t)cells,
                                         .inhibitory = (size_t)round(cells / 4),
                                         .inputs = (size_t)p[INPUTS],
                                         .field = (size_t)p[FIELD],
                                         .patterns = (size_t)p[PATTERNS],
                                         .size = (size_t)size,
                                         .shared = (size_t)round(p[OVERLAP] * size),
                                         .w_ee = p[W_EE],
                                         .w_ei = p[W_EI],
                                         .w_ie = p[W_IE],
                                         .w_ii = p[W_II],
                                         .w_in = p[W_IN],
                                         .q_sfa = p[Q_SFA],
                                         .tau_sfa = p[TAU_SFA],
                                         .background = p[BACKGROUND],
                                         .shown = p[SHOWN],
                                         .cued = p[CUED],
                                         .on = p[ON],
                                         .off = p[OFF],
                                         .settle = p[SETTLE],
                                         .learn = p[LEARN],
                                         .rest = p[REST],
                                         .reset = p[RESET],
                                         .cue = p[CUE],
                                         .delay = p[DELAY],
                                         .gap = p[GAP],
                                         .rounds = (size_t)p[ROUNDS],
                                         .eta = p[ETA] * p[SPEED],
                                         .beta = p[BETA] * p[SPEED],
                                         .delta = p[DELTA] * p[SPEED],
                                         .tau_c = p[TAU_C] / p[SPEED],
                                         .eta_i = p[ETA_I] * p[SPEED],
                                         .rho_0 = p[RHO_0],
                                         .adaptive = p[HOMEOSTASIS] > 0,
                                         .dt = p[STEP],
                                         .bin = p[BIN]};
}

/* The same with other times: controls that run away do so soon, and cost the more the more
 * neurons fire. */
static struct ecp_assemblies_setup setup_for(const double *p, enum ecp_assemblies_variant variant)
{
    struct ecp_assemblies_setup s = setup_of(p);
    if (variant == ECP_ASSEMBLIES_FULL)
        return s;
    const int forgets = variant == ECP_ASSEMBLIES_NO_REFERENCE;
    s.learn = p[forgets ? FORGET_LEARN : RUNAWAY_LEARN];
    s.rest = p[forgets ? FORGET_REST : RUNAWAY_REST];
    s.rounds = forgets ? s.rounds : 1;
    return s;
}

/* ---- running --------------------------------------------------------------------------------- */

/* Of all variants and seeds; jobs in the order of variants, then seeds. */
struct lab {
    size_t seeds, variants;
    uint64_t seed, seed_step;
    struct ecp_assemblies_setup setup[ECP_ASSEMBLIES_VARIANTS];
    struct ecp_assemblies_seen *seen;    /* variants x seeds */
    struct ecp_assemblies_course course; /* of the first seed of the first variant */
};

static enum ecp_status plan_job(void *context, size_t job, struct ecp_plan **out)
{
    const struct lab *lab = context;
    const size_t variant = job / lab->seeds, seed = job % lab->seeds;
    return ecp_assemblies_plan(&lab->setup[variant], (enum ecp_assemblies_variant)variant,
                               lab->seed + seed * lab->seed_step, out);
}

static enum ecp_status look_job(void *context, size_t job, const struct ecp_recording *recording)
{
    struct lab *lab = context;
    return ecp_assemblies_look(&lab->setup[job / lab->seeds], recording,
                               job == 0 ? &lab->course : NULL, &lab->seen[job]);
}

#include "scenarios/engram_assemblies_show.h"

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    struct lab lab = {.seeds = (size_t)param[SEEDS],
                      .variants = param[CONTROLS] > 0 ? ECP_ASSEMBLIES_VARIANTS : 1,
                      .seed = ecp_experiment_seed(e),
                      .seed_step = (uint64_t)param[SEED_STEP]};
    struct ecp_jobs jobs = {.n = lab.seeds * lab.variants,
                            .context = &lab,
                            .plan = plan_job,
                            .look = look_job,
                            .at = "learning, rest and recall",
                            .to = 1};
    enum ecp_status status;
    for (int v = 0; v < ECP_ASSEMBLIES_VARIANTS; v++)
        lab.setup[v] = setup_for(param, (enum ecp_assemblies_variant)v);
    const struct ecp_assemblies_setup *s = &lab.setup[0];
    lab.course.n_bins = (size_t)((double)s->patterns * (s->gap + s->cue) / s->bin);
    lab.course.rate = ecp_experiment_alloc(
        e, ECP_ASSEMBLIES_TESTS * 2 * s->patterns * lab.course.n_bins, sizeof(double));
    lab.seen = ecp_experiment_alloc(e, jobs.n, sizeof *lab.seen);
    if (!lab.seen || !lab.course.rate)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu networks", jobs.n);
    ECP_TRY(ecp_experiment_simulate_jobs(e, &jobs));
    conclude(e, &lab);
    ECP_TRY(tell(e, &lab));
    status = draw(e, &lab);
done:
    return status;
}

/* ---- claims ---------------------------------------------------------------------------------- */

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char recall[] =
        "Zenke et al. 2015: partial cues recall assemblies; bound set before "
        "the last parameters";
    static const char stable[] = "Zenke et al. 2015: assemblies stay for hours; bound chosen";
    static const char wells[] =
        "theory: wells of the reference at 0 and 0.5, border at 0.25; bounds of "
        "shares near the wells, which the hour missed (0.79, 0.90)";
    static const char rate[] = "Zenke et al. 2015: low rates while nothing is shown";
    static const char control[] = "Zenke et al. 2015: without the heterosynaptic term learning is "
                                  "unstable";
    static const char forgets[] = "Zenke et al. 2015: what is not consolidated is forgotten";
    const struct {
        const char *result;
        double lowest, highest;
        const char *source;
        int of_control;
    } claims[] = {{"overlap_before", 0.7, 1, recall, 0},
                  {"overlap", 0.7, 1, recall, 0},
                  {"right", 0.9, 1, recall, 0},
                  {"overlap_change", -0.15, 0.15, stable, 0},
                  {"within_change", -0.25, 0.25, stable, 0},
                  {"upper", 0.8, 1, wells, 0},
                  {"lower", 0.95, 1, wells, 0},
                  {"rest_hz", 1, 10, rate, 0},
                  {"fails", 0, 0, recall, 0},
                  {"hebb_fails", 1, 1, control, 1},
                  {"hebb_hz", 10, 1000, control, 1},
                  {"no_hetero_fails", 1, 1, control, 1},
                  {"no_reference_fails", 1, 1, forgets, 1},
                  {"no_reference_overlap", -1, 0.6, forgets, 1}};
    enum ecp_status status = ECP_OK;
    for (int v = 0; v < ECP_ASSEMBLIES_VARIANTS; v++) {
        const struct ecp_assemblies_setup s = setup_for(param, (enum ecp_assemblies_variant)v);
        if (v == 0 || param[CONTROLS] > 0)
            ECP_TRY(ecp_assemblies_check(&s));
    }
    if (param[SEEDS] > 1 && floor(param[SEED_STEP]) < 1)
        return ecp_fail(
            ECP_ECONFIG,
            "seed_step (%g): found seeds repeated among %g networks; allowed: 1 or more",
            param[SEED_STEP], param[SEEDS]);
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++)
        if (!claims[k].of_control || param[CONTROLS] > 0)
            ECP_TRY(ecp_plan_add_claim(
                plan, ecp_plan_printf(plan, "engram_assemblies.%s", claims[k].result),
                claims[k].lowest, claims[k].highest, claims[k].source));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_engram_assemblies = {
    .name = "engram_assemblies",
    .question = "Is memory lost, or out of reach?",
    .summary = "assemblies form, stay, and complete half cues; without the terms that "
               "stabilise learning they do not",
    .equations =
        "E (lif_nmda), I, inputs S on a ring; S -> E, E -> E, E -> I with short-term plasticity\n"
        "E -> E: zenke (triplets, heterosynaptic term, gain by transmitter, consolidation)\n"
        "I -> E: istdp_global (rate of all E)\n"
        "overlap (u - o)/max(c, u, o): mean rates after a cue, c of the cued half of an assembly,\n"
        "u of its other half, o of the most active other assembly",
    .reference = "Zenke, Agnes & Gerstner 2015, doi:10.1038/ncomms7922",
    .fields = fields,
    .choices = choices,
    .build = build,
    .results = results,
    .run = run};
