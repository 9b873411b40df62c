/* Weights of plastic projections before and after a run, as histograms.
 *
 * Bins are as wide as a power of two, and begin at multiples of their width: bins
 * twice as wide are exactly pairs of them. So a pass needs no range in advance,
 * and what is counted depends neither on the order of synapses nor on who counts.
 * Means are sums over targets of sums over their synapses, for the same reason. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/edges.h"
#include "engine/plan_check.h"
#include "engine/plastic.h"
#include "engine/results_ranks.h"
#include "mpi/comm.h"

enum { FINEST = -200 };

#ifdef ECP_DOUBLE
static const ecp_real largest = DBL_MAX;
#else
static const ecp_real largest = FLT_MAX;
#endif

/* Magnitudes; bin k counts from (base + k) * 2^exponent on, base a whole number. */
struct ecp_weight_tally {
    int exponent;
    double base, lowest, highest;
    uint64_t n;
    uint64_t count[ECP_WEIGHT_BINS];
    double mean, sd; /* of the magnitudes */
};

static const struct ecp_weight_tally nothing = {
    .exponent = FINEST, .lowest = INFINITY, .highest = -INFINITY};

static double bin_of(double magnitude, int exponent)
{
    return floor(ldexp(magnitude, -exponent));
}

/* ---- bins ----------------------------------------------------------------- */

/* Move what is counted into bins of `exponent`, no finer than now, from `base`. */
static void coarsen(struct ecp_weight_tally *t, int exponent, double base)
{
    uint64_t count[ECP_WEIGHT_BINS] = {0};
    for (size_t k = 0; k < ECP_WEIGHT_BINS; k++)
        if (t->count[k] > 0)
            count[(size_t)(floor(ldexp(t->base + (double)k, t->exponent - exponent)) - base)] +=
                t->count[k];
    memcpy(t->count, count, sizeof count);
    t->exponent = exponent;
    t->base = base;
}

/* The finest bins, no finer than now, that hold all from lowest to highest, too. */
static void widen(struct ecp_weight_tally *t, double lowest, double highest)
{
    int exponent = t->exponent;
    t->lowest = fmin(t->lowest, lowest);
    t->highest = fmax(t->highest, highest);
    while (bin_of(t->highest, exponent) - bin_of(t->lowest, exponent) >= ECP_WEIGHT_BINS)
        exponent++;
    coarsen(t, exponent, bin_of(t->lowest, exponent));
}

static void add_tally(struct ecp_weight_tally *to, const struct ecp_weight_tally *from)
{
    struct ecp_weight_tally part = *from;
    if (part.n == 0)
        return;
    widen(to, part.lowest, part.highest);
    coarsen(&part, to->exponent, to->base);
    for (size_t k = 0; k < ECP_WEIGHT_BINS; k++)
        to->count[k] += part.count[k];
    to->n += part.n;
}

/* ---- one pass --------------------------------------------------------------- */

/* What one worker adds up: its bins, and sums of each of its targets of what
 * exceeds `offset`. */
struct pass {
    const struct ecp_plastic *plastic;
    struct ecp_weight_tally tally;
    double offset, *sum, *square;
};

static void count_some(struct pass *pass, const ecp_real *weight, const uint16_t *target,
                       uint32_t n)
{
    struct ecp_weight_tally *t = &pass->tally;
    ecp_real low = largest, high = 0;
    for (uint32_t j = 0; j < n; j++) {
        const ecp_real w = weight[j];
        low = w < low ? w : low;
        high = w > high && w <= largest ? w : high;
    }
    if (low > high) /* no finite number among them */
        return;
    if ((double)low < t->lowest || (double)high > t->highest)
        widen(t, (double)low, (double)high);
    const double scale = ldexp(1, -t->exponent);
    for (uint32_t j = 0; j < n; j++) {
        const double w = (double)weight[j], more = w - pass->offset;
        if (!(weight[j] <= largest))
            continue;
        t->count[(size_t)(w * scale - t->base)]++; /* exact: nothing is below base */
        t->n++;
        pass->sum[target[j]] += more;
        pass->square[target[j]] += more * more;
    }
}

