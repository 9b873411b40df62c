/* willshaw.c -- a matrix of binary synapses (Willshaw, Buneman & Longuet-Higgins 1969): a
 * synapse is on where its input and its output were on together once.
 *
 *   W_ij = max over pairs of y_i x_j,  h_i = sum_j W_ij x_j
 *
 * Output i of a cue is on where
 *   active  h_i equals the number of the cue's bits (all its active lines reach it)
 *   fixed   h_i >= theta
 *   best    h_i is among the k largest, and not 0; with the k-th all that are equal to it
 * A cue without bits recalls nothing. Values may be the keys: then it completes patterns.
 *
 * Of random pairs (a of n inputs, b of m outputs on) p = 1 - (1 - a b/(n m))^pairs of the
 * synapses are on, and an output is on by error with about p^a.
 *
 * keys: n bits, values: m bits; n m/8 bytes; a recall costs n m/64 operations.
 * tests/verify/verify_willshaw.c */
#include <stdlib.h>
#include <string.h>

#include "engine/memory.h"
#include "engine/sdr.h"

enum { RULE, THETA, K, END };
enum { ACTIVE, FIXED, BEST };

static const struct ecp_field fields[] = {
    [RULE] = {"rule", "1", ACTIVE, 0, BEST, "when an output is on", ECP_PARAM},
    [THETA] = {"theta", "1", 1, 1, 1e9, "threshold (fixed)", ECP_WHOLE},
    [K] = {"k", "1", 1, 1, 1e9, "outputs that are on (best)", ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"rule", "active fixed best"}, {NULL, NULL}};

static const struct ecp_memory_need needs[] = {
    {"theta", "rule", "fixed"}, {"k", "rule", "best"}, {NULL, NULL, NULL}};

struct willshaw {
    double param[END];
    size_t n, m, words;
    uint64_t *w; /* m x words */
    double *shown;
};

static void destroy(void *self)
{
    struct willshaw *s = self;
    if (!s)
        return;
    free(s->w);
    free(s->shown);
    free(s);
}

static enum ecp_status create(const double *param, struct ecp_memory_shape shape, uint64_t seed,
                              void **self)
{
    struct willshaw *s = calloc(1, sizeof *s);
    (void)seed;
    if (s)
        s->w = calloc(shape.value, ecp_bits_words(shape.key) * sizeof *s->w);
    if (!s || !s->w) {
        destroy(s);
        return ecp_fail(ECP_ENOMEM, "no memory for %zu x %zu synapses", shape.value, shape.key);
    }
    memcpy(s->param, param, sizeof s->param);
    s->n = shape.key;
    s->m = shape.value;
    s->words = ecp_bits_words(shape.key);
    *self = s;
    return ECP_OK;
}

static enum ecp_status store(void *self, const struct ecp_items *items)
{
    struct willshaw *s = self;
    uint64_t *row;
    if (items->strength || items->decay)
        return ecp_fail(ECP_EARG, "memory willshaw: its items have neither strength nor decay");
    row = malloc(s->words * sizeof *row);
    if (!row)
        return ecp_fail(ECP_ENOMEM, "no memory for a row of %zu bits", s->n);
    for (size_t k = 0; k < items->n; k++) {
        ecp_bits_pack(items->keys + k * s->n, s->n, row);
        for (size_t i = 0; i < s->m; i++)
            for (size_t j = 0; items->values[k * s->m + i] > 0.5 && j < s->words; j++)
                s->w[i * s->words + j] |= row[j];
    }
    free(row);
    return ECP_OK;
}

/* ---- recall ------------------------------------------------------------------- */

/* The k-th largest of m sums up to `most`, at least 1. count: most + 1 numbers of 0. */
static size_t threshold_of_best(const size_t *h, size_t m, size_t most, size_t k, size_t *count)
{
    size_t theta = most, above = 0;
    for (size_t i = 0; i < m; i++)
        count[h[i]]++;
    for (; theta > 1; theta--) {
        above += count[theta];
        if (above >= k)
            break;
    }
    return theta > 0 ? theta : 1;
}

