/* key_value.c -- what is stored is a key and a value; a cue is compared with all keys, and
 * what answers is a mixture of values (Gershman, Fiete & Irie 2025).
 *
 *   s_n = S(k_n, q)         similarity: dot, cosine, gaussian, or dot of feature maps
 *   w   = omega(s, a)       separation, with the accessibility a_n of each item
 *   y   = sum_n g_n w_n v_n with its amplification g_n
 *
 * With dot (or a feature map) and no separation, y = M phi(q) with M = sum g a v phi(k)^T:
 * the form "primal" keeps M, "dual" the items; both are the same memory.
 *
 * keys: n x d, values: n x m, row-major. A recall costs O(n (d + m)) a cue (primal: d m).
 * tests/verify/verify_key_value.c */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/feature_map.h"
#include "engine/matrix.h"
#include "engine/memory.h"
#include "engine/pairs.h"
#include "engine/separation.h"

enum { SIMILARITY, SEPARATION, FORM, BETA, WIDTH, K, THRESHOLD, TAU, FLOOR, DRIFT, END };
enum { DOT, COSINE, GAUSSIAN, ELU };
enum { DUAL, PRIMAL };
enum { MOVES = 1 };

static const struct ecp_field fields[] = {
    [SIMILARITY] = {"similarity", "1", DOT, 0, ELU, "how a cue is compared with a key", ECP_PARAM},
    [SEPARATION] = {"separation", "1", ECP_SEPARATION_SOFTMAX, 0, ECP_SEPARATION_SPARSEMAX,
                    "how similar items compete", ECP_PARAM},
    [FORM] = {"form", "1", DUAL, 0, PRIMAL, "what recall works on: items, or their matrix",
              ECP_PARAM},
    [BETA] = {"beta", "1", 0, 0, 1e9, "inverse temperature of competition; 0: 1/sqrt(d)",
              ECP_PARAM},
    [WIDTH] = {"width", "1", 1, 1e-150, 1e150, "standard deviation of the gaussian kernel",
               ECP_PARAM},
    [K] = {"k", "1", 1, 1, 1e9, "items that answer with top_k", ECP_WHOLE},
    [THRESHOLD] = {"threshold", "1", 0, -1e300, 1e300, "least similarity that answers", ECP_PARAM},
    [TAU] = {"tau", "ms", 0, 0, 1e18, "time constant with which accessibility is lost; 0: never",
             ECP_PARAM},
    [FLOOR] = {"floor", "1", 0, 0, 1, "accessibility that is not lost", ECP_PARAM},
    [DRIFT] = {"drift", "1", 0, 0, 1e9,
               "standard deviation by which each component of a key moves in 1 s", ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {
    {"similarity", "dot cosine gaussian elu"},
    {"separation", "identity softmax top_k threshold argmax sparsemax"},
    {"form", "dual primal"},
    {NULL, NULL}};

static const struct ecp_memory_need needs[] = {{"k", "separation", "top_k"},
                                               {"threshold", "separation", "threshold"},
                                               {"width", "similarity", "gaussian"},
                                               {NULL, NULL, NULL}};

struct key_value {
    struct ecp_pairs items;
    double param[END];
    uint64_t seed, moves;
    struct ecp_feature_map *map; /* NULL: none */
    double *matrix;              /* m x d, primal */
    int stale;
};

static void destroy(void *self)
{
    struct key_value *m = self;
    if (!m)
        return;
    ecp_pairs_clear(&m->items);
    ecp_feature_map_destroy(m->map);
    free(m->matrix);
    free(m);
}

static enum ecp_status create(const double *param, struct ecp_memory_shape shape, uint64_t seed,
                              void **self)
{
    const int linear = (param[SIMILARITY] == DOT || param[SIMILARITY] == ELU) &&
                       param[SEPARATION] == ECP_SEPARATION_IDENTITY;
    struct key_value *m;
    enum ecp_status status = ECP_OK;
    if (param[FORM] == PRIMAL && !linear)
        return ecp_fail(ECP_ECONFIG, "key_value: form \"primal\" needs separation \"identity\" and "
                                     "similarity \"dot\" or \"elu\"");
    m = calloc(1, sizeof *m);
    if (!m)
        return ecp_fail(ECP_ENOMEM, "no memory for a key_value memory");
    memcpy(m->param, param, sizeof m->param);
    if (m->param[BETA] == 0)
        m->param[BETA] = 1 / sqrt((double)shape.key);
    m->seed = seed;
    m->stale = 1;
    ECP_TRY(ecp_pairs_init(&m->items, shape));
    if (param[SIMILARITY] == ELU)
        ECP_TRY(ecp_feature_map_create(
            &(struct ecp_feature_setup){.kind = ECP_FEATURE_ELU, .inputs = shape.key}, &m->map));
    if (param[FORM] == PRIMAL) {
        m->matrix = calloc(shape.key * shape.value, sizeof *m->matrix);
        if (!m->matrix)
            status =
                ecp_fail(ECP_ENOMEM, "no memory for a matrix of %zu x %zu", shape.value, shape.key);
    }
done:
    if (status == ECP_OK)
        *self = m;
    else
        destroy(m);
    return status;
}

static enum ecp_status store(void *self, const struct ecp_items *items)
{
    struct key_value *m = self;
    if (items->strength || items->decay)
        return ecp_fail(ECP_EARG, "memory key_value: its items have neither strength nor decay; "
                                  "`weigh` amplifies some");
    m->stale = 1;
    return ecp_pairs_add(&m->items, items->keys, items->values, items->n);
}

/* ---- similarity ------------------------------------------------------------------- */

/* x (n x d), mapped where the similarity is that of a map; NULL: no memory. */
static double *mapped(const struct key_value *m, const double *x, size_t n)
{
    const size_t size = n * m->items.shape.key;
    double *copy = malloc(size * sizeof *copy);
    if (!copy)
        return NULL;
    if (m->map)
        ecp_feature_map_apply(m->map, n, x, copy);
    else
        memcpy(copy, x, size * sizeof *copy);
    return copy;
}

/* Length of a vector, without overflow. */
static double length(const double *x, size_t d)
{
    double most = 0, sum = 0;
    for (size_t j = 0; j < d; j++)
        most = fmax(most, fabs(x[j]));
    for (size_t j = 0; j < d && most > 0; j++)
        sum += x[j] / most * (x[j] / most);
    return most * sqrt(sum);
}

/* A vector of length 0 is like no other: its rows and columns stay 0. */
static void to_unit(double *x, size_t n, size_t d)
{
    for (size_t k = 0; k < n; k++) {
        const double l = length(x + k * d, d);
        for (size_t j = 0; j < d && l > 0; j++)
            x[k * d + j] /= l;
    }
}

/* Differences, not products: like keys far from the origin stay alike. */
static void gaussian(const struct key_value *m, const double *cues, size_t n, double *s)
{
    const size_t d = m->items.shape.key, n_items = m->items.n;
    const double scale = 1 / (sqrt(2.0) * m->param[WIDTH]);
#pragma omp parallel for schedule(static) if (n * n_items * d > 100000)
    for (size_t row = 0; row < n * n_items; row++) {
        const double *q = cues + row / n_items * d, *k = m->items.keys + row % n_items * d;
        double sum = 0;
        for (size_t j = 0; j < d; j++) {
            const double z = (q[j] - k[j]) * scale;
            sum += z * z;
        }
        s[row] = exp(-sum);
    }
}

/* s: n x items. `keys`: as they are compared. */
static enum ecp_status similarities(const struct key_value *m, const double *keys,
                                    const double *cues, size_t n, double *s)
{
    const size_t d = m->items.shape.key;
    if (m->param[SIMILARITY] == GAUSSIAN) {
        gaussian(m, cues, n, s);
        return ECP_OK;
    }
    double *q = mapped(m, cues, n);
    if (!q)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu cues", n);
    if (m->param[SIMILARITY] == COSINE)
        to_unit(q, n, d);
    ecp_matrix_abt(n, m->items.n, d, q, keys, s);
    free(q);
    return ECP_OK;
}

/* Share of the heaviest item, then amplification. */
static double finish(const struct key_value *m, double *w)
{
    double most = 0, sum = 0;
    for (size_t k = 0; k < m->items.n; k++) {
        most = fmax(most, fabs(w[k]));
        sum += fabs(w[k]);
        w[k] *= m->items.amplification[k];
    }
    return sum > 0 ? most / sum : 0;
}

/* ---- recall ------------------------------------------------------------------------- */

/* M^T is not kept: with v first, y = M q reads whole rows. */
static enum ecp_status refresh(struct key_value *m, const double *keys)
{
    const size_t d = m->items.shape.key, width = m->items.shape.value, n = m->items.n;
    double *weighted = malloc(n * d * sizeof *weighted);
    if (!weighted)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu keys", n);
    for (size_t k = 0; k < n; k++) {
        const double g = m->items.accessibility[k] * m->items.amplification[k];
        for (size_t j = 0; j < d; j++)
            weighted[k * d + j] = g * keys[k * d + j];
    }
    ecp_matrix_atb(width, d, n, m->items.values, weighted, m->matrix);
    free(weighted);
    m->stale = 0;
    return ECP_OK;
}

/* The score tells items apart, so that only the dual form has one. */
static enum ecp_status recall_primal(struct key_value *m, const double *keys, const double *cues,
                                     size_t n, double *values)
{
    const size_t d = m->items.shape.key, width = m->items.shape.value;
    if (m->stale) {
        const enum ecp_status status = refresh(m, keys);
        if (status != ECP_OK)
            return status;
    }
    double *q = mapped(m, cues, n);
    if (!q)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu cues", n);
    ecp_matrix_abt(n, width, d, q, m->matrix, values);
    free(q);
    return ECP_OK;
}

static struct ecp_separation separation_of(const struct key_value *m)
{
    const double most = (double)m->items.n;
    return (struct ecp_separation){.kind = (enum ecp_separation_kind)m->param[SEPARATION],
                                   .beta = m->param[BETA],
                                   .threshold = m->param[THRESHOLD],
                                   .k = (size_t)fmin(m->param[K], most)};
}

static enum ecp_status recall_block(const struct key_value *m, const double *keys,
                                    const double *cues, size_t n, double *s)
{
    const size_t n_items = m->items.n;
    const struct ecp_separation by = separation_of(m);
    const int ranks = by.kind == ECP_SEPARATION_TOP_K;
    struct ecp_ranked *order = malloc((ranks ? n * n_items : 1) * sizeof *order);
    enum ecp_status status = ECP_OK;
    if (!order)
        return ecp_fail(ECP_ENOMEM, "no memory to rank %zu items", n_items);
    ECP_TRY(similarities(m, keys, cues, n, s));
#pragma omp parallel for schedule(static) if (n * n_items > 10000)
    for (size_t row = 0; row < n; row++)
        ecp_separate(&by, n_items, m->items.accessibility, s + row * n_items,
                     order + (ranks ? row * n_items : 0));
done:
    free(order);
    return status;
}

static enum ecp_status recall_dual(const struct key_value *m, const double *keys,
                                   const double *cues, size_t n, double *values, double *score)
{
    const size_t d = m->items.shape.key, width = m->items.shape.value, n_items = m->items.n;
    const size_t few = ((size_t)1 << 20) / n_items, most = few < 1 ? 1 : few > 256 ? 256 : few;
    double *s = malloc(most * n_items * sizeof *s);
    enum ecp_status status = ECP_OK;
    if (!s)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu similarities", most * n_items);
    for (size_t first = 0; first < n; first += most) {
        const size_t rows = n - first < most ? n - first : most;
        ECP_TRY(recall_block(m, keys, cues + first * d, rows, s));
        for (size_t row = 0; row < rows; row++) {
            const double share = finish(m, s + row * n_items);
            if (score)
                score[first + row] = share;
        }
        ecp_matrix_ab(rows, width, n_items, s, m->items.values, values + first * width);
    }
done:
    free(s);
    return status;
}

static enum ecp_status recall(void *self, const double *cues, size_t n, double *values,
                              double *score)
{
    struct key_value *m = self;
    const int raw = m->param[SIMILARITY] == DOT || m->param[SIMILARITY] == GAUSSIAN;
    const int primal = m->param[FORM] == PRIMAL;
    double *keys = raw ? m->items.keys : mapped(m, m->items.keys, m->items.n);
    enum ecp_status status = ECP_OK;
    if (!keys)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu keys", m->items.n);
    if (m->param[SIMILARITY] == COSINE)
        to_unit(keys, m->items.n, m->items.shape.key);
    if (primal)
        ECP_TRY(recall_primal(m, keys, cues, n, values));
    if (!primal || score) {
        double *other = primal ? malloc(n * m->items.shape.value * sizeof *other) : NULL;
        if (primal && !other)
            status = ecp_fail(ECP_ENOMEM, "no memory for %zu answers", n);
        else
            status = recall_dual(m, keys, cues, n, primal ? other : values, score);
        free(other);
    }
done:
    if (!raw)
        free(keys);
    return status;
}

/* ---- time, weights, parts --------------------------------------------------------------- */

static enum ecp_status pass_time(void *self, double ms)
{
    struct key_value *m = self;
    const size_t size = m->items.n * m->items.shape.key;
    const double kept = m->param[TAU] > 0 ? exp(-ms / m->param[TAU]) : 1, least = m->param[FLOOR];
    for (size_t k = 0; k < m->items.n; k++) {
        double *a = &m->items.accessibility[k];
        if (*a > least)
            *a = least + (*a - least) * kept;
    }
    if (m->param[DRIFT] > 0 && ms > 0) {
        const double sd = m->param[DRIFT] * sqrt(ms / 1000);
        struct ecp_chance chance = ecp_chance(m->seed, MOVES, (uint32_t)m->moves++);
        for (size_t j = 0; j < size; j++)
            m->items.keys[j] += sd * ecp_chance_normal(&chance);
    }
    m->stale = 1;
    return ECP_OK;
}

static enum ecp_status weigh(void *self, size_t first, size_t n, double accessibility,
                             double amplification)
{
    struct key_value *m = self;
    ecp_pairs_weigh(&m->items, first, n, accessibility, amplification);
    m->stale = 1;
    return ECP_OK;
}

static enum ecp_status image(void *self, double **data, size_t *count)
{
    const struct key_value *m = self;
    return ecp_pairs_image(&m->items, (double)m->moves, data, count);
}

static enum ecp_status restore(void *self, const double *data, size_t count)
{
    struct key_value *m = self;
    double moves = 0;
    const enum ecp_status status = ecp_pairs_restore(&m->items, "key_value", data, count, &moves);
    if (status != ECP_OK)
        return status;
    m->moves = (uint64_t)moves;
    m->stale = 1;
    return ECP_OK;
}

static int part(void *self, size_t k, struct ecp_memory_part *out)
{
    const struct key_value *m = self;
    if (k < ECP_PAIRS_PARTS)
        return ecp_pairs_part(&m->items, k, out);
    if (k > ECP_PAIRS_PARTS || !m->matrix || m->stale)
        return 0;
    *out = (struct ecp_memory_part){"M", "the matrix of the primal form, as of the last recall",
                                    m->items.shape.value, m->items.shape.key, m->matrix};
    return 1;
}

const struct ecp_memory_model ecp_memory_key_value = {
    .name = "key_value",
    .summary = "keys to find by, values to answer with: a similarity kernel and a separation "
               "operator",
    .equations =
        "s_n = S(k_n, q): dot k.q; cosine k.q/(|k||q|), 0 for zero vectors;\n"
        "      gaussian exp(-|k - q|^2/(2 width^2)); elu phi(k).phi(q), phi = elu + 1\n"
        "identity   w_n = a_n s_n\n"
        "threshold  w_n = a_n s_n where that is >= threshold, else 0\n"
        "the others compare u_n = beta s_n + ln a_n; items with a_n = 0 take no part:\n"
        "softmax    w = exp(u)/sum exp(u)\n"
        "top_k      softmax over the k largest u (of equals those stored first)\n"
        "argmax     w = 1 for the largest u (of equals the one stored first)\n"
        "sparsemax  the point of the simplex next to u\n"
        "y = sum_n g_n w_n v_n; nothing can be reached: y = 0\n"
        "primal = dual: y = M phi(q), M = sum_n g_n a_n v_n phi(k_n)^T (identity)\n"
        "a_n: accessibility, g_n: amplification, both 1 at first (weigh); in time\n"
        "a -> floor + (a - floor) exp(-t/tau) where a > floor, and k += drift sqrt(t/s) xi.\n"
        "Forgetting is failure of retrieval: values stay as they were stored, and\n"
        "weigh(first, n, 1, 1) brings items back.",
    .reference = "Gershman, Fiete & Irie 2025, Neuron 113; doi:10.48550/arXiv.2501.02950",
    .verified_by = "tests/verify/verify_key_value.c",
    .fields = fields,
    .choices = choices,
    .needs = needs,
    .has_values = 1,
    .keys = ECP_PATTERN_REAL,
    .values = ECP_PATTERN_REAL,
    .score_meaning = "the largest |w_n| over the sum of all: 1 when a single item answers",
    .create = create,
    .destroy = destroy,
    .store = store,
    .recall = recall,
    .pass_time = pass_time,
    .image = image,
    .restore = restore,
    .part = part,
    .weigh = weigh};
