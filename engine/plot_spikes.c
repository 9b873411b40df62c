/* plot_spikes.c -- the raster, and rates over time. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/plot_parts.h"

enum { RASTER_NEURONS = 8000, RASTER_EVENTS = 60000, RATE_BINS = 250 };

static const double raster_tail = 500, plot_pixels = 820; /* ms; about, in height */

static int colour_of(size_t population)
{
    return (int)(population % ECP_COLOURS);
}

/* ---- raster ------------------------------------------------------------- */

struct raster {
    const struct ecp_recording *recording;
    struct ecp_choice_list shown; /* those with spike probes */
    struct ecp_range window;
    size_t stride; /* one neuron in so many is shown */
    double scale;
    uint64_t events; /* shown */
    size_t neurons, rows;
};

/* Leave out populations whose spikes were not recorded, unless all are. */
static enum ecp_status keep_recorded(struct raster *raster)
{
    size_t n = 0;
    for (size_t k = 0; k < raster->shown.n; k++)
        if (raster->recording->population[raster->shown.index[k]].recorded)
            raster->shown.index[n++] = raster->shown.index[k];
    if (n == 0)
        return ecp_fail(ECP_EARG,
                        "no spikes were recorded (%zu populations asked for): add a spike probe",
                        raster->shown.n);
    raster->shown.n = n;
    return ECP_OK;
}

static uint64_t events_with_stride(const struct raster *raster, size_t stride)
{
    uint64_t n = 0;
    for (size_t k = 0; k < raster->shown.n; k++) {
        const struct ecp_recorded_population *p =
            &raster->recording->population[raster->shown.index[k]];
        size_t from, to;
        ecp_plot_events_between(p, raster->recording->dt, raster->window, &from, &to);
        for (size_t e = from; e < to; e++)
            n += p->event[e].index % stride == 0;
    }
    return n;
}

static enum ecp_status choose_stride(struct raster *raster, size_t most_neurons)
{
    for (size_t k = 0; k < raster->shown.n; k++)
        raster->neurons += raster->recording->population[raster->shown.index[k]].size;
    const size_t most = most_neurons > 0 ? most_neurons : RASTER_NEURONS;
    raster->stride = (raster->neurons + most - 1) / most;
    if (raster->stride == 0)
        raster->stride = 1;
    if (events_with_stride(raster, 1) == 0)
        return ecp_fail(ECP_EARG, "none of %zu neurons fired between %g and %g ms", raster->neurons,
                        raster->window.lowest, raster->window.highest);
    raster->events = events_with_stride(raster, raster->stride);
    while (raster->events > RASTER_EVENTS) {
        raster->stride = raster->stride * 5 / 4 + 1;
        raster->events = events_with_stride(raster, raster->stride);
    }
    return ECP_OK;
}

static size_t rows_of(const struct ecp_recorded_population *population, size_t stride)
{
    return (population->size + stride - 1) / stride;
}

/* Events of one population; its rows lie below `top`, neuron 0 uppermost. */
static enum ecp_status fill_events(const struct raster *raster, struct ecp_figure *figure,
                                   size_t which, double top, struct ecp_series *series)
{
    const struct ecp_recorded_population *p = &raster->recording->population[which];
    size_t from, to, n = 0;
    ecp_plot_events_between(p, raster->recording->dt, raster->window, &from, &to);
    double *x = ecp_figure_alloc(figure, to - from, sizeof *x);
    double *y = ecp_figure_alloc(figure, to - from, sizeof *y);
    if (!x || !y)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu spikes", to - from);
    for (size_t e = from; e < to; e++) {
        if (p->event[e].index % raster->stride != 0)
            continue;
        x[n] = (double)p->event[e].step * raster->recording->dt * raster->scale;
        y[n++] = top - (double)(p->event[e].index / raster->stride) - 0.5;
    }
    const double row = plot_pixels / (double)raster->rows; /* pixels */
    *series = (struct ecp_series){.kind = ECP_SERIES_EVENTS,
                                  .colour = colour_of(which),
                                  .size = fmin(fmax(1.3 * row / 3.2, 1), 5),
                                  .n = n,
                                  .x = x,
                                  .y = y};
    return ECP_OK;
}

