/* labels.h -- what measures read from the labels of conditions and units: angles, groups,
 * places on a grid. */
#ifndef ECP_ANALYSIS_LABELS_H
#define ECP_ANALYSIS_LABELS_H

#include <stddef.h>

#include "engine/dataset.h"

/* Angles of the conditions in degrees (n_conditions; NAN: a condition without one), from the
 * label "direction", "orientation" or "angle" (also with what follows, "direction_deg"), the
 * only label in degrees or radians, or names that are numbers. *period: 180 for
 * orientations, else 360. ECP_ECONFIG: there is none. */
enum ecp_status ecp_label_angles(const struct ecp_dataset *set, double *degrees, double *period);

/* A label of the units, or NULL. */
const struct ecp_label *ecp_label_of_units(const struct ecp_dataset *set, const char *name);

/* Number the different values of a label of n: group[k] in 0 .. count - 1, in the order in
 * which they first appear; returns count. */
size_t ecp_label_groups(size_t n, const struct ecp_label *label, size_t *group);

/* Units as pixels of a rectangle, row by row from the least y, x fastest. */
struct ecp_grid {
    size_t width, height;
    double spacing; /* in the unit of x and y; 1 where `width` was given */
    size_t *unit;   /* width x height: the unit of a place, or SIZE_MAX; malloc'd */
};
/* From the unit labels "x" and "y" where the places are a regular grid (up to 1e-3 of its
 * spacing), or from `width` > 0: units in rows of that many. ECP_ECONFIG: neither, or two units
 * in one place, or places that are no grid; ECP_ENOMEM. */
enum ecp_status ecp_label_grid(const struct ecp_dataset *set, size_t width, struct ecp_grid *out);

#endif
