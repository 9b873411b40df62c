/* dense.c -- dense associative memory (Krotov & Hopfield 2016; exponential: Demircigil et
 * al. 2017): patterns x of -1 and 1, energy
 *
 *   E = -sum_mu F(x.s),   F(m) = m^n, max(m, 0)^n, or e^m (then E = -ln sum e^m)
 *
 * A component becomes the sign of
 *
 *   sum_mu [F(x_i + a) - F(-x_i + a)] = sum_mu x_i D(a),  a = sum_{j != i} x_j s_j,
 *   D(a) = F(a + 1) - F(a - 1)
 *
 * Overlaps are whole numbers, so D is a table; it is scaled by a power of two (m^n) or
 * relative to the largest overlap (e^m), so that nothing overflows and the sign is exact as
 * long as count F(N) < 2^53. Where N^n is beyond the range of numbers, or D(a + 2) so much
 * more than D(a) that the sums of overlaps.h cancel, the table has ln |D|. n = 2 is the network of
 * Hopfield.
 *
 * A sweep costs 4 N P operations all at once, 2 N P one after the other.
 * tests/verify/verify_dense.c */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/memory.h"
#include "engine/overlaps.h"

enum { KERNEL, N, UPDATE, SWEEPS, END };
enum { POWER, RECTIFIED, EXPONENTIAL };
enum { ORDER_SUBJECT = 0x44656e };

static const struct ecp_field fields[] = {
    [KERNEL] = {"kernel", "1", POWER, 0, EXPONENTIAL, "which F: x^n, max(x, 0)^n, exp(x)",
                ECP_PARAM},
    [N] = {"n", "1", 3, 1, 1e6, "power (whole numbers from 2 on, but for rectified)", ECP_PARAM},
    [UPDATE] = {"update", "1", ECP_SIGNS_RANDOM, 0, ECP_SIGNS_SYNC,
                "one component after the other, in an order that the seed gives or in the given "
                "one, or all at once",
                ECP_PARAM},
    [SWEEPS] = {"sweeps", "1", 100, 1, 1e9, "of a recall, at most", ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"kernel", "power rectified exponential"},
                                            {"update", "async_random async_fixed sync"},
                                            {NULL, NULL}};

static const struct ecp_memory_need needs[] = {{"n", "kernel", "power rectified"},
                                               {NULL, NULL, NULL}};

struct dense {
    double param[END];
    struct ecp_overlaps patterns;
    struct ecp_signs how;
    int shift;                    /* F of the table is that of m / 2^shift */
    double *table, *logs, *shown; /* logs: of a steep D, else NULL */
};

static void destroy(void *self)
{
    struct dense *m = self;
    if (!m)
        return;
    ecp_overlaps_clear(&m->patterns);
    free(m->table);
    free(m->logs);
    free(m->shown);
    free(m);
}

/* x^n; by products where n is a whole number, which keeps whole numbers exact. */
static double power(double x, double n)
{
    if (n != floor(n) || n > 64)
        return pow(x, n);
    double result = 1;
    for (int k = 0; k < (int)n; k++)
        result *= x;
    return result;
}

static double kernel(const struct dense *m, double x, int shift)
{
    if (m->param[KERNEL] == EXPONENTIAL)
        return exp(x);
    if (m->param[KERNEL] == RECTIFIED && x < 0)
        return 0;
    return power(ldexp(x, -shift), m->param[N]);
}

/* ln |D(a)| and the sign of D(a): D is odd for even n and even for odd n. */
static double log_of_step(const struct dense *m, double a, double *sign)
{
    const double n = m->param[N], x = fabs(a);
    const int odd = m->param[KERNEL] == POWER && fmod(n, 2) != 0;
    *sign = a > 0 || odd ? 1 : m->param[KERNEL] == RECTIFIED ? (double)(a == 0) : -(double)(a < 0);
    if (*sign == 0)
        return -INFINITY;
    if (x == 0)
        return odd ? log(2) : 0;
    return n * log(x + 1) + (x > 1 ? log(-expm1(n * log1p(-2 / (x + 1)))) : 0);
}

