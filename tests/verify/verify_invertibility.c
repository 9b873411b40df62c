/* Invertibility: SSIM by its definition, movies whose interpolation is known, and the map
 * written again. */
#include <stdlib.h>

#include "analysis/dense.h"
#include "analysis/ssim.h"
#include "engine/chance.h"
#include "tests/verify/scoring.h"

/* ---- structural similarity --------------------------------------------------------------- */

/* Central moments in each window, from weights of the distance to its centre. */
static double naive_ssim(size_t w, size_t h, const double *a, const double *b, double range)
{
    const double c1 = pow(0.01 * range, 2), c2 = pow(0.03 * range, 2);
    const int small = w < 11 || h < 11;
    double sum = 0, windows = 0;
    for (size_t row = small ? 0 : 5; row < (small ? 1 : h - 5); row++)
        for (size_t column = small ? 0 : 5; column < (small ? 1 : w - 5); column++, windows++) {
            double weight[2048], all = 0, ma = 0, mb = 0, va = 0, vb = 0, cab = 0;
            for (size_t k = 0; k < w * h; k++) {
                const double dx = (double)(k % w) - (double)column;
                const double dy = (double)(k / w) - (double)row;
                weight[k] = small                              ? 1
                            : fabs(dx) > 5.5 || fabs(dy) > 5.5 ? 0
                                                               : exp(-(dx * dx + dy * dy) / 4.5);
                all += weight[k];
            }
            for (size_t k = 0; k < w * h; k++) {
                ma += weight[k] / all * a[k];
                mb += weight[k] / all * b[k];
            }
            for (size_t k = 0; k < w * h; k++) {
                va += weight[k] / all * (a[k] - ma) * (a[k] - ma);
                vb += weight[k] / all * (b[k] - mb) * (b[k] - mb);
                cab += weight[k] / all * (a[k] - ma) * (b[k] - mb);
            }
            sum +=
                (2 * ma * mb + c1) * (2 * cab + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
        }
    return sum / windows;
}

static void ssim_is_its_definition(void)
{
    static const size_t sizes[][2] = {{20, 17}, {11, 11}, {30, 12}, {8, 8}, {40, 7}};
    double a[2048], b[2048];
    struct ecp_chance chance = ecp_chance(51, 1, 0);
    for (size_t s = 0; s < 5; s++) {
        const size_t w = sizes[s][0], h = sizes[s][1];
        for (size_t k = 0; k < w * h; k++) {
            a[k] = ecp_chance_uniform(&chance);
            b[k] = 0.6 * a[k] + 0.3 * ecp_chance_uniform(&chance);
        }
        CU_ASSERT_DOUBLE_EQUAL(ecp_ssim(w, h, a, b, 1), naive_ssim(w, h, a, b, 1), 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(ecp_ssim(w, h, a, a, 1), 1, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(ecp_ssim(w, h, a, b, 1), ecp_ssim(w, h, b, a, 1), 1e-12);
        for (size_t k = 0; k < w * h; k++) {
            a[k] = 0.25;
            b[k] = 0.75;
        }
        CU_ASSERT_DOUBLE_EQUAL(ecp_ssim(w, h, a, b, 1),
                               (2 * 0.25 * 0.75 + 1e-4) / (0.0625 + 0.5625 + 1e-4), 1e-9);
        CU_ASSERT(isnan(ecp_ssim(w, h, a, b, 0)));
    }
    /* Inverted contrast about grey: structure is the opposite. */
    for (size_t k = 0; k < 400; k++) {
        a[k] = 0.5 + 0.5 * sin((double)k * 1.3);
        b[k] = 1 - a[k];
    }
    CU_ASSERT(ecp_ssim(20, 20, a, b, 1) < -0.9);
}

/* ---- movies ------------------------------------------------------------------------------ */

enum { SIDE = 12, PIXELS = SIDE * SIDE, FRAMES = 40, FEATURES = 6 };

struct movie {
    double pixel[FRAMES * PIXELS], feature[FRAMES * FEATURES], frame[FRAMES];
    const char *sequence[FRAMES];
    struct ecp_label label[2];
    struct ecp_dataset data, model;
};

static void frame_of(struct movie *m, size_t features)
{
    m->label[0] = (struct ecp_label){"sequence", NULL, NULL, m->sequence};
    m->label[1] = (struct ecp_label){"frame", NULL, m->frame, NULL};
    m->data = (struct ecp_dataset){.name = "frames",
                                   .n_conditions = FRAMES,
                                   .n_units = PIXELS,
                                   .n_condition_labels = 2,
                                   .condition_label = m->label,
                                   .mean = m->pixel};
    m->model = (struct ecp_dataset){
        .name = "features", .n_conditions = FRAMES, .n_units = features, .mean = m->feature};
}

static enum ecp_status score_movie(const struct movie *m, const struct score_setting *setting,
                                   struct ecp_sheet **sheet)
{
    const struct ecp_dataset *models[] = {&m->model};
    return score_try("invertibility", setting, 1, models, &m->data, sheet);
}

/* A drifting grating, cos(k x - w t) = cos kx cos wt + sin kx sin wt: with features (cos wt, sin
 * wt) the middle of two frames is cos w times the frame between, exactly; straight features (of
 * two images that move along a line) give the frame itself. */
static void grating(struct movie *m, double turn, int straight)
{
    double image[2][PIXELS];
    for (size_t k = 0; k < PIXELS; k++) {
        const double at = 0.9 * (double)(k % SIDE) + 0.4 * (double)(k / SIDE);
        image[0][k] = cos(at);
        image[1][k] = sin(at);
    }
    for (size_t f = 0; f < FRAMES; f++) {
        const double t = (double)(f % 10), phase = turn * t + 0.4 * (double)(f / 10);
        const double u = straight ? t + (double)(f / 10) : cos(phase);
        const double v = straight ? 3 - 0.5 * t + (double)(f / 10) * (double)(f / 10) : sin(phase);
        m->sequence[f] = f < 10 ? "a" : f < 20 ? "b" : f < 30 ? "c" : "d";
        m->frame[f] = t;
        for (size_t k = 0; k < PIXELS; k++)
            m->pixel[f * PIXELS + k] = u * image[0][k] + v * image[1][k];
        m->feature[f * 2] = 2 * u + v; /* the same, seen from another side */
        m->feature[f * 2 + 1] = 3 * v - u;
    }
    frame_of(m, 2);
}

/* Mean of (1 - cos w)^2 x^2 over the frames that have neighbours. */
static double chord_error(const struct movie *m, double turn)
{
    double sum = 0, count = 0;
    for (size_t f = 0; f < FRAMES; f++)
        for (size_t k = 0; f % 10 > 0 && f % 10 < 9 && k < PIXELS; k++, count++)
            sum += pow((1 - cos(turn)) * m->pixel[f * PIXELS + k], 2);
    return sum / count;
}

static void straight_movies_interpolate(void)
{
    static const struct score_setting exact[] = {{"alpha", 1e-9}, {NULL, 0}};
    struct movie *m = malloc(sizeof *m);
    struct ecp_sheet *sheet = NULL;
    size_t n;
    CU_ASSERT_PTR_NOT_NULL_FATAL(m);
    grating(m, 0, 1);
    ECP_ASSERT_OK(score_movie(m, exact, &sheet));
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "ssim"), 1, 1e-8);
    CU_ASSERT(value_of(sheet, "mse") < 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "relative"), 1, 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "ssim_pixels"), 1, 1e-8);
    (void)table_column(sheet, "frames", "ssim", &n);
    CU_ASSERT_EQUAL(n, 32); /* two of each sequence have but one neighbour */
    ecp_sheet_destroy(sheet);
    for (double turn = 0.2; turn < 0.9; turn += 0.3) {
        grating(m, turn, 0);
        ECP_ASSERT_OK(score_movie(m, exact, &sheet));
        CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "mse"), chord_error(m, turn), 1e-7);
        CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "mse_pixels"), chord_error(m, turn), 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "ssim_real"), 1, 1e-7);
        CU_ASSERT(value_of(sheet, "ssim") < 1 - 1e-4);
        ecp_sheet_destroy(sheet);
    }
    free(m);
}

