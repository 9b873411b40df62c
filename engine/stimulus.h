/* stimulus.h -- what drives a worker's neurons from outside. */
#ifndef ECP_STIMULUS_H
#define ECP_STIMULUS_H

#include "engine/draw.h"
#include "engine/machine.h"

/* From step `from` on, the level is `value` for every neuron. */
struct ecp_level {
    ecp_step from;
    double value;
    struct ecp_poisson_table table; /* POISSON */
};

/* One stimulus on one worker. Neurons are counted within the share. */
struct ecp_stimulus_share {
    const struct ecp_plan_stimulus *plan;
    int population, port;
    struct ecp_philox_key key;
    ecp_lid low, n; /* the stretch of the share that holds all targets */
    uint8_t *mask;  /* n; NULL: all of them are targets */
    ecp_step start, stop;
    double dt;

    double *own_level; /* n, where the level is a law; until the first switch */
    double *own_p0;    /* n, POISSON: exp(-mean) */
    double own_max;
    struct ecp_level *level; /* in force from `from` on; ascending */
    size_t n_levels;

    uint16_t *count; /* POISSON: 4 x stride counts of the group of steps */
    size_t stride;
    int64_t group;

    ecp_lid *event; /* SPIKES: neuron within the share, by step, then neuron */
    ecp_step *event_step;
    double *event_time; /* ms: of arrival, not rounded */
    size_t n_events, next_event, step_end;

    double *noise; /* NOISE: n, deviation from the mean */
    struct ecp_law normal;
};

/* All stimuli of the plan on this worker (worker->stimulus). */
enum ecp_status ecp_stimuli_init(struct ecp_worker *worker);
void ecp_stimuli_clear(struct ecp_worker *worker);

/* Make the numbers of a step ready. */
void ecp_stimuli_begin(struct ecp_worker *worker, ecp_step step);

/* Spikes that were to arrive before `step` are lost. */
void ecp_stimuli_skip(struct ecp_worker *worker, ecp_step step);

/* A stretch of a share, and where its inputs of this step are gathered. */
struct ecp_inputs {
    int population;
    ecp_lid first, n; /* within the share */
    ecp_step step;
    ecp_real *const *port; /* n each */
    ecp_real *current;     /* n; NULL when the model or the stimuli have none */
    int skip;              /* stimulus whose counts are in already, or -1 */
};

/* The Poisson counts of a whole block, when one stimulus drives the whole
 * population: they can then be added on the way. */
struct ecp_block_counts {
    int stimulus, port, odd;
    const uint16_t *count; /* of the block's first neuron */
    ecp_real weight;
};

/* 1 and *out when there is such a stimulus now. */
int ecp_stimuli_counts(const struct ecp_worker *worker, const struct ecp_inputs *in,
                       struct ecp_block_counts *out);

/* Does any stimulus bring current to the population? */
int ecp_stimuli_have_current(const struct ecp_worker *worker, int population);

/* Add what arrives. */
void ecp_stimuli_add(struct ecp_worker *worker, const struct ecp_inputs *in);

/* Level for neuron j of the share in `step`: 0 outside of the stimulus. */
double ecp_stimulus_level(const struct ecp_stimulus_share *s, ecp_lid j, ecp_step step);

/* The next step after `step` at which levels change; INT64_MAX: none. */
ecp_step ecp_stimulus_next_change(const struct ecp_stimulus_share *s, ecp_step step);

/* Levels that are assigned from outside (network_memory.h), one for each target in the
 * order of the subset; from the next step on. The stimulus must have been made ready for
 * that when it was built. ECP_ENOMEM. */
enum ecp_status ecp_stimulus_own_levels(struct ecp_worker *worker, int stimulus);
enum ecp_status ecp_stimulus_assign(struct ecp_worker *worker, int stimulus, const double *level,
                                    size_t n);

/* From step `from` on the level (rate, amplitude, mean) is `value`. */
enum ecp_status ecp_stimulus_change(struct ecp_worker *worker, int stimulus, ecp_step from,
                                    double value);

#endif
