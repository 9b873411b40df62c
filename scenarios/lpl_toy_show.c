/* lpl_toy_show.c -- tables and figure of scenario lpl_toy. */
#include <math.h>

#include "engine/plot.h"
#include "scenarios/lpl_toy.h"

/* ---- tables ------------------------------------------------------------------------------ */

/* Each claim, and how far seeds differ in it. */
static enum ecp_status put_claims(struct ecp_experiment *e, const struct ecp_toy_units *u)
{
    struct ecp_toy_judged all[ECP_TOY_JUDGED];
    const char *word[ECP_TOY_JUDGED];
    double number[4][ECP_TOY_JUDGED];
    size_t n = 0;
    ecp_toy_judge(u->param, all);
    for (size_t k = 0; k < ECP_TOY_JUDGED; k++) {
        double mean = 0, square = 0, least = INFINITY, most = -INFINITY;
        if (all[k].high < all[k].low)
            continue;
        for (size_t s = 0; s < u->seeds; s++) {
            const double x = ecp_toy_value(u, &all[k], s);
            mean += x / (double)u->seeds;
            least = fmin(least, x);
            most = fmax(most, x);
        }
        for (size_t s = 0; s < u->seeds; s++)
            square += pow(ecp_toy_value(u, &all[k], s) - mean, 2);
        word[n] = ecp_toy_results[all[k].result].name;
        number[0][n] = mean;
        number[1][n] = u->seeds > 1 ? sqrt(square / (double)(u->seeds - 1)) : NAN;
        number[2][n] = least;
        number[3][n++] = most;
    }
    const struct ecp_table_column column[] = {
        {"result", "1", "as in the claims, of each seed alone", NULL, word},
        {"mean", "1", "over seeds", number[0], NULL},
        {"sd", "1", "standard deviation over seeds", number[1], NULL},
        {"least", "1", "of any seed", number[2], NULL},
        {"most", "1", "of any seed", number[3], NULL}};
    return n > 0 ? ecp_experiment_table(e, "claims", n, column, 5) : ECP_OK;
}

static enum ecp_status put_units(struct ecp_experiment *e, const struct ecp_toy_units *u)
{
    enum { NUMBERS = 8 };
    size_t rows = 0, at = 0;
    for (int g = 0; g < ECP_TOY_GROUPS; g++)
        rows += u->seeds * u->n[g];
    double *number = ecp_experiment_alloc(e, NUMBERS * rows, sizeof *number);
    const char **word = ecp_experiment_alloc(e, rows, sizeof *word);
    if (!number || !word)
        return ecp_fail(ECP_ENOMEM, "no memory for a table");
    for (int g = 0; g < ECP_TOY_GROUPS; g++)
        for (size_t k = 0; k < u->seeds * u->n[g]; k++, at++) {
            const struct ecp_toy_unit *unit = &u->unit[g][k];
            word[at] = ecp_toy_groups[g];
            number[at] = (double)(k / u->n[g]);
            number[rows + at] = unit->sigma;
            number[2 * rows + at] = unit->p;
            for (size_t m = 0; m <= ECP_TOY_W_Y; m++)
                number[(3 + m) * rows + at] = unit->measure[m];
        }
    const struct ecp_table_column column[] = {
        {"group", "1", "rule, or pred_off about its crossing, or lpl over p", NULL, word},
        {"seed", "1", "beyond the first", number, NULL},
        {"sigma", "1", "standard deviation of y", number + rows, NULL},
        {"p", "1", "probability that the cluster changes", number + 2 * rows, NULL},
        {"cosine", "1", "|w_x|/|w|", number + 3 * rows, NULL},
        {"activity", "1", "mean |z|", number + 4 * rows, NULL},
        {"selectivity", "1", "|difference of the clusters' means|/(max z - min z)",
         number + 5 * rows, NULL},
        {"w_x", "1", "size of it", number + 6 * rows, NULL},
        {"w_y", "1", "size of it", number + 7 * rows, NULL}};
    return ecp_experiment_table(e, "units", rows, column, 1 + NUMBERS);
}

/* ---- figure ------------------------------------------------------------------------------ */

/* Over sigma or p, in ascending order: mean over seeds and repeats, sd over seeds. */
struct curve {
    size_t n;
    double *x, *y, *sd, *theory;
};

