/* invertibility.c -- whether the middle of two frames' features is the frame between them.
 *
 * The data are frames (conditions x pixels) in sequences, the models are features of the same
 * frames. A linear map from features to pixels (ridge regression) is fitted on other frames; the
 * mean of the features of frames t - 1 and t + 1 goes through it and is held against the real
 * frame t, by structural similarity (ssim.h) and mean squared error. Where trajectories of
 * features are straight and the map loses nothing, it is that frame. Beside it: the map of the
 * features of frame t itself (what is lost by the map alone), and the mean of the two frames
 * (pixels as features, no map).
 *
 * "Other frames": with several sequences, those of other sequences (in `folds` parts); with one,
 * those outside of a stretch of it and not next to it. The definition is ours; the idea, that
 * untangled representations interpolate to real frames, is of the papers. Verified in
 * tests/verify/verify_invertibility.c. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/labels.h"
#include "analysis/regression.h"
#include "analysis/ssim.h"
#include "analysis/summary.h"
#include "engine/analysis.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum {
    ALPHA,
    FOLDS,
    WIDTH,
    RANGE,
    SSIM,
    MSE,
    SSIM_REAL,
    MSE_REAL,
    RELATIVE,
    SSIM_PIXELS,
    MSE_PIXELS,
    END
};

static const struct ecp_field fields[] = {
    [ALPHA] = {"alpha", "1", 0, 0, 1e12,
               "penalty of the ridge; 0: of 19 from 0.01 to 1e7 the one with the least "
               "leave-one-out error",
               ECP_PARAM},
    [FOLDS] = {"folds", "1", 5, 2, 1000, "parts that are left out of the fit in turn", ECP_WHOLE},
    [WIDTH] = {"width", "1", 0, 0, 1e6,
               "pixels in a row; 0: by the labels x and y of the data's units, or a square",
               ECP_WHOLE},
    [RANGE] = {"range", "1", 0, 0, 1e12, "of pixels, for ssim; 0: largest less smallest",
               ECP_PARAM},
    [SSIM] = {"ssim", "1", 0, -1, 1, "of the interpolated and the real frame; error over folds",
              ECP_RESULT},
    [MSE] = {"mse", "1", 0, 0, INFINITY, "of the interpolated and the real frame", ECP_RESULT},
    [SSIM_REAL] = {"ssim_real", "1", 0, -1, 1, "of the frame by its own features", ECP_RESULT},
    [MSE_REAL] = {"mse_real", "1", 0, 0, INFINITY, "of the frame by its own features", ECP_RESULT},
    [RELATIVE] = {"relative", "1", 0, -INFINITY, INFINITY, "ssim over ssim_real", ECP_RESULT},
    [SSIM_PIXELS] = {"ssim_pixels", "1", 0, -1, 1, "of the mean of two frames and that between",
                     ECP_RESULT},
    [MSE_PIXELS] = {"mse_pixels", "1", 0, 0, INFINITY, "of the mean of two frames", ECP_RESULT},
    [END] = {0}};

enum { PENALTIES = 19 };
enum { KINDS = 3 }; /* interpolated, real, pixels: columns 2 k (ssim) and 2 k + 1 (mse) */

struct film {
    const struct ecp_score_call *call;
    size_t n, q;          /* frames, pixels */
    size_t width, height; /* 0: unknown */
    size_t *pixel;        /* q: the place of a pixel in the data, row by row */
    double range;
    size_t n_triples, folds, sequences;
    size_t *order;         /* n: frames, sequence by sequence, each in order */
    size_t *sequence;      /* n: of each frame */
    size_t *triple, *fold; /* n: place in `order` of the middle; its fold */
};

/* ---- frames ------------------------------------------------------------------------------ */

static const struct ecp_label *order_label(const struct ecp_dataset *set)
{
    const struct ecp_label *label = ecp_dataset_label(set, "frame");
    label = label && label->number ? label : ecp_dataset_label(set, "time");
    return label && label->number ? label : NULL;
}

/* By sequence, then by the label, then as they come. */
static void sort_frames(struct film *f)
{
    const struct ecp_label *label = order_label(f->call->data);
    size_t at = 0;
    for (size_t s = 0; s < f->sequences; s++) {
        const size_t first = at;
        for (size_t k = 0; k < f->n; k++) {
            if (f->sequence[k] != s)
                continue;
            size_t j = at++;
            for (; j > first && label && label->number[k] < label->number[f->order[j - 1]]; j--)
                f->order[j] = f->order[j - 1];
            f->order[j] = k;
        }
    }
}

