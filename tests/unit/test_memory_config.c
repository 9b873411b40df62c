/* The section `memories` of a config: rows of every origin, what is done when, results and
 * claims, the effective config; and what is refused, with file, line and key. */
#include <hdf5.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/input_patterns.h"
#include "engine/plan_memory.h"
#include "engine/recall.h"
#include "engine/score.h"
#include "tests/unit/config_case.h"

/* ---- files of rows --------------------------------------------------------------- */

static char folder[] = "rows_XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const void *bytes, size_t n)
{
    FILE *file = fopen(path_of(name), "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, n, file), n);
    (void)fclose(file);
}

static void write_text(const char *name, const char *text)
{
    write_file(name, text, strlen(text));
}

static void reads(const char *name, size_t from, size_t to, size_t n, size_t size,
                  const double *wanted)
{
    struct ecp_rows_read rows = {0};
    ECP_ASSERT_OK(ecp_input_rows(&(struct ecp_rows_wanted){path_of(name), NULL, from, to}, &rows));
    CU_ASSERT_EQUAL_FATAL(rows.n, n);
    CU_ASSERT_EQUAL_FATAL(rows.size, size);
    for (size_t k = 0; k < n * size; k++)
        CU_ASSERT_EQUAL(rows.data[k], wanted[k]);
    free(rows.data);
}

static void fails(const char *name, size_t from, size_t to, const char *sentence)
{
    struct ecp_rows_read rows = {0};
    const struct ecp_rows_wanted wanted = {path_of(name), NULL, from, to};
    CU_ASSERT_NOT_EQUAL(ecp_input_rows(&wanted, &rows), ECP_OK);
    if (!strstr(ecp_error_message(), sentence))
        (void)printf("\n  found  %s\n  wanted %s", ecp_error_message(), sentence);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), sentence));
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), folder));
    CU_ASSERT_PTR_NULL(rows.data);
    ecp_error_clear();
}

static const unsigned char bytes3[] = {0, 0, 8, 3, 0, 0, 0, 2, 0,   0,   0,
                                       1, 0, 0, 0, 3, 1, 2, 3, 253, 254, 255};
static const unsigned char shorts[] = {0, 0, 0x0B, 1, 0, 0, 0, 2, 0x01, 0x02, 0xFF, 0xFE};
static const unsigned char reals[] = {0, 0, 0x0D, 2,    0, 0, 0,    1,    0, 0,
                                      0, 2, 0x3F, 0xC0, 0, 0, 0xC0, 0x20, 0, 0};

static const unsigned char not_finite[] = {0, 0, 0x0D, 2,    0,    0,    0,    2,    0, 0,
                                           0, 2, 0x3F, 0xC0, 0,    0,    0xC0, 0x20, 0, 0,
                                           0, 0, 0,    0,    0xFF, 0x80, 0,    0};

static void idx_files(void)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    write_file("a.idx", bytes3, sizeof bytes3);
    reads("a.idx", 0, 0, 2, 3, (const double[]){1, 2, 3, 253, 254, 255});
    reads("a.idx", 1, 2, 1, 3, (const double[]){253, 254, 255});
    fails("a.idx", 0, 3, "found 2 rows; rows 0 to 3 are not among them");
    fails("a.idx", 2, 0, "found 2 rows");
    write_file("a.idx", shorts, sizeof shorts);
    reads("a.idx", 0, 0, 2, 1, (const double[]){258, -2});
    write_file("a.idx", reals, sizeof reals);
    reads("a.idx", 0, 0, 1, 2, (const double[]){1.5, -2.5});
    for (size_t n = 1; n < sizeof bytes3; n++) { /* cut anywhere */
        write_file("a.idx", bytes3, n);
        fails("a.idx", 0, 0, n < 4 ? "" : "is truncated");
    }
    write_file("a.idx", (const unsigned char[]){0, 0, 8, 1, 0, 0, 0, 1, 7, 7}, 10);
    fails("a.idx", 0, 0, "has 1 bytes more than its head says");
    write_file("a.idx", (const unsigned char[]){0, 0, 7, 1, 0, 0, 0, 1, 7}, 9);
    fails("a.idx", 0, 0, "an IDX file of type 0x07");
    write_file("a.idx", (const unsigned char[]){0, 0, 8, 1, 0, 0, 0, 0}, 8);
    fails("a.idx", 0, 0, "has no rows");
    write_file("a.idx", (const unsigned char[]){0x1f, 0x8b, 8, 0, 0, 0, 0, 0}, 8);
    fails("a.idx", 0, 0, "is compressed; unpack it with gunzip");
    write_file("a.idx", not_finite, sizeof not_finite);
    fails("a.idx", 0, 0, "a.idx: row 1, column 1: found -inf; allowed: finite numbers");
    fails("a.idx", 1, 2, "a.idx: row 1, column 1: found -inf; allowed: finite numbers");
    reads("a.idx", 0, 1, 1, 2, (const double[]){1.5, -2.5});
    write_file("a.idx", "", 0);
    fails("a.idx", 0, 0, "is empty");
    fails("none.idx", 0, 0, "cannot be opened");
    CU_ASSERT_EQUAL(unlink(path_of("a.idx")), 0);
}

