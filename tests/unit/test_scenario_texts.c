/* Parameters of scenarios that are texts: files of images for key_value_forgetting. The files
 * are written here: IDX as those of MNIST, classes drawn about centres. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/clusters.h"
#include "engine/describe.h"
#include "engine/scenario.h"
#include "tests/experiment_case.h"

enum { PIXELS = 784, IMAGES = 1200, CLASSES = 4 };

static char folder[180]; /* whole path: what a config names is looked for beside it */

static const char *in_folder(const char *name)
{
    static char path[240];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put_word(FILE *file, size_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        (void)fputc((int)(value >> shift & 0xff), file);
}

/* `side` x `side` images where that is not 0, else labels; `missing` bytes at the end. */
static void write_idx(const char *name, size_t n, size_t side, const unsigned char *data,
                      size_t missing)
{
    FILE *file = fopen(in_folder(name), "wbe");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    put_word(file, side > 0 ? 0x803 : 0x801);
    put_word(file, n);
    if (side > 0) {
        put_word(file, side);
        put_word(file, side);
    }
    const size_t bytes = n * (side > 0 ? side * side : 1) - missing;
    CU_ASSERT_EQUAL_FATAL(fwrite(data, 1, bytes, file), bytes);
    CU_ASSERT_EQUAL_FATAL(fclose(file), 0);
}

static unsigned char image[IMAGES * PIXELS], label[IMAGES];

static void write_files(void)
{
    static double x[IMAGES * PIXELS];
    static int classes[IMAGES];
    const struct ecp_clusters clusters = {.dimensions = PIXELS,
                                          .classes = CLASSES,

                                          .noise = 0.8,
                                          .size = 60,
                                          .seed = 9};
    ecp_clusters_draw(&clusters, IMAGES, x, classes);
    for (size_t k = 0; k < IMAGES * PIXELS; k++)
        image[k] = (unsigned char)(x[k] < 255 ? x[k] : 255);
    for (size_t k = 0; k < IMAGES; k++)
        label[k] = (unsigned char)classes[k];
    image[7] = 255; /* the largest */
    write_idx("images", IMAGES, 28, image, 0);
    write_idx("labels", IMAGES, 0, label, 0);
}

/* Half of IMAGES are of a task: 64 to train on and 512 to test on. */
#define SHORT                                                                                      \
    "memories = 20; iterations = 20; items = 64; batch = 16; epochs = 30; rate = 0.01; seeds = "   \
    "1; "

static struct ecp_experiment *computed_of(const char *files, enum ecp_status expected,
                                          struct ecp_plan **plan)
{
    char config[900];
    const struct ecp_experiment_options options = {.threads = 1};
    struct ecp_experiment *e = NULL;
    (void)snprintf(config, sizeof config,
                   "scenario = \"key_value_forgetting\"; network = { " SHORT "%s };", files);
    enum ecp_status status = ecp_config_parse(config, in_folder("test.cfg"), NULL, 0, plan);
    if (status == ECP_OK) {
        ECP_ASSERT_OK(ecp_experiment_create(*plan, &options, &e));
        status = ecp_experiment_run(e);
    }
    CU_ASSERT_EQUAL(status, expected);
    if (status != expected)
        (void)printf("\n  %s: %s\n", files, ecp_error_message());
    return e;
}

static double value(const struct ecp_experiment *e, const char *name)
{
    const int at = ecp_field_find(e->plan->computes->results, name);
    CU_ASSERT_FATAL(at >= 0);
    return e->value[at];
}

#define FILES "images = \"images\"; labels = \"labels\";"

static void images_are_learnt(void)
{
    struct ecp_plan *plan = NULL, *again = NULL, *none = NULL;
    struct ecp_experiment *e = computed_of(FILES, ECP_OK, &plan);
    struct ecp_experiment *drawn = computed_of("", ECP_OK, &none);
    CU_ASSERT_PTR_NOT_NULL_FATAL(e);
    CU_ASSERT_PTR_NOT_NULL_FATAL(drawn);
    CU_ASSERT(value(e, "learnt_1") > 0.9);
    CU_ASSERT(value(e, "learnt_2") > 0.9);
    CU_ASSERT(value(e, "drop") > 0.5);
    CU_ASSERT_NOT_EQUAL(value(e, "pair_error"), value(drawn, "pair_error"));
    /* Experiment A is the same with and without. */
    CU_ASSERT_EQUAL(value(e, "value_error"), value(drawn, "value_error"));
    CU_ASSERT_PTR_NULL(strstr(none->config_text, "images"));
    /* What is written back finds the files from anywhere, and makes the same run. */
    CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(plan->config_text, "images = \"/"));
    ECP_ASSERT_OK(ecp_config_parse(plan->config_text, "/elsewhere.cfg", NULL, 0, &again));
    struct ecp_experiment *second = NULL;
    const struct ecp_experiment_options options = {.threads = 2};
    ECP_ASSERT_OK(ecp_experiment_create(again, &options, &second));
    ECP_ASSERT_OK(ecp_experiment_run(second));
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    CU_ASSERT_EQUAL(value(e, "pair_error"), value(second, "pair_error"));
    CU_ASSERT_EQUAL(value(e, "after"), value(second, "after"));
    ecp_experiment_destroy(e);
    ecp_experiment_destroy(drawn);
    ecp_experiment_destroy(second);
    ecp_plan_destroy(plan);
    ecp_plan_destroy(none);
    ecp_plan_destroy(again);
}

