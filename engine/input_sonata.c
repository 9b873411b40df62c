/* input_sonata.c -- SONATA spikes as a data set.
 *
 * Allen Institute and Blue Brain Project, SONATA developer guide:
 * https://github.com/AllenInstitute/sonata. /spikes/POPULATION has node_ids and timestamps;
 * older files have /spikes/gids and /spikes/timestamps alone. */
#include "engine/input_sonata.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/forecast.h"
#include "engine/input_trials.h"

/* Neurons that an attribute `size` may promise; what a unit takes in a set. */
enum { MOST_NEURONS = INT32_MAX, UNIT_BYTES = 200 };

/* Spikes of one neuron after another closer than this, on average over all of them, are
 * none: the times are in seconds. ms */
#define TOO_CLOSE 0.5
/* A table of trials that ends so many times earlier than the recording is in seconds. */
#define OTHER_UNIT 500

/* All spikes of the wanted populations. */
struct spikes {
    const struct ecp_h5_reader *file;
    struct ecp_pool *pool;
    struct ecp_sonata_groups groups;
    size_t n, n_units;
    struct spike {
        size_t group;
        uint64_t node;
        double time;
    } * spike;
    size_t *unit_group;
    uint64_t *unit_node;
    uint64_t *size; /* of each group: neurons that its attribute promises; 0: none does */
};

static enum ecp_status load_column(const struct spikes *s, hid_t at, const char *name,
                                   struct ecp_h5_array *out)
{
    const enum ecp_status status = ecp_h5_load(s->file, at, name, out);
    if (status == ECP_OK && out->columns != 1)
        return ecp_fail(ECP_ECONFIG, "%s: %s: %zu columns; one is allowed", s->file->path, name,
                        out->columns);
    return status;
}

static enum ecp_status add_spikes(struct spikes *s, size_t group, const double *time,
                                  const uint64_t *node, size_t n)
{
    struct spike *all;
    const uint64_t size = s->size[group];
    const enum ecp_status status = ecp_pool_alloc(s->pool, s->n + n, sizeof *all, &all);
    if (status != ECP_OK)
        return status;
    if (s->n > 0)
        memcpy(all, s->spike, s->n * sizeof *all);
    for (size_t k = 0; k < n; k++) {
        if (!isfinite(time[k]))
            return ecp_fail(ECP_ECONFIG, "%s: spike %zu: time %g; a finite one is allowed",
                            s->file->path, k, time[k]);
        if (size > 0 && node[k] >= size)
            return ecp_fail(ECP_ECONFIG, "%s: spike %zu: neuron %llu of a population of %llu",
                            s->file->path, k, (unsigned long long)node[k],
                            (unsigned long long)size);
        all[s->n + k] = (struct spike){group, node[k], time[k]};
    }
    s->spike = all;
    s->n += n;
    return ECP_OK;
}

static enum ecp_status read_group(struct spikes *s, hid_t at, size_t group)
{
    const char *ids = ecp_h5_has(at, "node_ids") ? "node_ids" : "gids";
    struct ecp_h5_array time = {.type = H5T_NATIVE_DOUBLE, .pool = s->pool};
    struct ecp_h5_array node = {.type = H5T_NATIVE_UINT64, .pool = s->pool};
    double ms = 1;
    int given = 0;
    enum ecp_status status;
    ECP_TRY(load_column(s, at, "timestamps", &time));
    ECP_TRY(load_column(s, at, ids, &node));
    if (time.rows != node.rows) {
        status = ecp_fail(ECP_ECONFIG, "%s: %zu timestamps and %zu %s; as many of both are allowed",
                          s->file->path, time.rows, node.rows, ids);
        goto done;
    }
    ECP_TRY(ecp_sonata_time_unit(s->file, at, "timestamps", &ms, &given));
    double *t = time.data;
    for (size_t k = 0; k < time.rows; k++)
        t[k] *= ms;
    (void)ecp_h5_get_count(at, "size", &s->size[group]);
    if (s->size[group] > MOST_NEURONS) {
        status = ecp_fail(ECP_ECONFIG, "%s: size: %llu neurons; %d are allowed", s->file->path,
                          (unsigned long long)s->size[group], MOST_NEURONS);
        goto done;
    }
    status = add_spikes(s, group, t, node.data, time.rows);
done:
    return status;
}