/* Middles of three frames of one sequence, and their folds. */
static void find_triples(struct film *f)
{
    const size_t wanted = (size_t)f->call->param[FOLDS];
    const size_t parts = f->sequences > 1 ? f->sequences : f->n;
    f->folds = wanted < parts ? wanted : parts;
    for (size_t k = 0; k < f->n; k++) {
        const size_t s = f->sequence[f->order[k]];
        f->fold[k] = f->sequences > 1 ? s % f->folds : k * f->folds / f->n;
        if (k > 0 && k + 1 < f->n && f->sequence[f->order[k - 1]] == s &&
            f->sequence[f->order[k + 1]] == s)
            f->triple[f->n_triples++] = k;
    }
}

/* Whether the map for `fold` may be fitted on the frame at place k. */
static int trains(const struct film *f, size_t k, size_t fold)
{
    if (f->sequences > 1)
        return f->fold[k] != fold;
    return f->fold[k] != fold && (k == 0 || f->fold[k - 1] != fold) &&
           (k + 1 == f->n || f->fold[k + 1] != fold);
}

/* ---- images ------------------------------------------------------------------------------ */

static enum ecp_status find_image(struct film *f)
{
    const size_t width = (size_t)f->call->param[WIDTH], side = (size_t)(sqrt((double)f->q) + 0.5);
    struct ecp_grid grid = {.width = 0};
    for (size_t k = 0; k < f->q; k++)
        f->pixel[k] = k;
    if (width > 0 && f->q % width != 0)
        return ecp_fail(ECP_ECONFIG, "invertibility: %zu pixels are no rows of %zu", f->q, width);
    if (width > 0) {
        f->width = width;
    } else {
        const enum ecp_status status = ecp_label_grid(f->call->data, 0, &grid);
        if (status != ECP_OK && status != ECP_ECONFIG)
            return status;
        ecp_error_clear();
        if (status == ECP_OK && grid.width * grid.height == f->q) {
            f->width = grid.width;
            memcpy(f->pixel, grid.unit, f->q * sizeof *f->pixel);
        } else if (side * side == f->q)
            f->width = side;
        free(grid.unit);
    }
    f->height = f->width > 0 ? f->q / f->width : 0;
    return ECP_OK;
}

static enum ecp_status film_begin(const struct ecp_score_call *call, struct film *f)
{
    const struct ecp_label *label = ecp_dataset_label(call->data, "sequence");
    const size_t n = call->data->n_conditions, q = call->data->n_units;
    double low = INFINITY, high = -INFINITY;
    *f = (struct film){.call = call, .n = n, .q = q, .sequences = 1};
    f->order = calloc(4 * n + q + 1, sizeof *f->order);
    if (!f->order)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu frames", n);
    f->sequence = f->order + n;
    f->triple = f->sequence + n;
    f->fold = f->triple + n;
    f->pixel = f->fold + n;
    if (label)
        f->sequences = ecp_label_groups(n, label, f->sequence);
    for (size_t k = 0; k < n * q; k++) {
        low = fmin(low, call->data->mean[k]);
        high = fmax(high, call->data->mean[k]);
        if (!isfinite(call->data->mean[k]))
            return ecp_fail(ECP_ECONFIG, "invertibility: a pixel of %s is missing",
                            call->data->name);
    }
    f->range = call->param[RANGE] > 0 ? call->param[RANGE] : high - low;
    sort_frames(f);
    find_triples(f);
    return find_image(f);
}

/* Both measures of a frame and another; work: 2 q. */
static void compare(const struct film *f, const double *real, const double *other, double *work,
                    double *ssim, double *mse)
{
    double sum = 0;
    for (size_t k = 0; k < f->q; k++) {
        work[k] = real[f->pixel[k]];
        work[f->q + k] = other[f->pixel[k]];
        sum += (work[k] - work[f->q + k]) * (work[k] - work[f->q + k]);
    }
    *mse = sum / (double)f->q;
    *ssim = f->width > 0 ? ecp_ssim(f->width, f->height, work, work + f->q, f->range) : NAN;
}

/* ---- maps -------------------------------------------------------------------------------- */

struct fit {
    const struct film *f;
    const struct ecp_dataset *features;
    double *x, *y, *test, *out, *work; /* of one fold */
    double *value;                     /* 2 KINDS x n_triples */
};

static const double *frame(const struct ecp_dataset *set, size_t k)
{
    return set->mean + k * set->n_units;
}

