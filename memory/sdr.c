/* sdr.c -- sparse distributed representations (Ahmad & Hawkins 2016): rows of n bits of which
 * few are on, recognised by how many they share with what is stored.
 *
 *   segments  each pattern is kept, and of its bits `synapses` that a seed chooses (0: all); a
 *             cue matches where at least `threshold` of those are on in it. Recalled is the
 *             pattern with most of them (the first of equals); nothing where none matches.
 *   union     all patterns share one row, the union of their bits; a cue matches where at
 *             least `threshold` of its bits lie in there. Recalled are those bits, or nothing.
 *
 * How likely a match by chance is: engine/sdr.h, exactly.
 * n/64 words a pattern; a recall costs as many operations a pattern (union: in all).
 * tests/verify/verify_willshaw.c */
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/memory.h"
#include "engine/sdr.h"

enum { KIND, THRESHOLD, SYNAPSES, END };
enum { SEGMENTS, UNION };
enum { SYNAPSE_SUBJECT = 0x536472 };

static const struct ecp_field fields[] = {
    [KIND] = {"kind", "1", SEGMENTS, 0, UNION, "patterns apart, or their union", ECP_PARAM},
    [THRESHOLD] = {"threshold", "1", 10, 1, 1e9, "bits in common that make a match", ECP_WHOLE},
    [SYNAPSES] = {"synapses", "1", 0, 0, 1e9, "bits of a pattern that are looked at; 0: all",
                  ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"kind", "segments union"}, {NULL, NULL}};

struct sdr {
    double param[END];
    size_t n, words;
    uint64_t seed;
    size_t count, capacity;
    uint64_t *pattern, *synapse; /* count x words; the union: one row, no synapses */
    double *shown;
};

static void destroy(void *self)
{
    struct sdr *m = self;
    if (!m)
        return;
    free(m->pattern);
    free(m->synapse);
    free(m->shown);
    free(m);
}

static enum ecp_status reserve(struct sdr *m, size_t count)
{
    size_t capacity = m->capacity > 0 ? m->capacity : 16;
    if (count <= m->capacity)
        return ECP_OK;
    while (capacity < count)
        capacity *= 2;
    uint64_t **row[] = {&m->pattern, &m->synapse};
    for (int k = 0; k < 2; k++) {
        uint64_t *larger = capacity > SIZE_MAX / 8 / m->words
                               ? NULL
                               : realloc(*row[k], capacity * m->words * sizeof *larger);
        if (!larger)
            return ecp_fail(ECP_ENOMEM, "no memory for %zu patterns of %zu bits", count, m->n);
        *row[k] = larger;
    }
    m->capacity = capacity;
    return ECP_OK;
}

static enum ecp_status create(const double *param, struct ecp_memory_shape shape, uint64_t seed,
                              void **self)
{
    struct sdr *m;
    enum ecp_status status;
    if (param[KIND] == UNION && param[SYNAPSES] > 0)
        return ecp_fail(ECP_ECONFIG, "sdr: synapses need kind \"segments\"");
    if (param[SYNAPSES] > 0 && param[SYNAPSES] < param[THRESHOLD])
        return ecp_fail(ECP_ECONFIG, "sdr: %g synapses never reach a threshold of %g",
                        param[SYNAPSES], param[THRESHOLD]);
    if (param[THRESHOLD] > (double)shape.key || param[SYNAPSES] > (double)shape.key)
        return ecp_fail(
            ECP_ECONFIG,
            "sdr: found threshold %g and synapses %g for patterns of %zu bits; allowed: "
            "at most as many",
            param[THRESHOLD], param[SYNAPSES], shape.key);
    m = calloc(1, sizeof *m);
    if (!m)
        return ecp_fail(ECP_ENOMEM, "no memory for an sdr memory");
    memcpy(m->param, param, sizeof m->param);
    m->n = shape.key;
    m->words = ecp_bits_words(shape.key);
    m->seed = seed;
    ECP_TRY(reserve(m, shape.capacity > 0 && param[KIND] == SEGMENTS ? shape.capacity : 1));
    memset(m->pattern, 0, m->words * sizeof *m->pattern);
    *self = m;
    return ECP_OK;
done:
    destroy(m);
    return status;
}

