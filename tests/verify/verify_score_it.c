/* verify_score_it.c -- the scenario from images to scores: its features against plain loops,
 * its claims, and what becomes of them when what they rest on is taken away. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/dataset_read.h"
#include "scenarios/it_features.h"
#include "tests/experiment_case.h"

#define DATA ECP_SOURCE_DIR "/scenarios/data/it92/it92.h5"
#define CONFIG(network)                                                                            \
    "scenario = \"score_it\"; seed = 1;\n"                                                         \
    "network = { it92 = \"" DATA "\"; bootstraps = 100; " network " };"

/* ---- features ----------------------------------------------------------------------------- */

static void fill(double *rgb, double value)
{
    for (int k = 0; k < 3 * IT_PIXELS; k++)
        rgb[k] = value;
}

static void test_shape(void)
{
    static double rgb[3 * IT_PIXELS];
    struct it_image image;
    double shape[IT_SHAPE], colour[IT_COLOURS];
    fill(rgb, 128);
    for (int y = 5; y < 10; y++) /* square (1, 2) of 7 x 7, pure red */
        for (int x = 10; x < 15; x++) {
            rgb[3 * (y * IT_SIDE + x)] = 255;
            rgb[3 * (y * IT_SIDE + x) + 1] = rgb[3 * (y * IT_SIDE + x) + 2] = 0;
        }
    it_image(rgb, &image);
    it_shape(&image, shape);
    it_colours(&image, colour);
    for (int k = 0; k < IT_SHAPE; k++)
        CU_ASSERT_DOUBLE_EQUAL(shape[k], k == 1 * IT_PLACES + 2, 1e-12);
    /* red - green = 1, blue - yellow = -0.5: the last of one axis is nearest, the first of the
     * other is met */
    size_t most = 0;
    for (size_t k = 0; k < IT_COLOURS; k++)
        most = colour[k] > colour[most] ? k : most;
    CU_ASSERT_EQUAL(most, (IT_TUNED - 1) * IT_TUNED);
    CU_ASSERT_DOUBLE_EQUAL(colour[most], exp(-0.5 * 4 * 4), 1e-12); /* 0.5 = 4 widths away */
    CU_ASSERT_DOUBLE_EQUAL(colour[most + 1], exp(-0.5 * 17), 1e-12);
}

/* A grating excites the filter of its orientation and wavelength; no contrast, none. */
static void test_edges(void)
{
    static double rgb[3 * IT_PIXELS];
    struct it_image image;
    double edges[IT_EDGES];
    fill(rgb, 128);
    it_image(rgb, &image);
    it_edges(&image, edges);
    for (int k = 0; k < IT_EDGES; k++)
        CU_ASSERT(fabs(edges[k]) < 1e-12);
    for (int scale = 0; scale < IT_SCALES; scale++)
        for (int o = 0; o < IT_ORIENTATIONS; o++) {
            const double angle = acos(-1) * o / IT_ORIENTATIONS;
            const double turn = 2 * acos(-1) / (scale ? 6 : 3);
            for (int k = 0; k < IT_PIXELS; k++) {
                const double u = k % IT_SIDE * cos(angle) + k / IT_SIDE * sin(angle);
                rgb[3 * k] = rgb[3 * k + 1] = rgb[3 * k + 2] = 128 + 60 * cos(turn * u);
            }
            it_image(rgb, &image);
            it_edges(&image, edges);
            int best = 0;
            enum { MIDDLE = IT_POOL * IT_POOL / 2 };
            for (int f = 0; f < IT_SCALES * IT_ORIENTATIONS; f++)
                if (edges[f * IT_POOL * IT_POOL + MIDDLE] >
                    edges[best * IT_POOL * IT_POOL + MIDDLE])
                    best = f;
            CU_ASSERT_EQUAL(best, scale * IT_ORIENTATIONS + o);
        }
}

/* ---- the scenario --------------------------------------------------------------------------- */

static double r(size_t n, const double *a, const double *b)
{
    double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
    for (size_t k = 0; k < n; k++) {
        ma += a[k] / (double)n;
        mb += b[k] / (double)n;
    }
    for (size_t k = 0; k < n; k++) {
        ab += (a[k] - ma) * (b[k] - mb);
        aa += (a[k] - ma) * (a[k] - ma);
        bb += (b[k] - mb) * (b[k] - mb);
    }
    return ab / sqrt(aa * bb);
}

