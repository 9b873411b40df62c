/* All synapses of a plastic projection, by target, into a file of SONATA edges.
 *
 * Workers hold synapses by source. So targets are taken some at a time, as many as
 * have a 32nd of the synapses together (MOST at most), and all pieces are searched for these: each
 * search reads two bytes a synapse, and weights where it finds something. */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/plastic.h"
#include "engine/results.h"
#include "engine/store.h"

enum { LEAST = 1 << 12, MOST = 1 << 22, RANGES = 65536 };

struct listing {
    const struct ecp_network *network;
    int projection;
    size_t n_sources, n_targets;
    uint64_t *first;  /* n_targets + 1: number of the first edge of each target */
    uint32_t *placed; /* n_targets: of its synapses so far */
    uint64_t n_runs;  /* edges whose source is another than that of the edge before */

    /* Some targets, and the columns of their edges. */
    ecp_lid low, high;
    size_t capacity;
    ecp_lid *source, *target;
    ecp_real *weight;
    float *delay;

    /* Edges of one source, and ranges that are not yet written. */
    uint64_t *edge, *spare;
    size_t edge_capacity, n_ranges;
    int64_t (*range)[2]; /* RANGES */
    int64_t (*node)[2];  /* the larger number of nodes */
    int no_memory;
};

static enum ecp_status no_memory(const struct listing *l)
{
    return ecp_fail(ECP_ENOMEM, "no memory to write the synapses of %s",
                    l->network->plan->projection[l->projection]->name);
}

static const struct ecp_plastic *part_of(const struct listing *l, int worker)
{
    return ecp_plastic_of(&l->network->worker[worker], l->projection);
}

/* Target 0 of the piece's section, in the population. */
static ecp_lid base_of(const struct ecp_plastic *plastic, const struct ecp_piece *piece)
{
    return plastic->first_target + (ecp_lid)piece->section * ECP_SECTION;
}

/* ---- where edges go --------------------------------------------------------- */

static enum ecp_status count_edges(struct listing *l)
{
    l->first = ecp_array(l->n_targets + 1, sizeof *l->first);
    l->placed = ecp_array(l->n_targets + 1, sizeof *l->placed);
    if (!l->first || !l->placed)
        return no_memory(l);
#pragma omp parallel for num_threads(l->network->n_workers)
    for (int w = 0; w < l->network->n_workers; w++) {
        const struct ecp_plastic *plastic = part_of(l, w);
        for (size_t p = 0; p < plastic->n_pieces; p++) {
            const struct ecp_piece *piece = &plastic->piece[p];
            uint64_t *count = l->first + 1 + base_of(plastic, piece);
            for (uint64_t at = piece->first; at < piece->first + piece->n; at++)
                count[plastic->target[at]]++;
        }
    }
    for (size_t t = 0; t < l->n_targets; t++)
        l->first[t + 1] += l->first[t];
    return ECP_OK;
}

static enum ecp_status make_columns(struct listing *l)
{
    uint64_t most = l->first[l->n_targets] / 32;
    most = most < LEAST ? LEAST : most > MOST ? MOST : most;
    const size_t nodes = l->n_sources > l->n_targets ? l->n_sources : l->n_targets;
    for (size_t t = 0; t < l->n_targets; t++)
        if (l->first[t + 1] - l->first[t] > most)
            most = l->first[t + 1] - l->first[t];
    l->capacity = most < l->first[l->n_targets] ? most : l->first[l->n_targets];
    l->source = ecp_array(l->capacity + 1, sizeof *l->source);
    l->target = ecp_array(l->capacity + 1, sizeof *l->target);
    l->weight = ecp_array(l->capacity + 1, sizeof *l->weight);
    l->delay = ecp_array(l->capacity + 1, sizeof *l->delay);
    l->range = ecp_array(RANGES, sizeof *l->range);
    l->node = ecp_array(nodes + 1, sizeof *l->node);
    if (!l->source || !l->target || !l->weight || !l->delay || !l->range || !l->node)
        return no_memory(l);
    return ECP_OK;
}

/* ---- columns ---------------------------------------------------------------- */

/* One stretch of a piece: synapses at .. at + n - 1 of the projection. */
struct stretch {
    const struct ecp_plastic *plastic;
    size_t piece;
    ecp_lid source;
    uint64_t at;
    uint32_t n;
};

/* Does a target lie in the range? `first` and `count` within the section. */
static int touches(const uint16_t *target, uint32_t n, uint32_t first, uint32_t count)
{
    uint32_t found = 0;
#pragma omp simd reduction(+ : found)
    for (uint32_t j = 0; j < n; j++)
        found += (uint32_t)target[j] - first < count;
    return found > 0;
}

