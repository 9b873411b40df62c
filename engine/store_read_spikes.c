/* store_read_spikes.c -- SONATA spikes, also of other programs and of the old
 * layout without populations. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/store_reading.h"

static int in_order(const struct ecp_spike *a, const struct ecp_spike *b)
{
    return a->step < b->step || (a->step == b->step && a->index <= b->index);
}

static int by_time(const void *a, const void *b)
{
    if (in_order(a, b))
        return in_order(b, a) ? 0 : -1;
    return 1;
}

static enum ecp_status to_events(struct ecp_reading *reading, const struct ecp_h5_reader *file,
                                 int population, const struct ecp_h5_array column[2])
{
    const double *stamp = column[0].data;
    const int64_t *id = column[1].data;
    const size_t n = column[0].rows;
    const double dt = reading->recording->dt;
    struct ecp_spike *event;
    enum ecp_status status = ecp_pool_alloc(reading->kept, n, sizeof *event, &event);
    int64_t highest = -1;
    int sorted = 1;
    for (size_t k = 0; k < n && status == ECP_OK; k++) {
        /* The largest step that is still exact as a double. */
        if (!(stamp[k] >= 0) || stamp[k] / dt > 9007199254740992.0 || id[k] < 0 ||
            id[k] >= UINT32_MAX)
            return ecp_fail(ECP_EIO,
                            "%s: spike %zu: neuron %lld at %g ms; neurons from 0 and "
                            "times from 0 are allowed",
                            file->path, k, (long long)id[k], stamp[k]);
        event[k] = (struct ecp_spike){llround(stamp[k] / dt), (ecp_lid)id[k]};
        sorted = sorted && (k == 0 || in_order(&event[k - 1], &event[k]));
        highest = id[k] > highest ? id[k] : highest;
    }
    if (status == ECP_OK && highest >= 0)
        status = ecp_reading_fit(reading, population, (uint64_t)highest, file->path);
    if (status != ECP_OK)
        return status;
    if (!sorted)
        qsort(event, n, sizeof *event, by_time);
    struct ecp_recorded_population *p = &reading->recording->population[population];
    p->recorded = 1;
    p->n_events = n;
    p->event = event;
    return ECP_OK;
}

static enum ecp_status check_unit(const struct ecp_h5_reader *file, hid_t group,
                                  struct ecp_pool *pool)
{
    const hid_t dataset = H5Dopen2(group, "timestamps", H5P_DEFAULT);
    const char *unit = "ms";
    (void)ecp_h5_get_text(dataset, "units", pool, &unit);
    ecp_h5_close(dataset);
    if (strcmp(unit, "ms") != 0 && strcmp(unit, "milliseconds") != 0)
        return ecp_fail(ECP_EIO, "%s: the spike times are in '%s'; ms is allowed", file->path,
                        unit);
    return ECP_OK;
}

static enum ecp_status read_group(struct ecp_reading *reading, const struct ecp_h5_reader *file,
                                  hid_t group, const char *name)
{
    struct ecp_pool pool = {0};
    struct ecp_h5_array column[2] = {{.type = H5T_NATIVE_DOUBLE, .pool = &pool},
                                     {.type = H5T_NATIVE_INT64, .pool = &pool}};
    const char *ids = ecp_h5_has(group, "node_ids") ? "node_ids" : "gids";
    int population;
    enum ecp_status status;
    ECP_TRY(ecp_h5_load(file, group, "timestamps", &column[0]));
    ECP_TRY(ecp_h5_load(file, group, ids, &column[1]));
    ECP_TRY(check_unit(file, group, &pool));
    if (column[0].rows != column[1].rows || column[0].columns != 1 || column[1].columns != 1) {
        status = ecp_fail(ECP_EIO, "%s: population %s has %zu times and %zu neurons", file->path,
                          name, column[0].rows, column[1].rows);
        goto done;
    }
    ECP_TRY(ecp_reading_population(reading, name, &population));
    ECP_TRY(to_events(reading, file, population, column));
done:
    ecp_pool_clear(&pool);
    return status;
}

enum ecp_status ecp_reading_spikes(struct ecp_reading *reading, const struct ecp_h5_reader *file)
{
    if (!ecp_h5_has(file->file, "spikes/timestamps"))
        return ecp_reading_each(reading, file, "spikes", read_group);
    hid_t all;
    enum ecp_status status = ecp_h5_open_group(file, file->file, "spikes", &all);
    if (status == ECP_OK) {
        status = read_group(reading, file, all, "all");
        ecp_h5_close(all);
    }
    return status;
}

/* ---- counts ------------------------------------------------------------ */

static int counts_at(const struct ecp_recording *r, ecp_step step)
{
    const double time = (double)step * r->dt, slack = 1e-6 * r->dt;
    for (size_t k = 0; k < r->n_phases; k++)
        if (time > r->phase[k].start + slack && time <= r->phase[k].stop + slack)
            return !r->phase[k].discarded;
    return 1; /* a spike at 0 has no phase */
}

static enum ecp_status count_one(struct ecp_reading *reading, struct ecp_recorded_population *p)
{
    struct ecp_pool passing = {0};
    uint32_t *count, *intervals;
    uint64_t *sum;
    double *square_sum;
    ecp_step *last; /* 1 + the step of the last spike; 0: none, or discarded */
    enum ecp_status status;
    ECP_TRY(ecp_pool_alloc(reading->kept, p->size, sizeof *count, &count));
    ECP_TRY(ecp_pool_alloc(reading->kept, p->size, sizeof *intervals, &intervals));
    ECP_TRY(ecp_pool_alloc(reading->kept, p->size, sizeof *sum, &sum));
    ECP_TRY(ecp_pool_alloc(reading->kept, p->size, sizeof *square_sum, &square_sum));
    ECP_TRY(ecp_pool_alloc(&passing, p->size, sizeof *last, &last));
    p->spikes = p->n_events > 0 ? 0 : p->spikes; /* may be said without being listed */
    for (size_t k = 0; k < p->n_events; k++) {
        const ecp_lid i = p->event[k].index;
        const ecp_step step = p->event[k].step;
        const int counted = counts_at(reading->recording, step);
        if (counted) {
            count[i]++;
            p->spikes++;
        }
        if (counted && last[i] > 0) {
            const ecp_step interval = step + 1 - last[i];
            intervals[i]++;
            sum[i] += (uint64_t)interval;
            square_sum[i] += (double)interval * (double)interval;
        }
        last[i] = counted ? step + 1 : 0;
    }
    p->count = count;
    p->intervals = intervals;
    p->interval_sum = sum;
    p->interval_square_sum = square_sum;
done:
    ecp_pool_clear(&passing);
    return status;
}

enum ecp_status ecp_reading_counts(struct ecp_reading *reading)
{
    enum ecp_status status = ECP_OK;
    struct ecp_recording *r = reading->recording;
    for (size_t k = 0; k < r->n_populations && status == ECP_OK; k++)
        if (r->population[k].count == NULL)
            status = count_one(reading, &r->population[k]);
    return status;
}
