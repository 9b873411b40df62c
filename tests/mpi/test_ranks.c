/* test_ranks.c -- every specimen on ranks x threads gives what it gives alone, bit for bit.
 *
 *     test_ranks --write > FILE                              alone, on one thread
 *     mpirun -n 3 test_ranks --threads 2 --against FILE      on 3 x 2
 *
 * Without FILE, rank 0 runs each alone before all run it together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/comm.h"
#include "tests/mpi/reference.h"

/* A specimen of which nobody fires tests little. */
static int is_silent(const struct ecp_specimen *specimen, const char *digest)
{
    if (specimen->silent || !strstr(digest, " 0 spikes, checksum"))
        return 0;
    (void)printf("%s: nobody fires\n", specimen->name);
    return 1;
}

static int write_reference(const struct ecp_shape *shape, const struct ecp_specimen *specimen,
                           const struct ecp_plan *plan)
{
    char *digest = ecp_shape_reference(shape, specimen, plan);
    const int failed = !digest || is_silent(specimen, digest);
    (void)printf("== %s\n%s", specimen->name, digest ? digest : "failed\n");
    free(digest);
    return failed;
}

static int compare(const struct ecp_shape *shape, const struct ecp_specimen *specimen,
                   const struct ecp_plan *plan)
{
    const struct ecp_run_options options = {
        .threads = shape->threads, .isa = ecp_isa_best(), .comm = shape->comm};
    char *want = ecp_shape_reference(shape, specimen, plan), *got = NULL;
    const enum ecp_status status = ecp_shape_run(plan, &options, &got);
    const int failed = ecp_shape_differs(shape, specimen->name, status, want, got);
    ecp_error_clear();
    free(want);
    free(got);
    return failed;
}

int main(int argc, char **argv)
{
    struct ecp_shape shape;
    struct ecp_specimen specimen;
    int failed = 0;
    if (!ecp_shape_begin(argc, argv, &shape))
        return 2;
    for (size_t k = 0; ecp_specimen_at(k, &specimen); k++) {
        struct ecp_plan *plan = NULL;
        if (!ecp_shape_has(&shape, &specimen))
            continue;
        if (ecp_specimen_plan(&specimen, &plan) != ECP_OK) {
            (void)printf("%s: %s\n", specimen.name, ecp_error_message());
            ecp_error_clear();
            failed++;
            continue;
        }
        failed += shape.write ? write_reference(&shape, &specimen, plan)
                              : compare(&shape, &specimen, plan);
        ecp_plan_destroy(plan);
    }
    if (shape.write) /* standard output is the file */
        return failed > 0;
    return ecp_shape_end(&shape, failed);
}
