/* spike_distances.c -- how far the spike trains of a recording are from each other: means over
 * all pairs of units (of each trial, where there are trials). Verified in
 * tests/verify/verify_spike_trains.c. */
#include <math.h>
#include <stdlib.h>

#include "analysis/trains.h"
#include "engine/analysis.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum {
    COST,
    TAU,
    DT,
    MRTS,
    RATE_INDEPENDENT,
    LEAST_BIN,
    COMPAT,
    VICTOR,
    ROSSUM,
    TILING,
    ISI,
    SPIKE,
    SYNC,
    CONTRAST,
    END
};

static const struct ecp_field fields[] = {
    [COST] = {"cost", "Hz", 10, 0, 1e9, "of moving a spike (Victor and Purpura's q)", ECP_PARAM},
    [TAU] = {"tau", "ms", 100, 1e-9, 1e12, "of van Rossum's kernel", ECP_PARAM},
    [DT] = {"dt", "ms", 50, 1e-9, 1e9, "within which spikes coincide (tiling coefficient)",
            ECP_PARAM},
    [MRTS] = {"mrts", "ms", 0, 0, 1e9,
              "shorter intervals count less in ISI- and SPIKE-distance; 0: off", ECP_PARAM},
    [RATE_INDEPENDENT] = {"rate_independent", "1", 0, 0, 1, "1: SPIKE-distance without rates",
                          ECP_WHOLE},
    [LEAST_BIN] = {"least_bin", "ms", 10, 1e-6, 1e9, "shortest bin of spike-contrast", ECP_PARAM},
    [COMPAT] = {"compat", "1", 0, 0, 1, "1: the tiling coefficient's window as elephant's",
                ECP_WHOLE},
    [VICTOR] = {"victor_purpura", "1", 0, 0, INFINITY, "mean distance; one spike more: 1",
                ECP_RESULT},
    [ROSSUM] = {"van_rossum", "1", 0, 0, INFINITY, "mean distance; one spike more: 1", ECP_RESULT},
    [TILING] = {"sttc", "1", 0, -1, 1, "mean spike time tiling coefficient", ECP_RESULT},
    [ISI] = {"isi_distance", "1", 0, 0, 1, "mean ISI-distance", ECP_RESULT},
    [SPIKE] = {"spike_distance", "1", 0, 0, 1, "mean SPIKE-distance", ECP_RESULT},
    [SYNC] = {"spike_sync", "1", 0, 0, 1, "share of spikes that are coincident", ECP_RESULT},
    [CONTRAST] = {"spike_contrast", "1", 0, 0, 1, "synchrony of all trains, at the best bin",
                  ECP_RESULT},
    [END] = {0}};

enum { MEANS = SPIKE - VICTOR + 1 };

struct sums {
    double sum[MEANS], count[MEANS], coincident, all;
};

static void add(struct sums *s, int field, double value)
{
    if (isnan(value))
        return;
    s->sum[field - VICTOR] += value;
    s->count[field - VICTOR]++;
}

static void add_pair(const struct ecp_score_call *call, struct ecp_spikes a, struct ecp_spikes b,
                     struct sums *s)
{
    const double *p = call->param, start = call->data->start, stop = call->data->stop;
    double coincident, all;
    add(s, VICTOR, ecp_victor_purpura(a, b, p[COST] / 1000));
    add(s, ROSSUM, ecp_van_rossum(a, b, p[TAU]));
    add(s, TILING, ecp_train_tiling(a, b, start, stop, p[DT], p[COMPAT] > 0));
    add(s, ISI, ecp_isi_distance(a, b, start, stop, p[MRTS]));
    add(s, SPIKE, ecp_spike_distance(a, b, start, stop, p[MRTS], p[RATE_INDEPENDENT] > 0));
    ecp_spike_coincidences(a, b, start, stop, &coincident, &all);
    s->coincident += coincident;
    s->all += all;
}

