/* fast_weights_forms.h -- the recurrence of fast_weights.c in one precision: included once
 * for each, with `real`, NAME(x), GEMM and LIMIT (of exponents) defined.
 *
 * Scaled coordinates: within a chunk with first item a, queries and reading keys carry
 * e^{G_i - G_a}, writing keys e^{G_a - G_j} (G: sum of the gates), and the state e^{G_a}.
 * There the gates are gone, and what is left is the sum or the delta rule without decay. */
#define piece  NAME(piece)
#define space  NAME(space)
#define rows   NAME(rows)
#define matrix NAME(matrix)

struct piece {
    const struct plan *plan;
    size_t n;
    const real *q;      /* n x heads key; NULL: nothing is asked, `o` is not used */
    const real *k, *v;  /* n x heads key, n x heads value */
    const double *beta; /* n, of the delta rules */
    struct gates gates;
    real *o;     /* n x heads value */
    real *state; /* heads x key x value */
    real *z;     /* heads x key, of normalised sums */
};

/* What a piece needs besides. Item t of head h is row h n + t, but for `p` and `a` of the
 * parallel form, where it is row h STRIP + t modulo STRIP. */
struct space {
    struct cuts cuts;
    real *q, *k_write, *k_read; /* scaled, key columns; only with gates */
    real *p, *a;                /* queries by keys; keys by keys, times -beta */
    size_t width;               /* columns of both */
    real *u;                    /* what is written, value columns */
    real *row;                  /* SOLVE x value a head, for solving */
    double *weight;             /* sums of weights */
};

/* Rows of one head from item t on. */
struct rows {
    const real *q, *k_write, *k_read;
    size_t stride;
};

struct matrix {
    const real *at;
    size_t stride;
    int transposed;
};

static struct rows NAME(rows_of)(const struct piece *b, const struct space *s, size_t h, size_t t)
{
    const size_t d = b->plan->key, all = b->plan->heads * d;
    if (b->gates.count > 0) {
        const size_t at = (h * b->n + t) * d;
        return (struct rows){s->q + at, s->k_write + at, s->k_read + at, d};
    }
    const real *k = b->k + t * all + h * d;
    return (struct rows){b->q ? b->q + t * all + h * d : NULL, k, k, all};
}

/* c = alpha a b + beta c; c is m x n. */
struct NAME(target) {
    real *at;
    size_t stride, m, n;
    real beta;
};
static void NAME(multiply)(size_t k, real alpha, struct matrix a, struct matrix b,
                           struct NAME(target) c)
{
    if (c.m > 0 && c.n > 0 && k > 0)
        GEMM(CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans,
             b.transposed ? CblasTrans : CblasNoTrans, (int)c.m, (int)c.n, (int)k, alpha, a.at,
             (int)a.stride, b.at, (int)b.stride, c.beta, c.at, (int)c.stride);
}

/* Rows of a key-by-value matrix times e^{g}, or all of it by one gate. */
static void NAME(decay)(const struct piece *b, const double *g, size_t d, size_t width,
                        struct NAME(target) c)
{
    real keep = (real)ecp_expd(g[0]);
    for (size_t r = 0; r < d; r++) {
        real *restrict x = c.at + r * c.stride;
        if (b->gates.count > 1)
            keep = (real)ecp_expd(g[r]);
#pragma omp simd
        for (size_t j = 0; j < width; j++)
            x[j] *= keep;
    }
}

/* ---- recurrent ------------------------------------------------------------------- */

static void NAME(write_one)(size_t d, size_t m, const real *restrict k, const real *restrict u,
                            real *restrict state)
{
    for (size_t c = 0; c < d; c++) {
        real *restrict s = state + c * m;
        const real x = k[c];
#pragma omp simd
        for (size_t j = 0; j < m; j++)
            s[j] += x * u[j];
    }
}

static void NAME(read_one)(size_t d, size_t m, real scale, const real *restrict q,
                           const real *restrict state, real *restrict o)
{
    for (size_t j = 0; j < m; j++)
        o[j] = 0;
    for (size_t c = 0; c < d; c++) {
        const real *restrict s = state + c * m;
        const real x = scale * q[c];
#pragma omp simd
        for (size_t j = 0; j < m; j++)
            o[j] += x * s[j];
    }
}

static void NAME(bound)(size_t n, real *restrict state)
{
    double square = 0;
    for (size_t j = 0; j < n; j++)
        square += (double)state[j] * (double)state[j];
    if (square <= 1)
        return;
    for (size_t j = 0; j < n; j++)
        state[j] = (real)((double)state[j] / sqrt(square));
}

static void NAME(recurrent_head)(const struct piece *b, struct space *s, size_t h)
{
    const struct plan *p = b->plan;
    const size_t d = p->key, m = p->value;
    real *state = b->state + h * d * m, *z = b->z + h * d, *u = s->row + h * SOLVE * m;
    for (size_t t = 0; t < b->n; t++) {
        const real *k = b->k + (t * p->heads + h) * d, *v = b->v + (t * p->heads + h) * m;
        if (b->gates.count > 0) {
            const double *g = gate_of(&b->gates, t, h);
            NAME(decay)(b, g, d, m, (struct NAME(target)){.at = state, .stride = m});
            NAME(decay)(b, g, d, 1, (struct NAME(target)){.at = z, .stride = 1});
        }
        if (p->delta) {
            NAME(read_one)(d, m, 1, k, state, u);
            for (size_t j = 0; j < m; j++)
                u[j] = (real)b->beta[t] * (v[j] - u[j]);
        }
        NAME(write_one)(d, m, k, p->delta ? u : v, state);
        for (size_t c = 0; c < d && p->normalised; c++)
            z[c] += k[c];
        if (p->bounded)
            NAME(bound)(d * m, state);
        if (!b->q)
            continue;
        const real *q = b->q + (t * p->heads + h) * d;
        double weight = 0;
        NAME(read_one)(d, m, (real)p->scale, q, state, b->o + (t * p->heads + h) * m);
        for (size_t c = 0; c < d && p->normalised; c++)
            weight += p->scale * (double)q[c] * (double)z[c];
        s->weight[h * b->n + t] = weight;
    }
}

