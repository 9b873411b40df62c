#include "engine/curvature.h"

#include <math.h>

double ecp_curvature_degrees(size_t n, size_t p, const double *x)
{
    double sum = 0;
    if (n < 3)
        return NAN;
    for (size_t t = 0; t + 2 < n; t++) {
        const double *a = x + t * p, *b = a + p, *c = b + p;
        double first = 0, second = 0, product = 0;
        for (size_t j = 0; j < p; j++) {
            const double u = b[j] - a[j], v = c[j] - b[j];
            first += u * u;
            second += v * v;
            product += u * v;
        }
        const double cosine = product / ((sqrt(first) + 1e-8) * (sqrt(second) + 1e-8));
        sum += acos(fmax(-1, fmin(1, cosine)));
    }
    return sum / (double)(n - 2) * (180 / 3.141592653589793);
}
