/* What attention_in_spikes puts out. */
#include <math.h>

#include "engine/plot.h"
#include "scenarios/attention_in_spikes.h"

static double mean_of(const double *x, size_t n, double *sd)
{
    double mean = 0, square = 0;
    for (size_t k = 0; k < n; k++)
        mean += x[k] / (double)n;
    for (size_t k = 0; k < n; k++)
        square += (x[k] - mean) * (x[k] - mean);
    if (sd)
        *sd = n > 1 ? sqrt(square / (double)(n - 1)) : 0;
    return mean;
}

static size_t load_of(const struct outcome *o, double pairs)
{
    size_t best = 0;
    for (size_t k = 0; k < o->n_loads; k++)
        if (fabs(o->load[k] - pairs) < fabs(o->load[best] - pairs))
            best = k;
    return best;
}

static void judge(struct ecp_experiment *e, const double *param, const struct outcome *o)
{
    const size_t n = (size_t)param[SEEDS], at = load_of(o, param[QUIET_PAIRS]);
    double sd, x = 0, y = 0, xx = 0, xy = 0, ratio = 0;
    const double linear = mean_of(o->error[LINEAR][at], n, NULL);
    const double delta = mean_of(o->error[DELTA][at], n, NULL);
    const double spikes = mean_of(o->error[SPIKES][at], n, &sd);
    ecp_experiment_result(e, ERROR_LINEAR, linear);
    ecp_experiment_result(e, ERROR_DELTA, delta);
    ecp_experiment_result(e, ERROR_SPIKES, spikes);
    ecp_experiment_result(e, ERROR_SD, sd);
    ecp_experiment_result(e, ADVANTAGE, linear / spikes);
    ecp_experiment_result(e, DEPARTURE, mean_of(o->departure[at], n, NULL));
    for (size_t k = 0; k < TIMES; k++) {
        const double a = log(o->time[k]), b = log(mean_of(o->sd[k], n, NULL));
        x += a / TIMES;
        y += b / TIMES;
        xx += a * a / TIMES;
        xy += a * b / TIMES;
        ratio += mean_of(o->sd[k], n, NULL) / mean_of(o->theory[k], n, NULL) / TIMES;
    }
    ecp_experiment_result(e, SLOPE, (xy - x * y) / (xx - x * x));
    ecp_experiment_result(e, PREFACTOR, ratio);
    ecp_experiment_result(e, CORRELATION,
                          (o->n * o->xy - o->x * o->y) /
                              sqrt((o->n * o->xx - o->x * o->x) * (o->n * o->yy - o->y * o->y)));
    ecp_experiment_result(e, RECTIFIED, sqrt(o->rectified / o->plain));
    if (o->n_silent > 0)
        ecp_experiment_result(e, SILENT, o->silent / o->n_silent);
    ecp_experiment_result(e, OVERLOAD,
                          mean_of(o->error[DELTA][o->n_loads - 1], n, NULL) / fmax(delta, 1e-3));
}

static const char *const map_words[MAPS] = {"linear attention", "delta rule", "spikes"};

static enum ecp_status put_tables(struct ecp_experiment *e, const struct outcome *o, size_t n)
{
    double *y = ecp_experiment_alloc(e, 20 * MOST_LOADS, sizeof *y);
    enum ecp_status status;
    if (!y)
        return ecp_fail(ECP_ENOMEM, "no memory for tables");
    double *const row[] = {y,
                           y + MOST_LOADS,
                           y + 2 * MOST_LOADS,
                           y + 3 * MOST_LOADS,
                           y + 4 * MOST_LOADS,
                           y + 5 * MOST_LOADS,
                           y + 6 * MOST_LOADS,
                           y + 7 * MOST_LOADS,
                           y + 8 * MOST_LOADS};
    for (size_t k = 0; k < o->n_loads; k++) {
        for (int map = 0; map < MAPS; map++)
            row[map][k] = mean_of(o->error[map][k], n, map == SPIKES ? &row[3][k] : NULL);
        row[4][k] = mean_of(o->departure[k], n, NULL);
    }
    const struct ecp_table_column loads[] = {
        {"pairs", "1", "that are stored", o->load, NULL},
        {"linear", "1", "error of linear attention, over the values' sd", row[0], NULL},
        {"delta", "1", "error of the delta rule", row[1], NULL},
        {"spikes", "1", "error of the spiking network", row[2], NULL},
        {"spikes_sd", "1", "its standard deviation over seeds", row[3], NULL},
        {"departure", "1", "spikes less delta rule", row[4], NULL}};
    ECP_TRY(ecp_experiment_table(e, "pairs", o->n_loads, loads, 6));
    for (size_t k = 0; k < NOISES; k++)
        for (int map = 0; map < MAPS; map++)
            row[5 + map][k] = mean_of(o->noisy[map][k], n, NULL);
    const struct ecp_table_column noise[] = {
        {"noise", "1", "of queries: length of what is added, over the key's", ecp_attention_noises,
         NULL},
        {"linear", "1", "error of linear attention, over the values' sd", row[5], NULL},
        {"delta", "1", "error of the delta rule", row[6], NULL},
        {"spikes", "1", "error of the spiking network", row[7], NULL}};
    ECP_TRY(ecp_experiment_table(e, "noise", NOISES, noise, 4));
    for (size_t k = 0; k < TIMES; k++) {
        row[0][k] = mean_of(o->sd[k], n, NULL);
        row[1][k] = mean_of(o->theory[k], n, NULL);
    }
    const struct ecp_table_column time[] = {
        {"time", "ms", "over which rates are taken", o->time, NULL},
        {"sd", "Hz", "standard deviation of the rates of one query", row[0], NULL},
        {"theory", "Hz", "of the key spikes that are counted", row[1], NULL}};
    status = ecp_experiment_table(e, "averaging", TIMES, time, 3);
done:
    return status;
}

