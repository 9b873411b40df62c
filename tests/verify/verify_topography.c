/* Topography without data: fields whose pinwheels theory knows, planted pinwheels and
 * patches, and random places. */
#include <complex.h>
#include <stdlib.h>

#include "analysis/maps.h"
#include "engine/chance.h"
#include "tests/verify/scoring.h"

enum { SIDE = 128, PIXELS = SIDE * SIDE, WAVES = 400, ORIENTATIONS = 8 };
static const double pi = 3.14159265358979324;

static const double eight[ORIENTATIONS] = {0, 22.5, 45, 67.5, 90, 112.5, 135, 157.5};
static const struct ecp_label orientations = {"orientation", "deg", eight, NULL};

/* A Gaussian random field: plane waves of random phase, with wave numbers normal about `wave`
 * (radians a pixel), standard deviation spread * wave. */
static void random_field(uint32_t number, double wave, double spread, double complex *z)
{
    struct ecp_chance chance = ecp_chance(11, 1, number);
    memset(z, 0, PIXELS * sizeof *z);
    for (size_t j = 0; j < WAVES; j++) {
        const double k = wave * (1 + spread * ecp_chance_normal(&chance));
        const double way = 2 * pi * ecp_chance_uniform(&chance);
        const double complex c = ecp_chance_normal(&chance) + I * ecp_chance_normal(&chance);
        const double complex across = cexp(I * k * cos(way));
        for (size_t row = 0; row < SIDE; row++) {
            double complex at = c * cexp(I * k * sin(way) * (double)row);
            for (size_t column = 0; column < SIDE; column++, at *= across)
                z[row * SIDE + column] += at;
        }
    }
}

/* Responses to 8 orientations whose sum of vectors points to z. */
static double *responses_to(const double complex *z, size_t units)
{
    double *mean = malloc(ORIENTATIONS * units * sizeof *mean);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mean);
    for (size_t k = 0; k < ORIENTATIONS; k++)
        for (size_t u = 0; u < units; u++)
            mean[k * units + u] = 1000 + creal(z[u] * cexp(-2 * I * eight[k] * pi / 180));
    return mean;
}

static struct ecp_sheet *score_field(const double complex *z, const struct score_setting *setting)
{
    struct ecp_sheet *sheet = NULL;
    double *mean = responses_to(z, PIXELS);
    const struct ecp_dataset set = {.name = "sheet",
                                    .n_conditions = ORIENTATIONS,
                                    .n_units = PIXELS,
                                    .n_condition_labels = 1,
                                    .condition_label = &orientations,
                                    .mean = mean};
    ECP_ASSERT_OK(score_try("topography", setting, 0, NULL, &set, &sheet));
    free(mean);
    return sheet;
}

static double spread_of(size_t n, const double *x, double *mean)
{
    double square = 0;
    *mean = 0;
    for (size_t k = 0; k < n; k++)
        *mean += x[k] / (double)n;
    for (size_t k = 0; k < n; k++)
        square += (x[k] - *mean) * (x[k] - *mean) / (double)(n - 1);
    return sqrt(square);
}

/* pi (1 + variance of wave numbers/mean^2) pinwheels in a squared wavelength. */
static void random_fields_have_pi_pinwheels(void)
{
    enum { FIELDS = 6 };
    static const double spreads[] = {0, 0.2};
    static const struct score_setting setting[] = {
        {"width", SIDE}, {"sigma", 0}, {"permutations", 0}, {NULL, 0}};
    double complex *z = malloc(PIXELS * sizeof *z);
    CU_ASSERT_PTR_NOT_NULL_FATAL(z);
    for (size_t s = 0; s < 2; s++) {
        double density[FIELDS], variance[FIELDS], wavelength[FIELDS], mean[3], error[3];
        for (uint32_t k = 0; k < FIELDS; k++) {
            random_field(100 * (uint32_t)s + k, 2 * pi / 12, spreads[s], z);
            struct ecp_sheet *sheet = score_field(z, setting);
            density[k] = value_of(sheet, "density");
            variance[k] = value_of(sheet, "variance");
            wavelength[k] = value_of(sheet, "wavelength");
            CU_ASSERT(value_of(sheet, "smoothness") > 0.3);
            ecp_sheet_destroy(sheet);
        }
        error[0] = spread_of(FIELDS, density, &mean[0]) / sqrt(FIELDS);
        error[1] = spread_of(FIELDS, wavelength, &mean[1]) / sqrt(FIELDS);
        error[2] = spread_of(FIELDS, variance, &mean[2]) / sqrt(FIELDS);
        const double theory = pi * (1 + spreads[s] * spreads[s]);
        (void)printf("\n  density %.3f +- %.3f (theory %.3f), wavelength %.3f +- %.3f, variance "
                     "%.4f +- %.4f ",
                     mean[0], error[0], theory, mean[1], error[1], mean[2], error[2]);
        CU_ASSERT(fabs(mean[0] - theory) < 4 * error[0] + 0.02 * theory);
        CU_ASSERT(fabs(mean[1] - 12) < 4 * error[1] + 0.1);
        CU_ASSERT(fabs(mean[2] - spreads[s] * spreads[s]) < 4 * error[2] + 0.005);
    }
    free(z);
}

