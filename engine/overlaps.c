#include "engine/overlaps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/isa.h"
#include "engine/matrix.h"

static enum ecp_status reserve(struct ecp_overlaps *o, size_t count)
{
    size_t capacity = o->capacity > 0 ? o->capacity : 16;
    double *larger;
    if (count <= o->capacity)
        return ECP_OK;
    while (capacity < count)
        capacity *= 2;
    larger = capacity > SIZE_MAX / o->n ? NULL : ecp_array(o->n * capacity, sizeof *larger);
    if (!larger)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu patterns of %zu", count, o->n);
    for (size_t k = 0; k < o->n && o->count > 0; k++)
        memcpy(larger + k * capacity, o->x + k * o->capacity, o->count * sizeof *larger);
    free(o->x);
    o->x = larger;
    o->capacity = capacity;
    return ECP_OK;
}

enum ecp_status ecp_overlaps_add(struct ecp_overlaps *o, const double *patterns, size_t count)
{
    const enum ecp_status status = reserve(o, o->count + count);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; k < o->n; k++)
        for (size_t mu = 0; mu < count; mu++)
            o->x[k * o->capacity + o->count + mu] = patterns[mu * o->n + k];
    o->count += count;
    return ECP_OK;
}

void ecp_overlaps_clear(struct ecp_overlaps *o)
{
    free(o->x);
}

void ecp_overlaps_patterns(const struct ecp_overlaps *o, double *patterns)
{
    for (size_t k = 0; k < o->n; k++)
        for (size_t mu = 0; mu < o->count; mu++)
            patterns[mu * o->n + k] = o->x[k * o->capacity + mu];
}

/* m = s x, rows of m `stride` numbers apart; one row may be followed by others' overlaps,
 * where there is room. */
static void overlaps_at(const struct ecp_overlaps *o, size_t states, const double *s, double *m,
                        size_t stride)
{
    const struct ecp_product p = {0, 0, states, o->count, o->n, o->n, o->capacity, stride};
    if (states == 1 && stride >= o->capacity)
        ecp_matrix_transposed_times(o->n, o->capacity, o->x, s, m);
    else
        ecp_matrix_multiply(&p, 1, s, o->x, 0, m);
}

void ecp_overlaps_of(const struct ecp_overlaps *o, size_t states, const double *s, double *m)
{
    overlaps_at(o, states, s, m, o->count);
}

/* ---- u + v of all patterns, and sums ------------------------------------------- */

struct sums {
    double difference, size; /* of u - v; of |u| + |v| */
};

/* Where a = 0 lies in the table. */
static const double *middle(const struct ecp_overlaps *o, const double *m)
{
    double b = (double)o->n + 1;
    if (o->relative) {
        double most = m[0];
        for (size_t mu = 1; mu < o->count; mu++)
            most = m[mu] > most ? m[mu] : most;
        b = most + 1;
    }
    return o->table + (2 * (ptrdiff_t)o->n + 2 - (ptrdiff_t)b);
}

static struct sums pair_up(const struct ecp_overlaps *o, const double *m, double *both)
{
    const double *D = middle(o, m);
    const ptrdiff_t aside = o->own ? 0 : 1;
    struct sums sums = {0, 0};
    for (size_t mu = 0; mu < o->count; mu++) {
        const ptrdiff_t a = (ptrdiff_t)m[mu];
        const double u = D[a - aside], v = D[a + aside];
        both[mu] = u + v;
        sums.difference += u - v;
        sums.size += fabs(u) + fabs(v);
    }
    return sums;
}

/* In eight sums, so that the order of additions is the same in every form. */
#define DOT(form, name)                                                                            \
    form static double name(const double *restrict a, const double *restrict b, size_t n)          \
    {                                                                                              \
        double lane[8] = {0}, rest = 0;                                                            \
        size_t k = 0;                                                                              \
        for (; k + 8 <= n; k += 8)                                                                 \
            for (size_t j = 0; j < 8; j++)                                                         \
                lane[j] += a[k + j] * b[k + j];                                                    \
        for (; k < n; k++)                                                                         \
            rest += a[k] * b[k];                                                                   \
        return ((lane[0] + lane[4]) + (lane[1] + lane[5])) +                                       \
               ((lane[2] + lane[6]) + (lane[3] + lane[7])) + rest;                                 \
    }

DOT(, dot_anywhere)
#ifdef ECP_HAVE_X86
DOT(__attribute__((target("avx2"))), dot_avx2)
#endif

static double dot(const double *a, const double *b, size_t n)
{
#ifdef ECP_HAVE_X86
    if (ecp_isa_best() != ECP_ISA_BASELINE)
        return dot_avx2(a, b, n);
#endif
    return dot_anywhere(a, b, n);
}

/* The field of a component that is not known yet. */
static double field_of_none(const struct ecp_overlaps *o, size_t k, const double *m)
{
    const double *D = middle(o, m), *x = o->x + k * o->capacity;
    double sum = 0;
    for (size_t mu = 0; mu < o->count; mu++)
        sum += x[mu] * D[(ptrdiff_t)m[mu]];
    return sum;
}

static double settled(const struct ecp_overlaps *o, double h, double size)
{
    return fabs(h) <= o->slack * size ? 0 : h;
}

/* ---- all components at once ------------------------------------------------------ */

