/* plot_histogram.c -- how rates and irregularity differ between neurons. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/plot_parts.h"

enum { BINS_MAX = 40, BINS_MIN = 8 };

/* What one neuron fired: spikes, and intervals between them in steps. */
struct tally {
    double spikes, intervals, sum, square_sum;
    double last; /* step of the last spike */
};

struct spread {
    const struct ecp_recording *recording;
    struct ecp_choice_list shown;
    int windowed; /* 1: from the spikes of a window, 0: from the run's counts */
    struct ecp_range window;
    double seconds;
    double **rate, **cv; /* a population's neurons; cv NAN where undefined */
};

static int has_counts(const struct ecp_recorded_population *p)
{
    return p->count && p->intervals && p->interval_sum && p->interval_square_sum;
}

static void tally_window(const struct spread *s, const struct ecp_recorded_population *p,
                         struct tally *tally)
{
    size_t from, to;
    ecp_plot_events_between(p, s->recording->dt, s->window, &from, &to);
    for (size_t e = from; e < to; e++) {
        if (p->event[e].index >= p->size)
            continue;
        struct tally *t = &tally[p->event[e].index];
        const double step = (double)p->event[e].step;
        if (t->spikes > 0) {
            t->intervals += 1;
            t->sum += step - t->last;
            t->square_sum += (step - t->last) * (step - t->last);
        }
        t->spikes += 1;
        t->last = step;
    }
}

static void tally_counts(const struct ecp_recorded_population *p, struct tally *tally)
{
    for (size_t k = 0; k < p->size; k++)
        tally[k] = (struct tally){.spikes = p->count[k],
                                  .intervals = p->intervals[k],
                                  .sum = (double)p->interval_sum[k],
                                  .square_sum = p->interval_square_sum[k]};
}

/* Standard deviation over mean of the intervals; two intervals at least. */
static double cv_of(const struct tally *t)
{
    if (t->intervals < 2 || t->sum <= 0)
        return NAN;
    const double mean = t->sum / t->intervals;
    return sqrt(fmax(t->square_sum / t->intervals - mean * mean, 0)) / mean;
}

static enum ecp_status measure(struct spread *s, struct ecp_figure *figure)
{
    s->rate = ecp_figure_alloc(figure, s->shown.n, sizeof *s->rate);
    s->cv = ecp_figure_alloc(figure, s->shown.n, sizeof *s->cv);
    for (size_t k = 0; s->rate && s->cv && k < s->shown.n; k++) {
        const struct ecp_recorded_population *p = &s->recording->population[s->shown.index[k]];
        struct tally *tally = ecp_figure_alloc(figure, p->size, sizeof *tally);
        s->rate[k] = ecp_figure_alloc(figure, p->size, sizeof *s->rate[k]);
        s->cv[k] = ecp_figure_alloc(figure, p->size, sizeof *s->cv[k]);
        if (!tally || !s->rate[k] || !s->cv[k])
            return ecp_fail(ECP_ENOMEM, "no memory for the rates of %zu neurons", p->size);
        if (s->windowed)
            tally_window(s, p, tally);
        else
            tally_counts(p, tally);
        for (size_t j = 0; j < p->size; j++) {
            s->rate[k][j] = tally[j].spikes / s->seconds;
            s->cv[k][j] = cv_of(&tally[j]);
        }
    }
    return s->rate && s->cv ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for a histogram");
}

