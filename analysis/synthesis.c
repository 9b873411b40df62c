/* synthesis.c -- maximally exciting inputs: stimuli made by ascent on what was fitted to a
 * recording.
 *
 * The model is the stimuli themselves (conditions x pixels, or features), the data are the
 * responses. Each unit's response is fitted as a function of the stimulus (readout.h), and x
 * within |x - mean| <= norm * (root of the mean squared length of stimuli less their mean) is
 * moved along the gradient of
 *
 *   stretch     the unit's response (standardised, z)
 *   one_hot     z - ln sum exp z: the unit's, and nobody else's (Bashivan et al. 2019)
 *   population  mean of all z: one stimulus
 *
 * less `smooth` times the squared differences of neighbouring pixels, from the best of the
 * stimuli and from `starts` random ones; the best end counts. For the linear form the answer is
 * the filter itself. Verified in tests/verify/verify_synthesis.c. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/ascent.h"
#include "analysis/dense.h"
#include "analysis/readout.h"
#include "analysis/summary.h"
#include "analysis/trains.h"
#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum {
    FORM,
    PENALTY,
    TARGET,
    NORM_BOUND,
    SMOOTH,
    WIDTH,
    STARTS,
    STEPS,
    FIT,
    GAIN,
    NORM,
    FILTER,
    CONTRAST,
    END
};

static const struct ecp_field fields[] = {
    [FORM] = {"form", "1", ECP_READOUT_QUADRATIC, 0, 2, "of the response to a stimulus", ECP_PARAM},
    [PENALTY] = {"penalty", "1", 0, 0, 1e12,
                 "of the ridge, over the mean diagonal of the kernel; 0: the best of 19 by "
                 "leaving out",
                 ECP_PARAM},
    [TARGET] = {"target", "1", 0, 0, 2, "what is made large", ECP_PARAM},
    [NORM_BOUND] = {"norm_bound", "1", 1, 1e-6, 1e6,
                    "of a stimulus, over the root mean square of those shown (less their mean)",
                    ECP_PARAM},
    [SMOOTH] = {"smooth", "1", 0, 0, 1e6, "weight of differences of neighbouring pixels",
                ECP_PARAM},
    [WIDTH] = {"width", "1", 0, 0, 1e6, "pixels in a row, for `smooth`", ECP_WHOLE},
    [STARTS] = {"starts", "1", 3, 0, 1000, "random beginnings, besides the best stimulus",
                ECP_WHOLE},
    [STEPS] = {"steps", "1", 1000, 1, 1e6, "of an ascent, at most", ECP_WHOLE},
    [FIT] = {"fit", "1", 0, -1, 1,
             "mean correlation of responses with predictions for stimuli left out", ECP_RESULT},
    [GAIN] = {"gain", "1", 0, -INFINITY, INFINITY,
              "median of the predicted response over that to the best stimulus shown, both less "
              "the mean",
              ECP_RESULT},
    [NORM] = {"norm", "1", 0, 0, INFINITY, "mean length of the stimuli made, over the bound",
              ECP_RESULT},
    [FILTER] = {"filter", "1", 0, 0, 1,
                "mean |cosine| of the stimulus made and the gradient at the mean stimulus",
                ECP_RESULT},
    [CONTRAST] = {"contrast", "1", 0, -INFINITY, INFINITY,
                  "mean z of the unit that is meant, less that of the others", ECP_RESULT},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"form", "linear quadratic exponential"},
                                            {"target", "stretch one_hot population"},
                                            {NULL, NULL}};

enum { FOR_STARTS = 101, SHOWN = 64 };
enum column {
    COLUMN_FIT,
    COLUMN_PENALTY,
    COLUMN_SHOWN,
    COLUMN_MADE,
    COLUMN_GAIN,
    COLUMN_NORM,
    COLUMN_FILTER,
    COLUMN_CONTRAST,
    COLUMNS
};

static const struct {
    const char *name, *meaning;
} columns[COLUMNS] = {{"fit", "correlation with predictions for stimuli left out"},
                      {"penalty", "of the ridge, over the mean diagonal of the kernel"},
                      {"shown", "largest predicted response to a stimulus shown"},
                      {"made", "predicted response to the stimulus made"},
                      {"gain", "made over shown, both less the mean"},
                      {"norm", "length of the stimulus made, over the bound"},
                      {"filter", "|cosine| of it and the gradient at the mean stimulus"},
                      {"contrast", "z of the unit, less the mean of the others"}};

struct made {
    const struct ecp_score_call *call;
    int model;
    struct ecp_readout readout;
    struct ecp_ascent ascent;
    double *predicted;       /* n x q: of the stimuli */
    double *centre, *spread; /* q */
    double *column;          /* COLUMNS x q */
    double *stimulus;        /* q x p (population: 1 x p), less the mean */
    double *start, *work;    /* 2 p; the ascent's, and q + p */
    double *memory;
};

