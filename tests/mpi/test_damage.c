/* test_damage.c -- checkpoints that are damaged, cut short or foreign: refused with a
 * sentence, the one before is offered, and nothing is ever done with wrong numbers. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/checkpoint.h"
#include "tests/specimens.h"
#include "tests/support.h"

enum { PATH = 512, FLIPS = 300, CONTENTS = 4096 };

/* Checkpoints at 40 and 80 of some 100 ms, and what the whole run gives. */
struct scene {
    struct ecp_plan *plan;
    char dir[PATH], current[PATH + 32], previous[PATH + 32];
    char *want;
    unsigned char *bytes; /* of the current one */
    size_t n;
};

static enum ecp_status run(const struct scene *s, const struct ecp_plan *plan, int resume,
                           double every, char **digest)
{
    const struct ecp_run_options options = {
        .threads = 2,
        .isa = ecp_isa_best(),
        .checkpoint = {.dir = s->dir, .every_ms = every, .resume = resume}};
    struct ecp_network *network = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_network_create(plan, &options, &network));
    ECP_TRY(ecp_network_run(network));
    *digest = ecp_digest(network, NULL);
done:
    ecp_network_destroy(network);
    return status;
}

static struct ecp_plan *plan_of(const char *name)
{
    struct ecp_specimen specimen;
    struct ecp_plan *plan = NULL;
    size_t k = 0;
    while (ecp_specimen_at(k, &specimen) && strcmp(specimen.name, name) != 0)
        k++;
    ECP_ASSERT_OK(ecp_specimen_plan(&specimen, &plan));
    return plan;
}

static void read_bytes(const char *path, unsigned char **bytes, size_t *n)
{
    FILE *file = fopen(path, "rbe");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL_FATAL(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);
    CU_ASSERT_FATAL(size > CONTENTS);
    rewind(file);
    *n = (size_t)size;
    *bytes = malloc(*n);
    CU_ASSERT_PTR_NOT_NULL_FATAL(*bytes);
    CU_ASSERT_EQUAL(fread(*bytes, 1, *n, file), *n);
    (void)fclose(file);
}

static void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wbe");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, n, file), n);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

static struct scene begin(const char *name)
{
    struct scene s = {.plan = plan_of(name)};
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(s.dir, sizeof s.dir, "%s/ecphory_damage_XXXXXX", tmp && *tmp ? tmp : "/tmp");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(s.dir));
    (void)snprintf(s.current, sizeof s.current, "%s/checkpoint.ecp", s.dir);
    (void)snprintf(s.previous, sizeof s.previous, "%s/checkpoint.previous.ecp", s.dir);
    ECP_ASSERT_OK(run(&s, s.plan, 0, 0.4 * ecp_plan_duration(s.plan), &s.want));
    read_bytes(s.current, &s.bytes, &s.n);
    return s;
}

static void end(struct scene *s)
{
    ecp_checkpoint_remove(s->dir);
    CU_ASSERT_EQUAL(rmdir(s->dir), 0);
    ecp_plan_destroy(s->plan);
    free(s->want);
    free(s->bytes);
}

/* Goes on as if nothing had been. */
static void check_goes_on(const struct scene *s, int resume)
{
    char *got = NULL;
    ECP_ASSERT_OK(run(s, s->plan, resume, 0, &got));
    CU_ASSERT(ecp_digest_compare(s->dir, s->want, got));
    free(got);
}

/* One sentence that names the file, and the way out. */
static void check_refused(const struct scene *s, int resume, const char *part)
{
    char *got = NULL;
    const enum ecp_status status = run(s, s->plan, resume, 0, &got);
    const char *sentence = ecp_error_message();
    const int good = status == ECP_EIO && strstr(sentence, s->dir) && strstr(sentence, part) &&
                     !strchr(sentence, '\n');
    if (!good)
        (void)printf("\n  status %s, wanted \"..%s..\": %s", ecp_status_name(status), part,
                     sentence);
    CU_ASSERT(good);
    CU_ASSERT_EQUAL(!strstr(sentence, "--resume-previous"),
                    resume == 2 || access(s->previous, F_OK) != 0);
    ecp_error_clear();
    free(got);
}

/* ---- one place after the other ------------------------------------------------ */

static void flip(const struct scene *s, size_t at, const char *part)
{
    CU_ASSERT_FATAL(at < s->n);
    s->bytes[at] ^= 0x41;
    write_bytes(s->current, s->bytes, s->n);
    s->bytes[at] ^= 0x41;
    check_refused(s, 1, part);
}