/* Beyond the range; or the next D is e^14 times that of an overlap of chance, sqrt(N). */
static int is_steep(const struct dense *m)
{
    const double n = m->param[N], bits = n * log2((double)m->patterns.n + 2);
    return m->param[KERNEL] != EXPONENTIAL &&
           (bits > 930 || (n > 7 * sqrt((double)m->patterns.n) && bits > 40));
}

static enum ecp_status make_logs(struct dense *m, size_t size)
{
    m->logs = malloc(size * sizeof *m->logs);
    if (!m->logs)
        return ecp_fail(ECP_ENOMEM, "no memory for a dense memory");
    for (size_t k = 0; k < size; k++)
        m->logs[k] = log_of_step(m, (double)k - (double)m->patterns.n - 1, &m->table[k]);
    m->patterns.logs = m->logs;
    return ECP_OK;
}

static enum ecp_status make_table(struct dense *m)
{
    const size_t n = m->patterns.n, size = 2 * n + 3;
    m->table = malloc(size * sizeof *m->table);
    if (!m->table)
        return ecp_fail(ECP_ENOMEM, "no memory for a dense memory");
    m->patterns.table = m->table;
    m->patterns.relative = m->param[KERNEL] == EXPONENTIAL;
    if (is_steep(m))
        return make_logs(m, size);
    for (size_t k = 0; k < size; k++) {
        const double a = (double)k - (double)n - 1;
        /* What is far below the largest would be too small for quick arithmetic. */
        const double below = (double)k - (double)(size - 1);
        m->table[k] = !m->patterns.relative
                          ? kernel(m, a + 1, m->shift) - kernel(m, a - 1, m->shift)
                      : below < -700 ? 0
                                     : exp(below);
    }
    return ECP_OK;
}

static enum ecp_status check(const double *param)
{
    const double n = param[N];
    if (param[KERNEL] == POWER && (n != floor(n) || n < 2))
        return ecp_fail(ECP_ECONFIG,
                        "dense: found n = %g; allowed: whole numbers from 2 on with "
                        "kernel \"power\"",
                        n);
    return ECP_OK;
}

static enum ecp_status create(const double *param, struct ecp_memory_shape shape, uint64_t seed,
                              void **self)
{
    enum ecp_status status = check(param);
    struct dense *m = status == ECP_OK ? calloc(1, sizeof *m) : NULL;
    if (!m)
        return status != ECP_OK ? status : ecp_fail(ECP_ENOMEM, "no memory for a dense memory");
    memcpy(m->param, param, sizeof m->param);
    m->patterns.n = shape.key;
    m->how = (struct ecp_signs){.order = (enum ecp_signs_order)param[UPDATE],
                                .sweeps = (size_t)param[SWEEPS],
                                .seed = seed,
                                .subject = ORDER_SUBJECT};
    (void)frexp((double)shape.key, &m->shift);
    ECP_TRY(make_table(m));
    *self = m;
    return ECP_OK;
done:
    destroy(m);
    return status;
}

/* Whether every sum over the patterns is a whole number that a double holds. */
static int is_exact(const struct dense *m)
{
    const double n = m->param[N], largest = pow((double)m->patterns.n + 2, n);
    return m->param[KERNEL] != EXPONENTIAL && n == floor(n) && n <= 64 &&
           8 * largest * (double)m->patterns.count < 0x1p53;
}

static enum ecp_status store(void *self, const struct ecp_items *items)
{
    struct dense *m = self;
    if (items->strength || items->decay)
        return ecp_fail(ECP_EARG, "memory dense: its items have neither strength nor decay");
    const enum ecp_status status = ecp_overlaps_add(&m->patterns, items->keys, items->n);
    m->patterns.slack = !m->logs && is_exact(m) ? 0 : 1e-14; /* sums of logarithms never are */
    return status;
}

static double share_by_logs(const struct dense *m, const double *overlap, double most)
{
    const int rectified = m->param[KERNEL] == RECTIFIED;
    double top = 0, sum = 0;
    for (size_t k = 0; k < m->patterns.count; k++)
        top = fmax(top, rectified ? overlap[k] : fabs(overlap[k]));
    if (top == 0 || (rectified && most <= 0))
        return 0;
    for (size_t k = 0; k < m->patterns.count; k++)
        sum += pow(fabs(rectified ? fmax(overlap[k], 0) : overlap[k]) / top, m->param[N]);
    return pow(fabs(most) / top, m->param[N]) / sum;
}

