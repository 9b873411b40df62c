/* diffusion.c -- retrieval as the reverse of diffusion (Ambrogioni 2023): noise is added to
 * the stored patterns x_mu, y = a x + sigma eps, and taken away from the cue again. For a
 * finite set of patterns the score is known:
 *
 *   sigma^2 grad ln p(y) = a D(y) - y,  D = sum_mu w_mu x_mu,
 *   w = softmax_mu(-|y - a x_mu|^2/(2 sigma^2))
 *
 * which for patterns of one length and a = 1 is the step of a modern_hopfield of
 * beta = 1/sigma^2. In z = y/a, of noise r = sigma/a, the reverse flow from r to r' is
 *
 *   ode  z <- D + (r'/r)(z - D)                         (dz/d ln r = z - D, D held)
 *   sde  z <- D + (r'/r)^2 (z - D) + r' sqrt(1 - (r'/r)^2) eps
 *
 * over `steps` noises that fall geometrically; the last step is z <- D.
 * Energy -sigma^2 ln mean exp(-|y - a x|^2/(2 sigma^2)) at the noise of the cue: its gradient
 * is y - a D = -sigma^2 grad ln p.
 *
 * patterns: n x d, row-major; a step costs 4 n d operations a cue.
 * tests/verify/verify_diffusion.c */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/matrix.h"
#include "engine/memory.h"
#include "engine/patterns.h"
#include "engine/simplex.h"

enum { PROCESS, SAMPLER, SIGMA, SIGMA_END, STEPS, END };
enum { EXPLODING, PRESERVING };
enum { ODE, SDE };

static const struct ecp_field fields[] = {
    [PROCESS] = {"process", "1", EXPLODING, 0, PRESERVING,
                 "a = 1, or a = sqrt(1 - sigma^2), so that variances of 1 stay 1", ECP_PARAM},
    [SAMPLER] = {"sampler", "1", ODE, 0, SDE, "how noise is taken away", ECP_PARAM},
    [SIGMA] = {"sigma", "1", 1, 1e-150, 1e150, "noise of a cue", ECP_PARAM},
    [SIGMA_END] = {"sigma_end", "1", 1e-3, 1e-150, 1e150, "noise before the last step", ECP_PARAM},
    [STEPS] = {"steps", "1", 100, 1, 1e9, "of a recall; 1: D(y) alone", ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {
    {"process", "exploding preserving"}, {"sampler", "ode sde"}, {NULL, NULL}};

struct diffusion {
    struct ecp_patterns items;
    double param[END];
    double a, r, r_end; /* a and sigma/a of the cue; sigma/a before the last step */
    uint64_t seed;
};

static void destroy(void *self)
{
    struct diffusion *m = self;
    if (!m)
        return;
    ecp_patterns_clear(&m->items);
    free(m);
}

static enum ecp_status create(const double *param, struct ecp_memory_shape shape, uint64_t seed,
                              void **self)
{
    const double sigma = param[SIGMA], last = param[SIGMA_END];
    const int preserving = param[PROCESS] == PRESERVING;
    if (preserving && sigma >= 1)
        return ecp_fail(ECP_ECONFIG,
                        "diffusion: found sigma = %g; allowed: below 1 with process "
                        "\"preserving\"",
                        sigma);
    if (param[STEPS] > 1 && last >= sigma)
        return ecp_fail(ECP_ECONFIG, "diffusion: sigma_end (%g) must lie below sigma (%g)", last,
                        sigma);
    struct diffusion *m = calloc(1, sizeof *m);
    if (!m)
        return ecp_fail(ECP_ENOMEM, "no memory for a diffusion memory");
    memcpy(m->param, param, sizeof m->param);
    m->items.d = shape.key;
    m->seed = seed;
    m->a = preserving ? sqrt(1 - sigma * sigma) : 1;
    m->r = sigma / m->a;
    m->r_end = preserving && last < 1 ? last / sqrt(1 - last * last) : last;
    *self = m;
    return ECP_OK;
}

static enum ecp_status store(void *self, const struct ecp_items *items)
{
    struct diffusion *m = self;
    return ecp_patterns_add(&m->items, "diffusion", items);
}

/* ---- recall ------------------------------------------------------------------- */

enum { AT_ONCE = 1 << 23, MOST = 1024 };

static size_t how_many(const struct diffusion *m, size_t n)
{
    const size_t fit = AT_ONCE / (m->items.n + 1) + 1, some = fit < MOST ? fit : MOST;
    return some < n ? some : n;
}

/* Weights w of n states z at noise r, and ln sum exp of the exponents + |z|^2/(2 r^2). */
static void weights_of(const struct diffusion *m, size_t n, const double *z, double r, double *w,
                       double *logarithm, double *most)
{
    const size_t d = m->items.d, count = m->items.n;
    const struct ecp_product p = {0, 1, n, count, d, d, d, count};
    for (size_t k = 0; k < count; k++) {
        double square = 0;
        for (size_t j = 0; j < d; j++)
            square += m->items.x[k * d + j] * m->items.x[k * d + j];
        w[k] = -square / 2;
    }
    for (size_t k = 1; k < n; k++)
        memcpy(w + k * count, w, count * sizeof *w);
    ecp_matrix_multiply(&p, 1 / (r * r), z, m->items.x, 1 / (r * r), w);
    ecp_simplex_rows(ECP_SIMPLEX_SOFTMAX, n, count, w, logarithm, most);
}

/* Noise of a cue follows from its numbers, so that it has the same in any batch. */
static struct ecp_chance noise_of(const struct diffusion *m, const double *cue)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t j = 0; j < m->items.d; j++) {
        const double x = cue[j] + 0.0;
        uint64_t bits;
        memcpy(&bits, &x, sizeof bits);
        hash = (hash ^ bits) * 0x100000001b3u;
        hash ^= hash >> 29;
    }
    return ecp_chance(m->seed, (uint32_t)(hash >> 40), (uint32_t)(hash & UINT32_MAX));
}

