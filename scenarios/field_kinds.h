/* field_kinds.h -- entries of a scenario's tables of fields, by unit: name, default, bounds,
 * meaning; and of its results: name, unit, meaning. */
#ifndef ECP_FIELD_KINDS_H
#define ECP_FIELD_KINDS_H

#include <math.h>

#include "engine/field.h"

#define ECP_PARAM_OF(name, unit, value, low, high, meaning)                                        \
    {                                                                                              \
        name, unit, value, low, high, meaning, ECP_PARAM                                           \
    }
#define ECP_NUMBER(name, value, low, high, meaning)                                                \
    ECP_PARAM_OF(name, "1", value, low, high, meaning)
#define ECP_COUNT(name, value, low, high, meaning)                                                 \
    {                                                                                              \
        name, "1", value, low, high, meaning, ECP_WHOLE                                            \
    }
#define ECP_TIME(name, value, low, high, meaning)                                                  \
    ECP_PARAM_OF(name, "ms", value, low, high, meaning)
#define ECP_VOLTAGE(name, value, low, high, meaning)                                               \
    ECP_PARAM_OF(name, "mV", value, low, high, meaning)
#define ECP_RATE(name, value, low, high, meaning)                                                  \
    ECP_PARAM_OF(name, "Hz", value, low, high, meaning)

#define ECP_FOUND(name, unit, meaning)                                                             \
    {                                                                                              \
        name, unit, 0, -INFINITY, INFINITY, meaning, ECP_RESULT                                    \
    }

#endif
