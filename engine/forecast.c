#include "engine/forecast.h"

#include <math.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/draw.h"
#include "engine/store.h"

/* What things cost. Bytes follow from the layouts in engine/rows.h and
 * engine/recording.h; times are measured: bench/README.md holds their origin. */
static const struct {
    double compact, full;        /* bytes a synapse, piece headers included   */
    double exact, arrival;       /* exact mode: bytes a synapse, an event     */
    double row;                  /* bytes a source and worker: where rows start */
    double accumulators;         /* bytes a neuron: counts, intervals, last spike */
    double under_way;            /* bytes a spike whose pieces are not all due */
    double brief_row;            /* the same where sources are numbered       */
    double letter, mpi;          /* bytes a neighbour, each way; of MPI itself */
    double worker;               /* bytes a worker: buffers that do not scale */
    double event, sample, edge;  /* bytes recorded: spike, value, weight      */
    double spike_file;           /* bytes a spike in SONATA's columns         */
    double event_s, neuron_s;    /* a synaptic event; a neuron and step       */
    double exact_event_s;        /* a synaptic event in the exact mode        */
    double build_s;              /* a synapse                                 */
    double listed;               /* bytes of a synapse while a weights probe sorts them */
    double edges_held;           /* synapses in memory while edges are written */
    double program, thread;      /* bytes of the program and of its threads   */
    double junction, junction_s; /* bytes of each way of a gap junction; a way and step */
    double rate_hz;              /* where no claim says better                */
} cost = {.compact = 4.15,
          .full = sizeof(ecp_real) == sizeof(double) ? 16.4 : 8.2,
          .exact = 24,
          .arrival = 40,
          .row = 8,
          .brief_row = 4.03,
          .letter = 112,
          .mpi = 20e6,
          .accumulators = 40,
          .under_way = 16,
          .worker = 1e6,
          .event = 16,
          .sample = 4,
          .edge = 16,
          .spike_file = 16,
          .event_s = 1.7e-9,
          .neuron_s = 1.0e-9,
          .exact_event_s = 250e-9,
          .build_s = 50e-9,
          .listed = 40,
          .edges_held = 1 << 22,
          .program = 21e6,
          .thread = 3e6,
          .junction = 12,
          .junction_s = 1.7e-9,
          .rate_hz = 5};

enum { SECTION = 65536, MESH = 200 };

/* Spikes that no measure needs leave the memory once they are on disk, at the
 * latest when there are so many. */
static const double FLUSH_ITEMS = 4e6;

/* ---- synapses ---------------------------------------------------------- */

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

/* Expected number of synapses of a projection. */
static double synapses_of(const struct ecp_plan *plan, const struct ecp_plan_projection *p)
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
        return p->third->probability * synapses_of(plan, plan->projection[p->third->primary]);
    }
    return 0;
}

/* ---- rates ------------------------------------------------------------- */

/* Middle of a claimed band of rates, or the bound that is there; NAN when the
 * claim is not about the rate of `population`. */
static double claimed_rate(const struct ecp_plan_claim *claim, const char *population)
{
    const size_t length = strlen(population);
    if (strncmp(claim->result, population, length) != 0 ||
        strcmp(claim->result + length, ".rate_hz") != 0)
        return NAN;
    if (isfinite(claim->lowest) && isfinite(claim->highest))
        return (claim->lowest + claim->highest) / 2;
    return isfinite(claim->highest) ? claim->highest : claim->lowest;
}

static double rate_of(const struct ecp_plan *plan, size_t population, double otherwise)
{
    for (size_t c = 0; c < plan->n_claims; c++) {
        const double rate = claimed_rate(plan->claim[c], plan->population[population]->name);
        if (isfinite(rate))
            return rate;
    }
    return otherwise;
}