/* Chunks that are never written take no room, whatever the dimensions say. */
static void h5_file(const char *name, const hsize_t *dimension, int rank)
{
    hsize_t chunk[4] = {1, 1, 1, 1};
    chunk[rank - 1] = 2;
    const hid_t file = H5Fcreate(path_of(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(rank, dimension, NULL);
    const hid_t how = H5Pcreate(H5P_DATASET_CREATE);
    CU_ASSERT(H5Pset_chunk(how, rank, chunk) >= 0);
    const hid_t data =
        H5Dcreate2(file, "p", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, how, H5P_DEFAULT);
    CU_ASSERT_FATAL(data >= 0);
    (void)H5Dclose(data);
    (void)H5Pclose(how);
    (void)H5Sclose(space);
    (void)H5Fclose(file);
}

static void h5_files(void)
{
    static const double zeros[6] = {0};
    h5_file("a.h5", (const hsize_t[]){1, 3, 2}, 3);
    reads("a.h5", 0, 0, 1, 6, zeros);
    /* 3 x 6148914691236517206 is 2 in 64 bits; 2^33 x 2^33 is 0 */
    h5_file("a.h5", (const hsize_t[]){5, 3, 6148914691236517206}, 3);
    fails("a.h5", 0, 0, "its rows are larger than any machine");
    h5_file("a.h5", (const hsize_t[]){5, (hsize_t)1 << 33, (hsize_t)1 << 33}, 3);
    fails("a.h5", 0, 0, "its rows are larger than any machine");
    h5_file("a.h5", (const hsize_t[]){5, 0, (hsize_t)1 << 33}, 3);
    fails("a.h5", 0, 0, "its rows have no columns");
    CU_ASSERT_EQUAL(unlink(path_of("a.h5")), 0);
}

/* As `patterns` of a config: what it says of them beside the file's own faults. */
static void rows_of_files(void)
{
    static const struct {
        const char *keys, *sentence;
    } refused[] = {{"scale = 0;", "patterns.scale: found 0, which makes all rows the same; "},
                   {"scale = 1e308;", "row 1, column 0: found inf; allowed: finite numbers"},
                   {"scale = 1e308; form = \"signs\";", "row 1, column 0: found inf"},
                   {"dataset = \"\";", "patterns.dataset: found \"\"; allowed: the name of a"},
                   {"unit_length = true;", "row 0 has length 0; allowed with unit_length: "}};
    char text[600];
    struct ecp_plan *plan = NULL;
    write_text("a.csv", "0,0\n3,4\n");
    for (size_t k = 0; k < sizeof refused / sizeof refused[0]; k++) {
        (void)snprintf(text, sizeof text,
                       "memories = ( { name = \"m\"; model = \"modern_hopfield\"; store = {\n"
                       " patterns = { file = \"%s\"; %s }; }; } );",
                       path_of("a.csv"), refused[k].keys);
        CU_ASSERT_EQUAL(ecp_config_parse(text, "x.cfg", NULL, 0, &plan), ECP_ECONFIG);
        if (!strstr(ecp_error_message(), refused[k].sentence))
            (void)printf("\n  found  %s\n  wanted %s", ecp_error_message(), refused[k].sentence);
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), refused[k].sentence));
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "x.cfg:2: memories.m.store.patterns"));
        ecp_error_clear();
    }
    write_text("a.csv", "3e200,4e200\n3e-200,4e-200\n");
    (void)snprintf(text, sizeof text,
                   "memories = ( { name = \"m\"; model = \"modern_hopfield\"; store = {\n"
                   " patterns = { file = \"%s\"; unit_length = true; }; }; } );",
                   path_of("a.csv"));
    ECP_ASSERT_OK(ecp_config_parse(text, "x.cfg", NULL, 0, &plan));
    for (size_t k = 0; k < 4; k++)
        CU_ASSERT_DOUBLE_EQUAL(plan->memory[0]->operation[0].keys.data[k], k % 2 ? 0.8 : 0.6,
                               1e-15);
    ecp_plan_destroy(plan);
}

