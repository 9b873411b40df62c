/* test_store_run.h -- a small run made by hand, and pieces of it.
 *
 * 100 ms at dt 0.1: population E (recorded), I (recorded, silent), X (not
 * recorded); two reports, two rates; weights of one projection at two times,
 * of another at one. */
#ifndef ECP_TEST_STORE_RUN_H
#define ECP_TEST_STORE_RUN_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/store.h"
#include "tests/support.h"

enum { STEPS = 1000, SIZE_E = 50, SIZE_I = 20, SIZE_X = 10, EDGES = 300, SNAPSHOTS = 3 };

struct run {
    struct ecp_plan plan;
    struct ecp_plan_phase phase[2], *phases[2];
    struct ecp_recording whole;
    struct ecp_recorded_population population[3];
    struct ecp_recorded_signal signal[4];
    struct ecp_recorded_phase recorded_phase[2];
    struct ecp_recorded_weights weights[SNAPSHOTS];
    struct ecp_spike event[4 * STEPS];
    uint32_t count[SIZE_E + SIZE_I + SIZE_X], intervals[SIZE_E + SIZE_I + SIZE_X];
    uint64_t interval_sum[SIZE_E + SIZE_I + SIZE_X];
    double interval_square_sum[SIZE_E + SIZE_I + SIZE_X];
    ecp_real v[200 * 3], u[20 * 1], rate[2][100];
    ecp_lid index[3], source[EDGES], target[EDGES];
    float weight[EDGES], delay[EDGES];
};

