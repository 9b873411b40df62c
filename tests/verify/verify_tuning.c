/* Tuning against numpy's values of two cells x six stimuli (Dyballa et al.), and what must
 * hold without data. */
#include "analysis/labels.h"
#include "analysis/tuning_curve.h"
#include "engine/chance.h"
#include "tests/verify/reference_data.h"
#include "tests/verify/scoring.h"

enum { ANGLES = 8, REPEATS = 9, CELLS = 2, STIMULI = 6, CURVES = CELLS * STIMULI };

static const char *const cells[CELLS] = {"21", "464"};
static const char *const stimuli[STIMULI] = {"gratW12.5",   "gratW2",      "-1dotD2s2bg",
                                             "-3dotD2s2bg", "+1dotD2s2bg", "+3dotD2s2bg"};
static const double degrees[ANGLES] = {0, 45, 90, 135, 180, 225, 270, 315};

static double cell_number(json_t *reference, size_t curve, const char *what)
{
    char path[128];
    (void)snprintf(path, sizeof path, "cells|%s|%s|%s", cells[curve / STIMULI],
                   stimuli[curve % STIMULI], what);
    return reference_number(reference, path);
}

static void indices_are_numpys(void)
{
    json_t *reference = reference_json("tuning_dyballa");
    for (size_t k = 0; k < CURVES; k++) {
        double rate[ANGLES], angle[ANGLES];
        char path[128];
        (void)snprintf(path, sizeof path, "cells|%s|%s|rate_hz", cells[k / STIMULI],
                       stimuli[k % STIMULI]);
        CU_ASSERT_EQUAL_FATAL(reference_numbers(reference, path, rate, ANGLES), ANGLES);
        (void)snprintf(path, sizeof path, "cells|%s|%s|direction", cells[k / STIMULI],
                       stimuli[k % STIMULI]);
        CU_ASSERT_EQUAL_FATAL(reference_numbers(reference, path, angle, ANGLES), ANGLES);
        const struct ecp_tuning t = ecp_tuning_of(ANGLES, angle, rate, 360);
        CU_ASSERT_EQUAL(t.peak, cell_number(reference, k, "pref_deg"));
        CU_ASSERT_DOUBLE_EQUAL(t.dsi, cell_number(reference, k, "DSI_max"), 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(t.gdsi, cell_number(reference, k, "gDSI"), 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(t.gosi, cell_number(reference, k, "gOSI"), 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(t.direction, cell_number(reference, k, "pref_dir_vec"), 1e-9);
        if (t.gosi > 1e-12) /* otherwise the angle is of rounding */
            CU_ASSERT_DOUBLE_EQUAL(t.orientation, cell_number(reference, k, "pref_ori_vec"), 1e-9);
    }
    json_decref(reference);
}

/* ---- the recording itself ---------------------------------------------------------------- */

static double *flow(const char *what)
{
    size_t n = 0;
    char path[64];
    (void)snprintf(path, sizeof path, "spikes/%s", what);
    double *x = recording_numbers("dyballa_flow/dyballa_flow.h5", path, &n);
    CU_ASSERT_FATAL(n >= CURVES * ANGLES * REPEATS);
    return x;
}

/* Trial: direction and repeat; unit: cell and stimulus; response: Hz in 1.25 s. */
static double *responses(void)
{
    double *index = flow("times_index"), *cell = flow("row_cell"), *stimulus = flow("row_stimulus");
    double *direction = flow("row_direction_deg"), *repeat = flow("row_repeat");
    double *response = calloc(ANGLES * REPEATS * CURVES, sizeof *response);
    CU_ASSERT_PTR_NOT_NULL_FATAL(response);
    for (size_t row = 0; row < CURVES * ANGLES * REPEATS; row++) {
        const double spikes = index[row] - (row > 0 ? index[row - 1] : 0);
        const size_t trial = (size_t)(direction[row] / 45) * REPEATS + (size_t)repeat[row];
        const size_t unit = (cell[row] > 21 ? STIMULI : 0) + (size_t)stimulus[row];
        response[trial * CURVES + unit] = spikes / 1.25;
    }
    free(index);
    free(cell);
    free(stimulus);
    free(direction);
    free(repeat);
    return response;
}

static const struct ecp_label directions = {"direction_deg", "deg", degrees, NULL};

/* Borrowed arrays; the means are the set's. */
static struct ecp_dataset *set_of(size_t repeats, size_t units, const double *response,
                                  size_t *condition)
{
    struct ecp_dataset *set = NULL;
    ECP_ASSERT_OK(ecp_dataset_create("cells", &set));
    for (size_t t = 0; t < ANGLES * repeats; t++)
        condition[t] = t / repeats;
    set->n_conditions = ANGLES;
    set->n_units = units;
    set->n_condition_labels = 1;
    set->condition_label = &directions;
    set->n_trials = ANGLES * repeats;
    set->trial_condition = condition;
    set->response = response;
    ECP_ASSERT_OK(ecp_dataset_average(set));
    return set;
}

/* Curves (cosines) without the trial that is decoded, made from scratch. */
static double naive_error(size_t repeats, size_t units, const double *response)
{
    const double degree = 3.14159265358979324 / 180;
    const size_t trials = ANGLES * repeats;
    double sum = 0;
    for (size_t t = 0; t < trials; t++) {
        double x = 0, y = 0;
        for (size_t u = 0; u < units; u++) {
            double cx = 0, cy = 0, mean = 0;
            for (size_t a = 0; a < ANGLES; a++) {
                double rate = 0, count = 0;
                for (size_t r = 0; r < repeats; r++)
                    if (a * repeats + r != t) {
                        rate += response[(a * repeats + r) * units + u];
                        count++;
                    }
                cx += rate / count * cos(degrees[a] * degree);
                cy += rate / count * sin(degrees[a] * degree);
                mean += rate / count / ANGLES;
            }
            const double vote = (response[t * units + u] - mean) / hypot(cx, cy);
            x += vote * cx;
            y += vote * cy;
        }
        double error = fabs(atan2(y, x) / degree - degrees[t / repeats]);
        while (error > 180)
            error = fabs(error - 360);
        sum += error / (double)trials;
    }
    return sum;
}

static void recording_gives_the_values(void)
{
    json_t *reference = reference_json("tuning_dyballa");
    struct ecp_sheet *sheet = NULL;
    size_t condition[ANGLES * REPEATS], n = 0;
    double *response = responses(), mean[2] = {0, 0}, significant = 0;
    struct ecp_dataset *set = set_of(REPEATS, CURVES, response, condition);
    ECP_ASSERT_OK(score_try("tuning", NULL, 0, NULL, set, &sheet));
    const double *dsi = table_column(sheet, "units", "dsi", &n);
    const double *gosi = table_column(sheet, "units", "gosi", &n);
    const double *p = table_column(sheet, "units", "p", &n);
    CU_ASSERT_EQUAL_FATAL(n, CURVES);
    for (size_t k = 0; k < CURVES; k++) {
        CU_ASSERT_DOUBLE_EQUAL(dsi[k], cell_number(reference, k, "DSI_max"), 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(gosi[k], cell_number(reference, k, "gOSI"), 1e-12);
        mean[0] += dsi[k] / CURVES;
        mean[1] += gosi[k] / CURVES;
        significant += (p[k] < 0.05) / (double)CURVES;
    }
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "dsi"), mean[0], 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "gosi"), mean[1], 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "selective"), significant, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "error"), naive_error(REPEATS, CURVES, response), 1e-9);
    ecp_sheet_destroy(sheet);
    ecp_dataset_destroy(set);
    free(response);
    json_decref(reference);
}

