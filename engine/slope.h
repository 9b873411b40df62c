/* slope.h -- the exponent of a power law. */
#ifndef ECP_SLOPE_H
#define ECP_SLOPE_H

#include <stddef.h>

/* Slope of ln y over ln x by least squares, n points above 0; NAN where x does not vary. */
double ecp_log_slope(size_t n, const double *x, const double *y);

#endif
