/* SONATA spikes and reports as data sets: files of other tools against what h5py reads from
 * them, files made here with what can go wrong, trials against counting one by one. */
#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/dataset_read.h"
#include "tests/support.h"

#define SAMPLES ECP_TEST_DATA "/recordings/sonata_samples/"

static enum ecp_status read_as(const char *path, const char *by, const char *population,
                               const double window[2], struct ecp_dataset **out)
{
    const struct ecp_dataset_request request = {.path = path,
                                                .by = by,
                                                .population = population,
                                                .from = window ? window[0] : NAN,
                                                .to = window ? window[1] : NAN,
                                                .keep_trains = 1};
    *out = NULL;
    ecp_error_clear();
    return ecp_dataset_read(&request, out);
}

static void refused(const char *path, const char *by, const char *population, const char *why)
{
    struct ecp_dataset *set;
    const enum ecp_status status = read_as(path, by, population, NULL, &set);
    CU_ASSERT(status == ECP_ECONFIG || status == ECP_EIO);
    CU_ASSERT_PTR_NULL(set);
    if (!strstr(ecp_error_message(), why))
        (void)printf("\n  \"%s\" says nothing of \"%s\"", ecp_error_message(), why);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), why));
    ecp_dataset_destroy(set);
}

static int train_is(const struct ecp_dataset *set, size_t unit, size_t n, const double *time)
{
    const struct ecp_train *t = &set->train[unit];
    int same = t->n == n;
    for (size_t k = 0; k < n && same; k++)
        same = t->time[k] == time[k];
    return same;
}

/* ---- spikes of others ------------------------------------------------------------- */

static void populations_side_by_side(void)
{
    static const double two[] = {0.2, 0.7}, three[] = {0.3, 1.3}, five[] = {0.1};
    struct ecp_dataset *set;
    ECP_ASSERT_OK(read_as(SAMPLES "libsonata_tests/spikes.h5", NULL, NULL, NULL, &set));
    CU_ASSERT_EQUAL_FATAL(set->n_units, 9); /* 3 populations; "empty" brings none */
    for (size_t u = 0; u < 9; u += 3) {
        CU_ASSERT(train_is(set, u, 2, two));
        CU_ASSERT(train_is(set, u + 1, 2, three));
        CU_ASSERT(train_is(set, u + 2, 1, five));
    }
    CU_ASSERT_STRING_EQUAL(set->unit[0], "All:2");
    CU_ASSERT_STRING_EQUAL(set->unit[8], "spikes2:5");
    CU_ASSERT_STRING_EQUAL(set->unit_label[1].word[4], "spikes1");
    CU_ASSERT_EQUAL(set->unit_label[0].number[4], 3);
    CU_ASSERT_EQUAL(set->n_trials, 0);
    CU_ASSERT_EQUAL(set->n_conditions, 1);
    CU_ASSERT_DOUBLE_EQUAL(set->mean[0], 2000 / 1.3, 1e-9);
    ecp_dataset_destroy(set);
    ECP_ASSERT_OK(read_as(SAMPLES "libsonata_tests/spikes.h5", NULL, "spikes2", NULL, &set));
    CU_ASSERT_EQUAL(set->n_units, 3);
    CU_ASSERT_STRING_EQUAL(set->unit[2], "5");
    ecp_dataset_destroy(set);
    ECP_ASSERT_OK(
        read_as(SAMPLES "libsonata_tests/spikes.h5:/spikes/spikes1", NULL, NULL, NULL, &set));
    CU_ASSERT_EQUAL(set->n_units, 3);
    ecp_dataset_destroy(set);
    refused(SAMPLES "libsonata_tests/spikes.h5", NULL, "cortex", "All, empty, spikes1, spikes2");
    refused(SAMPLES "libsonata_tests/spikes.h5", NULL, "empty", "no spikes");
    refused(SAMPLES "libsonata_tests/spikes.h5", "stimulus", NULL, "FILE.csv:COLUMN");
}

