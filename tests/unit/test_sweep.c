/* Which runs a sweep has: engine/sweep.c and its group in a config. */
#include <stdlib.h>
#include <string.h>

#include "engine/sweep.h"
#include "tests/unit/config_case.h"

#define BASE "seed = 7; duration = 100; populations = { E = { model = \"lif\"; size = 4; }; };\n"

static struct ecp_plan *read(const char *text)
{
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_config_parse(text, "x.cfg", NULL, 0, &plan));
    return plan;
}

/* All combinations, the last key fastest, each seed of a point after the other. */
static void counts_through_a_grid(void)
{
    struct ecp_plan *plan = read(BASE "sweep = { over = (\n"
                                      "{ key = \"populations.E.size\"; values = (1, 2, 3); },\n"
                                      "{ key = \"dt\"; from = 0.1; to = 0.4; count = 4; } );\n"
                                      "seeds = 2; show = (\"E.rate_hz\"); };");
    const struct ecp_sweep *sweep = plan->sweep;
    CU_ASSERT_PTR_NOT_NULL_FATAL(sweep);
    CU_ASSERT_EQUAL(ecp_sweep_points(sweep), 12);
    CU_ASSERT_EQUAL(ecp_sweep_jobs(sweep), 24);
    size_t point = 0;
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 4; j++, point++) {
            CU_ASSERT_EQUAL(ecp_sweep_index(sweep, point, 0), i);
            CU_ASSERT_EQUAL(ecp_sweep_index(sweep, point, 1), j);
        }
    CU_ASSERT_STRING_EQUAL(sweep->axis[1].value[2], "0.3");
    CU_ASSERT_EQUAL(sweep->axis[1].number[3], 0.4);
    CU_ASSERT_EQUAL(ecp_sweep_seed(sweep, plan, 0), 7);
    CU_ASSERT_EQUAL(ecp_sweep_seed(sweep, plan, 1), 8);
    CU_ASSERT_PTR_NULL(strstr(plan->config_text, "sweep"));
    ecp_plan_destroy(plan);
}

static void goes_through_side_by_side(void)
{
    struct ecp_plan *plan = read(BASE "sweep = { together = true; seeds = (3, 9);\n over = (\n"
                                      "{ key = \"populations.E.size\"; values = (1, 2, 2); },\n"
                                      "{ key = \"dt\"; values = (0.1, 0.1, 0.2); } ); };");
    CU_ASSERT_EQUAL(ecp_sweep_jobs(plan->sweep), 6);
    CU_ASSERT_EQUAL(ecp_sweep_index(plan->sweep, 2, 0), 2);
    CU_ASSERT_EQUAL(ecp_sweep_index(plan->sweep, 2, 1), 2);
    CU_ASSERT_EQUAL(ecp_sweep_seed(plan->sweep, plan, 1), 9);
    ecp_plan_destroy(plan);
}

/* Scenarios that repeat themselves use seeds from their own on: a run's next repeat is behind
 * them all. */
static void shares_no_seeds(void)
{
    const char *const scenario = "seed = 2; scenario = \"engram_assemblies\";";
    char text[200];
    (void)snprintf(text, sizeof text, "%s network = { seeds = 4; }; sweep = { seeds = 3; };",
                   scenario);
    struct ecp_plan *plan = read(text);
    for (size_t k = 0; k < 3; k++)
        CU_ASSERT_EQUAL(ecp_sweep_seed(plan->sweep, plan, k), 2 + 4 * k);
    ecp_plan_destroy(plan);
    (void)snprintf(text, sizeof text, "%s network = { seeds = 4; seed_step = 10; };", scenario);
    plan = read(text);
    const struct ecp_sweep none = {0};
    CU_ASSERT_EQUAL(ecp_sweep_reach(plan, &none), 40);
    ecp_plan_destroy(plan);
    plan = read(
        "scenario = \"silent_engram_consolidation\"; network = { trials = 7; };"
        " sweep = { over = ( { key = \"network.subjects\"; values = (2, 9); } ); seeds = 2; };");
    CU_ASSERT_EQUAL(ecp_sweep_reach(plan, &none), 7);
    CU_ASSERT_EQUAL(ecp_sweep_reach(plan, plan->sweep), 9);
    CU_ASSERT_EQUAL(ecp_sweep_seed(plan->sweep, plan, 1), 10);
    ecp_plan_destroy(plan);
    plan = read("scenario = \"brunel\";");
    CU_ASSERT_EQUAL(ecp_sweep_reach(plan, &none), 1);
    ecp_plan_destroy(plan);
}