/* ---- without data ------------------------------------------------------------------------ */

static double bump(double angle, double base, double amplitude, double kappa, double centre,
                   double period)
{
    return base +
           amplitude * exp(kappa * (cos(2 * 3.14159265358979324 * (angle - centre) / period) - 1));
}

static void fits_find_what_was_planted(void)
{
    for (uint32_t k = 0; k < 60; k++) {
        struct ecp_chance chance = ecp_chance(3, 1, k);
        const double period = k % 2 ? 360 : 180, centre = period * ecp_chance_uniform(&chance);
        const double base = 5 * ecp_chance_uniform(&chance), kappa = 0.5 + k % 5;
        const double amplitude = 1 + 20 * ecp_chance_uniform(&chance);
        double angle[12], rate[12];
        for (size_t j = 0; j < 12; j++) {
            angle[j] = (double)j * period / 12;
            rate[j] = bump(angle[j], base, amplitude, kappa, centre, period);
        }
        const struct ecp_von_mises fit = ecp_von_mises_fit(12, angle, rate, period);
        CU_ASSERT_DOUBLE_EQUAL(fit.kappa, kappa, 1e-5 * kappa);
        CU_ASSERT(fabs(ecp_angle_difference(fit.centre, centre, period)) < 1e-5);
        CU_ASSERT_DOUBLE_EQUAL(fit.base, base, 1e-4);
        CU_ASSERT_DOUBLE_EQUAL(fit.amplitude, amplitude, 1e-4);
        CU_ASSERT_DOUBLE_EQUAL(fit.r2, 1, 1e-9);
        /* At the half width the bump is half as high. */
        if (kappa > 1)
            CU_ASSERT_DOUBLE_EQUAL(bump(centre + fit.width, 0, 1, kappa, centre, period), 0.5,
                                   1e-5);
    }
}