/* Frames in any order, and a set that has only one sequence. */
static void order_is_by_label(void)
{
    static const struct score_setting exact[] = {{"alpha", 1e-9}, {NULL, 0}};
    struct movie *m = malloc(sizeof *m), *mixed = malloc(sizeof *mixed);
    struct ecp_sheet *sheet = NULL;
    size_t order[FRAMES];
    struct ecp_chance chance = ecp_chance(53, 1, 0);
    CU_ASSERT_FATAL(m != NULL && mixed != NULL);
    grating(m, 0.5, 0);
    *mixed = *m;
    ecp_chance_order(&chance, FRAMES, order);
    for (size_t f = 0; f < FRAMES; f++) {
        mixed->sequence[f] = m->sequence[order[f]];
        mixed->frame[f] = m->frame[order[f]];
        memcpy(mixed->pixel + f * PIXELS, m->pixel + order[f] * PIXELS,
               PIXELS * sizeof m->pixel[0]);
        memcpy(mixed->feature + f * 2, m->feature + order[f] * 2, 2 * sizeof m->feature[0]);
    }
    frame_of(mixed, 2);
    ECP_ASSERT_OK(score_movie(mixed, exact, &sheet));
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "mse"), chord_error(m, 0.5), 1e-7);
    ecp_sheet_destroy(sheet);
    m->data.n_condition_labels = 0; /* one sequence, with three cuts */
    ECP_ASSERT_OK(score_movie(m, exact, &sheet));
    CU_ASSERT(value_of(sheet, "mse") > chord_error(m, 0.5));
    ecp_sheet_destroy(sheet);
    free(m);
    free(mixed);
}