/* Equal factors between whole numbers of what counts are rounded. */
static void rounds_counts(void)
{
    struct ecp_plan *plan = read("scenario = \"hopfield_capacity\";");
    struct ecp_sweep sweep = {0};
    ECP_ASSERT_OK(ecp_sweep_add(plan, &sweep, "network.n=100:10000:4:log"));
    CU_ASSERT_STRING_EQUAL(sweep.axis[0].value[1], "464");
    ECP_ASSERT_OK(ecp_sweep_add(plan, &sweep, "network.other=1:100:4:log"));
    CU_ASSERT_STRING_EQUAL(sweep.axis[1].value[1], "4.64158883361");
    ecp_plan_destroy(plan);
}

static void reads_the_command_line(void)
{
    struct ecp_plan *plan = read(BASE);
    struct ecp_sweep sweep = {0};
    ECP_ASSERT_OK(ecp_sweep_add(plan, &sweep, "a.b=10 ms:50 ms:5"));
    CU_ASSERT_STRING_EQUAL(sweep.axis[0].value[1], "\"20 ms\"");
    CU_ASSERT_STRING_EQUAL(sweep.axis[0].word[1], "20 ms");
    CU_ASSERT_STRING_EQUAL(sweep.axis[0].unit, "ms");
    CU_ASSERT_EQUAL(sweep.axis[0].number[4], 50);
    ECP_ASSERT_OK(ecp_sweep_add(plan, &sweep, "c=0.01:100:5:log"));
    CU_ASSERT_STRING_EQUAL(sweep.axis[1].value[1], "0.1");
    CU_ASSERT_TRUE(sweep.axis[1].logarithmic);
    ECP_ASSERT_OK(ecp_sweep_add(plan, &sweep, "d={ dist = \"uniform\"; low = 1, 2 }, lpl ,5"));
    CU_ASSERT_EQUAL(sweep.axis[2].n, 3);
    CU_ASSERT_STRING_EQUAL(sweep.axis[2].value[1], "lpl");
    CU_ASSERT_PTR_NULL(sweep.axis[2].number);
    ECP_ASSERT_OK(ecp_sweep_add(plan, &sweep, "c=1,2")); /* in place of the first */
    CU_ASSERT_EQUAL(sweep.n_axes, 3);
    CU_ASSERT_EQUAL(sweep.axis[1].n, 2);
    ECP_ASSERT_OK(ecp_sweep_seeds(plan, &sweep, "3"));
    CU_ASSERT_EQUAL(sweep.seed[2], 9);
    ECP_ASSERT_OK(ecp_sweep_seeds(plan, &sweep, "5,1"));
    CU_ASSERT_EQUAL(sweep.seed[1], 1);
    ECP_ASSERT_OK(ecp_sweep_check(&sweep));
    CU_ASSERT_EQUAL(ecp_sweep_jobs(&sweep), 5 * 2 * 3 * 2);
    ecp_plan_destroy(plan);
}

