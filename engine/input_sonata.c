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

#include "engine/input_trials.h"

enum { MOST_SILENT = 1 << 26 }; /* neurons that an attribute `size` may promise */

/* Spikes of one neuron after another closer than this, on average over all of them, are
 * none: the times are in seconds. ms */
#define TOO_CLOSE 0.5
/* A table of trials that ends so many times earlier than the recording is in seconds. */
#define OTHER_UNIT 500

/* ---- what there is ---------------------------------------------------------------- */

static int is_plain(hid_t at)
{
    return ecp_h5_has(at, "timestamps") && (ecp_h5_has(at, "gids") || ecp_h5_has(at, "node_ids"));
}

/* A group with its columns; also one that lacks some, which is told when it is read. */
static int is_population(hid_t at, const char *name, const char *root)
{
    static const char *const columns[2][2] = {{"timestamps", "node_ids"}, {"data", "mapping"}};
    const char *const *column = columns[strcmp(root, "report") == 0];
    int found = 0;
    if (!ecp_h5_is_group(at, name))
        return 0;
    const hid_t group = H5Gopen2(at, name, H5P_DEFAULT);
    for (int k = 0; k < 2 && group >= 0; k++)
        found |= ecp_h5_has(group, column[k]);
    ecp_h5_close(group);
    return found;
}

static int has_population(hid_t at, const struct ecp_h5_reader *file, const char *root)
{
    const hsize_t n = ecp_h5_links(at);
    char name[ECP_H5_NAME];
    for (hsize_t k = 0; k < n && ecp_h5_link(file, at, k, name) == ECP_OK; k++)
        if (is_population(at, name, root))
            return 1;
    return strcmp(root, "spikes") == 0 && is_plain(at);
}

int ecp_sonata_is(const struct ecp_dataset_place *place, const char *root)
{
    struct ecp_h5_reader file = {.file = H5I_INVALID_HID};
    hid_t at = H5I_INVALID_HID;
    int is = 0;
    if (ecp_h5_open(place->file, &file) == ECP_OK) {
        if (place->inside) {
            const size_t n = strlen(root);
            is = strncmp(place->inside + 1, root, n) == 0 && place->inside[n + 1] == '/' &&
                 ecp_h5_is_group(file.file, place->inside + 1);
        } else if (ecp_h5_is_group(file.file, root)) {
            at = H5Gopen2(file.file, root, H5P_DEFAULT);
            is = has_population(at, &file, root);
        }
    }
    ecp_h5_close(at);
    ecp_h5_shut(&file);
    ecp_error_clear();
    return is;
}

static int is_wanted(const struct ecp_dataset_place *place, const char *root, const char *name)
{
    const char *list = place->request->population;
    if (place->inside)
        return strcmp(place->inside + strlen(root) + 2, name) == 0;
    if (!list)
        return 1;
    for (const char *at = list; *at;) {
        const size_t n = strcspn(at, ",");
        if (n == strlen(name) && strncmp(at, name, n) == 0)
            return 1;
        at += n + (at[n] == ',');
    }
    return 0;
}

static size_t names_of(const char *list)
{
    size_t n = 1;
    for (; *list; list++)
        n += *list == ',';
    return n;
}

enum ecp_status ecp_sonata_groups(const struct ecp_h5_reader *file, const char *root,
                                  const struct ecp_dataset_place *place, struct ecp_pool *pool,
                                  struct ecp_sonata_groups *out)
{
    struct ecp_sonata_groups groups = {0};
    char name[ECP_H5_NAME];
    const char *wanted = place->request->population, *all = "";
    hid_t at = H5I_INVALID_HID;
    enum ecp_status status;
    ECP_TRY(ecp_h5_open_group(file, file->file, root, &at));
    groups.plain = strcmp(root, "spikes") == 0 && is_plain(at) && !place->inside;
    const hsize_t n = groups.plain ? 0 : ecp_h5_links(at);
    for (hsize_t k = 0; k < n; k++) {
        ECP_TRY(ecp_h5_link(file, at, k, name));
        if (!is_population(at, name, root))
            continue;
        ECP_TRY(ecp_pool_print(pool, &all, "%s%s%s", all, all[0] ? ", " : "", name));
        if (!is_wanted(place, root, name))
            continue;
        ECP_TRY(ecp_pool_extend(pool, groups.n, sizeof *groups.name, &groups.name));
        ECP_TRY(ecp_pool_text(pool, name, &groups.name[groups.n]));
        groups.n++;
    }
    if (groups.plain && wanted)
        status = ecp_fail(ECP_ECONFIG, "%s: has no names of populations; leave \"%s\" out",
                          file->path, wanted);
    else if (!groups.plain && (groups.n == 0 || (wanted && groups.n < names_of(wanted))))
        status = ecp_fail(ECP_ECONFIG, "%s: no population \"%s\" in /%s; there are: %.300s", file->path,
                          wanted          ? wanted
                          : place->inside ? place->inside
                                          : "",
                          root, all[0] ? all : "none");
    else
        *out = groups;
done:
    ecp_h5_close(at);
    return status;
}

