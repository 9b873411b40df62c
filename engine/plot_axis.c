/* plot_axis.c -- which numbers stand on an axis. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/plot_parts.h"

double ecp_ticks_step(double span, size_t most)
{
    const double least = span / (double)(most > 0 ? most : 1);
    const double power = pow(10, floor(log10(least)));
    const double digit[] = {1, 2, 5, 10};
    for (size_t k = 0; k < 4; k++)
        if (digit[k] * power >= least * (1 - 1e-9))
            return digit[k] * power;
    return 10 * power;
}

struct ecp_ticks ecp_ticks_choose(struct ecp_range range, size_t most)
{
    const double step = ecp_ticks_step(range.highest - range.lowest, most);
    const double slack = 1e-6;
    const double from = ceil(range.lowest / step - slack);
    const double to = floor(range.highest / step + slack);
    const double digits = -floor(log10(step) + 1e-9);
    const int decimals = digits > 0 ? (int)fmin(digits, 12) : 0;
    return (struct ecp_ticks){.first = from * step,
                              .step = step,
                              .n = to >= from ? (size_t)(to - from) + 1 : 0,
                              .decimals = decimals};
}

void ecp_ticks_text(const struct ecp_ticks *ticks, size_t k, char *text, size_t size)
{
    double value = ticks->first + (double)k * ticks->step;
    if (ticks->logarithmic) {
        ecp_logarithm_text(ecp_ticks_at(ticks, k), text, size);
        return;
    }
    if (fabs(value) < 1e-6 * ticks->step)
        value = 0;
    char digits[64];
    if (fabs(value) >= 1e6 || (ticks->decimals > 4))
        (void)snprintf(digits, sizeof digits, "%.4g", fabs(value));
    else
        (void)snprintf(digits, sizeof digits, "%.*f", ticks->decimals, fabs(value));
    (void)snprintf(text, size, "%s%s", value < 0 ? "\u2212" : "", digits);
}

void ecp_axis_title(const struct ecp_axis *axis, char *text, size_t size)
{
    const int bare = !axis->unit || strcmp(axis->unit, "1") == 0 || axis->unit[0] == '\0';
    if (!axis->name)
        text[0] = '\0';
    else if (bare)
        (void)snprintf(text, size, "%s", axis->name);
    else
        (void)snprintf(text, size, "%s (%s)", axis->name, axis->unit);
}

static void stretch(struct ecp_range *range, const double *value, size_t n)
{
    for (size_t k = 0; value && k < n; k++) {
        if (!isfinite(value[k]))
            continue;
        range->lowest = fmin(range->lowest, value[k]);
        range->highest = fmax(range->highest, value[k]);
    }
}

static enum ecp_status settle(struct ecp_range range, const struct ecp_axis *axis, int rounded,
                              struct ecp_range *out)
{
    if (axis->lowest < axis->highest && isfinite(axis->highest - axis->lowest)) {
        *out = (struct ecp_range){axis->lowest, axis->highest};
        return ECP_OK;
    }
    if (!(range.lowest <= range.highest) || !isfinite(range.highest - range.lowest))
        return ecp_fail(ECP_EARG, "the axis \"%s\" has nothing finite to show",
                        axis->name ? axis->name : "");
    const double size = fmax(fabs(range.lowest), fabs(range.highest));
    if (range.highest - range.lowest <= 1e-9 * size || size == 0) {
        /* One value only: a stretch around it, so that it can be read. */
        const double half = size > 0 ? 0.1 * size : 0.5;
        range.lowest -= range.lowest == 0 ? 0 : half;
        range.highest += half;
    }
    if (axis->logarithmic) {
        ecp_logarithms_round(&range.lowest, &range.highest);
    } else if (rounded) {
        const double step = ecp_ticks_step(range.highest - range.lowest, 8);
        range.lowest = step * floor(range.lowest / step + 1e-9);
        range.highest = step * ceil(range.highest / step - 1e-9);
    }
    *out = range;
    return ECP_OK;
}

static size_t edges(const struct ecp_series *series)
{
    const int bins = series->kind == ECP_SERIES_STEPS || series->kind == ECP_SERIES_BARS;
    return series->n + (bins && series->n > 0);
}

enum ecp_status ecp_axis_range_x(const struct ecp_panel *panel, struct ecp_range *out)
{
    struct ecp_range range = {INFINITY, -INFINITY};
    int dots = 0;
    for (size_t k = 0; k < panel->n_series; k++) {
        const struct ecp_series *s = &panel->series[k];
        stretch(&range, s->x, s->kind == ECP_SERIES_HEAT ? 2 : edges(s));
        dots |= s->kind == ECP_SERIES_POINTS || s->kind == ECP_SERIES_EVENTS;
    }
    return settle(range, &panel->x, dots, out);
}

enum ecp_status ecp_axis_range_y(const struct ecp_panel *panel, struct ecp_range *out)
{
    struct ecp_range range = {INFINITY, -INFINITY};
    int heat = 0;
    for (size_t k = 0; k < panel->n_series; k++) {
        const struct ecp_series *s = &panel->series[k];
        const double zero = 0;
        stretch(&range, s->y, s->kind == ECP_SERIES_HEAT ? 2 : s->n);
        stretch(&range, s->upper,
                s->kind == ECP_SERIES_BAND || s->kind == ECP_SERIES_ERRORS ? s->n : 0);
        stretch(&range, &zero,
                !panel->y.logarithmic &&
                    (s->kind == ECP_SERIES_BARS || s->kind == ECP_SERIES_STEPS));
        heat |= s->kind == ECP_SERIES_HEAT;
    }
    return settle(range, &panel->y, !heat, out);
}

enum ecp_status ecp_axis_range_z(const struct ecp_panel *panel, struct ecp_range *out)
{
    struct ecp_range range = {INFINITY, -INFINITY};
    for (size_t k = 0; k < panel->n_series; k++)
        if (panel->series[k].kind == ECP_SERIES_HEAT)
            stretch(&range, panel->series[k].value,
                    panel->series[k].rows * panel->series[k].columns);
    return settle(range, &panel->z, 0, out);
}
