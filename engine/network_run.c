/* Running a network: phases, spans, and what happens while the workers rest. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/checkpoint.h"
#include "engine/clock.h"
#include "engine/exact.h"
#include "engine/exchange.h"
#include "engine/finite.h"
#include "engine/flight.h"
#include "engine/gap.h"
#include "engine/network.h"
#include "engine/network_memory.h"
#include "engine/plastic.h"
#include "engine/results.h"
#include "engine/stimulus.h"
#include "engine/structural.h"
#include "mpi/comm.h"

/* Wall time between two looks at the world (progress, files, signals). */
static const double SPAN_SECONDS = 0.1;
static const double PROGRESS_SECONDS = 0.5;

struct running {
    struct ecp_network *network;
    ecp_step from;             /* where this run began */
    double begin, last_report; /* wall */
    ecp_step last_step;
    double step_seconds;                  /* lately */
    double last_checkpoint, checkpoint_s; /* wall: when, and how long it took */
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
    ecp_accumulators_empty(worker);
    worker->out[0].n = worker->out[1].n = worker->recent.n = 0;
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

static int is_of_structure(const struct ecp_plan *plan, const struct ecp_plan_change *change)
{
    return ecp_rule_of_change(plan->projection[change->rule - 1], change)->structure != NULL;
}

enum ecp_status ecp_network_apply(struct ecp_network *network, int index, ecp_step now)
{
    const struct ecp_plan_phase *phase = network->plan->phase[index];
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < phase->n_changes; k++) {
        const struct ecp_plan_change *change = &phase->change[k];
        if (change->population >= 0)
            ECP_TRY(
                ecp_population_change(network, change->population, change->field, change->value));
        const int of_rule = change->rule > 0 && !is_of_structure(network->plan, change);
        if (change->rule > 0 && !of_rule)
            ecp_structural_change(network, change->rule - 1, change->field, change->value);
        for (int w = 0; of_rule && w < network->n_workers; w++)
            ECP_TRY(ecp_plastic_change(&network->worker[w], change->rule - 1, change->field,
                                       change->value, now));
        for (int w = 0; change->stimulus >= 0 && w < network->n_workers; w++)
            ECP_TRY(ecp_stimulus_change(&network->worker[w], change->stimulus, now, change->value));
    }
done:
    return status;
}

static void look_at_phase(struct running *run, int index)
{
    const struct ecp_plan *plan = run->network->plan;
    double end = 0;
    for (int k = 0; k <= index; k++)
        end += plan->phase[k]->duration;
    run->network->phase_end = (ecp_step)llround(end / plan->dt);
    run->phase = plan->phase[index]->name;
}

static enum ecp_status enter_phase(struct running *run, int index)
{
    struct ecp_network *network = run->network;
    const struct ecp_plan_phase *phase = network->plan->phase[index];
    look_at_phase(run, index);
    network->phase = index;
    if (network->counting && phase->discard)
        forget_last_spikes(network);
    network->counting = !phase->discard;
    ecp_results_phase(network->results, index, network->now);
    for (int w = 0; w < network->n_workers && phase->n_changes > 0; w++)
        if (network->worker[w].exact)
            network->worker[w].exact->stale = 1;
    return ecp_network_apply(network, index, network->now);
}

/* ---- stops and checkpoints ------------------------------------------------- */

/* Somebody left a file that says so; it is taken away. */
static int finds_stop_file(const struct ecp_network *network)
{
    char path[4096];
    const char *dir = network->options.checkpoint.dir;
    if (!dir || snprintf(path, sizeof path, "%s/stop", dir) >= (int)sizeof path)
        return 0;
    return access(path, F_OK) == 0 && unlink(path) == 0;
}

/* The time allowed is nearly over: what remains is needed for a checkpoint. */
static int is_out_of_time(const struct running *run)
{
    const double most = run->network->options.checkpoint.max_wall_s;
    const double since = ecp_clock_seconds() - run->network->options.checkpoint.began;
    return most > 0 && since + 2 * run->checkpoint_s + SPAN_SECONDS >= most;
}

