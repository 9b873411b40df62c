/* ascent.h -- stimuli that drive fitted units most, by gradient ascent within a ball. */
#ifndef ECP_ANALYSIS_ASCENT_H
#define ECP_ANALYSIS_ASCENT_H

#include <stddef.h>

#include "analysis/readout.h"
#include "engine/status.h"

/* z_v: response of unit v, less its mean over the stimuli of the fit and over its standard
 * deviation there. What is to be largest:
 *   stretch     z of the unit
 *   one_hot     z of the unit - ln sum_v exp z_v: it alone
 *   population  mean of all z */
enum ecp_target { ECP_TARGET_STRETCH, ECP_TARGET_ONE_HOT, ECP_TARGET_POPULATION };

struct ecp_ascent {
    const struct ecp_readout *readout;
    const double *centre, *spread; /* q: of the responses that z is made of; spread > 0 */
    enum ecp_target target;
    size_t unit;
    double radius; /* |x| <= radius, x less the mean of the stimuli */
    double smooth; /* times the sum of squared differences of neighbouring pixels over
                      radius^2 is taken off; needs the image's width */
    size_t width;  /* of the image; 0: none */
    size_t steps;  /* at most */
};
size_t ecp_ascent_work(const struct ecp_ascent *how); /* doubles */

/* Value, and its gradient (may be NULL), at x. */
double ecp_ascent_value(const struct ecp_ascent *how, const double *x, double *gradient,
                        double *work);
/* From x (p, in and out), by projected gradient steps, each taken back until the value does not
 * fall. Ends when x moves by less than 1e-9 of the radius. Returns the value. */
double ecp_ascend(const struct ecp_ascent *how, double *x, double *work);

#endif
