/* store_read_run.c -- what was run: totals, populations with their counts,
 * phases. Only our own files say. */
#include <math.h>
#include <string.h>

#include "engine/store_reading.h"

enum ecp_status ecp_reading_population(struct ecp_reading *reading, const char *name, int *out)
{
    struct ecp_recording *r = reading->recording;
    for (size_t k = 0; k < r->n_populations; k++) {
        if (strcmp(r->population[k].name, name) == 0) {
            *out = (int)k;
            return ECP_OK;
        }
    }
    enum ecp_status status;
    ECP_TRY(
        ecp_pool_extend(reading->kept, r->n_populations, sizeof *r->population, &r->population));
    struct ecp_recorded_population *p = &r->population[r->n_populations];
    *p = (struct ecp_recorded_population){.model = ""};
    if (r->n_populations > 0)
        p->first = p[-1].first + p[-1].size;
    ECP_TRY(ecp_pool_text(reading->kept, name, &p->name));
    *out = (int)r->n_populations++;
done:
    return status;
}

enum ecp_status ecp_reading_fit(struct ecp_reading *reading, int population, uint64_t highest,
                                const char *path)
{
    struct ecp_recorded_population *p = &reading->recording->population[population];
    if (highest < p->size)
        return ECP_OK;
    if (p->count != NULL || highest >= UINT32_MAX)
        return ecp_fail(ECP_EIO, "%s: population %s: there is neuron %llu; 0 to %llu are allowed",
                        path, p->name, (unsigned long long)highest,
                        p->count != NULL ? (unsigned long long)p->size - 1 : UINT32_MAX - 1ULL);
    p->size = (size_t)highest + 1;
    return ECP_OK;
}

enum ecp_status ecp_reading_each(
    struct ecp_reading *reading, const struct ecp_h5_reader *file, const char *path,
    enum ecp_status (*one)(struct ecp_reading *, const struct ecp_h5_reader *, hid_t, const char *))
{
    if (!ecp_h5_is_group(file->file, path))
        return ECP_OK;
    hid_t all = H5I_INVALID_HID, group = H5I_INVALID_HID;
    enum ecp_status status;
    ECP_TRY(ecp_h5_open_group(file, file->file, path, &all));
    const hsize_t n = ecp_h5_links(all);
    for (hsize_t k = 0; k < n; k++) {
        char name[ECP_H5_NAME];
        ECP_TRY(ecp_h5_link(file, all, k, name));
        if (!ecp_h5_is_group(all, name))
            continue;
        ECP_TRY(ecp_h5_open_group(file, all, name, &group));
        /* Others leave empty ones behind. */
        if (ecp_h5_links(group) > 0 || H5Aexists(group, "index") > 0)
            status = one(reading, file, group, name);
        ecp_h5_close(group);
        if (status != ECP_OK)
            break;
    }
done:
    ecp_h5_close(all);
    return status;
}

/* A column of a population's group: one number a neuron. */
static enum ecp_status per_neuron(const struct ecp_h5_reader *file, hid_t group, const char *name,
                                  struct ecp_h5_array *column)
{
    uint64_t size = 0;
    (void)ecp_h5_get_count(group, "size", &size);
    const enum ecp_status status = ecp_h5_load(file, group, name, column);
    if (status == ECP_OK && (column->rows != size || column->columns != 1))
        return ecp_fail(ECP_EIO, "%s: %s has %zu entries for %llu neurons", file->path, name,
                        column->rows, (unsigned long long)size);
    return status;
}

static enum ecp_status read_population(struct ecp_reading *reading,
                                       const struct ecp_h5_reader *file, hid_t group,
                                       struct ecp_recorded_population *p)
{
    struct ecp_h5_array count = {.type = H5T_NATIVE_UINT32, .pool = reading->kept};
    struct ecp_h5_array sum = {.type = H5T_NATIVE_UINT64, .pool = reading->kept};
    struct ecp_h5_array square_sum = {.type = H5T_NATIVE_DOUBLE, .pool = reading->kept};
    struct ecp_h5_array intervals = count;
    uint64_t recorded = 0, size = 0;
    enum ecp_status status = ECP_OK;
    if (!ecp_h5_get_text(group, "model", reading->kept, &p->model) ||
        !ecp_h5_get_count(group, "first_gid", &p->first) ||
        !ecp_h5_get_count(group, "spikes", &p->spikes) ||
        !ecp_h5_get_count(group, "recorded", &recorded) ||
        !ecp_h5_get_count(group, "size", &size)) {
        status = ecp_fail(ECP_EIO, "%s: population %s is not described", file->path, p->name);
        goto done;
    }
    p->size = size;
    p->recorded = recorded != 0;
    if (!ecp_h5_has(group, "count")) /* of a large network, recovered: from its spikes */
        goto done;
    ECP_TRY(per_neuron(file, group, "count", &count));
    ECP_TRY(per_neuron(file, group, "intervals", &intervals));
    ECP_TRY(per_neuron(file, group, "interval_sum", &sum));
    ECP_TRY(per_neuron(file, group, "interval_square_sum", &square_sum));
    p->count = count.data;
    p->intervals = intervals.data;
    p->interval_sum = sum.data;
    p->interval_square_sum = square_sum.data;
done:
    return status;
}

