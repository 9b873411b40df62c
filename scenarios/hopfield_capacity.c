/* hopfield_capacity.c -- how many patterns does a Hopfield network hold?
 *
 * Networks of N, N/2 and N/4 components with W = sum x x^T/N learn P = alpha N random
 * patterns; some of them are given as cues, one component changing after the other. Counted
 * are the overlap with the pattern, and whether it is still retrieved (overlap above 0.7:
 * what is lost ends near 0.3).
 *
 *   mean field theory (Amit, Gutfreund & Sompolinsky 1985): overlap m = erf(y) of the patterns
 *   retrieved, y (sqrt(2 alpha) + 2/sqrt(pi) exp(-y^2)) = erf(y); none above alpha = 0.1379
 *
 * In finite networks some patterns are retrieved beyond. The load at which half are lost is
 * extrapolated over N^(-2/3): states of retrieval end where they meet a saddle, near which
 * what keeps them apart is N |alpha - alpha_c|^(3/2).
 *
 * With couplings that stay within bounds (Parisi 1986) there is no such load: networks of 400
 * learn one pattern after the other, and recall the latest. `bias` makes components agree
 * between patterns (mean of a component), which the theory leaves out. */
#include <math.h>
#include <stdlib.h>

#include "engine/capacity.h"
#include "engine/chance.h"
#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"

enum { N, LOADS, SEEDS, CUES, BIAS, END };

static const struct ecp_field fields[] = {
    [N] = {"n", "1", 2000, 100, 1e5, "components of the largest network", ECP_WHOLE},
    [LOADS] = {"loads", "1", 16, 4, 1000, "values of alpha, from 0.05 to 0.20", ECP_WHOLE},
    [SEEDS] = {"seeds", "1", 3, 1, 1000, "networks of each size and load", ECP_WHOLE},
    [CUES] = {"cues", "1", 40, 1, 1e4, "patterns of each that are recalled", ECP_WHOLE},
    [BIAS] = {"bias", "1", 0, 0, 0.9, "mean of a component", ECP_PARAM},
    [END] = {0}};

enum { OVERLAP_ERROR, KEPT, JUMP, SHARPER, HELD_SMALL, HELD_BEST, HELD_LARGE, HELD_HEBB, RESULTS };

static const struct ecp_field results[] = {
    [OVERLAP_ERROR] = {"overlap_error", "1", 0, 0, 0,
                       "largest distance of the mean overlap of retrieved patterns from theory, "
                       "alpha up to 0.13, largest network",
                       ECP_RESULT},
    [KEPT] = {"kept", "1", 0, 0, 0, "least share of patterns retrieved, alpha up to 0.13",
              ECP_RESULT},
    [JUMP] = {"jump", "1", 0, 0, 0, "alpha at which half are lost, extrapolated over N^(-2/3)",
              ECP_RESULT},
    [SHARPER] = {"sharper", "1", 0, 0, 0,
                 "alpha at which half are lost: smallest network less largest one", ECP_RESULT},
    [HELD_SMALL] = {"held_small", "1", 0, 0, 0, "latest patterns recalled, epsilon/bound = 0.1",
                    ECP_RESULT},
    [HELD_BEST] = {"held_best", "1", 0, 0, 0, "the same, 0.2", ECP_RESULT},
    [HELD_LARGE] = {"held_large", "1", 0, 0, 0, "the same, 0.7", ECP_RESULT},
    [HELD_HEBB] = {"held_hebb", "1", 0, 0, 0, "the same, without bounds", ECP_RESULT},
    [RESULTS] = {0}};

enum { SIZES = 3, PALIMPSEST_N = 400, PALIMPSEST_P = 400, AGES = 60, STEPS = 6 };
static const double steps[STEPS + 1] = {0.1, 0.2, 0.25, 0.35, 0.5, 0.7, 0};
static const double retrieved_above = 0.7, recalled_above = 0.95;

/* Patterns whose components are 1 with probability (1 + bias)/2. */
static void draw(struct ecp_chance *chance, double bias, size_t n, double *x)
{
    if (bias == 0)
        ecp_chance_signs(chance, n, x);
    for (size_t k = 0; k < n && bias != 0; k++)
        x[k] = ecp_chance_uniform(chance) < (1 + bias) / 2 ? 1 : -1;
}

struct network {
    size_t n, p, cues;
    double epsilon; /* 0: Hebb */
    uint64_t seed;
    uint32_t number;
    double bias;
};

