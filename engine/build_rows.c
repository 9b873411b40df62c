/* Rows of one worker: count, lay out, fill; no sorting and no second copy.
 *
 * The synapses of every projection are listed twice from counters. The first
 * time they are counted by source, delay and lane; from the counts the places
 * of all pieces follow; the second time each synapse goes straight to its
 * place. Sources are taken in bands so that the counts stay small. */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/machine.h"

static const size_t COUNTS_BYTES = (size_t)192 << 20;

/* The rows of one form (compact or wide) in the making. */
struct building {
    struct ecp_worker *worker;
    struct ecp_rows *rows;
    int wide;
    uint32_t sections;
    uint32_t first_delay, n_delays, n_lanes;
    const struct ecp_sources *sources;
    uint64_t band_first, band_n; /* numbers of the sources of this band */
    uint32_t *table;             /* band x delays x lanes: counts, then places */
    int overflow, too_long;      /* a piece for its header; rows for `brief` */

    /* the projection being listed */
    const struct ecp_connector *connector;
    const struct ecp_share *share;
    ecp_gid source_first;
    double inverse_scale[ECP_MAX_PORTS];
    int sign_decides;
};

static size_t unit_bytes(const struct building *b)
{
    return b->wide ? sizeof(struct ecp_wide) : sizeof(uint32_t);
}

static size_t n_keys(const struct building *b)
{
    return (size_t)b->n_delays * b->n_lanes;
}

/* ---- both passes: where does a synapse belong? ----------------------- */

struct place {
    size_t at[ECP_BATCH];    /* in the table; SIZE_MAX outside the band */
    uint64_t row[ECP_BATCH]; /* the source's number */
    uint32_t slot[ECP_BATCH];
    uint8_t port[ECP_BATCH];
};

static void find_places(const struct building *b, const struct ecp_batch *batch,
                        struct place *place)
{
    const struct ecp_plan_projection *p = b->connector->plan;
    const size_t keys = n_keys(b);
    for (size_t k = 0; k < batch->n; k++) {
        place->row[k] = ecp_source_number(b->sources, b->source_first + batch->source[k]);
        const uint64_t source = place->row[k] - b->band_first;
        const uint32_t slot = b->share->slot + (batch->target[k] - b->share->first);
        const int negative = b->sign_decides && batch->weight[k] < 0;
        const uint32_t port = (uint32_t)(negative ? p->port_negative : p->port_positive);
        const uint32_t lane = b->wide ? 0 : port * b->sections + slot / ECP_SECTION;
        place->slot[k] = slot;
        place->port[k] = (uint8_t)port;
        if (source >= b->band_n) {
            place->at[k] = SIZE_MAX;
            continue;
        }
        place->at[k] = source * keys + (batch->delay[k] - b->first_delay) * b->n_lanes + lane;
        /* Scattered over more than a cache holds: fetch before it is needed. */
        __builtin_prefetch(&b->table[place->at[k]], 1, 2);
    }
}

static void count_batch(void *context, const struct ecp_batch *batch)
{
    struct building *b = context;
    struct place place;
    find_places(b, batch, &place);
    for (size_t k = 0; k < batch->n; k++)
        if (place.at[k] != SIZE_MAX)
            b->table[place.at[k]]++;
}

static void fill_compact(struct building *b, const struct ecp_batch *batch,
                         const struct place *place)
{
    uint32_t *const words = b->rows->words;
    uint64_t to[ECP_BATCH];
    for (size_t k = 0; k < batch->n; k++) {
        if (place->at[k] == SIZE_MAX)
            continue;
        to[k] = ECP_ROW_POSITION(ecp_row_start(b->rows, place->row[k])) + b->table[place->at[k]]++;
        __builtin_prefetch(words + to[k], 1, 2);
    }
    for (size_t k = 0; k < batch->n; k++) {
        if (place->at[k] == SIZE_MAX)
            continue;
        const int32_t units = ecp_weight_units(batch->weight[k], b->inverse_scale[place->port[k]]);
        words[to[k]] = (place->slot[k] % ECP_SECTION) | (uint32_t)units << 16;
    }
}

