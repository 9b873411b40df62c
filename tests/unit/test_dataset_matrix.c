/* Matrices of HDF5 and of text as data sets. */
#include <math.h>
#include <unistd.h>

#include "engine/dataset_read.h"
#include "tests/nwb_file.h"
#include "tests/verify/reference_data.h"

#define RECORDING(name) ECP_TEST_DATA "/recordings/" name

static char path[64], rdms[80];

static void text_file(const char *text)
{
    (void)snprintf(path, sizeof path, "ecphory_matrix_%ld.csv", (long)getpid());
    (void)snprintf(rdms, sizeof rdms, "%s:/rdms", path);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static struct ecp_dataset *read_as(const char *name, const char *by)
{
    const struct ecp_dataset_request request = {.path = name, .by = by, .from = NAN, .to = NAN};
    struct ecp_dataset *set = NULL;
    ECP_ASSERT_OK(ecp_dataset_read(&request, &set));
    return set;
}

static void refused(const char *name, enum ecp_status expected, const char *part)
{
    const struct ecp_dataset_request request = {.path = name, .from = NAN, .to = NAN};
    struct ecp_dataset *set = NULL;
    CU_ASSERT_EQUAL(ecp_dataset_read(&request, &set), expected);
    if (!strstr(ecp_error_message(), part))
        (void)printf("\n  %s; expected: %s", ecp_error_message(), part);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), part));
    ecp_error_clear();
}

/* ---- text -------------------------------------------------------------------------------- */

static void plain_numbers(void)
{
    static const char *const texts[] = {"1,2,3\n4,5,6\n", "# x\n\n1; 2 ;3\r\n4;5;6",
                                        "1\t2\t3\n4\t5\t6\n", "  1 2   3 \n4 5 6\n"};
    for (size_t k = 0; k < 4; k++) {
        text_file(texts[k]);
        struct ecp_dataset *set = read_as(path, NULL);
        CU_ASSERT_EQUAL_FATAL(set->n_conditions, 2);
        CU_ASSERT_EQUAL_FATAL(set->n_units, 3);
        CU_ASSERT_PTR_NULL(set->condition);
        for (size_t i = 0; i < 6; i++)
            CU_ASSERT_EQUAL(set->mean[i], (double)i + 1);
        ecp_dataset_destroy(set);
    }
}

static void names_and_labels(void)
{
    text_file("\xEF\xBB\xBF,kind,u1,u2\nface 1,\"a, b\",1.5,\nhouse,b,NA,4e1\n");
    struct ecp_dataset *set = read_as(path, NULL);
    CU_ASSERT_EQUAL_FATAL(set->n_conditions, 2);
    CU_ASSERT_STRING_EQUAL(set->condition[0], "face 1");
    CU_ASSERT_STRING_EQUAL(set->unit[1], "u2");
    const struct ecp_label *kind = ecp_dataset_label(set, "kind");
    CU_ASSERT_PTR_NOT_NULL_FATAL(kind);
    CU_ASSERT_STRING_EQUAL(kind->word[0], "a, b");
    CU_ASSERT_EQUAL(set->mean[0], 1.5);
    CU_ASSERT(isnan(set->mean[1]) && isnan(set->mean[2]));
    CU_ASSERT_EQUAL(set->mean[3], 40);
    ecp_dataset_destroy(set);
}

/* Rows of one name are repeats; another column may be the name. */
static void repeats(void)
{
    text_file("condition,object,a,b\n0,x,1,2\n90,y,3,4\n0,x,5,6\n180,y,7,8\n");
    struct ecp_dataset *set = read_as(path, NULL);
    CU_ASSERT_EQUAL_FATAL(set->n_conditions, 3);
    CU_ASSERT_EQUAL_FATAL(set->n_trials, 4);
    CU_ASSERT_EQUAL(set->trial_repeat[2], 1);
    CU_ASSERT_EQUAL(set->mean[0], 3);
    CU_ASSERT_STRING_EQUAL(set->condition[1], "90");
    ecp_dataset_destroy(set);
    set = read_as(path, "object");
    CU_ASSERT_EQUAL_FATAL(set->n_conditions, 2);
    CU_ASSERT_EQUAL_FATAL(set->n_units, 2);
    CU_ASSERT_EQUAL(set->mean[3], 6);
    ecp_dataset_destroy(set);
}

static void dissimilarities(void)
{
    text_file("name,x,y,z\nx,0,1,2\ny,1,0,3\nz,2,3,0\n");
    struct ecp_dataset *set = read_as(path, NULL);
    CU_ASSERT_EQUAL_FATAL(set->n_rdms, 1);
    CU_ASSERT_EQUAL_FATAL(set->n_conditions, 3);
    CU_ASSERT_STRING_EQUAL(set->condition[2], "z");
    CU_ASSERT_EQUAL(set->rdm[2], 3);
    ecp_dataset_destroy(set);
    text_file("1,2,3\n4,5,6\n");
    set = read_as(rdms, NULL);
    CU_ASSERT_EQUAL_FATAL(set->n_rdms, 2);
    CU_ASSERT_EQUAL_FATAL(set->n_conditions, 3);
    CU_ASSERT_EQUAL(set->rdm[5], 6);
    ecp_dataset_destroy(set);
}

