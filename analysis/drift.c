/* drift.c -- how responses to the same conditions change from session to session.
 *
 * Each session's trials are divided into halves, at random and `splits` times; half a of
 * session i meets half b of session j, so that i = j has the same noise:
 *
 *   vectors   correlation over units of the responses to a condition, mean over conditions
 *   rdm       correlation of the matrices of 1 - r between conditions
 *   decoder   share of trials of j that are nearest to their condition's mean in i
 *   angle     arccos <A_i, B_j>/sqrt(<A_i, B_i><A_j, B_j>), <,> the sum of products of
 *             responses less their mean over conditions: noise is not in it
 *
 * (of sessions equally far apart, the arccos of the mean). Stability: what is between, over what is
 * within (vectors, rdm: x_ij/sqrt(x_ii x_jj); decoder: both less chance, x_ij over the mean of x_ii
 * and x_jj): 1 without drift. Errors are from leaving out groups of units (jackknife). Units that
 * miss a response, and conditions that a session has less than twice, do not count. Verified in
 * tests/verify/verify_drift.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/sessions.h"
#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum {
    SPLITS,
    GROUPS,
    VECTORS_WITHIN,
    VECTORS_BETWEEN,
    VECTORS_STABILITY,
    VECTORS_SLOPE,
    RDM_WITHIN,
    RDM_BETWEEN,
    RDM_STABILITY,
    RDM_SLOPE,
    DECODER_WITHIN,
    DECODER_BETWEEN,
    DECODER_STABILITY,
    DECODER_SLOPE,
    ANGLE,
    ANGLE_SLOPE,
    END
};

#define UP_TO_1(name, meaning)                                                                     \
    {                                                                                              \
        name, "1", 0, -INFINITY, INFINITY, meaning, ECP_RESULT                                     \
    }
static const struct ecp_field fields[] = {
    [SPLITS] = {"splits", "1", 20, 1, 1e5, "divisions of the trials into halves", ECP_WHOLE},
    [GROUPS] = {"groups", "1", 10, 0, 1000,
                "of units that are left out in turn, for the errors; below 2: no errors",
                ECP_WHOLE},
    [VECTORS_WITHIN] = UP_TO_1("vectors_within", "correlation of population vectors, one session"),
    [VECTORS_BETWEEN] = UP_TO_1("vectors_between", "the same of two sessions"),
    [VECTORS_STABILITY] = UP_TO_1("vectors_stability", "between over within; 1: no drift"),
    [VECTORS_SLOPE] = UP_TO_1("vectors_slope", "change of the stability with each session"),
    [RDM_WITHIN] = UP_TO_1("rdm_within", "correlation of dissimilarities, one session"),
    [RDM_BETWEEN] = UP_TO_1("rdm_between", "the same of two sessions"),
    [RDM_STABILITY] = UP_TO_1("rdm_stability", "between over within; 1: the same geometry"),
    [RDM_SLOPE] = UP_TO_1("rdm_slope", "change of the stability with each session"),
    [DECODER_WITHIN] = UP_TO_1("decoder_within", "trials decoded by means of the same session"),
    [DECODER_BETWEEN] = UP_TO_1("decoder_between", "trials decoded by means of another session"),
    [DECODER_STABILITY] = UP_TO_1("decoder_stability", "between over within, both less chance"),
    [DECODER_SLOPE] = UP_TO_1("decoder_slope", "change of the stability with each session"),
    [ANGLE] = {"angle", "deg", 0, 0, 180, "between the signals of sessions that follow one another",
               ECP_RESULT},
    [ANGLE_SLOPE] = {"angle_slope", "deg", 0, -180, 180, "change of the angle with each session",
                     ECP_RESULT},
    [END] = {0}};

enum { RESULTS = END - VECTORS_WITHIN };
enum { FOR_HALVES = 81, FOR_GROUPS };

/* ---- from pairs of sessions to results --------------------------------------------------- */

enum kind { VECTORS, RDM, DECODER, KINDS };

static double of_kind(const struct ecp_likeness *like, enum kind kind)
{
    return kind == VECTORS ? like->vectors : kind == RDM ? like->rdm : like->decoded;
}

struct view {
    size_t sessions;
    double chance; /* of the decoder */
    const struct ecp_likeness *like;
};

