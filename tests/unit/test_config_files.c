/* Files: what is read beside the config, and what is no config at all. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/config.h"
#include "tests/support.h"

enum { PATH_LENGTH = 512 };

/* A folder of our own for each test program, removed at its end. */
static const char *folder(void)
{
    static char name[PATH_LENGTH];
    if (!name[0]) {
        const char *base = getenv("TMPDIR");
        (void)snprintf(name, sizeof name, "%s/ecp_config_XXXXXX", base ? base : "/tmp");
        CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(name));
    }
    return name;
}

static const char *path_of(const char *file)
{
    static char path[4][PATH_LENGTH + 64];
    static unsigned at;
    at = (at + 1) % 4;
    (void)snprintf(path[at], sizeof path[at], "%s/%s", folder(), file);
    return path[at];
}

static const char *put(const char *file, const char *text, size_t length)
{
    const char *path = path_of(file);
    FILE *out = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_EQUAL(fwrite(text, 1, length, out), length);
    CU_ASSERT_EQUAL(fclose(out), 0);
    return path;
}

static const char *put_text(const char *file, const char *text)
{
    return put(file, text, strlen(text));
}

#define ONE "populations = { E = { model = \"lif\"; size = 4; }; };\n"

static void check_refused(const char *path, enum ecp_status wanted, const char *ending)
{
    struct ecp_plan *plan = NULL;
    char sentence[2 * PATH_LENGTH];
    (void)snprintf(sentence, sizeof sentence, "%s%s", path, ending);
    CU_ASSERT_EQUAL(ecp_config_read(path, NULL, 0, &plan), wanted);
    CU_ASSERT_STRING_EQUAL(ecp_error_message(), sentence);
    if (strcmp(ecp_error_message(), sentence) != 0)
        (void)printf("\n  found  %s\n  wanted %s", ecp_error_message(), sentence);
    CU_ASSERT_PTR_NULL(plan);
    ecp_error_clear();
}

static void refuses_what_is_no_config(void)
{
    check_refused(
        put_text("empty.cfg", ""), ECP_ECONFIG,
        ": populations: is missing; allowed: one or more populations, memories, or a scenario");
    check_refused(put("nul.cfg", "a = 1;\n\nb = \0;\n", 15), ECP_ECONFIG,
                  ":3: found a NUL byte; a config is a text file");
    check_refused(folder(), ECP_EIO, ": found a folder; a config is a text file");
    check_refused("/dev/null", ECP_EIO, ": found a device; a config is a text file");
    check_refused(path_of("empty.cfg/x"), ECP_EIO, ": cannot be opened: Not a directory");
    check_refused(put_text("bytes.cfg", "\xff\xfe\x01;"), ECP_ECONFIG,
                  ":1: syntax error at or before \"\xff\xfe ;\"; allowed: key = value; with text "
                  "and units in \"quotes\", { groups }, [ arrays ] and ( lists )");
    if (geteuid() != 0) { /* nothing is unreadable for root */
        const char *path = put_text("secret.cfg", ONE);
        CU_ASSERT_EQUAL(chmod(path, 0), 0);
        check_refused(path, ECP_EIO, ": cannot be opened: Permission denied");
    }
}

static void names_the_nearest_scenario(void)
{
    struct ecp_plan *plan = NULL;
    CU_ASSERT_EQUAL(ecp_config_read("bruenl", NULL, 0, &plan), ECP_EIO);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "bruenl: no such file, and no scenario of "
                                                       "that name; did you mean \"brunel\"?"));
    ecp_error_clear();
}

