#include "analysis/tensors.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/labels.h"
#include "analysis/trains.h"

static enum ecp_status no_memory(const struct ecp_dataset *set)
{
    return ecp_fail(ECP_ENOMEM, "no memory for the responses of %zu units in time", set->n_units);
}

/* ---- trains ------------------------------------------------------------------------------ */

static void smooth(size_t n, double sigma, double *x, double *work)
{
    for (size_t k = 0; k < n && sigma > 0; k++) {
        double sum = 0, weight = 0;
        for (size_t j = 0; j < n; j++) {
            const double d = ((double)j - (double)k) / sigma, w = d * d < 32 ? exp(-d * d / 2) : 0;
            sum += w * x[j];
            weight += w;
        }
        work[k] = sum / weight;
    }
    if (sigma > 0)
        memcpy(x, work, n * sizeof *x);
}

static enum ecp_status from_trains(const struct ecp_tensor_wanted *how,
                                   const struct ecp_dataset *set, struct ecp_tensor *tensor,
                                   double **out, const char **why)
{
    const size_t p = set->n_units, trials = set->n_trials > 0 ? set->n_trials : 1;
    const size_t n = set->n_trials > 0 ? set->n_conditions : 1;
    const double bins = floor((set->stop - set->start) / how->bin + 1e-9);
    if (!(bins >= 2)) {
        *why = "fewer than two bins of time";
        return ECP_OK;
    }
    const size_t b = (size_t)bins;
    double *x = calloc(p * n * b + 2 * b + n + 1, sizeof *x);
    if (!x)
        return no_memory(set);
    double *work = x + p * n * b, *count = work + 2 * b;
    for (size_t t = 0; t < trials; t++) {
        const size_t c = set->n_trials > 0 ? set->trial_condition[t] : 0;
        count[c]++;
        for (size_t u = 0; u < p; u++) {
            const struct ecp_train *train = &set->train[t * p + u];
            ecp_train_bin((struct ecp_spikes){train->time, train->n}, set->start, how->bin, b,
                          work);
            for (size_t k = 0; k < b; k++)
                x[(u * n + c) * b + k] += work[k];
        }
    }
    for (size_t row = 0; row < p * n; row++) {
        for (size_t k = 0; k < b; k++)
            x[row * b + k] *= count[row % n] > 0 ? 1000 / (how->bin * count[row % n]) : 0;
        smooth(b, how->sigma, x + row * b, work);
    }
    *tensor = (struct ecp_tensor){{p, n, b}, x};
    *out = x;
    return ECP_OK;
}

/* ---- means with a time ------------------------------------------------------------------- */

static const struct ecp_label *time_label(const struct ecp_dataset *set)
{
    for (size_t k = 0; k < set->n_condition_labels; k++)
        if (set->condition_label[k].number && strncmp(set->condition_label[k].name, "time", 4) == 0)
            return &set->condition_label[k];
    return NULL;
}

/* Each condition's place among `groups` x `times`; returns 0 where a place is taken twice. */
static int places(const struct ecp_dataset *set, const struct ecp_label *time, size_t groups,
                  const size_t *group, size_t *times, double *sorted, size_t *place)
{
    const size_t n = set->n_conditions;
    memcpy(sorted, time->number, n * sizeof *sorted);
    gsl_sort(sorted, 1, n);
    *times = 0;
    for (size_t k = 0; k < n; k++)
        if (k == 0 || sorted[k] > sorted[*times - 1])
            sorted[(*times)++] = sorted[k];
    for (size_t k = 0; k < groups * *times && k < n; k++)
        place[k] = n;
    if (groups * *times != n)
        return 0;
    for (size_t k = 0; k < n; k++) {
        size_t t = 0;
        while (t < *times && sorted[t] < time->number[k])
            t++;
        if (t == *times || place[group[k] * *times + t] < n)
            return 0;
        place[group[k] * *times + t] = k;
    }
    return 1;
}

static enum ecp_status from_means(const struct ecp_dataset *set, struct ecp_tensor *tensor,
                                  double **out, const char **why)
{
    const struct ecp_label *time = time_label(set), *other = NULL;
    const size_t n = set->n_conditions, p = set->n_units;
    size_t groups = 1, times = 0;
    if (!set->mean || !time || n == 0) {
        *why = "no spike trains, and no label \"time\" of the conditions";
        return ECP_OK;
    }
    for (size_t k = 0; k < set->n_condition_labels && !other; k++)
        if (&set->condition_label[k] != time)
            other = &set->condition_label[k];
    size_t *group = calloc(2 * n + 1, sizeof *group), *place = group ? group + n : NULL;
    double *x = malloc((n * p + n + 1) * sizeof *x);
    if (!group || !x) {
        free(group);
        free(x);
        return no_memory(set);
    }
    if (other)
        groups = ecp_label_groups(n, other, group);
    if (!places(set, time, groups, group, &times, x + n * p, place)) {
        *why = "conditions are not each value of a label at each time, once";
        free(x);
    } else {
        for (size_t u = 0; u < p; u++)
            for (size_t k = 0; k < n; k++)
                x[u * n + k] = set->mean[place[k] * p + u];
        *tensor = (struct ecp_tensor){{p, groups, times}, x};
        *out = x;
    }
    free(group);
    return ECP_OK;
}

/* Not negative, and finite (*why where not); of length 1 where that is wanted. */
static void finish(const struct ecp_tensor_wanted *how, const struct ecp_tensor *tensor, double *x,
                   const char **why)
{
    const size_t size = tensor->n[1] * tensor->n[2];
    double all = 0;
    for (size_t u = 0; u < tensor->n[0]; u++) {
        double *row = x + u * size, least = 0, square = 0;
        for (size_t k = 0; k < size; k++)
            least = fmin(least, row[k]);
        for (size_t k = 0; k < size; k++) {
            row[k] -= least;
            square += row[k] * row[k];
        }
        all += square;
        for (size_t k = 0; how->equal && square > 0 && k < size; k++)
            row[k] /= sqrt(square);
    }
    if (!isfinite(all))
        *why = "a response is missing";
    else if (!(all > 0))
        *why = "no responses";
}

enum ecp_status ecp_tensor_make(const struct ecp_tensor_wanted *how, const struct ecp_dataset *set,
                                struct ecp_tensor *tensor, double **out, const char **why)
{
    *why = NULL;
    *out = NULL;
    const enum ecp_status status =
        set->train ? from_trains(how, set, tensor, out, why) : from_means(set, tensor, out, why);
    if (status == ECP_OK && !*why)
        finish(how, tensor, *out, why);
    return status;
}
