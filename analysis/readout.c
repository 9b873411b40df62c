#include "analysis/readout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/dense.h"
#include "analysis/kernels.h"
#include "engine/matrix.h"

enum { PENALTIES = 19, STEPS = 100 };

static enum ecp_status no_memory(size_t n)
{
    return ecp_fail(ECP_ENOMEM, "no memory for a readout of %zu stimuli", n);
}

static double kernel_of(const struct ecp_readout *r, double t)
{
    return r->form == ECP_READOUT_QUADRATIC ? t + t * t : t;
}

/* ---- ridge ------------------------------------------------------------------------------- */

struct ridge {
    size_t n, q;
    double *u, *values; /* eigenvectors (columns) and values of the centred kernel */
    double *uy;         /* u' y, y less its means */
    double *share, *smooth, *left;
    double mean_value;
};

/* Predictions without each stimulus, less the mean of y, for one penalty. */
static void hold_out(const struct ridge *g, const double *y, double penalty)
{
    const size_t n = g->n, q = g->q;
    for (size_t j = 0; j < n; j++)
        for (size_t v = 0; v < q; v++) {
            const double l = g->values[j];
            g->share[j * q + v] = l > 0 ? l / (l + penalty * g->mean_value) * g->uy[j * q + v] : 0;
        }
    ecp_matrix_ab(n, q, n, g->u, g->share, g->smooth);
    for (size_t i = 0; i < n; i++) {
        double h = 1 / (double)n;
        for (size_t j = 0; j < n; j++) {
            const double l = g->values[j], w = g->u[i * n + j];
            h += l > 0 ? w * w * l / (l + penalty * g->mean_value) : 0;
        }
        for (size_t v = 0; v < q; v++) {
            const double own = y[i * q + v];
            g->left[i * q + v] = own - (own - g->smooth[i * q + v]) / (1 - h);
        }
    }
}

/* Best penalty of every unit, and what it predicts (into r->held). */
static void choose(const struct ridge *g, const double *y, double given, struct ecp_readout *r)
{
    const size_t n = g->n, q = g->q;
    double *best = r->offset; /* least squared errors, until the offsets are known */
    for (size_t v = 0; v < q; v++)
        best[v] = INFINITY;
    for (int k = 0; k < (given > 0 ? 1 : PENALTIES); k++) {
        const double penalty = given > 0 ? given : pow(10, -6 + 0.5 * k);
        hold_out(g, y, penalty);
        for (size_t v = 0; v < q; v++) {
            double error = 0;
            for (size_t i = 0; i < n; i++) {
                const double d = y[i * q + v] - g->left[i * q + v];
                error += d * d;
            }
            if (!(error < best[v]) && k > 0)
                continue;
            best[v] = error;
            r->penalty[v] = penalty;
            for (size_t i = 0; i < n; i++)
                r->held[i * q + v] = g->left[i * q + v];
        }
    }
}

/* d = u (l + a)^-1 u' y; it sums to 0, so that uncentred kernels will do. */
static void solve(const struct ridge *g, struct ecp_readout *r)
{
    const size_t n = g->n, q = g->q;
    for (size_t j = 0; j < n; j++)
        for (size_t v = 0; v < q; v++)
            g->share[j * q + v] =
                g->values[j] > 0 ? g->uy[j * q + v] / (g->values[j] + r->penalty[v] * g->mean_value)
                                 : 0;
    ecp_matrix_ab(n, q, n, g->u, g->share, r->dual);
    for (size_t v = 0; v < q; v++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += r->dual[i * q + v];
        for (size_t i = 0; i < n; i++)
            r->dual[i * q + v] -= sum / (double)n;
    }
}

/* kernel: n x n, uncentred. */
static enum ecp_status fit_ridge(const struct ecp_readout_call *call, const double *kernel,
                                 struct ecp_readout *r)
{
    const size_t n = call->n, q = call->q;
    struct ridge g = {.n = n, .q = q};
    double *memory = malloc((n * n + n + 5 * n * q + q + 1) * sizeof *memory), trace = 0;
    enum ecp_status status;
    if (!memory)
        return no_memory(n);
    g.u = memory;
    g.values = g.u + n * n;
    g.uy = g.values + n;
    g.share = g.uy + n * q;
    g.smooth = g.share + n * q;
    g.left = g.smooth + n * q;
    double *y = g.left + n * q, *mean = y + n * q;
    memcpy(g.u, kernel, n * n * sizeof *kernel);
    memcpy(y, call->y, n * q * sizeof *y);
    ecp_kernel_centre(n, g.u);
    ecp_dense_centre(n, q, y, mean);
    for (size_t k = 0; k < n; k++)
        trace += g.u[k * n + k];
    ECP_TRY(ecp_dense_eigen(n, g.u, g.values));
    for (size_t k = 0; k < n; k++)
        g.values[k] = g.values[k] > 1e-12 * g.values[n - 1] ? g.values[k] : 0;
    g.mean_value = trace / (double)n;
    ecp_matrix_atb(n, q, n, g.u, y, g.uy);
    choose(&g, y, call->penalty, r);
    solve(&g, r);
    ecp_matrix_ab(n, q, n, kernel, r->dual, g.smooth);
    for (size_t v = 0; v < q; v++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
            sum += g.smooth[i * q + v];
            r->held[i * q + v] += mean[v];
        }
        r->offset[v] = mean[v] - sum / (double)n;
    }
