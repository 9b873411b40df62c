/* lpl_toy.c -- which direction does one linear unit find in the plane, by latent predictive
 * learning and by its rivals (Halvagal & Zenke 2023, Fig. 2)?
 *
 * Two clusters lie at x = -1 and 1; y is noise of standard deviation sigma. Points come
 * in pairs of one cluster, so that x tells what stays and y what does not. For each of
 * `sigmas` values of sigma, evenly on a logarithmic scale, `repeats` units begin with weights
 * of their own; each step is a batch of pairs. On average (C_0 the second moments of a
 * point, C_1 those of a point with the one before)
 *
 *   dw ~ 2 C_0 w/var z - 2 (C_0 - C_1) w - 0.15 w,  C_0 = diag(1.01, sigma^2),
 *                                                   C_1 = diag(1 - 2p, 0)
 *
 * whose fixed points, growth and decay are the claims:
 *   lpl       the x axis for every sigma, |w| = sqrt(2/(0.17 + 4p))
 *   pred_off  the direction of larger variance: x below sigma^2 = 1.01, y above;
 *             |w| = sqrt(2/0.15)
 *   hebb_off  |w_x| decays with exp(-0.0017) a batch
 *   oja       as pred_off; |w| = sqrt(1 - 0.15/lambda), lambda the larger variance
 *   naive     (variance instead of its logarithm) grows with exp(0.0185) a batch
 *   vicreg    the x axis, var z = 1
 * Besides, pred_off learns for longer on both sides of sigma^2 = 1.01, and lpl over p, where
 * the x axis is stable to p* = 0.5004 (sigma = 1). */
#include "scenarios/lpl_toy.h"

#include <math.h>
#include <stdlib.h>

#include "engine/chance.h"
#include "engine/scenario.h"
#include "scenarios/field_kinds.h"

enum { ALL };

static const struct ecp_field fields[] = {
    [ECP_TOY_RULE] = ECP_NUMBER("rule", ALL, ALL, ECP_TOY_RULES, "how the units learn"),
    [ECP_TOY_SEEDS] = ECP_COUNT("seeds", 3, 1, 1000, "times that all is run"),
    [ECP_TOY_SIGMA_LOW] = ECP_NUMBER("sigma_low", 0.01, 1e-6, 1e3, "least standard deviation of y"),
    [ECP_TOY_SIGMA_HIGH] = ECP_NUMBER("sigma_high", 100, 1e-6, 1e3, "largest one"),
    [ECP_TOY_SIGMAS] = ECP_COUNT("sigmas", 17, 2, 1e5, "how many between them; paper: 50"),
    [ECP_TOY_REPEATS] = ECP_COUNT("repeats", 1, 1, 1e4, "units for each, in each seed"),
    [ECP_TOY_P] =
        ECP_NUMBER("p", 0, 0, 1, "probability that the two points of a pair are of two clusters"),
    [ECP_TOY_BATCHES] = ECP_COUNT("batches", 10000, 1, 1e7, "to learn from"),
    [ECP_TOY_BATCH] = ECP_COUNT("batch", 200, 2, 1e6, "pairs in a batch"),
    [ECP_TOY_PREDICT] =
        ECP_NUMBER("predict", 1, 0, 1e6, "strength of the predictive part, where a rule has it"),
    [ECP_TOY_HEBB] =
        ECP_NUMBER("hebb", 1, 0, 1e6, "strength of the Hebbian part, where a rule has it"),
    [ECP_TOY_DECAY] = ECP_NUMBER("decay", 0.15, 1e-6, 1e3, "decay of weights"),
    [ECP_TOY_ETA] = ECP_NUMBER("eta", 1e-2, 1e-9, 1, "learning rate (sigma > 1: over sigma)"),
    [ECP_TOY_NOISE] = ECP_NUMBER("noise", 0.1, 0, 1e3, "standard deviation of x within a cluster"),
    [ECP_TOY_CROSSING_BELOW] =
        ECP_NUMBER("crossing_below", 0.95, 1e-6, 1e3, "sigma at which pred_off still finds x"),
    [ECP_TOY_CROSSING_ABOVE] =
        ECP_NUMBER("crossing_above", 1.06, 1e-6, 1e3, "sigma at which it finds y"),
    [ECP_TOY_CROSSING_BATCHES] =
        ECP_COUNT("crossing_batches", 40000, 1, 1e7, "to learn from at these two"),
    [ECP_TOY_P_BELOW] = ECP_NUMBER("p_below", 0.48, 0, 1, "p at which lpl still finds x"),
    [ECP_TOY_P_ABOVE] = ECP_NUMBER("p_above", 0.52, 0, 1, "p at which it finds y"),
    [ECP_TOY_P_HIGH] = ECP_NUMBER("p_high", 0.7, 1e-3, 1, "p goes from 0 to this"),
    [ECP_TOY_PS] = ECP_COUNT("ps", 8, 2, 100, "how many values, besides those two"),
    [ECP_TOY_SWITCH_SIGMA] =
        ECP_NUMBER("switch_sigma", 1, 1e-6, 1e3, "standard deviation of y over p"),
    [ECP_TOY_SWITCH_BATCHES] = ECP_COUNT("switch_batches", 20000, 1, 1e7, "to learn from over p"),
    [ECP_TOY_POINTS] = ECP_COUNT("points", 10000, 10, 1e7, "of which selectivity is measured"),
    [ECP_TOY_END] = {0}};

