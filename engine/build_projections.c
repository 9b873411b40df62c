/* Which form each projection's synapses take, and the scale of 16-bit weights. */
#include <math.h>
#include <stdlib.h>

#include "engine/alloc.h"
#include "engine/edges.h"
#include "engine/machine.h"
#include "engine/plastic.h"

/* Weights in whole units of the port's scale fit 16 bits with their sign. */
enum { UNITS_MAX = 32767 };

/* In-degree beyond which 32-bit sums of the largest weights could overflow. */
static const double INDEGREE_MAX = 60000;

double ecp_connector_indegree(const struct ecp_connector *c)
{
    const struct ecp_plan_projection *p = c->plan;
    const double sources = (double)c->n_source, targets = (double)c->n_target;
    switch (p->rule) {
    case ECP_RULE_ALL_TO_ALL:
        return sources;
    case ECP_RULE_ONE_TO_ONE:
        return 1;
    case ECP_RULE_FIXED_INDEGREE:
        return (double)p->number;
    case ECP_RULE_FIXED_OUTDEGREE:
        return (double)p->number * sources / targets;
    case ECP_RULE_FIXED_TOTAL_NUMBER:
        return (double)p->number / targets;
    case ECP_RULE_PAIRWISE_BERNOULLI:
    case ECP_RULE_DISTANCE:
        return p->probability * sources;
    case ECP_RULE_TO_THIRD:
    case ECP_RULE_FROM_THIRD:
        return ecp_connector_indegree(c->primary) * (double)c->primary->n_target *
               p->third->probability / targets;
    case ECP_RULE_EXPLICIT:
        break;
    }
    return (double)p->edges.n / targets;
}

static void weight_range(const struct ecp_connector *c, double *lowest, double *highest)
{
    if (!ecp_edges_have_weights(c->plan)) {
        ecp_draw_range(&c->plan->weight, lowest, highest);
        return;
    }
    const struct ecp_edges_extent e = ecp_edges_extent_of(c->plan);
    *lowest = fmin(0, e.weight[0]);
    *highest = fmax(0, e.weight[1]);
}

static int is_constant(const struct ecp_connector *c)
{
    return !c->weight.knot && c->plan->weight.kind != ECP_DRAW_LIST &&
           !ecp_edges_have_weights(c->plan);
}

/* AUTO: compact unless weights are given one by one, spread so widely that
 * 16 bits would cost more than 0.1 % of the mean, or the build is double. */
static int wants_wide(const struct ecp_connector *c)
{
    if (c->plan->precision != ECP_PRECISION_AUTO)
        return c->plan->precision == ECP_PRECISION_FULL;
    if (sizeof(ecp_real) > 4)
        return 1;
    if (c->plan->rule == ECP_RULE_EXPLICIT || c->plan->weight.kind == ECP_DRAW_LIST)
        return 1;
    double lowest, highest;
    weight_range(c, &lowest, &highest);
    const double largest = fmax(fabs(lowest), fabs(highest));
    return !is_constant(c) && largest > 2e-3 * UNITS_MAX * fabs(ecp_draw_mean(&c->plan->weight));
}

/* A scale for constant weights that makes all of them whole numbers of units,
 * as closely as there is one: exact for simple ratios such as 1 : -5. The
 * fewest units, so that sums stay exact in ecp_real and far from overflow. */
static double common_scale(const double *weight, size_t n, double largest)
{
    double best_scale = largest / UNITS_MAX, best_error = INFINITY;
    for (int units = 1; units <= UNITS_MAX && best_error > 1e-9; units++) {
        const double scale = largest / units;
        double error = 0;
        for (size_t k = 0; k < n; k++) {
            const double exact = fabs(weight[k]) / scale;
            error = fmax(error, fabs(nearbyint(exact) - exact) / fmax(exact, 1e-30));
        }
        if (error < best_error) {
            best_error = error;
            best_scale = scale;
        }
    }
    return best_scale;
}

/* Largest magnitude among the weights that go to the port; -1: none do. */
static double largest_on_port(const struct ecp_connector *c, int population, int port)
{
    double lowest, highest, largest = -1;
    weight_range(c, &lowest, &highest);
    if (c->plan->target != population)
        return -1;
    if (c->plan->port_positive == port && highest >= 0)
        largest = highest;
    if (c->plan->port_negative == port && lowest < 0)
        largest = fmax(largest, -lowest);
    return largest;
}