/* Mean over the populations about which claims are made, by their sizes. */
static double mean_claimed_rate(const struct ecp_plan *plan)
{
    double spikes = 0, neurons = 0;
    for (size_t p = 0; p < plan->n_populations; p++) {
        const double rate = rate_of(plan, p, NAN), size = (double)plan->population[p]->size;
        if (isfinite(rate)) {
            spikes += rate * size;
            neurons += size;
        }
    }
    return neurons > 0 ? spikes / neurons : cost.rate_hz;
}

/* ---- bytes ------------------------------------------------------------- */

static double neuron_bytes(const struct ecp_neuron_model *model)
{
    double bytes = cost.accumulators + 1; /* and the byte that says who fired */
    for (const struct ecp_field *f = model->fields; f->name; f++)
        switch (f->kind) {
        case ECP_PARAM:
        case ECP_RESULT:
            break;
        case ECP_COUNTER:
            bytes += sizeof(uint16_t);
            break;
        default:
            bytes += sizeof(ecp_real);
        }
    return bytes;
}

static double synapse_bytes(const struct ecp_plan *plan, const struct ecp_plan_projection *p)
{
    const int full = p->precision == ECP_PRECISION_FULL ||
                     (p->precision == ECP_PRECISION_AUTO && sizeof(ecp_real) == sizeof(double));
    if (plan->time == ECP_TIME_EXACT)
        return cost.exact;
    return full ? cost.full : cost.compact;
}

static int is_plastic(const struct ecp_plan_projection *p)
{
    return p->plasticity || p->short_term;
}

/* What is held of a projection; *passing is the most that anything needs besides,
 * for a while: building, rewiring, writing edges. */
static void add_projection(const struct ecp_plan *plan, const struct ecp_plan_projection *p,
                           double workers, double rate, double *passing, struct ecp_forecast *to)
{
    const double n = synapses_of(plan, p);
    const int files = p->plasticity ? (int)plan->output_weights : 0; /* none, final, both */
    to->synapses += n;
    if (!is_plastic(p)) {
        to->rows_bytes += n * synapse_bytes(plan, p);
        return;
    }
    const struct ecp_plastic_need need = ecp_forecast_plastic(plan, p, n, workers, rate);
    to->rows_bytes += need.rows;
    *passing = fmax(*passing, need.passing);
    if (files > 0)
        *passing = fmax(*passing, fmin(n, cost.edges_held) * (12 + sizeof(ecp_real)));
    to->edges_bytes += files * n * ECP_EDGE_BYTES;
}

static double overlap(double start, double stop, double duration)
{
    return fmax(fmin(stop, duration) - fmax(start, 0), 0);
}

static int is_measured(const struct ecp_plan *plan, int population)
{
    for (size_t k = 0; k < plan->n_analyses; k++)
        if (plan->analysis[k]->population == population && plan->analysis[k]->analysis &&
            plan->analysis[k]->analysis->needs_spikes)
            return 1;
    return 0;
}

static void add_spikes(const struct ecp_plan *plan, int population, double n,
                       struct ecp_forecast *to)
{
    const double kept = is_measured(plan, population) ? n : fmin(n, FLUSH_ITEMS);
    to->recording_bytes += kept * cost.event;
    to->unwritten_bytes += (n - kept) * cost.event;
    to->file_bytes += n * cost.spike_file;
}

/* Values that a probe records over the run, and bytes of each in memory. */
static void add_probe(const struct ecp_plan *plan, const struct ecp_plan_probe *probe,
                      double mean_rate, struct ecp_forecast *to)
{
    const double span = overlap(probe->start, probe->stop, ecp_plan_duration(plan));
    const double frames = probe->interval > 0 ? span / probe->interval : 0;
    double n = 0;
    switch (probe->kind) {
    case ECP_PROBE_SPIKES:
        n = (double)probe->target.count * span / 1000 *
            rate_of(plan, (size_t)probe->target.population, mean_rate);
        add_spikes(plan, probe->target.population, n, to);
        return;
    case ECP_PROBE_FIELD:
        n = (double)probe->target.count * frames;
        break;
    case ECP_PROBE_RATE:
    case ECP_PROBE_STRUCTURE:
        n = frames;
        break;
    case ECP_PROBE_WEIGHTS:
        n = (double)probe->n_times * synapses_of(plan, plan->projection[probe->projection]) *
            cost.edge / cost.sample;
        break;
    }
    to->recording_bytes += n * cost.sample;
    to->file_bytes += n * cost.sample;
}

