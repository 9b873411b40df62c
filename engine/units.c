#include "engine/units.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <udunits2.h>

#include "engine/config_units.h"

struct ecp_units {
    ut_system *system; /* NULL until a unit has to be looked up */
};

enum ecp_status ecp_units_create(struct ecp_units **out)
{
    struct ecp_units *units = calloc(1, sizeof *units);
    if (!units)
        return ecp_fail(ECP_ENOMEM, "no memory for units");
    *out = units;
    return ECP_OK;
}

void ecp_units_destroy(struct ecp_units *units)
{
    if (!units)
        return;
    if (units->system)
        ut_free_system(units->system);
    free(units);
}

/* "ms" as a user reads it; a pure number has unit "1". */
static const char *spoken(const char *unit, char *text, size_t size)
{
    if (strcmp(unit, "1") == 0)
        return "a plain number without unit";
    (void)snprintf(text, size, "a number in %s", unit);
    return text;
}

/* A factor such as 999.99999999999989 comes from inexact powers of ten in the
 * tables; where 13 digits say it is round, it is. Division keeps "3 um" the
 * same number as 0.003. */
static double scaled(double value, double factor)
{
    const double up = nearbyint(factor), down = nearbyint(1 / factor);
    if (up >= 1 && fabs(factor - up) < 1e-12 * up)
        return value * up;
    if (down >= 1 && fabs(1 / factor - down) < 1e-12 * down)
        return value / down;
    return value * factor;
}

static enum ecp_status convert(const ut_unit *from, const ut_unit *to, double value, double *out)
{
    enum ecp_status status = ECP_ECONFIG;
    ut_unit *ratio = ut_divide(from, to);
    cv_converter *converter = NULL;
    /* UDUNITS takes Hz for convertible to s (by 1/x): only a ratio without
     * dimension means the same quantity. */
    if (!ratio || !ut_is_dimensionless(ratio))
        goto done;
    converter = ut_get_converter((ut_unit *)from, (ut_unit *)to);
    if (!converter)
        goto done;
    const double zero = cv_convert_double(converter, 0.0);
    *out = zero == 0.0 ? scaled(value, cv_convert_double(converter, 1.0))
                       : cv_convert_double(converter, value);
    status = ECP_OK;
done:
    cv_free(converter);
    ut_free(ratio);
    return status;
}

static enum ecp_status look_up(struct ecp_units *units, const char *text, const char *from,
                               const char *to, double *value)
{
    enum ecp_status status = ECP_OK;
    char words[64];
    ut_unit *found = NULL, *wanted = NULL;
    ut_error_message_handler before = ut_set_error_message_handler(ut_ignore);
    if (!units->system)
        units->system = ut_read_xml(NULL);
    if (!units->system) {
        status = ecp_fail(ECP_EIO, "the unit tables of UDUNITS-2 cannot be read");
        goto done;
    }
    found = ut_parse(units->system, from, UT_UTF8);
    wanted = ut_parse(units->system, to, UT_UTF8);
    if (!wanted)
        status = ecp_fail(ECP_EARG, "\"%s\" is not a unit", to);
    else if (!found)
        status = ecp_fail(ECP_ECONFIG, "found \"%s\", and \"%s\" is no known unit; allowed: %s",
                          text, from, spoken(to, words, sizeof words));
    else if (convert(found, wanted, *value, value) != ECP_OK)
        status =
            ecp_fail(ECP_ECONFIG, "found \"%s\", and %s cannot become %s; allowed: %s", text, from,
                     strcmp(to, "1") == 0 ? "a plain number" : to, spoken(to, words, sizeof words));
done:
    ut_free(found);
    ut_free(wanted);
    (void)ut_set_error_message_handler(before);
    return status;
}

/* Letters first, or a rate as "1/s": "20 0.5" is a slip, not a unit. */
static int looks_like_unit(const char *text)
{
    const unsigned char c = (unsigned char)text[0];
    return isalpha(c) || c == '%' || c == '"' || c == '\'' || c >= 128 ||
           strncmp(text, "1/", 2) == 0;
}

static enum ecp_status not_a_number(const char *text, const char *unit)
{
    char words[64];
    if (strcmp(unit, "1") == 0)
        return ecp_fail(ECP_ECONFIG, "found \"%s\"; allowed: %s", text,
                        spoken(unit, words, sizeof words));
    return ecp_fail(ECP_ECONFIG, "found \"%s\"; allowed: %s, as \"20 %s\"", text,
                    spoken(unit, words, sizeof words), unit);
}

enum ecp_status ecp_units_convert(struct ecp_units *units, const char *text, const char *unit,
                                  double *out)
{
    char *rest = NULL, from[64];
    double value = strtod(text, &rest);
    if (rest == text || !isfinite(value))
        return not_a_number(text, unit);
    rest += strspn(rest, " \t");
    size_t length = strlen(rest);
    while (length > 0 && isspace((unsigned char)rest[length - 1]))
        length--;
    if (length >= sizeof from || (length > 0 && !looks_like_unit(rest)))
        return not_a_number(text, unit);
    memcpy(from, rest, length);
    from[length] = '\0';

    if (length > 0 && strcmp(from, unit) != 0) {
        const enum ecp_status status = look_up(units, text, from, unit, &value);
        if (status != ECP_OK)
            return status;
    }
    if (!isfinite(value))
        return not_a_number(text, unit);
    *out = value;
    return ECP_OK;
}

enum ecp_status ecp_units_read(const char *text, const char *unit, double *out)
{
    struct ecp_units *units = NULL;
    enum ecp_status status = ecp_units_create(&units);
    if (status == ECP_OK)
        status = ecp_units_convert(units, text, unit, out);
    ecp_units_destroy(units);
    return status;
}
