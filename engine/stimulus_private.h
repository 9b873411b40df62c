/* stimulus_private.h -- shared by the files of the stimuli. */
#ifndef ECP_STIMULUS_PRIVATE_H
#define ECP_STIMULUS_PRIVATE_H

#include "engine/stimulus.h"

static inline double mean_count(const struct ecp_stimulus_share *s, double rate_hz)
{
    return rate_hz * 1e-3 * s->dt;
}

/* NULL while each neuron still has a level of its own. */
static inline const struct ecp_level *level_at(const struct ecp_stimulus_share *s, ecp_step step)
{
    const struct ecp_level *found = NULL;
    for (size_t k = 0; k < s->n_levels && s->level[k].from <= step; k++)
        found = &s->level[k];
    return found;
}

static inline double standard_normal(const struct ecp_stimulus_share *s, ecp_lid neuron,
                                     uint64_t draw)
{
    uint32_t word[4];
    ecp_rng_words(s->key, neuron, (uint32_t)(draw >> 2), (uint32_t)(draw >> 34), word);
    return ecp_law_value(&s->normal, word[draw & 3], 0);
}

#endif
