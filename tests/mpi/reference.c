#include "tests/mpi/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/comm.h"

/* Of the address sanitizer: what MPI loses as it starts is its own, and what it keeps can be
 * told from what we lose only while its libraries are there. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));
void __lsan_do_leak_check(void) __attribute__((weak));

static enum ecp_status start_ranks(struct ecp_comm **out)
{
    if (__lsan_disable)
        __lsan_disable();
    const enum ecp_status status = ecp_comm_start(out);
    if (__lsan_enable)
        __lsan_enable();
    return status;
}

/* ---- options ----------------------------------------------------------------- */

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    if (file && fseek(file, 0, SEEK_END) == 0) {
        const long n = ftell(file);
        rewind(file);
        text = n >= 0 ? calloc(1, (size_t)n + 1) : NULL;
        if (text && fread(text, 1, (size_t)n, file) != (size_t)n) {
            free(text);
            text = NULL;
        }
    }
    if (file)
        (void)fclose(file);
    return text;
}

static int read_options(int argc, char **argv, struct ecp_shape *out)
{
    for (int k = 1; k < argc; k++) {
        const char *value = k + 1 < argc ? argv[k + 1] : NULL;
        if (strcmp(argv[k], "--full") == 0) {
            out->full = 1;
            continue;
        }
        if (strcmp(argv[k], "--write") == 0) {
            out->write = 1;
            continue;
        }
        if (strcmp(argv[k], "--verbose") == 0) {
            out->verbose = 1;
            continue;
        }
        if (!value)
            return 0;
        if (strcmp(argv[k], "--threads") == 0)
            out->threads = atoi(value);
        else if (strcmp(argv[k], "--against") == 0)
            out->against = value;
        else if (strcmp(argv[k], "--only") == 0)
            out->only = value;
        else if (strcmp(argv[k], "--dir") == 0)
            out->dir = value;
        else
            return 0;
        k++;
    }
    return out->threads > 0;
}

int ecp_shape_begin(int argc, char **argv, struct ecp_shape *out)
{
    *out = (struct ecp_shape){.threads = 1};
    if (!read_options(argc, argv, out) || start_ranks(&out->comm) != ECP_OK) {
        (void)fprintf(stderr, "%s: options or MPI: %s\n", argv[0], ecp_error_message());
        return 0;
    }
    if (out->against && ecp_comm_rank(out->comm) == 0)
        out->reference = read_text(out->against);
    return 1;
}

int ecp_shape_end(struct ecp_shape *shape, int failed)
{
    ecp_comm_tell(shape->comm, &failed, sizeof failed);
    if (ecp_comm_rank(shape->comm) == 0)
        (void)printf("%d ranks x %d threads: %d different\n", ecp_comm_size(shape->comm),
                     shape->threads, failed);
    (void)fflush(stdout);
    free(shape->reference);
    if (__lsan_do_leak_check)
        __lsan_do_leak_check();
    ecp_comm_stop(shape->comm);
    return failed > 0;
}

int ecp_shape_has(const struct ecp_shape *shape, const struct ecp_specimen *specimen)
{
    const int has = shape->only ? strstr(specimen->name, shape->only) != NULL
                                : shape->full || !strstr(specimen->name, ", long");
    if (has && shape->verbose && ecp_comm_rank(shape->comm) == 0)
        (void)fprintf(stderr, "%s\n", specimen->name);
    return has;
}

/* ---- running ------------------------------------------------------------------- */

enum ecp_status ecp_shape_run(const struct ecp_plan *plan, const struct ecp_run_options *options,
                              char **digest)
{
    struct ecp_network *network = NULL;
    char *made = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_network_create(plan, options, &network));
    ECP_TRY(ecp_network_run(network));
    made = ecp_digest(network, options->comm);
    if (!made)
        status = ecp_fail(ECP_ENOMEM, "no memory for a digest");
    *digest = made;
done:
    ecp_network_destroy(network);
    return status;
}

static char *find(const char *all, const char *name)
{
    char head[80];
    (void)snprintf(head, sizeof head, "== %s\n", name);
    const char *at = strstr(all, head), *end;
    if (!at)
        return NULL;
    at += strlen(head);
    end = strstr(at, "== ");
    return end ? strndup(at, (size_t)(end - at)) : strdup(at);
}

char *ecp_shape_reference(const struct ecp_shape *shape, const struct ecp_specimen *specimen,
                          const struct ecp_plan *plan)
{
    const struct ecp_run_options alone = {.threads = 1, .isa = ecp_isa_best()};
    char *digest = NULL;
    if (ecp_comm_rank(shape->comm) > 0)
        return strdup("");
    if (shape->reference)
        return find(shape->reference, specimen->name);
    if (ecp_shape_run(plan, &alone, &digest) != ECP_OK)
        (void)printf("%s, alone: %s\n", specimen->name, ecp_error_message());
    ecp_error_clear();
    return digest;
}

int ecp_shape_differs(const struct ecp_shape *shape, const char *name, enum ecp_status status,
                      const char *want, const char *got)
{
    if (ecp_comm_rank(shape->comm) > 0)
        return 0;
    if (status == ECP_OK)
        return !ecp_digest_compare(name, want, got);
    (void)printf("%s: %s\n", name, ecp_error_message());
    return 1;
}