/* Turns by products of complex numbers around each loop; a planted pinwheel is the only one. */
static void turns_are_halves(void)
{
    enum { W = 21, H = 17 };
    double angle[W * H], winding[W * H], open[W * H];
    for (int sign = -1; sign <= 1; sign += 2) {
        struct ecp_pinwheels found;
        for (size_t k = 0; k < W * H; k++) {
            const double x = (double)(k % W) - 10.2, y = (double)(k / W) - 8.3;
            const double a = sign * atan2(y, x) / 2 * 180 / pi + 40;
            angle[k] = a < 0 ? a + 180 : a >= 180 ? a - 180 : a;
        }
        ecp_map_winding(W, H, angle, winding);
        for (size_t k = 0; k < (W - 1) * (H - 1); k++) {
            const int here = k / (W - 1) == 8 && k % (W - 1) == 10;
            CU_ASSERT_EQUAL(winding[k], here ? sign * 0.5 : 0);
        }
        ECP_ASSERT_OK(ecp_map_pinwheels(W, H, angle, 0, &found));
        CU_ASSERT(found.positive == (sign > 0) && found.negative == (sign < 0));
        CU_ASSERT_EQUAL(found.area, (W - 1) * (H - 1));
        ECP_ASSERT_OK(ecp_map_pinwheels(W, H, angle, 1, &found));
        CU_ASSERT(found.positive == (sign > 0) && found.negative == (sign < 0));
        /* The open sum lacks the step from west to north-west of the centre. */
        ecp_map_winding_open(W, H, angle, open);
        const size_t at = 8 * W + 10;
        double step = fmod(angle[at - W - 1] - angle[at - 1] + 270, 180) - 90;
        CU_ASSERT_DOUBLE_EQUAL(open[at] + step / 360, sign * 0.5, 1e-12);
        CU_ASSERT(fabs(open[at]) < 0.47);
    }
    struct ecp_chance chance = ecp_chance(12, 1, 0);
    for (size_t k = 0; k < W * H; k++)
        angle[k] = 180 * ecp_chance_uniform(&chance);
    ecp_map_winding(W, H, angle, winding);
    for (size_t row = 0; row + 1 < H; row++)
        for (size_t column = 0; column + 1 < W; column++) {
            const size_t loop[] = {0, 1, W + 1, W, 0};
            double turns = 0;
            for (size_t k = 0; k < 4; k++) {
                const double *from = angle + row * W + column;
                const double complex a = cexp(2 * I * from[loop[k]] * pi / 180);
                const double complex b = cexp(2 * I * from[loop[k + 1]] * pi / 180);
                turns += carg(b * conj(a)) / (4 * pi);
            }
            CU_ASSERT_DOUBLE_EQUAL(winding[row * (W - 1) + column], turns, 1e-12);
        }
}

