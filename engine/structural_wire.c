/* One update of a group of structural projections: which synapses go, which come.
 *
 * Synapses are listed in one order whoever holds them: by source, then column
 * (target), then age. Choices are drawn from counters of the update, so that
 * they do not depend on the number of workers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/structural_wire.h"

/* Purposes of counters, in their third word. */
enum { OF_AXONS, OF_DENDRITES, OF_PAIRS, OF_WEIGHTS, PURPOSES };

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory for structural plasticity");
}

static struct ecp_stream stream_of(const struct ecp_wiring *w, uint32_t element, uint32_t purpose)
{
    return (struct ecp_stream){w->key, 0, element, w->group->n_updates * PURPOSES + purpose};
}

/* ---- the synapses that there are ------------------------------------------- */

static int by_column(const void *a, const void *b)
{
    const struct ecp_edge *p = a, *q = b;
    if (p->column != q->column)
        return p->column < q->column ? -1 : 1;
    return (p->age > q->age) - (p->age < q->age);
}

/* Ages are places within the source's list. */
static void sort_source(struct ecp_edge *edge, size_t n)
{
    int sorted = 1;
    for (size_t k = 0; k < n; k++) {
        edge[k].age = (uint32_t)k;
        sorted = sorted && (k == 0 || edge[k - 1].column <= edge[k].column);
    }
    if (!sorted)
        qsort(edge, n, sizeof *edge, by_column);
}

static void list_source(struct ecp_wiring *w, uint32_t source)
{
    const struct ecp_network *network = w->network;
    for (size_t k = 0; k < w->group->n_parts; k++) {
        const struct ecp_structural_part *part = &w->group->part[k];
        for (int worker = 0; worker < network->n_workers; worker++) {
            const struct ecp_plastic *plastic =
                ecp_plastic_of(&network->worker[worker], part->projection);
            for (uint32_t p = plastic->start[source]; p < plastic->start[source + 1]; p++) {
                const struct ecp_piece *piece = &plastic->piece[p];
                const uint32_t base =
                    part->first_column + plastic->first_target + piece->section * ECP_SECTION;
                for (uint64_t e = piece->first; e < piece->first + piece->n; e++)
                    w->edge[w->n++] = (struct ecp_edge){.place = e,
                                                        .source = source,
                                                        .column = base + plastic->target[e],
                                                        .weight = plastic->weight[e]};
            }
        }
    }
}

enum ecp_status ecp_structural_sort(struct ecp_wiring *w)
{
    const size_t n_sources = w->group->axons.n;
    struct ecp_edge *sorted = ecp_array(w->capacity, sizeof *sorted);
    if (!sorted)
        return no_memory();
    memset(w->start, 0, (n_sources + 2) * sizeof *w->start);
    for (size_t e = 0; e < w->n; e++)
        w->start[w->edge[e].source + 2]++;
    for (size_t s = 0; s < n_sources; s++)
        w->start[s + 2] += w->start[s + 1];
    for (size_t e = 0; e < w->n; e++)
        sorted[w->start[w->edge[e].source + 1]++] = w->edge[e];
    for (size_t s = 0; s < n_sources; s++)
        sort_source(sorted + w->start[s], w->start[s + 1] - w->start[s]);
    free(w->edge);
    w->edge = sorted;
    return ECP_OK;
}

static enum ecp_status list_own_edges(struct ecp_wiring *w)
{
    const size_t n_sources = w->group->axons.n;
    size_t n = 0;
    for (size_t k = 0; k < w->group->n_parts; k++)
        n += (size_t)w->group->part[k].synapses;
    w->capacity = n + 64;
    w->edge = ecp_array(w->capacity, sizeof *w->edge);
    w->choice = ecp_array(n + 1, sizeof *w->choice);
    w->start = ecp_array(n_sources + 2, sizeof *w->start);
    if (!w->edge || !w->choice || !w->start)
        return no_memory();
    for (size_t s = 0; s < n_sources; s++)
        list_source(w, (uint32_t)s);
    return ECP_OK;
}

static enum ecp_status list_edges(struct ecp_wiring *w)
{
    enum ecp_status status = ecp_structural_share_edges(w, list_own_edges(w));
    if (status == ECP_OK)
        status = ecp_structural_sort(w);
    w->n_old = w->n;
    return status;
}

/* ---- synapses that go --------------------------------------------------------- */

static void delete_edge(struct ecp_wiring *w, size_t at)
{
    struct ecp_edge *e = &w->edge[at];
    struct ecp_structural_part *part = ecp_structural_part_of(w->group, e->column);
    e->dead = 1;
    w->group->axons.connected[e->source]--;
    part->dendrites.connected[e->column - part->first_column]--;
    part->deleted++;
    w->changed = 1;
}

