/* lpl_reading.c -- reading the inputs from spikes. */
#include "scenarios/lpl_reading.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the lasso ------------------------------------------------------------------- */

/* Means, then covariances of x (d x d) and of x and y (m x d). */
static void sum_up(const struct ecp_lasso *p, double *mean, double *square, double *cross)
{
    const size_t d = p->d, m = p->m;
    for (size_t t = 0; t < p->n; t++)
        for (size_t j = 0; j < d + m; j++)
            mean[j] += (j < d ? p->x[t * d + j] : p->y[t * m + j - d]) / (double)p->n;
    for (size_t t = 0; t < p->n; t++)
        for (size_t i = 0; i < d; i++) {
            const double x = (p->x[t * d + i] - mean[i]) / (double)p->n;
            for (size_t j = 0; j < d; j++)
                square[i * d + j] += x * (p->x[t * d + j] - mean[j]);
            for (size_t k = 0; k < m; k++)
                cross[k * d + i] += x * (p->y[t * m + k] - mean[d + k]);
        }
}

static double shrink(double x, double alpha)
{
    return x > alpha ? x - alpha : x < -alpha ? x + alpha : 0;
}

/* `left`: covariance with what is not explained yet. */
static void descend(size_t d, const double *square, double alpha, double *left, double *w)
{
    enum { ROUNDS = 10000 };
    double largest = 1;
    for (int round = 0; round < ROUNDS && largest > 1e-9; round++) {
        largest = 0;
        for (size_t j = 0; j < d; j++) {
            const double own = square[j * d + j];
            const double better = own > 1e-12 ? shrink(left[j] + own * w[j], alpha) / own : 0;
            const double step = better - w[j];
            if (step == 0)
                continue;
            for (size_t i = 0; i < d; i++)
                left[i] -= step * square[j * d + i];
            w[j] = better;
            largest = fmax(largest, fabs(step) * sqrt(own));
        }
    }
}

enum ecp_status ecp_lasso_fit(const struct ecp_lasso *p, double *fit)
{
    const size_t d = p->d, m = p->m;
    double *mean = calloc(d + m + d * d + m * d + 1, sizeof *mean);
    if (!mean)
        return ecp_fail(ECP_ENOMEM, "no memory to read %zu signals from %zu neurons", m, d);
    double *square = mean + d + m, *cross = square + d * d;
    sum_up(p, mean, square, cross);
    for (size_t k = 0; k < m; k++) {
        double *w = fit + k * (d + 1);
        memset(w, 0, (d + 1) * sizeof *w);
        descend(d, square, p->alpha, cross + k * d, w);
        w[d] = mean[d + k];
        for (size_t j = 0; j < d; j++)
            w[d] -= w[j] * mean[j];
    }
    free(mean);
    return ECP_OK;
}

/* ---- counts ------------------------------------------------------------------------ */

static const struct ecp_recorded_population *population_of(const struct ecp_recording *r,
                                                           const char *name)
{
    for (size_t p = 0; p < r->n_populations; p++)
        if (strcmp(r->population[p].name, name) == 0)
            return &r->population[p];
    return NULL;
}

/* Of spike k; bins if it lies outside. */
static size_t bin_of(const struct ecp_recording *r, const struct ecp_lpl_reader *reader,
                     size_t bins, const struct ecp_spike *spike)
{
    const double at = ((double)spike->step - 0.5) * r->dt - reader->start;
    return at < 0 || at >= (double)bins * reader->bin ? bins : (size_t)(at / reader->bin);
}

static double count(const struct ecp_recording *r, const struct ecp_lpl_reader *reader, size_t bins,
                    double *x, double *y)
{
    const struct ecp_recorded_population *e = population_of(r, "E");
    double spikes = 0;
    for (size_t k = 0; k < e->n_events; k++) {
        const size_t bin = bin_of(r, reader, bins, &e->event[k]);
        if (bin == bins)
            continue;
        x[bin * ECP_LPL_E + e->event[k].index]++;
        spikes++;
    }
    for (size_t g = 0; g < ECP_LPL_INPUTS; g++) {
        const struct ecp_recorded_population *from = population_of(r, ecp_lpl_inputs[g].name);
        for (size_t k = 0; k < from->n_events; k++) {
            const size_t bin = bin_of(r, reader, bins, &from->event[k]);
            if (bin < bins)
                y[bin * ECP_LPL_INPUTS + g]++;
        }
    }
    return spikes / ECP_LPL_E / ((double)bins * reader->bin / 1000);
}