static const struct ecp_choice choices[] = {{"rule", "all lpl pred_off hebb_off oja naive vicreg"},
                                            {NULL, NULL}};

const char *const ecp_toy_groups[ECP_TOY_GROUPS] = {"lpl",   "pred_off", "hebb_off", "oja",
                                                    "naive", "vicreg",   "crossing", "switch"};

static const double step = 1 /* ms: a batch */, tested = 100 /* batches */, seen = 10;

static const char *const watched[] = {"cosine", "activity", "w_x", "w_y"};
enum { COSINE, ACTIVITY, W_X, W_Y, WATCHED };

double ecp_toy_sigma(const double *param, size_t k)
{
    const double low = log(param[ECP_TOY_SIGMA_LOW]), high = log(param[ECP_TOY_SIGMA_HIGH]);
    return exp(low + (high - low) * (double)k / (param[ECP_TOY_SIGMAS] - 1));
}

int ecp_toy_runs(const double *param, int group)
{
    const int rule = (int)param[ECP_TOY_RULE] - 1;
    const int needs = group == ECP_TOY_CROSSING ? ECP_TOY_PRED_OFF
                      : group == ECP_TOY_SWITCH ? ECP_TOY_LPL
                                                : group;
    return rule < 0 || rule == needs;
}

int ecp_toy_batches(int group)
{
    return group == ECP_TOY_CROSSING ? ECP_TOY_CROSSING_BATCHES
           : group == ECP_TOY_SWITCH ? ECP_TOY_SWITCH_BATCHES
                                     : ECP_TOY_BATCHES;
}

/* ---- networks --------------------------------------------------------------------------- */

/* Job k: group[k] of seed[k], whose units begin at unit[k]. Units of one value of sigma or p
 * follow one another. */
struct job_list {
    const double *param;
    uint64_t seed;
    size_t seeds, n_groups;
    int group[ECP_TOY_GROUPS];
    struct ecp_toy_units *units;
};

static int group_of(const struct job_list *jobs, size_t job)
{
    return jobs->group[job / jobs->seeds];
}

static struct ecp_toy_unit *units_of(const struct job_list *jobs, size_t job)
{
    const int g = group_of(jobs, job);
    return jobs->units->unit[g] + job % jobs->seeds * jobs->units->n[g];
}

static double batches_of(const struct job_list *jobs, int group)
{
    return jobs->param[ecp_toy_batches(group)];
}

static uint64_t seed_of(const struct job_list *jobs, size_t job)
{
    return jobs->seed + job % jobs->seeds; /* the same in all groups of a seed */
}

/* `n` units that differ in sigma alone. */
static enum ecp_status add_units(struct ecp_plan *plan, const struct job_list *jobs, int group,
                                 const char *name, const struct ecp_toy_unit *unit, size_t n)
{
    static const struct {
        double predict, hebb, kind;
    } rule[] = {[ECP_TOY_LPL] = {1, 1, 0},      [ECP_TOY_PRED_OFF] = {0, 1, 0},
                [ECP_TOY_HEBB_OFF] = {1, 0, 0}, [ECP_TOY_OJA] = {0, 0, 3},
                [ECP_TOY_NAIVE] = {1, 1, 1},    [ECP_TOY_VICREG] = {1, 1, 2},
                [ECP_TOY_CROSSING] = {0, 1, 0}, [ECP_TOY_SWITCH] = {1, 1, 0}};
    const double *param = jobs->param;
    const struct ecp_draw begin = {.kind = ECP_DRAW_UNIFORM, .a = -sqrt(0.5), .b = sqrt(0.5)};
    const struct {
        const char *field;
        double value;
    } all[] = {{"predict", rule[group].predict * param[ECP_TOY_PREDICT]},
               {"hebb", rule[group].hebb * param[ECP_TOY_HEBB]},
               {"kind", rule[group].kind},
               {"p", unit[0].p},
               {"batch", param[ECP_TOY_BATCH]},
               {"decay", param[ECP_TOY_DECAY]},
               {"eta", param[ECP_TOY_ETA]},
               {"noise", param[ECP_TOY_NOISE]},
               {"gain", 0}}; /* it need not fire */
    double *sigma = ecp_plan_alloc(plan, n * sizeof *sigma);
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    struct ecp_plan_probe *probe;
    if (!sigma)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    for (size_t j = 0; j < n; j++)
        sigma[j] = unit[j].sigma;
    ECP_TRY(ecp_plan_add_population(plan, name, "lpl_unit", n, &p));
    ECP_TRY(ecp_population_set_draw(
        p, "sigma", (struct ecp_draw){.kind = ECP_DRAW_LIST, .list = sigma, .count = n}));
    ECP_TRY(ecp_population_set_draw(p, "w_x", begin));
    ECP_TRY(ecp_population_set_draw(p, "w_y", begin));
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        ECP_TRY(ecp_population_set(p, all[k].field, all[k].value));
    for (int k = 0; k < WATCHED; k++) {
        ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, name, &probe));
        probe->name = ecp_plan_printf(plan, "%s_%s", name, watched[k]);
        probe->field_name = watched[k];
        probe->interval = seen * step;
        probe->start = batches_of(jobs, group) * step;
    }
