/* pavlov.c -- attention as conditioning: keys are conditioned stimuli, values what follows
 * them, queries the stimuli of a test (Qiao 2025).
 *
 * Conditioning: memory fast_weights, rule delta_net or linear (Hebb), strength a. With
 * orthogonal stimuli of length 1 and an outcome of 1, the delta rule gives
 *
 *   acquisition    V_n = 1 - (1 - a)^n
 *   extinction     V_n (1 - a)^m after m trials without outcome
 *   blocking       V_B = (1 - V_A)(1 - (1 - 2a)^m)/2 where A was trained before A and B
 *   overshadowing  V_A = V_B = (1 - (1 - 2a)^n)/2 of A and B together from the first
 *   second order   B predicts A, A predicts the outcome: V_A V_BA by recalling twice
 *
 * Hebb's rule gives a n, whatever else was learnt.
 *
 * Capacity: n random keys of length 1 in d dimensions, values of signs, memory key_value
 * without separation. Crosstalk has the variance (n - 1)/d in each component; bits are
 * wrong with p = erfc(sqrt(d/2(n - 1)))/2; no error is certain while (n - 1) max|k.k'| < 1,
 * the maximum being sqrt(2 ln(n^2/2)/d). H heads averaged: variance/H. L layers: a bit is
 * wrong in any of them with 1 - (1 - p)^L; the majority of H heads: a binomial tail. */
#include <math.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"
#include "engine/slope.h"

enum { RULE, RATE, TRIALS, D, REPEATS, HEADS, LAYERS, SEEDS, END };
enum { DELTA, HEBB };

static const struct ecp_field fields[] = {
    [RULE] = {"rule", "1", DELTA, 0, HEBB, "how associations are learnt", ECP_PARAM},
    [RATE] = {"rate", "1", 0.1, 1e-6, 0.5, "of learning, a", ECP_PARAM},
    [TRIALS] = {"trials", "1", 60, 1, 1e4, "of each part of a conditioning", ECP_WHOLE},
    [D] = {"d", "1", 64, 8, 4096, "dimensions of keys where errors are counted", ECP_WHOLE},
    [REPEATS] = {"repeats", "1", 200, 4, 1e5, "sets of keys for each number", ECP_WHOLE},
    [HEADS] = {"heads", "1", 5, 1, 99, "averaged, or voting (odd)", ECP_WHOLE},
    [LAYERS] = {"layers", "1", 6, 1, 99, "that a bit passes", ECP_WHOLE},
    [SEEDS] = {"seeds", "1", 3, 1, 100, "of the capacities over d, whose spread is shown",
               ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"rule", "delta hebb"}, {NULL, NULL}};

enum {
    ACQUIRED,
    EXTINGUISHED,
    BLOCKED,
    OVERSHADOWED,
    SECOND_ORDER,
    DIRECT,
    CURVE_ERROR,
    MSE_RATIO,
    BIT_RATIO,
    HEADS_RATIO,
    DEPTH_RATIO,
    MAJORITY_RATIO,
    AVERAGE_SLOPE,
    CERTAIN_SLOPE,
    COHERENCE_RATIO,
    RESULTS
};

