/* verify_fast_weights.c -- linear attention and fast weights: every rule in every form
 * against loops over tokens and over pairs of tokens written here; what rules reduce to;
 * sequences in parts. */
#include <string.h>

#include "tests/verify/fast_weights_case.h"

/* ---- written again: features, tokens, pairs -------------------------------------------- */

static size_t features(struct way way, size_t d, const double *x, double *y)
{
    const size_t n = way.map == 2 ? 2 * d * (size_t)way.nu : d;
    if (way.map == 2) {
        double *r = calloc(2 * d, sizeof *r);
        for (size_t c = 0; c < 2 * d; c++)
            r[c] = fmax(0, c < d ? x[c] : -x[c - d]);
        for (size_t i = 0; i < n; i++) {
            const size_t shift = i / (2 * d) + 1, c = i % (2 * d);
            y[i] = r[c] * r[(c + 2 * d - shift) % (2 * d)];
        }
        free(r);
        return n;
    }
    for (size_t c = 0; c < d; c++)
        y[c] = way.map == 0 ? x[c] : x[c] > 0 ? x[c] + 1 : exp(x[c]);
    return n;
}

static double gate(const struct data *x, int rule, size_t t, size_t h, size_t c)
{
    if (rule == RETNET)
        return log(1 - pow(2, -5.0 - (double)h));
    if (x->decay_columns == 0 || (rule != SIMPLE_GLA && rule != GLA && rule != GATED_DELTA))
        return 0;
    return x->decay_columns == 1 ? x->decay[t] : x->decay[t * x->decay_columns + h * x->d + c];
}

/* One head, token by token. */
static void by_tokens(const struct data *x, struct way way, size_t h, double *out)
{
    enum { MOST = 256 };
    const size_t d = x->d, m = x->m;
    double k[MOST], q[MOST], z[MOST] = {0}, u[MOST];
    const size_t f = features(way, d, x->k, k);
    double *s = calloc(f * m, sizeof *s);
    const double scale = way.scale > 0 ? way.scale : 1 / sqrt((double)f);
    for (size_t t = 0; t < x->n; t++) {
        const double b = x->strength[t], *v = x->v + (t * x->heads + h) * m;
        double weight = 0, norm = 0, *o = out + (t * x->heads + h) * m;
        (void)features(way, d, x->k + (t * x->heads + h) * d, k);
        (void)features(way, d, x->q + (t * x->heads + h) * d, q);
        normalise(way, f, k, 0);
        normalise(way, f, q, way.epsilon);
        for (size_t c = 0; c < f; c++) {
            const double keep = exp(gate(x, way.rule, t, h, c));
            z[c] = keep * z[c] + b * k[c];
            for (size_t j = 0; j < m; j++)
                s[c * m + j] *= keep;
        }
        for (size_t j = 0; j < m; j++) {
            u[j] = b * v[j];
            for (size_t c = 0; c < f && is_delta(way.rule); c++)
                u[j] -= b * s[c * m + j] * k[c];
        }
        for (size_t i = 0; i < f * m; i++) {
            s[i] += k[i / m] * u[i % m];
            norm += s[i] * s[i];
        }
        for (size_t i = 0; i < f * m && way.rule == FWM && norm > 1; i++)
            s[i] /= sqrt(norm);
        for (size_t c = 0; c < f; c++)
            weight += scale * q[c] * z[c];
        for (size_t j = 0; j < m; j++) {
            o[j] = 0;
            for (size_t c = 0; c < f; c++)
                o[j] += scale * q[c] * s[c * m + j];
            if (way.normaliser == ATTENTION)
                o[j] /= weight + way.epsilon;
        }
        double mean = 0, square = 0;
        for (size_t j = 0; j < m; j++)
            mean += o[j] / (double)m;
        for (size_t j = 0; j < m; j++)
            square += pow(o[j] - mean, 2) / (double)m;
        for (size_t j = 0; j < m && way.rule == FWM; j++)
            o[j] = (o[j] - mean) / sqrt(square + 1e-5);
    }
    free(s);
}

