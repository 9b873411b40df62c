/* What a run will need: expected synapses of every rule, bytes, and memory. */
#include <math.h>
#include <sys/resource.h>

#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "engine/forecast.h"
#include "engine/network.h"
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

/* ---- plastic synapses ---------------------------------------------------- */

/* 4000 synapses a neuron, and what the rule is. */
static struct ecp_plan *plastic_plan(const char *neurons, const char *keys)
{
    char text[1024];
    struct ecp_plan *plan = NULL;
    (void)snprintf(text, sizeof text,
                   "populations = { E = { model = \"lif_exp\"; size = %s; }; };\n"
                   "projections = ( { source = \"E\"; target = \"E\"; rule = \"fixed_indegree\";\n"
                   "  indegree = 4000; %s } );\nduration = 2;\n",
                   neurons, keys);
    ECP_ASSERT_OK(ecp_config_parse(text, "test", NULL, 0, &plan));
    return plan;
}

static struct ecp_network *run_plan(const struct ecp_plan *plan, int threads)
{
    const struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};
    struct ecp_network *network = NULL;
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    return network;
}

static const char *const plastic_keys[] = {
    "weight = 45; delay = 1.5; plasticity = { rule = \"stdp\"; w_max = 90; };",
    "weight = { dist = \"uniform\"; low = 20; high = 30; }; plasticity = { rule = \"calcium\"; };\n"
    "delay = { dist = \"normal\"; mean = 1.5; sd = 0.5; low = 0.1; high = 5; };",
    "weight = 60; plasticity = { rule = \"stc\"; };",
    "weight = 45; delay_type = \"dendritic\"; plasticity = { rule = \"stdp_triplet\"; w_max = 90; "
    "};\n"
    "delay = { dist = \"uniform\"; low = 1; high = 2; };",
    "weight = 45; short_term = { rule = \"tsodyks_markram\"; };"};

/* Bytes against those of the synapses and pieces that the network says that it holds;
 * what it has for targets comes on top. */
static void plastic_rows(void)
{
    for (size_t k = 0; k < sizeof plastic_keys / sizeof plastic_keys[0]; k++)
        for (int threads = 1; threads <= 2; threads++) {
            struct ecp_plan *plan = plastic_plan("500", plastic_keys[k]);
            const struct ecp_forecast f = ecp_plan_forecast(plan, threads);
            struct ecp_network *network = run_plan(plan, threads);
            const double held = ecp_network_facts(network).memory_rows_mb * 1e6;
            if (!(f.rows_bytes > 0.98 * held && f.rows_bytes < 1.06 * held))
                (void)printf("%zu, %d threads: %g of %g ", k, threads, f.rows_bytes, held);
            CU_ASSERT(f.rows_bytes > 0.98 * held && f.rows_bytes < 1.06 * held);
            ecp_network_destroy(network);
            ecp_plan_destroy(plan);
        }
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PADDED 1 /* by the sanitizer */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define PADDED 1
#endif
#endif
#ifndef PADDED
#define PADDED 0
#endif

/* Bytes of this process, of /proc/self/status. */
static double process_bytes(const char *key)
{
    char line[256];
    double kb = NAN;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            kb = strtod(line + strlen(key) + 1, NULL);
    if (file)
        (void)fclose(file);
    return kb * 1024;
}

/* Begin to measure the peak anew; 0: this system cannot. */
static int forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "we");
    const int good = file && fputs("5", file) >= 0;
    return (file && fclose(file) == 0) && good;
}

static void plastic_peak(void)
{
    for (size_t k = 0; k < 3; k++) { /* stdp, calcium, stc */
        struct ecp_plan *plan = plastic_plan("2000", plastic_keys[k]);
        const double forecast = ecp_plan_forecast(plan, 2).total_bytes;
        const double before = process_bytes("VmRSS:");
        if (PADDED || !forget_peak()) {
            (void)printf("(skipped: no peak to measure) ");
            ecp_plan_destroy(plan);
            return;
        }
        struct ecp_network *network = run_plan(plan, 2);
        const double peak = process_bytes("VmHWM:") - before;
        CU_ASSERT_DOUBLE_EQUAL(forecast, peak, 0.1 * peak);
        ecp_network_destroy(network);
        ecp_plan_destroy(plan);
    }
}

static void plastic_files(void)
{
    struct ecp_plan *plan = plastic_plan("500", plastic_keys[0]);
    const struct ecp_forecast none = ecp_plan_forecast(plan, 1);
    plan->output_weights = ECP_OUTPUT_FINAL;
    const struct ecp_forecast one = ecp_plan_forecast(plan, 1);
    plan->output_weights = ECP_OUTPUT_BOTH;
    const struct ecp_forecast two = ecp_plan_forecast(plan, 1);
    CU_ASSERT_EQUAL(none.edges_bytes, 0);
    CU_ASSERT_EQUAL(one.edges_bytes, 500.0 * 4000 * (60 + sizeof(ecp_real)));
    CU_ASSERT_EQUAL(two.edges_bytes, 2 * one.edges_bytes);
    CU_ASSERT_EQUAL(two.file_bytes - none.file_bytes, two.edges_bytes);
    CU_ASSERT(one.buffers_bytes > none.buffers_bytes);
    ecp_plan_destroy(plan);
}

ECP_TEST_MAIN("forecast", {"rules", rules}, {"distance on a torus", distance_on_a_torus},
              {"distance with borders", distance_with_borders}, {"bytes and time", bytes_and_time},
              {"claims tell rates", claims_tell_rates}, {"memory and limits", memory_and_limits},
              {"plastic rows", plastic_rows}, {"plastic peak", plastic_peak},
              {"plastic files", plastic_files})
