/* What ranks need, measured beside the forecast: one line of JSON a rank.
 *
 *   mpirun -n 4 build/bench/scaling scenarios/brunel.cfg network.scale=2
 *   build/bench/scaling scenarios/brunel.cfg network.scale=2 --rank 3 --of 4    (imitated)
 *
 * Times are of the processor: ranks that share cores wait for each other. What a rank
 * does to send and receive letters, and to imitate others, is told apart from its own work,
 * by functions that the linker puts before the exchange's (--wrap). Nothing is written to files. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/clock.h"
#include "engine/config.h"
#include "engine/forecast.h"
#include "engine/machine.h"
#include "engine/plastic.h"
#include "mpi/comm.h"

struct question {
    const char *config, *name, *override[32];
    size_t n_overrides;
    int threads, rank, of; /* of: 0, a real job */
    double rate_hz;
};

struct answer {
    double rank, own_neurons, synapses, heard;
    double before_mb, built_mb, rest_mb, peak_mb; /* peak while it was built; after; in all */
    double rows_mb, exchange_mb;
    double build_s, run_s, talk_s, wall_s; /* of processors; wall */
    double spikes, events, letters, words, epochs;
};

enum { MOST_ANSWERS = 1024 };

/* ---- clocks and memory --------------------------------------------------------- */

static double processor_seconds(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double talked, imitated;

void __real_ecp_mail_send(struct ecp_mail *mail);
void __real_ecp_mail_receive(struct ecp_mail *mail);
void __wrap_ecp_mail_send(struct ecp_mail *mail);
void __wrap_ecp_mail_receive(struct ecp_mail *mail);

void __wrap_ecp_mail_send(struct ecp_mail *mail)
{
    const double begin = processor_seconds(CLOCK_THREAD_CPUTIME_ID);
    __real_ecp_mail_send(mail);
    talked += processor_seconds(CLOCK_THREAD_CPUTIME_ID) - begin;
}

void __wrap_ecp_mail_receive(struct ecp_mail *mail)
{
    const double begin = processor_seconds(CLOCK_THREAD_CPUTIME_ID);
    __real_ecp_mail_receive(mail);
    talked += processor_seconds(CLOCK_THREAD_CPUTIME_ID) - begin;
}

int __real_ecp_exchange_imitate_row(struct ecp_network *network, int64_t epoch, ecp_step end);
int __real_ecp_exchange_imitate(struct ecp_network *network);
int __wrap_ecp_exchange_imitate_row(struct ecp_network *network, int64_t epoch, ecp_step end);
int __wrap_ecp_exchange_imitate(struct ecp_network *network);

int __wrap_ecp_exchange_imitate_row(struct ecp_network *network, int64_t epoch, ecp_step end)
{
    const double begin = processor_seconds(CLOCK_THREAD_CPUTIME_ID);
    const int fine = __real_ecp_exchange_imitate_row(network, epoch, end);
    imitated += processor_seconds(CLOCK_THREAD_CPUTIME_ID) - begin;
    return fine;
}

int __wrap_ecp_exchange_imitate(struct ecp_network *network)
{
    const double begin = processor_seconds(CLOCK_THREAD_CPUTIME_ID);
    const int fine = __real_ecp_exchange_imitate(network);
    imitated += processor_seconds(CLOCK_THREAD_CPUTIME_ID) - begin;
    return fine;
}

/* Of /proc/self/status, in MB. */
static double process_mb(const char *key)
{
    char line[256];
    double kb = NAN;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            kb = strtod(line + strlen(key), NULL);
    if (file)
        (void)fclose(file);
    return kb * 1024e-6;
}

/* ---- one rank ------------------------------------------------------------------ */

static double own_neurons(const struct ecp_network *network)
{
    double n = 0;
    for (int w = 0; w < network->n_workers; w++)
        for (int p = 0; p < network->n_populations; p++)
            n += network->worker[w].share[p].n;
    return n;
}

/* Of this rank; synapses are counted, too. */
static double own_rows(const struct ecp_network *network, double *synapses)
{
    double bytes = 0;
    uint64_t n = 0;
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_worker *worker = &network->worker[w];
        n += worker->compact_rows.n_synapses + worker->wide_rows.n_synapses;
        bytes += ecp_plastic_bytes(worker, &n) + ecp_rows_bytes(&worker->compact_rows) +
                 ecp_rows_bytes(&worker->wide_rows);
    }
    *synapses = (double)n;
    return bytes;
}

