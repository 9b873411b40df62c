/* From nodes to their edges: which stretches of edges each source has, and each target.
 *
 * Edges ascend by target, so the edges of a source are runs all over the file, of all
 * ranks. Sources are taken some at a time, in order; each rank finds its runs of them and
 * sends them to the one that writes them. So nobody has more than a stretch of the index. */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/results_edges.h"
#include "engine/results_ranks.h"
#include "mpi/comm.h"

enum { ROWS = 65536 /* of an index, for each rank and round */ };

/* ---- edges of one source ------------------------------------------------------ */

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

static int number_room(struct ecp_edge_listing *l, size_t n)
{
    if (n <= l->number_capacity)
        return 1;
    free(l->number);
    free(l->spare);
    l->number = ecp_array(2 * n, sizeof *l->number);
    l->spare = ecp_array(2 * n, sizeof *l->spare);
    l->number_capacity = l->number && l->spare ? 2 * n : 0;
    l->no_memory = l->number_capacity == 0;
    return !l->no_memory;
}

/* Numbers of the own edges of one source; sources must come in order. */
static size_t edges_of(struct ecp_edge_listing *l, ecp_lid source)
{
    size_t n = 0, total = 0;
    for (int w = 0; w < l->network->n_workers; w++) {
        const struct ecp_plastic *plastic = ecp_edges_part(l, w);
        for (uint32_t p = plastic->start[source]; p < plastic->start[source + 1]; p++)
            total += plastic->piece[p].n;
    }
    if (!number_room(l, total))
        return 0;
    for (int w = 0; w < l->network->n_workers; w++) {
        const struct ecp_plastic *plastic = ecp_edges_part(l, w);
        for (uint32_t p = plastic->start[source]; p < plastic->start[source + 1]; p++) {
            const struct ecp_piece *piece = &plastic->piece[p];
            const size_t base = ecp_edges_base(plastic, piece) - l->base;
            for (uint64_t at = piece->first; at < piece->first + piece->n; at++) {
                const size_t target = base + plastic->target[at];
                l->number[n++] = l->edge + l->first[target] + l->placed[target]++;
            }
        }
    }
    if (n > 0)
        sort_edges(l->number, l->spare, n);
    return n;
}

/* ---- how many runs ------------------------------------------------------------- */

/* Own ones in `begin`; own ends in `ends`. */
static void count_own(struct ecp_edge_listing *l, uint64_t ends[2])
{
    memset(l->placed, 0, l->n_targets * sizeof *l->placed);
    ends[0] = ends[1] = UINT64_MAX;
    for (size_t source = 0; source < l->n_sources && !l->no_memory; source++) {
        const size_t n = edges_of(l, (ecp_lid)source);
        for (size_t k = 0; k < n; k++)
            l->begin[source] += k == 0 || l->number[k] != l->number[k - 1] + 1;
        if (n > 0 && l->number[0] == l->edge)
            ends[0] = source;
        if (n > 0 && l->number[n - 1] + 1 == l->edge + l->n)
            ends[1] = source;
    }
}

/* A run may go on over the border of two ranks: then it is one. */
static void join_ends(struct ecp_edge_listing *l)
{
    uint64_t before = UINT64_MAX;
    for (int r = 0; r < l->network->n_ranks; r++) {
        if (l->ends[0][r] == UINT64_MAX)
            continue; /* it has no edges */
        if (l->ends[0][r] == before)
            l->begin[before]--;
        before = l->ends[1][r];
    }
}

enum ecp_status ecp_edges_count_runs(struct ecp_edge_listing *l, uint64_t *n)
{
    uint64_t ends[2] = {0, 0}, at = 0;
    const size_t n_ranks = (size_t)l->network->n_ranks;
    enum ecp_status status = ECP_OK;
    l->begin = ecp_array(l->n_sources + 1, sizeof *l->begin);
    l->ends[0] = ecp_array(n_ranks, sizeof *l->ends[0]);
    l->ends[1] = ecp_array(n_ranks, sizeof *l->ends[1]);
    l->row = ecp_array(ROWS, sizeof *l->row);
    if (!l->begin || !l->ends[0] || !l->ends[1] || !l->row)
        status = ecp_edges_no_memory(l);
    else
        count_own(l, ends);
    if (l->no_memory)
        status = ecp_edges_no_memory(l);
    ECP_TRY(ecp_ranks_agree(l->results, status));
    ecp_comm_numbers(l->network->comm, ends[0], l->ends[0]);
    ecp_comm_numbers(l->network->comm, ends[1], l->ends[1]);
    ecp_ranks_sum(l->results, l->begin, l->n_sources);
    join_ends(l);
    for (size_t source = 0; source <= l->n_sources; source++) {
        const uint64_t runs = l->begin[source];
        l->begin[source] = at;
        at += runs;
    }
    *n = at;
done:
    return status;
}

