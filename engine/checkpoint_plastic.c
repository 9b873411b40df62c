/* Plastic projections in and out of a checkpoint.
 *
 * Pieces and synapses are saved as they lie. Where the same worker's targets read them
 * again they are copied as a whole. Otherwise each synapse finds its place by source,
 * delay and target; several of one source on one target, by their order. */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/checkpoint_plastic.h"

static size_t synapse_columns(const struct ecp_plastic *plastic, ecp_real **column)
{
    size_t n = 0;
    column[n++] = plastic->weight;
    for (size_t k = 0; k < plastic->n_synapse_fields; k++)
        column[n++] = plastic->synapse[k];
    return n + ecp_plastic_glia_columns(plastic, column + n);
}

/* What one piece has, in ecp_real: traces of its source. */
struct traces {
    ecp_real *value;
    size_t n; /* of a piece */
};

static void traces_of(const struct ecp_plastic *plastic, struct traces *traces)
{
    traces[0] = (struct traces){plastic->before, plastic->n_pre};
    traces[1] = (struct traces){plastic->after, plastic->n_pre};
    traces[2] = (struct traces){plastic->short_before, plastic->n_short_pre};
    traces[3] = (struct traces){plastic->short_after, plastic->n_short_pre};
}

static size_t n_recent(const struct ecp_plastic *plastic)
{
    return plastic->recent ? (size_t)plastic->rule->n_recent : 0;
}

static size_t n_sources(const struct ecp_plastic *plastic)
{
    return plastic->worker->network->connector[plastic->projection].n_source;
}

/* ---- saving ---------------------------------------------------------------- */

static int put_view(const struct ecp_plastic *plastic, uint32_t v, struct ecp_archive *archive)
{
    const struct ecp_view *view = &plastic->view[v];
    const int k = plastic->projection, n_marks = plastic->rule ? plastic->rule->n_marks : 0;
    const size_t n = plastic->n_targets, ring = (size_t)1 << view->bits;
    const uint32_t facts[2] = {view->shift, view->floor};
    ecp_archive_put(archive, facts, 2, sizeof *facts, "plastic.%d.view.%u", k, v);
    for (size_t t = 0; t < plastic->n_post; t++)
        ecp_archive_put(archive, view->post[t], n, sizeof(ecp_real), "plastic.%d.post.%u.%zu", k, v,
                        t);
    ecp_archive_put(archive, view->count, n, sizeof *view->count, "plastic.%d.count.%u", k, v);
    ecp_archive_put(archive, view->latest, n, sizeof *view->latest, "plastic.%d.latest.%u", k, v);
    ecp_archive_put(archive, view->time, n * ring, sizeof *view->time, "plastic.%d.time.%u", k, v);
    for (int m = 0; m < n_marks; m++)
        ecp_archive_put(archive, view->mark[m], n * ring, sizeof(ecp_real), "plastic.%d.mark.%u.%d",
                        k, v, m);
    return 1;
}

static void put_past(const struct ecp_plastic *plastic, struct ecp_archive *archive)
{
    const size_t length = (size_t)plastic->lag + 1;
    for (int f = 0; f < ECP_MAX_SEEN; f++)
        if (plastic->past[f])
            for (size_t s = 0; s < length; s++)
                ecp_archive_put(archive, plastic->past[f] + s * plastic->n_targets,
                                plastic->n_targets, sizeof(ecp_real), "plastic.%d.past.%d.%zu",
                                plastic->projection, f, s);
}

