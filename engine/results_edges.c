/* All synapses of a plastic projection, by target, into a file of SONATA edges.
 *
 * Workers hold synapses by source. So targets are taken some at a time, as many as
 * have a 32nd of the synapses together (MOST at most), and all pieces are searched for these: each
 * search reads two bytes a synapse, and weights where it finds something. Each rank writes
 * the edges of its own targets at their place in the file. */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/results_edges.h"
#include "engine/results_ranks.h"
#include "mpi/comm.h"

enum { LEAST = 1 << 12, MOST = 1 << 22 };

enum ecp_status ecp_edges_no_memory(const struct ecp_edge_listing *l)
{
    return ecp_fail(ECP_ENOMEM, "no memory to write the synapses of %s",
                    l->network->plan->projection[l->projection]->name);
}

/* ---- where edges go --------------------------------------------------------- */

static enum ecp_status count_edges(struct ecp_edge_listing *l)
{
    l->first = ecp_array(l->n_targets + 1, sizeof *l->first);
    l->placed = ecp_array(l->n_targets + 1, sizeof *l->placed);
    if (!l->first || !l->placed)
        return ecp_edges_no_memory(l);
#pragma omp parallel for num_threads(l->network->n_workers)
    for (int w = 0; w < l->network->n_workers; w++) {
        const struct ecp_plastic *plastic = ecp_edges_part(l, w);
        for (size_t p = 0; p < plastic->n_pieces; p++) {
            const struct ecp_piece *piece = &plastic->piece[p];
            uint64_t *count = l->first + 1 + (ecp_edges_base(plastic, piece) - l->base);
            for (uint64_t at = piece->first; at < piece->first + piece->n; at++)
                count[plastic->target[at]]++;
        }
    }
    for (size_t t = 0; t < l->n_targets; t++)
        l->first[t + 1] += l->first[t];
    l->n = l->first[l->n_targets];
    return ECP_OK;
}

