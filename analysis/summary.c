#include "analysis/summary.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

struct ecp_estimate ecp_summary_mean(size_t n, const double *x, const char *why)
{
    double sum = 0, square = 0, count = 0;
    for (size_t k = 0; k < n; k++)
        if (!isnan(x[k])) {
            sum += x[k];
            count++;
        }
    if (!(count > 0))
        return ECP_UNDEFINED(why);
    for (size_t k = 0; k < n; k++)
        square += isnan(x[k]) ? 0 : (x[k] - sum / count) * (x[k] - sum / count);
    struct ecp_estimate mean = ECP_ESTIMATE(sum / count);
    if (count > 1)
        mean.error = sqrt(square / (count - 1) / count);
    return mean;
}

struct ecp_estimate ecp_summary_median(size_t n, const double *x, double *work, const char *why)
{
    size_t kept = 0;
    for (size_t k = 0; k < n; k++)
        if (!isnan(x[k]))
            work[kept++] = x[k];
    if (kept == 0)
        return ECP_UNDEFINED(why);
    gsl_sort(work, 1, kept);
    return ECP_ESTIMATE(gsl_stats_median_from_sorted_data(work, 1, kept));
}
