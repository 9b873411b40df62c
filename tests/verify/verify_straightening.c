/* Curvature of generated paths: known angles, independent points, noise that is corrected for. */
#include "engine/chance.h"
#include "tests/verify/reference_data.h"
#include "tests/verify/score_case.h"

enum { FRAMES = 11, P = 60, MOST = 400 };

static const double degrees = 180 / 3.14159265358979323846;

/* Steps of length 1 in a plane of P-dimensional space; each turns by `angle` (degrees). */
static void turning(double angle, double *x)
{
    double at[2] = {0.3, -0.2};
    for (size_t t = 0; t < FRAMES; t++) {
        for (size_t u = 0; u < P; u++) /* two orthogonal directions, of length 1 */
            x[t * P + u] = 2 + (u % 2 ? at[0] : at[1]) / sqrt(P / 2.0);
        at[0] += cos(angle / degrees * (double)t);
        at[1] += sin(angle / degrees * (double)t);
    }
}

static struct ecp_dataset means(const char *name, size_t n, size_t p, const double *x)
{
    return (struct ecp_dataset){.name = name, .n_conditions = n, .n_units = p, .mean = x};
}

static void turns_are_exact(void)
{
    double x[FRAMES * P];
    static const double angles[] = {0, 10, 45, 90, 135, 180};
    for (size_t k = 0; k < 6; k++) {
        const struct ecp_dataset set = means("path", FRAMES, P, x);
        turning(angles[k], x);
        CU_ASSERT_DOUBLE_EQUAL(score_value("straightening", NULL, &set, "curvature"), angles[k],
                               k == 0 || k == 5 ? 1e-5 : 1e-10); /* acos is steep at its ends */
    }
    /* A circle in 20 steps. */
    double circle[21 * 2];
    for (size_t t = 0; t < 21; t++) {
        circle[2 * t] = 7 * cos((double)t * 18 / degrees);
        circle[2 * t + 1] = 7 * sin((double)t * 18 / degrees);
    }
    const struct ecp_dataset round = means("circle", 21, 2, circle);
    CU_ASSERT_DOUBLE_EQUAL(score_value("straightening", NULL, &round, "curvature"), 18, 1e-10);
}

/* In many dimensions steps in random directions are at 90 degrees, and of independent points at
 * 120: neighbouring steps share one. */
