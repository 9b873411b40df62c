#include "engine/couplings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/isa.h"
#include "engine/matrix.h"

enum { FEW = 2 }; /* states for which products with a vector are the faster ones */

enum ecp_status ecp_couplings_init(struct ecp_couplings *c, size_t n, int single, int own)
{
    const size_t each = single ? sizeof(float) : sizeof(double);
    const size_t bytes = n <= SIZE_MAX / each / n ? n * n * each : 0;
    void *pages = bytes > 0 ? ecp_pages(bytes) : NULL;
    double *left_out = calloc(n, sizeof *left_out);
    if (!pages || !left_out) {
        if (pages)
            ecp_pages_free(pages, bytes);
        free(left_out);
        return ecp_fail(ECP_ENOMEM, "no memory for couplings between %zu components", n);
    }
    *c = (struct ecp_couplings){.n = n, .own = own, .left_out = left_out};
    c->wide = ecp_isa_best() != ECP_ISA_BASELINE;
    if (single)
        c->single = pages;
    else
        c->w = pages;
    return ECP_OK;
}

void ecp_couplings_clear(struct ecp_couplings *c)
{
    if (c->w)
        ecp_pages_free(c->w, c->n * c->n * sizeof *c->w);
    if (c->single)
        ecp_pages_free(c->single, c->n * c->n * sizeof *c->single);
    free(c->left_out);
}

static double coupling(const struct ecp_couplings *c, size_t at)
{
    return c->w ? c->w[at] : (double)c->single[at];
}

static void note_diagonal(struct ecp_couplings *c)
{
    for (size_t k = 0; k < c->n && !c->own; k++)
        c->left_out[k] = coupling(c, k * c->n + k);
}

/* x in single precision; NULL: no memory. */
static float *shortened(const double *x, size_t n)
{
    float *out = calloc(n, sizeof *out);
    for (size_t k = 0; out && k < n; k++)
        out[k] = (float)x[k];
    return out;
}

static enum ecp_status no_memory(const struct ecp_couplings *c)
{
    return ecp_fail(ECP_ENOMEM, "no memory for states of %zu components", c->n);
}

/* ---- learning ----------------------------------------------------------------- */

enum ecp_status ecp_couplings_add(struct ecp_couplings *c, const double *x, size_t count)
{
    const struct ecp_product p = {1, 0, c->n, c->n, count, c->n, c->n, c->n};
    if (c->w) {
        ecp_matrix_multiply(&p, 1, x, x, 1, c->w);
    } else {
        float *rows = shortened(x, count * c->n);
        if (!rows)
            return no_memory(c);
        ecp_matrix_multiply_single(&p, 1, rows, rows, 1, c->single);
        free(rows);
    }
    note_diagonal(c);
    return ECP_OK;
}

/* Row i, item after item, while it is near. */
#define LEARN(name, real)                                                                          \
    static void name(real *restrict w, size_t n, size_t i, const struct ecp_coupling_law *law,     \
                     const double *restrict x, size_t count)                                       \
    {                                                                                              \
        const real keep = (real)law->keep, most = (real)law->bound, least = -most;                 \
        for (size_t mu = 0; mu < count; mu++) {                                                    \
            const double *restrict to = x + mu * n;                                                \
            const double by = to[i] * (law->strength ? law->strength[mu] : 1);                     \
            _Pragma("omp simd") for (size_t j = 0; j < n; j++)                                     \
            {                                                                                      \
                const real next = w[j] * keep + (real)(by * to[j]);                                \
                const real low = next < least ? least : next;                                      \
                w[j] = low > most ? most : low;                                                    \
            }                                                                                      \
        }                                                                                          \
    }

LEARN(learn_double, double)
LEARN(learn_single, float)

enum ecp_status ecp_couplings_learn(struct ecp_couplings *c, const struct ecp_coupling_law *law,
                                    const double *x, size_t count)
{
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < c->n; i++)
        if (c->w)
            learn_double(c->w + i * c->n, c->n, i, law, x, count);
        else
            learn_single(c->single + i * c->n, c->n, i, law, x, count);
    note_diagonal(c);
    return ECP_OK;
}

/* y = w x with the whole diagonal. */
static enum ecp_status times(const struct ecp_couplings *c, const double *x, double *y)
{
    const size_t n = c->n;
    if (c->w) {
        ecp_matrix_times(n, n, c->w, x, y);
        return ECP_OK;
    }
    float *in = calloc(2 * n, sizeof *in);
    if (!in)
        return no_memory(c);
    for (size_t k = 0; k < n; k++)
        in[k] = (float)x[k];
    ecp_matrix_times_single(n, n, c->single, in, in + n);
    for (size_t k = 0; k < n; k++)
        y[k] = (double)in[n + k];
    free(in);
    return ECP_OK;
}