static enum ecp_status made_begin(struct made *m)
{
    const struct ecp_readout *r = &m->readout;
    const size_t n = r->n, p = r->p, q = r->q;
    m->ascent.readout = r;
    const size_t work = ecp_ascent_work(&m->ascent) + q + p;
    m->memory =
        malloc((n * q + 2 * q + COLUMNS * q + (q + 2) * p + work + n + 1) * sizeof *m->memory);
    if (!m->memory)
        return ecp_fail(ECP_ENOMEM, "no memory for the stimuli of %zu units", q);
    m->predicted = m->memory;
    m->centre = m->predicted + n * q;
    m->spread = m->centre + q;
    m->column = m->spread + q;
    m->stimulus = m->column + COLUMNS * q;
    m->start = m->stimulus + q * p;
    m->work = m->start + 2 * p;
    return ECP_OK;
}

/* Predictions for what was shown: their mean, spread and largest. */
static void look_at_shown(struct made *m)
{
    const struct ecp_readout *r = &m->readout;
    const size_t n = r->n, q = r->q;
    for (size_t i = 0; i < n; i++)
        ecp_readout_respond(r, r->x + i * r->p, m->predicted + i * q, m->work);
    for (size_t v = 0; v < q; v++) {
        double sum = 0, square = 0, most = -INFINITY;
        for (size_t i = 0; i < n; i++) {
            sum += m->predicted[i * q + v];
            most = fmax(most, m->predicted[i * q + v]);
        }
        m->centre[v] = sum / (double)n;
        for (size_t i = 0; i < n; i++) {
            const double d = m->predicted[i * q + v] - m->centre[v];
            square += d * d;
        }
        m->spread[v] = sqrt(square / (double)n);
        m->column[COLUMN_SHOWN * q + v] = most;
        if (!(m->spread[v] > 1e-9 * fabs(m->centre[v])))
            m->spread[v] = INFINITY; /* what does not vary has no say */
    }
}

/* The stimulus shown with the largest value, brought to the bound. */
static void best_shown(struct made *m, double *x)
{
    const struct ecp_readout *r = &m->readout;
    double best = -INFINITY;
    size_t which = 0;
    for (size_t i = 0; i < r->n; i++) {
        const double value = ecp_ascent_value(&m->ascent, r->x + i * r->p, NULL, m->work);
        if (value > best) {
            best = value;
            which = i;
        }
    }
    const double length = sqrt(ecp_dense_square(r->p, r->x + which * r->p));
    for (size_t k = 0; k < r->p; k++)
        x[k] = r->x[which * r->p + k] * (length > 0 ? m->ascent.radius / length : 0);
}

static void make_stimulus(struct made *m, size_t unit, double *out)
{
    const size_t p = m->readout.p, starts = (size_t)m->call->param[STARTS];
    double *x = m->start, best = -INFINITY;
    struct ecp_chance chance =
        ecp_chance(m->call->seed, FOR_STARTS, (uint32_t)(unit * 64 + (size_t)m->model));
    m->ascent.unit = unit;
    for (size_t k = 0; k <= starts; k++) {
        if (k == 0) {
            best_shown(m, x);
        } else {
            ecp_chance_normals(&chance, p, x);
            for (size_t j = 0; j < p; j++)
                x[j] *= m->ascent.radius / sqrt((double)p);
        }
        const double value = ecp_ascend(&m->ascent, x, m->work);
        if (value > best) {
            best = value;
            memcpy(out, x, p * sizeof *x);
        }
    }
}

static double cosine(size_t p, const double *a, const double *b)
{
    double ab = 0;
    for (size_t k = 0; k < p; k++)
        ab += a[k] * b[k];
    const double length = sqrt(ecp_dense_square(p, a) * ecp_dense_square(p, b));
    return length > 0 ? ab / length : NAN;
}