/* Overlaps of the last `cues` patterns with what they become, the latest first. */
static enum ecp_status overlaps(const struct network *w, double *overlap)
{
    const struct ecp_memory_setting setting[] = {{"rule", 0, w->epsilon > 0 ? "bounded" : "hebb"},
                                                 {"epsilon", w->epsilon > 0 ? w->epsilon : 1, NULL},
                                                 {"precision", 0, "single"},
                                                 {"sweeps", 300, NULL}};
    struct ecp_memory_setup setup = {
        .shape = {w->n, 0, 0}, .seed = w->seed, .settings = setting, .n_settings = 4};
    struct ecp_chance chance = ecp_chance(w->seed, 1, w->number);
    struct ecp_memory *memory = NULL;
    enum ecp_status status = ECP_OK;
    double *x = calloc(w->p * w->n, sizeof *x), *out = calloc(w->cues * w->n, sizeof *out);
    if (!x || !out) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu patterns of %zu", w->p, w->n);
        goto done;
    }
    draw(&chance, w->bias, w->p * w->n, x);
    ECP_TRY(ecp_memory_find("hopfield", &setup.model));
    ECP_TRY(ecp_memory_create(&setup, &memory));
    ECP_TRY(ecp_memory_store_pairs(memory, x, NULL, w->p));
    ECP_TRY(ecp_memory_recall(memory, x + (w->p - w->cues) * w->n, w->cues, out, NULL));
    for (size_t k = 0; k < w->cues; k++) {
        const double *a = x + (w->p - 1 - k) * w->n, *b = out + (w->cues - 1 - k) * w->n;
        overlap[k] = 0;
        for (size_t j = 0; j < w->n; j++)
            overlap[k] += a[j] * b[j] / (double)w->n;
    }
done:
    ecp_memory_destroy(memory);
    free(x);
    free(out);
    return status;
}

/* ---- overlap over load --------------------------------------------------------- */

struct curve {
    size_t n, loads;
    double *alpha, *mean, *spread, *retrieved, *share; /* loads numbers each */
};

static enum ecp_status measure(struct ecp_experiment *e, const double *param, struct curve *c,
                               double done)
{
    const size_t seeds = (size_t)param[SEEDS];
    double *overlap = ecp_experiment_alloc(e, (size_t)param[CUES], sizeof *overlap);
    enum ecp_status status = ECP_OK;
    if (!overlap)
        return ecp_fail(ECP_ENOMEM, "no memory for overlaps");
    for (size_t l = 0; l < c->loads; l++) {
        const size_t p = (size_t)(c->alpha[l] * (double)c->n + 0.5);
        const size_t cues = p < (size_t)param[CUES] ? p : (size_t)param[CUES];
        double sum = 0, square = 0, good = 0, kept = 0;
        for (size_t s = 0; s < seeds; s++) {
            const struct network w = {.n = c->n,
                                      .p = p,
                                      .cues = cues,
                                      .seed = ecp_experiment_seed(e),
                                      .number = (uint32_t)(s + 1),
                                      .bias = param[BIAS]};
            double mean = 0;
            ECP_TRY(ecp_experiment_progress(
                e, done + 0.3 * (double)l / (double)c->loads,
                ecp_experiment_printf(e, "N = %zu, alpha = %.3f", c->n, c->alpha[l])));
            ECP_TRY(overlaps(&w, overlap));
            for (size_t k = 0; k < cues; k++) {
                mean += overlap[k] / (double)cues;
                good += overlap[k] > retrieved_above ? overlap[k] : 0;
                kept += overlap[k] > retrieved_above;
            }
            sum += mean / (double)seeds;
            square += mean * mean / (double)seeds;
        }
        c->mean[l] = sum;
        c->spread[l] = sqrt(fmax(0, square - sum * sum));
        c->retrieved[l] = kept > 0 ? good / kept : NAN;
        c->share[l] = kept / (double)(cues * seeds);
    }
done:
    return status;
}

/* The load at which half are lost, between two loads. */
static double half_of(const struct curve *c)
{
    for (size_t l = 1; l < c->loads; l++)
        if (c->share[l] < 0.5 && c->share[l - 1] >= 0.5)
            return c->alpha[l - 1] + (c->alpha[l] - c->alpha[l - 1]) * (c->share[l - 1] - 0.5) /
                                         (c->share[l - 1] - c->share[l]);
    return NAN;
}

/* Of infinite size, on the straight line over N^(-2/3) through the sizes. */
static double extrapolated(const struct curve *c, const double *half)
{
    double x = 0, y = 0, xx = 0, xy = 0;
    for (int k = 0; k < SIZES; k++) {
        const double at = pow((double)c[k].n, -2.0 / 3);
        x += at / SIZES;
        y += half[k] / SIZES;
        xx += at * at / SIZES;
        xy += at * half[k] / SIZES;
    }
    return y - x * (xy - x * y) / (xx - x * x);
}