static void chance_angles(void)
{
    enum { WIDE = 2000, LONG = 40 };
    double *x = malloc(2 * LONG * WIDE * sizeof *x), *y = x + LONG * WIDE;
    struct ecp_chance chance = ecp_chance(2, 4, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(x);
    for (size_t k = 0; k < LONG * WIDE; k++) {
        y[k] = ecp_chance_normal(&chance);
        x[k] = (k >= WIDE ? x[k - WIDE] : 0) + ecp_chance_normal(&chance);
    }
    const struct ecp_dataset walk = means("walk", LONG, WIDE, x);
    const struct ecp_dataset points = means("points", LONG, WIDE, y);
    /* sd of an angle: 57.3/sqrt(2000) = 1.3 degrees; of a mean of 38 some 0.3. */
    CU_ASSERT_DOUBLE_EQUAL(score_value("straightening", NULL, &walk, "curvature"), 90, 1.2);
    CU_ASSERT_DOUBLE_EQUAL(score_value("straightening", NULL, &points, "curvature"), 120, 1.2);
    free(x);
}

/* ---- noise --------------------------------------------------------------------------------- */

struct recorded {
    size_t condition[MOST], repeat[MOST];
    double *response, mean[FRAMES * P];
    struct ecp_dataset *set;
};

/* `repeats` noisy trials of every frame of a path. */
static void record(struct recorded *r, double angle, size_t repeats, double noise, uint32_t number)
{
    double x[FRAMES * P];
    struct ecp_chance chance = ecp_chance(8, 5, number);
    turning(angle, x);
    ECP_ASSERT_OK(ecp_dataset_create("recorded", &r->set));
    r->response = malloc(FRAMES * repeats * P * sizeof *r->response);
    CU_ASSERT_PTR_NOT_NULL_FATAL(r->response);
    memset(r->mean, 0, sizeof r->mean);
    for (size_t t = 0; t < FRAMES * repeats; t++) {
        r->condition[t] = t / repeats;
        r->repeat[t] = t % repeats;
        for (size_t u = 0; u < P; u++) {
            const double value = x[r->condition[t] * P + u] + noise * ecp_chance_normal(&chance);
            r->response[t * P + u] = value;
            r->mean[r->condition[t] * P + u] += value / (double)repeats;
        }
    }
    r->set->n_conditions = FRAMES;
    r->set->n_units = P;
    r->set->n_trials = FRAMES * repeats;
    r->set->trial_condition = r->condition;
    r->set->trial_repeat = r->repeat;
    r->set->response = r->response;
    r->set->mean = r->mean;
}

static void forget(struct recorded *r)
{
    ecp_dataset_destroy(r->set);
    free(r->response);
}

static void noise_bends_and_is_corrected(void)
{
    enum { TIMES = 40, REPEATS = 30 };
    static const double angles[] = {30, 60, 90};
    for (size_t a = 0; a < 3; a++) {
        double plain = 0, sum = 0, square = 0;
        for (uint32_t k = 0; k < TIMES; k++) {
            struct recorded r;
            record(&r, angles[a], REPEATS, 0.2, k + 100 * (uint32_t)a);
            struct ecp_sheet *sheet = score_sheet("straightening", NULL, 0, NULL, r.set);
            const double corrected = ecp_sheet_value(sheet, "straightening", "corrected", NULL);
            plain += ecp_sheet_value(sheet, "straightening", "curvature", NULL) / TIMES;
            sum += corrected / TIMES;
            square += corrected * corrected / TIMES;
            ecp_sheet_destroy(sheet);
            forget(&r);
        }
        const double error = sqrt((square - sum * sum) / TIMES);
        if (!(fabs(sum - angles[a]) < 4 * error + 0.5))
            (void)printf("\n  %g: corrected %g +- %g, plain %g", angles[a], sum, error, plain);
        /* Half a degree: an angle is not linear in its cosine. */
        CU_ASSERT(fabs(sum - angles[a]) < 4 * error + 0.5);
        CU_ASSERT(error < 1);
        CU_ASSERT(plain > angles[a] + 3);
    }
}

/* All pairs of repeats, by a loop over them. */
static void products_are_of_different_repeats(void)
{
    enum { REPEATS = 4 };
    struct recorded r;
    double sum = 0, count = 0;
    record(&r, 50, REPEATS, 0.1, 7);
    for (size_t t = 0; t + 2 < FRAMES; t++) {
        double g[2][2] = {{0}};
        for (size_t a = 0; a < REPEATS; a++)
            for (size_t b = 0; b < REPEATS; b++)
                for (size_t u = 0; a != b && u < P; u++)
                    for (size_t i = 0; i < 2; i++)
                        for (size_t j = 0; j < 2; j++) {
                            const double *x = r.response + ((t + i) * REPEATS + a) * P + u;
                            const double *y = r.response + ((t + j) * REPEATS + b) * P + u;
                            g[i][j] += (x[REPEATS * P] - x[0]) * (y[REPEATS * P] - y[0]);
                        }
        sum += degrees * acos((g[0][1] + g[1][0]) / 2 / sqrt(g[0][0] * g[1][1]));
        count++;
    }
    CU_ASSERT_DOUBLE_EQUAL(score_value("straightening", NULL, r.set, "corrected"), sum / count,
                           1e-9);
    forget(&r);
}

/* ---- sequences ------------------------------------------------------------------------------ */

static void sequences_are_told_apart(void)
{
    enum { N = 10 };
    double one[FRAMES * P], x[N * P], y[N * P];
    /* Sequences 7 (5 frames, 20 degrees), 9 (3 frames, 40 degrees), 4 (2 frames: too short);
     * conditions are mixed up. */
    double sequence[N] = {9, 7, 7, 4, 9, 7, 4, 7, 9, 7},
           frame[N] = {2, 40, 10, 1, 1, 0, 5, 20, 3, 30};
    const struct ecp_label labels[] = {{.name = "sequence", .unit = "1", .number = sequence},
                                       {.name = "frame", .unit = "1", .number = frame}};
    const struct score_setting setting[] = {{"sequence", 1}, {"frame", 2}, {NULL, 0}};
    for (size_t k = 0; k < N; k++) {
        turning(sequence[k] == 7 ? 20 : 40, one);
        const size_t at = (size_t)(sequence[k] == 7 ? frame[k] / 10 : frame[k] - 1);
        memcpy(x + k * P, one + at * P, P * sizeof *x);
        turning(sequence[k] == 7 ? 15 : 38, one);
        memcpy(y + k * P, one + at * P, P * sizeof *y);
    }
    struct ecp_dataset set = means("input", N, P, x), model = means("model", N, P, y);
    set.n_condition_labels = 2;
    set.condition_label = labels;
    const struct ecp_dataset *models[] = {&model};
    struct ecp_sheet *sheet = score_sheet("straightening", setting, 1, models, &set);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "straightening", "curvature", "input"), 30, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "straightening", "curvature", "model"), 26.5,
                           1e-9);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "straightening", "difference", "model"), -3.5,
                           1e-9);
    size_t rows = 0;
    const struct ecp_table_column *column = score_column(sheet, "sequences", "curvature", &rows);
    CU_ASSERT_PTR_NOT_NULL_FATAL(column);
    CU_ASSERT_EQUAL_FATAL(rows, 6);
    CU_ASSERT(isnan(column->data[2])); /* in order of appearance: 9, 7, 4 */
    CU_ASSERT_DOUBLE_EQUAL(column->data[0], 40, 1e-9);
    ecp_sheet_destroy(sheet);
    const struct score_setting third[] = {{"frame", 3}, {NULL, 0}};
    CU_ASSERT_EQUAL(score_try("straightening", third, 0, NULL, &set, &sheet), ECP_ECONFIG);
    ecp_error_clear();
    ecp_sheet_destroy(sheet);
}

