/* store_join.c -- segments to final files: which files, and their names. */
#include "engine/store_join.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/store_files.h"
#include "engine/store_segment.h"
#include "mpi/comm.h"

enum ecp_status ecp_join_open(struct ecp_join *j, size_t segment, struct ecp_h5_reader *out)
{
    const char *path;
    const enum ecp_status status =
        ecp_pool_print(&j->pool, &path, "%s/%06zu.h5", j->folder, segment);
    return status == ECP_OK ? ecp_h5_open(path, out) : status;
}

enum ecp_status ecp_join_begin(struct ecp_join *j, const char *name,
                               const struct ecp_h5_reader *last, struct ecp_h5_writer *out)
{
    const char *path;
    enum ecp_status status = ecp_pool_print(&j->pool, &path, "%s/%s.part", j->dir, name);
    if (status != ECP_OK)
        return status;
    status = ecp_pool_extend(&j->pool, j->n_finals, sizeof *j->final, &j->final);
    if (status != ECP_OK)
        return status;
    const char *kept;
    status = ecp_pool_text(&j->pool, name, &kept);
    if (status != ECP_OK)
        return status;
    status = ecp_h5_create(path, out);
    if (status != ECP_OK)
        return status;
    j->final[j->n_finals++] = kept;
    ecp_h5_copy_attributes(out, out->file, last->file);
    return ECP_OK;
}

static enum ecp_status add_stream(struct ecp_join *j, const struct ecp_stream *stream)
{
    const enum ecp_status status =
        ecp_pool_extend(&j->pool, j->n_streams, sizeof *j->stream, &j->stream);
    if (status != ECP_OK)
        return status;
    j->stream[j->n_streams] = *stream;
    j->stream[j->n_streams++].out = H5I_INVALID_HID;
    return ECP_OK;
}

/* Streams of all groups in `parent` of the last segment. */
static enum ecp_status add_streams(struct ecp_join *j, const struct ecp_h5_reader *last,
                                   const char *parent, const char *root)
{
    hid_t group;
    enum ecp_status status = ecp_h5_open_group(last, last->file, parent, &group);
    if (status != ECP_OK)
        return status;
    const hsize_t n = ecp_h5_links(group);
    for (hsize_t k = 0; k < n && status == ECP_OK; k++) {
        char name[ECP_H5_NAME];
        status = ecp_h5_link(last, group, k, name);
        if (status != ECP_OK)
            break;
        struct ecp_stream s = {.name = "data", .extra = "time", .clock = "time"};
        (void)snprintf(s.source, sizeof s.source, "%s/%s", parent, name);
        (void)snprintf(s.target, sizeof s.target, "%s/%s", root, name);
        if (strcmp(root, "report") == 0) {
            s.extra = "mapping";
            s.clock = "mapping/time";
        } else if (strcmp(root, "spikes") == 0) {
            s.name = "timestamps";
            s.extra = s.clock = NULL;
            status = add_stream(j, &s);
            s.name = "node_ids";
        }
        if (status == ECP_OK)
            status = add_stream(j, &s);
    }
    ecp_h5_close(group);
    return status;
}

/* Counts of all neurons, which a segment has for the run so far; a large network's last one
 * may have none. */
static enum ecp_status add_counts(struct ecp_join *j, const struct ecp_h5_reader *last)
{
    static const char *const array[] = {"count", "intervals", "interval_sum",
                                        "interval_square_sum"};
    hid_t group;
    enum ecp_status status = ecp_h5_open_group(last, last->file, "populations", &group);
    if (status != ECP_OK)
        return status;
    const hsize_t n = ecp_h5_links(group);
    for (hsize_t k = 0; k < n && status == ECP_OK; k++) {
        char name[ECP_H5_NAME];
        status = ecp_h5_link(last, group, k, name);
        struct ecp_stream s = {.last_only = 1};
        char path[2 * ECP_H5_NAME];
        (void)snprintf(s.source, sizeof s.source, "populations/%s", name);
        (void)snprintf(s.target, sizeof s.target, "populations/%s", name);
        (void)snprintf(path, sizeof path, "%s/%s", name, array[0]);
        if (status != ECP_OK || !ecp_h5_has(group, path))
            break;
        for (size_t a = 0; a < sizeof array / sizeof array[0] && status == ECP_OK; a++) {
            s.name = array[a];
            status = add_stream(j, &s);
        }
    }
    ecp_h5_close(group);
    return status;
}

