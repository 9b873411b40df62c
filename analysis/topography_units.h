/* topography_units.h -- what topography needs of units: orientation, selectivity, pairs by
 * distance. */
#ifndef ECP_ANALYSIS_TOPOGRAPHY_UNITS_H
#define ECP_ANALYSIS_TOPOGRAPHY_UNITS_H

#include <stddef.h>

#include "engine/chance.h"
#include "engine/status.h"

/* Parts of sum R e^(2 i a)/sum R of every unit (mean: n x p); conditions with equal angles count
 * as one, those without an angle not. NAN where the responses have no positive sum. ECP_ENOMEM. */
enum ecp_status ecp_orientation_vectors(size_t n, size_t p, const double *angle, const double *mean,
                                        double *x, double *y);

/* Of every unit for conditions of group g against the others: t (Welch), or with `dprime`
 * (m - m')/sqrt((v + v')/2). NAN: fewer than two conditions on a side, or no variance. */
void ecp_selectivity(size_t n, size_t p, const double *mean, const size_t *group, size_t g,
                     int dprime, double *out);

struct ecp_pair {
    size_t a, b, bin;
};
struct ecp_pairs {
    size_t n, bins; /* bins: given */
    double width;   /* of a bin: half of the largest extent in x or y, over bins */
    struct ecp_pair *pair;
};
/* All pairs no farther apart than the last bin, or `most` draws where there are more pairs.
 * ECP_ENOMEM. */
enum ecp_status ecp_pairs_take(size_t p, const double *x, const double *y, size_t most,
                               struct ecp_chance *chance, struct ecp_pairs *pairs);
void ecp_pairs_drop(struct ecp_pairs *pairs);

#endif
