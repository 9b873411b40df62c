/* test_faults.c -- what the system refuses on one rank ends all of them with one status and
 * one sentence: no memory, in any of its requests while a network is built and run; no
 * disk, in any call that writes a checkpoint or reads it.
 *
 *     mpirun -n 3 test_faults --threads 2 [--full] [--only NAME] [--verbose]
 *
 * The linker sends the program's own calls here (--wrap, tests/mpi/CMakeLists.txt). Each
 * specimen runs once to count them; then it runs again and again, and each time another call
 * fails, on one rank after the other: either this one alone or also all after it. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/checkpoint.h"
#include "mpi/comm.h"
#include "mpi/comm_private.h"
#include "tests/mpi/reference.h"

enum { PATH = 512, SENTENCE = 300, PATIENCE = 120, FEW = 24, MANY = 1000 };

/* ---- calls that fail --------------------------------------------------------------- */

enum fault { NO_FAULT, NO_MEMORY, NO_DISK };

static struct {
    enum fault fault;
    long first;  /* number of the call that fails; 0: none does */
    int persist; /* also those after it */
    atomic_long calls, failed;
} set;

/* What the job cannot go on without (mpi/comm.h). */
static _Thread_local int spared;

static int fails(enum fault fault)
{
    if (set.fault != fault || spared)
        return 0;
    const long call = atomic_fetch_add(&set.calls, 1) + 1;
    const int failing = set.first > 0 && (call == set.first || (set.persist && call > set.first));
    if (failing)
        atomic_fetch_add(&set.failed, 1);
    return failing;
}

#define MEMORY(type, name, parameters, arguments)                                                  \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        if (!fails(NO_MEMORY))                                                                     \
            return __real_##name arguments;                                                        \
        errno = ENOMEM;                                                                            \
        return (type)0;                                                                            \
    }

MEMORY(void *, malloc, (size_t size), (size))
MEMORY(void *, calloc, (size_t n, size_t size), (n, size))
MEMORY(void *, realloc, (void *old, size_t size), (old, size))
MEMORY(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size))
MEMORY(char *, strdup, (const char *text), (text))

void *__real_mmap(void *at, size_t size, int protection, int flags, int file, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int file, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int file, off_t offset)
{
    if (fails(NO_MEMORY)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return __real_mmap(at, size, protection, flags, file, offset);
}

#define DISK(type, name, parameters, arguments)                                                    \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        if (!fails(NO_DISK))                                                                       \
            return __real_##name arguments;                                                        \
        errno = ENOSPC;                                                                            \
        return (type)-1;                                                                           \
    }

DISK(ssize_t, pwrite, (int file, const void *data, size_t n, off_t at), (file, data, n, at))
DISK(int, fsync, (int file), (file))
DISK(int, rename, (const char *from, const char *to), (from, to))
DISK(int, open, (const char *path, int flags, mode_t mode), (path, flags, mode))

#define SPARED(name, parameters, arguments)                                                        \
    void __real_##name parameters;                                                                 \
    void __wrap_##name parameters;                                                                 \
    void __wrap_##name parameters                                                                  \
    {                                                                                              \
        spared++;                                                                                  \
        __real_##name arguments;                                                                   \
        spared--;                                                                                  \
    }

SPARED(ecp_job_collect, (struct ecp_mail * mail), (mail))
SPARED(ecp_job_turn,
       (struct ecp_comm * comm, int turn, const void *out, size_t bytes, void **in, size_t *n),
       (comm, turn, out, bytes, in, n))
SPARED(ecp_job_deal,
       (struct ecp_comm * comm, const void *out, const size_t *first, void **in, size_t *in_first),
       (comm, out, first, in, in_first))

/* ---- one run ----------------------------------------------------------------------- */

/* What is run, and where its checkpoints are. */
struct scene {
    const struct ecp_shape *shape;
    const struct ecp_specimen *specimen;
    const struct ecp_plan *plan;
    const char *dir;
    enum fault fault;
    int resume;
    char *want;
};

static char now_running[200];

