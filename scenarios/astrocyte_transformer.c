/* astrocyte_transformer.c -- is attention what a neuron-astrocyte synapse computes?
 * (Kozachkov, Kastanenka & Krotov 2023)
 *
 * Tokens are written into Hebbian synapses and into the astrocyte's process, and read with
 * that process dividing (memory astrocyte_transformer). Held against loops over all pairs
 * of tokens: linear attention, normalised (equal to rounding), and softmax attention (an
 * estimate: its error falls as 1/sqrt(m)). For one pair of key and query the estimate
 * phi(q).phi(k) of exp(q.k) is unbiased and has the relative standard deviation
 * sqrt((exp|q + k|^2 - 1)/m), q and k scaled by d^(-1/4). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/experiment.h"
#include "engine/feature_map.h"
#include "engine/plot.h"
#include "engine/scenario.h"
#include "engine/slope.h"

enum { FEATURES, D, TOKENS, DRAWS, MOST, CLOSE, SIZE, SEEDS, END };

static const struct ecp_field fields[] = {
    [FEATURES] = {"features", "1", ECP_FEATURE_PERFORMER, 0, ECP_FEATURE_LAST,
                  "the map phi (engine/feature_map.h)", ECP_PARAM},
    [D] = {"d", "1", 4, 2, 64, "components of a token", ECP_WHOLE},
    [TOKENS] = {"tokens", "1", 64, 2, 4096, "of a sequence", ECP_WHOLE},
    [DRAWS] = {"draws", "1", 1000, 10, 1e6, "of random features, for one pair", ECP_WHOLE},
    [MOST] = {"most", "1", 1e5, 1e3, 1e5, "most random features, of 100, 1000, 10000, 100000",
              ECP_WHOLE},
    [CLOSE] = {"close", "1", 0.92, 0.01, 10, "|q + k|^2 of that pair", ECP_PARAM},
    [SIZE] = {"size", "1", 0.5, 0, 100, "standard deviation of a component of a token", ECP_PARAM},
    [SEEDS] = {"seeds", "1", 3, 1, 100, "sequences", ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"features", ECP_FEATURE_WORDS}, {NULL, NULL}};

enum {
    IDENTITY,
    SLOPE,
    LEAST_RATIO,
    MOST_RATIO,
    BIAS,
    SOFTMAX_SLOPE,
    SOFTMAX_ERROR,
    NOT_POSITIVE,
    COSINE_NOT_POSITIVE,
    RESULTS
};

static const struct ecp_field results[] = {
    [IDENTITY] = {"identity", "1", 0, 0, 0,
                  "largest difference from linear attention over pairs, normalised, relative to "
                  "the largest value",
                  ECP_RESULT},
    [SLOPE] = {"slope", "1", 0, 0, 0, "exponent of m in the relative error of one pair",
               ECP_RESULT},
    [LEAST_RATIO] = {"least_ratio", "1", 0, 0, 0,
                     "that error over sqrt((exp|q + k|^2 - 1)/m), the least of all m", ECP_RESULT},
    [MOST_RATIO] = {"most_ratio", "1", 0, 0, 0, "and the largest", ECP_RESULT},
    [BIAS] = {"bias", "1", 0, 0, 0,
              "mean estimate less exp(q.k), in standard errors, the largest of all m", ECP_RESULT},
    [SOFTMAX_SLOPE] = {"softmax_slope", "1", 0, 0, 0,
                       "exponent of m in the distance from softmax attention", ECP_RESULT},
    [SOFTMAX_ERROR] = {"softmax_error", "1", 0, 0, 0,
                       "root mean square of that distance at the largest m", ECP_RESULT},
    [NOT_POSITIVE] = {"not_positive", "1", 0, 0, 0, "share of reads with p <= 0", ECP_RESULT},
    [COSINE_NOT_POSITIVE] = {"cosine_not_positive", "1", 0, 0, 0,
                             "the same with 16 cosine features and tokens of four times the size",
                             ECP_RESULT},
    [RESULTS] = {0}};

enum { SIZES = 4 };
static const double sizes[SIZES] = {1e2, 1e3, 1e4, 1e5}; /* m */

