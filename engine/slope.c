#include "engine/slope.h"

#include <math.h>

double ecp_log_slope(size_t n, const double *x, const double *y)
{
    double mean_x = 0, mean_y = 0, xx = 0, xy = 0;
    for (size_t k = 0; k < n; k++) {
        mean_x += log(x[k]) / (double)n;
        mean_y += log(y[k]) / (double)n;
    }
    for (size_t k = 0; k < n; k++) {
        xx += (log(x[k]) - mean_x) * (log(x[k]) - mean_x);
        xy += (log(x[k]) - mean_x) * (log(y[k]) - mean_y);
    }
    return xy / xx;
}
