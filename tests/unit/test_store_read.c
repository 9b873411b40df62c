/* Reading spikes and reports of other programs, and files that are damaged. */
#include <hdf5.h>

#include "tests/unit/test_store_run.h"

static const char *sample(const char *name, char path[512])
{
    return path_in(ECP_TEST_DATA "/sonata", name, path);
}

static int events_are(const struct ecp_recorded_population *p, const struct ecp_spike *event,
                      size_t n)
{
    int same = p->n_events == n;
    for (size_t k = 0; same && k < n; k++)
        same = p->event[k].step == event[k].step && p->event[k].index == event[k].index;
    return same;
}

static const struct ecp_recorded_population *population_named(const struct ecp_recording *r,
                                                              const char *name)
{
    for (size_t k = 0; k < r->n_populations; k++)
        if (strcmp(r->population[k].name, name) == 0)
            return &r->population[k];
    CU_FAIL_FATAL("no such population");
    return NULL;
}

/* Four populations: by time, by id, unsorted, empty; the spikes are the same. */
static void libsonata_spikes(void)
{
    static const struct ecp_spike same[] = {{1, 5}, {2, 2}, {3, 3}, {7, 2}, {13, 3}};
    static const char *const names[] = {"All", "spikes1", "spikes2"};
    struct ecp_recording *r = NULL;
    char path[512];
    ECP_ASSERT_OK(ecp_store_read(sample("libsonata_spikes.h5", path), &r));
    CU_ASSERT_EQUAL(r->n_populations, 4);
    CU_ASSERT_EQUAL(r->dt, 0.1);
    CU_ASSERT_DOUBLE_EQUAL(r->duration, 1.3, 1e-9);
    CU_ASSERT_EQUAL(r->spikes, 15);
    for (size_t k = 0; k < 3; k++) {
        const struct ecp_recorded_population *p = population_named(r, names[k]);
        CU_ASSERT_TRUE(events_are(p, same, 5));
        CU_ASSERT_EQUAL_FATAL(p->size, 6);
        CU_ASSERT_EQUAL(p->spikes, 5);
        CU_ASSERT_EQUAL(p->count[2], 2);
        CU_ASSERT_EQUAL(p->intervals[2], 1);
        CU_ASSERT_EQUAL(p->interval_sum[2], 5);
        CU_ASSERT_EQUAL(p->interval_sum[3], 10);
        CU_ASSERT_EQUAL(p->interval_square_sum[3], 100);
        CU_ASSERT_EQUAL(p->intervals[5], 0);
    }
    const struct ecp_recorded_population *empty = population_named(r, "empty");
    CU_ASSERT_EQUAL(empty->n_events, 0);
    CU_ASSERT_EQUAL(empty->recorded, 1);
    CU_ASSERT_EQUAL_FATAL(r->n_phases, 1);
    CU_ASSERT_EQUAL(r->phase[0].discarded, 0);
    CU_ASSERT_DOUBLE_EQUAL(r->phase[0].stop, 1.3, 1e-9);
    ecp_recording_destroy(r);
}

