/* kernel_queue.c -- the exact mode's event queue against a binary heap.
 *
 * The load is one thread's half of bench/sparse.cfg without its neurons: spikes of
 * 100,000 sources, 50 synapses each onto 50,000 neurons, delays of 1-3 ms, and a
 * neuron's turn is one line of memory read and written.
 *
 * windows: arrivals go into the bucket of their window (a calendar queue whose
 *          days are as long as the shortest delay); in its window, those of a
 *          neuron are chained, sorted if there are several, and taken together:
 *          what engine/exact_run.c does.
 * heap:    one binary heap of all arrivals, ordered by (time, source, synapse);
 *          its nodes hold the time and where the rest lies.
 *
 * Both must hand every neuron the same events in the same order. Argument:
 * events to be counted (2e6). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "engine/alloc.h"
#include "engine/kernel_random.h"

enum { SOURCES = 100000, FAN = 50, SLOTS = 50000, BUCKETS = 4, ROUNDS = 5 };

struct synapse {
    double weight, delay;
    uint32_t slot, port;
};

struct arrival {
    double time, weight;
    uint32_t slot, source, order;
    uint16_t port, drive;
};

struct neuron { /* one line */
    double time, v, padding[5];
    uint64_t order; /* of everything that it was told */
};

struct spike {
    double time;
    uint32_t source;
};

struct load {
    struct synapse *synapse; /* SOURCES x FAN */
    struct neuron *neuron;   /* SLOTS */
    struct spike *spike;     /* by window, unordered within */
    size_t *first;           /* of each window; windows + 1 */
    size_t windows;
};

struct node {
    double time;
    uint32_t at; /* in the pool */
};

struct queue {
    struct arrival *bucket[BUCKETS];
    size_t n[BUCKETS], capacity;
    uint32_t *chain, *last; /* per arrival of the window; per slot */
    uint64_t *active;
    struct arrival *mine;

    struct node *heap; /* [1] is the first */
    size_t n_heap;
    struct arrival *pool;
    uint32_t *unused;
    size_t n_unused;
};

static double uniform(uint32_t a, uint32_t b, uint32_t c)
{
    return (ecp_philox_block(a, b, c, 0, 1, 2).word[0] + 0.5) * 0x1p-32;
}

/* ---- what a neuron does ------------------------------------------------ */

static void take(struct neuron *neuron, const struct arrival *a)
{
    neuron->v = neuron->v * (1 - 0.1 * (a->time - neuron->time)) + a->weight;
    neuron->time = a->time;
    neuron->order = neuron->order * 31 + a->source * (uint64_t)FAN + a->order;
}

static int comes_before(const struct arrival *a, const struct arrival *b)
{
    if (a->time != b->time)
        return a->time < b->time;
    if (a->source != b->source)
        return a->source < b->source;
    return a->order < b->order;
}

static int by_order(const void *left, const void *right)
{
    return comes_before(left, right) ? -1 : comes_before(right, left);
}

static struct arrival arrival_of(const struct load *load, const struct spike *spike, uint32_t k)
{
    const struct synapse *s = &load->synapse[(size_t)spike->source * FAN + k];
    return (struct arrival){spike->time + s->delay, s->weight, s->slot, spike->source, k,
                            (uint16_t)s->port,      0};
}

/* ---- windows ----------------------------------------------------------- */

static void file_window(struct queue *q, const struct load *load, size_t window)
{
    for (size_t k = load->first[window]; k < load->first[window + 1]; k++)
        for (uint32_t s = 0; s < FAN; s++) {
            const struct arrival a = arrival_of(load, &load->spike[k], s);
            const size_t bucket = (size_t)a.time & (BUCKETS - 1);
            if (q->n[bucket] < q->capacity)
                q->bucket[bucket][q->n[bucket]++] = a;
        }
}

static void take_slot(struct queue *q, struct load *load, const struct arrival *a, uint32_t slot)
{
    size_t n = 0;
    for (uint32_t k = q->last[slot]; k > 0; k = q->chain[k - 1])
        q->mine[n++] = a[k - 1];
    q->last[slot] = 0;
    if (n > 1)
        qsort(q->mine, n, sizeof *q->mine, by_order);
    for (size_t k = 0; k < n; k++)
        take(&load->neuron[slot], &q->mine[k]);
}

