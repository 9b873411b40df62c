/* The store: what is written is read back; segments join to the same bytes; a
 * killed run can be recovered. */
#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/test_store_run.h"

static const char *const final_files[] = {"spikes.h5",     "rates.h5",     "report_v_E.h5",
                                          "report_i_I.h5", "weights_w.h5", "weights_once.h5"};
enum { FINAL_FILES = 6 };

static void check_populations(const struct run *r, const struct ecp_recording *read, ecp_step to)
{
    CU_ASSERT_EQUAL_FATAL(read->n_populations, 3);
    for (size_t k = 0; k < 3; k++) {
        const struct ecp_recorded_population *a = &r->population[k], *b = &read->population[k];
        CU_ASSERT_STRING_EQUAL(b->name, a->name);
        CU_ASSERT_STRING_EQUAL(b->model, a->model);
        CU_ASSERT_EQUAL(b->first, a->first);
        CU_ASSERT_EQUAL_FATAL(b->size, a->size);
        CU_ASSERT_EQUAL(b->spikes, a->spikes);
        CU_ASSERT_EQUAL(b->recorded, a->recorded);
        CU_ASSERT_EQUAL(memcmp(b->count, a->count, a->size * sizeof *a->count), 0);
        CU_ASSERT_EQUAL(memcmp(b->intervals, a->intervals, a->size * sizeof *a->intervals), 0);
        CU_ASSERT_EQUAL(memcmp(b->interval_sum, a->interval_sum, a->size * 8), 0);
        CU_ASSERT_EQUAL(memcmp(b->interval_square_sum, a->interval_square_sum, a->size * 8), 0);
    }
    size_t n = 0;
    while (n < r->population[0].n_events && r->event[n].step <= to)
        n++;
    CU_ASSERT_EQUAL_FATAL(read->population[0].n_events, n);
    size_t wrong = 0;
    for (size_t k = 0; k < n; k++)
        wrong += read->population[0].event[k].step != r->event[k].step ||
                 read->population[0].event[k].index != r->event[k].index;
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(read->population[1].n_events, 0);
}

static void check_signals(const struct run *r, const struct ecp_recording *read, double to)
{
    CU_ASSERT_EQUAL_FATAL(read->n_signals, 4);
    for (size_t k = 0; k < 4; k++) {
        const struct ecp_recorded_signal *a = &r->signal[k], *b = &read->signal[k];
        size_t n = 0;
        while (n < a->n_frames && a->start + (double)n * a->interval < to - 1e-9)
            n++;
        CU_ASSERT_STRING_EQUAL(b->probe, a->probe);
        CU_ASSERT_STRING_EQUAL(b->field, a->field);
        CU_ASSERT_STRING_EQUAL(b->unit, a->unit);
        CU_ASSERT_EQUAL(b->population, a->population);
        CU_ASSERT_EQUAL(b->start, a->start);
        CU_ASSERT_EQUAL(b->interval, a->interval);
        CU_ASSERT_EQUAL(b->n_frames, n);
        CU_ASSERT_EQUAL_FATAL(b->n_columns, a->n_columns);
        CU_ASSERT_EQUAL_FATAL(b->index == NULL, a->index == NULL);
        if (a->index != NULL)
            CU_ASSERT_EQUAL(memcmp(b->index, a->index, a->n_columns * sizeof *a->index), 0);
        if (b->n_frames == n)
            CU_ASSERT_EQUAL(memcmp(b->data, a->data, n * a->n_columns * sizeof *a->data), 0);
    }
}

static void check_weights(const struct run *r, const struct ecp_recording *read)
{
    CU_ASSERT_EQUAL_FATAL(read->n_weights, SNAPSHOTS);
    for (size_t k = 0; k < SNAPSHOTS; k++) {
        const struct ecp_recorded_weights *a = &r->weights[k], *b = &read->weights[k];
        CU_ASSERT_STRING_EQUAL(b->probe, a->probe);
        CU_ASSERT_STRING_EQUAL(b->projection_name, a->projection_name);
        CU_ASSERT_STRING_EQUAL(b->unit, a->unit);
        CU_ASSERT_EQUAL(b->projection, a->projection);
        CU_ASSERT_EQUAL(b->source_population, a->source_population);
        CU_ASSERT_EQUAL(b->target_population, a->target_population);
        CU_ASSERT_EQUAL(b->time, a->time);
        CU_ASSERT_EQUAL_FATAL(b->n, a->n);
        CU_ASSERT_EQUAL(memcmp(b->source, a->source, a->n * 4), 0);
        CU_ASSERT_EQUAL(memcmp(b->target, a->target, a->n * 4), 0);
        CU_ASSERT_EQUAL(memcmp(b->weight, a->weight, a->n * 4), 0);
        CU_ASSERT_EQUAL(memcmp(b->delay, a->delay, a->n * 4), 0);
    }
}