static enum ecp_status place_population(struct ecp_reading *reading,
                                        const struct ecp_h5_reader *file, hid_t group,
                                        const char *name)
{
    struct ecp_recording *r = reading->recording;
    uint64_t index;
    if (!ecp_h5_get_count(group, "index", &index) || index >= r->n_populations ||
        r->population[index].name != NULL)
        return ecp_fail(ECP_EIO, "%s: population %s is not described", file->path, name);
    struct ecp_recorded_population *p = &r->population[index];
    const enum ecp_status status = ecp_pool_text(reading->kept, name, &p->name);
    return status == ECP_OK ? read_population(reading, file, group, p) : status;
}

static enum ecp_status read_populations(struct ecp_reading *reading,
                                        const struct ecp_h5_reader *file)
{
    struct ecp_recording *r = reading->recording;
    struct ecp_recorded_population *list;
    hid_t all;
    enum ecp_status status = ecp_h5_open_group(file, file->file, "populations", &all);
    if (status != ECP_OK)
        return status;
    const size_t n = (size_t)ecp_h5_links(all);
    ecp_h5_close(all);
    /* A power of two, so that the list may grow as others do. */
    size_t room = 1;
    while (room < n)
        room *= 2;
    ECP_TRY(ecp_pool_alloc(reading->kept, room, sizeof *list, &list));
    r->population = list;
    r->n_populations = n;
    ECP_TRY(ecp_reading_each(reading, file, "populations", place_population));
    for (size_t k = 0; k < n; k++)
        if (list[k].name == NULL)
            status = ecp_fail(ECP_EIO, "%s: population %zu is missing", file->path, k);
done:
    return status;
}

static enum ecp_status read_phases(struct ecp_reading *reading, const struct ecp_h5_reader *file)
{
    struct ecp_recording *r = reading->recording;
    struct ecp_pool *passing = &reading->passing;
    const hid_t at = file->file;
    struct ecp_h5_array name = {.pool = reading->kept};
    struct ecp_h5_array start = {.type = H5T_NATIVE_DOUBLE, .pool = passing}, stop = start;
    struct ecp_h5_array discarded = {.type = H5T_NATIVE_INT, .pool = passing};
    enum ecp_status status;
    ECP_TRY(ecp_h5_load_texts(file, at, "phases/name", &name));
    ECP_TRY(ecp_h5_load(file, at, "phases/start", &start));
    ECP_TRY(ecp_h5_load(file, at, "phases/stop", &stop));
    ECP_TRY(ecp_h5_load(file, at, "phases/discarded", &discarded));
    const size_t n = name.rows;
    if (start.rows != n || stop.rows != n || discarded.rows != n) {
        status = ecp_fail(ECP_EIO, "%s: the columns of phases differ in length", file->path);
        goto done;
    }
    ECP_TRY(ecp_pool_alloc(reading->kept, n, sizeof *r->phase, &r->phase));
    for (size_t k = 0; k < n; k++)
        r->phase[k] =
            (struct ecp_recorded_phase){((char **)name.data)[k], ((double *)start.data)[k],
                                        ((double *)stop.data)[k], ((int *)discarded.data)[k]};
    r->n_phases = n;
done:
    return status;
}

enum ecp_status ecp_reading_run(struct ecp_reading *reading, const struct ecp_h5_reader *file)
{
    struct ecp_recording *r = reading->recording;
    double dt = r->dt;
    (void)ecp_h5_get_real(file->file, "dt_ms", &dt);
    if (!(dt > 0) || !isfinite(dt))
        return ecp_fail(ECP_EIO, "%s: dt_ms is %g; a number above 0 is allowed", file->path, dt);
    if (reading->described)
        return ECP_OK;
    r->dt = dt;

    uint64_t steps = 0;
    if (!ecp_h5_has(file->file, "populations") || !ecp_h5_has(file->file, "phases") ||
        !ecp_h5_get_real(file->file, "duration_ms", &r->duration) ||
        !ecp_h5_get_real(file->file, "counted_ms", &r->counted) ||
        !ecp_h5_get_count(file->file, "steps", &steps) ||
        !ecp_h5_get_count(file->file, "spikes", &r->spikes) ||
        !ecp_h5_get_count(file->file, "checksum", &r->checksum)) {
        r->duration = r->counted = 0;
        r->spikes = 0;
        return ECP_OK;
    }
    r->n_steps = (ecp_step)steps;
    reading->described = 1;
    enum ecp_status status = read_populations(reading, file);
    if (status == ECP_OK)
        status = read_phases(reading, file);
    return status;
}
