#include "engine/adam.h"

#include <math.h>
#include <stdlib.h>

#include "engine/alloc.h"

enum ecp_status ecp_adam_init(struct ecp_adam *adam, size_t n, double rate)
{
    double *m = ecp_array(n, sizeof *m), *v = ecp_array(n, sizeof *v);
    if (!m || !v) {
        free(m);
        free(v);
        return ecp_fail(ECP_ENOMEM, "no memory for moments of %zu numbers", n);
    }
    *adam = (struct ecp_adam){rate, 0.9, 0.999, 1e-8, n, 0, m, v};
    return ECP_OK;
}

void ecp_adam_clear(struct ecp_adam *adam)
{
    free(adam->m);
    free(adam->v);
    *adam = (struct ecp_adam){0};
}

void ecp_adam_step(struct ecp_adam *adam, const double *restrict gradient, double *restrict x)
{
    double *restrict m = adam->m, *restrict v = adam->v;
    const double b1 = adam->b1, b2 = adam->b2, epsilon = adam->epsilon;
    const double t = (double)++adam->steps;
    const double rate = adam->rate / (1 - pow(b1, t)), unbias = 1 / (1 - pow(b2, t));
#pragma omp simd
    for (size_t k = 0; k < adam->n; k++) {
        m[k] = b1 * m[k] + (1 - b1) * gradient[k];
        v[k] = b2 * v[k] + (1 - b2) * gradient[k] * gradient[k];
        x[k] -= rate * m[k] / (sqrt(v[k] * unbias) + epsilon);
    }
}