static void judge(struct ecp_experiment *e, const struct curve *c)
{
    double error = 0, kept = 1, half[SIZES];
    for (size_t l = 0; l < c->loads && c->alpha[l] < 0.1301; l++) {
        const double off = fabs(c->retrieved[l] - ecp_capacity_overlap(c->alpha[l]));
        error = off <= error ? error : off;
        kept = fmin(kept, c->share[l]);
    }
    for (int k = 0; k < SIZES; k++)
        half[k] = half_of(&c[k]);
    ecp_experiment_result(e, OVERLAP_ERROR, error);
    ecp_experiment_result(e, KEPT, kept);
    ecp_experiment_result(e, JUMP, extrapolated(c, half));
    ecp_experiment_result(e, SHARPER, half[SIZES - 1] - half[0]);
}

static enum ecp_status show(struct ecp_experiment *e, const struct curve *c)
{
    enum { THEORY = 200 };
    double *alpha = ecp_experiment_alloc(e, THEORY, sizeof *alpha);
    double *m = ecp_experiment_alloc(e, THEORY, sizeof *m);
    struct ecp_line over[SIZES + 1], share[SIZES];
    enum ecp_status status = ECP_OK;
    if (!alpha || !m)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    for (int k = 0; k < THEORY; k++) {
        alpha[k] = 0.02 + (ecp_capacity_alpha(NULL) - 0.02) * k / (THEORY - 1);
        m[k] = ecp_capacity_overlap(alpha[k] * (1 - 1e-12));
    }
    for (int k = 0; k < SIZES; k++) {
        const char *name = ecp_experiment_printf(e, "N = %zu", c[k].n);
        const struct ecp_table_column column[] = {
            {"alpha", "1", "patterns for each component", c[k].alpha, NULL},
            {"overlap", "1", "mean over cues and networks", c[k].mean, NULL},
            {"spread", "1", "standard deviation over networks", c[k].spread, NULL},
            {"retrieved", "1", "mean overlap of retrieved patterns", c[k].retrieved, NULL},
            {"share", "1", "of patterns retrieved", c[k].share, NULL}};
        ECP_TRY(ecp_experiment_table(e, ecp_experiment_printf(e, "overlap_%zu", c[k].n), c[k].loads,
                                     column, 5));
        over[k] = (struct ecp_line){name,       ECP_DOTS,  k,    c[k].loads,
                                    c[k].alpha, c[k].mean, NULL, c[k].spread};
        share[k] =
            (struct ecp_line){name, ECP_LINE, k, c[k].loads, c[k].alpha, c[k].share, NULL, NULL};
    }
    over[SIZES] =
        (struct ecp_line){"theory", ECP_DASHES, ECP_COLOUR_BLACK, THEORY, alpha, m, NULL, NULL};
    const struct ecp_picture picture[] = {{.title = "overlap",
                                           .x = {"patterns/component", "1", 0, 0.21, 0},
                                           .y = {"overlap", "1", 0, 1.05, 0},
                                           .n_lines = SIZES + 1,
                                           .line = over},
                                          {.title = "share retrieved",
                                           .x = {"patterns/component", "1", 0, 0.21, 0},
                                           .y = {"share", "1", 0, 1.05, 0},
                                           .n_lines = SIZES,
                                           .line = share}};
    status = ecp_experiment_figure(e, "hopfield_capacity", "What a Hopfield network retrieves",
                                   picture, 2, 2);
done:
    return status;
}

static enum ecp_status capacity(struct ecp_experiment *e, const double *param)
{
    const size_t loads = (size_t)param[LOADS];
    struct curve c[SIZES];
    enum ecp_status status = ECP_OK;
    for (int k = 0; k < SIZES; k++) {
        double *room = ecp_experiment_alloc(e, 5 * loads, sizeof *room);
        if (!room)
            return ecp_fail(ECP_ENOMEM, "no memory for %zu loads", loads);
        c[k] = (struct curve){
            (size_t)param[N] >> k, loads,           room, room + loads, room + 2 * loads,
            room + 3 * loads,      room + 4 * loads};
        for (size_t l = 0; l < loads; l++)
            c[k].alpha[l] = 0.05 + 0.15 * (double)l / (double)(loads - 1);
        ECP_TRY(measure(e, param, &c[k], 0.3 * k));
    }
    judge(e, c);
    ECP_TRY(show(e, c));
done:
    return status;
}

/* ---- one pattern after the other ------------------------------------------------- */

