/* lca.c -- neuron of the spiking locally competitive algorithm.
 *
 *   tau dmu/dt = -mu + i_e + I_stim,   mu += weights that arrive
 *   tau dv/dt  = mu - lambda,  v >= v_floor
 *   v >= theta: spike, v -= theta
 *
 * With i_e + I_stim = (Phi^T s)_i and weights -theta (Phi^T Phi - 1)_ij from j
 * to i, a_i = theta tau (spikes per ms of i) goes to the minimum of
 * |s - Phi a|^2/2 + lambda sum_i a_i over a >= 0, with an error of 1/time. A floor
 * at 0, as in the literature, forgets the inhibition that would carry v below:
 * where atoms overlap much, active neurons then stay too active for ever. From
 * a floor of -theta on nothing of that is seen.
 *
 * Both equations are solved exactly over a step; floor and theta are looked at
 * only at its end. One spike a step at most: the rest of v waits, so that none
 * is lost. Verified in tests/verify/verify_lca.c. */
#include <math.h>

#include "engine/neuron.h"

enum { V, MU, SYN, STIM, TAU, LAMBDA, THETA, FLOOR, I_E, END };

static const struct ecp_field fields[] = {
    [V] = {"v", "pA", 0, -1e9, 1e9, "integral of mu - lambda over time/tau since the last spike",
           ECP_STATE},
    [MU] = {"mu", "pA", 0, -1e9, 1e9, "soma current: drive less what the others explain",
            ECP_STATE},
    [SYN] = {"syn", "pA", 0, -1e7, 1e7, "weights that arrive, of either sign", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [TAU] = {"tau", "ms", 1, 1e-3, 1e6, "time constant of mu, and unit of time of v", ECP_PARAM},
    [LAMBDA] = {"lambda", "pA", 0.1, 0, 1e7, "price of activity", ECP_PARAM},
    [THETA] = {"theta", "pA", 1, 1e-6, 1e7, "what a spike takes from v", ECP_PARAM},
    [FLOOR] = {"v_floor", "pA", -1, -1e9, 0, "lowest v; -theta or below: no lasting error",
               ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [END] = {0}};

enum { DECAY, REST, TIME, DRIVE, PRICE, STEP_DOWN, LOWEST };

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    k[DECAY] = (ecp_real)exp(-dt / p[TAU]);
    k[REST] = (ecp_real)-expm1(-dt / p[TAU]);
    k[TIME] = (ecp_real)(dt / p[TAU]);
    k[DRIVE] = (ecp_real)p[I_E];
    k[PRICE] = (ecp_real)p[LAMBDA];
    k[STEP_DOWN] = (ecp_real)p[THETA];
    k[LOWEST] = (ecp_real)p[FLOOR];
    return ECP_OK;
}

static void update(const struct ecp_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real decay = k[DECAY], rest = k[REST], time = k[TIME];
    const ecp_real drive = k[DRIVE], price = k[PRICE], theta = k[STEP_DOWN], lowest = k[LOWEST];
    ecp_real *restrict v = b->column[V];
    ecp_real *restrict mu = b->column[MU];
    const ecp_real *restrict syn = b->column[SYN];
    const ecp_real *restrict stim = b->column[STIM];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real goal = drive + stim[j], away = mu[j] - goal;
        const ecp_real sum = v[j] + ((goal - price) * time + away * rest);
        const ecp_real next = sum < lowest ? lowest : sum;
        const int spike = next >= theta;
        v[j] = spike ? next - theta : next;
        mu[j] = (goal + away * decay) + syn[j];
        fired[j] = (uint8_t)spike;
    }
}

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_lca) = {
    .name = "lca",
    .summary = "spiking locally competitive neuron: rates become a non-negative sparse code",
    .equations =
        "tau dmu/dt = -mu + i_e + I_stim;  mu += w at every arriving spike\n"
        "tau dv/dt = mu - lambda, v >= v_floor;  v >= theta: spike, v -= theta\n"
        "w_ij = -theta (Phi^T Phi - 1)_ij, i_e + I_stim = (Phi^T s)_i:  theta tau rate -> \n"
        "  argmin |s - Phi a|^2/2 + lambda sum a, a >= 0",
    .reference = "Shapero, Zhu, Hasler & Rozell 2014, doi:10.1142/S0129065714400012; "
                 "Tang, Lin & Davies 2017, arXiv:1705.05475",
    .aliases = "",
    .verified_by = "tests/verify/verify_lca.c",
    .fields = fields,
    .derive = derive,
    .update = update};
