/* train_distances.c -- how far spike trains are from each other. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/trains.h"

double ecp_victor_purpura(struct ecp_spikes a, struct ecp_spikes b, double cost)
{
    double *row = malloc((b.n + 1) * sizeof *row);
    if (!row)
        return NAN;
    for (size_t j = 0; j <= b.n; j++)
        row[j] = (double)j;
    for (size_t i = 0; i < a.n; i++) {
        double diagonal = row[0], left = (double)(i + 1);
        row[0] = left;
        for (size_t j = 0; j < b.n; j++) {
            const double move = isinf(cost) ? (a.time[i] == b.time[j] ? 0 : INFINITY)
                                            : cost * fabs(a.time[i] - b.time[j]);
            const double best = fmin(fmin(left, row[j + 1]) + 1, diagonal + move);
            diagonal = row[j + 1];
            row[j + 1] = left = best;
        }
    }
    const double distance = row[b.n];
    free(row);
    return distance;
}

/* ---- van Rossum --------------------------------------------------------------------------------
 */

/* sum over all pairs of one train of exp(-|t - t'|/tau): twice those before, and itself. */
static double own_sum(struct ecp_spikes a, double tau)
{
    double mark = 0, sum = 0;
    for (size_t k = 0; k < a.n; k++) {
        if (k > 0)
            mark = (mark + 1) * exp(-(a.time[k] - a.time[k - 1]) / tau);
        sum += 1 + 2 * mark;
    }
    return sum;
}

/* sum over pairs of a spike of `late` and one of `early` that is not after it (`equal`: also
 * at the same time). */
static double sum_before(struct ecp_spikes late, struct ecp_spikes early, double tau, int equal)
{
    double mark = 0, sum = 0, at = 0;
    size_t j = 0;
    for (size_t k = 0; k < late.n; k++) {
        while (j < early.n &&
               (equal ? early.time[j] <= late.time[k] : early.time[j] < late.time[k])) {
            mark = (mark > 0 ? mark * exp(-(early.time[j] - at) / tau) : 0) + 1;
            at = early.time[j++];
        }
        sum += mark > 0 ? mark * exp(-(late.time[k] - at) / tau) : 0;
    }
    return sum;
}

double ecp_van_rossum(struct ecp_spikes a, struct ecp_spikes b, double tau)
{
    if (isinf(tau))
        return fabs((double)a.n - (double)b.n);
    if (tau <= 0) {
        double common = 0;
        for (size_t i = 0, j = 0; i < a.n && j < b.n;) {
            common += a.time[i] == b.time[j];
            if (a.time[i] <= b.time[j])
                i++;
            else
                j++;
        }
        return sqrt(fmax(0, (double)a.n + (double)b.n - 2 * common));
    }
    if (a.n == b.n && (a.n == 0 || memcmp(a.time, b.time, a.n * sizeof *a.time) == 0))
        return 0;
    const double cross = sum_before(a, b, tau, 1) + sum_before(b, a, tau, 0);
    return sqrt(fmax(0, own_sum(a, tau) + own_sum(b, tau) - 2 * cross));
}

/* ---- ISI and SPIKE: one walk through the events of both
 * ------------------------------------------ */

/* A train at a moment: the spikes around it, and its interval. Before the first and after the
 * last spike the interval is the longer one of the gap to the edge and the next interval. */
struct around {
    struct ecp_spikes train;
    double start, stop;
    double before, after; /* spikes around, auxiliary ones beyond the edges */
    double interval;
    double near_before, near_after; /* their distances to the other train */
    size_t next;                    /* the spike after now */
};

static double first_aux(const struct around *a)
{
    const double *t = a->train.time;
    return a->train.n > 1 ? fmin(a->start, 2 * t[0] - t[1]) : a->start;
}

static double last_aux(const struct around *a)
{
    const double *t = a->train.time;
    const size_t n = a->train.n;
    return n > 1 ? fmax(a->stop, 2 * t[n - 1] - t[n - 2]) : a->stop;
}

/* Distance of a time to the other train, its auxiliary spikes included. */
static double nearest(double t, const struct around *other)
{
    const struct ecp_spikes *s = &other->train;
    size_t low = 0, high = s->n;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (s->time[middle] < t)
            low = middle + 1;
        else
            high = middle;
    }
    double best = fmin(fabs(t - first_aux(other)), fabs(t - last_aux(other)));
    if (low < s->n)
        best = fmin(best, fabs(s->time[low] - t));
    if (low > 0)
        best = fmin(best, fabs(t - s->time[low - 1]));
    return best;
}

