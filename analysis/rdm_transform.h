/* rdm_transform.h -- dissimilarities reshaped before they are compared: how much of them is
 * order, how much is neighbourhood (Lin & Kriegeskorte 2024, doi:10.1073/pnas.2317881121). */
#ifndef ECP_ANALYSIS_RDM_TRANSFORM_H
#define ECP_ANALYSIS_RDM_TRANSFORM_H

#include <stddef.h>

#include "engine/status.h"

/*   rank              average ranks, from 1
 *   geo_topological   ranks from 0 to 1; below the quantile `lower` 0, above `upper` 1, straight
 *                     between; lower = upper: a step, 1 from the quantile on
 *   joint             the same without ranks, quantiles of all matrices together
 *   geodesic          from 0 to 1; the shortest way over other conditions; the largest is no way
 *   geodesic_shortest ranks from 0 to 1; ways over the share `kept` of the smallest; ranked
 *   geodesic_nearest  the same over those between neighbours: of each condition the share `kept`
 *                     of the others that is nearest
 * Where there is no way at all: `geodesic` 1 more than the longest way, otherwise the last rank. */
enum ecp_rdm_transform {
    ECP_TRANSFORM_NONE,
    ECP_TRANSFORM_RANK,
    ECP_TRANSFORM_GEO_TOPOLOGICAL,
    ECP_TRANSFORM_JOINT,
    ECP_TRANSFORM_GEODESIC,
    ECP_TRANSFORM_GEODESIC_SHORTEST,
    ECP_TRANSFORM_GEODESIC_NEAREST
};

struct ecp_rdm_shape {
    enum ecp_rdm_transform kind;
    double lower, upper; /* quantiles, 0 to 1 */
    double kept;         /* share, 0 to 1 */
    int compat;          /* as the peers: ways lack the smallest dissimilarity (a weight of 0 is no
                            edge to networkx); `joint` compares what it has scaled already with
                            the quantile again (rsatoolbox) */
};
#define ECP_TRANSFORM_WORDS                                                                        \
    "none rank geo_topological joint geodesic geodesic_shortest geodesic_nearest"

/* n_rdms matrices of n conditions (rdm.h), in place. A constant one becomes 0 (rank: average
 * ranks). Every pair must be there. O(n^2 log n), geodesics O(n^3). ECP_ENOMEM; ECP_ECONFIG:
 * lower above upper. */
enum ecp_status ecp_rdm_reshape(const struct ecp_rdm_shape *shape, size_t n, size_t n_rdms,
                                double *rdm);

/* Numbers m from 0 to 1 as they are, or first as ranks; constant ones: 0. `work`: 3 m. */
void ecp_rdm_unit_range(size_t m, int ranked, double *x, double *work);
/* What `geo_topological` does to one number, g the quantiles. */
static inline double ecp_rdm_ramp(double d, double g_lower, double g_upper)
{
    return d < g_lower ? 0 : d >= g_upper ? 1 : (d - g_lower) / (g_upper - g_lower);
}

#endif