static void includes(void)
{
    struct ecp_plan *plan = NULL;
    (void)put_text("cells.inc", "# a comment\npopulations = { E = { model = \"lif\";\n"
                                "  @include \"size.inc\"\n}; }; /* no newline at the end */");
    (void)put_text("size.inc", "size = 7;");
    const char *path = put_text("whole.cfg", "\xEF\xBB\xBF"
                                             "duration = 5;\n"
                                             "  @include \"cells.inc\"  \n"
                                             "/*\n@include \"nothing\"\n*/ name = \"a\n"
                                             "@include \\\"b\\\"\";");
    CU_ASSERT_EQUAL(ecp_config_read(path, NULL, 0, &plan), ECP_ECONFIG); /* name in two lines */
    ecp_error_clear();
    path = put_text("whole.cfg", "duration = 5;\n  @include \"cells.inc\"  \nseed = 3;");
    ECP_ASSERT_OK(ecp_config_read(path, NULL, 0, &plan));
    CU_ASSERT_EQUAL(plan->population[0]->size, 7);
    CU_ASSERT_EQUAL(plan->population[0]->place.line, 2);
    CU_ASSERT_STRING_EQUAL(plan->population[0]->place.file, path_of("cells.inc"));
    CU_ASSERT_STRING_EQUAL(plan->name, "whole");
    ecp_plan_destroy(plan);
}

static void check_message(const char *path, const char *first, const char *rest)
{
    struct ecp_plan *plan = NULL;
    char sentence[2 * PATH_LENGTH];
    (void)snprintf(sentence, sizeof sentence, "%s%s", first, rest);
    CU_ASSERT_NOT_EQUAL(ecp_config_read(path, NULL, 0, &plan), ECP_OK);
    CU_ASSERT_STRING_EQUAL(ecp_error_message(), sentence);
    if (strcmp(ecp_error_message(), sentence) != 0)
        (void)printf("\n  found  %s\n  wanted %s", ecp_error_message(), sentence);
    ecp_error_clear();
}

/* Lines are those of the file that was included. */
static void places_errors_in_includes(void)
{
    (void)put_text("bad.inc", "\n\nsed = 3;\n");
    check_message(
        put_text("a.cfg", "duration = 5;\n@include \"bad.inc\"\n" ONE), path_of("bad.inc"),
        ":3: sed: found an unknown key; did you mean \"seed\"? allowed: name, scenario, "
        "seed, dt, time, duration, plugins, network, populations, projections, stimuli, probes, "
        "phases, analyses, memories, claims, output, sweep");
    (void)put_text("twice.inc", "seed = 3;\n");
    char rest[2 * PATH_LENGTH];
    (void)snprintf(rest, sizeof rest,
                   ":3: seed: found a second time, first in line 1 of %s; a key may stand once",
                   path_of("twice.inc"));
    check_message(put_text("b.cfg", "\n@include \"twice.inc\"\nseed = 4;\n"), path_of("b.cfg"),
                  rest);
    const char *loop = put_text("loop.cfg", "@include \"loop.cfg\"\n");
    check_message(loop, loop,
                  ":1: @include: found includes inside each other; allowed: at most "
                  "10 deep");
    /* Behind an include, lines are the file's own again. */
    check_message(put_text("c.cfg", "seed = 1;\n@include \"size.inc\"\nx = {;\n"), path_of("c.cfg"),
                  ":3: syntax error at or before \"x = {;\"; allowed: key = value; with text and "
                  "units in \"quotes\", { groups }, [ arrays ] and ( lists )");
}

/* Next to the config, wherever the program runs; and again from the effective
 * config, wherever that lies. */