/* One head, by pairs of tokens and without any state: identity map alone. */
static void by_pairs(const struct data *x, struct way way, size_t h, double *out)
{
    const size_t d = x->d, m = x->m, n = x->n;
    double *u = calloc(n * m, sizeof *u), *k = calloc(n * d, sizeof *k);
    double *q = calloc(n * d, sizeof *q), *sum = calloc((n + 1) * d, sizeof *sum);
    const double scale = way.scale > 0 ? way.scale : 1 / sqrt((double)d);
    for (size_t t = 0; t < n; t++) {
        memcpy(k + t * d, x->k + (t * x->heads + h) * d, d * sizeof *k);
        memcpy(q + t * d, x->q + (t * x->heads + h) * d, d * sizeof *q);
        normalise(way, d, k + t * d, 0);
        normalise(way, d, q + t * d, way.epsilon);
        for (size_t c = 0; c < d; c++)
            sum[(t + 1) * d + c] = sum[t * d + c] + gate(x, way.rule, t, h, c);
    }
    for (size_t i = 0; i < n; i++) {
        const double *v = x->v + (i * x->heads + h) * m;
        double *o = out + (i * x->heads + h) * m;
        memset(o, 0, m * sizeof *o);
        for (size_t j = 0; j < m; j++)
            u[i * m + j] = x->strength[i] * v[j];
        for (size_t j = 0; j <= i; j++) {
            double asked = 0, known = 0;
            for (size_t c = 0; c < d; c++) {
                const double kept = exp(sum[(i + 1) * d + c] - sum[(j + 1) * d + c]);
                asked += scale * q[i * d + c] * k[j * d + c] * kept;
                known += x->strength[i] * k[i * d + c] * k[j * d + c] * kept;
            }
            for (size_t e = 0; e < m && j < i && is_delta(way.rule); e++)
                u[i * m + e] -= known * u[j * m + e];
            for (size_t e = 0; e < m; e++)
                o[e] += asked * u[j * m + e];
        }
    }
    free(u);
    free(k);
    free(q);
    free(sum);
}

/* ---- forms ------------------------------------------------------------------------------- */

/* Worst of all forms and chunks against `expected`. */
static double worst_form(const struct data *x, struct way way, const double *expected)
{
    static const double chunks[] = {1, 16, 32, 64, 0 /* T */, 23};
    const size_t size = x->n * x->heads * x->m;
    double worst = 0;
    for (int form = RECURRENT; form <= CHUNKWISE; form++)
        for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++) {
            way.form = form;
            way.chunk = chunks[c] > 0 ? chunks[c] : (double)x->n;
            if (form != CHUNKWISE && c > 0)
                continue;
            if (form != RECURRENT && way.rule == FWM)
                continue;
            double *o = outputs(x, way, NULL);
            worst = fmax(worst, difference(size, o, expected));
            free(o);
        }
    return worst;
}

/* Every rule, map and normaliser that go together; T no multiple of any chunk. */
static void every_form(int single, double tolerance)
{
    static const size_t lengths[] = {1, 100, 327};
    double worst = 0;
    size_t cases = 0;
    for (size_t l = 0; l < 3; l++)
        for (int rule = LINEAR; rule < RULES; rule++)
            for (int map = 0; map < MAPS; map++)
                for (int normaliser = NONE; normaliser <= UNIT; normaliser++) {
                    struct way way = {.rule = rule,
                                      .map = map,
                                      .normaliser = normaliser,
                                      .nu = 2,
                                      .epsilon = 1e-6,
                                      .single = single};
                    struct data x = make(3, lengths[l], 2, 12, 10);
                    if ((normaliser == ATTENTION && (is_delta(rule) || map == 0)) ||
                        (normaliser == SUM && map == 0) || (rule == GLA && map == 2) ||
                        (is_delta(rule) && normaliser == NONE)) {
                        clear(&x);
                        continue;
                    }
                    if (rule == SIMPLE_GLA || rule == GLA || rule == GATED_DELTA)
                        gates(&x, rule == GLA ? 24 : 1, 0.3);
                    double *o = calloc(x.n * 20, sizeof *o);
                    for (size_t h = 0; h < 2; h++)
                        by_tokens(&x, way, h, o);
                    const double size = fmax(1, largest(x.n * 20, o));
                    const double off = worst_form(&x, way, o) / size;
                    if (off > tolerance)
                        (void)printf("\n  rule %d map %d normaliser %d T %zu: %.1e", rule, map,
                                     normaliser, x.n, off);
                    worst = fmax(worst, off);
                    cases++;
                    free(o);
                    clear(&x);
                }
    (void)printf(" %zu cases, %.1e", cases, worst);
    CU_ASSERT(worst < tolerance);
}

static void forms_double(void)
{
    every_form(0, 1e-12);
}

static void forms_single(void)
{
    every_form(1, 1e-5);
}

static void pairs(void)
{
    double worst = 0;
    for (int rule = LINEAR; rule <= GATED_DELTA; rule++)
        for (double depth = 0.01; depth < 200; depth *= 20) {
            struct way way = {.rule = rule, .normaliser = UNIT, .epsilon = 1e-6};
            struct data x = make(4, 150, 3, 8, 6);
            if (rule == SIMPLE_GLA || rule == GLA || rule == GATED_DELTA)
                gates(&x, rule == GLA ? 24 : 1, depth);
            double *o = calloc(150 * 18, sizeof *o);
            for (size_t h = 0; h < 3; h++)
                by_pairs(&x, way, h, o);
            worst = fmax(worst, worst_form(&x, way, o));
            free(o);
            clear(&x);
        }
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-12);
}

/* ---- reductions ------------------------------------------------------------------------------ */