static void put_projection(const struct ecp_plastic *plastic, struct ecp_archive *archive)
{
    const int k = plastic->projection;
    ecp_real *column[ECP_SAVED_COLUMNS];
    struct traces traces[ECP_SAVED_TRACES];
    const size_t columns = synapse_columns(plastic, column);
    ecp_archive_put(archive, plastic->start, n_sources(plastic) + 1, sizeof *plastic->start,
                    "plastic.%d.start", k);
    ecp_archive_put(archive, plastic->piece, plastic->n_pieces, sizeof *plastic->piece,
                    "plastic.%d.piece", k);
    ecp_archive_put(archive, plastic->target, plastic->n_synapses, sizeof *plastic->target,
                    "plastic.%d.target", k);
    for (size_t c = 0; c < columns; c++)
        ecp_archive_put(archive, column[c], plastic->n_synapses, sizeof(ecp_real),
                        "plastic.%d.synapse.%zu", k, c);
    traces_of(plastic, traces);
    for (size_t t = 0; t < ECP_SAVED_TRACES; t++)
        ecp_archive_put(archive, traces[t].value, plastic->n_pieces * traces[t].n, sizeof(ecp_real),
                        "plastic.%d.pre.%zu", k, t);
    ecp_archive_put(archive, plastic->recent, plastic->n_pieces * n_recent(plastic),
                    sizeof *plastic->recent, "plastic.%d.recent", k);
    for (uint32_t v = 0; v < plastic->n_views; v++)
        (void)put_view(plastic, v, archive);
    put_past(plastic, archive);
    ecp_archive_put(archive, plastic->modulator, plastic->n_modulator, sizeof *plastic->modulator,
                    "plastic.%d.modulator", k);
    ecp_archive_put(archive, plastic->modulator_level, plastic->n_modulator,
                    sizeof *plastic->modulator_level, "plastic.%d.level", k);
}

/* Who fired lately: stamps that are kept, counted back from now. */
static void put_fired(const struct ecp_worker *worker, struct ecp_archive *archive)
{
    const uint32_t now = (uint32_t)worker->network->now;
    for (int p = 0; p < worker->network->n_populations; p++)
        for (uint32_t ago = 0; ago + 1 < worker->plastic->n_history && ago <= now; ago++) {
            const struct ecp_fired_list *list = ecp_plastic_fired_list(worker, p, now - ago);
            if (list->n > 0)
                ecp_archive_put(archive, list->neuron, list->n, sizeof *list->neuron, "fired.%d.%u",
                                p, ago);
        }
}

void ecp_checkpoint_put_plastic(const struct ecp_worker *worker, struct ecp_archive *archive)
{
    if (!worker->plastic)
        return;
    for (size_t k = 0; k < worker->plastic->n; k++)
        put_projection(&worker->plastic->projection[k], archive);
    put_fired(worker, archive);
}

/* ---- one saved projection ---------------------------------------------------- */

/* Whatever the file says, nothing beyond its arrays is read. */
static int is_sound(const struct ecp_saved_plastic *saved, size_t n_sources)
{
    for (size_t s = 0; s < n_sources; s++)
        if (saved->start[s] > saved->start[s + 1])
            return 0;
    if (saved->start[n_sources] != saved->n_pieces)
        return 0;
    for (size_t p = 0; p < saved->n_pieces; p++) {
        const struct ecp_piece *piece = &saved->piece[p];
        if (piece->first > saved->n_synapses || piece->n > saved->n_synapses - piece->first)
            return 0;
    }
    return 1;
}

static enum ecp_status open_saved(const struct ecp_plastic *plastic,
                                  const struct ecp_archive_reader *reader, uint64_t block,
                                  struct ecp_saved_plastic *s)
{
    const int k = plastic->projection;
    const void *data;
    ecp_real *own[ECP_SAVED_COLUMNS];
    struct traces traces[ECP_SAVED_TRACES];
    enum ecp_status status;
    *s = (struct ecp_saved_plastic){.reader = reader, .block = block};
    ECP_TRY(ecp_checkpoint_stretch(reader, block, plastic->plan->target, &s->first_target,
                                   &s->n_targets));
    ECP_TRY(ecp_checkpoint_find(reader, block, sizeof *s->start, n_sources(plastic) + 1, &data,
                                "plastic.%d.start", k));
    s->start = data;
    s->piece =
        ecp_archive_get(reader, block, sizeof *s->piece, &s->n_pieces, "plastic.%d.piece", k);
    s->target =
        ecp_archive_get(reader, block, sizeof *s->target, &s->n_synapses, "plastic.%d.target", k);
    if (!s->piece || !s->target || !is_sound(s, n_sources(plastic)))
        return ecp_saved_not_ours(s, plastic);
    const size_t columns = synapse_columns(plastic, own);
    for (size_t c = 0; c < columns; c++) {
        ECP_TRY(ecp_checkpoint_find(reader, block, sizeof(ecp_real), s->n_synapses, &data,
                                    "plastic.%d.synapse.%zu", k, c));
        s->column[c] = data;
    }
    traces_of(plastic, traces);
    for (size_t t = 0; t < ECP_SAVED_TRACES; t++) {
        ECP_TRY(ecp_checkpoint_find(reader, block, sizeof(ecp_real), s->n_pieces * traces[t].n,
                                    &data, "plastic.%d.pre.%zu", k, t));
        s->traces[t] = data;
    }
    ECP_TRY(ecp_checkpoint_find(reader, block, sizeof *s->recent, s->n_pieces * n_recent(plastic),
                                &data, "plastic.%d.recent", k));
    s->recent = data;
done:
    return status;
}