static enum ecp_status read_groups(struct spikes *s)
{
    hid_t all = H5I_INVALID_HID, at = H5I_INVALID_HID;
    enum ecp_status status;
    const size_t n = s->groups.plain ? 1 : s->groups.n;
    ECP_TRY(ecp_pool_alloc(s->pool, n, sizeof *s->size, &s->size));
    ECP_TRY(ecp_h5_open_group(s->file, s->file->file, "spikes", &all));
    for (size_t g = 0; g < n; g++) {
        ecp_h5_close(at);
        at = H5I_INVALID_HID;
        ECP_TRY(ecp_h5_open_group(s->file, s->groups.plain ? s->file->file : all,
                                  s->groups.plain ? "spikes" : s->groups.name[g], &at));
        ECP_TRY(read_group(s, at, g));
    }
done:
    ecp_h5_close(at);
    ecp_h5_close(all);
    return status;
}

static int by_unit(const void *a, const void *b)
{
    const struct spike *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return (x->time > y->time) - (x->time < y->time);
}

static int same_unit(const struct spike *a, const struct spike *b)
{
    return a->group == b->group && a->node == b->node;
}

/* Seconds where ms are said or taken: no neuron fires that fast. */
static enum ecp_status check_unit(const struct spikes *s)
{
    double sum = 0;
    size_t n = 0;
    for (size_t k = 1; k < s->n; k++)
        if (same_unit(&s->spike[k - 1], &s->spike[k])) {
            sum += s->spike[k].time - s->spike[k - 1].time;
            n++;
        }
    if (n < 10 || sum >= TOO_CLOSE * (double)n)
        return ECP_OK;
    return ecp_fail(ECP_ECONFIG,
                    "%s: spikes of a neuron follow each other after %.3g ms on average: times in "
                    "seconds? Then timestamps need the attribute units = \"s\"",
                    s->file->path, sum / (double)n);
}

/* Units: all neurons that a size promises, else those that fire. */
static enum ecp_status list_units(struct spikes *s)
{
    const size_t n_groups = s->groups.plain ? 1 : s->groups.n;
    size_t most = s->n, n = 0, k = 0;
    for (size_t g = 0; g < n_groups; g++)
        most += (size_t)s->size[g];
    if (most > 1000000 && UNIT_BYTES * (double)most > ecp_memory_available())
        return ecp_fail(ECP_ENOMEM,
                        "%s: %zu neurons need about %.3g GB of memory and %.3g GB are available; "
                        "one population is named with --population",
                        s->file->path, most, 1e-9 * UNIT_BYTES * (double)most,
                        1e-9 * ecp_memory_available());
    enum ecp_status status = ecp_pool_alloc(s->pool, most, sizeof *s->unit_group, &s->unit_group);
    if (status == ECP_OK)
        status = ecp_pool_alloc(s->pool, most, sizeof *s->unit_node, &s->unit_node);
    if (status != ECP_OK)
        return status;
    for (size_t g = 0; g < n_groups; g++) {
        for (uint64_t i = 0; i < s->size[g]; i++, n++) {
            s->unit_group[n] = g;
            s->unit_node[n] = i;
        }
        for (; k < s->n && s->spike[k].group == g; k++)
            if (s->size[g] == 0 && (k == 0 || !same_unit(&s->spike[k - 1], &s->spike[k]))) {
                s->unit_group[n] = g;
                s->unit_node[n++] = s->spike[k].node;
            }
    }
    s->n_units = n;
    return n > 0 ? ECP_OK
                 : ecp_fail(ECP_ECONFIG, "%s: no spikes, so nothing is known of any neuron",
                            s->file->path);
}

static enum ecp_status make_trains(const struct spikes *s, struct ecp_dataset *set)
{
    double *time = ecp_dataset_alloc(set, s->n, sizeof *time), last = 0;
    struct ecp_train *train = ecp_dataset_alloc(set, s->n_units, sizeof *train);
    size_t k = 0;
    if (!time || !train)
        return ecp_fail(ECP_ENOMEM, "no memory for the spikes of %s", set->name);
    for (size_t u = 0; u < s->n_units; u++) {
        const size_t first = k;
        while (k < s->n && s->spike[k].group == s->unit_group[u] &&
               s->spike[k].node == s->unit_node[u]) {
            time[k] = s->spike[k].time;
            last = fmax(last, time[k]);
            k++;
        }
        train[u] = (struct ecp_train){k - first, time + first};
    }
    set->n_units = s->n_units;
    set->train = train;
    set->start = 0;
    set->stop = last;
    return ecp_sonata_name_units(set, &s->groups, s->unit_group, s->unit_node);
}

