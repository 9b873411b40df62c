/* attention_in_spikes.c -- how near does a spiking network come to linear attention and to
 * fast weights, and where does it depart from them?
 *
 * P pairs of a key and a value are stored three times, and recalled with the same queries:
 *   linear   linear attention with normalisation (memory fast_weights, rule linear)
 *   delta    a matrix that is written by the delta rule (memory fast_weights, delta_net)
 *   spikes   a network: key neurons fire at the rates phi(k) = [k, -k]+ (`copies` of each),
 *            output neurons (lif_taught) integrate, teachers fire at the rates of the value,
 *            and synapses learn by rule delta: w += eta (teacher - output) at a key's spike
 *
 * The network is the matrix with noise. In a presentation of T it is moved by
 * beta = g eta m R^2 T of the delta rule's step (m copies, R the largest rate, g = tau_syn
 * /(c (v_th - v_reset)) output spikes per unit of weight and key spike); both make the same
 * `epochs` passes. What is left between the two:
 *   - finite time: key spikes are counted for T_avg only, so that the output's rate has
 *     variance sum_j (g q_j)^2 r_j (1 - r_j dt)/T_avg, and its error falls with T_avg^(-1/2);
 *   - rectification: rates are not negative, so that where the matrix says less than 0 the
 *     neurons are silent;
 *   - noise of learning: teachers and keys are counted in finite time, too. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/scenario.h"
#include "scenarios/attention_in_spikes.h"

static const struct ecp_field fields[] = {
    [DIMENSION] = {"dimension", "1", 8, 2, 64, "components of a key; twice as many features",
                   ECP_WHOLE},
    [COPIES] = {"copies", "1", 4, 1, 100, "neurons for each feature", ECP_WHOLE},
    [VALUES] = {"values", "1", 8, 1, 100, "components of a value: output neurons", ECP_WHOLE},
    [PAIRS] = {"pairs", "1", 32, 2, 512, "largest number of pairs", ECP_WHOLE},
    [QUIET_PAIRS] = {"probed", "1", 8, 2, 512,
                     "pairs where noise in queries and averaging time are looked at", ECP_WHOLE},
    [EPOCHS] = {"epochs", "1", 30, 1, 1e4, "presentations of each pair", ECP_WHOLE},
    [BETA] = {"beta", "1", 0.3, 1e-4, 1.9, "step of the delta rule", ECP_PARAM},
    [PRESENT] = {"present", "ms", 400, 10, 1e5, "a presentation while storing", ECP_PARAM},
    [LISTEN] = {"listen", "ms", 2000, 10, 1e6, "a query: over which rates are taken", ECP_PARAM},
    [LONG] = {"listen_longest", "ms", 16000, 320, 1e6, "the same where averaging time is looked at",
              ECP_PARAM},
    [RATE] = {"rate", "Hz", 100, 1, 400, "of a key neuron at feature 1", ECP_PARAM},
    [VALUE_RATE] = {"value_rate", "Hz", 50, 1, 200, "of a value of 1", ECP_PARAM},
    [SEEDS] = {"seeds", "1", 3, 1, MOST_SEEDS, "sets of pairs, with networks", ECP_WHOLE},
    [TAUGHT] = {"taught", "1", 1, 0, 1, "0: the teachers are silent", ECP_WHOLE},
    [END] = {0}};

static const struct ecp_field results[] = {
    [ERROR_LINEAR] = {"error_linear", "1", 0, 0, 0,
                      "linear attention: root mean square over the values' sd, `probed` pairs",
                      ECP_RESULT},
    [ERROR_DELTA] = {"error_delta", "1", 0, 0, 0, "the same of the delta rule", ECP_RESULT},
    [ERROR_SPIKES] = {"error_spikes", "1", 0, 0, 0, "the same of the spiking network", ECP_RESULT},
    [ERROR_SD] = {"error_spikes_sd", "1", 0, 0, 0, "its standard deviation over seeds", ECP_RESULT},
    [ADVANTAGE] = {"advantage", "1", 0, 0, 0, "error of linear attention over that of spikes",
                   ECP_RESULT},
    [DEPARTURE] = {"departure", "1", 0, 0, 0,
                   "spikes less delta rule, root mean square over the values' sd", ECP_RESULT},
    [CORRELATION] = {"correlation", "1", 0, 0, 0,
                     "of spikes and the rectified delta rule, over all queries with noise",
                     ECP_RESULT},
    [SLOPE] = {"time_slope", "1", 0, 0, 0, "of the log of the rates' sd over log averaging time",
               ECP_RESULT},
    [PREFACTOR] = {"time_prefactor", "1", 0, 0, 0, "that sd over the theory's", ECP_RESULT},
    [SILENT] = {"below_zero", "Hz", 0, 0, 0,
                "mean rate where the matrix of the delta rule says less than -value_rate/10",
                ECP_RESULT},
    [RECTIFIED] = {"rectified", "1", 0, 0, 0,
                   "departure from the rectified delta rule over that from the plain one, queries "
                   "with noise",
                   ECP_RESULT},
    [OVERLOAD] = {"overload", "1", 0, 0, 0,
                  "error of the delta rule at the largest number of pairs over that at `probed`",
                  ECP_RESULT},
    [RESULTS] = {0}};

/* ---- pairs ------------------------------ */

