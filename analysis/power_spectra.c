/* power_spectra.c -- rhythms of spike trains: power over frequency, as a multiple of the rate.
 *
 * Welch's mean over segments that overlap by half, of counts x_k in bins of d seconds less their
 * mean, under a Hann window w:
 *
 *   S(f) = |sum_k w_k x_k exp(-2 pi i f k d)|^2 / (d sum w_k^2)     (Hz, f > 0, two-sided)
 *
 * A Poisson train has S(f) = rate at all frequencies, so S/rate is 1; below 1 at low frequencies:
 * refractory or regular, above: bursts or slow changes. The population's spectrum, of all trains
 * together over the sum of their rates, is above the units' where they have a rhythm in common.
 * Verified in tests/verify/verify_power_spectra.c. */
#include <gsl/gsl_fft_real.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/trains.h"
#include "engine/analysis.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum {
    BIN,
    SEGMENT,
    LOWEST,
    LOW,
    HIGH,
    PEAK,
    HEIGHT,
    BAND,
    SHARED_PEAK,
    SHARED_HEIGHT,
    SHARED_BAND,
    END
};

static const struct ecp_field fields[] = {
    [BIN] = {"bin", "ms", 1, 1e-3, 1e6, "in which spikes are counted; frequencies go to 1/(2 bin)",
             ECP_PARAM},
    [SEGMENT] = {"segment", "ms", 1024, 1e-2, 1e9,
                 "length of a segment; the bins in it are rounded down to a power of 2", ECP_PARAM},
    [LOWEST] = {"lowest", "Hz", 2, 0, 1e6, "lowest frequency at which a peak is looked for",
                ECP_PARAM},
    [LOW] = {"low", "Hz", 30, 0, 1e6, "lower end of the band", ECP_PARAM},
    [HIGH] = {"high", "Hz", 80, 0, 1e6, "upper end of the band", ECP_PARAM},
    [PEAK] = {"peak", "Hz", 0, 0, INFINITY,
              "frequency of the lowest peak of the units' mean S/rate that is at least half as "
              "high as the highest (harmonics are as high)",
              ECP_RESULT},
    [HEIGHT] = {"height", "1", 0, 0, INFINITY, "S/rate there; 1: Poisson", ECP_RESULT},
    [BAND] = {"band", "1", 0, 0, INFINITY, "mean S/rate from low to high", ECP_RESULT},
    [SHARED_PEAK] = {"shared_peak", "Hz", 0, 0, INFINITY, "peak of the population's spectrum",
                     ECP_RESULT},
    [SHARED_HEIGHT] = {"shared_height", "1", 0, 0, INFINITY, "its height", ECP_RESULT},
    [SHARED_BAND] = {"shared_band", "1", 0, 0, INFINITY, "its mean from low to high", ECP_RESULT},
    [END] = {0}};

struct spectra {
    size_t bins, length, values; /* of a trial; of a segment (power of 2); length/2 */
    size_t trials, units;
    double d, step;           /* s; Hz between frequencies */
    double *count, *together; /* bins; trials x bins: of all units */
    double *window, *segment; /* length */
    double *power;            /* values, of one train: k-th at (k + 1) step */
    double *mean, *shared, *frequency;
    double with_spikes; /* units */
};

