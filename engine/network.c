/* Building a network, running its phases, taking it down. */
#include "engine/network.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/analysis.h"
#include "engine/clock.h"
#include "engine/comparison.h"
#include "engine/exact.h"
#include "engine/exchange.h"
#include "engine/flight.h"
#include "engine/forecast.h"
#include "engine/gap.h"
#include "engine/machine.h"
#include "engine/network_memory.h"
#include "engine/plastic.h"
#include "engine/results.h"
#include "engine/stimulus.h"
#include "engine/structural.h"
#include "mpi/comm.h"

/* ---- populations ----------------------------------------------------- */

/* Does a measure look at the spikes of this population? */
static int is_looked_at(const struct ecp_plan *plan, int population)
{
    for (size_t k = 0; k < plan->n_analyses; k++)
        if (plan->analysis[k]->population == population && plan->analysis[k]->analysis &&
            plan->analysis[k]->analysis->needs_spikes)
            return 1;
    return ecp_plan_compares(plan, population);
}

static void mark_probes(struct ecp_network *network, int p)
{
    const struct ecp_plan *plan = network->plan;
    struct ecp_population *population = &network->population[p];
    for (size_t k = 0; k < plan->n_probes; k++) {
        const struct ecp_plan_probe *probe = plan->probe[k];
        if (probe->kind == ECP_PROBE_WEIGHTS || probe->target.population != p)
            continue;
        if (probe->kind == ECP_PROBE_SPIKES) {
            const int all = probe->target.count >= plan->population[p]->size && probe->start <= 0 &&
                            isinf(probe->stop);
            population->record_part = !all && (!population->record || population->record_part);
            population->record = 1;
        }
        if (probe->kind == ECP_PROBE_FIELD)
            population->probed |= UINT64_C(1) << probe->field;
    }
    population->keep = !network->options.store || is_looked_at(plan, p);
}

static enum ecp_status init_population(struct ecp_network *network, int p)
{
    struct ecp_population *population = &network->population[p];
    const struct ecp_plan_population *plan = network->plan->population[p];
    population->plan = plan;
    population->model = ecp_neuron_variant(plan->model, network->options.isa);
    const enum ecp_status status =
        ecp_neuron_scheme(population->model, plan->scheme, &population->update);
    if (status != ECP_OK)
        return status;
    population->n_fields = ecp_field_count(population->model->fields);
    for (size_t f = 0; f < population->n_fields; f++) {
        const enum ecp_field_kind kind = population->model->fields[f].kind;
        const struct ecp_draw *draw = &plan->field[f];
        if (kind == ECP_PARAM) {
            population->param[f] = draw->a;
            population->spread |= draw->kind != ECP_DRAW_CONSTANT;
        }
        if (kind == ECP_INPUT && population->n_ports < ECP_MAX_PORTS)
            population->port_field[population->n_ports++] = (int)f;
    }
    if (network->n_ports < population->n_ports)
        network->n_ports = population->n_ports;
    mark_probes(network, p);
    for (size_t f = 0; f < population->n_fields; f++)
        if (ecp_gaps_reach(network->plan, p, (int)f))
            population->reached |= UINT64_C(1) << f;
    if (!population->model->derive || population->spread)
        return ECP_OK;
    return population->model->derive(population->param, network->plan->dt, population->derived);
}

/* ---- building -------------------------------------------------------- */

static enum ecp_status check_memory(const struct ecp_network *network)
{
    struct ecp_forecast forecast =
        ecp_plan_forecast_rank(network->plan, network->n_workers, network->n_ranks);
    const double available = ecp_memory_available();
    if (network->rank > 0 || ecp_comm_is_pretended(network->comm))
        forecast.total_bytes -= forecast.recording_bytes;
    if (forecast.total_bytes <= available)
        return ECP_OK;
    return ecp_fail(ECP_ENOMEM,
                    "the network needs %.2f GB (%.2f of it for %.3g synapses); %.2f GB are free",
                    forecast.total_bytes * 1e-9, forecast.rows_bytes * 1e-9, forecast.synapses,
                    available * 1e-9);
}

static enum ecp_status build_worker(struct ecp_worker *worker)
{
    const struct ecp_network *network = worker->network;
    enum ecp_status status = ECP_OK;
    worker->share = ecp_array((size_t)network->n_populations + 1, sizeof *worker->share);
    worker->events = ecp_array((size_t)network->n_populations + 1, sizeof *worker->events);
    if (!worker->share || !worker->events)
        return ecp_fail(ECP_ENOMEM, "no memory for a worker");
    ECP_TRY(ecp_calendar_init(&worker->compact_calendar, 0));
    ECP_TRY(ecp_calendar_init(&worker->wide_calendar, 1));
    ECP_TRY(ecp_neurons_build(worker));
    ECP_TRY(ecp_stimuli_init(worker));
    for (int p = 0; p < network->n_populations; p++)
        worker->share[p].driven = ecp_stimuli_have_current(worker, p);
    ECP_TRY(ecp_gaps_build(worker));
    if (network->plan->time == ECP_TIME_EXACT)
        ECP_TRY(ecp_exact_build(worker));
    else
        ECP_TRY(ecp_rows_build(worker));
    ECP_TRY(ecp_plastic_build(worker));
done:
    return status;
}

