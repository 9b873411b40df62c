/* Static synapses: rows, their pieces, the tables of sources (engine/rows.h), and how
 * often they are read. All for one worker of many, with synapses spread by chance. */
#include <math.h>
#include <stdlib.h>

#include "engine/draw.h"
#include "engine/edges.h"
#include "engine/forecast_private.h"
#include "engine/rows.h"
#include "engine/sources.h"

enum { MOST_DELAYS = 4096 }; /* longer ones count as this one */

static const double COUNTS_BYTES = 192 << 20, SLICES_BYTES = 4 << 20; /* engine/build_rows.c */
static const double ENTRY_BYTES = 16; /* a spike under way, with room to spare */

/* A form of rows: compact, wide, or those of the exact mode. */
enum form { COMPACT, WIDE, EXACT, N_FORMS };

static const double unit_bytes[N_FORMS] = {4, sizeof(struct ecp_wide), 24};

struct spread {
    const struct ecp_foresight *f;
    int form, first, n_delays; /* delays in steps */
    int n_lanes;
    double *mean; /* synapses of one source here: n_delays x n_lanes */
    double slots; /* neurons of a worker */
    double sections;
    int one_delays; /* rows of one synapse up to this delay have no stream */
};

static enum form form_of(const struct ecp_plan *plan, const struct ecp_plan_projection *p)
{
    double lowest, highest;
    if (plan->time == ECP_TIME_EXACT)
        return EXACT;
    if (p->precision != ECP_PRECISION_AUTO)
        return p->precision == ECP_PRECISION_FULL ? WIDE : COMPACT;
    if (sizeof(ecp_real) > 4 || p->rule == ECP_RULE_EXPLICIT || p->weight.kind == ECP_DRAW_LIST)
        return WIDE;
    ecp_draw_range(&p->weight, &lowest, &highest);
    const double largest = fmax(fabs(lowest), fabs(highest));
    const int is_wider = largest > 65 * fabs(ecp_draw_mean(&p->weight));
    return p->weight.kind != ECP_DRAW_CONSTANT && is_wider ? WIDE : COMPACT;
}

static int delay_step(const struct ecp_plan *plan, double ms)
{
    return (int)fmin(fmax(nearbyint(ms / plan->dt), 1), MOST_DELAYS);
}

static void delays_of(const struct ecp_plan *plan, const struct ecp_plan_projection *p, int *first,
                      int *last)
{
    double lowest, highest;
    ecp_draw_range(&p->delay, &lowest, &highest);
    if (ecp_edges_have_delays(p) && p->edges.n > 0) {
        const struct ecp_edges_extent e = ecp_edges_extent_of(p);
        lowest = e.delay[0];
        highest = e.delay[1];
    }
    *first = delay_step(plan, lowest);
    *last = delay_step(plan, highest);
}

/* Share of its synapses that have a delay of d steps or less. */
static double delay_share(const struct ecp_plan *plan, const struct ecp_plan_projection *p, int d,
                          int first, int last)
{
    if (d >= last)
        return 1;
    if (p->delay.kind == ECP_DRAW_LIST || ecp_edges_have_delays(p))
        return (d - first + 1.0) / (last - first + 1.0);
    return ecp_draw_cdf(&p->delay, (d + 0.5) * plan->dt);
}

static int is_here(const struct spread *s, const struct ecp_plan_projection *p)
{
    return !ecp_forecast_is_plastic(p) && (int)form_of(s->f->plan, p) == s->form;
}

/* Delays and lanes of all projections of this form; 0: there are none. */
static int measure(struct spread *s)
{
    const struct ecp_plan *plan = s->f->plan;
    int lowest = MOST_DELAYS, highest = 0;
    size_t most = 1;
    for (size_t k = 0; k < plan->n_projections; k++) {
        int first, last;
        if (!is_here(s, plan->projection[k]))
            continue;
        delays_of(plan, plan->projection[k], &first, &last);
        lowest = first < lowest ? first : lowest;
        highest = last > highest ? last : highest;
    }
    for (size_t p = 0; p < plan->n_populations; p++) {
        size_t ports = 0;
        while (ecp_field_of_kind(plan->population[p]->model->fields, ECP_INPUT, ports) >= 0)
            ports++;
        most = ports > most ? ports : most;
        s->slots += (double)plan->population[p]->size / s->f->workers;
    }
    s->sections = s->form == COMPACT ? floor(s->slots / ECP_SECTION) + 1 : 1;
    s->n_lanes = s->form == COMPACT ? (int)most : 1;
    s->first = lowest;
    s->n_delays = highest - lowest + 1;
    return lowest <= highest;
}

