/* plot_log.c -- logarithmic axes: everything on them is drawn as its logarithm. */
#include <math.h>
#include <stdio.h>

#include "engine/plot_parts.h"

static const int digit[2][9] = {{1, 2, 5}, {1, 2, 3, 4, 5, 6, 7, 8, 9}};

/* Of all ticks with `digits` in a decade, number m = 0 is 1. */
static double position(int digits, long m)
{
    const long decade = (long)floor((double)m / digits);
    return (double)decade + log10(digit[digits == 9][m - decade * digits]);
}

static long number_from(int digits, double lowest)
{
    long m = digits * (long)floor(lowest);
    while (position(digits, m) < lowest - 1e-9)
        m++;
    return m;
}

struct ecp_ticks ecp_axis_ticks(const struct ecp_axis *axis, struct ecp_range range, size_t most)
{
    const double span = range.highest - range.lowest;
    if (!axis->logarithmic)
        return ecp_ticks_choose(range, most);
    if (span >= 2.5) {
        struct ecp_ticks whole = ecp_ticks_choose(range, most);
        whole.logarithmic = 1;
        if (whole.step >= 1)
            return whole;
        whole.step = 1;
        whole.first = ceil(range.lowest - 1e-6);
        whole.n = (size_t)(floor(range.highest + 1e-6) - whole.first) + 1;
        return whole;
    }
    struct ecp_ticks ticks = {.logarithmic = 1, .digits = span >= 0.7 ? 3 : 9};
    const long first = number_from(ticks.digits, range.lowest);
    ticks.first = (double)first;
    while (ticks.n < 64 && position(ticks.digits, first + (long)ticks.n) <= range.highest + 1e-9)
        ticks.n++;
    return ticks;
}

double ecp_ticks_at(const struct ecp_ticks *ticks, size_t k)
{
    if (ticks->digits > 0)
        return position(ticks->digits, (long)ticks->first + (long)k);
    return ticks->first + (double)k * ticks->step;
}

void ecp_logarithms_round(double *lowest, double *highest)
{
    const int digits = *highest - *lowest >= 0.7 ? 3 : 9;
    long low = number_from(digits, *lowest), high = number_from(digits, *highest);
    if (position(digits, low) > *lowest + 1e-9)
        low--;
    if (position(digits, high) > *highest + 1e-9 && position(digits, high - 1) >= *highest - 1e-9)
        high--;
    *lowest = position(digits, low);
    *highest = position(digits, high);
}

void ecp_logarithm_text(double logarithm, char *text, size_t size)
{
    static const char *const raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    const int power = (int)floor(logarithm + 1e-9);
    const int leading = (int)lround(pow(10, logarithm - power));
    if (power >= -4 && power < 5) {
        (void)snprintf(text, size, "%.*f", power < 0 ? -power : 0, pow(10, power) * leading);
        return;
    }
    char times[16] = "", shown[48] = "", plain[16];
    if (leading != 1)
        (void)snprintf(times, sizeof times, "%d·", leading);
    (void)snprintf(plain, sizeof plain, "%d", power < 0 ? -power : power);
    size_t used = 0;
    for (const char *c = plain; *c && used + 4 < sizeof shown; c++)
        used += (size_t)snprintf(shown + used, sizeof shown - used, "%s", raised[*c - '0']);
    (void)snprintf(text, size, "%s10%s%s", times, power < 0 ? "⁻" : "", shown);
}

/* ---- data -------------------------------------------------------------------- */

static double logarithm(double x)
{
    return x > 0 ? log10(x) : NAN;
}

static const double *logarithms(struct ecp_figure *memory, const double *from, size_t n)
{
    double *to = from ? ecp_figure_alloc(memory, n, sizeof *to) : NULL;
    for (size_t k = 0; to && k < n; k++)
        to[k] = logarithm(from[k]);
    return to;
}

static void take_logarithms(struct ecp_axis *axis)
{
    if (!axis->logarithmic || !(axis->lowest < axis->highest))
        return;
    axis->lowest = logarithm(axis->lowest);
    axis->highest = logarithm(axis->highest);
}

enum ecp_status ecp_panel_logarithms(const struct ecp_panel *panel, struct ecp_figure *memory,
                                     struct ecp_panel *out)
{
    struct ecp_panel shown = *panel;
    struct ecp_series *series = ecp_figure_alloc(memory, panel->n_series, sizeof *series);
    int good = series != NULL;
    for (size_t k = 0; good && k < panel->n_series; k++) {
        const struct ecp_series *s = &panel->series[k];
        const int bins = s->kind == ECP_SERIES_STEPS || s->kind == ECP_SERIES_BARS;
        const size_t n = s->kind == ECP_SERIES_HEAT ? 2 : s->n;
        series[k] = *s;
        if (panel->x.logarithmic && s->x)
            good = (series[k].x = logarithms(memory, s->x, n + (bins && n > 0))) != NULL;
        if (panel->y.logarithmic && s->y)
            good = good && (series[k].y = logarithms(memory, s->y, n)) != NULL;
        if (panel->y.logarithmic && s->upper)
            good = good && (series[k].upper = logarithms(memory, s->upper, n)) != NULL;
    }
    if (!good)
        return ecp_fail(ECP_ENOMEM, "no memory for the logarithms of a figure");
    shown.series = series;
    take_logarithms(&shown.x);
    take_logarithms(&shown.y);
    *out = shown;
    return ECP_OK;
}
