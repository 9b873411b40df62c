/* The table of the registered neuron models, one for each instruction set. */
#include <stddef.h>

#include "engine/neuron.h"

#define ECP_NEURON(id) extern const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_##id);
#include "neurons/models.def"
#undef ECP_NEURON

#define ECP_NEURON(id) &ECP_VARIANT(ecp_neuron_##id),
extern const struct ecp_neuron_model *const ECP_VARIANT(ecp_neuron_table)[];
const struct ecp_neuron_model *const ECP_VARIANT(ecp_neuron_table)[] = {
#include "neurons/models.def"
    NULL};
#undef ECP_NEURON
