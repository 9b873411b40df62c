/* decoding.c -- how well a signal can be read out of a population, linearly.
 *
 * Time is cut into bins; x_j are the spike counts of neuron j (standardised), y the
 * mean of the probe's first column. Ridge regression on four fifths of the time,
 *
 *   minimise  mean (y - b - sum_j w_j x_j)^2 + ridge sum_j w_j^2,
 *
 * and r2 = 1 - error/variance of y on the rest: every fifth block. 1: all can be
 * read; 0: no better than the mean; below: worse. NAN where y is constant or there
 * are too few bins. O(bins x neurons^2). Verified in tests/verify/verify_decoding.c. */
#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_matrix.h>
#include <math.h>
#include <stdlib.h>

#include "engine/analysis.h"

enum { BIN, BLOCK, RIDGE, R2, R2_TRAINED, BINS, END };

static const struct ecp_field fields[] = {
    [BIN] = {"bin", "ms", 25, 1e-3, 1e6, "length of a bin", ECP_PARAM},
    [BLOCK] = {"block", "ms", 1000, 1e-3, 1e9, "length of a block; every fifth one tests",
               ECP_PARAM},
    [RIDGE] = {"ridge", "1", 0.01, 1e-12, 1e9, "penalty on weights", ECP_PARAM},
    [R2] = {"r2", "1", 0, -INFINITY, 1, "share of the signal's variance that is read out",
            ECP_RESULT},
    [R2_TRAINED] = {"r2_trained", "1", 0, -INFINITY, 1, "the same where it was fitted", ECP_RESULT},
    [BINS] = {"bins", "1", 0, 0, INFINITY, "bins in all", ECP_RESULT},
    [END] = {0}};

struct problem {
    size_t n, neurons, block; /* bins; bins of a block */
    double *x, *y;            /* n x neurons; n */
    double *weight;           /* neurons */
    double mean, ridge;
};

static int tests(const struct problem *p, size_t bin)
{
    return bin / p->block % 5 == 4;
}

static void count_spikes(struct problem *p, const struct ecp_analysis_call *call, double bin)
{
    const struct ecp_recording *r = call->recording;
    const struct ecp_recorded_population *from = &r->population[call->population];
    for (size_t k = 0; k < from->n_events; k++) {
        const double at = (double)from->event[k].step * r->dt - r->dt / 2 - call->start;
        if (at >= 0 && at < (double)p->n * bin)
            p->x[(size_t)(at / bin) * p->neurons + from->event[k].index]++;
    }
}

/* Means over the frames of each bin; 0 where a bin has none. */
static int take_signal(struct problem *p, const struct ecp_analysis_call *call, double bin)
{
    const struct ecp_recorded_signal *s = &call->recording->signal[call->signal];
    uint32_t *count = calloc(p->n + 1, sizeof *count);
    int complete = count != NULL;
    for (size_t k = 0; count && k < s->n_frames; k++) {
        const double at = s->start + (double)k * s->interval - call->start + 1e-9 * s->interval;
        if (at < 0 || at >= (double)p->n * bin)
            continue;
        p->y[(size_t)(at / bin)] += (double)s->data[k * s->n_columns];
        count[(size_t)(at / bin)]++;
    }
    for (size_t t = 0; count && t < p->n; t++) {
        complete &= count[t] > 0;
        p->y[t] /= count[t] > 0 ? count[t] : 1;
    }
    free(count);
    return complete;
}

/* Mean 0 and variance 1 of every column over the bins that train. */
static void standardise(struct problem *p)
{
    size_t n = 0;
    for (size_t t = 0; t < p->n; t++)
        n += !tests(p, t);
    for (size_t j = 0; j < p->neurons; j++) {
        double sum = 0, square = 0;
        for (size_t t = 0; t < p->n; t++) {
            const double x = tests(p, t) ? 0 : p->x[t * p->neurons + j];
            sum += x;
            square += x * x;
        }
        const double mean = sum / (double)n;
        const double variance = square / (double)n - mean * mean;
        const double scale = variance > 1e-12 ? 1 / sqrt(variance) : 0;
        for (size_t t = 0; t < p->n; t++)
            p->x[t * p->neurons + j] = (p->x[t * p->neurons + j] - mean) * scale;
    }
    p->mean = 0;
    for (size_t t = 0; t < p->n; t++)
        p->mean += tests(p, t) ? 0 : p->y[t] / (double)n;
}

