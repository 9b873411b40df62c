/* What plastic projections need, from the layout of engine/plastic.h and the
 * descriptors of their rules. */
#include <math.h>

#include "engine/draw.h"
#include "engine/edges.h"
#include "engine/forecast_private.h"
#include "engine/plastic.h"
#include "engine/structural.h"

static const double SWEEP_MS = 1000; /* histories of targets: one and a half at most */

static double count_kind(const struct ecp_plasticity *rule, enum ecp_field_kind kind)
{
    size_t n = 0;
    while (rule && ecp_field_of_kind(rule->fields, kind, n) >= 0)
        n++;
    return (double)n;
}

static double parameter(const struct ecp_plan_projection *p, const char *name)
{
    const int f = p->plasticity && name ? ecp_field_find(p->plasticity->fields, name) : -1;
    return f < 0 ? 0 : p->plasticity_param[f];
}

/* ---- per synapse ---------------------------------------------------------- */

static double synapse_bytes(const struct ecp_plan_projection *p)
{
    const struct ecp_plasticity *rule = p->plasticity, *release = p->short_term;
    double reals = 1 + count_kind(rule, ECP_SYNAPSE), bytes = sizeof(uint16_t);
    if (ecp_is_glial(rule, p->plasticity_param))
        reals += count_kind(rule, ECP_PRE);
    if (ecp_is_glial(release, p->short_term_param))
        reals += count_kind(release, ECP_PRE);
    if (rule && rule->tick)
        bytes += sizeof(uint32_t);
    if (ecp_reads_third(rule, p->plasticity_param) || ecp_reads_third(release, p->short_term_param))
        bytes += sizeof(ecp_lid);
    return bytes + reals * sizeof(ecp_real);
}

/* An update of a structural projection lists all synapses twice, and writes them
 * into new columns. */
static double update_bytes(const struct ecp_plan_projection *p)
{
    const double edge = 4 * sizeof(uint32_t) + sizeof(ecp_real), choice = 2 * sizeof(size_t);
    if (!p->plasticity || !p->plasticity->structure)
        return 0;
    return 2 * edge + choice + sizeof(ecp_real) + sizeof(uint16_t);
}

/* ---- per piece -------------------------------------------------------------- */

/* Delays that it can have, in steps; explicit ones between their extremes. */
static double count_delays(const struct ecp_plan *plan, const struct ecp_plan_projection *p,
                           double *first)
{
    double lowest, highest;
    ecp_draw_range(&p->delay, &lowest, &highest);
    if (ecp_edges_have_delays(p) && p->edges.n > 0) {
        const struct ecp_edges_extent e = ecp_edges_extent_of(p);
        lowest = e.delay[0];
        highest = e.delay[1];
    }
    *first = fmax(1, nearbyint(lowest / plan->dt));
    return fmax(1, nearbyint(highest / plan->dt) - *first + 1);
}

/* How many pieces have synapses, with `keys` places for pieces of each delay. */
static double count_pieces(const struct ecp_plan *plan, const struct ecp_plan_projection *p,
                           double synapses, double keys)
{
    double first, n = 0, below = 0;
    const double delays = count_delays(plan, p, &first);
    if (p->plasticity && p->plasticity->structure)
        return keys * delays;
    if (p->delay.kind == ECP_DRAW_CONSTANT || p->delay.kind == ECP_DRAW_LIST ||
        ecp_edges_have_delays(p))
        return keys * delays * -expm1(-synapses / (keys * delays));
    for (double d = 0; d < delays; d++) {
        const double above =
            d + 1 < delays ? ecp_draw_cdf(&p->delay, (first + d + 0.5) * plan->dt) : 1;
        n += keys * -expm1(-synapses * (above - below) / keys);
        below = above;
    }
    return n;
}

static double piece_bytes(const struct ecp_plan_projection *p)
{
    const double traces = count_kind(p->plasticity, ECP_PRE) + count_kind(p->short_term, ECP_PRE);
    const double recent = p->plasticity ? p->plasticity->n_recent : 0;
    const int ticks = p->plasticity && p->plasticity->tick;
    const double kept = ticks ? ECP_TICK_STEPS * sizeof(ecp_real) + sizeof(uint16_t) : 0;
    return sizeof(struct ecp_piece) + 2 * traces * sizeof(ecp_real) + recent * sizeof(uint32_t) +
           kept;
}

/* ---- per target -------------------------------------------------------------- */

/* Entries of a target's ring of spikes, at this rate. */
static double ring_entries(const struct ecp_plan *plan, const struct ecp_plan_projection *p,
                           double rate)
{
    const double period = parameter(p, "period");
    const double span = fmin(period > 0 ? period : 1.5 * SWEEP_MS, ecp_plan_duration(plan));
    const double mean = rate * span / 1000;
    double entries = 8;
    while (entries < mean + 4 * sqrt(mean))
        entries *= 2;
    return entries;
}

static double target_bytes(const struct ecp_plan *plan, const struct ecp_plan_projection *p,
                           double rate)
{
    const struct ecp_plasticity *rule = p->plasticity;
    double first, seen = 0, kept = 0;
    const double views = p->dendritic ? count_delays(plan, p, &first) : 1;
    const double marks = rule ? rule->n_marks : 0, sums = rule ? rule->n_sums : 0;
    const double own = sizeof(uint32_t) + 2 + (marks + sums) * sizeof(ecp_real);
    const double view = 2 * sizeof(uint32_t) + count_kind(rule, ECP_POST) * sizeof(ecp_real) +
                        ring_entries(plan, p, rate) * (sizeof(uint32_t) + marks * sizeof(ecp_real));
    while (rule && kept < ECP_MAX_KEPT && rule->keeps[(size_t)kept])
        kept++;
    while (rule && rule->lag && rule->sees[(size_t)seen])
        seen++;
    const double lag = rule ? parameter(p, rule->lag) / plan->dt + 1 : 0;
    return own + views * (view + kept * ECP_TICK_STEPS * sizeof(ecp_real)) +
           seen * lag * sizeof(ecp_real) + (rule && rule->echo ? 1 : 0);
}

/* With its part of a piece of one synapse. */
double ecp_forecast_growth(const struct ecp_plan_projection *p)
{
    const double update = update_bytes(p);
    return update > 0 ? synapse_bytes(p) + update : 0;
}

struct ecp_plastic_need ecp_forecast_plastic(const struct ecp_plan *plan,
                                             const struct ecp_plan_projection *p, double synapses,
                                             double workers, double rate)
{
    const double sources = (double)plan->population[p->source]->size;
    const double targets = (double)plan->population[p->target]->size;
    const double sections = floor(targets / workers / ECP_SECTION) + 1;
    const double keys = sources * workers * sections, here = synapses / workers;
    double first;
    const double table = keys / workers * count_delays(plan, p, &first) * sizeof(uint32_t);
    struct ecp_plastic_need need = {0};
    need.rows = synapses * synapse_bytes(p);
    for (double rest = synapse_bytes(p); rest > 0; rest -= sizeof(ecp_real)) /* its columns */
        need.slack += workers * ecp_forecast_pages(here * fmin(rest, sizeof(ecp_real)));
    need.slack -= need.rows;
    need.rows += count_pieces(plan, p, synapses, keys) * piece_bytes(p);
    need.rows += sources * workers * sizeof(uint32_t) + targets * target_bytes(plan, p, rate);
    need.building = workers * ecp_forecast_pages(table);
    need.rewiring = synapses * update_bytes(p);
    return need;
}