struct pairs {
    size_t n, d, p;
    double *key, *value; /* n x d (unit length), n x p (Hz) */
};

/* [k, -k]+ */
static void features(const double *key, size_t d, double *phi)
{
    for (size_t k = 0; k < d; k++) {
        phi[k] = fmax(0, key[k]);
        phi[d + k] = fmax(0, -key[k]);
    }
}

static void unit_length(double *x, size_t d)
{
    double square = 0;
    for (size_t k = 0; k < d; k++)
        square += x[k] * x[k];
    for (size_t k = 0; k < d; k++)
        x[k] /= sqrt(square);
}

static void draw_pairs(const struct pairs *s, uint64_t seed, double value_rate)
{
    struct ecp_chance chance = ecp_chance(seed, 81, (uint32_t)s->n);
    for (size_t k = 0; k < s->n; k++) {
        ecp_chance_normals(&chance, s->d, s->key + k * s->d);
        unit_length(s->key + k * s->d, s->d);
        for (size_t j = 0; j < s->p; j++)
            s->value[k * s->p + j] = value_rate * ecp_chance_uniform(&chance);
    }
}

/* ---- linear attention and delta rule ------------------------------ */

/* `phi`: pairs' features; answers to `n` queries, n x p. */
static enum ecp_status matrix_answers(const double *param, const struct pairs *s, int map,
                                      const double *phi, size_t n, const double *queries,
                                      double *out)
{
    const struct ecp_memory_setting setting[] = {
        {"rule", 0, map == LINEAR ? "linear" : "delta_net"},
        {"normaliser", 0, map == LINEAR ? "attention" : "none"},
        {"strength", map == LINEAR ? 1 : param[BETA], NULL}};
    struct ecp_memory_setup setup = {
        .shape = {features_of(param), s->p, s->n}, .settings = setting, .n_settings = 3};
    struct ecp_memory *memory = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_memory_find("fast_weights", &setup.model));
    ECP_TRY(ecp_memory_create(&setup, &memory));
    for (size_t e = 0; e < (map == LINEAR ? 1 : (size_t)param[EPOCHS]); e++)
        ECP_TRY(ecp_memory_store_pairs(memory, phi, s->value, s->n));
    status = ecp_memory_recall(memory, queries, n, out, NULL);
done:
    ecp_memory_destroy(memory);
    return status;
}

/* ---- one load ------------------------------ */

struct job {
    struct ecp_experiment *experiment;
    const double *param;
    size_t run;
    uint64_t seed;
    struct outcome *out;
};

/* Root mean square of a - b, over `scale`. */
static double distance(const double *a, const double *b, size_t n, double scale)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sqrt(sum / (double)n) / scale;
}

static double sd_of(const double *x, size_t n)
{
    double mean = 0, square = 0;
    for (size_t k = 0; k < n; k++)
        mean += x[k] / (double)n;
    for (size_t k = 0; k < n; k++)
        square += (x[k] - mean) * (x[k] - mean) / (double)n;
    return sqrt(square);
}

struct desk {
    struct pairs pairs;
    double *phi, *store, *lesson, *query, *answer[MAPS], *weight;
    size_t n_queries;
};

static void desk_clear(struct desk *d)
{
    free(d->pairs.key);
    free(d->pairs.value);
    free(d->phi);
    free(d->store);
    free(d->lesson);
    free(d->query);
    free(d->weight);
    for (int k = 0; k < MAPS; k++)
        free(d->answer[k]);
}

