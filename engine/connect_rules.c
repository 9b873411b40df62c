/* The connection rules. Random numbers of a target (or source) are at counters
 * of its own: element = its index, index = the synapse. */
#include <math.h>
#include <string.h>

#include "engine/connect_private.h"
#include "engine/edges.h"

/* Own streams, apart from the words that weights and delays use (c = 0). */
enum { CHOICE = 1, SKIP = 2 };

static int excluded(const struct ecp_connector *c, ecp_lid source, ecp_lid target)
{
    return c->same && !c->plan->autapses && source == target;
}

void ecp_rule_all_to_all(struct ecp_wiring *w)
{
    for (ecp_lid t = w->first; t < w->first + w->n; t++)
        for (ecp_lid s = 0; s < w->c->n_source; s++)
            if (!excluded(w->c, s, t))
                ecp_wiring_add(w, s, t, t, s);
}

void ecp_rule_one_to_one(struct ecp_wiring *w)
{
    for (ecp_lid t = w->first; t < w->first + w->n; t++)
        ecp_wiring_add(w, t, t, t, 0);
}

/* ---- chosen at random ------------------------------------------------ */

struct choice {
    struct ecp_wiring *w;
    ecp_lid fixed; /* the target (indegree) or source (outdegree) */
    int skip_self; /* numbers from `fixed` on stand for the next one */
    uint32_t next;
};

static ecp_lid chosen_partner(const struct choice *choice, uint64_t number)
{
    const ecp_lid partner = (ecp_lid)number;
    return choice->skip_self && partner >= choice->fixed ? partner + 1 : partner;
}

static void take_source(void *context, uint64_t number)
{
    struct choice *choice = context;
    ecp_wiring_add(choice->w, chosen_partner(choice, number), choice->fixed, choice->fixed,
                   choice->next++);
}

/* `k` sources for one target, with or without repeats. */
static void choose_sources(struct ecp_wiring *w, ecp_lid target, uint64_t k)
{
    const struct ecp_connector *c = w->c;
    struct choice choice = {w, target, c->same && !c->plan->autapses, 0};
    const uint64_t n = c->n_source - (choice.skip_self ? 1 : 0);
    if (!c->plan->multapses) {
        struct ecp_stream stream = {c->key, 0, target, CHOICE};
        ecp_wiring_sample(w, &stream, n, k, take_source, &choice);
        return;
    }
    w->drawn = 1;
    for (uint64_t at = 0; at < k;) {
        const size_t from = w->batch.n, room = ECP_BATCH - from;
        const size_t some = k - at < room ? (size_t)(k - at) : room;
        uint32_t *const word[4] = {w->words[0] + from, w->words[1] + from, w->words[2] + from,
                                   w->words[3] + from};
        c->kernels->philox(c->key, (uint32_t)at, target, 0, some, word);
        for (size_t j = from; j < from + some; j++) {
            const uint64_t number = (uint64_t)w->words[3][j] << 32 | w->words[0][j];
            take_source(&choice, (uint64_t)(((__uint128_t)number * n) >> 64));
        }
        at += some;
    }
}

void ecp_rule_fixed_indegree(struct ecp_wiring *w)
{
    for (ecp_lid t = w->first; t < w->first + w->n; t++)
        choose_sources(w, t, w->c->plan->number);
}

static void take_target(void *context, uint64_t number)
{
    struct choice *choice = context;
    const ecp_lid target = chosen_partner(choice, number);
    const uint32_t index = choice->next++;
    if (target - choice->w->first < choice->w->n)
        ecp_wiring_add(choice->w, choice->fixed, target, choice->fixed, index);
}

void ecp_rule_fixed_outdegree(struct ecp_wiring *w)
{
    const struct ecp_connector *c = w->c;
    for (ecp_lid s = 0; s < c->n_source; s++) {
        struct choice choice = {w, s, c->same && !c->plan->autapses, 0};
        const uint64_t n = c->n_target - (choice.skip_self ? 1 : 0);
        struct ecp_stream stream = {c->key, 0, s, CHOICE};
        if (!c->plan->multapses) {
            ecp_wiring_sample(w, &stream, n, c->plan->number, take_target, &choice);
            continue;
        }
        for (size_t k = 0; k < c->plan->number; k++)
            take_target(&choice, ecp_stream_below(&stream, n));
    }
}

/* ---- a fixed total --------------------------------------------------- */

/* How many of `total` synapses fall on the left part of a range: without
 * repeats, pairs are drawn as from an urn. The stream belongs to the node. */
static uint64_t split_total(const struct ecp_connector *c, uint64_t node, uint64_t total,
                            uint64_t left, uint64_t right)
{
    struct ecp_stream stream = {c->total_key, 0, (uint32_t)node, (uint32_t)(node >> 32)};
    const uint64_t sources = c->n_source - (c->same && !c->plan->autapses ? 1 : 0);
    if (c->plan->multapses)
        return ecp_draw_binomial(&stream, (double)left / (double)(left + right), total);
    return ecp_draw_hypergeometric(&stream, left * sources, right * sources, total);
}

static void descend(struct ecp_wiring *w, uint64_t node, ecp_lid first, ecp_lid n, uint64_t total)
{
    if (total == 0 || first + n <= w->first || first >= w->first + w->n)
        return;
    if (n == 1) {
        choose_sources(w, first, total);
        return;
    }
    const ecp_lid left = n / 2;
    const uint64_t on_left = split_total(w->c, node, total, left, n - left);
    descend(w, 2 * node, first, left, on_left);
    descend(w, 2 * node + 1, first + left, n - left, total - on_left);
}

void ecp_rule_fixed_total_number(struct ecp_wiring *w)
{
    descend(w, 1, 0, (ecp_lid)w->c->n_target, w->c->plan->number);
}