static void run_windows(struct queue *q, struct load *load)
{
    for (size_t window = 0; window + 1 < load->windows; window++) {
        const size_t bucket = (window + 1) & (BUCKETS - 1);
        const struct arrival *a = q->bucket[bucket];
        file_window(q, load, window);
        for (size_t k = 0; k < q->n[bucket]; k++) {
            q->active[a[k].slot / 64] |= UINT64_C(1) << a[k].slot % 64;
            q->chain[k] = q->last[a[k].slot];
            q->last[a[k].slot] = (uint32_t)k + 1;
        }
        for (uint32_t word = 0; word <= SLOTS / 64; word++) {
            uint64_t set = q->active[word];
            q->active[word] = 0;
            for (; set; set &= set - 1)
                take_slot(q, load, a, word * 64 + (uint32_t)__builtin_ctzll(set));
        }
        q->n[bucket] = 0;
    }
}

/* ---- heap -------------------------------------------------------------- */

static int is_earlier(const struct queue *q, const struct node *a, const struct node *b)
{
    return a->time != b->time ? a->time < b->time : comes_before(&q->pool[a->at], &q->pool[b->at]);
}

static void push(struct queue *q, const struct arrival *a)
{
    if (q->n_unused == 0)
        return;
    const struct node node = {a->time, q->unused[--q->n_unused]};
    size_t at = ++q->n_heap;
    q->pool[node.at] = *a;
    for (; at > 1 && is_earlier(q, &node, &q->heap[at / 2]); at /= 2)
        q->heap[at] = q->heap[at / 2];
    q->heap[at] = node;
}

static uint32_t pop(struct queue *q)
{
    const uint32_t first = q->heap[1].at;
    const struct node last = q->heap[q->n_heap--];
    size_t at = 1;
    for (size_t child; (child = 2 * at) <= q->n_heap; at = child) {
        child += child < q->n_heap && is_earlier(q, &q->heap[child + 1], &q->heap[child]);
        if (!is_earlier(q, &q->heap[child], &last))
            break;
        q->heap[at] = q->heap[child];
    }
    q->heap[at] = last;
    q->unused[q->n_unused++] = first;
    return first;
}

static void run_heap(struct queue *q, struct load *load)
{
    for (size_t window = 0; window + 1 < load->windows; window++) {
        for (size_t k = load->first[window]; k < load->first[window + 1]; k++)
            for (uint32_t s = 0; s < FAN; s++) {
                const struct arrival a = arrival_of(load, &load->spike[k], s);
                push(q, &a);
            }
        while (q->n_heap > 0 && q->heap[1].time < (double)(window + 2)) {
            const struct arrival *a = &q->pool[pop(q)];
            take(&load->neuron[a->slot], a);
        }
    }
}

/* ---- load -------------------------------------------------------------- */

static int make_synapses(struct load *load)
{
    load->synapse = ecp_array((size_t)SOURCES * FAN, sizeof *load->synapse);
    load->neuron = ecp_array(SLOTS, sizeof *load->neuron);
    for (uint32_t k = 0; load->synapse && k < (uint32_t)SOURCES * FAN; k++)
        load->synapse[k] =
            (struct synapse){1, 1 + 2 * uniform(k, 1, 0), (uint32_t)(uniform(k, 2, 0) * SLOTS), 0};
    return load->synapse && load->neuron;
}

/* As many windows of 1 ms as bring `events`. */
static int make_spikes(struct load *load, double rate, double events)
{
    const double a_window = SOURCES * rate * 1e-3;
    load->windows = (size_t)(events / (a_window * FAN)) + 4;
    const size_t most = (size_t)(a_window * (double)load->windows) + load->windows + 1;
    size_t n = 0;
    load->spike = ecp_array(most, sizeof *load->spike);
    load->first = ecp_array(load->windows + 1, sizeof *load->first);
    for (size_t w = 0; load->spike && load->first && w < load->windows; w++) {
        load->first[w] = n;
        const size_t until = (size_t)(a_window * (double)(w + 1) + uniform((uint32_t)w, 3, 1));
        for (; n < until && n < most; n++)
            load->spike[n] = (struct spike){(double)w + uniform((uint32_t)n, 4, 1),
                                            (uint32_t)(uniform((uint32_t)n, 5, 1) * SOURCES)};
        load->first[w + 1] = n;
    }
    return load->spike && load->first;
}