/* Every junction conducts in every step. */
static void add_gaps(const struct ecp_plan *plan, const struct ecp_plan_projection *gap,
                     double steps, double workers, struct ecp_forecast *to)
{
    const double n = synapses_of(plan, gap) / (ecp_gap_is_halved(gap) ? 2 : 1);
    const int is_gap = gap->coupling == ECP_COUPLING_GAP;
    const double ways = n * (is_gap && gap->symmetric ? 2 : 1);
    const double size = (double)plan->population[gap->target]->size;
    to->gap_junctions += is_gap ? n : 0;
    to->rows_bytes += ways * cost.junction;
    to->neurons_bytes += size * (cost.row + 2 * sizeof(ecp_real));
    to->build_s += n * cost.build_s;
    to->run_s += ways * steps * cost.junction_s / workers;
}

static double longest_delay(const struct ecp_plan_projection *p)
{
    const double spread = p->delay.kind == ECP_DRAW_CONSTANT ? 0 : 4 * fabs(p->delay.b);
    const double open = p->delay.kind == ECP_DRAW_UNIFORM ? p->delay.b : p->delay.a + spread;
    return p->delay.bounds == ECP_BOUNDS_NONE ? open : fmin(open, p->delay.highest);
}

static double shortest_delay(const struct ecp_plan *plan)
{
    double shortest = 64 * plan->dt; /* ECP_EPOCH_MAX of engine/machine.h */
    for (size_t p = 0; p < plan->n_projections; p++) {
        double lowest, highest;
        ecp_draw_range(&plan->projection[p]->delay, &lowest, &highest);
        shortest = fmin(shortest, fmax(lowest, plan->dt));
    }
    return shortest;
}

/* Distinct ones of `many` when `drawn` are drawn with repeats. */
static double distinct(double drawn, double many)
{
    return many > 0 ? -many * expm1(-drawn / many) : 0;
}

/* Sources of one rank and their tables: numbered where they are few (engine/sources.h). */
static double tables(const struct ecp_plan *plan, double synapses, double workers)
{
    const double neurons = (double)plan->n_neurons;
    int numbered = plan->time != ECP_TIME_EXACT && synapses < 0.25 * neurons;
    for (size_t p = 0; p < plan->n_projections; p++)
        numbered &= !is_plastic(plan->projection[p]);
    if (!numbered)
        return neurons * workers * cost.row;
    return distinct(synapses, neurons) * workers * cost.brief_row + neurons / 8 * 1.0625;
}

/* Synapses as pieces of rows: short rows have a header for every synapse. */
static double headers(const struct ecp_plan *plan, double synapses, double workers)
{
    const double rows = workers * distinct(synapses / workers, (double)plan->n_neurons);
    return fmax(0, rows * 4 - synapses * (cost.compact - 4));
}

/* Letters of MPI to and from so many neighbours (mpi/comm_mpi.c). */
static double heads(double neighbours)
{
    return 8 * fmin(994 * neighbours, 4194304 + 16 * neighbours);
}