/* Mean rates that it put out, scored by plain loops. */
static double score_of(const struct ecp_stored_table *mean, const struct ecp_dataset *human)
{
    const size_t n = mean->rows, p = mean->columns, pairs = n * (n - 1) / 2;
    double *rdm = malloc(pairs * sizeof *rdm), sum = 0;
    size_t at = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(rdm);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            rdm[at++] = 1 - r(p, mean->matrix + i * p, mean->matrix + j * p);
    for (size_t s = 0; s < human->n_rdms; s++)
        sum += r(pairs, rdm, human->rdm + s * pairs) / (double)human->n_rdms;
    free(rdm);
    return sum;
}

static void test_claims(void)
{
    struct computed c;
    struct ecp_dataset *human;
    const struct ecp_dataset_request request = {
        .path = DATA ":/rdms/human", .name = "human", .from = NAN, .to = NAN};
    compute(CONFIG("seeds = 1;"), 2, &c);
    claims_of(&c, 1);
    ECP_ASSERT_OK(ecp_dataset_read(&request, &human));
    const struct ecp_stored_table *mean = computed_table(&c, "population_1/mean");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mean);
    CU_ASSERT_DOUBLE_EQUAL(score_of(mean, human), computed_value(&c, "score_it.human"), 1e-12);
    CU_ASSERT_PTR_NOT_NULL(computed_table(&c, "human"));
    ecp_dataset_destroy(human);
    computed_clear(&c);
}

/* Each breaks a claim; with colours alone macaques are still told better than by chance. */
static void test_breaks(void)
{
    struct computed c;
    compute(CONFIG("seeds = 1; shuffle = 1; trials = 2;"), 2, &c);
    CU_ASSERT(fabs(computed_value(&c, "score_it.human")) < 0.06);
    CU_ASSERT(fabs(computed_value(&c, "score_it.macaque")) < 0.1);
    claims_of(&c, 0);
    computed_clear(&c);
    compute(CONFIG("seeds = 1; shape = 0; edges = 0; trials = 2;"), 2, &c);
    CU_ASSERT(computed_value(&c, "score_it.macaque") > 0.1);
    CU_ASSERT(computed_value(&c, "score_it.human") < 0.15);
    claims_of(&c, 0);
    computed_clear(&c);
}

static void test_threads(void)
{
    struct computed one, two;
    compute(CONFIG("seeds = 1; trials = 1; units = 10;"), 1, &one);
    compute(CONFIG("seeds = 1; trials = 1; units = 10;"), 2, &two);
    CU_ASSERT_EQUAL(computed_value(&one, "score_it.human"), computed_value(&two, "score_it.human"));
    CU_ASSERT_EQUAL(computed_value(&one, "score_it.rate_hz"),
                    computed_value(&two, "score_it.rate_hz"));
    computed_clear(&one);
    computed_clear(&two);
}

static void refused(const char *config, const char *part)
{
    struct ecp_plan *plan = NULL;
    CU_ASSERT_NOT_EQUAL(ecp_config_parse(config, "x.cfg", NULL, 0, &plan), ECP_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), part));
    if (!strstr(ecp_error_message(), part))
        (void)printf("\n  %s", ecp_error_message());
    ecp_plan_destroy(plan);
}

/* Without a file it takes the one that comes with the program, which lies where a build in the
 * sources looks for it; a build elsewhere finds none before it is installed. */
static void test_supplied(void)
{
    struct ecp_plan *plan = NULL;
    const enum ecp_status status =
        ecp_config_parse("scenario = \"score_it\";", "x.cfg", NULL, 0, &plan);
    const char *const found = status == ECP_OK ? plan->computes_text[0] : ecp_error_message();
    CU_ASSERT_PTR_NOT_NULL(strstr(found, status == ECP_OK ? "scenarios/data/it92/it92.h5"
                                                          : "x.cfg:1: network.it92: is missing"));
    ecp_plan_destroy(plan);
}

static void test_refused(void)
{
    refused("scenario = \"score_it\";\nnetwork = { it92 = \"none.h5\"; };",
            "x.cfg:2: network.it92: none.h5 cannot be opened");
    refused("scenario = \"score_it\"; network = { it93 = \"" DATA "\"; };",
            "did you mean \"it92\"");
    refused(CONFIG("colour = 0; shape = 0; edges = 0;"), "one of them must be 1");
}

ECP_TEST_MAIN("score_it", {"colours and silhouette", test_shape}, {"edges", test_edges},
              {"refused", test_refused}, {"supplied file", test_supplied},
              {"threads", test_threads}, {"claims", test_claims}, {"what breaks them", test_breaks})
