/* A run as a data set: counted spike by spike in the test, and from its files. */
#include <math.h>

#include "engine/arena.h"
#include "engine/dataset_read.h"
#include "tests/unit/test_store_run.h"

enum { PHASES = 6, NEURONS = 7, SILENT = 3, DT_INVERSE = 4 };

/* dt 0.25 ms; 40 ms of settling, then a, b, a again, 10 ms of pause, b again. */
struct lab {
    struct ecp_spike event[4000];
    struct ecp_recorded_population population[3];
    struct ecp_recorded_phase phase[PHASES];
    struct ecp_recording recording;
};

static struct lab *make_lab(void)
{
    static const struct ecp_recorded_phase phase[PHASES] = {
        {"settle", 0, 40, 1},       {"face_1--1", 40, 140, 0}, {"house-2", 140, 240, 0},
        {"face_1--2", 240, 340, 0}, {"pause", 340, 350, 1},    {"face_1--10", 350, 400, 0}};
    struct lab *lab = calloc(1, sizeof *lab);
    CU_ASSERT_PTR_NOT_NULL_FATAL(lab);
    uint32_t state = 5;
    size_t n = 0;
    for (ecp_step step = 1; step <= 400 * DT_INVERSE; step++)
        for (ecp_lid i = 0; i < NEURONS; i++)
            if (next_number(&state) % 17 == 0)
                lab->event[n++] = (struct ecp_spike){step, i};
    memcpy(lab->phase, phase, sizeof phase);
    lab->population[0] = (struct ecp_recorded_population){.name = "X", .size = 5};
    lab->population[1] = (struct ecp_recorded_population){
        .name = "E", .size = NEURONS, .recorded = 1, .event = lab->event, .n_events = n};
    lab->population[2] =
        (struct ecp_recorded_population){.name = "I", .size = SILENT, .recorded = 1};
    lab->recording = (struct ecp_recording){.dt = 1.0 / DT_INVERSE,
                                            .duration = 400,
                                            .n_populations = 3,
                                            .population = lab->population,
                                            .n_phases = PHASES,
                                            .phase = lab->phase};
    return lab;
}

/* Spikes of neuron i with from < stamp <= to. */
static double counted(const struct lab *lab, size_t i, double from, double to)
{
    double n = 0;
    for (size_t k = 0; k < lab->population[1].n_events; k++) {
        const double stamp = (double)lab->event[k].step / DT_INVERSE;
        n += lab->event[k].index == i && stamp > from && stamp <= to;
    }
    return n;
}

static void phases_are_conditions(void)
{
    static const double start[4] = {40, 140, 240, 350}, stop[4] = {140, 240, 340, 400};
    static const size_t condition[4] = {0, 1, 0, 0}, repeat[4] = {0, 0, 1, 2};
    struct lab *lab = make_lab();
    struct ecp_dataset *set = NULL;
    const struct ecp_dataset_request request = {.path = "run", .from = NAN, .to = NAN};
    ECP_ASSERT_OK(ecp_dataset_of_recording(&lab->recording, &request, &set));
    CU_ASSERT_EQUAL(set->n_units, NEURONS + SILENT);
    CU_ASSERT_STRING_EQUAL(set->unit[6], "E.6");
    CU_ASSERT_STRING_EQUAL(set->unit[7], "I.0");
    CU_ASSERT_STRING_EQUAL(set->unit_label[0].word[7], "I");
    CU_ASSERT_EQUAL(set->n_conditions, 2);
    CU_ASSERT_STRING_EQUAL(set->condition[0], "face_1");
    CU_ASSERT_STRING_EQUAL(set->condition[1], "house-2");
    CU_ASSERT_EQUAL_FATAL(set->n_trials, 4);
    CU_ASSERT_PTR_NULL(set->train);
    double mean = 0;
    for (size_t t = 0; t < 4; t++) {
        CU_ASSERT_EQUAL(set->trial_condition[t], condition[t]);
        CU_ASSERT_EQUAL(set->trial_repeat[t], repeat[t]);
        for (size_t i = 0; i < NEURONS; i++) {
            const double hz = counted(lab, i, start[t], stop[t]) / (stop[t] - start[t]) * 1000;
            CU_ASSERT_DOUBLE_EQUAL(set->response[t * set->n_units + i], hz, 1e-9);
        }
        mean += condition[t] == 0 ? set->response[t * set->n_units + 2] / 3 : 0;
        CU_ASSERT_EQUAL(set->response[t * set->n_units + NEURONS], 0);
    }
    CU_ASSERT_DOUBLE_EQUAL(set->mean[2], mean, 1e-9);
    ecp_dataset_destroy(set);
    free(lab);
}