/* With gates of 0 or none, the same bits; in each form. */
static void reductions(void)
{
    struct data x = make(6, 130, 2, 16, 8), one_hot = make(7, 16, 1, 16, 8);
    for (int form = RECURRENT; form <= CHUNKWISE; form++) {
        struct way way = {.form = form, .normaliser = UNIT, .chunk = 32};
        double *o[RULES];
        for (int rule = LINEAR; rule <= GATED_DELTA; rule++) {
            way.rule = rule;
            if (rule == SIMPLE_GLA || rule == GLA || rule == GATED_DELTA)
                gates(&x, rule == GLA ? 32 : 1, 0);
            o[rule] = outputs(&x, way, NULL);
            x.decay_columns = 0;
        }
        CU_ASSERT(difference(x.n * 16, o[GATED_DELTA], o[DELTA_NET]) == 0);
        CU_ASSERT(difference(x.n * 16, o[SIMPLE_GLA], o[LINEAR]) == 0);
        CU_ASSERT(difference(x.n * 16, o[GLA], o[LINEAR]) == 0);
        /* retnet: simple_gla with its constant, head by head */
        gates(&x, 32, 0);
        for (size_t k = 0; k < x.n * 32; k++)
            x.decay[k] = log1p(-exp2(k % 32 < 16 ? -5 : -6));
        way.rule = SIMPLE_GLA;
        double *as_gates = outputs(&x, way, NULL);
        CU_ASSERT(difference(x.n * 16, o[RETNET], as_gates) == 0);
        x.decay_columns = 0;
        /* orthonormal keys and b = 1: nothing is there to be taken off */
        for (size_t k = 0; k < 256; k++)
            one_hot.k[k] = k / 16 == k % 16;
        for (size_t t = 0; t < 16; t++)
            one_hot.strength[t] = 1;
        way.rule = DELTA_NET;
        double *delta = outputs(&one_hot, way, NULL);
        way.rule = LINEAR;
        double *linear = outputs(&one_hot, way, NULL);
        CU_ASSERT(difference(128, delta, linear) == 0);
        for (int rule = LINEAR; rule <= GATED_DELTA; rule++)
            free(o[rule]);
        free(as_gates);
        free(delta);
        free(linear);
    }
    clear(&x);
    clear(&one_hot);
}

/* store, sequence, sequence: one sequence, and recall answers as its last query. */
static void carries_over(void)
{
    double worst = 0;
    for (int rule = LINEAR; rule < RULES; rule++)
        for (int form = RECURRENT; form <= (rule == FWM ? RECURRENT : CHUNKWISE); form++)
            for (int attention = 0; attention <= !is_delta(rule); attention++) {
                struct way way = {.rule = rule,
                                  .form = form,
                                  .chunk = 16,
                                  .map = 1,
                                  .normaliser = attention ? ATTENTION : SUM};
                struct data x = make(8, 201, 2, 8, 6);
                if (rule == SIMPLE_GLA || rule == GLA || rule == GATED_DELTA)
                    gates(&x, 1, 0.2);
                double *whole = outputs(&x, way, NULL), o[201 * 12], last[12];
                struct ecp_memory *memory = memory_of(&x, way);
                const struct ecp_items part[] = {items_of(&x, 0, 37), items_of(&x, 37, 90),
                                                 items_of(&x, 127, 74)};
                ECP_ASSERT_OK(ecp_memory_store(memory, &part[0]));
                ECP_ASSERT_OK(ecp_memory_sequence(memory, &part[1], x.q + 37 * 16, o + 37 * 12));
                ECP_ASSERT_OK(ecp_memory_sequence(memory, &part[2], x.q + 127 * 16, o + 127 * 12));
                ECP_ASSERT_OK(ecp_memory_recall(memory, x.q + 200 * 16, 1, last, NULL));
                worst = fmax(worst, difference(164 * 12, o + 37 * 12, whole + 37 * 12));
                worst = fmax(worst, difference(12, last, whole + 200 * 12));
                ecp_memory_destroy(memory);
                free(whole);
                clear(&x);
            }
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-12);
}

/* Rows of zeros to the end of a chunk change nothing. */
static void padding(void)
{
    struct data x = make(9, 128, 1, 8, 8), part;
    gates(&x, 1, 0.5);
    memset(x.k + 100 * 8, 0, 28 * 8 * sizeof *x.k);
    for (size_t t = 100; t < 128; t++)
        x.strength[t] = x.decay[t] = 0;
    part = x;
    part.n = 100;
    for (int form = RECURRENT; form <= CHUNKWISE; form++) {
        struct way way = {.rule = GATED_DELTA, .form = form, .normaliser = UNIT};
        double *state, *short_state, *o = outputs(&x, way, &state);
        double *short_o = outputs(&part, way, &short_state);
        CU_ASSERT(difference(100 * 8, o, short_o) < 1e-13);
        CU_ASSERT(difference(64, state + 1, short_state + 1) < 1e-13);
        free(o);
        free(short_o);
        free(state);
        free(short_state);
    }
    clear(&x);
}

ECP_TEST_MAIN("fast_weights", {"forms_double", forms_double}, {"forms_single", forms_single},
              {"pairs", pairs}, {"reductions", reductions}, {"carries_over", carries_over},
              {"padding", padding})
