#include "analysis/regression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/dense.h"
#include "engine/matrix.h"

/* Centred copies, and what a fit leaves: coefficients p x q. */
struct fit {
    size_t n, p, q;
    double *x, *y, *mean_x, *mean_y, *coefficient, *memory;
};

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory for a regression");
}

static enum ecp_status begin(struct fit *f, const double *x, const double *y)
{
    const size_t n = f->n, p = f->p, q = f->q;
    f->memory = malloc((n * p + n * q + p + q + p * q + 1) * sizeof *f->memory);
    if (!f->memory)
        return no_memory();
    f->x = f->memory;
    f->y = f->x + n * p;
    f->mean_x = f->y + n * q;
    f->mean_y = f->mean_x + p;
    f->coefficient = f->mean_y + q;
    memcpy(f->x, x, n * p * sizeof *x);
    memcpy(f->y, y, n * q * sizeof *y);
    ecp_dense_centre(n, p, f->x, f->mean_x);
    ecp_dense_centre(n, q, f->y, f->mean_y);
    return ECP_OK;
}

static void predict(const struct fit *f, size_t m, const double *xt, double *moved, double *out)
{
    for (size_t i = 0; i < m; i++)
        for (size_t u = 0; u < f->p; u++)
            moved[i * f->p + u] = xt[i * f->p + u] - f->mean_x[u];
    ecp_matrix_ab(m, f->q, f->p, moved, f->coefficient, out);
    for (size_t i = 0; i < m; i++)
        for (size_t v = 0; v < f->q; v++)
            out[i * f->q + v] += f->mean_y[v];
}

/* ---- ridge --------------------------------------------------------------------------------- */

/* (X'X + a)^-1 X'Y, or X'(XX' + a)^-1 Y where that is smaller. */
static enum ecp_status ridge(struct fit *f, double alpha)
{
    const size_t n = f->n, p = f->p, q = f->q, k = p <= n ? p : n;
    double *square = malloc((k * k + n * q + 1) * sizeof *square);
    enum ecp_status status;
    if (!square)
        return no_memory();
    if (p <= n) {
        ecp_matrix_atb(p, p, n, f->x, f->x, square);
        ecp_matrix_atb(p, q, n, f->x, f->y, f->coefficient);
    } else
        ecp_matrix_abt(n, n, p, f->x, f->x, square);
    for (size_t j = 0; j < k; j++)
        square[j * k + j] += alpha;
    if (p <= n) {
        status = ecp_dense_solve(p, q, square, f->coefficient);
    } else {
        double *dual = square + k * k;
        memcpy(dual, f->y, n * q * sizeof *dual);
        status = ecp_dense_solve(n, q, square, dual);
        if (status == ECP_OK)
            ecp_matrix_atb(p, q, n, f->x, dual, f->coefficient);
    }
    free(square);
    return status;
}

/* Sum of squared leave-one-out errors for a penalty, from the eigenvectors u (n x n) and values
 * of XX': H = 1/n + U l/(l + a) U', error = (y - Hy)/(1 - h_ii). */
static double left_out(const struct fit *f, const double *u, const double *values, const double *uy,
                       double alpha, double *smooth)
{
    const size_t n = f->n, q = f->q;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double h = 1 / (double)n;
        memset(smooth, 0, q * sizeof *smooth);
        for (size_t j = 0; j < n; j++) {
            const double share = values[j] > 0 ? values[j] / (values[j] + alpha) : 0;
            const double weight = u[i * n + j] * share;
            h += weight * u[i * n + j];
            for (size_t v = 0; v < q; v++)
                smooth[v] += weight * uy[j * q + v];
        }
        for (size_t v = 0; v < q; v++) {
            const double error = (f->y[i * q + v] - smooth[v]) / (1 - h);
            sum += error * error;
        }
    }
    return sum;
}

static enum ecp_status choose_alpha(const struct fit *f, const struct ecp_regression *how,
                                    double *alpha)
{
    const size_t n = f->n, q = f->q;
    double *u = malloc((n * n + n + n * q + q + 1) * sizeof *u), best = INFINITY;
    enum ecp_status status;
    if (!u)
        return no_memory();
    double *values = u + n * n, *uy = values + n, *smooth = uy + n * q;
    ecp_matrix_abt(n, n, f->p, f->x, f->x, u);
    ECP_TRY(ecp_dense_eigen(n, u, values));
    ecp_matrix_atb(n, q, n, u, f->y, uy);
    const double none = 1e-12 * values[n - 1];
    for (size_t j = 0; j < n; j++)
        values[j] = values[j] > none ? values[j] : 0;
    for (size_t k = 0; k < how->n_alphas; k++) {
        const double error = left_out(f, u, values, uy, how->alphas[k], smooth);
        if (error < best) {
            best = error;
            *alpha = how->alphas[k];
        }
    }
done:
    free(u);
    return status;
}

