/* Stimulus synthesis: planted filters come back, gradients are derivatives, ridge regression is
 * that of explicit features. */
#include <stdlib.h>

#include "analysis/ascent.h"
#include "analysis/dense.h"
#include "engine/chance.h"
#include "tests/verify/scoring.h"

static const char *const forms[] = {"linear", "quadratic", "exponential"};

static double cosine(size_t p, const double *a, const double *b)
{
    double ab = 0;
    for (size_t k = 0; k < p; k++)
        ab += a[k] * b[k];
    return ab / sqrt(ecp_dense_square(p, a) * ecp_dense_square(p, b));
}

/* ---- fits -------------------------------------------------------------------------------- */

/* Ridge with an intercept on explicit features, by the normal equations; row `without` left out
 * (n: none). Predicts row `at`. */
static double naive_ridge(size_t n, size_t f, const double *feature, const double *y, double lambda,
                          size_t without, size_t at)
{
    double *a = calloc(f * f + 2 * f, sizeof *a), *b = a + f * f, *mean = b + f;
    double count = 0, my = 0, value;
    CU_ASSERT_PTR_NOT_NULL_FATAL(a);
    for (size_t i = 0; i < n; i++) {
        if (i == without)
            continue;
        count++;
        my += y[i];
        for (size_t k = 0; k < f; k++)
            mean[k] += feature[i * f + k];
    }
    my /= count;
    for (size_t k = 0; k < f; k++)
        mean[k] /= count;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; i != without && k < f; k++) {
            b[k] += (feature[i * f + k] - mean[k]) * (y[i] - my);
            for (size_t l = 0; l < f; l++)
                a[k * f + l] += (feature[i * f + k] - mean[k]) * (feature[i * f + l] - mean[l]);
        }
    for (size_t k = 0; k < f; k++)
        a[k * f + k] += lambda;
    ECP_ASSERT_OK(ecp_dense_solve(f, 1, a, b));
    value = my;
    for (size_t k = 0; k < f; k++)
        value += b[k] * (feature[at * f + k] - mean[k]);
    free(a);
    return value;
}

static void fits_are_ridge_of_features(void)
{
    enum { N = 30, P = 3, F = P + P * P };
    double x[N * P], y[N], feature[N * F], kernel = 0, mean[F] = {0}, work[2 * N];
    struct ecp_chance chance = ecp_chance(41, 1, 0);
    ecp_chance_normals(&chance, (size_t)N * P, x);
    for (size_t i = 0; i < N; i++)
        y[i] = x[i * P] - 2 * x[i * P + 1] * x[i * P + 2] + 0.3 * ecp_chance_normal(&chance);
    for (int form = 0; form < 2; form++) {
        const size_t f = form ? F : P;
        const struct ecp_readout_call call = {.form = (enum ecp_readout_form)form,
                                              .penalty = 0.02,
                                              .n = N,
                                              .p = P,
                                              .q = 1,
                                              .x = x,
                                              .y = y};
        struct ecp_readout r;
        ECP_ASSERT_OK(ecp_readout_fit(&call, &r));
        memset(mean, 0, sizeof mean);
        kernel = 0;
        for (size_t i = 0; i < N; i++)
            for (size_t k = 0; k < f; k++) {
                const double *row = r.x + i * P;
                feature[i * f + k] =
                    k < P ? row[k] / sqrt(r.scale) : row[(k - P) / P] * row[(k - P) % P] / r.scale;
                mean[k] += feature[i * f + k] / N;
            }
        for (size_t k = 0; k < N * f; k++)
            kernel += (feature[k] - mean[k % f]) * (feature[k] - mean[k % f]) / N;
        for (size_t i = 0; i < N; i++) {
            double value;
            ecp_readout_respond(&r, r.x + i * P, &value, work);
            CU_ASSERT_DOUBLE_EQUAL(value, naive_ridge(N, f, feature, y, 0.02 * kernel, N, i),
                                   1e-10);
            CU_ASSERT_DOUBLE_EQUAL(r.held[i], naive_ridge(N, f, feature, y, 0.02 * kernel, i, i),
                                   1e-10);
        }
        ecp_readout_drop(&r);
    }
}

static size_t poisson(struct ecp_chance *chance, double rate)
{
    double product = ecp_chance_uniform(chance);
    size_t n = 0;
    for (const double limit = exp(-rate); product > limit; n++)
        product *= ecp_chance_uniform(chance);
    return n;
}

