/* results_ranks.h -- one recording of what many ranks record (private to the results).
 *
 * Every rank holds what its own neurons did until it is handed over. Then ranks deal it out
 * anew, so that each has an equal stretch of the whole in its final order, and writes that.
 * Rank 0 has, besides, the numbers of the whole run, and what a measure reads. All
 * functions are collective. */
#ifndef ECP_RESULTS_RANKS_H
#define ECP_RESULTS_RANKS_H

#include "engine/results.h"
#include "engine/store.h"

/* The first own neuron of population p, and how many they are. */
ecp_lid ecp_ranks_first(const struct ecp_results *results, int p);
size_t ecp_ranks_size(const struct ecp_results *results, int p);

/* The worst status, on all; 1 where any rank says so; sums. */
enum ecp_status ecp_ranks_agree(const struct ecp_results *results, enum ecp_status mine);
int ecp_ranks_any(const struct ecp_results *results, int mine);
void ecp_ranks_sum(const struct ecp_results *results, uint64_t *values, size_t n);

/* Counts and intervals: own ones from the workers; of all on rank 0, where they are read;
 * numbers of whole populations (with `all` the mean CV, too, added up in the order of
 * neurons). */
void ecp_ranks_statistics(struct ecp_results *results, int all);

/* Spikes in bins that are still open, all to rank 0. ECP_ENOMEM. */
enum ecp_status ecp_ranks_bins(struct ecp_results *results);

/* n elements of `size` bytes of every rank, one rank after the other, on rank 0, where
 * *all (the caller frees) and *total are set. ECP_ENOMEM on all ranks. */
enum ecp_status ecp_ranks_join(const struct ecp_results *results, const void *mine, size_t n,
                               size_t size, void **all, size_t *total);

/* ---- dealt out anew (engine/results_deal.c) ----------------------------- */

/* A stretch of the whole: elements (spikes, frames) slice.first .. of slice.total. */
struct ecp_dealt {
    void *data;
    int is_borrowed; /* from what was held */
    struct ecp_slice slice;
};

/* Held spikes of one population, ordered by step and neuron on each rank, into stretches of
 * that order over all ranks; as many ranks as are worth it have one, all of equal length.
 * Nothing is taken from `held`. ECP_ENOMEM on all ranks. */
enum ecp_status ecp_deal_events(const struct ecp_results *results, const struct ecp_events *held,
                                size_t population_size, struct ecp_dealt *out);
/* Held frames of a probe, own columns of all, into whole frames. ECP_ENOMEM on all ranks. */
enum ecp_status ecp_deal_frames(const struct ecp_results *results, const struct ecp_probe_run *run,
                                struct ecp_dealt *out);
void ecp_dealt_clear(struct ecp_dealt *dealt);

/* Runs of events, run k from first[k] on, each ordered by step, one after the other: into
 * one order by step, equal steps in the order of runs. first has n + 1 elements and is used
 * up; `spare` has room for all of them. O(events log runs). */
void ecp_events_merge(struct ecp_spike *event, struct ecp_spike *spare, size_t *first, size_t n);

#endif
