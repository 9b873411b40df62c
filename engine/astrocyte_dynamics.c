#include "engine/astrocyte_dynamics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/matrix.h"
#include "engine/vector_math.h"

enum { MANY = 1 << 14 }; /* elements that are worth waking threads */

static const double within = 1 - 1e-9; /* of what atanh is given */

/* Odd to the bit, so that symmetric matrices stay symmetric. */
static inline double squash(double x)
{
    const double e = ecp_expd(-2 * fabs(x));
    return copysign((1 - e) / (1 + e), x);
}

static void squash_all(size_t n, double beta, const double *restrict x, double *restrict y)
{
#pragma omp parallel for simd schedule(static) if (n > MANY)
    for (size_t k = 0; k < n; k++)
        y[k] = squash(beta * x[k]);
}

enum ecp_status ecp_astrocyte_init(struct ecp_astrocyte_state *state,
                                   const struct ecp_astrocyte_setup *setup)
{
    const size_t n = setup->n, all = n * n, k = setup->n_patterns * n;
    const size_t size[] = {n, all, all, n, n, all, all, all, k, k, all, all, n, n};
    double **array[] = {&state->x,     &state->s,      &state->p,        &state->phi,
                        &state->field, &state->g,      &state->psi,      &state->T,
                        &state->along, &state->scaled, &state->likeness, &state->crossed,
                        &state->row,   &state->lost};
    memset(state, 0, sizeof *state);
    state->setup = *setup;
    for (size_t a = 0; a < sizeof array / sizeof *array; a++) {
        *array[a] = ecp_array(size[a], sizeof(double));
        if (!*array[a]) {
            ecp_astrocyte_clear(state);
            return ecp_fail(ECP_ENOMEM, "no memory for %zu synapses and processes", all);
        }
    }
    if (!setup->repeated)
        ecp_matrix_atb(n, n, setup->n_patterns, setup->patterns, setup->patterns, state->likeness);
    return ECP_OK;
}

void ecp_astrocyte_clear(struct ecp_astrocyte_state *state)
{
    double *array[] = {state->x,        state->s,       state->p,   state->phi,   state->field,
                       state->g,        state->psi,     state->T,   state->along, state->scaled,
                       state->likeness, state->crossed, state->row, state->lost};
    for (size_t a = 0; a < sizeof array / sizeof *array; a++)
        free(array[a]);
    memset(state, 0, sizeof *state);
}

/* What repeated indices bring, taken away: with C the likeness,
 *   -(tr psi - 2 psi_ii - 2 psi_jj) C_ij - 2 (psi C)_ij - 2 (psi C)_ji + 2 K psi_ij. */
static void take_repeated(struct ecp_astrocyte_state *a)
{
    const size_t n = a->setup.n;
    const double k = (double)a->setup.n_patterns, scale = pow((double)n, -3);
    const double *psi = a->psi, *c = a->likeness, *pc = a->crossed;
    double trace = 0;
    ecp_matrix_ab(n, n, n, psi, c, a->crossed);
    for (size_t i = 0; i < n; i++)
        trace += psi[i * n + i];
#pragma omp parallel for schedule(static) if (n * n > MANY)
    for (size_t i = 0; i < n; i++) {
        const double own = trace - 2 * psi[i * n + i];
        for (size_t j = 0; j < n; j++) {
            const double less = (own - 2 * psi[j * n + j]) * c[i * n + j];
            const double cross = 2 * (pc[i * n + j] + pc[j * n + i]) - 2 * k * psi[i * n + j];
            a->T[i * n + j] -= scale * (less + cross);
        }
        a->T[i * n + i] = 0;
    }
}

/* T:psi, from psi. */
static void drive(struct ecp_astrocyte_state *a)
{
    const size_t n = a->setup.n, k = a->setup.n_patterns;
    const double scale = pow((double)n, -3), *xi = a->setup.patterns;
    ecp_matrix_abt(k, n, n, xi, a->psi, a->along);
#pragma omp parallel for schedule(static) if (n * k > MANY)
    for (size_t mu = 0; mu < k; mu++) {
        double c = 0;
        for (size_t i = 0; i < n; i++)
            c += xi[mu * n + i] * a->along[mu * n + i];
        for (size_t i = 0; i < n; i++)
            a->scaled[mu * n + i] = scale * c * xi[mu * n + i];
    }
    ecp_matrix_atb(n, n, k, xi, a->scaled, a->T);
    if (!a->setup.repeated)
        take_repeated(a);
}