/* ---- synapses and pieces ------------------------------------------------------- */

static void take_piece(struct ecp_plastic *plastic, size_t to,
                       const struct ecp_saved_plastic *saved, size_t from)
{
    struct ecp_piece *piece = &plastic->piece[to];
    struct traces traces[ECP_SAVED_TRACES];
    piece->last = saved->piece[from].last;
    piece->from = saved->piece[from].from;
    traces_of(plastic, traces);
    for (size_t t = 0; t < ECP_SAVED_TRACES; t++)
        if (traces[t].n > 0)
            memcpy(traces[t].value + to * traces[t].n, saved->traces[t] + from * traces[t].n,
                   traces[t].n * sizeof(ecp_real));
    if (n_recent(plastic) > 0)
        memcpy(plastic->recent + to * n_recent(plastic), saved->recent + from * n_recent(plastic),
               n_recent(plastic) * sizeof *plastic->recent);
}

static int is_alike(const struct ecp_plastic *plastic, const struct ecp_saved_plastic *saved)
{
    if (saved->first_target != plastic->first_target || saved->n_targets != plastic->n_targets ||
        saved->n_pieces != plastic->n_pieces || saved->n_synapses != plastic->n_synapses ||
        memcmp(saved->target, plastic->target, plastic->n_synapses * sizeof *plastic->target) != 0)
        return 0;
    for (size_t p = 0; p < plastic->n_pieces; p++) {
        const struct ecp_piece *a = &plastic->piece[p], *b = &saved->piece[p];
        if (a->first != b->first || a->n != b->n || a->delay != b->delay ||
            a->section != b->section)
            return 0;
    }
    return memcmp(saved->start, plastic->start,
                  (n_sources(plastic) + 1) * sizeof *plastic->start) == 0;
}

static void copy_all(struct ecp_plastic *plastic, const struct ecp_saved_plastic *saved)
{
    ecp_real *column[ECP_SAVED_COLUMNS];
    const size_t columns = synapse_columns(plastic, column);
    for (size_t c = 0; c < columns; c++)
        memcpy(column[c], saved->column[c], plastic->n_synapses * sizeof(ecp_real));
    for (size_t p = 0; p < plastic->n_pieces; p++)
        take_piece(plastic, p, saved, p);
}

/* Finding the places of one source's synapses of one delay. */
struct places {
    uint64_t *next; /* per target: 1 + the place of its next synapse; 0: none */
    ecp_real *column[ECP_SAVED_COLUMNS];
    size_t n_columns;
};

static void list_places(const struct ecp_plastic *plastic, struct places *places, size_t p,
                        int clear)
{
    const struct ecp_piece *piece = &plastic->piece[p];
    uint64_t *next = places->next + (size_t)piece->section * ECP_SECTION;
    for (uint64_t at = piece->first + piece->n; at-- > piece->first;)
        next[plastic->target[at]] = clear ? 0 : at + 1;
}

/* The next synapse on the target: the one found last, or, after that one was taken,
 * the next one like it. */