/* Somebody waits for somebody: the end of the job, and which run it was. */
static void on_alarm(int number)
{
    (void)number;
    (void)!write(STDERR_FILENO, now_running, strlen(now_running));
    _exit(3);
}

/* As in the program: a run, what it tells, and its end; all but the plan may fail. */
static enum ecp_status run(const struct scene *s, char **digest)
{
    const double every = 0.3 * ecp_plan_duration(s->plan);
    const struct ecp_run_options options = {
        .threads = s->shape->threads,
        .isa = ecp_isa_best(),
        .comm = s->shape->comm,
        .checkpoint = {.dir = s->dir, .every_ms = s->resume ? 0 : every, .resume = s->resume}};
    struct ecp_network *network = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_network_create(s->plan, &options, &network));
    ECP_TRY(ecp_network_run(network));
    set.fault = NO_FAULT;
    *digest = ecp_digest(network, s->shape->comm);
done:
    set.fault = NO_FAULT;
    ecp_network_destroy(network);
    return status;
}

static int agree(const struct ecp_shape *shape, enum ecp_status status, const char *sentence)
{
    int64_t most[2] = {(int64_t)status, -(int64_t)status};
    char first[SENTENCE];
    (void)snprintf(first, sizeof first, "%s", sentence);
    ecp_comm_tell(shape->comm, first, sizeof first);
    /* Rank 0 does not say who it is of its own failures: others have it after a colon. */
    int64_t differs = strcmp(first, sentence) != 0;
    ecp_comm_most(shape->comm, most, 2);
    ecp_comm_most(shape->comm, &differs, 1);
    return most[0] == -most[1] && !differs;
}

static int is_right(const struct scene *s, enum ecp_status status, const char *digest)
{
    const char *sentence = ecp_error_message();
    if (status == ECP_OK) /* it was not needed */
        return ecp_comm_rank(s->shape->comm) > 0 || (digest && strcmp(digest, s->want) == 0);
    if (s->fault == NO_MEMORY && status != ECP_ENOMEM && !strstr(sentence, strerror(ENOMEM)))
        return 0;
    if (s->fault == NO_DISK && status != ECP_EIO)
        return 0;
    return strlen(sentence) > 10 && !strchr(sentence, '\n');
}

/* Call `first` fails on one rank. *failures: how often the run ended by it. */
static int fail_once(const struct scene *s, long first, int rank, size_t *failures)
{
    const struct ecp_shape *shape = s->shape;
    char *digest = NULL;
    (void)snprintf(now_running, sizeof now_running, "%s: %s %ld of rank %d%s%s\n",
                   s->specimen->name, s->fault == NO_MEMORY ? "memory" : "disk", first, rank,
                   first % 2 ? " and all after it" : "", s->resume ? ", goes on" : "");
    if (shape->verbose && ecp_comm_rank(shape->comm) == 0)
        (void)fputs(now_running, stderr);
    (void)alarm(PATIENCE);
    set.first = ecp_comm_rank(shape->comm) == rank ? first : 0;
    set.persist = first % 2 != 0;
    atomic_store(&set.calls, 0);
    set.fault = s->fault;
    const enum ecp_status status = run(s, &digest);
    *failures += status != ECP_OK;
    int64_t failed = !is_right(s, status, digest);
    if (failed)
        (void)printf("rank %d: %s: %s", ecp_comm_rank(shape->comm), ecp_error_message(),
                     now_running);
    ecp_comm_most(shape->comm, &failed, 1);
    if (!agree(shape, status, ecp_error_message())) {
        (void)printf("rank %d of another opinion: %s: %s", ecp_comm_rank(shape->comm),
                     ecp_error_message(), now_running);
        failed = 1;
    }
    (void)alarm(0);
    ecp_error_clear();
    free(digest);
    return (int)failed;
}

/* ---- all of them ------------------------------------------------------------------- */