static const struct ecp_field results[] = {
    [ACQUIRED] = {"acquired", "1", 0, 0, 0, "response to A after training", ECP_RESULT},
    [EXTINGUISHED] = {"extinguished", "1", 0, 0, 0,
                      "what is left of it after trials without "
                      "outcome",
                      ECP_RESULT},
    [BLOCKED] = {"blocked", "1", 0, 0, 0, "response to B, trained with A after A alone",
                 ECP_RESULT},
    [OVERSHADOWED] = {"overshadowed", "1", 0, 0, 0, "response to B, trained with A from the first",
                      ECP_RESULT},
    [SECOND_ORDER] = {"second_order", "1", 0, 0, 0,
                      "outcome recalled from what B recalls, B having predicted A only",
                      ECP_RESULT},
    [DIRECT] = {"direct", "1", 0, 0, 0, "outcome recalled from B itself", ECP_RESULT},
    [CURVE_ERROR] = {"curve_error", "1", 0, 0, 0,
                     "largest distance of any of these courses from the delta rule's closed form",
                     ECP_RESULT},
    [MSE_RATIO] = {"mse_ratio", "1", 0, 0, 0,
                   "mean square error over (n - 1)/d, the one farthest "
                   "from 1",
                   ECP_RESULT},
    [BIT_RATIO] = {"bit_ratio", "1", 0, 0, 0,
                   "wrong bits over erfc(sqrt(d/2(n - 1)))/2, the one "
                   "farthest from 1",
                   ECP_RESULT},
    [HEADS_RATIO] = {"heads_ratio", "1", 0, 0, 0,
                     "mean square error of averaged heads over (n - 1)/(d heads)", ECP_RESULT},
    [DEPTH_RATIO] = {"depth_ratio", "1", 0, 0, 0, "bits wrong in any layer over 1 - (1 - p)^layers",
                     ECP_RESULT},
    [MAJORITY_RATIO] = {"majority_ratio", "1", 0, 0, 0,
                        "bits wrong in most heads over the binomial tail", ECP_RESULT},
    [AVERAGE_SLOPE] = {"average_slope", "1", 0, 0, 0,
                       "exponent of d in the n at which the relative error is 1/2", ECP_RESULT},
    [CERTAIN_SLOPE] = {"certain_slope", "1", 0, 0, 0,
                       "exponent of d in the largest n that is certainly without error",
                       ECP_RESULT},
    [COHERENCE_RATIO] = {"coherence_ratio", "1", 0, 0, 0,
                         "max|k.k'| over sqrt(2 ln(n^2/2)/d), mean over d", ECP_RESULT},
    [RESULTS] = {0}};

/* ---- conditioning ------------------------------------------------------------------ */

enum { A, B, OUTCOME, WIDTH }; /* stimuli, and what may follow */
enum { COURSES = 4 };          /* acquisition + extinction, blocking, overshadowing, Hebb's */

struct course {
    size_t n;
    double *trial, *response, *expected;
};

static enum ecp_status fast_weights(const double *param, int rule, struct ecp_memory **out)
{
    const struct ecp_memory_setting settings[] = {
        {"rule", 0, rule == DELTA ? "delta_net" : "linear"},
        {"strength", param[RATE], NULL},
        {"form", 0, "recurrent"}};
    struct ecp_memory_setup setup = {
        .shape = {WIDTH, WIDTH, 0}, .settings = settings, .n_settings = 3};
    const enum ecp_status status = ecp_memory_find("fast_weights", &setup.model);
    return status == ECP_OK ? ecp_memory_create(&setup, out) : status;
}

static enum ecp_status respond(struct ecp_memory *memory, const double *stimulus, int to,
                               double *response)
{
    double out[WIDTH];
    const enum ecp_status status = ecp_memory_recall(memory, stimulus, 1, out, NULL);
    if (status == ECP_OK)
        *response = out[to];
    return status;
}

/* `n` trials of a stimulus with what follows; the response to `tested` after each. */
struct trials {
    double stimulus[WIDTH], follows[WIDTH], tested[WIDTH];
    size_t n;
};

static enum ecp_status train(struct ecp_memory *memory, const struct trials *t,
                             struct course *course)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < t->n; k++) {
        ECP_TRY(ecp_memory_store_pairs(memory, t->stimulus, t->follows, 1));
        if (!course)
            continue;
        course->trial[course->n] = (double)course->n + 1;
        ECP_TRY(respond(memory, t->tested, OUTCOME, &course->response[course->n]));
        course->n++;
    }
done:
    return status;
}

/* A with outcome, then without. */
static enum ecp_status acquire(const double *param, int rule, struct course *c)
{
    const double a = param[RATE];
    const size_t n = (size_t)param[TRIALS];
    const struct trials with = {{1, 0, 0}, {0, 0, 1}, {1, 0, 0}, n};
    const struct trials without = {{1, 0, 0}, {0, 0, 0}, {1, 0, 0}, n};
    struct ecp_memory *memory = NULL;
    enum ecp_status status;
    ECP_TRY(fast_weights(param, rule, &memory));
    ECP_TRY(train(memory, &with, c));
    ECP_TRY(train(memory, &without, c));
    for (size_t k = 0; k < 2 * n; k++)
        c->expected[k] = k < n ? 1 - pow(1 - a, (double)k + 1)
                               : (1 - pow(1 - a, (double)n)) * pow(1 - a, (double)(k + 1 - n));
done:
    ecp_memory_destroy(memory);
    return status;
}

