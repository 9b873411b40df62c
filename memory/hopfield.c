/* hopfield.c -- the network of Hopfield (1982): patterns of -1 and 1 are fixed points of
 *
 *   s_i = sgn(h_i),  h_i = sum_j W_ij s_j   (a tie keeps s_i)
 *
 * W from the patterns x by one of four rules:
 *   hebb            W = sum x x^T / N; with decay: W <- (1 - decay) W + x x^T / N
 *   storkey         W_ij += (x_i x_j - x_i h_ji - h_ij x_j)/N, h_ij = sum W_ik x_k, k != i, j
 *   pseudo_inverse  W = X^T C^-1 X / N, C = X X^T / N: the projection on the patterns, built
 *                   one by one (W += r r^T/(r.r), r = x - W x)
 *   bounded         W <- clip(W + epsilon x x^T, -bound, bound): new ones push old ones out
 *
 * Energy E = -s^T W s / 2 never rises when components change one after the other; all at
 * once it may, and states may alternate: what never rises then is -sum |h_i| / 2, which is E
 * at a fixed point.
 *
 * W is kept (N^2 numbers: a recall costs 2 N^2 and 2 N for every component that changes), or,
 * with hebb, the P patterns (a recall costs 4 N P and 2 N P a sweep).
 * tests/verify/verify_hopfield.c */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/couplings.h"
#include "engine/matrix.h"
#include "engine/memory.h"
#include "engine/overlaps.h"

enum { RULE, UPDATE, SWEEPS, FORM, PRECISION, DIAGONAL, DECAY, EPSILON, BOUND, END };
enum { HEBB, STORKEY, PSEUDO_INVERSE, BOUNDED };
enum { WEIGHTS, PATTERNS };
enum { ORDER_SUBJECT = 0x486f70 };

static const struct ecp_field fields[] = {
    [RULE] = {"rule", "1", HEBB, 0, BOUNDED, "how patterns become couplings", ECP_PARAM},
    [UPDATE] = {"update", "1", ECP_SIGNS_RANDOM, 0, ECP_SIGNS_SYNC,
                "one component after the other, in an order that the seed gives or in the given "
                "one, or all at once",
                ECP_PARAM},
    [SWEEPS] = {"sweeps", "1", 100, 1, 1e9, "of a recall, at most", ECP_WHOLE},
    [FORM] = {"form", "1", WEIGHTS, 0, PATTERNS,
              "what is kept; patterns are cheaper while there are fewer than N/2", ECP_PARAM},
    [PRECISION] = {"precision", "1", 0, 0, 1, "of the couplings", ECP_PARAM},
    [DIAGONAL] = {"diagonal", "1", 0, 0, 1, "whether W_ii counts", ECP_PARAM},
    [DECAY] = {"decay", "1", 0, 0, 1, "share of W that each new pattern takes away (hebb)",
               ECP_PARAM},
    [EPSILON] = {"epsilon", "1", 0.1, 1e-9, 1e9, "step of W for a new pattern (bounded)",
                 ECP_PARAM},
    [BOUND] = {"bound", "1", 1, 1e-9, 1e9, "largest W either way (bounded)", ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"rule", "hebb storkey pseudo_inverse bounded"},
                                            {"update", "async_random async_fixed sync"},
                                            {"form", "weights patterns"},
                                            {"precision", "double single"},
                                            {"diagonal", "zero keep"},
                                            {NULL, NULL}};

static const struct ecp_memory_need needs[] = {
    {"epsilon", "rule", "bounded"}, {"bound", "rule", "bounded"}, {NULL, NULL, NULL}};

struct hopfield {
    double param[END];
    size_t n;
    double unit; /* W is `unit` times what is kept: whole numbers where patterns add up */
    struct ecp_signs how;
    struct ecp_couplings couplings;
    struct ecp_overlaps overlaps;
    double *table; /* D(a) = a */
    double *shown; /* a part, as numbers in double */
};

static int keeps_patterns(const struct hopfield *m)
{
    return m->param[FORM] == PATTERNS;
}

static void destroy(void *self)
{
    struct hopfield *m = self;
    if (!m)
        return;
    ecp_couplings_clear(&m->couplings);
    ecp_overlaps_clear(&m->overlaps);
    free(m->table);
    free(m->shown);
    free(m);
}

static enum ecp_status check(const double *param)
{
    if (param[DECAY] > 0 && param[RULE] != HEBB)
        return ecp_fail(ECP_ECONFIG, "hopfield: decay (%g) needs rule \"hebb\"", param[DECAY]);
    if (param[FORM] == PATTERNS && (param[RULE] != HEBB || param[DECAY] > 0))
        return ecp_fail(ECP_ECONFIG, "hopfield: form \"patterns\" needs rule \"hebb\" without "
                                     "decay");
    if (param[FORM] == PATTERNS && param[PRECISION] > 0)
        return ecp_fail(ECP_ECONFIG, "hopfield: form \"patterns\" computes in double precision");
    return ECP_OK;
}