static double stability(const struct view *v, enum kind kind, size_t i, size_t j)
{
    const double x = of_kind(&v->like[i * v->sessions + j], kind);
    const double a = of_kind(&v->like[i * v->sessions + i], kind);
    const double b = of_kind(&v->like[j * v->sessions + j], kind);
    if (kind == DECODER) {
        const double within = (a + b) / 2 - v->chance;
        return within > 1e-12 ? (x - v->chance) / within : NAN;
    }
    return a > 0 && b > 0 ? x / sqrt(a * b) : NAN;
}

/* Sums for a mean and a straight line of y over x; NAN is left out. */
struct line {
    double n, x, y, xx, xy;
};

static void line_add(struct line *l, double x, double y)
{
    if (isnan(y))
        return;
    l->n++;
    l->x += x;
    l->y += y;
    l->xx += x * x;
    l->xy += x * y;
}

static double line_mean(const struct line *l)
{
    return l->n > 0 ? l->y / l->n : NAN;
}

static double line_slope(const struct line *l)
{
    const double spread = l->n * l->xx - l->x * l->x;
    return spread > 0 ? (l->n * l->xy - l->x * l->y) / spread : NAN;
}

/* Of sessions `lag` apart: arccos of the mean cosine, which noise does not bias. */
static double angle_at(const struct view *v, size_t lag)
{
    struct line line = {0, 0, 0, 0, 0};
    for (size_t i = 0; i + lag < v->sessions; i++) {
        const size_t j = i + lag, n = v->sessions;
        const double a = v->like[i * n + i].inner, b = v->like[j * n + j].inner;
        line_add(&line, 0, a > 0 && b > 0 ? v->like[i * n + j].inner / sqrt(a * b) : NAN);
    }
    const double cosine = line_mean(&line); /* NAN stays: fmin would hide it */
    return isnan(cosine) ? NAN : acos(fmin(fmax(cosine, -1), 1)) * 180 / 3.14159265358979323846;
}

static void summarise(const struct view *v, double *result)
{
    struct line turned = {0, 0, 0, 0, 0};
    for (size_t lag = 1; lag < v->sessions; lag++)
        for (size_t pair = 0; pair + lag < v->sessions; pair++)
            line_add(&turned, (double)lag, angle_at(v, lag));
    for (size_t kind = VECTORS; kind < KINDS; kind++) {
        struct line within = {0, 0, 0, 0, 0}, between = within, ratio = within;
        for (size_t i = 0; i < v->sessions; i++)
            for (size_t j = i; j < v->sessions; j++) {
                line_add(i == j ? &within : &between, (double)(j - i),
                         of_kind(&v->like[i * v->sessions + j], (enum kind)kind));
                if (i < j)
                    line_add(&ratio, (double)(j - i), stability(v, (enum kind)kind, i, j));
            }
        result[4 * kind] = line_mean(&within);
        result[4 * kind + 1] = line_mean(&between);
        result[4 * kind + 2] = line_mean(&ratio);
        result[4 * kind + 3] = line_slope(&ratio);
    }
    result[ANGLE - VECTORS_WITHIN] = angle_at(v, 1);
    result[ANGLE_SLOPE - VECTORS_WITHIN] = line_slope(&turned);
}

/* ---- divisions --------------------------------------------------------------------------- */

struct plan {
    const struct ecp_score_call *call;
    const struct ecp_sessions *s;
    size_t splits, pairs;      /* pairs: n_sessions^2 */
    struct ecp_likeness *like; /* pairs; and as many for one division */
};

/* Mean over divisions, for some units; *result: RESULTS. */
static enum ecp_status over_splits(const struct plan *plan, size_t n, const size_t *unit,
                                   double *result)
{
    struct ecp_likeness *one = plan->like + plan->pairs;
    const double weight = 1 / (double)plan->splits;
    enum ecp_status status = ECP_OK;
    memset(plan->like, 0, plan->pairs * sizeof *one);
    for (size_t k = 0; k < plan->splits && status == ECP_OK; k++) {
        struct ecp_chance chance = ecp_chance(plan->call->seed, FOR_HALVES, (uint32_t)k);
        status = ecp_sessions_compare(plan->s, n, unit, &chance, one);
        for (size_t p = 0; p < plan->pairs && status == ECP_OK; p++) {
            plan->like[p].vectors += one[p].vectors * weight;
            plan->like[p].rdm += one[p].rdm * weight;
            plan->like[p].decoded += one[p].decoded * weight;
            plan->like[p].inner += one[p].inner * weight;
        }
    }
    const struct view view = {plan->s->n_sessions, 1 / (double)plan->s->n_conditions, plan->like};
    if (status == ECP_OK)
        summarise(&view, result);
    return status;
}

