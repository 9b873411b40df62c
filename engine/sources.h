/* sources.h -- which sources a worker listens to, and the numbers they have there.
 *
 * On few ranks nearly every neuron of the network has a target on each worker: a
 * source's number is its gid. On many, a worker hears but a small part of them: then
 * those that it hears are numbered in the order of their gids, so that tables are as
 * long as they are many. A bit for each neuron of the network says which they are. */
#ifndef ECP_SOURCES_H
#define ECP_SOURCES_H

#include <stdint.h>

#include "engine/status.h"
#include "engine/types.h"

/* Workers number their sources where they have fewer synapses than so many for each neuron of the
 * network: tables are shorter then, and with more, looking up numbers costs time. */
#define ECP_SOURCES_FEW 3.0

enum { ECP_SOURCES_LINE = 448, ECP_SOURCES_COUNT_BITS = 9 }; /* neurons of a line of the cache */

/* Words 1 to 7 are a bit for each neuron. The low 32 bits of word 0 are how many are heard
 * before these neurons; from bit 32 on, in 9 bits each, how many of those in words 1 to 2,
 * 1 to 4, and 1 to 6. */
struct ecp_source_line {
    uint64_t word[8];
};

struct ecp_sources {
    uint64_t n;                   /* numbers in use */
    struct ecp_source_line *line; /* NULL: numbers are gids */
    size_t bytes;                 /* of them */
};

struct ecp_network;

/* Decide, the same on all ranks, and list the connections of each worker where they hear
 * few. Before rows are built; on all threads. ECP_ENOMEM. */
enum ecp_status ecp_sources_build(struct ecp_network *network);
void ecp_sources_clear(struct ecp_sources *sources);

/* Where the bit of a neuron is in its line. */
static inline unsigned ecp_source_bit(ecp_gid gid)
{
    return 64 + (unsigned)(gid % ECP_SOURCES_LINE);
}

static inline int ecp_source_is_heard(const struct ecp_sources *sources, ecp_gid gid)
{
    const unsigned bit = ecp_source_bit(gid);
    return !sources->line || (sources->line[gid / ECP_SOURCES_LINE].word[bit / 64] >> bit % 64 & 1);
}

/* Without a table where the processor does not count, and is not told to. */
static inline uint64_t ecp_bits_set(uint64_t x)
{
#if defined(__POPCNT__)
    return (uint64_t)__builtin_popcountll(x);
#else
    x -= x >> 1 & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return x * UINT64_C(0x0101010101010101) >> 56;
#endif
}

/* How many of those that are heard have a smaller gid: the number of one that is. */
static inline uint64_t ecp_source_number(const struct ecp_sources *sources, ecp_gid gid)
{
    if (!sources->line)
        return gid;
    const uint64_t *word = sources->line[gid / ECP_SOURCES_LINE].word;
    const unsigned bit = ecp_source_bit(gid), w = bit / 64;
    const uint64_t counts = word[0] >> 32 << ECP_SOURCES_COUNT_BITS;
    const uint64_t pairs = counts >> ECP_SOURCES_COUNT_BITS * ((w - 1) / 2);
    const uint64_t odd = w % 2 ? 0 : word[w - 1];
    return (word[0] & UINT32_MAX) + (pairs & ((1u << ECP_SOURCES_COUNT_BITS) - 1)) +
           ecp_bits_set(odd) + ecp_bits_set(word[w] & ((UINT64_C(1) << bit % 64) - 1));
}

#endif
