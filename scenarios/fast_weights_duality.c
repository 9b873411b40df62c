/* fast_weights_duality.c -- is a recurrent network that writes one item after the other the
 * same as attention over all of them?
 *
 * Memory fast_weights: for each rule, random keys and queries of one length, random values,
 * gates in (-depth, 0), strengths in (0, 1). The recurrent form's outputs are compared with
 * those of the parallel form and of the chunkwise form with chunks of 1, 16, 32, 64, T and
 * 23, which T is no multiple of, in double and in single precision. Then: a sequence in two
 * calls against one; rules that become others (gates of 0, gates that are constant, keys
 * that are orthonormal); and what the state's norm does: with keys of length 1 and strengths
 * in (0, 2), each step of the delta rule multiplies S by 1 - b k k^T, whose eigenvalues are
 * within -1 and 1, so that without values it cannot grow; plain sums grow as the root of the
 * number of items. */
#include <math.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"

enum { ITEMS, D, M, HEADS, DEPTH, LENGTH, PRECISION, SEEDS, END };
enum { BOTH, SINGLE };

static const struct ecp_field fields[] = {
    [ITEMS] = {"items", "1", 200, 24, 1e5, "of a sequence, T", ECP_WHOLE},
    [D] = {"d", "1", 32, 2, 1024, "components of a key in each head", ECP_WHOLE},
    [M] = {"m", "1", 32, 2, 1024, "of a value", ECP_WHOLE},
    [HEADS] = {"heads", "1", 2, 1, 64, "side by side", ECP_WHOLE},
    [DEPTH] = {"depth", "1", 0.2, 0, 1e3, "gates are uniform between -depth and 0", ECP_PARAM},
    [LENGTH] = {"length", "1", 1, 0.01, 100, "of keys", ECP_PARAM},
    [PRECISION] = {"precision", "1", BOTH, 0, SINGLE,
                   "single: what is claimed of double is computed in single, and fails", ECP_PARAM},
    [SEEDS] = {"seeds", "1", 3, 1, 100, "sets of items, of which the worst counts", ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"precision", "both single"}, {NULL, NULL}};

enum {
    DOUBLE_ERROR,
    SINGLE_ERROR,
    RETNET_ERROR,
    CARRY_ERROR,
    REDUCTION_ERROR,
    STATE_GROWTH,
    SUM_EXPONENT,
    RESULTS
};

static const struct ecp_field results[] = {
    [DOUBLE_ERROR] = {"double_error", "1", 0, 0, 0,
                      "largest distance of any form from the recurrent one, in double", ECP_RESULT},
    [SINGLE_ERROR] = {"single_error", "1", 0, 0, 0, "the same in single precision", ECP_RESULT},
    [RETNET_ERROR] = {"retnet_error", "1", 0, 0, 0,
                      "recurrent, parallel and chunkwise form of retnet, in double", ECP_RESULT},
    [CARRY_ERROR] = {"carry_error", "1", 0, 0, 0, "a sequence in two calls against one, in double",
                     ECP_RESULT},
    [REDUCTION_ERROR] = {"reduction_error", "1", 0, 0, 0,
                         "largest difference of a rule from what it must become", ECP_RESULT},
    [STATE_GROWTH] = {"state_growth", "1", 0, 0, 0,
                      "largest |S| after a step over |S| before, delta rule without values",
                      ECP_RESULT},
    [SUM_EXPONENT] = {"sum_exponent", "1", 0, 0, 0,
                      "exponent with which |S| grows with the number of items summed", ECP_RESULT},
    [RESULTS] = {0}};

/* ---- rules and ways ----------------------------------------------------------------- */

enum { LINEAR, RETNET, SIMPLE_GLA, GLA, DELTA_NET, GATED_DELTA, RULES };
static const char *const rule_name[RULES] = {"linear", "retnet",    "simple_gla",
                                             "gla",    "delta_net", "gated_delta"};
enum { RECURRENT, PARALLEL, CHUNKWISE };
enum { WAYS = 7 }; /* parallel, then six chunks */
static const double chunk_of[WAYS] = {0, 1, 16, 23, 32, 64, INFINITY};

struct data {
    size_t n, heads, d, m; /* of a head */
    double *q, *k, *v, *strength, *decay, *no_decay;
};

struct way {
    int rule, form, single;
    double chunk;
};

static int is_gated(int rule)
{
    return rule == SIMPLE_GLA || rule == GLA || rule == GATED_DELTA;
}

