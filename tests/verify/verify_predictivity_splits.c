/* The measure predictivity with given divisions against scikit-learn's and Brain-Score's values,
 * internal consistency with given halves against numpy's; and divisions by labels. */
#include "analysis/halves.h"
#include "analysis/splits.h"
#include "tests/verify/score_case.h"
#include "tests/verify/zd_case.h"

enum { TRIALS = 1000, P = 79, Q = 31, DIVISIONS = 10, HALF = 9 };

/* Rows of indices, from a file of tests/data/analysis. */
static size_t read_rows(const char *name, size_t *out, size_t most)
{
    char path[512], line[8192];
    size_t n = 0;
    (void)snprintf(path, sizeof path, "%s/analysis/%s", ECP_TEST_DATA, name);
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    while (fgets(line, sizeof line, file))
        for (char *at = strtok(line, ","); at && n < most; at = strtok(NULL, ","))
            out[n++] = strtoul(at, NULL, 10);
    (void)fclose(file);
    return n;
}

struct semedo {
    double *x, *y, *tests;
    char name[DIVISIONS][16];
    struct ecp_label label[DIVISIONS];
    struct ecp_dataset v1, v2;
};

static void semedo_begin(struct semedo *s)
{
    size_t n = 0, tested[TRIALS];
    s->x = recording_numbers("v1v2_semedo/v1v2_semedo.h5", "X", &n);
    s->y = recording_numbers("v1v2_semedo/v1v2_semedo.h5", "Y_V2", &n);
    s->tests = calloc(DIVISIONS * TRIALS, sizeof *s->tests);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s->tests);
    CU_ASSERT_EQUAL_FATAL(read_rows("splits_semedo_1000.csv", tested, TRIALS), TRIALS);
    for (size_t k = 0; k < TRIALS; k++)
        s->tests[k / (TRIALS / DIVISIONS) * TRIALS + tested[k]] = 1;
    for (size_t k = 0; k < DIVISIONS; k++) {
        (void)snprintf(s->name[k], sizeof s->name[k], "test_%zu", k);
        s->label[k] =
            (struct ecp_label){.name = s->name[k], .unit = "1", .number = s->tests + k * TRIALS};
    }
    s->v1 = (struct ecp_dataset){.name = "V1", .n_conditions = TRIALS, .n_units = P, .mean = s->x};
    s->v2 = (struct ecp_dataset){.name = "V2",
                                 .n_conditions = TRIALS,
                                 .n_units = Q,
                                 .mean = s->y,
                                 .n_condition_labels = DIVISIONS,
                                 .condition_label = s->label};
}

static void semedo_end(struct semedo *s)
{
    free(s->x);
    free(s->y);
    free(s->tests);
}

/* Score and error of the whole measure (ridge_cv has another list of penalties than the
 * reference: verify_predictivity.c). */
static void given_divisions_are_theirs(void)
{
    static const struct {
        const char *name;
        double map, components, close;
    } of[] = {{"pls25|score", 0, 25, 1e-9},          {"ridge_alpha1|score", 1, 25, 1e-9},
              {"linear|score", 3, 25, 1e-9},         {"pls_by_components|1", 0, 1, 1e-9},
              {"pls_by_components|2", 0, 2, 1e-9},   {"pls_by_components|5", 0, 5, 1e-9},
              {"pls_by_components|10", 0, 10, 1e-9}, {"pls_by_components|25", 0, 25, 1e-9}};
    json_t *reference = reference_json("linear_predictivity");
    struct semedo s;
    semedo_begin(&s);
    const struct ecp_dataset *models[] = {&s.v1};
    for (size_t k = 0; k < sizeof of / sizeof of[0]; k++) {
        const struct score_setting setting[] = {{"map", of[k].map},
                                                {"components", of[k].components},
                                                {"divide", ECP_SPLIT_GIVEN},
                                                {"compat", 1},
                                                {NULL, 0}};
        struct ecp_sheet *sheet = score_sheet("predictivity", setting, 1, models, &s.v2);
        const struct ecp_sheet_row *row;
        char path[96];
        (void)snprintf(path, sizeof path, "semedo_V1_to_V2|%s", of[k].name);
        const double gap = fabs(ecp_sheet_value(sheet, "predictivity", "r", NULL) -
                                reference_number(reference, path));
        if (!(gap <= of[k].close))
            (void)printf("\n  %s differs by %.3g", of[k].name, gap);
        CU_ASSERT(gap <= of[k].close);
        const size_t rows = ecp_sheet_rows(sheet, &row);
        for (size_t j = 0; j < rows && strstr(path, "|score"); j++)
            if (strcmp(row[j].field->name, "r") == 0) {
                memcpy(strstr(path, "|score"), "|sem", 5);
                CU_ASSERT_DOUBLE_EQUAL(row[j].estimate.error, reference_number(reference, path),
                                       of[k].close);
                break;
            }
        ecp_sheet_destroy(sheet);
    }
    semedo_end(&s);
    json_decref(reference);
}