/* ---- the map, written again -------------------------------------------------------------- */

/* Ridge with an intercept, fitted on frames that `fold` does not have: prediction of pixel k. */
static double naive_map(const struct movie *m, const int *use, const double *at, size_t pixel,
                        double alpha)
{
    double a[FEATURES * FEATURES] = {0}, b[FEATURES] = {0}, mean[FEATURES] = {0}, my = 0, n = 0;
    for (size_t f = 0; f < FRAMES; f++) {
        n += use[f];
        my += use[f] ? m->pixel[f * PIXELS + pixel] : 0;
        for (size_t u = 0; u < FEATURES; u++)
            mean[u] += use[f] ? m->feature[f * FEATURES + u] : 0;
    }
    my /= n;
    for (size_t u = 0; u < FEATURES; u++)
        mean[u] /= n;
    for (size_t f = 0; f < FRAMES; f++)
        for (size_t u = 0; use[f] && u < FEATURES; u++) {
            const double x = m->feature[f * FEATURES + u] - mean[u];
            b[u] += x * (m->pixel[f * PIXELS + pixel] - my);
            for (size_t v = 0; v < FEATURES; v++)
                a[u * FEATURES + v] += x * (m->feature[f * FEATURES + v] - mean[v]);
        }
    for (size_t u = 0; u < FEATURES; u++)
        a[u * FEATURES + u] += alpha;
    ECP_ASSERT_OK(ecp_dense_solve(FEATURES, 1, a, b));
    for (size_t u = 0; u < FEATURES; u++)
        my += b[u] * (at[u] - mean[u]);
    return my;
}