static void foreign_report(void)
{
    struct ecp_recording *r = NULL;
    char path[512];
    ECP_ASSERT_OK(ecp_store_read(sample("minimal_v_report.h5", path), &r));
    CU_ASSERT_EQUAL_FATAL(r->n_signals, 1);
    const struct ecp_recorded_signal *s = &r->signal[0];
    CU_ASSERT_EQUAL_FATAL(s->n_frames, 20);
    CU_ASSERT_EQUAL_FATAL(s->n_columns, 6);
    CU_ASSERT_STRING_EQUAL(s->unit, "mV");
    CU_ASSERT_STRING_EQUAL(s->probe, "minimal_v_report");
    CU_ASSERT_EQUAL(s->interval, 1);
    CU_ASSERT_EQUAL(s->index[5], 5);
    CU_ASSERT_DOUBLE_EQUAL(s->data[0], 1.76405, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(s->data[6 * 2 + 1], 0.121675, 1e-6);
    CU_ASSERT_STRING_EQUAL(r->population[s->population].name, "cortex");
    CU_ASSERT_EQUAL(r->population[s->population].size, 6);
    CU_ASSERT_EQUAL(r->duration, 20);
    ecp_recording_destroy(r);
    ECP_ASSERT_OK(ecp_store_read(sample("minimal_spikes.h5", path), &r));
    CU_ASSERT_EQUAL(r->population[0].n_events, 5);
    CU_ASSERT_EQUAL(r->population[0].count[3], 2);
    ecp_recording_destroy(r);
}

/* ---- files made here ---------------------------------------------------- */

struct column {
    const char *name;
    hid_t type;
    hsize_t n;
    const void *data;
};

static void write_columns(const char *path, const char *const *groups, const struct column *column,
                          size_t n)
{
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    CU_ASSERT_TRUE_FATAL(file >= 0);
    for (; *groups != NULL; groups++)
        (void)H5Gclose(H5Gcreate2(file, *groups, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    for (size_t k = 0; k < n; k++) {
        const hid_t space = H5Screate_simple(1, &column[k].n, NULL);
        const hid_t set = H5Dcreate2(file, column[k].name, column[k].type, space, H5P_DEFAULT,
                                     H5P_DEFAULT, H5P_DEFAULT);
        CU_ASSERT_TRUE_FATAL(set >= 0);
        (void)H5Dwrite(set, column[k].type, H5S_ALL, H5S_ALL, H5P_DEFAULT, column[k].data);
        (void)H5Dclose(set);
        (void)H5Sclose(space);
    }
    (void)H5Fclose(file);
}

static void old_layout(void)
{
    static const double stamp[] = {3.0, 1.0, 1.0};
    static const uint16_t gid[] = {4, 9, 2};
    static const struct ecp_spike sorted[] = {{10, 2}, {10, 9}, {30, 4}};
    static const char *const groups[] = {"spikes", NULL};
    const struct column column[] = {{"spikes/timestamps", H5T_NATIVE_DOUBLE, 3, stamp},
                                    {"spikes/gids", H5T_NATIVE_UINT16, 3, gid}};
    struct ecp_recording *r = NULL;
    write_columns("store_old.h5", groups, column, 2);
    ECP_ASSERT_OK(ecp_store_read("store_old.h5", &r));
    CU_ASSERT_EQUAL_FATAL(r->n_populations, 1);
    CU_ASSERT_EQUAL(r->population[0].size, 10);
    CU_ASSERT_TRUE(events_are(&r->population[0], sorted, 3));
    ecp_recording_destroy(r);
    (void)unlink("store_old.h5");
}

static void refused(const char *path, const char *said)
{
    struct ecp_recording *r = NULL;
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_store_read(path, &r), ECP_EIO);
    CU_ASSERT_PTR_NULL(r);
    if (strstr(ecp_error_message(), said) == NULL)
        (void)printf("\n  said: %s\n", ecp_error_message());
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), said));
    ecp_error_clear();
}

static void wrong_content(void)
{
    static const double stamp[] = {1, 2, 3}, negative[] = {1, -2, 3}, nan[] = {1, 0.0 / 0.0, 3};
    static const int64_t id[] = {0, 1, 2}, below[] = {0, -1, 2}, huge[] = {0, 1, 1LL << 40};
    static const char *const spikes[] = {"spikes", "spikes/p", NULL}, *const none[] = {NULL};
    const char *path = "store_wrong.h5";
    const struct {
        const double *stamp;
        const int64_t *id;
        hsize_t n_ids;
        const char *said;
    } cases[] = {{negative, id, 3, "times from 0"},
                 {nan, id, 3, "times from 0"},
                 {stamp, below, 3, "neuron -1"},
                 {stamp, huge, 3, "neurons from 0"},
                 {stamp, id, 2, "3 times and 2 neurons"}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        const struct column column[] = {
            {"spikes/p/timestamps", H5T_NATIVE_DOUBLE, 3, cases[k].stamp},
            {"spikes/p/node_ids", H5T_NATIVE_INT64, cases[k].n_ids, cases[k].id}};
        write_columns(path, spikes, column, 2);
        refused(path, cases[k].said);
    }
    const struct column alone[] = {{"spikes/p/timestamps", H5T_NATIVE_DOUBLE, 3, stamp}};
    write_columns(path, spikes, alone, 1);
    refused(path, "no dataset gids");
    const struct column other[] = {{"x", H5T_NATIVE_DOUBLE, 3, stamp}};
    write_columns(path, none, other, 1);
    refused(path, "neither spikes nor a report");
    (void)unlink(path);
    refused("store_nowhere.h5", "store_nowhere.h5: cannot be opened");
    refused(ECP_TEST_DATA "/sonata/README.md", "is not an HDF5 file");
    refused(ECP_TEST_DATA "/sonata", "no run in this folder");
}