static enum ecp_status raster_text(const struct raster *raster, struct ecp_figure *figure)
{
    char shown[32], all[32], events[32], thinned[120] = "every neuron shown";
    size_t neurons = 0;
    for (size_t k = 0; k < raster->shown.n; k++)
        neurons += rows_of(&raster->recording->population[raster->shown.index[k]], raster->stride);
    if (raster->stride > 1)
        (void)snprintf(thinned, sizeof thinned, "1 neuron in %zu shown (%s of %s)", raster->stride,
                       ecp_plot_grouped(neurons, shown), ecp_plot_grouped(raster->neurons, all));
    figure->title = "Spikes";
    figure->subtitle = ecp_figure_printf(
        figure, "%g to %g ms of %g ms  \u00b7  %s  \u00b7  %s spikes", raster->window.lowest,
        raster->window.highest, raster->recording->duration, thinned,
        ecp_plot_grouped(raster->events, events));
    return figure->subtitle ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for a subtitle");
}

static enum ecp_status fill_raster(struct raster *raster, struct ecp_figure *figure)
{
    enum ecp_status status = ECP_OK;
    struct ecp_panel *panel = &figure->panel[0];
    const size_t n = raster->shown.n;
    ECP_TRY(ecp_figure_add_series(figure, panel, n));
    struct ecp_axis_mark *mark = ecp_figure_alloc(figure, n, sizeof *mark);
    if (!mark)
        return ecp_fail(ECP_ENOMEM, "no memory for the names of %zu populations", n);
    for (size_t k = 0; k < n; k++)
        raster->rows +=
            rows_of(&raster->recording->population[raster->shown.index[k]], raster->stride);
    const double between = 0.008 * (double)raster->rows;
    double top = (double)raster->rows + between * (double)n;
    panel->x = ecp_plot_time_axis(raster->window, &raster->scale);
    panel->y = (struct ecp_axis){.name = "neurons", .lowest = 0, .highest = top};
    for (size_t k = 0; k < n; k++) {
        const size_t which = raster->shown.index[k];
        const struct ecp_recorded_population *p = &raster->recording->population[which];
        const double rows = (double)rows_of(p, raster->stride);
        ECP_TRY(fill_events(raster, figure, which, top, &panel->series[k]));
        mark[k] = (struct ecp_axis_mark){top - 0.5 * rows, p->name, colour_of(which)};
        top -= rows + between;
    }
    panel->y.n_marks = n;
    panel->y.mark = mark;
    ECP_TRY(raster_text(raster, figure));
done:
    return status;
}

enum ecp_status ecp_plot_build_raster(const struct ecp_plot_request *request,
                                      const struct ecp_recording *recording,
                                      struct ecp_figure *figure)
{
    enum ecp_status status = ECP_OK;
    struct raster raster = {.recording = recording};
    ECP_TRY(ecp_plot_populations(request, recording, figure, &raster.shown));
    ECP_TRY(keep_recorded(&raster));
    ECP_TRY(ecp_plot_window(request, recording, raster_tail, &raster.window));
    ECP_TRY(choose_stride(&raster, request->max_neurons));
    ECP_TRY(ecp_figure_add_panels(figure, 1));
    ECP_TRY(fill_raster(&raster, figure));
done:
    return status;
}

/* ---- rates ------------------------------------------------------------------ */

struct rate {
    struct ecp_range window;
    double bin, scale;
};

static const struct ecp_recorded_signal *rate_signal(const struct ecp_recording *recording,
                                                     size_t population)
{
    for (size_t k = 0; k < recording->n_signals; k++)
        if (recording->signal[k].population == (int)population &&
            strcmp(recording->signal[k].field, "rate") == 0)
            return &recording->signal[k];
    return NULL;
}

static enum ecp_status from_spikes(const struct rate *rate, const struct ecp_recording *recording,
                                   size_t which, struct ecp_figure *figure,
                                   struct ecp_series *series)
{
    const struct ecp_recorded_population *p = &recording->population[which];
    const size_t bins =
        (size_t)floor((rate->window.highest - rate->window.lowest) / rate->bin + 1e-6);
    double *x = ecp_figure_alloc(figure, bins + 1, sizeof *x);
    double *y = ecp_figure_alloc(figure, bins, sizeof *y);
    if (!x || !y)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu bins", bins);
    size_t from, to;
    ecp_plot_events_between(p, recording->dt, rate->window, &from, &to);
    for (size_t e = from; e < to; e++) {
        /* A bin holds the times after its beginning up to its end. */
        const double time = ((double)p->event[e].step - 0.5) * recording->dt;
        const double at = floor((time - rate->window.lowest) / rate->bin);
        if (at >= 0 && at < (double)bins)
            y[(size_t)at] += 1;
    }
    for (size_t k = 0; k <= bins; k++)
        x[k] = (rate->window.lowest + (double)k * rate->bin) * rate->scale;
    for (size_t k = 0; k < bins; k++)
        y[k] *= 1e3 / (rate->bin * (double)p->size);
    *series = (struct ecp_series){.kind = ECP_SERIES_STEPS, .n = bins, .x = x, .y = y};
    return ECP_OK;
}

