/* store_streams.c -- joining datasets along time.
 *
 * Three passes: count the rows of each dataset through the segments, create all
 * datasets at their full size, note which bytes of each segment go where (ranks copy them
 * later: store_copies.c). So the bytes of the file do not depend on where the segments
 * were cut. */
#include <stdio.h>
#include <string.h>

#include "engine/store_join.h"

static hid_t open_source(const struct ecp_h5_reader *segment, const struct ecp_stream *s,
                         hsize_t size[2])
{
    hid_t dataset = H5I_INVALID_HID;
    if (ecp_h5_has(segment->file, s->source)) {
        const hid_t group = H5Gopen2(segment->file, s->source, H5P_DEFAULT);
        dataset = H5Dopen2(group, s->name, H5P_DEFAULT);
        ecp_h5_close(group);
    }
    if (dataset < 0) {
        (void)ecp_fail(ECP_EIO, "%s: %s/%s is missing: the segments are not of one run",
                       segment->path, s->source, s->name);
        return dataset;
    }
    const hid_t space = H5Dget_space(dataset);
    size[0] = size[1] = 0;
    (void)H5Sget_simple_extent_dims(space, size, NULL);
    ecp_h5_close(space);
    return dataset;
}

static enum ecp_status count_rows(struct ecp_join *j, const struct ecp_h5_reader *segment,
                                  struct ecp_stream *s)
{
    hsize_t size[2];
    const hid_t source = open_source(segment, s, size);
    if (source < 0)
        return ECP_EIO;
    ecp_h5_close(source);
    s->rows += size[0];
    if (s->clock == NULL || s->started)
        return ECP_OK;

    struct ecp_h5_array clock = {.type = H5T_NATIVE_DOUBLE, .pool = &j->pool};
    hid_t group;
    enum ecp_status status = ecp_h5_open_group(segment, segment->file, s->source, &group);
    if (status != ECP_OK)
        return status;
    status = ecp_h5_load(segment, group, s->clock, &clock);
    ecp_h5_close(group);
    if (status == ECP_OK && clock.rows != 3)
        status = ecp_fail(ECP_EIO, "%s: %s/%s has %zu entries; 3 are allowed", segment->path,
                          s->source, s->clock, clock.rows);
    if (status == ECP_OK) {
        s->start = ((double *)clock.data)[0];
        s->interval = ((double *)clock.data)[2];
        s->started = size[0] > 0;
    }
    return status;
}

void ecp_join_copy(struct ecp_h5_writer *w, const struct ecp_h5_reader *segment, const char *path,
                   const char *target)
{
    if (ecp_h5_fine(w))
        ecp_h5_check(w, H5Ocopy(segment->file, path, w->file, target, H5P_DEFAULT, H5P_DEFAULT));
}

static hid_t target_group(struct ecp_h5_writer *w, const struct ecp_h5_reader *last,
                          const struct ecp_stream *s)
{
    if (!ecp_h5_fine(w))
        return H5I_INVALID_HID;
    if (ecp_h5_has(w->file, s->target)) {
        const hid_t there = H5Gopen2(w->file, s->target, H5P_DEFAULT);
        ecp_h5_check(w, there);
        return there;
    }
    const hid_t group = ecp_h5_group(w, w->file, s->target);
    const hid_t source = H5Gopen2(last->file, s->source, H5P_DEFAULT);
    ecp_h5_copy_attributes(w, group, source);
    ecp_h5_close(source);
    return group;
}

static void put_clock(struct ecp_h5_writer *w, hid_t group, const struct ecp_stream *s)
{
    const double clock[3] = {s->start, s->start + (double)s->rows * s->interval, s->interval};
    const hid_t dataset = ecp_h5_fine(w) ? H5Dopen2(group, s->clock, H5P_DEFAULT) : -1;
    const struct ecp_h5_rows rows = {H5T_NATIVE_DOUBLE, 0, 3, clock};
    ecp_h5_put_rows(w, dataset, &rows);
    ecp_h5_close(dataset);
}

static void lay_out(struct ecp_h5_writer *w, const struct ecp_h5_reader *last, struct ecp_stream *s)
{
    const hid_t group = target_group(w, last, s);
    hsize_t size[2];
    const hid_t source = open_source(last, s, size);
    if (source < 0)
        ecp_h5_note(w, ECP_EIO);
    const hid_t type = H5Dget_type(source), space = H5Dget_space(source);
    struct ecp_h5_column column = {.name = s->name, .type = type, .rows = s->rows};
    s->is_matrix = H5Sget_simple_extent_ndims(space) == 2;
    if (s->is_matrix)
        column.columns = size[1] > 0 ? size[1] : ECP_H5_EMPTY_ROWS;
    s->out = ecp_h5_dataset(w, group, &column);
    ecp_h5_copy_attributes(w, s->out, source);
    ecp_h5_close(space);
    ecp_h5_close(type);
    ecp_h5_close(source);
    if (s->extra != NULL && ecp_h5_fine(w)) {
        char path[sizeof s->source + ECP_H5_NAME], target[sizeof path];
        (void)snprintf(path, sizeof path, "%s/%s", s->source, s->extra);
        (void)snprintf(target, sizeof target, "%s/%s", s->target, s->extra);
        ecp_join_copy(w, last, path, target);
    }
    if (s->clock != NULL)
        put_clock(w, group, s);
    ecp_h5_close(group);
}

