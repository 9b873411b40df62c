/* The table of the registered plasticity rules, one for each instruction set. */
#include <stddef.h>

#include "engine/plasticity.h"

#define ECP_PLASTICITY(id) extern const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_##id);
#include "plasticity/models.def"
#undef ECP_PLASTICITY

#define ECP_PLASTICITY(id) &ECP_VARIANT(ecp_plasticity_##id),
extern const struct ecp_plasticity *const ECP_VARIANT(ecp_plasticity_table)[];
const struct ecp_plasticity *const ECP_VARIANT(ecp_plasticity_table)[] = {
#include "plasticity/models.def"
    NULL};
#undef ECP_PLASTICITY
