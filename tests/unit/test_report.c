/* What a run says about itself: numbers, summary, JSON, page, files. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/report.h"
#include "tests/support.h"

#define CHECK_WORDS(words, expected) CU_ASSERT_STRING_EQUAL((words).text, expected)

static void numbers_for_people(void)
{
    CHECK_WORDS(ecp_words_count(0), "0");
    CHECK_WORDS(ecp_words_count(999), "999");
    CHECK_WORDS(ecp_words_count(1000), "1,000");
    CHECK_WORDS(ecp_words_count(298880941), "298,880,941");
    CHECK_WORDS(ecp_words_count(-12345), "-12,345");
    CHECK_WORDS(ecp_words_number(0.123456), "0.1235");
    CHECK_WORDS(ecp_words_number(12345), "12,345");
    CHECK_WORDS(ecp_words_number(NAN), "undefined");
    CHECK_WORDS(ecp_words_number(INFINITY), "inf");
    CHECK_WORDS(ecp_words_bytes(0), "0 B");
    CHECK_WORDS(ecp_words_bytes(1240e6), "1.24 GB");
    CHECK_WORDS(ecp_words_bytes(999.6), "1.00 kB");
    CHECK_WORDS(ecp_words_bytes(INFINITY), "unlimited");
    CHECK_WORDS(ecp_words_seconds(0.0123), "12 ms");
    CHECK_WORDS(ecp_words_seconds(0.9999), "1.00 s");
    CHECK_WORDS(ecp_words_seconds(59.99), "1 min 00 s");
    CHECK_WORDS(ecp_words_seconds(200), "3 min 20 s");
    CHECK_WORDS(ecp_words_seconds(3599.9), "1 h 00 min");
    CHECK_WORDS(ecp_words_seconds(7505), "2 h 05 min");
    CHECK_WORDS(ecp_words_seconds(NAN), "unknown");
    CHECK_WORDS(ecp_words_band(1, 2), "1 to 2");
    CHECK_WORDS(ecp_words_band(-INFINITY, 2), "at most 2");
    CHECK_WORDS(ecp_words_band(1, INFINITY), "at least 1");
    CHECK_WORDS(ecp_words_band(-INFINITY, INFINITY), "any");
}

/* ---- a report made by hand --------------------------------------------- */

struct world {
    struct ecp_plan plan;
    struct ecp_recorded_population population[2];
    struct ecp_recording recording;
    struct ecp_verdict verdict[3];
    struct ecp_scores scores;
    struct ecp_recorded_histogram histogram;
    struct ecp_report report;
};

static void make_world(struct world *w)
{
    static const char *const outputs[] = {"out/run.json"};
    *w = (struct world){.plan = {.name = "A<B>&\"C\"",
                                 .scenario = "brunel",
                                 .seed = 7,
                                 .dt = 0.1,
                                 .config_text = "seed = 7; # <x>\n"},
                        .population = {{.name = "E", .model = "lif", .size = 1000, .spikes = 5000},
                                       {.name = "I", .model = "lif", .size = 250}},
                        .verdict = {{"E.rate_hz", "Hz", 5, 4, 6, 1, 1, "a paper"},
                                    {"I.rate_hz", "Hz", 0, 1, INFINITY, -1, 0, "a paper"},
                                    {"I.cv_isi", "1", NAN, 0.5, 1, NAN, 0, "another paper"}}};
    w->recording = (struct ecp_recording){.dt = 0.1,
                                          .duration = 1000,
                                          .counted = 1000,
                                          .n_populations = 2,
                                          .population = w->population,
                                          .spikes = 5000,
                                          .checksum = 0xabcULL,
                                          .n_histograms = 1,
                                          .histogram = &w->histogram};
    w->histogram =
        (struct ecp_recorded_histogram){.projection_name = "E_<I>",
                                        .unit = "pA",
                                        .low = 10,
                                        .width = 0.5,
                                        .n_bins = 4,
                                        .initial = {0, 9, 11.25, 0, 11, 11.25, {0, 0, 9, 0}},
                                        .final = {1000, 8, 10.5, 0.75, 10, 11.75, {4, 2, 0, 2}}};
    w->scores = (struct ecp_scores){.n_verdicts = 3, .n_failed = 2, .verdict = w->verdict};
    w->report = (struct ecp_report){
        .status = ECP_ECLAIM,
        .message = "2 of 3 claims failed",
        .plan = &w->plan,
        .recording = &w->recording,
        .scores = &w->scores,
        .facts = {.neurons = 1250, .synapses = 1562500, .threads = 2, .build_s = 0.5, .run_s = 2},
        .ranks = 1,
        .peak_memory_mb = 123,
        .dir = "out",
        .n_outputs = 1,
        .output = outputs};
}