static void text_files(void)
{
    static const struct {
        const char *text, *sentence;
    } refused[] = {
        {"1,,3\n4,5,6\n", ":1: column 1 is empty; allowed: finite numbers"},
        {"1,2,3\n4,5,\n", ":2: column 2 is empty"},
        {"1;2\n;3\n", ":2: column 0 is empty"},
        {"1\t\t3\n", ":1: column 1 is empty"},
        {"1,2\n3;4\n", ":2: found \"3;4\"; allowed: finite numbers, separated by commas"},
        {"1,5;2,5\n", ":1: found \"5;2\"; allowed: finite numbers, separated by commas"},
        {"1 2\n3,4\n", ":2: found \"3,4\"; allowed: finite numbers, separated by blanks"},
        {"l,2,3\n4,5,6\n",
         ":1: found \"l\"; allowed: finite numbers, separated by commas; a first"},
        {"x,y\nz,w\n1,2\n", ":2: found \"z\""},
        {"1,2,3\r4,5,6\r", ":1: found a carriage return within a line"},
        {"1.5x 2.5y\n1 2\n", ":1: found \"1.5x\"; allowed: finite numbers, separated by blanks; a"},
        {"\"1\",\"2\"\n", ":1: found \"\"1\"\"; allowed: finite numbers"}};
    for (size_t k = 0; k < sizeof refused / sizeof refused[0]; k++) {
        write_text("a.csv", refused[k].text);
        fails("a.csv", 0, 0, refused[k].sentence);
    }
    write_text("a.csv", "# of two\n\n \"x\" , y 2nd\n1 , 2\r\n\n# a line\n3,4\n 5,6.5");
    reads("a.csv", 0, 0, 3, 2, (const double[]){1, 2, 3, 4, 5, 6.5});
    reads("a.csv", 1, 2, 1, 2, (const double[]){3, 4});
    write_text("a.csv", "x\ty\n 1   2 \n3 \t 4 \n");
    reads("a.csv", 0, 0, 2, 2, (const double[]){1, 2, 3, 4});
    write_text("a.csv", "neuron 1,infected\n1,2\n");
    reads("a.csv", 0, 0, 1, 2, (const double[]){1, 2});
    write_text("a.csv", "1,2\n3\n");
    fails("a.csv", 0, 0, ":2: found 1 numbers; allowed: 2");
    write_text("a.csv", "1,2\n3,nan\n");
    fails("a.csv", 0, 0, ":2: found \"nan\"; allowed: finite numbers");
    write_text("a.csv", "x,y\n");
    fails("a.csv", 0, 0, "has no rows");
    write_file("a.csv", "1\0002\n", 5);
    fails("a.csv", 0, 0, "binary data");
    write_text("b.h5", "1,2\n");
    fails("b.h5", 0, 0, "is not an HDF5 file");
    CU_ASSERT_EQUAL(unlink(path_of("a.csv")), 0);
    CU_ASSERT_EQUAL(unlink(path_of("b.h5")), 0);
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

/* ---- what is done ------------------------------------------------------------------ */

static struct ecp_plan *plan_of(const char *text)
{
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_config_parse(text, "test.cfg", NULL, 0, &plan));
    return plan;
}

static struct ecp_memories *run_of(const struct ecp_plan *plan)
{
    struct ecp_memories *all = NULL;
    ECP_ASSERT_OK(ecp_memories_create(plan, &all));
    ECP_ASSERT_OK(ecp_memories_until(all, INFINITY, NULL));
    return all;
}

