/* A run as an NWB file: read by h5py, and again by ecphory. */
#include <math.h>
#include <sys/wait.h>

#include "engine/dataset_read.h"
#include "tests/unit/test_store_run.h"

static void h5py_reads(void)
{
    struct run *r = make_run();
    char dir[64], command[1024];
    make_folder(dir);
    ECP_ASSERT_OK(write_run(r, dir, NULL, 0));
    ECP_ASSERT_OK(ecp_store_write_nwb(dir));
    (void)fflush(NULL);
    (void)snprintf(command, sizeof command,
                   "/usr/bin/python3 -c 'import h5py' 2>/dev/null || exit 77; "
                   "/usr/bin/python3 '%s/tests/unit/read_nwb.py' '%s/run.nwb'",
                   ECP_SOURCE_DIR, dir);
    const int how = system(command);
    CU_ASSERT_TRUE(WIFEXITED(how));
    CU_ASSERT_TRUE(WEXITSTATUS(how) == 0 || WEXITSTATUS(how) == 77);
    if (WEXITSTATUS(how) == 77)
        (void)printf("(skipped: no h5py) ");
    remove_folder(dir);
    free(r);
}

/* Rates from the file are those of the recording, in windows that no spike is on the edge of. */
static void reads_again(void)
{
    struct run *r = make_run();
    struct ecp_dataset *run = NULL, *nwb = NULL;
    char dir[64], path[128];
    make_folder(dir);
    ECP_ASSERT_OK(write_run(r, dir, NULL, 0));
    ECP_ASSERT_OK(ecp_store_write_nwb(dir));
    (void)snprintf(path, sizeof path, "%s/run.nwb", dir);
    struct ecp_dataset_request request = {
        .path = path, .population = "E", .from = 10.05, .to = 40.05, .keep_trains = 1};
    ECP_ASSERT_OK(ecp_dataset_of_recording(&r->whole, &request, &run));
    request.by = "stimulus";
    ECP_ASSERT_OK(ecp_dataset_read(&request, &nwb));
    CU_ASSERT_EQUAL_FATAL(nwb->n_units, run->n_units);
    CU_ASSERT_EQUAL_FATAL(nwb->n_conditions, run->n_conditions);
    CU_ASSERT_STRING_EQUAL(nwb->condition[0], run->condition[0]);
    double spikes = 0;
    for (size_t u = 0; u < run->n_units; u++) {
        CU_ASSERT_EQUAL(nwb->train[u].n, run->train[u].n);
        CU_ASSERT_DOUBLE_EQUAL(nwb->mean[u], run->mean[u], 1e-9);
        for (size_t k = 0; k < nwb->train[u].n && k < run->train[u].n; k++)
            CU_ASSERT_DOUBLE_EQUAL(nwb->train[u].time[k], run->train[u].time[k] + 0.05, 1e-9);
        spikes += (double)nwb->train[u].n;
    }
    CU_ASSERT(spikes > 300);
    ecp_dataset_destroy(run);
    ecp_dataset_destroy(nwb);
    remove_folder(dir);
    free(r);
}

static void equal_bytes(void)
{
    struct run *r = make_run();
    static const ecp_step cuts[] = {333};
    char dir[2][64], path[2][128];
    for (size_t k = 0; k < 2; k++) {
        make_folder(dir[k]);
        ECP_ASSERT_OK(write_run(r, dir[k], cuts, k));
        ECP_ASSERT_OK(ecp_store_write_nwb(dir[k]));
        (void)snprintf(path[k], sizeof path[k], "%s/run.nwb", dir[k]);
    }
    CU_ASSERT_TRUE(same_bytes(path[0], path[1]));
    remove_folder(dir[0]);
    remove_folder(dir[1]);
    free(r);
}

static void without_a_run(void)
{
    char dir[64];
    make_folder(dir);
    CU_ASSERT_EQUAL(ecp_store_write_nwb(dir), ECP_EIO);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "spikes.h5"));
    ecp_error_clear();
    remove_folder(dir);
}

ECP_TEST_MAIN("runs as NWB", {"h5py reads", h5py_reads}, {"reads again", reads_again},
              {"equal bytes", equal_bytes}, {"without a run", without_a_run})