static enum ecp_status desk_init(struct desk *d, const struct job *j, size_t n, size_t n_queries,
                                 size_t windows)
{
    const size_t f = features_of(j->param), p = (size_t)j->param[VALUES];
    const size_t dimension = (size_t)j->param[DIMENSION], epochs = (size_t)j->param[EPOCHS];
    struct ecp_chance chance = ecp_chance(j->seed, 83, (uint32_t)n);
    size_t *order = calloc(n, sizeof *order);
    int good = order != NULL;
    *d = (struct desk){.pairs = {n, dimension, p, calloc(n * dimension, sizeof(double)),
                                 calloc(n * p, sizeof(double))},
                       .phi = calloc(n * f, sizeof(double)),
                       .store = calloc(epochs * n * f, sizeof(double)),
                       .lesson = calloc(epochs * n * p, sizeof(double)),
                       .query = calloc(n_queries * f, sizeof(double)),
                       .weight = calloc(p * f, sizeof(double)),
                       .n_queries = n_queries};
    for (int k = 0; k < MAPS; k++) {
        d->answer[k] = calloc(n_queries * windows * p, sizeof(double));
        good &= d->answer[k] != NULL;
    }
    if (!good || !d->pairs.key || !d->pairs.value || !d->phi || !d->store || !d->lesson ||
        !d->query || !d->weight) {
        free(order);
        desk_clear(d);
        *d = (struct desk){0};
        return ecp_fail(ECP_ENOMEM, "no memory for %zu pairs", n);
    }
    draw_pairs(&d->pairs, j->seed, j->param[VALUE_RATE]);
    for (size_t k = 0; k < n; k++)
        features(d->pairs.key + k * dimension, dimension, d->phi + k * f);
    /* The matrix sees the pairs in one order; the network in a new one each time. */
    for (size_t e = 0; e < epochs; e++) {
        ecp_chance_order(&chance, n, order);
        for (size_t k = 0; k < n; k++) {
            memcpy(d->store + (e * n + k) * f, d->phi + order[k] * f, f * sizeof(double));
            memcpy(d->lesson + (e * n + k) * p, d->pairs.value + order[k] * p, p * sizeof(double));
        }
    }
    free(order);
    return ECP_OK;
}

static struct programme programme_of(const struct job *j, const struct desk *d, double listen)
{
    return (struct programme){.n_store = d->pairs.n * (size_t)j->param[EPOCHS],
                              .n_queries = d->n_queries,
                              .store = d->store,
                              .lesson = d->lesson,
                              .query = d->query,
                              .listen = listen};
}

static enum ecp_status recall_load(const struct job *j, size_t load)
{
    const size_t n = (size_t)j->out->load[load], p = (size_t)j->param[VALUES];
    const size_t f = features_of(j->param);
    struct desk d = {0};
    enum ecp_status status;
    ECP_TRY(desk_init(&d, j, n, n, 1));
    memcpy(d.query, d.phi, n * f * sizeof *d.query);
    for (int map = LINEAR; map <= DELTA; map++)
        ECP_TRY(matrix_answers(j->param, &d.pairs, map, d.phi, n, d.query, d.answer[map]));
    const struct programme w = programme_of(j, &d, j->param[LISTEN]);
    ECP_TRY(ecp_attention_network(j->experiment, j->param, &w, j->seed, w.listen, d.answer[SPIKES],
                                  NULL));
    const double scale = sd_of(d.pairs.value, n * p);
    for (int map = 0; map < MAPS; map++)
        j->out->error[map][load][j->run] = distance(d.answer[map], d.pairs.value, n * p, scale);
    j->out->departure[load][j->run] = distance(d.answer[SPIKES], d.answer[DELTA], n * p, scale);
done:
    desk_clear(&d);
    return status;
}

/* ---- queries with noise ------------------------------ */

static void compare(struct outcome *o, const double *delta, const double *spikes, size_t n,
                    double value_rate)
{
    for (size_t k = 0; k < n; k++) {
        const double x = fmax(0, delta[k]), y = spikes[k];
        o->n++;
        o->x += x;
        o->y += y;
        o->xx += x * x;
        o->yy += y * y;
        o->xy += x * y;
        o->plain += (y - delta[k]) * (y - delta[k]);
        o->rectified += (y - x) * (y - x);
        if (delta[k] < -value_rate / 10) {
            o->silent += y;
            o->n_silent++;
        }
    }
}

