/* Processes of a sweep. */
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/cli_sweep.h"
#include "engine/clock.h"
#include "engine/store_files.h"

enum { LOOK_EVERY_NS = 20 * 1000 * 1000 };

enum ecp_status ecp_sweep_overrides(const struct ecp_sweep_work *work, size_t k, const char ***out,
                                    size_t *n)
{
    const struct ecp_sweep *sweep = &work->sweep;
    const struct ecp_cli *cli = work->cli;
    const size_t own = sweep->n_axes + 1, all = cli->n_overrides + own;
    const char **list = calloc(all + 1, sizeof *list);
    const size_t point = k / (sweep->n_seeds > 0 ? sweep->n_seeds : 1);
    const size_t seed = sweep->n_seeds > 0 ? k % sweep->n_seeds : 0;
    int good = list != NULL;
    size_t m = 0;
    for (; good && m < cli->n_overrides; m++)
        list[m] = cli->override[m];
    for (size_t a = 0; good && a < sweep->n_axes; a++) {
        const struct ecp_sweep_axis *axis = &sweep->axis[a];
        list[m] = ecp_plan_printf(work->plan, "%s=%s", axis->key,
                                  axis->value[ecp_sweep_index(sweep, point, a)]);
        good = list[m++] != NULL;
    }
    if (good) {
        list[m] = ecp_plan_printf(work->plan, "seed=%llu",
                                  (unsigned long long)ecp_sweep_seed(sweep, work->plan, seed));
        good = list[m++] != NULL;
    }
    if (!good) {
        free(list);
        return ecp_fail(ECP_ENOMEM, "no memory for the jobs of the sweep");
    }
    *out = list;
    *n = m;
    return ECP_OK;
}

char *ecp_sweep_folder(const struct ecp_sweep_work *work, size_t k)
{
    char *path = NULL;
    if (ecp_files_name(&path, "%s/jobs/%05zu", work->dir, k + 1) != ECP_OK)
        return NULL;
    return path;
}

/* ---- one process -------------------------------------------------------------------------- */

/* In a group of its own: the terminal's signals reach it through its parent. */
static int become(char *const *words, const char *log, pid_t *process)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t manner;
    int failed = posix_spawn_file_actions_init(&files);
    if (failed)
        return failed;
    failed = posix_spawnattr_init(&manner);
    if (failed) {
        (void)posix_spawn_file_actions_destroy(&files);
        return failed;
    }
    failed = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (!failed)
        failed =
            posix_spawn_file_actions_addopen(&files, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(&files, 1, 2);
    if (!failed)
        failed = posix_spawnattr_setflags(&manner, POSIX_SPAWN_SETPGROUP);
    if (!failed)
        failed = posix_spawn(process, "/proc/self/exe", &files, &manner, words, environ);
    (void)posix_spawnattr_destroy(&manner);
    (void)posix_spawn_file_actions_destroy(&files);
    return failed;
}

static enum ecp_status fill_words(const struct ecp_sweep_work *work, size_t k, char *dir,
                                  const char **word, size_t *n)
{
    static const char *const fixed[] = {"--quiet", "--resume", "--weights-checksum"};
    const struct ecp_cli *cli = work->cli;
    const char **override = NULL;
    size_t m = 0, n_overrides = 0;
    const enum ecp_status status = ecp_sweep_overrides(work, k, &override, &n_overrides);
    if (status != ECP_OK)
        return status;
    word[m++] = "ecphory";
    word[m++] = "run";
    for (size_t j = 0; j < sizeof fixed / sizeof fixed[0]; j++)
        word[m++] = fixed[j];
    for (size_t j = 0; j < cli->n_plugins; j++) {
        word[m++] = "--plugin";
        word[m++] = cli->plugin[j];
    }
    for (size_t j = 0; j < n_overrides; j++) {
        word[m++] = "--set";
        word[m++] = override[j];
    }
    word[m++] = "--threads";
    word[m++] = ecp_plan_printf(work->plan, "%d", work->threads);
    word[m++] = "--out";
    word[m++] = dir;
    word[m++] = "--";
    word[m++] = cli->argument[0];
    word[m] = NULL;
    free(override);
    *n = m;
    return word[m - 4] ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for a job");
}