static enum ecp_status draw(struct ecp_experiment *e, const double *param, const struct outcome *o,
                            size_t n)
{
    struct ecp_line *line = ecp_experiment_alloc(e, 12, sizeof *line);
    double *y = ecp_experiment_alloc(e, 20 * MOST_LOADS, sizeof *y);
    if (!line || !y)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    for (int map = 0; map < MAPS; map++) {
        double *mean = y + 4 * map * MOST_LOADS, *sd = mean + MOST_LOADS;
        double *noisy = sd + MOST_LOADS, *noisy_sd = noisy + MOST_LOADS;
        for (size_t k = 0; k < o->n_loads; k++)
            mean[k] = mean_of(o->error[map][k], n, &sd[k]);
        for (size_t k = 0; k < NOISES; k++)
            noisy[k] = mean_of(o->noisy[map][k], n, &noisy_sd[k]);
        line[map] =
            (struct ecp_line){map_words[map], ECP_LINE, map, o->n_loads, o->load, mean, NULL, sd};
        line[4 + map] = (struct ecp_line){map_words[map],       ECP_LINE, map,  NOISES,
                                          ecp_attention_noises, noisy,    NULL, noisy_sd};
    }
    double *measured = y + 12 * MOST_LOADS, *sd = measured + MOST_LOADS, *theory = sd + MOST_LOADS;
    for (size_t k = 0; k < TIMES; k++) {
        measured[k] = mean_of(o->sd[k], n, &sd[k]);
        theory[k] = mean_of(o->theory[k], n, NULL);
    }
    line[8] = (struct ecp_line){"spikes", ECP_DOTS, SPIKES, TIMES, o->time, measured, NULL, sd};
    line[9] = (struct ecp_line){"theory", ECP_DASHES, ECP_COLOUR_GREY, TIMES, o->time, theory,
                                NULL,     NULL};
    const struct ecp_picture pictures[] = {
        {.title = "recall of stored pairs",
         .note = ecp_experiment_printf(e, "%zu features", features_of(param)),
         .x = {"pairs", "1", 0, 0, 0},
         .y = {"error / sd of values", "1", 0, 0, 0},
         .n_lines = MAPS,
         .line = line},
        {.title = "queries with noise",
         .note = ecp_experiment_printf(e, "%g pairs", param[QUIET_PAIRS]),
         .x = {"noise / key", "1", 0, 0, 0},
         .y = {"error / sd of values", "1", 0, 0, 0},
         .n_lines = MAPS,
         .line = line + 4},
        {.title = "averaging time",
         .x = {"averaging time", "ms", 0, 0, 1},
         .y = {"sd of rates", "Hz", 0, 0, 1},
         .n_lines = 2,
         .line = line + 8}};
    return ecp_experiment_figure(e, "attention_in_spikes",
                                 "The same memory as attention, as fast weights, and in spikes",
                                 pictures, 3, 3);
}

enum ecp_status ecp_attention_show(struct ecp_experiment *e, const double *param,
                                   const struct outcome *o)
{
    const size_t seeds = (size_t)param[SEEDS];
    judge(e, param, o);
    const enum ecp_status status = put_tables(e, o, seeds);
    return status == ECP_OK ? draw(e, param, o, seeds) : status;
}