static void round_trip(void)
{
    struct run *r = make_run();
    struct ecp_recording *read = NULL;
    char dir[64];
    make_folder(dir);
    ECP_ASSERT_OK(write_run(r, dir, NULL, 0));
    ECP_ASSERT_OK(ecp_store_read(dir, &read));
    CU_ASSERT_EQUAL(read->dt, 0.1);
    CU_ASSERT_EQUAL(read->duration, 100);
    CU_ASSERT_EQUAL(read->counted, 80);
    CU_ASSERT_EQUAL(read->n_steps, STEPS);
    CU_ASSERT_EQUAL(read->spikes, r->whole.spikes);
    CU_ASSERT_EQUAL(read->checksum, r->whole.checksum);
    check_populations(r, read, STEPS);
    check_signals(r, read, 100);
    check_weights(r, read);
    CU_ASSERT_EQUAL_FATAL(read->n_phases, 2);
    CU_ASSERT_STRING_EQUAL(read->phase[0].name, "settle");
    CU_ASSERT_STRING_EQUAL(read->phase[1].name, "test");
    CU_ASSERT_EQUAL(read->phase[0].stop, 20);
    CU_ASSERT_EQUAL(read->phase[0].discarded, 1);
    CU_ASSERT_EQUAL(read->phase[1].discarded, 0);
    ecp_recording_destroy(read);
    CU_ASSERT_EQUAL(number_of(dir, ".h5"), FINAL_FILES);
    CU_ASSERT_EQUAL(number_of(dir, ""), FINAL_FILES + 2); /* and . and .. */
    remove_folder(dir);
    free(r);
}

/* However the run was cut, and whenever it was written. */
static void same_bytes_however_cut(void)
{
    static const ecp_step cuts[][5] = {{100, 305, 305, 500, 1000}, {1, 999, 999, 999, 1000}};
    static const size_t n_cuts[] = {5, 2};
    struct run *r = make_run();
    char whole[64], pieces[64], a[512], b[512];
    make_folder(whole);
    ECP_ASSERT_OK(write_run(r, whole, NULL, 0));
    (void)sleep(1); /* a time stamp anywhere would now differ */
    for (size_t k = 0; k < 2; k++) {
        make_folder(pieces);
        ECP_ASSERT_OK(write_run(r, pieces, cuts[k], n_cuts[k]));
        for (size_t f = 0; f < FINAL_FILES; f++)
            CU_ASSERT_TRUE(
                same_bytes(path_in(whole, final_files[f], a), path_in(pieces, final_files[f], b)));
        remove_folder(pieces);
    }
    remove_folder(whole);
    free(r);
}

/* Two whole segments, half a third, and the process is gone. */
static void killed_run(void)
{
    struct run *r = make_run();
    struct ecp_recording *read = NULL;
    double kept = -1;
    char dir[64];
    make_folder(dir);
    (void)fflush(NULL);
    const pid_t child = fork();
    CU_ASSERT_TRUE_FATAL(child >= 0);
    if (child == 0) {
        struct ecp_store *store;
        struct part part;
        char path[512];
        if (ecp_store_create(dir, &r->plan, &store) != ECP_OK)
            _exit(1);
        cut(r, 0, 250, &part);
        int fine = ecp_store_flush(store, &part.recording, NULL) == ECP_OK;
        cut(r, 250, 610, &part);
        fine = fine && ecp_store_flush(store, &part.recording, NULL) == ECP_OK;
        FILE *half = fopen(path_in(dir, "partial/000002.h5.part", path), "wb");
        fine = fine && half != NULL && fputs("half", half) >= 0 && fclose(half) == 0;
        _exit(fine ? 0 : 1);
    }
    int how = 0;
    CU_ASSERT_EQUAL(waitpid(child, &how, 0), child);
    CU_ASSERT_TRUE_FATAL(WIFEXITED(how) && WEXITSTATUS(how) == 0);

    CU_ASSERT_EQUAL(ecp_store_read(dir, &read), ECP_EIO);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "interrupted"));
    ecp_error_clear();
    ECP_ASSERT_OK(ecp_store_recover(dir, &kept));
    CU_ASSERT_DOUBLE_EQUAL(kept, 61, 1e-9);
    CU_ASSERT_FALSE(is_there(dir, "partial"));
    ECP_ASSERT_OK(ecp_store_read(dir, &read));
    CU_ASSERT_EQUAL(read->n_steps, 610);
    CU_ASSERT_EQUAL(read->phase[1].stop, 61);
    check_populations(r, read, 610);
    check_signals(r, read, 61);
    check_weights(r, read);
    ecp_recording_destroy(read);

    ECP_ASSERT_OK(ecp_store_recover(dir, &kept));
    CU_ASSERT_EQUAL(kept, 0); /* nothing left to do */
    remove_folder(dir);
    free(r);
}