static void bad_texts(void)
{
    text_file("1,2,3\n4,5\n");
    refused(path, ECP_ECONFIG, ":2: 2 fields; 3 are in the first line");
    text_file("a,b\nc,d\n");
    refused(path, ECP_ECONFIG, "no numbers in it");
    text_file("");
    refused(path, ECP_ECONFIG, "no numbers in it");
    text_file("1,2,3,4\n1,2,3,4\n");
    refused(rdms, ECP_ECONFIG, "n (n - 1) / 2");
    (void)snprintf(rdms, sizeof rdms, "%s:/units", path);
    refused(rdms, ECP_ECONFIG, "only :/rdms");
    (void)remove(path);
}

/* ---- HDF5 -------------------------------------------------------------------------------- */

static void repeated_presentations(void)
{
    size_t n;
    double *counts = recording_numbers("zd_it/zd_it.h5", "responses/counts", &n);
    struct ecp_dataset *set = read_as(RECORDING("zd_it/zd_it.h5:/responses/counts"), NULL);
    CU_ASSERT_EQUAL_FATAL(set->n_conditions, 21);
    CU_ASSERT_EQUAL_FATAL(set->n_units, 132);
    CU_ASSERT_EQUAL_FATAL(set->n_trials, 420);
    CU_ASSERT_STRING_EQUAL(set->condition[4], "couch_middle");
    CU_ASSERT_STRING_EQUAL(set->unit[0], "bp1001spk_01A");
    CU_ASSERT_PTR_NOT_NULL(ecp_dataset_label(set, "object"));
    size_t wrong = 0, missing = 0;
    for (size_t k = 0; k < n; k++) {
        const int lacks = counts[k] < 0;
        missing += (size_t)lacks;
        wrong += (size_t)(lacks ? !isnan(set->response[k]) : set->response[k] != counts[k]);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(missing > 0);
    ecp_dataset_destroy(set);
    set = read_as(RECORDING("zd_it/zd_it.h5:/responses/counts"), "object");
    CU_ASSERT_EQUAL(set->n_conditions, 7);
    CU_ASSERT_EQUAL(set->n_trials, 420);
    CU_ASSERT_PTR_NULL(ecp_dataset_label(set, "position"));
    ecp_dataset_destroy(set);
    free(counts);
}

static void rdms_and_names(void)
{
    struct ecp_dataset *set = read_as(RECORDING("it92/it92.h5:/rdms/models"), NULL);
    CU_ASSERT_EQUAL_FATAL(set->n_rdms, 8);
    CU_ASSERT_EQUAL_FATAL(set->n_conditions, 92);
    CU_ASSERT_PTR_NOT_NULL_FATAL(set->rdm_name);
    CU_ASSERT_STRING_EQUAL(set->rdm_name[4], "HMAX");
    CU_ASSERT_PTR_NOT_NULL(ecp_dataset_label(set, "category"));
    CU_ASSERT_PTR_NOT_NULL(ecp_dataset_label(set, "animal"));
    ecp_dataset_destroy(set);
    set = read_as(RECORDING("it92/it92.h5:/rdms/monkey_IT_674"), NULL);
    CU_ASSERT_EQUAL(set->n_rdms, 1);
    CU_ASSERT_EQUAL(set->n_conditions, 92);
    ecp_dataset_destroy(set);
    set = read_as(RECORDING("v1v2_semedo/v1v2_semedo.h5:/Y_V2"), NULL);
    CU_ASSERT_EQUAL(set->n_conditions, 1000);
    CU_ASSERT_EQUAL(set->n_units, 31);
    ecp_dataset_destroy(set);
}

/* Spikes of 2 cells, 6 stimuli, 8 directions, 9 repeats, row by row. */
static void single_presentations(void)
{
    static const char file[] = "dyballa_flow/dyballa_flow.h5";
    static const char name[] = RECORDING("dyballa_flow/dyballa_flow.h5:/spikes");
    size_t n, n_times, wrong = 0;
    double *time = recording_numbers(file, "spikes/times", &n_times);
    double *end = recording_numbers(file, "spikes/times_index", &n);
    double *cell = recording_numbers(file, "spikes/row_cell", &n);
    double *stimulus = recording_numbers(file, "spikes/row_stimulus", &n);
    double *direction = recording_numbers(file, "spikes/row_direction_deg", &n);
    const struct ecp_dataset_request request = {
        .path = name, .by = "stimulus+direction_deg", .from = 100, .to = 900, .keep_trains = 1};
    struct ecp_dataset *set = NULL;
    ECP_ASSERT_OK(ecp_dataset_read(&request, &set));
    CU_ASSERT_EQUAL_FATAL(set->n_units, 2);
    CU_ASSERT_EQUAL_FATAL(set->n_conditions, 48);
    CU_ASSERT_EQUAL_FATAL(set->n_trials, 48 * 9);
    for (size_t c = 0; c < 48; c++)
        for (size_t u = 0; u < 2; u++) {
            double count = 0;
            for (size_t r = 0; r < n; r++) {
                char shown[32], whose[32];
                (void)snprintf(shown, sizeof shown, "%g_%g", stimulus[r], direction[r]);
                (void)snprintf(whose, sizeof whose, "%g", cell[r]);
                for (size_t i = r > 0 ? (size_t)end[r - 1] : 0; i < (size_t)end[r]; i++)
                    count += time[i] >= 0.1 && time[i] < 0.9 &&
                             strcmp(shown, set->condition[c]) == 0 &&
                             strcmp(whose, set->unit[u]) == 0;
            }
            wrong += fabs(set->mean[c * 2 + u] - count / 9 / 0.8) > 1e-9;
        }
    CU_ASSERT_EQUAL(wrong, 0);
    ecp_dataset_destroy(set);
    set = read_as(name, NULL);
    CU_ASSERT_EQUAL(set->n_conditions, 48);
    CU_ASSERT_EQUAL(set->stop, 1250);
    ecp_dataset_destroy(set);
    const struct ecp_dataset_request wrong_by = {
        .path = name, .by = "colour", .from = NAN, .to = NAN};
    set = NULL;
    CU_ASSERT_EQUAL(ecp_dataset_read(&wrong_by, &set), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "row_colour"));
    ecp_error_clear();
    free(time);
    free(end);
    free(cell);
    free(stimulus);
    free(direction);
}

