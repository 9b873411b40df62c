/* `ecphory check`: what would run, and what it would need. */
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/cli.h"
#include "engine/config.h"
#include "engine/plan_memory.h"
#include "engine/report.h"
#include "engine/scenario.h"
#include "engine/score.h"
#include "mpi/comm.h"

int ecp_cli_threads(const struct ecp_cli *cli)
{
    cpu_set_t cpus;
    if (cli->threads > 0)
        return cli->threads;
    if (sched_getaffinity(0, sizeof cpus, &cpus) == 0)
        return CPU_COUNT(&cpus);
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

char *ecp_cli_default_dir(const struct ecp_plan *plan)
{
    static const char root[] = "results/";
    const char *name = plan->name && plan->name[0] ? plan->name : "run";
    const size_t size = sizeof root + strlen(name);
    char *dir = malloc(size);
    if (!dir)
        return NULL;
    (void)snprintf(dir, size, "%s%s", root, name);
    for (char *c = dir + sizeof root - 1; *c; c++)
        if (*c == '/')
            *c = '_';
    if (dir[sizeof root - 1] == '.')
        dir[sizeof root - 1] = '_';
    return dir;
}

enum ecp_status ecp_cli_plan(const struct ecp_cli *cli, struct ecp_plan **plan,
                             struct ecp_forecast *forecast)
{
    const struct ecp_config_extra extra = {cli->override, cli->n_overrides, cli->plugins};
    enum ecp_status status;
    ECP_TRY(ecp_config_read_with(cli->argument[0], &extra, plan));
    ECP_TRY(ecp_score_check(*plan));
    const int ranks = cli->ranks > 0        ? cli->ranks
                      : cli->dry_run_of > 0 ? cli->dry_run_of
                                            : ecp_comm_size(cli->comm);
    const struct ecp_forecast_job job = {ecp_cli_threads(cli), ranks, cli->dry_run_rate};
    *forecast = ecp_plan_forecast_job(*plan, &job);
    if (cli->dry_run_of > 0) /* one of those that record nothing */
        forecast->total_bytes = forecast->others_bytes;
    else if (cli->no_files) {
        forecast->recording_bytes += forecast->unwritten_bytes;
        forecast->total_bytes += forecast->unwritten_bytes;
    }
    const double available = ecp_memory_available();
    if (forecast->total_bytes > available && cli->ranks == 0)
        status = ecp_fail(
            ECP_ENOMEM,
            "the network needs about %s of memory (synapses %s, neurons %s, "
            "recording %s) and %s are available; fewer synapses, or a larger machine",
            ecp_words_bytes(forecast->total_bytes).text, ecp_words_bytes(forecast->rows_bytes).text,
            ecp_words_bytes(forecast->neurons_bytes + forecast->buffers_bytes).text,
            ecp_words_bytes(forecast->recording_bytes).text, ecp_words_bytes(available).text);
done:
    return status;
}

static void print_populations(const struct ecp_plan *plan, const char *dim, const char *plain)
{
    int width = (int)strlen("population");
    for (size_t p = 0; p < plan->n_populations; p++)
        if ((int)strlen(plan->population[p]->name) > width)
            width = (int)strlen(plan->population[p]->name);
    printf("\n  %s%-*s  %12s  model%s\n", dim, width, "population", "size", plain);
    for (size_t p = 0; p < plan->n_populations; p++)
        printf("  %-*s  %12s  %s\n", width, plan->population[p]->name,
               ecp_words_count((double)plan->population[p]->size).text,
               plan->population[p]->model_name);
}

static void print_phases(const struct ecp_plan *plan, const char *dim, const char *plain)
{
    const double duration = ecp_plan_duration(plan);
    printf("\n  %stime%s      %s in steps of %g ms:", dim, plain,
           ecp_words_seconds(duration / 1000).text, plan->dt);
    for (size_t k = 0; k < plan->n_phases; k++)
        printf("%s %s %s%s", k ? "," : "", plan->phase[k]->name,
               ecp_words_seconds(plan->phase[k]->duration / 1000).text,
               plan->phase[k]->discard ? " (discarded)" : "");
    printf("\n");
}

static void print_messages(const struct ecp_cli *cli, const struct ecp_forecast *f, const char *dim,
                           const char *plain)
{
    const double latency = cli->latency_s > 0 ? cli->latency_s : ECP_CLI_LATENCY_S;
    const double bandwidth = cli->bandwidth > 0 ? cli->bandwidth : ECP_CLI_BYTES_PER_S;
    printf("  %smessages%s  %s and %s a model second from each rank: real-time factor %.2g more\n",
           dim, plain, ecp_words_count(f->letters_per_s).text,
           ecp_words_bytes(f->words_per_s * 4).text, ecp_forecast_talk(f, latency, bandwidth));
    printf("            with %.3g us a message and %.3g GB/s (--latency, --bandwidth)\n",
           latency * 1e6, bandwidth * 1e-9);
}

/* Of a plan without a network: how long it takes nobody knows before. */
static void print_computed(const struct ecp_cli *cli, const struct ecp_plan *plan)
{
    const char *dim = cli->look.colour ? "\033[2m" : "", *plain = cli->look.colour ? "\033[0m" : "";
    const struct ecp_field *field = plan->computes ? plan->computes->results : NULL;
    if (!plan->computes)
        return;
    printf("  %scomputes%s  %s: %zu results, %zu claims\n", dim, plain, plan->computes->summary,
           ecp_field_count(field), plan->n_claims);
    for (size_t k = 0; field && field[k].name; k++)
        printf("            %s.%s  %s\n", plan->computes->name, field[k].name, field[k].meaning);
}

static void print_memories(const struct ecp_cli *cli, const struct ecp_plan *plan)
{
    const char *dim = cli->look.colour ? "\033[2m" : "", *plain = cli->look.colour ? "\033[0m" : "";
    for (size_t k = 0; k < plan->n_memories; k++) {
        const struct ecp_plan_memory *m = plan->memory[k];
        size_t stored = 0, cues = 0;
        for (size_t j = 0; j < m->n_operations; j++) {
            const struct ecp_row_source *items = ecp_operation_items(&m->operation[j]);
            stored += items ? items->n : 0;
            cues += m->operation[j].kind == ECP_OPERATION_RECALL ? m->operation[j].keys.n : 0;
        }
        printf("  %smemory%s    %s, %s: keys of %zu", dim, plain, m->name, m->model->name,
               m->shape.key);
        if (m->model->has_values)
            printf(", values of %zu", m->shape.value);
        printf("; %s stored, %s cues", ecp_words_count((double)stored).text,
               ecp_words_count((double)cues).text);
        if (m->n_links > 0)
            printf(", %zu link%s to populations", m->n_links, m->n_links == 1 ? "" : "s");
        printf("\n");
    }
}

static void print_check(const struct ecp_cli *cli, const struct ecp_plan *plan,
                        const struct ecp_forecast *f)
{
    const char *dim = cli->look.colour ? "\033[2m" : "", *plain = cli->look.colour ? "\033[0m" : "";
    const int threads = ecp_cli_threads(cli);
    const double seconds = ecp_plan_duration(plan) / 1000;
    if (!ecp_plan_has_network(plan)) {
        printf("%s%s%s  seed %llu\n", cli->look.colour ? "\033[1m" : "", plan->name, plain,
               (unsigned long long)plan->seed);
        print_memories(cli, plan);
        print_computed(cli, plan);
        return;
    }
    printf("%s%s%s  seed %llu  %s neurons  %s synapses in %zu projection%s",
           cli->look.colour ? "\033[1m" : "", plan->name, plain, (unsigned long long)plan->seed,
           ecp_words_count(f->neurons).text, ecp_words_count(f->synapses).text, plan->n_projections,
           plan->n_projections == 1 ? "" : "s");
    if (plan->n_gaps > 0)
        printf("  %s gap junctions", ecp_words_count(f->gap_junctions).text);
    printf("\n");
    print_populations(plan, dim, plain);
    print_phases(plan, dim, plain);
    printf("  %sasked%s     %zu stimuli, %zu probes, %zu analyses, %zu claims\n", dim, plain,
           plan->n_stimuli, plan->n_probes, plan->n_analyses, plan->n_claims);
    print_memories(cli, plan);
    print_computed(cli, plan);
    printf("\n  Forecast for ");
    if (f->ranks > 1)
        printf("the first of %d ranks with ", f->ranks);
    printf("%d thread%s at %.3g Hz\n", threads, threads == 1 ? "" : "s", f->assumed_rate_hz);
    printf("  %smemory%s    %s of the %s available; %s with the program itself\n", dim, plain,
           ecp_words_bytes(f->total_bytes).text, ecp_words_bytes(ecp_memory_available()).text,
           ecp_words_bytes(f->total_bytes + f->program_bytes).text);
    printf("            synapses %s, neurons %s, buffers %s, recording %s\n",
           ecp_words_bytes(f->rows_bytes).text, ecp_words_bytes(f->neurons_bytes).text,
           ecp_words_bytes(f->buffers_bytes).text, ecp_words_bytes(f->recording_bytes).text);
    if (f->growth_bytes > 0)
        printf(
            "            and %.3g bytes for each synapse that grows, of which nothing is known\n",
            f->growth_bytes);
    if (f->ranks > 1)
        printf("            other ranks, without the recording: %s\n",
               ecp_words_bytes(f->others_bytes).text);
    printf("  %sbuild%s     %s\n", dim, plain, ecp_words_seconds(f->build_s).text);
    printf("  %srun%s       %s, real-time factor %.2g\n", dim, plain,
           ecp_words_seconds(f->run_s).text, seconds > 0 ? f->run_s / seconds : 0);
    if (f->ranks > 1)
        print_messages(cli, f, dim, plain);
    printf("  %sfiles%s     %s", dim, plain, ecp_words_bytes(f->file_bytes).text);
    if (f->edges_bytes > 0)
        printf(", edges %s", ecp_words_bytes(f->edges_bytes).text);
    printf("\n");
}

enum ecp_status ecp_cli_check(struct ecp_cli *cli)
{
    struct ecp_plan *plan = NULL;
    struct ecp_forecast forecast = {0};
    char *object = NULL, *dir = NULL;
    enum ecp_status status = ecp_cli_plan(cli, &plan, &forecast);
    const int known = plan && forecast.total_bytes > 0;
    if (known && !cli->json)
        print_check(cli, plan, &forecast);
    if (status == ECP_OK && !cli->no_files) {
        dir = cli->out ? strdup(cli->out) : ecp_cli_default_dir(plan);
        if (dir)
            status = ecp_forecast_disk(plan, dir);
    }
    if (known && cli->json && status == ECP_OK) {
        ECP_TRY(ecp_report_check_json(plan, &forecast, ecp_cli_threads(cli), &object));
        (void)puts(object);
    }
done:
    free(dir);
    free(object);
    ecp_plan_destroy(plan);
    return status;
}