static enum ecp_status spectra_begin(const struct ecp_score_call *call, struct spectra *s)
{
    const struct ecp_dataset *set = call->data;
    const double bin = call->param[BIN], most = call->param[SEGMENT] / bin * (1 + 1e-12);
    *s = (struct spectra){.bins = (size_t)((set->stop - set->start) / bin * (1 + 1e-12)),
                          .length = 1,
                          .trials = set->n_trials > 0 ? set->n_trials : 1,
                          .units = set->n_units,
                          .d = bin / 1000};
    while (2 * (double)s->length <= most)
        s->length *= 2;
    s->values = s->length / 2;
    s->step = 1 / ((double)s->length * s->d);
    s->count =
        calloc(s->bins * (s->trials + 1) + 2 * s->length + 4 * s->values + 1, sizeof *s->count);
    if (!s->count)
        return ecp_fail(ECP_ENOMEM, "no memory for spectra of %zu bins", s->bins);
    s->together = s->count + s->bins;
    s->window = s->together + s->trials * s->bins;
    s->segment = s->window + s->length;
    s->power = s->segment + s->length;
    s->mean = s->power + s->values;
    s->shared = s->mean + s->values;
    s->frequency = s->shared + s->values;
    for (size_t k = 0; k < s->length; k++)
        s->window[k] = 0.5 - 0.5 * cos(2 * acos(-1) * (double)k / (double)s->length);
    for (size_t k = 0; k < s->values; k++)
        s->frequency[k] = (double)(k + 1) * s->step;
    return ECP_OK;
}

/* Add the segments of counts (`bins`, about `mean`) to `power`; how many there were. */
static size_t add_segments(struct spectra *s, const double *count, double mean)
{
    const size_t hop = s->length > 1 ? s->length / 2 : 1;
    size_t segments = 0;
    for (size_t at = 0; at + s->length <= s->bins; at += hop, segments++) {
        for (size_t k = 0; k < s->length; k++)
            s->segment[k] = s->window[k] * (count[at + k] - mean);
        (void)gsl_fft_real_radix2_transform(s->segment, 1, s->length);
        for (size_t k = 1; k <= s->values; k++) { /* the last has no imaginary part */
            const double re = s->segment[k];
            const double im = k < s->length - k ? s->segment[s->length - k] : 0;
            s->power[k - 1] += re * re + im * im;
        }
    }
    return segments;
}

/* S/rate of counts of all trials into `power`; 0: no spikes, or no segment. `count` (trials x
 * bins) NULL: of unit `unit`. */
static int spectrum_of(struct spectra *s, const struct ecp_dataset *set, const double *count,
                       size_t unit)
{
    double spikes = 0, squares = 0;
    size_t segments = 0;
    for (int pass = 0; pass < 2; pass++) {
        const double mean = spikes / (double)(s->trials * s->bins);
        if (pass > 0 && !(spikes > 0))
            return 0;
        memset(s->power, 0, s->values * sizeof *s->power);
        for (size_t t = 0; t < s->trials; t++) {
            const double *own = count ? count + t * s->bins : s->count;
            const struct ecp_train *train = &set->train[t * s->units + unit];
            if (!count)
                ecp_train_bin((struct ecp_spikes){train->time, train->n}, set->start, s->d * 1000,
                              s->bins, s->count);
            for (size_t k = 0; pass == 0 && k < s->bins; k++) {
                spikes += own[k];
                if (!count)
                    s->together[t * s->bins + k] += own[k];
            }
            if (pass > 0)
                segments += add_segments(s, own, mean);
        }
    }
    for (size_t k = 0; k < s->length; k++)
        squares += s->window[k] * s->window[k];
    const double rate = spikes / ((double)(s->trials * s->bins) * s->d);
    for (size_t k = 0; k < s->values; k++)
        s->power[k] /= s->d * squares * (double)segments * rate;
    return segments > 0;
}

/* ---- results ------------------------------------------------------------------------------ */