done:
    free(memory);
    return status;
}

/* ---- counts ------------------------------------------------------------------------------ */

struct counts {
    size_t n;
    const double *kernel;
    double *y, *d, *eta, *system, *right, *trial; /* right: n x 2 */
    double offset, penalty;
};

/* Minus the penalised log likelihood of d and offset; eta comes along. */
static double loss(const struct counts *c, const double *d, double offset, double *eta)
{
    double sum = 0;
    ecp_matrix_times(c->n, c->n, c->kernel, d, eta);
    for (size_t i = 0; i < c->n; i++) {
        sum += c->penalty / 2 * d[i] * eta[i];
        eta[i] += offset;
        sum += exp(fmin(eta[i], 700)) - c->y[i] * eta[i];
    }
    return sum;
}

/* One of Newton's steps, halved until the loss falls; *before: the loss. 1: it did not move any
 * more. */
static enum ecp_status newton(struct counts *c, double *before, int *ended)
{
    const size_t n = c->n;
    double sums[2] = {0, 0}, share = 1;
    memcpy(c->system, c->kernel, n * n * sizeof *c->system);
    for (size_t i = 0; i < n; i++) {
        const double rate = fmax(exp(fmin(c->eta[i], 700)), 1e-10);
        c->system[i * n + i] += c->penalty / rate;
        c->right[2 * i] = c->eta[i] + (c->y[i] - rate) / rate;
        c->right[2 * i + 1] = 1;
    }
    const enum ecp_status status = ecp_dense_solve(n, 2, c->system, c->right);
    if (status != ECP_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        sums[0] += c->right[2 * i];
        sums[1] += c->right[2 * i + 1];
    }
    const double offset = sums[0] / sums[1], old = c->offset;
    double *trial = c->trial, now = INFINITY;
    for (int halving = 0; halving < 40; halving++, share /= 2) {
        for (size_t i = 0; i < n; i++) {
            const double goal = c->right[2 * i] - offset * c->right[2 * i + 1];
            trial[i] = c->d[i] + share * (goal - c->d[i]);
        }
        c->offset = old + share * (offset - old);
        now = loss(c, trial, c->offset, c->eta);
        if (now <= *before)
            break;
    }
    *ended = !(*before - now > 1e-10 * (1 + fabs(now)));
    if (now <= *before)
        memcpy(c->d, trial, n * sizeof *trial);
    else
        c->offset = old;
    *before = fmin(now, *before);
    return ECP_OK;
}

static enum ecp_status fit_unit(const struct ecp_readout_call *call, size_t unit, struct counts *c,
                                struct ecp_readout *r)
{
    const size_t n = call->n, q = call->q;
    double mean = 0, before;
    int ended = 0;
    for (size_t i = 0; i < n; i++) {
        c->y[i] = call->y[i * q + unit];
        mean += c->y[i] / (double)n;
        c->d[i] = 0;
    }
    if (!(mean > 0)) { /* silent: exp(-20) is nearly nothing */
        r->offset[unit] = -20;
        for (size_t i = 0; i < n; i++)
            r->dual[i * q + unit] = 0;
        return ECP_OK;
    }
    c->offset = log(mean);
    c->penalty *= mean; /* the variance of counts is their mean */
    before = loss(c, c->d, c->offset, c->eta);
    for (int k = 0; k < STEPS && !ended; k++) {
        const enum ecp_status status = newton(c, &before, &ended);
        if (status != ECP_OK)
            return status;
    }
    for (size_t i = 0; i < n; i++)
        r->dual[i * q + unit] = c->d[i];
    r->offset[unit] = c->offset;
    return ended ? ECP_OK
                 : ecp_fail(ECP_ENUMERIC, "the exponential readout of unit %zu does not converge",
                            unit);
}

