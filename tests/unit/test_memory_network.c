/* Memories beside populations: cues are the rates of recorded spikes, what is recalled is
 * what the memory says, stimuli follow; the same on any number of threads, and when the
 * run is stopped and goes on. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/checkpoint.h"
#include "engine/config.h"
#include "engine/network_memory.h"
#include "engine/recall_private.h"
#include "tests/specimens.h"
#include "tests/specimens_texts.h"
#include "tests/support.h"

static struct ecp_plan *plan_of(const char *text)
{
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_config_parse(text, "test.cfg", NULL, 0, &plan));
    return plan;
}

static struct ecp_network *run_of(const struct ecp_plan *plan, int threads)
{
    const struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};
    struct ecp_network *network = NULL;
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    return network;
}

/* Spikes of `neuron` with from < time <= to. */
static double spikes_between(const struct ecp_recording *r, int population, ecp_lid neuron,
                             const double window[2])
{
    const struct ecp_recorded_population *p = &r->population[population];
    double n = 0;
    for (size_t k = 0; k < p->n_events; k++) {
        const double time = (double)p->event[k].step * r->dt;
        n += p->event[k].index == neuron && time > window[0] + 1e-9 && time < window[1] + 1e-9;
    }
    return n;
}

static void cues_are_rates(void)
{
    struct ecp_plan *plan = plan_of(ecp_specimen_memories);
    struct ecp_network *network = run_of(plan, 2);
    const struct ecp_recording *r = ecp_network_recording(network);
    const struct ecp_memory_run *run = &ecp_network_memories(network)->run[0];
    const struct ecp_recall_log *log = &run->log[2];
    double most = 0;
    CU_ASSERT_STRING_EQUAL(log->name, "loop");
    CU_ASSERT_EQUAL_FATAL(log->cues.n, 10); /* every 15 ms from 5 on; nothing is stored at 0 */
    for (size_t k = 0; k < log->cues.n; k++) {
        const double window[] = {5 + 15 * (double)k, 20 + 15 * (double)k};
        CU_ASSERT_DOUBLE_EQUAL(log->time.data[k], window[1], 1e-9);
        for (ecp_lid j = 0; j < 23; j++) {
            const double rate = spikes_between(r, 0, j, window) / 15 * 1000;
            CU_ASSERT_DOUBLE_EQUAL(log->cues.data[k * 23 + j], rate, 1e-9);
            most = fmax(most, rate);
        }
    }
    CU_ASSERT(most > 50);
    /* Three rows at 10 ms; rates at 20, 40 ... 120 ms; two rows at 100 ms, before the rates. */
    CU_ASSERT_EQUAL(run->keys.n, 11);
    const double window[] = {20, 40};
    for (ecp_lid j = 0; j < 23; j++)
        CU_ASSERT_DOUBLE_EQUAL(run->keys.data[4 * 23 + j],
                               spikes_between(r, 0, j, window) / 20 * 1000, 1e-9);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

/* Each half of B is driven where the memory says so, and silent before. */
static void stimuli_follow(void)
{
    struct ecp_plan *plan = plan_of(
        "dt = 0.1; duration = 200;\n"
        "populations = { A = { model = \"poisson\"; size = 2; param = { rate = 200; }; };\n"
        "  B = { model = \"lif\"; size = 4; }; };\n"
        "stimuli = ( { name = \"drive\"; kind = \"current\"; target = \"B\"; amplitude = 0; } );\n"
        "probes = ( { kind = \"spikes\"; target = \"*\"; } );\n"
        "memories = ( { name = \"m\"; model = \"key_value\"; size = 2; value_size = 4;\n"
        "  store = { keys = \"" ECP_TEST_DATA "/memory/keys.csv\";\n"
        "    values = \"" ECP_TEST_DATA "/memory/values.csv\"; };\n"
        "  links = ( { name = \"l\"; source = \"A\"; every = 100; stimulus = \"drive\";\n"
        "    gain = 1000; } ); } );\n");
    struct ecp_network *network = run_of(plan, 1);
    const struct ecp_recording *r = ecp_network_recording(network);
    const double before[] = {0, 100}, after[] = {100, 200};
    for (ecp_lid j = 0; j < 4; j++) {
        CU_ASSERT_EQUAL(spikes_between(r, 1, j, before), 0);
        CU_ASSERT(j < 2 ? spikes_between(r, 1, j, after) > 3 : spikes_between(r, 1, j, after) == 0);
    }
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

static void threads_do_not_matter(void)
{
    struct ecp_plan *plan = plan_of(ecp_specimen_memories);
    char *want = NULL;
    for (int threads = 1; threads <= 4; threads++) {
        struct ecp_network *network = run_of(plan, threads);
        char *got = ecp_digest(network, NULL);
        if (want) {
            CU_ASSERT(ecp_digest_compare("threads", want, got));
        } else {
            want = got;
        }
        if (want != got)
            free(got);
        ecp_network_destroy(network);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(want, "memory signs"));
    free(want);
    ecp_plan_destroy(plan);
}

/* Of the recall of time 70: 2 cues, 3 patterns and 3 of the link. */
static void take_weights(const struct ecp_network *network, double *out)
{
    const struct ecp_recall_log *log = ecp_network_memories(network)->run[0].log;
    CU_ASSERT_STRING_EQUAL(log->name, "early");
    CU_ASSERT_EQUAL_FATAL(log->weights.n, 2);
    CU_ASSERT_EQUAL_FATAL(log->weights.size, 6);
    memcpy(out, log->weights.data, 12 * sizeof *out);
}

/* Stopped at every look at the clock, on other threads each time. */
static void stops_do_not_matter(void)
{
    struct ecp_plan *plan = plan_of(ecp_specimen_memories);
    struct ecp_network *network = run_of(plan, 1);
    char *want = ecp_digest(network, NULL), *got = NULL, dir[] = "memory_XXXXXX";
    double weights[12], again[12] = {0};
    int parts = 0;
    take_weights(network, weights);
    ecp_network_destroy(network);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    for (enum ecp_status status = ECP_ESTOPPED; status == ECP_ESTOPPED && parts < 400; parts++) {
        const struct ecp_run_options options = {
            .threads = 1 + parts % 3,
            .isa = ecp_isa_best(),
            .checkpoint = {.dir = dir, .max_wall_s = 1e-9, .resume = parts > 0}};
        ecp_error_clear();
        ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
        status = ecp_network_run(network);
        CU_ASSERT(status == ECP_OK || status == ECP_ESTOPPED);
        if (status == ECP_OK) {
            got = ecp_digest(network, NULL);
            take_weights(network, again);
        }
        ecp_network_destroy(network);
    }
    CU_ASSERT(parts > 5);
    CU_ASSERT(ecp_digest_compare("stopped", want, got));
    for (size_t k = 0; k < 12; k++)
        CU_ASSERT_EQUAL(weights[k], again[k]);
    ecp_checkpoint_remove(dir);
    (void)rmdir(dir);
    free(want);
    free(got);
    ecp_plan_destroy(plan);
}

#define STORES(times)                                                                              \
    "name = \"s\"; use = \"store\"; source = \"A\"; form = \"signs\"; threshold = 1; " times

static void refuses(const char *link, const char *sentence)
{
    char text[2000];
    struct ecp_plan *plan = NULL;
    (void)snprintf(
        text, sizeof text,
        "dt = 0.1; duration = 20; populations = { A = { model = \"lif\"; size = 4; }; };\n"
        "stimuli = ( { name = \"d\"; kind = \"current\"; target = \"A\"; amplitude = 0; "
        "switches = ( (5, 1) ); },\n"
        "  { name = \"n\"; kind = \"noise\"; target = \"A\"; sd = 1; tau = 5; } );\n"
        "memories = ( { name = \"m\"; model = \"hopfield\"; size = 4;\n"
        "  links = ( { %s } ); } );",
        link);
    CU_ASSERT_EQUAL(ecp_config_parse(text, "x.cfg", NULL, 0, &plan), ECP_ECONFIG);
    if (!strstr(ecp_error_message(), sentence))
        (void)printf("\n  found  %s\n  wanted %s\n", ecp_error_message(), sentence);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), sentence));
    ecp_error_clear();
}

