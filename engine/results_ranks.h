/* results_ranks.h -- one recording of what many ranks record (private to the results).
 *
 * Rank 0 has the whole recording and writes it; the others hand over what they have and
 * keep nothing. All functions are collective, and do nothing where there is one rank. */
#ifndef ECP_RESULTS_RANKS_H
#define ECP_RESULTS_RANKS_H

#include "engine/results.h"

/* The first neuron of population p of which the recording's arrays tell, and how many
 * they are: all on rank 0, elsewhere the own ones. */
ecp_lid ecp_ranks_first(const struct ecp_results *results, int p);
size_t ecp_ranks_size(const struct ecp_results *results, int p);

/* The worst status, on all; rank 0's number; sums. */
enum ecp_status ecp_ranks_agree(const struct ecp_results *results, enum ecp_status mine);
void ecp_ranks_tell(const struct ecp_results *results, int *number);
void ecp_ranks_sum(const struct ecp_results *results, uint64_t *values, size_t n);

/* Recorded spikes of population p that the other ranks merged (with `mine` as status)
 * are emptied there; on rank 0 they come as a list for each, which the caller frees. */
enum ecp_status ecp_ranks_events(struct ecp_results *results, int p, enum ecp_status mine,
                                 struct ecp_events **theirs, size_t *n);

/* Counts and intervals of population p into rank 0's arrays. */
void ecp_ranks_statistics(const struct ecp_results *results, int p);

/* Spikes in bins that are still open, all to rank 0. */
void ecp_ranks_bins(struct ecp_results *results);

/* Columns of other ranks into rank 0's frames. Elsewhere no frames are left. ECP_ENOMEM. */
enum ecp_status ecp_ranks_frames(const struct ecp_results *results, struct ecp_probe_run *run);

/* n elements of `size` bytes of every rank, one rank after the other, on rank 0, where
 * *all (the caller frees) and *total are set. ECP_ENOMEM on all ranks. */
enum ecp_status ecp_ranks_join(const struct ecp_results *results, const void *mine, size_t n,
                               size_t size, void **all, size_t *total);

#endif
