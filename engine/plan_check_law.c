/* What can be wrong with a value that may be random. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/draw.h"
#include "engine/plan_check.h"

/* Inside its bounds a law must keep so much probability that drawing again
 * has a meaning. */
static const double least_mass = 1e-6;

static const char *unit_of(const char *unit)
{
    return strcmp(unit, "1") == 0 ? "" : unit;
}

int ecp_is_steps(double time, double dt)
{
    const double steps = time / dt;
    return fabs(steps - nearbyint(steps)) <= 1e-6;
}

static const char *bounds_fault(const struct ecp_draw *law, const char *unit, char *text)
{
    const char *u = unit_of(unit);
    if (law->bounds == ECP_BOUNDS_NONE || law->kind == ECP_DRAW_CONSTANT ||
        law->kind == ECP_DRAW_LIST)
        return NULL;
    if (isnan(law->lowest) || isnan(law->highest) || law->lowest >= law->highest) {
        (void)snprintf(text, ECP_FAULT_LENGTH, "found low %g and high %g %s; allowed: low < high",
                       law->lowest, law->highest, u);
        return text;
    }
    struct ecp_draw free_law = *law;
    free_law.bounds = ECP_BOUNDS_NONE;
    const double below = isinf(law->lowest) ? 0 : ecp_draw_cdf(&free_law, law->lowest);
    const double above = isinf(law->highest) ? 0 : 1 - ecp_draw_cdf(&free_law, law->highest);
    if (law->bounds != ECP_BOUNDS_REDRAW || 1 - below - above >= least_mass)
        return NULL;
    (void)snprintf(text, ECP_FAULT_LENGTH,
                   "found bounds %g to %g %s that leave less than %g of the law; allowed: bounds "
                   "around its bulk, or bounds = \"clip\"",
                   law->lowest, law->highest, u, least_mass);
    return text;
}

const char *ecp_draw_fault(const struct ecp_draw *law, const char *unit, char *text)
{
    const char *u = unit_of(unit);
    text[0] = '\0';
    switch (law->kind) {
    case ECP_DRAW_CONSTANT:
        if (!isfinite(law->a))
            (void)snprintf(text, ECP_FAULT_LENGTH, "found %g; allowed: finite numbers", law->a);
        break;
    case ECP_DRAW_NORMAL:
    case ECP_DRAW_LOGNORMAL:
        if (!isfinite(law->a))
            (void)snprintf(text, ECP_FAULT_LENGTH, "found %s %g %s; allowed: finite numbers",
                           law->kind == ECP_DRAW_NORMAL ? "mean" : "mu", law->a, u);
        else if (!isfinite(law->b) || law->b < 0)
            (void)snprintf(text, ECP_FAULT_LENGTH, "found %s %g %s; allowed: 0 or more",
                           law->kind == ECP_DRAW_NORMAL ? "sd" : "sigma", law->b, u);
        break;
    case ECP_DRAW_UNIFORM:
        if (!isfinite(law->a) || !isfinite(law->b) || law->a > law->b)
            (void)snprintf(text, ECP_FAULT_LENGTH,
                           "found low %g and high %g %s; allowed: low <= high", law->a, law->b, u);
        break;
    case ECP_DRAW_EXPONENTIAL:
        if (!isfinite(law->a) || law->a <= 0)
            (void)snprintf(text, ECP_FAULT_LENGTH, "found mean %g %s; allowed: more than 0", law->a,
                           u);
        break;
    case ECP_DRAW_LIST:
        if (law->count == 0)
            (void)snprintf(text, ECP_FAULT_LENGTH,
                           "found an empty list; allowed: one number per element");
        for (size_t k = 0; k < law->count && !text[0]; k++)
            if (!isfinite(law->list[k]))
                (void)snprintf(text, ECP_FAULT_LENGTH, "found %g as number %zu; allowed: finite",
                               law->list[k], k);
        break;
    }
    return text[0] ? text : bounds_fault(law, unit, text);
}

static const char *outside(const char *what, double value, const struct ecp_field *field,
                           char *text)
{
    const int is_plain = strcmp(field->unit, "1") == 0;
    const char *blank = is_plain ? "" : " ", *unit = is_plain ? "" : field->unit;
    if (ecp_field_allows(field, value))
        return NULL;
    (void)snprintf(text, ECP_FAULT_LENGTH, "found %s%.15g%s%s; allowed: %s%g to %g%s%s", what,
                   value, blank, unit,
                   field->kind == ECP_COUNTER ? "whole steps, "
                   : field->kind == ECP_WHOLE ? "whole numbers, "
                                              : "",
                   field->lowest, field->highest, blank, unit);
    return text;
}

const char *ecp_draw_range_fault(const struct ecp_draw *law, const struct ecp_field *field,
                                 char *text)
{
    const char *fault = NULL;
    char what[48];
    switch (law->kind) {
    case ECP_DRAW_CONSTANT:
        return outside("", law->a, field, text);
    case ECP_DRAW_LIST:
        for (size_t k = 0; k < law->count && !fault; k++) {
            (void)snprintf(what, sizeof what, "number %zu = ", k);
            fault = outside(what, law->list[k], field, text);
        }
        return fault;
    case ECP_DRAW_UNIFORM:
        fault = outside("low = ", law->a, field, text);
        return fault ? fault : outside("high = ", law->b, field, text);
    default:
        break;
    }
    if (law->bounds != ECP_BOUNDS_NONE && isfinite(law->lowest))
        fault = outside("low = ", law->lowest, field, text);
    if (!fault && law->bounds != ECP_BOUNDS_NONE && isfinite(law->highest))
        fault = outside("high = ", law->highest, field, text);
    return fault;
}

double ecp_draw_typical(const struct ecp_draw *law)
{
    if (law->kind == ECP_DRAW_LIST)
        return law->count ? law->list[0] : 0;
    return law->kind == ECP_DRAW_CONSTANT ? law->a : ecp_draw_quantile(law, 0.5);
}

const char *ecp_draw_delay_fault(const struct ecp_draw *law, double dt, char *text)
{
    const int is_law = law->kind != ECP_DRAW_CONSTANT && law->kind != ECP_DRAW_LIST;
    double lowest, highest;
    ecp_draw_range(law, &lowest, &highest);
    if (!(lowest >= dt / 2) && is_law)
        (void)snprintf(text, ECP_FAULT_LENGTH,
                       "found values down to %.4g ms; allowed: %g ms (one step) or more, as with "
                       "low = \"%g ms\" and bounds = \"redraw\"",
                       lowest, dt, dt);
    else if (!(lowest >= dt / 2))
        (void)snprintf(text, ECP_FAULT_LENGTH, "found %.15g ms; allowed: %g ms (one step) or more",
                       lowest, dt);
    else if (!(highest <= ECP_MAX_DELAY_STEPS * dt))
        (void)snprintf(text, ECP_FAULT_LENGTH,
                       "found %s%.15g ms, more than %d steps of %g ms; allowed: up to %g ms",
                       is_law ? "values up to " : "", highest, ECP_MAX_DELAY_STEPS, dt,
                       ECP_MAX_DELAY_STEPS * dt);
    else
        return NULL;
    return text;
}