/* `synapses` of the bits that are on, all sets equally likely. */
static void grow_synapses(const struct sdr *m, size_t at)
{
    const uint64_t *pattern = m->pattern + at * m->words;
    uint64_t *synapse = m->synapse + at * m->words;
    size_t left = ecp_bits_count(pattern, m->words), wanted = (size_t)m->param[SYNAPSES];
    struct ecp_chance chance = ecp_chance(m->seed, SYNAPSE_SUBJECT, (uint32_t)at);
    memcpy(synapse, pattern, m->words * sizeof *synapse);
    if (wanted == 0 || wanted >= left)
        return;
    for (size_t k = 0; k < m->n; k++) {
        const uint64_t bit = (uint64_t)1 << k % 64;
        if (!(pattern[k / 64] & bit))
            continue;
        if (ecp_chance_below(&chance, left--) < wanted)
            wanted--;
        else
            synapse[k / 64] &= ~bit;
    }
}

static enum ecp_status store(void *self, const struct ecp_items *items)
{
    struct sdr *m = self;
    const int alone = m->param[KIND] == UNION;
    enum ecp_status status;
    uint64_t *row = malloc(m->words * sizeof *row);
    if (!row)
        return ecp_fail(ECP_ENOMEM, "no memory for a row of %zu bits", m->n);
    if (items->strength || items->decay) {
        status = ecp_fail(ECP_EARG, "memory sdr: its items have neither strength nor decay");
        goto done;
    }
    ECP_TRY(reserve(m, alone ? 1 : m->count + items->n));
    for (size_t k = 0; k < items->n; k++) {
        ecp_bits_pack(items->keys + k * m->n, m->n, row);
        if (alone) {
            for (size_t j = 0; j < m->words; j++)
                m->pattern[j] |= row[j];
            continue;
        }
        memcpy(m->pattern + m->count * m->words, row, m->words * sizeof *row);
        grow_synapses(m, m->count++);
    }
done:
    free(row);
    return status;
}

/* ---- recall ------------------------------------------------------------------- */

static void recall_union(const struct sdr *m, const uint64_t *cue, double *value, double *score)
{
    const size_t own = ecp_bits_count(cue, m->words);
    const size_t common = ecp_bits_common(cue, m->pattern, m->words);
    const int matches = (double)common >= m->param[THRESHOLD];
    for (size_t k = 0; k < m->n; k++)
        value[k] = matches && (cue[k / 64] & m->pattern[k / 64]) >> k % 64 & 1;
    if (score)
        *score = own > 0 ? (double)common / (double)own : 0;
}

static void recall_segment(const struct sdr *m, const uint64_t *cue, double *value, double *score)
{
    size_t best = 0, most = 0;
    for (size_t k = 0; k < m->count; k++) {
        const size_t common = ecp_bits_common(cue, m->synapse + k * m->words, m->words);
        if (common > most) {
            most = common;
            best = k;
        }
    }
    if ((double)most >= m->param[THRESHOLD])
        ecp_bits_unpack(m->pattern + best * m->words, m->n, value);
    else
        memset(value, 0, m->n * sizeof *value);
    const size_t all = ecp_bits_count(m->synapse + best * m->words, m->words);
    if (score)
        *score = most > 0 ? (double)most / (double)all : 0;
}

static enum ecp_status recall(void *self, const double *cues, size_t n, double *values,
                              double *score)
{
    const struct sdr *m = self;
    uint64_t *row = malloc(n * m->words * sizeof *row);
    if (!row)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu cues", n);
#pragma omp parallel for schedule(static) if (n > 1)
    for (size_t k = 0; k < n; k++) {
        double *one = score ? score + k : NULL;
        ecp_bits_pack(cues + k * m->n, m->n, row + k * m->words);
        if (m->param[KIND] == UNION)
            recall_union(m, row + k * m->words, values + k * m->n, one);
        else
            recall_segment(m, row + k * m->words, values + k * m->n, one);
    }
    free(row);
    return ECP_OK;
}

/* ---- the whole state: 0 off, 1 on, 2 on and looked at -------------------------------- */