/* Correlation of a unit's responses with held-out predictions; NAN where there are none. */
static double held_out(const struct made *m, const double *y, size_t unit)
{
    const struct ecp_readout *r = &m->readout;
    double *pair = malloc((2 * r->n + 1) * sizeof *pair), value = NAN;
    for (size_t i = 0; pair && i < r->n; i++) {
        pair[i] = y[i * r->q + unit];
        pair[r->n + i] = r->held[i * r->q + unit];
    }
    if (pair)
        value = ecp_correlation(r->n, pair, pair + r->n);
    free(pair);
    return value;
}

static void describe(struct made *m, size_t unit, const double *x)
{
    const struct ecp_readout *r = &m->readout;
    const size_t q = r->q, p = r->p;
    double *response = m->work + ecp_ascent_work(&m->ascent), *filter = response + q;
    double others = 0, known = 0, *c = m->work + 2 * r->n;
    memset(m->start, 0, p * sizeof *m->start);
    ecp_readout_respond(r, m->start, response, m->work); /* at the mean */
    for (size_t v = 0; v < q; v++)
        c[v] = v == unit;
    ecp_readout_gradient(r, m->start, response, c, filter, m->work);
    m->column[COLUMN_FILTER * q + unit] = fabs(cosine(p, x, filter));
    m->column[COLUMN_FIT * q + unit] = held_out(m, m->call->data->mean, unit);
    m->column[COLUMN_PENALTY * q + unit] = r->penalty[unit];
    ecp_readout_respond(r, x, response, m->work);
    const double above = m->column[COLUMN_SHOWN * q + unit] - m->centre[unit];
    m->column[COLUMN_MADE * q + unit] = response[unit];
    m->column[COLUMN_GAIN * q + unit] =
        isfinite(m->spread[unit]) ? (response[unit] - m->centre[unit]) / above : NAN;
    m->column[COLUMN_NORM * q + unit] = sqrt(ecp_dense_square(p, x)) / m->ascent.radius;
    for (size_t v = 0; v < q; v++)
        if (v != unit && isfinite(m->spread[v])) {
            others += (response[v] - m->centre[v]) / m->spread[v];
            known++;
        }
    m->column[COLUMN_CONTRAST * q + unit] =
        known > 0 && isfinite(m->spread[unit])
            ? (response[unit] - m->centre[unit]) / m->spread[unit] - others / known
            : NAN;
}

/* ---- putting out ------------------------------------------------------------------------- */

static void put_results(const struct made *m)
{
    const size_t q = m->readout.q;
    struct ecp_sheet *sheet = m->call->sheet;
    const int exponential = m->readout.form == ECP_READOUT_EXPONENTIAL;
    static const char *const flat = "no unit whose predicted responses vary";
    ecp_sheet_put(sheet, m->model, FIT,
                  ecp_summary_mean(q, m->column + COLUMN_FIT * q,
                                   exponential ? "the exponential form is not fitted again without "
                                                 "each stimulus"
                                               : "responses, or predictions, that do not vary"));
    ecp_sheet_put(sheet, m->model, GAIN,
                  ecp_summary_median(q, m->column + COLUMN_GAIN * q, m->work, flat));
    ecp_sheet_put(sheet, m->model, NORM, ecp_summary_mean(q, m->column + COLUMN_NORM * q, flat));
    ecp_sheet_put(sheet, m->model, FILTER,
                  ecp_summary_mean(q, m->column + COLUMN_FILTER * q, flat));
    ecp_sheet_put(sheet, m->model, CONTRAST,
                  ecp_summary_mean(q, m->column + COLUMN_CONTRAST * q,
                                   "fewer than two units whose predicted responses vary"));
}

/* The stimuli themselves, with the mean, of the first units; pixels are rows. */
static enum ecp_status put_stimuli(const struct made *m)
{
    const struct ecp_readout *r = &m->readout;
    const size_t p = r->p, made = m->ascent.target == ECP_TARGET_POPULATION ? 1 : r->q;
    const size_t shown = made < SHOWN ? made : SHOWN;
    double *pixel = malloc((shown * p + 1) * sizeof *pixel);
    char name[SHOWN][32], table[128];
    struct ecp_table_column column[SHOWN];
    enum ecp_status status = ECP_ENOMEM;
    for (size_t s = 0; pixel && s < shown; s++) {
        for (size_t k = 0; k < p; k++)
            pixel[s * p + k] = m->stimulus[s * p + k] + r->mean[k];
        (void)snprintf(name[s], sizeof name[s], "stimulus%zu", s);
        column[s] = (struct ecp_table_column){name[s], "1", "pixels of the stimulus made",
                                              pixel + s * p, NULL};
    }
    (void)snprintf(table, sizeof table, m->model > 0 ? "stimuli_%d" : "stimuli", m->model);
    status = pixel ? ecp_sheet_table(m->call->sheet, table, p, column, shown)
                   : ecp_fail(ECP_ENOMEM, "no memory for a table of stimuli");
    free(pixel);
    return status;
}

