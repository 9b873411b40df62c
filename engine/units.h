/* units.h -- "20 ms" to a number in the documented unit, by UDUNITS-2. */
#ifndef ECP_UNITS_H
#define ECP_UNITS_H

#include "engine/status.h"

/* Convert text such as "20 ms", "0.5 nA" or "12" to a number in `unit` ("ms",
 * "pA", "1", ...; docs/UNITS.md). Plain numbers are in `unit` already.
 * ECP_ECONFIG with what was found and what is needed. */
enum ecp_status ecp_units_read(const char *text, const char *unit, double *out);

#endif
