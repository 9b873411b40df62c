/* `ecphory run`: from a config to verdicts, files and an exit code. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/checkpoint.h"
#include "engine/cli.h"
#include "engine/clock.h"
#include "engine/comparison.h"
#include "engine/config.h"
#include "engine/experiment_run.h"
#include "engine/network_memory.h"
#include "engine/recall.h"
#include "engine/report.h"
#include "engine/store.h"
#include "engine/store_files.h"
#include "mpi/comm.h"

#ifdef ECP_HAVE_PLOT
#include "engine/plot.h"
#endif

enum { MAX_OUTPUTS = 4096 };

/* All that one run holds, freed at one place. */
struct session {
    struct ecp_cli_progress progress;
    struct ecp_plan *plan;
    struct ecp_store *store;
    struct ecp_network *network;       /* NULL: the plan has none */
    struct ecp_recording no_recording; /* of such a plan */
    struct ecp_experiment *experiment; /* on the first rank */
    struct ecp_comparisons *compared;  /* on the first rank; NULL: there are none */
    struct ecp_memories *memories;     /* there, of a plan without a network */
    struct ecp_scores scores;
    char *dir;
    int dir_is_new;
    char *output[MAX_OUTPUTS];
    char stopped[512]; /* why a run ended early; "" otherwise */
    uint64_t weights_checksum;
    struct timespec began;
    struct ecp_report report;
    struct ecp_cli_start start;
    double began_s; /* by ecp_clock_seconds */
};

/* ru_maxrss would count the one that started it. */
double ecp_cli_peak_memory_mb(void)
{
    char line[256];
    double kb = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = strtod(line + 6, NULL);
    if (file)
        fclose(file);
    struct rusage usage;
    if (kb <= 0 && getrusage(RUSAGE_SELF, &usage) == 0)
        kb = (double)usage.ru_maxrss;
    return kb * 1024 / 1e6;
}

static int is_new(const char *path, const struct timespec *began)
{
    struct stat facts;
    if (stat(path, &facts) != 0 || !S_ISREG(facts.st_mode))
        return 0;
    /* Clocks of file systems are coarse: allow a tick. */
    const double age = difftime(facts.st_mtim.tv_sec, began->tv_sec) +
                       1e-9 * (double)(facts.st_mtim.tv_nsec - began->tv_nsec);
    return age > -0.05;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* DIR/NAME, where this run has written it, or will. */
static void add_output(struct session *s, const char *name, int will_be_written)
{
    const size_t size = strlen(s->dir) + strlen(name) + 2;
    char *path = s->report.n_outputs < MAX_OUTPUTS ? malloc(size) : NULL;
    if (!path)
        return;
    (void)snprintf(path, size, "%s/%s", s->dir, name);
    if (will_be_written || is_new(path, &s->began))
        s->output[s->report.n_outputs++] = path;
    else
        free(path);
}

static void list_outputs(struct session *s)
{
    DIR *folder = opendir(s->dir);
    if (!folder)
        return;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        const char *name = entry->d_name;
        if (name[0] != '.' && strcmp(name, "run.json") != 0 && strcmp(name, "run.html") != 0)
            add_output(s, name, 0);
    }
    (void)closedir(folder);
    add_output(s, "run.html", 1);
    add_output(s, "run.json", 1);
    qsort(s->output, s->report.n_outputs, sizeof s->output[0], by_name);
}

/* The picture is an addition: a run without spikes has none. */
static void draw_raster(const struct session *s)
{
    const size_t size = strlen(s->dir) + sizeof "/raster.svg";
    char *path = malloc(size);
    if (!path)
        return;
    (void)snprintf(path, size, "%s/raster.svg", s->dir);
    (void)unlink(path); /* of an earlier run */
#ifdef ECP_HAVE_PLOT
    size_t recorded = 0;
    for (size_t k = 0; k < s->report.recording->n_populations; k++)
        recorded += s->report.recording->population[k].recorded != 0;
    struct ecp_plot_request request = ecp_plot_request_default();
    request.path = s->dir;
    request.kind = "raster";
    request.output = path;
    if (recorded > 0 && s->report.recording->spikes > 0)
        (void)ecp_plot_run(&request);
    ecp_error_clear();
#endif
    free(path);
}

/* run.nwb, where it is asked for; that of an earlier run in this folder goes. */
static enum ecp_status write_nwb(const struct session *s)
{
    char *path = NULL;
    if (!s->store)
        return ECP_OK;
    if (s->plan->output_nwb)
        return ecp_store_write_nwb(s->dir);
    const enum ecp_status status = ecp_files_name(&path, "%s/" ECP_STORE_NWB, s->dir);
    if (status == ECP_OK)
        (void)unlink(path);
    free(path);
    return status;
}