/* z, D: n x d. From noise r to `next`. */
struct stage {
    double r, next;
    double *z, *D, *w;
    struct ecp_chance *chance;
};

static void move(const struct diffusion *m, const struct stage *s, size_t n)
{
    const size_t d = m->items.d;
    const double ratio = s->next / s->r;
    const double keep = m->param[SAMPLER] == SDE ? ratio * ratio : ratio;
    const double noise = m->param[SAMPLER] == SDE ? s->next * sqrt(1 - ratio * ratio) : 0;
#pragma omp parallel for schedule(static) if (n * d > 1 << 14)
    for (size_t k = 0; k < n; k++)
        for (size_t j = k * d; j < (k + 1) * d; j++) {
            s->z[j] = s->D[j] + keep * (s->z[j] - s->D[j]);
            if (noise > 0)
                s->z[j] += noise * ecp_chance_normal(&s->chance[k]);
        }
}

static void run(const struct diffusion *m, struct stage *s, size_t n, double *score)
{
    const size_t steps = (size_t)m->param[STEPS];
    const double fall = steps > 1 ? log(m->r_end / m->r) / (double)(steps - 1) : 0;
    for (size_t step = 0; step < steps; step++) {
        const int last = step + 1 == steps;
        s->r = m->r * exp(fall * (double)step);
        s->next = m->r * exp(fall * (double)(step + 1));
        weights_of(m, n, s->z, s->r, s->w, NULL, last ? score : NULL);
        ecp_matrix_ab(n, m->items.d, m->items.n, s->w, m->items.x, s->D);
        if (!last)
            move(m, s, n);
    }
}

