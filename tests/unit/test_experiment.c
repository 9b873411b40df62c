/* Scenarios that compute: results, claims, tables, figures, networks of their own, stops. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/chance.h"
#include "engine/config.h"
#include "engine/network.h"
#include "engine/plugin.h"
#include "engine/report.h"
#include "engine/scenario.h"
#include "tests/experiment_case.h"

/* ---- a scenario that walks ------------------------------------------------------ */

enum { STEPS, FAULT, FIELDS };
enum { SPREAD, RATE, SILENT, RESULTS };
enum { NONE, BAD_NAME, TWICE, NO_DATA, FAILS, SHOWS_NOTHING, SHOWS_TOO_MUCH };

static const struct ecp_field fields[] = {
    [STEPS] = {"steps", "1", 64, 1, 1e6, "of every walker", ECP_PARAM},
    [FAULT] = {"fault", "1", 0, 0, SHOWS_TOO_MUCH, "what it does wrong", ECP_PARAM},
    [FIELDS] = {0}};
static const struct ecp_choice choices[] = {
    {"fault", "none bad_name twice no_data fails shows_nothing shows_too_much"}, {0}};
static const struct ecp_field results[] = {
    [SPREAD] = {"spread", "mm", 0, 0, INFINITY, "standard deviation by root of steps", ECP_RESULT},
    [RATE] = {"rate", "Hz", 0, 0, INFINITY, "of a network of its own", ECP_RESULT},
    [SILENT] = {"silent", "1", 0, 0, INFINITY, "is never put out", ECP_RESULT},
    [RESULTS] = {0}};

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    (void)param;
    return ecp_plan_add_claim(plan, "walk.spread", 0.9, 1.1, "the variance is the steps' number");
}

static enum ecp_status simulate(struct ecp_experiment *e)
{
    struct ecp_plan *plan = NULL;
    struct ecp_simulated run = {0};
    enum ecp_status status;
    ECP_TRY(ecp_config_parse("duration = 100; populations = { P = { model = \"poisson\"; size = "
                             "100; param = { rate = 50; }; }; };",
                             "inner", NULL, 0, &plan));
    ECP_TRY(ecp_experiment_simulate(e, plan, &run));
    CU_ASSERT_EQUAL(ecp_network_facts(run.network).threads, 1); /* too small for two */
    ecp_experiment_result(e, RATE, (double)run.recording->spikes / 100 / 0.1);
done:
    ecp_experiment_release(&run);
    ecp_plan_destroy(plan);
    return status;
}

/* Nothing that can stand on these axes, beside something that can. */
static enum ecp_status show_nothing(struct ecp_experiment *e, size_t pictures)
{
    static const double x[] = {1, 2}, zero[] = {0, 0}, none[] = {NAN, INFINITY};
    const struct ecp_line lines[] = {{"finite", ECP_LINE, 0, 2, x, x, NULL, NULL},
                                     {"zero", ECP_DOTS, 0, 2, x, zero, NULL, zero},
                                     {"none", ECP_LINE, 1, 2, x, none, NULL, NULL},
                                     {"nowhere", ECP_LINE, 1, 2, none, x, NULL, NULL}};
    struct ecp_picture *picture = ecp_experiment_alloc(e, pictures, sizeof *picture);
    for (size_t k = 0; k < pictures; k++)
        picture[k] = (struct ecp_picture){.title = "panel",
                                          .y = {.name = "spread", .logarithmic = k % 5 == 1},
                                          .n_lines = k % 5 < 4,
                                          .line = &lines[k % 4]};
    if (pictures > 5)
        picture[5] = (struct ecp_picture){.heat = none, .rows = 1, .columns = 2};
    return ecp_experiment_figure(e, "nothing", "Nothing", picture, pictures, 1);
}

static enum ecp_status misbehave(struct ecp_experiment *e, int fault)
{
    const double x[] = {1, 2};
    const struct ecp_table_column column = {"x", "1", "numbers", x, NULL};
    const struct ecp_table_column empty = {"x", "1", "nothing", NULL, NULL};
    switch (fault) {
    case BAD_NAME:
        return ecp_experiment_table(e, "../x", 2, &column, 1);
    case TWICE:
        return ecp_experiment_table(e, "curve", 2, &column, 1);
    case NO_DATA:
        return ecp_experiment_table(e, "other", 2, &empty, 1);
    case FAILS:
        return ECP_EARG; /* without a sentence */
    case SHOWS_NOTHING:
        return show_nothing(e, 6);
    case SHOWS_TOO_MUCH:
        return show_nothing(e, 100);
    default:
        return ECP_OK;
    }
}