static void old_layout(void)
{
    struct ecp_dataset *set;
    size_t n = 0;
    int ascending = 1;
    ECP_ASSERT_OK(read_as(SAMPLES "300_pointneurons/inputs/external_spike_trains.h5", NULL, NULL,
                          NULL, &set));
    CU_ASSERT_EQUAL(set->n_units, 100);
    for (size_t u = 0; u < set->n_units; u++) {
        n += set->train[u].n;
        for (size_t k = 1; k < set->train[u].n; k++)
            ascending &= set->train[u].time[k] >= set->train[u].time[k - 1];
    }
    CU_ASSERT_EQUAL(n, 4334);
    CU_ASSERT(ascending);
    CU_ASSERT_DOUBLE_EQUAL(set->train[0].time[0], 0.38432237, 1e-8);
    ecp_dataset_destroy(set);
    refused(SAMPLES "300_pointneurons/inputs/external_spike_trains.h5", NULL, "external",
            "no names of populations");
}

/* ---- files of our own ------------------------------------------------------------------ */

static char path[64], table[64];

static void put(hid_t file, const char *name, hid_t type, int rank, const hsize_t *size,
                const void *data, const char *unit)
{
    const hid_t links = H5Pcreate(H5P_LINK_CREATE), text = H5Tcopy(H5T_C_S1);
    (void)H5Pset_create_intermediate_group(links, 1);
    const hid_t space = H5Screate_simple(rank, size, NULL);
    const hid_t set = H5Dcreate2(file, name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    CU_ASSERT(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    if (unit) {
        const hid_t scalar = H5Screate(H5S_SCALAR);
        (void)H5Tset_size(text, strlen(unit) + 1);
        const hid_t a = H5Acreate2(set, "units", text, scalar, H5P_DEFAULT, H5P_DEFAULT);
        (void)H5Awrite(a, text, unit);
        (void)H5Aclose(a);
        (void)H5Sclose(scalar);
    }
    (void)H5Dclose(set);
    (void)H5Sclose(space);
    (void)H5Tclose(text);
    (void)H5Pclose(links);
}

static void write_spikes(size_t n, const double *time, size_t m, const uint64_t *node,
                         const char *unit)
{
    const hsize_t size[2] = {n, m};
    (void)snprintf(path, sizeof path, "test_sonata_%ld.h5", (long)getpid());
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put(file, "spikes/p/timestamps", H5T_NATIVE_DOUBLE, 1, &size[0], time, unit);
    put(file, "spikes/p/node_ids", H5T_NATIVE_UINT64, 1, &size[1], node, NULL);
    (void)H5Fclose(file);
}

static void units_and_numbers(void)
{
    static const double seconds[] = {0.3, 0.1, 0.2, 0.05};
    static const uint64_t node[] = {(1ull << 63) + 5, (1ull << 63) + 5, 7, (1ull << 63) + 5};
    static const double want[] = {50, 100, 300};
    struct ecp_dataset *set;
    write_spikes(4, seconds, 4, node, "s");
    ECP_ASSERT_OK(read_as(path, NULL, NULL, NULL, &set));
    CU_ASSERT_EQUAL_FATAL(set->n_units, 2);
    CU_ASSERT_STRING_EQUAL(set->unit[1], "9223372036854775813");
    CU_ASSERT_EQUAL_FATAL(set->train[1].n, 3);
    for (size_t k = 0; k < 3; k++)
        CU_ASSERT_DOUBLE_EQUAL(set->train[1].time[k], want[k], 1e-12);
    ecp_dataset_destroy(set);
    write_spikes(4, seconds, 4, node, "parsec");
    refused(path, NULL, NULL, "unit \"parsec\"");
    (void)unlink(path);
}

static void wrong_numbers(void)
{
    double time[20];
    uint64_t node[20] = {0};
    for (size_t k = 0; k < 20; k++)
        time[k] = 0.02 * (double)k; /* 50 Hz in seconds */
    write_spikes(20, time, 20, node, NULL);
    refused(path, NULL, NULL, "times in seconds?");
    write_spikes(20, time, 20, node, "ms");
    refused(path, NULL, NULL, "times in seconds?");
    write_spikes(20, time, 19, node, "ms");
    refused(path, NULL, NULL, "20 timestamps and 19 node_ids");
    time[3] = (double)NAN;
    write_spikes(20, time, 20, node, "ms");
    refused(path, NULL, NULL, "spike 3");
    CU_ASSERT_EQUAL(truncate(path, 1500), 0);
    refused(path, NULL, NULL, path);
    (void)unlink(path);
    refused(path, NULL, NULL, path);
}

/* ---- trials ------------------------------------------------------------------------- */

static const char *table_with(const char *text)
{
    static char by[80];
    (void)snprintf(table, sizeof table, "test_sonata_%ld.csv", (long)getpid());
    FILE *file = fopen(table, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    (void)fputs(text, file);
    (void)fclose(file);
    (void)snprintf(by, sizeof by, "%s:shown", table);
    return by;
}

/* Trials as they stand in the table below, against counting in the whole recording. */
static void trials_of_a_text(void)
{
    static const double start[] = {100, 600, 1100, 1600}, stop[] = {400, 900, 1400, 1950};
    static const size_t condition[] = {0, 1, 0, 1}, repeat[] = {0, 0, 1, 1};
    const char *file = SAMPLES "300_pointneurons/inputs/external_spike_trains.h5";
    const char *by = table_with("# trials\nstart,stop,shown,x\n100,400,\"a, b\",1\n");
    struct ecp_dataset *set, *whole;
    refused(file, by, NULL, ":3: 5 columns"); /* a comma within quotes is one too many */
    by = table_with("start;stop;shown\n100;400;a b\n600;900;c\n\n1100;1400;a b\n1600;1950;c\n");
    ECP_ASSERT_OK(read_as(file, NULL, NULL, NULL, &whole));
    for (int windowed = 0; windowed < 2; windowed++) {
        const double window[2] = {50, 200};
        ECP_ASSERT_OK(read_as(file, by, NULL, windowed ? window : NULL, &set));
        CU_ASSERT_EQUAL_FATAL(set->n_trials, 4);
        CU_ASSERT_EQUAL_FATAL(set->n_conditions, 2);
        CU_ASSERT_STRING_EQUAL(set->condition[0], "a b");
        CU_ASSERT_EQUAL(set->start, windowed ? 50 : 0);
        CU_ASSERT_EQUAL(set->stop, windowed ? 200 : 300);
        for (size_t t = 0; t < 4; t++) {
            const double from = start[t] + (windowed ? 50 : 0);
            const double to = windowed ? start[t] + 200 : stop[t];
            CU_ASSERT_EQUAL(set->trial_condition[t], condition[t]);
            CU_ASSERT_EQUAL(set->trial_repeat[t], repeat[t]);
            for (size_t u = 0; u < set->n_units; u++) {
                double n = 0;
                for (size_t k = 0; k < whole->train[u].n; k++)
                    n += whole->train[u].time[k] >= from && whole->train[u].time[k] < to;
                CU_ASSERT_DOUBLE_EQUAL(set->response[t * set->n_units + u], 1000 * n / (to - from),
                                       1e-12);
                const struct ecp_train *train = &set->train[t * set->n_units + u];
                CU_ASSERT(train->n == 0 ||
                          (train->time[0] >= set->start && train->time[train->n - 1] < set->stop));
            }
        }
        for (size_t u = 0; u < set->n_units; u++)
            CU_ASSERT_DOUBLE_EQUAL(
                set->mean[u], (set->response[u] + set->response[2 * set->n_units + u]) / 2, 1e-12);
        ecp_dataset_destroy(set);
    }
    ecp_dataset_destroy(whole);
    by = table_with("start_time\tstop_time\tshown\n0.1\t0.4\ta\n0.6\t0.9\tb\n");
    ECP_ASSERT_OK(read_as(file, by, NULL, NULL, &set));
    CU_ASSERT_EQUAL(set->n_conditions, 2);
    CU_ASSERT_DOUBLE_EQUAL(set->stop, 300, 1e-9);
    ecp_dataset_destroy(set);
    refused(file, table_with("start,stop,shown\n0.1,0.4,a\n"), NULL, "in another unit?");
    refused(file, table_with("start,stop,shown\n1e6,2e6,a\n"), NULL, "in another unit?");
    refused(file, table_with("start,stop,shown\n4,3,a\n"), NULL, ":2: a trial from 4 ms to 3 ms");
    refused(file, table_with("start,stop,shown\nx,3,a\n"), NULL, ":2: start: found \"x\"");
    refused(file, table_with("start,stop,what\n1,3,a\n"), NULL, "no column shown");
    refused(file, table_with("start,stop,shown\n"), NULL, "no trials");
    (void)unlink(table);
    refused(file, "none.csv:shown", NULL, "none.csv");
}

/* ---- reports --------------------------------------------------------------------------- */

static void reports_over_time(void)
{
    struct ecp_dataset *set;
    ECP_ASSERT_OK(read_as(SAMPLES "libsonata_tests/somas.h5:/report/All", NULL, NULL, NULL, &set));
    CU_ASSERT_EQUAL_FATAL(set->n_units, 20);
    CU_ASSERT_EQUAL_FATAL(set->n_conditions, 10);
    CU_ASSERT_STRING_EQUAL(set->unit[0], "10");
    CU_ASSERT_STRING_EQUAL(set->response_unit, "mV");
    for (size_t t = 0; t < 10; t++) {
        CU_ASSERT_DOUBLE_EQUAL(set->mean[t * 20], 10 + 0.1 * (double)t, 1e-5);
        CU_ASSERT_DOUBLE_EQUAL(set->mean[t * 20 + 11], 1 + 0.1 * (double)t, 1e-5);
        CU_ASSERT_DOUBLE_EQUAL(set->condition_label[0].number[t], 0.1 * (double)t, 1e-12);
    }
    ecp_dataset_destroy(set);
    ECP_ASSERT_OK(read_as(SAMPLES "minimal/v_report.h5", NULL, NULL, (double[]){5, 8}, &set));
    CU_ASSERT_EQUAL(set->n_conditions, 3);
    CU_ASSERT_EQUAL(set->n_units, 6);
    CU_ASSERT_EQUAL(set->condition_label[0].number[0], 5);
    ecp_dataset_destroy(set);
    ECP_ASSERT_OK(read_as(SAMPLES "libsonata_tests/elements.h5", NULL, "All", NULL, &set));
    CU_ASSERT_EQUAL_FATAL(set->n_units, 100); /* 20 nodes of 5 elements */
    CU_ASSERT_STRING_EQUAL(set->unit[5], "2/2.0");
    CU_ASSERT_STRING_EQUAL(set->unit_label[1].word[0], "All");
    ecp_dataset_destroy(set);
    ECP_ASSERT_OK(read_as(SAMPLES "libsonata_tests/elements.h5",
                          table_with("start,stop,shown\n0,0.5,a\n1,1.4,b\n"), NULL, NULL, &set));
    CU_ASSERT_EQUAL_FATAL(set->n_trials, 2);
    /* Frames at 0, 0.2, 0.4, and at 1, 1.2. */
    CU_ASSERT(isfinite(set->response[0]) && isfinite(set->response[100]));
    ecp_dataset_destroy(set);
    (void)unlink(table);
}

/* N or N + 1 entries under either name; what does not go together is refused. */
static void mappings(void)
{
    static const float data[3][4] = {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}};
    static const double time[] = {0, 3, 1};
    static const uint64_t node[] = {3, 9}, good[] = {0, 1, 4}, bad[][3] = {{0, 5, 4}, {1, 2, 4}};
    struct ecp_dataset *set;
    (void)snprintf(path, sizeof path, "test_sonata_%ld.h5", (long)getpid());
    for (int k = 0; k < 6; k++) {
        const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        put(file, "report/p/data", H5T_NATIVE_FLOAT, 2, (hsize_t[]){3, 4}, data, NULL);
        put(file, "report/p/mapping/time", H5T_NATIVE_DOUBLE, 1, (hsize_t[]){3}, time, NULL);
        put(file, "report/p/mapping/node_ids", H5T_NATIVE_UINT64, 1, (hsize_t[]){2}, node, NULL);
        put(file, k % 2 ? "report/p/mapping/index_pointer" : "report/p/mapping/index_pointers",
            H5T_NATIVE_UINT64, 1, (hsize_t[]){k < 2 ? 2 : 3}, k < 4 ? good : bad[k % 2], NULL);
        (void)H5Fclose(file);
        if (k >= 4) {
            refused(path, NULL, NULL, k % 2 ? "index_pointer:" : "index_pointers:");
            continue;
        }
        ECP_ASSERT_OK(read_as(path, NULL, NULL, NULL, &set));
        CU_ASSERT_STRING_EQUAL(set->unit[0], "3");
        CU_ASSERT_STRING_EQUAL(set->unit[3], "9/2");
        CU_ASSERT_EQUAL(set->mean[7], 8);
        ecp_dataset_destroy(set);
    }
    (void)unlink(path);
}

ECP_TEST_MAIN("SONATA as data sets", {"populations side by side", populations_side_by_side},
              {"old layout", old_layout}, {"units and numbers", units_and_numbers},
              {"wrong numbers", wrong_numbers}, {"trials of a text", trials_of_a_text},
              {"reports over time", reports_over_time}, {"mappings", mappings})
