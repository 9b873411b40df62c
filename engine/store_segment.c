#include "engine/store_segment.h"

/* What was used to build this library: part of what a result depends on. */
#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif
#ifdef ECP_DOUBLE
#define PRECISION "double precision"
#else
#define PRECISION "single precision"
#endif

static void put_numbers(struct ecp_h5_writer *w, hid_t object, const char *name, const uint32_t *v,
                        hsize_t n)
{
    if (!ecp_h5_fine(w))
        return;
    const hid_t space = n == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &n, NULL);
    const hid_t a = H5Acreate2(object, name, H5T_STD_U32LE, space, H5P_DEFAULT, H5P_DEFAULT);
    ecp_h5_check(w, a);
    if (a >= 0)
        ecp_h5_check(w, H5Awrite(a, H5T_NATIVE_UINT32, v));
    ecp_h5_close(a);
    ecp_h5_close(space);
}

void ecp_segment_root(struct ecp_h5_writer *w, const struct ecp_plan *plan,
                      const struct ecp_recording *part, int complete)
{
    put_numbers(w, w->file, "version", (const uint32_t[]){0, 1}, 2);
    put_numbers(w, w->file, "magic", (const uint32_t[]){0x0A7A}, 1);
    ecp_h5_text(w, w->file, "name", plan->name);
    ecp_h5_text(w, w->file, "scenario", plan->scenario);
    ecp_h5_text(w, w->file, "config", plan->config_text);
    ecp_h5_text(w, w->file, "ecphory_version", ECP_VERSION);
    ecp_h5_text(w, w->file, "build", COMPILER ", " PRECISION);
    ecp_h5_count(w, w->file, "seed", plan->seed);
    ecp_h5_count(w, w->file, "complete", complete ? 1 : 0);
    ecp_h5_real(w, w->file, "dt_ms", part->dt);
    ecp_h5_real(w, w->file, "duration_ms", part->duration);
    ecp_h5_real(w, w->file, "counted_ms", part->counted);
    ecp_h5_count(w, w->file, "steps", (uint64_t)part->n_steps);
    ecp_h5_count(w, w->file, "spikes", part->spikes);
    ecp_h5_count(w, w->file, "checksum", part->checksum);
}

static void put_populations(struct ecp_h5_writer *w, const struct ecp_recording *part)
{
    const hid_t all = ecp_h5_group(w, w->file, "populations");
    for (size_t k = 0; k < part->n_populations; k++) {
        const struct ecp_recorded_population *p = &part->population[k];
        const hid_t group = ecp_h5_group(w, all, p->name);
        ecp_h5_count(w, group, "index", k);
        ecp_h5_count(w, group, "size", p->size);
        ecp_h5_count(w, group, "first_gid", p->first);
        ecp_h5_count(w, group, "spikes", p->spikes);
        ecp_h5_count(w, group, "recorded", p->recorded != 0);
        ecp_h5_text(w, group, "model", p->model);
        struct ecp_h5_column c = {"count", H5T_STD_U32LE,
                                  p->size, 0,
                                  "1",     "spikes of each neuron in the phases that count"};
        ecp_h5_put(w, group, &c, H5T_NATIVE_UINT32, p->count);
        c = (struct ecp_h5_column){
            "intervals", H5T_STD_U32LE, p->size, 0, "1", "interspike intervals of each neuron"};
        ecp_h5_put(w, group, &c, H5T_NATIVE_UINT32, p->intervals);
        c = (struct ecp_h5_column){"interval_sum", H5T_STD_U64LE,
                                   p->size,        0,
                                   "dt_ms",        "sum of the intervals of each neuron, in steps"};
        ecp_h5_put(w, group, &c, H5T_NATIVE_UINT64, p->interval_sum);
        c = (struct ecp_h5_column){"interval_square_sum",
                                   H5T_IEEE_F64LE,
                                   p->size,
                                   0,
                                   "dt_ms^2",
                                   "sum of the squared intervals of each neuron, in steps"};
        ecp_h5_put(w, group, &c, H5T_NATIVE_DOUBLE, p->interval_square_sum);
        ecp_h5_close(group);
    }
    ecp_h5_close(all);
}

static void put_phases(struct ecp_h5_writer *w, const struct ecp_recording *part)
{
    const size_t n = part->n_phases;
    struct ecp_pool pool = {0};
    const char **name = NULL;
    double *start = NULL, *stop = NULL;
    uint8_t *discarded = NULL;
    ecp_h5_note(w, ecp_pool_alloc(&pool, n, sizeof *name, &name));
    ecp_h5_note(w, ecp_pool_alloc(&pool, n, sizeof *start, &start));
    ecp_h5_note(w, ecp_pool_alloc(&pool, n, sizeof *stop, &stop));
    ecp_h5_note(w, ecp_pool_alloc(&pool, n, sizeof *discarded, &discarded));
    if (ecp_h5_fine(w)) {
        for (size_t k = 0; k < n; k++) {
            name[k] = part->phase[k].name;
            start[k] = part->phase[k].start;
            stop[k] = part->phase[k].stop;
            discarded[k] = part->phase[k].discarded != 0;
        }
        const hid_t group = ecp_h5_group(w, w->file, "phases"), text = ecp_h5_text_type();
        struct ecp_h5_column c = {"name", text, n, 0, "1", "name of each phase"};
        ecp_h5_put(w, group, &c, text, name);
        c = (struct ecp_h5_column){"start", H5T_IEEE_F64LE, n, 0, "ms", "where it begins"};
        ecp_h5_put(w, group, &c, H5T_NATIVE_DOUBLE, start);
        c = (struct ecp_h5_column){"stop", H5T_IEEE_F64LE, n, 0, "ms", "where it ends"};
        ecp_h5_put(w, group, &c, H5T_NATIVE_DOUBLE, stop);
        c = (struct ecp_h5_column){
            "discarded", H5T_STD_U8LE, n, 0, "1", "1: settling time, no part of the counts"};
        ecp_h5_put(w, group, &c, H5T_NATIVE_UINT8, discarded);
        ecp_h5_close(text);
        ecp_h5_close(group);
    }
    ecp_pool_clear(&pool);
}

