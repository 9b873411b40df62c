/* tuning.c -- how units are tuned to direction or orientation, and how well the population
 * tells the angle.
 *
 * A unit's curve R(a) is its mean response to the conditions of angle a. Means over units of
 *
 *   DSI = (R_p - R_n)/(R_p + R_n)     p: the peak (first of equals), n: opposite
 *   OSI = the same, n: the mean of the two at right angles
 *   gDSI = |sum R e^(i a)|/sum R, gOSI = |sum R e^(2 i a)|/sum R,
 *
 * medians of fits b + A exp(k (cos(a - c) - 1)). The population vector sum (r_k - b_k) u_k, u_k
 * towards the preferred angle and b_k the mean of unit k, tells the angle of a trial; curves
 * are made without that trial. Sums of vectors are meant for angles that are evenly spaced.
 * Verified in tests/verify/verify_tuning.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/labels.h"
#include "analysis/summary.h"
#include "analysis/tuning_curve.h"
#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum { PERIOD, PERMUTATIONS, DSI, OSI, GDSI, GOSI, SELECTIVE, WIDTH, FIT, ERROR, CHANCE, END };

static const struct ecp_field fields[] = {
    [PERIOD] = {"period", "1", 0, 0, 2,
                "of the angles: that of the label, directions (360), orientations (180)",
                ECP_PARAM},
    [PERMUTATIONS] = {"permutations", "1", 200, 0, 1e6,
                      "of the angles of trials, for the share of units that are selective",
                      ECP_WHOLE},
    [DSI] = {"dsi", "1", 0, -INFINITY, INFINITY, "direction selectivity: peak against opposite",
             ECP_RESULT},
    [OSI] = {"osi", "1", 0, -INFINITY, INFINITY,
             "orientation selectivity: peak against right angles", ECP_RESULT},
    [GDSI] = {"gdsi", "1", 0, 0, INFINITY, "direction selectivity by the sum of vectors",
              ECP_RESULT},
    [GOSI] = {"gosi", "1", 0, 0, INFINITY, "orientation selectivity by the sum of vectors",
              ECP_RESULT},
    [SELECTIVE] = {"selective", "1", 0, 0, 1,
                   "share of units whose sum of vectors is longer than of 95 % of permutations",
                   ECP_RESULT},
    [WIDTH] = {"width", "deg", 0, 0, 180, "median half width at half height of von Mises fits",
               ECP_RESULT},
    [FIT] = {"fit", "1", 0, -INFINITY, 1, "median share of variance of von Mises fits", ECP_RESULT},
    [ERROR] = {"error", "deg", 0, 0, 180,
               "mean distance of the angle that the population vector tells from that shown",
               ECP_RESULT},
    [CHANCE] = {"chance", "deg", 0, 0, 180, "the same of guesses", ECP_RESULT},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"period", "label direction orientation"},
                                            {NULL, NULL}};

enum { FOR_PERMUTATIONS = 61 };

enum column {
    COLUMN_PEAK,
    COLUMN_DSI,
    COLUMN_OSI,
    COLUMN_GDSI,
    COLUMN_GOSI,
    COLUMN_DIRECTION,
    COLUMN_ORIENTATION,
    COLUMN_P,
    COLUMN_BASE,
    COLUMN_AMPLITUDE,
    COLUMN_KAPPA,
    COLUMN_CENTRE,
    COLUMN_WIDTH,
    COLUMN_FIT,
    COLUMNS
};

static const struct {
    const char *name, *unit, *meaning;
} columns[COLUMNS] = {{"peak", "deg", "angle of the largest response"},
                      {"dsi", "1", "peak against opposite"},
                      {"osi", "1", "peak against right angles"},
                      {"gdsi", "1", "direction selectivity by the sum of vectors"},
                      {"gosi", "1", "orientation selectivity by the sum of vectors"},
                      {"direction", "deg", "of the sum of vectors"},
                      {"orientation", "deg", "of the sum of vectors at twice the angle"},
                      {"p", "1", "of a sum of vectors as long when angles are permuted"},
                      {"base", "1", "of the von Mises fit"},
                      {"amplitude", "1", "of the von Mises fit"},
                      {"kappa", "1", "concentration of the von Mises fit"},
                      {"centre", "deg", "of the von Mises fit"},
                      {"width", "deg", "half width at half height of the fit"},
                      {"fit", "1", "share of variance of the fit"}};

/* Curves of all units at the different angles. */
struct curves {
    size_t n, p;             /* angles, units */
    double period, harmonic; /* 360/period */
    double *angle;           /* n, ascending */
    size_t *of;              /* of each condition, or SIZE_MAX */
    double *share;           /* n: 1 over the conditions that have it */
    double *rate;            /* p x n; NAN: missing */
    double *memory;
};

