/* Rows of one worker: count, lay out, fill; no sorting and no second copy.
 *
 * The synapses of every projection are listed twice from counters. The first
 * time they are counted by source, delay and lane; from the counts the places
 * of all pieces follow; the second time each synapse goes straight to its
 * place. Sources are taken in bands so that the counts stay small. Where a rank hears
 * few (sources.h), counts are bytes, and rows of one synapse have their place in the
 * table of sources (rows.h). */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/machine.h"

static const size_t COUNTS_BYTES = (size_t)192 << 20, SLICES_BYTES = (size_t)4 << 20;

/* The rows of one form (compact or wide) in the making. */
struct building {
    struct ecp_worker *worker;
    struct ecp_rows *rows;
    int wide;
    uint32_t sections;
    uint32_t first_delay, n_delays, n_lanes;
    const struct ecp_sources *sources;
    uint64_t band_first, band_n; /* numbers of the sources of this band */
    void *table;                 /* band x delays x lanes: counts, then places */
    int narrow;                  /* of bytes; else of 32 bits */
    int overflow;                /* of a piece for its header */
    int too_long;                /* rows for their line, or for a narrow table */

    /* the projection being listed */
    const struct ecp_connector *connector;
    const struct ecp_share *share;
    ecp_gid source_first;
    double inverse_scale[ECP_MAX_PORTS];
    int sign_decides;
    uint32_t one_delays; /* rows of one synapse up to this delay are in their line */
};

static size_t unit_bytes(const struct building *b)
{
    return b->wide ? sizeof(struct ecp_wide) : sizeof(uint32_t);
}

static size_t n_keys(const struct building *b)
{
    return (size_t)b->n_delays * b->n_lanes;
}

static inline uint32_t entry_of(const struct building *b, size_t k)
{
    return b->narrow ? ((const uint8_t *)b->table)[k] : ((const uint32_t *)b->table)[k];
}

static inline void set_entry(const struct building *b, size_t k, uint32_t value)
{
    if (b->narrow)
        ((uint8_t *)b->table)[k] = (uint8_t)value;
    else
        ((uint32_t *)b->table)[k] = value;
}

/* ---- both passes: where does a synapse belong? ----------------------- */

struct place {
    size_t at[ECP_BATCH];   /* in the table; SIZE_MAX outside the band */
    ecp_gid row[ECP_BATCH]; /* the source's number */
    uint32_t slot[ECP_BATCH];
    uint8_t port[ECP_BATCH];
};

static void find_places(const struct building *b, const struct ecp_batch *batch,
                        struct place *place)
{
    const struct ecp_plan_projection *p = b->connector->plan;
    const size_t keys = n_keys(b);
    const size_t entry_bytes = b->narrow ? 1 : sizeof(uint32_t);
    for (size_t k = 0; k < batch->n; k++)
        place->row[k] = b->source_first + batch->source[k];
    b->worker->network->kernels->number_sources(b->sources, place->row, batch->n);
    for (size_t k = 0; k < batch->n; k++) {
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
        __builtin_prefetch((const char *)b->table + place->at[k] * entry_bytes, 1, 2);
    }
}

static void count_batch(void *context, const struct ecp_batch *batch)
{
    struct building *b = context;
    struct place place;
    find_places(b, batch, &place);
    for (size_t k = 0; k < batch->n; k++)
        if (place.at[k] != SIZE_MAX) {
            const uint32_t count = entry_of(b, place.at[k]) + 1;
            b->too_long |= b->narrow && count > UINT8_MAX;
            set_entry(b, place.at[k], count);
        }
}

/* Where the next synapse of the row goes. */
static uint32_t *next_place(struct building *b, uint64_t row, size_t at)
{
    uint8_t kind;
    if (b->rows->line && ecp_row_one(b->rows, row, &kind))
        return &b->rows->line[row / ECP_ROW_LINE].word[row % ECP_ROW_LINE];
    const uint32_t next = entry_of(b, at);
    set_entry(b, at, next + 1);
    return (uint32_t *)b->rows->words + ECP_ROW_POSITION(ecp_row_start(b->rows, row)) + next;
}

static void fill_compact(struct building *b, const struct ecp_batch *batch,
                         const struct place *place)
{
    const struct ecp_row_line *line = b->rows->line;
    uint32_t *to[ECP_BATCH];
    for (size_t k = 0; line && k < batch->n; k++)
        if (place->at[k] != SIZE_MAX)
            __builtin_prefetch(&line[place->row[k] / ECP_ROW_LINE], 1, 2);
    for (size_t k = 0; k < batch->n; k++) {
        if (place->at[k] == SIZE_MAX)
            continue;
        to[k] = next_place(b, place->row[k], place->at[k]);
        __builtin_prefetch(to[k], 1, 2);
    }
    for (size_t k = 0; k < batch->n; k++) {
        if (place->at[k] == SIZE_MAX)
            continue;
        const int32_t units = ecp_weight_units(batch->weight[k], b->inverse_scale[place->port[k]]);
        *to[k] = (place->slot[k] % ECP_SECTION) | (uint32_t)units << 16;
    }
}

