/* spike_trains.c -- how regular and how variable spike trains are: of every unit, and on
 * average.
 *
 * Intervals are those within a trial (or the recording). Fano factor: variance (divisor n) over
 * mean of counts, across the trials of each condition where there are trials, otherwise in
 * windows of the recording. Verified in tests/verify/verify_spike_trains.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/trains.h"
#include "engine/analysis.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum { WINDOW, REFRACTORY, RATE, CV, CV2, LV, LVR, FANO, CORRELATION, END };

static const struct ecp_field fields[] = {
    [WINDOW] = {"window", "ms", 100, 1e-3, 1e9,
                "in which spikes are counted, for the Fano factor and correlations", ECP_PARAM},
    [REFRACTORY] = {"refractory", "ms", 5, 0, 1e3, "refractory time that LvR corrects for",
                    ECP_PARAM},
    [RATE] = {"rate", "Hz", 0, 0, INFINITY, "mean rate of a unit", ECP_RESULT},
    [CV] = {"cv", "1", 0, 0, INFINITY,
            "mean coefficient of variation of intervals; 1: as of a Poisson process", ECP_RESULT},
    [CV2] = {"cv2", "1", 0, 0, 2, "mean of 2 |I - I'|/(I + I') of neighbouring intervals",
             ECP_RESULT},
    [LV] = {"lv", "1", 0, 0, 3, "mean local variation; 1: Poisson", ECP_RESULT},
    [LVR] = {"lvr", "1", 0, 0, INFINITY, "local variation corrected for the refractory time",
             ECP_RESULT},
    [FANO] = {"fano", "1", 0, 0, INFINITY, "mean Fano factor of counts; 1: Poisson", ECP_RESULT},
    [CORRELATION] = {"correlation", "1", 0, -1, 1,
                     "mean correlation of counts of pairs of units in windows", ECP_RESULT},
    [END] = {0}};

enum { COLUMNS = FANO - RATE + 1 };

static const struct ecp_train *train_of(const struct ecp_dataset *set, size_t trial, size_t unit)
{
    return &set->train[trial * set->n_units + unit];
}

static size_t rows_of(const struct ecp_dataset *set)
{
    return set->n_trials > 0 ? set->n_trials : 1;
}

/* A statistic of intervals over all trials of a unit: mean of those where it is defined,
 * weighted by their intervals. */
static double over_trials(const struct ecp_dataset *set, size_t unit, int field, double refractory)
{
    double sum = 0, weight = 0;
    for (size_t t = 0; t < rows_of(set); t++) {
        const struct ecp_train *train = train_of(set, t, unit);
        const struct ecp_spikes spikes = {train->time, train->n};
        const double value = field == CV    ? ecp_train_cv(spikes)
                             : field == CV2 ? ecp_train_cv2(spikes)
                             : field == LV  ? ecp_train_lv(spikes)
                                            : ecp_train_lvr(spikes, refractory);
        if (isnan(value))
            continue;
        sum += value * (double)(train->n - 1);
        weight += (double)(train->n - 1);
    }
    return weight > 0 ? sum / weight : NAN;
}

/* Over trials of each condition, averaged; or over windows. `count`: most of both. */
static double fano_of(const struct ecp_dataset *set, size_t unit, double window, double *count)
{
    double sum = 0, conditions = 0;
    if (set->n_trials == 0) {
        const struct ecp_train *train = train_of(set, 0, unit);
        const size_t bins = (size_t)((set->stop - set->start) / window);
        if (bins < 2)
            return NAN;
        ecp_train_bin((struct ecp_spikes){train->time, train->n}, set->start, window, bins, count);
        return ecp_fano(bins, count);
    }
    for (size_t c = 0; c < set->n_conditions; c++) {
        size_t n = 0;
        for (size_t t = 0; t < set->n_trials; t++)
            if (set->trial_condition[t] == c)
                count[n++] = (double)train_of(set, t, unit)->n;
        const double fano = n > 1 ? ecp_fano(n, count) : NAN;
        sum += isnan(fano) ? 0 : fano;
        conditions += !isnan(fano);
    }
    return conditions > 0 ? sum / conditions : NAN;
}

static void fill_unit(const struct ecp_score_call *call, size_t unit, double *column, double *count)
{
    const struct ecp_dataset *set = call->data;
    const size_t n = set->n_units;
    double spikes = 0;
    for (size_t t = 0; t < rows_of(set); t++)
        spikes += (double)train_of(set, t, unit)->n;
    column[(RATE - RATE) * n + unit] =
        spikes / (double)rows_of(set) / (set->stop - set->start) * 1000;
    for (int f = CV; f <= LVR; f++)
        column[(size_t)(f - RATE) * n + unit] = over_trials(set, unit, f, call->param[REFRACTORY]);
    column[(FANO - RATE) * n + unit] = fano_of(set, unit, call->param[WINDOW], count);
}

