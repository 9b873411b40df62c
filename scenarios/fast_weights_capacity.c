/* fast_weights_capacity.c -- how many associations does a fast weight matrix hold when keys
 * are learnt, and can what is stored be replaced (Schlag, Irie & Schmidhuber 2021, settings
 * 1 and 2)?
 *
 * Setting 1: S keys, S values, each pair once; sum rule with normaliser; feature maps elu
 * (F = d features), dpfp-1 (2 d), dpfp-2 (4 d), dpfp-3 (6 d). Answers are of rank F, so that
 * the mean loss cannot be below (1 - F/S)/2: solved below S = F, not above.
 * Setting 2: 2 S pairs drawn with replacement, the last value of a key is asked for: the
 * delta rule replaces a value, the sum rule mixes all of them; dpfp-1.
 *
 * Each point is trained from scratch (engine/retrieval.h) for every seed, with Adam whose
 * rate falls to 1/16, until the loss of 20 other sequences is below 1e-3, or five looks at it
 * found nothing better; the best loss of a training counts. Points are trained side by
 * side. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/adam.h"
#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/retrieval.h"
#include "engine/scenario.h"

enum { D, MAPS, SIZES, STEPS, BATCH, STEPS_DELTA, BATCH_DELTA, RATE, SEEDS, NU_DROP, END };

static const struct ecp_field fields[] = {
    [D] = {"d", "1", 16, 2, 1024, "components of a key, before the feature map", ECP_WHOLE},
    [MAPS] = {"maps", "1", 3, 1, 4, "how many of elu, dpfp-1, dpfp-2, dpfp-3", ECP_WHOLE},
    [SIZES] = {"sizes", "1", 6, 2, 40, "numbers of pairs S between 0.3 F and 1.5 F", ECP_WHOLE},
    [STEPS] = {"steps", "1", 800, 10, 1e6, "of training at most, setting 1", ECP_WHOLE},
    [BATCH] = {"batch", "1", 2, 1, 1000, "sequences of a step, setting 1", ECP_WHOLE},
    [STEPS_DELTA] = {"steps_replace", "1", 1000, 10, 1e6, "the same in setting 2", ECP_WHOLE},
    [BATCH_DELTA] = {"batch_replace", "1", 8, 1, 1000, "the same in setting 2", ECP_WHOLE},
    [RATE] = {"rate", "1", 0.01, 1e-6, 1, "of Adam, at the beginning", ECP_PARAM},
    [SEEDS] = {"seeds", "1", 3, 1, 100, "trainings of each point", ECP_WHOLE},
    [NU_DROP] = {"same_map", "1", 0, 0, 1,
                 "1: all maps are elu, so that features are fewer than "
                 "their claims take them for, which fail",
                 ECP_WHOLE},
    [END] = {0}};

enum { MOST_MAPS = 4, EVALUATIONS = 20, EVALUATED = 20, STRIKES = 5 };
static const char *const map_name[MOST_MAPS] = {"elu", "dpfp-1", "dpfp-2", "dpfp-3"};
static const double solved = 1e-3;

/* Three results a map: SOLVED, FULL and EXCESS of it; then setting 2. */
enum { SOLVED, FULL, EXCESS, EACH };
enum { REPLACED = EACH * MOST_MAPS, KEPT_APART, MIXED, RESULTS };
#define RESULTS_OF(k, map)                                                                         \
    [EACH * k +                                                                                    \
        SOLVED] =                                                                                  \
        {map "_solved", "1", 0, 0, 0, "largest loss of sizes up to 0.6 F, best of the seeds",      \
         ECP_RESULT},                                                                              \
        [EACH * k + FULL] = {map "_full", "1",                                                     \
                             0,           0,                                                       \
                             0,           "smallest loss of sizes from 1.25 F on, of all seeds",   \
                             ECP_RESULT},                                                          \
        [EACH * k + EXCESS] = {map "_excess",                                                      \
                               "1",                                                                \
                               0,                                                                  \
                               0,                                                                  \
                               0,                                                                  \
                               "loss over (1 - F/S)/2 from 1.25 F on, mean of the seeds' best",    \
                               ECP_RESULT}