static enum ecp_status put_units(const struct made *m)
{
    struct ecp_table_column column[COLUMNS];
    char table[128];
    for (size_t k = 0; k < COLUMNS; k++)
        column[k] = (struct ecp_table_column){columns[k].name, "1", columns[k].meaning,
                                              m->column + k * m->readout.q, NULL};
    (void)snprintf(table, sizeof table, m->model > 0 ? "units_%d" : "units", m->model);
    return ecp_sheet_table(m->call->sheet, table, m->readout.q, column, COLUMNS);
}

/* ---- as a measure ------------------------------------------------------------------------ */

static enum ecp_status make_all(struct made *m)
{
    const struct ecp_readout *r = &m->readout;
    const struct ecp_score_call *call = m->call;
    enum ecp_status status = ECP_OK;
    ECP_TRY(made_begin(m));
    look_at_shown(m);
    m->ascent.centre = m->centre;
    m->ascent.spread = m->spread;
    m->ascent.target = (enum ecp_target)call->param[TARGET];
    m->ascent.radius = call->param[NORM_BOUND] * sqrt(r->scale);
    m->ascent.smooth = call->param[SMOOTH];
    m->ascent.width = (size_t)call->param[WIDTH];
    m->ascent.steps = (size_t)call->param[STEPS];
    const int one = m->ascent.target == ECP_TARGET_POPULATION;
    for (size_t v = 0; v < r->q; v++) {
        double *x = m->stimulus + (one ? 0 : v * r->p);
        if (v == 0 || !one)
            make_stimulus(m, v, x);
        describe(m, v, x);
        ECP_TRY(ecp_sheet_progress(call->sheet, ((double)m->model + (double)v / (double)r->q) /
                                                    (double)call->n_models));
    }
    put_results(m);
    ECP_TRY(put_units(m));
    status = put_stimuli(m);
done:
    return status;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    enum ecp_status status = ECP_OK;
    if (call->param[SMOOTH] > 0 && !(call->param[WIDTH] > 0))
        return ecp_fail(ECP_ECONFIG, "synthesis: smooth needs the width of the image");
    for (size_t k = 0; k < call->n_models && status == ECP_OK; k++) {
        struct made m = {.call = call, .model = (int)k};
        const struct ecp_readout_call fit = {.form = (enum ecp_readout_form)call->param[FORM],
                                             .penalty = call->param[PENALTY],
                                             .n = call->data->n_conditions,
                                             .p = call->model[k]->n_units,
                                             .q = call->data->n_units,
                                             .x = call->model[k]->mean,
                                             .y = call->data->mean};
        status = ecp_readout_fit(&fit, &m.readout);
        if (status == ECP_OK)
            status = make_all(&m);
        ecp_readout_drop(&m.readout);
        free(m.memory);
    }
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const double n = (double)call->data->n_conditions, q = (double)call->data->n_units;
    double p = 0;
    for (size_t k = 0; k < call->n_models; k++)
        p = fmax(p, (double)call->model[k]->n_units);
    const int exponential = call->param[FORM] > 1;
    const double made = call->param[TARGET] > 1 ? 1 : q;
    *bytes = 8 * (3 * n * n + n * (p + 8 * q) + q * p);
    *operations = (double)call->n_models *
                  (n * n * (p + 4 * n + 19 * q) / 4 + (exponential ? q * 10 * n * n * n / 6 : 0) +
                   made * (1 + call->param[STARTS]) * 200 * n * (p + q));
}

const struct ecp_analysis ecp_analysis_synthesis = {
    .name = "synthesis",
    .summary = "maximally exciting stimuli of units, by ascent on fitted readouts",
    .equations = "linear f = b + w.x; quadratic f = b + w.x + x'Q x; exponential f = exp(b + w.x)\n"
                 "maximise z, z - ln sum exp z, or mean z, |x - mean| <= bound",
    .reference = "Walker et al. 2019, doi:10.1038/s41593-019-0517-x; Bashivan et al. 2019, "
                 "doi:10.1126/science.aav9436",
    .verified_by = "tests/verify/verify_synthesis.c",
    .fields = fields,
    .choices = choices,
    .score = score,
    .needs = ECP_NEEDS_MODELS | ECP_NEEDS_MEANS,
    .cost = cost};