static enum ecp_status memory_of(const struct data *x, struct way way, struct ecp_memory **out)
{
    const struct ecp_memory_setting settings[] = {{"rule", 0, rule_name[way.rule]},
                                                  {"form", way.form, NULL},
                                                  {"chunk", fmin(way.chunk, (double)x->n), NULL},
                                                  {"precision", way.single, NULL},
                                                  {"scale", 0, NULL},
                                                  {"heads", (double)x->heads, NULL}};
    struct ecp_memory_setup setup = {
        .shape = {x->heads * x->d, x->heads * x->m, 0}, .settings = settings, .n_settings = 6};
    const enum ecp_status status = ecp_memory_find("fast_weights", &setup.model);
    return status == ECP_OK ? ecp_memory_create(&setup, out) : status;
}

static struct ecp_items items_of(const struct data *x, int rule, const double *decay, size_t first,
                                 size_t n)
{
    const size_t columns = rule == GLA ? x->heads * x->d : 1;
    const int gated = is_gated(rule);
    return (struct ecp_items){.n = n,
                              .keys = x->k + first * x->heads * x->d,
                              .values = x->v + first * x->heads * x->m,
                              .strength = x->strength + first,
                              .decay = gated ? decay + first * columns : NULL,
                              .decay_columns = gated ? columns : 0};
}

/* The whole sequence in calls of `split` and the rest (0: one call). */
static enum ecp_status outputs(const struct data *x, struct way way, const double *decay,
                               size_t split, double *out)
{
    struct ecp_memory *memory = NULL;
    const size_t d = x->heads * x->d, m = x->heads * x->m;
    enum ecp_status status;
    ECP_TRY(memory_of(x, way, &memory));
    const struct ecp_items first = items_of(x, way.rule, decay, 0, split);
    const struct ecp_items rest = items_of(x, way.rule, decay, split, x->n - split);
    ECP_TRY(ecp_memory_sequence(memory, &first, x->q, out));
    ECP_TRY(ecp_memory_sequence(memory, &rest, x->q + split * d, out + split * m));
done:
    ecp_memory_destroy(memory);
    return status;
}

static void stretch(size_t n, size_t d, double length, double *x)
{
    for (size_t t = 0; t < n; t++) {
        double square = 0;
        for (size_t c = 0; c < d; c++)
            square += x[t * d + c] * x[t * d + c];
        for (size_t c = 0; c < d; c++)
            x[t * d + c] *= length / sqrt(square);
    }
}

static enum ecp_status make(struct ecp_experiment *e, const double *param, uint32_t number,
                            struct data *x)
{
    struct ecp_chance chance = ecp_chance(ecp_experiment_seed(e), 1, number);
    *x = (struct data){.n = (size_t)param[ITEMS],
                       .heads = (size_t)param[HEADS],
                       .d = (size_t)param[D],
                       .m = (size_t)param[M]};
    const size_t keys = x->n * x->heads * x->d, values = x->n * x->heads * x->m;
    x->q = ecp_experiment_alloc(e, keys, sizeof *x->q);
    x->k = ecp_experiment_alloc(e, keys, sizeof *x->k);
    x->v = ecp_experiment_alloc(e, values, sizeof *x->v);
    x->strength = ecp_experiment_alloc(e, x->n, sizeof *x->v);
    x->decay = ecp_experiment_alloc(e, keys, sizeof *x->v);
    x->no_decay = ecp_experiment_alloc(e, keys, sizeof *x->v);
    if (!x->q || !x->k || !x->v || !x->strength || !x->decay || !x->no_decay)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu items", x->n);
    ecp_chance_normals(&chance, keys, x->q);
    ecp_chance_normals(&chance, keys, x->k);
    ecp_chance_normals(&chance, values, x->v);
    stretch(x->n * x->heads, x->d, 1, x->q);
    stretch(x->n * x->heads, x->d, param[LENGTH], x->k);
    for (size_t k = 0; k < keys; k++)
        x->decay[k] = -param[DEPTH] * ecp_chance_uniform(&chance);
    for (size_t t = 0; t < x->n; t++)
        x->strength[t] = ecp_chance_uniform(&chance);
    return ECP_OK;
}

static double difference(size_t n, const double *a, const double *b)
{
    double worst = 0;
    for (size_t k = 0; k < n; k++)
        worst = fmax(worst, fabs(a[k] - b[k]));
    return worst;
}

/* ---- forms --------------------------------------------------------------------------- */

struct found {
    double error[2][RULES][WAYS]; /* in double, in single */
    double carry, reduction, growth, exponent;
};