/* ---- triangles ----------------------------------------------------------------------- */

/* c (n x `past` + n, stride of `c`) = alpha x y^T at and below the diagonal that begins
 * in column `past`, 0 above it. */
static void NAME(triangle)(size_t n, size_t past, size_t d, real alpha, const struct matrix xy[2],
                           struct NAME(target) c)
{
    for (size_t first = 0; first < n; first += LOWER) {
        const size_t high = n - first < LOWER ? n - first : LOWER, wide = past + first + high;
        real *at = c.at + first * c.stride;
        NAME(multiply)
        (d, alpha, (struct matrix){xy[0].at + first * xy[0].stride, xy[0].stride, 0},
         (struct matrix){xy[1].at, xy[1].stride, 1},
         (struct NAME(target)){at, c.stride, high, wide, 0});
        for (size_t r = 0; r < high; r++)
            for (size_t j = past + first + r + 1; j < wide; j++)
                at[r * c.stride + j] = 0;
    }
}

/* c += p x with p a triangle as above. */
static void NAME(triangle_times)(size_t n, size_t past, struct matrix p, struct matrix x,
                                 struct NAME(target) c)
{
    for (size_t first = 0; first < n; first += LOWER) {
        const size_t high = n - first < LOWER ? n - first : LOWER;
        NAME(multiply)
        (past + first + high, 1, (struct matrix){p.at + first * p.stride, p.stride, 0}, x,
         (struct NAME(target)){c.at + first * c.stride, c.stride, high, c.n, 1});
    }
}

/* Of a = -beta (keys by keys), n x past + n: only what is below the diagonal stays, and
 * its SOLVE x SOLVE blocks on the diagonal become the inverse of 1 - block. */
static void NAME(prepare_solving)(size_t n, size_t past, const double *beta, real *a, size_t stride)
{
    for (size_t i = 0; i < n; i++) {
        const real factor = (real)-beta[i];
        real *restrict row = a + i * stride;
#pragma omp simd
        for (size_t j = 0; j < past + i; j++)
            row[j] *= factor;
        row[past + i] = 0;
    }
    for (size_t first = 0; first < n; first += SOLVE) {
        const size_t high = n - first < SOLVE ? n - first : SOLVE;
        real *at = a + first * stride + past + first, inverse[SOLVE][SOLVE] = {{0}};
        for (size_t i = 0; i < high; i++) {
            for (size_t j = 0; j < i; j++) {
                const real x = at[i * stride + j];
#pragma omp simd
                for (size_t c = 0; c < SOLVE; c++)
                    inverse[i][c] += x * inverse[j][c];
            }
            inverse[i][i] = 1;
        }
        for (size_t i = 0; i < high; i++)
            memcpy(at + i * stride, inverse[i], high * sizeof *at);
    }
}

/* u becomes (1 - a)^{-1} u; `a` begins at its diagonal; row: SOLVE x u.n. */
static void NAME(solve)(size_t n, struct matrix a, struct NAME(target) u, real *row)
{
    for (size_t first = 0; first < n; first += SOLVE) {
        const size_t high = n - first < SOLVE ? n - first : SOLVE;
        real *at = u.at + first * u.stride;
        const real *own = a.at + first * a.stride;
        NAME(multiply)
        (first, 1, (struct matrix){own, a.stride, 0}, (struct matrix){u.at, u.stride, 0},
         (struct NAME(target)){at, u.stride, high, u.n, 1});
        NAME(multiply)
        (high, 1, (struct matrix){own + first, a.stride, 0}, (struct matrix){at, u.stride, 0},
         (struct NAME(target)){row, u.n, high, u.n, 0});
        for (size_t r = 0; r < high; r++)
            memcpy(at + r * u.stride, row + r * u.n, u.n * sizeof *row);
    }
}

/* to = from times e^{sum}, or e^{-sum} where sign is -1. */
static void NAME(scale_row)(size_t d, size_t count, double sign, const double *restrict sum,
                            const real *restrict from, real *restrict to)
{
    if (count == 1) {
        const real factor = (real)ecp_expd(sign * sum[0]);
#pragma omp simd
        for (size_t c = 0; c < d; c++)
            to[c] = from[c] * factor;
        return;
    }
#pragma omp simd
    for (size_t c = 0; c < d; c++)
        to[c] = (real)((double)from[c] * ecp_expd(sign * sum[c]));
}

/* Queries and keys of one chunk in its coordinates. */
static void NAME(scale_rows)(const struct piece *b, struct space *s, size_t h, size_t first,
                             size_t stop)
{
    const size_t d = b->plan->key, all = b->plan->heads * d, count = b->gates.count;
    for (size_t t = first; t < stop; t++) {
        const size_t to = (h * b->n + t) * d, from = t * all + h * d;
        const double *sum = s->cuts.sum + (h * b->n + t) * count;
        NAME(scale_row)(d, count, -1, sum, b->k + from, s->k_write + to);
        if (b->plan->delta)
            NAME(scale_row)(d, count, 1, sum, b->k + from, s->k_read + to);
        if (b->q)
            NAME(scale_row)(d, count, 1, sum, b->q + from, s->q + to);
    }
}
