/* Expected number of synapses of every rule. */
#include <math.h>

#include "engine/forecast_private.h"

enum { MESH = 200 };

/* Density of the difference of two uniform positions in [0, a] and [0, b] at
 * distance d >= 0, both signs together. */
static double offset_density(double d, double a, double b, int periodic)
{
    if (!(a > 0) || !(b > 0))
        return 0;
    if (periodic)
        return d <= b / 2 ? 2 / b : 0;
    const double ahead = fmin(a, b - d), behind = fmin(b, a - d);
    return (fmax(ahead, 0) + fmax(behind, 0)) / (a * b);
}

static double kernel_at(const struct ecp_plan_projection *p, double distance)
{
    if (distance > p->cutoff)
        return 0;
    switch (p->kernel) {
    case ECP_KERNEL_GAUSSIAN:
        return p->probability * exp(-distance * distance / (2 * p->scale * p->scale));
    case ECP_KERNEL_EXPONENTIAL:
        return p->probability * exp(-distance / p->scale);
    case ECP_KERNEL_DISC:
        return distance <= p->scale ? p->probability : 0;
    }
    return 0;
}

/* Mean probability of a pair: the kernel over all offsets of two uniformly
 * placed neurons, on a mesh as fine as the kernel is wide. */
static double distance_probability(const struct ecp_plan *plan, const struct ecp_plan_projection *p)
{
    const struct ecp_layout *a = &plan->population[p->source]->layout;
    const struct ecp_layout *b = &plan->population[p->target]->layout;
    const int periodic = a->periodic && b->periodic;
    const double scales = p->kernel == ECP_KERNEL_DISC ? 1 : (p->kernel ? 30 : 7);
    const double reach = fmin(p->cutoff, scales * p->scale);
    const double x_end = fmin(reach, fmax(a->width, b->width));
    const double y_end = fmin(reach, fmax(a->height, b->height));
    const double dx = x_end / MESH, dy = y_end / MESH;
    double sum = 0;
    for (int i = 0; i < MESH; i++) {
        const double x = (i + 0.5) * dx;
        const double across = offset_density(x, a->width, b->width, periodic);
        for (int j = 0; across > 0 && j < MESH; j++) {
            const double y = (j + 0.5) * dy;
            sum += across * offset_density(y, a->height, b->height, periodic) *
                   kernel_at(p, hypot(x, y));
        }
    }
    return sum * dx * dy;
}

double ecp_forecast_synapses(const struct ecp_plan *plan, const struct ecp_plan_projection *p)
{
    const double sources = (double)plan->population[p->source]->size;
    const double targets = (double)plan->population[p->target]->size;
    const double self = p->source == p->target && !p->autapses ? targets : 0;
    const double number = (double)p->number;
    switch (p->rule) {
    case ECP_RULE_ALL_TO_ALL:
        return sources * targets - self;
    case ECP_RULE_ONE_TO_ONE:
        return fmin(sources, targets);
    case ECP_RULE_FIXED_INDEGREE:
        return number * targets;
    case ECP_RULE_FIXED_OUTDEGREE:
        return number * sources;
    case ECP_RULE_FIXED_TOTAL_NUMBER:
        return number;
    case ECP_RULE_PAIRWISE_BERNOULLI:
        return p->probability * (sources * targets - self);
    case ECP_RULE_EXPLICIT:
        return (double)p->edges.n;
    case ECP_RULE_DISTANCE:
        return distance_probability(plan, p) * (sources * targets - self);
    case ECP_RULE_TO_THIRD:
    case ECP_RULE_FROM_THIRD:
        return p->third->probability *
               ecp_forecast_synapses(plan, plan->projection[p->third->primary]);
    }
    return 0;
}