static size_t n_sizes(const double *param)
{
    size_t n = 0;
    while (n < SIZES && sizes[n] <= param[MOST])
        n++;
    return n;
}

/* ---- one pair -------------------------------------------------------------------------- */

struct pair {
    double sd[SIZES], theory[SIZES], bias[SIZES];
};

/* phi(q).phi(k) over exp(q.k) for one draw of m features; NAN: no memory. */
static double estimate(const double *param, uint64_t seed, uint32_t number, size_t m,
                       const double *both)
{
    const struct ecp_feature_setup setup = {.kind = (enum ecp_feature_kind)param[FEATURES],
                                            .inputs = (size_t)param[D],
                                            .nu = 1,
                                            .random = m,
                                            .seed = seed,
                                            .number = number};
    struct ecp_feature_map *map = NULL;
    double *h = NULL, sum = NAN;
    if (ecp_feature_map_create(&setup, &map) != ECP_OK)
        return NAN;
    const size_t size = ecp_feature_map_size(map);
    h = malloc(2 * size * sizeof *h);
    if (h) {
        double dot = 0;
        ecp_feature_map_apply(map, 2, both, h);
        sum = 0;
        for (size_t k = 0; k < size; k++)
            sum += h[k] * h[size + k];
        for (size_t j = 0; j < setup.inputs; j++)
            dot += both[j] * both[setup.inputs + j];
        sum /= exp(dot);
    }
    free(h);
    ecp_feature_map_destroy(map);
    return sum;
}

/* Key and query of equal length, half way between parallel and orthogonal, as they are after
 * scaling: |q + k|^2 as wanted. */
static void place(const double *param, double *both)
{
    const size_t d = (size_t)param[D];
    const double length = sqrt(param[CLOSE] / (2 + sqrt(2)));
    memset(both, 0, 2 * d * sizeof *both);
    both[0] = length;
    both[d] = both[d + 1] = length / sqrt(2);
}

static enum ecp_status one_pair(struct ecp_experiment *e, const double *param, struct pair *out)
{
    const size_t draws = (size_t)param[DRAWS];
    const uint64_t seed = ecp_experiment_seed(e);
    double *found = ecp_experiment_alloc(e, draws, sizeof *found), both[2 * 64];
    double least = INFINITY, most = 0, bias = 0;
    enum ecp_status status = ECP_OK;
    if (!found)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu draws", draws);
    place(param, both);
    for (size_t s = 0; s < n_sizes(param); s++) {
        double mean = 0, square = 0;
#pragma omp parallel for schedule(dynamic)
        for (size_t k = 0; k < draws; k++)
            found[k] = estimate(param, seed, (uint32_t)k, (size_t)sizes[s], both);
        for (size_t k = 0; k < draws; k++)
            mean += found[k] / (double)draws;
        for (size_t k = 0; k < draws; k++)
            square += (found[k] - mean) * (found[k] - mean) / (double)draws;
        out->sd[s] = sqrt(square);
        out->theory[s] = sqrt((exp(param[CLOSE]) - 1) / sizes[s]);
        out->bias[s] = (mean - 1) / sqrt(square / (double)draws);
        least = fmin(least, out->sd[s] / out->theory[s]);
        most = fmax(most, out->sd[s] / out->theory[s]);
        bias = fmax(bias, fabs(out->bias[s]));
        ECP_TRY(ecp_experiment_progress(e, 0.2 * (double)(s + 1), "one pair"));
    }
    ecp_experiment_result(e, SLOPE, ecp_log_slope(n_sizes(param), sizes, out->sd));
    ecp_experiment_result(e, LEAST_RATIO, least);
    ecp_experiment_result(e, MOST_RATIO, most);
    ecp_experiment_result(e, BIAS, bias);
done:
    return status;
}

/* ---- a sequence -------------------------------------------------------------------------- */

