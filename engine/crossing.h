/* crossing.h -- the first time at which a sum of decaying terms reaches zero.
 *
 *   f(t) = constant + sum_k (a_k + b_k t) exp(-rate_k t)
 *
 * Between events the membrane of an integrate-and-fire neuron, less its
 * threshold, is such a function. Multiplying by exp(rate t) and differentiating
 * takes away one coefficient at a time; between two zeros of what is left the
 * function before it is monotone (Rolle). So all zeros are enclosed, down to
 * two that nearly touch, and each is found by bracketing. */
#ifndef ECP_CROSSING_H
#define ECP_CROSSING_H

enum { ECP_CROSSING_TERMS = 4 };

struct ecp_decay {
    double a, b, rate; /* rate > 0, per ms */
};

struct ecp_decays {
    double constant;
    int n; /* terms; rates differ */
    struct ecp_decay term[ECP_CROSSING_TERMS];
};

double ecp_decays_value(const struct ecp_decays *f, double t);

/* Smallest t in (0, horizon] with f(t) >= 0, to 1e-12 ms or the last bit of t;
 * INFINITY when there is none. f(0) < 0; horizon may be INFINITY. */
double ecp_decays_crossing(const struct ecp_decays *f, double horizon);

#endif
