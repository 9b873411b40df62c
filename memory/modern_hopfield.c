/* modern_hopfield.c -- continuous Hopfield network (Ramsauer et al. 2021), which is attention
 * over the stored patterns x_j, and its sparse relatives (Hu et al. 2023):
 *
 *   xi <- sum_j p_j x_j,  p = softmax | sparsemax | entmax15 of beta X xi
 *
 * repeated until no component moves by more than `tolerance`, `steps` times at most. Each
 * step minimises (CCCP), so that it never raises,
 *
 *   E = -Psi*(beta X xi)/beta + xi.xi/2 + H/beta + M^2/2 >= 0
 *
 * Psi*: conjugate of minus the entropy that the separation goes with (softmax: ln sum exp),
 * H: its largest value (ln n), M: largest length of a pattern. Gradient: xi - sum p x.
 *
 * patterns: n x d, row-major; a step costs 4 n d operations a cue.
 * tests/verify/verify_modern_hopfield.c */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/matrix.h"
#include "engine/memory.h"
#include "engine/patterns.h"
#include "engine/simplex.h"

enum { BETA, SEPARATION, STEPS, TOLERANCE, END };

static const struct ecp_field fields[] = {
    [BETA] = {"beta", "1", 0, 0, 1e9, "inverse temperature; 0: 1/sqrt(d)", ECP_PARAM},
    [SEPARATION] = {"separation", "1", ECP_SIMPLEX_SOFTMAX, 0, ECP_SIMPLEX_ENTMAX15,
                    "how similarities become weights", ECP_PARAM},
    [STEPS] = {"steps", "1", 100, 1, 1e9, "of a recall, at most; 1: attention", ECP_WHOLE},
    [TOLERANCE] = {"tolerance", "1", 1e-9, 0, 1e300,
                   "a recall ends when no component moves by more", ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"separation", "softmax sparsemax entmax15"},
                                            {NULL, NULL}};

struct modern {
    struct ecp_patterns items;
    double param[END];
};

static void destroy(void *self)
{
    struct modern *m = self;
    if (!m)
        return;
    ecp_patterns_clear(&m->items);
    free(m);
}

static enum ecp_status create(const double *param, struct ecp_memory_shape shape, uint64_t seed,
                              void **self)
{
    struct modern *m = calloc(1, sizeof *m);
    (void)seed;
    if (!m)
        return ecp_fail(ECP_ENOMEM, "no memory for a modern_hopfield memory");
    memcpy(m->param, param, sizeof m->param);
    if (m->param[BETA] == 0)
        m->param[BETA] = 1 / sqrt((double)shape.key);
    m->items.d = shape.key;
    *self = m;
    return ECP_OK;
}

static enum ecp_status store(void *self, const struct ecp_items *items)
{
    struct modern *m = self;
    return ecp_patterns_add(&m->items, "modern_hopfield", items);
}

/* ---- recall ------------------------------------------------------------------- */

enum { AT_ONCE = 1 << 23, MOST = 1024 }; /* weights kept at once; cues */

static size_t how_many(const struct modern *m, size_t n)
{
    const size_t fit = AT_ONCE / (m->items.n + 1) + 1;
    const size_t some = fit < MOST ? fit : MOST;
    return some < n ? some : n;
}

/* Cues that still move, without gaps: `at` says whose they are. */
struct moving {
    double *state, *next, *weight, *most;
    size_t *at;
};

static void weights_of(const struct modern *m, size_t n, const double *state, double *weight,
                       double *conjugate, double *most)
{
    const size_t d = m->items.d, count = m->items.n;
    const struct ecp_product p = {0, 1, n, count, d, d, d, count};
    ecp_matrix_multiply(&p, m->param[BETA], state, m->items.x, 0, weight);
    ecp_simplex_rows((enum ecp_simplex_kind)m->param[SEPARATION], n, count, weight, conjugate,
                     most);
}

/* One step of `active` cues; how many of them go on. */
static size_t step(const struct modern *m, struct moving *w, size_t active, double *values,
                   double *score)
{
    const size_t d = m->items.d;
    size_t still = 0;
    weights_of(m, active, w->state, w->weight, NULL, w->most);
    ecp_matrix_ab(active, d, m->items.n, w->weight, m->items.x, w->next);
    for (size_t k = 0; k < active; k++) {
        const size_t at = w->at[k];
        double moved = 0;
        for (size_t j = 0; j < d; j++) {
            const double by = fabs(w->next[k * d + j] - w->state[k * d + j]);
            moved = by <= moved ? moved : by; /* NAN goes on, and is found */
        }
        memcpy(values + at * d, w->next + k * d, d * sizeof *values);
        if (score)
            score[at] = w->most[k];
        if (moved <= m->param[TOLERANCE])
            continue;
        memcpy(w->state + still * d, w->next + k * d, d * sizeof *w->state);
        w->at[still++] = at;
    }
    return still;
}

