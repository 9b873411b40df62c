/* lpl_unit.c -- a linear unit that learns from points of the plane by latent predictive
 * learning or one of its rivals (Halvagal & Zenke 2023, Fig. 2): no potential, no time
 * constants. A step is a batch.
 *
 *   z = w_x x + w_y y;  x = c + noise xi, y = sigma xi',  c = -1 or 1 (the cluster)
 *   a pair of points: what is seen and what was seen before; xi, xi' are new for each, c is
 *   the other one's with probability 1 - p
 *   w -= e (dL/dw + decay w),  e = eta min(1, 1/sigma)
 *   L = predict mean (z - z_before)^2 + hebb H(var z)
 *   kind 0: H = -ln(var z + 1e-8)   1: H = -var z   2: H = max(0, 1 - sqrt(var z))
 *   kind 3 (Oja): w += e (mean z (x, y) - mean z^2 w - decay w)
 *
 * In dL/dw z_before and the mean in var z are held fixed, var z is over batch - 1. w stays
 * within 1e15. A unit fires at random, gain mean |z| times a second: what other
 * populations hear of it. A pair costs some 50 ns.
 * Verified in tests/verify/verify_lpl_toy.c. */
#include <math.h>

#include "engine/neuron.h"
#include "engine/vector_math.h"

enum {
    W_X,
    W_Y,
    COSINE,
    ACTIVITY,
    VARIANCE,
    SIGMA,
    NOISE,
    P,
    KIND,
    PREDICT,
    HEBB,
    ETA,
    DECAY,
    BATCH,
    GAIN,
    UNIFORM,
    UNIFORM_LOW,
    END
};

static const struct ecp_field fields[] = {
    [W_X] = {"w_x", "1", 0.5, -1e15, 1e15, "weight of what tells the clusters apart", ECP_STATE},
    [W_Y] = {"w_y", "1", 0.5, -1e15, 1e15, "weight of what is noise only", ECP_STATE},
    [COSINE] = {"cosine", "1", 0, 0, 1, "|w_x|/|w|", ECP_STATE},
    [ACTIVITY] = {"activity", "1", 0, 0, 1e30, "mean |z| over the batch", ECP_STATE},
    [VARIANCE] = {"variance", "1", 0, 0, 1e38, "of z over the batch", ECP_STATE},
    [SIGMA] = {"sigma", "1", 1, 0, 1e6, "standard deviation of y", ECP_PARAM_EACH},
    [NOISE] = {"noise", "1", 0.1, 0, 1e6, "standard deviation of x within a cluster", ECP_PARAM},
    [P] = {"p", "1", 0, 0, 1, "probability that the cluster changes from point to point",
           ECP_PARAM},
    [KIND] = {"kind", "1", 0, 0, 3, "0: logarithm of the variance; 1: variance; 2: hinge; 3: Oja",
              ECP_PARAM},
    [PREDICT] = {"predict", "1", 1, 0, 1e6, "strength of the predictive part", ECP_PARAM},
    [HEBB] = {"hebb", "1", 1, 0, 1e6, "strength of the Hebbian part", ECP_PARAM},
    [ETA] = {"eta", "1", 1e-2, 0, 1, "learning rate (sigma > 1: over sigma)", ECP_PARAM},
    [DECAY] = {"decay", "1", 0.15, 0, 1e3, "decay of weights", ECP_PARAM},
    [BATCH] = {"batch", "1", 20, 2, 1e6, "pairs in a batch", ECP_PARAM},
    [GAIN] = {"gain", "Hz", 10, 0, 1e6, "rate of firing for a mean |z| of 1", ECP_PARAM},
    [UNIFORM] = {"u", "1", 0.5, 0, 1, "random number of the step", ECP_UNIFORM},
    [UNIFORM_LOW] = {"u_low", "1", 0.5, 0, 1, "further digits of it", ECP_UNIFORM},
    [END] = {0}};

enum { LOGARITHM, PLAIN, HINGE, OJA };
enum { PER_ACTIVITY };

static const double farthest = 1e15;

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    if (p[KIND] != floor(p[KIND]) || p[BATCH] != floor(p[BATCH]))
        return ecp_fail(ECP_ECONFIG, "kind (%g) and batch (%g) must be whole numbers", p[KIND],
                        p[BATCH]);
    k[PER_ACTIVITY] = (ecp_real)(p[GAIN] * dt * 1e-3);
    return ECP_OK;
}

/* ---- chance ------------------------------------------------------------------ */