static enum ecp_status palimpsest(struct ecp_experiment *e, const double *param)
{
    static const int result[STEPS + 1] = {HELD_SMALL, HELD_BEST, -1, -1, -1, HELD_LARGE, HELD_HEBB};
    const size_t seeds = (size_t)param[SEEDS];
    struct ecp_line line[STEPS + 1];
    double *age = ecp_experiment_alloc(e, AGES, sizeof *age), overlap[AGES], held[STEPS + 1] = {0};
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; age && k < AGES; k++)
        age[k] = (double)(k + 1);
    for (int step = 0; step <= STEPS; step++) {
        double *mean = ecp_experiment_alloc(e, AGES, sizeof *mean);
        if (!age || !mean)
            return ecp_fail(ECP_ENOMEM, "no memory for a curve");
        ECP_TRY(ecp_experiment_progress(e, 0.9 + 0.1 * step / (STEPS + 1), "palimpsest"));
        for (size_t s = 0; s < seeds; s++) {
            const struct network w = {PALIMPSEST_N,
                                      PALIMPSEST_P * (step == STEPS ? 3 : 1),
                                      AGES,
                                      steps[step],
                                      ecp_experiment_seed(e),
                                      (uint32_t)(1000 + s),
                                      param[BIAS]};
            ECP_TRY(overlaps(&w, overlap));
            for (size_t k = 0; k < AGES; k++) {
                mean[k] += overlap[k] / (double)seeds;
                held[step] += (overlap[k] > recalled_above) / (double)seeds;
            }
        }
        if (result[step] >= 0)
            ecp_experiment_result(e, result[step], held[step]);
        line[step] = (struct ecp_line){step == STEPS ? "no bounds"
                                                     : ecp_experiment_printf(e, "%g", steps[step]),
                                       ECP_LINE,
                                       step,
                                       AGES,
                                       age,
                                       mean,
                                       NULL,
                                       NULL};
    }
    const struct ecp_table_column column[] = {
        {"epsilon", "1", "step of a coupling, bound 1; 0: no bounds", steps, NULL},
        {"held", "1", "latest patterns recalled with an overlap above 0.95", held, NULL}};
    ECP_TRY(ecp_experiment_table(e, "palimpsest", STEPS + 1, column, 2));
    const struct ecp_picture picture = {.title = "step of a coupling/bound",
                                        .x = {"age", "patterns", 0, AGES, 0},
                                        .y = {"overlap", "1", 0, 1.05, 0},
                                        .n_lines = STEPS + 1,
                                        .line = line};
    status = ecp_experiment_figure(e, "palimpsest", "Couplings within bounds forget the oldest",
                                   &picture, 1, 1);
done:
    return status;
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    const enum ecp_status status = capacity(e, param);
    return status == ECP_OK ? palimpsest(e, param) : status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char theory[] = "Amit, Gutfreund & Sompolinsky 1985: mean field theory";
    static const char bounds[] = "a trial of learning within bounds at N = 400 (Parisi 1986): 15, "
                                 "18 and 5 patterns";
    enum ecp_status status = ECP_OK;
    if (param[N] >= 2000) {
        ECP_TRY(ecp_plan_add_claim(plan, "hopfield_capacity.overlap_error", 0, 0.01, theory));
        ECP_TRY(ecp_plan_add_claim(plan, "hopfield_capacity.jump", 0.13, 0.15,
                                   "mean field theory: 0.1379"));
        ECP_TRY(
            ecp_plan_add_claim(plan, "hopfield_capacity.sharper", 0.005, 1,
                               "theory: a jump at 0.1379 in infinite networks, a slope in finite "
                               "ones"));
    }
    ECP_TRY(ecp_plan_add_claim(plan, "hopfield_capacity.kept", 0.9, 1, theory));
    ECP_TRY(ecp_plan_add_claim(plan, "hopfield_capacity.held_small", 12, 18, bounds));
    ECP_TRY(ecp_plan_add_claim(plan, "hopfield_capacity.held_best", 15, 21, bounds));
    ECP_TRY(ecp_plan_add_claim(plan, "hopfield_capacity.held_large", 2, 8, bounds));
    ECP_TRY(ecp_plan_add_claim(plan, "hopfield_capacity.held_hebb", 0, 0,
                               "theory: at three patterns a component all are lost"));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_hopfield_capacity = {
    .name = "hopfield_capacity",
    .question = "What can an associative memory hold?",
    .summary = "overlap and loss of patterns in Hopfield networks over their load",
    .equations = "W = sum x x^T/N, P = alpha N random patterns, cues are patterns themselves\n"
                 "theory: m = erf(y), y (sqrt(2 alpha) + 2/sqrt(pi) exp(-y^2)) = erf(y), up to\n"
                 "  alpha = 0.1379; bounded couplings: the latest patterns are recalled",
    .reference = "Amit, Gutfreund & Sompolinsky 1985, doi:10.1103/PhysRevLett.55.1530; Parisi "
                 "1986, doi:10.1088/0305-4470/19/10/011",
    .fields = fields,
    .build = build,
    .results = results,
    .run = run};