/* Any numbers do, as long as they are always the same. */
static inline uint32_t next_number(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static inline void make_populations(struct run *r)
{
    static const char *const name[] = {"E", "I", "X"};
    static const size_t size[] = {SIZE_E, SIZE_I, SIZE_X};
    size_t first = 0;
    for (size_t k = 0; k < 3; k++) {
        r->population[k] =
            (struct ecp_recorded_population){.name = name[k],
                                             .model = "lif",
                                             .first = first,
                                             .size = size[k],
                                             .spikes = 7 * k,
                                             .count = r->count + first,
                                             .intervals = r->intervals + first,
                                             .interval_sum = r->interval_sum + first,
                                             .interval_square_sum = r->interval_square_sum + first,
                                             .recorded = k < 2};
        for (size_t i = first; i < first + size[k]; i++) {
            r->count[i] = (uint32_t)(i + k);
            r->intervals[i] = (uint32_t)(2 * i);
            r->interval_sum[i] = 100 * i + k;
            r->interval_square_sum[i] = 0.5 * (double)i;
        }
        first += size[k];
    }
    uint32_t state = 1;
    size_t n = 0;
    for (ecp_step step = 1; step <= STEPS; step++)
        for (ecp_lid i = 0; i < SIZE_E; i++)
            if (next_number(&state) % 25 == 0 && n < sizeof r->event / sizeof r->event[0])
                r->event[n++] = (struct ecp_spike){step, i};
    r->population[0].event = r->event;
    r->population[0].n_events = n;
}

static inline void make_signals(struct run *r)
{
    r->index[0] = 1;
    r->index[1] = 4;
    r->index[2] = 7;
    for (size_t k = 0; k < 200 * 3; k++)
        r->v[k] = -70.0f + (float)k / 16;
    for (size_t k = 0; k < 20; k++)
        r->u[k] = (float)k;
    for (size_t k = 0; k < 100; k++) {
        r->rate[0][k] = (float)k / 4;
        r->rate[1][k] = 50.0f - (float)k / 8;
    }
    /* Not in the order of their names: the order of a recording is the run's. */
    r->signal[0] =
        (struct ecp_recorded_signal){"z_rate", 0, "rate", "Hz", 0, 1, 100, 1, NULL, r->rate[0]};
    r->signal[1] =
        (struct ecp_recorded_signal){"v_E", 0, "v", "mV", 0, 0.5, 200, 3, r->index, r->v};
    r->signal[2] =
        (struct ecp_recorded_signal){"a_rate", 1, "rate", "Hz", 0, 1, 100, 1, NULL, r->rate[1]};
    r->signal[3] = (struct ecp_recorded_signal){"i_I", 1, "i", "pA", 10, 4, 20, 1, r->index, r->u};
}

static inline void make_weights(struct run *r)
{
    uint32_t state = 2;
    for (size_t k = 0; k < EDGES; k++) {
        r->target[k] = (ecp_lid)(k / 20); /* 15 of the 20 have synapses */
        r->source[k] = next_number(&state) % SIZE_E;
        r->weight[k] = (float)k / 8;
        r->delay[k] = 0.1f * (float)(1 + k % 15);
    }
    const struct ecp_recorded_weights like = {"w",   0,         "E_I",     "pA",      0,       1, 0,
                                              EDGES, r->source, r->target, r->weight, r->delay};
    r->weights[0] = r->weights[1] = r->weights[2] = like;
    r->weights[1].probe = "once";
    r->weights[1].projection_name = "E_I_2";
    r->weights[1].projection = 1;
    r->weights[1].n = 100;
    r->weights[1].time = 30;
    r->weights[2].time = 50;
}

static inline struct run *make_run(void)
{
    struct run *r = calloc(1, sizeof *r);
    CU_ASSERT_PTR_NOT_NULL_FATAL(r);
    r->phase[0] = (struct ecp_plan_phase){.name = "settle", .duration = 20, .discard = 1};
    r->phase[1] = (struct ecp_plan_phase){.name = "test", .duration = 80};
    r->phases[0] = &r->phase[0];
    r->phases[1] = &r->phase[1];
    r->plan = (struct ecp_plan){.name = "by hand",
                                .scenario = NULL,
                                .seed = 42,
                                .dt = 0.1,
                                .n_phases = 2,
                                .phase = r->phases,
                                .config_text = "# made by hand\nseed = 42;\n"};
    make_populations(r);
    make_signals(r);
    make_weights(r);
    r->recorded_phase[0] = (struct ecp_recorded_phase){"settle", 0, 20, 1};
    r->recorded_phase[1] = (struct ecp_recorded_phase){"test", 20, 100, 0};
    r->whole = (struct ecp_recording){.dt = 0.1,
                                      .duration = 100,
                                      .counted = 80,
                                      .n_steps = STEPS,
                                      .n_populations = 3,
                                      .n_signals = 4,
                                      .n_phases = 2,
                                      .n_weights = SNAPSHOTS,
                                      .population = r->population,
                                      .signal = r->signal,
                                      .phase = r->recorded_phase,
                                      .weights = r->weights,
                                      .spikes = 12345,
                                      .checksum = UINT64_C(0xfedcba9876543210)};
    return r;
}

struct part {
    struct ecp_recording recording;
    struct ecp_recorded_population population[3];
    struct ecp_recorded_signal signal[4];
    struct ecp_recorded_phase phase[2];
};

/* What happened in (from, to], in steps. */
static inline void cut(const struct run *r, ecp_step from, ecp_step to, struct part *part)
{
    const double start = (double)from * 0.1, stop = (double)to * 0.1, slack = 1e-9;
    struct ecp_recording *p = &part->recording;
    *p = r->whole;
    p->population = memcpy(part->population, r->population, sizeof r->population);
    p->signal = memcpy(part->signal, r->signal, sizeof r->signal);
    p->phase = memcpy(part->phase, r->recorded_phase, sizeof r->recorded_phase);
    p->duration = stop;
    p->counted = stop > 20 ? stop - 20 : 0;
    p->n_steps = to;
    p->n_phases = stop > 20 + slack ? 2 : 1;
    p->phase[p->n_phases - 1].stop = stop;

    struct ecp_recorded_population *e = &p->population[0];
    const size_t all = e->n_events;
    size_t first = 0, end = 0;
    while (first < all && r->event[first].step <= from)
        first++;
    for (end = first; end < all && r->event[end].step <= to;)
        end++;
    e->event = r->event + first;
    e->n_events = end - first;
    for (size_t k = 0; k < 4; k++) {
        struct ecp_recorded_signal *s = &p->signal[k];
        size_t a = 0, b = 0;
        while (a < s->n_frames && s->start + (double)a * s->interval < start - slack)
            a++;
        for (b = a; b < s->n_frames && s->start + (double)b * s->interval < stop - slack;)
            b++;
        s->data += a * s->n_columns;
        s->start += (double)a * s->interval;
        s->n_frames = b - a;
    }
    size_t a = 0, b = 0;
    while (a < SNAPSHOTS && r->weights[a].time < start - slack)
        a++;
    for (b = a; b < SNAPSHOTS && r->weights[b].time < stop - slack;)
        b++;
    p->weights += a;
    p->n_weights = b - a;
}

/* ---- folders ----------------------------------------------------------- */

static inline char *path_in(const char *dir, const char *name, char path[512])
{
    const int length = snprintf(path, 512, "%s/%s", dir, name);
    CU_ASSERT_TRUE_FATAL(length > 0 && length < 512);
    return path;
}

static inline int is_there(const char *dir, const char *name)
{
    char path[512];
    return access(path_in(dir, name, path), F_OK) == 0;
}

static inline void make_folder(char dir[64])
{
    (void)snprintf(dir, 64, "store_XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
}

static inline void remove_folder(const char *dir)
{
    DIR *folder = opendir(dir);
    if (folder == NULL)
        return;
    for (struct dirent *e = readdir(folder); e != NULL; e = readdir(folder)) {
        char path[512];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (unlink(path_in(dir, e->d_name, path)) != 0)
            remove_folder(path);
    }
    (void)closedir(folder);
    (void)rmdir(dir);
}

/* Files in DIR whose names end like that. */
static inline int number_of(const char *dir, const char *end)
{
    DIR *folder = opendir(dir);
    int n = 0;
    if (folder == NULL)
        return 0;
    for (struct dirent *e = readdir(folder); e != NULL; e = readdir(folder)) {
        const size_t length = strlen(e->d_name), tail = strlen(end);
        n += length >= tail && strcmp(e->d_name + length - tail, end) == 0;
    }
    (void)closedir(folder);
    return n;
}

static inline int same_bytes(const char *a, const char *b)
{
    FILE *x = fopen(a, "rb"), *y = fopen(b, "rb");
    int same = x != NULL && y != NULL, byte = 0;
    while (same && byte != EOF) {
        byte = getc(x);
        same = byte == getc(y);
    }
    if (x != NULL)
        (void)fclose(x);
    if (y != NULL)
        (void)fclose(y);
    return same;
}

/* The whole run in one go, or cut at the given steps. */
static inline enum ecp_status write_run(const struct run *r, const char *dir, const ecp_step *cuts,
                                        size_t n)
{
    struct ecp_store *store = NULL;
    struct part part;
    ecp_step from = 0;
    enum ecp_status status;
    ECP_TRY(ecp_store_create(dir, &r->plan, &store));
    for (size_t k = 0; k < n; k++) {
        cut(r, from, cuts[k], &part);
        ECP_TRY(ecp_store_flush(store, &part.recording, NULL));
        from = cuts[k];
    }
    cut(r, from, STEPS, &part);
    status = ecp_store_finish(store, &part.recording, NULL);
done:
    ecp_store_destroy(store);
    return status;
}

#endif