/* w_ij = grow w_ij + a_i b_j + b_i a_j + size a_i a_j, the diagonal where it counts. */
struct update {
    const double *a, *b;
    double grow, size;
    int diagonal;
};

static double updated(const struct update *u, double w, size_t i, size_t j)
{
    return w * u->grow + (u->size * (u->a[i] * u->a[j]) + (u->a[i] * u->b[j] + u->b[i] * u->a[j]));
}

static void change_all(struct ecp_couplings *c, const struct update *u)
{
    const size_t n = c->n;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) {
        const double own = coupling(c, i * n + i);
        for (size_t j = 0; c->w && j < n; j++)
            c->w[i * n + j] = updated(u, c->w[i * n + j], i, j);
        for (size_t j = 0; c->single && j < n; j++)
            c->single[i * n + j] = (float)updated(u, (double)c->single[i * n + j], i, j);
        if (u->diagonal)
            continue;
        const double kept = c->own ? own + u->size + 2 * u->a[i] * u->b[i] : 0;
        if (c->w)
            c->w[i * n + i] = kept;
        else
            c->single[i * n + i] = (float)kept;
    }
}

/* With g_i = sum over k != i of w_ik x_k: h_ij = g_i - w_ij x_j, h_ii = g_i. */
enum ecp_status ecp_couplings_storkey(struct ecp_couplings *c, const double *x, size_t count)
{
    const size_t n = c->n;
    const double size = 1 / (double)n;
    double *g = malloc(n * sizeof *g);
    enum ecp_status status = ECP_OK;
    if (!g)
        return no_memory(c);
    for (size_t mu = 0; mu < count; mu++, x += n) {
        ECP_TRY(times(c, x, g));
        for (size_t k = 0; k < n; k++)
            g[k] = -(g[k] - coupling(c, k * n + k) * x[k]) * size;
        change_all(c, &(struct update){x, g, 1 + 2 * size, size, 0});
    }
    note_diagonal(c);
done:
    free(g);
    return status;
}

enum ecp_status ecp_couplings_project(struct ecp_couplings *c, const double *x, size_t count)
{
    const size_t n = c->n;
    const double least = (double)n * (c->w ? 1e-18 : 1e-8);
    double *r = malloc(3 * n * sizeof *r), *y = r + n, *none = y + n;
    enum ecp_status status = ECP_OK;
    if (!r)
        return no_memory(c);
    memset(none, 0, n * sizeof *none);
    for (size_t mu = 0; mu < count; mu++, x += n) {
        double size = 0;
        memcpy(r, x, n * sizeof *r);
        for (int round = 0; round < 2; round++) {
            ECP_TRY(times(c, r, y));
            for (size_t k = 0; k < n; k++)
                r[k] -= y[k];
        }
        for (size_t k = 0; k < n; k++)
            size += r[k] * r[k];
        if (size > least)
            change_all(c, &(struct update){r, none, 1, 1 / size, 1});
    }
    note_diagonal(c);
done:
    free(r);
    return status;
}

/* ---- fields ------------------------------------------------------------------- */

static enum ecp_status all_fields(const struct ecp_couplings *c, size_t count, const double *state,
                                  double *field)
{
    const size_t n = c->n;
    const struct ecp_product p = {0, 0, count, n, n, n, n, n};
    enum ecp_status status = ECP_OK;
    float *in = NULL, *out = NULL;
    if (count <= FEW) {
        for (size_t k = 0; k < count; k++)
            ECP_TRY(times(c, state + k * n, field + k * n));
    } else if (c->w) {
        ecp_matrix_multiply(&p, 1, state, c->w, 0, field);
    } else {
        in = shortened(state, count * n);
        out = calloc(count * n, sizeof *out);
        if (!in || !out) {
            status = no_memory(c);
            goto done;
        }
        ecp_matrix_multiply_single(&p, 1, in, c->single, 0, out);
        for (size_t k = 0; k < count * n; k++)
            field[k] = (double)out[k];
    }
done:
    free(in);
    free(out);
    return status;
}

enum ecp_status ecp_couplings_fields(const struct ecp_couplings *c, size_t count,
                                     const double *state, double *field)
{
    const size_t n = c->n;
    const enum ecp_status status = all_fields(c, count, state, field);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; k < count && !c->own; k++)
        for (size_t j = 0; j < n; j++)
            field[k * n + j] -= c->left_out[j] * state[k * n + j];
    return ECP_OK;
}

static enum ecp_status fields(const void *self, size_t count, const double *state, double *field)
{
    return ecp_couplings_fields(self, count, state, field);
}

static enum ecp_status begin(const void *self, size_t count, const double *state, double *room)
{
    return all_fields(self, count, state, room);
}

static double field_at(const void *self, size_t k, double state, const double *room)
{
    const struct ecp_couplings *c = self;
    return room[k] - c->left_out[k] * state;
}

