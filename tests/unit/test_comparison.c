/* Measures of data sets in a run: `data` in the analyses of a config. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/chance.h"
#include "engine/comparison.h"
#include "engine/config.h"
#include "engine/network.h"
#include "engine/score.h"
#include "engine/store_tables.h"
#include "tests/support.h"

enum { N = 6, P = 9 };

static char dir[] = "comparison_XXXXXX";
static double x[N * P], like[N * P], other[N * P];

static int make_files(void)
{
    struct ecp_chance chance = ecp_chance(1, 2, 3);
    ecp_chance_normals(&chance, N * P, x);
    ecp_chance_normals(&chance, N * P, other);
    for (int k = 0; k < N * P; k++)
        like[k] = x[k] + 0.1 * other[k];
    const struct ecp_stored_table table[] = {
        {.name = "x/data", .rows = N, .columns = P, .matrix = x},
        {.name = "x/like", .rows = N, .columns = P, .matrix = like},
        {.name = "x/other", .rows = N, .columns = P, .matrix = other},
        {.name = "rdms/two", .rows = 2, .columns = 15, .matrix = other}};
    return !mkdtemp(dir) || ecp_store_tables(dir, "m.h5", NULL, table, 4) != ECP_OK;
}

/* Three conditions that drive neurons more and more, twice each. */
static const char network[] =
    "dt = 0.1; seed = 1;\n"
    "populations = { E = { model = \"lif_delta\"; size = 20; }; I = { model = \"lif_delta\"; size "
    "= "
    "5; }; };\n"
    "stimuli = ( { name = \"p\"; kind = \"noise\"; target = \"E\"; mean = \"380 pA\";\n"
    "              sd = \"100 pA\"; tau = \"5 ms\"; } );\n"
    "phases = ( { name = \"wait\"; duration = 20; discard = true; }, { name = \"c0\"; duration = "
    "100; },\n"
    "  { name = \"c1\"; duration = 100; }, { name = \"c2\"; duration = 100; changes = ( { stimulus "
    "=\n  \"p\"; value = \"450 pA\"; } ); }, { name = \"c3\"; duration = 100; }, { name = \"c4\";\n"
    "  duration = 100; }, { name = \"c5\"; duration = 100; } );\n";

static const char *text_of(const char *rest)
{
    static char text[4000];
    const char *head = strcmp(rest, "") == 0 ? "" : network;
    int n = snprintf(text, sizeof text, "%s", head);
    for (const char *c = rest; *c && n < (int)sizeof text - 200; c++)
        n += *c == '@' ? snprintf(text + n, 200, "%s/m.h5:/x/", dir)
                       : snprintf(text + n, 2, "%c", *c);
    return text;
}

struct run {
    struct ecp_plan *plan;
    struct ecp_network *network;
    struct ecp_comparisons *compared;
    struct ecp_scores scores;
};

static void run(const char *text, struct run *r)
{
    const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best()};
    *r = (struct run){0};
    ECP_ASSERT_OK(ecp_config_parse(text, "x.cfg", NULL, 0, &r->plan));
    ECP_ASSERT_OK(ecp_comparisons_read(r->plan, &r->compared));
    ECP_ASSERT_OK(ecp_network_create(r->plan, &options, &r->network));
    ECP_ASSERT_OK(ecp_network_run(r->network));
    const struct ecp_recording *recording = ecp_network_recording(r->network);
    ECP_ASSERT_OK(ecp_comparisons_score(r->compared, recording, NULL, NULL));
    const struct ecp_outcome outcome = {.recording = recording, .compared = r->compared};
    ECP_ASSERT_OK(ecp_score_outcome(r->plan, &outcome, &r->scores));
}

static void end(struct run *r)
{
    ecp_scores_clear(&r->scores);
    ecp_comparisons_destroy(r->compared);
    ecp_network_destroy(r->network);
    ecp_plan_destroy(r->plan);
}

