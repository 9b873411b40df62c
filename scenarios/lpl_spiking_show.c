/* lpl_spiking_show.c -- results, table and figure of scenario lpl_spiking. */
#include <math.h>

#include "engine/plot.h"
#include "scenarios/lpl_spiking.h"

const char *const ecp_lpl_kinds[ECP_LPL_KINDS] = {[ECP_LPL_ALL] = "lpl",
                                                  [ECP_LPL_PRED_OFF] = "pred_off",
                                                  [ECP_LPL_HEBB_OFF] = "hebb_off",
                                                  [ECP_LPL_INHIBITION_OFF] = "inhibition_off",
                                                  [ECP_LPL_INHIBITION_FIXED] = "inhibition_fixed",
                                                  [ECP_LPL_BEFORE] = "before"};

static const double first_weight = 0.15;

static double of(const struct ecp_lpl_outcomes *o, size_t seed, int kind, int measure)
{
    return ecp_lpl_of(o, seed, kind)->measure[measure];
}

/* Mean over seeds, and its standard error; 0: of one seed. */
static double mean_of(const struct ecp_lpl_outcomes *o, int kind, int measure, double *error)
{
    const double n = (double)o->seeds;
    double mean = 0, square = 0;
    for (size_t s = 0; s < o->seeds; s++)
        mean += of(o, s, kind, measure) / n;
    for (size_t s = 0; s < o->seeds; s++)
        square += pow(of(o, s, kind, measure) - mean, 2);
    *error = n > 1 ? sqrt(square / (n - 1) / n) : 0;
    return mean;
}

/* ---- results ------------------------------------------------------------------------ */

static void put_means(struct ecp_experiment *e, const struct ecp_lpl_outcomes *o)
{
    double error, largest = 0;
    for (int c = 0; c < ECP_LPL_KINDS; c++)
        for (int m = 0; m < ECP_LPL_MEASURES && o->run[c]; m++) {
            ecp_experiment_result(e, c * ECP_LPL_MEASURES + m, mean_of(o, c, m, &error));
            if (m == ECP_LPL_SLOW)
                largest = fmax(largest, error);
        }
    ecp_experiment_result(e, ECP_LPL_SE, largest);
}

/* Over seeds the least (sign 1) or largest (sign -1) of a measure of one kind less that of
 * another; NAN where it is not known of a seed. */
static double extreme(const struct ecp_lpl_outcomes *o, int sign, int kind, int other, int measure)
{
    double best = INFINITY;
    for (size_t s = 0; s < o->seeds; s++) {
        const double d = of(o, s, kind, measure) - (other < 0 ? 0 : of(o, s, other, measure));
        if (isnan(d))
            return NAN;
        best = fmin(best, sign * d);
    }
    return sign * best;
}

static void judge_pair(struct ecp_experiment *e, const struct ecp_lpl_outcomes *o)
{
    double error, most = -INFINITY;
    for (int k = 0; k < ECP_LPL_INPUTS; k += 2) /* P0, P2, P4 */
        most = fmax(most, mean_of(o, ECP_LPL_ALL, ECP_LPL_R2 + k, &error));
    ecp_experiment_result(e, ECP_LPL_SHUFFLED_MOST, most);
    ecp_experiment_result(e, ECP_LPL_PREFERS,
                          extreme(o, 1, ECP_LPL_ALL, ECP_LPL_PRED_OFF, ECP_LPL_PREFERENCE));
    ecp_experiment_result(e, ECP_LPL_BLIND,
                          extreme(o, -1, ECP_LPL_PRED_OFF, -1, ECP_LPL_PREFERENCE));
    ecp_experiment_result(e, ECP_LPL_SIDES, extreme(o, 1, ECP_LPL_ALL, -1, ECP_LPL_MINORITY));
}

/* 0: as many neurons select either signal; the larger, the more one-sided. */
static double lean_of(const struct ecp_lpl_outcomes *o, int kind)
{
    double sum = 0;
    for (size_t s = 0; s < o->seeds; s++)
        sum += fabs(of(o, s, kind, ECP_LPL_LEANING)) / of(o, s, kind, ECP_LPL_SPREAD);
    return sum / (double)o->seeds;
}