static enum ecp_status compare_forms(const struct data *x, const double *param, double *room,
                                     struct found *found)
{
    const size_t size = x->n * x->heads * x->m;
    double *one = room, *other = room + size;
    enum ecp_status status = ECP_OK;
    for (int single = 0; single < 2; single++)
        for (int rule = 0; rule < RULES; rule++) {
            const int in_single = single || param[PRECISION] == SINGLE;
            struct way way = {rule, RECURRENT, in_single, 64};
            ECP_TRY(outputs(x, way, x->decay, 0, one));
            for (int k = 0; k < WAYS; k++) {
                way.form = k == 0 ? PARALLEL : CHUNKWISE;
                way.chunk = k == 0 ? 64 : chunk_of[k];
                ECP_TRY(outputs(x, way, x->decay, 0, other));
                double *error = &found->error[single][rule][k];
                *error = fmax(*error, difference(size, one, other));
                if (in_single)
                    continue;
                ECP_TRY(outputs(x, way, x->decay, x->n / 3, other));
                found->carry = fmax(found->carry, difference(size, one, other));
            }
        }
done:
    return status;
}

/* `a` with gates `a_decay` against `b`, in every form. */
static enum ecp_status same(const struct data *x, const int rules[2], const double *const decay[2],
                            double *room, double *worst)
{
    const size_t size = x->n * x->heads * x->m;
    enum ecp_status status = ECP_OK;
    for (int form = RECURRENT; form <= CHUNKWISE; form++) {
        ECP_TRY(outputs(x, (struct way){rules[0], form, 0, 32}, decay[0], 0, room));
        ECP_TRY(outputs(x, (struct way){rules[1], form, 0, 32}, decay[1], 0, room + size));
        *worst = fmax(*worst, difference(size, room, room + size));
    }
done:
    return status;
}

/* Gates of 0: gated_delta is delta_net, simple_gla and gla are linear; constant gates:
 * simple_gla is retnet (one head); orthonormal keys, b = 1: delta_net is linear. */
static enum ecp_status compare_rules(struct ecp_experiment *e, const struct data *x, double *room,
                                     struct found *found)
{
    const double *const none[2] = {x->no_decay, x->no_decay};
    double *worst = &found->reduction;
    struct data y = {.n = x->d, .heads = 1, .d = x->d, .m = x->m, .q = x->q, .v = x->v};
    double *constant = ecp_experiment_alloc(e, x->n, sizeof *constant);
    enum ecp_status status = ECP_OK;
    y.k = ecp_experiment_alloc(e, x->d * x->d, sizeof *y.k);
    y.strength = ecp_experiment_alloc(e, x->d, sizeof *y.k);
    if (!constant || !y.k || !y.strength)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu items", x->n);
    ECP_TRY(same(x, (const int[]){GATED_DELTA, DELTA_NET}, none, room, worst));
    ECP_TRY(same(x, (const int[]){SIMPLE_GLA, LINEAR}, none, room, worst));
    ECP_TRY(same(x, (const int[]){GLA, LINEAR}, none, room, worst));
    for (size_t t = 0; t < x->n; t++)
        constant[t] = log1p(-exp2(-5));
    struct data head = *x;
    head.heads = 1;
    ECP_TRY(same(&head, (const int[]){SIMPLE_GLA, RETNET}, (const double *const[]){constant, NULL},
                 room, worst));
    for (size_t t = 0; t < x->d; t++)
        y.k[t * x->d + t] = y.strength[t] = 1;
    if (x->d <= x->n)
        ECP_TRY(same(&y, (const int[]){DELTA_NET, LINEAR}, none, room, worst));
done:
    return status;
}

/* ---- the state's norm ---------------------------------------------------------------- */

static double norm_of(struct ecp_memory *memory)
{
    struct ecp_memory_part part;
    double square = 0;
    if (!ecp_memory_part_named(memory, "norm", &part))
        return NAN;
    for (size_t h = 0; h < part.rows; h++)
        square += part.data[h] * part.data[h];
    return sqrt(square);
}