static void put_spectrum(const struct ecp_score_call *call, const struct spectra *s,
                         const double *power, int first_field)
{
    double most = 0, sum = 0, count = 0;
    size_t peak = s->values;
    for (size_t k = 0; k < s->values; k++) {
        if (s->frequency[k] >= call->param[LOWEST])
            most = fmax(most, power[k]);
        if (s->frequency[k] >= call->param[LOW] && s->frequency[k] <= call->param[HIGH]) {
            sum += power[k];
            count++;
        }
    }
    for (size_t k = 0; k < s->values && peak == s->values; k++)
        if (s->frequency[k] >= call->param[LOWEST] && power[k] >= most / 2 &&
            (k == 0 || s->frequency[k - 1] < call->param[LOWEST] || power[k] >= power[k - 1]) &&
            (k + 1 == s->values || power[k] >= power[k + 1]))
            peak = k;
    const char *none = "no frequency from `lowest` on";
    ecp_sheet_put(call->sheet, -1, first_field,
                  peak < s->values ? ECP_ESTIMATE(s->frequency[peak]) : ECP_UNDEFINED(none));
    ecp_sheet_put(call->sheet, -1, first_field + 1,
                  peak < s->values ? ECP_ESTIMATE(power[peak]) : ECP_UNDEFINED(none));
    ecp_sheet_put(call->sheet, -1, first_field + 2,
                  count > 0 ? ECP_ESTIMATE(sum / count)
                            : ECP_UNDEFINED("no frequency in the band"));
}

static enum ecp_status put_table(const struct ecp_score_call *call, const struct spectra *s)
{
    const struct ecp_table_column columns[] = {
        {"frequency", "Hz", "frequency", s->frequency, NULL},
        {"power", "1", "mean of units' S/rate; 1: Poisson", s->mean, NULL},
        {"shared", "1", "S/rate of all trains together", s->shared, NULL}};
    return ecp_sheet_table(call->sheet, "spectrum", s->values, columns,
                           sizeof columns / sizeof columns[0]);
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    struct spectra s;
    const char *fault = NULL;
    enum ecp_status status = spectra_begin(call, &s);
    if (status != ECP_OK)
        return status;
    if (s.length < 4)
        fault = "a segment has fewer than four bins";
    else if (s.bins < s.length)
        fault = "trains are shorter than a segment";
    for (size_t u = 0; u < s.units && !fault; u++) {
        if (spectrum_of(&s, call->data, NULL, u)) {
            s.with_spikes++;
            for (size_t k = 0; k < s.values; k++)
                s.mean[k] += s.power[k];
        }
        ECP_TRY(ecp_sheet_progress(call->sheet, (double)(u + 1) / (double)(s.units + 1)));
    }
    if (!fault && !(s.with_spikes > 0))
        fault = "no spikes";
    if (fault) {
        for (int f = PEAK; f <= SHARED_BAND; f++)
            ecp_sheet_put(call->sheet, -1, f, ECP_UNDEFINED(fault));
        goto done;
    }
    for (size_t k = 0; k < s.values; k++)
        s.mean[k] /= s.with_spikes;
    (void)spectrum_of(&s, call->data, s.together, 0);
    memcpy(s.shared, s.power, s.values * sizeof *s.shared);
    put_spectrum(call, &s, s.mean, PEAK);
    put_spectrum(call, &s, s.shared, SHARED_PEAK);
    status = put_table(call, &s);
done:
    free(s.count);
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const struct ecp_dataset *set = call->data;
    const double trials = (double)(set->n_trials > 0 ? set->n_trials : 1);
    const double bins = (set->stop - set->start) / call->param[BIN];
    *bytes = 8 * (bins * (trials + 1) + 4 * call->param[SEGMENT] / call->param[BIN]);
    *operations = (double)set->n_units * trials * bins * 80;
}

const struct ecp_analysis ecp_analysis_power_spectra = {
    .name = "power_spectra",
    .summary = "power spectra of spike trains (Welch), of units and of all together",
    .equations = "S(f) = |sum_k w_k x_k exp(-2 pi i f k d)|^2/(d sum w_k^2), x: counts less mean\n"
                 "a Poisson train: S = rate; given as S/rate",
    .reference = "Welch 1967, doi:10.1109/TAU.1967.1161901; Bair et al. 1994, "
                 "doi:10.1523/JNEUROSCI.14-05-02870.1994",
    .verified_by = "tests/verify/verify_power_spectra.c",
    .fields = fields,
    .score = score,
    .needs = ECP_NEEDS_TRAINS,
    .cost = cost};