done:
    return status;
}

static enum ecp_status plan_job(void *context, size_t job, struct ecp_plan **out)
{
    const struct job_list *jobs = context;
    const int group = group_of(jobs, job);
    const struct ecp_toy_unit *unit = units_of(jobs, job);
    /* p is one of a population, sigma one of a unit. */
    const size_t n = jobs->units->n[group];
    const size_t each = group == ECP_TOY_SWITCH ? (size_t)jobs->param[ECP_TOY_REPEATS] : n;
    enum ecp_status status;
    struct ecp_plan_phase *phase;
    struct ecp_plan *plan = NULL;
    ECP_TRY(ecp_plan_create(&plan));
    plan->name = "lpl_toy";
    plan->dt = step;
    plan->seed = seed_of(jobs, job);
    for (size_t k = 0; k < n; k += each)
        ECP_TRY(add_units(plan, jobs, group, ecp_plan_printf(plan, "units_%zu", k / each), unit + k,
                          each));
    ECP_TRY(ecp_plan_add_phase(plan, "learn", batches_of(jobs, group) * step, 1, &phase));
    ECP_TRY(ecp_plan_add_phase(plan, "test", tested * step, 0, &phase));
    *out = plan;
    return ECP_OK;
done:
    ecp_plan_destroy(plan);
    return status;
}

/* ---- what they learned ------------------------------------------------------------------- */

/* Of fresh points, half of them of each cluster. */
static double selectivity(const double *param, double sigma, double w_x, double w_y,
                          struct ecp_chance chance)
{
    const size_t half = (size_t)param[ECP_TOY_POINTS] / 2;
    double mean[2] = {0, 0}, least = INFINITY, most = -INFINITY;
    for (size_t k = 0; k < 2 * half; k++) {
        const double x = (k % 2 ? 1 : -1) + param[ECP_TOY_NOISE] * ecp_chance_normal(&chance);
        const double z = w_x * x + w_y * sigma * ecp_chance_normal(&chance);
        mean[k % 2] += z / (double)half;
        least = fmin(least, z);
        most = fmax(most, z);
    }
    return most > least ? fabs(mean[1] - mean[0]) / (most - least) : NAN;
}

/* Mean size of each field over the frames of the test; weights at its end into `last`. */
static void average(const struct ecp_recorded_signal *s, int field, struct ecp_toy_unit *unit,
                    double *last)
{
    static const int measure[WATCHED] = {ECP_TOY_COSINE, ECP_TOY_ACTIVITY, ECP_TOY_W_X,
                                         ECP_TOY_W_Y};
    for (size_t j = 0; j < s->n_columns; j++) {
        double sum = 0;
        for (size_t t = 0; t < s->n_frames; t++)
            sum += fabs((double)s->data[t * s->n_columns + j]);
        unit[j].measure[measure[field]] = sum / (double)s->n_frames;
        if (field >= W_X)
            last[2 * j + (size_t)(field - W_X)] =
                (double)s->data[(s->n_frames - 1) * s->n_columns + j];
    }
}

static enum ecp_status look(void *context, size_t job, const struct ecp_recording *r)
{
    const struct job_list *jobs = context;
    const int group = group_of(jobs, job);
    const size_t n = jobs->units->n[group];
    struct ecp_toy_unit *unit = units_of(jobs, job);
    double *last = calloc(2 * n, sizeof *last);
    if (!last)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu units", n);
    for (size_t k = 0; k < r->n_signals; k++) {
        const size_t first = k / WATCHED * r->signal[k].n_columns;
        average(&r->signal[k], (int)(k % WATCHED), unit + first, last + 2 * first);
    }
    for (size_t j = 0; j < n; j++) {
        double *m = unit[j].measure;
        const double fixed = ecp_toy_w_x(jobs->param, ECP_TOY_LPL, unit[j].p);
        m[ECP_TOY_SELECTIVITY] =
            selectivity(jobs->param, unit[j].sigma, last[2 * j], last[2 * j + 1],
                        ecp_chance(seed_of(jobs, job), 76, (uint32_t)j));
        m[ECP_TOY_DEVIATION] = fixed > 0 ? fabs(m[ECP_TOY_W_X] / fixed - 1) : NAN;
    }
    free(last);
    return ECP_OK;
}