/* A and B together; before (`alone`) A by itself. The response to B. */
static enum ecp_status compound(const double *param, int rule, int alone, struct course *c)
{
    const double a = param[RATE];
    const size_t n = (size_t)param[TRIALS];
    const struct trials first = {{1, 0, 0}, {0, 0, 1}, {0, 1, 0}, n};
    const struct trials both = {{1, 1, 0}, {0, 0, 1}, {0, 1, 0}, n};
    const double before = alone ? 1 - pow(1 - a, (double)n) : 0;
    struct ecp_memory *memory = NULL;
    enum ecp_status status;
    ECP_TRY(fast_weights(param, rule, &memory));
    if (alone)
        ECP_TRY(train(memory, &first, NULL));
    ECP_TRY(train(memory, &both, c));
    for (size_t k = 0; k < n; k++)
        c->expected[k] = (1 - before) * (1 - pow(1 - 2 * a, (double)k + 1)) / 2;
done:
    ecp_memory_destroy(memory);
    return status;
}

static enum ecp_status second_order(struct ecp_experiment *e, const double *param)
{
    const size_t n = (size_t)param[TRIALS];
    const struct trials first = {{1, 0, 0}, {0, 0, 1}, {0}, n},
                        then = {{0, 1, 0}, {1, 0, 0}, {0}, n};
    const double b[WIDTH] = {0, 1, 0};
    double recalled[WIDTH], direct = 0, chained = 0;
    struct ecp_memory *memory = NULL;
    enum ecp_status status;
    ECP_TRY(fast_weights(param, (int)param[RULE], &memory));
    ECP_TRY(train(memory, &first, NULL));
    ECP_TRY(train(memory, &then, NULL));
    ECP_TRY(respond(memory, b, OUTCOME, &direct));
    ECP_TRY(ecp_memory_recall(memory, b, 1, recalled, NULL));
    ECP_TRY(respond(memory, recalled, OUTCOME, &chained));
    ecp_experiment_result(e, DIRECT, direct);
    ecp_experiment_result(e, SECOND_ORDER, chained);
done:
    ecp_memory_destroy(memory);
    return status;
}

static enum ecp_status condition(struct ecp_experiment *e, const double *param,
                                 struct course course[COURSES])
{
    const size_t n = (size_t)param[TRIALS];
    const int rule = (int)param[RULE];
    double error = 0;
    enum ecp_status status = ECP_OK;
    for (int k = 0; k < COURSES; k++) {
        course[k].trial = ecp_experiment_alloc(e, 2 * n, sizeof(double));
        course[k].response = ecp_experiment_alloc(e, 2 * n, sizeof(double));
        course[k].expected = ecp_experiment_alloc(e, 2 * n, sizeof(double));
        if (!course[k].trial || !course[k].response || !course[k].expected)
            return ecp_fail(ECP_ENOMEM, "no memory for %zu trials", n);
    }
    ECP_TRY(acquire(param, rule, &course[0]));
    ECP_TRY(compound(param, rule, 1, &course[1]));
    ECP_TRY(compound(param, rule, 0, &course[2]));
    ECP_TRY(acquire(param, HEBB, &course[3]));
    for (int k = 0; k < COURSES - 1; k++)
        for (size_t t = 0; t < course[k].n; t++)
            error = fmax(error, fabs(course[k].response[t] - course[k].expected[t]));
    ecp_experiment_result(e, ACQUIRED, course[0].response[n - 1]);
    ecp_experiment_result(e, EXTINGUISHED, course[0].response[2 * n - 1]);
    ecp_experiment_result(e, BLOCKED, course[1].response[n - 1]);
    ecp_experiment_result(e, OVERSHADOWED, course[2].response[n - 1]);
    ecp_experiment_result(e, CURVE_ERROR, error);
    status = second_order(e, param);
done:
    return status;
}

#include "scenarios/pavlov_capacity.h"

