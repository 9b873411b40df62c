/* What a run will need: bytes by what they are for, and the whole. */
#include "engine/forecast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/comparison.h"
#include "engine/draw.h"
#include "engine/forecast_private.h"
#include "engine/results.h"
#include "engine/store.h"

/* Bytes follow from the layouts in engine/rows.h and engine/recording.h, or are
 * measured (bench/README.md, "Ranks"). */
static const struct {
    double accumulators;        /* a neuron: counts, intervals, last spike */
    double network;             /* whatever its size */
    double worker;              /* buffers that do not scale */
    double mpi;                 /* of MPI itself */
    double event, sample, edge; /* recorded: spike, value, weight */
    double growing;             /* of a list of spikes while it is moved to a larger one */
    double packed;              /* times that of spikes on their way to rank 0 */
    double counts;              /* a neuron, on rank 0 of several */
    double spike_file;          /* a spike in SONATA's columns */
    double listed;              /* a synapse while a weights probe sorts them */
    double edges_held;          /* synapses in memory while edges are written */
    double program, files;      /* of the program; of its library for files */
    double thread;              /* of a thread */
    double junction, shown;     /* each way of a gap junction; a neuron that has some */
    double law;                 /* the table of a law of weights or delays (engine/draw.h) */
} cost = {.accumulators = 40,
          .network = 0.9e6,
          .worker = 250e3,
          .mpi = 13.4e6,
          .event = 16,
          .growing = 6e6,
          .packed = 2.3,
          .counts = 24,
          .sample = 4,
          .edge = 16,
          .spike_file = 16,
          .listed = 40,
          .edges_held = 1 << 22,
          .program = 16.8e6,
          .files = 5.9e6,
          .thread = 0.3e6,
          .junction = 12,
          .shown = 8 + 2 * sizeof(ecp_real),
          .law = (ECP_LAW_BINS + 1) * sizeof(double)};

/* Spikes that no measure needs leave the memory once they are on disk, at the
 * latest when there are so many. */
static const double FLUSH_ITEMS = 4e6;

/* Work between two points of agreement that pays for a thread: as long as a worker looks in
 * vain before it sleeps (engine/wait.c). With less, on a busy machine, threads use up more
 * time by looking than by work (bench/README.md, "Waiting"). */
static const double WORTH_S = 100e-6;

/* What is needed for a while, besides what is held. */
struct passing {
    double building, running;
    double held; /* recorded, and not handed over yet */
};

/* ---- neurons and synapses ---------------------------------------------- */

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

/* What one rank holds of a plastic projection; what is needed for a while. */
static void add_plastic(const struct ecp_foresight *f, size_t k, struct passing *passing,
                        struct ecp_forecast *to)
{
    const struct ecp_plan *plan = f->plan;
    const struct ecp_plan_projection *p = plan->projection[k];
    const double n = f->synapses[k];
    const int files = p->plasticity ? (int)plan->output_weights : 0; /* none, final, both */
    const struct ecp_plastic_need need =
        ecp_forecast_plastic(plan, p, n, f->workers, f->rate_hz[p->target]);
    to->rows_bytes += need.rows / f->ranks;
    to->buffers_bytes += need.slack / f->ranks;
    passing->building = fmax(passing->building, need.building / f->ranks);
    passing->running = fmax(passing->running, need.rewiring / f->ranks);
    if (files > 0)
        passing->running =
            fmax(passing->running, fmin(n, cost.edges_held) * (12 + sizeof(ecp_real)));
    to->edges_bytes += files * n * ECP_EDGE_BYTES;
    to->growth_bytes = fmax(to->growth_bytes, ecp_forecast_growth(p));
}

double ecp_forecast_junctions(const struct ecp_plan *plan, size_t k)
{
    const struct ecp_plan_projection *gap = plan->gap[k];
    const double n = ecp_forecast_synapses(plan, gap) / (ecp_gap_is_halved(gap) ? 2 : 1);
    return n * (gap->coupling == ECP_COUPLING_GAP && gap->symmetric ? 2 : 1);
}