static void reads_tables(void)
{
    struct ecp_plan *plan = NULL, *again = NULL;
    (void)put_text("v0.csv", "v\n-60\n-61\n-62\n-63\n");
    (void)put_text("edges.csv", "source,target,weight,delay\n0,1,5,1.5\n3,2,-5,2\n");
    (void)put_text("ends.csv", "source,target\n0,1\n3,2\n1,1\n");
    (void)put_text("spikes.csv", "neuron,time\n0,1.5\n3,2\n");
    const char *path = put_text(
        "tables.cfg",
        "duration = 5;\n"
        "populations = { E = { model = \"lif\"; size = 4; initial = { v = { file = \"v0.csv\"; "
        "}; }; }; };\n"
        "projections = ( { source = \"E\"; target = \"E\"; rule = \"explicit\"; "
        "file = \"edges.csv\"; },\n"
        " { source = \"E\"; target = \"E\"; rule = \"explicit\"; file = \"ends.csv\";\n"
        "   weight = [1.0, 2.0, 3.0]; } );\n"
        "stimuli = ( { kind = \"spikes\"; target = \"E\"; file = \"spikes.csv\"; weight = 1; } "
        ");\n");
    ECP_ASSERT_OK(ecp_config_read(path, NULL, 0, &plan));
    const struct ecp_plan_population *e = plan->population[0];
    const struct ecp_draw *v = &e->field[ecp_field_find(e->model->fields, "v")];
    CU_ASSERT_EQUAL_FATAL(v->count, 4);
    CU_ASSERT_EQUAL(v->list[3], -63);
    CU_ASSERT_EQUAL(plan->projection[0]->edges.n, 2);
    CU_ASSERT_EQUAL(plan->projection[0]->edges.weight[1], -5);
    CU_ASSERT_EQUAL(plan->projection[1]->edges.weight[2], 3);
    CU_ASSERT_EQUAL(plan->stimulus[0]->n_events, 2);
    CU_ASSERT_EQUAL(plan->stimulus[0]->event_target[1], 3);
    ECP_ASSERT_OK(ecp_config_parse(plan->config_text, "elsewhere.cfg", NULL, 0, &again));
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    ecp_plan_destroy(plan);
    ecp_plan_destroy(again);
}

static void check_table(const char *rows, const char *needle)
{
    struct ecp_plan *plan = NULL;
    (void)put_text("rows.csv", rows);
    const char *path = put_text(
        "t.cfg", "duration = 5;\n" ONE "projections = ( { source = \"E\"; target = \"E\";\n"
                 " rule = \"explicit\"; file = \"rows.csv\"; weight = 1; } );\n");
    CU_ASSERT_NOT_EQUAL(ecp_config_read(path, NULL, 0, &plan), ECP_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), needle));
    CU_ASSERT_EQUAL(strncmp(ecp_error_message(), path, strlen(path)), 0);
    if (!strstr(ecp_error_message(), needle))
        (void)printf("\n  %s", ecp_error_message());
    ecp_error_clear();
}

static void refuses_tables(void)
{
    check_table("source,target\n0,4\n", ":3: projections.E_E.file: found target 4 in edge 0; "
                                        "allowed: 0 to 3, in E");
    check_table("source,target,weight\n0,1,5\n",
                ":4: projections.0.weight: found beside weights of the edges; allowed: one of the "
                "two");
    check_table("source,target\n0,x\n", ":4: projections.0.file: ");
    check_table("a,b\n0,1\n", ":4: projections.0.file: ");
}

static void cleans_up(void)
{
    static const char *const files[] = {
        "empty.cfg", "nul.cfg",   "bytes.cfg",  "secret.cfg", "cells.inc", "size.inc", "whole.cfg",
        "bad.inc",   "twice.inc", "a.cfg",      "b.cfg",      "c.cfg",     "loop.cfg", "v0.csv",
        "edges.csv", "ends.csv",  "spikes.csv", "tables.cfg", "rows.csv",  "t.cfg"};
    for (size_t k = 0; k < sizeof files / sizeof files[0]; k++)
        (void)unlink(path_of(files[k]));
    CU_ASSERT_EQUAL(rmdir(folder()), 0);
}

ECP_TEST_MAIN("config files", {"no config", refuses_what_is_no_config},
              {"scenario names", names_the_nearest_scenario}, {"includes", includes},
              {"errors in includes", places_errors_in_includes}, {"tables", reads_tables},
              {"bad tables", refuses_tables}, {"clean up", cleans_up})
