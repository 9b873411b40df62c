#include "engine/field.h"

#include <math.h>
#include <string.h>

size_t ecp_field_count(const struct ecp_field *table)
{
    size_t count = 0;
    while (table && table[count].name)
        count++;
    return count;
}

int ecp_field_find(const struct ecp_field *table, const char *name)
{
    for (int k = 0; table && table[k].name; k++)
        if (strcmp(table[k].name, name) == 0)
            return k;
    return -1;
}

int ecp_field_of_kind(const struct ecp_field *table, enum ecp_field_kind kind, size_t k)
{
    for (int j = 0; table && table[j].name; j++)
        if (table[j].kind == kind && k-- == 0)
            return j;
    return -1;
}

int ecp_field_is_param(const struct ecp_field *field)
{
    return field->kind == ECP_PARAM || field->kind == ECP_WHOLE;
}

int ecp_field_allows(const struct ecp_field *field, double value)
{
    const int whole = field->kind == ECP_COUNTER || field->kind == ECP_WHOLE;
    return value >= field->lowest && value <= field->highest &&
           (!whole || value == nearbyint(value));
}

const char *ecp_field_kind_name(enum ecp_field_kind kind)
{
    switch (kind) {
    case ECP_PARAM:
        return "parameter";
    case ECP_WHOLE:
        return "parameter, a whole number";
    case ECP_PARAM_EACH:
        return "parameter, per element";
    case ECP_STATE:
        return "state";
    case ECP_COUNTER:
        return "state, in steps";
    case ECP_INPUT:
        return "receptor port";
    case ECP_CURRENT:
        return "input current";
    case ECP_UNIFORM:
    case ECP_NORMAL:
        return "random input";
    case ECP_RESULT:
        return "result";
    case ECP_PRE:
        return "trace of a source";
    case ECP_POST:
        return "trace of a target";
    case ECP_SYNAPSE:
        return "variable of a synapse";
    }
    return "field";
}
