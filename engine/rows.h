/* rows.h -- outgoing synapses of all sources onto one worker's neurons.
 *
 * A row is a stream of pieces, by ascending delay. A piece is a header and its
 * synapses; the header says how many they are, in how many steps the row's
 * next piece is due, and which lane (port and section of 65,536 targets) they
 * add to. A spike under way is a position in its row, filed in a calendar
 * under the step at which its next piece is due. (Why: bench/README.md.)
 *
 *   compact   32 bits a synapse: target in its section (low 16 bits), weight
 *             in units of the port's scale (high 16 bits, signed)
 *   wide      slot and ecp_real weight; for weights that 16 bits cannot hold
 *
 * Where a rank hears few (sources.h), most rows are one synapse. Then a table of lines,
 * one of the cache each, says of 12 sources where their rows are, and in the place of a
 * row of one compact synapse is the synapse itself. It is added when the spike comes, to
 * the sums of the step in which it is due (machine.h), and takes no place in the calendar.
 */
#ifndef ECP_ROWS_H
#define ECP_ROWS_H

#include "engine/status.h"
#include "engine/types.h"

enum {
    ECP_COUNT_BITS = 17,
    ECP_GAP_BITS = 7,
    ECP_LANE_BITS = 8,
    ECP_COUNT_MAX = (1 << ECP_COUNT_BITS) - 1,
    ECP_GAP_END = (1 << ECP_GAP_BITS) - 1, /* no further piece              */
    ECP_GAP_MAX = ECP_GAP_END - 1,         /* longer ones pass empty pieces */
    ECP_LANES = 1 << ECP_LANE_BITS,
    ECP_SECTION = 65536, /* targets that 16 bits can name */
    ECP_CALENDAR = 128   /* buckets; a power of two above ECP_GAP_MAX */
};

struct ecp_wide {
    uint32_t slot;   /* header: number of synapses */
    ecp_real weight; /* header: gap to the next piece, ECP_GAP_END at the end */
};

/* Spikes under way. key orders the entries of a bucket as (step of the spike,
 * source): needed where the order of additions matters (wide rows). */
struct ecp_bucket {
    uint64_t *position;
    uint64_t *key;
    size_t n, capacity;
};

struct ecp_calendar {
    struct ecp_bucket bucket[ECP_CALENDAR];
    int keyed;     /* wide rows: entries carry keys */
    int no_memory; /* set when a bucket could not grow */
};

enum { ECP_ROW_LINE = 12, ECP_ROW_OFFSET_BITS = 24, ECP_ROW_ONES = 254 };

/* What a source of a line has. */
enum { ECP_ROW_ABSENT = 0, ECP_ROW_STREAM = 255 }; /* else: one synapse, `one` says which */

struct ecp_row_line {
    uint32_t base; /* position from which on its streams are */
    uint8_t kind[ECP_ROW_LINE];
    uint32_t word[ECP_ROW_LINE]; /* the synapse, or first delay << 24 | position after base */
};

/* One worker's rows of one form. */
struct ecp_rows {
    uint64_t n_sources; /* numbers of sources.h */
    uint64_t *start;    /* position | first delay << 48; ECP_ROW_NONE           */

    /* Instead, where sources are many and rows short. */
    struct ecp_row_line *line;
    size_t line_bytes;
    struct {
        uint8_t delay, lane;
    } one[ECP_ROW_STREAM]; /* of the rows of one synapse, by their kind */

    size_t n_words; /* uint32_t or struct ecp_wide                          */
    void *words;
    size_t bytes; /* of words, as allocated */
    uint64_t n_synapses;
};

#define ECP_ROW_NONE            UINT64_MAX
#define ECP_ROW_POSITION(start) ((start) & ((UINT64_C(1) << 48) - 1))
#define ECP_ROW_DELAY(start)    ((ecp_step)((start) >> 48))

static inline int ecp_rows_exist(const struct ecp_rows *rows)
{
    return rows->start || rows->line;
}

/* Of a source whose kind is ECP_ROW_STREAM, as `start` has it. */
static inline uint64_t ecp_row_stream(const struct ecp_row_line *line, unsigned at)
{
    const uint32_t word = line->word[at];
    return (line->base + (uint64_t)(word & ((1u << ECP_ROW_OFFSET_BITS) - 1))) |
           (uint64_t)(word >> ECP_ROW_OFFSET_BITS) << 48;
}

/* The only synapse of a row that is no stream; NULL: a stream, or nothing. */
static inline const uint32_t *ecp_row_one(const struct ecp_rows *rows, uint64_t source,
                                          uint8_t *kind)
{
    if (!rows->line)
        return NULL;
    const struct ecp_row_line *line = &rows->line[source / ECP_ROW_LINE];
    *kind = line->kind[source % ECP_ROW_LINE];
    return *kind == ECP_ROW_ABSENT || *kind == ECP_ROW_STREAM ? NULL
                                                              : &line->word[source % ECP_ROW_LINE];
}

/* As `start` has it; ECP_ROW_NONE also where the row is one synapse in its line. */
static inline uint64_t ecp_row_start(const struct ecp_rows *rows, uint64_t source)
{
    if (rows->start)
        return rows->start[source];
    const struct ecp_row_line *line = &rows->line[source / ECP_ROW_LINE];
    const unsigned at = (unsigned)(source % ECP_ROW_LINE);
    return line->kind[at] == ECP_ROW_STREAM ? ecp_row_stream(line, at) : ECP_ROW_NONE;
}

static inline uint32_t ecp_piece_header(uint32_t count, uint32_t gap, uint32_t lane)
{
    return count | gap << ECP_COUNT_BITS | lane << (ECP_COUNT_BITS + ECP_GAP_BITS);
}

enum ecp_status ecp_calendar_init(struct ecp_calendar *calendar, int keyed);
void ecp_calendar_clear(struct ecp_calendar *calendar);

/* Make room for one more entry; 0 when there is no memory. */
int ecp_bucket_grow(struct ecp_bucket *bucket, int keyed);

/* Bring entries from `from` on into ascending order of key. */
void ecp_bucket_sort(struct ecp_bucket *bucket, size_t from);

static inline void ecp_calendar_enter(struct ecp_calendar *calendar, ecp_step due,
                                      uint64_t position, uint64_t key)
{
    struct ecp_bucket *bucket = &calendar->bucket[due & (ECP_CALENDAR - 1)];
    if (bucket->n == bucket->capacity && !ecp_bucket_grow(bucket, calendar->keyed)) {
        calendar->no_memory = 1;
        return;
    }
    bucket->position[bucket->n] = position;
    if (calendar->keyed)
        bucket->key[bucket->n] = key;
    bucket->n++;
}

void ecp_rows_clear(struct ecp_rows *rows);

/* Of synapses and tables. */
double ecp_rows_bytes(const struct ecp_rows *rows);

#endif