/* Linear CKA by loops over the columns, centred. */
static double cka(const double *a, const double *b)
{
    double c[2][N * P], k[3] = {0};
    for (int j = 0; j < P; j++) {
        double ma = 0, mb = 0;
        for (int i = 0; i < N; i++) {
            ma += a[i * P + j] / N;
            mb += b[i * P + j] / N;
        }
        for (int i = 0; i < N; i++) {
            c[0][i * P + j] = a[i * P + j] - ma;
            c[1][i * P + j] = b[i * P + j] - mb;
        }
    }
    for (int pair = 0; pair < 3; pair++) {
        const double *u = c[pair == 2], *v = c[pair > 0];
        for (int i = 0; i < P; i++)
            for (int j = 0; j < P; j++) {
                double sum = 0;
                for (int r = 0; r < N; r++)
                    sum += u[r * P + i] * v[r * P + j];
                k[pair] += sum * sum;
            }
    }
    return k[1] / sqrt(k[0] * k[2]);
}

static void test_files_and_run(void)
{
    struct run r;
    run(text_of("analyses = ( { measure = \"cka\"; label = \"two\"; data = \"@data\"; model = (\n"
                "  \"@like\", { name = \"o\"; file = \"@other\"; }, \"run\"); },\n"
                " { measure = \"rsa\"; label = \"it\"; data = \"@data\"; population = \"E\";\n"
                "   window = [\"20 ms\", \"100 ms\"]; param = { compare = \"cosine\"; }; } );\n"
                "claims = ( { result = \"two.like.cka\"; lowest = 0.9; },\n"
                "  { result = \"two.o.cka\"; lowest = 0.999; }, { result = \"it.below_ceiling\";\n"
                "    lowest = 0; } );"),
        &r);
    CU_ASSERT_DOUBLE_EQUAL(ecp_scores_value(&r.scores, "two.like.cka"), cka(x, like), 1e-10);
    CU_ASSERT_DOUBLE_EQUAL(ecp_scores_value(&r.scores, "two.o.cka"), cka(x, other), 1e-10);
    CU_ASSERT(isfinite(ecp_scores_value(&r.scores, "two.run.cka")));
    CU_ASSERT(isfinite(ecp_scores_value(&r.scores, "it.score")));
    CU_ASSERT(isnan(ecp_scores_value(&r.scores, "two.cka"))); /* which of the models? */
    CU_ASSERT_EQUAL(r.scores.n_verdicts, 3);
    CU_ASSERT(r.scores.verdict[0].pass);
    CU_ASSERT(!r.scores.verdict[1].pass);
    CU_ASSERT(!r.scores.verdict[2].pass); /* undefined: one subject */
    CU_ASSERT_EQUAL(r.scores.n_failed, 2);
    ECP_ASSERT_OK(ecp_comparisons_write(r.compared, dir));
    end(&r);
}

/* What the run's populations did is what is compared: the rates of a window, by hand. */
static void test_rates(void)
{
    struct run r;
    double mean[2][N];
    run(text_of("analyses = ( { measure = \"rsa\"; label = \"self\"; data = \"run\"; model = "
                "\"run\";\n population = \"E\"; window = (\"20 ms\", \"100 ms\"); param = { "
                "distance = \"euclidean\"; }; } );"),
        &r);
    CU_ASSERT_DOUBLE_EQUAL(ecp_scores_value(&r.scores, "self.score"), 1, 1e-12);
    const struct ecp_recording *recording = ecp_network_recording(r.network);
    const struct ecp_recorded_population *e = &recording->population[0];
    CU_ASSERT_EQUAL(e->recorded, 1); /* a probe was added, of E alone */
    CU_ASSERT_EQUAL(recording->population[1].recorded, 0);
    memset(mean, 0, sizeof mean);
    for (size_t k = 0; k < e->n_events; k++) {
        const double time = (double)e->event[k].step * 0.1 - 20;
        if (time >= 0 && fmod(time, 100) >= 20)
            mean[0][(int)(time / 100)]++;
    }
    CU_ASSERT(mean[0][5] > mean[0][0]); /* the stimulus rose */
    end(&r);
}

/* Written out in full it reads as the same. */
static void test_text(void)
{
    struct ecp_plan *plan, *again;
    const char *text, *twice;
    ECP_ASSERT_OK(ecp_config_parse(
        text_of("analyses = ( { measure = \"rsa\"; label = \"it\"; data = \"@data\"; model = "
                "\"@like\";\n by = \"stimulus\"; window = (\"20 ms\", \"100 ms\"); param = { "
                "compare = \"tau-a\"; bootstraps = 77; }; } );\n"),
        "x.cfg", NULL, 0, &plan));
    text = plan->config_text;
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "compare = \"tau-a\""));
    ECP_ASSERT_OK(ecp_config_parse(text, "y.cfg", NULL, 0, &again));
    twice = again->config_text;
    CU_ASSERT_STRING_EQUAL(strstr(text, "analyses"), strstr(twice, "analyses"));
    CU_ASSERT_EQUAL(
        again->comparison[0]
            ->param[ecp_field_find(again->comparison[0]->measure->fields, "bootstraps")],
        77);
    ecp_plan_destroy(plan);
    ecp_plan_destroy(again);
}

