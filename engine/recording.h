/* recording.h -- what a run leaves: read-only, in memory, the same whether it
 * comes from a run or from files.
 *
 * Times are stamps in ms. Discarded phases are in the raw data (spikes,
 * signals) and left out of the counts and interval sums. */
#ifndef ECP_RECORDING_H
#define ECP_RECORDING_H

#include "engine/types.h"

/* One spike; ordered by step, then by index. time = step * dt. */
struct ecp_spike {
    ecp_step step;
    ecp_lid index; /* in its population */
};

/* Coefficients of variation of the intervals of some neurons, added up in the order
 * of neurons: of those with three intervals or more. */
struct ecp_intervals {
    double sum;
    uint64_t neurons;
};

struct ecp_recorded_population {
    const char *name;
    const char *model;
    ecp_gid first;
    size_t size;
    uint64_t spikes; /* in the phases that count */

    /* Per neuron, over the phases that count. Intervals are in steps, between
     * successive spikes of which none is discarded. From files always there;
     * from a run of many ranks on rank 0, in small networks (a million neurons)
     * or where an analysis reads the population, else NULL. */
    const uint32_t *count;
    const uint32_t *intervals;
    const uint64_t *interval_sum;
    const double *interval_square_sum;
    struct ecp_intervals summed; /* where there are no arrays */

    /* Only with a spike probe (recorded = 1), whole run; sorted. In a run with a store
     * only where an analysis reads them. */
    int recorded;
    size_t n_events;
    const struct ecp_spike *event;
};

/* Samples of a field, or of a rate: n_frames x n_columns, row-major.
 * Frame k was taken at start + k * interval (a rate: bin that begins there). In a
 * run with a store, frames of a field stay only where an analysis reads them. */
struct ecp_recorded_signal {
    const char *probe;
    int population;
    const char *field; /* "v", or "rate" */
    const char *unit;
    double start, interval; /* ms */
    size_t n_frames, n_columns;
    const ecp_lid *index; /* n_columns, in the population; NULL for a rate */
    const ecp_real *data; /* single precision in the files */
};

struct ecp_recorded_phase {
    const char *name;
    double start, stop; /* ms */
    int discarded;
};

/* Length of NAME in "NAME--7": phases "NAME--1", "NAME--2" ... are repeats of NAME. */
size_t ecp_phase_condition(const char *phase);

/* Weights of a projection at one time; n synapses in a fixed order
 * (by target, then source, then order of creation). */
struct ecp_recorded_weights {
    const char *probe;
    int projection;
    const char *projection_name, *unit;
    int source_population, target_population;
    double time; /* ms */
    size_t n;
    const ecp_lid *source, *target;
    const float *weight, *delay; /* delay in ms */
};

/* Weights of all synapses of a projection at one moment; n = 0: mean, sd, lowest
 * and highest are NAN. */
enum { ECP_WEIGHT_BINS = 64 };
struct ecp_weights_moment {
    double time; /* ms; NAN: not taken */
    uint64_t n;  /* synapses */
    double mean, sd, lowest, highest;
    uint64_t count[ECP_WEIGHT_BINS];
};

/* Of each plastic projection, before and after the run, in the same bins: bin k
 * goes from low + k * width to low + (k + 1) * width, the end of the last one
 * included. The numbers are the same on any number of threads. */
struct ecp_recorded_histogram {
    int projection;
    const char *projection_name, *unit;
    double low, width;
    size_t n_bins;
    struct ecp_weights_moment initial, final;
};

struct ecp_recording {
    double dt;       /* ms */
    double duration; /* ms of model time that was run */
    double counted;  /* ms of it that count (not discarded) */
    ecp_step n_steps;
    size_t n_populations, n_signals, n_phases, n_weights, n_histograms;
    struct ecp_recorded_population *population;
    struct ecp_recorded_signal *signal;
    struct ecp_recorded_phase *phase;
    struct ecp_recorded_weights *weights;
    struct ecp_recorded_histogram *histogram;
    uint64_t spikes;   /* all, whole run */
    uint64_t checksum; /* of all spikes (gid, step); any order */
};

#endif
