/* patches.h -- patches of neighbouring units that prefer one category of conditions. */
#ifndef ECP_ANALYSIS_PATCHES_H
#define ECP_ANALYSIS_PATCHES_H

#include <stddef.h>

#include "analysis/labels.h"
#include "engine/status.h"

struct ecp_patch_count {
    size_t number, units, largest; /* patches; their units in all, and of the largest */
};
static inline double ecp_patch_size(struct ecp_patch_count c)
{
    return c.number > 0 ? (double)c.units / (double)c.number : 0;
}

struct ecp_patch_search {
    const struct ecp_grid *grid;
    size_t n, p;         /* conditions, units */
    const double *mean;  /* n x p */
    const size_t *group; /* n: category of each condition, 0 .. n_groups - 1 */
    size_t n_groups;
    int dprime;                /* d' instead of t */
    double sigma, threshold;   /* of the smoothing; of the selectivity */
    size_t least;              /* units of a patch */
    double *selectivity, *map; /* own: n_groups x p; a map */
    size_t *size;
    char *in;
};
/* Computes the selectivities. ECP_ENOMEM; end it in any case. */
enum ecp_status ecp_patch_search_begin(struct ecp_patch_search *search);
void ecp_patch_search_end(struct ecp_patch_search *search);

/* Patches of all categories, summed; of every one (`each`, may be NULL). order[u]: the unit that
 * stands at the place of unit u; NULL: all where they are. */
enum ecp_status ecp_patch_search_find(struct ecp_patch_search *search, const size_t *order,
                                      struct ecp_patch_count *each, struct ecp_patch_count *all);

#endif
