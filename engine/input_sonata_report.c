/* input_sonata_report.c -- SONATA reports as a data set: samples of nodes over time.
 *
 * /report/POPULATION has data (frames x columns) and mapping: node_ids, index_pointers or
 * index_pointer (N or N + 1 entries: where the columns of each node begin), element_ids,
 * time (start, stop, step). */
#include <math.h>
#include <string.h>

#include "engine/input_sonata.h"
#include "engine/input_trials.h"

/* One population's part of a report. */
struct part {
    struct ecp_h5_array data; /* frames x columns */
    size_t *column_node;      /* of each column: index into node_ids */
    const uint64_t *node;
    const uint32_t *element; /* NULL: not there */
    double time[3];          /* ms */
    const char *unit;
};

struct report {
    const struct ecp_h5_reader *file;
    struct ecp_pool *pool;
    struct ecp_sonata_groups groups;
    struct part *part;
    size_t n_columns;
};

/* ---- reading ---------------------------------------------------------------------- */

static enum ecp_status read_time(const struct report *r, hid_t at, struct part *p)
{
    struct ecp_h5_array time = {.type = H5T_NATIVE_DOUBLE, .pool = r->pool};
    double ms = 1;
    int given = 0;
    enum ecp_status status;
    ECP_TRY(ecp_h5_load(r->file, at, "mapping/time", &time));
    ECP_TRY(ecp_sonata_time_unit(r->file, at, "mapping/time", &ms, &given));
    const double *t = time.data;
    if (time.rows * time.columns != 3 || !isfinite(t[0]) || !isfinite(t[1]) || !isfinite(t[2]) ||
        !(t[2] > 0))
        status = ecp_fail(ECP_ECONFIG,
                          "%s: mapping/time: start, stop and a step above 0 are "
                          "allowed",
                          r->file->path);
    for (int k = 0; k < 3 && status == ECP_OK; k++)
        p->time[k] = t[k] * ms;
done:
    return status;
}

static enum ecp_status wrong(const struct report *r, const char *name, size_t found,
                             const struct part *p, size_t n_nodes)
{
    return ecp_fail(ECP_ECONFIG,
                    "%s: mapping/%s: %zu entries do not go with %zu nodes and %zu "
                    "columns",
                    r->file->path, name, found, n_nodes, p->data.columns);
}

/* Which node each column is of. */
static enum ecp_status read_mapping(const struct report *r, hid_t at, struct part *p)
{
    const char *name =
        ecp_h5_has(at, "mapping/index_pointers") ? "index_pointers" : "index_pointer";
    const char *path = name[13] ? "mapping/index_pointers" : "mapping/index_pointer";
    struct ecp_h5_array node = {.type = H5T_NATIVE_UINT64, .pool = r->pool}, pointer = node;
    struct ecp_h5_array element = {.type = H5T_NATIVE_UINT32, .pool = r->pool};
    const size_t v = p->data.columns;
    enum ecp_status status;
    ECP_TRY(ecp_h5_load(r->file, at, "mapping/node_ids", &node));
    ECP_TRY(ecp_h5_load(r->file, at, path, &pointer));
    const size_t n = node.rows * node.columns, given = pointer.rows * pointer.columns;
    const uint64_t *begin = pointer.data;
    if (given != n && given != n + 1)
        return wrong(r, name, given, p, n);
    ECP_TRY(ecp_pool_alloc(r->pool, v, sizeof *p->column_node, &p->column_node));
    size_t covered = 0;
    for (size_t k = 0; k < n; k++) {
        const uint64_t end = k + 1 < given ? begin[k + 1] : v;
        if (begin[k] > end || end > v)
            return wrong(r, name, given, p, n);
        for (size_t c = (size_t)begin[k]; c < end; c++, covered++)
            p->column_node[c] = k;
    }
    if (covered != v)
        return wrong(r, name, given, p, n);
    if (ecp_h5_has(at, "mapping/element_ids")) {
        ECP_TRY(ecp_h5_load(r->file, at, "mapping/element_ids", &element));
        if (element.rows * element.columns != v)
            return wrong(r, "element_ids", element.rows * element.columns, p, n);
        p->element = element.data;
    }
    p->node = node.data;
done:
    return status;
}