/* Fits without `fold`; compares what it makes of the middles and of the frames there. */
static enum ecp_status run_fold(struct fit *fit, size_t fold)
{
    const struct film *f = fit->f;
    const size_t p = fit->features->n_units, q = f->q, t = f->n_triples;
    double alphas[PENALTIES];
    size_t n = 0, m = 0;
    for (int k = 0; k < PENALTIES; k++)
        alphas[k] = pow(10, -2 + 0.5 * k);
    const double alpha = f->call->param[ALPHA];
    const struct ecp_regression how = {.kind = alpha > 0 ? ECP_REGRESSION_RIDGE
                                                         : ECP_REGRESSION_RIDGE_CV,
                                       .alpha = alpha,
                                       .alphas = alphas,
                                       .n_alphas = PENALTIES};
    for (size_t k = 0; k < f->n; k++)
        if (trains(f, k, fold)) {
            memcpy(fit->x + n * p, frame(fit->features, f->order[k]), p * sizeof *fit->x);
            memcpy(fit->y + n++ * q, frame(f->call->data, f->order[k]), q * sizeof *fit->y);
        }
    for (size_t j = 0; j < t; j++) {
        const size_t k = f->triple[j];
        if (f->fold[k] != fold)
            continue;
        const double *before = frame(fit->features, f->order[k - 1]);
        const double *after = frame(fit->features, f->order[k + 1]);
        for (size_t u = 0; u < p; u++)
            fit->test[m * p + u] = (before[u] + after[u]) / 2;
        memcpy(fit->test + (m + 1) * p, frame(fit->features, f->order[k]), p * sizeof *fit->test);
        m += 2;
    }
    if (n < 2 || m == 0)
        return ECP_OK;
    const enum ecp_status status =
        ecp_regress(&how, n, p, q, fit->x, fit->y, m, fit->test, fit->out, NULL);
    if (status != ECP_OK)
        return status;
    m = 0;
    for (size_t j = 0; j < t; j++) {
        if (f->fold[f->triple[j]] != fold)
            continue;
        const double *real = frame(f->call->data, f->order[f->triple[j]]);
        for (size_t kind = 0; kind < 2; kind++, m++)
            compare(f, real, fit->out + m * q, fit->work, &fit->value[2 * kind * t + j],
                    &fit->value[(2 * kind + 1) * t + j]);
    }
    return ECP_OK;
}

/* Mean over frames; error from the means of folds. */
static struct ecp_estimate over_frames(const struct film *f, const double *value, const char *why)
{
    struct ecp_estimate mean = ecp_summary_mean(f->n_triples, value, why);
    double sum = 0, square = 0, folds = 0;
    for (size_t fold = 0; fold < f->folds; fold++) {
        double part = 0, count = 0;
        for (size_t j = 0; j < f->n_triples; j++)
            if (f->fold[f->triple[j]] == fold && !isnan(value[j])) {
                part += value[j];
                count++;
            }
        if (count > 0) {
            sum += part / count;
            square += part / count * part / count;
            folds++;
        }
    }
    const double variance = square / folds - sum / folds * sum / folds;
    mean.error = folds > 1 ? sqrt(fmax(variance, 0) / (folds - 1)) : NAN;
    return mean;
}

static const char *reason(const struct film *f, int ssim)
{
    return f->n_triples == 0         ? "no sequence has three frames"
           : ssim && f->width == 0   ? "the width of images is not known"
           : ssim && !(f->range > 0) ? "all pixels are equal"
                                     : "fewer than two frames are left to fit the map";
}

static enum ecp_status put_frames(const struct film *f, int model, const double *value)
{
    static const char *const name[] = {"ssim",     "mse",         "ssim_real",
                                       "mse_real", "ssim_pixels", "mse_pixels"};
    struct ecp_table_column column[2 * KINDS + 1];
    char table[64];
    double *number = malloc((f->n_triples + 1) * sizeof *number);
    if (!number)
        return ecp_fail(ECP_ENOMEM, "no memory for a table of frames");
    for (size_t j = 0; j < f->n_triples; j++)
        number[j] = (double)f->order[f->triple[j]];
    column[0] = (struct ecp_table_column){"condition", "1", "number of the frame", number, NULL};
    for (size_t k = 0; k < 2 * KINDS; k++)
        column[k + 1] = (struct ecp_table_column){name[k], "1", "of this frame",
                                                  value + k * f->n_triples, NULL};
    (void)snprintf(table, sizeof table, model > 0 ? "frames_%d" : "frames", model);
    const enum ecp_status status =
        ecp_sheet_table(f->call->sheet, table, f->n_triples, column, 2 * KINDS + 1);
    free(number);
    return status;
}