/* The penalised likelihood is flat at the fit, in the offset and along every stimulus. */
static void likelihood_is_at_its_peak(void)
{
    enum { N = 60, P = 4 };
    double x[N * P], y[N], response[1], work[2 * N], slope = 0;
    struct ecp_chance chance = ecp_chance(42, 1, 0);
    struct ecp_readout r;
    ecp_chance_normals(&chance, (size_t)N * P, x);
    for (size_t i = 0; i < N; i++)
        y[i] = (double)poisson(&chance, exp(1 + 0.5 * x[i * P] - 0.3 * x[i * P + 2]));
    const struct ecp_readout_call call = {ECP_READOUT_EXPONENTIAL, 0.1, N, P, 1, x, y};
    ECP_ASSERT_OK(ecp_readout_fit(&call, &r));
    double mean = 0, gradient[P] = {0}, weight[P] = {0}, trace = 0;
    for (size_t i = 0; i < N; i++) {
        mean += y[i] / N;
        trace += ecp_dense_square(P, r.x + i * P) / r.scale / N;
        for (size_t k = 0; k < P; k++)
            weight[k] += r.dual[i] * r.x[i * P + k] / sqrt(r.scale);
    }
    for (size_t i = 0; i < N; i++) {
        ecp_readout_respond(&r, r.x + i * P, response, work);
        slope += response[0] - y[i];
        for (size_t k = 0; k < P; k++)
            gradient[k] += (response[0] - y[i]) * r.x[i * P + k] / sqrt(r.scale);
    }
    CU_ASSERT(fabs(slope) < 1e-3);
    for (size_t k = 0; k < P; k++)
        CU_ASSERT(fabs(gradient[k] + 0.1 * trace * mean * weight[k]) < 1e-3);
    ecp_readout_drop(&r);
}

/* ---- gradients and ascent ---------------------------------------------------------------- */

enum { STIMULI = 400, SIDE = 4, PIXELS = SIDE * SIDE, UNITS = 6 };

/* Filters of length 1: a wave and its partner a quarter later, by unit. */
static void filter_of(size_t unit, int quarter, double *w)
{
    double length = 0;
    for (size_t k = 0; k < PIXELS; k++) {
        const double turn = 0.55 * (double)unit, f = 1.6;
        const double at = f * (cos(turn) * (double)(k % SIDE) + sin(turn) * (double)(k / SIDE));
        w[k] = cos(at + 0.7 * (double)unit - (quarter ? 1.5707963267948966 : 0));
        length += w[k] * w[k];
    }
    for (size_t k = 0; k < PIXELS; k++)
        w[k] /= sqrt(length);
}

static double drive(const double *x, size_t unit, int quarter)
{
    double w[PIXELS], sum = 0;
    filter_of(unit, quarter, w);
    for (size_t k = 0; k < PIXELS; k++)
        sum += w[k] * x[k];
    return sum;
}

/* Noise images about grey; responses of a form, or of energy models. */
static void world(int form, int energy, double *x, double *y)
{
    struct ecp_chance chance = ecp_chance(43, 1, 0);
    for (size_t i = 0; i < STIMULI; i++) {
        double *row = x + i * PIXELS;
        ecp_chance_normals(&chance, PIXELS, row);
        for (size_t u = 0; u < UNITS; u++) {
            const double a = drive(row, u, 0), b = drive(row, u, 1);
            const double noise = 0.5 * ecp_chance_normal(&chance);
            y[i * UNITS + u] = energy      ? a * a + b * b + noise
                               : form == 2 ? (double)poisson(&chance, exp(0.5 + a))
                                           : 3 + 2 * a + noise;
        }
        for (size_t k = 0; k < PIXELS; k++)
            row[k] += 10;
    }
}