/* What the pattern with the largest overlap has of all that answer. */
static double share_of_best(const struct dense *m, const double *overlap)
{
    double most = overlap[0], sum = 0;
    for (size_t k = 1; k < m->patterns.count; k++)
        most = fmax(most, overlap[k]);
    if (m->param[KERNEL] == EXPONENTIAL) {
        for (size_t k = 0; k < m->patterns.count; k++)
            sum += exp(overlap[k] - most);
        return 1 / sum;
    }
    if (m->logs)
        return share_by_logs(m, overlap, most);
    for (size_t k = 0; k < m->patterns.count; k++)
        sum += fabs(kernel(m, overlap[k], m->shift));
    return sum > 0 ? fabs(kernel(m, most, m->shift)) / sum : 0;
}

enum { AT_ONCE = 1 << 23 };

/* Calls of `what` for as many states at once as fit, with their overlaps. */
struct over {
    const struct dense *m;
    const struct ecp_signs_end *end;
    void (*what)(const struct over *over, size_t at, const double *overlap);
    double *out;
};

static enum ecp_status each(const struct over *over, const double *states, size_t n)
{
    const struct ecp_overlaps *o = &over->m->patterns;
    const size_t some = AT_ONCE / (o->count + 1) + 1, fit = some < n ? some : n;
    double *overlap = malloc(fit * o->count * sizeof *overlap + 1);
    if (!overlap)
        return ecp_fail(ECP_ENOMEM, "no memory for overlaps with %zu patterns", o->count);
    for (size_t first = 0; first < n; first += fit) {
        const size_t count = n - first < fit ? n - first : fit;
        ecp_overlaps_of(o, count, states + first * o->n, overlap);
#pragma omp parallel for schedule(static) if (count > 1)
        for (size_t k = 0; k < count; k++)
            over->what(over, first + k, overlap + k * o->count);
    }
    free(overlap);
    return ECP_OK;
}

static void score_one(const struct over *over, size_t at, const double *overlap)
{
    const double changed = over->end[at].changed;
    over->out[at] = changed > 0 ? -changed : share_of_best(over->m, overlap);
}

static enum ecp_status recall(void *self, const double *cues, size_t n, double *values,
                              double *score)
{
    struct dense *m = self;
    const struct ecp_signs_rule rule = ecp_overlaps_rule(&m->patterns);
    struct ecp_signs_end *end = malloc(n * sizeof *end);
    enum ecp_status status;
    if (!end)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu cues", n);
    ecp_signs_of(n * m->patterns.n, cues, values);
    ECP_TRY(ecp_signs_settle(&m->how, &rule, n, values, end));
    if (score)
        ECP_TRY(each(&(struct over){m, end, score_one, score}, values, n));
done:
    free(end);
    return status;
}

/* F of every overlap, over the sum of |F|; relative to the largest, so that no power of it
 * leaves the range. */
static void weights_one(const struct over *over, size_t at, const double *overlap)
{
    const struct dense *m = over->m;
    const size_t count = m->patterns.count;
    const int exponential = m->param[KERNEL] == EXPONENTIAL;
    double *w = over->out + at * count, top = exponential ? -INFINITY : 0, sum = 0;
    for (size_t k = 0; k < count; k++)
        top = fmax(top, exponential ? overlap[k] : fabs(overlap[k]));
    for (size_t k = 0; k < count; k++) {
        const double x = top > 0 ? overlap[k] / top : 0;
        if (exponential)
            w[k] = exp(overlap[k] - top);
        else
            w[k] = m->param[KERNEL] == RECTIFIED && x < 0 ? 0 : pow(x, m->param[N]);
        sum += fabs(w[k]);
    }
    for (size_t k = 0; k < count && sum > 0; k++)
        w[k] /= sum;
}

static enum ecp_status attend(void *self, const double *cues, size_t n, double *weights)
{
    const struct dense *m = self;
    double *state = malloc(n * m->patterns.n * sizeof *state);
    enum ecp_status status;
    if (!state)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu cues", n);
    ECP_TRY(recall(self, cues, n, state, NULL));
    status = each(&(struct over){m, NULL, weights_one, weights}, state, n);
done:
    free(state);
    return status;
}