/* `k` of the first n in w->choice, each set as likely. */
static void delete_some(struct ecp_wiring *w, size_t *list, size_t n, size_t k,
                        struct ecp_stream stream)
{
    for (size_t j = 0; j < k && j < n; j++) {
        const size_t at = j + (size_t)ecp_stream_below(&stream, n - j), chosen = list[at];
        list[at] = list[j];
        list[j] = chosen;
        delete_edge(w, chosen);
    }
}

static size_t excess(const struct ecp_elements *e, size_t neuron)
{
    const double vacant = ecp_elements_vacant(e, neuron);
    return vacant < 0 ? (size_t)-vacant : 0;
}

static void prune_axons(struct ecp_wiring *w)
{
    const struct ecp_elements *axons = &w->group->axons;
    for (size_t s = 0; s < axons->n; s++) {
        const size_t k = excess(axons, s);
        size_t n = 0;
        for (size_t e = w->start[s]; e < w->start[s + 1] && k > 0; e++)
            w->choice[n++] = e;
        delete_some(w, w->choice, n, k, stream_of(w, (uint32_t)s, OF_AXONS));
    }
}

static size_t any_excess(const struct ecp_wiring *w)
{
    size_t sum = 0;
    for (size_t k = 0; k < w->group->n_parts; k++) {
        const struct ecp_elements *e = &w->group->part[k].dendrites;
        for (size_t t = 0; t < e->n; t++)
            sum += excess(e, t);
    }
    return sum;
}

/* Live edges of every column side by side: column c ends up between end[c - 1]
 * and end[c], sources in their order. */
static enum ecp_status prune_dendrites(struct ecp_wiring *w)
{
    const size_t n_columns = w->group->n_columns;
    if (any_excess(w) == 0)
        return ECP_OK;
    size_t *end = ecp_array(n_columns + 1, sizeof *end);
    if (!end)
        return no_memory();
    for (size_t e = 0; e < w->n_old; e++)
        if (!w->edge[e].dead)
            end[w->edge[e].column + 1]++;
    for (size_t c = 0; c < n_columns; c++)
        end[c + 1] += end[c];
    for (size_t e = 0; e < w->n_old; e++)
        if (!w->edge[e].dead)
            w->choice[end[w->edge[e].column]++] = e;
    for (uint32_t c = 0; c < n_columns; c++) {
        const struct ecp_structural_part *part = ecp_structural_part_of(w->group, c);
        const size_t first = c > 0 ? end[c - 1] : 0;
        delete_some(w, w->choice + first, end[c] - first,
                    excess(&part->dendrites, c - part->first_column),
                    stream_of(w, c, OF_DENDRITES));
    }
    free(end);
    return ECP_OK;
}

/* ---- synapses that come ---------------------------------------------------------- */

/* Every vacant element by the number of its neuron. */
struct vacant {
    uint32_t *owner;
    size_t n;
};

static size_t count_vacant(const struct ecp_elements *e)
{
    size_t n = 0;
    for (size_t j = 0; j < e->n; j++)
        n += (size_t)fmax(ecp_elements_vacant(e, j), 0);
    return n;
}

static void list_vacant(struct vacant *v, const struct ecp_elements *e, uint32_t first)
{
    for (size_t j = 0; j < e->n; j++)
        for (size_t k = (size_t)fmax(ecp_elements_vacant(e, j), 0); k > 0; k--)
            v->owner[v->n++] = first + (uint32_t)j;
}

/* The first `k` become a random choice in random order. */
static void shuffle(struct vacant *v, size_t k, struct ecp_stream stream)
{
    for (size_t j = 0; j < k; j++) {
        const size_t at = j + (size_t)ecp_stream_below(&stream, v->n - j);
        const uint32_t chosen = v->owner[at];
        v->owner[at] = v->owner[j];
        v->owner[j] = chosen;
    }
}

static int has_synapse(const struct ecp_wiring *w, uint32_t source, uint32_t column)
{
    size_t low = w->start[source], high = w->start[source + 1];
    const size_t end = high;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (w->edge[middle].column < column)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < end && w->edge[low].column == column; low++)
        if (!w->edge[low].dead)
            return 1;
    for (size_t e = w->fresh[source]; e > 0; e = w->before[e - w->n_old])
        if (w->edge[e - 1].column == column)
            return 1;
    return 0;
}

/* As NEST has it: a pair that may not be stays vacant. */
static int may_be(const struct ecp_wiring *w, const struct ecp_structural_part *part,
                  uint32_t source, uint32_t column)
{
    const struct ecp_plan_projection *p = w->network->plan->projection[part->projection];
    if (!p->autapses && p->source == p->target && source == column - part->first_column)
        return 0;
    return p->multapses || !has_synapse(w, source, column);
}

