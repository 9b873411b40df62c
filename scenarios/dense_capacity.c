/* dense_capacity.c -- how does what a dense associative memory holds grow with its size?
 *
 * K random patterns of N signs, energy -sum (x.s)^n. A pattern is held without error when no
 * component would change. For n = 2, 3, 4 and N = 32, 64, 128 the K is found at which half of
 * the patterns are held.
 *
 *   theory (Krotov & Hopfield 2016): a component is wrong with
 *   erfc(sqrt(N^(n-1)/(2 K (2n-3)!!)))/2; no error up to K = N^(n-1)/(2 (2n-3)!! ln N)
 *
 * so that K ln N grows with the power n - 1 of N. K alone grows a little more slowly, also in
 * the theory. `power` replaces the power of the energy, not of what is expected. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/capacity.h"
#include "engine/chance.h"
#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"

enum { HIGHEST, POWER, SEEDS, TESTED, END };

static const struct ecp_field fields[] = {
    [HIGHEST] = {"highest", "1", 4, 3, 5, "largest power n", ECP_WHOLE},
    [POWER] = {"power", "1", 0, 0, 6, "power of the energy in place of n; 0: n", ECP_PARAM},
    [SEEDS] = {"seeds", "1", 3, 1, 100, "searches for each K, whose spread is shown", ECP_WHOLE},
    [TESTED] = {"tested", "1", 400, 10, 1e6, "patterns looked at for each K of a search",
                ECP_WHOLE},
    [END] = {0}};

enum { SLOPE2, SLOPE3, SLOPE4, RATIO_LOW, RATIO_HIGH, THEORY_RATIO, PLAIN_SLOPE, RESULTS };

static const struct ecp_field results[] = {
    [SLOPE2] = {"slope_2", "1", 0, 0, 0, "of ln(K ln N) over ln N, n = 2", ECP_RESULT},
    [SLOPE3] = {"slope_3", "1", 0, 0, 0, "the same, n = 3", ECP_RESULT},
    [SLOPE4] = {"slope_4", "1", 0, 0, 0, "the same, n = 4", ECP_RESULT},
    [RATIO_LOW] = {"ratio_low", "1", 0, 0, 0, "least K at which half are held, over K_max",
                   ECP_RESULT},
    [RATIO_HIGH] = {"ratio_high", "1", 0, 0, 0, "largest one", ECP_RESULT},
    [THEORY_RATIO] = {"theory_ratio", "1", 0, 0, 0,
                      "K over that at which the theory's error leaves half: furthest from 1, as "
                      "the larger of the ratio and its inverse",
                      ECP_RESULT},
    [PLAIN_SLOPE] = {"plain_slope", "1", 0, 0, 0, "of ln K over ln N, n = 3", ECP_RESULT},
    [RESULTS] = {0}};

enum { SIZES = 3, LOWEST = 2, POWERS = 4, MOST_SEEDS = 100 };
static const double sizes[SIZES] = {32, 64, 128};

struct search {
    size_t n, tested;
    double power, seed;
    uint64_t key;
};

/* Share of patterns, of K, of which no component would change. */
static enum ecp_status held(const struct search *w, size_t K, double *share)
{
    const struct ecp_memory_setting setting[] = {
        {"n", w->power, NULL}, {"update", 0, "sync"}, {"sweeps", 1, NULL}};
    struct ecp_memory_setup setup = {
        .shape = {w->n, 0, K}, .seed = w->key, .settings = setting, .n_settings = 3};
    const size_t cues = K < w->tested ? K : w->tested, networks = (w->tested + cues - 1) / cues;
    struct ecp_memory *memory = NULL;
    double *x = calloc(K * w->n, sizeof *x), *out = calloc(cues * w->n, sizeof *out);
    enum ecp_status status = ECP_OK;
    size_t right = 0;
    if (!x || !out) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu patterns", K);
        goto done;
    }
    ECP_TRY(ecp_memory_find("dense", &setup.model));
    ECP_TRY(ecp_memory_create(&setup, &memory));
    for (size_t net = 0; net < networks; net++) {
        struct ecp_chance chance =
            ecp_chance(w->key, 2, (uint32_t)(w->seed * 100000 + (double)net));
        ecp_chance_signs(&chance, K * w->n, x);
        ECP_TRY(ecp_memory_clear(memory));
        ECP_TRY(ecp_memory_store_pairs(memory, x, NULL, K));
        ECP_TRY(ecp_memory_recall(memory, x, cues, out, NULL));
        for (size_t k = 0; k < cues; k++)
            right += memcmp(x + k * w->n, out + k * w->n, w->n * sizeof *x) == 0;
    }
    *share = (double)right / (double)(cues * networks);