/* No set of parameters near the fit is better, on noisy curves. */
static void fits_are_least_squares(void)
{
    for (uint32_t k = 0; k < 20; k++) {
        struct ecp_chance chance = ecp_chance(4, 1, k);
        double rate[ANGLES], best = 0;
        for (size_t j = 0; j < ANGLES; j++)
            rate[j] = bump(degrees[j], 4, 10, 2, 100, 360) + ecp_chance_normal(&chance);
        const struct ecp_von_mises fit = ecp_von_mises_fit(ANGLES, degrees, rate, 360);
        for (int move = 0; move <= 400; move++) {
            double error = 0, d[4] = {0, 0, 0, 0};
            for (int j = 0; move > 0 && j < 4; j++)
                d[j] = 0.02 * ecp_chance_normal(&chance);
            for (size_t j = 0; j < ANGLES; j++) {
                const double x = bump(degrees[j], fit.base + d[0], fit.amplitude + d[1],
                                      fit.kappa * (1 + d[2]), fit.centre + d[3] * 10, 360);
                error += (rate[j] - x) * (rate[j] - x);
            }
            if (move == 0)
                best = error;
            CU_ASSERT(error >= best - 1e-9);
        }
    }
}

static void fill_population(size_t repeats, size_t units, double gain, double *response)
{
    struct ecp_chance chance = ecp_chance(5, 1, 0);
    for (size_t t = 0; t < ANGLES * repeats; t++)
        for (size_t u = 0; u < units; u++)
            response[t * units + u] =
                10 + gain * bump(degrees[t / repeats], 0, 5, 1.5, (double)u * 37, 360) +
                2 * ecp_chance_normal(&chance);
}

