/* lpl_toy_claims.c -- closed forms, claims and results of scenario lpl_toy. */
#include <math.h>

#include "scenarios/field_kinds.h"
#include "scenarios/lpl_toy.h"

static const double pi = 3.14159265358979323846;

/* ---- closed forms ------------------------------------------------------------------------ */

/* What the mean drift takes from w_x and w_y, per unit of learning rate. */
static double fall_x(const double *param, double predict, double p)
{
    return 2 * predict * (pow(param[ECP_TOY_NOISE], 2) + 2 * p) + param[ECP_TOY_DECAY];
}

static double fall_y(const double *param, double predict, double sigma)
{
    return 2 * predict * sigma * sigma + param[ECP_TOY_DECAY];
}

static double variance_x(const double *param)
{
    return 1 + pow(param[ECP_TOY_NOISE], 2);
}

static double predict_of(const double *param, int rule)
{
    return rule == ECP_TOY_PRED_OFF ? 0 : param[ECP_TOY_PREDICT];
}

double ecp_toy_w_x(const double *param, int rule, double p)
{
    return rule == ECP_TOY_LPL || rule == ECP_TOY_PRED_OFF
               ? sqrt(2 * param[ECP_TOY_HEBB] / fall_x(param, predict_of(param, rule), p))
               : NAN;
}

/* Mean |x| within the clusters: a folded normal distribution. */
static double mean_x(double noise)
{
    return noise > 0 ? noise * sqrt(2 / pi) * exp(-0.5 / (noise * noise)) + erf(sqrt(0.5) / noise)
                     : 1;
}

double ecp_toy_activity(const double *param, int rule, double sigma)
{
    const double predict = predict_of(param, rule), p = param[ECP_TOY_P], c = variance_x(param);
    const double x = mean_x(param[ECP_TOY_NOISE]), y = sqrt(2 / pi) * sigma;
    const double down_x = fall_x(param, predict, p), down_y = fall_y(param, predict, sigma);
    const double eta = param[ECP_TOY_ETA] * fmin(1, 1 / sigma);
    switch (rule) {
    case ECP_TOY_LPL:
    case ECP_TOY_PRED_OFF: /* the axis from which a little of the other does not grow */
        return sigma * sigma * down_x < c * down_y ? x * ecp_toy_w_x(param, rule, p)
                                                   : y * sqrt(2 * param[ECP_TOY_HEBB] / down_y);
    case ECP_TOY_HEBB_OFF: /* what is left of the mean |w_x| at first; w_y counts for less */
        return x * sqrt(0.125) * exp(-eta * down_x * param[ECP_TOY_BATCHES]);
    case ECP_TOY_OJA:
        return (sigma * sigma < c ? x : y) *
               sqrt(fmax(0, 1 - param[ECP_TOY_DECAY] / fmax(c, sigma * sigma)));
    default:
        return NAN;
    }
}

/* The p at which sigma^2 fall_x = (1 + noise^2) fall_y. */
double ecp_toy_switch(const double *param)
{
    const double sigma = param[ECP_TOY_SWITCH_SIGMA], predict = param[ECP_TOY_PREDICT];
    const double fall = variance_x(param) * fall_y(param, predict, sigma) / (sigma * sigma);
    const double p =
        ((fall - param[ECP_TOY_DECAY]) / (2 * predict) - pow(param[ECP_TOY_NOISE], 2)) / 2;
    return p >= 0 && p <= 1 ? p : NAN;
}

double ecp_toy_selectivity(const double *param)
{
    const double n = floor(param[ECP_TOY_POINTS] / 2), width = 1e-3, reach = 9;
    double largest = 0; /* expectation of the largest of n normal numbers */
    for (double x = width / 2; x < reach; x += width) {
        const double all = pow(0.5 * erfc(-x * sqrt(0.5)), n); /* are below x */
        largest += width * (1 - all - pow(0.5 * erfc(x * sqrt(0.5)), n));
    }
    return 2 / (2 + 2 * param[ECP_TOY_NOISE] * largest);
}

/* ---- results ----------------------------------------------------------------------------- */

enum {
    LPL_AXIS,
    LPL_ACTIVITY,
    LPL_SELECTIVITY,
    LPL_ALIVE,
    PRED_OFF_NARROW,
    PRED_OFF_WIDE,
    PRED_OFF_ACTIVITY,
    CROSSING_BELOW,
    CROSSING_ABOVE,
    HEBB_OFF_ACTIVITY,
    OJA_NARROW,
    OJA_WIDE,
    NAIVE_ACTIVITY,
    VICREG_AXIS,
    VICREG_ACTIVITY,
    SWITCH_BELOW,
    SWITCH_ABOVE,
    SWITCH_SIZE,
    LPL_ACTIVITY_SD,
    LPL_SELECTIVITY_SD,
    PRED_OFF_ACTIVITY_SD,
    LPL_ACTIVITY_THEORY,
    PRED_OFF_ACTIVITY_THEORY,
    SELECTIVITY_THEORY,
    SWITCH_THEORY,
    RESULTS
};

