/* store_nwb.c -- a finished run as an NWB 2.7 file: units and trials.
 *
 * Trials are the phases that count. Nothing in it depends on when or where it was written:
 * the session begins at a fixed date, and the ids of objects come from the run's name, seed
 * and checksum. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/forecast.h"
#include "engine/store.h"
#include "engine/store_files.h"
#include "engine/store_h5.h"

enum { UUID = 37, BLOCK_SPIKES = 4 * 1024 * 1024 };
static const char date[] = "1970-01-01T00:00:00+00:00";

struct nwb {
    struct ecp_h5_writer writer;
    const struct ecp_recording *recording;
    char identity[512];
};

/* ---- objects --------------------------------------------------------------------------- */

static uint64_t mixed(uint64_t x, const char *text)
{
    for (; *text; text++)
        x = (x ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    x ^= x >> 31;
    x *= UINT64_C(0x9e3779b97f4a7c15);
    return x ^ x >> 29;
}

/* The type of an object, and an id made from the run and its path. */
static void typed(struct nwb *n, hid_t object, const char *path, const char *type)
{
    static const char *const core[] = {"NWBFile", "TimeIntervals", "Units", "Subject"};
    const char *space = "hdmf-common";
    char uuid[UUID];
    for (size_t k = 0; k < sizeof core / sizeof core[0]; k++)
        if (strcmp(core[k], type) == 0)
            space = "core";
    const uint64_t a = mixed(mixed(UINT64_C(0xcbf29ce484222325), n->identity), path);
    const uint64_t b = mixed(mixed(a, path), n->identity);
    (void)snprintf(uuid, sizeof uuid, "%08x-%04x-5%03x-%04x-%012llx", (unsigned)(a >> 32),
                   (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
                   (unsigned)(0x8000 | (b >> 48 & 0x3fff)),
                   (unsigned long long)(b & UINT64_C(0xffffffffffff)));
    ecp_h5_text(&n->writer, object, "namespace", space);
    ecp_h5_text(&n->writer, object, "neurodata_type", type);
    ecp_h5_text(&n->writer, object, "object_id", uuid);
}

/* A text of its own; `grows`: a list of one that may grow. */
static void text_dataset(struct nwb *n, hid_t at, const char *name, const char *text, int grows)
{
    struct ecp_h5_writer *w = &n->writer;
    if (!ecp_h5_fine(w))
        return;
    const hsize_t one = 1, most = H5S_UNLIMITED;
    const hid_t type = ecp_h5_text_type(), how = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = grows ? H5Screate_simple(1, &one, &most) : H5Screate(H5S_SCALAR);
    ecp_h5_check(w, H5Pset_obj_track_times(how, 0));
    if (grows)
        ecp_h5_check(w, H5Pset_chunk(how, 1, &one));
    const hid_t dataset = H5Dcreate2(at, name, type, space, H5P_DEFAULT, how, H5P_DEFAULT);
    ecp_h5_check(w, dataset);
    if (dataset >= 0)
        ecp_h5_check(w, H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text));
    ecp_h5_close(dataset);
    ecp_h5_close(space);
    ecp_h5_close(how);
    ecp_h5_close(type);
}

/* ---- tables ---------------------------------------------------------------------------- */

static void names_of_columns(struct nwb *n, hid_t table, const char *const *name, hsize_t count)
{
    struct ecp_h5_writer *w = &n->writer;
    if (!ecp_h5_fine(w))
        return;
    const hid_t type = ecp_h5_text_type(), space = H5Screate_simple(1, &count, NULL);
    const hid_t attribute = H5Acreate2(table, "colnames", type, space, H5P_DEFAULT, H5P_DEFAULT);
    ecp_h5_check(w, attribute);
    if (attribute >= 0)
        ecp_h5_check(w, H5Awrite(attribute, type, name));
    ecp_h5_close(attribute);
    ecp_h5_close(space);
    ecp_h5_close(type);
}

static hid_t table(struct nwb *n, hid_t at, const char *name, const char *type,
                   const char *description)
{
    const hid_t group = ecp_h5_group(&n->writer, at, name);
    typed(n, group, name, type);
    ecp_h5_text(&n->writer, group, "description", description);
    return group;
}

struct column {
    const char *name, *type, *description;
    hid_t stored, memory;
};

/* A column without its data; `path` names it in the file. */
static hid_t column(struct nwb *n, hid_t at, const char *path, const struct column *c, hsize_t rows)
{
    const struct ecp_h5_column shape = {.name = c->name, .type = c->stored, .rows = rows};
    const hid_t dataset = ecp_h5_dataset(&n->writer, at, &shape);
    char whole[128];
    (void)snprintf(whole, sizeof whole, "%s/%s", path, c->name);
    typed(n, dataset, whole, c->type);
    if (c->description)
        ecp_h5_text(&n->writer, dataset, "description", c->description);
    return dataset;
}

static void put_column(struct nwb *n, hid_t at, const char *path, const struct column *c,
                       hsize_t rows, const void *data)
{
    const hid_t dataset = column(n, at, path, c, rows);
    const struct ecp_h5_rows all = {.type = c->memory, .count = rows, .data = data};
    ecp_h5_put_rows(&n->writer, dataset, &all);
    ecp_h5_close(dataset);
}

static const struct column ids = {.name = "id", .type = "ElementIdentifiers"};

static void put_ids(struct nwb *n, hid_t at, const char *path, size_t rows)
{
    struct column c = ids;
    int64_t *id = malloc((rows + 1) * sizeof *id);
    c.stored = H5T_STD_I64LE;
    c.memory = H5T_NATIVE_INT64;
    if (!id) {
        ecp_h5_note(&n->writer, ecp_fail(ECP_ENOMEM, "no memory for the ids of %s", path));
        return;
    }
    for (size_t k = 0; k < rows; k++)
        id[k] = (int64_t)k;
    put_column(n, at, path, &c, rows, id);
    free(id);
}

/* ---- trials ------------------------------------------------------------------------------ */

struct trial_rows {
    double *start, *stop;
    const char **stimulus, **phase;
    char *names; /* of stimuli */
    size_t n;
};

static enum ecp_status make_trials(const struct ecp_recording *r, struct trial_rows *rows)
{
    size_t bytes = 1;
    for (size_t k = 0; k < r->n_phases; k++)
        bytes += strlen(r->phase[k].name) + 1;
    rows->start = malloc((r->n_phases + 1) * sizeof *rows->start);
    rows->stop = malloc((r->n_phases + 1) * sizeof *rows->stop);
    rows->stimulus = malloc((r->n_phases + 1) * sizeof *rows->stimulus);
    rows->phase = malloc((r->n_phases + 1) * sizeof *rows->phase);
    rows->names = malloc(bytes);
    if (!rows->start || !rows->stop || !rows->stimulus || !rows->phase || !rows->names)
        return ecp_fail(ECP_ENOMEM, "no memory for the trials of an NWB file");
    char *to = rows->names;
    for (size_t k = 0; k < r->n_phases; k++) {
        const struct ecp_recorded_phase *p = &r->phase[k];
        if (p->discarded || p->stop > r->duration * (1 + 1e-12))
            continue;
        const size_t length = ecp_phase_condition(p->name);
        memcpy(to, p->name, length);
        to[length] = '\0';
        rows->stimulus[rows->n] = to;
        to += length + 1;
        rows->phase[rows->n] = p->name;
        rows->start[rows->n] = p->start / 1000;
        rows->stop[rows->n++] = p->stop / 1000;
    }
    return ECP_OK;
}

static void free_trials(struct trial_rows *rows)
{
    free(rows->start);
    free(rows->stop);
    free(rows->stimulus);
    free(rows->phase);
    free(rows->names);
}

static void put_trials(struct nwb *n)
{
    static const char *const names[] = {"start_time", "stop_time", "stimulus", "phase"};
    static const char path[] = "intervals/trials";
    const hid_t f64 = H5T_IEEE_F64LE, real = H5T_NATIVE_DOUBLE, text = ecp_h5_text_type();
    const struct column start = {"start_time", "VectorData", "Start time of epoch, in seconds", f64,
                                 real};
    const struct column stop = {"stop_time", "VectorData", "Stop time of epoch, in seconds", f64,
                                real};
    const struct column stimulus = {"stimulus", "VectorData",
                                    "what was shown: the phase without the number of its repeat",
                                    text, text};
    const struct column phase = {"phase", "VectorData", "name of the phase", text, text};
    struct trial_rows rows = {0};
    ecp_h5_note(&n->writer, make_trials(n->recording, &rows));
    const hid_t all = ecp_h5_group(&n->writer, n->writer.file, "intervals");
    const hid_t at = table(n, all, "trials", "TimeIntervals", "phases of the run that count");
    if (ecp_h5_fine(&n->writer)) {
        names_of_columns(n, at, names, 4);
        put_ids(n, at, path, rows.n);
        put_column(n, at, path, &start, rows.n, rows.start);
        put_column(n, at, path, &stop, rows.n, rows.stop);
        put_column(n, at, path, &stimulus, rows.n, rows.stimulus);
        put_column(n, at, path, &phase, rows.n, rows.phase);
    }
    free_trials(&rows);
    ecp_h5_close(at);
    ecp_h5_close(all);
    ecp_h5_close(text);
}

/* ---- units ------------------------------------------------------------------------------- */

/* Where the spikes of each neuron of a population end, from `first` on. */
static void count_ends(const struct ecp_recorded_population *p, uint64_t first, uint64_t *end)
{
    memset(end, 0, p->size * sizeof *end);
    for (size_t k = 0; k < p->n_events; k++)
        end[p->event[k].index]++;
    for (size_t i = 0; i < p->size; i++)
        end[i] += i > 0 ? end[i - 1] : first;
}

/* Spikes by neuron, in seconds, some neurons at a time. */
static void put_times(struct nwb *n, hid_t dataset, const struct ecp_recorded_population *p,
                      uint64_t first, const uint64_t *end)
{
    for (size_t low = 0, high; low < p->size && ecp_h5_fine(&n->writer); low = high) {
        const uint64_t begin = low > 0 ? end[low - 1] : first;
        high = low + 1;
        while (high < p->size && end[high] - begin <= BLOCK_SPIKES)
            high++;
        const size_t count = (size_t)(end[high - 1] - begin);
        double *time = malloc((count + 1) * sizeof *time);
        uint64_t *at = malloc((high - low) * sizeof *at);
        if (!time || !at)
            ecp_h5_note(&n->writer, ecp_fail(ECP_ENOMEM, "no memory for %zu spikes", count));
        for (size_t i = low; time && at && i < high; i++)
            at[i - low] = (i > 0 ? end[i - 1] : first) - begin;
        for (size_t k = 0; time && at && k < p->n_events; k++) {
            const ecp_lid i = p->event[k].index;
            if (i >= low && i < high)
                time[at[i - low]++] = (double)p->event[k].step * n->recording->dt / 1000;
        }
        if (time && at)
            ecp_h5_put_rows(&n->writer, dataset,
                            &(struct ecp_h5_rows){H5T_NATIVE_DOUBLE, begin, count, time});
        free(time);
        free(at);
    }
}

/* "target": the column that an index is of. */
static void put_target(struct nwb *n, hid_t index, const char *path)
{
    hobj_ref_t reference;
    if (!ecp_h5_fine(&n->writer))
        return;
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute =
        H5Acreate2(index, "target", H5T_STD_REF_OBJ, space, H5P_DEFAULT, H5P_DEFAULT);
    ecp_h5_check(&n->writer, attribute);
    ecp_h5_check(&n->writer, H5Rcreate(&reference, n->writer.file, path, H5R_OBJECT, -1));
    if (ecp_h5_fine(&n->writer))
        ecp_h5_check(&n->writer, H5Awrite(attribute, H5T_STD_REF_OBJ, &reference));
    ecp_h5_close(attribute);
    ecp_h5_close(space);
}

struct unit_rows {
    uint64_t *end;
    const char **population;
    int64_t *index;
    size_t n;
    uint64_t spikes;
};

static enum ecp_status make_units(const struct ecp_recording *r, struct unit_rows *rows)
{
    size_t n = 0;
    for (size_t k = 0; k < r->n_populations; k++)
        n += r->population[k].recorded ? r->population[k].size : 0;
    rows->end = malloc((n + 1) * sizeof *rows->end);
    rows->population = malloc((n + 1) * sizeof *rows->population);
    rows->index = malloc((n + 1) * sizeof *rows->index);
    if (!rows->end || !rows->population || !rows->index)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu units of an NWB file", n);
    for (size_t k = 0; k < r->n_populations; k++) {
        const struct ecp_recorded_population *p = &r->population[k];
        if (!p->recorded)
            continue;
        count_ends(p, rows->spikes, rows->end + rows->n);
        for (size_t i = 0; i < p->size; i++) {
            rows->population[rows->n] = p->name;
            rows->index[rows->n++] = (int64_t)i;
        }
        rows->spikes += p->n_events;
    }
    return ECP_OK;
}

static void put_spikes(struct nwb *n, hid_t at, const struct unit_rows *rows)
{
    const struct column times = {"spike_times", "VectorData",
                                 "the spike times for each unit in seconds", H5T_IEEE_F64LE,
                                 H5T_NATIVE_DOUBLE};
    const struct column ends = {"spike_times_index", "VectorIndex",
                                "Index for VectorData 'spike_times'", H5T_STD_U64LE,
                                H5T_NATIVE_UINT64};
    const hid_t dataset = column(n, at, "units", &times, rows->spikes);
    ecp_h5_real(&n->writer, dataset, "resolution", n->recording->dt / 1000);
    uint64_t first = 0;
    size_t row = 0;
    for (size_t k = 0; k < n->recording->n_populations; k++) {
        const struct ecp_recorded_population *p = &n->recording->population[k];
        if (!p->recorded)
            continue;
        put_times(n, dataset, p, first, rows->end + row);
        first += p->n_events;
        row += p->size;
    }
    ecp_h5_close(dataset);
    const hid_t index = column(n, at, "units", &ends, rows->n);
    put_target(n, index, "/units/spike_times");
    ecp_h5_put_rows(&n->writer, index,
                    &(struct ecp_h5_rows){H5T_NATIVE_UINT64, 0, rows->n, rows->end});
    ecp_h5_close(index);
}

static void put_units(struct nwb *n)
{
    static const char *const names[] = {"spike_times", "population", "index"};
    const hid_t text = ecp_h5_text_type();
    const struct column population = {"population", "VectorData", "population of the neuron", text,
                                      text};
    const struct column index = {"index", "VectorData", "number of the neuron in its population",
                                 H5T_STD_I64LE, H5T_NATIVE_INT64};
    struct unit_rows rows = {0};
    ecp_h5_note(&n->writer, make_units(n->recording, &rows));
    const hid_t at =
        table(n, n->writer.file, "units", "Units", "neurons whose spikes are recorded");
    if (ecp_h5_fine(&n->writer)) {
        names_of_columns(n, at, names, 3);
        put_ids(n, at, "units", rows.n);
        put_spikes(n, at, &rows);
        put_column(n, at, "units", &population, rows.n, rows.population);
        put_column(n, at, "units", &index, rows.n, rows.index);
    }
    free(rows.end);
    free(rows.population);
    free(rows.index);
    ecp_h5_close(at);
    ecp_h5_close(text);
}

/* ---- the file ------------------------------------------------------------------------------ */

/* Groups that a file has although they are empty, and what is told of the session. */
static void put_session(struct nwb *n, const char *name)
{
    static const char *const empty[] = {"acquisition", "analysis", "processing", "general"};
    static const char *const stimuli[] = {"presentation", "templates"};
    char text[600];
    const hid_t root = n->writer.file;
    typed(n, root, "/", "NWBFile");
    ecp_h5_text(&n->writer, root, "nwb_version", "2.7.0");
    (void)snprintf(text, sizeof text, "simulated by ecphory " ECP_VERSION ": %.400s", name);
    text_dataset(n, root, "identifier", n->identity, 0);
    text_dataset(n, root, "session_description", text, 0);
    text_dataset(n, root, "session_start_time", date, 0);
    text_dataset(n, root, "timestamps_reference_time", date, 0);
    text_dataset(n, root, "file_create_date", date, 1);
    for (size_t k = 0; k < sizeof empty / sizeof empty[0]; k++)
        ecp_h5_close(ecp_h5_group(&n->writer, root, empty[k]));
    const hid_t stimulus = ecp_h5_group(&n->writer, root, "stimulus");
    for (size_t k = 0; k < sizeof stimuli / sizeof stimuli[0]; k++)
        ecp_h5_close(ecp_h5_group(&n->writer, stimulus, stimuli[k]));
    ecp_h5_close(stimulus);
}

static enum ecp_status write_file(const struct ecp_recording *recording, const char *path,
                                  const char *name, uint64_t seed)
{
    struct nwb n = {.recording = recording};
    (void)snprintf(n.identity, sizeof n.identity, "%.400s, seed %llu, checksum %016llx", name,
                   (unsigned long long)seed, (unsigned long long)recording->checksum);
    const enum ecp_status status = ecp_h5_create(path, &n.writer);
    if (status != ECP_OK)
        return status;
    put_session(&n, name);
    put_trials(&n);
    put_units(&n);
    return ecp_h5_finish(&n.writer);
}

/* The whole recording is read: its spikes twice, while they are sorted in. */
static enum ecp_status afford(const struct ecp_h5_reader *file)
{
    uint64_t spikes = 0;
    (void)ecp_h5_get_count(file->file, "spikes", &spikes);
    const double bytes = (double)spikes * 2 * (sizeof(double) + sizeof(struct ecp_spike));
    const double available = ecp_memory_available();
    if (bytes <= available)
        return ECP_OK;
    return ecp_fail(ECP_ENOMEM,
                    "output.nwb: %llu spikes take %.3g GB of memory to be sorted by neuron and "
                    "%.3g GB are available; spikes.h5 has them",
                    (unsigned long long)spikes, bytes * 1e-9, available * 1e-9);
}

enum ecp_status ecp_store_write_nwb(const char *dir)
{
    char *spikes = NULL, *path = NULL, *partial = NULL;
    struct ecp_h5_reader file = {0};
    struct ecp_recording *recording = NULL;
    struct ecp_pool pool = {0};
    const char *name = "run";
    uint64_t seed = 0;
    enum ecp_status status;
    ECP_TRY(ecp_files_name(&spikes, "%s/spikes.h5", dir));
    ECP_TRY(ecp_files_name(&path, "%s/" ECP_STORE_NWB, dir));
    ECP_TRY(ecp_files_name(&partial, "%s/" ECP_STORE_NWB ".tmp", dir));
    ECP_TRY(ecp_h5_open(spikes, &file));
    (void)ecp_h5_get_text(file.file, "name", &pool, &name);
    (void)ecp_h5_get_count(file.file, "seed", &seed);
    ECP_TRY(afford(&file));
    ECP_TRY(ecp_store_read(spikes, &recording));
    ECP_TRY(write_file(recording, partial, name, seed));
    status = ecp_files_move(partial, path, dir);
done:
    ecp_recording_destroy(recording);
    ecp_h5_shut(&file);
    ecp_pool_clear(&pool);
    free(spikes);
    free(path);
    free(partial);
    return status;
}