/* Items with values, then the same keys with values of 0, one by one, strengths up to 2. */
static enum ecp_status follow_norm(struct ecp_experiment *e, const struct data *x,
                                   struct found *found)
{
    struct data none = *x;
    struct ecp_memory *memory = NULL;
    struct ecp_items items = items_of(x, DELTA_NET, NULL, 0, x->n);
    enum ecp_status status;
    none.v = ecp_experiment_alloc(e, x->n * x->heads * x->m, sizeof *none.v);
    none.strength = ecp_experiment_alloc(e, x->n, sizeof *none.v);
    if (!none.v || !none.strength)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu items", x->n);
    for (size_t t = 0; t < x->n; t++)
        none.strength[t] = 2 * x->strength[t];
    ECP_TRY(memory_of(x, (struct way){DELTA_NET, RECURRENT, 0, 64}, &memory));
    ECP_TRY(ecp_memory_store(memory, &items));
    for (size_t t = 0; t < x->n; t++) {
        const double before = norm_of(memory);
        items = items_of(&none, DELTA_NET, NULL, t, 1);
        ECP_TRY(ecp_memory_store(memory, &items));
        found->growth = fmax(found->growth, norm_of(memory) / before);
    }
    ecp_memory_destroy(memory);
    memory = NULL;
    ECP_TRY(memory_of(x, (struct way){LINEAR, CHUNKWISE, 0, 64}, &memory));
    const size_t part = x->n / 8;
    items = items_of(x, LINEAR, NULL, 0, part);
    ECP_TRY(ecp_memory_store(memory, &items));
    const double few = norm_of(memory);
    items = items_of(x, LINEAR, NULL, part, x->n - part);
    ECP_TRY(ecp_memory_store(memory, &items));
    found->exponent += log(norm_of(memory) / few) / log((double)x->n / (double)part);
done:
    ecp_memory_destroy(memory);
    return status;
}

/* ---- what is put out ------------------------------------------------------------------- */

static double worst_of(const struct found *f, int single, int rule)
{
    double worst = 0;
    for (int k = 0; k < WAYS; k++)
        worst = fmax(worst, f->error[single][rule][k]);
    return worst;
}

/* One row a rule: errors of each form, and whether they are within tolerance. */
static enum ecp_status tables(struct ecp_experiment *e, const struct found *f)
{
    static const char *const precision[] = {"double", "single"};
    static const double tolerance[] = {1e-12, 1e-5};
    static const char *const names[WAYS] = {"parallel", "chunk_1",  "chunk_16", "chunk_23",
                                            "chunk_32", "chunk_64", "chunk_t"};
    const char *rule[2 * RULES], *in[2 * RULES], *verdict[2 * RULES];
    double error[WAYS][2 * RULES], worst[2 * RULES];
    struct ecp_table_column column[WAYS + 4] = {
        {"rule", "1", "how the state is written", NULL, rule},
        {"precision", "1", "of the arithmetic", NULL, in}};
    for (size_t r = 0; r < 2 * RULES; r++) {
        const int single = r >= RULES, at = (int)r % RULES;
        rule[r] = rule_name[at];
        in[r] = precision[single];
        worst[r] = worst_of(f, single, at);
        verdict[r] = worst[r] < tolerance[single] ? "the same" : "NOT the same";
        for (int k = 0; k < WAYS; k++)
            error[k][r] = f->error[single][at][k];
    }
    for (int k = 0; k < WAYS; k++)
        column[2 + k] = (struct ecp_table_column){
            names[k], "1", "largest distance from the recurrent form's outputs", error[k], NULL};
    column[WAYS + 2] = (struct ecp_table_column){"worst", "1", "the largest of a row", worst, NULL};
    column[WAYS + 3] = (struct ecp_table_column){
        "verdict", "1", "all within 1e-12 (double), 1e-5 (single)", NULL, verdict};
    return ecp_experiment_table(e, "forms", 2 * RULES, column, WAYS + 4);
}

static enum ecp_status figure(struct ecp_experiment *e, const double *param, const struct found *f)
{
    static const char *const titles[] = {"double precision", "single precision"};
    const double t = param[ITEMS];
    double x[WAYS], y[2][RULES][WAYS], bound_x[2] = {1, 2 * t};
    const double bound[2][2] = {{1e-12, 1e-12}, {1e-5, 1e-5}};
    struct ecp_line lines[2][RULES + 1];
    struct ecp_picture pictures[2];
    for (int k = 0; k < WAYS; k++)
        x[k] = k == WAYS - 1 ? 2 * t : fmin(chunk_of[k + 1], t);
    for (int s = 0; s < 2; s++) {
        for (int r = 0; r < RULES; r++) {
            for (int k = 0; k < WAYS; k++) /* an error of 0 has no logarithm */
                y[s][r][k] = fmax(1e-18, f->error[s][r][k == WAYS - 1 ? 0 : k + 1]);
            lines[s][r] = (struct ecp_line){.name = rule_name[r],
                                            .kind = ECP_LINE,
                                            .colour = r,
                                            .n = WAYS,
                                            .x = x,
                                            .y = y[s][r]};
        }
        lines[s][RULES] = (struct ecp_line){.name = "claimed",
                                            .kind = ECP_DASHES,
                                            .colour = ECP_COLOUR_BLACK,
                                            .n = 2,
                                            .x = bound_x,
                                            .y = bound[s]};
        pictures[s] = (struct ecp_picture){
            .title = titles[s],
            .note = ecp_experiment_printf(e, "T = %g; at %g: parallel form", t, 2 * t),
            .x = {.name = "items in a chunk", .logarithmic = 1},
            .y = {.name = "distance from the recurrent form", .logarithmic = 1},
            .n_lines = RULES + 1,
            .line = lines[s]};
    }
    return ecp_experiment_figure(e, "fast_weights_duality",
                                 "One recurrence, three forms: how far outputs differ", pictures, 2,
                                 2);
}

