/* dual_form.c -- a linear layer trained by gradient descent, as attention over its training
 * experience (Irie, Csordas & Schmidhuber 2022).
 *
 *   trained:  v <- momentum v + dL/dW + decay W;  W <- W - rate v, once in `batch` items
 *   dual:     W x = c_T W_0 x + sum_t kappa_{T - t} (x_t . x) e_t,  e_t = -dL/dy_t
 *
 * keys: n x d training inputs (a 1 appended where the layer has a bias), values: n x m
 * error signals e_t. O(n (d + m)) a cue. tests/verify/verify_dual_form.c */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/matrix.h"
#include "engine/memory.h"
#include "engine/pairs.h"

enum { RATE, MOMENTUM, DECAY, BATCH, PRIOR, END };

static const struct ecp_field fields[] = {
    [RATE] = {"rate", "1", 1, 0, 1e9, "learning rate of the training", ECP_PARAM},
    [MOMENTUM] = {"momentum", "1", 0, 0, 1, "of the training", ECP_PARAM},
    [DECAY] = {"decay", "1", 0, 0, 1e9, "weight decay, as a gradient decay W", ECP_PARAM},
    [BATCH] = {"batch", "1", 1, 1, 1e9, "items in a step of the training", ECP_WHOLE},
    [PRIOR] = {"prior", "1", 0, 0, 1e9,
               "items stored first that are the weights before training: unit vectors with "
               "the columns of W_0",
               ECP_WHOLE},
    [END] = {0}};

struct dual_form {
    struct ecp_pairs items;
    double param[END];
    double *coefficient; /* items.n, while not stale */
    size_t room;
    int stale;
};

static void destroy(void *self)
{
    struct dual_form *m = self;
    if (!m)
        return;
    ecp_pairs_clear(&m->items);
    free(m->coefficient);
    free(m);
}

static enum ecp_status create(const double *param, struct ecp_memory_shape shape, uint64_t seed,
                              void **self)
{
    struct dual_form *m = calloc(1, sizeof *m);
    (void)seed;
    if (!m)
        return ecp_fail(ECP_ENOMEM, "no memory for a dual_form memory");
    memcpy(m->param, param, sizeof m->param);
    m->stale = 1;
    const enum ecp_status status = ecp_pairs_init(&m->items, shape);
    if (status == ECP_OK)
        *self = m;
    else
        destroy(m);
    return status;
}

/* Those of the first `prior` items are W_0 in columns, which takes unit keys. */
static enum ecp_status check_prior(const struct dual_form *m, const struct ecp_items *items)
{
    const size_t d = m->items.shape.key;
    for (size_t k = 0; k < items->n && (double)(m->items.n + k) < m->param[PRIOR]; k++) {
        double square = 0;
        for (size_t j = 0; j < d; j++)
            square += items->keys[k * d + j] * items->keys[k * d + j];
        if (!(fabs(square - 1) < 1e-6))
            return ecp_fail(ECP_EARG,
                            "memory dual_form: key %zu is among the first %g (`prior`) and has "
                            "length %g; allowed: 1",
                            m->items.n + k, m->param[PRIOR], sqrt(square));
    }
    return ECP_OK;
}

/* `strength`: what the rate of an item is multiplied with. */
static enum ecp_status store(void *self, const struct ecp_items *items)
{
    struct dual_form *m = self;
    const size_t width = m->items.shape.value, first = m->items.n;
    if (items->decay)
        return ecp_fail(ECP_EARG, "memory dual_form: items bring no decay of their own; it is a "
                                  "parameter");
    enum ecp_status status = check_prior(m, items);
    if (status == ECP_OK)
        status = ecp_pairs_add(&m->items, items->keys, items->values, items->n);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; items->strength && k < items->n; k++)
        for (size_t j = 0; j < width; j++)
            m->items.values[(first + k) * width + j] *= items->strength[k];
    m->stale = 1;
    return ECP_OK;
}

/* ---- what is left of an item after the steps since --------------------------------- */

struct motion {
    double w, v; /* weight and velocity along one direction */
};

static struct motion onward(const double *param, struct motion at)
{
    at.v = param[MOMENTUM] * at.v - param[DECAY] * at.w;
    at.w += param[RATE] * at.v;
    return at;
}

/* The last step is the youngest; what is before training has seen all of them. */
static enum ecp_status refresh(struct dual_form *m)
{
    const size_t n = m->items.n, batch = (size_t)m->param[BATCH];
    const size_t prior = m->param[PRIOR] < (double)n ? (size_t)m->param[PRIOR] : n;
    const size_t steps = (n - prior + batch - 1) / batch;
    struct motion impulse = {m->param[RATE], 1}, begun = {1, 0};
    if (n > m->room) {
        free(m->coefficient);
        m->room = 0;
        m->coefficient = malloc(n * sizeof *m->coefficient);
        if (!m->coefficient)
            return ecp_fail(ECP_ENOMEM, "no memory for coefficients of %zu items", n);
        m->room = n;
    }
    for (size_t age = 0; age < steps; age++) {
        const size_t first = prior + (steps - 1 - age) * batch;
        for (size_t k = first; k < first + batch && k < n; k++)
            m->coefficient[k] = impulse.w;
        impulse = onward(m->param, impulse);
        begun = onward(m->param, begun);
    }
    for (size_t k = 0; k < prior; k++)
        m->coefficient[k] = begun.w;
    m->stale = 0;
    return ECP_OK;
}

