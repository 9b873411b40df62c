/* Files that a config names: edges, spikes, values; as text and as HDF5. */
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/store.h"
#include "tests/support.h"

static const char *const text_file = "input_test.csv";
static const char *const hdf_file = "input_test.h5";

static void write_bytes(const char *bytes, size_t n)
{
    FILE *file = fopen(text_file, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, n, file), n);
    (void)fclose(file);
}

static void write_text(const char *text)
{
    write_bytes(text, strlen(text));
}

static struct ecp_plan *new_plan(void)
{
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    return plan;
}

/* ---- text ---------------------------------------------------------------- */

static void edges_of_all_separators(void)
{
    static const char *const texts[] = {
        "source,target,weight,delay\n0,1,2.5,1.5\n3,0,-1e2,0.1\n",
        "target;delay_ms;source;weight\r\n1;1.5;0;2.5\r\n0;0.1;3;-100\r\n",
        "source\ttarget\tweight\tdelay\n0\t1\t2.5\t1.5\n3\t0\t-100\t0.1",
        "# by hand\n\n  source   target weight delay\n 0 1  2.5 1.5\n# more\n3 0 -100 0.1  \n",
        ("\xEF\xBB\xBF\"source\", \"target\", \"weight\", \"delay\", \"note\"\n"
         "0, 1, 2.5, 1.5, first\n3, 0, -100, 0.1, \n")};
    struct ecp_plan *plan = new_plan();
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
        struct ecp_edges e = {0};
        write_text(texts[k]);
        ECP_ASSERT_OK(ecp_input_edges(plan, text_file, &e));
        CU_ASSERT_EQUAL_FATAL(e.n, 2);
        CU_ASSERT_TRUE(e.source[0] == 0 && e.source[1] == 3);
        CU_ASSERT_TRUE(e.target[0] == 1 && e.target[1] == 0);
        CU_ASSERT_TRUE(e.weight[0] == 2.5 && e.weight[1] == -100);
        CU_ASSERT_TRUE(e.delay[0] == 1.5 && e.delay[1] == 0.1);
    }
    ecp_plan_destroy(plan);
}

static void optional_columns(void)
{
    struct ecp_plan *plan = new_plan();
    struct ecp_edges e = {0};
    write_text("source target\n7 8\n");
    ECP_ASSERT_OK(ecp_input_edges(plan, text_file, &e));
    CU_ASSERT_TRUE(e.n == 1 && e.source[0] == 7 && e.target[0] == 8);
    CU_ASSERT_PTR_NULL(e.weight);
    CU_ASSERT_PTR_NULL(e.delay);
    write_text("source target weight\n");
    ECP_ASSERT_OK(ecp_input_edges(plan, text_file, &e));
    CU_ASSERT_EQUAL(e.n, 0);
    ecp_plan_destroy(plan);
}

static void spikes_of_all_names(void)
{
    static const char *const texts[] = {"neuron,time\n2,0.5\n1,3\n", "time_ms;node_ids\n0.5;2\n3;1",
                                        "timestamps neuron\n0.5 2\n3 1\n"};
    struct ecp_plan *plan = new_plan();
    for (size_t k = 0; k < 3; k++) {
        size_t n = 0;
        const ecp_lid *neuron = NULL;
        const double *time = NULL;
        write_text(texts[k]);
        ECP_ASSERT_OK(ecp_input_spikes(plan, text_file, &n, &neuron, &time));
        CU_ASSERT_EQUAL_FATAL(n, 2);
        CU_ASSERT_TRUE(neuron[0] == 2 && neuron[1] == 1 && time[0] == 0.5 && time[1] == 3);
    }
    ecp_plan_destroy(plan);
}

static void values_with_any_name(void)
{
    static const char *const texts[] = {"rate_hz\n1\n-2\n0.25\n", "1\n-2\n0.25\n",
                                        "id,value\n9,1\n9,-2\n9,0.25\n"};
    struct ecp_plan *plan = new_plan();
    for (size_t k = 0; k < 3; k++) {
        size_t n = 0;
        const double *value = NULL;
        write_text(texts[k]);
        ECP_ASSERT_OK(ecp_input_values(plan, text_file, &n, &value));
        CU_ASSERT_EQUAL_FATAL(n, 3);
        CU_ASSERT_TRUE(value[0] == 1 && value[1] == -2 && value[2] == 0.25);
    }
    ecp_plan_destroy(plan);
}