/* ---- consistency ------------------------------------------------------------------------- */

static void given_halves_are_numpys(void)
{
    json_t *reference = reference_json("noise_ceiling_zd");
    struct zd *zd = zd_create(ZD_UNITS);
    size_t half[DIVISIONS * HALF], missing = 0;
    double medians[DIVISIONS], theirs[DIVISIONS], sum[ZD_UNITS] = {0}, unit[ZD_UNITS], mean = 0;
    double *work = malloc(2 * ZD_CONDITIONS * (ZD_UNITS + 1) * sizeof *work);
    CU_ASSERT_PTR_NOT_NULL_FATAL(work);
    CU_ASSERT_EQUAL_FATAL(read_rows("halves_zd.csv", half, DIVISIONS * HALF), DIVISIONS * HALF);
    for (size_t k = 0; k < DIVISIONS; k++) {
        unsigned char second[ZD_REPEATS] = {0};
        for (size_t j = 0; j < HALF; j++)
            second[half[k * HALF + j]] = 1;
        ecp_half_consistency(ZD_CONDITIONS, ZD_REPEATS, ZD_UNITS, zd->response, second, work, unit);
        for (size_t u = 0; u < ZD_UNITS; u++)
            sum[u] += unit[u] / DIVISIONS;
        medians[k] = ecp_median_of(ZD_UNITS, unit);
        mean += medians[k] / DIVISIONS;
    }
    CU_ASSERT_EQUAL(reference_numbers(reference, "numpy|per_split_median", theirs, DIVISIONS),
                    DIVISIONS);
    ASSERT_NEAR(medians, theirs, DIVISIONS, 0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(mean, reference_number(reference, "numpy|value"), 1e-12);
    for (size_t u = 0; u < ZD_UNITS; u++)
        missing += isnan(sum[u]) != 0;
    CU_ASSERT_EQUAL((double)missing, reference_number(reference, "numpy|n_nan_units"));
    CU_ASSERT_EQUAL(reference_numbers(reference, "numpy|per_unit_first8", theirs, 8), 8);
    ASSERT_NEAR(sum, theirs, 8, 0, 1e-12);
    /* The first k repeats, even against odd ones. */
    for (size_t row = 0, k = 2; row < 4; row++, k *= 2) {
        unsigned char second[ZD_REPEATS] = {0};
        double few[3];
        char path[64];
        double *repeats = malloc(ZD_CONDITIONS * k * ZD_UNITS * sizeof *repeats);
        CU_ASSERT_PTR_NOT_NULL_FATAL(repeats);
        for (size_t j = 0; j < k; j++)
            second[j] = j % 2;
        for (size_t c = 0; c < ZD_CONDITIONS; c++)
            memcpy(repeats + c * k * ZD_UNITS, zd->response + c * ZD_REPEATS * ZD_UNITS,
                   k * ZD_UNITS * sizeof *repeats);
        ecp_half_consistency(ZD_CONDITIONS, k, ZD_UNITS, repeats, second, work, unit);
        (void)snprintf(path, sizeof path, "median_split_half_vs_repeats[k,raw,SB]|%zu", row);
        CU_ASSERT_EQUAL(reference_numbers(reference, path, few, 3), 3);
        CU_ASSERT_DOUBLE_EQUAL(ecp_median_of(ZD_UNITS, unit), few[2], 1e-12);
        free(repeats);
    }
    free(work);
    zd_destroy(zd);
    json_decref(reference);
}

/* ---- divisions by labels ------------------------------------------------------------------- */

enum { N = 50, CLASSES = 4 };

static struct ecp_dataset labelled(double *number, struct ecp_label *label)
{
    for (size_t c = 0; c < N; c++) /* 20, 15, 10 and 5 */
        number[c] = c < 20 ? 0 : c < 35 ? 1 : c < 45 ? 2 : 3;
    *label = (struct ecp_label){.name = "category", .unit = "1", .number = number};
    return (struct ecp_dataset){
        .name = "set", .n_conditions = N, .n_condition_labels = 1, .condition_label = label};
}

static void divisions_follow_labels(void)
{
    double number[N];
    struct ecp_label label;
    struct ecp_dataset set = labelled(number, &label);
    size_t order[N], fitted, tested, first[N], different = 0;
    struct ecp_splits s = {.kind = ECP_SPLIT_STRATIFIED, .set = &set, .train = 0.8, .seed = 1};
    ECP_ASSERT_OK(ecp_splits_begin(&s, "m", 1));
    for (size_t k = 0; k < 20; k++) {
        size_t count[CLASSES] = {0}, seen[N] = {0};
        ECP_ASSERT_OK(ecp_split(&s, "m", k, order, &fitted, &tested));
        CU_ASSERT_EQUAL(fitted, 40);
        CU_ASSERT_EQUAL(tested, 10);
        for (size_t j = 0; j < N; j++) {
            seen[order[j]]++;
            count[(size_t)number[order[j]]] += j < fitted;
        }
        CU_ASSERT(count[0] == 16 && count[1] == 12 && count[2] == 8 && count[3] == 4);
        for (size_t c = 0; c < N; c++)
            CU_ASSERT_EQUAL(seen[c], 1);
        if (k == 0)
            memcpy(first, order, sizeof first);
        different += memcmp(first, order, sizeof first) != 0;
    }
    CU_ASSERT_EQUAL(different, 19);
    ecp_splits_clear(&s);
    s = (struct ecp_splits){.kind = ECP_SPLIT_GROUPED, .set = &set, .train = 0.75, .seed = 1};
    ECP_ASSERT_OK(ecp_splits_begin(&s, "m", 1));
    for (size_t k = 0; k < 20; k++) {
        int fit[CLASSES] = {0}, test[CLASSES] = {0};
        ECP_ASSERT_OK(ecp_split(&s, "m", k, order, &fitted, &tested));
        for (size_t j = 0; j < N; j++)
            (j < fitted ? fit : test)[(size_t)number[order[j]]]++;
        for (size_t c = 0; c < CLASSES; c++)
            CU_ASSERT(fit[c] == 0 || test[c] == 0); /* nothing leaks */
        CU_ASSERT_EQUAL(fitted + tested, N);
        CU_ASSERT((test[0] > 0) + (test[1] > 0) + (test[2] > 0) + (test[3] > 0) == 1);
    }
    ecp_splits_clear(&s);
}

static void bad_divisions_are_told(void)
{
    double number[N], x[N * 2];
    struct ecp_label label;
    struct ecp_dataset set = labelled(number, &label);
    const struct ecp_dataset *models[] = {&set};
    struct ecp_sheet *sheet;
    const struct score_setting given[] = {{"divide", ECP_SPLIT_GIVEN}, {NULL, 0}};
    const struct score_setting second[] = {{"divide", ECP_SPLIT_GROUPED}, {"label", 2}, {NULL, 0}};
    const struct score_setting strata[] = {{"divide", ECP_SPLIT_STRATIFIED}, {NULL, 0}};
    const struct score_setting all[] = {{"train", 0.99}, {NULL, 0}};
    set.n_units = 2;
    set.mean = x;
    for (size_t k = 0; k < 2 * N; k++)
        x[k] = sin((double)k);
    static const char *const words[] = {"begins with \"test\"", "1 = category", "condition 7",
                                        "2 of each"};
    const struct score_setting *const bad[] = {given, second, strata, all};
    for (size_t k = 0; k < 4; k++) {
        if (k == 2)
            number[7] = NAN;
        CU_ASSERT_EQUAL(score_try("predictivity", bad[k], 1, models, &set, &sheet), ECP_ECONFIG);
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), words[k]));
        ecp_error_clear();
        ecp_sheet_destroy(sheet);
    }
    for (size_t k = 0; k < 2 * N; k++)
        x[k] = 4; /* nothing to predict */
    sheet = score_sheet("predictivity", NULL, 1, models, &set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "r"), "vary"));
    ecp_sheet_destroy(sheet);
}

ECP_TEST_MAIN("divisions", {"given divisions are theirs", given_divisions_are_theirs},
              {"given halves are numpy's", given_halves_are_numpys},
              {"divisions follow labels", divisions_follow_labels},
              {"bad divisions are told", bad_divisions_are_told})