/* Adds one projection to what a source of it has here. */
static void add(struct spread *s, size_t k)
{
    const struct ecp_plan *plan = s->f->plan;
    const struct ecp_plan_projection *p = plan->projection[k];
    const double sources = (double)plan->population[p->source]->size;
    const double synapses = sources > 0 ? s->f->synapses[k] / sources / s->f->workers : 0;
    const int negative = ecp_draw_mean(&p->weight) < 0;
    const int port = negative ? p->port_negative : p->port_positive;
    const int lane = port < s->n_lanes && s->form == COMPACT ? port : 0;
    int first, last;
    double below = 0;
    delays_of(plan, p, &first, &last);
    for (int d = first; d <= last; d++) {
        const double above = delay_share(plan, p, d, first, last);
        s->mean[(d - s->first) * s->n_lanes + lane] += synapses * (above - below);
        below = above;
    }
}

/* Pieces of one source with `synapses` in all, as `mean` has them. */
static double count_pieces(const struct spread *s)
{
    double pieces = 0;
    for (int k = 0; k < s->n_delays * s->n_lanes; k++)
        pieces += s->sections * -expm1(-s->mean[k] / s->sections);
    return pieces;
}

/* Steps of which sums are kept for rows of one synapse; their bytes, besides one step's. */
static double slices(struct spread *s, double sources)
{
    const double slice = s->n_lanes * s->slots * sizeof(int32_t);
    const int longest = s->first + s->n_delays - 1;
    int n = 1;
    while (n < longest && n < ECP_CALENDAR)
        n *= 2;
    while (n > 1 && n * slice > SLICES_BYTES + sources)
        n /= 2;
    s->one_delays = n;
    return (n - 1) * slice;
}

/* All rows of one form. */
static void add_form(struct spread *s, struct ecp_row_need *need)
{
    const struct ecp_plan *plan = s->f->plan;
    double units = 0;
    for (size_t p = 0; p < plan->n_populations; p++) {
        const double size = (double)plan->population[p]->size, rate = s->f->rate_hz[p];
        double own = 0, longest = 0;
        for (int k = 0; k < s->n_delays * s->n_lanes; k++)
            s->mean[k] = 0;
        for (size_t k = 0; k < plan->n_projections; k++)
            if (plan->projection[k]->source == (int)p && is_here(s, plan->projection[k]))
                add(s, k);
        for (int k = 0; k < s->n_delays * s->n_lanes; k++) {
            own += s->mean[k];
            longest = s->mean[k] > 0 ? (s->first + k / s->n_lanes) * plan->dt : longest;
        }
        const double pieces = s->form == EXACT ? 0 : count_pieces(s);
        units += size * (own + pieces);
        if (longest <= s->one_delays * plan->dt) { /* rows of one synapse have no pieces */
            units -= size * 2 * own * exp(-own);
            need->visits -= size * rate * own * exp(-own);
        }
        need->visits += size * rate * pieces;
        need->hearings += size * rate * -expm1(-own);
        need->under_way += size * rate * -expm1(-own) * longest / 1000;
    }
    const double bytes = units * unit_bytes[s->form];
    need->bytes += bytes;
    need->slack += ecp_forecast_pages(bytes) - bytes;
}

double ecp_forecast_distinct(double drawn, double many)
{
    return many > 0 ? -many * expm1(-drawn / many) : 0;
}

/* Sources of one worker: numbered where they are few (engine/sources.h). */
static double count_sources(const struct ecp_foresight *f, int *numbered)
{
    const double neurons = (double)f->plan->n_neurons;
    double synapses = 0;
    *numbered = f->ranks > 1 && f->plan->time != ECP_TIME_EXACT;
    for (size_t k = 0; k < f->plan->n_projections; k++) {
        synapses += f->synapses[k];
        *numbered &= !ecp_forecast_is_plastic(f->plan->projection[k]);
    }
    *numbered &= synapses / f->workers < ECP_SOURCES_FEW * neurons;
    return *numbered ? ecp_forecast_distinct(synapses / f->workers, neurons) : neurons;
}

/* One form: its rows, where they begin, and the counts while it is built. */
static void forecast_form(const struct ecp_foresight *f, int form, struct ecp_row_need *need)
{
    struct spread s = {.f = f, .form = form};
    if (!measure(&s))
        return;
    const size_t keys = (size_t)(s.n_delays * s.n_lanes);
    const double entry = need->numbered ? 1 : sizeof(uint32_t);
    const double row = (double)keys * s.sections * entry, sources = need->sources;
    if (need->numbered && form == COMPACT)
        need->slack += slices(&s, sources);
    s.mean = calloc(keys, sizeof *s.mean);
    if (s.mean)
        add_form(&s, need);
    free(s.mean);
    need->bytes +=
        need->numbered ? sources / ECP_ROW_LINE * sizeof(struct ecp_row_line) : sources * 8;
    if (form != EXACT) {
        const double counts = fmin(fmax(floor(COUNTS_BYTES / row), 1), sources) * row;
        need->passing = fmax(need->passing, ecp_forecast_pages(counts));
    }
}

struct ecp_row_need ecp_forecast_rows(const struct ecp_foresight *f)
{
    struct ecp_row_need need = {0};
    need.sources = count_sources(f, &need.numbered);
    for (int form = 0; form < N_FORMS; form++)
        forecast_form(f, form, &need);
    need.under_way *= ENTRY_BYTES;
    return need;
}