/* Sebastiano Vigna's splitmix64. */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Two normal numbers from one word (Marsaglia's polar method). */
static void two_normals(uint64_t *state, double *one, double *other)
{
    double a, b, square;
    do {
        const uint64_t word = next(state);
        a = ((double)(uint32_t)(word >> 32) + 0.5) * 0x1p-31 - 1;
        b = ((double)(uint32_t)word + 0.5) * 0x1p-31 - 1;
        square = a * a + b * b;
    } while (square >= 1);
    const double size = sqrt(-2 * ecp_logd(square) / square);
    *one = size * a;
    *other = size * b;
}

/* ---- a batch ------------------------------------------------------------------ */

/* Means over the pairs: of the points, of their products, of the products of a point
 * with the one before (first index). */
struct moments {
    double x, y, xx, xy, yy, before_xx, before_xy, before_yx, before_yy;
    double activity;
};

static struct moments draw(const double *p, double sigma, double w_x, double w_y, uint64_t *state)
{
    const size_t n = (size_t)p[BATCH];
    const double likely = p[P], noise = p[NOISE];
    struct moments m = {0};
    for (size_t k = 0; k < n; k++) {
        const uint64_t word = next(state);
        const double cluster = word & 1 ? 1 : -1;
        const double then = (double)(word >> 11) * 0x1p-53 < likely ? -cluster : cluster;
        double x, y, x_then, y_then;
        two_normals(state, &x, &y);
        two_normals(state, &x_then, &y_then);
        x = cluster + noise * x;
        x_then = then + noise * x_then;
        y *= sigma;
        y_then *= sigma;
        m.x += x;
        m.y += y;
        m.xx += x * x;
        m.xy += x * y;
        m.yy += y * y;
        m.before_xx += x_then * x;
        m.before_xy += x_then * y;
        m.before_yx += y_then * x;
        m.before_yy += y_then * y;
        m.activity += fabs(w_x * x + w_y * y);
    }
    const double part = 1 / (double)n;
    m.x *= part;
    m.y *= part;
    m.xx *= part;
    m.xy *= part;
    m.yy *= part;
    m.before_xx *= part;
    m.before_xy *= part;
    m.before_yx *= part;
    m.before_yy *= part;
    m.activity *= part;
    return m;
}

/* dH/dvar, and whether it pushes at all. */
static double push_of(int kind, double variance)
{
    if (kind == LOGARITHM)
        return -1 / (variance + 1e-8);
    if (kind == PLAIN)
        return -1;
    return variance < 1 && variance > 0 ? -0.5 / sqrt(variance) : 0;
}

static double bounded(double w)
{
    return w < -farthest ? -farthest : w > farthest ? farthest : w;
}

static void learn(const double *p, double sigma, const struct moments *m, double *w, double *var)
{
    const double e = p[ETA] * (sigma > 1 ? 1 / sigma : 1), n = p[BATCH];
    const double zx = w[0] * m->xx + w[1] * m->xy, zy = w[0] * m->xy + w[1] * m->yy;
    const double z = w[0] * m->x + w[1] * m->y, zz = w[0] * zx + w[1] * zy;
    const double scale = n / (n - 1);
    *var = scale * (zz - z * z) > 0 ? scale * (zz - z * z) : 0;
    double step_x, step_y;
    if ((int)p[KIND] == OJA) {
        step_x = zx - zz * w[0];
        step_y = zy - zz * w[1];
    } else {
        const double before_x = w[0] * m->before_xx + w[1] * m->before_yx;
        const double before_y = w[0] * m->before_xy + w[1] * m->before_yy;
        const double pull = 2 * p[PREDICT];
        const double push = 2 * scale * p[HEBB] * push_of((int)p[KIND], *var);
        step_x = -pull * (zx - before_x) - push * (zx - z * m->x);
        step_y = -pull * (zy - before_y) - push * (zy - z * m->y);
    }
    w[0] = bounded(w[0] + e * (step_x - p[DECAY] * w[0]));
    w[1] = bounded(w[1] + e * (step_y - p[DECAY] * w[1]));
}

static void update(const struct ecp_block *b)
{
    const double *p = b->param, per_activity = (double)b->derived[PER_ACTIVITY];
    for (size_t j = 0; j < b->n; j++) {
        const double sigma = (double)b->column[SIGMA][j];
        const double high = (double)b->column[UNIFORM][j], low = (double)b->column[UNIFORM_LOW][j];
        uint64_t state = (uint64_t)(high * 0x1p32) << 32 ^ (uint64_t)(low * 0x1p32);
        double w[2] = {(double)b->column[W_X][j], (double)b->column[W_Y][j]}, variance;
        const struct moments m = draw(p, sigma, w[0], w[1], &state);
        learn(p, sigma, &m, w, &variance);
        const double size = sqrt(w[0] * w[0] + w[1] * w[1]);
        b->column[W_X][j] = (ecp_real)w[0];
        b->column[W_Y][j] = (ecp_real)w[1];
        b->column[COSINE][j] = (ecp_real)(size > 0 ? fabs(w[0]) / size : 0);
        b->column[ACTIVITY][j] = (ecp_real)m.activity;
        b->column[VARIANCE][j] = (ecp_real)variance;
        b->fired[j] = (double)(next(&state) >> 11) * 0x1p-53 < per_activity * m.activity;
    }
}

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_lpl_unit) = {
    .name = "lpl_unit",
    .summary = "linear unit of two inputs that learns by latent predictive learning; a step is a "
               "batch",
    .equations =
        "z = w_x x + w_y y;  x = c + noise xi, y = sigma xi', c = -1 or 1\n"
        "pairs of points: xi, xi' are new, c is the other's with probability 1 - p\n"
        "w -= e (dL/dw + decay w), e = eta min(1, 1/sigma)\n"
        "L = predict mean (z - z_before)^2 + hebb H(var z); z_before and the mean are held fixed\n"
        "kind 0: H = -ln(var z + 1e-8); 1: H = -var z; 2: H = max(0, 1 - sqrt(var z))\n"
        "kind 3 (Oja): w += e (mean z (x, y) - mean z^2 w - decay w)\n"
        "P(spike in a step) = gain mean|z| dt",
    .reference = "Halvagal & Zenke 2023, doi:10.1038/s41593-023-01460-y; Oja 1982, "
                 "doi:10.1007/BF00275687",
    .aliases = "",
    .verified_by = "tests/verify/verify_lpl_toy.c",
    .fields = fields,
    .derive = derive,
    .update = update};
