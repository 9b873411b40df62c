/* `ecphory sweep`: a config over many values and seeds. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cli_sweep.h"
#include "engine/config.h"
#include "engine/config_place.h"
#include "engine/report.h"
#include "engine/score.h"
#include "engine/store_files.h"
#include "mpi/comm.h"

/* ---- what there is to do --------------------------------------------------------------------- */

static enum ecp_status add_shown(struct ecp_sweep_work *work, const char *text)
{
    size_t n = 1;
    for (const char *c = text; *c; c++)
        n += *c == ',';
    const char **shown = ecp_plan_alloc(work->plan, (n + 1) * sizeof *shown);
    for (size_t k = 0; shown && k < n; k++) {
        const size_t length = strcspn(text, ",");
        shown[k] = ecp_plan_printf(work->plan, "%.*s", (int)length, text);
        if (!shown[k])
            shown = NULL;
        text += length + (text[length] == ',');
    }
    if (!shown)
        return ecp_fail(ECP_ENOMEM, "no memory for a sweep");
    work->sweep.shown = shown;
    work->sweep.n_shown = n;
    return ECP_OK;
}

/* A result is looked for as a claim's is. */
static enum ecp_status check_shown(struct ecp_sweep_work *work)
{
    const size_t claims = work->plan->n_claims;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; status == ECP_OK && k < work->sweep.n_shown; k++)
        status = ecp_plan_add_claim(work->plan, work->sweep.shown[k], -INFINITY, INFINITY, NULL);
    if (status == ECP_OK)
        status = ecp_score_check(work->plan);
    if (status != ECP_OK)
        status = ecp_refuse_again(&work->sweep.place, "sweep.show", status);
    work->plan->n_claims = claims;
    return status;
}

static enum ecp_status read_config(struct ecp_sweep_work *work)
{
    const struct ecp_cli *cli = work->cli;
    const struct ecp_config_extra extra = {cli->override, cli->n_overrides, cli->plugins};
    enum ecp_status status;
    ECP_TRY(ecp_config_read_with(cli->argument[0], &extra, &work->plan));
    ECP_TRY(ecp_score_check(work->plan));
    if (work->plan->sweep)
        work->sweep = *work->plan->sweep;
    for (size_t k = 0; k < cli->n_over; k++)
        ECP_TRY(ecp_sweep_add(work->plan, &work->sweep, cli->over[k]));
    if (cli->seeds)
        ECP_TRY(ecp_sweep_seeds(work->plan, &work->sweep, cli->seeds));
    if (cli->together)
        work->sweep.together = 1;
    if (cli->show)
        ECP_TRY(add_shown(work, cli->show));
    ECP_TRY(ecp_sweep_check(&work->sweep));
    status = check_shown(work);
done:
    return status;
}

/* The plan of a job, to be destroyed. */
static enum ecp_status plan_of(const struct ecp_sweep_work *work, const char *const *override,
                               size_t n, struct ecp_plan **plan, double *bytes)
{
    struct ecp_cli one = *work->cli;
    struct ecp_forecast forecast = {0};
    one.override = (const char **)(uintptr_t) override;
    one.n_overrides = n;
    one.threads = 1;
    const enum ecp_status status = ecp_cli_plan(&one, plan, &forecast);
    *bytes = forecast.total_bytes + forecast.program_bytes;
    return status;
}

/* Which axis is to blame: the one whose value alone is refused. */
static enum ecp_status blame(struct ecp_sweep_work *work, const char *const *override, size_t n,
                             enum ecp_status status)
{
    const size_t n_axes = work->sweep.n_axes, first = n - n_axes - 1;
    char *why = strdup(ecp_error_message());
    const struct ecp_place *place = &work->sweep.place;
    const char *which = NULL;
    const char **alone = calloc(first + 1, sizeof *alone);
    for (size_t a = 0; why && alone && a < n_axes && !which; a++) {
        struct ecp_plan *plan = NULL;
        double bytes;
        memcpy(alone, override, first * sizeof *alone);
        alone[first] = override[first + a];
        ecp_error_clear();
        if (plan_of(work, alone, first + 1, &plan, &bytes) != ECP_OK) {
            which = override[first + a];
            place = &work->sweep.axis[a].place;
        }
        ecp_plan_destroy(plan);
    }
    free(alone);
    ecp_error_clear();
    const size_t prefix = sizeof ECP_COMMAND_LINE ": " - 1; /* said before it already */
    const char *reason = why ? why : "refused";
    if (strncmp(reason, ECP_COMMAND_LINE ": ", prefix) == 0)
        reason += prefix;
    if (status == ECP_ECONFIG)
        status = ecp_refuse(place, "sweep", "with %s: %s", which ? which : "these values together",
                            reason);
    else
        status = ecp_fail(status, "with %s: %s", which ? which : "these values together", reason);
    free(why);
    return status;
}