const struct ecp_field ecp_toy_results[] = {
    [LPL_AXIS] = ECP_FOUND("lpl_axis", "1", "least |cos| of any unit, sigma 0.01 to 30"),
    [LPL_ACTIVITY] = ECP_FOUND("lpl_activity", "1", "mean |z|, sigma 0.5 to 2"),
    [LPL_SELECTIVITY] =
        ECP_FOUND("lpl_selectivity", "1", "mean selectivity for clusters, sigma 0.01 to 3"),
    [LPL_ALIVE] = ECP_FOUND("lpl_alive", "1", "least |z| of any unit, sigma 0.01 to 30"),
    [PRED_OFF_NARROW] =
        ECP_FOUND("pred_off_narrow", "1", "mean |cos|, sigma 0.01 to crossing_below"),
    [PRED_OFF_WIDE] = ECP_FOUND("pred_off_wide", "1", "mean |cos|, sigma crossing_above to 10"),
    [PRED_OFF_ACTIVITY] = ECP_FOUND("pred_off_activity", "1", "mean |z|, sigma 0.01 to 0.5"),
    [CROSSING_BELOW] =
        ECP_FOUND("crossing_below", "1", "pred_off: least |cos| of any unit at crossing_below"),
    [CROSSING_ABOVE] =
        ECP_FOUND("crossing_above", "1", "pred_off: largest |cos| of any unit at crossing_above"),
    [HEBB_OFF_ACTIVITY] =
        ECP_FOUND("hebb_off_activity", "1", "largest mean |z| of any unit, sigma 0.01 to 1"),
    [OJA_NARROW] = ECP_FOUND("oja_narrow", "1", "mean |cos|, sigma 0.01 to crossing_below"),
    [OJA_WIDE] = ECP_FOUND("oja_wide", "1", "mean |cos|, sigma crossing_above to 10"),
    [NAIVE_ACTIVITY] =
        ECP_FOUND("naive_activity", "1", "least mean |z| of any unit, sigma 0.01 to 1"),
    [VICREG_AXIS] = ECP_FOUND("vicreg_axis", "1", "least |cos| of any unit, sigma 0.01 to 30"),
    [VICREG_ACTIVITY] = ECP_FOUND("vicreg_activity", "1", "mean |z|, sigma 0.01 to 10"),
    [SWITCH_BELOW] = ECP_FOUND("switch_below", "1", "lpl: least |cos| of any unit at p_below"),
    [SWITCH_ABOVE] = ECP_FOUND("switch_above", "1", "lpl: largest |cos| of any unit at p_above"),
    [SWITCH_SIZE] = ECP_FOUND("switch_size", "1",
                              "lpl: largest deviation of any unit's |w_x| from the closed form, p "
                              "up to p_below, as a share of it"),
    [LPL_ACTIVITY_SD] = ECP_FOUND("lpl_activity_sd", "1", "standard deviation over seeds"),
    [LPL_SELECTIVITY_SD] = ECP_FOUND("lpl_selectivity_sd", "1", "standard deviation over seeds"),
    [PRED_OFF_ACTIVITY_SD] =
        ECP_FOUND("pred_off_activity_sd", "1", "standard deviation over seeds"),
    [LPL_ACTIVITY_THEORY] = ECP_FOUND("lpl_activity_theory", "1", "closed form of lpl_activity"),
    [PRED_OFF_ACTIVITY_THEORY] =
        ECP_FOUND("pred_off_activity_theory", "1", "closed form of pred_off_activity"),
    [SELECTIVITY_THEORY] =
        ECP_FOUND("selectivity_theory", "1", "selectivity of a unit with w_y = 0"),
    [SWITCH_THEORY] = ECP_FOUND("switch_theory", "1", "p to which the x axis is stable"),
    [RESULTS] = {0}};

/* ---- what is judged ---------------------------------------------------------------------- */

static int is_in(double x, const struct ecp_toy_judged *j)
{
    return x >= j->low * (1 - 1e-9) && x <= j->high * (1 + 1e-9);
}

