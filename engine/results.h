/* results.h -- gathering what workers record into one recording.
 *
 * Between spans all workers rest: the one that called run collects their
 * spikes, closes bins, takes weights, and hands finished stretches to the
 * store. */
#ifndef ECP_RESULTS_H
#define ECP_RESULTS_H

#include <stdatomic.h>

#include "engine/machine.h"

/* A network of so many neurons or fewer has all their counts on rank 0 (24 bytes a neuron)
 * and in every stretch of its files; a larger one where something reads them, and in the
 * stretches that end a run or belong to a checkpoint. */
enum { ECP_FEW_NEURONS = 1000000 };

/* A probe of a field or of a rate while it records. Columns are those of this rank's
 * neurons, of `n_all` in all. */
struct ecp_probe_run {
    const struct ecp_plan_probe *plan;
    int population, field, signal; /* index of its signal */
    ecp_step start, stop, every;
    ecp_lid *index; /* own columns; ascending indices in the population. Rank 0: all */
    size_t n_columns, first_column, n_all;
    int is_whole;              /* the target is all of the population */
    int keep;                  /* frames stay in memory, on rank 0, after they are written */
    ecp_real *frame;           /* frames of this span: capacity x n_columns */
    size_t capacity, n_frames; /* n_frames: expected by the end of the span */
    ecp_real *held;            /* frames that wait to be handed over: n_held x n_columns */
    size_t n_held, held_capacity;
    ecp_step first;        /* step of frame 0 of the span */
    _Atomic uint32_t *bin; /* RATE: spikes per bin of this span and a rest */
    size_t n_bins;
};

/* Counts of this rank's neurons of one population, as arrays; and on rank 0 of all of them,
 * where something reads them (NULL: nothing does). */
struct ecp_counts {
    uint32_t *count, *intervals;
    uint64_t *interval_sum;
    double *interval_square_sum;
};

struct ecp_results {
    struct ecp_recording recording; /* whole on rank 0; elsewhere without data */
    struct ecp_network *network;
    struct ecp_events *held;      /* n_populations: own spikes that wait to be handed over */
    struct ecp_events *kept;      /* n_populations, rank 0: all, where a measure needs them */
    struct ecp_counts *own, *all; /* n_populations */
    int *gathers;                 /* n_populations: `all` are wanted */
    uint64_t *number;             /* n_populations + 2, scratch */
    struct ecp_intervals *sum;    /* n_populations, scratch */
    size_t *handed_frames;        /* per signal: handed over so far */
    size_t *signal_capacity;      /* in frames */
    size_t written_weights, unwritten;
    struct ecp_probe_run *probe; /* n_probes of kind field or rate */
    size_t n_probes;
    double last_flush;
    size_t *rank_first;             /* n_ranks + 1, scratch */
    struct ecp_weight_tally *tally; /* n_histograms, of the initial weights */
};

enum ecp_status ecp_results_create(struct ecp_network *network);
void ecp_results_destroy(struct ecp_results *results);

/* Room for a span of steps; called before it. */
enum ecp_status ecp_results_prepare(struct ecp_results *results, ecp_step from, ecp_step to);

/* By workers: the fields of a stamp (state after `stamp` steps). */
void ecp_results_sample(struct ecp_results *results, const struct ecp_worker *worker,
                        ecp_step stamp);

/* Neurons first + list[0 .. n - 1] of a population fired in `step`. */
struct ecp_fired {
    int population;
    ecp_step step;
    ecp_lid first;
    const ecp_lid *list;
    size_t n;
};

/* By workers: count them where a probe of the rate wants them. */
void ecp_results_count(struct ecp_results *results, const struct ecp_fired *fired);

/* The next stamp after `step` (in steps of the plan's dt) at which a field is
 * sampled; INT64_MAX: none. */
ecp_step ecp_results_next_sample(const struct ecp_results *results, ecp_step step);

/* After a span: collect, and hand over when it is time (`all`: in any case). */
enum ecp_status ecp_results_collect(struct ecp_results *results, ecp_step now, int all);

/* What ranks hold goes to the store, and where something reads it in the end to rank 0's
 * recording (engine/results_flush.c). All ranks; ECP_EIO, ECP_ENOMEM: nothing is lost. */
enum ecp_status ecp_results_hand_over(struct ecp_results *results, int all);

/* The run is over: the store's files are joined. All ranks. */
enum ecp_status ecp_results_finish(struct ecp_results *results);

/* n frames of a signal behind those in the recording. ECP_ENOMEM. */
enum ecp_status ecp_results_append(struct ecp_results *results, const struct ecp_probe_run *run,
                                   const ecp_real *frame, size_t n);
/* Room for so many more. ECP_ENOMEM. */
enum ecp_status ecp_events_reserve(struct ecp_events *events, size_t more);

/* Weights probes whose time is `now`. */
enum ecp_status ecp_results_weights(struct ecp_results *results, ecp_step now);

/* Weights of all plastic projections before the run and after it
 * (engine/results_weights.c): histograms, and with a store the edges that the
 * plan asks for. Workers rest, and nothing of theirs is changed.
 * O(plastic synapses), on all threads. ECP_ENOMEM, ECP_EIO. */
enum ecp_status ecp_results_first_weights(struct ecp_results *results);
enum ecp_status ecp_results_last_weights(struct ecp_results *results);

/* All synapses of a plastic projection at `now`, as a file of SONATA edges in the
 * store, with bounded memory (engine/results_edges.c). `moment`: "initial", "final". */
enum ecp_status ecp_results_edges(const struct ecp_results *results, int projection,
                                  const char *moment);

/* What recorded weights of a probe are of; the arrays stay empty. At most so many are
 * recorded. The initial weights' tallies, `size` bytes of them. */
void ecp_results_name_weights(const struct ecp_results *results, const struct ecp_plan_probe *probe,
                              double time, struct ecp_recorded_weights *out);
size_t ecp_results_most_weights(const struct ecp_results *results);
void *ecp_results_tally(const struct ecp_results *results, size_t *size);

/* What probes of structural projections record at `now`, after the updates. */
enum ecp_status ecp_results_structure(struct ecp_results *results, ecp_step now);

/* The next stamp after `now` at which a weights probe wants the network to
 * rest; INT64_MAX when there is none. */
ecp_step ecp_results_next_rest(const struct ecp_results *results, ecp_step now);

/* Phase marks. */
void ecp_results_phase(struct ecp_results *results, int phase, ecp_step now);

#endif
