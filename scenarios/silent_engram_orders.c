/* silent_engram_orders.c -- recall indices of a model against the orders of experiments. */
#include "scenarios/silent_engram_orders.h"

#include <math.h>

#include "engine/plot.h"

struct ecp_engram_mean ecp_engram_mean_of(const double *first, size_t stride, size_t n)
{
    double sum = 0, square = 0;
    for (size_t s = 0; s < n; s++)
        sum += *(const double *)(const void *)((const char *)first + s * stride) / (double)n;
    for (size_t s = 0; s < n; s++) {
        const double off = *(const double *)(const void *)((const char *)first + s * stride) - sum;
        square += off * off;
    }
    return (struct ecp_engram_mean){sum, n > 1 ? sqrt(square / (double)(n * (n - 1))) : 0};
}

/* Of two numbers; NAN where there is no recall to compare with. */
static double ratio(double a, double b)
{
    return b > 0.1 ? a / b : NAN;
}

struct ecp_engram_orders ecp_engram_orders_of(const struct ecp_engram_asked *asked)
{
    double r[ECP_CONDITIONS], step = INFINITY, change = 0;
    for (int c = 0; c < ECP_CONDITIONS; c++) {
        r[c] = ECP_ENGRAM_MEAN(asked, 0, c, index).mean;
        change = fmax(change, fabs(ECP_ENGRAM_MEAN(asked, 1, c, index).mean - r[c]));
    }
    for (size_t s = 0; s < asked->subjects; s++) {
        const struct ecp_engram_recall *one = asked->recall[0] + s * ECP_CONDITIONS;
        step = fmin(step, one[ECP_BLOCKED_HIGH].index - one[ECP_BLOCKED_MID].index);
        step = fmin(step, one[ECP_BLOCKED_MID].index - one[ECP_BLOCKED_LOW].index);
    }
    const double natural = r[ECP_SALINE_NATURAL], blocked = r[ECP_BLOCKED_NATURAL];
    const double light = r[ECP_BLOCKED_HIGH], other = r[ECP_SALINE_OTHER];
    const double untaught = r[ECP_UNTAUGHT_NATURAL];
    return (struct ecp_engram_orders){
        .opto_ratio = ratio(r[ECP_SALINE_HIGH], natural),
        .learned = natural - untaught,
        .silent =
            fmax(fabs(blocked - untaught), fmax(fabs(blocked - other), fabs(untaught - other))),
        .direct_ratio = ratio(light, natural),
        .partial = ratio(r[ECP_BLOCKED_MID] - blocked, light - blocked),
        .power_step = step,
        .input_change = r[ECP_CUT_INPUT_HIGH] - light,
        .rescue_ratio = ratio(r[ECP_RESCUE_NATURAL], natural),
        .rescue_dg_ratio = ratio(r[ECP_RESCUE_DG_NATURAL], natural),
        .days_change = change};
}

/* ---- the picture --------------------------------------------------------------------------- */

/* Three points a condition: a line and a break. */
enum { BROKEN = 3 * ECP_CONDITIONS };

static double height_of(int condition, double offset)
{
    return ECP_CONDITIONS - 1 - condition + offset;
}

static void add_bar(double *x, double *y, int c, double low, double high, double offset)
{
    const double end[3] = {low, high, NAN};
    for (int k = 0; k < 3; k++) {
        x[3 * c + k] = end[k];
        y[3 * c + k] = height_of(c, offset);
    }
}

enum outcome { RECALLED, PARTLY, NOT_RECALLED, RESCUED, NOT_DONE };

/* Ryan et al. 2015 and Roy et al. 2017 (spines were grown in DG). */
static const enum outcome found[ECP_CONDITIONS] = {[ECP_SALINE_OTHER] = NOT_RECALLED,
                                                   [ECP_SALINE_MID] = NOT_DONE,
                                                   [ECP_SALINE_LOW] = NOT_DONE,
                                                   [ECP_BLOCKED_NATURAL] = NOT_RECALLED,
                                                   [ECP_BLOCKED_OTHER] = NOT_RECALLED,
                                                   [ECP_BLOCKED_MID] = PARTLY,
                                                   [ECP_BLOCKED_LOW] = PARTLY,
                                                   [ECP_CUT_OUTPUT_HIGH] = NOT_RECALLED,
                                                   [ECP_RESCUE_DG_NATURAL] = RESCUED,
                                                   [ECP_RESCUE_NATURAL] = NOT_DONE,
                                                   [ECP_UNTAUGHT_NATURAL] = NOT_RECALLED,
                                                   [ECP_UNTAUGHT_HIGH] = NOT_RECALLED};

static void draw_experiments(double natural, double *x, double *y)
{
    for (int c = 0; c < ECP_CONDITIONS; c++) {
        const double most = 0.8 * natural;
        const double low[] = {most, 0, -0.1, 0.7 * natural, NAN};
        const double high[] = {1, most, 0.1, 1, NAN};
        add_bar(x, y, c, low[found[c]], high[found[c]], 0);
    }
}

enum ecp_status ecp_engram_picture(struct ecp_experiment *e, const struct ecp_engram_series *series,
                                   size_t n, double natural, struct ecp_picture *out)
{
    const size_t each = 2 * BROKEN + 2 * ECP_CONDITIONS;
    struct ecp_line *line = ecp_experiment_alloc(e, 2 * n + 1, sizeof *line);
    const char **word = ecp_experiment_alloc(e, ECP_CONDITIONS, sizeof *word);
    double *data = ecp_experiment_alloc(e, (n + 1) * each, sizeof *data);
    size_t n_lines = 0;
    if (!line || !word || !data)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    for (int c = 0; c < ECP_CONDITIONS; c++)
        word[ECP_CONDITIONS - 1 - c] = ecp_engram_conditions[c].label;
    if (!isnan(natural)) {
        draw_experiments(natural, data, data + BROKEN);
        line[n_lines++] = (struct ecp_line){"experiments: order",
                                            ECP_LINE,
                                            ECP_COLOUR_GREY,
                                            BROKEN,
                                            data,
                                            data + BROKEN,
                                            NULL,
                                            NULL};
    }
    for (size_t k = 0; k < n; k++) {
        double *x = data + (k + 1) * each, *y = x + BROKEN;
        double *at = y + BROKEN, *height = at + ECP_CONDITIONS;
        const double offset = n > 1 ? 0.2 - 0.4 * (double)k / (double)(n - 1) : 0;
        for (int c = 0; c < ECP_CONDITIONS; c++) {
            const struct ecp_engram_mean m = series[k].at[c];
            add_bar(x, y, c, m.mean - m.error, m.mean + m.error, offset);
            at[c] = m.mean;
            height[c] = height_of(c, offset);
        }
        line[n_lines++] =
            (struct ecp_line){NULL, ECP_LINE, series[k].colour, BROKEN, x, y, NULL, NULL};
        line[n_lines++] = (struct ecp_line){
            series[k].name, ECP_DOTS, series[k].colour, ECP_CONDITIONS, at, height, NULL, NULL};
    }
    *out = (struct ecp_picture){.y = {NULL, NULL, -0.6, ECP_CONDITIONS - 0.4, 0},
                                .n_words = ECP_CONDITIONS,
                                .word = word,
                                .n_lines = n_lines,
                                .line = line};
    return ECP_OK;
}
