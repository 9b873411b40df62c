/* lif_form.h -- the leaky membrane between events, in closed form.
 *
 *   dV/dt = -rate (V - rest) + sum_s I_s(t) / c,
 *   I_s(t) = (i_s + slope_s t) exp(-rate_s t)
 *
 * Shared by the models that the exact mode can run. */
#ifndef ECP_LIF_FORM_H
#define ECP_LIF_FORM_H

#include "engine/crossing.h"

enum { ECP_LIF_CURRENTS = 2 };

struct ecp_lif_form {
    double rate;      /* of the membrane, 1/ms */
    double rest;      /* where it goes without synapses, mV */
    double c;         /* pF */
    double threshold; /* mV */
    double v;         /* at t = 0, mV */
    int n;            /* currents */
    double current_rate[ECP_LIF_CURRENTS], current[ECP_LIF_CURRENTS], slope[ECP_LIF_CURRENTS];
};

/* One current over c: i + slope t, decaying; and the membrane's rate. */
struct ecp_lif_input {
    double i, slope, rate, current_rate;
};

/* What it has added to V by time t; the two exponentials at t are given. */
double ecp_lif_form_response(const struct ecp_lif_input *input, double t, double membrane_left,
                             double current_left);

/* First t > 0 at which V reaches the threshold; 0 when it has; INFINITY. */
double ecp_lif_form_crossing(const struct ecp_lif_form *form);

#endif