/* From a forecast for one rank to that for the first of several. */
static void divide(const struct ecp_plan *plan, double workers, double ranks,
                   struct ecp_forecast *f)
{
    const double own = f->neurons / ranks, synapses = f->synapses / ranks;
    const double shared = f->neurons * workers * cost.row;
    const double targets = f->neurons > 0 ? f->synapses / f->neurons : 0;
    const double reached = distinct(targets * (ranks - 1) / ranks, ranks - 1);
    const int numbered = synapses < 0.25 * f->neurons;
    const double entry = (ranks <= SECTION ? 2 : 4) + (numbered ? 4 : 0);
    const double meetings = 1000 / shortest_delay(plan), spikes = own * f->assumed_rate_hz;
    f->words_per_s = spikes * reached;
    f->letters_per_s = meetings * (ranks - 1);
    f->exchange_bytes = own * (8 + reached * entry) + 2 * ranks * cost.letter +
                        2 * f->words_per_s / meetings * 4 + heads(ranks - 1);
    f->rows_bytes = (f->rows_bytes - shared) / ranks + tables(plan, synapses, workers) +
                    headers(plan, synapses, workers);
    f->neurons_bytes /= ranks;
    f->buffers_bytes = workers * cost.worker + (f->buffers_bytes - workers * cost.worker) / ranks +
                       f->exchange_bytes;
    f->recording_bytes += f->neurons * cost.accumulators;
    f->build_s /= ranks;
    f->run_s /= ranks;
    f->program_bytes += cost.mpi;
}

struct ecp_forecast ecp_plan_forecast(const struct ecp_plan *plan, int threads)
{
    return ecp_plan_forecast_rank(plan, threads, 1);
}

double ecp_forecast_talk(const struct ecp_forecast *forecast, double latency_s, double bandwidth)
{
    return forecast->letters_per_s * latency_s + forecast->words_per_s * 4 / bandwidth;
}

struct ecp_forecast ecp_plan_forecast_rank(const struct ecp_plan *plan, int threads, int ranks)
{
    const double workers = threads > 0 ? threads : 1;
    const double seconds = ecp_plan_duration(plan) / 1000;
    const double steps = seconds * 1000 / plan->dt;
    const double mean_rate = mean_claimed_rate(plan);
    struct ecp_forecast f = {.file_bytes = 1e5, .ranks = ranks};
    double events = 0, spikes = 0, delay = 0, passing = 0;

    for (size_t p = 0; p < plan->n_populations; p++) {
        const double size = (double)plan->population[p]->size;
        f.neurons += size;
        f.neurons_bytes += size * neuron_bytes(plan->population[p]->model);
        spikes += size * rate_of(plan, p, mean_rate);
    }
    for (size_t p = 0; p < plan->n_projections; p++) {
        const struct ecp_plan_projection *projection = plan->projection[p];
        const double before = f.synapses;
        add_projection(plan, projection, workers,
                       rate_of(plan, (size_t)projection->target, mean_rate), &passing, &f);
        events += (f.synapses - before) * rate_of(plan, (size_t)projection->source, mean_rate);
        delay = fmax(delay, longest_delay(projection));
    }
    for (size_t p = 0; p < plan->n_probes; p++)
        add_probe(plan, plan->probe[p], mean_rate, &f);
    for (size_t p = 0; p < plan->n_probes; p++)
        if (plan->probe[p]->kind == ECP_PROBE_WEIGHTS)
            passing =
                fmax(passing,
                     cost.listed * synapses_of(plan, plan->projection[plan->probe[p]->projection]));

    f.rows_bytes += f.neurons * workers * cost.row;
    f.buffers_bytes = workers * (cost.worker + spikes * delay / 1000 * cost.under_way);
    f.buffers_bytes += passing;
    f.program_bytes = cost.program + (workers - 1) * cost.thread;
    f.file_bytes += f.edges_bytes;
    f.assumed_rate_hz = f.neurons > 0 ? spikes / f.neurons : 0;
    f.build_s = f.synapses * cost.build_s / workers;
    f.run_s = (events * seconds * cost.event_s + f.neurons * steps * cost.neuron_s) / workers;
    for (size_t k = 0; k < plan->n_gaps; k++)
        add_gaps(plan, plan->gap[k], steps, workers, &f);
    if (plan->time == ECP_TIME_EXACT) {
        f.run_s = events * seconds * cost.exact_event_s / workers;
        f.buffers_bytes += events * delay / 1000 * cost.arrival;
    }
    if (ranks > 1)
        divide(plan, workers, ranks, &f);
    f.total_bytes = f.rows_bytes + f.neurons_bytes + f.buffers_bytes + f.recording_bytes;
    return f;
}