/* Counts of all trials one after the other, in whole windows. */
static double mean_correlation(const struct ecp_score_call *call, double *counts, size_t bins)
{
    const struct ecp_dataset *set = call->data;
    const size_t trials = rows_of(set), all = trials * bins;
    double sum = 0, pairs = 0;
    for (size_t u = 0; u < set->n_units; u++)
        for (size_t t = 0; t < trials; t++) {
            const struct ecp_train *train = train_of(set, t, u);
            ecp_train_bin((struct ecp_spikes){train->time, train->n}, set->start,
                          call->param[WINDOW], bins, counts + u * all + t * bins);
        }
    for (size_t u = 0; u < set->n_units; u++)
        for (size_t v = u + 1; v < set->n_units; v++) {
            const double r = ecp_correlation(all, counts + u * all, counts + v * all);
            sum += isnan(r) ? 0 : r;
            pairs += !isnan(r);
        }
    return pairs > 0 ? sum / pairs : NAN;
}

/* Mean over the units where it is defined, and its standard error. */
static struct ecp_estimate mean_of(size_t n, const double *x)
{
    double sum = 0, square = 0, count = 0;
    for (size_t k = 0; k < n; k++)
        if (!isnan(x[k])) {
            sum += x[k];
            count++;
        }
    if (!(count > 0))
        return ECP_UNDEFINED("too few spikes in every unit");
    for (size_t k = 0; k < n; k++)
        square += isnan(x[k]) ? 0 : (x[k] - sum / count) * (x[k] - sum / count);
    struct ecp_estimate mean = ECP_ESTIMATE(sum / count);
    if (count > 1)
        mean.error = sqrt(square / (count - 1) / count);
    return mean;
}

static enum ecp_status put_units(const struct ecp_score_call *call, const double *column)
{
    const size_t n = call->data->n_units;
    struct ecp_table_column columns[COLUMNS];
    for (int f = RATE; f <= FANO; f++) {
        ecp_sheet_put(call->sheet, -1, f, mean_of(n, column + (size_t)(f - RATE) * n));
        columns[f - RATE] =
            (struct ecp_table_column){fields[f].name, fields[f].unit, fields[f].meaning,
                                      column + (size_t)(f - RATE) * n, NULL};
    }
    return ecp_sheet_table(call->sheet, "units", n, columns, COLUMNS);
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    const struct ecp_dataset *set = call->data;
    const size_t n = set->n_units, bins = (size_t)((set->stop - set->start) / call->param[WINDOW]);
    const size_t all = rows_of(set) * (bins > 0 ? bins : 1);
    double *column = malloc((COLUMNS * n + n * all + set->n_trials + all + 1) * sizeof *column);
    if (!column)
        return ecp_fail(ECP_ENOMEM, "no memory for counts of %zu units", n);
    double *counts = column + COLUMNS * n;
    for (size_t u = 0; u < n; u++)
        fill_unit(call, u, column, counts);
    enum ecp_status status = put_units(call, column);
    const double r = bins > 0 ? mean_correlation(call, counts, bins) : NAN;
    ecp_sheet_put(call->sheet, -1, CORRELATION,
                  isnan(r) ? ECP_UNDEFINED("fewer than two units with spikes, or no whole window")
                           : ECP_ESTIMATE(r));
    free(column);
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const double n = (double)call->data->n_units;
    const double bins =
        (call->data->stop - call->data->start) / call->param[WINDOW] * (double)rows_of(call->data);
    *bytes = 8 * n * (bins + COLUMNS);
    *operations = 4 * n * n * bins;
}

const struct ecp_analysis ecp_analysis_spike_trains = {
    .name = "spike_trains",
    .summary = "rates, CV, CV2, LV, LvR, Fano factors and correlations of units",
    .equations = "CV = sd(I)/mean(I); CV2 = 2 mean |I - I'|/(I + I'); LV = 3 mean ((I - I')/(I + "
                 "I'))^2\n"
                 "LvR = 3 mean (1 - 4 I I'/(I + I')^2)(1 + 4 R/(I + I')); Fano = var(n)/mean(n)",
    .reference = "Holt et al. 1996, doi:10.1152/jn.1996.75.5.1806; Shinomoto et al. 2009, "
                 "doi:10.1371/journal.pcbi.1000433",
    .verified_by = "tests/verify/verify_spike_trains.c",
    .fields = fields,
    .score = score,
    .needs = ECP_NEEDS_TRAINS,
    .cost = cost};