static void judge_all(struct ecp_experiment *e, const struct ecp_lpl_outcomes *o)
{
    double weight = 0, rate = 0;
    for (size_t s = 0; s < o->seeds; s++) {
        const struct ecp_lpl_outcome *off = ecp_lpl_of(o, s, ECP_LPL_HEBB_OFF);
        weight = fmax(weight, (off->weight[1] + off->weight[3]) / 2 / first_weight);
        rate = fmax(rate, off->measure[ECP_LPL_RATE] / of(o, s, ECP_LPL_ALL, ECP_LPL_RATE));
    }
    ecp_experiment_result(e, ECP_LPL_COLLAPSE_WEIGHT, weight);
    ecp_experiment_result(e, ECP_LPL_COLLAPSE_RATE, rate);
    ecp_experiment_result(e, ECP_LPL_CLEANER,
                          extreme(o, 1, ECP_LPL_INHIBITION_OFF, ECP_LPL_ALL, ECP_LPL_SHUFFLED));
    ecp_experiment_result(e, ECP_LPL_BETTER,
                          extreme(o, 1, ECP_LPL_ALL, ECP_LPL_INHIBITION_FIXED, ECP_LPL_SLOW));
    ecp_experiment_result(e, ECP_LPL_LEAN, lean_of(o, ECP_LPL_ALL));
    ecp_experiment_result(e, ECP_LPL_LEAN_OFF, lean_of(o, ECP_LPL_INHIBITION_OFF));
    ecp_experiment_result(e, ECP_LPL_LEAN_LESS,
                          lean_of(o, ECP_LPL_INHIBITION_OFF) - lean_of(o, ECP_LPL_ALL));
    ecp_experiment_result(e, ECP_LPL_LEARNED,
                          extreme(o, 1, ECP_LPL_ALL, ECP_LPL_BEFORE, ECP_LPL_IO));
}

/* ---- table --------------------------------------------------------------------------- */

enum { WEIGHTS = 2, MEASURES = WEIGHTS + ECP_LPL_INPUTS, COLUMNS = MEASURES + ECP_LPL_MEASURES };

static enum ecp_status put_table(struct ecp_experiment *e, const struct ecp_lpl_outcomes *o)
{
    static const char *const measure[ECP_LPL_MEASURES] = {
        "r2_P0", "r2_P1", "r2_P2",  "r2_P3",      "r2_P4",   "r2_slow", "r2_shuffled",
        "io",    "rate",  "weight", "preference", "leaning", "spread",  "minority"};
    const size_t room = o->seeds * ECP_LPL_KINDS;
    double *number = ecp_experiment_alloc(e, COLUMNS * room, sizeof *number);
    const char **word = ecp_experiment_alloc(e, room, sizeof *word);
    struct ecp_table_column column[COLUMNS];
    size_t n = 0;
    if (!number || !word)
        return ecp_fail(ECP_ENOMEM, "no memory for a table");
    for (int c = 0; c < ECP_LPL_KINDS; c++)
        for (size_t s = 0; s < o->seeds && o->run[c]; s++, n++) {
            const struct ecp_lpl_outcome *one = ecp_lpl_of(o, s, c);
            word[n] = ecp_lpl_kinds[c];
            number[room + n] = (double)s;
            for (size_t k = 0; k < ECP_LPL_INPUTS; k++)
                number[(WEIGHTS + k) * room + n] = one->weight[k];
            for (size_t m = 0; m < ECP_LPL_MEASURES; m++)
                number[(MEASURES + m) * room + n] = one->measure[m];
        }
    column[0] = (struct ecp_table_column){"condition", "1", "what is left out", NULL, word};
    column[1] =
        (struct ecp_table_column){"seed", "1", "beyond that of the run", number + room, NULL};
    for (size_t k = 0; k < ECP_LPL_INPUTS; k++)
        column[WEIGHTS + k] = (struct ecp_table_column){
            ecp_experiment_printf(e, "weight_%s", ecp_lpl_inputs[k].name), "1",
            "mean of the group's synapses", number + (WEIGHTS + k) * room, NULL};
    for (size_t m = 0; m < ECP_LPL_MEASURES; m++)
        column[MEASURES + m] = (struct ecp_table_column){measure[m], m == ECP_LPL_RATE ? "Hz" : "1",
                                                         "as the results of this name",
                                                         number + (MEASURES + m) * room, NULL};
    return ecp_experiment_table(e, "seeds", n, column, COLUMNS);
}