/* One sequence, five folds: a frame trains a fold when neither it nor a neighbour is in it. */
static void maps_are_fitted_on_other_frames(void)
{
    static const struct score_setting setting[] = {{"alpha", 0.5}, {NULL, 0}};
    struct movie *m = malloc(sizeof *m);
    struct ecp_sheet *sheet = NULL;
    struct ecp_chance chance = ecp_chance(54, 1, 0);
    size_t n;
    CU_ASSERT_PTR_NOT_NULL_FATAL(m);
    grating(m, 0.3, 0);
    ecp_chance_normals(&chance, (size_t)FRAMES * FEATURES, m->feature);
    ecp_chance_normals(&chance, (size_t)FRAMES * PIXELS, m->pixel);
    for (size_t k = 0; k < (size_t)FRAMES * PIXELS; k++) /* features say something */
        m->pixel[k] += m->feature[k / PIXELS * FEATURES + k % FEATURES];
    frame_of(m, FEATURES);
    m->data.n_condition_labels = 0;
    ECP_ASSERT_OK(score_movie(m, setting, &sheet));
    const double *mse = table_column(sheet, "frames", "mse", &n);
    CU_ASSERT_EQUAL_FATAL(n, FRAMES - 2);
    for (size_t j = 0; j < n; j++) {
        const size_t t = j + 1, fold = t * 5 / FRAMES;
        int use[FRAMES];
        double middle[FEATURES], error = 0;
        for (size_t f = 0; f < FRAMES; f++)
            use[f] = f * 5 / FRAMES != fold && (f == 0 || (f - 1) * 5 / FRAMES != fold) &&
                     (f + 1 == FRAMES || (f + 1) * 5 / FRAMES != fold);
        CU_ASSERT(!use[t] && !use[t - 1] && !use[t + 1]);
        for (size_t u = 0; u < FEATURES; u++)
            middle[u] =
                (m->feature[(t - 1) * FEATURES + u] + m->feature[(t + 1) * FEATURES + u]) / 2;
        for (size_t k = 0; k < PIXELS; k++)
            error += pow(naive_map(m, use, middle, k, 0.5) - m->pixel[t * PIXELS + k], 2) / PIXELS;
        CU_ASSERT_DOUBLE_EQUAL(mse[j], error, 1e-10);
    }
    ecp_sheet_destroy(sheet);
    free(m);
}

static void undefined_has_a_reason(void)
{
    static const struct score_setting narrow[] = {{"width", 7}, {NULL, 0}};
    struct movie *m = malloc(sizeof *m);
    struct ecp_sheet *sheet = NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(m);
    grating(m, 0.3, 0);
    CU_ASSERT_EQUAL(score_movie(m, narrow, &sheet), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "rows of 7"));
    ecp_error_clear();
    ecp_sheet_destroy(sheet);
    m->data.n_units = 143; /* no square, and no places */
    ECP_ASSERT_OK(score_movie(m, NULL, &sheet));
    CU_ASSERT(is_undefined(sheet, "ssim") && is_undefined(sheet, "relative"));
    CU_ASSERT(value_of(sheet, "mse") >= 0);
    ecp_sheet_destroy(sheet);
    frame_of(m, 2);
    m->data.n_conditions = m->model.n_conditions = 2;
    ECP_ASSERT_OK(score_movie(m, NULL, &sheet));
    CU_ASSERT(is_undefined(sheet, "ssim") && is_undefined(sheet, "mse_pixels"));
    ecp_sheet_destroy(sheet);
    frame_of(m, 2);
    memset(m->pixel, 0, sizeof m->pixel);
    ECP_ASSERT_OK(score_movie(m, NULL, &sheet));
    CU_ASSERT(is_undefined(sheet, "ssim") && is_undefined(sheet, "ssim_pixels"));
    CU_ASSERT_EQUAL(value_of(sheet, "mse"), 0);
    ecp_sheet_destroy(sheet);
    m->pixel[5] = NAN;
    CU_ASSERT_EQUAL(score_movie(m, NULL, &sheet), ECP_ECONFIG);
    ecp_error_clear();
    ecp_sheet_destroy(sheet);
    free(m);
}

ECP_TEST_MAIN("invertibility", {"SSIM is its definition", ssim_is_its_definition},
              {"straight movies interpolate", straight_movies_interpolate},
              {"order is by label", order_is_by_label},
              {"maps are fitted on other frames", maps_are_fitted_on_other_frames},
              {"undefined has a reason", undefined_has_a_reason})