/* Least squares by the singular values of x: those of rounding do not count. */
static enum ecp_status least_squares(struct fit *f)
{
    const size_t n = f->n, p = f->p, q = f->q, k = n < p ? n : p;
    double *a = malloc((n * p + n * k + k + k * p + k * q + 1) * sizeof *a);
    enum ecp_status status;
    if (!a)
        return no_memory();
    double *u = a + n * p, *s = u + n * k, *vt = s + k, *uy = vt + k * p;
    memcpy(a, f->x, n * p * sizeof *a);
    ECP_TRY(ecp_dense_svd(n, p, a, u, s, vt));
    ecp_matrix_atb(k, q, n, u, f->y, uy);
    for (size_t j = 0; j < k; j++)
        for (size_t v = 0; v < q; v++)
            uy[j * q + v] = s[j] > 1e-13 * s[0] ? uy[j * q + v] / s[j] : 0;
    ecp_matrix_atb(p, q, k, vt, uy, f->coefficient);
done:
    free(a);
    return status;
}

/* ---- partial least squares ------------------------------------------------------------------- */

struct pls {
    size_t made;
    double *cross, *square, *values; /* X'Y; its products with itself; eigenvalues */
    double *w, *loading, *weight;    /* components x p, x p, x q */
    double *score, *inner, *memory;
};

static enum ecp_status pls_begin(const struct fit *f, size_t components, struct pls *s)
{
    const size_t n = f->n, p = f->p, q = f->q, k = p < q ? p : q;
    const size_t sizes[] = {
        p * q,          k * k,          k, components * p,
        components * p, components * q, n, components * components + components * q};
    double **const place[] = {&s->cross,   &s->square, &s->values, &s->w,
                              &s->loading, &s->weight, &s->score,  &s->inner};
    size_t all = 1;
    for (size_t j = 0; j < 8; j++)
        all += sizes[j];
    double *next = s->memory = malloc(all * sizeof *next);
    if (!next)
        return no_memory();
    for (size_t j = 0; j < 8; j++) {
        *place[j] = next;
        next += sizes[j];
    }
    return ECP_OK;
}

/* The direction of x with the largest covariance with y: first singular vector of X'Y.
 * 0: nothing is left. */
static enum ecp_status direction(const struct fit *f, struct pls *s, double *w, int *found)
{
    const size_t p = f->p, q = f->q, k = p < q ? p : q;
    if (s->made == 0) /* then it is deflated */
        ecp_matrix_atb(p, q, f->n, f->x, f->y, s->cross);
    if (p <= q)
        ecp_matrix_abt(p, p, q, s->cross, s->cross, s->square);
    else
        ecp_matrix_atb(q, q, p, s->cross, s->cross, s->square);
    const enum ecp_status status = ecp_dense_eigen(k, s->square, s->values);
    if (status != ECP_OK)
        return status;
    memset(w, 0, p * sizeof *w);
    for (size_t u = 0; u < p; u++) {
        if (p <= q)
            w[u] = s->square[u * k + k - 1];
        for (size_t v = 0; p > q && v < q; v++)
            w[u] += s->cross[u * q + v] * s->square[v * k + k - 1];
    }
    const double length = sqrt(ecp_dense_square(p, w));
    *found = length > 0 && s->values[k - 1] > 0;
    for (size_t u = 0; *found && u < p; u++)
        w[u] /= length;
    return ECP_OK;
}

/* The same by iteration from the first column of y that is not 0, until the squared step of
 * w is below 1e-6 (scikit-learn 1.2's stop). */
static void iterate(const struct fit *f, struct pls *s, double *w, int *found)
{
    enum { MOST = 500 };
    const size_t n = f->n, p = f->p, q = f->q;
    double *turned = s->cross, *before = s->loading + s->made * p, *in_y = s->weight + s->made * q;
    size_t column = 0;
    for (size_t i = 0; column < q && !(fabs(f->y[i * q + column]) > 2.2e-16);) {
        i = (i + 1) % n;
        column += i == 0;
    }
    *found = column < q;
    for (size_t i = 0; *found && i < n; i++)
        s->score[i] = f->y[i * q + column];
    for (int step = 0; *found && step < MOST; step++) {
        double moved = 0;
        ecp_matrix_transposed_times(n, p, f->x, s->score, w);
        const double length = sqrt(ecp_dense_square(p, w));
        *found = length > 0;
        for (size_t u = 0; *found && u < p; u++) {
            w[u] /= length;
            moved += step ? (w[u] - before[u]) * (w[u] - before[u]) : 1;
            before[u] = w[u];
        }
        ecp_matrix_times(n, p, f->x, w, turned);
        ecp_matrix_transposed_times(n, q, f->y, turned, in_y);
        ecp_matrix_times(n, q, f->y, in_y, s->score);
        if (moved < 1e-6 || q == 1)
            break;
    }
}