static const struct ecp_field results[] = {
    RESULTS_OF(0, "elu"),
    RESULTS_OF(1, "dpfp1"),
    RESULTS_OF(2, "dpfp2"),
    RESULTS_OF(3, "dpfp3"),
    [REPLACED] = {"delta_solved", "1", 0, 0, 0,
                  "setting 2, delta rule: largest loss up to 0.5 F, best of the seeds", ECP_RESULT},
    [KEPT_APART] = {"sum_over_delta", "1", 0, 0, 0,
                    "setting 2: loss of the sum rule over the delta rule's, least of all sizes",
                    ECP_RESULT},
    [MIXED] = {"sum_best", "1", 0, 0, 0, "setting 2, sum rule: smallest loss of all", ECP_RESULT},
    [RESULTS] = {0}};

/* ---- one training ---------------------------------------------------------------------- */

struct point {
    size_t pairs, features;
    int map, replace, delta;
    uint32_t seed;
    double loss; /* the best */
    enum ecp_status status;
};

static struct ecp_retrieval_setup setup_of(const double *param, uint64_t seed,
                                           const struct point *p)
{
    const int elu = p->map == 0 || param[NU_DROP] > 0;
    return (struct ecp_retrieval_setup){.pairs = p->pairs,
                                        .delta = p->delta,
                                        .replace = p->replace,
                                        .epsilon = 1e-6,
                                        .map = {.kind = elu ? ECP_FEATURE_ELU : ECP_FEATURE_DPFP,
                                                .inputs = (size_t)param[D],
                                                .nu = p->map > 0 ? (size_t)p->map : 1},
                                        .seed = seed * 1000 + p->seed};
}

/* The best loss is kept in the point; the sequences that judge come from the other half of
 * numbers. */
static enum ecp_status train(const double *param, uint64_t seed, struct point *p)
{
    const struct ecp_retrieval_setup setup = setup_of(param, seed, p);
    const uint32_t steps = (uint32_t)param[p->replace ? STEPS_DELTA : STEPS];
    const uint32_t batch = (uint32_t)param[p->replace ? BATCH_DELTA : BATCH];
    struct ecp_retrieval *r = NULL;
    struct ecp_adam adam = {0};
    double *gradient = NULL, loss;
    int strikes = 0;
    enum ecp_status status;
    p->loss = INFINITY;
    ECP_TRY(ecp_retrieval_create(&setup, &r));
    gradient = calloc(ecp_retrieval_count(r), sizeof *gradient);
    if (!gradient) {
        status = ecp_fail(ECP_ENOMEM, "no memory for a gradient");
        goto done;
    }
    ECP_TRY(ecp_adam_init(&adam, ecp_retrieval_count(r), param[RATE]));
    for (uint32_t k = 0; k <= steps; k++) {
        if (k % ((steps + EVALUATIONS - 1) / EVALUATIONS) == 0 || k == steps) {
            ECP_TRY(ecp_retrieval_loss(r, UINT32_MAX / 2 + k * EVALUATED, EVALUATED, &loss, NULL));
            strikes = loss > 0.98 * p->loss ? strikes + 1 : 0;
            p->loss = fmin(p->loss, loss);
            if (loss <= solved || strikes == STRIKES)
                break;
        }
        ECP_TRY(ecp_retrieval_loss(r, k * batch, batch, &loss, gradient));
        adam.rate = param[RATE] * exp2(-4.0 * k / steps);
        ecp_adam_step(&adam, gradient, ecp_retrieval_weights(r));
    }
done:
    ecp_retrieval_destroy(r);
    ecp_adam_clear(&adam);
    free(gradient);
    return status;
}

/* ---- all of them -------------------------------------------------------------------------- */

static size_t features_of(const double *param, int map)
{
    return (size_t)param[D] * (map > 0 ? 2 * (size_t)map : 1);
}

/* Of pairs, the k-th size in units of F: those of the claims, 0.6 and 1.25, are among them. */
static size_t size_of(const double *param, size_t features, size_t k)
{
    const double n = param[SIZES] - 1, low = 0.3, high = 1.5, f = (double)features;
    const double at = low + (high - low) * (double)k / n, step = (high - low) / n;
    if (fabs(at - 0.6) <= step / 2)
        return (size_t)(0.6 * f) > 2 ? (size_t)(0.6 * f) : 2;
    if (fabs(at - 1.25) <= step / 2)
        return (size_t)ceil(1.25 * f);
    return at * f > 2 ? (size_t)(at * f) : 2;
}