static void energy_one(const struct over *over, size_t at, const double *overlap)
{
    const struct dense *m = over->m;
    const size_t count = m->patterns.count;
    double most = -INFINITY, sum = 0;
    if (m->param[KERNEL] != EXPONENTIAL) {
        for (size_t k = 0; k < count; k++)
            sum += kernel(m, overlap[k], 0);
        over->out[at] = -sum;
        return;
    }
    for (size_t k = 0; k < count; k++)
        most = fmax(most, overlap[k]);
    for (size_t k = 0; k < count; k++)
        sum += exp(overlap[k] - most);
    over->out[at] = -most - log(sum);
}

static enum ecp_status energy(void *self, const double *states, size_t n, double *out)
{
    const struct dense *m = self;
    if (m->patterns.count == 0)
        return ecp_fail(ECP_EARG, "memory dense: energy before anything is stored");
    return each(&(struct over){m, NULL, energy_one, out}, states, n);
}

static enum ecp_status image(void *self, double **data, size_t *count)
{
    const struct dense *m = self;
    const size_t size = m->patterns.count * m->patterns.n;
    double *all = malloc(size * sizeof *all + 1);
    if (!all)
        return ecp_fail(ECP_ENOMEM, "no memory for the image of a dense memory");
    ecp_overlaps_patterns(&m->patterns, all);
    *data = all;
    *count = size;
    return ECP_OK;
}

static enum ecp_status restore(void *self, const double *data, size_t count)
{
    struct dense *m = self;
    if (count % m->patterns.n != 0)
        return ecp_fail(ECP_EARG, "memory dense: this is not an image of it");
    m->patterns.count = 0;
    return store(m, &(struct ecp_items){.n = count / m->patterns.n, .keys = data});
}

static int part(void *self, size_t k, struct ecp_memory_part *out)
{
    struct dense *m = self;
    const size_t size = m->patterns.count * m->patterns.n;
    double *shown = k == 0 ? malloc(size * sizeof *shown + 1) : NULL;
    if (!shown)
        return 0;
    free(m->shown);
    m->shown = shown;
    ecp_overlaps_patterns(&m->patterns, shown);
    *out =
        (struct ecp_memory_part){"patterns", "one a row", m->patterns.count, m->patterns.n, shown};
    return 1;
}

const struct ecp_memory_model ecp_memory_dense = {
    .name = "dense",
    .summary = "patterns of -1 and 1 under an energy of higher order, which holds far more of them",
    .equations =
        "E = -sum_mu F(x.s), F(m) = m^n (power), max(m, 0)^n (rectified);\n"
        "  exponential: F = e^m, E = -ln sum e^(x.s)\n"
        "  where N^n is beyond the range of numbers F is kept as a logarithm; E is then refused\n"
        "s_i = sgn sum_mu [F(x_i + a) - F(-x_i + a)], a = sum_{j != i} x_j s_j; a tie keeps s_i;\n"
        "  a component that is 0 in the cue is unknown and takes the first sign that it gets\n"
        "power: error of a bit sqrt((2n-3)!! K/(2 pi N^(n-1))) exp(-N^(n-1)/(2 K (2n-3)!!)),\n"
        "  without error up to K = N^(n-1)/(2 (2n-3)!! ln N); exponential: e^(a N), a < ln(2)/2",
    .reference = "Krotov & Hopfield 2016, arXiv:1606.01164; Demircigil, Heusel, Loewe, Upgang & "
                 "Vermet 2017, doi:10.1007/s10955-017-1806-y",
    .verified_by = "tests/verify/verify_dense.c",
    .fields = fields,
    .choices = choices,
    .needs = needs,
    .keys = ECP_PATTERN_SIGNS,
    .values = ECP_PATTERN_SIGNS,
    .score_meaning = "at a fixed point the share of sum |F| that the pattern next to it has; "
                     "otherwise minus the share of components that the last sweep changed",
    .attend_meaning =
        "F(x_mu.s) of each pattern at the state s that is recalled, over the sum of |F|",
    .create = create,
    .destroy = destroy,
    .store = store,
    .recall = recall,
    .attend = attend,
    .image = image,
    .restore = restore,
    .part = part,
    .energy = energy};
