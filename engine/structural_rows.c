/* After an update of structural projections: its edges become rows of synapses again. */
#include <stdlib.h>

#include "engine/alloc.h"
#include "engine/structural_wire.h"

/* One worker's part of a projection, on its way. */
struct moving {
    struct ecp_plastic *plastic;
    uint32_t first;                 /* its first column */
    uint64_t *origin;               /* of every synapse: where it was; NULL: it has no variables */
    ecp_real *old[ECP_MAX_SYNAPSE]; /* its variables before */
    size_t old_bytes;
};

static struct ecp_plastic *plastic_of(const struct ecp_wiring *w, int worker, size_t part)
{
    return (struct ecp_plastic *)ecp_plastic_of(&w->network->worker[worker],
                                                w->group->part[part].projection);
}

void ecp_structural_bring(const struct ecp_wiring *w, ecp_step now)
{
    const int n_workers = w->network->n_workers;
#pragma omp parallel for num_threads(n_workers)
    for (int worker = 0; worker < n_workers; worker++)
        for (size_t k = 0; k < w->group->n_parts; k++)
            ecp_plastic_bring_all(plastic_of(w, worker, k), (uint32_t)now);
}

/* ---- room ------------------------------------------------------------------ */

/* Columns of other sizes. */
struct columns {
    ecp_real *weight, *synapse[ECP_MAX_SYNAPSE];
    uint16_t *target;
    size_t n;
};

static void free_columns(struct columns *c)
{
    ecp_pages_free(c->weight, c->n * sizeof *c->weight);
    ecp_pages_free(c->target, c->n * sizeof *c->target);
    for (size_t k = 0; k < ECP_MAX_SYNAPSE; k++)
        ecp_pages_free(c->synapse[k], c->n * sizeof *c->weight);
}

/* Room for n synapses; weights and targets need not be kept. */
static enum ecp_status make_room(struct moving *m, size_t n)
{
    struct ecp_plastic *plastic = m->plastic;
    const int is_small = (n + ECP_ALIGNMENT) * sizeof *plastic->weight > plastic->weight_bytes;
    const size_t now = plastic->weight_bytes / sizeof *plastic->weight;
    struct columns made = {.n = is_small ? n + n / 4 + ECP_ALIGNMENT : now};
    int missing = 0;
    if (is_small) {
        made.weight = ecp_pages(made.n * sizeof *made.weight);
        made.target = ecp_pages(made.n * sizeof *made.target);
        missing = !made.weight || !made.target;
    }
    for (size_t k = 0; k < plastic->n_synapse_fields; k++)
        missing |= !(made.synapse[k] = ecp_pages(made.n * sizeof *made.weight));
    if (plastic->n_synapse_fields > 0)
        missing |= !(m->origin = ecp_array(n + 1, sizeof *m->origin));
    if (missing) {
        free_columns(&made);
        return ecp_fail(ECP_ENOMEM, "no memory for structural plasticity");
    }
    m->old_bytes = plastic->weight_bytes;
    for (size_t k = 0; k < plastic->n_synapse_fields; k++) {
        m->old[k] = plastic->synapse[k];
        plastic->synapse[k] = made.synapse[k];
    }
    if (is_small) {
        ecp_pages_free(plastic->weight, plastic->weight_bytes);
        ecp_pages_free(plastic->target, plastic->target_bytes);
        plastic->weight = made.weight;
        plastic->target = made.target;
        plastic->weight_bytes = made.n * sizeof *made.weight;
        plastic->target_bytes = made.n * sizeof *made.target;
    }
    return ECP_OK;
}

static size_t count_columns(const struct ecp_wiring *w, uint32_t first, uint32_t n)
{
    size_t count = 0;
    for (size_t e = 0; e < w->n; e++)
        count += w->edge[e].column - first < n;
    return count;
}

/* ---- columns ----------------------------------------------------------------- */

static void write_edge(const struct moving *m, const struct ecp_edge *edge, uint32_t base,
                       uint64_t at)
{
    m->plastic->target[at] = (uint16_t)(edge->column - m->first - base);
    m->plastic->weight[at] = edge->weight;
    if (m->origin)
        m->origin[at] = edge->place;
}

/* Every source has one piece for each section, empty or not: pieces that spikes
 * under way have been filed under stay what they were. */
