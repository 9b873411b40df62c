/* readout.h -- responses of units as functions of a stimulus, fitted to a recording; their
 * gradients, and stimuli that drive them most. Row-major. */
#ifndef ECP_ANALYSIS_READOUT_H
#define ECP_ANALYSIS_READOUT_H

#include <stddef.h>

#include "engine/chance.h"
#include "engine/status.h"

/* With x less the mean of the stimuli, t_i = x.x_i/s, and s their mean squared length:
 *   linear       f = b + sum_i d_i t_i
 *   quadratic    f = b + sum_i d_i (t_i + t_i^2): linear in x and in all products of two pixels
 *   exponential  f = exp(b + sum_i d_i t_i)
 * The first two by ridge regression with an intercept, the third by the penalised likelihood of
 * Poisson counts (Newton's method). */
enum ecp_readout_form { ECP_READOUT_LINEAR, ECP_READOUT_QUADRATIC, ECP_READOUT_EXPONENTIAL };

struct ecp_readout {
    enum ecp_readout_form form;
    size_t n, p, q;  /* stimuli, pixels, units */
    double scale;    /* s */
    double *mean;    /* p */
    double *x;       /* n x p, less the mean */
    double *dual;    /* n x q: d */
    double *offset;  /* q: b */
    double *penalty; /* q: over the mean diagonal of the centred kernel */
    double *held;    /* n x q: prediction of each stimulus without it; NAN: exponential */
    double *memory;
};

/* `penalty` 0: of 19 from 1e-6 to 1e3 the one with the least leave-one-out error, for every
 * unit. y: n x q. ECP_ENUMERIC: Newton's method does not converge; ECP_ECONFIG: stimuli that do
 * not differ, negative counts; ECP_ENOMEM. O(n^2 (n + p + q)), exponential n^3 for each unit and
 * step. */
struct ecp_readout_call {
    enum ecp_readout_form form;
    double penalty;
    size_t n, p, q;
    const double *x, *y;
};
enum ecp_status ecp_readout_fit(const struct ecp_readout_call *call, struct ecp_readout *out);
void ecp_readout_drop(struct ecp_readout *readout);

/* Responses (q) to stimulus x (p, less the mean); `work`: n. */
void ecp_readout_respond(const struct ecp_readout *readout, const double *x, double *response,
                         double *work);
/* Gradient (p) of sum_v c_v f_v at x, whose responses are `response`; `work`: 2 n. */
void ecp_readout_gradient(const struct ecp_readout *readout, const double *x,
                          const double *response, const double *c, double *gradient, double *work);

#endif
