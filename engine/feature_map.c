#include "engine/feature_map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/chance.h"
#include "engine/matrix.h"
#include "engine/vector_math.h"

enum { DIRECTIONS = 0xfea, LENGTHS = 0xfeb, PHASES = 0xfec }; /* subjects of chance */

static const double pi = 3.14159265358979323846, ceiling = 150 /* of truncated */;

struct ecp_feature_map {
    struct ecp_feature_setup setup;
    size_t size;
    double *direction; /* m x d */
    double *phase;     /* m, of cosine */
};

int ecp_feature_map_random(enum ecp_feature_kind kind)
{
    return kind >= ECP_FEATURE_FAVOR;
}

int ecp_feature_map_positive(enum ecp_feature_kind kind)
{
    return kind == ECP_FEATURE_ELU || kind == ECP_FEATURE_DPFP || kind == ECP_FEATURE_FAVOR ||
           kind == ECP_FEATURE_PERFORMER || kind == ECP_FEATURE_TRUNCATED;
}

/* ---- directions ------------------------------------------------------------ */

/* Rows first .. first + n - 1 (n <= d), normal, made orthonormal one after the other;
 * twice, so that rounding leaves nothing. */
static void make_orthonormal(double *row, size_t n, size_t d)
{
    for (size_t j = 0; j < n; j++) {
        double *x = row + j * d, norm = 0;
        for (size_t k = 0; k < 2 * j; k++) {
            const double *y = row + k % j * d;
            double dot = 0;
            for (size_t c = 0; c < d; c++)
                dot += x[c] * y[c];
            for (size_t c = 0; c < d; c++)
                x[c] -= dot * y[c];
        }
        for (size_t c = 0; c < d; c++)
            norm += x[c] * x[c];
        for (size_t c = 0; c < d; c++)
            x[c] /= sqrt(norm);
    }
}

void ecp_feature_map_redraw(struct ecp_feature_map *map, uint32_t number)
{
    const struct ecp_feature_setup *s = &map->setup;
    const size_t d = s->inputs;
    struct ecp_chance chance = ecp_chance(s->seed, DIRECTIONS, number);
    struct ecp_chance lengths = ecp_chance(s->seed, LENGTHS, number);
    struct ecp_chance phases = ecp_chance(s->seed, PHASES, number);
    map->setup.number = number;
    if (!ecp_feature_map_random(s->kind))
        return;
    ecp_chance_normals(&chance, s->random * d, map->direction);
    for (size_t j = 0; j < s->random; j++)
        map->phase[j] = 2 * pi * ecp_chance_uniform(&phases);
    for (size_t first = 0; s->orthogonal && first < s->random; first += d) {
        const size_t n = s->random - first < d ? s->random - first : d;
        make_orthonormal(map->direction + first * d, n, d);
        for (size_t j = first; j < first + n; j++) {
            double square = 0;
            for (size_t c = 0; c < d; c++) {
                const double x = ecp_chance_normal(&lengths);
                square += x * x;
            }
            for (size_t c = 0; c < d; c++)
                map->direction[j * d + c] *= sqrt(square);
        }
    }
}

const double *ecp_feature_map_directions(const struct ecp_feature_map *map)
{
    return ecp_feature_map_random(map->setup.kind) ? map->direction : NULL;
}

/* ---- life -------------------------------------------------------------------- */

static enum ecp_status check(const struct ecp_feature_setup *s)
{
    if (s->inputs == 0)
        return ecp_fail(ECP_ECONFIG, "features of 0 inputs; allowed: 1 or more");
    if (s->kind == ECP_FEATURE_DPFP && (s->nu < 1 || s->nu >= 2 * s->inputs))
        return ecp_fail(ECP_ECONFIG, "dpfp of %zu inputs with nu = %zu; allowed: 1 to %zu",
                        s->inputs, s->nu, 2 * s->inputs - 1);
    if (ecp_feature_map_random(s->kind) && s->random == 0)
        return ecp_fail(ECP_ECONFIG, "0 random features; allowed: 1 or more");
    return ECP_OK;
}

static size_t size_of(const struct ecp_feature_setup *s)
{
    switch (s->kind) {
    case ECP_FEATURE_IDENTITY:
    case ECP_FEATURE_ELU:
        return s->inputs;
    case ECP_FEATURE_DPFP:
        return 2 * s->inputs * s->nu;
    case ECP_FEATURE_FAVOR:
        return 2 * s->random;
    default:
        return s->random;
    }
}

