/* trains.c -- statistics of spike trains. */
#include "analysis/trains.h"

#include <math.h>
#include <string.h>

double ecp_train_cv(struct ecp_spikes train)
{
    const double n = (double)train.n - 1;
    double square = 0;
    if (train.n < 3)
        return NAN;
    const double mean = (train.time[train.n - 1] - train.time[0]) / n;
    for (size_t k = 1; k < train.n; k++) {
        const double d = train.time[k] - train.time[k - 1] - mean;
        square += d * d;
    }
    return sqrt(square / n) / mean;
}

/* Mean of what `of` says of neighbouring intervals. */
static double mean_of_pairs(struct ecp_spikes train, double (*of)(double, double, double),
                            double extra)
{
    double sum = 0;
    if (train.n < 3)
        return NAN;
    for (size_t k = 2; k < train.n; k++)
        sum += of(train.time[k - 1] - train.time[k - 2], train.time[k] - train.time[k - 1], extra);
    return sum / (double)(train.n - 2);
}

static double cv2_of(double a, double b, double extra)
{
    (void)extra;
    return 2 * fabs(a - b) / (a + b);
}

static double lv_of(double a, double b, double extra)
{
    const double ratio = (a - b) / (a + b);
    (void)extra;
    return 3 * ratio * ratio;
}

static double lvr_of(double a, double b, double refractory)
{
    const double sum = a + b;
    return 3 * (1 - 4 * a * b / (sum * sum)) * (1 + 4 * refractory / sum);
}

double ecp_train_cv2(struct ecp_spikes train)
{
    return mean_of_pairs(train, cv2_of, 0);
}

double ecp_train_lv(struct ecp_spikes train)
{
    return mean_of_pairs(train, lv_of, 0);
}

double ecp_train_lvr(struct ecp_spikes train, double refractory)
{
    return mean_of_pairs(train, lvr_of, refractory);
}

void ecp_train_bin(struct ecp_spikes train, double start, double width, size_t n_bins,
                   double *count)
{
    memset(count, 0, n_bins * sizeof *count);
    for (size_t k = 0; k < train.n; k++) {
        const double at = (train.time[k] - start) / width;
        double bin = floor(at);
        if (bin + 1 - at < 1e-8)
            bin++;
        if (bin >= 0 && bin < (double)n_bins)
            count[(size_t)bin]++;
    }
}

double ecp_fano(size_t n, const double *count)
{
    double sum = 0, square = 0;
    for (size_t k = 0; k < n; k++)
        sum += count[k] / (double)n;
    for (size_t k = 0; k < n; k++)
        square += (count[k] - sum) * (count[k] - sum) / (double)n;
    return sum > 0 ? square / sum : NAN;
}

double ecp_correlation(size_t n, const double *a, const double *b)
{
    double mean_a = 0, mean_b = 0, ab = 0, aa = 0, bb = 0;
    for (size_t k = 0; k < n; k++) {
        mean_a += a[k] / (double)n;
        mean_b += b[k] / (double)n;
    }
    for (size_t k = 0; k < n; k++) {
        ab += (a[k] - mean_a) * (b[k] - mean_b);
        aa += (a[k] - mean_a) * (a[k] - mean_a);
        bb += (b[k] - mean_b) * (b[k] - mean_b);
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa) / sqrt(bb) : NAN;
}

void ecp_cross_correlogram(enum ecp_cch kind, size_t n, const double *a, const double *b,
                           size_t lags, double *out)
{
    double sum_a = 0, sum_b = 0, square_a = 0, square_b = 0;
    for (size_t k = 0; k < n; k++) {
        sum_a += a[k];
        sum_b += b[k];
        square_a += a[k] * a[k];
        square_b += b[k] * b[k];
    }
    const double size = (double)n;
    const double scale =
        sqrt((square_a - sum_a * sum_a / size) * (square_b - sum_b * sum_b / size));
    for (size_t l = 0; l <= 2 * lags; l++) {
        const size_t away = l < lags ? lags - l : l - lags;
        const double *first = l < lags ? a + away : a, *second = l < lags ? b : b + away;
        double pairs = 0;
        for (size_t k = 0; k + away < n; k++)
            pairs += first[k] * second[k];
        if (kind == ECP_CCH_BORDER)
            pairs *= size / (size - (double)away);
        else if (kind == ECP_CCH_COEFFICIENT)
            pairs = scale > 0 ? (pairs - sum_a * sum_b / size) / scale : NAN;
        out[l] = pairs;
    }
}

/* ---- tiling ---------------------------------------------------------------------------------- */

/* Share of spikes of a with one of b within dt, and `growing` of the time since 0. */
static double share_near(struct ecp_spikes a, struct ecp_spikes b, double dt, double growing)
{
    size_t near = 0, j = 0;
    for (size_t k = 0; k < a.n; k++) {
        while (j + 1 < b.n && fabs(b.time[j + 1] - a.time[k]) <= fabs(b.time[j] - a.time[k]))
            j++;
        near += fabs(b.time[j] - a.time[k]) <= dt + growing * fabs(a.time[k]);
    }
    return (double)near / (double)a.n;
}

/* Share of the time within dt of a spike. */
static double share_covered(struct ecp_spikes a, double start, double stop, double dt)
{
    double covered = 0, until = start;
    for (size_t k = 0; k < a.n; k++) {
        const double from = fmax(a.time[k] - dt, until), to = fmin(a.time[k] + dt, stop);
        if (to > from)
            covered += to - from;
        until = fmax(until, to);
    }
    return covered / (stop - start);
}

static double tiled(double p, double t)
{
    return p * t == 1 ? 1 : (p - t) / (1 - p * t);
}

double ecp_train_tiling(struct ecp_spikes a, struct ecp_spikes b, double start, double stop,
                        double dt, int compat)
{
    const double growing = compat ? 1e-5 : 0;
    if (a.n == 0 || b.n == 0)
        return NAN;
    return 0.5 * (tiled(share_near(a, b, dt, growing), share_covered(b, start, stop, dt)) +
                  tiled(share_near(b, a, dt, growing), share_covered(a, start, stop, dt)));
}