static double own_events(const struct ecp_network *network)
{
    double n = 0;
    for (int w = 0; w < network->n_workers; w++)
        n += (double)network->worker[w].n_events;
    return n;
}

static double own_spikes(const struct ecp_network *network)
{
    double n = 0;
    for (int w = 0; w < network->n_workers; w++)
        n += (double)network->worker[w].n_spikes;
    return n;
}

static enum ecp_status measure(const struct question *q, const struct ecp_plan *plan,
                               struct ecp_comm *comm, struct answer *a)
{
    const struct ecp_run_options options = {
        .threads = q->threads, .isa = ecp_isa_best(), .comm = comm, .pretended_hz = q->rate_hz};
    struct ecp_network *network = NULL;
    enum ecp_status status;
    a->rank = ecp_comm_rank(comm);
    a->before_mb = process_mb("VmRSS:");
    double begin = processor_seconds(CLOCK_PROCESS_CPUTIME_ID);
    ECP_TRY(ecp_network_create(plan, &options, &network));
    a->build_s = processor_seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
    a->built_mb = process_mb("VmHWM:");
    a->rest_mb = process_mb("VmRSS:");
    talked = imitated = 0;
    begin = processor_seconds(CLOCK_PROCESS_CPUTIME_ID);
    ECP_TRY(ecp_network_run(network));
    a->talk_s = talked;
    a->run_s = processor_seconds(CLOCK_PROCESS_CPUTIME_ID) - begin - talked - imitated;
    a->peak_mb = process_mb("VmHWM:");
    const struct ecp_network_facts facts = ecp_network_facts(network);
    a->wall_s = facts.run_s;
    a->own_neurons = own_neurons(network);
    a->rows_mb = own_rows(network, &a->synapses) * 1e-6;
    a->exchange_mb = facts.memory_exchange_mb;
    a->heard = (double)facts.heard;
    a->letters = (double)facts.letters;
    a->words = (double)facts.words;
    a->epochs = (double)facts.epochs;
    a->spikes = own_spikes(network);
    a->events = own_events(network);
done:
    ecp_network_destroy(network);
    return status;
}

/* ---- output -------------------------------------------------------------------- */

static void print_answer(const struct question *q, const struct ecp_plan *plan, int ranks,
                         const struct answer *a)
{
    const struct ecp_forecast_job job = {q->threads, ranks, q->rate_hz};
    const struct ecp_forecast f = ecp_plan_forecast_job(plan, &job);
    const double total = a->rank > 0 ? f.others_bytes : f.total_bytes + f.unwritten_bytes;
    printf("{\"case\": \"%s\", \"kind\": \"%s\", \"ranks\": %d, \"threads\": %d, \"rank\": %.0f, "
           "\"model_s\": %g, \"network_neurons\": %zu, \"neurons\": %.0f, \"synapses\": %.0f, "
           "\"sources\": %.0f, ",
           q->name, q->of ? "imitated" : "real", ranks, q->threads, a->rank,
           ecp_plan_duration(plan) / 1000, plan->n_neurons, a->own_neurons, a->synapses, a->heard);
    printf("\"before_mb\": %.6g, \"built_mb\": %.6g, \"rest_mb\": %.6g, \"peak_mb\": %.6g, "
           "\"rows_mb\": %.6g, \"exchange_mb\": %.6g, ",
           a->before_mb, a->built_mb, a->rest_mb, a->peak_mb, a->rows_mb, a->exchange_mb);
    printf("\"build_s\": %.5g, \"run_s\": %.5g, \"talk_s\": %.5g, \"wall_s\": %.5g, "
           "\"spikes\": %.0f, \"events\": %.0f, \"letters\": %.0f, \"words\": %.0f, "
           "\"epochs\": %.0f, ",
           a->build_s, a->run_s, a->talk_s, a->wall_s, a->spikes, a->events, a->letters, a->words,
           a->epochs);
    printf("\"forecast\": {\"mb\": %.6g, \"program_mb\": %.6g, \"rows_mb\": %.6g, "
           "\"neurons_mb\": %.6g, \"buffers_mb\": %.6g, \"recording_mb\": %.6g, "
           "\"exchange_mb\": %.6g, \"build_s\": %.5g, \"run_s\": %.5g, \"rate_hz\": %.5g, "
           "\"letters\": %.5g, \"words\": %.5g}}\n",
           total * 1e-6, f.program_bytes * 1e-6, f.rows_bytes * 1e-6, f.neurons_bytes * 1e-6,
           f.buffers_bytes * 1e-6, f.recording_bytes * 1e-6, f.exchange_bytes * 1e-6,
           f.build_s * q->threads, f.run_s * q->threads, f.assumed_rate_hz,
           f.letters_per_s * ecp_plan_duration(plan) / 1000,
           f.words_per_s * ecp_plan_duration(plan) / 1000);
}