static enum ecp_status fields(const void *self, size_t count, const double *state, double *field)
{
    const struct ecp_overlaps *o = self;
    const size_t n = o->n, wide = o->capacity;
    const struct ecp_product back = {0, 1, count, n, o->count, wide, wide, n};
    double *m = calloc(count * wide, sizeof *m), *both = calloc(count * wide, sizeof *both);
    struct sums *sums = malloc(count * sizeof *sums);
    enum ecp_status status = ECP_OK;
    if (!m || !both || !sums) {
        status = ecp_fail(ECP_ENOMEM, "no memory for overlaps with %zu patterns", o->count);
        goto done;
    }
    overlaps_at(o, count, state, m, wide);
#pragma omp parallel for schedule(static) if (count > 1)
    for (size_t c = 0; c < count; c++)
        sums[c] = pair_up(o, m + c * wide, both + c * wide);
    if (count == 1)
        ecp_matrix_times(n, wide, o->x, both, field);
    else
        ecp_matrix_multiply(&back, 1, both, o->x, 0, field);
#pragma omp parallel for schedule(static) if (count > 1)
    for (size_t c = 0; c < count; c++)
        for (size_t k = 0; k < n; k++) {
            const double s = state[c * n + k];
            const double h = (s * sums[c].difference + field[c * n + k]) / 2;
            field[c * n + k] =
                settled(o, s != 0 ? h : field_of_none(o, k, m + c * wide), sums[c].size);
        }
done:
    free(m);
    free(both);
    free(sums);
    return status;
}

/* ---- one after the other: m, u + v, and the two sums of a state ------------------- */

static void refresh(const struct ecp_overlaps *o, double *room)
{
    const struct sums sums = pair_up(o, room, room + o->count);
    room[2 * o->count] = sums.difference;
    room[2 * o->count + 1] = sums.size;
}

static enum ecp_status begin(const void *self, size_t count, const double *state, double *room)
{
    const struct ecp_overlaps *o = self;
    const size_t stride = 2 * o->count + 2;
    overlaps_at(o, count, state, room, stride);
#pragma omp parallel for schedule(static) if (count > 1)
    for (size_t c = 0; c < count; c++)
        refresh(o, room + c * stride);
    return ECP_OK;
}

static double field_at(const void *self, size_t k, double state, const double *room)
{
    const struct ecp_overlaps *o = self;
    const double *both = room + o->count, *sums = both + o->count;
    const double h = state != 0
                         ? (state * sums[0] + dot(o->x + k * o->capacity, both, o->count)) / 2
                         : field_of_none(o, k, room);
    return settled(o, h, sums[1]);
}

static void change(const void *self, size_t k, double from, double to, double *room)
{
    const struct ecp_overlaps *o = self;
    const double *x = o->x + k * o->capacity, step = to - from;
    for (size_t mu = 0; mu < o->count; mu++)
        room[mu] += step * x[mu];
    refresh(o, room);
}

/* ---- D by its logarithm: each field relative to its own largest D ------------------------ */

static double steep_field(const void *self, size_t k, double state, const double *m)
{
    const struct ecp_overlaps *o = self;
    const double *x = o->x + k * o->capacity, own = o->own ? 0 : state;
    const ptrdiff_t zero = (ptrdiff_t)o->n + 1;
    double top = -INFINITY, sum = 0, size = 0;
    for (size_t mu = 0; mu < o->count; mu++)
        top = fmax(top, o->logs[zero + (ptrdiff_t)(m[mu] - x[mu] * own)]);
    for (size_t mu = 0; mu < o->count; mu++) {
        const ptrdiff_t at = zero + (ptrdiff_t)(m[mu] - x[mu] * own);
        if (!(o->logs[at] > top - 60)) /* nothing beside the largest; or D = 0 */
            continue;
        const double D = exp(o->logs[at] - top);
        sum += x[mu] * o->table[at] * D;
        size += D;
    }
    return settled(o, sum, size);
}

static enum ecp_status steep_begin(const void *self, size_t count, const double *state,
                                   double *room)
{
    const struct ecp_overlaps *o = self;
    overlaps_at(o, count, state, room, o->count);
    return ECP_OK;
}

static void steep_change(const void *self, size_t k, double from, double to, double *m)
{
    const struct ecp_overlaps *o = self;
    for (size_t mu = 0; mu < o->count; mu++)
        m[mu] += (to - from) * o->x[k * o->capacity + mu];
}

static enum ecp_status steep_fields(const void *self, size_t count, const double *state,
                                    double *field)
{
    const struct ecp_overlaps *o = self;
    double *m = malloc(count * o->count * sizeof *m + 1);
    if (!m)
        return ecp_fail(ECP_ENOMEM, "no memory for overlaps with %zu patterns", o->count);
    overlaps_at(o, count, state, m, o->count);
#pragma omp parallel for schedule(static)
    for (size_t j = 0; j < count * o->n; j++)
        field[j] = steep_field(o, j % o->n, state[j], m + j / o->n * o->count);
    free(m);
    return ECP_OK;
}

struct ecp_signs_rule ecp_overlaps_rule(const struct ecp_overlaps *o)
{
    if (o->logs)
        return (struct ecp_signs_rule){.self = o,
                                       .n = o->n,
                                       .fields = steep_fields,
                                       .room = o->count,
                                       .begin = steep_begin,
                                       .field = steep_field,
                                       .change = steep_change};
    return (struct ecp_signs_rule){.self = o,
                                   .n = o->n,
                                   .fields = fields,
                                   .room = 2 * o->count + 2,
                                   .begin = begin,
                                   .field = field_at,
                                   .change = change};
}
