/* astrocyte_dynamics.h -- neurons, synapses and astrocytic processes that relax together
 * (Kozachkov, Slotine & Krotov 2025).
 *
 *   tau_n dx_i/dt  = -x_i  + sum_j g_ij phi_j            phi = tanh(beta x)
 *   tau_s ds_ij/dt = -s_ij + phi_i phi_j + psi_ij        g   = tanh(beta s)
 *   tau_p dp_ij/dt = -p_ij + (T:psi)_ij + g_ij           psi = tanh(beta p)
 *
 * T_ijkl = sum_mu xi_i xi_j xi_k xi_l/N^3 is never formed: T:psi costs O(K N^2). Without
 * repeated indices T is 0 where two of i, j, k, l are equal. */
#ifndef ECP_ASTROCYTE_DYNAMICS_H
#define ECP_ASTROCYTE_DYNAMICS_H

#include <stddef.h>

#include "engine/status.h"

struct ecp_astrocyte_setup {
    size_t n, n_patterns;
    const double *patterns; /* n_patterns x n, -1 and 1; the caller's */
    int repeated;           /* T has its terms with repeated indices */
    double beta, dt, tau_n, tau_s, tau_p;
};

struct ecp_astrocyte_state {
    struct ecp_astrocyte_setup setup;
    double *x;              /* n */
    double *s, *p;          /* n x n */
    double *phi, *field;    /* n */
    double *g, *psi, *T;    /* n x n; T: T:psi */
    double *along, *scaled; /* n x n_patterns, n_patterns x n */
    double *likeness;       /* n x n: sum over patterns of xi_i xi_j; without repeated indices */
    double *crossed;        /* n x n: psi times likeness; likewise */
    double *row, *lost;     /* n: sums of rows, and what rounding took from them */
};

/* ECP_ENOMEM. Free with clear. */
enum ecp_status ecp_astrocyte_init(struct ecp_astrocyte_state *state,
                                   const struct ecp_astrocyte_setup *setup);
void ecp_astrocyte_clear(struct ecp_astrocyte_state *state);

/* x = cue; psi = -phi phi^T, p and s at rest with it; what atanh is given is kept within
 * (-1, 1). */
void ecp_astrocyte_begin(struct ecp_astrocyte_state *state, const double *cue);

/* One step of Euler's; returns the largest |dx|. */
double ecp_astrocyte_step(struct ecp_astrocyte_state *state);

/* Energy of x, s, p, which the dynamics never raise (for small dt). */
double ecp_astrocyte_energy(struct ecp_astrocyte_state *state);

#endif
