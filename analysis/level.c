/* level.c -- where the samples of a probe are, and whether they stay there.
 *
 * It reads the probe's signal (field, rate, structure) in [start, stop); where that
 * has several columns, their mean in each frame. drift is how far the
 * mean of the later half of the frames lies from that of the earlier half, as a
 * part of the mean of all. O(samples). Verified in tests/verify/verify_level.c. */
#include <math.h>

#include "engine/analysis.h"

enum { MEAN, SD, LOWEST, HIGHEST, LAST, DRIFT, END };

static const struct ecp_field fields[] = {
    [MEAN] = {"mean", "1", 0, -INFINITY, INFINITY, "mean over time, in the probe's unit",
              ECP_RESULT},
    [SD] = {"sd", "1", 0, 0, INFINITY, "standard deviation over time, in the probe's unit",
            ECP_RESULT},
    [LOWEST] = {"lowest", "1", 0, -INFINITY, INFINITY, "least sample, in the probe's unit",
                ECP_RESULT},
    [HIGHEST] = {"highest", "1", 0, -INFINITY, INFINITY, "largest sample, in the probe's unit",
                 ECP_RESULT},
    [LAST] = {"last", "1", 0, -INFINITY, INFINITY, "last sample, in the probe's unit", ECP_RESULT},
    [DRIFT] = {"drift", "1", 0, -INFINITY, INFINITY,
               "later half less earlier half, over the mean of all", ECP_RESULT},
    [END] = {0}};

/* Mean over the columns of a frame. */
static double frame_of(const struct ecp_recorded_signal *s, size_t frame)
{
    double sum = 0;
    for (size_t k = 0; k < s->n_columns; k++)
        sum += (double)s->data[frame * s->n_columns + k];
    return sum / (double)s->n_columns;
}

static double mean_of(const struct ecp_recorded_signal *s, size_t first, size_t stop)
{
    double sum = 0;
    for (size_t k = first; k < stop; k++)
        sum += frame_of(s, k);
    return sum / (double)(stop - first);
}

static enum ecp_status run(const struct ecp_analysis_call *call, double *result)
{
    if (call->signal < 0)
        return ECP_EARG;
    const struct ecp_recorded_signal *s = &call->recording->signal[call->signal];
    const double slack = call->recording->dt / 2;
    size_t first = 0, stop = 0;
    for (size_t k = 0; k < s->n_frames; k++) {
        const double time = s->start + (double)k * s->interval;
        first += time < call->start - slack;
        stop += time < call->stop - slack;
    }
    if (stop <= first || s->n_columns == 0)
        return ECP_OK;
    const size_t half = (stop - first) / 2;
    const double mean = mean_of(s, first, stop);
    double square = 0, lowest = INFINITY, highest = -INFINITY;
    for (size_t k = first; k < stop; k++) {
        const double value = frame_of(s, k);
        square += (value - mean) * (value - mean);
        lowest = fmin(lowest, value);
        highest = fmax(highest, value);
    }
    result[MEAN] = mean;
    result[SD] = sqrt(square / (double)(stop - first));
    result[LOWEST] = lowest;
    result[HIGHEST] = highest;
    result[LAST] = frame_of(s, stop - 1);
    if (half > 0)
        result[DRIFT] = (mean_of(s, stop - half, stop) - mean_of(s, first, first + half)) / mean;
    return ECP_OK;
}

const struct ecp_analysis ecp_analysis_level = {
    .name = "level",
    .summary = "where the samples of a probe are, and whether they stay there",
    .equations = "mean, sd, least, largest and last sample of the stretch; with several neurons\n"
                 "their mean in each frame\n"
                 "drift = (mean of the later half - mean of the earlier half) / mean",
    .reference = "elementary",
    .verified_by = "tests/verify/verify_level.c",
    .fields = fields,
    .run = run};
