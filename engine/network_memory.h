/* network_memory.h -- the memories of a plan beside its network.
 *
 * At fixed model times the rates of some neurons become a row of numbers, which is stored
 * or is a cue; what is recalled drives a stimulus. Spikes are counted where neurons live,
 * counts are whole numbers that come to rank 0 as sums, rank 0 has the memories and tells
 * the levels to all: the same bits on any number of ranks and threads. */
#ifndef ECP_NETWORK_MEMORY_H
#define ECP_NETWORK_MEMORY_H

#include "engine/archive.h"
#include "engine/machine.h"
#include "engine/recall.h"

struct ecp_network_memories;

/* Nothing where the plan has no memories. All ranks. ECP_ENOMEM, or what a memory says. */
enum ecp_status ecp_network_memories_build(struct ecp_network *network);
void ecp_network_memories_clear(struct ecp_network *network);

/* What is to be done at network->now; all ranks, in step. */
enum ecp_status ecp_network_memories_look(struct ecp_network *network);
/* The next step after `now` at which there is something to do; INT64_MAX: none. */
ecp_step ecp_network_memories_next(const struct ecp_network *network, ecp_step now);

/* On rank 0; NULL elsewhere, and where the plan has none. */
struct ecp_memories *ecp_network_memories(const struct ecp_network *network);

/* Checkpoints: bring counts to rank 0 (all ranks); put, on rank 0; and get, on all.
 * ECP_EIO: not of this plan. */
enum ecp_status ecp_network_memories_gather(struct ecp_network *network);
void ecp_network_memories_put(const struct ecp_network *network, struct ecp_archive *archive);
enum ecp_status ecp_network_memories_get(struct ecp_network *network,
                                         const struct ecp_archive_reader *reader);

/* Of recall.h, for links: one row at a time. */
enum ecp_status ecp_memories_link_store(struct ecp_memories *memories, size_t memory,
                                        const double *key, const double *value);
/* *done 0: nothing is stored yet, and `out` is untouched. */
enum ecp_status ecp_memories_link_recall(struct ecp_memories *memories, size_t memory, size_t link,
                                         double time, const double *cue, double *out, int *done);
/* All that is in them, in and out of a checkpoint. */
void ecp_memories_put(const struct ecp_memories *memories, struct ecp_archive *archive);
enum ecp_status ecp_memories_get(struct ecp_memories *memories,
                                 const struct ecp_archive_reader *reader);

#endif