static void put_model(const struct film *f, int model, const double *value)
{
    struct ecp_sheet *sheet = f->call->sheet;
    const size_t t = f->n_triples;
    struct ecp_estimate estimate[4];
    for (int k = 0; k < 4; k++) {
        estimate[k] = over_frames(f, value + (size_t)k * t, reason(f, k % 2 == 0));
        ecp_sheet_put(sheet, model, SSIM + k, estimate[k]);
    }
    const double ratio = estimate[0].value / estimate[2].value;
    ecp_sheet_put(sheet, model, RELATIVE,
                  isnan(estimate[0].value)   ? ECP_UNDEFINED(estimate[0].why)
                  : !(estimate[2].value > 0) ? ECP_UNDEFINED("frames do not come back at all")
                                             : ECP_ESTIMATE(ratio));
}

static enum ecp_status score_model(const struct film *f, int model)
{
    const size_t n = f->n, q = f->q, t = f->n_triples, p = f->call->model[model]->n_units;
    struct fit fit = {.f = f, .features = f->call->model[model]};
    double *memory = malloc((3 * n * p + 3 * n * q + 2 * q + 2 * KINDS * t + 1) * sizeof *memory);
    enum ecp_status status = ECP_OK;
    if (!memory)
        return ecp_fail(ECP_ENOMEM, "no memory for maps of %zu features", p);
    fit.x = memory;
    fit.test = fit.x + n * p;
    fit.y = fit.test + 2 * n * p;
    fit.out = fit.y + n * q;
    fit.work = fit.out + 2 * n * q;
    fit.value = fit.work + 2 * q;
    for (size_t k = 0; k < 2 * KINDS * t; k++)
        fit.value[k] = NAN;
    for (size_t k = 0; k < n * p; k++)
        if (!isfinite(fit.features->mean[k])) {
            status = ecp_fail(ECP_ECONFIG, "invertibility: a feature of %s is missing",
                              fit.features->name);
            goto done;
        }
    for (size_t fold = 0; fold < f->folds; fold++) {
        ECP_TRY(run_fold(&fit, fold));
        ECP_TRY(
            ecp_sheet_progress(f->call->sheet, ((double)model + (double)fold / (double)f->folds) /
                                                   (double)f->call->n_models));
    }
    for (size_t j = 0; j < t; j++) { /* frames as they are */
        const double *before = frame(f->call->data, f->order[f->triple[j] - 1]);
        const double *after = frame(f->call->data, f->order[f->triple[j] + 1]);
        for (size_t k = 0; k < q; k++)
            fit.out[k] = (before[k] + after[k]) / 2;
        compare(f, frame(f->call->data, f->order[f->triple[j]]), fit.out, fit.work,
                &fit.value[4 * t + j], &fit.value[5 * t + j]);
    }
    put_model(f, model, fit.value);
    if (model == 0) {
        ecp_sheet_put(f->call->sheet, -1, SSIM_PIXELS,
                      over_frames(f, fit.value + 4 * t, reason(f, 1)));
        ecp_sheet_put(f->call->sheet, -1, MSE_PIXELS,
                      over_frames(f, fit.value + 5 * t, reason(f, 0)));
    }
    status = put_frames(f, model, fit.value);
done:
    free(memory);
    return status;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    struct film f;
    enum ecp_status status = film_begin(call, &f);
    for (size_t k = 0; k < call->n_models && status == ECP_OK; k++)
        status = score_model(&f, (int)k);
    free(f.order);
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const double n = (double)call->data->n_conditions, q = (double)call->data->n_units;
    const double chosen = call->param[ALPHA] > 0 ? 0 : PENALTIES;
    double p = 0;
    for (size_t k = 0; k < call->n_models; k++)
        p = fmax(p, (double)call->model[k]->n_units);
    const double least = fmin(n, p);
    *bytes = 8 * (4 * n * p + 5 * n * q + p * q + n * n);
    *operations = (double)call->n_models *
                  (call->param[FOLDS] * n * (p * least + n * q * (1 + chosen) + 2 * p * q) / 4 +
                   3 * n * q * 800);
}

const struct ecp_analysis ecp_analysis_invertibility = {
    .name = "invertibility",
    .summary = "interpolation of features between two frames against the real frame: SSIM, MSE",
    .equations = "x^_t = map((f_(t-1) + f_(t+1))/2) against x_t; map: ridge from features to "
                 "pixels, fitted on other frames\n"
                 "SSIM = mean (2 m m' + C1)(2 c + C2)/((m^2 + m'^2 + C1)(v + v' + C2)). Ours: no "
                 "paper defines this measure",
    .reference = "the idea: Henaff et al. 2019, doi:10.1038/s41593-019-0377-4; SSIM: Wang et al. "
                 "2004, doi:10.1109/TIP.2003.819861",
    .verified_by = "tests/verify/verify_invertibility.c",
    .fields = fields,
    .score = score,
    .needs = ECP_NEEDS_MODELS | ECP_NEEDS_MEANS,
    .cost = cost};
