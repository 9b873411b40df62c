#include "analysis/rdm_transform.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/rdm.h"

void ecp_rdm_unit_range(size_t m, int ranked, double *x, double *work)
{
    double least = INFINITY, most = -INFINITY;
    if (ranked) {
        ecp_ranks(m, x, work, work + m);
        memcpy(x, work, m * sizeof *x);
    }
    for (size_t k = 0; k < m; k++) {
        least = fmin(least, x[k]);
        most = fmax(most, x[k]);
    }
    for (size_t k = 0; k < m; k++)
        x[k] = most > least ? (x[k] - least) / (most - least) : 0;
}

/* Linear between the numbers that enclose it; `work`: m. */
static double quantile(size_t m, const double *x, double share, double *work)
{
    memcpy(work, x, m * sizeof *work);
    gsl_sort(work, 1, m);
    return gsl_stats_quantile_from_sorted_data(work, 1, m, share);
}

static void ramp(const struct ecp_rdm_shape *shape, size_t m, double *x, double *work)
{
    const double lower = quantile(m, x, shape->lower, work);
    const double upper = quantile(m, x, shape->upper, work);
    for (size_t k = 0; k < m; k++)
        if (shape->compat && shape->kind == ECP_TRANSFORM_JOINT) {
            double d = x[k] < lower ? 0 : x[k];
            if (d >= lower && d <= upper)
                d = (d - lower) / (upper - lower);
            x[k] = d > upper ? 1 : d;
        } else
            x[k] = ecp_rdm_ramp(x[k], lower, upper);
}

/* ---- geodesics ------------------------------------------------------------------------ */

/* Lengths of direct ways, INFINITY where there is none; n x n. */
static void lay_ways(const struct ecp_rdm_shape *shape, size_t n, const double *d, double longest,
                     double *way)
{
    const double *next = d;
    for (size_t i = 0; i < n; i++) {
        way[i * n + i] = 0;
        for (size_t j = i + 1; j < n; j++, next++) {
            const int is_way = *next <= longest && !(shape->compat && *next == 0) &&
                               !(shape->kind == ECP_TRANSFORM_GEODESIC && *next == 1);
            way[i * n + j] = way[j * n + i] = is_way ? *next : INFINITY;
        }
    }
}

/* Only those to the nearest of i, or to i as the nearest of j. `work`: n. */
static void keep_neighbours(size_t n, const double *d, double kept, double *way, double *work)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0, k = 0; j < n; j++)
            if (j != i)
                work[k++] = d[ecp_rdm_at(n, i < j ? i : j, i < j ? j : i)];
        gsl_sort(work, 1, n - 1);
        const double count = round(kept * (double)(n - 1));
        const double longest = work[count < 1 ? 0 : (size_t)count - 1];
        for (size_t j = 0; j < n; j++)
            if (j != i && d[ecp_rdm_at(n, i < j ? i : j, i < j ? j : i)] <= longest)
                way[i * n + j] += 4; /* marked; lengths are at most 1 */
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            const double sum = way[i * n + j] + way[j * n + i];
            const double length = d[ecp_rdm_at(n, i, j)];
            way[i * n + j] = way[j * n + i] = sum > 3 && isfinite(sum) ? length : INFINITY;
        }
}

/* Floyd & Warshall. */
static void shorten(size_t n, double *way)
{
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < n; i++) {
            const double first = way[i * n + k];
            if (!isfinite(first))
                continue;
            for (size_t j = 0; j < n; j++) {
                const double by = first + way[k * n + j];
                way[i * n + j] = by < way[i * n + j] ? by : way[i * n + j];
            }
        }
}

/* `work`: 3 pairs and n; `way`: n x n. */
static void walk(const struct ecp_rdm_shape *shape, size_t n, double *d, double *work, double *way)
{
    const size_t pairs = ecp_rdm_pairs(n);
    const int ranked = shape->kind != ECP_TRANSFORM_GEODESIC;
    double longest = 0;
    ecp_rdm_unit_range(pairs, ranked, d, work);
    lay_ways(shape, n, d,
             shape->kind == ECP_TRANSFORM_GEODESIC_SHORTEST ? quantile(pairs, d, shape->kept, work)
                                                            : 1,
             way);
    if (shape->kind == ECP_TRANSFORM_GEODESIC_NEAREST)
        keep_neighbours(n, d, shape->kept, way, work);
    shorten(n, way);
    for (size_t i = 0, at = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, at++) {
            d[at] = way[i * n + j];
            longest = isfinite(d[at]) ? fmax(longest, d[at]) : longest;
        }
    for (size_t k = 0; k < pairs; k++)
        d[k] = isfinite(d[k]) ? d[k] : longest + 1;
    if (ranked) {
        ecp_ranks(pairs, d, work, work + pairs);
        memcpy(d, work, pairs * sizeof *d);
    }
}

/* ---- all -------------------------------------------------------------------------------- */

static void reshape_one(const struct ecp_rdm_shape *shape, size_t n, double *d, double *work,
                        double *way)
{
    const size_t pairs = ecp_rdm_pairs(n);
    switch (shape->kind) {
    case ECP_TRANSFORM_RANK:
        ecp_ranks(pairs, d, work, work + pairs);
        memcpy(d, work, pairs * sizeof *d);
        break;
    case ECP_TRANSFORM_GEO_TOPOLOGICAL:
        ecp_rdm_unit_range(pairs, 1, d, work);
        ramp(shape, pairs, d, work);
        break;
    case ECP_TRANSFORM_GEODESIC:
    case ECP_TRANSFORM_GEODESIC_SHORTEST:
    case ECP_TRANSFORM_GEODESIC_NEAREST:
        walk(shape, n, d, work, way);
        break;
    default:
        break;
    }
}

enum ecp_status ecp_rdm_reshape(const struct ecp_rdm_shape *shape, size_t n, size_t n_rdms,
                                double *rdm)
{
    const size_t pairs = ecp_rdm_pairs(n), all = pairs * n_rdms;
    if (shape->kind == ECP_TRANSFORM_NONE || pairs == 0)
        return ECP_OK;
    if (shape->lower > shape->upper)
        return ecp_fail(ECP_ECONFIG, "lower quantile %g above the upper one, %g", shape->lower,
                        shape->upper);
    double *work = malloc((all + 3 * pairs + n + 1 + n * n) * sizeof *work);
    if (!work)
        return ecp_fail(ECP_ENOMEM, "no memory to reshape dissimilarities of %zu conditions", n);
    if (shape->kind == ECP_TRANSFORM_JOINT)
        ramp(shape, all, rdm, work);
    for (size_t k = 0; k < n_rdms; k++)
        reshape_one(shape, n, rdm + k * pairs, work, work + all + 3 * pairs + n);
    free(work);
    return ECP_OK;
}
