/* input_nwb_spikes.c -- spike times of NWB units, one unit after the other: a file may be
 * larger than memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/forecast.h"
#include "engine/input_nwb.h"

/* Trains that go on a thousand times as long as trials are in another unit. */
enum { TOO_LONG = 300 };
/* Windows may reach beyond what was observed by so much (s): rounding of files. */
#define SLACK 1e-3

struct reading {
    struct ecp_nwb *nwb;
    const struct ecp_nwb_table *units;
    const size_t *row;
    struct ecp_nwb_spikes spikes;
    double *response;        /* n_trials x n_units */
    struct ecp_train *train; /* NULL: not kept */
    double bytes, available; /* of kept spikes */
    double first, last;      /* of all spikes, s; NAN: there are none */
    size_t n_inside;         /* spikes between the first trial and the last */
};

/* ---- opening -------------------------------------------------------------------------------- */

static enum ecp_status open_spikes(struct reading *r)
{
    struct ecp_nwb_spikes *s = &r->spikes;
    const struct ecp_nwb *nwb = r->nwb;
    size_t *end, longest = 0;
    enum ecp_status status;
    ECP_TRY(ecp_array_open(nwb->file, r->units->group, "spike_times", &s->flat));
    if (s->flat.kind != ECP_ARRAY_NUMBERS || s->flat.rank != 1) {
        status = ecp_fail(ECP_EIO, "%s: %s/spike_times is no list of numbers", nwb->file->path,
                          r->units->path);
        goto done;
    }
    ECP_TRY(ecp_nwb_row_ends(r->units, "spike_times", s->flat.count, &end));
    s->end = end;
    for (size_t k = 0; k < r->units->n_rows; k++) {
        const size_t n = end[k] - (k > 0 ? end[k - 1] : 0);
        longest = n > longest ? n : longest;
    }
    ECP_TRY(ecp_array_afford(nwb->file->path, "the spikes of one unit", (double)longest * 8));
    ECP_TRY(ecp_pool_alloc(nwb->pool, longest, sizeof *s->time, &s->time));
    if (!ecp_nwb_table_has(r->units, "obs_intervals"))
        goto done;
    ECP_TRY(ecp_array_open(nwb->file, r->units->group, "obs_intervals", &s->seen));
    if (s->seen.rank != 2 || s->seen.size[1] != 2) {
        ecp_array_close(&s->seen);
        goto done;
    }
    ECP_TRY(ecp_nwb_row_ends(r->units, "obs_intervals", s->seen.size[0], &end));
    s->seen_end = end;
done:
    return status;
}

static enum ecp_status unsorted(const struct reading *r, size_t unit, size_t at)
{
    const double *time = r->spikes.time;
    if (!isfinite(time[at]))
        return ecp_fail(ECP_ECONFIG, "%s: unit %s: spike %zu is at %g s; a time is needed",
                        r->nwb->file->path, r->nwb->set->unit[unit], at, time[at]);
    return ecp_fail(ECP_ECONFIG,
                    "%s: unit %s: spike times are out of order: %.9g s follows %.9g s (spike %zu); "
                    "ascending ones are needed",
                    r->nwb->file->path, r->nwb->set->unit[unit], time[at], time[at - 1], at);
}

/* The train of a unit into spikes.time. */
static enum ecp_status read_train(struct reading *r, size_t unit, size_t *n)
{
    struct ecp_nwb_spikes *s = &r->spikes;
    const size_t row = r->row[unit], first = row > 0 ? s->end[row - 1] : 0;
    *n = s->end[row] - first;
    const enum ecp_status status = ecp_array_rows(&s->flat, first, *n, s->time);
    if (status != ECP_OK || *n == 0)
        return status;
    for (size_t k = 0; k < *n; k++) {
        if (!isfinite(s->time[k]) || (k > 0 && s->time[k] < s->time[k - 1]))
            return unsorted(r, unit, k);
        r->n_inside += s->time[k] >= r->nwb->first && s->time[k] <= r->nwb->last;
    }
    r->first = fmin(r->first, s->time[0]);
    r->last = fmax(r->last, s->time[*n - 1]);
    return ECP_OK;
}

/* ---- what was not observed
 * ----------------------------------------------------------------------- */