done:
    ecp_memory_destroy(memory);
    free(x);
    free(out);
    return status;
}

/* The K at which half are held, to 2 %. */
static enum ecp_status search(const struct search *w, double expected, double *K)
{
    double low = expected / 8, high = expected * 8;
    enum ecp_status status = ECP_OK;
    while (high / low > 1.02) {
        const double middle = sqrt(low * high);
        double share;
        ECP_TRY(held(w, (size_t)fmax(1, middle + 0.5), &share));
        *(share > 0.5 ? &low : &high) = middle;
    }
    *K = sqrt(low * high);
done:
    return status;
}

/* Of a straight line through the three points. */
static double slope(const double *x, const double *y)
{
    double mx = 0, my = 0, xx = 0, xy = 0;
    for (int k = 0; k < SIZES; k++) {
        mx += x[k] / SIZES;
        my += y[k] / SIZES;
    }
    for (int k = 0; k < SIZES; k++) {
        xx += (x[k] - mx) * (x[k] - mx);
        xy += (x[k] - mx) * (y[k] - my);
    }
    return xy / xx;
}

/* Rows of the table: power after power, size after size. */
struct table {
    double power[POWERS * SIZES], n[POWERS * SIZES], K[POWERS * SIZES], spread[POWERS * SIZES];
    double largest[POWERS * SIZES], half[POWERS * SIZES];
    size_t rows;
};

static enum ecp_status one(struct ecp_experiment *e, const double *param, int n, int size,
                           struct table *t)
{
    const size_t seeds = (size_t)param[SEEDS], row = t->rows;
    double square = 0;
    enum ecp_status status = ECP_OK;
    t->power[row] = n;
    t->n[row] = sizes[size];
    t->largest[row] = ecp_capacity_dense(sizes[size], n);
    t->half[row] = ecp_capacity_dense_half(sizes[size], n);
    t->K[row] = 0;
    for (size_t s = 0; s < seeds; s++) {
        const struct search w = {(size_t)sizes[size], (size_t)param[TESTED],
                                 param[POWER] >= 2 ? param[POWER] : n, (double)(s + 1),
                                 ecp_experiment_seed(e)};
        double K;
        ECP_TRY(
            ecp_experiment_progress(e, (double)row / (SIZES * (param[HIGHEST] - 1)),
                                    ecp_experiment_printf(e, "n = %d, N = %g", n, sizes[size])));
        ECP_TRY(search(&w, t->half[row], &K));
        t->K[row] += K / (double)seeds;
        square += K * K / (double)seeds;
    }
    t->spread[row] = sqrt(fmax(0, square - t->K[row] * t->K[row]));
    t->rows++;
done:
    return status;
}

static void judge(struct ecp_experiment *e, const struct table *t)
{
    double low = INFINITY, high = 0, off = 1;
    for (size_t row = 0; row < t->rows; row++) {
        const double ratio = t->K[row] / t->largest[row], theory = t->K[row] / t->half[row];
        low = fmin(low, ratio);
        high = fmax(high, ratio);
        off = fmax(off, fmax(theory, 1 / theory));
    }
    ecp_experiment_result(e, RATIO_LOW, low);
    ecp_experiment_result(e, RATIO_HIGH, high);
    ecp_experiment_result(e, THEORY_RATIO, off);
    for (size_t row = 0; row < t->rows; row += SIZES) {
        double x[SIZES], y[SIZES], plain[SIZES];
        for (int k = 0; k < SIZES; k++) {
            x[k] = log(sizes[k]);
            plain[k] = log(t->K[row + (size_t)k]);
            y[k] = plain[k] + log(x[k]);
        }
        if (row / SIZES < 3)
            ecp_experiment_result(e, SLOPE2 + (int)(row / SIZES), slope(x, y));
        if (row / SIZES == 1)
            ecp_experiment_result(e, PLAIN_SLOPE, slope(x, plain));
    }
}