/* Tokens: keys, queries and values of one sequence, n x d each; what is read, and p. */
struct sequence {
    size_t n, d;
    double *key, *query, *value, *read, *p, *expected;
};

static enum ecp_status draw_sequence(struct ecp_experiment *e, const double *param, uint32_t number,
                                     double size, struct sequence *out)
{
    struct sequence s = {.n = (size_t)param[TOKENS], .d = (size_t)param[D]};
    const size_t count = s.n * s.d;
    struct ecp_chance chance = ecp_chance(ecp_experiment_seed(e), 0x900, number);
    double *all = ecp_experiment_alloc(e, 5 * count + s.n, sizeof *all);
    if (!all)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu tokens", s.n);
    s.key = all;
    s.query = all + count;
    s.value = all + 2 * count;
    s.read = all + 3 * count;
    s.expected = all + 4 * count;
    s.p = all + 5 * count;
    ecp_chance_normals(&chance, 3 * count, all);
    for (size_t k = 0; k < 2 * count; k++)
        all[k] *= size;
    *out = s;
    return ECP_OK;
}

static enum ecp_status astrocyte(const char *features, double m, uint64_t seed, size_t d,
                                 struct ecp_memory **out)
{
    const struct ecp_memory_setting settings[] = {
        {"features", 0, features}, {"random", m, NULL}, {"not_positive", 0, "report"}};
    struct ecp_memory_setup setup = {
        .shape = {d, d, 0}, .seed = seed, .settings = settings, .n_settings = 3};
    const enum ecp_status status = ecp_memory_find("astrocyte_transformer", &setup.model);
    return status == ECP_OK ? ecp_memory_create(&setup, out) : status;
}

static enum ecp_status write_and_read(struct sequence *s, struct ecp_memory *memory)
{
    const enum ecp_status status = ecp_memory_store_pairs(memory, s->key, s->value, s->n);
    return status == ECP_OK ? ecp_memory_recall(memory, s->query, s->n, s->read, s->p) : status;
}

/* By loops over pairs: weights phi(q).phi(k) of the features that the memory has (`map`), or
 * exp(q.k/sqrt d) where map is NULL. */
static enum ecp_status attend(struct sequence *s, const struct ecp_feature_map *map)
{
    const size_t size = map ? ecp_feature_map_size(map) : 1;
    double *h = calloc(2 * s->n * size, sizeof *h), *hq = h ? h + s->n * size : h;
    if (!h)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu features", size);
    if (map) {
        ecp_feature_map_apply(map, s->n, s->key, h);
        ecp_feature_map_apply(map, s->n, s->query, hq);
    }
    memset(s->expected, 0, s->n * s->d * sizeof *s->expected);
    for (size_t q = 0; q < s->n; q++) {
        double p = 0, *y = s->expected + q * s->d;
        for (size_t k = 0; k < s->n; k++) {
            double dot = 0, a = 0;
            for (size_t j = 0; j < s->d; j++)
                dot += s->query[q * s->d + j] * s->key[k * s->d + j];
            for (size_t j = 0; map && j < size; j++)
                a += h[k * size + j] * hq[q * size + j];
            a = map ? a : exp(dot / sqrt((double)s->d));
            p += a;
            for (size_t j = 0; j < s->d; j++)
                y[j] += a * s->value[k * s->d + j];
        }
        for (size_t j = 0; j < s->d; j++)
            y[j] = p > 0 ? y[j] / p : 0;
    }
    free(h);
    return ECP_OK;
}

static double largest(const double *a, const double *b, size_t n)
{
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, fabs(a[k] - (b ? b[k] : 0)));
    return most;
}

static const char *word(const double *param)
{
    static const char *const words[] = {"identity",  "elu",    "dpfp",   "favor",
                                        "performer", "cosine", "linear", "truncated"};
    return words[(int)param[FEATURES]];
}