static void made_files(void)
{
    char name[64], inside[96];
    static const double squares[18] = {0, 1, 2, 1, 0, 3, 2, 3, 0, 0, 4, 5, 4, 0, 6, 5, 6, 0};
    (void)snprintf(name, sizeof name, "ecphory_matrix_%ld.h5", (long)getpid());
    hid_t file = nwb_create(name);
    (void)H5Adelete(file, "nwb_version");
    nwb_matrix(file, "x", H5T_IEEE_F32LE, 2, 3, squares);
    nwb_words(file, "shown", 0, 2, (const char *const[]){"b", "a"});
    (void)H5Fclose(file);
    struct ecp_dataset *set = read_as(name, "shown"); /* the only matrix */
    CU_ASSERT_STRING_EQUAL(set->condition[0], "b");
    CU_ASSERT_EQUAL(set->mean[5], 3);
    ecp_dataset_destroy(set);

    file = nwb_create(name);
    (void)H5Adelete(file, "nwb_version");
    const hid_t group = nwb_group(file, "rdms");
    const hid_t space = H5Screate_simple(3, (const hsize_t[]){2, 3, 3}, NULL);
    const hid_t data =
        H5Dcreate2(group, "both", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    (void)H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, squares);
    (void)H5Sclose(space);
    nwb_matrix(file, "one", H5T_IEEE_F64LE, 3, 3, squares);
    (void)H5Fclose(file);
    (void)snprintf(inside, sizeof inside, "%s:/rdms/both", name);
    set = read_as(inside, NULL);
    CU_ASSERT_EQUAL(set->n_rdms, 2);
    CU_ASSERT_EQUAL(set->rdm[5], 6);
    ecp_dataset_destroy(set);
    (void)snprintf(inside, sizeof inside, "%s:/one", name);
    set = read_as(inside, NULL);
    CU_ASSERT_EQUAL(set->n_rdms, 1);
    CU_ASSERT_EQUAL(set->rdm[1], 2);
    ecp_dataset_destroy(set);
    refused(name, ECP_ECONFIG, ":/one, :/rdms/both");
    (void)remove(name);
    refused(RECORDING("zd_it/zd_it.h5:/responses/nothing"), ECP_EIO, "responses/nothing");
    refused(RECORDING("zd_it/zd_it.h5:/responses/psth"), ECP_EIO, "conditions x repeats x units");
    refused(RECORDING("zd_it/zd_it.h5:/stimuli/object"), ECP_EIO, "are needed");
}

ECP_TEST_MAIN("matrices as data sets", {"plain numbers", plain_numbers},
              {"names and labels", names_and_labels}, {"repeats", repeats},
              {"dissimilarities", dissimilarities}, {"bad texts", bad_texts},
              {"repeated presentations", repeated_presentations},
              {"rdms and names", rdms_and_names}, {"single presentations", single_presentations},
              {"made files", made_files})