static enum ecp_status make_columns(struct ecp_edge_listing *l)
{
    uint64_t most = l->first[l->n_targets] / 32;
    most = most < LEAST ? LEAST : most > MOST ? MOST : most;
    for (size_t t = 0; t < l->n_targets; t++)
        if (l->first[t + 1] - l->first[t] > most)
            most = l->first[t + 1] - l->first[t];
    l->capacity = most < l->first[l->n_targets] ? most : l->first[l->n_targets];
    l->source = ecp_array(l->capacity + 1, sizeof *l->source);
    l->target = ecp_array(l->capacity + 1, sizeof *l->target);
    l->weight = ecp_array(l->capacity + 1, sizeof *l->weight);
    l->delay = ecp_array(l->capacity + 1, sizeof *l->delay);
    if (!l->source || !l->target || !l->weight || !l->delay)
        return ecp_edges_no_memory(l);
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

static void place_stretch(struct ecp_edge_listing *l, const struct stretch *s)
{
    const struct ecp_plastic *plastic = s->plastic;
    const struct ecp_piece *piece = &plastic->piece[s->piece];
    const ecp_lid base = ecp_edges_base(plastic, piece);
    const double dt = l->network->plan->dt;
    ecp_real weight[ECP_VISIT_SIZE];
    ecp_plastic_read(plastic, s->piece, s->at, s->n, (uint32_t)l->network->now, weight);
    for (uint32_t k = 0; k < s->n; k++) {
        const ecp_lid target = base + plastic->target[s->at + k];
        if (target < l->low || target >= l->high)
            continue;
        const size_t own = target - l->base;
        const size_t to = (size_t)(l->first[own] - l->first[l->low - l->base]) + l->placed[own]++;
        l->source[to] = s->source;
        l->target[to] = target;
        l->weight[to] = (ecp_real)(plastic->sign * (double)weight[k] + 0.0); /* no -0 */
        l->delay[to] = (float)(piece->delay * dt);
    }
}

/* Synapses of one worker onto the targets low .. high - 1. */
static void place_part(struct ecp_edge_listing *l, const struct ecp_plastic *plastic)
{
    if (l->high <= plastic->first_target || l->low >= plastic->first_target + plastic->n_targets)
        return;
    for (ecp_lid source = 0; source < l->n_sources; source++)
        for (uint32_t p = plastic->start[source]; p < plastic->start[source + 1]; p++) {
            const struct ecp_piece *piece = &plastic->piece[p];
            const ecp_lid base = ecp_edges_base(plastic, piece);
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

static void put_columns(struct ecp_edge_listing *l, struct ecp_store_edges *edges)
{
    const ecp_lid end = l->base + (ecp_lid)l->n_targets;
    const uint64_t *first = l->first;
    for (l->low = l->base; l->low < end; l->low = l->high) {
        const uint64_t begin = first[l->low - l->base];
        l->high = l->low + 1;
        while (l->high < end && first[l->high + 1 - l->base] - begin <= l->capacity)
            l->high++;
#pragma omp parallel for num_threads(l->network->n_workers)
        for (int w = 0; w < l->network->n_workers; w++)
            place_part(l, ecp_edges_part(l, w));
        const struct ecp_edge_columns columns = {l->edge + begin, first[l->high - l->base] - begin,
                                                 l->source,       l->target,
                                                 l->weight,       l->delay};
        ecp_store_edges_put(edges, &columns);
    }
}

/* ---- the file --------------------------------------------------------------- */

static void clear(struct ecp_edge_listing *l)
{
    free(l->first);
    free(l->placed);
    free(l->source);
    free(l->target);
    free(l->weight);
    free(l->delay);
    free(l->begin);
    free(l->ends[0]);
    free(l->ends[1]);
    free(l->number);
    free(l->spare);
    free(l->row);
}

/* Own edges follow those of the ranks before. */
static enum ecp_status place_own(struct ecp_edge_listing *l)
{
    const size_t n_ranks = (size_t)l->network->n_ranks;
    uint64_t *all = ecp_array(n_ranks, sizeof *all);
    const enum ecp_status status =
        ecp_ranks_agree(l->results, all ? ECP_OK : ecp_edges_no_memory(l));
    if (status == ECP_OK) {
        ecp_comm_numbers(l->network->comm, l->n, all);
        for (size_t r = 0; r < n_ranks; r++) {
            l->edge += r < (size_t)l->network->rank ? all[r] : 0;
            l->n_all += all[r];
        }
    }
    free(all);
    return status;
}

/* Targets that have a synapse, of all ranks. */
static uint64_t count_reached(const struct ecp_edge_listing *l)
{
    uint64_t n = 0;
    for (size_t t = 0; t < l->n_targets; t++)
        n += l->first[t + 1] > l->first[t];
    ecp_ranks_sum(l->results, &n, 1);
    return n;
}

static enum ecp_status write_all(struct ecp_edge_listing *l, const struct ecp_edges_facts *facts)
{
    struct ecp_store_edges *edges = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_store_edges_begin(l->network->options.store, facts, &edges));
    put_columns(l, edges);
    status = ecp_edges_put_sources(l, edges);
    if (status == ECP_OK)
        ecp_edges_put_targets(l, edges);
    const enum ecp_status written = ecp_store_edges_end(edges);
    status = status == ECP_OK ? written : status;
done:
    return status;
}

enum ecp_status ecp_results_edges(const struct ecp_results *results, int projection,
                                  const char *moment)
{
    const struct ecp_network *network = results->network;
    const struct ecp_plan *plan = network->plan;
    const struct ecp_plan_projection *p = plan->projection[projection];
    const struct ecp_population *target = &network->population[p->target];
    struct ecp_edge_listing l = {.results = results,
                                 .network = network,
                                 .projection = projection,
                                 .n_sources = plan->population[p->source]->size,
                                 .n_targets = ecp_ranks_size(results, p->target),
                                 .base = ecp_ranks_first(results, p->target)};
    struct ecp_edges_facts facts = {
        .moment = moment,
        .projection = p->name,
        .unit = target->model->fields[target->port_field[p->port_positive]].unit,
        .source = plan->population[p->source]->name,
        .target = target->plan->name,
        .n_sources = l.n_sources,
        .n_targets = target->plan->size,
        .time = (double)network->now * plan->dt,
        .recording = &results->recording};
    enum ecp_status status = count_edges(&l);
    if (status == ECP_OK)
        status = make_columns(&l);
    ECP_TRY(ecp_ranks_agree(results, status));
    ECP_TRY(place_own(&l));
    ECP_TRY(ecp_edges_count_runs(&l, &facts.n_runs[ECP_EDGES_OF_SOURCE]));
    facts.n_runs[ECP_EDGES_OF_TARGET] = count_reached(&l);
    facts.n = l.n_all;
    memset(l.placed, 0, l.n_targets * sizeof *l.placed);
    status = write_all(&l, &facts);
done:
    clear(&l);
    return status;
}