static void gradients_are_derivatives(void)
{
    static double x[STIMULI * PIXELS], y[STIMULI * UNITS];
    for (int form = 0; form < 3; form++) {
        struct ecp_readout r;
        world(form, form == 1, x, y);
        const struct ecp_readout_call call = {
            (enum ecp_readout_form)form, 0.1, STIMULI, PIXELS, UNITS, x, y};
        ECP_ASSERT_OK(ecp_readout_fit(&call, &r));
        for (int target = 0; target < 3; target++) {
            const double centre[UNITS] = {3, 2, 1, 2, 3, 4}, spread[UNITS] = {2, 1, 3, 2, 1, 2};
            const struct ecp_ascent how = {.readout = &r,
                                           .centre = centre,
                                           .spread = spread,
                                           .target = (enum ecp_target)target,
                                           .unit = 2,
                                           .radius = 4,
                                           .smooth = 0.7,
                                           .width = SIDE};
            double *work = malloc(ecp_ascent_work(&how) * sizeof *work), at[PIXELS];
            double gradient[PIXELS], numeric[PIXELS], worst = 0;
            struct ecp_chance chance = ecp_chance(44, 1, 0);
            CU_ASSERT_PTR_NOT_NULL_FATAL(work);
            ecp_chance_normals(&chance, PIXELS, at);
            (void)ecp_ascent_value(&how, at, gradient, work);
            for (size_t k = 0; k < PIXELS; k++) {
                const double own = at[k], h = 1e-5;
                at[k] = own + h;
                const double above = ecp_ascent_value(&how, at, NULL, work);
                at[k] = own - h;
                numeric[k] = (above - ecp_ascent_value(&how, at, NULL, work)) / (2 * h);
                at[k] = own;
                worst = fmax(worst, fabs(numeric[k] - gradient[k]));
            }
            CU_ASSERT(worst < 1e-5 * sqrt(ecp_dense_square(PIXELS, gradient)));
            free(work);
        }
        ecp_readout_drop(&r);
    }
}

static struct ecp_sheet *score_world(int form, int energy, const struct score_setting *setting)
{
    static double x[STIMULI * PIXELS], y[STIMULI * UNITS];
    const struct ecp_dataset data = {
        .name = "units", .n_conditions = STIMULI, .n_units = UNITS, .mean = y};
    const struct ecp_dataset model = {
        .name = "pixels", .n_conditions = STIMULI, .n_units = PIXELS, .mean = x};
    const struct ecp_dataset *models[] = {&model};
    struct ecp_sheet *sheet = NULL;
    world(form, energy, x, y);
    ECP_ASSERT_OK(score_try("synthesis", setting, 1, models, &data, &sheet));
    return sheet;
}

/* Of the stimulus of a unit, less the mean of pixels (about 10). */
static void made_for(const struct ecp_sheet *sheet, size_t unit, double *x)
{
    char name[32];
    size_t n;
    (void)snprintf(name, sizeof name, "stimulus%zu", unit);
    const double *column = table_column(sheet, "stimuli", name, &n);
    CU_ASSERT_EQUAL_FATAL(n, PIXELS);
    for (size_t k = 0; k < PIXELS; k++)
        x[k] = column[k] - 10;
}

static void filters_come_back(void)
{
    for (int form = 0; form < 3; form += 2) {
        const struct score_setting setting[] = {{"form", form}, {NULL, 0}};
        struct ecp_sheet *sheet = score_world(form, 0, setting);
        for (size_t u = 0; u < UNITS; u++) {
            double x[PIXELS], w[PIXELS];
            made_for(sheet, u, x);
            filter_of(u, 0, w);
            CU_ASSERT(cosine(PIXELS, x, w) > 0.95);
        }
        CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "norm"), 1, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "filter"), 1, 1e-9); /* the filter itself */
        CU_ASSERT(value_of(sheet, "gain") > 1 && value_of(sheet, "contrast") > 1);
        CU_ASSERT(form == 2 ? is_undefined(sheet, "fit") : value_of(sheet, "fit") > 0.9);
        ecp_sheet_destroy(sheet);
    }
}

/* Energy models: any phase is as good, so the stimulus lies in the plane of both filters, and
 * its response is that of the best direction there. */
static void energy_comes_back(void)
{
    struct ecp_sheet *sheet = score_world(1, 1, NULL);
    for (size_t u = 0; u < UNITS; u++) {
        double x[PIXELS], w[2][PIXELS];
        made_for(sheet, u, x);
        filter_of(u, 0, w[0]);
        filter_of(u, 1, w[1]);
        const double across = cosine(PIXELS, w[0], w[1]), a = cosine(PIXELS, x, w[0]);
        const double b = (cosine(PIXELS, x, w[1]) - a * across) / sqrt(1 - across * across);
        CU_ASSERT(sqrt(a * a + b * b) > 0.95);
    }
    CU_ASSERT(value_of(sheet, "fit") > 0.85 && value_of(sheet, "gain") > 1);
    ecp_sheet_destroy(sheet);
    /* A linear readout of the same units finds nothing. */
    static const struct score_setting linear[] = {{"form", 0}, {NULL, 0}};
    sheet = score_world(1, 1, linear);
    CU_ASSERT(!(value_of(sheet, "fit") > 0.3));
    ecp_sheet_destroy(sheet);
}