static enum ecp_status all_pairs(const struct ecp_score_call *call, struct sums *s)
{
    const struct ecp_dataset *set = call->data;
    const size_t n = set->n_units, trials = set->n_trials > 0 ? set->n_trials : 1;
    enum ecp_status status = ECP_OK;
    for (size_t t = 0; t < trials && status == ECP_OK; t++)
        for (size_t u = 0; u < n && status == ECP_OK; u++) {
            const struct ecp_train *a = &set->train[t * n + u];
            for (size_t v = u + 1; v < n; v++) {
                const struct ecp_train *b = &set->train[t * n + v];
                add_pair(call, (struct ecp_spikes){a->time, a->n},
                         (struct ecp_spikes){b->time, b->n}, s);
            }
            status = ecp_sheet_progress(call->sheet,
                                        ((double)t + (double)u / (double)n) / (double)trials);
        }
    return status;
}

/* Mean over trials. */
static double contrast(const struct ecp_score_call *call)
{
    const struct ecp_dataset *set = call->data;
    const size_t n = set->n_units, trials = set->n_trials > 0 ? set->n_trials : 1;
    struct ecp_spikes *train = malloc((n + 1) * sizeof *train);
    double sum = 0;
    size_t widths;
    if (!train)
        return NAN;
    for (size_t t = 0; t < trials; t++) {
        for (size_t u = 0; u < n; u++)
            train[u] = (struct ecp_spikes){set->train[t * n + u].time, set->train[t * n + u].n};
        sum += ecp_spike_contrast(n, train, set->start, set->stop, call->param[LEAST_BIN], NULL, 0,
                                  &widths);
    }
    free(train);
    return sum / (double)trials;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    struct sums s = {{0}, {0}, 0, 0};
    if (call->data->n_units < 2) {
        for (int f = VICTOR; f < END; f++)
            ecp_sheet_put(call->sheet, -1, f, ECP_UNDEFINED("fewer than two units"));
        return ECP_OK;
    }
    const enum ecp_status status = all_pairs(call, &s);
    if (status != ECP_OK)
        return status;
    for (int f = VICTOR; f <= SPIKE; f++)
        ecp_sheet_put(call->sheet, -1, f,
                      s.count[f - VICTOR] > 0
                          ? ECP_ESTIMATE(s.sum[f - VICTOR] / s.count[f - VICTOR])
                          : ECP_UNDEFINED("no pair of units with spikes"));
    ecp_sheet_put(call->sheet, -1, SYNC, ECP_ESTIMATE(s.all > 0 ? s.coincident / s.all : 1));
    const double c = contrast(call);
    ecp_sheet_put(call->sheet, -1, CONTRAST,
                  isnan(c) ? ECP_UNDEFINED("no memory") : ECP_ESTIMATE(c));
    return ECP_OK;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const struct ecp_dataset *set = call->data;
    const size_t trials = set->n_trials > 0 ? set->n_trials : 1;
    const double units = (double)set->n_units, train = units * (double)trials;
    double spikes = 0;
    for (size_t k = 0; k < set->n_units * trials; k++)
        spikes += (double)set->train[k].n;
    const double mean = train > 0 ? spikes / train : 0;
    *bytes = 16 * (mean + (set->stop - set->start) / call->param[LEAST_BIN] * 6);
    *operations = (double)trials * units * units / 2 * (4 * mean * mean + 400 * mean);
}

const struct ecp_analysis ecp_analysis_spike_distances = {
    .name = "spike_distances",
    .summary = "distances and synchrony of spike trains, over all pairs of units",
    .equations =
        "Victor-Purpura: least cost of edits; van Rossum: (sum of exp(-|t - t'|/tau) of the "
        "difference)^1/2\n"
        "ISI = mean |I - I'|/max(I, I'); SPIKE = mean (S I' + S' I)/(2 <I>^2)",
    .reference = "Victor & Purpura 1996; van Rossum 2001; Cutts & Eglen 2014; Kreuz et al. 2013, "
                 "2015; Ciba et al. 2018",
    .verified_by = "tests/verify/verify_spike_trains.c",
    .fields = fields,
    .score = score,
    .needs = ECP_NEEDS_TRAINS,
    .cost = cost};