/* ---- figure -------------------------------------------------------------------------- */

enum { BINS = 20, PAPERS = 2, LINES = 2 * ECP_LPL_KINDS + PAPERS + 3 };

struct drawing {
    double x[ECP_LPL_KINDS][ECP_LPL_INPUTS], y[ECP_LPL_KINDS][ECP_LPL_INPUTS];
    double error[ECP_LPL_KINDS][ECP_LPL_INPUTS];
    double edge[BINS + 1], share[ECP_LPL_KINDS][BINS + 1];
    double place[ECP_LPL_KINDS], mean[2][ECP_LPL_KINDS], spread[2][ECP_LPL_KINDS];
    const char *name[ECP_LPL_KINDS];
    size_t n;
    struct ecp_line line[LINES];
};

/* Beside each group what the notebook of the paper says. */
static size_t draw_papers(struct ecp_line *line)
{
    static const double at[PAPERS][ECP_LPL_INPUTS] = {{1.32, 2.32, 3.32, 4.32, 5.32},
                                                      {1.41, 2.41, 3.41, 4.41, 5.41}};
    static const double r2[PAPERS][ECP_LPL_INPUTS] = {{-0.0004, 0.807, 0.0016, 0.837, -0.007},
                                                      {0.016, 0.777, 0.180, 0.823, 0.192}};
    static const char *const name[PAPERS] = {"paper: lpl", "paper: inhibition_off"};
    for (int k = 0; k < PAPERS; k++)
        line[k] = (struct ecp_line){.name = name[k],
                                    .kind = ECP_DOTS,
                                    .colour = k == 0 ? ECP_COLOUR_BLACK : ECP_COLOUR_GREY,
                                    .n = ECP_LPL_INPUTS,
                                    .x = at[k],
                                    .y = r2[k]};
    return PAPERS;
}

static size_t draw_reading(struct drawing *d, const struct ecp_lpl_outcomes *o)
{
    size_t n = 0;
    for (int c = 0; c < ECP_LPL_KINDS; c++) {
        if (!o->run[c])
            continue;
        for (int k = 0; k < ECP_LPL_INPUTS; k++) {
            d->x[c][k] = 1 + k + 0.09 * (c - 3); /* beside one another */
            d->y[c][k] = mean_of(o, c, ECP_LPL_R2 + k, &d->error[c][k]);
        }
        d->line[n++] = (struct ecp_line){.name = ecp_lpl_kinds[c],
                                         .kind = ECP_DOTS,
                                         .colour = c,
                                         .n = ECP_LPL_INPUTS,
                                         .x = d->x[c],
                                         .y = d->y[c],
                                         .error = d->error[c]};
    }
    return n + draw_papers(d->line + n);
}

/* Preference and input-output correlation of each kind. */
static void draw_kinds(struct drawing *d, const struct ecp_lpl_outcomes *o, struct ecp_line *line)
{
    static const int measure[2] = {ECP_LPL_PREFERENCE, ECP_LPL_IO};
    static const char *const name[ECP_LPL_KINDS] = {"lpl",      "pred off",   "Hebb off",
                                                    "inh. off", "inh. fixed", "before"};
    for (int c = 0; c < ECP_LPL_KINDS; c++) {
        if (!o->run[c])
            continue;
        d->name[d->n] = name[c];
        d->place[d->n] = (double)d->n + 1;
        for (int k = 0; k < 2; k++)
            d->mean[k][d->n] = mean_of(o, c, measure[k], &d->spread[k][d->n]);
        d->n++;
    }
    for (int k = 0; k < 2; k++)
        line[k] = (struct ecp_line){.name = "mean of seeds",
                                    .kind = ECP_DOTS,
                                    .colour = ECP_COLOUR_BLACK,
                                    .n = d->n,
                                    .x = d->place,
                                    .y = d->mean[k],
                                    .error = d->spread[k]};
}