static void add(struct point *points, size_t *n, const double *param, struct point point)
{
    point.features = features_of(param, point.map);
    for (size_t k = 0; k < (size_t)param[SIZES]; k++)
        for (uint32_t seed = 0; seed < (uint32_t)param[SEEDS]; seed++) {
            point.pairs = size_of(param, point.features, k);
            point.seed = seed;
            points[(*n)++] = point;
        }
}

/* Points side by side, the longest first; a few at a time, so that progress is told. */
static enum ecp_status train_all(struct ecp_experiment *e, const double *param,
                                 struct point *points, size_t n)
{
    const uint64_t seed = ecp_experiment_seed(e);
    const size_t some = 8;
    enum ecp_status status = ECP_OK;
    for (size_t from = 0; from < n; from += some) {
        const size_t stop = n - from < some ? n : from + some;
        ECP_TRY(ecp_experiment_progress(e, (double)from / (double)n, "training"));
#pragma omp parallel for schedule(dynamic, 1)
        for (size_t k = from; k < stop; k++)
            points[k].status = train(param, seed, &points[k]);
        for (size_t k = from; k < stop; k++)
            if (points[k].status != ECP_OK) {
                status = ecp_fail(points[k].status, "training of %s with %zu pairs did not end",
                                  map_name[points[k].map], points[k].pairs);
                goto done;
            }
    }
done:
    return status;
}

/* Losses of the seeds of the size at points[first]. */
struct spread {
    double least, most, mean;
};

static struct spread spread_of(const struct point *points, size_t seeds)
{
    struct spread s = {INFINITY, 0, 0};
    for (size_t k = 0; k < seeds; k++) {
        s.least = fmin(s.least, points[k].loss);
        s.most = fmax(s.most, points[k].loss);
        s.mean += points[k].loss / (double)seeds;
    }
    return s;
}

static double bound_of(double pairs, double features)
{
    return pairs > features ? 0.5 * (1 - features / pairs) : 0;
}

/* ---- what is put out --------------------------------------------------------------------------
 */

static void judge_maps(struct ecp_experiment *e, const double *param, const struct point *points)
{
    const size_t seeds = (size_t)param[SEEDS], sizes = (size_t)param[SIZES];
    for (int map = 0; map < (int)param[MAPS]; map++) {
        double worst = 0, least = INFINITY, excess = 0, above = 0;
        for (size_t k = 0; k < sizes; k++) {
            const struct point *p = points + ((size_t)map * sizes + k) * seeds;
            const struct spread s = spread_of(p, seeds);
            const double pairs = (double)p->pairs, f = (double)p->features;
            if (pairs <= 0.6 * f)
                worst = fmax(worst, s.least);
            if (pairs >= 1.25 * f) {
                least = fmin(least, s.least);
                excess += s.least / bound_of(pairs, f);
                above++;
            }
        }
        ecp_experiment_result(e, EACH * map + SOLVED, worst);
        ecp_experiment_result(e, EACH * map + FULL, least);
        ecp_experiment_result(e, EACH * map + EXCESS, excess / above);
    }
}

static void judge_rules(struct ecp_experiment *e, const double *param, const struct point *delta,
                        const struct point *sum)
{
    const size_t seeds = (size_t)param[SEEDS];
    double worst = 0, ratio = INFINITY, least = INFINITY;
    for (size_t k = 0; k < (size_t)param[SIZES]; k++) {
        const struct spread d = spread_of(delta + k * seeds, seeds);
        const struct spread s = spread_of(sum + k * seeds, seeds);
        if ((double)delta[k * seeds].pairs <= 0.5 * (double)delta->features)
            worst = fmax(worst, d.least);
        ratio = fmin(ratio, s.least / d.least);
        least = fmin(least, s.least);
    }
    ecp_experiment_result(e, REPLACED, worst);
    ecp_experiment_result(e, KEPT_APART, ratio);
    ecp_experiment_result(e, MIXED, least);
}