/* All files are there: a run that is at its end needs no checkpoint any more, and then no
 * stretches. In this order, so that a run killed here goes on or is known to be finished. */
static void let_go(const struct session *s)
{
    if (!s->dir || !s->store)
        return;
    if (s->report.status != ECP_ESTOPPED)
        ecp_checkpoint_remove(s->dir);
    if (!ecp_checkpoint_exists(s->dir, 0) && !ecp_checkpoint_exists(s->dir, 1))
        ecp_store_drop(s->dir);
}

/* What a scenario put out. */
static enum ecp_status write_experiment(const struct session *s)
{
    const enum ecp_status status = ecp_experiment_write(s->experiment, s->dir);
    for (size_t k = 0; status == ECP_OK && k < s->experiment->n_figures; k++)
        if (s->experiment->figure[k].why_not)
            (void)fprintf(stderr, "ecphory: %s/%s.svg is not drawn: %s\n", s->dir,
                          s->experiment->figure[k].name, s->experiment->figure[k].why_not);
    return status;
}

static enum ecp_status write_files(struct session *s)
{
    enum ecp_status status = ECP_OK;
    if (!s->dir)
        return ECP_OK;
    /* Of an earlier run; beside this one's config it would say that this one is finished. */
    ECP_TRY(ecp_report_remove(s->dir));
    ECP_TRY(ecp_report_write_config(&s->report));
    ECP_TRY(write_nwb(s));
    if (s->experiment)
        ECP_TRY(write_experiment(s));
    if (s->compared)
        ECP_TRY(ecp_comparisons_write(s->compared, s->dir));
    if (s->report.memories)
        ECP_TRY(ecp_memories_write(s->report.memories, s->dir));
    draw_raster(s);
    list_outputs(s);
    s->report.output = (const char *const *)s->output;
    ECP_TRY(ecp_report_write(&s->report));
    let_go(s);
done:
    return status;
}

static enum ecp_status name_folder(const struct ecp_cli *cli, struct session *s)
{
    if (cli->no_files)
        return ECP_OK;
    s->dir = cli->out ? strdup(cli->out) : ecp_cli_default_dir(s->plan);
    if (!s->dir)
        return ecp_fail(ECP_ENOMEM, "no memory for the name of the folder");
    return ECP_OK;
}

/* On the first rank: what there is to go on from, and where to write. */
static enum ecp_status open_store(const struct ecp_cli *cli, struct session *s)
{
    enum ecp_status status;
    ECP_TRY(ecp_cli_start(cli, s->dir, s->plan, &s->start));
    if (!s->dir || s->start.is_finished)
        goto done;
    s->dir_is_new = access(s->dir, F_OK) != 0;
    if (ecp_plan_has_network(s->plan))
        ECP_TRY(ecp_store_create(s->dir, s->plan, &s->store));
    else
        ECP_TRY(ecp_files_make(s->dir));
    s->report.dir = s->dir;
done:
    return status;
}

/* The plan, on all ranks; the folder, on the first. */
static enum ecp_status begin(const struct ecp_cli *cli, struct session *s,
                             struct ecp_forecast *forecast)
{
    enum ecp_status status;
    ECP_TRY(ecp_cli_plan(cli, &s->plan, forecast));
    s->report.plan = s->plan;
    ECP_TRY(name_folder(cli, s));
    if (ecp_comm_rank(cli->comm) > 0)
        goto done;
    if (s->plan->n_comparisons > 0)
        ECP_TRY(ecp_comparisons_read(s->plan, &s->compared));
    ECP_TRY(open_store(cli, s));
done:
    return status;
}

/* All ranks write what is recorded. */
static enum ecp_status attend(const struct ecp_cli *cli, struct session *s)
{
    if (!s->dir || !ecp_plan_has_network(s->plan))
        return ECP_OK;
    if (ecp_comm_rank(cli->comm) > 0)
        return ecp_store_attend(cli->comm, s->plan, &s->store);
    ecp_store_share(s->store, cli->comm);
    return ECP_OK;
}

static struct ecp_checkpoint_options checkpoints(const struct ecp_cli *cli, const struct session *s)
{
    return (struct ecp_checkpoint_options){.dir = s->dir,
                                           .every_ms = cli->checkpoint_every,
                                           .wall_s = cli->checkpoint_wall * 1e-3,
                                           .max_wall_s = cli->max_wall * 1e-3,
                                           .began = s->began_s,
                                           .resume = s->start.resume};
}