/* ---- what is shown ------------------------------------------------------------------- */

static enum ecp_status draw_curves(struct ecp_experiment *e, const struct course *c,
                                   const struct loaded *l, const struct capacity *k)
{
    static const char *const name[COURSES] = {"A", "B after A", "B with A", "A, Hebb"};
    struct ecp_line course[2 * COURSES - 1];
    size_t n = 0;
    for (int j = 0; j < COURSES; j++) {
        course[n++] =
            (struct ecp_line){name[j], ECP_LINE, j, c[j].n, c[j].trial, c[j].response, NULL, NULL};
        if (j < COURSES - 1)
            course[n++] = (struct ecp_line){
                NULL, ECP_DASHES, ECP_COLOUR_BLACK, c[j].n, c[j].trial, c[j].expected, NULL, NULL};
    }
    const struct ecp_line errors[] = {
        {"wrong bits", ECP_DOTS, 0, LOADS, l->load, l->bits, NULL, NULL},
        {"erfc(sqrt(d/2(n - 1)))/2", ECP_DASHES, 0, LOADS, l->load, l->bits_theory, NULL, NULL},
        {"relative mean square", ECP_DOTS, 1, LOADS, l->load, l->mse, NULL, NULL},
        {"(n - 1)/d", ECP_DASHES, 1, LOADS, l->load, l->mse_theory, NULL, NULL}};
    const struct ecp_line capacities[] = {
        {"relative error 1/2", ECP_DOTS, 0, SIZES, sizes, k->average, NULL, k->average_sd},
        {"certainly none", ECP_DOTS, 1, SIZES, sizes, k->certain, NULL, k->certain_sd},
        {NULL, ECP_LINE, 0, SIZES, sizes, k->average, NULL, NULL},
        {NULL, ECP_LINE, 1, SIZES, sizes, k->certain, NULL, NULL}};
    const struct ecp_picture picture[] = {{.title = "conditioning",
                                           .note = "dashed: closed forms",
                                           .x = {"trial", NULL, 0, 0, 0},
                                           .y = {"response", NULL, 0, 2, 0},
                                           .n_lines = n,
                                           .line = course},
                                          {.title = "errors of a full memory",
                                           .x = {"associations/dimensions", NULL, 0, 0, 1},
                                           .y = {"error", NULL, 0, 0, 1},
                                           .n_lines = 4,
                                           .line = errors},
                                          {.title = "capacity",
                                           .x = {"dimensions", NULL, 0, 0, 1},
                                           .y = {"associations", NULL, 0, 0, 1},
                                           .n_lines = 4,
                                           .line = capacities}};
    return ecp_experiment_figure(e, "pavlov", "Attention as conditioning", picture, 3, 3);
}

static enum ecp_status tell(struct ecp_experiment *e, const struct course *c,
                            const struct loaded *l, const struct capacity *k)
{
    const struct ecp_table_column conditioning[] = {
        {"trial", "1", "of training, then of extinction", c[0].trial, NULL},
        {"response", "1", "to A", c[0].response, NULL},
        {"expected", "1", "closed form of the delta rule", c[0].expected, NULL},
        {"hebb", "1", "the same trials by Hebb's rule", c[3].response, NULL}};
    const struct ecp_table_column errors[] = {
        {"load", "1", "associations over dimensions", l->load, NULL},
        {"bits", "1", "share of wrong bits", l->bits, NULL},
        {"bits_theory", "1", "erfc(sqrt(d/2(n - 1)))/2", l->bits_theory, NULL},
        {"mse", "1", "relative mean square error", l->mse, NULL},
        {"mse_theory", "1", "(n - 1)/d", l->mse_theory, NULL}};
    const struct ecp_table_column capacity[] = {
        {"d", "1", "dimensions of keys", sizes, NULL},
        {"average", "1", "associations with a relative error of 1/2", k->average, NULL},
        {"certain", "1", "associations that are certainly without error", k->certain, NULL},
        {"coherence", "1", "max|k.k'| over its theory", k->coherence, NULL}};
    enum ecp_status status;
    ECP_TRY(ecp_experiment_table(e, "conditioning", c[0].n, conditioning, 4));
    ECP_TRY(ecp_experiment_table(e, "errors", LOADS, errors, 5));
    ECP_TRY(ecp_experiment_table(e, "capacity", SIZES, capacity, 4));
done:
    return status;
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    struct course course[COURSES] = {{0, NULL, NULL, NULL}};
    struct loaded loaded = {{0}, {0}, {0}, {0}, {0}};
    struct capacity capacity = {{0}, {0}, {0}, {0}, {0}};
    enum ecp_status status;
    ECP_TRY(condition(e, param, course));
    ECP_TRY(count_errors(e, param, &loaded));
    ECP_TRY(count_passed(e, param));
    ECP_TRY(measure_capacity(e, param, &capacity));
    ECP_TRY(tell(e, course, &loaded, &capacity));
    status = draw_curves(e, course, &loaded, &capacity);
done:
    return status;
}

