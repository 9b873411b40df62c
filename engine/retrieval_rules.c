/* The two rules of retrieval.c, forward and backward. */
#include <string.h>

#include "engine/matrix.h"
#include "engine/retrieval_private.h"

/* From y: the loss, and dloss/dy in g, for the keys that occurred. */
static void judge(const struct ecp_retrieval *r, struct ecp_retrieval_run *x)
{
    const size_t s = r->at.s;
    x->loss = 0;
    for (size_t i = 0; i < s; i++)
        for (size_t j = 0; j < s; j++) {
            const size_t last = x->last[i];
            double *g = x->g + i * s + j;
            *g = last < r->at.t ? x->y[i * s + j] - (double)(x->value[last] == j) : 0;
            x->loss += 0.5 * *g * *g / (double)x->asked;
            *g /= (double)x->asked;
        }
}

/* ---- the two rules ------------------------------------------------------------------- */

void ecp_retrieval_sum_rule(const struct ecp_retrieval *r, const struct ecp_retrieval_common *c,
                            struct ecp_retrieval_run *x, int backward)
{
    const size_t s = r->at.s, n = r->at.t, f = r->at.f;
    double *a = x->work;
    ecp_matrix_abt(s, n, f, c->phi, x->phi, a);
    memset(x->y, 0, s * s * sizeof *x->y);
    for (size_t i = 0; i < s; i++) {
        double weight = r->setup.epsilon;
        for (size_t t = 0; t < n; t++)
            weight += a[i * n + t];
        for (size_t t = 0; t < n; t++)
            x->y[i * s + x->value[t]] += a[i * n + t] / weight;
        x->u[i] = weight;
    }
    judge(r, x);
    if (!backward)
        return;
    for (size_t i = 0; i < s; i++) {
        double along = 0;
        for (size_t j = 0; j < s; j++)
            along += x->g[i * s + j] * x->y[i * s + j];
        for (size_t t = 0; t < n; t++)
            a[i * n + t] = (x->g[i * s + x->value[t]] - along) / x->u[i];
    }
    ecp_matrix_ab(s, f, n, a, x->phi, x->d_seen);
    ecp_matrix_atb(n, f, s, a, c->phi, x->d_phi);
    memset(x->d_b, 0, n * sizeof *x->d_b);
}

/* out (S) = rows of W (F x S) weighed by k. */
static void weigh(size_t f, size_t s, const double *restrict w, const double *restrict k,
                  double *restrict out)
{
    memset(out, 0, s * sizeof *out);
    for (size_t c = 0; c < f; c++) {
        const double x = k[c];
        for (size_t j = 0; j < s && x != 0; j++)
            out[j] += x * w[c * s + j];
    }
}

static void write(size_t f, size_t s, double factor, const double *restrict k,
                  const double *restrict u, double *restrict w)
{
    for (size_t c = 0; c < f; c++) {
        const double x = factor * k[c];
        for (size_t j = 0; j < s && x != 0; j++)
            w[c * s + j] += x * u[j];
    }
}

/* Forward, the state W in x->work; u_t is what is written at t. */
static void delta_forward(const struct ecp_retrieval *r, struct ecp_retrieval_run *x)
{
    const size_t s = r->at.s, f = r->at.f;
    memset(x->work, 0, f * s * sizeof *x->work);
    for (size_t t = 0; t < r->at.t; t++) {
        double *u = x->u + t * s;
        weigh(f, s, x->work, x->phi + t * f, u);
        for (size_t j = 0; j < s; j++)
            u[j] = x->b[t] * ((double)(j == x->value[t]) - u[j]);
        write(f, s, 1, x->phi + t * f, u, x->work);
    }
}

/* Backward, last pair first; the state is taken apart on the way. `d_w` (F x S) is dL/dW. */
static void delta_backward(const struct ecp_retrieval *r, struct ecp_retrieval_run *x, double *d_w)
{
    const size_t s = r->at.s, f = r->at.f;
    double *d_u = x->y; /* S: y is judged already */
    for (size_t t = r->at.t; t-- > 0;) {
        const double *k = x->phi + t * f, *u = x->u + t * s;
        double *d_k = x->d_phi + t * f;
        write(f, s, -1, k, u, x->work);
        weigh(f, s, d_w, k, d_u);
        x->d_b[t] = 0;
        for (size_t j = 0; j < s; j++)
            x->d_b[t] += d_u[j] * u[j] / x->b[t];
        for (size_t c = 0; c < f; c++) {
            double sum = 0;
            for (size_t j = 0; j < s; j++)
                sum += d_w[c * s + j] * u[j] - x->b[t] * x->work[c * s + j] * d_u[j];
            d_k[c] = sum;
        }
        write(f, s, -x->b[t], k, d_u, d_w);
    }
}

/* Features over their sum: dL/dphi from dL/d(phi / sum), both n x F. */
void ecp_retrieval_through_sum(size_t n, size_t f, const double *shares, const double *sum,
                               double *d)
{
    for (size_t t = 0; t < n; t++) {
        double along = 0;
        for (size_t c = 0; c < f; c++)
            along += d[t * f + c] * shares[t * f + c];
        for (size_t c = 0; c < f; c++)
            d[t * f + c] = (d[t * f + c] - along) / sum[t];
    }
}

void ecp_retrieval_delta_rule(const struct ecp_retrieval *r, const struct ecp_retrieval_common *c,
                              struct ecp_retrieval_run *x, int backward)
{
    const size_t s = r->at.s, f = r->at.f;
    double *d_w = x->work + f * s;
    delta_forward(r, x);
    ecp_matrix_ab(s, s, f, c->seen, x->work, x->y);
    judge(r, x);
    if (!backward)
        return;
    ecp_matrix_abt(s, f, s, x->g, x->work, x->d_seen);
    ecp_matrix_atb(f, s, s, c->seen, x->g, d_w);
    delta_backward(r, x, d_w);
    ecp_retrieval_through_sum(r->at.t, f, x->phi, x->sum, x->d_phi);
    for (size_t t = 0; t < r->at.t; t++) {
        for (size_t j = 0; j < f; j++)
            x->phi[t * f + j] *= x->sum[t];
        x->d_b[t] *= x->b[t] * (1 - x->b[t]);
    }
}
