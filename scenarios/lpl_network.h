/* lpl_network.h -- the network of scenarios lpl and lpl_spiking (Halvagal & Zenke 2023, Fig. 5).
 *
 * Populations "E" (excitatory), "P0" ... "P4" (inputs), "I" (unless inhibition is off);
 * phases "prime", "learn", "test". */
#ifndef ECP_LPL_NETWORK_H
#define ECP_LPL_NETWORK_H

#include "engine/plan.h"

enum { ECP_LPL_E = 100, ECP_LPL_I = 25, ECP_LPL_INPUTS = 5, ECP_LPL_INPUT_SIZE = 100 };

/* What is left out: nothing; the predictive part, the Hebbian part of the rule; inhibition, or
 * its plasticity. */
enum ecp_lpl_condition {
    ECP_LPL_ALL,
    ECP_LPL_PRED_OFF,
    ECP_LPL_HEBB_OFF,
    ECP_LPL_INHIBITION_OFF,
    ECP_LPL_INHIBITION_FIXED,
    ECP_LPL_CONDITIONS
};

struct ecp_lpl_setup {
    enum ecp_lpl_condition condition;
    double form, rms;          /* parameters of rule lpl, as are these: */
    double eta, phi, lambda;   /* eta from the phase learn on */
    double tau_mean;           /* ms */
    double zeta;               /* learning rate of inhibition */
    double prime, learn, test; /* ms; learn 0: without that phase, untrained */
    double patterns;           /* added to the numbers of both signals */
};

/* Group k, whose synapses onto E are the projection; depth, period, pattern and shuffle of
 * model poisson_signal. */
struct ecp_lpl_input {
    const char *name, *projection;
    double depth, period, pattern, shuffle;
};
extern const struct ecp_lpl_input ecp_lpl_inputs[ECP_LPL_INPUTS];

/* Into an empty plan whose seed and dt are set. At steps other than 0.1 ms delta and delta_err of
 * the rule are scaled so that they weigh as much beside the rest as there. */
enum ecp_status ecp_lpl_network(struct ecp_plan *plan, const struct ecp_lpl_setup *setup);

#endif