static int make_queue(struct queue *q, double rate)
{
    /* of one window; twice as many as there are */
    q->capacity = (size_t)(2 * SOURCES * FAN * rate * 1e-3) + 100000;
    int complete = 1;
    for (int k = 0; k < BUCKETS; k++) {
        q->bucket[k] = ecp_array(q->capacity, sizeof *q->bucket[k]);
        complete &= q->bucket[k] != NULL;
    }
    q->n_unused = 3 * q->capacity;
    q->chain = ecp_array(q->capacity, sizeof *q->chain);
    q->mine = ecp_array(q->capacity, sizeof *q->mine);
    q->last = ecp_array(SLOTS, sizeof *q->last);
    q->active = ecp_array(SLOTS / 64 + 1, sizeof *q->active);
    q->heap = ecp_array(q->n_unused + 2, sizeof *q->heap);
    q->pool = ecp_array(q->n_unused, sizeof *q->pool);
    q->unused = ecp_array(q->n_unused, sizeof *q->unused);
    for (size_t k = 0; q->unused && k < q->n_unused; k++)
        q->unused[k] = (uint32_t)(q->n_unused - 1 - k);
    return complete && q->chain && q->mine && q->last && q->active && q->heap && q->pool &&
           q->unused;
}

static void clear_queue(struct queue *q)
{
    for (int k = 0; k < BUCKETS; k++)
        free(q->bucket[k]);
    free(q->chain);
    free(q->mine);
    free(q->last);
    free(q->active);
    free(q->heap);
    free(q->pool);
    free(q->unused);
}

/* Seconds; *order: what all neurons were told. */
static double timed(void (*run)(struct queue *q, struct load *load), struct load *load, double rate,
                    uint64_t *order)
{
    struct queue q = {.n_heap = 0};
    memset(load->neuron, 0, SLOTS * sizeof *load->neuron);
    double seconds = -1;
    if (make_queue(&q, rate)) {
        const double begin = bench_seconds();
        run(&q, load);
        seconds = bench_seconds() - begin;
    }
    clear_queue(&q);
    *order = 0;
    for (size_t k = 0; k < SLOTS; k++)
        *order = *order * 1000003 + load->neuron[k].order;
    return seconds;
}

static int bench_rate(struct load *load, double rate, double events)
{
    static const char *const names[] = {"windows", "heap"};
    static void (*const run[])(struct queue *, struct load *) = {run_windows, run_heap};
    double best[2] = {INFINITY, INFINITY}, ratio[ROUNDS];
    uint64_t order[2] = {0, 0};
    if (!make_spikes(load, rate, events))
        return 0;
    for (int round = 0; round < ROUNDS; round++) {
        double seconds[2];
        for (int k = 0; k < 2; k++) {
            seconds[k] = timed(run[k], load, rate, &order[k]);
            best[k] = fmin(best[k], seconds[k]);
        }
        if (order[0] != order[1] || seconds[0] < 0 || seconds[1] < 0)
            return 0;
        ratio[round] = seconds[1] / seconds[0];
    }
    const double taken = (double)load->first[load->windows - 1] * FAN;
    char what[32];
    (void)snprintf(what, sizeof what, "%g Hz", rate);
    for (int k = 0; k < 2; k++)
        bench_print(&(struct bench_line){names[k], what, "-", 1, 1e9 * best[k] / taken, "ns/event",
                                         k ? 1e9 * best[0] / taken : 0, "windows"});
    printf("heap over windows, round by round:");
    for (int round = 0; round < ROUNDS; round++)
        printf(" %.2f", ratio[round]);
    printf("\n");
    free(load->spike);
    free(load->first);
    load->spike = NULL;
    load->first = NULL;
    return 1;
}

int main(int argc, char **argv)
{
    const double events = bench_argument(argc, argv, 1, 2e6);
    static const double rates[] = {0.1, 1, 10};
    struct load load = {.windows = 0};
    int good = make_synapses(&load);
    bench_print_heading();
    for (size_t k = 0; good && k < sizeof rates / sizeof *rates; k++)
        good = bench_rate(&load, rates[k], events);
    if (!good)
        (void)fprintf(stderr, "kernel_queue: no memory, or the two queues differ\n");
    free(load.synapse);
    free(load.neuron);
    free(load.spike);
    free(load.first);
    return !good;
}