/* The memory against pairs; the same directions by the same seed. */
static enum ecp_status identity(struct ecp_experiment *e, const double *param)
{
    enum { RANDOM = 256 };
    double worst = 0, absent = 0;
    enum ecp_status status = ECP_OK;
    for (uint32_t k = 0; k < (uint32_t)param[SEEDS]; k++) {
        const uint64_t seed = ecp_experiment_seed(e) + k;
        const struct ecp_feature_setup setup = {.kind = (enum ecp_feature_kind)param[FEATURES],
                                                .inputs = (size_t)param[D],
                                                .nu = 1,
                                                .random = RANDOM,
                                                .scale = 1 / sqrt(sqrt(param[D])),
                                                .seed = seed};
        struct ecp_feature_map *map = NULL;
        struct ecp_memory *memory = NULL;
        struct sequence s;
        ECP_TRY(draw_sequence(e, param, k, param[SIZE], &s));
        status = ecp_feature_map_create(&setup, &map);
        if (status == ECP_OK)
            status = astrocyte(word(param), RANDOM, seed, s.d, &memory);
        if (status == ECP_OK)
            status = write_and_read(&s, memory);
        if (status == ECP_OK)
            status = attend(&s, map);
        ecp_memory_destroy(memory);
        ecp_feature_map_destroy(map);
        if (status != ECP_OK)
            goto done;
        worst =
            fmax(worst, largest(s.read, s.expected, s.n * s.d) / largest(s.value, NULL, s.n * s.d));
        for (size_t t = 0; t < s.n; t++)
            absent += !(s.p[t] > 0);
    }
    ecp_experiment_result(e, IDENTITY, worst);
    ecp_experiment_result(e, NOT_POSITIVE, absent / floor(param[SEEDS]) / floor(param[TOKENS]));
done:
    return status;
}

/* Root mean square distance from softmax attention with m features. */
static enum ecp_status distance(struct ecp_experiment *e, const double *param, double m,
                                double *out)
{
    const double seeds = floor(param[SEEDS]);
    double square = 0;
    enum ecp_status status = ECP_OK;
    for (uint32_t k = 0; k < (uint32_t)seeds; k++) {
        struct ecp_memory *memory = NULL;
        struct sequence s;
        ECP_TRY(draw_sequence(e, param, k, param[SIZE], &s));
        ECP_TRY(attend(&s, NULL));
        ECP_TRY(astrocyte(word(param), m, ecp_experiment_seed(e) + k, s.d, &memory));
        status = write_and_read(&s, memory);
        ecp_memory_destroy(memory);
        if (status != ECP_OK)
            goto done;
        for (size_t j = 0; j < s.n * s.d; j++)
            square += pow(s.read[j] - s.expected[j], 2) / ((double)(s.n * s.d) * seeds);
    }
    *out = sqrt(square);
done:
    return status;
}

static enum ecp_status cosines(struct ecp_experiment *e, const double *param)
{
    struct ecp_memory *memory = NULL;
    struct sequence s;
    double absent = 0;
    enum ecp_status status;
    ECP_TRY(draw_sequence(e, param, 0, 4 * param[SIZE], &s));
    ECP_TRY(astrocyte("cosine", 16, ecp_experiment_seed(e), s.d, &memory));
    ECP_TRY(write_and_read(&s, memory));
    for (size_t t = 0; t < s.n; t++)
        absent += !(s.p[t] > 0) / (double)s.n;
    ecp_experiment_result(e, COSINE_NOT_POSITIVE, absent);
done:
    ecp_memory_destroy(memory);
    return status;
}

/* ---- what is shown --------------------------------------------------------------------------- */

