/* What ranks recorded of their own neurons, dealt out so that each has an equal stretch of
 * the whole, in the order of the files. */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/results_ranks.h"
#include "mpi/comm.h"

/* Less than so much is not worth another rank: spikes, samples. */
enum { LEAST_EVENTS = 1024, LEAST_SAMPLES = 4096 };

typedef __uint128_t wide_key;

static size_t ranks_for(const struct ecp_network *network, uint64_t n, uint64_t least)
{
    const uint64_t worth = n / least;
    return worth < 1 ? 1 : worth < (uint64_t)network->n_ranks ? worth : (size_t)network->n_ranks;
}

void ecp_dealt_clear(struct ecp_dealt *dealt)
{
    if (!dealt->is_borrowed)
        free(dealt->data);
    *dealt = (struct ecp_dealt){.data = NULL};
}

/* ---- one order --------------------------------------------------------------- */

static void merge_two(const struct ecp_spike *a, size_t n_a, const struct ecp_spike *b, size_t n_b,
                      struct ecp_spike *to)
{
    while (n_a > 0 && n_b > 0)
        if (b->step < a->step) {
            *to++ = *b++;
            n_b--;
        } else {
            *to++ = *a++;
            n_a--;
        }
    if (n_a > 0)
        memcpy(to, a, n_a * sizeof *to);
    if (n_b > 0)
        memcpy(to, b, n_b * sizeof *to);
}

void ecp_events_merge(struct ecp_spike *event, struct ecp_spike *spare, size_t *first, size_t n)
{
    struct ecp_spike *from = event, *to = spare;
    const size_t total = first[n] - first[0];
    if (total == 0)
        return;
    const size_t base = first[0];
    while (n > 1) {
        size_t made = 0;
        for (size_t k = 0; k < n; k += 2) {
            const size_t begin = first[k] - base, middle = first[k + 1] - base;
            const size_t end = k + 2 <= n ? first[k + 2] - base : middle;
            merge_two(from + begin, middle - begin, from + middle, end - middle, to + begin);
            first[made++] = begin + base;
        }
        first[made] = total + base;
        n = made;
        struct ecp_spike *other = from;
        from = to;
        to = other;
    }
    if (from != event)
        memcpy(event, from, total * sizeof *event);
}

/* ---- where to cut -------------------------------------------------------------- */

/* Places in the order of all spikes: (step - lowest) * size + neuron. */
struct cutting {
    const struct ecp_events *held;
    ecp_step lowest;
    wide_key size;
    wide_key *low, *high; /* n_cuts: the key of each cut lies between them */
    uint64_t *count;      /* n_cuts */
    size_t n_cuts;
};