static enum ecp_status show(struct ecp_experiment *e, const struct table *t)
{
    struct ecp_line line[2 * POWERS];
    size_t n_lines = 0;
    enum ecp_status status;
    const struct ecp_table_column column[] = {
        {"n", "1", "power of the energy", t->power, NULL},
        {"N", "1", "components", t->n, NULL},
        {"K", "1", "patterns of which half are held without error", t->K, NULL},
        {"spread", "1", "standard deviation over searches", t->spread, NULL},
        {"K_max", "1", "theory: no error up to there", t->largest, NULL},
        {"K_half", "1", "theory: half held without error", t->half, NULL}};
    ECP_TRY(ecp_experiment_table(e, "capacity", t->rows, column, 6));
    for (size_t row = 0; row < t->rows; row += SIZES) {
        const int colour = (int)(row / SIZES);
        line[n_lines++] = (struct ecp_line){ecp_experiment_printf(e, "n = %g", t->power[row]),
                                            ECP_DOTS,
                                            colour,
                                            SIZES,
                                            t->n + row,
                                            t->K + row,
                                            NULL,
                                            t->spread + row};
        line[n_lines++] = (struct ecp_line){NULL,       ECP_DASHES,    colour, SIZES,
                                            t->n + row, t->half + row, NULL,   NULL};
    }
    const struct ecp_picture picture = {.title = "half held without error; theory dashed",
                                        .x = {"components", "1", 28, 150, 1},
                                        .y = {"patterns", "1", 0, 0, 1},
                                        .n_lines = n_lines,
                                        .line = line};
    status = ecp_experiment_figure(e, "dense_capacity", "What a dense associative memory holds",
                                   &picture, 1, 1);
done:
    return status;
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    struct table *t = ecp_experiment_alloc(e, 1, sizeof *t);
    enum ecp_status status = ECP_OK;
    if (!t)
        return ecp_fail(ECP_ENOMEM, "no memory for a table");
    for (int n = LOWEST; n <= (int)param[HIGHEST]; n++)
        for (int size = 0; size < SIZES; size++)
            ECP_TRY(one(e, param, n, size, t));
    judge(e, t);
    ECP_TRY(show(e, t));
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char law[] = "Krotov & Hopfield 2016: K_max = N^(n-1)/(2 (2n-3)!! ln N)";
    static const double band = 0.2;
    enum ecp_status status = ECP_OK;
    ECP_TRY(ecp_plan_add_claim(plan, "dense_capacity.slope_2", 1 - band, 1 + band, law));
    ECP_TRY(ecp_plan_add_claim(plan, "dense_capacity.slope_3", 2 - band, 2 + band, law));
    if (param[HIGHEST] >= 4)
        ECP_TRY(ecp_plan_add_claim(plan, "dense_capacity.slope_4", 3 - band, 3 + band, law));
    ECP_TRY(ecp_plan_add_claim(plan, "dense_capacity.ratio_low", 0.5, 2, law));
    ECP_TRY(ecp_plan_add_claim(plan, "dense_capacity.ratio_high", 0.5, 2, law));
    ECP_TRY(ecp_plan_add_claim(plan, "dense_capacity.theory_ratio", 1, 1.25,
                               "theory: error of a component, normal crosstalk"));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_dense_capacity = {
    .name = "dense_capacity",
    .question = "What can an associative memory hold?",
    .summary = "patterns without error in dense associative memories of power n, over their size",
    .equations = "E = -sum_mu (x.s)^n; held: no component would change\n"
                 "K_max = N^(n-1)/(2 (2n-3)!! ln N);\n"
                 "error of a component erfc(sqrt(N^(n-1)/(2 K (2n-3)!!)))/2",
    .reference = "Krotov & Hopfield 2016, arXiv:1606.01164",
    .fields = fields,
    .build = build,
    .results = results,
    .run = run};