static size_t rows(const struct sdr *m)
{
    return m->param[KIND] == UNION ? 1 : m->count;
}

static enum ecp_status image(void *self, double **data, size_t *count)
{
    const struct sdr *m = self;
    const size_t size = rows(m) * m->n;
    double *all = malloc(size * sizeof *all + 1);
    if (!all)
        return ecp_fail(ECP_ENOMEM, "no memory for the image of an sdr memory");
    for (size_t k = 0; k < size; k++) {
        const size_t at = k / m->n * m->words + k % m->n / 64;
        const uint64_t bit = (uint64_t)1 << k % m->n % 64;
        all[k] = (m->pattern[at] & bit) == 0                                 ? 0
                 : m->param[KIND] == SEGMENTS && (m->synapse[at] & bit) != 0 ? 2
                                                                             : 1;
    }
    *data = all;
    *count = size;
    return ECP_OK;
}

static enum ecp_status restore(void *self, const double *data, size_t count)
{
    struct sdr *m = self;
    const int alone = m->param[KIND] == UNION;
    if (count % m->n != 0 || (alone && count != m->n))
        return ecp_fail(ECP_EARG, "memory sdr: this is not an image of it");
    const size_t wanted = count / m->n;
    const enum ecp_status status = reserve(m, wanted);
    if (status != ECP_OK)
        return status;
    m->count = alone ? 0 : wanted;
    memset(m->pattern, 0, wanted * m->words * sizeof *m->pattern);
    memset(m->synapse, 0, wanted * m->words * sizeof *m->synapse);
    for (size_t k = 0; k < count; k++) {
        const size_t at = k / m->n * m->words + k % m->n / 64;
        m->pattern[at] |= (uint64_t)(data[k] > 0.5) << k % m->n % 64;
        m->synapse[at] |= (uint64_t)(data[k] > 1.5) << k % m->n % 64;
    }
    return ECP_OK;
}

static int part(void *self, size_t k, struct ecp_memory_part *out)
{
    struct sdr *m = self;
    const int alone = m->param[KIND] == UNION;
    const uint64_t *from = k == 0 ? m->pattern : m->synapse;
    if (k > (alone ? 0 : 1))
        return 0;
    double *shown = malloc(rows(m) * m->n * sizeof *shown + 1);
    if (!shown)
        return 0;
    free(m->shown);
    m->shown = shown;
    for (size_t r = 0; r < rows(m); r++)
        ecp_bits_unpack(from + r * m->words, m->n, shown + r * m->n);
    *out = (struct ecp_memory_part){alone    ? "union"
                                    : k == 0 ? "patterns"
                                             : "synapses",
                                    alone    ? "all bits that were on in a pattern"
                                    : k == 0 ? "one a row"
                                             : "the bits that are looked at",
                                    rows(m), m->n, shown};
    return 1;
}

const struct ecp_memory_model ecp_memory_sdr = {
    .name = "sdr",
    .summary = "sparse rows of bits, recognised by their overlap, apart or as a union",
    .equations =
        "segments  a cue matches where >= threshold of a pattern's `synapses` are on in it;\n"
        "          the pattern with most is recalled, nothing where none matches\n"
        "union     U = x_1 or x_2 or ...; matches where |cue and U| >= threshold; cue and U\n"
        "by chance (a of n bits on, s synapses, theta):\n"
        "  sum_{b >= theta} C(s, b) C(n - s, a - b)/C(n, a)\n"
        "  union of m: a share 1 - (1 - a/n)^m of the bits is on",
    .reference = "Ahmad & Hawkins 2016, arXiv:1601.00720; Hawkins & Ahmad 2016, "
                 "doi:10.3389/fncir.2016.00023",
    .verified_by = "tests/verify/verify_willshaw.c",
    .fields = fields,
    .choices = choices,
    .keys = ECP_PATTERN_BITS,
    .values = ECP_PATTERN_BITS,
    .score_meaning = "share of the synapses of the best pattern that are on in the cue; union: "
                     "share of the cue's bits that lie in it",
    .create = create,
    .destroy = destroy,
    .store = store,
    .recall = recall,
    .image = image,
    .restore = restore,
    .part = part};