static enum ecp_status begin_patterns(struct hopfield *m)
{
    const size_t size = 2 * m->n + 3;
    m->table = malloc(size * sizeof *m->table);
    if (!m->table)
        return ecp_fail(ECP_ENOMEM, "no memory for a hopfield memory");
    for (size_t k = 0; k < size; k++)
        m->table[k] = (double)k - (double)m->n - 1;
    m->overlaps.n = m->n;
    m->overlaps.table = m->table;
    m->overlaps.own = m->param[DIAGONAL] > 0;
    return ECP_OK;
}

static enum ecp_status create(const double *param, struct ecp_memory_shape shape, uint64_t seed,
                              void **self)
{
    enum ecp_status status = check(param);
    struct hopfield *m = status == ECP_OK ? calloc(1, sizeof *m) : NULL;
    if (!m)
        return status != ECP_OK ? status : ecp_fail(ECP_ENOMEM, "no memory for a hopfield memory");
    memcpy(m->param, param, sizeof m->param);
    m->n = shape.key;
    m->unit = param[RULE] == HEBB ? 1 / (double)m->n : param[RULE] == BOUNDED ? param[EPSILON] : 1;
    m->how = (struct ecp_signs){.order = (enum ecp_signs_order)param[UPDATE],
                                .sweeps = (size_t)param[SWEEPS],
                                .seed = seed,
                                .subject = ORDER_SUBJECT};
    if (keeps_patterns(m))
        ECP_TRY(begin_patterns(m));
    else
        ECP_TRY(ecp_couplings_init(&m->couplings, m->n, param[PRECISION] > 0, param[DIAGONAL] > 0));
    *self = m;
    return ECP_OK;
done:
    destroy(m);
    return status;
}

/* ---- learning ----------------------------------------------------------------- */

static enum ecp_status store(void *self, const struct ecp_items *items)
{
    struct hopfield *m = self;
    const int rule = (int)m->param[RULE];
    const struct ecp_coupling_law law = {
        .keep = 1 - m->param[DECAY],
        .bound = rule == BOUNDED ? m->param[BOUND] / m->param[EPSILON] : INFINITY,
        .strength = items->strength};
    if (items->decay)
        return ecp_fail(ECP_EARG, "memory hopfield: items bring no decay of their own; it is a "
                                  "parameter");
    if (items->strength && (rule == STORKEY || rule == PSEUDO_INVERSE || keeps_patterns(m)))
        return ecp_fail(ECP_EARG, "memory hopfield: items of different strength need rule \"hebb\" "
                                  "or \"bounded\" and form \"weights\"");
    if (keeps_patterns(m))
        return ecp_overlaps_add(&m->overlaps, items->keys, items->n);
    if (rule == STORKEY)
        return ecp_couplings_storkey(&m->couplings, items->keys, items->n);
    if (rule == PSEUDO_INVERSE)
        return ecp_couplings_project(&m->couplings, items->keys, items->n);
    if (rule == HEBB && m->param[DECAY] == 0 && !items->strength)
        return ecp_couplings_add(&m->couplings, items->keys, items->n);
    return ecp_couplings_learn(&m->couplings, &law, items->keys, items->n);
}

/* ---- recall ------------------------------------------------------------------- */

static enum ecp_status recall(void *self, const double *cues, size_t n, double *values,
                              double *score)
{
    struct hopfield *m = self;
    const struct ecp_signs_rule rule =
        keeps_patterns(m) ? ecp_overlaps_rule(&m->overlaps) : ecp_couplings_rule(&m->couplings);
    struct ecp_signs_end *end = malloc(n * sizeof *end);
    enum ecp_status status;
    if (!end)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu cues", n);
    ecp_signs_of(n * m->n, cues, values);
    ECP_TRY(ecp_signs_settle(&m->how, &rule, n, values, end));
    for (size_t k = 0; score && k < n; k++)
        score[k] = end[k].changed > 0 ? -end[k].changed : end[k].support * m->unit;
done:
    free(end);
    return status;
}

/* Fields of any states, also of such as are not signs. */
static enum ecp_status fields_of(const struct hopfield *m, const double *states, size_t n,
                                 double *field)
{
    const struct ecp_overlaps *o = &m->overlaps;
    const struct ecp_product back = {0, 1, n, o->n, o->count, o->count, o->capacity, o->n};
    double *overlap;
    if (!keeps_patterns(m))
        return ecp_couplings_fields(&m->couplings, n, states, field);
    overlap = malloc(n * o->count * sizeof *overlap + 1);
    if (!overlap)
        return ecp_fail(ECP_ENOMEM, "no memory for overlaps with %zu patterns", o->count);
    ecp_overlaps_of(o, n, states, overlap);
    ecp_matrix_multiply(&back, 1, overlap, o->x, 0, field);
    for (size_t k = 0; k < n * m->n && !o->own; k++)
        field[k] -= (double)o->count * states[k];
    free(overlap);
    return ECP_OK;
}