/* Did an earlier call finish it? Its effective config must be the same. */
static int is_finished(const struct ecp_sweep_work *work, size_t k, const struct ecp_plan *plan)
{
    char *dir = ecp_sweep_folder(work, k), *text = NULL;
    size_t bytes = 0;
    int same = 0;
    if (dir)
        text = ecp_report_slurp(dir, "config.cfg", &bytes);
    if (text) {
        same = bytes == strlen(plan->config_text) && memcmp(text, plan->config_text, bytes) == 0;
        free(text);
        same = same && ecp_report_is_final(dir);
    }
    free(dir);
    return same;
}

/* Every job's config is read before the first one starts. */
static enum ecp_status check_jobs(struct ecp_sweep_work *work)
{
    const size_t seeds = work->sweep.n_seeds > 0 ? work->sweep.n_seeds : 1;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < work->n_jobs && status == ECP_OK; k++) {
        const char **override = NULL;
        struct ecp_plan *plan = NULL;
        size_t n = 0;
        double bytes = 0;
        struct ecp_sweep_job *job = &work->job[k];
        *job = (struct ecp_sweep_job){.point = k / seeds, .seed = k % seeds, .wall_s = NAN};
        status = ecp_sweep_overrides(work, k, &override, &n);
        if (status == ECP_OK) {
            status = plan_of(work, override, n, &plan, &bytes);
            if (status != ECP_OK)
                status = blame(work, override, n, status);
        }
        if (status == ECP_OK && work->cli->resume && is_finished(work, k, plan))
            job->state = ECP_SWEEP_DONE;
        work->bytes = bytes > work->bytes ? bytes : work->bytes;
        ecp_plan_destroy(plan);
        free(override);
    }
    return status;
}

/* ---- where, and how many at once ---------------------------------------------------------------
 */

static enum ecp_status name_folder(struct ecp_sweep_work *work)
{
    const struct ecp_cli *cli = work->cli;
    char *own = cli->out ? NULL : ecp_cli_default_dir(work->plan);
    enum ecp_status status = ECP_OK;
    if (!cli->out && !own)
        status = ecp_fail(ECP_ENOMEM, "no memory for the name of the folder");
    else if (cli->out)
        status = ecp_files_name(&work->dir, "%s", cli->out);
    else
        status = ecp_files_name(&work->dir, "%s_sweep", own);
    free(own);
    return status;
}

static enum ecp_status open_folder(const struct ecp_sweep_work *work)
{
    char *file = NULL;
    enum ecp_status status = ecp_files_name(&file, "%s/jobs", work->dir);
    if (status == ECP_OK && !work->cli->resume && ecp_files_exists(file))
        status = ecp_fail(ECP_EUSAGE,
                          "%s holds a sweep; --resume goes on with it, --out names another "
                          "folder",
                          work->dir);
    free(file);
    return status == ECP_OK ? ecp_files_make(work->dir) : status;
}

static void share_cores(struct ecp_sweep_work *work)
{
    struct ecp_cli all = *work->cli;
    all.threads = 0;
    const int cores = ecp_cli_threads(&all);
    size_t left_over = 0;
    for (size_t k = 0; k < work->n_jobs; k++)
        left_over += work->job[k].state == ECP_SWEEP_WAITING;
    left_over = left_over > 0 ? left_over : 1;
    const int threads = work->cli->threads > 0 ? work->cli->threads : 1;
    work->at_once = work->cli->jobs > 0 ? (size_t)work->cli->jobs
                    : cores > threads   ? (size_t)(cores / threads)
                                        : 1;
    if (work->at_once > left_over)
        work->at_once = left_over;
    const double fit = work->bytes > 0 ? ecp_memory_available() / work->bytes : INFINITY;
    if ((double)work->at_once > fit)
        work->at_once = fit > 1 ? (size_t)fit : 1;
    /* Cores that no job would use go to those that there are. */
    work->threads = work->cli->threads > 0           ? threads
                    : cores / (int)work->at_once > 1 ? cores / (int)work->at_once
                                                     : 1;
}

/* ---- the command
 * --------------------------------------------------------------------------------- */

