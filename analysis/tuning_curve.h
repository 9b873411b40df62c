/* tuning_curve.h -- indices and fits of one unit's responses to angles. Degrees. */
#ifndef ECP_ANALYSIS_TUNING_CURVE_H
#define ECP_ANALYSIS_TUNING_CURVE_H

#include <stddef.h>

/* Each NAN where undefined. Angles (n, all different, in any order) are directions (period
 * 360) or orientations (period 180: what speaks of directions is NAN). */
struct ecp_tuning {
    double peak;        /* angle of the largest response; the first of equals */
    double dsi;         /* (R_p - R_n)/(R_p + R_n), n opposite of the peak p */
    double osi;         /* the same, n the mean of the two at right angles */
    double gdsi;        /* |sum R e^(i a)| / sum R */
    double gosi;        /* |sum R e^(2 i a)| / sum R = 1 - circular variance */
    double direction;   /* arg sum R e^(i a), 0 to 360 */
    double orientation; /* arg (sum R e^(2 i a))/2, 0 to 180 */
};
struct ecp_tuning ecp_tuning_of(size_t n, const double *angle, const double *rate, double period);

/* Sum of R e^(i h a) over the angles: re, im. */
void ecp_tuning_vector(size_t n, const double *angle, const double *rate, double harmonic,
                       double sum[2]);

/* R(a) = base + amplitude exp(kappa (cos(2 pi (a - centre)/period) - 1)), by least squares:
 * base and amplitude in closed form, kappa (1e-3 to 1e3) and centre by a grid and then a simplex
 * (Nelder & Mead). All NAN with fewer than 5 angles, or a constant or missing response. */
struct ecp_von_mises {
    double base, amplitude, kappa, centre;
    double width; /* half width at half height; NAN where the curve is too wide for that */
    double r2;    /* share of the variance that the fit has */
};
struct ecp_von_mises ecp_von_mises_fit(size_t n, const double *angle, const double *rate,
                                       double period);

/* a - b, within -period/2 .. period/2. */
double ecp_angle_difference(double a, double b, double period);

#endif