static size_t draw_selectivity(struct drawing *d, const struct ecp_lpl_outcomes *o, size_t first)
{
    static const int shown[] = {ECP_LPL_ALL, ECP_LPL_INHIBITION_FIXED, ECP_LPL_INHIBITION_OFF};
    size_t n = first;
    for (int b = 0; b <= BINS; b++)
        d->edge[b] = -1 + 2.0 * b / BINS;
    for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
        const int c = shown[k];
        if (!o->run[c])
            continue;
        for (size_t s = 0; s < o->seeds; s++)
            for (size_t j = 0; j < ECP_LPL_E; j++) {
                const double x = ecp_lpl_of(o, s, c)->selectivity[j];
                const int b = isnan(x) ? -1 : (int)fmin(BINS - 1, floor((x + 1) / 2 * BINS));
                if (b >= 0)
                    d->share[c][b] += 1.0 / (double)(o->seeds * ECP_LPL_E);
            }
        d->share[c][BINS] = d->share[c][BINS - 1];
        d->line[n++] = (struct ecp_line){.name = ecp_lpl_kinds[c],
                                         .kind = ECP_STAIRS,
                                         .colour = c,
                                         .n = BINS + 1,
                                         .x = d->edge,
                                         .y = d->share[c]};
    }
    return n - first;
}

static enum ecp_status draw(struct ecp_experiment *e, const struct ecp_lpl_outcomes *o)
{
    static const char *const name[] = {"P0: constant", "P1: slow", "P2: shuffled", "P3: slow",
                                       "P4: shuffled"};
    struct drawing *d = ecp_experiment_alloc(e, 1, sizeof *d);
    if (!d)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    const size_t n = draw_reading(d, o), more = draw_selectivity(d, o, n);
    struct ecp_line *kinds = d->line + n + more;
    draw_kinds(d, o, kinds);
    const struct ecp_picture picture[] = {
        {.title = "what can be read of each group of inputs",
         .note = "bars: standard error over seeds",
         .x = {.lowest = 0.5, .highest = 5.5},
         .y = {"R2", "1", -0.2, 1, 0},
         .n_names = ECP_LPL_INPUTS,
         .name_at = name,
         .n_lines = n,
         .line = d->line},
        {.title = "what neurons select, all seeds",
         .x = {"(w_P3 - w_P1)/(w_P3 + w_P1)", "1", -1, 1, 0},
         .y = {"share of neurons", "1", 0, 0, 0},
         .n_lines = more,
         .line = d->line + n},
        {.title = "weight of slow inputs over that of shuffled ones",
         .x = {.lowest = 0.5, .highest = (double)d->n + 0.5},
         .y = {"preference", "1", 0, 0, 0},
         .n_names = d->n,
         .name_at = d->name,
         .n_lines = 1,
         .line = kinds},
        {.title = "correlation of guesses and counts",
         .note = "paper: 0.227 before, lpl 0.773, inhibition_off 0.790",
         .x = {.lowest = 0.5, .highest = (double)d->n + 0.5},
         .y = {"input-output correlation", "1", 0, 1, 0},
         .n_names = d->n,
         .name_at = d->name,
         .n_lines = 1,
         .line = kinds + 1}};
    return ecp_experiment_figure(e, "lpl_spiking", "Latent predictive learning with spikes",
                                 picture, 4, 2);
}

enum ecp_status ecp_lpl_spiking_show(struct ecp_experiment *e, const struct ecp_lpl_outcomes *o)
{
    put_means(e, o);
    judge_pair(e, o);
    if (o->run[ECP_LPL_BEFORE])
        judge_all(e, o);
    const enum ecp_status status = put_table(e, o);
    return status == ECP_OK ? draw(e, o) : status;
}
