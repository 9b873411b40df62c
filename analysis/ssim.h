/* ssim.h -- structural similarity of two images. */
#ifndef ECP_ANALYSIS_SSIM_H
#define ECP_ANALYSIS_SSIM_H

#include <stddef.h>

/* Mean over all windows of 11 x 11 that lie within the image, weighted by a Gaussian of standard
 * deviation 1.5, of
 *   (2 m m' + C1)(2 c + C2)/((m^2 + m'^2 + C1)(v + v' + C2)), C1 = (0.01 L)^2, C2 = (0.03 L)^2,
 * m means, v variances, c the covariance, L `range` of the pixels. An image with a side below 11
 * is one window of even weights. Images are height x width, row-major. 1: equal. NAN: range 0.
 * 121 operations a pixel, no memory. (Wang et al. 2004, doi:10.1109/TIP.2003.819861) */
double ecp_ssim(size_t width, size_t height, const double *a, const double *b, double range);

#endif