/* ---- shared ----------------------------------------------------------------------- */

enum ecp_status ecp_sonata_time_unit(const struct ecp_h5_reader *file, hid_t at, const char *name,
                                     double *ms, int *given)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"ms", 1},         {"millisecond", 1}, {"milliseconds", 1},
                 {"s", 1000},       {"sec", 1000},      {"second", 1000},
                 {"seconds", 1000}, {"us", 1e-3},       {"\xC2\xB5s", 1e-3}};
    struct ecp_pool pool = {0};
    const char *text = "";
    const hid_t dataset = ecp_h5_has(at, name) ? H5Dopen2(at, name, H5P_DEFAULT) : -1;
    enum ecp_status status = ECP_OK;
    if (dataset >= 0)
        (void)ecp_h5_get_text(dataset, "units", &pool, &text);
    *given = text[0] != '\0';
    *ms = 1;
    size_t k = 0;
    const size_t n = sizeof units / sizeof units[0];
    while (*given && k < n && strcmp(units[k].name, text) != 0)
        k++;
    if (k == n)
        status = ecp_fail(ECP_ECONFIG, "%s: %s: unit \"%.40s\"; allowed: ms, s, us", file->path,
                          name, text);
    else if (*given)
        *ms = units[k].ms;
    ecp_h5_close(dataset);
    ecp_pool_clear(&pool);
    return status;
}

enum ecp_status ecp_sonata_name_units(struct ecp_dataset *set,
                                      const struct ecp_sonata_groups *groups, const size_t *group,
                                      const uint64_t *node)
{
    const size_t p = set->n_units;
    const char **name = ecp_dataset_alloc(set, p, sizeof *name);
    const char **population = ecp_dataset_alloc(set, p, sizeof *population);
    double *number = ecp_dataset_alloc(set, p, sizeof *number);
    struct ecp_label *label = ecp_dataset_alloc(set, 2, sizeof *label);
    int fine = name && population && number && label;
    const char *last = NULL;
    for (size_t u = 0; fine && u < p; u++) {
        const char *of = groups->plain ? "" : groups->name[group[u]];
        const unsigned long long id = node[u];
        if (u == 0 || group[u] != group[u - 1])
            last = ecp_dataset_printf(set, "%s", of);
        name[u] = groups->n > 1 ? ecp_dataset_printf(set, "%s:%llu", of, id)
                                : ecp_dataset_printf(set, "%llu", id);
        population[u] = last;
        number[u] = (double)id;
        fine = name[u] && last;
    }
    if (!fine)
        return ecp_fail(ECP_ENOMEM, "no memory for the units of %s", set->name);
    label[0] = (struct ecp_label){.name = "node_id", .number = number};
    label[1] = (struct ecp_label){.name = "population", .word = population};
    set->unit = name;
    set->unit_label = label;
    set->n_unit_labels = groups->plain ? 1 : 2;
    return ECP_OK;
}

enum ecp_status ecp_sonata_check_by(const struct ecp_dataset_place *place, const char *what)
{
    const char *by = place->request->by;
    if (!by || ecp_trials_named(by))
        return ECP_OK;
    return ecp_fail(ECP_ECONFIG,
                    "%s: %s of SONATA have no trials, so none by \"%s\"; allowed: --by "
                    "FILE.csv:COLUMN, a table with columns start, stop (ms) and COLUMN",
                    place->file, what, by);
}

/* ---- spikes ----------------------------------------------------------------------- */

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
    if (s->size[group] > MOST_SILENT)
        s->size[group] = 0;
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
