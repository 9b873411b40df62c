#include "engine/signs.h"

#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"

/* Numbers kept at once for the states of a batch: 64 MB. */
enum { ROOM = 1 << 23, MOST = 1024 };

void ecp_signs_of(size_t count, const double *x, double *state)
{
    for (size_t k = 0; k < count; k++)
        state[k] = (x[k] > 0) - (x[k] < 0);
}

/* ---- one after the other ------------------------------------------------------ */

struct one_by_one {
    const struct ecp_signs *how;
    const struct ecp_signs_rule *rule;
    double *state, *room;
    struct ecp_signs_end *end;
    size_t *order, *active; /* n; count */
};

static void sweep_one(const struct one_by_one *w, size_t at)
{
    const struct ecp_signs_rule *rule = w->rule;
    const size_t n = rule->n;
    double *state = w->state + at * n, *room = w->room + at * rule->room;
    double changed = 0, support = 0;
    for (size_t j = 0; j < n; j++) {
        const size_t k = w->order[j];
        const double h = rule->field(rule->self, k, state[k], room);
        const double next = h > 0 ? 1 : h < 0 ? -1 : state[k];
        support += state[k] * h;
        if (next != state[k]) {
            rule->change(rule->self, k, state[k], next, room);
            state[k] = next;
            changed++;
        }
    }
    w->end[at].changed = changed / (double)n;
    w->end[at].support = support / (double)n;
    w->end[at].sweeps++;
}

/* ---- the same, many states block by block ----------------------------------------- */

/* A block of components is decided for every state, with what its changes add to the rest of
 * the block; then they are added to all fields, so that a piece of the couplings that is near
 * serves every state. */
enum { BLOCK = 256, TILE = 256, ENOUGH = 4 /* states */ };
/* Share of components: with fewer changes a state goes by itself, its fields near. */
static const double MANY = 0.01;

struct flips {
    size_t count, unit[BLOCK];
    double step[BLOCK];
};

struct blocks {
    double *among; /* BLOCK x BLOCK */
    struct flips *flips;
};

static void decide(const struct one_by_one *w, size_t at, const size_t *unit, size_t size,
                   const double *among, struct flips *flips)
{
    const struct ecp_signs_rule *rule = w->rule;
    double *state = w->state + at * rule->n, support = w->end[at].support, room[BLOCK];
    const double *all = w->room + at * rule->room;
    flips->count = 0;
    for (size_t j = 0; j < size; j++)
        room[j] = all[unit[j]];
    for (size_t j = 0; j < size; j++) {
        const size_t k = unit[j];
        const double h = rule->field_from(rule->self, k, state[k], room[j]);
        const double next = h > 0 ? 1 : h < 0 ? -1 : state[k];
        support += state[k] * h;
        if (next == state[k])
            continue;
        const double step = next - state[k];
        for (size_t i = j + 1; i < size; i++)
            room[i] += step * among[j * size + i];
        flips->unit[flips->count] = k;
        flips->step[flips->count++] = step;
        state[k] = next;
    }
    w->end[at].support = support;
    w->end[at].changed += (double)flips->count;
}

static void sweep_block(const struct one_by_one *w, size_t active, const struct blocks *blocks,
                        const size_t *unit, size_t size)
{
    const struct ecp_signs_rule *rule = w->rule;
    const size_t n = rule->n;
    rule->among(rule->self, size, unit, blocks->among);
#pragma omp parallel for schedule(static)
    for (size_t k = 0; k < active; k++)
        decide(w, w->active[k], unit, size, blocks->among, &blocks->flips[k]);
#pragma omp parallel for schedule(static) collapse(2)
    for (size_t first = 0; first < n; first += TILE)
        for (size_t k = 0; k < active; k++)
            rule->changes(rule->self, blocks->flips[k].count, blocks->flips[k].unit,
                          blocks->flips[k].step, first, first + TILE < n ? first + TILE : n,
                          w->room + w->active[k] * rule->room);
}

static void sweep_together(const struct one_by_one *w, size_t active, const struct blocks *blocks)
{
    const size_t n = w->rule->n;
    for (size_t k = 0; k < active; k++)
        w->end[w->active[k]].changed = w->end[w->active[k]].support = 0;
    for (size_t first = 0; first < n; first += BLOCK)
        sweep_block(w, active, blocks, w->order + first, n - first < BLOCK ? n - first : BLOCK);
    for (size_t k = 0; k < active; k++) {
        struct ecp_signs_end *end = &w->end[w->active[k]];
        end->changed /= (double)n;
        end->support /= (double)n;
        end->sweeps++;
    }
}

static void sweep_all(const struct one_by_one *w, size_t count, const struct blocks *blocks)
{
    const size_t n = w->rule->n;
    size_t active = count;
    double changed = (double)n; /* by the last sweep, of one state */
    for (size_t k = 0; k < count; k++)
        w->active[k] = k;
    for (size_t k = 0; k < n; k++)
        w->order[k] = k;
    for (size_t sweep = 0; sweep < w->how->sweeps && active > 0; sweep++) {
        if (w->how->order == ECP_SIGNS_RANDOM) {
            struct ecp_chance chance =
                ecp_chance(w->how->seed, w->how->subject, (uint32_t)(sweep & UINT32_MAX));
            ecp_chance_order(&chance, n, w->order);
        }
        const int together = blocks->among && active >= ENOUGH && changed > MANY * (double)n;
        if (together)
            sweep_together(w, active, blocks);
#pragma omp parallel for schedule(dynamic) if (active > 1)
        for (size_t k = 0; k < (together ? 0 : active); k++)
            sweep_one(w, w->active[k]);
        size_t still = 0;
        changed = 0;
        for (size_t k = 0; k < active; k++) {
            changed += w->end[w->active[k]].changed * (double)n / (double)active;
            if (w->end[w->active[k]].changed > 0)
                w->active[still++] = w->active[k];
        }
        active = still;
    }
}

