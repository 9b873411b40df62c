/* synchrony.c -- how far the neurons of a population fire together.
 *
 * From spikes in bins of `bin` ms (whole bins of each counted phase):
 *   fano   variance over mean of the population's count: 1 for independent
 *          Poisson neurons, N times as much when all fire at once
 *   modulation  sqrt(variance - mean) / mean of that count: how far the rate
 *          behind it swings; 0 for a constant rate
 *   chi    sqrt(Var_t(mean of the neurons) / mean_i Var_t(neuron i)): between
 *          1/sqrt(N) for independent neurons and 1 for identical ones
 *   peak   of the power spectrum of the count (Hann windows that overlap by
 *          half): its frequency, and its height over that of Poisson spikes
 * O(spikes + neurons + bins * frequencies in a window).
 * Verified in tests/verify/verify_analysis.c. */
#include <math.h>
#include <stdlib.h>

#include "engine/analysis.h"

enum { BIN, WINDOW, FANO, MODULATION, CHI, PEAK_HZ, PEAK, END };

static const struct ecp_field fields[] = {
    [BIN] = {"bin", "ms", 1, 1e-3, 1e6, "width of a bin", ECP_PARAM},
    [WINDOW] = {"window", "ms", 256, 1e-2, 1e7, "length of a window of the spectrum", ECP_PARAM},
    [FANO] = {"fano", "1", 0, 0, INFINITY, "variance over mean of the population count",
              ECP_RESULT},
    [MODULATION] = {"modulation", "1", 0, 0, INFINITY,
                    "standard deviation over mean of the population rate, counting noise apart",
                    ECP_RESULT},
    [CHI] = {"chi", "1", 0, 0, INFINITY, "synchrony index of Golomb", ECP_RESULT},
    [PEAK_HZ] = {"peak_hz", "Hz", 0, 0, INFINITY, "frequency of the highest spectral peak",
                 ECP_RESULT},
    [PEAK] = {"peak", "1", 0, 0, INFINITY, "height of that peak, 1 for independent Poisson spikes",
              ECP_RESULT},
    [END] = {0}};

enum { MAX_WINDOW = 4096 }; /* bins; keeps the spectrum below a second of work */
static const double pi = 3.14159265358979323846;

/* Steps go to bins of whole steps; each phase that counts starts its own. */
struct bins {
    ecp_step width;  /* steps in a bin */
    size_t n;        /* bins in all */
    size_t n_parts;  /* contiguous stretches */
    ecp_step *first; /* per part: first step, */
    size_t *offset;  /* first bin; offset[n_parts] = n */
    uint32_t *count; /* per bin */
    double squares;  /* sum over neurons and bins of the squared count */
    double products; /* sum over neurons of their squared total */
};

static void bins_clear(struct bins *b)
{
    free(b->first);
    free(b->offset);
    free(b->count);
}

static enum ecp_status bins_init(struct bins *b, const struct ecp_analysis_call *call)
{
    const struct ecp_recording *r = call->recording;
    const struct ecp_recorded_phase whole = {"", 0, r->duration, 0};
    const size_t n_phases = r->n_phases ? r->n_phases : 1;
    b->width = (ecp_step)fmax(nearbyint(call->param[BIN] / r->dt), 1.0);
    b->first = calloc(n_phases, sizeof *b->first);
    b->offset = calloc(n_phases + 1, sizeof *b->offset);
    if (!b->first || !b->offset)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu phases", n_phases);
    for (size_t k = 0; k < n_phases; k++) {
        const struct ecp_recorded_phase *p = r->n_phases ? &r->phase[k] : &whole;
        const double from = fmax(p->start, call->start);
        const double to = fmin(fmin(p->stop, call->stop), r->duration);
        if (p->discarded || to <= from)
            continue;
        const ecp_step first = (ecp_step)nearbyint(from / r->dt);
        const ecp_step steps = (ecp_step)nearbyint(to / r->dt) - first;
        b->first[b->n_parts] = first;
        b->n += (size_t)(steps / b->width);
        b->offset[++b->n_parts] = b->n;
    }
    b->count = calloc(b->n + 1, sizeof *b->count);
    return b->count ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for %zu bins", b->n);
}

/* Bin of a spike stamped `stamp` (it belongs to the step before), or n. */
static size_t bins_find(const struct bins *b, ecp_step stamp)
{
    for (size_t k = 0; k < b->n_parts; k++) {
        if (stamp <= b->first[k])
            continue;
        const size_t bin = (size_t)((stamp - 1 - b->first[k]) / b->width);
        if (bin < b->offset[k + 1] - b->offset[k])
            return b->offset[k] + bin;
    }
    return b->n;
}

/* Spikes come ordered by time, so a neuron's count in its present bin is all
 * that has to be remembered. */