/* Standard errors from leaving out each of `groups` groups of units. */
static enum ecp_status jackknife(const struct plan *plan, size_t groups, double *error)
{
    const size_t p = plan->s->n_units;
    struct ecp_chance chance = ecp_chance(plan->call->seed, FOR_GROUPS, 0);
    double *value = malloc(groups * RESULTS * sizeof *value);
    size_t *order = malloc((2 * p + 1) * sizeof *order);
    enum ecp_status status = ECP_OK;
    if (!value || !order) {
        status = ecp_fail(ECP_ENOMEM, "no memory for groups of %zu units", p);
        goto done;
    }
    ecp_chance_order(&chance, p, order);
    for (size_t g = 0; g < groups; g++) {
        size_t kept = 0;
        for (size_t u = 0; u < p; u++)
            if (order[u] % groups != g)
                order[p + kept++] = u;
        ECP_TRY(over_splits(plan, kept, order + p, value + g * RESULTS));
        ECP_TRY(ecp_sheet_progress(plan->call->sheet, (double)(g + 1) / (double)(groups + 1)));
    }
    for (size_t r = 0; r < RESULTS; r++) {
        double mean = 0, square = 0;
        for (size_t g = 0; g < groups; g++)
            mean += value[g * RESULTS + r] / (double)groups;
        for (size_t g = 0; g < groups; g++)
            square += (value[g * RESULTS + r] - mean) * (value[g * RESULTS + r] - mean);
        error[r] = sqrt(square * (double)(groups - 1) / (double)groups);
    }
done:
    free(value);
    free(order);
    return status;
}

/* ---- putting out ------------------------------------------------------------------------- */

enum {
    LAG,
    PAIRS,
    CURVE_VECTORS,
    CURVE_RDM = CURVE_VECTORS + 2,
    CURVE_DECODER = CURVE_RDM + 2,
    CURVE_ANGLE = CURVE_DECODER + 2,
    CURVES
};

static enum ecp_status put_curves(const struct plan *plan)
{
    static const char *const name[CURVES] = {
        "lag",  "pairs",         "vectors", "vectors_stability",
        "rdm",  "rdm_stability", "decoder", "decoder_stability",
        "angle"};
    const size_t n = plan->s->n_sessions;
    const struct view view = {n, 1 / (double)plan->s->n_conditions, plan->like};
    double *data = malloc(CURVES * n * sizeof *data);
    struct ecp_table_column column[CURVES];
    if (!data)
        return ecp_fail(ECP_ENOMEM, "no memory for curves of %zu sessions", n);
    for (size_t lag = 0; lag < n; lag++) {
        struct line line[CURVES] = {{0, 0, 0, 0, 0}};
        for (size_t i = 0; i + lag < n; i++) {
            for (size_t kind = VECTORS; kind < KINDS; kind++) {
                line_add(&line[CURVE_VECTORS + 2 * kind], 0,
                         of_kind(&plan->like[i * n + i + lag], (enum kind)kind));
                line_add(&line[CURVE_VECTORS + 2 * kind + 1], 0,
                         stability(&view, (enum kind)kind, i, i + lag));
            }
            line_add(&line[CURVE_ANGLE], 0, angle_at(&view, lag));
        }
        for (size_t c = CURVE_VECTORS; c < CURVES; c++)
            data[c * n + lag] = line_mean(&line[c]);
        data[LAG * n + lag] = (double)lag;
        data[PAIRS * n + lag] = (double)(n - lag);
    }
    for (size_t c = 0; c < CURVES; c++)
        column[c] = (struct ecp_table_column){name[c], c == CURVE_ANGLE ? "deg" : "1",
                                              "mean over pairs of sessions that far apart",
                                              data + c * n, NULL};
    const enum ecp_status status = ecp_sheet_table(plan->call->sheet, "lags", n, column, CURVES);
    free(data);
    return status;
}