/* Neighbours are unrelated, and no different from random places. */
static void noise_is_not_smooth(void)
{
    static const struct score_setting setting[] = {
        {"width", SIDE}, {"bins", 40}, {"permutations", 99}, {NULL, 0}};
    double complex *z = malloc(PIXELS * sizeof *z);
    struct ecp_chance chance = ecp_chance(13, 1, 0);
    size_t n;
    CU_ASSERT_PTR_NOT_NULL_FATAL(z);
    for (size_t k = 0; k < PIXELS; k++)
        z[k] = ecp_chance_normal(&chance) + I * ecp_chance_normal(&chance);
    struct ecp_sheet *sheet = score_field(z, setting);
    CU_ASSERT(fabs(value_of(sheet, "smoothness")) < 0.1);
    CU_ASSERT(estimate_of(sheet, "smoothness", NULL).p > 0.01);
    ecp_sheet_destroy(sheet);
    random_field(50, 2 * pi / 12, 0.1, z);
    sheet = score_field(z, setting);
    CU_ASSERT(value_of(sheet, "smoothness") > 0.7);
    CU_ASSERT_DOUBLE_EQUAL(estimate_of(sheet, "smoothness", NULL).p, 0.01, 1e-12);
    const double *difference = table_column(sheet, "distances", "difference", &n);
    CU_ASSERT(n == 40 && difference[0] < 0.4 && fabs(difference[39] - 1) < 0.2);
    ecp_sheet_destroy(sheet);
    free(z);
}

static void constant_maps_have_none(void)
{
    static const struct score_setting setting[] = {{"width", SIDE}, {"permutations", 0}, {NULL, 0}};
    double complex *z = malloc(PIXELS * sizeof *z);
    CU_ASSERT_PTR_NOT_NULL_FATAL(z);
    for (size_t k = 0; k < PIXELS; k++)
        z[k] = 3 + 1 * I;
    struct ecp_sheet *sheet = score_field(z, setting);
    CU_ASSERT_EQUAL(value_of(sheet, "pinwheels"), 0);
    CU_ASSERT(is_undefined(sheet, "wavelength") && is_undefined(sheet, "density"));
    CU_ASSERT(is_undefined(sheet, "patches"));
    ecp_sheet_destroy(sheet);
    free(z);
}

/* Weighted means over all pixels that are there. */
static void smoothing_is_a_weighted_mean(void)
{
    enum { W = 13, H = 9 };
    double map[W * H], smooth[W * H];
    struct ecp_chance chance = ecp_chance(14, 1, 0);
    for (size_t k = 0; k < W * H; k++)
        map[k] = smooth[k] = k % 7 == 3 ? NAN : ecp_chance_normal(&chance);
    ECP_ASSERT_OK(ecp_map_smooth(W, H, 4, smooth));
    for (size_t k = 0; k < W * H; k++) {
        double sum = 0, weight = 0;
        for (size_t j = 0; j < W * H && !isnan(map[k]); j++) {
            const double dx = (double)(j % W) - (double)(k % W);
            const double dy = (double)(j / W) - (double)(k / W);
            const double w = isnan(map[j]) ? 0 : exp(-(dx * dx + dy * dy) / 32);
            sum += w > 0 ? w * map[j] : 0;
            weight += w;
        }
        CU_ASSERT(isnan(map[k]) ? isnan(smooth[k]) : fabs(smooth[k] - sum / weight) < 1e-12);
    }
}

/* Patches by spreading the least number among neighbours until nothing changes. */
static void patches_are_connected_sets(void)
{
    enum { W = 15, H = 11 };
    for (uint32_t t = 0; t < 40; t++) {
        struct ecp_chance chance = ecp_chance(15, 1, t);
        char in[W * H];
        size_t number[W * H], of[W * H], size[W * H], expected = 0;
        const struct ecp_patches how = {W, H, 1 + t % 3, t % 2};
        for (size_t k = 0; k < W * H; k++) {
            in[k] = ecp_chance_uniform(&chance) < 0.45;
            number[k] = k;
        }
        for (int changed = 1; changed;) {
            changed = 0;
            for (size_t a = 0; a < W * H; a++)
                for (size_t b = 0; b < W * H; b++) {
                    const int dx = abs((int)(a % W) - (int)(b % W));
                    const int dy = abs((int)(a / W) - (int)(b / W));
                    const int near = how.corners ? dx <= 1 && dy <= 1 : dx + dy <= 1;
                    if (near && in[a] && in[b] && number[a] < number[b]) {
                        number[b] = number[a];
                        changed = 1;
                    }
                }
        }
        for (size_t k = 0; k < W * H; k++) {
            size_t pixels = 0;
            for (size_t j = 0; j < W * H; j++)
                pixels += in[j] && number[j] == k;
            expected += pixels >= how.least && in[k] && number[k] == k;
        }
        CU_ASSERT_EQUAL(ecp_map_patches(&how, in, size, of), expected);
        for (size_t a = 0; a < W * H; a++)
            for (size_t b = 0; b < a; b++)
                if (of[a] > 0 && of[b] > 0)
                    CU_ASSERT_EQUAL(of[a] == of[b], number[a] == number[b]);
    }
}