enum ecp_status ecp_network_on_all(struct ecp_network *network, void (*work)(struct ecp_worker *))
{
    int missing = 0;
#pragma omp parallel num_threads(network->n_workers) reduction(+ : missing)
    {
        if (omp_get_num_threads() == network->n_workers)
            work(&network->worker[omp_get_thread_num()]);
        else
            missing = 1;
    }
    if (missing)
        return ecp_fail(ECP_EARG, "the system does not give %d threads", network->n_workers);
    for (int w = 0; w < network->n_workers; w++)
        if (network->worker[w].status != ECP_OK)
            return ecp_fail(network->worker[w].status, "%s", network->worker[w].message);
    return ECP_OK;
}

static void build_one(struct ecp_worker *worker)
{
    const enum ecp_status status = build_worker(worker);
    if (status != ECP_OK)
        ecp_worker_fail(worker, status);
}

static void set_epoch(struct ecp_network *network)
{
    uint32_t shortest = ECP_EPOCH_MAX, low, high;
    for (size_t k = 0; k < network->plan->n_gaps; k++) {
        ecp_connector_delays(&network->gap_connector[k], &low, &high);
        shortest = low < shortest ? low : shortest;
    }
    for (size_t k = 0; k < network->plan->n_projections; k++) {
        ecp_connector_delays(&network->connector[k], &low, &high);
        shortest = low < shortest ? low : shortest;
        const struct ecp_plan_projection *p = network->plan->projection[k];
        const double modulator = nearbyint(p->modulator_delay / network->plan->dt);
        if (p->modulator >= 0 && modulator < shortest)
            shortest = (uint32_t)modulator;
    }
    network->epoch_steps = shortest < 1 ? 1 : shortest;
}

static double worker_facts(const struct ecp_worker *worker, struct ecp_network_facts *facts)
{
    const struct ecp_network *network = worker->network;
    if (worker->exact) {
        facts->synapses += worker->exact->row[network->plan->n_neurons];
        return (double)worker->exact->synapse_bytes;
    }
    facts->gap_junctions += worker->n_junctions;
    facts->slow_currents += worker->n_slow;
    facts->synapses += worker->compact_rows.n_synapses + worker->wide_rows.n_synapses;
    return ecp_plastic_bytes(worker, &facts->synapses) + ecp_rows_bytes(&worker->compact_rows) +
           ecp_rows_bytes(&worker->wide_rows);
}

/* Of all ranks, told by all. */
void ecp_network_set_facts(struct ecp_network *network)
{
    struct ecp_network_facts *facts = &network->facts;
    double rows = 0;
    facts->synapses = facts->gap_junctions = facts->slow_currents = 0;
    for (int w = 0; w < network->n_workers; w++)
        rows += worker_facts(&network->worker[w], facts);
    uint64_t sums[4] = {facts->synapses, facts->gap_junctions, facts->slow_currents,
                        (uint64_t)rows};
    ecp_comm_sum(network->comm, sums, 4);
    facts->synapses = sums[0];
    facts->gap_junctions = sums[1];
    facts->slow_currents = sums[2];
    rows = (double)sums[3];
    facts->neurons = network->plan->n_neurons;
    facts->threads = network->n_workers;
    facts->ranks = network->n_ranks;
    facts->isa = network->options.isa;
    facts->bytes_per_synapse = facts->synapses ? rows / (double)facts->synapses : 0;
    facts->memory_rows_mb = rows * 1e-6;
    facts->memory_neurons_mb =
        ecp_plan_forecast_rank(network->plan, network->n_workers, network->n_ranks).neurons_bytes *
        1e-6;
}

/* What this rank does alone: first what takes no time, so that a rank that cannot go on
 * (memory) does not let the others build for minutes. */
static enum ecp_status prepare(struct ecp_network *network)
{
    const struct ecp_plan *plan = network->plan;
    enum ecp_status status = ECP_OK;
    network->population = ecp_array(plan->n_populations + 1, sizeof *network->population);
    network->worker = ecp_array((size_t)network->n_workers, sizeof *network->worker);
    if (!network->population || !network->worker)
        return ecp_fail(ECP_ENOMEM, "no memory for a network");
    for (int w = 0; w < network->n_workers; w++) {
        network->worker[w].network = network;
        network->worker[w].id = w;
    }
    ECP_TRY(check_memory(network));
    for (int p = 0; p < network->n_populations; p++)
        ECP_TRY(init_population(network, p));
    ECP_TRY(ecp_projections_prepare(network));
    ECP_TRY(ecp_gaps_connect(network));
    set_epoch(network);
    network->longest_way = ecp_flight_longest(network);
    for (size_t k = 0; k < plan->n_projections; k++)
        network->longest_way_ms =
            fmax(network->longest_way_ms, ecp_connector_longest_ms(&network->connector[k]));
    ECP_TRY(ecp_gaps_publish(network));
done:
    return status;
}