static enum ecp_status energy(void *self, const double *states, size_t n, double *out)
{
    const struct hopfield *m = self;
    double *field = malloc(n * m->n * sizeof *field);
    enum ecp_status status;
    if (!field)
        return ecp_fail(ECP_ENOMEM, "no memory for the fields of %zu states", n);
    ECP_TRY(fields_of(m, states, n, field));
    for (size_t k = 0; k < n; k++) {
        double sum = 0;
        for (size_t j = k * m->n; j < (k + 1) * m->n; j++)
            sum += m->how.order == ECP_SIGNS_SYNC ? fabs(field[j]) : states[j] * field[j];
        out[k] = -sum * m->unit / 2;
    }
done:
    free(field);
    return status;
}

/* ---- the whole state ------------------------------------------------------------ */

static enum ecp_status image(void *self, double **data, size_t *count)
{
    const struct hopfield *m = self;
    const size_t rows = keeps_patterns(m) ? m->overlaps.count : m->n;
    double *all = malloc(rows * m->n * sizeof *all + 1);
    if (!all)
        return ecp_fail(ECP_ENOMEM, "no memory for the image of a hopfield memory");
    if (keeps_patterns(m))
        ecp_overlaps_patterns(&m->overlaps, all);
    else
        ecp_couplings_read(&m->couplings, all);
    *data = all;
    *count = rows * m->n;
    return ECP_OK;
}

static enum ecp_status restore(void *self, const double *data, size_t count)
{
    struct hopfield *m = self;
    if (keeps_patterns(m) ? count % m->n != 0 : count != m->n * m->n)
        return ecp_fail(ECP_EARG, "memory hopfield: this is not an image of it");
    if (keeps_patterns(m)) {
        m->overlaps.count = 0;
        return ecp_overlaps_add(&m->overlaps, data, count / m->n);
    }
    ecp_couplings_write(&m->couplings, data);
    return ECP_OK;
}

static int part(void *self, size_t k, struct ecp_memory_part *out)
{
    struct hopfield *m = self;
    const size_t rows = keeps_patterns(m) ? m->overlaps.count : m->n;
    double *shown = k == 0 ? malloc(rows * m->n * sizeof *shown + 1) : NULL;
    if (!shown)
        return 0;
    free(m->shown);
    m->shown = shown;
    if (keeps_patterns(m))
        ecp_overlaps_patterns(&m->overlaps, shown);
    else
        ecp_couplings_matrix(&m->couplings, m->unit, shown);
    *out = keeps_patterns(m)
               ? (struct ecp_memory_part){"patterns", "one a row", rows, m->n, shown}
               : (struct ecp_memory_part){"weights", "W, what acts of it", rows, m->n, shown};
    return 1;
}

const struct ecp_memory_model ecp_memory_hopfield = {
    .name = "hopfield",
    .summary = "patterns of -1 and 1 as fixed points of a network with symmetric couplings",
    .equations =
        "s_i = sgn(h_i), h_i = sum_j W_ij s_j (j != i unless diagonal = keep); h_i = 0 keeps s_i;\n"
        "  a component that is 0 in the cue is unknown and takes the first sign that it gets\n"
        "hebb            W <- (1 - decay) W + x x^T / N\n"
        "storkey         W_ij += (x_i x_j - x_i h_ji - h_ij x_j)/N, h_ij = sum_{k != i,j} W_ik "
        "x_k\n"
        "pseudo_inverse  W = X^T C^-1 X / N, C = X X^T / N, by W += r r^T/(r.r), r = x - W x;\n"
        "                an x that depends on earlier ones changes nothing\n"
        "bounded         W <- clip(W + epsilon x x^T, -bound, bound)\n"
        "E = -s^T W s / 2 (async: never rises); sync: -sum |h_i| / 2 never rises, and states may\n"
        "  alternate: the one an even number of steps from the cue is recalled\n"
        "hebb, alpha = P/N: one-step error erfc(1/sqrt(2 alpha))/2; retrieval up to alpha = 0.1379",
    .reference = "Hopfield 1982, doi:10.1073/pnas.79.8.2554; Amit, Gutfreund & Sompolinsky 1985, "
                 "doi:10.1103/PhysRevLett.55.1530; Personnaz, Guyon & Dreyfus 1985, "
                 "doi:10.1051/jphyslet:01985004608035900; Parisi 1986, "
                 "doi:10.1088/0305-4470/19/10/011; Storkey 1997, doi:10.1007/BFb0020196",
    .verified_by = "tests/verify/verify_hopfield.c",
    .fields = fields,
    .choices = choices,
    .needs = needs,
    .keys = ECP_PATTERN_SIGNS,
    .values = ECP_PATTERN_SIGNS,
    .score_meaning = "at a fixed point -2 E/N (hebb: 1 for a single pattern); otherwise minus the "
                     "share of components that the last sweep changed: where two states alternate, "
                     "of those that differ",
    .create = create,
    .destroy = destroy,
    .store = store,
    .recall = recall,
    .image = image,
    .restore = restore,
    .part = part,
    .energy = energy};
