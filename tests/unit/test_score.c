/* Results and verdicts, on recordings and plans made by hand. */
#include <math.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/score.h"
#include "tests/support.h"

/* ---- a measure that tells what it was called with ---------------------- */

enum { FACTOR, START, STOP, POPULATION, SIGNAL, NOTHING };

static const struct ecp_field echo_fields[] = {
    [FACTOR] = {"factor", "1", 1, 0, 10, "in", ECP_PARAM},
    [START] = {"start", "ms", 0, 0, INFINITY, "out", ECP_RESULT},
    [STOP] = {"stop", "ms", 0, 0, INFINITY, "out", ECP_RESULT},
    [POPULATION] = {"population", "1", 0, 0, INFINITY, "out", ECP_RESULT},
    [SIGNAL] = {"signal", "1", 0, 0, INFINITY, "out", ECP_RESULT},
    [NOTHING] = {"nothing", "1", 0, 0, INFINITY, "never written", ECP_RESULT},
    {0}};

static enum ecp_status echo_run(const struct ecp_analysis_call *call, double *result)
{
    result[START] = call->start * call->param[FACTOR];
    result[STOP] = call->stop;
    result[POPULATION] = call->population;
    result[SIGNAL] = call->signal;
    return ECP_OK;
}

static enum ecp_status broken_run(const struct ecp_analysis_call *call, double *result)
{
    (void)call;
    (void)result;
    return ecp_fail(ECP_EARG, "broken on purpose");
}

static const struct ecp_analysis echo = {.name = "echo", .fields = echo_fields, .run = echo_run};
static const struct ecp_analysis broken = {
    .name = "broken", .fields = echo_fields, .run = broken_run};

/* ---- one plan and one recording ---------------------------------------- */

static double doubled[] = {2, 0, 0, 0, 0, 0};

struct world {
    struct ecp_plan plan;
    struct ecp_plan_population population[2], *populations[2];
    struct ecp_plan_phase phase[3], *phases[3];
    struct ecp_plan_analysis analysis[2], *analyses[2];
    struct ecp_plan_claim claim[4], *claims[4];
    struct ecp_plan_probe probe, *probes[1];
    struct ecp_recorded_population recorded[2];
    struct ecp_recorded_signal signal;
    struct ecp_recording recording;
};

/* In the recording the populations stand the other way round. */
static void make_world(struct world *w)
{
    static const uint32_t count[4] = {5, 4, 1, 0}, intervals[4] = {4, 3, 0, 0};
    /* Neuron 0: intervals 1 1 3 3 (mean 2, sd 1); neuron 1: 2 2 2 (sd 0). */
    static const uint64_t sum[4] = {8, 6, 0, 0};
    static const double square[4] = {20, 12, 0, 0};
    *w = (struct world){.population = {{.name = "E", .size = 4}, {.name = "I", .size = 2}},
                        .phase = {{.name = "settle", .duration = 100, .discard = 1},
                                  {.name = "rest", .duration = 200},
                                  {.name = "test", .duration = 300}},
                        .analysis = {{.label = "A", .analysis = &echo, .param = doubled},
                                     {.label = "B", .analysis = &echo, .param = doubled}},
                        .probe = {.name = "v_E", .kind = ECP_PROBE_FIELD}};
    w->analysis[0].population = 0;
    w->analysis[0].probe = -1;
    w->analysis[1].population = -1;
    w->analysis[1].probe = 0;
    w->analysis[1].phase = "test";
    for (size_t k = 0; k < 2; k++) {
        w->populations[k] = &w->population[k];
        w->analyses[k] = &w->analysis[k];
    }
    for (size_t k = 0; k < 3; k++)
        w->phases[k] = &w->phase[k];
    for (size_t k = 0; k < 4; k++)
        w->claims[k] = &w->claim[k];
    w->probes[0] = &w->probe;
    w->plan = (struct ecp_plan){.name = "world",
                                .dt = 0.1,
                                .n_populations = 2,
                                .population = w->populations,
                                .n_phases = 3,
                                .phase = w->phases,
                                .n_analyses = 2,
                                .analysis = w->analyses,
                                .n_probes = 1,
                                .probe = w->probes,
                                .claim = w->claims};
    w->recorded[0] = (struct ecp_recorded_population){.name = "I", .size = 2};
    w->recorded[1] = (struct ecp_recorded_population){.name = "E",
                                                      .size = 4,
                                                      .spikes = 10,
                                                      .count = count,
                                                      .intervals = intervals,
                                                      .interval_sum = sum,
                                                      .interval_square_sum = square};
    w->signal = (struct ecp_recorded_signal){.probe = "v_E"};
    w->recording = (struct ecp_recording){.dt = 0.1,
                                          .duration = 600,
                                          .counted = 500,
                                          .n_populations = 2,
                                          .population = w->recorded,
                                          .n_signals = 1,
                                          .signal = &w->signal};
}