/* More lines than the first piece of memory holds. */
static void many_lines(void)
{
    enum { N = 5000 };
    struct ecp_plan *plan = new_plan();
    struct ecp_edges e = {0};
    FILE *file = fopen(text_file, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    (void)fputs("source,target,weight\n", file);
    for (int k = 0; k < N; k++)
        (void)fprintf(file, "%d,%d,%g\n", k, N - k, k / 8.0);
    (void)fclose(file);
    ECP_ASSERT_OK(ecp_input_edges(plan, text_file, &e));
    CU_ASSERT_EQUAL_FATAL(e.n, N);
    int wrong = 0;
    for (ecp_lid k = 0; k < N; k++)
        wrong += e.source[k] != k || e.target[k] != N - k || e.weight[k] != k / 8.0;
    CU_ASSERT_EQUAL(wrong, 0);
    ecp_plan_destroy(plan);
}

static void refuses_edges(const char *text, enum ecp_status expected, const char *said)
{
    struct ecp_plan *plan = new_plan();
    struct ecp_edges e = {.n = 77};
    if (text != NULL)
        write_text(text);
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_input_edges(plan, text_file, &e), expected);
    if (strstr(ecp_error_message(), said) == NULL)
        (void)printf("\n  said: %s\n", ecp_error_message());
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), said));
    CU_ASSERT_PTR_NULL(strchr(ecp_error_message(), '\n'));
    CU_ASSERT_EQUAL(e.n, 77); /* untouched */
    ecp_error_clear();
    ecp_plan_destroy(plan);
}

static void text_refused(void)
{
    refuses_edges("", ECP_ECONFIG, "input_test.csv: is empty");
    refuses_edges("# only this\n", ECP_ECONFIG, "is empty");
    refuses_edges("source,goal\n1,2\n", ECP_ECONFIG,
                  "input_test.csv:1: target: no column of that name (found: source, goal)");
    refuses_edges("1,2\n", ECP_ECONFIG, ":1: source: no column");
    refuses_edges("source,target,source\n1,2,3\n", ECP_ECONFIG, ":1: source: the column is there");
    refuses_edges("source,target\n1,2\n\n1\n", ECP_ECONFIG, "input_test.csv:4: 1 fields; 2");
    refuses_edges("source,target\n1,2,3\n", ECP_ECONFIG, ":2: 3 fields; 2");
    refuses_edges("source,target\n1,x\n", ECP_ECONFIG, ":2: target: 'x'; a whole number from 0");
    refuses_edges("source,target\n-1,2\n", ECP_ECONFIG, ":2: source: '-1'; a whole");
    refuses_edges("source,target\n1.5,2\n", ECP_ECONFIG, ":2: source: '1.5'; a whole");
    refuses_edges("source,target\n5e9,2\n", ECP_ECONFIG, ":2: source: '5e9'; a whole");
    refuses_edges("source,target\n,2\n", ECP_ECONFIG, ":2: source: ''; a whole");
    refuses_edges("source,target,weight\n1,2,nan\n", ECP_ECONFIG, ":2: weight: 'nan'; a finite");
    refuses_edges("source,target,delay\n1,2,-1\n", ECP_ECONFIG, ":2: delay: '-1'; a time from 0");
    write_bytes("source,target\n1,\0002\n", 18);
    refuses_edges(NULL, ECP_ECONFIG, ":2: binary data");
    (void)unlink(text_file);
    refuses_edges(NULL, ECP_EIO, "input_test.csv: cannot be opened");
    CU_ASSERT_EQUAL(mkdir(text_file, 0777), 0);
    refuses_edges(NULL, ECP_EIO, "input_test.csv: cannot be read");
    (void)rmdir(text_file);
}

/* ---- HDF5 ---------------------------------------------------------------- */

