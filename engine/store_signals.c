/* store_signals.c -- reports (SONATA) and rates of one segment. */
#include <string.h>

#include "engine/store_segment.h"

/* { start, stop, step } of the frames. */
static void put_clock(struct ecp_h5_writer *w, hid_t group, const struct ecp_recorded_signal *s,
                      uint64_t n_frames)
{
    const double clock[3] = {s->start, s->start + (double)n_frames * s->interval, s->interval};
    const struct ecp_h5_column c = {
        "time", H5T_IEEE_F64LE, 3, 0, "ms", "time of the first frame, end, interval"};
    ecp_h5_put(w, group, &c, H5T_NATIVE_DOUBLE, clock);
}

static void add_column(struct ecp_h5_writer *w, hid_t group, const struct ecp_h5_column *column,
                       struct ecp_spread *spread)
{
    const hid_t dataset = ecp_h5_dataset(w, group, column);
    ecp_spread_add(spread, w, dataset);
    ecp_h5_close(dataset);
}

/* One element a neuron, as SONATA has it for point neurons. */
static void put_mapping(struct ecp_h5_writer *w, hid_t report, const struct ecp_recorded_signal *s,
                        uint64_t n_frames, struct ecp_spread *spread)
{
    const size_t n = s->n_columns;
    const hid_t group = ecp_h5_group(w, report, "mapping");
    int8_t ascending = 1;
    for (size_t k = 1; k < n; k++)
        ascending = (int8_t)(ascending && s->index[k - 1] < s->index[k]);
    struct ecp_h5_column c = {
        "node_ids", H5T_STD_U64LE, n, 0, "1", "neuron of each column, in the population"};
    const hid_t ids = ecp_h5_dataset(w, group, &c);
    ecp_h5_flag(w, ids, "sorted", ascending);
    ecp_spread_add(spread, w, ids);
    ecp_h5_close(ids);
    c = (struct ecp_h5_column){"index_pointers",
                               H5T_STD_U64LE,
                               n + 1,
                               0,
                               "1",
                               "first column of each neuron; the last entry is the end"};
    add_column(w, group, &c, spread);
    /* Readers disagree on the name. */
    ecp_h5_link_again(w, group, "index_pointers", "index_pointer");
    c = (struct ecp_h5_column){"element_ids",
                               H5T_STD_U32LE,
                               n,
                               0,
                               "1",
                               "compartment of each column: point neurons have one"};
    add_column(w, group, &c, spread);
    c = (struct ecp_h5_column){
        "element_pos", H5T_IEEE_F32LE, n, 0, "1", "position in the compartment"};
    add_column(w, group, &c, spread);
    put_clock(w, group, s, n_frames);
    ecp_h5_close(group);
}

static void fill_mapping(struct ecp_spread *spread, const struct ecp_recorded_signal *s,
                         const struct ecp_slice *column)
{
    const uint64_t first = column->first, n = column->n;
    const int has_last = first + n == s->n_columns && (n > 0 || first == 0);
    struct ecp_spread_some some = {H5T_NATIVE_UINT32, H5T_STD_U64LE, first, n};
    ecp_spread_put(spread, &some, s->index);
    ecp_spread_next(spread);
    some.n += has_last ? 1 : 0;
    ecp_spread_series(spread, some, 1);
    ecp_spread_next(spread);
    some = (struct ecp_spread_some){H5T_NATIVE_UINT64, H5T_STD_U32LE, first, n};
    ecp_spread_series(spread, some, 0);
    ecp_spread_next(spread);
    some.file = H5T_IEEE_F32LE;
    ecp_spread_series(spread, some, 0);
    ecp_spread_next(spread);
}

static void put_report(struct ecp_h5_writer *w, hid_t all, const struct ecp_segment *segment,
                       size_t k, struct ecp_spread *spread)
{
    const struct ecp_recorded_signal *s = &segment->part->signal[k];
    const hid_t probe = ecp_h5_group(w, all, s->probe);
    const hid_t report = ecp_h5_group(w, probe, segment->part->population[s->population].name);
    ecp_h5_text(w, report, "probe", s->probe);
    ecp_h5_text(w, report, "field", s->field);
    ecp_h5_count(w, report, "signal", k);
    const hsize_t columns = s->n_columns == 0 ? ECP_H5_EMPTY_ROWS : s->n_columns;
    const struct ecp_h5_column c = {"data",
                                    H5T_IEEE_F32LE,
                                    segment->slices->frame[k].total,
                                    columns,
                                    s->unit,
                                    "the field; a row a frame, a column a "
                                    "neuron"};
    add_column(w, report, &c, spread);
    put_mapping(w, report, s, segment->slices->frame[k].total, spread);
    ecp_h5_close(report);
    ecp_h5_close(probe);
}

static void put_rate(struct ecp_h5_writer *w, hid_t all, const struct ecp_segment *segment,
                     size_t k, struct ecp_spread *spread)
{
    const struct ecp_recorded_signal *s = &segment->part->signal[k];
    const hid_t rate = ecp_h5_group(w, all, s->probe);
    ecp_h5_text(w, rate, "probe", s->probe);
    ecp_h5_text(w, rate, "field", s->field);
    ecp_h5_text(w, rate, "population", segment->part->population[s->population].name);
    ecp_h5_count(w, rate, "signal", k);
    const struct ecp_h5_column c = {"data",
                                    H5T_IEEE_F32LE,
                                    segment->slices->frame[k].total,
                                    s->n_columns == 1 ? 0 : s->n_columns,
                                    s->unit,
                                    "rate of the population in each bin"};
    add_column(w, rate, &c, spread);
    put_clock(w, rate, s, segment->slices->frame[k].total);
    ecp_h5_close(rate);
}

void ecp_segment_signals(struct ecp_h5_writer *w, const struct ecp_segment *segment,
                         struct ecp_spread *spread)
{
    const struct ecp_recording *part = segment->part;
    const hid_t reports = ecp_h5_group(w, w->file, "report");
    const hid_t rates = ecp_h5_group(w, w->file, "rates");
    for (size_t k = 0; k < part->n_signals; k++) {
        if (part->signal[k].index != NULL)
            put_report(w, reports, segment, k, spread);
        else
            put_rate(w, rates, segment, k, spread);
    }
    ecp_h5_close(rates);
    ecp_h5_close(reports);
}

void ecp_segment_fill_signals(struct ecp_spread *spread, const struct ecp_segment *segment)
{
    const struct ecp_recording *part = segment->part;
    for (size_t k = 0; k < part->n_signals; k++) {
        const struct ecp_recorded_signal *s = &part->signal[k];
        const struct ecp_slice *frame = &segment->slices->frame[k];
        const uint64_t columns = s->n_columns;
        const struct ecp_spread_some some = {ECP_H5_REAL, H5T_IEEE_F32LE, frame->first * columns,
                                             frame->n * columns};
        ecp_spread_put(spread, &some, s->data);
        ecp_spread_next(spread);
        if (s->index != NULL)
            fill_mapping(spread, s, &segment->slices->column[k]);
    }
}