static void claim_that(struct world *w, const char *result, double lowest, double highest)
{
    w->claim[w->plan.n_claims++] =
        (struct ecp_plan_claim){.result = result, .lowest = lowest, .highest = highest};
}

/* ---- tests ------------------------------------------------------------- */

static void rates_and_intervals(void)
{
    struct world w;
    make_world(&w);
    CU_ASSERT_DOUBLE_EQUAL(ecp_recorded_rate_hz(&w.recording, 1), 10 / (4 * 0.5), 1e-12);
    CU_ASSERT_EQUAL(ecp_recorded_rate_hz(&w.recording, 0), 0);
    CU_ASSERT_DOUBLE_EQUAL(ecp_recorded_cv_isi(&w.recording, 1), (0.5 + 0) / 2, 1e-12);
    CU_ASSERT(isnan(ecp_recorded_cv_isi(&w.recording, 0)));
    w.recording.counted = 0;
    CU_ASSERT(isnan(ecp_recorded_rate_hz(&w.recording, 1)));
}

static void two_intervals_are_too_few(void)
{
    struct world w;
    make_world(&w);
    static const uint32_t intervals[4] = {2, 2, 2, 2};
    w.recorded[1].intervals = intervals;
    CU_ASSERT(isnan(ecp_recorded_cv_isi(&w.recording, 1)));
}

static void analyses_see_their_subject(void)
{
    struct world w;
    struct ecp_scores s;
    make_world(&w);
    ECP_ASSERT_OK(ecp_score(&w.plan, &w.recording, &s));
    CU_ASSERT_EQUAL(s.n_results, 2 * 2 + 2 * 5);
    CU_ASSERT_EQUAL(ecp_scores_value(&s, "E.rate_hz"), 5);
    CU_ASSERT_EQUAL(ecp_scores_value(&s, "A.start"), 200); /* 100, doubled */
    CU_ASSERT_EQUAL(ecp_scores_value(&s, "A.stop"), 600);
    CU_ASSERT_EQUAL(ecp_scores_value(&s, "A.population"), 1);
    CU_ASSERT_EQUAL(ecp_scores_value(&s, "A.signal"), -1);
    CU_ASSERT_EQUAL(ecp_scores_value(&s, "B.start"), 600); /* 300, doubled */
    CU_ASSERT_EQUAL(ecp_scores_value(&s, "B.signal"), 0);
    CU_ASSERT(isnan(ecp_scores_value(&s, "A.nothing")));
    CU_ASSERT(isnan(ecp_scores_value(&s, "no.such")));
    ecp_scores_clear(&s);
    CU_ASSERT_EQUAL(s.n_results, 0);
    ecp_scores_clear(NULL);
}

static void a_stopped_run_is_cut(void)
{
    struct world w;
    struct ecp_scores s;
    make_world(&w);
    w.recording.duration = 250;
    ECP_ASSERT_OK(ecp_score(&w.plan, &w.recording, &s));
    CU_ASSERT_EQUAL(ecp_scores_value(&s, "A.stop"), 250);
    CU_ASSERT(isnan(ecp_scores_value(&s, "B.stop"))); /* its phase was never run */
    ecp_scores_clear(&s);
}

