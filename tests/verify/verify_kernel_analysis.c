/* Kernel analysis against numpy on IT responses, and what must hold without data. */
#include "engine/chance.h"
#include "tests/verify/score_case.h"
#include "tests/verify/zd_case.h"

static const struct score_setting by_object[] = {{"label", 1}, {NULL, 0}};

static void curves_are_the_references(void)
{
    static const char *const columns[] = {"error_narrow", "error_median", "error_wide"};
    json_t *reference = reference_json("kernel_analysis_zd");
    struct zd *zd = zd_create(ZD_UNITS);
    struct ecp_sheet *sheet = score_sheet("kernel_analysis", by_object, 0, NULL, &zd->set);
    for (size_t k = 0; k < 3; k++) {
        double theirs[15];
        char path[64];
        size_t rows = 0;
        const struct ecp_table_column *e = score_column(sheet, "curve", columns[k], &rows);
        CU_ASSERT_PTR_NOT_NULL_FATAL(e);
        CU_ASSERT_EQUAL(rows, ZD_TRIALS + 1);
        (void)snprintf(path, sizeof path, "e_first15_per_sigma|%zu", k);
        CU_ASSERT_EQUAL(reference_numbers(reference, path, theirs, 15), 15);
        ASSERT_NEAR(e->data, theirs, 15, 0, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(e->data[ZD_TRIALS], 0, 1e-9);
    }
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "kernel_analysis", "auc", NULL),
                           reference_number(reference, "auc_min_over_sigma_mean"), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "kernel_analysis", "precision", NULL),
                           reference_number(reference, "precision=1-auc"), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "kernel_analysis", "auc_median", NULL),
                           reference_number(reference, "auc_median_sigma"), 1e-9);
    ecp_sheet_destroy(sheet);
    zd_destroy(zd);
    json_decref(reference);
}

/* Classes far apart need as many components as there are classes; shuffled ones need nearly all;
 * scale does not matter. */
static void separation_shows(void)
{
    enum { N = 60, P = 4, CLASSES = 3 };
    double x[N * P], mixed[N * P], larger[N * P], label[N];
    struct ecp_chance chance = ecp_chance(9, 1, 0);
    const struct ecp_label labels = {.name = "class", .unit = "1", .number = label};
    for (size_t k = 0; k < N; k++) {
        label[k] = (double)(k % CLASSES);
        for (size_t u = 0; u < P; u++) {
            const double noise = ecp_chance_normal(&chance);
            x[k * P + u] = (u == k % CLASSES ? 20 : 0) + noise;
            larger[k * P + u] = 1000 * x[k * P + u];
            mixed[k * P + u] = noise;
        }
    }
    struct ecp_dataset set = {.name = "set",
                              .n_conditions = N,
                              .n_units = P,
                              .n_condition_labels = 1,
                              .condition_label = &labels,
                              .mean = x};
    const double apart = score_value("kernel_analysis", by_object, &set, "auc");
    CU_ASSERT(apart < (CLASSES + 1.0) / (N + 1));
    set.mean = larger;
    CU_ASSERT_DOUBLE_EQUAL(score_value("kernel_analysis", by_object, &set, "auc"), apart, 1e-9);
    set.mean = mixed;
    CU_ASSERT(score_value("kernel_analysis", by_object, &set, "auc") > 0.3);
    /* Models beside the data, with the data's classes. */
    struct ecp_dataset model = {.name = "model", .n_conditions = N, .n_units = P, .mean = x};
    const struct ecp_dataset *models[] = {&model};
    struct ecp_sheet *sheet = score_sheet("kernel_analysis", by_object, 1, models, &set);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "kernel_analysis", "auc", "model"), apart, 1e-12);
    ecp_sheet_destroy(sheet);
}

static void undefined_cases_say_why(void)
{
    double x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, same[6] = {1, 1, 1, 1, 1, 1};
    const struct ecp_label one = {.name = "class", .unit = "1", .number = same};
    struct ecp_dataset set = {.name = "set",
                              .n_conditions = 6,
                              .n_units = 2,
                              .n_condition_labels = 1,
                              .condition_label = &one,
                              .mean = x};
    struct ecp_sheet *sheet = score_sheet("kernel_analysis", by_object, 0, NULL, &set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "auc"), "one class"));
    ecp_sheet_destroy(sheet);
    for (size_t k = 0; k < 12; k++)
        x[k] = 3;
    sheet = score_sheet("kernel_analysis", NULL, 0, NULL, &set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "auc"), "constant"));
    ecp_sheet_destroy(sheet);
    for (size_t k = 0; k < 12; k += 2)
        x[k] = NAN;
    sheet = score_sheet("kernel_analysis", NULL, 0, NULL, &set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "auc"), "misses"));
    ecp_sheet_destroy(sheet);
    const struct score_setting third[] = {{"label", 3}, {NULL, 0}};
    CU_ASSERT_EQUAL(score_try("kernel_analysis", third, 0, NULL, &set, &sheet), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "1 = class"));
    ecp_error_clear();
    ecp_sheet_destroy(sheet);
}

/* Constant but for what centring rounds: cka is no alignment of rounding with itself. */
static void rounding_is_no_response(void)
{
    enum { N = 11, P = 7 };
    double flat[N * P], some[N * P];
    const struct ecp_dataset data = {.name = "flat", .n_conditions = N, .n_units = P, .mean = flat};
    const struct ecp_dataset model = {
        .name = "some", .n_conditions = N, .n_units = P, .mean = some};
    const struct ecp_dataset *models[] = {&model};
    for (int scale = 0; scale < 4; scale++) {
        for (size_t k = 0; k < N * P; k++) {
            some[k] = sin((double)(k * k));
            flat[k] = pow(10, 3 * scale) * (0.1 + (double)(k % P) / 3);
        }
        flat[3] *= 1 + 2.3e-16;
        struct ecp_sheet *sheet = score_sheet("cka", NULL, 1, models, &data);
        CU_ASSERT(isnan(ecp_sheet_value(sheet, "cka", "cka", NULL)));
        CU_ASSERT(isnan(ecp_sheet_value(sheet, "cka", "cka_unbiased", NULL)));
        ecp_sheet_destroy(sheet);
    }
}

ECP_TEST_MAIN("kernel analysis", {"curves are the reference's", curves_are_the_references},
              {"separation shows", separation_shows},
              {"undefined cases say why", undefined_cases_say_why},
              {"rounding is no response", rounding_is_no_response})
