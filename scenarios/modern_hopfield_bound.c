/* modern_hopfield_bound.c -- how exactly does one step of a modern Hopfield network retrieve?
 *
 * n patterns of length M in d dimensions, a cue at some distance from one of them. Theory
 * (Ramsauer et al. 2021, theorem 5): after one step the error is at most
 *
 *   2 (n - 1) M exp(-beta (Delta_i - 2 max(|xi - x_i|, |x_i* - x_i|) M)),
 *   Delta_i = min over j of x_i.x_i - x_i.x_j,
 *
 * x_i* being the fixed point near x_i; with sparsemax in place of softmax (Hu et al. 2023) no
 * larger; none at all where beta (x_i - x_j).xi >= 1 for all j. Well separated patterns are
 * at rest after three steps; the energy never rises. `beta` low makes neighbours mix: the
 * bound says nothing then, and patterns are not what the network ends at. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"

enum { DRAWS, PATTERNS, D, LENGTH, DISTANCE, BETA, END };

static const struct ecp_field fields[] = {
    [DRAWS] = {"draws", "1", 1000, 10, 1e6, "sets of patterns, with a cue each", ECP_WHOLE},
    [PATTERNS] = {"patterns", "1", 10, 2, 10000, "in a set", ECP_WHOLE},
    [D] = {"d", "1", 20, 2, 10000, "dimensions", ECP_WHOLE},
    [LENGTH] = {"length", "1", 5, 0.01, 1e3, "of a pattern", ECP_PARAM},
    [DISTANCE] = {"distance", "1", 0.5, 0, 1e3, "of the cue from its pattern", ECP_PARAM},
    [BETA] = {"beta", "1", 1, 1e-6, 1e4, "inverse temperature", ECP_PARAM},
    [END] = {0}};

enum { WITHIN, SPARSE_WITHIN, MIDDLE_WITHIN, TELLING, REST, RETRIEVED, EXACT, RISE, RESULTS };

static const struct ecp_field results[] = {
    [WITHIN] = {"within", "1", 0, 0, 0, "share of draws whose error is within the bound, softmax",
                ECP_RESULT},
    [SPARSE_WITHIN] = {"sparse_within", "1", 0, 0, 0, "the same, sparsemax", ECP_RESULT},
    [MIDDLE_WITHIN] = {"middle_within", "1", 0, 0, 0, "the same, entmax15", ECP_RESULT},
    [TELLING] = {"telling", "1", 0, 0, 0,
                 "share of draws where the bound is below the length of a pattern", ECP_RESULT},
    [REST] = {"rest", "1", 0, 0, 0,
              "largest move of a component in a fourth step, draws where the bound tells",
              ECP_RESULT},
    [RETRIEVED] = {"retrieved", "1", 0, 0, 0,
                   "share of draws that end nearer to the pattern than a tenth of its length",
                   ECP_RESULT},
    [EXACT] = {"exact", "1", 0, 0, 0,
               "largest error with sparsemax where it should be none, over the length", ECP_RESULT},
    [RISE] = {"rise", "1", 0, 0, 0, "largest rise of the energy in a step, over its size",
              ECP_RESULT},
    [RESULTS] = {0}};

static const char *const separation[] = {"softmax", "sparsemax", "entmax15"};
enum { KINDS = 3, STEPS = 4 };

struct one {
    double error[KINDS], bound, moved, end, rise;
    int exact; /* sparsemax must be */
};

static double dot(const double *a, const double *b, size_t d)
{
    double sum = 0;
    for (size_t k = 0; k < d; k++)
        sum += a[k] * b[k];
    return sum;
}