static enum ecp_status join_one(struct ecp_join *j, const char *file, const char *parent,
                                const char *root)
{
    struct ecp_h5_reader last = {0};
    j->n_streams = 0;
    enum ecp_status status = ecp_join_open(j, j->n_segments - 1, &last);
    if (status == ECP_OK)
        status = add_streams(j, &last, parent, root);
    const int none = strcmp(root, "rates") == 0 && j->n_streams == 0;
    if (status == ECP_OK && strcmp(root, "spikes") == 0)
        status = add_counts(j, &last);
    ecp_h5_shut(&last);
    return status != ECP_OK || none ? status : ecp_join_streams(j, file, root);
}

struct names {
    const char **name;
    size_t n;
};

/* Add the links of group `path` to a list of different names. */
static enum ecp_status add_names(struct ecp_join *j, size_t segment, const char *path,
                                 struct names *list)
{
    struct ecp_h5_reader reader = {0};
    hid_t group = H5I_INVALID_HID;
    enum ecp_status status;
    ECP_TRY(ecp_join_open(j, segment, &reader));
    ECP_TRY(ecp_h5_open_group(&reader, reader.file, path, &group));
    const hsize_t n = ecp_h5_links(group);
    for (hsize_t k = 0; k < n; k++) {
        char name[ECP_H5_NAME];
        ECP_TRY(ecp_h5_link(&reader, group, k, name));
        size_t i = 0;
        while (i < list->n && strcmp(list->name[i], name) != 0)
            i++;
        if (i < list->n)
            continue;
        ECP_TRY(ecp_pool_extend(&j->pool, list->n, sizeof *list->name, &list->name));
        ECP_TRY(ecp_pool_text(&j->pool, name, &list->name[list->n]));
        list->n++;
    }
done:
    ecp_h5_close(group);
    ecp_h5_shut(&reader);
    return status;
}

static enum ecp_status join_reports(struct ecp_join *j)
{
    struct names probe = {0};
    enum ecp_status status = add_names(j, j->n_segments - 1, "report", &probe);
    for (size_t k = 0; k < probe.n && status == ECP_OK; k++) {
        const char *file, *parent;
        status = ecp_pool_print(&j->pool, &file, "report_%s.h5", probe.name[k]);
        if (status == ECP_OK)
            status = ecp_pool_print(&j->pool, &parent, "report/%s", probe.name[k]);
        if (status == ECP_OK)
            status = join_one(j, file, parent, "report");
    }
    return status;
}

/* ---- weights: snapshots are copied whole ------------------------------- */

static hsize_t snapshots(const struct ecp_h5_reader *segment, const char *parent)
{
    if (!ecp_h5_has(segment->file, parent))
        return 0;
    const hid_t group = H5Gopen2(segment->file, parent, H5P_DEFAULT);
    const hsize_t n = ecp_h5_links(group);
    ecp_h5_close(group);
    return n;
}

static void copy_snapshots(struct ecp_h5_writer *w, const struct ecp_h5_reader *segment,
                           const char *parent, int only)
{
    if (!ecp_h5_fine(w) || !ecp_h5_has(segment->file, parent))
        return;
    const hid_t group = H5Gopen2(segment->file, parent, H5P_DEFAULT);
    const hsize_t n = ecp_h5_links(group);
    for (hsize_t k = 0; k < n && ecp_h5_fine(w); k++) {
        char moment[ECP_H5_NAME], path[4 * ECP_H5_NAME];
        ecp_h5_note(w, ecp_h5_link(segment, group, k, moment));
        (void)snprintf(path, sizeof path, "%s/%s%s", parent, moment, only ? "/edges" : "");
        ecp_join_copy(w, segment, path, only ? "edges" : moment);
    }
    ecp_h5_close(group);
}

static enum ecp_status join_weights_of(struct ecp_join *j, const char *probe)
{
    const char *file, *parent;
    struct ecp_h5_reader segment = {0};
    struct ecp_h5_writer w = {.file = H5I_INVALID_HID};
    hsize_t n = 0;
    enum ecp_status status;
    ECP_TRY(ecp_pool_print(&j->pool, &file, "weights_%s.h5", probe));
    ECP_TRY(ecp_pool_print(&j->pool, &parent, "weights/%s", probe));
    for (size_t k = 0; k < j->n_segments; k++) {
        ecp_h5_shut(&segment);
        ECP_TRY(ecp_join_open(j, k, &segment));
        n += snapshots(&segment, parent);
    }
    ECP_TRY(ecp_join_begin(j, file, &segment, &w));
    for (size_t k = 0; k < j->n_segments && ecp_h5_fine(&w); k++) {
        ecp_h5_shut(&segment);
        ecp_h5_note(&w, ecp_join_open(j, k, &segment));
        copy_snapshots(&w, &segment, parent, n == 1);
    }
    status = ecp_h5_finish(&w);
done:
    ecp_h5_shut(&segment);
    return status;
}