static void place_stretch(struct listing *l, const struct stretch *s)
{
    const struct ecp_plastic *plastic = s->plastic;
    const struct ecp_piece *piece = &plastic->piece[s->piece];
    const ecp_lid base = base_of(plastic, piece);
    const double dt = l->network->plan->dt;
    ecp_real weight[ECP_VISIT_SIZE];
    ecp_plastic_read(plastic, s->piece, s->at, s->n, (uint32_t)l->network->now, weight);
    for (uint32_t k = 0; k < s->n; k++) {
        const ecp_lid target = base + plastic->target[s->at + k];
        if (target < l->low || target >= l->high)
            continue;
        const size_t to = (size_t)(l->first[target] - l->first[l->low]) + l->placed[target]++;
        l->source[to] = s->source;
        l->target[to] = target;
        l->weight[to] = (ecp_real)(plastic->sign * (double)weight[k] + 0.0); /* no -0 */
        l->delay[to] = (float)(piece->delay * dt);
    }
}

/* Synapses of one worker onto the targets low .. high - 1. */
static void place_part(struct listing *l, const struct ecp_plastic *plastic)
{
    if (l->high <= plastic->first_target || l->low >= plastic->first_target + plastic->n_targets)
        return;
    for (ecp_lid source = 0; source < l->n_sources; source++)
        for (uint32_t p = plastic->start[source]; p < plastic->start[source + 1]; p++) {
            const struct ecp_piece *piece = &plastic->piece[p];
            const ecp_lid base = base_of(plastic, piece);
            const ecp_lid from = l->low > base ? l->low - base : 0;
            const ecp_lid to = l->high > base ? l->high - base : 0;
            for (uint32_t at = 0; to > from && at < piece->n; at += ECP_VISIT_SIZE) {
                const uint32_t left = piece->n - at;
                const struct stretch s = {plastic, p, source, piece->first + at,
                                          left < ECP_VISIT_SIZE ? left : ECP_VISIT_SIZE};
                if (touches(plastic->target + s.at, s.n, from, to - from))
                    place_stretch(l, &s);
            }
        }
}

static void put_columns(struct listing *l, struct ecp_store_edges *edges)
{
    ecp_lid before = UINT32_MAX;
    for (l->low = 0; l->low < l->n_targets; l->low = l->high) {
        l->high = l->low + 1;
        while (l->high < l->n_targets && l->first[l->high + 1] - l->first[l->low] <= l->capacity)
            l->high++;
#pragma omp parallel for num_threads(l->network->n_workers)
        for (int w = 0; w < l->network->n_workers; w++)
            place_part(l, part_of(l, w));
        const size_t n = (size_t)(l->first[l->high] - l->first[l->low]);
        for (size_t k = 0; k < n; k++) {
            l->n_runs += l->source[k] != before;
            before = l->source[k];
        }
        ecp_store_edges_put(edges, n, l->source, l->target, l->weight, l->delay);
    }
}

/* ---- index ------------------------------------------------------------------ */

/* Ascending; made of few ascending stretches (pieces), which are merged. */
static void sort_edges(uint64_t *edge, uint64_t *spare, size_t n)
{
    for (size_t merged = 2; merged > 1;) {
        size_t at = 0;
        merged = 0;
        while (at < n) {
            size_t a = at, b = at + 1;
            while (b < n && edge[b - 1] < edge[b])
                b++;
            size_t end = b < n ? b + 1 : b;
            while (end < n && edge[end - 1] < edge[end])
                end++;
            const size_t middle = b;
            for (size_t to = at; to < end; to++)
                spare[to] = a < middle && (b >= end || edge[a] < edge[b]) ? edge[a++] : edge[b++];
            at = end;
            merged++;
        }
        memcpy(edge, spare, n * sizeof *edge);
    }
}

static int edge_room(struct listing *l, size_t n)
{
    if (n <= l->edge_capacity)
        return 1;
    free(l->edge);
    free(l->spare);
    l->edge = ecp_array(2 * n, sizeof *l->edge);
    l->spare = ecp_array(2 * n, sizeof *l->spare);
    l->edge_capacity = l->edge && l->spare ? 2 * n : 0;
    l->no_memory = l->edge_capacity == 0;
    return !l->no_memory;
}