static void the_command_line_names_files(void)
{
    char set[2][300];
    const char *const given[] = {set[0], set[1]}, *const none[] = {"network.images=\"\"",
                                                                   "network.labels=\"\""};
    struct ecp_plan *plan = NULL;
    (void)snprintf(set[0], sizeof set[0], "network.images=%s", in_folder("images"));
    (void)snprintf(set[1], sizeof set[1], "network.labels=%s", in_folder("labels"));
    ECP_ASSERT_OK(
        ecp_config_parse("scenario = \"key_value_forgetting\";", "a.cfg", given, 2, &plan));
    CU_ASSERT_STRING_EQUAL(plan->computes_text[1], in_folder("labels"));
    CU_ASSERT_PTR_NULL(plan->computes_text[2]);
    ecp_plan_destroy(plan);
    ECP_ASSERT_OK(ecp_config_parse("scenario = \"key_value_forgetting\"; network = { " FILES " };",
                                   in_folder("test.cfg"), none, 2, &plan));
    CU_ASSERT_PTR_NULL(plan->computes_text[0]);
    ecp_plan_destroy(plan);
}

static void refused(const char *files, enum ecp_status expected, const char *sentence)
{
    struct ecp_plan *plan = NULL;
    struct ecp_experiment *e = computed_of(files, expected, &plan);
    const int named = strstr(ecp_error_message(), sentence) != NULL;
    CU_ASSERT(named);
    if (!named)
        (void)printf("\n  \"%s\" is not in: %s\n", sentence, ecp_error_message());
    ecp_error_clear();
    ecp_experiment_destroy(e);
    ecp_plan_destroy(plan);
}

static void bad_files_are_refused(void)
{
    enum { FEW = 600 };
    static unsigned char odd[IMAGES];
    refused("images = \"nowhere\"; labels = \"labels\";", ECP_ECONFIG, "network.images");
    refused("images = \"nowhere\"; labels = \"labels\";", ECP_ECONFIG, "cannot be opened");
    refused("images = 3;", ECP_ECONFIG, "the name of a file");
    refused("images = \"images\";", ECP_ECONFIG, "images is given without labels");
    refused("labels_2 = \"labels\";", ECP_ECONFIG, "labels_2 is given without images_2");
    refused("images_2 = \"images\"; labels_2 = \"labels\";", ECP_ECONFIG, "without images");
    refused("image = \"images\";", ECP_ECONFIG, "images");
    write_idx("short", IMAGES, 28, image, 5);
    refused("images = \"short\"; labels = \"labels\";", ECP_EIO, "short: is truncated");
    refused("images = \"short\"; labels = \"labels\";", ECP_EIO, "network.images: ");
    write_idx("small", IMAGES, 14, image, 0);
    refused("images = \"small\"; labels = \"labels\";", ECP_ECONFIG, "found 196 numbers a row");
    write_idx("fewer", IMAGES - 1, 28, image, 0);
    refused("images = \"fewer\"; labels = \"labels\";", ECP_ECONFIG, "found 1199 rows, and 1200");
    refused("images = \"images\"; labels = \"images\";", ECP_ECONFIG, "network.labels: ");
    refused("images = \"images\";\n labels = \"images\";", ECP_ECONFIG,
            "test.cfg:2: network.labels: "); /* and the line */
    refused("images = \"short\"; labels = \"labels\";", ECP_EIO, "test.cfg:1: network.images: ");
    write_idx("few", FEW, 0, label, 0);
    refused("images = \"images\"; labels = \"few\";", ECP_ECONFIG, "found 300 items of classes 0");
    memset(odd, 1, sizeof odd);
    write_idx("ones", IMAGES, 0, odd, 0);
    refused("images = \"images\"; labels = \"ones\";", ECP_ECONFIG, "is of class 0");
    refused(FILES " images_2 = \"images\"; labels_2 = \"ones\";", ECP_ECONFIG,
            "network.labels_2: ");
    FILE *file = fopen(in_folder("text"), "we");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    (void)fputs("1\n0.5\n", file);
    (void)fclose(file);
    refused("images = \"images\"; labels = \"text\";", ECP_ECONFIG, "row 1: found 0.5");
    refused("images = \".\"; labels = \"labels\";", ECP_EIO, "is not a file");
}

static void are_described(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(to);
    ECP_ASSERT_OK(
        ecp_describe(to, "scenario/key_value_forgetting", NULL, (struct ecp_look){.width = 80}));
    (void)fclose(to);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "TEXTS"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n    labels_2 "));
    free(text);
}

static void begin(void)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(folder, sizeof folder - 20));
    memcpy(folder + strlen(folder), "/texts_XXXXXX", sizeof "/texts_XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    write_files();
}

static void end(void)
{
    static const char *const name[] = {"images", "labels", "short", "small",
                                       "fewer",  "few",    "ones",  "text"};
    for (size_t k = 0; k < sizeof name / sizeof name[0]; k++)
        (void)remove(in_folder(name[k]));
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

ECP_TEST_MAIN("texts of scenarios", {"files are written", begin},
              {"images and labels are learnt", images_are_learnt},
              {"named on the command line", the_command_line_names_files},
              {"bad files", bad_files_are_refused}, {"described", are_described},
              {"files are removed", end})
