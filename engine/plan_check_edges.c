/* Edges that were given one by one. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "engine/config_place.h"
#include "engine/edges.h"
#include "engine/plan_check.h"

static int compare_pairs(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/* With multapses off, no pair may stand twice. The pairs are looked at some at a time, by
 * chance (a hash), so that a list in a file is never held: it is read anew for each part. */
struct pairs {
    uint64_t *pair;
    size_t n, capacity, part, parts;
};

enum { PAIRS_AT_ONCE = 1 << 22 };

static enum ecp_status add_pair(struct pairs *to, uint64_t source, uint64_t target)
{
    const uint64_t pair = source << 32 | target;
    if ((pair * UINT64_C(0x9e3779b97f4a7c15) >> 32) % to->parts != to->part)
        return ECP_OK;
    if (to->n == to->capacity) {
        const size_t room = to->capacity ? 2 * to->capacity : 1024;
        uint64_t *grown = realloc(to->pair, room * sizeof *grown);
        if (!grown)
            return ecp_fail(ECP_ENOMEM, "no memory to look for multapses among %zu edges", room);
        to->pair = grown;
        to->capacity = room;
    }
    to->pair[to->n++] = pair;
    return ECP_OK;
}

static enum ecp_status add_piece(void *context, const struct ecp_edges_piece *piece)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < piece->n && status == ECP_OK; k++)
        status = add_pair(context, (uint64_t)piece->source[k], (uint64_t)piece->target[k]);
    return status;
}

static enum ecp_status check_part(const struct ecp_plan_projection *p, const char *key,
                                  struct pairs *pairs)
{
    const struct ecp_edges *e = &p->edges;
    enum ecp_status status = ECP_OK;
    pairs->n = 0;
    if (p->edges_in_file)
        status = ecp_input_edges_pieces(p->edges_file, add_piece, pairs);
    for (size_t k = 0; !p->edges_in_file && k < e->n && status == ECP_OK; k++)
        status = add_pair(pairs, e->source[k], e->target[k]);
    if (status == ECP_OK && pairs->n > 1)
        qsort(pairs->pair, pairs->n, sizeof *pairs->pair, compare_pairs);
    for (size_t k = 1; k < pairs->n && status == ECP_OK; k++)
        if (pairs->pair[k] == pairs->pair[k - 1])
            status = ecp_refuse(&p->place, key,
                                "found the pair %lu -> %lu twice with multapses = false; allowed: "
                                "once",
                                (unsigned long)(pairs->pair[k] >> 32),
                                (unsigned long)(pairs->pair[k] & UINT32_MAX));
    return status;
}

/* O(n log n), and n / PAIRS_AT_ONCE times a file. */
static enum ecp_status check_pairs(const struct ecp_plan_projection *p, const char *key)
{
    struct pairs pairs = {.parts = p->edges.n / PAIRS_AT_ONCE + 1};
    enum ecp_status status = ECP_OK;
    for (; !p->multapses && pairs.part < pairs.parts && status == ECP_OK; pairs.part++)
        status = check_part(p, key, &pairs);
    free(pairs.pair);
    return status;
}

static enum ecp_status check_end(const struct ecp_plan_projection *p, const char *key,
                                 const char *what, const struct ecp_plan_population *population,
                                 const size_t at[2])
{
    if (at[0] < population->size)
        return ECP_OK;
    return ecp_refuse(&p->place, key, "found %s %zu in edge %zu; allowed: 0 to %zu, in %s", what,
                      at[0], at[1], population->size - 1, population->name);
}

static enum ecp_status refuse_self(const struct ecp_plan_projection *p, const char *key,
                                   ecp_lid neuron, size_t row)
{
    return ecp_refuse(&p->place, key,
                      "found the autapse %lu -> %lu in edge %zu with autapses = false; "
                      "allowed: other pairs",
                      (unsigned long)neuron, (unsigned long)neuron, row);
}

static enum ecp_status check_delay(const struct ecp_plan *plan, const struct ecp_plan_projection *p,
                                   const char *key, double delay, size_t row)
{
    if (delay >= plan->dt / 2 && delay <= ECP_MAX_DELAY_STEPS * plan->dt)
        return ECP_OK;
    return ecp_refuse(&p->place, key, "found delay %g ms in edge %zu; allowed: %g to %g ms", delay,
                      row, plan->dt, ECP_MAX_DELAY_STEPS * plan->dt);
}

static enum ecp_status check_edge(const struct ecp_plan *plan, const struct ecp_plan_projection *p,
                                  const char *key, size_t k)
{
    const struct ecp_edges *e = &p->edges;
    enum ecp_status status;
    ECP_TRY(check_end(p, key, "source", plan->population[p->source],
                      (const size_t[]){e->source[k], k}));
    ECP_TRY(check_end(p, key, "target", plan->population[p->target],
                      (const size_t[]){e->target[k], k}));
    if (!p->autapses && p->source == p->target && e->source[k] == e->target[k])
        return refuse_self(p, key, e->source[k], k);
    if (e->weight && !isfinite(e->weight[k]))
        return ecp_refuse(&p->place, key, "found weight %g in edge %zu; allowed: finite numbers",
                          e->weight[k], k);
    if (e->delay)
        status = check_delay(plan, p, key, e->delay[k], k);
done:
    return status;
}

/* Of a list in a file the extremes are known, and where they stand. Its weights are finite:
 * who read it saw to that. */
static enum ecp_status check_extent(const struct ecp_plan *plan,
                                    const struct ecp_plan_projection *p, const char *key)
{
    const struct ecp_edges_extent *e = p->edges_in_file;
    enum ecp_status status;
    ECP_TRY(check_end(p, key, "source", plan->population[p->source],
                      (const size_t[]){e->source, e->source_row}));
    ECP_TRY(check_end(p, key, "target", plan->population[p->target],
                      (const size_t[]){e->target, e->target_row}));
    if (e->self_row != SIZE_MAX && !p->autapses && p->source == p->target)
        return refuse_self(p, key, e->self, e->self_row);
    for (int k = 0; k < 2 && e->has_delays; k++)
        ECP_TRY(check_delay(plan, p, key, e->delay[k], e->delay_row[k]));
done:
    return status;
}

enum ecp_status ecp_plan_check_edges(const struct ecp_plan *plan,
                                     const struct ecp_plan_projection *projection, const char *key)
{
    const struct ecp_edges *e = &projection->edges;
    enum ecp_status status = ECP_OK;
    if (projection->edges_in_file) {
        ECP_TRY(check_extent(plan, projection, key));
        return check_pairs(projection, key);
    }
    if (e->n > 0 && (!e->source || !e->target))
        return ecp_refuse(&projection->place, key,
                          "found edges without ends; allowed: a source "
                          "and a target for each");
    for (size_t k = 0; k < e->n; k++) {
        ECP_TRY(check_edge(plan, projection, key, k));
    }
    status = check_pairs(projection, key);
done:
    return status;
}