static enum ecp_status recall_noisy(const struct job *j)
{
    const size_t n = (size_t)j->param[QUIET_PAIRS], p = (size_t)j->param[VALUES];
    const size_t f = features_of(j->param), dimension = (size_t)j->param[DIMENSION];
    struct ecp_chance chance = ecp_chance(j->seed, 84, 0);
    struct desk d = {0};
    double *key = calloc(dimension, sizeof *key);
    enum ecp_status status = ECP_OK;
    if (!key) {
        status = ecp_fail(ECP_ENOMEM, "no memory for a query");
        goto done;
    }
    ECP_TRY(desk_init(&d, j, n, NOISES * n, 1));
    for (size_t k = 0; k < NOISES * n; k++) {
        for (size_t c = 0; c < dimension; c++)
            key[c] = d.pairs.key[k % n * dimension + c] + ecp_attention_noises[k / n] /
                                                              sqrt((double)dimension) *
                                                              ecp_chance_normal(&chance);
        unit_length(key, dimension);
        features(key, dimension, d.query + k * f);
    }
    for (int map = LINEAR; map <= DELTA; map++)
        ECP_TRY(matrix_answers(j->param, &d.pairs, map, d.phi, NOISES * n, d.query, d.answer[map]));
    const struct programme w = programme_of(j, &d, j->param[LISTEN]);
    ECP_TRY(ecp_attention_network(j->experiment, j->param, &w, j->seed, w.listen, d.answer[SPIKES],
                                  NULL));
    const double scale = sd_of(d.pairs.value, n * p);
    for (int map = 0; map < MAPS; map++)
        for (size_t s = 0; s < NOISES; s++)
            j->out->noisy[map][s][j->run] =
                distance(d.answer[map] + s * n * p, d.pairs.value, n * p, scale);
    compare(j->out, d.answer[DELTA], d.answer[SPIKES], NOISES * n * p, j->param[VALUE_RATE]);
done:
    free(key);
    desk_clear(&d);
    return status;
}

/* ---- averaging time ------------------------------ */

/* Variance of the rate over T from the key spikes that are counted in it, for outputs that
 * are well above 0 (Hz^2 s): sum over key neurons of (weight/copies/rate)^2 r (1 - r dt). */
static double variance_of(const double *param, const double *weight, const double *phi)
{
    const size_t f = features_of(param);
    double sum = 0;
    for (size_t k = 0; k < f; k++) {
        const double r = param[RATE] * phi[k], each = weight[k] / param[COPIES] / param[RATE];
        sum += each * each * param[COPIES] * r * (1 - r * ecp_attention_dt * 1e-3);
    }
    return sum;
}

/* Standard deviation over windows of T, of outputs whose mean is above `least`; the same by
 * theory. */
static void spread(const struct job *j, const struct desk *d, size_t windows, size_t together,
                   double T, double *sd, double *theory)
{
    const size_t p = (size_t)j->param[VALUES], f = features_of(j->param);
    const size_t m = windows / together;
    const double least = 0.4 * j->param[VALUE_RATE];
    double square = 0, expected = 0, n = 0;
    for (size_t q = 0; q < d->n_queries; q++)
        for (size_t i = 0; i < p; i++) {
            const double *rate = d->answer[SPIKES] + q * windows * p + i;
            double mean = 0, off = 0;
            for (size_t k = 0; k < m * together; k++)
                mean += rate[k * p] / (double)(m * together);
            if (mean < least)
                continue;
            for (size_t k = 0; k < m; k++) {
                double r = 0;
                for (size_t h = 0; h < together; h++)
                    r += rate[(k * together + h) * p] / (double)together;
                off += (r - mean) * (r - mean) / (double)(m - 1);
            }
            square += off;
            /* Counts are whole numbers: two ends, each uniform within one spike. */
            expected +=
                variance_of(j->param, d->weight + i * f, d->query + q * f) / T + 1 / (6 * T * T);
            n++;
        }
    *sd = n > 0 ? sqrt(square / n) : NAN;
    *theory = n > 0 ? sqrt(expected / n) : NAN;
}

static enum ecp_status recall_long(const struct job *j)
{
    enum { SHORTEST = 64 }; /* windows of a query */
    const size_t n = (size_t)j->param[QUIET_PAIRS], f = features_of(j->param);
    const double window = floor(j->param[LONG] / SHORTEST / ecp_attention_dt) * ecp_attention_dt;
    struct desk d = {0};
    enum ecp_status status;
    ECP_TRY(desk_init(&d, j, n, n, SHORTEST));
    memcpy(d.query, d.phi, n * f * sizeof *d.query);
    const struct programme w = programme_of(j, &d, window * SHORTEST);
    ECP_TRY(ecp_attention_network(j->experiment, j->param, &w, j->seed, window, d.answer[SPIKES],
                                  d.weight));
    for (size_t k = 0; k < TIMES; k++) {
        const size_t together = (size_t)1 << k;
        j->out->time[k] = window * (double)together;
        spread(j, &d, SHORTEST, together, j->out->time[k] * 1e-3, &j->out->sd[k][j->run],
               &j->out->theory[k][j->run]);
    }
done:
    desk_clear(&d);
    return status;
}

