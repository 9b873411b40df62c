/* The table of the registered scenarios. */
#include <stddef.h>

#include "engine/scenario.h"

#define ECP_PART(id)     /* scenarios/id.c: what several scenarios share */
#define ECP_SCENARIO(id) extern const struct ecp_scenario ecp_scenario_##id;
#include "scenarios/models.def"
#undef ECP_SCENARIO

#define ECP_SCENARIO(id) &ecp_scenario_##id,
const struct ecp_scenario *const ecp_scenarios[] = {
#include "scenarios/models.def"
    NULL};