static enum ecp_status first_failure(const struct ecp_sweep_work *work)
{
    size_t failed = 0, first = 0;
    for (size_t k = work->n_jobs; k-- > 0;)
        if (work->job[k].state == ECP_SWEEP_FAILED) {
            failed++;
            first = k;
        }
    if (failed == 0)
        return ECP_OK;
    enum ecp_status status = ECP_EIO;
    for (int s = ECP_EUSAGE; s <= ECP_ENOTFOUND; s++)
        if (ecp_status_exit_code((enum ecp_status)s) == work->job[first].exit_code)
            status = (enum ecp_status)s;
    return ecp_fail(status,
                    "%zu of %zu runs failed, the first with exit code %d: %s/jobs/%05zu/log.txt",
                    failed, work->n_jobs, work->job[first].exit_code, work->dir, first + 1);
}

/* Seeds that were listed may be so close that runs share networks; the first two of them. */
static int find_close_seeds(const struct ecp_sweep *sweep, uint64_t reach, uint64_t *low,
                            uint64_t *high)
{
    for (size_t k = 1; k < sweep->n_seeds && reach > 1; k++)
        for (size_t j = 0; j < k; j++) {
            const uint64_t a = sweep->seed[j], b = sweep->seed[k];
            *low = a < b ? a : b;
            *high = a < b ? b : a;
            if (*high - *low < reach)
                return 1;
        }
    return 0;
}

static void note_close_seeds(const struct ecp_sweep_work *work)
{
    const uint64_t reach = ecp_sweep_reach(work->plan, &work->sweep);
    uint64_t low, high;
    if (find_close_seeds(&work->sweep, reach, &low, &high))
        (void)fprintf(stderr,
                      "ecphory: seeds %llu and %llu: each run uses up to %llu seeds from its own "
                      "on, so the two may share networks; further apart, they do not\n",
                      (unsigned long long)low, (unsigned long long)high, (unsigned long long)reach);
}

static enum ecp_status prepare(struct ecp_sweep_work *work)
{
    enum ecp_status status;
    if (ecp_comm_size(work->cli->comm) > 1)
        return ecp_fail(ECP_EUSAGE, "`ecphory sweep` is one process; it starts the others itself");
    ECP_TRY(read_config(work));
    work->n_jobs = ecp_sweep_jobs(&work->sweep);
    work->job = calloc(work->n_jobs, sizeof *work->job);
    if (!work->job)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu jobs", work->n_jobs);
    ECP_TRY(name_folder(work));
    ECP_TRY(check_jobs(work)); /* first what is wrong with the question, then with where */
    ECP_TRY(open_folder(work));
    share_cores(work);
done:
    return status;
}

static enum ecp_status announce(const struct ecp_sweep_work *work, enum ecp_status ended)
{
    char *json = NULL;
    enum ecp_status status = ecp_sweep_write(work, ended, &json);
    if (status == ECP_OK)
        status = ecp_sweep_draw(work);
    if (status == ECP_OK && work->cli->json)
        (void)puts(json);
    else if (status == ECP_OK && !work->cli->quiet)
        ecp_sweep_print(stdout, work, work->cli->look);
    free(json);
    return status;
}

enum ecp_status ecp_cli_sweep(struct ecp_cli *cli)
{
    struct ecp_sweep_work work = {.cli = cli};
    struct ecp_cli_progress progress = ecp_cli_progress_start(cli->quiet);
    enum ecp_status status, ended = ECP_OK;
    ECP_TRY(prepare(&work));
    ecp_cli_catch_stops(0);
    if (!cli->quiet)
        note_close_seeds(&work);
    if (!cli->quiet && !cli->json)
        (void)fprintf(stderr, "ecphory: %zu runs, %zu at once with %d thread%s, in %s\n",
                      work.n_jobs, work.at_once, work.threads, work.threads == 1 ? "" : "s",
                      work.dir);
    ended = ecp_sweep_run(&work, &progress);
    if (ended != ECP_OK && ended != ECP_ESTOPPED) {
        status = ended;
        goto done;
    }
    char *why = ended == ECP_ESTOPPED ? strdup(ecp_error_message()) : NULL;
    ecp_error_clear();
    status = ecp_sweep_collect(&work);
    if (status == ECP_OK)
        status = announce(&work, ended);
    if (status == ECP_OK && ended == ECP_OK)
        status = first_failure(&work);
    else if (status == ECP_OK) {
        (void)fprintf(stderr, "ecphory: %s\n", why ? why : "stopped");
        status = ended;
    }
    free(why);
done:
    for (size_t k = 0; work.job && k < work.n_jobs; k++)
        free(work.job[k].value);
    free(work.job);
    free(work.shown);
    free(work.dir);
    ecp_plan_destroy(work.plan);
    return status;
}