static enum ecp_status tell(struct ecp_experiment *e, const struct pair *pair,
                            const double *softmax, size_t n)
{
    const struct ecp_line one[] = {
        {"measured", ECP_DOTS, 0, n, sizes, pair->sd, NULL, NULL},
        {"sqrt((exp|q + k|^2 - 1)/m)", ECP_DASHES, 0, n, sizes, pair->theory, NULL, NULL}};
    const struct ecp_line all[] = {{"measured", ECP_DOTS, 1, n, sizes, softmax, NULL, NULL},
                                   {NULL, ECP_LINE, 1, n, sizes, softmax, NULL, NULL}};
    const struct ecp_picture picture[] = {{.title = "one pair of key and query",
                                           .x = {"features m", NULL, 0, 0, 1},
                                           .y = {"relative error", NULL, 0, 0, 1},
                                           .n_lines = 2,
                                           .line = one},
                                          {.title = "distance from softmax attention",
                                           .x = {"features m", NULL, 0, 0, 1},
                                           .y = {"root mean square", NULL, 0, 0, 1},
                                           .n_lines = 2,
                                           .line = all}};
    const struct ecp_table_column column[] = {
        {"m", "1", "random features", sizes, NULL},
        {"sd", "1", "relative standard deviation of phi(q).phi(k)", pair->sd, NULL},
        {"theory", "1", "sqrt((exp|q + k|^2 - 1)/m)", pair->theory, NULL},
        {"bias", "1", "mean less exp(q.k) in standard errors", pair->bias, NULL},
        {"softmax", "1", "root mean square distance from softmax attention", softmax, NULL}};
    const enum ecp_status status = ecp_experiment_table(e, "features", n, column, 5);
    return status == ECP_OK
               ? ecp_experiment_figure(e, "astrocyte_transformer",
                                       "Attention by neurons and astrocytes", picture, 2, 2)
               : status;
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    struct pair pair = {{0}, {0}, {0}};
    double softmax[SIZES] = {0};
    const size_t n = n_sizes(param);
    enum ecp_status status;
    ECP_TRY(identity(e, param));
    ECP_TRY(cosines(e, param));
    ECP_TRY(one_pair(e, param, &pair));
    for (size_t k = 0; k < n; k++)
        ECP_TRY(distance(e, param, sizes[k], &softmax[k]));
    ecp_experiment_result(e, SOFTMAX_SLOPE, ecp_log_slope(n, sizes, softmax));
    ecp_experiment_result(e, SOFTMAX_ERROR, softmax[n - 1]);
    status = tell(e, &pair, softmax, n);
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char root[] = "theory: mean of m independent estimates";
    static const char moment[] = "theory: second moment of the exponential of a normal number";
    const struct {
        const char *result;
        double lowest, highest;
        const char *source;
    } claims[] = {
        {"astrocyte_transformer.identity", 0, 1e-12,
         "theory: writing and reading are linear attention, normalised, to rounding"},
        {"astrocyte_transformer.slope", -0.55, -0.45, root},
        {"astrocyte_transformer.least_ratio", 0.9, 1.1, moment},
        {"astrocyte_transformer.most_ratio", 0.9, 1.1, moment},
        {"astrocyte_transformer.bias", 0, 4, "theory: the estimate is unbiased"},
        {"astrocyte_transformer.softmax_slope", -0.6, -0.4, root},
        {"astrocyte_transformer.not_positive", 0, 0, "theory: performer features are positive"},
        {"astrocyte_transformer.cosine_not_positive", 0.01, 1,
         "Kozachkov et al. 2023: cosine features may be negative"}};
    enum ecp_status status = ECP_OK;
    (void)param;
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++)
        ECP_TRY(ecp_plan_add_claim(plan, claims[k].result, claims[k].lowest, claims[k].highest,
                                   claims[k].source));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_astrocyte_transformer = {
    .name = "astrocyte_transformer",
    .question = "What do astrocytes give to neurons?",
    .summary = "Hebbian synapses divided by an astrocyte's process are attention",
    .equations = "write H += v phi(k)^T, g += phi(k); read H phi(q)/(g.phi(q))\n"
                 "one pair: sd of phi(q).phi(k)/exp(q.k) = sqrt((exp|q + k|^2 - 1)/m)",
    .reference = "Kozachkov, Kastanenka & Krotov 2023, PNAS 120, doi:10.1073/pnas.2219150120",
    .fields = fields,
    .choices = choices,
    .build = build,
    .results = results,
    .run = run};