/* ---- all --------------------------------------------------------------------------------- */

static size_t values_of(const double *param, int group)
{
    if (group == ECP_TOY_CROSSING)
        return 2;
    return (size_t)param[group == ECP_TOY_SWITCH ? ECP_TOY_PS : ECP_TOY_SIGMAS] +
           (group == ECP_TOY_SWITCH ? 2 : 0);
}

static void set_unit(const double *param, int group, size_t value, struct ecp_toy_unit *out)
{
    const size_t ps = (size_t)param[ECP_TOY_PS];
    *out = (struct ecp_toy_unit){.p = param[ECP_TOY_P]};
    if (group == ECP_TOY_CROSSING)
        out->sigma = param[value ? ECP_TOY_CROSSING_ABOVE : ECP_TOY_CROSSING_BELOW];
    else if (group != ECP_TOY_SWITCH)
        out->sigma = ecp_toy_sigma(param, value);
    if (group != ECP_TOY_SWITCH)
        return;
    out->sigma = param[ECP_TOY_SWITCH_SIGMA];
    out->p = value < ps ? param[ECP_TOY_P_HIGH] * (double)value / (double)(ps - 1)
                        : param[value == ps ? ECP_TOY_P_BELOW : ECP_TOY_P_ABOVE];
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    const size_t repeats = (size_t)param[ECP_TOY_REPEATS];
    struct ecp_toy_units units = {.param = param, .seeds = (size_t)param[ECP_TOY_SEEDS]};
    struct job_list list = {
        .param = param, .seed = ecp_experiment_seed(e), .seeds = units.seeds, .units = &units};
    enum ecp_status status;
    for (int g = ECP_TOY_GROUPS - 1; g >= 0; g--) {
        if (!ecp_toy_runs(param, g))
            continue;
        list.group[list.n_groups++] = g;
        units.n[g] = values_of(param, g) * repeats;
        units.unit[g] = ecp_experiment_alloc(e, units.seeds * units.n[g], sizeof **units.unit);
        if (!units.unit[g])
            return ecp_fail(ECP_ENOMEM, "no memory for %zu seeds", units.seeds);
        for (size_t k = 0; k < units.seeds * units.n[g]; k++)
            set_unit(param, g, k % units.n[g] / repeats, &units.unit[g][k]);
    }
    const struct ecp_jobs jobs = {.n = list.n_groups * units.seeds,
                                  .context = &list,
                                  .plan = plan_job,
                                  .look = look,
                                  .at = "units learn",
                                  .to = 1};
    ECP_TRY(ecp_experiment_simulate_jobs(e, &jobs));
    ecp_toy_put(e, &units);
    status = ecp_toy_show(e, &units);
done:
    return status;
}

static enum ecp_status below(const double *param, int low, int high)
{
    if (param[low] < param[high])
        return ECP_OK;
    return ecp_fail(ECP_ECONFIG, "%s (%g) must lie below %s (%g)", fields[low].name, param[low],
                    fields[high].name, param[high]);
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    enum ecp_status status = ECP_OK;
    ECP_TRY(below(param, ECP_TOY_SIGMA_LOW, ECP_TOY_SIGMA_HIGH));
    ECP_TRY(below(param, ECP_TOY_CROSSING_BELOW, ECP_TOY_CROSSING_ABOVE));
    ECP_TRY(below(param, ECP_TOY_P_BELOW, ECP_TOY_P_ABOVE));
    status = ecp_toy_claim(plan, param);
done:
    return status;
}

const struct ecp_scenario ecp_scenario_lpl_toy = {
    .name = "lpl_toy",
    .question = "How does a network learn what matters in its input?",
    .summary = "a linear unit finds what stays in two dimensions, however large the noise; without "
               "each part of the rule, and by three rivals",
    .equations =
        "clusters at x = -1 and 1 (spread 0.1), y: noise of sd sigma; pairs of one cluster\n"
        "L = mean (z - z_before)^2 - ln var z, and five rivals; a step is a batch of 200\n"
        "selectivity: |difference of the clusters' means|/(max z - min z)",
    .reference = "Halvagal & Zenke 2023, doi:10.1038/s41593-023-01460-y",
    .fields = fields,
    .choices = choices,
    .build = build,
    .results = ecp_toy_results,
    .run = run};