/* Penalties are those of the linear form. */
static enum ecp_status fit_counts(const struct ecp_readout_call *call, const double *kernel,
                                  struct ecp_readout *r)
{
    const size_t n = call->n;
    double *memory = malloc((n * n + 6 * n + 1) * sizeof *memory), trace = 0;
    enum ecp_status status = ECP_OK;
    if (!memory)
        return no_memory(n);
    struct counts c = {.n = n, .kernel = kernel, .system = memory, .right = memory + n * n};
    c.y = c.right + 2 * n;
    c.d = c.y + n;
    c.eta = c.d + n;
    c.trial = c.eta + n;
    for (size_t i = 0; i < n; i++)
        trace += kernel[i * n + i];
    for (size_t v = 0; v < call->q && status == ECP_OK; v++) {
        c.penalty = r->penalty[v] * trace / (double)n;
        status = fit_unit(call, v, &c, r);
    }
    for (size_t k = 0; k < n * call->q; k++)
        r->held[k] = NAN;
    free(memory);
    return status;
}

/* ---- fitting ----------------------------------------------------------------------------- */

static enum ecp_status begin(const struct ecp_readout_call *call, struct ecp_readout *r)
{
    const size_t n = call->n, p = call->p, q = call->q;
    *r = (struct ecp_readout){.form = call->form, .n = n, .p = p, .q = q};
    r->memory = malloc((n * p + p + 2 * n * q + 2 * q + 1) * sizeof *r->memory);
    if (!r->memory)
        return no_memory(n);
    r->x = r->memory;
    r->mean = r->x + n * p;
    r->dual = r->mean + p;
    r->held = r->dual + n * q;
    r->offset = r->held + n * q;
    r->penalty = r->offset + q;
    memcpy(r->x, call->x, n * p * sizeof *r->x);
    ecp_dense_centre(n, p, r->x, r->mean);
    r->scale = ecp_dense_square(n * p, r->x) / (double)n;
    if (!(r->scale > 1e-20 * ecp_dense_square(p, r->mean)) || !isfinite(r->scale))
        return ecp_fail(ECP_ECONFIG, "stimuli do not differ, or are not finite");
    for (size_t k = 0; k < n * q; k++)
        if (!isfinite(call->y[k]) || (call->form == ECP_READOUT_EXPONENTIAL && call->y[k] < 0))
            return ecp_fail(ECP_ECONFIG, "a response is missing%s",
                            isfinite(call->y[k]) ? " or negative: not for the exponential form"
                                                 : "");
    return ECP_OK;
}

enum ecp_status ecp_readout_fit(const struct ecp_readout_call *call, struct ecp_readout *out)
{
    const size_t n = call->n;
    struct ecp_readout r = {.n = 0};
    double *kernel = malloc((n * n + 1) * sizeof *kernel);
    enum ecp_status status;
    if (!kernel)
        return no_memory(n);
    ECP_TRY(begin(call, &r));
    ecp_kernel_linear(n, call->p, r.x, kernel);
    for (size_t k = 0; k < n * n; k++)
        kernel[k] = kernel_of(&r, kernel[k] / r.scale);
    ECP_TRY(fit_ridge(call, kernel, &r));
    if (call->form == ECP_READOUT_EXPONENTIAL)
        ECP_TRY(fit_counts(call, kernel, &r));
    *out = r;
    r.memory = NULL;
done:
    ecp_readout_drop(&r);
    free(kernel);
    return status;
}

void ecp_readout_drop(struct ecp_readout *r)
{
    free(r->memory);
    r->memory = NULL;
}

/* ---- using ------------------------------------------------------------------------------- */

void ecp_readout_respond(const struct ecp_readout *r, const double *x, double *response,
                         double *work)
{
    ecp_matrix_times(r->n, r->p, r->x, x, work);
    for (size_t i = 0; i < r->n; i++)
        work[i] = kernel_of(r, work[i] / r->scale);
    ecp_matrix_transposed_times(r->n, r->q, r->dual, work, response);
    for (size_t v = 0; v < r->q; v++) {
        response[v] += r->offset[v];
        if (r->form == ECP_READOUT_EXPONENTIAL)
            response[v] = exp(fmin(response[v], 700));
    }
}

void ecp_readout_gradient(const struct ecp_readout *r, const double *x, const double *response,
                          const double *c, double *gradient, double *work)
{
    double *t = work + r->n;
    for (size_t i = 0; i < r->n; i++) {
        work[i] = 0;
        for (size_t v = 0; v < r->q; v++)
            work[i] += r->dual[i * r->q + v] * c[v] *
                       (r->form == ECP_READOUT_EXPONENTIAL ? response[v] : 1);
    }
    if (r->form == ECP_READOUT_QUADRATIC) {
        ecp_matrix_times(r->n, r->p, r->x, x, t);
        for (size_t i = 0; i < r->n; i++)
            work[i] *= 1 + 2 * t[i] / r->scale;
    }
    ecp_matrix_transposed_times(r->n, r->p, r->x, work, gradient);
    for (size_t k = 0; k < r->p; k++)
        gradient[k] /= r->scale;
}