static enum ecp_status table(struct ecp_experiment *e, const struct point *points, size_t n,
                             size_t seeds)
{
    enum { COLUMNS = 6 };
    const size_t rows = n / seeds;
    double *x = ecp_experiment_alloc(e, COLUMNS * rows, sizeof *x);
    const char **map = ecp_experiment_alloc(e, 2 * rows, sizeof *map), **rule = map + rows;
    if (!x || !map)
        return ecp_fail(ECP_ENOMEM, "no memory for a table");
    for (size_t k = 0; k < rows; k++) {
        const struct point *p = points + k * seeds;
        const struct spread s = spread_of(p, seeds);
        map[k] = map_name[p->map];
        rule[k] = !p->replace ? "sum, each pair once"
                  : p->delta  ? "delta, with replacement"
                              : "sum, with replacement";
        x[k] = (double)p->pairs;
        x[rows + k] = (double)p->features;
        x[2 * rows + k] = s.least;
        x[3 * rows + k] = s.mean;
        x[4 * rows + k] = s.most;
        x[5 * rows + k] = p->replace ? 0 : bound_of(x[k], x[rows + k]);
    }
    const struct ecp_table_column columns[] = {
        {"map", "1", "of features", NULL, map},
        {"rule", "1", "and setting", NULL, rule},
        {"pairs", "1", "S", x, NULL},
        {"features", "1", "F", x + rows, NULL},
        {"best", "1", "loss, least of the seeds", x + 2 * rows, NULL},
        {"mean", "1", "loss, mean of the seeds", x + 3 * rows, NULL},
        {"worst", "1", "loss, largest of the seeds", x + 4 * rows, NULL},
        {"bound", "1", "(1 - F/S)/2, setting 1", x + 5 * rows, NULL}};
    return ecp_experiment_table(e, "losses", rows, columns, sizeof columns / sizeof *columns);
}

/* Least to largest loss over sizes, a band; and the least, the line out[1], whose name and
 * colour are set. */
static enum ecp_status add_line(struct ecp_experiment *e, const double *param,
                                const struct point *points, struct ecp_line *out)
{
    const size_t n = (size_t)param[SIZES], seeds = (size_t)param[SEEDS];
    double *x = ecp_experiment_alloc(e, 3 * n, sizeof *x);
    if (!x)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    for (size_t k = 0; k < n; k++) {
        const struct spread s = spread_of(points + k * seeds, seeds);
        x[k] = (double)points[k * seeds].pairs;
        x[n + k] = s.least;
        x[2 * n + k] = s.most;
    }
    out[1].kind = ECP_LINE;
    out[1].n = n;
    out[1].x = x;
    out[1].y = x + n;
    out[0] = out[1];
    out[0].name = NULL;
    out[0].kind = ECP_AREA;
    out[0].upper = x + 2 * n;
    return ECP_OK;
}

/* (1 - F/S)/2 as far as S goes. */
static enum ecp_status add_bound(struct ecp_experiment *e, size_t features, int colour, int first,
                                 struct ecp_line *out)
{
    enum { N = 40 };
    double *x = ecp_experiment_alloc(e, 2 * N, sizeof *x);
    if (!x)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    for (int k = 0; k < N; k++) {
        x[k] = (double)features * (1 + 0.5 * k / (N - 1));
        x[N + k] = bound_of(x[k], (double)features);
    }
    *out = (struct ecp_line){.name = first ? "(1 - F/S)/2" : NULL,
                             .kind = ECP_DASHES,
                             .colour = colour,
                             .n = N,
                             .x = x,
                             .y = x + N};
    return ECP_OK;
}

