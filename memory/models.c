/* The table of the registered associative memories. */
#include <stddef.h>

#include "engine/memory.h"

#define ECP_MEMORY(id) extern const struct ecp_memory_model ecp_memory_##id;
#include "memory/models.def"
#undef ECP_MEMORY

#define ECP_MEMORY(id) &ecp_memory_##id,
const struct ecp_memory_model *const ecp_memory_models[] = {
#include "memory/models.def"
    NULL};