static void add_gap(const struct ecp_foresight *f, size_t k, struct ecp_forecast *to)
{
    const struct ecp_plan_projection *gap = f->plan->gap[k];
    const double ways = ecp_forecast_junctions(f->plan, k);
    if (gap->coupling == ECP_COUPLING_GAP)
        to->gap_junctions += ways / (gap->symmetric ? 2 : 1);
    to->rows_bytes += ways * cost.junction / f->ranks;
    to->neurons_bytes += (double)f->plan->population[gap->target]->size * cost.shown / f->ranks;
}

/* ---- recording ----------------------------------------------------------- */

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
    return ecp_plan_compares(plan, population);
}

/* Each rank holds its own until they are handed over, packed where there are others. */
static void add_spikes(const struct ecp_foresight *f, int population, double n,
                       struct passing *passing, struct ecp_forecast *to)
{
    const double some = fmin(n, FLUSH_ITEMS), kept = is_measured(f->plan, population) ? n : some;
    passing->held += some / f->ranks * cost.event * (f->ranks > 1 ? cost.packed : 1);
    to->recording_bytes += kept * cost.event;
    to->unwritten_bytes += (n - kept) * cost.event;
    to->file_bytes += n * cost.spike_file;
}

/* Values that a probe records over the run, and bytes of each in memory. */
static void add_probe(const struct ecp_foresight *f, const struct ecp_plan_probe *probe,
                      struct passing *passing, struct ecp_forecast *to)
{
    const double span = overlap(probe->start, probe->stop, ecp_plan_duration(f->plan));
    const double frames = probe->interval > 0 ? span / probe->interval : 0;
    double n = 0;
    switch (probe->kind) {
    case ECP_PROBE_SPIKES:
        n = (double)probe->target.count * span / 1000 * f->rate_hz[probe->target.population];
        add_spikes(f, probe->target.population, n, passing, to);
        return;
    case ECP_PROBE_FIELD:
        n = (double)probe->target.count * frames;
        break;
    case ECP_PROBE_RATE:
    case ECP_PROBE_STRUCTURE:
        n = frames;
        break;
    case ECP_PROBE_WEIGHTS:
        n = (double)probe->n_times * f->synapses[probe->projection] * cost.edge / cost.sample;
        passing->running = fmax(passing->running, cost.listed * f->synapses[probe->projection]);
        break;
    }
    to->recording_bytes += n * cost.sample;
    to->file_bytes += n * cost.sample;
}

/* ---- between ranks --------------------------------------------------------- */

double ecp_forecast_epoch_ms(const struct ecp_plan *plan)
{
    double shortest = 64 * plan->dt; /* ECP_EPOCH_MAX of engine/machine.h */
    for (size_t k = 0; k < plan->n_projections + plan->n_gaps; k++) {
        const struct ecp_plan_projection *p =
            k < plan->n_projections ? plan->projection[k] : plan->gap[k - plan->n_projections];
        double lowest, highest;
        ecp_draw_range(&p->delay, &lowest, &highest);
        shortest = fmin(shortest, fmax(nearbyint(lowest / plan->dt), 1) * plan->dt);
    }
    return shortest;
}

double ecp_forecast_talk(const struct ecp_forecast *forecast, double latency_s, double bandwidth)
{
    return forecast->letters_per_s * latency_s + forecast->words_per_s * 4 / bandwidth;
}

/* ---- all -------------------------------------------------------------------- */

static void add_populations(const struct ecp_foresight *f, struct ecp_forecast *to)
{
    double spikes = 0;
    for (size_t p = 0; p < f->plan->n_populations; p++) {
        const double size = (double)f->plan->population[p]->size;
        to->neurons += size;
        to->neurons_bytes += size * neuron_bytes(f->plan->population[p]->model) / f->ranks;
        spikes += size * f->rate_hz[p];
    }
    to->assumed_rate_hz = to->neurons > 0 ? spikes / to->neurons : 0;
}