static void write_columns(const struct ecp_wiring *w, const struct moving *m)
{
    struct ecp_plastic *plastic = m->plastic;
    uint64_t at = 0;
    for (size_t s = 0; s < w->group->axons.n; s++) {
        size_t e = w->start[s];
        const size_t end = w->start[s + 1];
        while (e < end && w->edge[e].column < m->first)
            e++;
        for (uint32_t p = plastic->start[s]; p < plastic->start[s + 1]; p++) {
            struct ecp_piece *piece = &plastic->piece[p];
            const uint32_t base = piece->section * ECP_SECTION;
            const uint32_t left = plastic->n_targets - base;
            const uint32_t here = left < ECP_SECTION ? left : ECP_SECTION;
            piece->first = at;
            for (; e < end && w->edge[e].column - m->first - base < here; e++, at++)
                write_edge(m, &w->edge[e], base, at);
            piece->n = (uint32_t)(at - piece->first);
        }
    }
    plastic->n_synapses = at;
}

/* ---- variables of synapses ------------------------------------------------------ */

/* Synapses of one pair lie side by side, those that stayed before new ones; each new one
 * takes the lowest number that none of the others has. */
static void number_pair(const struct moving *m, ecp_real *ordinal, uint64_t first, uint64_t end)
{
    for (uint64_t at = first; at < end; at++) {
        ecp_real number = 0;
        if (m->origin[at] != ECP_NEW_SYNAPSE)
            continue;
        for (uint64_t other = first; other < at;)
            if (ordinal[other] == number) {
                number += 1;
                other = first;
            } else
                other++;
        ordinal[at] = number;
    }
}

static void number_new(const struct moving *m, ecp_real *ordinal)
{
    const struct ecp_plastic *plastic = m->plastic;
    for (size_t p = 0; p < plastic->n_pieces; p++) {
        const uint64_t first = plastic->piece[p].first, end = first + plastic->piece[p].n;
        for (uint64_t at = first, next; at < end; at = next) {
            for (next = at + 1; next < end && plastic->target[next] == plastic->target[at];)
                next++;
            number_pair(m, ordinal, at, next);
        }
    }
}

static void write_variables(const struct moving *m)
{
    struct ecp_plastic *plastic = m->plastic;
    const int ordinal = ecp_plastic_ordinal(plastic);
    for (uint64_t at = 0; at < plastic->n_synapses; at++) {
        if (m->origin[at] == ECP_NEW_SYNAPSE) {
            ecp_plastic_begin(plastic, at, 1);
            continue;
        }
        for (size_t k = 0; k < plastic->n_synapse_fields; k++)
            plastic->synapse[k][at] = m->old[k][m->origin[at]];
    }
    if (ordinal >= 0)
        number_new(m, plastic->synapse[ordinal]);
}

/* ---- all of them ------------------------------------------------------------------ */

static void finish(struct moving *m)
{
    for (size_t k = 0; k < ECP_MAX_SYNAPSE; k++)
        ecp_pages_free(m->old[k], m->old_bytes);
    free(m->origin);
}

static enum ecp_status write_part(const struct ecp_wiring *w, size_t k, struct moving *moving)
{
    const int n_workers = w->network->n_workers;
    const uint32_t column = w->group->part[k].first_column;
    enum ecp_status status = ECP_OK;
    for (int worker = 0; worker < n_workers && status == ECP_OK; worker++) {
        struct moving *m = &moving[worker];
        m->plastic = plastic_of(w, worker, k);
        m->first = column + m->plastic->first_target;
        status = make_room(m, count_columns(w, m->first, m->plastic->n_targets));
    }
    if (status != ECP_OK)
        return status;
#pragma omp parallel for num_threads(n_workers)
    for (int worker = 0; worker < n_workers; worker++) {
        write_columns(w, &moving[worker]);
        if (moving[worker].origin)
            write_variables(&moving[worker]);
    }
    return ECP_OK;
}

enum ecp_status ecp_structural_write_back(const struct ecp_wiring *w)
{
    const int n_workers = w->network->n_workers;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < w->group->n_parts && status == ECP_OK; k++) {
        struct moving *moving = ecp_array((size_t)n_workers, sizeof *moving);
        if (!moving)
            return ecp_fail(ECP_ENOMEM, "no memory for structural plasticity");
        status = write_part(w, k, moving);
        for (int worker = 0; worker < n_workers; worker++)
            finish(&moving[worker]);
        free(moving);
    }
    return status;
}
