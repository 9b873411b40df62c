/* Building a network, running its phases, taking it down. */
#include "engine/network.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/analysis.h"
#include "engine/clock.h"
#include "engine/exact.h"
#include "engine/forecast.h"
#include "engine/gap.h"
#include "engine/machine.h"
#include "engine/plastic.h"
#include "engine/results.h"
#include "engine/stimulus.h"
#include "engine/structural.h"

/* ---- populations ----------------------------------------------------- */

/* Does a measure look at the spikes of this population? */
static int is_looked_at(const struct ecp_plan *plan, int population)
{
    for (size_t k = 0; k < plan->n_analyses; k++)
        if (plan->analysis[k]->population == population && plan->analysis[k]->analysis &&
            plan->analysis[k]->analysis->needs_spikes)
            return 1;
    return 0;
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
    const struct ecp_forecast forecast = ecp_plan_forecast(network->plan, network->n_workers);
    const double available = ecp_memory_available();
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

/* Run `work` on every worker, each on a thread of its own. */
static enum ecp_status on_all(struct ecp_network *network, void (*work)(struct ecp_worker *))
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

static void set_facts(struct ecp_network *network)
{
    struct ecp_network_facts *facts = &network->facts;
    double rows = 0;
    facts->synapses = facts->gap_junctions = facts->slow_currents = 0;
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_worker *worker = &network->worker[w];
        if (worker->exact) {
            facts->synapses += worker->exact->row[network->plan->n_neurons];
            rows += (double)worker->exact->synapse_bytes;
            continue;
        }
        facts->gap_junctions += worker->n_junctions;
        facts->slow_currents += worker->n_slow;
        facts->synapses += worker->compact_rows.n_synapses + worker->wide_rows.n_synapses;
        const double tables =
            ((worker->compact_rows.start != NULL) + (worker->wide_rows.start != NULL)) * 8.0;
        rows += ecp_plastic_bytes(worker, &facts->synapses);
        rows += (double)worker->compact_rows.bytes + (double)worker->wide_rows.bytes +
                tables * (double)network->plan->n_neurons;
    }
    facts->neurons = network->plan->n_neurons;
    facts->threads = network->n_workers;
    facts->isa = network->options.isa;
    facts->bytes_per_synapse = facts->synapses ? rows / (double)facts->synapses : 0;
    facts->memory_rows_mb = rows * 1e-6;
    facts->memory_neurons_mb =
        ecp_plan_forecast(network->plan, network->n_workers).neurons_bytes * 1e-6;
}

enum ecp_status ecp_network_create(const struct ecp_plan *plan,
                                   const struct ecp_run_options *options, struct ecp_network **out)
{
    const double begin = ecp_clock_seconds();
    struct ecp_network *network = ecp_array(1, sizeof *network);
    enum ecp_status status = ECP_OK;
    if (!network)
        return ecp_fail(ECP_ENOMEM, "no memory for a network");
    network->plan = plan;
    network->options = *options;
    network->kernels = ecp_kernels_of(options->isa);
    network->n_workers = options->threads > 0 ? options->threads : omp_get_num_procs();
    network->n_populations = (int)plan->n_populations;
    network->phase = -1;
    network->results_dt = plan->time == ECP_TIME_EXACT ? ECP_EXACT_TICK : plan->dt;
    network->n_steps = (ecp_step)llround(ecp_plan_duration(plan) / plan->dt);
    network->population = ecp_array(plan->n_populations + 1, sizeof *network->population);
    network->worker = ecp_array((size_t)network->n_workers, sizeof *network->worker);
    if (!network->population || !network->worker) {
        status = ecp_fail(ECP_ENOMEM, "no memory for a network");
        goto done;
    }
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
    ECP_TRY(ecp_gaps_publish(network));
    ECP_TRY(on_all(network, build_one));
    ECP_TRY(ecp_structural_build(network));
    for (int w = 0; w < network->n_workers; w++)
        ecp_gaps_show(&network->worker[w], 0, 1);
    ECP_TRY(ecp_results_create(network));
    set_facts(network);
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
    ecp_rows_clear(&worker->compact_rows);
    ecp_rows_clear(&worker->wide_rows);
    ecp_calendar_clear(&worker->compact_calendar);
    ecp_calendar_clear(&worker->wide_calendar);
    free(worker->out[0].shot);
    free(worker->out[1].shot);
    for (int p = 0; worker->events && p < worker->network->n_populations; p++)
        free(worker->events[p].event);
    free(worker->events);
}

