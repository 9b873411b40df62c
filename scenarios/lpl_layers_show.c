/* What lpl_layers puts out. */
#include <math.h>

#include "engine/plot.h"
#include "scenarios/lpl_layers.h"

static double mean_of(const double *x, size_t n, double *sd)
{
    double mean = 0, square = 0;
    for (size_t k = 0; k < n; k++)
        mean += x[k] / (double)n;
    for (size_t k = 0; k < n; k++)
        square += (x[k] - mean) * (x[k] - mean);
    if (sd)
        *sd = n > 1 ? sqrt(square / (double)(n - 1)) : NAN;
    return mean;
}

/* Over layers from `from` on: largest (sign 1) or least (-1) mean, or gain over the one
 * before. */
static double extreme(const double (*table)[MOST_SEEDS], size_t n, size_t from, int steps, int sign)
{
    double best = -INFINITY;
    for (size_t l = from; l <= LAYERS; l++) {
        double x = mean_of(table[l], n, NULL);
        if (steps)
            x -= mean_of(table[l - 1], n, NULL);
        best = fmax(best, sign * x);
    }
    return sign * best;
}

static void judge(struct ecp_experiment *e, const struct outcome *o, size_t n, int ablations)
{
    double sd;
    const double input = mean_of(o->right[RULE][0], n, NULL);
    const double last = mean_of(o->right[RULE][LAYERS], n, &sd);
    ecp_experiment_result(e, INPUT, input);
    for (size_t l = 1; l <= LAYERS; l++)
        ecp_experiment_result(e, LPL_1 + (int)l - 1, mean_of(o->right[RULE][l], n, NULL));
    ecp_experiment_result(e, LPL_SD, sd);
    ecp_experiment_result(e, GAIN, last - input);
    ecp_experiment_result(e, LEAST_STEP, extreme(o->right[RULE], n, 1, 1, -1));
    ecp_experiment_result(e, LPL_DIM_LOW, extreme(o->dimension[RULE], n, 1, 0, -1));
    ecp_experiment_result(e, LPL_DIM_HIGH, extreme(o->dimension[RULE], n, 1, 0, 1));
    if (!ablations)
        return;
    static const int field[CONDITIONS] = {LPL_3, PRED_3, HEBB_3, DEC_3, UNTRAINED_3};
    for (int c = PRED_OFF; c < CONDITIONS; c++)
        ecp_experiment_result(e, field[c], mean_of(o->right[c][LAYERS], n, NULL));
    ecp_experiment_result(e, PRED_LOSS, last - mean_of(o->right[PRED_OFF][LAYERS], n, NULL));
    ecp_experiment_result(e, DEC_LOSS, last - mean_of(o->right[DECORRELATE_OFF][LAYERS], n, NULL));
    ecp_experiment_result(e, PRED_FALL, extreme(o->right[PRED_OFF], n, 2, 1, 1));
    ecp_experiment_result(e, DEC_FALL, extreme(o->right[DECORRELATE_OFF], n, 2, 1, 1));
    ecp_experiment_result(e, HEBB_ACTIVITY, mean_of(o->activity[HEBB_OFF][LAYERS], n, NULL));
    ecp_experiment_result(e, DEC_DIM, extreme(o->dimension[DECORRELATE_OFF], n, 1, 0, 1));
}

static enum ecp_status put_table(struct ecp_experiment *e, const struct outcome *o, size_t n,
                                 int conditions)
{
    const size_t rows = (size_t)conditions * (LAYERS + 1) * n;
    double *number = ecp_experiment_alloc(e, 5 * rows, sizeof *number);
    const char **word = ecp_experiment_alloc(e, rows, sizeof *word);
    size_t at = 0;
    if (!number || !word)
        return ecp_fail(ECP_ENOMEM, "no memory for a table");
    for (int c = 0; c < conditions; c++)
        for (size_t l = 0; l <= LAYERS; l++)
            for (size_t k = 0; k < n; k++, at++) {
                word[at] = ecp_lpl_conditions[c];
                number[at] = (double)l;
                number[rows + at] = (double)k;
                number[2 * rows + at] = o->right[c][l][k];
                number[3 * rows + at] = o->dimension[c][l][k];
                number[4 * rows + at] = o->activity[c][l][k];
            }
    const struct ecp_table_column column[] = {
        {"condition", "1", "which part of the rule is off", NULL, word},
        {"layer", "1", "0: the input", number, NULL},
        {"seed", "1", "which world and network", number + rows, NULL},
        {"right", "1", "share of objects named rightly", number + 2 * rows, NULL},
        {"dimension", "1", "participation ratio of standardised units", number + 3 * rows, NULL},
        {"activity", "1", "mean standard deviation of a unit", number + 4 * rows, NULL}};
    return ecp_experiment_table(e, "layers", rows, column, 6);
}

static enum ecp_status draw(struct ecp_experiment *e, const struct outcome *o, size_t n,
                            int conditions)
{
    static const double layer[LAYERS + 1] = {0, 1, 2, 3};
    struct ecp_line *line = ecp_experiment_alloc(e, 2 * CONDITIONS + 1, sizeof *line);
    double *y = ecp_experiment_alloc(e, 4 * CONDITIONS * (LAYERS + 1), sizeof *y);
    if (!line || !y)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    for (int c = 0; c < conditions; c++) {
        double *right = y + (size_t)c * 4 * (LAYERS + 1), *sd = right + LAYERS + 1;
        double *dim = sd + LAYERS + 1, *dim_sd = dim + LAYERS + 1;
        for (size_t l = 0; l <= LAYERS; l++) {
            right[l] = mean_of(o->right[c][l], n, &sd[l]);
            dim[l] = mean_of(o->dimension[c][l], n, &dim_sd[l]);
            sd[l] = n > 1 ? sd[l] : 0;
            dim_sd[l] = n > 1 ? dim_sd[l] : 0;
        }
        line[c] = (struct ecp_line){.name = ecp_lpl_conditions[c],
                                    .kind = c == UNTRAINED ? ECP_DASHES : ECP_LINE,
                                    .colour = c == UNTRAINED ? ECP_COLOUR_GREY : c,
                                    .n = LAYERS + 1,
                                    .x = layer,
                                    .y = right,
                                    .error = sd};
        line[CONDITIONS + c] = line[c];
        line[CONDITIONS + c].y = dim;
        line[CONDITIONS + c].error = dim_sd;
    }
    const struct ecp_picture pictures[] = {{.title = "objects named from a layer",
                                            .note = "chance 0.1",
                                            .x = {"layer (0: input)", "1", -0.2, 3.2, 0},
                                            .y = {"share", "1", 0, 1, 0},
                                            .n_lines = (size_t)conditions,
                                            .line = line},
                                           {.title = "participation ratio",
                                            .x = {"layer (0: input)", "1", -0.2, 3.2, 0},
                                            .y = {"dimensions", "1", 0, 100, 0},
                                            .n_lines = (size_t)conditions,
                                            .line = line + CONDITIONS}};
    return ecp_experiment_figure(e, "lpl_layers", "Layers that learn each for itself", pictures, 2,
                                 2);
}

enum ecp_status ecp_lpl_layers_show(struct ecp_experiment *e, const struct outcome *o, size_t n,
                                    int conditions)
{
    judge(e, o, n, conditions == CONDITIONS);
    const enum ecp_status status = put_table(e, o, n, conditions);
    return status == ECP_OK ? draw(e, o, n, conditions) : status;
}