static void fill_wide(struct building *b, const struct ecp_batch *batch, const struct place *place)
{
    struct ecp_wide *const words = b->rows->words;
    for (size_t k = 0; k < batch->n; k++) {
        if (place->at[k] == SIZE_MAX)
            continue;
        const uint64_t to =
            ECP_ROW_POSITION(ecp_row_start(b->rows, place->row[k])) + b->table[place->at[k]]++;
        words[to] = (struct ecp_wide){place->slot[k] + place->port[k] * b->worker->n_slots,
                                      (ecp_real)batch->weight[k]};
    }
}

static void fill_batch(void *context, const struct ecp_batch *batch)
{
    struct building *b = context;
    struct place place;
    find_places(b, batch, &place);
    if (b->wide)
        fill_wide(b, batch, &place);
    else
        fill_compact(b, batch, &place);
}

/* List all projections of this form once. */
static enum ecp_status list_all(struct building *b, struct ecp_emit emit)
{
    const struct ecp_network *network = b->worker->network;
    const int filling = emit.weights;
    for (size_t k = 0; k < network->plan->n_projections; k++) {
        if (network->wide[k] != b->wide)
            continue;
        const struct ecp_plan_projection *p = network->plan->projection[k];
        const struct ecp_population *target = &network->population[p->target];
        const ecp_gid first = network->plan->population[p->source]->first;
        const ecp_gid end = first + network->plan->population[p->source]->size;
        if (ecp_source_number(b->sources, first) >= b->band_first + b->band_n ||
            ecp_source_number(b->sources, end) <= b->band_first)
            continue;
        b->connector = &network->connector[k];
        b->share = &b->worker->share[p->target];
        b->source_first = first;
        b->sign_decides = p->port_positive != p->port_negative;
        for (size_t port = 0; port < target->n_ports; port++)
            b->inverse_scale[port] = 1 / target->scale[port];
        emit.weights = filling || b->sign_decides;
        const enum ecp_status status =
            ecp_connect(b->connector, b->share->first, b->share->n, &emit);
        if (status != ECP_OK)
            return status;
    }
    return ECP_OK;
}

/* ---- layout ---------------------------------------------------------- */

static void write_header(const struct building *b, uint64_t at, uint32_t count, uint32_t gap,
                         uint32_t lane)
{
    if (b->wide)
        ((struct ecp_wide *)b->rows->words)[at] = (struct ecp_wide){count, (ecp_real)gap};
    else
        ((uint32_t *)b->rows->words)[at] = ecp_piece_header(count, gap, lane);
}

/* Headers that carry nothing but a part of a gap too long for one. */
static uint32_t bridges(uint32_t gap)
{
    return gap == 0 ? 0 : (gap - 1) / ECP_GAP_MAX;
}

/* Units that the row of counts needs; its first delay; synapses. */
static uint64_t measure_row(struct building *b, const uint32_t *counts, uint32_t *first,
                            uint64_t *synapses)
{
    uint64_t units = 0;
    uint32_t last = 0;
    int pieces = 0;
    for (uint32_t d = 0; d < b->n_delays; d++)
        for (uint32_t lane = 0; lane < b->n_lanes; lane++) {
            const uint32_t count = counts[(size_t)d * b->n_lanes + lane];
            if (count == 0)
                continue;
            b->overflow |= !b->wide && count > ECP_COUNT_MAX;
            units += 1 + (uint64_t)count + (pieces ? bridges(d - last) : 0);
            *synapses += count;
            if (pieces++ == 0)
                *first = b->first_delay + d;
            last = d;
        }
    /* A first delay beyond what the calendar holds begins with an empty piece. */
    if (pieces && *first > ECP_GAP_MAX)
        units += 1 + bridges(*first - ECP_GAP_MAX);
    return units;
}