static hid_t new_file(const char *const *groups)
{
    const hid_t file = H5Fcreate(hdf_file, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    CU_ASSERT_TRUE_FATAL(file >= 0);
    for (; groups != NULL && *groups != NULL; groups++)
        (void)H5Gclose(H5Gcreate2(file, *groups, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    return file;
}

static void put(hid_t file, const char *name, hsize_t n, const double *value)
{
    const hid_t space = H5Screate_simple(1, &n, NULL);
    const hid_t set =
        H5Dcreate2(file, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    CU_ASSERT_TRUE_FATAL(set >= 0);
    (void)H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value);
    (void)H5Dclose(set);
    (void)H5Sclose(space);
}

static void hdf_columns(void)
{
    static const double source[] = {4, 5}, target[] = {1, 0}, delay[] = {0.5, 2};
    struct ecp_plan *plan = new_plan();
    struct ecp_edges e = {0};
    hid_t file = new_file(NULL);
    put(file, "source", 2, source);
    put(file, "target", 2, target);
    put(file, "delay", 2, delay);
    (void)H5Fclose(file);
    ECP_ASSERT_OK(ecp_input_edges(plan, hdf_file, &e));
    CU_ASSERT_EQUAL_FATAL(e.n, 2);
    CU_ASSERT_TRUE(e.source[0] == 4 && e.target[1] == 0 && e.delay[1] == 2);
    CU_ASSERT_PTR_NULL(e.weight);

    const double *value = NULL;
    size_t n = 0;
    file = new_file(NULL);
    put(file, "currents", 2, delay);
    (void)H5Fclose(file);
    ECP_ASSERT_OK(ecp_input_values(plan, hdf_file, &n, &value));
    CU_ASSERT_TRUE(n == 2 && value[0] == 0.5 && value[1] == 2);
    ecp_plan_destroy(plan);
}

/* Attributes lie in another order than the edges: edge_group_index tells. */
static void sonata_edges(void)
{
    static const char *const groups[] = {"edges", "edges/a_to_b", "edges/a_to_b/0", NULL};
    static const double source[] = {4, 5, 6}, target[] = {1, 0, 2}, row[] = {2, 0, 1};
    static const double weight[] = {10, 20, 30};
    struct ecp_plan *plan = new_plan();
    struct ecp_edges e = {0};
    hid_t file = new_file(groups);
    put(file, "edges/a_to_b/source_node_id", 3, source);
    put(file, "edges/a_to_b/target_node_id", 3, target);
    put(file, "edges/a_to_b/edge_group_index", 3, row);
    put(file, "edges/a_to_b/0/syn_weight", 3, weight);
    (void)H5Fclose(file);
    ECP_ASSERT_OK(ecp_input_edges(plan, hdf_file, &e));
    CU_ASSERT_EQUAL_FATAL(e.n, 3);
    CU_ASSERT_TRUE(e.source[2] == 6 && e.target[0] == 1);
    CU_ASSERT_TRUE(e.weight[0] == 30 && e.weight[1] == 10 && e.weight[2] == 20);
    CU_ASSERT_PTR_NULL(e.delay);

    file = H5Fopen(hdf_file, H5F_ACC_RDWR, H5P_DEFAULT);
    (void)H5Gclose(H5Gcreate2(file, "edges/b_to_a", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    (void)H5Fclose(file);
    CU_ASSERT_EQUAL(ecp_input_edges(plan, hdf_file, &e), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "2 populations; name one"));
    ecp_error_clear();
    ecp_plan_destroy(plan);
}

static void sonata_spikes(void)
{
    struct ecp_plan *plan = new_plan();
    const ecp_lid *neuron = NULL;
    const double *time = NULL;
    size_t n = 0;
    ECP_ASSERT_OK(
        ecp_input_spikes(plan, ECP_TEST_DATA "/sonata/minimal_spikes.h5", &n, &neuron, &time));
    CU_ASSERT_EQUAL_FATAL(n, 5);
    CU_ASSERT_TRUE(neuron[1] == 3 && neuron[4] == 5);
    CU_ASSERT_TRUE(time[1] == 2.25 && time[4] == 9);

    static const double when[] = {1, 2}, who[] = {8, 3};
    static const char *const groups[] = {"spikes", NULL};
    const hid_t file = new_file(groups);
    put(file, "spikes/timestamps", 2, when);
    put(file, "spikes/gids", 2, who);
    (void)H5Fclose(file);
    ECP_ASSERT_OK(ecp_input_spikes(plan, hdf_file, &n, &neuron, &time));
    CU_ASSERT_TRUE(n == 2 && neuron[0] == 8 && time[1] == 2);
    ecp_plan_destroy(plan);
}

static void hdf_refused(void)
{
    static const double fine[] = {1, 2}, below[] = {1, -2};
    struct ecp_plan *plan = new_plan();
    struct ecp_edges e = {0};
    const struct {
        const double *source;
        hsize_t n_targets;
        const char *target, *said;
    } cases[] = {{below, 2, "target", "input_test.h5: row 1: source: -2; a whole number"},
                 {fine, 1, "target", "target: 1 rows; 2 as in source"},
                 {fine, 2, "goal", "target: no dataset of that name"}};
    for (size_t k = 0; k < 3; k++) {
        const hid_t file = new_file(NULL);
        put(file, "source", 2, cases[k].source);
        put(file, cases[k].target, cases[k].n_targets, fine);
        (void)H5Fclose(file);
        CU_ASSERT_EQUAL(ecp_input_edges(plan, hdf_file, &e), ECP_ECONFIG);
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), cases[k].said));
        ecp_error_clear();
    }
    CU_ASSERT_EQUAL(truncate(hdf_file, 600), 0);
    CU_ASSERT_EQUAL(ecp_input_edges(plan, hdf_file, &e), ECP_EIO);
    ecp_error_clear();
    CU_ASSERT_EQUAL(truncate(hdf_file, 3), 0);
    CU_ASSERT_EQUAL(ecp_input_edges(plan, hdf_file, &e), ECP_EIO);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "is not an HDF5 file"));
    ecp_error_clear();
    (void)unlink(hdf_file);
    ecp_plan_destroy(plan);
}

ECP_TEST_MAIN("input files", {"edges, all separators", edges_of_all_separators},
              {"optional columns", optional_columns}, {"spikes, all names", spikes_of_all_names},
              {"values, any name", values_with_any_name}, {"many lines", many_lines},
              {"text refused", text_refused}, {"columns of HDF5", hdf_columns},
              {"SONATA edges", sonata_edges}, {"SONATA spikes", sonata_spikes},
              {"HDF5 refused", hdf_refused})