/* Most calls of any rank in a run in which none fails; -1: it fails all the same. */
static int64_t count_calls(struct scene *s)
{
    char *digest = NULL;
    set.first = 0;
    atomic_store(&set.calls, 0);
    set.fault = s->fault;
    const enum ecp_status status = run(s, &digest);
    int64_t calls = atomic_load(&set.calls);
    ecp_comm_most(s->shape->comm, &calls, 1);
    free(s->want);
    s->want = digest;
    if (status != ECP_OK)
        (void)printf("%s: %s\n", s->specimen->name, ecp_error_message());
    ecp_error_clear();
    return status == ECP_OK ? calls : -1;
}

static int sweep(struct scene *s, const char *what)
{
    const struct ecp_shape *shape = s->shape;
    const int64_t calls = count_calls(s), most = shape->full ? MANY : FEW;
    const int ranks = ecp_comm_size(shape->comm);
    size_t failures = 0, runs = 0;
    int failed = calls <= 0;
    for (int64_t k = 0; k < most && k < calls; k++) {
        /* All of them, or the first ones and others ever further apart. */
        const long call = (long)(calls <= most ? k + 1 : 1 + k * k * (calls - 1) / (most * most));
        failed += fail_once(s, call, (int)((k + call) % ranks), &failures);
        runs++;
    }
    if (ecp_comm_rank(shape->comm) == 0)
        (void)printf("%s, %s: %lld calls; of %zu runs %zu failed as they should\n",
                     s->specimen->name, what, (long long)calls, runs, failures);
    return failed + (failures == 0);
}

static int check(const struct ecp_shape *shape, const struct ecp_specimen *specimen,
                 const struct ecp_plan *plan, const char *dir)
{
    struct scene s = {.shape = shape, .specimen = specimen, .plan = plan, .dir = dir};
    int failed = 0;
    s.fault = NO_MEMORY;
    failed += sweep(&s, "memory");
    s.fault = NO_DISK;
    failed += sweep(&s, "disk");
    s.fault = NO_FAULT;
    failed += count_calls(&s) < 0; /* for what follows: both checkpoints are whole */
    s.resume = 1;
    s.fault = NO_MEMORY;
    failed += sweep(&s, "memory, going on");
    free(s.want);
    return failed;
}

/* Of each kind of network one, unless told otherwise. */
static int is_chosen(const struct ecp_shape *shape, const struct ecp_specimen *specimen)
{
    static const char *const names[] = {"sparse",
                                        "exact, phases",
                                        "few sources on many ranks",
                                        "gap junctions",
                                        "tripartite, random pools",
                                        "structural beside stdp",
                                        "rule stdp, dendritic",
                                        "neuron adex, wide",
                                        NULL};
    if (shape->only)
        return ecp_shape_has(shape, specimen);
    for (size_t k = 0; names[k]; k++)
        if (strcmp(names[k], specimen->name) == 0)
            return 1;
    return 0;
}

static int name_folder(const struct ecp_shape *shape, char *out)
{
    const char *tmp = getenv("TMPDIR");
    if (ecp_comm_rank(shape->comm) == 0) {
        (void)snprintf(out, PATH, "%s/ecphory_faults_XXXXXX", tmp && *tmp ? tmp : "/tmp");
        if (!mkdtemp(out))
            out[0] = '\0';
    }
    ecp_comm_tell(shape->comm, out, PATH);
    return out[0] != '\0';
}

int main(int argc, char **argv)
{
    struct ecp_shape shape;
    struct ecp_specimen specimen;
    char dir[PATH] = "";
    int failed = 0;
    if (!ecp_shape_begin(argc, argv, &shape) || !name_folder(&shape, dir))
        return 2;
    (void)signal(SIGALRM, on_alarm);
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* also when the job ends at once */
    for (size_t k = 0; ecp_specimen_at(k, &specimen); k++) {
        struct ecp_plan *plan = NULL;
        if (!is_chosen(&shape, &specimen))
            continue;
        if (ecp_specimen_plan(&specimen, &plan) != ECP_OK)
            failed++;
        else
            failed += check(&shape, &specimen, plan, dir);
        ecp_plan_destroy(plan);
    }
    if (ecp_comm_rank(shape.comm) == 0) {
        ecp_checkpoint_remove(dir);
        failed += rmdir(dir) != 0;
    }
    return ecp_shape_end(&shape, failed);
}