/* room: words of the cue, then m + n + 1 sums and counts. */
static void recall_one(const struct willshaw *s, const double *cue, uint64_t *row, size_t *h,
                       double *value, double *score)
{
    size_t on = 0, reached = 0, most, theta;
    ecp_bits_pack(cue, s->n, row);
    most = ecp_bits_count(row, s->words);
    for (size_t i = 0; i < s->m; i++)
        h[i] = ecp_bits_common(row, s->w + i * s->words, s->words);
    if (s->param[RULE] == BEST) {
        memset(h + s->m, 0, (s->n + 1) * sizeof *h);
        theta = threshold_of_best(h, s->m, most, (size_t)s->param[K], h + s->m);
    } else {
        theta = s->param[RULE] == FIXED ? (size_t)s->param[THETA] : most > 0 ? most : 1;
    }
    for (size_t i = 0; i < s->m; i++) {
        const int is_on = h[i] >= theta;
        value[i] = is_on;
        on += (size_t)is_on;
        reached += is_on ? h[i] : 0;
    }
    if (score)
        *score = on > 0 ? (double)reached / (double)(on * most) : 0;
}

static enum ecp_status recall(void *self, const double *cues, size_t n, double *values,
                              double *score)
{
    const struct willshaw *s = self;
    const size_t sums = s->m + s->n + 1;
    uint64_t *row = malloc(n * s->words * sizeof *row);
    size_t *h = malloc(n * sums * sizeof *h);
    enum ecp_status status = ECP_OK;
    if (!row || !h) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu cues", n);
        goto done;
    }
#pragma omp parallel for schedule(static) if (n > 1)
    for (size_t k = 0; k < n; k++)
        recall_one(s, cues + k * s->n, row + k * s->words, h + k * sums, values + k * s->m,
                   score ? score + k : NULL);
done:
    free(row);
    free(h);
    return status;
}

/* ---- the whole state ------------------------------------------------------------ */

static double *matrix(const struct willshaw *s)
{
    double *all = malloc(s->m * s->n * sizeof *all);
    for (size_t i = 0; all && i < s->m; i++)
        ecp_bits_unpack(s->w + i * s->words, s->n, all + i * s->n);
    return all;
}

static enum ecp_status image(void *self, double **data, size_t *count)
{
    const struct willshaw *s = self;
    double *all = matrix(s);
    if (!all)
        return ecp_fail(ECP_ENOMEM, "no memory for the image of a willshaw memory");
    *data = all;
    *count = s->m * s->n;
    return ECP_OK;
}

static enum ecp_status restore(void *self, const double *data, size_t count)
{
    struct willshaw *s = self;
    if (count != s->m * s->n)
        return ecp_fail(ECP_EARG, "memory willshaw: this is not an image of it");
    for (size_t i = 0; i < s->m; i++)
        ecp_bits_pack(data + i * s->n, s->n, s->w + i * s->words);
    return ECP_OK;
}

static int part(void *self, size_t k, struct ecp_memory_part *out)
{
    struct willshaw *s = self;
    double *shown = k == 0 ? matrix(s) : NULL;
    if (!shown)
        return 0;
    free(s->shown);
    s->shown = shown;
    *out = (struct ecp_memory_part){"weights", "1 where input and output were on together", s->m,
                                    s->n, shown};
    return 1;
}

const struct ecp_memory_model ecp_memory_willshaw = {
    .name = "willshaw",
    .summary = "binary synapses that are on where input and output were on together",
    .equations =
        "W_ij = max over pairs of y_i x_j, h_i = sum_j W_ij x_j; output i is on where\n"
        "  active: h_i = number of the cue's bits; fixed: h_i >= theta; best: among the k largest\n"
        "  and not 0 (with the k-th all equal to it); a cue without bits recalls nothing\n"
        "random pairs, a of n and b of m bits on: p = 1 - (1 - a b/(n m))^pairs of W are on, an\n"
        "  output is on by error with about p^a; ln 2 bits a synapse at p = 1/2",
    .reference = "Willshaw, Buneman & Longuet-Higgins 1969, doi:10.1038/222960a0",
    .verified_by = "tests/verify/verify_willshaw.c",
    .fields = fields,
    .choices = choices,
    .needs = needs,
    .has_values = 1,
    .keys = ECP_PATTERN_BITS,
    .values = ECP_PATTERN_BITS,
    .score_meaning = "share of the cue's bits that reach the outputs which are on, on average",
    .create = create,
    .destroy = destroy,
    .store = store,
    .recall = recall,
    .image = image,
    .restore = restore,
    .part = part};