static void populations_tell_the_angle(void)
{
    enum { MANY = 20, TUNED = 30 };
    static double response[ANGLES * MANY * TUNED];
    size_t condition[ANGLES * MANY];
    for (int tuned = 0; tuned < 2; tuned++) {
        struct ecp_sheet *sheet = NULL;
        fill_population(MANY, TUNED, tuned, response);
        struct ecp_dataset *set = set_of(MANY, TUNED, response, condition);
        ECP_ASSERT_OK(score_try("tuning", NULL, 0, NULL, set, &sheet));
        CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "error"), naive_error(MANY, TUNED, response), 1e-9);
        if (tuned) {
            CU_ASSERT(value_of(sheet, "error") < 20);
            CU_ASSERT(value_of(sheet, "selective") > 0.95);
        } else { /* errors of guesses: 90 +- 52/sqrt(160); 5 % of units, +- 4 % */
            CU_ASSERT(fabs(value_of(sheet, "error") - 90) < 4 * 52 / sqrt(ANGLES * MANY));
            CU_ASSERT(value_of(sheet, "selective") < 0.05 + 4 * 0.04);
        }
        CU_ASSERT_EQUAL(value_of(sheet, "chance"), 90);
        ecp_sheet_destroy(sheet);
        ecp_dataset_destroy(set);
    }
}

static void angles_are_found(void)
{
    const char *const numbers[] = {"0", "45 deg", "90.5"}, *const words[] = {"0", "left", "90"};
    const double turns[] = {0, 1.5707963267948966, 3.141592653589793};
    const struct ecp_label radians = {"heading", "rad", turns, NULL};
    const struct ecp_label tilt = {"orientation", "deg", degrees, NULL};
    struct ecp_dataset set = {.name = "set", .n_conditions = 3, .condition = numbers};
    double angle[3], period = 0;
    ECP_ASSERT_OK(ecp_label_angles(&set, angle, &period));
    CU_ASSERT(angle[0] == 0 && angle[1] == 45 && angle[2] == 90.5 && period == 360);
    set.condition = words;
    CU_ASSERT_EQUAL(ecp_label_angles(&set, angle, &period), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "no angle"));
    set.condition_label = &radians;
    set.n_condition_labels = 1;
    ECP_ASSERT_OK(ecp_label_angles(&set, angle, &period));
    CU_ASSERT_DOUBLE_EQUAL(angle[1], 90, 1e-12);
    set.condition_label = &tilt;
    ECP_ASSERT_OK(ecp_label_angles(&set, angle, &period));
    CU_ASSERT(angle[1] == 45 && period == 180);
}

/* Silent units, three angles, no trials. */
static void undefined_has_a_reason(void)
{
    const double three[] = {0, 30, 60}, silent[3] = {0, 0, 0}, some[3] = {1, 2, 4};
    const struct ecp_label label = {"direction", "deg", three, NULL};
    struct ecp_dataset set = {.name = "set",
                              .n_conditions = 3,
                              .n_units = 1,
                              .n_condition_labels = 1,
                              .condition_label = &label,
                              .mean = silent};
    struct ecp_sheet *sheet = NULL;
    ECP_ASSERT_OK(score_try("tuning", NULL, 0, NULL, &set, &sheet));
    static const char *const all[] = {"dsi",       "osi",   "gdsi", "gosi",
                                      "selective", "width", "fit",  "error"};
    for (size_t k = 0; k < 8; k++)
        CU_ASSERT(is_undefined(sheet, all[k]));
    ecp_sheet_destroy(sheet);
    set.mean = some;
    ECP_ASSERT_OK(score_try("tuning", NULL, 0, NULL, &set, &sheet));
    CU_ASSERT(is_undefined(sheet, "dsi") && is_undefined(sheet, "width"));
    CU_ASSERT(value_of(sheet, "gdsi") > 0.8);
    ecp_sheet_destroy(sheet);
    set.n_condition_labels = 0;
    CU_ASSERT_EQUAL(score_try("tuning", NULL, 0, NULL, &set, &sheet), ECP_ECONFIG);
    ecp_sheet_destroy(sheet);
}

ECP_TEST_MAIN("tuning", {"indices are numpy's", indices_are_numpys},
              {"a recording gives the values", recording_gives_the_values},
              {"fits find what was planted", fits_find_what_was_planted},
              {"fits are least squares", fits_are_least_squares},
              {"populations tell the angle", populations_tell_the_angle},
              {"angles are found", angles_are_found},
              {"undefined has a reason", undefined_has_a_reason})