static void set_loads(const double *param, struct outcome *o)
{
    static const double share[] = {1.0 / 16, 1.0 / 8, 1.0 / 4, 3.0 / 8, 1.0 / 2, 3.0 / 4, 1};
    for (size_t k = 0; k < sizeof share / sizeof share[0]; k++) {
        const double n = floor(param[PAIRS] * share[k] + 0.5);
        if (n >= 2 && (o->n_loads == 0 || n > o->load[o->n_loads - 1]))
            o->load[o->n_loads++] = n;
    }
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    struct outcome *o = ecp_experiment_alloc(e, 1, sizeof *o);
    const size_t seeds = (size_t)param[SEEDS];
    enum ecp_status status = ECP_OK;
    if (!o)
        return ecp_fail(ECP_ENOMEM, "no memory for the results");
    set_loads(param, o);
    for (size_t s = 0; s < seeds; s++) {
        const struct job j = {e, param, s, ecp_experiment_seed(e) * 1000 + s, o};
        const double each = 1.0 / (double)(seeds * (o->n_loads + 2));
        for (size_t k = 0; k < o->n_loads; k++) {
            ECP_TRY(ecp_experiment_progress(e, each * (double)(s * (o->n_loads + 2) + k),
                                            ecp_experiment_printf(e, "%g pairs", o->load[k])));
            ECP_TRY(recall_load(&j, k));
        }
        ECP_TRY(ecp_experiment_progress(e, each * (double)(s * (o->n_loads + 2) + o->n_loads),
                                        "queries with noise"));
        ECP_TRY(recall_noisy(&j));
        ECP_TRY(recall_long(&j));
    }
    status = ecp_attention_show(e, param, o);
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char duality[] = "Schlag, Irie & Schmidhuber 2021: the delta rule removes the "
                                  "crosstalk of linear attention";
    static const char mean[] = "theory: on average a spike of a key times the error is the delta "
                               "rule's step";
    static const char counted[] = "theory: independent key spikes, counted for a time T";
    static const char positive[] = "theory: rates are not negative";
    static const char rank[] = "theory: more pairs than features cannot all be fitted";
    enum ecp_status status = ECP_OK;
    if (param[QUIET_PAIRS] > param[PAIRS])
        return ecp_fail(ECP_ECONFIG, "probed (%g) must not be more than pairs (%g)",
                        param[QUIET_PAIRS], param[PAIRS]);
    ECP_TRY(ecp_plan_add_claim(plan, "attention_in_spikes.error_spikes", 0, 0.25, mean));
    ECP_TRY(ecp_plan_add_claim(plan, "attention_in_spikes.departure", 0, 0.2, mean));
    ECP_TRY(ecp_plan_add_claim(plan, "attention_in_spikes.advantage", 2, 100, duality));
    ECP_TRY(ecp_plan_add_claim(plan, "attention_in_spikes.correlation", 0.95, 1, mean));
    ECP_TRY(ecp_plan_add_claim(plan, "attention_in_spikes.time_slope", -0.6, -0.4, counted));
    ECP_TRY(ecp_plan_add_claim(plan, "attention_in_spikes.time_prefactor", 0.85, 1.15, counted));
    ECP_TRY(ecp_plan_add_claim(plan, "attention_in_spikes.rectified", 0, 0.97, positive));
    ECP_TRY(ecp_plan_add_claim(plan, "attention_in_spikes.below_zero", 0, 3, positive));
    if (param[PAIRS] >= 2 * features_of(param) && param[PAIRS] >= 2 * param[QUIET_PAIRS])
        ECP_TRY(ecp_plan_add_claim(plan, "attention_in_spikes.overload", 2, 1e4, rank));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_attention_in_spikes = {
    .name = "attention_in_spikes",
    .question = "What is the same in memory and attention?",
    .summary = "pairs stored in linear attention, in fast weights, and in a spiking network",
    .equations = "linear: y = sum v (phi(k).phi(q)) / sum phi(k).phi(q),  phi(k) = [k, -k]+\n"
                 "delta: W += beta (v - W phi(k)) phi(k)^T,  y = W phi(q)\n"
                 "spikes: w += eta (teacher - output) at each spike of a key neuron",
    .reference = "Schlag, Irie & Schmidhuber 2021, arXiv:2102.11174",
    .fields = fields,
    .build = build,
    .results = results,
    .run = run};
