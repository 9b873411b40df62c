/* reference.h -- what specimens give when they run alone and unbroken: written once, compared
 * with by programs that run them otherwise. */
#ifndef ECP_TESTS_REFERENCE_H
#define ECP_TESTS_REFERENCE_H

#include "tests/specimens.h"

/* Of a test program: --threads 2 --against FILE --only NAME --dir DIR --full --write
 * --verbose. */
struct ecp_shape {
    struct ecp_comm *comm;
    int threads;
    int full; /* also what takes long */
    int write;
    int verbose; /* names as they begin */
    const char *against, *only, *dir;
    char *reference; /* the text of `against` */
};

/* Joins the job, reads the options. 0: stop with exit code 2. */
int ecp_shape_begin(int argc, char **argv, struct ecp_shape *out);
/* Exit code of the program, which `failed` times found something wrong. */
int ecp_shape_end(struct ecp_shape *shape, int failed);

/* 1: to be run; says so with --verbose. */
int ecp_shape_has(const struct ecp_shape *shape, const struct ecp_specimen *specimen);

/* Build and run; *digest is malloc'd. */
enum ecp_status ecp_shape_run(const struct ecp_plan *plan, const struct ecp_run_options *options,
                              char **digest);

/* Rank 0: from the file, or by a run alone on one thread. malloc'd; elsewhere "". */
char *ecp_shape_reference(const struct ecp_shape *shape, const struct ecp_specimen *specimen,
                          const struct ecp_plan *plan);

/* Rank 0 counts, others have 0: 1 where it is not the wanted digest. */
int ecp_shape_differs(const struct ecp_shape *shape, const char *name, enum ecp_status status,
                      const char *want, const char *got);

#endif