static void put_sorting(struct ecp_h5_writer *w, hid_t group)
{
    if (!ecp_h5_fine(w))
        return;
    const uint8_t none = 0, by_id = 1, by_time = 2;
    const hid_t type = H5Tenum_create(H5T_STD_U8LE), space = H5Screate(H5S_SCALAR);
    ecp_h5_check(w, H5Tenum_insert(type, "none", &none));
    ecp_h5_check(w, H5Tenum_insert(type, "by_id", &by_id));
    ecp_h5_check(w, H5Tenum_insert(type, "by_time", &by_time));
    const hid_t a = H5Acreate2(group, "sorting", type, space, H5P_DEFAULT, H5P_DEFAULT);
    ecp_h5_check(w, a);
    if (a >= 0)
        ecp_h5_check(w, H5Awrite(a, type, &by_time));
    ecp_h5_close(a);
    ecp_h5_close(space);
    ecp_h5_close(type);
}

enum { EVENTS_AT_ONCE = 32768 };

static void put_events(struct ecp_h5_writer *w, const hid_t dataset[2],
                       const struct ecp_recorded_population *p, double dt)
{
    struct ecp_pool pool = {0};
    double *stamp = NULL;
    uint64_t *id = NULL;
    ecp_h5_note(w, ecp_pool_alloc(&pool, EVENTS_AT_ONCE, sizeof *stamp, &stamp));
    ecp_h5_note(w, ecp_pool_alloc(&pool, EVENTS_AT_ONCE, sizeof *id, &id));
    for (size_t first = 0; first < p->n_events && ecp_h5_fine(w); first += EVENTS_AT_ONCE) {
        const size_t left = p->n_events - first;
        const size_t n = left < EVENTS_AT_ONCE ? left : EVENTS_AT_ONCE;
        for (size_t k = 0; k < n; k++) {
            stamp[k] = (double)p->event[first + k].step * dt;
            id[k] = p->event[first + k].index;
        }
        struct ecp_h5_rows rows = {H5T_NATIVE_DOUBLE, first, n, stamp};
        ecp_h5_put_rows(w, dataset[0], &rows);
        rows = (struct ecp_h5_rows){H5T_NATIVE_UINT64, first, n, id};
        ecp_h5_put_rows(w, dataset[1], &rows);
    }
    ecp_pool_clear(&pool);
}

static void put_spikes(struct ecp_h5_writer *w, const struct ecp_recording *part)
{
    const hid_t all = ecp_h5_group(w, w->file, "spikes");
    for (size_t k = 0; k < part->n_populations; k++) {
        const struct ecp_recorded_population *p = &part->population[k];
        if (!p->recorded)
            continue;
        const hid_t group = ecp_h5_group(w, all, p->name);
        put_sorting(w, group);
        ecp_h5_count(w, group, "size", p->size);
        ecp_h5_count(w, group, "first_gid", p->first);
        ecp_h5_text(w, group, "model", p->model);
        const struct ecp_h5_column stamps = {
            "timestamps", H5T_IEEE_F64LE, p->n_events, 0, "ms", "when each spike was emitted"};
        const struct ecp_h5_column ids = {"node_ids",  H5T_STD_U64LE,
                                          p->n_events, 0,
                                          "1",         "neuron that emitted it, in the population"};
        const hid_t dataset[2] = {ecp_h5_dataset(w, group, &stamps),
                                  ecp_h5_dataset(w, group, &ids)};
        put_events(w, dataset, p, part->dt);
        ecp_h5_close(dataset[0]);
        ecp_h5_close(dataset[1]);
        ecp_h5_close(group);
    }
    ecp_h5_close(all);
}

enum ecp_status ecp_segment_write(const char *path, const struct ecp_plan *plan,
                                  const struct ecp_recording *part, int complete)
{
    struct ecp_h5_writer w;
    const enum ecp_status status = ecp_h5_create(path, &w);
    if (status != ECP_OK)
        return status;
    ecp_segment_root(&w, plan, part, complete);
    put_populations(&w, part);
    put_phases(&w, part);
    put_spikes(&w, part);
    ecp_segment_signals(&w, part);
    ecp_segment_weights(&w, part);
    ecp_segment_histograms(&w, part);
    return ecp_h5_finish(&w);
}