/* 1: somebody asked for a stop. */
static int report(struct running *run)
{
    const struct ecp_network *network = run->network;
    const double now = ecp_clock_seconds(), dt = network->plan->dt;
    if (is_out_of_time(run))
        return 1;
    if (now - run->last_report < PROGRESS_SECONDS)
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
    if (finds_stop_file(network))
        return 1;
    return network->options.progress &&
           network->options.progress(network->options.context, &progress);
}

static ecp_step checkpoint_steps(const struct ecp_network *network)
{
    const double every = network->options.checkpoint.every_ms / network->plan->dt;
    return every >= 1 ? (ecp_step)llround(every) : 0;
}

/* Rank 0 looks at its clock. */
static int wants_checkpoint(const struct running *run, int stopped)
{
    const struct ecp_network *network = run->network;
    const ecp_step every = checkpoint_steps(network);
    const double wall = network->options.checkpoint.wall_s;
    int wanted = stopped || (every > 0 && network->now % every == 0) ||
                 (wall > 0 && ecp_clock_seconds() - run->last_checkpoint >= wall);
    wanted &= network->options.checkpoint.dir != NULL && network->now < network->n_steps;
    ecp_comm_tell(network->comm, &wanted, sizeof wanted);
    return wanted;
}

static enum ecp_status write_checkpoint(struct running *run)
{
    const double before = ecp_clock_seconds();
    const enum ecp_status status =
        ecp_checkpoint_write(run->network, run->network->options.checkpoint.dir);
    run->last_checkpoint = ecp_clock_seconds();
    run->checkpoint_s = run->last_checkpoint - before;
    return status;
}

static void trim_flight(struct ecp_network *network)
{
    for (int w = 0; w < network->n_workers; w++) {
        ecp_flight_trim(&network->worker[w], network->now);
        if (network->worker[w].exact)
            ecp_exact_trim(&network->worker[w], (double)network->now * network->plan->dt);
    }
}

/* ---- spans ------------------------------------------------------------------ */

static ecp_step next_rest(const struct running *run)
{
    const struct ecp_network *network = run->network;
    const ecp_step probe = ecp_results_next_rest(network->results, network->now);
    const ecp_step update = ecp_structural_next(network, network->now);
    const ecp_step every = checkpoint_steps(network);
    ecp_step end = network->phase_end < probe ? network->phase_end : probe;
    end = update < end ? update : end;
    const ecp_step memory = ecp_network_memories_next(network, network->now);
    end = memory < end ? memory : end;
    if (network->plan->phase[network->phase]->fast_forward)
        return end;
    if (every > 0 && (network->now / every + 1) * every < end)
        end = (network->now / every + 1) * every;
    const double steps = run->step_seconds > 0 ? SPAN_SECONDS / run->step_seconds : 50;
    const ecp_step span = steps < 1 ? 1 : steps > 1e6 ? 1000000 : (ecp_step)steps;
    /* Whole epochs: another end would be one meeting more. */
    const ecp_step whole = span - span % network->epoch_steps;
    const ecp_step most = whole > 0 ? whole : network->epoch_steps;
    return network->now + most < end ? network->now + most : end;
}

/* How often ranks have met by the end of a span that goes on to `to`. */
static int64_t meetings_until(const struct ecp_network *network, ecp_step to)
{
    const ecp_step n = network->epoch_steps;
    if (network->plan->time == ECP_TIME_EXACT)
        return ecp_exact_window_at(network, (double)to * network->plan->dt) + 1;
    return network->epoch + (to - network->now + n - 1) / n;
}

/* From network->now to span_end. */
static enum ecp_status run_workers(struct running *run, int fast)
{
    struct ecp_network *network = run->network;
    const double before = ecp_clock_seconds();
    const ecp_step from = network->now, to = network->span_end, n = network->epoch_steps;
    enum ecp_status status;
    ECP_TRY(ecp_comm_agree(network->comm, ecp_results_prepare(network->results, from, to)));
    status = ecp_network_on_all(network, fast ? pass_span : run_span);
    if (!fast)
        ecp_exchange_drain(network, meetings_until(network, to));
    status = ecp_comm_agree(network->comm, status);
    network->now = to;
    network->pending_from = fast ? to : from + (to - from - 1) / n * n;
    if (fast) {
        ecp_exchange_fields(network, to);
        goto done;
    }
    network->epoch += (to - from + n - 1) / n;
    run->step_seconds = (ecp_clock_seconds() - before) / (double)(to - from);
done:
    return status;
}