static enum ecp_status walk(struct ecp_experiment *e, const double *param)
{
    enum { WALKERS = 2000 };
    const size_t steps = (size_t)param[STEPS];
    double *x = ecp_experiment_alloc(e, WALKERS, sizeof *x);
    double *t = ecp_experiment_alloc(e, steps, sizeof *t);
    double *sd = ecp_experiment_alloc(e, steps, sizeof *sd);
    struct ecp_chance chance = ecp_chance(ecp_experiment_seed(e), 1, 0);
    enum ecp_status status;
    for (size_t k = 0; k < steps; k++) {
        double square = 0;
        for (size_t w = 0; w < WALKERS; w++) {
            x[w] += ecp_chance_sign(&chance);
            square += x[w] * x[w];
        }
        t[k] = (double)k + 1;
        sd[k] = sqrt(square / WALKERS);
        ecp_experiment_result(e, SPREAD, sd[k] / sqrt(t[k]));
        ECP_TRY(ecp_experiment_progress(e, t[k] / (double)steps, "walking"));
    }
    ECP_TRY(simulate(e));
    const char *words[] = {"a", "b"};
    ECP_TRY(ecp_experiment_table(
        e, "curve", steps,
        (struct ecp_table_column[]){{"t", "1", "steps", t, NULL}, {"sd", "mm", "spread", sd, NULL}},
        2));
    ECP_TRY(ecp_experiment_table(
        e, "words", 2, &(struct ecp_table_column){"word", "1", "letters", NULL, words}, 1));
    ECP_TRY(ecp_experiment_matrix(e, "deep/places", "where walkers are", 20, 100, x));
    const struct ecp_line line[] = {{"measured", ECP_DOTS, 0, steps, t, sd, NULL, sd},
                                    {"area", ECP_AREA, 1, steps, t, sd, NULL, NULL},
                                    {"theory", ECP_DASHES, 2, steps, t, sd, NULL, NULL},
                                    {"stairs", ECP_STAIRS, 3, steps, t, sd, NULL, NULL},
                                    {"marks", ECP_MARKS, 4, steps, t, sd, NULL, NULL}};
    const struct ecp_picture picture[] = {
        {.title = "both",
         .x = {"steps", "1", 0, 0, 1},
         .y = {"spread", "mm", 0, 0, 1},
         .n_lines = 3,
         .line = line},
        {.title = "x", .n_words = 2, .word = words, .n_lines = 5, .line = line},
        {.heat = x, .rows = 20, .columns = 100, .heat_name = "place"}};
    ECP_TRY(ecp_experiment_figure(e, "walk_figure", "A random walk", picture, 3, 2));
    status = misbehave(e, (int)param[FAULT]);
done:
    return status;
}

static const struct ecp_scenario scenario = {.name = "walk",
                                             .question = "Does it compute?",
                                             .summary = "a random walk",
                                             .equations = "x += 1 or -1",
                                             .reference = "nobody",
                                             .fields = fields,
                                             .choices = choices,
                                             .build = build,
                                             .results = results,
                                             .run = walk};
static const struct ecp_scenario *const scenarios[] = {&scenario, NULL};
static const struct ecp_plugin plugin = {ECP_PLUGIN_HEAD, .scenarios = scenarios};

/* ---- running it -------------------------------------------------------------------- */

static struct ecp_plan *plan_of(const char *const *overrides, size_t n)
{
    struct ecp_plugins *plugins = NULL;
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_plugins_create(&plugins));
    ECP_ASSERT_OK(ecp_plugins_add(plugins, &plugin, "here"));
    const struct ecp_config_extra extra = {overrides, n, plugins};
    ECP_ASSERT_OK(ecp_config_read_with("walk", &extra, &plan));
    ecp_plugins_destroy(plugins);
    return plan;
}

static struct ecp_experiment *experiment_of(const struct ecp_plan *plan,
                                            const struct ecp_experiment_options *options,
                                            enum ecp_status wanted)
{
    struct ecp_experiment *e = NULL;
    ECP_ASSERT_OK(ecp_experiment_create(plan, options, &e));
    const enum ecp_status status = ecp_experiment_run(e);
    if (status != wanted)
        (void)printf("\n  %s", ecp_error_message());
    CU_ASSERT_EQUAL(status, wanted);
    return e;
}