static void bounds_and_targets(void)
{
    static const struct score_setting large[] = {{"norm_bound", 2.5}, {NULL, 0}};
    static const struct score_setting alone[] = {{"target", 1}, {NULL, 0}};
    static const struct score_setting all[] = {{"target", 2}, {NULL, 0}};
    static const struct score_setting smooth[] = {{"smooth", 50}, {"width", SIDE}, {NULL, 0}};
    static const struct score_setting lost[] = {{"smooth", 50}, {NULL, 0}};
    double rough[2] = {0, 0};
    struct ecp_sheet *plain = score_world(1, 1, NULL), *other = score_world(1, 1, large);
    for (size_t u = 0; u < UNITS; u++) {
        double x[PIXELS], y[PIXELS];
        made_for(plain, u, x);
        made_for(other, u, y);
        CU_ASSERT(fabs(sqrt(ecp_dense_square(PIXELS, y) / ecp_dense_square(PIXELS, x)) - 2.5) <
                  0.2); /* 10 is the mean but for noise */
    }
    CU_ASSERT(value_of(other, "norm") <= 1 + 1e-12);
    ecp_sheet_destroy(other);
    other = score_world(1, 1, alone);
    CU_ASSERT(value_of(other, "contrast") > 1);
    CU_ASSERT(value_of(other, "gain") <= value_of(plain, "gain") + 1e-9);
    ecp_sheet_destroy(other);
    other = score_world(1, 1, all);
    CU_ASSERT(fabs(value_of(other, "contrast")) < 1e-9); /* one stimulus for all */
    ecp_sheet_destroy(other);
    other = score_world(1, 1, smooth);
    for (size_t u = 0; u < UNITS; u++)
        for (int k = 0; k < 2; k++) {
            double x[PIXELS];
            made_for(k ? other : plain, u, x);
            for (size_t at = 0; at + SIDE < PIXELS; at++)
                rough[k] +=
                    (x[at + SIDE] - x[at]) * (x[at + SIDE] - x[at]) / ecp_dense_square(PIXELS, x);
        }
    CU_ASSERT(rough[1] < 0.7 * rough[0]);
    ecp_sheet_destroy(other);
    ecp_sheet_destroy(plain);
    const double few[4] = {1, 2, 3, 4};
    const struct ecp_dataset set = {.name = "set", .n_conditions = 4, .n_units = 1, .mean = few};
    const struct ecp_dataset *models[] = {&set};
    CU_ASSERT_EQUAL(score_try("synthesis", lost, 1, models, &set, &other), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "width"));
    ecp_error_clear();
    ecp_sheet_destroy(other);
}

/* The largest response of a ball under a linear form is the filter's, from any start. */
static void linear_answer_is_the_filter(void)
{
    static double x[STIMULI * PIXELS], y[STIMULI * UNITS];
    struct ecp_readout r;
    const double centre[UNITS] = {0}, spread[UNITS] = {1, 1, 1, 1, 1, 1};
    world(0, 0, x, y);
    const struct ecp_readout_call call = {ECP_READOUT_LINEAR, 0, STIMULI, PIXELS, UNITS, x, y};
    ECP_ASSERT_OK(ecp_readout_fit(&call, &r));
    struct ecp_ascent how = {
        .readout = &r, .centre = centre, .spread = spread, .radius = 3, .steps = 500};
    double *work = malloc(ecp_ascent_work(&how) * sizeof *work);
    CU_ASSERT_PTR_NOT_NULL_FATAL(work);
    for (uint32_t u = 0; u < UNITS; u++) {
        struct ecp_chance chance = ecp_chance(45, 1, u);
        double w[PIXELS] = {0}, at[PIXELS];
        for (size_t i = 0; i < STIMULI; i++)
            for (size_t k = 0; k < PIXELS; k++)
                w[k] += r.dual[i * UNITS + u] * r.x[i * PIXELS + k] / r.scale;
        ecp_chance_normals(&chance, PIXELS, at);
        how.unit = u;
        const double best = r.offset[u] + 3 * sqrt(ecp_dense_square(PIXELS, w));
        CU_ASSERT_DOUBLE_EQUAL(ecp_ascend(&how, at, work), best, 1e-9);
        CU_ASSERT(cosine(PIXELS, at, w) > 1 - 1e-10);
    }
    free(work);
    ecp_readout_drop(&r);
}