static enum ecp_status bins_fill(struct bins *b, const struct ecp_recorded_population *p)
{
    size_t *present = calloc(p->size + 1, sizeof *present); /* bin + 1 */
    uint32_t *within = calloc(p->size + 1, sizeof *within);
    double *total = calloc(p->size + 1, sizeof *total);
    enum ecp_status status = ECP_OK;
    if (!present || !within || !total) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the counts of %zu neurons", p->size);
        goto done;
    }
    for (size_t k = 0; k < p->n_events; k++) {
        const size_t bin = bins_find(b, p->event[k].step);
        const ecp_lid j = p->event[k].index;
        if (bin == b->n)
            continue;
        if (present[j] != bin + 1) {
            present[j] = bin + 1;
            within[j] = 0;
        }
        b->count[bin]++;
        b->squares += 2.0 * within[j] + 1.0; /* (c + 1)^2 - c^2 */
        b->products += 2.0 * total[j] + 1.0;
        within[j]++;
        total[j] += 1;
    }
done:
    free(present);
    free(within);
    free(total);
    return status;
}

static void index_results(const struct bins *b, size_t size, double *result)
{
    double sum = 0, square = 0;
    for (size_t k = 0; k < b->n; k++) {
        sum += b->count[k];
        square += (double)b->count[k] * b->count[k];
    }
    const double n = (double)b->n, neurons = (double)size;
    const double mean = sum / n, variance = square / n - mean * mean;
    const double single = (b->squares / n - b->products / (n * n)) / neurons;
    const int defined = b->n > 1 && sum > 0;
    result[FANO] = defined ? variance / mean : NAN;
    result[MODULATION] = defined ? sqrt(fmax(variance - mean, 0)) / mean : NAN;
    result[CHI] =
        defined && single > 0 ? sqrt(fmax(variance, 0) / (neurons * neurons) / single) : NAN;
}

/* Power of one window at one frequency, by Goertzel's recurrence. */
static double power(const double *x, size_t n, size_t frequency)
{
    const double c = 2 * cos(2 * pi * (double)frequency / (double)n);
    double a = 0, b = 0;
    for (size_t k = 0; k < n; k++) {
        const double next = x[k] + c * a - b;
        b = a;
        a = next;
    }
    return a * a + b * b - c * a * b;
}

static enum ecp_status spectrum_results(const struct bins *b, double window, double bin_ms,
                                        double *result)
{
    const size_t n = (size_t)fmin(fmax(nearbyint(window / bin_ms), 0), MAX_WINDOW);
    const size_t half = n / 2;
    double *x = calloc(n + 1, sizeof *x), *sum = calloc(half + 1, sizeof *sum);
    enum ecp_status status = ECP_OK;
    if (!x || !sum) {
        status = ecp_fail(ECP_ENOMEM, "no memory for a window of %zu bins", n);
        goto done;
    }
    double mean = 0, weight = 0, windows = 0;
    for (size_t k = 0; k < b->n; k++)
        mean += (double)b->count[k] / (double)b->n;
    for (size_t part = 0; n >= 8 && part < b->n_parts; part++) {
        for (size_t at = b->offset[part]; at + n <= b->offset[part + 1]; at += half, windows++) {
            weight = 0;
            for (size_t k = 0; k < n; k++) {
                const double hann = 0.5 - 0.5 * cos(2 * pi * ((double)k + 0.5) / (double)n);
                x[k] = hann * (b->count[at + k] - mean);
                weight += hann * hann;
            }
            for (size_t f = 1; f < half; f++)
                sum[f] += power(x, n, f);
        }
    }
    size_t best = 0;
    for (size_t f = 2; f < half; f++) /* f = 1 holds what leaks from the mean */
        best = best == 0 || sum[f] > sum[best] ? f : best;
    const int defined = windows > 0 && mean > 0 && best > 0;
    result[PEAK_HZ] = defined ? 1e3 * (double)best / ((double)n * bin_ms) : NAN;
    result[PEAK] = defined ? sum[best] / (windows * weight * mean) : NAN;
done:
    free(x);
    free(sum);
    return status;
}

static enum ecp_status run(const struct ecp_analysis_call *call, double *result)
{
    enum ecp_status status = ECP_OK;
    const struct ecp_recording *r = call->recording;
    struct bins bins = {0};

    if (call->population < 0 || (size_t)call->population >= r->n_populations)
        return ecp_fail(ECP_EARG, "synchrony needs a population");
    const struct ecp_recorded_population *p = &r->population[call->population];
    if (!p->recorded)
        return ecp_fail(ECP_EARG, "synchrony of %s needs a spike probe on it", p->name);

    ECP_TRY(bins_init(&bins, call));
    ECP_TRY(bins_fill(&bins, p));
    index_results(&bins, p->size, result);
    ECP_TRY(spectrum_results(&bins, call->param[WINDOW], (double)bins.width * r->dt, result));
done:
    bins_clear(&bins);
    return status;
}

const struct ecp_analysis ecp_analysis_synchrony = {
    .name = "synchrony",
    .summary = "how far the neurons of a population fire together, and at what rhythm",
    .equations = "fano = Var(n) / Mean(n) of the population count n in bins\n"
                 "modulation = sqrt(Var(n) - Mean(n)) / Mean(n)\n"
                 "chi^2 = Var_t(mean_i x_i) / mean_i Var_t(x_i)\n"
                 "peak: of the power spectrum of n over that of Poisson spikes",
    .reference = "Golomb 2007, doi:10.4249/scholarpedia.1347",
    .verified_by = "tests/verify/verify_analysis.c",
    .fields = fields,
    .needs_spikes = 1,
    .run = run};