static enum ecp_status join_weights(struct ecp_join *j)
{
    struct names probe = {0};
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < j->n_segments && status == ECP_OK; k++)
        status = add_names(j, k, "weights", &probe);
    for (size_t k = 0; k < probe.n && status == ECP_OK; k++)
        status = join_weights_of(j, probe.name[k]);
    return status;
}

/* ---- names ------------------------------------------------------------- */

static int is_final(const struct ecp_join *j, const char *name)
{
    for (size_t k = 0; k < j->n_finals; k++)
        if (strcmp(j->final[k], name) == 0)
            return 1;
    return 0;
}

/* A report of an earlier run in the same folder would pass for one of this. */
static void remove_stale(struct ecp_join *j, const char *start)
{
    char **name = NULL;
    size_t n = 0;
    if (ecp_files_list(j->dir, start, ".h5", &name, &n) != ECP_OK)
        return;
    for (size_t k = 0; k < n; k++) {
        const char *path;
        struct ecp_h5_reader reader = {0};
        if (is_final(j, name[k]) ||
            ecp_pool_print(&j->pool, &path, "%s/%s", j->dir, name[k]) != ECP_OK)
            continue;
        if (H5Fis_hdf5(path) <= 0 || ecp_h5_open(path, &reader) != ECP_OK)
            continue;
        const int ours = H5Aexists(reader.file, "ecphory_version") > 0;
        ecp_h5_shut(&reader);
        if (ours)
            (void)unlink(path);
    }
    ecp_files_free_list(name, n);
}

static enum ecp_status rename_all(struct ecp_join *j)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < j->n_finals && status == ECP_OK; k++) {
        const char *from, *to;
        status = ecp_pool_print(&j->pool, &from, "%s/%s.part", j->dir, j->final[k]);
        if (status == ECP_OK)
            status = ecp_pool_print(&j->pool, &to, "%s/%s", j->dir, j->final[k]);
        if (status == ECP_OK)
            status = ecp_files_move(from, to, j->dir);
    }
    return status;
}

static void drop_all(struct ecp_join *j)
{
    for (size_t k = 0; k < j->n_finals; k++) {
        const char *path;
        if (ecp_pool_print(&j->pool, &path, "%s/%s.part", j->dir, j->final[k]) == ECP_OK)
            (void)unlink(path);
    }
}

static enum ecp_status take_drafts(struct ecp_join *j, const struct ecp_drafts *drafts)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < drafts->n && status == ECP_OK; k++) {
        status = ecp_pool_extend(&j->pool, j->n_finals, sizeof *j->final, &j->final);
        if (status == ECP_OK)
            j->final[j->n_finals++] = drafts->name[k];
    }
    return status;
}

/* All files without what ranks copy. */
static enum ecp_status lay_out_all(struct ecp_join *j, const struct ecp_drafts *drafts)
{
    enum ecp_status status;
    ECP_TRY(take_drafts(j, drafts));
    ECP_TRY(join_one(j, "spikes.h5", "spikes", "spikes"));
    ECP_TRY(join_one(j, "rates.h5", "rates", "rates"));
    ECP_TRY(join_reports(j));
    ECP_TRY(join_weights(j));
done:
    return status;
}

static enum ecp_status publish(struct ecp_join *j)
{
    const enum ecp_status status = rename_all(j);
    if (status != ECP_OK)
        return status;
    remove_stale(j, "report_");
    remove_stale(j, "weights_");
    remove_stale(j, "rates");
    remove_stale(j, "edges_");
    ecp_files_remove(j->dir, "edges_", ".h5.part"); /* of a killed run */
    return ECP_OK;
}

enum ecp_status ecp_segments_join(const struct ecp_joining *joining)
{
    struct ecp_join j = {.dir = joining->dir, .folder = joining->folder, .n_segments = joining->n};
    const int first = ecp_comm_rank(joining->comm) == 0;
    enum ecp_status status = first ? lay_out_all(&j, joining->drafts) : ECP_OK;
    ECP_TRY(ecp_comm_agree(joining->comm, status));
    ECP_TRY(ecp_join_copies(joining->comm, &j));
    status = ecp_comm_agree(joining->comm, first ? publish(&j) : ECP_OK);
done:
    if (status != ECP_OK && first)
        drop_all(&j);
    ecp_pool_clear(&j.pool);
    return status;
}

enum ecp_status ecp_segment_end(const char *path, double *out)
{
    struct ecp_h5_reader reader = {0};
    double end = 0;
    enum ecp_status status = ecp_h5_open(path, &reader);
    if (status != ECP_OK)
        return status;
    if (!ecp_h5_get_real(reader.file, "duration_ms", &end))
        status = ecp_fail(ECP_EIO, "%s: is not a segment of a run: no duration_ms", path);
    ecp_h5_shut(&reader);
    if (status == ECP_OK)
        *out = end;
    return status;
}