static void windows_and_trains(void)
{
    struct lab *lab = make_lab();
    struct ecp_dataset *set = NULL;
    const struct ecp_dataset_request request = {
        .path = "run", .population = "E", .from = -5, .to = 30, .keep_trains = 1};
    ECP_ASSERT_OK(ecp_dataset_of_recording(&lab->recording, &request, &set));
    CU_ASSERT_EQUAL_FATAL(set->n_units, NEURONS);
    CU_ASSERT_EQUAL(set->start, -5);
    CU_ASSERT_EQUAL(set->stop, 30);
    for (size_t t = 0; t < 4; t++)
        for (size_t i = 0; i < NEURONS; i++) {
            const double onset[4] = {40, 140, 240, 350};
            const double n = counted(lab, i, onset[t] - 5, onset[t] + 30);
            const struct ecp_train *train = &set->train[t * NEURONS + i];
            CU_ASSERT_DOUBLE_EQUAL(set->response[t * NEURONS + i], n / 0.035, 1e-9);
            CU_ASSERT_EQUAL((double)train->n, n);
            for (size_t k = 0; k < train->n; k++) {
                const double stamp = train->time[k] + 0.5 / DT_INVERSE + onset[t];
                CU_ASSERT(train->time[k] >= -5 && train->time[k] < 30);
                CU_ASSERT(k == 0 || train->time[k] > train->time[k - 1]);
                CU_ASSERT_EQUAL(counted(lab, i, stamp - 0.01, stamp), 1);
            }
        }
    ecp_dataset_destroy(set);
    free(lab);
}

static void refused(const struct lab *lab, struct ecp_dataset_request request, const char *part)
{
    struct ecp_dataset *set = NULL;
    request.path = "run";
    CU_ASSERT_EQUAL(ecp_dataset_of_recording(&lab->recording, &request, &set), ECP_ECONFIG);
    if (!strstr(ecp_error_message(), part))
        (void)printf("\n  %s", ecp_error_message());
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), part));
    CU_ASSERT_PTR_NULL(set);
    ecp_error_clear();
}

static void what_cannot_be(void)
{
    struct lab *lab = make_lab();
    refused(lab, (struct ecp_dataset_request){.population = "X", .from = NAN, .to = NAN},
            "allowed: E, I");
    refused(lab, (struct ecp_dataset_request){.from = 0, .to = 51}, "face_1--10");
    refused(lab, (struct ecp_dataset_request){.from = -41, .to = 5}, "the run's 400 ms");
    refused(lab, (struct ecp_dataset_request){.from = 60, .to = NAN}, "window");
    for (size_t k = 0; k < PHASES; k++)
        lab->phase[k].discarded = 1;
    refused(lab, (struct ecp_dataset_request){.from = NAN, .to = NAN}, "no phase");
    lab->population[1].recorded = lab->population[2].recorded = 0;
    refused(lab, (struct ecp_dataset_request){.from = NAN, .to = NAN}, "probe");
    free(lab);
}

/* The folder, its spikes and another file in it are the same set. */
static void files_of_a_run(void)
{
    static const char *const names[] = {"", "/spikes.h5", "/rates.h5", "/report_v_E.h5"};
    struct run *r = make_run();
    struct ecp_dataset *first = NULL;
    char dir[64], path[128];
    make_folder(dir);
    ECP_ASSERT_OK(write_run(r, dir, NULL, 0));
    struct ecp_dataset_request request = {.path = dir, .from = NAN, .to = NAN};
    ECP_ASSERT_OK(ecp_dataset_of_recording(&r->whole, &request, &first));
    CU_ASSERT_EQUAL(first->n_units, SIZE_E + SIZE_I);
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        struct ecp_dataset *set = NULL;
        (void)snprintf(path, sizeof path, "%s%s", dir, names[k]);
        request.path = path;
        ECP_ASSERT_OK(ecp_dataset_read(&request, &set));
        CU_ASSERT_EQUAL_FATAL(set->n_units, first->n_units);
        CU_ASSERT_STRING_EQUAL(set->condition[0], "test");
        for (size_t u = 0; u < set->n_units; u++)
            CU_ASSERT_EQUAL(set->mean[u], first->mean[u]);
        ecp_dataset_destroy(set);
    }
    ecp_dataset_destroy(first);
    remove_folder(dir);
    free(r);
}

ECP_TEST_MAIN("runs as data sets", {"phases are conditions", phases_are_conditions},
              {"windows and trains", windows_and_trains}, {"what cannot be", what_cannot_be},
              {"files of a run", files_of_a_run})