static enum ecp_status simulate(const struct ecp_cli *cli, struct session *s,
                                const struct ecp_forecast *forecast)
{
    enum ecp_status status;
    const struct ecp_run_options options = {.threads = cli->threads,
                                            .isa = cli->isa,
                                            .store = s->store,
                                            .comm = cli->comm,
                                            .checkpoint = checkpoints(cli, s),
                                            .progress = ecp_cli_progress_show,
                                            .context = &s->progress};
    ecp_cli_progress_build(&s->progress, forecast, ecp_cli_threads(cli));
    ECP_TRY(ecp_network_create(s->plan, &options, &s->network));
    status = ecp_network_run(s->network);
    ecp_cli_progress_end(&s->progress);
    if (status != ECP_OK && status != ECP_ESTOPPED)
        goto done;
    if (status == ECP_ESTOPPED)
        (void)snprintf(s->stopped, sizeof s->stopped, "%s", ecp_error_message());
    ecp_error_clear();
    s->report.status = status;
    status = ECP_OK;
    if (s->store) {
        ecp_store_keep(s->store); /* until the run cannot need them again: let_go */
        status = ecp_network_finish_store(s->network);
    }
    status = ecp_comm_agree(cli->comm, status);
done:
    ecp_cli_progress_end(&s->progress);
    return status;
}

/* A stop on request is no failure: what there is is judged and written. */
static enum ecp_status stopped_or(struct session *s, enum ecp_status status)
{
    if (status != ECP_ESTOPPED)
        return status;
    (void)snprintf(s->stopped, sizeof s->stopped, "%s", ecp_error_message());
    ecp_error_clear();
    s->report.status = status;
    return ECP_OK;
}

static const struct ecp_recording *recording_of(const struct session *s)
{
    return s->network ? ecp_network_recording(s->network) : NULL;
}

/* The network, where there is one, and then what the scenario computes. */
static enum ecp_status run_plan(const struct ecp_cli *cli, struct session *s)
{
    struct ecp_forecast forecast = {0};
    enum ecp_status status;
    ECP_TRY(ecp_comm_agree(cli->comm, begin(cli, s, &forecast)));
    ecp_comm_tell(cli->comm, &s->start, sizeof s->start);
    if (s->start.is_finished)
        goto done;
    ECP_TRY(ecp_comm_agree(cli->comm, attend(cli, s)));
    ecp_cli_catch_stops(ecp_comm_rank(cli->comm));
    if (ecp_plan_has_network(s->plan))
        ECP_TRY(simulate(cli, s, &forecast));
    else if (s->plan->n_memories > 0)
        ECP_TRY(stopped_or(s, ecp_cli_recall(cli, s->plan, &s->progress, &s->memories)));
    if (s->plan->computes && s->report.status == ECP_OK)
        ECP_TRY(stopped_or(
            s, ecp_cli_compute(cli, s->plan, recording_of(s), &s->progress, &s->experiment)));
done:
    return status;
}

/* After a failure: say what is left of the run, and leave no empty folder. */
static void leave_files(const struct session *s)
{
    struct stat facts;
    if (!s->dir)
        return;
    const size_t size = strlen(s->dir) + sizeof "/partial";
    char *partial = malloc(size);
    if (partial) {
        (void)snprintf(partial, size, "%s/partial", s->dir);
        if (stat(partial, &facts) == 0)
            (void)fprintf(stderr,
                          "ecphory: what was run is kept; `ecphory recover %s` makes files of it\n",
                          s->dir);
    }
    free(partial);
    if (s->dir_is_new)
        (void)rmdir(s->dir); /* only an empty one goes */
}

static void set_facts(const struct ecp_cli *cli, struct session *s)
{
    struct ecp_report *r = &s->report;
    const double computed_s = (s->experiment ? s->experiment->run_s : 0) +
                              (s->memories ? ecp_memories_seconds(s->memories) : 0);
    s->no_recording.dt = s->plan->dt;
    r->experiment = s->experiment;
    if (s->network) {
        r->facts = ecp_network_facts(s->network);
        r->computed_s = computed_s;
    } else
        r->facts = (struct ecp_network_facts){.threads = ecp_cli_threads(cli),
                                              .ranks = r->ranks,
                                              .isa = cli->isa,
                                              .run_s = computed_s};
}

static int told(void *context, const char *measure, double done)
{
    struct session *s = context;
    return ecp_cli_progress_work(&s->progress, done, measure, ecp_clock_seconds() - s->began_s);
}