static enum ecp_status read_part(const struct report *r, hid_t at, struct part *p)
{
    const hid_t data = ecp_h5_has(at, "data") ? H5Dopen2(at, "data", H5P_DEFAULT) : -1;
    enum ecp_status status;
    p->data = (struct ecp_h5_array){.type = H5T_NATIVE_DOUBLE, .pool = r->pool};
    if (data >= 0)
        (void)ecp_h5_get_text(data, "units", r->pool, &p->unit);
    ecp_h5_close(data);
    ECP_TRY(ecp_h5_load(r->file, at, "data", &p->data));
    ECP_TRY(read_time(r, at, p));
    ECP_TRY(read_mapping(r, at, p));
    if (p->data.rows == 0 || p->data.columns == 0)
        status = ecp_fail(ECP_ECONFIG, "%s: data: %zu frames of %zu columns; one of each at least",
                          r->file->path, p->data.rows, p->data.columns);
done:
    return status;
}

static int same_clock(const struct part *a, const struct part *b)
{
    return a->data.rows == b->data.rows && fabs(a->time[0] - b->time[0]) < 1e-6 * b->time[2] &&
           fabs(a->time[2] - b->time[2]) < 1e-9 * b->time[2];
}

static enum ecp_status read_parts(struct report *r)
{
    hid_t all = H5I_INVALID_HID, at = H5I_INVALID_HID;
    enum ecp_status status;
    ECP_TRY(ecp_pool_alloc(r->pool, r->groups.n, sizeof *r->part, &r->part));
    ECP_TRY(ecp_h5_open_group(r->file, r->file->file, "report", &all));
    for (size_t g = 0; g < r->groups.n; g++) {
        ecp_h5_close(at);
        at = H5I_INVALID_HID;
        ECP_TRY(ecp_h5_open_group(r->file, all, r->groups.name[g], &at));
        ECP_TRY(read_part(r, at, &r->part[g]));
        if (!same_clock(&r->part[g], &r->part[0])) {
            status = ecp_fail(ECP_ECONFIG,
                              "%s: populations %s and %s were sampled at other times; "
                              "name one with --population",
                              r->file->path, r->groups.name[0], r->groups.name[g]);
            goto done;
        }
        r->n_columns += r->part[g].data.columns;
    }
done:
    ecp_h5_close(at);
    ecp_h5_close(all);
    return status;
}

/* ---- as a data set ---------------------------------------------------------------- */

/* All columns side by side: frames x units. */
static enum ecp_status put_together(const struct report *r, struct ecp_dataset *set, double **out)
{
    const size_t frames = r->part[0].data.rows, p = r->n_columns;
    double *all = ecp_dataset_alloc(set, frames * p, sizeof *all);
    size_t *group = ecp_dataset_alloc(set, p, sizeof *group), u = 0;
    uint64_t *node = ecp_dataset_alloc(set, p, sizeof *node);
    if (!all || !group || !node)
        return ecp_fail(ECP_ENOMEM, "no memory for %s", set->name);
    for (size_t g = 0; g < r->groups.n; g++) {
        const struct part *part = &r->part[g];
        const double *data = part->data.data;
        for (size_t c = 0; c < part->data.columns; c++, u++) {
            group[u] = g;
            node[u] = part->node[part->column_node[c]];
            for (size_t t = 0; t < frames; t++)
                all[t * p + u] = data[t * part->data.columns + c];
        }
    }
    set->n_units = p;
    *out = all;
    return ecp_sonata_name_units(set, &r->groups, group, node);
}

/* Nodes with several elements: names with the element, so that all differ. */
static enum ecp_status name_elements(const struct report *r, struct ecp_dataset *set)
{
    const char **name = ecp_dataset_alloc(set, set->n_units, sizeof *name);
    size_t u = 0;
    if (!name)
        return ecp_fail(ECP_ENOMEM, "no memory for the units of %s", set->name);
    for (size_t g = 0; g < r->groups.n; g++)
        for (size_t c = 0; c < r->part[g].data.columns; c++, u++) {
            const struct part *p = &r->part[g];
            const size_t *of = p->column_node;
            const int several =
                (c > 0 && of[c - 1] == of[c]) || (c + 1 < p->data.columns && of[c + 1] == of[c]);
            size_t nth = 0;
            while (several && nth < c && of[c - nth - 1] == of[c])
                nth++;
            name[u] = !several     ? set->unit[u]
                      : p->element ? ecp_dataset_printf(set, "%s/%u.%zu", set->unit[u],
                                                        (unsigned)p->element[c], nth)
                                   : ecp_dataset_printf(set, "%s/%zu", set->unit[u], nth);
            if (!name[u])
                return ecp_fail(ECP_ENOMEM, "no memory for the units of %s", set->name);
        }
    set->unit = name;
    return ECP_OK;
}