/* Write the headers; turn counts into the place of the next synapse. */
static void lay_row(const struct building *b, uint64_t start, uint32_t *counts)
{
    uint64_t at = start, header = start;
    uint32_t count_before = 0, lane_before = 0, delay_before = 0;
    int open = 0; /* a header is waiting for its gap */
    for (uint32_t d = 0; d < b->n_delays; d++)
        for (uint32_t lane = 0; lane < b->n_lanes; lane++) {
            uint32_t *entry = &counts[(size_t)d * b->n_lanes + lane];
            const uint32_t count = *entry, delay = b->first_delay + d;
            if (count == 0)
                continue;
            if (!open && delay > ECP_GAP_MAX) {
                header = at++;
                delay_before = ECP_GAP_MAX;
                open = 1;
            }
            uint32_t gap = delay - delay_before;
            for (; open && gap > ECP_GAP_MAX; gap -= ECP_GAP_MAX) {
                write_header(b, header, count_before, ECP_GAP_MAX, lane_before);
                header = at++;
                count_before = 0;
            }
            if (open)
                write_header(b, header, count_before, gap, lane_before);
            header = at;
            *entry = (uint32_t)(at + 1 - start);
            at += 1 + (uint64_t)count;
            count_before = count;
            lane_before = lane;
            delay_before = delay;
            open = 1;
        }
    write_header(b, header, count_before, ECP_GAP_END, lane_before);
}

static void set_start(struct building *b, uint64_t row, uint64_t at, uint32_t delay, int is_there)
{
    struct ecp_rows *rows = b->rows;
    if (rows->start) {
        rows->start[row] = is_there ? at | (uint64_t)delay << 48 : ECP_ROW_NONE;
        return;
    }
    if (row % ECP_ROW_BLOCK == 0)
        rows->base[row / ECP_ROW_BLOCK] = at;
    const uint64_t after = at - rows->base[row / ECP_ROW_BLOCK];
    b->too_long |= after >> ECP_ROW_BRIEF_BITS > 0;
    rows->brief[row] =
        is_there ? (uint32_t)after | delay << ECP_ROW_BRIEF_BITS : ECP_ROW_BRIEF_NONE;
}

static enum ecp_status lay_out_band(struct building *b)
{
    struct ecp_rows *rows = b->rows;
    const size_t keys = n_keys(b);
    uint64_t at = rows->n_words;
    for (uint64_t s = 0; s < b->band_n; s++) {
        uint32_t first = 0;
        const uint64_t units = measure_row(b, b->table + s * keys, &first, &rows->n_synapses);
        set_start(b, b->band_first + s, at, first > ECP_GAP_MAX ? ECP_GAP_MAX : first, units > 0);
        at += units;
    }
    if (b->overflow)
        return ecp_fail(ECP_ECONFIG,
                        "more than %d compact synapses share one source, delay and "
                        "port; set precision = \"full\" for the projection",
                        ECP_COUNT_MAX);
    const size_t bytes = at * unit_bytes(b);
    void *words = ecp_pages_grow(rows->words, rows->bytes, bytes);
    if (!words)
        return ecp_fail(ECP_ENOMEM, "no memory for %.1f GB of synapses", (double)bytes * 1e-9);
    rows->words = words;
    rows->bytes = bytes;
    rows->n_words = at;
    for (uint64_t s = 0; s < b->band_n && !b->too_long; s++) {
        const uint64_t start = ecp_row_start(rows, b->band_first + s);
        if (start != ECP_ROW_NONE)
            lay_row(b, ECP_ROW_POSITION(start), b->table + s * keys);
    }
    return ECP_OK;
}

/* ---- one form -------------------------------------------------------- */

