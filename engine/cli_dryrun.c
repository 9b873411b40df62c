/* `ecphory run --dry-run-rank R --of N`: one rank of many on this machine. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cli.h"
#include "engine/report.h"
#include "mpi/comm.h"

/* What a job of so many ranks would look like, from one of them. */
struct outcome {
    struct ecp_network_facts facts;
    double model_s, peak_mb, own_neurons;
    double rate_hz;           /* of the own neurons */
    double bytes_per_synapse; /* all of the process */
    double run_s;             /* without what it took to imitate the others */
    double talk_s;            /* messages, by latency and bandwidth */
    double latency_s, bandwidth;
};

static double own_neurons(const struct ecp_plan *plan, int rank, int ranks)
{
    double n = 0;
    for (size_t p = 0; p < plan->n_populations; p++) {
        const double size = (double)plan->population[p]->size;
        n += floor(size * (rank + 1) / ranks) - floor(size * rank / ranks);
    }
    return n;
}

static void conclude(const struct ecp_cli *cli, const struct ecp_network *network,
                     struct outcome *o)
{
    const struct ecp_recording *r = ecp_network_recording(network);
    o->facts = ecp_network_facts(network);
    o->model_s = r->duration * 1e-3;
    o->peak_mb = ecp_cli_peak_memory_mb();
    o->rate_hz =
        o->own_neurons > 0 && o->model_s > 0 ? (double)r->spikes / o->own_neurons / o->model_s : 0;
    o->bytes_per_synapse = o->facts.synapses ? o->peak_mb * 1e6 / (double)o->facts.synapses : NAN;
    o->run_s = fmax(o->facts.run_s - o->facts.pretended_s, 0);
    o->latency_s = cli->latency_s > 0 ? cli->latency_s : ECP_CLI_LATENCY_S;
    o->bandwidth = cli->bandwidth > 0 ? cli->bandwidth : ECP_CLI_BYTES_PER_S;
    o->talk_s = (double)o->facts.letters * o->latency_s + (double)o->facts.words * 4 / o->bandwidth;
}

static void print_text(const struct ecp_cli *cli, const struct outcome *o)
{
    const struct ecp_network_facts *f = &o->facts;
    const double per_s = o->model_s > 0 ? 1 / o->model_s : 0;
    printf("rank %d of %d: %s of %s neurons, %s synapses from %s sources\n", cli->dry_run_rank,
           cli->dry_run_of, ecp_words_count(o->own_neurons).text,
           ecp_words_count((double)f->neurons).text, ecp_words_count((double)f->synapses).text,
           ecp_words_count((double)f->heard).text);
    printf("  memory    %s at the peak", ecp_words_bytes(o->peak_mb * 1e6).text);
    printf(": synapses %s, spikes to other ranks %s; %.3g bytes a synapse, all in\n",
           ecp_words_bytes(f->memory_rows_mb * 1e6).text,
           ecp_words_bytes(f->memory_exchange_mb * 1e6).text, o->bytes_per_synapse);
    printf("  build     %s\n", ecp_words_seconds(f->build_s).text);
    printf("  run       %s for %s of model time at %.3g Hz: real-time factor %.3g\n",
           ecp_words_seconds(o->run_s).text, ecp_words_seconds(o->model_s).text, o->rate_hz,
           o->run_s * per_s);
    printf("  messages  %s and %s a model second\n",
           ecp_words_count((double)f->letters * per_s).text,
           ecp_words_bytes((double)f->words * 4 * per_s).text);
    printf("            real-time factor %.3g more with %.3g us a message and %.3g GB/s\n",
           o->talk_s * per_s, o->latency_s * 1e6, o->bandwidth * 1e-9);
}

static void print_json(const struct ecp_cli *cli, const struct outcome *o)
{
    const struct ecp_network_facts *f = &o->facts;
    const double per_s = o->model_s > 0 ? 1 / o->model_s : 0;
    printf("{\"status\": \"OK\", \"dry_run_rank\": %d, \"ranks\": %d, \"threads\": %d, "
           "\"neurons\": %llu, \"own_neurons\": %.0f, \"synapses\": %llu, \"sources\": %llu, "
           "\"peak_memory_mb\": %.6g, \"memory_rows_mb\": %.6g, \"memory_exchange_mb\": %.6g, "
           "\"bytes_per_synapse\": %.6g, \"build_s\": %.6g, \"wall_s\": %.6g, "
           "\"model_time_s\": %.6g, \"rate_hz\": %.6g, \"real_time_factor\": %.6g, "
           "\"messages_per_s\": %.6g, \"message_bytes_per_s\": %.6g, "
           "\"message_real_time_factor\": %.6g, \"latency_s\": %.6g, \"bandwidth\": %.6g}\n",
           cli->dry_run_rank, cli->dry_run_of, f->threads, (unsigned long long)f->neurons,
           o->own_neurons, (unsigned long long)f->synapses, (unsigned long long)f->heard,
           o->peak_mb, f->memory_rows_mb, f->memory_exchange_mb,
           f->synapses ? o->bytes_per_synapse : 0, f->build_s, o->run_s, o->model_s, o->rate_hz,
           o->run_s * per_s, (double)f->letters * per_s, (double)f->words * 4 * per_s,
           o->talk_s * per_s, o->latency_s, o->bandwidth);
}

enum ecp_status ecp_cli_dry_run(struct ecp_cli *cli)
{
    struct ecp_plan *plan = NULL;
    struct ecp_comm *comm = NULL;
    struct ecp_network *network = NULL;
    struct ecp_cli_progress progress = ecp_cli_progress_start(cli->quiet);
    struct ecp_forecast forecast = {0};
    enum ecp_status status;
    if (cli->dry_run_of < 2 || cli->dry_run_rank >= cli->dry_run_of)
        return ecp_fail(ECP_EUSAGE, "--dry-run-rank R --of N: needs N of 2 or more, and R below N");
    if (ecp_comm_size(cli->comm) > 1)
        return ecp_fail(ECP_EUSAGE, "--dry-run-rank: a dry run is the work of one process");
    ECP_TRY(ecp_cli_plan(cli, &plan, &forecast));
    ECP_TRY(ecp_comm_pretend(cli->dry_run_rank, cli->dry_run_of, &comm));
    const struct ecp_run_options options = {.threads = cli->threads,
                                            .isa = cli->isa,
                                            .comm = comm,
                                            .pretended_hz = cli->dry_run_rate,
                                            .progress = ecp_cli_progress_show,
                                            .context = &progress};
    struct outcome outcome = {.own_neurons = own_neurons(plan, cli->dry_run_rank, cli->dry_run_of)};
    ecp_cli_catch_stops(ecp_comm_rank(cli->comm));
    ECP_TRY(ecp_network_create(plan, &options, &network));
    status = ecp_network_run(network);
    ecp_cli_progress_end(&progress);
    if (status != ECP_OK && status != ECP_ESTOPPED)
        goto done;
    conclude(cli, network, &outcome);
    if (cli->json)
        print_json(cli, &outcome);
    else if (!cli->quiet)
        print_text(cli, &outcome);
done:
    ecp_cli_progress_end(&progress);
    ecp_network_destroy(network);
    ecp_comm_stop(comm);
    ecp_plan_destroy(plan);
    return status;
}
