/* lpl_spiking.c -- a spiking network learns slow signals by latent predictive learning, whole and
 * without each of its parts (Halvagal & Zenke 2023, Figs. 5 and S9).
 *
 * The network of lpl.c. Each seed draws wiring, spikes and signals, and is run as it is, without
 * the predictive part, without the Hebbian part, without inhibition, with inhibition that does not
 * learn, and before it learns. After learning, 80 s are looked at: R2 of the counts of each
 * group of inputs in bins of 25 ms, guessed from those of the excitatory neurons by the lasso;
 * the correlation of all guesses and counts (input-output correlation); rates, weights, and
 *
 *   preference = mean weight of P1 and P3 over that of P2 and P4 (the same, shuffled),
 *   selectivity of a neuron = (w_P3 - w_P1)/(w_P3 + w_P1), w its mean weight from a group.
 *
 * The paper learns for 1e5 s with steps of 0.1 ms. Here steps are four times as long, gradients
 * scaled (rms), rates of learning larger, time constants of means shorter, and 250 s are learned:
 * what of the paper comes out of that is on docs/scenarios/lpl_spiking.md. */
#include "scenarios/lpl_spiking.h"

#include <math.h>

#include "engine/scenario.h"
#include "scenarios/field_kinds.h"

enum {
    CONDITIONS,
    SEEDS,
    STEP,
    FORM,
    RMS,
    ETA,
    PHI,
    LAMBDA,
    ZETA,
    TAU_MEAN,
    PRIME,
    LEARN,
    TEST,
    BIN,
    ALPHA,
    HELD_OUT,
    END
};

enum { ALL, PREDICTION };

static const struct ecp_field fields[] = {
    [CONDITIONS] = ECP_NUMBER("conditions", ALL, 0, PREDICTION,
                              "which networks: all, or with and without prediction"),
    [SEEDS] = ECP_COUNT("seeds", 3, 1, 100, "networks, each with signals of its own"),
    [STEP] = ECP_TIME("step", 0.4, 0.01, 1e9, "of time; paper: 0.1 ms"),
    [FORM] = ECP_NUMBER("form", 0, 0, 1, "of the rule: as the erratum has it, or as published"),
    [RMS] = ECP_NUMBER("rms", 1, 0, 1, "are gradients scaled?"),
    [ETA] = ECP_NUMBER("eta", 5e-2, 0, 1e3, "learning rate; paper: 1e-2"),
    [PHI] = ECP_NUMBER("phi", 1, 0, 1e3, "strength of the predictive part, where it is on"),
    [LAMBDA] = ECP_NUMBER("lambda", 1, 0, 1e3, "strength of the Hebbian part, where it is on"),
    [ZETA] = ECP_NUMBER("zeta", 1e-2, 0, 1, "learning rate of inhibition; paper: 1e-3"),
    [TAU_MEAN] = ECP_TIME("tau_mean", 1e4, 1, 1e9, "of the mean rate; paper: 600 s"),
    [PRIME] = ECP_TIME("prime", 3e4, 1, 1e9, "time before learning, for the traces; paper: 1800 s"),
    [LEARN] = ECP_TIME("learn", 2.5e5, 1, 1e9, "time of learning before the test; paper: 1e5 s"),
    [TEST] = ECP_TIME("test", 8e4, 1e3, 1e9, "time that is looked at; learning goes on"),
    [BIN] = ECP_TIME("bin", 25, 1, 1e9, "of counts"),
    [ALPHA] = ECP_NUMBER("alpha", 0.1, 0, 1e6, "penalty of the lasso, in counts"),
    [HELD_OUT] = ECP_NUMBER("held_out", 0.2, 0.01, 0.9,
                            "share of the test, at its end, that is guessed; paper: 0.05"),
    [END] = {0}};

static const struct ecp_choice choices[] = {{"conditions", "all prediction"},
                                            {"form", "normalised published"},
                                            {"rms", "off on"},
                                            {NULL, NULL}};

