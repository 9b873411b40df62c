/* What a run will need: expected synapses of every rule, bytes, and memory. */
#include <math.h>
#include <sys/resource.h>

#include "engine/config.h"
#include "engine/forecast.h"
#include "tests/support.h"

static const char *const head = "populations = {"
                                " E = { model = \"lif\"; size = 1000; layout = { kind = \"sheet\";"
                                "       extent = [2.0, 1.0]; periodic = true; }; };"
                                " I = { model = \"lif\"; size = 250; layout = { kind = \"sheet\";"
                                "       extent = [2.0, 1.0]; }; }; };"
                                "duration = 100.0;";

static struct ecp_forecast forecast_of(const char *more, int threads)
{
    char text[2048];
    struct ecp_plan *plan = NULL;
    (void)snprintf(text, sizeof text, "%s%s", head, more);
    ECP_ASSERT_OK(ecp_config_parse(text, "test", NULL, 0, &plan));
    const struct ecp_forecast f = ecp_plan_forecast(plan, threads);
    ecp_plan_destroy(plan);
    return f;
}

static double synapses_of(const char *ends_and_rule)
{
    char text[512];
    (void)snprintf(text, sizeof text, "projections = ( { %s weight = 1.0; delay = 1.0; } );",
                   ends_and_rule);
    return forecast_of(text, 1).synapses;
}

#define E_TO_E "source = \"E\"; target = \"E\"; "
#define E_TO_I "source = \"E\"; target = \"I\"; "
#define I_TO_I "source = \"I\"; target = \"I\"; "

static void rules(void)
{
    CU_ASSERT_EQUAL(synapses_of(E_TO_I "rule = \"all_to_all\";"), 250000);
    CU_ASSERT_EQUAL(synapses_of(E_TO_E "rule = \"all_to_all\"; autapses = false;"), 999000);
    CU_ASSERT_EQUAL(synapses_of(E_TO_E "rule = \"one_to_one\";"), 1000);
    CU_ASSERT_EQUAL(synapses_of(E_TO_I "rule = \"fixed_indegree\"; indegree = 7;"), 1750);
    CU_ASSERT_EQUAL(synapses_of(E_TO_I "rule = \"fixed_outdegree\"; outdegree = 7;"), 7000);
    CU_ASSERT_EQUAL(synapses_of(E_TO_I "rule = \"fixed_total_number\"; number = 12;"), 12);
    CU_ASSERT_DOUBLE_EQUAL(synapses_of(E_TO_I "rule = \"pairwise_bernoulli\"; probability = 0.1;"),
                           25000, 1e-6);
    CU_ASSERT_EQUAL(synapses_of(E_TO_I "rule = \"explicit\"; edges = ((0, 1), (2, 3));"), 2);
}

/* On a torus the mean probability is the integral of the kernel over area. */
static void distance_on_a_torus(void)
{
    const double pairs = 1000.0 * 1000, area = 2, pi = 3.14159265358979;
    const double gaussian = synapses_of(E_TO_E "rule = \"distance\"; kernel = \"gaussian\";"
                                               "probability = 0.5; scale = 0.05;");
    CU_ASSERT_DOUBLE_EQUAL(gaussian, pairs * 0.5 * 2 * pi * 0.05 * 0.05 / area, 0.01 * gaussian);
    const double disc = synapses_of(E_TO_E "rule = \"distance\"; kernel = \"disc\";"
                                           "probability = 1.0; scale = 0.1;");
    CU_ASSERT_DOUBLE_EQUAL(disc, pairs * pi * 0.1 * 0.1 / area, 0.01 * disc);
    const double exponential = synapses_of(E_TO_E "rule = \"distance\"; kernel = \"exponential\";"
                                                  "probability = 1.0; scale = 0.02;");
    CU_ASSERT_DOUBLE_EQUAL(exponential, pairs * 2 * pi * 0.02 * 0.02 / area, 0.02 * exponential);
}

/* A disc larger than the sheet reaches every pair; with borders, half of the
 * neighbours of an edge are missing. */
static void distance_with_borders(void)
{
    const double all = synapses_of(I_TO_I "rule = \"distance\"; kernel = \"disc\";"
                                          "probability = 1.0; scale = 9.0;");
    CU_ASSERT_DOUBLE_EQUAL(all, 250.0 * 250, 0.01 * all);
    const double near = synapses_of(I_TO_I "rule = \"distance\"; kernel = \"disc\";"
                                           "probability = 1.0; scale = 0.1;");
    CU_ASSERT(near < 250.0 * 250 * 3.1416 * 0.01 / 2);
    CU_ASSERT(near > 0.8 * 250.0 * 250 * 3.1416 * 0.01 / 2);
}

static void bytes_and_time(void)
{
    static const char *const compact =
        "projections = ( { source = \"E\"; target = \"E\"; rule = \"fixed_indegree\";"
        "indegree = 1000; weight = 1.0; delay = 1.0; precision = \"compact\"; } );";
    static const char *const full =
        "projections = ( { source = \"E\"; target = \"E\"; rule = \"fixed_indegree\";"
        "indegree = 1000; weight = 1.0; delay = 1.0; precision = \"full\"; } );";
    const struct ecp_forecast one = forecast_of(compact, 1), two = forecast_of(compact, 2);
    CU_ASSERT_EQUAL(one.neurons, 1250);
    CU_ASSERT_EQUAL(one.synapses, 1e6);
    CU_ASSERT(one.rows_bytes > 4e6 && one.rows_bytes < 4.3e6);
    CU_ASSERT(forecast_of(full, 1).rows_bytes > 1.9 * one.rows_bytes);
    CU_ASSERT_DOUBLE_EQUAL(one.run_s, 2 * two.run_s, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(one.build_s, 2 * two.build_s, 1e-12);
    CU_ASSERT_EQUAL(one.assumed_rate_hz, 5);
    CU_ASSERT_DOUBLE_EQUAL(
        one.total_bytes,
        one.rows_bytes + one.neurons_bytes + one.buffers_bytes + one.recording_bytes, 1);
}

static void claims_tell_rates(void)
{
    const struct ecp_forecast f =
        forecast_of("claims = ( { result = \"E.rate_hz\"; lowest = 10; highest = 30; } );"
                    "probes = ( { kind = \"spikes\"; target = \"E\"; } );",
                    1);
    CU_ASSERT_DOUBLE_EQUAL(f.assumed_rate_hz, 20, 1e-9); /* the others take the mean */
    CU_ASSERT_DOUBLE_EQUAL(f.recording_bytes, 1000 * 20 * 0.1 * 16, 1e-6);
}

static void memory_and_limits(void)
{
    struct rlimit before;
    const double free_bytes = ecp_memory_available();
    CU_ASSERT(free_bytes > 0 && isfinite(free_bytes));
    if (getrlimit(RLIMIT_AS, &before) != 0)
        return;
    const struct rlimit tight = {(rlim_t)4 << 30, before.rlim_max};
    if (free_bytes > 5e9 && setrlimit(RLIMIT_AS, &tight) == 0) {
        CU_ASSERT(ecp_memory_available() < 4.3e9);
        CU_ASSERT_EQUAL(setrlimit(RLIMIT_AS, &before), 0);
    }
}

ECP_TEST_MAIN("forecast", {"rules", rules}, {"distance on a torus", distance_on_a_torus},
              {"distance with borders", distance_with_borders}, {"bytes and time", bytes_and_time},
              {"claims tell rates", claims_tell_rates}, {"memory and limits", memory_and_limits})