/* (X'X/n + ridge) w = X'(y - mean)/n. */
static enum ecp_status fit(struct problem *p)
{
    gsl_matrix *square = gsl_matrix_calloc(p->neurons, p->neurons);
    gsl_vector *right = gsl_vector_calloc(p->neurons);
    enum ecp_status status = ECP_OK;
    size_t n = 0;
    if (!square || !right) {
        status = ecp_fail(ECP_ENOMEM, "no memory to decode from %zu neurons", p->neurons);
        goto done;
    }
    for (size_t t = 0; t < p->n; t++) {
        if (tests(p, t))
            continue;
        const gsl_vector_const_view x =
            gsl_vector_const_view_array(p->x + t * p->neurons, p->neurons);
        gsl_blas_dsyr(CblasLower, 1, &x.vector, square);
        gsl_blas_daxpy(p->y[t] - p->mean, &x.vector, right);
        n++;
    }
    gsl_matrix_scale(square, 1 / (double)n);
    gsl_vector_scale(right, 1 / (double)n);
    for (size_t j = 0; j < p->neurons; j++)
        *gsl_matrix_ptr(square, j, j) += p->ridge;
    gsl_linalg_cholesky_decomp1(square);
    gsl_linalg_cholesky_svx(square, right);
    for (size_t j = 0; j < p->neurons; j++)
        p->weight[j] = gsl_vector_get(right, j);
done:
    gsl_matrix_free(square);
    gsl_vector_free(right);
    return status;
}

static double score(const struct problem *p, int testing)
{
    double error = 0, sum = 0, square = 0, n = 0;
    for (size_t t = 0; t < p->n; t++) {
        if (tests(p, t) != testing)
            continue;
        double guess = p->mean;
        for (size_t j = 0; j < p->neurons; j++)
            guess += p->weight[j] * p->x[t * p->neurons + j];
        error += (p->y[t] - guess) * (p->y[t] - guess);
        sum += p->y[t] - p->mean;
        square += (p->y[t] - p->mean) * (p->y[t] - p->mean);
        n++;
    }
    const double spread = square - sum * sum / n;
    return spread > 1e-12 * n * (1 + p->mean * p->mean) ? 1 - error / spread : NAN;
}

static enum ecp_status run(const struct ecp_analysis_call *call, double *result)
{
    const struct ecp_recording *r = call->recording;
    if (call->population < 0 || call->signal < 0 || (size_t)call->signal >= r->n_signals)
        return ecp_fail(ECP_EARG, "decoding needs a population and the probe of a signal");
    const double bin = call->param[BIN], stop = fmin(call->stop, r->duration);
    struct problem p = {.n = stop > call->start ? (size_t)((stop - call->start) / bin + 1e-9) : 0,
                        .neurons = r->population[call->population].size,
                        .block = (size_t)fmax(1, nearbyint(call->param[BLOCK] / bin)),
                        .ridge = call->param[RIDGE]};
    enum ecp_status status = ECP_OK;
    result[R2] = result[R2_TRAINED] = NAN;
    result[BINS] = (double)p.n;
    if (p.n < 10 * p.block)
        return ECP_OK;
    p.x = calloc(p.n * p.neurons + 1, sizeof *p.x);
    p.y = calloc(p.n, sizeof *p.y);
    p.weight = calloc(p.neurons + 1, sizeof *p.weight);
    if (!p.x || !p.y || !p.weight) {
        status = ecp_fail(ECP_ENOMEM, "no memory to decode from %zu neurons", p.neurons);
        goto done;
    }
    count_spikes(&p, call, bin);
    if (!take_signal(&p, call, bin))
        goto done;
    standardise(&p);
    ECP_TRY(fit(&p));
    result[R2] = score(&p, 1);
    result[R2_TRAINED] = score(&p, 0);
done:
    free(p.x);
    free(p.y);
    free(p.weight);
    return status;
}

const struct ecp_analysis ecp_analysis_decoding = {
    .name = "decoding",
    .summary = "how much of a signal can be read linearly out of a population's spikes",
    .equations = "minimise mean (y - b - sum w_j x_j)^2 + ridge sum w_j^2 on four blocks of five\n"
                 "r2 = 1 - sum (y - guess)^2 / sum (y - mean)^2 on the fifth\n"
                 "x: standardised spike counts in bins, y: mean of the probe in the bin",
    .reference = "Hoerl & Kennard 1970, doi:10.1080/00401706.1970.10488634",
    .verified_by = "tests/verify/verify_decoding.c",
    .fields = fields,
    .needs_spikes = 1,
    .run = run};
