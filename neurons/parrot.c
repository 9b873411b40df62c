/* parrot.c -- repeats what it receives: a spike in every step in which at
 * least one spike arrives, with the stamp of the arrival.
 *
 * Several spikes of one step are one spike of the parrot, and weights only
 * have to sum to something other than 0. In the exact mode every arrival of a
 * weight other than 0 is repeated, at its own time. Verified in
 * tests/conform/test_neurons.c. */
#include "engine/neuron.h"

enum { IN, END };

static const struct ecp_field fields[] = {
    [IN] = {"in", "1", 0, -1e7, 1e7, "weights that arrive", ECP_INPUT}, [END] = {0}};

static void update(const struct ecp_block *b)
{
    const ecp_real *restrict in = b->column[IN];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++)
        fired[j] = in[j] != 0;
}

static const struct ecp_exact exact = {.kind = ECP_EXACT_REPEATS};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_parrot) = {
    .name = "parrot",
    .summary = "repeats every spike that arrives, at most one in a step",
    .equations = "spike at t where the weights that arrive at t sum to something other than 0\n"
                 "exact mode: a spike for every arrival, at its real time",
    .reference = "Gewaltig & Diesmann 2007, doi:10.4249/scholarpedia.1430",
    .aliases = "nest:parrot_neuron",
    .verified_by = "tests/conform/test_neurons.c",
    .fields = fields,
    .derive = NULL,
    .update = update,
    .exact = &exact};
