#include "engine/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/forecast.h"
#include "engine/store_files.h"
#include "engine/store_segment.h"
#include "mpi/comm.h"

/* Segments lie in `partial`. Those of a run that has just begun lie in
 * `fresh`, so that what a killed run left stays until there is something
 * better; then the folders change places by way of `old`. */
struct ecp_store {
    const struct ecp_plan *plan;
    struct ecp_comm *comm; /* who writes; NULL: this process alone */
    int attends;           /* another rank than the first: no folder is known here */
    struct ecp_pool pool;
    const char *dir, *partial, *fresh, *old;
    size_t n_segments;
    struct ecp_drafts drafts;
    int settled; /* the segments of this run lie in `partial` */
    int finished;
    int keep; /* segments, after they were joined */
};

static enum ecp_status name_folders(struct ecp_store *store, const char *dir)
{
    enum ecp_status status;
    ECP_TRY(ecp_pool_text(&store->pool, dir, &store->dir));
    ECP_TRY(ecp_pool_print(&store->pool, &store->partial, "%s/partial", dir));
    ECP_TRY(ecp_pool_print(&store->pool, &store->fresh, "%s/partial.new", dir));
    ECP_TRY(ecp_pool_print(&store->pool, &store->old, "%s/partial.old", dir));
done:
    return status;
}

/* A run may have been killed while its folders changed places. */
static enum ecp_status repair(const struct ecp_store *store)
{
    if (ecp_files_exists(store->partial) || ecp_files_segments(store->fresh) == 0)
        return ECP_OK;
    return ecp_files_move(store->fresh, store->partial, store->dir);
}

/* ---- create ------------------------------------------------------------ */

static enum ecp_status check_name(const char *kind, const char *name)
{
    if (name != NULL && name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL &&
        strlen(name) < 200)
        return ECP_OK;
    return ecp_fail(ECP_ECONFIG,
                    "%s '%s': cannot name a file or a group in it; allowed is a name of 1 to 199 "
                    "characters without '/' and without '.' in front",
                    kind, name == NULL ? "" : name);
}

static enum ecp_status check_names(const struct ecp_plan *plan)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < plan->n_populations && status == ECP_OK; k++)
        status = check_name("population", plan->population[k]->name);
    for (size_t k = 0; k < plan->n_projections && status == ECP_OK; k++)
        status = check_name("projection", plan->projection[k]->name);
    for (size_t k = 0; k < plan->n_probes && status == ECP_OK; k++)
        status = check_name("probe", plan->probe[k]->name);
    return status;
}

enum ecp_status ecp_store_create(const char *dir, const struct ecp_plan *plan,
                                 struct ecp_store **out)
{
    struct ecp_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return ecp_fail(ECP_ENOMEM, "%s: no memory to store a run", dir);
    store->plan = plan;
    enum ecp_status status;
    ECP_TRY(check_names(plan));
    ECP_TRY(name_folders(store, dir));
    ECP_TRY(ecp_forecast_disk(plan, dir));
    ECP_TRY(ecp_files_make(dir));
    ECP_TRY(repair(store));
    ecp_files_remove_segments(store->old);
    ecp_files_remove_segments(store->fresh);
    /* Also the proof that DIR can be written. */
    ECP_TRY(ecp_files_make(store->fresh));
    *out = store;
done:
    if (status != ECP_OK)
        ecp_store_destroy(store);
    return status;
}

void ecp_store_share(struct ecp_store *store, struct ecp_comm *comm)
{
    store->comm = comm;
}

enum ecp_status ecp_store_attend(struct ecp_comm *comm, const struct ecp_plan *plan,
                                 struct ecp_store **out)
{
    struct ecp_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return ecp_fail(ECP_ENOMEM, "no memory to store a run");
    store->plan = plan;
    store->comm = comm;
    store->attends = 1;
    *out = store;
    return ECP_OK;
}

void ecp_store_destroy(struct ecp_store *store)
{
    if (store == NULL)
        return;
    if (store->fresh != NULL && !store->settled)
        (void)rmdir(store->fresh); /* when empty */
    for (size_t k = 0; k < store->drafts.n && !store->finished; k++) {
        const char *path;
        if (ecp_pool_print(&store->pool, &path, "%s/%s.part", store->dir, store->drafts.name[k]) ==
            ECP_OK)
            (void)unlink(path);
    }
    ecp_pool_clear(&store->pool);
    free(store);
}

