/* plot.c -- a request for a picture, and what the kinds have in common. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/names.h"
#include "engine/plot_parts.h"
#include "engine/store.h"

const struct ecp_plot_kind ecp_plot_kinds[] = {
    {"raster", "spikes of all populations over time, one row a neuron", ecp_plot_build_raster},
    {"rates", "mean rate of each population over time, in bins", ecp_plot_build_rates},
    {"trace", "recorded fields (v, ...) of a few neurons over time", ecp_plot_build_trace},
    {"histogram", "how firing rates and irregularity differ between neurons",
     ecp_plot_build_histogram},
    {0}};

enum { LIST_MAX = 400, MOST_NAMES = 256 };

struct ecp_plot_request ecp_plot_request_default(void)
{
    return (struct ecp_plot_request){.start = NAN, .stop = NAN};
}

/* ---- populations ------------------------------------------------------- */

/* "L23E, L23I, ..." cut where the buffer ends. */
static void list_populations(const struct ecp_recording *recording, char *text, size_t size)
{
    size_t n = 0;
    text[0] = '\0';
    for (size_t k = 0; k < recording->n_populations && n < size; k++) {
        const int more =
            snprintf(text + n, size - n, "%s%s", k > 0 ? ", " : "", recording->population[k].name);
        n += more > 0 ? (size_t)more : 0;
    }
}

static enum ecp_status find_population(const struct ecp_recording *recording, const char *name,
                                       size_t length, size_t *out)
{
    const char *names[MOST_NAMES];
    char wrong[100], there[LIST_MAX];
    size_t n = 0;
    for (size_t k = 0; k < recording->n_populations; k++) {
        const char *known = recording->population[k].name;
        if (strlen(known) == length && strncmp(known, name, length) == 0) {
            *out = k;
            return ECP_OK;
        }
        if (n < MOST_NAMES)
            names[n++] = known;
    }
    (void)snprintf(wrong, sizeof wrong, "%.*s", (int)(length < 90 ? length : 90), name);
    list_populations(recording, there, sizeof there);
    const char *near = ecp_names_nearest(wrong, names, n);
    return ecp_fail(ECP_EUSAGE, "there is no population \"%s\"%s%s%s; the run has %s", wrong,
                    near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "", there);
}

enum ecp_status ecp_plot_populations(const struct ecp_plot_request *request,
                                     const struct ecp_recording *recording,
                                     struct ecp_figure *figure, struct ecp_choice_list *out)
{
    enum ecp_status status = ECP_OK;
    const char *text = request->population ? request->population : "";
    size_t n = 0, most = recording->n_populations;
    for (const char *c = text; *c; c++)
        most += *c == ',';
    size_t *index = ecp_figure_alloc(figure, most + 1, sizeof *index);
    if (!index)
        return ecp_fail(ECP_ENOMEM, "no memory for a list of populations");
    if (text[0] == '\0')
        for (; n < recording->n_populations; n++)
            index[n] = n;
    while (*text) {
        const size_t length = strcspn(text, ",");
        ECP_TRY(find_population(recording, text, length, &index[n]));
        n++;
        text += length + (text[length] == ',');
    }
    *out = (struct ecp_choice_list){n, index};
done:
    return status;
}

/* ---- time ---------------------------------------------------------------- */

static double counted_start(const struct ecp_recording *recording)
{
    double start = 0;
    for (size_t k = 0; k < recording->n_phases; k++) {
        if (!recording->phase[k].discarded)
            break;
        start = recording->phase[k].stop;
    }
    return start < recording->duration ? start : 0;
}

enum ecp_status ecp_plot_window(const struct ecp_plot_request *request,
                                const struct ecp_recording *recording, double tail,
                                struct ecp_range *out)
{
    const int zeroed = request->start == 0 && request->stop == 0;
    const int no_start = isnan(request->start) || zeroed;
    const int no_stop = isnan(request->stop) || zeroed;
    const double stop = no_stop ? recording->duration : fmin(request->stop, recording->duration);
    double start = no_start ? 0 : request->start;
    if (no_start && tail > 0)
        start = fmax(0, stop - tail);
    else if (no_start && counted_start(recording) < stop)
        start = counted_start(recording);
    if (!(stop > start) || start < 0)
        return ecp_fail(ECP_EUSAGE, "%g to %g ms holds nothing: the run lasted from 0 to %g ms",
                        start, no_stop ? stop : request->stop, recording->duration);
    *out = (struct ecp_range){start, stop};
    return ECP_OK;
}

struct ecp_axis ecp_plot_time_axis(struct ecp_range window, double *scale)
{
    const int in_seconds = window.highest - window.lowest > 3000;
    *scale = in_seconds ? 1e-3 : 1;
    return (struct ecp_axis){.name = "time",
                             .unit = in_seconds ? "s" : "ms",
                             .lowest = window.lowest * *scale,
                             .highest = window.highest * *scale};
}

/* Index of the first event after `step`. */
static size_t first_after(const struct ecp_recorded_population *population, double step)
{
    size_t low = 0, high = population->n_events;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if ((double)population->event[middle].step > step)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

void ecp_plot_events_between(const struct ecp_recorded_population *population, double dt,
                             struct ecp_range window, size_t *from, size_t *to)
{
    /* Half a step of slack: times in ms are not whole multiples of dt. */
    *from = first_after(population, window.lowest / dt + 1e-3);
    *to = first_after(population, window.highest / dt + 1e-3);
}

const char *ecp_plot_grouped(uint64_t number, char *text)
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    size_t n = 0;
    for (int k = 0; k < length; k++) {
        if (k > 0 && (length - k) % 3 == 0)
            text[n++] = ',';
        text[n++] = digits[k];
    }
    text[n] = '\0';
    return text;
}

/* ---- requests ------------------------------------------------------------ */

static enum ecp_status find_kind(const char *name, const struct ecp_plot_kind **out)
{
    char there[LIST_MAX] = "";
    size_t n = 0;
    for (const struct ecp_plot_kind *kind = ecp_plot_kinds; kind->name; kind++) {
        if (name && strcmp(kind->name, name) == 0) {
            *out = kind;
            return ECP_OK;
        }
        const int more =
            snprintf(there + n, sizeof there - n, "%s%s", n > 0 ? ", " : "", kind->name);
        n += more > 0 ? (size_t)more : 0;
    }
    return ecp_fail(ECP_EUSAGE, "there is no plot \"%s\"; there are %s", name ? name : "", there);
}

enum ecp_status ecp_plot_run(const struct ecp_plot_request *request)
{
    enum ecp_status status = ECP_OK;
    const struct ecp_plot_kind *kind = NULL;
    struct ecp_recording *read = NULL;
    struct ecp_figure figure = {0};
    ECP_TRY(find_kind(request->kind, &kind));
    if (!request->output)
        return ecp_fail(ECP_EUSAGE, "a plot needs the name of a file: -o FILE.svg");
    ECP_TRY(ecp_figure_check_path(request->output));
    if (!request->recording && !request->path)
        return ecp_fail(ECP_EUSAGE, "a plot needs a run's directory or a spike file");
    if (!request->recording)
        ECP_TRY(ecp_store_read(request->path, &read));
    ECP_TRY(kind->build(request, read ? read : request->recording, &figure));
    ECP_TRY(ecp_figure_write(&figure, request->output));
done:
    ecp_figure_clear(&figure);
    ecp_recording_destroy(read);
    return status;
}
