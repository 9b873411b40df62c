/* exact_private.h -- shared by the files of the exact mode. */
#ifndef ECP_EXACT_PRIVATE_H
#define ECP_EXACT_PRIVATE_H

#include "engine/exact.h"

/* ms; without synapses, or with long delays only */
#define ECP_EXACT_LONGEST_WINDOW 5.0

/* Constants of all populations anew, after a change of parameters. */
void ecp_exact_parameters(struct ecp_worker *worker);

/* One neuron in hand. */
struct ecp_exact_neuron {
    struct ecp_worker *worker;
    struct ecp_exact_share *exact;
    const struct ecp_exact_constants *constants;
    double *state;
    int population;
    ecp_lid j; /* in the share */
};

/* What a pass over a window may do: events before `cut`, in window `window`. */
struct ecp_exact_pass {
    struct ecp_worker *worker;
    double inverse; /* windows per ms */
    double cut;
    int64_t window;
};

int64_t ecp_exact_window_of(const struct ecp_exact_pass *pass, double time);

struct ecp_exact_neuron ecp_exact_neuron_at(struct ecp_worker *worker, int p, ecp_lid j);

/* Bring the neuron's state to the time `to`. */
void ecp_exact_move(const struct ecp_exact_neuron *neuron, double to);

/* When it will fire if nothing arrives. */
void ecp_exact_predict(const struct ecp_exact_neuron *neuron);

/* The next spike of its Poisson drive d after `time`, at the level of `step`. */
void ecp_exact_draw_drive(const struct ecp_exact_neuron *neuron, int d, double time, ecp_step step);

/* Look at it again in the window of its own next event. */
void ecp_exact_file(const struct ecp_exact_pass *pass, const struct ecp_exact_neuron *neuron);

/* Everything that happens to it before the cut; how many arrivals were taken. */
size_t ecp_exact_live(const struct ecp_exact_pass *pass, const struct ecp_exact_neuron *neuron,
                      const struct ecp_arrival *arrival, size_t n);

void ecp_exact_no_memory(struct ecp_worker *worker);

#endif