/* ---- scores ------------------------------------------------------------------------- */

static double r2_of(const double *guess, const double *y, size_t n, size_t g)
{
    double mean = 0, error = 0, spread = 0;
    for (size_t t = 0; t < n; t++)
        mean += y[t * ECP_LPL_INPUTS + g] / (double)n;
    for (size_t t = 0; t < n; t++) {
        const double value = y[t * ECP_LPL_INPUTS + g];
        error += pow(value - guess[t * ECP_LPL_INPUTS + g], 2);
        spread += pow(value - mean, 2);
    }
    return spread > 0 ? 1 - error / spread : NAN;
}

static double correlation_of(const double *a, const double *b, size_t n)
{
    double mean_a = 0, mean_b = 0, aa = 0, ab = 0, bb = 0;
    for (size_t k = 0; k < n; k++) {
        mean_a += a[k] / (double)n;
        mean_b += b[k] / (double)n;
    }
    for (size_t k = 0; k < n; k++) {
        aa += (a[k] - mean_a) * (a[k] - mean_a);
        ab += (a[k] - mean_a) * (b[k] - mean_b);
        bb += (b[k] - mean_b) * (b[k] - mean_b);
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : NAN;
}

static void guess(const double *fit, const double *x, size_t n, double *out)
{
    for (size_t t = 0; t < n; t++)
        for (size_t g = 0; g < ECP_LPL_INPUTS; g++) {
            const double *w = fit + g * (ECP_LPL_E + 1);
            double sum = w[ECP_LPL_E];
            for (size_t j = 0; j < ECP_LPL_E; j++)
                sum += w[j] * x[t * ECP_LPL_E + j];
            out[t * ECP_LPL_INPUTS + g] = sum;
        }
}

enum ecp_status ecp_lpl_read(const struct ecp_recording *r, const struct ecp_lpl_reader *reader,
                             struct ecp_lpl_reading *out)
{
    const size_t bins = (size_t)((reader->stop - reader->start) / reader->bin + 1e-9);
    const size_t learned = bins - (size_t)(reader->held_out * (double)bins), held = bins - learned;
    enum ecp_status status = ECP_OK;
    if (learned < 10 || held < 10)
        return ecp_fail(ECP_EARG, "%zu bins are too few to learn from %g and be tested on the rest",
                        bins, 1 - reader->held_out);
    double *x = calloc(bins * (ECP_LPL_E + 2 * ECP_LPL_INPUTS), sizeof *x);
    double *fit = calloc(ECP_LPL_INPUTS * (ECP_LPL_E + 1), sizeof *fit);
    if (!x || !fit) {
        status = ecp_fail(ECP_ENOMEM, "no memory to count spikes in %zu bins", bins);
        goto done;
    }
    double *y = x + bins * ECP_LPL_E, *guesses = y + bins * ECP_LPL_INPUTS;
    out->rate = count(r, reader, bins, x, y);
    const struct ecp_lasso problem = {learned, ECP_LPL_E, ECP_LPL_INPUTS, x, y, reader->alpha};
    ECP_TRY(ecp_lasso_fit(&problem, fit));
    guess(fit, x + learned * ECP_LPL_E, held, guesses);
    const double *truth = y + learned * ECP_LPL_INPUTS;
    for (size_t g = 0; g < ECP_LPL_INPUTS; g++)
        out->r2[g] = r2_of(guesses, truth, held, g);
    out->correlation = correlation_of(guesses, truth, held * ECP_LPL_INPUTS);
done:
    free(x);
    free(fit);
    return status;
}