/* Killed at any moment: what is there is a run up to some flush. */
static void killed_anywhere(void)
{
    struct run *r = make_run();
    for (useconds_t wait = 500; wait < 60000; wait *= 2) {
        char dir[64];
        make_folder(dir);
        (void)fflush(NULL);
        const pid_t child = fork();
        CU_ASSERT_TRUE_FATAL(child >= 0);
        if (child == 0) {
            ecp_step cuts[40];
            for (int k = 0; k < 40; k++)
                cuts[k] = 25 * (k + 1);
            _exit(write_run(r, dir, cuts, 40) == ECP_OK ? 0 : 1);
        }
        (void)usleep(wait);
        (void)kill(child, SIGKILL);
        int how = 0;
        CU_ASSERT_EQUAL(waitpid(child, &how, 0), child);
        double kept = -1;
        ECP_ASSERT_OK(ecp_store_recover(dir, &kept));
        if (is_there(dir, "spikes.h5")) {
            struct ecp_recording *read = NULL;
            ECP_ASSERT_OK(ecp_store_read(dir, &read));
            CU_ASSERT_EQUAL(read->n_steps % 25, 0);
            check_populations(r, read, read->n_steps);
            check_signals(r, read, read->duration);
            ecp_recording_destroy(read);
        } else {
            CU_ASSERT_EQUAL(kept, 0);
        }
        remove_folder(dir);
    }
    free(r);
}