static enum ecp_status scale_port(struct ecp_network *network, int population, int port)
{
    const size_t n = network->plan->n_projections;
    double *weight = ecp_array(n + 1, sizeof *weight), largest = 0;
    size_t n_constant = 0;
    int all_constant = 1;
    if (!weight)
        return ecp_fail(ECP_ENOMEM, "no memory for the scales of weights");
    for (size_t k = 0; k < n; k++) {
        const struct ecp_connector *c = &network->connector[k];
        const double own = network->wide[k] ? -1 : largest_on_port(c, population, port);
        if (own < 0)
            continue;
        largest = fmax(largest, own);
        if (is_constant(c))
            weight[n_constant++] = own;
        else
            all_constant = 0;
    }
    double scale = largest / UNITS_MAX;
    if (all_constant && n_constant > 0 && largest > 0)
        scale = common_scale(weight, n_constant, largest);
    network->population[population].scale[port] = scale > 0 ? scale : 1;
    free(weight);
    return ECP_OK;
}

/* Does the scale that all projections of the port share cost this one more
 * than it said in wants_wide? */
static int is_too_coarse(const struct ecp_connector *c, double scale)
{
    const double mean = fabs(ecp_draw_mean(&c->plan->weight)), units = mean / scale;
    if (c->plan->precision != ECP_PRECISION_AUTO)
        return 0;
    return is_constant(c) ? fabs(nearbyint(units) - units) > 1e-3 * units : units < 500;
}

/* Scales of a port's compact projections. One whose weights are too small
 * beside the others' becomes wide, which changes the scale for the rest. */
static enum ecp_status settle_port(struct ecp_network *network, int population, int port)
{
    struct ecp_population *target = &network->population[population];
    double indegree = 0;
    for (size_t k = 0; k < network->plan->n_projections; k++)
        if (!network->wide[k] && largest_on_port(&network->connector[k], population, port) >= 0)
            indegree += ecp_connector_indegree(&network->connector[k]);
    const int too_many = indegree > INDEGREE_MAX;
    for (int again = 1; again;) {
        const enum ecp_status status = scale_port(network, population, port);
        if (status != ECP_OK)
            return status;
        again = 0;
        for (size_t k = 0; k < network->plan->n_projections; k++) {
            const struct ecp_connector *c = &network->connector[k];
            if (network->wide[k] || largest_on_port(c, population, port) < 0 ||
                !(too_many || is_too_coarse(c, target->scale[port])))
                continue;
            network->wide[k] = again = target->wide_in = 1;
        }
    }
    return ECP_OK;
}

/* Of a list in a file: read once for all workers of the rank. */
static enum ecp_status keep_own_edges(struct ecp_network *network, size_t projection)
{
    const size_t n = network->connector[projection].n_target;
    const ecp_lid first = ecp_share_first(network, n, network->rank, 0);
    const ecp_lid end = ecp_share_first(network, n, network->rank + 1, 0);
    return ecp_connector_keep(&network->connector[projection], first, end - first);
}

void ecp_projections_forget(struct ecp_network *network)
{
    for (size_t k = 0; k < network->plan->n_projections; k++)
        ecp_connector_forget(&network->connector[k]);
}

enum ecp_status ecp_projections_prepare(struct ecp_network *network)
{
    const struct ecp_plan *plan = network->plan;
    enum ecp_status status = ECP_OK;
    network->connector = ecp_array(plan->n_projections + 1, sizeof *network->connector);
    network->wide = ecp_array(plan->n_projections + 1, sizeof *network->wide);
    if (!network->connector || !network->wide)
        return ecp_fail(ECP_ENOMEM, "no memory for projections");
    for (size_t k = 0; k < plan->n_projections; k++) {
        struct ecp_connector *c = &network->connector[k];
        ECP_TRY(ecp_connector_init(c, plan, k, network->kernels));
        ECP_TRY(keep_own_edges(network, k));
        const struct ecp_plan_projection *p = plan->projection[k];
        if (p->plasticity || p->short_term || p->structure) {
            network->wide[k] = ECP_FORM_PLASTIC;
            network->population[plan->projection[k]->target].wide_in = 1;
            continue;
        }
        network->wide[k] = plan->time == ECP_TIME_EXACT || wants_wide(c);
        network->population[plan->projection[k]->target].wide_in |= network->wide[k];
    }
    for (int p = 0; p < network->n_populations; p++)
        for (int port = 0; port < (int)network->population[p].n_ports; port++)
            ECP_TRY(settle_port(network, p, port));
done:
    return status;
}
