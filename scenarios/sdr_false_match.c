/* sdr_false_match.c -- how often does a sparse pattern match by chance?
 *
 * Rows of n bits, a of them on. A segment has synapses on s bits of its pattern and matches
 * where theta or more of them are on. The probability that a random row matches is exact,
 *
 *   sum over b >= theta of C(s, b) C(n - s, a - b)/C(n, a)        (Ahmad & Hawkins 2016)
 *
 * It is held against the published numbers (n = 100,000, a = 2,000), and, where it is large
 * enough to be counted, against random rows that memory "sdr" is asked. The same for the
 * union of m rows, of whose bits 1 - (1 - a/n)^m are on. `region` lets rows use only a part
 * of the bits, which the formula does not know. */
#include <math.h>
#include <stdlib.h>

#include "engine/chance.h"
#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"
#include "engine/sdr.h"

enum { CUES, SEEDS, REGION, END };

static const struct ecp_field fields[] = {
    [CUES] = {"cues", "1", 20000, 100, 1e8, "random rows for each count", ECP_WHOLE},
    [SEEDS] = {"seeds", "1", 5, 1, 1000, "patterns, or unions, that they are held against",
               ECP_WHOLE},
    [REGION] = {"region", "1", 1, 0.3, 1, "share of the bits that rows use", ECP_PARAM},
    [END] = {0}};

enum { TABLE_ERROR, MATCH_SIGMA, UNION_SIGMA, DENSITY_SIGMA, SUBSAMPLED, LINEAR, RESULTS };

static const struct ecp_field results[] = {
    [TABLE_ERROR] = {"table_error", "1", 0, 0, 0,
                     "largest relative distance from published "
                     "numbers",
                     ECP_RESULT},
    [MATCH_SIGMA] = {"match_sigma", "1", 0, 0, 0,
                     "false matches counted, largest distance in standard deviations", ECP_RESULT},
    [UNION_SIGMA] = {"union_sigma", "1", 0, 0, 0, "the same, of unions", ECP_RESULT},
    [DENSITY_SIGMA] = {"density_sigma", "1", 0, 0, 0,
                       "share of bits that are on in unions, largest distance", ECP_RESULT},
    [SUBSAMPLED] = {"subsampled", "1", 0, 0, 0,
                    "false matches with 20 synapses at theta 10, n = 100,000", ECP_RESULT},
    [LINEAR] = {"linear", "1", 0, 0, 0,
                "correlation of ln p with theta, s = 2 theta, theta 6 to 12", ECP_RESULT},
    [RESULTS] = {0}};

static const struct {
    double s, theta, p;
} published[] = {{6, 6, 6.3531e-11},   {8, 8, 2.5251e-14},  {10, 10, 1.0016e-17},
                 {12, 6, 5.2939e-8},   {16, 8, 2.8172e-10}, {20, 10, 1.5419e-12},
                 {24, 12, 8.5869e-15}, {40, 10, 4.9154e-9}, {80, 10, 4.6257e-6}};
enum { ROWS = sizeof published / sizeof *published };

/* What is counted: n = 60 with 12 on, theta 1 to 8; n = 200 with 8 on, unions of up to 40. */
enum { N = 60, A = 12, THETAS = 8, UNION_N = 200, UNION_A = 8, UNION_THETA = 5, UNIONS = 6 };
static const double members[UNIONS] = {2, 5, 10, 15, 20, 40};

/* `rows` of n bits, a of the first region n of them on. */
static void draw(struct ecp_chance *chance, size_t rows, size_t n, size_t a, double region,
                 double *x)
{
    const size_t used = (size_t)(region * (double)n);
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0, left = a < used ? a : used; k < n; k++) {
            x[r * n + k] = k < used && ecp_chance_below(chance, used - k) < left;
            left -= x[r * n + k] > 0;
        }
}

struct count {
    const char *kind;
    size_t n, a, members;
    double theta, region;
    size_t cues;
    uint64_t seed;
    uint32_t number;
};