/* The recording, or a stretch of it, as the only condition. */
static enum ecp_status one_condition(struct ecp_dataset *set,
                                     const struct ecp_dataset_request *request)
{
    const double stretch[2] = {isnan(request->from) ? set->start : request->from,
                               isnan(request->to) ? nextafter(set->stop, INFINITY) : request->to};
    const char **shown = ecp_dataset_alloc(set, 1, sizeof *shown);
    if (!shown)
        return ecp_fail(ECP_ENOMEM, "no memory for %s", set->name);
    if (!(stretch[1] > stretch[0]))
        return ecp_fail(ECP_ECONFIG, "%s: nothing lies between %g and %g ms", set->name, stretch[0],
                        stretch[1]);
    shown[0] = "recording";
    const struct ecp_trial_table whole = {1, (double[]){0}, (double[]){stretch[1]}, shown};
    const enum ecp_status status = ecp_trials_cut(set, &whole, stretch, 1);
    set->n_trials = 0; /* trains of all of the recording */
    set->response = NULL;
    set->trial_condition = set->trial_repeat = set->trial_session = NULL;
    return status;
}

/* Trials in another unit than spikes lie behind all of them, or at their very beginning. */
static enum ecp_status check_trials(const struct ecp_dataset *set, const struct ecp_trial_table *t,
                                    const char *by)
{
    double first = INFINITY, last = 0;
    for (size_t k = 0; k < t->n; k++) {
        first = fmin(first, t->start[k]);
        last = fmax(last, t->stop[k]);
    }
    if (first <= set->stop && last * OTHER_UNIT >= set->stop)
        return ECP_OK;
    return ecp_fail(ECP_ECONFIG,
                    "%s: trials from %g to %g ms of a recording of %g ms: in another unit? start "
                    "and stop are ms, start_time and stop_time s",
                    by, first, last, set->stop);
}

static enum ecp_status cut(struct ecp_dataset *set, const struct ecp_dataset_request *request)
{
    struct ecp_trial_table trials;
    enum ecp_status status;
    if (!request->by)
        return one_condition(set, request);
    ECP_TRY(ecp_trials_read(request->by, set, &trials));
    ECP_TRY(check_trials(set, &trials, request->by));
    status =
        ecp_trials_cut(set, &trials, (double[]){request->from, request->to}, request->keep_trains);
done:
    return status;
}

int ecp_sonata_is_spikes(const struct ecp_dataset_place *place)
{
    return ecp_sonata_is(place, "spikes");
}

int ecp_sonata_is_trials(const struct ecp_dataset_place *place)
{
    return ecp_trials_named(place->request->by) && ecp_sonata_is_spikes(place);
}

enum ecp_status ecp_sonata_read_spikes(const struct ecp_dataset_place *place,
                                       struct ecp_dataset **out)
{
    const struct ecp_dataset_request *request = place->request;
    struct ecp_pool pool = {0};
    struct ecp_h5_reader file = {.file = H5I_INVALID_HID};
    struct spikes s = {.file = &file, .pool = &pool};
    struct ecp_dataset *set = NULL;
    double end = 0;
    enum ecp_status status;
    ECP_TRY(ecp_sonata_check_by(place, "spikes"));
    ECP_TRY(ecp_h5_open(place->file, &file));
    ECP_TRY(ecp_sonata_groups(&file, "spikes", place, &pool, &s.groups));
    ECP_TRY(read_groups(&s));
    qsort(s.spike, s.n, sizeof *s.spike, by_unit);
    ECP_TRY(check_unit(&s));
    ECP_TRY(list_units(&s));
    ECP_TRY(ecp_dataset_create(request->name ? request->name : request->path, &set));
    set->source = ecp_dataset_printf(set, "%s", place->file);
    ECP_TRY(make_trains(&s, set));
    if (ecp_h5_get_real(file.file, "duration_ms", &end) && end > set->stop && isfinite(end))
        set->stop = end;
    ECP_TRY(cut(set, request));
    *out = set;
    set = NULL;
done:
    ecp_dataset_destroy(set);
    ecp_h5_shut(&file);
    ecp_pool_clear(&pool);
    return status;
}