/* Numbers of the edges of one source; sources must come in order. */
static size_t edges_of(struct listing *l, ecp_lid source)
{
    size_t n = 0, total = 0;
    for (int w = 0; w < l->network->n_workers; w++) {
        const struct ecp_plastic *plastic = part_of(l, w);
        for (uint32_t p = plastic->start[source]; p < plastic->start[source + 1]; p++)
            total += plastic->piece[p].n;
    }
    if (!edge_room(l, total))
        return 0;
    for (int w = 0; w < l->network->n_workers; w++) {
        const struct ecp_plastic *plastic = part_of(l, w);
        for (uint32_t p = plastic->start[source]; p < plastic->start[source + 1]; p++) {
            const struct ecp_piece *piece = &plastic->piece[p];
            const ecp_lid base = base_of(plastic, piece);
            for (uint64_t at = piece->first; at < piece->first + piece->n; at++) {
                const ecp_lid target = base + plastic->target[at];
                l->edge[n++] = l->first[target] + l->placed[target]++;
            }
        }
    }
    if (n > 0)
        sort_edges(l->edge, l->spare, n);
    return n;
}

static void put_range(struct listing *l, struct ecp_store_edges *edges, uint64_t first,
                      uint64_t end)
{
    l->range[l->n_ranges][0] = (int64_t)first;
    l->range[l->n_ranges][1] = (int64_t)end;
    if (++l->n_ranges < RANGES)
        return;
    ecp_store_edges_ranges(edges, l->n_ranges, (const int64_t(*)[2])l->range);
    l->n_ranges = 0;
}

static void end_index(struct listing *l, struct ecp_store_edges *edges, size_t n_nodes)
{
    ecp_store_edges_ranges(edges, l->n_ranges, (const int64_t(*)[2])l->range);
    l->n_ranges = 0;
    ecp_store_edges_nodes(edges, n_nodes, (const int64_t(*)[2])l->node);
}

static void put_sources(struct listing *l, struct ecp_store_edges *edges)
{
    int64_t at = 0;
    memset(l->placed, 0, l->n_targets * sizeof *l->placed);
    ecp_store_edges_index(edges, "source_to_target", l->n_runs);
    for (ecp_lid source = 0; source < l->n_sources && !l->no_memory; source++) {
        const size_t n = edges_of(l, source);
        const int64_t begin = at;
        for (size_t k = 0; k < n; at++) {
            const size_t from = k++;
            while (k < n && l->edge[k] == l->edge[k - 1] + 1)
                k++;
            put_range(l, edges, l->edge[from], l->edge[k - 1] + 1);
        }
        l->node[source][0] = at > begin ? begin : -1;
        l->node[source][1] = at > begin ? at : -1;
    }
    end_index(l, edges, l->n_sources);
}

static void put_targets(struct listing *l, struct ecp_store_edges *edges)
{
    uint64_t n = 0;
    for (size_t t = 0; t < l->n_targets; t++)
        n += l->first[t + 1] > l->first[t];
    ecp_store_edges_index(edges, "target_to_source", n);
    int64_t at = 0;
    for (size_t t = 0; t < l->n_targets; t++) {
        const int any = l->first[t + 1] > l->first[t];
        if (any)
            put_range(l, edges, l->first[t], l->first[t + 1]);
        l->node[t][0] = any ? at : -1;
        l->node[t][1] = any ? ++at : -1;
    }
    end_index(l, edges, l->n_targets);
}

/* ---- the file --------------------------------------------------------------- */

static void clear(struct listing *l)
{
    free(l->first);
    free(l->placed);
    free(l->source);
    free(l->target);
    free(l->weight);
    free(l->delay);
    free(l->edge);
    free(l->spare);
    free(l->range);
    free(l->node);
}

enum ecp_status ecp_results_edges(const struct ecp_results *results, int projection,
                                  const char *moment)
{
    const struct ecp_network *network = results->network;
    const struct ecp_plan *plan = network->plan;
    const struct ecp_plan_projection *p = plan->projection[projection];
    const struct ecp_population *target = &network->population[p->target];
    struct listing l = {.network = network,
                        .projection = projection,
                        .n_sources = plan->population[p->source]->size,
                        .n_targets = target->plan->size};
    struct ecp_store_edges *edges;
    enum ecp_status status;
    ECP_TRY(count_edges(&l));
    ECP_TRY(make_columns(&l));
    const struct ecp_edges_facts facts = {
        .moment = moment,
        .projection = p->name,
        .unit = target->model->fields[target->port_field[p->port_positive]].unit,
        .source = plan->population[p->source]->name,
        .target = target->plan->name,
        .n_sources = l.n_sources,
        .n_targets = l.n_targets,
        .time = (double)network->now * plan->dt,
        .recording = &results->recording,
        .n = l.first[l.n_targets]};
    ECP_TRY(ecp_store_edges_begin(network->options.store, &facts, &edges));
    put_columns(&l, edges);
    put_sources(&l, edges);
    put_targets(&l, edges);
    status = ecp_store_edges_end(edges);
    if (status == ECP_OK && l.no_memory)
        status = no_memory(&l);
done:
    clear(&l);
    return status;
}