/* In the order of ecp_lpl_measure, for kinds in theirs. */
#define KIND(name)                                                                                 \
    ECP_FOUND(name "_r2_P0", "1", "constant rate"), ECP_FOUND(name "_r2_P1", "1", "slow signal"),  \
        ECP_FOUND(name "_r2_P2", "1", "that of P1, shuffled"),                                     \
        ECP_FOUND(name "_r2_P3", "1", "another slow signal"),                                      \
        ECP_FOUND(name "_r2_P4", "1", "that of P3, shuffled"),                                     \
        ECP_FOUND(name "_r2_slow", "1", "mean of P1 and P3"),                                      \
        ECP_FOUND(name "_r2_shuffled", "1", "mean of P2 and P4"),                                  \
        ECP_FOUND(name "_io", "1", "correlation of guesses and counts"),                           \
        ECP_FOUND(name "_rate_hz", "Hz", "mean of E"),                                             \
        ECP_FOUND(name "_weight", "1", "mean of all groups; at first 0.15"),                       \
        ECP_FOUND(name "_preference", "1", "weights: slow over shuffled"),                         \
        ECP_FOUND(name "_leaning", "1", "mean selectivity of neurons"),                            \
        ECP_FOUND(name "_spread", "1", "standard deviation of it"),                                \
        ECP_FOUND(name "_minority", "1", "share of neurons on the rarer side of zero")
static const struct ecp_field results[] = {
    KIND("lpl"),
    KIND("pred_off"),
    KIND("hebb_off"),
    KIND("inhibition_off"),
    KIND("inhibition_fixed"),
    KIND("before"),
    [ECP_LPL_LEARNED] =
        ECP_FOUND("learned", "1",
                  "input-output correlation by learning: lpl less before, the least "
                  "of any seed"),
    [ECP_LPL_SHUFFLED_MOST] =
        ECP_FOUND("shuffled_most", "1", "lpl: mean R2 of P0, P2 or P4 over seeds, the largest"),
    [ECP_LPL_PREFERS] =
        ECP_FOUND("prefers", "1", "preference: lpl less pred_off, the least of any seed"),
    [ECP_LPL_BLIND] = ECP_FOUND("blind", "1", "pred_off: preference, the largest of any seed"),
    [ECP_LPL_COLLAPSE_WEIGHT] =
        ECP_FOUND("collapse_weight", "1",
                  "hebb_off: mean weight of slow inputs over that at first, "
                  "the largest of any seed"),
    [ECP_LPL_COLLAPSE_RATE] =
        ECP_FOUND("collapse_rate", "1", "hebb_off: rate over that of lpl, the largest of any seed"),
    [ECP_LPL_SIDES] = ECP_FOUND("sides", "1", "lpl: minority, the least of any seed"),
    [ECP_LPL_CLEANER] = ECP_FOUND(
        "cleaner", "1", "R2 of shuffled inputs: inhibition_off less lpl, the least of any seed"),
    [ECP_LPL_BETTER] = ECP_FOUND(
        "better", "1", "R2 of slow inputs: lpl less inhibition_fixed, the least of any seed"),
    [ECP_LPL_LEAN] =
        ECP_FOUND("lean", "1",
                  "lpl: size of the leaning over the spread, mean of seeds; 0: as many "
                  "neurons select either signal"),
    [ECP_LPL_LEAN_OFF] = ECP_FOUND("lean_off", "1", "the same of inhibition_off"),
    [ECP_LPL_LEAN_LESS] = ECP_FOUND("lean_less", "1", "by how much it is less in lpl"),
    [ECP_LPL_SE] = ECP_FOUND("se_r2", "1", "largest standard error of a mean R2 of slow signals"),
    [ECP_LPL_RESULTS] = {0}};

/* ---- networks --------------------------------------------------------------------------- */

struct job_list {
    const double *param;
    uint64_t seed;
    size_t n_kinds;
    int kind[ECP_LPL_KINDS]; /* n_kinds, in the order of jobs */
    struct ecp_lpl_outcome *outcome;
};

