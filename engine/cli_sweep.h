/* cli_sweep.h -- the runs of a sweep: processes of this program, several at once, each in
 * a folder of its own, and what came out of them (private to cli_sweep*.c). */
#ifndef ECP_CLI_SWEEP_H
#define ECP_CLI_SWEEP_H

#include <stdio.h>
#include <sys/types.h>

#include "engine/cli.h"
#include "engine/sweep.h"

enum ecp_sweep_state {
    ECP_SWEEP_WAITING,
    ECP_SWEEP_RUNNING,
    ECP_SWEEP_DONE, /* with verdicts: exit code 0 or 1 */
    ECP_SWEEP_FAILED,
    ECP_SWEEP_STOPPED
};

struct ecp_sweep_job {
    size_t point, seed; /* numbers in the sweep */
    enum ecp_sweep_state state;
    int exit_code; /* 128 + signal where one ended it */
    pid_t process;
    double began, wall_s; /* wall_s NAN: run by an earlier call */
    size_t n_claims, n_failed;
    double *value; /* by position in the results of the sweep; NAN: undefined */
};

struct ecp_sweep_work {
    const struct ecp_cli *cli;
    struct ecp_plan *plan; /* of the config itself */
    struct ecp_sweep sweep;
    char *dir;
    size_t n_jobs;
    struct ecp_sweep_job *job;
    size_t at_once;
    int threads;  /* of a job */
    double bytes; /* of the largest job */

    size_t n_results, n_shown;
    const char **result, **unit; /* the plan's */
    size_t *shown;               /* positions among the results */
};

/* "key=value" of job k, the sweep's last: cli->n_overrides + axes + 1 words, to be freed. */
enum ecp_status ecp_sweep_overrides(const struct ecp_sweep_work *work, size_t k, const char ***out,
                                    size_t *n);
/* DIR/jobs/00007, to be freed; NULL: no memory. */
char *ecp_sweep_folder(const struct ecp_sweep_work *work, size_t k);

/* Run what is WAITING. ECP_ESTOPPED: asked to end, all processes have ended. A job that
 * fails does not keep the others from running. */
enum ecp_status ecp_sweep_run(struct ecp_sweep_work *work, struct ecp_cli_progress *progress);

/* Read DIR/run.json of the jobs that are done; results that are to be shown. */
enum ecp_status ecp_sweep_collect(struct ecp_sweep_work *work);
/* Over the seeds of a point: mean, and standard deviation (NAN for one). */
size_t ecp_sweep_mean(const struct ecp_sweep_work *work, size_t point, size_t result, double *mean,
                      double *sd);

/* DIR/sweep.{json,csv,h5,svg}; *json (to be freed) is what the first holds. */
enum ecp_status ecp_sweep_write(const struct ecp_sweep_work *work, enum ecp_status ended,
                                char **json);
enum ecp_status ecp_sweep_draw(const struct ecp_sweep_work *work);
void ecp_sweep_print(FILE *to, const struct ecp_sweep_work *work, struct ecp_look look);

#endif