/* A second run in the folder of a first. */
static void new_run_over_old(void)
{
    struct run *r = make_run(), *other = make_run();
    struct ecp_recording *read = NULL;
    struct ecp_store *store = NULL;
    struct part part;
    char dir[64], path[512];
    make_folder(dir);
    ECP_ASSERT_OK(write_run(r, dir, NULL, 0));
    FILE *foreign = fopen(path_in(dir, "report_mine.h5", path), "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(foreign);
    (void)fclose(foreign);

    other->whole.n_signals = 1;
    other->whole.n_weights = 0;
    other->whole.spikes = 1;
    ECP_ASSERT_OK(ecp_store_create(dir, &other->plan, &store));
    cut(other, 0, 500, &part);
    part.recording.n_weights = 0;
    ECP_ASSERT_OK(ecp_store_flush(store, &part.recording, NULL));
    ECP_ASSERT_OK(ecp_store_read(dir, &read)); /* still the first */
    CU_ASSERT_EQUAL(read->spikes, r->whole.spikes);
    ecp_recording_destroy(read);
    cut(other, 500, STEPS, &part);
    part.recording.n_weights = 0;
    ECP_ASSERT_OK(ecp_store_finish(store, &part.recording, NULL));
    CU_ASSERT_EQUAL(ecp_store_finish(store, &part.recording, NULL), ECP_EARG);
    ecp_error_clear();
    ecp_store_destroy(store);

    CU_ASSERT_TRUE(is_there(dir, "report_mine.h5"));
    CU_ASSERT_TRUE(is_there(dir, "rates.h5"));
    CU_ASSERT_FALSE(is_there(dir, "report_v_E.h5"));
    CU_ASSERT_FALSE(is_there(dir, "weights_w.h5"));
    ECP_ASSERT_OK(ecp_store_read(dir, &read));
    CU_ASSERT_EQUAL(read->spikes, 1);
    CU_ASSERT_EQUAL(read->n_signals, 1);
    ecp_recording_destroy(read);
    remove_folder(dir);
    free(r);
    free(other);
}

/* What a killed run left stays until the next run has something of its own. */
static void new_run_over_killed(void)
{
    struct run *r = make_run();
    struct ecp_store *killed = NULL, *store = NULL;
    struct part part;
    double kept = -1;
    char dir[64];
    make_folder(dir);
    cut(r, 0, 300, &part);
    ECP_ASSERT_OK(ecp_store_create(dir, &r->plan, &killed));
    ECP_ASSERT_OK(ecp_store_flush(killed, &part.recording, NULL));
    ecp_store_destroy(killed); /* as good as killed: never finished */

    ECP_ASSERT_OK(ecp_store_create(dir, &r->plan, &store));
    ecp_store_destroy(store);
    CU_ASSERT_EQUAL(number_of(dir, "partial.new"), 0);
    CU_ASSERT_TRUE(is_there(dir, "partial/000000.h5"));

    ECP_ASSERT_OK(ecp_store_create(dir, &r->plan, &store));
    cut(r, 0, 100, &part);
    ECP_ASSERT_OK(ecp_store_flush(store, &part.recording, NULL));
    ecp_store_destroy(store);
    ECP_ASSERT_OK(ecp_store_recover(dir, &kept));
    CU_ASSERT_DOUBLE_EQUAL(kept, 10, 1e-9); /* the second's, not the first's */

    /* Killed while the folders changed places. */
    ECP_ASSERT_OK(ecp_store_create(dir, &r->plan, &store));
    ECP_ASSERT_OK(ecp_store_flush(store, &part.recording, NULL));
    ecp_store_destroy(store);
    char from[512], to[512];
    CU_ASSERT_EQUAL(rename(path_in(dir, "partial", from), path_in(dir, "partial.new", to)), 0);
    ECP_ASSERT_OK(ecp_store_recover(dir, &kept));
    CU_ASSERT_DOUBLE_EQUAL(kept, 10, 1e-9);
    remove_folder(dir);
    free(r);
}

/* Large networks leave counts of neurons out of most stretches: then they come from the
 * spikes. */
static void stretch_without_counts(void)
{
    struct run *r = make_run();
    struct ecp_store *killed = NULL;
    struct ecp_slice event[3], neuron[3], frame[8], column[8];
    struct ecp_slices slices = {event, neuron, frame, column, 1};
    struct ecp_recording *read = NULL;
    struct part part;
    double kept = -1;
    char dir[64];
    make_folder(dir);
    cut(r, 0, 300, &part);
    const struct ecp_recording *p = &part.recording;
    CU_ASSERT_FATAL(p->n_populations == 3 && p->n_signals <= 8);
    for (size_t k = 0; k < p->n_populations; k++) {
        event[k] = (struct ecp_slice){0, p->population[k].n_events, p->population[k].n_events};
        neuron[k] = (struct ecp_slice){0, p->population[k].size, p->population[k].size};
    }
    for (size_t k = 0; k < p->n_signals; k++) {
        frame[k] = (struct ecp_slice){0, p->signal[k].n_frames, p->signal[k].n_frames};
        column[k] = (struct ecp_slice){0, p->signal[k].n_columns, p->signal[k].n_columns};
    }
    ECP_ASSERT_OK(ecp_store_create(dir, &r->plan, &killed));
    ECP_ASSERT_OK(ecp_store_flush(killed, p, &slices));
    ecp_store_destroy(killed);
    ECP_ASSERT_OK(ecp_store_recover(dir, &kept));
    ECP_ASSERT_OK(ecp_store_read(dir, &read));
    for (size_t k = 0; k < 3; k++) {
        const struct ecp_recorded_population *q = &read->population[k];
        uint64_t sum = 0;
        CU_ASSERT_EQUAL(q->size, p->population[k].size);
        CU_ASSERT_EQUAL(q->n_events, p->population[k].n_events);
        CU_ASSERT_PTR_NOT_NULL_FATAL(q->count);
        for (size_t j = 0; j < q->size; j++)
            sum += q->count[j];
        CU_ASSERT(q->n_events == 0 || sum == q->spikes);
        CU_ASSERT(q->n_events == 0 || (sum > 0 && sum <= q->n_events));
    }
    ecp_recording_destroy(read);
    remove_folder(dir);
    free(r);
}

static void bad_names(void)
{
    struct run *r = make_run();
    struct ecp_plan_probe probe = {.name = "../v"}, *probes[] = {&probe};
    struct ecp_store *store = NULL;
    char dir[64];
    make_folder(dir);
    r->plan.n_probes = 1;
    r->plan.probe = probes;
    CU_ASSERT_EQUAL(ecp_store_create(dir, &r->plan, &store), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "'../v'"));
    ecp_error_clear();
    remove_folder(dir);
    free(r);
}

/* Python with h5py reads the files; skipped where there is none. */
static void h5py_reads(void)
{
    static const ecp_step cuts[] = {333};
    struct run *r = make_run();
    char dir[64], command[1024];
    make_folder(dir);
    ECP_ASSERT_OK(write_run(r, dir, cuts, 1));
    (void)fflush(NULL);
    (void)snprintf(command, sizeof command,
                   "/usr/bin/python3 -c 'import h5py' 2>/dev/null || exit 77; "
                   "/usr/bin/python3 '%s/tests/unit/read_sonata.py' '%s'",
                   ECP_SOURCE_DIR, dir);
    const int how = system(command);
    CU_ASSERT_TRUE(WIFEXITED(how));
    CU_ASSERT_TRUE(WEXITSTATUS(how) == 0 || WEXITSTATUS(how) == 77);
    if (WEXITSTATUS(how) == 77)
        (void)printf("(skipped: no h5py) ");
    remove_folder(dir);
    free(r);
}

ECP_TEST_MAIN("store", {"round trip", round_trip},
              {"same bytes however cut", same_bytes_however_cut}, {"killed run", killed_run},
              {"killed anywhere", killed_anywhere}, {"new run over old", new_run_over_old},
              {"new run over killed", new_run_over_killed},
              {"a stretch without counts", stretch_without_counts}, {"bad names", bad_names},
              {"h5py reads", h5py_reads})
