/* fuzz_checkpoint.c -- a damaged checkpoint is read or refused with one sentence, no more;
 * also where the damage comes with checksums that are right.
 *
 * An input is a list of changes to a checkpoint that is made as the program begins:
 *
 *   byte 0   of which network
 *   byte 1   bit 0: the checksums are made right afterwards
 *   then     changes of 8 bytes: where (4), what (1), with what (3)
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/checkpoint.h"
#include "engine/network.h"
#include "tests/specimens.h"

enum { PATH = 256, PAGE = 4096, HEAD_WORDS = 7, CHANGE = 8, SHARE = 2, MOST_BLOCKS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small ones that have all kinds of records. */
static const char *const names[] = {"one neuron", "exact, phases", "rule stdp, stacked",
                                    "structural beside stdp", "gap junctions"};
enum { NETWORKS = sizeof names / sizeof names[0] };

static struct base {
    struct ecp_plan *plan;
    unsigned char *bytes;
    size_t n;
} bases[NETWORKS];

static char dir[PATH], path[PATH + 32];

static void die(const char *what)
{
    (void)fprintf(stderr, "%s: %s\n", what, ecp_error_message());
    abort();
}

/* ---- the checkpoints ---------------------------------------------------------------- */

static void remove_files(void)
{
    ecp_checkpoint_remove(dir);
    (void)rmdir(dir);
}

static void read_base(struct base *base)
{
    FILE *file = fopen(path, "rbe");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        die(path);
    base->n = (size_t)ftell(file);
    rewind(file);
    base->bytes = malloc(base->n);
    if (!base->bytes || fread(base->bytes, 1, base->n, file) != base->n)
        die(path);
    (void)fclose(file);
}

static void make_base(struct base *base, const char *name)
{
    struct ecp_specimen specimen;
    size_t k = 0;
    while (ecp_specimen_at(k, &specimen) && strcmp(specimen.name, name) != 0)
        k++;
    if (ecp_specimen_plan(&specimen, &base->plan) != ECP_OK)
        die(name);
    const struct ecp_run_options options = {
        .threads = 2,
        .isa = ecp_isa_best(),
        .checkpoint = {.dir = dir, .every_ms = ecp_plan_duration(base->plan) / SHARE}};
    struct ecp_network *network = NULL;
    if (ecp_network_create(base->plan, &options, &network) != ECP_OK ||
        ecp_network_run(network) != ECP_OK)
        die(name);
    ecp_network_destroy(network);
    read_base(base);
}

static void begin(void)
{
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(dir, sizeof dir, "%s/ecphory_fuzz_XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir) || atexit(remove_files) != 0)
        die(dir);
    (void)snprintf(path, sizeof path, "%s/checkpoint.ecp", dir);
    for (size_t k = 0; k < NETWORKS; k++)
        make_base(&bases[k], names[k]);
}

/* ---- damage -------------------------------------------------------------------------- */

static uint64_t word_at(const unsigned char *bytes, size_t at)
{
    uint64_t word;
    memcpy(&word, bytes + at, sizeof word);
    return word;
}

static uint64_t sum_of(uint64_t sum, const unsigned char *bytes, size_t n)
{
    for (size_t k = 0; k + sizeof sum <= n; k += sizeof sum) {
        sum = (sum ^ word_at(bytes, k)) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 29;
    }
    return sum;
}

/* As engine/archive.c would have written them. */
static void make_sums_right(unsigned char *bytes, size_t n)
{
    const uint64_t zero = 0, blocks = n > 2 * PAGE ? word_at(bytes, 4 * sizeof zero) : 0;
    if (blocks == 0 || blocks > MOST_BLOCKS)
        return;
    for (uint64_t k = 0; k < blocks; k++) {
        unsigned char *entry = bytes + PAGE + k * 3 * sizeof zero;
        const uint64_t at = word_at(entry, 0), length = word_at(entry, sizeof zero);
        if (at > n || length > n - at)
            continue;
        const uint64_t sum = sum_of(0, bytes + at, length);
        memcpy(entry + 2 * sizeof zero, &sum, sizeof sum);
    }
    unsigned char *place = bytes + (HEAD_WORDS - 1) * sizeof zero;
    memcpy(place, &zero, sizeof zero);
    const uint64_t sum =
        sum_of(sum_of(1, bytes, HEAD_WORDS * sizeof zero), bytes + PAGE, blocks * 3 * sizeof zero);
    memcpy(place, &sum, sizeof sum);
}

/* One change; returns the length of the file after it. */
static size_t change(unsigned char *bytes, size_t n, const uint8_t *by)
{
    static const uint64_t words[] = {
        0,          1,          2,          UINT64_MAX, INT64_MAX, UINT64_C(1) << 63,
        UINT32_MAX, 1ull << 32, 1ull << 31, 1ull << 40};
    const size_t at = (by[0] | (size_t)by[1] << 8 | (size_t)by[2] << 16) % n;
    const size_t from = (by[5] | (size_t)by[6] << 8 | (size_t)by[7] << 16) % n;
    const size_t whole = at / 8 * 8, room = n - (at > from ? at : from);
    switch (by[4] % 5) {
    case 0:
        bytes[at] ^= by[5];
        return n;
    case 1:
        memcpy(bytes + whole, &words[by[5] % (sizeof words / sizeof words[0])],
               n - whole < 8 ? n - whole : 8);
        return n;
    case 2:
        memmove(bytes + at, bytes + from, room < 160 ? room : 160);
        return n;
    case 3:
        bytes[at] = (unsigned char)(bytes[at] + by[5]);
        return n;
    default:
        return by[3] == 0 && at > 0 ? at : n;
    }
}

static void write_file(const unsigned char *bytes, size_t n)
{
    FILE *file = fopen(path, "wbe");
    if (!file || fwrite(bytes, 1, n, file) != n || fclose(file) != 0)
        die(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!dir[0])
        begin();
    if (size < 2)
        return 0;
    const struct base *base = &bases[data[0] % NETWORKS];
    size_t n = base->n;
    unsigned char *bytes = malloc(n);
    if (!bytes)
        return 0;
    memcpy(bytes, base->bytes, n);
    for (size_t at = 2; at + CHANGE <= size; at += CHANGE)
        n = change(bytes, n, data + at);
    if (data[1] & 1)
        make_sums_right(bytes, n);
    write_file(bytes, n);
    free(bytes);

    struct ecp_network *network = NULL;
    const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best()};
    ecp_error_clear();
    if (ecp_network_create(base->plan, &options, &network) != ECP_OK)
        die("a network");
    const enum ecp_status status = ecp_checkpoint_read(network, dir, 0);
    const char *message = ecp_error_message();
    const int good = status == ECP_OK ? message[0] == '\0'
                                      : strlen(message) > strlen(path) && !strchr(message, '\n');
    if (!good || (size == 2 && status != ECP_OK))
        die("not one sentence");
    ecp_network_destroy(network);
    return 0;
}