static int holds(const char *text, const char *part)
{
    const int found = text && strstr(text, part) != NULL;
    if (!found)
        (void)printf("\n  not there: %s\n  in: %s\n", part, text ? text : "(nothing)");
    return found;
}

static void json_has_all_fields(void)
{
    static const char *const parts[] = {"\"status\": \"ECLAIM\"",
                                        "\"exit_code\": 1",
                                        "\"message\": \"2 of 3 claims failed\"",
                                        "\"scenario\": \"brunel\"",
                                        "\"seed\": 7",
                                        "\"ranks\": 1",
                                        "\"threads\": 2",
                                        "\"model_time_s\": 1.0",
                                        "\"wall_s\": 2.0",
                                        "\"real_time_factor\": 2.0",
                                        "\"build_s\": 0.5",
                                        "\"peak_memory_mb\": 123.0",
                                        "\"neurons\": 1250",
                                        "\"synapses\": 1562500",
                                        "\"spikes\": 5000",
                                        "\"checksum\": \"0000000000000abc\"",
                                        "\"weights_checksum\": null",
                                        "\"populations\": [{\"name\": \"E\"",
                                        "\"rate_hz\": 5.0",
                                        "\"cv_isi\": null",
                                        "\"verdicts\": [{\"claim\": \"E.rate_hz\", \"value\": 5.0",
                                        "\"lowest\": 4.0",
                                        "\"highest\": null",
                                        "\"pass\": true",
                                        "\"pass\": false",
                                        "\"source\": \"another paper\"",
                                        "\"outputs\": [\"out/run.json\"]",
                                        ("\"plastic_weights\": [{\"projection\": \"E_<I>\", "
                                         "\"unit\": \"pA\", \"first_bin\": 10.0, "
                                         "\"bin_width\": 0.5, \"bins\": 4, \"initial\": "
                                         "{\"time_ms\": 0.0, \"synapses\": 9, \"mean\": 11.25"),
                                        "\"counts\": [0, 0, 9, 0]}, \"final\": ",
                                        ("\"lowest\": 10.0, \"highest\": 11.75, \"counts\": "
                                         "[4, 2, 0, 2]}}]"),
                                        "\"isa\": ",
                                        "\"precision\": ",
                                        "\"deliver_s\": ",
                                        "\"update_s\": ",
                                        "\"wait_s\": "};
    struct world w;
    char *json = NULL;
    make_world(&w);
    ECP_ASSERT_OK(ecp_report_json(&w.report, &json));
    for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++)
        CU_ASSERT(holds(json, parts[k]));
    CU_ASSERT_PTR_NULL(strchr(json, '\n'));
    free(json);

    const uint64_t sum = 1;
    w.report.weights_checksum = &sum;
    ECP_ASSERT_OK(ecp_report_json(&w.report, &json));
    CU_ASSERT(holds(json, "\"weights_checksum\": \"0000000000000001\""));
    free(json);
}

static void json_tells_of_failures(void)
{
    const struct ecp_report report = {.status = ECP_ECONFIG, .message = "a \"b\"", .ranks = 1};
    char *json = NULL;
    ECP_ASSERT_OK(ecp_report_json(&report, &json));
    CU_ASSERT(holds(json, "\"status\": \"ECONFIG\""));
    CU_ASSERT(holds(json, "\"message\": \"a \\\"b\\\"\""));
    free(json);
}