static double *doubles(struct ecp_experiment *e, size_t n)
{
    return ecp_experiment_alloc(e, n + 1, sizeof(double));
}

static void sort(struct curve *c)
{
    for (size_t k = 1; k < c->n; k++)
        for (size_t j = k; j > 0 && c->x[j] < c->x[j - 1]; j--) {
            double *const column[] = {c->x, c->y, c->sd};
            for (size_t i = 0; i < 3; i++) {
                const double kept = column[i][j];
                column[i][j] = column[i][j - 1];
                column[i][j - 1] = kept;
            }
        }
}

static enum ecp_status curve_of(struct ecp_experiment *e, const struct ecp_toy_units *u, int group,
                                int measure, struct curve *c)
{
    const size_t repeats = (size_t)u->param[ECP_TOY_REPEATS], n = u->n[group] / repeats;
    *c = (struct curve){n, doubles(e, n), doubles(e, n), doubles(e, n), doubles(e, n)};
    if (!c->x || !c->y || !c->sd || !c->theory)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    for (size_t k = 0; k < n; k++) {
        double square = 0;
        const struct ecp_toy_unit *first = u->unit[group] + k * repeats;
        c->x[k] = group == ECP_TOY_SWITCH ? first->p : first->sigma;
        for (int pass = 0; pass < 2; pass++)
            for (size_t s = 0; s < u->seeds; s++) {
                double own = 0;
                for (size_t r = 0; r < repeats; r++)
                    own += first[s * u->n[group] + r].measure[measure] / (double)repeats;
                if (pass == 0)
                    c->y[k] += own / (double)u->seeds;
                else
                    square += pow(own - c->y[k], 2);
            }
        c->sd[k] = u->seeds > 1 ? sqrt(square / (double)(u->seeds - 1)) : 0;
    }
    if (group == ECP_TOY_SWITCH)
        sort(c);
    return ECP_OK;
}

/* A measure of all rules over sigma, and what is expected. */
static enum ecp_status draw_rules(struct ecp_experiment *e, const struct ecp_toy_units *u,
                                  int measure, struct ecp_line *line, size_t *n)
{
    /* Where lines lie on each other the later ones are seen. */
    static const int order[ECP_TOY_RULES] = {ECP_TOY_NAIVE,    ECP_TOY_HEBB_OFF, ECP_TOY_OJA,
                                             ECP_TOY_PRED_OFF, ECP_TOY_VICREG,   ECP_TOY_LPL};
    const double ideal = ecp_toy_selectivity(u->param);
    enum ecp_status status = ECP_OK;
    int told = 0;
    *n = 0;
    for (size_t k = 0; k < ECP_TOY_RULES; k++) {
        const int g = order[k];
        struct curve c;
        if (u->n[g] == 0)
            continue;
        ECP_TRY(curve_of(e, u, g, measure, &c));
        line[(*n)++] = (struct ecp_line){.name = ecp_toy_groups[g],
                                         .kind = ECP_LINE,
                                         .colour = g,
                                         .n = c.n,
                                         .x = c.x,
                                         .y = c.y,
                                         .error = c.sd};
        const int has_theory = measure == ECP_TOY_ACTIVITY
                                   ? !isnan(ecp_toy_activity(u->param, g, 1))
                                   : measure == ECP_TOY_SELECTIVITY && !told;
        for (size_t j = 0; has_theory && j < c.n; j++)
            c.theory[j] =
                measure == ECP_TOY_ACTIVITY ? ecp_toy_activity(u->param, g, c.x[j]) : ideal;
        if (has_theory)
            line[(*n)++] = (struct ecp_line){.name = told ? NULL : "theory",
                                             .kind = ECP_DASHES,
                                             .colour = ECP_COLOUR_BLACK,
                                             .n = c.n,
                                             .x = c.x,
                                             .y = c.theory};
        for (size_t j = 0; measure == ECP_TOY_ACTIVITY && j < c.n; j++)
            c.sd[j] = fmin(c.sd[j], 0.9 * c.y[j]); /* 0 is not on a logarithmic axis */
        told |= has_theory;
    }
done:
    return status;
}

