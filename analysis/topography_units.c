#include "analysis/topography_units.h"

#include <math.h>
#include <stdlib.h>

enum ecp_status ecp_orientation_vectors(size_t n, size_t p, const double *angle, const double *mean,
                                        double *x, double *y)
{
    double *sum = calloc(p + 1, sizeof *sum);
    if (!sum)
        return ecp_fail(ECP_ENOMEM, "no memory for orientations of %zu units", p);
    for (size_t u = 0; u < p; u++)
        x[u] = y[u] = 0;
    for (size_t k = 0; k < n; k++) {
        size_t equal = 0;
        for (size_t j = 0; j < n; j++)
            equal += angle[j] == angle[k];
        if (equal == 0)
            continue;
        const double weight = 1 / (double)equal, turn = angle[k] * 3.14159265358979323846 / 90;
        const double c = weight * cos(turn), s = weight * sin(turn);
        for (size_t u = 0; u < p; u++) {
            x[u] += mean[k * p + u] * c;
            y[u] += mean[k * p + u] * s;
            sum[u] += mean[k * p + u] * weight;
        }
    }
    for (size_t u = 0; u < p; u++) {
        const int fine = sum[u] > 0;
        x[u] = fine ? x[u] / sum[u] : NAN;
        y[u] = fine ? y[u] / sum[u] : NAN;
    }
    free(sum);
    return ECP_OK;
}

void ecp_selectivity(size_t n, size_t p, const double *mean, const size_t *group, size_t g,
                     int dprime, double *out)
{
    for (size_t u = 0; u < p; u++) {
        double count[2] = {0, 0}, sum[2] = {0, 0}, square[2] = {0, 0};
        for (size_t k = 0; k < n; k++) {
            count[group[k] == g]++;
            sum[group[k] == g] += mean[k * p + u];
        }
        for (size_t k = 0; k < n; k++) {
            const int in = group[k] == g;
            const double d = mean[k * p + u] - sum[in] / count[in];
            square[in] += d * d;
        }
        const double difference = sum[1] / count[1] - sum[0] / count[0];
        const double v = square[1] / (count[1] - 1), w = square[0] / (count[0] - 1);
        const double spread = dprime ? (v + w) / 2 : v / count[1] + w / count[0];
        const int fine = count[0] > 1 && count[1] > 1 && spread > 0;
        out[u] = fine ? difference / sqrt(spread) : NAN;
    }
}

static double extent(size_t p, const double *x)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t u = 0; u < p; u++) {
        low = fmin(low, x[u]);
        high = fmax(high, x[u]);
    }
    return high - low;
}

enum ecp_status ecp_pairs_take(size_t p, const double *x, const double *y, size_t most,
                               struct ecp_chance *chance, struct ecp_pairs *pairs)
{
    const int all = (double)p * (double)p / 2 <= (double)most;
    const size_t room = all ? p * p / 2 : most;
    const size_t tries = all ? p * p : 20 * most;
    pairs->n = 0;
    pairs->width = p > 0 ? fmax(extent(p, x), extent(p, y)) / 2 / (double)pairs->bins : 0;
    pairs->pair = malloc((room + 1) * sizeof *pairs->pair);
    if (!pairs->pair)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu pairs of units", room);
    for (size_t k = 0; k < tries && pairs->n < room; k++) {
        const size_t a = all ? k / p : ecp_chance_below(chance, p);
        const size_t b = all ? k % p : ecp_chance_below(chance, p);
        if (a == b || (all && a > b))
            continue;
        const double bin = hypot(x[a] - x[b], y[a] - y[b]) / pairs->width;
        if (bin < (double)pairs->bins)
            pairs->pair[pairs->n++] = (struct ecp_pair){a, b, (size_t)bin};
    }
    return ECP_OK;
}

void ecp_pairs_drop(struct ecp_pairs *pairs)
{
    free(pairs->pair);
    pairs->pair = NULL;
}
