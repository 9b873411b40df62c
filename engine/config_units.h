/* config_units.h -- reading many quantities with one load of the unit tables
 * (10 ms), which happens when the first one needs it. */
#ifndef ECP_CONFIG_UNITS_H
#define ECP_CONFIG_UNITS_H

#include "engine/status.h"

struct ecp_units;

enum ecp_status ecp_units_create(struct ecp_units **out);
void ecp_units_destroy(struct ecp_units *units);

/* As ecp_units_read. */
enum ecp_status ecp_units_convert(struct ecp_units *units, const char *text, const char *unit,
                                  double *out);

#endif
