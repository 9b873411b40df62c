/* Synapses that come and go, in and out of a checkpoint. Counts, which all ranks share, lie
 * in the network's block; elements in those of the neurons' workers. Wiring is made anew
 * from the pieces that workers saved, and then has a place for each saved synapse. */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/checkpoint.h"
#include "engine/structural_wire.h"

struct saved_part {
    uint64_t synapses, created, deleted;
};

/* ---- saving ---------------------------------------------------------------- */

void ecp_checkpoint_put_structural(const struct ecp_network *network, struct ecp_archive *archive)
{
    const struct ecp_structural *all = network->structural;
    const uint64_t facts[2] = {network->facts.created, network->facts.deleted};
    ecp_archive_put(archive, facts, 2, sizeof *facts, "rewired");
    for (size_t g = 0; all && g < all->n_groups; g++) {
        const struct ecp_structural_group *group = &all->group[g];
        ecp_archive_put(archive, &group->n_updates, 1, sizeof group->n_updates, "updates.%zu", g);
        ecp_archive_put(archive, group->axons.connected, group->axons.n, sizeof(uint32_t),
                        "axons.%zu", g);
        for (size_t k = 0; k < group->n_parts; k++) {
            const struct ecp_structural_part *part = &group->part[k];
            const struct saved_part saved = {part->synapses, part->created, part->deleted};
            ecp_archive_put(archive, &saved, 1, sizeof saved, "part.%zu.%zu", g, k);
            ecp_archive_put(archive, part->dendrites.connected, part->dendrites.n, sizeof(uint32_t),
                            "dendrites.%zu.%zu", g, k);
        }
    }
}

/* Elements of a group: of its axons (k = 0), of the dendrites of part k - 1. */
static struct ecp_elements *elements_of(struct ecp_structural_group *group, size_t k)
{
    return k == 0 ? &group->axons : &group->part[k - 1].dendrites;
}

void ecp_checkpoint_put_elements(const struct ecp_worker *worker, struct ecp_archive *archive)
{
    const struct ecp_structural *all = worker->network->structural;
    for (size_t g = 0; all && g < all->n_groups; g++)
        for (size_t k = 0; k <= all->group[g].n_parts; k++) {
            const struct ecp_elements *e = elements_of(&all->group[g], k);
            const struct ecp_share *share = &worker->share[e->population];
            ecp_archive_put(archive, e->calcium + share->first, share->n, sizeof *e->calcium,
                            "calcium.%zu.%zu", g, k);
            ecp_archive_put(archive, e->z + share->first, share->n, sizeof *e->z,
                            "elements.%zu.%zu", g, k);
            ecp_archive_put(archive, e->last + share->first, share->n, sizeof *e->last,
                            "moment.%zu.%zu", g, k);
        }
}

/* ---- counts and elements ------------------------------------------------------ */

static enum ecp_status get_counts(struct ecp_structural_group *group,
                                  const struct ecp_archive_reader *reader, size_t g)
{
    const void *data;
    enum ecp_status status;
    ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(uint32_t), 1, &data, "updates.%zu", g));
    group->n_updates = *(const uint32_t *)data;
    ECP_TRY(
        ecp_checkpoint_find(reader, 0, sizeof(uint32_t), group->axons.n, &data, "axons.%zu", g));
    memcpy(group->axons.connected, data, group->axons.n * sizeof(uint32_t));
    for (size_t k = 0; k < group->n_parts; k++) {
        struct ecp_structural_part *part = &group->part[k];
        ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(struct saved_part), 1, &data, "part.%zu.%zu",
                                    g, k));
        const struct saved_part *saved = data;
        part->synapses = saved->synapses;
        part->created = saved->created;
        part->deleted = saved->deleted;
        ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(uint32_t), part->dendrites.n, &data,
                                    "dendrites.%zu.%zu", g, k));
        memcpy(part->dendrites.connected, data, part->dendrites.n * sizeof(uint32_t));
    }
done:
    return status;
}

static enum ecp_status get_column(const struct ecp_archive_reader *reader, uint64_t block,
                                  void *column, ecp_lid first, size_t n, const char *name, size_t g,
                                  size_t k)
{
    const void *data;
    const enum ecp_status status =
        ecp_checkpoint_find(reader, block, 8, n, &data, "%s.%zu.%zu", name, g, k);
    if (status == ECP_OK && n > 0)
        memcpy((char *)column + (size_t)first * 8, data, n * 8);
    return status;
}

/* Of all neurons, on all ranks. */
static enum ecp_status get_elements(struct ecp_elements *e, const struct ecp_archive_reader *reader,
                                    size_t g, size_t k)
{
    enum ecp_status status = ECP_OK;
    for (uint64_t block = 1; block < reader->n_blocks; block++) {
        ecp_lid first;
        size_t n;
        ECP_TRY(ecp_checkpoint_stretch(reader, block, e->population, &first, &n));
        if (n > e->n || first > e->n - n) {
            status = ecp_fail(ECP_EIO, "%s: elements of another network", reader->path);
            goto done;
        }
        ECP_TRY(get_column(reader, block, e->calcium, first, n, "calcium", g, k));
        ECP_TRY(get_column(reader, block, e->z, first, n, "elements", g, k));
        ECP_TRY(get_column(reader, block, e->last, first, n, "moment", g, k));
    }
done:
    return status;
}