/* Intervals in which the unit was observed: n x 2; NULL: always. */
static enum ecp_status read_seen(struct reading *r, size_t unit, double **out, size_t *n)
{
    const struct ecp_nwb_spikes *s = &r->spikes;
    const size_t row = r->row[unit];
    enum ecp_status status;
    *out = NULL;
    if (!s->seen_end)
        return ECP_OK;
    const size_t first = row > 0 ? s->seen_end[row - 1] : 0;
    *n = s->seen_end[row] - first;
    if (*n == 0)
        return ECP_OK;
    *out = malloc(*n * 2 * sizeof **out);
    if (!*out)
        return ecp_fail(ECP_ENOMEM, "no memory for the intervals of a unit");
    status = ecp_array_rows(&s->seen, first, *n, *out);
    return status;
}

static int is_seen(const double *seen, size_t n, double from, double to)
{
    for (size_t k = 0; seen && k < n; k++)
        if (seen[2 * k] <= from + SLACK && seen[2 * k + 1] >= to - SLACK)
            return 1;
    return seen == NULL;
}

/* ---- responses
 * ----------------------------------------------------------------------------------- */

static size_t first_at(const double *time, size_t n, double at)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (time[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Spikes range[0] .. range[1] - 1 as a train, in ms from `onset` (s). */
static enum ecp_status keep(struct reading *r, struct ecp_train *train, const size_t range[2],
                            double onset)
{
    const size_t n = range[1] - range[0];
    r->bytes += (double)n * sizeof(double);
    if (r->bytes > r->available)
        return ecp_fail(ECP_ENOMEM,
                        "%s: the spikes of its trials take more than the %.3g GB of memory that "
                        "are available; a shorter --window, or --population, takes fewer",
                        r->nwb->file->path, r->available / 1e9);
    double *time = ecp_dataset_alloc(r->nwb->set, n, sizeof *time);
    if (!time)
        return ecp_fail(ECP_ENOMEM, "no memory for the spikes of %s", r->nwb->set->name);
    for (size_t k = 0; k < n; k++)
        time[k] = (r->spikes.time[range[0] + k] - onset) * 1000;
    *train = (struct ecp_train){n, time};
    return ECP_OK;
}

static enum ecp_status respond(struct reading *r, size_t unit, size_t n)
{
    const struct ecp_dataset *set = r->nwb->set;
    const struct ecp_dataset_request *q = r->nwb->request;
    double *seen = NULL;
    size_t n_seen = 0;
    enum ecp_status status;
    ECP_TRY(read_seen(r, unit, &seen, &n_seen));
    for (size_t t = 0; t < set->n_trials; t++) {
        const double onset = r->nwb->onset[t];
        const double from = onset + set->start / 1000;
        const double to = isnan(q->to) ? r->nwb->stop[t] : onset + q->to / 1000;
        const size_t range[2] = {first_at(r->spikes.time, n, from),
                                 first_at(r->spikes.time, n, to)};
        const size_t at = t * set->n_units + unit;
        r->response[at] =
            is_seen(seen, n_seen, from, to) ? (double)(range[1] - range[0]) / (to - from) : NAN;
        if (r->train)
            ECP_TRY(keep(r, &r->train[at], range, onset));
    }
done:
    free(seen);
    return status;
}

/* Without trials: the train over the whole recording, or the window from its beginning. */
static enum ecp_status keep_whole(struct reading *r, size_t unit, size_t n)
{
    const struct ecp_dataset_request *q = r->nwb->request;
    const double from = isnan(q->from) ? -INFINITY : q->from / 1000;
    const double to = isnan(q->to) ? INFINITY : q->to / 1000;
    const size_t range[2] = {first_at(r->spikes.time, n, from), first_at(r->spikes.time, n, to)};
    return r->train ? keep(r, &r->train[unit], range, 0) : ECP_OK;
}

/* ---- windows and units of time
 * --------------------------------------------------------------------- */

static enum ecp_status open_windows(struct reading *r)
{
    struct ecp_dataset *set = r->nwb->set;
    const struct ecp_dataset_request *q = r->nwb->request;
    set->start = isnan(q->from) ? 0 : q->from;
    set->stop = isnan(q->to) ? set->start : q->to;
    for (size_t t = 0; t < set->n_trials; t++) {
        const double length = isnan(q->to) ? (r->nwb->stop[t] - r->nwb->onset[t]) * 1000 : q->to;
        if (!(length > set->start))
            return ecp_fail(ECP_ECONFIG,
                            "%s: the trial at %g s ends %g ms after its onset%s; --window says "
                            "where spikes are counted",
                            r->nwb->file->path, r->nwb->onset[t], length,
                            isnan(length) ? " (not known)" : "");
        set->stop = fmax(set->stop, length);
    }
    return ECP_OK;
}

/* Where intervals of all units end, s; NAN: not known. */
static enum ecp_status observed_until(struct reading *r, double *out)
{
    *out = NAN;
    for (size_t u = 0; r->spikes.seen_end && u < r->nwb->set->n_units; u++) {
        double *seen = NULL;
        size_t n = 0;
        const enum ecp_status status = read_seen(r, u, &seen, &n);
        for (size_t k = 0; status == ECP_OK && seen && k < n; k++)
            *out = fmax(*out, seen[2 * k + 1]);
        free(seen);
        if (status != ECP_OK)
            return status;
    }
    return ECP_OK;
}

static enum ecp_status check_unit_of_time(struct reading *r)
{
    const struct ecp_nwb *nwb = r->nwb;
    double end = nwb->last;
    const char *what = "trials";
    if (isnan(r->last))
        return ECP_OK;
    if (isnan(end)) {
        const enum ecp_status status = observed_until(r, &end);
        what = "intervals of observation";
        if (status != ECP_OK || isnan(end))
            return status;
    }
    if (end > 0 && r->last > TOO_LONG * end)
        return ecp_fail(ECP_ECONFIG,
                        "%s: spike times reach %g and the %s end at %g s: the spike times "
                        "look like ms; NWB has seconds",
                        nwb->file->path, r->last, what, end);
    if (r->last > 0 && end > TOO_LONG * r->last)
        return ecp_fail(ECP_ECONFIG,
                        "%s: spike times end at %g s and the %s reach %g: the latter look like "
                        "ms; NWB has seconds",
                        nwb->file->path, r->last, what, end);
    if (nwb->set->n_trials > 0 && r->n_inside == 0)
        return ecp_fail(ECP_ECONFIG,
                        "%s: no spike (%g s to %g s) lies within the trials (%g s to %g s): times "
                        "of another clock or unit?",
                        nwb->file->path, r->first, r->last, nwb->first, nwb->last);
    return ECP_OK;
}

static enum ecp_status make_room(struct reading *r)
{
    struct ecp_dataset *set = r->nwb->set;
    const size_t trains = (set->n_trials > 0 ? set->n_trials : 1) * set->n_units;
    const double bytes = (double)set->n_trials * (double)set->n_units * sizeof *r->response +
                         (double)trains * sizeof *r->train;
    enum ecp_status status;
    ECP_TRY(ecp_array_afford(r->nwb->file->path, "its responses (trials x units)", bytes));
    r->available = ecp_memory_available() - bytes;
    r->response = ecp_dataset_alloc(set, set->n_trials * set->n_units, sizeof *r->response);
    if (r->nwb->request->keep_trains)
        r->train = ecp_dataset_alloc(set, trains, sizeof *r->train);
    if (!r->response || (r->nwb->request->keep_trains && !r->train))
        status = ecp_fail(ECP_ENOMEM, "no memory for the responses of %s", set->name);
done:
    return status;
}

enum ecp_status ecp_nwb_read_spikes(struct ecp_nwb *nwb, const struct ecp_nwb_table *units,
                                    const size_t *row)
{
    struct reading r = {.nwb = nwb, .units = units, .row = row, .first = NAN, .last = NAN};
    struct ecp_dataset *set = nwb->set;
    enum ecp_status status;
    ECP_TRY(open_spikes(&r));
    ECP_TRY(open_windows(&r));
    ECP_TRY(make_room(&r));
    for (size_t u = 0; u < set->n_units; u++) {
        size_t n = 0;
        ECP_TRY(read_train(&r, u, &n));
        ECP_TRY(set->n_trials > 0 ? respond(&r, u, n) : keep_whole(&r, u, n));
    }
    ECP_TRY(check_unit_of_time(&r));
    set->train = r.train;
    if (set->n_trials > 0) {
        set->response = r.response;
        set->response_unit = "Hz";
        status = ecp_dataset_average(set);
    } else {
        double end;
        ECP_TRY(observed_until(&r, &end));
        set->start = isnan(nwb->request->from) ? fmin(0, r.first * 1000) : nwb->request->from;
        set->stop =
            isnan(nwb->request->to) ? fmax(fmax(r.last, end) * 1000, set->start) : nwb->request->to;
    }
done:
    ecp_array_close(&r.spikes.flat);
    ecp_array_close(&r.spikes.seen);
    return status;
}