static void curves_end(struct curves *c)
{
    free(c->memory);
    free(c->of);
}

static enum ecp_status curves_begin(const struct ecp_score_call *call,
                                    const struct ecp_dataset *set, struct curves *c)
{
    const size_t n = call->data->n_conditions, p = set->n_units;
    *c = (struct curves){.p = p};
    c->memory = malloc((3 * n + p * n + 1) * sizeof *c->memory);
    c->of = malloc((n + 1) * sizeof *c->of);
    if (!c->memory || !c->of)
        return ecp_fail(ECP_ENOMEM, "no memory for the tuning of %zu units", p);
    double *each = c->memory;
    c->angle = each + n;
    c->share = c->angle + n;
    c->rate = c->share + n;
    const enum ecp_status status = ecp_label_angles(call->data, each, &c->period);
    if (status != ECP_OK)
        return status;
    if (call->param[PERIOD] > 0)
        c->period = call->param[PERIOD] > 1 ? 180 : 360;
    c->harmonic = 360 / c->period;
    for (size_t k = 0; k < n; k++) {
        if (!isfinite(each[k]))
            continue;
        each[k] = fmod(each[k], c->period);
        each[k] += each[k] < -1e-9 ? c->period : 0;
        size_t at = 0;
        while (at < c->n && c->angle[at] < each[k] - 1e-6)
            at++;
        if (at < c->n && fabs(c->angle[at] - each[k]) <= 1e-6)
            continue;
        memmove(c->angle + at + 1, c->angle + at, (c->n - at) * sizeof *each);
        c->angle[at] = each[k];
        c->n++;
    }
    memset(c->share, 0, n * sizeof *each);
    for (size_t k = 0; k < n; k++) {
        c->of[k] = SIZE_MAX;
        for (size_t a = 0; a < c->n; a++)
            if (fabs(c->angle[a] - each[k]) <= 1e-6)
                c->of[k] = a;
        if (c->of[k] < c->n)
            c->share[c->of[k]]++;
    }
    for (size_t a = 0; a < c->n; a++)
        c->share[a] = 1 / c->share[a];
    return ECP_OK;
}

static void curves_fill(const struct ecp_dataset *set, struct curves *c)
{
    memset(c->rate, 0, c->p * c->n * sizeof *c->rate);
    for (size_t k = 0; k < set->n_conditions; k++)
        for (size_t u = 0; c->of[k] < c->n && u < c->p; u++)
            c->rate[u * c->n + c->of[k]] += set->mean[k * c->p + u] * c->share[c->of[k]];
}

/* ---- units ------------------------------------------------------------------------------- */

static void fill_unit(const struct curves *c, size_t unit, double *column)
{
    const double *rate = c->rate + unit * c->n;
    const struct ecp_tuning t = ecp_tuning_of(c->n, c->angle, rate, c->period);
    const struct ecp_von_mises fit = ecp_von_mises_fit(c->n, c->angle, rate, c->period);
    const double value[COLUMNS] = {t.peak,      t.dsi,         t.osi,     t.gdsi,   t.gosi,
                                   t.direction, t.orientation, NAN,       fit.base, fit.amplitude,
                                   fit.kappa,   fit.centre,    fit.width, fit.r2};
    for (size_t k = 0; k < COLUMNS; k++)
        column[k * c->p + unit] = value[k];
}