static double value_of(const struct ecp_plan *plan, const struct ecp_memories *all,
                       const char *name)
{
    struct ecp_scores scores = {0};
    ECP_ASSERT_OK(ecp_score_outcome(
        plan, &(struct ecp_outcome){.recalled = ecp_memories_results(all)}, &scores));
    const double value = ecp_scores_value(&scores, name);
    ecp_scores_clear(&scores);
    return value;
}

static const char two[] =
    "memories = (\n"
    "  { name = \"h\"; model = \"hopfield\";\n"
    "    store = { patterns = { random = \"signs\"; n = 10; size = 200; seed = 4; }; };\n"
    "    recall = ( { name = \"clean\"; cues = { of = \"stored\"; }; },\n"
    "      { name = \"noisy\"; cues = { of = \"stored\"; first = 2; n = 5; flip = 0.15; }; },\n"
    "      { name = \"other\"; cues = { random = \"signs\"; n = 3; size = 200; }; },\n"
    "      { name = \"same\"; cues = { random = \"signs\"; n = 10; size = 200; seed = 4; };\n"
    "        targets = { random = \"signs\"; n = 10; size = 200; seed = 4; }; } ); },\n"
    "  { name = \"k\"; model = \"key_value\"; parameters = { beta = 20; };\n"
    "    store = { keys = { random = \"sphere\"; n = 30; size = 40; };\n"
    "      values = { random = \"uniform\"; n = 30; size = 7; }; };\n"
    "    recall = { name = \"r\"; cues = { of = \"stored\"; noise = 0.01; }; }; },\n"
    "  { name = \"d\"; model = \"key_value\";\n" /* a beta that is not given */
    "    store = { keys = { random = \"normal\"; n = 30; size = 40; };\n"
    "      values = { random = \"uniform\"; n = 30; size = 7; }; };\n"
    "    recall = { name = \"r\"; cues = { of = \"stored\"; }; }; } );\n";

static void recalls(void)
{
    struct ecp_plan *plan = plan_of(two);
    struct ecp_memories *all = run_of(plan);
    CU_ASSERT_DOUBLE_EQUAL(value_of(plan, all, "h.clean.overlap"), 1, 1e-12);
    CU_ASSERT_EQUAL(value_of(plan, all, "h.clean.error"), 0);
    CU_ASSERT_EQUAL(value_of(plan, all, "h.noisy.exact"), 1);
    CU_ASSERT_EQUAL(value_of(plan, all, "h.same.exact"), 1); /* one seed, one set of rows */
    CU_ASSERT(isnan(value_of(plan, all, "h.other.overlap")));
    CU_ASSERT(isfinite(value_of(plan, all, "h.other.confidence")));
    CU_ASSERT_EQUAL(value_of(plan, all, "k.r.found"), 1);
    CU_ASSERT_EQUAL(ecp_memories_cues(all, 1), 5);
    CU_ASSERT_EQUAL(ecp_memory_stored(ecp_memories_at(all, 0)), 10);
    ecp_memories_destroy(all);
    ecp_plan_destroy(plan);
}

/* The effective config reads as the same plan and recalls the same. */
static void text_and_back(void)
{
    struct ecp_plan *plan = plan_of(two), *again = plan_of(plan->config_text);
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    struct ecp_memories *a = run_of(plan), *b = run_of(again);
    const double *x = ecp_memories_results(a), *y = ecp_memories_results(b);
    for (size_t k = 0; k < 6 * ECP_RECALL_RESULTS; k++)
        CU_ASSERT(x[k] == y[k] || (isnan(x[k]) && isnan(y[k])));
    ecp_memories_destroy(a);
    ecp_memories_destroy(b);
    ecp_plan_destroy(plan);
    ecp_plan_destroy(again);
}

