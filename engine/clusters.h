/* clusters.h -- classes of points to learn from, where no data are given: around a centre
 * of each class, no component below 0 (as pixels are). */
#ifndef ECP_CLUSTERS_H
#define ECP_CLUSTERS_H

#include <stddef.h>
#include <stdint.h>

struct ecp_clusters {
    size_t dimensions;
    int first, classes; /* first .. first + classes - 1, in turn */
    double share;       /* of a centre's components are |xi|, the others 0; 0: all */
    double noise;       /* standard deviation about the centre */
    double size;        /* all is multiplied by */
    uint64_t seed;      /* of the centres: a class is the same in every set of this seed */
    uint32_t set;       /* number of the set */
};

/* n points, row-major, and their classes. */
void ecp_clusters_draw(const struct ecp_clusters *clusters, size_t n, double *x, int *classes);

#endif