/* Share of random rows that match; share of bits that are on in what is stored. */
static enum ecp_status count(const struct count *w, double *share, double *density)
{
    const struct ecp_memory_setting setting[] = {{"kind", 0, w->kind},
                                                 {"threshold", w->theta, NULL}};
    struct ecp_memory_setup setup = {
        .shape = {w->n, 0, 0}, .seed = w->seed, .settings = setting, .n_settings = 2};
    struct ecp_chance chance = ecp_chance(w->seed, 5, w->number);
    struct ecp_memory *memory = NULL;
    struct ecp_memory_part part;
    double *x = calloc((w->members + w->cues) * w->n, sizeof *x);
    double *out = calloc(w->cues * w->n, sizeof *out), *cue = x ? x + w->members * w->n : NULL;
    enum ecp_status status = ECP_OK;
    size_t hits = 0, on = 0;
    if (!x || !out) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu rows", w->cues);
        goto done;
    }
    draw(&chance, w->members + w->cues, w->n, w->a, w->region, x);
    ECP_TRY(ecp_memory_find("sdr", &setup.model));
    ECP_TRY(ecp_memory_create(&setup, &memory));
    ECP_TRY(ecp_memory_store_pairs(memory, x, NULL, w->members));
    ECP_TRY(ecp_memory_recall(memory, cue, w->cues, out, NULL));
    for (size_t c = 0; c < w->cues; c++) {
        int any = 0;
        for (size_t k = 0; k < w->n; k++)
            any |= out[c * w->n + k] > 0;
        hits += (size_t)any;
    }
    for (size_t k = 0; ecp_memory_part(memory, 0, &part) && k < w->n; k++)
        on += part.data[k] > 0;
    *share = (double)hits / (double)w->cues;
    *density = (double)on / (double)w->n;
done:
    ecp_memory_destroy(memory);
    free(x);
    free(out);
    return status;
}

static enum ecp_status hold_table(struct ecp_experiment *e)
{
    double s[ROWS], theta[ROWS], p[ROWS], given[ROWS], worst = 0;
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (int k = 0; k < ROWS; k++) {
        s[k] = published[k].s;
        theta[k] = published[k].theta;
        given[k] = published[k].p;
        p[k] = ecp_sdr_match(1e5, 2000, s[k], theta[k]);
        worst = fmax(worst, fabs(p[k] / given[k] - 1));
    }
    for (double t = 6; t <= 12; t++) {
        const double y = log(ecp_sdr_match(1e5, 2000, 2 * t, t));
        mx += t / 7;
        my += y / 7;
        xx += t * t / 7;
        yy += y * y / 7;
        xy += t * y / 7;
    }
    ecp_experiment_result(e, TABLE_ERROR, worst);
    ecp_experiment_result(e, SUBSAMPLED, ecp_sdr_match(1e5, 2000, 20, 10));
    ecp_experiment_result(e, LINEAR, (xy - mx * my) / sqrt((xx - mx * mx) * (yy - my * my)));
    const struct ecp_table_column column[] = {
        {"s", "1", "synapses", s, NULL},
        {"theta", "1", "threshold", theta, NULL},
        {"p", "1", "probability of a false match", p, NULL},
        {"published", "1", "Ahmad & Hawkins 2016", given, NULL}};
    return ecp_experiment_table(e, "published", ROWS, column, 4);
}

/* Rows of one kind that are counted: expected, counted, its standard deviation. */
struct counted {
    double at[THETAS], expected[THETAS], share[THETAS], sigma[THETAS];
    size_t n;
};

/* How likely a random row matches depends on the union that was drawn: the spread over
 * unions is measured. A single pattern is like any other: counts are binomial. */
static enum ecp_status point(struct ecp_experiment *e, const double *param, struct count *w,
                             struct counted *c, double *density)
{
    const size_t seeds = (size_t)param[SEEDS] * (w->members > 1 ? 8 : 1);
    const double p = c->expected[c->n];
    double sum = 0, square = 0, on = 0, one, part;
    enum ecp_status status = ECP_OK;
    w->seed = ecp_experiment_seed(e);
    w->region = param[REGION];
    w->cues = (size_t)param[CUES] / (w->members > 1 ? 8 : 1);
    for (size_t s = 0; s < seeds; s++) {
        w->number++;
        ECP_TRY(count(w, &one, &part));
        sum += one / (double)seeds;
        square += one * one / (double)seeds;
        on += part / (double)seeds;
    }
    const double all = (double)seeds * (double)w->cues;
    const double between = seeds > 1 ? (square - sum * sum) / (double)(seeds - 1) : 0;
    c->share[c->n] = sum;
    c->sigma[c->n] = sqrt(fmax(p * (1 - p) / all, w->members > 1 ? between : 0));
    *density = on;
    c->n++;
done:
    return status;
}

static double furthest(const struct counted *c)
{
    double most = 0;
    for (size_t k = 0; k < c->n; k++) {
        const double off = fabs(c->share[k] - c->expected[k]) / c->sigma[k];
        most = off <= most ? most : off;
    }
    return most;
}