static enum ecp_status add_probes(struct ecp_plan *plan, double start, double stop)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_probe *probe;
    double *time = ecp_plan_alloc(plan, sizeof *time);
    if (!time)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    *time = stop;
    ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "E", &probe));
    probe->start = start;
    for (int k = 0; k < ECP_LPL_INPUTS; k++) {
        ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, ecp_lpl_inputs[k].name, &probe));
        probe->start = start;
        ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_WEIGHTS, ecp_lpl_inputs[k].projection, &probe));
        probe->times = time;
        probe->n_times = 1;
    }
done:
    return status;
}

static double learning_time(const struct job_list *jobs, int kind)
{
    return kind == ECP_LPL_BEFORE ? 0 : jobs->param[LEARN];
}

static enum ecp_status plan_job(void *context, size_t job, struct ecp_plan **out)
{
    const struct job_list *jobs = context;
    const double *p = jobs->param;
    const size_t s = job / jobs->n_kinds;
    const int kind = jobs->kind[job % jobs->n_kinds];
    const struct ecp_lpl_setup setup = {
        .condition = kind == ECP_LPL_BEFORE ? ECP_LPL_ALL : (enum ecp_lpl_condition)kind,
        .form = p[FORM],
        .rms = p[RMS],
        .eta = kind == ECP_LPL_BEFORE ? 0 : p[ETA],
        .phi = p[PHI],
        .lambda = p[LAMBDA],
        .tau_mean = p[TAU_MEAN],
        .zeta = p[ZETA],
        .prime = p[PRIME],
        .learn = learning_time(jobs, kind),
        .test = p[TEST],
        .patterns = 2 * (double)s};
    const double start = setup.prime + setup.learn;
    enum ecp_status status;
    struct ecp_plan *plan = NULL;
    ECP_TRY(ecp_plan_create(&plan));
    plan->name = "lpl_spiking";
    plan->dt = p[STEP];
    plan->seed = jobs->seed + s; /* the same in all kinds of a seed */
    ECP_TRY(ecp_lpl_network(plan, &setup));
    ECP_TRY(add_probes(plan, start, start + setup.test));
    *out = plan;
    return ECP_OK;
done:
    ecp_plan_destroy(plan);
    return status;
}

/* ---- what they learned -------------------------------------------------------------------- */

/* Mean weight of a group's synapses onto each neuron; 0: it has none. */
static void weigh(const struct ecp_recorded_weights *w, double *mean, double *own)
{
    double n[ECP_LPL_E] = {0};
    *mean = 0;
    for (size_t j = 0; j < ECP_LPL_E; j++)
        own[j] = 0;
    for (size_t k = 0; k < w->n; k++) {
        *mean += (double)w->weight[k] / (double)w->n;
        own[w->target[k]] += (double)w->weight[k];
        n[w->target[k]]++;
    }
    for (size_t j = 0; j < ECP_LPL_E; j++)
        own[j] /= n[j] > 0 ? n[j] : 1;
}

static void select_neurons(struct ecp_lpl_outcome *o, const double *p1, const double *p3)
{
    double n = 0, sum = 0, square = 0, above = 0, below = 0;
    for (size_t j = 0; j < ECP_LPL_E; j++) {
        const double both = p3[j] + p1[j], s = both > 0 ? (p3[j] - p1[j]) / both : NAN;
        o->selectivity[j] = s;
        if (isnan(s))
            continue;
        n++;
        sum += s;
        square += s * s;
        above += s > 0;
        below += s < 0;
    }
    o->measure[ECP_LPL_LEANING] = n > 0 ? sum / n : NAN;
    o->measure[ECP_LPL_SPREAD] = n > 0 ? sqrt(fmax(0, square / n - sum / n * sum / n)) : NAN;
    o->measure[ECP_LPL_MINORITY] = n > 0 ? fmin(above, below) / n : NAN;
}

