#include "engine/latent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/adam.h"
#include "engine/alloc.h"
#include "engine/chance.h"
#include "engine/matrix.h"

/* ---- the losses -------------------------------------------------------------------------- */

size_t ecp_latent_work(size_t units, size_t pairs)
{
    return 2 * pairs * units + units * units;
}

/* One view: deviations from the mean into `off`, covariance into `c`; adds what follows from
 * it to the gradient. */
static struct ecp_latent_parts add_view(const struct ecp_latent_loss *loss, size_t n, size_t m,
                                        const double *z, double *gradient, double *off,
                                        double *pull, double *c)
{
    struct ecp_latent_parts parts = {0, 0, 0};
    const double many = (double)(n - 1), units = (double)m;
    const double pairs = m > 1 ? units * units - units : 1;
    for (size_t i = 0; i < m; i++) {
        double mean = 0;
        for (size_t b = 0; b < n; b++)
            mean += z[b * m + i];
        mean /= (double)n;
        for (size_t b = 0; b < n; b++)
            off[b * m + i] = z[b * m + i] - mean;
    }
    ecp_matrix_atb(m, m, n, off, off, c);
    for (size_t k = 0; k < m * m; k++)
        c[k] /= many;
    for (size_t i = 0; i < m; i++) {
        const double variance = c[i * m + i];
        parts.hebb -= log(variance + loss->epsilon) / units;
        c[i * m + i] = 0; /* only other units from here on */
        for (size_t b = 0; gradient && b < n; b++)
            gradient[b * m + i] -=
                loss->hebb * off[b * m + i] / (units * many * (variance + loss->epsilon));
    }
    for (size_t k = 0; k < m * m; k++)
        parts.decorrelate += c[k] * c[k] / pairs;
    if (gradient && loss->decorrelate != 0) {
        const double scale = 2 * loss->decorrelate / (many * pairs);
        ecp_matrix_ab(n, m, m, off, c, pull);
        for (size_t k = 0; k < n * m; k++)
            gradient[k] += scale * pull[k];
    }
    return parts;
}

struct ecp_latent_parts ecp_latent_gradient(const struct ecp_latent_loss *loss, size_t pairs,
                                            size_t units, const double *z, const double *y,
                                            double *z_gradient, double *y_gradient, double *work)
{
    double *off = work, *pull = work + pairs * units, *c = pull + pairs * units;
    const double all = (double)(pairs * units);
    double predict = 0;
    for (size_t k = 0; k < pairs * units; k++) {
        const double d = z[k] - y[k];
        predict += d * d / all;
        if (z_gradient)
            z_gradient[k] = 2 * loss->predict * d / all;
        if (y_gradient)
            y_gradient[k] = -2 * loss->predict * d / all;
    }
    /* Each view has half the weight. */
    const struct ecp_latent_parts first = add_view(loss, pairs, units, z, z_gradient, off, pull, c);
    const struct ecp_latent_parts second =
        add_view(loss, pairs, units, y, y_gradient, off, pull, c);
    return (struct ecp_latent_parts){predict, (first.hebb + second.hebb) / 2,
                                     (first.decorrelate + second.decorrelate) / 2};
}

/* ---- the stack ------------------------------------------------------------------------------ */

struct layer {
    size_t inputs, units;
    double *w;        /* units x inputs, then the biases */
    double *gradient; /* as w */
    struct ecp_adam adam;
    double *z, *y;   /* pairs x units */
    double *dz, *dy; /* likewise */
};

struct ecp_latent {
    struct ecp_latent_setup setup;
    size_t size[ECP_LATENT_LAYERS + 1];
    struct layer layer[ECP_LATENT_LAYERS];
    double *work;
};

static enum ecp_status layer_init(struct layer *l, const struct ecp_latent_setup *setup, size_t k)
{
    const size_t inputs = setup->size[k], units = setup->size[k + 1];
    const size_t all = units * (inputs + 1), batch = setup->pairs * units;
    struct ecp_chance chance = ecp_chance(setup->seed, 71, (uint32_t)k);
    l->inputs = inputs;
    l->units = units;
    l->w = ecp_array(all, sizeof *l->w);
    l->gradient = ecp_array(all, sizeof *l->gradient);
    l->z = ecp_array(batch, sizeof *l->z);
    l->y = ecp_array(batch, sizeof *l->y);
    l->dz = ecp_array(batch, sizeof *l->dz);
    l->dy = ecp_array(batch, sizeof *l->dy);
    if (!l->w || !l->gradient || !l->z || !l->y || !l->dz || !l->dy)
        return ecp_fail(ECP_ENOMEM, "no memory for a layer of %zu units", units);
    ecp_chance_normals(&chance, units * inputs, l->w);
    for (size_t j = 0; j < units * inputs; j++)
        l->w[j] *= sqrt(2 / (double)inputs);
    return ecp_adam_init(&l->adam, all, setup->rate);
}

static void layer_clear(struct layer *l)
{
    free(l->w);
    free(l->gradient);
    free(l->z);
    free(l->y);
    free(l->dz);
    free(l->dy);
    ecp_adam_clear(&l->adam);
}