/* Length of the sum of vectors over the sum of responses, for all units, when trial t has the
 * angle of trial order[t]. sum: 3 p. */
static void lengths(const struct ecp_dataset *set, const struct curves *c, const size_t *order,
                    const double *weight, double *sum, double *length)
{
    const size_t p = c->p;
    memset(sum, 0, 3 * p * sizeof *sum);
    for (size_t t = 0; t < set->n_trials; t++) {
        const size_t a = c->of[set->trial_condition[order ? order[t] : t]];
        if (a >= c->n || c->of[set->trial_condition[t]] >= c->n)
            continue;
        const double angle = c->harmonic * c->angle[a] * 3.14159265358979323846 / 180;
        const double x = weight[a] * cos(angle), y = weight[a] * sin(angle);
        for (size_t u = 0; u < p; u++) {
            const double r = isnan(set->response[t * p + u]) ? 0 : set->response[t * p + u];
            sum[3 * u] += r * x;
            sum[3 * u + 1] += r * y;
            sum[3 * u + 2] += r * weight[a];
        }
    }
    for (size_t u = 0; u < p; u++)
        length[u] = sum[3 * u + 2] > 0 ? hypot(sum[3 * u], sum[3 * u + 1]) / sum[3 * u + 2] : NAN;
}

/* p of every unit; NAN where it has no response. */
static enum ecp_status permute(const struct ecp_score_call *call, const struct ecp_dataset *set,
                               const struct curves *c, double *p)
{
    const size_t units = c->p, trials = set->n_trials, tries = (size_t)call->param[PERMUTATIONS];
    double *memory = calloc(5 * units + c->n + 1, sizeof *memory);
    size_t *order = malloc((2 * trials + 1) * sizeof *order), used = 0;
    enum ecp_status status = ECP_OK;
    if (!memory || !order) {
        status = ecp_fail(ECP_ENOMEM, "no memory for permutations of %zu trials", trials);
        goto done;
    }
    double *weight = memory, *sum = weight + c->n, *seen = sum + 3 * units, *now = seen + units;
    size_t *all = order + trials, *drawn = order;
    for (size_t t = 0; t < trials; t++)
        if (c->of[set->trial_condition[t]] < c->n) {
            weight[c->of[set->trial_condition[t]]]++;
            all[used++] = t;
        }
    for (size_t a = 0; a < c->n; a++)
        weight[a] = 1 / weight[a];
    lengths(set, c, NULL, weight, sum, seen);
    for (size_t u = 0; u < units; u++)
        p[u] = isnan(seen[u]) ? NAN : 1;
    size_t *place = malloc((used + 1) * sizeof *place);
    if (!place) {
        status = ecp_fail(ECP_ENOMEM, "no memory for permutations of %zu trials", trials);
        goto done;
    }
    for (size_t k = 0; k < tries && status == ECP_OK; k++) {
        struct ecp_chance chance = ecp_chance(call->seed, FOR_PERMUTATIONS, (uint32_t)k);
        ecp_chance_order(&chance, used, place);
        for (size_t t = 0; t < trials; t++)
            drawn[t] = t;
        for (size_t t = 0; t < used; t++)
            drawn[all[t]] = all[place[t]];
        lengths(set, c, drawn, weight, sum, now);
        for (size_t u = 0; u < units; u++)
            p[u] += now[u] >= seen[u];
        status = ecp_sheet_progress(call->sheet, (double)k / (double)tries);
    }
    for (size_t u = 0; u < units; u++)
        p[u] /= (double)(tries + 1);
    free(place);
done:
    free(memory);
    free(order);
    return status;
}

/* ---- the population vector --------------------------------------------------------------- */