static enum ecp_status recall(void *self, const double *cues, size_t n, double *values,
                              double *score)
{
    const struct modern *m = self;
    const size_t d = m->items.d, fit = how_many(m, n);
    enum ecp_status status = ECP_OK;
    struct moving w = {malloc(fit * d * sizeof(double)), malloc(fit * d * sizeof(double)),
                       malloc(fit * m->items.n * sizeof(double)), malloc(fit * sizeof(double)),
                       malloc(fit * sizeof(size_t))};
    if (!w.state || !w.next || !w.weight || !w.most || !w.at) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu cues", fit);
        goto done;
    }
    for (size_t first = 0; first < n; first += fit) {
        size_t active = n - first < fit ? n - first : fit;
        memcpy(w.state, cues + first * d, active * d * sizeof(double));
        for (size_t k = 0; k < active; k++)
            w.at[k] = k;
        for (size_t s = 0; s < (size_t)m->param[STEPS] && active > 0; s++)
            active = step(m, &w, active, values + first * d, score ? score + first : NULL);
    }
done:
    free(w.state);
    free(w.next);
    free(w.weight);
    free(w.most);
    free(w.at);
    return status;
}

static enum ecp_status energy(void *self, const double *states, size_t n, double *out)
{
    const struct modern *m = self;
    const size_t d = m->items.d, count = m->items.n, fit = how_many(m, n);
    const double beta = m->param[BETA];
    const double top = ecp_simplex_entropy((enum ecp_simplex_kind)m->param[SEPARATION], count);
    double *weight;
    if (count == 0)
        return ecp_fail(ECP_EARG, "memory modern_hopfield: energy before anything is stored");
    weight = malloc(fit * count * sizeof *weight);
    if (!weight)
        return ecp_fail(ECP_ENOMEM, "no memory for the energy of %zu states", fit);
    for (size_t first = 0; first < n; first += fit) {
        const size_t some = n - first < fit ? n - first : fit;
        weights_of(m, some, states + first * d, weight, out + first, NULL);
    }
    for (size_t k = 0; k < n; k++) {
        double square = 0;
        for (size_t j = 0; j < d; j++)
            square += states[k * d + j] * states[k * d + j];
        out[k] = (top - out[k]) / beta + (square + m->items.longest) / 2;
    }
    free(weight);
    return ECP_OK;
}

/* ---- the whole state ------------------------------------------------------------ */

static enum ecp_status image(void *self, double **data, size_t *count)
{
    const struct modern *m = self;
    return ecp_patterns_image(&m->items, data, count);
}

static enum ecp_status restore(void *self, const double *data, size_t count)
{
    struct modern *m = self;
    return ecp_patterns_restore(&m->items, "modern_hopfield", data, count);
}

static int part(void *self, size_t k, struct ecp_memory_part *out)
{
    const struct modern *m = self;
    return ecp_patterns_part(&m->items, k, out);
}

const struct ecp_memory_model ecp_memory_modern_hopfield = {
    .name = "modern_hopfield",
    .summary = "patterns of any numbers; a cue moves to a mixture of those that are like it",
    .equations =
        "xi <- sum_j p_j x_j, p = separation(beta X xi), until no component moves by `tolerance`\n"
        "  softmax p = exp(z)/sum; sparsemax max(z - tau, 0); entmax15 max(z/2 - tau, 0)^2\n"
        "E = -Psi*(beta X xi)/beta + xi.xi/2 + H/beta + M^2/2: never rises, never below 0\n"
        "  Psi* of sum p ln p | (sum p^2 - 1)/2 | 4/3 (sum p^1.5 - 1); H = -Psi(1/n); M = max |x|\n"
        "error after a step <= 2 (n-1) M exp(-beta (Delta_i - 2 |xi - x_i| M)),\n"
        "  Delta_i = min over j of x_i.x_i - x_i.x_j; sparsemax: none where\n"
        "  beta (x_i - x_j).xi >= 1 for all j",
    .reference = "Ramsauer et al. 2021, arXiv:2008.02217; Hu et al. 2023, arXiv:2309.12673; "
                 "Martins & Astudillo 2016, arXiv:1602.02068; Peters, Niculae & Martins 2019, "
                 "doi:10.18653/v1/P19-1146",
    .verified_by = "tests/verify/verify_modern_hopfield.c",
    .fields = fields,
    .choices = choices,
    .keys = ECP_PATTERN_REAL,
    .values = ECP_PATTERN_REAL,
    .score_meaning = "the largest of the weights: near 1 a single pattern, 1/n the mean of all",
    .create = create,
    .destroy = destroy,
    .store = store,
    .recall = recall,
    .image = image,
    .restore = restore,
    .part = part,
    .energy = energy};
