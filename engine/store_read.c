/* store_read.c -- a run's folder, or one SONATA file, as a recording. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/store.h"
#include "engine/store_files.h"
#include "engine/store_reading.h"

static const double default_dt = 0.1; /* ms; foreign files do not say */

struct owned {
    struct ecp_recording recording; /* first: it is what the caller holds */
    struct ecp_pool pool;
};

void ecp_recording_destroy(struct ecp_recording *recording)
{
    if (recording == NULL)
        return;
    struct owned *owned = (struct owned *)(void *)recording;
    ecp_pool_clear(&owned->pool);
    free(owned);
}

static int by_start(const void *a, const void *b)
{
    const struct ecp_recorded_weights *x = a, *y = b;
    return (x->time > y->time) - (x->time < y->time);
}

/* Few, and nearly sorted: files come by name, the run had its own order. */
static void sort_signals(struct ecp_reading *reading)
{
    struct ecp_recorded_signal *signal = reading->recording->signal;
    uint64_t *order = reading->signal_order;
    for (size_t k = 1; k < reading->recording->n_signals; k++) {
        const struct ecp_recorded_signal moving = signal[k];
        const uint64_t place = order[k];
        size_t i = k;
        for (; i > 0 && order[i - 1] > place; i--) {
            signal[i] = signal[i - 1];
            order[i] = order[i - 1];
        }
        signal[i] = moving;
        order[i] = place;
    }
}

/* What a foreign file leaves open: one phase that counts, as long as the data. */
static enum ecp_status complete(struct ecp_reading *reading)
{
    struct ecp_recording *r = reading->recording;
    if (!reading->described) {
        for (size_t k = 0; k < r->n_populations; k++) {
            const struct ecp_recorded_population *p = &r->population[k];
            if (p->n_events > 0)
                r->duration = fmax(r->duration, (double)p->event[p->n_events - 1].step * r->dt);
            r->spikes += p->n_events;
        }
        for (size_t k = 0; k < r->n_signals; k++)
            r->duration = fmax(r->duration, r->signal[k].start + (double)r->signal[k].n_frames *
                                                                     r->signal[k].interval);
        r->n_steps = (ecp_step)llround(r->duration / r->dt);
        r->counted = r->duration;
    }
    if (r->n_phases == 0) {
        const enum ecp_status status =
            ecp_pool_alloc(reading->kept, 1, sizeof *r->phase, &r->phase);
        if (status != ECP_OK)
            return status;
        r->phase[0] = (struct ecp_recorded_phase){"run", 0, r->duration, 0};
        r->n_phases = 1;
    }
    sort_signals(reading);
    if (r->n_weights > 0)
        qsort(r->weights, r->n_weights, sizeof *r->weights, by_start);
    return ecp_reading_counts(reading);
}

static enum ecp_status read_file(struct ecp_reading *reading, const char *path)
{
    struct ecp_h5_reader file = {0};
    enum ecp_status status;
    ECP_TRY(ecp_h5_open(path, &file));
    const char *known[] = {"spikes", "report", "rates"};
    int any = H5Aexists(file.file, "ecphory_version") > 0;
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
        any = any || ecp_h5_is_group(file.file, known[k]);
    if (!any) {
        status = ecp_fail(ECP_EIO,
                          "%s: holds neither spikes nor a report; SONATA files have a "
                          "group 'spikes' or 'report'",
                          path);
        goto done;
    }
    ECP_TRY(ecp_reading_run(reading, &file));
    ECP_TRY(ecp_reading_spikes(reading, &file));
    ECP_TRY(ecp_reading_signals(reading, &file));
    ECP_TRY(ecp_reading_weights(reading, &file));
    ECP_TRY(ecp_reading_histograms(reading, &file));
done:
    ecp_h5_shut(&file);
    return status;
}

/* In the folder of a run of ours, other programs' files are left alone, and
 * one of another run (a kill between two renames) is refused. */
static enum ecp_status belongs(struct ecp_reading *reading, const char *path, int *out)
{
    struct ecp_h5_reader file = {0};
    *out = !reading->described;
    if (!reading->described || H5Fis_hdf5(path) <= 0)
        return ECP_OK;
    enum ecp_status status = ecp_h5_open(path, &file);
    if (status != ECP_OK)
        return status;
    uint64_t checksum = 0;
    *out = H5Aexists(file.file, "ecphory_version") > 0;
    if (*out && (!ecp_h5_get_count(file.file, "checksum", &checksum) ||
                 checksum != reading->recording->checksum))
        status = ecp_fail(ECP_EIO, "%s: is of another run than the spikes.h5 beside it", path);
    ecp_h5_shut(&file);
    return status;
}

static enum ecp_status read_all(struct ecp_reading *reading, const char *dir, const char *start)
{
    char **name = NULL;
    size_t n = 0;
    enum ecp_status status = ecp_files_list(dir, start, ".h5", &name, &n);
    for (size_t k = 0; k < n && status == ECP_OK; k++) {
        const char *path;
        status = ecp_pool_print(&reading->passing, &path, "%s/%s", dir, name[k]);
        int ours = 0;
        if (status == ECP_OK)
            status = belongs(reading, path, &ours);
        if (status == ECP_OK && ours)
            status = read_file(reading, path);
    }
    ecp_files_free_list(name, n);
    return status;
}

static enum ecp_status read_folder(struct ecp_reading *reading, const char *dir)
{
    const char *spikes, *partial;
    enum ecp_status status;
    ECP_TRY(ecp_pool_print(&reading->passing, &spikes, "%s/spikes.h5", dir));
    ECP_TRY(ecp_pool_print(&reading->passing, &partial, "%s/partial", dir));
    if (!ecp_files_exists(spikes)) {
        const size_t n = ecp_files_segments(partial);
        status = n > 0 ? ecp_fail(ECP_EIO,
                                  "%s: the run was interrupted; %zu finished stretches are in "
                                  "%s and must be recovered first",
                                  dir, n, partial)
                       : ecp_fail(ECP_EIO, "%s: no run in this folder: it has no spikes.h5", dir);
        goto done;
    }
    ECP_TRY(read_file(reading, spikes));
    ECP_TRY(read_all(reading, dir, "rates"));
    ECP_TRY(read_all(reading, dir, "report_"));
    ECP_TRY(read_all(reading, dir, "weights_"));
done:
    return status;
}

enum ecp_status ecp_store_read(const char *path, struct ecp_recording **out)
{
    struct owned *owned = calloc(1, sizeof *owned);
    if (owned == NULL)
        return ecp_fail(ECP_ENOMEM, "%s: no memory to read it", path);
    owned->recording.dt = default_dt;
    struct ecp_reading reading = {.recording = &owned->recording, .kept = &owned->pool};
    enum ecp_status status;
    if (ecp_files_is_folder(path))
        ECP_TRY(read_folder(&reading, path));
    else
        ECP_TRY(read_file(&reading, path));
    ECP_TRY(complete(&reading));
    *out = &owned->recording;
done:
    ecp_pool_clear(&reading.passing);
    if (status != ECP_OK)
        ecp_recording_destroy(&owned->recording);
    return status;
}