enum ecp_status ecp_latent_create(const struct ecp_latent_setup *setup, struct ecp_latent **out)
{
    size_t widest = 0;
    if (setup->n_layers < 1 || setup->n_layers > ECP_LATENT_LAYERS || setup->pairs < 2)
        return ecp_fail(ECP_EARG,
                        "latent: %zu layers and batches of %zu; allowed: 1 to %d, 2 or "
                        "more",
                        setup->n_layers, setup->pairs, (int)ECP_LATENT_LAYERS);
    for (size_t k = 0; k <= setup->n_layers; k++) {
        if (setup->size[k] < 1)
            return ecp_fail(ECP_EARG, "latent: a layer of 0 units");
        widest = setup->size[k] > widest ? setup->size[k] : widest;
    }
    struct ecp_latent *latent = calloc(1, sizeof *latent);
    if (!latent)
        return ecp_fail(ECP_ENOMEM, "no memory for layers");
    enum ecp_status status = ECP_OK;
    latent->setup = *setup;
    memcpy(latent->size, setup->size, (setup->n_layers + 1) * sizeof *setup->size);
    latent->setup.size = latent->size;
    latent->work = ecp_array(ecp_latent_work(widest, setup->pairs), sizeof *latent->work);
    if (!latent->work)
        status = ecp_fail(ECP_ENOMEM, "no memory for layers");
    for (size_t k = 0; k < setup->n_layers && status == ECP_OK; k++)
        status = layer_init(&latent->layer[k], &latent->setup, k);
    if (status != ECP_OK) {
        ecp_latent_destroy(latent);
        return status;
    }
    *out = latent;
    return ECP_OK;
}

void ecp_latent_destroy(struct ecp_latent *latent)
{
    if (!latent)
        return;
    for (size_t k = 0; k < ECP_LATENT_LAYERS; k++)
        layer_clear(&latent->layer[k]);
    free(latent->work);
    free(latent);
}

static void forward(const struct layer *l, size_t n, const double *x, double *out)
{
    const double *bias = l->w + l->units * l->inputs;
    ecp_matrix_abt(n, l->units, l->inputs, x, l->w, out);
    for (size_t b = 0; b < n; b++)
        for (size_t i = 0; i < l->units; i++) {
            const double a = out[b * l->units + i] + bias[i];
            out[b * l->units + i] = a > 0 ? a : 0;
        }
}

/* gradient += d^T x, behind units that are silent nothing. */
static void backward(struct layer *l, size_t n, const double *x, const double *z, double *d,
                     double *gradient, double beta)
{
    const size_t units = l->units;
    const struct ecp_product shape = {1, 0, units, l->inputs, n, units, l->inputs, l->inputs};
    double *bias = gradient + units * l->inputs;
    for (size_t k = 0; k < n * units; k++)
        d[k] = z[k] > 0 ? d[k] : 0;
    ecp_matrix_multiply(&shape, 1, d, x, beta, gradient);
    for (size_t i = 0; i < units; i++) {
        double sum = 0;
        for (size_t b = 0; b < n; b++)
            sum += d[b * units + i];
        bias[i] = beta * bias[i] + sum;
    }
}

enum ecp_status ecp_latent_train(struct ecp_latent *latent, const double *x, const double *view)
{
    const struct ecp_latent_setup *setup = &latent->setup;
    const size_t n = setup->pairs;
    for (size_t k = 0; k < setup->n_layers; k++) {
        struct layer *l = &latent->layer[k];
        forward(l, n, x, l->z);
        forward(l, n, view, l->y);
        const struct ecp_latent_parts parts =
            ecp_latent_gradient(&setup->loss, n, l->units, l->z, l->y, l->dz, l->dy, latent->work);
        if (!isfinite(parts.predict + parts.hebb + parts.decorrelate))
            return ecp_fail(ECP_ENUMERIC, "latent: the loss of layer %zu is not finite", k + 1);
        backward(l, n, x, l->z, l->dz, l->gradient, 0);
        backward(l, n, view, l->y, l->dy, l->gradient, 1);
        for (size_t j = 0; j < l->units * l->inputs; j++)
            l->gradient[j] += setup->decay * l->w[j];
        ecp_adam_step(&l->adam, l->gradient, l->w);
        x = l->z;
        view = l->y;
    }
    return ECP_OK;
}

enum ecp_status ecp_latent_activity(const struct ecp_latent *latent, size_t n, const double *x,
                                    size_t layer, double *out)
{
    double *before = NULL;
    if (layer < 1 || layer > latent->setup.n_layers)
        return ecp_fail(ECP_EARG, "latent: there is no layer %zu", layer);
    for (size_t k = 0; k < layer; k++) {
        const struct layer *l = &latent->layer[k];
        double *next = k + 1 < layer ? ecp_array(n * l->units, sizeof *next) : out;
        if (!next) {
            free(before);
            return ecp_fail(ECP_ENOMEM, "no memory for activity");
        }
        forward(l, n, before ? before : x, next);
        free(before);
        before = next == out ? NULL : next;
    }
    return ECP_OK;
}
