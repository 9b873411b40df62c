/* astrocyte_transformer.c -- attention by neurons and astrocytes (Kozachkov, Kastanenka &
 * Krotov 2023).
 *
 *   write  h = phi(k):  H += v h^T (Hebb),  g += h (the astrocyte's process integrates what
 *          the synapse's source did)
 *   read   h = phi(q):  p = g . h;  y = H h/p (the process divides the synapse)
 *
 * keys: n x d, values: n x m, row-major; H: m x features. A write costs O(m features), a
 * read O((d + m) features). tests/verify/verify_astrocyte_transformer.c */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/feature_map.h"
#include "engine/matrix.h"
#include "engine/memory.h"

enum { FEATURES, RANDOM, NU, SCALE, ORTHOGONAL, RESIDUAL, NOT_POSITIVE, END };
enum { REFUSE, REPORT };

static const struct ecp_field fields[] = {
    [FEATURES] = {"features", "1", ECP_FEATURE_PERFORMER, 0, ECP_FEATURE_LAST,
                  "the map phi of hidden neurons (engine/feature_map.h)", ECP_PARAM},
    [RANDOM] = {"random", "1", 256, 1, 1e7, "m: hidden neurons of the random maps", ECP_WHOLE},
    [NU] = {"nu", "1", 1, 1, 1e6, "of dpfp", ECP_WHOLE},
    [SCALE] = {"scale", "1", 0, 0, 1e9, "of keys and queries; 0: d^(-1/4)", ECP_PARAM},
    [ORTHOGONAL] = {"orthogonal", "1", 0, 0, 1, "1: random directions are orthogonal", ECP_WHOLE},
    [RESIDUAL] = {"residual", "1", 0, 0, 1, "1: the query is added to what is read", ECP_WHOLE},
    [NOT_POSITIVE] = {"not_positive", "1", REFUSE, 0, REPORT,
                      "what happens where p <= 0: an error, or y = 0 and the score tells",
                      ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {
    {"features", ECP_FEATURE_WORDS}, {"not_positive", "refuse report"}, {NULL, NULL}};

static const struct ecp_memory_need needs[] = {{"nu", "features", "dpfp"}, {NULL, NULL, NULL}};

struct astrocyte {
    struct ecp_memory_shape shape;
    struct ecp_feature_map *map;
    size_t features, directions;
    int residual, reports;
    double *weight;  /* H: shape.value x features */
    double *process; /* g: features */
};

static void destroy(void *self)
{
    struct astrocyte *m = self;
    if (!m)
        return;
    ecp_feature_map_destroy(m->map);
    free(m->weight);
    free(m->process);
    free(m);
}

static enum ecp_status create(const double *param, struct ecp_memory_shape shape, uint64_t seed,
                              void **self)
{
    struct astrocyte *m = NULL;
    enum ecp_status status;
    const double d = (double)shape.key;
    const struct ecp_feature_setup setup = {.kind = (enum ecp_feature_kind)param[FEATURES],
                                            .inputs = shape.key,
                                            .nu = (size_t)param[NU],
                                            .random = (size_t)param[RANDOM],
                                            .orthogonal = param[ORTHOGONAL] != 0,
                                            .scale =
                                                param[SCALE] > 0 ? param[SCALE] : 1 / sqrt(sqrt(d)),
                                            .seed = seed};
    if (param[RESIDUAL] != 0 && shape.key != shape.value)
        return ecp_fail(ECP_ECONFIG,
                        "astrocyte_transformer: residual = 1 adds a query (%zu) to a "
                        "value (%zu): they must have one size",
                        shape.key, shape.value);
    m = calloc(1, sizeof *m);
    if (!m)
        return ecp_fail(ECP_ENOMEM, "no memory for an astrocyte_transformer");
    m->shape = shape;
    m->residual = param[RESIDUAL] != 0;
    m->reports = param[NOT_POSITIVE] == REPORT;
    ECP_TRY(ecp_feature_map_create(&setup, &m->map));
    m->features = ecp_feature_map_size(m->map);
    m->directions = setup.random;
    m->weight = calloc(shape.value * m->features, sizeof *m->weight);
    m->process = calloc(m->features, sizeof *m->process);
    if (!m->weight || !m->process)
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu x %zu synapses", shape.value, m->features);
done:
    if (status == ECP_OK)
        *self = m;
    else
        destroy(m);
    return status;
}

/* Activity of the hidden neurons, n x features (malloc'd). */
static enum ecp_status hidden_of(const struct astrocyte *m, const double *x, size_t n, double **out)
{
    double *h = malloc(n * m->features * sizeof *h);
    if (!h)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu features of %zu items", m->features, n);
    ecp_feature_map_apply(m->map, n, x, h);
    *out = h;
    return ECP_OK;
}

enum { AT_ONCE = 256 };

/* One item after the other in every sum, so that batches leave the same bits. */
static enum ecp_status store(void *self, const struct ecp_items *items)
{
    struct astrocyte *m = self;
    const size_t features = m->features, width = m->shape.value;
    if (items->strength || items->decay)
        return ecp_fail(ECP_EARG,
                        "memory astrocyte_transformer: its items have neither strength nor decay");
    for (size_t first = 0; first < items->n; first += AT_ONCE) {
        const size_t n = items->n - first < AT_ONCE ? items->n - first : AT_ONCE;
        double *h = NULL;
        const enum ecp_status status = hidden_of(m, items->keys + first * m->shape.key, n, &h);
        if (status != ECP_OK)
            return status;
#pragma omp parallel for schedule(static) if (n * features * width > 100000)
        for (size_t row = 0; row <= width; row++) {
            double *restrict to = row < width ? m->weight + row * features : m->process;
            for (size_t t = 0; t < n; t++) {
                const double v = row < width ? items->values[(first + t) * width + row] : 1;
                const double *restrict from = h + t * features;
                for (size_t j = 0; j < features; j++)
                    to[j] += v * from[j];
            }
        }
        free(h);
    }
    return ECP_OK;
}

/* p of one cue divides its row, where it may. */
static enum ecp_status divide(const struct astrocyte *m, size_t cue, double p, double *y)
{
    if (!(p > 0) && !m->reports)
        return ecp_fail(ECP_ENUMERIC,
                        "astrocyte_transformer: the process of cue %zu is p = %g, and only a "
                        "positive one divides; more random features, or positive ones, or "
                        "not_positive = \"report\"",
                        cue, p);
    for (size_t j = 0; j < m->shape.value; j++)
        y[j] = p > 0 ? y[j] / p : 0;
    return ECP_OK;
}

static enum ecp_status read_some(const struct astrocyte *m, const double *cues, size_t first,
                                 size_t n, double *values, double *score)
{
    const size_t d = m->shape.key, width = m->shape.value;
    double p[AT_ONCE], *h = NULL;
    enum ecp_status status;
    ECP_TRY(hidden_of(m, cues + first * d, n, &h));
    ecp_matrix_times(n, m->features, h, m->process, p);
    ecp_matrix_abt(n, width, m->features, h, m->weight, values + first * width);
    for (size_t k = 0; k < n; k++) {
        double *y = values + (first + k) * width;
        ECP_TRY(divide(m, first + k, p[k], y));
        if (score)
            score[first + k] = p[k];
        for (size_t j = 0; m->residual && j < width; j++)
            y[j] += cues[(first + k) * d + j];
    }
done:
    free(h);
    return status;
}

static enum ecp_status recall(void *self, const double *cues, size_t n, double *values,
                              double *score)
{
    enum ecp_status status = ECP_OK;
    for (size_t first = 0; first < n; first += AT_ONCE)
        ECP_TRY(
            read_some(self, cues, first, n - first < AT_ONCE ? n - first : AT_ONCE, values, score));
done:
    return status;
}

static enum ecp_status image(void *self, double **data, size_t *count)
{
    const struct astrocyte *m = self;
    const size_t size = m->shape.value * m->features;
    double *all = malloc((size + m->features) * sizeof *all);
    if (!all)
        return ecp_fail(ECP_ENOMEM, "no memory for an image of %zu synapses", size);
    memcpy(all, m->weight, size * sizeof *all);
    memcpy(all + size, m->process, m->features * sizeof *all);
    *data = all;
    *count = size + m->features;
    return ECP_OK;
}

static enum ecp_status restore(void *self, const double *data, size_t count)
{
    struct astrocyte *m = self;
    const size_t size = m->shape.value * m->features;
    if (count != size + m->features)
        return ecp_fail(ECP_EARG, "memory astrocyte_transformer: this is not an image of it");
    memcpy(m->weight, data, size * sizeof *data);
    memcpy(m->process, data + size, m->features * sizeof *data);
    return ECP_OK;
}

static int part(void *self, size_t k, struct ecp_memory_part *out)
{
    const struct astrocyte *m = self;
    const double *directions = ecp_feature_map_directions(m->map);
    if (k == 0)
        *out = (struct ecp_memory_part){"H", "synapses from hidden to output neurons",
                                        m->shape.value, m->features, m->weight};
    else if (k == 1)
        *out = (struct ecp_memory_part){"g", "what the astrocyte's process integrated", 1,
                                        m->features, m->process};
    else if (k == 2 && directions)
        *out = (struct ecp_memory_part){"directions", "of the random features", m->directions,
                                        m->shape.key, directions};
    else
        return 0;
    return 1;
}

const struct ecp_memory_model ecp_memory_astrocyte_transformer = {
    .name = "astrocyte_transformer",
    .summary = "attention by neurons and astrocytes: Hebbian writing, reading divided by the "
               "astrocyte's process",
    .equations =
        "h = phi(scale x), scale d^(-1/4): activity of hidden neurons\n"
        "write (k, v):  H <- H + v phi(k)^T;  g <- g + phi(k), the astrocyte's process\n"
        "read q:        p = g . phi(q);  y = H phi(q)/p (+ q: residual)\n"
        "which is linear attention sum_i v_i phi(k_i).phi(q)/sum_i phi(k_i).phi(q), and, where\n"
        "phi(k).phi(q) estimates exp(q.k/sqrt d), softmax attention as m grows. For a pair\n"
        "the relative standard deviation of performer features (scaled q, k) is\n"
        "sqrt((exp|q + k|^2 - 1)/m). p > 0 always with positive features; cosine and linear\n"
        "ones may give p <= 0: that is refused, or reported by the score, never divided by.",
    .reference = "Kozachkov, Kastanenka & Krotov 2023, PNAS 120, doi:10.1073/pnas.2219150120",
    .verified_by = "tests/verify/verify_astrocyte_transformer.c",
    .fields = fields,
    .choices = choices,
    .needs = needs,
    .has_values = 1,
    .keys = ECP_PATTERN_REAL,
    .values = ECP_PATTERN_REAL,
    .score_meaning = "p, the state of the astrocyte's process; p <= 0: y is not divided, but 0",
    .create = create,
    .destroy = destroy,
    .store = store,
    .recall = recall,
    .image = image,
    .restore = restore,
    .part = part};