static const struct ecp_experiment_options quiet = {.threads = 2};

static void is_judged(void)
{
    struct ecp_plan *plan = plan_of(NULL, 0);
    struct ecp_scores scores = {0};
    CU_ASSERT(!ecp_plan_has_network(plan));
    CU_ASSERT_PTR_EQUAL(plan->computes, &scenario);
    CU_ASSERT_EQUAL(plan->computes_param[STEPS], 64);
    struct ecp_experiment *e = experiment_of(plan, &quiet, ECP_OK);
    const struct ecp_outcome outcome = {.computed = e->value};
    ECP_ASSERT_OK(ecp_score_outcome(plan, &outcome, &scores));
    CU_ASSERT_EQUAL(scores.n_results, 3);
    CU_ASSERT_STRING_EQUAL(scores.result[RATE].name, "walk.rate");
    CU_ASSERT_DOUBLE_EQUAL(scores.result[RATE].value, 50, 10);
    CU_ASSERT(isnan(ecp_scores_value(&scores, "walk.silent")));
    CU_ASSERT_EQUAL_FATAL(scores.n_verdicts, 1);
    CU_ASSERT(scores.verdict[0].pass && scores.n_failed == 0);
    CU_ASSERT_STRING_EQUAL(scores.verdict[0].unit, "mm");
    ecp_scores_clear(&scores);
    ecp_experiment_destroy(e);
    ecp_plan_destroy(plan);
}

static void parameters_come_from_the_config(void)
{
    const char *const one[] = {"network.steps=1", "claims=({result=\"walk.silent\";lowest=0;})"};
    struct ecp_plan *plan = plan_of(one, 2);
    struct ecp_scores scores = {0};
    struct ecp_experiment *e = experiment_of(plan, &quiet, ECP_OK);
    CU_ASSERT_EQUAL(e->value[SPREAD], 1); /* one step is 1 or -1 */
    ECP_ASSERT_OK(ecp_score_outcome(plan, &(struct ecp_outcome){.computed = e->value}, &scores));
    CU_ASSERT_EQUAL(scores.n_verdicts, 2);
    CU_ASSERT_EQUAL(scores.n_failed, 1); /* what is never put out fails */
    CU_ASSERT_PTR_NOT_NULL(strstr(plan->config_text, "steps = 1"));
    ecp_scores_clear(&scores);
    ecp_experiment_destroy(e);
    ecp_plan_destroy(plan);
}

static void faults_are_named(void)
{
    static const char *const sentence[] = {NULL, "cannot have that name", "two tables \"curve\"",
                                           "column x has no data", "scenario walk: "};
    for (int fault = BAD_NAME; fault <= FAILS; fault++) {
        static const char *const words[] = {"", "network.fault=bad_name", "network.fault=twice",
                                            "network.fault=no_data", "network.fault=fails"};
        struct ecp_plan *plan = plan_of(&words[fault], 1);
        ecp_error_clear();
        struct ecp_experiment *e = experiment_of(plan, &quiet, ECP_EARG);
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), sentence[fault]));
        ecp_error_clear();
        ecp_experiment_destroy(e);
        ecp_plan_destroy(plan);
    }
}

/* What was put out so far is in its range, and is no result yet. */
static void unjudged(struct ecp_plan *plan, const struct ecp_experiment *e)
{
    const struct ecp_recording nothing = {.dt = plan->dt};
    struct ecp_outcome outcome = {.computed = e->value};
    struct ecp_scores scores = {0};
    char *text = NULL, *json = NULL;
    size_t size = 0;
    ECP_ASSERT_OK(ecp_score_outcome(plan, &outcome, &scores));
    CU_ASSERT(scores.n_unjudged == 0 && scores.verdict[0].pass);
    ecp_scores_clear(&scores);
    outcome.stopped = 1;
    ECP_ASSERT_OK(ecp_score_outcome(plan, &outcome, &scores));
    CU_ASSERT(scores.n_unjudged == 1 && scores.n_failed == 0);
    CU_ASSERT(scores.verdict[0].unjudged && !scores.verdict[0].pass);
    const struct ecp_report report = {.plan = plan,
                                      .recording = &nothing,
                                      .scores = &scores,
                                      .experiment = e,
                                      .status = ECP_ESTOPPED};
    FILE *to = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(to);
    ecp_report_print(to, &report, 0);
    (void)fclose(to);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "not judged"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1 of 1 claims not judged"));
    CU_ASSERT_PTR_NULL(strstr(text, "FAIL"));
    CU_ASSERT_PTR_NULL(strstr(text, "PASS"));
    ECP_ASSERT_OK(ecp_report_json(&report, &json));
    CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"pass\": null"));
    CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"judged\": false"));
    free(text);
    free(json);
    ecp_scores_clear(&scores);
}