static void short_and_still_ones_are_undefined(void)
{
    double x[FRAMES * P];
    struct ecp_dataset set = means("short", 2, P, x);
    turning(20, x);
    struct ecp_sheet *sheet = score_sheet("straightening", NULL, 0, NULL, &set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "curvature"), "three frames"));
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "corrected"), "repeats"));
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "difference"), "no model"));
    ecp_sheet_destroy(sheet);
    /* A frame that is shown twice: the step of length 0 is left out, not counted as 90. */
    set = means("still", FRAMES, P, x);
    memcpy(x + 5 * P, x + 4 * P, P * sizeof *x);
    const double still = score_value("straightening", NULL, &set, "curvature");
    CU_ASSERT(still > 20 - 1e-9 && still < 30);
    for (size_t u = 0; u < P; u++) /* a unit that is not known is left out where it matters */
        x[3 * P + u] = u < 2 ? NAN : x[3 * P + u];
    CU_ASSERT(!isnan(score_value("straightening", NULL, &set, "curvature")));
    for (size_t k = 0; k < FRAMES * P; k++)
        x[k] = 5;
    sheet = score_sheet("straightening", NULL, 0, NULL, &set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "curvature"), "differ"));
    ecp_sheet_destroy(sheet);
}

ECP_TEST_MAIN("straightening", {"turns are exact", turns_are_exact},
              {"chance angles", chance_angles},
              {"noise bends and is corrected", noise_bends_and_is_corrected},
              {"products are of different repeats", products_are_of_different_repeats},
              {"sequences are told apart", sequences_are_told_apart},
              {"short and still ones are undefined", short_and_still_ones_are_undefined})