/* to += step row: the same bits in every form. */
#define ADD(form, name, real)                                                                      \
    form static void name(double *restrict to, const real *restrict row, double step, size_t n)    \
    {                                                                                              \
        _Pragma("omp simd") for (size_t j = 0; j < n; j++) to[j] += step * (double)row[j];         \
    }

ADD(, add_double, double)
ADD(, add_single, float)
#ifdef ECP_HAVE_X86
#define AVX2 __attribute__((target("avx2")))
ADD(AVX2, add_double_avx2, double)
ADD(AVX2, add_single_avx2, float)
#endif

static void change(const void *self, size_t k, double from, double to, double *restrict room)
{
    const struct ecp_couplings *c = self;
    const size_t n = c->n;
#ifdef ECP_HAVE_X86
    if (c->wide && c->w)
        add_double_avx2(room, c->w + k * n, to - from, n);
    else if (c->wide)
        add_single_avx2(room, c->single + k * n, to - from, n);
    else
#endif
        if (c->w)
        add_double(room, c->w + k * n, to - from, n);
    else
        add_single(room, c->single + k * n, to - from, n);
}

static void among(const void *self, size_t count, const size_t *unit, double *out)
{
    const struct ecp_couplings *c = self;
    for (size_t j = 0; j < count; j++)
        for (size_t k = 0; k < count; k++)
            out[j * count + k] = coupling(c, unit[j] * c->n + unit[k]);
}

static double field_from(const void *self, size_t k, double state, double room)
{
    const struct ecp_couplings *c = self;
    return room - c->left_out[k] * state;
}

/* to += step row for several rows in turn, four while `to` is in a register. */
#define ADD_ALL(form, name, add_one, real)                                                         \
    form static void name(double *restrict to, const real *restrict w, size_t stride,              \
                          const size_t *unit, const double *step, size_t count, size_t n)          \
    {                                                                                              \
        size_t k = 0;                                                                              \
        for (; k + 4 <= count; k += 4) {                                                           \
            const real *restrict a = w + unit[k] * stride, *restrict b = w + unit[k + 1] * stride; \
            const real *restrict c = w + unit[k + 2] * stride;                                     \
            const real *restrict d = w + unit[k + 3] * stride;                                     \
            const double s = step[k], t = step[k + 1], u = step[k + 2], v = step[k + 3];           \
            _Pragma("omp simd") for (size_t j = 0; j < n; j++) to[j] =                             \
                to[j] + s * (double)a[j] + t * (double)b[j] + u * (double)c[j] + v * (double)d[j]; \
        }                                                                                          \
        for (; k < count; k++)                                                                     \
            add_one(to, w + unit[k] * stride, step[k], n);                                         \
    }

ADD_ALL(, add_doubles, add_double, double)
ADD_ALL(, add_singles, add_single, float)
#ifdef ECP_HAVE_X86
ADD_ALL(AVX2, add_doubles_avx2, add_double_avx2, double)
ADD_ALL(AVX2, add_singles_avx2, add_single_avx2, float)
#endif

static void changes(const void *self, size_t count, const size_t *unit, const double *step,
                    size_t first, size_t end, double *room)
{
    const struct ecp_couplings *c = self;
    const size_t n = end - first;
    double *to = room + first;
#ifdef ECP_HAVE_X86
    if (c->wide && c->w)
        add_doubles_avx2(to, c->w + first, c->n, unit, step, count, n);
    else if (c->wide)
        add_singles_avx2(to, c->single + first, c->n, unit, step, count, n);
    else
#endif
        if (c->w)
        add_doubles(to, c->w + first, c->n, unit, step, count, n);
    else
        add_singles(to, c->single + first, c->n, unit, step, count, n);
}

struct ecp_signs_rule ecp_couplings_rule(const struct ecp_couplings *c)
{
    return (struct ecp_signs_rule){.self = c,
                                   .n = c->n,
                                   .fields = fields,
                                   .room = c->n,
                                   .begin = begin,
                                   .field = field_at,
                                   .change = change,
                                   .among = among,
                                   .field_from = field_from,
                                   .changes = changes};
}

/* ---- the matrix ------------------------------------------------------------------ */

void ecp_couplings_read(const struct ecp_couplings *c, double *out)
{
    for (size_t k = 0; k < c->n * c->n; k++)
        out[k] = coupling(c, k);
}

void ecp_couplings_matrix(const struct ecp_couplings *c, double unit, double *out)
{
    ecp_couplings_read(c, out);
    for (size_t k = 0; k < c->n * c->n; k++)
        out[k] *= unit;
    for (size_t k = 0; k < c->n && !c->own; k++)
        out[k * c->n + k] = 0;
}

void ecp_couplings_write(struct ecp_couplings *c, const double *w)
{
    for (size_t k = 0; k < c->n * c->n; k++)
        if (c->w)
            c->w[k] = w[k];
        else
            c->single[k] = (float)w[k];
    note_diagonal(c);
}
