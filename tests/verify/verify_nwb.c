/* NWB files as data sets: real recordings against plain HDF5 calls and counting spike by
 * spike, made ones with all that makes reading hard, and what must be refused. */
#include <unistd.h>

#include "engine/dataset_read.h"
#include "tests/nwb_file.h"
#include "tests/verify/reference_data.h"

#define ZD  ECP_TEST_DATA "/recordings/zd_it/zd_session1018.nwb"
#define RAT ECP_TEST_DATA "/recordings/nwb_a8604/A8604-211122.nwb"
#define SEA ECP_TEST_DATA "/recordings/aplysia/aplysia_Jan1312da04.nwb"

static struct ecp_dataset *read_set(struct ecp_dataset_request request)
{
    struct ecp_dataset *set = NULL;
    ECP_ASSERT_OK(ecp_dataset_read(&request, &set));
    return set;
}

/* ---- Zhang & Desimone, one session
 * ---------------------------------------------------------------- */

static void counts_spikes_of_trials(void)
{
    enum { TRIALS = 420, UNITS = 11 };
    size_t n, n_flat;
    struct ecp_dataset *set = read_set((struct ecp_dataset_request){
        .path = ZD, .by = "condition", .from = 100, .to = 500, .keep_trains = 1});
    double *time = recording_numbers("zd_it/zd_session1018.nwb", "units/spike_times", &n_flat);
    double *end = recording_numbers("zd_it/zd_session1018.nwb", "units/spike_times_index", &n);
    CU_ASSERT_EQUAL_FATAL(n, UNITS);
    double *onset =
        recording_numbers("zd_it/zd_session1018.nwb", "intervals/trials/stimulus_onset", &n);
    double *shown = recording_numbers("zd_it/zd_session1018.nwb", "intervals/trials/condition", &n);
    CU_ASSERT_EQUAL_FATAL(n, TRIALS);
    CU_ASSERT_EQUAL_FATAL(set->n_trials, TRIALS);
    CU_ASSERT_EQUAL_FATAL(set->n_units, UNITS);
    CU_ASSERT_EQUAL_FATAL(set->n_conditions, 21);
    CU_ASSERT_STRING_EQUAL(set->condition[20], "20");
    CU_ASSERT_EQUAL(set->start, 100);
    CU_ASSERT_EQUAL(set->stop, 500);
    size_t wrong = 0;
    for (size_t t = 0; t < TRIALS; t++) {
        wrong += (double)set->trial_condition[t] != shown[t];
        for (size_t u = 0; u < UNITS; u++) {
            const struct ecp_train *train = &set->train[t * UNITS + u];
            size_t count = 0;
            for (size_t k = u > 0 ? (size_t)end[u - 1] : 0; k < (size_t)end[u]; k++)
                if (time[k] >= onset[t] + 0.1 && time[k] < onset[t] + 0.5) {
                    const double ms = (time[k] - onset[t]) * 1000;
                    wrong += count >= train->n || fabs(train->time[count] - ms) > 1e-9;
                    count++;
                }
            wrong += train->n != count;
            wrong += fabs(set->response[t * UNITS + u] - (double)count / 0.4) > 1e-9;
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(time);
    free(end);
    free(onset);
    free(shown);
    ecp_dataset_destroy(set);
}

/* The same recording, counted by others: units of session 1018 in zd_it.h5. */
static void agrees_with_counts_of_others(void)
{
    enum { CONDITIONS = 21, REPEATS = 20, ALL = 132 };
    size_t n, u = 0;
    struct ecp_dataset *set = read_set((struct ecp_dataset_request){
        .path = ZD, .by = "trials/object+position", .from = 100, .to = 500});
    double *counts = recording_numbers("zd_it/zd_it.h5", "responses/counts", &n);
    double *session = recording_numbers("zd_it/zd_it.h5", "units/session", &n);
    CU_ASSERT_EQUAL_FATAL(n, ALL);
    CU_ASSERT_STRING_EQUAL(set->condition[0], "car_lower");
    CU_ASSERT_STRING_EQUAL(set->condition[20], "kiwi_upper");
    CU_ASSERT_PTR_NULL(set->train);
    size_t wrong = 0;
    for (size_t j = 0; j < ALL; j++) {
        if (session[j] != 1018)
            continue;
        for (size_t c = 0; c < CONDITIONS; c++) {
            double sum = 0;
            for (size_t r = 0; r < REPEATS; r++)
                sum += counts[(c * REPEATS + r) * ALL + j] / REPEATS;
            wrong += fabs(set->mean[c * set->n_units + u] * 0.4 - sum) > 1e-9;
        }
        u++;
    }
    CU_ASSERT_EQUAL(u, set->n_units);
    CU_ASSERT_EQUAL(wrong, 0);
    const struct ecp_label *label = ecp_dataset_label(set, "object");
    CU_ASSERT_PTR_NOT_NULL_FATAL(label);
    CU_ASSERT_STRING_EQUAL(label->word[3], "couch");
    CU_ASSERT_PTR_NULL(ecp_dataset_label(set, "start_time"));
    CU_ASSERT_PTR_NOT_NULL(strstr(set->source, "stimulus_onset"));
    free(counts);
    free(session);
    ecp_dataset_destroy(set);
}

/* By the object alone: the position is no property of a condition then; onsets are starts. */
static void by_another_column(void)
{
    struct ecp_dataset *set = read_set((struct ecp_dataset_request){
        .path = ZD, .by = "object@start_time", .from = NAN, .to = NAN});
    CU_ASSERT_EQUAL(set->n_conditions, 7);
    CU_ASSERT_EQUAL(set->trial_repeat[set->n_trials - 1], 59);
    CU_ASSERT_PTR_NULL(ecp_dataset_label(set, "position"));
    CU_ASSERT_DOUBLE_EQUAL(set->stop, 1000, 1e-9);
    ecp_dataset_destroy(set);
}

/* ---- other real files
 * -------------------------------------------------------------------------------- */

static void epochs_and_narrow_indices(void)
{
    static const double counts[3] = {11020, 4690, 5644};
    struct ecp_dataset *set =
        read_set((struct ecp_dataset_request){.path = RAT, .from = NAN, .to = NAN});
    CU_ASSERT_EQUAL_FATAL(set->n_units, 3);
    CU_ASSERT_EQUAL_FATAL(set->n_conditions, 1);
    CU_ASSERT_STRING_EQUAL(set->condition[0], "wake");
    for (size_t u = 0; u < 3; u++)
        CU_ASSERT_DOUBLE_EQUAL(set->mean[u] * set->stop / 1000, counts[u], 1.5);
    ecp_dataset_destroy(set);
}

static void whole_recordings(void)
{
    size_t n;
    struct ecp_dataset *set = read_set(
        (struct ecp_dataset_request){.path = SEA, .from = NAN, .to = NAN, .keep_trains = 1});
    double *time = recording_numbers("aplysia/aplysia_Jan1312da04.nwb", "units/spike_times", &n);
    size_t at = 0, wrong = 0;
    CU_ASSERT_EQUAL(set->n_units, 102);
    CU_ASSERT_EQUAL(set->n_trials, 0);
    CU_ASSERT_EQUAL(set->stop, 80000);
    for (size_t u = 0; u < set->n_units; u++)
        for (size_t k = 0; k < set->train[u].n; k++)
            wrong += fabs(set->train[u].time[k] - 1000 * time[at++]) > 1e-9;
    CU_ASSERT_EQUAL(at, n);
    CU_ASSERT_EQUAL(wrong, 0);
    free(time);
    ecp_dataset_destroy(set);
}

/* ---- made files
 * -------------------------------------------------------------------------------------- */

enum { ROWS = 6 };

struct lab {
    char path[64];
    hid_t file, units, trials;
};

/* Units 0 .. 3 have 3, 0, 2, 1 spikes; six rows of trials, 1 s apart. */
static const double spike_times[6] = {0.1, 0.25, 3.5, 1.125, 5.5, 2.5};
static const double spike_ends[4] = {3, 3, 5, 6};
static const double starts[ROWS] = {0, 1, 2, 3, 4, 5}, stops[ROWS] = {1, 2, 3, 4, 5, 6};
static const double angles[ROWS] = {90, 0, NAN, 90, 0, 90};

static void begin(struct lab *lab, hid_t times, hid_t index)
{
    (void)snprintf(lab->path, sizeof lab->path, "ecphory_nwb_%ld.nwb", (long)getpid());
    lab->file = nwb_create(lab->path);
    lab->units = nwb_group(lab->file, "units");
    nwb_numbers(lab->units, "id", H5T_STD_I64LE, 4, (const double[]){7, 8, 9, 20});
    nwb_numbers(lab->units, "spike_times", times, 6, spike_times);
    nwb_numbers(lab->units, "spike_times_index", index, 4, spike_ends);
    lab->trials = nwb_group(lab->file, "intervals/trials");
    nwb_numbers(lab->trials, "id", H5T_STD_I64LE, ROWS, starts);
    nwb_numbers(lab->trials, "start_time", times, ROWS, starts);
    nwb_numbers(lab->trials, "stop_time", times, ROWS, stops);
}

static void finish(struct lab *lab)
{
    (void)H5Fclose(lab->file);
}

static void replace(hid_t group, const char *name, hid_t type, long n, const double *data)
{
    (void)H5Ldelete(group, name, H5P_DEFAULT);
    nwb_numbers(group, name, type, n, data);
}

static void any_types(void)
{
    const hid_t indices[] = {H5T_STD_U8LE, H5T_STD_U16BE, H5T_STD_U64LE, H5T_STD_I32LE};
    static const char *const words[ROWS] = {"a", "b", "a", "", "b", "a"};
    for (size_t k = 0; k < 8; k++) {
        struct lab lab;
        begin(&lab, k % 2 ? H5T_IEEE_F32LE : H5T_IEEE_F64BE, indices[k % 4]);
        nwb_words(lab.trials, "stimulus", k < 4 ? 0 : 3, ROWS, words);
        nwb_booleans(lab.trials, "first", ROWS, (const signed char[]){1, 0, 1, 1, 0, 1});
        nwb_numbers(lab.trials, "session_id", H5T_STD_I8LE, ROWS,
                    (const double[]){3, 3, 3, 1, 1, 1});
        finish(&lab);
        struct ecp_dataset *set =
            read_set((struct ecp_dataset_request){.path = lab.path, .from = NAN, .to = NAN});
        CU_ASSERT_EQUAL_FATAL(set->n_trials, 5); /* nothing was shown in one */
        CU_ASSERT_EQUAL_FATAL(set->n_conditions, 2);
        CU_ASSERT_EQUAL_FATAL(set->n_units, 4);
        CU_ASSERT_STRING_EQUAL(set->unit[3], "20");
        CU_ASSERT_DOUBLE_EQUAL(set->response[0], 2, 1e-6);           /* 0.1 and 0.25 s */
        CU_ASSERT_DOUBLE_EQUAL(set->response[1 * 4 + 2], 1, 1e-6);   /* 1.125 s */
        CU_ASSERT_DOUBLE_EQUAL(set->mean[0 * 4 + 3], 1.0 / 3, 1e-6); /* 2.5 s, of three */
        CU_ASSERT_EQUAL(set->mean[0 * 4 + 1], 0);
        CU_ASSERT_EQUAL(set->trial_session[2], 0);
        CU_ASSERT_EQUAL(set->trial_session[3], 1);
        const struct ecp_label *label = ecp_dataset_label(set, "first");
        CU_ASSERT_PTR_NOT_NULL_FATAL(label);
        CU_ASSERT_EQUAL(label->number[0], 1);
        CU_ASSERT_EQUAL(label->number[1], 0);
        ecp_dataset_destroy(set);
    }
}

/* Numbers are in order, what is not known does not count, and what was not observed is NAN. */
static void holes(void)
{
    static const double seen[4 * 2] = {0, 6, 0, 6, 0, 2, 4, 6};
    struct lab lab;
    begin(&lab, H5T_IEEE_F64LE, H5T_STD_U32LE);
    nwb_numbers(lab.trials, "angle", H5T_IEEE_F32LE, ROWS, angles);
    nwb_numbers(lab.trials, "contrast", H5T_IEEE_F32LE, ROWS, angles);
    nwb_matrix(lab.units, "obs_intervals", H5T_IEEE_F64LE, 4, 2, seen);
    nwb_numbers(lab.units, "obs_intervals_index", H5T_STD_U8LE, 4, (const double[]){1, 2, 4, 4});
    nwb_words(lab.units, "region", 4, 4, (const char *const[]){"V1", "V1", "IT", "IT"});
    finish(&lab);
    struct ecp_dataset *set = read_set((struct ecp_dataset_request){
        .path = lab.path, .by = "angle", .population = "IT", .from = 0, .to = 500});
    CU_ASSERT_EQUAL_FATAL(set->n_units, 2);
    CU_ASSERT_STRING_EQUAL(set->unit[0], "9");
    CU_ASSERT_EQUAL_FATAL(set->n_trials, 5);
    CU_ASSERT_STRING_EQUAL(set->condition[0], "0");
    CU_ASSERT_STRING_EQUAL(set->condition[1], "90");
    CU_ASSERT(isnan(set->response[2 * 2 + 0])); /* 3 s to 3.5 s */
    CU_ASSERT_EQUAL(set->response[2 * 2 + 1], 0);
    CU_ASSERT_EQUAL(set->response[1 * 2 + 0], 2);
    ecp_dataset_destroy(set);
}

/* Links, a table of presentations, positions of electrodes, one spike a unit. */
static void other_layouts(void)
{
    struct lab lab;
    begin(&lab, H5T_IEEE_F64LE, H5T_STD_U32LE);
    nwb_numbers(lab.trials, "image", H5T_STD_U8LE, ROWS, (const double[]){5, 4, 3, 5, 4, 3});
    (void)H5Lmove(lab.file, "intervals/trials", lab.file, "elsewhere", H5P_DEFAULT, H5P_DEFAULT);
    (void)H5Lcreate_soft("/elsewhere", lab.file, "intervals/flash_presentations", H5P_DEFAULT,
                         H5P_DEFAULT);
    (void)H5Lcreate_soft("/nowhere", lab.file, "intervals/trials", H5P_DEFAULT, H5P_DEFAULT);
    (void)H5Ldelete(lab.units, "spike_times_index", H5P_DEFAULT);
    replace(lab.units, "spike_times", H5T_IEEE_F64LE, 4, (const double[]){0.5, 1.5, 2.5, 3.5});
    nwb_numbers(lab.units, "electrodes", H5T_STD_I32LE, 4, (const double[]){1, 0, 1, 5});
    const hid_t electrodes = nwb_group(lab.file, "general/extracellular_ephys/electrodes");
    nwb_numbers(electrodes, "id", H5T_STD_I32LE, 2, (const double[]){10, 11});
    nwb_numbers(electrodes, "x", H5T_IEEE_F32LE, 2, (const double[]){0.5, 1.5});
    nwb_words(electrodes, "location", 0, 2, (const char *const[]){"V4", "IT"});
    finish(&lab);
    struct ecp_dataset *set = read_set((struct ecp_dataset_request){
        .path = lab.path, .population = "location=IT", .from = NAN, .to = NAN});
    CU_ASSERT_EQUAL_FATAL(set->n_units, 2);
    CU_ASSERT_EQUAL_FATAL(set->n_conditions, 3);
    CU_ASSERT_STRING_EQUAL(set->condition[0], "3");
    CU_ASSERT_EQUAL(set->response[0], 1);
    CU_ASSERT_EQUAL(set->mean[0 * 2 + 1], 0.5);
    size_t x = 0;
    while (x < set->n_unit_labels && strcmp(set->unit_label[x].name, "x") != 0)
        x++;
    CU_ASSERT_FATAL(x < set->n_unit_labels);
    CU_ASSERT_EQUAL(set->unit_label[x].number[0], 1.5);
    ecp_dataset_destroy(set);
}

/* ---- what is refused
 * ------------------------------------------------------------------------------------ */

static void refused(struct lab *lab, struct ecp_dataset_request request, enum ecp_status expected,
                    const char *part)
{
    struct ecp_dataset *set = NULL;
    if (lab) {
        finish(lab);
        request.path = lab->path;
    }
    CU_ASSERT_EQUAL(ecp_dataset_read(&request, &set), expected);
    if (!strstr(ecp_error_message(), part))
        (void)printf("\n  %s; expected: %s", ecp_error_message(), part);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), part));
    CU_ASSERT_PTR_NULL(set);
    ecp_error_clear();
}