/* Direction and size over p. */
static enum ecp_status draw_switch(struct ecp_experiment *e, const struct ecp_toy_units *u,
                                   struct ecp_line *line, size_t *n)
{
    static const struct {
        const char *name;
        int measure;
    } shown[] = {{"|cos|", ECP_TOY_COSINE}, {"|w_x|", ECP_TOY_W_X}, {"|w_y|", ECP_TOY_W_Y}};
    enum ecp_status status = ECP_OK;
    struct curve c;
    *n = 0;
    for (size_t k = 0; k < 3; k++) {
        ECP_TRY(curve_of(e, u, ECP_TOY_SWITCH, shown[k].measure, &c));
        line[(*n)++] = (struct ecp_line){.name = shown[k].name,
                                         .kind = ECP_LINE,
                                         .colour = (int)k,
                                         .n = c.n,
                                         .x = c.x,
                                         .y = c.y,
                                         .error = c.sd};
    }
    size_t below = 0;
    for (size_t k = 0; k < c.n; k++) {
        c.theory[k] = ecp_toy_w_x(u->param, ECP_TOY_LPL, c.x[k]);
        if (!(c.x[k] >= ecp_toy_switch(u->param)))
            below++;
    }
    line[(*n)++] = (struct ecp_line){.name = "theory",
                                     .kind = ECP_DASHES,
                                     .colour = ECP_COLOUR_BLACK,
                                     .n = below,
                                     .x = c.x,
                                     .y = c.theory};
done:
    return status;
}

/* Units that have collapsed to 0 leave nothing to draw. */
static int has_points(const struct ecp_picture *p)
{
    for (size_t k = 0; k < p->n_lines; k++)
        for (size_t j = 0; j < p->line[k].n; j++)
            if (isfinite(p->line[k].y[j]) && (!p->y.logarithmic || p->line[k].y[j] > 0))
                return 1;
    return 0;
}

static enum ecp_status draw(struct ecp_experiment *e, const struct ecp_toy_units *u)
{
    enum { MOST = 2 * ECP_TOY_RULES };
    struct ecp_line *line = ecp_experiment_alloc(e, 4 * (size_t)MOST, sizeof *line);
    const struct ecp_picture_axis x = {"standard deviation of the noise, sigma", "1", 0, 0, 1};
    struct ecp_picture picture[] = {{.title = "direction over noise",
                                     .note = "bars: standard deviation over seeds",
                                     .x = x,
                                     .y = {"|cos| of w with the x axis", "1", -0.05, 1.2, 0}},
                                    {.title = "selectivity for the clusters",
                                     .x = x,
                                     .y = {"x-selectivity", "1", -0.05, 1.2, 0}},
                                    {.title = "activity (bars: at most 0.9 of the mean)",
                                     .x = x,
                                     .y = {"mean |z|", "1", 0, 0, 1}},
                                    {.title = "lpl, where the cluster may change within a pair",
                                     .x = {"p", "1", 0, 0, 0},
                                     .y = {"direction and weights", "1", 0, 0, 0}}};
    static const int measure[] = {ECP_TOY_COSINE, ECP_TOY_SELECTIVITY, ECP_TOY_ACTIVITY};
    enum ecp_status status = ECP_OK;
    if (!line)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    for (size_t k = 0; k < 3; k++) {
        picture[k].line = line + k * MOST;
        ECP_TRY(draw_rules(e, u, measure[k], line + k * MOST, &picture[k].n_lines));
    }
    picture[3].line = line + 3 * (size_t)MOST;
    if (u->n[ECP_TOY_SWITCH] > 0) {
        ECP_TRY(draw_switch(e, u, line + 3 * (size_t)MOST, &picture[3].n_lines));
        const double at = ecp_toy_switch(u->param);
        picture[3].note = isnan(at) ? "theory: the direction does not change"
                                    : ecp_experiment_printf(e, "theory: x is left at p = %.4f", at);
    }
    size_t n = 0;
    for (size_t k = 0; k < 4; k++)
        if (has_points(&picture[k]))
            picture[n++] = picture[k];
    status =
        ecp_experiment_figure(e, "lpl_toy", "Which direction does a unit find?", picture, n, 2);
done:
    return status;
}

enum ecp_status ecp_toy_show(struct ecp_experiment *e, const struct ecp_toy_units *u)
{
    enum ecp_status status;
    ECP_TRY(put_claims(e, u));
    ECP_TRY(put_units(e, u));
    status = draw(e, u);
done:
    return status;
}
