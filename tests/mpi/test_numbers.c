/* test_numbers.c -- a state that leaves the finite range ends the run with one sentence:
 * the same on any ranks and threads, with any checkpoints, and for a run that went on.
 *
 *     mpirun -n 3 test_numbers --threads 2 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/checkpoint.h"
#include "engine/config.h"
#include "mpi/comm.h"
#include "tests/mpi/reference.h"

enum { PATH = 512, SENTENCE = 300 };

/* Currents beyond all measure throw single neurons out; gap junctions that are too strong
 * for the step let astrocytes swing apart slowly. */
#define NEURONS                                                                                    \
    "seed = 3; dt = 0.1; populations = {\n"                                                        \
    "  E = { model = \"lif_exp\"; size = 40; param = { c = 0.01; }; };\n"                          \
    "  I = { model = \"lif_exp\"; size = 30; param = { c = 0.01; }; }; };\n"                       \
    "projections = ( { source = \"E\"; target = (\"E\", \"I\"); rule = \"fixed_indegree\";\n"      \
    "    indegree = 5; weight = 3; delay = 3.7; } );\n"
#define THROW(name, target, start, list)                                                           \
    "{ name = \"" name "\"; kind = \"current\"; target = \"" target "\"; amplitude = -1e38;\n"     \
    "    start = " start "; subset = { list = " list "; }; }"

struct story {
    const char *name, *config, *sentence;
    double every; /* ms between checkpoints: written before and after it happens */
};

static const struct story stories[] = {
    {"one", NEURONS "duration = 300; stimuli = (" THROW("a", "I", "150.3", "(25)") ");",
     "I[25] (lif_exp): v is -inf at 153.6 ms", 39.7},
    {"two at a time",
     NEURONS "duration = 300; stimuli = (" THROW("a", "E", "71", "(7, 38)") ", " THROW(
         "b", "I", "70.9", "(0)") ");",
     "E[7] (lif_exp): v is -inf at 76.8 ms", 75},
    {"one before the other",
     NEURONS "duration = 300; stimuli = (" THROW("a", "E", "77", "(0)") ", " THROW("b", "I", "76.7",
                                                                                   "(29)") ");",
     "I[29] (lif_exp): v is -inf at 76.8 ms", 10},
    {"at the end", NEURONS "duration = 100.1; stimuli = (" THROW("a", "E", "99", "(20)") ");",
     "E[20] (lif_exp): v is -inf at 100.1 ms", 99.5},
    {"at the end of a phase",
     NEURONS "phases = ( { name = \"a\"; duration = 50; }, { name = \"b\"; duration = 1000;\n"
             "    fast_forward = true; }, { name = \"c\"; duration = 50; } );\n"
             "stimuli = (" THROW("a", "E", "49", "(39)") ");",
     "E[39] (lif_exp): v is -inf at 50 ms", 49.5},
    {"swinging apart",
     "seed = 4; dt = 0.1; duration = 300; populations = {\n"
     "  A = { model = \"astrocyte_lr\"; size = 20; initial = { ip3 = { dist = \"uniform\";\n"
     "    low = 0.1; high = 1.0; }; }; }; };\n"
     "projections = ( { kind = \"gap\"; source = \"A\"; field = \"ip3\"; rule = \"explicit\";\n"
     "    edges = ((4, 19), (17, 3)); conductance = 11; } );\n",
     "A[", 30}};

enum { STORIES = sizeof stories / sizeof stories[0] };

/* The sentence of a run that must fail, or "". */
static void run(const struct ecp_plan *plan, const struct ecp_run_options *options, char *sentence)
{
    struct ecp_network *network = NULL;
    enum ecp_status status = ecp_network_create(plan, options, &network);
    if (status == ECP_OK)
        status = ecp_network_run(network);
    (void)snprintf(sentence, SENTENCE, "%s%s",
                   status == ECP_ENUMERIC ? "" : "not a number: ", ecp_error_message());
    ecp_error_clear();
    ecp_network_destroy(network);
}

/* On all ranks: what one says must be what all do. */
static int differs(const struct ecp_shape *shape, const char *what, const char *want,
                   const char *got)
{
    int64_t failed = strcmp(want, got) != 0;
    if (failed)
        (void)printf("rank %d, %s: \"%s\", not \"%s\"\n", ecp_comm_rank(shape->comm), what, got,
                     want);
    ecp_comm_most(shape->comm, &failed, 1);
    return (int)failed;
}

static struct ecp_run_options options_of(const struct ecp_shape *shape, int threads)
{
    return (struct ecp_run_options){.threads = threads, .isa = ecp_isa_best(), .comm = shape->comm};
}

static int check_restarts(const struct ecp_shape *shape, const struct story *story,
                          const struct ecp_plan *plan, const char *dir, const char *want)
{
    struct ecp_run_options options = options_of(shape, shape->threads);
    char got[SENTENCE];
    options.checkpoint = (struct ecp_checkpoint_options){.dir = dir, .every_ms = story->every};
    run(plan, &options, got);
    int failed = differs(shape, "with checkpoints", want, got);
    for (int previous = 0; previous < 2; previous++) {
        if (!ecp_checkpoint_exists(dir, previous))
            continue;
        options = options_of(shape, (shape->threads + previous) % 3 + 1);
        options.checkpoint = (struct ecp_checkpoint_options){.dir = dir, .resume = 1 + previous};
        run(plan, &options, got);
        failed += differs(shape, "from a checkpoint", want, got);
    }
    int64_t exists = ecp_checkpoint_exists(dir, 0);
    ecp_comm_most(shape->comm, &exists, 1); /* all have looked */
    if (ecp_comm_rank(shape->comm) == 0)
        ecp_checkpoint_remove(dir);
    return failed + !exists;
}

static int check(const struct ecp_shape *shape, const struct story *story, const char *dir)
{
    struct ecp_plan *plan = NULL;
    char want[SENTENCE], got[SENTENCE];
    const struct ecp_run_options alone = {.threads = 1, .isa = ecp_isa_best()};
    if (ecp_config_parse(story->config, story->name, NULL, 0, &plan) != ECP_OK) {
        (void)printf("%s: %s\n", story->name, ecp_error_message());
        return 1;
    }
    run(plan, &alone, want);
    const int known = strncmp(want, story->sentence, strlen(story->sentence)) == 0;
    int failed = differs(shape, story->name, story->sentence, known ? story->sentence : want);
    const struct ecp_run_options options = options_of(shape, shape->threads);
    run(plan, &options, got);
    failed += differs(shape, story->name, want, got);
    failed += check_restarts(shape, story, plan, dir, want);
    ecp_plan_destroy(plan);
    return failed;
}

int main(int argc, char **argv)
{
    struct ecp_shape shape;
    char dir[PATH] = "";
    int failed = 0;
    if (!ecp_shape_begin(argc, argv, &shape))
        return 2;
    if (ecp_comm_rank(shape.comm) == 0) {
        const char *tmp = getenv("TMPDIR");
        (void)snprintf(dir, sizeof dir, "%s/ecphory_numbers_XXXXXX", tmp && *tmp ? tmp : "/tmp");
        if (!mkdtemp(dir))
            dir[0] = '\0';
    }
    ecp_comm_tell(shape.comm, dir, sizeof dir);
    for (size_t k = 0; k < STORIES && dir[0]; k++)
        failed += check(&shape, &stories[k], dir);
    failed += dir[0] == '\0' || (ecp_comm_rank(shape.comm) == 0 && rmdir(dir) != 0);
    return ecp_shape_end(&shape, failed);
}