/* ---- independent pairs ----------------------------------------------- */

/* Sources of one target at which an event of probability p happens, found by
 * jumping from one to the next (geometric distances). */
struct skipper {
    struct ecp_stream stream;
    double log_not; /* log(1 - p) */
    uint64_t at;
};

static uint64_t skip_next(struct skipper *skipper)
{
    if (skipper->log_not < 0) {
        const double u = ((double)(ecp_stream_next(&skipper->stream) >> 11) + 0.5) * 0x1p-53;
        const double jump = floor(log(u) / skipper->log_not);
        skipper->at += jump < 1e18 ? (uint64_t)jump : UINT64_C(1) << 60;
    }
    return skipper->at++;
}

static struct skipper skipper_at(const struct ecp_connector *c, ecp_lid target, double p)
{
    return (struct skipper){{c->key, 0, target, SKIP}, p < 1 ? log1p(-p) : 0, 0};
}

void ecp_rule_pairwise_bernoulli(struct ecp_wiring *w)
{
    const struct ecp_connector *c = w->c;
    if (!(c->plan->probability > 0))
        return;
    for (ecp_lid t = w->first; t < w->first + w->n; t++) {
        struct skipper skipper = skipper_at(c, t, c->plan->probability);
        uint32_t index = 0;
        for (uint64_t s; (s = skip_next(&skipper)) < c->n_source;)
            if (!excluded(c, (ecp_lid)s, t))
                ecp_wiring_add(w, (ecp_lid)s, t, t, index++);
    }
}

static double apart(double a, double b, double extent, int periodic)
{
    const double d = fabs(a - b);
    return periodic && d > 0.5 * extent ? extent - d : d;
}

/* Probability at a distance, relative to that at distance 0. */
static double kernel_at(const struct ecp_plan_projection *p, double d)
{
    if (d > p->cutoff)
        return 0;
    switch (p->kernel) {
    case ECP_KERNEL_GAUSSIAN:
        return exp(-d * d / (2 * p->scale * p->scale));
    case ECP_KERNEL_EXPONENTIAL:
        return exp(-d / p->scale);
    case ECP_KERNEL_DISC:
        break;
    }
    return d <= p->scale ? 1 : 0;
}

void ecp_rule_distance(struct ecp_wiring *w)
{
    const struct ecp_connector *c = w->c;
    const struct ecp_plan_projection *p = c->plan;
    if (!(p->probability > 0))
        return;
    for (ecp_lid t = w->first; t < w->first + w->n; t++) {
        const double *to = c->target_position + 2 * (size_t)t;
        struct skipper skipper = skipper_at(c, t, p->probability);
        uint32_t index = 0;
        for (uint64_t s; (s = skip_next(&skipper)) < c->n_source;) {
            const double *from = c->source_position + 2 * s;
            const double d = hypot(apart(from[0], to[0], c->width, c->periodic),
                                   apart(from[1], to[1], c->height, c->periodic));
            const double u = ((double)(ecp_stream_next(&skipper.stream) >> 11) + 0.5) * 0x1p-53;
            if (u < kernel_at(p, d) && !excluded(c, (ecp_lid)s, t))
                ecp_wiring_add(w, (ecp_lid)s, t, t, index++);
        }
    }
}

/* ---- given ----------------------------------------------------------- */

/* NULL: not given. */
struct edge {
    ecp_lid source, target;
    uint32_t row;
    const double *weight, *delay;
};

/* What is given of it goes into the batch. */
static void add_edge(struct ecp_wiring *w, const struct edge *e)
{
    const size_t at = w->batch.n;
    if (e->target - w->first >= w->n)
        return;
    if (e->weight)
        w->batch.weight[at] = *e->weight;
    if (e->delay) {
        w->batch.delay[at] = ecp_edge_delay(w->c, *e->delay);
        w->batch.delay_ms[at] = *e->delay;
    }
    ecp_wiring_add(w, e->source, e->target, 0, e->row);
}

static const double *entry(const double *column, size_t k)
{
    return column ? column + k : NULL;
}

static enum ecp_status add_piece(void *context, const struct ecp_edges_piece *piece)
{
    struct ecp_wiring *w = context;
    const enum ecp_status status = ecp_edges_check_piece(w->c, piece);
    for (size_t k = 0; k < piece->n && status == ECP_OK; k++)
        add_edge(w, &(struct edge){(ecp_lid)piece->source[k], (ecp_lid)piece->target[k],
                                   (uint32_t)(piece->first + k), entry(piece->weight, k),
                                   entry(piece->delay, k)});
    return status;
}

/* From what the rank keeps, where it keeps all that are wanted; else from the file. */
static void list_from_file(struct ecp_wiring *w)
{
    const struct ecp_own_edges *own = w->c->own;
    if (!own || w->first < own->first || w->first - own->first + w->n > own->n_targets) {
        w->status = ecp_input_edges_pieces(w->c->plan->edges_file, add_piece, w);
        return;
    }
    for (size_t k = 0; k < own->n; k++)
        add_edge(w, &(struct edge){own->source[k], own->target[k], own->row[k],
                                   entry(own->weight, k), entry(own->delay, k)});
}

void ecp_rule_explicit(struct ecp_wiring *w)
{
    const struct ecp_edges *edges = &w->c->plan->edges;
    w->has_weights = ecp_edges_have_weights(w->c->plan);
    w->has_delays = ecp_edges_have_delays(w->c->plan);
    if (w->c->plan->edges_in_file) {
        list_from_file(w);
        return;
    }
    for (size_t k = 0; k < edges->n; k++)
        add_edge(w, &(struct edge){edges->source[k], edges->target[k], (uint32_t)k,
                                   entry(edges->weight, k), entry(edges->delay, k)});
}