/* What drives a unit and no other: never less so than what drives it most, from any start. */
static void one_hot_is_alone(void)
{
    static double x[STIMULI * PIXELS], y[STIMULI * UNITS];
    const double centre[UNITS] = {2, 2, 2, 2, 2, 2}, spread[UNITS] = {2, 2, 2, 2, 2, 2};
    struct ecp_readout r;
    world(1, 1, x, y);
    const struct ecp_readout_call call = {ECP_READOUT_QUADRATIC, 0.1, STIMULI, PIXELS, UNITS, x, y};
    ECP_ASSERT_OK(ecp_readout_fit(&call, &r));
    struct ecp_ascent how = {
        .readout = &r, .centre = centre, .spread = spread, .radius = 2, .steps = 2000};
    double *work = malloc(ecp_ascent_work(&how) * sizeof *work);
    CU_ASSERT_PTR_NOT_NULL_FATAL(work);
    for (uint32_t u = 0; u < UNITS; u++) {
        double most[PIXELS], alone[PIXELS], best = -INFINITY;
        struct ecp_chance chance = ecp_chance(47, 1, u);
        how.unit = u;
        how.target = ECP_TARGET_STRETCH;
        ecp_chance_normals(&chance, PIXELS, most);
        (void)ecp_ascend(&how, most, work);
        how.target = ECP_TARGET_ONE_HOT;
        for (int start = 0; start < 5; start++) {
            ecp_chance_normals(&chance, PIXELS, alone);
            best = fmax(best, ecp_ascend(&how, alone, work));
        }
        CU_ASSERT(best < 0 && best > ecp_ascent_value(&how, most, NULL, work) + 0.01);
    }
    free(work);
    ecp_readout_drop(&r);
}

/* A unit that never changes, counts below 0, stimuli that are all the same. */
static void undefined_has_a_reason(void)
{
    enum { N = 12, P = 2 };
    double x[N * P], y[N];
    struct ecp_chance chance = ecp_chance(46, 1, 0);
    const struct ecp_dataset data = {.name = "units", .n_conditions = N, .n_units = 1, .mean = y};
    const struct ecp_dataset model = {.name = "pixels", .n_conditions = N, .n_units = P, .mean = x};
    const struct ecp_dataset *models[] = {&model};
    struct ecp_sheet *sheet = NULL;
    static const struct score_setting exponential[] = {{"form", 2}, {NULL, 0}};
    ecp_chance_normals(&chance, (size_t)N * P, x);
    for (size_t i = 0; i < N; i++)
        y[i] = 2;
    for (int form = 0; form < 3; form++) {
        const struct score_setting setting[] = {{"form", form}, {NULL, 0}};
        ECP_ASSERT_OK(score_try("synthesis", setting, 1, models, &data, &sheet));
        if (!is_undefined(sheet, "gain"))
            (void)printf("\n  %s: gain %g", forms[form], value_of(sheet, "gain"));
        CU_ASSERT(is_undefined(sheet, "fit") && is_undefined(sheet, "gain"));
        CU_ASSERT(is_undefined(sheet, "contrast"));
        ecp_sheet_destroy(sheet);
    }
    y[3] = -1;
    CU_ASSERT_EQUAL(score_try("synthesis", exponential, 1, models, &data, &sheet), ECP_ECONFIG);
    ecp_error_clear();
    ecp_sheet_destroy(sheet);
    for (size_t k = 0; k < (size_t)N * P; k++)
        x[k] = 4;
    CU_ASSERT_EQUAL(score_try("synthesis", NULL, 1, models, &data, &sheet), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "do not differ"));
    ecp_error_clear();
    ecp_sheet_destroy(sheet);
}

ECP_TEST_MAIN("synthesis", {"fits are ridge of features", fits_are_ridge_of_features},
              {"the likelihood is at its peak", likelihood_is_at_its_peak},
              {"gradients are derivatives", gradients_are_derivatives},
              {"filters come back", filters_come_back}, {"energy comes back", energy_comes_back},
              {"bounds and targets", bounds_and_targets},
              {"the linear answer is the filter", linear_answer_is_the_filter},
              {"one-hot is alone", one_hot_is_alone},
              {"undefined has a reason", undefined_has_a_reason})