/* ---- wiring ------------------------------------------------------------------- */

/* Pieces of one worker of one part, as they were saved. */
struct pieces {
    const uint32_t *start;
    const struct ecp_piece *piece;
    const uint16_t *target;
    const ecp_real *weight;
    size_t n_pieces, n_synapses;
    ecp_lid first_target;
};

static enum ecp_status open_pieces(const struct ecp_wiring *w,
                                   const struct ecp_archive_reader *reader, uint64_t block,
                                   size_t part, struct pieces *p)
{
    const int k = w->group->part[part].projection;
    const void *data;
    size_t n;
    enum ecp_status status;
    ECP_TRY(ecp_checkpoint_stretch(reader, block, w->group->part[part].dendrites.population,
                                   &p->first_target, &n));
    ECP_TRY(ecp_checkpoint_find(reader, block, sizeof(uint32_t), w->group->axons.n + 1, &data,
                                "plastic.%d.start", k));
    p->start = data;
    p->piece =
        ecp_archive_get(reader, block, sizeof *p->piece, &p->n_pieces, "plastic.%d.piece", k);
    p->target =
        ecp_archive_get(reader, block, sizeof *p->target, &p->n_synapses, "plastic.%d.target", k);
    ECP_TRY(ecp_checkpoint_find(reader, block, sizeof(ecp_real), p->n_synapses, &data,
                                "plastic.%d.synapse.0", k));
    p->weight = data;
    int sound = p->piece && p->target;
    for (size_t s = 0; sound && s < w->group->axons.n; s++)
        sound = p->start[s] <= p->start[s + 1] && p->start[s + 1] <= p->n_pieces;
    for (size_t q = 0; sound && q < p->n_pieces; q++)
        sound = p->piece[q].first <= p->n_synapses &&
                p->piece[q].n <= p->n_synapses - p->piece[q].first;
    if (!sound)
        status = ecp_fail(ECP_EIO, "%s: synapses of another network", reader->path);
done:
    return status;
}

static enum ecp_status list_pieces(struct ecp_wiring *w, size_t part, const struct pieces *p)
{
    const struct ecp_structural_part *of = &w->group->part[part];
    if (w->n + p->n_synapses > w->capacity) {
        const size_t capacity = (w->n + p->n_synapses) * 3 / 2 + 64;
        struct ecp_edge *grown = realloc(w->edge, capacity * sizeof *grown);
        if (!grown)
            return ecp_fail(ECP_ENOMEM, "no memory to read synapses");
        w->edge = grown;
        w->capacity = capacity;
    }
    for (uint32_t s = 0; s < w->group->axons.n; s++)
        for (uint32_t q = p->start[s]; q < p->start[s + 1]; q++)
            for (uint64_t e = p->piece[q].first; e < p->piece[q].first + p->piece[q].n; e++) {
                const uint32_t target = (uint32_t)p->first_target +
                                        p->piece[q].section * (uint32_t)ECP_SECTION + p->target[e];
                if (target < of->dendrites.n)
                    w->edge[w->n++] = (struct ecp_edge){.place = ECP_NEW_SYNAPSE,
                                                        .source = s,
                                                        .column = of->first_column + target,
                                                        .weight = p->weight[e]};
            }
    return ECP_OK;
}

static enum ecp_status get_wiring(struct ecp_network *network, struct ecp_structural_group *group,
                                  const struct ecp_archive_reader *reader)
{
    struct ecp_wiring w = {.network = network, .group = group};
    enum ecp_status status = ECP_OK;
    w.start = ecp_array(group->axons.n + 2, sizeof *w.start);
    if (!w.start)
        return ecp_fail(ECP_ENOMEM, "no memory to read synapses");
    for (size_t k = 0; k < group->n_parts; k++)
        for (uint64_t block = 1; block < reader->n_blocks; block++) {
            struct pieces pieces;
            ECP_TRY(open_pieces(&w, reader, block, k, &pieces));
            ECP_TRY(list_pieces(&w, k, &pieces));
        }
    w.capacity = w.n + 1;
    ECP_TRY(ecp_structural_sort(&w));
    status = ecp_structural_write_back(&w);
done:
    free(w.edge);
    free(w.start);
    return status;
}

enum ecp_status ecp_checkpoint_get_structural(struct ecp_network *network,
                                              const struct ecp_archive_reader *reader)
{
    struct ecp_structural *all = network->structural;
    const void *data;
    enum ecp_status status = ECP_OK;
    ECP_TRY(ecp_checkpoint_find(reader, 0, sizeof(uint64_t), 2, &data, "rewired"));
    network->facts.created = ((const uint64_t *)data)[0];
    network->facts.deleted = ((const uint64_t *)data)[1];
    for (size_t g = 0; all && g < all->n_groups; g++) {
        ECP_TRY(get_counts(&all->group[g], reader, g));
        for (size_t k = 0; k <= all->group[g].n_parts; k++)
            ECP_TRY(get_elements(elements_of(&all->group[g], k), reader, g, k));
        ECP_TRY(get_wiring(network, &all->group[g], reader));
    }
done:
    return status;
}
