/* spike_source.c -- emits the spikes that a `spikes` stimulus hands to it.
 *
 * A stimulus (a list or a file of neurons and times) targets the population;
 * every neuron then fires at its times, and its projections carry the spikes
 * on. At most one spike a step and neuron; in the exact mode all of them, at
 * the times as given. Verified in
 * tests/conform/test_neurons.c. */
#include "engine/neuron.h"

enum { IN, END };

static const struct ecp_field fields[] = {
    [IN] = {"in", "1", 0, -1e7, 1e7, "spikes of the stimulus", ECP_INPUT}, [END] = {0}};

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

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_spike_source) = {
    .name = "spike_source",
    .summary = "fires at given times: the target of a `spikes` stimulus",
    .equations = "spike at every time that the stimulus gives for this neuron",
    .reference = "Davison et al. 2009, doi:10.3389/neuro.11.011.2008",
    .aliases = "nest:spike_generator pynn:SpikeSourceArray",
    .verified_by = "tests/conform/test_neurons.c",
    .fields = fields,
    .derive = NULL,
    .update = update,
    .exact = &exact};