enum ecp_status ecp_feature_map_create(const struct ecp_feature_setup *setup,
                                       struct ecp_feature_map **out)
{
    const size_t m = ecp_feature_map_random(setup->kind) ? setup->random : 1;
    struct ecp_feature_map *map = NULL;
    enum ecp_status status;
    ECP_TRY(check(setup));
    map = calloc(1, sizeof *map);
    if (map) {
        map->setup = *setup;
        map->setup.scale = setup->scale == 0 ? 1 : setup->scale;
        map->size = size_of(setup);
        map->direction = ecp_array(m * setup->inputs, sizeof *map->direction);
        map->phase = ecp_array(m, sizeof *map->phase);
    }
    if (!map || !map->direction || !map->phase) {
        status = ecp_fail(ECP_ENOMEM, "no memory for a map of features");
        goto done;
    }
    ecp_feature_map_redraw(map, setup->number);
    *out = map;
    return ECP_OK;
done:
    ecp_feature_map_destroy(map);
    return status;
}

void ecp_feature_map_destroy(struct ecp_feature_map *map)
{
    if (!map)
        return;
    free(map->direction);
    free(map->phase);
    free(map);
}

size_t ecp_feature_map_size(const struct ecp_feature_map *map)
{
    return map->size;
}

/* ---- forward -------------------------------------------------------------------- */

static void one_dpfp(size_t d, size_t nu, double scale, const double *restrict x,
                     double *restrict y)
{
    const size_t n = 2 * d;
    for (size_t j = 1; j <= nu; j++)
        for (size_t i = 0; i < n; i++) {
            const size_t k = i >= j ? i - j : i + n - j;
            const double a = scale * (i < d ? x[i] : -x[i - d]);
            const double b = scale * (k < d ? x[k] : -x[k - d]);
            y[(j - 1) * n + i] = a > 0 && b > 0 ? a * b : 0;
        }
}

static double half_square(size_t d, double scale, const double *x)
{
    double sum = 0;
    for (size_t c = 0; c < d; c++)
        sum += x[c] * x[c];
    return 0.5 * scale * scale * sum;
}

static double bounded_exp(double x)
{
    return x < -708 ? 0 : x > 709.7 ? INFINITY : ecp_expd(x);
}

/* y holds w_j.x in its first m places. */
static void one_random(const struct ecp_feature_map *map, const double *x, double *restrict y)
{
    const size_t m = map->setup.random;
    const double half = half_square(map->setup.inputs, map->setup.scale, x);
    const double log_m = 0.5 * log((double)m), offset = half + log_m + 0.5 * log(2);
    switch (map->setup.kind) {
    case ECP_FEATURE_FAVOR:
        for (size_t j = 0; j < m; j++) {
            y[m + j] = bounded_exp(-y[j] - offset);
            y[j] = bounded_exp(y[j] - offset);
        }
        return;
    case ECP_FEATURE_PERFORMER:
        for (size_t j = 0; j < m; j++)
            y[j] = bounded_exp(y[j] - half - log_m);
        return;
    case ECP_FEATURE_COSINE:
        for (size_t j = 0; j < m; j++)
            y[j] = sqrt(2 / (double)m) * cos(y[j] + map->phase[j]) * bounded_exp(half);
        return;
    case ECP_FEATURE_LINEAR:
        for (size_t j = 0; j < m; j++)
            y[j] = 1 + (y[j] - half - log_m);
        return;
    default:
        for (size_t j = 0; j < m; j++)
            y[j] = fmin(bounded_exp(y[j]), ceiling);
        return;
    }
}

static void one_plain(const struct ecp_feature_map *map, const double *x, double *restrict y)
{
    const size_t d = map->setup.inputs;
    const double scale = map->setup.scale;
    if (map->setup.kind == ECP_FEATURE_DPFP) {
        one_dpfp(d, map->setup.nu, scale, x, y);
        return;
    }
    for (size_t c = 0; c < d; c++) {
        const double u = scale * x[c];
        y[c] = map->setup.kind == ECP_FEATURE_IDENTITY ? u : u > 0 ? u + 1 : bounded_exp(u);
    }
}

