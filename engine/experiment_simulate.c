/* Networks that a scenario runs itself: one on all threads, or many at once. */
#include <stdio.h>

#include "engine/experiment_run.h"
#include "engine/forecast.h"
#include "engine/network.h"

/* Jobs that run at the same time: how far all of them are. */
struct together {
    const struct ecp_jobs *jobs;
    double done; /* in jobs: those at their end and parts of those under way */
};

/* One network. */
struct watch {
    struct ecp_experiment *e;
    struct together *together; /* NULL: alone; its progress is not shown */
    double done;               /* its share in `together` */
};

static double progress_of(const struct together *t)
{
    return t->jobs->from + (t->jobs->to - t->jobs->from) * t->done / (double)t->jobs->n;
}

static void go_ahead(struct watch *w, double done)
{
    w->together->done += done - w->done;
    w->done = done;
}

/* Also where progress is not shown, a wish to stop is heard. */
static int heard(void *context, const struct ecp_progress *now)
{
    struct watch *w = context;
    enum ecp_status status;
#pragma omp critical(ecp_experiment_heard)
    {
        if (w->together && now->duration_ms > 0)
            go_ahead(w, now->model_ms / now->duration_ms);
        status = ecp_experiment_progress(w->e, w->together ? progress_of(w->together) : w->e->done,
                                         w->together ? w->together->jobs->at : NULL);
    }
    if (status == ECP_ESTOPPED)
        ecp_error_clear(); /* the network has its own sentence */
    return status == ECP_ESTOPPED;
}

static enum ecp_status simulate(struct watch *watch, struct ecp_plan *plan, int threads,
                                struct ecp_simulated *out)
{
    struct ecp_simulated made = {0};
    enum ecp_status status = ECP_OK;
    struct ecp_run_options options = {
        .threads = 1, .isa = watch->e->options.isa, .progress = heard, .context = watch};
    if (plan->n_neurons == 0)
        ECP_TRY(ecp_plan_check(plan));
    if (threads > 1)
        options.threads = ecp_plan_threads_worth(plan, threads);
    ECP_TRY(ecp_network_create(plan, &options, &made.network));
    ECP_TRY(ecp_network_run(made.network));
    made.recording = ecp_network_recording(made.network);
    *out = made;
    return ECP_OK;
done:
    ecp_network_destroy(made.network);
    return status;
}

/* The sentence of a run that was stopped is that of the experiment. */
static enum ecp_status stopped(struct ecp_experiment *e)
{
    ecp_error_clear();
    return ecp_experiment_progress(e, e->done, NULL);
}

enum ecp_status ecp_experiment_simulate(struct ecp_experiment *e, struct ecp_plan *plan,
                                        struct ecp_simulated *out)
{
    struct watch watch = {.e = e};
    const enum ecp_status status = simulate(&watch, plan, ecp_experiment_threads(e), out);
    return status == ECP_ESTOPPED ? stopped(e) : status;
}

void ecp_experiment_release(struct ecp_simulated *simulated)
{
    if (!simulated)
        return;
    ecp_network_destroy(simulated->network);
    *simulated = (struct ecp_simulated){0};
}

/* ---- many at once ------------------------------------------------------------ */

enum { SENTENCE = 500 };

static enum ecp_status run_job(struct watch *watch, size_t job)
{
    const struct ecp_jobs *jobs = watch->together->jobs;
    struct ecp_simulated run = {0};
    struct ecp_plan *plan = NULL;
    enum ecp_status status;
    ECP_TRY(jobs->plan(jobs->context, job, &plan));
    ECP_TRY(simulate(watch, plan, 1, &run));
    status = jobs->look(jobs->context, job, run.recording);
done:
    ecp_experiment_release(&run);
    ecp_plan_destroy(plan);
    return status;
}

/* Of the job that failed first in their order, so that it is the same on any threads. */
struct failure {
    size_t job;
    enum ecp_status status;
    char sentence[SENTENCE];
};

static void finish_job(struct watch *watch, size_t job, enum ecp_status status,
                       struct failure *failure)
{
    const int first = status != ECP_OK && (failure->status == ECP_OK || job < failure->job);
    if (first) {
        failure->job = job;
        failure->status = status;
        (void)snprintf(failure->sentence, SENTENCE, "%s", ecp_error_message());
    }
    ecp_error_clear();
    if (status == ECP_OK)
        go_ahead(watch, 1);
    const struct together *t = watch->together;
    if (ecp_experiment_progress(watch->e, progress_of(t), t->jobs->at) != ECP_OK)
        ecp_error_clear();
}

enum ecp_status ecp_experiment_simulate_jobs(struct ecp_experiment *e, const struct ecp_jobs *jobs)
{
    struct failure failure = {.status = ECP_OK};
    struct together together = {.jobs = jobs};
    enum ecp_status status = ecp_experiment_progress(e, jobs->from, jobs->at);
    if (status != ECP_OK)
        return status;
#pragma omp parallel for schedule(dynamic) num_threads(ecp_experiment_threads(e))
    for (size_t job = 0; job < jobs->n; job++) {
        struct watch watch = {.e = e, .together = &together};
        int over;
#pragma omp critical(ecp_experiment_heard)
        over = failure.status != ECP_OK && failure.job < job;
        if (over)
            continue;
        const enum ecp_status done = run_job(&watch, job);
#pragma omp critical(ecp_experiment_heard)
        finish_job(&watch, job, done, &failure);
    }
    if (failure.status == ECP_ESTOPPED || e->stopped)
        return stopped(e);
    return failure.status == ECP_OK ? ECP_OK : ecp_fail(failure.status, "%s", failure.sentence);
}