/* ---- damage -------------------------------------------------------------- */

static size_t load_bytes(const char *path, unsigned char **bytes)
{
    FILE *file = fopen(path, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    (void)fseek(file, 0, SEEK_END);
    const long n = ftell(file);
    CU_ASSERT_TRUE_FATAL(n > 0);
    rewind(file);
    *bytes = malloc((size_t)n);
    CU_ASSERT_PTR_NOT_NULL_FATAL(*bytes);
    CU_ASSERT_EQUAL_FATAL(fread(*bytes, 1, (size_t)n, file), (size_t)n);
    (void)fclose(file);
    return (size_t)n;
}

static void save_bytes(const char *path, const unsigned char *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, n, file), n);
    (void)fclose(file);
}

static void truncated(void)
{
    struct run *r = make_run();
    char dir[64], path[512];
    make_folder(dir);
    ECP_ASSERT_OK(write_run(r, dir, NULL, 0));
    unsigned char *bytes = NULL;
    const size_t n = load_bytes(path_in(dir, "spikes.h5", path), &bytes);
    for (size_t length = 0; length < n; length += n / 40 + 1) {
        struct ecp_recording *read = NULL;
        save_bytes(path, bytes, length);
        CU_ASSERT_EQUAL(ecp_store_read(dir, &read), ECP_EIO);
        CU_ASSERT_PTR_NULL(read);
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "spikes.h5"));
        ecp_error_clear();
    }
    free(bytes);
    remove_folder(dir);
    free(r);
}

/* One byte of a dataset turned over: read, or refused with a sentence. (In the
 * metadata it is HDF5 that does not survive it.) */
static void turned_data(void)
{
    static const char *const cases[][2] = {
        {"minimal_spikes.h5", "spikes/cortex/timestamps"},
        {"minimal_spikes.h5", "spikes/cortex/node_ids"},
        {"minimal_v_report.h5", "report/cortex/mapping/node_ids"},
        {"minimal_v_report.h5", "report/cortex/mapping/index_pointers"},
        {"minimal_v_report.h5", "report/cortex/mapping/time"}};
    size_t taken = 0, refusals = 0;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        char path[512];
        unsigned char *bytes = NULL;
        const size_t n = load_bytes(sample(cases[c][0], path), &bytes);
        const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
        const hid_t set = H5Dopen2(file, cases[c][1], H5P_DEFAULT);
        const haddr_t start = H5Dget_offset(set), size = H5Dget_storage_size(set);
        (void)H5Dclose(set);
        (void)H5Fclose(file);
        CU_ASSERT_TRUE_FATAL(start != HADDR_UNDEF && start + size <= n);
        for (haddr_t k = start; k < start + size; k++) {
            struct ecp_recording *read = NULL;
            /* Ids below 2^24 only: others ask for gigabytes, rightly. */
            if (strstr(cases[c][1], "node_ids") != NULL && (k - start) % 8 == 3)
                continue;
            bytes[k] ^= 0xff;
            save_bytes("store_turned.h5", bytes, n);
            bytes[k] ^= 0xff;
            const enum ecp_status status = ecp_store_read("store_turned.h5", &read);
            CU_ASSERT_TRUE(status == ECP_OK || ecp_error_message()[0] != '\0');
            taken += status == ECP_OK;
            refusals += status != ECP_OK;
            ecp_recording_destroy(read);
            ecp_error_clear();
        }
        (void)unlink("store_turned.h5");
        free(bytes);
    }
    CU_ASSERT_TRUE(taken > 0 && refusals > 0);
}

ECP_TEST_MAIN("store, reading", {"spikes of libsonata", libsonata_spikes},
              {"report of others", foreign_report}, {"old layout", old_layout},
              {"wrong content", wrong_content}, {"truncated", truncated},
              {"turned data", turned_data})
