/* maps.h -- maps on a rectangle of pixels: smoothing, patches, pinwheels, wavelength.
 *
 * Row-major, height x width; NAN is a pixel without a value. Maps of orientation are two
 * parts, x and y, of the vector at twice the angle. */
#ifndef ECP_ANALYSIS_MAPS_H
#define ECP_ANALYSIS_MAPS_H

#include <stddef.h>

#include "engine/status.h"

/* Gaussian of standard deviation `sigma` pixels (cut at 4), in place; missing pixels do not
 * count and stay missing. sigma 0: nothing happens. ECP_ENOMEM. */
enum ecp_status ecp_map_smooth(size_t width, size_t height, double sigma, double *map);

/* Orientations in degrees, 0 to 180; NAN where the vector is 0 or missing. */
void ecp_map_angles(size_t n, const double *x, const double *y, double *angle);

/* Turns of the orientation around the loop of 4 pixels whose first is (row, column): -1/2, 0 or
 * 1/2, exactly; NAN where one is missing. out: (height - 1) x (width - 1). */
void ecp_map_winding(size_t width, size_t height, const double *angle, double *out);
/* The same around the 8 neighbours of a pixel, without the step from the last to the first:
 * what TDANN's detector adds up. out: height x width; 0 at the edge. */
void ecp_map_winding_open(size_t width, size_t height, const double *angle, double *out);

/* Connected sets of pixels where `in` is not 0, each of at least `least` pixels; with `corners`
 * pixels that touch at a corner belong together. size (may be NULL): of each; of[k] (may be
 * NULL): its number from 1, or 0. Returns how many; SIZE_MAX: no memory. */
struct ecp_patches {
    size_t width, height, least;
    int corners;
};
size_t ecp_map_patches(const struct ecp_patches *how, const char *in, size_t *size, size_t *of);

struct ecp_pinwheels {
    size_t positive, negative;
    double area; /* in pixels, where they were looked for */
};
/* Loops that turn by 1/2; `compat` 1: patches (corners, 2 pixels at least) of more than 0.3 in
 * the open sums, as TDANN counts. ECP_ENOMEM. */
enum ecp_status ecp_map_pinwheels(size_t width, size_t height, const double *angle, int compat,
                                  struct ecp_pinwheels *out);

/* Wavelength of an orientation map (pixels), 2 pi over the mean wave number of its spectrum
 * (mean removed, Hann window) between half and twice the peak of the radial average; and the
 * spectrum's relative variance, var(k)/mean(k)^2. NAN: no structure, or fewer than two
 * wavelengths across. ECP_ENOMEM. */
enum ecp_status ecp_map_wavelength(size_t width, size_t height, const double *x, const double *y,
                                   double *wavelength, double *variance);

#endif