static void bad_links_are_refused(void)
{
    refuses("name = \"l\"; every = 1;", "source: is missing; allowed: a population");
    refuses("name = \"l\"; source = \"A\";", ".every: is missing; allowed: a time in ms");
    refuses("name = \"l\"; source = \"A\"; every = 0.15;",
            "x.cfg:5: memories.m.links.l.every: found 0.15 ms; allowed: whole multiples of dt");
    refuses("name = \"l\"; source = \"A\"; every = 1; use = \"store\";",
            "memories.m.links.l.form: found \"real\"; allowed: \"signs\"");
    refuses("name = \"l\"; source = \"A\"; subset = { count = 3; }; every = 1;",
            "memories.m.links.l.source: found 3 neurons; allowed: 4");
    refuses("name = \"l\"; source = \"A\"; every = 1; stimulus = \"x\";",
            "there is no stimulus \"x\"");
    refuses("name = \"l\"; source = \"A\"; every = 1; stimulus = \"d\";",
            "found d, whose level something else changes, too");
    refuses("name = \"l\"; source = \"A\"; every = 1; stimulus = \"n\";",
            "found n of kind noise; allowed: poisson, current");
    refuses("name = \"l\"; source = \"A\"; every = 1;",
            "x.cfg:5: memories.m.links.l.use: found a recall from m, in which nothing is ever "
            "stored; allowed: beside store");
    refuses(STORES("every = 30;"), "memories.m.links.s.every: found 30 ms: from 0 ms on there is "
                                   "no such time up to 20 ms; allowed: at most 20 ms");
    refuses(STORES("every = 5; start = 4; stop = 8;"), "no such time up to 8 ms; allowed: at most "
                                                       "4 ms");
    refuses(STORES("every = 20;") " }, { name = \"K\"; source = \"A\"; every = 1;",
            "memories.m.links.K.name: found \"K\", which memories.h5 has beside it");
    refuses(STORES("every = 20;") " }, { name = \"l\"; source = \"A\"; every = 1; } );\n"
                                  "recall = ( { name = \"l\"; cues = { random = \"signs\"; n = 1; "
                                  "size = 4; };",
            "memories.m.links.l.name: there is a recall of this name; allowed: one of both");
}