static void count_pieces(struct pass *pass, uint32_t now)
{
    const struct ecp_plastic *plastic = pass->plastic;
    double *sum = pass->sum, *square = pass->square;
    ecp_real weight[ECP_VISIT_SIZE];
    for (size_t p = 0; p < plastic->n_pieces; p++) {
        const struct ecp_piece *piece = &plastic->piece[p];
        pass->sum = sum + (size_t)piece->section * ECP_SECTION;
        pass->square = square + (size_t)piece->section * ECP_SECTION;
        for (uint32_t at = 0; at < piece->n; at += ECP_VISIT_SIZE) {
            const uint32_t left = piece->n - at;
            const uint32_t n = left < ECP_VISIT_SIZE ? left : ECP_VISIT_SIZE;
            ecp_plastic_read(plastic, p, piece->first + at, n, now, weight);
            count_some(pass, weight, plastic->target + piece->first + at, n);
        }
    }
}

/* One number near the magnitudes, so that sums of squares lose no digits. */
static double typical(const struct ecp_plan_projection *p)
{
    const int listed = ecp_edges_have_weights(p) && p->edges.n > 0;
    const double x =
        fabs(listed ? ecp_edges_extent_of(p).first_weight : ecp_draw_typical(&p->weight));
    return isfinite(x) ? (double)(ecp_real)x : 0;
}

/* What goes from rank to rank: targets of a rank follow those of the one before, and sums
 * go on where it stopped. */
struct adding {
    struct ecp_weight_tally tally;
    double first, second;
};

struct own_part {
    const struct ecp_weight_tally *tally;
    const double *sum, *square;
    size_t n_targets;
};

static void add_own(void *context, void *data)
{
    const struct own_part *own = context;
    struct adding *all = data;
    add_tally(&all->tally, own->tally);
    for (size_t j = 0; j < own->n_targets; j++) {
        all->first += own->sum[j];
        all->second += own->square[j];
    }
}

static void set_mean(struct ecp_weight_tally *t, double offset, const struct adding *all)
{
    const double n = (double)t->n, first = all->first, second = all->second;
    t->mean = offset + first / n;
    t->sd = sqrt(fmax(0, second / n - first / n * (first / n)));
}

static enum ecp_status count_projection(const struct ecp_results *results, int projection,
                                        struct ecp_weight_tally *out)
{
    const struct ecp_network *network = results->network;
    const struct ecp_plan_projection *plan = network->plan->projection[projection];
    const size_t n_targets = ecp_ranks_size(results, plan->target);
    const ecp_lid base = ecp_ranks_first(results, plan->target);
    const uint32_t now = (uint32_t)network->now;
    const double offset = typical(plan);
    double *sum = ecp_array(n_targets, sizeof *sum), *square = ecp_array(n_targets, sizeof *square);
    struct pass *pass = ecp_array((size_t)network->n_workers, sizeof *pass);
    struct ecp_weight_tally tally = nothing;
    struct adding all = {nothing, 0, 0};
    enum ecp_status status = ECP_OK;
    if (!sum || !square || !pass)
        status = ecp_fail(ECP_ENOMEM, "no memory to look at the weights of %s", plan->name);
    ECP_TRY(ecp_ranks_agree(results, status));
#pragma omp parallel for num_threads(network->n_workers)
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_plastic *plastic = ecp_plastic_of(&network->worker[w], projection);
        pass[w] = (struct pass){plastic, nothing, offset, sum + (plastic->first_target - base),
                                square + (plastic->first_target - base)};
        count_pieces(&pass[w], now);
    }
    for (int w = 0; w < network->n_workers; w++)
        add_tally(&tally, &pass[w].tally);
    struct own_part own = {&tally, sum, square, n_targets};
    ecp_comm_relay(network->comm, &all, sizeof all, add_own, &own);
    *out = all.tally;
    set_mean(out, offset, &all);
done:
    free(sum);
    free(square);
    free(pass);
    return status;
}

/* ---- what is told --------------------------------------------------------- */

static struct ecp_weights_moment moment_of(const struct ecp_weight_tally *t, double sign,
                                           double time)
{
    struct ecp_weights_moment m = {time, t->n, NAN, NAN, NAN, NAN, {0}};
    if (t->n == 0)
        return m;
    m.mean = sign * t->mean;
    m.sd = t->sd;
    m.lowest = (sign < 0 ? -t->highest : t->lowest) + 0.0; /* no -0 */
    m.highest = (sign < 0 ? -t->lowest : t->highest) + 0.0;
    return m;
}

/* The counts of `t` in n bins of the histogram; the last one takes what lies just
 * on its end. */
static void set_counts(struct ecp_weight_tally t, const struct ecp_weight_tally *all, size_t n,
                       double sign, struct ecp_weights_moment *m)
{
    coarsen(&t, all->exponent, all->base);
    for (size_t k = 0; k < ECP_WEIGHT_BINS; k++) {
        const size_t at = k < n ? k : n - 1;
        if (t.count[k] > 0)
            m->count[sign < 0 ? n - 1 - at : at] += t.count[k];
    }
}

