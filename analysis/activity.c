/* activity.c -- how much, and how regularly, the neurons of a population fire.
 *
 * It counts the recorded spikes; where there are none it reads the counters
 * that the engine keeps for every population over the whole counted time. A
 * spike stamped t belongs to the step that ends at t, so a stretch
 * [start, stop) holds the stamps in (start, stop]. Discarded phases are left
 * out, and with them the intervals that reach into them. O(spikes + neurons).
 * Verified in tests/verify/verify_analysis.c. */
#include <math.h>
#include <stdlib.h>

#include "engine/analysis.h"

enum { MIN_INTERVALS, RATE, RATE_SD, CV, CV2, CV_NEURONS, ACTIVE, SPIKES, END };

static const struct ecp_field fields[] = {
    [MIN_INTERVALS] = {"min_intervals", "1", 3, 2, 1e9,
                       "intervals a neuron needs to enter cv_isi and cv2_isi", ECP_WHOLE},
    [RATE] = {"rate_hz", "Hz", 0, 0, INFINITY, "mean rate of the neurons", ECP_RESULT},
    [RATE_SD] = {"rate_sd_hz", "Hz", 0, 0, INFINITY, "standard deviation of the rate over neurons",
                 ECP_RESULT},
    [CV] = {"cv_isi", "1", 0, 0, INFINITY,
            "coefficient of variation of the inter-spike intervals, mean over neurons", ECP_RESULT},
    [CV2] = {"cv2_isi", "1", 0, 0, INFINITY,
             "variation of neighbouring intervals, mean over neurons; without the bias of cv_isi "
             "where a neuron has few spikes",
             ECP_RESULT},
    [CV_NEURONS] = {"cv_neurons", "1", 0, 0, INFINITY, "neurons behind cv_isi", ECP_RESULT},
    [ACTIVE] = {"active", "1", 0, 0, 1, "fraction of neurons with a spike", ECP_RESULT},
    [SPIKES] = {"spikes", "1", 0, 0, INFINITY, "spikes in all", ECP_RESULT},
    [END] = {0}};

/* Per-neuron sums, either the engine's or our own. */
struct sums {
    const uint32_t *count, *intervals;
    const uint64_t *sum;
    const double *square;
    const uint32_t *pairs; /* of neighbouring intervals; NULL from the engine */
    const double *cv2;     /* sum of 2 |difference| / sum over them */
};

struct tally {
    uint32_t *count, *intervals, *pairs;
    uint64_t *sum;
    double *square, *cv2;
    ecp_step *last; /* stamp of the last counted spike; < 0: none */
    ecp_step *gap;  /* the interval before it; 0: none */
};

/* Does [start, stop) hold all time that counts? */
static int covers_all(const struct ecp_recording *r, double start, double stop)
{
    const double slack = r->dt / 2;
    for (size_t k = 0; k < r->n_phases; k++) {
        const struct ecp_recorded_phase *p = &r->phase[k];
        if (!p->discarded && p->stop > p->start &&
            (p->start < start - slack || p->stop > stop + slack))
            return 0;
    }
    return 1;
}

/* Phase that holds the step ending at `stamp`, or -1 where it is discarded or
 * outside [start, stop). */
static int counted_phase(const struct ecp_analysis_call *call, double stamp)
{
    const struct ecp_recording *r = call->recording;
    const double middle = stamp - r->dt / 2;
    if (middle < call->start || middle >= call->stop)
        return -1;
    for (size_t k = 0; k < r->n_phases; k++)
        if (middle >= r->phase[k].start && middle < r->phase[k].stop)
            return r->phase[k].discarded ? -1 : (int)k;
    return r->n_phases == 0 ? 0 : -1;
}

static double counted_ms(const struct ecp_analysis_call *call)
{
    const struct ecp_recording *r = call->recording;
    double total = 0;
    for (size_t k = 0; k < r->n_phases; k++) {
        const struct ecp_recorded_phase *p = &r->phase[k];
        const double from = fmax(p->start, call->start);
        const double to = fmin(fmin(p->stop, call->stop), r->duration);
        if (!p->discarded && to > from)
            total += to - from;
    }
    return r->n_phases == 0 ? fmin(call->stop, r->duration) - call->start : total;
}

static void tally_clear(struct tally *t)
{
    free(t->count);
    free(t->intervals);
    free(t->sum);
    free(t->square);
    free(t->pairs);
    free(t->cv2);
    free(t->gap);
    free(t->last);
}