/* ---- what is accepted ------------------------------------------------------------------- */

static void accepted(const char *text)
{
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_config_parse(text, "x.cfg", NULL, 0, &plan));
    ecp_plan_destroy(plan);
}

/* What an item's strength or decay is refused for must be that: the same items come twice in
 * no trial, and where one is refused without them, too, the run says why. */
static void strengths_are_tried(void)
{
    accepted("memories = ( { name = \"m\"; model = \"fast_weights\"; parameters = { rule =\n"
             " \"gated_delta\"; }; store = { keys = ((2000, 3000)); values = ((1)); strength =\n"
             " 1e-3; decay = 0.9; }; } );");
    accepted("memories = ( { name = \"m\"; model = \"dual_form\"; parameters = { prior = 2; };\n"
             " store = ( { keys = ((1, 0), (0, 1)); values = ((1), (2)); },\n"
             " { keys = ((3, 4)); values = ((1)); strength = 0.5; } ); } );");
}

/* What a sequence leaves can be recalled by a link. */
static void sequences_store(void)
{
    accepted(
        "duration = 20; populations = { A = { model = \"lif\"; size = 2; }; };\n"
        "memories = ( { name = \"m\"; model = \"key_value\"; recall = { name = \"r\"; sequence =\n"
        " true; keys = ((1, 0), (0, 1)); values = ((1), (2)); cues = { of = \"stored\"; }; };\n"
        " links = ( { name = \"l\"; source = \"A\"; every = 5; } ); } );");
}

ECP_TEST_MAIN("memories beside populations", {"cues are rates", cues_are_rates},
              {"stimuli follow", stimuli_follow}, {"threads do not matter", threads_do_not_matter},
              {"stops do not matter", stops_do_not_matter},
              {"bad links are refused", bad_links_are_refused}, {"strengths", strengths_are_tried},
              {"sequences", sequences_store})
