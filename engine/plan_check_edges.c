/* Edges that were given one by one. */
#include <math.h>
#include <stdlib.h>

#include "engine/config_place.h"
#include "engine/plan_check.h"

static int compare_pairs(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/* With multapses off, no pair may stand twice. O(n log n). */
static enum ecp_status check_pairs(const struct ecp_plan_projection *p, const char *key)
{
    const struct ecp_edges *e = &p->edges;
    enum ecp_status status = ECP_OK;
    if (p->multapses || e->n < 2)
        return ECP_OK;
    uint64_t *pair = malloc(e->n * sizeof *pair);
    if (!pair)
        return ecp_fail(ECP_ENOMEM, "no memory to look for multapses among %zu edges", e->n);
    for (size_t k = 0; k < e->n; k++)
        pair[k] = (uint64_t)e->source[k] << 32 | e->target[k];
    qsort(pair, e->n, sizeof *pair, compare_pairs);
    for (size_t k = 1; k < e->n && status == ECP_OK; k++)
        if (pair[k] == pair[k - 1])
            status =
                ecp_refuse(&p->place, key,
                           "found the pair %lu -> %lu twice with multapses = false; allowed: "
                           "once",
                           (unsigned long)(pair[k] >> 32), (unsigned long)(pair[k] & UINT32_MAX));
    free(pair);
    return status;
}

static enum ecp_status check_edge(const struct ecp_plan *plan, const struct ecp_plan_projection *p,
                                  const char *key, size_t k)
{
    const struct ecp_edges *e = &p->edges;
    const struct ecp_plan_population *source = plan->population[p->source];
    const struct ecp_plan_population *target = plan->population[p->target];
    if (e->source[k] >= source->size)
        return ecp_refuse(&p->place, key, "found source %lu in edge %zu; allowed: 0 to %zu, in %s",
                          (unsigned long)e->source[k], k, source->size - 1, source->name);
    if (e->target[k] >= target->size)
        return ecp_refuse(&p->place, key, "found target %lu in edge %zu; allowed: 0 to %zu, in %s",
                          (unsigned long)e->target[k], k, target->size - 1, target->name);
    if (!p->autapses && source == target && e->source[k] == e->target[k])
        return ecp_refuse(&p->place, key,
                          "found the autapse %lu -> %lu in edge %zu with autapses = false; "
                          "allowed: other pairs",
                          (unsigned long)e->source[k], (unsigned long)e->target[k], k);
    if (e->weight && !isfinite(e->weight[k]))
        return ecp_refuse(&p->place, key, "found weight %g in edge %zu; allowed: finite numbers",
                          e->weight[k], k);
    if (e->delay && !(e->delay[k] >= plan->dt / 2 && e->delay[k] <= ECP_MAX_DELAY_STEPS * plan->dt))
        return ecp_refuse(&p->place, key, "found delay %g ms in edge %zu; allowed: %g to %g ms",
                          e->delay[k], k, plan->dt, ECP_MAX_DELAY_STEPS * plan->dt);
    return ECP_OK;
}

enum ecp_status ecp_plan_check_edges(const struct ecp_plan *plan,
                                     const struct ecp_plan_projection *projection, const char *key)
{
    const struct ecp_edges *e = &projection->edges;
    if (e->n > 0 && (!e->source || !e->target))
        return ecp_refuse(&projection->place, key,
                          "found edges without ends; allowed: a source "
                          "and a target for each");
    for (size_t k = 0; k < e->n; k++) {
        const enum ecp_status status = check_edge(plan, projection, key, k);
        if (status != ECP_OK)
            return status;
    }
    return check_pairs(projection, key);
}