/* ---- recall -------------------------------------------------------------------------- */

/* Scores become what each error signal is multiplied with; share of the largest. */
static double weight(const struct dual_form *m, double *s)
{
    double most = 0, sum = 0;
    for (size_t k = 0; k < m->items.n; k++) {
        s[k] *= m->coefficient[k] * m->items.accessibility[k] * m->items.amplification[k];
        most = fmax(most, fabs(s[k]));
        sum += fabs(s[k]);
    }
    return sum > 0 ? most / sum : 0;
}

static enum ecp_status recall(void *self, const double *cues, size_t n, double *values,
                              double *score)
{
    struct dual_form *m = self;
    const size_t d = m->items.shape.key, width = m->items.shape.value, n_items = m->items.n;
    const size_t few = ((size_t)1 << 22) / n_items, most = few < 1 ? 1 : few > 256 ? 256 : few;
    double *s = malloc(most * n_items * sizeof *s);
    enum ecp_status status = ECP_OK;
    if (!s)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu scores", most * n_items);
    if (m->stale)
        ECP_TRY(refresh(m));
    for (size_t first = 0; first < n; first += most) {
        const size_t rows = n - first < most ? n - first : most;
        ecp_matrix_abt(rows, n_items, d, cues + first * d, m->items.keys, s);
#pragma omp parallel for schedule(static) if (rows * n_items > 10000)
        for (size_t row = 0; row < rows; row++) {
            const double share = weight(m, s + row * n_items);
            if (score)
                score[first + row] = share;
        }
        ecp_matrix_ab(rows, width, n_items, s, m->items.values, values + first * width);
    }
done:
    free(s);
    return status;
}

static enum ecp_status weigh(void *self, size_t first, size_t n, double accessibility,
                             double amplification)
{
    struct dual_form *m = self;
    ecp_pairs_weigh(&m->items, first, n, accessibility, amplification);
    return ECP_OK;
}

static enum ecp_status image(void *self, double **data, size_t *count)
{
    const struct dual_form *m = self;
    return ecp_pairs_image(&m->items, 0, data, count);
}

static enum ecp_status restore(void *self, const double *data, size_t count)
{
    struct dual_form *m = self;
    double unused = 0;
    const enum ecp_status status = ecp_pairs_restore(&m->items, "dual_form", data, count, &unused);
    if (status == ECP_OK)
        m->stale = 1;
    return status;
}

static int part(void *self, size_t k, struct ecp_memory_part *out)
{
    struct dual_form *m = self;
    if (k < ECP_PAIRS_PARTS)
        return ecp_pairs_part(&m->items, k, out);
    if (k > ECP_PAIRS_PARTS || m->items.n == 0 || (m->stale && refresh(m) != ECP_OK))
        return 0;
    *out = (struct ecp_memory_part){"coefficient", "what training has left of each item",
                                    m->items.n, 1, m->coefficient};
    return 1;
}

const struct ecp_memory_model ecp_memory_dual_form = {
    .name = "dual_form",
    .summary = "a layer trained by gradient descent, as attention over its training experience",
    .equations =
        "y = sum_t g_t a_t kappa_t (x_t . x) e_t: keys are the inputs x_t of training, values\n"
        "the error signals e_t = -dL/dy_t, queries the inputs of test.\n"
        "`batch` items are one step; after it  v <- momentum v + dL/dW + decay W,\n"
        "W <- W - rate v. An item of s steps ago has kappa = w_s of\n"
        "  v_0 = 1, w_0 = rate;  v_{s+1} = momentum v_s - decay w_s, w_{s+1} = w_s + rate v_{s+1}\n"
        "(plain descent: rate), and the first `prior` items, W_0 in columns under unit keys,\n"
        "w_T of v_0 = 0, w_0 = 1: this is W_T x exactly, W_T being the trained weights.\n"
        "A bias is a 1 appended to x. `strength` of an item multiplies its e_t (a rate of its\n"
        "own). Attention of a test item to a training item: x_t . x.\n"
        "weigh: a_t = 0 removes an experience, g_t amplifies it.",
    .reference = "Irie, Csordas & Schmidhuber 2022, ICML; doi:10.48550/arXiv.2202.05798",
    .verified_by = "tests/verify/verify_dual_form.c",
    .fields = fields,
    .has_values = 1,
    .keys = ECP_PATTERN_REAL,
    .values = ECP_PATTERN_REAL,
    .score_meaning = "the largest share of a single experience in sum |g a kappa x_t.x|",
    .create = create,
    .destroy = destroy,
    .store = store,
    .recall = recall,
    .image = image,
    .restore = restore,
    .part = part,
    .weigh = weigh};