enum ecp_status ecp_store_draft(struct ecp_store *store, const char *name, const char **path)
{
    struct ecp_drafts *drafts = &store->drafts;
    enum ecp_status status;
    ECP_TRY(ecp_pool_extend(&store->pool, drafts->n, sizeof *drafts->name, &drafts->name));
    ECP_TRY(ecp_pool_text(&store->pool, name, &drafts->name[drafts->n]));
    ECP_TRY(ecp_pool_print(&store->pool, path, "%s/%s.part", store->dir, name));
    drafts->n++;
done:
    return status;
}

const struct ecp_plan *ecp_store_plan(const struct ecp_store *store)
{
    return store->plan;
}

struct ecp_comm *ecp_store_comm(const struct ecp_store *store)
{
    return store->comm;
}

/* ---- write ------------------------------------------------------------- */

static enum ecp_status settle(struct ecp_store *store)
{
    enum ecp_status status;
    if (ecp_files_exists(store->partial))
        ECP_TRY(ecp_files_move(store->partial, store->old, store->dir));
    ECP_TRY(ecp_files_move(store->fresh, store->partial, store->dir));
    store->settled = 1;
    ecp_files_remove_segments(store->old);
done:
    return status;
}

/* All of a part. */
static enum ecp_status whole(const struct ecp_recording *part, struct ecp_pool *pool,
                             struct ecp_slices *out)
{
    enum ecp_status status;
    ECP_TRY(ecp_pool_alloc(pool, part->n_populations, sizeof *out->event, &out->event));
    ECP_TRY(ecp_pool_alloc(pool, part->n_populations, sizeof *out->neuron, &out->neuron));
    ECP_TRY(ecp_pool_alloc(pool, part->n_signals, sizeof *out->frame, &out->frame));
    ECP_TRY(ecp_pool_alloc(pool, part->n_signals, sizeof *out->column, &out->column));
    for (size_t k = 0; k < part->n_populations; k++) {
        const struct ecp_recorded_population *p = &part->population[k];
        out->event[k] = (struct ecp_slice){0, p->n_events, p->n_events};
        out->neuron[k] = (struct ecp_slice){0, p->size, p->size};
    }
    for (size_t k = 0; k < part->n_signals; k++) {
        const struct ecp_recorded_signal *s = &part->signal[k];
        out->frame[k] = (struct ecp_slice){0, s->n_frames, s->n_frames};
        out->column[k] = (struct ecp_slice){0, s->n_columns, s->n_columns};
    }
done:
    return status;
}

/* The file has its name when it is on disk, and is the next one. */
static enum ecp_status name_segment(struct ecp_store *store, const char *unfinished,
                                    const char *name, const char *folder)
{
    enum ecp_status status;
    ECP_TRY(ecp_files_move(unfinished, name, folder));
    store->n_segments++;
    if (!store->settled)
        ECP_TRY(settle(store));
done:
    return status;
}

static enum ecp_status add_segment(struct ecp_store *store, const struct ecp_recording *part,
                                   const struct ecp_slices *slices, int complete)
{
    const char *folder = store->settled ? store->partial : store->fresh;
    char *unfinished = NULL, *name = NULL;
    struct ecp_pool pool = {0};
    struct ecp_slices all = {.without_counts = 0};
    enum ecp_status status = ECP_OK;
    if (slices == NULL)
        status = whole(part, &pool, &all);
    if (status == ECP_OK && !store->attends)
        status = ecp_files_name(&unfinished, "%s/%06zu.h5.part", folder, store->n_segments);
    if (status == ECP_OK && !store->attends)
        status = ecp_files_name(&name, "%s/%06zu.h5", folder, store->n_segments);
    ECP_TRY(ecp_comm_agree(store->comm, status));
    const struct ecp_segment segment = {store->plan, part, slices ? slices : &all, complete};
    ECP_TRY(ecp_segment_write(store->comm, unfinished ? unfinished : "", &segment));
    if (!store->attends)
        status = name_segment(store, unfinished, name, folder);
    status = ecp_comm_agree(store->comm, status);
done:
    ecp_pool_clear(&pool);
    free(unfinished);
    free(name);
    return status;
}

