/* What a scenario computes, and what memories recall, as a part of `ecphory run`. */
#include <math.h>
#include <omp.h>

#include "engine/cli.h"
#include "engine/clock.h"
#include "engine/experiment_run.h"
#include "engine/recall.h"
#include "mpi/comm.h"

static enum ecp_status compute_here(const struct ecp_plan *plan,
                                    const struct ecp_experiment_options *options,
                                    struct ecp_experiment **out)
{
    struct ecp_experiment *made = NULL;
    enum ecp_status status = ecp_experiment_create(plan, options, &made);
    if (status != ECP_OK)
        return status;
    status = ecp_experiment_run(made);
    if (status == ECP_OK || status == ECP_ESTOPPED)
        *out = made;
    else
        ecp_experiment_destroy(made);
    return status;
}

enum ecp_status ecp_cli_compute(const struct ecp_cli *cli, const struct ecp_plan *plan,
                                const struct ecp_recording *recording,
                                struct ecp_cli_progress *progress, struct ecp_experiment **out)
{
    const struct ecp_experiment_options options = {.threads = ecp_cli_threads(cli),
                                                   .isa = cli->isa,
                                                   .recording = recording,
                                                   .progress = ecp_cli_progress_work,
                                                   .context = progress};
    enum ecp_status status = ECP_OK;
    if (ecp_comm_rank(cli->comm) == 0)
        status = compute_here(plan, &options, out);
    ecp_cli_progress_end(progress);
    return ecp_comm_agree(cli->comm, status);
}

/* ---- memories without a network ----------------------------------------------- */

enum { TWICE_A_SECOND = 2 };

struct asking {
    struct ecp_cli_progress *progress;
    double began, next;
};

static int ask(void *context, double done, const char *at)
{
    struct asking *a = context;
    const double now = ecp_clock_seconds();
    if (now < a->next)
        return 0;
    a->next = now + 1.0 / TWICE_A_SECOND;
    return ecp_cli_progress_work(a->progress, done, at, now - a->began);
}

static enum ecp_status recall_here(const struct ecp_plan *plan, struct asking *asking,
                                   struct ecp_memories **out)
{
    struct ecp_memories *made = NULL;
    const double duration = ecp_plan_duration(plan);
    enum ecp_status status = ecp_memories_create(plan, &made);
    if (status != ECP_OK)
        return status;
    const struct ecp_memories_asking asked = {ask, asking};
    status = ecp_memories_until(made, duration > 0 ? duration : INFINITY, &asked);
    if (status == ECP_OK || status == ECP_ESTOPPED)
        *out = made;
    else
        ecp_memories_destroy(made);
    return status;
}

enum ecp_status ecp_cli_recall(const struct ecp_cli *cli, const struct ecp_plan *plan,
                               struct ecp_cli_progress *progress, struct ecp_memories **out)
{
    enum ecp_status status = ECP_OK;
    const double now = ecp_clock_seconds();
    struct asking asking = {progress, now, now};
    omp_set_num_threads(ecp_cli_threads(cli));
    if (ecp_comm_rank(cli->comm) == 0)
        status = recall_here(plan, &asking, out);
    ecp_cli_progress_end(progress);
    return ecp_comm_agree(cli->comm, status);
}