/* Frames as conditions. */
static enum ecp_status over_time(struct ecp_dataset *set, const struct part *p, const double *all,
                                 const struct ecp_dataset_request *request)
{
    const double from = isnan(request->from) ? -INFINITY : request->from;
    const double to = isnan(request->to) ? INFINITY : request->to;
    size_t first = 0, end = p->data.rows;
    while (first < end && p->time[0] + (double)first * p->time[2] < from)
        first++;
    while (end > first && p->time[0] + (double)(end - 1) * p->time[2] >= to)
        end--;
    if (first == end)
        return ecp_fail(ECP_ECONFIG, "%s: no frame between %g and %g ms", set->name, from, to);
    double *time = ecp_dataset_alloc(set, end - first, sizeof *time);
    struct ecp_label *label = ecp_dataset_alloc(set, 1, sizeof *label);
    if (!time || !label)
        return ecp_fail(ECP_ENOMEM, "no memory for %s", set->name);
    for (size_t k = first; k < end; k++)
        time[k - first] = p->time[0] + (double)k * p->time[2];
    *label = (struct ecp_label){.name = "time", .unit = "ms", .number = time};
    set->n_conditions = end - first;
    set->n_condition_labels = 1;
    set->condition_label = label;
    set->mean = all + first * set->n_units;
    return ECP_OK;
}

/* Means of the frames of each trial. */
static enum ecp_status over_trials(struct ecp_dataset *set, const struct part *p, const double *all,
                                   const struct ecp_dataset_request *request)
{
    struct ecp_trial_table trials = {0};
    double *response;
    enum ecp_status status;
    ECP_TRY(ecp_trials_read(request->by, set, &trials));
    ECP_TRY(ecp_trials_number(set, &trials));
    response = ecp_dataset_alloc(set, trials.n * set->n_units, sizeof *response);
    if (!response)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu trials", trials.n);
    for (size_t t = 0; t < trials.n; t++) {
        const double begin = trials.start[t] + (isnan(request->from) ? 0 : request->from);
        const double end = isnan(request->to) ? trials.stop[t] : trials.start[t] + request->to;
        double *row = response + t * set->n_units;
        size_t n = 0;
        for (size_t k = 0; k < p->data.rows; k++) {
            const double at = p->time[0] + (double)k * p->time[2];
            if (at < begin || at >= end)
                continue;
            for (size_t u = 0; u < set->n_units; u++)
                row[u] += all[k * set->n_units + u];
            n++;
        }
        for (size_t u = 0; u < set->n_units; u++)
            row[u] = n > 0 ? row[u] / (double)n : NAN;
    }
    set->response = response;
    status = ecp_dataset_average(set);
done:
    return status;
}

int ecp_sonata_is_report(const struct ecp_dataset_place *place)
{
    return ecp_sonata_is(place, "report");
}

enum ecp_status ecp_sonata_read_report(const struct ecp_dataset_place *place,
                                       struct ecp_dataset **out)
{
    const struct ecp_dataset_request *request = place->request;
    struct ecp_pool pool = {0};
    struct ecp_h5_reader file = {.file = H5I_INVALID_HID};
    struct report r = {.file = &file, .pool = &pool};
    struct ecp_dataset *set = NULL;
    double *all = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_sonata_check_by(place, "reports"));
    ECP_TRY(ecp_h5_open(place->file, &file));
    ECP_TRY(ecp_sonata_groups(&file, "report", place, &pool, &r.groups));
    ECP_TRY(read_parts(&r));
    ECP_TRY(ecp_dataset_create(request->name ? request->name : request->path, &set));
    set->source = ecp_dataset_printf(set, "%s", place->file);
    ECP_TRY(put_together(&r, set, &all));
    ECP_TRY(name_elements(&r, set));
    if (r.part[0].unit)
        set->response_unit = ecp_dataset_printf(set, "%s", r.part[0].unit);
    if (request->by)
        ECP_TRY(over_trials(set, &r.part[0], all, request));
    else
        ECP_TRY(over_time(set, &r.part[0], all, request));
    *out = set;
    set = NULL;
done:
    ecp_dataset_destroy(set);
    ecp_h5_shut(&file);
    ecp_pool_clear(&pool);
    return status;
}
