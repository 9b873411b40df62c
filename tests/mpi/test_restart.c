/* test_restart.c -- every specimen that goes on from a checkpoint, on other ranks and
 * threads, gives what it gives unbroken, bit for bit; and writing does not disturb it.
 *
 *     test_restart                                  write, go on, write, go on
 *     mpirun -n 2 test_restart --write --dir DIR    leaves checkpoints in DIR
 *     mpirun -n 3 test_restart --dir DIR            goes on from them
 *
 * All take --threads and --against (reference.h). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/checkpoint.h"
#include "mpi/comm.h"
#include "tests/mpi/reference.h"

enum { PATH = 512 };

/* Shares of a run between checkpoints: two in the first run (at 0.37 and 0.74), more in
 * those that go on. */
static const double FIRST = 0.37, LATER = 0.21;

struct part {
    const char *what;
    int threads, resume;
    double share; /* of the run; 0: no checkpoints */
};

/* What takes steps. */
static double stepped_ms(const struct ecp_plan *plan)
{
    double sum = 0;
    for (size_t k = 0; k < plan->n_phases; k++)
        sum += plan->phase[k]->fast_forward ? 0 : plan->phase[k]->duration;
    return sum;
}

static int run_part(const struct ecp_shape *shape, const struct ecp_specimen *specimen,
                    const struct ecp_plan *plan, const char *dir, const struct part *part,
                    const char *want)
{
    const double every = part->share * stepped_ms(plan);
    const struct ecp_run_options options = {
        .threads = part->threads,
        .isa = ecp_isa_best(),
        .comm = shape->comm,
        .checkpoint = {.dir = dir, .every_ms = every, .resume = part->resume}};
    char name[160], *got = NULL;
    const enum ecp_status status = ecp_shape_run(plan, &options, &got);
    (void)snprintf(name, sizeof name, "%s: %s, %d threads", specimen->name, part->what,
                   part->threads);
    const int failed = ecp_shape_differs(shape, name, status, want, got);
    ecp_error_clear();
    free(got);
    return failed;
}

/* One folder a specimen: rank 0 makes it, all know when it is there. */
static int folder(const struct ecp_shape *shape, const char *dir, size_t k, char *out)
{
    int failed = snprintf(out, PATH, "%s/%zu", dir, k) >= PATH;
    if (ecp_comm_rank(shape->comm) == 0 && !failed) {
        (void)mkdir(out, 0777);
        failed = access(out, W_OK) != 0;
        if (shape->write || !shape->dir)
            ecp_checkpoint_remove(out);
    }
    ecp_comm_tell(shape->comm, &failed, sizeof failed);
    return !failed;
}

static int lacks_checkpoints(const struct ecp_shape *shape, const char *name, const char *dir)
{
    if (ecp_comm_rank(shape->comm) > 0 ||
        (ecp_checkpoint_exists(dir, 0) && ecp_checkpoint_exists(dir, 1)))
        return 0;
    (void)printf("%s: two checkpoints were to be written in %s\n", name, dir);
    return 1;
}

static int check(const struct ecp_shape *shape, const struct ecp_specimen *specimen,
                 const struct ecp_plan *plan, const char *dir)
{
    const int t = shape->threads;
    const struct part parts[] = {{"writing", t, 0, FIRST},
                                 {"from the previous", t % 3 + 1, 2, 0},
                                 {"goes on", t, 1, 0},
                                 {"goes on and writes", t % 2 + 1, 1, LATER},
                                 {"goes on from that", (t + 2) % 4 + 1, 1, 0}};
    const size_t begin = shape->dir && !shape->write ? 1 : 0;
    const size_t end = shape->dir ? (shape->write ? 1 : 3) : 5;
    char *want = ecp_shape_reference(shape, specimen, plan);
    int failed = 0;
    for (size_t k = begin; k < end; k++) {
        failed += run_part(shape, specimen, plan, dir, &parts[k], want);
        failed += k == 0 && lacks_checkpoints(shape, specimen->name, dir);
    }
    free(want);
    return failed;
}

static void remove_folder(const char *dir, size_t n)
{
    char path[PATH];
    for (size_t k = 0; k < n; k++)
        if (snprintf(path, sizeof path, "%s/%zu", dir, k) < (int)sizeof path) {
            ecp_checkpoint_remove(path);
            (void)rmdir(path);
        }
    (void)rmdir(dir);
}

/* --dir, or a new one that rank 0 makes. */
static int name_folder(const struct ecp_shape *shape, char *out)
{
    const char *tmp = getenv("TMPDIR");
    int good = 1;
    if (ecp_comm_rank(shape->comm) == 0) {
        if (shape->dir) {
            (void)snprintf(out, PATH, "%s", shape->dir);
            (void)mkdir(out, 0777);
        } else {
            (void)snprintf(out, PATH, "%s/ecphory_restart_XXXXXX", tmp && *tmp ? tmp : "/tmp");
            good = mkdtemp(out) != NULL;
        }
    }
    ecp_comm_tell(shape->comm, out, PATH);
    ecp_comm_tell(shape->comm, &good, sizeof good);
    return good;
}

int main(int argc, char **argv)
{
    struct ecp_shape shape;
    struct ecp_specimen specimen;
    char dir[PATH] = "", own[PATH];
    int failed = 0;
    size_t k = 0;
    if (!ecp_shape_begin(argc, argv, &shape) || !name_folder(&shape, dir))
        return 2;
    for (; ecp_specimen_at(k, &specimen); k++) {
        struct ecp_plan *plan = NULL;
        if (!ecp_shape_has(&shape, &specimen))
            continue;
        if (ecp_specimen_plan(&specimen, &plan) != ECP_OK || !folder(&shape, dir, k, own)) {
            (void)printf("%s: %s\n", specimen.name, ecp_error_message());
            failed++;
        } else {
            failed += check(&shape, &specimen, plan, own);
        }
        ecp_plan_destroy(plan);
    }
    if (!shape.dir && ecp_comm_rank(shape.comm) == 0)
        remove_folder(dir, k);
    return ecp_shape_end(&shape, failed);
}
