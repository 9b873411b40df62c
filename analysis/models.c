/* The table of the registered measures. */
#include <stddef.h>

#include "engine/analysis.h"

#define ECP_PART(id)     /* analysis/id.c: what several measures share */
#define ECP_ANALYSIS(id) extern const struct ecp_analysis ecp_analysis_##id;
#include "analysis/models.def"
#undef ECP_ANALYSIS

#define ECP_ANALYSIS(id) &ecp_analysis_##id,
const struct ecp_analysis *const ecp_analyses[] = {
#include "analysis/models.def"
    NULL};