/* Adds what unit `rate` (its curve) says of response r. */
static void vote(const struct curves *c, const double *rate, double r, double sum[2])
{
    double vector[2], mean = 0;
    ecp_tuning_vector(c->n, c->angle, rate, c->harmonic, vector);
    for (size_t a = 0; a < c->n; a++)
        mean += rate[a] / (double)c->n;
    const double length = hypot(vector[0], vector[1]);
    if (!(length > 1e-12 * fabs(mean)) || isnan(r))
        return;
    sum[0] += (r - mean) * vector[0] / length;
    sum[1] += (r - mean) * vector[1] / length;
}

static double miss(const struct curves *c, const double sum[2], size_t angle)
{
    if (!(hypot(sum[0], sum[1]) > 0))
        return NAN;
    const double told = atan2(sum[1], sum[0]) * 180 / 3.14159265358979323846 / c->harmonic;
    return fabs(ecp_angle_difference(told, c->angle[angle], c->period));
}

/* Errors of trials, each with curves that lack it; of conditions where there are no trials.
 * Returns how many. work: a curve. */
static size_t misses(const struct ecp_dataset *set, const struct curves *c, const double *count,
                     double *work, double *error)
{
    const size_t p = c->p, rows = count ? set->n_trials : set->n_conditions;
    for (size_t t = 0; t < rows; t++) {
        const size_t k = count ? set->trial_condition[t] : t, a = c->of[k];
        const double *row = (count ? set->response : set->mean) + t * p;
        double sum[2] = {0, 0};
        error[t] = NAN;
        for (size_t u = 0; a < c->n && u < p; u++) {
            memcpy(work, c->rate + u * c->n, c->n * sizeof *work);
            if (count && (!(count[k * p + u] > 1) || isnan(row[u])))
                continue;
            if (count)
                work[a] += (set->mean[k * p + u] - row[u]) / (count[k * p + u] - 1) * c->share[a];
            vote(c, work, row[u], sum);
        }
        if (a < c->n)
            error[t] = miss(c, sum, a);
    }
    return rows;
}

static enum ecp_status decode(const struct ecp_dataset *set, const struct curves *c,
                              struct ecp_estimate *out)
{
    const int single = set->n_trials > 0 && set->response;
    const size_t n = set->n_conditions, p = c->p, rows = single ? set->n_trials : n;
    double *memory = calloc(n * p + c->n + rows + 1, sizeof *memory);
    if (!memory)
        return ecp_fail(ECP_ENOMEM, "no memory to decode %zu trials", rows);
    double *count = memory, *work = count + n * p, *error = work + c->n;
    for (size_t t = 0; single && t < rows; t++)
        for (size_t u = 0; u < p; u++)
            count[set->trial_condition[t] * p + u] += !isnan(set->response[t * p + u]);
    const size_t told = misses(set, c, single ? count : NULL, work, error);
    *out = ecp_summary_mean(told, error, "no unit is tuned, or no condition has two trials");
    free(memory);
    return ECP_OK;
}

/* ---- as a measure ------------------------------------------------------------------------ */

static void put_units(const struct ecp_score_call *call, int model, const struct curves *c,
                      double *column, double *work)
{
    static const struct {
        int field;
        enum column column;
        const char *why;
    } means[] = {
        {DSI, COLUMN_DSI, "no unit responds to two opposite directions"},
        {OSI, COLUMN_OSI, "no unit responds to two angles that differ by 90 deg"},
        {GDSI, COLUMN_GDSI, "no unit's responses to directions have a positive sum"},
        {GOSI, COLUMN_GOSI, "no unit's responses have a positive sum"},
    };
    for (size_t k = 0; k < 4; k++)
        ecp_sheet_put(call->sheet, model, means[k].field,
                      ecp_summary_mean(c->p, column + means[k].column * c->p, means[k].why));
    for (size_t u = 0; u < c->p; u++) {
        const double p = column[COLUMN_P * c->p + u];
        work[c->p + u] = isnan(p) ? NAN : p < 0.05;
    }
    ecp_sheet_put(call->sheet, model, SELECTIVE,
                  ecp_summary_mean(c->p, work + c->p,
                                   "no single trials whose angles could be "
                                   "permuted (19 times at least)"));
    ecp_sheet_put(call->sheet, model, WIDTH,
                  ecp_summary_median(c->p, column + COLUMN_WIDTH * c->p, work,
                                     "no unit's curve can be fitted (5 angles at least)"));
    ecp_sheet_put(call->sheet, model, FIT,
                  ecp_summary_median(c->p, column + COLUMN_FIT * c->p, work,
                                     "no unit's curve can be fitted (5 angles at least)"));
}