/* Of a run that was stopped nothing is compared. */
static enum ecp_status compare(struct session *s, const struct ecp_recording *recording)
{
    if (!s->compared || s->report.status != ECP_OK)
        return ECP_OK;
    const enum ecp_status status = ecp_comparisons_score(s->compared, recording, told, s);
    ecp_cli_progress_end(&s->progress);
    return stopped_or(s, status);
}

static enum ecp_status judge(const struct ecp_cli *cli, struct session *s)
{
    struct ecp_report *r = &s->report;
    enum ecp_status status;
    struct ecp_outcome outcome = {.recording = &s->no_recording,
                                  .stopped = r->status == ECP_ESTOPPED};
    if (s->network)
        outcome.recording = ecp_network_recording(s->network);
    if (s->experiment)
        outcome.computed = s->experiment->value;
    r->memories = s->network ? ecp_network_memories(s->network) : s->memories;
    if (r->memories)
        outcome.recalled = ecp_memories_results(r->memories);
    ECP_TRY(compare(s, outcome.recording));
    outcome.compared = r->compared = s->compared;
    ECP_TRY(ecp_score_outcome(s->plan, &outcome, &s->scores));
    r->recording = outcome.recording;
    set_facts(cli, s);
    r->scores = &s->scores;
    if (s->network && (cli->weights_checksum || cli->json))
        r->weights_checksum = &s->weights_checksum;
    if (r->status == ECP_ESTOPPED)
        r->message = s->stopped;
    else if (s->scores.n_failed > 0) {
        r->status = ECP_ECLAIM;
        (void)snprintf(s->stopped, sizeof s->stopped, "%zu of %zu claims failed",
                       s->scores.n_failed, s->scores.n_verdicts);
        r->message = s->stopped;
    }
    status = write_files(s);
done:
    return status;
}

static enum ecp_status announce(const struct ecp_cli *cli, const struct session *s)
{
    enum ecp_status status = ECP_OK;
    char *object = NULL;
    if (!cli->quiet && !cli->json)
        ecp_report_print(stdout, &s->report, cli->look.colour);
    if (cli->json) {
        ECP_TRY(ecp_report_json(&s->report, &object));
        (void)puts(object);
    }
    status = s->report.status;
done:
    free(object);
    return status;
}

enum ecp_status ecp_cli_run(struct ecp_cli *cli)
{
    enum ecp_status status;
    if (cli->dry_run_of > 0)
        return ecp_cli_dry_run(cli);
    struct session *s = calloc(1, sizeof *s);
    if (!s)
        return ecp_fail(ECP_ENOMEM, "no memory to begin");
    s->progress = ecp_cli_progress_start(cli->quiet || ecp_comm_rank(cli->comm) > 0);
    s->report.ranks = ecp_comm_size(cli->comm);
    (void)clock_gettime(CLOCK_REALTIME, &s->began);
    s->began_s = ecp_clock_seconds();
    ECP_TRY(run_plan(cli, s));
    if (s->start.is_finished) {
        if (!cli->quiet && ecp_comm_rank(cli->comm) == 0)
            (void)fprintf(stderr, "ecphory: the run in %s is finished\n", s->dir);
        if (ecp_comm_rank(cli->comm) == 0)
            ecp_store_drop(s->dir); /* it may have been killed at its very end */
        goto done;
    }
    if (s->network && (cli->weights_checksum || cli->json))
        s->weights_checksum = ecp_network_weights_checksum(s->network);
    int64_t peak = (int64_t)(ecp_cli_peak_memory_mb() * 1e6);
    ecp_comm_most(cli->comm, &peak, 1); /* of the rank that needed most */
    s->report.peak_memory_mb = (double)peak * 1e-6;
    if (ecp_comm_rank(cli->comm) == 0) {
        status = judge(cli, s);
        if (status == ECP_OK)
            status = announce(cli, s);
    }
    ecp_comm_tell(cli->comm, &status, sizeof status); /* one exit code */
done:
    ecp_scores_clear(&s->scores);
    ecp_experiment_destroy(s->experiment);
    ecp_comparisons_destroy(s->compared);
    ecp_memories_destroy(s->memories);
    ecp_network_destroy(s->network);
    ecp_store_destroy(s->store);
    if (!s->report.recording && !s->start.is_finished && ecp_comm_rank(cli->comm) == 0)
        leave_files(s);
    ecp_plan_destroy(s->plan);
    for (size_t k = 0; k < s->report.n_outputs; k++)
        free(s->output[k]);
    free(s->dir);
    free(s);
    return status;
}