enum ecp_status ecp_store_flush(struct ecp_store *store, const struct ecp_recording *part,
                                const struct ecp_slices *slices)
{
    if (store->finished)
        return ecp_fail(ECP_EARG, "%s: the run is finished", store->dir);
    return add_segment(store, part, slices, 0);
}

size_t ecp_store_segments(const struct ecp_store *store)
{
    return store->n_segments;
}

void ecp_store_keep(struct ecp_store *store)
{
    store->keep = 1;
}

void ecp_store_drop(const char *dir)
{
    struct ecp_store left = {0};
    if (name_folders(&left, dir) == ECP_OK)
        ecp_files_remove_segments(left.partial);
    ecp_pool_clear(&left.pool);
}

enum ecp_status ecp_store_resume(struct ecp_store *store, size_t n)
{
    if (store->attends)
        return ECP_OK;
    if (ecp_files_segments(store->partial) < n)
        return ecp_fail(ECP_EIO, "%s: has %zu of the %zu stretches of the run that goes on",
                        store->partial, ecp_files_segments(store->partial), n);
    for (size_t k = ecp_files_segments(store->partial); k-- > n;) {
        const char *path;
        const enum ecp_status status =
            ecp_pool_print(&store->pool, &path, "%s/%06zu.h5", store->partial, k);
        if (status != ECP_OK)
            return status;
        (void)unlink(path);
    }
    (void)rmdir(store->fresh);
    store->n_segments = n;
    store->settled = n > 0;
    return n > 0 ? ECP_OK : ecp_files_make(store->fresh);
}

/* Tell what is left where, besides what went wrong. */
static enum ecp_status add_hint(enum ecp_status status, const struct ecp_store *store)
{
    if (status == ECP_OK || store->n_segments == 0)
        return status;
    char reason[512];
    (void)snprintf(reason, sizeof reason, "%s", ecp_error_message());
    ecp_error_clear();
    return ecp_fail(status, "%s; what was run is kept in %s", reason, store->partial);
}

enum ecp_status ecp_store_finish(struct ecp_store *store, const struct ecp_recording *part,
                                 const struct ecp_slices *slices)
{
    if (store->finished)
        return ecp_fail(ECP_EARG, "%s: the run is finished", store->dir);
    const double missing = ecp_plan_duration(store->plan) - part->duration;
    enum ecp_status status;
    ECP_TRY(add_segment(store, part, slices, missing < 0.5 * part->dt));
    const struct ecp_joining joining = {store->comm, store->dir, store->partial, store->n_segments,
                                        &store->drafts};
    ECP_TRY(ecp_segments_join(&joining));
    if (!store->keep && !store->attends)
        ecp_files_remove_segments(store->partial);
    store->finished = 1;
done:
    return add_hint(status, store);
}

/* ---- recover ----------------------------------------------------------- */

enum ecp_status ecp_store_recover(const char *dir, double *recovered_ms)
{
    struct ecp_store left = {0};
    char *last = NULL;
    double end = 0;
    enum ecp_status status;
    ECP_TRY(name_folders(&left, dir));
    if (!ecp_files_is_folder(dir)) {
        status = ecp_fail(ECP_EIO, "%s: is not a folder of a run", dir);
        goto done;
    }
    ECP_TRY(repair(&left));
    const size_t n = ecp_files_segments(left.partial);
    if (n > 0) {
        ECP_TRY(ecp_files_name(&last, "%s/%06zu.h5", left.partial, n - 1));
        ECP_TRY(ecp_segment_end(last, &end));
        const struct ecp_joining joining = {NULL, dir, left.partial, n, &left.drafts};
        ECP_TRY(ecp_segments_join(&joining));
    }
    ecp_files_remove_segments(left.partial);
    ecp_files_remove_segments(left.old);
    ecp_files_remove_segments(left.fresh);
    *recovered_ms = end;
done:
    ecp_pool_clear(&left.pool);
    free(last);
    return status;
}