static void enter(struct around *a, const struct around *other)
{
    const double *t = a->train.time;
    const size_t n = a->train.n;
    if (t[0] > a->start) {
        a->before = first_aux(a);
        a->after = t[0];
        a->next = 0;
        a->interval = n > 1 ? fmax(t[0] - a->start, t[1] - t[0]) : t[0] - a->start;
        a->near_before = a->near_after = nearest(t[0], other);
        return;
    }
    a->before = t[0];
    a->next = 1;
    a->after = n > 1 ? t[1] : last_aux(a);
    a->interval = n > 1 ? t[1] - t[0] : a->stop - t[0];
    a->near_before = nearest(t[0], other);
    a->near_after = n > 1 ? nearest(t[1], other) : a->near_before;
}

/* The next spike is now. */
static void step(struct around *a, const struct around *other)
{
    const double *t = a->train.time;
    const size_t n = a->train.n, now = a->next++;
    a->before = t[now];
    a->near_before = nearest(t[now], other);
    if (now + 1 < n) {
        a->after = t[now + 1];
        a->interval = a->after - a->before;
        a->near_after = nearest(a->after, other);
        return;
    }
    a->after = last_aux(a);
    a->interval = n > 1 ? fmax(a->stop - t[now], t[now] - t[now - 1]) : a->stop - t[now];
    a->near_after = a->near_before;
}

/* Local dissimilarity of a train: between what its spikes around have. */
static double local(const struct around *a, double t)
{
    if (a->near_before == a->near_after)
        return a->near_before;
    return (a->near_before * (a->after - t) + a->near_after * (t - a->before)) / a->interval;
}

struct walk {
    struct around a, b;
    double mrts;
    int rate_independent;
    double (*value)(const struct walk *walk, double t);
};

static double isi_value(const struct walk *w, double t)
{
    const double longer = fmax(w->a.interval, w->b.interval);
    (void)t;
    return fabs(w->a.interval - w->b.interval) / fmax(longer, w->mrts);
}

static double spike_value(const struct walk *w, double t)
{
    const double sa = local(&w->a, t), sb = local(&w->b, t);
    const double mean = 0.5 * (w->a.interval + w->b.interval);
    if (w->rate_independent)
        return 0.5 * (sa + sb) / fmax(mean, w->mrts);
    return 0.5 * (sa * w->b.interval + sb * w->a.interval) / (mean * fmax(mean, w->mrts));
}

/* Average of a profile that is linear between events. */
static double average(struct walk *w)
{
    const double start = w->a.start, stop = w->a.stop;
    double sum = 0, at = start;
    enter(&w->a, &w->b);
    enter(&w->b, &w->a);
    while (w->a.next < w->a.train.n || w->b.next < w->b.train.n) {
        const double ta = w->a.next < w->a.train.n ? w->a.train.time[w->a.next] : INFINITY;
        const double tb = w->b.next < w->b.train.n ? w->b.train.time[w->b.next] : INFINITY;
        const double t = fmin(ta, tb);
        sum += 0.5 * (w->value(w, at) + w->value(w, t)) * (t - at);
        if (ta == t)
            step(&w->a, &w->b);
        if (tb == t)
            step(&w->b, &w->a);
        at = t;
    }
    sum += 0.5 * (w->value(w, at) + w->value(w, stop)) * (stop - at);
    return sum / (stop - start);
}

/* A train without spikes has one at each edge. */
static double walk_trains(struct ecp_spikes a, struct ecp_spikes b, struct walk *w)
{
    const double edges[2] = {w->a.start, w->a.stop};
    const struct ecp_spikes none = {edges, 2};
    w->b.start = w->a.start;
    w->b.stop = w->a.stop;
    w->a.train = a.n > 0 ? a : none;
    w->b.train = b.n > 0 ? b : none;
    return average(w);
}

double ecp_isi_distance(struct ecp_spikes a, struct ecp_spikes b, double start, double stop,
                        double mrts)
{
    struct walk w = {.a = {.start = start, .stop = stop}, .mrts = mrts, .value = isi_value};
    return walk_trains(a, b, &w);
}

