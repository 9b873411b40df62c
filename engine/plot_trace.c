/* plot_trace.c -- recorded fields of a few neurons over time. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/plot_parts.h"

enum { TRACE_NEURONS = 5, TRACE_PANELS = 8, PIXELS = 1400, LIST_MAX = 300 };

static const double trace_tail = 500; /* ms */

struct trace {
    const struct ecp_recording *recording;
    const struct ecp_recorded_signal *signal;
    struct ecp_range window;
    double scale;
    size_t first, last; /* frames in the window: [first, last) */
};

static int is_wanted(const struct ecp_plot_request *request,
                     const struct ecp_recorded_signal *signal, const struct ecp_choice_list *list)
{
    const char *name = request->signal;
    if (name ? strcmp(signal->probe, name) != 0 && strcmp(signal->field, name) != 0
             : strcmp(signal->field, "rate") == 0)
        return 0;
    for (size_t k = 0; k < list->n; k++)
        if (signal->population == (int)list->index[k])
            return 1;
    return 0;
}

static enum ecp_status nothing_to_trace(const struct ecp_plot_request *request,
                                        const struct ecp_recording *recording)
{
    char there[LIST_MAX] = "";
    size_t n = 0;
    for (size_t k = 0; k < recording->n_signals && n < sizeof there; k++) {
        const struct ecp_recorded_signal *s = &recording->signal[k];
        const char *population =
            s->population >= 0 ? recording->population[s->population].name : "?";
        const int more = snprintf(there + n, sizeof there - n, "%s%s (%s of %s)", k > 0 ? ", " : "",
                                  s->probe, s->field, population);
        n += more > 0 ? (size_t)more : 0;
    }
    if (recording->n_signals == 0)
        return ecp_fail(ECP_EARG, "no field was recorded in this run: add a probe of a field");
    return ecp_fail(ECP_EUSAGE, "no recorded field fits%s%s%s%s; the run has %s",
                    request->signal ? " the signal " : "", request->signal ? request->signal : "",
                    request->population ? " in population " : "",
                    request->population ? request->population : "", there);
}

/* A pixel shows no more than the lowest and the highest of its samples: keep
 * these two, in their order. */
static size_t thin(const struct trace *t, size_t column, double *x, double *y)
{
    const struct ecp_recorded_signal *s = t->signal;
    const size_t frames = t->last - t->first;
    const size_t each = frames > 4 * PIXELS ? (frames + PIXELS - 1) / PIXELS : 1;
    size_t n = 0;
    for (size_t from = t->first; from < t->last; from += each) {
        const size_t to = from + each < t->last ? from + each : t->last;
        size_t low = from, high = from;
        for (size_t k = from; k < to; k++) {
            const double value = (double)s->data[k * s->n_columns + column];
            if (value < s->data[low * s->n_columns + column])
                low = k;
            if (value > s->data[high * s->n_columns + column])
                high = k;
        }
        const size_t two[] = {low < high ? low : high, low < high ? high : low};
        for (size_t k = 0; k < (low == high ? 1u : 2u); k++) {
            x[n] = (s->start + (double)two[k] * s->interval) * t->scale;
            y[n++] = (double)s->data[two[k] * s->n_columns + column];
        }
    }
    return n;
}

static enum ecp_status fill_panel(const struct trace *t, size_t most, struct ecp_figure *figure,
                                  struct ecp_panel *panel)
{
    enum ecp_status status = ECP_OK;
    const struct ecp_recorded_signal *s = t->signal;
    const size_t n = s->n_columns < most ? s->n_columns : most;
    const size_t frames = t->last - t->first;
    ECP_TRY(ecp_figure_add_series(figure, panel, n));
    for (size_t k = 0; k < n; k++) {
        double *x = ecp_figure_alloc(figure, frames, sizeof *x);
        double *y = ecp_figure_alloc(figure, frames, sizeof *y);
        char *name = s->index ? ecp_figure_printf(figure, "neuron %u", (unsigned)s->index[k])
                              : ecp_figure_printf(figure, "%s", s->field);
        if (!x || !y || !name)
            return ecp_fail(ECP_ENOMEM, "no memory for a trace of %zu samples", frames);
        panel->series[k] = (struct ecp_series){.kind = ECP_SERIES_LINE,
                                               .name = name,
                                               .colour = (int)k,
                                               .size = 0.8,
                                               .n = thin(t, k, x, y),
                                               .x = x,
                                               .y = y};
    }
    const char *population =
        s->population >= 0 ? t->recording->population[s->population].name : s->probe;
    panel->title = s->n_columns > n ? ecp_figure_printf(figure, "%s: %zu of %zu recorded neurons",
                                                        population, n, s->n_columns)
                                    : ecp_figure_printf(figure, "%s", population);
    panel->y = (struct ecp_axis){.name = s->field, .unit = s->unit};
    panel->legend = 1;
done:
    return status;
}

static void frames_in_window(struct trace *t)
{
    const struct ecp_recorded_signal *s = t->signal;
    const double slack = 1e-6;
    t->first = t->last = 0;
    if (!(s->interval > 0) || s->n_columns == 0)
        return;
    const double from = ceil((t->window.lowest - s->start) / s->interval - slack);
    const double to = floor((t->window.highest - s->start) / s->interval + slack) + 1;
    const double all = (double)s->n_frames;
    t->first = (size_t)fmin(fmax(from, 0), all);
    t->last = (size_t)fmin(fmax(to, 0), all);
}

enum ecp_status ecp_plot_build_trace(const struct ecp_plot_request *request,
                                     const struct ecp_recording *recording,
                                     struct ecp_figure *figure)
{
    enum ecp_status status = ECP_OK;
    struct ecp_choice_list list;
    struct trace t = {.recording = recording};
    size_t found = 0, n = 0;
    ECP_TRY(ecp_plot_populations(request, recording, figure, &list));
    ECP_TRY(ecp_plot_window(request, recording, trace_tail, &t.window));
    const struct ecp_axis time = ecp_plot_time_axis(t.window, &t.scale);
    const size_t most = request->max_neurons > 0 ? request->max_neurons : TRACE_NEURONS;
    ECP_TRY(ecp_figure_add_panels(figure, TRACE_PANELS));
    for (size_t k = 0; k < recording->n_signals; k++) {
        t.signal = &recording->signal[k];
        if (!is_wanted(request, t.signal, &list))
            continue;
        found++;
        frames_in_window(&t);
        if (t.last <= t.first || n == TRACE_PANELS)
            continue;
        figure->panel[n].x = time;
        ECP_TRY(fill_panel(&t, most, figure, &figure->panel[n]));
        n++;
    }
    if (found == 0)
        return nothing_to_trace(request, recording);
    if (n == 0)
        return ecp_fail(ECP_EUSAGE, "nothing was sampled between %g and %g ms", t.window.lowest,
                        t.window.highest);
    figure->n_panels = n;
    for (size_t k = 0; k + 1 < n; k++)
        figure->panel[k].x.bare = 1;
    figure->height = fmax(n > 1 ? 1000 : 700, 200 + 160 * (double)n);
    figure->title = "Traces";
    figure->subtitle = ecp_figure_printf(figure, "%g to %g ms of %g ms", t.window.lowest,
                                         t.window.highest, recording->duration);
done:
    return status;
}
