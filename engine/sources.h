/* sources.h -- which sources a rank listens to, and the numbers they have there.
 *
 * On few ranks nearly every neuron of the network has a target on each of them: a
 * source's number is its gid. On many, a rank hears but a small part of them: then
 * those that it hears are numbered in the order of their gids, so that tables are as
 * long as they are many. A bit for each neuron of the network says which they are. */
#ifndef ECP_SOURCES_H
#define ECP_SOURCES_H

#include <stdint.h>

#include "engine/status.h"
#include "engine/types.h"

enum { ECP_SOURCES_BLOCK = 512 }; /* bits between two counts */

struct ecp_sources {
    uint64_t n;       /* numbers in use */
    uint64_t *bits;   /* NULL: numbers are gids */
    uint32_t *before; /* how many are set before each block */
};

struct ecp_network;

/* Decide, and list the connections of this rank if it hears few. Before rows are built;
 * on all threads. ECP_ENOMEM. */
enum ecp_status ecp_sources_build(struct ecp_network *network);
void ecp_sources_clear(struct ecp_sources *sources);

static inline int ecp_source_is_heard(const struct ecp_sources *sources, ecp_gid gid)
{
    return !sources->bits || (sources->bits[gid / 64] >> gid % 64 & 1);
}

/* How many of those that are heard have a smaller gid: the number of one that is. */
static inline uint64_t ecp_source_number(const struct ecp_sources *sources, ecp_gid gid)
{
    if (!sources->bits)
        return gid;
    const uint64_t block = gid / ECP_SOURCES_BLOCK;
    uint64_t n = sources->before[block];
    for (uint64_t word = block * (ECP_SOURCES_BLOCK / 64); word < gid / 64; word++)
        n += (uint64_t)__builtin_popcountll(sources->bits[word]);
    return n + (uint64_t)__builtin_popcountll(sources->bits[gid / 64] &
                                              ((UINT64_C(1) << gid % 64) - 1));
}

#endif