static uint64_t place_of(const struct ecp_plastic *plastic, struct places *places, size_t p,
                         ecp_lid target)
{
    const struct ecp_piece *piece = &plastic->piece[p];
    uint64_t *next = places->next + target;
    const uint64_t taken = UINT64_C(1) << 63;
    if (*next & taken) {
        uint64_t at = *next & ~taken; /* one beyond the last one */
        while (at < piece->first + piece->n && plastic->target[at] != target % ECP_SECTION)
            at++;
        *next = at < piece->first + piece->n ? at + 1 : 0;
    }
    if (*next == 0)
        return UINT64_MAX;
    const uint64_t at = *next - 1;
    *next |= taken;
    return at;
}

/* Own pieces of source s with this delay, from `*first` on; how many. */
static size_t own_pieces(const struct ecp_plastic *plastic, size_t s, uint16_t delay, size_t *first)
{
    size_t n = 0;
    for (size_t p = plastic->start[s]; p < plastic->start[s + 1]; p++)
        if (plastic->piece[p].delay == delay && n++ == 0)
            *first = p;
    return n;
}

static enum ecp_status place_piece(struct ecp_plastic *plastic, struct places *places,
                                   const struct ecp_saved_plastic *saved, size_t s, size_t from)
{
    const struct ecp_piece *piece = &saved->piece[from];
    const ecp_lid base = saved->first_target + (ecp_lid)piece->section * ECP_SECTION;
    size_t first = 0;
    const size_t n = own_pieces(plastic, s, piece->delay, &first);
    for (size_t p = first; p < first + n; p++)
        take_piece(plastic, p, saved, from);
    for (uint64_t at = piece->first; at < piece->first + piece->n; at++) {
        const ecp_lid target = base + saved->target[at] - plastic->first_target;
        size_t p = first;
        if (target >= plastic->n_targets)
            continue;
        while (p < first + n && plastic->piece[p].section != target / ECP_SECTION)
            p++;
        const uint64_t to = p < first + n ? place_of(plastic, places, p, target) : UINT64_MAX;
        if (to == UINT64_MAX)
            return ecp_saved_not_ours(saved, plastic);
        for (size_t c = 0; c < places->n_columns; c++)
            places->column[c][to] = saved->column[c][at];
    }
    return ECP_OK;
}

/* All synapses of source s, of one delay after the other. */
static enum ecp_status place_source(struct ecp_plastic *plastic, struct places *places,
                                    const struct ecp_saved_plastic *saved, size_t n_saved, size_t s)
{
    enum ecp_status status = ECP_OK;
    for (size_t p = plastic->start[s]; p < plastic->start[s + 1];) {
        const uint16_t delay = plastic->piece[p].delay;
        const size_t first = p;
        for (; p < plastic->start[s + 1] && plastic->piece[p].delay == delay; p++)
            list_places(plastic, places, p, 0);
        for (size_t b = 0; b < n_saved && status == ECP_OK; b++)
            for (size_t q = saved[b].start[s]; q < saved[b].start[s + 1] && status == ECP_OK; q++)
                if (saved[b].piece[q].delay == delay)
                    status = place_piece(plastic, places, &saved[b], s, q);
        for (size_t q = first; q < p; q++)
            list_places(plastic, places, q, 1);
    }
    return status;
}

static enum ecp_status get_synapses(struct ecp_plastic *plastic,
                                    const struct ecp_saved_plastic *saved, size_t n_saved)
{
    struct places places = {.next = NULL};
    enum ecp_status status = ECP_OK;
    for (size_t b = 0; b < n_saved; b++)
        if (is_alike(plastic, &saved[b])) {
            copy_all(plastic, &saved[b]);
            return ECP_OK;
        }
    places.next = ecp_array(plastic->n_targets + (size_t)ECP_SECTION, sizeof *places.next);
    places.n_columns = synapse_columns(plastic, places.column);
    if (!places.next)
        return ecp_fail(ECP_ENOMEM, "no memory to read the synapses of %s", plastic->plan->name);
    for (size_t s = 0; s < n_sources(plastic) && status == ECP_OK; s++)
        status = place_source(plastic, &places, saved, n_saved, s);
    free(places.next);
    return status;
}