static enum ecp_status build(struct ecp_network *network)
{
    enum ecp_status status;
    ECP_TRY(ecp_sources_build(network));
    ECP_TRY(ecp_network_on_all(network, build_one));
    for (int w = 0; w < network->n_workers; w++)
        ecp_gaps_show(&network->worker[w], 0, 1);
    ECP_TRY(ecp_results_create(network));
done:
    return status;
}

enum ecp_status ecp_network_create(const struct ecp_plan *plan,
                                   const struct ecp_run_options *options, struct ecp_network **out)
{
    const double begin = ecp_clock_seconds();
    struct ecp_network *network = ecp_array(1, sizeof *network);
    enum ecp_status status = network ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for a network");
    status = ecp_comm_agree(options->comm, status);
    if (status != ECP_OK) {
        free(network);
        return status;
    }
    network->plan = plan;
    network->options = *options;
    network->comm = options->comm;
    network->rank = ecp_comm_rank(options->comm);
    network->n_ranks = ecp_comm_size(options->comm);
    network->kernels = ecp_kernels_of(options->isa);
    network->n_workers = options->threads > 0 ? options->threads : omp_get_num_procs();
    network->n_populations = (int)plan->n_populations;
    network->phase = -1;
    network->results_dt = plan->time == ECP_TIME_EXACT ? ECP_EXACT_TICK : plan->dt;
    network->n_steps = (ecp_step)llround(ecp_plan_duration(plan) / plan->dt);
    ECP_TRY(ecp_comm_agree(network->comm, prepare(network)));
    ECP_TRY(ecp_comm_agree(network->comm, build(network)));
    ECP_TRY(ecp_structural_build(network));
    ecp_projections_forget(network);
    ECP_TRY(ecp_exchange_build(network));
    ECP_TRY(ecp_comm_agree(network->comm, ecp_network_memories_build(network)));
    ECP_TRY(ecp_results_first_weights(network->results));
    ecp_network_set_facts(network);
    network->facts.build_s = ecp_clock_seconds() - begin;
    *out = network;
done:
    if (status != ECP_OK)
        ecp_network_destroy(network);
    return status;
}

static void clear_worker(struct ecp_worker *worker)
{
    ecp_exact_clear(worker);
    ecp_plastic_clear(worker);
    ecp_gaps_clear_worker(worker);
    ecp_stimuli_clear(worker);
    if (worker->share)
        ecp_neurons_clear(worker);
    ecp_sources_clear(&worker->sources);
    ecp_rows_clear(&worker->compact_rows);
    ecp_rows_clear(&worker->wide_rows);
    ecp_calendar_clear(&worker->compact_calendar);
    ecp_calendar_clear(&worker->wide_calendar);
    free(worker->out[0].shot);
    free(worker->out[1].shot);
    free(worker->recent.shot);
    for (int p = 0; worker->events && p < worker->network->n_populations; p++)
        free(worker->events[p].event);
    free(worker->events);
}

void ecp_network_destroy(struct ecp_network *network)
{
    if (!network)
        return;
    ecp_exchange_clear(network);
    ecp_network_memories_clear(network);
    for (int w = 0; network->worker && w < network->n_workers; w++)
        clear_worker(&network->worker[w]);
    for (size_t k = 0; network->connector && k < network->plan->n_projections; k++)
        ecp_connector_clear(&network->connector[k]);
    ecp_gaps_clear(network);
    ecp_structural_clear(network);
    ecp_results_destroy(network->results);
    free(network->connector);
    free(network->wide);
    free(network->population);
    free(network->worker);
    free(network);
}

enum ecp_status ecp_network_finish_store(struct ecp_network *network)
{
    return ecp_results_finish(network->results);
}

const struct ecp_recording *ecp_network_recording(const struct ecp_network *network)
{
    return &network->results->recording;
}

static uint64_t own_events(const struct ecp_network *network)
{
    uint64_t events = 0;
    for (int w = 0; w < network->n_workers; w++)
        events += network->worker[w].exact ? network->worker[w].exact->touched
                                           : network->worker[w].n_events;
    return events;
}

/* Those of other ranks, for the facts. */
void ecp_network_count_events(struct ecp_network *network)
{
    uint64_t events = own_events(network);
    ecp_comm_sum(network->comm, &events, 1);
    network->facts.events = events - own_events(network);
}

struct ecp_network_facts ecp_network_facts(const struct ecp_network *network)
{
    struct ecp_network_facts facts = network->facts;
    facts.deliver_s = network->worker[0].deliver_s;
    facts.update_s = network->worker[0].update_s;
    facts.wait_s = network->worker[0].wait_s;
    facts.events += own_events(network);
    facts.heard = network->plan->n_neurons;
    facts.epochs = network->epoch;
    ecp_exchange_facts(network, &facts);
    return facts;
}