static int ascending(const void *a, const void *b)
{
    const double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* The value that 99.5 % of a population's neurons stay below, the largest of
 * all populations: a few wild neurons must not squeeze the others together. */
static enum ecp_status reach(const struct spread *s, double *const *value,
                             struct ecp_figure *figure, double *out)
{
    double most = 0;
    for (size_t k = 0; k < s->shown.n; k++) {
        const size_t size = s->recording->population[s->shown.index[k]].size;
        double *sorted = ecp_figure_alloc(figure, size, sizeof *sorted);
        size_t n = 0;
        if (!sorted)
            return ecp_fail(ECP_ENOMEM, "no memory for the values of %zu neurons", size);
        for (size_t j = 0; j < size; j++)
            if (isfinite(value[k][j]))
                sorted[n++] = value[k][j];
        qsort(sorted, n, sizeof *sorted, ascending);
        if (n > 0)
            most = fmax(most, sorted[(size_t)(0.995 * (double)(n - 1))]);
    }
    *out = most;
    return ECP_OK;
}

struct bins {
    size_t n;
    double width;
    const char *name, *unit;
};

/* One population's distribution, in per cent of its neurons with a value. */
static enum ecp_status fill_bars(const double *value, size_t size, const struct bins *bins,
                                 struct ecp_figure *figure, struct ecp_panel *panel)
{
    enum ecp_status status = ECP_OK;
    double *x = ecp_figure_alloc(figure, bins->n + 1, sizeof *x);
    double *y = ecp_figure_alloc(figure, bins->n, sizeof *y);
    if (!x || !y)
        return ecp_fail(ECP_ENOMEM, "no memory for a histogram");
    ECP_TRY(ecp_figure_add_series(figure, panel, 1));
    size_t n = 0, beyond = 0;
    double sum = 0;
    for (size_t j = 0; j < size; j++) {
        if (!isfinite(value[j]))
            continue;
        const double at = floor(value[j] / bins->width + 1e-9);
        n++;
        sum += value[j];
        if (at < (double)bins->n)
            y[(size_t)at] += 1;
        else
            beyond++;
    }
    for (size_t k = 0; k <= bins->n; k++)
        x[k] = (double)k * bins->width;
    for (size_t k = 0; k < bins->n; k++)
        y[k] *= n > 0 ? 100 / (double)n : 0;
    panel->series[0] = (struct ecp_series){.kind = ECP_SERIES_BARS, .n = bins->n, .x = x, .y = y};
    panel->x = (struct ecp_axis){.name = bins->name,
                                 .unit = bins->unit,
                                 .lowest = 0,
                                 .highest = (double)bins->n * bins->width};
    panel->y = (struct ecp_axis){.name = "neurons", .unit = "%"};
    const char *unit = strcmp(bins->unit, "1") == 0 ? "" : bins->unit;
    if (n == 0)
        panel->note = "no neuron with 2 intervals";
    else if (beyond > 0)
        panel->note =
            ecp_figure_printf(figure, "mean %.2f %s  (%zu beyond)", sum / (double)n, unit, beyond);
    else
        panel->note = ecp_figure_printf(figure, "mean %.2f %s", sum / (double)n, unit);
done:
    return status;
}

static enum ecp_status fill_figure(const struct spread *s, struct ecp_figure *figure)
{
    enum ecp_status status = ECP_OK;
    double most_rate, most_cv;
    ECP_TRY(reach(s, s->rate, figure, &most_rate));
    ECP_TRY(reach(s, s->cv, figure, &most_cv));
    /* Whole spikes a bin: rates come in multiples of one spike per window. */
    const double most_spikes = 1.05 * most_rate * s->seconds + 1;
    const double each = fmax(ceil(most_spikes / BINS_MAX), 1);
    const size_t enough = (size_t)fmax(ceil(most_spikes / each), BINS_MIN);
    const struct bins rates = {enough, each / s->seconds, "firing rate", "Hz"};
    const struct bins cvs = {BINS_MAX, fmax(1.05 * most_cv, 1) / BINS_MAX,
                             "CV of inter-spike intervals", "1"};
    const size_t n = s->shown.n;
    ECP_TRY(ecp_figure_add_panels(figure, 2 * n));
    figure->columns = 2;
    figure->height = fmax(n > 2 ? 1000 : 600, 200 + 95 * (double)n);
    for (size_t k = 0; k < n; k++) {
        const struct ecp_recorded_population *p = &s->recording->population[s->shown.index[k]];
        struct ecp_panel *left = &figure->panel[2 * k], *right = left + 1;
        ECP_TRY(fill_bars(s->rate[k], p->size, &rates, figure, left));
        ECP_TRY(fill_bars(s->cv[k], p->size, &cvs, figure, right));
        left->series[0].colour = right->series[0].colour = (int)(s->shown.index[k] % ECP_COLOURS);
        left->x.bare = right->x.bare = k + 1 < n;
        right->series[0].name = p->name;
        right->legend = 1;
    }
    figure->title = "Rates and irregularity of neurons";
    figure->subtitle =
        ecp_figure_printf(figure, "over %g s; CV of neurons with 2 intervals or more", s->seconds);
done:
    return status;
}

enum ecp_status ecp_plot_build_histogram(const struct ecp_plot_request *request,
                                         const struct ecp_recording *recording,
                                         struct ecp_figure *figure)
{
    enum ecp_status status = ECP_OK;
    struct spread s = {.recording = recording};
    ECP_TRY(ecp_plot_populations(request, recording, figure, &s.shown));
    ECP_TRY(ecp_plot_window(request, recording, 0, &s.window));
    s.windowed = !isnan(request->start) && (request->start != 0 || request->stop != 0);
    s.windowed |= !isnan(request->stop) && request->stop != 0;
    for (size_t k = 0; k < s.shown.n; k++)
        s.windowed |= !has_counts(&recording->population[s.shown.index[k]]);
    size_t n = 0;
    for (size_t k = 0; k < s.shown.n; k++) {
        const struct ecp_recorded_population *p = &recording->population[s.shown.index[k]];
        if (p->size > 0 && (p->recorded || !s.windowed))
            s.shown.index[n++] = s.shown.index[k];
    }
    if (n == 0)
        return ecp_fail(ECP_EARG, "no spikes were recorded (%zu populations asked for)", s.shown.n);
    s.shown.n = n;
    s.seconds = 1e-3 * (s.windowed ? s.window.highest - s.window.lowest : recording->counted);
    if (!(s.seconds > 0))
        return ecp_fail(ECP_EARG, "the run has no time that counts: all phases are discarded");
    ECP_TRY(measure(&s, figure));
    ECP_TRY(fill_figure(&s, figure));
done:
    return status;
}