/* ---- all -------------------------------------------------------------------------- */

static enum ecp_status get_modulator(struct ecp_plastic *plastic,
                                     const struct ecp_saved_plastic *saved)
{
    size_t n = 0, n_level = 0;
    const uint32_t *stamp = ecp_archive_get(saved->reader, saved->block, sizeof *stamp, &n,
                                            "plastic.%d.modulator", plastic->projection);
    const double *level = ecp_archive_get(saved->reader, saved->block, sizeof *level, &n_level,
                                          "plastic.%d.level", plastic->projection);
    if (!stamp || !level || n != n_level)
        return ecp_saved_not_ours(saved, plastic);
    free(plastic->modulator);
    free(plastic->modulator_level);
    plastic->modulator = ecp_array(n + 1, sizeof *plastic->modulator);
    plastic->modulator_level = ecp_array(n + 1, sizeof *plastic->modulator_level);
    if (!plastic->modulator || !plastic->modulator_level)
        return ecp_fail(ECP_ENOMEM, "no memory for spikes");
    if (n > 0) {
        memcpy(plastic->modulator, stamp, n * sizeof *stamp);
        memcpy(plastic->modulator_level, level, n * sizeof *level);
    }
    plastic->n_modulator = n;
    plastic->modulator_capacity = n;
    return ECP_OK;
}

static enum ecp_status get_projection(struct ecp_plastic *plastic,
                                      const struct ecp_archive_reader *reader)
{
    const size_t n = (size_t)reader->n_blocks - 1;
    struct ecp_saved_plastic *saved = ecp_array(n + 1, sizeof *saved);
    enum ecp_status status = ECP_OK;
    if (!saved)
        return ecp_fail(ECP_ENOMEM, "no memory to read the synapses of %s", plastic->plan->name);
    for (size_t b = 0; b < n; b++)
        ECP_TRY(open_saved(plastic, reader, b + 1, &saved[b]));
    ECP_TRY(get_synapses(plastic, saved, n));
    for (size_t b = 0; b < n; b++)
        ECP_TRY(ecp_saved_targets(plastic, &saved[b]));
    ECP_TRY(get_modulator(plastic, &saved[0]));
done:
    free(saved);
    return status;
}

static enum ecp_status get_fired(struct ecp_worker *worker, const struct ecp_archive_reader *reader,
                                 uint64_t block, int p)
{
    const uint32_t now = (uint32_t)worker->network->now;
    const struct ecp_share *share = &worker->share[p];
    ecp_lid first;
    size_t n_saved;
    enum ecp_status status = ecp_checkpoint_stretch(reader, block, p, &first, &n_saved);
    for (uint32_t ago = 0; ago + 1 < worker->plastic->n_history && ago <= now; ago++) {
        struct ecp_fired_list *list = ecp_plastic_fired_list(worker, p, now - ago);
        size_t n = 0;
        const ecp_lid *neuron =
            ecp_archive_get(reader, block, sizeof *neuron, &n, "fired.%d.%u", p, ago);
        for (size_t k = 0; neuron && k < n && status == ECP_OK; k++) {
            const ecp_lid j = first + neuron[k] - share->first;
            if (j >= share->n)
                continue;
            ecp_lid *room = ecp_room_for_one(list->neuron, list->n, &list->capacity, sizeof *room);
            if (!room)
                status = ecp_fail(ECP_ENOMEM, "no memory for spikes");
            else
                (list->neuron = room)[list->n++] = j;
        }
    }
    return status;
}

enum ecp_status ecp_checkpoint_get_plastic(struct ecp_worker *worker,
                                           const struct ecp_archive_reader *reader)
{
    enum ecp_status status = ECP_OK;
    if (!worker->plastic)
        return ECP_OK;
    for (size_t k = 0; k < worker->plastic->n; k++)
        ECP_TRY(get_projection(&worker->plastic->projection[k], reader));
    for (uint64_t block = 1; block < reader->n_blocks; block++)
        for (int p = 0; p < worker->network->n_populations; p++)
            ECP_TRY(get_fired(worker, reader, block, p));
done:
    return status;
}