static double distance(const double *a, const double *b, size_t d)
{
    double sum = 0;
    for (size_t k = 0; k < d; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sqrt(sum);
}

/* A row of normal numbers, of the given length. */
static void draw(struct ecp_chance *chance, size_t d, double length, double *x)
{
    ecp_chance_normals(chance, d, x);
    const double by = length / sqrt(dot(x, x, d));
    for (size_t k = 0; k < d; k++)
        x[k] *= by;
}

static enum ecp_status make(const double *param, const char *kind, double steps,
                            struct ecp_memory **out)
{
    const struct ecp_memory_setting setting[] = {{"beta", param[BETA], NULL},
                                                 {"separation", 0, kind},
                                                 {"steps", steps, NULL},
                                                 {"tolerance", 0, NULL}};
    struct ecp_memory_setup setup = {
        .shape = {(size_t)param[D], 0, 0}, .settings = setting, .n_settings = 4};
    enum ecp_status status;
    ECP_TRY(ecp_memory_find("modern_hopfield", &setup.model));
    status = ecp_memory_create(&setup, out);
done:
    return status;
}

/* Steps of one kind from the cue: the first error, and with softmax all that is asked. */
static enum ecp_status follow(const double *param, int kind, const double *x, struct one *o,
                              double *state)
{
    const size_t d = (size_t)param[D], n = (size_t)param[PATTERNS];
    struct ecp_memory *memory = NULL;
    double before, now;
    enum ecp_status status;
    ECP_TRY(make(param, separation[kind], 1, &memory));
    ECP_TRY(ecp_memory_store_pairs(memory, x, NULL, n));
    memcpy(state, x + n * d, d * sizeof *state);
    ECP_TRY(ecp_memory_energy(memory, state, 1, &before));
    for (int step = 0; step < STEPS; step++) {
        ECP_TRY(ecp_memory_recall(memory, state, 1, state + d, NULL));
        ECP_TRY(ecp_memory_energy(memory, state + d, 1, &now));
        o->rise = fmax(o->rise, (now - before) / (fabs(before) + 1));
        before = now;
        if (step == 0)
            o->error[kind] = distance(state + d, x, d);
        double moved = 0;
        for (size_t k = 0; k < d; k++)
            moved = fmax(moved, fabs(state[d + k] - state[k]));
        memcpy(state, state + d, d * sizeof *state);
        if (kind == 0) {
            o->moved = moved;
            o->end = distance(state, x, d);
        }
    }
done:
    ecp_memory_destroy(memory);
    return status;
}

/* Pattern 0 is the one that is looked for; x: patterns, then the cue. */
static enum ecp_status one_draw(const double *param, uint64_t seed, uint32_t number, double *x,
                                struct one *o)
{
    const size_t d = (size_t)param[D], n = (size_t)param[PATTERNS];
    const double M = param[LENGTH];
    struct ecp_chance chance = ecp_chance(seed, 3, number);
    struct ecp_memory *memory = NULL;
    double *cue = x + n * d, *state = cue + d, delta = INFINITY;
    enum ecp_status status = ECP_OK;
    *o = (struct one){.rise = -INFINITY, .exact = 1};
    for (size_t k = 0; k < n; k++)
        draw(&chance, d, M, x + k * d);
    draw(&chance, d, param[DISTANCE], cue);
    for (size_t k = 0; k < d; k++)
        cue[k] += x[k];
    for (size_t k = 1; k < n; k++) {
        delta = fmin(delta, M * M - dot(x, x + k * d, d));
        o->exact &= param[BETA] * (dot(x, cue, d) - dot(x + k * d, cue, d)) >= 1;
    }
    ECP_TRY(make(param, "softmax", 100, &memory));
    ECP_TRY(ecp_memory_store_pairs(memory, x, NULL, n));
    ECP_TRY(ecp_memory_recall(memory, x, 1, state, NULL));
    const double away = fmax(param[DISTANCE], distance(state, x, d));
    o->bound = 2 * (double)(n - 1) * M * exp(-param[BETA] * (delta - 2 * away * M));
    for (int kind = 0; kind < KINDS; kind++)
        ECP_TRY(follow(param, kind, x, o, state));
done:
    ecp_memory_destroy(memory);
    return status;
}

struct sums {
    double within[KINDS], telling, rest, retrieved, exact, rise;
};

static void add(struct sums *s, const struct one *o, const double *param)
{
    const int tells = o->bound < param[LENGTH];
    for (int k = 0; k < KINDS; k++)
        s->within[k] += o->error[k] <= o->bound;
    s->telling += tells;
    s->rest = tells ? fmax(s->rest, o->moved) : s->rest;
    s->retrieved += o->end < 0.1 * param[LENGTH];
    s->exact = o->exact ? fmax(s->exact, o->error[1] / param[LENGTH]) : s->exact;
    s->rise = fmax(s->rise, o->rise);
}

static enum ecp_status show(struct ecp_experiment *e, size_t n, double *bound, double **error)
{
    struct ecp_line line[KINDS + 1];
    double low = bound[0], high = bound[0];
    for (size_t k = 0; k < n; k++) {
        low = fmin(low, bound[k]);
        high = fmax(high, bound[k]);
    }
    for (int kind = 0; kind < KINDS; kind++) {
        for (size_t k = 0; k < n; k++) /* what is 0 lies at the lower edge */
            error[kind][k] = fmax(error[kind][k], 1e-17);
        line[kind] = (struct ecp_line){separation[kind], ECP_DOTS, kind, n < 150 ? n : 150, bound,
                                       error[kind],      NULL,     NULL};
    }
    const double ends[] = {low, high};
    line[KINDS] =
        (struct ecp_line){"bound", ECP_DASHES, ECP_COLOUR_BLACK, 2, ends, ends, NULL, NULL};
    const struct ecp_picture picture = {.title = "error after one step",
                                        .x = {"bound", "1", 0, 0, 1},
                                        .y = {"error", "1", 1e-17, 10, 1},
                                        .n_lines = KINDS + 1,
                                        .line = line};
    return ecp_experiment_figure(e, "modern_hopfield_bound", "One step of retrieval, and its bound",
                                 &picture, 1, 1);
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    const size_t d = (size_t)param[D], n = (size_t)param[PATTERNS], draws = (size_t)param[DRAWS];
    double *x = ecp_experiment_alloc(e, (n + 4) * d, sizeof *x), *column[KINDS + 1];
    struct sums s = {.rise = -INFINITY};
    enum ecp_status status = ECP_OK;
    for (int k = 0; k <= KINDS; k++) {
        column[k] = ecp_experiment_alloc(e, draws, sizeof *column[k]);
        if (!column[k] || !x)
            return ecp_fail(ECP_ENOMEM, "no memory for %zu draws", draws);
    }
    for (size_t k = 0; k < draws; k++) {
        struct one o;
        ECP_TRY(ecp_experiment_progress(e, (double)k / (double)draws, "draws"));
        ECP_TRY(one_draw(param, ecp_experiment_seed(e), (uint32_t)k, x, &o));
        add(&s, &o, param);
        column[0][k] = o.bound;
        for (int kind = 0; kind < KINDS; kind++)
            column[kind + 1][k] = o.error[kind];
    }
    for (int kind = 0; kind < KINDS; kind++)
        ecp_experiment_result(e, WITHIN + kind, s.within[kind] / param[DRAWS]);
    ecp_experiment_result(e, TELLING, s.telling / param[DRAWS]);
    ecp_experiment_result(e, REST, s.rest);
    ecp_experiment_result(e, RETRIEVED, s.retrieved / param[DRAWS]);
    ecp_experiment_result(e, EXACT, s.exact);
    ecp_experiment_result(e, RISE, s.rise);
    const struct ecp_table_column table[] = {
        {"bound", "1", "of the error after one step", column[0], NULL},
        {"softmax", "1", "error after one step", column[1], NULL},
        {"sparsemax", "1", "the same", column[2], NULL},
        {"entmax15", "1", "the same", column[3], NULL}};
    ECP_TRY(ecp_experiment_table(e, "draws", draws, table, 4));
    status = show(e, draws, column[0], column + 1);
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char bound[] = "Ramsauer et al. 2021, theorem 5: in every draw";
    static const char sparse[] =
        "Hu et al. 2023: in every draw no larger than the bound of softmax";
    enum ecp_status status = ECP_OK;
    (void)param;
    ECP_TRY(ecp_plan_add_claim(plan, "modern_hopfield_bound.within", 1, 1, bound));
    ECP_TRY(ecp_plan_add_claim(plan, "modern_hopfield_bound.sparse_within", 1, 1, sparse));
    ECP_TRY(ecp_plan_add_claim(plan, "modern_hopfield_bound.middle_within", 1, 1, sparse));
    ECP_TRY(ecp_plan_add_claim(plan, "modern_hopfield_bound.telling", 0.99, 1,
                               "theory: patterns are well separated, so that the bound tells"));
    ECP_TRY(ecp_plan_add_claim(plan, "modern_hopfield_bound.rest", 0, 1e-6,
                               "Ramsauer et al. 2021: a fixed point after three steps"));
    ECP_TRY(ecp_plan_add_claim(plan, "modern_hopfield_bound.retrieved", 1, 1,
                               "Ramsauer et al. 2021: fixed points lie near the patterns"));
    ECP_TRY(ecp_plan_add_claim(plan, "modern_hopfield_bound.exact", 0, 1e-14,
                               "theory: sparsemax retrieves exactly where beta (x_i - x_j).xi >= "
                               "1"));
    ECP_TRY(ecp_plan_add_claim(plan, "modern_hopfield_bound.rise", -INFINITY, 1e-12,
                               "theory: each step minimises a convex bound of the energy"));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_modern_hopfield_bound = {
    .name = "modern_hopfield_bound",
    .question = "What can an associative memory hold?",
    .summary = "errors of one step of attention over stored patterns, and their bound",
    .equations = "xi <- sum p_j x_j, p = softmax | sparsemax | entmax15 of beta X xi\n"
                 "error <= 2 (n-1) M exp(-beta (Delta_i - 2 max(|xi - x_i|, |x_i* - x_i|) M))",
    .reference = "Ramsauer et al. 2021, arXiv:2008.02217; Hu et al. 2023, arXiv:2309.12673",
    .fields = fields,
    .build = build,
    .results = results,
    .run = run};