void ecp_feature_map_apply(const struct ecp_feature_map *map, size_t n, const double *x,
                           double *features)
{
    const size_t d = map->setup.inputs, size = map->size;
    const int random = ecp_feature_map_random(map->setup.kind);
    if (random)
        ecp_matrix_multiply(&(struct ecp_product){0, 1, n, map->setup.random, d, d, d, size},
                            map->setup.scale, x, map->direction, 0, features);
#pragma omp parallel for schedule(static) if (n * size > 1 << 15)
    for (size_t t = 0; t < n; t++) {
        if (random)
            one_random(map, x + t * d, features + t * size);
        else
            one_plain(map, x + t * d, features + t * size);
    }
}

/* ---- backward ------------------------------------------------------------------- */

/* dL/dx of the maps without directions, times 1/scale. */
static void pull_plain(const struct ecp_feature_map *map, const double *x, const double *g,
                       double *restrict d_x)
{
    const size_t d = map->setup.inputs, n = 2 * d;
    const double scale = map->setup.scale;
    memset(d_x, 0, d * sizeof *d_x);
    if (map->setup.kind != ECP_FEATURE_DPFP) {
        const int elu = map->setup.kind == ECP_FEATURE_ELU;
        for (size_t c = 0; c < d; c++)
            d_x[c] = elu && x[c] * scale <= 0 ? g[c] * bounded_exp(x[c] * scale) : g[c];
        return;
    }
    for (size_t j = 1; j <= map->setup.nu; j++)
        for (size_t i = 0; i < n; i++) {
            const size_t k = i >= j ? i - j : i + n - j, ci = i % d, ck = k % d;
            const double si = i < d ? scale : -scale, sk = k < d ? scale : -scale;
            const double a = si * x[ci], b = sk * x[ck], e = g[(j - 1) * n + i];
            if (!(a > 0 && b > 0))
                continue;
            d_x[ci] += (i < d ? e : -e) * b;
            d_x[ck] += (k < d ? e : -e) * a;
        }
}

/* Coefficients c_j of the directions, and what is due to |x|^2: dL/dx = sum c_j w_j + own x,
 * both in units of scaled x. */
static double pull_random(const struct ecp_feature_map *map, const double *x, const double *y,
                          const double *g, double *restrict c)
{
    const size_t m = map->setup.random, d = map->setup.inputs;
    double own = 0;
    for (size_t j = 0; j < m; j++) {
        switch (map->setup.kind) {
        case ECP_FEATURE_FAVOR:
            c[j] = g[j] * y[j] - g[m + j] * y[m + j];
            own -= g[j] * y[j] + g[m + j] * y[m + j];
            break;
        case ECP_FEATURE_PERFORMER:
            c[j] = g[j] * y[j];
            own -= g[j] * y[j];
            break;
        case ECP_FEATURE_COSINE: {
            const double factor =
                sqrt(2 / (double)m) * bounded_exp(half_square(d, map->setup.scale, x));
            double u = map->phase[j];
            for (size_t k = 0; k < d; k++)
                u += map->setup.scale * x[k] * map->direction[j * d + k];
            c[j] = -g[j] * factor * sin(u);
            own += g[j] * y[j];
            break;
        }
        case ECP_FEATURE_LINEAR:
            c[j] = g[j];
            own -= g[j];
            break;
        default:
            c[j] = y[j] < ceiling ? g[j] * y[j] : 0;
        }
    }
    return own;
}

enum ecp_status ecp_feature_map_pull(const struct ecp_feature_map *map, size_t n, const double *x,
                                     const double *features, const double *d_features, double *d_x)
{
    const size_t d = map->setup.inputs, m = map->setup.random;
    const double scale = map->setup.scale;
    const int random = ecp_feature_map_random(map->setup.kind);
    double *c = random ? ecp_array(n * m, sizeof *c) : NULL;
    if (random && !c)
        return ecp_fail(ECP_ENOMEM, "no memory for derivatives of features");
#pragma omp parallel for schedule(static) if (n * map->size > 1 << 15)
    for (size_t t = 0; t < n; t++) {
        const double *at = x + t * d, *g = d_features + t * map->size;
        double *to = d_x + t * d;
        if (random) {
            const double own = pull_random(map, at, features + t * map->size, g, c + t * m);
            for (size_t k = 0; k < d; k++)
                to[k] = scale * own * scale * at[k];
        } else {
            pull_plain(map, at, g, to);
            for (size_t k = 0; k < d; k++)
                to[k] *= scale;
        }
    }
    if (random)
        ecp_matrix_multiply(&(struct ecp_product){0, 0, n, d, m, m, d, d}, scale, c, map->direction,
                            1, d_x);
    free(c);
    return ECP_OK;
}