static void add_edge(struct ecp_wiring *w, uint32_t source, uint32_t column)
{
    struct ecp_structural_part *part = ecp_structural_part_of(w->group, column);
    const struct ecp_connector *connector = &w->network->connector[part->projection];
    uint32_t word[4] = {0};
    if (!may_be(w, part, source, column))
        return;
    ecp_rng_words(w->key, (uint32_t)(w->n - w->n_old), 0,
                  w->group->n_updates * PURPOSES + OF_WEIGHTS, word);
    w->edge[w->n++] =
        (struct ecp_edge){.place = ECP_NEW_SYNAPSE,
                          .source = source,
                          .column = column,
                          .weight = (ecp_real)fabs(ecp_law_value(&connector->weight, word[0], 0))};
    w->before[w->n - w->n_old] = w->fresh[source];
    w->fresh[source] = w->n;
    w->group->axons.connected[source]++;
    part->dendrites.connected[column - part->first_column]++;
    part->created++;
    w->changed = 1;
}

static enum ecp_status room_for(struct ecp_wiring *w, size_t pairs)
{
    const size_t n = w->n + pairs;
    w->fresh = ecp_array(w->group->axons.n, sizeof *w->fresh);
    w->before = ecp_array(pairs + 1, sizeof *w->before);
    if (n > w->capacity) {
        struct ecp_edge *grown = realloc(w->edge, n * sizeof *grown);
        if (!grown)
            return no_memory();
        w->edge = grown;
        w->capacity = n;
    }
    return w->fresh && w->before ? ECP_OK : no_memory();
}

static enum ecp_status create(struct ecp_wiring *w)
{
    struct vacant axons = {0}, dendrites = {0};
    size_t n_axons = count_vacant(&w->group->axons), n_dendrites = 0;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < w->group->n_parts; k++)
        n_dendrites += count_vacant(&w->group->part[k].dendrites);
    const size_t pairs = n_axons < n_dendrites ? n_axons : n_dendrites;
    if (pairs == 0)
        return ECP_OK;
    axons.owner = ecp_array(n_axons, sizeof *axons.owner);
    dendrites.owner = ecp_array(n_dendrites, sizeof *dendrites.owner);
    if (!axons.owner || !dendrites.owner) {
        status = no_memory();
        goto done;
    }
    ECP_TRY(room_for(w, pairs));
    list_vacant(&axons, &w->group->axons, 0);
    for (size_t k = 0; k < w->group->n_parts; k++)
        list_vacant(&dendrites, &w->group->part[k].dendrites, w->group->part[k].first_column);
    /* One side in random order is enough for random pairs. */
    shuffle(n_axons > n_dendrites ? &axons : &dendrites, pairs, stream_of(w, 0, OF_PAIRS));
    for (size_t k = 0; k < pairs; k++)
        add_edge(w, axons.owner[k], dendrites.owner[k]);
done:
    free(axons.owner);
    free(dendrites.owner);
    return status;
}

/* ---- in order ------------------------------------------------------------------ */

/* Live edges, by source, then column, then age; w->start follows. */
static enum ecp_status put_in_order(struct ecp_wiring *w)
{
    const size_t n_sources = w->group->axons.n;
    struct ecp_edge *made = ecp_array(w->n + 1, sizeof *made);
    size_t *start = ecp_array(n_sources + 2, sizeof *start);
    if (!made || !start) {
        free(made);
        free(start);
        return no_memory();
    }
    for (size_t s = 0; s < n_sources; s++)
        start[s + 2] = start[s + 1] + w->group->axons.connected[s];
    for (size_t e = 0; e < w->n; e++)
        if (!w->edge[e].dead)
            made[start[w->edge[e].source + 1]++] = w->edge[e];
    for (size_t s = 0; s < n_sources; s++)
        sort_source(made + start[s], start[s + 1] - start[s]);
    w->n = start[n_sources];
    free(w->edge);
    free(w->start);
    w->edge = made;
    w->start = start;
    return ECP_OK;
}

enum ecp_status ecp_structural_rewire(struct ecp_network *network,
                                      struct ecp_structural_group *group, ecp_step now)
{
    struct ecp_wiring w = {.network = network,
                           .group = group,
                           .key = ecp_rng_key(network->plan->seed, ECP_FOR_STRUCTURE,
                                              (size_t)group->part[0].projection)};
    enum ecp_status status;
    ecp_structural_bring(&w, now);
    ECP_TRY(list_edges(&w));
    prune_axons(&w);
    ECP_TRY(prune_dendrites(&w));
    ECP_TRY(create(&w));
    if (w.changed) {
        ECP_TRY(put_in_order(&w));
        ECP_TRY(ecp_structural_write_back(&w));
    }
done:
    free(w.edge);
    free(w.start);
    free(w.choice);
    free(w.fresh);
    free(w.before);
    return status;
}