static void flipped(void)
{
    struct scene s = begin("phases");
    flip(&s, 0, "not a checkpoint");
    flip(&s, 8, "another order of bytes");
    flip(&s, 16, "this program reads format");
    flip(&s, 24, "precision");
    flip(&s, 32, "damaged");
    flip(&s, 32 + 7, "damaged"); /* a number of blocks beyond all memory */
    flip(&s, 40, "");
    flip(&s, 40 + 7, "cut short");
    flip(&s, 48, "damaged");
    flip(&s, CONTENTS, "damaged");
    flip(&s, CONTENTS + 8, "damaged");
    flip(&s, CONTENTS + 16, "damaged");
    flip(&s, 2 * CONTENTS, "");       /* the first record */
    flip(&s, 2 * CONTENTS + 200, ""); /* something in it */
    flip(&s, s.n - 1, "checksum");
    check_goes_on(&s, 2);
    write_bytes(s.current, s.bytes, s.n);
    check_goes_on(&s, 1);
    end(&s);
}

static void cut_short(void)
{
    struct scene s = begin("exact, phases");
    const size_t length[] = {0, 1, 100, CONTENTS - 1, CONTENTS, CONTENTS + 30, s.n / 2, s.n - 1};
    for (size_t k = 0; k < sizeof length / sizeof length[0]; k++) {
        write_bytes(s.current, s.bytes, length[k]);
        check_refused(&s, 1, "cut short");
    }
    write_bytes(s.current, s.want, strlen(s.want)); /* some text */
    check_refused(&s, 1, "not a checkpoint");
    check_goes_on(&s, 2);
    end(&s);
}

static void missing(void)
{
    struct scene s = begin("single neurons");
    CU_ASSERT_EQUAL(unlink(s.current), 0);
    check_refused(&s, 1, "No such file");
    check_goes_on(&s, 2);
    CU_ASSERT_EQUAL(unlink(s.previous), 0);
    check_refused(&s, 1, "No such file");
    check_refused(&s, 2, "No such file");
    end(&s);
}

/* ---- of another run ----------------------------------------------------------------- */

static void foreign(void)
{
    struct scene s = begin("sparse");
    char *got = NULL;
    struct ecp_plan *other = plan_of("busy");
    CU_ASSERT_EQUAL(run(&s, other, 1, 0, &got), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "of another config: there it says"));
    ecp_error_clear();
    ecp_plan_destroy(other);

    other = plan_of("sparse");
    char *text = ecp_plan_strdup(other, other->config_text), *seed = strstr(text, "seed = 13");
    CU_ASSERT_PTR_NOT_NULL_FATAL(seed);
    seed[strlen("seed = ")] = '7';
    other->config_text = text;
    other->seed = 73;
    CU_ASSERT_EQUAL(run(&s, other, 1, 0, &got), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "seed = 13"));
    ecp_error_clear();
    ecp_plan_destroy(other);
    CU_ASSERT_PTR_NULL(got);
    check_goes_on(&s, 1);
    end(&s);
}

/* ---- anything anywhere ----------------------------------------------------------------- */

static uint64_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* Refused, or not to be noticed: bytes between the parts mean nothing. */
static void flip_at_random(const char *name, size_t n_flips)
{
    struct scene s = begin(name);
    uint64_t state = 5;
    size_t refused = 0, right = 0, wrong = 0;
    for (size_t k = 0; k < n_flips; k++) {
        unsigned char *copy = malloc(s.n);
        CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
        memcpy(copy, s.bytes, s.n);
        for (size_t n = next(&state) % 3 + 1; n > 0; n--)
            copy[next(&state) % (k % 4 ? s.n : 3 * CONTENTS)] ^=
                (unsigned char)(1 + next(&state) % 255);
        write_bytes(s.current, copy, s.n);
        free(copy);
        char *got = NULL;
        const enum ecp_status status = run(&s, s.plan, 1, 0, &got);
        refused += status == ECP_EIO || status == ECP_ECONFIG;
        right += status == ECP_OK && got && strcmp(got, s.want) == 0;
        wrong += status == ECP_OK ? !got || strcmp(got, s.want) != 0
                                  : status != ECP_EIO && status != ECP_ECONFIG;
        CU_ASSERT(status == ECP_OK || strlen(ecp_error_message()) > 20);
        ecp_error_clear();
        free(got);
    }
    (void)printf(" %zu refused, %zu right;", refused, right);
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(refused > n_flips / 2 && right > 0);
    end(&s);
}

static void anywhere(void)
{
    flip_at_random("one neuron", FLIPS);
    flip_at_random("sparse", FLIPS / 3);
}

ECP_TEST_MAIN("damaged checkpoints", {"flipped bytes", flipped}, {"cut short", cut_short},
              {"missing", missing}, {"of another run", foreign}, {"flips anywhere", anywhere})
