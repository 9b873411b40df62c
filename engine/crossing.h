/* crossing.h -- the first time at which a sum of decaying terms reaches zero.
 *
 *   f(t) = constant + sum_k (c_k0 + c_k1 t + ...) exp(-rate_k t)
 *
 * Between events the membrane of an integrate-and-fire neuron, less its
 * threshold, is such a function. Multiplying by exp(rate t) and differentiating
 * takes away one coefficient at a time; between two zeros of what is left the
 * function before it is monotone (Rolle). So all zeros are enclosed, down to
 * two that nearly touch, and each is found by bracketing. */
#ifndef ECP_CROSSING_H
#define ECP_CROSSING_H

enum { ECP_CROSSING_TERMS = 4, ECP_CROSSING_DEGREE = 11 };

struct ecp_decay {
    double rate; /* > 0, per ms */
    int degree;  /* of its polynomial, at most ECP_CROSSING_DEGREE */
    double c[ECP_CROSSING_DEGREE + 1];
};

struct ecp_decays {
    double constant;
    int n; /* terms; rates differ; one at most has a degree above 1 */
    struct ecp_decay term[ECP_CROSSING_TERMS];

    /* f again, for those who know a form that loses less than the sum, where
     * large terms cancel; NULL: the sum. */
    double (*value)(const void *context, double t);
    const void *context;
};

double ecp_decays_value(const struct ecp_decays *f, double t);

/* Smallest t in (0, horizon] with f(t) >= 0, to 1e-12 ms or the last bit of t;
 * INFINITY when there is none. f(0) < 0; horizon may be INFINITY. */
double ecp_decays_crossing(const struct ecp_decays *f, double horizon);

#endif