/* Held spikes before the key. */
static size_t held_before(const struct cutting *c, wide_key key)
{
    size_t low = 0, high = c->held->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct ecp_spike *e = &c->held->event[middle];
        if ((wide_key)(uint64_t)(e->step - c->lowest) * c->size + e->index < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The least keys with total * k / (n_cuts + 1) spikes of all ranks before them, all cuts
 * together, by halving what is left. */
static void find_cuts(const struct ecp_results *results, struct cutting *c, uint64_t total)
{
    for (int more = 1; more;) {
        for (size_t k = 0; k < c->n_cuts; k++)
            c->count[k] = held_before(c, c->low[k] + (c->high[k] - c->low[k]) / 2);
        ecp_ranks_sum(results, c->count, c->n_cuts);
        more = 0;
        for (size_t k = 0; k < c->n_cuts; k++) {
            const wide_key middle = c->low[k] + (c->high[k] - c->low[k]) / 2;
            const uint64_t wanted = (uint64_t)((wide_key)total * (k + 1) / (c->n_cuts + 1));
            if (c->low[k] == c->high[k])
                continue;
            if (c->count[k] >= wanted)
                c->high[k] = middle;
            else
                c->low[k] = middle + 1;
            more |= c->low[k] < c->high[k];
        }
    }
}

/* out_first (n_ranks + 1, in bytes): what of the held spikes goes to whom. */
static enum ecp_status cut_events(const struct ecp_results *results, const struct ecp_events *held,
                                  size_t population_size, uint64_t total, size_t *out_first)
{
    const size_t n_ranks = (size_t)results->network->n_ranks;
    struct cutting c = {.held = held,
                        .size = population_size,
                        .n_cuts = ranks_for(results->network, total, LEAST_EVENTS) - 1};
    int64_t ends[2] = {INT64_MIN, INT64_MIN};
    if (held->n > 0) {
        ends[0] = -held->event[0].step;
        ends[1] = held->event[held->n - 1].step;
    }
    ecp_comm_most(results->network->comm, ends, 2);
    c.lowest = -ends[0];
    c.low = ecp_array(c.n_cuts + 1, sizeof *c.low);
    c.high = ecp_array(c.n_cuts + 1, sizeof *c.high);
    c.count = ecp_array(c.n_cuts + 1, sizeof *c.count);
    enum ecp_status status = ECP_OK;
    if (!c.low || !c.high || !c.count)
        status = ecp_fail(ECP_ENOMEM, "no memory to deal out spikes");
    status = ecp_ranks_agree(results, status);
    for (size_t k = 0; k < c.n_cuts && status == ECP_OK; k++)
        c.high[k] = (wide_key)(uint64_t)(ends[1] - c.lowest + 1) * c.size;
    if (status == ECP_OK && c.n_cuts > 0)
        find_cuts(results, &c, total);
    for (size_t r = 0; r <= n_ranks && status == ECP_OK; r++)
        out_first[r] = sizeof *held->event * (r == 0          ? 0
                                              : r <= c.n_cuts ? held_before(&c, c.low[r - 1])
                                                              : held->n);
    free(c.low);
    free(c.high);
    free(c.count);
    return status;
}

/* ---- dealing --------------------------------------------------------------------- */

/* From n own elements and the total: where they stand, rank after rank. */
static struct ecp_slice place(const struct ecp_results *results, uint64_t n)
{
    struct ecp_slice slice = {0, n, n};
    const struct ecp_network *network = results->network;
    uint64_t *all = (uint64_t *)results->rank_first;
    ecp_comm_numbers(network->comm, n, all);
    slice.total = 0;
    for (int r = 0; r < network->n_ranks; r++) {
        slice.first += r < network->rank ? all[r] : 0;
        slice.total += all[r];
    }
    return slice;
}

enum ecp_status ecp_deal_events(const struct ecp_results *results, const struct ecp_events *held,
                                size_t population_size, struct ecp_dealt *out)
{
    const size_t n_ranks = (size_t)results->network->n_ranks;
    struct ecp_dealt dealt = {held->event, 1, {0, held->n, held->n}};
    struct ecp_spike *spare = NULL;
    uint64_t total = held->n;
    enum ecp_status status = ECP_OK;
    if (n_ranks == 1) {
        *out = dealt;
        return ECP_OK;
    }
    size_t *out_first = ecp_array(n_ranks + 1, sizeof *out_first);
    size_t *in_first = ecp_array(n_ranks + 1, sizeof *in_first);
    if (!out_first || !in_first)
        status = ecp_fail(ECP_ENOMEM, "no memory to deal out spikes");
    dealt = (struct ecp_dealt){.data = NULL};
    ECP_TRY(ecp_ranks_agree(results, status));
    ecp_ranks_sum(results, &total, 1);
    if (total > 0) {
        ECP_TRY(cut_events(results, held, population_size, total, out_first));
        ecp_comm_deal(results->network->comm, held->event, out_first, &dealt.data, in_first);
        for (size_t r = 0; r <= n_ranks; r++)
            in_first[r] /= sizeof *held->event;
        dealt.slice.n = in_first[n_ranks];
        spare = malloc((dealt.slice.n + 1) * sizeof *spare);
        if (!spare || !dealt.data)
            status = ecp_fail(ECP_ENOMEM, "no memory to deal out spikes");
        ECP_TRY(ecp_ranks_agree(results, status));
        ecp_events_merge(dealt.data, spare, in_first, n_ranks);
    }
    dealt.slice = place(results, dealt.slice.n);
    *out = dealt;
    dealt.data = NULL;
done:
    free(dealt.data);
    free(spare);
    free(out_first);
    free(in_first);
    return status;
}

/* Columns of each rank, side by side. */
static void place_columns(const struct ecp_probe_run *run, const char *in, const size_t *in_first,
                          size_t n_ranks, size_t n_frames, ecp_real *to)
{
    size_t column = 0;
    for (size_t r = 0; r < n_ranks; r++) {
        const size_t n = (in_first[r + 1] - in_first[r]) / sizeof *to / n_frames;
        const ecp_real *from = (const ecp_real *)(const void *)(in + in_first[r]);
        for (size_t k = 0; k < n_frames && n > 0; k++)
            memcpy(to + k * run->n_all + column, from + k * n, n * sizeof *to);
        column += n;
    }
}

enum ecp_status ecp_deal_frames(const struct ecp_results *results, const struct ecp_probe_run *run,
                                struct ecp_dealt *out)
{
    const size_t n_ranks = (size_t)results->network->n_ranks, n = run->n_held;
    struct ecp_dealt dealt = {run->held, 1, {0, n, n}};
    void *in = NULL;
    enum ecp_status status = ECP_OK;
    if (n_ranks == 1) {
        *out = dealt;
        return ECP_OK;
    }
    size_t writers = ranks_for(results->network, (uint64_t)n * run->n_all, LEAST_SAMPLES);
    writers = writers > n && n > 0 ? n : writers;
    const size_t rank = (size_t)results->network->rank;
    const size_t first = rank < writers ? n * rank / writers : n;
    const size_t end = rank < writers ? n * (rank + 1) / writers : n;
    dealt = (struct ecp_dealt){
        malloc(((end - first) * run->n_all + 1) * sizeof(ecp_real)), 0, {first, end - first, n}};
    size_t *out_first = ecp_array(n_ranks + 1, sizeof *out_first);
    size_t *in_first = ecp_array(n_ranks + 1, sizeof *in_first);
    if (!dealt.data || !out_first || !in_first)
        status = ecp_fail(ECP_ENOMEM, "no memory to deal out samples");
    ECP_TRY(ecp_ranks_agree(results, status));
    for (size_t r = 0; r <= n_ranks; r++)
        out_first[r] = (r < writers ? n * r / writers : n) * run->n_columns * sizeof(ecp_real);
    ecp_comm_deal(results->network->comm, run->held, out_first, &in, in_first);
    if (end > first && in)
        place_columns(run, in, in_first, n_ranks, end - first, dealt.data);
    *out = dealt;
    dealt.data = NULL;
done:
    free(dealt.data);
    free(in);
    free(out_first);
    free(in_first);
    return status;
}
