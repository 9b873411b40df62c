/* store_histograms.c -- weights of plastic projections before and after a run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/store_reading.h"
#include "engine/store_segment.h"

static void put_moment(struct ecp_h5_writer *w, hid_t group, const struct ecp_h5_column *column,
                       const struct ecp_weights_moment *m)
{
    const hid_t counts = ecp_h5_dataset(w, group, column);
    const struct ecp_h5_rows rows = {H5T_NATIVE_UINT64, 0, column->rows, m->count};
    ecp_h5_put_rows(w, counts, &rows);
    ecp_h5_real(w, counts, "time_ms", m->time);
    ecp_h5_count(w, counts, "synapses", m->n);
    ecp_h5_real(w, counts, "mean", m->mean);
    ecp_h5_real(w, counts, "sd", m->sd);
    ecp_h5_real(w, counts, "lowest", m->lowest);
    ecp_h5_real(w, counts, "highest", m->highest);
    ecp_h5_close(counts);
}

void ecp_segment_histograms(struct ecp_h5_writer *w, const struct ecp_recording *part)
{
    if (part->n_histograms == 0)
        return;
    const hid_t all = ecp_h5_group(w, w->file, "plastic_weights");
    for (size_t k = 0; k < part->n_histograms && ecp_h5_fine(w); k++) {
        const struct ecp_recorded_histogram *h = &part->histogram[k];
        double edge[ECP_WEIGHT_BINS + 1];
        for (size_t b = 0; b <= h->n_bins; b++)
            edge[b] = h->low + (double)b * h->width;
        const hid_t group = ecp_h5_group(w, all, h->projection_name);
        ecp_h5_count(w, group, "projection", (uint64_t)h->projection);
        struct ecp_h5_column c = {"bin_edges", H5T_IEEE_F64LE, h->n_bins + 1,
                                  0,           h->unit,        "borders of the bins"};
        ecp_h5_put(w, group, &c, H5T_NATIVE_DOUBLE, edge);
        c = (struct ecp_h5_column){"initial", H5T_STD_U64LE, h->n_bins,
                                   0,         "1",           "synapses in each bin before the run"};
        put_moment(w, group, &c, &h->initial);
        c = (struct ecp_h5_column){"final", H5T_STD_U64LE, h->n_bins,
                                   0,       "1",           "synapses in each bin at the end"};
        if (!isnan(h->final.time))
            put_moment(w, group, &c, &h->final);
        ecp_h5_close(group);
    }
    ecp_h5_close(all);
}

/* ---- reading -------------------------------------------------------------- */

static enum ecp_status read_moment(const struct ecp_h5_reader *file, hid_t group, const char *name,
                                   struct ecp_recorded_histogram *h, struct ecp_weights_moment *m)
{
    struct ecp_pool pool = {0};
    struct ecp_h5_array counts = {.type = H5T_NATIVE_UINT64, .pool = &pool};
    enum ecp_status status = ecp_h5_load(file, group, name, &counts);
    if (status == ECP_OK && counts.rows != h->n_bins)
        status = ecp_fail(ECP_EIO, "%s: %s has %zu bins; %zu are allowed", file->path, name,
                          counts.rows, h->n_bins);
    if (status == ECP_OK) {
        const hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
        memcpy(m->count, counts.data, h->n_bins * sizeof m->count[0]);
        (void)ecp_h5_get_real(dataset, "time_ms", &m->time);
        (void)ecp_h5_get_count(dataset, "synapses", &m->n);
        (void)ecp_h5_get_real(dataset, "mean", &m->mean);
        (void)ecp_h5_get_real(dataset, "sd", &m->sd);
        (void)ecp_h5_get_real(dataset, "lowest", &m->lowest);
        (void)ecp_h5_get_real(dataset, "highest", &m->highest);
        ecp_h5_close(dataset);
    }
    ecp_pool_clear(&pool);
    return status;
}

static enum ecp_status read_one(struct ecp_reading *reading, const struct ecp_h5_reader *file,
                                hid_t group, const char *name)
{
    struct ecp_recording *r = reading->recording;
    struct ecp_recorded_histogram h = {.unit = "", .final = {.time = NAN}};
    struct ecp_h5_array edges = {.type = H5T_NATIVE_DOUBLE, .pool = &reading->passing};
    uint64_t projection = 0;
    enum ecp_status status;
    (void)ecp_h5_get_count(group, "projection", &projection);
    h.projection = (int)projection;
    ECP_TRY(ecp_pool_text(reading->kept, name, &h.projection_name));
    ECP_TRY(ecp_h5_load(file, group, "bin_edges", &edges));
    if (edges.rows < 2 || edges.rows > ECP_WEIGHT_BINS + 1) {
        status = ecp_fail(ECP_EIO, "%s: %s has %zu borders of bins; 2 to %d are allowed",
                          file->path, name, edges.rows, ECP_WEIGHT_BINS + 1);
        goto done;
    }
    const double *edge = edges.data;
    h.n_bins = edges.rows - 1;
    h.low = edge[0];
    h.width = edge[1] - edge[0];
    const hid_t dataset = H5Dopen2(group, "bin_edges", H5P_DEFAULT);
    (void)ecp_h5_get_text(dataset, "units", reading->kept, &h.unit);
    ecp_h5_close(dataset);
    ECP_TRY(read_moment(file, group, "initial", &h, &h.initial));
    if (ecp_h5_has(group, "final"))
        ECP_TRY(read_moment(file, group, "final", &h, &h.final));
    ECP_TRY(ecp_pool_extend(reading->kept, r->n_histograms, sizeof *r->histogram, &r->histogram));
    r->histogram[r->n_histograms++] = h;
done:
    return status;
}

static int by_projection(const void *a, const void *b)
{
    const struct ecp_recorded_histogram *x = a, *y = b;
    return (x->projection > y->projection) - (x->projection < y->projection);
}

enum ecp_status ecp_reading_histograms(struct ecp_reading *reading,
                                       const struct ecp_h5_reader *file)
{
    struct ecp_recording *r = reading->recording;
    const enum ecp_status status = ecp_reading_each(reading, file, "plastic_weights", read_one);
    if (r->n_histograms > 0)
        qsort(r->histogram, r->n_histograms, sizeof *r->histogram, by_projection);
    return status;
}