static void refuses_what_makes_no_sense(void)
{
    static const struct {
        const char *over, *sentence;
    } cases[] = {
        {"a", "--over: found \"a\"; allowed: KEY=A,B,C or KEY=FROM:TO:COUNT[:log]"},
        {"=1", "--over: found \"=1\"; allowed: KEY=A,B,C or KEY=FROM:TO:COUNT[:log]"},
        {"a=1,,2", "command line: a: found an empty or too long value; allowed: KEY=A,B,C"},
        {"a=", "command line: a: found an empty or too long value; allowed: KEY=A,B,C"},
        {"a=0:1:1", "command line: a: found 1 values from 0 to 1; allowed: 2 to 10000 values "
                    "between two different numbers"},
        {"a=-1:1:5:log", "command line: a: found -1 to 1 in equal factors; allowed: numbers "
                         "above 0"},
        {"seed=1,2", "command line: seed: found among the keys; allowed: seeds"},
        {"sweep.seeds=1,2", "command line: sweep.seeds: found a key of the sweep itself; "
                            "allowed: keys of what is run"},
        {"a=1,2,1", "command line: a: found the value 1 twice; allowed: each value once"},
    };
    struct ecp_plan *plan = read(BASE);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct ecp_sweep sweep = {0};
        ecp_error_clear();
        enum ecp_status status = ecp_sweep_add(plan, &sweep, cases[k].over);
        if (status == ECP_OK)
            status = ecp_sweep_check(&sweep);
        CU_ASSERT_NOT_EQUAL(status, ECP_OK);
        CU_ASSERT_STRING_EQUAL(ecp_error_message(), cases[k].sentence);
    }
    ecp_error_clear();
    ecp_plan_destroy(plan);
}

static const struct config_case cases[] = {
    {BASE "sweep = { seeds = (1, 2,\n 1); };", ECP_ECONFIG,
     "x.cfg:3: sweep.seeds.2: found 1 twice; allowed: each seed once"},
    {BASE "sweep = { };", ECP_ECONFIG,
     "x.cfg:2: sweep.over: is missing; allowed: keys with their values; or seeds"},
    {BASE "sweep = { over = ( { values = (1, 2); } ); };", ECP_ECONFIG,
     "x.cfg:2: sweep.over.0.key: is missing; allowed: a key of the config, as \"network.scale\""},
    {BASE "sweep = { over = ( { key = \"dt\"; from = 1; } ); };", ECP_ECONFIG,
     "x.cfg:2: sweep.over.0.values: is missing; allowed: values = (1.0, 2.0, ...), or from, to "
     "and count"},
    {BASE "sweep = { over = ( { key = \"dt\"; values = ({ }); } ); };", ECP_ECONFIG,
     "x.cfg:2: sweep.over.0.values.0: found a group { }; allowed: a number, true, false, or text "
     "in "
     "\"quotes\""},
    {BASE "sweep = { over = ( { key = \"dt\"; from = \"1 ms\"; to = \"1 s\"; count = 3; } ); };",
     ECP_ECONFIG, "x.cfg:2: sweep.over.0.to: found the unit s, and ms in from; allowed: one"},
    {BASE "sweep = { over = ( { key = \"dt\"; values = (1, 2); }, { key = \"seed\"; values = (1, "
          "2); } ); };",
     ECP_ECONFIG, "x.cfg:2: seed: found among the keys; allowed: seeds"},
    {BASE "sweep = { together = true; over = ( { key = \"dt\"; values = (1, 2); },\n { key = "
          "\"name\"; values = (\"a\"); } ); };",
     ECP_ECONFIG,
     "x.cfg:3: name: found 1 values, and 2 of dt; allowed: as many, when they go together"},
    {BASE "sweep = { sets = 3; };", ECP_ECONFIG,
     "x.cfg:2: sweep.sets: found an unknown key; allowed: over, seeds, "
     "together, show"},
};

static void refuses_configs(void)
{
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
        check_refused(&cases[k]);
}

ECP_TEST_MAIN("sweep", {"grid", counts_through_a_grid}, {"side by side", goes_through_side_by_side},
              {"no seeds are shared", shares_no_seeds}, {"counts", rounds_counts},
              {"command line", reads_the_command_line}, {"refusals", refuses_what_makes_no_sense},
              {"configs", refuses_configs})