static void verdicts_hold_their_bands(void)
{
    struct world w;
    struct ecp_scores s;
    make_world(&w);
    claim_that(&w, "E.rate_hz", 5, 6);         /* on the bound: inside */
    claim_that(&w, "E.rate_hz", 6, INFINITY);  /* 1 below */
    claim_that(&w, "A.nothing", -INFINITY, 9); /* undefined fails */
    claim_that(&w, "E.cv_isi", 0.2, 1);
    ECP_ASSERT_OK(ecp_score_check(&w.plan));
    ECP_ASSERT_OK(ecp_score(&w.plan, &w.recording, &s));
    CU_ASSERT_EQUAL(s.n_verdicts, 4);
    CU_ASSERT_EQUAL(s.n_failed, 2);
    CU_ASSERT(s.verdict[0].pass && s.verdict[0].margin == 0);
    CU_ASSERT(!s.verdict[1].pass && s.verdict[1].margin == -1);
    CU_ASSERT(!s.verdict[2].pass && isnan(s.verdict[2].value));
    CU_ASSERT(s.verdict[3].pass);
    CU_ASSERT_DOUBLE_EQUAL(s.verdict[3].margin, 0.05, 1e-12);
    CU_ASSERT_STRING_EQUAL(s.verdict[0].unit, "Hz");
    ecp_scores_clear(&s);
}

static void unknown_results_are_refused(void)
{
    struct world w;
    make_world(&w);
    claim_that(&w, "E.rate_hx", 0, 1);
    w.claim[0].place = (struct ecp_place){"my.cfg", 12};
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_score_check(&w.plan), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "my.cfg:12: claims: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "E.rate_hz"));
    ecp_error_clear();
}

static void bad_plans_are_refused(void)
{
    struct world w;
    make_world(&w);
    claim_that(&w, "E.rate_hz", 2, 1);
    CU_ASSERT_EQUAL(ecp_score_check(&w.plan), ECP_ECONFIG);
    make_world(&w);
    w.analysis[1].label = "A";
    CU_ASSERT_EQUAL(ecp_score_check(&w.plan), ECP_ECONFIG);
    make_world(&w);
    w.analysis[1].phase = "nowhere";
    CU_ASSERT_EQUAL(ecp_score_check(&w.plan), ECP_ECONFIG);
    make_world(&w);
    w.phase[1].discard = w.phase[2].discard = 1;
    CU_ASSERT_EQUAL(ecp_score_check(&w.plan), ECP_ECONFIG);
    ecp_error_clear();
}

/* A measure of E that gives E.rate_hz stands for the population's own. */
static const struct ecp_field own_fields[] = {{"rate_hz", "Hz", 0, 0, INFINITY, "out", ECP_RESULT},
                                              {0}};

static enum ecp_status own_run(const struct ecp_analysis_call *call, double *result)
{
    (void)call;
    result[0] = 42;
    return ECP_OK;
}

static void an_analysis_may_stand_for_a_population(void)
{
    static const struct ecp_analysis own = {.name = "own", .fields = own_fields, .run = own_run};
    struct world w;
    struct ecp_scores s;
    make_world(&w);
    w.analysis[1].label = "E";
    w.analysis[1].analysis = &own;
    claim_that(&w, "E.rate_hz", 42, 42);
    ECP_ASSERT_OK(ecp_score_check(&w.plan));
    ECP_ASSERT_OK(ecp_score(&w.plan, &w.recording, &s));
    CU_ASSERT_EQUAL(s.n_results, 2 * 2 + 5 + 1 - 1);
    CU_ASSERT_EQUAL(s.n_failed, 0);
    CU_ASSERT_EQUAL(ecp_scores_value(&s, "E.rate_hz"), 42);
    CU_ASSERT_EQUAL(ecp_scores_value(&s, "E.cv_isi"), 0.25);
    ecp_scores_clear(&s);
}

static void a_failing_analysis_fails_the_score(void)
{
    struct world w;
    struct ecp_scores s = {.n_results = 77};
    make_world(&w);
    w.analysis[1].analysis = &broken;
    CU_ASSERT_EQUAL(ecp_score(&w.plan, &w.recording, &s), ECP_EARG);
    CU_ASSERT_EQUAL(s.n_results, 77);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "broken on purpose"));
    ecp_error_clear();
}

ECP_TEST_MAIN("score", {"rates and intervals", rates_and_intervals},
              {"two intervals are too few", two_intervals_are_too_few},
              {"analyses see their subject", analyses_see_their_subject},
              {"a stopped run is cut", a_stopped_run_is_cut},
              {"verdicts hold their bands", verdicts_hold_their_bands},
              {"unknown results are refused", unknown_results_are_refused},
              {"bad plans are refused", bad_plans_are_refused},
              {"an analysis may stand for a population", an_analysis_may_stand_for_a_population},
              {"a failing analysis fails the score", a_failing_analysis_fails_the_score})
