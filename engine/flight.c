#include "engine/flight.h"

#include <math.h>

#include "engine/plastic.h"

void ecp_flight_keep(struct ecp_worker *worker, struct ecp_shot shot)
{
    struct ecp_shots *recent = &worker->recent;
    struct ecp_shot *room =
        ecp_room_for_one(recent->shot, recent->n, &recent->capacity, sizeof *room);
    if (!room) {
        ecp_worker_fail(worker, ecp_fail(ECP_ENOMEM, "no memory for spikes"));
        return;
    }
    recent->shot = room;
    room[recent->n++] = shot;
}

void ecp_flight_trim(struct ecp_worker *worker, ecp_step now)
{
    struct ecp_shots *recent = &worker->recent;
    size_t n = 0;
    for (size_t k = 0; k < recent->n; k++)
        if (recent->shot[k].step + worker->network->longest_way >= now)
            recent->shot[n++] = recent->shot[k];
    recent->n = n;
}

ecp_step ecp_flight_longest(const struct ecp_network *network)
{
    ecp_step longest = 1;
    for (size_t k = 0; k < network->plan->n_projections; k++) {
        const struct ecp_plan_projection *p = network->plan->projection[k];
        uint32_t low, high;
        ecp_connector_delays(&network->connector[k], &low, &high);
        longest = high > longest ? high : longest;
        if (p->modulator >= 0) {
            const ecp_step modulator = llround(p->modulator_delay / network->plan->dt);
            longest = modulator > longest ? modulator : longest;
        }
    }
    return longest + 1;
}

/* ---- again ----------------------------------------------------------------- */

/* A row of one synapse in its line: if it is due at `now` or later. */
static void resume_one(struct ecp_worker *worker, struct ecp_shot shot)
{
    const struct ecp_rows *rows = &worker->compact_rows;
    const struct ecp_sources *sources = &worker->sources;
    uint8_t kind = 0;
    const uint32_t *one = rows->line && ecp_source_is_heard(sources, shot.source)
                              ? ecp_row_one(rows, ecp_source_number(sources, shot.source), &kind)
                              : NULL;
    if (one && shot.step + rows->one[kind].delay >= worker->network->now)
        ecp_accumulators_add(worker, *one, rows->one[kind].lane, shot.step + rows->one[kind].delay);
}

/* The first piece of the row that is due at `now` or later. */
static void resume_row(struct ecp_worker *worker, const struct ecp_rows *rows,
                       struct ecp_calendar *calendar, struct ecp_shot shot, int wide)
{
    const ecp_step now = worker->network->now;
    const struct ecp_sources *sources = &worker->sources;
    const uint64_t source = ecp_source_number(sources, shot.source);
    const uint64_t start = ecp_rows_exist(rows) && ecp_source_is_heard(sources, shot.source)
                               ? ecp_row_start(rows, source)
                               : ECP_ROW_NONE;
    if (start == ECP_ROW_NONE)
        return;
    uint64_t at = ECP_ROW_POSITION(start);
    ecp_step due = shot.step + ECP_ROW_DELAY(start);
    while (due < now) {
        uint32_t count, gap;
        if (wide) {
            const struct ecp_wide head = ((const struct ecp_wide *)rows->words)[at];
            count = head.slot;
            gap = (uint32_t)head.weight;
        } else {
            const uint32_t head = ((const uint32_t *)rows->words)[at];
            count = head & ECP_COUNT_MAX;
            gap = head >> ECP_COUNT_BITS & ((1u << ECP_GAP_BITS) - 1);
        }
        if (gap == ECP_GAP_END)
            return;
        at += 1 + (uint64_t)count;
        due += gap;
    }
    ecp_calendar_enter(calendar, due, at, (uint64_t)shot.step << 32 | (uint32_t)source);
}

void ecp_flight_resume(struct ecp_worker *worker, struct ecp_shot shot)
{
    const struct ecp_network *network = worker->network;
    resume_one(worker, shot);
    resume_row(worker, &worker->compact_rows, &worker->compact_calendar, shot, 0);
    resume_row(worker, &worker->wide_rows, &worker->wide_calendar, shot, 1);
    if (worker->compact_calendar.no_memory || worker->wide_calendar.no_memory)
        ecp_worker_fail(worker, ecp_fail(ECP_ENOMEM, "no memory for the spikes under way"));
    if (worker->plastic)
        ecp_plastic_take(worker, shot);
    for (int p = 0; p < network->n_populations; p++) {
        const struct ecp_share *share = &worker->share[p];
        const ecp_gid own = network->plan->population[p]->first + share->first;
        if (shot.source - own < share->n)
            ecp_flight_keep(worker, shot);
    }
}