static void refresh(struct ecp_astrocyte_state *a)
{
    const size_t n = a->setup.n;
    squash_all(n, a->setup.beta, a->x, a->phi);
    squash_all(n * n, a->setup.beta, a->s, a->g);
    squash_all(n * n, a->setup.beta, a->p, a->psi);
    drive(a);
}

static double clipped_atanh(double x)
{
    return atanh(fmin(fmax(x, -within), within));
}

void ecp_astrocyte_begin(struct ecp_astrocyte_state *a, const double *cue)
{
    const size_t n = a->setup.n;
    const double beta = a->setup.beta;
    memcpy(a->x, cue, n * sizeof *cue);
    squash_all(n, beta, a->x, a->phi);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            a->psi[i * n + j] = -a->phi[i] * a->phi[j];
            a->p[i * n + j] = clipped_atanh(a->psi[i * n + j]) / beta;
        }
    drive(a);
    for (size_t k = 0; k < n * n; k++)
        a->s[k] = clipped_atanh(-a->T[k]) / beta;
    refresh(a);
}

double ecp_astrocyte_step(struct ecp_astrocyte_state *a)
{
    const size_t n = a->setup.n;
    const double to_x = a->setup.dt / a->setup.tau_n;
    const double to_s = a->setup.dt / a->setup.tau_s, to_p = a->setup.dt / a->setup.tau_p;
    double most = 0;
#pragma omp parallel for schedule(static) if (n * n > MANY)
    for (size_t i = 0; i < n; i++) {
        const double own = a->phi[i], *restrict phi = a->phi, *restrict T = a->T + i * n;
        const double *restrict g = a->g + i * n, *restrict psi = a->psi + i * n;
        double *restrict s = a->s + i * n, *restrict p = a->p + i * n, sum = 0;
        for (size_t j = 0; j < n; j++) {
            sum += g[j] * phi[j];
            s[j] += to_s * (own * phi[j] + psi[j] - s[j]);
            p[j] += to_p * (T[j] + g[j] - p[j]);
        }
        a->field[i] = sum;
    }
    for (size_t i = 0; i < n; i++) {
        const double dx = to_x * (a->field[i] - a->x[i]);
        a->x[i] += dx;
        most = fmax(most, fabs(dx));
    }
    refresh(a);
    return most;
}

/* u tanh(beta u) - ln cosh(beta u)/beta, for any u: never as the difference of these two. */
static double held(double beta, double u)
{
    const double x = fabs(beta * u), e = exp(-2 * x);
    return (log(2) - log1p(e) - (e > 0 ? 2 * x * e / (1 + e) : 0)) / beta;
}

/* A sum with what its additions lost (Neumaier 1974): energies that differ in their last
 * digits are compared. */
struct sum {
    double high, low;
};

static void add(struct sum *sum, double x)
{
    const double all = sum->high + x;
    sum->low += fabs(sum->high) >= fabs(x) ? (sum->high - all) + x : (x - all) + sum->high;
    sum->high = all;
}

double ecp_astrocyte_energy(struct ecp_astrocyte_state *a)
{
    const size_t n = a->setup.n;
    const double beta = a->setup.beta;
    struct sum energy = {0, 0};
#pragma omp parallel for schedule(static) if (n * n > MANY)
    for (size_t i = 0; i < n; i++) {
        struct sum sum = {held(beta, a->x[i]), 0};
        for (size_t j = 0; j < n; j++) {
            const size_t k = i * n + j;
            add(&sum, 0.5 * held(beta, a->s[k]));
            add(&sum, 0.5 * held(beta, a->p[k]));
            add(&sum, -0.5 * a->g[k] * (a->phi[i] * a->phi[j] + a->psi[k]));
            add(&sum, -0.25 * a->T[k] * a->psi[k]);
        }
        a->row[i] = sum.high;
        a->lost[i] = sum.low;
    }
    for (size_t i = 0; i < n; i++) {
        add(&energy, a->row[i]);
        add(&energy, a->lost[i]);
    }
    return energy.high + energy.low;
}