static int find_delays(struct building *b)
{
    const struct ecp_network *network = b->worker->network;
    uint32_t lowest = UINT32_MAX, highest = 0;
    for (size_t k = 0; k < network->plan->n_projections; k++) {
        if (network->wide[k] != b->wide)
            continue;
        uint32_t low, high;
        ecp_connector_delays(&network->connector[k], &low, &high);
        lowest = low < lowest ? low : lowest;
        highest = high > highest ? high : highest;
    }
    b->first_delay = lowest;
    b->n_delays = highest - lowest + 1;
    return lowest <= highest;
}

static enum ecp_status make_starts(struct ecp_rows *rows, int brief)
{
    const size_t n = (size_t)rows->n_sources + 1;
    if (brief) {
        rows->brief = ecp_array(n, sizeof *rows->brief);
        rows->base = ecp_array(n / ECP_ROW_BLOCK + 1, sizeof *rows->base);
    } else
        rows->start = ecp_array(n, sizeof *rows->start);
    if (brief ? rows->brief && rows->base : rows->start != NULL)
        return ECP_OK;
    return ecp_fail(ECP_ENOMEM, "no memory for the rows of %zu sources", n - 1);
}

static enum ecp_status build_bands(struct building *b, uint64_t band)
{
    const size_t row_bytes = n_keys(b) * sizeof *b->table;
    const uint64_t n = b->rows->n_sources;
    enum ecp_status status = ECP_OK;
    for (uint64_t first = 0; first < n && !b->too_long; first += band) {
        b->band_first = first;
        b->band_n = n - first < band ? n - first : band;
        memset(b->table, 0, b->band_n * row_bytes);
        ECP_TRY(list_all(b, (struct ecp_emit){count_batch, b, 0}));
        ECP_TRY(lay_out_band(b));
        if (!b->too_long)
            ECP_TRY(list_all(b, (struct ecp_emit){fill_batch, b, 1}));
    }
done:
    return status;
}

static enum ecp_status build_form(struct ecp_worker *worker, struct ecp_rows *rows, int wide)
{
    const struct ecp_network *network = worker->network;
    const uint64_t n_sources = network->sources.n;
    struct building b = {
        .worker = worker, .rows = rows, .wide = wide, .sources = &network->sources};
    enum ecp_status status = ECP_OK;
    b.sections = worker->n_slots / ECP_SECTION + 1;
    b.n_lanes = wide ? 1 : (uint32_t)network->n_ports * b.sections;
    if (!find_delays(&b))
        return ECP_OK;
    if (!wide && b.n_lanes > ECP_LANES)
        return ecp_fail(ECP_EARG,
                        "one worker has %u neurons with %zu ports: more than compact synapses can "
                        "name; use more threads or ranks",
                        worker->n_slots, network->n_ports);

    const size_t row_bytes = n_keys(&b) * sizeof *b.table;
    uint64_t band = COUNTS_BYTES / row_bytes;
    band = band < 1 ? 1 : band > n_sources ? n_sources : band;
    const size_t table_bytes = band * row_bytes;
    rows->n_sources = n_sources;
    b.table = ecp_pages(table_bytes);
    if (!b.table)
        status = ecp_fail(ECP_ENOMEM, "no memory to count synapses");
    if (status == ECP_OK)
        status = make_starts(rows, network->sources.bits != NULL);
    ECP_TRY(status);
    ECP_TRY(build_bands(&b, band));
    if (b.too_long) { /* rare: again with starts that reach further */
        ecp_rows_clear(rows);
        rows->n_sources = n_sources;
        b.too_long = 0;
        ECP_TRY(make_starts(rows, 0));
        status = build_bands(&b, band);
    }
done:
    ecp_pages_free(b.table, table_bytes);
    return status;
}

enum ecp_status ecp_rows_build(struct ecp_worker *worker)
{
    enum ecp_status status = build_form(worker, &worker->compact_rows, 0);
    if (status == ECP_OK)
        status = build_form(worker, &worker->wide_rows, 1);
    return status;
}
