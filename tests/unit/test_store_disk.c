/* The store on disks that are full, and folders that cannot be. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/test_store_run.h"

static const char *const final_files[] = {"spikes.h5",     "rates.h5",     "report_v_E.h5",
                                          "report_i_I.h5", "weights_w.h5", "weights_once.h5"};
enum { FINAL_FILES = 6 };

static int limit_files(rlim_t bytes)
{
    const struct rlimit limit = {bytes, bytes};
    return signal(SIGXFSZ, SIG_IGN) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

static int one_line(const char *text)
{
    return text[0] != '\0' && strchr(text, '\n') == NULL;
}

/* In a child, since a limit cannot be taken back, and so that the end of the
 * process (where HDF5 cleans up) is part of the test. Exit codes: 0 written, 1
 * refused as it should, 2 wrong. */
static int in_child(int (*what)(const struct run *, const char *, rlim_t), const struct run *r,
                    const char *dir, rlim_t bytes)
{
    (void)fflush(NULL);
    const pid_t child = fork();
    CU_ASSERT_TRUE_FATAL(child >= 0);
    if (child == 0)
        exit(what(r, dir, bytes));
    int how = 0;
    CU_ASSERT_EQUAL(waitpid(child, &how, 0), child);
    CU_ASSERT_TRUE(WIFEXITED(how)); /* not by a signal */
    return WIFEXITED(how) ? WEXITSTATUS(how) : 2;
}

static int flush_with_little(const struct run *r, const char *dir, rlim_t bytes)
{
    struct ecp_store *store;
    struct part part;
    cut(r, 0, 300, &part);
    if (ecp_store_create(dir, &r->plan, &store) != ECP_OK ||
        ecp_store_flush(store, &part.recording, NULL) != ECP_OK || !limit_files(bytes))
        return 2;
    cut(r, 300, 900, &part);
    const enum ecp_status status = ecp_store_flush(store, &part.recording, NULL);
    const int fine = status == ECP_OK || (status == ECP_EIO && one_line(ecp_error_message()));
    ecp_store_destroy(store);
    return fine ? status != ECP_OK : 2;
}

static void full_during_flush(void)
{
    struct run *r = make_run();
    int written = 0, refused = 0;
    for (rlim_t bytes = 0; bytes < 200000; bytes += bytes < 6000 ? 1500 : 22000) {
        char dir[64];
        double kept = -1;
        make_folder(dir);
        const int result = in_child(flush_with_little, r, dir, bytes);
        CU_ASSERT_NOT_EQUAL(result, 2);
        written += result == 0;
        refused += result == 1;
        CU_ASSERT_FALSE(is_there(dir, "spikes.h5"));
        ECP_ASSERT_OK(ecp_store_recover(dir, &kept));
        CU_ASSERT_DOUBLE_EQUAL(kept, result == 0 ? 90 : 30, 1e-9);
        remove_folder(dir);
    }
    CU_ASSERT_TRUE(written > 0 && refused > 5);
    free(r);
}

static int finish_with_little(const struct run *r, const char *dir, rlim_t bytes)
{
    struct ecp_store *store;
    struct part part;
    cut(r, 0, STEPS, &part);
    if (ecp_store_create(dir, &r->plan, &store) != ECP_OK ||
        ecp_store_flush(store, &part.recording, NULL) != ECP_OK || !limit_files(bytes))
        return 2;
    cut(r, STEPS, STEPS, &part);
    const enum ecp_status status = ecp_store_finish(store, &part.recording, NULL);
    const int fine = status == ECP_OK || (status == ECP_EIO && one_line(ecp_error_message()) &&
                                          strstr(ecp_error_message(), "kept in") != NULL);
    ecp_store_destroy(store);
    return fine ? status != ECP_OK : 2;
}

/* Nothing under a final name but the earlier file; all of the run can be
 * recovered, byte for byte, once there is room. */
static void full_during_finish(void)
{
    struct run *r = make_run();
    char good[64], a[512], b[512];
    int written = 0, refused = 0;
    make_folder(good);
    ECP_ASSERT_OK(write_run(r, good, NULL, 0));
    for (rlim_t bytes = 0; bytes < 120000; bytes += bytes < 6000 ? 1500 : 11000) {
        char dir[64];
        double kept = -1;
        make_folder(dir);
        FILE *earlier = fopen(path_in(dir, "spikes.h5", a), "wb");
        CU_ASSERT_PTR_NOT_NULL_FATAL(earlier);
        (void)fputs("earlier", earlier);
        (void)fclose(earlier);
        const int result = in_child(finish_with_little, r, dir, bytes);
        CU_ASSERT_NOT_EQUAL(result, 2);
        written += result == 0;
        refused += result == 1;
        CU_ASSERT_EQUAL(number_of(dir, ".part"), 0);
        CU_ASSERT_EQUAL(number_of(dir, ".h5"), result == 0 ? FINAL_FILES : 1);
        if (result == 1) {
            CU_ASSERT_FALSE(same_bytes(path_in(good, "spikes.h5", b), a));
            ECP_ASSERT_OK(ecp_store_recover(dir, &kept));
            CU_ASSERT_EQUAL(kept, 100);
        }
        /* A last segment that did not fit leaves a run that is not complete. */
        if (result == 0 || bytes > 50000)
            for (size_t f = 0; f < FINAL_FILES; f++)
                CU_ASSERT_TRUE(
                    same_bytes(path_in(good, final_files[f], a), path_in(dir, final_files[f], b)));
        remove_folder(dir);
    }
    CU_ASSERT_TRUE(written > 0 && refused > 5);
    remove_folder(good);
    free(r);
}

static void folders_that_cannot_be(void)
{
    struct run *r = make_run();
    struct ecp_store *store = NULL;
    struct ecp_recording *read = NULL;
    char dir[64], file[512], below[512];
    double kept;
    make_folder(dir);
    (void)path_in(dir, "file", file);
    FILE *made = fopen(file, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    (void)fclose(made);
    (void)path_in(dir, "file/run/1", below);

    const char *const names[] = {file, below};
    for (size_t k = 0; k < 2; k++) {
        CU_ASSERT_EQUAL(ecp_store_create(names[k], &r->plan, &store), ECP_EIO);
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), file)); /* the culprit, by name */
        CU_ASSERT_TRUE(one_line(ecp_error_message()));
        CU_ASSERT_PTR_NULL(store);
        ecp_error_clear();
        CU_ASSERT_EQUAL(ecp_store_recover(names[k], &kept), ECP_EIO);
        ecp_error_clear();
        CU_ASSERT_EQUAL(ecp_store_read(names[k], &read), ECP_EIO);
        CU_ASSERT_PTR_NULL(read);
        ecp_error_clear();
    }
    CU_ASSERT_EQUAL(ecp_store_create("", &r->plan, &store), ECP_EARG);
    ecp_error_clear();
    ecp_store_destroy(NULL);
    ecp_recording_destroy(NULL);

    /* Several levels at once are made. */
    ECP_ASSERT_OK(ecp_store_create(path_in(dir, "a/b/c", below), &r->plan, &store));
    CU_ASSERT_TRUE(is_there(dir, "a/b/c"));
    ecp_store_destroy(store);
    CU_ASSERT_EQUAL(number_of(below, ""), 2); /* nothing is left of an unused store */
    remove_folder(dir);
    free(r);
}

ECP_TEST_MAIN("store and disks", {"full during flush", full_during_flush},
              {"full during finish", full_during_finish},
              {"folders that cannot be", folders_that_cannot_be})