static enum ecp_status figure(struct ecp_experiment *e, const double *param,
                              const struct point *points)
{
    const int maps = (int)param[MAPS];
    const size_t each = (size_t)(param[SIZES] * param[SEEDS]);
    struct ecp_line once[3 * MOST_MAPS] = {{0}};
    struct ecp_line twice[4] = {
        [1] = {.name = "delta rule", .colour = 0}, [3] = {.name = "sum rule", .colour = 1}};
    enum ecp_status status = ECP_OK;
    for (int map = 0; map < maps; map++) {
        once[3 * map + 1] = (struct ecp_line){.name = map_name[map], .colour = map};
        ECP_TRY(add_line(e, param, points + (size_t)map * each, once + 3 * map));
        ECP_TRY(add_bound(e, features_of(param, map), map, map == 0, once + 3 * map + 2));
    }
    ECP_TRY(add_line(e, param, points + (size_t)maps * each, twice));
    ECP_TRY(add_line(e, param, points + ((size_t)maps + 1) * each, twice + 2));
    const struct ecp_picture pictures[] = {
        {.title = "each pair once, sum rule",
         .note = ecp_experiment_printf(e, "d = %g, best of %g; band: all", param[D], param[SEEDS]),
         .x = {.name = "pairs S", .highest = 1.5 * (double)features_of(param, maps - 1) + 2},
         .y = {.name = "loss"},
         .n_lines = 3 * (size_t)maps,
         .line = once},
        {.title = "2 S pairs with replacement, dpfp-1",
         .note = ecp_experiment_printf(e, "F = %g", 2 * param[D]),
         .x = {.name = "keys S"},
         .y = {.name = "loss"},
         .n_lines = 4,
         .line = twice}};
    ECP_TRY(ecp_experiment_figure(e, "fast_weights_capacity",
                                  "What trained fast weights hold, and what they can replace",
                                  pictures, 2, 2));
done:
    return status;
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    const size_t seeds = (size_t)param[SEEDS], each = (size_t)param[SIZES] * seeds;
    const size_t maps = (size_t)param[MAPS];
    struct point *points = ecp_experiment_alloc(e, (maps + 2) * each, sizeof *points);
    size_t n = 0;
    enum ecp_status status;
    if (!points)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu points", (maps + 2) * each);
    for (int map = 0; map < (int)maps; map++)
        add(points, &n, param, (struct point){.map = map});
    add(points, &n, param, (struct point){.map = 1, .replace = 1, .delta = 1});
    add(points, &n, param, (struct point){.map = 1, .replace = 1});
    ECP_TRY(train_all(e, param, points, n));
    judge_maps(e, param, points);
    judge_rules(e, param, points + maps * each, points + (maps + 1) * each);
    ECP_TRY(table(e, points, n, seeds));
    ECP_TRY(figure(e, param, points));
done:
    return status;
}

static enum ecp_status claim(struct ecp_plan *plan, int result, double lowest, double highest,
                             const char *source)
{
    return ecp_plan_add_claim(
        plan, ecp_plan_printf(plan, "fast_weights_capacity.%s", results[result].name), lowest,
        highest, source);
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    enum ecp_status status = ECP_OK;
    for (int map = 0; map < (int)param[MAPS]; map++) {
        ECP_TRY(claim(plan, EACH * map + SOLVED, 0, solved,
                      "Schlag et al. 2021, Fig. 2: solved (loss 1e-3) up to 0.6 F pairs"));
        ECP_TRY(claim(plan, EACH * map + FULL, 0.05, 0.5,
                      "Schlag et al. 2021, Fig. 2: loss 0.05 and more from 1.25 F pairs on"));
        ECP_TRY(claim(plan, EACH * map + EXCESS, 1, 1.35,
                      "theory: answers of rank F to S values, no loss below (1 - F/S)/2; "
                      "training comes near it"));
    }
    ECP_TRY(claim(plan, REPLACED, 0, 0.01,
                  "Schlag et al. 2021, Fig. 3: the delta rule replaces values, losses below 0.01"));
    ECP_TRY(claim(plan, KEPT_APART, 1, INFINITY,
                  "Schlag et al. 2021, Fig. 3: the delta rule below the sum rule at equal map"));
    ECP_TRY(claim(plan, MIXED, 0.05, 0.5,
                  "Schlag et al. 2021, Fig. 3: the sum rule never solves it, at any S"));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_fast_weights_capacity = {
    .name = "fast_weights_capacity",
    .question = "What can an associative memory hold?",
    .summary = "fast weights with trained keys hold as many pairs as they have features",
    .equations = "sum rule   y = sum_t v_t phi(k_t).phi(q) / sum_t phi(k_t).phi(q)\n"
                 "delta rule W += b (v - W k) k^T, k = phi(k_t)/sum phi(k_t); y = W q\n"
                 "keys, queries and b are trained (Adam) on |v - y|^2/2; least loss (1 - F/S)/2",
    .reference = "Schlag, Irie & Schmidhuber 2021, arXiv:2102.11174",
    .fields = fields,
    .build = build,
    .results = results,
    .run = run};