/* Does segment k have a part in the stream? */
static int is_in(const struct ecp_join *j, const struct ecp_stream *s, size_t k)
{
    return !s->last_only || k + 1 == j->n_segments;
}

static enum ecp_status add_copy(struct ecp_join *j, const struct ecp_join_copy *copy)
{
    const enum ecp_status status =
        ecp_pool_extend(&j->pool, j->n_copies, sizeof *j->copy, &j->copy);
    if (status == ECP_OK)
        j->copy[j->n_copies++] = *copy;
    return status;
}

/* Rows of a segment lie in it as they will in the file: both are contiguous, of one type. */
static void note_rows(struct ecp_join *j, struct ecp_h5_writer *w,
                      const struct ecp_h5_reader *segment, size_t k, struct ecp_stream *s)
{
    hsize_t size[2];
    const hid_t source = open_source(segment, s, size);
    if (source < 0) {
        ecp_h5_note(w, ECP_EIO);
        return;
    }
    const hid_t type = H5Dget_type(source);
    const uint64_t row = H5Tget_size(type) * (s->is_matrix ? size[1] : 1);
    const haddr_t from = H5Dget_offset(source), to = H5Dget_offset(s->out);
    const struct ecp_join_copy copy = {k, j->n_finals - 1, from, to + s->done * row, size[0] * row};
    if (copy.bytes > 0 && (from == HADDR_UNDEF || to == HADDR_UNDEF))
        ecp_h5_note(w, ecp_fail(ECP_EIO, "%s: %s/%s is not in one stretch: damaged?", segment->path,
                                s->source, s->name));
    else if (copy.bytes > 0)
        ecp_h5_note(w, add_copy(j, &copy));
    s->done += size[0];
    ecp_h5_close(type);
    ecp_h5_close(source);
}

static enum ecp_status count_all(struct ecp_join *j)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < j->n_segments && status == ECP_OK; k++) {
        struct ecp_h5_reader segment = {0};
        status = ecp_join_open(j, k, &segment);
        for (size_t i = 0; i < j->n_streams && status == ECP_OK; i++)
            if (is_in(j, &j->stream[i], k))
                status = count_rows(j, &segment, &j->stream[i]);
        ecp_h5_shut(&segment);
    }
    return status;
}

static void note_all(struct ecp_join *j, struct ecp_h5_writer *w)
{
    for (size_t k = 0; k < j->n_segments && ecp_h5_fine(w); k++) {
        struct ecp_h5_reader segment = {0};
        ecp_h5_note(w, ecp_join_open(j, k, &segment));
        for (size_t i = 0; i < j->n_streams && ecp_h5_fine(w); i++)
            if (is_in(j, &j->stream[i], k))
                note_rows(j, w, &segment, k, &j->stream[i]);
        ecp_h5_shut(&segment);
    }
}

enum ecp_status ecp_join_streams(struct ecp_join *j, const char *name, const char *root)
{
    struct ecp_h5_reader last = {0};
    struct ecp_h5_writer w;
    enum ecp_status status;
    ECP_TRY(count_all(j));
    ECP_TRY(ecp_join_open(j, j->n_segments - 1, &last));
    ECP_TRY(ecp_join_begin(j, name, &last, &w));
    ecp_h5_close(ecp_h5_group(&w, w.file, root));
    if (j->n_streams > 0 && j->stream[j->n_streams - 1].last_only)
        ecp_h5_close(ecp_h5_group(&w, w.file, "populations"));
    for (size_t i = 0; i < j->n_streams && ecp_h5_fine(&w); i++)
        lay_out(&w, &last, &j->stream[i]);
    if (strcmp(root, "spikes") == 0) { /* the file that tells about the whole run */
        if (ecp_h5_fine(&w) && !ecp_h5_has(w.file, "populations")) /* without counts */
            ecp_join_copy(&w, &last, "populations", "populations");
        ecp_join_copy(&w, &last, "phases", "phases");
        if (ecp_h5_has(last.file, "plastic_weights"))
            ecp_join_copy(&w, &last, "plastic_weights", "plastic_weights");
    }
    ecp_h5_shut(&last);
    note_all(j, &w);
    for (size_t i = 0; i < j->n_streams; i++)
        ecp_h5_close(j->stream[i].out);
    status = ecp_h5_finish(&w);
done:
    ecp_h5_shut(&last);
    return status;
}