static enum ecp_status look(void *context, size_t job, const struct ecp_recording *r)
{
    const struct job_list *jobs = context;
    const double *p = jobs->param;
    const int kind = jobs->kind[job % jobs->n_kinds];
    struct ecp_lpl_outcome *o = &jobs->outcome[job / jobs->n_kinds * ECP_LPL_KINDS + (size_t)kind];
    const double start = p[PRIME] + learning_time(jobs, kind);
    const struct ecp_lpl_reader reader = {start, start + p[TEST], p[BIN], p[HELD_OUT], p[ALPHA]};
    struct ecp_lpl_reading reading;
    double own[ECP_LPL_INPUTS][ECP_LPL_E], *m = o->measure;
    const enum ecp_status status = ecp_lpl_read(r, &reader, &reading);
    if (status != ECP_OK)
        return status;
    m[ECP_LPL_WEIGHT] = 0;
    for (size_t k = 0; k < ECP_LPL_INPUTS; k++) {
        weigh(&r->weights[k], &o->weight[k], own[k]);
        m[ECP_LPL_R2 + k] = reading.r2[k];
        m[ECP_LPL_WEIGHT] += o->weight[k] / ECP_LPL_INPUTS;
    }
    m[ECP_LPL_SLOW] = (reading.r2[1] + reading.r2[3]) / 2;
    m[ECP_LPL_SHUFFLED] = (reading.r2[2] + reading.r2[4]) / 2;
    m[ECP_LPL_IO] = reading.correlation;
    m[ECP_LPL_RATE] = reading.rate;
    m[ECP_LPL_PREFERENCE] = (o->weight[1] + o->weight[3]) / (o->weight[2] + o->weight[4]);
    select_neurons(o, own[1], own[3]);
    return ECP_OK;
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    static const int all[] = {ECP_LPL_ALL,
                              ECP_LPL_PRED_OFF,
                              ECP_LPL_HEBB_OFF,
                              ECP_LPL_INHIBITION_OFF,
                              ECP_LPL_INHIBITION_FIXED,
                              ECP_LPL_BEFORE};
    static const int few[] = {ECP_LPL_ALL, ECP_LPL_PRED_OFF};
    const int is_all = param[CONDITIONS] < PREDICTION;
    struct job_list list = {.param = param,
                            .seed = ecp_experiment_seed(e),
                            .n_kinds =
                                is_all ? sizeof all / sizeof *all : sizeof few / sizeof *few};
    struct ecp_lpl_outcomes found = {.seeds = (size_t)param[SEEDS]};
    enum ecp_status status;
    list.outcome = ecp_experiment_alloc(e, found.seeds * ECP_LPL_KINDS, sizeof *list.outcome);
    if (!list.outcome)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu seeds", found.seeds);
    for (size_t k = 0; k < list.n_kinds; k++) {
        list.kind[k] = is_all ? all[k] : few[k];
        found.run[list.kind[k]] = 1;
    }
    found.outcome = list.outcome;
    const struct ecp_jobs jobs = {.n = found.seeds * list.n_kinds,
                                  .context = &list,
                                  .plan = plan_job,
                                  .look = look,
                                  .at = "networks learn",
                                  .to = 1};
    ECP_TRY(ecp_experiment_simulate_jobs(e, &jobs));
    status = ecp_lpl_spiking_show(e, &found);
done:
    return status;
}

#include "scenarios/lpl_spiking_claims.h"

const struct ecp_scenario ecp_scenario_lpl_spiking = {
    .name = "lpl_spiking",
    .question = "How does a network learn what matters in its input?",
    .summary = "spiking network that learns slow signals, whole and without each part of the rule",
    .equations =
        "P0 ... P4 -> E: rule lpl; E -> I: exp(-((i - c)/20)^2); I -> E: rule istdp, 10 Hz\n"
        "P1, P3: slow random signals; P2, P4: the same, shuffled; P0: constant\n"
        "R2: counts of a group in 25 ms, guessed from those of E by the lasso\n"
        "selectivity of a neuron: (w_P3 - w_P1)/(w_P3 + w_P1)",
    .reference = "Halvagal & Zenke 2023, doi:10.1038/s41593-023-01460-y",
    .fields = fields,
    .choices = choices,
    .build = build,
    .results = results,
    .run = run};