void ecp_network_destroy(struct ecp_network *network)
{
    if (!network)
        return;
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

const struct ecp_recording *ecp_network_recording(const struct ecp_network *network)
{
    return &network->results->recording;
}

struct ecp_network_facts ecp_network_facts(const struct ecp_network *network)
{
    struct ecp_network_facts facts = network->facts;
    facts.deliver_s = network->worker[0].deliver_s;
    facts.update_s = network->worker[0].update_s;
    facts.wait_s = network->worker[0].wait_s;
    for (int w = 0; w < network->n_workers; w++)
        facts.events += network->worker[w].exact ? network->worker[w].exact->touched
                                                 : network->worker[w].n_events;
    return facts;
}

/* ---- running --------------------------------------------------------- */

/* Wall time between two looks at the world (progress, files, signals). */
static const double SPAN_SECONDS = 0.1;
static const double PROGRESS_SECONDS = 0.5;

struct running {
    struct ecp_network *network;
    ecp_step from, to; /* of this span */
    ecp_step phase_end;
    double begin, last_report; /* wall */
    ecp_step last_step;
    double step_seconds; /* lately */
    const char *phase;
};

static void run_span(struct ecp_worker *worker)
{
    if (worker->exact)
        ecp_exact_run(worker, worker->network->now, worker->network->span_end);
    else
        ecp_worker_run(worker, worker->network->now, worker->network->span_end);
}

/* What is under way is lost, neurons begin anew. */
static void pass_span(struct ecp_worker *worker)
{
    const struct ecp_network *network = worker->network;
    for (size_t k = 0; k < ECP_CALENDAR; k++)
        worker->compact_calendar.bucket[k].n = worker->wide_calendar.bucket[k].n = 0;
    worker->out[0].n = worker->out[1].n = 0;
    ecp_stimuli_skip(worker, network->span_end);
    ecp_plastic_pass(worker, network->now, network->span_end);
    const enum ecp_status status = ecp_neurons_restart(worker);
    if (status != ECP_OK)
        ecp_worker_fail(worker, status);
    ecp_gaps_show(worker, network->span_end, 1);
}

static void forget_last_spikes(struct ecp_network *network)
{
    for (int w = 0; w < network->n_workers; w++)
        for (int p = 0; p < network->n_populations; p++) {
            struct ecp_share *share = &network->worker[w].share[p];
            for (ecp_lid j = 0; j < share->n; j++)
                share->last[j] = -1;
        }
}

static enum ecp_status enter_phase(struct running *run, int index)
{
    struct ecp_network *network = run->network;
    const struct ecp_plan_phase *phase = network->plan->phase[index];
    enum ecp_status status = ECP_OK;
    double end = 0;
    for (int k = 0; k <= index; k++)
        end += network->plan->phase[k]->duration;
    run->phase_end = (ecp_step)llround(end / network->plan->dt);
    run->phase = phase->name;
    network->phase = index;
    if (network->counting && phase->discard)
        forget_last_spikes(network);
    network->counting = !phase->discard;
    ecp_results_phase(network->results, index, network->now);
    for (int w = 0; w < network->n_workers && phase->n_changes > 0; w++)
        if (network->worker[w].exact)
            network->worker[w].exact->stale = 1;
    for (size_t k = 0; k < phase->n_changes; k++) {
        const struct ecp_plan_change *change = &phase->change[k];
        if (change->population >= 0)
            ECP_TRY(
                ecp_population_change(network, change->population, change->field, change->value));
        if (change->rule > 0)
            ecp_structural_change(network, change->rule - 1, change->field, change->value);
        for (int w = 0; change->rule > 0 && w < network->n_workers; w++)
            ECP_TRY(ecp_plastic_change(&network->worker[w], change->rule - 1, change->field,
                                       change->value, network->now));
        for (int w = 0; change->stimulus >= 0 && w < network->n_workers; w++)
            ECP_TRY(ecp_stimulus_change(&network->worker[w], change->stimulus, network->now,
                                        change->value));
    }
done:
    return status;
}

/* 1: somebody asked for a stop. */
static int report(struct running *run)
{
    const struct ecp_network *network = run->network;
    const double now = ecp_clock_seconds(), dt = network->plan->dt;
    if (!network->options.progress || now - run->last_report < PROGRESS_SECONDS)
        return 0;
    const double model_s = (double)(network->now - run->last_step) * dt * 1e-3;
    const struct ecp_progress progress = {.model_ms = (double)network->now * dt,
                                          .duration_ms = (double)network->n_steps * dt,
                                          .wall_s = now - run->begin,
                                          .rtf =
                                              model_s > 0 ? (now - run->last_report) / model_s : 0,
                                          .phase = run->phase};
    run->last_report = now;
    run->last_step = network->now;
    return network->options.progress(network->options.context, &progress);
}

static ecp_step next_rest(const struct running *run)
{
    const struct ecp_network *network = run->network;
    const ecp_step probe = ecp_results_next_rest(network->results, network->now);
    const ecp_step update = ecp_structural_next(network, network->now);
    ecp_step end = run->phase_end < probe ? run->phase_end : probe;
    end = update < end ? update : end;
    if (network->plan->phase[network->phase]->fast_forward)
        return end;
    const double steps = run->step_seconds > 0 ? SPAN_SECONDS / run->step_seconds : 50;
    const ecp_step span = steps < 1 ? 1 : steps > 1e6 ? 1000000 : (ecp_step)steps;
    return network->now + span < end ? network->now + span : end;
}

/* One span, and everything that happens while the workers rest. */
static enum ecp_status advance(struct running *run, int *stopped)
{
    struct ecp_network *network = run->network;
    enum ecp_status status;
    const double before = ecp_clock_seconds();
    const int fast = network->plan->phase[network->phase]->fast_forward;
    const ecp_step from = network->now, to = next_rest(run);
    network->span_end = to;
    ECP_TRY(ecp_results_prepare(network->results, from, to));
    status = on_all(network, fast ? pass_span : run_span);
    if (!fast)
        network->epoch += (to - from + network->epoch_steps - 1) / network->epoch_steps;
    network->now = to;
    if (!fast)
        run->step_seconds = (ecp_clock_seconds() - before) / (double)(to - from);
    if (status != ECP_OK)
        goto done;
    ECP_TRY(ecp_structural_update(network, to));
    ECP_TRY(ecp_results_structure(network->results, to));
    ECP_TRY(ecp_results_weights(network->results, to));
    *stopped = report(run);
    ECP_TRY(ecp_results_collect(network->results, to, to == network->n_steps || *stopped));
done:
    return status;
}

enum ecp_status ecp_network_run(struct ecp_network *network)
{
    struct running run = {
        .network = network, .begin = ecp_clock_seconds(), .last_report = ecp_clock_seconds()};
    enum ecp_status status = ECP_OK;
    int stopped = 0, phase = -1;
    if (network->now > 0)
        return ecp_fail(ECP_EARG, "the network has run; build it anew to run it again");
    ECP_TRY(ecp_results_structure(network->results, 0));
    ECP_TRY(ecp_results_weights(network->results, 0));
    while (network->now < network->n_steps && !stopped) {
        while (network->now >= run.phase_end && phase + 1 < (int)network->plan->n_phases)
            ECP_TRY(enter_phase(&run, ++phase));
        ECP_TRY(advance(&run, &stopped));
    }
done:
    network->facts.run_s = ecp_clock_seconds() - run.begin;
    if (network->structural) /* synapses came and went */
        set_facts(network);
    if (status != ECP_OK && network->now > 0) /* keep what there is; the first error stands */
        (void)ecp_results_collect(network->results, network->now, 1);
    if (status == ECP_OK && network->now < network->n_steps)
        status =
            ecp_fail(ECP_ESTOPPED, "stopped at %g of %g ms", network->results->recording.duration,
                     (double)network->n_steps * network->plan->dt);
    return status;
}
