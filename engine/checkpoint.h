/* checkpoint.h -- a run that can go on later, elsewhere, on other ranks and threads.
 *
 * DIR/checkpoint.ecp holds all that a network knows beyond its plan, at a moment
 * between two steps: states of neurons, plastic synapses and what their rules remember,
 * spikes under way, stimuli, couplings, recordings that are not yet in the store. What
 * follows from the plan and its counters (static synapses, parameters) is not in it.
 * A run that goes on from there is bit for bit the one that was not interrupted.
 *
 * It is written under a temporary name and renamed when all of it is on disk; the one
 * before is kept as DIR/checkpoint.previous.ecp. Each worker of a run writes a block of
 * its own, and reads of each block what belongs to it: how many there were does not
 * matter. */
#ifndef ECP_CHECKPOINT_H
#define ECP_CHECKPOINT_H

#include "engine/archive.h"
#include "engine/machine.h"

/* All ranks together, while workers rest and the store has all that was recorded.
 * ECP_EIO, ECP_ENOMEM: the checkpoints that were there are as they were. */
enum ecp_status ecp_checkpoint_write(struct ecp_network *network, const char *dir);

/* All ranks together: the network, just built, goes to the moment of the checkpoint.
 * ECP_EIO says what is wrong with it, and names the one before if there is one. */
enum ecp_status ecp_checkpoint_read(struct ecp_network *network, const char *dir, int previous);

/* 1: DIR has a checkpoint (`previous`: an older one). */
int ecp_checkpoint_exists(const char *dir, int previous);
void ecp_checkpoint_remove(const char *dir);

/* ---- its parts (private to engine/checkpoint_*.c) ---------------------- */

/* Records of one worker's block. */
void ecp_checkpoint_put_neurons(const struct ecp_worker *worker, struct ecp_archive *archive);
void ecp_checkpoint_put_plastic(const struct ecp_worker *worker, struct ecp_archive *archive);
void ecp_checkpoint_put_exact(const struct ecp_worker *worker, struct ecp_archive *archive);
void ecp_checkpoint_put_elements(const struct ecp_worker *worker, struct ecp_archive *archive);
/* Of the first block, which tells of the whole run: on rank 0. */
void ecp_checkpoint_put_results(const struct ecp_results *results, struct ecp_archive *archive);

void ecp_checkpoint_put_structural(const struct ecp_network *network, struct ecp_archive *archive);
enum ecp_status ecp_checkpoint_get_structural(struct ecp_network *network,
                                              const struct ecp_archive_reader *reader);

/* From all blocks what belongs to the worker. Blocks of workers are 1 .. n_blocks - 1.
 * ECP_EIO: a record is missing or does not fit; ECP_ENOMEM. */
enum ecp_status ecp_checkpoint_get_neurons(struct ecp_worker *worker,
                                           const struct ecp_archive_reader *reader);
enum ecp_status ecp_checkpoint_get_plastic(struct ecp_worker *worker,
                                           const struct ecp_archive_reader *reader);
enum ecp_status ecp_checkpoint_get_exact(struct ecp_worker *worker,
                                         const struct ecp_archive_reader *reader);
enum ecp_status ecp_checkpoint_get_results(struct ecp_results *results,
                                           const struct ecp_archive_reader *reader);

/* The record's elements, of which there must be n. ECP_EIO. */
enum ecp_status ecp_checkpoint_find(const struct ecp_archive_reader *reader, uint64_t block,
                                    size_t size, size_t n, const void **out, const char *name, ...)
    __attribute__((format(printf, 6, 7)));

/* What lies in both stretches of neurons: n from `from` on in the saved one go to `to`
 * on in the own one. */
struct ecp_overlap {
    size_t from, to, n;
};
struct ecp_overlap ecp_checkpoint_overlap(ecp_lid saved_first, size_t saved_n, ecp_lid own_first,
                                          size_t own_n);

/* The stretch of population p that block `block` tells of. */
enum ecp_status ecp_checkpoint_stretch(const struct ecp_archive_reader *reader, uint64_t block,
                                       int p, ecp_lid *first, size_t *n);

#endif