/* ---- of sources ------------------------------------------------------------------ */

/* Some sources on their way to those who write them. */
struct round {
    ecp_lid from, to;          /* sources */
    size_t *out_first, *first; /* n_ranks + 1: bytes of `run` that go to each; what came */
    struct ecp_edge_run *run;  /* own ones, by source */
    size_t n, capacity;
    const struct ecp_edge_run *came;
    size_t *next; /* n_ranks: run of each rank that is next */
};

/* The first of sources low .. high with at least `row` rows before it. */
static ecp_lid source_at(const struct ecp_edge_listing *l, ecp_lid low, ecp_lid high, uint64_t row)
{
    while (low < high) {
        const ecp_lid middle = low + (high - low) / 2;
        if (l->begin[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Rank r writes sources writer_from(r) .. writer_from(r + 1) - 1 of the round. */
static ecp_lid writer_from(const struct ecp_edge_listing *l, const struct round *round, int r)
{
    const uint64_t low = l->begin[round->from], n = l->begin[round->to] - low;
    const uint64_t ranks = (uint64_t)l->network->n_ranks, k = (uint64_t)r;
    if (k == ranks)
        return round->to;
    return source_at(l, round->from, round->to, low + n / ranks * k + n % ranks * k / ranks);
}

static void add_run(struct ecp_edge_listing *l, struct round *round, struct ecp_edge_run run)
{
    struct ecp_edge_run *grown =
        ecp_room_for_one(round->run, round->n, &round->capacity, sizeof *round->run);
    if (!grown) {
        l->no_memory = 1;
        return;
    }
    round->run = grown;
    round->run[round->n++] = run;
}

/* Own runs of the round's sources, for each writer. */
static void find_runs(struct ecp_edge_listing *l, struct round *round)
{
    int writer = 0;
    round->n = 0;
    for (ecp_lid source = round->from; source < round->to; source++) {
        while (source >= writer_from(l, round, writer + 1))
            round->out_first[++writer] = round->n * sizeof *round->run;
        const size_t n = l->no_memory ? 0 : edges_of(l, source);
        for (size_t k = 0; k < n && !l->no_memory;) {
            const size_t from = k++;
            while (k < n && l->number[k] == l->number[k - 1] + 1)
                k++;
            add_run(l, round, (struct ecp_edge_run){l->number[from], l->number[k - 1] + 1, source});
        }
    }
    while (writer < l->network->n_ranks)
        round->out_first[++writer] = round->n * sizeof *round->run;
}

/* What came, source by source, rank by rank; `row` is the file's row of the first. */
static void write_runs(struct ecp_edge_listing *l, struct round *round,
                       struct ecp_store_edges *edges)
{
    const int n_ranks = l->network->n_ranks, own = l->network->rank;
    const ecp_lid low = writer_from(l, round, own), high = writer_from(l, round, own + 1);
    uint64_t row = l->begin[low];
    size_t n = 0;
    for (int r = 0; r < n_ranks; r++)
        round->next[r] = round->first[r] / sizeof *round->came;
    for (ecp_lid source = low; source < high; source++)
        for (int r = 0; r < n_ranks; r++) {
            const size_t end = round->first[r + 1] / sizeof *round->came;
            for (; round->next[r] < end && round->came[round->next[r]].source == source;
                 round->next[r]++) {
                const struct ecp_edge_run *run = &round->came[round->next[r]];
                if (row + n > l->begin[source] && n > 0 &&
                    (uint64_t)l->row[n - 1][1] == run->first) {
                    l->row[n - 1][1] = (int64_t)run->end; /* over the border of two ranks */
                    continue;
                }
                if (n == ROWS) {
                    /* The last one may still grow. */
                    ecp_store_edges_ranges(edges, ECP_EDGES_OF_SOURCE, row, n - 1,
                                           (const int64_t(*)[2])l->row);
                    memcpy(l->row[0], l->row[n - 1], sizeof l->row[0]);
                    row += n - 1;
                    n = 1;
                }
                l->row[n][0] = (int64_t)run->first;
                l->row[n++][1] = (int64_t)run->end;
            }
        }
    ecp_store_edges_ranges(edges, ECP_EDGES_OF_SOURCE, row, n, (const int64_t(*)[2])l->row);
}

/* Rows of sources low .. high - 1, from the sums of runs. */
static void put_source_nodes(struct ecp_edge_listing *l, struct ecp_store_edges *edges)
{
    const uint64_t ranks = (uint64_t)l->network->n_ranks, own = (uint64_t)l->network->rank;
    const size_t low = (size_t)(l->n_sources / ranks * own + l->n_sources % ranks * own / ranks);
    const size_t high =
        (size_t)(l->n_sources / ranks * (own + 1) + l->n_sources % ranks * (own + 1) / ranks);
    for (size_t from = low; from < high; from += ROWS) {
        const size_t n = high - from < ROWS ? high - from : ROWS;
        for (size_t k = 0; k < n; k++) {
            const uint64_t *begin = &l->begin[from + k];
            l->row[k][0] = begin[1] > begin[0] ? (int64_t)begin[0] : -1;
            l->row[k][1] = begin[1] > begin[0] ? (int64_t)begin[1] : -1;
        }
        ecp_store_edges_nodes(edges, ECP_EDGES_OF_SOURCE, from, n, (const int64_t(*)[2])l->row);
    }
}

/* As many sources as give each writer ROWS rows; one at least. */
static ecp_lid round_end(const struct ecp_edge_listing *l, ecp_lid from)
{
    const uint64_t most = l->begin[from] + (uint64_t)ROWS * (uint64_t)l->network->n_ranks;
    if (l->begin[l->n_sources] <= most)
        return (ecp_lid)l->n_sources;
    const ecp_lid end = source_at(l, from, (ecp_lid)l->n_sources, most + 1);
    return end > from + 1 ? end - 1 : from + 1; /* source_at: one behind what fits */
}

enum ecp_status ecp_edges_put_sources(struct ecp_edge_listing *l, struct ecp_store_edges *edges)
{
    const size_t n_ranks = (size_t)l->network->n_ranks;
    struct round round = {.out_first = ecp_array(n_ranks + 1, sizeof *round.out_first),
                          .first = ecp_array(n_ranks + 1, sizeof *round.first),
                          .next = ecp_array(n_ranks + 1, sizeof *round.next)};
    enum ecp_status status = ECP_OK;
    memset(l->placed, 0, l->n_targets * sizeof *l->placed);
    if (!round.out_first || !round.first || !round.next)
        status = ecp_edges_no_memory(l);
    ECP_TRY(ecp_ranks_agree(l->results, status));
    for (; round.from < l->n_sources; round.from = round.to) {
        void *came = NULL;
        round.to = round_end(l, round.from);
        find_runs(l, &round);
        ECP_TRY(ecp_ranks_agree(l->results, l->no_memory ? ecp_edges_no_memory(l) : ECP_OK));
        ecp_comm_deal(l->network->comm, round.run, round.out_first, &came, round.first);
        round.came = came;
        l->no_memory |= came == NULL;
        if (came)
            write_runs(l, &round, edges);
        free(came);
    }
    status = ecp_ranks_agree(l->results, l->no_memory ? ecp_edges_no_memory(l) : ECP_OK);
    if (status == ECP_OK)
        put_source_nodes(l, edges);
done:
    free(round.out_first);
    free(round.first);
    free(round.next);
    free(round.run);
    return status;
}

/* ---- of targets --------------------------------------------------------------------- */

/* Rows of the own targets: one for each that has a synapse. */
void ecp_edges_put_targets(struct ecp_edge_listing *l, struct ecp_store_edges *edges)
{
    uint64_t reached = 0, row = 0;
    uint64_t *const all = l->ends[0]; /* no longer needed */
    for (size_t t = 0; t < l->n_targets; t++)
        reached += l->first[t + 1] > l->first[t];
    ecp_comm_numbers(l->network->comm, reached, all);
    for (int r = 0; r < l->network->rank; r++)
        row += all[r];
    int64_t at = (int64_t)row;
    for (size_t from = 0; from < l->n_targets; from += ROWS) {
        const size_t n = l->n_targets - from < ROWS ? l->n_targets - from : ROWS;
        size_t some = 0;
        for (size_t t = from; t < from + n; t++)
            if (l->first[t + 1] > l->first[t]) {
                l->row[some][0] = (int64_t)(l->edge + l->first[t]);
                l->row[some++][1] = (int64_t)(l->edge + l->first[t + 1]);
            }
        ecp_store_edges_ranges(edges, ECP_EDGES_OF_TARGET, (uint64_t)at, some,
                               (const int64_t(*)[2])l->row);
        for (size_t t = from; t < from + n; t++) {
            const int any = l->first[t + 1] > l->first[t];
            l->row[t - from][0] = any ? at : -1;
            l->row[t - from][1] = any ? ++at : -1;
        }
        ecp_store_edges_nodes(edges, ECP_EDGES_OF_TARGET, l->base + from, n,
                              (const int64_t(*)[2])l->row);
    }
}