/* Three discs that prefer faces, one square that prefers houses. */
static int planted(size_t unit, size_t width)
{
    const double x = (double)(unit % width), y = (double)(unit / width);
    static const double at[3][3] = {{8, 8, 3.2}, {30, 10, 4.1}, {20, 30, 5.3}};
    for (size_t k = 0; k < 3; k++)
        if (hypot(x - at[k][0], y - at[k][1]) <= at[k][2])
            return 1;
    return x >= 34 && x < 39 && y >= 30 && y < 36 ? 2 : 0;
}

static void patches_are_found(void)
{
    enum { W = 40, N = 60 };
    static double mean[N * W * W], x[W * W], y[W * W];
    const char *word[N];
    const struct ecp_label label = {"category", NULL, NULL, word};
    const struct ecp_label places[] = {{"x", "mm", x, NULL}, {"y", "mm", y, NULL}};
    double units = 0;
    size_t n;
    struct ecp_chance chance = ecp_chance(16, 1, 0);
    static const struct score_setting plain[] = {
        {"sigma", 0}, {"threshold", 6}, {"permutations", 99}, {NULL, 0}};
    static const char *const words[] = {"other", "face", "house"};
    for (size_t k = 0; k < N; k++)
        word[k] = words[k % 3];
    for (size_t u = 0; u < W * W; u++) {
        x[u] = 0.1 * (double)(u % W) - 3;
        y[u] = 0.1 * (double)(u / W) + 1;
        units += planted(u, W) > 0;
        for (size_t k = 0; k < N; k++)
            mean[k * W * W + u] = 5 + ecp_chance_normal(&chance) +
                                  (planted(u, W) > 0 && planted(u, W) == (int)(k % 3) ? 6 : 0);
    }
    struct ecp_dataset set = {.name = "sheet",
                              .n_conditions = N,
                              .n_units = W * W,
                              .n_condition_labels = 1,
                              .condition_label = &label,
                              .n_unit_labels = 2,
                              .unit_label = places,
                              .mean = mean};
    struct ecp_sheet *sheet = NULL;
    ECP_ASSERT_OK(score_try("topography", plain, 0, NULL, &set, &sheet));
    CU_ASSERT_EQUAL(value_of(sheet, "patches"), 4);
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "patch_size"), units / 4, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(estimate_of(sheet, "patch_size", NULL).p, 0.01, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "selective"), units / (W * W), 1e-12);
    CU_ASSERT(is_undefined(sheet, "pinwheels") && is_undefined(sheet, "smoothness"));
    const double *number = table_column(sheet, "patches", "patches", &n);
    CU_ASSERT(n == 3 && number[0] == 0 && number[1] == 3 && number[2] == 1);
    ecp_sheet_destroy(sheet);
    set.n_unit_labels = 0;
    CU_ASSERT_EQUAL(score_try("topography", plain, 0, NULL, &set, &sheet), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "places"));
    ecp_error_clear();
    ecp_sheet_destroy(sheet);
    set.n_unit_labels = 2; /* no grid: nothing of pixels */
    x[5] += 0.04;
    ECP_ASSERT_OK(score_try("topography", plain, 0, NULL, &set, &sheet));
    CU_ASSERT(is_undefined(sheet, "patches"));
    ecp_sheet_destroy(sheet);
}

ECP_TEST_MAIN("topography", {"random fields have pi pinwheels", random_fields_have_pi_pinwheels},
              {"turns are halves", turns_are_halves}, {"noise is not smooth", noise_is_not_smooth},
              {"constant maps have none", constant_maps_have_none},
              {"smoothing is a weighted mean", smoothing_is_a_weighted_mean},
              {"patches are connected sets", patches_are_connected_sets},
              {"patches are found", patches_are_found})