static void put_out(struct ecp_experiment *e, const double *param, const struct found *f)
{
    double worst[2] = {0, 0};
    for (int s = 0; s < 2; s++)
        for (int r = 0; r < RULES; r++)
            worst[s] = fmax(worst[s], worst_of(f, s, r));
    ecp_experiment_result(e, DOUBLE_ERROR, worst[0]);
    ecp_experiment_result(e, SINGLE_ERROR, worst[1]);
    ecp_experiment_result(e, RETNET_ERROR, worst_of(f, 0, RETNET));
    ecp_experiment_result(e, CARRY_ERROR, f->carry);
    ecp_experiment_result(e, REDUCTION_ERROR, f->reduction);
    ecp_experiment_result(e, STATE_GROWTH, f->growth);
    ecp_experiment_result(e, SUM_EXPONENT, f->exponent / param[SEEDS]);
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    const size_t size = (size_t)(param[ITEMS] * param[HEADS] * param[M]);
    double *room = ecp_experiment_alloc(e, 2 * size, sizeof *room);
    struct found *found = ecp_experiment_alloc(e, 1, sizeof *found);
    enum ecp_status status = ECP_OK;
    if (!room || !found)
        return ecp_fail(ECP_ENOMEM, "no memory for outputs");
    for (uint32_t k = 0; k < (uint32_t)param[SEEDS]; k++) {
        struct data x;
        ECP_TRY(ecp_experiment_progress(e, (double)k / param[SEEDS], "sequences"));
        ECP_TRY(make(e, param, k, &x));
        ECP_TRY(compare_forms(&x, param, room, found));
        ECP_TRY(compare_rules(e, &x, room, found));
        ECP_TRY(follow_norm(e, &x, found));
    }
    put_out(e, param, found);
    ECP_TRY(tables(e, found));
    ECP_TRY(figure(e, param, found));
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const struct {
        const char *result;
        double lowest, highest;
        const char *source;
    } claims[] = {{"double_error", 0, 1e-12,
                   "identity (Yang et al. 2024, the WY form); rounding of double precision"},
                  {"single_error", 0, 1e-5, "the same identity; rounding of single precision"},
                  {"retnet_error", 0, 1e-12, "Sun et al. 2023: three forms of one retention"},
                  {"carry_error", 0, 1e-12, "identity: the state is all that a sequence leaves"},
                  {"reduction_error", 0, 0,
                   "identity: rules with gates of 0, constant gates or "
                   "orthonormal keys are other rules, to the bit"},
                  {"state_growth", 0, 1 + 1e-12,
                   "theory: eigenvalues of 1 - b k k^T within -1 and 1 for |k| = 1, 0 <= b <= 2"},
                  {"sum_exponent", 0.4, 0.6,
                   "theory: |S|^2 is a sum of as many independent terms as there are items"}};
    enum ecp_status status = ECP_OK;
    if (param[D] > param[ITEMS])
        return ecp_fail(ECP_ECONFIG, "d (%g) must not be larger than items (%g)", param[D],
                        param[ITEMS]);
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++)
        ECP_TRY(ecp_plan_add_claim(
            plan, ecp_plan_printf(plan, "fast_weights_duality.%s", claims[k].result),
            claims[k].lowest, claims[k].highest, claims[k].source));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_fast_weights_duality = {
    .name = "fast_weights_duality",
    .question = "What is the same in memory and attention?",
    .summary = "six rules of fast weights in recurrent, parallel and chunkwise form: one answer",
    .equations =
        "memory fast_weights: o_t = S_t^T q_t, S written by one item after the other, against\n"
        "masked products of all queries and keys, and against chunks with a state in between",
    .reference = "Schlag, Irie & Schmidhuber 2021, arXiv:2102.11174; Sun et al. 2023, "
                 "arXiv:2307.08621; Yang et al. 2024, arXiv:2406.06484",
    .fields = fields,
    .choices = choices,
    .build = build,
    .results = results,
    .run = run};