static void fill_wide(struct building *b, const struct ecp_batch *batch, const struct place *place)
{
    struct ecp_wide *const words = b->rows->words;
    for (size_t k = 0; k < batch->n; k++) {
        if (place->at[k] == SIZE_MAX)
            continue;
        const uint32_t next = entry_of(b, place->at[k]);
        set_entry(b, place->at[k], next + 1);
        const uint64_t to = ECP_ROW_POSITION(ecp_row_start(b->rows, place->row[k])) + next;
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

struct measured {
    uint64_t units, synapses;
    uint32_t first, lane; /* delay of the first piece, lane of the last */
};

/* What the row of counts from `at` on needs. */
static struct measured measure_row(struct building *b, size_t at)
{
    struct measured row = {0, 0, 0, 0};
    uint32_t last = 0;
    for (uint32_t d = 0; d < b->n_delays; d++)
        for (uint32_t lane = 0; lane < b->n_lanes; lane++, at++) {
            const uint32_t count = entry_of(b, at);
            if (count == 0)
                continue;
            b->overflow |= !b->wide && count > ECP_COUNT_MAX;
            row.units += 1 + (uint64_t)count + (row.synapses > 0 ? bridges(d - last) : 0);
            if (row.synapses == 0)
                row.first = b->first_delay + d;
            row.synapses += count;
            row.lane = lane;
            last = d;
        }
    /* A first delay beyond what the calendar holds begins with an empty piece. */
    if (row.synapses > 0 && row.first > ECP_GAP_MAX)
        row.units += 1 + bridges(row.first - ECP_GAP_MAX);
    b->too_long |= b->narrow && row.units > UINT8_MAX;
    return row;
}

/* Write the headers; turn counts into the place of the next synapse. */
static void lay_row(const struct building *b, uint64_t start, size_t counts)
{
    uint64_t at = start, header = start;
    uint32_t count_before = 0, lane_before = 0, delay_before = 0;
    int open = 0; /* a header is waiting for its gap */
    for (uint32_t d = 0; d < b->n_delays; d++)
        for (uint32_t lane = 0; lane < b->n_lanes; lane++) {
            const size_t entry = counts + (size_t)d * b->n_lanes + lane;
            const uint32_t count = entry_of(b, entry), delay = b->first_delay + d;
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
            set_entry(b, entry, (uint32_t)(at + 1 - start));
            at += 1 + (uint64_t)count;
            count_before = count;
            lane_before = lane;
            delay_before = delay;
            open = 1;
        }
    write_header(b, header, count_before, ECP_GAP_END, lane_before);
}

/* Of a row of one synapse in its line: which; 0: it needs a stream. */
static uint8_t kind_of_one(const struct building *b, const struct measured *row)
{
    const uint64_t kind = 1 + (uint64_t)(row->first - b->first_delay) * b->n_lanes + row->lane;
    const int fits = row->synapses == 1 && row->first <= b->one_delays && kind <= ECP_ROW_ONES;
    return fits ? (uint8_t)kind : 0;
}

/* The row begins at `at`; units that it takes there. */
static uint64_t set_start(struct building *b, uint64_t row, uint64_t at, const struct measured *m)
{
    struct ecp_rows *rows = b->rows;
    const uint32_t delay = m->first > ECP_GAP_MAX ? ECP_GAP_MAX : m->first;
    if (rows->start) {
        rows->start[row] = m->units > 0 ? at | (uint64_t)delay << 48 : ECP_ROW_NONE;
        return m->units;
    }
    struct ecp_row_line *line = &rows->line[row / ECP_ROW_LINE];
    const unsigned k = (unsigned)(row % ECP_ROW_LINE);
    if (k == 0)
        line->base = (uint32_t)at;
    const uint64_t after = at - line->base;
    const uint8_t one = kind_of_one(b, m);
    b->too_long |= at > UINT32_MAX || after >> ECP_ROW_OFFSET_BITS > 0;
    line->kind[k] = m->units == 0 ? ECP_ROW_ABSENT : one ? one : ECP_ROW_STREAM;
    line->word[k] = one ? 0 : (uint32_t)after | delay << ECP_ROW_OFFSET_BITS;
    return one ? 0 : m->units;
}

static enum ecp_status lay_out_band(struct building *b)
{
    struct ecp_rows *rows = b->rows;
    const size_t keys = n_keys(b);
    uint64_t at = rows->n_words;
    for (uint64_t s = 0; s < b->band_n; s++) {
        const struct measured row = measure_row(b, s * keys);
        at += set_start(b, b->band_first + s, at, &row);
        rows->n_synapses += row.synapses;
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
            lay_row(b, ECP_ROW_POSITION(start), s * keys);
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

/* Steps of which sums are kept, so that rows of one synapse can be in their lines: as
 * many as the longest delay, if that costs less than a byte a source. */
static enum ecp_status make_slices(struct building *b)
{
    const struct ecp_network *network = b->worker->network;
    const size_t slice = network->n_ports * b->worker->n_slots * sizeof(int32_t);
    const uint32_t longest = b->first_delay + b->n_delays - 1;
    uint32_t n = 1;
    while (n < longest && n < ECP_CALENDAR)
        n *= 2;
    while (n > 1 && n * slice > SLICES_BYTES + b->rows->n_sources)
        n /= 2;
    b->one_delays = n;
    for (uint32_t kind = 1; kind <= ECP_ROW_ONES; kind++) {
        const uint32_t delay = b->first_delay + (kind - 1) / b->n_lanes;
        b->rows->one[kind].delay = (uint8_t)(delay <= n ? delay : 0);
        b->rows->one[kind].lane = (uint8_t)((kind - 1) % b->n_lanes);
    }
    return ecp_accumulators_init(b->worker, n);
}

static enum ecp_status make_starts(struct building *b, int lines)
{
    struct ecp_rows *rows = b->rows;
    const size_t n = (size_t)rows->n_sources + 1;
    b->one_delays = 0;
    if (lines) {
        rows->line_bytes = (n / ECP_ROW_LINE + 1) * sizeof *rows->line;
        rows->line = ecp_pages(rows->line_bytes);
    } else
        rows->start = ecp_array(n, sizeof *rows->start);
    if (!rows->line && !rows->start)
        return ecp_fail(ECP_ENOMEM, "no memory for the rows of %zu sources", n - 1);
    if (rows->start)
        rows->start[n - 1] = ECP_ROW_NONE; /* of those that are not heard */
    return lines && !b->wide ? make_slices(b) : ECP_OK;
}

static enum ecp_status build_bands(struct building *b)
{
    const size_t row_bytes = n_keys(b) * (b->narrow ? 1 : sizeof(uint32_t));
    const uint64_t n = b->rows->n_sources, most = COUNTS_BYTES / row_bytes / ECP_ROW_LINE;
    const uint64_t band = (most < 1 ? 1 : most) * ECP_ROW_LINE;
    const size_t table_bytes = (band < n ? band : n) * row_bytes;
    enum ecp_status status = ECP_OK;
    b->table = ecp_pages(table_bytes);
    if (!b->table)
        return ecp_fail(ECP_ENOMEM, "no memory to count synapses");
    for (uint64_t first = 0; first < n && !b->too_long; first += band) {
        b->band_first = first;
        b->band_n = n - first < band ? n - first : band;
        memset(b->table, 0, b->band_n * row_bytes);
        ECP_TRY(list_all(b, (struct ecp_emit){count_batch, b, 0}));
        if (!b->too_long)
            ECP_TRY(lay_out_band(b));
        if (!b->too_long)
            ECP_TRY(list_all(b, (struct ecp_emit){fill_batch, b, 1}));
    }
done:
    ecp_pages_free(b->table, table_bytes);
    return status;
}

static enum ecp_status build_form(struct ecp_worker *worker, struct ecp_rows *rows, int wide)
{
    const struct ecp_network *network = worker->network;
    const int numbered = worker->sources.line != NULL;
    struct building b = {.worker = worker,
                         .rows = rows,
                         .wide = wide,
                         .narrow = numbered,
                         .sources = &worker->sources};
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
    rows->n_sources = worker->sources.n;
    ECP_TRY(make_starts(&b, numbered));
    ECP_TRY(build_bands(&b));
    if (b.too_long) { /* rare: again with counts and starts that reach further */
        ecp_rows_clear(rows);
        rows->n_sources = worker->sources.n;
        b.too_long = b.narrow = 0;
        ECP_TRY(make_starts(&b, 0));
        status = build_bands(&b);
    }
done:
    return status;
}

enum ecp_status ecp_rows_build(struct ecp_worker *worker)
{
    enum ecp_status status = build_form(worker, &worker->compact_rows, 0);
    if (status == ECP_OK)
        status = build_form(worker, &worker->wide_rows, 1);
    return status;
}