static void add_all(const struct ecp_foresight *f, struct ecp_forecast *to)
{
    const struct ecp_plan *plan = f->plan;
    struct passing passing = {0};
    add_populations(f, to);
    for (size_t k = 0; k < plan->n_projections; k++) {
        const struct ecp_plan_projection *p = plan->projection[k];
        to->synapses += f->synapses[k];
        to->buffers_bytes += p->weight.kind != ECP_DRAW_CONSTANT ? cost.law : 0;
        to->buffers_bytes += p->delay.kind != ECP_DRAW_CONSTANT ? cost.law : 0;
        if (ecp_forecast_is_plastic(p))
            add_plastic(f, k, &passing, to);
    }
    for (size_t k = 0; k < plan->n_gaps; k++)
        add_gap(f, k, to);
    const struct ecp_row_need rows = ecp_forecast_rows(f);
    to->rows_bytes += rows.bytes * f->threads;
    to->buffers_bytes += rows.slack * f->threads;
    passing.building = fmax(passing.building, rows.passing * f->threads);
    for (size_t p = 0; p < plan->n_probes; p++)
        add_probe(f, plan->probe[p], &passing, to);
    to->buffers_bytes += cost.network + f->threads * cost.worker;
    to->program_bytes = cost.program + cost.files + (f->threads - 1) * cost.thread;
    const struct ecp_letter_need letters = ecp_forecast_letters(f, &rows);
    to->exchange_bytes = letters.bytes;
    to->buffers_bytes += letters.bytes;
    to->letters_per_s = letters.letters;
    to->words_per_s = letters.words;
    if (f->ranks > 1) {
        if (to->neurons <= ECP_FEW_NEURONS)
            to->recording_bytes += to->neurons * cost.counts;
        to->program_bytes += cost.mpi;
    }
    passing.running += rows.under_way * f->threads + passing.held;
    const double held = to->rows_bytes + to->neurons_bytes + to->buffers_bytes;
    to->others_bytes = held + fmax(passing.running, passing.building);
    /* Nothing is recorded while it is built, and then that memory is free again. */
    passing.running += fmin(to->recording_bytes, cost.growing);
    to->buffers_bytes += fmax(passing.running, passing.building - to->recording_bytes);
    to->file_bytes += to->edges_bytes;
    to->build_s = ecp_forecast_build_s(f, &rows);
    to->run_s = ecp_forecast_run_s(f, &rows, &letters);
    to->total_bytes = to->rows_bytes + to->neurons_bytes + to->buffers_bytes + to->recording_bytes;
}

struct ecp_forecast ecp_plan_forecast_job(const struct ecp_plan *plan,
                                          const struct ecp_forecast_job *job)
{
    struct ecp_forecast made = {.file_bytes = 1e5, .ranks = job->ranks};
    struct ecp_foresight f = {.plan = plan,
                              .threads = job->threads > 0 ? job->threads : 1,
                              .ranks = job->ranks > 0 ? job->ranks : 1,
                              .seconds = ecp_plan_duration(plan) / 1000,
                              .steps = ecp_plan_duration(plan) / plan->dt,
                              .rate_hz = malloc((plan->n_populations + 1) * sizeof(double)),
                              .synapses = malloc((plan->n_projections + 1) * sizeof(double))};
    f.workers = f.threads * f.ranks;
    if (f.rate_hz && f.synapses) {
        ecp_forecast_rates(plan, job->rate_hz, f.rate_hz);
        for (size_t k = 0; k < plan->n_projections; k++)
            f.synapses[k] = ecp_forecast_synapses(plan, plan->projection[k]);
        add_all(&f, &made);
    }
    free(f.rate_hz);
    free(f.synapses);
    return made;
}

struct ecp_forecast ecp_plan_forecast_rank(const struct ecp_plan *plan, int threads, int ranks)
{
    const struct ecp_forecast_job job = {threads, ranks, 0};
    return ecp_plan_forecast_job(plan, &job);
}

struct ecp_forecast ecp_plan_forecast(const struct ecp_plan *plan, int threads)
{
    return ecp_plan_forecast_rank(plan, threads, 1);
}

int ecp_plan_threads_worth(const struct ecp_plan *plan, int most)
{
    const double epochs = ecp_plan_duration(plan) / ecp_forecast_epoch_ms(plan);
    const double epoch_s = ecp_plan_forecast(plan, 1).run_s / fmax(epochs, 1);
    const double worth = floor(epoch_s / WORTH_S);
    return worth < 1 ? 1 : worth < most ? (int)worth : most;
}