static enum ecp_status put_table(const struct ecp_score_call *call, const struct curves *c,
                                 const double *column)
{
    struct ecp_table_column table[COLUMNS + 1];
    const int named = call->data->unit != NULL;
    if (named)
        table[0] = (struct ecp_table_column){"unit", "1", "its name", NULL, call->data->unit};
    for (int k = 0; k < COLUMNS; k++)
        table[k + named] = (struct ecp_table_column){
            columns[k].name, columns[k].unit, columns[k].meaning, column + (size_t)k * c->p, NULL};
    return ecp_sheet_table(call->sheet, "units", c->p, table, (size_t)(COLUMNS + named));
}

static enum ecp_status score_set(const struct ecp_score_call *call, int model)
{
    const struct ecp_dataset *set = model < 0 ? call->data : call->model[model];
    struct curves c;
    struct ecp_estimate error;
    double *column = malloc((COLUMNS + 2) * (set->n_units + 1) * sizeof *column);
    enum ecp_status status = curves_begin(call, set, &c);
    if (status == ECP_OK && !column)
        status = ecp_fail(ECP_ENOMEM, "no memory for the tuning of %zu units", set->n_units);
    if (status != ECP_OK)
        goto done;
    curves_fill(set, &c);
    for (size_t u = 0; u < c.p; u++)
        fill_unit(&c, u, column);
    if (set->n_trials > 0 && set->response && call->param[PERMUTATIONS] >= 19)
        ECP_TRY(permute(call, set, &c, column + COLUMN_P * c.p));
    put_units(call, model, &c, column, column + COLUMNS * c.p);
    ECP_TRY(decode(set, &c, &error));
    ecp_sheet_put(call->sheet, model, ERROR, error);
    ecp_sheet_put(call->sheet, model, CHANCE, ECP_ESTIMATE(c.period / 4));
    if (model < 0)
        status = put_table(call, &c, column);
done:
    curves_end(&c);
    free(column);
    return status;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    enum ecp_status status = score_set(call, -1);
    for (size_t k = 0; k < call->n_models && status == ECP_OK; k++)
        status = score_set(call, (int)k);
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const double n = (double)call->data->n_conditions, p = (double)call->data->n_units;
    const double trials = (double)call->data->n_trials;
    *bytes = 8 * p * (2 * n + COLUMNS + 8) + 24 * trials;
    *operations = p * n * 20000 + p * trials * (20 * n + call->param[PERMUTATIONS]);
}

const struct ecp_analysis ecp_analysis_tuning = {
    .name = "tuning",
    .summary = "direction and orientation tuning of units, von Mises fits, population vector",
    .equations = "DSI = (R_p - R_n)/(R_p + R_n), n opposite of the peak p; OSI: n at right angles\n"
                 "gDSI = |sum R e^(i a)|/sum R; gOSI = |sum R e^(2 i a)|/sum R\n"
                 "fit b + A exp(k (cos(a - c) - 1)); vector sum (r_k - b_k) u_k",
    .reference = "Mazurek et al. 2014, doi:10.3389/fncir.2014.00092; Georgopoulos et al. 1986, "
                 "doi:10.1126/science.3749885",
    .verified_by = "tests/verify/verify_tuning.c",
    .fields = fields,
    .choices = choices,
    .score = score,
    .needs = ECP_NEEDS_MEANS,
    .cost = cost};
