/* adam.h -- steps against a gradient that adapt to its size (Kingma & Ba 2015).
 *
 *   m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
 *   x -= rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon),  t = 1, 2, ... */
#ifndef ECP_ADAM_H
#define ECP_ADAM_H

#include <stddef.h>
#include <stdint.h>

#include "engine/status.h"

struct ecp_adam {
    double rate, b1, b2, epsilon; /* may be changed between steps */
    size_t n;
    uint64_t steps;
    double *m, *v;
};

/* For n numbers, with b1 0.9, b2 0.999, epsilon 1e-8. ECP_ENOMEM. */
enum ecp_status ecp_adam_init(struct ecp_adam *adam, size_t n, double rate);
void ecp_adam_clear(struct ecp_adam *adam); /* of {0} is fine */

void ecp_adam_step(struct ecp_adam *adam, const double *gradient, double *x);

#endif