static enum ecp_status run(const struct question *q, struct ecp_comm *job)
{
    const struct ecp_config_extra extra = {q->override, q->n_overrides, NULL};
    static struct answer all[MOST_ANSWERS];
    static size_t first[MOST_ANSWERS + 1];
    struct answer mine = {0};
    struct ecp_plan *plan = NULL;
    struct ecp_comm *comm = job, *pretended = NULL;
    const int ranks = q->of ? q->of : ecp_comm_size(job), n = ecp_comm_size(job);
    enum ecp_status status;
    if (n > MOST_ANSWERS)
        return ecp_fail(ECP_EUSAGE, "at most %d ranks", MOST_ANSWERS);
    ECP_TRY(ecp_comm_agree(job, ecp_config_read_with(q->config, &extra, &plan)));
    if (q->of) {
        ECP_TRY(ecp_comm_pretend(q->rank, q->of, &pretended));
        comm = pretended;
    }
    ECP_TRY(ecp_comm_agree(job, measure(q, plan, comm, &mine)));
    for (int r = 0; r <= n; r++)
        first[r] = (size_t)r * sizeof mine;
    if (n > 1)
        ecp_comm_gather(job, &mine, sizeof mine, all, first);
    else
        all[0] = mine;
    for (int r = 0; ecp_comm_rank(job) == 0 && r < n; r++)
        print_answer(q, plan, ranks, &all[r]);
done:
    ecp_comm_stop(pretended);
    ecp_plan_destroy(plan);
    return status;
}

static int read_arguments(int argc, char **argv, struct question *q)
{
    for (int k = 1; k < argc; k++) {
        const char *value = k + 1 < argc ? argv[k + 1] : "";
        int *const number = strcmp(argv[k], "--threads") == 0 ? &q->threads
                            : strcmp(argv[k], "--rank") == 0  ? &q->rank
                            : strcmp(argv[k], "--of") == 0    ? &q->of
                                                              : NULL;
        if (number)
            *number = (int)strtol(value, NULL, 10), k++;
        else if (strcmp(argv[k], "--rate") == 0)
            q->rate_hz = strtod(value, NULL), k++;
        else if (strcmp(argv[k], "--name") == 0)
            q->name = value, k++;
        else if (!q->config)
            q->config = argv[k];
        else if (q->n_overrides < sizeof q->override / sizeof q->override[0])
            q->override[q->n_overrides++] = argv[k];
    }
    return q->config && q->threads > 0 && (q->of == 0 || (q->of > 1 && q->rank < q->of));
}

int main(int argc, char **argv)
{
    struct question q = {.name = "-", .threads = 1};
    struct ecp_comm *job = NULL;
    if (!read_arguments(argc, argv, &q)) {
        (void)fprintf(stderr, "usage: scaling CONFIG [key=value ...] [--name NAME] [--threads N] "
                              "[--rank R --of N [--rate HZ]]\n");
        return ecp_status_exit_code(ECP_EUSAGE);
    }
    enum ecp_status status = ecp_comm_start(&job);
    if (status == ECP_OK)
        status = run(&q, job);
    if (status != ECP_OK && ecp_comm_rank(job) == 0)
        (void)fprintf(stderr, "scaling: %s\n", ecp_error_message());
    ecp_comm_stop(job);
    return ecp_status_exit_code(status);
}