static enum ecp_status tally_init(struct tally *t, size_t n)
{
    t->count = calloc(n + 1, sizeof *t->count);
    t->intervals = calloc(n + 1, sizeof *t->intervals);
    t->sum = calloc(n + 1, sizeof *t->sum);
    t->square = calloc(n + 1, sizeof *t->square);
    t->pairs = calloc(n + 1, sizeof *t->pairs);
    t->cv2 = calloc(n + 1, sizeof *t->cv2);
    t->gap = calloc(n + 1, sizeof *t->gap);
    t->last = malloc((n + 1) * sizeof *t->last);
    if (!t->count || !t->intervals || !t->sum || !t->square || !t->pairs || !t->cv2 || !t->gap ||
        !t->last)
        return ecp_fail(ECP_ENOMEM, "no memory for the spike counts of %zu neurons", n);
    for (size_t j = 0; j < n; j++)
        t->last[j] = -1;
    return ECP_OK;
}

static void tally_interval(struct tally *t, ecp_lid j, ecp_step gap)
{
    t->intervals[j]++;
    t->sum[j] += (uint64_t)gap;
    t->square[j] += (double)gap * (double)gap;
    if (t->gap[j] > 0) {
        t->pairs[j]++;
        t->cv2[j] += 2 * fabs((double)(gap - t->gap[j])) / (double)(gap + t->gap[j]);
    }
    t->gap[j] = gap;
}

static void tally_events(struct tally *t, const struct ecp_analysis_call *call)
{
    const struct ecp_recording *r = call->recording;
    const struct ecp_recorded_population *p = &r->population[call->population];
    for (size_t k = 0; k < p->n_events; k++) {
        const ecp_lid j = p->event[k].index;
        const ecp_step at = p->event[k].step;
        if (counted_phase(call, (double)at * r->dt) < 0) {
            t->last[j] = -1;
            t->gap[j] = 0;
            continue;
        }
        t->count[j]++;
        if (t->last[j] >= 0)
            tally_interval(t, j, at - t->last[j]);
        t->last[j] = at;
    }
}

static void summarise(const struct sums *s, size_t n, const double *param, double counted,
                      double *result)
{
    double spikes = 0, squares = 0, active = 0, cv_sum = 0, cv2_sum = 0, cv_neurons = 0;
    for (size_t j = 0; j < n; j++) {
        const double count = s->count[j];
        spikes += count;
        squares += count * count;
        active += count > 0;
        if (s->intervals[j] >= param[MIN_INTERVALS]) {
            const double m = s->intervals[j];
            const double mean = (double)s->sum[j] / m;
            const double variance = fmax(s->square[j] / m - mean * mean, 0.0);
            cv_sum += sqrt(variance) / mean;
            cv2_sum += s->pairs && s->pairs[j] ? s->cv2[j] / s->pairs[j] : NAN;
            cv_neurons++;
        }
    }
    const int defined = n > 0 && counted > 0;
    const double mean = spikes / (double)n;
    const double per_count = 1e3 / counted;
    result[RATE] = defined ? mean * per_count : NAN;
    result[RATE_SD] =
        defined ? sqrt(fmax(squares / (double)n - mean * mean, 0.0)) * per_count : NAN;
    result[CV] = cv_neurons > 0 ? cv_sum / cv_neurons : NAN;
    result[CV2] = cv_neurons > 0 ? cv2_sum / cv_neurons : NAN;
    result[CV_NEURONS] = cv_neurons;
    result[ACTIVE] = n > 0 ? active / (double)n : NAN;
    result[SPIKES] = spikes;
}

static enum ecp_status run(const struct ecp_analysis_call *call, double *result)
{
    enum ecp_status status = ECP_OK;
    const struct ecp_recording *r = call->recording;
    struct tally tally = {0};

    if (call->population < 0 || (size_t)call->population >= r->n_populations)
        return ecp_fail(ECP_EARG, "activity needs a population");
    const struct ecp_recorded_population *p = &r->population[call->population];
    struct sums sums = {p->count, p->intervals, p->interval_sum, p->interval_square_sum,
                        NULL,     NULL};

    if (p->recorded) {
        ECP_TRY(tally_init(&tally, p->size));
        tally_events(&tally, call);
        sums = (struct sums){tally.count,  tally.intervals, tally.sum,
                             tally.square, tally.pairs,     tally.cv2};
    } else if (p->count == NULL || !covers_all(r, call->start, call->stop)) {
        return ecp_fail(ECP_EARG, "activity of %s over a part of the run needs a spike probe on it",
                        p->name);
    }
    summarise(&sums, p->size, call->param, counted_ms(call), result);
done:
    tally_clear(&tally);
    return status;
}

const struct ecp_analysis ecp_analysis_activity = {
    .name = "activity",
    .summary = "mean rate, its spread over neurons, and regularity of firing",
    .equations = "rate = spikes / (neurons * time)\n"
                 "cv = sd(interval) / mean(interval) of a neuron, sd with divisor n\n"
                 "cv2 = mean of 2 |b - a| / (a + b) over neighbouring intervals a, b",
    .reference = "Holt et al. 1996, doi:10.1152/jn.1996.75.5.1806",
    .verified_by = "tests/verify/verify_analysis.c",
    .fields = fields,
    .needs_spikes = 0,
    .run = run};