static int stop_at_once(void *context, double done, const char *at, double wall_s)
{
    (void)wall_s;
    CU_ASSERT(done > 0 && strcmp(at, "walking") == 0);
    return ++*(int *)context;
}

static void stops(void)
{
    struct ecp_plan *plan = plan_of(NULL, 0);
    int asked = 0;
    const struct ecp_experiment_options options = {
        .threads = 1, .progress = stop_at_once, .context = &asked};
    struct ecp_experiment *e = experiment_of(plan, &options, ECP_ESTOPPED);
    CU_ASSERT_EQUAL(asked, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "stopped at 2 % of what walk computes"));
    CU_ASSERT_EQUAL(e->value[SPREAD], 1);
    CU_ASSERT_EQUAL(e->n_tables, 0);
    ecp_error_clear();
    unjudged(plan, e);
    ecp_experiment_destroy(e);
    ecp_plan_destroy(plan);
}

/* ---- files and pages ------------------------------------------------------------------ */

static void has(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        (void)printf("\n  not there: %s", part);
    CU_ASSERT(text && strstr(text, part));
}

static int removed(const char *dir, const char *file)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", dir, file);
    return unlink(path) == 0;
}

static void is_written(void)
{
    struct ecp_plan *plan = plan_of(NULL, 0);
    struct ecp_scores scores = {0};
    struct ecp_experiment *e = experiment_of(plan, &quiet, ECP_OK);
    const struct ecp_recording nothing = {.dt = plan->dt};
    char dir[] = "experiment_XXXXXX", *page = NULL, *json = NULL;
    size_t bytes = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    ECP_ASSERT_OK(ecp_score_outcome(plan, &(struct ecp_outcome){.computed = e->value}, &scores));
    ECP_ASSERT_OK(ecp_experiment_write(e, dir));
    const struct ecp_report report = {.plan = plan,
                                      .recording = &nothing,
                                      .scores = &scores,
                                      .experiment = e,
                                      .dir = dir,
                                      .ranks = 1};
    FILE *to = open_memstream(&page, &bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(to);
    ecp_report_html(to, &report, NULL, 0);
    (void)fclose(to);
    has(page, "walk.rate");
    has(page, "<h2>words</h2>");
    has(page, "deep/places");
    has(page, ">curve<"); /* too long for a table of the page: it is in the file */
#ifdef ECP_HAVE_PLOT
    has(page, "A random walk</h2><img");
    CU_ASSERT(removed(dir, "walk_figure.svg"));
#endif
    CU_ASSERT_PTR_NULL(strstr(page, "neurons"));
    free(page);
    to = open_memstream(&page, &bytes);
    ecp_report_print(to, &report, 0);
    (void)fclose(to);
    has(page, "walk.silent  undefined");
    has(page, "PASS  walk.spread");
    ECP_ASSERT_OK(ecp_report_json(&report, &json));
    has(json, "\"name\": \"walk.rate\"");
    has(json, "\"verdicts\": [{\"claim\": \"walk.spread\"");
    CU_ASSERT(removed(dir, "tables.h5"));
    CU_ASSERT_EQUAL(rmdir(dir), 0);
    free(page);
    free(json);
    ecp_scores_clear(&scores);
    ecp_experiment_destroy(e);
    ecp_plan_destroy(plan);
}

/* A figure that has nothing to show, or cannot be drawn, costs nothing else. */
static void figures_may_fail(void)
{
    static const char *const fault[] = {"network.fault=shows_nothing",
                                        "network.fault=shows_too_much"};
    char dir[] = "experiment_XXXXXX";
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    for (int f = 0; f < 2; f++) {
        struct ecp_plan *plan = plan_of(&fault[f], 1);
        struct ecp_experiment *e = experiment_of(plan, &quiet, ECP_OK);
        ECP_ASSERT_OK(ecp_experiment_write(e, dir));
        CU_ASSERT_STRING_EQUAL(ecp_error_message(), "");
        CU_ASSERT_EQUAL_FATAL(e->n_figures, 2);
#ifdef ECP_HAVE_PLOT
        size_t bytes = 0, empty = 0;
        char *picture = ecp_report_slurp(dir, "nothing.svg", &bytes);
        CU_ASSERT_EQUAL(picture != NULL, f == 0); /* that of the run before is gone */
        for (char *at = picture;
             at && (at = memmem(at, bytes - (size_t)(at - picture), "nothing finite to show", 22));
             at++)
            empty++;
        CU_ASSERT_EQUAL(empty, f == 0 ? 5 : 0); /* of 6 panels */
        CU_ASSERT_PTR_NULL(e->figure[0].why_not);
        if (f == 0)
            CU_ASSERT_PTR_NULL(e->figure[1].why_not)
        else
            has(e->figure[1].why_not, "100 x 1 panels");
        free(picture);
#endif
        ecp_experiment_destroy(e);
        ecp_plan_destroy(plan);
    }
#ifdef ECP_HAVE_PLOT
    CU_ASSERT(removed(dir, "walk_figure.svg"));
#endif
    CU_ASSERT(removed(dir, "tables.h5"));
    CU_ASSERT_EQUAL(rmdir(dir), 0);
}

/* ---- many networks at once ------------------------------------------------------ */

enum { JOBS = 7 };

struct errands {
    uint64_t spikes[JOBS];
    size_t fails; /* from this job on; JOBS: none */
};

static enum ecp_status plan_errand(void *context, size_t job, struct ecp_plan **out)
{
    char text[200];
    const struct errands *errands = context;
    if (job >= errands->fails)
        return ecp_fail(ECP_EARG, "errand %zu has no plan", job);
    (void)snprintf(text, sizeof text,
                   "duration = 50; seed = %zu; populations = { P = { model = \"poisson\"; size = "
                   "100; param = { rate = 100; }; }; };",
                   job + 1);
    return ecp_config_parse(text, "errand", NULL, 0, out);
}

static enum ecp_status look_at_errand(void *context, size_t job, const struct ecp_recording *r)
{
    struct errands *errands = context;
    errands->spikes[job] = r->checksum;
    return ECP_OK;
}

static enum ecp_status run_errands(const struct ecp_plan *plan, int threads,
                                   struct errands *errands)
{
    const struct ecp_experiment_options options = {.threads = threads, .isa = ecp_isa_best()};
    const struct ecp_jobs jobs = {.n = JOBS,
                                  .context = errands,
                                  .plan = plan_errand,
                                  .look = look_at_errand,
                                  .at = "errands",
                                  .to = 1};
    struct ecp_experiment *e;
    ECP_ASSERT_OK(ecp_experiment_create(plan, &options, &e));
    const enum ecp_status status = ecp_experiment_simulate_jobs(e, &jobs);
    CU_ASSERT(e->done > 0.99 || status != ECP_OK);
    ecp_experiment_destroy(e);
    return status;
}

static void many_at_once(void)
{
    struct ecp_plan *plan = plan_of(NULL, 0);
    struct errands one = {.fails = JOBS}, three = {.fails = JOBS}, broken = {.fails = 2};
    ECP_ASSERT_OK(run_errands(plan, 1, &one));
    ECP_ASSERT_OK(run_errands(plan, 3, &three));
    CU_ASSERT(memcmp(one.spikes, three.spikes, sizeof one.spikes) == 0);
    CU_ASSERT(one.spikes[0] != one.spikes[1]);
    for (int threads = 1; threads <= 3; threads++) {
        CU_ASSERT_EQUAL(run_errands(plan, threads, &broken), ECP_EARG);
        has(ecp_error_message(), "errand 2 has no plan"); /* the first, whoever came first */
        ecp_error_clear();
    }
    ecp_plan_destroy(plan);
}

ECP_TEST_MAIN("scenarios that compute", {"is judged", is_judged},
              {"parameters come from the config", parameters_come_from_the_config},
              {"faults are named", faults_are_named}, {"stops", stops}, {"is written", is_written},
              {"figures may fail", figures_may_fail}, {"many at once", many_at_once})