/* ---- claims ---------------------------------------------------------------------------- */

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char delta[] = "Rescorla & Wagner: the delta rule learns what is not predicted "
                                "yet; closed form with rate 0.1 and 60 trials";
    static const char closed[] = "theory: closed forms of the delta rule, to rounding";
    static const char variance[] = "theory: random keys of length 1 have E (k.k')^2 = 1/d";
    static const char normal[] = "theory: crosstalk of many keys is normal";
    static const char qiao[] = "Qiao 2025: average-case capacity grows as d";
    static const char worst[] =
        "Qiao 2025: error-free capacity grows as sqrt(d), here sqrt(d/ln n)";
    const struct {
        const char *result;
        double lowest, highest;
        const char *source;
    } claims[] = {{"pavlov.acquired", 0.99, 1, delta},
                  {"pavlov.extinguished", 0, 0.01, delta},
                  {"pavlov.blocked", 0, 0.01, delta},
                  {"pavlov.overshadowed", 0.49, 0.5, delta},
                  {"pavlov.second_order", 0.99, 1, delta},
                  {"pavlov.direct", -1e-12, 1e-12, delta},
                  {"pavlov.curve_error", 0, 1e-12, closed},
                  {"pavlov.mse_ratio", 0.96, 1.04, variance},
                  {"pavlov.bit_ratio", 0.93, 1.07, normal},
                  {"pavlov.heads_ratio", 0.96, 1.04, "theory: variance of a mean of heads"},
                  {"pavlov.depth_ratio", 0.93, 1.07, "theory: layers fail by themselves"},
                  {"pavlov.majority_ratio", 0.75, 1.25, "theory: heads fail by themselves"},
                  {"pavlov.average_slope", 0.95, 1.05, qiao},
                  {"pavlov.certain_slope", 0.3, 0.5, worst},
                  {"pavlov.coherence_ratio", 0.85, 1.1,
                   "theory: maximum of n^2/2 normal numbers of variance 1/d"}};
    enum ecp_status status = ECP_OK;
    if (param[HEADS] != floor(param[HEADS]) || fmod(param[HEADS], 2) == 0)
        return ecp_fail(ECP_ECONFIG, "heads (%g): found no odd number, so that votes can tie",
                        param[HEADS]);
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++)
        ECP_TRY(ecp_plan_add_claim(plan, claims[k].result, claims[k].lowest, claims[k].highest,
                                   claims[k].source));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_pavlov = {
    .name = "pavlov",
    .question = "What can an associative memory hold?",
    .summary = "attention as conditioning: acquisition, extinction, blocking; capacity and errors",
    .equations =
        "conditioning: keys are stimuli, values outcomes; delta rule, or Hebb's\n"
        "acquisition 1 - (1 - a)^n; extinction (1 - a)^m; blocking (1 - V_A)(1 - (1 - 2a)^m)/2;\n"
        "overshadowing (1 - (1 - 2a)^n)/2; second order: two recalls\n"
        "capacity: crosstalk (n - 1)/d, wrong bits erfc(sqrt(d/2(n - 1)))/2, no error while\n"
        "(n - 1) max|k.k'| < 1; heads averaged, voting; layers in series",
    .reference = "Qiao 2025, doi:10.48550/arXiv.2508.08289",
    .fields = fields,
    .choices = choices,
    .build = build,
    .results = results,
    .run = run};