static enum ecp_status from_signal(const struct rate *rate, const struct ecp_recorded_signal *s,
                                   struct ecp_figure *figure, struct ecp_series *series)
{
    double *x = ecp_figure_alloc(figure, s->n_frames + 1, sizeof *x);
    double *y = ecp_figure_alloc(figure, s->n_frames, sizeof *y);
    if (!x || !y)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu bins", s->n_frames);
    size_t n = 0;
    for (size_t k = 0; k < s->n_frames; k++) {
        const double time = s->start + (double)k * s->interval;
        if (time < rate->window.lowest || time + s->interval > rate->window.highest * (1 + 1e-9))
            continue;
        x[n] = time * rate->scale;
        x[n + 1] = (time + s->interval) * rate->scale;
        y[n++] = (double)s->data[k * s->n_columns];
    }
    *series = (struct ecp_series){.kind = ECP_SERIES_STEPS, .n = n, .x = x, .y = y};
    return ECP_OK;
}

/* Leave out what has neither spikes nor a rate. */
static enum ecp_status keep_with_rate(const struct ecp_recording *recording,
                                      struct ecp_choice_list *list)
{
    size_t n = 0;
    for (size_t k = 0; k < list->n; k++) {
        const size_t which = list->index[k];
        if (recording->population[which].size > 0 &&
            (recording->population[which].recorded || rate_signal(recording, which)))
            list->index[n++] = which;
    }
    if (n == 0)
        return ecp_fail(ECP_EARG,
                        "neither spikes nor rates were recorded (%zu populations asked "
                        "for): add a spike or rate probe",
                        list->n);
    list->n = n;
    return ECP_OK;
}

static enum ecp_status fill_rate(const struct rate *rate, const struct ecp_recording *recording,
                                 size_t which, struct ecp_figure *figure, struct ecp_panel *panel)
{
    enum ecp_status status = ECP_OK;
    const struct ecp_recorded_population *p = &recording->population[which];
    ECP_TRY(ecp_figure_add_series(figure, panel, 1));
    struct ecp_series *series = &panel->series[0];
    if (p->recorded)
        ECP_TRY(from_spikes(rate, recording, which, figure, series));
    else
        ECP_TRY(from_signal(rate, rate_signal(recording, which), figure, series));
    double mean = 0;
    for (size_t k = 0; k < series->n; k++)
        mean += series->y[k] / (double)series->n;
    series->name = ecp_figure_printf(figure, "%s  %.2f Hz", p->name, mean);
    series->colour = colour_of(which);
    panel->legend = 1;
    panel->y = (struct ecp_axis){.name = "rate", .unit = "Hz"};
done:
    return status;
}

enum ecp_status ecp_plot_build_rates(const struct ecp_plot_request *request,
                                     const struct ecp_recording *recording,
                                     struct ecp_figure *figure)
{
    enum ecp_status status = ECP_OK;
    struct ecp_choice_list list;
    struct rate rate = {.bin = request->bin};
    ECP_TRY(ecp_plot_populations(request, recording, figure, &list));
    ECP_TRY(keep_with_rate(recording, &list));
    ECP_TRY(ecp_plot_window(request, recording, 0, &rate.window));
    const double span = rate.window.highest - rate.window.lowest;
    if (!(rate.bin > 0))
        rate.bin = fmin(fmax(ecp_ticks_step(span, RATE_BINS), 1), span);
    rate.bin = fmax(nearbyint(rate.bin / recording->dt), 1) * recording->dt;
    if (rate.bin > span * (1 + 1e-9))
        return ecp_fail(ECP_EUSAGE, "a bin of %g ms is longer than the %g ms to show", rate.bin,
                        span);
    const struct ecp_axis time = ecp_plot_time_axis(rate.window, &rate.scale);
    ECP_TRY(ecp_figure_add_panels(figure, list.n));
    figure->columns = list.n > 10 ? 2 : 1;
    const size_t rows = (list.n + figure->columns - 1) / figure->columns;
    figure->height = fmax(1000, 200 + 100 * (double)rows);
    for (size_t k = 0; k < list.n; k++) {
        figure->panel[k].x = time;
        figure->panel[k].x.bare = k + figure->columns < list.n;
        ECP_TRY(fill_rate(&rate, recording, list.index[k], figure, &figure->panel[k]));
    }
    figure->title = "Population rates";
    figure->subtitle =
        ecp_figure_printf(figure, "spikes in bins of %g ms; beside each name its mean", rate.bin);
done:
    return status;
}