static enum ecp_status start(struct ecp_sweep_work *work, size_t k)
{
    struct ecp_sweep_job *job = &work->job[k];
    const size_t most =
        16 + 2 * (work->cli->n_plugins + work->cli->n_overrides + work->sweep.n_axes + 1);
    const char **word = calloc(most, sizeof *word);
    char *dir = ecp_sweep_folder(work, k), *log = NULL;
    enum ecp_status status = ECP_OK;
    size_t n = 0;
    if (!word || !dir)
        status = ecp_fail(ECP_ENOMEM, "no memory for a job");
    if (status == ECP_OK)
        status = ecp_files_make(dir);
    if (status == ECP_OK)
        status = ecp_files_name(&log, "%s/log.txt", dir);
    if (status == ECP_OK)
        status = fill_words(work, k, dir, word, &n);
    if (status == ECP_OK) {
        const int failed = become((char *const *)(uintptr_t)word, log, &job->process);
        if (failed)
            status = ecp_fail(ECP_EIO, "job %zu: no process: %s", k + 1, strerror(failed));
    }
    if (status == ECP_OK) {
        job->state = ECP_SWEEP_RUNNING;
        job->began = ecp_clock_seconds();
    }
    free(log);
    free(dir);
    free(word);
    return status;
}

static void finish(struct ecp_sweep_job *job, int how)
{
    job->exit_code = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    job->wall_s = ecp_clock_seconds() - job->began;
    job->state = job->exit_code <= 1    ? ECP_SWEEP_DONE
                 : job->exit_code == 75 ? ECP_SWEEP_STOPPED
                                        : ECP_SWEEP_FAILED;
}

/* ---- all --------------------------------------------------------------------------------------
 */

struct tally {
    size_t waiting, running, ended;
};

static struct tally count(const struct ecp_sweep_work *work)
{
    struct tally t = {0, 0, 0};
    for (size_t k = 0; k < work->n_jobs; k++) {
        t.waiting += work->job[k].state == ECP_SWEEP_WAITING;
        t.running += work->job[k].state == ECP_SWEEP_RUNNING;
    }
    t.ended = work->n_jobs - t.waiting - t.running;
    return t;
}

static void reap(struct ecp_sweep_work *work)
{
    int how;
    for (size_t k = 0; k < work->n_jobs; k++) {
        struct ecp_sweep_job *job = &work->job[k];
        if (job->state == ECP_SWEEP_RUNNING && waitpid(job->process, &how, WNOHANG) == job->process)
            finish(job, how);
    }
}

static void tell_all(const struct ecp_sweep_work *work, int number)
{
    for (size_t k = 0; k < work->n_jobs; k++)
        if (work->job[k].state == ECP_SWEEP_RUNNING)
            (void)kill(work->job[k].process, number);
}

static int show(const struct ecp_sweep_work *work, struct ecp_cli_progress *progress,
                struct tally t, size_t before, double began)
{
    char text[80];
    const double left_over = (double)(work->n_jobs - before);
    (void)snprintf(text, sizeof text, "%zu of %zu runs, %zu at work", t.ended, work->n_jobs,
                   t.running);
    return ecp_cli_progress_work(progress,
                                 left_over > 0 ? (double)(t.ended - before) / left_over : 1, text,
                                 ecp_clock_seconds() - began);
}

enum ecp_status ecp_sweep_run(struct ecp_sweep_work *work, struct ecp_cli_progress *progress)
{
    const struct timespec nap = {0, LOOK_EVERY_NS};
    const double began = ecp_clock_seconds();
    const size_t before = count(work).ended;
    enum ecp_status status = ECP_OK;
    int stopping = 0;
    size_t next = 0;
    for (;;) {
        reap(work);
        struct tally t = count(work);
        while (!stopping && next < work->n_jobs && t.running < work->at_once) {
            if (work->job[next].state == ECP_SWEEP_WAITING) {
                status = start(work, next);
                t.running += status == ECP_OK;
                stopping = status != ECP_OK;
            }
            next++;
        }
        if (t.running == 0)
            break;
        if (show(work, progress, t, before, began) && !stopping) {
            tell_all(work, SIGTERM);
            stopping = 1;
        }
        (void)nanosleep(&nap, NULL);
    }
    ecp_cli_progress_end(progress);
    const struct tally left = count(work);
    size_t stopped = left.waiting;
    for (size_t k = 0; k < work->n_jobs; k++)
        stopped += work->job[k].state == ECP_SWEEP_STOPPED;
    if (status == ECP_OK && stopped > 0)
        status = ecp_fail(ECP_ESTOPPED, "%zu of %zu runs are left; --resume goes on", stopped,
                          work->n_jobs);
    return status;
}