static enum ecp_status recall(void *self, const double *cues, size_t n, double *values,
                              double *score)
{
    const struct diffusion *m = self;
    const size_t d = m->items.d, fit = how_many(m, n);
    enum ecp_status status = ECP_OK;
    struct stage s = {.z = malloc(fit * d * sizeof(double)),
                      .w = malloc(fit * m->items.n * sizeof(double)),
                      .chance = malloc(fit * sizeof(struct ecp_chance))};
    if (!s.z || !s.w || !s.chance) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu cues", fit);
        goto done;
    }
    for (size_t first = 0; first < n; first += fit) {
        const size_t some = n - first < fit ? n - first : fit;
        const double *cue = cues + first * d;
        for (size_t k = 0; k < some * d; k++)
            s.z[k] = cue[k] / m->a;
        for (size_t k = 0; k < some; k++)
            s.chance[k] = noise_of(m, cue + k * d);
        s.D = values + first * d;
        run(m, &s, some, score ? score + first : NULL);
    }
done:
    free(s.z);
    free(s.w);
    free(s.chance);
    return status;
}

static enum ecp_status energy(void *self, const double *states, size_t n, double *out)
{
    const struct diffusion *m = self;
    const size_t d = m->items.d, count = m->items.n;
    const double sigma = m->param[SIGMA];
    double *w = NULL, *z = NULL;
    enum ecp_status status = ECP_OK;
    if (count == 0)
        return ecp_fail(ECP_EARG, "memory diffusion: energy before anything is stored");
    w = malloc(count * sizeof *w);
    z = malloc(d * sizeof *z);
    if (!w || !z) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the energy of a state");
        goto done;
    }
    for (size_t k = 0; k < n; k++) {
        double square = 0, logarithm;
        for (size_t j = 0; j < d; j++) {
            z[j] = states[k * d + j] / m->a;
            square += states[k * d + j] * states[k * d + j];
        }
        weights_of(m, 1, z, m->r, w, &logarithm, NULL);
        out[k] = sigma * sigma * (log((double)count) - logarithm) + square / 2;
    }
done:
    free(w);
    free(z);
    return status;
}

/* ---- the whole state ------------------------------------------------------------ */

static enum ecp_status image(void *self, double **data, size_t *count)
{
    const struct diffusion *m = self;
    return ecp_patterns_image(&m->items, data, count);
}

static enum ecp_status restore(void *self, const double *data, size_t count)
{
    struct diffusion *m = self;
    return ecp_patterns_restore(&m->items, "diffusion", data, count);
}

static int part(void *self, size_t k, struct ecp_memory_part *out)
{
    const struct diffusion *m = self;
    return ecp_patterns_part(&m->items, k, out);
}

const struct ecp_memory_model ecp_memory_diffusion = {
    .name = "diffusion",
    .summary = "the reverse of a diffusion that began at the stored patterns",
    .equations =
        "y = a x_mu + sigma eps; a = 1 (exploding) or sqrt(1 - sigma^2) (preserving)\n"
        "sigma^2 grad ln p(y) = a D(y) - y, D = sum w_mu x_mu,\n"
        "  w = softmax(-|y - a x_mu|^2/(2 sigma^2)); |x_mu| equal, a = 1: softmax(X y/sigma^2)\n"
        "z = y/a, r = sigma/a, over noises that fall geometrically:\n"
        "  ode  z <- D + (r'/r)(z - D);  sde  z <- D + (r'/r)^2 (z - D) + r' sqrt(1 - (r'/r)^2) "
        "eps;\n"
        "  at last z <- D\n"
        "E = -sigma^2 ln mean exp(-|y - a x|^2/(2 sigma^2)), grad E = y - a D\n"
        "two patterns x, -x: 0 is stable while |x|^2/sigma^2 < 1",
    .reference = "Ambrogioni 2023, arXiv:2309.17290; Song et al. 2021, arXiv:2011.13456; Song, "
                 "Meng & Ermon 2021, arXiv:2010.02502",
    .verified_by = "tests/verify/verify_diffusion.c",
    .fields = fields,
    .choices = choices,
    .keys = ECP_PATTERN_REAL,
    .values = ECP_PATTERN_REAL,
    .score_meaning = "the largest of the weights in the last step: near 1 a single pattern",
    .create = create,
    .destroy = destroy,
    .store = store,
    .recall = recall,
    .image = image,
    .restore = restore,
    .part = part,
    .energy = energy};