static void refused(const char *rest, const char *part)
{
    struct ecp_plan *plan = NULL;
    struct ecp_comparisons *compared = NULL;
    enum ecp_status status = ecp_config_parse(text_of(rest), "x.cfg", NULL, 0, &plan);
    if (status == ECP_OK)
        status = ecp_comparisons_read(plan, &compared);
    CU_ASSERT_EQUAL(status, ECP_ECONFIG);
    if (!strstr(ecp_error_message(), part))
        (void)printf("\n  %s\n  not: %s", ecp_error_message(), part);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), part));
    ecp_comparisons_destroy(compared);
    ecp_plan_destroy(plan);
    ecp_error_clear();
}

#define RSA(keys) "analyses = ( { measure = \"rsa\"; label = \"it\"; " keys " } );"

static void test_refused(void)
{
    refused(RSA(""), "analyses.0.data: is missing");
    refused(RSA("data = \"none.nwb\";"),
            "x.cfg:9: analyses.0.data: found \"none.nwb\"; there is no");
    refused(RSA("data = \"@none\";"), "x.cfg:9: analyses.it.data: ");
    refused(RSA("data = \"@data\"; window = 5;"), "analyses.0.window: found 1 time; allowed: two");
    refused(RSA("data = \"@data\"; window = (5, 3);"), "that do not rise");
    refused(RSA("data = \"@data\"; window = (5, 5000);"), "analyses.it: ");
    refused(RSA("data = \"@data\"; model = ();"), "found an empty list");
    refused(RSA("data = \"@data\"; model = (\"run\", \"run\");"), "found two of the name \"run\"");
    refused(RSA("data = \"@data\"; param = { compare = \"cosin\"; };"), "did you mean \"cosine\"?");
    refused(RSA("data = \"@data\"; population = \"Q\";"), "there is no population \"Q\"");
    refused(RSA("data = \"@data\"; probe = \"p\";"), "found an unknown key");
    refused("analyses = ( { measure = \"activity\"; population = \"E\"; data = \"@data\"; } );",
            "analyses.0.data: found an unknown key");
    refused("analyses = ( { measure = \"rsa\"; label = \"E\"; data = \"@data\"; } );",
            "analyses.label: found \"E\" a second time");
    refused(RSA("data = \"@data\";") "claims = ( { result = \"it.scor\"; lowest = 0; } );",
            "did you mean \"it.score\"?");
}

/* Five phases for six conditions: known before anything runs. */
static void test_conditions(void)
{
    struct ecp_plan *plan = NULL;
    struct ecp_comparisons *compared = NULL;
    char text[4000];
    (void)snprintf(text, sizeof text, "%s", text_of(RSA("data = \"@data\";")));
    char *last = strstr(text, ", { name = \"c5\"; duration = 100; }");
    CU_ASSERT_PTR_NOT_NULL_FATAL(last);
    memset(last, ' ', strlen(", { name = \"c5\"; duration = 100; }"));
    ECP_ASSERT_OK(ecp_config_parse(text, "x.cfg", NULL, 0, &plan));
    CU_ASSERT_EQUAL(ecp_comparisons_read(plan, &compared), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "6 conditions"));
    ecp_plan_destroy(plan);
    ecp_error_clear();
}

static void test_set_up(void)
{
    CU_ASSERT_EQUAL_FATAL(make_files(), 0);
}

static void test_clean_up(void)
{
    char path[80];
    (void)snprintf(path, sizeof path, "%s/m.h5", dir);
    CU_ASSERT_EQUAL(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/scores.h5", dir);
    CU_ASSERT_EQUAL(unlink(path), 0);
    CU_ASSERT_EQUAL(rmdir(dir), 0);
}

ECP_TEST_MAIN("comparison", {"files to compare with", test_set_up},
              {"files and the run", test_files_and_run}, {"rates of the run", test_rates},
              {"as text", test_text}, {"refused", test_refused}, {"conditions", test_conditions},
              {"files go", test_clean_up})
