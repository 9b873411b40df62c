/* store_signals.c -- reports (SONATA) and rates of one segment. */
#include <string.h>

#include "engine/store_segment.h"

/* { start, stop, step } of the frames. */
static void put_clock(struct ecp_h5_writer *w, hid_t group, const struct ecp_recorded_signal *s)
{
    const double clock[3] = {s->start, s->start + (double)s->n_frames * s->interval, s->interval};
    const struct ecp_h5_column c = {
        "time", H5T_IEEE_F64LE, 3, 0, "ms", "time of the first frame, end, interval"};
    ecp_h5_put(w, group, &c, H5T_NATIVE_DOUBLE, clock);
}

/* One element a neuron, as SONATA has it for point neurons. */
static void put_mapping(struct ecp_h5_writer *w, hid_t report, const struct ecp_recorded_signal *s)
{
    const size_t n = s->n_columns;
    struct ecp_pool pool = {0};
    uint64_t *pointer = NULL;
    uint32_t *zero = NULL; /* 0.0 where the column is real */
    ecp_h5_note(w, ecp_pool_alloc(&pool, n + 1, sizeof *pointer, &pointer));
    ecp_h5_note(w, ecp_pool_alloc(&pool, n, sizeof *zero, &zero));
    const hid_t group = ecp_h5_group(w, report, "mapping");
    if (ecp_h5_fine(w)) {
        int8_t ascending = 1;
        for (size_t k = 0; k <= n; k++)
            pointer[k] = k;
        for (size_t k = 1; k < n; k++)
            ascending = (int8_t)(ascending && s->index[k - 1] < s->index[k]);

        struct ecp_h5_column c = {
            "node_ids", H5T_STD_U64LE, n, 0, "1", "neuron of each column, in the population"};
        const hid_t ids = ecp_h5_dataset(w, group, &c);
        ecp_h5_flag(w, ids, "sorted", ascending);
        const struct ecp_h5_rows rows = {H5T_NATIVE_UINT32, 0, n, s->index};
        ecp_h5_put_rows(w, ids, &rows);
        ecp_h5_close(ids);
        c = (struct ecp_h5_column){"index_pointers",
                                   H5T_STD_U64LE,
                                   n + 1,
                                   0,
                                   "1",
                                   "first column of each neuron; the last entry is the end"};
        ecp_h5_put(w, group, &c, H5T_NATIVE_UINT64, pointer);
        /* Readers disagree on the name. */
        ecp_h5_link_again(w, group, "index_pointers", "index_pointer");
        c = (struct ecp_h5_column){"element_ids",
                                   H5T_STD_U32LE,
                                   n,
                                   0,
                                   "1",
                                   "compartment of each column: point neurons have one"};
        ecp_h5_put(w, group, &c, H5T_NATIVE_UINT32, zero);
        c = (struct ecp_h5_column){
            "element_pos", H5T_IEEE_F32LE, n, 0, "1", "position in the compartment"};
        ecp_h5_put(w, group, &c, H5T_NATIVE_UINT32, zero);
        put_clock(w, group, s);
    }
    ecp_h5_close(group);
    ecp_pool_clear(&pool);
}

static void put_report(struct ecp_h5_writer *w, hid_t all, const struct ecp_recording *part,
                       size_t k)
{
    const struct ecp_recorded_signal *s = &part->signal[k];
    const hid_t probe = ecp_h5_group(w, all, s->probe);
    const hid_t report = ecp_h5_group(w, probe, part->population[s->population].name);
    ecp_h5_text(w, report, "probe", s->probe);
    ecp_h5_text(w, report, "field", s->field);
    ecp_h5_count(w, report, "signal", k);
    const hsize_t columns = s->n_columns == 0 ? ECP_H5_EMPTY_ROWS : s->n_columns;
    const struct ecp_h5_column c = {"data",      H5T_IEEE_F32LE,
                                    s->n_frames, columns,
                                    s->unit,     "the field; a row a frame, a column a neuron"};
    ecp_h5_put(w, report, &c, ECP_H5_REAL, s->data);
    put_mapping(w, report, s);
    ecp_h5_close(report);
    ecp_h5_close(probe);
}

static void put_rate(struct ecp_h5_writer *w, hid_t all, const struct ecp_recording *part, size_t k)
{
    const struct ecp_recorded_signal *s = &part->signal[k];
    const hid_t rate = ecp_h5_group(w, all, s->probe);
    ecp_h5_text(w, rate, "probe", s->probe);
    ecp_h5_text(w, rate, "field", s->field);
    ecp_h5_text(w, rate, "population", part->population[s->population].name);
    ecp_h5_count(w, rate, "signal", k);
    const struct ecp_h5_column c = {"data",      H5T_IEEE_F32LE,
                                    s->n_frames, s->n_columns == 1 ? 0 : s->n_columns,
                                    s->unit,     "rate of the population in each bin"};
    ecp_h5_put(w, rate, &c, ECP_H5_REAL, s->data);
    put_clock(w, rate, s);
    ecp_h5_close(rate);
}

void ecp_segment_signals(struct ecp_h5_writer *w, const struct ecp_recording *part)
{
    const hid_t reports = ecp_h5_group(w, w->file, "report");
    const hid_t rates = ecp_h5_group(w, w->file, "rates");
    for (size_t k = 0; k < part->n_signals; k++) {
        if (part->signal[k].index != NULL)
            put_report(w, reports, part, k);
        else
            put_rate(w, rates, part, k);
    }
    ecp_h5_close(rates);
    ecp_h5_close(reports);
}