static enum ecp_status settle_one_by_one(const struct ecp_signs *how,
                                         const struct ecp_signs_rule *rule, size_t count,
                                         double *state, struct ecp_signs_end *end)
{
    const size_t room = rule->room > 0 ? rule->room : 1;
    enum ecp_status status = ECP_OK;
    struct one_by_one w = {how,
                           rule,
                           state,
                           malloc(count * room * sizeof(double)),
                           end,
                           malloc(rule->n * sizeof(size_t)),
                           malloc(count * sizeof(size_t))};
    struct blocks blocks = {NULL, NULL};
    const int together = rule->changes && count >= ENOUGH;
    if (together)
        blocks = (struct blocks){malloc(sizeof(double) * BLOCK * BLOCK),
                                 malloc(count * sizeof *blocks.flips)};
    if (!w.room || !w.order || !w.active || (together && (!blocks.among || !blocks.flips))) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the fields of %zu states", count);
        goto done;
    }
    ECP_TRY(rule->begin(rule->self, count, state, w.room));
    sweep_all(&w, count, &blocks);
done:
    free(blocks.among);
    free(blocks.flips);
    free(w.room);
    free(w.order);
    free(w.active);
    return status;
}

/* ---- all at once ------------------------------------------------------------------ */

/* States that still change, without gaps: `at` says whose they are. */
struct at_once {
    size_t n;
    double *now, *before, *field;
    size_t *at;
    unsigned char *over;
};

/* One step of one state; whether it is over, and then where it ends in `out`. */
static int step_one(const struct at_once *w, size_t k, double *out, struct ecp_signs_end *end)
{
    const size_t n = w->n;
    double *now = w->now + k * n, *before = w->before + k * n, *field = w->field + k * n;
    size_t changed = 0, unlike = 0;
    double support = 0;
    for (size_t j = 0; j < n; j++) {
        const double next = field[j] > 0 ? 1 : field[j] < 0 ? -1 : now[j];
        support += now[j] * field[j];
        changed += next != now[j];
        unlike += next != before[j];
        field[j] = next;
    }
    const int alternates = unlike == 0 && end->sweeps > 0 && changed > 0;
    end->changed = (double)changed / (double)n;
    end->support = support / (double)n;
    end->sweeps++;
    /* Even steps: `field` now holds the state after end->sweeps of them. */
    memcpy(out, alternates && end->sweeps % 2 ? now : field, n * sizeof *out);
    memcpy(before, now, n * sizeof *before);
    memcpy(now, field, n * sizeof *now);
    return changed == 0 || alternates;
}

static enum ecp_status steps(const struct ecp_signs *how, const struct ecp_signs_rule *rule,
                             const struct at_once *w, size_t count, struct ecp_signs_end *end,
                             double *state)
{
    const size_t n = w->n;
    size_t active = count;
    enum ecp_status status = ECP_OK;
    for (size_t sweep = 0; sweep < how->sweeps && active > 0; sweep++) {
        ECP_TRY(rule->fields(rule->self, active, w->now, w->field));
#pragma omp parallel for schedule(static) if (active > 1)
        for (size_t k = 0; k < active; k++)
            w->over[k] = (unsigned char)step_one(w, k, state + w->at[k] * n, &end[w->at[k]]);
        size_t still = 0;
        for (size_t k = 0; k < active; k++) {
            if (w->over[k])
                continue;
            if (still < k) {
                memcpy(w->now + still * n, w->now + k * n, n * sizeof(double));
                memcpy(w->before + still * n, w->before + k * n, n * sizeof(double));
                w->at[still] = w->at[k];
            }
            still++;
        }
        active = still;
    }
done:
    return status;
}

static enum ecp_status settle_at_once(const struct ecp_signs *how,
                                      const struct ecp_signs_rule *rule, size_t count,
                                      double *state, struct ecp_signs_end *end)
{
    const size_t all = count * rule->n;
    enum ecp_status status = ECP_OK;
    struct at_once w = {rule->n,
                        malloc(all * sizeof(double)),
                        malloc(all * sizeof(double)),
                        malloc(all * sizeof(double)),
                        malloc(count * sizeof(size_t)),
                        malloc(count)};
    if (!w.now || !w.before || !w.field || !w.at || !w.over) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the fields of %zu states", count);
        goto done;
    }
    memcpy(w.now, state, all * sizeof(double));
    memcpy(w.before, state, all * sizeof(double));
    for (size_t k = 0; k < count; k++)
        w.at[k] = k;
    ECP_TRY(steps(how, rule, &w, count, end, state));
done:
    free(w.now);
    free(w.before);
    free(w.field);
    free(w.at);
    free(w.over);
    return status;
}

enum ecp_status ecp_signs_settle(const struct ecp_signs *how, const struct ecp_signs_rule *rule,
                                 size_t count, double *state, struct ecp_signs_end *end)
{
    const size_t n = rule->n, each = how->order == ECP_SIGNS_SYNC ? 3 * n : rule->room + 1;
    const size_t fit = ROOM / each > MOST ? MOST : ROOM / each > 0 ? ROOM / each : 1;
    enum ecp_status status = ECP_OK;
    for (size_t first = 0; first < count; first += fit) {
        const size_t m = count - first < fit ? count - first : fit;
        for (size_t k = first; k < first + m; k++)
            end[k] = (struct ecp_signs_end){0};
        if (how->order == ECP_SIGNS_SYNC)
            ECP_TRY(settle_at_once(how, rule, m, state + first * n, end + first));
        else
            ECP_TRY(settle_one_by_one(how, rule, m, state + first * n, end + first));
    }
done:
    return status;
}
