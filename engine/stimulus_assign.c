/* Levels that come from outside while a network runs. */
#include <math.h>
#include <stdlib.h>

#include "engine/alloc.h"
#include "engine/stimulus_private.h"

/* Chances of no spike; how the numbers are drawn follows from the largest level of all. */
static void set_chances(struct ecp_stimulus_share *s)
{
    const int parts = (int)ceil(mean_count(s, s->own_max) / ECP_POISSON_MEAN_MAX);
    for (ecp_lid j = 0; j < s->n; j++)
        s->own_p0[j] = exp(-mean_count(s, s->own_level[j]) / (parts > 1 ? parts : 1));
}

enum ecp_status ecp_stimulus_own_levels(struct ecp_worker *worker, int stimulus)
{
    struct ecp_stimulus_share *s = &worker->stimulus[stimulus];
    if (!s->own_level) {
        s->own_level = ecp_array((size_t)s->n + 1, sizeof *s->own_level);
        s->own_p0 = ecp_array((size_t)s->n + 1, sizeof *s->own_p0);
        if (!s->own_level || !s->own_p0)
            return ecp_fail(ECP_ENOMEM, "no memory for the levels of a stimulus");
        s->own_max = s->plan->level.a;
        for (ecp_lid j = 0; j < s->n; j++)
            s->own_level[j] = s->plan->level.a;
        set_chances(s);
    }
    s->n_levels = 0;
    s->group = -1;
    return ECP_OK;
}

enum ecp_status ecp_stimulus_assign(struct ecp_worker *worker, int stimulus, const double *level,
                                    size_t n)
{
    struct ecp_stimulus_share *s = &worker->stimulus[stimulus];
    const struct ecp_share *share = &worker->share[s->population];
    s->own_max = 0;
    for (size_t k = 0; k < n; k++) {
        if (!isfinite(level[k]))
            return ecp_fail(ECP_ENUMERIC, "stimulus %s: its level %zu became %g", s->plan->name, k,
                            level[k]);
        s->own_max = fmax(s->own_max, level[k]);
    }
    for (ecp_lid j = 0; j < s->n; j++) {
        const int64_t at = ecp_subset_position(&s->plan->target, share->first + s->low + j);
        if (at >= 0 && (size_t)at < n)
            s->own_level[j] = level[at];
    }
    set_chances(s);
    return ECP_OK;
}