/* By hand: two rows of two, a recall that is wrong in a known way. */
static void measures(void)
{
    const double stored[] = {1, 1, 1, -1}, target[] = {1, 1, 1, -1, 1, 1};
    const double recalled[] = {2, 2, 0.9, -0.1, -1, -1};
    double result[ECP_RECALL_RESULTS], cue[12];
    const struct ecp_recalled r = {3, 2, recalled, target, stored, 2, 0.01};
    ECP_ASSERT_OK(ecp_recall_measure(&r, result, cue));
    const double second = 1 / sqrt(0.82) / sqrt(2);
    CU_ASSERT_DOUBLE_EQUAL(cue[0], 1, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(cue[4], second, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(result[ECP_RECALL_OVERLAP], (1 + second - 1) / 3, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(result[ECP_RECALL_EXACT], 2.0 / 3, 1e-15); /* by signs */
    CU_ASSERT_DOUBLE_EQUAL(result[ECP_RECALL_FOUND], 2.0 / 3, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(result[ECP_RECALL_ERROR], sqrt((2 + 0.82 + 8) / 6), 1e-15);
    const double real[] = {3, 4, 3, 4}, near[] = {3.01, 4, 3.2, 4};
    const struct ecp_recalled q = {2, 2, near, real, real, 2, 0.01};
    ECP_ASSERT_OK(ecp_recall_measure(&q, result, NULL));
    CU_ASSERT_EQUAL(result[ECP_RECALL_EXACT], 0.5);
}

/* A sweep of a rule may pass rules that leave a parameter of the file without effect. */
static void without_effect(void)
{
    static const char text[] =
        "memories = ( { name = \"m\"; model = \"hopfield\"; parameters = { rule = \"bounded\";\n"
        " epsilon = 0.3; sweeps = 1e2; }; store = { patterns = { random = \"signs\"; n = 2;\n"
        " size = 8; }; }; } );";
    const char *const hebb[] = {"memories.m.parameters.rule=\"hebb\""};
    struct ecp_plan *plan = plan_of(text), *again;
    CU_ASSERT_EQUAL(plan->memory[0]->n_settings, 3);
    ecp_plan_destroy(plan);
    ECP_ASSERT_OK(ecp_config_parse(text, "test.cfg", hebb, 1, &plan));
    CU_ASSERT_EQUAL(plan->memory[0]->n_settings, 2);
    again = plan_of(plan->config_text);
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    ecp_plan_destroy(again);
    ecp_plan_destroy(plan);
}

/* A recall between two rows has found neither; rows of one direction are one. */
static void ties(void)
{
    const double stored[] = {1, 0, 0, 1, 2, 0}, target[] = {1, 0, 1, 0, 0, 1, 1, 0};
    const double recalled[] = {1, 1, 3, 0, 0, 0, 1, 0.999};
    double result[ECP_RECALL_RESULTS], cue[16];
    const struct ecp_recalled r = {4, 2, recalled, target, stored, 3, 0.01};
    ECP_ASSERT_OK(ecp_recall_measure(&r, result, cue));
    CU_ASSERT(cue[3] == 0 && cue[7] == 1 && cue[11] == 0 && cue[15] == 1);
    CU_ASSERT_EQUAL(result[ECP_RECALL_FOUND], 0.5);
}

/* Numbers whose squares leave the range: the same as without the factor. */
static void ranges(void)
{
    static const double factor[] = {0x1p1000, 0x1p-1000, 0x1p700};
    const double stored[] = {1, 2, 2, 1, -1, 3}, target[] = {1, 2, 2, 1};
    const double recalled[] = {1.1, 2, 0.9, 1};
    double plain[ECP_RECALL_RESULTS], of_cue[8];
    const struct ecp_recalled r = {2, 2, recalled, target, stored, 3, 0.06};
    ECP_ASSERT_OK(ecp_recall_measure(&r, plain, of_cue));
    CU_ASSERT(plain[ECP_RECALL_EXACT] == 0.5 && plain[ECP_RECALL_FOUND] == 0.5);
    for (int k = 0; k < 3; k++) {
        double s[6], t[4], a[4], result[ECP_RECALL_RESULTS], cue[8];
        for (int j = 0; j < 6; j++)
            s[j] = stored[j] * factor[k];
        for (int j = 0; j < 4; j++) {
            t[j] = target[j] * factor[k];
            a[j] = recalled[j] * factor[k];
        }
        const struct ecp_recalled far = {2, 2, a, t, s, 3, 0.06};
        ECP_ASSERT_OK(ecp_recall_measure(&far, result, cue));
        CU_ASSERT_EQUAL(memcmp(result, plain, ECP_RECALL_CONFIDENCE * sizeof *plain), 0);
        CU_ASSERT_EQUAL(memcmp(cue, of_cue, sizeof cue), 0);
    }
}

/* ---- what is refused ------------------------------------------------------------------- */

#define MEMORY(text)    "memories = ( {\n name = \"m\"; model = \"hopfield\";\n " text " } );"
#define KEY_VALUE(text) "memories = ( {\n name = \"m\"; model = \"key_value\";\n " text " } );"
#define ROWS            "{ random = \"signs\"; n = 3; size = 8; }"
#define STORE           "store = { patterns = " ROWS "; };\n "

/* What would be without effect, or fail after all the work of a run. */
static void no_effect(void)
{
    static const struct config_case cases[] = {
        {MEMORY("parameters = { sweeps = 1.5; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.parameters.sweeps: found 1.5; allowed: whole numbers, 1 to 1e+09"},
        {MEMORY("parameters = { epsilon = 0.2; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.parameters.epsilon: found for rule \"hebb\", where it has no effect; "
         "allowed with: bounded"},
        {MEMORY("recall = { name = \"r\"; cues = { of = \"stored\"; }; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.recall: found \"r\" before anything is stored; *"},
        {MEMORY(STORE "recall = { name = \"K\"; cues = " ROWS "; };"), ECP_ECONFIG,
         "x.cfg:4: memories.m.recall.name: found \"K\", which memories.h5 has beside it; *"},
        {MEMORY("store = { decay = 0.5; patterns = " ROWS "; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.store.decay: memory hopfield: items bring no decay *"},
        {KEY_VALUE("store = { keys = " ROWS "; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.store.values: is missing; *"},
        {KEY_VALUE("store = { strength = 2; keys = " ROWS "; values = " ROWS "; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.store.strength: memory key_value: its items have neither *"}};
    CHECK(cases);
}

static void bad_input(void)
{
    static const struct config_case cases[] = {
        {MEMORY(""), ECP_ECONFIG,
         "x.cfg:1: memories.m: found nothing to do; allowed: store, recall"},
        {"memories = ( { model = \"hopfield\"; } );", ECP_ECONFIG,
         "x.cfg:1: memories.0.name: is missing; *"},
        {"memories = ( { name = \"m\"; model = \"hopfeld\"; } );", ECP_ECONFIG,
         "x.cfg:1: memories.m.model: no memory \"hopfeld\"; did you mean \"hopfield\"?"},
        {MEMORY("parameters = { beta = 1; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.parameters.beta: found an unknown key, no parameter of hopfield; *"},
        {MEMORY("parameters = { sweeps = 0; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.parameters.sweeps: found 0; allowed: *"},
        {MEMORY("parameters = { rule = \"heb\"; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.parameters.rule: found \"heb\"; did you mean \"hebb\"*"},
        {"memories = ( { name = \"m\"; model = \"key_value\";\n parameters = { beta = 0; }; } );",
         ECP_ECONFIG, "x.cfg:2: memories.m.parameters.beta: found 0; allowed: 1e-12 to 1e+09"},
        {"memories = ( { name = \"m\"; model = \"modern_hopfield\";\n parameters = { beta = 0; }; "
         "} "
         ");",
         ECP_ECONFIG, "x.cfg:2: memories.m.parameters.beta: found 0; allowed: 1e-12 to 1e+09"},
        {MEMORY("store = { };"), ECP_ECONFIG, "x.cfg:3: memories.m.store.patterns: is missing; *"},
        {MEMORY("store = { patterns = 3; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.store.patterns: found 3; allowed: \"FILE\", *"},
        {MEMORY("store = { patterns = { random = \"signs\"; n = 0; size = 8; }; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.store.patterns.n: found 0; allowed: a whole number from 1 *"},
        {MEMORY("store = { patterns = { random = \"signs\"; n = 4; size = 0; }; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.store.patterns.size: found 0; *"},
        {MEMORY("store = { patterns = { random = \"signs\"; n = 4; }; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.store.patterns.size: is missing; *"},
        {MEMORY("store = { patterns = { random = \"signs\"; n = 4; size = 8; scale = 2; }; };"),
         ECP_ECONFIG, "x.cfg:3: memories.m.store.patterns.scale: found beside random; *"},
        {MEMORY("store = { patterns = \"/no/such.idx\"; };"), ECP_EIO,
         "x.cfg:3: memories.m.store.patterns: /no/such.idx: cannot be opened: *"},
        {MEMORY("store = { patterns = { random = \"normal\"; n = 4; size = 8; }; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.store.patterns: row 0, column 0: found 1.18349; allowed: -1 and 1 "
         "(form = "
         "\"signs\"), as hopfield is a memory of such patterns"},
        {MEMORY("store = ( { patterns = " ROWS "; },\n { patterns = { random = \"signs\"; n = 1; "
                "size = 9; }; } );"),
         ECP_ECONFIG,
         "x.cfg:4: memories.m.store.patterns: found rows of 9 numbers; allowed: 8, as in the "
         "memory's other rows"},
        {MEMORY("store = { patterns = " ROWS "; values = " ROWS "; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.store.values: found; allowed: none, as hopfield completes patterns"},
        {MEMORY("recall = { name = \"r\"; cues = " ROWS "; };"), ECP_ECONFIG,
         "x.cfg:3: memories.m.recall: found \"r\" before anything is stored; allowed: after a "
         "store"},
        {"duration = 10;\n" MEMORY("store = { patterns = " ROWS "; time = 5; };\n recall = { name "
                                   "= \"r\"; time = 3; cues = " ROWS "; };"),
         ECP_ECONFIG, "x.cfg:5: memories.m.recall: found \"r\" before anything is stored; *"},
        {"duration = 10;\n" MEMORY("store = { patterns = " ROWS "; time = 15; };"), ECP_ECONFIG,
         "x.cfg:4: memories.m.store.time: found 15 ms; allowed: 0 to 10 ms, the time of the run"},
        {"duration = 10;\n" MEMORY("store = { patterns = " ROWS "; phase = \"x\"; };"), ECP_ECONFIG,
         "x.cfg:4: memories.m.store.phase: there is no phase \"x\"; *"},
        {MEMORY(STORE "recall = { name = \"r\"; };"), ECP_ECONFIG,
         "x.cfg:4: memories.m.recall.cues: is missing; *"},
        {MEMORY(STORE "recall = { cues = " ROWS "; };"), ECP_ECONFIG,
         "x.cfg:4: memories.m.recall.name: is missing; *"},
        {MEMORY(STORE "recall = { name = \"r\"; cues = { of = \"stored\"; first = 2; n = 2; }; };"),
         ECP_ECONFIG,
         "x.cfg:4: memories.m.recall.cues: found items 2 to 4 of those stored; "
         "allowed: 0 to 3"},
        {MEMORY(STORE "recall = { name = \"r\"; cues = { of = \"stored\"; flip = 1.5; }; };"),
         ECP_ECONFIG, "x.cfg:4: memories.m.recall.cues.flip: found 1.5; allowed: 0 to 1"},
        {MEMORY(STORE "weigh = { accessibility = 0; };"), ECP_ECONFIG,
         "x.cfg:4: memories.m.weigh: found for hopfield, which cannot tell its items apart; "
         "allowed: none"},
        {MEMORY(STORE "recall = ( { name = \"r\"; cues = " ROWS "; }, { name = \"r\"; cues = " ROWS
                      "; } );"),
         ECP_ECONFIG, "x.cfg:4: memories.m.recall.name: there are two recalls \"r\"; *"},
        {MEMORY(STORE "recall = { name = \"r\"; cues = " ROWS
                      "; };") "\nclaims = ( { result = \"m.r.overlp\"; lowest = 1; } );",
         ECP_ECONFIG,
         "x.cfg:5: claims: found result \"m.r.overlp\"; did you mean "
         "\"m.r.overlap\"*"}};
    CHECK(cases);
}

ECP_TEST_MAIN("memories in a config", {"IDX files", idx_files}, {"HDF5 files", h5_files},
              {"rows of files", rows_of_files}, {"text files", text_files}, {"recalls", recalls},
              {"text and back", text_and_back}, {"measures", measures}, {"ties", ties},
              {"ranges", ranges}, {"without effect", without_effect}, {"no effect", no_effect},
              {"bad input", bad_input})