/* Is there a unit to judge, and has it had the time to get where theory has it? */
static int can_be_judged(const double *param, const struct ecp_toy_judged *j)
{
    const double time = param[ecp_toy_batches((int)j->group)] * param[ECP_TOY_ETA];
    const double needed = j->group == ECP_TOY_CROSSING ? 400
                          : j->group == ECP_TOY_SWITCH ? 200
                                                       : 100;
    const int is_noisy = /* nothing is left to predict, or weights cannot reach var z = 1 */
        j->group == ECP_TOY_VICREG
            ? fall_x(param, param[ECP_TOY_PREDICT], param[ECP_TOY_P]) > variance_x(param)
            : j->group == ECP_TOY_LPL && param[ECP_TOY_P] > 0.4;
    int any = j->group >= ECP_TOY_RULES;
    for (size_t k = 0; !any && k < (size_t)param[ECP_TOY_SIGMAS]; k++)
        any = is_in(ecp_toy_sigma(param, k), j);
    return ecp_toy_runs(param, (int)j->group) && any && !is_noisy && time >= needed * (1 - 1e-9);
}

void ecp_toy_judge(const double *param, struct ecp_toy_judged out[ECP_TOY_JUDGED])
{
    static const char axis[] = "Halvagal & Zenke 2023, Fig. 2: |cos| of every unit is 0.99 or "
                               "more, however large the noise";
    static const char larger[] = "theory, and Fig. 2: the direction of larger variance, x where "
                                 "sigma^2 < 1.01";
    static const char fixed[] = "theory: fixed point of the mean drift";
    static const char alive[] = "Halvagal & Zenke 2023, Fig. 2: activity does not collapse; the "
                                "bound tells it from 0";
    static const char selective[] = "theory: 2/(2 + 0.2 E max of 5000 normal numbers) = 0.731 for "
                                    "w_y = 0; single units: 0.71 to 0.75";
    static const char collapse[] = "theory, and Fig. 2: without the Hebbian part |w_x| decays "
                                   "with exp(-0.0017) a batch";
    static const char burst[] = "theory: var z without its logarithm makes weights grow "
                                "exponentially";
    static const char change[] = "theory: x is stable to p* = 0.5004 (sigma = 1), y beyond; bands: "
                                 "noise of batches";
    static const char size[] = "theory: |w_x| = sqrt(2/(0.17 + 4p)); band: noise of batches";
    const double below = param[ECP_TOY_CROSSING_BELOW], above = param[ECP_TOY_CROSSING_ABOVE];
    const double p_low = param[ECP_TOY_P_BELOW], p_high = param[ECP_TOY_P_ABOVE];
    const double ideal = ecp_toy_selectivity(param);
    const double lpl = ecp_toy_activity(param, ECP_TOY_LPL, 0.01);
    const double alone = ecp_toy_activity(param, ECP_TOY_PRED_OFF, 0.01);
    const enum ecp_toy_how mean = ECP_TOY_MEAN, least = ECP_TOY_LEAST, most = ECP_TOY_MOST;
    const enum ecp_toy_measure cosine = ECP_TOY_COSINE, activity = ECP_TOY_ACTIVITY;
    const struct ecp_toy_judged all[ECP_TOY_JUDGED] = {
        {LPL_AXIS, ECP_TOY_LPL, cosine, least, 0.01, 30, 0.99, 1, axis},
        {LPL_ACTIVITY, ECP_TOY_LPL, activity, mean, 0.5, 2, lpl - 0.03, lpl + 0.03, fixed},
        {LPL_SELECTIVITY, ECP_TOY_LPL, ECP_TOY_SELECTIVITY, mean, 0.01, 3, ideal - 0.02,
         ideal + 0.02, selective},
        {LPL_ALIVE, ECP_TOY_LPL, activity, least, 0.01, 30, 0.1, 1e3, alive},
        {PRED_OFF_NARROW, ECP_TOY_PRED_OFF, cosine, mean, 0.01, below, 0.95, 1, larger},
        {PRED_OFF_WIDE, ECP_TOY_PRED_OFF, cosine, mean, above, 10, 0, 0.1, larger},
        {PRED_OFF_ACTIVITY, ECP_TOY_PRED_OFF, activity, mean, 0.01, 0.5, alone - 0.05, alone + 0.05,
         fixed},
        {CROSSING_BELOW, ECP_TOY_CROSSING, cosine, least, below, below, 0.95, 1, larger},
        {CROSSING_ABOVE, ECP_TOY_CROSSING, cosine, most, above, above, 0, 0.1, larger},
        {HEBB_OFF_ACTIVITY, ECP_TOY_HEBB_OFF, activity, most, 0.01, 1, 0, 1e-6, collapse},
        {OJA_NARROW, ECP_TOY_OJA, cosine, mean, 0.01, below, 0.95, 1, larger},
        {OJA_WIDE, ECP_TOY_OJA, cosine, mean, above, 10, 0, 0.1, larger},
        {NAIVE_ACTIVITY, ECP_TOY_NAIVE, activity, least, 0.01, 1, 1e6, 1e16, burst},
        {VICREG_AXIS, ECP_TOY_VICREG, cosine, least, 0.01, 30, 0.99, 1, axis},
        {VICREG_ACTIVITY, ECP_TOY_VICREG, activity, mean, 0.01, 10, 0.97, 1.02, fixed},
        {SWITCH_BELOW, ECP_TOY_SWITCH, cosine, least, p_low, p_low, 0.95, 1, change},
        {SWITCH_ABOVE, ECP_TOY_SWITCH, cosine, most, p_high, p_high, 0, 0.15, change},
        {SWITCH_SIZE, ECP_TOY_SWITCH, ECP_TOY_DEVIATION, most, 0, p_low, 0, 0.02, size}};
    for (size_t k = 0; k < ECP_TOY_JUDGED; k++) {
        out[k] = all[k];
        if (!can_be_judged(param, &out[k]))
            out[k].high = -1;
    }
}