/* What was wired, and what probes want to see of it. */
static enum ecp_status look_at_network(struct ecp_network *network)
{
    enum ecp_status status = ecp_results_structure(network->results, network->now);
    ECP_TRY(ecp_comm_agree(network->comm, status));
    ECP_TRY(ecp_results_weights(network->results, network->now));
done:
    return status;
}

/* One span, and everything that happens while the workers rest. */
static enum ecp_status advance(struct running *run, int *stopped)
{
    struct ecp_network *network = run->network;
    const int fast = network->plan->phase[network->phase]->fast_forward;
    enum ecp_status status;
    network->span_end = next_rest(run);
    /* Its length goes by rank 0's clock. */
    ecp_comm_tell(network->comm, &network->span_end, sizeof network->span_end);
    ECP_TRY(run_workers(run, fast));
    ECP_TRY(ecp_finite_agree(network));
    ECP_TRY(ecp_structural_update(network, network->now));
    ECP_TRY(look_at_network(network));
    ECP_TRY(ecp_network_memories_look(network));
    trim_flight(network);
    int64_t stop = report(run);
    ecp_comm_most(network->comm, &stop, 1);
    *stopped = (int)stop;
    const int saving = wants_checkpoint(run, *stopped);
    const int all = network->now == network->n_steps || *stopped || saving;
    status = ecp_results_collect(network->results, network->now, all);
    ECP_TRY(ecp_comm_agree(network->comm, status));
    if (saving)
        status = write_checkpoint(run);
done:
    return status;
}

/* From the beginning, or from a checkpoint. */
static enum ecp_status start(struct running *run)
{
    struct ecp_network *network = run->network;
    const struct ecp_checkpoint_options *options = &network->options.checkpoint;
    enum ecp_status status = ECP_OK;
    if (network->now > 0)
        return ecp_fail(ECP_EARG, "the network has run; build it anew to run it again");
    if (options->resume) {
        ECP_TRY(ecp_checkpoint_read(network, options->dir, options->resume > 1));
        look_at_phase(run, network->phase);
        run->last_step = run->from = network->now;
        goto done;
    }
    ECP_TRY(look_at_network(network));
done:
    return ecp_comm_agree(network->comm, status);
}

static enum ecp_status finish(struct running *run, enum ecp_status status)
{
    struct ecp_network *network = run->network;
    network->facts.run_s = ecp_clock_seconds() - run->begin;
    network->facts.ran_ms = (double)(network->now - run->from) * network->plan->dt;
    if (network->structural) /* synapses came and went */
        ecp_network_set_facts(network);
    ecp_network_count_events(network);
    if (status == ECP_OK)
        status = ecp_results_last_weights(network->results);
    if (status != ECP_OK && network->now > 0) /* keep what there is; the first error stands */
        (void)ecp_results_collect(network->results, network->now, 1);
    if (status == ECP_OK && network->now < network->n_steps)
        status =
            ecp_fail(ECP_ESTOPPED, "stopped at %g of %g ms%s", network->results->recording.duration,
                     (double)network->n_steps * network->plan->dt,
                     network->options.checkpoint.dir ? "; --resume goes on from there" : "");
    return status;
}

enum ecp_status ecp_network_run(struct ecp_network *network)
{
    const double now = ecp_clock_seconds();
    struct running run = {
        .network = network, .begin = now, .last_report = now, .last_checkpoint = now};
    enum ecp_status status = start(&run);
    int stopped = 0;
    if (status != ECP_OK)
        return status;
    if (network->now == 0)
        ECP_TRY(ecp_network_memories_look(network));
    while (network->now < network->n_steps && !stopped) {
        while (network->now >= network->phase_end &&
               network->phase + 1 < (int)network->plan->n_phases) {
            status = enter_phase(&run, network->phase + 1);
            ECP_TRY(ecp_comm_agree(network->comm, status));
        }
        ECP_TRY(advance(&run, &stopped));
    }
done:
    return finish(&run, status);
}