double ecp_spike_distance(struct ecp_spikes a, struct ecp_spikes b, double start, double stop,
                          double mrts, int rate_independent)
{
    struct walk w = {.a = {.start = start, .stop = stop},
                     .mrts = mrts,
                     .rate_independent = rate_independent,
                     .value = spike_value};
    return walk_trains(a, b, &w);
}

/* Half the shortest of the intervals around spike i of a and j of b. */
static double window(struct ecp_spikes a, struct ecp_spikes b, size_t i, size_t j, double longest)
{
    double least = longest;
    if (i + 1 < a.n)
        least = fmin(least, a.time[i + 1] - a.time[i]);
    if (i > 0)
        least = fmin(least, a.time[i] - a.time[i - 1]);
    if (j + 1 < b.n)
        least = fmin(least, b.time[j + 1] - b.time[j]);
    if (j > 0)
        least = fmin(least, b.time[j] - b.time[j - 1]);
    return 0.5 * least;
}

void ecp_spike_coincidences(struct ecp_spikes a, struct ecp_spikes b, double start, double stop,
                            double *coincident, double *all)
{
    *coincident = 0;
    *all = (double)(a.n + b.n);
    for (size_t i = 0, j = 0; i < a.n && b.n > 0; i++) {
        while (j + 1 < b.n && fabs(b.time[j + 1] - a.time[i]) < fabs(b.time[j] - a.time[i]))
            j++;
        const double apart = fabs(b.time[j] - a.time[i]);
        if (apart < window(a, b, i, j, stop - start) || apart == 0)
            *coincident += 2;
    }
}

/* ---- spike-contrast
 * --------------------------------------------------------------------------------- */

/* Spikes, and trains that are active, in bins that overlap by half. */
static double contrast_of(size_t n, const struct ecp_spikes *train, double start, double stop,
                          double width, double *theta, double *active, double *own)
{
    const double half = width / 2;
    const size_t bins = (size_t)ceil((stop + half - start) / half) - 1;
    double spikes = 0, weighted = 0, all = 0, steps = 0;
    memset(theta, 0, (bins + 1) * sizeof *theta);
    memset(active, 0, (bins + 1) * sizeof *active);
    for (size_t k = 0; k < n; k++) {
        memset(own, 0, (bins + 1) * sizeof *own);
        for (size_t j = 0; j < train[k].n; j++) {
            size_t bin = (size_t)((train[k].time[j] - start) / half);
            while (bin > 0 && train[k].time[j] < start + (double)bin * half)
                bin--;
            while (train[k].time[j] >= start + (double)(bin + 1) * half && bin + 1 < bins)
                bin++;
            own[bin]++;
            spikes++;
        }
        for (size_t j = 0; j + 1 < bins; j++) {
            const double in = own[j] + own[j + 1];
            theta[j] += in;
            active[j] += in > 0;
        }
    }
    for (size_t j = 0; j + 1 < bins; j++) {
        weighted += active[j] * theta[j];
        all += theta[j];
        steps += j > 0 ? fabs(theta[j] - theta[j - 1]) : 0;
    }
    if (!(all > 0) || n < 2)
        return 0;
    return steps / (2 * spikes) * (weighted / all - 1) / ((double)n - 1);
}

double ecp_spike_contrast(size_t n, const struct ecp_spikes *train, double start, double stop,
                          double least, double *curve, size_t most, size_t *widths)
{
    double shortest = INFINITY, best = 0;
    for (size_t k = 0; k < n; k++)
        for (size_t j = 1; j < train[k].n; j++)
            shortest = fmin(shortest, train[k].time[j] - train[k].time[j - 1]);
    shortest = isinf(shortest) ? 0 : shortest;
    const double lowest = fmax(shortest / 2, least), from = start - shortest;
    const double to = stop + shortest;
    const size_t bins = (size_t)((to - from) / (lowest / 2)) + 8;
    double *memory = malloc(3 * bins * sizeof *memory);
    if (!memory)
        return NAN;
    *widths = 0;
    for (double width = (stop - start) / 2; width >= lowest; width *= 0.9) {
        const double value =
            contrast_of(n, train, from, to, width, memory, memory + bins, memory + 2 * bins);
        if (curve && *widths < most)
            curve[*widths] = value;
        ++*widths;
        best = fmax(best, value);
    }
    free(memory);
    return best;
}