/* x and y less what the score t explains: x - t p', y - t c', and x'y - |t|^2 p c'. */
static void deflate(struct fit *f, struct pls *s, size_t k, int compat)
{
    const size_t n = f->n, p = f->p, q = f->q;
    double *loading = s->loading + k * p, *weight = s->weight + k * q;
    ecp_matrix_times(n, p, f->x, s->w + k * p, s->score);
    const double size = ecp_dense_square(n, s->score);
    ecp_matrix_transposed_times(n, p, f->x, s->score, loading);
    ecp_matrix_transposed_times(n, q, f->y, s->score, weight);
    for (size_t u = 0; u < p; u++)
        loading[u] /= size;
    for (size_t v = 0; v < q; v++)
        weight[v] /= size;
    for (size_t u = 0; u < p && !compat; u++)
        for (size_t v = 0; v < q; v++)
            s->cross[u * q + v] -= size * loading[u] * weight[v];
    for (size_t i = 0; i < n; i++) {
        for (size_t u = 0; u < p; u++)
            f->x[i * p + u] -= s->score[i] * loading[u];
        for (size_t v = 0; v < q; v++)
            f->y[i * q + v] -= s->score[i] * weight[v];
    }
}

/* W (P'W)^-1 Q', with P'W upper triangular with ones on the diagonal: by substitution. */
static void combine(struct fit *f, const struct pls *s)
{
    const size_t p = f->p, q = f->q, k = s->made;
    double *inner = s->inner, *turned = s->inner + k * k;
    ecp_matrix_abt(k, k, p, s->loading, s->w, inner); /* inner[i][j] = p_i . w_j */
    memcpy(turned, s->weight, k * q * sizeof *turned);
    for (size_t i = k; i-- > 0;)
        for (size_t v = 0; v < q; v++) {
            double sum = turned[i * q + v];
            for (size_t j = i + 1; j < k; j++)
                sum -= inner[i * k + j] * turned[j * q + v];
            turned[i * q + v] = sum / inner[i * k + i];
        }
    ecp_matrix_atb(p, q, k, s->w, turned, f->coefficient);
}

static enum ecp_status partial_least_squares(struct fit *f, size_t components, int compat)
{
    struct pls s = {.memory = NULL};
    enum ecp_status status = ECP_OK;
    int found = 1;
    ECP_TRY(pls_begin(f, components, &s));
    while (s.made < components) {
        if (compat)
            iterate(f, &s, s.w + s.made * f->p, &found);
        else
            ECP_TRY(direction(f, &s, s.w + s.made * f->p, &found));
        if (!found)
            break;
        deflate(f, &s, s.made++, compat);
    }
    if (s.made > 0)
        combine(f, &s);
    else
        memset(f->coefficient, 0, f->p * f->q * sizeof *f->coefficient);
done:
    free(s.memory);
    return status;
}

/* ---- any of them -------------------------------------------------------------------------------
 */

void ecp_regression_alphas(double alphas[ECP_ALPHAS])
{
    for (int k = 0; k < ECP_ALPHAS; k++)
        alphas[k] = pow(10, -2 + 9.0 * k / (ECP_ALPHAS - 1));
}

enum ecp_status ecp_regress(const struct ecp_regression *how, size_t n, size_t p, size_t q,
                            const double *x, const double *y, size_t m, const double *xt,
                            double *out, double *chosen)
{
    struct fit f = {.n = n, .p = p, .q = q};
    double alpha = how->alpha;
    double *moved = malloc((m * p + 1) * sizeof *moved);
    enum ecp_status status = moved ? ECP_OK : no_memory();
    if (status == ECP_OK)
        status = begin(&f, x, y);
    if (status != ECP_OK)
        goto done;
    if (how->kind == ECP_REGRESSION_PLS) {
        const size_t most = n - 1 < p ? n - 1 : p;
        ECP_TRY(partial_least_squares(&f, how->components < most ? how->components : most,
                                      how->compat));
    } else if (how->kind == ECP_REGRESSION_LINEAR) {
        ECP_TRY(least_squares(&f));
    } else {
        if (how->kind == ECP_REGRESSION_RIDGE_CV)
            ECP_TRY(choose_alpha(&f, how, &alpha));
        ECP_TRY(ridge(&f, alpha));
    }
    predict(&f, m, xt, moved, out);
    if (chosen)
        *chosen = alpha;
done:
    free(f.memory);
    free(moved);
    return status;
}