static void json_survives_other_encodings(void)
{
    const struct ecp_report report = {.status = ECP_EIO, .message = "caf\xe9", .ranks = 1};
    char *json = NULL;
    ECP_ASSERT_OK(ecp_report_json(&report, &json));
    CU_ASSERT(holds(json, "\"message\": \"(not UTF-8)\""));
    free(json);
}

static void the_summary_tells_what_counts(void)
{
    static const char *const parts[] = {"seed 7",
                                        "1,562,500 synapses",
                                        "E                1,000      5.000        -",
                                        "E_<I> pA  initial               9       11.25           0",
                                        "11       11.25  [  @ ]",
                                        "final                 8        10.5        0.75",
                                        "10       11.75  [@+ +]",
                                        "real-time factor 2",
                                        "123 MB at the peak",
                                        "checksum 0000000000000abc",
                                        "PASS  E.rate_hz  5 Hz",
                                        "4 to 6",
                                        "1 inside",
                                        "FAIL  I.rate_hz",
                                        "1 below",
                                        "undefined",
                                        "[1] a paper",
                                        "[2] another paper",
                                        "2 of 3 claims failed",
                                        "run.json"};
    struct world w;
    char *text = NULL;
    size_t size = 0;
    make_world(&w);
    FILE *to = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(to);
    ecp_report_print(to, &w.report, 0);
    (void)fclose(to);
    for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++)
        CU_ASSERT(holds(text, parts[k]));
    CU_ASSERT_PTR_NULL(strchr(text, '\033'));
    free(text);
}

static void the_page_is_whole_and_escaped(void)
{
    struct world w;
    char *text = NULL;
    size_t size = 0;
    make_world(&w);
    FILE *to = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(to);
    ecp_report_html(to, &w.report, "ab", 2);
    (void)fclose(to);
    CU_ASSERT(holds(text, "A&lt;B&gt;&amp;&quot;C&quot;"));
    CU_ASSERT_PTR_NULL(strstr(text, "A<B>"));
    CU_ASSERT(holds(text, "base64,YWI="));
    CU_ASSERT(holds(text, "E_&lt;I&gt;"));
    CU_ASSERT(holds(text, "initial</td><td class=n>9</td>"));
    CU_ASSERT(holds(text, "<polyline"));
    CU_ASSERT(holds(text, "1 of 3 claims hold"));
    CU_ASSERT(holds(text, "seed = 7; # &lt;x&gt;"));
    CU_ASSERT(holds(text, "</html>"));
    CU_ASSERT_PTR_NULL(strstr(text, "http")); /* nothing is fetched */
    free(text);
}

static void files_appear_when_whole(void)
{
    char dir[] = "report_XXXXXX", path[64];
    struct world w;
    make_world(&w);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    w.report.dir = dir;
    ECP_ASSERT_OK(ecp_report_write_config(&w.report));
    ECP_ASSERT_OK(ecp_report_write(&w.report));
    static const char *const names[] = {"config.cfg", "run.json", "run.html"};
    for (size_t k = 0; k < 3; k++) {
        struct stat facts = {0};
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[k]);
        CU_ASSERT(stat(path, &facts) == 0 && facts.st_size > 10);
        CU_ASSERT_EQUAL(unlink(path), 0);
    }
    CU_ASSERT_EQUAL(rmdir(dir), 0); /* nothing else was left */
    CU_ASSERT_EQUAL(ecp_report_write(&w.report), ECP_EIO);
    CU_ASSERT(holds(ecp_error_message(), dir));
    ecp_error_clear();
}

ECP_TEST_MAIN("report", {"numbers for people", numbers_for_people},
              {"json has all fields", json_has_all_fields},
              {"json tells of failures", json_tells_of_failures},
              {"json survives other encodings", json_survives_other_encodings},
              {"the summary tells what counts", the_summary_tells_what_counts},
              {"the page is whole and escaped", the_page_is_whole_and_escaped},
              {"files appear when whole", files_appear_when_whole})