enum ecp_status ecp_toy_claim(struct ecp_plan *plan, const double *param)
{
    struct ecp_toy_judged all[ECP_TOY_JUDGED];
    enum ecp_status status = ECP_OK;
    ecp_toy_judge(param, all);
    for (size_t k = 0; k < ECP_TOY_JUDGED; k++)
        if (all[k].high >= all[k].low)
            ECP_TRY(ecp_plan_add_claim(
                plan, ecp_plan_printf(plan, "lpl_toy.%s", ecp_toy_results[all[k].result].name),
                all[k].least, all[k].most, all[k].source));
done:
    return status;
}

/* ---- what came out ----------------------------------------------------------------------- */

/* The mean divides the sum, so that no mean is larger than all it is of. */
struct summary {
    enum ecp_toy_how how;
    double n, sum, least, most;
};

static void add(struct summary *s, double x)
{
    s->n++;
    s->sum += x;
    s->least = fmin(s->least, x);
    s->most = fmax(s->most, x);
}

static double value_of(const struct summary *s)
{
    return isnan(s->sum) || s->n == 0 ? NAN
           : s->how == ECP_TOY_MEAN   ? s->sum / s->n
           : s->how == ECP_TOY_LEAST  ? s->least
                                      : s->most;
}

static struct summary summary_of(enum ecp_toy_how how)
{
    return (struct summary){.how = how, .least = INFINITY, .most = -INFINITY};
}

double ecp_toy_value(const struct ecp_toy_units *units, const struct ecp_toy_judged *j, size_t seed)
{
    const size_t n = units->n[j->group];
    const struct ecp_toy_unit *unit = units->unit[j->group] + seed * n;
    struct summary found = summary_of(j->how);
    for (size_t k = 0; k < n; k++)
        if (is_in(j->group == ECP_TOY_SWITCH ? unit[k].p : unit[k].sigma, j))
            add(&found, unit[k].measure[j->measure]);
    return value_of(&found);
}

void ecp_toy_put(struct ecp_experiment *e, const struct ecp_toy_units *units)
{
    static const int spread[RESULTS] = {[LPL_ACTIVITY] = LPL_ACTIVITY_SD,
                                        [LPL_SELECTIVITY] = LPL_SELECTIVITY_SD,
                                        [PRED_OFF_ACTIVITY] = PRED_OFF_ACTIVITY_SD};
    const double *param = units->param;
    struct ecp_toy_judged all[ECP_TOY_JUDGED];
    ecp_toy_judge(param, all);
    for (size_t k = 0; k < ECP_TOY_JUDGED; k++) {
        struct summary found = summary_of(all[k].how);
        double square = 0;
        if (all[k].high < all[k].low)
            continue;
        for (size_t s = 0; s < units->seeds; s++)
            add(&found, ecp_toy_value(units, &all[k], s));
        ecp_experiment_result(e, all[k].result, value_of(&found));
        for (size_t s = 0; s < units->seeds; s++)
            square += pow(ecp_toy_value(units, &all[k], s) - value_of(&found), 2);
        if (spread[all[k].result] && units->seeds > 1)
            ecp_experiment_result(e, spread[all[k].result], sqrt(square / (found.n - 1)));
    }
    ecp_experiment_result(e, LPL_ACTIVITY_THEORY, ecp_toy_activity(param, ECP_TOY_LPL, 1));
    ecp_experiment_result(e, PRED_OFF_ACTIVITY_THEORY,
                          ecp_toy_activity(param, ECP_TOY_PRED_OFF, 0.01));
    ecp_experiment_result(e, SELECTIVITY_THEORY, ecp_toy_selectivity(param));
    ecp_experiment_result(e, SWITCH_THEORY, ecp_toy_switch(param));
}