static void set_histogram(struct ecp_recorded_histogram *h, const struct ecp_weight_tally *first,
                          const struct ecp_weight_tally *last, double sign)
{
    struct ecp_weight_tally all = *first;
    size_t n = 1;
    if (last)
        add_tally(&all, last);
    if (all.n == 0) {
        all.exponent = 0;
        all.base = 0;
    } else {
        int least;
        (void)frexp(all.highest, &least);
        least -= all.highest > all.lowest ? 20 : 5; /* what differs by rounding only is one */
        if (least > all.exponent)
            coarsen(&all, least, bin_of(all.lowest, least));
        n = (size_t)(bin_of(all.highest, all.exponent) - all.base) + 1;
        n -= n > 1 && ldexp(all.base + (double)n - 1, all.exponent) == all.highest;
    }
    h->width = ldexp(1, all.exponent);
    h->low = all.base * h->width;
    if (sign < 0)
        h->low = -(h->low + (double)n * h->width);
    h->n_bins = n;
    memset(h->initial.count, 0, sizeof h->initial.count);
    memset(h->final.count, 0, sizeof h->final.count);
    set_counts(*first, &all, n, sign, &h->initial);
    if (last)
        set_counts(*last, &all, n, sign, &h->final);
}

static size_t count_plastic(const struct ecp_plan *plan)
{
    size_t n = 0;
    for (size_t k = 0; k < plan->n_projections; k++)
        n += plan->projection[k]->plasticity != NULL;
    return n;
}

static double sign_of(const struct ecp_network *network, int projection)
{
    return ecp_plastic_of(&network->worker[0], projection)->sign;
}

enum ecp_status ecp_results_first_weights(struct ecp_results *results)
{
    const struct ecp_network *network = results->network;
    const struct ecp_plan *plan = network->plan;
    struct ecp_recording *r = &results->recording;
    const size_t n = count_plastic(plan);
    enum ecp_status status = ECP_OK;
    if (n == 0)
        return ECP_OK;
    r->histogram = ecp_array(n, sizeof *r->histogram);
    results->tally = ecp_array(n, sizeof *results->tally);
    if (!r->histogram || !results->tally)
        status = ecp_fail(ECP_ENOMEM, "no memory for results");
    ECP_TRY(ecp_ranks_agree(results, status));
    for (size_t k = 0; k < plan->n_projections; k++) {
        const struct ecp_plan_projection *p = plan->projection[k];
        if (!p->plasticity)
            continue;
        const struct ecp_population *target = &network->population[p->target];
        struct ecp_recorded_histogram *h = &r->histogram[r->n_histograms];
        struct ecp_weight_tally *t = &results->tally[r->n_histograms];
        ECP_TRY(count_projection(results, (int)k, t));
        const double sign = sign_of(network, (int)k);
        *h = (struct ecp_recorded_histogram){
            .projection = (int)k,
            .projection_name = p->name,
            .unit = target->model->fields[target->port_field[p->port_positive]].unit,
            .initial = moment_of(t, sign, (double)network->now * plan->dt),
            .final = {.time = NAN}};
        set_histogram(h, t, NULL, sign);
        r->n_histograms++;
        if (plan->output_weights == ECP_OUTPUT_BOTH && network->options.store)
            ECP_TRY(ecp_results_edges(results, (int)k, "initial"));
    }
done:
    return status;
}

enum ecp_status ecp_results_last_weights(struct ecp_results *results)
{
    const struct ecp_network *network = results->network;
    const struct ecp_plan *plan = network->plan;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < results->recording.n_histograms; k++) {
        struct ecp_recorded_histogram *h = &results->recording.histogram[k];
        struct ecp_weight_tally last;
        ECP_TRY(count_projection(results, h->projection, &last));
        const double sign = sign_of(network, h->projection);
        h->final = moment_of(&last, sign, (double)network->now * plan->dt);
        set_histogram(h, &results->tally[k], &last, sign);
        if (plan->output_weights != ECP_OUTPUT_NONE && network->options.store)
            ECP_TRY(ecp_results_edges(results, h->projection, "final"));
    }
done:
    return status;
}

void *ecp_results_tally(const struct ecp_results *results, size_t *size)
{
    *size = results->tally ? results->recording.n_histograms * sizeof *results->tally : 0;
    return results->tally;
}