static const struct ecp_dataset_request all = {.from = NAN, .to = NAN};

static void refuses_times(void)
{
    struct lab lab;
    const hid_t f64 = H5T_IEEE_F64LE, u32 = H5T_STD_U32LE;
    begin(&lab, f64, u32);
    replace(lab.units, "spike_times", f64, 6, (const double[]){0.1, 3.5, 0.25, 1, 5, 2});
    refused(&lab, all, ECP_ECONFIG, "unit 7: spike times are out of order: 0.25 s follows 3.5 s");
    begin(&lab, f64, u32);
    replace(lab.units, "spike_times", f64, 6, (const double[]){0.1, NAN, 3.5, 1, 5, 2});
    refused(&lab, all, ECP_ECONFIG, "spike 1 is at nan");
    begin(&lab, f64, u32);
    replace(lab.units, "spike_times", f64, 6, (const double[]){100, 250, 3500, 1125, 5500, 2500});
    refused(&lab, all, ECP_ECONFIG, "look like ms");
    begin(&lab, f64, u32);
    replace(lab.trials, "start_time", f64, ROWS, (const double[]){0, 1e3, 2e3, 3e3, 4e3, 5e3});
    replace(lab.trials, "stop_time", f64, ROWS, (const double[]){1e3, 2e3, 3e3, 4e3, 5e3, 6e3});
    refused(&lab, all, ECP_ECONFIG, "look like ms");
    begin(&lab, f64, u32);
    replace(lab.units, "spike_times", f64, 6, (const double[]){-3, -2, -1, -5, -4, -6});
    refused(&lab, all, ECP_ECONFIG, "no spike (-6 s to -1 s) lies within the trials");
    begin(&lab, f64, u32);
    replace(lab.trials, "start_time", f64, ROWS, (const double[]){0, 1, NAN, 3, 4, 5});
    refused(&lab, all, ECP_ECONFIG, "row 2: start_time is nan");
    begin(&lab, f64, u32);
    replace(lab.trials, "stop_time", f64, ROWS, (const double[]){1, 2, 3, 2, 5, 6});
    refused(&lab, all, ECP_ECONFIG, "row 3 ends (2 s) before it begins (3 s)");
    begin(&lab, f64, u32);
    (void)H5Ldelete(lab.trials, "stop_time", H5P_DEFAULT);
    refused(&lab, all, ECP_ECONFIG, "--window");
}

