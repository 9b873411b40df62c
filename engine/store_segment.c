#include "engine/store_segment.h"

#include "mpi/comm.h"

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

/* The arrays of a population: one element a neuron. */
static const struct array {
    const char *name, *unit, *meaning;
} arrays[] = {
    {"count", "1", "spikes of each neuron in the phases that count"},
    {"intervals", "1", "interspike intervals of each neuron"},
    {"interval_sum", "dt_ms", "sum of the intervals of each neuron, in steps"},
    {"interval_square_sum", "dt_ms^2", "sum of the squared intervals of each neuron, in steps"}};
enum { ARRAYS = sizeof arrays / sizeof arrays[0] };

static hid_t array_type(size_t k)
{
    return k < 2 ? H5T_STD_U32LE : k < 3 ? H5T_STD_U64LE : H5T_IEEE_F64LE;
}

static void put_populations(struct ecp_h5_writer *w, const struct ecp_segment *segment,
                            struct ecp_spread *spread)
{
    const struct ecp_recording *part = segment->part;
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
        for (size_t a = 0; a < ARRAYS && !segment->slices->without_counts; a++) {
            const struct ecp_h5_column c = {arrays[a].name, array_type(a),    p->size, 0,
                                            arrays[a].unit, arrays[a].meaning};
            const hid_t dataset = ecp_h5_dataset(w, group, &c);
            ecp_spread_add(spread, w, dataset);
            ecp_h5_close(dataset);
        }
        ecp_h5_close(group);
    }
    ecp_h5_close(all);
}

static void fill_populations(struct ecp_spread *spread, const struct ecp_segment *segment)
{
    const struct ecp_recording *part = segment->part;
    const hid_t memory[ARRAYS] = {H5T_NATIVE_UINT32, H5T_NATIVE_UINT32, H5T_NATIVE_UINT64,
                                  H5T_NATIVE_DOUBLE};
    for (size_t k = 0; k < part->n_populations && !segment->slices->without_counts; k++) {
        const struct ecp_recorded_population *p = &part->population[k];
        const struct ecp_slice *slice = &segment->slices->neuron[k];
        const void *data[ARRAYS] = {p->count, p->intervals, p->interval_sum,
                                    p->interval_square_sum};
        for (size_t a = 0; a < ARRAYS; a++) {
            const struct ecp_spread_some some = {memory[a], array_type(a), slice->first, slice->n};
            ecp_spread_put(spread, &some, data[a]);
            ecp_spread_next(spread);
        }
    }
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

/* Events one half at a time: all times, then all neurons. */
static void fill_events(struct ecp_spread *spread, const struct ecp_recorded_population *p,
                        const struct ecp_slice *slice, double dt)
{
    struct {
        double stamp[EVENTS_AT_ONCE];
        uint64_t id[EVENTS_AT_ONCE];
    } *block = NULL;
    struct ecp_pool pool = {0};
    if (slice->n > 0 && spread->status == ECP_OK)
        spread->status = ecp_pool_alloc(&pool, 1, sizeof *block, &block);
    for (int half = 0; half < 2; half++) {
        for (uint64_t at = 0; at < slice->n && block; at += EVENTS_AT_ONCE) {
            const uint64_t left = slice->n - at;
            const size_t n = left < EVENTS_AT_ONCE ? (size_t)left : EVENTS_AT_ONCE;
            for (size_t k = 0; k < n; k++) {
                block->stamp[k] = (double)p->event[at + k].step * dt;
                block->id[k] = p->event[at + k].index;
            }
            struct ecp_spread_some some = {H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE, slice->first + at, n};
            if (half == 1)
                some.memory = H5T_NATIVE_UINT64, some.file = H5T_STD_U64LE;
            ecp_spread_put(spread, &some, half ? (const void *)block->id : block->stamp);
        }
        ecp_spread_next(spread);
    }
    ecp_pool_clear(&pool);
}

static void put_spikes(struct ecp_h5_writer *w, const struct ecp_segment *segment,
                       struct ecp_spread *spread)
{
    const struct ecp_recording *part = segment->part;
    const hid_t all = ecp_h5_group(w, w->file, "spikes");
    for (size_t k = 0; k < part->n_populations; k++) {
        const struct ecp_recorded_population *p = &part->population[k];
        if (!p->recorded)
            continue;
        const uint64_t n = segment->slices->event[k].total;
        const hid_t group = ecp_h5_group(w, all, p->name);
        put_sorting(w, group);
        ecp_h5_count(w, group, "size", p->size);
        ecp_h5_count(w, group, "first_gid", p->first);
        ecp_h5_text(w, group, "model", p->model);
        const struct ecp_h5_column column[2] = {
            {"timestamps", H5T_IEEE_F64LE, n, 0, "ms", "when each spike was emitted"},
            {"node_ids", H5T_STD_U64LE, n, 0, "1", "neuron that emitted it, in the population"}};
        for (int half = 0; half < 2; half++) {
            const hid_t dataset = ecp_h5_dataset(w, group, &column[half]);
            ecp_spread_add(spread, w, dataset);
            ecp_h5_close(dataset);
        }
        ecp_h5_close(group);
    }
    ecp_h5_close(all);
}

static enum ecp_status lay_out(const char *path, const struct ecp_segment *segment,
                               struct ecp_spread *spread)
{
    struct ecp_h5_writer w;
    const enum ecp_status status = ecp_h5_create(path, &w);
    if (status != ECP_OK)
        return status;
    ecp_segment_root(&w, segment->plan, segment->part, segment->complete);
    put_populations(&w, segment, spread);
    put_phases(&w, segment->part);
    put_spikes(&w, segment, spread);
    ecp_segment_signals(&w, segment, spread);
    ecp_segment_weights(&w, segment->part);
    ecp_segment_histograms(&w, segment->part);
    return ecp_h5_finish(&w);
}

enum ecp_status ecp_segment_write(struct ecp_comm *comm, const char *path,
                                  const struct ecp_segment *segment)
{
    const struct ecp_recording *part = segment->part;
    struct ecp_spread spread;
    enum ecp_status status = ECP_OK;
    ecp_spread_begin(&spread, comm, path);
    if (ecp_comm_rank(comm) == 0)
        status = lay_out(path, segment, &spread);
    ecp_spread_open(&spread, status);
    fill_populations(&spread, segment);
    for (size_t k = 0; k < part->n_populations; k++)
        if (part->population[k].recorded)
            fill_events(&spread, &part->population[k], &segment->slices->event[k], part->dt);
    ecp_segment_fill_signals(&spread, segment);
    return ecp_spread_end(&spread);
}