static const char *reason(int field)
{
    switch (field) {
    case VECTORS_SLOPE:
    case RDM_SLOPE:
    case DECODER_SLOPE:
    case ANGLE_SLOPE:
        return "fewer than three sessions, or what is within a session is undefined";
    case RDM_WITHIN:
    case RDM_BETWEEN:
        return "fewer than three conditions, or dissimilarities that do not differ";
    default:
        return "halves of a session are not alike: no signal";
    }
}

static void put_results(const struct ecp_score_call *call, const double *value, const double *error)
{
    for (int r = 0; r < RESULTS; r++) {
        struct ecp_estimate estimate =
            isnan(value[r]) ? ECP_UNDEFINED(reason(VECTORS_WITHIN + r)) : ECP_ESTIMATE(value[r]);
        estimate.error = isnan(value[r]) ? NAN : error[r];
        ecp_sheet_put(call->sheet, -1, VECTORS_WITHIN + r, estimate);
    }
}

static const char *unfit(const struct ecp_sessions *s)
{
    return s->n_sessions < 2     ? "fewer than two sessions"
           : s->n_conditions < 2 ? "fewer than two conditions with two trials in every session"
           : s->n_units < 2      ? "fewer than two units without missing responses"
                                 : NULL;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    double value[RESULTS], error[RESULTS];
    struct ecp_sessions s = {.n_sessions = 0};
    struct plan plan = {.call = call, .s = &s, .splits = (size_t)call->param[SPLITS]};
    size_t *all = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_sessions_take(call->data, &s));
    if (unfit(&s)) {
        for (int f = VECTORS_WITHIN; f < END; f++)
            ecp_sheet_put(call->sheet, -1, f, ECP_UNDEFINED(unfit(&s)));
        goto done;
    }
    plan.pairs = s.n_sessions * s.n_sessions;
    plan.like = malloc(2 * plan.pairs * sizeof *plan.like);
    all = malloc(s.n_units * sizeof *all);
    if (!plan.like || !all) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu sessions", s.n_sessions);
        goto done;
    }
    size_t groups = (size_t)call->param[GROUPS];
    groups = groups < s.n_units / 2 ? groups : s.n_units / 2; /* two units stay at least */
    for (size_t r = 0; r < RESULTS; r++)
        error[r] = NAN;
    if (groups >= 2)
        ECP_TRY(jackknife(&plan, groups, error));
    for (size_t u = 0; u < s.n_units; u++)
        all[u] = u;
    ECP_TRY(over_splits(&plan, s.n_units, all, value));
    put_results(call, value, error);
    status = put_curves(&plan);
done:
    ecp_sessions_drop(&s);
    free(plan.like);
    free(all);
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const double n = (double)call->data->n_conditions, p = (double)call->data->n_units;
    const double trials = (double)call->data->n_trials;
    double sessions = 1;
    for (size_t t = 0; call->data->trial_session && t < call->data->n_trials; t++)
        sessions = fmax(sessions, (double)call->data->trial_session[t] + 1);
    const double rows = sessions * n;
    *bytes = 8 * (trials * (p + 4) + 6 * rows * p + sessions * n * n);
    *operations = call->param[SPLITS] * (1 + call->param[GROUPS]) * p *
                  (rows * n + 2 * trials * rows + 4 * rows * sessions);
}

const struct ecp_analysis ecp_analysis_drift = {
    .name = "drift",
    .summary = "change of responses between sessions: vectors, dissimilarities, decoder, angle",
    .equations = "x_ij of half a of session i and half b of j; stability x_ij/sqrt(x_ii x_jj)\n"
                 "angle = arccos <A_i, B_j>/sqrt(<A_i, B_i><A_j, B_j>)",
    .reference = "Deitch et al. 2021, doi:10.1016/j.cub.2021.07.062; Rule et al. 2019, "
                 "doi:10.1016/j.conb.2019.08.005",
    .verified_by = "tests/verify/verify_drift.c",
    .fields = fields,
    .score = score,
    .needs = ECP_NEEDS_TRIALS,
    .cost = cost};