static enum ecp_status show(struct ecp_experiment *e, const struct counted *c)
{
    static const char *const name[] = {"false_matches", "unions"};
    struct ecp_line line[2][2];
    enum ecp_status status = ECP_OK;
    for (int k = 0; k < 2; k++) {
        const struct ecp_table_column column[] = {
            {k ? "members" : "theta", "1", k ? "rows of a union" : "threshold", c[k].at, NULL},
            {"p", "1", "exact", c[k].expected, NULL},
            {"counted", "1", "share of random rows that match", c[k].share, NULL},
            {"sigma", "1", "its standard deviation", c[k].sigma, NULL}};
        ECP_TRY(ecp_experiment_table(e, name[k], c[k].n, column, 4));
        line[k][0] = (struct ecp_line){
            "exact", ECP_DASHES, ECP_COLOUR_BLACK, c[k].n, c[k].at, c[k].expected, NULL, NULL};
        line[k][1] =
            (struct ecp_line){"counted", ECP_DOTS, 0, c[k].n, c[k].at, c[k].share, NULL, NULL};
    }
    const struct ecp_picture picture[] = {{.title = "12 of 60 bits",
                                           .x = {"threshold", "1", 0, THETAS + 1, 0},
                                           .y = {"false matches", "1", 1e-5, 2, 1},
                                           .n_lines = 2,
                                           .line = line[0]},
                                          {.title = "unions of rows, 8 of 200 bits, threshold 5",
                                           .x = {"rows in the union", "1", 0, 42, 0},
                                           .y = {"false matches", "1", 1e-5, 2, 1},
                                           .n_lines = 2,
                                           .line = line[1]}};
    status = ecp_experiment_figure(e, "sdr_false_match", "Sparse rows that match by chance",
                                   picture, 2, 2);
done:
    return status;
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    struct counted c[2] = {{.n = 0}, {.n = 0}};
    double density, furthest_density = 0;
    enum ecp_status status = ECP_OK;
    ECP_TRY(hold_table(e));
    for (int k = 0; k < THETAS; k++) {
        struct count w = {.kind = "segments", .n = N, .a = A, .members = 1, .theta = k + 1};
        w.number = (uint32_t)(1000 * k);
        c[0].at[k] = k + 1;
        c[0].expected[k] = ecp_sdr_match(N, A, A, k + 1);
        ECP_TRY(ecp_experiment_progress(e, 0.5 * k / THETAS, "segments"));
        ECP_TRY(point(e, param, &w, &c[0], &density));
    }
    for (int k = 0; k < UNIONS; k++) {
        const double m = members[k], p = ecp_sdr_union_density(UNION_N, UNION_A, m);
        struct count w = {.kind = "union",
                          .n = UNION_N,
                          .a = UNION_A,
                          .members = (size_t)m,
                          .theta = UNION_THETA,
                          .number = (uint32_t)(100000 + 1000 * k)};
        c[1].at[k] = m;
        c[1].expected[k] = ecp_sdr_union_match(UNION_N, UNION_A, (size_t)m, UNION_A, UNION_THETA);
        ECP_TRY(ecp_experiment_progress(e, 0.5 + 0.5 * k / UNIONS, "unions"));
        ECP_TRY(point(e, param, &w, &c[1], &density));
        /* Bits of a union are on nearly independently of each other. */
        furthest_density = fmax(
            furthest_density, fabs(density - p) / sqrt(p * (1 - p) / UNION_N / (8 * param[SEEDS])));
    }
    ecp_experiment_result(e, MATCH_SIGMA, furthest(&c[0]));
    ecp_experiment_result(e, UNION_SIGMA, furthest(&c[1]));
    ecp_experiment_result(e, DENSITY_SIGMA, furthest_density);
    ECP_TRY(show(e, c));
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char table[] = "Ahmad & Hawkins 2016, published to five digits";
    static const char exact[] = "the exact probability, within three standard deviations";
    enum ecp_status status = ECP_OK;
    (void)param;
    ECP_TRY(ecp_plan_add_claim(plan, "sdr_false_match.table_error", 0, 5e-5, table));
    ECP_TRY(ecp_plan_add_claim(plan, "sdr_false_match.match_sigma", 0, 3, exact));
    ECP_TRY(ecp_plan_add_claim(plan, "sdr_false_match.union_sigma", 0, 3, exact));
    ECP_TRY(ecp_plan_add_claim(plan, "sdr_false_match.density_sigma", 0, 3,
                               "1 - (1 - a/n)^m, within three standard deviations"));
    ECP_TRY(ecp_plan_add_claim(plan, "sdr_false_match.subsampled", 0, 1e-11,
                               "Ahmad & Hawkins 2016: 20 synapses of 2,000 bits are enough"));
    ECP_TRY(ecp_plan_add_claim(plan, "sdr_false_match.linear", -1, -0.999,
                               "Ahmad & Hawkins 2016: false matches fall exponentially with the "
                               "threshold"));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_sdr_false_match = {
    .name = "sdr_false_match",
    .question = "What can an associative memory hold?",
    .summary = "how often sparse rows of bits, and unions of them, match by chance",
    .equations = "sum over b >= theta of C(s, b) C(n - s, a - b)/C(n, a);\n"
                 "a union of m rows has 1 - (1 - a/n)^m of its bits on",
    .reference = "Ahmad & Hawkins 2016, arXiv:1601.00720",
    .fields = fields,
    .build = build,
    .results = results,
    .run = run};
