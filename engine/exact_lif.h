/* exact_lif.h -- one leaky neuron in closed form, by its model's table; a source
 * is a neuron that has no state and repeats what arrives. */
#ifndef ECP_EXACT_LIF_H
#define ECP_EXACT_LIF_H

#include "engine/neuron.h"

enum { ECP_EXACT_STATES = 1 + 2 * ECP_EXACT_CURRENTS };

/* Numbers that do not change while parameters do not. */
struct ecp_exact_constants {
    double rate, rest, c, threshold, reset, refractory;
    double current_rate[ECP_EXACT_CURRENTS], gain[ECP_EXACT_CURRENTS];
    double peak[ECP_EXACT_CURRENTS];       /* mV: largest response to 1 pA */
    double peak_slope[ECP_EXACT_CURRENTS]; /* mV: not more from 1 pA/ms */
    const struct ecp_exact *table;
};

struct ecp_exact_constants ecp_exact_constants_of(const struct ecp_exact *table,
                                                  const double *param);

/* Position of a field in the state (ECP_EXACT_STATES numbers: v, currents,
 * slopes), or -1. */
int ecp_exact_position(const struct ecp_exact *table, int field);

/* The state as fields. */
void ecp_exact_store(const struct ecp_exact *table, const double *state, double *field);

/* `current`: of the stimuli, pA. clamped: the membrane rests at its reset. */
void ecp_exact_advance(const struct ecp_exact_constants *k, double *state, double current,
                       double time, int clamped);

/* Time until the threshold is reached; 0 when it is; INFINITY. */
double ecp_exact_crossing(const struct ecp_exact_constants *k, const double *state, double current);

/* A weight arrives; 1 when the neuron fires at once: the membrane is carried over
 * the threshold, or there is none. */
int ecp_exact_arrive(const struct ecp_exact_constants *k, double *state, int port, double weight,
                     int clamped);

#endif