static void refuses_tables(void)
{
    struct lab lab;
    struct ecp_dataset_request by = all;
    const hid_t f64 = H5T_IEEE_F64LE, u32 = H5T_STD_U32LE;
    by.by = "stimulsu";
    begin(&lab, f64, u32);
    nwb_numbers(lab.trials, "stimulus", f64, ROWS, starts);
    refused(&lab, by, ECP_ECONFIG, "did you mean \"stimulus\"?");
    begin(&lab, f64, u32);
    (void)H5Ldelete(lab.file, "intervals", H5P_DEFAULT);
    refused(&lab, by, ECP_ECONFIG, "has no trials");
    by.by = "trails/stimulus";
    begin(&lab, f64, u32);
    refused(&lab, by, ECP_ECONFIG, "no table intervals/trails; did you mean \"trials\"?");
    begin(&lab, f64, u32);
    nwb_numbers(lab.trials, "angle", f64, ROWS, (const double[]){1, 2, 1, 2, 1, 2});
    nwb_numbers(lab.trials, "size", f64, ROWS, (const double[]){1, 1, 1, 2, 2, 2});
    refused(&lab, all, ECP_ECONFIG, "allowed: angle, size");
    begin(&lab, f64, u32);
    replace(lab.units, "spike_times_index", u32, 4, (const double[]){3, 3, 5, 7});
    refused(&lab, all, ECP_EIO, "leads beyond the end");
    begin(&lab, f64, u32);
    replace(lab.units, "spike_times_index", u32, 3, spike_ends);
    refused(&lab, all, ECP_EIO, "not one entry for each row");
    begin(&lab, f64, u32);
    replace(lab.trials, "stop_time", f64, 4, stops);
    refused(&lab, all, ECP_EIO, "4 values for 6 rows");
    begin(&lab, f64, u32);
    (void)H5Ldelete(lab.file, "units", H5P_DEFAULT);
    refused(&lab, all, ECP_ECONFIG, "has no units");
    begin(&lab, f64, u32);
    replace(lab.units, "id", u32, 0, NULL);
    refused(&lab, all, ECP_ECONFIG, "units has no rows");
    begin(&lab, f64, u32);
    nwb_words(lab.units, "region", 0, 4, (const char *const[]){"V1", "V4", "IT", "IT"});
    by = all;
    by.population = "V2";
    refused(&lab, by, ECP_ECONFIG, "V1, V4, IT");
    begin(&lab, f64, u32);
    (void)H5Adelete(lab.file, "nwb_version");
    nwb_text_attribute(lab.file, "nwb_version", "3.0");
    refused(&lab, all, ECP_EIO, "is NWB 3.0");
}

static void refuses_files(void)
{
    struct lab lab;
    begin(&lab, H5T_IEEE_F64LE, H5T_STD_U32LE);
    finish(&lab);
    CU_ASSERT_EQUAL_FATAL(truncate(lab.path, 3000), 0);
    struct ecp_dataset_request request = all;
    request.path = lab.path;
    refused(NULL, request, ECP_EIO, "truncated or damaged");
    request.path = "/nowhere/at/all.nwb";
    refused(NULL, request, ECP_EIO, "No such file");
    request.path = ECP_TEST_DATA "/recordings/README.md";
    refused(NULL, request, ECP_EIO, "not a file that can be scored");
    (void)remove(lab.path);
}

ECP_TEST_MAIN("NWB", {"counts spikes of trials", counts_spikes_of_trials},
              {"agrees with counts of others", agrees_with_counts_of_others},
              {"by another column", by_another_column},
              {"epochs and narrow indices", epochs_and_narrow_indices},
              {"whole recordings", whole_recordings}, {"any types", any_types}, {"holes", holes},
              {"other layouts", other_layouts}, {"refuses times", refuses_times},
              {"refuses tables", refuses_tables}, {"refuses files", refuses_files})
