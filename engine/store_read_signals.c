/* store_read_signals.c -- SONATA reports, and rates. */
#include <math.h>
#include <string.h>

#include "engine/store_reading.h"

static enum ecp_status add_signal(struct ecp_reading *reading,
                                  const struct ecp_recorded_signal *signal, hid_t group)
{
    struct ecp_recording *r = reading->recording;
    enum ecp_status status;
    ECP_TRY(ecp_pool_extend(reading->kept, r->n_signals, sizeof *r->signal, &r->signal));
    ECP_TRY(ecp_pool_extend(&reading->passing, r->n_signals, sizeof *reading->signal_order,
                            &reading->signal_order));
    r->signal[r->n_signals] = *signal;
    reading->signal_order[r->n_signals] = r->n_signals;
    (void)ecp_h5_get_count(group, "signal", &reading->signal_order[r->n_signals]);
    r->n_signals++;
done:
    return status;
}

static enum ecp_status read_clock(struct ecp_reading *reading, const struct ecp_h5_reader *file,
                                  hid_t group, const char *path, struct ecp_recorded_signal *s)
{
    struct ecp_h5_array clock = {.type = H5T_NATIVE_DOUBLE, .pool = &reading->passing};
    const enum ecp_status status = ecp_h5_load(file, group, path, &clock);
    if (status != ECP_OK)
        return status;
    const double *time = clock.data;
    if (clock.rows != 3 || clock.columns != 1 || !isfinite(time[0]) || !(time[2] > 0) ||
        !isfinite(time[2]))
        return ecp_fail(ECP_EIO, "%s: %s is not start, stop, step with a step above 0", file->path,
                        path);
    s->start = time[0];
    s->interval = time[2];
    return ECP_OK;
}

static enum ecp_status read_data(struct ecp_reading *reading, const struct ecp_h5_reader *file,
                                 hid_t group, struct ecp_recorded_signal *s)
{
    struct ecp_h5_array data = {.type = ECP_H5_REAL, .pool = reading->kept};
    const enum ecp_status status = ecp_h5_load(file, group, "data", &data);
    if (status != ECP_OK)
        return status;
    s->n_frames = data.rows;
    s->n_columns = data.columns;
    s->data = data.data;
    s->unit = s->field = "";
    const hid_t dataset = H5Dopen2(group, "data", H5P_DEFAULT);
    (void)ecp_h5_get_text(dataset, "units", reading->kept, &s->unit);
    ecp_h5_close(dataset);
    (void)ecp_h5_get_text(group, "field", reading->kept, &s->field);
    (void)ecp_h5_get_text(group, "probe", reading->kept, &s->probe);
    return ECP_OK;
}

/* Which neuron each column is of: those of neuron k lie from pointer[k] on. */
static enum ecp_status read_mapping(struct ecp_reading *reading, const struct ecp_h5_reader *file,
                                    hid_t report, struct ecp_recorded_signal *s)
{
    struct ecp_h5_array ids = {.type = H5T_NATIVE_INT64, .pool = &reading->passing};
    struct ecp_h5_array pointers = ids;
    const char *pointer_name = ecp_h5_has(report, "mapping/index_pointers")
                                   ? "mapping/index_pointers"
                                   : "mapping/index_pointer";
    ecp_lid *index;
    enum ecp_status status;
    ECP_TRY(ecp_h5_load(file, report, "mapping/node_ids", &ids));
    ECP_TRY(ecp_h5_load(file, report, pointer_name, &pointers));
    ECP_TRY(ecp_pool_alloc(reading->kept, s->n_columns, sizeof *index, &index));
    const int64_t *id = ids.data, *pointer = pointers.data;
    const int64_t width = (int64_t)s->n_columns;
    int64_t highest = -1, done_to = 0;
    int fine = pointers.rows == ids.rows || pointers.rows == ids.rows + 1;
    for (size_t k = 0; k < ids.rows && fine; k++) {
        const int64_t end = k + 1 < pointers.rows ? pointer[k + 1] : width;
        fine = pointer[k] == done_to && end >= done_to && end <= width && id[k] >= 0 &&
               id[k] < UINT32_MAX;
        for (; fine && done_to < end; done_to++)
            index[done_to] = (ecp_lid)id[k];
        highest = id[k] > highest ? id[k] : highest;
    }
    if (!fine || done_to != width) {
        status = ecp_fail(ECP_EIO,
                          "%s: the mapping does not give each of the %zu columns one "
                          "neuron",
                          file->path, s->n_columns);
        goto done;
    }
    s->index = index;
    if (highest >= 0)
        ECP_TRY(ecp_reading_fit(reading, s->population, (uint64_t)highest, file->path));
done:
    return status;
}

/* "dir/report_v.h5" -> "v" */
static enum ecp_status probe_of_file(struct ecp_reading *reading, const char *path,
                                     const char **out)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash == NULL ? path : slash + 1;
    if (strncmp(base, "report_", 7) == 0)
        base += 7;
    const char *end = strrchr(base, '.');
    const int length = end == NULL ? (int)strlen(base) : (int)(end - base);
    return ecp_pool_print(reading->kept, out, "%.*s", length, base);
}

static enum ecp_status read_report(struct ecp_reading *reading, const struct ecp_h5_reader *file,
                                   hid_t group, const char *name)
{
    struct ecp_recorded_signal s = {0};
    enum ecp_status status;
    ECP_TRY(probe_of_file(reading, file->path, &s.probe));
    ECP_TRY(read_data(reading, file, group, &s));
    ECP_TRY(ecp_reading_population(reading, name, &s.population));
    ECP_TRY(read_mapping(reading, file, group, &s));
    ECP_TRY(read_clock(reading, file, group, "mapping/time", &s));
    ECP_TRY(add_signal(reading, &s, group));
done:
    return status;
}

static enum ecp_status read_rate(struct ecp_reading *reading, const struct ecp_h5_reader *file,
                                 hid_t group, const char *name)
{
    struct ecp_recorded_signal s = {.probe = ""};
    const char *population = "";
    enum ecp_status status;
    ECP_TRY(read_data(reading, file, group, &s));
    if (s.probe[0] == '\0')
        ECP_TRY(ecp_pool_text(reading->kept, name, &s.probe));
    (void)ecp_h5_get_text(group, "population", &reading->passing, &population);
    ECP_TRY(ecp_reading_population(reading, population, &s.population));
    ECP_TRY(read_clock(reading, file, group, "time", &s));
    ECP_TRY(add_signal(reading, &s, group));
done:
    return status;
}

enum ecp_status ecp_reading_signals(struct ecp_reading *reading, const struct ecp_h5_reader *file)
{
    const enum ecp_status status = ecp_reading_each(reading, file, "report", read_report);
    return status != ECP_OK ? status : ecp_reading_each(reading, file, "rates", read_rate);
}
